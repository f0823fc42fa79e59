"""Files that hurt, made by code: each with the words its refusal must hold, or what must come of
it."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POINT = b"<Point><coordinates>-99.5,27.5</coordinates></Point>"
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]>"
)
"""Nine levels of tenfold entities: a kilobyte that wants to be gigabytes."""
XXE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@dataclass(frozen=True)
class Hostile:
    """A file by name and content; `words` is what its refusal must match, None where its rows must
    add up."""

    name: str
    make: Callable[[Path], None]
    words: str | None


def data(*parts: bytes | tuple[bytes, int]) -> Callable[[Path], None]:
    """A file of these parts in turn; (text, times) is written often without being held."""

    def make(path: Path) -> None:
        with path.open("wb") as out:
            for part in parts:
                text, times = part if isinstance(part, tuple) else (part, 1)
                whole = max(1, 1_000_000 // max(1, len(text)))
                for _ in range(times // whole):
                    out.write(text * whole)
                out.write(text * (times % whole))

    return make


def packed(content: bytes, times: int = 1) -> Callable[[Path], None]:
    """A gzip of `content` repeated, made without ever holding the whole."""

    def make(path: Path) -> None:
        with gzip.open(path, "wb", compresslevel=9) as out:
            for _ in range(times):
                out.write(content)

    return make


def zipped(members: list[tuple[str, bytes]]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)

    return make


def vrt(url: str) -> bytes:
    layer = f"<OGRVRTLayer name='x'><SrcDataSource>{url}</SrcDataSource></OGRVRTLayer>"
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>".encode()


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def pbf_blob(
    kind: bytes, body: bytes, *, declared: int | None = None, header: int | None = None
) -> bytes:
    """One block of a PBF file; `declared` lies about the blob's size, `header` about the header's."""
    head = (
        b"\x0a"
        + varint(len(kind))
        + kind
        + b"\x18"
        + varint(len(body) if declared is None else declared)
    )
    return struct.pack(">I", len(head) if header is None else header) + head + body


def pbf(*blobs: bytes) -> bytes:
    features = b"\x22\x0eOsmSchema-V0.6\x22\x0aDenseNodes"
    return pbf_blob(b"OSMHeader", b"\x0a" + varint(len(features)) + features) + b"".join(blobs)


def pbf_bomb() -> bytes:
    """A block that says it holds 31 MB and holds zeros packed to 30 kB; ten of them."""
    body = zlib.compress(b"\0" * 31_000_000, 9)
    blob = b"\x10" + varint(31_000_000) + b"\x1a" + varint(len(body)) + body
    return pbf(*[pbf_blob(b"OSMData", blob)] * 10)


def workbook(sheet: bytes, *, strings: bytes = b"", doctype: bytes = b"") -> Callable[[Path], None]:
    ns = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = b"http://schemas.openxmlformats.org"
    types = b'<Types xmlns="' + rel + b'/package/2006/content-types">'
    types += (
        b'<Default Extension="rels"'
        b' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    types += b'<Default Extension="xml" ContentType="application/xml"/></Types>'
    office = (
        b'<Relationships xmlns="' + rel + b'/package/2006/relationships"><Relationship Id="rId1" '
    )
    root = office + b'Type="' + rel + b'/officeDocument/2006/relationships/officeDocument" '
    root += b'Target="xl/workbook.xml"/></Relationships>'
    sheets = office + b'Type="' + rel + b'/officeDocument/2006/relationships/worksheet" '
    sheets += b'Target="worksheets/sheet1.xml"/></Relationships>'
    book = (
        b"<workbook " + ns + b' xmlns:r="' + rel + b'/officeDocument/2006/relationships"><sheets>'
    )
    book += b'<sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
    members = [
        ("[Content_Types].xml", types),
        ("_rels/.rels", root),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", sheets),
        ("xl/worksheets/sheet1.xml", doctype + b"<worksheet " + ns + b"><sheetData>" + sheet
         + b"</sheetData></worksheet>"),
    ]  # fmt: skip
    if strings:
        members.append(("xl/sharedStrings.xml", strings))
    return zipped(members)


def cell(ref: str, text: str) -> bytes:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def row(number: int, cells: bytes) -> bytes:
    return b'<row r="%d">%s</row>' % (number, cells)


def feature(lon: Any = -99.5, lat: Any = 27.5, **properties: Any) -> dict[str, Any]:
    shape = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def collection(features: list[Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def nested(depth: int) -> bytes:
    inner = b'{"type":"Point","coordinates":[-99.5,27.5]}'
    shape = b'{"type":"GeometryCollection","geometries":[' * depth + inner + b"]}" * depth
    head = b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
    return head + shape + b"}]}"


def deep_parquet(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    deep = struct.pack("<BII", 1, 7, 1) * 200_000 + struct.pack("<BIdd", 1, 1, -99.5, 27.5)
    geo = {
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB"}},
        "version": "1.0.0",
    }
    table = pa.table({"geometry": [deep], "operator": ["x"]})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)


def bomb_parquet(path: Path) -> None:
    """Twenty million equal rows in a few kilobytes."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = 20_000_000
    pq.write_table(
        pa.table({"lat": np.zeros(size), "lon": np.zeros(size)}), path, compression="zstd"
    )


