"""`alprmap start` with what a stranger has at hand: a PDF of crossings, a folder, an archive, files
of no use among them, files of another state. Each reaches a project, or one line that helps."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from test_cli import alprmap

from alprmap.build import (
    build,
    load_project,
    plan_stages,
    project_text,
    propose_project,
    recognize_files,
)
from alprmap.build.recognize import Recognized, _holds_nothing
from alprmap.errors import InputError
from alprmap.roads import read as read_roads
from alprmap.shipped import data_path

Placed = tuple[float, float, float, str]
BOUND = ("northbound", "southbound", "eastbound", "westbound")


def pdf(pages: list[list[Placed]], rules: list[tuple[float, ...]] = ()) -> bytes:  # type: ignore[assignment]
    """A PDF of text at places (x, y, size, words) and straight lines, written by hand."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for i, page in enumerate(pages):
        drawn = "".join(f"BT /F1 {s} Tf {x} {y} Td ({t}) Tj ET\n" for x, y, s, t in page)
        drawn += "".join(f"{a} {b} m {c} {d} l S\n" for a, b, c, d in rules)
        parts += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font"
            f" << /F1 3 0 R >> >> /Contents {5 + 2 * i} 0 R >>",
            f"<< /Length {len(drawn)} >>\nstream\n{drawn}endstream",
        ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n".encode("latin-1")
    table = "".join(f"{at:010d} 00000 n \n" for at in places)
    end = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    end += f"trailer << /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + end.encode()


def lines(texts: list[str]) -> bytes:
    """A PDF of lines of text, forty on a page."""
    pages = [texts[i : i + 40] for i in range(0, len(texts), 40)]
    return pdf([[(72, 740 - 16 * j, 11, t) for j, t in enumerate(page)] for page in pages])


def table(rows: list[list[str]], *, ruled: bool) -> bytes:
    """A PDF of one table with a title, with or without its lines."""
    columns = (60, 110, 380, 480)
    words = [(60.0, 750.0, 14.0, "Camera locations")]
    words += [
        (x + 4.0, 709.0 - 18 * j, 10.0, t)
        for j, row in enumerate(rows)
        for x, t in zip(columns, row, strict=False)
    ]
    low = 720 - 18 * len(rows)
    rules = [(60, 720 - 18 * j, 560, 720 - 18 * j) for j in range(len(rows) + 1)]
    rules += [(x, 720, x, low) for x in (*columns[: len(rows[0])], 560)]
    return pdf([words], rules if ruled else [])


