"""Polygons of a GeoJSON a user hands in (an area, towns): plain JSON, and nothing but polygons reaches GEOS.

GDAL would follow links such a file may hold, and GEOS ends the process on collections nested in collections.
"""

from __future__ import annotations

import json
import os
from typing import Any

import shapely

from alprmap import files
from alprmap.errors import InputError
from alprmap.text import clean

MOST_BYTES = 64 * 1024**2
"""All counties of the United States at full detail have some 30 MB."""
KINDS = ("Polygon", "MultiPolygon")


def read(path: str | os.PathLike[str]) -> list[tuple[shapely.Geometry | None, dict[str, Any]]]:
    """Return (shape, properties) of each feature of a GeoJSON file; the shape is None where it is no polygon.

    Raises
    ------
    InputError
        When it is no readable GeoJSON.
    """
    data = files.json_of(path, most_bytes=MOST_BYTES)
    try:
        features = data["features"] if data.get("type") == "FeatureCollection" else [data]
        return [(_shape(f.get("geometry", f)), _properties(f)) for f in features]
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError, shapely.GEOSException) as error:
        raise InputError(f"not a readable GeoJSON of polygons ({type(error).__name__})", where=path) from None


def _shape(geometry: Any) -> shapely.Geometry | None:
    if geometry is None or geometry.get("type") not in KINDS:
        return None
    plain = {"type": geometry["type"], "coordinates": geometry["coordinates"]}
    return shapely.from_geojson(json.dumps(plain))


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    known = properties if isinstance(properties, dict) else {}
    return {k: clean(v)[0] if isinstance(v, str) else v for k, v in known.items()}
