"""All trips weighed (C6): the same as driving each of them, by whatever batches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import small_nets as nets
from hypothesis import given, settings

from alprmap.coverage import every_pair, readers, trips
from alprmap.coverage.search import exposure
from alprmap.coverage.trip_ends import snap_ends
from alprmap.errors import InputError
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads


def _people(graph: Graph) -> pd.DataFrame:
    n = graph.n_base
    return pd.DataFrame({"lon": graph.lon[:n], "lat": graph.lat[:n], "people": 1.0 + np.arange(n)})


@settings(max_examples=60)
@given(nets.towns(cameras=5))
def test_C6_all_pairs_equal_each_trip_driven(drawn: tuple[Roads, pd.DataFrame]) -> None:
    net, read = drawn
    graph = Graph.from_segments(net.segments)
    places = readers.place_readers(read, graph)
    few = trips.TripSettings(least_km=0.05, decay_km=1.0)
    try:
        wanted = every_pair.demand(_people(graph), graph, settings=few)
    except InputError:
        return
    row, goal, weight = wanted.trips(np.arange(len(wanted.origin)))
    frame = trips._pairs_frame(graph, wanted.origin[row], wanted.goal[goal])
    one_by_one = trips.drive(frame, places).table.assign(weight=weight)
    table = one_by_one[one_by_one["km"].notna()]
    made = every_pair.weigh(wanted, places)
    assert made.pairs == len(table)
    whole = made.summary.iloc[0]
    share = table["weight"] / table["weight"].sum()
    expected = {
        **{f"share_read_{k}": (share * (table["readers"] >= k)).sum() for k in (1, 2, 5)},
        "readers_per_trip": (share * table["readers"]).sum(),
        "readers_least": (share * table["least_readers"]).sum(),
        "share_unread_possible": (share * (table["least_readings"] == 0)).sum(),
        "extra_minutes": (share * (table["least_minutes"] - table["minutes"])).sum(),
        "readers_per_km": (share * table["readers"]).sum() / (share * table["km"]).sum(),
    }
    for name, value in expected.items():
        # times are rounded to ticks of a thousandth of a second
        assert whole[name] == pytest.approx(value, abs=2e-4), name
    read_trips = table[table["readers"] > 0]
    if len(read_trips):
        extra = (read_trips["least_minutes"] - read_trips["minutes"]) * read_trips["weight"]
        mean = extra.sum() / read_trips["weight"].sum()
        assert whole["extra_minutes_read"] == pytest.approx(mean, abs=2e-4)
    group = pd.Series({name: f"agency of {name}" for name in places.camera_id}, dtype="str")
    by_set = trips.by_group(made.sets, group).set_index("group")
    passes = trips.drive(frame, places).passes
    passes = passes[passes["way"] == "fastest"].assign(group=lambda f: f["camera_id"].map(group))
    seen = passes.drop_duplicates(["trip", "group"]).assign(
        w=lambda f: share.reindex(f["trip"]).to_numpy()
    )
    for name, value in seen.groupby("group")["w"].sum().items():
        assert by_set.loc[name, "share"] == pytest.approx(value, abs=1e-9)


def test_C6_batches_of_origins_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = {i: (300.0 * (i % 6), 300.0 * (i // 6)) for i in range(36)}
    edges = [(i, i + 1) for i in range(36) if i % 6 < 5] + [(i, i + 6) for i in range(30)]
    net = nets.roads(nodes, edges)
    graph = Graph.from_segments(net.segments)
    read = nets.watches([(f"c{i}", 3 * i, "forward", 100.0) for i in range(12)])
    places = readers.place_readers(read, graph)
    wanted = every_pair.demand(_people(graph), graph)
    whole = every_pair.weigh(wanted, places)
    monkeypatch.setattr(exposure, "BATCH_CELLS", 40)
    parts = every_pair.weigh(wanted, places)
    pd.testing.assert_frame_equal(whole.summary, parts.summary)
    pd.testing.assert_frame_equal(whole.origins, parts.origins)
    assert 0 < whole.summary["share_read_1"].iloc[0] < 1


def test_C6_a_weight_column_counts_each_pair_so_often() -> None:
    net = nets.roads({0: (0, 0), 1: (1500, 0), 2: (3000, 0)}, [(0, 1), (1, 2)])
    graph = Graph.from_segments(net.segments)
    places = readers.place_readers(nets.watches([("a", 0, "forward", 10.0)]), graph)
    spots = [nets.lonlat(x, 0) for x in (0, 1500, 3000)]
    rows = [(*spots[0], *spots[1]), (*spots[1], *spots[2])]
    table = pd.DataFrame(rows, columns=["from_lon", "from_lat", "to_lon", "to_lat"])
    for name, share in ((None, 0.5), ("weight", 0.9), ("S000", 0.9), ("Jobs", 0.9)):
        given_table = table if name is None else table.assign(**{name: [90, 10]})
        made, left = trips.pairs(given_table, graph)
        assert left == {"an end off the network": 0, "both ends at one junction": 0}
        weighed = every_pair.weigh(every_pair.demand_of_pairs(made, graph), places)
        assert weighed.summary["share_read_1"].iloc[0] == pytest.approx(share)
        driven = trips.summary(trips.drive(made, places))
        assert driven["share_read_1"].iloc[0] == pytest.approx(share)
    for bad in (["x", 1], [-1, 1], [0, 0]):
        with pytest.raises(InputError, match="trip"):
            trips.pairs(table.assign(weight=bad), graph)


def test_C6_a_trip_starts_on_a_road_one_can_leave_and_ends_on_one_that_can_be_entered() -> None:
    nodes = {0: (0, 0), 1: (2000, 0), 2: (40, 40), 3: (60, 60), 4: (1960, 40), 5: (1990, 60)}
    edges = [(0, 1), (2, 3), (4, 5, {"oneway": True})]
    net = nets.roads(nodes, edges)
    graph = Graph.from_segments(net.segments)
    at = [
        np.array(v)
        for v in zip(*(nets.lonlat(x, y) for x, y in ((50, 50), (1950, 50))), strict=True)
    ]
    start = (at[0][:1], at[1][:1])
    end = (at[0][1:], at[1][1:])
    (a, meters), (b, _) = snap_ends(graph, start, end, within_m=2000)
    assert (a[0], b[0]) == (0, 1)
    assert 60 < meters[0] < 80
    # within one small part nothing is changed
    inside = tuple(np.array([v]) for v in nets.lonlat(61, 61))
    (a, _), (b, _) = snap_ends(graph, start, inside, within_m=2000)
    assert {a[0], b[0]} <= {2, 3}


def test_C6_a_sample_takes_its_share_of_every_part() -> None:
    rng = np.random.default_rng(5)
    weight = rng.uniform(0, 1, 200)
    order = rng.permutation(200)
    drawn = trips.systematic(weight, order, 50, rng)
    place = np.empty(200, dtype=int)
    place[order] = np.arange(200)
    for part in range(4):
        inside = place // 50 == part
        expected = 50 * weight[inside].sum() / weight.sum()
        assert abs(inside[drawn].sum() - expected) <= 1
