"""S3, S4: the position of a row, from its numbers or cells to degrees that can be a place."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from alprmap.sources.fields import coordinates, geometry_text, grids, vocabulary
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.fields.refusal import refused
from alprmap.sources.fields.vocabulary import Box
from alprmap.sources.formats.rows import Row
from alprmap.sources.settings import Settings
from alprmap.text import as_text, clean

DEGREE_M = 111_320.0
"""Length of a degree of latitude, meters (WGS 84, rounded), to turn missing decimals into an error.
"""


def quick(lon: float, lat: float, boxes: tuple[Box, ...]) -> bool:
    """Tell whether a point needs no further look: inside the first box, which is where most cameras
    are."""
    if not boxes:
        return False
    w, s, e, n = boxes[0]
    return w <= lon <= e and s <= lat <= n


def best_pair(row: Row, picked: dict[str, Any]) -> tuple[Any, Any]:
    """Return the geometry, else the columns of lon and lat; zeros where nobody filled them in give
    way to whatever else the row says of its place."""
    lon, lat = picked.get("lon"), picked.get("lat")
    if lon.__class__ is float and lat.__class__ is float and lon != lat and "$lon" not in row:
        return lon, lat  # what most files hold
    pairs = [(row.get("$lon"), row.get("$lat")), (picked.get("lon"), picked.get("lat"))]
    given = [p for p in pairs if p != (None, None)]
    real = [p for p in given if not _is_null_island(*p)]
    if real or not given:
        return real[0] if real else (None, None)
    if grids.number(picked.get("x")) and grids.number(picked.get("y")):
        return None, None
    cells = [picked.get("point"), picked.get("lonlat"), *picked.get("place", ())]
    texts = [clean(c)[0] for c in cells if isinstance(c, str)]
    other = any(geometry_text.read(t) or coordinates.parse_point(t) for t in texts)
    return (None, None) if other else given[0]


def _is_null_island(lon: Any, lat: Any) -> bool:
    """Tell whether both numbers are 0, or -999 and the like."""
    x, y = decimal(lon), decimal(lat)
    return x is not None and x == y and (x == 0 or abs(x) > 90)


def given(value: Any) -> bool:
    """Tell whether a cell holds something."""
    return value is not None and not (isinstance(value, str) and vocabulary.is_missing(value))


def pair(lon: Any, lat: Any, done: list[str]) -> tuple[float, float]:
    """Return the two numbers of a position, whatever form they are written in.

    Raises
    ------
    InputError
        When one of them is no number or angle.
    """
    out = []
    for value, axis in ((lon, "lon"), (lat, "lat")):
        if isinstance(value, str):
            read = coordinates.angle(clean(value)[0], axis)
            if read is None:
                whole = coordinates.parse_point(clean(value)[0])
                if whole is not None:
                    done.append("position split: both numbers stood in one cell")
                    return whole.lon, whole.lat
                raise refused(
                    "not a coordinate", f"{axis} is no number or angle: {clean(value)[0][:60]!r}"
                )
            number, form = read
            if form:
                done.append(f"{axis} written as {form}")
        else:
            plain = decimal(value)
            if plain is None:
                raise refused(
                    "not a coordinate", f"{axis} is no finite number: {as_text(value)[:60]!r}"
                )
            number = plain
        out.append(number)
    return out[0], out[1]


def plausible(lon: float, lat: float, settings: Settings, done: list[str]) -> tuple[float, float]:
    """Return a position that can be one, repaired or brought from its grid by one change.

    Raises
    ------
    InputError
        When it is a placeholder, or outside the degrees of the earth.
    """
    if abs(lon) < 1e-3 and abs(lat) < 1e-3:
        raise refused("placeholder 0, 0", "the coordinates are 0, 0: a placeholder, never a camera")
    if lon == lat and abs(lat) > 90:
        raise refused(
            "placeholder 0, 0", f"both coordinates are {lon:g}: a placeholder, never a camera"
        )
    boxes = settings.boxes
    if coordinates.inside(lon, lat, boxes):
        return lon, lat
    if boxes:
        if lon == 0 or lat == 0:
            raise refused(
                "placeholder 0", "one coordinate is exactly 0: a placeholder, not a position"
            )
        fixed = coordinates.repair(lon, lat, boxes)
        if fixed is not None:
            done.append(f"position repaired: {fixed[2]}")
            return fixed[0], fixed[1]
    if abs(lat) > 90 or abs(lon) > 180:
        projected = grids.guess(lon, lat, settings, done)
        if projected is not None:
            return projected
        raise refused(
            "impossible position",
            f"lon {lon:g}, lat {lat:g} is outside the earth's degrees, and no one change mends it",
        )
    if boxes:
        done.append("position outside the study area: kept as it is")
    return lon, lat


@lru_cache(maxsize=65_536)
def rounding_error_m(lon: float, lat: float) -> float:
    """Return half the step that the decimals of both coordinates leave open, meters; 0 for five or
    more."""
    for digits in range(5):
        if round(lon, digits) == lon and round(lat, digits) == lat:
            return float(0.5 * 10.0**-digits * DEGREE_M)
    return 0.0
