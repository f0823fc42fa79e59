"""M6: the questions a merge leaves for a person, as a table and as a map layer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alprmap import schema
from alprmap.merge.candidates import Pairs
from alprmap.merge.links import Parts
from alprmap.merge.score import PARTS
from alprmap.merge.settings import Settings
from alprmap.merge.units import MOST_ON_A_SPOT, SHARED, Ints, Prepared, Texts
from alprmap.merge.wider import left_alone

UNLOCATED = "unlocated: the report has no position, so it is no camera on the map"
TOO_ROUGH = "too roughly located to be a camera on the map: find a better position"
ON_ONE_POINT = (
    f"a place without a position: more than {MOST_ON_A_SPOT} records of a source stand within some"
    " meters (the center of a town?); one answer does for all of them: find their positions, or"
    " leave them off the map"
)
RIVALS = "perhaps one camera, perhaps two: others nearby fit as well"
CLOSE = 0.6
"""With all parts above this nothing contradicts: rivals make the match doubtful."""
AGENCIES = "their operators differ: two agencies' readers, or one, within {meters:.0f} m?"
MAKERS = (
    "their makers differ: two readers on one spot, or one that was replaced, within {meters:.0f} m?"
)
TURNED = (
    "{meters:.0f} m apart but facing apart: one camera whose heading one of them has wrong, or two"
    " heads of a pole?"
)
UNNAMED = (
    "a {device} and a record that does not say what it is, within {meters:.0f} m: one device, which"
    " is no reader then, or two?"
)
FAR = "{meters:.0f} m apart, farther than their errors allow: one camera, if an error is wider?"
LEFT_OVER = (
    "one report has several heads and another record has its place: is this one of its heads?"
)
WHICH = (
    "{n} readers there fit, at {meters:.0f} m this one: which of them is it? It is no camera of its"
    " own meanwhile"
)
MOST_ASKED = 12
"""Other records a report is asked about at most, the likeliest: nobody goes through a hundred, and
of a crowd of records all pairs would be asked."""
WITH = "an older state of {report_id}, which waits for a person"
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
    waiting = found.waiting
    left, right = _waiting_last(pairs.left[rows], pairs.right[rows], waiting)
    answered = {(min(p), max(p)) for p in parts.said.different}
    ordered = zip(np.minimum(left, right).tolist(), np.maximum(left, right).tolist(), strict=True)
    decided = np.asarray([p in answered for p in ordered], dtype=bool)
    open_ = (found.cluster[left] != found.cluster[right]) & ~decided
    fits = np.bincount(right[open_], minlength=len(waiting))
    worded = np.isin(rows, np.fromiter(words, np.int64, len(words)))
    open_ &= worded | _likeliest(right, np.where(open_, points, -np.inf))
    rows, points, left, right = rows[open_], points[open_], left[open_], right[open_]
    ids = prepared.reports["report_id"].to_numpy(object)
    one, other = ids[prepared.units.lead[right]], ids[prepared.units.lead[left]]
    reason = [
        words.get(r)
        or (
            _unnamed(prepared, pairs, r)
            if scores.unnamed[r]
            else AGENCIES.format(meters=pairs.meters[r])
            if scores.agencies[r]
            else MAKERS.format(meters=pairs.meters[r])
            if scores.makers[r]
            else WHICH.format(n=fits[u], meters=pairs.meters[r])
            if waiting[u]
            else _why(scores.parts[r], bool(scores.parts[r].min() >= CLOSE))
        )
        for r, u in zip(rows.tolist(), right.tolist(), strict=True)
    ]
    table = pd.DataFrame(
        {
            "report_id": one,
            "other_id": other,
            "camera_id": _names(parts, names, right),
            "score": points.round(4),
            "distance_m": pairs.meters[rows].round(2),
            "reason": reason,
        }
    )
    lost = np.flatnonzero(prepared.unit < 0)
    known = {"too rough": TOO_ROUGH, SHARED: ON_ONE_POINT}
    why = [known.get(w, UNLOCATED) for w in prepared.why[lost].tolist()]
    alone = pd.DataFrame({"report_id": ids[lost], "reason": why})
    asked = {(min(p), max(p)) for p in zip(left.tolist(), right.tolist(), strict=True)}
    lone = _lone(parts, names, asked, settings)
    older = _older(parts, set(table["report_id"]))
    more = [t.reindex(columns=table.columns) for t in (alone, lone, older)]
    both = pd.concat([schema.conform(t, "review") for t in (table, *more)])
    return both.sort_values(["report_id", "other_id"], ignore_index=True)


def _likeliest(of: Ints, points: np.ndarray) -> np.ndarray:
    """Tell which pairs are among the `MOST_ASKED` with most points of the unit `of`."""
    order = np.lexsort([-points, of])
    among = of[order]
    first = np.searchsorted(among, among, "left")
    keep = np.zeros(len(of), dtype=bool)
    keep[order] = np.arange(len(of)) - first < MOST_ASKED
    return keep


def _waiting_last(left: Ints, right: Ints, waiting: np.ndarray) -> tuple[Ints, Ints]:
    """Return pairs turned so that a unit that waits is on the right: the one asked about."""
    turn = waiting[left] & ~waiting[right]
    return np.where(turn, right, left), np.where(turn, left, right)


def _names(parts: Parts, names: Texts, of: Ints) -> Texts:
    """Return the names of the cameras of units, None for those that wait."""
    at = parts.camera[parts.prepared.units.lead[of]]
    out: Texts = np.full(len(of), None, dtype=object)
    out[at >= 0] = names[at[at >= 0]]
    return out


def _older(parts: Parts, asked: set[str]) -> pd.DataFrame:
    """Return the reports that wait without a question of their own: older states of a record that
    is asked about."""
    prepared, waiting = parts.prepared, parts.found.waiting
    rows = np.flatnonzero(prepared.unit >= 0)
    rows = rows[waiting[prepared.unit[rows]]]
    ids = prepared.reports["report_id"].to_numpy(object)
    lead = ids[prepared.units.lead[prepared.unit[rows]]]
    words = [WITH.format(report_id=name) for name in lead.tolist()]
    table = pd.DataFrame({"report_id": ids[rows], "reason": words}, dtype="str")
    return table[~table["report_id"].isin(asked)]


def _lone(
    parts: Parts, names: Texts, asked: set[tuple[int, int]], settings: Settings
) -> pd.DataFrame:
    """Return the lone pairs that only a wider error, or a heading that is wrong, would have linked,
    as questions."""
    prepared, lead = parts.prepared, parts.prepared.units.lead
    ids = prepared.reports["report_id"].to_numpy(object)
    answered = {(min(p), max(p)) for p in parts.said.different} | asked
    tables = []
    both = left_alone(
        prepared, parts.found.cluster, parts.reach, parts.agreed, settings, parts.match
    )
    for pairs, words in zip(both, (FAR, TURNED), strict=True):
        keep = [
            (min(p), max(p)) not in answered
            for p in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
        ]
        pairs = pairs.take(np.asarray(keep, dtype=bool))
        left, right = _waiting_last(pairs.left, pairs.right, parts.found.waiting)
        tables.append(
            pd.DataFrame(
                {
                    "report_id": ids[lead[right]],
                    "other_id": ids[lead[left]],
                    "camera_id": _names(parts, names, right),
                    "distance_m": pairs.meters.round(2),
                    "reason": [words.format(meters=m) for m in pairs.meters.tolist()],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


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


def _unnamed(prepared: Prepared, pairs: Pairs, row: int) -> str:
    """Return the question about a device that is known and one that nobody names."""
    sort = int(max(prepared.units.device[[pairs.left[row], pairs.right[row]]]))
    device = schema.DEVICE_NAMES[prepared.devices[sort]]
    return UNNAMED.format(device=device, meters=pairs.meters[row])


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
