"""Texts of our own that come to a report in English, in its language: what was set aside, a title
that we proposed, the notice of a source. Names and words of others stay as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from alprmap.claims import ASIDE_NAMES

_ISO_DAY = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?\b")
_COUNTED = re.compile(
    r"(?P<n>[\d,]+) standing readers?(?P<where> in the United States)?;"
    r" (?:nothing set aside|set aside: (?P<parts>.+))"
)
_PART = re.compile(r"([\d,]+) (.+)")
_REASONS = {name: reason for reason, names in ASIDE_NAMES.items() for name in names}
_HOLE = r"(?P<\1>.+)"


def aside_text(sentence: str, words: Mapping[str, Any]) -> str:
    """Return the sentence of `alprmap.claims.counted_sentence` in the `words` of a language."""
    said = words["set_aside"]
    found = _COUNTED.fullmatch(sentence)
    if found is None:
        return sentence
    one = found["n"] == "1"
    out = str(said["reader" if one else "readers"]).format(n=found["n"])
    out += str(said["here"]) if found["where"] else ""
    if not found["parts"]:
        return f"{out}; {said['nothing']}"
    parts = ", ".join(_part(text, words) for text in found["parts"].split(", "))
    return f"{out}; {said['aside']} {parts}"


def _part(text: str, words: Mapping[str, Any]) -> str:
    found = _PART.fullmatch(text)
    reason = _REASONS.get(found[2]) if found else None
    if found is None or reason is None:
        return text
    return f"{found[1]} {words['aside'][reason][found[1] != '1']}"


def title_text(title: str, theirs: Mapping[str, str], english: Mapping[str, str]) -> str:
    """Return a title that has one of the `english` forms in the form of `theirs`; any other as it
    is."""
    for key, form in english.items():
        pattern = re.sub(r"\\\{(\w+)\\\}", _HOLE, re.escape(form))
        if found := re.fullmatch(pattern, title):
            return theirs[key].format(**found.groupdict())
    return title


def source_text(line: str, theirs: Mapping[str, str], english: Mapping[str, str]) -> str:
    """Return the line of a source with our own words of it in a language; names and the marks of
    licenses stay."""
    for key, words in english.items():
        line = line.replace(words, theirs[key])
    return line


def days_text(text: str, words: Mapping[str, Any]) -> str:
    """Return a text with every ISO date in it (years alone stay) as a person writes it.

    >>> from alprmap.publish.report.firstpage import report_words
    >>> days_text("newest date 2026-01-02, before 2025-10", report_words("en"))
    'newest date January 2, 2026, before October 2025'
    """
    return _ISO_DAY.sub(lambda found: day_text(found[0], words), text)


def day_text(day: str, words: Mapping[str, Any]) -> str:
    """Return an ISO date of any precision as a person writes it: April 2026."""
    parts = day.split("-")
    if not parts[0].isdigit() or not all(p.isdigit() for p in parts[1:]):
        return day
    if len(parts) == 1:
        return day
    month = words["months"]["names"][int(parts[1]) - 1]
    if len(parts) == 2:
        return str(words["months"]["month"]).format(month=month, year=parts[0])
    return str(words["months"]["day"]).format(month=month, year=parts[0], day=int(parts[2]))
