"""Where a camera's wedge meets straight pieces of road: arithmetic in the tangent plane of each
camera.

A wedge has its apex at the camera, an opening of twice `half_deg` about `heading_deg` and a range.
Roads are drawn as center lines; to meet the carriageway (W1) the wedge is grown by half the width
of the carriageway: grown by w, a wedge is one whose apex lies w / sin(half) behind. Everything here
is arrays: one entry is one pair of a view and a segment, or one straight edge of such a pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from alprmap import geo
from alprmap.roads import edge_m

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Views:
    """Views as arrays; `half_deg` is NaN for a view that looks all around (its heading is then
    ignored)."""

    lon: FloatArray
    lat: FloatArray
    heading_deg: FloatArray
    half_deg: FloatArray
    range_m: FloatArray

    def take(self, at: IntArray | slice) -> Views:
        """Return some of the views."""
        return Views(
            self.lon[at], self.lat[at], self.heading_deg[at], self.half_deg[at], self.range_m[at]
        )

    def boxes(self) -> NDArray[np.object_]:
        """Return the boxes in degrees that hold everything in range."""
        per_lon, per_lat = geo.degree_m(self.lat)
        # meters per degree shrink towards the pole within the box: one part in a thousand covers 5
        # km
        dx, dy = 1.001 * self.range_m / np.maximum(per_lon, 1.0), 1.001 * self.range_m / per_lat
        boxes: NDArray[np.object_] = shapely.box(
            self.lon - dx, self.lat - dy, self.lon + dx, self.lat + dy
        )
        return boxes


@dataclass(frozen=True)
class Hits:
    """Where views meet segments, one entry per (view, segment) that do meet, sorted by view and
    segment.

    `near_m` is the distance to the nearest part of the wedge that lies on the road, `range_m` that
    to the watched place, `offset_m` its place along the geometry, `start_m … end_m` the watched
    stretch, `off_axis_deg` how far the near part lies from the axis (0 where the axis itself
    crosses), `bearing_deg` the road's course along its geometry at the watched place. `beside` has
    one entry per view: the segment nearest to the camera whatever its heading, -1 where none is in
    range."""

    view: IntArray
    segment: IntArray
    near_m: FloatArray
    range_m: FloatArray
    offset_m: FloatArray
    start_m: FloatArray
    end_m: FloatArray
    off_axis_deg: FloatArray
    bearing_deg: FloatArray
    beside: IntArray


@dataclass(frozen=True)
class _Edges:
    """Straight pieces of road in the frame of a view: u meters along its axis, w meters to the
    right of it."""

    pair: IntArray
    u: FloatArray
    w: FloatArray
    du: FloatArray
    dw: FloatArray
    start_m: FloatArray
    length_m: FloatArray


def meet(
    views: Views,
    lines: NDArray[np.object_],
    length_m: FloatArray,
    half_width_m: FloatArray,
    tunnel: BoolArray,
    view: IntArray,
    segment: IntArray,
) -> Hits:
    """Return where views meet segments.

    Parameters
    ----------
    views
        The views.
    lines, length_m, half_width_m, tunnel
        Segments: geometries (degrees), geodesic lengths and half the width of the carriageway,
        meters, and which of them lie in a tunnel.
    view, segment
        Pairs to look at, row numbers into the above, shape (n,).
    """
    edges = _edges(views, lines, length_m, view, segment)
    view, segment = view[edges.pair], segment[edges.pair]
    beside = _beside(edges, view, segment, len(views.lon), tunnel)
    low, high = _clip(
        edges, views.range_m[view], np.radians(views.half_deg[view]), half_width_m[segment]
    )
    hit = high > low
    edges = _Edges(*(getattr(edges, f)[hit] for f in _Edges.__dataclass_fields__))
    view, segment, low, high = view[hit], segment[hit], low[hit], high[hit]

    square = edges.length_m**2
    nearest = np.clip(-(edges.u * edges.du + edges.w * edges.dw) / square, low, high)
    near_m = np.hypot(edges.u + nearest * edges.du, edges.w + nearest * edges.dw)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crossing = -edges.w / edges.dw
        on_axis = (crossing >= low) & (crossing <= high) & (edges.u + crossing * edges.du > 0)
    on_axis &= np.isfinite(views.half_deg[view])
    at = np.where(on_axis, crossing, nearest)
    u, w = edges.u + at * edges.du, edges.w + at * edges.dw
    range_m = np.hypot(u, w)
    course = np.degrees(np.arctan2(edges.dw, edges.du)) + np.nan_to_num(views.heading_deg[view])
    off = np.abs(np.arctan2(w, u))
    return _per_pair(
        edges, view, segment, low, high, at, near_m, range_m, on_axis, course, off, beside
    )


def _beside(
    edges: _Edges, view: IntArray, segment: IntArray, count: int, buried: BoolArray
) -> IntArray:
    at = np.clip(-(edges.u * edges.du + edges.w * edges.dw) / edges.length_m**2, 0.0, 1.0)
    # to the micrometer: roads that meet in one spot are equally near
    far = np.round(np.hypot(edges.u + at * edges.du, edges.w + at * edges.dw), 6)
    # nobody hangs a camera beside a tunnel from outside it: only where there is nothing else
    beside, least = np.full(count, -1), np.full(count, np.inf)
    in_open = ~buried[segment]
    np.minimum.at(least, view[in_open], far[in_open])
    below = ~np.isfinite(least[view])
    np.minimum.at(least, view[below], far[below])
    # of those equally near the first by number; the last that is written stands
    nearest = np.flatnonzero((far == least[view]) & (in_open | below))
    nearest = nearest[np.argsort(-segment[nearest], kind="stable")]
    beside[view[nearest]] = segment[nearest]
    return beside


def _per_pair(
    edges: _Edges,
    view: IntArray,
    segment: IntArray,
    low: FloatArray,
    high: FloatArray,
    at: FloatArray,
    near_m: FloatArray,
    range_m: FloatArray,
    on_axis: BoolArray,
    course: FloatArray,
    off: FloatArray,
    beside: IntArray,
) -> Hits:
    """Fold edges into pairs: the stretch spans all, the place is the first crossing, else the
    nearest part."""
    order = np.lexsort((range_m, ~on_axis, edges.pair))
    pair = edges.pair[order]
    first = (
        np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]]) if len(pair) else np.zeros(0, np.int64)
    )
    best = order[first]
    offset = edges.start_m + at * edges.length_m
    if not len(best):
        none, zero = np.zeros(0), np.zeros(0, np.int64)
        return Hits(zero, zero, none, none, none, none, none, none, none, beside)
    return Hits(
        view[best],
        segment[best],
        np.minimum.reduceat(near_m[order], first),
        range_m[best],
        offset[best],
        np.minimum.reduceat((edges.start_m + low * edges.length_m)[order], first),
        np.maximum.reduceat((edges.start_m + high * edges.length_m)[order], first),
        np.where(on_axis[best], 0.0, np.degrees(off[best])),
        geo.wrap_deg(course[best]),
        beside,
    )


def _edges(
    views: Views,
    lines: NDArray[np.object_],
    length_m: FloatArray,
    view: IntArray,
    segment: IntArray,
) -> _Edges:
    """Return the straight pieces of the segments of all pairs that come within range, by their
    boxes."""
    used, row = np.unique(segment, return_inverse=True)
    coords, owner = shapely.get_coordinates(lines[used], return_index=True)
    step = (
        np.r_[edge_m(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1]), 0.0]
        if len(coords)
        else np.zeros(0)
    )
    size = np.bincount(owner, minlength=len(used))
    first = np.cumsum(size) - size
    along = np.r_[0.0, np.cumsum(step)[:-1]] if len(step) else step
    along -= np.repeat(along[first], size) if len(first) else along
    # what rounding the coordinates of a file did to the length is spread over the line
    total = np.maximum(along[first + size - 1], 1e-9) if len(first) else along
    stretch = np.repeat(length_m[used] / total, size)

    number = size[row] - 1
    pair = np.repeat(np.arange(len(segment)), number)
    node = (
        np.arange(int(number.sum()))
        - np.repeat(np.cumsum(number) - number, number)
        + first[row][pair]
    )
    per_lon, per_lat = geo.degree_m(views.lat)
    v = view[pair]
    reach = views.range_m[v]
    x0, y0 = (
        (coords[node, 0] - views.lon[v]) * per_lon[v],
        (coords[node, 1] - views.lat[v]) * per_lat[v],
    )
    x1, y1 = (
        (coords[node + 1, 0] - views.lon[v]) * per_lon[v],
        (coords[node + 1, 1] - views.lat[v]) * per_lat[v],
    )
    near = (np.minimum(x0, x1) <= reach) & (np.maximum(x0, x1) >= -reach)
    near &= (np.minimum(y0, y1) <= reach) & (np.maximum(y0, y1) >= -reach)
    near &= (x0 != x1) | (y0 != y1)
    x0, y0, x1, y1, v, pair, node = (a[near] for a in (x0, y0, x1, y1, v, pair, node))
    axis = np.radians(np.nan_to_num(views.heading_deg[v]))
    sin, cos = np.sin(axis), np.cos(axis)
    u, w = x0 * sin + y0 * cos, x0 * cos - y0 * sin
    du, dw = (x1 - x0) * sin + (y1 - y0) * cos, (x1 - x0) * cos - (y1 - y0) * sin
    return _Edges(pair, u, w, du, dw, (along * stretch)[node], np.hypot(du, dw))


def _clip(
    edges: _Edges, range_m: FloatArray, half: FloatArray, half_width_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the part [low, high] of each edge inside its grown wedge, as shares of it (low > high:
    none)."""
    square = edges.length_m**2
    along = edges.u * edges.du + edges.w * edges.dw
    room = along**2 - square * (edges.u**2 + edges.w**2 - range_m**2)
    root = np.sqrt(np.maximum(room, 0.0))
    low = np.maximum((-along - root) / square, 0.0)
    high = np.where(room > 0, np.minimum((-along + root) / square, 1.0), -1.0)
    wedge = np.isfinite(half)
    sin, cos = np.sin(np.where(wedge, half, 1.0)), np.cos(np.where(wedge, half, 1.0))
    behind = half_width_m / sin
    for side in (1.0, -1.0):
        inside = np.where(wedge, (edges.u + behind) * sin - side * edges.w * cos, 1.0)
        gain = np.where(wedge, edges.du * sin - side * edges.dw * cos, 0.0)
        low, high = _half_plane(low, high, inside, gain)
    ahead = np.where(wedge, edges.u + half_width_m, 1.0)
    return _half_plane(low, high, ahead, np.where(wedge, edges.du, 0.0))


def _half_plane(
    low: FloatArray, high: FloatArray, inside: FloatArray, gain: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Narrow [low, high] to where inside + t · gain >= 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        at = -inside / gain
    low = np.where(gain > 0, np.maximum(low, at), low)
    high = np.where(gain < 0, np.minimum(high, at), high)
    return low, np.where((gain == 0) & (inside < 0), -1.0, high)
