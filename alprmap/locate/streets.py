"""The streets of a network: from a written name to the segments that bear it (rules L4, L5)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from alprmap import geo
from alprmap.errors import InputError
from alprmap.locate.crossings import IntArray, Net
from alprmap.locate.names import SAME, NameIndex, read
from alprmap.roads import feet

if TYPE_CHECKING:
    from alprmap.locate.grammar import Side
    from alprmap.roads import Roads

TIER = 0.45
"""Names whose costs differ by less are asked together: "Hall" is Hall Boulevard and Hall Street
alike. """
TIERS = 6
BORROWED_M = 600.0
SYSTEMS = {"I": 4, "US": 3, "state": 2, "farm": 1, "loop": 1, "spur": 1, "county": 1}
"""Route systems by rank: where two share a road, people call it by the higher one."""
_BARE_NUMBER = re.compile(r"[1-9]\d{1,2}")
"""A number alone is a route ("71 at Lamar"); of one digit it is more often something else."""
FORK_COST, BARE_COST = 0.25, 0.5
"""Cost of one prong of "Broad St/US-40", and of leaving "Overpass" away."""


@dataclass(frozen=True)
class Road:
    """Segments that a written name can mean at one cost, with the names they bear."""

    cost: float
    names: tuple[str, ...]
    segments: IntArray
    core: IntArray
    """Segments of its cheapest names."""


def labels(text: object) -> list[str]:
    """Return the values of a tag that may hold several ("US 23;US 33")."""
    return [v for v in (part.strip() for part in str(text).split(";")) if v]


class Streets:
    """The names of a network and the segments that bear them.

    Parameters
    ----------
    roads
        The network.
    more_names
        Further names by way id (old names, second names), as `alprmap.locate.gazetteer` finds them.

    Raises
    ------
    InputError
        When no road of the network has a name or number.
    """

    def __init__(self, roads: Roads, more_names: Mapping[int, Iterable[str]] | None = None) -> None:
        self.net = Net.of(roads.segments)
        bearing: dict[str, list[int]] = defaultdict(list)
        self._shown: set[str] = set()
        for column in ("name", "ref", "alt_name"):
            if column in roads.segments.columns:
                values = roads.segments[column]
                known = values.notna().to_numpy()
                for at, value in zip(
                    np.flatnonzero(known).tolist(), values[known].tolist(), strict=True
                ):
                    for label in labels(value):
                        bearing[label].append(at)
                        if column != "alt_name":
                            self._shown.add(label)
        if not bearing:
            raise InputError(
                "no road of the network has a name",
                where=roads.meta.get("source"),
                fix="use an OSM extract, or edges with name and ref columns",
            )
        west, south, east, north = (float(v) for v in roads.segments.total_bounds)
        self.bounds = (west, south, east, north)
        self._more(roads, more_names or {}, bearing)
        self._at = {
            name: np.unique(np.array(rows, dtype=np.int64)) for name, rows in bearing.items()
        }
        self.index = NameIndex(self._at)
        self._borrowed = self._concurrent(roads)
        self._cache: dict[tuple[str, bool], tuple[Road, ...]] = {}

    @staticmethod
    def _concurrent(roads: Roads) -> dict[str, set[int]]:
        """Return, per route, the segments where a route of a higher system runs on the same
        road.
        """
        found: dict[str, set[int]] = defaultdict(set)
        refs = roads.segments["ref"]
        several = refs.str.contains(";", na=False).to_numpy(dtype=bool)
        for at, value in zip(np.flatnonzero(several).tolist(), refs[several].tolist(), strict=True):
            order = {
                label: max((SYSTEMS.get(r.system, 0) for r in read(label).routes), default=0)
                for label in labels(value)
            }
            for label, level in order.items():
                if level < max(order.values()):
                    found[label].add(at)
        return found

    def borrowed(self, road: Road, lon: float, lat: float) -> bool:
        """Tell whether, at a place, the road's number stands beside one of a higher system ("I
        670;US 62").

        People then call the place by the higher route; `BORROWED_M` around it, for the interchange
        as a whole."""
        minor: set[int] = set().union(*(self._borrowed.get(name, set()) for name in road.names))
        if not minor:
            return False
        near = feet(self.net.lines[np.array(sorted(minor), dtype=np.int64)], lon, lat)
        return bool((geo.distance_m(lon, lat, near[:, 0], near[:, 1]) <= BORROWED_M).any())

    @staticmethod
    def _more(
        roads: Roads, more: Mapping[int, Iterable[str]], bearing: dict[str, list[int]]
    ) -> None:
        if not more:
            return
        rows: dict[int, list[int]] = defaultdict(list)
        for at, way in enumerate(roads.segments["way_id"].tolist()):
            if way in more:
                rows[way].append(at)
        for way, found in sorted(rows.items()):
            for label in more[way]:
                bearing[label] += found

    def bearing(self, name: str) -> IntArray:
        """Return the segments that bear exactly `name`."""
        return self._at[name]

    def find(self, name: str, *, widen: bool = False) -> tuple[Road, ...]:
        """Return what `name` can mean, cheapest first; links only where no road proper bears the
        name."""
        cached = self._cache.get((name, widen))
        if cached is None:
            cached = self._cache[name, widen] = tuple(self._find(name, widen))
        return cached

    def _find(self, name: str, widen: bool) -> list[Road]:
        found: list[Road] = []
        tier: list[tuple[float, str]] = []
        matches = [(cost, self.index.names[n]) for cost, n in self.index.find(name, widen=widen)]
        for cost, label in [*matches, (float("inf"), "")]:
            if tier and cost > tier[0][0] + TIER:
                found.append(self._road(tier))
                tier = []
            tier.append((cost, label))
        return found[:TIERS]

    def _road(self, tier: list[tuple[float, str]]) -> Road:
        cheapest = tier[0][0]
        return Road(
            cheapest,
            tuple(label for _, label in tier),
            self._proper([label for _, label in tier]),
            self._proper([label for cost, label in tier if cost <= cheapest]),
        )

    def _proper(self, names: list[str]) -> IntArray:
        rows = np.unique(np.concatenate([self._at[label] for label in names]))
        proper = rows[~self.net.link[rows]]
        return proper if len(proper) else rows

    def of_side(self, side: Side, *, widen: bool = False) -> list[list[Road]]:
        """Return the roads of a side: one list per prong, or the whole name's alone where it is
        known here."""
        whole = self.find(side.names[0], widen=widen)
        if whole and (whole[0].cost < SAME or len(side.names) == 1):
            return [list(whole)]
        if not whole and _BARE_NUMBER.fullmatch(side.names[0]):
            route = self.find(f"Hwy {side.names[0]}")
            return [[replace(r, cost=r.cost + BARE_COST) for r in route if r.cost < SAME]]
        prongs = [list(whole)] if whole else []
        for name in self._numbered(side.names[1:]):
            bare = side.names[0].startswith(name) and name.count(" ") + 1 == side.names[0].count(
                " "
            )
            cost = BARE_COST if bare else FORK_COST
            roads = [replace(r, cost=r.cost + cost) for r in self.find(name, widen=widen)]
            if roads:
                prongs.append(roads)
        return prongs

    def _numbered(self, names: tuple[str, ...]) -> list[str]:
        """Return bare numbers of a shared freeway ("75/85") as routes of the highest system that
        has them all here; other names as they are."""
        if len(names) < 2 or not all(n.isdigit() for n in names):
            return list(names)
        for system in ("I", "US", "Hwy"):
            routes = [f"{system} {n}" for n in names]
            if all((hit := self.find(r)) and hit[0].cost < SAME for r in routes):
                return routes
        return list(names)

    def name_of(self, road: Road, segments: IntArray | None = None) -> str:
        """Return the name to show for a road: of its names the one most of `segments` bear."""
        if len(road.names) == 1:
            return road.names[0]
        at = road.segments if segments is None or not len(segments) else segments
        return max(
            road.names, key=lambda n: (n in self._shown, int(np.isin(at, self._at[n]).sum()), n)
        )


def same_name(a: Side, b: Side) -> bool:
    """Tell whether two sides are one name, spelled out alike."""
    one, other = read(a.names[0]), read(b.names[0])
    return bool(one.forms) and one.forms[-1:] == other.forms[-1:] and one.routes == other.routes


def cheapest(a: list[Road], b: list[Road], most: float) -> Iterator[tuple[float, Road, Road]]:
    """Yield the pairs of meanings of two names with their cost together, the cheapest first."""
    pairs = [(one.cost + other.cost, i, j) for i, one in enumerate(a) for j, other in enumerate(b)]
    for cost, i, j in sorted(pairs):
        if cost <= most:
            yield cost, a[i], b[j]


def apart(a: Road, b: Road) -> tuple[Road, Road]:
    """Take two meanings by their cheapest names where they share segments ("X Drive at X Drive
    South")."""
    if not len(np.intersect1d(a.segments, b.segments)):
        return a, b
    return replace(a, segments=a.core), replace(b, segments=b.core)
