"""Waves of a chain by a hierarchy: which readers are within a gap of the last ones (R4).

Every reader leaves word at the nodes that may lead down to it, the nearest first, once for all
ports and gaps. A wave then climbs from the last readers, as far as the gap goes, and reads at each
node it comes to what was left there (buckets, Knopp et al. 2007; on the customizable hierarchy of
`alprmap.roads`). What a wave costs follows its readers and the gap, whatever the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alprmap.compiled import kernel
from alprmap.heap import pop, push, roomy
from alprmap.roads import Hierarchy, cheapest_ways, order_of, with_costs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Array = Any


@dataclass(frozen=True)
class Hops:
    """A hierarchy of a matrix by length, and what its last nodes, the readers, left in it.

    At the node of rank v: readers `reader[at[v]:at[v + 1]]`, `far` meters down from it.
    """

    made: Hierarchy
    first_reader: int
    at: IntArray
    reader: NDArray[np.int32]
    far: FloatArray
    _label: FloatArray
    _origin: NDArray[np.int32]

    @staticmethod
    def of(matrix: Any, tie: FloatArray, first_reader: int, longest_m: float) -> Hops:
        """Prepare a matrix whose nodes from `first_reader` on are readers, for gaps of up to
        `longest_m` meters; `tie` of each of its entries tells ways of one length apart. Sums of
        its lengths are exact (`chains.GRAIN_M`)."""
        made = with_costs(matrix, tie, order_of(matrix))
        order, readers = made.order, made.order.rank[first_reader:]
        node, reader, far = _left(order.first, order.head, made.cost[1], readers, longest_m)
        by_node = np.lexsort((far, node))
        at = np.searchsorted(node[by_node], np.arange(len(order.rank) + 1))
        label, origin = np.full(len(order.rank), np.inf), np.zeros(len(order.rank), np.int32)
        left = at, reader[by_node], far[by_node]
        return Hops(made, first_reader, *left, label, origin)

    def met(self, starts: IntArray, limit_m: float, known: NDArray[np.bool_]) -> Any:
        """Return the readers within `limit_m` of any of the nodes `starts` that are not `known`:
        (numbers, nodes they are nearest to, meters). Of nodes equally near the first in `starts`
        is told."""
        order = self.made.order
        reader, row, meters = _wave(
            order.first,
            order.head,
            self.made.cost[0],
            order.rank[starts],
            limit_m,
            self.at,
            self.reader,
            self.far,
            known,
            self._label,
            self._origin,
        )
        return reader, starts[row], meters

    def way(self, start: int, end: int, far_m: float) -> IntArray:
        """Return the entries of the matrix along the shortest way between two nodes (how long it
        is, `far_m`, need not be known here)."""
        goals = np.array([0, 1]), np.array([end])
        _, _, entry = cheapest_ways(self.made, np.array([start]), goals)
        return entry[::-1].astype(np.int64)


@kernel
def _left(first: Array, head: Array, cost: Array, readers: Array, limit: float) -> Array:
    """Return from where readers are reached downward: (node, reader, meters)."""
    n = len(first) - 1
    far, filled = np.full(n, np.inf), 0
    node, reader = np.empty(4096, np.int64), np.empty(4096, np.int32)
    meters = np.empty(4096)
    for r in range(len(readers)):
        v = readers[r]
        far[v] = 0.0
        while True:
            if far[v] <= limit:
                if filled == len(node):
                    node, reader = roomy(node, filled + 1), roomy(reader, filled + 1)
                    meters = roomy(meters, filled + 1)
                node[filled], reader[filled], meters[filled] = v, r, far[v]
                filled += 1
                for a in range(first[v], first[v + 1]):
                    far[head[a]] = min(far[head[a]], far[v] + cost[a])
            far[v] = np.inf
            if first[v] == first[v + 1]:
                break
            # all that may be reached upward lies on the path of first neighbors
            v = head[first[v]]
    return node[:filled].copy(), reader[:filled].copy(), meters[:filled].copy()


@kernel
def _wave(
    first: Array,
    head: Array,
    cost: Array,
    starts: Array,
    limit: float,
    at: Array,
    reader: Array,
    far: Array,
    known: Array,
    label: Array,
    origin: Array,
) -> Array:
    """Return unknown readers within the limit of any start: (reader, row of its start, meters); of
    starts equally near the first row.

    `label`, infinite, and `origin` (per node) are room, and left so."""
    count = len(known)
    best, row = np.full(count, np.inf), np.full(count, -1, np.int64)
    # the lowest rank first: when a node is taken off, nothing leads to it any more
    rank, none = np.empty(1024), np.empty(1024)
    node, size = np.empty(1024, np.int64), 0
    for i in range(len(starts)):
        v = starts[i]
        if label[v] == 0.0:
            continue
        label[v], origin[v] = 0.0, i
        rank, none = roomy(rank, size + 1), roomy(none, size + 1)
        node = roomy(node, size + 1)
        size = push(rank, none, node, size, float(v), 0.0, v)
    while size > 0:
        v = node[0]
        size = pop(rank, none, node, size)
        for j in range(at[v], at[v + 1]):
            whole, u = label[v] + far[j], reader[j]
            if whole > limit:
                break
            if known[u] or whole > best[u] or (whole == best[u] and origin[v] >= row[u]):
                continue
            best[u], row[u] = whole, origin[v]
        for a in range(first[v], first[v + 1]):
            w, more = head[a], label[v] + cost[a]
            if more > limit or more > label[w] or (more == label[w] and origin[v] >= origin[w]):
                continue
            if label[w] == np.inf:
                if size == len(node):
                    rank, none = roomy(rank, size + 1), roomy(none, size + 1)
                    node = roomy(node, size + 1)
                size = push(rank, none, node, size, float(w), 0.0, w)
            label[w], origin[w] = more, origin[v]
        label[v] = np.inf
    found = np.flatnonzero(row >= 0)
    return found, row[found], best[found]
