"""Roads: extracts of every kind become the same segments, broken ones are told, OSMnx agrees."""

from __future__ import annotations

import bz2
import random
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import road_files
import shapely
from hypothesis import given
from hypothesis import strategies as st

from alprmap import geo, schema
from alprmap.errors import InputError, UsageError
from alprmap.geography import areas as area
from alprmap.roads import door, extract, network, osmnx_io, tags
from alprmap.roads.tags import Drivable
from alprmap.shipped import data_path


def town(tmp_path: Path, opl: str = road_files.TOWN, **more: Any) -> network.Roads:
    return network.read(road_files.write(tmp_path / "town.opl", opl), **more)


def pieces(roads: network.Roads) -> list[tuple[int, int, int]]:
    return list(
        zip(roads.segments["way_id"], roads.segments["u"], roads.segments["v"], strict=True)
    )


def test_ways_are_cut_at_junctions_and_only_there(tmp_path: Path) -> None:
    roads = town(tmp_path)
    schema.check(roads.segments, "segments")
    # the motorway crosses Main Street without a shared node and stays whole
    assert pieces(roads) == [(10, 1, 2), (10, 2, 3), (11, 4, 2), (11, 2, 5), (12, 7, 6)]
    first = roads.segments.iloc[0]
    assert (first["name"], first["ref"], first["highway"], first["lanes"]) == (
        "Main Street",
        "US 1",
        "primary",
        4.0,
    )
    assert first["maxspeed_kmh"] == pytest.approx(56.327, abs=1e-3)
    assert first["length_m"] == pytest.approx(111.3195, abs=1e-3)
    bridge = roads.segments.iloc[4]
    assert (bridge["bridge"], bridge["tunnel"], bridge["layer"], bridge["forward"], bridge["backward"]) == (
        True, False, 1, True, False,
    )  # fmt: skip
    assert roads.restrictions.to_dict("records") == [
        {"relation_id": 90, "kind": "no_left_turn", "from_way": 10, "via_node": 2, "to_way": 11}
    ]
    counts = roads.meta["counts"]
    assert (counts["skipped_footway"], counts["skipped_service"], counts["ways"]) == (1, 1, 3)
    assert roads.meta["notice"] == "© OpenStreetMap contributors, ODbL 1.0"
    assert roads.meta["source"] == "town.opl"


@pytest.mark.parametrize("name", ["t.osm", "t.osm.bz2", "t.osm.pbf"])
def test_every_kind_of_file_gives_the_same_segments(tmp_path: Path, name: str) -> None:
    other = network.read(road_files.write(tmp_path / name))
    expected = town(tmp_path)
    assert other.segments.drop(columns="geometry").equals(
        expected.segments.drop(columns="geometry")
    )
    assert shapely.equals_exact(other.segments.geometry, expected.segments.geometry, 1e-9).all()


def test_order_of_ways_does_not_matter(tmp_path: Path) -> None:
    lines = road_files.TOWN.splitlines()
    ways = [x for x in lines if x.startswith("w")]
    random.Random(3).shuffle(ways)
    mixed = (
        "\n".join([x for x in lines if x[0] == "n"] + ways + [x for x in lines if x[0] == "r"])
        + "\n"
    )
    assert town(tmp_path, mixed).segments.equals(town(tmp_path).segments)


def test_two_passes_over_a_large_file_give_what_one_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = town(tmp_path)
    monkeypatch.setattr(extract, "TWO_PASS_BYTES", 0)
    monkeypatch.setattr(extract, "CHUNK_WAYS", 2)
    assert town(tmp_path).segments.equals(once.segments)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ({"oneway": "yes"}, (True, False)), ({"oneway": "-1"}, (False, True)), ({"oneway": "no"}, (True, True)),
        ({}, (True, True)), ({"junction": "roundabout"}, (True, False)), ({"oneway": "reversible"}, (True, True)),
        ({"junction": "roundabout", "oneway": "no"}, (True, True)),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, (True, True)), ({"oneway": "maybe"}, (True, True)),
    ],
)  # fmt: skip
def test_N2_directions(tag: dict[str, str], expected: tuple[bool, bool]) -> None:
    assert tags.directions("residential", tag.get) == expected


