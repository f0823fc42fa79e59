"""A build of many tiles takes over those whose cameras and roads did not change (N9)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import small_nets

from alprmap.build import engine
from alprmap.build.cameras import watch_stage
from alprmap.build.measures import coverage_stage
from alprmap.build.project import Project
from alprmap.coverage import in_tiles
from alprmap.roads import Renumbered, Roads
from alprmap.store import Finished, finished, write_table
from alprmap.watch import tiled

TOWNS, SIDE, BLOCK, APART = 4, 3, 250.0, 60_000.0
"""Grids of 3 by 3 junctions, 37 miles apart: what changes in one is out of reach of the others."""


def nation(*, more: int | None = None) -> Roads:
    """Four towns along a highway; in town `more` a street is added, whose number comes first."""
    nodes = {
        t * 100 + i: (APART * t + BLOCK * (i % SIDE), BLOCK * (i // SIDE))
        for t in range(TOWNS)
        for i in range(SIDE * SIDE)
    }
    edges: list[tuple[Any, ...]] = []
    for t in range(TOWNS):
        for i in range(SIDE * SIDE):
            tags = {"name": f"Row {i // SIDE}", "highway": "primary"}
            if i % SIDE < SIDE - 1:
                edges.append((t * 100 + i, t * 100 + i + 1, tags))
            if i // SIDE < SIDE - 1:
                edges.append((t * 100 + i, t * 100 + i + SIDE, {"oneway": i % SIDE == 1}))
        if t < TOWNS - 1:
            edges.append(
                (t * 100 + SIDE - 1, t * 100 + 100, {"name": "Highway", "highway": "trunk"})
            )
    if more is not None:
        edges.insert(0, (more * 100, more * 100 + 4, {"name": "New Street"}))
    net = small_nets.roads(nodes, edges)
    # the numbers of ways stay, as those of OpenStreetMap do
    new = 0 if more is None else 1
    way = [*[9_999] * new, *range(len(edges) - new)]
    return replace(net, segments=net.segments.assign(way_id=way))


def cameras(moved: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four cameras in each town; those of town `moved` stand elsewhere."""
    rng, rows = np.random.default_rng(5), []
    for t in range(TOWNS):
        spots = rng.uniform(0, BLOCK * (SIDE - 1), (4, 2))
        for k, (x, y) in enumerate(spots + (40.0 if t == moved else 0.0)):
            lon, lat = small_nets.lonlat(APART * t + x, y)
            rows.append((f"c{t}{k}", lon, lat, 8.0, "2026-01-0" + str(t + 1)))
    names = ["camera_id", "lon", "lat", "position_error_m", "last_seen"]
    table = pd.DataFrame(rows, columns=names)
    views = pd.DataFrame({"camera_id": table["camera_id"], "heading_deg": 90.0, "width_deg": 45.0})
    return table.assign(operator=None), views.assign(quality="exact")


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of a town."""
    monkeypatch.setattr(tiled, "TILE_CAMERAS", 4)
    monkeypatch.setattr(in_tiles, "TILE_SEGMENTS", 20)


def build(
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    seen: tuple[pd.DataFrame, pd.DataFrame],
    roads: Roads,
    workers: int | None = None,
) -> None:
    """Build what is read and coverage of these."""
    project = Project.model_validate(
        {
            "project": {"name": "nation", "title": "Nation"},
            "sources": [{"id": "a", "path": "a.csv"}],
            "roads": {"path": "a.parquet"},
            "coverage": {"draws": 0, "radii_m": [500]},
        }
    )

    def inputs(here: Path) -> dict[str, Any]:
        roads.save(here / "segments.parquet")
        write_table(seen[0], here / "cameras.csv")
        write_table(seen[1], here / "views.csv")
        return {}

    for name in ("alprmap.build.cameras", "alprmap.build.measures"):
        monkeypatch.setattr(f"{name}.load", lambda _here: seen)
        monkeypatch.setattr(f"{name}.set_aside", lambda _here: {})
    first = engine.Stage("merge", inputs, settings={"day": str(id(seen))})
    also = engine.Stage("roads", lambda _here: {}, settings={"day": str(id(roads))})
    stages = [
        first,
        also,
        watch_stage(project, workers),
        coverage_stage(project, out, workers=workers),
    ]
    assert engine.build(stages, out, about={}).ran


def tiles_in(out: Path) -> dict[str, int]:
    """Name and inode of each tile of a result: a tile that is taken over is the same file."""
    return {p.relative_to(out).as_posix(): p.stat().st_ino for p in (out / "tiles").rglob("*.tile")}


def results(out: Path) -> dict[str, bytes]:
    """All files of a result but what names its run."""
    files = (p for p in out.rglob("*") if p.is_file() and p.name != "manifest.json")
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in files}


@pytest.mark.slow
@pytest.mark.usefixtures("small_tiles")
def test_N9_what_changes_in_one_town_redoes_its_own_tiles_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    build(out, monkeypatch, cameras(), nation())
    before = tiles_in(out)
    assert sum(name.startswith("tiles/watch/") for name in before) == TOWNS
    # a camera that moves, then a street more, which gives every road after it another number
    for seen, net in (
        (cameras(moved=2), nation()),
        (cameras(moved=2), nation(more=3)),
    ):
        build(out, monkeypatch, seen, net)
        after = tiles_in(out)
        again = [name for name in after if after[name] != before.get(name)]
        assert sum(name.startswith("tiles/watch/") for name in again) == 1
        # the highway from the town before reaches in, so its tile is made again for corridors
        assert 2 <= len(again) <= 2 * len(after) / TOWNS
        assert len(after) == len(before)
        before = after
    build(tmp_path / "new", monkeypatch, seen, net)
    assert results(out) == results(tmp_path / "new")


@pytest.mark.slow
def test_N9_the_tables_of_a_build_in_tiles_are_those_of_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, net = cameras(), nation()
    build(tmp_path / "whole", monkeypatch, seen, net)
    assert not (tmp_path / "whole" / "tiles").exists()
    with monkeypatch.context() as patch:
        patch.setattr(tiled, "TILE_CAMERAS", 4)
        patch.setattr(in_tiles, "TILE_SEGMENTS", 20)
        build(tmp_path / "tiled", monkeypatch, seen, net)
    made = results(tmp_path / "tiled")
    assert any(name.startswith("tiles/coverage/") for name in made)
    assert {n: b for n, b in made.items() if not n.startswith("tiles/")} == results(
        tmp_path / "whole"
    )


def test_N9_a_tile_is_kept_without_the_numbers_of_its_roads(tmp_path: Path) -> None:
    table = pd.DataFrame({"segment_id": pd.array([7, None, 12], "Int64"), "m": [1.0, 2.0, 3.0]})
    with finished(tmp_path, "salt") as tiles:
        Renumbered(tiles, ["a"], [np.array([5, 7, 12])]).put("a", {"rows": table, "n": {"k": 1}})
        tiles.put("left", {"rows": table})
    with finished(tmp_path, "salt") as tiles:
        again = Renumbered(tiles, ["a", "b"], [np.array([50, 70, 71]), np.zeros(0, np.int64)])
        assert again.get("b") is None
        found = again.get("a")
        assert found is not None
        assert found["n"] == {"k": 1}
        assert found["rows"]["segment_id"].tolist() == [70, pd.NA, 71]
        pd.testing.assert_series_equal(found["rows"]["m"], table["m"])
    # what was not used is gone, and what is damaged is made again
    (only,) = tmp_path.glob("*.tile")
    only.write_bytes(only.read_bytes()[:-1])
    assert finished_of(tmp_path) is None
    assert Finished(tmp_path, "other").get("a") is None


def finished_of(folder: Path) -> dict[str, Any] | None:
    return Finished(folder, "salt").get("a")
