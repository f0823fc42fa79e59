"""M10 and M8: how well a camera is vouched for, and how crowd and records agree about it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from alprmap import geo, schema
from alprmap.merge.fields import RECORD
from alprmap.merge.makers import days
from alprmap.merge.score import alike
from alprmap.merge.settings import Settings
from alprmap.merge.units import Bools, Floats, Ints, Prepared, Texts, seen_dates

WEIGHT = {
    "survey": 0.85,
    "photo": 0.90,
    "record": 0.90,
    "portal": 0.60,
    "second-hand": 0.40,
    "unknown": 0.50,
}
"""M10: the chance that a fresh report of this evidence is true, as a judgment written down, not a
measurement. """
UNDATED = 0.75
"""M10: what a report without a date keeps of its weight (as if it were 2½ years old)."""
MATCHED, RECORD_ONLY, CROWD_ONLY, NOT_LISTED = schema.OUTCOME
DAYS = 365.25
AROUND_LIST_M = 5_000.0
"""A list says nothing of ground farther than this from the hull of its records: a county's sheriff
runs readers in more towns than the one whose list it is."""


def confidence(prepared: Prepared, camera: Ints, settings: Settings) -> tuple[Floats, Ints]:
    """Return the confidence (M10) of every camera and the number of independent sources behind it.

    1 − Π (1 − weight × ½^(age / half_life_years)) over the independent sources, each with its best
    report. Snapshots of one numbering are one source. Age counts to `settings.as_of`, else to the
    latest date in the reports.
    """
    reports = prepared.reports
    rows = np.flatnonzero(camera >= 0)
    weight = reports["evidence"].fillna("unknown").map(WEIGHT).to_numpy(np.float64)[rows]
    weight = weight * freshness(reports["last_seen"].fillna(reports["first_seen"]), settings)[rows]
    spaces = len(prepared.spaces)
    key, where = np.unique(camera[rows] * spaces + prepared.space[rows], return_inverse=True)
    best = np.zeros(len(key))
    np.maximum.at(best, where, weight)
    n = int(camera.max(initial=-1)) + 1
    owner = key // spaces
    doubt = np.bincount(owner, weights=np.log1p(-best), minlength=n)
    return np.round(1.0 - np.exp(doubt), 4), np.bincount(owner, minlength=n).astype(np.int64)


def freshness(dates: pd.Series, settings: Settings) -> Floats:
    """Return what each report's age leaves of its weight: ½ per half-life, `UNDATED` without a
    date."""
    seen = days(dates)
    today = days(pd.Series([settings.as_of], dtype="str"))[0] if settings.as_of else np.nan
    today = np.nanmax(seen, initial=-np.inf) if np.isnan(today) else today
    age = np.maximum(today - seen, 0.0) / DAYS
    return np.where(np.isnan(seen), UNDATED, np.power(0.5, age / settings.half_life_years))


def outcomes(
    prepared: Prepared, camera: Ints, operator: pd.Series, one_of: Bools, settings: Settings
) -> Texts:
    """Return how crowd and records agree about each camera (M8).

    A camera without a record whose operator has published a list it calls complete is "not in the
    operator's list": a question, not a deletion. A list is complete for its own ground (the hull of
    its records and `AROUND_LIST_M` beyond) and its own date: a camera that is first seen later was
    not there to be listed. `one_of` are cameras of which one of several waiting records is more
    likely a report than not: they are matched, whichever it is.
    """
    n = int(camera.max(initial=-1)) + 1
    rows = np.flatnonzero(camera >= 0)
    record = prepared.reports["evidence"].isin(RECORD).to_numpy()[rows]
    has_record = np.bincount(camera[rows], weights=record, minlength=n) > 0
    has_crowd = np.bincount(camera[rows], weights=~record, minlength=n) > 0
    outcome = np.where(
        has_record & has_crowd, MATCHED, np.where(has_record, RECORD_ONLY, CROWD_ONLY)
    ).astype(object)
    listed = _listed(prepared, camera, operator, settings)
    outcome[has_crowd & ~has_record & listed] = NOT_LISTED
    outcome[has_crowd & one_of] = MATCHED
    return outcome


def _listed(prepared: Prepared, camera: Ints, operator: pd.Series, settings: Settings) -> Bools:
    """Return which cameras a list that says it is complete should have; ``*`` is every operator in
    the source."""
    reports = prepared.reports
    out = np.zeros(len(operator), dtype=bool)
    rows = np.flatnonzero(camera >= 0)
    at = rows[np.unique(camera[rows], return_index=True)[1]]
    known = {str(o) for o in operator.dropna().unique()}
    seen = reports["first_seen"].iloc[rows].groupby(camera[rows]).min()
    first = days(seen.reindex(np.arange(len(operator))).astype("str"))
    for source, wanted in settings.complete_for.items():
        mine = (reports["source_id"] == source).to_numpy()
        names = {w for w in wanted if w != "*"}
        if "*" in wanted:
            names |= set(reports.loc[mine, "operator"].dropna().astype(str))
        complete = {o for o in known if o in names or any(alike(o, n) for n in names)}
        due = operator.isin(complete).to_numpy(dtype=bool, copy=True)
        if not due.any():
            continue
        dated = days(seen_dates(reports[mine], settings))
        last = np.nanmax(dated, initial=-np.inf)
        # without a date on either side nothing says that the camera is newer than the list
        due &= ~((first > last) & np.isfinite(last))
        placed = mine & (camera >= 0)
        out |= due & _on_ground(reports[placed], reports.iloc[at])
    return out


def _on_ground(records: pd.DataFrame, cameras: pd.DataFrame) -> Bools:
    """Return which cameras stand on the ground that the records cover."""
    place = records[["lon", "lat"]].dropna()
    if place.empty:
        return np.zeros(len(cameras), dtype=bool)
    lon, lat = (cameras[c].to_numpy(np.float64) for c in ("lon", "lat"))
    mid = place.median()
    x, y = geo.tangent_xy(lon, lat, mid["lon"], mid["lat"])
    hull_x, hull_y = geo.tangent_xy(place["lon"], place["lat"], mid["lon"], mid["lat"])
    hull = shapely.convex_hull(shapely.multipoints(np.column_stack([hull_x, hull_y])))
    far = shapely.distance(hull, shapely.points(np.column_stack([x, y])))
    near: Bools = np.nan_to_num(far, nan=np.inf) <= AROUND_LIST_M
    return near


def unheard(cameras: pd.DataFrame, settings: Settings) -> list[str]:
    """Return the operators of `settings.complete_for` that no camera has: names spelled otherwise,
    most likely."""
    known = [str(o) for o in cameras["operator"].dropna().unique()]
    wanted = {w for names in settings.complete_for.values() for w in names} - {"*"}
    return sorted(w for w in wanted if not any(alike(o, w) for o in known))


def outcome_table(cameras: pd.DataFrame) -> pd.DataFrame:
    """Return the number of cameras of each outcome by operator, the most cameras first (M8)."""
    operator = cameras["operator"].fillna("(unknown)")
    counts = pd.crosstab(operator, cameras["outcome"]).reindex(
        columns=list(schema.OUTCOME), fill_value=0
    )
    counts.columns = pd.Index(["matched", "record_only", "crowd_only", "not_in_list"])
    counts["cameras"] = counts.sum(axis=1)
    table = counts.rename_axis("operator").reset_index()
    return table.sort_values(["cameras", "operator"], ascending=[False, True], ignore_index=True)
