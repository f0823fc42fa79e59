"""Shapes inside JSON as places: points stay points, other shapes give their middle."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.formats.placed import placed
from alprmap.sources.formats.rows import Row

_MAX_VERTICES = 100_000
_FARTHEST = 1e12
"""Beyond any coordinate in degrees or meters; sums of more could overflow."""


def in_degrees(place: Row, crs: str | None) -> Row:
    """Return a place brought from the system of its file to degrees."""
    x, y = decimal(place.get("$lon")), decimal(place.get("$lat"))
    if crs is None or x is None or y is None:
        return place
    return {**place, **placed((x, y, "Point"), crs)}


def esri_points(shape: Any) -> list[Row]:
    """Return the places of an Esri geometry: a point, the points of a multipoint, the middle of
    lines and rings."""
    if not isinstance(shape, dict):
        return []
    if "x" in shape:
        x, y = decimal(shape.get("x")), decimal(shape.get("y"))
        return [] if x is None or y is None else [place_of(x, y)]
    if isinstance(shape.get("points"), list):
        return points_of({"type": "MultiPoint", "coordinates": shape["points"]})
    for key, kind in (("paths", "line"), ("rings", "polygon")):
        if key in shape:
            return [middle_of(shape[key], kind)]
    return []


def points_of(geometry: dict[str, Any]) -> list[Row]:
    """Return the places of a GeoJSON geometry: each point of a MultiPoint or of a collection of
    points, the middle of anything else."""
    kind, inner = geometry.get("type"), geometry.get("coordinates")
    if kind == "GeometryCollection" and isinstance(parts := geometry.get("geometries"), list):
        points = [p for p in parts[:_MAX_VERTICES] if isinstance(p, dict)]
        if points and all(p.get("type") == "Point" for p in points):
            kind, inner = "MultiPoint", [p.get("coordinates") for p in points]
        elif len(alone := [p for p in points if p.get("type") == "Point"]) == 1:
            return [point_of(alone[0])]  # the rest is what its camera sees
        elif points:
            return [point_of(points[0]) | {"$shape": "GeometryCollection"}]
    if kind == "MultiPoint" and isinstance(inner, list):
        pairs = list(dict.fromkeys(itertools.islice(_pairs(inner), _MAX_VERTICES)))
        if pairs:
            return [place_of(x, y) for x, y in pairs]
    place = point_of({**geometry, "type": kind, "coordinates": inner})
    return [place] if place else []


def point_of(geometry: dict[str, Any]) -> Row:
    """Return ``$lon`` and ``$lat`` of a GeoJSON geometry: the point itself, or the middle of what
    is drawn."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Point" and isinstance(coordinates, list):
        lon, lat = (*coordinates[:2], None, None)[:2]
        return place_of(lon, lat) if coordinates else {}
    middle = middle_of(coordinates, str(kind))
    if not middle and coordinates not in (None, []):
        return {"$refuse": f"the geometry ({kind}) has no usable position"}
    return middle


def place_of(lon: Any, lat: Any) -> Row:
    """Return ``$lon`` and ``$lat`` as plain values; a list where a number should be is no
    number.
    """
    if lat is None and isinstance(lon, (list, dict)):
        return {"$lon": str(lon), "$lat": None}
    return {
        k: math.nan if isinstance(v, (list, dict)) else v for k, v in (("$lon", lon), ("$lat", lat))
    }


def location_cell(value: list[Any]) -> Row:
    """Return the place of a cell as Socrata writes one: [address, latitude, longitude, …].

    >>> location_cell(['{"city": "X"}', "38.83", "-104.82", None, False])
    {'$lon': -104.82, '$lat': 38.83}
    >>> location_cell([1, 2, 3])
    {}
    """
    if not 3 <= len(value) <= 5 or not (value[0] is None or isinstance(value[0], str)):
        return {}
    lat, lon = decimal(value[1]), decimal(value[2])
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return {}
    return (
        {}
        if any(v is not None and not isinstance(v, bool) for v in value[3:])
        else ({"$lon": lon, "$lat": lat})
    )


def middle_of(coordinates: Any, kind: str) -> Row:
    """Return ``$lon``, ``$lat`` as the mean of all vertices, an empty row where there are none."""
    pairs = list(itertools.islice(_pairs(coordinates), _MAX_VERTICES))
    if not pairs:
        return {}
    if len(pairs) > 1 and pairs[0] == pairs[-1]:
        pairs = pairs[:-1]  # a ring repeats its first vertex
    lon, lat = (math.fsum(p[i] for p in pairs) / len(pairs) for i in (0, 1))
    return {"$lon": lon, "$lat": lat, "$shape": kind}


def _pairs(coordinates: Any) -> Iterator[tuple[float, float]]:
    stack = [coordinates]
    while stack:
        item = stack.pop()
        if not isinstance(item, list):
            continue
        if len(item) >= 2 and all(
            isinstance(v, (int, float)) and not isinstance(v, bool) for v in item[:2]
        ):
            x, y = decimal(item[0]), decimal(item[1])
            if x is not None and y is not None and max(abs(x), abs(y)) < _FARTHEST:
                yield x, y
        else:
            stack.extend(reversed(item))
