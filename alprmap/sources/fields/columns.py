"""S3: a pair of columns has one meaning, decided with the evidence of many rows, never row by row.

Numbers outside the earth's degrees are millionths (or ten-millionths) of a degree, or a grid. A
grid is taken only when it explains every row: inside the study area, and inside the state that the
rows or the user name. If two do, or none, the file is refused and `--crs` is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alprmap.errors import InputError
from alprmap.sources.fields import coordinates, grids
from alprmap.sources.fields.numbers import parse_decimal
from alprmap.sources.settings import Settings
from alprmap.text import as_text

Pair = tuple[float, float]
PARTS = (1e6, 1e7)
"""Fractions of a degree in which whole numbers are written (ESRI and Google location records)."""


def pairs_of(picked: Iterable[dict[str, Any]], settings: Settings) -> tuple[list[Pair], set[str]]:
    """Return the projected number pairs of rows (x, y or lon, lat), and the states they name."""
    pairs, states = [], set()
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
                pairs.append((x, y))
                if state := as_text(row.get("state", "")).strip():
                    states.add(state)
            break
    return pairs, states


def scale_of(pairs: Sequence[Pair], settings: Settings) -> float | None:
    """Return the fraction of a degree that all pairs are written in, None when it is none."""
    for part in PARTS:
        if all(coordinates.inside(x / part, y / part, settings.boxes) for x, y in pairs):
            return part
    return None


def grid_of(pairs: Sequence[Pair], states: set[str], settings: Settings) -> str:
    """Return the one system in which every pair is a place where it can be.

    Raises
    ------
    InputError
        When no system or more than one explains them all; the message names those that do.
    """
    wanted = {settings.state} if settings.state else states
    fits = [c for c in grids.candidates(wanted) if _explains(c, pairs, wanted, settings)]
    if len(fits) == 1:
        return fits[0]
    several = ", ".join(fits[:4]) + (" …" if len(fits) > 4 else "")
    why = f"{several} explain all of them" if fits else "no grid explains all of them"
    raise InputError(
        f"its x and y are projected, and their system is not named: {why}",
        fix="pass --crs EPSG:… (the office that made the list knows it), or --state",
    )


def _explains(code: str, pairs: Sequence[Pair], states: set[str], settings: Settings) -> bool:
    boxes = [b for s in states for b in grids.state_boxes(s)]
    for x, y in pairs:
        place = grids.transform(x, y, code)
        if place is None or not coordinates.inside(
            *place, settings.boxes or ((-180, -90, 180, 90),)
        ):
            return False
        if not grids.in_use_area(place, code) or (boxes and not coordinates.inside(*place, boxes)):
            return False
    return True
