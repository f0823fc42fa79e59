"""Which of several crossings a text means, and how sure that is (rules L8, L9)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from alprmap import geo
from alprmap.locate.names import SAME
from alprmap.locate.words import tokens, words

if TYPE_CHECKING:
    from alprmap.locate.crossings import IntArray
    from alprmap.locate.grammar import PlaceText
    from alprmap.locate.towns import Wanted


@dataclass(frozen=True)
class Settings:
    """Limits and errors of locating, meters.

    The errors are one standard deviation, set so that about 86 % of the true places lie within two
    of them (a circular normal distribution); docs/method/locate.md has the shares measured.
    """

    # one standard deviation of a camera from the crossing it is named after: of two streets, with a
    # freeway, of two freeways, of a freeway and a road that only ramps join to it, or that only
    # comes near it
    street_error_m: float = 30.0
    freeway_error_m: float = 120.0
    interchange_error_m: float = 180.0
    ramps_error_m: float = 250.0
    near_error_m: float = 400.0
    # prongs of a fork ("I-670 / Goodale St") this near mean one place
    agree_street_m: float = 400.0
    agree_freeway_m: float = 1200.0
    # twin crossings this near are one place with a wider error
    twin_street_m: float = 400.0
    twin_freeway_m: float = 900.0
    # costs beside those of the names (`alprmap.locate.names.COSTS`)
    near_cost: float = 1.0
    ramps_cost: float = 0.6
    borrowed_cost: float = 0.6
    merge_cost: float = 0.6
    unknown_number_cost: float = 3.7
    most_cost: float = 7.0
    # how much surer a second reading of a text must be
    reading_margin: float = 0.15
    # an exit or milepost and a crossing this near are one place
    exit_agrees_m: float = 2000.0
    # longest stretch between two cross streets, and how far from a town its places lie
    between_m: float = 20_000.0
    town_m: float = 15_000.0
    in_town_m: float = 5_000.0
    # "west of" without a length: half a block; on a freeway half a mile where no next interchange
    # is known
    walk_street_m: float = 60.0
    walk_freeway_m: float = 800.0
    # longest ramp, and the widest error worth giving for a road named alone
    ramp_m: float = 1500.0
    road_error_m: float = 1500.0


SHORT_ROAD_M = 150.0
"""The middle of a road alone is a place when its error is at most this."""
SHORT_ALONG_M = 250.0
"""Two names of one road meet all along it: its middle is a place only where it is short."""
LOW = 0.5
"""Below this confidence a place is for review before use."""


@dataclass(frozen=True)
class Candidate:
    """One place a text can mean."""

    lon: float
    lat: float
    error_m: float
    located_by: str
    cost: float
    kind: str
    rank: int
    roads: tuple[str, ...]
    freeway: bool = False
    matched_as: str | None = None
    sides: tuple[int, int] = (0, 1)
    segments: tuple[IntArray, IntArray] | None = field(default=None, compare=False, repr=False)
    interchange: bool = False
    dissent: bool = False
    worst: float = math.inf
    """The cost of the worse of the two names."""
    half: bool = False
    """Only one end of a stretch was found."""
    replaced: bool = False
    """A road known by its whole name was left for another, because it meets nothing."""

    @property
    def matched(self) -> str:
        """What was taken for what, in words."""
        return self.matched_as or " & ".join(self.roads)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "lon": round(self.lon, 6),
            "lat": round(self.lat, 6),
            "position_error_m": round(self.error_m, 1),
            "matched": self.matched,
            "how": self.kind,
        }


def confidence(candidate: Candidate) -> float:
    """Return how sure a single candidate is: by what was changed to make the names fit, and how the
    roads meet.

    Exact names 0.95; another suffix, a part of a name or a misspelling lower it in steps.
    """
    steps = ((0.85, 0.95), (SAME, 0.9), (2.6, 0.7), (3.6, 0.55), (4.6, 0.4), (99.0, 0.25))
    sure = next(value for limit, value in steps if candidate.cost <= limit)
    if candidate.worst <= 2.6 and not candidate.replaced:
        # two names with a slip each, and the roads meet: chance does not bring that about
        sure = max(sure, 0.55)
    if candidate.replaced or candidate.half:
        return min(sure, 0.4)
    if candidate.kind == "road":
        # one road, no place on it: its middle says where only if the road is short
        return min(sure, 0.6 if candidate.error_m <= SHORT_ROAD_M else 0.3)
    return sure


def choose(
    candidates: list[Candidate], place: PlaceText, wanted: Wanted | None, settings: Settings
) -> tuple[Candidate, float, str | None, list[Candidate]]:
    """Choose among places a text can mean.

    Returns
    -------
    tuple
        The place, the confidence, the reason for doubt, and all candidates where there are several.
    """
    there = [c for c in candidates if wanted is None or wanted.holds(c.lon, c.lat)]
    outside = not there
    candidates = there or candidates
    cheapest = min(c.cost for c in candidates)
    left = [c for c in candidates if c.cost <= cheapest + 0.5]
    sure = max(confidence(c) for c in left)
    if len(left) == 1:
        sure, reason = _beside(left[0], sure, place)
        answer = left[0], sure, reason, candidates if len(candidates) > 1 else []
        return _by_place(answer, wanted, outside)
    for hint, most, said in HINTS:
        kept = hint(left, place, wanted, settings)
        if len(kept) == 1:
            answer = kept[0], min(sure, most), f"one of {len(left)} places, {said}", left
            return _by_place(answer, wanted, outside)
        left = kept
    return _by_place(_twins(left, sure, settings), wanted, outside)


Chosen = tuple[Candidate, float, str | None, list[Candidate]]


def _by_place(answer: Chosen, wanted: Wanted | None, outside: bool) -> Chosen:
    """Lower the confidence of a place outside the town named, or in a town nobody knows here."""
    one, sure, reason, listed = answer
    if wanted is not None and outside:
        return one, min(sure, 0.4), f"it is not in {wanted.label}", listed
    if wanted is not None and not wanted.known:
        return one, min(sure, 0.7), reason or f"no place here is called {wanted.label}", listed
    return answer


_NEAR = re.compile(r"\b(?:near|nr|by|bridge|overpass|underpass|ramps?|vicinity)\b", re.IGNORECASE)
"""Words that explain a place at two roads that do not meet."""


def _one_road(roads: tuple[str, ...]) -> bool:
    """Tell whether two names differ in a direction alone, and one has none.

    "Broad Street" and "East Broad Street" are one road, which meets itself wherever its name
    changes."""
    if len(roads) != 2:
        return False
    bare = [[w for w in tokens(r) if w not in words().direction] for r in roads]
    whole = [len(tokens(r)) for r in roads]
    return bare[0] == bare[1] and whole[0] != whole[1] and len(bare[0]) in whole


def _beside(one: Candidate, sure: float, place: PlaceText) -> tuple[float, str | None]:
    if one.replaced:
        return sure, "the roads of these names do not meet; others of like names do"
    if one.half:
        return sure, "only one end of the stretch is known here"
    if one.kind == "near":
        most = 0.7 if one.freeway or _NEAR.search(place.raw) else 0.45
        return min(sure, most), "the roads come near each other but do not meet"
    if one.kind == "ramps":
        return min(sure, 0.8), "the roads do not cross; their ramps are taken"
    if _one_road(one.roads):
        return min(sure, 0.45), "the two names are those of one road, one without its direction"
    if one.dissent:
        return min(sure, 0.6), "not all the roads named meet there"
    if one.kind == "road":
        return sure, "only the road is known; its middle is taken"
    if one.kind == "along":
        most = 0.8 if one.error_m <= SHORT_ALONG_M else 0.3
        return min(sure, most), "one runs along the other; the middle is taken"
    if sure < LOW:
        return sure, "the names differ"
    return sure, None


def _by_side(
    left: list[Candidate], place: PlaceText, _wanted: Wanted | None, settings: Settings
) -> list[Candidate]:
    """Keep the twin on the side the text names ("SE side"), if one lies clearly further that
    way.
    """
    if place.side_deg is None or len(left) < 2:
        return left
    lon, lat = float(np.mean([c.lon for c in left])), float(np.mean([c.lat for c in left]))
    east, north = geo.tangent_xy([c.lon for c in left], [c.lat for c in left], lon, lat)
    along = east * math.sin(math.radians(place.side_deg)) + north * math.cos(
        math.radians(place.side_deg)
    )
    order = np.argsort(-along)
    return [left[order[0]]] if along[order[0]] - along[order[1]] > settings.street_error_m else left


def _by_town(
    left: list[Candidate], _place: PlaceText, wanted: Wanted | None, _settings: Settings
) -> list[Candidate]:
    """Keep the twins nearest to the town the text names, where the extract knows the town."""
    if wanted is None or not wanted.own:
        return left
    off = [wanted.distance(c.lon, c.lat) for c in left]
    best = min(off)
    return [c for c, d in zip(left, off, strict=True) if d <= 2 * best + 0.2] or left


def _by_interchange(
    left: list[Candidate], _place: PlaceText, _wanted: Wanted | None, _settings: Settings
) -> list[Candidate]:
    """Keep the twins where ramps join the roads: a freeway "at" a street is its interchange, not an
    overpass."""
    joined = [c for c in left if c.interchange]
    return joined or left


HINTS = (
    (_by_side, 0.85, "chosen by the side the text names"),
    (_by_town, 0.85, "chosen by the town the text names"),
    (_by_interchange, 0.6, "the only one with ramps"),
)
"""What settles twins, in order, with the confidence it gives and how it is said."""


def _twins(
    left: list[Candidate], sure: float, settings: Settings
) -> tuple[Candidate, float, str | None, list[Candidate]]:
    """Settle twins: near ones become one place with a wider error, far ones a question with all of
    them listed."""
    top = max(c.rank for c in left)
    main = [c for c in left if c.rank == top]
    lead = main[0]
    off = geo.distance_m(lead.lon, lead.lat, [c.lon for c in left], [c.lat for c in left])
    reach = settings.twin_freeway_m if lead.freeway else settings.twin_street_m
    if off.max() <= reach:
        if len(main) == 1:
            error = math.hypot(lead.error_m, float(np.sort(off)[1]) / 2)
            return (
                replace(lead, error_m=error),
                min(sure, 0.8),
                "another crossing of these names is near",
                left,
            )
        lon, lat = float(np.mean([c.lon for c in main])), float(np.mean([c.lat for c in main]))
        away = geo.distance_m([c.lon for c in main], [c.lat for c in main], lon, lat)
        error = math.hypot(lead.error_m, float(np.sqrt(np.mean(away**2))))
        reason = f"{len(main)} crossings near each other, their middle is taken"
        return replace(lead, lon=lon, lat=lat, error_m=error), min(sure, 0.75), reason, left
    # the radius is that of the place given: how likely it is the one meant says the confidence
    reason = f"{len(left)} places fit, up to {geo.miles_text(off.max() / 1000)} apart"
    return lead, min(sure, 0.45 if len(main) == 1 else 0.3), reason, left


def agree(found: list[list[Candidate]], settings: Settings) -> list[Candidate]:
    """Bring the candidates of several prongs or pairs together: near ones are averaged, the first
    list leads.

    Roads that truly meet outvote those that only come near. A place that only one prong means is
    kept only where no two agree, so that "I-670 / Goodale St" is the place both mean.
    """
    real = [f for f in found if f and f[0].kind not in ("near", "ramps")]
    found = real or [f for f in found if f]
    if len(found) < 2:
        return found[0] if found else []
    joined = []
    for lead in found[0]:
        near = [lead]
        for others in found[1:]:
            reach = settings.agree_freeway_m if lead.freeway else settings.agree_street_m
            close = [(float(geo.distance_m(lead.lon, lead.lat, o.lon, o.lat)), o) for o in others]
            here = min((c for c in close if c[0] <= reach), key=lambda c: c[0], default=None)
            if here:
                near.append(here[1])
        joined.append((len(near), average(near, settings)))
    most = max(count for count, _ in joined)
    if (
        most == 1
        and min(c.cost for c in found[0]) > min(c.cost for f in found[1:] for c in f) + SAME
    ):
        return min(found[1:], key=lambda f: f[0].cost)
    return [
        replace(c, dissent=c.dissent or count < len(found)) for count, c in joined if count == most
    ]


def average(near: list[Candidate], settings: Settings) -> Candidate:
    """Return the one place several candidates mean: their mean, or the best fixed one where they
    lie far apart."""
    if len(near) == 1:
        return near[0]
    lon, lat = float(np.mean([c.lon for c in near])), float(np.mean([c.lat for c in near]))
    off = geo.distance_m([c.lon for c in near], [c.lat for c in near], lon, lat)
    best = min(near, key=lambda c: c.error_m)
    error = math.hypot(best.error_m, float(np.sqrt(np.mean(off**2))))
    if off.max() > settings.agree_street_m / 2:
        # a street pins a place better than an interchange of two freeways does
        lon, lat = best.lon, best.lat
    roads = tuple(dict.fromkeys(name for c in near for name in c.roads))
    return replace(
        near[0], lon=lon, lat=lat, error_m=error, roads=roads, cost=min(c.cost for c in near)
    )
