"""How long the best other way takes when some nodes are closed: one small search per question.

One tree of fastest ways serves all questions of a source. Closing nodes changes only what lies
behind them in the tree: the ways to all other nodes still hold. So the search goes back from the
target through what lies behind, until it meets what does not, and is led by the tree: with the cost
from the source as potential (Goldberg & Harrelson 2005) it looks no farther than ways within the
limit go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from alprmap import compiled
from alprmap.coverage.search.exposure import fastest_m_s, neighborhoods, part_of
from alprmap.coverage.search.rooted import preorder
from alprmap.roads import UNREACHED, Graph
from alprmap.store import Parts, Pieces

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
STEPS_S = (120.0, 360.0, 1080.0, np.inf)
"""Sources are taken in order of their limit, each within the part of the network such a limit can
reach. """
NEAR_FIRST = (0.3, 1.0)
"""Shares of what a way may take longer than the direct one; each is searched when the one before
found none. """
AT_ONCE = 256
"""Sources whose questions are answered in one go, between two reports of progress."""
NEAR_NODES = 10_000
"""Arcs that a question looks at, roughly, its share of the tree of its source included."""
ELSEWHERE, BEHIND, CLOSED = -1, -2, -3
"""Where a node stands in one question; 0, 1, … number those that are searched."""


def detours(
    graph: Graph,
    weight: FloatArray,
    source: IntArray,
    target: IntArray,
    shut: BoolArray,
    closed: list[IntArray],
    limit: FloatArray,
    *,
    progress: Callable[[int, int], None] | None = None,
    parts: Parts | None = None,
) -> FloatArray:
    """Return the least cost from each source to its target when no way goes through closed nodes.

    Parameters
    ----------
    graph, weight
        The graph and the cost of each arc.
    source, target
        Nodes each question leads from and to, shape (n,); they are open.
    shut
        Nodes closed in every question.
    closed
        Further nodes closed, per question.
    limit
        Cost beyond which an answer does not matter (infinite then), shape (n,).
    parts
        Where answers are kept for a later run of the same questions.
    """
    out = np.full(len(source), np.inf)
    pieces = Pieces(parts, "alternatives")
    known = np.zeros(len(source), dtype=bool)
    for piece in pieces.saved():
        out[piece["question"]], known[piece["question"]] = piece["cost"], True
    start, number = np.unique(source, return_inverse=True)
    by_start = np.argsort(number, kind="stable")
    first = np.searchsorted(number[by_start], np.arange(len(start) + 1))
    asked = _Asked(start, first, by_start, source, target, closed, limit, known)
    nodes = min(NEAR_NODES, graph.n_nodes) * int((~known).sum())
    answers = _by_kernel if compiled.worth(nodes) else _by_trees
    for some, cost in answers(graph, weight, shut, asked):
        out[some], known[some] = cost, True
        pieces.add(question=some, cost=cost)
        if progress is not None:
            progress(int(known.sum()), len(source))
    pieces.flush()
    return out


@dataclass(frozen=True)
class _Asked:
    """Questions by source: those of `start[i]` are `by_start[first[i]:first[i + 1]]`; answers to
    those `known` are not looked for."""

    start: IntArray
    first: IntArray
    by_start: IntArray
    source: IntArray
    target: IntArray
    closed: list[IntArray]
    limit: FloatArray
    known: BoolArray


def _by_kernel(
    graph: Graph, weight: FloatArray, shut: BoolArray, asked: _Asked
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Answer questions, some hundred sources in one go."""
    from alprmap.coverage.search.kernels import other_ways

    matrix, _ = graph.matrix(weight)
    back = matrix.T.tocsr()
    n = graph.n_nodes
    room, marks = np.full((3, n), np.inf), np.full((5, n), -1, dtype=np.int32)
    some = asked.by_start[~asked.known[asked.by_start]]
    source = asked.source[some]
    begin = np.flatnonzero(np.diff(source, prepend=-1))
    first = np.r_[begin, len(some)]
    closed = [asked.closed[q] for q in some]
    closed_at = np.r_[0, np.cumsum([len(c) for c in closed])].astype(np.int64)
    flat = np.concatenate([np.zeros(0, np.int64), *closed])
    cost = np.full(len(some), np.inf)
    for low in range(0, len(begin), AT_ONCE):
        high = min(low + AT_ONCE, len(begin))
        other_ways(
            matrix.indptr,
            matrix.indices,
            matrix.data,
            back.indptr,
            back.indices,
            back.data,
            shut,
            (low, high),
            source[begin],
            first,
            asked.target[some],
            asked.limit[some],
            closed_at,
            flat,
            room,
            marks,
            cost,
        )
        part = slice(first[low], first[high])
        yield some[part], cost[part]


