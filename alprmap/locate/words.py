"""The words of road names and place texts, from `data/aliases/roads.toml`: suffixes, directions,
routes, ordinals.

What a word means is data; this room only turns the table into lookups, once per process.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA

from alprmap.shipped import data_path

COMPASS_DEG = {
    "n": 0.0,
    "ne": 45.0,
    "e": 90.0,
    "se": 135.0,
    "s": 180.0,
    "sw": 225.0,
    "w": 270.0,
    "nw": 315.0,
}
"""Headings of the canonical directions, degrees clockwise from true north."""


@dataclass(frozen=True, slots=True)
class Words:
    """Lookups from a spelling (lower case, no full stops) to its canonical form."""

    suffix: dict[str, str]
    direction: dict[str, str]
    word: dict[str, str]
    phrase: dict[tuple[str, ...], str]
    silent: frozenset[str]
    route: dict[tuple[str, ...], tuple[str, str | None]]
    branch: dict[tuple[str, ...], str]
    ordinal: dict[str, str]
    cardinal: dict[str, str]
    whole: tuple[str, ...]
    withheld: tuple[str, ...]
    empty: frozenset[str]
    no_town: frozenset[str]
    sentences: frozenset[str]
    verbs: frozenset[str]
    lead_ins: tuple[str, ...]
    at: tuple[str, ...]
    at_last: tuple[str, ...]
    longest_route: int
    states: dict[str, str]
    codes: dict[str, tuple[str, ...]]
    code_suffixes: dict[str, str]
    plain_codes: frozenset[str]
    postmile_counties: dict[str, str]


def _inverted(table: dict[str, list[str]]) -> dict[str, str]:
    found = {key: key for key in table}
    for key, spellings in table.items():
        for spelling in spellings:
            found.setdefault(spelling, key)
    return found


def _number_words(table: dict[str, list[str]]) -> tuple[dict[str, str], dict[str, str]]:
    units, tens, ten_words = table["units"], table["tens"], table["ten_words"]
    ordinal = {word: str(n) for n, word in enumerate(units)}
    cardinal = {word: str(n) for n, word in enumerate(table["cardinals"])}
    for ten in range(2, 10):
        ordinal[tens[ten]] = str(ten * 10)
        cardinal[ten_words[ten]] = str(ten * 10)
        for unit in range(1, 10):
            # written "twenty-first" or "twenty first"; hyphens are blanks by the time words are
            # looked up
            ordinal[f"{ten_words[ten]} {units[unit]}"] = str(ten * 10 + unit)
            cardinal[f"{ten_words[ten]} {table['cardinals'][unit]}"] = str(ten * 10 + unit)
    return ordinal, cardinal


def _routes(raw: dict[str, Any]) -> dict[tuple[str, ...], tuple[str, str | None]]:
    found: dict[tuple[str, ...], tuple[str, str | None]] = {}
    for klass, spellings in raw["routes"].items():
        for spelling in spellings:
            found.setdefault(tuple(spelling.split()), (klass, None))
    for state, spellings in raw["state_prefixes"].items():
        for spelling in spellings:
            words = tuple(spelling.split())
            found.setdefault(words, ("state", state))
            # "Ohio State Route", "Oregon Route", "MN Hwy"
            for system in (*raw["routes"]["state"], *raw["routes"]["any"]):
                found.setdefault((*words, *system.split()), ("state", state))
    return found


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the lookups, read once from `data/aliases/roads.toml`.

    >>> words().suffix["boulevard"], words().direction["north"], words().route[("us", "hwy")]
    ('blvd', 'n', ('US', None))
    """
    raw = tomllib.loads(data_path("aliases/roads.toml").read_text("utf-8"))
    singles, phrases = {}, {}
    for spelling, key in _inverted(raw["words"]).items():
        parts = tuple(spelling.split())
        if len(parts) > 1:
            phrases[parts] = key
        else:
            singles[spelling] = key
    ordinal, cardinal = _number_words(raw["ordinals"])
    routes = _routes(raw)
    text = raw["text"]
    return Words(
        suffix=_inverted(raw["suffixes"]),
        direction=_inverted(raw["directions"]),
        word=singles,
        phrase=phrases,
        silent=frozenset(raw["silent"]["words"]),
        route=routes,
        branch={tuple(s.split()): k for s, k in _inverted(raw["branches"]).items()},
        ordinal=ordinal,
        cardinal=cardinal,
        whole=tuple(text["whole"]),
        withheld=tuple(text["withheld"]),
        empty=frozenset(text["empty"]),
        no_town=frozenset(text["no_town"]),
        sentences=frozenset(text["sentences"]),
        verbs=frozenset(text["verbs"]),
        lead_ins=tuple(sorted(text["lead_ins"], key=len, reverse=True)),
        at=tuple(text["at"]),
        at_last=tuple(text["at_last"]),
        longest_route=max(len(k) for k in routes),
        states=_states(raw["state_prefixes"]),
        codes=_codes(raw["codes"]),
        code_suffixes=raw["code_suffixes"],
        plain_codes=frozenset(raw["code_plain"]["codes"]),
        postmile_counties=raw["postmile_counties"],
    )


