"""What a check of sightings found: a table for people, JSON for machines, lines for a CI
service.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from alprmap.errors import one_line

SEVERITIES = ("problem", "question", "note")
TIERS = ("same", "likely", "nearby")
COLUMNS = (
    "severity",
    "rule",
    "file",
    "line",
    "feature",
    "id",
    "what",
    "fix",
    "tier",
    "related",
    "distance_m",
)
"""Columns of the findings; stable."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: how bad, by which rule, where, what, and what to do."""

    severity: str
    rule: str
    file: str
    line: int
    feature: int
    id: str | None
    what: str
    fix: str = ""
    tier: str = ""
    related: str = ""
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check: findings in the order of the files, how many sightings, by the worst
    found of each."""

    findings: tuple[Finding, ...]
    sightings: int
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 fine, 1 a problem, 3 only questions."""
        return 1 if self.counts["problem"] else 3 if self.counts["question"] else 0

    def frame(self) -> pd.DataFrame:
        """Return the findings as a table."""
        rows = [[getattr(f, c) for c in COLUMNS] for f in self.findings]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"distance_m": "float64"})

    def as_dict(self) -> dict[str, Any]:
        """Return the result under the stable keys of ``--json``."""
        return {
            "format": "alprmap-sighting-check/1",
            "sightings": self.sightings,
            **{f"{s}s": self.counts[s] for s in SEVERITIES},
            "clean": self.counts["clean"],
            "findings": [{c: getattr(f, c) for c in COLUMNS} for f in self.findings],
        }


_LEVELS = {"problem": "error", "question": "warning", "note": "notice"}


def ci_lines(checked: Checked) -> Iterator[str]:
    """Yield the findings as workflow commands (``::error file=…,line=…::…``) that GitHub and
    Forgejo read.

    Text of a sighting is escaped, so that it can neither end a line nor begin a command of its own.
    """
    for f in checked.findings:
        words = one_line(
            f"sighting {f.feature}: {f.what}{f'; {f.fix}' if f.fix else ''}", limit=400
        )
        place = f"file={_escaped(f.file)},line={f.line},title={_escaped(f'{f.rule} {f.severity}')}"
        yield f"::{_LEVELS[f.severity]} {place}::{words.replace('%', '%25')}"


def _escaped(text: str) -> str:
    plain = one_line(text).replace("%", "%25")
    return plain.replace(":", "%3A").replace(",", "%2C")
