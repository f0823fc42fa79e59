"""S1, S3, S13: siblings of the made-up cases, with other data, states and forms, that once failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from alprmap import direction, sources
from alprmap.errors import InputError

ONE, TWO = (-122.678385, 45.515232), (-122.690201, 45.530101)
"""Two places in Portland, Oregon."""
LINKS = {
    "window, then the pin that was asked for": "https://www.google.com/maps?ll=40.0,-83.3&q={1},{0}&z=14",
    "Bing's pin": "https://www.bing.com/maps?cp=40.0~-83.3&sp=point.{1}_{0}_Pole",
    "OpenStreetMap's pin": "https://www.openstreetmap.org/?mlat={1}&mlon={0}#map=17/40.0/-83.2",
    "the window alone": "https://www.google.com/maps/@{1},{0},17z",
}


def read(folder: Path, text: str) -> sources.Read:
    (folder / "a.csv").write_text(text, encoding="utf-8")
    return sources.read(folder / "a.csv")


def placed(found: sources.Read) -> list[tuple[float, float]]:
    table = found.reports.dropna(subset=["lon"])
    return [(round(x, 6), round(y, 6)) for x, y in zip(table["lon"], table["lat"], strict=True)]


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_S3_the_pin_of_a_map_link_wins_over_its_window(tmp_path: Path, link: str) -> None:
    assert placed(read(tmp_path, f'id,link\n1,"{link.format(*ONE)}"\n')) == [ONE]


def test_S3_hundred_thousandths_of_a_degree_are_no_meters(tmp_path: Path) -> None:
    rows = "".join(
        f"{i},{round(y * 1e5)},{round(x * 1e5)}\n" for i, (x, y) in enumerate((ONE, TWO))
    )
    try:
        found = placed(read(tmp_path, f"id,latitude,longitude\n{rows}"))
    except InputError as refused:
        assert "both explain" in str(refused)
    else:
        for (x, y), (u, v) in zip(found, (ONE, TWO), strict=True):
            assert abs(x - u) < 1e-4
            assert abs(y - v) < 1e-4


@pytest.mark.parametrize(
    "cells",
    [
        '"35-06-00.4 N","106-40-12.7 W"',
        "35d06m00.4s,-106d40m12.7s",
        '"""35.100111""","""-106.670194"""',
        '"=T(""35.100111"")","=T(""-106.670194"")"',
    ],
)
def test_S3_numbers_and_angles_as_surveyors_and_spreadsheets_write_them(
    tmp_path: Path, cells: str
) -> None:
    (lon, lat), *rest = placed(read(tmp_path, f"ID,Lat,Lon\n1,{cells}\n"))
    assert (round(lon, 4), round(lat, 4), rest) == (-106.6702, 35.1001, [])


def test_S3_placeholders_of_any_number_give_way_to_x_and_y(tmp_path: Path) -> None:
    text = f"id,Latitude,Longitude,X,Y\n1,-999,-999,{ONE[0]},{ONE[1]}\n2,,,{TWO[0]},{TWO[1]}\n"
    assert placed(read(tmp_path, text)) == [ONE, TWO]


def test_S3_a_cell_with_several_points_is_several_places(tmp_path: Path) -> None:
    cell = f"MULTIPOINT (({ONE[0]} {ONE[1]}), ({TWO[0]} {TWO[1]}))"
    found = read(tmp_path, f'id,wkt\nm,"{cell}"\np,"POINT ({ONE[0]} {ONE[1]})"\n')
    assert placed(found) == [ONE, TWO, ONE]
    assert found.reports["source_record"].tolist() == ["m.1", "m.2", "p"]


def test_S3_a_geometry_in_a_cell_is_no_place_in_words(tmp_path: Path) -> None:
    cell = f'"{{""type"": ""Point"", ""coordinates"": [{ONE[0]}, {ONE[1]}]}}"'
    reports = read(tmp_path, f"site,location\nSite 1,{cell}\n").reports
    assert reports["place_raw"].tolist() == ["Site 1"]


@pytest.mark.parametrize("name", ["Equipment ID", "Folio", "Asset", "Reference Number", "Item ID"])
def test_S13_a_key_of_the_source_under_another_heading(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, f"{name},lat,lon\nK1,{ONE[1]},{ONE[0]}\nK2,{TWO[1]},{TWO[0]}\n")
    assert found.reports["source_record"].tolist() == ["K1", "K2"]


@pytest.mark.parametrize(("text", "deg"), [("W-bound", 270.0), ("NE bound", 45.0)])
def test_D12_traffic_by_the_letter(text: str, deg: float) -> None:
    assert [v.heading_deg for v in direction.parse(text).views] == [deg]
