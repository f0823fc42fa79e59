"""S1, S3, S7, S10: two dozen more inputs made up anew (a merged head, OsmAnd, two columns of places,
towns in the words beside State Plane feet); the right values were read off the inputs by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pyproj import Transformer

from alprmap import sources

RENO = [(-119.8138, 39.5296), (-119.78, 39.54), (-119.85, 39.50)]
NEW_YORK = [(-73.9857, 40.7484), (-73.95, 40.78), (-73.99, 40.70)]
A, B, C = RENO
Expected = dict[str, list[Any]]


def rows(points: list[tuple[float, float]], form: str, system: int = 4326) -> str:
    to = Transformer.from_crs(4326, system, always_xy=True).transform
    placed = [to(x, y) for x, y in points]
    return "".join(form.format(i=i, x=x, y=y) + "\n" for i, (x, y) in enumerate(placed, 1))


KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>Proposed</name><Folder><name>North</name><Placemark>'
    '<ExtendedData><SchemaData><SimpleData name="Facing">SW</SimpleData></SchemaData></ExtendedData><MultiGeometry><Point><coordinates>-119.8138,39.5296,0'
    "</coordinates></Point><Point><coordinates>-119.78,39.54,0</coordinates></Point></MultiGeometry></Placemark></Folder></Folder>"
    "<Placemark><Point><coordinates> -119.85 , 39.50 </coordinates></Point></Placemark></Document></kml>"
)  # fmt: skip
OSMAND = (
    '<?xml version="1.0"?><gpx version="1.1" creator="OsmAnd" xmlns="http://www.topografix.com/GPX/1/1" xmlns:osmand="https://osmand.net"><metadata>'
    '<extensions><osmand:desc/></extensions></metadata><wpt lat="39.5296" lon="-119.8138"><type>ALPR</type><extensions>'
    "<osmand:color>#f00</osmand:color></extensions></wpt></gpx>"
)  # fmt: skip
ESRI = {
    "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 102718, "latestWkid": 2263}, "exceededTransferLimit": True,
    "features": [{"attributes": {"OBJECTID": 1, "STATUS": "In Service"}, "geometry": {"x": 988212.0, "y": 211944.0}}],
}  # fmt: skip
OWN_WORDS = ["5th Ave & W 34th St, New York, NY", "3rd Ave & E 86th St, New York, NY", "Jay St & York St, New York, NY"]  # fmt: skip
STREETS = ["Kietzke Ln & Plumb Ln", "Wells Ave & Mill St", "Oddie Blvd & Sutro St"]
FOUND: dict[str, tuple[str, str, Expected]] = {
    "OsmAnd": ("a.gpx", OSMAND, {"at": [A], "device": ["alpr"]}),
    "blanks around commas": ("a.kml", KML, {"at": [A, B, C], "direction_raw": ["SW", "SW", None], "status": ["planned", "planned", "unknown"]}),
    "axes in parentheses": ("a.csv", f"Camera Location (Lat),Camera Location (Long)\n{rows(RENO, '{y},{x}')}", {"at": RENO}),
    "axes of a grid in parentheses": ("a.csv", f"Location (X),Location (Y),State\n{rows(NEW_YORK, '{x:.1f},{y:.1f},NY', 2263)}", {"at": NEW_YORK}),
    "a town in the words": ("a.csv", "Easting,Northing,Intersection\n" + "".join(
        f'{line},"{words}"\n' for line, words in zip(rows(NEW_YORK, "{x:.2f},{y:.2f}", 2263).split(), OWN_WORDS, strict=True)),
        {"at": NEW_YORK, "place_raw": OWN_WORDS}),
    "a table of Markdown": ("a.csv", "| Location | Qty | Status |\n|:---|---:|---|\n| Main St & 1st St | 2 | Active |\n| Oak St & 9th St | 1 | Removed |\n",
                            {"at": [None] * 3, "status": ["standing", "standing", "removed"]}),
    "a road and what crosses it": ("a.csv", "Location,Cross Street\nVirginia St,Mill St\nI-80,Wells Ave\n",
                                   {"at": [None] * 2, "place_raw": ["Virginia St at Mill St", "I-80 at Wells Ave"], "road_at": ["Mill St", "Wells Ave"]}),
    "a road and its posts": ("a.csv", "Location,Mile Marker,Dir\nI-80,12.3,EB\n", {"at": [None], "place_raw": ["I-80 at MP 12.3"], "direction_raw": ["EB"]}),
    "an address and what crosses it": ("a.csv", "Street Address,Cross Street\n455 E 2nd St,Lake St\n",
                                       {"at": [None], "place_raw": ["455 E 2nd St"], "note": ["cross street: Lake St"]}),
    "odd marks": ("a.csv", "Cam,Lat,Lon\n1,39° 31’ 46.56” N,119º 48´ 49.68´´ W\n2,39d32m24sN,119d46m48sW\n3,39-30-00N,119-51-00W\n", {"at": RENO}),
    "letters": ("a.csv", "Cam,Lat,Lon\n1,N39.5296,W119.8138\n2,39.54 N,119.78 W\n3,39.50° N,119.85° W\n", {"at": RENO}),
    "day first by one row": ("a.csv", "lat;lon;Data de instalação\n39,5296;-119,8138;03/04/2023\n39,54;-119,78;25/04/2023\n39,50;-119,85;05.11.2024\n",
                             {"at": RENO, "first_seen": ["2023-04-03", "2023-04-25", "2024-11-05"]}),
    "numbers of cameras": ("a.csv", f"Address,Qty.\n{STREETS[0]},x2\n{STREETS[1]},(3)\n{STREETS[2]},2 ea\n",
                           {"at": [None] * 7, "place_raw": [STREETS[0]] * 2 + [STREETS[1]] * 3 + [STREETS[2]] * 2}),
    "words of status": ("a.csv", "lat,lon,Camera State\n39.5296,-119.8138,Uninstalled\n39.54,-119.78,Awaiting permit\n39.5,-119.85,Down for repair\n",
                        {"at": RENO, "status": ["removed", "planned", "standing"]}),
    "Overpass with tabs": ("a.csv", "@type\t@id\t@lat\t@lon\tdirection\tman_made\tsurveillance:type\nnode\t11\t39.5296\t-119.8138\t90;270\tsurveillance\tALPR\n",
                           {"at": [A], "device": ["alpr"], "direction_raw": ["90;270"]}),
    "systems in the words": ("a.csv", "id,the_geom\n1,SRID=4326;POINT(-119.8138 39.5296)\n2,SRID=3857;POINT(-13333848.61 4799319.78)\n", {"at": [A, B]}),
    "marks between degrees": ("a.csv", 'Name,Lat/Long\nA,"(39.5296, -119.8138)"\nB,39.54 / -119.78\nC,39.50; -119.85\n', {"at": RENO}),
}  # fmt: skip


def column(found: sources.Read, name: str) -> list[Any]:
    return [None if v is None or v != v else v for v in found.reports[name].tolist()]


def read(folder: Path, name: str, text: str) -> sources.Read:
    (folder / name).write_bytes(text.encode())
    return sources.read(folder / name)


@pytest.mark.parametrize("how", FOUND)
def test_S1_what_was_invented_anew_is_read_as_it_was_meant(tmp_path: Path, how: str) -> None:
    name, text, expected = FOUND[how]
    found = read(tmp_path, name, text)
    places = zip(column(found, "lon"), column(found, "lat"), strict=True)
    at = [None if x is None else (round(x, 4), round(y, 4)) for x, y in places]
    assert at == expected["at"]
    for name, values in expected.items():
        assert name == "at" or column(found, name) == values, name


def test_S3_an_answer_of_a_server_in_its_own_feet_is_placed_and_said_to_be_cut(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, "a.json", json.dumps(ESRI))
    assert column(found, "lon")[0] == pytest.approx(-73.9857, abs=0.002)
    assert column(found, "lat")[0] == pytest.approx(40.7484, abs=0.002)
    assert found.tally["cut"]


def test_S1_a_head_of_merged_cells_below_two_titles_is_one_head(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for line in (
        ["Knox County Sheriff's Office"], ["Fixed LPR inventory, revised 4/2/2025"],
        ["Site", "Coordinates", None, "Status", "Qty"], [None, "Lat", "Long", None, None],
        ["Kingston Pike @ I-140", 35.9606, -83.9207, "Operational", "x2"], ["Chapman Hwy", 35.93, -83.90, "Decom.", 1],
    ):  # fmt: skip
        sheet.append(line)
    for merged in ("A1:E1", "A2:E2", "B3:C3", "A3:A4", "D3:D4", "E3:E4"):
        sheet.merge_cells(merged)
    book.save(tmp_path / "a.xlsx")
    found = sources.read(tmp_path / "a.xlsx")
    assert column(found, "lat") == [35.9606, 35.9606, 35.93]
    assert column(found, "status") == ["standing", "standing", "removed"]


@pytest.mark.parametrize(
    ("text", "unused"),
    [
        ("Location,Intersection\nCity Hall lot,1st St & Center St\n", ("Location",)),
        ("Location,Intersection\n1st St & Center St,1st St & Center St\n", ()),
        ("Location,Intersection\nN/A,1st St & Center St\n", ()),
        ('Location,Intersection\n"39.5296, -119.8138",1st St & Center St\n', ()),
        ("@id,lat,lon,man_made,location,place\n1,39.5,-119.8,surveillance,street,kerb\n", ()),
    ],
)
def test_S1_a_second_column_of_places_is_named_unless_it_says_the_same(
    tmp_path: Path, text: str, unused: tuple[str, ...]
) -> None:
    assert read(tmp_path, "a.csv", text).unused == unused
