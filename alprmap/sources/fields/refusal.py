"""Why a single row cannot become a report: raised by the parsers of a row, collected by
`normalize`."""

from __future__ import annotations

from alprmap.errors import InputError


def refused(rule: str, sentence: str) -> InputError:
    """Return the error for a row that cannot be used; `rule` groups refusals, `sentence` is for a
    clerk."""
    error = InputError(sentence)
    error.add_note(rule)
    return error


def rule_of(error: InputError) -> str:
    """Return the rule of a row's error (``unusable`` when it was raised without one)."""
    notes: list[str] = getattr(error, "__notes__", [])
    return notes[0] if notes else "unusable"
