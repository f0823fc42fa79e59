"""Areas that a user names, one row per polygon: readers, people, distances, ranks (`--areas`)."""

from __future__ import annotations

import os
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from alprmap.errors import InputError
from alprmap.geo import UNIT_M
from alprmap.geography import measure_districts
from alprmap.reach.intervals import clustered
from alprmap.reach.settings import DEFAULT_SETTINGS, Settings
from alprmap.text import number_of


def by_area(
    reach: pd.DataFrame,
    areas: str | os.PathLike[str] | gpd.GeoDataFrame,
    *,
    borders: Sequence[str],
    clusters: pd.Series,
    people: pd.DataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    settings: Settings = DEFAULT_SETTINGS,
) -> gpd.GeoDataFrame:
    """Count the cameras of each polygon, with the people beside them and its rank.

    Parameters
    ----------
    reach
        Table `reach`; cameras in no polygon are in no row, those in two overlapping ones in both.
    areas
        A GeoJSON of polygons, an area by name, or a GeoDataFrame (see `open_areas`).
    borders
        Distances to these are told by their median and by the count within the zone.
    clusters
        What is resampled for the interval of the rank.
    people
        `lon`, `lat`, `people`.
    roads
        Table `segments`.

    Returns
    -------
    GeoDataFrame
        In the order of the file, the columns of `alprmap.geography.measure_districts`, and per
        border `median_<border>` and `within_<zone>_<border>` in the unit of the settings; for the
        interval of the rank clusters are resampled.

    Raises
    ------
    InputError
        When no camera stands in any polygon.
    """
    kin = clustered(clusters.to_numpy(dtype=object), settings)
    made = measure_districts(
        areas,
        reach,
        people=people,
        roads=roads,
        drawn=None if kin.weights is None else (kin.codes, kin.weights),
        confidence=settings.confidence,
    )
    out, owner, row = made.table, made.owner, made.row
    if not len(row):
        raise InputError(
            f"none of {len(reach):,} cameras stands in any of {number_of(len(out), 'area')}",
            fix="check --areas: polygons in degrees (EPSG:4326) of the same region",
        )
    unit, count = UNIT_M[settings.unit], len(out)
    before = list(out.columns).index("rank")
    for name in borders:
        far = pd.Series(reach[f"to_{name}_m"].to_numpy()[row] / unit)
        middle = far.groupby(owner).median().reindex(range(count)).to_numpy()
        near = np.bincount(owner, (far <= settings.zone).to_numpy(), minlength=count)
        out.insert(before, f"median_{name}", middle)
        out.insert(before + 1, f"within_{settings.zone:g}_{name}", near.astype(np.int64))
        before += 2
    return out
