"""Where a town, county or state named beside a place restricts the search (rule L8).

A town reaches as far as its people need room, and no farther than where another town is nearer by
that measure: a crossing in McAllen is no crossing in Pharr, however near the two are.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from alprmap import geo
from alprmap.locate.gazetteer import town_key
from alprmap.locate.towns_in_text import town_behind
from alprmap.locate.words import words
from alprmap.shipped import data_path
from alprmap.text import header

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.locate.gazetteer import Gazetteer
    from alprmap.locate.grammar import PlaceText

REACH_M = {
    "city": 8_000.0,
    "municipality": 5_000.0,
    "town": 5_000.0,
    "village": 3_000.0,
    "borough": 4_000.0,
    "suburb": 3_000.0,
    "hamlet": 2_000.0,
    "quarter": 2_000.0,
    "neighbourhood": 1_500.0,
}
"""L8: how far a place of each class (spelled as OpenStreetMap does) reaches where its people are
not known. """
PEOPLE_PER_KM2 = 800.0
"""L8: mean density of US urban areas, about 2,300 a square mile (Census 2020), thinned for the
parts of a town that are not built up."""
OWN_TOWNS = frozenset({"city", "town", "village", "municipality"})
"""Classes that have streets of their own; a suburb or hamlet does not take a street from a town."""
FAR_PEOPLE = 50_000
"""L8: a town of this many people is meant by its name alone, though it lies far from the roads."""
FARTHEST = 2.5
"""L8: a place this many reaches from the town named is not in it, whoever is nearer."""


def key_of_county(name: str) -> str:
    """Return what names of one county have in common: "Hidalgo County" and "hidalgo"."""
    words = [w for w in name.casefold().replace(".", "").split() if w not in ("county", "parish")]
    return " ".join("saint" if w == "st" else w for w in words)


BORDER_DEG = 0.003
"""Borders are drawn coarser than roads: a place this near to the line is on either side."""


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
        if self.shape is not None and not shapely.dwithin(
            self.shape, shapely.Point(lon, lat), BORDER_DEG
        ):
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
    """Return the land of a county or state; None where none is named or no such county is known."""
    from alprmap.geography import counties, states

    if not (county or state):
        return None

    table = counties() if county else states()
    if state:
        table = table[table["state"] == state]
    if county:
        table = table[[key_of_county(n) == county for n in table["name"]]]
    if not len(table) or (county and not state and table["state"].nunique() > 1):
        return None
    parts = table.geometry.to_numpy()
    shape = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    shapely.prepare(shape)
    return shape


class Towns:
    """The towns of an extract, to be asked where a place may be."""

    def __init__(
        self, gazetteer: Gazetteer | None, bounds: tuple[float, float, float, float] | None = None
    ) -> None:
        self.gazetteer = gazetteer
        self.bounds = bounds
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

    def told(self, place: PlaceText, known: Callable[[str], bool]) -> PlaceText:
        """Return a place with the town that "TOWN / ROAD : CROSS", brackets or the words behind a
        road without a comma ("1200 28th St Denver CO") hold, if it is one here.

        Parameters
        ----------
        place
            What a text says.
        known
            Tells whether a road here has this whole name.
        """
        if not place.maybe_town and not place.town:
            return self._behind(place, known)
        if not place.maybe_town or place.town or not self.knows(place.maybe_town):
            return place
        if not place.sides or place.maybe_town in place.notes:  # it stood in brackets
            return replace(place, town=place.maybe_town)
        first = place.sides[0]
        if not (names := tuple(n for n in first.names[1:] if n != place.maybe_town)):
            return place
        side = replace(first, label="/".join(names), names=names)
        return replace(place, sides=(side, *place.sides[1:]), town=place.maybe_town)

    def _behind(self, place: PlaceText, known: Callable[[str], bool]) -> PlaceText:
        for at, side in enumerate(place.sides):
            whole = side.names[0]
            if len(side.names) > 1 or len(whole.split()) < 3 or known(whole):
                continue
            found = town_behind(whole, self._is_town)
            if found and known(found[0]):
                road = replace(side, label=found[0], names=(found[0],))
                sides = (*place.sides[:at], road, *place.sides[at + 1 :])
                return replace(place, sides=sides, town=found[1], state=place.state or found[2])
        return place

    def crossed(self, reading: PlaceText, plain: PlaceText) -> bool:
        """Tell whether `reading` takes for a road what `plain` has as the town of an address.

        "650 N High St, Columbus, OH" is no crossing with the road to Columbus. A state behind the
        name, or a town of this name in the extract or around it, says that it is a town.
        """
        town = plain.town
        if plain.kind != "address" or not town:
            return False
        if not any(town.casefold() == n.casefold() for side in reading.sides for n in side.names):
            return False
        return plain.state is not None or self._is_town(town)

    def _is_town(self, name: str) -> bool:
        """Tell whether a town of this name lies in the extract or around it."""
        around = self._shipped.get(town_key(name), ())
        return self.knows(name) or any(self._among(r[2], r[3]) for r in around)

    def wanted(self, town: str | None, county: str | None, state: str | None) -> Wanted | None:
        """Return what the words restrict the search to; None where they name nothing."""
        if not (town or county or state):
            return None
        asked = (town, county, state)
        if asked not in self._cache:
            self._cache[asked] = self._wanted(*asked)
        return self._cache[asked]

    @cached_property
    def _shipped(self) -> dict[str, list[tuple[str, int, float, float, float]]]:
        """The towns that ship with alprmap by key: state, people, lon, lat, reach; they tell where
        a town is that the extract does not know, and that it lies elsewhere."""
        from alprmap.geography import gazetteer

        known: dict[str, list[tuple[str, int, float, float, float]]] = {}
        columns = gazetteer()[["name", "state", "population", "lon", "lat"]]
        for name, state, people, lon, lat in columns.itertuples(index=False):
            reach = max(1000.0 * math.sqrt(people / PEOPLE_PER_KM2 / math.pi), 1_000.0)
            known.setdefault(town_key(name), []).append((state, people, lon, lat, reach))
        return known

    def _elsewhere(self, key: str, state: str | None) -> tuple[tuple[float, float, float], ...]:
        """Return the towns of a name that ship with alprmap: those among the roads, else, where
        the name is surely another place's, those far from them."""
        rows = [r for r in self._shipped.get(key, ()) if state is None or r[0] == state]
        among = [r for r in rows if self._among(r[2], r[3])]
        if among:
            return tuple(r[2:] for r in among)
        sure = state is not None or (self._all and any(r[1] >= FAR_PEOPLE for r in rows))
        return tuple(r[2:] for r in rows) if sure else ()

    def _among(self, lon: float, lat: float) -> bool:
        if self.bounds is None:
            return False
        west, south, east, north = self.bounds
        return west - 0.1 <= lon <= east + 0.1 and south - 0.1 <= lat <= north + 0.1

    def _wanted(self, town: str | None, county: str | None, state: str | None) -> Wanted:
        key = town_key(town) if town else ""
        own = tuple(row[2:] for row in self._all if row[0] == key)
        if key and not own:
            own = self._elsewhere(key, state)
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


