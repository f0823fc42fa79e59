"""What the columns of a search log mean, by data/aliases/search_columns.csv (rule A6)."""

from __future__ import annotations

import csv
import io
import itertools
import re
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from alprmap.access.searches import times
from alprmap.errors import InputError
from alprmap.sources import DAY_FIRST, MONTH_FIRST, search_column

_ROWS = 500
_LINES = 30
"""Lines of titles that may stand above the header."""
_ZONES = {
    word: zone
    for zone, words in {
        "UTC": "utc gmt zulu",
        "America/New_York": "et est edt eastern",
        "America/Chicago": "ct cst cdt central",
        "America/Denver": "mt mst mdt mountain",
        "America/Los_Angeles": "pt pst pdt pacific",
        "America/Anchorage": "akst akdt",
        "Pacific/Honolulu": "hst",
    }.items()
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns stand: `at` meaning → positions, `width` cells in a row, `skip` lines up to
    and with the header, `mark` the character between cells, `zone` the time zone that the
    heading of the times says."""

    at: dict[str, tuple[int, ...]]
    width: int
    skip: int
    mark: str
    zone: str = ""

    @property
    def name(self) -> str:
        """What the layout has, in its order, in our words: nothing of the file."""
        order = sorted((min(places), what) for what, places in self.at.items())
        return " ".join(what for _, what in order)

    def first(self, what: str) -> int | None:
        """Return the position of the first column of a meaning."""
        return self.at[what][0] if what in self.at else None


def is_search_log(text: str) -> bool:
    """Tell whether a text begins as a log of searches does: a table with the header of one, or JSON
    records with such keys.

    Parameters
    ----------
    text
        The beginning of a file; nothing of it is kept or said.
    """
    if text.lstrip()[:1] in ("[", "{"):
        keys = {search_column(k) for k in re.findall(r'"([^"\\]{1,60})"\s*:', text)}
        return bool(keys & {"time", "day"}) and bool(keys & {"networks", "devices", "reason"})
    try:
        layout_of(text)
    except InputError:
        return False
    return True


def _settle_days(found: dict[str, list[int]]) -> None:
    """Let a column of days stand beside the times, or for them where there are none. A bare "Date"
    is that of a search only beside a time or a count of networks: every list has one."""
    bare = found.pop("date", None)
    if bare and "day" not in found and ("time" in found or "networks" in found):
        found["day"] = bare
    if "time" not in found and "day" in found:
        found["time"] = found.pop("day")


def zone_in(heading: str) -> str:
    """Return the time zone that a heading says, as the system calls it, "" where it says none. Who
    writes EST over a year of searches means the clock on the wall, so summer time is kept.

    >>> zone_in("Timestamp (UTC)"), zone_in("Search Time - EST"), zone_in("Search time")
    ('UTC', 'America/New_York', '')
    """
    return next((_ZONES[w] for w in re.findall(r"[a-z]+", heading.lower()) if w in _ZONES), "")


def layout_of(text: str) -> Layout:
    """Return the layout of a log from its first lines.

    Raises
    ------
    InputError
        When no line is a header with a time of search and something else that is known; cells are
        never quoted, since a file without a header begins with a person's data.
    """
    for mark in ",;\t|":
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        try:
            for _, cells in zip(range(_LINES), lines, strict=False):
                found: dict[str, list[int]] = {}
                for place, cell in enumerate(cells):
                    what = search_column(cell)
                    if what:
                        found.setdefault(what, []).append(place)
                _settle_days(found)
                if "time" in found and {"networks", "devices", "reason", "id"} & set(found):
                    at = {what: tuple(places) for what, places in found.items()}
                    zone = zone_in(cells[at["time"][0]])
                    return Layout(at, len(cells), lines.line_num, mark, zone)
        except csv.Error:
            continue
    raise InputError(
        "has no header of a search log (a time of search, and a count of networks, a reason or an"
        " id)",
        fix="pass the CSV as exported, with its header; docs/method/searches.md lists the columns",
    )


def refuse_untimed(text: str) -> None:
    """Refuse a table whose first rows have no time and no day of search that is read.

    Parameters
    ----------
    text
        The beginning of a log (`is_search_log`); nothing of it is kept or said.

    Raises
    ------
    InputError
        When no row looked at has one.
    """
    layout = layout_of(text)
    places = [layout.at["time"][0], *layout.at.get("day", ())[:1]]
    below = text.splitlines(keepends=True)[layout.skip :]
    rows = csv.reader(below, delimiter=layout.mark)
    cells: list[list[str]] = [[] for _ in places]
    with suppress(csv.Error):  # the text may end inside a cell
        read = [r for r in itertools.islice(rows, _ROWS) if len(r) > max(places)]
        cells = [[r[place].strip() for r in read] for place in places]
    said, *days = (pa.array(column, pa.string()) for column in cells)
    told = np.zeros(len(said), bool)
    for order in (MONTH_FIRST, DAY_FIRST):
        told |= times.of_columns(said, days[0] if days else None, "", order)[0] != times.NONE
        for column in (said, *days):
            told |= times.days(column, order) != times.NONE
    if not told.any():
        raise InputError(
            f"none of its first {len(said):,} rows has a time of search that can be read",
            fix="pass the CSV as exported; docs/method/searches.md lists the forms of a time",
        )
