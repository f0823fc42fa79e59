"""M7: which report a camera takes each field from; the losing values stay in the reports."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alprmap import direction
from alprmap.merge.units import Bools, Ints, Prepared, Texts, codes

RECORD = ("record", "portal")
"""Evidence that comes from the body itself; its word on operator and dates is better (M7)."""
SURVEY = ("survey", "photo")
"""Evidence from standing there; its word on direction and vendor is better (M7)."""
FROM_RECORD = ("operator", "operator_kind")
FROM_SURVEY = ("vendor",)
FROM_NEWEST = ("setting", "device", "status")


class Choice:
    """Picks one report per camera for each field, best first by a rank, among those that know the
    field."""

    def __init__(self, prepared: Prepared, camera: Ints) -> None:
        self.camera = camera
        self.rows = np.flatnonzero(camera >= 0)
        self.n = int(camera.max(initial=-1)) + 1
        evidence = prepared.reports["evidence"]
        self.record = evidence.isin(RECORD).to_numpy()
        self.survey = evidence.isin(SURVEY).to_numpy()
        self.newest = prepared.newest
        # an older snapshot of a record says no more than the newest one, however sharp it is
        self.stale = np.ones(len(prepared.reports), dtype=bool)
        self.stale[prepared.units.lead] = False
        count = np.bincount(camera[self.rows], minlength=self.n)
        single = count[camera[self.rows]] == 1
        self.base = np.full(self.n, -1, dtype=np.int64)
        self.base[camera[self.rows[single]]] = self.rows[single]
        self.several = self.rows[~single]

    def row(self, better: np.ndarray, known: Bools) -> Ints:
        """Return the report each camera takes a field from: smallest `better`, then newest; -1
        where none knows.

        Parameters
        ----------
        better, known
            Per report: its rank (smaller is better), and whether it knows the field.
        """
        chosen = self.base.copy()
        lone = chosen[chosen >= 0]
        chosen[self.camera[lone[~known[lone]]]] = -1
        rows = self.several[known[self.several]]
        rows = rows[np.lexsort([rows, -self.newest[rows], better[rows], self.camera[rows]])]
        first = np.ones(len(rows), dtype=bool)
        first[1:] = self.camera[rows[1:]] != self.camera[rows[:-1]]
        chosen[self.camera[rows[first]]] = rows[first]
        return chosen


def choose(prepared: Prepared, choice: Choice) -> pd.DataFrame:
    """Return the fields of the cameras, one row per camera number, without ids and evidence (M7).

    Position from the report with the smallest error (a record wins a tie): a record that was
    located from words is not better than a survey. Operator from records first, vendor from surveys
    first, the rest from the newest."""
    reports = prepared.reports
    placed = reports["lon"].notna().to_numpy() & reports["lat"].notna().to_numpy()
    placed &= (reports["located_by"] != "unlocated").to_numpy()
    at = choice.row(np.round(prepared.error, 1) * 2 + ~choice.record + 1e6 * choice.stale, placed)
    out: dict[str, pd.Series | np.ndarray] = {
        "lon": reports["lon"].to_numpy()[at],
        "lat": reports["lat"].to_numpy()[at],
        "position_error_m": prepared.error[at],
        "located_by": reports["located_by"].array[at],
    }
    ranks = [
        (FROM_RECORD, ~choice.record),
        (FROM_SURVEY, ~choice.survey),
        (FROM_NEWEST, np.zeros(len(reports))),
    ]
    for names, better in ranks:
        for name in names:
            out[name] = _taken(reports[name], choice, better)
    out["first_seen"] = _extreme(reports["first_seen"], choice, smallest=True)
    out["last_seen"] = _extreme(
        reports["last_seen"].fillna(reports["first_seen"]), choice, smallest=False
    )
    return pd.DataFrame(out)


def _taken(values: pd.Series, choice: Choice, better: np.ndarray) -> pd.Series:
    known = values.notna().to_numpy()
    said = known & (values != "unknown").to_numpy()
    row = choice.row(2.0 * better + choice.stale + 8.0 * ~said, known)
    taken = pd.Series(values.array.take(np.where(row < 0, 0, row)))
    return taken.mask(row < 0)


def _extreme(dates: pd.Series, choice: Choice, *, smallest: bool) -> pd.Series:
    """Return the earliest or latest date of each camera; a shorter date sorts before its days."""
    number = codes(dates)[0].astype(np.float64)
    row = choice.row(number if smallest else -number, dates.notna().to_numpy())
    taken = pd.Series(dates.array.take(np.where(row < 0, 0, row)))
    return taken.mask(row < 0)


def views_of(prepared: Prepared, choice: Choice, camera_id: Texts) -> pd.DataFrame:
    """Return the views of every camera from the report with the better direction (M7).

    A plain heading before a doubtful one, surveys before records, more heads before fewer, then the
    newest. A camera whose direction is only a stated direction of traffic has a view of quality
    `travel`; without any, one view without a heading.
    """
    heads, reports = prepared.heads, prepared.reports
    grade = np.asarray([_grade(q) for q in heads.quality[:, 0].tolist()])[heads.text]
    known = np.isfinite(heads.deg[heads.text, 0])
    heads_seen = np.isfinite(heads.deg).sum(axis=1)[heads.text]
    best = choice.row(
        1000.0 * grade + 500.0 * ~choice.survey + 100.0 * choice.stale - heads_seen, known
    )
    stated = reports["travel_deg"].to_numpy(np.float64)
    travel = choice.row(np.zeros(len(reports)), np.isfinite(stated))
    anyone = choice.row(np.zeros(len(reports)), np.ones(len(reports), dtype=bool))
    row = np.where(best >= 0, best, np.where(travel >= 0, travel, anyone))
    text = heads.text[row]
    deg, width, quality = heads.deg[text].copy(), heads.width[text], heads.quality[text].copy()
    by_travel = (best < 0) & (travel >= 0)
    deg[by_travel, 0], quality[by_travel, 0] = (
        np.mod(stated[travel[by_travel]], 360.0),
        direction.TRAVEL,
    )
    nothing = ~np.isfinite(deg[:, 0])
    keep = np.isfinite(deg)
    keep[nothing, 0] = True
    quality[nothing, 0] = heads.whole[text[nothing]]
    which, head = np.nonzero(keep)
    return pd.DataFrame(
        {
            "camera_id": camera_id[which],
            "heading_deg": deg[which, head],
            "width_deg": width[which, head],
            "quality": quality[which, head],
            "report_id": reports["report_id"].to_numpy(object)[row[which]],
        }
    )


def _grade(quality: str) -> int:
    """Return 0 for a plain heading, 1 for a repaired or travel one, 2 for one that may mean
    nothing."""
    if quality in (direction.ZERO, direction.DOUBTFUL):
        return 2
    return int(quality in (direction.TRAVEL, direction.REPAIRED, direction.FULL_CIRCLE))


def source_lists(prepared: Prepared, choice: Choice) -> Texts:
    """Return the source ids behind each camera, sorted, joined by a semicolon."""
    names = np.asarray(prepared.sources, dtype=object)
    out = np.full(choice.n, "", dtype=object)
    single = choice.base >= 0
    out[single] = names[prepared.source[choice.base[single]]]
    key = np.unique(choice.camera[choice.several] * len(names) + prepared.source[choice.several])
    for at, source in zip((key // len(names)).tolist(), (key % len(names)).tolist(), strict=True):
        out[at] = f"{out[at]};{names[source]}" if out[at] else names[source]
    return out
