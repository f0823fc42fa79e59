"""Where cameras read on the directed graph: watched places become places on arcs (rules W4, C0).

Coverage, corridors, unread zones and trips all stand on this: a *place* is one camera reading one
arc at some meters from its tail; an arc with a place is a *read arc*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from alprmap.coverage.turns import Turns, turns
from alprmap.errors import InputError
from alprmap.roads import Graph, point_at

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Places:
    """Read places, sorted by arc, meters from its tail, camera; one per camera and arc.

    `camera` numbers into `camera_id` (sorted); `arc` is the arc's own number (`Graph.twin` of
    itself); `at_m` is measured in the direction of travel; `idle` counts watches on a direction
    nobody may drive (0 as a rule)."""

    graph: Graph
    camera_id: NDArray[np.object_]
    camera: IntArray
    arc: IntArray
    at_m: FloatArray
    idle: int = 0

    @cached_property
    def read(self) -> BoolArray:
        """Whether each arc of the graph (those that leave copies included) is read."""
        own = np.zeros(self.graph.n_arcs, dtype=bool)
        own[self.arc] = True
        return own[self.graph.twin]

    @cached_property
    def count(self) -> IntArray:
        """Cameras that read each arc of the graph."""
        return np.bincount(self.arc, minlength=self.graph.n_arcs)[self.graph.twin]

    def without(self, camera_ids: Any) -> Places:
        """Return the places of all other cameras."""
        keep = ~np.isin(self.camera_id.astype(str), np.asarray(list(camera_ids), dtype=str))[
            self.camera
        ]
        return Places(
            self.graph,
            self.camera_id,
            self.camera[keep],
            self.arc[keep],
            self.at_m[keep],
            self.idle,
        )


def place_readers(watches: pd.DataFrame, graph: Graph, *, clear_only: bool = False) -> Places:
    """Put watches on the arcs of a graph (rule C0).

    Parameters
    ----------
    watches
        Table `watches`. Every row counts: what a view can be said to read it may read. A camera
        that names an arc in two rows (two heads, or a wedge that meets it twice) counts once there,
        at its first place.
    graph
        The graph of the same segments.
    clear_only
        Count only the one clear best arc of each view.

    Raises
    ------
    InputError
        When a watch names a segment the graph lacks, or has no offset.
    """
    rows = watches[watches["winner"].to_numpy(dtype=bool)] if clear_only else watches
    segment = rows["segment_id"].to_numpy(dtype=np.int64)
    along = (rows["travel"] == "forward").to_numpy(dtype=bool)
    offset = rows["offset_m"].to_numpy(dtype=np.float64)
    if not np.isfinite(offset).all():
        raise InputError("a watch has no offset", fix="make the watches again with alprmap watch")
    known = np.isin(segment, graph.segment_id)
    if not known.all():
        raise InputError(
            f"a watch names segment {segment[~known][0]}, which the roads lack",
            fix="make the watches with these roads",
        )
    arc = graph.arcs_of(segment, along)
    open_way = arc >= 0
    camera_id, camera = np.unique(
        rows["camera_id"].to_numpy(dtype=object).astype(str), return_inverse=True
    )
    arc, camera, offset, along = arc[open_way], camera[open_way], offset[open_way], along[open_way]
    length = graph.length_m[arc]
    at = np.clip(np.where(along, offset, length - offset), 0.0, length)
    camera = camera.astype(np.int64)
    order = np.lexsort((at, camera, arc))
    arc, camera, at = arc[order], camera[order], at[order]
    first = np.ones(len(arc), dtype=bool)
    first[1:] = (arc[1:] != arc[:-1]) | (camera[1:] != camera[:-1])
    arc, camera, at = arc[first], camera[first], at[first]
    order = np.lexsort((camera, at, arc))
    return Places(
        graph,
        camera_id.astype(object),
        camera[order],
        arc[order].astype(np.int64),
        at[order],
        int((~open_way).sum()),
    )


def positions(places: Places, segments: pd.DataFrame) -> FloatArray:
    """Return lon, lat of each place on its road, shape (n, 2)."""
    graph = places.graph
    row = rows(segments, graph.segment_id[places.arc])
    length = graph.length_m[places.arc]
    along = np.where(graph.forward[places.arc], places.at_m, length - places.at_m)
    return point_at(segments["geometry"].to_numpy()[row], length, along)


def inside(segments: pd.DataFrame) -> BoolArray:
    """Return which segments are measured: all, or those the column `inside` says where an area has
    a margin around it (C0).
    """
    if "inside" not in segments.columns:
        return np.ones(len(segments), dtype=bool)
    return segments["inside"].to_numpy(dtype=bool)


def classes(segments: pd.DataFrame) -> tuple[NDArray[np.object_], IntArray]:
    """Return the classes of road there are, in order, and the class of each segment."""
    code, names = pd.factorize(segments["highway"], sort=True)
    kinds = np.asarray(names, dtype=object)
    if (code < 0).any():
        # a road without a class is of the class `unknown`
        at = int(np.searchsorted(kinds.astype(str), "unknown"))
        known = at < len(kinds) and kinds[at] == "unknown"
        kinds = kinds if known else np.insert(kinds, at, "unknown")
        code = np.where(code < 0, at, code + (0 if known else 1) * (code >= at))
    return kinds, code.astype(np.int64)


def arcs_inside(segments: pd.DataFrame, graph: Graph) -> BoolArray:
    """Return which arcs of a graph are of measured segments (C0)."""
    return np.asarray(inside(segments)[rows(segments, graph.segment_id)], dtype=bool)


def rows(segments: pd.DataFrame, segment_id: IntArray) -> IntArray:
    """Return the row of each segment id in a table of segments."""
    ids = segments["segment_id"].to_numpy(dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    return np.asarray(order[np.searchsorted(ids[order], segment_id)], dtype=np.int64)


def meters_since(places: Places, limit_m: float, *, follow: Turns | None = None) -> FloatArray:
    """Return for every arc (own number) the meters of travel from the nearest place upstream to its
    tail.

    Infinite beyond `limit_m`. A place on the arc itself counts only by a way round that leads back.
    """
    graph = places.graph
    follow = turns(graph) if follow is None else follow
    # an arc with places lets go from the last one
    rest = np.full(graph.n_arcs, np.inf)
    np.minimum.at(rest, places.arc, graph.length_m[places.arc] - places.at_m)
    return _spread(graph, follow.matrix, rest[graph.twin], limit_m)


def meters_until(places: Places, limit_m: float, *, follow: Turns | None = None) -> FloatArray:
    """Return for every arc (own number) the meters of travel from its head to the nearest place
    downstream."""
    graph = places.graph
    follow = turns(graph) if follow is None else follow
    ahead = np.full(graph.n_arcs, np.inf)
    np.minimum.at(ahead, places.arc, places.at_m)
    return _spread(graph, follow.reverse, ahead[graph.twin], limit_m)


def _spread(
    graph: Graph, follow: sparse.csr_array, start: FloatArray, limit_m: float
) -> FloatArray:
    """Least meters over chains of arcs: what an arc starts with, plus the length of every arc gone
    through."""
    n = follow.shape[0]
    # nothing is driven on the chains of a fan
    length = np.r_[graph.length_m, np.zeros(n - graph.n_arcs)]
    out = np.full(graph.n_arcs, np.inf)
    source = np.flatnonzero(start <= limit_m)
    if not len(source):
        return out
    row = np.repeat(source, np.diff(follow.indptr)[source])
    at = _entries(follow.indptr, source)
    if not len(at):
        return out
    least = np.full(n, np.inf)
    np.minimum.at(least, follow.indices[at], start[row])
    first = np.unique(follow.indices[at])
    # one node in front of all starts; the added meter keeps its arcs from being nothing
    whole = sparse.csr_array(
        (
            np.r_[np.repeat(length, np.diff(follow.indptr)), least[first] + 1.0],
            np.r_[follow.indices, first].astype(np.int32),
            np.r_[follow.indptr, follow.indptr[-1] + len(first)].astype(np.int32),
        ),
        shape=(n + 1, n + 1),
    )
    far = csgraph.dijkstra(whole, indices=n, limit=limit_m + 1.0)[:n] - 1.0
    np.minimum.at(out, graph.twin, far[: graph.n_arcs])
    return out


def spans(low: IntArray, high: IntArray) -> IntArray:
    """Return all numbers of the half-open spans `low … high`, one after the other.

    >>> spans(np.array([3, 7]), np.array([5, 8])).tolist()
    [3, 4, 7]
    """
    many = high - low
    skip = np.repeat(low - (np.cumsum(many) - many), many)
    return np.asarray(np.arange(int(many.sum())) + skip, dtype=np.int64)


def _entries(indptr: NDArray[Any], rows: IntArray) -> IntArray:
    """Return the positions of all entries of some rows of a sparse matrix."""
    many = (indptr[rows + 1] - indptr[rows]).astype(np.int64)
    skip = np.repeat(indptr[rows] - (np.cumsum(many) - many), many)
    return np.asarray(np.arange(int(many.sum())) + skip, dtype=np.int64)
