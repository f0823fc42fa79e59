"""A search log is read in the fenced process: what leaves it holds nothing about a person (A6).

Of a row go out: a keyed number that tells repeats, the organization, the clock time to the hour,
counts of networks and devices, how far back the search looks, the number of its reason's category,
its type. Plate, officer, user, case number, reason and prompt stay inside, and no error quotes a
cell.
"""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from alprmap.access.searches import reasons, times
from alprmap.access.searches.columns import Layout, layout_of
from alprmap.access.searches.keys import keys
from alprmap.errors import WHOLE, InputError, reason
from alprmap.sandbox import Message, pack
from alprmap.sources import (
    WORKBOOKS,
    Caps,
    Checked,
    records_within,
    sheets_within,
    table_within,
)

ROOM = "alprmap.access.searches.child"
TYPES = ("lookup", "search", "freeform", "visual", "multigeo", "convoy", "other", "")
"""The vendor's kinds of search; another word is `other`, none is ""."""
NO_TIME = times.NONE
HOURLESS = 1
"""A clock time so many seconds past the full hour says that only its day is known."""
BLOCK = 8 * 1024**2
_HEAD = 262_144
_NAME = 160
_MOST_COUNT = 10_000_000
_OURS = (
    "has no header of",
    "holds ",
    "is a PDF",
    "is cut off",
    "is locked with a password",
    "the file is empty",
    "unpacks to far more",
)
"""How sentences begin that quote nothing of a log; a reader's own may name a sheet or a member."""
_SCHEMA = pa.schema(
    [
        ("key", pa.uint64()),
        ("organization", pa.string()),
        ("clock", pa.int64()),
        ("networks", pa.int32()),
        ("devices", pa.int32()),
        ("days", pa.float32()),
        ("reason", pa.int8()),
        ("type", pa.int8()),
        ("row", pa.int32()),
    ]
)


def load(job: dict[str, Any]) -> None:
    """Make the patterns ready, which the file shall not pay."""
    reasons.categories()


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say the searches of a log, some thousands at a time, then what was left out."""
    try:
        yield from _answer(job)
    except InputError as error:
        if error.what.startswith(_OURS):
            raise
        raise InputError(
            "cannot be read as a log of searches",
            fix="save the log as CSV in UTF-8 with the program it comes from",
        ) from None
    except MemoryError:
        raise
    except Exception as error:  # its text may quote a row, so only its kind is said, in words
        raise InputError(
            f"is not a readable table ({reason(error, quote=False)})",
            fix="save it as CSV in UTF-8 with the program it comes from",
        ) from None


def _answer(job: dict[str, Any]) -> Iterator[Message]:
    counts = {"cells": 0, "time": 0, "zone": 0, "rows": 0, "aside": 0, "order": 0}
    path, kind = Path(job["path"]), str(job["kind"])
    checked = Checked(path, kind, "", path.stat().st_size, Caps(**job["caps"]))
    if kind in WORKBOOKS:
        yield from _sheets(sheets_within(checked), job, counts)
    elif kind == "zip":
        with table_within(checked) as (_, inner):
            yield from _stream(_Capped(inner, int(job["most_plain"])), job, counts)
    else:
        with _plain(path, int(job["most_plain"])) as stream:
            yield from _stream(stream, job, counts)
    yield {"counts": counts}, b""


def _stream(stream: _Capped, job: dict[str, Any], counts: dict[str, int]) -> Iterator[Message]:
    """Read a log in text: JSON records, or a table with marks between its cells."""
    head = stream.peek(_HEAD)[:_HEAD]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        parts = list(iter(stream.read, b""))
        rows = records_within(b"".join(parts), Path(job["path"]))
        del parts
        stream = _Capped(_Written(rows), int(job["most_plain"]))
        head = stream.peek(_HEAD)[:_HEAD]
    encoding = _encoding(head)
    layout = layout_of(codecs.decode(head, encoding, "replace"))
    yield {"layout": layout.name, "columns": sorted(layout.at)}, b""
    for batch in _batches(stream, layout, encoding, counts):
        yield {"table": batch.num_rows}, pack(_reduced(batch, layout, job, counts))


def _sheets(
    sheets: Iterable[tuple[str, Iterator[list[str]]]], job: dict[str, Any], counts: dict[str, int]
) -> Iterator[Message]:
    """Read every sheet of a workbook that has the header of a log; lines of others are counted."""
    refused: InputError | None = None
    logs = 0
    for _, rows in sheets:
        seen = itertools.count()
        lines = (row for row in rows if any(row) and next(seen) >= 0)
        if (first := next(lines, None)) is None:
            continue
        whole = itertools.chain([first], lines)
        try:
            yield from _stream(_Capped(_Written(whole), int(job["most_plain"])), job, counts)
            logs += 1
        except InputError as error:
            refused = error
            for _ in whole:
                pass
            counts["aside"] += next(seen)
    if not logs:
        raise refused or InputError("the file is empty", fix=WHOLE)


class _Written:
    """Rows of cells as the bytes of a table in UTF-8, written as they are read."""

    def __init__(self, rows: Iterator[list[str]]) -> None:
        self._rows, self._ready = rows, b""

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, b"" at the end."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        while len(self._ready) + text.tell() < size and (row := next(self._rows, None)) is not None:
            writer.writerow(row)
        self._ready += text.getvalue().encode("utf-8", "replace")
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def close(self) -> None:
        """Have nothing to close."""


class _Capped:
    """A stream of bytes that may not grow beyond its cap, with a look ahead."""

    def __init__(self, inner: Any, most: int) -> None:
        self._inner, self._left, self._ready = inner, most, b""
        self.closed = False

    def __enter__(self) -> _Capped:
        return self

    def __exit__(self, *_: object) -> None:
        self._inner.close()

    def peek(self, size: int) -> bytes:
        while len(self._ready) < size and (more := self._take(size - len(self._ready))):
            self._ready += more
        return self._ready

    def _take(self, size: int) -> bytes:
        try:
            data: bytes = self._inner.read(size)
        except (EOFError, OSError, ValueError):
            raise InputError("is cut off or damaged", fix="download or copy it again") from None
        self._left -= len(data)
        if self._left < 0:
            raise InputError("unpacks to far more than a log does", fix="unpack and split it")
        return data

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes."""
        size = BLOCK if size < 0 else size
        if self._ready:
            data, self._ready = self._ready[:size], self._ready[size:]
            return data
        return self._take(size)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def close(self) -> None:
        """Leave the file to the context manager."""


