"""Route log (rule C3): by hand, and what must always hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_nets as nets

from alprmap.measure import routes
from alprmap.roads import network

EAST = {"ref": "I 70", "oneway": True, "highway": "motorway"}


def test_c3_each_direction_of_a_dual_carriageway_has_its_log() -> None:
    nodes = {i: (2000.0 * i, 0.0) for i in range(5)} | {10 + i: (2000.0 * i, 30.0) for i in range(5)}
    edges = [(i, i + 1, EAST) for i in range(4)] + [(i + 1, i, EAST) for i in range(10, 14)]
    edges.append((2, 20, {"ref": "I 70", "oneway": True, "highway": "motorway_link"}))
    net = nets.roads(nodes | {20: (4200.0, 500.0)}, edges)
    read = nets.watches([("b", 2, "forward", 500.0), ("a", 0, "forward", 1000.0), ("c", 6, "forward", 1500.0)])
    found = routes.route_log(read, net)
    table = found.routes.set_index("direction")
    assert table.index.tolist() == ["E", "W"]
    assert table["km"].tolist() == [8.0, 8.0]
    assert table["readers"].tolist() == [2, 1]
    # east: readers at 1.0 and 4.5 km, then nothing to the end; west: one at 12→11, 3.5 km from its start
    assert table["longest_unread_km"].tolist() == pytest.approx([3.5, 4.5])
    log = found.log[found.log["direction"] == "E"]
    assert log["camera_id"].tolist() == ["a", "b"]
    assert log["at_km"].tolist() == pytest.approx([1.0, 4.5])
    assert log["gap_km"].tolist() == pytest.approx([1.0, 3.5])
    assert [log["lon"].iloc[0], log["lat"].iloc[0]] == pytest.approx(nets.lonlat(1000, 0), abs=1e-6)


def test_c3_routes_that_share_a_road_both_go_on() -> None:
    nodes = {0: (0, 0), 1: (2000, 0), 2: (4000, 0), 3: (6000, 0), 4: (2000, -2000), 5: (4000, 2000)}
    edges = [(0, 1, {"ref": "US 40"}), (1, 2, {"ref": "US 40;US 62"}), (2, 3, {"ref": "US 40"}),
             (4, 1, {"ref": "US 62"}), (2, 5, {"ref": "US 62"})]  # fmt: skip
    found = routes.route_log(nets.watches([("a", 1, "forward", 1000.0)]), nets.roads(nodes, edges))
    table = found.routes.set_index(["ref", "direction"])
    assert table["km"].tolist() == [6.0] * 4
    assert table.loc[("US 40", "E"), "readers"] == 1
    assert table.loc[("US 40", "W"), "readers"] == 0
    # US 62 turns twice and stays one strand, south-west to north-east
    north = found.log[found.log["ref"] == "US 62"]
    assert north["at_km"].tolist() == pytest.approx([3.0])
    assert (table["strands"] == 1).all()


def test_c3_a_beltway_is_told_by_its_sense() -> None:
    angles = np.radians(np.arange(0, 360, 30))
    nodes = {i: (3000 * float(np.sin(a)), 3000 * float(np.cos(a))) for i, a in enumerate(angles)}
    ring = [(i, (i + 1) % 12, {"ref": "I 270"}) for i in range(12)]
    net = nets.roads(nodes, ring)
    found = routes.route_log(nets.watches([("a", 3, "forward", 10.0), ("b", 5, "backward", 10.0)]), net)
    assert found.routes["direction"].tolist() == ["anticlockwise", "clockwise"]
    assert found.routes["readers"].tolist() == [1, 1]
    whole = net.segments["length_m"].sum() / 1000
    assert found.routes["km"].tolist() == pytest.approx([whole, whole])


def test_c3_without_routes_and_with_stubs() -> None:
    plain = routes.route_log(nets.watches([]), nets.roads({0: (0, 0), 1: (9, 0)}, [(0, 1)]))
    assert len(plain.log) == len(plain.strands) == len(plain.routes) == 0
    nodes = {0: (0, 0), 1: (2000, 0), 2: (5000, 0), 3: (5500, 0)}
    edges = [(0, 1, {"ref": "SR 1"}), (2, 3, {"ref": "SR 1"})]
    found = routes.route_log(nets.watches([]), nets.roads(nodes, edges))
    assert found.routes["km"].tolist() == [2.0, 2.0]
    assert found.routes["km_left_out"].tolist() == [0.5, 0.5]


def test_c3_on_a_city_adds_up(shared: Path) -> None:
    net = network.read(shared / "roads" / "columbus-oh.osm.pbf")
    found = routes.route_log(nets.watches([]), net)
    one = net.segments[net.segments["ref"].str.split(";").map(lambda r: isinstance(r, list) and "I 270" in r)]
    one = one[~one["highway"].str.endswith("_link")]
    ways = one["forward"].astype(int) + one["backward"].astype(int)
    mine = found.routes[found.routes["ref"] == "I 270"]
    assert (mine["km"].sum() + mine["km_left_out"].sum()) == pytest.approx((one["length_m"] * ways).sum() / 1000)
    pd.testing.assert_frame_equal(found.routes, routes.route_log(nets.watches([]), net).routes)
