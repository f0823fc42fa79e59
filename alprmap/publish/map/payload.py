"""Tables as a compact columnar payload: delta-coded integers in base64, words in dictionaries.

A page carries its data once, as ASCII-only JSON (docs/method/publish.md, P1 to P6). A column is
written as the kind that takes the fewest characters; the reader in the page
(``assets/js/decode.js``) makes typed arrays of it again.

P1 ``const``: one value for all rows. P2 ``int``: number x scale, rounded, differences between
neighboring rows, zigzag, base-128 varints, base64; run lengths of the differences where shorter.
P3 ``dict``: words or numbers by falling frequency, indices as varints (0 is missing), run lengths
where shorter. P4 ``id``: text that is a prefix and a number (``node/123``), and ``b32``: a prefix
and base-32 letters of fixed width, five bits each. P5 ``text``: the strings as they are; ``ends``:
the beginnings of texts whose ends another table of the page holds. P6 shapes: vertices as
differences in whole units, one run per part."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from alprmap.errors import InputError

SHAPE_SCALE = 100_000
"""Units per degree of line and polygon vertices: 1.1 m, below a pixel at zoom 17."""
POINT_SCALE = 1_000_000
"""Units per degree of points: the six decimals that our files keep."""
_MAX_INT = 2**53
"""Largest whole number a JavaScript number holds exactly (ECMA-262, Number.MAX_SAFE_INTEGER + 1).
"""
_DECIMAL = re.compile(r"(.*?)(0|[1-9][0-9]{0,14})\Z", re.DOTALL)
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
"""Base 32 as RFC 4648 has it, lower case."""
_MAX_PREFIXES = 40

Column = dict[str, Any]
IntArray = NDArray[np.int64]


def dumps(value: Any) -> str:
    """Return `value` as ASCII-only JSON that cannot end or open an element: ``<``, ``>`` and ``&``
    are escaped.

    >>> dumps({"a": "</script>&"})
    '{"a":"\\\\u003c/script\\\\u003e\\\\u0026"}'
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def varints(values: ArrayLike) -> bytes:
    """Return non-negative whole numbers as little-endian base-128 varints, one after the other.

    >>> varints([1, 300]).hex()
    '01ac02'
    """
    rest = np.asarray(values, dtype=np.uint64)
    if not len(rest):
        return b""
    sizes = np.ones(len(rest), dtype=np.int64)
    for bits in range(7, 64, 7):
        sizes += rest >= np.uint64(1 << bits)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    out = np.zeros(int(sizes.sum()), dtype=np.uint8)
    for step in range(int(sizes.max())):
        live = sizes > step
        more = np.where(sizes[live] > step + 1, 0x80, 0).astype(np.uint8)
        part = (rest[live] >> np.uint64(7 * step)) & np.uint64(0x7F)
        out[starts[live] + step] = part.astype(np.uint8) | more
    return out.tobytes()


def zigzag(values: ArrayLike) -> NDArray[np.uint64]:
    """Return signed whole numbers as non-negative ones: 0, -1, 1, -2 become 0, 1, 2, 3."""
    v = np.asarray(values, dtype=np.int64)
    return ((v << 1) ^ (v >> 63)).astype(np.uint64)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _signed(values: IntArray) -> str:
    return _b64(varints(zigzag(np.diff(values, prepend=np.int64(0)))))


def numbers(values: ArrayLike, *, scale: float = 1.0) -> Column:
    """Encode numbers rounded to 1/`scale` (P1, P2); NaN is missing and stays missing.

    Raises
    ------
    InputError
        When a value is infinite or too large to be held exactly in the page.
    """
    real = np.asarray(values, dtype=np.float64)
    missing = np.isnan(real)
    if missing.all():
        return {"k": "const", "v": None}
    scaled = np.round(np.where(missing, 0.0, real) * scale)
    if not (np.abs(scaled) < _MAX_INT).all():
        raise InputError("a number is too large for the page", fix="check the units of the table")
    whole = scaled.astype(np.int64)
    if not missing.any() and (whole == whole[0]).all():
        return {"k": "const", "v": float(whole[0] / scale)}
    coded = _few_numbers(whole, missing, scale)
    if missing.any():
        # a missing row repeats the row before it, which costs one byte, and is listed by run
        # lengths
        last = np.maximum.accumulate(np.where(missing, 0, np.arange(len(whole))))
        whole = whole[last]
    steps = zigzag(np.diff(whole, prepend=np.int64(0))).astype(np.int64)
    plain, packed = varints(steps), varints(_pairs(steps))
    column: Column = {"k": "int", "d": _b64(min(plain, packed, key=len))}
    if len(packed) < len(plain):
        column["r"] = 1
    if scale != 1:
        column["s"] = scale
    if missing.any():
        column["m"] = _b64(varints(_runs(missing)))
    return column if coded is None or len(dumps(column)) <= len(dumps(coded)) else coded


