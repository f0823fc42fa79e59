"""Which arc may follow which, at a cost that grows with the roads of a junction (rule C0).

At a junction of k roads every arc that comes in may be followed by all that go out but its own
return: k times k pairs. That is a handful where people build roads, and a quarter of a million
where a file holds 500 roads between two junctions. There a *fan* stands for the pairs: two chains
over the arcs that go out, one that leads on to those before a place and one to those behind it, so
that an arc comes in beside its own return, on either side of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from alprmap.roads import Graph

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
MOST_PAIRS = 8
"""Pairs per arc of a junction, up to which they are written out; a junction of sixteen two-way
roads has so many."""


@dataclass(frozen=True)
class Turns:
    """Turns as a matrix: entry (i, j) says that j may follow i.

    Rows 0 … n_arcs - 1 are the arcs of the graph. The rows behind them are the chains of fans:
    nothing is driven on them; `fan_node` is the junction each of them stands at."""

    matrix: sparse.csr_array
    n_arcs: int
    fan_node: IntArray

    @cached_property
    def reverse(self) -> sparse.csr_array:
        """The matrix turned round: entry (i, j) says that i may follow j."""
        return self.matrix.T.tocsr()


def turns(graph: Graph) -> Turns:
    """Return which arc may follow which.

    Nobody turns round at a junction onto the road just driven (rule C0), save at a dead end: where
    no other road leads on, or none leads in. Turn restrictions are in the graph already.
    """
    n = graph.n_arcs
    out = np.diff(graph.indptr).astype(np.int64)
    into = np.bincount(graph.head, minlength=graph.n_nodes)
    back = _back(graph)
    barred = _barred(graph, back, out, into)
    fan = out * into > MOST_PAIRS * (out + into)
    plain = ~fan[graph.head]
    arc = np.flatnonzero(plain)
    first, many = graph.indptr[graph.head[arc]], out[graph.head[arc]]
    row = np.repeat(arc, many)
    follow = np.arange(len(row)) + np.repeat(first - (np.cumsum(many) - many), many)
    keep = ~(barred[row] & (follow == back[row]))
    rows, columns = [row[keep]], [follow[keep]]
    nodes: list[IntArray] = [np.zeros(0, dtype=np.int64)]
    size = n
    arrive = np.argsort(graph.head, kind="stable")
    ends = np.searchsorted(graph.head[arrive], np.arange(graph.n_nodes + 1))
    for node in np.flatnonzero(fan).tolist():
        comes = arrive[ends[node] : ends[node + 1]]
        some = _fan(graph, node, comes, np.where(barred[comes], back[comes], -1), size)
        rows.append(some[0])
        columns.append(some[1])
        nodes.append(np.full(2 * int(out[node]), node))
        size += 2 * int(out[node])
    row, column = np.concatenate(rows), np.concatenate(columns)
    if size > n:
        order = np.lexsort((column, row))
        row, column = row[order], column[order]
    indptr = np.r_[0, np.cumsum(np.bincount(row, minlength=size))].astype(np.int32)
    index = (column.astype(np.int32), indptr)
    matrix = sparse.csr_array((np.ones(len(column)), *index), shape=(size, size))
    return Turns(matrix, n, np.concatenate(nodes))


def _back(graph: Graph) -> IntArray:
    """Return the arc that leads back along each arc from its head; -1 where none does."""
    segment, names = pd.factorize(graph.segment_id)
    wide = 2 * max(len(names), 1)
    key = graph.tail * wide + 2 * segment + graph.forward
    wanted = graph.head * wide + 2 * segment + ~graph.forward
    # arcs lie in order of their tails already, and a stable sort makes use of it
    order = np.argsort(key, kind="stable")
    if not len(order):
        return order
    at = np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)
    return np.where(key[order[at]] == wanted, order[at], -1)


def _barred(graph: Graph, back: IntArray, out: IntArray, into: IntArray) -> BoolArray:
    """Return whether each arc may not be followed by its return."""
    has = back >= 0
    onward = out[graph.head] - has
    # an arc that leaves a copied junction is the same road: what leads into one of its twins leads
    # into it
    turned = np.bincount(back[has], minlength=graph.n_arcs)
    inward = np.bincount(graph.twin, into[graph.tail] - turned, graph.n_arcs)
    own = graph.twin[np.where(has, back, 0)] if len(back) else back
    return np.asarray(has & (onward > 0) & (inward[own] > 0), dtype=bool)


def _fan(
    graph: Graph, node: int, comes: IntArray, barred: IntArray, first: int
) -> tuple[IntArray, IntArray]:
    """Return the entries (row, column) of the fan of a junction.

    `comes` are the arcs that come in, `barred` the arc each may not be followed by (-1: none).
    Rows of the fan are numbered from `first`: those that lead on to the arcs up to a place, then
    those that lead on to the arcs from it.
    """
    low, high = int(graph.indptr[node]), int(graph.indptr[node + 1])
    k = high - low
    goes, place = np.arange(low, high), np.arange(k)
    before, behind = first + place, first + k + place
    at = barred - low
    free = barred < 0
    to_before, to_behind = ~free & (at > 0), ~free & (at < k - 1)
    rows = (
        before,
        before[1:],
        behind,
        behind[:-1],
        comes[free],
        comes[to_before],
        comes[to_behind],
    )
    columns = (
        goes,
        before[:-1],
        goes,
        behind[1:],
        np.full(int(free.sum()), before[-1]),
        before[at[to_before] - 1],
        behind[at[to_behind] + 1],
    )
    return np.concatenate(rows), np.concatenate(columns)
