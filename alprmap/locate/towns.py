"""Where a town, county or state named beside a place restricts the search (rule L8).

A town reaches as far as its people need room, and no farther than where another town is nearer by
that measure: a crossing in McAllen is no crossing in Pharr, however near the two are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from alprmap import geo
from alprmap.locate.gazetteer import town_key

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.locate.gazetteer import Gazetteer

REACH_M = {"city": 8_000.0, "municipality": 5_000.0, "town": 5_000.0, "village": 3_000.0,
           "borough": 4_000.0, "suburb": 3_000.0, "hamlet": 2_000.0, "quarter": 2_000.0,
           "neighbourhood": 1_500.0}  # fmt: skip
"""L8: how far a place of each OSM class reaches where its people are not known."""
PEOPLE_PER_KM2 = 800.0
"""L8: mean density of US urban areas, about 2,300 a square mile (Census 2020), thinned for the
parts of a town that are not built up."""
OWN_TOWNS = frozenset({"city", "town", "village", "municipality"})
"""Classes that have streets of their own; a suburb or hamlet does not take a street from a town."""
FARTHEST = 2.5
"""L8: a place this many reaches from the town named is not in it, whoever is nearer."""


def key_of_county(name: str) -> str:
    """Return what names of one county have in common: "Hidalgo County" and "hidalgo"."""
    words = [w for w in name.casefold().replace(".", "").split() if w not in ("county", "parish")]
    return " ".join("saint" if w == "st" else w for w in words)


@dataclass(frozen=True)
class Wanted:
    """The town, county or state a place is said to be in.

    `known` is False where nobody knows the town here; then only its county or state restricts."""

    label: str
    known: bool
    own: tuple[tuple[float, float, float], ...] = ()
    others: tuple[tuple[float, float, float], ...] = ()
    shape: Any = field(default=None, compare=False)

    def distance(self, lon: float, lat: float) -> float:
        """Return how far a place is from the town, in reaches of the town; 0 where the town is
        not known."""
        return _nearest(self.own, lon, lat) if self.own else 0.0

    def holds(self, lon: float, lat: float) -> bool:
        """Tell whether a place can be in the town, county and state named."""
        if self.shape is not None and not shapely.contains_xy(self.shape, lon, lat):
            return False
        if not self.own:
            return True
        away = _nearest(self.own, lon, lat)
        return away <= FARTHEST and (away <= 0.2 or away <= _nearest(self.others, lon, lat))


def _nearest(places: tuple[tuple[float, float, float], ...], lon: float, lat: float) -> float:
    if not places:
        return math.inf
    table = np.array(places)
    return float((geo.distance_m(lon, lat, table[:, 0], table[:, 1]) / table[:, 2]).min())


@lru_cache(maxsize=64)
def _shape(county: str | None, state: str | None) -> Any:
    """Return the land of a county or state; None where no such county is known."""
    from alprmap.geography import counties, states

    table = counties() if county else states()
    if state:
        table = table[table["state"] == state]
    if county:
        table = table[[key_of_county(n) == county for n in table["name"]]]
    if not len(table) or (county and not state and table["state"].nunique() > 1):
        return None
    # borders are drawn coarser than roads: a place on the line is on either side
    shape = shapely.buffer(shapely.union_all(table.geometry.to_numpy()), 0.003)
    shapely.prepare(shape)
    return shape


class Towns:
    """The towns of an extract, to be asked where a place may be."""

    def __init__(self, gazetteer: Gazetteer | None) -> None:
        self.gazetteer = gazetteer
        self._cache: dict[tuple[str | None, ...], Wanted | None] = {}

    @cached_property
    def _all(self) -> list[tuple[str, str, float, float, float]]:
        if self.gazetteer is None:
            return []
        places = self.gazetteer.places
        rows = []
        for name, lon, lat, kind, people in places.itertuples(index=False):
            by_people = 1000.0 * math.sqrt(people / PEOPLE_PER_KM2 / math.pi) if people else 0.0
            reach = max(by_people, 1_000.0) if by_people else REACH_M.get(kind, 3_000.0)
            rows.append((town_key(name), str(kind), lon, lat, reach))
        return rows

    def knows(self, name: str) -> bool:
        """Tell whether a place of the extract has this name."""
        key = town_key(name)
        return any(row[0] == key for row in self._all)

    def wanted(self, town: str | None, county: str | None, state: str | None) -> Wanted | None:
        """Return what the words restrict the search to; None where they name nothing."""
        if not (town or county or state):
            return None
        asked = (town, county, state)
        if asked not in self._cache:
            self._cache[asked] = self._wanted(*asked)
        return self._cache[asked]

    def _wanted(self, town: str | None, county: str | None, state: str | None) -> Wanted:
        key = town_key(town) if town else ""
        own = tuple(row[2:] for row in self._all if row[0] == key)
        others = tuple(
            row[2:] for row in self._all if row[0] != key and row[1] in OWN_TOWNS and own
        )
        shape = _shape(key_of_county(county) if county else None, state)
        label = ", ".join(v for v in (town, county, state) if v)
        known = bool(own) or not town or not self._all
        return Wanted(label, known, own, others, shape)


def cell(value: object) -> str:
    """Return a cell as text, empty where it is missing."""
    return "" if value is None or value != value else str(value)


def stated(where: pd.DataFrame | None, rows: int) -> list[dict[str, str | None]]:
    """Return town, county and state of each row as `Locator.locate` takes them."""
    if where is None:
        return [{}] * rows
    columns = [c for c in ("town", "county", "state") if c in where.columns]
    known = where[columns].astype(object).where(where[columns].notna(), None)
    return [
        {c: (cell(v).strip() or None) for c, v in zip(columns, row, strict=True)}
        for row in known.itertuples(index=False)
    ]
