"""Polygons of a GeoJSON a user hands in (an area, towns): parsed, repaired and joined in the child
process.

GDAL would follow links such a file may hold, GEOS ends the process on collections nested in
collections, and a polygon of many rings that cross one another takes it all memory there is. What
comes back is looked at before GEOS sees it, and is a valid polygon or nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from alprmap.errors import InputError, reason
from alprmap.sandbox import (
    POLYGONS,
    Limits,
    Message,
    ask,
    from_wkb,
    gather,
    json_of,
    messages,
    out_of_step,
    regular_file,
)
from alprmap.text import clean

ROOM = "alprmap.geography.polygons"
MOST_BYTES = 64 * 1024**2
"""All counties of the United States at full detail have some 30 MB."""
LIMITS = Limits(spare_bytes=256 * 1024**2, per_byte=30)
"""A vertex takes some 24 bytes of text, and 170 as the lists and numbers of Python."""
KINDS = ("Polygon", "MultiPolygon")

Found = list[tuple[shapely.Geometry | None, dict[str, Any]]]


def read_polygons(path: str | os.PathLike[str]) -> Found:
    """Return (shape, properties) of each feature of a GeoJSON file.

    A polygon that crosses itself is repaired; the shape is None where it is no polygon, or nothing
    is left of it.

    Raises
    ------
    InputError
        When it is no readable GeoJSON, or its polygons take more time or memory than they should.
    """
    return _ask(path, "each")


def union(path: str | os.PathLike[str]) -> shapely.Geometry:
    """Return the polygons of a GeoJSON file as one, as they are; empty when there is none.

    Raises
    ------
    InputError
        When it is no readable GeoJSON, a polygon is not valid, or they take more than they should.
    """
    return _ask(path, "union")[0][0] or shapely.Polygon()


def _ask(path: str | os.PathLike[str], what: str) -> Found:
    local = regular_file(path, most_bytes=MOST_BYTES)
    size = local.stat().st_size
    job = {"what": what, "path": str(local.resolve())}
    said = ask(ROOM, job, where=local, size=size, limits=LIMITS, smaller="simplify its polygons")
    table, _ = gather(said, local, size)
    try:
        return [
            _sound(shape, text)
            for shape, text in zip(*(table[c].to_pylist() for c in _COLUMNS), strict=True)
        ]
    except (InputError, ValueError, TypeError, KeyError, RecursionError):
        raise out_of_step(local) from None


def _sound(shape: bytes | None, text: str) -> tuple[shapely.Geometry | None, dict[str, Any]]:
    """Return one feature that the child said, checked."""
    properties = json.loads(text)
    if not isinstance(properties, dict):
        raise TypeError("no properties")
    known = {clean(k)[0]: clean(v)[0] if isinstance(v, str) else v for k, v in properties.items()}
    if shape is None:
        return None, known
    made: shapely.Geometry = from_wkb([shape], POLYGONS)[0]
    # GEOS stops where the shape ends and says nothing of what follows
    if not made.is_valid or len(shapely.to_wkb(made)) != len(shape):
        raise ValueError("no valid polygon")
    return made, known


_COLUMNS = ("shape", "properties")


def load(job: dict[str, Any]) -> None:
    """Nothing more to import."""


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say the polygons of a file (in the child process)."""
    data = json_of(Path(job["path"]), most_bytes=MOST_BYTES)
    try:
        features = data["features"] if data.get("type") == "FeatureCollection" else [data]
        found = [(_shape(f.get("geometry", f)), _properties(f)) for f in features]
    except (
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        RecursionError,
        shapely.GEOSException,
    ) as error:
        raise InputError(
            f"not a readable GeoJSON of polygons ({reason(error)})",
            fix="write a Polygon or a FeatureCollection of polygons in degrees",
        ) from None
    del data
    for row, (shape, _) in enumerate(found, start=1):
        if shape is not None and not _in_degrees(shape):
            raise InputError(
                "a polygon is not in degrees", row=row, fix="save it in longitude and latitude"
            )
    if job["what"] == "union":
        found = [(_union([s for s, _ in found if s is not None]), {})]
    else:
        found = [(None if s is None else _repaired(s), p) for s, p in found]
    shapes = [
        None if s is None or s.is_empty else shapely.to_wkb(s, byte_order=1, output_dimension=2)
        for s, _ in found
    ]
    texts = [json.dumps(p) for _, p in found]
    columns = {
        "shape": pa.array(shapes, pa.large_binary()),
        "properties": pa.array(texts, pa.large_string()),
    }
    yield from messages([pa.table(columns)])


def _union(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    for shape in shapes:
        if not shape.is_valid:
            raise InputError(
                f"a polygon is not valid: {shapely.is_valid_reason(shape)}", fix="repair it first"
            )
    return shapely.union_all(shapes)


def _in_degrees(shape: shapely.Geometry) -> bool:
    """Tell whether a shape may be measured; one across the 180th meridian may count on past it."""
    west, south, east, north = shape.bounds
    return bool(shape.is_empty or (west >= -360 and east <= 360 and south >= -90 and north <= 90))


def _repaired(shape: shapely.Geometry) -> shapely.Geometry:
    if shape.is_valid:
        return shape
    try:
        parts = shapely.get_parts(shapely.make_valid(shape))
    except shapely.GEOSException as error:
        if "bad_alloc" in str(error):
            raise MemoryError from None
        raise
    # a line or a point that is left over has no inside
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _shape(geometry: Any) -> shapely.Geometry | None:
    if geometry is None or geometry.get("type") not in KINDS:
        return None
    plain = {"type": geometry["type"], "coordinates": geometry["coordinates"]}
    return shapely.from_geojson(json.dumps(plain))


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}
