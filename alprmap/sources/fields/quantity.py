"""S16: a row that says how many cameras stand at its place is as many reports, each marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from alprmap import direction
from alprmap.sources.fields import vocabulary
from alprmap.sources.fields.numbers import parse_count
from alprmap.text import as_text, clean

MOST = 50
"""Cameras of one row that become reports; a larger number is that of a town, and stays a note."""
_DEVICES = r"(?:camera|cam|lpr|alpr|unit|device|reader|head|ea|each|total)s?"
_BEHIND = rf"(?:\s*[a-z ]*{_DEVICES}\.?)?"
_NUMBER = re.compile(
    rf"[x×(#]?\s*(?P<n>\d{{1,4}})\s*[)x×]?(?:\s*\([a-z -]{{2,20}}\))?{_BEHIND}", re.IGNORECASE
)
_IN_WORDS = re.compile(rf"(?P<w>[a-z][a-z ]*?)\s*(?:\((?P<n>\d{{1,4}})\))?{_BEHIND}", re.IGNORECASE)


def stated(picked: Mapping[str, Any], in_place: int | None, done: list[str]) -> int:
    """Return how many cameras a quantity column, else the place in words, says there are; 1 when
    neither says.

    >>> stated({"quantity": "2 cameras"}, None, []), stated({"quantity": "Two"}, None, [])
    (2, 2)
    >>> stated({"quantity": "two (2) LPRs"}, None, []), stated({"quantity": "a pair"}, None, [])
    (2, 2)
    >>> stated({}, 3, []), stated({"declared_cameras": 2}, None, [])
    (3, 2)
    """
    value = picked.get("quantity", picked.get("declared_cameras"))
    if value is None:
        return in_place or 1
    text = clean(as_text(value))[0].casefold()
    number = parse_count(value)
    if number is None and (found := _NUMBER.fullmatch(text)):
        number = float(found["n"])
    if number is None:
        number = _in_words(text)
    if number is None or not number.is_integer():
        if text and "quantity" in picked:
            done.append(f"quantity not readable: {text[:40]}")
        return in_place or 1
    return int(number) or 1


def by_way(text: str) -> list[tuple[int, str]]:
    """Return (cameras, direction) of a text that counts them by direction and says nothing else.

    >>> by_way("1 NB / 2 SB"), by_way("2 EB"), by_way("1 north, 1 south"), by_way("2 lanes")
    ([(1, 'NB'), (2, 'SB')], [(2, 'EB')], [(1, 'north'), (1, 'south')], [])
    """
    out = []
    for part in _PARTED.split(text):
        found = _WAY.fullmatch(part.strip())
        if found is None or len(direction.parse(found["way"]).views) != 1:
            return []
        out.append((int(found["n"]), found["way"]))
    return out


_WAY = re.compile(r"(?P<n>[1-9])\s*[x×]?\s*(?P<way>[a-z][a-z./ -]{0,14})", re.IGNORECASE)


def _in_words(text: str) -> float | None:
    """Return a number in words ("two", "two (2) LPRs", "a pair", "dual cameras"), else None."""
    for found in (_IN_WORDS.fullmatch(text), _IN_WORDS.fullmatch(text.partition(" ")[0])):
        known = vocabulary.word("number", found["w"]) if found else None
        if found and known is not None:
            return float(found["n"] or known)
    return None


_SEGMENTS = re.compile(r"[;,.()\n]|\s[-–]\s")
_ONLY = re.compile(
    r"[x×]?\s*(?P<n>\d{1,2}|[a-z]+(?: [a-z]+)?)(?:\s*\(\d{1,2}\))? (?:[a-z]+ )?"
    r"(?:cameras|cams|lprs|alprs|anprs|readers)"
)


def in_notes(picked: Mapping[str, Any]) -> int:
    """Return how many cameras a note says there are, in a part of it that says nothing else ("two
    cameras; on the signal arm"); 1 where none does.

    >>> in_notes({"note": ["two cameras, on the mast arm"]}), in_notes({"note": ["sees 2 lanes"]})
    (2, 1)
    >>> in_notes({"note": ["one of 3 cameras"]}), in_notes({"description": "3 LPR cams"})
    (1, 3)
    """
    for value in (*picked.get("note", ()), picked.get("description")):
        if not isinstance(value, str) or len(value) > _LONGEST_NOTE:
            continue
        for part in _SEGMENTS.split(value.casefold()):
            found = _ONLY.fullmatch(part.strip())
            if found is None:
                continue
            text = found["n"]
            number = float(text) if text.isdigit() else _in_words(text)
            if number is not None and 1 < number <= MOST:
                return int(number)
    return 1


_LONGEST_NOTE = 200


def _one_each(text: str, number: int) -> list[str] | None:
    """Return the directions of a text as they are written, where there are as many as cameras."""
    parts = [p.strip() for p in _PARTED.split(text)]
    each = len(parts) == number and all(len(direction.parse(p).views) == 1 for p in parts)
    return parts if each else None


_PARTED = re.compile(r"[;,/&]|\band\b", re.IGNORECASE)


def copies(report: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    """Yield the reports of a row that names `number` cameras, the first of which keeps its name.

    Where the row gives as many directions as cameras each has one of them; otherwise the first has
    what is written and of the others none is known.
    """
    mark = f"the source names {number} cameras here"
    note = "; ".join(filter(None, (report.get("note"), mark)))
    if not 1 < number <= MOST:
        yield {**report, "note": note} if number > 1 else report
        return
    views = direction.parse(report["direction_raw"]).views if report.get("direction_raw") else ()
    parts = _one_each(report["direction_raw"], number) if views else None
    if parts is None and len(views) == number:
        parts = [f"{v.heading_deg:g}" for v in views]
    marked = "; ".join(filter(None, (report.get("changes"), f"{number} cameras in one row")))
    for turn in range(1, number + 1):
        one = {**report, "note": note, "changes": marked}
        if turn > 1:
            one["source_record"] = f"{report['source_record']}#{turn}"
            one["label"] = None
        if parts is not None:
            one["direction_raw"] = parts[turn - 1]
        elif turn > 1:
            one["direction_raw"] = None
        yield one
