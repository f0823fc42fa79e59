"""The door: what may come in, what is refused in one line, and that no row is lost on the way."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from alprmap import schema, sources
from alprmap.errors import InputError
from alprmap.sources import intake
from alprmap.sources.formats import jsons

GOOD = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [-99.5, 27.5]},
    "properties": {"id": 1},
}


def collection(*coordinates: object) -> str:
    features = [
        {**GOOD, "properties": {"id": i}, "geometry": {"type": "Point", "coordinates": c}}
        for i, c in enumerate(coordinates)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def refusal(path: Path | str, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        sources.read(path, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    return message


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.geojson", b"", "the file is empty"),
        ("blank.csv", b" \n\n", "the file is empty"),
        ("cut.geojson", collection([-99.5, 27.5], [-99.4, 27.5]).encode()[:120], "cut off"),
        ("cut.json.gz", gzip.compress(os.urandom(5000))[:3000], "cut off"),
        ("damaged.json.gz", b"\x1f\x8b\x08\x00" + b"\xff" * 200, "damaged"),
        ("swapped.geojson", collection([27.5, -99.5], [27.6, -99.4], [27.7, -99.3]).encode(), "axes are swapped"),
        ("no-place.csv", b"name,color\na,red\nb,blue\n", "neither coordinates nor places"),
        ("no-header.csv", b"1;2\n3;4\n", "no line of the file names columns"),
        ("two.json", b'{"type":"FeatureCollection","features":[]} trailing', "further text"),
        ("list.json", b"[1, 2, 3]", None),
        ("noise.bin", bytes(range(256)) * 40, "no format alprmap reads"),
        ("page.geojson", b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        ("vrt.geojson", b"<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource>", "virtual"),
        ("hidden.kml", b"<kml><!-- x --></kml><OGRVRTDataSource/>", "virtual"),
        ("other.xml", b"<root><a/></root>", "neither OSM, KML nor GPX"),
        ("deep.json", b"[" * 200_000, "nested too deeply"),
        ("digits.json", b'[{"lat": ' + b"1" * 6000 + b"}]", "thousands of digits"),
        ("latin.csv", "lat,lon,ort\n27.5,-99.5,\x81\n".encode("latin-1"), "pass --encoding"),
        ("scalar.json", b'"hello"', "no line of the file names columns"),
        ("word.zip", b"PK\x03\x04" + b"\x00" * 40, "cannot be unpacked"),
        ("sqlite.gpkg", b"SQLite format 3\x00" + b"\x00" * 200, "no readable GeoPackage"),
        ("bad.parquet", b"PAR1" + b"\x00" * 50, "no readable Parquet"),
        ("bad.fgb", b"fgb\x03fgb\x00" + b"\xff" * 60, "no readable FlatGeobuf"),
        ("bad.pdf", b"%PDF-1.7\n%broken", "PDF"),
        ("bad.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 30, "no readable photo"),
        ("bad.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "no readable workbook"),
        ("bad.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\xff\xff\xff\x7f" + b"\x00" * 64, "no readable"),
        ("entities.kml", b'<!DOCTYPE kml [<!ENTITY a "aa">]><kml><Placemark/></kml>', "entities"),
        ("cut.kml", b"<kml><Placemark><name>x", "broken or cut off"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(name: str, content: bytes, says: str | None, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    if says is None:
        found = sources.read(path)
        assert found.tally["rows"] == found.tally["rejected"] == 3
        return
    message = refusal(path)
    assert says in message
    if "no-place" not in name:
        assert name in message, "the file is named"


def test_only_regular_local_files_come_in(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "missing.csv")
    for name in (
        "https://example.org/a.json",
        "/vsicurl/a.json",
        "zip+http://example.org/a.zip",
        "WFS:x",
        "s3://a/b",
    ):
        assert "only local files" in refusal(name)
    assert "without photos" in refusal(tmp_path)
    if os.name == "posix":  # Windows has neither among its files
        assert "not a regular file" in refusal("/dev/null")
        os.mkfifo(tmp_path / "pipe")
        assert "not a regular file" in refusal(tmp_path / "pipe")


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b'{"features": [' + b" " * (80 << 20), 9))
    assert "decompression bomb" in refusal(path)


def test_every_gzip_member_is_read(tmp_path: Path) -> None:
    path = tmp_path / "members.csv.gz"
    path.write_bytes(
        gzip.compress(b"id,lat,lon\n1,27.5,-99.5\n") + gzip.compress(b"2,27.6,-99.4\n")
    )
    assert len(sources.read(path).reports) == 2


def test_single_rows_are_repaired_or_refused_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "mixed.geojson"
    points: list[object] = [
        [-99.5, 27.5],
        [-99.4, 27.5],
        [-99.3, 27.5],
        [27.5, -99.2],
        [99.1, 27.5],
        [0, 0],
    ]
    path.write_text(collection(*points, [float("nan"), 27.5], None, [], ["a", "b"], [-99.5]))
    found = sources.read(path)
    assert found.tally["rows"] == 11 == len(found.reports) + len(found.rejects)
    assert found.reports["lon"].tolist() == [-99.5, -99.4, -99.3, -99.2, -99.1]
    assert found.reports["changes"].dropna().tolist() == [
        "position repaired: lon and lat were swapped",
        "position repaired: the minus sign of lon was missing",
    ]
    assert sum(found.tally["why"].values()) == 6
    for line in found.rejects["original"]:
        json.loads(line, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))


def test_a_csv_with_places_in_words_becomes_unlocated_reports(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text("Camera,Intersection\n1,Main St & 1st St\n2,\n")
    found = sources.read(path)
    assert (found.tally["unlocated"], found.tally["rejected"]) == (1, 1)
    assert found.reports["road_at"].tolist() == ["1st St"]


def test_title_lines_blank_lines_and_long_rows(tmp_path: Path) -> None:
    path = tmp_path / "response.csv"
    path.write_text(
        'County of Webb\n"Public records, response 17"\n\nCamera ID,Latitude,Longitude\n'
        "A1,27.5,-99.5\n\n,,\nA2,27.6,-99.4,surplus\nA3,27.7\n"
    )
    found = sources.read(path)
    assert found.reports["source_record"].tolist() == ["A1"]
    assert found.tally["why"] == {"half a position": 1, "not a record": 1}
    assert found.rejects["row"].tolist() == ["2", "3"], "rows are counted from under the header"


def test_cp1252_is_read_without_asking(tmp_path: Path) -> None:
    path = tmp_path / "western.csv"
    path.write_bytes("lat,lon,operator\n27.5,-99.5,Sheriff’s Office\n".encode("cp1252"))
    found = sources.read(path)
    assert found.reports["operator_raw"].tolist() == ["Sheriff’s Office"]
    assert sources.read(path, encoding="cp1252").tally["format"] == "CSV (cp1252)"


def test_a_cell_with_line_breaks_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "breaks.csv"
    path.write_text('lat,lon,notes\n27.5,-99.5,"first\nsecond\u200b"\n27.6,-99.4,x\n')
    found = sources.read(path)
    assert found.reports["note"].tolist() == ["first second", "x"]
    assert found.tally["changes"] == {"invisible characters removed": 1}


def test_the_date_of_the_file_counts_only_where_the_row_has_none(tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text("lat,lon,check_date\n27.5,-99.5,2025-05-01\n27.6,-99.4,\n")
    assert sources.read(path).reports["last_seen"].isna().tolist() == [False, True]
    assert sources.read(path, date="2026-01-28").reports["last_seen"].tolist() == [
        "2025-05-01",
        "2026-01-28",
    ]


def test_records_are_told_from_one_another_across_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream cut at any place gives the same records as the whole text."""
    from alprmap.sources.formats import jsonstream

    text = json.dumps(
        {
            "a": 1,
            "features": [{**GOOD, "properties": {"id": i, "t": 'é\\"]}' * i}} for i in range(9)],
        }
    )
    path = tmp_path / "s.json"
    path.write_text(text)
    whole = list(jsonstream.events(intake.check_file(path)))
    for size in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr(jsonstream, "_CHUNK", size)
        assert list(jsonstream.events(intake.check_file(path))) == whole
    assert len(whole) == 10


