"""The claims sheet, the figure, and the commands `reach` and `access` on the demo town (R5)."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from alprmap import claims as claim_sheets
from alprmap import geo, reach
from alprmap.cli import app, common
from alprmap.errors import UsageError
from alprmap.reach import claims
from alprmap.reach import figure as reach_figures

MILE = geo.STATUTE_MILE_M


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def alprmap(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; tests/cli/test_cli.py does it in one of its own."""

    def run(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["alprmap", *map(str, words)])
        code = common.run(app)
        shown = capsys.readouterr()
        return Done(code, shown.out, shown.err)

    return run


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    miles = np.array([10, 60, 99, 101, 400, 800], dtype=float)
    return pd.DataFrame(
        {
            "camera_id": [f"c{i}" for i in range(6)],
            "to_land_m": miles * MILE,
            "to_port_m": (miles + 5) * MILE,
        }
    )


def test_a_claim_says_everything_that_must_stand_beside_it(table: pd.DataFrame) -> None:
    statistics = reach.statistics(table)
    sheet = claims.reach_claims(
        statistics, ids_file="reach.csv", inputs={"b.csv": "22", "a.csv": "11"}
    )
    assert list(sheet.columns) == list(claim_sheets.COLUMNS)
    assert sheet["claim_id"].is_unique
    assert (
        sheet[["sentence", "figure", "n", "bounds", "definition", "caveat"]].notna().all(axis=None)
    )
    assert set(sheet["inputs_sha256"]) == {"a.csv 11; b.csv 22"}
    row = sheet.set_index("claim_id").loc["within-100-mi-land"]
    assert (
        row["sentence"]
        == "3 of 6 mapped cameras (50.0%) stand within 100 statute miles of a land border (Mexico"
        " or Canada)."
    )
    # no camera stands within the error of the line: there is no interval rather than one of no width
    assert (row["figure"], row["n"]) == (3, 6)
    assert np.isnan([row["low"], row["high"]]).all()
    widths = sheet["high"] - sheet["low"]
    assert (widths.dropna() > 0).all()
    assert "both land boundaries" in row["definition"]
    assert "coverage of the map differs" in row["caveat"]


def test_every_claim_leads_back_to_its_ids(table: pd.DataFrame) -> None:
    sheet = claims.reach_claims(reach.statistics(table), ids_file="reach.csv", inputs={}).set_index(
        "claim_id"
    )
    # a condition of the sheet, applied to the file, gives the figure
    assert (
        len(table.query(sheet.loc["within-100-mi-land", "ids_where"]))
        == sheet.loc["within-100-mi-land", "figure"]
    )
    beyond = table.query(sheet.loc["beyond-100-mi-port", "ids_where"])
    assert len(beyond) / len(table) == sheet.loc["beyond-100-mi-port", "figure"]
    assert sheet.loc["farthest-mi-land", "ids_where"] == "camera_id == c5"


def test_R6_people_come_in(table: pd.DataFrame) -> None:
    people = pd.DataFrame({"people": [100.0, 300.0], "to_land_m": np.array([50, 150]) * MILE})
    sheet = claims.reach_claims(
        reach.statistics(table, borders=["land"]), ids_file="reach.csv", inputs={},
        people=reach.people_within(people, borders=["land"]),
    ).set_index("claim_id")  # fmt: skip
    exact = reach.share_interval(3, 6)
    assert sheet.loc["beyond-100-mi-land", ["low", "high"]].tolist() == pytest.approx(
        [1 - exact[1], 1 - exact[0]]
    )
    assert sheet.loc["people-100-mi-land", "figure"] == pytest.approx(0.5 / 0.25)
    assert (
        "50.0% of mapped cameras and 25.0% of people" in sheet.loc["people-100-mi-land", "sentence"]
    )


def test_the_figure_has_ink_and_the_same_bytes_twice(table: pd.DataFrame, tmp_path: Path) -> None:
    spread = reach.distribution(table, borders=["land", "port"])
    paths = [tmp_path / f"{i}.png" for i in range(2)]
    for path in paths:
        reach_figures.distribution_figure(spread, path, title="Six cameras", source="drawn")
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(Image.open(paths[0]).convert("RGB").getcolors(1 << 24) or ()) > 50
    with pytest.raises(UsageError, match="not a picture format"):
        reach_figures.distribution_figure(spread, tmp_path / "a.txt", title="", source="")


def test_people_abroad_are_no_baseline(root: Path, tmp_path: Path, alprmap: Run) -> None:
    people = tmp_path / "people.csv"
    words = [
        "reach",
        root / "data/demo/cameras.geojson",
        "--border",
        "mexico",
        "--population",
        people,
    ]
    people.write_text("lon,lat,people\n-99.5,27.5,10\n99.5,27.5,30\n", "utf-8")
    assert "1 of 2 places of people.csv lie outside the United States" in alprmap(*words).stderr
    people.write_text("lon,lat,people\n99.5,27.5,30\n", "utf-8")
    done = alprmap(*words)
    assert done.returncode == 1
    assert "nobody of this table lives in the United States" in done.stderr


