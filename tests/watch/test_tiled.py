"""The answer does not depend on tiles, on workers, or on whether one of them died (N9)."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_nets
from clusters import local_cluster
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.errors import UsageError
from alprmap.roads import Roads, box_around, read, save_tiles, tiles_of
from alprmap.shipped import data_path
from alprmap.store import Parts, check_scheduler, spread
from alprmap.watch import Watched, watch, watch_tiles

Scene = tuple[pd.DataFrame, pd.DataFrame, Roads, Watched]


@pytest.fixture(scope="module")
def scene() -> Scene:
    """The demo's roads, and cameras drawn beside and beyond them."""
    roads = read(data_path("demo/roads.osm.pbf"))
    west, south, east, north = roads.segments.total_bounds
    rng = np.random.default_rng(22)
    count = 400
    starts = roads.segments.geometry.iloc[rng.integers(len(roads.segments), size=count)]
    lon = np.array([g.coords[0][0] for g in starts]) + rng.normal(0, 2e-4, count)
    lat = np.array([g.coords[0][1] for g in starts]) + rng.normal(0, 2e-4, count)
    lon[:20], lat[:20] = rng.uniform(west - 0.1, east + 0.1, 20), rng.uniform(south, north, 20)
    lon[20:23] = np.nan
    cameras = pd.DataFrame(
        {
            "camera_id": [f"c{i:03d}" for i in range(count)],
            "lon": lon,
            "lat": lat,
            "position_error_m": rng.choice([5.0, 30.0, 150.0], count),
        }
    )
    views = pd.DataFrame(
        {
            "camera_id": cameras["camera_id"],
            "heading_deg": np.where(rng.random(count) < 0.3, np.nan, rng.uniform(0, 360, count)),
            "width_deg": np.nan,
            "quality": "exact",
        }
    )
    return cameras, views, roads, watch(cameras, views, roads)


def same(one: Watched, other: Watched) -> bool:
    return one.watches.equals(other.watches) and one.unread.equals(other.unread)


@st.composite
def tilings(draw: st.DrawFn) -> list[tuple[int, float]]:
    """Cuts (axis, share of the box), each made in the tile that comes first."""
    cut = st.tuples(st.integers(0, 1), st.floats(0.05, 0.95))
    return draw(st.lists(cut, max_size=6))


@pytest.mark.slow
@given(cuts=tilings())
@settings(max_examples=20)
def test_N9_W1_the_rows_are_the_same_whatever_the_tiles(
    scene: Scene, cuts: list[tuple[int, float]]
) -> None:
    cameras, views, roads, whole = scene
    tiles = small_nets.cut_tiles(roads, cuts)
    assert same(watch_tiles(cameras, views, roads, tiles=tiles), whole)


@given(
    points=st.lists(st.tuples(st.floats(-180, 180), st.floats(-80, 80)), min_size=1, max_size=60),
    most=st.integers(1, 10),
)
@settings(max_examples=60)
def test_N9_each_place_is_in_exactly_one_tile(points: list[tuple[float, float]], most: int) -> None:
    lon, lat = np.array(points).T
    tiles = tiles_of(lon, lat, most)
    held = np.array([tile.holds(lon, lat) for tile in tiles])
    assert (held.sum(axis=0) == 1).all()
    spots = len(set(points))
    assert spots < len(points) or held.sum(axis=1).max() <= most


def test_N9_the_box_holds_its_margin_at_the_antimeridian() -> None:
    assert box_around([179.999], [52.0], 2000.0)[::2] == (-180.0, 180.0)
    west, south, east, north = box_around([10.0], [60.0], 1000.0)
    assert east - west > 2 * (north - south) * 0.9


def test_N9_a_folder_of_tiles_gives_the_same_rows(scene: Scene, tmp_path: Path) -> None:
    cameras, views, roads, whole = scene
    save_tiles(roads, tmp_path / "roads")
    lon, lat = cameras["lon"].dropna(), cameras["lat"][cameras["lon"].notna()]
    tiles = tiles_of(lon, lat, 60)
    assert len(tiles) > 4
    assert same(watch_tiles(cameras, views, tmp_path / "roads", tiles=tiles), whole)


