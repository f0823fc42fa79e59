"""Rooted trees as arrays: the parent of each vertex, the root its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def from_root(parent: IntArray, root: int, step: IntArray) -> IntArray:
    """Return the sum of the steps from the root (0) down to each vertex, by pointer doubling.

    >>> from_root(np.array([0, 0, 1]), 0, np.array([7, 1, 1])).tolist()
    [0, 1, 2]
    """
    jump, total = parent.copy(), step.copy()
    total[root] = 0
    while (jump != root).any():
        total = total + total[jump]
        jump = jump[jump]
    return total


def subtree_sums(parent: IntArray, root: int, weight: FloatArray | IntArray) -> FloatArray:
    """Return the weight of the subtree below each vertex, its own included.

    >>> subtree_sums(np.array([0, 0, 1]), 0, np.array([1.0, 1.0, 5.0])).tolist()
    [7.0, 6.0, 5.0]
    """
    total = weight.astype(np.float64).copy()
    depth = from_root(parent, root, np.ones(len(parent), dtype=np.int64))
    order = np.argsort(depth, kind="stable")
    starts = np.searchsorted(depth[order], np.arange(depth.max(initial=0) + 2))
    for level in range(int(depth.max(initial=0)), 0, -1):
        here = order[starts[level] : starts[level + 1]]
        np.add.at(total, parent[here], total[here])
    return total


def preorder(parent: IntArray, root: int) -> tuple[IntArray, IntArray]:
    """Return (first, last): a vertex and all below it stand at places first … last of the preorder.

    >>> [p.tolist() for p in preorder(np.array([0, 0, 1, 0]), 0)]
    [[0, 1, 2, 3], [3, 2, 2, 3]]
    """
    size = np.round(subtree_sums(parent, root, np.ones(len(parent)))).astype(np.int64)
    # a vertex stands behind its parent and the subtrees of the siblings before it
    by_parent = np.argsort(parent, kind="stable")
    by_parent = by_parent[by_parent != root]
    run = np.cumsum(size[by_parent]) - size[by_parent]
    step = np.zeros(len(parent), dtype=np.int64)
    step[by_parent] = 1 + run - run[np.searchsorted(parent[by_parent], parent[by_parent])]
    first = from_root(parent, root, step)
    return first, first + size - 1
