"""The doors beside the list of cameras: areas, places, tables, shares and sightings, in bounded
room.

Each ends in one line that names the file, in little memory and time; what is shown begins no line
of its own."""

from __future__ import annotations

import io
import json
import re
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile_files
import pytest
import shapely
import sighting_data
import small_nets as nets
from test_hostile import measured

from alprmap import merge, sources
from alprmap.access import shares
from alprmap.build import project
from alprmap.cli import app, common
from alprmap.coverage import trips
from alprmap.errors import AlprmapError, InputError, UsageError
from alprmap.geography import areas as area
from alprmap.geography import polygons, population
from alprmap.merge import decisions
from alprmap.reach import inland
from alprmap.roads.graph import Graph
from alprmap.sandbox import files
from alprmap.sightings import canonical
from alprmap.sightings import files as sighting_files
from alprmap.store import formats as tables

SQUARE = [[-102.0, 29.0], [-101.0, 29.0], [-101.0, 30.0], [-102.0, 30.0], [-102.0, 29.0]]
HEAD = b'{"type":"FeatureCollection","features":['


def places(*rings: Any, name: Any = "a") -> bytes:
    shape = {"type": "Polygon", "coordinates": list(rings)}
    feature = {"type": "Feature", "properties": {"name": name}, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


NAMES = b",".join(b'"%x":1' % i for i in range(900_000))
DOORS: dict[str, Callable[[Path], object]] = {
    "places.geojson": polygons.read_polygons,
    "area.geojson": lambda p: area.parse_area(str(p)),
    "shares.json": lambda p: shares.read_shares([p]),
    "shares.csv": lambda p: shares.read_shares([p]),
    "people.csv": population.read_population,
    "decisions.csv": decisions.read_decisions,
    "pairs.csv": files.csv_of,
    "sighting.geojson": sighting_files.read_sightings,
}
JSONS = ("places.geojson", "area.geojson", "shares.json")
CSVS = ("shares.csv", "people.csv", "decisions.csv", "pairs.csv")
SIGHTING = ("sighting.geojson",)
HOLES, data = places(*[SQUARE] * 20_000), hostile_files.data
"""A polygon of holes that lie on one another: 1.7 MB that took 18 GB."""
BOMBS: dict[str, tuple[tuple[str, ...], Callable[[Path], None], str]] = {
    "holes": (JSONS[:1], data(HOLES), "more memory"),
    "holes of an area": (JSONS[1:2], data(HOLES), "not valid"),
    "empty lists": (JSONS, data(b"[", (b"[],", 20_000_000), b"[]]"), "million values"),
    "empty objects": (
        (*JSONS, *SIGHTING),
        data(HEAD, (b"{},", 20_000_000), b"{}]}"),
        "million values",
    ),
    "few objects": (SIGHTING, data(HEAD, (b"{},", 600_000), b"{}]}"), "no Feature"),
    "the last name twice": (SIGHTING, data(HEAD, b"{", NAMES, b',"dbb9f":1}]}'), "twice"),
    "blanks": (SIGHTING, data(HEAD[:-13], (b"\n", 50_000_000)), "expected"),
    "one line": (CSVS, data(b"from,to\n", (b",", 50_000_000)), "line is longer"),
    "lines": (CSVS, data(b"from,to\n", (b"\n", 50_000_000)), "million cells"),
    "columns": (CSVS, data(b"from,to", (b",", 500_000), b"\n1,2\n"), "columns"),
}


@pytest.mark.parametrize(
    ("bomb", "door"), [(b, d) for b, (doors, *_) in BOMBS.items() for d in doors]
)
def test_a_file_that_wants_much_room_is_one_line(bomb: str, door: str, tmp_path: Path) -> None:
    path = tmp_path / door
    BOMBS[bomb][1](path)
    with measured(), pytest.raises(AlprmapError) as caught:
        DOORS[door](path)
    said = str(caught.value)
    assert re.search(BOMBS[bomb][2], said), said
    assert door in said
    assert "\n" not in said


def test_polygons_that_cross_themselves_are_repaired_and_nothing_else_is_taken(
    tmp_path: Path,
) -> None:
    path = tmp_path / "p.geojson"
    bow = [[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0], [0.0, 0.0]]
    path.write_bytes(places(bow, name="b\u202e\nc"))
    [(shape, properties)] = polygons.read_polygons(path)
    assert shape is not None
    assert shape.is_valid
    assert (shape.area, shape.geom_type, properties["name"]) == (2.0, "MultiPolygon", "b c")
    path.write_bytes(places(SQUARE))
    [(shape, _)] = polygons.read_polygons(path)
    assert shapely.equals_exact(shape, shapely.Polygon(SQUARE))
    path.write_bytes(places([SQUARE[0]] * 5))
    assert polygons.read_polygons(path) == [(None, {"name": "a"})]


@pytest.mark.parametrize("door", ["places.geojson", "area.geojson"])
@pytest.mark.parametrize("far", [1_850_000.0, 1e300, 361.0])
def test_polygons_in_feet_are_one_line(door: str, far: float, tmp_path: Path) -> None:
    path = tmp_path / door
    path.write_bytes(places([[0.0, 0.0], [far, 0.0], [far, 1.0], [0.0, 1.0], [0.0, 0.0]]))
    with pytest.raises(InputError, match=r"row 1: a polygon is not in degrees"):
        DOORS[door](path)
    path.write_bytes(places([[170.0, 50.0], [190.0, 50.0], [190.0, 55.0], [170.0, 50.0]]))
    DOORS[door](path)


def test_people_in_two_columns_of_one_name_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("lat,lon,people,people\n29.8,-101.9,1,2\n")
    with pytest.raises(InputError, match=r"people\.csv: two columns are called people"):
        population.read_population(path)


def test_an_area_of_several_polygons_is_their_union(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    two = json.loads(places(SQUARE))
    two["features"] *= 2
    two["features"].append({"type": "Feature", "properties": None, "geometry": None})
    path.write_text(json.dumps(two))
    assert area.parse_area(str(path)).bounds == (-102.0, 29.0, -101.0, 30.0)


def test_what_the_child_says_of_polygons_is_looked_at() -> None:
    square = shapely.to_wkb(shapely.Polygon(SQUARE), byte_order=1)
    both = shapely.to_wkb(shapely.MultiPolygon([shapely.Polygon(SQUARE)]), byte_order=1)
    for sound in (square, both):
        assert polygons._sound(sound, "{}")[0] is not None
    bow = shapely.to_wkb(shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]), byte_order=1)
    deep = struct.pack("<BII", 1, 7, 1) * 200_000 + square
    for lie in (square[:-8], square + b"\0", shapely.to_wkb(shapely.Point(1, 2), byte_order=1), bow, deep,
                b"\0" + square[1:], both[:9] + deep, b"\1\6\0\0\0\xff\xff\xff\xff"):  # fmt: skip
        with pytest.raises((ValueError, struct.error)):
            polygons._sound(lie, "{}")
    for words in ("[]", "x", "1"):
        with pytest.raises((ValueError, TypeError)):
            polygons._sound(None, words)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            "{0},{1},170.0,60.0",
            "no pair joins two places on these roads (an end off the network 1)",
        ),
        (
            "{0},{1},{0},{1}",
            "no pair joins two places on these roads (both ends at one junction 1)",
        ),
        ("{0},{1},x,60.0", "row 1: to_lon is no number of degrees"),
        ("{0},95.0,1.0,60.0", "row 1: from_lat is no number of degrees"),
        ("{0},inf,1.0,60.0", "row 1: from_lat is no number of degrees"),
    ],
)
def test_pairs_that_are_none_are_said(table: str, words: str, tmp_path: Path) -> None:
    import pandas as pd

    graph = Graph.from_segments(nets.roads({0: (0, 0), 1: (400, 0)}, [(0, 1)]).segments)
    path = tmp_path / "pairs.csv"
    line = table.format(graph.lon[0], graph.lat[0])
    path.write_text(f"from_lon,from_lat,to_lon,to_lat\n{line}\n")
    with pytest.raises(InputError, match=f"^{re.escape(words)}"):
        trips.pairs(pd.read_csv(path), graph)