def test_N9_one_process_does_not_import_dask() -> None:
    code = (
        "import sys; from alprmap.store import spread; from alprmap.watch import watch_tiles;"
        "import alprmap.roads.door;"
        "assert spread(abs, [-1, 2]) == [1, 2];"
        "assert not {'dask', 'distributed'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("address", ["tcp://10.0.0.4:8786", "10.0.0.4:8786", "tcp://example.org:1"])
def test_N9_an_open_line_to_another_machine_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="another machine"):
        check_scheduler(address)
    check_scheduler("tls://example.org:8786")
    check_scheduler("tcp://127.0.0.1:8786")
    check_scheduler("[::1]:8786")


def _seen(_job: int) -> None:
    time.sleep(0.2)


@pytest.mark.slow
def test_N9_workers_listen_to_this_machine_alone_and_two_runs_stand_beside_each_other() -> None:
    pytest.importorskip("distributed", reason="the extra alprmap[cluster] is not installed")
    psutil = pytest.importorskip("psutil")
    heard: set[tuple[str, int]] = set()

    def listen(_what: str, _done: int, _total: int) -> None:
        own = psutil.Process()
        for process in [own, *own.children(recursive=True)]:
            for line in process.net_connections(kind="inet"):
                if line.status == psutil.CONN_LISTEN:
                    heard.add((str(line.laddr.ip), int(line.laddr.port)))

    # the port that Dask would serve its pages on is taken: another run holds it
    with socket.socket() as taken:
        with contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", 8787))
        taken.listen()
        own = {taken.getsockname()[:2]}
        spread(_seen, [1, 2, 3], workers=2, progress=listen)
    assert len(heard - own) >= 3
    assert {ip for ip, _ in heard} == {"127.0.0.1"}
    assert not {port for _, port in heard - own} & {8786, 8787}


def _dies_once(marker: str) -> int:
    """End the worker it runs on the first time, as the system does where memory runs out."""
    if not Path(marker).exists():
        Path(marker).write_text("", encoding="utf-8")
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return 7


@pytest.mark.slow
def test_N9_workers_and_one_that_dies_give_the_same(scene: Scene, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra alprmap[cluster] is not installed")
    cameras, views, roads, whole = scene
    save_tiles(roads, tmp_path / "roads")
    tiles = tiles_of(cameras["lon"].dropna(), cameras["lat"][cameras["lon"].notna()], 100)
    found = watch_tiles(cameras, views, tmp_path / "roads", tiles=tiles, workers=2)
    assert same(found, whole)
    assert spread(_dies_once, [str(tmp_path / "dead")] * 3, workers=2) == [7, 7, 7]


@pytest.fixture
def address() -> Iterator[str]:
    """A scheduler and two workers as separate processes."""
    pytest.importorskip("distributed", reason="the extra alprmap[cluster] is not installed")
    with local_cluster() as (address, _above):
        yield address


@pytest.mark.slow
def test_N9_a_scheduler_that_runs_already(scene: Scene, tmp_path: Path, address: str) -> None:
    cameras, views, roads, whole = scene
    save_tiles(roads, tmp_path / "roads")
    tiles = tiles_of(cameras["lon"].dropna(), cameras["lat"][cameras["lon"].notna()], 100)
    found = watch_tiles(cameras, views, tmp_path / "roads", tiles=tiles, scheduler=address)
    assert same(found, whole)


def test_N9_tiles_that_did_not_change_are_taken_over(scene: Scene, tmp_path: Path) -> None:
    cameras, views, roads, whole = scene
    some = cameras["lon"].notna()
    tiles = tiles_of(cameras["lon"][some], cameras["lat"][some], 100)
    save_tiles(roads, tmp_path / "roads")
    for source in (roads, tmp_path / "roads"):
        before = Parts(tmp_path, "salt").of(str(source))
        first = watch_tiles(cameras, views, source, tiles=tiles, parts=before)
        assert same(first, whole)
        # one camera moves: its tile is worked again, the others are not
        moved = cameras.copy()
        moved.loc[30, "lon"] += 1e-5
        after = Parts(tmp_path, "salt").of(str(source))
        second = watch_tiles(moved, views, source, tiles=tiles, parts=after)
        assert (after.counts.kept, after.counts.taken) == (1, before.counts.kept - 1)
        assert same(second, watch(moved, views, roads))
