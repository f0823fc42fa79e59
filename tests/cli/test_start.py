"""`alprmap start`: files are told by what is in them, in any order and under any name; the project
it writes builds as it is; nothing is made of nothing."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import re
import shutil
import tomllib
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from test_cli import alprmap

from alprmap.build import (
    Project,
    can,
    load_project,
    project_text,
    propose_project,
    recognize_files,
)
from alprmap.build.propose import Proposal
from alprmap.build.recognize import getting
from alprmap.shipped import data_path
from alprmap.store import write_table

SHARED = Path(__file__).resolve().parents[2].parent / "shared/data"
DEMO = {
    "cameras.geojson": "cameras",
    "roads.osm.pbf": "roads",
    "population.csv": "people",
    "shares.csv": "sharing",
}
AUDIT = (
    "ID,Org Name,Total Networks Searched,Time Frame,Reason,Search Time\n1,A PD,9,x,y,2026-01-02\n"
)


def cameras(folder: Path, name: str = "list.csv", *, lon: float = -83.0, count: int = 6) -> Path:
    """Cameras of invented ids near a place in Ohio."""
    rows = [
        {"id": f"a{i}", "lat": 39.96 + i / 1000, "lon": lon + i / 1000, "operator": "Columbus PD"}
        for i in range(count)
    ]
    path = folder / name
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    for name in DEMO:
        shutil.copy(data_path(f"demo/{name}"), tmp_path / name)
    return tmp_path


def test_files_are_told_by_content_not_by_name(demo: Path) -> None:
    # names say nothing: each file under a name of another kind
    renamed = {
        "people.geojson": "cameras.geojson",
        "cameras.csv": "population.csv",
        "list of roads.csv": "shares.csv",
    }
    for new, old in renamed.items():
        (demo / old).rename(demo / new)
    (demo / "log.csv").write_text(AUDIT)
    (demo / "od.csv").write_text("w_geocode,h_geocode,S000\n390490001001000,390490002001000,3\n")
    expected = {new: DEMO[old] for new, old in renamed.items()}
    expected |= {"roads.osm.pbf": "roads", "log.csv": "searches", "od.csv": "commutes"}
    known = recognize_files([demo / name for name in expected])
    assert {k.path.name: k.kinds[0] for k in known} == expected


PORTAL = '"id","userId","searchDate","networkCount","reason"\n"1","u","2026-03-26T02:24:37.136Z","3","theft"\n'
AGREEMENTS = "STATE,LAW ENFORCEMENT AGENCY,TYPE,SUPPORT TYPE,SIGNED\nOHIO,Birch Police Department,City,Task Force Model,2025-02-01\n"
SNAPSHOTS = "date,state,agency,ori,type\n2025-05-16 am,OHIO,birch police department,OH0250000,Task Force Model\n"


def _book(text: str, path: Path) -> None:
    import csv
    import io

    import openpyxl

    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(text)):
        book.active.append(row)
    book.save(path)


def test_logs_and_lists_are_known_in_every_form(tmp_path: Path) -> None:
    logs = {"a.csv": AUDIT, "titled.csv": f"Audit of a city\n\n{AUDIT}", "portal.txt": PORTAL}
    lists = {"agreements.csv": AGREEMENTS, "287g-agreements.csv": SNAPSHOTS}
    for name, text in (logs | lists).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "wide.csv").write_text(AUDIT, "utf-16")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(AUDIT.encode()))
    (tmp_path / "a.csv.bz2").write_bytes(bz2.compress(AUDIT.encode()))
    _book(PORTAL, tmp_path / "log.xlsx")
    _book(AGREEMENTS, tmp_path / "participating.xlsx")
    rows = list(csv.DictReader(io.StringIO(PORTAL)))
    (tmp_path / "log.json").write_text(json.dumps(rows))
    (tmp_path / "shares.csv").write_text("from,to,since\nA OH PD,B OH PD,2026-01-02\n")
    (tmp_path / "counts.csv").write_text("agency,state,declared,date\nA PD,OH,7,2026-01-02\n")
    wanted = dict.fromkeys(
        [*logs, "wide.csv", "a.csv.gz", "a.csv.bz2", "log.xlsx", "log.json"], "searches"
    ) | dict.fromkeys([*lists, "participating.xlsx"], "lists")
    wanted |= {"shares.csv": "sharing", "counts.csv": "sharing"}
    known = recognize_files([tmp_path / name for name in wanted])
    assert {k.path.name: k.kinds[0] for k in known} == wanted
    plan = propose_project(known)
    text = project_text(plan, tmp_path)
    assert text.count("agreements.csv") == 2
    assert "participating.xlsx" in text.partition("tags")[2].split("\n")[0]
    project = load_project_text(text, tmp_path)
    assert project.searches is not None
    assert set(project.searches.files) == {n for n, k in wanted.items() if k == "searches"}


def load_project_text(text: str, folder: Path) -> Project:
    (folder / "p.toml").write_text(text)
    return load_project(folder / "p.toml")


@pytest.mark.slow
def test_the_project_has_no_placeholder_and_builds(demo: Path) -> None:
    made = alprmap("start", *DEMO, "--yes", cwd=demo)
    assert made.returncode in (0, 3), made.stderr
    text = (demo / "alprmap.toml").read_text()
    assert not re.search(r"CHANGE|TODO|YOUR|EXAMPLE|\.\.\.", text)
    project = load_project(demo / "alprmap.toml")
    assert {s.path for s in project.sources} == {"cameras.geojson"}
    page = next(demo.glob("*-map/index.html"))
    for name in ("report.html", "report.md", "press.txt", "claims.csv"):
        assert (page.parent / name).is_file()
    # what one came for stands at the end of the screen
    assert "license plate readers are mapped" in made.stdout
    for kind in set(DEMO.values()):
        assert re.search(rf"^  {kind}\b", made.stdout, re.M)
    assert len(made.stdout.splitlines()) <= 45


@pytest.mark.slow
def test_a_sharing_record_alone_reaches_a_page(demo: Path) -> None:
    made = alprmap("start", "shares.csv", "--yes", cwd=demo)
    assert made.returncode == 0, made.stderr
    page = next(demo.glob("*-map/index.html")).read_text()
    assert "<h1>" in page
    assert "organization" in page
    assert "overpass-turbo.eu" in made.stdout


def test_what_is_missing_is_named_for_the_area(tmp_path: Path) -> None:
    made = alprmap("init", str(cameras(tmp_path)), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "ohio-latest.osm.pbf" in made.stdout
    assert "CenPop2020_Mean_BG39.txt" in made.stdout
    project = tomllib.loads((tmp_path / "alprmap.toml").read_text())
    assert project["project"]["area"] == "Franklin County, Ohio"
    # the first line is how editors find the schema, which is there and holds
    first = (tmp_path / "alprmap.toml").read_text().splitlines()[0]
    assert first == "#:schema ./alprmap.schema.json"
    jsonschema.validate(project, json.loads((tmp_path / "alprmap.schema.json").read_text()))
    assert not list(tmp_path.glob("*-map"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--area", "Laredo, Texas"], "none of the 6 cameras with a position stands in"),
        (["--area", "Atlantis"], "Atlantis"),
    ],
)
def test_an_area_without_cameras_is_refused_before_anything_is_written(
    tmp_path: Path, words: list[str], said: str
) -> None:
    made = alprmap("start", str(cameras(tmp_path)), "--yes", *words, cwd=tmp_path)
    assert made.returncode in (1, 2)
    assert said in made.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["list.csv"]


@pytest.mark.parametrize("text", ["", "hello\n", "a,b\n1,2\n"])
def test_a_file_of_nothing_useful_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    made = alprmap("start", "x.csv", "--yes", cwd=tmp_path)
    assert made.returncode == 1
    assert made.stderr.count("\n") == 1
    assert "x.csv" in made.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.slow
def test_a_log_alone_reaches_a_page(tmp_path: Path) -> None:
    (tmp_path / "oakland-ca-pd.2026-04-21.csv").write_text(PORTAL)
    made = alprmap("start", "oakland-ca-pd.2026-04-21.csv", "--yes", "--out", "o", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "The logs given hold 1 searches" not in made.stdout
    assert "The logs given hold 1 search;" in made.stdout
    claims = pd.read_csv(tmp_path / "o" / "claims.csv").set_index("claim_id")
    assert claims.loc["searches", "figure"] == 1
    for name in ("index.html", "report.md", "searches/organizations.csv"):
        assert (tmp_path / "o" / name).is_file()
    assert not (tmp_path / "o" / "searches" / "searches.csv").exists()


@pytest.mark.slow
def test_roads_that_no_camera_is_on_are_no_result(tmp_path: Path) -> None:
    shutil.copy(data_path("demo/roads.osm.pbf"), tmp_path / "r.osm.pbf")
    far = cameras(tmp_path)
    project = '[project]\nname = "x"\ntitle = "y"\n[[sources]]\nid = "a"\npath = "list.csv"\n'
    (tmp_path / "p.toml").write_text(project + '[roads]\npath = "r.osm.pbf"\n')
    made = alprmap("build", "p.toml", cwd=tmp_path)
    assert made.returncode == 1
    assert "reads a road" in made.stderr
    assert not (tmp_path / "x-map").exists()
    assert far.is_file()


def test_a_person_is_asked_at_most_three_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer
    from typer.testing import CliRunner

    from alprmap.cli import start

    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(start, "_is_asked", lambda **_: True)
    monkeypatch.setattr(typer, "prompt", lambda text, **k: asked.append(text) or k["default"])
    monkeypatch.setattr(typer, "confirm", lambda text, **_: bool(asked.append(text)))
    monkeypatch.chdir(tmp_path)
    cameras(tmp_path)
    app = typer.Typer()
    app.command()(start.start)
    result = CliRunner().invoke(app, ["list.csv"])
    assert result.exit_code == 0, result.output
    assert 1 <= len(asked) <= 3
    assert (tmp_path / "alprmap.toml").is_file()
    # "no" to the last question builds nothing
    assert not list(tmp_path.glob("*-map"))


@pytest.mark.slow
def test_a_planned_reader_and_words_are_counted_apart(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"id": ["1", "2"], "lat": [39.96, None], "lon": [-83.0, None], "location": ["", "A / B"]}
    )
    write_table(frame, tmp_path / "mix.csv")
    made = alprmap("init", "mix.csv", "--json", cwd=tmp_path)
    told = json.loads(made.stdout)
    assert told["located"] == 1
    assert any("in words" in note for note in told["notes"])


@pytest.mark.parametrize("roads", [False, True])
@pytest.mark.parametrize("sharing", [False, True])
@pytest.mark.parametrize("placed", [False, True])
def test_no_map_is_promised_where_nothing_can_be_placed(
    demo: Path, placed: bool, sharing: bool, roads: bool
) -> None:
    place = [30.1, -99.0] if placed else [None, None]
    frame = pd.DataFrame([["1", *place, "A / B"]], columns=["id", "lat", "lon", "location"])
    write_table(frame, demo / "words.csv")
    names = ["words.csv", *["shares.csv"] * sharing, *["roads.osm.pbf"] * roads]
    use = getting()["use"]
    known = recognize_files([demo / name for name in names])
    # whatever of the roads: what is promised rests on positions and on the kinds of files alone
    plan = Proposal(known, None, "", "t", located=int(placed))
    said = can(plan)
    assert (use["unplaced"] in said) == (not placed and not roads)
    assert (use["cameras"] in said) == (placed or roads)
    assert (use["sharing"] in said) == sharing


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="real inputs are not beside the clone")
@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("cameras/us-2025-10-Utah.geojson", "cameras"),
        ("records/san-mateo-flock-locations.pdf", "cameras"),
        ("people/SYNTHETIC-columbus-blockgroups.csv", "people"),
        ("people/SYNTHETIC-oh_od_main_JT00_2022.columbus.csv.gz", "commutes"),
        ("population/CenPop2020_Mean_CO.txt", "people"),
        ("records/flock-portals-ca-2026-04.json", "sharing"),
        ("records/agency-access-2024-04-26.csv", "sharing"),
        ("records/sharing-2026/lists/belmont-ca-pd.2026-04-24.csv", "sharing"),
        ("records/sharing-2026/pages/belmont-ca-pd.2026-04-24.txt", "sharing"),
        ("records/audit-2026/okaloosa-county-fl-so-org-audit-2025-11.csv", "searches"),
        ("records/audit-2026/portals/eugene-or-pd.2025-06_2025-12.csv", "searches"),
        ("records/audit-2026/SYNTHETIC-network-audit-2026-05.csv.gz", "searches"),
        ("roads/two-extracts/columbus-adjacent-west.osm.pbf", "roads"),
        ("roads/salt-lake-city-edges.parquet", "roads"),
        ("roads/denver-osmnx/osmnx_drive_graph.graphml", "roads"),
    ],
)
def test_real_files_are_told(file: str, kind: str) -> None:
    assert recognize_files([SHARED / file])[0].kinds[0] == kind


def test_lists_of_one_name_get_distinct_ids_and_a_file_twice_is_one(tmp_path: Path) -> None:
    """Names that are one id, however they differ; the same file by two paths."""
    names = [
        "a/list.csv",
        "b/list.csv",
        "b/LIST.csv",
        "list-2.csv",
        "li st.csv",
        "li_st.csv",
        "--.csv",
    ]
    paths = []
    for i, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        paths.append(cameras(tmp_path, name, lon=-83.0 + i / 100))
    known = recognize_files([*paths, paths[0], tmp_path / "b" / ".." / "a" / "list.csv"])
    assert [f.path for f in known] == paths
    (tmp_path / "p.toml").write_text(project_text(propose_project(known), tmp_path))
    ids = [s.id for s in load_project(tmp_path / "p.toml").sources]
    assert len(set(ids)) == len(ids) == len(names)
    assert ids[0] == "list"


def test_what_is_refused_leaves_no_project_file(tmp_path: Path) -> None:
    path = cameras(tmp_path)
    done = alprmap("start", str(path), "--lang", "*", "-y", cwd=tmp_path)
    assert (done.returncode, "no page speaks" in done.stderr) == (2, True)
    assert [p.name for p in tmp_path.iterdir()] == ["list.csv"]
