"""Pieces of roads: parts of lines between two distances along them, and lengths of unions of such
parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from alprmap import geo
from alprmap.roads.extract import edge_m

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NEAR_M = 1e-6
"""Pieces shorter than this are rounding, not road."""
TOUCH_M = 1e-3
"""Where a line meets another twice within this, it meets it once."""
WAYS_AT_ONCE = 10_000
"""Ways whose coordinates are joined in one go (memory)."""


def cut_pieces(
    lines: Any, length_m: FloatArray, start_m: FloatArray, end_m: FloatArray
) -> NDArray[np.object_]:
    """Return the part of each line between two distances along it.

    Parameters
    ----------
    lines
        LineStrings in degrees, shape (n,), one per part.
    length_m
        Their lengths; the metres along a line are scaled to it, so that the whole is the whole.
    start_m, end_m
        Metres along each line, `0 <= start_m < end_m <= length_m`.

    Returns
    -------
    Array of LineStrings; where a part is the whole line the same object comes back.
    """
    lines = np.asarray(lines, dtype=object)
    out: NDArray[np.object_] = lines.copy()
    some = np.flatnonzero((start_m > NEAR_M) | (end_m < length_m - NEAR_M))
    if len(some):
        out[some] = _cut(lines[some], length_m[some], start_m[some], end_m[some])
    return out


def join_pieces(
    lines: Any,
    row: IntArray,
    length_m: FloatArray,
    start_m: FloatArray,
    end_m: FloatArray,
    turned: NDArray[np.bool_],
    way: IntArray,
    count: int,
) -> NDArray[np.object_]:
    """Join pieces of lines into one line for each way, in order of travel.

    Parameters
    ----------
    lines
        Lines the pieces are of; `row` says which, per piece.
    length_m, start_m, end_m, turned
        Per piece: length of its line, the part that is gone along, whether against the line.
    way
        The way each piece belongs to, ascending; ways are numbered 0 … count - 1.

    Returns
    -------
    Array of lines, shape (count,); None where a way has no piece.
    """
    out = np.full(count, None, dtype=object)
    for first in range(0, count, WAYS_AT_ONCE):
        some = slice(*np.searchsorted(way, [first, first + WAYS_AT_ONCE]))
        if some.start == some.stop:
            continue
        parts = cut_pieces(lines[row[some]], length_m[some], start_m[some], end_m[some])
        parts[turned[some]] = shapely.reverse(parts[turned[some]])
        xy, owner = shapely.get_coordinates(parts, return_index=True)
        of = way[some][owner]
        repeat = np.r_[False, (np.abs(np.diff(xy, axis=0)).max(axis=1) < 1e-9) & (np.diff(of) == 0)]
        names = np.unique(of)
        out[names] = shapely.linestrings(xy[~repeat], indices=np.searchsorted(names, of[~repeat]))
    return out


def point_at(lines: Any, length_m: FloatArray, at_m: FloatArray) -> FloatArray:
    """Return lon, lat of the place `at_m` metres along each line, shape (n, 2)."""
    lines = np.asarray(lines, dtype=object)
    if not len(lines):
        return np.zeros((0, 2))
    xy, _owner, along, base = _measured(lines, length_m)
    return _interpolate(xy, along, base + np.clip(at_m, 0.0, length_m), base + length_m)


def share_at(lines: Any, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return how far along each line the place nearest to a point lies, 0 to 1, shape (n,).

    Parameters
    ----------
    lines
        LineStrings in degrees, one per point.
    lon, lat
        Degrees; the foot is found in the tangent plane there, since in degrees a perpendicular is
        none.
    """
    lines = np.asarray(lines, dtype=object)
    if not len(lines):
        return np.zeros(0)
    share: FloatArray = shapely.line_locate_point(_flat(lines, lon, lat), _HERE, normalized=True)
    return share


def feet(lines: Any, lon: float, lat: float) -> FloatArray:
    """Return the place on each line that is nearest to one point, degrees, shape (n, 2)."""
    lines = np.asarray(lines, dtype=object)
    if not len(lines):
        return np.zeros((0, 2))
    flat = _flat(lines, np.full(len(lines), lon), np.full(len(lines), lat))
    foot = shapely.get_point(shapely.shortest_line(flat, _HERE), 0)
    place: FloatArray = shapely.get_coordinates(foot) / np.array(geo.degree_m(lat)) + (lon, lat)
    return place


