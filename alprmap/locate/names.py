"""Road names that mean the same: a written name finds the names of a network, each with a cost
(rules L4, L5).

A name is read in every sensible way ("North Broadway St" is Broadway with a direction, or the road
North Broadway), the ways are looked up in an index, and what differs is added up as a cost.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from alprmap.locate import words as placewords
from alprmap.locate.words import words

COSTS = {
    "suffix left out": 0.2,
    "suffix added": 0.8,
    "suffix differs": 3.7,
    "direction left out": 0.2,
    "direction added": 0.6,
    "direction differs": 3.7,
    "route class left out": 0.2,
    "route class differs": 3.7,
    "toll left out": 1.6,
    "toll added": 0.9,
    "frontage for its road": 3.0,
    "route letter": 2.0,
    "route with more": 0.9,
    "part of a name": 2.0,
    "more than the name": 3.0,
    "word": 0.3,
    "letter": 1.0,
    "misspelt": 1.5,
    "another road by its first word": 2.0,
}
"""L5: what a difference costs. Ordered so that any spelling of the same name (below 1.5) beats a
part of a name, which beats a misspelling or another suffix; set by judgment, checked by
benchmarks/locate.py, not fitted."""
_OLD = frozenset(
    ["old", "new", "business", "alternate", "bypass", "upper", "lower", "service", "frontage",
    "access", "little", "great", "extension", "connector"]
)  # fmt: skip
"""L5: Old Alabama Road is another road than Alabama Road, whichever of the two is asked for."""
SAME = 1.5
"""Below this cost two spellings are taken for the same name."""
OWN_SUFFIXES = frozenset({"ave", "blvd", "cir", "ct", "dr", "hwy", "ln", "pkwy", "pl", "rd", "st",
                          "ter", "way"})  # fmt: skip
"""L5: suffixes that end a name: Maple Avenue Court is no spelling of Maple Avenue. The others
(park, mill, view, …) are as often a part of the name before its suffix."""
LETTERS = ((6, 1), (11, 2), (99, 3))
"""L5: letters that may differ, by the length of the name; none below four letters, never in a
number. """


@dataclass(frozen=True, slots=True)
class Route:
    """A numbered route: class (I, US, state, county, … or any), number with its letter, state,
    branch."""

    system: str
    number: str
    state: str | None = None
    branch: str | None = None
    directions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Form:
    """One way to read a street name: its own words, the suffix, and the directions around it."""

    base: tuple[str, ...]
    suffix: str | None
    directions: frozenset[str]

    @property
    def key(self) -> str:
        """The words run together, so that "Mc Cutcheon" finds McCutcheon."""
        return "".join(self.base)


@dataclass(frozen=True, slots=True)
class Reading:
    """Every way to read one written name."""

    forms: tuple[Form, ...]
    routes: tuple[Route, ...]


def _folded(name: str) -> list[str]:
    """Return the words of a name with phrases, ordinals and silent words settled."""
    table = words()
    found: list[str] = []
    parts = placewords.tokens(name)
    at = 0
    while at < len(parts):
        for count in (3, 2):
            piece = tuple(parts[at : at + count])
            if len(piece) == count and (piece in table.phrase or " ".join(piece) in table.ordinal):
                found.append(table.phrase.get(piece) or table.ordinal[" ".join(piece)])
                at += count
                break
        else:
            found.append(
                placewords.ordinal_number(parts[at]) or table.cardinal.get(parts[at]) or parts[at]
            )
            at += 1
    return found


def _spoken(parts: list[str]) -> tuple[str, ...]:
    """Return the words of a name's core in canonical spelling; honorifics and "the" go where
    something is left."""
    table = words()
    said = []
    for at, word in enumerate(parts):
        if word in ("st", "ste") and at == 0:
            said.append("saint")
        elif word == "dr" and at == 0:
            said.append("doctor")
        elif word in table.word and word not in ("st", "dr", "ste"):
            said.append(table.word[word])
        else:
            said.append(table.suffix.get(word) or table.direction.get(word) or word)
    kept = [w for w in said if w not in table.silent] or said
    # an initial in the middle is as often left out: John F Kennedy, Cesar E Chavez
    last = len(kept) - 1
    return tuple(
        w
        for i, w in enumerate(kept)
        if not (0 < i < last and len(w) == 1 and w.isalpha() and min(map(len, kept[::last])) > 2)
    )


def _strip_ends(parts: list[str]) -> list[Form]:
    """Return the forms of a street name: with and without leading direction, trailing direction and
    suffix."""
    table = words()
    forms: dict[Form, None] = {}
    heads = [0, 1] if len(parts) > 1 and parts[0] in table.direction else [0]
    for head in heads:
        lead = {table.direction[parts[0]]} if head else set()
        stack: list[tuple[list[str], str | None, frozenset[str]]] = [
            (parts[head:], None, frozenset(lead))
        ]
        while stack:
            rest, suffix, directions = stack.pop()
            forms.setdefault(Form(_spoken(rest), suffix, directions))
            if len(rest) < 2:
                continue
            last = rest[-1]
            if last in table.direction:
                stack.append((rest[:-1], suffix, directions | {table.direction[last]}))
            if suffix is None and last in table.suffix:
                stack.append((rest[:-1], table.suffix[last], directions))
    return list(forms)


def _routes(parts: list[str]) -> list[Route]:
    """Return the numbered routes a name can mean: "Becker CSAH 14", "Business US 71", "I-35
    West".
    """
    table = words()
    branch: str | None = None
    directions: set[str] = set()
    rest = list(parts)
    while len(rest) > 1 and placewords.route_at(rest) is None and not _turned_route(rest):
        if (rest[0],) in table.branch:
            branch = table.branch[(rest[0],)]
        elif rest[0] in table.direction:
            directions.add(table.direction[rest[0]])
        elif placewords.route_at(rest[1:]) is None and not _named_county(rest):
            break
        rest = rest[1:]
    if branch and len(rest) == 1 and re.fullmatch(r"\d+[a-z]?", rest[0]):
        return [Route("any", rest[0].upper(), None, branch)]
    found = placewords.route_at(rest) or _turned_route(rest)
    if found is None:
        return []
    if found[0] == 0:  # "41 Hwy": the number stands in front
        return [Route("any", rest[0].upper(), None, branch, frozenset(directions))]
    count, system, state = found
    number, tail = rest[count].lstrip("0").upper() or "0", rest[count + 1 :]
    letter = ""
    for word in tail:
        if word in table.direction:
            directions.add(table.direction[word])
        elif (word,) in table.branch:
            branch = table.branch[(word,)]
        elif len(word) == 1 and word.isalpha() and word == tail[0]:
            letter = word.upper()
        elif table.suffix.get(word) not in ("hwy", "fwy", "expy", "rd", "rte", "pkwy", "tpke"):
            return []
    if branch in ("loop", "spur") and system in ("state", "any"):
        system, state, branch = branch, None, None
    if letter:
        # "US 59-B" is how Texas writes a business route, "CR 20-A" a road with a letter
        own = [] if branch else [Route(system, number + letter, state)]
        return [*own, Route(system, number, state, "business")]
    routes = [Route(system, number, state, branch, frozenset(directions))]
    if number.isdigit():
        # Interstate 35 West is the I 35W
        routes += [
            Route(system, number + d.upper(), state, branch)
            for d in sorted(directions)
            if len(d) == 1
        ]
    return routes


def _turned_route(parts: list[str]) -> tuple[int, str, str | None] | None:
    """Return (0, "any", None) for a number in front of its word ("41 Hwy", "Old 41 Highway")."""
    turned = len(parts) == 2 and re.fullmatch(r"\d{1,4}[a-z]?", parts[0])
    return (0, "any", None) if turned and words().suffix.get(parts[1]) == "hwy" else None


def _named_county(parts: list[str]) -> bool:
    """Tell whether a county's name stands in front of its road number ("Becker County State Aid
    Highway 21")."""
    for skip in (1, 2):
        found = placewords.route_at(parts[skip:]) if len(parts) > skip + 1 else None
        if found is not None:
            return found[1] == "county"
    return False


