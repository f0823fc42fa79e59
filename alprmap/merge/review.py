"""M6: the questions a merge leaves for a person, as a table and as a map layer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alprmap import schema
from alprmap.merge.assign import Assigned
from alprmap.merge.candidates import Pairs
from alprmap.merge.decisions import Verdicts
from alprmap.merge.score import PARTS, Scores
from alprmap.merge.units import Ints, Prepared

UNLOCATED = "unlocated: the report has no position, so it is no camera on the map"
TOO_ROUGH = "too roughly located to be a camera on the map: find a better position"
WORDS = {
    "p_position": "they stand far apart",
    "p_heading": "their headings differ",
    "p_operator": "their operators differ",
    "p_vendor": "their vendors differ",
    "p_road": "their roads or directions of travel differ",
}


def questions(
    prepared: Prepared,
    pairs: Pairs,
    scores: Scores,
    found: Assigned,
    doubtful: Ints,
    words: dict[int, str],
    said: Verdicts,
    camera: Ints,
    names: np.ndarray,
) -> pd.DataFrame:
    """Return the review table: pairs in the band of M6, doubtful duplicates (M11), reports without a place.

    A pair a person has already decided is not asked about again.
    """
    rows = np.concatenate([found.asked, doubtful]).astype(np.int64)
    points = np.concatenate([found.asked_score, scores.total[doubtful]])
    rows, first = np.unique(rows, return_index=True)
    points = points[first]
    left, right = pairs.left[rows], pairs.right[rows]
    answered = {(min(p), max(p)) for p in said.different}
    decided = np.asarray([p in answered for p in zip(left.tolist(), right.tolist(), strict=True)], dtype=bool)
    open_ = (found.cluster[left] != found.cluster[right]) & ~decided
    rows, points, left, right = rows[open_], points[open_], left[open_], right[open_]
    ids = prepared.reports["report_id"].to_numpy(object)
    one, other = ids[prepared.units.lead[right]], ids[prepared.units.lead[left]]
    reason = [words.get(r) or _why(scores.parts[r]) for r in rows.tolist()]
    table = pd.DataFrame(
        {
            "report_id": one,
            "other_id": other,
            "camera_id": names[camera[prepared.units.lead[right]]],
            "score": points.round(4),
            "distance_m": pairs.metres[rows].round(2),
            "reason": reason,
        }
    )
    lost = np.flatnonzero(prepared.unit < 0)
    why = np.where(prepared.why[lost] == "too rough", TOO_ROUGH, UNLOCATED)
    alone = pd.DataFrame({"report_id": ids[lost], "reason": why}).reindex(columns=table.columns)
    both = pd.concat([schema.conform(t, "review") for t in (table, alone)], ignore_index=True)
    return both.sort_values(["report_id", "other_id"], ignore_index=True)


def _why(parts: np.ndarray) -> str:
    weak = PARTS[int(np.argmin(parts))]
    return f"perhaps one camera, perhaps two: {WORDS[weak]} ({weak[2:]} {parts.min():.2f})"


def points(review: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """Return the review table with the position of each report, for a map layer (review.geojson).

    Reports without a position keep an empty geometry, so that none is dropped.
    """
    place = reports.set_index("report_id")[["lon", "lat"]]
    return review.join(place, on="report_id")
