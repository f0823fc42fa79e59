"""Corridors and cordons by tiles are those of one run, to the bit (rules C1, C5, N9)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_nets
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.coverage import cordons, reader_corridors
from alprmap.coverage.in_tiles import Tiled, tiled_cordons, tiled_corridors
from alprmap.errors import InputError, UsageError
from alprmap.roads import Roads, read, save_tiles
from alprmap.shipped import data_path
from alprmap.store import kept

RADII = (150.0, 700.0, 2500.0)
Scene = tuple[Roads, pd.DataFrame, gpd.GeoDataFrame]


@pytest.fixture(scope="module")
def scene() -> Scene:
    """The demo's roads, readers drawn on them, and two cordons."""
    roads = read(data_path("demo/roads.osm.pbf"))
    segments = roads.segments
    rng = np.random.default_rng(9)
    row = rng.integers(len(segments), size=60)
    some = segments.iloc[row].reset_index(drop=True)
    along = some["forward"] & (~some["backward"] | (rng.random(60) < 0.5))
    watches = pd.DataFrame(
        {
            "camera_id": [f"c{i % 50:02d}" for i in range(60)],
            "segment_id": some["segment_id"],
            "travel": np.where(along, "forward", "backward"),
            "offset_m": rng.random(60) * some["length_m"],
            "winner": True,
        }
    )
    west, south, east, north = segments.total_bounds
    x, y = (west + east) / 2, (south + north) / 2
    shapes = [
        shapely.box(*np.add([west, south, x, y], 0.0011)),
        shapely.LineString([(x, south), (x, north)]),
    ]
    lines = gpd.GeoDataFrame({"name": ["town", "line"]}, geometry=shapes, crs="EPSG:4326")
    return roads, watches, lines


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        pd.DataFrame(one).assign(geometry=None), pd.DataFrame(other).assign(geometry=None),
        check_exact=True,
    )  # fmt: skip
    if "geometry" in other.columns:
        assert one.geometry.to_wkb().equals(other.geometry.to_wkb())


tilings = st.lists(st.tuples(st.integers(0, 1), st.floats(0.05, 0.95)), max_size=7)


@given(cuts=tilings)
@settings(max_examples=15)
def test_C1_N9_corridors_are_the_same_whatever_the_tiles(
    scene: Scene, cuts: list[tuple[int, float]]
) -> None:
    roads, watches, _ = scene
    whole = reader_corridors.reader_corridors(watches, roads, radii_m=RADII)
    assert len(whole.stretches) > 100
    made = tiled_corridors(watches, Tiled(roads, small_nets.cut_tiles(roads, cuts)), radii_m=RADII)
    same(made.table, whole.table)
    same(made.stretches, whole.stretches)


@given(cuts=tilings)
@settings(max_examples=8)
def test_C5_N9_cordons_are_the_same_whatever_the_tiles(
    scene: Scene, cuts: list[tuple[int, float]]
) -> None:
    roads, watches, lines = scene
    whole = cordons.cordons(watches, roads, lines, within_m=(300.0, 2000.0))
    assert set(whole.crossings["cordon"]) == {"town", "line"}
    tiled = Tiled(roads, small_nets.cut_tiles(roads, cuts))
    made = tiled_cordons(watches, tiled, lines, within_m=(300.0, 2000.0))
    same(made.table, whole.table)
    same(made.crossings, whole.crossings)


def test_C1_N9_a_folder_of_tiles_and_a_measured_area(scene: Scene, tmp_path: Path) -> None:
    roads, watches, _ = scene
    rng = np.random.default_rng(1)
    inside = rng.random(len(roads.segments)) < 0.5
    some = Roads(roads.segments.assign(inside=inside), roads.restrictions, roads.meta)
    whole = reader_corridors.reader_corridors(watches, some, radii_m=RADII)
    save_tiles(some, tmp_path / "roads")
    tiled = Tiled(tmp_path / "roads", small_nets.cut_tiles(roads, [(0, 0.3), (1, 0.6), (0, 0.7)]))
    made = tiled_corridors(watches, tiled, radii_m=RADII)
    same(made.table, whole.table)
    same(made.stretches, whole.stretches)


@pytest.mark.slow
def test_C1_N9_two_workers_give_the_same(scene: Scene) -> None:
    pytest.importorskip("distributed", reason="the extra alprmap[cluster] is not installed")
    roads, watches, _ = scene
    whole = reader_corridors.reader_corridors(watches, roads, radii_m=RADII)
    tiled = Tiled(roads, small_nets.cut_tiles(roads, [(0, 0.3), (1, 0.6), (0, 0.7)]), workers=2)
    made = tiled_corridors(watches, tiled, radii_m=RADII)
    same(made.table, whole.table)
    same(made.stretches, whole.stretches)


def test_N9_finished_tiles_are_taken_over(scene: Scene, tmp_path: Path) -> None:
    roads, watches, _ = scene
    tiled = Tiled(roads, small_nets.cut_tiles(roads, [(0, 0.3), (1, 0.6), (0, 0.7)]))
    whole = tiled_corridors(watches, tiled, radii_m=RADII)

    class BrokenOffError(Exception):
        pass

    def after_two(_what: str, done: int, _total: int) -> None:
        if done == 2:
            raise BrokenOffError

    with pytest.raises(BrokenOffError), kept(tmp_path / "parts", "a") as parts:
        tiled_corridors(watches, tiled, radii_m=RADII, parts=parts, progress=after_two)
    with kept(tmp_path / "parts", "a") as parts:
        assert parts is not None
        made = tiled_corridors(watches, tiled, radii_m=RADII, parts=parts)
        assert parts.counts.taken == 2
    same(made.table, whole.table)
    same(made.stretches, whole.stretches)


def test_N9_bad_input_is_refused(scene: Scene) -> None:
    roads, watches, _ = scene
    with pytest.raises(UsageError, match="radius"):
        tiled_corridors(watches, Tiled(roads), radii_m=(0.0,))
    with pytest.raises(InputError, match="which the roads lack"):
        tiled_corridors(watches.assign(segment_id=10**9), Tiled(roads))
    with pytest.raises(UsageError, match="read roads themselves"):
        tiled_corridors(watches, Tiled(roads, scheduler="tcp://127.0.0.1:1"))


def test_N9_tiles_of_one_process_do_not_import_dask() -> None:
    code = (
        "import sys; import alprmap.coverage.in_tiles, alprmap.coverage.result, alprmap.reach;"
        "assert not {'dask', 'distributed'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
