"""Ways of an OSM extract become segments: the engine under `network.read`.

The file itself is parsed in the child process (`alprmap.roads.ways`, `alprmap.roads.behind`);
everything here is array work on what came back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from alprmap import geo
from alprmap.geography import Area
from alprmap.roads import behind
from alprmap.roads.tags import Drivable
from alprmap.roads.ways import (
    BACKWARD,
    BRIDGE,
    CHUNK_WAYS,
    FORWARD,
    ROUNDABOUT,
    TUNNEL,
    TWO_PASS_BYTES,
    Ways,
)

__all__ = [
    "BACKWARD",
    "BRIDGE",
    "CHUNK_WAYS",
    "FORWARD",
    "ROUNDABOUT",
    "TUNNEL",
    "TWO_PASS_BYTES",
    "Split",
    "Ways",
    "edge_m",
    "read_ways",
    "split",
]

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

SHORT_EDGE_M = 5_000.0
"""Edges up to here are measured in the tangent plane at their middle: within 1 mm of the geodesic
(tested). """


def read_ways(path: Path, drivable: Drivable, area: Area | None, progress: Progress) -> Ways:
    """Return the drivable ways and turn restrictions of an extract (PBF, XML, bz2, gz, OPL).

    Raises
    ------
    InputError
        When the file is no OSM data or breaks off, or its parser dies, or takes longer or more than
        it may.
    """
    bounds = None if area is None else area.bounds
    sizes = {"two_pass_bytes": TWO_PASS_BYTES, "chunk_ways": CHUNK_WAYS}
    return behind.ways(path, drivable, bounds, progress, **sizes)


@dataclass(frozen=True)
class Split:
    """Segments as arrays: which way, first and last node, and the run of coordinates of each."""

    way: IntArray
    u: IntArray
    v: IntArray
    start: IntArray
    end: IntArray
    refs: IntArray
    xy: FloatArray
    counts: Counter[str]

    def take(self, order: IntArray) -> Split:
        """Return the segments in another order."""
        named = {name: getattr(self, name)[order] for name in ("way", "u", "v", "start", "end")}
        return Split(**named, refs=self.refs, xy=self.xy, counts=self.counts)

    def chunks(self, size: int = 200_000) -> Iterator[tuple[NDArray[np.object_], FloatArray]]:
        """Give (lines, lengths in meters) for `size` segments at a time, so that scratch arrays
        stay small."""
        for first in range(0, len(self.way), size):
            start, end = self.start[first : first + size], self.end[first : first + size]
            number = end - start + 1
            offset = np.cumsum(number) - number
            at = np.arange(int(number.sum())) + np.repeat(start - offset, number)
            owner = np.repeat(np.arange(len(start)), number)
            coords = self.xy[at]
            yield shapely.linestrings(coords, indices=owner), _lengths(coords, owner, len(start))


def _lengths(coords: FloatArray, owner: IntArray, count: int) -> FloatArray:
    same = owner[1:] == owner[:-1]
    a, b = coords[:-1][same], coords[1:][same]
    step = edge_m(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    total: FloatArray = np.bincount(owner[1:][same], weights=step, minlength=count).astype(
        np.float64
    )
    return total


def edge_m(lon1: FloatArray, lat1: FloatArray, lon2: FloatArray, lat2: FloatArray) -> FloatArray:
    """Return geodesic lengths of edges, meters; short ones in the tangent plane at their middle
    (faster)."""
    per_lon, per_lat = geo.degree_m((lat1 + lat2) / 2)
    span = lon2 - lon1
    span = np.where(np.abs(span) > 180, span - np.copysign(360.0, span), span)
    meters: FloatArray = np.hypot(span * per_lon, (lat2 - lat1) * per_lat)
    far = meters > SHORT_EDGE_M
    if far.any():
        meters[far] = geo.distance_m(lon1[far], lat1[far], lon2[far], lat2[far])
    return meters


def split(ways: Ways) -> Split:
    """Cut ways at junctions: at their ends and at every node that two passes of drivable ways
    share.

    Nodes that the extract lacks end a run (the rest of the way goes on behind the gap), a node
    named twice in a row counts once, and a later copy of a way id is left out; all are counted.
    """
    counts: Counter[str] = Counter()
    size = np.frombuffer(ways.size, dtype=np.int64) if len(ways.size) else np.zeros(0, np.int64)
    refs = np.frombuffer(ways.refs, dtype=np.int64) if len(ways.refs) else np.zeros(0, np.int64)
    xy = np.concatenate(ways.xy) if ways.xy else np.zeros((0, 2))
    ways.xy.clear()
    way = np.repeat(np.arange(len(size)), size)

    repeated = _later_copies(np.array(ways.way_id, dtype=np.int64))
    known = np.isfinite(xy[:, 0])
    twice = np.r_[False, (refs[1:] == refs[:-1]) & (way[1:] == way[:-1])]
    counts["ways_twice"] = int(repeated.sum())
    counts["nodes_missing"] = int(np.sum(~known & ~repeated[way]))
    counts["ways_with_missing_nodes"] = len(np.unique(way[~known & ~repeated[way]]))
    counts["nodes_repeated"] = int(np.sum(twice & known & ~repeated[way]))
    run = way + np.cumsum(~known)  # rises at every way and at every gap
    keep = known & ~repeated[way] & ~twice
    if not keep.all():
        refs, xy, way, run = refs[keep], xy[keep], way[keep], run[keep]
    return _segments(refs, xy, way, run, counts)


def _later_copies(way_id: IntArray) -> NDArray[np.bool_]:
    _, first = np.unique(way_id, return_index=True)
    later = np.ones(len(way_id), dtype=bool)
    later[first] = False
    return later


def _segments(
    refs: IntArray, xy: FloatArray, way: IntArray, run: IntArray, counts: Counter[str]
) -> Split:
    if len(refs) == 0:
        none = np.zeros(0, np.int64)
        return Split(none, none, none, none, none, refs, xy, counts)
    order = np.argsort(refs, kind="stable")
    ordered = refs[order]
    same = ordered[1:] == ordered[:-1]
    shared = np.zeros(len(refs), dtype=bool)
    shared[order[1:][same]] = True
    shared[order[:-1][same]] = True
    del order, ordered, same
    first = np.r_[True, run[1:] != run[:-1]]
    last = np.r_[first[1:], True]
    cut = np.flatnonzero(shared | first | last)
    start, end = cut[:-1], cut[1:]
    inside = run[start] == run[end]
    start, end = start[inside], end[inside]
    counts["runs_of_one_node"] = int(np.sum(first & last))
    rank = np.argsort(way[start], kind="stable")
    start, end = start[rank], end[rank]
    return Split(way[start], refs[start], refs[end], start, end, refs, xy, counts)
