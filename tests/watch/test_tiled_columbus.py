"""A real city in parts, on one, two and four workers and on a cluster, gives the rows of one run
(N7, N9)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from clusters import local_cluster

from alprmap.merge import open_cameras
from alprmap.roads import Tile, read, save_tiles, tiles_of
from alprmap.watch import Watched, watch, watch_tiles

Cameras = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def cameras(shared: Path) -> Cameras:
    """The cameras of Columbus and of a strip around it."""
    opened = open_cameras(shared / "cameras" / "us-2025-10-Ohio.geojson")
    table = opened.table
    near = table[table["lon"].between(-83.3, -82.7) & table["lat"].between(39.7, 40.2)]
    views = opened.views[opened.views["camera_id"].isin(near["camera_id"])]
    assert len(near) > 200
    return near.reset_index(drop=True), views.reset_index(drop=True)


@pytest.fixture(scope="module")
def tilings(cameras: Cameras) -> list[Tile]:
    """Some twenty tiles."""
    return tiles_of(cameras[0]["lon"], cameras[0]["lat"], 15)


@pytest.fixture(scope="module")
def networks(
    shared: Path, cameras: Cameras, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, Watched]]:
    """Each way the city is cut: the folder of tiles made of it, and the rows of one run.

    Four overlapping extracts are held against the uncut extract; two clipped ones, which lost
    nodes for good, against one run over what was joined of them.
    """
    folder = tmp_path_factory.mktemp("roads")
    made = {}
    for kind in ("overlap", "clipped"):
        files = sorted((shared / "roads" / "two-extracts").glob(f"columbus-{kind}-*.osm.pbf"))
        joined = read(files)
        save_tiles(joined, folder / kind)
        whole = joined if kind == "clipped" else read(shared / "roads" / "columbus-oh.osm.pbf")
        made[kind] = folder / kind, watch(*cameras, whole)
    return made


def same(one: Watched, other: Watched) -> bool:
    return one.watches.equals(other.watches) and one.unread.equals(other.unread)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "workers"), [("overlap", 1), ("clipped", 1), ("clipped", 2), ("overlap", 4)]
)
def test_N9_a_city_in_parts_gives_the_rows_of_one_run(
    networks: dict[str, tuple[Path, Watched]],
    cameras: Cameras,
    tilings: list[Tile],
    kind: str,
    workers: int,
) -> None:
    if workers > 1:
        pytest.importorskip("distributed", reason="the extra alprmap[cluster] is not installed")
    folder, whole = networks[kind]
    assert len(whole.watches) > 100
    assert same(watch_tiles(*cameras, folder, tiles=tilings, workers=workers), whole)


class Killer:
    """Ends one worker, as the system does where memory runs out, once the first tile is done."""

    def __init__(self, above: int) -> None:
        self.above, self.killed = above, 0

    def __call__(self, _what: str, _done: int, _total: int) -> None:
        if self.killed:
            return
        psutil = pytest.importorskip("psutil")
        for child in psutil.Process(self.above).children(recursive=True):
            if "spawn_main" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)
                self.killed = child.pid
                return


@pytest.mark.slow
def test_N9_a_worker_killed_in_the_middle(
    networks: dict[str, tuple[Path, Watched]], cameras: Cameras, tilings: list[Tile]
) -> None:
    pytest.importorskip("distributed", reason="the extra alprmap[cluster] is not installed")
    folder, whole = networks["overlap"]
    kill = Killer(os.getpid())
    result = watch_tiles(*cameras, folder, tiles=tilings, workers=2, progress=kill)
    assert kill.killed
    assert same(result, whole)


@pytest.fixture
def cluster() -> Iterator[tuple[str, int]]:
    """A scheduler and two workers as separate processes: the address, and the process above
    them."""
    pytest.importorskip("distributed", reason="the extra alprmap[cluster] is not installed")
    with local_cluster() as cluster:
        yield cluster


@pytest.mark.slow
def test_N9_a_cluster_of_separate_processes_that_loses_a_worker(
    networks: dict[str, tuple[Path, Watched]],
    cameras: Cameras,
    tilings: list[Tile],
    cluster: tuple[str, int],
) -> None:
    folder, whole = networks["clipped"]
    address, above = cluster
    kill = Killer(above)
    result = watch_tiles(*cameras, folder, tiles=tilings, scheduler=address, progress=kill)
    assert kill.killed
    assert same(result, whole)
