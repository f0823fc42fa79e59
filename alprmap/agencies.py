"""Names of agencies: what a name says (place, role, state, number), what sort of body it is, which one it is.

Order of proof (docs/method/sources.md, S10): the alias table; the same name once short forms are written out; a
near spelling, where role, state, every number and every rare word agree and the runner-up is well behind.
Anything less goes to review: "Laredo PD" is never Laredo ISD PD, Constable Pct 1 never Pct 2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from alprmap import aliases

FUZZY_FROM = 88.0
"""Least rapidfuzz ratio of two place parts to be looked at; tuned on 6,461 names so that no two distinct agencies
of one state and role are taken for one another (tests/test_agencies.py)."""
MARGIN = 6.0
"""Points the best candidate must lead the next by, or the name goes to review."""

_FLAGS = re.compile(
    r"[\[(]\s*(?:in-?active|deactivate|federal|do not use|dnu|dead/old|old|test|duplicate|decommissioned|revoked"
    r"|raven)[^\])]*[\])]|\b(?:do(?:n't| ?not|nt) use|dnu|not in use)\b\s*-?|-\s*(?:old|new|original|duplicate.*)$"
    r"|\b(?:in-?active|deactivated|formerly|former)\b",
    re.IGNORECASE,
)
"""What portals write into a name about the account, not about the agency."""
_QUALIFIER = re.compile(r"[\[(][^\])]*\b(?:county|co)\b\.?\s*[\])]", re.IGNORECASE)
_APOSTROPHE = re.compile("[’ʼ´`′]")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_SMALL = frozenset({"of", "the", "and", "for", "at", "in", "s", "a"})
_LEVELS = ("town", "village")
"""Levels that tell two bodies of one name apart (the City and the Town of Delavan): kept, as the last word."""


@dataclass(frozen=True, slots=True)
class Name:
    """What an agency's name says.

    `core` is the place or body without role and state ("laredo"), `role` tells agencies of one place apart
    (police, sheriff, school, constable …; ``""`` when none is named), `numbers` holds precincts and districts.
    """

    text: str
    core: tuple[str, ...]
    role: str
    kind: str
    state: str | None
    numbers: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
        """What two spellings of one agency share."""
        return self.core, self.role, self.numbers


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome for one name: the position of the agency it is (None when not settled), by which rule, how near,
    and, when a person must decide, the candidates (position, score)."""

    text: str
    index: int | None
    rule: str
    score: float
    review: tuple[tuple[int, float], ...] = field(default=())


def plain(text: str) -> str:
    """Return lower-case words parted by single spaces, without accents, points and brackets.

    >>> plain("O’Fallon (MO) P.D.")
    'o fallon mo p d'
    """
    folded = unicodedata.normalize("NFKD", _APOSTROPHE.sub("'", text)).casefold()
    return _NOT_WORD.sub(" ", "".join(c for c in folded if not unicodedata.combining(c))).strip()


@cache
def _alias_table() -> dict[str, tuple[str, str | None, str]]:
    table = {}
    for row in aliases.rows("agencies"):
        entry = (row["name"], row["state"] or None, row["kind"])
        table[plain(row["alias"])] = entry
        table.setdefault(plain(row["name"]), entry)
    return table


@cache
def _states() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    rows = aliases.rows("states")
    by_name = sorted(((plain(r["name"]), r["code"]) for r in rows), key=lambda i: -len(i[0]))
    return {r["code"]: r["name"] for r in rows}, tuple(by_name)


