"""S1, S3, S6, S7, S16: what only several columns, the headings, a sheet's name or the answer around
the records say; the right values were read off the inputs by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pyproj import Transformer

from alprmap import sources
from alprmap.sources.fields.dates import parse_date

SAVANNAH = [(-81.0912, 32.0809), (-81.1034, 32.0511), (-81.0655, 32.0166)]
A, B, C = SAVANNAH
ONE, TWO = "Bay St & Bull St", "Abercorn St & Victory Dr"
DEGREES = "".join(f"{y},{x}\n" for x, y in SAVANNAH)


def grid(system: int) -> str:
    to = Transformer.from_crs(4326, system, always_xy=True).transform
    return "".join("{:.1f},{:.1f}\n".format(*to(x, y)) for x, y in SAVANNAH)


def read(folder: Path, name: str, text: str) -> sources.Read:
    (folder / name).write_bytes(text.encode())
    return sources.read(folder / name)


def column(found: sources.Read, name: str) -> list[Any]:
    return [None if v is None or v != v else v for v in found.reports[name].tolist()]


def places(found: sources.Read) -> list[Any]:
    pairs = zip(column(found, "lon"), column(found, "lat"), strict=True)
    return [None if x is None else (round(x, 4), round(y, 4)) for x, y in pairs]


CHART = {"status": "ok", "table": {
    "cols": [{"id": "A", "label": "Lat"}, {"id": "B", "label": "Lng"}, {"id": "C", "label": "Installed"}],
    "rows": [{"c": [{"v": y, "f": "x"}, {"v": x}, {"v": "Date(2023,3,5)"}]} for x, y in SAVANNAH]}}  # fmt: skip
KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><TimeSpan><begin>2022-03</begin><end>2023-05-06</end>'
    "</TimeSpan><Point><coordinates>-81.0912,32.0809</coordinates></Point></Placemark></Document></kml>"
)  # fmt: skip
Expected = dict[str, list[Any]]
FOUND: dict[str, tuple[str, str, Expected]] = {
    "degrees, minutes, seconds": ("a.csv", "Site,Lat Deg,Lat Min,Lat Sec,Lon Deg,Lon Min,Lon Sec\nA,32,4,51.24,81,5,28.32\nB,32,3,3.96,-81,6,12.24\n", {"at": [A, B]}),
    "degrees and minutes": ("a.csv", "latd,latm,latNS,longd,longm,longEW\n32,4.854,N,81,5.472,W\n32,3.066,N,81,6.204,W\n", {"at": [A, B]}),
    "a zone in the headings": ("a.csv", "UTM17N_E,UTM17N_N\n" + grid(32617), {"at": SAVANNAH}),
    "a zone in parentheses": ("a.csv", "Easting (UTM 17N),Northing (UTM 17N)\n" + grid(32617), {"at": SAVANNAH}),
    "a code in the headings": ("a.csv", "X (EPSG:2239),Y (EPSG:2239)\n" + grid(2239), {"at": SAVANNAH}),
    "units in brackets": ("a.csv", "Lat [°],Lon [°],Bearing [° true]\n" + DEGREES.replace("\n", ",45\n"), {"at": SAVANNAH, "direction_raw": ["45"] * 3}),
    "marks under directions": ("a.csv", f"Location,NB,SB,EB,WB\n{ONE},X,,X,\n{TWO},,x,,\n",
                               {"at": [None] * 2, "place_raw": [ONE, TWO], "direction_raw": ["NB; EB", "SB"]}),
    "numbers under directions": ("a.csv", f"Location,NB,SB,EB,WB\n{ONE},2,,1,\n{TWO},,,,1\n",
                                 {"at": [None] * 4, "place_raw": [ONE] * 3 + [TWO], "direction_raw": ["NB", "NB", "EB", "WB"]}),
    "a chart of Google": ("a.json", json.dumps(CHART), {"at": SAVANNAH, "first_seen": ["2023-04-05"] * 3}),
    "a span of time": ("a.kml", KML, {"at": [A], "first_seen": ["2022-03"], "last_seen": ["2023-05-06"]}),
    "plus codes": ("a.csv", "Site,GPS\nA,849VCWC8+R9\nB,849vcwc8+r9 Mountain View\n", {"at": [(-122.0841, 37.4221)] * 2}),
    "a geohash": ("a.csv", "Site,Geohash\nA,9q8yyk8yt\n", {"at": [(-122.4194, 37.7749)]}),
    "a blank for a comma in a link": ("a.csv", "Map\nhttps://www.google.com/maps?q=loc:32.0511+-81.1034\n", {"at": [B]}),
    "numbers twice": ("a.csv", f"Location,Cameras\n{ONE},One (1)\n{TWO},3 (three)\n", {"at": [None] * 4, "place_raw": [ONE] + [TWO] * 3}),
    "a number in a note": ("a.csv", f"Location,Notes\n{ONE},two cameras\n{TWO},one of 3 cameras\n", {"at": [None] * 3, "place_raw": [ONE] * 2 + [TWO]}),
    "a camera's own status": ("a.csv", "lat,lon,Cam Status,LPR Owner,Product\n" + DEGREES.replace("\n", ",Retired,Elm County Sheriff,Falcon\n"),
                              {"at": SAVANNAH, "status": ["removed"] * 3, "operator": ["Elm County Sheriff"] * 3, "device": ["alpr"] * 3}),
}  # fmt: skip


@pytest.mark.parametrize("how", FOUND)
def test_S1_what_several_cells_or_the_headings_say_is_read(tmp_path: Path, how: str) -> None:
    name, text, expected = FOUND[how]
    found = read(tmp_path, name, text)
    assert places(found) == expected["at"]
    for field, values in expected.items():
        assert field == "at" or column(found, field) == values, field
    assert found.unused == ()


def test_S1_a_line_of_marks_under_directions_is_no_second_line_of_names(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", f"Location,Pole,Solar\n{ONE},x,x\n{TWO},X,\n{ONE},,x\n")
    assert column(found, "place_raw") == [ONE, TWO, ONE]
    assert found.unused == ("Pole", "Solar")


@pytest.mark.parametrize(
    ("heading", "cell", "what"),
    [
        ("Map", "https://maps.app.goo.gl/abcDEF123", "a short link"),
        ("GPS", "filled.count.soap", "a what3words address"),
        ("Location", "///filled.count.soap", "a what3words address"),
        ("Location", "3WJ5+9G Savannah", "a plus code cut short"),
    ],
)
def test_S3_a_code_that_no_file_can_tell_is_named_with_what_to_do(
    tmp_path: Path, heading: str, cell: str, what: str
) -> None:
    beside = read(tmp_path, "a.csv", f"Name,Road,{heading}\nA,Bay St,{cell}\n")
    said = [text for text in beside.tally["changes"] if "not read" in text]
    assert len(said) == 1
    assert what in said[0]
    assert "(" in said[0]
    assert column(beside, "lon") == [None]


def test_S3_a_place_with_points_in_its_name_is_no_code(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", "Location\nMain.St.Rd\nU.S. 59 + Loop 20\n")
    assert not [text for text in found.tally["changes"] if "not read" in text]


def test_S1_an_answer_of_ArcGIS_is_read_by_its_aliases_and_the_words_of_its_codes(
    tmp_path: Path,
) -> None:
    domain = {"type": "codedValue", "codedValues": [{"code": 1, "name": "Active"}, {"code": 2, "name": "Removed"}]}  # fmt: skip
    fields = [
        {"name": "F1", "alias": "Camera Facing"}, {"name": "F2", "alias": "Install Date", "type": "esriFieldTypeDate"},
        {"name": "F3", "alias": "Camera Status", "domain": domain}, {"name": "F4", "alias": "Retention"},
    ]  # fmt: skip
    features = [
        {"attributes": {"F1": "NB", "F2": 1609459200000, "F3": code, "F4": 30}, "geometry": {"x": x, "y": y}}
        for code, (x, y) in enumerate(SAVANNAH[:2], 1)
    ]  # fmt: skip
    answer = {"spatialReference": {"wkid": 4326}, "fields": fields, "features": features}
    found = read(tmp_path, "a.json", json.dumps(answer))
    assert places(found) == [A, B]
    assert column(found, "direction_raw") == ["NB", "NB"]
    assert column(found, "first_seen") == ["2021-01-01"] * 2
    assert column(found, "status") == ["standing", "removed"]
    assert found.unused == ("F4",)


def test_S7_the_name_of_a_sheet_may_say_the_status_of_its_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for at, (title, point) in enumerate(zip(("Active", "Removed cameras", "Precinct 4"), SAVANNAH, strict=True)):  # fmt: skip
        sheet: Any = book.create_sheet(title, at)
        for line in (["Site", "Lat", "Long"], ["District 2", None, None], [title, point[1], point[0]]):  # fmt: skip
            sheet.append(line)
    book.save(tmp_path / "a.xlsx")
    found = sources.read(tmp_path / "a.xlsx")
    assert column(found, "status") == ["standing", "removed", "unknown"]
    said = [text for text in found.tally["changes"] if "its sheet" in text]
    assert said


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Mar 5, 2023, 4:12 PM", "2023-03-05"),
        ("Tuesday, March 7, 2023", "2023-03-07"),
        ("5 March 2023 at 16:12", "2023-03-05"),
        ("Sunday, 5 March 2023 16:12:01 GMT-5", None),
        ("2023-03-05 13:22:11+00", "2023-03-05"),
        ("Date(2023,0,31)", "2023-01-31"),
        ("March 2023", "2023-03"),
        ("Sunrise 2023", None),
    ],
)
def test_S6_the_hour_and_the_day_of_the_week_change_no_date(text: str, day: str | None) -> None:
    assert parse_date(text) == day
