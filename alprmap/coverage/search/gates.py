"""The network seen from its arcs, and read arcs as gates on it: from one reader to the next (C0,
C2).

In the line graph a node is an arc and an arc is a turn, so that no way turns round at a junction
(C0) and every turn restriction holds; the cost of a turn is that of the arc driven before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from alprmap.coverage import readers
from alprmap.coverage.turns import turns
from alprmap.roads import MIN_WEIGHT, Graph, Weight

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
IN_A_FAN = {"segment_id": -1, "forward": False, "length_m": 0.0, "time_s": 0.0}
"""What a turn takes from its first arc, and has where that is the chain of a fan."""


@dataclass(frozen=True)
class Gates:
    """Read arcs.

    Per gate: `arc` (own number in the network, ascending; its node in the line graph),
    meters from its tail to the `first_m` and `last_m` place on it, `cameras` there and the `name`
    of the first of them. `read` tells which nodes of the line graph are read; `network` is the
    graph itself."""

    network: Graph
    read: BoolArray
    arc: IntArray
    first_m: FloatArray
    last_m: FloatArray
    cameras: IntArray
    name: NDArray[np.object_]
    related: IntArray

    def __len__(self) -> int:
        return len(self.arc)

    def trim(self, a: IntArray, b: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return seconds and meters from the tail of a to its reader (not driven) and of b to its
        (driven)."""
        arc_a, arc_b = self.arc[a], self.arc[b]
        pace = self.network.time_s / self.network.length_m
        return (
            self.first_m[b] * pace[arc_b] - self.last_m[a] * pace[arc_a],
            self.first_m[b] - self.last_m[a],
        )

    def share_a_camera(self, a: IntArray, b: IntArray) -> BoolArray:
        """Whether one camera reads both gates."""
        if not len(self.related):
            return np.zeros(len(a), dtype=bool)
        key = a * len(self) + b
        at = np.minimum(np.searchsorted(self.related, key), len(self.related) - 1)
        return np.asarray(self.related[at] == key)


def gates(places: readers.Places) -> tuple[Gates, LineGraph]:
    """Make the gates of all read arcs, and the line graph they are on."""
    graph = places.graph
    # places are sorted by arc
    first = np.flatnonzero(np.diff(places.arc, prepend=-1))
    arc, many = places.arc[first], np.diff(np.r_[first, len(places.arc)])
    number = np.repeat(np.arange(len(arc)), many)
    shape = (len(arc), max(len(places.camera_id), 1))
    seen = sparse.csr_array((np.ones(len(number)), (number, places.camera)), shape=shape)
    related = (seen @ seen.T).tocoo().coords if len(arc) else (arc, arc)
    lines = line_graph(graph)
    least = pd.Series(places.camera).groupby(number).min().to_numpy(np.int64)
    made = Gates(
        network=graph,
        read=np.r_[places.read, np.zeros(lines.n_nodes - graph.n_arcs, dtype=bool)],
        arc=arc,
        first_m=places.at_m[first],
        last_m=places.at_m[first + many - 1],
        cameras=many,
        name=places.camera_id[least],
        related=np.sort(related[0].astype(np.int64) * len(arc) + related[1]),
    )
    return made, lines


@dataclass(frozen=True, init=False, repr=False, eq=False)
class LineGraph(Graph):
    """The line graph: node i is arc i (own numbers), an arc is a turn, at the cost of its first
    arc. Behind the arcs stand the chains of fans (`alprmap.coverage.turns`), which cost nothing.

    What a turn takes from its first arc is looked up when it is asked for: held for every turn, it
    would be most of what a search of a nation holds.
    """

    network: Graph = field(init=False)

    def __init__(self, network: Graph, fan_node: IntArray, tail: IntArray, head: IntArray) -> None:
        node, every = np.r_[network.tail, fan_node], np.arange(network.n_arcs + len(fan_node))
        values = {
            "network": network,
            "node_id": every,
            "lon": network.lon[node],
            "lat": network.lat[node],
            "base": every,
            "n_base": len(every),
            "tail": tail.astype(np.int32),
            "head": head.astype(np.int32),
            "indptr": np.searchsorted(tail, np.arange(len(every) + 1)),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name == "twin":
            return np.arange(self.n_arcs)
        if name not in IN_A_FAN:
            raise AttributeError(name)
        values = getattr(self.network, name)
        fans = np.full(self.n_nodes - self.network.n_arcs, IN_A_FAN[name], dtype=values.dtype)
        return np.r_[values, fans][self.tail]

    def matrix(self, weight: Weight | FloatArray = "time_s") -> tuple[sparse.csr_array, IntArray]:
        """Return what `Graph.matrix` does; the turns are sorted and there is one of each."""
        values = self.weights(weight)
        arc = np.flatnonzero((self.tail != self.head) & np.isfinite(values))
        indptr = np.searchsorted(self.tail[arc], np.arange(self.n_nodes + 1)).astype(np.int32)
        least = np.where(self.length_m[arc] > 0, MIN_WEIGHT, 0.0)
        index = (self.head[arc].astype(np.int32), indptr)
        shape = (self.n_nodes, self.n_nodes)
        return sparse.csr_array((np.maximum(values[arc], least), *index), shape=shape), arc


def line_graph(graph: Graph) -> LineGraph:
    """Return the line graph of a network."""
    follow = turns(graph)
    # an arc that leaves a copy of its junction leads to the same place: only the turn into it
    # differs
    size = follow.matrix.shape[0]
    own = np.r_[graph.twin, np.arange(graph.n_arcs, size)]
    row = np.repeat(np.arange(size), np.diff(follow.matrix.indptr))
    tail, head = _each_once(own, row, follow.matrix.indices.astype(np.int64), size)
    return LineGraph(graph, follow.fan_node, tail, head)


def _each_once(
    own: IntArray, row: IntArray, column: IntArray, size: int
) -> tuple[IntArray, IntArray]:
    """Return sorted turns between own arcs, each once. Few turns leave copies: only those are
    sorted anew.
    """
    other = (own[row] != row) | (own[column] != column)
    key = row[~other] * size + column[~other]
    moved = np.unique(own[row[other]] * size + own[column[other]])
    if len(moved):
        key = np.sort(np.r_[key, moved], kind="stable")
        key = key[np.r_[True, np.diff(key) > 0]]
    return key // max(size, 1), key % max(size, 1)