def _plain(path: Path, most: int) -> _Capped:
    raw = path.open("rb")
    magic = raw.read(4)
    raw.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return _Capped(gzip.GzipFile(fileobj=raw), most)
    if magic[:3] == b"BZh":
        return _Capped(bz2.BZ2File(raw), most)
    if magic in (b"%PDF", b"PAR1"):
        raise InputError("is a PDF or Parquet", fix="save the log as CSV and pass that")
    return _Capped(raw, most)


def _encoding(head: bytes) -> str:
    if not head.strip():
        raise InputError("the file is empty", fix=WHOLE)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _batches(
    stream: _Capped, layout: Layout, encoding: str, counts: dict[str, int]
) -> Iterator[Any]:
    """Yield batches of the columns that mean something, as bytes."""
    names = [f"c{i}" for i in range(layout.width)]
    wanted = [f"c{i}" for places in layout.at.values() for i in places]

    def left_out(row: Any) -> str:
        counts["cells"] += 1
        return "skip"

    with arrow_csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=arrow_csv.ReadOptions(
            use_threads=False,
            block_size=BLOCK,
            column_names=names,
            skip_rows=layout.skip,
            encoding="utf8" if encoding == "utf-8-sig" else encoding,
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.mark, newlines_in_values=True, invalid_row_handler=left_out
        ),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, pa.binary()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    ) as reader:
        yield from reader


def _text(batch: Any, place: int | None) -> Any:
    """Return a column as text without blanks around it, "" where there is no such column."""
    if place is None:
        return pa.array([""] * batch.num_rows, pa.string())
    column = batch.column(f"c{place}")
    try:
        text = column.cast(pa.string())
    except pa.ArrowInvalid:
        text = pa.array([v.decode("cp1252", "replace") for v in column.to_pylist()], pa.string())
    return pc.utf8_trim_whitespace(text)


def _count(texts: Any) -> Any:
    """Return whole numbers, -1 where the text is none."""
    plain = pc.replace_substring(texts, ",", "")
    good = pc.match_substring_regex(plain, r"^[0-9]{1,8}(?:\.0+)?$")
    digits = pc.replace_substring_regex(pc.if_else(good, plain, "-1"), r"\.0+$", "")
    value = digits.cast(pa.int64())
    return pc.if_else(pc.greater(value, _MOST_COUNT), -1, value).cast(pa.int32())


