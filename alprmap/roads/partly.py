"""A network looked at part by part: the same questions to one in memory and to a folder of tiles,
of which no more is read than is asked for (rule N8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alprmap import schema
from alprmap.roads.dataset import columns_in, tiles_in
from alprmap.roads.network import Roads, known_restrictions
from alprmap.roads.outline import Outline
from alprmap.roads.tiles import Box, box_around, tiles_of

POINTS_AT_ONCE = 500
"""Places whose roads are read together: a city."""
SPARE_M = 1_000.0
"""Beyond a margin: half the width of the widest carriageway and the flattening of a box."""


def road_bounds(roads: Roads) -> Box:
    """Return the box around a network (west, south, east, north), degrees."""
    known = roads.meta.get("bounds") if isinstance(roads, Outline) else None
    if known is None and isinstance(roads, Outline):
        boxes = np.array([part.total_bounds for part in tiles_in(roads.folder, None)])
        known = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
    west, south, east, north = roads.segments.total_bounds if known is None else known
    return float(west), float(south), float(east), float(north)


def road_parts(roads: Roads) -> Iterator[gpd.GeoDataFrame]:
    """Give all segments with shapes and names, some at a time; each is in one part."""
    if isinstance(roads, Outline):
        yield from tiles_in(roads.folder, None)
    else:
        yield roads.segments


def column_parts(roads: Roads, names: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Give some columns of all segments, those that the network has, some rows at a time."""
    if isinstance(roads, Outline):
        yield from columns_in(roads.folder, names)
    else:
        yield roads.segments[[n for n in names if n in roads.segments.columns]]


def roads_beside(
    roads: Roads, lon: ArrayLike, lat: ArrayLike, margin_m: float
) -> Iterator[tuple[NDArray[np.int64], gpd.GeoDataFrame]]:
    """Give (which of the places, all roads within a margin of them, by number) for some places at a
    time; of a network in memory all at once.

    Parameters
    ----------
    lon, lat
        Degrees; places without a position are in no group.
    margin_m
        Meters; a kilometer more is given.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    placed = np.isfinite(x) & np.isfinite(y)
    if not isinstance(roads, Outline):
        yield np.flatnonzero(placed), roads.segments
        return
    for tile in tiles_of(x[placed], y[placed], POINTS_AT_ONCE):
        rows = np.flatnonzero(placed & tile.holds(x, y))
        if len(rows):
            box = box_around(x[rows], y[rows], margin_m + SPARE_M)
            yield rows, _by_number(list(tiles_in(roads.folder, box)))


def network_beside(roads: Roads, lon: ArrayLike, lat: ArrayLike, margin_m: float) -> Roads:
    """Return the network of all roads within a margin of some places; one in memory as it is."""
    if not isinstance(roads, Outline):
        return roads
    parts = [part for _, part in roads_beside(roads, lon, lat, margin_m)]
    near = _by_number(parts).drop_duplicates("segment_id", ignore_index=True)
    return Roads(near, known_restrictions(roads.restrictions, near), roads.meta)


def _by_number(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    # ties fall by the row of a segment, so the rows must lie in the order of the whole
    whole = pd.concat(parts or [schema.empty("segments")], ignore_index=True)
    frame = whole.sort_values("segment_id", kind="stable", ignore_index=True)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")
