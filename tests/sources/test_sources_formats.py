"""Every format through the one door: the same three cameras come out, with where they came from."""

from __future__ import annotations

import bz2
import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from alprmap import schema, sources

LON, LAT = [-99.5075, -99.4803, -99.4501], [27.50625, 27.5306, 27.5601]
TAGS = [
    {
        "man_made": "surveillance",
        "surveillance:type": "ALPR",
        "direction": "90;270",
        "operator": "Laredo PD",
    },
    {
        "man_made": "surveillance",
        "surveillance:type": "ALPR",
        "manufacturer": "Flock Safety",
        "direction": "0",
    },
    {"man_made": "surveillance", "surveillance:type": "ANPR", "operator": "Flock Safety"},
]
OWN_SYSTEM = "+proj=tmerc +lat_0=27 +lon_0=-99 +x_0=5000 +y_0=0 +datum=WGS84 +units=m"
"""A system that has no number."""
FEATURES = [
    {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [x, y]},
        "properties": {"id": i, "tags": t},
    }
    for i, (x, y, t) in enumerate(zip(LON, LAT, TAGS, strict=True), 101)
]
OSM = """<?xml version='1.0'?><osm version='0.6'>
<node id='1' version='1' lat='27.55' lon='-99.44'/><node id='2' version='1' lat='27.5702' lon='-99.4602'/>
<node id='101' version='1' lat='27.50625' lon='-99.5075'><tag k='man_made' v='surveillance'/>
<tag k='surveillance:type' v='ALPR'/><tag k='direction' v='90;270'/></node>
<node id='102' version='1' lat='27.5306' lon='-99.4803'><tag k='removed:man_made' v='surveillance'/>
<tag k='surveillance:type' v='ALPR'/></node>
<way id='103' version='1'><nd ref='1'/><nd ref='2'/><tag k='man_made' v='surveillance'/>
<tag k='surveillance:type' v='ALPR'/></way></osm>"""


def frame() -> gpd.GeoDataFrame:
    rows = [{"id": f["properties"]["id"], **f["properties"]["tags"]} for f in FEATURES]
    return gpd.GeoDataFrame(rows, geometry=shapely.points(LON, LAT), crs="EPSG:4326")


def table() -> pd.DataFrame:
    return pd.DataFrame(frame().drop(columns="geometry")).assign(Latitude=LAT, Longitude=LON)


def features(path: Path) -> None:
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": FEATURES}), encoding="utf-8"
    )


def flattened(path: Path) -> None:
    flat = [
        {**f, "properties": {"id": f["properties"]["id"], **f["properties"]["tags"]}}
        for f in FEATURES
    ]
    path.write_text(
        json.dumps({"features": flat, "type": "FeatureCollection", "name": "cameras"}),
        encoding="utf-8",
    )


def sequence(path: Path) -> None:
    path.write_text("".join(f"\x1e{json.dumps(f)}\n" for f in FEATURES), encoding="utf-8")


def lines_gz(path: Path) -> None:
    # two members, as append-style compressors write them
    halves = ["".join(json.dumps(f) + "\n" for f in part) for part in (FEATURES[:1], FEATURES[1:])]
    path.write_bytes(b"".join(gzip.compress(h.encode()) for h in halves))


def tile(path: Path) -> None:
    path.write_text(
        json.dumps(
            [{"id": 101 + i, "lat": LAT[i], "lon": LON[i], "tags": TAGS[i]} for i in range(3)]
        ),
        encoding="utf-8",
    )


def bundle(path: Path) -> None:
    rows = [
        {"osmId": 101 + i, "osmType": "node", "lat": LAT[i], "lon": LON[i], "operator": TAGS[i].get("operator"),
         "brand": TAGS[i].get("manufacturer"), "direction": 90.0, "directionCardinal": TAGS[i].get("direction")}
        for i in range(3)
    ]  # fmt: skip
    path.write_bytes(gzip.compress(json.dumps(rows).encode()))


def overpass(path: Path) -> None:
    elements: list[dict[str, Any]] = [
        {"type": "node", "id": 101 + i, "lat": LAT[i], "lon": LON[i], "tags": TAGS[i]}
        for i in range(2)
    ]
    elements.append(
        {"type": "way", "id": 103, "center": {"lat": LAT[2], "lon": LON[2]}, "tags": TAGS[2]}
    )
    path.write_text(
        json.dumps({"version": 0.6, "osm3s": {"copyright": "ODbL"}, "elements": elements}),
        encoding="utf-8",
    )


