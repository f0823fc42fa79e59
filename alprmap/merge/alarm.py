"""The alarm: two sources that cover one ground and agree on far fewer cameras than they should."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from alprmap.merge.learn import ENOUGH
from alprmap.merge.units import Bools, Ints, Prepared

FEW = 0.5
"""Two lists of one town that share less than half of the smaller are not two lists of the same
readers, or one of them is off."""
COVERED = 10
"""Records of a source that have a camera of another near them, from which the two share ground."""


def alarmed(
    learned: pd.DataFrame, camera: Ints, prepared: Prepared, waiting: Bools
) -> pd.DataFrame:
    """Return the table of what was learned with `near` (records that have another source's camera
    near), `matched` (records that share a camera with another source, or are one of several) and
    `alarm` (a sentence, or missing). `camera` is the number of each report's camera, -1 without;
    `waiting` are the units that are one of several."""
    n = len(prepared.sources)
    rows = np.flatnonzero(camera >= 0)
    pairs = np.unique(camera[rows] * n + prepared.source[rows])
    several = np.bincount(pairs // n, minlength=int(camera.max(initial=-1)) + 1) > 1
    shared = np.concatenate([rows[several[camera[rows]]], prepared.units.lead[waiting]])
    count = dict(
        zip(prepared.sources, np.bincount(prepared.source[shared], minlength=n), strict=True)
    )
    out = learned.assign(matched=learned["source_id"].map(count).fillna(0).astype("int64"))
    total = out.groupby("source_id")["records"].transform("sum")
    facts = zip(out.to_dict("records"), total.tolist(), strict=True)
    words = pd.Series([_alarm(r, int(k)) for r, k in facts], index=out.index, dtype="str")
    return out.assign(alarm=words)


def alarms_of(learned: pd.DataFrame) -> list[str]:
    """Return the alarms of a table of what was learned, each once."""
    if "alarm" not in learned:
        return []
    return [str(a) for a in learned["alarm"].dropna().unique()]


def _alarm(row: Mapping[Any, Any], records: int) -> str | None:
    """Return the warning about one source with the likeliest reason."""
    near = row["near"]
    if not isinstance(near, (int, float)) or np.isnan(near) or near < COVERED:
        return None
    matched = int(row["matched"])
    if matched >= FEW * min(float(near), records):
        return None
    return (
        f"{row['source_id']}: only {matched:,} of {int(near):,} records that have another source's"
        f" reader within 500 m are matched; {_reason(row)}"
    )


def _reason(row: Mapping[Any, Any]) -> str:
    pairs = float(row["pairs"])
    if row["facing"] in ("unclear", "none"):
        return "its headings do not agree with the others': settle them with --facing"
    if pairs < ENOUGH:
        return (
            "nothing fits by place: other devices, other years, or positions that are off by more"
            " than 500 m"
        )
    if float(row["error_m"]) > 100.0:
        return f"its positions are off by ± {row['error_m']:g} m: locate them better"
    return "most likely other devices or other years: look at the map before adding the two up"
