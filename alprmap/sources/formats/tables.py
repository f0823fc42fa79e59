"""Delimited text as rows: any dialect and encoding, the header found below title lines,
streamed.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sources.fields import axes, composed, vocabulary
from alprmap.sources.formats.rows import Row, Table, outer
from alprmap.sources.intake import WIDE_BYTES, Checked, unpacked, wide_encoding

ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
"""Tried in this order (docs/method.md): never guessed. cp1252 has five bytes that mean nothing and
so can fail. """
_DELIMITERS = ",\t;|^~"
_QUOTES = frozenset("='\"")
_HEADER_SEARCH = 40
"""Title lines looked through for the header."""
_SNIFF_BYTES = 1 << 18


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table with the rows of a CSV or TSV file.

    Options: `encoding`; `columns`, names of columns that the user has given a meaning; `header`,
    the name of a column by which the header line is known, whatever else it holds.

    Raises
    ------
    InputError
        When the encoding does not hold, or the text has no header and no columns.
    """
    chosen = options.get("encoding") or sniff_encoding(checked)
    if options.get("header"):
        yield _named(checked, chosen, options["header"])
        return
    with unpacked(checked) as stream:
        sample = stream.read(_SNIFF_BYTES)
    delimiter = _delimiter(sample.decode(chosen, "ignore"))
    name = "TSV" if delimiter == "\t" else "CSV"
    rows = from_records(_records(checked, chosen, delimiter), checked, options.get("columns", ()))
    yield Table(rows, f"{name} ({chosen})")


def _named(checked: Checked, encoding: str, column: str) -> Table:
    """Return the rows under the line that names `column`; hints tell `names` (JSON), or `head`, the
    first line."""
    csv.field_size_limit(checked.caps.cell_chars)
    with unpacked(checked) as stream:
        text = stream.read().decode(encoding)
    for delimiter in _DELIMITERS:
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error as error:
            raise InputError(
                f"the table breaks off ({reason(error)})",
                where=checked.path,
                fix=WHOLE,
            ) from None
        for at, cells in enumerate(records[:_HEADER_SEARCH]):
            if column in (names := [c.strip() for c in cells]):
                named = _told_apart(names)
                kept = (r[: len(named)] for r in records[at + 1 :] if any(map(str.strip, r)))
                rows = (dict(itertools.zip_longest(named, r)) for r in kept)
                return Table(rows, f"CSV ({encoding})", hints={"names": json.dumps(named)})
    return Table(iter([]), f"CSV ({encoding})", hints={"head": text.split("\n", 1)[0][:1_000]})


