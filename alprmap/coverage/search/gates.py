"""The network seen from its arcs, and read arcs as gates on it: from one reader to the next (C0,
C2).

In the line graph a node is an arc and an arc is a turn, so that no way turns round at a junction
(C0) and every turn restriction holds; the cost of a turn is that of the arc driven before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from alprmap.coverage import readers
from alprmap.roads import Graph

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Gates:
    """Read arcs.

    Per gate: `arc` (own number in the network, ascending; its node in the line graph `turns`),
    metres from its tail to the `first_m` and `last_m` place on it, `cameras` there and the `name`
    of the first of them. `read` tells which nodes of the line graph are read; `network` is the
    graph itself."""

    network: Graph
    turns: Graph
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
        """Return seconds and metres from the tail of a to its reader (not driven) and of b to its
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


def gates(places: readers.Places) -> Gates:
    """Make the gates of all read arcs."""
    graph = places.graph
    arc, first, many = np.unique(places.arc, return_index=True, return_counts=True)
    number = np.repeat(np.arange(len(arc)), many)
    shape = (len(arc), max(len(places.camera_id), 1))
    seen = sparse.csr_array((np.ones(len(number)), (number, places.camera)), shape=shape)
    related = (seen @ seen.T).tocoo().coords if len(arc) else (arc, arc)
    least = pd.Series(places.camera).groupby(number).min().to_numpy(np.int64)
    return Gates(
        network=graph,
        turns=line_graph(graph),
        read=places.read,
        arc=arc,
        first_m=places.at_m[first],
        last_m=places.at_m[first + many - 1],
        cameras=many,
        name=places.camera_id[least],
        related=np.sort(related[0].astype(np.int64) * len(arc) + related[1]),
    )


def line_graph(graph: Graph) -> Graph:
    """Return the line graph: node i is arc i (own numbers); an arc is a turn, at the cost of its
    first arc."""
    follow = readers.turns(graph).tocoo()
    # an arc that leaves a copy of its junction leads to the same place: only the turn into it
    # differs
    pair = np.unique(graph.twin[follow.coords[0]] * graph.n_arcs + graph.twin[follow.coords[1]])
    tail, head = pair // graph.n_arcs, pair % graph.n_arcs
    every = np.arange(graph.n_arcs)
    return Graph(
        node_id=every,
        lon=graph.lon[graph.tail],
        lat=graph.lat[graph.tail],
        base=every,
        n_base=graph.n_arcs,
        tail=tail,
        head=head,
        segment_id=graph.segment_id[tail],
        forward=graph.forward[tail],
        length_m=graph.length_m[tail],
        time_s=graph.time_s[tail],
        twin=np.arange(len(tail)),
        indptr=np.searchsorted(tail, np.arange(graph.n_arcs + 1)),
    )
