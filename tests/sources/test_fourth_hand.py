"""S1, S3, S6, S13, S16: inputs made up anew whose right values were written down before they were
read (answers of other servers, map links, grids in one cell, what a workbook hides)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pyproj import Transformer

from alprmap import sources
from alprmap.errors import InputError

BOISE = [(-116.2023, 43.6150), (-116.2350, 43.6010), (-116.1900, 43.6302)]
TAMPA = [(-82.4572, 27.9506), (-82.4801, 27.9703), (-82.4402, 27.9401)]
(X, Y), *_ = BOISE
TOWN = {"latitude": Y, "longitude": X}


def grid(points: list[tuple[float, float]], system: int) -> list[tuple[float, float]]:
    to = Transformer.from_crs(4326, system, always_xy=True).transform
    return [to(x, y) for x, y in points]


def read(folder: Path, name: str, content: str | bytes) -> sources.Read:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return sources.read(folder / name)


def at(found: sources.Read) -> list[tuple[float, float]]:
    table = found.reports.dropna(subset=["lon"])
    return [(round(x, 4), round(y, 4)) for x, y in zip(table["lon"], table["lat"], strict=True)]


@pytest.mark.parametrize(
    "answer",
    [
        {"hits": {"total": {"value": 900, "relation": "eq"}, "hits": [{"_source": TOWN}]}},
        {"Items": [TOWN], "Count": 1, "LastEvaluatedKey": {"id": {"S": "c2"}}},
        {"items": [TOWN], "nextToken": "abc"},
        {"records": [TOWN], "moreRecords": True},
    ],
    ids=["Elasticsearch", "DynamoDB", "a token", "a flag"],
)
def test_S1_an_answer_that_its_server_cut_says_so(tmp_path: Path, answer: dict[str, Any]) -> None:
    found = read(tmp_path, "a.json", json.dumps(answer))
    assert at(found) == [(X, Y)]
    assert found.tally["cut"]


def test_S1_numbers_and_dates_that_MongoDB_wraps(tmp_path: Path) -> None:
    pair = [{"$numberDouble": str(X)}, {"$numberDouble": str(Y)}]
    when = {"$date": {"$numberLong": "1709596800000"}}
    record = {
        "_id": {"$oid": "64a"},
        "loc": {"type": "Point", "coordinates": pair},
        "installed": when,
    }
    found = read(tmp_path, "a.json", json.dumps([record]))
    assert at(found) == [(X, Y)]
    assert found.reports["first_seen"].tolist() == ["2024-03-05"]


LINKS = (
    "https://www.google.com/maps/place/43%C2%B036'54.0%22N+116%C2%B012'08.3%22W/@43.9,-116.9,12z",
    f"https://bing.com/maps/default.aspx?rtp=~pos.{Y}_{X}_Cam",
    f"https://www.openstreetmap.org/note/new?lat={Y}&lon={X}#map=18/43.9/-116.9",
    f"https://www.mapillary.com/app/?lat={Y}&lng={X}&z=17",
    f"https://share.here.com/l/{Y},{X},Cam",
    f"https://www.arcgis.com/apps/mapviewer/index.html?center={X},{Y}&level=18",
)


@pytest.mark.parametrize("link", LINKS)
def test_S3_the_place_of_a_map_link(tmp_path: Path, link: str) -> None:
    assert at(read(tmp_path, "a.csv", f'id,Map\n1,"{link}"\n')) == [(X, Y)]


def _geojson(crs: dict[str, Any]) -> str:
    points = [{"type": "Point", "coordinates": list(p)} for p in grid(BOISE, 26911)]
    features = [{"type": "Feature", "properties": {}, "geometry": p} for p in points]
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": features})


def test_S3_a_system_by_a_link_is_read_from_the_link_which_is_not_followed(tmp_path: Path) -> None:
    link = {"href": "http://spatialreference.org/ref/epsg/26911/ogcwkt/", "type": "ogcwkt"}
    named = _geojson({"type": "link", "properties": link})
    assert at(read(tmp_path, "a.geojson", named)) == BOISE
    with pytest.raises(InputError, match=r"by a link, which is not followed.*WGS 84"):
        read(tmp_path, "b.geojson", _geojson({"type": "link", "properties": {"href": "my.prj"}}))


def test_S3_points_of_TopoJSON(tmp_path: Path) -> None:
    steps = {"scale": [1e-4, 1e-4], "translate": [-117, 43]}
    pairs = [[round((x + 117) / 1e-4), round((y - 43) / 1e-4)] for x, y in BOISE]
    points = [
        {"type": "Point", "coordinates": p, "properties": {"direction": 90}, "id": f"c{i}"}
        for i, p in enumerate(pairs)
    ]
    layer = {"type": "GeometryCollection", "geometries": points}
    text = {"type": "Topology", "transform": steps, "objects": {"cams": layer}, "arcs": []}
    found = read(tmp_path, "a.topojson", json.dumps(text))
    assert at(found) == BOISE
    assert found.reports["source_record"].tolist() == ["c0", "c1", "c2"]
    assert found.reports["direction_raw"].tolist() == ["90"] * 3


def _zip(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


KML = f"<kml><Placemark><Point><coordinates>{X},{Y}</coordinates></Point></Placemark></kml>"


def test_S1_a_KMZ_in_a_zip_is_read_and_no_archive_below_it(tmp_path: Path) -> None:
    kmz = _zip({"doc.kml": KML, "icon.png": b"x"})
    assert at(read(tmp_path, "a.zip", _zip({"maps/cams.kmz": kmz}))) == [(X, Y)]
    both = read(tmp_path, "b.zip", _zip({"cams.kmz": kmz, "b.csv": f"lat,lon\n{Y},{X}\n"}))
    assert len(both.reports) == 2
    with pytest.raises(InputError, match="inside an archive"):
        read(tmp_path, "c.zip", _zip({"in.zip": _zip({"a.csv": "lat,lon\n1,2\n"})}))


@pytest.mark.parametrize(
    ("heads", "cell"),
    [
        ("Coordinates,City,State", '"{x:.1f}, {y:.1f}",Tampa,FL'),
        ("Coordinates,City,State", "X: {x:.1f} Y: {y:.1f},Tampa,FL"),
        ("East (ft),North (ft),City,State", "{x:.1f},{y:.1f},Tampa,FL"),
    ],
)
def test_S3_a_grid_in_one_cell_or_under_east_and_north(
    tmp_path: Path, heads: str, cell: str
) -> None:
    rows = "".join(cell.format(x=x, y=y) + "\n" for x, y in grid(TAMPA, 2237))
    assert at(read(tmp_path, "a.csv", f"{heads}\n{rows}")) == TAMPA


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("InstallDate", "1709596800000.0"),
        ("install_date", "1.7095968E12"),
        ("installed_at", "1709596800"),
    ],
)
def test_S6_epochs_as_programs_print_them(tmp_path: Path, head: str, cell: str) -> None:
    found = read(tmp_path, "a.csv", f"lat,lon,{head}\n{Y},{X},{cell}\n")
    assert found.reports["first_seen"].tolist() == ["2024-03-05"]


def test_S6_a_rounded_epoch_is_no_day(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", f"lat,lon,install_date\n{Y},{X},1.71E+12\n")
    assert found.reports["first_seen"].isna().all()


@pytest.mark.parametrize(
    ("head", "cell", "directions"),
    [
        ("Cameras", "1 NB / 1 SB", ["NB", "SB"]),
        ("Qty", "2 EB", ["EB", "EB"]),
        ("Location", "3x Pine St & 4th St", [None] * 3),
    ],
)
def test_S16_cameras_counted_by_direction_and_in_front(
    tmp_path: Path, head: str, cell: str, directions: list[str | None]
) -> None:
    reports = read(tmp_path, "a.csv", f"lat,lon,{head}\n{Y},{X},{cell}\n").reports
    told = reports["direction_raw"].astype(object)
    assert told.where(told.notna(), None).tolist() == directions


def _workbook(fill: Callable[[Any], None]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    fill(book.active)
    book.save(out)
    return out.getvalue()


def test_S1_a_column_that_a_workbook_hides_is_said(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["ID", "Lat", "Lon", "Status"])
        sheet.append([1, Y, X, "Removed"])
        sheet.column_dimensions["D"].hidden = True

    found = read(tmp_path, "a.xlsx", _workbook(fill))
    assert found.reports["status"].tolist() == ["removed"]
    assert "1 column is hidden" in " ".join(found.tally["noted"].values())


def test_S3_links_that_stand_in_formulas(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["Camera", "Map"])
        for number, (x, y) in enumerate(BOISE):
            link = f'=HYPERLINK("https://maps.google.com/?q={y},{x}","map")'
            sheet.append([f"C{number}", link])

    assert at(read(tmp_path, "a.xlsx", _workbook(fill))) == BOISE


def test_S2_a_second_position_of_a_row_is_named_as_not_used(tmp_path: Path) -> None:
    (a, b), (c, d) = BOISE[:2]
    found = read(tmp_path, "a.csv", f"Lat,Lon,Y Latitude,X Longitude\n{b},{a},{d},{c}\n")
    assert at(found) == [(a, b)]
    assert len(found.unused) == 2
    same = read(tmp_path, "b.csv", f"Lat,Lon,Latitude,Longitude\n{b},{a},{b},{a}\n")
    assert same.unused == ()
