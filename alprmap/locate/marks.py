"""Marks on one road: a ramp, a distance from a crossing, a house number, a milepost, an exit (rules
L6, L7).

What the roads alone do not know comes from the extract's gazetteer; without it only ramps, offsets
and numbered cross streets can be used.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from alprmap import geo
from alprmap.locate import numbers
from alprmap.locate.choose import Candidate, Settings
from alprmap.locate.crossings import IntArray
from alprmap.locate.names import SAME
from alprmap.locate.ramps import Path, Ramp, Ramps
from alprmap.locate.streets import Road, Streets

if TYPE_CHECKING:
    from alprmap.locate.gazetteer import Gazetteer
    from alprmap.locate.grammar import PlaceText


class Marks:
    """Finds marks on the roads of one network."""

    def __init__(self, streets: Streets, gazetteer: Gazetteer | None, settings: Settings) -> None:
        self.streets, self.gazetteer, self.settings = streets, gazetteer, settings
        self.ramps = Ramps(streets.net)
        self.numbers = numbers.Numbers(streets, gazetteer)
        self._between: dict[tuple[bytes, bytes], list[Ramp]] = {}

    def ramps_between(self, a: IntArray, b: IntArray) -> list[Ramp]:
        """Return the ramps from `a` to `b` and from `b` to `a`."""
        key = (a.tobytes(), b.tobytes())
        if key not in self._between:
            most = self.settings.ramp_m
            self._between[key] = [
                *self.ramps.between(a, b, most_m=most),
                *self.ramps.between(b, a, most_m=most),
            ]
        return self._between[key]

    def find(self, place: PlaceText) -> list[Candidate]:
        """Return where on its first road a text points: milepost, exit, house or block; else the
        road itself."""
        for side in place.sides[:1]:
            for road in (r for prong in self.streets.of_side(side) for r in prong):
                if road.cost > self.settings.most_cost / 2:
                    continue
                found = self._on(place, road)
                if found and place.mark_to is not None:
                    found = self._stretch(place, road, found)
                if found:
                    return found
        return []

    def _stretch(self, place: PlaceText, road: Road, first: list[Candidate]) -> list[Candidate]:
        """Return the middle between two exits or mileposts of a road; nothing where the second is
        not known, or too far."""
        if place.exit_ref is not None:
            behind = replace(place, exit_ref=place.mark_to)
        else:
            behind = replace(place, milepost_mi=float(place.mark_to or "nan"))
        ends = [(p, q) for p in first for q in self._on(behind, road)]
        if not ends:
            return []
        apart, at = min(
            (float(geo.distance_m(p.lon, p.lat, q.lon, q.lat)), n) for n, (p, q) in enumerate(ends)
        )
        p, q = ends[at]
        if apart > self.settings.between_m or "road" in (p.kind, q.kind):
            return []
        # by the road, which bends, not by the straight line between its ends
        lon, lat = (p.lon + q.lon) / 2, (p.lat + q.lat) / 2
        _, lon, lat, _ = self.streets.net.foot(road.segments, lon, lat)
        error = math.hypot(p.error_m, apart / math.sqrt(12))
        said = f"{self.streets.name_of(road)}, {place.mark}, the middle"
        return [
            replace(
                p,
                lon=lon,
                lat=lat,
                error_m=error,
                located_by="road",
                kind="between",
                matched_as=said,
            )
        ]

    def numbered(self, place: PlaceText) -> list[Candidate]:
        """Return where the exit or milepost of a text is on any road it names, without the
        crossing."""
        if place.exit_ref is None and place.milepost_mi is None:
            return []
        for side in place.sides:
            for road in (r for prong in self.streets.of_side(side) for r in prong):
                if road.cost < SAME and (hits := self._on(place, road)):
                    return [h for h in hits if h.kind in ("ramp", "milepost")]
        return []

    def _on(self, place: PlaceText, road: Road) -> list[Candidate]:
        name = self.streets.name_of(road)
        hits: list[numbers.Hit] = []
        if place.milepost_mi is not None:
            hits = self.numbers.milepost(road, place.milepost_mi)
        elif place.exit_ref is not None:
            hits = self.numbers.exits(road, place.exit_ref)
        elif len(place.sides) > 1:
            hits = [h for name in place.sides[1].names for h in self.numbers.signed(road, name)]
        elif place.house_number is not None:
            name_asked = place.sides[0].names[0]
            hits = self.numbers.house(
                road, name_asked, place.house_number, block=place.kind == "block"
            )
        made = [
            Candidate(
                h.lon,
                h.lat,
                h.error_m,
                h.located_by,
                road.cost + h.cost,
                h.located_by,
                0,
                (name,),
                matched_as=f"{name}, {h.said}",
                segments=(road.segments, road.segments),
            )
            for h in hits
        ]
        if made or road.cost >= SAME or len(place.sides) > 1:
            return made
        return self._whole(place, road, name)

    def _whole(self, place: PlaceText, road: Road, name: str) -> list[Candidate]:
        """Return the middle of a road short enough for that to say something, or its place nearest
        the town."""
        net = self.streets.net
        lon, lat, error = net.middle(road.segments)
        wanted = (
            "" if place.house_number is None else f" (no house number {place.house_number} known)"
        )
        if error <= self.settings.road_error_m:
            said = f"{name}, middle of the road{wanted}"
            if wanted:
                # a number nobody knows says that this may be another road of the name
                road = replace(road, cost=road.cost + self.settings.unknown_number_cost)
            return [self._rough(lon, lat, error, road, name, said)]
        made = []
        for town in self.gazetteer.towns(place.town) if self.gazetteer and place.town else []:
            _, lon, lat, away_m = net.foot(road.segments, *town)
            if away_m <= self.settings.in_town_m:
                said = f"{name}, nearest to {place.town}{wanted}"
                made.append(self._rough(lon, lat, self.settings.road_error_m, road, name, said))
        return made

    def _rough(
        self, lon: float, lat: float, error: float, road: Road, name: str, said: str
    ) -> Candidate:
        return Candidate(lon, lat, error, "road", road.cost, "road", 0, (name,), matched_as=said)

    def ramp(self, place: PlaceText, chosen: Candidate) -> Candidate:
        """Move a crossing to the ramp the text means: from which road, onto which, in which
        direction."""
        if chosen.segments is None or len(place.sides) <= chosen.sides[1]:
            return chosen
        net = self.streets.net
        a, b = chosen.segments
        main, side = (a, b) if net.freeway(a) or not net.freeway(b) else (b, a)
        travel = place.sides[chosen.sides[0] if main is a else chosen.sides[1]].travel_deg
        travel = place.travel_deg if travel is None else travel
        options: list[tuple[float, Ramp]] = []
        for kind, start, goal in (("on", side, main), ("off", main, side)):
            if place.ramp not in ("ramp", kind):
                continue
            for found in self.ramps.between(start, goal, most_m=self.settings.ramp_m):
                off = float(geo.distance_m(chosen.lon, chosen.lat, found.lon, found.lat))
                heading = self.ramps.heading_at(
                    found.last_node if kind == "on" else found.first_node, main
                )
                fits = travel is None or (
                    heading is not None and geo.angle_between_deg(heading, travel) <= 75.0
                )
                if off <= self.settings.ramp_m and fits:
                    options.append((off, found))
        if not options:
            error = math.hypot(chosen.error_m, self.settings.interchange_error_m)
            return replace(chosen, located_by="ramp", error_m=error)
        nearest = min(off for off, _ in options)
        near = [r for off, r in options if off <= nearest + self.settings.street_error_m * 5]
        lon, lat = float(np.mean([r.lon for r in near])), float(np.mean([r.lat for r in near]))
        spread = float(
            np.sqrt(
                np.mean(geo.distance_m([r.lon for r in near], [r.lat for r in near], lon, lat) ** 2)
            )
        )
        error = math.hypot(
            max(r.length_m for r in near) / math.sqrt(12), spread, self.settings.street_error_m
        )
        return replace(chosen, lon=lon, lat=lat, located_by="ramp", error_m=error)

    def walk(self, place: PlaceText, chosen: Candidate) -> Candidate:
        """Move along the first road from the crossing, as far and in the direction the text
        says.
        """
        if chosen.segments is None or len(place.sides) <= chosen.sides[1]:
            return chosen
        at = place.sides[chosen.sides[1]]
        if at.offset_deg is None:
            return chosen
        path = Path(self.streets.net, chosen.segments[0], chosen.lon, chosen.lat, at.offset_deg)
        freeway = self.streets.net.freeway(chosen.segments[0])
        if at.offset_m is not None:
            meters, error = at.offset_m, max(0.1 * at.offset_m, self.settings.street_error_m)
        elif freeway:
            # past a crossing of a freeway is somewhere between its interchange and the next one
            begin, end = path.interchanges() or (0.0, 2 * self.settings.walk_freeway_m)
            meters, error = (begin + end) / 2, (end - begin) / math.sqrt(12)
        else:
            meters = error = self.settings.walk_street_m
        there = path.after(meters)
        return replace(
            chosen, lon=there.lon, lat=there.lat, error_m=math.hypot(chosen.error_m, error)
        )