def _states(raw: dict[str, list[str]]) -> dict[str, str]:
    """Return states by their code in capitals and by their name in small letters."""
    names = {n: code for code, spelled in raw.items() for n in spelled if len(n) > 4}
    short = {n: c for c, spelled in raw.items() for n in spelled if n in ("iowa", "ohio", "utah")}
    return {**{code: code for code in raw}, **names, **short}


def _codes(raw: dict[str, dict[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return what each code of a department of transportation can stand for, departments in
    order of their name; equal meanings once."""
    found: dict[str, dict[str, None]] = {}
    for department in sorted(raw):
        for code, meaning in raw[department].items():
            found.setdefault(code, {})[meaning] = None
    return {code: tuple(meanings) for code, meanings in found.items()}


_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)", re.IGNORECASE)
_NUMBERED = re.compile(r"^(\d+)([a-z]{2,})$")
_GLUED = re.compile(r"^([a-z]{1,5})(\d+[a-z]{0,2})$")
_CODE = re.compile(r"^(?P<code>[a-z]{2})(?P<number>\d{4})(?P<behind>\d\d|[a-z]{1,2})?$")
_CODE_NUMBER = re.compile(r"^(\d{1,4})([a-z])?$")


_MARKS = re.compile("[\u0300-\u036f]")


def tokens(name: str) -> list[str]:
    """Return the lower-case words of a road name, punctuation gone, "US-26" and "US26" taken apart.

    >>> tokens("U.S. Hwy. 33"), tokens("ORE217"), tokens("Wal-Mart Dr.")
    (['us', 'hwy', '33'], ['ore', '217'], ['wal', 'mart', 'dr'])
    """
    # lists and maps write accents as they please: Peña is Pena
    plain = unicodedata.normalize("NFKD", name) if not name.isascii() else name
    text = _MARKS.sub("", plain).lower().replace("&", " and ")
    # "U.S." and "N.E." are one word, "St.Clair" is two
    text = re.sub(r"\b((?:[a-z]\.){2,})", lambda m: m.group(1).replace(".", "") + " ", text)
    text = re.sub(r"[’'`´]", "", text)
    text = re.sub(r"[^0-9a-zà-ÿ]+", " ", text)
    found: list[str] = []
    for word in _decoded(text.split()):
        glued = _GLUED.match(word)
        numbered = _NUMBERED.match(word)
        if glued and (glued.group(1),) in words().route:
            found += glued.groups()
        elif numbered and numbered.group(2) in words().suffix and not _ORDINAL.fullmatch(word):
            found += numbered.groups()
        else:
            found.append(word)
    return found


def _decoded(parts: list[str]) -> list[str]:
    """Return words with the codes of departments of transportation spelled out: "bu0059c",
    "bu 59" and "sl 1604" are a business route and a loop."""
    table = words()
    found: list[str] = []
    at = 0
    while at < len(parts):
        match = _CODE.match(parts[at])
        follows = _CODE_NUMBER.match(parts[at + 1]) if at + 1 < len(parts) else None
        padded = follows is not None and len(follows[1]) == 4 and follows[1].startswith("0")
        if match and match["code"] in table.codes:
            found += _spelled(match["code"], match["number"], match["behind"] or "")
            at += 1
        elif follows and parts[at] in table.codes and (padded or parts[at] in table.plain_codes):
            letter = parts[at + 2] if at + 2 < len(parts) and len(parts[at + 2]) == 1 else ""
            found += _spelled(parts[at], follows[1], follows[2] or letter)
            at += 3 if letter and not follows[2] and letter not in table.direction else 2
        else:
            found.append(parts[at])
            at += 1
    return found


def _spelled(code: str, number: str, behind: str) -> list[str]:
    table = words()
    branch = table.code_suffixes.get(behind, "")
    meaning = table.codes[code][-1].replace("{n}", number.lstrip("0") or "0")
    # a letter behind a business route tells which of several it is; signs do not show it
    letter = behind if len(behind) == 1 and "business" not in meaning else ""
    return [*(meaning + letter).split(), *branch.split()]


def ordinal_number(word: str) -> str | None:
    """Return the number of an ordinal ("5th", "fifth", "twenty first"), as text, or None.

    >>> ordinal_number("22nd"), ordinal_number("fourth"), ordinal_number("main")
    ('22', '4', None)
    """
    match = _ORDINAL.fullmatch(word)
    if match:
        return match.group(1).lstrip("0") or "0"
    return words().ordinal.get(word.lower())


def is_route(parts: list[str]) -> bool:
    """Tell whether words announce a route number: a known prefix and then a number ("us", "33")."""
    return route_at(parts) is not None


def route_at(parts: list[str]) -> tuple[int, str, str | None] | None:
    """Return (count of prefix words, class, state) when `parts` begin with a route prefix and a
    number, else None.

    >>> route_at(["us", "hwy", "59"]), route_at(["main", "st"])
    ((2, 'US', None), None)
    """
    table = words()
    for count in range(min(table.longest_route, len(parts) - 1), 0, -1):
        system = table.route.get(tuple(parts[:count]))
        if system and (
            _is_number(parts[count])
            or (system[0] == "county" and _is_letter(parts[count]))
            or (len(parts) == count + 1 and _lettered(system) and _is_letter(parts[count]))
        ):
            return count, *system
    return None


def _lettered(system: tuple[str, str | None]) -> bool:
    """Tell whether routes of a system may have a letter for a number ("Route K", "MO DD")."""
    return system[0] == "any" or system in (("state", None), ("state", "MO"))


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(r"\d+[a-z]{0,2}", word)) and not _ORDINAL.fullmatch(word)


def _is_letter(word: str) -> bool:
    # Wisconsin and Minnesota letter their county roads: "County Road E"
    return bool(re.fullmatch(r"[a-z]{1,2}", word)) and word not in words().suffix and word != "of"


def looks_like_road(text: str) -> bool:
    """Tell whether `text` reads as a road by its words: a suffix at its end, a route number, or an
    ordinal.

    >>> (looks_like_road("Carlos Ave."), looks_like_road("MN 101"),
    ...  looks_like_road("Coon Rapids, MN"))
    (True, True, False)
    """
    parts = tokens(text)
    if not parts:
        return False
    if is_route(parts) or any(ordinal_number(p) for p in parts):
        return True
    table = words()
    while len(parts) > 1 and parts[-1] in table.direction:
        parts.pop()
    return len(parts) > 1 and parts[-1] in table.suffix and parts[-1] not in TOWNISH


TOWNISH = frozenset(
    {
        "park",
        "parks",
        "lake",
        "lakes",
        "falls",
        "springs",
        "grove",
        "heights",
        "hills",
        "hill",
        "hts",
        "valley",
        "center",
        "centre",
        "beach",
        "rapids",
        "harbor",
        "island",
        "ridge",
        "river",
        "view",
        "village",
        "port",
        "ford",
        "field",
        "point",
        "glen",
        "forest",
        "garden",
        "gardens",
        "union",
        "mount",
        "mill",
        "mills",
    }
)
"""Suffixes that end the names of towns as often as those of roads ("Spring Lake Park", "Coon
Rapids"). """


@lru_cache(maxsize=4096)
def folded_near(word: str) -> tuple[tuple[str, int], ...]:
    """Return the words that are folded to digits or short forms ("seventh", "center") from which
    `word` differs by one letter or two, and by how many.

    >>> ("center", 1) in folded_near("centeer"), folded_near("magnolia")
    (True, ())
    """
    long = (w for w, short in words().suffix.items() if len(w) > len(short))
    near = ((w, OSA.distance(word, w)) for w in (*words().ordinal, *long))
    return tuple((w, off) for w, off in near if 0 < off <= 2)
