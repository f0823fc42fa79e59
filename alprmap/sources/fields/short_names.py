"""Column names that a Shapefile cut to ten letters, told again from the alias tables.

A DBF holds ten letters of a name and no colon, so ``surveillance:type`` arrives as ``surveillan``
and its twin ``surveillance`` as ``surveill_1``. Which one a column is shows in its values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from alprmap import direction
from alprmap.sources.fields import vocabulary
from alprmap.text import as_text

LENGTH = 10
"""Letters that a DBF keeps of a name (dBase III, and so ESRI's Shapefile description of 1998)."""
_APART = re.compile(r"[^a-z0-9]+")
_NUMBERED = re.compile(r"_?\d{1,2}$")
_WIKIDATA = re.compile(r"Q\d+")
_OSM_KEYS = ("surveillance:type", "surveillance:zone", "surveillance", "operational status")
"""Keys whose ten letters may stand for several fields or for none of the alias table."""


@cache
def _cut() -> Mapping[str, tuple[str, ...]]:
    """Return ten letters → the full names that begin with them, better-ranked first."""
    table = vocabulary.fields()
    names = sorted({*table, *_OSM_KEYS}, key=lambda n: (table.get(n, ("", 9))[1], len(n), n))
    out: dict[str, list[str]] = {}
    for name in names:
        if len(name) <= LENGTH:
            continue
        for mark in ("_", ""):
            short = _APART.sub(mark, name)[:LENGTH]
            if len(short) == LENGTH and name not in out.setdefault(short, []):
                out[short].append(name)
    return {short: tuple(found) for short, found in out.items()}


def full(name: str, values: Sequence[Any] = ()) -> str | None:
    """Return the name that was cut to `name`, None when it is whole or stands for none we know.

    Parameters
    ----------
    name
        The name as the file has it.
    values
        Some values of the column: they decide where several names begin alike.

    >>> full("Install_Da"), full("surveillan", ["ALPR"]), full("surveillan", ["public"])
    ('install date', 'surveillance:type', 'surveillance')
    >>> full("direction"), full("manufactur", ["Flock Safety"])
    (None, 'manufacturer')
    """
    plain = name.strip().casefold()
    if vocabulary.header(name) in vocabulary.fields() or len(plain) < LENGTH - 1:
        return None
    short = _APART.sub("_", plain)
    found = _cut().get(short[:LENGTH]) if len(plain) == LENGTH else None
    if not found and _NUMBERED.search(short):
        stem = _NUMBERED.sub("", short)
        found = tuple(n for s, names in _cut().items() if s.startswith(stem) for n in names)
    if not found:
        return None
    texts = [as_text(v).strip() for v in values if v not in (None, "")]
    return max(found, key=lambda n: (_fit(n, texts), -found.index(n)))


def _fit(name: str, texts: Sequence[str]) -> float:
    """Return the share of values that column `name` could hold, less where anything would do."""
    field = vocabulary.fields().get(name, ("", 9))[0]
    told = {
        "device": _is_device,
        "surveillance": lambda t: t.casefold() in ("public", "outdoor", "indoor", "private"),
        "zone_tag": lambda t: vocabulary.word("setting zone", t) is not None,
        "direction": lambda t: bool(direction.parse(t).views),
        "vendor_wikidata": lambda t: _WIKIDATA.fullmatch(t) is not None,
        "vendor": lambda t: vocabulary.vendor(t) is not None,
    }.get(field)
    if not texts:
        return 0.3 if field == "device" else 0.25
    if told is None:
        return 0.25
    return sum(map(told, texts)) / len(texts)


def _is_device(text: str) -> bool:
    return any(vocabulary.word("device", t.strip().replace("_", " ")) for t in text.split(";"))