def _by_trees(
    graph: Graph, weight: FloatArray, shut: BoolArray, asked: _Asked
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Answer questions by one tree of a source after the other."""
    fastest = fastest_m_s(graph)
    matrix, _ = graph.matrix(weight)
    room = np.full(graph.n_nodes, -1, dtype=np.int32)
    start, first = asked.start, asked.first
    farthest = np.zeros(len(start))
    np.maximum.at(farthest, np.searchsorted(start, asked.source), asked.limit)
    low = -1.0
    for high in STEPS_S:
        some = np.flatnonzero((farthest > low) & (farthest <= high))
        low = high
        reach = float(farthest[some].max()) * fastest if len(some) else 0.0
        for group, near in neighborhoods(graph, start[some], reach):
            ground: _Ground | None = None
            for s in some[group]:
                mine = asked.by_start[first[s] : first[s + 1]]
                mine = mine[~asked.known[mine]]
                if not len(mine):
                    continue
                ground = ground or _Ground.of(matrix, near.nodes, shut, room)
                tree = ground.tree(int(start[s]), float(farthest[s]))
                goals = asked.target[mine].tolist()
                yield (
                    mine,
                    np.array(
                        [
                            tree.around(goal, asked.closed[q], float(asked.limit[q]))
                            for q, goal in zip(mine.tolist(), goals, strict=True)
                        ]
                    ),
                )


@dataclass(frozen=True)
class _Ground:
    """The part of the network some sources can reach: `ahead` without what leaves shut nodes,
    `back` with it."""

    nodes: IntArray
    shut: BoolArray
    ahead: sparse.csr_array
    free: FloatArray
    back: sparse.csr_array

    @staticmethod
    def of(
        matrix: sparse.csr_array, nodes: IntArray, shut: BoolArray, room: NDArray[np.int32]
    ) -> _Ground:
        ahead = part_of(matrix, nodes, room)[0]
        back, free = ahead.T.tocsr(), ahead.data.copy()
        ahead.data[np.repeat(shut[nodes], np.diff(ahead.indptr))] = np.inf
        return _Ground(nodes, shut[nodes], ahead, free, back)

    def tree(self, source: int, limit: float) -> _Tree:
        """Search from a node, which may be left though it is shut."""
        start = int(np.searchsorted(self.nodes, source))
        own = slice(self.ahead.indptr[start], self.ahead.indptr[start + 1])
        kept = self.ahead.data[own].copy()
        self.ahead.data[own] = self.free[own]
        cost, before = csgraph.dijkstra(
            self.ahead, indices=start, limit=limit, return_predecessors=True
        )
        self.ahead.data[own] = kept
        near = np.flatnonzero(np.isfinite(cost))
        place = np.full(len(self.nodes), -1)
        place[near] = np.arange(len(near))
        root = int(place[start])
        parent = place[np.where(before[near] == UNREACHED, near, before[near])]
        low, high = preorder(parent, root)
        order = np.empty(len(near), dtype=np.int64)
        order[low] = np.arange(len(near))
        open_ = ~self.shut[near]
        open_[root] = True
        return _Tree(
            self, near, place, cost[near], open_, low, high, order, np.full(len(near), ELSEWHERE)
        )


@dataclass(frozen=True)
class _Tree:
    """Fastest ways from one source to the nodes `near`, and what lies behind each of them.

    `place` numbers the nodes of the ground among `near` (-1: too far); a node and all behind it
    stand at `order[low:high + 1]`; `local` is room for one question's numbers.
    """

    ground: _Ground
    near: IntArray
    place: IntArray
    cost: FloatArray
    open: BoolArray
    low: IntArray
    high: IntArray
    order: IntArray
    local: IntArray

    def around(self, target: int, closed: IntArray, limit: float) -> float:
        """Return the least cost to a target without closed nodes; infinite beyond the limit."""
        goal, *barred = self._places(np.r_[target, closed])
        if goal < 0 or self.cost[goal] > limit:
            return np.inf
        bar = np.array([b for b in barred if b >= 0], dtype=np.int64)
        behind = self._behind(bar)
        # a closed node may be reached, not left
        self.local[behind], self.local[bar] = BEHIND, CLOSED
        try:
            return (
                self._other(int(goal), behind, limit)
                if self.local[goal] == BEHIND
                else float(self.cost[goal])
            )
        finally:
            self.local[behind] = ELSEWHERE

    def _other(self, goal: int, behind: IntArray, limit: float) -> float:
        direct, found = float(self.cost[goal]), np.inf
        behind = behind[self.local[behind] == BEHIND]
        for share in NEAR_FIRST:
            most = direct + share * (limit - direct)
            some = behind[self.cost[behind] <= most]
            self.local[some] = np.arange(len(some))
            found = self._back(goal, some, most)
            if np.isfinite(found):
                break
        return found

    def _places(self, nodes: IntArray) -> IntArray:
        at = np.minimum(np.searchsorted(self.ground.nodes, nodes), len(self.ground.nodes) - 1)
        return np.where(self.ground.nodes[at] == nodes, self.place[at], -1)

    def _behind(self, bar: IntArray) -> IntArray:
        """Return what lies behind some nodes, they included."""
        spans: list[IntArray] = []
        end = -1
        for node in bar[np.argsort(self.low[bar])].tolist():
            # spans lie in each other or apart
            if self.low[node] > end:
                end = int(self.high[node])
                spans.append(self.order[self.low[node] : end + 1])
        return np.concatenate(spans) if spans else bar

    def _back(self, goal: int, behind: IntArray, limit: float) -> float:
        back, rows = self.ground.back, self.near[behind]
        many = (back.indptr[rows + 1] - back.indptr[rows]).astype(np.int64)
        at = np.arange(int(many.sum())) + np.repeat(
            back.indptr[rows] - (np.cumsum(many) - many), many
        )
        here, there = np.repeat(np.arange(len(behind)), many), self.place[back.indices[at]]
        use = (
            (there >= 0)
            & self.open[there]
            & (self.cost[there] <= limit)
            & (self.local[there] != CLOSED)
        )
        here, there, at = here[use], there[use], at[use]
        more = back.data[at] + self.cost[there] - self.cost[behind[here]]
        inside = self.local[there] != ELSEWHERE
        # what does not lie behind is as far from the source as ever
        last = np.full(len(behind), np.inf)
        np.minimum.at(last, here[~inside], more[~inside])
        ends = np.r_[0, np.cumsum(np.bincount(here[inside], minlength=len(behind)))].astype(
            np.int32
        )
        index = (self.local[there[inside]].astype(np.int32), ends)
        ways = sparse.csr_array((more[inside], *index), shape=(len(behind), len(behind)))
        beyond = csgraph.dijkstra(
            ways, indices=int(self.local[goal]), limit=limit - self.cost[goal]
        )
        cost = float(self.cost[goal] + (beyond + last).min())
        return cost if cost <= limit else np.inf
