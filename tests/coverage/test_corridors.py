"""Tracked corridors (rule C2): by hand, by force, and what must always hold."""

from __future__ import annotations

import heapq
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_nets as nets
from hypothesis import given, settings

from alprmap import geo
from alprmap.coverage import readers
from alprmap.coverage import tracked_corridors as corridors
from alprmap.coverage.tracked_corridors import Settings
from alprmap.errors import UsageError
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

EVERYWHERE = Settings(limit_m=1e6, limit_s=1e5)
# a straight road of four blocks with a slower road round its middle
LADDER = {0: (0, 0), 1: (200, 0), 2: (600, 0), 3: (800, 0), 4: (200, 100), 5: (600, 100)}
BLOCKS = [
    (0, 1, {"name": "Main Street"}), (1, 2, {"name": "Main Street"}), (2, 3, {"name": "Main Street"}),
    (1, 4, {"name": "West Street"}), (4, 5, {"name": "Back Lane"}), (5, 2, {"name": "East Street"}),
]  # fmt: skip


def pairs(found: corridors.Tracked) -> list[tuple[str, str, float]]:
    frame = found.corridors
    return [(a, b, round(m, 6)) for a, b, m in
            zip(frame["from_camera_id"], frame["to_camera_id"], frame["length_m"], strict=True)]  # fmt: skip


def test_C2_goes_from_reader_to_next_reader_only() -> None:
    net = nets.roads(
        {i: (100.0 * i, 0.0) for i in range(6)}, [(i, i + 1, {"oneway": True}) for i in range(5)]
    )
    read = nets.watches(
        [("a", 0, "forward", 50.0), ("b", 2, "forward", 10.0), ("c", 4, "forward", 90.0)]
    )
    found = corridors.tracked(read, net)
    assert pairs(found) == [("a", "b", 160.0), ("b", "c", 280.0)]
    assert found.table["travel_km"].iloc[-1] == pytest.approx(0.44)
    assert found.corridors["certainty"].tolist() == [1.0, 1.0]
    assert geo.length_m(found.corridors.geometry.to_numpy()).tolist() == pytest.approx(
        [160, 280], abs=0.5
    )
    short = corridors.tracked(read, net, settings=Settings(limit_m=200.0))
    assert pairs(short) == [("a", "b", 160.0)]
    quick = corridors.tracked(read, net, settings=Settings(limit_s=16.1))  # 36 km/h: 160 m in 16 s
    assert pairs(quick) == [("a", "b", 160.0)]


def test_C2_certainty_is_how_much_longer_the_best_other_way_takes() -> None:
    net = nets.roads(LADDER, BLOCKS)
    read = nets.watches([("a", 0, "forward", 100.0), ("b", 2, "forward", 100.0)])
    row = corridors.tracked(read, net).corridors.iloc[0]
    # 600 m on Main Street, 800 m by Back Lane, all at 36 km/h
    assert row["length_m"] == 600
    assert row["time_s"] == pytest.approx(60.0, abs=0.01)
    assert row["alternative_s"] == pytest.approx(80.0, abs=0.01)
    assert row["certainty"] == pytest.approx(1 / 3, abs=1e-3)
    assert row["road"] == "Main Street"
    assert row["road_share"] == 1
    # a reader on the lane closes it: whoever is read at a and b only has stayed on Main Street
    more = nets.watches(
        [("a", 0, "forward", 100.0), ("b", 2, "forward", 100.0), ("c", 4, "forward", 5.0)]
    )
    both = corridors.tracked(more, net).corridors.set_index(["from_camera_id", "to_camera_id"])
    assert both.loc[("a", "b"), "certainty"] == 1
    assert np.isnan(both.loc[("a", "b"), "alternative_s"])


def test_C2_does_not_turn_round_to_be_read_again() -> None:
    net = nets.roads({0: (0, 0), 1: (300, 0), 2: (600, 0)}, [(0, 1), (1, 2)])
    read = nets.watches([("a", 0, "forward", 200.0), ("b", 0, "backward", 100.0)])
    # eastbound, on to the end of the road and back: 100 + 300 + 300 + 200 m, never the U-turn at
    # the junction
    assert ("a", "b", 300.0) not in pairs(corridors.tracked(read, net))
    assert pairs(corridors.tracked(read, net)) == [
        ("a", "b", 100.0 + 300 + 300 + 200),
        ("b", "a", 300.0),
    ]


def test_C2_two_arcs_of_one_camera_are_one_place() -> None:
    net = nets.roads(
        {i: (100.0 * i, 0.0) for i in range(4)}, [(i, i + 1, {"oneway": True}) for i in range(3)]
    )
    read = nets.watches(
        [("a", 0, "forward", 90.0), ("a", 1, "forward", 10.0), ("b", 2, "forward", 50.0)]
    )
    assert pairs(corridors.tracked(read, net)) == [("a", "b", 140.0)]


def test_C2_on_a_one_way_pair_each_side_has_its_own() -> None:
    nodes = {0: (0, 0), 1: (400, 0), 2: (800, 0), 3: (800, 50), 4: (400, 50), 5: (0, 50)}
    one = {"oneway": True}
    net = nets.roads(nodes, [(0, 1, one), (1, 2, one), (3, 4, one), (4, 5, one)])
    read = nets.watches([("e1", 0, "forward", 10.0), ("e2", 1, "forward", 390.0), ("w1", 2, "forward", 10.0),
                         ("w2", 3, "forward", 390.0)])  # fmt: skip
    assert pairs(corridors.tracked(read, net)) == [("e1", "e2", 780.0), ("w1", "w2", 780.0)]


def test_C2_strongest_are_joined_and_named() -> None:
    nodes = {i: (500.0 * i, 0.0) for i in range(7)} | {10 + i: (500.0 * i, 400.0) for i in range(7)}
    edges = [(i, i + 1, {"oneway": True, "name": "Main Street", "ref": "US 40", "highway": "primary"})
             for i in range(6)]  # fmt: skip
    edges += [(i, 10 + i, {"name": f"{i} Avenue"}) for i in range(7)]
    net = nets.roads(nodes, edges)
    read = nets.watches(
        [("a", 0, "forward", 100.0), ("b", 2, "forward", 100.0), ("c", 5, "forward", 400.0)]
    )
    found = corridors.strongest(corridors.tracked(read, net), net)
    assert found["text"].tolist() == [
        "US 40 E from 0 Avenue to 6 Avenue, 1.7 miles (2.8 km), 3 readers"
    ]
    assert found["corridors"].tolist() == [2]
    assert geo.length_m(found.geometry.to_numpy()).tolist() == pytest.approx([2800], abs=1)


def test_C2_without_readers_and_with_bad_limits() -> None:
    net = nets.roads(LADDER, BLOCKS)
    found = corridors.tracked(nets.watches([]), net)
    assert len(found.corridors) == len(found.steps) == 0
    assert (found.table["travel_km"] == 0).all()
    assert len(corridors.strongest(found, net)) == 0
    with pytest.raises(UsageError):
        corridors.tracked(nets.watches([]), net, settings=Settings(limit_m=0))


def search(net: Roads, start: int, read: set[int], closed: set[int]) -> dict[int, tuple[int, int]]:
    """Least (ticks, readings) to the tail of every arc from the tail of one, closed arcs never
    driven."""
    every, follow = nets.arcs(net), nets.followers(net)
    kmh = net.segments.set_index("segment_id")["maxspeed_kmh"]
    ticks = [max(round(1024 * a[4] / (kmh[a[2]] * 0.8 / 3.6)), 1) for a in every]
    best: dict[int, tuple[int, int]] = {}
    queue = [((0, 0), start)]
    while queue:
        cost, arc = heapq.heappop(queue)
        if arc in best:
            continue
        best[arc] = cost
        if arc not in closed:
            for j in follow[arc]:
                heapq.heappush(queue, ((cost[0] + ticks[arc], cost[1] + (arc in read)), j))
    return best