@lru_cache(maxsize=200_000)
def read(name: str) -> Reading:
    """Read a road name in every sensible way.

    >>> read("N. 5th St").forms[-1]
    Form(base=('5',), suffix='st', directions=frozenset({'n'}))
    >>> read("U.S. Hwy 33").routes[0].system, read("Interstate 35 West").routes[1].number
    ('US', '35W')
    """
    parts = _folded(name)
    if not parts:
        return Reading((), ())
    return Reading(tuple(_strip_ends(parts)), tuple(_routes(parts)))


def _ends_cost(asked: Form, there: Form) -> float:
    cost = 0.0
    if _goes_on(asked, there) or _goes_on(there, asked):
        cost += COSTS["suffix differs"]
    elif asked.suffix != there.suffix:
        cost += COSTS[
            (
                "suffix left out"
                if asked.suffix is None
                else "suffix added"
                if there.suffix is None
                else "suffix differs"
            )
        ]
    missing, extra = there.directions - asked.directions, asked.directions - there.directions
    if missing and extra:
        cost += COSTS["direction differs"]
    else:
        cost += COSTS["direction left out"] * len(missing) + COSTS["direction added"] * len(extra)
    return cost


def _goes_on(short: Form, long: Form) -> bool:
    """Tell whether a name that ends in its suffix is only the beginning of the other ("Maple
    Avenue", "Maple Avenue Court")."""
    ends = short.suffix is None and len(short.base) > 1 and short.base[-1] in OWN_SUFFIXES
    return ends and long.suffix is not None


