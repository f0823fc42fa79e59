"""Turns (rule C0): fans stand for all pairs of a large junction, and change no figure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import small_nets as nets
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csgraph

from alprmap.coverage import readers, tracked_corridors
from alprmap.coverage import turns as room
from alprmap.coverage.search import gates
from alprmap.coverage.tracked_corridors import Settings
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads, restrictions_frame

FAR = Settings(limit_m=1e6, limit_s=1e5)


@contextmanager
def fans_from(pairs: int) -> Iterator[None]:
    """Write pairs out up to so many per arc: 0 has a fan at every junction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "MOST_PAIRS", pairs)
        yield


@st.composite
def restricted(draw: st.DrawFn) -> tuple[Roads, pd.DataFrame]:
    """A random town with turn restrictions."""
    net, read = draw(nets.towns(cameras=5))
    segments = net.segments
    many = len(segments) - 1
    rules = []
    for k in range(draw(st.integers(0, 6))):
        a, b = draw(st.integers(0, many)), draw(st.integers(0, many))
        via = draw(st.sampled_from([int(segments["u"][a]), int(segments["v"][a])]))
        kind = draw(st.sampled_from(["no_left_turn", "only_straight_on", "no_u_turn"]))
        rules.append((k, kind, a, via, b))
    return Roads(segments, restrictions_frame(rules), net.meta), read


def every_pair(graph: Graph) -> set[tuple[int, int]]:
    """All pairs of an arc in and an arc out, less those that turn round, by the words of C0."""
    arcs = range(graph.n_arcs)
    meets = [(a, b) for a in arcs for b in arcs if graph.head[a] == graph.tail[b]]

    def back(a: int, b: int) -> bool:
        same = graph.segment_id[a] == graph.segment_id[b]
        return bool(same and graph.forward[a] != graph.forward[b])

    on = {a for a, b in meets if not back(a, b)}
    into = {int(graph.twin[b]) for a, b in meets if not back(a, b)}
    return {(a, b) for a, b in meets if not back(a, b) or a not in on or graph.twin[b] not in into}


def written(made: room.Turns) -> set[tuple[int, int]]:
    """All pairs of arcs that a matrix of turns lets follow one another, through fans."""
    matrix, n = made.matrix.toarray() > 0, made.n_arcs
    inner = matrix.copy()
    # from an arc on through rows of fans only
    while True:
        more = inner | ((inner[:, n:].astype(int) @ matrix[n:].astype(int)) > 0)
        if (more == inner).all():
            break
        inner = more
    return {(int(a), int(b)) for a, b in zip(*np.nonzero(inner[:n, :n]), strict=True)}


@pytest.mark.slow
@given(restricted())
@settings(max_examples=60)
def test_C0_fans_stand_for_every_pair_of_a_junction(town: tuple[Roads, pd.DataFrame]) -> None:
    graph = Graph.from_segments(town[0].segments, town[0].restrictions)
    wanted = every_pair(graph)
    for pairs in (0, 1, room.MOST_PAIRS):
        with fans_from(pairs):
            made = room.turns(graph)
        assert written(made) == wanted
        assert len(made.fan_node) == made.matrix.shape[0] - graph.n_arcs
        assert (made.matrix.T.toarray() == made.reverse.toarray()).all()


@pytest.mark.slow
@given(restricted())
@settings(max_examples=60)
def test_C0_fans_change_no_figure(town: tuple[Roads, pd.DataFrame]) -> None:
    net, read = town
    # no two ways take the same time, so that nothing rests on how ties are broken
    odd = np.random.default_rng(7).uniform(0.9, 1.1, len(net.segments))
    segments = net.segments.assign(maxspeed_kmh=net.segments["maxspeed_kmh"] * odd)
    net = Roads(segments, net.restrictions, net.meta)
    graph = Graph.from_segments(net.segments, net.restrictions)
    places = readers.place_readers(read, graph)
    made = []
    for pairs in (10**9, 0):
        with fans_from(pairs):
            found = tracked_corridors.tracked(read, net, settings=FAR, graph=graph)
            since, until = (f(places, 200.0) for f in (readers.meters_since, readers.meters_until))
        made.append((found, since, until))
    (plain, *meters), (fans, *again) = made
    assert [m.tolist() for m in meters] == [m.tolist() for m in again]
    pd.testing.assert_frame_equal(
        pd.DataFrame(plain.corridors.drop(columns="geometry")),
        pd.DataFrame(fans.corridors.drop(columns="geometry")),
    )
    pd.testing.assert_frame_equal(plain.steps, fans.steps)
    pd.testing.assert_frame_equal(plain.table, fans.table)


def parallel(n: int) -> Roads:
    """So many roads between two junctions, and a road on at either end."""
    nodes = {0: (0.0, 0.0), 1: (500.0, 0.0), 2: (-200.0, 0.0), 3: (700.0, 0.0)}
    edges = [(0, 1, {"length": 500 + i, "via": [(250.0, float(i))]}) for i in range(n)]
    return nets.roads(nodes, [(2, 0), *edges, (1, 3)])


def test_C0_turns_grow_with_the_roads_of_a_junction() -> None:
    size = []
    for n in (40, 80, 160):
        net = parallel(n)
        graph = Graph.from_segments(net.segments, net.restrictions)
        made, lines = room.turns(graph), gates.line_graph(graph)
        size.append(np.array([made.matrix.nnz, made.matrix.shape[0], lines.n_arcs, lines.n_nodes]))
        assert (size[-1] <= 12 * graph.n_arcs).all()
        # every arc still leads to every other: to its own return by one of the roads beside it
        _, label = csgraph.connected_components(lines.matrix()[0], connection="strong")
        assert len(set(label[: graph.n_arcs].tolist())) == 1
    assert (size[1] <= 2.1 * size[0]).all()
    assert (size[2] <= 2.1 * size[1]).all()


def test_C0_a_junction_of_a_town_is_written_out_in_pairs() -> None:
    star = {0: (0.0, 0.0)} | {i: (100.0 * i, 50.0) for i in range(1, 13)}
    net = nets.roads(star, [(0, i) for i in range(1, 13)])
    made = room.turns(Graph.from_segments(net.segments, net.restrictions))
    assert not len(made.fan_node)
