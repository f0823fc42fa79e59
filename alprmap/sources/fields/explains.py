"""S3: which coordinate system explains a whole column of projected numbers.

Candidates are Web Mercator, UTM on NAD83, State Plane in feet and meters, and the UTM zones that a
column names. A candidate explains the rows when each is a place inside the study area, inside the
area the system is used in, and inside the state that its row names.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from alprmap.errors import InputError, UsageError
from alprmap.sources.fields import grids, vocabulary
from alprmap.sources.fields.vocabulary import Box
from alprmap.sources.settings import Settings

Numbers = NDArray[np.float64]
_SAMPLE = 500
"""Rows on which candidates are tried before the rest is looked at, drawn evenly."""
_SAME_DEG = 0.0005
"""Some 50 m: systems that differ by less give one answer (survey feet and feet differ by 4 m)."""
_NEAR_DEG = 0.5
"""Some 35 miles around the middle of a town or county, in which its places lie."""
_MOST = 0.9
"""Share of the places of a list that must lie where the roads given do: some stand outside."""
_TOWNS = 200
"""Different towns that are looked up."""
_AROUND_DEG = 0.05
"""Some 3 miles around a state: piers, bridges and the coarse line of its polygon."""
_SLIPS, _MANY = 0.01, 100
"""One row in a hundred of a long list may be a slip of the pen; its row is refused."""
ZONES = "the UTM zones of its column of zones"


@dataclass(slots=True)
class Pairs:
    """The projected number pairs of rows, and the state, town and zone each names (numbers of
    `states`, `towns` and `zones`; 0 where it names none)."""

    x: array[float] = field(default_factory=lambda: array("d"))
    y: array[float] = field(default_factory=lambda: array("d"))
    state: array[int] = field(default_factory=lambda: array("i"))
    town: array[int] = field(default_factory=lambda: array("i"))
    zone: array[int] = field(default_factory=lambda: array("i"))
    states: list[str] = field(default_factory=lambda: [""])
    towns: list[str] = field(default_factory=lambda: [""])
    zones: list[str] = field(default_factory=lambda: [""])
    known: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, x: float, y: float, *, state: str, town: str, zone: str) -> None:
        """Append a row."""
        self.x.append(x)
        self.y.append(y)
        self.state.append(self._number("state", self.states, state))
        where = ", ".join(filter(None, (town, state))) if town else ""
        self.town.append(self._number("town", self.towns, where))
        self.zone.append(self._number("zone", self.zones, zone))

    def _number(self, sort: str, names: list[str], name: str) -> int:
        if not name:
            return 0
        at = self.known.get((sort, name))
        if at is None:
            at = self.known[sort, name] = len(names)
            names.append(name)
        return at


@dataclass(frozen=True, slots=True)
class Grid:
    """The system that explains a column: its code, or the UTM zone of each row; `partly` where some
    rows are no places of it."""

    crs: str | None = None
    zoned: bool = False
    partly: bool = False


def inside(lon: Numbers, lat: Numbers, boxes: tuple[Box, ...]) -> NDArray[np.bool_]:
    """Return which points lie in one of the boxes (west, south, east, north)."""
    out = np.zeros(len(lon), dtype=bool)
    for w, s, e, n in boxes:
        out |= (w <= lon) & (lon <= e) & (s <= lat) & (lat <= n)
    return out


def packed(x: Numbers, y: Numbers, boxes: tuple[Box, ...]) -> bool:
    """Tell whether all numbers are degrees, minutes and seconds without marks (``394117.5``),
    places inside the boxes, with their minus sign or without it."""
    if any(((np.abs(v) % 100 >= 60) | (np.abs(v) // 100 % 100 >= 60)).any() for v in (x, y)):
        return False
    lon, lat = unpacked(x), unpacked(y)
    return bool((inside(lon, lat, boxes) | inside(-np.abs(lon), lat, boxes)).all())


def unpacked(value: Numbers) -> Numbers:
    """Return degrees of numbers that hold degrees, minutes and seconds one behind the other.

    >>> unpacked(np.array([360914.4, -955934.08])).round(4).tolist()
    [36.154, -95.9928]
    """
    size = np.abs(value)
    whole = size // 10_000 + size // 100 % 100 / 60 + size % 100 / 3600
    return np.asarray(np.copysign(whole, value), dtype=np.float64)


def grid_of(pairs: Pairs, settings: Settings) -> Grid:
    """Return the one system in which the pairs are places where they can be.

    Raises
    ------
    InputError
        When no system or more than one explains them; the message names those that do.
    """
    zones = _utm_zones(pairs)
    fits = _fits(pairs, settings, zones, slips=0.0)
    partly = not fits and len(pairs.x) >= _MANY
    if partly:
        fits = _fits(pairs, settings, zones, slips=_SLIPS)
    if ZONES in fits and (_says_utm(pairs) or len({*pairs.zone}) == 1):
        return Grid(zoned=True, partly=partly)
    if len(fits) > 1 and len(pairs.towns) > 1:
        fits = {c: p for c, p in fits.items() if _near_towns(p, pairs)} or fits
    if len(fits) > 1 and settings.near is not None:
        fits = _near_roads(fits, settings.near()) or fits
    if len(fits) == 1:
        code = next(iter(fits))
        return Grid(zoned=True) if code == ZONES else Grid(crs=code, partly=partly)
    several = ", ".join([*fits][:4]) + (" …" if len(fits) > 4 else "")
    why = f"{several} explain all of them" if fits else "no grid explains all of them"
    raise InputError(
        f"its x and y are projected, and their system is not named: {why}",
        fix="pass --crs EPSG:… (the office that made the list knows it), or --state",
    )


def whole_parts(x: Numbers, y: Numbers, part: float, pairs: Pairs, settings: Settings) -> bool:
    """Tell whether the numbers are whole fractions of a degree, all places where they can be.

    Raises
    ------
    InputError
        When a grid explains them as well.
    """
    if (np.mod(x, 1) != 0).any() or (np.mod(y, 1) != 0).any():
        return False
    places = np.column_stack([x, y]) / part
    if not _explained(ZONES, places, np.arange(len(x)), pairs, settings, 0.0):
        return False
    grids_too = [c for c in _fits(pairs, settings, None, slips=0.0) if c != ZONES]
    if not grids_too:
        return True
    raise InputError(
        f"its numbers are 1/{part:,.0f} of a degree or {grids_too[0]}: both explain all of them",
        fix="pass --crs EPSG:… if it is a grid; else write them in degrees",
    )


def _fits(
    pairs: Pairs, settings: Settings, zones: Numbers | None, *, slips: float
) -> dict[str, Numbers]:
    """Return candidate → places of a sample, for all candidates that explain the rows."""
    x, y = np.asarray(pairs.x), np.asarray(pairs.y)
    sample = np.unique(np.linspace(0, len(x) - 1, min(len(x), _SAMPLE)).astype(int))
    if len(x) > _SAMPLE:
        # the outermost rows rule out most
        sample = np.union1d(sample, [x.argmin(), x.argmax(), y.argmin(), y.argmax()])
    wanted = {settings.state} if settings.state else set(pairs.states[1:])
    codes = [*([ZONES] if zones is not None else []), *grids.candidates(wanted)]
    fits: dict[str, Numbers] = {}
    for code in codes:
        few = _places(code, x[sample], y[sample], None if zones is None else zones[sample])
        if not _explained(code, few, sample, pairs, settings, 2 * slips):
            continue
        if len(sample) < len(x):
            whole = _places(code, x, y, zones)
            if not _explained(code, whole, np.arange(len(x)), pairs, settings, slips):
                continue
        # the same grid in feet of two lengths or under two names is one answer
        if not any(_alike(few, other) for other in fits.values()):
            fits[code] = few
    return fits


def _places(code: str, x: Numbers, y: Numbers, zones: Numbers | None) -> Numbers:
    """Return lon, lat of each pair in a system, shape (n, 2), NaN where it has no answer."""
    out = np.full((len(x), 2), np.nan)
    if code != ZONES:
        return grids.transform_many(x, y, code)
    if zones is not None:
        for zone in np.unique(zones[np.isfinite(zones)]):
            mine = zones == zone
            out[mine] = grids.transform_many(x[mine], y[mine], f"EPSG:{32600 + int(zone)}")
    return out


def _explained(
    code: str, places: Numbers, at: NDArray[np.int_], pairs: Pairs, settings: Settings, slips: float
) -> bool:
    """Tell whether the places can be where their rows say, but for a share of slips."""
    lon, lat = places[:, 0], places[:, 1]
    good = np.isfinite(lon)
    good &= inside(lon, lat, settings.boxes or ((-180, -90, 180, 90),))
    if code != ZONES and (box := grids.in_use_box(code)) is not None:
        good &= inside(lon, lat, (box,))
    if 1 - good.mean() > slips:
        return False
    states = np.asarray(pairs.state)[at]
    for number in np.unique(states[states > 0]):
        shape = _around(pairs.states[number])
        if shape is not None:
            mine = np.flatnonzero(states == number)
            good[mine] &= shapely.contains_xy(shape, lon[mine], lat[mine])
    if settings.state and (shape := _around(settings.state)) is not None:
        good &= shapely.contains_xy(shape, lon, lat)
    return bool(1 - good.mean() <= slips)


def _utm_zones(pairs: Pairs) -> Numbers | None:
    """Return the UTM zone that each row names, NaN where it names none; None where the column is no
    column of zones: some rows have a zone that is none, or numbers that cannot be of it."""
    if len(pairs.zones) < 2:
        return None
    numbers = [np.nan, *(grids.zone_number(z) or np.nan for z in pairs.zones[1:])]
    zones = np.asarray(numbers)[np.asarray(pairs.zone)]
    x, y = np.asarray(pairs.x), np.asarray(pairs.y)
    could = np.isfinite(zones) & (x >= 1e5) & (x < 9e5) & (y >= 0) & (y < 1e7)
    return zones if could.mean() > 1 - _SLIPS else None


def _says_utm(pairs: Pairs) -> bool:
    """Tell whether the zones are written as those of UTM: with a band letter or the word."""
    return all(z[-1:].isalpha() or "utm" in z.casefold() for z in pairs.zones[1:])


def _alike(one: Numbers, other: Numbers) -> bool:
    return bool(np.nanmax(np.abs(one - other), initial=0.0) < _SAME_DEG)


def _near_towns(places: Numbers, pairs: Pairs) -> bool:
    """Tell whether most places lie near the town or county that their row names."""
    towns = np.asarray(pairs.town)
    sample = np.unique(np.linspace(0, len(towns) - 1, min(len(towns), _SAMPLE)).astype(int))
    near = far = 0
    for (lon, lat), number in zip(places, towns[sample], strict=False):
        middle = _town(pairs.towns[number]) if 0 < number <= _TOWNS else None
        if middle is not None and np.isfinite(lon):
            close = abs(lon - middle[0]) < _NEAR_DEG and abs(lat - middle[1]) < _NEAR_DEG
            near, far = near + close, far + (not close)
    return near > 9 * far


def _near_roads(fits: dict[str, Numbers], boxes: tuple[Box, ...]) -> dict[str, Numbers]:
    """Return the candidates of which nine places in ten lie where the roads that are given do."""
    wide = tuple(
        (w - _AROUND_DEG, s - _AROUND_DEG, e + _AROUND_DEG, n + _AROUND_DEG) for w, s, e, n in boxes
    )
    return {c: p for c, p in fits.items() if inside(p[:, 0], p[:, 1], wide).mean() >= _MOST}


@lru_cache(maxsize=1024)
def _town(name: str) -> tuple[float, float] | None:
    from alprmap.geography import find_place

    try:
        place = find_place(name)
    except UsageError:
        return None
    return (place.lon, place.lat) if place.kind != "state" else None


@lru_cache(maxsize=64)
def _around(state: str) -> shapely.Geometry | None:
    """Return the polygon of a state, by its postal code or name, with `_AROUND_DEG` around it."""
    from alprmap.geography import states

    code = state.strip().upper()
    codes = {name.upper(): c for c, name in vocabulary.states().items()}
    code = codes.get(code, code)
    frame = states()
    mine = frame.loc[frame["state"] == code, "geometry"]
    if not len(mine):
        return None
    shape = shapely.buffer(shapely.simplify(mine.iloc[0], _AROUND_DEG / 5), _AROUND_DEG)
    shapely.prepare(shape)
    return shape
