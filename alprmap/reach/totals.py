"""What distances add up to: counts, quantiles, intervals, people beside them (rules R5, R6).

R5: a figure comes with n, definition, bounds and the ids behind it. R6: the same figure for people
stands beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alprmap import schema
from alprmap.errors import InputError, UsageError
from alprmap.geo import UNIT_M
from alprmap.reach.distances import border_distances
from alprmap.reach.grouped import Grouped, describe
from alprmap.reach.intervals import clusters as clusters_of
from alprmap.reach.settings import DEFAULT_SETTINGS, GROUPS, Settings


def groups(reach: pd.DataFrame, cameras: pd.DataFrame | None, by: str) -> pd.Series:
    """Return the group of each row of `reach`, "unknown" where the value is missing.

    Parameters
    ----------
    reach
        Table `reach`.
    cameras
        Table `cameras`, for groups that are not places.
    by
        One of `GROUPS`. `source` counts a camera once under each combination of sources; `year` is
        that of `first_seen`, which few cameras have: the date of the last edit is not the date of
        installation.

    Raises
    ------
    UsageError
        When `by` is not known, or needs cameras that were not given.
    """
    if by not in GROUPS:
        raise UsageError(f"cannot tell apart by {by}", fix=f"use one of {', '.join(GROUPS)}")
    if by == "state":
        values = reach["state"]
    elif by == "county":
        values = (reach["county"] + ", " + reach["state"]).where(reach["county"].notna())
    else:
        column = {"source": "sources", "year": "first_seen"}.get(by, by)
        if cameras is None or column not in cameras.columns:
            raise UsageError(
                f"the cameras have no column {column} to tell apart by {by}",
                fix="pass the cameras too, or choose another --by",
            )
        values = reach["camera_id"].map(cameras.set_index("camera_id")[column])
        if by == "year":
            values = values.str[:4]
    return values.astype("str").fillna("unknown").rename(by)


def statistics(
    reach: pd.DataFrame,
    *,
    borders: Sequence[str] | None = None,
    by: pd.Series | None = None,
    error_m: pd.Series | None = None,
    clusters: pd.Series | None = None,
    settings: Settings = DEFAULT_SETTINGS,
) -> pd.DataFrame:
    """Count cameras within distances of each border, with quantiles and bounds (R5).

    Parameters
    ----------
    reach
        Frame with `camera_id` and `to_<border>_m`.
    borders
        Which of them; all present when None.
    by
        Group of each row (see `groups`); None for all together.
    error_m
        One standard deviation of each camera's position, meters; none is taken as 0.
    clusters
        What is resampled (see `alprmap.reach.intervals.clusters`); None for counties.
    settings
        Radii, quantiles, unit.

    Returns
    -------
    DataFrame
        One row per group and border: `group`, `border`, `unit`, `n`, `n_unknown` (no position: not
        counted in n), `n_clusters`, `median` with its interval and the kind of it
        (`median_bounds`), `q05` …, `farthest`, `farthest_camera_id`, and for each radius R
        `within_R`, `share_R`, `share_R_low`, `share_R_high` (clusters resampled), `within_R_low`,
        `within_R_high` (all distances longer, or shorter, by the error of border and position
        together), and for the zone `beyond`, `share_beyond` and `share_bounds`, the kind of
        interval.
    """
    names = [
        n
        for n in schema.BORDERS
        if f"to_{n}_m" in reach.columns and (borders is None or n in borders)
    ]
    if borders is not None and (lacking := [b for b in borders if b not in names]):
        raise InputError(f"the table has no distances to {lacking[0]}", fix="measure them first")
    label = (
        pd.Series("all", index=reach.index)
        if by is None
        else by.reindex(reach.index).fillna("unknown")
    )
    error = (
        np.zeros(len(reach))
        if error_m is None
        else error_m.reindex(reach.index).fillna(0).to_numpy(np.float64)
    )
    grouped = (clusters_of(reach, settings=settings) if clusters is None else clusters).reindex(
        reach.index
    )
    owner, _ = pd.factorize(grouped.fillna(reach["camera_id"]).astype("str"), sort=True)
    group, known_groups = pd.factorize(label.astype("str"), sort=True)
    tellers = [str(g) for g in known_groups] or ["all"]
    ids = reach["camera_id"].to_numpy(dtype=object)
    made: dict[bytes, Grouped] = {}
    parts = []
    for number, name in enumerate(names):
        meters = reach[f"to_{name}_m"].to_numpy(np.float64)
        known = np.isfinite(meters)
        # most borders know the same cameras: their clusters are drawn once
        key = known.tobytes()
        if key not in made:
            made[key] = Grouped.of(known, group, owner, len(tellers), settings)
        some = made[key]
        part = describe(some, meters, ids, name, error, settings)
        part.insert(0, "border", name)
        part.insert(0, "group", tellers)
        parts.append(part.set_index(np.arange(len(part)) * len(names) + number))
    return pd.concat(parts).sort_index() if parts else pd.DataFrame()


def people_within(
    people: pd.DataFrame,
    *,
    borders: Sequence[str] = schema.BORDERS,
    settings: Settings = DEFAULT_SETTINGS,
) -> pd.DataFrame:
    """Count people within distances of each border, the baseline of a share of cameras (R6).

    Parameters
    ----------
    people
        `lon`, `lat`, `people` (see `alprmap.geography.population.read`); `to_<border>_m` is taken
        where present.

    Returns
    -------
    DataFrame
        One row per border: `border`, `unit`, `n` (units), `people`, `median` (half the people live
        nearer), and `people_R`, `people_share_R` for each radius, `people_share_beyond`.
    """
    weight = people["people"].to_numpy(np.float64)
    rows = []
    lacking = [n for n in borders if f"to_{n}_m" not in people.columns]
    near = (
        pd.concat([people, border_distances(people, borders=lacking)], axis=1)
        if lacking
        else people
    )
    for name in borders:
        far = near[f"to_{name}_m"].to_numpy(np.float64) / UNIT_M[settings.unit]
        known = np.isfinite(far)
        total = float(weight[known].sum())
        row: dict[str, Any] = {
            "border": name,
            "unit": settings.unit,
            "n": int(known.sum()),
            "people": total,
        }
        order = np.argsort(far[known], kind="stable")
        half = int(np.searchsorted(np.cumsum(weight[known][order]), total / 2))
        row["median"] = float(far[known][order][min(half, len(order) - 1)]) if total else np.nan
        for radius in settings.radii:
            inside = float(weight[known & (far <= radius)].sum())
            row |= {
                f"people_{radius:g}": inside,
                f"people_share_{radius:g}": inside / total if total else np.nan,
            }
        beyond = float(weight[known & (far > settings.zone)].sum())
        rows.append(row | {"people_share_beyond": beyond / total if total else np.nan})
    return pd.DataFrame(rows)


def distribution(
    reach: pd.DataFrame,
    *,
    borders: Sequence[str],
    people: pd.DataFrame | None = None,
    settings: Settings = DEFAULT_SETTINGS,
) -> pd.DataFrame:
    """Return the empirical distribution of distances in steps of one unit, cameras beside people
    (R5, R6).

    Returns
    -------
    DataFrame
        `border`, `unit`, `distance` (0, 1, 2 … to the farthest), `cameras` and `share` at or within
        it, and `people`, `people_share` where people are given with their `to_<border>_m`.
    """
    parts = []
    for name in borders:
        far = np.sort(reach[f"to_{name}_m"].dropna().to_numpy(np.float64)) / UNIT_M[settings.unit]
        steps = np.arange(0, int(np.ceil(far[-1])) + 1 if len(far) else 1, dtype=np.float64)
        count = np.searchsorted(far, steps, side="right")
        part = pd.DataFrame(
            {"border": name, "unit": settings.unit, "distance": steps, "cameras": count}
        )
        part["share"] = count / len(far) if len(far) else np.nan
        if people is not None:
            home = people[f"to_{name}_m"].to_numpy(np.float64) / UNIT_M[settings.unit]
            order = np.argsort(home, kind="stable")
            sums = np.concatenate([[0.0], np.cumsum(people["people"].to_numpy(np.float64)[order])])
            part["people"] = sums[np.searchsorted(home[order], steps, side="right")]
            part["people_share"] = part["people"] / sums[-1]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
