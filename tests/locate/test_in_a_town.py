"""L8: the city, county and state columns of a list restrict the search, by every door alike."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from alprmap import geo
from alprmap.build.inputs import reports_stage
from alprmap.build.project import load_project
from alprmap.cli import app, common
from alprmap.errors import NotFoundError, UsageError
from alprmap.locate import Located, Locator, locate, open_locator, where_columns
from alprmap.locate.towns import REACH_M, stated
from alprmap.roads import read as read_roads
from alprmap.roads import read_signs
from alprmap.sources import read

WEST, EAST = (-98.0, 31.5), (-97.8735723, 31.5)
"""The crossings of Main St and Oak St in Alderton and, 12 km east of it, in Birchfield."""


def _way(number: int, name: str, *ends: tuple[float, float]) -> list[str]:
    nodes = [f"n{number}{i} x{lon} y{lat}" for i, (lon, lat) in enumerate(ends)]
    refs = ",".join(f"n{number}{i}" for i in range(len(ends)))
    return [*nodes, f"w{number} Thighway=residential,name={name.replace(' ', '%20%')} N{refs}"]


@pytest.fixture(scope="module")
def two_towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines: list[str] = []
    for number, (lon, lat) in enumerate((WEST, EAST), start=1):
        lines += _way(10 * number, "Main St", (lon - 0.01, lat), (lon, lat), (lon + 0.01, lat))
        lines += _way(10 * number + 1, "Oak St", (lon, lat - 0.01), (lon, lat), (lon, lat + 0.01))
    for number, (name, at) in enumerate((("Alderton", WEST), ("Birchfield", EAST)), start=1):
        lines.append(f"n9{number} x{at[0]} y{at[1] + 0.003} Tplace=town,name={name}")
    nodes = sorted((x for x in lines if x[0] == "n"), key=lambda x: int(x.split()[0][1:]))
    ways = sorted((x for x in lines if x[0] == "w"), key=lambda x: int(x.split()[0][1:]))
    path = tmp_path_factory.mktemp("towns") / "roads.opl"
    path.write_text("\n".join(nodes + ways) + "\n")
    return path


COLUMNS = [
    ({"city": "Alderton"}, WEST),
    ({"City": "Birchfield"}, EAST),
    ({"TOWN": "birchfield"}, EAST),
    ({"Municipality": "City of Birchfield"}, EAST),
    ({"city_name": "Birchfield, TX"}, EAST),
    ({"City": "Birchfield", "State": "Texas"}, EAST),
    ({"city": "n/a", "Town": "Birchfield"}, EAST),
    ({"city": ""}, None),
    ({"city": "Unincorporated"}, None),
    ({"city": "Dallas", "state": "TX"}, None),
    ({"county": "Harris County", "state": "TX"}, None),
    ({"state": "OH"}, None),
]


def alprmap(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["alprmap", *words])
    return common.run(app)


def _near(lon: float, lat: float, at: tuple[float, float]) -> bool:
    return float(geo.distance_m(lon, lat, *at)) < 60.0


@pytest.mark.parametrize(("columns", "at"), COLUMNS, ids=[str(c[0]) for c in COLUMNS])
def test_L8_a_column_says_which_town(
    two_towns: Path, columns: dict[str, str], at: tuple[float, float] | None
) -> None:
    located = locate(pd.DataFrame([{"place": "Main St & Oak St", **columns}]), two_towns,
                     column="place")  # fmt: skip
    row = located.table.iloc[0]
    if at is None:
        assert row["confidence"] < 0.5
        assert row["reason"]
    else:
        assert _near(row["lon"], row["lat"], at)
        assert row["confidence"] >= 0.5
    assert list(located.table.columns[:1]) == ["place"]


def test_L8_command_build_and_python_agree(
    two_towns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame(
        {
            "id": ["a", "b"],
            "location": ["Main St & Oak St", "Main St & Oak St"],
            "city": ["Alderton", "Birchfield"],
        }
    )
    source = tmp_path / "list.csv"
    rows.to_csv(source, index=False)
    python = locate(rows, two_towns, column="location").table
    out = tmp_path / "out.csv"
    words = ["locate", "--table", str(source), "--column", "location", "--roads", str(two_towns)]
    assert alprmap(monkeypatch, *words, "--out", str(out)) == 0
    command = pd.read_csv(out)
    project = tmp_path / "alprmap.toml"
    project.write_text(
        '[project]\nname = "towns"\ntitle = "Towns"\n'
        '[[sources]]\nid = "list"\npath = "list.csv"\n'
        f'[roads]\npath = "{two_towns.as_posix()}"\n'
    )
    here = tmp_path / "work"
    (here / "private" / "sources").mkdir(parents=True)
    read(source, source_id="list").reports.to_parquet(here / "private" / "sources" / "list.parquet")
    read_roads(two_towns).save(here / "segments.parquet")
    reports_stage(load_project(project), tmp_path).run(here)
    built = pd.read_csv(here / "private" / "located.csv")
    for table in (python, command, built):
        assert _near(table["lon"].iloc[0], table["lat"].iloc[0], WEST)
        assert _near(table["lon"].iloc[1], table["lat"].iloc[1], EAST)
        assert (table["confidence"] >= 0.5).all()


def test_L8_a_saved_network_knows_towns_too(tmp_path: Path) -> None:
    lines = [
        *_way(1, "Main St", (-98.24, 26.2), (-98.23, 26.2), (-98.22, 26.2)),
        *_way(2, "Oak St", (-98.23, 26.19), (-98.23, 26.2), (-98.23, 26.21)),
        *_way(3, "Main St", (-98.19, 26.195), (-98.183, 26.195), (-98.17, 26.195)),
        *_way(4, "Oak St", (-98.183, 26.18), (-98.183, 26.195), (-98.183, 26.21)),
    ]
    path = tmp_path / "valley.opl"
    path.write_text("\n".join(sorted(lines)) + "\n")
    read_roads(path).save(tmp_path / "roads.parquet")
    rows = pd.DataFrame({"place": ["Main St & Oak St"] * 2, "city": ["McAllen", "Pharr"]})
    found = locate(rows, tmp_path / "roads.parquet", column="place").table
    assert _near(found["lon"][0], found["lat"][0], (-98.23, 26.2))
    assert _near(found["lon"][1], found["lat"][1], (-98.183, 26.195))


def test_L8_headings_by_rank() -> None:
    names = ["Town", "CITY", "County Name", "intersection", "ST"]
    wanted = {"town": ["CITY", "Town"], "county": ["County Name"], "state": ["ST"]}
    assert where_columns(names) == wanted
    assert stated(None, 2) == [{}, {}]


def test_L9_a_result_counts_every_row(two_towns: Path, tmp_path: Path) -> None:
    located = locate(["Main St & Oak St", "Main St", "N/A", "Main St & Oak St in Alderton"],
                     open_locator(two_towns))  # fmt: skip
    assert isinstance(located, Located)
    counts = located.counts()
    assert counts["rows"] == 4
    assert counts["located"] + counts["unlocated"] == 4
    sentence = located.claims()["sentence"].iloc[0]
    assert sentence.startswith("1 of 4 places in words")
    assert [p.name for p in located.save(tmp_path / "a.csv")] == [
        "a.csv",
        "a.review.csv",
        "a.claims.csv",
    ]
    assert set(located.review()["row"]) == {1, 2, 3}


def test_L9_what_cannot_be_asked_is_refused(two_towns: Path) -> None:
    table = pd.DataFrame({"place": ["Main St"]})
    with pytest.raises(UsageError):
        locate(table, two_towns)
    with pytest.raises(NotFoundError):
        locate(table, two_towns, column="street")


def test_L9_one_text_by_the_command(
    two_towns: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["locate", "Main St & Oak St in Birchfield", "--roads", str(two_towns), "--json"]
    assert alprmap(monkeypatch, *words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert _near(answer["lon"], answer["lat"], EAST)


def test_L8_every_class_of_place_of_openstreetmap_is_read_by_its_own_spelling(
    tmp_path: Path,
) -> None:
    kinds = [
        "city",
        "town",
        "village",
        "hamlet",
        "suburb",
        "borough",
        "neighbourhood",
        "quarter",
        "municipality",
    ]
    path = tmp_path / "places.opl"
    lines = [
        f"n{i} x-98.0 y{31 + i / 10} Tplace={k},name={k}" for i, k in enumerate(kinds, start=1)
    ]
    path.write_text("\n".join(lines) + "\n")
    assert {place[3] for place in read_signs(path).places} == set(kinds) == set(REACH_M)


@pytest.mark.parametrize("street", ["Main St", "N Main St", "MAIN STREET"])
@pytest.mark.parametrize("town", ["Alderton", "Birchfield", "ALDERTON"])
@pytest.mark.parametrize("tail", ["", ", TX", ", TX 76501", " TX"])
def test_L8_the_town_of_an_address_is_no_road_it_crosses(
    two_towns: Path, tmp_path: Path, street: str, town: str, tail: str
) -> None:
    # roads that are called as the towns are, so that a crossing of that name is there to be taken
    roads = tmp_path / "roads.opl"
    roads.write_text(
        two_towns.read_text(encoding="utf-8").replace("Oak%20%St", f"{town.title()}%20%St")
    )
    locator = _locator(roads)
    answer = locator.locate(f"650 {street}, {town}{tail}")
    assert answer.located_by != "crossing"
    assert locator.locate(f"{street} & {town} St").located_by == "crossing"


def _locator(roads: Path) -> Locator:
    from alprmap.locate import Gazetteer

    return Locator(read_roads(roads), gazetteer=Gazetteer.of((roads,)))