@cache
def _short() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Short forms that stand at the end of a name, longest first."""
    rows = [(tuple(r["short"].split()), r["full"]) for r in aliases.rows("abbreviations") if r["where"] == "end"]
    return tuple(sorted(rows, key=lambda r: -len(r[0])))


@cache
def _short_any() -> dict[str, tuple[str, ...]]:
    return {
        r["short"]: tuple(plain(r["full"]).split()) for r in aliases.rows("abbreviations") if r["where"] == "any"
    }


@cache
def _kinds() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    out = []
    for row in aliases.rows("kinds"):
        parts = []
        for phrase in row["words"].split("|"):
            core = re.escape(plain(phrase))
            parts.append(
                ("^" if phrase.startswith("^") else r"\b") + core + ("$" if phrase.endswith("$") else r"\b")
            )
        out.append((re.compile("|".join(parts)), row["kind"], row["role"]))
    return tuple(out)


@lru_cache(maxsize=65_536)
def parse(text: str) -> Name:
    """Return what the name of an agency says.

    >>> n = parse("Laredo TX PD"); n.core, n.role, n.kind, n.state
    (('laredo',), 'police', 'city', 'TX')
    >>> parse("Fort Bend County Const TX Pct 4").numbers, parse("Laredo ISD PD").role
    (('4',), 'school')
    """
    bare = _FLAGS.sub(" ", _APOSTROPHE.sub("'", text))
    known = _alias_table().get(plain(bare))
    state = None
    if known:
        bare, state, _ = known
    else:
        bare, state = _take_state(bare)
    words = _expand(plain(bare).split())
    # "Center Township PD (Beaver County)": the county tells the place, not the kind of body
    unqualified = _QUALIFIER.sub(" ", bare)
    kind, role = _kind_role(" ".join(_expand(plain(unqualified).split())))
    if state is None and kind == "state":
        state = _named_state(words)
    numbers = tuple(str(int(w)) for w in words if w.isdecimal() and w.isascii())
    return Name(text, _core(words, role), role, known[2] if known else kind, state, numbers)


_CODE = re.compile(r"(?<![A-Za-z'.])([A-Z]{2})(?![A-Za-z'])")
_CODE_FIRST = re.compile(r"^\s*([A-Z]{2})\s*-\s*(?=\S)|[\[(]\s*([A-Z]{2})\s*[\])]")
_NOT_STATES_LAST = ("CO", "SD")
"""Codes that are also short for County and Sheriff's Department: a state only where no other code stands."""


def _take_state(text: str) -> tuple[str, str | None]:
    """Return (name without its state code, the code): "TX - Collinsville PD", "Hume PD IL", "Nelson (GA)"."""
    codes, _ = _states()
    marked = [m for m in _CODE_FIRST.finditer(text) if (m[1] or m[2]) in codes]
    loose = [m for m in _CODE.finditer(text) if m[1] in codes]
    clear = [m for m in loose if m[1] not in _NOT_STATES_LAST]
    for match in (*marked, *reversed(clear), *loose):
        code = match[1] or match[match.lastindex or 1]
        rest = f"{text[: match.start()]} {text[match.end() :]}"
        # "Isanti CO SO" is a county; "Adams County CO SO" says so already, and means Colorado
        county = code == "CO" and not marked and re.search(r"(?<!County )\bCO\s+(?:SO|SD)\b", text)
        if re.search(r"[A-Za-z]{3}", rest) and not county:
            return rest, code
    return text, None


def _expand(words: Sequence[str]) -> list[str]:
    out = list(words)
    for short, full in _short():
        if len(out) > len(short) - (len(short) == len(out)) and tuple(out[-len(short) :]) == short:
            out = [*out[: -len(short)], *plain(full).split()]
            break
    any_place = _short_any()
    return [w for word in out for w in any_place.get(word, (word,))]


def _kind_role(joined: str) -> tuple[str, str]:
    for pattern, kind, role in _kinds():
        if kind == "place name":
            joined = pattern.sub("_", joined)
        elif pattern.search(joined):
            return kind, role
    return "unknown", ""


def _named_state(words: Sequence[str]) -> str | None:
    """Return the state whose full name stands in the name of a state body ("Michigan State Police")."""
    joined = f" {' '.join(words)} "
    return next((code for name, code in _states()[1] if f" {name} " in joined), None)


_ROLE_WORDS: dict[str, frozenset[str]] = {
    "police": frozenset({"police", "department", "division", "bureau", "dept"}),
    "sheriff": frozenset({"sheriff", "sheriffs", "office", "department", "county", "parish"}),
    "constable": frozenset({"constable", "constables", "precinct", "office", "county"}),
    "public safety": frozenset({"public", "safety", "department", "police"}),
    "school": frozenset({"police", "department"}),
    "campus": frozenset({"police", "department", "campus", "safety", "public", "security"}),
    "prosecutor": frozenset({"office", "attorneys"}),
    "marshal": frozenset({"office", "department"}),
    "transportation": frozenset(),
}