def _few_numbers(whole: IntArray, missing: NDArray[np.bool_], scale: float) -> Column | None:
    """Return the column as a dictionary of its values, None when there are too many for that to
    pay."""
    values, codes, counts = np.unique(whole[~missing], return_inverse=True, return_counts=True)
    if len(values) > max(64, len(whole) // 20):
        return None
    order = np.lexsort((values, -counts))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(1, len(order) + 1)
    full = np.zeros(len(whole), dtype=np.int64)
    full[~missing] = place[codes]
    real = values[order] / scale
    return _coded("num", [int(v) if v == int(v) else float(v) for v in real], full)


def _coded(kind: str, words: list[Any], codes: IntArray) -> Column:
    plain, packed = varints(codes), varints(_pairs(codes))
    if len(packed) < len(plain):
        return {"k": kind, "w": words, "d": _b64(packed), "r": 1}
    return {"k": kind, "w": words, "d": _b64(plain)}


def _runs(flags: NDArray[np.bool_]) -> IntArray:
    """Return run lengths of alternating False and True, False first."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8))) + 1
    bounds = np.concatenate([[0], edges, [len(flags)]])
    lengths = np.diff(bounds)
    return np.concatenate([[0], lengths]) if len(flags) and flags[0] else lengths


def words(values: pd.Series) -> Column:
    """Encode text (P1, P3, P4, P5); a missing value stays missing."""
    text = values.astype("object").where(values.notna(), None).tolist()
    clean = [None if v is None else str(v) for v in text]
    known = [v for v in clean if v is not None]
    if not known:
        return {"k": "const", "v": None}
    counts = pd.Series(known, dtype="object").value_counts()
    if len(known) == len(clean) and len(counts) == 1:
        return {"k": "const", "v": clean[0]}
    if len(counts) > max(64, len(clean) // 3):
        return _ids(clean) or {"k": "text", "v": clean}
    # frequency first, then the alphabet, so that the order never depends on the input's order
    order = sorted(counts.index, key=lambda w: (-int(counts[w]), w))
    index = {w: i + 1 for i, w in enumerate(order)}
    codes = np.array([0 if v is None else index[v] for v in clean], dtype=np.int64)
    return _coded("dict", order, codes)


def endings(plain: Column, values: pd.Series, ends: pd.Series, column: str) -> Column:
    """Encode text that ends as another column of the page does (P5); the shorter of both ways.

    Parameters
    ----------
    plain
        The text as `words` encodes it.
    values
        The text, by row of its own table.
    ends
        What the camera of each row says in `column` of the cameras; a row whose text does not end
        in it, and one of a camera that says nothing, stands in full.
    column
        Name of that column in the table of cameras.

    >>> ids = pd.Series(["a:n/1"] * 99)
    >>> endings(words(ids), ids, pd.Series(["n/1"] * 99), "record")["k"]
    'const'
    """
    begins: list[str | None] = []
    others: list[str | None] = []
    for value, end in zip(values.tolist(), ends.tolist(), strict=True):
        fits = isinstance(value, str) and isinstance(end, str) and end and value.endswith(end)
        begins.append(value[: -len(end)] if fits else None)
        others.append(None if fits else value)
    head, rest = (words(pd.Series(v, dtype="object")) for v in (begins, others))
    coded: Column = {"k": "ends", "of": column, "b": head, "o": rest}
    return coded if len(dumps(coded)) < len(dumps(plain)) else plain


def _ids(values: list[str | None]) -> Column | None:
    """Return text that is a prefix and a number, or a prefix and base-32 letters; None when it is
    neither."""
    if any(v is None for v in values):
        return None
    known = [v for v in values if v is not None]
    found = [_DECIMAL.match(v) for v in known]
    parts = [(f[1], f[2]) for f in found if f is not None]
    prefixes = sorted({p[0] for p in parts})
    if len(parts) == len(known) and len(prefixes) <= _MAX_PREFIXES:
        at = {p: i for i, p in enumerate(prefixes)}
        which = np.array([at[p[0]] for p in parts], dtype=np.int64)
        whole = np.array([int(p[1]) for p in parts], dtype=np.int64)
        return {"k": "id", "p": prefixes, "i": _b64(varints(_pairs(which))), "d": _signed(whole)}
    return _letters(known)


def _letters(values: list[str]) -> Column | None:
    cut = values[0].rfind("-") + 1
    prefix, width = values[0][:cut], len(values[0]) - cut
    if not 6 <= width <= 52 or not all(
        len(v) == cut + width and v.startswith(prefix) for v in values
    ):
        return None
    letters = "".join(v[cut:] for v in values)
    if not set(letters) <= set(_LETTERS):
        return None
    table = np.full(128, 0, dtype=np.uint8)
    table[[ord(c) for c in _LETTERS]] = np.arange(32)
    codes = table[np.frombuffer(letters.encode("ascii"), dtype=np.uint8)]
    bits = np.unpackbits(codes[:, None], axis=1)[:, 3:]
    return {"k": "b32", "p": prefix, "n": width, "d": _b64(np.packbits(bits.ravel()).tobytes())}


def _pairs(codes: IntArray) -> IntArray:
    edges = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1])
    return np.stack([codes[edges], np.diff(np.concatenate([edges, [len(codes)]]))], axis=1).ravel()


def payload_table(columns: dict[str, Column], n: int) -> dict[str, Any]:
    """Return encoded columns as one table of `n` rows."""
    return {"n": n, "c": columns}


def payload_frame(data: pd.DataFrame, *, scales: dict[str, float] | None = None) -> dict[str, Any]:
    """Encode every column of `data` but its geometry; `scales` gives units per whole number for
    some columns."""
    scales = scales or {}
    columns: dict[str, Column] = {}
    for name in data.columns:
        values = data[name]
        if str(values.dtype) == "geometry":
            continue
        if values.dtype.kind in "iuf" and values.dtype != object:
            columns[str(name)] = numbers(
                values.to_numpy(dtype=np.float64), scale=scales.get(str(name), 1.0)
            )
        elif values.dtype.kind == "b":
            columns[str(name)] = numbers(values.to_numpy(dtype=np.float64))
        else:
            columns[str(name)] = words(values)
    return payload_table(columns, len(data))


def payload_shapes(geometries: ArrayLike, *, scale: int = SHAPE_SCALE) -> dict[str, Any]:
    """Encode lines or polygons as parts (P6): the owner row, the number of vertices, the vertices.

    Polygons become their rings (the page fills them by the even-odd rule); empty shapes have no
    part."""
    array = np.asarray(geometries, dtype=object)
    if shapely.get_dimensions(array[~shapely.is_empty(array)]).max(initial=0) == 2:
        parts, owner = shapely.get_parts(array, return_index=True)
        rings, index = shapely.get_rings(parts, return_index=True)
        lines, rows = rings, owner[index]
    else:
        lines, rows = shapely.get_parts(array, return_index=True)
    keep = ~(shapely.is_empty(lines) | shapely.is_missing(lines))
    lines, rows = lines[keep], rows[keep]
    xy, part = shapely.get_coordinates(lines, return_index=True)
    whole = np.round(xy * scale).astype(np.int64)
    # vertices that fall on the one before them carry nothing
    same = np.zeros(len(whole), dtype=bool)
    same[1:] = (whole[1:] == whole[:-1]).all(axis=1) & (part[1:] == part[:-1])
    whole, part = whole[~same], part[~same]
    sizes = np.bincount(part, minlength=len(lines)).astype(np.int64)
    deltas = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return {
        "s": scale,
        "n": len(lines),
        "o": _signed(rows.astype(np.int64)),
        "z": _b64(varints(sizes)),
        "d": _b64(varints(zigzag(deltas.ravel()))),
    }


def spatial_order(lon: ArrayLike, lat: ArrayLike) -> IntArray:
    """Return the order of points along a Hilbert curve (stable; points without a position come
    last).

    Neighbors in space become neighbors in the table, which is what makes the differences small.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    key = np.full(len(x), np.iinfo(np.int64).max)
    if known.any():
        west, south = x[known].min(), y[known].min()
        span = max(x[known].max() - west, y[known].max() - south, 1e-9)
        key[known] = _hilbert((x[known] - west) / span, (y[known] - south) / span)
    return np.argsort(key, kind="stable")


def _hilbert(x: NDArray[np.float64], y: NDArray[np.float64], bits: int = 20) -> IntArray:
    """Return positions along the Hilbert curve of order `bits` (Warren 2013, Hacker's Delight, ch.
    16)."""
    top = 1 << bits
    a = np.minimum((x * top).astype(np.int64), top - 1)
    b = np.minimum((y * top).astype(np.int64), top - 1)
    out = np.zeros(len(a), dtype=np.int64)
    for level in range(bits - 1, -1, -1):
        side = np.int64(1 << level)
        rx, ry = (a & side) > 0, (b & side) > 0
        out += side * side * ((3 * rx) ^ ry)
        flip = ~ry & rx
        a, b = np.where(flip, top - 1 - a, a), np.where(flip, top - 1 - b, b)
        a, b = np.where(ry, a, b), np.where(ry, b, a)
    return out
