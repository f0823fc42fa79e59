"""What the fuzzers feed, and with what: one target for each reader, its first seeds, and the seeds
that were kept.

A target takes bytes and may end with one of our own errors, with nothing else. Readers behind the
wall run in this process here; what the child process would turn into a refusal is one here, too,
and is told to `weak`. `tests/long/fuzz.py` drives them by coverage,
`tests/sources/test_sources_fuzz.py` runs the kept seeds."""

from __future__ import annotations

import base64
import csv
import gzip
import importlib
import io
import json
import math
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from alprmap.errors import AlprmapError, InputError

SEEDS = Path(__file__).with_name("seeds")
Target = Callable[[bytes], None]
Weak = Callable[[BaseException], None]
SOURCES = {
    "markup": "kml", "json": "json", "csv": "csv", "sheets": "xlsx", "gpkg": "gpkg", "vector": "fgb",
    "parquet": "parquet", "zip": "zip", "osm": "osm", "pdf": "pdf", "photo": "jpg",
}  # fmt: skip
"""Kind of source file → ending its files get; what they are, their content decides."""
OTHERS = (
    "roads",
    "graphml",
    "edges",
    "tables",
    "sighting",
    "shares",
    "own",
    "words",
    "wkb",
    "direction",
)
KINDS = (*SOURCES, *OTHERS)


@contextmanager
def inside(weak: Weak) -> Iterator[None]:
    """Readers work in this process and say what the child would say, in JSON."""
    from alprmap.sandbox import wall

    def ask(room: str, job: dict[str, Any], **_: Any) -> Iterator[wall.Message]:
        try:
            reader = importlib.import_module(room)
            reader.load(job)
            for message, blob in reader.answer(job):
                yield json.loads(json.dumps(message, default=str)), blob
        except (AlprmapError, GeneratorExit):
            raise
        except Exception as error:  # as alprmap.sandbox.child does
            weak(error)
            raise InputError(f"cannot be read ({type(error).__name__})") from None

    limit = csv.field_size_limit()
    try:
        with mock.patch.object(wall, "ask", ask), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        csv.field_size_limit(limit)  # readers set it, in a process of their own


def target(kind: str, folder: Path, weak: Weak = lambda error: None) -> Target:
    """Return what takes the bytes for a kind; `folder` is its scratch, `weak` hears what the wall
    would catch."""
    if kind in SOURCES:
        return _inside(_source(kind, folder), weak)
    makers: dict[str, Callable[[Path], Target]] = {
        "roads": _roads, "graphml": _graphml, "edges": _edges, "tables": _tables, "sighting": _sighting,
        "shares": _shares, "own": _own, "words": _words, "wkb": _wkb, "direction": _direction,
    }  # fmt: skip
    return _inside(makers[kind](folder), weak)


def _inside(read: Target, weak: Weak) -> Target:
    def test(data: bytes) -> None:
        with inside(weak):
            read(data)

    return test


def _source(kind: str, folder: Path) -> Target:
    from alprmap import schema, sources

    if kind == "vector":
        _more(kind, folder)
    named = {
        "sheets": (b"mimetype", "ods"),
        "vector": (b"\0\0\x27\x0a", "shp"),
        "osm": (b" v1 dV", "opl"),
    }
    mark, ending = named.get(kind, (b"\0", ""))

    def read(data: bytes) -> None:
        # where the name decides, too, or stands for the files beside it
        path = folder / f"fuzz.{ending if ending and mark in data[:64] else SOURCES[kind]}"
        path.write_bytes(data)
        found = sources.read(path)
        counts = found.tally
        assert counts["rows"] == (
            counts["reports"]
            + counts["rejected"]
            + counts["about_agencies"]
            - counts["more_than_one_a_row"]
        )
        schema.check(found.reports, "reports")

    return read


def _roads(folder: Path) -> Target:
    from alprmap.roads import door

    def read(data: bytes) -> None:
        ending = "osm" if data[:1] == b"<" else "osm.pbf" if data[4:7] == b"\x0a\x09O" else "opl"
        path = folder / f"fuzz.{ending}"
        path.write_bytes(data)
        door.read(path).save(folder / "roads.parquet")

    return read


def _graphml(folder: Path) -> Target:
    from alprmap.roads import door

    path = folder / "fuzz.graphml"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        door.read(path)

    return read


def _edges(folder: Path) -> Target:
    from alprmap.roads import door

    def read(data: bytes) -> None:
        path = folder / ("fuzz.parquet" if data[:4] == b"PAR1" else "fuzz.gpkg")
        path.write_bytes(data)
        door.read(path)

    return read


def _tables(folder: Path) -> Target:
    from alprmap.access import shares
    from alprmap.roads import door, network
    from alprmap.store import formats as tables

    path = folder / "fuzz.parquet"
    ways: list[Callable[[Path], object]] = [
        lambda p: tables.read_parquet(p, "cameras"),
        lambda p: tables.read_parquet(p, "views"),
        network.Roads.load,
        door.read,
        lambda p: shares.read_shares([p]),
    ]

    def read(data: bytes) -> None:
        path.write_bytes(data)
        for way in ways:
            try:
                way(path)
            except AlprmapError:
                continue

    return read


