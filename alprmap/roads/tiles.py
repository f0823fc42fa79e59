"""A large area in tiles: each place is in one of them, roads are read with a margin (rule N9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alprmap import geo

FloatArray = NDArray[np.float64]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Tile:
    """West and south belong to the tile, east and north to its neighbor; degrees, the outermost
    reach to infinity."""

    west: float = -np.inf
    south: float = -np.inf
    east: float = np.inf
    north: float = np.inf

    def holds(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
        """Return which places are in the tile; a place is in exactly one tile of a tiling."""
        lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        return np.asarray(
            (lon >= self.west) & (lon < self.east) & (lat >= self.south) & (lat < self.north)
        )

    def split(self, axis: int, at: float) -> tuple[Tile, Tile]:
        """Return the two halves west and east (axis 0) or south and north (axis 1) of a line."""
        if axis == 0:
            return Tile(self.west, self.south, at, self.north), Tile(
                at, self.south, self.east, self.north
            )
        return Tile(self.west, self.south, self.east, at), Tile(
            self.west, at, self.east, self.north
        )


GLOBE: Box = (-180.0, -90.0, 180.0, 90.0)
LEAST_DEG = 360 / 2**22
"""Side of a box that is no longer halved at its middle (10 m): places in it are told apart by their
median."""


def tiles_of(
    lon: ArrayLike, lat: ArrayLike, most: int, weight: ArrayLike | None = None
) -> list[Tile]:
    """Return tiles that cover the globe and hold at most `most` of the places each.

    The globe is halved at the middle of its longer side, and so on: a place that comes or goes
    changes the tile it is in and no other, so that what was done of the others can be taken over.

    Parameters
    ----------
    lon, lat
        Degrees, finite. More than `most` on one spot stay together.
    weight
        How many each place counts for; one, when left out.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    many = np.ones(len(x), np.int64) if weight is None else np.asarray(weight, np.int64)
    return list(_quartered(Tile(), GLOBE, np.stack([x, y], axis=1), many, most))


def _quartered(
    tile: Tile, box: Box, points: FloatArray, weight: NDArray[np.int64], most: int
) -> Iterator[Tile]:
    """Halve a tile at the middles of ever smaller boxes; where all places are in one half of the
    box, the tile stays whole."""
    while weight.sum() > max(most, 1):
        west, south, east, north = box
        if east - west < LEAST_DEG:
            yield from _halved(tile, points, most)
            return
        axis = 0 if east - west >= north - south else 1
        at = (box[axis] + box[axis + 2]) / 2
        halves = (
            ((west, south, at, north), (at, south, east, north))
            if axis == 0
            else ((west, south, east, at), (west, at, east, north))
        )
        low = points[:, axis] < at
        if low.all() or not low.any():
            box = halves[0] if low.all() else halves[1]
            continue
        for half, part, some in zip(tile.split(axis, at), halves, (low, ~low), strict=True):
            yield from _quartered(half, part, points[some], weight[some], most)
        return
    yield tile


def _halved(tile: Tile, points: FloatArray, most: int) -> Iterator[Tile]:
    if len(points) <= max(most, 1):
        yield tile
        return
    spread = points.max(axis=0) - points.min(axis=0)
    axis = int(np.argmax(spread))
    if spread[axis] == 0:
        yield tile
        return
    values = np.unique(points[:, axis])
    at = float(values[max(1, int(np.searchsorted(values, np.median(points[:, axis]))))])
    low = points[:, axis] < at
    for half, some in zip(tile.split(axis, at), (points[low], points[~low]), strict=True):
        yield from _halved(half, some, most)


def box_around(lon: ArrayLike, lat: ArrayLike, margin_m: float) -> Box:
    """Return the box that holds every place within `margin_m` of one of the places (west, south,
    east, north); all longitudes where it would reach over the antimeridian or a pole."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    _, per_lat = geo.degree_m(np.array([0.0]))
    up = margin_m / float(per_lat[0])
    south, north = float(y.min()) - up, float(y.max()) + up
    per_lon = float(geo.degree_m(np.array([min(max(abs(south), abs(north)), 89.9)]))[0][0])
    side = margin_m / per_lon
    west, east = float(x.min()) - side, float(x.max()) + side
    if west < -180 or east > 180 or max(abs(south), abs(north)) >= 89.9:
        west, east = -180.0, 180.0
    return west, south, east, north
