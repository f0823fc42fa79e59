"""Fastest and least-read ways, with the readings on them counted inside the search itself.

Travel time is rounded to ticks of 1/1024 s and a reading is written into bits that time does not
use, so one run of scipy's compiled Dijkstra gives both, exactly, for every node: no path is walked
to count. Under `fastest` the readings sit below the time (they only break ties), under `least`
above it (time only breaks ties)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from alprmap import geo
from alprmap.coverage.search.contract import Contracted, contract
from alprmap.roads import UNREACHED, Graph, arc_ties, with_ties_settled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Way = Literal["fastest", "least"]

TICK_S = 2.0**-10
"""Times are multiples of this; a double then holds 2**17 s (36 hours) and 4095 readings without
rounding. """
READING = 2.0**-22
"""A reading under `fastest`: 4096 of them make one tick."""
LONGEST_S = 2.0**17
"""A reading under `least`: more than any trip takes."""
BATCH_CELLS = 6_000_000
"""Sources times nodes searched at once (memory: 12 bytes each)."""


@dataclass(frozen=True)
class Trees:
    """Shortest-path trees from some sources: row i of `cost` and `before` is the tree of
    `sources[i]`.

    `number` says which of the sources asked for each is; `nodes` are the nodes of the columns
    (sorted)."""

    number: IntArray
    nodes: IntArray
    cost: FloatArray
    before: NDArray[np.int32]

    def columns(self, node: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
        """Return the column of each node and whether it is there."""
        at = np.minimum(np.searchsorted(self.nodes, node), len(self.nodes) - 1)
        return at, self.nodes[at] == node

    def walk(self, row: IntArray, column: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return the steps of some paths, last step first: (path, tail node, head node)."""
        which, tails, heads = [], [], []
        path, row, at = np.arange(len(row)), np.asarray(row), np.asarray(column)
        while len(path):
            before = self.before[row, at].astype(np.int64)
            on = before != UNREACHED
            path, row, at, before = path[on], row[on], at[on], before[on]
            which.append(path)
            tails.append(self.nodes[before])
            heads.append(self.nodes[at])
            at = before
        join = np.concatenate
        return (join(which), join(tails), join(heads)) if which else (np.zeros(0, np.int64),) * 3


