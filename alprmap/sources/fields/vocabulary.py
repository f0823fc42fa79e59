"""The alias tables of data/aliases as lookups: names of columns, makers, closed vocabularies, the
study area.

Normalizing is data: to teach alprmap a new column heading or maker, add a line to a table, not
code."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from alprmap import direction
from alprmap.shipped import alias_rows
from alprmap.text import header as _header

_COMPANY = re.compile(r"\b(?:inc|incorporated|llc|ltd|corp|corporation|co|company)\b\.?|'s\b")
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def unaccented(text: str) -> str:
    """Return a text without accents, for comparing: lists are written with and without.

    >>> unaccented("Fecha de instalación, Längengrad")
    'Fecha de instalacion, Langengrad'
    """
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if not unicodedata.combining(c))


def header(name: str) -> str:
    """Return a column, tag or property name as the alias tables are compared: without accents.

    >>> header("Ubicación"), header("Go-Live_Date ")
    ('ubicacion', 'go live date')
    """
    return unaccented(_header(name))


@cache
def fields() -> dict[str, tuple[str, int]]:
    """Return header → (field, rank) of data/aliases/fields.csv."""
    return {header(r["name"]): (r["field"], int(r["rank"])) for r in alias_rows("fields")}


@cache
def squeezed() -> dict[str, tuple[str, int]]:
    """Return the same with the blanks of the names left out: "SiteID" is "site id"."""
    out: dict[str, tuple[str, int]] = {}
    for name, meant in fields().items():
        out.setdefault(name.replace(" ", ""), meant)
    return out


@cache
def words(which: str) -> dict[str, str | None]:
    """Return text → word of one list of data/aliases/words.csv (None where the text means "not
    known")."""
    return {r["text"]: r["value"] or None for r in alias_rows("words") if r["list"] == which}


@lru_cache(maxsize=8192)
def word(which: str, text: str) -> str | None:
    """Return the word that `text` stands for in list `which`, None when the table does not have
    it; "device" and "status" are read from their own tables of phrases.
    """
    if which == "device":
        return device(text)
    if which == "status":
        return status(text)
    return words(which).get(" ".join(text.casefold().split()))


_PARTS = re.compile(r"[^a-z0-9]+")
_SEGMENTS = re.compile(r"[()\[\];,:*–—]|\s-\s")
_DATES = re.compile(
    r"\b(?:\d{1,4}[/.-]){1,2}\d{1,4}\b|\b(?:19|20)\d\d\b|\b(?:q[1-4]|on|in|by|since|as of)\b"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A line of a table of phrases: words as they are folded, what they stand for, and where."""

    words: str
    value: str
    where: str


@cache
def phrases(table: str) -> tuple[Phrase, ...]:
    """Return the phrases of devices.csv or statuses.csv in the order they are tried."""
    value = {"devices": "device", "statuses": "status"}[table]
    return tuple(
        Phrase(" ".join(_PARTS.split(words.strip())), r[value], r.get("where") or "column")
        for r in alias_rows(table)
        for words in r["words"].split("|")
    )


def _folded(text: str) -> str:
    return f" {' '.join(_PARTS.sub(' ', unaccented(text).casefold()).split())} "


@lru_cache(maxsize=8192)
def device(text: str) -> str | None:
    """Return the word of `alprmap.schema.DEVICE` that a text names, None when it names none (S15).

    >>> device("speed_camera"), device("camera;ALPR"), device("Radar speed sign"), device("pole 7")
    ('speed', 'alpr', 'other', None)
    """
    named = [d for part in text.split(";") if (d := _first("devices", _folded(part)))]
    if "alpr" in named:
        return "alpr"
    if named:
        return named[0]
    return "unknown" if is_missing(text) else None


@lru_cache(maxsize=8192)
def device_in(text: str) -> str | None:
    """Return the device other than a plate reader that a name or a description states, None when
    its first phrase is one that only a column of devices may state. A word that is a road as well
    (Toll Rd, Raven Ave) states a device where a number is all that stands beside it.

    >>> device_in("Red light cam"), device_in("Gunshot sensor 4"), device_in("LPR with camera")
    ('red_light', 'other', None)
    >>> device_in("Raven 12"), device_in("Raven Ave & Main St")
    ('other', None)
    """
    folded = _folded(text)
    bare = " ".join(w for w in folded.split() if not w.strip("#").isdigit())
    for phrase in phrases("devices"):
        if f" {phrase.words} " not in folded:
            continue
        if phrase.where != "alone" or bare == phrase.words:
            return None if phrase.where == "column" else phrase.value
    return None


@lru_cache(maxsize=8192)
def status(text: str) -> str | None:
    """Return the word of `alprmap.schema.STATUS` that a status column means, None when no phrase of
    the table stands in it (S7).

    >>> status("Removed 3/2025"), status("Not yet installed"), status("In service"), status("x")
    ('removed', 'planned', 'standing', None)
    """
    return _first("statuses", _folded(text)) or ("unknown" if is_missing(text) else None)


@lru_cache(maxsize=8192)
def status_in(text: str) -> str | None:
    """Return the status that a note or a place in words states: by a phrase that says it anywhere,
    or by a part of the text that says nothing else, None when it states none (S7).

    >>> status_in("Main St & 5th St (pending)"), status_in("Planned Parenthood lot")
    ('planned', None)
    >>> status_in("NE corner, decommissioned 08/15/2025"), status_in("to be removed")
    ('removed', 'standing')
    """
    found = _first("statuses", _folded(text), where="row")
    if found is not None:
        return found
    for part in _SEGMENTS.split(text.casefold()):
        plain = _folded(_DATES.sub(" ", part)).strip()
        for phrase in phrases("statuses"):
            if plain == phrase.words:
                return None if phrase.value == "standing" else phrase.value
    return None


def _first(table: str, folded: str, *, where: str = "") -> str | None:
    return next(
        (
            p.value
            for p in phrases(table)
            if f" {p.words} " in folded and (not where or p.where == where)
        ),
        None,
    )


@lru_cache(maxsize=8192)
def is_missing(text: str) -> bool:
    """Tell whether `text` only says that something is not known.

    >>> is_missing("N/A"), is_missing("Unknown"), is_missing("Flock")
    (True, True, False)
    """
    return " ".join(text.casefold().split()) in words("missing")


@dataclass(frozen=True, slots=True)
class Vendor:
    """A maker: its name, and whether that name in an operator field always means the maker."""

    name: str
    never_operator: bool


@cache
def _vendors() -> tuple[dict[str, Vendor], tuple[tuple[str, Vendor], ...]]:
    exact: dict[str, Vendor] = {}
    begins: list[tuple[str, Vendor]] = []
    for row in alias_rows("vendors"):
        vendor = Vendor(row["vendor"], row["never_operator"] == "yes")
        alias = row["alias"].rstrip("*")
        exact[_company_key(alias)] = vendor
        if row["alias"].endswith("*"):
            begins.append((_company_key(alias) + " ", vendor))
        exact.setdefault(_company_key(row["vendor"]), vendor)
    return exact, tuple(begins)


def _company_key(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold().replace("’", "'")
    return _NOT_WORD.sub(" ", _COMPANY.sub(" ", plain)).strip()


@lru_cache(maxsize=8192)
def vendor(text: str) -> Vendor | None:
    """Return the maker that `text` names, None when the alias table does not know it.

    Of several names ("Flock Safety;Motorola Solutions") all must mean the same maker.

    >>> vendor("Flock Group Inc.").name, vendor("Motorola/Vigilant").name
    ('Flock Safety', 'Motorola Solutions')
    >>> vendor("Laredo Police Department") is None
    True
    """
    if ";" in text:
        found = {v.name: v for v in (vendor(part) for part in text.split(";")) if v}
        return next(iter(found.values())) if len(found) == 1 else None
    exact, begins = _vendors()
    key = _company_key(text)
    if key in exact:
        return exact[key]
    return next((v for start, v in begins if key.startswith(start)), None)


def is_a_makers_name(text: str) -> bool:
    """Tell whether a text is a maker's name as the table has it, and nothing beside it.

    >>> is_a_makers_name("Neology, Inc."), is_a_makers_name("Motorola Doe")
    (True, False)
    """
    return _company_key(text) in _vendors()[0]


Box = tuple[float, float, float, float]


@cache
def us_boxes() -> tuple[Box, ...]:
    """Return the boxes (west, south, east, north) where US cameras can stand."""
    return tuple(
        (float(r["west"]), float(r["south"]), float(r["east"]), float(r["north"]))
        for r in alias_rows("areas")
    )


@lru_cache(maxsize=4096)
def is_point(text: str) -> bool:
    """Tell whether a text is the name of a compass point and nothing else: no part of it is left
    unread, and its last word is one by itself ("E St" is no "est").

    >>> is_point("Norte"), is_point("south-west"), is_point("North Ave"), is_point("90")
    (True, True, False, False)
    >>> is_point("Main St & E St"), is_point("E St"), is_point("north west")
    (False, False, True)
    """
    if any(map(str.isdigit, text)):
        return False
    whole = direction.parse(text)
    if len(whole.views) != 1 or whole.quality != direction.CARDINAL:
        return False
    return bool(direction.parse(text.split()[-1]).views)


@lru_cache(maxsize=4096)
def is_state(text: str) -> bool:
    """Tell whether a text is the code or the name of a state, and nothing else.

    >>> is_state("tx"), is_state("New Mexico"), is_state("Active")
    (True, True, False)
    """
    plain = " ".join(text.split()).casefold()
    return plain in _state_words()


@cache
def _state_words() -> frozenset[str]:
    return frozenset(word.casefold() for pair in states().items() for word in pair)


@cache
def states() -> dict[str, str]:
    """Return postal abbreviation → name of the states of data/aliases/states.csv."""
    return {r["code"]: r["name"] for r in alias_rows("states")}
