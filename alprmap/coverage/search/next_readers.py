"""From each read arc the fastest ways to the read arcs that are met next (rule C2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alprmap import compiled
from alprmap.coverage.search import exposure
from alprmap.coverage.search.gates import Gates

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
SLACK_S = 2.0
"""Times of a search are rounded to ticks, arc by arc: pairs this much beyond a limit are found too,
and judged by their exact times afterwards."""
SLACK_M = 1.0
"""The same for meters, which differ by the order in which they are added up."""
AT_ONCE = 512
"""Gates searched from in one go, between two reports of progress."""


@dataclass(frozen=True)
class Met:
    """Pairs of gates a, b (numbers) with one reading from the tail of a to the tail of b.

    `number` are the gates that were searched from; `arc` lists the arcs between, pair by pair
    (`pair`) in order of travel."""

    number: IntArray
    a: IntArray
    b: IntArray
    pair: IntArray
    arc: IntArray


def met(
    router: exposure.Router, gates: Gates, limit_s: float, limit_m: float, skip: BoolArray
) -> Iterator[Met]:
    """Search from the tails of all gates but those to `skip`.

    Parameters
    ----------
    router
        The fastest way on the line graph of the gates.
    limit_s, limit_m
        Seconds and meters from reader to reader; what is farther may be found too.
    """
    # what lies before its reader on the arc of a gate is driven and does not count
    before = gates.last_m * (gates.network.time_s / gates.network.length_m)[gates.arc]
    number = np.flatnonzero(~skip)
    if compiled.worth(min(NEAR_NODES, gates.network.n_nodes) * len(number)):
        farthest = (limit_s + SLACK_S + before, limit_m + SLACK_M + gates.last_m)
        yield from _by_kernel(router, gates, number, *farthest)
    else:
        yield from _by_trees(router, gates, number, limit_s + SLACK_S, before)


NEAR_NODES = 50_000
"""Arcs around a gate that a search looks at, roughly, in a city."""


def _by_kernel(
    router: exposure.Router, gates: Gates, number: IntArray, limits: FloatArray, most: FloatArray
) -> Iterator[Met]:
    from alprmap.coverage.search.kernels import next_gates

    matrix, tie = router.with_ties
    n, arcs = matrix.shape[0], gates.network.n_arcs
    is_gate, name = np.zeros(n, dtype=bool), np.full(n, -1)
    is_gate[gates.arc], name[gates.arc] = True, np.arange(len(gates))
    length = np.r_[gates.network.length_m, np.zeros(n - arcs)]
    room = (np.full((n, 4), np.inf), np.empty(n, dtype=np.int32))
    for first in range(0, len(number), AT_ONCE):
        some = number[first : first + AT_ONCE]
        a, node, ends, way = next_gates(
            matrix.indptr,
            matrix.indices,
            matrix.data,
            tie,
            gates.read,
            is_gate,
            length,
            gates.arc[some],
            limits[some],
            most[some],
            *room,
        )
        pair, way = np.repeat(np.arange(len(a)), np.diff(ends))[::-1], way[::-1].astype(np.int64)
        order = np.argsort(pair, kind="stable")
        pair, way = pair[order], way[order]
        a = some[a]
        # not the gates themselves, nor the chains of fans
        between = (way < arcs) & (way != gates.arc[a[pair]]) & (way != node[pair])
        yield Met(some, a, name[node], pair[between], way[between])


def _by_trees(
    router: exposure.Router, gates: Gates, number: IntArray, limit_s: float, before: FloatArray
) -> Iterator[Met]:
    network = gates.network
    fastest = exposure.fastest_m_s(network)
    # sources of like debt together, so that one long block does not widen every search
    step = np.ceil(np.log2(np.maximum(before / 15.0, 1.0)))[number]
    for each in np.unique(step):
        some = number[step == each]
        limit = limit_s + float(before[some].max())
        for trees in router.trees(gates.arc[some], reach_m=limit * fastest, limit=limit):
            column, there = trees.columns(gates.arc)
            goal = np.flatnonzero(there)
            cost = trees.cost[:, column[goal]]
            row, k = np.nonzero(np.isfinite(cost))
            # the gate itself is the one reading on the way
            keep = router.readings(cost[row, k]) == 1
            row, b = row[keep], goal[k[keep]]
            mine = some[trees.number]
            # before any way is walked: the roads of one reader are pairs with each other, so that
            # a reader above many of them would make as many ways as their square
            apart = ~gates.share_a_camera(mine[row], b)
            row, b = row[apart], b[apart]
            pair, arc, _ = trees.walk(row, column[b])
            driven = arc < network.n_arcs
            # steps come last first: reversed and sorted by pair they are in order of travel
            pair, arc = pair[driven][::-1], arc[driven][::-1]
            order = np.argsort(pair, kind="stable")
            pair, arc = pair[order], arc[order]
            a = mine[row]
            between = arc != gates.arc[a[pair]]
            yield Met(mine, a, b, pair[between], arc[between])
