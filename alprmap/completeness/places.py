"""Place by place: the share of readers that is mapped, or why it cannot be told (K6)."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from alprmap import geo
from alprmap.completeness.mapped import pooled
from alprmap.completeness.settings import Settings
from alprmap.geography import measure_districts, nearest_place, points_in
from alprmap.text import percent

NOT_TOLD = "cannot be estimated: no agency here publishes a count, and no two lists cover it"
SHARE = ("mapped_share", "mapped_share_low", "mapped_share_high", "mapped_share_basis")
"""K6: the columns that stand beside every figure of density."""


def settings_of(cameras: pd.DataFrame, *, settings: Settings) -> pd.Series:
    """Return `urban`, `rural` or `unknown` of each camera: by the nearest town of 5,000 (K3)."""
    near = nearest_place(
        cameras["lon"].to_numpy(), cameras["lat"].to_numpy(), fewest_people=settings.urban_people
    )
    far = near["place_m"].to_numpy(np.float64)
    words = np.where(far <= settings.urban_miles * geo.STATUTE_MILE_M, "urban", "rural")
    return pd.Series(np.where(np.isfinite(far), words, "unknown"), index=cameras.index)


def shares_by_place(
    areas: gpd.GeoDataFrame,
    cameras: pd.DataFrame,
    declared: pd.DataFrame | None,
    draws: Any,
    counted: pd.DataFrame | None,
    *,
    people: pd.DataFrame | None = None,
    settings: Settings,
) -> gpd.GeoDataFrame:
    """Return one row per polygon: readers mapped, what is declared, and the mapped share (K6).

    Parameters
    ----------
    areas
        `area`, `geometry` (`alprmap.geography.open_areas`).
    cameras
        Counted cameras.
    declared, draws
        As `mapped.against_declared` gives them; None without declared counts.
    counted
        Recapture by polygon (`kind` = area, `stratum` = its name), used where nobody declares.
    people
        `lon`, `lat`, `people`.

    Returns
    -------
    GeoDataFrame
        The columns of `measure_districts`, `agencies`, `declared`, `mapped`, those of `SHARE`,
        `geometry`.
    """
    out = measure_districts(areas, cameras, people=people).table
    out = out.drop(columns=["rank_low", "rank_high"])
    for name in ("agencies", "declared", "mapped", *SHARE[:3]):
        out[name] = 0.0 if name in ("agencies", "declared", "mapped") else np.nan
    out[SHARE[3]] = NOT_TOLD
    if declared is not None and len(declared):
        owner, town = points_in(out.geometry.to_numpy(), declared)
        for i in np.unique(owner):
            rows = town[owner == i]
            one = pooled(
                declared.iloc[rows].reset_index(drop=True),
                draws[:, rows],
                np.full(len(rows), "x"),
                settings=settings,
            ).iloc[0]
            out.loc[i, ["agencies", "declared", "mapped"]] = (
                one["agencies"],
                one["declared"],
                one["mapped"],
            )
            part = float(one["mapped"]) / max(int(out.loc[i, "n"]), 1)
            if one["declared"] > 0 and part < settings.least_part:
                out.loc[i, SHARE[3]] = (
                    "cannot be estimated: those who publish a count run"
                    f" {percent(part)} of the readers mapped here"
                )
            elif one["declared"] > 0:
                out.loc[i, list(SHARE[:3])] = [one[c] for c in SHARE[:3]]
                out.loc[i, SHARE[3]] = (
                    f"declared counts of {int(one['agencies'])} town police; other readers there"
                    " are not in it"
                )
    if counted is not None:
        for row in counted[counted["why"].isna()].to_dict("records"):
            unsaid = out.index[(out["area"] == row["stratum"]) & out[SHARE[0]].isna()]
            out.loc[unsaid, list(SHARE[:3])] = [row[c] for c in SHARE[:3]]
            out.loc[unsaid, SHARE[3]] = str(row["method"])
    out["agencies"] = out["agencies"].astype("int64")
    columns = [c for c in out.columns if c != "geometry"]
    return gpd.GeoDataFrame(out[[*columns, "geometry"]], geometry="geometry", crs="EPSG:4326")
