"""M5: two makers on one pole are two readers or one that was replaced; dates say which."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alprmap.merge.settings import VENDOR_DIFFERS, Settings
from alprmap.merge.units import Bools, Floats, Ints, Prepared, seen_dates

REPLACED_DAYS = 183.0
"""Two records of one spot that name two makers, half a year or more apart: the later one replaced
the earlier. Nearer in time, or without dates, they may as well stand beside each other."""


def two_makers(
    prepared: Prepared, one: Ints, other: Ints, agreement: Floats, settings: Settings
) -> Bools:
    """Return the pairs of units whose known makers differ and whose dates do not say that one
    replaced the other.

    Parameters
    ----------
    agreement
        How well the makers of each pair agree (`p_vendor`).
    """
    out: Bools = np.asarray(agreement == VENDOR_DIFFERS)
    rows = np.flatnonzero(out)
    if len(rows):
        ends = np.stack([one[rows], other[rows]])
        units, at = np.unique(ends, return_inverse=True)
        lead = prepared.units.lead[units]
        day = days(seen_dates(prepared.reports.iloc[lead], settings))[at.reshape(ends.shape)]
        out[rows] = ~(np.abs(day[0] - day[1]) >= REPLACED_DAYS)
    return out


def days(dates: pd.Series) -> Floats:
    """Return ISO dates as days; the middle of the year or month where no more is known."""
    number, texts = pd.factorize(dates)
    known = [_day(str(t)) for t in texts] + [np.nan]
    out: Floats = np.asarray(known, dtype=np.float64)[number]
    return out


def _day(text: str) -> float:
    padded = {4: f"{text}-07-01", 7: f"{text}-15"}.get(len(text), text[:10])
    stamp = pd.to_datetime(padded, format="%Y-%m-%d", errors="coerce")
    return np.nan if pd.isna(stamp) else float(stamp.toordinal())
