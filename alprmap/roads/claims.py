"""What may be said of a road network (DESIGN §3)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alprmap import geo
from alprmap.claims import sheet


def claim_sheet(segments: pd.DataFrame, meta: dict[str, Any]) -> pd.DataFrame:
    """Return how many miles of road the network has, as a sheet of claims."""
    miles = float(segments["length_m"].sum()) / geo.STATUTE_MILE_M
    ways = segments["way_id"].nunique()
    source = str(meta.get("source") or "the roads given")
    counts = meta.get("counts", {})
    left = {k: v for k, v in sorted(counts.items()) if k.startswith(("skipped_", "ways_outside"))}
    row = {
        "claim_id": "roads.miles",
        "sentence": f"{source} has {miles:,.0f} miles of road that anyone may drive.",
        "figure": miles,
        "unit": "mi",
        "n": ways,
        "low": miles,
        "high": miles,
        "bounds": "a count of what the map holds, not an estimate",
        "definition": "length of the center lines of drivable roads, each once (N1, N4)",
        "caveat": "Roads that the map lacks are not in it.",
    }
    return sheet(
        [row],
        wing="roads",
        inputs={source: str(meta.get("sha256"))} if meta.get("sha256") else None,
        settings=meta.get("drivable"),
        data_date=meta.get("data_timestamp"),
        set_aside="; ".join(f"{n:,} {k.replace('_', ' ')}" for k, n in left.items()) or None,
    )