def away_m(lines: Any, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return how far each line is from its place, metres in the tangent plane there, shape (n,)."""
    lines = np.asarray(lines, dtype=object)
    if not len(lines):
        return np.zeros(0)
    metres: FloatArray = shapely.distance(_flat(lines, lon, lat), _HERE)
    return metres


_HERE = shapely.Point(0.0, 0.0)


def _flat(lines: Any, lon: FloatArray, lat: FloatArray) -> Any:
    """Return each line in metres from its place, in the tangent plane there."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    plane = geo.tangent_xy(xy[:, 0], xy[:, 1], lon[owner], lat[owner])
    return shapely.linestrings(np.column_stack(plane), indices=owner)


def crossings(
    lines: Any, length_m: FloatArray, cutter: Any
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return where lines are on `cutter`, a line: (line number, metres along it from, to), sorted.

    Both are the same where a line crosses or touches; they differ where it runs along the cutter.
    """
    lines = np.asarray(lines, dtype=object)
    shapely.prepare(cutter)
    near = np.flatnonzero(shapely.intersects(cutter, lines))
    none = np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    if not len(near):
        return none
    parts, owner = shapely.get_parts(shapely.intersection(lines[near], cutter), return_index=True)
    some = shapely.get_type_id(parts) <= 1
    parts, owner = parts[some], near[owner[some]]
    if not len(parts):
        return none
    point = shapely.get_type_id(parts) == 0
    ends = [np.where(point, parts, shapely.get_point(parts, k)) for k in (0, -1)]
    # the place in degrees along the line becomes metres edge by edge
    own = lines[owner]
    xy, of = shapely.get_coordinates(own, return_index=True)
    same = np.r_[False, of[1:] == of[:-1]]
    flat = np.zeros(len(of))
    flat[1:] = np.hypot(*np.diff(xy, axis=0).T) * same[1:]
    flat = np.cumsum(flat)
    flat -= flat[np.flatnonzero(~same)][of]
    _, _, along, base = _measured(own, length_m[owner])
    first = np.searchsorted(of, np.arange(len(own) + 1))
    metres = np.array(
        [
            [np.interp(d, flat[a:b], along[a:b] - base[i]) for d in pair]
            for i, (pair, a, b) in enumerate(
                zip(
                    zip(*(shapely.line_locate_point(own, e) for e in ends), strict=True),
                    first[:-1],
                    first[1:],
                    strict=True,
                )
            )
        ]
    )
    low, high = metres.min(axis=1), metres.max(axis=1)
    # a ring that begins on the cutter ends there too
    ring = np.flatnonzero(shapely.is_closed(own) & (low <= TOUCH_M))
    end = length_m[owner[ring]]
    return _joined(np.r_[owner, owner[ring]], np.r_[low, end], np.r_[high, end])


def _joined(
    key: IntArray, low: FloatArray, high: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Join intervals of one key that touch, points among them."""
    order = np.lexsort((high, low, key))
    key, low, high = key[order], low[order], high[order]
    # each key gets its own stretch of one ruler
    shift = key * (high.max() + 1.0)
    reach = np.maximum.accumulate(high + shift)
    first = np.flatnonzero(np.r_[True, (low + shift)[1:] > reach[:-1] + TOUCH_M])
    return key[first], low[first], np.maximum.reduceat(high, first)


def contour(
    lines: Any,
    length_m: FloatArray,
    distance_m: Callable[[FloatArray, FloatArray], FloatArray],
    at_m: float,
) -> tuple[IntArray, FloatArray, NDArray[np.bool_]]:
    """Return where lines cross the contour of a distance: (line number, metres along it, whether it
    comes nearer).

    Parameters
    ----------
    distance_m
        From (lon, lat) arrays to metres; asked at every vertex, and linear between them (vertices
        lie metres apart, where a distance of kilometres is as good as linear).
    at_m
        The contour.
    """
    lines = np.asarray(lines, dtype=object)
    if not len(lines):
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=bool)
    xy, owner, along, base = _measured(lines, length_m)
    gap = distance_m(xy[:, 0], xy[:, 1]) - at_m
    # a vertex on the contour counts as beyond it, so that a crossing there is one crossing
    edge = np.flatnonzero((owner[1:] == owner[:-1]) & ((gap[1:] < 0) != (gap[:-1] < 0)))
    share = gap[edge] / (gap[edge] - gap[edge + 1])
    metres = along[edge] + share * (along[edge + 1] - along[edge]) - base[owner[edge]]
    return owner[edge], metres, gap[edge + 1] < 0


def _measured(
    lines: Any, length_m: FloatArray
) -> tuple[FloatArray, IntArray, FloatArray, FloatArray]:
    """Vertices of all lines, their line, and their place on one long ruler on which line i begins
    at base[i]."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    same = owner[1:] == owner[:-1]
    step = np.zeros(len(owner))
    step[1:][same] = edge_m(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])[same]
    total = np.bincount(owner, weights=step, minlength=len(lines))
    scale = np.divide(length_m, total, out=np.zeros(len(lines)), where=total > 0)
    # a metre of nothing between two lines keeps the end of one and the start of the next apart
    base = np.r_[0.0, np.cumsum(length_m[:-1] + 1.0)] if len(lines) else np.zeros(0)
    first = np.flatnonzero(np.r_[True, ~same]) if len(owner) else np.zeros(0, np.int64)
    run = np.cumsum(step * scale[owner])
    along = run - np.repeat(run[first], np.diff(np.r_[first, len(owner)])) + base[owner]
    return xy, owner, along, base


def _interpolate(xy: FloatArray, along: FloatArray, at: FloatArray, last: FloatArray) -> FloatArray:
    i = np.clip(np.searchsorted(along, np.minimum(at, last), side="right") - 1, 0, len(along) - 2)
    # the last vertex of a line has no edge behind it
    i = np.where((at >= last - NEAR_M) & (along[i] >= last - NEAR_M), i - 1, i)
    span = along[i + 1] - along[i]
    t = np.clip(np.divide(at - along[i], span, out=np.zeros(len(at)), where=span > 0), 0.0, 1.0)
    # the end of an edge is its vertex, to the bit
    placed: FloatArray = np.where(
        t[:, None] < 1.0, xy[i] + t[:, None] * (xy[i + 1] - xy[i]), xy[i + 1]
    )
    return placed


def _cut(
    lines: Any, length_m: FloatArray, start_m: FloatArray, end_m: FloatArray
) -> NDArray[np.object_]:
    xy, owner, along, base = _measured(lines, length_m)
    low, high, last = base + start_m, base + end_m, base + length_m
    inside = (along > low[owner] + NEAR_M) & (along < high[owner] - NEAR_M)
    number = np.arange(len(lines))
    parts = np.concatenate(
        [_interpolate(xy, along, low, last), xy[inside], _interpolate(xy, along, high, last)]
    )
    of = np.concatenate([number, owner[inside], number])
    place = np.concatenate([low, along[inside], high])
    order = np.lexsort((place, of))
    made: NDArray[np.object_] = shapely.linestrings(parts[order], indices=of[order])
    return made


def merge_pieces(
    key: IntArray, low: FloatArray, high: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Join overlapping intervals of one key; returns (key, low, high), sorted, disjoint.

    >>> [a.tolist() for a in merge_pieces(np.array([7, 7, 9]), np.array([0., 2., 0.]),
    ...     np.array([3., 5., 1.]))]
    [[7, 9], [0.0, 0.0], [5.0, 1.0]]
    """
    keep = high > low
    key, low, high = key[keep], low[keep], high[keep]
    if not len(key):
        return key, low, high
    order = np.lexsort((low, key))
    key, low, high = key[order], low[order], high[order]
    fresh = np.r_[True, key[1:] != key[:-1]]
    # each key gets its own stretch of one ruler, so that one running maximum serves all
    most = np.maximum.reduceat(high, np.flatnonzero(fresh))
    least = low[fresh]
    shift = (np.cumsum(np.r_[0.0, (most - least + 1.0)[:-1]]) - least)[np.cumsum(fresh) - 1]
    reach = np.maximum.accumulate(high + shift)
    first = np.r_[True, low[1:] + shift[1:] > reach[:-1]] | fresh
    at = np.flatnonzero(first)
    return key[at], low[at], np.maximum.reduceat(high, at)