def recursive_view(path: Path) -> None:
    base = sqlite3.connect(path)
    base.executescript(
        "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);"
        "CREATE VIEW cameras AS WITH RECURSIVE r(lat, lon) AS (SELECT 27.5, -99.5 UNION ALL"
        " SELECT lat, lon FROM r) SELECT lat, lon FROM r;"
        "INSERT INTO gpkg_contents VALUES ('cameras', 'features');"
    )
    base.commit()
    base.close()


def poisoned_schema(path: Path) -> None:
    """A base whose column is generated: 900 MB for a row of a few bytes."""
    base = sqlite3.connect(path)
    base.executescript(
        "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);"
        "CREATE TABLE cameras (lat REAL, lon TEXT AS (hex(zeroblob(450000000))));"
        "INSERT INTO cameras (lat) VALUES (27.5);"
        "INSERT INTO gpkg_contents VALUES ('cameras', 'features');"
    )
    base.commit()
    base.close()


def picture_bomb(path: Path) -> None:
    """A PNG that says it is 60,000 by 60,000."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def pdf_bomb(path: Path) -> None:
    """A page whose stream unpacks to 100 MB of text commands."""
    body = zlib.compress(b"BT (a) Tj ET\n" * 8_000_000, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(body) + body + b"\nendstream",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    at = []
    for number, content in enumerate(objects, 1):
        at.append(out.tell())
        out.write(b"%d 0 obj\n" % number + content + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % a for a in at))
    out.write(b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start)
    path.write_bytes(out.getvalue())


def overlapping_zip(path: Path) -> None:
    """Two hundred entries of the directory that all name the same packed bytes."""
    kernel = io.BytesIO()
    with zipfile.ZipFile(kernel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"lat,lon\n" + b"0" * 60_000_000)
    raw = kernel.getvalue()
    start = raw.index(b"PK\x01\x02")
    entry = raw[start : raw.index(b"PK\x05\x06")]
    entries = b"".join(entry.replace(b"a.csv", b"%05d" % i) for i in range(200))
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 200, 200, len(entries), start, 0)
    path.write_bytes(raw[:start] + entries + end)


KML = b"<kml><Placemark>%s</Placemark></kml>"
OSM = b"<osm version='0.6'><node id='1' version='1' lat='27.5' lon='-99.5'>%s</node></osm>"
READER = b"<tag k='man_made' v='surveillance'/><tag k='surveillance:type' v='ALPR'/>"

FILES: tuple[Hostile, ...] = (
    # GDAL decides by content
    Hostile("vrt.geojson", data(vrt("/etc/passwd")), "virtual dataset"),
    Hostile(
        "late.geojson",
        data(b"<!-- ", (b"x", 3000), b" -->", vrt("/vsicurl/http://127.0.0.1:9/x")),
        "virtual",
    ),
    Hostile("vrt.gpkg", data(b"\n\t " + vrt("WFS:http://127.0.0.1:9/x")), "virtual dataset"),
    Hostile(
        "gdalg.json",
        data(b'{"type":"gdal_streamed_alg","command_line":"gdal vector read /etc/passwd"}'),
        "no list",
    ),
    Hostile("web.json", data(b"<!DOCTYPE html><html><body>404</body></html>"), "web page"),
    # parsers that end the process
    Hostile(
        "model.kml",
        data(KML % b"<MultiGeometry><Model id='m'/></MultiGeometry>"),
        "neither coordinates",
    ),
    Hostile("deep.geojson", data(nested(100_000)), "nested too deeply"),
    Hostile("deep-short.geojson", data(nested(300)), "neither coordinates"),
    Hostile("deep.parquet", deep_parquet, "neither coordinates"),
    Hostile("deep.kml", data(b"<kml>", (b"<Folder>", 200_000)), "nested too deeply"),
    Hostile("deep.gpx", data(b"<gpx>", (b"<a>", 200_000)), "nested too deeply"),
    Hostile("deep.osm", data(b"<osm version='0.6'>", (b"<a>", 200_000)), "OSM data"),
    Hostile("brackets.json", data((b"[", 200_000)), "nested too deeply"),
    Hostile("braces.json", data((b'{"a":', 200_000)), "nested too deeply"),
    Hostile("brackets-late.json", data(b'{"features":[', (b"[", 5_000_000)), "nested too deeply"),
    # few bytes, much memory
    Hostile(
        "sparse.xlsx",
        workbook(row(1, cell("A1", "lat")) + row(1048576, cell("XFD1048576", "1"))),
        "a sheet spans",
    ),
    Hostile(
        "half.xlsx",
        workbook(row(1, cell("A1", "lat")) + row(3900, cell("NTP3900", "1"))),
        "a sheet spans",
    ),
    Hostile(
        "tall.xlsx",
        workbook(row(1, cell("B1", "lat")) + row(1048576, cell("A1048576", "1"))),
        "a sheet spans",
    ),
    Hostile("rows.xlsx", workbook(row(1, cell("A1", "lat")) + b"<row/>" * 3_000_000), None),
    Hostile("spaces.json.gz", packed(b" " * 1_000_000, 200), "empty"),
    Hostile("spaces-inside.json.gz", packed(b"[" + b" " * 1_000_000, 200), "longer than"),
    Hostile("spaces.csv.gz", packed(b"\n" * 1_000_000, 200), "empty"),
    Hostile(
        "tag.kml",
        data(b"<kml><Placemark a='", (b"x", 60_000_000)),
        "tag or comment of several megabytes",
    ),
    Hostile(
        "comment.gpx", data(b"<gpx><!--", (b"c", 60_000_000)), "tag or comment of several megabytes"
    ),
    Hostile("spaces.kml", data(b"<kml>", (b" ", 30_000_000), b"</kml>"), None),
    Hostile("spaces-end.json", data(b'[{"lat":27.5,"lon":-99.5}', (b" ", 30_000_000)), "cut off"),
    Hostile("rows.json", data(b"[", (b"1,", 8_000_000), b"1]"), "not one in a hundred"),
    Hostile("rows.csv", data(b"lat,lon,operator\n", (b"x,,\n", 4_000_000)), "not one in a hundred"),
    Hostile("rows.csv.gz", packed(b"lat,lon\n" + b"0,0\n" * 1_000_000, 30), "unpacks to more than"),
    Hostile("rows.parquet", bomb_parquet, "not one in a hundred|unpacks"),
    Hostile("cells.csv", data(b"lat,lon\n", (b",", 20_000_000)), "longer than"),
    Hostile("head.csv", data(b"lat,lon", (b",", 2_000_000), b"\n1,2\n"), "columns"),
    Hostile("cell.csv", data(b'lat,lon,note\n27.5,-99.5,"', (b"a", 20_000_000)), "longer than"),
    Hostile("record.json", data(b'[{"a":[', (b"[],", 6_000_000), b"[]]}]"), "longer than"),
    Hostile(
        "keys.json", data(b"[{", *(b'"k%d":1,' % i for i in range(100_000)), b'"z":1}]'), "fields"
    ),
    Hostile("digits.json", data(b'[{"lat":', (b"1", 5_000_000), b',"lon":1}]'), "digits"),
    # entities
    *(
        Hostile(f"{what}.{end}", data(doctype + body % name), "document type|entities")
        for what, doctype, name in (("laughs", LAUGHS, b"&j;"), ("passwd", XXE, b"&e;"))
        for end, body in (
            ("kml", KML % (b"<name>%s</name>" + POINT)),
            ("gpx", b"<gpx><wpt lat='27.5' lon='-99.5'><name>%s</name></wpt></gpx>"),
            ("osm", OSM % (READER + b"<tag k='note' v='%s'/>")),
        )
    ),
    Hostile("laughs.xlsx", workbook(row(1, cell("A1", "&j;")), doctype=LAUGHS), "document type"),
    # archives
    Hostile(
        "bomb.zip", zipped([("a.csv", b"lat,lon\n" + b"0" * 100_000_000)]), "unpacks to far more"
    ),
    Hostile(
        "bomb.kmz", zipped([("doc.kml", b"<kml>" + b" " * 100_000_000)]), "unpacks to far more"
    ),
    Hostile("bomb.xlsx", workbook(b" " * 100_000_000), "unpacks to far more"),
    Hostile("overlap.zip", overlapping_zip, "unpacked|unpacks"),
    Hostile("many.zip", zipped([(f"{i}.csv", b"") for i in range(2_500)]), "holds 2500 files"),
    Hostile("twice.kmz", zipped([("doc.kml", KML % POINT), ("DOC.KML", KML % POINT)]), "twice"),
    Hostile("nameless.zip", zipped([("", b"lat,lon\n27.5,-99.5\n")]), "unpacked"),
    Hostile("inside.zip", zipped([("a.zip", b"PK\x05\x06" + b"\0" * 18)]), "archive inside"),
    Hostile(
        "up.zip",
        zipped([(f"{w}/escaped.csv", b"lat,lon\n27.5,-99.5\n") for w in ("../..", "/etc")]),
        None,
    ),
    # PBF
    Hostile("head.osm.pbf", data(pbf(pbf_blob(b"OSMData", b"", header=0x7FFFFFFF))), "OSM data"),
    Hostile("size.osm.pbf", data(pbf(pbf_blob(b"OSMData", b"x", declared=2**40))), "OSM data"),
    Hostile(
        "raw.osm.pbf",
        data(pbf(pbf_blob(b"OSMData", b"\x10" + varint(2**31 - 1) + b"\x1a\1x"))),
        "OSM data",
    ),
    Hostile("bomb.osm.pbf", data(pbf_bomb()), "OSM data"),
    # values
    Hostile("nan.geojson", data(collection([feature(float("nan")), feature(float("inf"))])), None),
    Hostile("whole.json", data(b'[{"lat":27.5,"lon":', (b"9", 400), b"}]"), None),
    Hostile(
        "whole.geojson",
        data(
            b'[{"type":"Feature","geometry":{"type":"LineString","coordinates":[[',
            (b"9", 400),
            b",1],[1e308,1],[1e308,2],[1,2]]}}]",
        ),
        None,
    ),
    Hostile(
        "listed-id.json",
        data(b'{"elements":[{"type":"node","id":[],"lat":27.5,"lon":-99.5}]}'),
        None,
    ),
    Hostile(
        "huge.geojson", data(collection([feature(), feature()]).replace(b"-99.5", b"1e999")), None
    ),
    # bases, pictures, documents
    Hostile("view.gpkg", recursive_view, "without layers"),
    Hostile("generated.gpkg", poisoned_schema, "memory|cannot be read|readable"),
    Hostile("picture.png", picture_bomb, "pixels|position|photo"),
    Hostile("pages.pdf", pdf_bomb, "page 1 unpacks to"),
    Hostile(
        "circle.pdf",
        data(b"%PDF-1.4\n1 0 obj\n1 0 R\nendobj\ntrailer <</Root 1 0 R>>\n%%EOF"),
        "refers to itself",
    ),
)
