"""Waves of a chain by trees: which readers are within a gap of the last ones (R4).

Each wave searches the part of the network around the last readers (`vicinity`); `hops` does the
same by a hierarchy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csgraph

from alprmap.geo import FloatArray
from alprmap.reach.vicinity import Vicinity, slack_m
from alprmap.roads import UNREACHED, with_ties_settled

IntArray = NDArray[np.int64]


class Trees:
    """Searches on a matrix by length whose nodes from `first_reader` on are readers.

    Parameters
    ----------
    matrix, tie
        Lengths, meters, shape (n, n), CSR, and what tells ways of one length apart: a number of
        each entry (`alprmap.roads.arc_ties`). Sums of lengths are exact (`chains.GRAIN_M`).
    xyz
        Where each node is, earth-centered, meters, shape (n, 3).
    first_reader
        Number of the first reader's node.
    gaps_m
        How far waves go, meters, the shortest first.
    """

    def __init__(
        self,
        matrix: Any,
        tie: FloatArray,
        xyz: FloatArray,
        first_reader: int,
        gaps_m: list[float],
    ) -> None:
        self._matrix, self._tie, self._first_reader = matrix, tie, first_reader
        local = np.full(len(xyz), -1, dtype=np.int32)
        slack = slack_m(matrix, xyz)
        self._near = {gap: Vicinity(matrix, xyz, gap, slack, local) for gap in gaps_m}

    def met(
        self, starts: IntArray, limit_m: float, known: NDArray[np.bool_]
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the readers within `limit_m`, one of the gaps, of any of the nodes `starts` that
        are not `known`: (numbers, nodes they are nearest to, meters). Of nodes equally near the
        first in `starts` is told."""
        matrix, nodes, _ = self._near[limit_m].around(starts)
        rows = np.searchsorted(nodes, starts)
        far, _, source = csgraph.dijkstra(
            matrix, indices=rows, limit=limit_m, min_only=True, return_predecessors=True
        )
        source = _first_of_equals(matrix, rows, far, source)
        # readers have the last numbers, also in a part
        own = int(np.searchsorted(nodes, self._first_reader))
        reader = nodes[own:] - self._first_reader
        fresh = np.isfinite(far[own:]) & (source[own:] != UNREACHED) & ~known[reader]
        return reader[fresh], nodes[source[own:][fresh]], far[own:][fresh]

    def way(self, start: int, end: int, far_m: float) -> IntArray:
        """Return the entries of the matrix along the shortest way between two nodes, which is
        `far_m` long."""
        near = next((n for n in self._near.values() if n.limit_m >= far_m), None)
        near = near or list(self._near.values())[-1]
        matrix, nodes, entries = near.around(np.array([start]))
        root = np.searchsorted(nodes, [start])
        # a little wider than the way, so that rounding cannot cut its end
        far, before = csgraph.dijkstra(
            matrix, indices=root, limit=far_m * (1 + 1e-9), return_predecessors=True
        )
        before = with_ties_settled(matrix, self._tie[entries], root, far, before)
        way = [int(np.searchsorted(nodes, end))]
        while nodes[way[-1]] != start:
            way.append(int(before[0, way[-1]]))
        driven = []
        for tail, head in pairwise(way[::-1]):
            low, high = matrix.indptr[tail], matrix.indptr[tail + 1]
            driven.append(low + int(np.searchsorted(matrix.indices[low:high], head)))
        return np.asarray(entries[np.array(driven, dtype=np.int64)], dtype=np.int64)


def _first_of_equals(
    matrix: Any, starts: IntArray, far: FloatArray, source: NDArray[np.int32]
) -> IntArray:
    """Return scipy's sources, of those equally near to a node the first in `starts`."""
    place = np.full(len(far), len(starts), dtype=np.int64)
    place[starts[::-1]] = np.arange(len(starts))[::-1]
    reached = np.isfinite(far) & (source != UNREACHED)
    if len(starts) > 1:
        first = np.where(reached, place[np.where(reached, source, 0)], len(starts))
        tail = np.repeat(np.arange(len(far)), np.diff(matrix.indptr))
        # entries that a shortest way goes along: what a node hears from the one before it
        tight = reached[tail] & (far[tail] + matrix.data == far[matrix.indices])
        tail, head = tail[tight], matrix.indices[tight]
        while (lower := first[tail] < first[head]).any():
            np.minimum.at(first, head[lower], first[tail[lower]])
        source = np.where(reached, starts[np.minimum(first, len(starts) - 1)], source)
    return np.asarray(source, dtype=np.int64)
