"""Where two roads meet: at a junction, over or under a bridge, along a shared stretch, or almost
(L6, L7).

The meeting points of two roads are gathered into crossings: a dual carriageway gives one crossing,
not four, and so does an interchange; roads that truly meet twice give two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
import shapely
from numpy.typing import NDArray

from alprmap import geo
from alprmap.roads import feet, point_at

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

RANKS = {
    "motorway": 7,
    "trunk": 6,
    "primary": 5,
    "secondary": 4,
    "tertiary": 3,
    "unclassified": 2,
    "residential": 1,
}
"""Importance of a road by its OSM class (OSM wiki, Key:highway); links and the rest count 0."""
FREEWAY = 6
JOIN_STREET_M = 100.0
"""L7: meeting points this near are one crossing: a boulevard's carriageways, the two legs of a
jogged street. One block is the shortest distance at which two crossings have names of their own."""
JOIN_FREEWAY_M = 300.0
"""L7: the same where a freeway takes part: its carriageways and the roads between them make one
interchange. """
CARRIAGEWAY_DEG = 75.0
"""A carriageway is driven in a stated direction when its heading is this near: "eastbound" is
signed, not measured, but hardly turned by a right angle."""
CHANGE_M = 250.0
"""Error of the middle of the longest stretch on which one name gives way to another."""
APART_M = 400.0
"""Such a stretch this far from every crossing is another place (L8)."""
NEAR_STREET_M = 120.0
NEAR_FREEWAY_M = 400.0
"""L6: roads that never meet but come this near (a renamed last block, an interchange of ramps)
almost cross. """


@dataclass(frozen=True)
class Net:
    """The parts of a road network that crossings need, as arrays, one entry per segment."""

    u: IntArray
    v: IntArray
    lines: NDArray[Any]
    rank: IntArray
    link: NDArray[np.bool_]
    oneway_deg: FloatArray
    """Heading of the one way it may be driven; missing where both."""
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    length_m: FloatArray

    @staticmethod
    def of(segments: Any) -> Net:
        """Take the arrays from table `segments`."""
        lines = segments.geometry.to_numpy()
        kind = segments["highway"].fillna("").astype(str)
        rank = kind.map(RANKS).fillna(0).to_numpy(dtype=np.int64)
        forward = segments["forward"].to_numpy(dtype=bool)
        backward = segments["backward"].to_numpy(dtype=bool)
        first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
        deg = geo.azimuth_deg(
            shapely.get_x(first), shapely.get_y(first), shapely.get_x(last), shapely.get_y(last)
        )
        deg = np.where(backward & ~forward, (deg + 180) % 360, deg)
        return Net(
            segments["u"].to_numpy(dtype=np.int64),
            segments["v"].to_numpy(dtype=np.int64),
            lines,
            rank,
            kind.str.endswith("_link").to_numpy(dtype=bool),
            np.where(forward & backward, np.nan, deg),
            forward,
            backward,
            segments["length_m"].to_numpy(dtype=np.float64),
        )

    def place(self, segment: int, meters: float) -> tuple[float, float]:
        """Return lon, lat of the place so many meters along a segment."""
        at = np.array([segment])
        lon, lat = point_at(self.lines[at], self.length_m[at], np.array([meters]))[0].tolist()
        return lon, lat

    def foot(self, road: IntArray, lon: float, lat: float) -> tuple[int, float, float, float]:
        """Return the segment of a road nearest to a place, lon and lat of its nearest point, and
        meters to it."""
        on = feet(self.lines[road], lon, lat)
        away = geo.distance_m(lon, lat, on[:, 0], on[:, 1])
        best = int(np.argmin(away))
        return int(road[best]), float(on[best, 0]), float(on[best, 1]), float(away[best])

    def middle(self, road: IntArray) -> tuple[float, float, float]:
        """Return lon, lat of the middle of a road, and the error of a place somewhere on it,
        meters.

        The error is the standard deviation of a uniform distribution along the diagonal of its box.
        """
        center = np.average(
            shapely.get_coordinates(shapely.centroid(self.lines[road])),
            axis=0,
            weights=self.length_m[road] + 1e-6,
        )
        _, lon, lat, _ = self.foot(road, *center.tolist())
        west, south, east, north = shapely.total_bounds(self.lines[road])
        return lon, lat, float(geo.distance_m(west, south, east, north)) / 12**0.5

    def freeway(self, road: IntArray) -> bool:
        """Tell whether most of a road is a motorway or trunk road."""
        return bool(len(road)) and float(np.mean(self.rank[road] >= FREEWAY)) > 0.5


@dataclass(frozen=True)
class Crossing:
    """One place where two roads meet: center, spread of its points, how they meet, and how
    important it is.

    `kind` is junction, bridge (no shared node), along (a shared stretch) or near (`gap_m` apart);
    `rank` is the importance of the lesser road.
    """

    lon: float
    lat: float
    spread_m: float
    kind: str
    gap_m: float
    rank: int
    points: int
    freeway: bool = False
    a: tuple[int, ...] = ()
    """Segments of the first road that meet here."""
    b: tuple[int, ...] = ()


def find(
    net: Net,
    a: IntArray,
    b: IntArray,
    *,
    travel_a: float | None = None,
    travel_b: float | None = None,
) -> list[Crossing]:
    """Return the places where road `a` meets road `b`, most important first.

    Parameters
    ----------
    a, b
        Segments of the two roads, positions in the network.
    travel_a, travel_b
        Directions of travel a text gives; of a dual carriageway only that side's points are then
        used.
    """
    both = np.intersect1d(a, b)
    only_a, only_b = np.setdiff1d(a, both), np.setdiff1d(b, both)
    freeway = net.freeway(a) or net.freeway(b)
    xy, ia, ib = _meetings(net, only_a, only_b)
    if len(xy):
        met = _gather(net, xy, only_a[ia], only_b[ib], freeway, travel_a, travel_b)
        return met + _also_along(net, both, freeway, met)
    if len(both):
        return _along(net, both, freeway)
    return _near(net, only_a, only_b, freeway)


def _also_along(net: Net, both: IntArray, freeway: bool, met: list[Crossing]) -> list[Crossing]:
    """Return the short stretches that bear both names, apart from where the roads meet: the name
    changes there, so that the roads meet twice."""
    if not len(both) or freeway:
        return []
    return [
        c
        for c in _along(net, both, freeway)
        if c.spread_m <= CHANGE_M
        and min(float(geo.distance_m(c.lon, c.lat, m.lon, m.lat)) for m in met) > APART_M
    ]


def _meetings(net: Net, a: IntArray, b: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the points where lines of `a` and `b` touch or cross, and which they are."""
    none = np.zeros(0, dtype=np.int64)
    if not len(a) or not len(b):
        return np.zeros((0, 2)), none, none
    tree = shapely.STRtree(net.lines[b])
    ia, ib = tree.query(net.lines[a], predicate="intersects")
    parts = shapely.intersection(net.lines[a[ia]], net.lines[b[ib]])
    xy, owner = shapely.get_coordinates(parts, return_index=True)
    order = np.lexsort((ib[owner], ia[owner]))
    owner = owner[order]
    return xy[order], ia[owner], ib[owner]


