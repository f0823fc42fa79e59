"""Times of a search log: the vendor's, ISO's and their relatives, as seconds since 1970 (UTC)."""

from __future__ import annotations

import calendar
from typing import Any
from zoneinfo import available_timezones

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alprmap.sources import DAY_FIRST, MONTH_FIRST

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NONE = np.iinfo(np.int64).min
"""Stands for a time that is not there or cannot be read."""
_QUICK = "%m/%d/%Y, %I:%M:%S %p UTC"
"""The vendor's exports of 2025 and 2026; every other form is told by its parts."""
_WEEKDAY = r"^\s*(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+)?"
_DAYS = (
    r"^\s*(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
    _WEEKDAY + r"(?P<one>\d{1,2})[-/](?P<two>\d{1,2})[-/](?P<year>\d{4}|\d\d)",
    r"^\s*(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
    _WEEKDAY + r"(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})",
    _WEEKDAY + r"(?P<day>\d{1,2})[\s-](?P<name>[A-Za-z]{3,9})\.?[\s-](?P<year>\d{4}|\d\d)",
)
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[AaPp])?"
    r"(?:\.?[Mm]\.?)?\s*(?P<zone>[A-Za-z]{1,4}|[+-]\d\d:?\d\d)?\s*$"
)
_FORMS = tuple(day + r"(?:,?\s+(?:at\s+)?|T)" + _CLOCK for day in _DAYS)
_DAY_FORMS = tuple(day + r"\s*$" for day in _DAYS)
"""A day without a time: which hour it was is not said."""
_EPOCH = r"^\s*(?:/Date\()?(?P<value>1\d{9})(?P<milli>\d{3})?(?:\.\d+)?(?:\)/)?\s*$"
"""Seconds, or thousandths of a second, since 1970: from 2001 to 2033."""
_SERIAL = r"^(?P<days>[3-7]\d{4})(?:(?P<part>\.\d+)| 0?(?P<clock>\.\d+))?$"
"""Days since 1899, as spreadsheets count them, from 2000 to 2099, and the part of a day gone by."""
_SERIALS, _SERIAL_1970 = (36_526, 73_050), 25_569
_CLOCKED = r"\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?(?:\s?[AaPp]\.?[Mm]\.?)?"
_REWRITTEN = (
    # 2025-11-03T14:15:09Z[UTC]; …09 GMT-0800 (Pacific Standard Time); …09 (PST); …09 UTC-08:00
    (r"([Zz]|[+-]\d\d:?\d\d)\s*[\[(][^\])]*[\])]\s*$", r"\1"),
    (r"\s*[\[(]([^\])]*)[\])]\s*$", r" \1"),
    (r"\s*(?:UTC|GMT)\s?([+-]\d)", r" \1"),
    (r"(:\d\d(?:\.\d+)?\s*[+-]\d\d)$", r"\100"),
    (r"\s*\|\s*|\s+[-\x{2013}]\s+", " "),
    # 14h15; 02.15.09 PM; 11/03/2025 1415 hrs
    (r"(\d{1,2})[hH](\d\d)$", r"\1:\2"),
    (r"\b(\d{1,2})\.(\d\d)\.(\d\d)(?:\.\d+)?( ?[AaPp][Mm])", r"\1:\2:\3\4"),
    (r"^(\S*\d[-/.]\d{1,2}[-/.]\d+),? (\d\d)(\d\d)\s*(?:hrs?|hours|h)?\.?$", r"\1 \2:\3"),
    # 20251103T141509Z; 2025-11-03-14:15:09; 14:15 11/03/2025; Mon Nov 3 14:15:09 UTC 2025
    (r"^(20\d\d)(\d\d)(\d\d)[T ]?(\d\d):?(\d\d):?(\d\d)(\D.*)?$", r"\1-\2-\3 \4:\5:\6\7"),
    (r"^(20\d\d)(\d\d)(\d\d)[T ](\d\d):?(\d\d)$", r"\1-\2-\3 \4:\5"),
    (r"^(\d{4}-\d\d-\d\d)-(\d\d:)", r"\1 \2"),
    (rf"^({_CLOCKED}),?\s+(?:on\s+)?(\S.*\d)$", r"\2 \1"),
    (rf"^\s*(?:[A-Z][a-z]{{2}},?\s+)?([A-Z][a-z]{{2}})\s+(\d{{1,2}}),?\s+({_CLOCKED})(\s+[A-Z]+)?\s+(\d{{4}})$",
     r"\1 \2, \5 \3\4"),
)  # fmt: skip
"""Forms of a time and how the forms above write them."""
_WALL = (
    r"^(?P<time>.*[\dMm.])\s+(?:(?P<word>ET|CT|MT|PT|[Ee]astern|[Cc]entral|[Mm]ountain|[Pp]acific)"
    r"(?: (?:(?:[Ss]tandard|[Dd]aylight) )?[Tt]ime)?|(?P<named>[A-Z][a-z]+/[A-Za-z_/]+))$"
)
"""A time of the clock on the wall of a zone, summer time kept."""
_WALLS = {
    "e": "America/New_York",
    "c": "America/Chicago",
    "m": "America/Denver",
    "p": "America/Los_Angeles",
}
_DAY_NUMBER = r"^(?P<days>[3-7]\d{4})$"
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


