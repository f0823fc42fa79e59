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
from alprmap.roads import UNREACHED

IntArray = NDArray[np.int64]


class Trees:
    """Searches on a matrix by length whose nodes from `first_reader` on are readers.

    Parameters
    ----------
    matrix
        Lengths, meters, shape (n, n), CSR.
    xyz
        Where each node is, earth-centered, meters, shape (n, 3).
    first_reader
        Number of the first reader's node.
    gaps_m
        How far waves go, meters, the shortest first.
    """

    def __init__(
        self, matrix: Any, xyz: FloatArray, first_reader: int, gaps_m: list[float]
    ) -> None:
        self._matrix, self._first_reader = matrix, first_reader
        local = np.full(len(xyz), -1, dtype=np.int32)
        slack = slack_m(matrix, xyz)
        self._near = {gap: Vicinity(matrix, xyz, gap, slack, local) for gap in gaps_m}

    def met(
        self, starts: IntArray, limit_m: float, known: NDArray[np.bool_]
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the readers within `limit_m`, one of the gaps, of any of the nodes `starts` that
        are not `known`: (numbers, nodes they are nearest to, meters)."""
        matrix, nodes = self._near[limit_m].around(starts)
        far, _, source = csgraph.dijkstra(
            matrix,
            indices=np.searchsorted(nodes, starts),
            limit=limit_m,
            min_only=True,
            return_predecessors=True,
        )
        # readers have the last numbers, also in a part
        own = int(np.searchsorted(nodes, self._first_reader))
        reader = nodes[own:] - self._first_reader
        fresh = np.isfinite(far[own:]) & (source[own:] != UNREACHED) & ~known[reader]
        return reader[fresh], nodes[source[own:][fresh]], far[own:][fresh]

    def way(self, start: int, end: int, far_m: float) -> IntArray:
        """Return the entries of the matrix along the shortest way between two nodes, which is
        `far_m` long."""
        near = next((n for n in self._near.values() if n.limit_m >= far_m), None)
        matrix, nodes = (near or list(self._near.values())[-1]).around(np.array([start]))
        # a little wider than the way, so that rounding cannot cut its end
        _, before = csgraph.dijkstra(
            matrix,
            indices=[int(np.searchsorted(nodes, start))],
            limit=far_m * (1 + 1e-9),
            return_predecessors=True,
        )
        way = [int(np.searchsorted(nodes, end))]
        while nodes[way[-1]] != start:
            way.append(int(before[0, way[-1]]))
        whole, entries = self._matrix, []
        for tail, head in pairwise(nodes[way[::-1]]):
            low, high = whole.indptr[tail], whole.indptr[tail + 1]
            entries.append(low + int(np.searchsorted(whole.indices[low:high], head)))
        return np.array(entries, dtype=np.int64)
