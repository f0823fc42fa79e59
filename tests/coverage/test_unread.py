"""Unread zones, places and chokepoints (rule C4): by hand, by force, and what must always hold."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_nets as nets
from hypothesis import given, settings

from alprmap import geo, schema
from alprmap.coverage import unread
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

# two squares of two-way streets, joined by one two-way road: 4 x 100 m, 300 m, 4 x 100 m
SQUARES = {
    0: (0, 0),
    1: (100, 0),
    2: (100, 100),
    3: (0, 100),
    4: (400, 0),
    5: (500, 0),
    6: (500, 100),
    7: (400, 100),
}
STREETS = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 4), (4, 5), (5, 6), (6, 7), (7, 4)]


def by_force(net: Roads, read: set[tuple[int, str]]) -> list[float]:
    """Lengths of all strongly connected unread parts, by asking every pair of junctions."""
    open_arcs = [a for a in nets.arcs(net) if (a[2], a[3]) not in read]
    reach: dict[int, set[int]] = {}
    for start in {x for a in nets.arcs(net) for x in a[:2]}:
        seen, todo = {start}, [start]
        while todo:
            here = todo.pop()
            for tail, head, *_ in open_arcs:
                if tail == here and head not in seen:
                    seen.add(head)
                    todo.append(head)
        reach[start] = seen
    parts: dict[frozenset[int], float] = {}
    for tail, head, _, _, length in open_arcs:
        if tail in reach[head]:
            part = frozenset(x for x in reach[tail] if tail in reach[x])
            parts[part] = parts.get(part, 0.0) + length
    return sorted(parts.values(), reverse=True)


def test_C4_a_reader_each_way_cuts_the_town_in_two() -> None:
    net = nets.roads(SQUARES, STREETS)
    people = pd.DataFrame({"lon": [-100.0, nets.lonlat(500, 0)[0], -99.0], "lat": [30.0, 30.0, 30.0],
                           "people": [10.0, 30.0, 5.0]})  # fmt: skip
    one = unread.unread_zones(nets.watches([("a", 4, "forward", 10.0)]), net, people=people)
    # one way read: one can still drive west, not east
    assert one.summary.set_index("network").loc["as read", "zones"] == 2
    both = nets.watches([("a", 4, "forward", 10.0), ("b", 4, "backward", 10.0)])
    found = unread.unread_zones(both, net, people=people)
    row = found.summary.set_index("network")
    assert row.loc["as read", "travel_km"] == pytest.approx(2.2)
    assert row.loc["as read", "unread_travel_km"] == pytest.approx(1.6)
    assert row.loc["as read", "largest_travel_km"] == pytest.approx(0.8)
    assert row.loc["without readers", "largest_travel_km"] == pytest.approx(2.2)
    assert row.loc["as read", "people"] == 40
    assert row.loc["as read", "people_outside"] == 5
    assert row.loc["as read", "cut_off"] in (10, 30)
    assert found.zones["travel_km"].tolist() == pytest.approx([0.8, 0.8])
    assert sorted(found.zones["people"]) == [10, 30]


def test_C4_a_read_ring_road_in_one_direction_leaves_no_zone() -> None:
    ring = nets.roads(
        {0: (0, 0), 1: (100, 0), 2: (0, 100)},
        [(i, (i + 1) % 3, {"oneway": True}) for i in range(3)],
    )
    found = unread.unread_zones(nets.watches([("a", 1, "forward", 5.0)]), ring)
    assert len(found.zones) == 0
    assert found.summary["largest_share"].tolist() == [0.0, 1.0]


def test_C4_chokepoint_is_the_joining_road() -> None:
    net = nets.roads(SQUARES, STREETS)
    found = unread.unread_zones(nets.watches([]), net)
    worst = unread.chokepoints(found, net, top=2)
    assert worst["segment_id"].tolist() == [4, 4]
    # either direction: the road itself (both ways) and one of the squares fall out
    assert worst["cut_km"].tolist() == pytest.approx([1.4, 1.4])
    assert worst["cut_share"].iloc[0] == pytest.approx(1.4 / 2.2)


@pytest.mark.parametrize("people", [False, True])
def test_C4_where_every_road_is_read_no_zone_is_a_result(people: bool) -> None:
    net = nets.roads(SQUARES, STREETS)
    rows = [("c", i, way, 10.0) for i in range(len(STREETS)) for way in ("forward", "backward")]
    lon, lat = nets.lonlat(0, 0)
    home = pd.DataFrame({"lon": [lon], "lat": [lat], "people": [7.0]}) if people else None
    found = unread.unread_zones(nets.watches(rows), net, people=home)
    assert found.summary["largest_share"].iloc[0] == 0
    some = unread.unread_zones(nets.watches(rows[:1]), net, people=home)
    none, worst = unread.chokepoints(found, net), unread.chokepoints(some, net)
    assert len(none) == 0 < len(worst)
    assert list(none.columns) == list(worst.columns)
    assert none.dtypes.astype(str).to_dict() == worst.dtypes.astype(str).to_dict()
    assert len(unread.zone_roads(found, net)) == 0


def test_C4_a_one_way_road_that_nobody_reads_has_no_zone_either() -> None:
    net = nets.roads({0: (0, 0), 1: (60, 0)}, [(0, 1, {"oneway": True})])
    found = unread.unread_zones(nets.watches([]), net)
    assert not found.read.any()
    assert len(unread.chokepoints(found, net)) == 0


def test_C4_a_place_is_entered_left_and_crossed() -> None:
    # a town on a through road with one way in from the west, two ways out
    nodes = {0: (-500, 0), 1: (0, 0), 2: (100, 0), 3: (600, 0), 4: (100, 500)}
    net = nets.roads(nodes, [(0, 1), (1, 2), (2, 3), (2, 4, {"oneway": True})])
    a, b = nets.lonlat(-50, -50), nets.lonlat(150, 50)
    area = gpd.GeoDataFrame({"name": ["Town"]}, geometry=[shapely.box(*a, *b)], crs="EPSG:4326")
    free = unread.places(unread.unread_zones(nets.watches([]), net), area).iloc[0]
    assert free[["junctions", "ways_in", "ways_out", "cross_pairs"]].tolist() == [2, 2, 3, 4]
    assert free[["enter_share", "leave_share", "cross_share"]].tolist() == [1.0, 1.0, 1.0]
    # the street through it is read eastbound: one can come in and go out, but from the west only
    # back
    read = nets.watches([("x", 1, "forward", 50.0)])
    town = unread.places(unread.unread_zones(read, net), area).iloc[0]
    assert town[["enter_share", "leave_share"]].tolist() == [1.0, 1.0]
    assert town["cross_share"] == pytest.approx(2 / 4)  # left: from the east, to the west and north
    # and every way out read
    ways_out = nets.watches(
        [("x", 0, "backward", 9.0), ("y", 2, "forward", 9.0), ("z", 3, "forward", 9.0)]
    )
    town = unread.places(unread.unread_zones(ways_out, net), area).iloc[0]
    assert town[["ways_out_unread", "leave_share", "cross_share"]].tolist() == [0, 0.0, 0.0]
    assert town["enter_share"] == 1.0


@settings(max_examples=80)
@given(nets.towns())
def test_C4_zones_equal_brute_force(town: tuple[Roads, pd.DataFrame]) -> None:
    net, read = town
    closed = set(zip(read["segment_id"], read["travel"], strict=True))
    found = unread.unread_zones(read, net)
    assert found.zones["travel_km"].tolist() == pytest.approx(
        [x / 1000 for x in by_force(net, closed)]
    )
    as_read, free = found.summary["largest_travel_km"]
    assert as_read <= free + 1e-9


@pytest.mark.slow
@settings(max_examples=80)
@given(nets.towns(cameras=2))
def test_C4_chokepoints_equal_brute_force(town: tuple[Roads, pd.DataFrame]) -> None:
    net, read = town
    closed = set(zip(read["segment_id"], read["travel"], strict=True))
    parts = by_force(net, closed)
    found = unread.unread_zones(read, net)
    if not parts or (len(parts) > 1 and parts[0] == parts[1]):
        return  # no zone, or two of a size: which is the largest is a matter of numbers
    worst = unread.chokepoints(found, net, top=5)
    graph = found.graph
    zone = {(int(graph.segment_id[a]), "forward" if graph.forward[a] else "backward")
            for a in np.flatnonzero(found.arc_zone == 0)}  # fmt: skip
    # within the zone: what is largest of it after each of its arcs is read as well
    alone = {(a[2], a[3]) for a in nets.arcs(net)} - zone
    cuts = sorted(
        (parts[0] - max(by_force(net, alone | {arc}), default=0.0) for arc in zone), reverse=True
    )
    assert (1000 * worst["cut_km"]).tolist() == pytest.approx(cuts[:5])


def test_C4_with_a_turn_restriction() -> None:
    # a side street one may not turn left into can only be entered from the east
    nodes = {0: (0, 0), 1: (100, 0), 2: (-100, 0), 3: (0, 100)}
    ends = [(2, 0), (0, 1), (0, 3)]
    net = nets.roads(nodes, ends, [("no_left_turn", 0, 0, 2)])
    from_east = nets.watches([("a", 1, "backward", 50.0)])
    free, read = nets.watches([]), from_east
    assert unread.unread_zones(free, net).summary["largest_travel_km"].tolist() == pytest.approx(
        [0.6, 0.6]
    )
    graph = Graph.from_segments(net.segments, net.restrictions)
    found = unread.unread_zones(read, net, graph=graph)
    # the side street is left to itself and the road west, which no longer leads into it
    assert found.zones["travel_km"].max() == pytest.approx(0.2)
    worst = unread.chokepoints(unread.unread_zones(free, net), net, top=4)
    assert worst["segment_id"].iloc[0] in (0, 1)


@settings(max_examples=40)
@given(nets.towns(cameras=4))
def test_C4_a_reader_less_never_shrinks_the_largest_zone(town: tuple[Roads, pd.DataFrame]) -> None:
    net, read = town
    if not len(read):
        return
    fewer = read[read["camera_id"] != read["camera_id"].iloc[0]]
    with_it, without = (
        unread.unread_zones(r, net).summary["largest_travel_km"][0] for r in (read, fewer)
    )
    assert without >= with_it - 1e-12


def test_C4_zones_can_be_drawn() -> None:
    from alprmap.roads import network
    from alprmap.shipped import data_path

    roads = network.read(data_path("demo/roads.osm.pbf"))
    nothing = schema.empty("watches")
    free = unread.unread_zones(nothing, roads)
    lines = free.lines(roads)
    assert set(lines["zone"]) == set(free.zones["zone"])
    drawn = float(geo.length_m(lines.geometry.to_numpy()).sum())
    # without readers nearly all road lies in a zone, and no road is drawn twice
    assert (
        0.9 * roads.segments["length_m"].sum()
        < drawn
        <= roads.segments["length_m"].sum() * 1.000001
    )
