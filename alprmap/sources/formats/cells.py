"""A file as bare cells of text, whatever holds them: a workbook, JSON records, a table in a zip.

Readers of cameras look for headers they know; lists of agencies and logs of searches have others,
and ask here for the cells alone. All of it runs in the child process: `read_cells` is the near
side, the rest is for rooms that are in the child already.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from alprmap.errors import WHOLE, InputError
from alprmap.sandbox import Message, ask, json_from, out_of_step
from alprmap.sources.formats import archives, sheets, workbook
from alprmap.sources.intake import Caps, Checked, check_file

ROOM = "alprmap.sources.formats.cells"
WORKBOOKS = frozenset({"xlsx", "xls", "ods"})
_MEMBERS = (".csv", ".tsv", ".txt", ".json", ".ndjson", ".jsonl")
_INSIDE = ("result", "records"), ("results",), ("records",), ("rows",), ("data",), ("value",)
"""Where the records of a JSON answer stand, where it is no list itself."""
_ROWS = 2_000

Cells = list[str]


def read_cells(path: str | Path, *, caps: Caps) -> list[tuple[str, list[Cells]]]:
    """Return the sheets of a workbook as (name, rows of text), read behind the wall.

    Raises
    ------
    InputError
        When it is no workbook, damaged, locked with a password, or too large.
    """
    checked = check_file(path, caps=caps)
    checked = Checked(checked.path, workbook_kind(checked), "", checked.size, caps)
    job = {"path": str(checked.path.resolve()), "kind": checked.kind, "caps": asdict(caps)}
    out: list[tuple[str, list[Cells]]] = []
    for message, _ in ask(ROOM, job, where=checked.path, size=checked.size):
        if isinstance(name := message.get("sheet"), str):
            out.append((name, []))
        rows = message.get("rows", [])
        sound = isinstance(rows, list) and all(
            isinstance(r, list) and all(isinstance(c, str) for c in r) for r in rows
        )
        if not sound or not out:
            raise out_of_step(checked.path)
        out[-1][1].extend(rows)
    return out


def load(job: dict[str, Any]) -> None:
    """Have nothing to make ready: what is needed is imported with this module."""


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say the cells of a workbook, sheet by sheet, some thousand rows at a time."""
    path = Path(job["path"])
    checked = Checked(path, job["kind"], "", path.stat().st_size, Caps(**job["caps"]))
    for name, rows in sheets_within(checked):
        yield {"sheet": name}, b""
        part: list[Cells] = []
        for row in rows:
            part.append(row)
            if len(part) == _ROWS:
                yield {"rows": part}, b""
                part = []
        yield {"rows": part}, b""


def workbook_kind(checked: Checked) -> str:
    """Return which kind of workbook a file is: xlsx, xls or ods; asked on the near side.

    Raises
    ------
    InputError
        When it is an archive that is damaged, or no workbook.
    """
    kind = archives.kind(checked) if checked.kind == "zip" else checked.kind
    if kind in WORKBOOKS:
        return kind
    raise InputError("is no workbook", where=checked.path, fix="save it as XLSX or CSV")


def sheets_within(checked: Checked) -> Iterator[tuple[str, Iterator[Cells]]]:
    """Yield (name, rows of text) of each sheet of a workbook, in this very process.

    Raises
    ------
    InputError
        When the workbook is damaged, locked with a password, or too large.
    """
    if checked.kind == "xlsx":
        workbook.check(checked)
    book = sheets.opened(checked)
    for name in book.sheet_names:
        yield name, _texts(sheets.sheet_cells(book, name, checked))


def _texts(rows: Iterable[tuple[int, list[Any]]]) -> Iterator[Cells]:
    for _, cells in rows:
        yield ["" if c is None else str(c) for c in cells]


@contextmanager
def table_within(checked: Checked) -> Iterator[tuple[str, IO[bytes]]]:
    """Give (ending of its name, bytes) of the one table in a zip, in this very process.

    Raises
    ------
    InputError
        When it holds none or several, a workbook, or is damaged.
    """
    with archives.opened(checked) as archive:
        inside = [
            i
            for i in archive.infolist()
            if not i.is_dir() and not i.filename.startswith("__MACOSX/")
        ]
        tables = [i for i in inside if i.filename.lower().endswith(_MEMBERS)]
        if len(inside) > checked.caps.members or len(tables) != 1:
            raise InputError(
                f"holds {len(tables)} tables as CSV or JSON in {len(inside)} files",
                where=checked.path,
                fix="unpack it and pass each table",
            )
        with archive.open(tables[0]) as stream:
            yield tables[0].filename.lower().rpartition(".")[2], stream


def records_within(raw: bytes, path: Path) -> Iterator[Cells]:
    """Yield the header and the rows of JSON records, one list or one record a line.

    Cells that are lists or records themselves are left empty.

    Raises
    ------
    InputError
        When it is no JSON, or holds no records.
    """
    records = _records(raw, path)
    names = list(dict.fromkeys(k for r in records for k in r))
    if not names:
        raise InputError("holds no records", where=path, fix=WHOLE)
    yield names
    for record in records:
        yield [_plain(record.get(name)) for name in names]


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, (str, int, float)) else ""


def _records(raw: bytes, path: Path) -> list[dict[str, Any]]:
    lines = [line for line in raw.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
        try:
            each = [json.loads(line) for line in lines]
        except (ValueError, RecursionError):
            each = []
        if each and all(isinstance(r, dict) for r in each):
            return each
    value = json_from(raw, path)
    for keys in _INSIDE:
        inner = value
        for key in keys:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, list):
            value = inner
            break
    return [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []
