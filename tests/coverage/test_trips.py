"""Trips and their readers (rule C6): by hand, by force, and what must always hold."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_nets as nets
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.coverage import one_trip as single
from alprmap.coverage import readers, trips
from alprmap.coverage.trips import TripSettings as Settings
from alprmap.errors import InputError, NotFoundError
from alprmap.roads import network
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

# Main Street from west to east past two readers, and a longer lane round the second
NODES = {0: (0, 0), 1: (400, 0), 2: (800, 0), 3: (1200, 0), 4: (400, 200), 5: (800, 200)}
STREETS = [(0, 1, {"name": "Main Street"}), (1, 2, {"name": "Main Street"}), (2, 3, {"name": "Main Street"}),
           (1, 4), (4, 5, {"name": "Back Lane"}), (5, 2)]  # fmt: skip
READ = [("a", 0, "forward", 100.0), ("b", 1, "forward", 100.0), ("c", 1, "forward", 200.0)]


def town(read: list[tuple[str, int, str, float]] = READ) -> tuple[Roads, readers.Places]:
    net = nets.roads(NODES, STREETS)
    return net, readers.place_readers(nets.watches(read), Graph.from_segments(net.segments))


def one(places: readers.Places, a: int, b: int) -> pd.Series:
    frame = pd.DataFrame({"trip": [0], "origin": [a], "destination": [b], "crow_km": [1.0]})
    return trips.drive(frame, places).table.iloc[0]


def test_C6_counts_each_camera_once_and_finds_the_way_round() -> None:
    _, places = town()
    trip = one(places, 0, 3)
    assert trip[["readers", "readings", "least_readers"]].tolist() == [3, 3, 1]
    assert trip["km"] == pytest.approx(1.2)
    assert trip["minutes"] == pytest.approx(2.0, abs=1e-3)  # 36 km/h
    assert trip["least_km"] == pytest.approx(1.6)
    back = one(places, 3, 0)
    assert back[["readers", "least_readers", "km", "least_km"]].tolist() == pytest.approx(
        [0, 0, 1.2, 1.2]
    )
    # a camera that reads two arcs of the way is one reader with two readings
    _, twice = town([("a", 0, "forward", 390.0), ("a", 1, "forward", 10.0)])
    assert one(twice, 0, 3)[["readers", "readings"]].tolist() == [1, 2]


def test_C6_a_single_trip_lists_readers_in_order() -> None:
    net, places = town()
    way = single.route(net, places, 0, 3, way="fastest")
    assert way.readers["camera_id"].tolist() == ["a", "b", "c"]
    assert way.readers["at_km"].tolist() == pytest.approx([0.1, 0.5, 0.6])
    assert way.streets.values.tolist() == [["Main Street", pytest.approx(1.2)]]
    assert [way.readers["lon"].iloc[1], way.readers["lat"].iloc[1]] == pytest.approx(
        nets.lonlat(500, 0), abs=1e-6
    )
    least = single.route(net, places, 0, 3, way="least")
    assert least.readers["camera_id"].tolist() == ["a"]
    assert least.streets["road"].tolist() == [
        "Main Street",
        "unnamed road",
        "Back Lane",
        "unnamed road",
        "Main Street",
    ]
    assert single.route(net, places, 2, 2, way="fastest").km == 0
    frame = single.drawn_route({"fastest": way, "least": least})
    assert frame["readers"].tolist() == [3, 1]
    far = nets.roads({0: (0, 0), 1: (100, 0), 2: (500, 0), 3: (600, 0)}, [(0, 1), (2, 3)])
    with pytest.raises(NotFoundError):
        single.route(
            far,
            readers.place_readers(nets.watches([]), Graph.from_segments(far.segments)),
            0,
            3,
            way="fastest",
        )


def test_C6_turn_restrictions_hold_to_the_last_junction() -> None:
    nodes = {0: (-100, 0), 1: (0, 0), 2: (100, 0), 3: (0, 100), 4: (100, 100)}
    one_way = {"oneway": True}
    edges = [(0, 1, one_way), (1, 2, one_way), (1, 3, one_way), (2, 4, one_way), (4, 3, one_way)]
    net = nets.roads(nodes, edges, [("no_left_turn", 0, 1, 2)])
    graph = Graph.from_segments(net.segments, net.restrictions)
    places = readers.place_readers(nets.watches([("x", 1, "forward", 50.0)]), graph)
    trip = one(places, 0, 3)
    assert trip["km"] == pytest.approx(0.4)
    assert trip["readers"] == 1


def test_C6_pairs_of_a_table_and_what_is_left_out() -> None:
    _, places = town()
    spots = [nets.lonlat(x, y) for x, y in ((5, 5), (1195, 0), (8, 0), (90_000, 0))]
    rows = [(*spots[0], *spots[1]), (*spots[0], *spots[2]), (*spots[0], *spots[3])]
    table = pd.DataFrame(rows, columns=["from_lon", "from_lat", "to_lon", "to_lat"])
    made, left = trips.pairs(table, places.graph)
    assert made[["origin", "destination"]].values.tolist() == [[0, 3]]
    assert left == {"an end off the network": 1, "both ends at one junction": 1}
    found = trips.drive(made, places, left_out=left)
    assert found.left_out["no way"] == 0
    with pytest.raises(InputError, match="to_lat"):
        trips.pairs(table.drop(columns="to_lat"), places.graph)
    group = trips.by_group(found, pd.Series({"a": "Police", "b": "Sheriff", "c": None}))
    assert group["group"].tolist() == ["Police", "Sheriff", "unknown"]
    assert group["trips"].tolist() == [1, 1, 1]
    assert group["trips_only"].tolist() == [0, 0, 0]


def test_C6_sample_is_seeded_and_summed_up() -> None:
    _, places = town()
    spots = [nets.lonlat(x, 0) for x in (0, 400, 800, 1200)]
    people = pd.DataFrame(spots, columns=["lon", "lat"]).assign(people=[100.0, 50.0, 50.0, 100.0])
    few = Settings(trips=90, per_origin=10, least_km=0.3)
    a, b = (trips.sample(people, places.graph, settings=few) for _ in range(2))
    pd.testing.assert_frame_equal(a, b)
    assert len(a) == 90
    assert (a["crow_km"] >= 0.3).all()
    found = trips.drive(a, places)
    total = trips.summary(found, settings=few).set_index("length")
    assert total.loc["all", "trips"] == 90
    share = (found.table["readers"] >= 1).mean()
    assert total.loc["all", "share_read_1"] == pytest.approx(share)
    assert total.loc["all", "share_read_1_low"] <= share <= total.loc["all", "share_read_1_high"]
    assert total.loc["all", "extra_minutes"] >= 0
    with pytest.raises(InputError, match="fewer than two"):
        trips.sample(people.assign(lon=0.0), places.graph, settings=few)


def best(net: Roads, read: pd.DataFrame, start: int, *, least: bool) -> dict[int, tuple[int, int]]:
    """Least (ticks, readings) or (readings, ticks) from one junction to all."""
    count = (
        read.drop_duplicates(["camera_id", "segment_id", "travel"])
        .groupby(["segment_id", "travel"])
        .size()
    )
    kmh = net.segments.set_index("segment_id")["maxspeed_kmh"]
    out: dict[int, tuple[int, int]] = {}
    queue = [((0, 0), start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node in out:
            continue
        out[node] = cost
        for tail, head, segment, travel, length in nets.arcs(net):
            if tail == node:
                step = (
                    max(round(1024 * length / (kmh[segment] * 0.8 / 3.6)), 1),
                    int(count.get((segment, travel), 0)),
                )
                step = step[::-1] if least else step
                heapq.heappush(queue, ((cost[0] + step[0], cost[1] + step[1]), head))
    return out


@pytest.mark.slow
@settings(max_examples=80)
@given(nets.towns(cameras=5))
def test_C6_equals_brute_force(drawn: tuple[Roads, pd.DataFrame]) -> None:
    net, read = drawn
    graph = Graph.from_segments(net.segments)
    n = graph.n_base
    a, b = (x.ravel() for x in np.meshgrid(np.arange(n), np.arange(n)))
    keep = a != b
    frame = pd.DataFrame(
        {
            "trip": np.arange(int(keep.sum())),
            "origin": a[keep],
            "destination": b[keep],
            "crow_km": 1.0,
        }
    )
    found = trips.drive(frame, readers.place_readers(read, graph))
    table = found.table
    fast = {i: best(net, read, int(graph.node_id[i]), least=False) for i in range(n)}
    least = {i: best(net, read, int(graph.node_id[i]), least=True) for i in range(n)}
    for row in table.itertuples():
        goal = int(graph.node_id[row.destination])
        if goal not in fast[row.origin]:
            assert np.isnan(row.km)
            assert np.isnan(row.least_km)
            continue
        ticks, readings = fast[row.origin][goal]
        assert row.readings == readings
        assert row.minutes * 60 == pytest.approx(ticks / 1024, abs=0.01)
        readings, ticks = least[row.origin][goal]
        assert row.least_readings == readings
        assert row.least_minutes * 60 == pytest.approx(ticks / 1024, abs=0.01)
        assert row.readers <= row.readings
        assert row.least_readings <= row.readings
    seen = found.passes.groupby(["trip", "way"]).size()
    for way, column in (("fastest", "readers"), ("least", "least_readers")):
        counted = (
            seen.xs(way, level="way")
            if way in seen.index.get_level_values("way")
            else pd.Series(dtype=int)
        )
        expected = table.set_index("trip")[column].fillna(0)
        assert (counted.reindex(expected.index).fillna(0) == expected).all()


def test_C6_parts_of_a_large_network_change_nothing(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alprmap.coverage.search import exposure

    net = network.read(shared / "roads" / "columbus-oh.osm.pbf")
    rng = np.random.default_rng(3)
    rows = net.segments.sample(300, random_state=3)
    read = nets.watches([
        (f"c{i}", int(r.segment_id), "forward" if r.forward else "backward", float(rng.uniform(0, r.length_m)))
        for i, r in enumerate(rows.itertuples())
    ])  # fmt: skip
    places = readers.place_readers(read, Graph.from_segments(net.segments, net.restrictions))
    people = pd.DataFrame(
        {"lon": places.graph.lon[:4000:40], "lat": places.graph.lat[:4000:40], "people": 1.0}
    )
    drawn = trips.sample(
        people, places.graph, settings=Settings(trips=60, per_origin=6, decay_km=1.0)
    )
    whole = trips.drive(drawn, places)
    assert whole.table["readers"].max() > 0
    monkeypatch.setattr(exposure, "BATCH_CELLS", 40_000)
    monkeypatch.setattr(trips, "AROUND", 0.0)
    parts = trips.drive(drawn.sample(frac=1, random_state=1), places)
    same = parts.table.sort_values("trip", ignore_index=True)
    near = same["crow_km"] < 2.0
    pd.testing.assert_frame_equal(whole.table[near], same[near])


Done = tuple[int, str, str]


@pytest.fixture
def command(alprmap_here: Callable[..., Done]) -> Callable[..., Done]:
    return alprmap_here


def test_the_command_on_the_demo_town(
    root: Path, tmp_path: Path, command: Callable[..., Done]
) -> None:
    demo = root / "data" / "demo"
    net = network.read(demo / "roads.osm.pbf")
    graph = Graph.from_segments(net.segments, net.restrictions)
    label = graph.components()[: graph.n_base]
    main = np.flatnonzero(label == np.bincount(label).argmax())
    a, b = main[np.argmin(graph.lat[main])], main[np.argmax(graph.lat[main])]
    ends = [f"{graph.lat[i]:.6f}, {graph.lon[i]:.6f}" for i in (a, b)]
    words = ["--cameras", demo / "cameras.geojson", "--roads", demo / "roads.osm.pbf"]
    done = command("route", *ends, *words, "--json", "--out", tmp_path / "way.geojson")
    assert done[0] == 0, done[2]
    told = json.loads(done[1])
    assert told["fastest"]["n_readers"] == len(told["fastest"]["readers"]) > 0
    assert told["least"]["n_readers"] <= told["fastest"]["n_readers"]
    assert told["extra_minutes"] >= 0
    assert told["from"]["to_junction_m"] < 1
    assert (tmp_path / "way.geojson").is_file()
    shown = command("route", *ends, *words)
    assert f"{told['fastest']['n_readers']} readers" in shown[1]
    other = command("route", "60.1, 24.9", ends[1], *words)
    assert other[0] == 1
    assert "outside the roads" in other[2]


@settings(max_examples=30)
@given(nets.towns(cameras=5))
def test_C6_a_reader_less_never_raises_a_figure(drawn: tuple[Roads, pd.DataFrame]) -> None:
    net, read = drawn
    if not len(read):
        return
    graph = Graph.from_segments(net.segments)
    places = readers.place_readers(read, graph)
    n = graph.n_base
    frame = pd.DataFrame(
        {"trip": np.arange(n), "origin": 0, "destination": np.arange(n), "crow_km": 1.0}
    )
    before, after = (
        trips.drive(frame, p).table for p in (places, places.without([read["camera_id"].iloc[0]]))
    )
    known = before["km"].notna()
    assert known.equals(after["km"].notna())
    for column in ("readings", "least_readings"):
        assert (after[column][known] <= before[column][known]).all()


@given(st.integers(1, 30), st.sampled_from([0, 1, 3]), st.integers(1, 3), st.integers(0, 2**31))
@settings(max_examples=30)
def test_C6_no_interval_has_zero_width(
    origins: int, readers_met: int, each: int, seed: int
) -> None:
    count = origins * each
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "trip": range(count),
            "origin": np.repeat(np.arange(origins), each),
            "km": rng.uniform(1, 30, count),
            "minutes": 10.0,
            "readers": readers_met,
            "readings": readers_met,
            "least_minutes": 11.0,
            "least_readers": 0,
            "least_readings": 0,
        }
    )
    made = trips.summary(trips.Trips(table, pd.DataFrame(), {}))
    for row in made.to_dict("records"):
        for name in [c[:-4] for c in row if str(c).endswith("_low")]:
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            assert low < high or (low != low and high != high), name
            # a share of which nothing varies has an exact interval that holds it
            if name.startswith("share_"):
                assert low <= row[name] <= high
