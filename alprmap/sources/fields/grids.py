"""Positions in grids: UTM, MGRS, Web Mercator meters, State Plane feet, a named system → lon, lat
in degrees.

A projected number pair does not say its system. It is named (a zone, `crs`) or found with the
evidence of the whole column (`fields.columns`); otherwise the row is refused with what to pass."""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alprmap.errors import InputError
from alprmap.sources.fields import anywhere, codes, coordinates, geometry_text, vocabulary
from alprmap.sources.fields.numbers import grid_number
from alprmap.sources.fields.refusal import refused
from alprmap.sources.settings import Settings
from alprmap.text import as_text, clean

_UTM = re.compile(
    r"(?:utm\s*)?(?:zone\s*)?(?P<zone>\d{1,2})\s*(?P<band>[C-HJ-NP-X])?[\s,]+(?P<x>\d{6}(?:\.\d+)?)\s*m?\s*E?[\s,]+"
    r"(?P<y>\d{7}(?:\.\d+)?)\s*m?\s*N?",
    re.IGNORECASE | re.ASCII,
)
_MGRS = re.compile(
    r"(?P<zone>\d{1,2})\s*(?P<band>[C-HJ-NP-X])\s*(?P<col>[A-HJ-NP-Z])(?P<row>[A-HJ-NP-V])\s*"
    r"(?P<digits>\d{2,5}\s*\d{2,5})",
    re.IGNORECASE | re.ASCII,
)
_ZONE = re.compile(
    r"(?:utm\s*)?(?:zone\s*)?(?P<zone>\d{1,2})\s*(?P<band>[A-Z])?", re.IGNORECASE | re.ASCII
)
Numbers = NDArray[np.float64]
_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_BANDS = "CDEFGHJKLMNPQRSTUVWX"


def from_fields(
    picked: dict[str, Any], settings: Settings, done: list[str]
) -> tuple[float, float] | None:
    """Return lon, lat from a cell that holds both, or from x and y; None when the row has neither.

    Raises
    ------
    InputError
        When there are projected numbers whose system cannot be told.
    """
    ordered = picked.get("lonlat")
    if isinstance(ordered, str) and (turned := coordinates.parse_lon_lat(clean(ordered)[0])):
        return turned
    for text in _cells(picked):
        shape = geometry_text.read(text)
        if shape is not None and (shape[2] or max(abs(shape[0]), abs(shape[1])) <= 180):
            system = shape[2]
            return _projected(shape[0], shape[1], system, done) if system else shape[:2]
        found = coordinates.parse_point(text)
        if found is not None:
            if abs(found.lat) > 90 and settings.crs:
                return _projected(found.lon, found.lat, settings.crs, done)
            if found.form not in ("both in one cell", "WKT"):
                done.append(f"position written as {found.form}")
            return found.lon, found.lat
        grid = utm(text) or mgrs(text)
        if grid is not None:
            done.append("position written in a UTM or MGRS grid")
            return grid
    if (letters := picked.get("geohash")) and (cell := codes.geohash(as_text(letters))):
        done.append("position written as geohash")
        return cell
    x, y = (number(picked.get(n)) for n in ("x", "y"))
    if x is None or y is None:
        for text in _cells(picked):
            if (point := anywhere.behind(text)[1]) is not None:
                done.append("position written behind the place")
                return point
        return None
    zoned = in_zone(as_text(picked.get("zone", "")), x, y)
    if zoned is not None and (not settings.boxes or coordinates.inside(*zoned, settings.boxes)):
        done.append("position written in a UTM or MGRS grid")
        return zoned
    degrees = abs(x) <= 180 and abs(y) <= 90
    if degrees and (settings.crs is None or coordinates.inside(x, y, settings.boxes)):
        return x, y
    found_at = guess(x, y, settings, done)
    if found_at is None:
        raise refused(
            "unknown grid",
            f"x {x:g}, y {y:g} are projected, but the system is not named; pass --crs EPSG:…",
        )
    return found_at