def test_N2_motorways_are_one_way_unless_tagged() -> None:
    assert tags.directions("motorway", {}.get) == (True, False)
    assert tags.directions("motorway", {"oneway": "no"}.get) == (True, True)


@pytest.mark.parametrize(
    ("highway", "tag", "drivable", "skipped"),
    [
        ("residential", {}, Drivable(), None), ("residential", {"access": "private"}, Drivable(), "private"),
        ("residential", {"access": "private"}, Drivable(private=True), None),
        ("residential", {"access": "no", "motor_vehicle": "yes"}, Drivable(), None),
        ("residential", {"area": "yes"}, Drivable(), "area"), ("service", {}, Drivable(), "service"),
        ("service", {}, Drivable(service="roads"), None),
        ("service", {"service": "parking_aisle"}, Drivable(service="roads"), "service"),
        ("service", {"service": "parking_aisle"}, Drivable(service="all"), None),
        ("track", {}, Drivable(), "track"), ("track", {}, Drivable(tracks=True), None),
        ("footway", {}, Drivable(), "footway"), ("no such class", {}, Drivable(), "other"),
    ],
)  # fmt: skip
def test_N1_which_ways_are_roads(
    highway: str, tag: dict[str, str], drivable: Drivable, skipped: str | None
) -> None:
    assert tags.reason_to_skip(highway, tag.get, drivable) == skipped


@pytest.mark.parametrize(
    ("text", "kmh"),
    [("25 mph", 40.2336), ("50", 50.0), ("50 km/h", 50.0), ("30;50", 30.0), ("none", None), ("RO:urban", None),
     ("５０", None), ("0", None), ("1e9", None), (None, None), ("", None)],
)  # fmt: skip
def test_N3_speed(text: str | None, kmh: float | None) -> None:
    value = tags.speed_kmh(text)
    assert np.isnan(value) if kmh is None else value == pytest.approx(kmh)


def test_N4_level_and_lanes_never_take_junk() -> None:
    assert [tags.level(t) for t in ("-1", "2", None, "1;2", "²", "999999999")] == [
        -1,
        2,
        0,
        0,
        0,
        100,
    ]
    assert np.isnan([tags.count(t) for t in (None, "0", "2;3", "²", "-1")]).all()
    assert tags.count("3") == 3.0


def test_N5_restrictions_of_others_and_with_via_ways_are_counted_not_used(tmp_path: Path) -> None:
    more = (
        "r91 v1 dV Ttype=restriction,restriction=no_left_turn,except=motorcar"
        " Mw10@from,n2@via,w11@to\nr92 v1 dV Ttype=restriction,restriction=no_u_turn"
        " Mw10@from,w11@via,w10@to\nr93 v1 dV Ttype=restriction,restriction=only_straight_on"
        " Mw10@from,n2@via,w99@to\n"
    )
    roads = town(tmp_path, road_files.TOWN + more)
    assert roads.restrictions["relation_id"].tolist() == [90]
    assert roads.meta["counts"]["restrictions_not_for_cars"] == 1
    assert roads.meta["counts"]["restrictions_not_simple"] == 1


@given(
    lat=st.floats(-75, 75), lon=st.floats(-180, 180), far=st.floats(0.1, 5_000), heading=st.floats(0, 360)
)  # fmt: skip
def test_edge_length_is_the_geodesic(lat: float, lon: float, far: float, heading: float) -> None:
    x, y = geo.destination(lon, lat, heading, far)
    ends = [np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (lon, lat, x, y)]
    # the tangent plane is 2.0 mm off at worst: 5 km at 75 degrees
    assert extract.edge_m(*ends)[0] == pytest.approx(far, abs=2.5e-3)


