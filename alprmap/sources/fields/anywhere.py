"""S3: a position that stands where no column promises one: a map link, a geometry or a pair of
degrees in a column of any name, and coordinates behind a place in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from alprmap.sources.fields import coordinates, geometry_text
from alprmap.sources.formats.rows import Row
from alprmap.text import as_text, clean

_LONGEST = 2_000
_LEAST_DECIMALS = 2
"""A pair of numbers in a column of any name is taken for degrees only with so many decimals."""
_BEHIND = re.compile(
    r"(?P<place>.*?[^\s,;(\[-])[\s,;-]*[(\[]?\s*(?:gps|coordinates?|coords|lat/?lon(?:g)?)?[:\s]*"
    r"(?P<lat>[+-]?\d{1,2}\.\d{3,})°?\s*[,;/ ]\s*(?P<lon>[+-]?\d{1,3}\.\d{3,})°?\s*[)\]]?\s*\.?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_PLACE_WORD = re.compile(r"[^\W\d_]{2,}")


def point_in(row: Row, names: Sequence[str]) -> tuple[str, str] | None:
    """Return (name, text) of the one cell among `names` that holds a position, None when none does
    or several do."""
    found: dict[str, str] = {}
    for name in names:
        value = row[name]
        if isinstance(value, str) and 6 < len(value) <= _LONGEST:
            text = clean(value)[0]
            if _is_point(text):
                found.setdefault(text, name)
    if len(found) != 1:
        return None
    text, name = next(iter(found.items()))
    return name, text


@lru_cache(maxsize=16_384)
def _is_point(text: str) -> bool:
    if geometry_text.read(text) is not None:
        return True
    point = coordinates.parse_point(text)
    if point is None:
        return False
    far = min(abs(point.lon), abs(point.lat)) >= 10.0  # prices and sizes are smaller
    return point.form != "both in one cell" or (far and point.decimals >= _LEAST_DECIMALS)


@lru_cache(maxsize=16_384)
def behind(text: str) -> tuple[str, tuple[float, float] | None]:
    """Return (a place in words without the coordinates behind it, lon and lat of these).

    >>> behind("Main St & Oak St, Columbus, OH (39.96124, -82.99881)")
    ('Main St & Oak St, Columbus, OH', (-82.99881, 39.96124))
    >>> behind("US 59 MP 12.500")
    ('US 59 MP 12.500', None)
    """
    found = _BEHIND.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or not _PLACE_WORD.search(found["place"]):
        return text, None
    lat, lon = float(found["lat"]), float(found["lon"])
    if abs(lat) > 90 or abs(lon) > 180:
        return text, None
    return found["place"].strip(), (lon, lat)


_CITY_LINE = re.compile(r"\s*\r?\n\s*(?=[A-Z][\w .'’-]{1,40},?\s+[A-Z]{2}\b(?:\s+\d{5})?)")


def on_one_line(value: Any) -> str:
    """Return a cell as one line, the line of a city ("Columbus, OH") parted by a comma.

    >>> on_one_line("12 Main St\\nColumbus, OH 43215")
    '12 Main St, Columbus, OH 43215'
    """
    text = as_text(value)
    return _CITY_LINE.sub(", ", text) if "\n" in text else text
