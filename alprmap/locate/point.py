"""A place in words becomes a point, from the road network alone (rules L4 to L9,
docs/method/locate.md).

`Locator(roads).locate(text)` reads the text (`alprmap.locate.grammar`), finds the roads it names,
the place where they meet, and says how sure it is. Nothing is guessed in silence: twin crossings
are all listed and lower the confidence; a road nobody knows leaves the text unlocated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from alprmap import geo, steps
from alprmap.locate import calibration, crossings
from alprmap.locate import grammar as placetext
from alprmap.locate.answer import RESULT_COLUMNS, Answer
from alprmap.locate.choose import LOW, Candidate, Settings, agree, choose, confidence
from alprmap.locate.elsewhere import elsewhere
from alprmap.locate.gazetteer import Gazetteer
from alprmap.locate.grammar import PlaceText, Side
from alprmap.locate.marks import Marks
from alprmap.locate.names import SAME
from alprmap.locate.streets import Road, Streets, apart, cheapest, same_name
from alprmap.locate.towns import Towns, Wanted, cell, stated
from alprmap.roads import AreaLike, Roads, RoadSource, road_files
from alprmap.roads import read as read_roads


@dataclass
class _Found:
    """Candidates for one reading, and which way they were found."""

    candidates: list[Candidate] = field(default_factory=list)
    reason: str | None = None


class Locator:
    """Locates texts on one road network.

    Parameters
    ----------
    roads
        Network with names (`alprmap.roads.network`).
    gazetteer
        What else the extract knows (exits, mileposts, house numbers, old names); optional.
    settings
        Errors and limits.

    Raises
    ------
    InputError
        When no road of the network has a name.
    """

    def __init__(
        self, roads: Roads, *, gazetteer: Gazetteer | None = None, settings: Settings | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.gazetteer = gazetteer
        self.streets = Streets(roads, gazetteer.names if gazetteer else None)
        self.marks = Marks(self.streets, gazetteer, self.settings)
        self.towns = Towns(gazetteer, self.streets.bounds)
        self._cache: dict[tuple[str | None, ...], Answer] = {}

    def locate(
        self,
        text: str,
        *,
        town: str | None = None,
        county: str | None = None,
        state: str | None = None,
    ) -> Answer:
        """Return where `text` is; unlocated, with the reason, where the network does not say.

        Parameters
        ----------
        text
            A place in words.
        town, county, state
            Where it is, as the list says in columns of its own; they win over the text. A state is
            its two-letter code.
        """
        asked = (str(text), town, county, state)
        if asked not in self._cache:
            self._cache[asked] = self._locate(str(text), town, county, state)
        return self._cache[asked]

    def locate_column(
        self,
        texts: pd.Series,
        *,
        where: pd.DataFrame | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> pd.DataFrame:
        """Locate every text of a column.

        Parameters
        ----------
        texts
            Texts; a missing one stays unlocated.
        where
            Columns town, county and state (any of them), same index: where the list says each is
            (`where_of` takes them from the table's own columns).
        progress
            Called with (what, done, total) now and then.

        Returns
        -------
        DataFrame
            Same index; lon, lat (degrees), position_error_m, located_by, confidence, matched, and
            further travel_deg, candidates (their count) and reason.
        """
        rows = []
        places = stated(where, len(texts))
        for done, value in enumerate(texts.tolist()):
            found = self.locate(cell(value), **places[done])
            rows.append(
                (
                    found.lon,
                    found.lat,
                    found.position_error_m,
                    found.located_by,
                    found.confidence,
                    found.matched,
                    math.nan if found.travel_deg is None else found.travel_deg,
                    len(found.candidates),
                    found.reason,
                )
            )
            if done % 200 == 199:
                (progress or steps.tell)("locating", done + 1, len(texts))
        names = [*RESULT_COLUMNS, "travel_deg", "n_candidates", "reason"]
        frame = pd.DataFrame(rows, columns=names, index=texts.index)
        floats = dict.fromkeys(
            ("lon", "lat", "position_error_m", "confidence", "travel_deg"), "float64"
        )
        words = dict.fromkeys(("located_by", "matched", "reason"), "str")
        return frame.astype({**floats, **words, "n_candidates": "int64"})

    def _locate(self, text: str, town: str | None, county: str | None, state: str | None) -> Answer:
        plain, *rest = placetext.readings(text)
        ways = [
            self.towns.told(
                replace(r, town=town or r.town, county=county or r.county, state=state or r.state),
                self._is_whole,
            )
            for r in (plain, *(r for r in rest if not self.towns.crossed(r, plain)))
        ]
        first, *others = ways
        best = self._reading(first)
        if first.relation == "between" and best.located_by == "unlocated" and others:
            # "Main St, Dublin-Granville Rd" is no stretch where nothing is called Dublin
            first, *others = others
            best = self._reading(first)
        for reading in others:
            # another way to split the text counts only where its roads are known by whole names
            if all(self._known_whole(side) for side in reading.sides):
                found = self._reading(reading)
                if found.score > best.score + self.settings.reading_margin or (
                    found.score >= LOW and any(map(self._whole_pair, reading.sides))
                ):
                    best = found
        return best

    def _whole_pair(self, side: Side) -> bool:
        """Tell whether a name that holds an "and" is the whole name of a road here."""
        if " & " not in side.names[0] and " and " not in side.names[0].lower():
            return False
        whole = self.streets.find(side.names[0])
        return bool(whole) and whole[0].cost < 0.5

    def _known_whole(self, side: Side) -> bool:
        return self._is_whole(side.names[0])

    def _is_whole(self, name: str) -> bool:
        return bool(whole := self.streets.find(name)) and whole[0].cost < SAME

    def _reading(self, place: PlaceText) -> Answer:
        if place.kind in ("withheld", "empty"):
            return self._nowhere(place, "the text names no place")
        place, twice = self._without_twice(place)
        if not place.sides:
            return self._nowhere(place, "the text names no road")
        if twice:
            return self._nowhere(place, f'"{place.sides[0].label}" does not cross itself')
        wanted = self.towns.wanted(place.town, place.county, place.state)
        if place.kind == "between":
            found = self._between(place, wanted)
        elif len(place.sides) > 1:
            found = self._crossing(place, wanted)
        else:
            found = _Found()
        if max((confidence(c) for c in found.candidates), default=0.0) < LOW:
            # names bent to meet are worth less than a number or an exit sign on the first road
            marked = self.marks.find(place)
            if marked and (not found.candidates or confidence(marked[0]) >= LOW):
                found = _Found(marked)
        if not found.candidates:
            return self._nowhere(place, found.reason or self._why_not(place))
        return self._answer(place, found.candidates, wanted)

    def _without_twice(self, place: PlaceText) -> tuple[PlaceText, bool]:
        """Return the place with each road once, and whether that leaves a crossing of one road with
        itself."""
        if len(place.sides) < 2:
            return place, False
        sides: list[Side] = []
        for side in place.sides:
            if not any(same_name(side, other) for other in sides):
                sides.append(side)
        fewest = 3 if place.kind == "between" else 2
        return replace(place, sides=tuple(sides)), len(sides) < fewest

    def _by_number(
        self, place: PlaceText, candidates: list[Candidate]
    ) -> tuple[list[Candidate], str | None]:
        """Let an exit or milepost beside a crossing settle which of several is meant; where it lies
        apart from all of them, the text contradicts itself."""
        hits = self.marks.numbered(place)
        if not hits:
            return candidates, None
        reach = self.settings.exit_agrees_m
        near = [
            c
            for c in candidates
            if any(float(geo.distance_m(c.lon, c.lat, h.lon, h.lat)) <= reach for h in hits)
        ]
        if near:
            return near, None
        return [*candidates, *hits], f"{place.mark} and the crossing named lie apart"

    def _answer(
        self, place: PlaceText, candidates: list[Candidate], wanted: Wanted | None
    ) -> Answer:
        candidates, apart = self._by_number(place, candidates)
        chosen, sure, reason, listed = choose(candidates, place, wanted, self.settings)
        if apart:
            sure, reason = min(sure, 0.4), apart
        if place.kind == "ramp":
            chosen = self.marks.ramp(place, chosen)
        if any(s.offset_deg is not None for s in place.sides):
            chosen = self.marks.walk(place, chosen)
        return Answer(
            chosen.lon,
            chosen.lat,
            calibration.radius_m(chosen),
            chosen.located_by,
            calibration.confidence(sure, calibration.radius_m(chosen)),
            chosen.matched,
            chosen.roads,
            place.travel_deg,
            tuple(replace(c, error_m=calibration.radius_m(c)) for c in listed),
            reason,
            place,
            sure,
            chosen.error_m,
            chosen.kind,
            chosen.freeway,
        )

    def _nowhere(self, place: PlaceText, reason: str) -> Answer:
        nan = math.nan
        known = tuple(
            dict.fromkeys(
                self.streets.name_of(road) for side in place.sides for road in self._same(side)[:1]
            )
        )
        return Answer(
            nan, nan, nan, "unlocated", 0.0, None, known, place.travel_deg, (), reason, place
        )

    def _same(self, side: Side) -> list[Road]:
        return [r for prong in self.streets.of_side(side) for r in prong if r.cost < SAME]

    def _why_not(self, place: PlaceText) -> str:
        unknown = [s.label for s in place.sides if not self._same(s)]
        if unknown:
            return "no road here is called " + " or ".join(f'"{u}"' for u in unknown)
        if len(place.sides) > 1:
            return " and ".join(f'"{s.label}"' for s in place.sides) + " do not meet here"
        if place.road_at is not None:
            return f'the roads do not tell where {place.road_at} of "{place.sides[0].label}" is'
        return f'"{place.sides[0].label}" is a road without a place on it'

    def _crossing(self, place: PlaceText, wanted: Wanted | None) -> _Found:
        """Find where the first road meets the others; where it meets none, where the others meet
        each other."""
        sides = place.sides
        # a third road with an offset ("…, East of I-670") only describes
        pairs = [(0, j) for j in range(1, len(sides)) if j == 1 or sides[j].offset_deg is None]
        rest = [
            (i, j)
            for i in range(len(sides))
            for j in range(i + 1, len(sides))
            if (i, j) not in pairs
        ]
        for widen in (False, True):
            by_pair: list[list[Candidate]] = []
            for chosen in (pairs, [p for p in rest if p[0] == 0], [p for p in rest if p[0] > 0]):
                if not any(by_pair):
                    by_pair = [
                        [
                            replace(c, sides=(i, j))
                            for c in self._pair(sides[i], sides[j], widen, wanted)
                        ]
                        for i, j in chosen
                    ]
            several = [c for c in by_pair if c]
            if len(several) == 1:
                several = [
                    several[0]
                    + elsewhere(
                        sides,
                        several[0],
                        self.settings,
                        partial(self._pair, widen=widen, wanted=wanted),
                    )
                ]
            if several:
                return _Found(self._interchanges(agree(several, self.settings)))
        return _Found()

    def _pair(self, a: Side, b: Side, widen: bool, wanted: Wanted | None) -> list[Candidate]:
        """Find where two sides meet; the prongs of a fork are asked one by one and brought
        together."""
        found = []
        for prong_a in self.streets.of_side(a, widen=widen):
            for prong_b in self.streets.of_side(b, widen=widen):
                met = self._meet(prong_a, prong_b, a.travel_deg, b.travel_deg, wanted)
                if met:
                    found.append(met)
        return agree(found, self.settings)

    def _meet(
        self,
        a: list[Road],
        b: list[Road],
        travel_a: float | None,
        travel_b: float | None,
        wanted: Wanted | None,
    ) -> list[Candidate]:
        """Try the meanings of two names, cheapest together first, until two of them meet, in the
        town named if one is."""
        almost: list[Candidate] = []
        outside: list[Candidate] = []
        for cost, one, other in cheapest(a, b, self.settings.most_cost):
            if almost and cost > almost[0].cost:
                break
            one, other = apart(one, other)
            met = crossings.find(
                self.streets.net, one.segments, other.segments, travel_a=travel_a, travel_b=travel_b
            )
            # a road known by its whole name is not replaced by one that is called nearly so
            replaced = any(r.cost >= SAME > known[0].cost for r, known in ((one, a), (other, b)))
            worst = max(one.cost, other.cost)
            made = [
                replace(self._candidate(c, cost, one, other), replaced=replaced, worst=worst)
                for c in met
                if c.kind != "near"
            ] or [replace(self._candidate(c, cost, one, other), replaced=replaced) for c in met]
            if made and met[0].kind != "near":
                if wanted is None or any(wanted.holds(c.lon, c.lat) for c in made):
                    return made
                outside = outside or made
            elif not almost:
                ramps = self._by_ramps(cost, one, other)
                almost = [replace(c, replaced=replaced) for c in ramps] or made
        return almost or outside

    def _candidate(self, met: crossings.Crossing, cost: float, a: Road, b: Road) -> Candidate:
        set_ = self.settings
        two = self.streets.net.freeway(a.segments) and self.streets.net.freeway(b.segments)
        base = (
            set_.interchange_error_m
            if two
            else set_.freeway_error_m
            if met.freeway
            else set_.street_error_m
        )
        if met.kind == "near" and met.freeway:
            base = set_.near_error_m
        if self.streets.borrowed(a, met.lon, met.lat) or self.streets.borrowed(b, met.lon, met.lat):
            cost += set_.borrowed_cost
        if two and met.kind == "junction":
            # two freeways that share a node there merge or part; where they cross is the
            # interchange
            cost += set_.merge_cost
        if met.kind == "near":
            cost += set_.near_cost
        names = (self.streets.name_of(a, np.array(met.a)), self.streets.name_of(b, np.array(met.b)))
        error = math.hypot(base, met.spread_m)
        return Candidate(
            met.lon,
            met.lat,
            error,
            "crossing",
            cost,
            met.kind,
            met.rank,
            names,
            met.freeway,
            segments=(a.segments, b.segments),
        )

    def _by_ramps(self, cost: float, a: Road, b: Road) -> list[Candidate]:
        """Find where ramps join a freeway to a road it does not cross."""
        net = self.streets.net
        if not (net.freeway(a.segments) or net.freeway(b.segments)):
            return []
        ramps = self.marks.ramps_between(a.segments, b.segments)
        if not ramps:
            return []
        xy = np.array([(r.lon, r.lat) for r in ramps])
        names = (self.streets.name_of(a), self.streets.name_of(b))
        total = cost + self.settings.ramps_cost
        made = []
        for (lon, lat), spread in crossings.gather(xy, self.settings.twin_freeway_m):
            error = math.hypot(self.settings.ramps_error_m, spread)
            segments = (a.segments, b.segments)
            made.append(
                Candidate(
                    lon, lat, error, "crossing", total, "ramps", 0, names, True, segments=segments
                )
            )
        return made

    def _interchanges(self, candidates: list[Candidate]) -> list[Candidate]:
        """Mark, among twins of a freeway, those where ramps join the two roads."""
        if len(candidates) < 2 or not candidates[0].freeway or candidates[0].segments is None:
            return candidates
        ramps = self.marks.ramps_between(*candidates[0].segments)
        if not ramps:
            return candidates
        lon, lat = [r.lon for r in ramps], [r.lat for r in ramps]
        reach = self.settings.ramp_m
        return [
            replace(c, interchange=bool((geo.distance_m(c.lon, c.lat, lon, lat) < reach).any()))
            for c in candidates
        ]

    def _between(self, place: PlaceText, wanted: Wanted | None) -> _Found:
        """Find the middle of the stretch between two crossings of the first road."""
        road, *ends = place.sides
        first, last = (self._pair(road, end, False, wanted) for end in ends[:2])
        if not first or not last:
            # one end says where the stretch begins, not how long it is
            half = self._crossing(place, wanted)
            made = [replace(c, half=True) for c in half.candidates]
            return _Found(made, half.reason)
        pairs = sorted(
            (float(geo.distance_m(p.lon, p.lat, q.lon, q.lat)), n, p, q)
            for n, (p, q) in enumerate((p, q) for p in first for q in last)
        )
        apart, _, p, q = min(pairs, key=lambda row: row[:2])
        if apart > self.settings.between_m:
            return self._crossing(place, wanted)
        middle = Candidate(
            (p.lon + q.lon) / 2,
            (p.lat + q.lat) / 2,
            math.hypot(p.error_m, apart / math.sqrt(12)),
            "road",
            max(p.cost, q.cost),
            "between",
            min(p.rank, q.rank),
            (*p.roads, q.roads[-1]),
            p.freeway,
        )
        return _Found([middle])


def open_locator(
    path: RoadSource | Sequence[RoadSource],
    *,
    area: AreaLike = None,
    settings: Settings | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Locator:
    """Open whatever `alprmap.roads.read` takes as a locator; extracts also give their gazetteer.

    Raises
    ------
    InputError
        When the file is no road file, or none of its roads has a name.
    """
    roads = read_roads(path, area, progress=progress or steps.tell)
    return Locator(roads, gazetteer=Gazetteer.of(road_files(path)), settings=settings)
