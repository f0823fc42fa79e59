"""Dates of every common form → ISO text of the precision known (``2025``, ``2025-10``,
``2025-10-04``)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from alprmap.sources.fields import vocabulary

_MONTHS = {
    m: i + 1
    for i, m in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    )
}
_MONTH = r"(?P<mon>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_ISO = re.compile(
    r"(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?)?(?:[t ]\d.*)?", re.ASCII
)
_SLASH = re.compile(
    r"(?P<a>\d{1,2})[/.\-](?P<b>\d{1,2})[/.\-](?P<y>\d{4}|\d{2})(?:[T ,]+\d.*)?", re.ASCII
)
_MONTH_YEAR = re.compile(r"(?P<m>\d{1,2})[/\-](?P<y>\d{4})", re.ASCII)
_TEXT_MDY = re.compile(_MONTH + r"\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})", re.ASCII)
_TEXT_DMY = re.compile(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s\-]+" + _MONTH + r",?[\s\-]+(?P<y>\d{4}|\d{2})", re.ASCII
)
_TEXT_MY = re.compile(_MONTH + r",?\s+(?P<y>\d{4})", re.ASCII)
_TEXT_MY_SHORT = re.compile(_MONTH + r"[\s'’-]+(?P<y>\d{2})", re.ASCII)
_QUARTER = re.compile(
    r"(?:q[1-4]|fy|cy|spring|summer|fall|autumn|winter|early|mid|late|est\.?|circa|ca\.?|c\.|about|around"
    r"|[1-4]q|before|by)[\s-]*(?P<y>(?:19|20)\d{2})|(?P<y2>(?:19|20)\d{2})[\s-]*(?:q[1-4]|[1-4]q)",
    re.ASCII,
)
_CHART_DATE = re.compile(
    r"date\((?P<y>\d{4}),\s*(?P<m>\d{1,2}),\s*(?P<d>\d{1,2})[\d,\s]*\)", re.ASCII
)
"""As charts of Google write it, whose January is month 0."""
_CLOCK = re.compile(
    r"(?:,|\bat\b|\s)*\s\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[ap]\.?m\.?)?(?:\s*(?:[a-z]{1,4}|(?:gmt|utc)?[+-]\d{1,2}:?\d{2}))?$",
    re.ASCII,
)
_LONGEST = 60
"""Characters of a date with its weekday, hour and time zone."""
_WEEKDAY = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+(?=\S)"
)
_JSON_DATE = re.compile(r"/?date\((?P<ms>\d{12,13})(?:[+-]\d{4})?\)/?", re.ASCII)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})", re.ASCII)
_SERIAL_HOUR = re.compile(r"\d{5}\.\d{1,12}", re.ASCII)
_AS_A_NUMBER = re.compile(r"\d{10,13}\.0{1,6}|\d\.\d{5,12}e\+?(?:09|9|12)", re.ASCII)
"""Seconds or milliseconds since 1970 as programs print numbers; 1.71E+12 tells no day any more."""
EARLIEST_YEAR, LATEST_YEAR = 1976, 2100
"""The first plate reader was built in 1976 (UK Police Scientific Development Branch); 2100 is
beyond any plan. """
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_EXCEL_RANGE = (36_526, 73_050)
"""Serial days 2000-01-01 to 2099-12-31: a bare number outside it is not taken for a date."""


_EPOCH_MS = (946_684_800_000, 4_102_444_800_000)
"""Milliseconds since 1970 from 2000 to 2100, as ArcGIS writes dates."""
MONTH_FIRST, DAY_FIRST, UNSURE = "month first", "day first", "day or month first"
"""What the numbers of a column of dates mean, told from all of them (`order_of`)."""


@lru_cache(maxsize=16_384)
def parse_date(value: str | float | int, order: str = MONTH_FIRST) -> str | None:
    """Return a date as ISO text of its own precision, None when it is not one.

    ``a/b/year`` is read in the `order` of its column unless one of the numbers is above 12; by
    itself the US way. Two-digit years are 20xx.

    >>> (parse_date("02/17/2006"), parse_date("2024-06"), parse_date("Oct 4, 2025"),
    ...  parse_date("23 APR 2025"), parse_date("31/12/2024"))
    ('2006-02-17', '2024-06', '2025-10-04', '2025-04-23', '2024-12-31')
    >>> parse_date("soon") is None and parse_date("2024-13") is None
    True
    """
    if isinstance(value, (int, float)):
        return _serial(value)
    text = _english(" ".join(value.split()).casefold())
    if len(text) in (5, 10, 12, 13) and text.isascii() and text.isdecimal():
        return _serial(int(text))
    if _SERIAL_HOUR.fullmatch(text) or _AS_A_NUMBER.fullmatch(text):
        return _serial(float(text))
    if found := _JSON_DATE.fullmatch(text):
        return _serial(int(found["ms"]))
    if found := _CHART_DATE.fullmatch(text):
        return _iso({"y": found["y"], "m": str(int(found["m"]) + 1), "d": found["d"]})
    if len(text) <= _LONGEST:
        text = _WEEKDAY.sub("", _CLOCK.sub("", text), count=1)
    if found := _QUARTER.fullmatch(text):
        return _iso({"y": found["y"] or found["y2"]})
    for pattern in _FORMS:
        found = pattern.fullmatch(text)
        if found:
            return _iso(found.groupdict(), order)
    return None


_WORD = re.compile(r"[a-z]{3,}")


@cache
def _months() -> dict[str, str]:
    """Return months of other languages → the English ones (data/aliases/words.csv)."""
    return {k: v for k, v in vocabulary.words("month").items() if v}


def _english(text: str) -> str:
    """Return a date with its month in English ("15 de marzo de 2024" → "15 march 2024")."""
    if text.isascii() and not any(c.isalpha() for c in text):
        return text
    plain = vocabulary.unaccented(text)
    named = [w for w in _WORD.findall(plain) if w in _months()]
    if not named:
        return text
    plain = re.sub(r"\b(?:de|del|d)\b\s*|º|°|(?<=\d)er\b", " ", plain)
    return " ".join(_WORD.sub(lambda m: _months().get(m[0], m[0]), plain).split())


_FORMS = (
    _COMPACT,
    _ISO,
    _SLASH,
    _MONTH_YEAR,
    _TEXT_MDY,
    _TEXT_DMY,
    _TEXT_MY,
    _TEXT_MY_SHORT,
)


@dataclass(slots=True)
class Order:
    """What ``a/b/year`` means in a column, by the numbers above 12 among all its dates (S6)."""

    first: bool = False
    second: bool = False

    def look(self, value: object) -> None:
        """Take the evidence of a cell, or of the cells of a row."""
        if isinstance(value, str):
            seen = _above_twelve(value)
            self.first |= seen[0]
            self.second |= seen[1]
        elif isinstance(value, list):
            for one in value:
                self.look(one)

    def order(self) -> str:
        """Return it: the US way where no number says, unsure where they contradict each other."""
        if self.first and self.second:
            return UNSURE
        return DAY_FIRST if self.first else MONTH_FIRST


@lru_cache(maxsize=16_384)
def _above_twelve(text: str) -> tuple[bool, bool]:
    found = _SLASH.fullmatch(" ".join(text.split()).casefold())
    if found is None:
        return False, False
    return 12 < int(found["a"]) <= 31, 12 < int(found["b"]) <= 31


def order_of(values: Iterable[object]) -> str:
    """Return what ``a/b/year`` means in a column (S6, `Order`).

    >>> order_of(["03/04/2024", "13/04/2024"]), order_of(["03/04/2024"])
    ('day first', 'month first')
    >>> order_of(["13/04/2024", "04/13/2024"])
    'day or month first'
    """
    seen = Order()
    for value in values:
        seen.look(value)
    return seen.order()


def is_iso_date(text: str) -> bool:
    """Tell whether a text is a date of the calendar as `parse_date` writes it: a year, a month or a
    day.

    >>> (is_iso_date("2026"), is_iso_date("2026-02-28"), is_iso_date("2026-02-30"),
    ...  is_iso_date("Oct 4, 2025"))
    (True, True, False, False)
    """
    return parse_date(text) == text


def _iso(part: dict[str, str | None], order: str = MONTH_FIRST) -> str | None:
    year_text = part["y"] or ""
    year = int(year_text) + (2000 if len(year_text) == 2 else 0)
    month = _MONTHS.get((part.get("mon") or "")[:3]) or (
        int(part["m"] or 0) or None if "m" in part else None
    )
    day = int(part["d"] or 0) if part.get("d") else None
    if part.get("a"):
        first, second = int(part["a"] or 0), int(part["b"] or 0)
        if order == UNSURE and max(first, second) <= 12 and first != second:
            return None
        day_first = first > 12 or (order == DAY_FIRST and second <= 12)
        month, day = (second, first) if day_first else (first, second)
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    if month is None:
        return f"{year:04d}"
    if day is None:
        return f"{year:04d}-{month:02d}" if 1 <= month <= 12 else None
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def _serial(days: float) -> str | None:
    if 0 < days == int(days) and EARLIEST_YEAR <= days <= LATEST_YEAR:
        return f"{int(days):04d}"
    if _EPOCH_MS[0] <= days * 1000 <= _EPOCH_MS[1]:
        days *= 1000  # seconds, as databases write them
    if _EPOCH_MS[0] <= days <= _EPOCH_MS[1]:
        moment = dt.datetime.fromtimestamp(days / 1000, tz=dt.UTC)
        return moment.date().isoformat()
    if _EXCEL_RANGE[0] <= days <= _EXCEL_RANGE[1]:
        return (_EXCEL_EPOCH + dt.timedelta(days=int(days))).isoformat()
    return None


_INSIDE = re.compile(r"\b(?:\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})|\d{4}-\d{2}(?:-\d{2})?)\b", re.ASCII)


def find(text: str) -> str | None:
    """Return the last date written inside a longer text, None when there is none.

    >>> find("#30 - 8/8/2024")
    '2024-08-08'
    """
    found = _INSIDE.findall(text)
    return parse_date(found[-1]) if found else None