def _gather(
    net: Net,
    xy: FloatArray,
    a: IntArray,
    b: IntArray,
    freeway: bool,
    travel_a: float | None,
    travel_b: float | None,
) -> list[Crossing]:
    keep = _with_travel(net, a, travel_a)
    xy, a, b = xy[keep], a[keep], b[keep]
    keep = _with_travel(net, b, travel_b)
    xy, a, b = xy[keep], a[keep], b[keep]
    group = clusters(xy, JOIN_FREEWAY_M if freeway else JOIN_STREET_M)
    found = []
    for number in range(group.max() + 1):
        own = np.flatnonzero(group == number)
        one, other = np.unique(a[own]), np.unique(b[own])
        rank = min(int(net.rank[one].max()), int(net.rank[other].max()))
        lon, lat, spread, count = _center(xy[own])
        nodes = np.intersect1d(
            np.concatenate([net.u[one], net.v[one]]), np.concatenate([net.u[other], net.v[other]])
        )
        kind = "junction" if len(nodes) else "bridge"
        both_ways = (tuple(one.tolist()), tuple(other.tolist()))
        found.append(Crossing(lon, lat, spread, kind, 0.0, rank, count, freeway, *both_ways))
    return sorted(found, key=lambda c: (-c.rank, c.kind != "junction", -c.points, c.lon, c.lat))


def _with_travel(net: Net, road: IntArray, travel: float | None) -> NDArray[np.bool_]:
    """Keep the meeting points on the carriageway driven in direction `travel`, if there is such a
    one."""
    everything = np.ones(len(road), dtype=bool)
    if travel is None:
        return everything
    there: NDArray[np.bool_] = (
        geo.angle_between_deg(net.oneway_deg[road], travel) <= CARRIAGEWAY_DEG
    )
    return there if there.any() else everything


