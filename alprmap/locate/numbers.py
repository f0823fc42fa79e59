"""Numbers along a road: mileposts, exits, house numbers and blocks (rules L6, L7)."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from alprmap import geo
from alprmap.locate import crossings
from alprmap.locate.names import NameIndex, read
from alprmap.locate.ramps import Path
from alprmap.locate.streets import Road, Streets
from alprmap.locate.words import tokens

if TYPE_CHECKING:
    from alprmap.locate.gazetteer import Gazetteer

HOUSE_ERROR_M, MILESTONE_ERROR_M, EXIT_ERROR_M = 40.0, 80.0, 200.0
"""One standard deviation: house to the street in front of it, a signed milepost, the ramps of one
exit. """
SIGN_ERROR_M = 400.0
"""An exit is signed for what lies beyond it: the place itself may be some way off."""
EXIT_JOIN_M = 2500.0
"""The ramps of one exit number in both directions stand at most this far apart."""
EXIT_MILE_ERROR_M = 0.4 * geo.STATUTE_MILE_M
"""Exit numbers are whole miles: the exit lies anywhere in that mile, and so does what is
interpolated. """
LINE_ERROR_M, LINE_DRIFT, LINE_JOIN_M = 300.0, 0.01, 1000.0
"""Counted from a state line: how well the line is known where roads cross it, drift of signed
against driven miles (roads are rebuilt, posts are not moved), and the carriageways of one
crossing."""
MILE_RATIO = (0.6, 1.15)
"""Exits numbered by mile stand this many straight-line miles apart per number; others are numbered
in sequence. """
GRID_ERROR_M = 90.0
"""Within a block of 100 numbers, between numbered cross streets."""
GRID_ASLANT_DEG = 20.0
"""Numbered cross streets stand square to a road they number, within this."""
GRID_SAMPLE, GRID_PROOF, UNPROVEN_COST = 60, 3, 2.1
"""Addresses asked whether the numbered streets of a place number its houses, how many must answer,
and what it costs where they do not: in Portland 20th Avenue begins the 2000 block, in Columbus 20th
Street does not."""
SAME_SIDE = 0.45
"""Cost of a name up to which its house numbers are those of the street asked: no direction or
suffix changed. """
OPEN_SIDE_COST = 3.7
"""350 High Street, where there are a North and a South High Street, is a question."""
TOWN_GAP_M = 2000.0
"""House numbers of one street name farther apart than this are in two towns."""
HOUSE_GAP, HOUSE_GAP_M = 400, 1500.0
"""House numbers are interpolated between neighbors at most this far apart."""
ON_ROAD_M = 300.0
"""Houses stand at most this far from their street; milestones a quarter of that."""


@dataclass(frozen=True)
class Hit:
    """A place on a road found by number."""

    lon: float
    lat: float
    error_m: float
    located_by: str
    said: str
    cost: float = 0.0


class Numbers:
    """Finds numbers on the roads of one network."""

    def __init__(self, streets: Streets, gazetteer: Gazetteer | None) -> None:
        self.streets, self.gazetteer = streets, gazetteer

    def _snapped(
        self, road: Road, lon: float, lat: float, most_m: float
    ) -> tuple[float, float] | None:
        """Return the nearest point of a road, if it is near enough."""
        _, x, y, away_m = self.streets.net.foot(road.segments, lon, lat)
        return (x, y) if away_m <= most_m else None

    # mileposts and exits

    def _exits_on(self, road: Road) -> pd.DataFrame:
        assert self.gazetteer is not None
        net = self.streets.net
        nodes = np.unique(np.concatenate([net.u[road.segments], net.v[road.segments]]))
        exits = self.gazetteer.exits
        return exits[exits["node_id"].isin(nodes)]

    def exits(self, road: Road, ref: str) -> list[Hit]:
        """Return where exit `ref` of a road is; "93" is 93A and 93B too."""
        if self.gazetteer is None:
            return []
        on = self._exits_on(road)
        on = on[on["ref"].notna()]
        exact = on[[ref in _exit_refs(r) for r in on["ref"]]]
        like = on[[ref in {_digits(r) for r in _exit_refs(v)} for v in on["ref"]]]
        found = exact if len(exact) else like
        if not len(found):
            return []
        groups = crossings.gather(found[["lon", "lat"]].to_numpy(), EXIT_JOIN_M)
        return [
            Hit(lon, lat, math.hypot(EXIT_ERROR_M, spread), "ramp", f"exit {ref}")
            for (lon, lat), spread in groups
        ]

    def signed(self, road: Road, name: str) -> list[Hit]:
        """Return the exits of a road whose sign names `name` ("I-5 at Swan Island")."""
        wanted = " ".join(tokens(name))
        if self.gazetteer is None or len(wanted) < 3 or wanted.isdigit():
            return []
        on = self._exits_on(road)
        on = on[
            [isinstance(t, str) and f" {wanted} " in f" {' '.join(tokens(t))} " for t in on["to"]]
        ]
        if not len(on):
            return []
        groups = crossings.gather(on[["lon", "lat"]].to_numpy(), EXIT_JOIN_M)
        return [
            Hit(lon, lat, math.hypot(SIGN_ERROR_M, spread), "ramp", f"exit signed {name}", 1.8)
            for (lon, lat), spread in groups
        ]

    def milepost(self, road: Road, mile: float) -> list[Hit]:
        """Return where a milepost is: by signed ones, by exits numbered by mile, or counted from a
        state line."""
        said = f"mile {mile:g}"
        if self.gazetteer is None:
            return self._from_state_line(road, mile, said)
        signed = self._signed(road)
        hit = self._interpolated(road, signed, mile, 10.0)
        if hit:
            return [Hit(*hit[:2], math.hypot(MILESTONE_ERROR_M, 0.1 * hit[2]), "milepost", said)]
        by_mile = self._by_mile(road)
        hit = self._interpolated(road, by_mile, mile, 30.0)
        if hit:
            error = math.hypot(EXIT_MILE_ERROR_M, 0.1 * hit[2])
            return [Hit(*hit[:2], error, "milepost", f"{said} between exits numbered by mile", 0.9)]
        return self._from_state_line(road, mile, said)

    def _from_state_line(self, road: Road, mile: float, said: str) -> list[Hit]:
        """Count miles along the road from a state line it crosses: from the west or the south, as
        mileposts do.

        Only for one- and two-digit routes, which begin at a line; even ones run west to east, odd
        ones south to north (AASHTO numbering; MUTCD section 2H.05 for the zero of mileposts).
        """
        numbered = {
            r.number.rstrip("NSEW")
            for n in road.names
            for r in read(n).routes
            if r.system in ("I", "US")
        }
        if (
            len(numbered) != 1
            or not next(iter(numbered)).isdigit()
            or int(next(iter(numbered))) > 99
        ):
            return []
        onward = 90.0 if int(next(iter(numbered))) % 2 == 0 else 0.0
        hits = []
        for name, lon, lat in self._lines_crossed(road, onward):
            path = Path(
                self.streets.net,
                road.segments,
                lon,
                lat,
                onward,
                farthest_m=mile * geo.STATUTE_MILE_M,
            )
            there = path.after(mile * geo.STATUTE_MILE_M)
            if there.meters >= mile * geo.STATUTE_MILE_M - 1.0:
                error = math.hypot(LINE_ERROR_M, LINE_DRIFT * there.meters)
                hits.append(
                    Hit(
                        there.lon,
                        there.lat,
                        error,
                        "milepost",
                        f"{said} from the line of {name}",
                        1.6,
                    )
                )
        return hits[:1]

    def _lines_crossed(self, road: Road, onward: float) -> list[tuple[str, float, float]]:
        """Return (state entered, lon, lat) where the road crosses into a state when driven
        `onward`."""
        from alprmap.geography import states as geography_states

        lines = self.streets.net.lines[road.segments]
        states = geography_states()
        box = shapely.box(*shapely.total_bounds(lines))
        found = []
        for name, shape in zip(states["state"], states.geometry, strict=True):
            if not shape.intersects(box) or shape.contains(box):
                continue
            points = shapely.get_coordinates(shapely.intersection(lines, shape.boundary))
            if not len(points):
                continue
            for (lon, lat), _ in crossings.gather(points, LINE_JOIN_M):
                ahead_lon, ahead_lat = geo.destination(lon, lat, onward, LINE_JOIN_M)
                if shape.contains(shapely.Point(float(ahead_lon), float(ahead_lat))):
                    found.append((str(name), lon, lat))
        return found

    def _signed(self, road: Road) -> list[tuple[float, float, float]]:
        assert self.gazetteer is not None
        rows = []
        routes = {r.number for n in road.names for r in read(n).routes}
        for mile, ref, lon, lat in self.gazetteer.milestones.itertuples(index=False):
            named = {r.number for r in read(ref).routes} if isinstance(ref, str) else set()
            if (not named or named & routes) and self._snapped(road, lon, lat, ON_ROAD_M / 4):
                rows.append((mile, lon, lat))
        return _means(rows)

    def _by_mile(self, road: Road) -> list[tuple[float, float, float]]:
        """Return exits as mileposts, if the exits of this road are numbered by mile."""
        on = self._exits_on(road)
        on = on[on["ref"].notna()]
        rows = [
            (float(_digits(r)), x, y)
            for v, x, y in zip(on["ref"], on["lon"], on["lat"], strict=True)
            for r in _exit_refs(v)[:1]
        ]
        # the exit of mile n stands, on the average, half a mile past it
        marks = [(mile + 0.5, lon, lat) for mile, lon, lat in _means(rows)]
        ratios = [
            float(geo.distance_m(a[1], a[2], b[1], b[2])) / geo.STATUTE_MILE_M / (b[0] - a[0])
            for a, b in itertools.pairwise(marks)
        ]
        if len(ratios) < 2 or not MILE_RATIO[0] <= float(np.median(ratios)) <= MILE_RATIO[1]:
            return []
        return marks

    def _interpolated(
        self, road: Road, marks: list[tuple[float, float, float]], mile: float, gap: float
    ) -> tuple[float, float, float] | None:
        """Return (lon, lat, meters to the nearer mark) of a mile between two marks, on the road."""
        below = [m for m in marks if m[0] <= mile]
        above = [m for m in marks if m[0] >= mile]
        if not below or not above or above[0][0] - below[-1][0] > gap:
            return None
        low, high = below[-1], above[0]
        part = 0.0 if high[0] == low[0] else (mile - low[0]) / (high[0] - low[0])
        lon, lat = low[1] + part * (high[1] - low[1]), low[2] + part * (high[2] - low[2])
        on = self._snapped(road, lon, lat, 3000.0)
        if on is None:
            return None
        nearer = min(abs(mile - low[0]), abs(high[0] - mile)) * geo.STATUTE_MILE_M
        return (*on, nearer)

    # house numbers

    @cached_property
    def _house_streets(self) -> tuple[NameIndex, dict[str, pd.DataFrame]]:
        assert self.gazetteer is not None
        by_street = {str(k): v for k, v in self.gazetteer.addresses.groupby("street", sort=True)}
        return NameIndex(by_street), by_street

    def house(self, road: Road, name: str, number: int, *, block: bool) -> list[Hit]:
        """Return where a house number or block is: known, between known neighbors, or by numbered
        streets.

        `name` is the street as asked: addresses are matched by it, direction included, for 333 East
        and 333 West are two houses. A name that several towns have gives one hit in each town that
        knows the number."""
        hits = self._known_houses(road, name, number, block) if self.gazetteer is not None else []
        if _two_sided(road.names, name):
            hits = [replace(h, cost=h.cost + OPEN_SIDE_COST) for h in hits]
        if hits or road.cost > SAME_SIDE:
            return hits
        trust = self._grid_holds
        hit = None if trust is False else self._grid(road, number + 50 if block else number, block)
        if hit is None:
            return []
        return [hit if trust else replace(hit, cost=hit.cost + UNPROVEN_COST)]

    def _known_houses(self, road: Road, name: str, number: int, block: bool) -> list[Hit]:
        index, by_street = self._house_streets
        frames = [by_street[index.names[n]] for cost, n in index.find(name) if cost <= SAME_SIDE]
        if not frames:
            return []
        rows = pd.concat(frames).drop_duplicates()
        rows = rows[(rows["number"] - number).abs() <= HOUSE_GAP]
        kept = [
            (int(n), *(self._snapped(road, lon, lat, ON_ROAD_M) or (lon, lat)))
            for n, lon, lat in rows[["number", "lon", "lat"]].itertuples(index=False)
        ]
        if not kept:
            return []
        town = crossings.clusters(np.array([k[1:] for k in kept]), TOWN_GAP_M)
        found = [
            self._in_town(
                [k for k, t in zip(kept, town.tolist(), strict=True) if t == which], number, block
            )
            for which in range(int(town.max()) + 1)
        ]
        best = min((h.cost for h in found if h), default=0.0)
        return [h for h in found if h and h.cost == best]

    def _in_town(
        self, kept: list[tuple[int, float, float]], number: int, block: bool
    ) -> Hit | None:
        if block:
            begin = number - number % 100
            inside = [k[1:] for k in kept if begin <= k[0] < begin + 100]
            if inside:
                (lon, lat), spread = crossings.gather(np.array(inside), TOWN_GAP_M)[0]
                return Hit(
                    lon, lat, math.hypot(HOUSE_ERROR_M, spread, 30.0), "block", f"{number} block"
                )
            return self._interpolated_house(kept, number + 50, block)
        exact = [k for k in kept if k[0] == number]
        if exact:
            return Hit(exact[0][1], exact[0][2], HOUSE_ERROR_M, "block", f"number {number}")
        return self._interpolated_house(kept, number, block)

    def _interpolated_house(
        self, kept: list[tuple[int, float, float]], number: int, block: bool
    ) -> Hit | None:
        below = max((k for k in kept if k[0] < number), default=None)
        above = min((k for k in kept if k[0] > number), default=None)
        if below is None or above is None or above[0] - below[0] > HOUSE_GAP:
            return None
        apart = float(geo.distance_m(below[1], below[2], above[1], above[2]))
        if apart > HOUSE_GAP_M:
            return None
        part = (number - below[0]) / (above[0] - below[0])
        lon, lat = below[1] + part * (above[1] - below[1]), below[2] + part * (above[2] - below[2])
        said = f"{number - 50} block" if block else f"number {number}"
        error = math.hypot(HOUSE_ERROR_M, apart / 6)
        return Hit(lon, lat, error, "block", f"{said} between {below[0]} and {above[0]}", 0.3)

    @cached_property
    def _numbered(self) -> dict[int, np.ndarray]:
        """Segments of numbered streets ("20th Street") by number, routes left out."""
        found: dict[int, list[np.ndarray]] = {}
        for name in self.streets.index.names:
            forms = [
                f for f in read(name).forms if len(f.base) == 1 and f.base[0].isdigit() and f.suffix
            ]
            if forms and not read(name).routes:
                found.setdefault(int(forms[0].base[0]), []).append(self.streets.bearing(name))
        return {n: np.unique(np.concatenate(rows)) for n, rows in sorted(found.items())}

    @cached_property
    def _grid_holds(self) -> bool | None:
        """Tell whether known house numbers agree with the numbered cross streets; None where too
        few can tell."""
        if self.gazetteer is None:
            return None
        known = self.gazetteer.addresses
        agree, said = 0, 0
        for number, street, lon, lat in known.iloc[:: max(1, len(known) // GRID_SAMPLE)].itertuples(
            index=False
        ):
            for road in self.streets.find(street)[:1]:
                hit = self._grid(road, number, False) if road.cost <= SAME_SIDE else None
                if hit is not None:
                    said += 1
                    agree += float(geo.distance_m(lon, lat, hit.lon, hit.lat)) <= 3 * GRID_ERROR_M
        return None if said < GRID_PROOF else agree >= 0.7 * said

    def _grid(self, road: Road, number: int, block: bool) -> Hit | None:
        """Interpolate between numbered cross streets: where 20th Street crosses, the 2000 block
        begins."""
        wanted = number / 100
        marks: list[tuple[float, float, float, float]] = []
        for street in sorted(self._numbered, key=lambda n: abs(n - wanted)):
            if abs(street - wanted) > 4 or len(marks) == 4:
                break
            met = crossings.find(
                self.streets.net, road.segments, np.setdiff1d(self._numbered[street], road.segments)
            )
            if len(met) == 1 and met[0].kind in ("junction", "bridge"):
                line = self.streets.net.lines[met[0].b[0]]
                marks.append((float(street), met[0].lon, met[0].lat, _bearing(line)))
        marks.sort()
        below, above = [m for m in marks if m[0] <= wanted], [m for m in marks if m[0] > wanted]
        if not below or not above:
            return None
        low, high = below[-1], above[0]
        apart = float(geo.distance_m(low[1], low[2], high[1], high[2])) / (high[0] - low[0])
        # a block of 100 numbers is a sixteenth to an eighth of a mile; anything else is no such
        # grid
        if not 60.0 <= apart <= 260.0:
            return None
        # a road that runs aslant through the grid is numbered by the other set of streets, or by
        # neither
        along = float(geo.azimuth_deg(low[1], low[2], high[1], high[2]))
        if any(abs((m[3] - along) % 180.0 - 90.0) > GRID_ASLANT_DEG for m in (low, high)):
            return None
        part = (wanted - low[0]) / (high[0] - low[0])
        lon, lat = low[1] + part * (high[1] - low[1]), low[2] + part * (high[2] - low[2])
        on = self._snapped(road, lon, lat, 300.0)
        if on is None:
            return None
        said = f"{number - 50} block" if block else f"number {number}"
        error = math.hypot(GRID_ERROR_M, 0.3 * apart)
        return Hit(*on, error, "block", f"{said} by the numbered cross streets", 1.6)


def _two_sided(names: tuple[str, ...], asked: str) -> bool:
    """Tell whether a street has an east and a west (north and south) half and the text does not say
    which."""
    said = {d for form in read(asked).forms for d in form.directions}
    there = {d for name in names for form in read(name).forms for d in form.directions}
    return not said and ({"n", "s"} <= there or {"e", "w"} <= there)


def _bearing(line: shapely.LineString) -> float:
    first, last = shapely.get_point(line, 0), shapely.get_point(line, -1)
    return float(geo.azimuth_deg(first.x, first.y, last.x, last.y))


_SPAN = re.compile(r"(?P<n>\d+)(?P<letters>[A-Z](?:[–-]?[A-Z])*)")


def _exit_refs(text: str) -> list[str]:
    """Return the exits of a ref that may hold several.

    >>> _exit_refs("106A;106B"), _exit_refs("30&33"), _exit_refs("6A–B–C"), _exit_refs("71a-c")
    (['106A', '106B'], ['30', '33'], ['6A', '6B', '6C'], ['71A', '71B', '71C'])
    >>> _exit_refs("99-100"), _exit_refs("5AB")
    (['99', '100'], ['5A', '5B'])
    """
    out: list[str] = []
    for part in re.split(r"[;&,/ ]+|(?<=\d)[–-](?=\d)", text.upper()):
        if found := _SPAN.fullmatch(part):
            letters = re.sub(r"[–-]", "", found["letters"])
            span = len(letters) == 2 and len(found["letters"]) == 3 and letters[0] < letters[1]
            if span:  # "71A-C" are three
                letters = "".join(map(chr, range(ord(letters[0]), ord(letters[1]) + 1)))
            out += [f"{found['n']}{letter}" for letter in letters]
        elif re.match(r"\d", part):
            out.append(part)
    return out


def _digits(ref: str) -> str:
    found = re.match(r"\d+", ref)
    return found.group(0) if found else "0"


def _means(rows: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Return one mark per mile, in order: the mean of both directions' signs."""
    by_mile: dict[float, list[tuple[float, float]]] = {}
    for mile, lon, lat in rows:
        by_mile.setdefault(mile, []).append((lon, lat))
    return [
        (m, float(np.mean([p[0] for p in ps])), float(np.mean([p[1] for p in ps])))
        for m, ps in sorted(by_mile.items())
    ]
