"""M6: the questions a merge leaves for a person, as a table and as a map layer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alprmap import schema
from alprmap.merge.links import Parts
from alprmap.merge.score import PARTS
from alprmap.merge.settings import Settings
from alprmap.merge.units import ONE_POINT as ONE_POINT_CODE
from alprmap.merge.units import Ints, Prepared, Texts
from alprmap.merge.wider import wider

UNLOCATED = "unlocated: the report has no position, so it is no camera on the map"
TOO_ROUGH = "too roughly located to be a camera on the map: find a better position"
ONE_POINT = (
    "a place without a position: {n:,} records of {source} stand on this one point, such as a city"
    " hall; give them positions, or raise one_point if it is one pole"
)
FACING_OPEN = (
    "the headings of {source} are perhaps the opposite of the others' ({opposite} of {n} pairs):"
    " not used until --facing {source}=rear, front or travel says what they mean"
)
RIVALS = "perhaps one camera, perhaps two: others nearby fit as well"
CLOSE = 0.6
"""With all parts above this nothing contradicts: rivals make the match doubtful."""
AGENCIES = "their operators differ: two agencies' readers, or one, within {metres:.0f} m?"
FAR = "{metres:.0f} m apart, farther than their errors allow: one camera, if an error is wider?"
LEFT_OVER = (
    "one report has several heads and another record has its place: is this one of its heads?"
)
WORDS = {
    "p_position": "they stand far apart",
    "p_heading": "their headings differ",
    "p_operator": "their operators differ",
    "p_vendor": "their vendors differ",
    "p_road": "their roads or directions of travel differ",
}


def questions(
    parts: Parts, doubtful: Ints, words: dict[int, str], names: Texts, settings: Settings
) -> pd.DataFrame:
    """Return the review table: pairs in the band of M6, doubtful duplicates (M11), heads left over
    on a pole (M5), and reports without a place. A pair a person has already decided is not asked
    about again.

    Parameters
    ----------
    doubtful, words
        Rows of pairs that M11 asks about, and the question of each.
    names
        The name of every camera.
    """
    prepared, pairs, scores, found = parts.prepared, parts.pairs, parts.scores, parts.found
    poles = _heads_left_over(parts, settings)
    words = {**dict.fromkeys(poles.tolist(), LEFT_OVER), **words}
    rows = np.concatenate([found.asked, doubtful, poles]).astype(np.int64)
    points = np.concatenate([found.asked_score, scores.total[doubtful], scores.total[poles]])
    rows, first = np.unique(rows, return_index=True)
    points = points[first]
    left, right = pairs.left[rows], pairs.right[rows]
    answered = {(min(p), max(p)) for p in parts.said.different}
    decided = np.asarray(
        [p in answered for p in zip(left.tolist(), right.tolist(), strict=True)], dtype=bool
    )
    open_ = (found.cluster[left] != found.cluster[right]) & ~decided
    rows, points, left, right = rows[open_], points[open_], left[open_], right[open_]
    ids = prepared.reports["report_id"].to_numpy(object)
    one, other = ids[prepared.units.lead[right]], ids[prepared.units.lead[left]]
    reason = [
        words.get(r)
        or (
            AGENCIES.format(metres=pairs.metres[r])
            if scores.agencies[r]
            else _why(scores.parts[r], bool(scores.parts[r].min() >= CLOSE))
        )
        for r in rows.tolist()
    ]
    table = pd.DataFrame(
        {
            "report_id": one,
            "other_id": other,
            "camera_id": names[parts.camera[prepared.units.lead[right]]],
            "score": points.round(4),
            "distance_m": pairs.metres[rows].round(2),
            "reason": reason,
        }
    )
    lost = np.flatnonzero((prepared.unit < 0) & (prepared.why != ONE_POINT_CODE))
    why = np.where(prepared.why[lost] == "too rough", TOO_ROUGH, UNLOCATED)
    alone = pd.DataFrame({"report_id": ids[lost], "reason": why})
    far = _far(parts, names, set(zip(left.tolist(), right.tolist(), strict=True)), settings)
    more = [t.reindex(columns=table.columns) for t in (alone, _places(prepared), far)]
    both = pd.concat([schema.conform(t, "review") for t in (table, *more)])
    return both.sort_values(["report_id", "other_id"], ignore_index=True)


def set_aside(prepared: Prepared) -> pd.DataFrame:
    """Return the reports that are no camera because many of their source share their point:
    report_id, reason. One question in the review table stands for each such place."""
    rows = np.flatnonzero((prepared.unit < 0) & (prepared.why == ONE_POINT_CODE))
    ids = prepared.reports["report_id"].iloc[rows].sort_values(ignore_index=True)
    return pd.DataFrame({"report_id": ids, "reason": "a place without a position"}).astype("str")


def _places(prepared: Prepared) -> pd.DataFrame:
    """Return one question for each point that many reports of one source share."""
    rows = np.flatnonzero((prepared.unit < 0) & (prepared.why == ONE_POINT_CODE))
    here = prepared.reports.iloc[rows][["report_id", "source_id", "lon", "lat"]]
    spots = here.assign(lon=here["lon"].round(5), lat=here["lat"].round(5))
    table = spots.groupby(["source_id", "lon", "lat"], as_index=False, sort=True).agg(
        report_id=("report_id", "min"), n=("report_id", "size")
    )
    reason = [
        ONE_POINT.format(n=n, source=s) for n, s in zip(table["n"], table["source_id"], strict=True)
    ]
    return pd.DataFrame({"report_id": table["report_id"], "reason": reason}).astype("str")


def _far(
    parts: Parts, names: Texts, asked: set[tuple[int, int]], settings: Settings
) -> pd.DataFrame:
    """Return the pairs that only a wider error would have linked, as questions."""
    prepared, lead = parts.prepared, parts.prepared.units.lead
    pairs = wider(prepared, parts.found.cluster, settings)
    answered = {(min(p), max(p)) for p in parts.said.different} | asked
    keep = [
        (min(p), max(p)) not in answered
        for p in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
    ]
    pairs = pairs.take(np.asarray(keep, dtype=bool))
    ids = prepared.reports["report_id"].to_numpy(object)
    return pd.DataFrame(
        {
            "report_id": ids[lead[pairs.right]],
            "other_id": ids[lead[pairs.left]],
            "camera_id": names[parts.camera[lead[pairs.right]]],
            "distance_m": pairs.metres.round(2),
            "reason": [FAR.format(metres=m) for m in pairs.metres.tolist()],
        }
    )


def facing_questions(facts: pd.DataFrame, prepared: Prepared) -> pd.DataFrame:
    """Return one question for each source whose headings may mean the opposite."""
    rows = []
    for row in facts[facts["facing"] == "unclear"].drop_duplicates("source_id").to_dict("records"):
        n = int(row["facing_same"] + row["facing_opposite"] + row["facing_other"])
        source, opposite = row["source_id"], int(row["facing_opposite"])
        mine = prepared.reports.loc[prepared.reports["source_id"] == source, "report_id"]
        words = FACING_OPEN.format(source=source, opposite=opposite, n=n)
        rows.append({"report_id": mine.min(), "reason": words})
    return pd.DataFrame(rows, columns=["report_id", "reason"])


def _heads_left_over(parts: Parts, settings: Settings) -> Ints:
    """Return pairs of a lone single head and a many-headed report whose camera another record has
    already taken, for each such head its best pair.

    One row with two headings and two rows with one each may be the same pole; M4 gives the row to
    one of the two, whether the other comes from the same source or faces away in a third.
    """
    units, pairs, cluster = parts.prepared.units, parts.pairs, parts.found.cluster
    heads = np.isfinite(units.heads).sum(axis=1)
    size = np.bincount(cluster, minlength=len(units))
    good = np.flatnonzero(parts.scores.total >= settings.same)
    # every pair is looked at from both of its ends
    rows = np.concatenate([good, good])
    one = np.concatenate([pairs.left[good], pairs.right[good]])
    other = np.concatenate([pairs.right[good], pairs.left[good]])
    lone = (heads[one] == 1) & (size[cluster[one]] == 1) & (heads[other] > 1)
    left_over = lone & ~(units.mask[other] & units.mask[one]).any(axis=1)
    rows, one = rows[left_over], one[left_over]
    order = np.lexsort([rows, -parts.scores.total[rows], one])
    best: Ints = rows[order[np.unique(one[order], return_index=True)[1]]]
    return np.unique(best)


def _why(parts: np.ndarray, close: bool) -> str:
    if close:
        return RIVALS
    weak = PARTS[int(np.argmin(parts))]
    return f"perhaps one camera, perhaps two: {WORDS[weak]} ({weak[2:]} {parts.min():.2f})"


def points(review: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """Return the review table with the position of each report, for a map layer (review.geojson).

    Reports without a position keep an empty geometry, so that none is dropped.
    """
    place = reports.set_index("report_id")[["lon", "lat"]]
    return review.join(place, on="report_id")