def test_trips_without_any_way_are_none_and_no_fault() -> None:
    import pandas as pd

    nothing = {
        "trip": [0],
        "origin": [0],
        "destination": [1],
        "crow_km": [1.0],
        "km": [float("nan")],
    }
    table = pd.DataFrame(nothing | {key: [0.0] for key in ("minutes", "readers", "readings")})
    row = trips.summary(trips.Trips(table, pd.DataFrame(), {})).iloc[0]
    assert (row["trips"], row["origins"]) == (0, 0)
    assert pd.isna(row["share_read_1"])


BIG = 10**400


@pytest.mark.parametrize(
    "change", [{"at": [BIG, 1]}, {"position_error_m": BIG}, {"photo:direction": -BIG}], ids=str
)
def test_numbers_of_four_hundred_digits_are_findings(
    change: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = sighting_data.feature()
    if "at" in change:
        made["geometry"]["coordinates"] = change["at"]
    else:
        made["properties"].update(change)
    monkeypatch.chdir(tmp_path)
    sighting_data.write(tmp_path / "s.geojson", made)
    for words in (
        ["check", "s.geojson"],
        ["add", "s.geojson"],
        ["export", "s.geojson", "--out", "o.osm"],
    ):
        monkeypatch.setattr("sys.argv", ["alprmap", "sighting", *words])
        assert common.run(app) == 1
        said = capsys.readouterr()
        assert "fault of alprmap" not in said.err
        assert "s.geojson" in said.out + said.err
    assert [p.name for p in tmp_path.iterdir()] == ["s.geojson"]


def test_a_name_in_a_sighting_begins_no_line_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # "::" at the start of a line is a command to the services that check pull requests
    made = sighting_data.feature()
    made["properties"]["x\n::stop-commands::y\x1b]0;z\x07"] = 1
    monkeypatch.chdir(tmp_path)
    sighting_data.write(tmp_path / "s.geojson", made, **{"q\n::error::r": 1})
    for words in (["check", "s.geojson"], ["add", "s.geojson"], ["add", "--json", "s.geojson"]):
        monkeypatch.setattr("sys.argv", ["alprmap", "sighting", *words])
        common.run(app)
        said = capsys.readouterr()
        assert "\x1b" not in said.out + said.err
        assert not [
            line for line in (said.out + said.err).splitlines() if line.lstrip().startswith("::")
        ]


def test_a_column_s_name_begins_no_line_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.csv").write_text(
        'lat,lon,"serial\n::error::x","a\n::error::y"\n27.5,-99.5,12345,2\n', encoding="utf-8"
    )
    monkeypatch.setattr("sys.argv", ["alprmap", "read", "c.csv", "--out", "r.csv"])
    assert common.run(app) == 0
    said = capsys.readouterr()
    assert not [line for line in (said.out + said.err).splitlines() if line.startswith("::")]


