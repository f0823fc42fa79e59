"""Watching a nation: cameras by tiles, each with the roads around it (rules W1–W6, N9).

What a camera reads depends on the roads within its range, and where it reads nothing on the
nearest road within 2 km (W5). So a tile reads the roads within that margin of its cameras, and the
result is the same, row for row, whatever the tiles are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap import geo, schema
from alprmap.roads import (
    Box,
    Outline,
    Renumbered,
    Roads,
    Tile,
    box_around,
    numberless,
    share_at,
    tile_marks,
    tiles_in,
    tiles_of,
)
from alprmap.store import Finished, digest, spread
from alprmap.watch.near_road import UNREAD_SEARCH_M, nearest
from alprmap.watch.places import data_dates
from alprmap.watch.reads import Watched, watch
from alprmap.watch.settings import Settings

if TYPE_CHECKING:
    from alprmap.store import Parts

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TILE_CAMERAS = 500
"""Cameras of a tile, a city: where they stand two to a thousand segments, its roads are 150 MB."""
CAMERA_COLUMNS = ("camera_id", "lon", "lat", "position_error_m")
MARGIN_SPARE_M = 1_000.0
"""Beyond range and search: half the width of the widest carriageway and the flattening of a box."""


@dataclass(frozen=True)
class _Job:
    cameras: pd.DataFrame
    views: pd.DataFrame
    source: Path | gpd.GeoDataFrame
    box: Box | None
    settings: Settings


def are_many(cameras: pd.DataFrame) -> bool:
    """Tell whether cameras are more than one tile of `watch_tiles`."""
    return len(cameras) > TILE_CAMERAS


def watch_tiles(
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    roads: Roads | Path,
    *,
    settings: Settings | None = None,
    tiles: Sequence[Tile] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Any = None,
    parts: Parts | Finished | None = None,
) -> Watched:
    """Find the arcs every view reads, tile by tile; equal to `watch` on all roads at once.

    Parameters
    ----------
    cameras, views
        As `watch` takes them.
    roads
        A folder of tiles, of which only the part around each tile is read, or a network.
    settings
        Mid settings, rear-facing, by default.
    tiles
        Tiles that cover all cameras without overlap; None for tiles of 500 cameras.
    workers, scheduler
        As `alprmap.store.spread` takes them; None for this process alone.
    progress
        Called with (what, done, total) as tiles are done.
    parts
        Where finished tiles are kept for a later run; those whose cameras and roads are the same
        are taken over, whatever changed elsewhere. In a result that is built (`Finished`) roads are
        the same whatever numbers they have in the whole.

    Raises
    ------
    InputError
        When a file of roads is damaged, or a camera stands in the cameras twice.
    """
    settings = settings or Settings()
    lon, lat = (cameras[c].to_numpy(dtype=np.float64) for c in ("lon", "lat"))
    placed = np.isfinite(lon) & np.isfinite(lat)
    if tiles is None:
        tiles = tiles_of(lon[placed], lat[placed], TILE_CAMERAS)
    groups = [np.flatnonzero(placed & tile.holds(lon, lat)) for tile in tiles]
    groups = [rows for rows in groups if len(rows)]
    if (~placed).any() or not groups:
        groups.append(np.flatnonzero(~placed))
    boxes = _boxes_of(roads)
    jobs = [_job(cameras.iloc[rows], views, roads, boxes, settings) for rows in groups]
    kept, keys = _kept(parts, jobs, roads)
    done = spread(
        _watched,
        jobs,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
        what="watching",
        parts=kept,
        keys=keys,
    )
    watches = pd.concat([tile["watches"] for tile in done], ignore_index=True)
    watches = watches.sort_values(
        ["camera_id", "heading_deg", "score", "segment_id", "travel"],
        ascending=[True, True, False, True, True],
        ignore_index=True,
    )
    unread = pd.concat([tile["unread"] for tile in done], ignore_index=True)
    unread = unread.sort_values("camera_id", ignore_index=True)
    known = None if isinstance(roads, Path) else roads.meta.get("data_timestamp")
    dates = data_dates(cameras, known)
    return Watched(schema.conform(watches, "watches"), unread, len(cameras), settings, dates=dates)


def _kept(
    parts: Parts | Finished | None, jobs: Sequence[_Job], roads: Roads | Path
) -> tuple[Parts | Finished | Renumbered | None, list[str] | None]:
    """Return where finished jobs are kept, and under which names."""
    if parts is None:
        return None, None
    if isinstance(parts, Finished) and isinstance(roads, Roads):
        own = [job.source for job in jobs if not isinstance(job.source, Path)]
        keys = [
            digest("watch", job.cameras, job.views, numberless(near), job.settings)
            for job, near in zip(jobs, own, strict=True)
        ]
        numbers = [np.sort(near["segment_id"].to_numpy(np.int64)) for near in own]
        return Renumbered(parts, keys, numbers), keys
    return parts, _keys(jobs, roads)


def _keys(jobs: Sequence[_Job], roads: Roads | Path) -> list[str]:
    """Return a digest of all that each job rests on; of a folder of tiles that it was not written
    to since."""
    folder = tile_marks(roads) if isinstance(roads, Path) else None
    own = [folder if isinstance(job.source, Path) else job.source for job in jobs]
    return [
        digest("watch", job.cameras, job.views, source, job.box, job.settings)
        for job, source in zip(jobs, own, strict=True)
    ]


def _boxes_of(roads: Roads | Path) -> Any:
    return None if isinstance(roads, Path) else shapely.bounds(roads.segments.geometry.to_numpy())


def _job(
    some: pd.DataFrame, views: pd.DataFrame, roads: Roads | Path, boxes: Any, settings: Settings
) -> _Job:
    error = some["position_error_m"] if "position_error_m" in some.columns else pd.Series([0.0])
    widest = float(error.fillna(0.0).max()) if len(error) else 0.0
    margin = max(UNREAD_SEARCH_M, settings.range_m + widest) + MARGIN_SPARE_M
    lon, lat = (some[c].to_numpy(dtype=np.float64) for c in ("lon", "lat"))
    box = box_around(lon, lat, margin) if np.isfinite(lon).any() else None
    mine = views[views["camera_id"].isin(some["camera_id"])]
    # what reading rests on and no more: a date that changes changes no tile
    some = some[[name for name in CAMERA_COLUMNS if name in some.columns]]
    mine = mine.drop(columns=["report_id", "lon", "lat"], errors="ignore")
    if isinstance(roads, Path):
        return _Job(some, mine, roads, box, settings)
    near = np.zeros(len(boxes), dtype=bool) if box is None else geo.boxes_touch(box, *boxes.T)
    return _Job(some, mine, roads.segments[near], box, settings)


def _watched(job: _Job) -> dict[str, pd.DataFrame]:
    if isinstance(job.source, Path):
        parts = [] if job.box is None else list(tiles_in(job.source, job.box))
        segments = pd.concat(parts, ignore_index=True) if parts else schema.empty("segments")
    else:
        segments = job.source
    # ties fall by the row of a segment, so the rows must lie in the order of the whole
    segments = segments.sort_values("segment_id", ignore_index=True)
    watched = watch(job.cameras, job.views, Roads(segments, pd.DataFrame()), settings=job.settings)
    return {"watches": watched.watches, "unread": watched.unread}


def snapped(
    lon: FloatArray, lat: FloatArray, roads: Roads, *, within_m: float
) -> tuple[IntArray, FloatArray]:
    """Return (number of the nearest segment, share of its length at the foot) of points; -1 and NaN
    where none is within `within_m` (at most 2 km).

    Of a folder of tiles the roads around 500 points at a time are read.
    """
    segment, share = np.full(len(lon), -1), np.full(len(lon), np.nan)
    if not isinstance(roads, Outline):
        _snap(lon, lat, np.arange(len(lon)), roads, within_m, segment, share)
        return segment, share
    placed = np.isfinite(lon) & np.isfinite(lat)
    for tile in tiles_of(lon[placed], lat[placed], TILE_CAMERAS):
        rows = np.flatnonzero(placed & tile.holds(lon, lat))
        if not len(rows):
            continue
        box = box_around(lon[rows], lat[rows], UNREAD_SEARCH_M + MARGIN_SPARE_M)
        parts = list(tiles_in(roads.folder, box))
        if parts:
            near = pd.concat(parts, ignore_index=True)
            near = near.sort_values("segment_id", ignore_index=True)
            _snap(lon, lat, rows, Roads(near, pd.DataFrame()), within_m, segment, share)
    return segment, share


def _snap(
    lon: FloatArray,
    lat: FloatArray,
    rows: IntArray,
    roads: Roads,
    within_m: float,
    segment: IntArray,
    share: FloatArray,
) -> None:
    row, far = nearest(lon[rows], lat[rows], roads)
    near = np.flatnonzero((row >= 0) & (far <= within_m))
    some, at = roads.segments.iloc[row[near]], rows[near]
    segment[at] = some["segment_id"].to_numpy()
    share[at] = share_at(some.geometry.to_numpy(), lon[at], lat[at])