def test_long_edges_are_exact_and_the_antimeridian_is_short() -> None:
    a = [np.array([v]) for v in (179.99, -16.5, -179.99, -16.5)]
    assert extract.edge_m(*a)[0] == pytest.approx(
        float(geo.distance_m(179.99, -16.5, -179.99, -16.5)), abs=1e-3
    )
    b = [np.array([v]) for v in (-100.0, 40.0, -98.0, 41.0)]
    assert extract.edge_m(*b)[0] == pytest.approx(
        float(geo.distance_m(-100, 40, -98, 41)), abs=1e-6
    )


class TestBadExtracts:
    def test_missing_nodes_cut_the_road_and_are_counted(self, tmp_path: Path) -> None:
        opl = road_files.TOWN.replace("Nn1,n2,n3", "Nn1,n2,n77,n3,n8").replace(
            "w10 ", "n8 v1 dV x0.003 y0\nw10 "
        )
        roads = town(tmp_path, opl)
        assert [p for p in pieces(roads) if p[0] == 10] == [(10, 1, 2), (10, 3, 8)]
        assert roads.meta["counts"]["nodes_missing"] == 1
        assert roads.meta["counts"]["ways_with_missing_nodes"] == 1

    def test_nodes_missing_altogether(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no road has two known nodes"):
            town(tmp_path, "w10 v1 dV Thighway=primary Nn1,n2,n3\n")

    def test_no_highways(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"no drivable road .*0 highways of other kinds"):
            town(tmp_path, "n1 v1 dV x0 y0\n")

    @pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
    def test_truncated_pbf(self, tmp_path: Path, shared: Path, keep: float) -> None:
        whole = (shared / "roads" / "columbus-oh.osm.pbf").read_bytes()
        broken = tmp_path / "broken.osm.pbf"
        broken.write_bytes(whole[: int(len(whole) * keep)])
        with pytest.raises(InputError, match="not a readable OSM file"):
            network.read(broken)

    def test_truncated_bz2_and_junk(self, tmp_path: Path) -> None:
        road_files.write(tmp_path / "t.osm")
        packed = bz2.compress((tmp_path / "t.osm").read_bytes())
        (tmp_path / "u.osm.bz2").write_bytes(packed[: len(packed) // 2])
        (tmp_path / "v.osm.pbf").write_bytes(b"not a pbf at all, but long enough to look at")
        (tmp_path / "w.osm").write_text("<osm><way id='1'>")
        (tmp_path / "empty.osm.pbf").write_bytes(b"")
        for name in ("u.osm.bz2", "v.osm.pbf", "w.osm", "empty.osm.pbf"):
            with pytest.raises(InputError, match=name):
                network.read(tmp_path / name)

    def test_ids_beyond_two_to_the_34th(self, tmp_path: Path) -> None:
        big = 2**34 + 7
        opl = road_files.TOWN
        for i in range(1, 8):
            opl = opl.replace(f"n{i} ", f"n{big + i} ").replace(f"n{i},", f"n{big + i},").replace(
                f"n{i}\n", f"n{big + i}\n").replace(f"n{i}@", f"n{big + i}@")  # fmt: skip
        roads = town(tmp_path, opl)
        assert len(roads.segments) == 5
        assert roads.segments["u"].min() > 2**34

    def test_negative_ids_are_refused_with_the_reason(self, tmp_path: Path) -> None:
        opl = "n-1 v1 dV x0 y0\nn-2 v1 dV x0.001 y0\nw-1 v1 dV Thighway=primary Nn-1,n-2\n"
        with pytest.raises(InputError, match="ids above 0"):
            town(tmp_path, opl)

    def test_duplicate_nodes_and_ways(self, tmp_path: Path) -> None:
        lines = road_files.TOWN.splitlines(keepends=True)
        doubled = "".join(lines[:7] + lines[:1] + lines[7:8] + lines[7:])
        roads = town(tmp_path, doubled)
        assert pieces(roads) == pieces(town(tmp_path))
        assert roads.meta["counts"]["ways_twice"] == 1

    def test_a_node_named_twice_in_a_row(self, tmp_path: Path) -> None:
        roads = town(tmp_path, road_files.TOWN.replace("Nn1,n2,n3", "Nn1,n1,n2,n3"))
        assert pieces(roads) == pieces(town(tmp_path))
        assert roads.meta["counts"]["nodes_repeated"] == 1

    def test_one_node_ways(self, tmp_path: Path) -> None:
        roads = town(tmp_path, road_files.TOWN.replace("w13", "w9 v1 dV Thighway=primary Nn1\nw13"))
        assert roads.meta["counts"]["ways_of_one_node"] == 1

    def test_across_the_antimeridian(self, tmp_path: Path) -> None:
        opl = "n1 v1 dV x179.999 y-16\nn2 v1 dV x-179.999 y-16\nw1 v1 dV Thighway=primary Nn1,n2\n"
        roads = town(tmp_path, opl)
        assert roads.meta["counts"]["segments_across_antimeridian"] == 1
        assert roads.segments["length_m"].iloc[0] == pytest.approx(214.0, abs=1.0)

    def test_missing_file_and_wrong_name(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no such file"):
            network.read(tmp_path / "none.osm.pbf")
        (tmp_path / "roads.txt").write_text("x")
        with pytest.raises(InputError, match="not an OSM extract by its name"):
            network.read(tmp_path / "roads.txt")
        with pytest.raises(InputError, match="not a road file"):
            door.read(tmp_path / "roads.txt")


def test_data_timestamp_comes_from_the_newest_road(tmp_path: Path) -> None:
    assert town(tmp_path).meta["data_timestamp"] is None
    dated = road_files.TOWN.replace("w11 v1 dV", "w11 v2 dV c5 t2024-03-01T10:00:00Z").replace(
        "w12 v1 dV", "w12 v2 dV c5 t2023-03-01T10:00:00Z"
    )
    assert town(tmp_path, dated).meta["data_timestamp"] == "2024-03-01T10:00:00Z"


class TestOneFile:
    def test_save_and_load_are_the_same_network(self, tmp_path: Path) -> None:
        roads = town(tmp_path)
        roads.save(tmp_path / "roads.parquet")
        back = door.read(tmp_path / "roads.parquet")
        assert back.segments.equals(roads.segments)
        assert back.restrictions.equals(roads.restrictions)
        assert back.meta == roads.meta
        # a GeoParquet reader that knows nothing of us opens it
        plain = gpd.read_parquet(tmp_path / "roads.parquet")
        assert plain.crs.to_epsg() == 4326
        assert len(plain) == 5

    def test_same_bytes_each_time(self, tmp_path: Path) -> None:
        town(tmp_path).save(tmp_path / "a.parquet")
        town(tmp_path).save(tmp_path / "b.parquet")
        assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()

    def test_a_cache_reads_each_extract_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file, cache = road_files.write(tmp_path / "town.osm.pbf"), tmp_path / "cache"
        first = door.read(file, cache=cache)
        part = door.read(file, (-0.0005, -0.0005, 0.0005, 0.0005), cache=cache)
        every = door.read(file, cache=cache, drivable=Drivable(service="all"))
        assert [len(r.segments) for r in (first, part, every)] == [5, 1, 6]
        assert len(list(cache.iterdir())) == 3
        monkeypatch.setattr(network, "read", None)
        again = door.read(file.rename(tmp_path / "other.osm.pbf"), cache=cache)
        assert again.segments.equals(first.segments)

    def test_other_parquet_files_are_refused(self, tmp_path: Path) -> None:
        pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "x.parquet")
        (tmp_path / "y.parquet").write_bytes(b"PAR1 broken")
        with pytest.raises(InputError, match="no road network of alprmap"):
            network.Roads.load(tmp_path / "x.parquet")
        for name in ("x.parquet", "y.parquet"):
            with pytest.raises(InputError, match=name):
                door.read(tmp_path / name)


class TestArea:
    def test_a_box_keeps_what_reaches_into_it(self, tmp_path: Path) -> None:
        roads = town(tmp_path, area="-0.0005,-0.0005,0.0005,0.0005")
        assert pieces(roads) == [(10, 1, 2)]
        assert roads.segments["segment_id"].tolist() == [0]
        assert len(roads.restrictions) == 0
        assert roads.meta["area"] == "-0.0005,-0.0005,0.0005,0.0005"

    def test_cut_while_reading_is_cut_after_reading(self, shared: Path) -> None:
        box = (-83.02, 39.95, -82.98, 40.0)
        file = shared / "roads" / "columbus-oh.osm.pbf"
        early, late = network.read(file, area=box), network.read(file).cut(area.area_box(box))
        assert early.segments.equals(late.segments)
        assert early.restrictions.equals(late.restrictions)

    def test_a_line_through_a_box_without_a_node_in_it_stays(self, tmp_path: Path) -> None:
        roads = town(tmp_path, area=(0.0013, -0.0002, 0.0017, 0.0002))
        assert pieces(roads) == [(10, 2, 3), (12, 7, 6)]

    def test_polygon_file_and_near(self, tmp_path: Path) -> None:
        ring = [
            [-0.001, -0.001],
            [0.0005, -0.001],
            [0.0005, 0.001],
            [-0.001, 0.001],
            [-0.001, -0.001],
        ]
        (tmp_path / "a.geojson").write_text(
            '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
            f'{{"type":"Polygon","coordinates":[{ring}]}}}}]}}'
        )
        assert pieces(town(tmp_path, area=str(tmp_path / "a.geojson"))) == [(10, 1, 2)]
        close = area.near([0.0, np.nan], [0.0, 1.0], radius_km=0.05)
        assert pieces(town(tmp_path, area=close)) == [(10, 1, 2)]
        parsed = area.parse_area("near:x.csv:0.05", points=lambda _: ([0.0], [0.0]))
        assert parsed.text == "near:x.csv:0.05"
        assert pieces(town(tmp_path, area=parsed)) == [(10, 1, 2)]
        assert area.parse_area("near:x.csv", points=lambda _: ([0.0], [0.0])).radius_m == 60_000.0

    def test_nonsense_is_refused(self, tmp_path: Path) -> None:
        for text in ("1,2,3", "3,0,1,1", "nowhere.geojson", "near:x.csv", "nan,0,1,1"):
            with pytest.raises(UsageError):
                area.parse_area(text)
        for body in ("{}", "[]", "not json", '{"type":"Point","coordinates":[0,0]}', "[" * 100_000):
            (tmp_path / "bad.geojson").write_text(body)
            with pytest.raises(InputError):
                area.parse_area(str(tmp_path / "bad.geojson"))
        with pytest.raises(InputError, match="no located camera"):
            area.near([np.nan], [0.0])

    def test_an_area_without_roads_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="outside the area"):
            town(tmp_path, area=(50, 50, 51, 51))


class TestOthersNetworks:
    def test_N6_osmnx_out_and_in_again(self, tmp_path: Path) -> None:
        roads = town(tmp_path)
        back = network.Roads.from_osmnx(roads.to_osmnx())
        same = [
            "way_id",
            "u",
            "v",
            "highway",
            "name",
            "ref",
            "forward",
            "backward",
            "bridge",
            "lanes",
        ]
        ordered = roads.segments.sort_values(["way_id", "u", "v"], ignore_index=True)
        assert back.segments[same].equals(ordered[same])
        assert np.allclose(back.segments["length_m"], ordered["length_m"], rtol=1e-6)

    def test_N6_osmnx_reads_our_graph(self, tmp_path: Path) -> None:
        osmnx = pytest.importorskip("osmnx")
        nodes, edges = osmnx.graph_to_gdfs(town(tmp_path).to_osmnx())
        assert len(nodes) == 7
        assert len(edges) == 9
        assert edges["oneway"].sum() == 1

    def test_denver(self, shared: Path) -> None:
        osmnx = pytest.importorskip("osmnx")
        file = shared / "roads" / "denver-osmnx" / "osmnx_drive_graph.graphml"
        graph = osmnx.load_graphml(file)
        roads = door.read(file)
        directed = roads.segments["forward"].sum() + roads.segments["backward"].sum()
        assert directed == len(graph.edges) == 1028
        street = osmnx.convert.to_undirected(graph)
        km = sum(d["length"] for *_, d in street.edges(data=True)) / 1000
        assert roads.segments["length_m"].sum() / 1000 == pytest.approx(km, rel=0.005)
        oneway = {
            (u, v)
            for u, v, d in graph.edges(data=True)
            if d["oneway"] and (v, u) not in graph.edges()
        }
        ours = roads.segments
        single = ours[ours["forward"] != ours["backward"]]
        driven = {
            (u, v) if f else (v, u)
            for u, v, f in zip(single["u"], single["v"], single["forward"], strict=True)
        }
        assert oneway <= driven

    def test_N6_a_table_that_keeps_u_and_v_in_any_order(self, tmp_path: Path) -> None:
        lines = [shapely.LineString([(0, 0), (0.001, 0)]), shapely.LineString([(0.001, 0), (0.002, 0)]),
                 shapely.LineString([(0.001, 0), (0.001, 0.001)])]  # fmt: skip
        table = gpd.GeoDataFrame(
            {"u": [1, 3, 2], "v": [2, 2, 4], "highway": ["primary", "motorway", "primary"]},
            geometry=lines,
            crs=4326,
        )
        table.to_crs(32631).to_parquet(tmp_path / "edges.parquet")
        segments = door.read(tmp_path / "edges.parquet").segments
        assert segments[["u", "v"]].to_numpy().tolist() == [[1, 2], [2, 3], [2, 4]]
        assert segments["backward"].tolist() == [True, False, True]

    def test_N6_two_rows_over_one_line_are_its_two_directions(self, tmp_path: Path) -> None:
        line = shapely.LineString([(0, 0), (0.001, 0), (0.002, 0.001)])
        table = gpd.GeoDataFrame(
            {"from": [1, 2, 2], "to": [2, 1, 3]},
            geometry=[line, line.reverse(), shapely.LineString([(0.002, 0.001), (0.003, 0)])], crs=4326,
        )  # fmt: skip
        table.to_file(tmp_path / "edges.gpkg")
        segments = door.read(tmp_path / "edges.gpkg").segments
        assert segments[["forward", "backward"]].to_numpy().tolist() == [
            [True, True],
            [True, False],
        ]

    def test_salt_lake_city(self, shared: Path) -> None:
        roads = door.read(shared / "roads" / "salt-lake-city-edges.parquet")
        assert len(roads.segments) == 50_915  # two rows of 50,917 repeat another
        assert roads.meta["counts"]["direction_untold"] == 50_915
        starts = shapely.get_coordinates(shapely.get_point(roads.segments.geometry.to_numpy(), 0))
        ends = shapely.get_coordinates(shapely.get_point(roads.segments.geometry.to_numpy(), -1))
        spot = pd.DataFrame(np.r_[starts, ends]).assign(
            node=np.r_[roads.segments["u"], roads.segments["v"]]
        )
        # u is where the line starts and v where it ends: every node stands on one spot
        by_node = spot.groupby("node")[[0, 1]]
        spread = (by_node.max() - by_node.min()).to_numpy()
        assert np.mean(spread.max(axis=1) < 2e-7) > 0.999

    def test_not_networks(self, tmp_path: Path) -> None:
        (tmp_path / "x.graphml").write_text("<graphml></graphml")
        (tmp_path / "x.gpkg").write_text("<OGRVRTDataSource/>")
        gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 0)], crs=4326).to_parquet(
            tmp_path / "x.parquet"
        )
        for name in ("x.graphml", "x.gpkg", "x.parquet"):
            with pytest.raises(InputError, match=name):
                door.read(tmp_path / name)


