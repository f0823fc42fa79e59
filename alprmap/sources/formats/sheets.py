"""Workbooks (XLSX, XLSM, XLS, ODS) as rows: every sheet that has a header, found below its title
lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import python_calamine as calamine

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sources.fields import coordinates
from alprmap.sources.formats import workbook
from alprmap.sources.formats.rows import Table
from alprmap.sources.formats.tables import find_header, from_records
from alprmap.sources.intake import Checked
from alprmap.text import number_of, verb

_NAMES = {"xlsx": "XLSX", "xls": "XLS", "ods": "ODS"}


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table for each sheet that holds a list.

    Raises
    ------
    InputError
        When the workbook is damaged, locked with a password, too large, or no sheet holds a list.
    """
    if checked.kind == "xlsx":
        workbook.check(checked)
    book = opened(checked)
    own = options.get("columns", ())
    rows, links = workbook.hidden_rows(checked), workbook.links(checked)
    columns = workbook.hidden_columns(checked)
    hidden = {
        m.name for m in book.sheets_metadata if m.visible != calamine.SheetVisibleEnum.Visible
    }
    any_sheet, many = False, len(book.sheet_names) > 1
    for name in book.sheet_names:
        records = sheet_cells(book, name, checked)
        at = find_header([cells for _, cells in records[:40]], own) if records else None
        if at is not None:
            _pins(records, links.get(name, {}), at)
            any_sheet = True
            yield Table(
                from_records(iter(records), checked, own),
                _NAMES[checked.kind],
                name=name if many else "",
                hints=_hidden(
                    name in hidden, rows.get(name, 0) + rows.get("", 0), columns.get(name, 0)
                ),
            )
        elif records:
            aside = f"{len(records)} lines without a header alprmap knows"
            yield Table(iter([]), _NAMES[checked.kind], name=name, hints={"set_aside": aside})
    if not any_sheet:
        raise InputError(
            "no sheet has a line that names columns alprmap knows (latitude, location, address …)",
            where=checked.path,
            fix="add a header line, or name the columns with --column NAME=FIELD",
        )


def opened(checked: Checked) -> Any:
    """Return a workbook open for reading.

    Raises
    ------
    InputError
        When it is damaged or locked with a password.
    """
    try:
        return calamine.CalamineWorkbook.from_path(str(checked.path))
    except calamine.PasswordError:
        raise InputError(
            "is locked with a password", where=checked.path, fix="save it without one"
        ) from None
    except (calamine.CalamineError, OSError) as error:
        raise InputError(
            f"is no readable workbook ({reason(error)})",
            where=checked.path,
            fix=WHOLE,
        ) from None


def _pins(records: list[tuple[int, list[Any]]], links: dict[tuple[int, int], str], at: int) -> None:
    """Put map links of cells that are positions where they are read: in place of the word that
    a whole column repeats ("map"), else in a column of their own behind the others.

    `at` is the line of the header among `records`."""
    pins: dict[int, dict[int, str]] = {}
    for (line, column), target in links.items():
        sound = at < line < len(records) and column < len(records[line][1])
        if sound and coordinates.parse_point(target) is not None:
            pins.setdefault(column, {})[line] = target
    for column, found in pins.items():
        words = {str(records[line][1][column]).casefold() for line in found}
        if len(words) > 1 or len(found) == 1:
            width = max(len(cells) for _, cells in records)
            for line, (_, cells) in enumerate(records):
                behind = _PINS if line == at else found.get(line, "")
                cells.extend([""] * (width - len(cells)) + [behind])
            continue
        for line, target in found.items():
            records[line][1][column] = target


_PINS = "link behind a cell"
"""Heading of a column for the links of cells that say something of their own."""


def _hidden(sheet: bool, rows: int, columns: int) -> dict[str, str]:
    """Return the hint about what a reader of the workbook would not see, empty when there is
    nothing."""
    parts = ["the sheet is hidden"] if sheet else []
    for number, noun in ((rows, "row"), (columns, "column")):
        if number:
            parts.append(f"{number_of(number, noun)} {verb(number, 'is', 'are')} hidden")
    return (
        {"hidden": f"{' and '.join(parts)} in the workbook, and read like the others"}
        if parts
        else {}
    )


def sheet_cells(book: Any, name: str, checked: Checked) -> list[tuple[int, list[Any]]]:
    """Return (line, cells) of one sheet, merged cells filled downward.

    Raises
    ------
    InputError
        When the sheet is damaged or spans too many cells.
    """
    try:
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > checked.caps.sheet_cells:
            raise InputError(
                f"sheet {name} spans {sheet.total_height} by {sheet.total_width} cells",
                where=checked.path,
                fix="delete the stray cells far out and save it again",
            )
        lines = sheet.to_python(skip_empty_area=False)
    except (calamine.CalamineError, ValueError) as error:
        raise InputError(
            f"sheet {name} cannot be read ({reason(error)})",
            where=checked.path,
            fix="save that sheet as CSV",
        ) from None
    _fill_merged(lines, sheet)
    return [(number, [_cell(c) for c in cells]) for number, cells in enumerate(lines, 1)]


def _fill_merged(lines: list[list[Any]], sheet: Any) -> None:
    """Repeat the value of vertically merged cells in every line they span; a merged title stays one
    cell."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left == right and bottom > top and bottom < len(lines):
            for line in range(top + 1, bottom + 1):
                if left < len(lines[line]) and lines[line][left] == "":
                    lines[line][left] = lines[top][left]


def _cell(value: Any) -> Any:
    if isinstance(value, (dt.datetime, dt.date)):
        text = value.isoformat()
        return text.removesuffix("T00:00:00")
    if isinstance(value, (dt.time, dt.timedelta)):
        return str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value
