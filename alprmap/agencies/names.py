"""What the name of an agency says: place, role, state, numbers, and what sort of body it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from alprmap.agencies.federal import federal_body
from alprmap.agencies.words import APOSTROPHE, plain
from alprmap.shipped import alias_rows

_FLAGS = re.compile(
    r"[\[(]\s*(?:in-?active|deactivate|federal|do not"
    r" use|dnu|dead/old|old|test|duplicate|decommissioned|revoked"
    r"|raven)[^\])]{0,80}[\])]|\b(?:do(?:n't| ?not|nt) use|dnu|not in"
    r" use)\b\s*-?|-\s*(?:old|new|original|duplicate.*)$"
    r"|\b(?:in-?active|deactivated|formerly|former)\b",
    re.IGNORECASE,
)
"""What portals write into a name about the account, not about the agency."""
_QUALIFIER = re.compile(r"[\[(][^\])]{0,80}\b(?:county|co)\b\.?\s*[\])]", re.IGNORECASE)
_LONGEST = 1_000
"""Characters of a name that are looked at; the longest in the record has some 100."""
_FEDERAL = re.compile(r"[\[(]\s*federal\s*[\])]", re.IGNORECASE)
"""How sharing portals mark a federal body."""
_OWNER = re.compile(r"(\w+)'[sS]\b")
"""Whose something is: "Sheriff's", "Prince George's"."""
_SMALL = frozenset({"of", "the", "and", "for", "at", "in", "s", "a"})
LEVELS = ("town", "village")
"""Levels that tell two bodies of one name apart (the City and the Town of Delavan): kept, as the
last word. """


@dataclass(frozen=True, slots=True)
class Name:
    """What an agency's name says.

    `core` is the place or body without role and state ("laredo"), `role` tells agencies of one
    place apart (police, sheriff, school, constable …; ``""`` when none is named), `numbers` holds
    precincts and districts."""

    text: str
    core: tuple[str, ...]
    role: str
    kind: str
    state: str | None
    numbers: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
        """What two spellings of one agency share: "OFallon" and "O'Fallon" are one place."""
        return _elided(self.core), self.role, self.numbers


_ELIDED = frozenset("odl")
"""Letters that stand before an apostrophe in the name of a place: O'Fallon, D'Iberville, L'Anse."""