@pytest.mark.slow
@pytest.mark.parametrize("city", ["columbus-oh", "portland-or"])
def test_osmnx_agrees_on_a_city(tmp_path: Path, shared: Path, city: str) -> None:
    osmnx = pytest.importorskip("osmnx")
    networkx = pytest.importorskip("networkx")
    file = shared / "roads" / f"{city}.osm.pbf"
    xml = road_files.osmnx_drive_xml(file, tmp_path / "drive.osm")
    whole = osmnx.graph_from_xml(xml, simplify=False, retain_all=True)
    ours = network.read(xml).segments
    street_km = {frozenset((u, v)): d["length"] for u, v, d in whole.edges(data=True)}
    assert ours["length_m"].sum() == pytest.approx(sum(street_km.values()), rel=0.005)

    mine = network.Roads(ours, network.restrictions_frame([]), {}).to_osmnx()
    parts = [networkx.number_weakly_connected_components(g) for g in (mine, whole)]
    assert parts[0] == pytest.approx(parts[1], rel=0.01)

    # a one-way arc of ours is an arc of theirs and its reverse is not
    single = ours[ours["forward"] != ours["backward"]]
    coords = shapely.get_coordinates(single.geometry.to_numpy(), return_index=True)
    assert len(coords[0]) > len(single)
    simple = osmnx.simplify_graph(whole)
    ends = networkx.MultiDiGraph(mine)
    junctions = sum(osmnx.simplification._is_endpoint(ends, n, None, None) for n in ends)
    assert junctions == pytest.approx(len(simple), rel=0.01)
    theirs = {(u, v) for u, v, d in whole.edges(data=True) if not whole.has_edge(v, u)}
    driven = zip(single["u"], single["v"], single["forward"], single["geometry"], strict=True)
    direct = [((u, v) if f else (v, u)) for u, v, f, line in driven if len(line.coords) == 2]
    assert np.mean([pair in theirs for pair in direct]) > 0.999


def test_merging_ways_of_osmnx_lists() -> None:
    assert osmnx_io._listed("[1, 2]") == ["1", "2"]
    assert osmnx_io._listed(["a", None]) == ["a"]
    assert osmnx_io._listed("[broken") == ["[broken"]
    assert osmnx_io._listed(float("nan")) == []


def test_what_a_map_calls_its_roads_is_clean_text(tmp_path: Path) -> None:
    path = tmp_path / "hostile.osm"
    tags = {
        "highway": "primary",
        "name": "&#x202e;Main&#x2066;&#x9b;31m  Street",
        "ref": "&#x200b;",
    }
    said = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    nodes = '<node id="1" lat="40.0" lon="-83.01"/><node id="2" lat="40.0" lon="-82.99"/>'
    path.write_text(
        f'<osm version="0.6">{nodes}<way id="1"><nd ref="1"/><nd ref="2"/>{said}</way></osm>',
        "utf-8",
    )
    roads = network.read(path)
    assert roads.segments["name"].tolist() == ["Main 31m Street"]
    assert roads.segments["ref"].isna().all()
    assert roads.meta["counts"]["texts_cleaned"] == 2
    assert "texts_cleaned" not in network.read(data_path("demo") / "roads.osm.pbf").meta["counts"]
