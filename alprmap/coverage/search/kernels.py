"""Searches for trips and corridors that are compiled (`alprmap.compiled`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from alprmap.compiled import kernel
from alprmap.heap import pop, push

Array = Any


@kernel
def _grown(values: Array, size: int) -> Array:
    """Return an array that has room for more than so many values, with the values it had; the
    caller looks whether there must be one, for handing arrays to and fro costs more than the look.
    """
    out = np.empty(2 * size + 1, values.dtype)
    out[: len(values)] = values
    return out


COST, TIE, METERS, TIMES = 0, 1, 2, 3
"""Columns of the labels of `next_gates`."""
TAKEN = 1024.0
"""Added to the readings of a label whose node has been left by it."""
MOST_BUCKETS = 100_000
BUCKET_S = 1.0
"""Width of a bucket, unless the limit makes more than `MOST_BUCKETS` of them."""


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
    label: Array,
    before: Array,
) -> Array:
    """Search from nodes to the read nodes that are met first: (source, node, ends, way).

    `read` says which nodes are read, `gate_at` which of them count; ways of the pairs are
    `way[ends[i]:ends[i + 1]]`, both ends included, the last node first. No way costs more than
    `limits` of its source or has more of `length` (per node) than `most`. `label` (n, 4), infinite
    in its first column, and `before` (n,) are room, and left so.

    Labels wait in buckets of cost and not in a heap (Denardo & Fox 1979). Those of one bucket come
    in any order, and a node whose label gets better there is left once more (label-correcting);
    when the bucket is empty all its labels are final.
    """
    width = max(BUCKET_S, limits.max() / MOST_BUCKETS)
    bucket = np.full(int(limits.max() / width) + 2, -1, np.int32)
    # entries of the buckets: cost, tie; node, the entry after it
    entry, link = np.empty((4096, 2)), np.empty((4096, 2), np.int32)
    touched, met = np.empty(4096, np.int32), np.empty(256, np.int32)
    pair_a, pair_b = np.empty(256, np.int64), np.empty(256, np.int64)
    ends, way = np.zeros(256, np.int64), np.empty(4096, np.int32)
    ways, room, pairs, steps = (indptr, head, weight, tie), (label, before), 0, 0
    for row in range(len(sources)):
        bounds = limits[row], most[row]
        label[sources[row]], before[sources[row]] = 0.0, -1
        touched[0], entry[0], link[0, 0], link[0, 1] = sources[row], 0.0, sources[row], -1
        bucket[0], size, seen, fresh, here, last = 0, 1, 1, 1, 0, 0
        # what has passed another reader, or gone too far, only matters as long as something has not
        while fresh > 0 and here <= last:
            many = 0
            while bucket[here] >= 0:
                at = bucket[here]
                bucket[here], v = link[at, 1], link[at, 0]
                if entry[at, 0] != label[v, COST] or entry[at, 1] != label[v, TIE]:
                    continue
                if _fresh(label, v, most[row]):
                    fresh -= 1
                    if label[v, TIMES] == 1 and gate_at[v]:
                        met = _grown(met, many) if many == len(met) else met
                        met[many] = at
                        many += 1
                ahead = indptr[v + 1] - indptr[v]
                if size + ahead > len(link):
                    entry, link = _longer(entry, size + ahead), _longer(link, size + ahead)
                if seen + ahead > len(touched):
                    touched = _grown(touched, seen + ahead)
                queue = bucket, entry, link, touched, width
                size, seen, fresh, last = _leave(
                    v, ways, read[v], length[v], bounds, room, queue, (size, seen, fresh, last)
                )
            for k in range(many):
                v = link[met[k], 0]
                if entry[met[k], 0] != label[v, COST] or entry[met[k], 1] != label[v, TIE]:
                    continue
                if pairs + 1 == len(ends):
                    pair_a, pair_b = _grown(pair_a, pairs + 1), _grown(pair_b, pairs + 1)
                    ends = _grown(ends, pairs + 1)
                pair_a[pairs], pair_b[pairs] = row, v
                way, steps = _way_back(before, v, way, steps)
                pairs += 1
                ends[pairs] = steps
            here += 1
        bucket[: last + 1] = -1
        for i in range(seen):
            label[touched[i], COST] = np.inf
    return _cut(pair_a, pairs), _cut(pair_b, pairs), _cut(ends, pairs + 1), _cut(way, steps)


@kernel
def _cut(values: Array, size: int) -> Array:
    return values[:size].copy()


@kernel
def _fresh(label: Array, node: int, most: float) -> bool:
    """Whether a label that waits may lead to a gate: one reader passed at most, and not too far."""
    return bool(label[node, TIMES] <= 1 and label[node, METERS] <= most)


@kernel
def _longer(table: Array, rows: int) -> Array:
    out = np.empty((2 * rows, table.shape[1]), table.dtype)
    out[: len(table)] = table
    return out


@kernel
def _way_back(before: Array, node: int, way: Array, steps: int) -> Array:
    """Write the nodes from a node back to its root behind the first `steps` of a list."""
    while node >= 0:
        if steps == len(way):
            way = _grown(way, steps)
        way[steps] = node
        steps += 1
        node = before[node]
    return way, steps


@kernel
def _leave(
    v: int,
    ways: Array,
    is_read: bool,
    meters: float,
    bounds: tuple[float, float],
    room: Array,
    queue: Array,
    counts: tuple[int, int, int, int],
) -> tuple[int, int, int, int]:
    """Leave a node by all its entries, and put what gets a better label into its bucket."""
    indptr, head, weight, tie = ways
    (limit, most), (label, before) = bounds, room
    bucket, entry, link, touched, width = queue
    size, seen, fresh, last = counts
    cost, tied, far = label[v, COST], label[v, TIE], label[v, METERS] + meters
    passed = label[v, TIMES] + (1.0 if is_read else 0.0)
    label[v, TIMES] += TAKEN
    good = passed <= 1 and far <= most
    for e in range(indptr[v], indptr[v + 1]):
        w, c = head[e], cost + weight[e]
        if c > limit or c > label[w, COST]:
            continue
        t = tied + tie[e]
        if c == label[w, COST] and t >= label[w, TIE]:
            continue
        if label[w, COST] == np.inf:
            touched[seen] = w
            seen += 1
        elif _fresh(label, w, most):
            fresh -= 1
        if good:
            fresh += 1
        label[w, COST], label[w, TIE], label[w, METERS], label[w, TIMES] = c, t, far, passed
        before[w] = v
        at = int(c / width)
        entry[size, 0], entry[size, 1], link[size, 0], link[size, 1] = c, t, w, bucket[at]
        bucket[at] = size
        size += 1
        last = max(last, at)
    return size, seen, fresh, last


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
    cost, barred = room[0], marks[3]
    for i in range(span[0], span[1]):
        s, low, high = source[i], first[i], first[i + 1]
        touched, seen, radius = _tree(
            ahead,
            ahead_head,
            ahead_weight,
            shut,
            s,
            i,
            target[low:high],
            limit[low:high],
            room,
            marks,
        )
        for q in range(low, high):
            for k in range(closed_at[q], closed_at[q + 1]):
                barred[closed[k]] = q
            out[q] = _around(
                back,
                back_head,
                back_weight,
                shut,
                s,
                i,
                q,
                target[q],
                limit[q],
                radius,
                room,
                marks,
            )
        for k in range(seen):
            cost[touched[k]] = np.inf


@kernel
def _tree(
    indptr: Array,
    head: Array,
    weight: Array,
    shut: Array,
    s: int,
    stamp: int,
    goals: Array,
    limits: Array,
    room: Array,
    marks: Array,
) -> Array:
    """Grow the tree of fastest ways from s until all goals are in it: (nodes touched, how many,
    cost as far as which all nodes are in it)."""
    cost, before, done, goal_of = room[0], marks[0], marks[1], marks[2]
    heap_c, heap_t, heap_v = np.empty(1024), np.empty(1024), np.empty(1024, np.int64)
    touched = np.empty(1024, np.int64)
    farthest, open_goals = limits.max(), 0
    for goal in goals:
        if goal_of[goal] != stamp:
            goal_of[goal] = stamp
            open_goals += 1
    cost[s], before[s], touched[0] = 0.0, -1, s
    seen, radius = 1, 0.0
    size = push(heap_c, heap_t, heap_v, 0, 0.0, 0.0, s)
    while size > 0 and open_goals > 0:
        c, v = heap_c[0], heap_v[0]
        size = pop(heap_c, heap_t, heap_v, size)
        if done[v] == stamp or c > cost[v]:
            continue
        done[v], radius = stamp, c
        if goal_of[v] == stamp:
            open_goals -= 1
        if shut[v] and v != s:
            continue
        for e in range(indptr[v], indptr[v + 1]):
            w, more = head[e], c + weight[e]
            if more > farthest or more >= cost[w]:
                continue
            if cost[w] == np.inf:
                if seen == len(touched):
                    touched = _grown(touched, seen)
                touched[seen] = w
                seen += 1
            cost[w], before[w] = more, v
            if size == len(heap_v):
                heap_c, heap_t = _grown(heap_c, size), _grown(heap_t, size)
                heap_v = _grown(heap_v, size)
            size = push(heap_c, heap_t, heap_v, size, more, 0.0, w)
    # a goal that is not in it lies too far: then so does all that is not
    return touched, seen, radius if open_goals == 0 else np.inf


@kernel
def _around(
    indptr: Array,
    head: Array,
    weight: Array,
    shut: Array,
    s: int,
    stamp: int,
    q: int,
    goal: int,
    limit: float,
    radius: float,
    room: Array,
    marks: Array,
) -> float:
    """Return the least cost from s to a goal past the barred nodes; infinite beyond the limit."""
    cost, rest, done, barred = room[0], room[1], marks[1], marks[3]
    if done[goal] != stamp or cost[goal] > limit:
        return np.inf
    heap_c, heap_t, heap_v = np.empty(256), np.empty(256), np.empty(256, np.int64)
    met, seen, least = np.empty(256, np.int64), 1, np.inf
    rest[goal], met[0] = 0.0, goal
    size = push(heap_c, heap_t, heap_v, 0, cost[goal], 0.0, goal)
    while size > 0:
        c, v = heap_c[0], heap_v[0]
        size = pop(heap_c, heap_t, heap_v, size)
        if c > rest[v] + (cost[v] if done[v] == stamp else radius):
            continue
        if done[v] == stamp and _free(v, s, q, room, marks):
            least = rest[v] + cost[v]
            break
        for e in range(indptr[v], indptr[v + 1]):
            w = head[e]
            if barred[w] == q or (shut[w] and w != s):
                continue
            more = rest[v] + weight[e]
            whole = more + (cost[w] if done[w] == stamp else radius)
            if more >= rest[w] or whole > limit:
                continue
            if rest[w] == np.inf:
                if seen == len(met):
                    met = _grown(met, seen)
                met[seen] = w
                seen += 1
            rest[w] = more
            if size == len(heap_v):
                heap_c, heap_t = _grown(heap_c, size), _grown(heap_t, size)
                heap_v = _grown(heap_v, size)
            size = push(heap_c, heap_t, heap_v, size, whole, 0.0, w)
    for k in range(seen):
        rest[met[k]] = np.inf
    return least


@kernel
def _free(node: int, s: int, q: int, room: Array, marks: Array) -> bool:
    """Whether the tree leads to a node without leaving a barred one; remembered on the way."""
    known, before, barred, clear = room[2], marks[0], marks[3], marks[4]
    u, free = node, 1.0
    while u != s:
        if clear[u] == q:
            free = known[u]
            break
        u = before[u]
        if barred[u] == q:
            free = 0.0
            break
    v = node
    while v != s and clear[v] != q:
        clear[v], known[v] = q, free
        v = before[v]
        if barred[v] == q:
            break
    return free == 1.0