@dataclass(frozen=True)
class Router:
    """Searches on a graph whose arcs are read `count` times.

    Where only ways between some nodes are asked for, `terminals` names them: the search then runs
    on a contracted network (`alprmap.coverage.search.contract`), and trees hold the nodes that are
    left."""

    graph: Graph
    count: IntArray
    way: Way = "fastest"
    terminals: IntArray | None = None

    @cached_property
    def weights(self) -> FloatArray:
        """The weight of each arc: time in ticks and readings in one number."""
        time_s = self.graph.time_s
        ticks = np.maximum(np.round(time_s / TICK_S), 1.0) * TICK_S
        # what takes no time is no road, but a step within a junction
        ticks[time_s <= 0] = 0.0
        return ticks + self.count * (READING if self.way == "fastest" else LONGEST_S)

    @cached_property
    def whole(self) -> tuple[sparse.csr_array, IntArray]:
        """The whole network: matrix, and the arc of each entry."""
        return self.graph.matrix(self.weights)

    @cached_property
    def with_ties(self) -> tuple[sparse.csr_array, FloatArray]:
        """The matrix of the whole network, and the tie of each of its entries."""
        matrix, arc = self.whole
        return matrix, arc_ties(self.graph)[arc]

    @cached_property
    def _search(self) -> tuple[Contracted, IntArray]:
        """Return the network that is searched and the arc of each entry of the whole matrix."""
        (matrix, tie), arc = self.with_ties, self.whole[1]
        if self.terminals is not None:
            return contract(matrix, self.terminals, tie), arc
        every = np.arange(len(arc) + 1)
        return Contracted(matrix, tie, np.arange(matrix.shape[0]), every, every[:-1]), arc

    @cached_property
    def _keys(self) -> IntArray:
        matrix = self._search[0].matrix
        rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
        return np.asarray(rows * matrix.shape[0] + matrix.indices, dtype=np.int64)

    @cached_property
    def _kept(self) -> NDArray[np.bool_]:
        kept = np.zeros(self.graph.n_nodes, dtype=bool)
        kept[self._search[0].kept] = True
        return kept

    @cached_property
    def _room(self) -> NDArray[np.int32]:
        return np.full(self.graph.n_nodes, -1, dtype=np.int32)

    def arcs(self, tail: IntArray, head: IntArray) -> tuple[IntArray, IntArray]:
        """Return the arcs of steps of `Trees.walk` as (number of the step, arc), the last driven
        first."""
        ways, arc = self._search
        at = np.searchsorted(self._keys, tail.astype(np.int64) * self.graph.n_nodes + head)
        many = (ways.first[1:] - ways.first[:-1])[at]
        skip = np.repeat(ways.first[at] - (np.cumsum(many) - many), many)
        return np.repeat(np.arange(len(at)), many), arc[
            ways.entry[np.arange(int(many.sum())) + skip]
        ]

    def entries(self, tail: IntArray, head: IntArray) -> IntArray:
        """Return the number of the entry of the searched matrix behind each step."""
        return np.searchsorted(self._keys, tail.astype(np.int64) * self.graph.n_nodes + head)

    def listed(
        self, candidate: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], FloatArray, IntArray, IntArray]:
        """Return per entry whether it goes along a candidate arc, its meters, and its candidate
        arcs as (first of each entry, arcs); `candidate` is per own arc.
        """
        ways, arc = self._search
        driven = arc[ways.entry]
        run = np.r_[0.0, np.cumsum(self.graph.length_m[driven])]
        some = candidate[self.graph.twin[driven]]
        at = np.r_[0, np.cumsum(some)]
        first = at[ways.first]
        return np.diff(first) > 0, np.diff(run[ways.first]), first, driven[some]

    def time_s(self, cost: FloatArray) -> FloatArray:
        """Return the travel time in a cost."""
        known = np.where(np.isfinite(cost), cost, 0.0)
        time = (
            np.floor(known / TICK_S) * TICK_S if self.way == "fastest" else np.mod(known, LONGEST_S)
        )
        return np.where(np.isfinite(cost), time, np.inf)

    def readings(self, cost: FloatArray) -> FloatArray:
        """Return the readings in a cost (infinite where there is no way)."""
        known = np.where(np.isfinite(cost), cost, 0.0)
        many = (
            np.mod(known, TICK_S) / READING
            if self.way == "fastest"
            else np.floor(known / LONGEST_S)
        )
        return np.where(np.isfinite(cost), many, np.inf)

    def _part(self, nodes: IntArray) -> tuple[sparse.csr_array, FloatArray, IntArray]:
        """Return the matrix of the subgraph of those of some nodes (sorted) that are searched, the
        ties of its entries, and these nodes."""
        ways = self._search[0]
        if len(nodes) == self.graph.n_nodes and len(ways.kept) == len(nodes):
            return ways.matrix, ways.tie, nodes
        nodes = nodes[self._kept[nodes]]
        part, at = part_of(ways.matrix, nodes, self._room)
        return part, ways.tie[at], nodes

    def trees(
        self,
        sources: IntArray,
        *,
        reach_m: float = np.inf,
        limit: float = np.inf,
        skip: NDArray[np.bool_] | None = None,
    ) -> Iterator[Trees]:
        """Yield the shortest-path trees from every source, batch by batch.

        Parameters
        ----------
        sources
            Node numbers, shape (k,).
        reach_m
            Only the network within this crow-flies distance of the source's neighborhood is
            searched; a bound that no way of interest leaves makes the result exact.
        limit
            Cost beyond which nodes stay infinite.
        skip
            Sources whose trees are known from an earlier run.
        """
        for group, near in neighborhoods(self.graph, sources, reach_m):
            some = group if skip is None else group[~skip[group]]
            yield from self.trees_within(near.nodes, sources[some], some, limit=limit)

    def trees_within(
        self, near: IntArray, sources: IntArray, number: IntArray, *, limit: float = np.inf
    ) -> Iterator[Trees]:
        """Yield the trees from every source within the nodes `near` (sorted), batch by batch;
        `number` is what each source is called."""
        matrix, tie, nodes = self._part(near)
        local = np.searchsorted(nodes, sources)
        size = max(1, BATCH_CELLS // max(len(nodes), 1))
        for first in range(0, len(sources), size):
            some = local[first : first + size]
            cost, before = csgraph.dijkstra(
                matrix, indices=some, limit=limit, return_predecessors=True
            )
            before = with_ties_settled(matrix, tie, some, cost, before)
            yield Trees(number[first : first + size], nodes, cost, before)


def fastest_m_s(graph: Graph) -> float:
    """Return the highest speed on a graph, meters per second."""
    moves = graph.time_s > 0
    return float(np.max(graph.length_m[moves] / graph.time_s[moves], initial=1.0))


@dataclass(frozen=True)
class Near:
    """The nodes around some others: those in a box, or all."""

    graph: Graph
    box: tuple[float, float, float, float] | None = None
    """West, south, east, north, in degrees; edges belong to it."""
    grid: _Grid | None = None

    @cached_property
    def nodes(self) -> IntArray:
        """The nodes, sorted; gathered when first asked for."""
        if self.box is None or self.grid is None:
            return np.arange(self.graph.n_nodes)
        return self.grid.inside(self.box)

    def holds(self, node: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Return which of some nodes are among them, without gathering these."""
        if self.box is None:
            return np.ones(len(node), dtype=bool)
        west, south, east, north = self.box
        lon, lat = self.graph.lon[node], self.graph.lat[node]
        return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def neighborhoods(graph: Graph, nodes: IntArray, reach_m: float) -> Iterator[tuple[IntArray, Near]]:
    """Yield (which of `nodes`, all nodes within reach of them): one pair for each square they stand
    in."""
    if not len(nodes):
        return
    per_lon, per_lat = geo.degree_m(graph.lat)
    wide = float((np.ptp(graph.lon) * per_lon.max()) + np.ptp(graph.lat) * per_lat.max())
    if not reach_m < wide / 4:
        yield np.arange(len(nodes)), Near(graph)
        return
    # squares as wide as the reach: most of what is cut out for one source serves its neighbors too
    lat, least = graph.lat[nodes], float(per_lat.min())
    tall = reach_m / least
    south = np.floor(lat / tall)
    step = reach_m / np.maximum(geo.degree_m(south * tall)[0], 1.0)
    west = np.floor(graph.lon[nodes] / step)
    order = np.lexsort((west, south))
    fresh = np.r_[True, (np.diff(west[order]) != 0) | (np.diff(south[order]) != 0)]
    grid = _Grid.of(graph.lon, graph.lat, tall / 4)
    for group in np.split(order, np.flatnonzero(fresh)[1:]):
        x, y = graph.lon[nodes[group]], graph.lat[nodes[group]]
        dy = 1.001 * reach_m / least
        dx = 1.001 * reach_m / float(geo.degree_m(np.clip(np.abs(y).max() + dy, 0, 89.0))[0])
        box = (x.min() - dx, y.min() - dy, x.max() + dx, y.max() + dy)
        yield np.sort(group), Near(graph, box, grid)


@dataclass(frozen=True)
class _Grid:
    """Points in rows of latitude, each row from west to east: a box costs what lies in its rows."""

    tall: float
    row: IntArray
    """Row of each point of `order`, ascending."""
    order: IntArray
    lon: FloatArray
    lat: FloatArray

    @staticmethod
    def of(lon: FloatArray, lat: FloatArray, tall: float) -> _Grid:
        """Sort points into rows so many degrees tall."""
        row = np.floor(lat / tall).astype(np.int64)
        order = np.lexsort((lon, row))
        return _Grid(tall, row[order], order, lon[order], lat[order])

    def inside(self, box: tuple[float, float, float, float]) -> IntArray:
        """Return the points in a box (west, south, east, north; edges belong to it), sorted."""
        west, south, east, north = box
        rows = np.arange(np.floor(south / self.tall), np.floor(north / self.tall) + 1)
        spans = np.asarray(np.searchsorted(self.row, np.r_[rows, rows[-1] + 1]))
        parts = [np.zeros(0, dtype=np.int64)]
        for low, high in zip(spans[:-1].tolist(), spans[1:].tolist(), strict=True):
            lon = self.lon[low:high]
            first, last = np.searchsorted(lon, west), np.searchsorted(lon, east, side="right")
            parts.append(np.arange(low + first, low + last))
        at = np.concatenate(parts)
        at = at[(self.lat[at] >= south) & (self.lat[at] <= north)]
        return np.sort(self.order[at])


def part_of(
    matrix: sparse.csr_array, nodes: IntArray, room: NDArray[np.int32]
) -> tuple[sparse.csr_array, IntArray]:
    """Return the matrix of some nodes (sorted) alone, at the cost of their own rows, and which
    entries it takes.

    `room` has one place per node of the matrix, all -1; it is given back as it was. Slicing a
    matrix by columns looks at every column there is.
    """
    low, high = matrix.indptr[nodes].astype(np.int64), matrix.indptr[nodes + 1].astype(np.int64)
    many = high - low
    at = np.arange(int(many.sum())) + np.repeat(low - (np.cumsum(many) - many), many)
    room[nodes] = np.arange(len(nodes), dtype=np.int32)
    head = room[matrix.indices[at]]
    room[nodes] = -1
    use = head >= 0
    kept = np.r_[0, np.cumsum(use)]
    ends = np.r_[0, np.cumsum(many)]
    index, at = (head[use], kept[ends].astype(np.int32)), at[use]
    return sparse.csr_array((matrix.data[at], *index), shape=(len(nodes), len(nodes))), at


def copies(graph: Graph) -> tuple[IntArray, IntArray]:
    """Return (indptr, nodes): the node itself and its copies for every real node i at
    `nodes[indptr[i]:…]`."""
    order = np.lexsort((np.arange(graph.n_nodes), graph.base))
    return np.searchsorted(graph.base[order], np.arange(graph.n_base + 1)), order
