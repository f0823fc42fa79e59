"""Tables, KML and workbooks as people and programs write them (S1, S2)."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import pytest

from alprmap import sources
from alprmap.errors import InputError

KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'


def read(tmp_path: Path, text: str, name: str) -> sources.Read:
    path = tmp_path / name
    path.write_text(text)
    return sources.read(path)


@pytest.mark.parametrize("write", ['="{}"', "'{}", "{}"])
def test_S1_numbers_wrapped_for_excel(tmp_path: Path, write: str) -> None:
    cells = [write.format(v).replace('"', '""') for v in ("39.961241", "-82.998813")]
    found = read(tmp_path, 'ID,Latitude,Longitude\n1,"{}","{}"\n'.format(*cells), "a.csv")
    assert found.reports[["lon", "lat"]].to_numpy().tolist() == [[-82.998813, 39.961241]]


def test_S1_the_csv_of_overpass(tmp_path: Path) -> None:
    text = "@type\t@id\t@lat\t@lon\tsurveillance:type\nway\t7\t39.96\t-83.0\tALPR\n"
    found = read(tmp_path, text, "cams.csv").reports
    assert (found["source_record"][0], found["device"][0]) == ("way/7", "alpr")
    assert (found["lon"][0], found["lat"][0]) == (-83.0, 39.96)


@pytest.mark.parametrize("head", ["Long/Lat", "lon, lat", "Longitude/Latitude"])
def test_S1_a_heading_that_puts_longitude_first(tmp_path: Path, head: str) -> None:
    found = read(tmp_path, f'ID,"{head}"\n1,"-82.998813, 39.961241"\n', "a.csv")
    assert found.reports["lon"][0] == -82.998813


def test_S2_placemarks_with_an_address_in_nested_folders(tmp_path: Path) -> None:
    marks = "<Folder><name>A</name><Folder><Placemark><name>c</name><address>Broad St &amp; High St"
    text = KML.format(f"{marks}</address></Placemark></Folder></Folder>")
    found = read(tmp_path, text, "a.kml").reports
    assert found["place_raw"][0] == "Broad St & High St"
    assert found["lon"].isna().all()


@pytest.mark.parametrize("packed", [False, True])
def test_S2_a_file_that_only_links_elsewhere(tmp_path: Path, packed: bool) -> None:
    text = KML.format("<NetworkLink><Link><href>https://example.org/k</href></Link></NetworkLink>")
    path = tmp_path / ("a.kmz" if packed else "a.kml")
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", text)
    else:
        path.write_text(text)
    with pytest.raises(InputError, match="only a network link to https://example.org/k"):
        sources.read(path)


@pytest.mark.parametrize("text", ["-83,000045,39,961241", "-83.000045,39.961241,12"])
def test_S1_decimal_commas_in_kml(tmp_path: Path, text: str) -> None:
    mark = f"<Placemark><Point><coordinates>{text}</coordinates></Point></Placemark>"
    found = read(tmp_path, KML.format(mark), "a.kml").reports
    assert found[["lon", "lat"]].to_numpy().tolist() == [[-83.000045, 39.961241]]


def test_S1_points_of_a_kml_multigeometry_are_places_each(tmp_path: Path) -> None:
    points = "".join(f"<Point><coordinates>-83.{i},39.9</coordinates></Point>" for i in (1, 2))
    mark = f"<Placemark><name>c</name><MultiGeometry>{points}</MultiGeometry></Placemark>"
    found = read(tmp_path, KML.format(mark), "a.kml").reports
    assert found["lon"].tolist() == [-83.1, -83.2]


def test_S2_only_layers_of_a_geopackage_are_read(tmp_path: Path) -> None:
    import geopandas as gpd
    from shapely import Point

    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"device": ["ALPR"]}, geometry=[Point(-83, 40)], crs=4326).to_file(path)
    with sqlite3.connect(path) as base:
        for table in ("layer_styles", "inspections"):
            base.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, location TEXT)")
            base.execute(f"INSERT INTO {table} VALUES (1, 'x')")
            base.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?,?,?)",
                (table, "attributes", table),
            )
    found = sources.read(path)
    assert found.tally["rows"] == 1
    assert list(found.tally["skipped"]) == ["inspections"]


def test_S2_hidden_rows_and_sheets_are_said(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("Old & gone")):
        for line in (["Latitude", "Longitude"], [39.9, -83.0], [39.8, -83.1]):
            sheet.append(line)
    book.active.row_dimensions[3].hidden = True
    book["Old & gone"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    noted = sources.read(tmp_path / "a.xlsx").tally["noted"]
    assert "1 row is hidden" in noted["Sheet"]
    assert "the sheet is hidden" in noted["Old & gone"]


def test_S1_a_heic_photo_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(InputError, match="save it as JPEG"):
        sources.read(path)
