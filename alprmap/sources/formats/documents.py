"""PDF documents as rows: ruled tables, numbered lists, lines that name a place. For review before
use (S9).

Every row keeps its page and line. Where most entries of a list are numbered, only numbered lines
are entries: the notes between them are not cameras.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pdfplumber
from pdfminer.pdftypes import PDFObjRef, resolve1

from alprmap.errors import InputError, reason
from alprmap.locate import parse_place
from alprmap.sources.formats.rows import Row, Table
from alprmap.sources.formats.tables import find_header, from_records
from alprmap.sources.intake import Checked

_COLUMN_GAP_EM = 1.6
"""Space between words, in heights of the text, from which on a new column begins (a word space is
0.3). """
PAGE_BYTES = 4_000_000
"""Drawing commands of one page, unpacked; a page full of small print has some 100 kB."""
_CHAIN = 20
"""References that may lead to one another before there is an object; one is usual."""
_LEAST_NUMBERED = 5
_SKIP_AHEAD = 3
_PLACES = ("crossing", "ramp", "between", "block", "address", "milepost", "exit")
SCAN = "the PDF holds no text (a scan)"
SCAN_FIX = "run text recognition (OCR) on it first"
_NOTE_OF = re.compile(r"(?<![A-Za-z0-9])#\s?(\d{1,4})\b")

_follow = PDFObjRef.resolve


def _resolve(self: PDFObjRef, default: object = None) -> Any:
    """Follow a reference; one that only leads back to itself keeps pdfminer going round for
    ever.
    """
    found = _follow(self, default)
    for _ in range(_CHAIN):
        if not isinstance(found, PDFObjRef):
            return found
        found = _follow(found, default)
    raise ValueError("an object refers to itself")


PDFObjRef.resolve = _resolve  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: page, number of the line on it, its cells from left to right."""

    page: int
    number: int
    cells: tuple[str, ...]

    @property
    def where(self) -> str:
        """The place of the line as shown to people."""
        return f"page {self.page} line {self.number}"