@pytest.fixture(scope="module")
def crossings() -> list[tuple[str, str]]:
    """Thirty crossings of the fictional county, by the names of their two roads."""
    at: dict[int, set[str]] = {}
    for row in read_roads(data_path("demo/roads.osm.pbf")).segments.itertuples():
        if isinstance(row.name, str):
            at.setdefault(row.u, set()).add(row.name)
            at.setdefault(row.v, set()).add(row.name)
    pairs = sorted({tuple(sorted(names)) for names in at.values() if len(names) == 2})
    return [(a, b) for a, b in pairs[:: max(1, len(pairs) // 30)]][:30]


LAYOUTS: dict[str, Callable[[list[tuple[str, str]]], bytes]] = {
    "plain lines": lambda c: lines([f"{a} & {b}" for a, b in c]),
    "numbered, with a heading and a footer": lambda c: lines(
        ["Police Department", "", *[f"{i}. {a} at {b}" for i, (a, b) in enumerate(c, 1)], "April"]
    ),
    "with a direction": lambda c: lines(
        [f"{a} / {b} {BOUND[i % 4]}" for i, (a, b) in enumerate(c)]
    ),
    "a ruled table": lambda c: table(
        [["No.", "Location", "Direction"], *[[str(i), f"{a} & {b}", "NB"] for i, (a, b) in
                                             enumerate(c, 1)]], ruled=True
    ),
    "a table without lines": lambda c: table(
        [["No.", "Location", "Direction"], *[[str(i), f"{a} & {b}", "EB"] for i, (a, b) in
                                             enumerate(c, 1)]], ruled=False
    ),
}  # fmt: skip


@pytest.mark.slow
def test_pdfs_of_crossings_and_an_extract_reach_cameras_that_read_roads(
    tmp_path: Path, crossings: list[tuple[str, str]]
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name, made in LAYOUTS.items():
        (given / f"{name}.pdf").write_bytes(made(crossings))
    shutil.copy(data_path("demo/roads.osm.pbf"), given / "r.osm.pbf")
    start = alprmap("init", "given", cwd=tmp_path)
    assert start.returncode == 0, start.stderr
    stages = plan_stages(load_project(tmp_path / "alprmap.toml"), tmp_path)
    upto = [s.name for s in stages].index("watch") + 1
    done = build(stages[:upto], tmp_path / "out", about={}).manifest["stages"]
    read = {k: v["rows"]["reports"] for k, v in done.items() if k.startswith("read ")}
    assert set(read.values()) == {30}, read
    assert done["reports"]["rows"]["located_from_words"] == 30 * len(LAYOUTS)
    reading, whole = (done["watch"]["rows"][k] for k in ("reading_a_road", "cameras"))
    assert reading >= 0.9 * whole > 20


def demo(folder: Path) -> Path:
    for name in ("cameras.geojson", "roads.osm.pbf", "population.csv"):
        shutil.copy(data_path(f"demo/{name}"), folder / name)
    return folder


USELESS = {
    "notes.txt": b"hello, these are notes\n",
    "blob.bin": bytes(range(256)) * 9,
    "pic.jpg": b"\xff\xd8\xff\xe0junk",
    "empty.csv": b"",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", USELESS)
def test_a_file_of_no_use_among_others_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    demo(tmp_path)
    (tmp_path / name).write_bytes(USELESS[name])
    found = recognize_files([tmp_path / name, tmp_path / "cameras.geojson"])
    assert [bool(f.kinds) for f in found] == [False, True]
    made = alprmap("init", name, "cameras.geojson", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert f"{name} is left out: " in made.stdout
    assert name not in (tmp_path / "alprmap.toml").read_text()


def test_a_name_that_is_not_there_stops_whatever_else_is(tmp_path: Path) -> None:
    demo(tmp_path)
    made = alprmap("init", "cameras.geojson", "nosuch.csv", cwd=tmp_path)
    assert (made.returncode, made.stderr.count("\n")) == (1, 1)
    assert "nosuch.csv: no such file" in made.stderr
    assert not (tmp_path / "alprmap.toml").exists()


@pytest.mark.slow
def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    given = tmp_path / "given"
    (given / "deeper").mkdir(parents=True)
    demo(given)
    shutil.move(given / "roads.osm.pbf", given / "deeper")
    (given / ".hidden.csv").write_text("lat,lon\n1,2\n")
    (given / "notes.txt").write_text("none of it\n")
    made = alprmap("init", "given", "--json", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    kinds = {Path(f["file"]).name: f["is"] for f in json.loads(made.stdout)["files"]}
    assert kinds == {
        "cameras.geojson": ["cameras"],
        "roads.osm.pbf": ["roads"],
        "population.csv": ["people"],
        "notes.txt": [],
    }
    project = load_project(tmp_path / "alprmap.toml")
    assert project.roads is not None
    assert project.roads.path == "given/deeper/roads.osm.pbf"


@pytest.mark.slow
def test_an_archive_is_a_list_and_its_roads_are_said_not_to_be_used(tmp_path: Path) -> None:
    demo(tmp_path)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        for name in ("cameras.geojson", "roads.osm.pbf"):
            packed.write(tmp_path / name, name)
    made = alprmap("init", "all.zip", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "all.zip: roads are not read out of an archive" in made.stdout


def elsewhere(folder: Path) -> Path:
    path = folder / "oregon.csv"
    path.write_text("id,lat,lon\n" + "".join(f"{i},45.{50 + i},-122.6\n" for i in range(9)))
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["oregon.csv", "roads.osm.pbf"], "they stand in Oregon"),
        (["oregon.csv", "roads.osm.pbf", "--area", "Oregon"], "roads of roads.osm.pbf lie outside"),
        (["cameras.geojson", "roads.osm.pbf", "--area", "Oregon"], "stands in Oregon"),
    ],
)
def test_files_that_do_not_meet_are_refused_before_anything_is_written(
    tmp_path: Path, files: list[str], said: str
) -> None:
    elsewhere(demo(tmp_path))
    made = alprmap("start", "--yes", *files, cwd=tmp_path)
    assert (made.returncode, made.stderr.count("\n")) == (1, 1)
    assert said in made.stderr
    assert not (tmp_path / "alprmap.toml").exists()


@pytest.mark.slow
def test_a_list_of_another_state_among_others_is_told(tmp_path: Path) -> None:
    elsewhere(demo(tmp_path))
    made = alprmap("init", "oregon.csv", "cameras.geojson", "roads.osm.pbf", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "oregon.csv: 9 of 9 positions stand outside this area" in made.stdout


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("blank.geojson", " \n\n", "holds no row"),
        ("head.csv", "lat,lon,operator\n", "holds no row"),
        ("head.csv", "latitude;longitude\r\n\r\n", "holds no row"),
    ],
)
def test_a_file_without_a_row_is_called_that(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as caught:
        recognize_files([tmp_path / name])
    assert caught.value.what == said


def test_a_list_of_no_cameras_is_called_that(tmp_path: Path) -> None:
    (tmp_path / "none.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(InputError, match="holds no report of a camera"):
        recognize_files([tmp_path / "none.geojson"])


def test_one_line_that_is_data_is_read_as_such(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("30.1,-100.2\n")
    (tmp_path / "one.json").write_text('[{"lat": 30.1, "lon": -100.2, "operator": "Sonora PD"}]')
    (known,) = recognize_files([tmp_path / "one.json"])
    assert known.kinds == ("cameras",)
    assert not _holds_nothing(tmp_path / "one.csv", "30.1,-100.2\n")


def test_a_typo_is_told_with_the_name_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("lat,lon,people\n30,-100,5\n")
    for typed, meant in (("peple.csv", "people.csv is there"), ("xyz.bin", "check the path")):
        with pytest.raises(InputError) as caught:
            recognize_files([tmp_path / typed])
        assert caught.value.what == "no such file"
        assert str(caught.value.fix).endswith(meant)


def test_roads_or_people_alone_ask_for_cameras_of_their_ground(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("lat,lon,population\n30.10,-100.25,500\n30.2,-100,9\n")
    roads = Recognized(tmp_path / "r.osm", ("roads",), "", bounds=(-83.2, 39.9, -82.8, 40.1))
    people = recognize_files([tmp_path / "people.csv"])
    for files, box in (
        ([roads], "39.900,-83.200,40.100,-82.800"),
        (people, "30.100,-100.250,30.200,-100.000"),
        ([*people, roads], "39.900,-83.200,40.100,-82.800"),
    ):
        with pytest.raises(InputError, match="nothing to show") as caught:
            propose_project(files)
        assert f"({box})" in str(caught.value.fix)


def test_a_record_of_another_state_is_told_before_the_build() -> None:
    at = pd.DataFrame({"lon": [-83.0], "lat": [40.0], "source_record": ["a"]})
    cameras = Recognized(Path("c.csv"), ("cameras",), "", at)
    names = {"agency_id": ["a", "b"], "name": ["A PD", "B PD"], "kind": "city", "spellings": ""}
    shares = pd.DataFrame({"from_id": ["a"], "to_id": ["b"]})
    for states, told in ((["CA", "CA"], True), (["CA", "OH"], False), ([None, None], False)):
        table = pd.DataFrame(names | {"state": pd.Series(states, dtype="str")})
        record = Recognized(Path("r.csv"), ("sharing",), "", table, shares=shares)
        notes = " ".join(propose_project([cameras, record]).notes)
        assert ("r.csv: names no agency of OH" in notes) == told


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csv", "geojson", "gpkg", "kmz"])
def test_a_hand_out_of_an_invented_project_is_known_as_one(
    name: str, demo_town: Path, tmp_path: Path
) -> None:
    kept = tmp_path / f"cameras.{name}"
    for file in (demo_town / "hand-outs").glob(f"{kept.name}*"):
        shutil.copy(file, tmp_path)
    found = recognize_files([kept])
    assert found[0].fictional
    assert "nothing in it exists" in found[0].note
    plan = propose_project(found)
    assert "\nfictional = true" in project_text(plan, tmp_path)
    assert any("nothing in it exists" in note for note in plan.notes)
