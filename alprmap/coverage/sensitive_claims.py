"""What may be printed of places whose visitors are read: categories, never single ones (C11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from alprmap.text import number_of, percent

Row = dict[str, Any]
BOUNDS = "low and high settings: range, opening, facing rule, views of unknown heading"
NO_BOUNDS = "no interval: the same at low and high settings"


def sensitive_claims(tables: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    """Yield what may be printed of each category that has figures (C11)."""
    if "c11_categories" not in tables:
        return
    for told in tables["c11_categories"].to_dict("records"):
        row = {str(k): v for k, v in told.items()}
        if isinstance(row["why"], str) or not row["places"]:
            continue
        yield _approaches(row)
        if row["trips_read_share"] == row["trips_read_share"]:
            yield _trips(row, tables)


def _base(row: Row, name: str) -> Row:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    out: Row = {
        "figure": row[name],
        "unit": "share",
        "n": int(row["places"]),
        "bounds": NO_BOUNDS,
        "ids_file": "c11_categories.csv",
        "caveat": f"{_left_out(row)}; the road that a place lies nearest to is taken for its own"
        " street, and service roads and footpaths are not driven",
    }
    return out | ({"low": low, "high": high, "bounds": BOUNDS} if low < high else {})


def _left_out(row: Row) -> str:
    return (
        f"of {int(row['listed']):,} {row['category']} {int(row['no_road']):,} have no road near,"
        f" {int(row['outside']):,} lie outside the roads given or at their edge and"
        f" {int(row['shut']):,} cannot be driven to from outside"
    )


def _approaches(row: Row) -> Row:
    key = str(row["category"]).replace(" ", "-")
    return _base(row, "every_approach_read_share") | {
        "claim_id": f"c11-{key}-approaches",
        "sentence": (
            f"{int(row['every_approach_read']):,} of {int(row['places']):,} {row['category']}"
            f" ({percent(row['every_approach_read_share'])}) cannot be driven to from half a mile"
            f" away without passing a reader; {percent(row['approaches_read_share'])} of the"
            f" {number_of(int(row['approaches']), 'road')} that lead to them from there are read."
        ),
        "definition": (
            "places of the category with no unread way to them from outside a circle of half a"
            " mile; approaches are the roads that enter it, each with its fastest way on to the"
            " place (C11)"
        ),
    }


def _trips(row: Row, tables: Mapping[str, pd.DataFrame]) -> Row:
    key = str(row["category"]).replace(" ", "-")
    beside = ""
    if "c6_summary" in tables:
        share = float(tables["c6_summary"].iloc[0]["share_read_1"])
        beside = f", beside {percent(share)} of all trips"
    return _base(row, "trips_read_share") | {
        "claim_id": f"c11-{key}-trips",
        "sentence": (
            f"{percent(row['trips_read_share'])} of trips from home to {row['category']} pass at"
            f" least one reader{beside}."
        ),
        "definition": (
            "share of trips from where people live to the junction next to the place that pass a"
            " reader on the fastest way, people weighed by distance as in C6; each place counts the"
            " same (C11)"
        ),
    }
