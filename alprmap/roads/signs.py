"""What stands in an extract beside its roads, read in the child process: exits, mileposts,
addresses, towns."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import osmium

from alprmap import geo
from alprmap.errors import WHOLE, InputError, reason

NAME_KEYS = (
    "name_1",
    "name_2",
    "name_3",
    "alt_name",
    "alt_name_1",
    "old_name",
    "name:old",
    "old:name",
    "official_name",
    "loc_name",
    "short_name",
    "nat_name",
    "bridge:name",
    "tunnel:name",
    "unsigned_ref",
    "ref:unsigned",
    "nat_ref",
    "int_ref",
    "alt_ref",
    "reg_ref",
)
"""Keys that hold a further name or number of a road (OSM wiki, Names and Key:ref)."""
TOWNS = frozenset(
    {
        "city",
        "town",
        "village",
        "hamlet",
        "suburb",
        "borough",
        "neighbourhood",  # as OpenStreetMap spells it
        "quarter",
        "municipality",
    }
)
_MILES = re.compile(r"^\s*(?:mile\s*)?(\d+(?:[.,]\d+)?)\s*(mi|miles?|km)?\s*$", re.IGNORECASE)
_HOUSE = re.compile(r"^\s*(\d{1,6})")
_PEOPLE = re.compile(r"^\s*(\d{1,8})(?!\d)")

EXIT_COLUMNS = ("node_id", "ref", "to", "lon", "lat")
MILESTONE_COLUMNS = ("mile", "ref", "lon", "lat")
ADDRESS_COLUMNS = ("number", "street", "lon", "lat")
TOWN_COLUMNS = ("name", "lon", "lat", "kind", "people")


def read(path: Path) -> Taken:
    """Return what an extract holds beside its roads.

    Raises
    ------
    InputError
        When the file is broken.
    """
    taken = Taken()
    keys = osmium.filter.KeyFilter("highway", "addr:housenumber", "place")
    try:
        for thing in osmium.FileProcessor(str(path)).with_locations().with_filter(keys):
            taken.take(thing)
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"not a readable OSM extract ({reason(error)})",
            where=path,
            fix=WHOLE,
        ) from None
    return taken


class Taken:
    """Collects what the file holds."""

    def __init__(self) -> None:
        self.names: dict[int, tuple[str, ...]] = {}
        self.exits: list[tuple[Any, ...]] = []
        self.milestones: list[tuple[Any, ...]] = []
        self.addresses: list[tuple[Any, ...]] = []
        self.places: list[tuple[Any, ...]] = []

    def take(self, thing: Any) -> None:
        """Keep what a node or way says, if anything."""
        tags = thing.tags
        if thing.is_node():
            self._node(thing, tags)
        elif thing.is_way():
            if tags.get("highway"):
                names = dict.fromkeys(v for k in NAME_KEYS for v in _values(tags.get(k)))
                if names:
                    self.names[thing.id] = tuple(names)
                if str(tags.get("highway")).endswith("_link"):
                    self._sign(thing, tags)
            if tags.get("addr:housenumber"):
                self._address(tags, *_middle(thing.nodes))

    def _node(self, node: Any, tags: Any) -> None:
        if not node.location.valid():
            return
        lon, lat = node.location.lon, node.location.lat
        kind = tags.get("highway")
        if kind == "motorway_junction":
            to = "; ".join(
                v for v in (tags.get("exit_to"), tags.get("name"), tags.get("destination")) if v
            )
            self.exits.append((node.id, tags.get("ref"), to or None, lon, lat))
        elif kind == "milestone":
            mile = milepost_miles(
                tags.get("distance") or tags.get("pk") or tags.get("milestone") or tags.get("ref")
            )
            if math.isfinite(mile):
                self.milestones.append(
                    (mile, tags.get("ref") if tags.get("distance") else None, lon, lat)
                )
        if tags.get("addr:housenumber"):
            self._address(tags, lon, lat)
        if tags.get("place") in TOWNS and tags.get("name"):
            people = _PEOPLE.match((tags.get("population") or "").replace(",", ""))
            self.places.append(
                (
                    tags.get("name"),
                    lon,
                    lat,
                    tags.get("place"),
                    int(people.group(1)) if people else 0,
                )
            )

    def _sign(self, way: Any, tags: Any) -> None:
        """Keep what the sign at the start of a ramp says (newer tagging has it on the way, not the
        junction)."""
        said = (tags.get(k) for k in ("destination:street", "destination:ref", "destination"))
        to = "; ".join(v for v in said if v)
        start = next(iter(way.nodes), None)
        if (to or tags.get("junction:ref")) and start is not None and start.location.valid():
            self.exits.append(
                (start.ref, tags.get("junction:ref"), to or None, start.lon, start.lat)
            )

    def _address(self, tags: Any, lon: float, lat: float) -> None:
        street, number = tags.get("addr:street"), _HOUSE.match(tags.get("addr:housenumber"))
        if street and number and math.isfinite(lon):
            self.addresses.append((int(number.group(1)), street, lon, lat))


def _values(text: str | None) -> list[str]:
    return [v for v in (part.strip() for part in (text or "").split(";")) if v]


def _middle(nodes: Iterable[Any]) -> tuple[float, float]:
    known = [(n.lon, n.lat) for n in nodes if n.location.valid()]
    if not known:
        return math.nan, math.nan
    return float(np.mean([p[0] for p in known])), float(np.mean([p[1] for p in known]))


def milepost_miles(text: str | None) -> float:
    """Return what a milestone says in miles, NaN where it says no number; a bare number is miles in
    the US.

    >>> milepost_miles("18.5"), milepost_miles("1.609344 km"), milepost_miles("A 4")
    (18.5, 1.0, nan)
    """
    found = _MILES.match(text) if text else None
    if not found:
        return math.nan
    value = float(found.group(1).replace(",", "."))
    return value * 1000 / geo.STATUTE_MILE_M if (found.group(2) or "").lower() == "km" else value
