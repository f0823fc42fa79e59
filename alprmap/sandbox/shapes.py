"""Well-known binary becomes geometry: looked at as GEOS reads it, before GEOS does.

GEOS recurses into whatever a shape holds and ends the process on 200,000 collections in one
another, so nothing but `from_wkb` gives it bytes. It takes the type from the low 16 bits of the
code alone (`WKBReader.cpp`): a code that means a line to who looks at all 32 bits may be a curve
polygon to GEOS. So codes pass by a list, and every other is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from alprmap.errors import InputError

POINT, LINE, POLYGON, MULTI_POINT, MULTI_LINE, MULTI_POLYGON, COLLECTION = range(1, 8)
"""Codes of well-known binary (OGC 06-103r4, table 7)."""
LINES = frozenset({LINE, MULTI_LINE})
POLYGONS = frozenset({POLYGON, MULTI_POLYGON})
ALL = frozenset(range(POINT, COLLECTION + 1))
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000
"""Flags of the extended form of PostGIS; a thousand, two or three say the same in ISO's."""
_OTHER_BITS = 0xFFFFFFFF & ~(_Z | _M | _SRID | 0xFFFF)


def from_wkb(values: Any, kinds: frozenset[int] = ALL) -> NDArray[Any]:
    """Return the geometries of well-known binary, ISO's or the extended form; None stays None.

    Parameters
    ----------
    values
        Bytes or None, shape (n,).
    kinds
        Codes of the types that may be there.

    Raises
    ------
    InputError
        When a value is no bytes, a shape of another type, a collection in a collection, or broken.
    """
    shapes = np.array(values, dtype=object)
    shapes[_missing(shapes)] = None
    refuse(shapes, kinds)
    try:
        made: NDArray[Any] = shapely.from_wkb(shapes)
    except (shapely.GEOSException, TypeError, ValueError) as error:
        if "bad_alloc" in str(error):
            raise MemoryError from None
        raise _damaged() from None
    return made


def _missing(shapes: NDArray[Any]) -> NDArray[np.bool_]:
    return np.fromiter((s is None or s != s for s in shapes), dtype=bool, count=len(shapes))


def refuse(shapes: Iterable[bytes | None], kinds: frozenset[int] = ALL) -> None:
    """Refuse well-known binary that is of no type in `kinds`, or not what its type may hold.

    A point, a line and a polygon are known by their first five bytes; what may hold others is
    walked to its end.

    Raises
    ------
    InputError
        When a value is refused; see `from_wkb`.
    """
    known = [s for s in shapes if s is not None]
    if not all(isinstance(s, bytes) for s in known):
        raise _damaged()
    kind_of = {head: _kind(head, 0)[0] for head in {s[:5] for s in known}}
    if not kinds.issuperset(kind_of.values()):
        what = (
            "line"
            if kinds == LINES
            else "polygon"
            if kinds == POLYGONS
            else "point, line or polygon"
        )
        raise InputError(
            f"a shape is no {what}", fix=f"save the table with shapes of one {what} each"
        )
    if not any(kind >= MULTI_POINT for kind in kind_of.values()):
        return
    for shape in known:
        if kind_of[shape[:5]] >= MULTI_POINT and _end(shape, 0, kinds) != len(shape):
            raise _damaged()


def _damaged() -> InputError:
    return InputError(
        "a shape is damaged", fix="make the file again with the program it comes from"
    )


def _kind(shape: bytes, at: int) -> tuple[int, int, int, str]:
    """Return (code 1-7 or 0, bytes of a vertex, bytes of the head, byte order) of a shape within
    bytes.
    """
    order = {0: ">", 1: "<"}.get(shape[at]) if len(shape) >= at + 5 else None
    # any other first byte leaves GEOS with the order of the machine, or of the shape around it
    if order is None:
        return 0, 0, 0, "<"
    (code,) = struct.unpack_from(f"{order}I", shape, at + 1)
    thousands, kind = divmod(code & 0xFFFF, 1000)
    if code & _OTHER_BITS or thousands > 3 or kind not in ALL:
        return 0, 0, 0, order
    z = bool(code & _Z) or thousands in (1, 3)
    m = bool(code & _M) or thousands in (2, 3)
    return kind, 8 * (2 + z + m), 9 if code & _SRID else 5, order


def _end(shape: bytes, at: int, kinds: frozenset[int]) -> int:
    """Return where the shape that begins at `at` ends; -1 where it is not of `kinds`, nested or cut
    off.

    It calls itself twice at most: a collection holds no collection, what is multiple holds simple
    shapes."""
    kind, vertex, head, order = _kind(shape, at)
    if kind not in kinds:
        return -1
    at += head
    if kind == POINT:
        return at + vertex
    if at + 4 > len(shape):
        return -1
    (count,) = struct.unpack_from(f"{order}I", shape, at)
    at += 4
    if kind == LINE:
        return at + int(count) * vertex
    if kind == POLYGON:
        return _rings_end(shape, at, count, vertex, order)
    inner = ALL - {COLLECTION} if kind == COLLECTION else frozenset({kind - 3})
    for _ in range(count):
        at = _end(shape, at, inner)
        if not 0 < at <= len(shape):
            return -1
    return at


def _rings_end(shape: bytes, at: int, rings: int, vertex: int, order: str) -> int:
    for _ in range(rings):
        if at + 4 > len(shape):
            return -1
        (count,) = struct.unpack_from(f"{order}I", shape, at)
        at += 4 + int(count) * vertex
    return at


def from_lists(column: Any, kind: str) -> NDArray[Any]:
    """Return the geometries of a column of GeoArrow's lists (as the shipped borders are stored).

    Parameters
    ----------
    column
        A checked Arrow array of lists of x and y, none missing, shape (n,).
    kind
        The name of the encoding: linestring, polygon, multilinestring or multipolygon.

    Raises
    ------
    InputError
        When it is no such column.
    """
    types = {"linestring": 1, "polygon": 3, "multilinestring": 5, "multipolygon": 6}
    offsets: list[NDArray[Any]] = []
    try:
        while hasattr(column.type, "value_type"):
            starts = column.offsets.to_numpy()
            offsets.append(starts - starts[0])
            column = column.flatten()
        points = np.column_stack([column.field(axis).to_numpy() for axis in ("x", "y")])
        made: NDArray[Any] = shapely.from_ragged_array(
            shapely.GeometryType(types[kind]), points, tuple(reversed(offsets))
        )
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, shapely.GEOSException):
        raise _damaged() from None
    return made
