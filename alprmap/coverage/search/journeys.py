"""Cheapest ways of many trips: by a hierarchy where that is worth it, else by trees.

Either gives the same ways. What is searched is the network around the trips (`neighborhoods`): the
hierarchy looks everywhere, and where the way it finds leaves the neighborhood, a tree within it
decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alprmap import compiled
from alprmap.coverage.search import exposure
from alprmap.roads import Graph

if TYPE_CHECKING:  # kernels, and numba with them, are loaded where they are needed
    from alprmap.roads import Hierarchy, Order

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
AT_ONCE = 20_000
"""Trips whose ways are held at once (a way has a few hundred arcs)."""


@dataclass(frozen=True)
class Asked:
    """Trips by where they start.

    Those from node `start[i]` are `trip[first[i]:first[i + 1]]`, each to `goal[trip]`; they are
    looked for within `reach_m[i]` of the start."""

    start: IntArray
    first: IntArray
    trip: IntArray
    goal: IntArray
    reach_m: FloatArray

    @staticmethod
    def of(origin: IntArray, goal: IntArray, reach_m: FloatArray) -> Asked:
        """Group trips; `reach_m` is per trip, the widest of a start counts."""
        start, group = np.unique(origin, return_inverse=True)
        wide = np.zeros(len(start))
        np.maximum.at(wide, group, reach_m)
        trip = np.argsort(group, kind="stable")
        first = np.searchsorted(group[trip], np.arange(len(start) + 1))
        return Asked(start, first, trip, goal, wide)

    def from_starts(self, number: IntArray) -> tuple[IntArray, IntArray]:
        """Return (place in `number`, trip) of all trips from some starts."""
        many = np.diff(self.first)[number]
        skip = np.repeat(self.first[number] - (np.cumsum(many) - many), many)
        row = np.repeat(np.arange(len(number)), many)
        return row, self.trip[np.arange(len(row)) + skip]


@dataclass(frozen=True)
class Ways:
    """The ways of the trips from starts `number`: trip `trip[step]` drives `arc`, the last arc of
    each trip first."""

    number: IntArray
    trip: IntArray
    step: IntArray
    arc: IntArray


@dataclass(frozen=True)
class Journeys:
    """Searches for trips on a graph whose arcs are read `count` times."""

    graph: Graph
    count: IntArray
    asked: Asked

    @cached_property
    def _copies(self) -> tuple[IntArray, IntArray]:
        return exposure.copies(self.graph)

    @cached_property
    def _ends(self) -> IntArray:
        _, copies = self._copies
        goals = copies[np.isin(self.graph.base[copies], self.asked.goal)]
        return np.asarray(np.r_[self.asked.start, goals], dtype=np.int64)

    @cached_property
    def _order(self) -> Order:
        from alprmap.roads import order_of

        # which arcs there are does not depend on what they cost
        return order_of(self.graph.matrix(np.ones(self.graph.n_arcs))[0])

    def ways(self, way: exposure.Way, skip: NDArray[np.bool_]) -> Iterator[Ways]:
        """Yield the ways of all trips, start by start; those of starts to `skip` are known."""
        asked, above = self.asked, None
        # made anew for each manner of way: those of the others need not stand beside it
        router = exposure.Router(self.graph, self.count, way, self._ends)
        if compiled.worth(int((~skip).sum()) * self.graph.n_nodes):
            above = _Above.of(router, self._order)
        for each in np.unique(asked.reach_m):
            some = np.flatnonzero(asked.reach_m == each)
            for group, near in exposure.neighborhoods(self.graph, asked.start[some], float(each)):
                number = some[group]
                number = number[~skip[number]]
                if above is None:
                    yield from self._within(router, near.nodes, number, None)
                    continue
                for part in self._parts(number):
                    yield from self._from_above(above, router, near, part)

    def _parts(self, number: IntArray) -> Iterator[IntArray]:
        """Split starts so that not too many trips are looked at together."""
        run = np.cumsum(np.diff(self.asked.first)[number])
        yield from np.split(number, np.flatnonzero(np.diff(run // AT_ONCE)) + 1)

    def _from_above(
        self, above: _Above, router: exposure.Router, near: exposure.Near, number: IntArray
    ) -> Iterator[Ways]:
        row, trip = self.asked.from_starts(number)
        goals = self._copies_of(self.asked.goal[trip])
        reached, step, entry = above.ways(self.asked.start[number][row], goals)
        fits = np.ones(len(trip), dtype=bool)
        fits[step[~(near.holds(above.tail[entry]) & near.holds(above.head[entry]))]] = False
        place = np.cumsum(fits & reached) - 1
        use = fits[step]
        parts = [Ways(number, trip[fits & reached], place[step[use]], above.arc[entry[use]])]
        if not fits.all():
            wanted = np.zeros(len(self.asked.goal), dtype=bool)
            wanted[trip[~fits]] = True
            again = number[np.unique(row[~fits])]
            parts += self._within(router, near.nodes, again, wanted)
        yield _joined(number, parts)

    def _within(
        self,
        router: exposure.Router,
        near: IntArray,
        number: IntArray,
        wanted: NDArray[np.bool_] | None,
    ) -> Iterator[Ways]:
        """Search trees in a neighborhood for the trips of some starts, or those of them wanted."""
        for trees in router.trees_within(near, self.asked.start[number], number):
            row, trip = self.asked.from_starts(trees.number)
            if wanted is not None:
                row, trip = row[wanted[trip]], trip[wanted[trip]]
            column = self._cheapest(trees, row, self.asked.goal[trip])
            row, trip, column = row[column >= 0], trip[column >= 0], column[column >= 0]
            step, tail, head = trees.walk(row, column)
            which, arc = router.arcs(tail, head)
            yield Ways(trees.number, trip, step[which], arc)

    def _copies_of(self, goal: IntArray) -> tuple[IntArray, IntArray]:
        """Return (first of each goal and the end, nodes): a goal and its copies."""
        at, copies = self._copies
        many = at[goal + 1] - at[goal]
        first = np.r_[0, np.cumsum(many)]
        skip = np.repeat(at[goal] - first[:-1], many)
        return first, copies[np.arange(first[-1]) + skip]

    def _cheapest(self, trees: exposure.Trees, row: IntArray, goal: IntArray) -> IntArray:
        return cheapest(trees, row, goal, *self._copies)


def _joined(number: IntArray, parts: list[Ways]) -> Ways:
    """Return ways that were looked for in several manners as those of one set of starts."""
    skip = np.cumsum([0, *(len(p.trip) for p in parts)])
    return Ways(
        number,
        np.concatenate([p.trip for p in parts]),
        np.concatenate([p.step + s for p, s in zip(parts, skip[:-1], strict=True)]),
        np.concatenate([p.arc for p in parts]),
    )


@dataclass(frozen=True)
class _Above:
    """A hierarchy over a whole network, and where its entries lead."""

    made: Hierarchy
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    arc: IntArray

    @staticmethod
    def of(router: exposure.Router, order: Order) -> _Above:
        from alprmap.roads import with_costs

        matrix, arc = router.whole
        made = with_costs(*router.with_ties, order)
        nodes = np.arange(matrix.shape[0], dtype=np.int32)
        tail = np.repeat(nodes, np.diff(matrix.indptr))
        return _Above(made, tail, matrix.indices, arc)

    def ways(
        self, source: IntArray, goals: tuple[IntArray, IntArray]
    ) -> tuple[NDArray[np.bool_], IntArray, IntArray]:
        """Return which questions have a way, and (question, entry) of all ways, last entries
        first."""
        from alprmap.roads import cheapest_ways

        goal, first, entry = cheapest_ways(self.made, source, goals)
        return goal >= 0, np.repeat(np.arange(len(goal)), np.diff(first)), entry


def cheapest(
    trees: exposure.Trees, row: IntArray, goal: IntArray, copies_at: IntArray, copies: IntArray
) -> IntArray:
    """Column of each goal, or of the copy of it that is reached first; -1 where there is no way."""
    many = copies_at[goal + 1] - copies_at[goal]
    pair = np.repeat(np.arange(len(goal)), many)
    at = np.arange(len(pair)) - np.repeat(np.cumsum(many) - many, many) + copies_at[goal][pair]
    column, there = trees.columns(copies[at])
    cost = np.where(there, trees.cost[row[pair], column], np.inf)
    order = np.lexsort((column, cost, pair))
    order = order[np.r_[True, np.diff(pair[order]) != 0]] if len(order) else order
    return np.where(np.isfinite(cost[order]), column[order], -1)
