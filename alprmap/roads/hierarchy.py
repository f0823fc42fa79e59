"""Cheapest ways between many pairs of nodes by a customizable hierarchy.

Nodes are taken off the network one by one, those with few neighbors first; the neighbors of each
are joined with each other, so that what is left keeps all distances (customizable contraction
hierarchies, Dibbelt, Strasser & Wagner 2016; here ordered by least degree, which needs no geometry
and takes chains and dead ends off first). The order depends on which nodes are joined, not on what
arcs cost, so one order serves the fastest and the least-read way. A question then looks only at
what was taken off after its ends: some hundred nodes in a city.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from alprmap.compiled import kernel
from alprmap.heap import roomy

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Array = Any


@dataclass(frozen=True)
class Order:
    """The order in which nodes are taken off: `rank` of each node.

    Nodes are told by rank from here on. Node v has arcs `first[v] … first[v + 1]` to nodes `head`
    (ascending) that are taken off after it; `tail` is v itself.
    """

    rank: IntArray
    first: IntArray
    head: NDArray[np.int32]
    tail: NDArray[np.int32]


@dataclass(frozen=True)
class Hierarchy:
    """An order with costs: of each arc upward (row 0, toward the later node) and downward (row 1).

    `cost` (infinite: no way) and `tie` of each arc, shapes (2, arcs); an arc goes along the entry
    `entry` of the matrix, or (-1) along the two arcs `by`, shape (2, arcs, 2): down to a node taken
    off earlier, then up from it."""

    order: Order
    cost: FloatArray
    tie: FloatArray
    entry: NDArray[np.int32]
    by: NDArray[np.int32]
    rooms: list[tuple[Array, ...]] = field(default_factory=list, repr=False, compare=False)
    """Notes of earlier searches, to be used again (`cheapest_ways`)."""


def order_of(matrix: sparse.csr_array) -> Order:
    """Return the order of the nodes of a matrix."""
    n = matrix.shape[0]
    both = sparse.csr_array((np.ones(matrix.nnz, np.int8), matrix.indices, matrix.indptr), (n, n))
    both = sparse.csr_array(both + both.T)
    both.sort_indices()
    rank, first, head = _taken_off(both.indptr.astype(np.int64), both.indices)
    del both
    rows = sparse.csr_array((np.ones(len(head), np.int8), head, first), (n, n))
    rows.sort_indices()
    tail = np.repeat(np.arange(n, dtype=np.int32), np.diff(first))
    return Order(rank, first, rows.indices.astype(np.int32, copy=False), tail)


def with_costs(matrix: sparse.csr_array, tie: FloatArray, order: Order) -> Hierarchy:
    """Put the costs of a matrix, and the ties of its entries, into the order of its nodes."""
    arcs = len(order.head)
    cost, ties = np.full((2, arcs), np.inf), np.full((2, arcs), np.inf)
    entry, by = np.full((2, arcs), -1, np.int32), np.full((2, arcs, 2), -1, np.int32)
    ways = (matrix.indptr, matrix.indices, matrix.data, tie)
    _laid(*ways, order.rank, order.first, order.head, cost, ties, entry)
    _customize(order.first, order.head, cost, ties, entry, by)
    return Hierarchy(order, cost, ties, entry, by)


def cheapest_ways(
    made: Hierarchy, source: IntArray, goals: tuple[IntArray, IntArray]
) -> tuple[IntArray, IntArray, IntArray]:
    """Find the cheapest way from each source to the nearest of its goals.

    Parameters
    ----------
    source
        Node of each question, shape (q,); best sorted.
    goals
        (first of each question and the end, nodes): those of question i are
        `nodes[first[i]:first[i + 1]]`; of goals that cost the same the first is taken.

    Returns
    -------
    (goal, first, entry): the node each question leads to (-1: no way), and the entries of its way,
    the last driven first, `entry[first[i]:first[i + 1]]`.
    """
    order = made.order
    first, nodes = goals
    # taken out while it is used, and not put back by a search that did not come to its end
    room = made.rooms.pop() if made.rooms else _room(len(order.first) - 1)
    best, ends, entry = _answered(
        room,
        order.first,
        order.head,
        order.tail,
        made.cost,
        made.tie,
        made.entry,
        made.by,
        order.rank[source],
        first,
        order.rank[nodes],
    )
    made.rooms.append(room)
    goal = np.where(best >= 0, nodes[np.maximum(best, 0)] if len(nodes) else -1, -1)
    return goal, ends, entry


def _room(n: int) -> tuple[Array, ...]:
    """Return what a search notes of n nodes: cost, tie and last arc, up and back.

    A search leaves it as it found it, so that few questions asked again and again do not cost a
    pass over the network each.
    """
    cost, tie = np.full((2, n), np.inf), np.full((2, n), np.inf)
    return cost[0], tie[0], np.empty(n, np.int32), cost[1], tie[1], np.empty(n, np.int32)


@kernel
def _taken_off(indptr: Array, near: Array) -> Array:
    """Return the rank of each node, and arcs to the neighbors it had when it was taken off (told by
    rank): first, head."""
    n = len(indptr) - 1
    # the neighbors of v are room[start[v] : start[v] + many[v]], with place for most[v]
    room, used = near.astype(np.int32), len(near)
    start, many = indptr[:n].copy(), indptr[1:] - indptr[:n]
    most, level, rank = many.copy(), np.zeros(n, np.int64), np.full(n, -1, np.int64)
    # nodes wait in buckets, one a key; the bucket of key k is a list that begins at bucket[k]
    bucket = np.full(1024, -1, np.int32)
    after, before, now = np.empty(n, np.int32), np.empty(n, np.int32), np.full(n, -1, np.int64)
    here = 0
    for v in range(n - 1, -1, -1):
        bucket = _moved(bucket, after, before, now, v, 2 * many[v])
    up, first = np.empty(2 * len(near) + 16, np.int32), np.zeros(n + 1, np.int64)
    kept, mark, count = 0, np.full(n, -1, np.int64), 0
    while count < n:
        while bucket[here] < 0:
            here += 1
        v = bucket[here]
        bucket[here] = after[v]
        if after[v] >= 0:
            before[after[v]] = -1
        k = many[v]
        if kept + k > len(up):
            up = roomy(up, kept + k)
        up[kept : kept + k] = room[start[v] : start[v] + k]
        rank[v], kept, count = count, kept + k, count + 1
        first[count] = kept
        for u in up[kept - k : kept]:
            if many[u] + k > most[u]:
                wide = 2 * (many[u] + k)
                room = roomy(room, used + wide)
                room[used : used + many[u]] = room[start[u] : start[u] + many[u]]
                start[u], most[u], used = used, wide, used + wide
            many[u] = _instead(room, start[u], many[u], mark, u, v, up[kept - k : kept])
            level[u] = max(level[u], level[v] + 1)
            key = 2 * many[u] + level[u]
            here = min(here, key)
            bucket = _moved(bucket, after, before, now, u, key)
    for i in range(kept):
        up[i] = rank[up[i]]
    return rank, first, up[:kept].copy()


@kernel
def _moved(bucket: Array, after: Array, before: Array, now: Array, v: int, key: int) -> Array:
    """Put a node into the bucket of a key, out of the one it is in (`now`; -1: none); return the
    buckets."""
    if now[v] == key:
        return bucket
    if now[v] >= 0:
        if before[v] >= 0:
            after[before[v]] = after[v]
        else:
            bucket[now[v]] = after[v]
        if after[v] >= 0:
            before[after[v]] = before[v]
    if key >= len(bucket):
        wide = np.full(2 * key, -1, np.int32)
        wide[: len(bucket)] = bucket
        bucket = wide
    after[v], before[v], now[v] = bucket[key], -1, key
    if bucket[key] >= 0:
        before[bucket[key]] = v
    bucket[key] = v
    return bucket


@kernel
def _instead(room: Array, start: int, many: int, mark: Array, u: int, v: int, more: Array) -> int:
    """Take neighbor v from u, give it the other neighbors of v; return how many it has then."""
    gone = start
    for j in range(start, start + many):
        mark[room[j]] = u
        if room[j] == v:
            gone = j
    mark[u] = u
    many -= 1
    room[gone] = room[start + many]
    for w in more:
        if mark[w] != u:
            room[start + many] = w
            many += 1
    return many


@kernel
def _laid(
    indptr: Array,
    near: Array,
    data: Array,
    tie: Array,
    rank: Array,
    first: Array,
    head: Array,
    cost: Array,
    ties: Array,
    entry: Array,
) -> None:
    """Lay what the entries of a matrix cost on the arcs they lead along."""
    for i in range(len(indptr) - 1):
        for e in range(indptr[i], indptr[i + 1]):
            a, b = rank[i], rank[near[e]]
            side = 0 if a < b else 1
            at = first[min(a, b)]
            while head[at] != max(a, b):
                at += 1
            cost[side, at], ties[side, at], entry[side, at] = data[e], tie[e], e


@kernel
def _customize(first: Array, head: Array, cost: Array, tie: Array, entry: Array, by: Array) -> None:
    """Let every arc take the cheapest way over nodes taken off before both of its ends."""
    for v in range(len(first) - 1):
        for i in range(first[v], first[v + 1]):
            x = head[i]
            at = first[x]
            for j in range(i + 1, first[v + 1]):
                y = head[j]
                while head[at] != y:
                    at += 1
                for side in range(2):
                    # up: from x down to v and up to y; down: from y down to v and up to x
                    a, b = (i, j) if side == 0 else (j, i)
                    more = cost[1, a] + cost[0, b]
                    if more > cost[side, at] or more == np.inf:
                        continue
                    tied = tie[1, a] + tie[0, b]
                    if more < cost[side, at] or tied < tie[side, at]:
                        cost[side, at], tie[side, at] = more, tied
                        entry[side, at] = -1
                        by[side, at, 0], by[side, at, 1] = a, b


@kernel
def _climb(
    first: Array, head: Array, cost: Array, tie: Array, start: int, c: Array, t: Array, last: Array
) -> None:
    """Search from a node to all that were taken off later; `c` and `t` are infinite elsewhere."""
    c[start], t[start], last[start] = 0.0, 0.0, -1
    v = start
    while True:
        if c[v] < np.inf:
            for a in range(first[v], first[v + 1]):
                w = head[a]
                more = c[v] + cost[a]
                if more > c[w] or more == np.inf:
                    continue
                tied = t[v] + tie[a]
                if more < c[w] or tied < t[w]:
                    c[w], t[w], last[w] = more, tied, a
        if first[v] == first[v + 1]:
            return
        v = head[first[v]]


@kernel
def _forget(first: Array, head: Array, start: int, c: Array, t: Array) -> None:
    """Make infinite again what a search from a node may have touched."""
    v = start
    while True:
        c[v], t[v] = np.inf, np.inf
        if first[v] == first[v + 1]:
            return
        v = head[first[v]]


@kernel
def _met(
    first: Array, head: Array, goal: int, c: Array, t: Array, back_c: Array, back_t: Array
) -> int:
    """Return the node at which the cheapest way to a goal turns down; -1 without a way."""
    best, best_c, best_t = -1, np.inf, np.inf
    v = goal
    while True:
        whole = c[v] + back_c[v]
        if whole < best_c or (whole == best_c and whole < np.inf and t[v] + back_t[v] < best_t):
            best, best_c, best_t = v, whole, t[v] + back_t[v]
        if first[v] == first[v + 1]:
            return best
        v = head[first[v]]


@kernel
def _answered(
    room: tuple[Array, ...],
    first: Array,
    head: Array,
    tail: Array,
    cost: Array,
    tie: Array,
    entry: Array,
    by: Array,
    source: Array,
    goals_at: Array,
    goals: Array,
) -> Array:
    """Return for each question the place of its goal, and the entries of its way: ends, entries."""
    c, t, last, back_c, back_t, back = room
    best, ends = np.full(len(source), -1, np.int64), np.zeros(len(source) + 1, np.int64)
    out, filled = np.empty(1024, np.int32), 0
    stack, sides = np.empty(1024, np.int64), np.empty(1024, np.int64)
    here = -1
    for q in range(len(source)):
        if source[q] != here:
            if here >= 0:
                _forget(first, head, here, c, t)
            here = source[q]
            _climb(first, head, cost[0], tie[0], here, c, t, last)
        least = np.inf
        for g in range(goals_at[q], goals_at[q + 1]):
            _climb(first, head, cost[1], tie[1], goals[g], back_c, back_t, back)
            top = _met(first, head, goals[g], c, t, back_c, back_t)
            if top >= 0 and c[top] + back_c[top] < least:
                least, best[q] = c[top] + back_c[top], g
            _forget(first, head, goals[g], back_c, back_t)
        if best[q] >= 0:
            goal = goals[best[q]]
            _climb(first, head, cost[1], tie[1], goal, back_c, back_t, back)
            top = _met(first, head, goal, c, t, back_c, back_t)
            stack, sides, size = _stacked(tail, last, back, here, top, goal, stack, sides)
            out, filled, stack, sides = _unpacked(entry, by, stack, sides, size, out, filled)
            _forget(first, head, goal, back_c, back_t)
        ends[q + 1] = filled
    if here >= 0:
        _forget(first, head, here, c, t)
    return best, ends, out[:filled].copy()


@kernel
def _stacked(
    tail: Array,
    last: Array,
    back: Array,
    source: int,
    top: int,
    goal: int,
    stack: Array,
    sides: Array,
) -> Array:
    """Put the arcs of a way on a stack in order of travel, those up from the source, then those
    down: (stack, side of each, how many)."""
    size = 0
    v = top
    while v != source:
        size += 1
        v = tail[last[v]]
    stack, sides = roomy(stack, size), roomy(sides, size)
    at, v = size, top
    while v != source:
        at -= 1
        stack[at], sides[at] = last[v], 0
        v = tail[last[v]]
    v = top
    while v != goal:
        if size == len(stack):
            stack, sides = roomy(stack, size + 1), roomy(sides, size + 1)
        stack[size], sides[size] = back[v], 1
        size += 1
        v = tail[back[v]]
    return stack, sides, size


@kernel
def _unpacked(
    entry: Array, by: Array, stack: Array, sides: Array, size: int, out: Array, filled: int
) -> Array:
    """Write the entries behind the arcs on a stack behind the first `filled`, the last driven
    first: (entries, how many, stack, sides)."""
    while size > 0:
        size -= 1
        a, side = stack[size], sides[size]
        if entry[side, a] >= 0:
            # looked at here, for handing arrays to and fro costs more than the look
            if filled == len(out):
                out = roomy(out, filled + 1)
            out[filled] = entry[side, a]
            filled += 1
            continue
        if size + 2 > len(stack):
            stack, sides = roomy(stack, size + 2), roomy(sides, size + 2)
        stack[size], sides[size] = by[side, a, 0], 1
        stack[size + 1], sides[size + 1] = by[side, a, 1], 0
        size += 2
    return out, filled, stack, sides
