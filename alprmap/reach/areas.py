"""Areas that a user names, one row per polygon: readers, people, distances, ranks (`--areas`)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap.errors import InputError
from alprmap.geography import open_areas
from alprmap.reach.intervals import clustered
from alprmap.reach.settings import DEFAULT_SETTINGS, UNIT_M, Settings


def by_area(
    reach: pd.DataFrame,
    areas: str | os.PathLike[str] | gpd.GeoDataFrame,
    *,
    borders: Sequence[str],
    clusters: pd.Series,
    people: pd.DataFrame | None = None,
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

    Returns
    -------
    GeoDataFrame
        In the order of the file: `area`, `area_km2`, `n`, with people `people`, `per_1000` (readers
        per 1,000 people); per border `median_<border>` and `within_<zone>_<border>` in the unit of
        the settings; `rank` (1 has most: per 1,000 people where people are given, otherwise
        readers), `rank_low`, `rank_high` (clusters resampled), `geometry`.

    Raises
    ------
    InputError
        When no camera stands in any polygon.
    """
    table = open_areas(areas)
    owner, row = _inside(table, reach)
    if not len(row):
        raise InputError(
            f"none of {len(reach):,} cameras stands in any of {len(table):,} areas",
            fix="check --areas: polygons in degrees (EPSG:4326) of the same region",
        )
    unit, count = UNIT_M[settings.unit], len(table)
    out = table[["area", "geometry"]].copy()
    out["area_km2"] = table["area_km2"]
    out["n"] = np.bincount(owner, minlength=count)
    weight: Any = np.ones(count)
    if people is not None:
        home, point = _inside(table, people)
        heads = people["people"].to_numpy(np.float64)[point]
        out["people"] = np.bincount(home, heads, minlength=count)
        weight = out["people"].to_numpy() / 1000
        out["per_1000"] = _ratio(out["n"].to_numpy(np.float64), weight)
    for name in borders:
        far = pd.Series(reach[f"to_{name}_m"].to_numpy()[row] / unit)
        out[f"median_{name}"] = far.groupby(owner).median().reindex(range(count)).to_numpy()
        near = np.bincount(owner, (far <= settings.zone).to_numpy(), minlength=count)
        out[f"within_{settings.zone:g}_{name}"] = near.astype(np.int64)
    ranks = _ranked(owner, row, clusters.to_numpy(dtype=object), weight, settings)
    out["rank"], out["rank_low"], out["rank_high"] = ranks
    columns = [c for c in out.columns if c != "geometry"]
    return gpd.GeoDataFrame(out[[*columns, "geometry"]], geometry="geometry", crs="EPSG:4326")


def _inside(areas: gpd.GeoDataFrame, points: pd.DataFrame) -> tuple[Any, Any]:
    """Return (number of the area, number of the point) of each point in each area."""
    tree = shapely.STRtree(
        shapely.points(points["lon"].to_numpy(np.float64), points["lat"].to_numpy(np.float64))
    )
    owner, row = tree.query(areas.geometry.to_numpy(), predicate="intersects")
    order = np.lexsort((row, owner))
    return owner[order], row[order]


def _ratio(n: Any, weight: Any) -> Any:
    return np.divide(n, weight, out=np.full(np.shape(n), np.nan), where=weight > 0)


def _ranked(owner: Any, row: Any, names: Any, weight: Any, settings: Settings) -> list[Any]:
    """Return rank, its low and its high of each area, as nullable integers."""
    kin = clustered(names, settings)
    count, groups = len(weight), len(kin.sizes)
    # a camera counts for its cluster in its area
    cell = np.bincount(kin.codes[row] * count + owner, minlength=groups * count)
    per_cluster = cell.reshape(groups, count).astype(np.float64)
    rank = _ranks(_ratio(per_cluster.sum(axis=0)[None, :], np.broadcast_to(weight, (1, count))))[0]
    made = [pd.array(rank, dtype="Float64")]
    if kin.weights is None:
        made += [pd.array([None] * count, dtype="Float64")] * 2
    else:
        drawn = kin.weights @ per_cluster
        all_ranks = _ranks(_ratio(drawn, np.broadcast_to(weight, drawn.shape)))
        tail = (1 - settings.confidence) / 2
        made += [
            pd.array(np.quantile(all_ranks, q, axis=0, method="nearest"), dtype="Float64")
            for q in (tail, 1 - tail)
        ]
    return [m.astype("Int64") for m in made]


def _ranks(values: Any) -> Any:
    """Return ranks along the rows, 1 for the most; equal values share the better rank, and an area
    without people has none."""
    frame = pd.DataFrame(values)
    return frame.rank(axis=1, method="min", ascending=False).to_numpy()