def workbook(path: Path) -> None:
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        table().to_excel(book, sheet_name="Cameras", startrow=3, index=False)
        book.sheets["Cameras"]["A1"] = "Response to request 24-117"
        book.sheets["Cameras"].merge_cells("A1:F1")


def shapefile_zip(path: Path) -> None:
    plain = path.with_name("cameras.shp")
    short = {"surveillance:type": "device", "manufacturer": "maker"}
    frame().rename(columns=short).to_crs(32614).to_file(plain)
    with zipfile.ZipFile(path, "w") as archive:
        for part in plain.parent.glob("cameras.*"):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                archive.write(part, f"folder/{part.name}")


def kml(path: Path) -> None:
    marks = "".join(
        f"<Folder><name>part {i}</name><Placemark><name>c{i}</name><ExtendedData>"
        + "".join(
            f"<Data name='{k}'><value>{v}</value></Data>"
            for k, v in {"id": 101 + i, **TAGS[i]}.items()
        )
        + f"</ExtendedData><Point><coordinates>{LON[i]},{LAT[i]},0</coordinates></Point></Placemark></Folder>"
        for i in range(3)
    )
    path.write_text(
        f"<kml xmlns='http://www.opengis.net/kml/2.2'><Document>{marks}</Document></kml>",
        encoding="utf-8",
    )


def kmz(path: Path) -> None:
    kml(path.with_name("doc.kml"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(path.with_name("doc.kml"), "doc.kml")
        archive.writestr("files/pin.png", b"\x89PNG\r\n\x1a\n")


def gpx(path: Path) -> None:
    points = "".join(
        f"<wpt lat='{y}' lon='{x}'><name>c</name></wpt>" for x, y in zip(LON, LAT, strict=True)
    )
    track = "<trk><trkseg><trkpt lat='1' lon='1'/></trkseg></trk>"
    path.write_text(
        f"<gpx xmlns='http://www.topografix.com/GPX/1/1'>{points}{track}</gpx>", encoding="utf-8"
    )


WRITERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "features.geojson": ("GeoJSON", features),
    "flattened.geojson": ("GeoJSON", flattened),
    "sequence.geojsonl": ("GeoJSON", sequence),
    "members.geojsonl.gz": ("GeoJSON, gz", lines_gz),
    "tile.json": ("DeFlock JSON", tile),
    "bundle.json.gz": ("OSM bundle, gz", bundle),
    "overpass.json": ("Overpass JSON", overpass),
    "comma.csv": ("CSV (utf-8-sig)", lambda p: table().to_csv(p, index=False)),
    "bom.csv": ("CSV (utf-8-sig)", lambda p: table().to_csv(p, index=False, encoding="utf-8-sig")),
    "semicolon.csv": (
        "CSV (utf-16)",
        lambda p: table().to_csv(p, sep=";", index=False, encoding="utf-16"),
    ),
    "tab.txt": ("TSV (utf-8-sig)", lambda p: table().to_csv(p, sep="\t", index=False)),
    "pipe.csv.gz": ("CSV (utf-8-sig), gz", lambda p: table().to_csv(p, sep="|", index=False)),
    "book.xlsx": ("XLSX", workbook),
    "layers.gpkg": ("GeoPackage", lambda p: frame().to_file(p)),
    "utm.gpkg": ("GeoPackage", lambda p: frame().to_crs(26914).to_file(p)),
    "flat.fgb": (
        "FlatGeobuf",
        lambda p: frame().to_file(p, driver="FlatGeobuf", SPATIAL_INDEX="NO"),
    ),
    "shape.zip": ("Shapefile", shapefile_zip),
    "geo.parquet": ("GeoParquet", lambda p: frame().to_parquet(p)),
    "mercator.parquet": ("GeoParquet", lambda p: frame().to_crs(3857).to_parquet(p)),
    "described.parquet": ("GeoParquet", lambda p: frame().to_crs(OWN_SYSTEM).to_parquet(p)),
    "plain.parquet": ("Parquet", lambda p: table().to_parquet(p)),
    "places.kml": ("KML", kml),
    "places.kmz": ("KML", kmz),
    "points.gpx": ("GPX", gpx),
    "extract.osm": ("OSM (osm)", lambda p: p.write_text(OSM)),
    "extract.osm.bz2": ("OSM (osm), bz2", lambda p: p.write_bytes(bz2.compress(OSM.encode()))),
    "not-what-it-says.geojson": ("OSM (osm)", lambda p: p.write_text(OSM)),
}


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_three_cameras(name: str, tmp_path: Path) -> None:
    kind, write = WRITERS[name]
    path = tmp_path / name
    write(path)
    found = sources.read(path)
    schema.check(found.reports, "reports")
    assert found.tally["format"] == kind
    assert (found.tally["rows"], len(found.reports), len(found.rejects)) == (3, 3, 0)
    assert found.reports["lon"].tolist() == pytest.approx(LON, abs=1e-6)
    assert found.reports["lat"].tolist() == pytest.approx(LAT, abs=1e-6)
    if kind == "GPX":
        return
    way = "osm" in kind or kind == "Overpass JSON"
    last = "way/103" if way else "node/103"
    assert found.reports["source_record"].tolist() == ["node/101", "node/102", last]
    assert found.reports["direction_raw"].iloc[0] == "90;270"
    assert (found.reports["device"] == "alpr").all()
    if not kind.startswith("OSM ("):
        assert found.reports["operator"].iloc[0] == "Laredo Police Department"
        assert found.reports["operator"].iloc[1:].isna().all(), "the maker is not the operator"
        assert found.reports["vendor"].iloc[1] == "Flock Safety"
        assert found.reports["direction_raw"].iloc[1] == "0"


def test_osm_binary_like_xml(tmp_path: Path) -> None:
    import osmium

    xml, binary = tmp_path / "a.osm", tmp_path / "a.osm.pbf"
    xml.write_text(OSM)
    with osmium.SimpleWriter(str(binary)) as out:
        for item in osmium.FileProcessor(str(xml)):
            out.add(item)
    a, b = sources.read(xml, source_id="s"), sources.read(binary, source_id="s")
    pd.testing.assert_frame_equal(a.reports, b.reports)
    assert a.reports["status"].tolist() == ["standing", "removed", "standing"]


def test_a_zip_of_many_counts_each_and_names_what_it_left(tmp_path: Path) -> None:
    features(tmp_path / "a.geojson")
    other = [
        {**f, "properties": {**f["properties"], "id": f["properties"]["id"] + 100}}
        for f in FEATURES
    ]
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "a.geojson", "x/a.geojson")
        archive.writestr(
            "x/b.geojson", json.dumps({"type": "FeatureCollection", "features": other})
        )
        archive.writestr("x/broken.json", '{"features": [')
        archive.writestr("readme.txt", "hello there")
    found = sources.read(path)
    assert len(found.reports) == 6
    assert set(found.tally["skipped"]) == {"x/broken.json", "readme.txt"}