def _sighting(folder: Path) -> Target:
    from alprmap.sightings import canonical, check, files

    path = folder / "fuzz.geojson"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        given = files.read_sightings(path)
        check.check_sightings([given])
        for raw in given.features:
            try:
                canonical.sighting_text(
                    [canonical.validated(canonical.scrub(raw.value, redact=True).feature)]
                )
            except AlprmapError:
                continue

    return read


def _shares(folder: Path) -> Target:
    from alprmap.access import shares

    def read(data: bytes) -> None:
        path = folder / ("fuzz.json" if data[:1] in (b"[", b"{") else "fuzz.csv")
        path.write_bytes(data)
        shares.read_shares([path])

    return read


def _own(folder: Path) -> Target:
    from alprmap.build import project
    from alprmap.merge import decisions

    def read(data: bytes) -> None:
        if data[:7] == b"verdict":
            (folder / "decisions.csv").write_bytes(data)
            decisions.read_decisions(folder / "decisions.csv")
        else:
            (folder / "project.toml").write_bytes(data)
            project.load_project(folder / "project.toml")

    return read


def _words(folder: Path) -> Target:
    from alprmap import agencies
    from alprmap.geography import areas as area
    from alprmap.locate import grammar as placetext
    from alprmap.roads import tags
    from alprmap.sources.fields import coordinates, dates, grids, numbers, places

    def read(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        number = numbers.parse_decimal(text)
        assert number is None or math.isfinite(number)
        dates.parse_date(text), dates.find(text)
        point = coordinates.parse_point(text)
        assert point is None or (math.isfinite(point.lon) and math.isfinite(point.lat))
        (
            grids.utm(text),
            grids.mgrs(text),
            places.without_status(text),
            placetext.readings(text),
            placetext.parse_place(text),
        )
        tags.speed_kmh(text), tags.count(text), tags.level(text), agencies.parse(text)
        if "/" not in text:
            area.parse_area(text)

    return read


def _wkb(folder: Path) -> Target:
    from alprmap.sources.formats import wkb

    def read(data: bytes) -> None:
        wkb.middle(data)

    return read


def _direction(folder: Path) -> Target:
    from alprmap import direction

    def read(data: bytes) -> None:
        direction.parse(data.decode("utf-8", "replace"))

    return read


def seeds(kind: str) -> list[bytes]:
    """Return the first seeds of a kind, made by code, and those kept from earlier runs."""
    with tempfile.TemporaryDirectory() as scratch:
        return [*first(kind, Path(scratch)), *kept(kind)]


def kept(kind: str) -> list[bytes]:
    """Return the inputs kept from earlier runs: a base64 line each."""
    path = SEEDS / f"{kind}.txt"
    return [base64.b64decode(line) for line in path.read_text().split()] if path.exists() else []


def first(kind: str, folder: Path) -> list[bytes]:
    """Return the seeds of a kind that are made by code."""
    import hostile_files
    import road_files
    import sighting_data
    from test_sources_fuzz import _seed

    if kind == "markup":
        return [_seed("kml", folder), _seed("gpx", folder), hostile_files.LAUGHS + b"<kml/>"]
    if kind in ("sheets", "gpkg", "vector", "parquet", "zip", "photo"):
        names = {
            "sheets": ["xlsx"],
            "vector": ["fgb"],
            "zip": ["zip", "json.gz"],
            "photo": ["jpg", "png"],
        }
        return [*(_seed(name, folder) for name in names.get(kind, [kind])), *_more(kind, folder)]
    if kind in ("osm", "roads"):
        town = [
            road_files.write(folder / f"t{end}").read_bytes()
            for end in (".opl", ".osm", ".osm.pbf")
        ]
        return town if kind == "roads" else [_seed("osm", folder), _seed("pbf", folder), town[0]]
    if kind in ("graphml", "edges", "tables"):
        return _networks(kind, folder)
    if kind == "sighting":
        return [sighting_data.write(folder / "s.geojson", sighting_data.feature()).read_bytes()]
    return TEXTS.get(kind) or _more(kind, folder)


def _more(kind: str, folder: Path) -> list[bytes]:
    import geopandas as gpd
    import shapely

    if kind == "pdf":
        return [
            _pdf(
                b"BT /F1 9 Tf 40 700 Td (Location   Lat   Lon) Tj 0 -12 Td (Main St  27.5  -99.5)"
                b" Tj ET"
            )
        ]
    if kind == "vector":
        frame = gpd.GeoDataFrame(
            {"id": [1]}, geometry=shapely.points([-99.5], [27.5]), crs="EPSG:4326"
        )
        frame.to_file(folder / "fuzz.shp")
        return [(folder / "fuzz.shp").read_bytes()]
    if kind == "sheets":
        names = ("office", "table", "text")
        spaces = "".join(
            f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in names
        )
        cell = '<table:table-cell office:value-type="string"><text:p>%s</text:p></table:table-cell>'
        row = f"<table:table-row>{cell}{cell}</table:table-row>"
        body = (
            '<table:table table:name="a">'
            + row % ("lat", "lon")
            + row % ("27.5", "-99.5")
            + "</table:table>"
        )
        body = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
        content = f"<office:document-content{spaces}>{body}</office:document-content>"
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("content.xml", content)
        return [held.getvalue()]
    return []


def _pdf(commands: bytes) -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n" % len(commands) + commands + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    out = b"%PDF-1.4\n" + b"".join(
        b"%d 0 obj\n%s\nendobj\n" % (i, o) for i, o in enumerate(objects, 1)
    )
    return out + b"trailer <</Size 6/Root 1 0 R>>\n%%EOF"


