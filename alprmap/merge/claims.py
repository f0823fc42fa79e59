"""What may be printed of a merge: how many readers, and how many reports they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from alprmap.claims import sheet

if TYPE_CHECKING:
    from alprmap.merge.door import Cameras
    from alprmap.merge.result import Merged

DEFINITION = (
    "cameras after joining reports that are one device with a probability of one half or more"
    " (rules M1 to M13)"
)


def standing_claims(opened: Cameras) -> pd.DataFrame:
    """Return one claim: how many standing plate readers there are, and what was set aside (S12)."""
    table = opened.table
    seen = table["last_seen"].dropna() if "last_seen" in table.columns else pd.Series([])
    row = {
        "claim_id": "cameras.standing",
        "sentence": f"{len(table):,} mapped cameras are plate readers that stand.",
        "figure": float(len(table)),
        "unit": "cameras",
        "n": len(table) + len(opened.set_aside),
        "bounds": "a count of what the map and the lists hold, not an estimate",
        "definition": (
            "cameras whose status is standing or not stated, and whose device is a plate reader or"
            " not stated; what is planned, removed or another device is set aside (S12)"
        ),
        "caveat": "Cameras that nobody mapped are in no figure.",
    }
    date = str(seen.max()) if len(seen) else None
    return sheet([row], wing="merge", set_aside=opened.sentence(), data_date=date)


def merge_claims(merged: Merged) -> pd.DataFrame:
    """Return one claim: the number of cameras, between all open questions answered "same" and
    none."""
    counts = merged.counts()
    pairs = merged.review.dropna(subset=["other_id"]) if len(merged.review) else merged.review
    fewer = min(len(pairs), max(counts["cameras"] - 1, 0))
    dates = [] if merged.cameras.empty else merged.cameras["last_seen"].dropna().tolist()
    row = {
        "claim_id": "merge.cameras",
        "sentence": (
            f"{counts['reports_linked']:,} reports are {counts['cameras']:,} cameras;"
            f" {len(pairs):,} pairs wait for a person."
        ),
        "figure": float(counts["cameras"]),
        "unit": "cameras",
        "n": counts["reports_linked"],
        "low": float(counts["cameras"] - fewer),
        "high": float(counts["cameras"]),
        "bounds": "all open pairs the same device, or none",
        "definition": DEFINITION,
        "caveat": "; ".join(merged.alarms()) or None,
    }
    aside = counts["questions_about_one_report"]
    words = f"{aside:,} reports without a usable position" if aside else None
    return sheet([row], wing="merge", set_aside=words, data_date=max(dates) if dates else None)
