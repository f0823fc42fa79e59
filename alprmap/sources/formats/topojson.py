"""TopoJSON as features: its points are numbers of steps of a grid, or degrees as they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alprmap.sources.fields.numbers import parse_decimal as decimal

_DEEPEST = 8
"""Collections within collections that are gone into."""


def features(topology: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a GeoJSON feature for each geometry; lines and areas, whose arcs are shared, are none
    of a camera and have no geometry.

    >>> grid = {"scale": [0.1, 0.1], "translate": [-83, 39]}
    >>> point = {"type": "Point", "coordinates": [5, 2], "properties": {"direction": 90}}
    >>> found = features({"transform": grid, "objects": {"cams": point}})
    >>> next(found)["geometry"]
    {'type': 'Point', 'coordinates': [-82.5, 39.2]}
    """
    layers = topology.get("objects")
    for layer in layers.values() if isinstance(layers, dict) else ():
        yield from _features(layer, topology.get("transform"), 0)


def _features(shape: Any, grid: Any, depth: int) -> Iterator[dict[str, Any]]:
    if not isinstance(shape, dict) or depth > _DEEPEST:
        return
    inner = shape.get("geometries")
    if isinstance(inner, list):
        for one in inner:
            yield from _features(one, grid, depth + 1)
        return
    kind, at = shape.get("type"), shape.get("coordinates")
    geometry = None
    if kind == "Point":
        geometry = {"type": kind, "coordinates": _placed(at, grid)}
    elif kind == "MultiPoint" and isinstance(at, list):
        geometry = {"type": kind, "coordinates": [_placed(p, grid) for p in at]}
    rest = {k: shape[k] for k in ("id", "properties") if k in shape}
    yield {"type": "Feature", **rest, "geometry": geometry}


def _placed(pair: Any, grid: Any) -> list[Any]:
    """Return x and y of a position; steps of the grid are counted from its corner."""
    numbers = [decimal(v) for v in pair[:2]] if isinstance(pair, list) else []
    if not isinstance(grid, dict):
        return list(numbers)
    steps, corner = (grid.get(k) for k in ("scale", "translate"))
    if not (isinstance(steps, list) and isinstance(corner, list) and len(numbers) == 2):
        return []
    told = [(n, decimal(s), decimal(c)) for n, s, c in zip(numbers, steps, corner, strict=False)]
    return [
        round(n * s + c, 9) if n is not None and s is not None and c is not None else None
        for n, s, c in told
    ]