def _networks(kind: str, folder: Path) -> list[bytes]:
    import map_data
    import road_files

    from alprmap.roads import network
    from alprmap.store import whole as store

    roads = network.read(road_files.write(folder / "t.osm"))
    if kind == "graphml":
        import osmnx

        osmnx.save_graphml(roads.to_osmnx(), folder / "t.graphml")
        return [(folder / "t.graphml").read_bytes()]
    if kind == "edges":
        lines = roads.segments[["u", "v", "highway", "name", "geometry"]]
        lines.to_parquet(folder / "e.parquet")
        lines.to_file(folder / "e.gpkg", driver="GPKG")
        return [(folder / f"e.{end}").read_bytes() for end in ("parquet", "gpkg")]
    roads.save(folder / "r.parquet")
    cameras = map_data.cameras(3)
    store.write_table(cameras, folder / "c.parquet")
    return [(folder / f"{name}.parquet").read_bytes() for name in "rc"]


TEXTS: dict[str, list[bytes]] = {
    "json": [
        b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":1,"direction":"90"},'
        b'"geometry":{"type":"Point","coordinates":[-99.5,27.5]}}]}',
        b'{"version":0.6,"osm3s":{},"elements":[{"type":"node","id":1,"lat":27.5,"lon":-99.5,"tags":'
        b'{"man_made":"surveillance","surveillance:type":"ALPR","direction":"0-45"}},{"type":"way","id":2,'
        b'"center":{"lat":27.5,"lon":-99.5},"tags":{"highway":"speed_camera"}}]}',
        b'[{"lat":"27 30 00 N","lon":"-99.5","operator":"Laredo PD","last_seen":"2025-01-02"}]',
        b'{"City PD":{"device":"ALPR","locations":["Main St at 1st St"]}}',
        b'{"a":{"latitude":27.5,"longitude":-99.5}}',
    ],
    "csv": [
        b'id,lat,lon,operator\n1,27.5,-99.5,"Laredo, PD"\n',
        "Straße;Breite;Länge;Notiz\nMain St;27,5;-99,5;\"a\nb\"\n".encode("cp1252"),
        b"Cameras of the town\n\nlocation|direction|installed\nMain St at 1st St|NB|01/02/2025\n",
        "lat\tlon\n27.5\t-99.5\n".encode("utf-16"),
        gzip.compress(b"x,y\n-99.5,27.5\n", mtime=0),
    ],
    "shares": [
        b"from,to,date\nA PD,B PD,2025-01-02\n",
        b"agency,state,lon,lat,declared_cameras\nA PD,TX,-99.5,27.5,12\n",
        b'[{"name":"A PD","sharing_outbound":["B PD"],"state":"TX"}]',
        b'[{"flock_names":["A PD"],"slug":"a-pd","agency_type":"city"}]',
        b'{"type":"FeatureCollection","features":[{"properties":{"connectionCount":1,"name":"A"},'
        b'"geometry":{"type":"Point","coordinates":[-99.5,27.5]}}]}',
    ],
    "own": [
        b"verdict,report_id,other_id,by,why\nsame,a:1,b:2,me,photo\nremoved,a:3,,me,gone\n",
        b'[project]\nid = "x"\ntitle = "t"\n[[source]]\nid = "a"\nfile = "a.csv"\n[roads]\nfile = "r.osm"\n'
        b'[reach]\nborders = ["us-mexico"]\n',
        (Path(__file__).resolve().parents[1] / "examples" / "columbus.toml").read_bytes(),
    ],
    "words": [
        "Main St & 1st Ave, NB (removed 2024) 27°30'N 99°30'W".encode(),
        b"I-35 MP 12.5", b"100mi:us-mexico", b"14R 448000 3042000", b"14RMR4800042000", b"2025-01-02T03:04:05Z",
        b"-99.6,27.4,-99.4,27.6", b"Laredo Police Department, TX", b"1,234.5", b"35 mph",
    ],
    "wkb": [bytes.fromhex("0101000000000000000000f03f000000000000f03f"),
            bytes.fromhex("0102000000020000000000000000000000000000000000f03f000000000000f03f0000000000000040")],
    "direction": [b"0-45;180-225", b"NNW", b"both", b"northbound lanes", b"90 deg"],
}  # fmt: skip
