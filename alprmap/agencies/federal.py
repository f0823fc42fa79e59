"""Federal bodies under every name they go by (S10; data/aliases/federal_bodies.csv).

A body's name in words or by acronym, in either order and together, with "U.S." or the body it is
part of beside it, is that body: "Customs & Border Protection (CBP)", "DHS - ICE", "ICE HSI". What
else stands there is an office of it: "ATF Nashville", "Border Patrol, Del Rio Sector".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from alprmap.agencies.words import plain
from alprmap.shipped import alias_rows

_Words = tuple[str, ...]
_LEFT_OUT = frozenset({"and", "the", "of", "for"})
_OFFICE = frozenset(
    {
        *("office", "offices", "field", "sector", "station", "division", "district", "region"),
        *("regional", "resident", "headquarters", "hq", "checkpoint", "task", "force", "post"),
    }
)
"""One of these words makes an office of what follows an acronym that is a word too."""
_LETTERS = re.compile(r"\b[a-z](?: [a-z]\b)+")
_WRITTEN_OUT = {"dept": "department", "dep": "department", "usa": "us", "admin": "administration"}


@dataclass(frozen=True, slots=True)
class Federal:
    """A federal body by its printed name, and the words of the office of it that is meant, ()
    where the body itself is."""

    body: str
    office: _Words


@dataclass(frozen=True, slots=True)
class _Body:
    name: str
    names: tuple[_Words, ...]
    alone: tuple[_Words, ...]
    beside: tuple[_Words, ...]
    behind: tuple[_Words, ...]
    begins: frozenset[str]
    """The first words of what only it is called; without one of them a text does not name it."""


@lru_cache(maxsize=65_536)
def federal_body(text: str) -> Federal | None:
    """Return which federal body a name says, None where it says none.

    >>> federal_body("Customs & Border Protection (CBP)").body
    'U.S. Customs and Border Protection'
    >>> federal_body("DHS/ICE - HSI"), federal_body("Border Patrol, Del Rio Sector")
    (Federal(body='Homeland Security Investigations', office=()), \
Federal(body='U.S. Border Patrol', office=('del', 'rio', 'sector')))
    >>> federal_body("Ice House Apartments") is None
    True
    """
    words = _words(text)
    said = set(words)
    if not _first_words() & said:
        return None
    likely = [body for body in _bodies() if body.begins & said]
    found = [one for body in likely if (one := _as(body, words)) is not None]
    # of a body and the one it is part of the part is meant: less is left for an office
    return min(found, key=lambda f: len(f.office), default=None)


def _as(body: _Body, words: _Words) -> Federal | None:
    """Return what words say if they name a body: it, or an office of it."""
    own = (*body.names, *body.alone)
    start = 0
    while not (first := _longest(own, words, start)) and (n := _longest(body.beside, words, start)):
        start += n
    if not first:
        return _inside(body, words)
    at = start + first
    while n := _longest((*own, *body.beside), words, at):
        at += n
    office = words[at:]
    sure = bool(_longest(body.names, words, start)) or at > first
    if office and not sure and not _OFFICE & set(office):
        return None
    return Federal(body.name, office)


def _inside(body: _Body, words: _Words) -> Federal | None:
    """Return the office whose place stands before the body's name in words ("El Paso Border
    Patrol"), where such a name can be no other body's: states have departments of their own, and
    counties drug enforcement agencies."""
    for at in range(1, len(words)):
        if n := _longest(body.behind, words, at):
            return Federal(body.name, words[:at] + words[at + n :])
    return None


def _longest(names: tuple[_Words, ...], words: _Words, at: int) -> int:
    """Return how many words from a place on are the longest of some names, 0 where none begins."""
    return max((len(n) for n in names if words[at : at + len(n)] == n), default=0)


def _words(text: str) -> _Words:
    # "U.S." and "I.C.E." are letters by themselves once the points are gone
    bare = _LETTERS.sub(lambda m: m[0].replace(" ", ""), plain(text))
    said = [_WRITTEN_OUT.get(w, w) for w in bare.split()]
    joined = f" {' '.join(said)} ".replace(" united states ", " us ")
    return tuple(w for w in joined.split() if w not in _LEFT_OUT)


@cache
def _bodies() -> tuple[_Body, ...]:
    rows = {row["name"]: row for row in alias_rows("federal_bodies")}

    def names(row: dict[str, str], *columns: str) -> tuple[_Words, ...]:
        texts = [t for column in columns for t in row[column].split("|") if t]
        return tuple(dict.fromkeys(_words(text) for text in texts))

    out = []
    for name, row in rows.items():
        beside: list[_Words] = [("us",), ("federal",)]
        above = row["under"]
        while above:
            beside += names(rows[above], "name", "short", "alone", "words")
            above = rows[above]["under"]
        own, alone = names(row, "name", "short", "words"), names(row, "alone")
        behind = names(row, "behind")
        begins = frozenset(n[0] for n in (*own, *alone, *behind) if n)
        out.append(_Body(name, own, alone, tuple(beside), behind, begins))
    return tuple(out)


@cache
def _first_words() -> frozenset[str]:
    return frozenset(n[0] for body in _bodies() for n in (*body.names, *body.alone))
