"""Texts made up on true junctions, stretches, exits and freeway crossings of a network.

The names are those of the network, written as lists of cameras write them: short, bare, misspelled,
spelled out, by number. The truth of a text is the node that two roads share (or the middle between
two such nodes, or a node tagged as an exit), taken from the network before any text is read.
`benchmarks/locate_made_up.py` has them located."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import shapely
from made_up_words import (
    BETWEEN,
    CROSSINGS,
    EXITS,
    FREEWAYS,
    OFFSETS,
    SUFFIXES,
    TOWNS,
    bare,
    misspelled,
    short,
    spelled_out,
    without_direction,
    without_suffix,
    written_number,
)

from alprmap.roads import door

ROADS = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "roads"
CITIES = {
    "Columbus": ("columbus-oh.osm.pbf", "OH"),
    "Portland": ("portland-or.osm.pbf", "OR"),
    "Denver": ("denver-osmnx/osmnx_drive_graph.graphml", "CO"),
}
"""City → its network and its state."""
CROSSING_M, LOOSE_M, EXIT_M = 150.0, 300.0, 900.0
"""Tolerances: of a crossing; of a freeway or a road by its number, whose lanes and names meet at
several places; of an exit, which begins well before the crossing."""
NODE_M = 30.0
"""A node this near the middle of a crossing is part of it."""
APART_M = 1_500.0
"""Crossings of one pair of names this far apart are two places, exits are two exits."""
DEGREE_M = 111_320.0
DRAWS = 300
"""How often names are drawn for a kind of text until some fit it."""

Point = tuple[float, float]
Number = tuple[str, str]
"""System and number of a road: ("US", "33")."""
Two = tuple[str, str]


@dataclass(frozen=True)
class Text:
    """A text, where it is (None: no right answer exists), how near a right answer comes, what a
    column of towns says, and whether the words fit two places."""

    kind: str
    words: str
    at: Point | None = None
    within_m: float = CROSSING_M
    town: str | None = None
    twice: bool = False


@dataclass(frozen=True)
class Segment:
    """A road from one junction to the next."""

    name: str
    numbers: tuple[Number, ...]
    freeway: bool
    ends: tuple[int, int]
    line: shapely.LineString


@dataclass
class City:
    """What texts are made up from; all but the first two by name of road."""

    name: str
    state: str
    named: dict[str, list[Segment]] = field(default_factory=lambda: defaultdict(list))
    at_node: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    place: dict[int, Point] = field(default_factory=dict)
    meet: dict[Two, list[Point]] = field(default_factory=lambda: defaultdict(list))
    bare_meet: set[frozenset[str]] = field(default_factory=set)
    once: list[tuple[Two, Point]] = field(default_factory=list)
    twice: list[tuple[Two, list[Point]]] = field(default_factory=list)
    freeways: list[tuple[Number, str, Point]] = field(default_factory=list)
    exits: list[tuple[Number, str, Point]] = field(default_factory=list)


# The network


def distance_m(one: Point, other: Point) -> float:
    """Return the distance of two near points in meters."""
    east = (one[0] - other[0]) * math.cos(math.radians(one[1]))
    return math.hypot(east, one[1] - other[1]) * DEGREE_M


def middle(points: list[Point]) -> Point:
    """Return the mean of some near points."""
    return (sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points))


def spread_m(points: list[Point]) -> float:
    """Return how far the points lie from the first."""
    return max(distance_m(points[0], p) for p in points)


def numbers_of(refs: object) -> tuple[Number, ...]:
    """Return the systems and numbers in a tag ``ref``."""
    cut = [
        re.fullmatch(r"\s*(I|US|[A-Z]{2}|SR|CR|TOLL)[ -]?(\d+[A-Z]?)\s*", part)
        for part in (refs.split(";") if isinstance(refs, str) else [])
    ]
    return tuple((m[1], m[2]) for m in cut if m)


def usable(name: str) -> bool:
    """Tell whether a name can stand in a text without being taken for two roads."""
    return " " in name and len(name) < 40 and not re.search(r"[/;(&]", name)


def segments_of(path: Path) -> list[Segment]:
    """Return the roads of a network; ramps and nameless streets are left out, freeways are not."""
    table = door.read(path).segments
    table = table[~table["highway"].str.endswith("_link")]
    columns = zip(
        *(table[c] for c in ("name", "ref", "highway", "u", "v", "geometry")), strict=True
    )
    return [
        Segment(
            name if isinstance(name, str) else "", numbers_of(ref), way == "motorway", (u, v), g
        )
        for name, ref, way, u, v, g in columns
    ]


def exit_tags(path: Path) -> dict[int, str]:
    """Return node → number of the exit, where the network has them (an OSM extract)."""
    if path.suffix != ".pbf":
        return {}
    import osmium

    nodes = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
        osmium.filter.TagFilter(("highway", "motorway_junction"))
    )
    return {node.id: node.tags["ref"] for node in nodes if "ref" in node.tags}


def open_city(name: str) -> City:
    """Read the network of a city and what meets where in it."""
    file, state = CITIES[name]
    segments, city = segments_of(ROADS / file), City(name, state)
    for segment in segments:
        for node, at in zip(segment.ends, (0, -1), strict=True):
            city.place[node] = segment.line.coords[at][:2]
            if segment.name and not segment.freeway:
                city.at_node[node].add(segment.name)
        if segment.name and not segment.freeway:
            city.named[segment.name].append(segment)
    for node, names in sorted(city.at_node.items()):
        for a in sorted(names):
            for b in sorted(names):
                if a < b:
                    city.meet[a, b].append(city.place[node])
    city.bare_meet = {frozenset(map(bare, pair)) for pair in city.meet}
    for pair, points in sorted(city.meet.items()):
        if usable(pair[0]) and usable(pair[1]) and bare(pair[0]) != bare(pair[1]):
            if spread_m(points) < CROSSING_M:
                city.once.append((pair, middle(points)))
            elif spread_m(points) > APART_M:
                city.twice.append((pair, points))
    freeways = [s for s in segments if s.freeway]
    city.freeways = freeway_crossings(city, freeways)
    city.exits = exits_of(city, freeways, exit_tags(ROADS / file))
    return city


def freeway_crossings(city: City, freeways: list[Segment]) -> list[tuple[Number, str, Point]]:
    """Return where a freeway and a named road cross at one place, over or under."""
    roads = [s for name, parts in city.named.items() if usable(name) for s in parts]
    tree = shapely.STRtree([s.line for s in roads])
    points: dict[tuple[Number, str], list[Point]] = defaultdict(list)
    for freeway in freeways:
        for k in tree.query(freeway.line, predicate="intersects"):
            crossing = freeway.line.intersection(roads[k].line).representative_point()
            for number in freeway.numbers:
                points[number, roads[k].name].append((crossing.x, crossing.y))
    return [(*key, middle(p)) for key, p in sorted(points.items()) if spread_m(p) < 200]


def exits_of(
    city: City, freeways: list[Segment], tags: dict[int, str]
) -> list[tuple[Number, str, Point]]:
    """Return the exits of one freeway whose number stands at one place."""
    points: dict[tuple[Number, str], set[Point]] = defaultdict(set)
    for freeway in freeways:
        for node in freeway.ends:
            for number in freeway.numbers if node in tags else ():
                points[number, tags[node]].add(city.place[node])
    lists = [(key, sorted(p)) for key, p in sorted(points.items())]
    return [(*key, middle(p)) for key, p in lists if spread_m(p) < APART_M]


# The kinds of texts: each makes one up, or returns None where the names it drew do not fit


def crossing(city: City, rng: random.Random) -> tuple[str, str, Point]:
    """Return two roads that meet at one place, and the place."""
    (a, b), at = rng.choice(city.once)
    return (a, b, at) if rng.random() < 0.5 else (b, a, at)


def near(city: City, node: int, at: Point) -> bool:
    """Tell whether a node is part of a crossing."""
    return distance_m(city.place[node], at) < NODE_M


def a_crossing(city: City, rng: random.Random) -> Text:
    """Return two crossing roads in one of many forms."""
    a, b, at = crossing(city, rng)
    form, case = rng.choice(CROSSINGS), rng.choice((str, str.upper, str, str.title))
    names = (short(a, rng), short(b, rng)) if rng.random() < 0.8 else (a, b)
    words = form.format(a=case(names[0]), b=case(names[1]))
    if rng.random() < 0.25:
        words += rng.choice(TOWNS).format(town=city.name, state=city.state)
    return Text("crossing", words, at)


def a_bare_crossing(city: City, rng: random.Random) -> Text:
    """Return two crossing roads without what tells them from their namesakes."""
    a, b, at = crossing(city, rng)
    cut = rng.choice((bare, without_direction, without_suffix))
    return Text("bare", f"{cut(a)} {rng.choice(['&', 'at', '/', 'and', '@'])} {cut(b)}", at)


def a_typo(city: City, rng: random.Random) -> Text | None:
    """Return two crossing roads, one misspelled."""
    a, b, at = crossing(city, rng)
    wrong = misspelled(a, rng)
    return Text("typo", f"{short(wrong, rng)} & {short(b, rng)}", at) if wrong else None


def an_ordinal(city: City, rng: random.Random) -> Text | None:
    """Return two crossing roads, one counted in words."""
    a, b, at = crossing(city, rng)
    counted = spelled_out(a)
    if not counted:
        return None
    return Text("ordinal", f"{short(counted, rng)} {rng.choice(('at', '/'))} {short(b, rng)}", at)


def a_number(city: City, rng: random.Random) -> Text | None:
    """Return a road by the number it has there at one that it crosses under its name and that
    nowhere has the number itself."""
    a, b, at = crossing(city, rng)
    there = [s for s in city.named[a] if any(near(city, node, at) for node in s.ends)]
    theirs = {n for s in city.named[b] for n in s.numbers}
    numbers = sorted({n for s in there for n in s.numbers} - theirs)
    if not numbers:
        return None
    number = written_number(rng.choice(numbers), city.state, rng)
    words = f"{number} {rng.choice(['at', '&', '@', '/', 'and'])} {short(b, rng)}"
    return Text("by number", words, at, LOOSE_M)


def a_stretch(city: City, rng: random.Random) -> Text | None:
    """Return a block of a road, between two others that it meets there and hardly elsewhere."""
    a, _, _ = crossing(city, rng)
    segment = rng.choice(city.named[a])
    sides = []
    for node in segment.ends:
        met = [n for n in sorted(city.at_node[node] - {a}) if usable(n)]
        sides.append([n for n in met if len(city.meet[min(a, n), max(a, n)]) < 3])
    if not all(sides):
        return None
    b, c = (rng.choice(side) for side in sides)
    if len({bare(a), bare(b), bare(c)}) < 3:
        return None
    ends = [city.place[node] for node in segment.ends]
    words = rng.choice(BETWEEN).format(a=short(a, rng), b=short(b, rng), c=short(c, rng))
    return Text("between", words, middle(ends), max(CROSSING_M, distance_m(*ends) / 2))


def a_freeway(city: City, rng: random.Random) -> Text | None:
    """Return a freeway at a road over or under it."""
    if not city.freeways:
        return None
    number, name, at = rng.choice(city.freeways)
    names = {"a": written_number(number, city.state, rng), "b": short(name, rng)}
    return Text("freeway", rng.choice(FREEWAYS).format(**names), at, LOOSE_M)


def an_exit(city: City, rng: random.Random) -> Text | None:
    """Return an exit by its number."""
    if not city.exits:
        return None
    number, exit_number, at = rng.choice(city.exits)
    names = {"a": written_number(number, city.state, rng), "r": exit_number}
    return Text("exit", rng.choice(EXITS).format(**names), at, EXIT_M)


def an_offset(city: City, rng: random.Random) -> Text | None:
    """Return a place beside a crossing, on the side to which the road goes on."""
    a, b, at = crossing(city, rng)
    ways = set()
    for segment in city.named[a]:
        for points in (segment.line.coords, segment.line.coords[::-1]):
            if distance_m(points[0][:2], at) < NODE_M:
                east = (points[1][0] - points[0][0]) * math.cos(math.radians(at[1]))
                north = points[1][1] - points[0][1]
                along = abs(east) > abs(north)
                ways.add(("west", "east")[east > 0] if along else ("south", "north")[north > 0])
    if not ways:
        return None
    way = rng.choice(sorted(ways))
    names = {"a": short(a, rng), "b": short(b, rng), "d": way, "x": way[0].upper()}
    return Text("offset", rng.choice(OFFSETS).format(**names), at)


def a_road_alone(city: City, rng: random.Random) -> Text:
    """Return one road: no right answer exists."""
    return Text("road alone", short(crossing(city, rng)[0], rng))


def no_crossing(city: City, rng: random.Random) -> Text | None:
    """Return two roads that nowhere come near each other: no right answer exists."""
    a, c = crossing(city, rng)[0], rng.choice(sorted(filter(usable, city.named)))
    lines = [shapely.MultiLineString([s.line for s in city.named[n]]) for n in (a, c)]
    # a degree of longitude is the shorter one: the roads are at least this far apart
    shrunk = math.cos(math.radians(lines[0].bounds[1])) * DEGREE_M
    namesakes = bare(a) == bare(c) or frozenset((bare(a), bare(c))) in city.bare_meet
    if namesakes or lines[0].distance(lines[1]) * shrunk < 400:
        return None
    return Text("do not meet", f"{short(a, rng)} & {short(c, rng)}")


def a_wrong_suffix(city: City, rng: random.Random) -> Text | None:
    """Return two crossing roads, one an avenue where it is a street and no such avenue exists."""
    a, b, at = crossing(city, rng)
    words = a.split()
    others = [w for w in ("Street", "Avenue", "Road", "Drive", "Lane") if w != words[-1]]
    wrong = " ".join([*words[:-1], rng.choice(others)])
    if words[-1] not in SUFFIXES or wrong in city.named:
        return None
    return Text("wrong suffix", f"{short(wrong, rng)} & {short(b, rng)}", at)


def a_town_column(city: City, rng: random.Random) -> Text:
    """Return two crossing roads with their town in a column of its own."""
    a, b, at = crossing(city, rng)
    return Text("town column", f"{short(a, rng)} & {short(b, rng)}", at, town=city.name)


def a_pair_that_meets_twice(city: City, rng: random.Random) -> Text | None:
    """Return two roads that meet at two places far apart; one of them is meant."""
    if not city.twice:
        return None
    (a, b), points = rng.choice(city.twice)
    words = f"{short(a, rng)} & {short(b, rng)}"
    return Text("meet twice", words, rng.choice(points), twice=True)


KINDS: dict[Callable[[City, random.Random], Text | None], int] = {
    a_crossing: 30,
    a_bare_crossing: 6,
    a_typo: 6,
    an_ordinal: 4,
    a_number: 6,
    a_stretch: 6,
    a_freeway: 10,
    an_exit: 4,
    an_offset: 6,
    a_road_alone: 4,
    no_crossing: 6,
    a_wrong_suffix: 4,
    a_town_column: 4,
    a_pair_that_meets_twice: 4,
}
"""Kinds of texts and their weights, in all a hundred."""


def make_up(city: City, seed: str, count: int) -> list[Text]:
    """Return so many texts of a city, the same for the same seed. Of a kind that the network has no
    example of (no freeway downtown) there are none."""
    rng, texts = random.Random(f"{city.name} {seed}"), list[Text]()
    while len(texts) < count:
        kind = rng.choices(list(KINDS), weights=list(KINDS.values()))[0]
        drawn = (kind(city, rng) for _ in range(DRAWS))
        texts.extend(itertools.islice(filter(None, drawn), 1))
    return texts