def _elided(core: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a place with a letter before an apostrophe put to the word behind it."""
    if not _ELIDED.intersection(core):
        return core
    out: list[str] = []
    for word in core:
        if out and out[-1] in _ELIDED and len(word) > 2:
            out[-1] += word
        else:
            out.append(word)
    return tuple(out)


@cache
def _alias_table() -> dict[str, tuple[str, str | None, str]]:
    table = {}
    for row in alias_rows("agencies"):
        entry = (row["name"], row["state"] or None, row["kind"])
        table[plain(row["alias"])] = entry
        table.setdefault(plain(row["name"]), entry)
    return table


def _known(text: str) -> tuple[str, str | None, str] | None:
    """Return the printed name, state and kind of a body that the tables know by this name."""
    entry = _alias_table().get(plain(text))
    if entry is None and (said := federal_body(text)) and not said.office:
        return said.body, None, "federal"
    return entry


@cache
def _states() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    rows = alias_rows("states")
    by_name = sorted(((plain(r["name"]), r["code"]) for r in rows), key=lambda i: -len(i[0]))
    return {r["code"]: r["name"] for r in rows}, tuple(by_name)


@cache
def _short() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Short forms that stand at the end of a name, longest first."""
    rows = [
        (tuple(r["short"].split()), r["full"])
        for r in alias_rows("abbreviations")
        if r["where"] == "end"
    ]
    return tuple(sorted(rows, key=lambda r: -len(r[0])))


@cache
def _short_any() -> dict[str, tuple[str, ...]]:
    return {
        r["short"]: tuple(plain(r["full"]).split())
        for r in alias_rows("abbreviations")
        if r["where"] == "any"
    }


@cache
def _kinds() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    out = []
    for row in alias_rows("kinds"):
        parts = []
        for phrase in row["words"].split("|"):
            core = re.escape(plain(phrase))
            parts.append(
                ("^" if phrase.startswith("^") else r"\b")
                + core
                + ("$" if phrase.endswith("$") else r"\b")
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
    text = text[:_LONGEST]
    bare = _FLAGS.sub(" ", APOSTROPHE.sub("'", text))
    known = _known(bare)
    office = known is None and federal_body(bare) is not None
    state = None
    if known:
        bare, state, _ = known
    else:
        bare, state = _take_state(bare)
    words = _expand(bare)
    # "Center Township PD (Beaver County)": the county tells the place, not the kind of body
    unqualified = _QUALIFIER.sub(" ", bare)
    kind, role = _kind_role(" ".join(_expand(unqualified)))
    if state is None and kind == "state":
        state = _named_state(words)
    numbers = tuple(w.lstrip("0") or "0" for w in words if w.isdecimal() and w.isascii())
    if known:
        kind = known[2]
    elif office or _FEDERAL.search(text):
        kind = "federal"
    if kind == "federal" and (known or office):
        role = "federal"
    return Name(text, _core(words, role), role, kind, state, numbers)


_INACTIVE = re.compile(r"\b(?:in-?active|deactivated?|decommissioned|disabled)\b", re.IGNORECASE)


def is_marked_inactive(text: str) -> bool:
    """Tell whether a name on a list says that its bearer's account is no longer in use.

    >>> is_marked_inactive("USMS (Inactive)"), is_marked_inactive("Lodi CA PD")
    (True, False)
    """
    return _INACTIVE.search(text) is not None


_CODE = re.compile(r"(?<![A-Za-z'.])([A-Z]{2})(?![A-Za-z'])")
_CODE_FIRST = re.compile(r"^\s*([A-Z]{2})\s*-\s*(?=\S)|[\[(]\s*([A-Z]{2})\s*[\])]")
_NOT_STATES_LAST = ("CO", "SD")
"""Codes that are also short for County and Sheriff's Department: a state only where no other code
stands. """


def _take_state(text: str) -> tuple[str, str | None]:
    """Return (name without its state code, the code): "TX - Collinsville PD", "Hume PD IL", "Nelson
    (GA)"."""
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


def _expand(text: str) -> list[str]:
    """Return the words of a name with its short forms written out; the s of "Sheriff's" is no
    South."""
    out, said = plain(text).split(), text
    for short, full in _short():
        if len(out) > len(short) - (len(short) == len(out)) and tuple(out[-len(short) :]) == short:
            out, said = [*out[: -len(short)], *plain(full).split()], f"{text} {full}"
            break
    owners = {plain(w) for w in _OWNER.findall(APOSTROPHE.sub("'", said))}
    any_place = _short_any()
    return [
        w
        for before, word in zip(("", *out), out, strict=False)
        for w in ((word,) if word == "s" and before in owners else any_place.get(word, (word,)))
    ]


def _kind_role(joined: str) -> tuple[str, str]:
    for pattern, kind, role in _kinds():
        if kind == "place name":
            joined = pattern.sub("_", joined)
        elif pattern.search(joined):
            return kind, role
    return "unknown", ""


def _named_state(words: Sequence[str]) -> str | None:
    """Return the state whose full name stands in the name of a state body ("Michigan State
    Police")."""
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
        # "City of Buckeye" and "Buckeye" are one place, and "Culver City" keeps its own word; a
        # town or a village may have a city of its name beside it
        if kept[0] == "city" or kept[:2] == ["charter", "township"]:
            kept = kept[1:]
        elif kept[0] in LEVELS:
            kept = [*kept[1:], kept[0]]
    return tuple(kept)


def without_level(core: tuple[str, ...]) -> tuple[str, ...]:
    """Return a core without the level at its end: ``("fox", "point", "village")`` is the place Fox
    Point."""
    return core[:-1] if len(core) > 1 and core[-1] in LEVELS else core


def normalize_name(text: str) -> str:
    """Return a name with its short forms written out and its state in brackets, for comparison and
    display.

    >>> normalize_name("Laredo TX PD"), normalize_name("Bexar Co SO"), normalize_name("CHP")
    ('Laredo Police Department (TX)', "Bexar County Sheriff's Office", 'California Highway Patrol')
    """
    known = _known(_FLAGS.sub(" ", text))
    if known:
        return known[0]
    bare, state = _take_state(_FLAGS.sub(" ", APOSTROPHE.sub("'", text)))
    name = tidy(re.sub(r"[()\[\]]|\s-\s|^\s*-|-\s*$", " ", bare))
    return f"{name} ({state})" if state else name


@lru_cache(maxsize=65_536)
def tidy(text: str) -> str:
    """Return a name as written but for brackets around it, curly apostrophes, aliases and short
    forms at its end.

    >>> tidy("[City of Florence PD]"), tidy("Lowes"), tidy("Riverside County Sheriff’s Department")
    ('City of Florence Police Department', "Lowe's", "Riverside County Sheriff's Department")
    """
    known = _known(text)
    if known:
        return known[0]
    name = " ".join(APOSTROPHE.sub("'", text).split())
    if name[:1] + name[-1:] in ("[]", "()", '""', "''"):
        name = name[1:-1].strip()
    words = name.split()
    for short, full in _short():
        tail = tuple(plain(w) for w in words[-len(short) :])
        # "SO" is a sheriff's office only in capitals; a name that is nothing but its short form
        # stays
        if (
            tail == short
            and len(words) > len(short)
            and (len(short) > 1 or words[-1].replace(".", "").isupper())
        ):
            words = [*words[: -len(short)], full]
            break
    swap = {"co": "County", "twp": "Township", "dept": "Department", "univ": "University"}
    return " ".join(swap.get(w.casefold().rstrip("."), w) if i else w for i, w in enumerate(words))


def kind_of(text: str) -> str:
    """Return what sort of body a name is, by the tables; ``unknown`` where they do not say.

    >>> [kind_of(n) for n in ("Laredo ISD PD", "Bexar County SO", "CBP", "Lowes", "Henderson",
    ...     "Interlocken HOA")]
    ['school', 'county', 'federal', 'private', 'unknown', 'homeowners']
    """
    return parse(text).kind
