"""How long the best other way takes when some nodes are closed: one bounded search per question."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from alprmap.parts import Parts, Pieces
from alprmap.roads.exposure import neighbourhoods
from alprmap.roads.graph import Graph

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
STEPS_S = (120.0, 360.0, 1080.0, np.inf)
"""Questions are asked in order of their limit, each within the part of the network such a limit can reach."""


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
    fastest = float(np.max(graph.length_m / graph.time_s, initial=1.0))
    matrix, _ = graph.matrix(weight)
    pieces = Pieces(parts, "alternatives")
    known = np.zeros(len(source), dtype=bool)
    for piece in pieces.saved():
        out[piece["question"]], known[piece["question"]] = piece["cost"], True
    low = -1.0
    for high in STEPS_S:
        some = np.flatnonzero((limit > low) & (limit <= high))
        low = high
        reach = float(limit[some].max()) * fastest if len(some) else 0.0
        for group, nodes in neighbourhoods(graph, source[some], reach):
            asked = some[group][~known[some[group]]]
            if not len(asked):
                continue
            part = matrix[nodes][:, nodes]
            free = part.data.copy()
            part.data[np.repeat(shut[nodes], np.diff(part.indptr))] = np.inf
            for q in asked:
                out[q] = _ask(part, free, nodes, source[q], target[q], closed[q], float(limit[q]))
                pieces.add(question=np.array([q]), cost=out[[q]])
            known[asked] = True
            if progress is not None:
                progress(int(known.sum()), len(source))
    pieces.flush()
    return out


def _ask(
    part: sparse.csr_array,
    free: FloatArray,
    nodes: IntArray,
    source: int,
    target: int,
    closed: IntArray,
    limit: float,
) -> float:
    goal, start = np.searchsorted(nodes, [target, source])
    if goal == len(nodes) or nodes[goal] != target:
        return np.inf
    own = slice(part.indptr[start], part.indptr[start + 1])
    rows = np.searchsorted(nodes, closed)
    # a closed node beyond the neighbourhood is closed already
    rows = rows[rows < len(nodes)]
    rows = rows[np.isin(nodes[rows], closed)]
    spans = [slice(part.indptr[r], part.indptr[r + 1]) for r in rows]
    kept = [part.data[s].copy() for s in spans]
    before = part.data[own].copy()
    part.data[own] = free[own]
    for span in spans:
        part.data[span] = np.inf
    cost = float(csgraph.dijkstra(part, indices=int(start), limit=limit)[goal])
    for span, values in zip(spans, kept, strict=True):
        part.data[span] = values
    part.data[own] = before
    return cost