def number(value: Any) -> float | None:
    """Return an easting or northing as a number, None when it is none."""
    read = grid_number(value)
    return None if read is None else read[0]


def in_zone(text: str, x: float, y: float) -> tuple[float, float] | None:
    """Return lon, lat of a UTM easting and northing in the zone that a column names; None when it
    names none, or the numbers cannot be of it: a patrol zone is no UTM zone."""
    zone = zone_number(text)
    if zone is None:
        return None
    if not 100_000 <= x < 900_000 or not 0 <= y < 10_000_000:
        return None
    place = transform(x, y, f"EPSG:{32600 + zone}")
    # below 24° N there is no state of the conterminous U.S., Puerto Rico and Hawaii begin at 17°
    return place if place is not None and abs(place[1]) >= 10.0 else None


def zone_number(text: str) -> int | None:
    """Return the number of the UTM zone that a cell may name, None when it names none.

    >>> zone_number("UTM Zone 14N"), zone_number("14"), zone_number("B-2"), zone_number("71")
    (14, 14, None, None)
    """
    zone = _ZONE.fullmatch(text.strip())
    return int(zone["zone"]) if zone and 1 <= int(zone["zone"]) <= 60 else None


def candidates(states: set[str]) -> tuple[str, ...]:
    """Return the systems that projected numbers of these states may be in: Web Mercator, Albers of
    the conterminous U.S., UTM on NAD83, State Plane in feet and meters and the grid of a whole
    state (Wisconsin Transverse Mercator, California Albers); of all states where none is named."""
    utm = tuple(f"EPSG:{26900 + zone}" for zone in range(3, 20))
    planes = [c for s in sorted(states or set(vocabulary.states())) for c in _state_plane(s)]
    return ("EPSG:3857", "EPSG:5070", *utm, *dict.fromkeys(planes))


def _cells(picked: dict[str, Any]) -> list[str]:
    cells = [picked.get("point"), *picked.get("place", ())]
    return [clean(c)[0] for c in cells if isinstance(c, str)]


def coded(picked: dict[str, Any]) -> str | None:
    """Return what the cells of a position are that only a service can turn into degrees, and what
    to do (`codes.named`); None where there is none."""
    for field in ("point", "place"):
        value = picked.get(field)
        for cell in value if isinstance(value, list) else [value]:
            if isinstance(cell, str) and (what := codes.named(cell, promised=field == "point")):
                return what
    return None


def guess(x: float, y: float, settings: Settings, done: list[str]) -> tuple[float, float] | None:
    """Return lon, lat of projected numbers by the system that the user named or that the whole
    column was found to be in (`fields.columns`), None where there is none."""
    return _projected(x, y, settings.crs, done) if settings.crs else None


def _projected(x: float, y: float, crs: str, done: list[str]) -> tuple[float, float]:
    place = transform(x, y, crs)
    if place is None:
        raise refused("outside its grid", f"x {x:g}, y {y:g} cannot be a place in {crs}")
    done.append(f"position transformed: from {crs}")
    return place


def check_crs(name: str) -> None:
    """Refuse a coordinate system that PROJ does not know.

    Raises
    ------
    InputError
        Naming the system.
    """
    from pyproj.exceptions import CRSError

    try:
        _transformer(name)
    except CRSError:
        raise InputError(f"{name} is no coordinate system", fix="write it like EPSG:2276") from None


@cache
def _transformer(crs: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def transform_many(x: Numbers, y: Numbers, crs: str) -> Numbers:
    """Return lon, lat of many places of a system, shape (n, 2), NaN where PROJ has no answer."""
    out = np.column_stack(_transformer(crs).transform(x, y)).astype(np.float64)
    out[~(np.isfinite(out).all(axis=1) & (np.abs(out) <= (180, 90)).all(axis=1))] = np.nan
    return out


def transform(x: float, y: float, crs: str) -> tuple[float, float] | None:
    """Return lon, lat of a place given in system `crs`, None where PROJ has no answer."""
    lon, lat = _transformer(crs).transform(x, y)
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lat) <= 90 and abs(lon) <= 180):
        return None
    # 1 mm: what lies behind is noise of the transformation
    return round(float(lon), 8), round(float(lat), 8)


