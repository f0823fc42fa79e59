"""The part of a network that one tile works on: its own roads, and those of a margin (rule N9)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap import geo
from alprmap.roads.dataset import TURNS, about_tiles, tiles_in
from alprmap.roads.network import Roads, known_restrictions, restrictions_frame
from alprmap.roads.tiles import Box, Tile, box_around, tiles_of
from alprmap.sandbox import arrow_frame, read_parquet

FloatArray = NDArray[np.float64]
SPARE_M = 1_000.0
"""Beyond every margin: the flattening of a box, and lengths measured a little short."""
LONG_M = 2_000.0
"""How far roads of a tile are taken to reach out of it; where one reaches farther, the roads around
are read once more."""
CELL_DEG = 360 / 2**17
"""Side of the cells that places are counted in before tiles are laid out (300 m)."""
WORLD: Box = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True)
class Part:
    """Roads of a tile and around it, `core` says which are its own: those whose first node is in
    it."""

    roads: Roads
    core: NDArray[np.bool_]


def starts(segments: gpd.GeoDataFrame) -> tuple[FloatArray, FloatArray]:
    """Return lon, lat of the first node of each segment."""
    point = shapely.get_point(segments.geometry.to_numpy(), 0)
    return shapely.get_x(point), shapely.get_y(point)


def part_around(source: Path | Roads, tile: Tile, margin_m: float) -> Part | None:
    """Return the roads of a tile with all roads within a margin of them; None where it has none.

    Parameters
    ----------
    source
        A folder of tiles, of which only what is needed is read, or a network.
    tile
        Segments that begin in it are its own.
    margin_m
        Meters around every road of the tile's own; what lies within them is whole.

    Raises
    ------
    InputError
        When a file is missing or damaged.
    """
    bounds = _bounds(source)
    west, south = max(tile.west, bounds[0]), max(tile.south, bounds[1])
    east, north = min(tile.east, bounds[2]), min(tile.north, bounds[3])
    if west > east or south > north:
        return None
    corners = [west, east], [south, north]
    box = box_around(*corners, margin_m + SPARE_M + LONG_M)
    segments = _within(source, box)
    core = tile.holds(*starts(segments)) if len(segments) else np.zeros(0, dtype=bool)
    if not core.any():
        return None
    x0, y0, x1, y1 = segments[core].total_bounds
    need = box_around([x0, x1], [y0, y1], margin_m + SPARE_M)
    if not (box[0] <= need[0] and box[1] <= need[1] and box[2] >= need[2] and box[3] >= need[3]):
        segments = _within(source, need)
        core = tile.holds(*starts(segments))
    else:
        # no more than is needed, so that a part rests on the roads near its own alone
        near = geo.boxes_touch(need, *shapely.bounds(segments.geometry.to_numpy()).T)
        segments, core = segments[near].reset_index(drop=True), core[near]
    turns = known_restrictions(_turns(source), segments)
    return Part(Roads(segments, turns, {}), core)


def road_tiles(source: Path | Roads, most: int) -> list[Tile]:
    """Return tiles that cover the globe, each with about `most` segments at most."""
    if isinstance(source, Roads):
        return tiles_of(*starts(source.segments), most)
    counted = pd.concat(
        [_in_cells(boxes[:, :2]) for _, boxes in _boxes(source)] or [_in_cells(np.zeros((0, 2)))]
    )
    cells = counted.groupby(level=["x", "y"], sort=True).sum()
    x, y = (cells.index.get_level_values(axis).to_numpy(np.float64) for axis in ("x", "y"))
    return tiles_of(-180 + (x + 0.5) * CELL_DEG, -90 + (y + 0.5) * CELL_DEG, most, cells)


def _in_cells(place: FloatArray) -> pd.Series:
    """Return how many places (lon, lat) are in each cell: a nation has fewer cells than roads."""
    cell = np.floor((place + np.array([180.0, 90.0])) / CELL_DEG).astype(np.int32)
    return pd.DataFrame(cell, columns=["x", "y"]).value_counts()


def boxes_of(source: Path | Roads, segment_id: NDArray[np.int64]) -> FloatArray:
    """Return the box (west, south, east, north) of each segment named, NaN for those that are not
    there, shape (n, 4)."""
    wanted, at = np.unique(np.asarray(segment_id, dtype=np.int64), return_inverse=True)
    out = np.full((len(wanted), 4), np.nan)
    for ids, boxes in _boxes(source):
        some = np.isin(ids, wanted)
        out[np.searchsorted(wanted, ids[some])] = boxes[some]
    return np.asarray(out[at], dtype=np.float64)


def _boxes(source: Path | Roads) -> Any:
    """Give (segment_id, box) of all segments, file by file."""
    if isinstance(source, Roads):
        lines = source.segments.geometry.to_numpy()
        yield source.segments["segment_id"].to_numpy(np.int64), shapely.bounds(lines)
        return
    for path in about_tiles(source)[1]:
        table = read_parquet(path, columns=["segment_id", "bbox"])
        sides = table["bbox"].combine_chunks().flatten()
        boxes = np.stack([np.asarray(side, dtype=np.float64) for side in sides], axis=1)
        yield np.asarray(table["segment_id"], dtype=np.int64), boxes


def _bounds(source: Path | Roads) -> Box:
    if isinstance(source, Roads):
        west, south, east, north = source.segments.total_bounds
    else:
        west, south, east, north = about_tiles(source)[0].get("bounds") or WORLD
    return float(west), float(south), float(east), float(north)


def _within(source: Path | Roads, box: Box) -> gpd.GeoDataFrame:
    """Return the segments that reach into a box, in the order of the whole."""
    if isinstance(source, Roads):
        boxes = shapely.bounds(source.segments.geometry.to_numpy())
        return source.segments[geo.boxes_touch(box, *boxes.T)].reset_index(drop=True)
    parts = list(tiles_in(source, box))
    if not parts:
        return gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs="EPSG:4326")
    return pd.concat(parts, ignore_index=True).sort_values("segment_id", ignore_index=True)


def _turns(source: Path | Roads) -> pd.DataFrame:
    if isinstance(source, Roads):
        return source.restrictions
    return restrictions_frame(arrow_frame(read_parquet(source / TURNS), source / TURNS))
