"""What may be printed of a table of districts: who has most, and how sure the rank is (R7)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alprmap.claims import sheet
from alprmap.text import number_of, percent

DENSITIES = {
    "per_1000": "readers per 1,000 people",
    "per_100_km": "readers per 100 km of road",
    "n": "readers",
}
"""R7: by what districts are ranked, the first that the table has."""


def district_claims(table: pd.DataFrame, *, data_date: str | None = None) -> pd.DataFrame:
    """Return the claims of a table of districts (R7): the district of the first rank and the middle
    of all, with the mapped share of readers beside them where it was estimated (K6).

    Parameters
    ----------
    table
        As `measure_districts` makes it, with `mapped_share` and its bounds beside it where known.
    """
    name = next((c for c in DENSITIES if c in table.columns), None)
    ranked = table[table["rank"].notna()] if name is not None else table.iloc[:0]
    if name is None or len(ranked) < 2 or not ranked[name].max() > 0:
        return sheet([], wing="geography")
    unit, many = DENSITIES[name], len(ranked)
    first = ranked.sort_values(["rank", "area"]).iloc[0]
    low, middle, high = (float(ranked[name].quantile(q)) for q in (0.25, 0.5, 0.75))
    base: dict[str, Any] = {
        "unit": unit,
        "n": many,
        "definition": f"{unit} in each polygon; what lies on a line is the first one's (R7)",
        "caveat": _mapped(first),
        "ids_file": "areas.csv",
    }
    rank = ""
    if pd.notna(first["rank_low"]):
        rank = f" (5–95 % of its rank: {int(first['rank_low'])} to {int(first['rank_high'])})"
    rows = [
        base
        | {
            "claim_id": "r7-first",
            "sentence": f"Of {number_of(many, 'district')} {first['area']} has the most {unit}:"
            f" {_figure(float(first[name]))}{rank}.",
            "figure": float(first[name]),
            "bounds": "of the rank, readers drawn by who runs them"
            if rank
            else "no interval of the rank: too few agencies to draw from",
        },
        base
        | {
            "claim_id": "r7-middle",
            "sentence": f"Half of the {number_of(many, 'district')} have more than"
            f" {_figure(middle)} {unit};"
            f" the middle half has {_figure(low)} to {_figure(high)}.",
            "figure": middle,
            "low": low,
            "high": high,
            "bounds": "middle half of the districts",
        },
    ]
    return sheet(rows, wing="geography", data_date=data_date)


def _mapped(first: pd.Series) -> str:
    """Return how much of what stands there is on the map, beside any density."""
    share = first.get("mapped_share")
    if share is None or pd.isna(share):
        return "Counts mapped readers; how many the map lacks in these districts is not known."
    low, high = (first[f"mapped_share_{end}"] for end in ("low", "high"))
    known = pd.notna(low)
    bounds = f" (5–95 %: {percent(float(low))} to {percent(float(high))})" if known else ""
    return (
        f"Counts mapped readers; in {first['area']} about {percent(float(share))}{bounds} of them"
        " are on the map (K6)."
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