class Force:
    """What brute force knows of a town: arcs, places, and the fastest ways between its read arcs."""

    def __init__(self, net: Roads, read: pd.DataFrame) -> None:
        self.net, self.every = net, nets.arcs(net)
        self.number = {(a[2], a[3]): i for i, a in enumerate(self.every)}
        self.at: dict[int, list[float]] = {}
        self.who: dict[int, set[str]] = {}
        for row in read.itertuples():
            arc = self.number[row.segment_id, row.travel]
            meters = row.offset_m if row.travel == "forward" else self.every[arc][4] - row.offset_m
            self.at.setdefault(arc, []).append(meters)
            self.who.setdefault(arc, set()).add(row.camera_id)
        kmh = net.segments.set_index("segment_id")["maxspeed_kmh"]
        self.pace = [1 / (kmh[a[2]] * 0.8 / 3.6) for a in self.every]

    def trim(self, a: int, b: int) -> float:
        return min(self.at[b]) * self.pace[b] - max(self.at[a]) * self.pace[a]

    def corridors(self) -> dict[tuple[int, int], float]:
        out = {}
        for a in self.at:
            for b, (ticks, readings) in search(self.net, a, set(self.at), set()).items():
                if b in self.at and not self.who[a] & self.who[b] and readings == 1:
                    out[a, b] = ticks / 1024 + self.trim(a, b)
        # a meter takes 50 ms at least; rounding to ticks leaves less than 10
        return {k: v for k, v in out.items() if v > 0.01}

    def alternative(self, a: int, b: int, steps: pd.DataFrame) -> float | None:
        """Best other way with the middle of these steps closed; None where nothing lies between."""
        whole = float((steps["end_m"] - steps["start_m"]).sum())
        run, middle, between = 0.0, set(), []
        for step in steps.itertuples():
            arc, meters = self.number[step.segment_id, step.travel], step.end_m - step.start_m
            if arc not in (a, b):
                between.append((meters, -step.step, arc))
                if 0.25 <= (run + meters / 2) / whole <= 0.75:
                    middle.add(arc)
            run += meters
        if not between:
            return None
        middle = middle or {max(between)[2]}
        found = search(self.net, a, set(), (set(self.at) | middle) - {a}).get(b)
        return np.inf if found is None else found[0] / 1024 + self.trim(a, b)


@pytest.mark.slow
@settings(max_examples=60)
@given(nets.towns(cameras=5))
def test_C2_equals_brute_force(town: tuple[Roads, pd.DataFrame]) -> None:
    net, read = town
    found, force = corridors.tracked(read, net, settings=EVERYWHERE), Force(net, read)
    graph = Graph.from_segments(net.segments)
    gate = [
        force.number[int(graph.segment_id[a]), "forward" if graph.forward[a] else "backward"]
        for a in np.unique(readers.place_readers(read, graph).arc)
    ]
    theirs = force.corridors()
    rows = {(gate[r.from_gate], gate[r.to_gate]): r for r in found.corridors.itertuples()}
    assert set(rows) == set(theirs)
    for (a, b), row in rows.items():
        assert row.time_s == pytest.approx(theirs[a, b], abs=0.02)
        steps = found.steps[found.steps["corridor"] == row.corridor]
        assert (steps["end_m"] - steps["start_m"]).sum() == pytest.approx(row.length_m)
        other = force.alternative(a, b, steps)
        if other is None or other > 2 * row.time_s + 0.05:
            assert row.certainty == 1
        elif other < 2 * row.time_s - 0.05:
            assert row.alternative_s == pytest.approx(other, abs=0.02)
            assert row.certainty == pytest.approx(
                other / row.time_s - 1, abs=0.02 / row.time_s + 1e-6
            )


