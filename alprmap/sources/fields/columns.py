"""S3, S6: a column has one meaning, decided with the evidence of all rows, never row by row.

Numbers outside the earth's degrees are millionths (or ten-millionths) of a degree, or a grid. A
grid is taken only when it explains the column: inside the study area, each place inside the state
its row (or the user) names, most near the town it names. If two do, or none, the file is refused
and `--crs` is asked for. What was decided on the first rows is held against the rest; where the
rest says otherwise, the file is read once more.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from alprmap.errors import InputError
from alprmap.sources.fields import dates, explains, grids, places
from alprmap.sources.fields.numbers import grid_number, parse_decimal
from alprmap.sources.settings import Settings
from alprmap.text import as_text

PARTS = (1e6, 1e7)
"""Fractions of a degree in which whole numbers are written (ESRI and Google location records)."""
LEAST_PACKED = 3
"""Rows from which on no grid is asked whether it explains packed degrees as well: of any four
numbers of two digits, one row in eight has all below 60 by chance."""
COARSE_PART = 1e5
"""The same of older receivers; Web Mercator meters have as many digits."""
MARKS = ("point", "comma")
LEAST_OF_A_GRID = 1_000.0
"""Numbers below it, in feet or meters from the corner of a grid, are a slip of the pen."""
SLIPS = 0.1
"""Up to this share of the rows in degrees (or one row), projected numbers that no grid puts near
those rows are slips of the pen."""
_BESIDE_DEG = 1.0
_OUTERMOST = 5.0
"""Per cent of the rows in degrees, at each end, that do not tell where the column lies."""
_DATED = ("first_seen", "last_seen", "end_date")
_EPSG = re.compile(r"(?:.*\bEPSG:{1,2})?(?P<code>\d{4,6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the columns of a table mean.

    `crs`: the system of projected numbers; `partly`: some rows are no places of it and are refused;
    `zoned`: the column of zones holds the UTM zone of each row; `scale`: the fraction of a degree
    that whole numbers are; `packed`: numbers are degrees, minutes and seconds without marks
    (``394117.5``); `comma`: the numbers of the grid have a decimal comma; `orders`: what
    ``a/b/year`` means in each field of dates; `lone`: one cell alone is a heading, not a row.
    """

    crs: str | None = None
    partly: bool = False
    zoned: bool = False
    scale: float | None = None
    packed: bool = False
    comma: bool = False
    orders: tuple[tuple[str, str], ...] = ()
    lone: bool = False


