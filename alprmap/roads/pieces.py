"""Pieces of roads: parts of lines between two distances along them, and lengths of unions of such
parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
        Their lengths; the meters along a line are scaled to it, so that the whole is the whole.
    start_m, end_m
        Meters along each line, `0 <= start_m < end_m <= length_m`.

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
    """Return lon, lat of the place `at_m` meters along each line, shape (n, 2)."""
    lines = np.asarray(lines, dtype=object)
    if not len(lines):
        return np.zeros((0, 2))
    ruler = _measured(lines, length_m)
    return _interpolate(ruler, np.arange(len(lines)), np.clip(at_m, 0.0, length_m))


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
    """Return how far each line is from its place, meters in the tangent plane there, shape (n,)."""
    lines = np.asarray(lines, dtype=object)
    if not len(lines):
        return np.zeros(0)
    meters: FloatArray = shapely.distance(_flat(lines, lon, lat), _HERE)
    return meters


_HERE = shapely.Point(0.0, 0.0)


def _flat(lines: Any, lon: FloatArray, lat: FloatArray) -> Any:
    """Return each line in meters from its place, in the tangent plane there."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    plane = geo.tangent_xy(xy[:, 0], xy[:, 1], lon[owner], lat[owner])
    return shapely.linestrings(np.column_stack(plane), indices=owner)


def crossings(
    lines: Any, length_m: FloatArray, cutter: Any
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return where lines are on `cutter`, a line: (line number, meters along it from, to), sorted.

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
    # the place in degrees along the line becomes meters edge by edge
    own = lines[owner]
    xy, of = shapely.get_coordinates(own, return_index=True)
    step = np.zeros(len(of))
    step[1:] = np.hypot(*np.diff(xy, axis=0).T) * (of[1:] == of[:-1])
    flat = _added_up(step, *_spans(of, len(own)))
    ruler = _measured(own, length_m[owner])
    places = zip(*(shapely.line_locate_point(own, e) for e in ends), strict=True)
    spans = zip(ruler.first, ruler.first + ruler.size, strict=True)
    meters = np.array(
        [
            [np.interp(d, flat[a:b], ruler.along[a:b]) for d in pair]
            for pair, (a, b) in zip(places, spans, strict=True)
        ]
    )
    low, high = meters.min(axis=1), meters.max(axis=1)
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
    reach = _farthest(key, high)
    first = np.flatnonzero(np.r_[True, (key[1:] != key[:-1]) | (low[1:] > reach[:-1] + TOUCH_M)])
    return key[first], low[first], np.maximum.reduceat(high, first)


def contour(
    lines: Any,
    length_m: FloatArray,
    distance_m: Callable[[FloatArray, FloatArray], FloatArray],
    at_m: float,
) -> tuple[IntArray, FloatArray, NDArray[np.bool_]]:
    """Return where lines cross the contour of a distance: (line number, meters along it, whether it
    comes nearer).

    Parameters
    ----------
    distance_m
        From (lon, lat) arrays to meters; asked at every vertex, and linear between them (vertices
        lie meters apart, where a distance of kilometers is as good as linear).
    at_m
        The contour.
    """
    lines = np.asarray(lines, dtype=object)
    if not len(lines):
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=bool)
    ruler = _measured(lines, length_m)
    owner, along = ruler.owner, ruler.along
    gap = distance_m(ruler.xy[:, 0], ruler.xy[:, 1]) - at_m
    # a vertex on the contour counts as beyond it, so that a crossing there is one crossing
    edge = np.flatnonzero((owner[1:] == owner[:-1]) & ((gap[1:] < 0) != (gap[:-1] < 0)))
    share = gap[edge] / (gap[edge] - gap[edge + 1])
    meters = along[edge] + share * (along[edge + 1] - along[edge])
    return owner[edge], meters, gap[edge + 1] < 0


@dataclass(frozen=True)
class _Ruler:
    """Vertices of lines and their meters along their own line: what is said of a line does not
    depend on the lines beside it, to the last bit (rule N9)."""

    xy: FloatArray
    owner: IntArray
    along: FloatArray
    first: IntArray
    """The first vertex of each line."""
    size: IntArray
    length_m: FloatArray


