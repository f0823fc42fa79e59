"""Compiled searches against scipy's: the same minutes, readings, ways and corridors (C2, C6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import small_nets as nets
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import compiled
from alprmap.coverage import readers, trips
from alprmap.coverage import tracked_corridors as corridors
from alprmap.coverage.search import exposure, journeys
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

EVERYWHERE = corridors.Settings(limit_m=1e5, limit_s=1e5)
ONE_BUCKET = corridors.Settings(limit_m=1e6, limit_s=1e8)
"""Buckets of 1,000 seconds: all ways of a town wait in one, and come out in any order."""


@contextmanager
def engine(kernels: bool) -> Iterator[None]:
    """Leave all work, however small, to kernels (plain Python without numba), or none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "worth", lambda _nodes: kernels)
        yield


@st.composite
def grids(draw: st.DrawFn) -> tuple[Roads, pd.DataFrame]:
    """A town of equal blocks, where many ways are as fast as each other, with turn restrictions."""
    wide, high = draw(st.integers(2, 5)), draw(st.integers(2, 4))
    nodes = {i: (100.0 * (i % wide), 100.0 * (i // wide)) for i in range(wide * high)}
    pairs = [(i, i + 1) for i in nodes if (i + 1) % wide] + [
        (i, i + wide) for i in nodes if i + wide < wide * high
    ]
    edges = [
        (u, v, {"oneway": draw(st.integers(0, 5)) == 0, "length": draw(st.sampled_from([100, 100, 130]))})
        for u, v in pairs
    ]  # fmt: skip
    bans = []
    for kind in draw(st.lists(st.sampled_from(["no_left_turn", "only_straight_on"]), max_size=3)):
        via = draw(st.sampled_from(sorted(nodes)))
        ways = [k for k, pair in enumerate(pairs) if via in pair]
        bans.append((kind, draw(st.sampled_from(ways)), via, draw(st.sampled_from(ways))))
    read = {
        (f"c{k}", draw(st.integers(0, len(edges) - 1)), "forward"): 50.0
        for k in range(draw(st.integers(0, 5)))
    }
    return nets.roads(nodes, edges, bans), nets.watches([(*key, at) for key, at in read.items()])


TOWNS = st.one_of(nets.towns(cameras=5), grids())


@pytest.mark.slow
@settings(max_examples=30)
@given(TOWNS)
def test_C6_a_hierarchy_drives_the_ways_of_trees(town: tuple[Roads, pd.DataFrame]) -> None:
    net, read = town
    graph = Graph.from_segments(net.segments, net.restrictions)
    places = readers.place_readers(read, graph)
    n = graph.n_base
    ends = np.divmod(np.arange(n * n), n)
    drawn = trips._pairs_frame(graph, *ends)[lambda f: f["origin"] != f["destination"]]
    made = []
    for kernels in (True, False):
        with engine(kernels):
            made.append(trips.drive(drawn, places))
    pd.testing.assert_frame_equal(made[0].table, made[1].table, check_exact=True)
    pd.testing.assert_frame_equal(made[0].passes, made[1].passes)
    assert made[0].left_out == made[1].left_out


@settings(max_examples=40)
@given(grids(), st.data())
def test_C6_a_way_that_leaves_the_neighborhood_is_looked_for_within_it(
    town: tuple[Roads, pd.DataFrame], data: st.DataObject
) -> None:
    net, read = town
    graph = Graph.from_segments(net.segments, net.restrictions)
    places = readers.place_readers(read, graph)
    near = data.draw(st.sets(st.integers(0, graph.n_base - 1), min_size=2))
    inside = np.flatnonzero(np.isin(graph.base, sorted(near)))
    around = SimpleNamespace(nodes=inside, holds=lambda node: np.isin(node, inside))
    ends = sorted(near)[:1], sorted(near)[-1:]
    asked = journeys.Asked.of(np.array(ends[0]), np.array(ends[1]), np.array([1.0]))
    made = []
    for kernels in (True, False):
        with engine(kernels), pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                exposure, "neighborhoods", lambda g, starts, _: [(np.arange(len(starts)), around)]
            )
            search = journeys.Journeys(graph, places.count, asked)
            ways = list(search.ways("least", np.zeros(1, dtype=bool)))
            made.append(np.concatenate([w.arc for w in ways]).tolist())
    assert made[0] == made[1]


@settings(max_examples=15)
@given(
    TOWNS,
    st.sampled_from([EVERYWHERE, ONE_BUCKET, corridors.Settings(limit_m=600.0, limit_s=40.0)]),
)
def test_C2_kernels_find_the_corridors_of_trees(
    town: tuple[Roads, pd.DataFrame], limits: corridors.Settings
) -> None:
    net, read = town
    made = []
    for kernels in (True, False):
        with engine(kernels):
            made.append(corridors.tracked(read, net, settings=limits))
    pd.testing.assert_frame_equal(made[0].corridors, made[1].corridors, check_exact=True)
    pd.testing.assert_frame_equal(made[0].steps, made[1].steps, check_exact=True)


def test_C0_without_numba_a_kernel_is_the_function_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(x: int) -> int:
        return 2 * x

    monkeypatch.setattr(compiled, "available", lambda: False)
    assert compiled.kernel(twice) is twice
    assert not compiled.worth(1e12)