def clusters(xy: FloatArray, reach_m: float) -> IntArray:
    """Return the group of each point (lon, lat): those that hang together at `reach_m`, numbered
    from the west."""
    if len(xy) == 1:
        return np.zeros(1, dtype=np.int64)
    flat = _meters(xy)
    # the same point is found once per pair of segments; grouping the distinct ones keeps this small
    distinct, back = np.unique(np.round(flat, 1), axis=0, return_inverse=True)
    if len(distinct) == 1:
        return np.zeros(len(xy), dtype=np.int64)
    pairs = scipy.spatial.cKDTree(distinct).query_pairs(reach_m, output_type="ndarray")
    size = len(distinct)
    graph = scipy.sparse.coo_array(
        (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size)
    )
    label = scipy.sparse.csgraph.connected_components(graph, directed=False)[1]
    first = {old: new for new, old in enumerate(dict.fromkeys(label.tolist()))}
    return np.array([first[value] for value in label], dtype=np.int64)[back.ravel()]


def gather(xy: FloatArray, reach_m: float) -> list[tuple[tuple[float, float], float]]:
    """Return ((lon, lat), spread in meters) of the groups of points that hang together at
    `reach_m`."""
    group = clusters(xy, reach_m)
    found = []
    for number in range(group.max() + 1):
        lon, lat, spread, _ = _center(xy[group == number])
        found.append(((lon, lat), spread))
    return found


def _meters(xy: FloatArray) -> FloatArray:
    lon, lat = xy.mean(axis=0)
    east, north = geo.tangent_xy(xy[:, 0], xy[:, 1], lon, lat)
    return np.stack([east, north], axis=-1)


def _center(xy: FloatArray) -> tuple[float, float, float, int]:
    """Return center, root mean square distance from it in meters, and count of the distinct
    points.
    """
    distinct = np.unique(np.round(xy, 6), axis=0)
    lon, lat = distinct.mean(axis=0)
    spread = float(np.sqrt(np.mean(geo.distance_m(distinct[:, 0], distinct[:, 1], lon, lat) ** 2)))
    return float(lon), float(lat), spread, len(distinct)


def _along(net: Net, both: IntArray, freeway: bool) -> list[Crossing]:
    """Return the middle of each stretch two names share (a bridge that a route runs over)."""
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(net.lines[both], i)) for i in (0, -1)]
    )
    group = clusters(ends, JOIN_FREEWAY_M if freeway else JOIN_STREET_M)
    owner = group[: len(both)]
    # a stretch longer than the reach is tied together by its own segments
    parent: dict[int, int] = {g: g for g in group.tolist()}

    def root(x: int) -> int:
        while parent[x] != x:
            x = parent[x]
        return x

    pairs: list[tuple[int, int]] = list(
        zip(owner.tolist(), group[len(both) :].tolist(), strict=True)
    )
    for one, other in pairs:
        parent[root(max(one, other))] = root(min(one, other))
    stretch = np.array([root(g) for g in owner.tolist()])
    found = []
    for number in np.unique(stretch):
        own = both[stretch == number]
        lon, lat, error = net.middle(own)
        found.append(Crossing(lon, lat, error, "along", 0.0, int(net.rank[own].max()), 1, freeway))
    return sorted(found, key=lambda c: (-c.rank, c.spread_m, c.lon, c.lat))


def _near(net: Net, a: IntArray, b: IntArray, freeway: bool) -> list[Crossing]:
    """Return the gap where two roads come nearest without meeting, if it is small enough (L6)."""
    if not len(a) or not len(b):
        return []
    limit = NEAR_FREEWAY_M if freeway else NEAR_STREET_M
    lat = float(np.mean(shapely.bounds(net.lines[a])[:, 1]))
    per_lon, per_lat = (float(x) for x in geo.degree_m(lat))
    scale = np.array([per_lon, per_lat])
    flat_a = shapely.transform(net.lines[a], lambda p: p * scale)
    flat_b = shapely.transform(net.lines[b], lambda p: p * scale)
    ia, ib = shapely.STRtree(flat_b).query(flat_a, predicate="dwithin", distance=limit)
    if not len(ia):
        return []
    gaps = shapely.distance(flat_a[ia], flat_b[ib])
    bridge = shapely.get_coordinates(shapely.shortest_line(flat_a[ia], flat_b[ib])).reshape(
        -1, 2, 2
    )
    middle = bridge.mean(axis=1) / scale
    group = clusters(middle, 2 * limit)
    found = []
    for number in range(group.max() + 1):
        own = np.flatnonzero(group == number)
        best = own[np.lexsort((middle[own, 1], middle[own, 0], np.round(gaps[own], 1)))[0]]
        rank = min(int(net.rank[a[ia[best]]]), int(net.rank[b[ib[best]]]))
        lon, lat = (float(x) for x in middle[best])
        found.append(
            Crossing(lon, lat, float(gaps[best]) / 2, "near", float(gaps[best]), rank, 1, freeway)
        )
    return sorted(found, key=lambda c: (c.gap_m, -c.rank, c.lon, c.lat))
