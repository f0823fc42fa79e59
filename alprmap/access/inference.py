"""How often the inference of A2 is right: by distance from the town, and by size of its police."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import scipy

from alprmap import geo
from alprmap.access.operators import town_police

KM = (0.0, 1.0, 2.0, 4.0, 8.0, 12.0)
"""Bands of distance; 4, 8 and 12 km are the settings of `operators.Settings`."""
SIZES = (1, 11, 51)
"""Least declared cameras of a small, a middle and a large agency."""


def inference_accuracy(
    cameras: pd.DataFrame, agencies: pd.DataFrame, run: pd.DataFrame
) -> pd.DataFrame:
    """Return how many cameras of tagged town police the inference would give to the right one.

    Parameters
    ----------
    cameras, agencies, run
        As `camera_operators` takes and gives them.

    Returns
    -------
    DataFrame
        `by` (all, distance, size), `group` in words, `tested` (tagged cameras of town police of the
        record with a town within 12 km), `right`, `share_right` (0–1, missing where none was
        tested). Rows of one `by` add up to `tested` of all. Size is that of the agency the camera
        would be given to.
    """
    town = town_police(agencies).reset_index(drop=True)
    tagged = run.index[
        (run["class"] == "known")
        & run["agency_id"].isin(town["agency_id"])
        & cameras["lon"].notna()
    ]
    given = pd.DataFrame({"km": [], "declared": [], "right": []}, dtype="float64")
    if len(town) and len(tagged):
        tree = scipy.spatial.cKDTree(geo.ecef(town["lon"], town["lat"]))
        meters, at = tree.query(geo.ecef(cameras.loc[tagged, "lon"], cameras.loc[tagged, "lat"]))
        same = town["agency_id"].to_numpy()[at] == run.loc[tagged, "agency_id"].to_numpy()
        given = pd.DataFrame(
            {
                "km": meters / 1000,
                "declared": town["declared_cameras"].to_numpy(float)[at],
                "right": same.astype(float),
            }
        )
        given = given[given["km"] <= KM[-1]]
    rows = [_row("all", "up to 12 km", given)]
    for low, high in pairwise(KM):
        first = given["km"] >= 0 if low == 0 else given["km"] > low
        band = given[first & (given["km"] <= high)]
        rows.append(_row("distance", f"{_miles(low)} to {_miles(high)} miles from its town", band))
    sizes = [*SIZES, np.inf]
    for least, above in pairwise(sizes):
        part = given[(given["declared"] >= least) & (given["declared"] < above)]
        text = f"{least:g} or more" if above == np.inf else f"{least:g} to {above - 1:g}"
        rows.append(_row("size", f"{text} cameras declared", part))
    rows.append(_row("size", "no declared count", given[given["declared"].isna()]))
    return pd.DataFrame(rows)


def _miles(km: float) -> str:
    return f"{km / geo.MILE_KM:.1f}"


def _row(by: str, group: str, part: pd.DataFrame) -> dict[str, object]:
    n, right = len(part), int(part["right"].sum())
    share = right / n if n else np.nan
    return {"by": by, "group": group, "tested": n, "right": right, "share_right": share}
