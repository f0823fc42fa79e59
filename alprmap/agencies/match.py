"""Which known agency a name means, or who must be asked (docs/method/sources.md, S10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from alprmap.agencies.names import LEVELS, Name, parse, without_level

FUZZY_FROM = 88.0
"""Least rapidfuzz ratio of two place parts to be looked at; tuned on 6,461 names so that no two
distinct agencies of one state and role are taken for one another
(tests/agencies/test_agencies.py)."""
MARGIN = 6.0
"""Points the best candidate must lead the next by, or the name goes to review."""


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome for one name: the position of the agency it is (None when not settled), by which
    rule, how near, and, when a person must decide, the candidates (position, score)."""

    text: str
    index: int | None
    rule: str
    score: float
    review: tuple[tuple[int, float], ...] = field(default=())


class Matcher:
    """Settles names against a list of known agencies, given once.

    Parameters
    ----------
    names
        Names of the known agencies; an entry may hold several spellings parted by a line break.
    states
        Their postal abbreviations (None where there is none); read from the names otherwise.
    """

    def __init__(self, names: Iterable[str], states: Iterable[str | None] | None = None) -> None:
        entries = list(names)
        given: list[str | None] = list(states) if states is not None else [None] * len(entries)
        self._parsed: list[tuple[int, Name, str | None]] = []
        self._by_key: dict[object, list[tuple[int, str | None]]] = {}
        self._by_place: dict[object, list[tuple[int, str | None]]] = {}
        self._by_role: dict[object, list[tuple[int, Name, str | None, str]]] = {}
        for index, (entry, state) in enumerate(zip(entries, given, strict=True)):
            for spelling in entry.split("\n"):
                name = parse(spelling)
                where = state or name.state
                self._by_key.setdefault(name.key, []).append((index, where))
                loose = (without_level(name.core), name.role, name.numbers)
                self._by_place.setdefault(loose, []).append((index, where))
                self._by_role.setdefault((name.role, name.numbers), []).append(
                    (index, name, where, " ".join(name.core))
                )

    def match(self, text: str, *, state: str | None = None) -> Match:
        """Return which known agency `text` names, or the candidates for review.

        >>> known = Matcher(["Laredo TX PD", "Laredo ISD TX PD", "Webb County Constable Pct 1 TX"])
        >>> known.match("LAREDO PD").index, known.match("Webb County Constable Pct. 2").index
        (0, None)
        """
        name = parse(text)
        where = state or name.state
        exact = self._agreeing(self._by_key.get(name.key, []), where)
        if len(exact) == 1:
            return Match(text, exact[0], "same name", 1.0)
        if len(exact) > 1:
            return Match(text, None, "several of that name", 0.0, tuple((i, 1.0) for i in exact))
        # "Fox Point PD" where only a Village of Fox Point is known; two levels stated must be the
        # same
        loose = (without_level(name.core), name.role, name.numbers)
        place = self._agreeing(self._by_place.get(loose, []), where)
        if len(place) == 1 and name.core == loose[0]:
            return Match(text, place[0], "same name, level unsaid", 0.95)
        if place:
            return Match(text, None, "several of that name", 0.0, tuple((i, 0.95) for i in place))
        return self._near(text, name, where)

    def _agreeing(self, found: list[tuple[int, str | None]], state: str | None) -> list[int]:
        if state is not None:
            same = sorted({i for i, s in found if s == state})
            if same:
                return same
        return sorted({i for i, s in found if state is None or s is None})

    def _near(self, text: str, name: Name, state: str | None) -> Match:
        pool = [
            entry
            for entry in self._by_role.get((name.role, name.numbers), [])
            if state is None or entry[2] is None or entry[2] == state
        ]
        core = " ".join(name.core)
        if not core or not pool:
            return Match(text, None, "not known", 0.0)
        scored = process.extract(
            core, [e[3] for e in pool], scorer=fuzz.ratio, score_cutoff=70.0, limit=6
        )
        best: dict[int, float] = {}
        sure: set[int] = set()
        for _, score, at in scored:
            index = pool[at][0]
            best[index] = max(best.get(index, 0.0), score)
            if score >= FUZZY_FROM and same_words(name.core, pool[at][1].core):
                sure.add(index)
        ranked = sorted(best.items(), key=lambda i: (-i[1], i[0]))
        if not ranked:
            return Match(text, None, "not known", 0.0)
        lead = ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0.0)
        # Marysville and Maryville both exist: a slip of the pen is only taken for one where the
        # state is known
        stated = state is not None and any(e[0] == ranked[0][0] and e[2] == state for e in pool)
        if stated and ranked[0][0] in sure and lead >= MARGIN and len(sure) == 1:
            return Match(text, ranked[0][0], "near spelling", ranked[0][1] / 100)
        near = tuple((i, round(s / 100, 3)) for i, s in ranked if s >= FUZZY_FROM)
        return Match(text, None, "near names" if near else "not known", 0.0, near)


def same_words(a: Sequence[str], b: Sequence[str]) -> bool:
    """Tell whether two names have the same words but for a slip of the pen in long ones.

    >>> same_words(("albuqueque",), ("albuquerque",)), same_words(("laredo", "isd"), ("laredo",))
    (True, False)
    """
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=True):
        allowed = 0 if min(len(x), len(y)) < 6 else 1 if min(len(x), len(y)) < 10 else 2
        if x != y and (x[0] != y[0] or OSA.distance(x, y) > allowed):
            return False
    return True


def agreement(a: str | None, b: str | None) -> float | None:
    """Return how well two operator names agree: 1 the same body, 0 another, between: the same
    place, role unsaid.

    None when one of them is not known, which is neither for nor against.

    >>> agreement("Laredo PD", "Laredo Police Department"), agreement("Laredo PD", "Laredo ISD PD")
    (1.0, 0.0)
    """
    if not isinstance(a, str) or not isinstance(b, str):
        return None
    x, y = parse(a), parse(b)
    if x.state and y.state and x.state != y.state:
        return 0.0
    if x.key == y.key:
        return 1.0
    stated = {x.core[-1:], y.core[-1:]} <= {(level,) for level in LEVELS}
    if not stated and (without_level(x.core), *x.key[1:]) == (without_level(y.core), *y.key[1:]):
        return 0.9
    if x.numbers != y.numbers:
        return 0.0
    if x.role == y.role:
        return 0.9 if same_words(x.core, y.core) else 0.0
    vague = {x.role, y.role} & {"", "government"}
    return 0.6 if vague and x.core == y.core else 0.0
