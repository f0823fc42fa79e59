"""S3, S6: a row far down that contradicts the first rows counts as much as if it stood first."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from alprmap import sources
from alprmap.sources import door

MANY = 200
FIRST_ROWS = 80
"""Rows of a batch here: the first batch, by which columns are first understood, holds ten."""
IN_DEGREES = "39.96,-83.0,OH,03/04/2024"
IN_FEET = "714720,1828674,OH,03/04/2024"
SWAPPED = "-83.0,39.96,OH,03/04/2024"
DAY_FIRST, MONTH_FIRST = "39.96,-83.0,OH,25/04/2024", "39.96,-83.0,OH,04/25/2024"

LISTS: dict[str, tuple[str, tuple[str, ...], int, list[str]]] = {
    "a day that settles the order": (IN_DEGREES, (DAY_FIRST,), 0, ["2024-04-03", "2024-04-25"]),
    "a month that settles it": (IN_DEGREES, (MONTH_FIRST,), 0, ["2024-03-04", "2024-04-25"]),
    "days of both orders": (IN_DEGREES, (DAY_FIRST, MONTH_FIRST), 0, ["2024-04-25"]),
    "feet among degrees": (IN_DEGREES, (IN_FEET,), 0, ["2024-03-04"]),
    "degrees among feet": (IN_FEET, (IN_DEGREES,), 0, ["2024-03-04"]),
    "swapped axes": (IN_DEGREES, (SWAPPED,), 0, ["2024-03-04"]),
    "axes swapped but for one": (SWAPPED, (IN_DEGREES,), 0, ["2024-03-04"]),
    "numbers of no grid": (IN_DEGREES, ("5000,9999999,OH,03/04/2024",), 1, ["2024-03-04"]),
}
"""Row that is repeated, rows that contradict it, rows refused, days the whole list then means."""


def _read(folder: Path, rows: list[str]) -> sources.Read:
    (folder / "list.csv").write_text("lat,lon,State,Install Date\n" + "\n".join(rows) + "\n")
    return sources.read(folder / "list.csv")


def _claims(found: sources.Read) -> pd.DataFrame:
    columns = ["lat", "lon", "first_seen", "changes"]
    table = found.reports[columns].round({"lat": 4, "lon": 4})
    return table.sort_values(columns, ignore_index=True)


@pytest.mark.parametrize("name", sorted(LISTS))
def test_S3_S6_a_late_row_says_as_much_as_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    usual, others, refused, days = LISTS[name]
    monkeypatch.setattr(door, "BATCH_ROWS", FIRST_ROWS)
    late = _read(tmp_path, [usual] * MANY + [*others])
    first = _read(tmp_path, [*others] + [usual] * MANY)
    assert (len(late.reports), len(late.rejects)) == (MANY + len(others) - refused, refused)
    assert late.reports["lat"].tolist() == pytest.approx([39.96] * len(late.reports), abs=0.01)
    assert late.reports["lon"].tolist() == pytest.approx([-83.0] * len(late.reports), abs=0.01)
    assert sorted(late.reports["first_seen"].dropna().unique()) == days
    assert late.tally["why"] == first.tally["why"]
    assert late.tally["changes"] == first.tally["changes"]
    pd.testing.assert_frame_equal(_claims(late), _claims(first))
