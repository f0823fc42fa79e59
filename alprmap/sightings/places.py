"""Whether a point can be where a camera stands: in the country, on land, beside a road (V2, V3)."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike

from alprmap import geo
from alprmap.geo import FloatArray
from alprmap.geography import assign_places
from alprmap.roads import away_m
from alprmap.shipped import data_path
from alprmap.store import read_shapes


@cache
def neighbors() -> gpd.GeoDataFrame:
    """Return the coarse land of Canada and Mexico: name, geometry (EPSG:4326)."""
    return read_shapes(data_path("land.parquet"))


def outside(lon: ArrayLike, lat: ArrayLike, *, border_m: float) -> dict[int, tuple[str, str]]:
    """Return the points that stand in no county: row → (severity, sentence) (V2).

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).
    border_m
        How far off the county lines are; a point within it is inside.

    Returns
    -------
    dict
        `problem` for points abroad, at 0, 0 or at sea; `question` for points in the water near a
        shore, where a bridge or a pier can be.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    if not len(x):
        return {}
    found = assign_places(x, y)
    away = found["place_distance_m"].to_numpy(dtype=float)
    out: dict[int, tuple[str, str]] = {}
    suspects = np.flatnonzero(~(away <= border_m))
    if not len(suspects):
        return out
    abroad = neighbors()
    for row in suspects.tolist():
        point = shapely.Point(x[row], y[row])
        country = next(
            (n for n, g in zip(abroad["name"], abroad.geometry, strict=True) if g.covers(point)),
            None,
        )
        if country is not None:
            out[row] = ("problem", f"the point stands in {country}, not in the United States")
        elif np.isnan(away[row]):
            hint = _swapped(x[row], y[row])
            out[row] = ("problem", f"the point stands outside the United States{hint}")
        else:
            out[row] = ("question", f"the point stands in the water, {away[row]:,.0f} m from land")
    return out


def _swapped(lon: float, lat: float) -> str:
    """Say that longitude and latitude are swapped, or the sign is lost, where that explains it."""
    if lon == 0 and lat == 0:
        return " (0, 0 is a placeholder)"
    for x, y, what in (
        (lat, lon, "swapped"),
        (-lon, lat, "missing a minus sign before the longitude"),
    ):
        if abs(y) <= 90 and abs(x) <= 180 and assign_places([x], [y])["state"].notna().item():
            return f" (longitude and latitude look {what})" if what == "swapped" else f" ({what}?)"
    return ""


def road_distance_m(
    lon: ArrayLike, lat: ArrayLike, roads: gpd.GeoDataFrame, *, within_m: float
) -> FloatArray:
    """Return how far each point is from the nearest road, meters; NaN when none is within
    `within_m` (V3).

    Distances are taken in the tangent plane of the point, which is right to a centimeter at 80 m.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    best = np.full(len(x), np.nan)
    if not len(x) or not len(roads):
        return best
    lines = roads.geometry.to_numpy()
    per_lon, per_lat = geo.degree_m(y)
    dx, dy = within_m / per_lon, within_m / per_lat
    boxes = shapely.box(x - dx, y - dy, x + dx, y + dy)
    point, line = shapely.STRtree(lines).query(boxes, predicate="intersects")
    np.fmin.at(best, point, away_m(lines[line], x[point], y[point]))
    best[best > within_m] = np.nan
    return best
