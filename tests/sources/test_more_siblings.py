"""S1, S3, S6, S7, S16: inputs made up anew beside the cases, of other states, tongues and programs;
the right values were read off the inputs by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pyproj import Transformer

from alprmap import direction, sources
from alprmap.errors import InputError
from alprmap.sources.fields import headings, lifted, vocabulary

SPOKANE = [(-117.426, 47.6588), (-117.39, 47.67), (-117.411, 47.6411)]
BOISE = [(-116.2023, 43.615), (-116.2311, 43.6012), (-116.2912, 43.6344)]
TULSA = [(-95.9928, 36.154), (-95.94, 36.13), (-95.887, 36.091)]
A, B, C = BOISE
Expected = dict[str, list[Any]]


def rows(points: list[tuple[float, float]], form: str, system: int = 4326) -> str:
    to = Transformer.from_crs(4326, system, always_xy=True).transform
    placed = [to(x, y) for x, y in points]
    return "".join(form.format(i=i, x=x, y=y) + "\n" for i, (x, y) in enumerate(placed, 1))


def point(at: tuple[float, float], **properties: Any) -> dict[str, Any]:
    shape = {"type": "Point", "coordinates": list(at)}
    return {"type": "Feature", "geometry": shape, "properties": properties}


def features(*made: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(made)})


def kml(
    described: str, shape: str = "<Point><coordinates>-116.2023,43.615</coordinates></Point>"
) -> str:
    return (
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        f"<name>C</name>{described}{shape}</Placemark></Document></kml>"
    )  # fmt: skip


AREA = (
    "<Polygon><outerBoundaryIs><LinearRing><coordinates>-116.2,43.6 -116.3,43.6 -116.3,43.7 "
    "-116.2,43.6</coordinates></LinearRing></outerBoundaryIs></Polygon>"
)
DMS = """1,"36°09'14.4""N 95°59'34.1""W"\n2,"36°07'48""N, 95°56'24""W"\n"""
CONE = [{"type": "Polygon", "coordinates": [[[-116.2, 43.6], [-116.1, 43.6], [-116.1, 43.7]]]}]
FOUND: dict[str, tuple[str, str, Expected]] = {
    "French": ("a.csv", "Numéro;Latitude;Longitude;État;Sens de circulation\n1;47,6588;-117,4260;en service;Nord\n"
               "2;47,6700;-117,3900;démontée;Sud\n3;47,6411;-117,4110;en projet;Est\n",
               {"at": SPOKANE, "status": ["standing", "removed", "planned"], "travel_deg": [0.0, 180.0, 90.0]}),
    "titles, pipes and a footnote": ("a.txt", "CITY OF BOISE|||\nInventory as of 3/14/2025|||\n|||\nAsset #|Lat|Long|Condition\n"
                                     "B-1|43.6150|-116.2023|Active\nB-2|43.6012|-116.2311|Removed 2/1/2025\nTotal|2||\n* Source: PD||\n",
                                     {"at": [A, B], "status": ["standing", "removed"], "last_seen": [None, "2025-02-01"]}),
    "carets": ("a.csv", f"Name^Lat^Lon\n{rows(BOISE, 'n^{y}^{x}')}", {"at": BOISE}),
    "tildes": ("a.csv", f"Name~Lat~Lon\n{rows(BOISE, 'n~{y}~{x}')}", {"at": BOISE}),
    "old Mac": ("a.csv", f"Name,Lat,Lon\n{rows(BOISE, 'n,{y},{x}')}".replace("\n", "\r"), {"at": BOISE}),
    "a line for Excel": ("a.csv", f"sep=;\nName;Lat;Lon\n{rows(BOISE, 'n;{y};{x}')}", {"at": BOISE}),
    "names again on each page": ("a.csv", f"Site,Lat,Lon\n{rows([A], 's,{y},{x}')}Site,Lat,Lon\n{rows([B], 't,{y},{x}')}", {"at": [A, B]}),
    "degrees in one cell": ("a.csv", f"Pole,GPS Location\n{DMS}", {"at": [TULSA[0], TULSA[1]]}),
    "minutes behind letters": ("a.csv", "Pole,Lat,Lon\n1,N 36 09.240,W 095 59.568\n2,N 36 07.800,W 095 56.400\n", {"at": TULSA[:2]}),
    "packed seconds": ("a.csv", "Pole,Latitude,Longitude\n1,360914.4,-955934.08\n2,360748.0,-955624.0\n3,360527.6,-955313.2\n", {"at": TULSA}),
    "packed seconds, no sign": ("a.csv", "Pole,Latitude,Longitude\n1,360914.4,0955934.08\n2,360748.0,0955624.0\n3,360527.6,0955313.2\n", {"at": TULSA}),
    "swapped": ("a.csv", f"id,latitude,longitude\n{rows(TULSA, '{i},{x},{y}')}", {"at": TULSA}),
    "UTM by zone": ("a.csv", f"U,UTM Zone,Easting (m),Northing (m)\n{rows(SPOKANE, '{i},11N,{x:.1f},{y:.1f}', 32611)}", {"at": SPOKANE}),
    "UTM in a cell": ("a.csv", f"U,Coordinates\n{rows(SPOKANE, '{i},11N {x:.0f}mE {y:.0f}mN', 32611)}", {"at": SPOKANE}),
    "Idaho's own grid": ("a.csv", f"U,X,Y,State\n{rows(BOISE, '{i},{x:.2f},{y:.2f},ID', 8826)}", {"at": BOISE}),
    "a named town": ("a.csv", f"U,X,Y,City,State\n{rows(TULSA, '{i},{x:.2f},{y:.2f},Tulsa,OK', 2267)}", {"at": TULSA}),
    "a comma in a POINT": ("a.csv", 'id,geom\n1,"POINT(-116.2023, 43.615)"\n2,POINT Z (-116.2311 43.6012 821)\n', {"at": [A, B]}),
    "numbers in words": ("a.csv", "Location,# of ALPRs\nMain St & Oak St,two (2)\nState St & 9th St,1\nCole Rd & Fairview Ave,3 cameras\n",
                         {"at": [None] * 6, "place_raw": [*["Main St & Oak St"] * 2, "State St & 9th St", *["Cole Rd & Fairview Ave"] * 3]}),
    "only": ("a.csv", "lat,lon,Traffic Direction\n43.615,-116.2023,Northbound Only\n43.6012,-116.2311,EB lanes\n", {"at": [A, B], "travel_deg": [0.0, 90.0]}),
    "days and hours of Excel": ("a.csv", "lat,lon,Go-Live\n43.615,-116.2023,45292\n43.6012,-116.2311,45323.5\n", {"at": [A, B], "first_seen": ["2024-01-01", "2024-02-01"]}),
    "check marks": ("a.csv", "lat,lon,Operational?\n43.615,-116.2023,✓\n43.6012,-116.2311,✗\n", {"at": [A, B], "status": ["standing", "removed"]}),
    "a wrapped cell": ("a.csv", "Camera,Location,Status\n1,State St at,Active\n,9th St,\n2,Main St,Active\n,& 3rd St,\n",
                       {"at": [None, None], "place_raw": ["State St at 9th St", "Main St & 3rd St"]}),
    "status in headings": ("a.csv", "Location,City\nACTIVE,\nMain St & Oak St,Boise\nDecommissioned cameras (2024),\nState St & 9th St,Boise\nTotal,2\n"
                           "Cole Rd & Elm St,Boise\nDISTRICT 2,\nPine Ave & Elm St,Boise\n",
                           {"at": [None] * 4, "status": ["standing", "removed", "removed", "unknown"]}),
    "two tables, one above the other": ("a.csv", "Location,Latitude,Longitude,\na,43.615,-116.2023,\n,,,\nRemoved cameras,,,\nSite,Lat,Long,Removed\nb,43.6012,-116.2311,2024-03-01\n",
                                        {"at": [A, B], "status": ["unknown", "removed"], "last_seen": [None, "2024-03-01"]}),
    "tags as GDAL writes them": ("a.geojson", features(point(A, osm_id="12", man_made="surveillance", other_tags='"surveillance:type"=>"ALPR","direction"=>"45"')),
                                 {"at": [A], "device": ["alpr"], "direction_raw": ["45"]}),
    "tags as a text": ("a.geojson", features(point(A, tags='{"man_made":"surveillance","surveillance:type":"ALPR"}')), {"at": [A], "device": ["alpr"]}),
    "tags in a table": ("a.csv", 'lat,lon,other_tags\n43.615,-116.2023,"""man_made""=>""surveillance"",""surveillance:type""=>""camera"""\n', {"at": [A], "device": ["cctv"]}),
    "properties in a wrapper": ("a.geojson", features(point(A, attributes={"Status": "Removed", "Operator": "Boise Police Department"})),
                                {"at": [A], "status": ["removed"], "operator": ["Boise Police Department"]}),
    "what a camera sees": ("a.geojson", features({"type": "Feature", "properties": {"surveillance:type": "ALPR"}, "geometry": {
        "type": "GeometryCollection", "geometries": [*CONE, {"type": "Point", "coordinates": list(A)}]}}), {"at": [A]}),
    "typed values": ("a.json", json.dumps({"documents": [{"name": "p", "fields": {"lat": {"doubleValue": 43.615}, "lon": {"doubleValue": -116.2023},
                                                                                   "status": {"stringValue": "removed"}}}]}), {"at": [A], "status": ["removed"]}),
    "a table in a placemark": ("a.kml", kml("<description><![CDATA[<table><tr><td>Agency</td><td>Boise Police Department</td></tr><tr><td>Status</td><td>"
                                            "Decommissioned</td></tr></table>]]></description>"), {"at": [A], "status": ["removed"], "operator": ["Boise Police Department"]}),
    "lines in a placemark": ("a.kml", kml("<description>&lt;b&gt;Agency:&lt;/b&gt; Boise Police Department&lt;br&gt;Status: Removed&lt;br/&gt;Direction: EB</description>"),
                             {"at": [A], "status": ["removed"], "operator": ["Boise Police Department"], "direction_raw": ["EB"]}),
    "a list in a placemark": ("a.kml", kml("<description><![CDATA[<ul><li><span>Status</span>: <span>Proposed</span></li><li><i>Heading</i>: 270</li></ul>]]></description>"),
                              {"at": [A], "status": ["planned"], "direction_raw": ["270"]}),
    "lines in a cell": ("a.csv", 'lat,lon,Description\n43.615,-116.2023,"Status: Removed\nAgency: Boise Police Department\nby the gate"\n',
                        {"at": [A], "status": ["removed"], "note": ["by the gate"]}),
    "a point and an area": ("a.kml", kml("", f"<MultiGeometry>{AREA}<Point><coordinates>-116.2023,43.615</coordinates></Point></MultiGeometry>"), {"at": [A]}),
    "a word in a waypoint": ("a.gpx", '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="43.615" lon="-116.2023"><desc>removed 2024</desc></wpt></gpx>',
                             {"at": [A], "status": ["removed"]}),
}  # fmt: skip


def column(found: sources.Read, name: str) -> list[Any]:
    return [None if v is None or v != v else v for v in found.reports[name].tolist()]


@pytest.mark.parametrize("how", FOUND)
def test_S1_what_a_stranger_wrote_is_read_as_it_was_meant(tmp_path: Path, how: str) -> None:
    name, text, expected = FOUND[how]
    (tmp_path / name).write_bytes(text.encode())
    found = sources.read(tmp_path / name)
    places = zip(column(found, "lon"), column(found, "lat"), strict=True)
    at = [None if x is None else (round(x, 4), round(y, 4)) for x, y in places]
    assert at == expected["at"]
    for name, values in expected.items():
        assert name == "at" or column(found, name) == values, name


def test_S3_few_numbers_that_a_grid_explains_too_are_asked_about(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Latitude,Longitude\n360914.4,-955934.08\n360748.0,-955624.0\n")
    with pytest.raises(InputError, match="both explain all of them"):
        sources.read(tmp_path / "a.csv")


def test_S1_two_tables_of_a_sheet_are_read_both(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for line in (["Location", "Latitude", "Longitude"], ["a", *A[::-1]], []):
        sheet.append(line)
    for line in (["Camera", "Lat", "Lon", "Status"], ["b", *B[::-1], "Removed"]):
        sheet.append(line)
    book.save(tmp_path / "a.xlsx")
    found = sources.read(tmp_path / "a.xlsx")
    assert column(found, "status") == ["unknown", "removed"]
    assert found.tally["rows"] == 2


@pytest.mark.parametrize("line", ["Note: x", "Name: x", "see http://x.org/a?b=c", "12:30 pm"])
def test_S1_prose_with_a_colon_stays_prose(line: str) -> None:
    assert lifted.described(line) == {"description": line}


@pytest.mark.parametrize("word", ["up town", "Phase 9 school", "school district", ""])
def test_S7_a_heading_that_says_more_than_a_status_gives_none(word: str) -> None:
    assert headings.status_of({"a": word, "b": "" if word else "2"}, None) is None


def test_S2_a_point_of_the_compass_is_a_direction_of_travel_in_any_language() -> None:
    for word in ("Norte", "sud", "oeste", "Est"):
        assert vocabulary.is_point(word)
        assert direction.parse(word).views[0].heading_deg % 90 == 0
