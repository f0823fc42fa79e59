"""Watched places as points on the map: table `watches` with a geometry, the road and the course
read."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap import geo
from alprmap.roads import Roads, edge_m, road_bounds

FloatArray = NDArray[np.float64]


def camera_places(watches: pd.DataFrame, roads: Roads | gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `watches` as points on the roads (GeoDataFrame), with name and ref of the road and the
    course read.

    Adds road_name, road_ref, highway and travel_deg (direction of travel, clockwise from north).
    `roads` are those that were read, or their table `segments`.
    """
    segments = roads.segments if isinstance(roads, Roads) else roads
    row = segments["segment_id"].searchsorted(watches["segment_id"].to_numpy())
    lon, lat, course = along(
        segments.geometry.to_numpy()[row],
        segments["length_m"].to_numpy()[row],
        watches["offset_m"].to_numpy(),
    )
    backward = (watches["travel"] == "backward").to_numpy()
    more = {"road_name": "name", "road_ref": "ref", "highway": "highway"}
    table = watches.assign(
        **{ours: segments[theirs].to_numpy()[row] for ours, theirs in more.items()},
        travel_deg=np.round(geo.wrap_deg(course + np.where(backward, 180.0, 0.0)), 1),
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")


NEAR_DEG = 0.01
"""About a kilometer: a camera farther than this from the box of the roads cannot read them."""


def cameras_near(cameras: pd.DataFrame, roads: Roads) -> pd.DataFrame:
    """Return the cameras within about a kilometer of the box of the roads; index kept."""
    west, south, east, north = road_bounds(roads)
    lon, lat = cameras["lon"], cameras["lat"]
    near: pd.DataFrame = cameras[
        lon.between(west - NEAR_DEG, east + NEAR_DEG)
        & lat.between(south - NEAR_DEG, north + NEAR_DEG)
    ]
    return near


def data_dates(cameras: pd.DataFrame, roads_date: object) -> str:
    """Return of which dates cameras and roads are, in words.

    >>> data_dates(pd.DataFrame({"camera_id": ["a"]}), None)
    'roads of unknown date; cameras last seen on unknown dates'
    >>> data_dates(pd.DataFrame({"last_seen": ["2026-01-02", "2025-11-30"]}), "2026-01-01")
    'roads of 2026-01-01; cameras last seen 2025-11-30 to 2026-01-02'
    """
    seen = cameras["last_seen"].dropna() if "last_seen" in cameras.columns else pd.Series([])
    roads = f"roads of {roads_date or 'unknown date'}"
    if not len(seen):
        return f"{roads}; cameras last seen on unknown dates"
    return f"{roads}; cameras last seen {seen.min()} to {seen.max()}"


def along(
    lines: NDArray[np.object_], length_m: FloatArray, offset_m: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (lon, lat, course in degrees) of the points `offset_m` along lines, by meters and not
    by degrees.

    Parameters
    ----------
    lines, length_m, offset_m
        LineStrings in degrees, their lengths, how far along each, shape (n,); offsets beyond an end
        stop there.
    """
    coords, owner = shapely.get_coordinates(lines, return_index=True)
    if not len(coords):
        return (np.zeros(0),) * 3
    step = np.r_[edge_m(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1]), 0.0]
    size = np.bincount(owner, minlength=len(lines))
    first = np.cumsum(size) - size
    step[first + size - 1] = 0.0
    run = np.cumsum(step) - step
    start = run[first]
    # rounding of coordinates is spread over the line, as the offsets were made
    share = np.clip(offset_m / np.maximum(length_m, 1e-9), 0.0, 1.0)
    wanted = start + share * (run[first + size - 1] - start)
    at = np.clip(np.searchsorted(run, wanted, side="right") - 1, first, first + size - 2)
    part = np.clip((wanted - run[at]) / np.maximum(step[at], 1e-9), 0.0, 1.0)
    a, b = coords[at], coords[at + 1]
    spot = a + part[:, None] * (b - a)
    return spot[:, 0], spot[:, 1], geo.azimuth_deg(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