def _branch_cost(asked: str | None, there: str | None) -> float | None:
    """Return what taking one branch of a route for another costs; None where they are two roads.

    A toll road is called with and without the word; a frontage road runs beside its highway.
    """
    if asked == there:
        return 0.0
    if {asked, there} == {None, "toll"}:
        return COSTS["toll left out" if asked is None else "toll added"]
    if asked == "frontage" and there is None:
        return COSTS["frontage for its road"]
    return None


def route_cost(asked: Route, there: Route) -> float | None:
    """Return what taking route `there` for `asked` costs, or None when they cannot be the same."""
    cost = 0.0
    if asked.number != there.number:
        if not (asked.number.isdigit() and there.number.rstrip("NSEW") == asked.number):
            return None
        cost += COSTS["route letter"]
    if asked.system != there.system:
        if "any" in (asked.system, there.system):
            cost += COSTS["route class left out"]
        elif "I" in (asked.system, there.system):
            # I 70 and US 70 are two roads of one state
            return None
        else:
            cost += COSTS["route class differs"]
    elif asked.state and there.state and asked.state != there.state:
        return None
    branch = _branch_cost(asked.branch, there.branch)
    if branch is None:
        return None
    cost += branch
    if asked.directions and there.directions and asked.directions != there.directions:
        cost += COSTS["direction differs"]
    return cost


