"""Which of two equally good ways is taken: one rule for every search.

Each arc has a number of its own, made from where it leads and how long it is; of ways that cost
the same the one with the least sum is taken. So trips, single routes and all pairs take the same
way, by whatever search, and from whatever part of a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from alprmap.roads.graph import UNREACHED, Graph

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
FEW = 12
"""Ties up to which each is settled by itself; beyond, a second search settles all."""
AT_ONCE = 500_000
"""Arcs whose ties are made together (memory: some 60 bytes each)."""
WIDE = 36
"""Bits of a tie: a double adds up 131,072 of them without rounding."""


def arc_ties(graph: Graph) -> FloatArray:
    """Return the tie of each arc: a whole number from 1 to 2**36."""
    # what depends on the tail alone is mixed once for all arcs that leave it
    node = _mixed(_mixed(graph.lon.view(np.uint64)) ^ graph.lat.view(np.uint64))
    made, length, segment = np.empty(graph.n_arcs), graph.length_m, graph.segment_id
    for first in range(0, graph.n_arcs, AT_ONCE):
        some = slice(first, first + AT_ONCE)
        mixed, head = node[graph.tail[some]], graph.head[some]
        for part in (
            graph.lon[head].view(np.uint64),
            graph.lat[head].view(np.uint64),
            length[some].view(np.uint64),
            segment[some].astype(np.uint64),
        ):
            mixed = _mixed(mixed ^ part)
        made[some] = (mixed >> np.uint64(64 - WIDE)).astype(np.float64) + 1.0
    return made


def _mixed(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread the bits of numbers (the finalizer of splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        value = value + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return value ^ (value >> np.uint64(31))


def with_ties_settled(
    matrix: sparse.csr_array,
    tie: FloatArray,
    sources: IntArray,
    cost: FloatArray,
    before: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return scipy's predecessors with ties broken by the rule; the trees keep their costs.

    Parameters
    ----------
    matrix, tie
        What was searched, shape (n, n), and the tie of each of its entries.
    sources, cost, before
        Root, costs and predecessors of each tree, shapes (k,), (k, n), (k, n).
    """
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    out = before
    for i in range(len(sources)):
        # entries that a cheapest way goes along: one per node that is reached, or there is a tie
        far = cost[i]
        tight = far[row] + matrix.data == far[matrix.indices]
        tight &= np.isfinite(far)[row]
        if np.count_nonzero(tight) < np.count_nonzero(np.isfinite(far)):
            continue
        if out is before:
            out = before.copy()
        where = np.flatnonzero(tight)
        many = np.bincount(matrix.indices[where], minlength=len(far))
        if np.count_nonzero(many > 1) <= FEW:
            where = where[many[matrix.indices[where]] > 1]
            _set_right(out[i], far, row[where], matrix.indices[where], tie, matrix)
            continue
        ends = np.searchsorted(where, matrix.indptr).astype(np.int32)
        ways = sparse.csr_array((tie[where], matrix.indices[where], ends), shape=matrix.shape)
        out[i] = csgraph.dijkstra(ways, indices=sources[i], return_predecessors=True)[1]
    return out


def _set_right(
    before: NDArray[np.int32],
    far: FloatArray,
    tail: IntArray,
    head: NDArray[np.int32],
    tie: FloatArray,
    matrix: sparse.csr_array,
) -> None:
    """Choose among the entries (tail, head) into nodes with several, nearest nodes first."""
    for node in np.unique(head)[np.argsort(far[np.unique(head)], kind="stable")].tolist():
        sums = {}
        for via in tail[head == node].tolist():
            total, at, to = 0.0, via, node
            while at != UNREACHED:
                low, high = matrix.indptr[at], matrix.indptr[at + 1]
                total += float(tie[low + np.searchsorted(matrix.indices[low:high], to)])
                at, to = int(before[at]), at
            sums[via] = total
        before[node] = min(sums, key=lambda via: sums[via])
