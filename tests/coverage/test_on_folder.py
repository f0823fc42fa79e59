"""A folder of tiles gives every table that one file of the same roads gives (rules N8, N9, C1-C8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.build import road_join
from alprmap.cli.coverage import _roads_and_people
from alprmap.coverage import (
    Coverage,
    Wanted,
    coverage_by_district,
    measure,
    read_traffic,
    readings_per_day,
    save_folder,
    unread,
)
from alprmap.coverage.doors import NO_ROAD, OUTSIDE, doors
from alprmap.geography import parse_zone, read_population
from alprmap.merge import open_cameras
from alprmap.roads import (
    Outline,
    Roads,
    column_parts,
    dataset,
    network_beside,
    read,
    read_outline,
    road_bounds,
    road_parts,
    roads_beside,
    save_tiles,
)
from alprmap.shipped import data_path
from alprmap.store import Shelf
from alprmap.watch import watch

Pair = tuple[Roads, Outline]


@pytest.fixture(scope="module")
def nets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The demo's roads in memory, and in a folder of several files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "FILE_ROWS", 150)
        whole = read(data_path("demo/roads.osm.pbf"))
        folder = tmp_path_factory.mktemp("roads") / "demo"
        save_tiles(whole, folder)
        assert len(list(folder.glob("roads-*.parquet"))) > 2
        yield whole, read_outline(folder)


def measured(net: Roads, **more: object) -> Coverage:
    demo = open_cameras(data_path("demo/cameras.geojson"))
    west, south, east, north = road_bounds(net)
    town = shapely.box(west, south, (west + east) / 2, (south + north) / 2)
    wanted = Wanted(
        (300.0, 2000.0),
        read_population(data_path("demo/population.csv")),
        gpd.GeoDataFrame({"name": ["town"]}, geometry=[town], crs="EPSG:4326"),
        trips=40,
        borders=(parse_zone("mexico:100").line,),
    )
    return measure(demo.table, demo.views, net, wanted, draws=2, **more)  # type: ignore[arg-type]


def rows_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its shapes as bytes, in the order of its own values."""
    plain = pd.DataFrame(table)
    if "geometry" in plain.columns:
        plain = plain.assign(geometry=shapely.to_wkb(plain["geometry"].to_numpy(), hex=True))
    return plain.sort_values(list(plain.columns), ignore_index=True)


@pytest.mark.slow
def test_N9_every_table_of_coverage_is_the_same_on_a_folder(nets: Pair, tmp_path: Path) -> None:
    whole, outline = nets
    one, other = measured(whole), measured(outline)
    assert one.headline == other.headline
    assert one.about == other.about
    assert set(one.made) == set(other.made)
    shelf = other.made["c1_stretches"]
    assert isinstance(shelf, Shelf)
    assert len(shelf) > 100
    for name, table in one.made.items():
        if not isinstance(table, pd.DataFrame):
            assert table == other.made[name], name
            continue
        made = shelf.load() if name == "c1_stretches" else other.made[name]
        as_one = table
        if name == "c1_stretches":
            save_folder(one, tmp_path / "one")
            as_one = gpd.read_parquet(tmp_path / "one" / "c1_stretches.parquet")
        pd.testing.assert_frame_equal(rows_of(made), rows_of(as_one), check_exact=True, obj=name)
    save_folder(other, tmp_path / "other")
    files = [{p.name for p in (tmp_path / n).iterdir()} for n in ("one", "other")]
    assert files[0] == files[1]
    for name in files[0] - {"c1_stretches.parquet"}:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    written = gpd.read_parquet(tmp_path / "other" / "c1_stretches.parquet")
    pd.testing.assert_frame_equal(rows_of(written), rows_of(shelf.load()), check_exact=True)
    assert written.total_bounds.tolist() == as_bounds(tmp_path / "one")


def as_bounds(folder: Path) -> list[float]:
    bounds: list[float] = gpd.read_parquet(folder / "c1_stretches.parquet").total_bounds.tolist()
    return bounds


