"""Coordinates as people write them → lon, lat in degrees, with a note on whatever had to be
changed.

Decimal degrees, decimal commas, degrees with minutes and seconds, hemispheres, both in one cell,
WKT; swapped axes and lost minus signs told against the study area. UTM, MGRS and projected systems
live in `alprmap.sources.fields.grids`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote_plus

from alprmap.sources.fields import codes
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.fields.vocabulary import Box

_HEMISPHERE = {
    "N": ("lat", 1),
    "S": ("lat", -1),
    "E": ("lon", 1),
    "W": ("lon", -1),
    "NORTH": ("lat", 1),
    "SOUTH": ("lat", -1),
    "EAST": ("lon", 1),
    "WEST": ("lon", -1),
    "O": ("lon", -1),
    "NORTE": ("lat", 1),
    "OESTE": ("lon", -1),
    "NORD": ("lat", 1),
    "OUEST": ("lon", -1),
}
_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_ANGLE = re.compile(
    rf"""\s*(?P<pre>north|south|east|west|norte|oeste|nord|ouest|[nsewo])?\s*(?P<sign>[+\-−])?\s*
    (?P<d>{_NUMBER})\s*(?:°|º|˚|ᵒ|deg(?:rees)?\b|d(?![a-z])|\s|:|\*)?\s*
    (?:(?P<m>\d{{1,2}}(?:[.,]\d+)?)\s*(?:'|′|’|ʹ|´|`|m(?:in)?(?![a-z])|:|\s)?\s*)?
    (?:(?P<s>\d{{1,2}}(?:[.,]\d+)?)\s*(?:"|″|”|“|ʺ|''|′′|’’|´´|``|s(?:ec)?(?=\b|[nsewo]\b))?\s*)?
    (?P<post>north|south|east|west|norte|oeste|nord|ouest|[nsewo])?\s*\.?\s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_DASHED = re.compile(r"(?<![\d.])(\d{1,3})-(\d{1,2})-(\d{1,2}(?:\.\d+)?)(?![\d.-])", re.ASCII)
"""Degrees, minutes and seconds as surveyors write them: 35-06-00.4."""
_WKT = re.compile(
    r"(?:SRID=(?P<srid>\d+);)?\s*POINT\s*(?:Z|M|ZM)?\s*\(\s*(?P<x>[+\-]?[\d.]+)\s+(?P<y>[+\-]?[\d.]+)"
    r"(?:\s+[+\-]?[\d.]+){0,2}\s*\)",
    re.IGNORECASE | re.ASCII,
)
_GEO_URI = re.compile(
    r"geo:(?P<lat>[+\-]?[\d.]+),(?P<lon>[+\-]?[\d.]+).*", re.IGNORECASE | re.ASCII
)
_PAIR = (
    r"(?P<lat>[+\-]?\d{1,2}\.\d+)(?:,|%2C|/|~|_|\+|&m?l(?:on|ng|ong)=|&longitude=)\+?(?:%20)?"
    r"(?P<lon>[+\-]?\d{1,3}\.\d+)\S*"
)
_MAP_LINK = re.compile(
    r"https?://\S*?(?:@|[?&/](?:ll|sll|center|cp)=|#map=\d+(?:\.\d+)?/|/(?:dir|place|search|l)/[^\s@]*?/?)"
    + _PAIR,
    re.IGNORECASE | re.ASCII,
)


_NAMED = re.compile(
    r"""\{.{0,80}?["']lat(?:itude)?["']\s*:\s*["']?(?P<lat>[+\-]?\d{1,2}\.\d+)["']?\s*,.{0,80}?
    ["'](?:lon|lng|long|longitude)["']\s*:\s*["']?(?P<lon>[+\-]?\d{1,3}\.\d+)["']?.*\}
    |\{.{0,80}?["'](?:lon|lng|long|longitude)["']\s*:\s*["']?(?P<lon2>[+\-]?\d{1,3}\.\d+)["']?\s*,
    .{0,80}?["']lat(?:itude)?["']\s*:\s*["']?(?P<lat2>[+\-]?\d{1,2}\.\d+)["']?.*\}""",
    re.IGNORECASE | re.ASCII | re.VERBOSE | re.DOTALL,
)
"""An object written into a cell, as Socrata exports its locations."""
_MAP_PIN = re.compile(
    r"https?://\S*?!3d(?P<lat>[+\-]?\d{1,2}\.\d+)!4d(?P<lon>[+\-]?\d{1,3}\.\d+)\S*",
    re.IGNORECASE | re.ASCII,
)
_ASKED = re.compile(
    r"https?://\S*?[?&/](?:q|query|m?lat|latitude|daddr|destination|viewpoint|cbll|pin|marker|markers|"
    r"coordinate|loc|at|point|sp|rtp)=(?:loc:|[^&\s]*?(?:point|pos)\.)?" + _PAIR,
    re.IGNORECASE | re.ASCII,
)
"""The place itself in a map link; ``@lat,lon``, ``ll``, ``cp`` and ``#map`` are only the middle of
the window."""
_X_FIRST = re.compile(
    r"https?://\S*?arcgis\S*?[?&](?:marker|center)=(?P<lon>[+\-]?\d{1,3}\.\d+)(?:,|%2C|;)"
    r"(?P<lat>[+\-]?\d{1,2}\.\d+)\S*",
    re.IGNORECASE | re.ASCII,
)
"""A map of ArcGIS, which writes longitude first."""
_SPOKEN = re.compile(
    r"https?://\S*?/(?:place|search)/(?P<where>[^/@?\s]*\d[^/@?\s]*)", re.IGNORECASE
)
"""What a map link was asked for in words: degrees, minutes and seconds as often as a name."""


@dataclass(frozen=True, slots=True)
class Point:
    """A position read from text: degrees, how it was written, and the decimals it was given
    with.
    """

    lon: float
    lat: float
    form: str
    decimals: int = 6


@lru_cache(maxsize=65_536)
def angle(text: str, axis: str) -> tuple[float, str] | None:
    """Return (degrees, form) of one latitude or longitude in words, None when it is none.

    Parameters
    ----------
    text
        Decimal, DDM or DMS, hemisphere letter before or after, decimal point or comma.
    axis
        ``"lat"`` or ``"lon"``; a hemisphere letter of the other axis makes the text unreadable.

    >>> angle("27° 30' 22.5\\" N", "lat"), angle("-99,5075", "lon")
    ((27.50625, 'degrees, minutes, seconds'), (-99.5075, 'decimal comma'))
    >>> angle("W99 30.6", "lon")
    (-99.51, 'degrees and minutes')
    >>> angle("27.5 W", "lat") is None and angle("27 75", "lat") is None and angle("１２",
    ...     "lat") is None
    True
    """
    plain = decimal(text)
    if plain is not None:
        return plain, ""
    found = _ANGLE.fullmatch(_DASHED.sub(r"\1 \2 \3", text))
    if not found:
        return None
    letters = [found[g].upper() for g in ("pre", "post") if found[g]]
    if len(letters) > 1 or (letters and _HEMISPHERE[letters[0]][0] != axis):
        return None
    sign = -1 if found["sign"] in ("-", "−") else 1
    if letters:
        if sign < 0 and _HEMISPHERE[letters[0]][1] > 0:
            return None  # minus and N or E contradict
        sign = _HEMISPHERE[letters[0]][1]
    value = _sexagesimal(found["d"], found["m"], found["s"])
    if value is None:
        return None
    if found["s"]:
        form = "degrees, minutes, seconds"
    elif found["m"]:
        form = "degrees and minutes"
    else:
        form = "decimal comma" if "," in found["d"] else "hemisphere letter"
    return sign * value, form


def _sexagesimal(d: str, m: str | None, s: str | None) -> float | None:
    parts = [decimal(p, comma=True) for p in (d, m, s) if p]
    if any(p is None for p in parts):
        return None
    numbers = [p for p in parts if p is not None]
    if any(p >= 60 for p in numbers[1:]) or any(p != int(p) for p in numbers[:-1]):
        return None
    return math.fsum(p / 60.0**i for i, p in enumerate(numbers))


@lru_cache(maxsize=65_536)
def parse_point(text: str) -> Point | None:
    """Return the position written in one cell, None when there is none.

    Order: WKT and ``geo:`` links as their standards say; hemisphere letters as they say; otherwise
    latitude first, which is how people write it ("(41.92, -87.67)").

    >>> parse_point("(41.92499, -87.6779)")
    Point(lon=-87.6779, lat=41.92499, form='both in one cell', decimals=5)
    >>> (parse_point("POINT (-99.5 27.5)").lon, parse_point("27°30'N 99°30'W").lon,
    ...  parse_point("Main St") is None)
    (-99.5, -99.5, True)
    """
    inner = text.strip()
    if len(inner) > 2_000:
        return None
    links = (_X_FIRST, _MAP_PIN, _ASKED, _SPOKEN, _MAP_LINK)
    forms = ((_GEO_URI, "geo: link"), *((pattern, "map link") for pattern in links))
    for pattern, form in forms:
        if pattern is _SPOKEN:
            if (spoken := _spoken(inner)) is not None:
                return spoken
            continue
        found = pattern.fullmatch(inner) or (pattern.search(inner) if form == "map link" else None)
        if found:
            return _made(
                decimal(found["lon"]), decimal(found["lat"]), form, _decimals(found["lat"])
            )
    if inner[:1] == "{" and (found := _NAMED.fullmatch(inner)):
        lon, lat = found["lon"] or found["lon2"], found["lat"] or found["lat2"]
        return _made(decimal(lon), decimal(lat), "object in a cell", _decimals(lat))
    if len(inner) > 300:
        return None
    if (code := codes.plus_code(inner)) is not None:
        return Point(*code, "plus code")
    wkt = _WKT.fullmatch(inner)
    if wkt:
        return _made(decimal(wkt["x"]), decimal(wkt["y"]), "WKT", _decimals(wkt["y"]))
    for opening, closing in (("(", ")"), ("[", "]"), ("{", "}")):
        if inner.startswith(opening) and inner.endswith(closing):
            inner = inner[1:-1].strip()
    for first, second in _halves(inner):
        for order in ("lat", "lon"):
            other = "lon" if order == "lat" else "lat"
            a, b = angle(first, order), angle(second, other)
            if a and b:
                lat, lon = (a, b) if order == "lat" else (b, a)
                form = lat[1] or lon[1] or "both in one cell"
                return _made(lon[0], lat[0], form, max(_decimals(first), _decimals(second)))
    return None


def _spoken(link: str) -> Point | None:
    """Return the position that a map link was asked for in words, None where it names none."""
    found = _SPOKEN.search(link)
    words = unquote_plus(found["where"]) if found else "://"
    point = parse_point(words) if "://" not in words else None
    return None if point is None else replace(point, form="map link")


def parse_lon_lat(text: str) -> tuple[float, float] | None:
    """Return lon, lat of a cell whose heading says that longitude comes first.

    >>> parse_lon_lat("-82.998813, 39.961241")
    (-82.998813, 39.961241)
    """
    inner = text.strip().strip("()[]{}")
    for first, second in _halves(inner):
        a, b = angle(first, "lon"), angle(second, "lat")
        if a and b:
            return a[0], b[0]
    return None


_LABEL = re.compile(r"\b(?:lat(?:itude)?|lon(?:g(?:itude)?)?|lng)\b\s*[:=]?\s*", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*[;/|]\s*|,\s+|\s+,\s*")
_AFTER_LETTER = re.compile(r"(?<=[NSEWnsew])[\s,]+(?=[\d+\-])")
_BEFORE_LETTER = re.compile(r"(?<=[\d.'\"″′”])[\s,]+(?=[NSEWnsew]\s*\d)")


def _halves(text: str) -> list[tuple[str, str]]:
    text = _LABEL.sub(" ", text).strip(" ,;")
    out = []
    for splitter in (_SEPARATOR, _AFTER_LETTER, _BEFORE_LETTER):
        parts = splitter.split(text)
        if len(parts) == 2:
            out.append((parts[0].strip(), parts[1].strip()))
    if text.count(",") == 1:
        first, second = text.split(",")
        out.append((first.strip(), second.strip()))
    if text.count(",") == 3:  # 27,5, -99,5 without spaces
        a, b, c, d = text.split(",")
        out.append((f"{a},{b}".strip(), f"{c},{d}".strip()))
    parts = text.split()
    if len(parts) % 2 == 0 and len(parts) in (2, 4, 6):
        half = len(parts) // 2
        out.append((" ".join(parts[:half]), " ".join(parts[half:])))
    return out


def _made(lon: float | None, lat: float | None, form: str, decimals: int) -> Point | None:
    return None if lon is None or lat is None else Point(lon, lat, form, decimals)


def _decimals(text: str) -> int:
    found = re.search(r"[.,](\d+)\D*$", text)
    return len(found[1]) if found else 0


def inside(lon: float, lat: float, boxes: Sequence[Box]) -> bool:
    """Tell whether a point lies in one of the boxes (west, south, east, north)."""
    return any(w <= lon <= e and s <= lat <= n for w, s, e, n in boxes)


def repair(lon: float, lat: float, boxes: Sequence[Box]) -> tuple[float, float, str] | None:
    """Return (lon, lat, what was changed) of the one change that brings a point into the study
    area.

    None when no single change does, or when two different ones do: that is doubt, not a repair.

    >>> repair(27.5, -99.5, ((-125, 24, -66, 50),))
    (-99.5, 27.5, 'lon and lat were swapped')
    >>> repair(99.5, 27.5, ((-125, 24, -66, 50),))
    (-99.5, 27.5, 'the minus sign of lon was missing')
    """
    tries = (
        (lat, lon, "lon and lat were swapped"),
        (-lon, lat, "the minus sign of lon was missing"),
        (lon, -lat, "the sign of lat was wrong"),
    )
    fits = [t for t in tries if inside(t[0], t[1], boxes)]
    return fits[0] if len(fits) == 1 else None
