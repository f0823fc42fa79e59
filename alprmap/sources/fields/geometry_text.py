"""A geometry in a cell of a table: EWKT with its SRID, WKB in hexadecimal digits (PostGIS, CARTO,
DuckDB), GeoJSON as text."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from alprmap.errors import InputError
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.formats import systems, wkb

_HEX = re.compile(r"(?:\\\\?x|0x)?(?P<hex>0[01][0-9a-fA-F]{40,200000})")
_EWKT = re.compile(
    r"(?:SRID\s*=\s*(?P<srid>\d{1,6})\s*;)?\s*(?:MULTI)?POINT\s*(?:ZM|Z|M)?\s*\(+\s*"
    r"(?P<x>[+\-]?[\d.]+)(?:\s+|\s*,\s*)(?P<y>[+\-]?[\d.]+)(?:\s+[+\-]?[\d.]+){0,2}\s*\)+",
    re.IGNORECASE | re.ASCII,
)


@lru_cache(maxsize=65_536)
def read(text: str) -> tuple[float, float, str | None] | None:
    """Return (x, y, system or None for degrees) of a geometry in a cell, None when it is none.

    >>> read("SRID=3735;POINT (1828674.6608 714720.0063)")
    (1828674.6608, 714720.0063, 'EPSG:3735')
    >>> read("0101000020E610000075745C8DECBF54C08449F1F109FB4340")
    (-82.998813, 39.961241, None)
    >>> read("Main St") is None
    True
    """
    plain = text.strip()
    mark = plain[:1]
    if mark in "0\\" and (found := _HEX.fullmatch(plain)):
        return _binary(found["hex"])
    if mark in "sSpPmM" and (found := _EWKT.fullmatch(plain)):
        return _placed(found["x"], found["y"], found["srid"])
    if mark == "{" and '"coordinates"' in plain:
        return _json(plain)
    return None


_MULTI = re.compile(
    r"(?:SRID\s*=\s*(?P<srid>\d{1,6})\s*;)?\s*MULTIPOINT\s*(?:ZM|Z|M)?\s*\((?P<inner>[^a-z]*)\)",
    re.IGNORECASE | re.ASCII,
)


def several(text: str) -> list[tuple[float, float, str | None]]:
    """Return (x, y, system) of each point of a cell that holds more than one, else nothing.

    >>> several("MULTIPOINT ((-83.1 39.9), (-83.2 39.8))")
    [(-83.1, 39.9, None), (-83.2, 39.8, None)]
    >>> several("POINT (-83.1 39.9)")
    []
    """
    plain = text.strip()
    number: Any = None
    pairs: list[tuple[Any, Any]] = []
    if plain[:1] in ("0", "\\") and (found := _HEX.fullmatch(plain)) and len(found["hex"]) % 2 == 0:
        data = bytes.fromhex(found["hex"])
        number, pairs = wkb.srid(data), [(x, y) for x, y, _ in wkb.points(data)]
    elif found := _MULTI.fullmatch(plain):
        number = found["srid"]
        parts = [p.strip("() ").split() for p in found["inner"].split(",")]
        pairs = [(p[0], p[1]) for p in parts if len(p) > 1]
    elif plain[:1] == "{" and '"MultiPoint"' in plain:
        pairs = _pairs_of_json(plain)
    placed = [p for x, y in dict.fromkeys(pairs) if (p := _placed(x, y, number))]
    return placed if len(placed) > 1 else []


def _pairs_of_json(text: str) -> list[tuple[Any, Any]]:
    try:
        inner = json.loads(text).get("coordinates")
    except (ValueError, RecursionError, AttributeError):
        return []
    points = inner if isinstance(inner, list) else []
    return [(p[0], p[1]) for p in points if isinstance(p, list) and len(p) > 1]


def _binary(digits: str) -> tuple[float, float, str | None] | None:
    if len(digits) % 2:
        return None
    data = bytes.fromhex(digits)
    found = wkb.middle(data)
    return None if found is None else _placed(found[0], found[1], wkb.srid(data))


def _json(text: str) -> tuple[float, float, str | None] | None:
    try:
        shape = json.loads(text)
    except (ValueError, RecursionError):
        return None
    pair = shape.get("coordinates") if isinstance(shape, dict) else None
    if not isinstance(pair, list) or len(pair) < 2 or shape.get("type") != "Point":
        return None
    return _placed(pair[0], pair[1], None)


def _placed(x: Any, y: Any, srid: Any) -> tuple[float, float, str | None] | None:
    a, b = decimal(x), decimal(y)
    if a is None or b is None:
        return None
    try:
        return a, b, systems.numbered(int(srid)) if srid else None
    except InputError:
        return None
