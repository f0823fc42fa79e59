"""Looks at the sheets of an XLSX before its reader does: how far they reach, and no document types.

The reader lays a sheet out as a full rectangle, so that two cells in opposite corners cost
gigabytes."""

from __future__ import annotations

import re
import zipfile

from alprmap.errors import InputError
from alprmap.sources.formats import archives
from alprmap.sources.intake import Checked

_CELL = re.compile(rb'<c\s[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
_CHUNK = 1 << 20
_OVERLAP = 512
SPARSE_CELLS = 1_000_000
"""A rectangle of this many cells is laid out however few are filled: some 60 MB in the reader."""
SPARSE_SHARE = 50
"""Beyond it, one cell in this many must be filled."""


def check(checked: Checked) -> None:
    """Refuse a workbook with a sheet that spans far more cells than it fills.

    Raises
    ------
    InputError
        When a sheet is too wide or too sparse, an XML part declares entities, or the archive is
        damaged.
    """
    with archives.opened(checked) as archive:
        budget = min(
            checked.caps.plain_bytes,
            max(checked.caps.ratio_from_bytes, checked.caps.ratio * checked.size),
        )
        for info in archive.infolist():
            if info.filename.lower().endswith((".xml", ".rels")):
                budget -= _part(archive, info, budget, checked)


def _part(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: int, checked: Checked) -> int:
    """Go through one part; return its size."""
    size = filled = width = height = 0
    rest = b""
    with archive.open(info) as source:
        while chunk := source.read(_CHUNK):
            if not size and b"<!DOCTYPE" in chunk[:_OVERLAP]:
                raise InputError(
                    "declares a document type, which workbooks do not need",
                    where=checked.path,
                    fix="save it again from a spreadsheet program",
                )
            size += len(chunk)
            if size > budget:
                raise InputError(
                    f"unpacks to far more than its {checked.size / 1e6:.1f} MB",
                    where=checked.path,
                    fix=(
                        "a file of cameras is never so dense; it is refused as a decompression bomb"
                    ),
                )
            text, end = rest + chunk, 0
            for cell in _CELL.finditer(text):
                filled, end = filled + 1, cell.end()
                width, height = max(width, _number(cell[1])), max(height, int(cell[2]))
            rest = text[max(end, len(text) - _OVERLAP) :]
    sparse = width * height > max(SPARSE_CELLS, SPARSE_SHARE * filled)
    if width > checked.caps.columns or sparse or width * height > checked.caps.sheet_cells:
        raise InputError(
            f"a sheet spans {height} by {width} cells and fills {filled}",
            where=checked.path,
            fix="delete the stray cells far out and save it again",
        )
    return size


def _number(letters: bytes) -> int:
    """Return the number of a column by its letters.

    >>> _number(b"A"), _number(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