@lru_cache(maxsize=64)
def _state_plane(state: str) -> tuple[str, ...]:
    """Return the systems of one state, from PROJ's own catalog: in survey feet, in feet, then in
    meters; the State Plane and, where it has one, the grid of the whole state.
    """
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    name = vocabulary.states().get(state.strip().upper(), state.strip())
    if not name:
        return ()
    found = query_crs_info(auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS])
    name = vocabulary.word("grid of", name) or name
    of_it = re.compile(rf"NAD83 / {re.escape(name)}(?: |$)", re.IGNORECASE)
    mine = [c for c in found if of_it.match(c.name) and not c.deprecated]
    in_feet = [c for mark in ("(ftUS)", "(ft)") for c in mine if mark in c.name]
    meters = [c for c in mine if "ft" not in c.name]
    return tuple(f"EPSG:{c.code}" for c in (*in_feet, *meters))


@cache
def in_use_box(code: str) -> tuple[float, float, float, float] | None:
    """Return the box (west, south, east, north; half a degree wider) in which a system is used,
    None where PROJ names none."""
    from pyproj import CRS

    area = CRS(code).area_of_use
    return (
        None
        if area is None
        else (area.west - 0.5, area.south - 0.5, area.east + 0.5, area.north + 0.5)
    )


def in_use_area(place: tuple[float, float], code: str) -> bool:
    """Tell whether a place lies where its system is used."""
    box = in_use_box(code)
    return box is None or coordinates.inside(*place, (box,))


def utm(text: str) -> tuple[float, float] | None:
    """Return lon, lat of "14R 449000 3041000", None when the text is no such thing.

    >>> [round(v, 4) for v in utm("14R 450000 3042000")]
    [-99.5062, 27.5007]
    """
    found = _UTM.fullmatch(text.strip())
    if not found or not 1 <= int(found["zone"]) <= 60:
        return None
    south = bool(found["band"]) and found["band"].upper() < "N"
    return _utm_point(int(found["zone"]), float(found["x"]), float(found["y"]), south=south)


def _utm_point(zone: int, x: float, y: float, *, south: bool) -> tuple[float, float]:
    place = transform(x, y, f"EPSG:{(32700 if south else 32600) + zone}")
    if place is None:
        raise refused(
            "outside its grid",
            f"easting {x:g}, northing {y:g} cannot be a place in UTM zone {zone}",
        )
    return place


def mgrs(text: str) -> tuple[float, float] | None:
    """Return lon, lat of an MGRS or USNG reference (middle of its square), None when the text is no
    such thing.

    By NGA.STND.0037: the column letters repeat every three zones, the row letters every 2,000 km,
    shifted by five in even zones; the band letter settles which 2,000 km.

    >>> [round(v, 3) for v in mgrs("14R MR 50000 42000")]
    [-99.506, 27.501]
    """
    found = _MGRS.fullmatch(text.strip())
    if not found:
        return None
    digits = re.sub(r"\s", "", found["digits"])
    zone = int(found["zone"])
    if len(digits) % 2 or not 1 <= zone <= 60:
        return None
    column = _COLUMNS[(zone - 1) % 3].find(found["col"].upper())
    if column < 0:
        return None
    row = (_ROWS.index(found["row"].upper()) - (5 if zone % 2 == 0 else 0)) % 20
    half = len(digits) // 2
    step = 10.0 ** (5 - half)
    x = (column + 1) * 100_000 + int(digits[:half]) * step + step / 2
    y = row * 100_000 + int(digits[half:]) * step + step / 2
    band = _BANDS.index(found["band"].upper())
    south = band < 10
    bottom = -80.0 + 8 * band
    for cycle in range(6):
        place = transform(x, y + cycle * 2_000_000, f"EPSG:{(32700 if south else 32600) + zone}")
        if place is not None and bottom - 0.5 <= place[1] <= bottom + 12.5:
            return place
    return None
