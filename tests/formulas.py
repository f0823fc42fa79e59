"""What a spreadsheet makes of delimited text: its cells behind one separator, and which of them it
would execute."""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

LEADS = "=+-@\uff1d\uff0b\uff0d\uff20"
SEPARATORS = ",;\t|"
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?(?![^,;|\t\"\s])")
_BODIES = ("=1+1", "+1-1", "-1+1", "@SUM(1+1)", "\t=1+1", "\r=1+1", "\uff1d1+1")
HOSTILE = [
    *_BODIES,
    *(f"x{separator}{body}" for separator in ";\t|\n" for body in _BODIES),
    *(f'x{separator}"{body}"' for separator in ";\t|" for body in _BODIES[:4]),
]
"""Text that one or the other spreadsheet executes, behind every separator of `SEPARATORS`."""
NUMBERS = ["-83.1", "+40", "-5", "30.1; -97.1"]
"""Text that begins as a formula does and is none."""


def cells(text: str, separator: str) -> list[str]:
    """The cells of a text for a spreadsheet that takes `separator` for the end of one."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return [cell for row in rows for cell in row]
    finally:
        # the limit holds for the whole process, other tests too
        csv.field_size_limit(limit)


def is_formula(cell: str) -> bool:
    """As a spreadsheet has it that trims what stands in front; a plain number is none."""
    bare = cell.lstrip(' \t\r\n"')
    return bare[:1] in LEADS and bare != "" and not _PLAIN.match(bare)


def formulas(text: str) -> list[str]:
    """The cells of a text that some spreadsheet executes, whichever separator it takes."""
    return [c for separator in SEPARATORS for c in cells(text, separator) if is_formula(c)]


def formulas_in(folder: Path) -> dict[str, list[str]]:
    """Name → formulas of every delimited text under a folder."""
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in (".csv", ".tsv")]
    found = {
        str(p.relative_to(folder)): formulas(p.read_bytes().decode("utf-8-sig")) for p in files
    }
    assert found, "no delimited text is here"
    return {name: bad for name, bad in found.items() if bad}