def seconds(texts: Any, order: str = MONTH_FIRST) -> tuple[IntArray, BoolArray]:
    """Return the times of texts in seconds since 1970 (UTC), `NONE` where unreadable, and whether
    the text says its zone, shape (n,) each.

    A time without a zone is taken as UTC, which is what the exports that say one use. Serial
    numbers of spreadsheets are times where most of the texts are such numbers.
    """
    quick = pc.strptime(texts, format=_QUICK, unit="s", error_is_null=True)
    out = np.asarray(pc.fill_null(quick.cast(pa.int64()), NONE), dtype=np.int64).copy()
    out[_rolled(texts, quick)] = NONE
    zoned = out != NONE
    if order == DAY_FIRST:
        out[:], zoned[:] = NONE, False
    rest = _forms(texts, np.flatnonzero(~zoned), order, out, zoned)
    if not len(rest):
        return out, zoned
    plain = texts.take(pa.array(rest))
    parts = pc.extract_regex(plain, pattern=_EPOCH)
    met = np.asarray(pc.is_valid(parts))
    value = pc.struct_field(parts.filter(pa.array(met)), "value")
    out[rest[met]] = np.asarray(value.cast(pa.int64()), dtype=np.int64)
    zoned[rest[met]] = True
    serial, met = _serials(plain)
    if 2 * met.sum() > _said(texts):
        out[rest[met]] = serial[met]
    left = rest[out[rest] == NONE]
    if len(left):
        _rewritten(texts, left, order, out, zoned)
    return out, zoned


def _forms(texts: Any, rest: IntArray, order: str, out: IntArray, zoned: BoolArray) -> IntArray:
    """Read the rows `rest` by the forms of a day and a time, and return those that are none."""
    asked = rest
    for pattern in _FORMS:
        if not len(rest):
            break
        parts = pc.extract_regex(texts.take(pa.array(rest)), pattern=pattern)
        met = np.asarray(pc.is_valid(parts))
        some, good, zone = _by_parts(parts.filter(pa.array(met)), order)
        at = rest[met]
        out[at[good]] = some[good]
        zoned[at[good]] = zone[good]
        rest = rest[~met]
    left: IntArray = asked[out[asked] == NONE]
    return left


def _said(texts: Any) -> int:
    """Return how many texts say anything."""
    return int(pc.sum(pc.greater(pc.utf8_length(texts), 0)).as_py() or 0)


def _serials(texts: Any) -> tuple[IntArray, BoolArray]:
    """Return the seconds of serial numbers of a spreadsheet with a part of a day, and which texts
    are such."""
    parts = pc.extract_regex(pc.utf8_trim_whitespace(texts), pattern=_SERIAL)
    day, *clocks = (
        pc.fill_null(pc.struct_field(parts, name), "") for name in ("days", "part", "clock")
    )
    whole = np.array([int(d or 0) for d in day.to_pylist()], dtype=np.int64)
    part = [a or b for a, b in zip(*(c.to_pylist() for c in clocks), strict=True)]
    inside = (whole >= _SERIALS[0]) & (whole <= _SERIALS[1])
    gone = np.array([float(f"0{p}") if p else 0.0 for p in part])
    value = (whole - _SERIAL_1970) * 86_400 + np.rint(gone * 86_400).astype(np.int64)
    return value, inside & np.array([p != "" for p in part], dtype=bool)


