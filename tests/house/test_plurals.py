"""A count and its noun agree: "1 camera", "2 cameras" (`alprmap.text.number_of`)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "alprmap"
# words that end in s and are no plural of what is counted
NO_NOUN = re.compile(
    "is|was|has|as|gives|holds|lacks|lies|means|names|needs|stands|does|goes|times"
)
# limits of ours, none of which is one
LIMITS = {"_LINE", "MAX_ODD", "MAX_SIGHTINGS", "wide", "cams"}


def spec_of(value: ast.FormattedValue) -> str:
    if not isinstance(value.format_spec, ast.JoinedStr):
        return ""
    parts = value.format_spec.values
    return "".join(str(p.value) if isinstance(p, ast.Constant) else "?" for p in parts)


def loose_counts(source: str) -> list[str]:
    """Return the counts ("{n:,} cameras") that read the same for one and for many."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, after in zip(node.values, node.values[1:], strict=False):
            if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            noun = re.match(r" (?:[a-z]+ )?([a-z]+s)\b", str(after.value))
            if noun is None or NO_NOUN.fullmatch(noun[1]) or spec_of(value) != ",":
                continue
            if ast.unparse(value.value) not in LIMITS and "bytes" not in noun[0]:
                found.append(f"{node.lineno}: {{{ast.unparse(value.value)}:,}}{noun[0]}")
    return found


@pytest.mark.parametrize(
    ("line", "loose"),
    [
        ('f"{n:,} cameras stand"', True),
        ('f"of {len(rows):,} more rows"', True),
        ("f\"{number_of(n, 'camera')} read\"", False),
        ('f"{k:,} of them"', False),
        ('f"{far:,.1f} miles"', False),
    ],
)
def test_a_count_that_cannot_be_one_is_found(line: str, loose: bool) -> None:
    assert bool(loose_counts(line)) == loose


def test_every_count_with_a_noun_agrees_with_it() -> None:
    loose = {
        f"{path.relative_to(ROOT)}:{found}"
        for path in sorted(ROOT.rglob("*.py"))
        for found in loose_counts(path.read_text("utf-8"))
    }
    assert not loose
