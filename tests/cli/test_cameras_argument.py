"""The CAMERAS argument: a file without a place is refused, what is not counted is said, dates are
those of all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
ROADS = DEMO / "roads.osm.pbf"
Run = Callable[..., tuple[int, str, str]]

WORDS = (
    "id,location,agency\n1,3rd St & Main St,Puente Claro PD\n2,Main Street at 8th,Puente Claro PD\n"
)
AGENCIES = json.dumps(
    [{"agency": "Puente Claro PD", "state": "TX", "camera_count": 5, "sharing_outbound": ["X PD"]}]
)
COMMANDS = {
    "map": ["map", "FILE", "--out", "page.html"],
    "watch": ["watch", "FILE", "--roads", str(ROADS)],
    "coverage": ["coverage", "FILE", "--roads", str(ROADS)],
    "route": [
        "route",
        "29.8136,-101.9047",
        "29.8219,-101.9049",
        "--cameras",
        "FILE",
        "--roads",
        str(ROADS),
    ],
    "reach": ["reach", "FILE", "--border", "mexico"],
    "access": ["access", "FILE", "--shares", str(DEMO / "shares.csv"), "--kind", "federal"],
    "diff": ["diff", "FILE", "FILE"],
}


@pytest.fixture
def alprmap(alprmap_here: Run) -> Run:
    return alprmap_here


def near(folder: Path, rows: str) -> Path:
    path = folder / "cameras.csv"
    path.write_text("id,lat,lon,location,last_seen\n" + rows)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_places_in_words_alone_are_no_zero(command: str, tmp_path: Path, alprmap: Run) -> None:
    file = tmp_path / "records.csv"
    file.write_text(WORDS)
    code, out, err = alprmap(*[str(file) if w == "FILE" else w for w in COMMANDS[command]])
    assert (code, out) == (1, "")
    assert (
        "records.csv: no camera has a position (2 reports read); places in words are found by"
        " `alprmap locate" in err
    )
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize("command", ["map", "access", "diff"])
def test_a_list_of_agencies_is_told_from_cameras(
    command: str, tmp_path: Path, alprmap: Run
) -> None:
    file = tmp_path / "portals.json"
    file.write_text(AGENCIES)
    code, out, err = alprmap(*[str(file) if w == "FILE" else w for w in COMMANDS[command]])
    assert (code, out) == (1, "")
    assert "is about agencies (1 row) and holds no camera; hand it to `alprmap access`" in err


@pytest.mark.parametrize("command", ["map", "watch", "diff"])
def test_the_wrong_file_is_said(command: str, alprmap: Run) -> None:
    code, out, err = alprmap(*[str(ROADS) if w == "FILE" else w for w in COMMANDS[command]])
    assert (code, out) == (1, "")
    assert (
        "no camera has a position (0 reports read); check that this is the file of cameras" in err
    )


def test_a_merge_without_a_place_is_refused(tmp_path: Path, alprmap: Run) -> None:
    (tmp_path / "records.csv").write_text(WORDS)
    assert alprmap("merge", "records.csv", "--out", "cameras.parquet")[0] == 3
    code, out, err = alprmap("map", "cameras.parquet", "--out", "page.html")
    assert (code, out) == (1, "")
    assert "cameras.parquet: no camera has a position (2 reports read); places in words" in err


def test_what_has_no_position_is_said_beside_what_has(tmp_path: Path, alprmap: Run) -> None:
    file = near(tmp_path, "1,29.813864,-101.904743,,\n2,,,Main Street at 8th,\n")
    code, out, err = alprmap("watch", file, "--roads", ROADS, "--json")
    assert code == 0
    assert json.loads(out)["cameras"] == 1
    assert "1 of 2 reports has no position and is not counted; places in words" in err


@pytest.mark.parametrize("command", ["watch", "coverage", "route"])
def test_cameras_of_another_place_are_said(command: str, tmp_path: Path, alprmap: Run) -> None:
    file = near(tmp_path, "1,40.758701,-111.876183,,\n")
    code, _, err = alprmap(*[str(file) if w == "FILE" else w for w in COMMANDS[command]])
    # the answer of watch and route is about each camera; coverage of nothing is none
    assert code == (1 if command == "coverage" else 0)
    assert "none of the 1 camera of" in err
    assert "check --roads and --area" in err


@pytest.mark.parametrize(
    ("dates", "more", "shown"),
    [
        (("2026-01-02", "2026-01-05"), [], "2026-01-05"),
        (("", "2021-03-04"), [], "newest date 2021-03-04, 1 of 2 carries one"),
        (("", "2021-03-04"), ["--date", "2026-01"], "2026-01"),
        (("", ""), [], None),
    ],
)
def test_a_page_shows_no_date_of_a_few_as_that_of_all(
    dates: tuple[str, str], more: list[str], shown: str | None, tmp_path: Path, alprmap: Run
) -> None:
    points = ("29.813864,-101.904743", "29.821916,-101.904927")
    file = near(
        tmp_path,
        "".join(f"{i},{p},,{d}\n" for i, (p, d) in enumerate(zip(points, dates, strict=True))),
    )
    assert alprmap("map", file, "--out", "page.html", "--border", "none", *more)[0] == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    dates_said = [] if shown is None else [{"label": "Cameras", "value": shown}]
    assert f'"dates":{json.dumps(dates_said, separators=(",", ":"))},' in page


@pytest.mark.slow
def test_a_zone_is_named_and_neighbors_are_land(tmp_path: Path, alprmap: Run) -> None:
    shutil.copy(DEMO / "cameras.geojson", tmp_path / "cameras.geojson")
    code, *_ = alprmap(
        "map",
        "cameras.geojson",
        "--out",
        "page.html",
        "--zone",
        "mexico:100",
        "--zone",
        "external:100",
    )
    assert code == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert '"label":"100 miles of Mexico"' in page
    assert '"label":"100 miles of the external boundary"' in page
    assert '"id":"abroad"' in page, "the other side of a land border is no sea"


def test_a_position_of_one_decimal_is_no_camera_and_is_said(tmp_path: Path, alprmap: Run) -> None:
    rough, fine = "1,29.8,-101.9,,\n", "2,29.81364,-101.90471,,\n"
    file = near(tmp_path, rough)
    code, out, err = alprmap("reach", file, "--border", "mexico")
    assert (code, out) == (1, "")
    assert "cameras.csv: no camera counts: 1 of 1 report is too roughly located" in err
    file = near(tmp_path, rough + fine)
    code, out, err = alprmap("reach", file, "--border", "mexico", "--json")
    assert code == 0
    assert json.loads(out)["borders"]["mexico"]["n"] == 1
    assert "cameras.csv: 1 of 2 reports is too roughly located" in err


def test_zeros_about_a_body_that_no_record_names_are_said(alprmap: Run) -> None:
    files = ["--agencies", str(DEMO / "agencies.csv"), "--shares", str(DEMO / "shares.csv")]
    code, out, err = alprmap("access", DEMO / "cameras.geojson", *files, "--kind", "tribal")
    assert code == 0
    assert "Declared but unmapped" not in out, "an empty table is left out"
    assert (
        "no record handed in names a tribal body (by name or on record): what it can look through is not known from"
        " these files" in err
    )
    code, out, err = alprmap(
        "access", DEMO / "cameras.geojson", *files, "--to", "Federal Frontier Service"
    )
    assert code == 0
    assert "Declared but unmapped" in out
    assert "no record handed in names" not in err
    code, out, err = alprmap("access", DEMO / "cameras.geojson", *files, "--kind", "federl")
    assert (code, out) == (2, "")
    assert "no kind is called federl; use one of federal, state, county" in err


def test_a_file_of_a_wider_area_is_no_news(tmp_path: Path, alprmap: Run) -> None:
    town = "1,29.813864,-101.904743,,2025-01-02\n2,29.821916,-101.904927,,2025-01-02\n"
    far = "".join(f"{i},{40 + i / 100:.6f},-83.001234,,2026-01-02\n" for i in range(10, 20))
    small, wide = tmp_path / "small.csv", tmp_path / "wide.csv"
    small.write_text("id,lat,lon,location,last_seen\n" + town)
    wide.write_text("id,lat,lon,location,last_seen\n" + town + far)
    code, out, err = alprmap("diff", small, wide, "--json", "--accept-loss")
    assert code == 0
    assert len(json.loads(out)["added"]) == 10
    assert (
        f"10 of 10 added cameras stand outside the area of {small}: two files of different areas"
        in err
    )
    code, _, err = alprmap("diff", wide, small, "--accept-loss")
    assert code == 0
    assert f"10 of 10 removed cameras stand outside the area of {small}" in err
    assert "different areas" not in alprmap("diff", wide, wide)[2]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ["--color-by", "nonsense"],
            "cameras cannot be colored by nonsense; use one of operator_kind, vendor",
        ),
        (["--png", "map.gif"], "map.gif: the picture's name must end in .png"),
        (["--date", "yesterday"], "--date yesterday is no date; write it like 2026-01-28"),
        (["--zone", "mexico"], "--zone mexico is not BORDER:MILES"),
    ],
)
def test_what_a_page_would_take_and_not_show_is_refused(
    more: list[str], said: str, tmp_path: Path, alprmap: Run
) -> None:
    code, out, err = alprmap("map", DEMO / "cameras.geojson", "--out", "page.html", *more)
    assert (code, out) == (2, "")
    assert said in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new", "--at", "91, 10"], "'91, 10' is nowhere on earth; give it as"),
        (
            ["new", "--at", "29.8, -101.9", "--direction", "400"],
            "--direction 400 is no direction; give degrees",
        ),
        (["form", "--out", "form.txt"], "form.txt: the form's name must end in .html"),
    ],
)
def test_a_slip_in_a_sighting_is_said_in_words(
    words: list[str], said: str, tmp_path: Path, alprmap: Run
) -> None:
    code, out, err = alprmap("sighting", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_may_not_be_read_is_one_line(
    command: str, tmp_path: Path, alprmap: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = near(tmp_path, "2,29.81364,-101.90471,,\n")
    may = os.access
    monkeypatch.setattr(
        os, "access", lambda p, mode, **k: Path(p).name != file.name and may(p, mode, **k)
    )
    code, out, err = alprmap(*[str(file) if w == "FILE" else w for w in COMMANDS[command]])
    assert (code, out) == (1, "")
    assert "cameras.csv: cannot be opened: permission denied; check the permissions" in err
    assert err.count("\n") == 1
