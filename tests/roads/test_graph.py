"""Graph: arcs, travel time, turn restrictions and shortest paths, against networkx and by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import road_files
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.errors import NotFoundError
from alprmap.roads import graph, network
from alprmap.roads.graph import Graph


def made(rows: list[tuple[Any, ...]]) -> gpd.GeoDataFrame:
    """Segments from (way_id, u, v, length_m, forward, backward); node n stands at longitude n /
    1000."""
    lines = [
        shapely.LineString([(u / 1000, 0), (v / 1000, 1e-4 * i), (v / 1000, 0)])
        for i, (_, u, v, *_) in enumerate(rows)
    ]
    table = pd.DataFrame(rows, columns=["way_id", "u", "v", "length_m", "forward", "backward"])
    table = table.assign(segment_id=range(len(rows)), highway="residential", geometry=lines)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)


def turns(*rows: tuple[str, int, int, int]) -> pd.DataFrame:
    return network.restrictions_frame(
        [(i, kind, a, via, b) for i, (kind, a, via, b) in enumerate(rows)]
    )


# a cross: west 1, center 2, east 3, north 4, south 5; way ids are 100 + the outer node
CROSS = [(101, 1, 2, 100.0, True, True), (103, 2, 3, 100.0, True, True),
         (104, 2, 4, 100.0, True, True), (105, 2, 5, 100.0, True, True)]  # fmt: skip


def meters(g: Graph, a: int, b: int) -> float:
    ends = g.nodes_of([a, b])
    return float(g.distances(ends[:1], ends[1:], weight="length_m")[0, 0])


def test_arcs_are_rows_of_a_sparse_matrix() -> None:
    g = Graph.from_segments(made([*CROSS, (106, 4, 6, 50.0, True, False)]))
    assert (g.n_nodes, g.n_base, g.n_arcs) == (6, 6, 9)
    assert (np.diff(g.tail) >= 0).all()
    for node in range(g.n_nodes):
        assert (g.tail[g.indptr[node] : g.indptr[node + 1]] == node).all()
    assert g.node_id.tolist() == [1, 2, 3, 4, 5, 6]
    assert g.lon.tolist() == pytest.approx([0.001 * n for n in range(1, 7)])
    assert g.arcs_of([4, 4], [True, False]).tolist()[1] == -1
    assert g.segment_id[g.arcs_of([4], [True])[0]] == 4
    assert g.arcs_of([99], [True]).tolist() == [-1]


def test_G1_speed() -> None:
    table = pd.DataFrame(
        {
            "highway": ["motorway", "residential", "unheard of"],
            "maxspeed_kmh": [100.0, np.nan, np.nan],
        }
    )
    assert graph.speeds_kmh(table).tolist() == [80.0, 25.0, 10.0]
    g = Graph.from_segments(made([(1, 1, 2, 250.0, True, True)]))
    assert g.time_s.tolist() == pytest.approx([36.0, 36.0])


def test_shortest_path_and_its_arcs() -> None:
    g = Graph.from_segments(made([(1, 1, 2, 100.0, True, True), (2, 2, 3, 100.0, True, True),
                                  (3, 1, 3, 150.0, True, False), (4, 1, 3, 140.0, False, True)]))  # fmt: skip
    a, b = g.nodes_of([1, 3])
    there, back = g.path(a, b, weight="length_m"), g.path(b, a, weight="length_m")
    assert g.segment_id[there].tolist() == [2]
    assert (g.segment_id[back].tolist(), g.forward[back].tolist()) == ([3], [False])
    assert g.path(a, a).tolist() == []


def test_no_way_and_no_node() -> None:
    g = Graph.from_segments(made([(1, 1, 2, 100.0, True, False), (2, 3, 4, 100.0, True, True)]))
    a, b, c = g.nodes_of([1, 2, 3])
    for pair in ((b, a), (a, c)):
        with pytest.raises(NotFoundError, match="no way from node"):
            g.path(*pair)
    with pytest.raises(NotFoundError, match="node 9 is no junction"):
        g.nodes_of([1, 9])
    assert np.isinf(g.distances([a], [c]))[0, 0]
    far, source = g.nearest_source([a])
    assert source.tolist() == [0, 0, -1, -1]
    assert np.isinf(far[2:]).all()


def test_empty_network() -> None:
    g = Graph.from_segments(made(CROSS).iloc[:0])
    assert (g.n_nodes, g.n_arcs) == (0, 0)
    assert len(g.components()) == 0


def test_parts_with_parallel_arcs_and_loops() -> None:
    rows = [
        (1, 1, 2, 9.0, True, True),
        (2, 1, 2, 8.0, True, True),
        (3, 2, 2, 30.0, True, True),
        (4, 2, 3, 5.0, True, False),
    ]
    g = Graph.from_segments(made(rows))
    strong = g.components()
    assert strong[0] == strong[1] != strong[2]
    assert len(set(g.components(strong=False))) == 1
    assert meters(g, 1, 2) == 8.0


class TestG2Restrictions:
    def test_G2_no_left_turn_sends_one_round(self) -> None:
        ring = [*CROSS, (106, 3, 4, 300.0, True, True)]
        free, bound = (
            Graph.from_segments(made(ring), t) for t in (None, turns(("no_left_turn", 101, 2, 104)))
        )
        assert meters(free, 1, 4) == 200.0
        # over the crossing to the east, turn there, come back and turn right
        assert meters(bound, 1, 4) == 400.0
        assert meters(bound, 3, 4) == meters(bound, 5, 4) == 200.0
        assert meters(bound, 1, 2) == 100.0
        assert bound.restrictions_used == 1

    def test_G2_only_straight_on(self) -> None:
        bound = Graph.from_segments(made(CROSS), turns(("only_straight_on", 101, 2, 103)))
        assert [meters(bound, 1, n) for n in (3, 4, 5)] == [200.0, 400.0, 400.0]
        assert [meters(bound, n, 1) for n in (3, 4, 5)] == [200.0] * 3

    def test_G2_no_u_turn_forbids_only_turning_round(self) -> None:
        rows = [(1, 1, 2, 100.0, True, True), (2, 2, 3, 100.0, True, True)]
        bound = Graph.from_segments(made(rows), turns(("no_u_turn", 1, 2, 1)))
        assert meters(bound, 1, 3) == 200.0
        copies = np.flatnonzero(bound.base != np.arange(bound.n_nodes))
        assert len(copies) == 1
        assert bound.segment_id[bound.tail == copies[0]].tolist() == [1]

    def test_G2_two_in_a_row(self) -> None:
        both = [(1, 1, 2, 10.0), (2, 2, 3, 10.0), (3, 3, 4, 10.0), (5, 2, 6, 10.0), (6, 5, 4, 50.0)]
        rows = [(*row, True, True) for row in both] + [(4, 3, 5, 10.0, True, False)]
        bound = Graph.from_segments(
            made(rows), turns(("only_straight_on", 1, 2, 2), ("no_straight_on", 2, 3, 3))
        )
        assert meters(bound, 1, 4) == 80.0
        path = bound.path(*bound.nodes_of([1, 4]), weight="length_m")
        assert bound.segment_id[path].tolist() == [0, 1, 5, 4]
        assert (bound.head[path[:-1]] == bound.tail[path[1:]]).all()

    def test_G2_several_only_from_one_arc_leave_each_turn(self) -> None:
        both = turns(("only_straight_on", 101, 2, 103), ("only_right_turn", 101, 2, 105))
        bound = Graph.from_segments(made(CROSS), both)
        assert [meters(bound, 1, n) for n in (3, 5)] == [200.0, 200.0]
        assert meters(bound, 1, 4) > 200.0

    def test_G2_what_is_not_certain_is_not_used(self) -> None:
        # the from-way goes through the junction: which side is meant is not said
        rows = [
            (7, 1, 2, 100.0, True, True),
            (7, 2, 3, 100.0, True, True),
            (8, 2, 4, 100.0, True, True),
        ]
        vague = Graph.from_segments(
            made(rows), turns(("no_left_turn", 7, 2, 8), ("no_left_turn", 7, 99, 8))
        )
        assert (vague.restrictions_used, vague.n_nodes) == (0, 4)

    def test_G2_copies_know_what_they_copy(self, shared: Path) -> None:
        roads = network.read(shared / "roads" / "portland-or.osm.pbf")
        g = Graph.from_segments(roads.segments, roads.restrictions)
        free = Graph.from_segments(roads.segments)
        assert g.restrictions_used > 600
        assert (g.node_id[g.base] == g.node_id).all()
        assert (g.segment_id[g.twin] == g.segment_id).all()
        assert (g.forward[g.twin] == g.forward).all()
        some = np.random.default_rng(1).integers(0, g.n_base, 8)
        bound_s, free_s = g.distances(some), free.distances(some)
        assert bound_s.shape == free_s.shape == (8, g.n_base)
        assert (bound_s >= free_s - 1e-6).all()
        assert (bound_s > free_s + 1e-6).any()
        assert np.allclose(g.nearest_source(some)[0], bound_s.min(axis=0))


@given(st.data())
@settings(max_examples=60)
def test_random_networks_against_networkx(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 9))
    node = st.integers(1, n)
    row = st.tuples(
        st.just(0), node, node, st.integers(1, 50).map(float), st.booleans(), st.booleans()
    )
    rows = [(i, *r[1:]) for i, r in enumerate(data.draw(st.lists(row, min_size=1, max_size=25)))]
    segments = made(rows)
    g = Graph.from_segments(segments)
    plain = nx.MultiDiGraph()
    plain.add_nodes_from(np.unique(segments[["u", "v"]].to_numpy()).tolist())
    for _, u, v, length, forward, backward in rows:
        plain.add_edges_from([(u, v, {"w": length})] * forward + [(v, u, {"w": length})] * backward)
    ours = g.distances(np.arange(g.n_base), weight="length_m")
    for i, a in enumerate(g.node_id):
        theirs = nx.single_source_dijkstra_path_length(plain, int(a), weight="w")
        expected = [theirs.get(int(b), np.inf) for b in g.node_id]
        assert ours[i].tolist() == pytest.approx(expected)
    groups = {frozenset(g.node_id[g.components() == c].tolist()) for c in set(g.components())}
    assert groups == {frozenset(c) for c in nx.strongly_connected_components(plain)}


@given(st.data())
@settings(max_examples=60)
def test_G2_random_restrictions_against_a_graph_of_arcs(data: st.DataObject) -> None:
    n = data.draw(st.integers(3, 6))
    pairs = data.draw(st.lists(st.tuples(st.integers(1, n), st.integers(1, n)).filter(lambda p: p[0] != p[1]),
                               min_size=2, max_size=12, unique=True))  # fmt: skip
    rows = [(i, u, v, 10.0 + i, True, True) for i, (u, v) in enumerate(pairs)]
    wanted = []
    for _ in range(data.draw(st.integers(1, 6))):
        i, j = (data.draw(st.integers(0, len(rows) - 1)) for _ in range(2))
        shared_nodes = {rows[i][1], rows[i][2]} & {rows[j][1], rows[j][2]}
        if i != j and shared_nodes:
            kind = data.draw(st.sampled_from(["no_left_turn", "only_right_turn"]))
            wanted.append((kind, i, min(shared_nodes), j))
    table = turns(*wanted)
    g = Graph.from_segments(made(rows), table)

    # brute force: states are arcs, a step is an allowed turn
    arcs = [(i, u, v, w) for i, u, v, w, *_ in rows] + [(i, v, u, w) for i, u, v, w, *_ in rows]
    line = nx.DiGraph()
    for a in arcs:
        only = [r for r in wanted if r[0].startswith("only") and r[1] == a[0] and r[2] == a[2]]
        for b in arcs:
            if a[2] != b[1]:
                continue
            banned = ("no_left_turn", a[0], a[2], b[0]) in wanted
            if only and b[0] not in {r[3] for r in only}:
                banned = True
            if not banned:
                line.add_edge(a, b, w=b[3])
    for a in arcs:
        line.add_edge(("from", a[1]), a, w=a[3])
        line.add_edge(a, ("to", a[2]), w=0.0)
    ours = g.distances(np.arange(g.n_base), weight="length_m")
    real = g.node_id[: g.n_base]
    for i, s in enumerate(real):
        lengths = nx.single_source_dijkstra_path_length(line, ("from", int(s)), weight="w")
        expected = [0.0 if s == t else lengths.get(("to", int(t)), np.inf) for t in real]
        assert ours[i].tolist() == pytest.approx(expected)


def test_nearest_nodes_and_weights_of_ones_own(tmp_path: Path) -> None:
    roads = network.read(road_files.write(tmp_path / "town.opl"))
    g = Graph.from_segments(roads.segments, roads.restrictions)
    node, far = g.nearest_nodes([0.00101, -0.001], [0.0, 0.0])
    assert g.node_id[node].tolist() == [2, 1]
    assert far.tolist() == pytest.approx([1.11, 111.3], abs=0.05)
    closed = np.where(g.segment_id == 0, np.inf, g.length_m)
    assert np.isinf(g.distances(g.nodes_of([1]), g.nodes_of([3]), weight=closed))[0, 0]
    limited = g.distances(g.nodes_of([1]), weight="length_m", limit=150.0)
    assert np.isfinite(limited[0, g.nodes_of([2])]).all()
    assert np.isinf(limited[0, g.nodes_of([3])]).all()
