"""Well-known binary, walked without recursion: the middle of any geometry, within caps.

GEOS is not used here: 200,000 nested GeometryCollections end the process inside it.
"""

from __future__ import annotations

import math
import struct

_POINT, _LINE, _POLYGON, _MULTI_FIRST, _COLLECTION = 1, 2, 3, 4, 7
_EXTRA = {0: 0, 1: 1, 2: 1, 3: 2}
_MAX_PARTS = 100_000
NAMES = (
    "",
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


def middle(data: bytes) -> tuple[float, float, str] | None:
    """Return (x, y, kind) of a geometry: the point, or the mean of the vertices; None when it is
    empty or broken.

    Takes ISO WKB (Z, M, ZM) and the extended form of PostGIS with its flags and SRID.

    >>> middle(bytes.fromhex("0101000000000000000000F03F0000000000000040"))
    (1.0, 2.0, 'Point')
    """
    try:
        return _walk(data)
    except (struct.error, IndexError, ValueError):
        return None


def points(data: bytes) -> list[tuple[float, float, str]]:
    """Return the places of a geometry: each point of a MultiPoint, else its middle.

    >>> points(bytes.fromhex("0101000000000000000000F03F0000000000000040"))
    [(1.0, 2.0, 'Point')]
    """
    found = middle(data)
    if found is None:
        return []
    if found[2] != "MultiPoint":
        return [found]
    xs: list[float] = []
    ys: list[float] = []
    _walk(data, xs, ys)
    return [(x, y, "Point") for x, y in dict.fromkeys(zip(xs, ys, strict=True))]


def srid(data: bytes) -> int | None:
    """Return the number of the system that the extended form of PostGIS carries, else None."""
    if len(data) < 9:
        return None
    order = "<" if data[0] == 1 else ">"
    (code,) = struct.unpack_from(f"{order}I", data, 1)
    if not code & 0x20000000:
        return None
    (number,) = struct.unpack_from(f"{order}I", data, 5)
    return int(number) or None


def _walk(
    data: bytes, xs: list[float] | None = None, ys: list[float] | None = None
) -> tuple[float, float, str] | None:
    at, todo, count = 0, 1, 0
    xs = [] if xs is None else xs
    ys = [] if ys is None else ys
    first_kind = 0
    while todo:
        todo -= 1
        count += 1
        if count > _MAX_PARTS:
            return None
        order = "<" if data[at] == 1 else ">"
        (code,) = struct.unpack_from(f"{order}I", data, at + 1)
        at += 5
        extra = bool(code & 0x80000000) + bool(code & 0x40000000)
        if code & 0x20000000:
            at += 4  # SRID
        code &= 0x0FFFFFFF
        kind, extra = code % 1000, extra + _EXTRA[(code // 1000) % 4]
        first_kind = first_kind or kind
        step = 8 * (2 + extra)
        if kind == _POINT:
            at = _take(data, at, order, step, 1, xs, ys)
        elif kind == _LINE:
            (number,) = struct.unpack_from(f"{order}I", data, at)
            at = _take(data, at + 4, order, step, number, xs, ys)
        elif kind == _POLYGON:
            (rings,) = struct.unpack_from(f"{order}I", data, at)
            at += 4
            for ring in range(rings):
                (number,) = struct.unpack_from(f"{order}I", data, at)
                # the last vertex of a ring repeats the first; inner rings do not move the middle
                at = _take(
                    data,
                    at + 4,
                    order,
                    step,
                    number,
                    xs if ring == 0 else [],
                    ys if ring == 0 else [],
                    1,
                )
        elif _MULTI_FIRST <= kind <= _COLLECTION:
            (parts,) = struct.unpack_from(f"{order}I", data, at)
            at += 4
            todo += parts
        else:
            return None
    if not xs:
        return None
    return math.fsum(xs) / len(xs), math.fsum(ys) / len(ys), NAMES[first_kind]


def _take(
    data: bytes,
    at: int,
    order: str,
    step: int,
    number: int,
    xs: list[float],
    ys: list[float],
    drop: int = 0,
) -> int:
    end = at + number * step
    if end > len(data):
        raise ValueError("cut off")
    for place in range(at, end - drop * step, step):
        x, y = struct.unpack_from(f"{order}2d", data, place)
        if math.isfinite(x) and math.isfinite(y):
            xs.append(x)
            ys.append(y)
    return end
