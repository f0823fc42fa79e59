"""The part of a graph within a drive of some of its nodes, cut out without a look at the rest (R4).

A search that is bounded by a distance sees only nodes as near as that in a straight line. They are
looked up in cells; the search then runs on the part alone, with the same answer and the same digits
as on the whole, and its cost follows the part."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from alprmap.geo import FloatArray

IntArray = NDArray[np.int64]
STRETCH = 1.05
"""Positions are rounded to a centimeter: an arc of some meters may be shorter than the straight
line between its ends by so much."""
LARGE_PART = 0.5
"""A part with more of the nodes is not cut out: the search runs on the whole."""
_OFFSETS = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)])
_BITS = 20
AT_ONCE = 500_000
"""Nodes looked at together (memory: some 200 bytes each)."""


def slack_m(matrix: Any, xyz: FloatArray) -> float:
    """Return how much farther than `STRETCH` times its length any way without repetition may lead.

    Parameters
    ----------
    matrix
        Lengths of arcs, meters, shape (n, n), CSR.
    xyz
        Where each node is, meters, shape (n, 3).
    """
    slack, size = 0.0, matrix.shape[0]
    for first in range(0, size, AT_ONCE):
        last = min(first + AT_ONCE, size)
        entry = slice(matrix.indptr[first], matrix.indptr[last])
        tail = np.repeat(np.arange(first, last), np.diff(matrix.indptr[first : last + 1]))
        straight = np.linalg.norm(xyz[tail] - xyz[matrix.indices[entry]], axis=1)
        slack += float(np.maximum(straight - STRETCH * matrix.data[entry], 0).sum())
    return slack


class Vicinity:
    """Cells of the nodes of a graph, as wide as a search may lead.

    Parameters
    ----------
    matrix, xyz
        As in `slack_m`.
    limit_m
        How long a way the searches may take.
    slack
        Of `slack_m`.
    local
        Scratch that several may share, one place per node, all -1.
    """

    def __init__(
        self,
        matrix: Any,
        xyz: FloatArray,
        limit_m: float,
        slack: float,
        local: NDArray[np.int32] | None = None,
    ) -> None:
        self.limit_m = limit_m
        self._matrix = matrix
        self._xyz, self._side_m = xyz, max(STRETCH * limit_m + slack, 100.0)
        some = range(0, len(xyz), AT_ONCE)
        parts = [_keys(self._cells(xyz[first : first + AT_ONCE])) for first in some]
        key = np.concatenate([np.zeros(0, dtype=np.int64), *parts])
        order = np.argsort(key, kind="stable")
        key = key[order]
        # 4 bytes a node; of the cells only those with a node are listed
        self._order = order.astype(np.int32)
        self._first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])
        self._key = key[self._first]
        self._first = np.r_[self._first, len(key)]
        self._local = np.full(len(xyz), -1, dtype=np.int32) if local is None else local

    def around(self, starts: IntArray) -> tuple[Any, IntArray, Any]:
        """Return the part that a search from `starts` can see: its matrix, its nodes in order, and
        the entry of the whole that each of its entries is.

        Parameters
        ----------
        starts
            Nodes, shape (k,); they are in the part.
        """
        size = self._matrix.shape[0]
        cells = np.unique(self._cells(self._xyz[starts]), axis=0)
        keys = np.unique(_keys((cells[:, None, :] + _OFFSETS).reshape(-1, 3)))
        at = np.searchsorted(self._key, keys)
        at = at[self._key[np.minimum(at, len(self._key) - 1)] == keys]
        low = self._first[at]
        many = self._first[at + 1] - low
        if many.sum() > LARGE_PART * size:
            return self._matrix, np.arange(size), np.arange(self._matrix.nnz)
        step = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        nodes = np.sort(self._order[np.repeat(low, many) + step]).astype(np.int64)
        part, entry = self._part(nodes)
        return part, nodes, entry

    def _cells(self, xyz: FloatArray) -> IntArray:
        return np.floor(xyz / self._side_m).astype(np.int64)

    def _part(self, nodes: IntArray) -> tuple[Any, IntArray]:
        matrix, local = self._matrix, self._local
        local[nodes] = np.arange(len(nodes), dtype=np.int32)
        begin = matrix.indptr[nodes].astype(np.int64)
        many = matrix.indptr[nodes + 1] - begin
        step = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        entry = np.repeat(begin, many) + step
        head = local[matrix.indices[entry]]
        inside = head >= 0
        row = np.repeat(np.arange(len(nodes)), many)[inside]
        indptr = np.r_[0, np.cumsum(np.bincount(row, minlength=len(nodes)))]
        local[nodes] = -1
        entry = entry[inside]
        parts = (matrix.data[entry], head[inside], indptr.astype(np.int32))
        return sparse.csr_array(parts, shape=(len(nodes), len(nodes))), entry


def _keys(cells: IntArray) -> IntArray:
    """Return one number per cell; those that share one by wrapping only make a part larger."""
    x, y, z = (cells[:, i] & (2**_BITS - 1) for i in range(3))
    made: IntArray = (x << 2 * _BITS) | (y << _BITS) | z
    return made
