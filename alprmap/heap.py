"""A heap for searches that are compiled (`alprmap.compiled`).

Ways are compared by cost and, where costs are equal, by the sum of the ties of their entries
(`alprmap.roads.ties`): which of two equally good ways is taken never depends on the order
in which a search came upon them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from alprmap.compiled import kernel

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
def roomy(values: Array, size: int) -> Array:
    """Return an array that has room for so many values, with the values it had."""
    if size <= len(values):
        return values
    out = np.empty(2 * size, values.dtype)
    out[: len(values)] = values
    return out