def _reduced(batch: Any, layout: Layout, job: dict[str, Any], counts: dict[str, int]) -> Any:
    """Return what may leave of a batch: one row per row with a readable time."""
    texts = _text(batch, layout.first("time"))
    day_texts = _text(batch, layout.first("day")) if "day" in layout.at else None
    order = str(job["order"])
    said, zoned = times.of_columns(texts, day_texts, layout.zone, order)
    clock = times.local(said, job["timezone"]) // 3600 * 3600
    if (said == NO_TIME).any():
        said, clock = _with_days(texts, said, clock, order)
        if day_texts is not None:
            said, clock = _with_days(day_texts, said, clock, order)
        unread = pa.array(said == NO_TIME)
        told = (column for column in (texts, day_texts) if column is not None)
        counts["order"] += max(times.of_the_other_order(c.filter(unread), order) for c in told)
    good = said != NO_TIME
    first_row = counts["rows"]
    counts["rows"] += batch.num_rows
    counts["time"] += int((~good).sum())
    counts["zone"] += int((good & ~zoned).sum())
    organization = pc.utf8_slice_codeunits(_text(batch, layout.first("organization")), 0, _NAME)
    columns = {
        "key": pa.array(_keys(batch, layout, int(job["secret"])), pa.uint64()),
        "organization": organization,
        "clock": pa.array(clock, pa.int64()),
        "networks": _count(_text(batch, layout.first("networks"))),
        "devices": _count(_text(batch, layout.first("devices"))),
        "days": pa.array(_days(batch, layout, said, order), pa.float32()),
        "reason": pa.array(_reasons(batch, layout), pa.int8()),
        "type": pa.array(_types(_text(batch, layout.first("type"))), pa.int8()),
        "row": pa.array(np.arange(first_row + 1, first_row + batch.num_rows + 1), pa.int32()),
    }
    table = pa.table(columns, schema=_SCHEMA)
    return table if good.all() else table.filter(pa.array(good))


def _with_days(texts: Any, said: Any, clock: Any, order: str) -> tuple[Any, Any]:
    """Return the times, and the clock's, with the days of rows that say no time of day."""
    day = np.where(said == NO_TIME, times.days(texts, order), NO_TIME)
    bare = day != NO_TIME
    return np.where(bare, day, said), np.where(bare, day + HOURLESS, clock)


def _keys(batch: Any, layout: Layout, secret: int) -> Any:
    """Return the number of each search: of its id, or of all that is known of it without one."""
    place = layout.first("id")
    cells = [batch.column(f"c{i}") for places in layout.at.values() for i in places]
    whole = keys(cells, secret)
    if place is None:
        return whole
    ids = batch.column(f"c{place}")
    named = np.asarray(pc.greater(pc.binary_length(ids), 0))
    return np.where(named, keys([ids], secret), whole)


def _days(batch: Any, layout: Layout, said: Any, order: str) -> Any:
    """Return how many days before the search its time frame begins, NaN where it is not said."""
    place = layout.first("frame_start")
    if place is not None:
        texts = _text(batch, place)
    elif "frame" in layout.at:
        texts = times.frame_starts(_text(batch, layout.first("frame")))
    else:
        return np.full(batch.num_rows, np.nan, np.float32)
    start, _ = times.of_columns(texts, None, layout.zone, order)
    if (start == NO_TIME).any():
        start = np.where(start == NO_TIME, times.days(texts, order), start)
    known = (start != NO_TIME) & (said != NO_TIME)
    days = np.where(known, said - np.where(known, start, 0), 0) / 86_400
    return np.where(known, days, np.nan)


def _reasons(batch: Any, layout: Layout) -> Any:
    columns = [_text(batch, i) for w in ("offense", "reason") for i in layout.at.get(w, ())]
    at = reasons.categories().names.index
    if not columns:
        return np.full(batch.num_rows, at(reasons.NO_COLUMN), np.int8)
    joined = pc.binary_join_element_wise(*columns, " ") if len(columns) > 1 else columns[0]
    coded = joined.dictionary_encode()
    return reasons.category_codes(coded.dictionary)[np.asarray(coded.indices)]


def _types(texts: Any) -> Any:
    at = pc.index_in(pc.utf8_lower(texts), value_set=pa.array(TYPES))
    return pc.fill_null(at, TYPES.index("other")).cast(pa.int8())
