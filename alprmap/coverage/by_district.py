"""Where a driver is followed, polygon by polygon: readers, people, road, trips (R7)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from alprmap.errors import InputError
from alprmap.geography import measure_districts, points_in, road_km_in
from alprmap.reach import Settings as ReachSettings
from alprmap.reach import drawn_clusters
from alprmap.roads import Roads, road_parts
from alprmap.text import number_of


def coverage_by_district(
    made: Mapping[str, Any],
    cameras: pd.DataFrame,
    roads: Roads,
    areas: str | os.PathLike[str] | gpd.GeoDataFrame,
    *,
    people: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Sum coverage up in each polygon (R7).

    Parameters
    ----------
    made
        Tables of `alprmap.coverage.measure` by name: `watches`, and with people `c6_origins`.
    cameras
        Cameras on these roads.
    roads, areas, people
        The network, polygons, `lon`, `lat`, `people`.

    Returns
    -------
    GeoDataFrame
        The columns of `measure_districts` with road, and `reading` (readers there that read a
        road), `read_km` (kilometers of segments with a reader), and with trips
        `trips_read_share` (share of trips that begin in the polygon and pass a reader, C6).

    Raises
    ------
    InputError
        When neither a camera nor a road lies in any polygon.
    """
    kin = drawn_clusters(cameras, settings=ReachSettings())
    found = measure_districts(
        areas, cameras, people=people, roads=road_parts(roads), drawn=kin, confidence=0.9
    )
    out = found.table
    if not len(found.row) and not out["road_km"].sum() > 0:
        raise InputError(
            f"no camera and no road lies in any of {number_of(len(out), 'area')}",
            fix="check --areas: polygons in degrees (EPSG:4326) of the same region",
        )
    watches: pd.DataFrame = made["watches"]
    before = list(out.columns).index("rank")
    reads = cameras["camera_id"].isin(watches["camera_id"])
    read = roads.full(watches["segment_id"].unique()).segments
    read = read[read["segment_id"].isin(watches["segment_id"])]
    columns: dict[str, Any] = {"reading": found.count(reads)}
    columns["read_km"] = road_km_in(out.geometry.to_numpy(), read)[0]
    origins = made.get("c6_origins")
    if origins is not None and len(origins):
        owner, row = points_in(out.geometry.to_numpy(), origins)
        weight = origins["weight"].to_numpy(np.float64)[row]
        share = origins["share_read_1"].to_numpy(np.float64)[row]
        top, bottom = (np.bincount(owner, w, len(out)) for w in (weight * share, weight))
        columns["trips_read_share"] = np.divide(
            top, bottom, out=np.full(len(out), np.nan), where=bottom > 0
        )
    for i, (name, values) in enumerate(columns.items()):
        out.insert(before + i, name, values)
    return out