class NameIndex:
    """The names of a network, to be asked for a written name."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted(set(names))
        self._by_key: dict[str, list[tuple[int, Form]]] = defaultdict(list)
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._by_number: dict[str, list[tuple[int, Route]]] = defaultdict(list)
        for number, name in enumerate(self.names):
            reading = read(name)
            for form in reading.forms:
                self._by_key[form.key].append((number, form))
                for word in form.base:
                    self._by_word[word].add(number)
            for route in reading.routes:
                self._by_number[route.number.rstrip("NSEW")].append((number, route))
        self._keys = sorted(self._by_key)
        self._cache: dict[tuple[str, bool], list[tuple[float, int]]] = {}

    def find(self, name: str, *, widen: bool = False) -> list[tuple[float, int]]:
        """Return (cost, name number) of the names `name` can mean, cheapest first.

        Misspellings are looked for only where nothing matches exactly (L5); parts of names also
        with `widen`."""
        cached = self._cache.get((name, widen))
        if cached is None:
            cached = self._cache[name, widen] = self._find(name, widen)
        return cached

    def _find(self, name: str, widen: bool) -> list[tuple[float, int]]:
        asked = read(name)
        best: dict[int, float] = {}
        self._routes(asked, best)
        if not best:
            self._exact(asked, best)
        if not best:
            self._named_route(name, best)
        if asked.routes:
            # a number is known or it is not: a part of "US 59 Business" is another road
            return sorted((cost, number) for number, cost in best.items())
        if widen or min(best.values(), default=9.0) >= COSTS["suffix differs"]:
            self._parts(asked, best)
        if min(best.values(), default=9.0) >= COSTS["suffix differs"]:
            self._misspelt(asked, best)
            self._misspelt_folded(name, best)
        return sorted((cost, number) for number, cost in best.items())

    def _routes(self, asked: Reading, best: dict[int, float]) -> None:
        for route in asked.routes:
            for number, there in self._by_number.get(route.number.rstrip("NSEW"), ()):
                cost = route_cost(route, there)
                if cost is not None:
                    best[number] = min(best.get(number, 99.0), cost)

    def _named_route(self, name: str, best: dict[int, float]) -> None:
        """Look up "IH-10 Katy" and "SR-51 8.79" by the route alone."""
        if re.search(r"[/&,;:]|\s-\s|\band\b", name):
            return
        parts = _folded(name)
        found = placewords.route_at(parts)
        tail = parts[found[0] + 1 :] if found else []
        if found and tail and not any((word,) in words().branch for word in tail):
            self._routes(Reading((), tuple(_routes(parts[: found[0] + 1]))), best)
            for number in best:
                best[number] += COSTS["route with more"]

    def _exact(self, asked: Reading, best: dict[int, float]) -> None:
        for form in asked.forms:
            for number, there in self._by_key.get(form.key, ()):
                if asked.routes and read(self.names[number]).routes:
                    # routes are compared as routes: US 59 is no shorter name of US 59 Spur
                    continue
                best[number] = min(best.get(number, 99.0), _ends_cost(form, there))

    def _parts(self, asked: Reading, best: dict[int, float]) -> None:
        for form in asked.forms:
            if len(form.key) < 3 or form.key.isdigit():
                continue
            rows = [self._by_word.get(w, set()) for w in form.base]
            for number in sorted(set.intersection(*rows)):
                self._keep_part(form, number, best)
            self._more_than(form, best)

    def _keep_part(self, form: Form, number: int, best: dict[int, float]) -> None:
        for there in read(self.names[number]).forms:
            at = _inside(form.base, there.base)
            extra = len(there.base) - len(form.base)
            if at is not None and extra and not _only_turns(there.base, at, len(form.base)):
                cost = (
                    COSTS["part of a name"]
                    + COSTS["word"] * (extra + (at > 0))
                    + _ends_cost(form, there)
                )
                if at and _OLD.intersection(there.base[:at]):
                    cost += COSTS["another road by its first word"]
                best[number] = min(best.get(number, 99.0), cost)

    def _more_than(self, form: Form, best: dict[int, float]) -> None:
        count = len(form.base)
        for begin in range(count):
            for end in range(begin + 1, count + 1):
                piece = form.base[begin:end]
                key = "".join(piece)
                if end - begin == count or len(key) < 5 or key.isdigit():
                    continue
                if _only_turns(form.base, begin, end - begin):
                    continue
                for number, there in self._by_key.get(key, ()):
                    extra = count - (end - begin)
                    cost = (
                        COSTS["more than the name"]
                        + COSTS["word"] * extra
                        + _ends_cost(form, there)
                    )
                    if _OLD.intersection((*form.base[:begin], *form.base[end:])):
                        cost += COSTS["another road by its first word"]
                    best[number] = min(best.get(number, 99.0), cost)

    def _misspelt_folded(self, name: str, best: dict[int, float]) -> None:
        """Look up "Seventh" for "Seenth" and "Center" for "Centeer": such words stand in the index
        as digits and short forms, where no letter of theirs can be wrong."""
        parts = placewords.tokens(name)
        for at, word in enumerate(parts):
            if len(word) < 5 or word in words().ordinal or word in words().suffix:
                continue
            for meant, off in placewords.folded_near(word):
                if off > (1 if meant in words().ordinal else _letters(meant)):
                    continue
                found: dict[int, float] = {}
                self._exact(read(" ".join([*parts[:at], meant, *parts[at + 1 :]])), found)
                for number, cost in found.items():
                    total = cost + COSTS["misspelt"] + COSTS["letter"] * off
                    best[number] = min(best.get(number, 99.0), total)

    def _misspelt(self, asked: Reading, best: dict[int, float]) -> None:
        for form in asked.forms:
            key = form.key
            if len(key) < 4 or key.isdigit():
                continue
            allowed = _letters(key)
            for other, distance, _ in process.extract(
                key, self._keys, scorer=OSA.distance, score_cutoff=allowed, limit=20
            ):
                if distance == 0 or _digits(other) != _digits(key) or len(other) < 4:
                    continue
                for number, there in self._by_key[other]:
                    if _turned(form.base, there.base) or _other_suffix(form, there):
                        continue
                    cost = COSTS["misspelt"] + COSTS["letter"] * distance + _ends_cost(form, there)
                    best[number] = min(best.get(number, 99.0), cost)


def _letters(key: str) -> int:
    """Return how many letters of a name may differ (L5)."""
    return next(n for length, n in LETTERS if len(key) <= length or length == LETTERS[-1][0])


def _other_suffix(one: Form, other: Form) -> bool:
    """Tell whether two names end in two different suffixes: "Main Ct" is no slip for "Main St"."""
    ends = one.base[-1], other.base[-1]
    return ends[0] != ends[1] and set(ends) <= OWN_SUFFIXES


def _inside(part: tuple[str, ...], whole: tuple[str, ...]) -> int | None:
    for at in range(len(whole) - len(part) + 1):
        if whole[at : at + len(part)] == part:
            return at
    return None


def _only_turns(whole: tuple[str, ...], at: int, count: int) -> bool:
    """Tell whether what a part leaves out of a name are directions: those have costs of their
    own."""
    return all(w in placewords.COMPASS_DEG for w in (*whole[:at], *whole[at + count :]))


def _turned(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two names differ in their directions alone: "S Park" is no slip for "N Park"."""
    rest = [[w for w in base if w not in placewords.COMPASS_DEG] for base in (one, other)]
    return rest[0] == rest[1]


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
