"""Looks at the sheets of an XLSX before its reader does: how far they reach, and no document types.

The reader lays a sheet out as a full rectangle, so that two cells in opposite corners cost
gigabytes."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator

from alprmap.errors import InputError
from alprmap.sources.formats import archives
from alprmap.sources.intake import Checked

_CELL = re.compile(rb'<c\s[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
_HIDDEN_ROW = re.compile(rb'<row\s[^>]{0,400}?\bhidden="(?:1|true)"[^>]{0,400}>')
_HIDDEN_LINE = re.compile(rb'<table:table-row\s[^>]{0,400}?table:visibility="(?:collapse|filter)"')
_SHEET = re.compile(rb'<sheet\s[^>]{0,600}?\bname="([^"]{1,200})"[^>]{0,400}?\br:id="([^"]{1,60})"')
_RELATION = re.compile(rb"<Relationship\s[^>]{0,900}>")
_ATTRIBUTE = re.compile(rb'\b(Id|Target)="([^"]{1,800})"')
_LINK = re.compile(rb"<hyperlink\s[^>]{0,400}>")
_FORMULA = re.compile(
    rb'<c\s[^>]{0,200}?\br="(?P<cell>[A-Z]{1,3}\d{1,7})"[^>]{0,200}>\s*<f>HYPERLINK\('
    rb"(?:&quot;|\")(?P<target>https?://[^\"<]{1,1800}?)(?:&quot;|\")[,;)]",
    re.IGNORECASE,
)
"""A cell whose formula is a link that is written out in it."""
_HIDDEN_COLUMN = re.compile(rb'<col\s(?=[^>]{0,400}?\bhidden="(?:1|true)")[^>]{0,400}>')
_SPAN = re.compile(rb'\b(min|max)="(\d{1,5})"')
_LINKED = re.compile(rb'\b(?:[a-z]{1,9}:)?(ref|id)="([^"]{1,60})"')
_REFERENCE = re.compile(rb"([A-Z]{1,3})(\d{1,7})")
_MOST_BYTES = 64 * 1024**2
"""Bytes of one part that are looked through for hidden rows."""
_CHUNK = 1 << 20
_OVERLAP = 1_024
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


def hidden_rows(checked: Checked) -> dict[str, int]:
    """Return sheet → number of rows hidden by hand or by a filter; of an ODS all under ``""``.

    Raises
    ------
    InputError
        When the archive is damaged.
    """
    if checked.kind == "xls":
        return {}
    with archives.opened(checked) as archive:
        if checked.kind == "ods":
            number = _count(archive, "content.xml", _HIDDEN_LINE)
            return {"": number} if number else {}
        counts = {n: _count(archive, part, _HIDDEN_ROW) for n, part in _parts(archive).items()}
        return {name: number for name, number in counts.items() if number}


def hidden_columns(checked: Checked) -> dict[str, int]:
    """Return sheet → number of columns that an XLSX hides, up to the last one that is filled.

    Raises
    ------
    InputError
        When the archive is damaged.
    """
    out: dict[str, int] = {}
    for archive, name, part in _sheets(checked):
        spans = [dict(_SPAN.findall(tag[0])) for tag in _found(archive, part, _HIDDEN_COLUMN)]
        if not spans:
            continue
        last = max((_number(c[1]) for c in _found(archive, part, _CELL)), default=0)
        whole = [(int(s[b"min"]), min(int(s[b"max"]), last)) for s in spans if len(s) == 2]
        out[name] = sum(max(0, high - low + 1) for low, high in whole)
    return {name: number for name, number in out.items() if number}


def links(checked: Checked) -> dict[str, dict[tuple[int, int], str]]:
    """Return sheet → (line, column), both from 0 → the web address a cell of an XLSX leads to.

    Raises
    ------
    InputError
        When the archive is damaged.
    """
    out: dict[str, dict[tuple[int, int], str]] = {}
    for archive, name, part in _sheets(checked):
        folder, _, file = part.rpartition("/")
        beside = f"{folder}/_rels/{file}.rels"
        out[name] = dict(_written_links(archive, part))
        if beside in archive.namelist():
            out[name] |= dict(_links(archive, part, _targets(archive, beside)))
    return out


def _written_links(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[tuple[int, int], str]]:
    for found in _found(archive, part, _FORMULA):
        if cell := _REFERENCE.fullmatch(found["cell"]):
            target = html.unescape(found["target"].decode("utf-8", "replace"))
            yield (int(cell[2]) - 1, _number(cell[1]) - 1), target


def _links(
    archive: zipfile.ZipFile, part: str, targets: dict[bytes, str]
) -> Iterator[tuple[tuple[int, int], str]]:
    for tag in _found(archive, part, _LINK):
        told = dict(_LINKED.findall(tag[0]))
        cell, target = _REFERENCE.match(told.get(b"ref", b"")), targets.get(told.get(b"id", b""))
        if cell and target and target.startswith(("http://", "https://")):
            yield (int(cell[2]) - 1, _number(cell[1]) - 1), target


def _sheets(checked: Checked) -> Iterator[tuple[zipfile.ZipFile, str, str]]:
    """Yield (archive, sheet, the part that holds it) for each sheet of an XLSX, none of another."""
    if checked.kind == "xlsx":
        with archives.opened(checked) as archive:
            for name, part in _parts(archive).items():
                yield archive, name, part


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet → the part of the archive that holds it."""
    parts = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts:
        return {}
    targets = _targets(archive, "xl/_rels/workbook.xml.rels")
    out: dict[str, str] = {}
    with archive.open("xl/workbook.xml") as source:
        for name, key in _SHEET.findall(source.read(_CHUNK)):
            target = targets.get(key, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in parts:
                out[html.unescape(name.decode("utf-8", "replace"))] = part
    return out


def _targets(archive: zipfile.ZipFile, part: str) -> dict[bytes, str]:
    """Return what the keys of a part of relations lead to."""
    pairs = (dict(_ATTRIBUTE.findall(tag[0])) for tag in _found(archive, part, _RELATION))
    return {
        p[b"Id"]: html.unescape(p[b"Target"].decode("utf-8", "replace"))
        for p in pairs
        if p.keys() >= {b"Id", b"Target"}
    }


def _count(archive: zipfile.ZipFile, part: str, pattern: re.Pattern[bytes]) -> int:
    return sum(1 for _ in _found(archive, part, pattern))


def _found(
    archive: zipfile.ZipFile, part: str, pattern: re.Pattern[bytes]
) -> Iterator[re.Match[bytes]]:
    seen = 0
    rest = b""
    with archive.open(part) as source:
        while seen < _MOST_BYTES and (chunk := source.read(_CHUNK)):
            seen += len(chunk)
            text, end = rest + chunk, 0
            for found in pattern.finditer(text):
                end = found.end()
                yield found
            rest = text[max(end, len(text) - _OVERLAP) :]


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
