"""Random bytes and mutated files: only our own errors, never a hang, every row accounted for."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from pathlib import Path

import fuzz_targets
import pyarrow.parquet as pq
import pytest
import road_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alprmap import schema, sources
from alprmap.errors import AlprmapError
from alprmap.roads import network
from alprmap.store import formats as tables

QUIET = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MAGIC = [
    b"",
    b"{",
    b"[",
    b'{"type":"FeatureCollection","features":[',
    b"lat,lon\n",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
]


def survives(path: Path) -> None:
    """Reading gives rows that add up, or one of our own errors in one line."""
    try:
        found = sources.read(path)
    except AlprmapError as refused:
        error: AlprmapError | None = refused
        found = None
    if found is None:
        assert "\n" not in str(error)
        return
    counts = found.tally
    assert counts["rows"] == counts["reports"] + counts["rejected"] + counts["about_agencies"]
    schema.check(found.reports, "reports")


@QUIET
@given(st.sampled_from(MAGIC), st.binary(max_size=400))
def test_random_bytes(tmp_path: Path, head: bytes, tail: bytes) -> None:
    path = tmp_path / "fuzz"
    path.write_bytes(head + tail)
    survives(path)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-200, 200), st.floats(), st.text(max_size=12)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "type", "properties", "geometry", "coordinates", "lat", "lon", "tags", "features",
                         "elements", "locations", "operator", "center", "osmId", "direction"]), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@QUIET
@given(VALUES)
def test_any_json(tmp_path: Path, value: object) -> None:
    path = tmp_path / "fuzz.json"
    path.write_text(json.dumps(value))
    survives(path)


@QUIET
@given(st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=6), st.sampled_from(",;\t|"))
def test_any_table(tmp_path: Path, rows: list[list[str]], mark: str) -> None:
    path = tmp_path / "fuzz.csv"
    lines = [mark.join(["lat", "lon", "location", "operator"]), *(mark.join(r) for r in rows)]
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    survives(path)


def mutated(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        if not out:
            break
        at = rng.randrange(len(out))
        act = rng.randrange(4)
        if act == 0:
            out[at] = rng.randrange(256)
        elif act == 1:
            del out[at : at + rng.randint(1, 40)]
        elif act == 2:
            out[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
        else:
            out[at : at + 4] = b"\xff\xff\xff\x7f"
    return bytes(out)


@pytest.mark.parametrize(
    "kind", ["kml", "gpx", "osm", "pbf", "gpkg", "parquet", "fgb", "xlsx", "zip", "json.gz", "jpg"]
)
def test_mutated_files(kind: str, tmp_path: Path) -> None:
    seed = _seed(kind, tmp_path)
    rng = random.Random(kind)
    path = tmp_path / f"mutated.{kind}"
    for _ in range(12):
        path.write_bytes(mutated(seed, rng))
        survives(path)
    for size in range(0, len(seed), max(64, len(seed) // 10)):
        path.write_bytes(seed[:size])
        survives(path)


def test_mutated_real_files(shared: Path, tmp_path: Path) -> None:
    rng = random.Random(7)
    for name in ("records/Red_Light_Camera_Locations.csv", "records/minnesota-bca-2025-12-06.json",
                 "cameras/us-2025-10-Oregon.geojson", "records/san-mateo-flock-locations.pdf"):  # fmt: skip
        data = (shared / name).read_bytes()
        path = tmp_path / Path(name).name
        for _ in range(6):
            path.write_bytes(mutated(data, rng))
            survives(path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", fuzz_targets.KINDS)
def test_what_the_fuzzer_kept(kind: str, tmp_path: Path) -> None:
    """The first seeds of every reader and the inputs kept from the long runs: only our own errors,
    in one line."""
    read = fuzz_targets.target(kind, tmp_path)
    for data in (*fuzz_targets.first(kind, tmp_path), *fuzz_targets.kept(kind)):
        said = ""
        try:
            read(data)
        except AlprmapError as refused:
            said = str(refused)
        assert "\n" not in said


def test_a_coordinate_that_is_none_is_said_by_the_reader_of_roads(tmp_path: Path) -> None:
    """libosmium has an error of its own for it, which left the reader as it was (found by the
    fuzzer)."""
    found: list[BaseException] = []
    read = fuzz_targets.target("roads", tmp_path, found.append)
    with pytest.raises(AlprmapError, match="not a readable OSM file"):
        read(road_files.TOWN.replace("x0.001", "xA.001", 1).encode())
    assert not found


@pytest.mark.parametrize(
    ("part", "wrong"), [(b"[0 0 600 800]", b"[0 /x 600 800]"), (b"/Contents 4 0 R", b"/Contents 9 0 R"),
                        (b"/Contents 4 0 R", b"/Contents [9 0 R]"), (b"[3 0 R]", b"[[]]"),
                        (b"<</Type/Catalog/Pages 2 0 R>>", b"1 0 R")],
)  # fmt: skip
def test_a_pdf_that_makes_no_sense_is_said_by_its_reader(
    part: bytes, wrong: bytes, tmp_path: Path
) -> None:
    """pdfminer has many errors, and those of Python besides (found by the fuzzer)."""
    found: list[BaseException] = []
    read = fuzz_targets.target("pdf", tmp_path, found.append)
    whole = fuzz_targets.first("pdf", tmp_path)[0]
    assert part in whole
    with pytest.raises(AlprmapError, match="PDF"):
        read(whole.replace(part, wrong))
    assert not found


GOOD = {"format": 1, "meta": {}, "restrictions": {}}


@pytest.mark.parametrize(
    "kept",
    [b"\xff", b"{", b"[]", b"{}", b'{"format": 2}', *(json.dumps({**GOOD, **wrong}).encode() for wrong in (
        {"meta": None}, {"meta": {"counts": 3}}, {"restrictions": None}, {"restrictions": {"to_way": [None]}},
        {"restrictions": {"to_way": [1, 2], "from_way": [1]}}, {"restrictions": {"to_way": [10**30]}}))],
    ids=str,
)  # fmt: skip
def test_roads_whose_metadata_are_damaged(kept: bytes, tmp_path: Path) -> None:
    """What we put beside a table is not trusted either (found by the fuzzer)."""
    path = tmp_path / "roads.parquet"
    network.read(road_files.write(tmp_path / "t.osm")).save(path)
    table = pq.read_table(path)
    pq.write_table(
        table.replace_schema_metadata({network.META_KEY: kept, b"pandas": b"\xff{"}), path
    )
    with pytest.raises(AlprmapError, match=r"roads are damaged|another version"):
        network.Roads.load(path)
    with pytest.raises(AlprmapError, match="table cameras"):
        tables.read_parquet(path, "cameras")


def _seed(kind: str, tmp_path: Path) -> bytes:
    import geopandas as gpd
    import shapely

    frame = gpd.GeoDataFrame(
        {"id": [1, 2, 3], "operator": ["Laredo PD", None, "x"], "direction": ["90", "0", "SE"]},
        geometry=shapely.points([-99.5, -99.4, -99.3], [27.5, 27.6, 27.7]), crs="EPSG:4326",
    )  # fmt: skip
    path = tmp_path / f"seed.{kind}"
    osm = "<osm version='0.6'><node id='1' version='1' lat='27.5' lon='-99.5'>"
    osm += "<tag k='man_made' v='surveillance'/><tag k='surveillance:type' v='ALPR'/></node></osm>"
    if kind == "kml":
        return b"<kml><Placemark><name>a</name><Point><coordinates>-99.5,27.5</coordinates></Point></Placemark></kml>"
    if kind == "gpx":
        return b"<gpx><wpt lat='27.5' lon='-99.5'><name>Main St at 1st St</name></wpt></gpx>"
    if kind == "osm":
        return osm.encode()
    if kind == "pbf":
        import osmium

        (tmp_path / "s.osm").write_text(osm)
        with osmium.SimpleWriter(str(tmp_path / "s.osm.pbf")) as out:
            for item in osmium.FileProcessor(str(tmp_path / "s.osm")):
                out.add(item)
        return (tmp_path / "s.osm.pbf").read_bytes()
    if kind in ("gpkg", "fgb"):
        frame.to_file(path, driver={"gpkg": "GPKG", "fgb": "FlatGeobuf"}[kind])
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "xlsx":
        frame.drop(columns="geometry").assign(lat=27.5, lon=-99.5).to_excel(path, index=False)
    elif kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", "lat,lon\n27.5,-99.5\n")
            archive.writestr("b.geojson", frame.to_json())
    elif kind == "json.gz":
        return gzip.compress(frame.to_json().encode())
    else:
        from PIL import Image

        Image.new("RGB", (8, 8)).save(path)
    return path.read_bytes()
