"""Which country a place is in: the United States with its 12-mile sea, or a neighbor (R2)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from alprmap.geography.borders import assign_places, load_border, stored

DOUBT_M = 370.0
"""A place so near a county is taken to be in it: what the land boundary may be off, 95 % (R2)."""


@lru_cache(maxsize=1)
def _inside() -> NDArray[np.object_]:
    """Return the polygons that the external boundary encloses, 12 miles of sea included."""
    lines = shapely.union_all(load_border("external").geometry.to_numpy())
    shapes: NDArray[np.object_] = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    shapely.prepare(shapes)
    return shapes


def in_united_states(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Return which places are in a state or territory, or in the 12-mile sea off it (R2).

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,); a missing position is in no country.

    Returns
    -------
    bool array, shape (n,)
        True inside the external boundary of 8 CFR 287.1(a)(1), in a county, or within `DOUBT_M` of
        one, so that the error of the line puts no camera of a border town abroad.

    >>> in_united_states([-106.485, -79.38, -64.62], [31.761, 43.65, 18.43]).tolist()
    [True, False, False]
    """
    x, y = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    known = np.isfinite(x) & np.isfinite(y)
    inside = np.zeros(len(x), dtype=bool)
    for shape in _inside():
        inside[known] |= shapely.contains_xy(shape, x[known], y[known])
    rest = np.flatnonzero(known & ~inside)
    if len(rest):
        away = assign_places(x[rest], y[rest], offshore_km=DOUBT_M / 1000)["place_distance_m"]
        inside[rest] = away.notna().to_numpy()
    return inside


UNITED_STATES = "United States"


@lru_cache(maxsize=1)
def _neighbors() -> tuple[tuple[str, shapely.Geometry], ...]:
    """Return Canada and Mexico as they are drawn: name, coarse land."""
    land = stored("land.parquet")
    return tuple(zip(land["name"].astype(str), land.geometry, strict=True))


def country_of(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.object_]:
    """Return the country of each place: United States (`in_united_states`), Canada, Mexico.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).

    Returns
    -------
    object array, shape (n,)
        Empty text for another country and the high sea; None where there is no position.

    >>> country_of([-106.485, -79.38, -64.62], [31.761, 43.65, 18.43]).tolist()
    ['United States', 'Canada', '']
    """
    x, y = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    known = np.isfinite(x) & np.isfinite(y)
    home = in_united_states(x, y)
    out = np.full(len(x), None, dtype=object)
    out[known] = ""
    out[home] = UNITED_STATES
    rest = np.flatnonzero(known & ~home)
    if len(rest):
        for name, land in _neighbors():
            out[rest[shapely.contains_xy(land, x[rest], y[rest])]] = name
    return out
