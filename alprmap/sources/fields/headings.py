"""Lines of a table that are no rows: section headings, totals and notes at its foot (S1)."""

from __future__ import annotations

import re
from typing import Any

from alprmap.sources.fields import vocabulary
from alprmap.sources.formats.rows import Row
from alprmap.text import as_text, clean

_WORD = re.compile(r"[^\W_]+")
_RULE = re.compile(r":?[-=_—]{2,}:?")
"""What a line across a table is drawn with (Markdown, programs for the terminal)."""
_LEADING = re.compile(r"[*\s]*(?P<words>[a-z][a-z /-]*)", re.IGNORECASE)


def filled(row: Row) -> list[str]:
    """Return the cells of a row that hold something, as text."""
    cells = (
        clean(as_text(v))[0] for k, v in row.items() if not k.startswith("$") and v is not None
    )
    return [c for c in cells if c]


def why_no_row(row: Row, *, lone: bool, names_a_place: bool) -> str | None:
    """Return a sentence when a row without a position is a heading, a total or a note of the table,
    else None.

    Parameters
    ----------
    lone
        True when other rows of the table fill several cells, so that one cell alone is no row.
    names_a_place
        True when its words name a road, an exit or a milepost.
    """
    cells = filled(row)
    if not cells:
        return None
    if all(_RULE.fullmatch(c) for c in cells):
        return "a line drawn between the rows"
    first = next((c for c in cells if not c.replace(",", "").replace(".", "").isdigit()), "")
    found = _LEADING.match(first)
    words = " ".join(found["words"].casefold().split()) if found else ""
    rest = [c for c in cells if c != first]
    counted = all(re.fullmatch(r"[\d,.$ ]+", c) for c in rest)
    if counted and _is_total(words):
        return f"a total or a note of the table, not a camera: {first[:60]}"
    if lone and len(cells) == 1 and not names_a_place:
        return f"a heading between the rows, not a camera: {first[:60] or cells[0][:60]}"
    return None


def status_of(row: Row, before: str | None) -> str | None:
    """Return the status that a line between the rows gives to those below it: one that says
    nothing else ("DECOMMISSIONED", "Removed cameras", "Proposed locations (2026)"), None below
    any other heading; a total or a note changes nothing (S7).

    >>> status_of({"a": "REMOVED CAMERAS"}, None), status_of({"a": "DISTRICT 2"}, "removed")
    ('removed', None)
    >>> status_of({"a": "Total", "b": "3"}, "removed")
    'removed'
    """
    cells = filled(row)
    if len(cells) != 1:
        return before
    heading = vocabulary.words("word of a heading")
    words = [
        w for w in _WORD.findall(vocabulary.unaccented(cells[0]).casefold()) if not w.isdigit()
    ]
    bare = " ".join(w for w in words if w not in heading)
    return next((p.value for p in vocabulary.phrases("statuses") if p.words == bare), None)


def _is_total(words: str) -> bool:
    return any(vocabulary.word("table note", " ".join(words.split()[:n])) for n in (1, 2, 3))


def marks(value: Any) -> bool:
    """Tell whether a cell under a date only marks that the camera stood then ("x", "yes", 1)."""
    return bool(vocabulary.word("mark", clean(as_text(value))[0]))
