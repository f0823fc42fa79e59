"""Every rule of docs/method has a test that begins with it, and every such test has its rule."""

from __future__ import annotations

import json
import re
from pathlib import Path

RULE = r"[A-Z]\d{1,2}"
STATED = re.compile(rf"^(?:#+ .*?\b|\*\*|\| )({RULE})\b(?:, ({RULE})\b)?", re.MULTILINE)
"""Where a page states a rule: in a heading, in bold at the head of a paragraph, in a table."""
TESTED = re.compile(rf"\bdef test_((?:{RULE}_)+)")
RESULT = re.compile(r"\b[CRM]\d .*\|")
"""A row of a table of results, which only refers to a rule."""


def _stated(root: Path) -> set[str]:
    pages = [*sorted((root / "docs").glob("method/*.md")), root / "docs/uncertainty.md"]
    return {
        rule
        for page in pages
        for line in page.read_text("utf-8").splitlines()
        if not RESULT.match(line.removeprefix("| "))
        for pair in STATED.findall(line)
        for rule in pair
        if rule
    }


def _tested(root: Path) -> set[str]:
    files = (p.read_text("utf-8") for p in sorted((root / "tests").rglob("test_*.py")))
    named = {rule for text in files for m in TESTED.findall(text) for rule in m[:-1].split("_")}
    table = json.loads((root / "tests/conformance/direction.json").read_text("utf-8"))
    return named | {rule for case in table["cases"] for rule in case["rule"]}


def test_every_rule_has_a_test(root: Path) -> None:
    assert sorted(_stated(root) - _tested(root)) == []


def test_every_test_of_a_rule_has_its_rule(root: Path) -> None:
    assert sorted(_tested(root) - _stated(root)) == []
