"""Corridors and cordons by tiles: the same answer as over all roads at once (rules C1, C5, N9).

What lies on a road within R meters of travel of a reader depends on nothing beyond R meters of it.
So a tile takes the roads within that margin of its own; each road is one tile's own, the one that
its first node is in. Meters are added up in steps of 2^-18 m, so that sums are exact in any order.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import geo
from alprmap.coverage import cordons
from alprmap.coverage.reader_corridors import (
    RADII_M,
    ReaderCorridors,
    corridor_parts,
    shares_of,
)
from alprmap.errors import InputError, UsageError
from alprmap.reach import border_index
from alprmap.roads import (
    Renumbered,
    Roads,
    Tile,
    boxes_of,
    numberless,
    part_around,
    road_tiles,
    save_tiles,
)
from alprmap.store import Finished, Keeps, Parts, Shelf, digest, spread

TILE_SEGMENTS = 100_000
"""Segments of a tile, a large county: C1 then holds some 250 MB."""
LONGEST_M = 300_000.0
"""No road leads farther without a junction."""
WATCH_COLUMNS = ["camera_id", "segment_id", "travel", "offset_m"]
Border = tuple[str, float, str]


@dataclass(frozen=True)
class Tiled:
    """Roads to be worked in tiles, and by whom.

    source
        A folder of tiles, or a network.
    tiles
        A tiling of the globe; None for tiles of 100,000 segments.
    workers, scheduler
        As `alprmap.store.spread` takes them. The workers of a scheduler read the folder themselves.
    kept
        Finished tiles of a network in memory, from an earlier result: those whose roads and watches
        did not change are taken over, whatever numbers the roads have now.
    """

    source: Path | Roads
    tiles: Sequence[Tile] | None = None
    workers: int | None = None
    scheduler: str | None = None
    kept: Finished | None = None

    def layout(self) -> list[Tile]:
        """Return the tiles."""
        made = self.tiles
        return road_tiles(self.source, TILE_SEGMENTS) if made is None else list(made)

    def many(self) -> bool:
        """Tell whether a network is more than one tile."""
        return isinstance(self.source, Roads) and len(self.source.segments) > TILE_SEGMENTS

    @contextmanager
    def opened(self) -> Iterator[Tiled]:
        """Give the roads in a form that the workers can read."""
        if isinstance(self.source, Path) or (self.scheduler is None and (self.workers or 1) <= 1):
            yield self
            return
        if self.scheduler is not None:
            raise UsageError(
                "the workers of a scheduler read roads themselves",
                fix="make a folder they all see with `alprmap roads … --out FOLDER`",
            )
        with tempfile.TemporaryDirectory(prefix="alprmap-") as scratch:
            save_tiles(self.source, Path(scratch) / "roads", graph=False)
            yield replace(self, source=Path(scratch) / "roads")


@dataclass(frozen=True)
class _Job:
    source: Path | Roads
    tile: Tile
    watches: pd.DataFrame
    meters: tuple[float, ...]
    """Radii, or distances of cordons: the largest is the margin."""
    stretches: bool = True
    lines: gpd.GeoDataFrame | tuple[Border, ...] | None = None


def tiled_corridors(
    watches: pd.DataFrame,
    roads: Tiled,
    *,
    radii_m: tuple[float, ...] = RADII_M,
    stretches: bool = True,
    shelf: Shelf | None = None,
    progress: Any = None,
    parts: Parts | None = None,
) -> ReaderCorridors:
    """Find reader corridors (C1) tile by tile; equal to `reader_corridors` on all roads.

    Parameters
    ----------
    watches
        Table `watches`, made with these roads.
    roads
        The roads, and who works.
    radii_m
        As `reader_corridors` takes them.
    stretches
        Without them only the table is made.
    shelf
        Where the stretches of each tile are put as it ends, so that no more than a tile's are in
        memory; those of the result are then empty.
    progress
        Called with (what, done, total) as tiles are done.
    parts
        Where finished tiles are kept for a later run.

    Raises
    ------
    UsageError
        When a radius is not positive.
    InputError
        When a file of roads is damaged.
    """
    if not radii_m or min(radii_m) <= 0:
        raise UsageError(
            "a radius must be more than 0 meters", fix="give meters of travel, such as 1000"
        )
    common = ("reader corridors", progress, parts)

    def away(number: int, done: dict[str, Any]) -> dict[str, Any]:
        if shelf is not None and done["any"]:
            shelf.put(number, done["stretches"])
            return done | {"stretches": done["stretches"].iloc[:0]}
        return done

    done = _spread(
        _corridors, watches, roads, radii_m, None, *common, stretches=stretches, shelve=away
    )
    meters = pd.concat([d["meters"] for d in done], ignore_index=True)
    return ReaderCorridors(shares_of(meters), _rejoined([d["stretches"] for d in done]))


def tiled_cordons(
    watches: pd.DataFrame,
    roads: Tiled,
    lines: gpd.GeoDataFrame | Sequence[Border],
    *,
    within_m: tuple[float, ...] = (1000.0, 5000.0),
    progress: Any = None,
    parts: Parts | None = None,
) -> cordons.Cordon:
    """Find roads that cross lines (C5) tile by tile; equal to `cordons` and `distance_cordons`.

    Parameters
    ----------
    watches, roads, progress, parts
        As in `tiled_corridors`.
    lines
        Polygons or lines as `cordons` takes them, or (name, meters, border) of lines at a distance
        from a border.
    within_m
        Distances of travel.

    Raises
    ------
    UsageError
        When there is no distance, or a shape is neither polygon nor line.
    """
    wanted = lines if isinstance(lines, gpd.GeoDataFrame) else tuple(lines)
    done = _spread(_cordons, watches, roads, within_m, wanted, "cordons", progress, parts)
    some = [d["crossings"] for d in done]
    table = _rejoined([t for t in some if len(t)] or some[:1])
    order = ["cordon", "segment_id", "travel", "since_m"]
    crossings = table.sort_values(order, ignore_index=True, kind="stable")
    return cordons.Cordon(crossings, cordons.cordon_table(crossings, within_m))


def _spread(
    function: Callable[[_Job], dict[str, Any]],
    watches: pd.DataFrame,
    roads: Tiled,
    meters: tuple[float, ...],
    lines: Any,
    what: str,
    progress: Any,
    parts: Parts | None,
    *,
    stretches: bool = True,
    shelve: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    tiles = roads.layout()
    # what a tile needs of the watches: those on roads that may be in its margin
    some = watches[WATCH_COLUMNS].reset_index(drop=True)
    boxes = boxes_of(roads.source, some["segment_id"].to_numpy(np.int64))
    if not np.isfinite(boxes).all():
        lost = some["segment_id"].to_numpy()[~np.isfinite(boxes).all(axis=1)][0]
        raise InputError(
            f"a watch names segment {lost}, which the roads lack",
            fix="make the watches with these roads",
        )
    own: Keeps | None = None if parts is None else parts.of(tiles, stretches)
    with roads.opened() as opened:
        jobs = [
            _Job(opened.source, t, some[_near(t, boxes, meters)], meters, stretches, lines)
            for t in tiles
        ]
        keys = None
        if roads.kept is not None and isinstance(roads.source, Roads):
            own, keys = _kept(roads.kept, what, jobs, roads.source)
        done = spread(
            function,
            jobs,
            workers=opened.workers,
            scheduler=opened.scheduler,
            progress=progress,
            what=what,
            parts=own,
            keys=keys,
            shelve=shelve,
        )
    own_roads = [d for d in done if d["any"]]
    if not own_roads:
        raise InputError("there is no road in these roads", fix="check --roads and --area")
    return own_roads


def _kept(
    tiles: Finished, what: str, jobs: Sequence[_Job], roads: Roads
) -> tuple[Renumbered, list[str]]:
    """Return where finished jobs are kept, and the name of each: a digest of the roads it reads,
    in their order, and of the watches on them."""
    names, numbers = [], []
    for job in jobs:
        part = part_around(roads, job.tile, max(job.meters))
        own = np.zeros(0, dtype=np.int64)
        rests_on: list[Any] = []
        if part is not None:
            own = part.roads.segments["segment_id"].to_numpy(np.int64)
            mine = _of_part(job.watches, part.roads)
            rank = np.searchsorted(own, mine["segment_id"].to_numpy(np.int64))
            turns = part.roads.restrictions
            rests_on = [numberless(part.roads.segments), part.core, turns.to_dict("list"), rank]
            rests_on.append(mine.drop(columns="segment_id"))
        lines = job.lines.to_wkb() if isinstance(job.lines, gpd.GeoDataFrame) else job.lines
        names.append(digest(what, job.meters, job.stretches, lines, *rests_on))
        numbers.append(own)
    return Renumbered(tiles, names, numbers), names


def _near(tile: Tile, boxes: Any, meters: tuple[float, ...]) -> NDArray[np.bool_]:
    """Return which boxes may lie within the margin of a tile; a road of its own may reach far out
    of it."""
    far = (max(meters) + LONGEST_M) / 111_000.0
    lat = min(max(abs(tile.south), abs(tile.north)), 85.0)
    wide = far * 111_000.0 / float(geo.degree_m(np.array([lat]))[0][0])
    box = (tile.west - wide, tile.south - far, tile.east + wide, tile.north + far)
    return np.asarray(geo.boxes_touch(box, *boxes.T))


def _of_part(watches: pd.DataFrame, roads: Roads) -> pd.DataFrame:
    return watches[watches["segment_id"].isin(roads.segments["segment_id"])]


def _corridors(job: _Job) -> dict[str, Any]:
    part = part_around(job.source, job.tile, max(job.meters))
    if part is None:
        return {"any": False}
    mine = _of_part(job.watches, part.roads)
    meters, stretches = corridor_parts(
        mine, part.roads, part.core, job.meters, stretches=job.stretches
    )
    return {"any": True, "meters": meters, "stretches": stretches}


def _cordons(job: _Job) -> dict[str, Any]:
    part = part_around(job.source, job.tile, max(job.meters))
    if part is None:
        return {"any": False}
    mine, roads = _of_part(job.watches, part.roads), part.roads
    if isinstance(job.lines, gpd.GeoDataFrame):
        made = cordons.cordons(mine, roads, job.lines, within_m=job.meters)
    else:
        lines = {name: (_far(border), meters) for name, meters, border in job.lines or ()}
        made = cordons.distance_cordons(mine, roads, lines, within_m=job.meters)
    own = roads.segments["segment_id"].to_numpy(np.int64)[part.core]
    keep = made.crossings["segment_id"].isin(own)
    return {"any": True, "crossings": made.crossings[keep].reset_index(drop=True)}


def _far(border: str) -> Callable[[Any, Any], Any]:
    return lambda lon, lat: border_index(border).nearest(lon, lat).distance_m


def _rejoined(tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Put the rows of tiles together in the order of one run: each segment is in one of them."""
    whole = pd.concat(tables, ignore_index=True)
    joined: gpd.GeoDataFrame = whole.sort_values("segment_id", kind="stable", ignore_index=True)
    return joined
