"""The whole job of locating: texts, or a table of them, become one result (rules L1 to L9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import claims
from alprmap.errors import NotFoundError, UsageError
from alprmap.locate.answer import Answer
from alprmap.locate.choose import LOW, Settings
from alprmap.locate.point import Locator, open_locator
from alprmap.locate.towns import cell, stated, where_columns, where_of
from alprmap.results import Result
from alprmap.roads import AreaLike, Roads
from alprmap.text import number_of, percent, verb

REVIEW_COLUMNS = ("row", "text", "reason", "confidence", "candidate", "lon", "lat", "matched")


@dataclass(frozen=True)
class Located(Result):
    """Where texts are.

    `table` has the rows that were given, in their order and with their index, and behind their own
    columns lon, lat (degrees), position_error_m (90 % radius), located_by, confidence, matched,
    travel_deg, n_candidates, reason; a column of theirs with such a name is called `input_…`.
    `answers` has one `Answer` a row; `column` is the column of the texts; `where` names the columns
    that were taken for town, county and state.
    """

    table: pd.DataFrame
    answers: tuple[Answer, ...]
    column: str
    where: tuple[str, ...] = ()

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return `located`, the rows with what was added, and `review`, the questions."""
        return {"located": self.shown(), "review": self.review()}

    def shown(self) -> pd.DataFrame:
        """Return the rows as a file has them: their own columns and those that are added (L9)."""
        more = ["travel_deg", "n_candidates", "reason"]
        own = {f"input_{c}": c for c in more}
        return self.table.drop(columns=more).rename(columns=own)

    def doubtful(self) -> pd.Series:
        """Return, per row, whether it is a question: no point, or a confidence below one half."""
        return self.table["lon"].isna() | (self.table["confidence"] < LOW)

    def review(self) -> pd.DataFrame:
        """Return what a person should look at: unlocated and doubtful texts, one row per place
        each can mean (L9)."""
        rows: list[tuple[Any, ...]] = []
        for number, (answer, wanted) in enumerate(
            zip(self.answers, self.doubtful().tolist(), strict=True), start=1
        ):
            places = [c.as_dict() for c in answer.candidates] or [{}]
            rows += [
                (
                    number,
                    answer.place.raw,
                    answer.reason,
                    answer.confidence,
                    place,
                    *(c.get(k) for k in ("lon", "lat", "matched")),
                )
                for place, c in enumerate(places, start=1)
                if wanted
            ]
        frame = pd.DataFrame(rows, columns=list(REVIEW_COLUMNS))
        return frame.astype({"lon": "float64", "lat": "float64"})

    def counts(self) -> dict[str, int]:
        """Return rows, located, unlocated, doubtful, and the located by how they were found."""
        found = self.table["lon"].notna()
        how = self.table.loc[found, "located_by"].value_counts().sort_index()
        return {
            "rows": len(self.table),
            "located": int(found.sum()),
            "unlocated": int((~found).sum()),
            "doubtful": int((found & (self.table["confidence"] < LOW)).sum()),
            **{f"by_{k}": int(v) for k, v in how.items()},
        }

    def claims(self) -> pd.DataFrame:
        """Return the one sentence of this wing: how many places in words have a point (L9)."""
        counts = self.counts()
        if not counts["rows"]:
            return claims.sheet([], wing="locate")
        sure = counts["located"] - counts["doubtful"]
        share = sure / counts["rows"]
        row = {
            "claim_id": "locate-located",
            "sentence": (
                f"{sure:,} of {number_of(counts['rows'], 'place')} in words ({percent(share)})"
                f" {verb(sure, 'was', 'were')} found on"
                f" the roads; {counts['doubtful']:,} have more than one place they can mean or"
                f" differ in a name, {counts['unlocated']:,} have no point."
            ),
            "figure": sure,
            "unit": "places",
            "n": counts["rows"],
            "bounds": "a count; each point has its own 90 % radius",
            "definition": f"texts located with a confidence of {LOW:g} or more (L9)",
            "caveat": "A point is where the words lead, not where somebody saw a camera.",
        }
        set_aside = f"{counts['doubtful']:,} doubtful, {counts['unlocated']:,} without a point"
        return claims.sheet([row], wing="locate", set_aside=set_aside)


def locate(
    texts: str | Iterable[str] | pd.Series | pd.DataFrame,
    roads: Locator | Roads | Path | str | Sequence[Path | str],
    *,
    column: str | None = None,
    area: AreaLike = None,
    settings: Settings | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Located:
    """Locate texts, or every text of a table, on a road network (L1 to L9).

    Parameters
    ----------
    texts
        One text, several, or a table; of a table the columns that hold a city, county or state
        restrict the search row by row (L8).
    roads
        A network, a road file as `--roads` takes it, or an open `Locator`.
    column
        The column of the texts; needed for a table.
    area
        Part of a road file (west, south, east, north).
    settings
        Errors and limits.
    progress
        Called with (what, done, total) now and then.

    Raises
    ------
    InputError
        When the road file cannot be used or has no names.
    NotFoundError
        When the table has no such column.
    UsageError
        When a table comes without `column`.
    """
    frame, column = _frame(texts, column)
    if isinstance(roads, Roads):
        locator = Locator(roads, settings=settings)
    elif isinstance(roads, Locator):
        locator = roads
    else:
        locator = open_locator(roads, area=area, settings=settings, progress=progress)
    others = frame.drop(columns=column)
    where = where_of(others)
    values = frame[column].map(cell)
    found = locator.locate_column(values, where=where, progress=progress)
    answers = [
        locator.locate(text, **said)
        for text, said in zip(values.tolist(), stated(where, len(frame)), strict=True)
    ]
    same = [c for c in found.columns if c in frame.columns]
    table = frame.rename(columns={c: f"input_{c}" for c in same}).join(found)
    taken = [name for names in where_columns(others.columns).values() for name in names]
    return Located(table, tuple(answers), column, tuple(taken))


def _frame(
    texts: str | Iterable[str] | pd.Series | pd.DataFrame, column: str | None
) -> tuple[pd.DataFrame, str]:
    if isinstance(texts, pd.DataFrame):
        if column is None:
            raise UsageError("which column holds the places?", fix="pass column=")
        if column not in texts.columns:
            raise NotFoundError(
                f"no column is called {column}",
                fix=f"it has {', '.join(map(str, texts.columns[:12]))}",
            )
        return texts, column
    if isinstance(texts, pd.Series):
        return texts.to_frame(column or "place"), column or "place"
    rows = [texts] if isinstance(texts, str) else list(texts)
    return pd.DataFrame({column or "place": pd.Series(rows, dtype="object")}), column or "place"