def test_what_is_wrong_in_a_sighting_names_its_file(tmp_path: Path) -> None:
    file = sighting_files.read_sightings(
        sighting_data.write(tmp_path / "s.geojson", {"type": "Feature", "properties": {}})
    )
    with pytest.raises(InputError, match=r"s\.geojson, row 1: "):
        canonical.ready(file, file.features[0])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="names of bytes are of Linux")
def test_a_file_may_be_called_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "id,lat,lon\n1,27.51234,-99.51234\n2,x,y\n"
    for name in ("C\udce1maras.csv", "a\n::b\x1b]0;c\x07\u202e.csv", "\x1b.csv"):
        Path(name).write_text(text, encoding="utf-8")
        for words in (
            ["read", name, "--out", "r.parquet"],
            ["map", name, "--out", "m.html"],
            ["read", name],
        ):
            monkeypatch.setattr(
                "sys.argv", ["alprmap", *words, *(["--force"] if "--out" in words else [])]
            )
            assert common.run(app) == 0
            said = capsys.readouterr()
            assert not re.search(
                r"[\x00-\x09\x0b-\x1f\x7f\u202e]|^::", said.out + said.err, re.MULTILINE
            )
        source = tables.read_parquet(Path("r.parquet"), "reports")["source_id"].iloc[0]
        assert source == {"C": "C\ufffdmaras", "a": "a ::b ]0;c", "\x1b": "file"}[name[0]]


