"""Times of a search log: the vendor's, ISO's and their relatives, as seconds since 1970 (UTC)."""

from __future__ import annotations

import calendar
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NONE = np.iinfo(np.int64).min
"""Stands for a time that is not there or cannot be read."""
_QUICK = "%m/%d/%Y, %I:%M:%S %p UTC"
"""The vendor's exports of 2025 and 2026; every other form is told by its parts."""
_WEEKDAY = r"^\s*(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+)?"
_DAYS = (
    r"^\s*(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
    _WEEKDAY + r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d\d)",
    r"^\s*(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
    _WEEKDAY + r"(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})",
    _WEEKDAY + r"(?P<day>\d{1,2})[\s-](?P<name>[A-Za-z]{3,9})\.?[\s-](?P<year>\d{4})",
)
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[AaPp])?"
    r"(?:\.?[Mm]\.?)?\s*(?P<zone>[A-Za-z]{1,4}|[+-]\d\d:?\d\d)?\s*$"
)
_FORMS = tuple(day + r"(?:,?\s+(?:at\s+)?|T)" + _CLOCK for day in _DAYS)
_DAY_FORMS = tuple(day + r"\s*$" for day in _DAYS)
"""A day without a time: which hour it was is not said."""
_EPOCH = r"^\s*(?P<value>1\d{9})(?P<milli>\d{3})?(?:\.\d+)?\s*$"
"""Seconds, or thousandths of a second, since 1970: from 2001 to 2033."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONE_HOURS = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
}
_SPLIT = (
    r"^\s*(?P<start>\d{1,4}[-/]\d{1,2}[-/]\d{1,4}[^-–/\n]*?)\s*(?:\n|\r|-|–|\bto\b|\s)\s*"
    r"(?P<end>\d{1,4}[-/]\d{1,2}[-/]\d{1,4}[^\n/]*?)\s*$"
)


def seconds(texts: Any) -> tuple[IntArray, BoolArray]:
    """Return the times of texts in seconds since 1970 (UTC), `NONE` where unreadable, and whether
    the text says its zone, shape (n,) each.

    A time without a zone is taken as UTC, which is what the exports that say one use.
    """
    quick = pc.strptime(texts, format=_QUICK, unit="s", error_is_null=True)
    out = np.asarray(pc.fill_null(quick.cast(pa.int64()), NONE), dtype=np.int64).copy()
    out[_rolled(texts, quick)] = NONE
    zoned = out != NONE
    rest = np.flatnonzero(~zoned)
    for pattern in _FORMS:
        if not len(rest):
            break
        parts = pc.extract_regex(texts.take(pa.array(rest)), pattern=pattern)
        met = np.asarray(pc.is_valid(parts))
        some, good, zone = _by_parts(parts.filter(pa.array(met)))
        at = rest[met]
        out[at[good]] = some[good]
        zoned[at[good]] = zone[good]
        rest = rest[~met]
    if len(rest):
        parts = pc.extract_regex(texts.take(pa.array(rest)), pattern=_EPOCH)
        met = np.asarray(pc.is_valid(parts))
        value = pc.struct_field(parts.filter(pa.array(met)), "value")
        out[rest[met]] = np.asarray(value.cast(pa.int64()), dtype=np.int64)
        zoned[rest[met]] = True
    return out, zoned


def of_columns(texts: Any, day_texts: Any | None, zone: str) -> tuple[IntArray, BoolArray]:
    """Return the times of a log's rows as `seconds` does.

    Parameters
    ----------
    texts
        The column of times.
    day_texts
        A column of days that stands beside it: what is no time by itself is taken as a time on that
        day.
    zone
        Name of the time zone that the header says, "" where it says none: that of the rows that say
        none themselves.
    """
    said, zoned = seconds(texts)
    if day_texts is not None and len(rest := np.flatnonzero(said == NONE)):
        at = pa.array(rest)
        joined = pc.binary_join_element_wise(day_texts.take(at), texts.take(at), " ")
        said[rest], zoned[rest] = seconds(joined)
    if zone and len(bare := np.flatnonzero((said != NONE) & ~zoned)):
        stamps = pa.array(said[bare], pa.timestamp("s"))
        known = pc.assume_timezone(stamps, zone, ambiguous="earliest", nonexistent="latest")
        said[bare] = np.asarray(known.cast(pa.int64()), dtype=np.int64)
        zoned[bare] = True
    return said, zoned


def days(texts: Any) -> IntArray:
    """Return the days of texts that say no time of day, in seconds since 1970, `NONE` elsewhere,
    shape (n,)."""
    out = np.full(len(texts), NONE, dtype=np.int64)
    for pattern in _DAY_FORMS:
        parts = pc.extract_regex(texts, pattern=pattern)
        met = np.flatnonzero(np.asarray(pc.is_valid(parts)))
        if len(met):
            some, good, _ = _by_parts(parts.take(pa.array(met)))
            out[met[good]] = some[good]
    return out


def _rolled(texts: Any, stamps: Any) -> IntArray:
    """Return the rows where the C library made 2 March of 30 February: the day said is another."""
    early = np.flatnonzero(np.asarray(pc.fill_null(pc.less(pc.day(stamps), 4), False)))
    parts = pc.extract_regex(texts.take(pa.array(early)), pattern=r"^\s*\d+/(?P<day>\d+)/")
    said = pc.fill_null(pc.struct_field(parts, "day"), "0").cast(pa.int64())
    same = pc.equal(said, pc.day(stamps.take(pa.array(early))))
    rolled: IntArray = early[~np.asarray(same)]
    return rolled


def _by_parts(parts: Any) -> tuple[IntArray, BoolArray, BoolArray]:
    """Return (seconds, whether they are a time, whether a zone is said) of matched parts."""

    named = {field.name for field in parts.type}

    def number(name: str) -> IntArray:
        if name not in named:
            return np.zeros(len(parts), np.int64)
        text = pc.struct_field(parts, name)
        text = pc.if_else(pc.equal(pc.utf8_length(text), 0), "0", text)
        return np.asarray(pc.fill_null(text.cast(pa.int64()), 0), dtype=np.int64)

    year, month, day, hour, minute, second = (
        number(n) for n in ("year", "month", "day", "hour", "minute", "second")
    )
    if "name" in named:
        month = np.array([_month(w) for w in _words(parts, "name")], dtype=np.int64)
    year = np.where(year < 100, year + 2000, year)
    half = np.asarray([h.lower() for h in _words(parts, "half")])
    twelve = half != ""
    good = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (minute < 60) & (second < 61)
    good &= np.where(twelve, (hour >= 1) & (hour <= 12), hour < 24)
    hour = np.where(twelve, hour % 12 + 12 * (half == "p"), hour)
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    end = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    good &= start + day <= end
    words = [w.upper() for w in _words(parts, "zone")]
    shift = np.array([_offset(w) for w in words], dtype=np.float64)
    good &= ~np.isnan(shift)
    value = (start + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second
    return (
        value - np.nan_to_num(shift).astype(np.int64),
        good,
        np.array([w != "" for w in words], dtype=bool),
    )


def _words(parts: Any, name: str) -> list[str]:
    """Return a part of matched texts as text, "" where there is none."""
    if name not in {field.name for field in parts.type}:
        return [""] * len(parts)
    return [str(w or "") for w in pc.struct_field(parts, name).to_pylist()]


def _month(name: str) -> int:
    """Return the number of a month by its English name, cut or whole, 0 where it is none.

    >>> _month("Sept"), _month("May"), _month("Mayor")
    (9, 5, 0)
    """
    at = _MONTHS.index(name[:3].lower()) + 1 if name[:3].lower() in _MONTHS else 0
    whole = calendar.month_name[at].lower() if at else ""
    return at if whole.startswith(name.lower()) else 0


def _offset(zone: str) -> float:
    """Return the seconds that a zone is ahead of UTC, NaN where it is none.

    >>> _offset("-05:00"), _offset("CST"), _offset("")
    (-18000.0, -21600.0, 0.0)
    """
    if zone == "":
        return 0.0
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        size = int(digits[:2]) * 3600 + int(digits[2:]) * 60
        return float(size if zone[0] == "+" else -size)
    return _ZONE_HOURS[zone] * 3600.0 if zone in _ZONE_HOURS else float("nan")


def frame_starts(texts: Any) -> Any:
    """Return the first of the two times of a time frame as text, "" where there are not two.

    The export joins them by a line break, older ones by a blank.
    """
    width = pc.utf8_length(texts)
    if pc.all(pc.equal(width, 55)).as_py():
        first = pc.utf8_slice_codeunits(texts, 0, 27)
        if pc.all(pc.ends_with(first, "UTC")).as_py():
            return first
    parts = pc.extract_regex(texts, pattern=_SPLIT)
    return pc.fill_null(pc.struct_field(parts, "start"), "")


def local(seconds_utc: IntArray, timezone: str) -> IntArray:
    """Return UTC seconds as seconds of the clock in a time zone, `NONE` kept.

    Raises
    ------
    pyarrow.ArrowInvalid
        When the system does not know the time zone.
    """
    if timezone == "UTC":
        return seconds_utc
    known = seconds_utc != NONE
    stamps = pa.array(np.where(known, seconds_utc, 0), pa.timestamp("s", "UTC"))
    clock = pc.local_timestamp(stamps.cast(pa.timestamp("s", timezone)))
    return np.where(known, np.asarray(clock.cast(pa.int64()), dtype=np.int64), NONE)
