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

from alprmap import compiled, geo
from alprmap.reach import chains, inland
from alprmap.reach.hops import Hops
from alprmap.reach.waves import Trees
from alprmap.roads import order_of
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

KM = 1000.0


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


@settings(max_examples=30)
@given(st.integers(20, 120), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1))
def test_R4_a_hierarchy_meets_the_readers_that_trees_meet(n: int, share: float, seed: int) -> None:
    matrix, xyz = drawn(n, seed)
    first_reader = min(n - 1, max(1, round(n * (1 - share))))
    gaps = [1.0 * KM, 4.0 * KM, 12.0 * KM]
    trees = Trees(matrix, xyz, first_reader, gaps)
    hops = Hops.of(matrix, first_reader, gaps[-1])
    for gap in gaps:
        known = np.zeros(n - first_reader, dtype=bool)
        starts = np.array([0])
        while len(starts):
            mine, theirs = hops.met(starts, gap, known), trees.met(starts, gap, known)
            order, other = np.argsort(mine[0]), np.argsort(theirs[0])
            for a, b in zip(mine, theirs, strict=True):
                assert np.array_equal(np.asarray(a)[order], np.asarray(b)[other])
            for reader, source, far in zip(*mine, strict=True):
                way = hops.way(int(source), int(reader) + first_reader, float(far))
                assert (
                    way.tolist()
                    == trees.way(int(source), int(reader) + first_reader, float(far)).tolist()
                )
            known[mine[0]] = True
            starts = first_reader + np.sort(mine[0])


def test_R4_an_order_takes_each_node_off_once_and_those_with_few_neighbors_first() -> None:
    star = sparse.csr_array((np.ones(6), (np.zeros(6, np.int64), np.arange(1, 7))), shape=(7, 7))
    order = order_of(star)
    assert sorted(order.rank.tolist()) == list(range(7))
    assert order.rank[0] >= 5  # the last two nodes have one neighbor each
    assert len(order.head) == 6  # nothing is put between the ends of a star


@settings(max_examples=25)
@given(
    nets.towns(cameras=6),
    st.lists(st.sampled_from([0.01, 0.03, 0.07, 0.2]), min_size=1, unique=True),
)
def test_R4_chains_by_a_hierarchy_are_the_chains_by_trees(
    town: tuple[Roads, pd.DataFrame], gaps: list[float]
) -> None:
    net, watches = town
    graph = Graph.from_segments(net.segments, net.restrictions)
    ports = pd.DataFrame({"name": ["Port"], "node": [0]})
    ids = sorted(set(watches["camera_id"]))
    land = pd.Series(np.arange(len(ids), dtype=float), index=ids)
    chosen = inland.InlandSettings(gaps_km=tuple(gaps))
    made = []
    for kernels in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiled, "worth", lambda _nodes, on=kernels: on)
            made.append(
                chains.corridors(watches, land, net, graph=graph, ports=ports, settings=chosen)
            )
    # which of two equally long ways a chain takes is nobody's rule; how far it goes is
    told = ["port", "gap_km", "n_cameras", "inland_m", "camera_id"]
    pd.testing.assert_frame_equal(made[0][0][told], made[1][0][told], check_exact=True)
    links = [m[1][["port", "gap_km", "camera_id"]].drop_duplicates() for m in made]
    pd.testing.assert_frame_equal(
        links[0].reset_index(drop=True), links[1].reset_index(drop=True), check_exact=True
    )
    far = [m[1].sort_values(["gap_km", "camera_id", "gap_m"])["gap_m"].tolist() for m in made]
    assert far[0] == far[1]