def test_rejects_do_not_tell_where_a_file_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "somebody").mkdir()
    path = tmp_path / "somebody" / "list.csv"
    path.write_text("id,lat,lon\n1,27.51234,-99.51234\n2,x,y\n")
    for given, name in ((str(path), "list.csv"), ("-", "stdin")):
        stdin = io.TextIOWrapper(io.BytesIO(path.read_bytes()), encoding="utf-8")
        monkeypatch.setattr("sys.stdin", stdin)
        monkeypatch.setattr("sys.argv", ["alprmap", "read", given, "--out", "r.csv", "--force"])
        assert common.run(app) == 0
        assert (
            Path("r.rejects.csv")
            .read_text(encoding="utf-8")
            .splitlines()[1]
            .startswith(f"{name},2,")
        )
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8"))
    monkeypatch.setattr("sys.argv", ["alprmap", "merge", "-", "--out", "m.csv"])
    capsys.readouterr()
    assert common.run(app) == 1
    assert capsys.readouterr().err.startswith("alprmap: standard input: the file is empty")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["reach", "a.csv", "--border", "mexico", "--zone", "1e300", "--out", "z.csv"],
            "is no zone",
        ),
        (
            ["reach", "a.csv", "--border", "mexico", "--zone", "6000", "--out", "z.csv"],
            "up to 5,000 km",
        ),
        (["map", "a.csv", "--zone", "mexico:1e300", "--out", "z.html"], "zone of"),
        (["diff", "a.csv", "a.csv", "--moved-m", "nan"], "no distance"),
        (["diff", "a.csv", "a.csv", "--moved-m", "-1"], "no distance"),
        (["read", "a.csv", "--out", "a.csv/b.csv"], "a.csv: is a file, not a folder"),
        (["init", "a.csv", "--project", "a.csv/p.toml"], "a.csv: is a file, not a folder"),
        (
            ["reach", "a.csv", "--out", "z.csv", "--figure", "z.html"],
            "z.html: not a picture format",
        ),
        (["reach", "a.csv", "--out", "z.xlsx"], "z.xlsx: not a table format"),
        (["merge", "a.csv", "--out", "z"], "z: not a table format"),
    ],
)
def test_a_command_line_that_asks_for_what_cannot_be(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # a radius of 1e300 kept the command busy for ever, a shift of nan found nothing moved
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("id,lat,lon\n1,27.51234,-99.51234\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["alprmap", *words])
    assert common.run(app) == 2
    assert said in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("gap", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_gaps_that_are_no_length(gap: float) -> None:
    with pytest.raises(UsageError, match="a gap of"):
        inland.gaps([10.0, gap])


BAD_FOLDERS: dict[str, tuple[str, str]] = {
    "a list for a project": ("manifest.json", '{"project": []}'),
    "text for stages": ("manifest.json", '{"stages": [], "inputs": [[]]}'),
    "an area of words": ("manifest.json", '{"project": {"area": "here"}}'),
    "no JSON": ("manifest.json", "{"),
    "no figures": ("reach_statistics.csv", "group,border\nall,mexico\n"),
    "words for figures": ("reach.csv", "camera_id,lon,lat\na,x,y\n"),
    "a line too long": ("reach.csv", "a,b\n" + "," * 5_000_000),
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder of three cameras."""
    folder = tmp_path_factory.mktemp("result")
    (folder / "a.csv").write_text(
        "id,lat,lon\n" + "".join(f"{i},27.5123{i},-99.5123{i}\n" for i in range(3))
    )
    words = ["alprmap", "merge", str(folder / "a.csv"), "--out", str(folder / "cameras.parquet")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", words)
        assert common.run(app) in (0, 3)
    return folder


@pytest.mark.parametrize("what", BAD_FOLDERS)
def test_a_result_folder_of_a_stranger_is_one_line(
    what: str,
    result: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "from-somebody"
    shutil.copytree(result, folder)
    name, text = BAD_FOLDERS[what]
    (folder / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["alprmap", "report", folder.name])
    assert common.run(app) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "fault of alprmap" not in line
    assert "from-somebody" in line or name in line
    assert [p.name for p in tmp_path.iterdir()] == [folder.name]


def test_reports_without_a_source_are_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(
        "id,lat,lon\n1,27.51234,-99.51234\n2,27.51234,-99.51234\n", encoding="utf-8"
    )
    read = sources.read("a.csv").reports
    read.assign(source_id=None).astype({"source_id": "str"}).to_parquet("lost.parquet")
    again = sources.read("lost.parquet").reports
    assert again["source_id"].tolist() == ["lost", "lost"]
    assert again["report_id"].tolist() == read["report_id"].tolist()
    assert len(merge.merge(again).cameras) == len(merge.merge(read).cameras)


def test_a_project_that_measures_from_no_border_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "alprmap.toml"
    head = '[project]\nname = "x"\ntitle = "X"\n[[sources]]\nid = "a"\npath = "a.csv"\n'
    path.write_text(head + "[reach]\nborders = []\n")
    with pytest.raises(InputError, match=r"alprmap\.toml: reach\.borders: "):
        project.load_project(path)


def test_sightings_upon_one_another_are_refused_not_paired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # 5,000 of them, in 2 MB, took more than 8 GB
    monkeypatch.chdir(tmp_path)
    sighting_data.write(tmp_path / "s.geojson", *[sighting_data.feature()] * 3_000)
    monkeypatch.setattr("sys.argv", ["alprmap", "sighting", "check", "s.geojson"])
    with measured():
        assert common.run(app) == 1
    assert "pairs within 40 m" in capsys.readouterr().err
