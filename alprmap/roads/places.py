"""Watched places as points on the map: table `watches` with a geometry, the road and the course read."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import geo
from alprmap.roads.network import Roads


def places(watches: pd.DataFrame, roads: Roads) -> gpd.GeoDataFrame:
    """Return `watches` as points on the roads (GeoDataFrame), with name and ref of the road and the course read.

    Adds road_name, road_ref, highway and travel_deg (direction of travel, clockwise from north).
    """
    segments = roads.segments
    row = segments["segment_id"].searchsorted(watches["segment_id"].to_numpy())
    lines, length = segments.geometry.to_numpy()[row], segments["length_m"].to_numpy()[row]
    share = watches["offset_m"].to_numpy() / np.maximum(length, 1e-9)
    spot = shapely.line_interpolate_point(lines, share, normalized=True)
    step = np.minimum(0.5, 2.0 / np.maximum(length, 1e-9))
    before, after = (
        shapely.line_interpolate_point(lines, np.clip(share + s, 0, 1), normalized=True) for s in (-step, step)
    )
    course = geo.azimuth_deg(
        shapely.get_x(before), shapely.get_y(before), shapely.get_x(after), shapely.get_y(after)
    )
    backward = (watches["travel"] == "backward").to_numpy()
    more = {"road_name": "name", "road_ref": "ref", "highway": "highway"}
    table = watches.assign(
        **{ours: segments[theirs].to_numpy()[row] for ours, theirs in more.items()},
        travel_deg=np.round(geo.wrap_deg(course + np.where(backward, 180.0, 0.0)), 1),
    )
    return gpd.GeoDataFrame(table, geometry=spot, crs="EPSG:4326")