def _told_apart(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    out = []
    for at, name in enumerate(names, start=1):
        base = name or f"column_{at}"
        seen[base] += 1
        told = base if seen[base] == 1 else f"{base}_{seen[base]}"
        out.append(told if told not in out else f"{told}_{at}")
    return out


def sniff_encoding(checked: Checked) -> str:
    """Return the first of `ENCODINGS` in which the whole file can be read.

    Raises
    ------
    InputError
        When none fits.
    """
    with unpacked(checked) as stream:
        head = stream.read(WIDE_BYTES)
    candidates: Sequence[str] = ENCODINGS
    if wide := wide_encoding(head):
        candidates = (wide,)
    for name in candidates:
        if name == "utf-16" and len(candidates) > 1:
            continue  # only with its byte order mark
        if _decodes(checked, name):
            return name
    raise InputError(
        "the text encoding is not known",
        where=checked.path,
        fix="pass --encoding, for example latin-1",
    )


def _decodes(checked: Checked, name: str) -> bool:
    import codecs

    decoder = codecs.getincrementaldecoder(name)()
    with unpacked(checked) as stream:
        try:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(sample: str) -> str:
    """Return the delimiter that splits most lines of the sample into the same number (> 1) of
    cells."""
    lines = sample.splitlines()[:-1] or sample.splitlines()
    best, best_score = ",", (0, 0)
    for mark in _DELIMITERS:
        try:
            widths = Counter(
                len(r) for r in csv.reader(lines[:200], delimiter=mark) if any(c.strip() for c in r)
            )
        except csv.Error:
            continue
        wide = {w: n for w, n in widths.items() if w > 1}
        if wide:
            width, number = max(wide.items(), key=lambda i: (i[1], i[0]))
            if (number, width) > best_score:
                best, best_score = mark, (number, width)
    return best


def _records(checked: Checked, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(checked.caps.cell_chars)
    with unpacked(checked) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        try:
            reader = csv.reader(_lines(text, checked), delimiter=delimiter)
            for cells in reader:
                yield reader.line_num, cells
        except csv.Error as error:
            raise InputError(
                f"the table breaks off ({reason(error)})",
                where=checked.path,
                row=reader.line_num,
                fix="look for a stray quote",
            ) from None
        except UnicodeDecodeError:
            raise InputError(
                f"is not {encoding} text",
                where=checked.path,
                fix="pass --encoding, for example cp1252",
            ) from None
        finally:
            text.detach()


def _lines(text: io.TextIOWrapper, checked: Checked) -> Iterator[str]:
    """Yield the lines of a text; one longer than a record may be is refused before it fills the
    memory."""
    cap = checked.caps.record_chars
    while line := text.readline(cap):
        if len(line) == cap:
            raise InputError(
                f"one line is longer than {cap} characters",
                where=checked.path,
                fix="check that it is a table, and split the line",
            )
        yield line.replace("\0", "\ufffd") if "\0" in line else line


def from_records(
    records: Iterator[tuple[int, list[Any]]], checked: Checked, own: Sequence[str] = ()
) -> Iterator[Row]:
    """Yield rows of a table given as numbered lists of cells: finds the header, skips blank lines.

    Raises
    ------
    InputError
        When there is no header line with two known names, or no line at all.
    """
    head = list(itertools.islice(records, _HEADER_SEARCH))
    at = find_header([cells for _, cells in head], own)
    if at is not None:
        at = _first_names([cells for _, cells in head], at, own)
    if at is None:
        raise InputError(
            "no line of the file names columns alprmap knows (latitude, location, address …)",
            where=checked.path,
            fix="add a header line, or name the columns with --column NAME=FIELD",
        )
    if len(head[at][1]) > checked.caps.columns:
        raise InputError(
            f"has {len(head[at][1])} columns",
            where=checked.path,
            fix="keep the columns that matter",
        )
    header, behind = _of_two_lines([cells for _, cells in head], at)
    lines: Iterator[list[Any]]
    lines = (cells for _, cells in itertools.chain(head[behind:], records))
    if len(head) < _HEADER_SEARCH and (turned := _turned([c for _, c in head[at:]])) is not None:
        header, lines = turned[0], iter(turned[1:])
    starts = _blocks(header)
    if len(starts) > 1:
        width = starts[1] - starts[0]
        lines = (c[i : i + width] for c in list(lines) for i in starts)
        names = unique_names(header[starts[0] : starts[1]])
    else:
        names = unique_names(header)
    yield from _rows(lines, names, own)


def _rows(lines: Iterable[list[Any]], names: list[str], own: Sequence[str]) -> Iterator[Row]:
    """Yield a row for each line that holds something. Another line of names begins another table,
    the same one again is refused as what it is; a line that only goes on with a cell of the line
    above is joined to it."""
    before: Row | None = None
    number = 0
    for raw in lines:
        cells = _bare(raw)
        filled = _filled(cells)
        if not filled:
            continue
        if _is_name(cells[filled[0]]) and is_names(cells, own):
            if unique_names(cells) != names:
                names = unique_names(cells)
                continue
            row: Row = {n: c for n, c in zip(names, cells, strict=False) if c not in (None, "")}
            row["$refuse"] = "the names of the columns again, not a camera"
        elif len(filled) == 1 and before is not None and _goes_on(before, names, cells, filled[0]):
            before[names[filled[0]]] = f"{before[names[filled[0]]]} {cells[filled[0]]}"
            before["$wrapped"] = True
            number += 1
            continue
        else:
            row = dict(zip(names, cells, strict=False))
            if len(cells) > len(names) and any(c for c in cells[len(names) :]):
                row["$refuse"] = f"the line has {len(cells)} cells, the header {len(names)}"
        if before is not None:
            yield before
        number += 1
        row["$row"] = number
        before = row
    if before is not None:
        yield before


def _filled(cells: Sequence[Any]) -> list[int]:
    """Return where the first two cells stand that hold something."""
    out: list[int] = []
    for at, cell in enumerate(cells):
        if cell is not None and (cell.__class__ is not str or (cell and not cell.isspace())):
            out.append(at)
            if len(out) == 2:
                break
    return out


_OPEN = re.compile(r"(?:\b(?:at|and|of|from|between|near|y|entre|con)|[&/@,])\s*", re.IGNORECASE)
_JOINS = re.compile(r"(?:[&/@]|(?:at|and|y|con)\b)", re.IGNORECASE)
"""How a place in words is left open at the end of a line, and how the next line takes it up."""


def _goes_on(before: Row, names: Sequence[str], cells: Sequence[Any], at: int) -> bool:
    """Tell whether the only cell of a line goes on with the words of the cell above it."""
    above = before.get(names[at]) if at < len(names) and "$refuse" not in before else None
    if not isinstance(above, str) or not isinstance(cells[at], str):
        return False
    tail = above.rstrip()[-10:]
    return bool(
        _JOINS.match(cells[at].lstrip()) or any(m.end() == len(tail) for m in _OPEN.finditer(tail))
    )


@lru_cache(maxsize=8192)
def _is_name(cell: Any) -> bool:
    return (
        isinstance(cell, str) and len(cell) < 60 and vocabulary.header(cell) in vocabulary.fields()
    )


_OF_A_PLACE = frozenset({"lat", "lon", "x", "y", "point", "lonlat", "place", "road", "road_at"})


def is_names(cells: Sequence[Any], own: Sequence[str] = ()) -> bool:
    """Tell whether a line within a table is one of names: half of its cells are headings, two at
    least, one of them of a place, and none is a value."""
    held = [c for c in cells if c not in (None, "")]
    if any(map(_has_digits, held)):
        return False
    table, mine = vocabulary.fields(), {vocabulary.header(name) for name in own}
    names = [vocabulary.header(c) for c in held if isinstance(c, str)]
    if _marks(names):
        return False
    known = [n for n in names if n in table or n in mine]
    placed = any(table.get(n, ("", 0))[0] in _OF_A_PLACE for n in known)
    return placed and len(known) > 1 and 2 * len(known) >= len(held)


def _first_names(lines: Sequence[list[Any]], at: int, own: Sequence[str]) -> int:
    """Return the line of names of the first table, where rows stand between it and line `at`, which
    has more of them; else `at`."""
    for first in range(at):
        if is_names(lines[first], own) and any(
            len(_filled(c)) > 1 and any(map(_has_digits, c)) for c in lines[first + 1 : at]
        ):
            return first
    return at


def _blocks(header: Sequence[object]) -> list[int]:
    """Return where the tables begin that stand side by side under one line of names: the same names
    twice or more, in the same order; one start where there is one table."""
    names = [vocabulary.header(str(c)) if c not in (None, "") else "" for c in header]
    first = next((i for i, n in enumerate(names) if n), 0)
    starts = [i for i, n in enumerate(names) if n and n == names[first]]
    if len(starts) < 2:
        return [first]
    width = starts[1] - starts[0]
    parts = [[*names[i : i + width], *[""] * (i + width - len(names))] for i in starts]
    known = sum(n in vocabulary.fields() for n in parts[0])
    even = all(b - a == width for a, b in itertools.pairwise(starts))
    return starts if even and known > 1 and all(p == parts[0] for p in parts) else [first]


def _turned(lines: list[list[Any]]) -> list[list[Any]] | None:
    """Return a small table with its lines as columns, where its names stand in the first column
    ("Latitude", "Longitude" one below the other); None for any other."""
    firsts = [vocabulary.header(str(c[0])) if c and c[0] not in (None, "") else "" for c in lines]
    fields = {vocabulary.fields().get(n, ("", 0))[0] for n in firsts}
    if not {"lat", "lon"} <= fields:
        return None
    width = max(map(len, lines))
    return [[c[i] if i < len(c) else None for c in lines] for i in range(width)]


_WRAPPED = re.compile(
    r"""=(?:T\()?"(?P<formula>[^"]*)"\)?|'(?P<text>[+\-]?[\d.].*)|"(?P<number>[+\-]?\d[\d.]*)\"""",
    re.DOTALL,
)
"""What programs write so that Excel keeps every digit: a formula of a text, an apostrophe,
quotes."""


def _bare(cells: list[Any]) -> list[Any]:
    """Return cells without what only tells a spreadsheet to take them as text."""
    if not any(c.__class__ is str and c[:1] in _QUOTES for c in cells):
        return cells
    return [_unwrapped(c) if isinstance(c, str) else c for c in cells]


def _unwrapped(cell: str) -> str:
    found = _WRAPPED.fullmatch(cell.strip())
    if found is None:
        return cell
    return next(part for part in found.groups() if part is not None)


_AXES = ("x", "y")


def _marks(cells: Sequence[object]) -> bool:
    """Tell whether the "x" or "y" of a line mark something and name no axis: there are more of
    one than of the other."""
    held = [c.strip().casefold() for c in cells if isinstance(c, str)]
    numbers = [held.count(axis) for axis in _AXES]
    return numbers[0] != numbers[1]


def find_header(lines: Sequence[Sequence[object]], own: Sequence[str] = ()) -> int | None:
    """Return the index of the line that names most known fields (the first of equals), None when
    none does."""
    table = {*vocabulary.fields(), *(vocabulary.header(name) for name in own)}
    best, best_count = None, 0
    for index, cells in enumerate(lines):
        names = [vocabulary.header(c) for c in cells if isinstance(c, str) and c.strip()]
        if _marks(names):
            names = [name for name in names if name not in _AXES]
        known = sum(name in table or "latitude" in name or "longitude" in name for name in names)
        known = known or len(axes.pair(c for c in cells if isinstance(c, str)))
        known = known or sum(composed.without_system(name) in table for name in names)
        known = known or len(composed.of_angles([c for c in cells if isinstance(c, str)]))
        if known > best_count and not any(isinstance(c, (int, float)) for c in cells):
            best, best_count = index, known
    return best


def _of_two_lines(lines: Sequence[list[Any]], at: int) -> tuple[list[Any], int]:
    """Return (names, number of the first line of data) where the names stand in two lines, one
    below the other ("Location" above "Latitude" and "Longitude"), or else in line `at` alone."""
    table = vocabulary.fields()

    def known(name: Any) -> bool:
        return isinstance(name, str) and vocabulary.header(name) in table

    best, best_count = (lines[at], at + 1), sum(map(known, lines[at]))
    for first in (at - 1, at):
        if first < 0 or first + 1 >= len(lines):
            continue
        upper, lower = lines[first], lines[first + 1]
        if any(map(_has_digits, (*upper, *lower))) or not any(map(known, lower)):
            continue
        if _marks(lower):
            continue
        names: list[Any] = []
        over: Any = None
        for above, below in itertools.zip_longest(upper, lower):
            over = above or over  # a merged cell stands over the names to its right
            both = f"{over} {below}" if over and below else None
            names.append(next((n for n in (both, below, above) if known(n)), below or above))
        if sum(map(known, names)) > best_count:
            best, best_count = (names, first + 2), sum(map(known, names))
    return best


def _has_digits(cell: Any) -> bool:
    """Tell whether a cell is a value and no name: it is, or begins like, a number or a date."""
    return isinstance(cell, (int, float)) or (isinstance(cell, str) and cell[-1:].isdecimal())


def unique_names(cells: Sequence[object]) -> list[str]:
    """Return column names, blank ones numbered, repeated ones told apart."""
    out: list[str] = []
    for index, cell in enumerate(cells, 1):
        name = str(cell).strip() if cell not in (None, "") else f"column {index}"
        name = outer(name)
        while name in out:
            name = f"{name} ({index})"
        out.append(name)
    return out
