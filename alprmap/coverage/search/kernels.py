"""A heap for searches that are compiled (`alprmap.coverage.search.compiled`).

Ways are compared by cost and, where costs are equal, by the sum of the ties of their entries
(`alprmap.coverage.search.ties`): which of two equally good ways is taken never depends on the order
in which a search came upon them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from alprmap.coverage.search.compiled import kernel

Array = Any


@kernel
def push(cost: Array, tie: Array, node: Array, size: int, c: float, t: float, v: int) -> int:
    """Put a node on a heap of (cost, tie, node) and return the new size."""
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if cost[up] < c or (cost[up] == c and tie[up] <= t):
            break
        cost[at], tie[at], node[at] = cost[up], tie[up], node[up]
        at = up
    cost[at], tie[at], node[at] = c, t, v
    return size + 1


@kernel
def pop(cost: Array, tie: Array, node: Array, size: int) -> int:
    """Take the least off a heap (read it at place 0 before) and return the new size."""
    size -= 1
    c, t, v = cost[size], tie[size], node[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        other = down + 1
        if other < size and (
            cost[other] < cost[down] or (cost[other] == cost[down] and tie[other] < tie[down])
        ):
            down = other
        if c < cost[down] or (c == cost[down] and t <= tie[down]):
            break
        cost[at], tie[at], node[at] = cost[down], tie[down], node[down]
        at = down
    if size > 0:
        cost[at], tie[at], node[at] = c, t, v
    return size


@kernel
def next_gates(
    indptr: Array,
    head: Array,
    weight: Array,
    tie: Array,
    read: Array,
    gate_at: Array,
    length: Array,
    sources: Array,
    limits: Array,
    most: Array,
    cost: Array,
    ties: Array,
    meters: Array,
    times: Array,
    before: Array,
) -> Array:
    """Search from nodes to the read nodes that are met first: (source, node, ends, way).

    `read` says which nodes are read, `gate_at` which of them count; ways of the pairs are
    `way[ends[i]:ends[i + 1]]`, both ends included, the last node first. No way costs more than
    `limits` of its source or has more of `length` (per node) than `most`. `cost` (infinite), `ties`,
    `meters`, `times` and `before` are room, one place per node, and left so.
    """
    heap_c, heap_t, heap_v = np.empty(1024), np.empty(1024), np.empty(1024, np.int64)
    touched = np.empty(1024, np.int64)
    pair_a, pair_b = np.empty(256, np.int64), np.empty(256, np.int64)
    ends, way = np.zeros(257, np.int64), np.empty(1024, np.int32)
    pairs, steps = 0, 0
    for row in range(len(sources)):
        s = sources[row]
        cost[s], ties[s], meters[s], times[s], before[s] = 0.0, 0.0, 0.0, 0, -1
        size, seen = push(heap_c, heap_t, heap_v, 0, 0.0, 0.0, s), 1
        touched[0] = s
        fresh = 1
        # what has passed another reader, or gone too far, only matters as long as something has not
        while size > 0 and fresh > 0:
            c, t, v = heap_c[0], heap_t[0], heap_v[0]
            size = pop(heap_c, heap_t, heap_v, size)
            if c != cost[v] or t != ties[v]:
                continue
            passed = times[v]
            if passed <= 1 and meters[v] <= most[row]:
                fresh -= 1
                if passed == 1 and gate_at[v]:
                    if pairs == len(pair_a):
                        pair_a, pair_b = _longer(pair_a), _longer(pair_b)
                        ends = _longer(ends)
                    pair_a[pairs], pair_b[pairs] = row, v
                    u = v
                    while u >= 0:
                        if steps == len(way):
                            way = _longer(way)
                        way[steps] = u
                        steps += 1
                        u = before[u]
                    pairs += 1
                    ends[pairs] = steps
            if read[v]:
                passed += 1
            far = meters[v] + length[v]
            for e in range(indptr[v], indptr[v + 1]):
                w = head[e]
                more = c + weight[e]
                if more > limits[row] or more > cost[w]:
                    continue
                tied = t + tie[e]
                if more == cost[w] and tied >= ties[w]:
                    continue
                if cost[w] == np.inf:
                    if seen == len(touched):
                        touched = _longer(touched)
                    touched[seen] = w
                    seen += 1
                elif times[w] <= 1 and meters[w] <= most[row]:
                    fresh -= 1
                if passed <= 1 and far <= most[row]:
                    fresh += 1
                cost[w], ties[w], meters[w], times[w], before[w] = more, tied, far, passed, v
                if size == len(heap_c):
                    heap_c, heap_t, heap_v = _longer(heap_c), _longer(heap_t), _longer(heap_v)
                size = push(heap_c, heap_t, heap_v, size, more, tied, w)
        for i in range(seen):
            cost[touched[i]] = np.inf
    return (
        pair_a[:pairs].copy(),
        pair_b[:pairs].copy(),
        ends[: pairs + 1].copy(),
        way[:steps].copy(),
    )


@kernel
def _longer(values: Array) -> Array:
    out = np.empty(2 * len(values), values.dtype)
    out[: len(values)] = values
    return out


@kernel
def other_ways(
    ahead: Array,
    ahead_head: Array,
    ahead_weight: Array,
    back: Array,
    back_head: Array,
    back_weight: Array,
    shut: Array,
    span: tuple[int, int],
    source: Array,
    first: Array,
    target: Array,
    limit: Array,
    closed_at: Array,
    closed: Array,
    room: Array,
    marks: Array,
    out: Array,
) -> None:
    """Fill `out` with the least cost of each question (`alprmap.coverage.search.detour`).

    Of the sources those in `span` are taken. Questions `first[i] … first[i + 1]` leave `source[i]`;
    question q leads to `target[q]` and must not leave the nodes
    `closed[closed_at[q]:closed_at[q + 1]]`. `room` (3, n), infinite in rows 0 and 1, and `marks`
    (5, n), -1 before the first call, hold what is known of nodes.
    """
    cost, rest, before = room[0], room[1], marks[0]
    done, goal_of, barred, clear = marks[1], marks[2], marks[3], marks[4]
    known = room[2]
    heap_c, heap_t, heap_v = np.empty(1024), np.empty(1024), np.empty(1024, np.int64)
    touched, met, chain = (
        np.empty(1024, np.int64),
        np.empty(1024, np.int64),
        np.empty(1024, np.int64),
    )
    for i in range(span[0], span[1]):
        s = source[i]
        farthest, open_goals = 0.0, 0
        for q in range(first[i], first[i + 1]):
            farthest = max(farthest, limit[q])
            if goal_of[target[q]] != i:
                goal_of[target[q]] = i
                open_goals += 1
        # the tree of fastest ways, as far as the last of the goals
        cost[s], before[s] = 0.0, -1
        touched[0] = s
        seen, radius = 1, 0.0
        size = push(heap_c, heap_t, heap_v, 0, 0.0, 0.0, s)
        while size > 0 and open_goals > 0:
            c, v = heap_c[0], heap_v[0]
            size = pop(heap_c, heap_t, heap_v, size)
            if done[v] == i or c > cost[v]:
                continue
            done[v], radius = i, c
            if goal_of[v] == i:
                open_goals -= 1
            if shut[v] and v != s:
                continue
            for e in range(ahead[v], ahead[v + 1]):
                w, more = ahead_head[e], c + ahead_weight[e]
                if more > farthest or more >= cost[w]:
                    continue
                if cost[w] == np.inf:
                    if seen == len(touched):
                        touched = _longer(touched)
                    touched[seen] = w
                    seen += 1
                cost[w], before[w] = more, v
                if size == len(heap_c):
                    heap_c, heap_t, heap_v = _longer(heap_c), _longer(heap_t), _longer(heap_v)
                size = push(heap_c, heap_t, heap_v, size, more, 0.0, w)
        if open_goals > 0:
            radius = np.inf
        for q in range(first[i], first[i + 1]):
            out[q] = np.inf
            goal = target[q]
            if done[goal] != i or cost[goal] > limit[q]:
                continue
            for k in range(closed_at[q], closed_at[q + 1]):
                barred[closed[k]] = q
            rest[goal], met[0], seen_back = 0.0, goal, 1
            size = push(heap_c, heap_t, heap_v, 0, cost[goal], 0.0, goal)
            while size > 0:
                c, v = heap_c[0], heap_v[0]
                size = pop(heap_c, heap_t, heap_v, size)
                own = cost[v] if done[v] == i else radius
                if c > rest[v] + own:
                    continue
                if done[v] == i:
                    # up the tree until it is known whether a closed node was left on the way
                    steps, u = 0, v
                    while True:
                        if u == s:
                            free = 1.0
                            break
                        if clear[u] == q:
                            free = known[u]
                            break
                        if steps == len(chain):
                            chain = _longer(chain)
                        chain[steps] = u
                        steps += 1
                        u = before[u]
                        if barred[u] == q:
                            free = 0.0
                            break
                    for k in range(steps):
                        clear[chain[k]], known[chain[k]] = q, free
                    if free == 1.0:
                        out[q] = rest[v] + cost[v]
                        break
                for e in range(back[v], back[v + 1]):
                    w = back_head[e]
                    if barred[w] == q or (shut[w] and w != s):
                        continue
                    more = rest[v] + back_weight[e]
                    if more >= rest[w]:
                        continue
                    whole = more + (cost[w] if done[w] == i else radius)
                    if whole > limit[q]:
                        continue
                    if rest[w] == np.inf:
                        if seen_back == len(met):
                            met = _longer(met)
                        met[seen_back] = w
                        seen_back += 1
                    rest[w] = more
                    if size == len(heap_c):
                        heap_c, heap_t, heap_v = _longer(heap_c), _longer(heap_t), _longer(heap_v)
                    size = push(heap_c, heap_t, heap_v, size, whole, 0.0, w)
            for k in range(seen_back):
                rest[met[k]] = np.inf
        for k in range(seen):
            cost[touched[k]] = np.inf
