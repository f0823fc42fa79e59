"""A smaller matrix with the same cheapest ways between some nodes: dead ends go, chains become one
entry.

What leads from one of the nodes asked about to another never turns into a dead end, and goes
through a chain of nodes with two neighbors from end to end (the first steps of contraction
hierarchies, Geisberger et al. 2008)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Contracted:
    """The contracted matrix.

    `matrix` numbers nodes as the given one does, but only `kept` nodes (sorted) have entries; entry
    i, whose tie is `tie[i]`, stands for the entries `entry[first[i]:first[i + 1]]` of the given
    matrix, the last driven first."""

    matrix: sparse.csr_array
    tie: FloatArray
    kept: IntArray
    first: IntArray
    entry: IntArray


def contract(matrix: sparse.csr_array, terminals: IntArray, tie: FloatArray) -> Contracted:
    """Contract a matrix of positive costs to what leads from terminal to terminal.

    Parameters
    ----------
    matrix
        Shape (n, n), one entry per pair of nodes, indices sorted in each row.
    terminals
        Nodes that ways begin and end at; all of them are kept.
    tie
        Of each entry: of ways that cost the same the one with the least sum is taken
        (`alprmap.roads.ties`).
    """
    n = matrix.shape[0]
    wanted = np.zeros(n, dtype=bool)
    wanted[terminals] = True
    alive, degree = _without_dead_ends(matrix, wanted)
    through = alive & (degree == 2) & ~wanted
    tail, head = np.repeat(np.arange(n), np.diff(matrix.indptr)), matrix.indices.astype(np.int64)
    start = np.flatnonzero(alive[tail] & alive[head] & ~through[tail])
    last, parts = _follow(matrix, through, alive, tail, head, start)
    run, at = parts
    cost = np.bincount(run, matrix.data[at], len(start))
    ties = np.asarray(np.bincount(run, tie[at], len(start)), dtype=np.float64)
    a, b = tail[start], head[np.maximum(last, 0)]
    good = np.flatnonzero((last >= 0) & (a != b))
    good = good[np.lexsort((ties[good], cost[good], b[good], a[good]))]
    good = (
        good[np.r_[True, (np.diff(a[good]) != 0) | (np.diff(b[good]) != 0)]] if len(good) else good
    )
    rank = np.full(len(start), -1)
    rank[good] = np.arange(len(good))
    used = rank[run] >= 0
    # the chain is found from its first entry on, and is told from its last
    run, at = rank[run[used]][::-1], at[used][::-1]
    order = np.argsort(run, kind="stable")
    index = (b[good].astype(np.int32), np.searchsorted(a[good], np.arange(n + 1)).astype(np.int32))
    small = sparse.csr_array((cost[good], *index), shape=(n, n))
    first = np.searchsorted(run[order], np.arange(len(good) + 1))
    return Contracted(small, ties[good], np.flatnonzero(alive & ~through), first, at[order])


def _without_dead_ends(matrix: sparse.csr_array, wanted: BoolArray) -> tuple[BoolArray, IntArray]:
    """Take off nodes with one neighbor until none is left; return the nodes that are, and their
    neighbors."""
    both = sparse.csr_array(matrix + matrix.T)
    degree = np.diff(both.indptr).astype(np.int64)
    alive = np.ones(len(degree), dtype=bool)
    ends = np.flatnonzero((degree <= 1) & ~wanted)
    while len(ends):
        alive[ends] = False
        many = np.diff(both.indptr)[ends]
        skip = np.repeat(both.indptr[ends] - (np.cumsum(many) - many), many)
        near = both.indices[np.arange(int(many.sum())) + skip]
        near = near[alive[near]]
        np.subtract.at(degree, near, 1)
        near = np.unique(near)
        ends = near[(degree[near] <= 1) & ~wanted[near]]
    return alive, degree


def _follow(
    matrix: sparse.csr_array,
    through: BoolArray,
    alive: BoolArray,
    tail: IntArray,
    head: IntArray,
    start: IntArray,
) -> tuple[IntArray, tuple[IntArray, IntArray]]:
    """Follow each entry through its chain: return its last entry (-1: the chain is closed) and
    (chain, entry)."""
    last = start.copy()
    chain, entry = [np.arange(len(start))], [start]
    some = np.flatnonzero(through[head[start]])
    while len(some):
        here = last[some]
        onward = np.full(len(some), -1)
        # two living neighbors: the way on leads to the one we do not come from
        for at, end in _rows(matrix, head[here]):
            inside = at < end
            on = np.flatnonzero(inside)
            on = on[alive[head[at[on]]] & (head[at[on]] != tail[here[on]])]
            onward[on] = at[on]
        last[some] = onward
        some = some[onward >= 0]
        chain.append(some)
        entry.append(last[some])
        some = some[through[head[last[some]]]]
    return last, (np.concatenate(chain), np.concatenate(entry))


def _rows(matrix: sparse.csr_array, nodes: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Return the places of the first, second, … entry of each node's row, as far as any row goes,
    and its end."""
    low, high = matrix.indptr[nodes].astype(np.int64), matrix.indptr[nodes + 1].astype(np.int64)
    return [(low + k, high) for k in range(int((high - low).max(initial=0)))]
