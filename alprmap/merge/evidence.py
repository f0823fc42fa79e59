"""M10 and M8: how well a camera is vouched for, and how crowd and records agree about it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alprmap import schema
from alprmap.merge.fields import RECORD
from alprmap.merge.score import alike
from alprmap.merge.settings import Settings
from alprmap.merge.units import Bools, Floats, Ints, Prepared, Texts

WEIGHT = {
    "survey": 0.85,
    "photo": 0.90,
    "record": 0.90,
    "portal": 0.60,
    "second-hand": 0.40,
    "unknown": 0.50,
}
"""M10: the chance that a fresh report of this evidence is true, as a judgement written down, not a
measurement. """
UNDATED = 0.75
"""M10: what a report without a date keeps of its weight (as if it were 2½ years old)."""
MATCHED, RECORD_ONLY, CROWD_ONLY, NOT_LISTED = schema.OUTCOME
DAYS = 365.25


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
    days = _days(dates)
    today = _days(pd.Series([settings.as_of], dtype="str"))[0] if settings.as_of else np.nan
    today = np.nanmax(days, initial=-np.inf) if np.isnan(today) else today
    age = np.maximum(today - days, 0.0) / DAYS
    return np.where(np.isnan(days), UNDATED, np.power(0.5, age / settings.half_life_years))


def _days(dates: pd.Series) -> Floats:
    """Return ISO dates as days; the middle of the year or month where no more is known."""
    number, texts = pd.factorize(dates)
    days = [_day(str(t)) for t in texts] + [np.nan]
    out: Floats = np.asarray(days, dtype=np.float64)[number]
    return out


def _day(text: str) -> float:
    padded = {4: f"{text}-07-01", 7: f"{text}-15"}.get(len(text), text[:10])
    stamp = pd.to_datetime(padded, format="%Y-%m-%d", errors="coerce")
    return np.nan if pd.isna(stamp) else float(stamp.toordinal())


def outcomes(prepared: Prepared, camera: Ints, operator: pd.Series, settings: Settings) -> Texts:
    """Return how crowd and records agree about each camera (M8).

    A camera without a record whose operator has published a list it calls complete is "not in the
    operator's list": a question, not a deletion.
    """
    n = int(camera.max(initial=-1)) + 1
    rows = np.flatnonzero(camera >= 0)
    record = prepared.reports["evidence"].isin(RECORD).to_numpy()[rows]
    has_record = np.bincount(camera[rows], weights=record, minlength=n) > 0
    has_crowd = np.bincount(camera[rows], weights=~record, minlength=n) > 0
    outcome = np.where(
        has_record & has_crowd, MATCHED, np.where(has_record, RECORD_ONLY, CROWD_ONLY)
    ).astype(object)
    listed = _listed(prepared, operator, settings)
    outcome[has_crowd & ~has_record & listed] = NOT_LISTED
    return outcome


def _listed(prepared: Prepared, operator: pd.Series, settings: Settings) -> Bools:
    """Return which operators have a list that says it is complete; ``*`` is every operator in the
    source."""
    names: set[str] = set()
    for source, wanted in settings.complete_for.items():
        if "*" in wanted:
            mine = prepared.reports["source_id"] == source
            names |= set(prepared.reports.loc[mine, "operator"].dropna().astype(str))
        names |= {w for w in wanted if w != "*"}
    if not names:
        return np.zeros(len(operator), dtype=bool)
    known = {str(o) for o in operator.dropna().unique()}
    complete = {o for o in known if o in names or any(alike(o, n) for n in names)}
    return operator.isin(complete).to_numpy()


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
