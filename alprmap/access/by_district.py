"""Who can look, polygon by polygon: the classes of A2 and the hops of A3, never added up (R7)."""

from __future__ import annotations

import os

import geopandas as gpd
import pandas as pd

from alprmap.errors import InputError
from alprmap.geography import measure_districts
from alprmap.text import number_of


def access_by_district(
    cameras: pd.DataFrame,
    run: pd.DataFrame,
    areas: str | os.PathLike[str] | gpd.GeoDataFrame,
    *,
    people: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Count the cameras of each polygon by class, and those a body can look through (A2, A3, R7).

    Parameters
    ----------
    cameras
        Table `cameras`.
    run
        One row per camera: `camera_id`, `class`, `agency_id`, and `hops` where a body was asked
        for (`Accessed.cameras`).
    areas
        Whatever `alprmap.geography.open_areas` takes.
    people
        `lon`, `lat`, `people`.

    Returns
    -------
    GeoDataFrame
        The columns of `measure_districts`, and `known`, `inferred`, `none`, `agencies` (that run
        them), and with a body `own`, `one_hop_known`, `one_hop_inferred`, `two_hops_known`,
        `two_hops_inferred`.

    Raises
    ------
    InputError
        When no camera stands in any polygon.
    """
    made = measure_districts(areas, cameras, people=people)
    if not len(made.row):
        raise InputError(
            f"none of {number_of(len(cameras), 'camera')} stands in any of"
            f" {number_of(len(made.table), 'area')}",
            fix="check --areas: polygons in degrees (EPSG:4326) of the same region",
        )
    mine = run.set_index("camera_id").reindex(cameras["camera_id"])
    out = made.table
    before = list(out.columns).index("rank")
    found: dict[str, object] = {
        c: made.count(mine["class"] == c) for c in ("known", "inferred", "none")
    }
    agency = mine["agency_id"].to_numpy(dtype=object)[made.row]
    pairs = pd.DataFrame({"area": made.owner, "agency": agency}).dropna()
    each = pairs.groupby("area")["agency"].nunique()
    found["agencies"] = each.reindex(range(len(out)), fill_value=0).to_numpy()
    if "hops" in mine.columns:
        found["own"] = made.count(mine["hops"] == 0)
        for hops, word in ((1, "one_hop"), (2, "two_hops")):
            for sort in ("known", "inferred"):
                mask = (mine["hops"] == hops) & (mine["class"] == sort)
                found[f"{word}_{sort}"] = made.count(mask)
    for i, (name, values) in enumerate(found.items()):
        out.insert(before + i, name, values)
    return out