@lru_cache(maxsize=1)
def _headings() -> dict[str, tuple[int, str]]:
    """Return the headings of columns that hold a town, county or state, with their rank."""
    text = data_path("aliases/fields.csv").read_text(encoding="utf-8")
    lines = csv.DictReader(line for line in text.splitlines() if line and line[0] != "#")
    names = {"city": "town", "county": "county", "state": "state"}
    return {
        header(r["name"]): (int(r["rank"]), names[r["field"]]) for r in lines if r["field"] in names
    }


def where_columns(names: Iterable[str]) -> dict[str, list[str]]:
    """Return which columns of a table hold the town, county and state of its rows, the best first,
    by the headings of data/aliases/fields.csv (L8).

    >>> where_columns(["id", "intersection", "City", "ST"])
    {'town': ['City'], 'state': ['ST']}
    """
    ranked: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        rank, field_name = _headings().get(header(str(name)), (0, ""))
        if field_name:
            ranked.setdefault(field_name, []).append((rank, str(name)))
    return {
        field_name: [n for _, n in sorted(ranked[field_name])]
        for field_name in ("town", "county", "state")
        if field_name in ranked
    }


def where_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what the columns of a table say of the town, county and state of its rows."""
    import pandas as pd

    said: dict[str, pd.Series] = {}
    for field_name, columns in where_columns(frame.columns).items():
        values = frame[columns[0]].astype(object)
        for more in columns[1:]:
            # a word for nothing in the better column hides no value in the next
            values = values.where(~values.map(_names_nothing), frame[more].astype(object))
        said[field_name] = values
    return pd.DataFrame(said, index=frame.index)


def _names_nothing(value: object) -> bool:
    return cell(value).casefold().strip(" .") in words().no_town


def stated(where: pd.DataFrame | None, rows: int) -> list[dict[str, str | None]]:
    """Return town, county and state of each row as `Locator.locate` takes them: words for nothing
    left out, "Pharr, TX" taken apart, "Texas" as its code."""
    if where is None:
        return [{}] * rows
    columns = [c for c in ("town", "county", "state") if c in where.columns]
    if not columns:  # a frame without columns has no rows to go through before pandas 3.1
        return [_settled({}) for _ in range(rows)]
    return [
        _settled({c: cell(v).strip() for c, v in zip(columns, row, strict=True)})
        for row in where[columns].astype(object).itertuples(index=False)
    ]


def _settled(row: dict[str, str]) -> dict[str, str | None]:
    given = {c: v for c, v in row.items() if not _names_nothing(v)}
    town, comma, behind = given.get("town", "").partition(",")
    if comma and (code := state_code(behind)):
        given = {"state": code, **given, "town": town.strip()}
    state = given.get("state")
    found: dict[str, str | None] = {c: given.get(c) for c in ("town", "county")}
    return {**found, "state": state_code(state) if state else None}


def state_code(text: str) -> str | None:
    """Return the two letters of a state written in any way, None where it is none.

    >>> state_code("Texas"), state_code(" tx."), state_code("Ontario")
    ('TX', 'TX', None)
    """
    plain = text.strip(" .,")
    return words().states.get(plain.upper()) or words().states.get(plain.casefold())
