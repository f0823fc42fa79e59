"""Reader corridors and cordons (rules C0, C1, C5): by hand, by force, and what must always hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_nets as nets
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import geo
from alprmap.coverage import cordons, readers
from alprmap.coverage import reader_corridors as coverage
from alprmap.errors import InputError, UsageError
from alprmap.roads import network, pieces
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

LINE = {0: (0.0, 0.0), 1: (100.0, 0.0), 2: (200.0, 0.0), 3: (300.0, 0.0)}


def total(net: Roads, read: pd.DataFrame, radius: float) -> pd.Series:
    table = coverage.reader_corridors(read, net, radii_m=(radius,)).table
    return table[table["highway"] == "all"].iloc[0]


def meters(found: pd.Series) -> list[float]:
    return [
        round(1000 * float(found[c]), 6)
        for c in ("down_km", "up_km", "read_travel_km", "read_road_km")
    ]


# ---- pieces of lines


def test_the_nearest_place_on_a_line_is_so_in_meters() -> None:
    # at 60° north a degree of longitude is half one of latitude: the foot in degrees lies elsewhere
    lines = [
        shapely.LineString([(10.0, 60.0), (10.02, 60.01)]),
        shapely.LineString([(10.0, 60.01), (10.02, 60.01)]),
    ]
    found = pieces.feet(lines, 10.01, 60.0)
    assert found.shape == (2, 2)
    for line, (lon, lat) in zip(lines, found, strict=True):
        xy = shapely.get_coordinates(shapely.segmentize(line, 1e-6))
        best = geo.distance_m(10.01, 60.0, xy[:, 0], xy[:, 1]).min()
        assert float(geo.distance_m(10.01, 60.0, lon, lat)) == pytest.approx(best, abs=0.1)
    assert pieces.feet([], 0.0, 0.0).shape == (0, 2)


def test_a_piece_of_a_bent_line_has_the_length_asked_for() -> None:
    net = nets.roads({0: (0, 0), 1: (300, 400)}, [(0, 1, {"via": [(300, 0)]})])
    line, length = net.segments.geometry.to_numpy(), geo.length_m(net.segments.geometry.to_numpy())
    for low, high in ((0.0, 10.0), (100.0, 500.0), (299.0, 301.0), (690.0, 699.0)):
        part = pieces.cut_pieces(line, length, np.array([low]), np.array([high]))
        assert geo.length_m(part)[0] == pytest.approx(high - low, abs=0.01)
    assert pieces.cut_pieces(line, length, np.zeros(1), length)[0] is line[0]
    xy = pieces.point_at(line, length, np.array([300.0]))
    assert xy[0].tolist() == pytest.approx(nets.lonlat(300, 0), abs=1e-6)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(0, 20)), max_size=12))
def test_merged_intervals_hold_each_meter_once(rows: list[tuple[int, int, int]]) -> None:
    key, low, high = (np.array([r[i] for r in rows], dtype=float) for i in range(3))
    a, x, y = pieces.merge_pieces(key.astype(np.int64), low, high)
    meters = {(k, m) for k, lo, hi in rows for m in range(lo, hi)}
    assert {
        (k, m) for k, lo, hi in zip(a, x, y, strict=True) for m in range(int(lo), int(hi))
    } == meters
    assert float((y - x).sum()) == len(meters)


# ---- places (C0)


def test_C0_a_camera_counts_once_per_arc_and_refuses_other_roads() -> None:
    net = nets.roads(LINE, [(0, 1), (1, 2), (2, 3)])
    graph = Graph.from_segments(net.segments)
    read = nets.watches(
        [("a", 1, "forward", 60.0), ("a", 1, "forward", 20.0), ("b", 1, "backward", 30.0)]
    )
    places = readers.place_readers(read.drop_duplicates(["camera_id", "heading_deg"]), graph)
    assert places.camera_id.tolist() == ["a", "b"]
    assert sorted(zip(places.camera.tolist(), places.at_m.tolist(), strict=True)) == [
        (0, 20.0),
        (1, 70.0),
    ]
    assert places.without(["a"]).camera.tolist() == [1]
    with pytest.raises(InputError, match="segment 9"):
        readers.place_readers(nets.watches([("a", 9, "forward", 1.0)]), graph)
    one = read.assign(winner=[True, False, False])
    assert len(readers.place_readers(one, graph, clear_only=True).arc) == 1


# ---- reader corridors (C1)


def test_C1_on_a_line_of_one_way_road() -> None:
    net = nets.roads(
        LINE, [(0, 1, {"oneway": True}), (1, 2, {"oneway": True}), (2, 3, {"oneway": True})]
    )
    read = nets.watches([("a", 1, "forward", 50.0)])
    # 120 m after the reader and 120 m before it, the middle of 300 m
    assert meters(total(net, read, 120.0)) == [120.0, 120.0, 240.0, 240.0]
    assert meters(total(net, read, 150.0)) == [150.0, 150.0, 300.0, 300.0]
    assert meters(total(net, read, 9999.0)) == [150.0, 150.0, 300.0, 300.0]


def test_C1_nobody_turns_round_save_at_a_dead_end() -> None:
    net = nets.roads(LINE, [(0, 1), (1, 2), (2, 3)])
    read = nets.watches([("a", 1, "forward", 50.0)])
    # eastbound only, although every junction would let one turn round
    assert meters(total(net, read, 120.0)) == [120.0, 120.0, 240.0, 240.0]
    # past the dead ends the way leads back: 150 m east, then 50 m west again; the same before
    assert meters(total(net, read, 200.0)) == [200.0, 200.0, 400.0, 300.0]


def test_C1_on_a_dual_carriageway_reads_one_side() -> None:
    nodes = {0: (0, 0), 1: (1000, 0), 2: (1000, 20), 3: (0, 20)}
    net = nets.roads(nodes, [(0, 1, {"oneway": True}), (2, 3, {"oneway": True})])
    read = nets.watches([("a", 0, "forward", 500.0)])
    assert meters(total(net, read, 2000.0)) == [500.0, 500.0, 1000.0, 1000.0]


def test_C1_on_a_ring_meets_itself() -> None:
    nodes = {0: (0, 0), 1: (100, 0), 2: (100, 100), 3: (0, 100)}
    net = nets.roads(nodes, [(0, 1, {"oneway": True}), (1, 2, {"oneway": True}), (2, 3, {"oneway": True}),
                             (3, 0, {"oneway": True})])  # fmt: skip
    read = nets.watches([("a", 0, "forward", 50.0)])
    assert meters(total(net, read, 100.0)) == [100.0, 100.0, 200.0, 200.0]
    assert meters(total(net, read, 300.0)) == [300.0, 300.0, 400.0, 400.0]


def test_C1_at_a_crossing_goes_every_way() -> None:
    nodes = {0: (0, 0), 1: (100, 0), 2: (-100, 0), 3: (0, 100), 4: (0, -100)}
    net = nets.roads(nodes, [(0, 1), (0, 2), (0, 3), (0, 4)])
    read = nets.watches([("a", 1, "backward", 20.0)])  # towards the crossing, 20 m before it
    # 20 m to the crossing, then 30 m on three roads; before it 50 m of the same road
    assert meters(total(net, read, 50.0)) == [110.0, 50.0, 160.0, 160.0]


def test_C1_honors_a_turn_restriction() -> None:
    nodes = {0: (0, 0), 1: (100, 0), 2: (-100, 0), 3: (0, 100)}
    edges = [(2, 0, {"oneway": True}), (0, 1, {"oneway": True}), (0, 3, {"oneway": True})]
    net = nets.roads(nodes, edges, [("no_left_turn", 0, 0, 2)])
    read = nets.watches([("a", 0, "forward", 80.0)])
    assert meters(total(net, read, 50.0))[0] == 50.0
    assert meters(total(nets.roads(nodes, edges), read, 50.0))[0] == 80.0
    # and the road behind the forbidden turn has no reader before it
    after = nets.watches([("a", 2, "forward", 10.0)])
    assert meters(total(net, after, 50.0))[1] == 10.0


def test_C1_a_turn_restriction_lets_nobody_turn_round() -> None:
    nodes = {0: (0, 0), 1: (100, 0), 2: (-100, 0), 3: (0, 100)}
    edges = [(0, 1), (0, 2), (0, 3)]
    read = nets.watches([("a", 0, "backward", 20.0)])  # towards the crossing, 20 m before it
    # 20 m to the crossing, then 30 m on two roads, or on the one that is left; never back where one
    # came from
    assert meters(total(nets.roads(nodes, edges), read, 50.0))[0] == 80.0
    assert (
        meters(total(nets.roads(nodes, edges, [("no_right_turn", 0, 0, 2)]), read, 50.0))[0] == 50.0
    )


def test_C1_stretches_hold_each_piece_once_with_its_least_radius() -> None:
    net = nets.roads(LINE, [(0, 1, {"name": "A St"}), (1, 2), (2, 3)])
    read = nets.watches([("a", 1, "forward", 50.0)])
    found = coverage.reader_corridors(read, net, radii_m=(120.0, 20.0))
    down = found.stretches[found.stretches["direction"] == "down"]
    rows = [(r.segment_id, r.start_m, r.end_m, r.radius_m) for r in down.itertuples()]
    assert rows == [(1, 50.0, 70.0, 20.0), (1, 70.0, 100.0, 120.0), (2, 0.0, 70.0, 120.0)]
    assert geo.length_m(found.stretches.geometry.to_numpy()).sum() == pytest.approx(240, abs=0.5)
    assert found.stretches[found.stretches["segment_id"] == 0]["name"].tolist() == ["A St"]
    lines = found.lines(net, 20.0)
    assert geo.length_m(lines.geometry.to_numpy()).tolist() == pytest.approx([40.0], abs=0.1)


def test_C1_without_a_reader_and_with_a_bad_radius() -> None:
    net = nets.roads(LINE, [(0, 1), (1, 2), (2, 3)])
    none = nets.watches([])
    found = coverage.reader_corridors(none, net)
    assert len(found.stretches) == 0
    assert (found.table["read_travel_km"] == 0).all()
    assert found.table["travel_km"].tolist() == [0.6] * 8
    with pytest.raises(UsageError):
        coverage.reader_corridors(none, net, radii_m=(0.0,))


def by_force(net: Roads, read: pd.DataFrame, radius: int) -> list[float]:
    """Walk from every place meter by meter, forwards and backwards in time."""
    every, follow = nets.arcs(net), nets.followers(net)
    number = {(a[2], a[3]): i for i, a in enumerate(every)}
    before: dict[int, list[int]] = {i: [] for i in follow}
    for i, ahead in follow.items():
        for j in ahead:
            before[j].append(i)

    def walk(
        arc: int, at: int, rest: int, step: dict[int, list[int]], back: bool, cells: set, best: dict
    ) -> None:
        length = int(every[arc][4])
        todo = [(arc, at, rest)]
        while todo:
            arc, at, rest = todo.pop()
            length = int(every[arc][4])
            for k in range(min(rest, length - at)):
                cells.add((arc, length - 1 - at - k if back else at + k))
            left = rest - (length - at)
            if left > 0:
                for j in step[arc]:
                    if best.get(j, 0) < left:
                        best[j] = left
                        todo.append((j, 0, left))

    down: set[tuple[int, int]] = set()
    up: set[tuple[int, int]] = set()
    for row in read.itertuples():
        arc = number[row.segment_id, row.travel]
        length, offset = int(every[arc][4]), int(row.offset_m)
        at = offset if row.travel == "forward" else length - offset
        walk(arc, at, radius, follow, False, down, {})
        walk(arc, length - at, radius, before, True, up, {})
    center = {
        (every[a][2], m if every[a][3] == "forward" else int(every[a][4]) - 1 - m)
        for a, m in down | up
    }
    return [float(len(c)) for c in (down, up, down | up, center)]


@settings(max_examples=60)
@given(nets.towns(), st.integers(1, 120))
def test_C1_equals_brute_force(town: tuple[Roads, pd.DataFrame], radius: int) -> None:
    net, read = town
    assert meters(total(net, read, float(radius))) == by_force(net, read, radius)


@pytest.mark.slow
@settings(max_examples=60)
@given(nets.towns(), st.integers(1, 120))
def test_C1_adds_up_grows_and_mirrors(town: tuple[Roads, pd.DataFrame], radius: int) -> None:
    net, read = town
    found = coverage.reader_corridors(read, net, radii_m=(float(radius), radius + 30.0))
    table = found.table
    every = table["highway"] == "all"
    numbers = ["travel_km", "read_travel_km", "up_km", "down_km", "road_km", "read_road_km"]
    by_class = table[~every].groupby("radius_m")[numbers].sum()
    assert np.allclose(by_class, table[every].set_index("radius_m")[numbers])
    # the network's own lengths
    segments = net.segments
    ways = segments["forward"].astype(int) + segments["backward"].astype(int)
    assert table[every]["travel_km"].iloc[0] == pytest.approx(
        (segments["length_m"] * ways).sum() / 1000
    )
    assert table[every]["road_km"].iloc[0] == pytest.approx(segments["length_m"].sum() / 1000)
    small, large = (table[every][numbers].iloc[i] for i in (0, 1))
    assert (small <= large + 1e-9).all()
    # stretches and table tell the same
    for direction in ("up", "down"):
        drawn = found.stretches[found.stretches["direction"] == direction]
        assert drawn["length_m"].sum() / 1000 == pytest.approx(large[f"{direction}_km"])
        assert drawn[drawn["radius_m"] == radius]["length_m"].sum() / 1000 == pytest.approx(
            small[f"{direction}_km"]
        )
    # a camera less never raises a figure
    if len(read):
        fewer = total(net, read[read["camera_id"] != read["camera_id"].iloc[0]], float(radius))
        assert (fewer[numbers] <= small + 1e-9).all()
    turned = total(*nets.mirrored(net, read), float(radius))
    assert turned["up_km"] == pytest.approx(small["down_km"])
    assert turned["down_km"] == pytest.approx(small["up_km"])
    assert turned["read_travel_km"] == pytest.approx(small["read_travel_km"])


def test_C1_does_not_depend_on_the_order_of_watches(shared: Path) -> None:
    net = network.read(
        shared / "roads" / "columbus-oh.osm.pbf", area=(-83.02, 39.95, -82.98, 39.98)
    )
    rng = np.random.default_rng(3)
    rows = net.segments.sample(12, random_state=3)
    read = nets.watches([
        (f"c{i}", int(r.segment_id), "forward" if r.forward else "backward", float(rng.uniform(0, r.length_m)))
        for i, r in enumerate(rows.itertuples())
    ])  # fmt: skip
    a = coverage.reader_corridors(read, net)
    b = coverage.reader_corridors(read.sample(frac=1, random_state=1), net)
    pd.testing.assert_frame_equal(a.table, b.table)
    assert a.stretches.equals(b.stretches)
    assert (
        np.abs(geo.length_m(a.stretches.geometry.to_numpy()) - a.stretches["length_m"]).max() < 0.05
    )


# ---- cordons (C5)


def cordon_town() -> tuple[Roads, gpd.GeoDataFrame]:
    """A square town with a dual carriageway through it, and a street that only touches its edge."""
    nodes = {
        0: (-500, 0),
        1: (500, 0),
        2: (500, 30),
        3: (-500, 30),
        4: (-500, 200),
        5: (500, 200),
        6: (-500, -100),
    }
    edges = [
        (0, 1, {"oneway": True, "highway": "primary"}), (2, 3, {"oneway": True, "highway": "primary"}),
        (4, 5, {"via": [(-100, 200), (0, 100), (100, 200)]}), (6, 0, {"oneway": True}),
    ]  # fmt: skip
    square = shapely.box(*nets.lonlat(-100, -100), *nets.lonlat(100, 100))
    return nets.roads(nodes, edges), gpd.GeoDataFrame(
        {"name": ["Town"]}, geometry=[square], crs="EPSG:4326"
    )


def test_C5_counts_ways_in_and_out_and_reads_them_by_travel() -> None:
    net, town = cordon_town()
    # 150 m before the way in, on the eastbound side
    read = nets.watches([("a", 0, "forward", 250.0)])
    found = cordons.cordons(read, net, town, within_m=(200.0, 400.0))
    rows = found.crossings[
        ["segment_id", "travel", "way", "since_m", "until_m", "read"]
    ].values.tolist()
    one, two, three, four = rows
    assert one[:3] == [0, "forward", "in"]
    assert one[3] == pytest.approx(150, abs=0.5)
    assert two[:3] == [0, "forward", "out"]
    assert two[3] == pytest.approx(350, abs=0.5)
    assert [r[5] for r in rows] == [True, False, False, False]
    assert {tuple(r[:3]) for r in (three, four)} == {(1, "forward", "in"), (1, "forward", "out")}
    assert np.isnan(three[3])
    every = found.table[found.table["highway"] == "all"].set_index(["within_m", "way"])
    assert every["crossings"].tolist() == [2, 2, 2, 2]
    assert every["read"].tolist() == [1, 0, 1, 1]
    assert found.table[found.table["highway"] == "primary"]["share"].tolist() == [
        0.5,
        0.0,
        0.5,
        0.5,
    ]
    x, y = found.crossings.geometry.iloc[0].coords[0]
    assert [x, y] == pytest.approx(nets.lonlat(-100, 0), abs=1e-6)


def test_C5_a_reader_after_the_crossing_counts_by_a_way_round_too() -> None:
    net, town = cordon_town()
    # the feeder road leads to the way in: 100 m of it, then 400 m
    found = cordons.cordons(nets.watches([("a", 3, "forward", 0.0)]), net, town, within_m=(501.0,))
    way_in = found.crossings[
        (found.crossings["segment_id"] == 0) & (found.crossings["way"] == "in")
    ].iloc[0]
    assert way_in["since_m"] == pytest.approx(500, abs=0.5)
    after = cordons.cordons(
        nets.watches([("a", 0, "forward", 450.0)]), net, town, within_m=(100.0,)
    )
    way_in = after.crossings[
        (after.crossings["segment_id"] == 0) & (after.crossings["way"] == "in")
    ].iloc[0]
    assert way_in["until_m"] == pytest.approx(50, abs=0.5)
    assert way_in["read"]


def test_C5_an_open_line_and_bad_shapes() -> None:
    net, _ = cordon_town()
    line = shapely.LineString([nets.lonlat(0, -500), nets.lonlat(0, 500)])
    frame = gpd.GeoDataFrame({"name": ["Meridian"]}, geometry=[line], crs="EPSG:4326")
    found = cordons.cordons(nets.watches([]), net, frame)
    assert found.crossings["way"].tolist() == ["across"] * 4
    assert found.table[found.table["highway"] == "all"]["crossings"].tolist() == [4, 4]
    with pytest.raises(UsageError):
        cordons.cordons(nets.watches([]), net, frame.assign(geometry=[shapely.Point(0, 0)]))
    with pytest.raises(UsageError):
        cordons.cordons(nets.watches([]), net, frame, within_m=())
    away = gpd.GeoDataFrame({"name": ["Far"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4326")
    assert len(cordons.cordons(nets.watches([]), net, away).crossings) == 0


def test_C5_a_line_at_a_distance() -> None:
    net, _ = cordon_town()
    west = nets.lonlat(-1000, 0)

    def away(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        return geo.distance_m(lon, lat, *west)

    read = nets.watches([("a", 0, "forward", 250.0)])
    found = cordons.distance_cordons(read, net, {"1 km": (away, 1000.0)}, within_m=(300.0,))
    rows = found.crossings[["segment_id", "travel", "way", "read"]].values.tolist()
    assert rows[0] == [0, "forward", "out", True]
    assert rows[1] == [1, "forward", "in", False]
    assert len(rows) == 4
    assert found.crossings["since_m"].iloc[0] == pytest.approx(250, abs=1)
    spots = found.crossings.geometry
    assert geo.distance_m(spots.x, spots.y, *west).tolist() == pytest.approx([1000] * 4, abs=2)


# ---- the command


Done = tuple[int, str, str]


@pytest.fixture
def command(alprmap_here: Callable[..., Done]) -> Callable[..., Done]:
    return alprmap_here


@pytest.mark.slow
def test_the_command_on_the_demo_town(
    root: Path, tmp_path: Path, command: Callable[..., Done]
) -> None:
    demo, out = root / "data" / "demo", tmp_path / "made"
    words = ["coverage", demo / "cameras.geojson", "--roads", demo / "roads.osm.pbf", "--population",
             demo / "population.csv", "--trips", "60", "--radii-km", "0.5,2", "--draws", "3"]  # fmt: skip
    done = command(*words, "--out", out, "--json")
    assert done[0] == 0, done[2]
    told = json.loads(done[1])
    assert set(told["headline"]) == {"low", "mid", "high"}
    near = [r for r in told["c1_corridors"] if r["highway"] == "all"]
    assert [r["radius_m"] for r in near] == [500, 2000]
    assert 0 < near[0]["road_share"] < near[1]["road_share"] <= 1
    assert told["c6_summary"][0]["trips"] == 60
    assert told["about"]["cameras_in_area"] > 0
    files = {p.name for p in out.iterdir()}
    assert {
        "summary.csv",
        "about.json",
        "c1_stretches.parquet",
        "c2_strongest.geojson",
        "c3_log.csv",
    } <= files
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    again = command(*words, "--out", out)
    assert again[0] == 2
    assert command(*words, "--out", out, "--force")[0] == 0
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before  # the same bytes
    assert command(*words[:6], "--radii-km", "far")[0] == 2


def test_the_command_takes_places_and_refuses_what_is_none(
    root: Path, tmp_path: Path, command: Callable[..., Done]
) -> None:
    demo = root / "data" / "demo"
    west, south, east, north = network.read(demo / "roads.osm.pbf").segments.total_bounds
    x, y = (west + east) / 2, (south + north) / 2
    box = [[west - 1, south - 1], [x, south - 1], [x, y], [west - 1, y], [west - 1, south - 1]]
    shape = {"type": "Polygon", "coordinates": [box]}
    area = {"type": "Feature", "properties": {"name": "South-west"}, "geometry": shape}
    places, pairs = tmp_path / "places.json", tmp_path / "pairs.csv"
    places.write_text(
        json.dumps({"type": "FeatureCollection", "features": [area]}), encoding="utf-8"
    )
    cameras = pd.DataFrame(
        json.loads((demo / "cameras.geojson").read_text(encoding="utf-8"))["features"]
    )["geometry"]
    (lon1, lat1), (lon2, lat2) = (cameras.iloc[i]["coordinates"] for i in (0, -1))
    pairs.write_text(
        f"from_lon,from_lat,to_lon,to_lat\n{lon1},{lat1},{lon2},{lat2}\n", encoding="utf-8"
    )
    words = [
        "coverage",
        demo / "cameras.geojson",
        "--roads",
        demo / "roads.osm.pbf",
        "--no-certainty",
        "--draws",
        "0",
    ]
    done = command(
        *words,
        "--places",
        places,
        "--pairs",
        pairs,
        "--zone",
        "mexico:25",
        "--zone",
        "canada:1",
        "--json",
    )
    assert done[0] == 0, done[2]
    assert [t for t in done[2].splitlines() if "crosses" in t] == [
        "no road of these crosses canada:1, so nothing is said of it (C5)"
    ]
    told = json.loads(done[1])
    assert [p["name"] for p in told["c4_places"]] == ["South-west"]
    assert {c["cordon"] for c in told["c5_cordons"]} == {"South-west"}
    assert {c["cordon"] for c in told["c5_border_cordons"]} == {"mexico:25"}
    assert told["c6_summary"][0]["trips"] == 1
    pairs.write_text("from_lon,from_lat,to_lon,to_lat\n1,2,3,4\n1,2,west,4\n", encoding="utf-8")
    done = command(*words, "--pairs", pairs)
    assert done[0] == 1
    assert "pairs.csv, row 2: to_lon is no number of degrees" in done[2]
    places.write_text('{"features": [{}]}', encoding="utf-8")
    assert command(*words, "--places", places)[0] == 1
    assert command(*words, "--zone", "25 miles")[0] == 2
    assert command(*words, "--corridor-km", "0")[0] == 2
    assert command(*words, "--trips", "9")[0] == 2