def test_the_result_does_not_depend_on_the_hash_seed_or_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alprmap.sources import door

    path = tmp_path / "many.geojson"
    path.write_text(collection(*([-99.5 + i / 1000, 27.5] for i in range(50))))
    once = sources.read(path)
    monkeypatch.setattr(door, "BATCH_ROWS", 7)
    again = sources.read(path)
    assert once.reports.equals(again.reports)
    assert once.tally == again.tally


def test_polygons_and_lines_are_taken_by_their_middle(tmp_path: Path) -> None:
    ring = [[-99.5, 27.5], [-99.4, 27.5], [-99.4, 27.6], [-99.5, 27.6], [-99.5, 27.5]]
    assert jsons.point_of({"type": "Polygon", "coordinates": [ring]})["$lat"] == pytest.approx(
        27.55
    )
    path = tmp_path / "way.geojson"
    line = {**GOOD, "geometry": {"type": "LineString", "coordinates": ring[:2]}}
    path.write_text(json.dumps({**line, "properties": {"surveillance:type": "ALPR"}}))
    found = sources.read(path)
    assert found.reports["lon"].tolist() == pytest.approx([-99.45])
    assert "middle of a LineString" in found.reports["changes"].iloc[0]
    path.write_text(json.dumps(line))
    assert sources.read(path).tally["why"] == {"not a point": 1}, "a road is no camera"