@pytest.mark.parametrize(("rows", "says"), [
    ("name,lon\nA,-99\n", "lacks name, lon or lat"),
    ("name,lon,lat\nA,-99,27\nB,west,27\n", "row 2: lon is no number of degrees"),
    ("name,lon,lat\nA,-99,127\n", "row 1: lat is no number of degrees"),
])  # fmt: skip
def test_ports_that_are_no_places_are_one_line(
    root: Path, tmp_path: Path, alprmap: Run, rows: str, says: str
) -> None:
    demo, ports, out = root / "data/demo", tmp_path / "ports.csv", tmp_path / "out.csv"
    ports.write_text(rows, "utf-8")
    done = alprmap(
        "reach",
        demo / "cameras.geojson",
        "--roads",
        demo / "roads.osm.pbf",
        "--ports",
        ports,
        "--out",
        out,
    )
    assert done.returncode == 1
    assert says in done.stderr.splitlines()[-1]
    assert not out.exists()


@pytest.mark.slow
def test_reach_on_the_demo_town(root: Path, tmp_path: Path, alprmap: Run) -> None:
    demo, out = root / "data/demo", tmp_path / "reach.csv"
    done = alprmap(
        "reach", demo / "cameras.geojson", "--border", "mexico", "--border", "external", "--by", "operator",
        "--roads", demo / "roads.osm.pbf", "--ports", demo / "ports.csv", "--population", demo / "population.csv",
        "--gap", "25", "--zone", "50", "--claims", "--figure", tmp_path / "reach.svg", "--out", out, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {
        "unit", "unit_m", "cameras", "outside", "set_aside", "unlocated", "data_date", "inputs", "borders",
        "notice", "files", "by", "population", "roads", "ports", "corridors", "standing",
    }  # fmt: skip
    assert list(found["borders"]) == ["mexico", "external"]
    cameras = pd.read_csv(out)
    assert len(cameras) == found["cameras"]
    # every number comes back from the files beside it
    mexico = found["borders"]["mexico"]
    assert (cameras["to_mexico_m"] <= 100 * MILE).sum() == mexico["within"]["100"]["n"]
    assert cameras.loc[cameras["to_mexico_m"].idxmax(), "camera_id"] == mexico["farthest_camera_id"]
    groups = pd.DataFrame(found["by"]["groups"]).query("border == 'mexico'")
    assert groups["n"].sum() == len(cameras)
    sheet = pd.read_csv(tmp_path / "reach.claims.csv").set_index("claim_id")
    where = sheet.loc["within-100-mi-mexico", "ids_where"]
    assert len(cameras.query(where)) == sheet.loc["within-100-mi-mexico", "figure"]
    links = pd.read_csv(tmp_path / "reach.corridor-links.csv")
    assert links["camera_id"].nunique() == found["corridors"][0]["n_cameras"]
    assert links["gap_m"].max() <= 25_000
    chain = sheet.filter(like="corridor-25km-", axis=0).iloc[0]
    assert chain["ids_file"] == "reach.corridor-links.csv"
    assert links.query(chain["ids_where"])["camera_id"].nunique() == chain["n"]
    assert chain["figure"] * MILE == pytest.approx(found["corridors"][0]["inland_m"])
    assert set(links["camera_id"]) <= set(cameras["camera_id"])
    zone = json.loads((tmp_path / "reach.zones.geojson").read_text("utf-8"))
    assert [f["properties"]["border"] for f in zone["features"]] == ["mexico", "external"]
    assert sorted(found["files"].values()) == sorted(
        p.name
        for p in tmp_path.iterdir()
        if p.stem != "reach" and not p.name.endswith("-metadata.json")
    )
    again = alprmap("reach", demo / "cameras.geojson", "--out", out)
    assert again.returncode == 2
    assert "exists already" in again.stderr


@pytest.mark.parametrize(
    ("unit", "low", "high", "said"),
    [
        ("cameras", 28547, 28584, "28,547 to 28,584: why"),  # a short form prints 2.855e+04
        ("share", 0.4649, 0.6183, "46.5% to 61.8%: why"),
        ("mi", 1055.96, 1067.04, "1,056.0 to 1,067.0: why"),
        ("ratio of shares", 0.9487, 0.965, "ratio of shares 0.96, 0.95 to 0.96: why"),
        ("mi", 675.5, 675.5, "why"),
        ("cameras", None, None, "why"),
        ("cameras", float("nan"), 4.0, "why"),
    ],
)
def test_the_bounds_are_printed_as_the_figures_are(
    unit: str, low: float, high: float, said: str
) -> None:
    assert (
        claim_sheets.interval(
            {"unit": unit, "figure": 0.957, "low": low, "high": high, "bounds": "why"}
        )
        == said
    )


def test_reach_of_nothing_is_refused(tmp_path: Path, alprmap: Run) -> None:
    rough = tmp_path / "rough.csv"
    rough.write_text("id,lat,lon\na,29.5,-98.4\n")  # one decimal: known to 5 km, so no camera
    done = alprmap("reach", rough, "--out", tmp_path / "out.csv")
    assert done.returncode == 1
    assert "1 of 1 report is too roughly located" in done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_R2_cameras_abroad_are_set_aside_and_said(tmp_path: Path, alprmap: Run) -> None:
    # the US file of January 2026 has 18 cameras in Vancouver, Toronto and Sudbury
    abroad = tmp_path / "abroad.csv"
    abroad.write_text("id,lat,lon\na,49.259983,-123.249363\nb,41.878113,-87.629799\n")
    done = alprmap("reach", abroad, "--border", "canada", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["cameras"], found["outside"], found["borders"]["canada"]["n"]) == (1, 1, 1)
    assert (found["standing"], found["set_aside"]) == (1, {"in_canada": 1})
    told = alprmap("reach", abroad, "--border", "canada").stdout
    sentence = "1 standing reader in the United States; set aside: 1 outside the United States"
    assert f"counted: {sentence} (Canada)" in " ".join(told.split())


def test_R2_a_list_of_another_country_is_refused(tmp_path: Path, alprmap: Run) -> None:
    toronto = tmp_path / "toronto.csv"
    toronto.write_text("id,lat,lon\na,43.653221,-79.383184\nb,43.700112,-79.416305\n")
    done = alprmap("reach", toronto, "--out", tmp_path / "out.csv")
    assert done.returncode == 1
    assert "0 of 2 cameras stand in the United States" in done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_reach_prints_a_table_and_sentences(root: Path, alprmap: Run) -> None:
    done = alprmap(
        "reach", root / "data/demo/cameras.geojson", "--border", "land", "--claims", "--unit", "km"
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^land +54 ", done.stdout, re.MULTILINE)
    assert "kilometers of a land border" in done.stdout
    assert "Must stand beside:" in done.stdout
    assert re.search(r"farther than 100 kilometers .*\[\d+\.\d% to \d+\.\d%: ", done.stdout)
    assert "pass --out" in done.stderr


def test_access_on_the_demo_town(root: Path, tmp_path: Path, alprmap: Run) -> None:
    demo, out = root / "data/demo", tmp_path / "access.csv"
    done = alprmap(
        "access", demo / "cameras.geojson", "--agencies", demo / "agencies.csv", "--shares", demo / "shares.csv",
        "--to", "Federal Frontier Service", "--of", "Puente Claro Police Department", "--out", out, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {
        "target",
        "target_ids",
        "as_of",
        "inputs",
        "record",
        "files",
        "counts",
        "summary",
        "agencies",
        "bodies",
        "doors",
        "inference",
        "claims",
        "of",
        "laws",
        "standing",
        "set_aside",
    } == set(found)
    cameras = pd.read_csv(out)
    for row in found["summary"]:
        if row["state"] == "all":
            picked = cameras[(cameras["class"] == row["class"]) & (cameras["hops"] == row["hops"])]
            assert len(picked) == row["n"]
    assert sum(found["counts"]["class"].values()) == len(cameras) == found["counts"]["cameras"]
    one = cameras[cameras["hops"] == 1]
    assert one[["source_record", "since"]].notna().all(axis=None)
    some = one["camera_id"].iloc[0]
    story = alprmap(
        "access", demo / "cameras.geojson", "--agencies", demo / "agencies.csv", "--shares", demo / "shares.csv",
        "--to", "Federal Frontier Service", "--explain", some,
    )  # fmt: skip
    assert story.returncode == 0, story.stderr
    assert "lets Federal Frontier Service search" in story.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["reach", "{c}", "--border", "texas"], 2, "no border is called texas"),
        (["reach", "{c}", "--by", "color"], 2, "cannot tell apart by color"),
        (["reach", "{c}", "--unit", "league"], 2, "no unit is called league"),
        (["reach", "{c}", "--zone", "25"], 2, "pass --out"),
        (["reach", "{c}", "--gap", "far"], 2, "like 15mi or 25km"),
        (["reach", "{d}/absent.csv"], 1, "absent.csv"),
        (["access", "{c}", "--to", "FBI"], 2, "no sharing record given"),
        (["access", "{c}", "--shares", "{d}/shares.csv"], 2, "say whom"),
        (
            ["access", "{c}", "--shares", "{d}/shares.csv", "--to", "FBI", "--as-of", "May"],
            2,
            "no date",
        ),
        (
            ["access", "{c}", "--shares", "{d}/shares.csv", "--of", "X", "--explain", "c1"],
            2,
            "leads to somebody",
        ),
        (
            ["access", "{c}", "--shares", "{d}/population.csv", "--to", "FBI"],
            1,
            "who shares with whom",
        ),
    ],
)
def test_what_cannot_be_is_one_line(
    root: Path, words: list[str], code: int, says: str, alprmap: Run
) -> None:
    demo = root / "data/demo"
    done = alprmap(*(w.format(c=demo / "cameras.geojson", d=demo) for w in words))
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