@dataclass(slots=True)
class Evidence:
    """What the rows of a table say of its columns, some 30 bytes a projected row."""

    settings: Settings
    pairs: explains.Pairs = field(default_factory=explains.Pairs)
    systems: Counter[str] = field(default_factory=Counter)
    numerals: Counter[str] = field(default_factory=Counter)
    ends: dict[str, dates.Order] = field(default_factory=lambda: {n: dates.Order() for n in _DATED})
    rows: int = 0
    several: int = 0
    angles: int = 0
    """Projected pairs that stand in columns of latitude and longitude."""
    degrees: int = 0
    """Rows whose numbers can be degrees."""
    lons: array[float] = field(default_factory=lambda: array("d"))
    lats: array[float] = field(default_factory=lambda: array("d"))
    """What they are."""
    unread: array[int] = field(default_factory=lambda: array("q"))
    """Where in `pairs` numbers stand that a decimal comma would change, and their texts."""
    texts: list[tuple[str, str]] = field(default_factory=list)

    def look(self, row: dict[str, Any], picked: dict[str, Any]) -> None:
        """Take the evidence of one row."""
        self.rows += 1
        self.several += _fills_several(row)
        for name, seen in self.ends.items():
            value = picked.get(name)
            if value is not None:
                seen.look(value)
        if self.settings.crs or not self.settings.boxes:
            return
        shape = "$lon" in row
        at = {"lon": row["$lon"], "lat": row.get("$lat")} if shape else picked
        lon, lat = at.get("lon"), at.get("lat")
        if lon.__class__ is float and lat.__class__ is float and -180 <= lon <= 180 and lon != lat:
            self._degrees(lon, lat)  # what most files hold, without looking twice
            return
        if shape:
            self._pair(("lon", "lat"), picked | at)
            return
        for x_name, y_name in (("lon", "lat"), ("x", "y")):
            if x_name in picked and y_name in picked and self._pair((x_name, y_name), picked):
                return

    def _pair(self, names: tuple[str, str], picked: dict[str, Any]) -> bool:
        """Take the two numbers of a row, told whether they are any."""
        first, second = (picked[n] for n in names)
        if names == ("lon", "lat"):  # a decimal comma of degrees is settled by `coordinates.angle`
            x, y = parse_decimal(first), parse_decimal(second)
            forms: tuple[str, str] = ("", "")
        else:
            read = grid_number(first), grid_number(second)
            x, y = (None if r is None else r[0] for r in read)
            forms = tuple("" if r is None else r[1] for r in read)  # type: ignore[assignment]
        if x is None or y is None:
            return False
        if x == y:  # 0, 0 and -999, -999 are placeholders
            return False
        self.numerals.update(f for f in forms if f in MARKS)
        if max(abs(x), abs(y)) < LEAST_OF_A_GRID and not any(f in MARKS for f in forms):
            if max(abs(x), abs(y)) <= 180:
                self._degrees(x, y)
            return True
        if any(f.startswith("either") for f in forms):
            self.unread.append(len(self.pairs.x))
            self.texts.append((as_text(first), as_text(second)))
        town = as_text(picked.get("city") or picked.get("county") or "").strip()
        if not picked.get("city") and town and not town.casefold().endswith("county"):
            town += " County"
        state = as_text(picked.get("state") or self.settings.state or "").strip()
        if not (town and state):
            told = places.where(picked)
            town, state = town or told[0], state or told[1]
        zone = as_text(picked.get("zone") or "").strip()
        self.angles += names == ("lon", "lat")
        self.pairs.add(x, y, state=state, town=town, zone=zone)
        if named := _EPSG.fullmatch(as_text(picked.get("crs") or "").strip()):
            self.systems[f"EPSG:{named['code']}"] += 1
        return True

    def _degrees(self, lon: float, lat: float) -> None:
        """Take a position in degrees."""
        self.degrees += 1
        self.lons.append(lon)
        self.lats.append(lat)

    def meaning(self) -> Meaning:
        """Return what all rows together say.

        Raises
        ------
        InputError
            When numbers are projected and no system, or more than one, explains them.
        """
        plain = Meaning(
            orders=tuple((name, seen.order()) for name, seen in self.ends.items()),
            lone=self.several * 3 >= self.rows,
            comma=self.numerals["comma"] > self.numerals["point"],
        )
        if not self.pairs.x:
            return plain
        if len(self.systems) == 1:
            named = next(iter(self.systems))
            grids.check_crs(named)
            return replace(plain, crs=named)
        try:
            return self._explained(plain)
        except InputError:
            if len(self.pairs.x) > max(1, SLIPS * self.degrees) or not self.degrees:
                raise
            return plain  # slips of the pen in a column of degrees: their rows are refused

    def _explained(self, plain: Meaning) -> Meaning:
        """Return the meaning of projected numbers: the system in which they are places where they
        can be, near the rows in degrees where there are more of those.

        Raises
        ------
        InputError
            When no system, or more than one, explains them.
        """
        settings = self.settings
        if len(self.pairs.x) <= self.degrees:
            settings = replace(settings, boxes=(self._beside_degrees(),))
        pairs = self._read_again() if plain.comma else self.pairs
        x, y = np.asarray(pairs.x), np.asarray(pairs.y)
        for part in PARTS:
            if explains.inside(x / part, y / part, settings.boxes).all():
                return replace(plain, scale=part)
        if self.angles == len(x) > self.degrees and explains.packed(x, y, settings.boxes):
            return self._packed(plain, pairs, settings)
        if explains.whole_parts(x, y, COARSE_PART, pairs, settings):
            return replace(plain, scale=COARSE_PART)
        found = explains.grid_of(pairs, settings)
        if found.zoned:
            return replace(plain, zoned=True)
        return replace(plain, crs=found.crs, partly=found.partly)

    def _packed(self, plain: Meaning, pairs: explains.Pairs, settings: Settings) -> Meaning:
        """Return that the numbers are packed degrees.

        Raises
        ------
        InputError
            When they are few, and a grid explains them as well.
        """
        if len(pairs.x) < LEAST_PACKED:
            try:
                grid = explains.grid_of(pairs, settings).crs or explains.ZONES
            except InputError:
                return replace(plain, packed=True)
            raise InputError(
                f"its numbers are degrees, minutes and seconds or {grid}: both explain all of them",
                fix="write them in degrees, or pass --crs EPSG:…",
            )
        return replace(plain, packed=True)

    def _beside_degrees(self) -> tuple[float, float, float, float]:
        """Return the box around the rows in degrees, without the outermost of them."""
        west, east = np.percentile(self.lons, (_OUTERMOST, 100 - _OUTERMOST))
        south, north = np.percentile(self.lats, (_OUTERMOST, 100 - _OUTERMOST))
        by = _BESIDE_DEG
        return west - by, south - by, east + by, north + by

    def _read_again(self) -> explains.Pairs:
        """Return the pairs with every number that could be either read with a decimal comma."""
        x, y = array("d", self.pairs.x), array("d", self.pairs.y)
        for at, (first, second) in zip(self.unread, self.texts, strict=True):
            for numbers, text in ((x, first), (y, second)):
                read = grid_number(text, comma=True)
                if read is not None:
                    numbers[at] = read[0]
        return replace(self.pairs, x=x, y=y)


def _fills_several(row: dict[str, Any]) -> bool:
    one = False
    for name, value in row.items():
        if value is None or value == "" or name[:1] == "$":
            continue
        if one:
            return True
        one = True
    return False
