"""Positions in the system their file names, and in the shapes that programs write (S3)."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from pyproj import Transformer

from alprmap import sources
from alprmap.errors import InputError
from alprmap.sources.formats import systems

PLACES = [(-82.998813, 39.961241), (-83.012134, 39.973412), (-83.043312, 39.942156)]


def in_system(crs: str) -> list[tuple[float, float]]:
    there = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return [there.transform(*p) for p in PLACES]


def read(tmp_path: Path, content: Any, name: str) -> sources.Read:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return sources.read(path)


def near(found: sources.Read) -> None:
    assert found.reports["lon"].tolist() == pytest.approx([p[0] for p in PLACES], abs=2e-5)
    assert found.reports["lat"].tolist() == pytest.approx([p[1] for p in PLACES], abs=2e-5)


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("urn:ogc:def:crs:EPSG::26917", "EPSG:26917"),
        ("EPSG:3735", "EPSG:3735"),
        ("urn:ogc:def:crs:EPSG:6.18:3:3857", "EPSG:3857"),
        ("EPSG:900913", "EPSG:3857"),
        ("http://www.opengis.net/def/crs/EPSG/0/2958", "EPSG:2958"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("ESRI:102723", "ESRI:102723"),
    ],
)
@pytest.mark.parametrize("behind", [False, True])
def test_S3_geojson_with_a_crs_member(tmp_path: Path, name: str, crs: str, behind: bool) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"device": "ALPR"},
            "geometry": {"type": "Point", "coordinates": p},
        }
        for p in in_system(crs)
    ]
    member = {"crs": {"type": "name", "properties": {"name": name}}}
    content = {"type": "FeatureCollection", **({} if behind else member), "features": features}
    near(read(tmp_path, {**content, **member}, "layer.geojson"))


@pytest.mark.parametrize(
    ("reference", "crs"),
    [
        ({"wkid": 102100, "latestWkid": 3857}, "EPSG:3857"),
        ({"wkid": 102723, "latestWkid": 3735}, "EPSG:3735"),
        ({"wkid": 102723}, "ESRI:102723"),
        ({"wkid": 4326}, "EPSG:4326"),
        ({"wkid": 26917}, "EPSG:26917"),
    ],
    ids=str,
)
def test_S3_esri_json_by_its_spatial_reference(tmp_path: Path, reference: Any, crs: str) -> None:
    features = [
        {"attributes": {"OBJECTID": i, "Install_Date": 1709337600000}, "geometry": {"x": x, "y": y}}
        for i, (x, y) in enumerate(in_system(crs), 1)
    ]
    found = read(tmp_path, {"spatialReference": reference, "features": features}, "layer.json")
    near(found)
    assert set(found.reports["first_seen"]) == {"2024-03-02"}


def test_S3_a_system_nobody_knows_is_refused(tmp_path: Path) -> None:
    content = {"spatialReference": {"wkid": 999_999}, "features": [{"attributes": {"a": 1}}]}
    with pytest.raises(InputError, match="coordinate system that alprmap does not know"):
        read(tmp_path, content, "layer.json")
    assert systems.named("EPSG:4326") is None


def _ewkb(x: float, y: float, srid: int, order: str = "<") -> str:
    code = 0x20000001 if srid else 1
    head = struct.pack(f"{order}BI", 1 if order == "<" else 0, code)
    return (
        head + (struct.pack(f"{order}I", srid) if srid else b"") + struct.pack(f"{order}2d", x, y)
    ).hex()


@pytest.mark.parametrize(
    ("write", "crs"),
    [
        (lambda x, y: _ewkb(x, y, 4326).upper(), "EPSG:4326"),
        (lambda x, y: _ewkb(x, y, 0, ">"), "EPSG:4326"),
        (lambda x, y: r"\x" + _ewkb(x, y, 3735), "EPSG:3735"),
        (lambda x, y: f"SRID=3735;POINT ({x} {y})", "EPSG:3735"),
        (lambda x, y: f"POINT Z ({x} {y} 0)", "EPSG:4326"),
        (lambda x, y: f"MULTIPOINT (({x} {y}))", "EPSG:4326"),
        (lambda x, y: f'"{{""type"":""Point"",""coordinates"":[{x},{y}]}}"', "EPSG:4326"),
    ],
)
def test_S3_a_geometry_in_a_cell(tmp_path: Path, write: Any, crs: str) -> None:
    lines = [f"{i},{write(x, y)}" for i, (x, y) in enumerate(in_system(crs), 1)]
    near(read(tmp_path, "\n".join(["id,the_geom", *lines]) + "\n", "dump.csv"))


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/maps/place/x/@40.5,-82.1,17z/data=!3m1!4b1!8m2!3d{lat}!4d{lon}!16s",
        "http://maps.google.com/?q={lat},{lon}",
        "https://www.google.com/maps/@{lat},{lon},17z",
        "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=18/{lat}/{lon}",
    ],
)
def test_S3_a_map_link_is_its_pin(tmp_path: Path, link: str) -> None:
    lines = [f'{i},"{link.format(lon=x, lat=y)}"' for i, (x, y) in enumerate(PLACES, 1)]
    near(read(tmp_path, "\n".join(["id,Google Maps URL", *lines]) + "\n", "pins.csv"))


@pytest.mark.parametrize(
    "record",
    [
        lambda x, y: {"location": {"type": "Point", "coordinates": [x, y]}},
        lambda x, y: {"location": {"latitude": str(y), "longitude": str(x)}},
        lambda x, y: {"geo": {"position": {"lat": y, "lng": x}}},
        lambda x, y: {"latitudeE7": round(y * 1e7), "longitudeE7": round(x * 1e7)},
        lambda x, y: {
            "placeLocation": {"latitudeE7": round(y * 1e7), "longitudeE7": round(x * 1e7)}
        },
        lambda x, y: {"lat": 0, "lon": 0, "x": x, "y": y},
        lambda x, y: {"lat": 0, "lon": 0, "google_maps_url": f"http://maps.google.com/?q={y},{x}"},
    ],
)
def test_S3_a_position_anywhere_in_the_record(tmp_path: Path, record: Any) -> None:
    near(
        read(
            tmp_path, [{"site": f"Site {i}", **record(*p)} for i, p in enumerate(PLACES)], "a.json"
        )
    )


@pytest.mark.parametrize("kind", ["MultiPoint", "GeometryCollection"])
def test_S3_points_folded_into_one_geometry_are_cameras_each(tmp_path: Path, kind: str) -> None:
    shape: dict[str, Any] = {"type": kind, "coordinates": PLACES}
    if kind == "GeometryCollection":
        shape = {"type": kind, "geometries": [{"type": "Point", "coordinates": p} for p in PLACES]}
    feature = {"type": "Feature", "properties": {"device": "ALPR"}, "geometry": shape}
    found = read(tmp_path, {"type": "FeatureCollection", "features": [feature]}, "a.geojson")
    near(found)
    assert found.reports["report_id"].is_unique


def test_S3_geoarrow_points(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    x, y = zip(*in_system("EPSG:26917"), strict=True)
    points = pa.StructArray.from_arrays([pa.array(x), pa.array(y)], ["x", "y"])
    meta = {
        "ARROW:extension:name": "geoarrow.point",
        "ARROW:extension:metadata": json.dumps({"crs": "EPSG:26917"}),
    }
    schema = pa.schema([pa.field("where", points.type, metadata=meta), ("device", pa.string())])
    table = pa.table([points, ["ALPR"] * 3], schema=schema)
    pq.write_table(table, tmp_path / "a.parquet")
    near(sources.read(tmp_path / "a.parquet"))
