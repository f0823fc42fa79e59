"""Growth: what agencies declared at two times, and when what is mapped was put up (K5)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from alprmap.completeness.lists import Lists
from alprmap.completeness.settings import Settings
from alprmap.text import number_of

LEAST_DAYS = 180
"""K5: counts nearer in time than this are one: portals change by a camera or two each week."""


def declared_growth(rows: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Compare the counts of the same agencies at two times (K5).

    Dates are taken by calendar year; of an agency with several counts in a year the last one
    stands. Only agencies that declare in both years of a pair are in its row, so that growth is
    not more agencies publishing.

    Returns
    -------
    DataFrame
        `from_year`, `to_year`, `agencies`, `declared_from`, `declared_to`, `years` (mean time
        between the counts), `per_year` (growth per year as a share) with bounds (agencies
        resampled), `gone` (agencies that declared in the first year and not in the second, who
        may have ended, or only stopped publishing).
    """
    when = pd.to_datetime(rows["date"], errors="coerce", format="ISO8601")
    dated = rows.assign(when=when, year=when.dt.year)[when.notna()]
    last = dated.sort_values(["agency_id", "when"]).drop_duplicates(
        ["agency_id", "year"], keep="last"
    )
    rng = np.random.default_rng(settings.seed)
    out: list[dict[str, Any]] = []
    for a, b in pairwise(sorted(last["year"].unique())):
        old, new = (last[last["year"] == y].set_index("agency_id") for y in (a, b))
        both = old.index.intersection(new.index)
        days = (new.loc[both, "when"] - old.loc[both, "when"]).dt.days
        both = both[(days >= LEAST_DAYS).to_numpy()]
        x, y = (f.loc[both, "declared"].to_numpy(np.float64) for f in (old, new))
        years = float(days[both].mean() / 365.25) if len(both) else np.nan
        row: dict[str, Any] = {
            "from_year": int(a),
            "to_year": int(b),
            "agencies": len(both),
            "declared_from": float(x.sum()),
            "declared_to": float(y.sum()),
            "years": years,
            "gone": int((~old.index.isin(new.index)).sum()),
        }
        row |= _rate(x, y, years, rng, settings)
        out.append(row)
    columns = [
        "from_year",
        "to_year",
        "agencies",
        "declared_from",
        "declared_to",
        "years",
        "per_year",
        "per_year_low",
        "per_year_high",
        "gone",
    ]
    return pd.DataFrame(out, columns=columns)


def _rate(
    x: Any, y: Any, years: float, rng: np.random.Generator, settings: Settings
) -> dict[str, float]:
    nothing = dict.fromkeys(("per_year", "per_year_low", "per_year_high"), np.nan)
    if len(x) < 2 or not x.sum() > 0:
        return nothing
    pick = rng.integers(0, len(x), (settings.draws, len(x)))
    drawn = (y[pick].sum(axis=1) / x[pick].sum(axis=1)) ** (1 / years) - 1
    low, high = np.quantile(drawn, [settings.low, settings.high])
    rate = float((y.sum() / x.sum()) ** (1 / years) - 1)
    return {"per_year": rate, "per_year_low": float(low), "per_year_high": float(high)}


def installed_and_mapped(
    lists: Lists | None, first_seen: pd.DataFrame, *, settings: Settings
) -> tuple[pd.DataFrame, str | None]:
    """Compare, year by year, when cameras were put up with when they came on the map (K5).

    Parameters
    ----------
    first_seen
        Per camera `installed` (earliest date of a record) and `mapped` (earliest date of the
        crowd), missing where not dated.

    Returns
    -------
    (DataFrame, why there is none)
        `year`, `installed` (by the end of it), `mapped` (of those, by the end of it), `share`; and
        `median_lag_days` in the last row, over cameras dated by both.
    """
    put_up = pd.to_datetime(first_seen["installed"], errors="coerce", format="ISO8601")
    known = put_up.notna()
    if int(known.sum()) < settings.fewest_both:
        return pd.DataFrame({"year": [], "installed": [], "mapped": [], "share": []}), (
            f"cannot be told: {int(known.sum()):,} of {number_of(len(first_seen), 'camera')}"
            " have a date of"
            " installation from a record"
        )
    drawn = pd.to_datetime(first_seen["mapped"], errors="coerce", format="ISO8601")
    first, last = int(put_up.dt.year.min()), int(put_up.dt.year.max())
    rows = []
    for year in range(first, last + 1):
        up = known & (put_up.dt.year <= year)
        on = up & (drawn.dt.year <= year)
        rows.append({"year": year, "installed": int(up.sum()), "mapped": int(on.sum())})
    out = pd.DataFrame(rows)
    out["share"] = out["mapped"] / out["installed"].where(out["installed"] > 0)
    lag = (drawn - put_up).dt.days.dropna()
    out["median_lag_days"] = np.nan
    if len(lag):
        out.loc[out.index[-1], "median_lag_days"] = float(lag.median())
    return out, None