def text_within(checked: Checked) -> tuple[list[tuple[int, list[Any]]], list[Line]]:
    """Return the numbered rows of a document's ruled tables and its lines, in this very process.

    Raises
    ------
    InputError
        When it is damaged, locked, or too large.
    """
    try:
        with checked.path.open("rb") as file, pdfplumber.open(file) as document:
            if len(document.pages) > checked.caps.pages:
                raise InputError(
                    f"has {len(document.pages)} pages",
                    where=checked.path,
                    fix="extract those that matter",
                )
            _refuse_bombs(document, checked)
            return list(_ruled(document)), list(_lines(document))
    except (InputError, MemoryError, RecursionError):
        raise
    except (
        Exception
    ) as error:  # pdfminer raises whatever it stumbles over: IndexError, AttributeError …
        raise InputError(
            f"is no readable PDF ({reason(error)})",
            where=checked.path,
            fix="open it and print it to a new PDF, or ask for the list as a table",
        ) from None


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield the tables of a document, or one table of its list entries.

    Raises
    ------
    InputError
        When it is damaged, locked, or holds no text (a scan).
    """
    ruled, lines = text_within(checked)
    own = options.get("columns", ())
    if find_header([cells for _, cells in ruled[:40]], own) is not None and len(ruled) > 2:
        yield Table(from_records(iter(ruled), checked, own), "PDF table", origin="document")
        return
    if not lines:
        raise InputError(SCAN, where=checked.path, fix=SCAN_FIX)
    numbered = numbered_entries(lines)
    rows = numbered if numbered is not None else _place_lines(lines)
    yield Table(
        iter(rows), "PDF numbered list" if numbered is not None else "PDF lines", origin="document"
    )


def _refuse_bombs(document: Any, checked: Checked) -> None:
    """Refuse a page whose drawing commands unpack to more than any page of a list needs."""
    for page in document.pages:
        size = sum(len(resolve1(part).get_data()) for part in page.page_obj.contents)
        if size > PAGE_BYTES:
            raise InputError(
                f"page {page.page_number} unpacks to {size / 1e6:.0f} MB",
                where=checked.path,
                fix="a page of a list is never so large; it is refused as a decompression bomb",
            )


def _ruled(document: Any) -> Iterator[tuple[int, list[Any]]]:
    number = 0
    for page in document.pages:
        for table in page.extract_tables():
            for cells in table:
                number += 1
                yield number, [" ".join(c.split()) if c else "" for c in cells]


def _lines(document: Any) -> Iterator[Line]:
    for page in document.pages:
        rows: list[list[dict[str, Any]]] = []
        for word in sorted(page.extract_words(), key=lambda w: (w["top"], w["x0"])):
            # words of one line differ a little in height where fonts change
            if rows and abs(rows[-1][0]["top"] - word["top"]) < 0.5 * (
                word["bottom"] - word["top"]
            ):
                rows[-1].append(word)
            else:
                rows.append([word])
        for number, words in enumerate(rows, 1):
            yield Line(
                page.page_number, number, _cells(sorted(words, key=lambda w: float(w["x0"])))
            )
        page.close()


def _cells(words: list[dict[str, Any]]) -> tuple[str, ...]:
    cells: list[list[str]] = []
    right = None
    for word in words:
        height = word["bottom"] - word["top"]
        if right is None or word["x0"] - right > _COLUMN_GAP_EM * height:
            cells.append([])
        cells[-1].append(word["text"])
        right = word["x1"]
    return tuple(" ".join(c) for c in cells)


def numbered_entries(lines: list[Line]) -> list[Row] | None:
    """Return the entries of a numbered list (1, 2, 3 …), or None when the lines are not one.

    A number may be glued to its text ("54" + "31st Av" is ``5431st Av``), so each line is asked for
    the number that comes next. Other lines become refused rows; notes that name an entry ("#30 -
    8/8/2024") go to that entry."""
    rows: list[Row] = []
    entries: dict[int, Row] = {}
    asides: dict[int, list[str]] = {}
    heads: list[str] = []
    following = 1
    for line in lines:
        found = _entry(line.cells[0], following)
        beside = line.cells[1:] if found else line.cells
        for cell in beside:
            named = _NOTE_OF.search(cell)
            if named:
                asides.setdefault(int(named[1]), []).append(cell)
        if found is None:
            heads += [c for c in line.cells if "decommission" in c.casefold()]
            rows.append(
                {
                    "text": " | ".join(line.cells),
                    "$row": line.where,
                    "$refuse": (
                        "the line has no number of its own among numbered entries: a note or"
                        " heading"
                    ),
                }
            )
            continue
        number, text = found
        heads += [c for c in beside if "decommission" in c.casefold()]
        following = number + 1
        entries[number] = {"id": str(number), "location": text, "$row": line.where}
        kept = [c for c in beside if not _NOTE_OF.search(c) and "decommission" not in c.casefold()]
        if kept:
            entries[number]["notes"] = "; ".join(kept)
        rows.append(entries[number])
    if len(entries) < max(_LEAST_NUMBERED, len(lines) // 2):
        return None
    _put_asides(entries, asides, gone=bool(heads))
    return rows


def _put_asides(entries: dict[int, Row], asides: dict[int, list[str]], *, gone: bool) -> None:
    """Give each note that names an entry to it; under a heading "Decommissioned" it is the date of
    its end."""
    for number, notes in asides.items():
        if number in entries:
            text = "; ".join(notes)
            entries[number]["comment"] = f"decommissioned: {text}" if gone else text


def _entry(text: str, following: int) -> tuple[int, str] | None:
    for number in range(following, following + _SKIP_AHEAD):
        rest = text.removeprefix(str(number))
        if rest == text:
            continue
        stripped = rest.lstrip(" .):-")
        # "1st Ave" is no entry 1: an ordinal belongs to the street unless the next number is glued
        # to it
        ordinal = re.match(r"(?:st|nd|rd|th)\b", rest, re.IGNORECASE)
        if stripped and not ordinal and any(c.isalpha() for c in stripped):
            return number, stripped
    return None


def _place_lines(lines: list[Line]) -> list[Row]:
    rows: list[Row] = []
    for line in lines:
        found = next(
            (c for c in line.cells if parse_place(c).kind in _PLACES and len(c) < 160), None
        )
        if found is None:
            rows.append(
                {
                    "text": " | ".join(line.cells),
                    "$row": line.where,
                    "$refuse": "the line names no place",
                }
            )
            continue
        rest = "; ".join(c for c in line.cells if c != found)
        rows.append({"location": found, "$row": line.where, **({"notes": rest} if rest else {})})
    return rows
