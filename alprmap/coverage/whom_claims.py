"""What may be printed of readings a day and of groups of people (C9, C10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from alprmap.coverage.equity import LIMITS, MEASURES, group_sentence
from alprmap.text import number_of, percent

Row = dict[str, Any]


def whom_claims(tables: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    """Yield what may be printed of traffic and groups, where they were asked for (C9, C10)."""
    yield from _traffic(tables)
    yield from _groups(tables)


def _traffic(tables: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    if "c9_traffic" not in tables:
        return
    row = tables["c9_traffic"].iloc[0]
    readers, counted = int(row["readers"]), int(row["readers_with_counts"])
    if counted:
        yield {
            "claim_id": "c9-readings-a-day",
            "sentence": (
                f"On an average day {row['readings_per_day']:,.0f} plates pass the"
                f" {counted:,} of {number_of(readers, 'reader')} whose road has a count of traffic."
            ),
            "figure": float(row["readings_per_day"]),
            "unit": "plates a day",
            "n": counted,
            "bounds": "no interval: counts of traffic are taken at their word",
            "definition": (
                "vehicles a day in the directions that a camera reads, the two-way count shared out"
                " evenly; a plate read by two cameras is two readings (C9)"
            ),
            "ids_file": "c9_readings.csv",
        }
    share = float(row["vehicle_km_read_share"])
    if share == share:
        yield {
            "claim_id": "c9-traffic-read",
            "sentence": (
                f"{percent(share)} of the traffic on roads with a count, vehicles times length,"
                " is on segments that a reader reads."
            ),
            "figure": share,
            "unit": "share",
            "bounds": "no interval: counts of traffic are taken at their word",
            "definition": (
                "share of vehicle kilometers a day, of segments with a count, on segments that at"
                " least one camera reads (C9)"
            ),
            "ids_file": "c9_traffic.csv",
        }


def _groups(tables: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    if "c10_groups" not in tables:
        return
    table = tables["c10_groups"]
    for number, row in enumerate(table[table["ratio"].notna()].to_dict("records")):
        measure = str(row["measure"])
        yield {
            "claim_id": f"c10-group-{number:03d}",
            "sentence": group_sentence({str(k): v for k, v in row.items()}),
            "figure": float(row["ratio"]),
            "unit": "ratio",
            "n": int(row["places"]),
            "bounds": (
                f"no interval of the ratio; dealing the exposures of each county out at random"
                f" gives {row['deal_low']:.2f} to {row['deal_high']:.2f} (5–95 % of deals),"
                f" p = {row['p']:.3f}"
            ),
            "definition": (
                f"exposure of the average person of the group over that of everybody else:"
                f" {MEASURES.get(measure, measure)} (C10)"
            ),
            "caveat": f"{row['left_out']:,.0f} people of the group live where nothing can be said."
            f" {LIMITS}",
            "ids_file": "c10_groups.csv",
        }