def test_an_archive_cannot_choose_where_its_members_land(tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.csv", "lat,lon\n27.5,-99.5\n")
    assert len(sources.read(path).reports) == 1
    assert not (tmp_path.parent / "evil.csv").exists()


def test_a_folder_of_photos(tmp_path: Path) -> None:
    from PIL import ExifTags, Image

    exif = Image.Exif()
    # set whole: a part that is filled in afterwards is lost by older versions of Pillow
    exif[ExifTags.IFD.GPSInfo] = {
        1: "N", 2: (27.0, 30.0, 22.5), 3: "W", 4: (99.0, 30.0, 27.0), 16: "M", 17: 123.0
    }  # fmt: skip
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.DateTimeOriginal: "2025:10:04 12:00:00"}
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    Image.new("RGB", (8, 8)).save(tmp_path / "b.jpg")
    (tmp_path / "notes.txt").write_text("hello")
    found = sources.read(tmp_path)
    report = found.reports.iloc[0]
    assert (report["lon"], report["lat"]) == pytest.approx((LON[0], LAT[0]), abs=1e-9)
    assert (report["located_by"], report["position_error_m"], report["last_seen"]) == (
        "photo",
        15.0,
        "2025-10-04",
    )
    assert "123° (magnetic north)" in report["note"]
    assert "no position" in found.rejects["reason"].iloc[0]
    assert set(found.tally["skipped"]) == {"notes.txt"}


