"""What may be printed of a merge: how many readers, and how many reports they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from alprmap.claims import sheet
from alprmap.text import number_of, verb

if TYPE_CHECKING:
    from alprmap.merge.result import Merged

DEFINITION = (
    "cameras after joining reports that are one device with a probability of one half or more"
    " (rules M1 to M13)"
)


def merge_claims(merged: Merged) -> pd.DataFrame:
    """Return one claim: the number of cameras, between all open questions answered "same" and
    none."""
    counts = merged.counts()
    pairs = merged.review.dropna(subset=["other_id"]) if len(merged.review) else merged.review
    waits = counts.get("reports_one_of_several", 0)
    doubled = int(pairs["camera_id"].notna().sum()) if len(pairs) else 0
    linked = counts["reports_linked"]
    fewer = min(doubled, max(counts["cameras"] - 1, 0))
    one_of = (
        f" {number_of(waits, 'more report')}"
        f" {verb(waits, 'is one of these', 'are one of these each')}, which is open."
        if waits
        else ""
    )
    dates = [] if merged.cameras.empty else merged.cameras["last_seen"].dropna().tolist()
    row = {
        "claim_id": "merge.cameras",
        "sentence": (
            f"{number_of(linked, 'report')} {verb(linked, 'is', 'are')}"
            f" {number_of(counts['cameras'], 'camera')};"
            f" {number_of(len(pairs), 'pair')} {verb(len(pairs), 'waits', 'wait')} for a"
            f" person.{one_of}"
        ),
        "figure": float(counts["cameras"]),
        "unit": "cameras",
        "n": linked,
        "low": float(counts["cameras"] - fewer),
        "high": float(counts["cameras"] + waits),
        "bounds": "all open pairs the same device, or none",
        "definition": DEFINITION,
        "caveat": "; ".join(merged.alarms()) or None,
    }
    aside = counts["questions_about_one_report"]
    words = f"{number_of(aside, 'report')} without a usable position" if aside else None
    return sheet([row], wing="merge", set_aside=words, data_date=max(dates) if dates else None)
