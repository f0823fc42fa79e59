"""How far inland by road: ways to a port and chains of readers, by hand and by brute force (R3,
R4)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csgraph
from small_nets import lonlat, roads

from alprmap import geo
from alprmap.reach import chains, inland, vicinity
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

KM = 1000.0


def straight(**tags: object) -> Roads:
    """Five junctions, 10 km apart, the port at the first."""
    nodes = {i: (10 * KM * i, 0.0) for i in range(5)}
    return roads(nodes, [(i, i + 1, {"length": 10 * KM, "ref": "I 31", **tags}) for i in range(4)])


def port_at(net: Roads, graph: Graph, x_m: float = 0.0, y_m: float = 0.0) -> pd.DataFrame:
    lon, lat = lonlat(x_m, y_m)
    return inland.ports_on(net, graph, pd.DataFrame({"name": ["Port"], "lon": [lon], "lat": [lat]}))


def reads(*rows: tuple[str, int, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["camera_id", "segment_id", "travel", "offset_m"])


def run(net: Roads, watches: pd.DataFrame, *gaps_km: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    graph = Graph.from_segments(net.segments, net.restrictions)
    ids = sorted(set(watches["camera_id"]))
    # the camera's name says how far from the border it stands
    to_land = pd.Series([float(i.split("-")[1]) * KM for i in ids], index=ids)
    return chains.corridors(
        watches, to_land, net, graph=graph, ports=port_at(net, graph),
        settings=inland.InlandSettings(gaps_km=gaps_km),
    )  # fmt: skip


def test_R4_a_chain_goes_as_far_as_its_gaps_allow() -> None:
    watches = reads(
        ("a-4", 0, "forward", 4 * KM),
        ("b-12", 1, "forward", 2 * KM),
        ("c-30", 2, "forward", 10 * KM),
    )
    table, links = run(straight(), watches, 3, 5, 10, 20)
    table = table.set_index("gap_km")
    assert table["n_cameras"].to_dict() == {3: 0, 5: 1, 10: 2, 20: 3}
    assert table["inland_m"].fillna(-1).to_dict() == {3: -1, 5: 4 * KM, 10: 12 * KM, 20: 30 * KM}
    last = table.loc[20]
    assert (last["camera_id"], last["n_chain"]) == (
        "c-30",
        2,
    )  # 12 km is within 20 of the port itself
    assert last["road_m"] == pytest.approx(30 * KM)
    assert last["longest_gap_m"] == pytest.approx(18 * KM)
    assert last["routes"] == "I 31"
    assert last["geometry"].length > 0
    ten = links[links["gap_km"] == 10].set_index("camera_id")
    assert ten["gap_m"].round().to_dict() == {"a-4": 4 * KM, "b-12": 8 * KM}
    assert ten["from_camera_id"].fillna("port").to_dict() == {"a-4": "port", "b-12": "a-4"}


def test_R4_a_reader_of_the_way_back_is_met_only_after_turning() -> None:
    watches = reads(("a-4", 0, "forward", 4 * KM), ("b-12", 1, "backward", 2 * KM))
    table, _ = run(straight(), watches, 23, 25)
    # to the junction at 20 km and back to 12: 16 + 8 km after the first reader
    assert table.set_index("gap_km")["n_cameras"].to_dict() == {23: 1, 25: 2}


def test_R4_a_one_way_road_towards_the_border_carries_no_chain_inland() -> None:
    nodes = {i: (10 * KM * i, 0.0) for i in range(3)}
    net = roads(
        nodes,
        [(1, 0, {"oneway": True, "length": 10 * KM}), (2, 1, {"oneway": True, "length": 10 * KM})],
    )
    table, links = run(net, reads(("a-4", 0, "forward", 6 * KM)), 50)
    assert table["n_cameras"].tolist() == [0]
    assert links.empty
    assert table["geometry"].isna().all()


@pytest.mark.parametrize("seed", range(6))
def test_R4_chains_agree_with_brute_force_on_random_grids(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = {i: (KM * (i % 6), KM * (i // 6)) for i in range(36)}
    edges = []
    for i in range(36):
        for j in (i + 1 if i % 6 < 5 else None, i + 6 if i < 30 else None):
            if j is not None and rng.uniform() < 0.85:
                edges.append(
                    (
                        i,
                        j,
                        {"oneway": rng.uniform() < 0.3, "length": float(rng.integers(800, 2000))},
                    )
                )
    net = roads(nodes, edges)
    graph = Graph.from_segments(net.segments)
    rows = []
    for k in range(25):
        segment = int(rng.integers(len(edges)))
        travel = (
            "backward" if rng.uniform() < 0.5 and not edges[segment][2]["oneway"] else "forward"
        )
        rows.append(
            (f"c{k:02d}-{k}", segment, travel, float(rng.uniform(0, edges[segment][2]["length"])))
        )
    watches = reads(*rows)
    gap = 1.8 * KM
    _, links = run(net, watches, gap / KM)
    arc = graph.arcs_of(watches["segment_id"], watches["travel"] == "forward")
    length = graph.length_m[arc]
    along = np.where(
        watches["travel"] == "forward", watches["offset_m"], length - watches["offset_m"]
    )
    between = graph.distances(np.arange(graph.n_nodes), weight="length_m")
    hop = (length - along)[:, None] + between[graph.head[arc]][:, graph.tail[arc]] + along[None, :]
    same = (arc[:, None] == arc[None, :]) & (along[None, :] >= along[:, None])
    hop = np.where(same, along[None, :] - along[:, None], hop)
    port = int(port_at(net, graph)["node"].iloc[0])
    reached = between[port, graph.tail[arc]] + along <= gap
    for _ in range(len(rows)):
        reached = reached | (hop[reached] <= gap).any(axis=0)
    assert set(links["camera_id"]) == set(watches["camera_id"][reached])
    assert links["gap_m"].max() <= gap + 1e-6 if len(links) else not reached.any()


def test_R3_road_distance_is_the_drive_and_obeys_one_ways() -> None:
    # a ring: 0 → 1 → 2 → 0, one way; the port at 0
    nodes = {0: (0.0, 0.0), 1: (4 * KM, 0.0), 2: (4 * KM, 3 * KM)}
    net = roads(
        nodes,
        [(0, 1, {"oneway": True}), (1, 2, {"oneway": True}), (2, 0, {"oneway": True, "kmh": 90.0})],
    )
    graph = Graph.from_segments(net.segments)
    at = [lonlat(1 * KM, 0), lonlat(4 * KM, 1 * KM), lonlat(2 * KM, -2 * KM), (np.nan, np.nan)]
    cameras = pd.DataFrame(
        {"lon": [p[0] for p in at], "lat": [p[1] for p in at]}, index=list("abcd")
    )
    found = inland.road_to_port(cameras, net, graph=graph, ports=port_at(net, graph))
    assert found.index.tolist() == list("abcd")
    assert found["road_to_port_m"].iloc[0] == pytest.approx((3 + 3 + 5) * KM, rel=1e-3)
    assert found["road_to_port_m"].iloc[1] == pytest.approx((2 + 5) * KM, rel=1e-3)
    assert found.loc["b", "road_to_port_s"] == pytest.approx(
        2 * KM / (45 * 0.8 / 3.6) + 5 * KM / (90 * 0.8 / 3.6), rel=1e-3
    )
    assert found["road_port"].fillna("-").tolist() == ["Port", "Port", "-", "-"]
    assert (
        found.loc[["c", "d"], ["road_to_port_m", "road_to_port_s"]].isna().all(axis=None)
    )  # 2 km off any road


def test_R3_the_drive_begins_at_the_foot_of_a_perpendicular_in_meters_not_in_degrees() -> None:
    net = roads({0: (0.0, 0.0), 1: (4 * KM, 4 * KM)}, [(0, 1, {"length": 4 * KM * 2**0.5})])
    graph = Graph.from_segments(net.segments)
    lon, lat = lonlat(
        2 * KM - 200, 2 * KM + 200
    )  # 283 m beside the middle of a road to the northeast
    found = inland.road_to_port(
        pd.DataFrame({"lon": [lon], "lat": [lat]}), net, graph=graph, ports=port_at(net, graph)
    )
    assert found["road_to_port_m"].iloc[0] == pytest.approx(2 * KM * 2**0.5, abs=2)


def test_R3_without_a_port_on_the_roads_nothing_is_known() -> None:
    net = straight()
    graph = Graph.from_segments(net.segments)
    ports = port_at(net, graph, x_m=-50 * KM)
    assert ports.empty
    lon, lat = lonlat(5 * KM, 0)
    found = inland.road_to_port(
        pd.DataFrame({"lon": [lon], "lat": [lat]}), net, graph=graph, ports=ports
    )
    assert found["road_to_port_m"].isna().all()
    table, links = chains.corridors(
        reads(("a-4", 0, "forward", 4 * KM)),
        pd.Series({"a-4": 4 * KM}),
        net,
        graph=graph,
        ports=ports,
    )
    assert table.empty
    assert links.empty


def test_R4_the_table_has_one_column_per_gap() -> None:
    watches = reads(("a-4", 0, "forward", 4 * KM), ("b-12", 1, "forward", 2 * KM))
    table, _ = run(straight(), watches, 5, 10)
    wide = inland.inland_table(table, unit_m=KM)
    assert wide.columns.tolist() == ["port", "gap 5 km", "gap 10 km"]
    assert wide.iloc[0, 1:].tolist() == [4, 12]


@settings(max_examples=40)
@given(st.integers(20, 120), st.floats(0.3, 4.0), st.floats(1.0, 2.0), st.integers(0, 2**32 - 1))
def test_R4_a_search_of_the_vicinity_is_the_search_of_the_whole(
    n: int, limit_km: float, longest: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    xyz = geo.ecef(-100 + rng.uniform(0, 0.2, n), 30 + rng.uniform(0, 0.2, n))
    tail, head = rng.integers(n, size=(2, 4 * n))
    straight = np.linalg.norm(xyz[tail] - xyz[head], axis=1)
    # some arcs are shorter than the straight line: a length column may be wrong
    length = np.maximum(straight * rng.uniform(0.9, longest, 4 * n), 0.1)
    few = (tail != head) & (straight < 5000)
    matrix = sparse.csr_array((length[few], (tail[few], head[few])), shape=(n, n))
    slack = vicinity.slack_m(matrix, xyz)
    near = vicinity.Vicinity(matrix, xyz, limit_km * KM, slack)
    starts = np.unique(rng.integers(n, size=3))
    part, nodes, entry = near.around(starts)
    assert np.array_equal(part.data, matrix.data[entry])
    search = {"limit": limit_km * KM, "min_only": True, "return_predecessors": True}
    far, _, source = csgraph.dijkstra(matrix, indices=starts, **search)
    mine, _, mine_source = csgraph.dijkstra(part, indices=np.searchsorted(nodes, starts), **search)
    whole = np.full(n, np.inf)
    whole[nodes] = mine
    assert np.array_equal(whole, far)
    met = np.isfinite(mine)
    assert np.array_equal(nodes[mine_source[met]], source[nodes[met]])
