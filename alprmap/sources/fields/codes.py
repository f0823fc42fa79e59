"""S3: positions written as codes: plus codes and geohashes are read; what only a service can turn
into degrees (what3words, short links, plus codes cut to their town) is named with what to do."""

from __future__ import annotations

import re
from functools import lru_cache

_DIGITS = "23456789CFGHJMPQRVWX"
_PLUS = re.compile(rf"(?P<code>[{_DIGITS}]{{8}}\+[{_DIGITS}]{{2,7}})(?:[\s,].*)?", re.IGNORECASE)
_STEPS = (20.0, 1.0, 0.05, 0.0025, 0.000125)
"""Degrees of a pair of digits of a plus code, from the first pair on (Open Location Code 1.0)."""
_ROWS, _COLUMNS = 5, 4
"""The digits behind the tenth part a cell into five rows and four columns."""
_BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
SHORTEST, LONGEST = 6, 12
"""Letters of a geohash that is taken for a position: 6 are a cell of 1.2 by 0.6 km."""


@lru_cache(maxsize=8192)
def plus_code(text: str) -> tuple[float, float] | None:
    """Return lon, lat of the middle of a full plus code, None when the text is none.

    >>> plus_code("8FVC9G8F+6X")
    (8.524938, 47.365563)
    >>> plus_code("9G8F+6X Zurich") is None
    True
    """
    found = _PLUS.fullmatch(text.strip()) if "+" in text else None
    if found is None:
        return None
    digits = [_DIGITS.index(c) for c in found["code"].upper().replace("+", "")]
    lat, lon = -90.0, -180.0
    for at, step in enumerate(_STEPS):
        lat += digits[2 * at] * step
        lon += digits[2 * at + 1] * step
    high = wide = _STEPS[-1]
    for digit in digits[10:]:
        high, wide = high / _ROWS, wide / _COLUMNS
        lat += digit // _COLUMNS * high
        lon += digit % _COLUMNS * wide
    lon, lat = round(lon + wide / 2, 6), round(lat + high / 2, 6)
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None


def geohash(text: str) -> tuple[float, float] | None:
    """Return lon, lat of the middle of a geohash, with no more decimals than its cell has; None
    when the text is none, or too short to be a place.

    >>> geohash("9v6kpmr1"), geohash("9v6")
    ((-97.7575, 30.2635), None)
    """
    letters = text.strip().casefold()
    if not SHORTEST <= len(letters) <= LONGEST or not set(letters) <= set(_BASE32):
        return None
    ends = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = "".join(f"{_BASE32.index(c):05b}" for c in letters)
    for at, bit in enumerate(bits):
        low, high = ends[at % 2]
        ends[at % 2] = [(low + high) / 2, high] if bit == "1" else [low, (low + high) / 2]
    lon, lat = (
        round((low + high) / 2, next(d for d in range(1, 9) if 10.0**-d < high - low))
        for low, high in ends
    )
    return lon, lat


_WORDS3 = re.compile(
    r"(?P<sure>/{3}\s*|(?:https?://)?(?:www\.)?(?:w3w\.co|what3words\.com)/|(?:w3w|what3words)[\s:]+/*)?"
    r"[^\W\d_]{3,}\.[^\W\d_]{3,}\.[^\W\d_]{3,}",
    re.IGNORECASE,
)
_CUT = re.compile(rf"[{_DIGITS}]{{2,6}}\+[{_DIGITS}]{{2,3}}(?:[\s,].*)?", re.IGNORECASE)
_SHORT = re.compile(
    r"(?:https?://)?(?:www\.)?(?:goo\.gl|maps\.app\.goo\.gl|g\.co|g\.page|bit\.ly|tinyurl\.com|t\.co|ow\.ly|is\.gd"
    r"|osm\.org/go|arcg\.is|binged\.it)/\S+",
    re.IGNORECASE,
)


def named(text: str, *, promised: bool) -> str | None:
    """Return what a cell is that stands for a position no file holds, and what to do; None for any
    other.

    `promised`: the heading of the cell says that it is a position.

    >>> named("https://maps.app.goo.gl/abc", promised=False)
    'a short link (open it in a browser and save the long address)'
    >>> named("///filled.count.soap", promised=False)[:25], named("Main St", promised=True)
    ('a what3words address (ask', None)
    """
    plain = text.strip()
    if len(plain) > 300 or not ("." in plain or "+" in plain):
        return None
    if _SHORT.match(plain):
        return "a short link (open it in a browser and save the long address)"
    words = _WORDS3.fullmatch(plain)
    if words and (promised or words["sure"]):
        return "a what3words address (ask for latitude and longitude: only its maker can read it)"
    if _CUT.fullmatch(plain):
        return "a plus code cut short (write all ten digits, or latitude and longitude)"
    return None
