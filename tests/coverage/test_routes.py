"""Route log (rule C3): by hand, by force, and what must always hold."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_nets as nets
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from alprmap import geo
from alprmap.coverage import routes
from alprmap.roads import network
from alprmap.roads.network import Roads

EAST = {"ref": "I 70", "oneway": True, "highway": "motorway"}


def test_C3_each_direction_of_a_dual_carriageway_has_its_log() -> None:
    nodes = {i: (2000.0 * i, 0.0) for i in range(5)} | {
        10 + i: (2000.0 * i, 30.0) for i in range(5)
    }
    edges = [(i, i + 1, EAST) for i in range(4)] + [(i + 1, i, EAST) for i in range(10, 14)]
    edges.append((2, 20, {"ref": "I 70", "oneway": True, "highway": "motorway_link"}))
    net = nets.roads(nodes | {20: (4200.0, 500.0)}, edges)
    read = nets.watches(
        [("b", 2, "forward", 500.0), ("a", 0, "forward", 1000.0), ("c", 6, "forward", 1500.0)]
    )
    found = routes.route_log(read, net)
    table = found.routes.set_index("direction")
    assert table.index.tolist() == ["E", "W"]
    assert table["km"].tolist() == [8.0, 8.0]
    assert table["readers"].tolist() == [2, 1]
    # east: readers at 1.0 and 4.5 km, then nothing to the end; west: one at 12→11, 3.5 km from its
    # start
    assert table["longest_unread_km"].tolist() == pytest.approx([3.5, 4.5])
    log = found.log[found.log["direction"] == "E"]
    assert log["camera_id"].tolist() == ["a", "b"]
    assert log["at_km"].tolist() == pytest.approx([1.0, 4.5])
    assert log["gap_km"].tolist() == pytest.approx([1.0, 3.5])
    assert [log["lon"].iloc[0], log["lat"].iloc[0]] == pytest.approx(nets.lonlat(1000, 0), abs=1e-6)


def test_C3_routes_that_share_a_road_both_go_on() -> None:
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


def test_C3_a_beltway_is_told_by_its_sense() -> None:
    angles = np.radians(np.arange(0, 360, 30))
    nodes = {i: (3000 * float(np.sin(a)), 3000 * float(np.cos(a))) for i, a in enumerate(angles)}
    ring = [(i, (i + 1) % 12, {"ref": "I 270"}) for i in range(12)]
    net = nets.roads(nodes, ring)
    found = routes.route_log(
        nets.watches([("a", 3, "forward", 10.0), ("b", 5, "backward", 10.0)]), net
    )
    assert found.routes["direction"].tolist() == ["anticlockwise", "clockwise"]
    assert found.routes["readers"].tolist() == [1, 1]
    whole = net.segments["length_m"].sum() / 1000
    assert found.routes["km"].tolist() == pytest.approx([whole, whole])


def test_C3_without_routes_and_with_stubs() -> None:
    plain = routes.route_log(nets.watches([]), nets.roads({0: (0, 0), 1: (9, 0)}, [(0, 1)]))
    assert len(plain.log) == len(plain.strands) == len(plain.routes) == 0
    nodes = {0: (0, 0), 1: (2000, 0), 2: (5000, 0), 3: (5500, 0)}
    edges = [(0, 1, {"ref": "SR 1"}), (2, 3, {"ref": "SR 1"})]
    found = routes.route_log(nets.watches([]), nets.roads(nodes, edges))
    assert found.routes["km"].tolist() == [2.0, 2.0]
    assert found.routes["km_left_out"].tolist() == [0.5, 0.5]


def test_C3_on_a_city_adds_up(shared: Path) -> None:
    net = network.read(shared / "roads" / "columbus-oh.osm.pbf")
    found = routes.route_log(nets.watches([]), net)
    one = net.segments[
        net.segments["ref"].str.split(";").map(lambda r: isinstance(r, list) and "I 270" in r)
    ]
    one = one[~one["highway"].str.endswith("_link")]
    ways = one["forward"].astype(int) + one["backward"].astype(int)
    mine = found.routes[found.routes["ref"] == "I 270"]
    assert (mine["km"].sum() + mine["km_left_out"].sum()) == pytest.approx(
        (one["length_m"] * ways).sum() / 1000
    )
    pd.testing.assert_frame_equal(found.routes, routes.route_log(nets.watches([]), net).routes)


# ---- by force


Leg = tuple[int, int, int, str, float]
"""Tail, head, segment, travel, length."""
SHARP_DEG, ROUND = 100.0, 0.3


@st.composite
def routed(draw: st.DrawFn) -> tuple[Roads, pd.DataFrame]:
    """A country of up to 9 junctions some hundred meters apart, its roads with no, one or two
    numbers, cameras."""
    n = draw(st.integers(2, 9))
    spots = st.tuples(st.integers(0, 3000), st.integers(0, 3000))
    nodes = dict(enumerate(draw(st.lists(spots, min_size=n, max_size=n, unique=True))))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] != e[1])
    edges = []
    for u, v in draw(st.lists(ends, min_size=1, max_size=12, unique_by=lambda e: frozenset(e))):
        via = draw(st.lists(spots, max_size=1)) if draw(st.booleans()) else []
        assume(not {*via} & {nodes[u], nodes[v]})
        edges.append((u, v, {
            "oneway": draw(st.booleans()), "via": via, "ref": draw(st.sampled_from([None, "A", "A", "B", "A; B"])),
            "highway": draw(st.sampled_from(["primary", "primary", "motorway_link"])),
        }))  # fmt: skip
    net = nets.roads({i: (float(x), float(y)) for i, (x, y) in nodes.items()}, edges)
    read: dict[tuple[str, int, str], float] = {}
    for _ in range(draw(st.integers(0, 6))):
        segment = draw(st.integers(0, len(edges) - 1))
        way = (
            "forward"
            if edges[segment][2]["oneway"]
            else draw(st.sampled_from(["forward", "backward"]))
        )
        share = draw(st.integers(0, 20)) / 20
        read[f"c{draw(st.integers(0, 4))}", segment, way] = share * float(
            net.segments["length_m"].iloc[segment]
        )
    return net, nets.watches([(*key, at) for key, at in sorted(read.items())])


def courses(net: Roads, leg: Leg) -> tuple[float, float]:
    """Compass course at the start and at the end of a leg, from the flat coordinates."""
    per_lon, per_lat = (float(v) for v in geo.degree_m(nets.ORIGIN[1]))
    xy = [(x * per_lon, y * per_lat) for x, y in net.segments.geometry.iloc[leg[2]].coords]
    xy = xy if leg[3] == "forward" else xy[::-1]
    first, last = ((b[0] - a[0], b[1] - a[1]) for a, b in (xy[:2], xy[-2:]))
    return math.degrees(math.atan2(*first)) % 360, math.degrees(math.atan2(*last)) % 360


def turn(a: float, b: float) -> float:
    return abs((a - b + 180) % 360 - 180)


def forced_strands(net: Roads, ref: str) -> list[list[Leg]]:
    """The strands of a route, leg by leg: each leg with the straightest next, where that is so for
    both."""
    tags = {r.segment_id: r for r in net.segments.itertuples()}
    numbered = {
        i for i, r in tags.items() if isinstance(r.ref, str) and ref in [w.strip() for w in r.ref.split(";")]
        and not r.highway.endswith("_link")
    }  # fmt: skip
    legs = sorted(
        (a for a in nets.arcs(net) if a[2] in numbered),
        key=lambda a: (a[0], a[2], a[3] != "forward"),
    )
    course = {leg: courses(net, leg) for leg in legs}

    def straightest(options: list[tuple[float, Leg]]) -> Leg | None:
        degrees = sorted(d for d, _ in options)
        # what is a tie but for rounding is nobody's business
        assume(all(b - a > 0.3 for a, b in pairwise(degrees)))
        assume(all(abs(d - SHARP_DEG) > 0.3 for d in degrees))
        return min((o for o in options if o[0] <= SHARP_DEG), default=(0.0, None))[1]

    meets = [(a, b) for a in legs for b in legs if a[1] == b[0] and a[2] != b[2]]
    after = {
        a: straightest([(turn(course[a][1], course[b][0]), b) for x, b in meets if x == a])
        for a in legs
    }
    before = {
        b: straightest([(turn(course[a][1], course[b][0]), a) for a, x in meets if x == b])
        for b in legs
    }
    follow = {a: b for a, b in after.items() if b is not None and before[b] == a}
    used: set[Leg] = set()
    strands = []
    for start in [*(a for a in legs if a not in follow.values()), *legs]:
        strand, here = [], start
        while here is not None and here not in used:
            used.add(here)
            strand.append(here)
            here = follow.get(here)
        if strand:
            strands.append(strand)
    return sorted(strands, key=lambda s: (-round(sum(a[4] for a in s), 3), legs.index(s[0])))


def heading(net: Roads, strand: list[Leg]) -> str:
    """Where a strand leads, from the flat coordinates of its junctions."""
    per_lon, per_lat = (float(v) for v in geo.degree_m(nets.ORIGIN[1]))
    spot = {}
    for r in net.segments.itertuples():
        for node, at in ((r.u, 0), (r.v, -1)):
            x, y = r.geometry.coords[at]
            spot[node] = ((x - nets.ORIGIN[0]) * per_lon, (y - nets.ORIGIN[1]) * per_lat)
    path = [spot[strand[0][0]], *(spot[a[1]] for a in strand)]
    dx, dy = path[-1][0] - path[0][0], path[-1][1] - path[0][1]
    share = math.hypot(dx, dy) / sum(a[4] for a in strand)
    assume(abs(share - ROUND) > 0.01)
    if share < ROUND:
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*path, path[0]]))
        assume(abs(area) > 1000)
        return "clockwise" if area < 0 else "anticlockwise"
    course = math.degrees(math.atan2(dx, dy)) % 360
    assume(abs(course % 90 - 45) > 0.5)
    return "NESW"[int((course + 45) // 90) % 4]


def forced_log(net: Roads, read: pd.DataFrame, strand: list[Leg]) -> list[tuple[float, str]]:
    """Cameras along a strand with the meters to where each is met first."""
    seen: dict[str, float] = {}
    run = 0.0
    for _, _, segment, travel, length in strand:
        for w in read.itertuples():
            if (w.segment_id, w.travel) == (segment, travel):
                at = run + (w.offset_m if travel == "forward" else length - w.offset_m)
                seen[w.camera_id] = min(seen.get(w.camera_id, math.inf), at)
        run += length
    return sorted((at, camera) for camera, at in seen.items())


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(routed())
def test_C3_equals_brute_force(country: tuple[Roads, pd.DataFrame]) -> None:
    net, read = country
    found = routes.route_log(read, net)
    logged: list[tuple[object, ...]] = []
    listed: list[tuple[object, ...]] = []
    for ref in ("A", "B"):
        for number, strand in enumerate(forced_strands(net, ref)):
            long_m, way = sum(a[4] for a in strand), heading(net, strand)
            seen = forced_log(net, read, strand)
            stops = [0.0, *(at for at, _ in seen), long_m]
            gaps = [b - a for a, b in pairwise(stops)]
            logged += [
                (ref, way, number, i + 1, camera, at / 1000, gaps[i] / 1000)
                for i, (at, camera) in enumerate(seen)
            ]
            if long_m >= 1000:
                listed.append((ref, way, number, long_m / 1000, len(seen), max(gaps) / 1000))
    names = ["ref", "direction", "strand", "order", "camera_id", "at_km", "gap_km"]
    mine = pd.DataFrame(logged, columns=names).astype(found.log[names].dtypes)
    same = {"check_exact": False, "atol": 1e-9, "rtol": 0}
    pd.testing.assert_frame_equal(found.log[names], mine, **same)
    names = ["ref", "direction", "strand", "km", "readers", "longest_unread_km"]
    mine = pd.DataFrame(listed, columns=names).astype(found.strands[names].dtypes)
    pd.testing.assert_frame_equal(found.strands[names], mine, **same)
    assert np.allclose(
        found.strands["unread_to_km"] - found.strands["unread_from_km"], mine["longest_unread_km"]
    )


@pytest.mark.slow
@settings(max_examples=30)
@given(routed())
def test_C3_adds_up_and_a_reader_less_never_raises_a_figure(
    country: tuple[Roads, pd.DataFrame],
) -> None:
    net, read = country
    found = routes.route_log(read, net)
    # every meter of a route is in a strand or left out, every reader on one in the log
    for ref in ("A", "B"):
        on = [isinstance(r, str) and ref in r for r in net.segments["ref"]]
        part = net.segments[np.array(on) & ~net.segments["highway"].str.endswith("_link")]
        ways = part["forward"].astype(int) + part["backward"].astype(int)
        whole = (part["length_m"] * ways).sum() / 1000
        mine = found.routes[found.routes["ref"] == ref]
        assert mine["km"].sum() + mine["km_left_out"].sum() == pytest.approx(whole)
        logged = found.log[found.log["ref"] == ref]
        assert mine["readers"].sum() + mine["readers_left_out"].sum() == len(logged)
        assert set(logged["camera_id"]) == set(
            read[read["segment_id"].isin(part["segment_id"])]["camera_id"]
        )
    if len(read):
        left = routes.route_log(read[read["camera_id"] != read["camera_id"].iloc[0]], net)
        assert (left.strands["readers"] <= found.strands["readers"]).all()
        assert (
            left.strands["longest_unread_km"] >= found.strands["longest_unread_km"] - 1e-9
        ).all()
        assert left.strands["km"].equals(found.strands["km"])


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(routed())
def test_C3_with_all_travel_turned_round(country: tuple[Roads, pd.DataFrame]) -> None:
    net, read = country
    # one place for each camera: met first is then met first from the other end too
    read = read.drop_duplicates("camera_id")
    for ref in ("A", "B"):
        forced_strands(net, ref)  # leaves out ties
    turned_net, turned_read = nets.mirrored(net, read)
    there, back = routes.route_log(read, net), routes.route_log(turned_read, turned_net)

    def shape(log: routes.RouteLog, *, turned: bool) -> list[tuple[object, ...]]:
        rows = []
        for s in log.strands.itertuples():
            readers = log.log[(log.log["ref"] == s.ref) & (log.log["strand"] == s.strand)]
            at = [
                (s.km - r.at_km if turned else r.at_km, r.camera_id) for r in readers.itertuples()
            ]
            ends = [round(v, 6) for v in (s.from_lon, s.from_lat, s.to_lon, s.to_lat)]
            ends = [*ends[2:], *ends[:2]] if turned else ends
            # a ring begins anywhere
            if ends[:2] != ends[2:]:
                rows.append((s.ref, *ends, round(s.km, 6), round(s.longest_unread_km, 6),
                             sorted((c, round(a, 6)) for a, c in at)))  # fmt: skip
        return sorted(rows)

    assert shape(there, turned=False) == shape(back, turned=True)
    km = [
        log.strands.groupby("ref")[["km", "readers"]].sum().round(6).values.tolist()
        for log in (there, back)
    ]
    assert km[0] == km[1]