def test_esri_json_and_records_by_id(tmp_path: Path) -> None:
    path = tmp_path / "esri.json"
    mercator = {"attributes": {"OBJECTID": 2}, "geometry": {"x": -11077124.2, "y": 3186864.6}}
    degrees = {
        "attributes": {"OBJECTID": 1, "Status": "Active"},
        "geometry": {"x": -99.5, "y": 27.5},
    }
    path.write_text(
        json.dumps({"spatialReference": {"wkid": 4326}, "features": [degrees, mercator]})
    )
    found = sources.read(path)
    assert found.reports["lon"].tolist() == pytest.approx([-99.5, -99.5075], abs=1e-5)
    assert found.reports["source_record"].tolist() == ["1", "2"]
    path.write_text(
        json.dumps({"a7": {"lat": 27.5, "lon": -99.5}, "a8": {"lat": 27.6, "lon": -99.5}})
    )
    assert sources.read(path).reports["source_record"].tolist() == ["a7", "a8"]


def test_an_empty_collection_is_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "none.geojson"
    path.write_text('{"type":"FeatureCollection","features":[]}')
    found = sources.read(path)
    schema.check(found.reports, "reports")
    assert (len(found.reports), found.tally["rows"]) == (0, 0)


@pytest.mark.slow
def test_us_2026_01_every_row_is_accounted_for(shared: Path) -> None:
    found = sources.read(shared / "cameras/us-2026-01.json.gz")
    schema.check(found.reports, "reports")
    assert found.tally["rows"] == 61_768 == len(found.reports) + len(found.rejects)
    records = found.reports["source_record"]
    assert (records.str.startswith("node/").sum(), records.str.startswith("way/").sum()) == (
        61_751,
        17,
    )
    assert found.reports["first_seen"].notna().sum() == 14, "16 start dates, two of which are none"
    assert found.reports["last_seen"].isna().all(), "the file vouches for no date by itself"
    flock = found.reports["operator_kind"] == "vendor only"
    assert flock.sum() >= 2_551
    assert found.reports.loc[flock, "operator"].isna().all()
    assert found.tally["unknown"]["operator_kind"] < 46_000
    flock_made = (found.reports["vendor"] == "Flock Safety").sum()
    assert flock_made > 49_358 + 1_500, "aliases find what the exact name misses"


@pytest.mark.parametrize("state", ["Arizona", "Michigan", "Ohio", "Oregon", "Texas", "Utah"])
def test_us_2025_10(state: str, shared: Path) -> None:
    found = sources.read(shared / f"cameras/us-2025-10-{state}.geojson")
    assert len(found.rejects) == 0
    assert (found.reports["device"] == "alpr").all()
    assert (found.reports["evidence"] == "survey").all()


OURS = {
    "$refuse": "haha",
    "$row": "7",
    "$lon": "1",
    "$lat": "2",
    "$shape": "Polygon",
    "$error_m": "9",
    "$nodes": "x",
}


def with_our_names(path: Path) -> None:
    """Write one camera whose columns are named like what a reader notes for itself."""
    import geopandas as gpd
    import shapely

    geojson = {**GOOD, "properties": {"id": 1, **OURS}}
    if path.suffix in (".gpkg", ".fgb", ".parquet"):
        columns = {"id": [1], **{k: [v] for k, v in OURS.items()}}
        frame = gpd.GeoDataFrame(columns, geometry=[shapely.Point(-99.5, 27.5)], crs=4326)
        (
            frame.to_parquet(path)
            if path.suffix == ".parquet"
            else frame.to_file(path, engine="pyogrio")
        )
        return
    tags = "".join(
        f'<tag k="{k}" v="{v}"/>'
        for k, v in {**OURS, "man_made": "surveillance", "surveillance:type": "ALPR"}.items()
    )
    data = "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in OURS.items())
    path.write_text({
        ".geojson": json.dumps({"type": "FeatureCollection", "features": [geojson]}),
        ".json": json.dumps([{"lat": 27.5, "lon": -99.5, "tags": OURS, "$refuse": "haha"}]),
        ".csv": f"lat,lon,{','.join(OURS)}\n27.5,-99.5,{','.join(OURS.values())}\n",
        ".osm": f'<osm version="0.6"><node id="5" lat="27.5" lon="-99.5">{tags}</node></osm>',
        ".kml": f"<kml><Placemark><ExtendedData>{data}</ExtendedData><Point><coordinates>-99.5,27.5</coordinates>"
                "</Point></Placemark></kml>",
    }[path.suffix], encoding="utf-8")  # fmt: skip


@pytest.mark.parametrize(
    "suffix", [".geojson", ".json", ".csv", ".osm", ".kml", ".gpkg", ".fgb", ".parquet"]
)
def test_no_column_gives_orders_to_the_reader(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    with_our_names(path)
    found = sources.read(path)
    (report,) = found.reports.to_dict("records")
    assert (report["lon"], report["lat"]) == (-99.5, 27.5)
    assert "7" not in str(report["row"])
    assert not len(found.rejects)