@pytest.mark.slow
@settings(max_examples=40)
@given(nets.towns(cameras=5))
def test_C2_adds_up_and_grows(town: tuple[Roads, pd.DataFrame]) -> None:
    net, read = town
    small = corridors.tracked(read, net, settings=Settings(limit_m=60.0, limit_s=1e5))
    large = corridors.tracked(read, net, settings=EVERYWHERE)
    for found in (small, large):
        table = found.table[found.table["min_certainty"] == 0]
        by_class = table[table["highway"] != "all"][["travel_km", "road_km"]].sum()
        assert np.allclose(
            by_class, table[table["highway"] == "all"][["travel_km", "road_km"]].iloc[0]
        )
        every = found.table[found.table["highway"] == "all"]["travel_km"].to_numpy()
        assert (np.diff(every) <= 1e-12).all()  # the surer, the fewer
    assert small.table["travel_km"].iloc[0] <= large.table["travel_km"].iloc[0] + 1e-12


def test_C2_does_not_depend_on_order_or_parts(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alprmap.coverage.search import detour, exposure
    from alprmap.roads import network

    net = network.read(
        shared / "roads" / "columbus-oh.osm.pbf", area=(-83.03, 39.94, -82.97, 39.99)
    )
    rng = np.random.default_rng(3)
    rows = net.segments.sample(90, random_state=3)
    read = nets.watches([
        (f"c{i}", int(r.segment_id), "forward" if r.forward else "backward", float(rng.uniform(0, r.length_m)))
        for i, r in enumerate(rows.itertuples())
    ])  # fmt: skip
    limits = Settings(limit_m=1000.0, limit_s=60.0)
    whole = corridors.tracked(read, net, settings=limits)
    assert len(whole.corridors) > 10
    # batches of two sources, and neighborhoods cut out of the network
    monkeypatch.setattr(exposure, "BATCH_CELLS", 8000)
    again = corridors.tracked(read.sample(frac=1, random_state=1), net, settings=limits)
    # and everything searched on the network as a whole
    for room in (exposure, detour):
        monkeypatch.setattr(
            room,
            "neighborhoods",
            lambda g, nodes, _reach: [(np.arange(len(nodes)), exposure.Near(g))],
        )
    uncut = corridors.tracked(read, net, settings=limits)
    for other in (again, uncut):
        pd.testing.assert_frame_equal(whole.corridors, other.corridors)
        pd.testing.assert_frame_equal(whole.steps, other.steps)


def test_C2_there_and_back_is_not_one_strong_corridor() -> None:
    nodes = {i: (800.0 * i, 0.0) for i in range(4)} | {4: (2500.0, 60.0)}
    edges = [(i, i + 1, {"name": "Main Street"}) for i in range(3)]
    edges += [(3, 4, {"oneway": True, "length": 70}), (4, 2, {"oneway": True, "length": 900})]
    net = nets.roads(nodes, edges)
    read = nets.watches(
        [("a", 0, "forward", 100.0), ("b", 1, "forward", 700.0), ("c", 0, "backward", 100.0)]
    )
    found = corridors.tracked(read, net)
    assert ("b", "c") in {(a, b) for a, b, _ in pairs(found)}  # round the block and back west
    texts = corridors.strongest(found, net, settings=Settings(one_road=0.4))["text"].tolist()
    assert texts == [
        "Main Street E from an unnamed road to an unnamed road, 0.9 miles (1.4 km), 2 readers"
    ]


@pytest.mark.slow
@given(nets.towns(cameras=5))
@settings(max_examples=40)
def test_C2_corridors_within_a_limit_are_those_a_search_with_it_finds(
    drawn: tuple[Roads, pd.DataFrame],
) -> None:
    net, read = drawn
    for certainty in (True, False):
        far = corridors.tracked(
            read, net, settings=Settings(limit_m=4000, limit_s=400), certainty=certainty
        )
        near = Settings(limit_m=600, limit_s=60)
        some = corridors.within(far, net, near)
        again = corridors.tracked(read, net, settings=near, certainty=certainty)
        pd.testing.assert_frame_equal(some.table, again.table)
        pd.testing.assert_frame_equal(some.corridors, again.corridors)
        pd.testing.assert_frame_equal(some.steps, again.steps, check_dtype=False)