def _measured(lines: Any, length_m: FloatArray) -> _Ruler:
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    first, size = _spans(owner, len(lines))
    same = owner[1:] == owner[:-1]
    step = np.zeros(len(owner))
    step[1:][same] = edge_m(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])[same]
    along = _added_up(step, first, size)
    total = along[first + size - 1] if len(along) else np.zeros(len(lines))
    scale = np.divide(length_m, total, out=np.zeros(len(lines)), where=total > 0)
    along *= scale[owner]
    return _Ruler(xy, owner, along, first, size, np.asarray(length_m, dtype=np.float64))


def _spans(owner: IntArray, count: int) -> tuple[IntArray, IntArray]:
    """Return the first vertex of each line and how many it has."""
    first = np.searchsorted(owner, np.arange(count + 1))
    return first[:-1].astype(np.int64), np.diff(first).astype(np.int64)


def _added_up(step: FloatArray, first: IntArray, size: IntArray) -> FloatArray:
    """Add up the steps of each line from its own start, vertex by vertex of all lines at once."""
    along = step.copy()
    order = np.argsort(-size, kind="stable")
    # how many lines have a k-th vertex
    many = np.searchsorted(-size[order], -np.arange(1, int(size.max(initial=0))), side="left")
    for k, count in enumerate(many.tolist(), start=1):
        at = first[order[:count]] + k
        along[at] += along[at - 1]
    return along


def _interpolate(ruler: _Ruler, line: IntArray, at: FloatArray) -> FloatArray:
    """Return lon, lat at some meters along some lines of a ruler."""
    low, last = ruler.first[line], ruler.first[line] + ruler.size[line] - 1
    # the last edge that begins at or before the place, by halves
    edge, high = low.copy(), np.maximum(last - 1, low)
    while (edge < high).any():
        middle = (edge + high + 1) // 2
        before = ruler.along[middle] <= at
        edge, high = np.where(before, middle, edge), np.where(before, high, middle - 1)
    # the end of a line is its last vertex, whatever edges of no length it has there
    begin, span = ruler.along[edge], ruler.along[np.minimum(edge + 1, last)] - ruler.along[edge]
    t = np.clip(np.divide(at - begin, span, out=np.zeros(len(at)), where=span > 0), 0.0, 1.0)
    one, two = ruler.xy[edge], ruler.xy[np.minimum(edge + 1, last)]
    end = (at >= ruler.length_m[line] - NEAR_M) | (t >= 1.0)
    # the end of an edge is its vertex, to the bit
    placed: FloatArray = np.where(end[:, None], two, one + t[:, None] * (two - one))
    return placed


def _cut(
    lines: Any, length_m: FloatArray, start_m: FloatArray, end_m: FloatArray
) -> NDArray[np.object_]:
    ruler = _measured(lines, length_m)
    owner, along = ruler.owner, ruler.along
    inside = (along > start_m[owner] + NEAR_M) & (along < end_m[owner] - NEAR_M)
    number = np.arange(len(lines))
    parts = np.concatenate(
        [
            _interpolate(ruler, number, start_m),
            ruler.xy[inside],
            _interpolate(ruler, number, end_m),
        ]
    )
    of = np.concatenate([number, owner[inside], number])
    place = np.concatenate([start_m, along[inside], end_m])
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
    reach = _farthest(key, high)
    first = np.r_[True, (key[1:] != key[:-1]) | (low[1:] > reach[:-1])]
    at = np.flatnonzero(first)
    return key[at], low[at], np.maximum.reduceat(high, at)


def _farthest(key: IntArray, high: FloatArray) -> FloatArray:
    """Return the largest value so far within each key, keys together; exact, since it is found
    among ranks and not on a common ruler."""
    values, rank = np.unique(high, return_inverse=True)
    group = np.cumsum(np.r_[False, key[1:] != key[:-1]]) * len(values)
    return np.asarray(values[np.maximum.accumulate(rank + group) - group], dtype=np.float64)
