"""S1, S3: texts in a wide encoding, data inside a script, links of cells, headings that repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from alprmap import sources
from alprmap.errors import InputError
from alprmap.sources.intake import wide_encoding

TABLE = "name,lat,lon\nA,39.96,-82.99\nB,39.97,-82.98\n"
LIST = '[{"name":"A","lat":39.96,"lon":-82.99},{"name":"B","lat":39.97,"lon":-82.98}]'
PINS = (
    "https://www.google.com/maps/place/X/@39.9,-82.9,17z/data=!3m1!4b1!4m5!8m2!3d39.96!4d-82.99",
    "https://www.google.com/maps?q=39.97,-82.98",
)


def places(found: Any) -> list[tuple[float, float]]:
    return sorted(zip(found.reports["lat"], found.reports["lon"], strict=True))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("text", "name"), [(TABLE, "a.csv"), (LIST, "a.json")])
def test_S1_wide_text_without_its_mark_is_read(
    tmp_path: Path, text: str, name: str, encoding: str
) -> None:
    (tmp_path / name).write_bytes(text.encode(encoding))
    found = sources.read(tmp_path / name)
    assert places(found) == [(39.96, -82.99), (39.97, -82.98)]


@pytest.mark.parametrize(
    "data", [b"", b"a\0", b"\0" * 4_096, bytes(range(256)) * 16, b"name,lat,lon"]
)
def test_S1_what_is_no_wide_text_is_not_taken_for_it(data: bytes) -> None:
    assert wide_encoding(data) is None


@pytest.mark.parametrize(
    "around",
    [
        "var cameras = {};",
        "const cameras={}",
        "export default {}",
        "window.data.cameras = {};",
        "callback({});",
        "/**/ typeof cb === 'function' && cb({});",
        "jQuery123_456({})",
    ],
)
@pytest.mark.parametrize("name", ["a.js", "a.json"])
def test_S1_a_script_around_data_is_said(tmp_path: Path, around: str, name: str) -> None:
    (tmp_path / name).write_text(around.replace("{}", LIST))
    with pytest.raises(InputError, match="JavaScript around data"):
        sources.read(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["count(s),lat,lon", "var,lat,lon", "let x,lat,lon", "f(x),lat,lon"]
)
def test_S1_a_table_whose_headings_look_like_a_script_stays_a_table(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "a.csv").write_text(f"{name}\nA,39.96,-82.99\n")
    assert len(sources.read(tmp_path / "a.csv").reports) == 1


@pytest.mark.parametrize(
    ("shown", "linked"),
    [(("map", "map"), 2), (("View", "View"), 2), (("1 Main St", "9 Oak Ave"), 1)],
)
def test_S3_the_pin_behind_a_cell_of_a_workbook_is_the_position(
    tmp_path: Path, shown: tuple[str, str], linked: int
) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["Address", "Map"])
    for line, pin in enumerate(PINS):
        sheet.append(["1 Main St" if line == 0 else "9 Oak Ave", "map"])
        cell = sheet.cell(line + 2, linked)
        cell.value, cell.hyperlink = shown[line], pin
    book.save(tmp_path / "a.xlsx")
    found = sources.read(tmp_path / "a.xlsx")
    assert places(found) == [(39.96, -82.99), (39.97, -82.98)]
    assert list(found.reports["place_raw"]) == ["1 Main St", "9 Oak Ave"]


def test_S3_a_link_that_is_no_position_changes_no_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["Location", "Latitude", "Longitude"])
    sheet.append(["1 Main St", 39.96, -82.99])
    sheet["A2"].hyperlink = "https://example.org/camera/1"
    book.save(tmp_path / "a.xlsx")
    found = sources.read(tmp_path / "a.xlsx")
    assert list(found.reports["place_raw"]) == ["1 Main St"]


@pytest.mark.parametrize(
    ("second", "named"), [("Pole 7", True), ("Broad St at High St", False), ("", False)]
)
def test_S1_a_heading_that_repeats_and_says_more_is_named(
    tmp_path: Path, second: str, named: bool
) -> None:
    (tmp_path / "a.csv").write_text(
        f"Latitude,Longitude,Location,Location\n39.96,-82.99,Broad St at High St,{second}\n"
    )
    found = sources.read(tmp_path / "a.csv")
    assert list(found.reports["place_raw"]) == ["Broad St at High St"]
    assert any("Location" in name for name in found.unused) is named
