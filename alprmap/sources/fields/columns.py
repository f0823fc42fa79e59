"""S3: a pair of columns has one meaning, decided with the evidence of many rows, never row by row.

Numbers outside the earth's degrees are millionths (or ten-millionths) of a degree, or a grid. A
grid is taken only when it explains every row: inside the study area, and inside the state that the
rows or the user name. If two do, or none, the file is refused and `--crs` is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from alprmap.errors import InputError, UsageError
from alprmap.sources.fields import coordinates, grids
from alprmap.sources.fields.numbers import parse_decimal
from alprmap.sources.settings import Settings
from alprmap.text import as_text

Pair = tuple[float, float]
PARTS = (1e6, 1e7)
"""Fractions of a degree in which whole numbers are written (ESRI and Google location records)."""


@dataclass(slots=True)
class Pairs:
    """The projected number pairs of rows (x, y or lon, lat), the states they name, and of each pair
    the town or county it is said to be in."""

    numbers: list[Pair] = field(default_factory=list)
    states: set[str] = field(default_factory=set)
    towns: list[str] = field(default_factory=list)


def pairs_of(picked: Iterable[dict[str, Any]], settings: Settings) -> Pairs:
    """Return the projected number pairs of rows, with what the rows say of where they are."""
    found = Pairs()
    for row in picked:
        for x_name, y_name in (("lon", "lat"), ("x", "y")):
            x, y = parse_decimal(row.get(x_name)), parse_decimal(row.get(y_name))
            if x is None or y is None or x == y == 0:
                continue
            zone = as_text(row.get("zone", ""))
            zoned = grids.in_zone(zone, x, y)
            if zoned is not None and coordinates.inside(*zoned, settings.boxes):
                break
            if abs(x) > 180 or abs(y) > 90:
                state = as_text(row.get("state", "")).strip()
                town = as_text(row.get("city") or row.get("county") or "").strip()
                if not row.get("city") and town and not town.casefold().endswith("county"):
                    town += " County"
                found.numbers.append((x, y))
                found.towns.append(", ".join(filter(None, (town, state or settings.state))))
                if state:
                    found.states.add(state)
            break
    return found


def scale_of(pairs: Sequence[Pair], settings: Settings) -> float | None:
    """Return the fraction of a degree that all pairs are written in, None when it is none."""
    for part in PARTS:
        if all(coordinates.inside(x / part, y / part, settings.boxes) for x, y in pairs):
            return part
    return None


def grid_of(pairs: Pairs, settings: Settings) -> str:
    """Return the one system in which every pair is a place where it can be: inside the study area
    and the state, and near the towns that the rows name.

    Raises
    ------
    InputError
        When no system or more than one explains them all; the message names those that do.
    """
    wanted = {settings.state} if settings.state else pairs.states
    fits: dict[str, list[Pair]] = {}
    for code in grids.candidates(wanted):
        places = _placed(code, pairs.numbers, wanted, settings)
        # the same grid in feet of two lengths or under two names is one answer
        if places is not None and not any(_alike(places, p) for p in fits.values()):
            fits[code] = places
    if len(fits) > 1 and any(pairs.towns):
        near = {c: p for c, p in fits.items() if _near_towns(p, pairs.towns)}
        fits = near or fits
    if len(fits) == 1:
        return next(iter(fits))
    several = ", ".join([*fits][:4]) + (" …" if len(fits) > 4 else "")
    why = f"{several} explain all of them" if fits else "no grid explains all of them"
    raise InputError(
        f"its x and y are projected, and their system is not named: {why}",
        fix="pass --crs EPSG:… (the office that made the list knows it), or --state",
    )


def _placed(
    code: str, pairs: Sequence[Pair], states: set[str], settings: Settings
) -> list[Pair] | None:
    """Return the places of all pairs in a system, None when one cannot be there."""
    boxes = [b for s in states for b in grids.state_boxes(s)]
    out = []
    for x, y in pairs:
        place = grids.transform(x, y, code)
        if place is None or not coordinates.inside(
            *place, settings.boxes or ((-180, -90, 180, 90),)
        ):
            return None
        if not grids.in_use_area(place, code) or (boxes and not coordinates.inside(*place, boxes)):
            return None
        out.append(place)
    return out


_SAME_DEG = 0.0005
"""Some 50 m: systems that differ by less give one answer (survey feet and feet differ by 4 m)."""
_NEAR_DEG = 0.5
"""Some 35 miles around the middle of a town or county, in which its places lie."""
_TOWNS = 200
"""Rows whose towns are looked up."""


def _alike(one: Sequence[Pair], other: Sequence[Pair]) -> bool:
    return all(
        max(abs(a[0] - b[0]), abs(a[1] - b[1])) < _SAME_DEG for a, b in zip(one, other, strict=True)
    )


def _near_towns(places: Sequence[Pair], towns: Sequence[str]) -> bool:
    """Tell whether most places lie near the town or county that their row names."""
    near = far = 0
    for (lon, lat), name in list(zip(places, towns, strict=True))[:_TOWNS]:
        middle = _town(name) if name else None
        if middle is not None:
            close = abs(lon - middle[0]) < _NEAR_DEG and abs(lat - middle[1]) < _NEAR_DEG
            near, far = near + close, far + (not close)
    return near > 9 * far


@lru_cache(maxsize=1024)
def _town(name: str) -> Pair | None:
    from alprmap.geography import find_place

    try:
        place = find_place(name)
    except UsageError:
        return None
    return (place.lon, place.lat) if place.kind != "state" else None