def _rewritten(texts: Any, left: IntArray, order: str, out: IntArray, zoned: BoolArray) -> None:
    """Read rows that are written in further ways, and those that name the clock of a zone."""
    plain = pc.utf8_trim_whitespace(texts.take(pa.array(left)))
    plain = pc.replace_substring_regex(plain, r"\s+", " ")
    for pattern, written in _REWRITTEN:
        plain = pc.replace_substring_regex(plain, pattern, written)
    wall = pc.extract_regex(plain, pattern=_WALL)
    bare = pc.coalesce(pc.struct_field(wall, "time"), plain)
    some = np.full(len(left), NONE, dtype=np.int64)
    zone = np.zeros(len(left), dtype=bool)
    _forms(bare, np.arange(len(left)), order, some, zone)
    words = [w and (w["named"] or _WALLS[w["word"][0].lower()]) for w in wall.to_pylist()]
    for name in sorted({w for w in words if w}):
        at = np.array([w == name for w in words]) & (some != NONE)
        if name not in available_timezones():
            some[at] = NONE
            continue
        some[at], zone[at] = _on_the_wall(some[at], name), True
    out[left], zoned[left] = some, zone


def _on_the_wall(clock: IntArray, zone: str) -> IntArray:
    """Return the seconds since 1970 (UTC) of times on the clock of a zone."""
    stamps = pa.array(clock, pa.timestamp("s"))
    known = pc.assume_timezone(stamps, zone, ambiguous="earliest", nonexistent="latest")
    utc: IntArray = np.asarray(known.cast(pa.int64()), dtype=np.int64)
    return utc


_NUMBERS = r"^\s*(?:[A-Za-z]+,?\s+)?(?P<one>\d{1,2})[-/](?P<two>\d{1,2})[-/](?:\d{4}|\d\d)\b"


def of_the_other_order(texts: Any, order: str) -> int:
    """Return how many texts can only be read in the other order of day and month."""
    parts = pc.extract_regex(texts, pattern=_NUMBERS)
    one, two = (
        pc.fill_null(pc.struct_field(parts, n), "0").cast(pa.int64()) for n in ("one", "two")
    )
    day, month = (one, two) if order == MONTH_FIRST else (two, one)
    other = pc.and_(pc.and_(pc.greater(day, 12), pc.less(day, 32)), pc.less(month, 13))
    return int(pc.sum(other).as_py() or 0)


def of_columns(
    texts: Any, day_texts: Any | None, zone: str, order: str = MONTH_FIRST
) -> tuple[IntArray, BoolArray]:
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
    order
        What the numbers of 04/05/2025 are.
    """
    said, zoned = seconds(texts, order)
    if day_texts is not None and len(rest := np.flatnonzero(said == NONE)):
        at = pa.array(rest)
        joined = pc.binary_join_element_wise(day_texts.take(at), texts.take(at), " ")
        said[rest], zoned[rest] = seconds(joined, order)
    if zone and len(bare := np.flatnonzero((said != NONE) & ~zoned)):
        said[bare] = _on_the_wall(said[bare], zone)
        zoned[bare] = True
    return said, zoned


def days(texts: Any, order: str = MONTH_FIRST) -> IntArray:
    """Return the days of texts that say no time of day, in seconds since 1970, `NONE` elsewhere,
    shape (n,)."""
    out = np.full(len(texts), NONE, dtype=np.int64)
    for pattern in _DAY_FORMS:
        parts = pc.extract_regex(texts, pattern=pattern)
        met = np.flatnonzero(np.asarray(pc.is_valid(parts)))
        if len(met):
            some, good, _ = _by_parts(parts.take(pa.array(met)), order)
            out[met[good]] = some[good]
    parts = pc.extract_regex(texts, pattern=_DAY_NUMBER)
    met = np.flatnonzero(np.asarray(pc.is_valid(parts)))
    if 2 * len(met) > _said(texts):
        number = pc.struct_field(parts.take(pa.array(met)), "days").cast(pa.int64())
        whole = np.asarray(number, dtype=np.int64)
        fine = (whole >= _SERIALS[0]) & (whole <= _SERIALS[1])
        out[met[fine]] = (whole[fine] - _SERIAL_1970) * 86_400
    return out


def _rolled(texts: Any, stamps: Any) -> IntArray:
    """Return the rows where the C library made 2 March of 30 February: the day said is another."""
    early = np.flatnonzero(np.asarray(pc.fill_null(pc.less(pc.day(stamps), 4), False)))
    parts = pc.extract_regex(texts.take(pa.array(early)), pattern=r"^\s*\d+/(?P<day>\d+)/")
    said = pc.fill_null(pc.struct_field(parts, "day"), "0").cast(pa.int64())
    same = pc.equal(said, pc.day(stamps.take(pa.array(early))))
    rolled: IntArray = early[~np.asarray(same)]
    return rolled


def _by_parts(parts: Any, order: str) -> tuple[IntArray, BoolArray, BoolArray]:
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
    if "one" in named:
        month, day = (number(n) for n in ("one", "two"))
        month, day = (day, month) if order == DAY_FIRST else (month, day)
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
