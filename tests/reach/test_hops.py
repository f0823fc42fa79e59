"""Waves by a hierarchy against waves by trees (R4): the same readers, from the same ones, the same
meters to the bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import small_nets as nets
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csgraph

from alprmap import compiled, geo
from alprmap.reach import chains, inland
from alprmap.reach.hops import Hops
from alprmap.reach.waves import Trees
from alprmap.roads import cheapest_ways, order_of, with_costs
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

KM = 1000.0
ONE = np.array([0, 1])
"""The goals of one question: a single one."""


def drawn(n: int, seed: int) -> tuple[sparse.csr_array, np.ndarray]:
    """A random network of n nodes in a square of 20 km, and where they are."""
    rng = np.random.default_rng(seed)
    xyz = geo.ecef(-100 + rng.uniform(0, 0.2, n), 30 + rng.uniform(0, 0.2, n))
    tail, head = rng.integers(n, size=(2, 5 * n))
    straight = np.linalg.norm(xyz[tail] - xyz[head], axis=1)
    length = np.maximum(straight * rng.uniform(1.0, 2.0, 5 * n), 0.1)
    length = np.round(length / chains.GRAIN_M) * chains.GRAIN_M
    few = (tail != head) & (straight < 6000)
    _, once = np.unique(tail * n + head, return_index=True)
    few &= np.isin(np.arange(5 * n), once)
    return sparse.csr_array((length[few], (tail[few], head[few])), shape=(n, n)), xyz


def grid(side: int, seed: int) -> tuple[sparse.csr_array, np.ndarray]:
    """Blocks of one or two lengths, both ways, nodes numbered at random: nearly all ways tie."""
    rng = np.random.default_rng(seed)
    number = rng.permutation(side * side).reshape(side, side)
    a = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    b = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    length = rng.choice([1.0 * KM, 1.0 * KM, 2.0 * KM], len(a))
    ends = np.concatenate([a, b]), np.concatenate([b, a])
    at = np.argsort(number.ravel())
    xyz = geo.ecef(-100 + (at % side) * 0.009, 0.001 + (at // side) * 0.008)
    shape = (side * side, side * side)
    return sparse.csr_array((np.concatenate([length, length]), ends), shape=shape), xyz


def both_agree(matrix: sparse.csr_array, xyz: np.ndarray, first_reader: int, seed: int) -> None:
    """Every wave of both searches is the same, and what a table of all distances says it is."""
    n = matrix.shape[0]
    rng = np.random.default_rng(seed)
    tie = rng.integers(1, 2**36, matrix.nnz).astype(float)
    gaps = [1.0 * KM, 4.0 * KM, 12.0 * KM]
    trees = Trees(matrix, tie, xyz, first_reader, gaps)
    hops = Hops.of(matrix, tie, first_reader, gaps[-1])
    between = csgraph.dijkstra(matrix)
    for gap in gaps:
        known = np.zeros(n - first_reader, dtype=bool)
        starts = np.array([0])
        while len(starts):
            mine, theirs = hops.met(starts, gap, known), trees.met(starts, gap, known)
            order, other = np.argsort(mine[0]), np.argsort(theirs[0])
            for a, b in zip(mine, theirs, strict=True):
                assert np.array_equal(np.asarray(a)[order], np.asarray(b)[other])
            for reader, source, far in zip(*mine, strict=True):
                end = int(reader) + first_reader
                assert far == between[starts, end].min()
                # the first of those equally near
                assert source == starts[np.argmin(between[starts, end])]
                way = hops.way(int(source), end, float(far))
                assert way.tolist() == trees.way(int(source), end, float(far)).tolist()
                assert matrix.data[way].sum() == far
            known[mine[0]] = True
            starts = first_reader + rng.permutation(mine[0])


@settings(max_examples=30)
@given(st.integers(20, 120), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1))
def test_R4_a_hierarchy_meets_the_readers_that_trees_meet(n: int, share: float, seed: int) -> None:
    matrix, xyz = drawn(n, seed)
    both_agree(matrix, xyz, min(n - 1, max(1, round(n * (1 - share)))), seed)


@settings(max_examples=20)
@given(st.integers(3, 9), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1))
def test_R4_of_equally_near_readers_and_equally_long_ways_both_take_the_same(
    side: int, share: float, seed: int
) -> None:
    n = side * side
    matrix, xyz = grid(side, seed)
    both_agree(matrix, xyz, min(n - 1, max(1, round(n * (1 - share)))), seed)


def test_R4_an_order_takes_each_node_off_once_and_those_with_few_neighbors_first() -> None:
    star = sparse.csr_array((np.ones(6), (np.zeros(6, np.int64), np.arange(1, 7))), shape=(7, 7))
    order = order_of(star)
    assert sorted(order.rank.tolist()) == list(range(7))
    assert order.rank[0] >= 5  # the last two nodes have one neighbor each
    assert len(order.head) == 6  # nothing is put between the ends of a star


def test_R4_searches_use_one_room_and_leave_it_as_they_found_it() -> None:
    matrix, _ = grid(14, 5)
    made = with_costs(matrix, np.ones(matrix.nnz), order_of(matrix))
    rng = np.random.default_rng(5)
    source, goal = rng.integers(196, size=(2, 30))
    alone = [cheapest_ways(made, source[i : i + 1], (ONE, goal[i : i + 1])) for i in range(30)]
    goals, first, entry = cheapest_ways(made, source, (np.arange(31), goal))
    (room,) = made.rooms  # a room a question would cost a pass over the whole network each
    for costs in (room[0], room[1], room[3], room[4]):
        assert np.isinf(costs).all()
    assert goals.tolist() == [int(a[0][0]) for a in alone]
    assert entry.tolist() == np.concatenate([a[2] for a in alone]).tolist()
    assert len(entry) == first[-1] > 100


def by_both(
    town: tuple[Roads, pd.DataFrame], gaps: list[float], land: pd.Series
) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """The chains of a town from its first junction, by a hierarchy and by trees."""
    net, watches = town
    graph = Graph.from_segments(net.segments, net.restrictions)
    ports = pd.DataFrame({"name": ["Port"], "node": [0]})
    chosen = inland.InlandSettings(gaps_km=tuple(gaps))
    made = []
    for kernels in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiled, "worth", lambda _nodes, on=kernels: on)
            made.append(
                chains.corridors(watches, land, net, graph=graph, ports=ports, settings=chosen)
            )
    return made


@settings(max_examples=25)
@given(
    nets.towns(cameras=6),
    st.lists(st.sampled_from([0.01, 0.03, 0.07, 0.2]), min_size=1, unique=True),
)
def test_R4_chains_by_a_hierarchy_are_the_chains_by_trees(
    town: tuple[Roads, pd.DataFrame], gaps: list[float]
) -> None:
    ids = sorted(set(town[1]["camera_id"]))
    land = pd.Series(np.arange(len(ids), dtype=float), index=ids)
    mine, theirs = by_both(town, gaps, land)
    for a, b in zip(mine, theirs, strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_R4_chains_on_equal_blocks_are_the_same_by_both(
    seed: int,
) -> None:
    rng, side = np.random.default_rng(seed), 5
    nodes = {i: (100.0 * (i % side), 100.0 * (i // side)) for i in range(side * side)}
    pairs = [(i, i + 1) for i in nodes if (i + 1) % side]
    pairs += [(i, i + side) for i in nodes if i + side in nodes]
    net = nets.roads(nodes, [(a, b, {"length": 100}) for a, b in pairs])
    # in the middle of a block and at its ends: cameras on one pole, and readers equally far
    rows = [
        ((f"c{rng.integers(12):02d}", int(segment), str(travel)), float(offset))
        for segment, travel, offset in zip(
            rng.choice(len(pairs), 20, replace=False),
            rng.choice(["forward", "backward"], 20),
            rng.choice([0.0, 50.0, 100.0], 20),
            strict=True,
        )
    ]
    watches = nets.watches([(*key, at) for key, at in rows])
    ids = sorted(set(watches["camera_id"]))
    land = pd.Series(np.minimum(np.arange(len(ids)), 5.0), index=ids)
    mine, theirs = by_both((net, watches), [0.15, 0.3], land)
    for a, b in zip(mine, theirs, strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)
    # nor does the order of rows in the table of watches decide
    again, _ = by_both((net, watches.sample(frac=1.0, random_state=1)), [0.15, 0.3], land)
    for a, b in zip(mine, again, strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)