def test_C4_roads_of_large_zones_are_rows_of_their_own(
    nets: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole, outline = nets
    demo = open_cameras(data_path("demo/cameras.geojson"))
    watches = watch(demo.table, demo.views, whole).watches
    zones = unread.unread_zones(watches, outline)
    joined = unread.zone_roads(zones, outline)
    assert isinstance(joined, gpd.GeoDataFrame)
    monkeypatch.setattr(unread, "JOINED_MOST", 10)
    apart = unread.zone_roads(zones, outline)
    assert isinstance(apart, Shelf)
    table = apart.load()
    assert list(table.columns) == list(joined.columns)
    by_zone = [t.to_crs(32614).dissolve("zone").length for t in (table, joined)]
    pd.testing.assert_series_equal(*by_zone, check_exact=False, rtol=1e-6)
    assert sum(len(piece) for piece in apart.pieces()) == len(apart)
    named = Coverage({}, {"c4_unread": apart}, {"dates": "roads of 2026-01-02"})
    # a piece names no road of OpenStreetMap; the file it ends in has to
    monkeypatch.setattr(Coverage, "tables", lambda _: {"summary": pd.DataFrame({"measure": []})})
    monkeypatch.setattr(Coverage, "claims", lambda _: pd.DataFrame({"claim_id": []}))
    save_folder(named, tmp_path / "out")
    told = pq.read_schema(tmp_path / "out" / "c4_unread.parquet").metadata[b"alprmap"].decode()
    for text in ("ODbL-1.0", "OpenStreetMap contributors", "roads of 2026-01-02", "One row: "):
        assert text in told


@given(
    spots=st.lists(st.tuples(st.floats(-0.1, 1.1), st.floats(-0.1, 1.1)), min_size=1, max_size=6),
    margin=st.floats(0.0, 3_000.0),
)
@settings(max_examples=15)
def test_N8_roads_beside_places_are_those_of_the_whole(
    nets: Pair, spots: list[tuple[float, float]], margin: float
) -> None:
    whole, outline = nets
    west, south, east, north = road_bounds(whole)
    lon = np.array([west + x * (east - west) for x, _ in spots])
    lat = np.array([south + y * (north - south) for _, y in spots])
    near = network_beside(outline, lon, lat, margin).segments
    assert near["segment_id"].is_monotonic_increasing
    line = whole.segments.to_crs(32617).geometry
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs(32617)
    must = np.zeros(len(line), dtype=bool)
    for point in points:
        must |= (line.distance(point) <= margin).to_numpy()
    assert set(whole.segments["segment_id"][must]) <= set(near["segment_id"])
    rows = np.concatenate([r for r, _ in roads_beside(outline, lon, lat, margin)])
    assert sorted(rows.tolist()) == list(range(len(lon)))
    assert network_beside(whole, lon, lat, margin) is whole


def test_N8_a_network_in_parts_is_the_whole(nets: Pair) -> None:
    whole, outline = nets
    assert road_bounds(outline) == pytest.approx(road_bounds(whole), abs=1e-9)
    for given_net in nets:
        ids = np.concatenate([part["segment_id"] for part in road_parts(given_net)])
        assert sorted(ids.tolist()) == whole.segments["segment_id"].tolist()
        some = pd.concat(list(column_parts(given_net, ("segment_id", "name", "no such column"))))
        assert list(some.columns) == ["segment_id", "name"]
        assert some["name"].notna().sum() == whole.segments["name"].notna().sum()


def test_N8_how_well_files_meet_is_told_alike(nets: Pair) -> None:
    whole, outline = nets
    rng = np.random.default_rng(3)
    west, south, east, north = road_bounds(whole)
    some = pd.DataFrame({"lon": rng.uniform(west - 0.1, east + 0.1, 300)})
    some["lat"] = rng.uniform(south - 0.1, north + 0.1, 300)
    told = [road_join(some, given_net, 50) for given_net in (whole, outline, whole.segments)]
    assert told[0] == told[1] == told[2]
    assert told[0][0]["away"] > 30


def test_N9_traffic_groups_areas_and_places_are_the_same_on_a_folder(
    nets: Pair, tmp_path: Path
) -> None:
    whole, _ = nets
    demo = open_cameras(data_path("demo/cameras.geojson"))
    watches = watch(demo.table, demo.views, whole).watches
    west, south, east, north = road_bounds(whole)
    rng = np.random.default_rng(3)
    # stations beside roads, on junctions (where roads are equally near), and far away
    starts = shapely.get_point(whole.segments.geometry.to_numpy(), 0)
    spots = np.stack([shapely.get_x(starts), shapely.get_y(starts)], axis=1)[::5]
    spots[::2] += rng.normal(0, 2e-4, spots[::2].shape)
    pd.DataFrame(spots, columns=["lon", "lat"]).assign(aadt=range(len(spots))).to_csv(
        tmp_path / "stations.csv", index=False
    )
    whole.segments[["way_id"]].drop_duplicates().assign(aadt=1200).to_csv(
        tmp_path / "ways.csv", index=False
    )
    for name in ("stations", "ways"):
        one, other = (read_traffic(tmp_path / f"{name}.csv", net) for net in nets)
        pd.testing.assert_frame_equal(one, other)
        shares = [readings_per_day(watches, net.segments, one) for net in nets]
        pd.testing.assert_frame_equal(shares[0]["c9_traffic"], shares[1]["c9_traffic"])
    cut = (west + east) / 2
    boxes = [shapely.box(west, south, cut, north), shapely.box(cut, south, east, north)]
    halves = gpd.GeoDataFrame({"name": ["W", "E"]}, geometry=boxes, crs="EPSG:4326")
    tables = [coverage_by_district({"watches": watches}, demo.table, n, halves) for n in nets]
    pd.testing.assert_frame_equal(rows_of(tables[0]), rows_of(tables[1]), check_exact=True)
    graph = whole.graph()
    places = pd.DataFrame(
        rng.uniform([west, south], [east, north], (60, 2)), columns=["lon", "lat"]
    )
    found = [doors(places, net, graph, within_m=800.0, door_m=300.0) for net in nets]
    assert found[0] == found[1]
    assert {None, NO_ROAD, OUTSIDE} <= set(found[0][1])


def test_N9_no_option_of_coverage_loads_the_network_of_a_folder(
    nets: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, outline = nets
    loaded: list[Path] = []
    monkeypatch.setattr(dataset, "load_tiles", lambda folder, *_: loaded.append(folder))
    net, _ = _roads_and_people([outline.folder], None, 10.0, None)
    assert isinstance(net, Outline)
    assert not loaded