def _core(words: Sequence[str], role: str) -> tuple[str, ...]:
    drop = _ROLE_WORDS.get(role, frozenset({"department", "office"}))
    kept = [w for w in words if w not in _SMALL and w not in drop and not w.isdecimal()]
    if role in ("police", "government", "") and len(kept) > 1:
        # "City of Buckeye" and "Buckeye" are one place, and "Culver City" keeps its own word; a town or a village
        # may have a city of its name beside it
        if kept[0] == "city" or kept[:2] == ["charter", "township"]:
            kept = kept[1:]
        elif kept[0] in _LEVELS:
            kept = [*kept[1:], kept[0]]
    return tuple(kept)


def _without_level(core: tuple[str, ...]) -> tuple[str, ...]:
    return core[:-1] if len(core) > 1 and core[-1] in _LEVELS else core


def normalise_name(text: str) -> str:
    """Return a name with its short forms written out and its state in brackets, for comparison and display.

    >>> normalise_name("Laredo TX PD"), normalise_name("Bexar Co SO"), normalise_name("CHP")
    ('Laredo Police Department (TX)', "Bexar County Sheriff's Office", 'California Highway Patrol')
    """
    known = _alias_table().get(plain(_FLAGS.sub(" ", text)))
    if known:
        return known[0]
    bare, state = _take_state(_FLAGS.sub(" ", _APOSTROPHE.sub("'", text)))
    name = tidy(re.sub(r"[()\[\]]|\s-\s|^\s*-|-\s*$", " ", bare))
    return f"{name} ({state})" if state else name


@lru_cache(maxsize=65_536)
def tidy(text: str) -> str:
    """Return a name as written but for brackets around it, curly apostrophes, aliases and short forms at its end.

    >>> tidy("[City of Florence PD]"), tidy("Lowes"), tidy("Riverside County Sheriff’s Department")
    ('City of Florence Police Department', "Lowe's", "Riverside County Sheriff's Department")
    """
    known = _alias_table().get(plain(text))
    if known:
        return known[0]
    name = " ".join(_APOSTROPHE.sub("'", text).split())
    if name[:1] + name[-1:] in ("[]", "()", '""', "''"):
        name = name[1:-1].strip()
    words = name.split()
    for short, full in _short():
        tail = tuple(plain(w) for w in words[-len(short) :])
        # "SO" is a sheriff's office only in capitals; a name that is nothing but its short form stays
        if tail == short and len(words) > len(short) and (len(short) > 1 or words[-1].replace(".", "").isupper()):
            words = [*words[: -len(short)], full]
            break
    swap = {"co": "County", "twp": "Township", "dept": "Department", "univ": "University"}
    return " ".join(swap.get(w.casefold().rstrip("."), w) if i else w for i, w in enumerate(words))


def kind_of(text: str) -> str:
    """Return what sort of body a name is, by the tables; ``unknown`` where they do not say.

    >>> [kind_of(n) for n in ("Laredo ISD PD", "Bexar County SO", "CBP", "Lowes", "Henderson", "Interlocken HOA")]
    ['school', 'county', 'federal', 'private', 'unknown', 'homeowners']
    """
    return parse(text).kind


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
                loose = (_without_level(name.core), name.role, name.numbers)
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
        # "Fox Point PD" where only a Village of Fox Point is known; two levels stated must be the same
        loose = (_without_level(name.core), name.role, name.numbers)
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
        scored = process.extract(core, [e[3] for e in pool], scorer=fuzz.ratio, score_cutoff=70.0, limit=6)
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
        # Marysville and Maryville both exist: a slip of the pen is only taken for one where the state is known
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
    """Return how well two operator names agree: 1 the same body, 0 another, between: the same place, role unsaid.

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
    stated = {x.core[-1:], y.core[-1:]} <= {(level,) for level in _LEVELS}
    if not stated and (_without_level(x.core), *x.key[1:]) == (_without_level(y.core), *y.key[1:]):
        return 0.9
    if x.numbers != y.numbers:
        return 0.0
    if x.role == y.role:
        return 0.9 if same_words(x.core, y.core) else 0.0
    vague = {x.role, y.role} & {"", "government"}
    return 0.6 if vague and x.core == y.core else 0.0