def test_a_folder_of_sightings_beside_a_photo(tmp_path: Path) -> None:
    from PIL import Image

    for name, lon in (("b", -101.91), ("a", -101.9), ("c", -101.91)):
        properties = {"man_made": "surveillance", "surveillance:type": "ALPR", "evidence": "photo"}
        feature = {
            "type": "Feature",
            "id": f"sighting-{name}" if name != "c" else "sighting-b",
            "geometry": {"type": "Point", "coordinates": [lon, 29.81]},
            "properties": properties,
        }
        whole = {"type": "FeatureCollection", "format": "alprmap-sighting/1", "features": [feature]}
        (tmp_path / f"sighting-{name}.geojson").write_text(json.dumps(whole))
    Image.new("RGB", (8, 8)).save(tmp_path / "z.jpg")
    (tmp_path / "list.csv").write_text("lat,lon\n29.8,-101.9\n")
    (tmp_path / "broken.geojson").write_text('{"type":"FeatureCollection","features":[{"type":')
    found = sources.read(tmp_path)
    assert found.reports["source_record"].tolist() == ["sighting-a", "sighting-b"]
    assert found.reports["report_id"].tolist() == [f"{tmp_path.name}:sighting-{n}" for n in "ab"]
    assert set(found.reports["evidence"]) == {"photo"}
    assert set(found.tally["skipped"]) == {"list.csv", "broken.geojson"}
    assert found.tally["why"] == {"not a record": 1, "the same record twice": 1}
    assert found.tally["rows"] == 4


def test_merged_cells_reach_down(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Agency", "Location"],
        ["Laredo PD", "Main St at 1st St"],
        [None, "Main St at 2nd St"],
    ):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "m.xlsx")
    found = sources.read(tmp_path / "m.xlsx")
    assert found.reports["operator"].tolist() == ["Laredo Police Department"] * 2
    assert found.reports["road_at"].tolist() == ["1st St", "2nd St"]


def test_our_own_reports_come_back_as_they_were(tmp_path: Path) -> None:
    from alprmap.store import whole as store

    features(tmp_path / "a.geojson")
    first = sources.read(tmp_path / "a.geojson").reports
    for suffix in (".parquet", ".csv", ".geojson"):
        store.write_table(first, tmp_path / f"r{suffix}")
        again = sources.read(tmp_path / f"r{suffix}").reports
        pd.testing.assert_frame_equal(again, first, check_exact=False, rtol=0, atol=1e-6)


def test_open_document_sheets(tmp_path: Path) -> None:
    def line(*cells: str) -> str:
        return "<table:table-row>" + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in cells
        ) + "</table:table-row>"  # fmt: skip

    spaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    rows = (
        line("Cameras of Laredo") + line("ID", "Lat", "Long") + line("007", "27.50625", "-99.5075")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="a">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "list.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    found = sources.read(path)
    assert found.tally["format"] == "ODS"
    assert found.reports["source_record"].tolist() == ["007"], "an id stays text"
    assert found.reports["lon"].tolist() == [LON[0]]


def test_all_layers_of_a_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    frame().iloc[:1].to_file(path, layer="north")
    frame().iloc[1:].to_file(path, layer="south", mode="a")
    assert len(sources.read(path).reports) == 3


@pytest.mark.parametrize("form", ["center", "bounds", "geometry", "nodes after", "nodes before"])
def test_ways_of_overpass_in_every_form(form: str, tmp_path: Path) -> None:
    way: dict[str, Any] = {"type": "way", "id": 5, "nodes": [1, 2, 3, 4, 1], "tags": TAGS[0]}
    ring = [(-99.51, 27.50), (-99.49, 27.50), (-99.49, 27.52), (-99.51, 27.52)]
    corners = [{"type": "node", "id": i, "lon": x, "lat": y} for i, (x, y) in enumerate(ring, 1)]
    more: dict[str, Any] = {
        "center": {"lon": -99.5, "lat": 27.51},
        "bounds": {"minlat": 27.50, "minlon": -99.51, "maxlat": 27.52, "maxlon": -99.49},
        "geometry": [{"lon": x, "lat": y} for x, y in [*ring, ring[0]]],
    }
    if form in more:
        way[form] = more[form]
    elements = {"nodes after": [way, *corners], "nodes before": [*corners, way]}.get(form, [way])
    path = tmp_path / "o.json"
    path.write_text(json.dumps({"version": 0.6, "elements": elements}))
    found = sources.read(path)
    assert found.reports[["source_record", "lon", "lat"]].values.tolist() == [
        ["way/5", pytest.approx(-99.5), pytest.approx(27.51)]
    ]
    assert ("4 points without tags" in str(found.tally["skipped"])) == form.startswith("nodes")


def test_S2_an_incomplete_overpass_answer_says_so(tmp_path: Path) -> None:
    path = tmp_path / "o.json"
    overpass(path)
    content = {**json.loads(path.read_text()), "remark": "runtime error: Query timed out"}
    for text in (json.dumps(content), json.dumps(dict(reversed(content.items())))):
        path.write_text(text)
        cut = sources.read(path).tally["cut"]
        assert list(cut.values()) == ["the server broke off: runtime error: Query timed out"]
