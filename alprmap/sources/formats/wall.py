"""Plain rows over the wall: how the child packs them, and how they are checked on this side.

Rows of many shapes (a tag here, none there) travel in batches: each shape as its names and its rows
of values, and the order in which they alternate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from alprmap.errors import InputError
from alprmap.sandbox import _BUSY, _RUNNING, LIMITS, Limits, ask, out_of_step
from alprmap.sandbox import close_child as close
from alprmap.sources.formats.rows import Row, Table
from alprmap.sources.intake import Checked

__all__ = ["LIMITS", "_BUSY", "_RUNNING", "Limits", "close", "packed", "tables", "validated"]

ROOM = "alprmap.sources.formats.readers"
ROWS_PER_BATCH = 2_000
CHARS_PER_BATCH = 2 * 1024**2
_SHAPES_PER_BATCH = 500


def tables(
    checked: Checked, options: dict[str, Any], *, limits: Limits = LIMITS
) -> Iterator[Table]:
    """Yield the tables of a file read in the child process; each table's rows must be taken before
    the next.

    Raises
    ------
    InputError
        When the reader refuses the file, or dies, or takes longer or more memory than it may.
    """
    job = {
        "path": str(checked.path.resolve()),
        "kind": checked.kind,
        "packing": checked.packing,
        "size": checked.size,
        "caps": asdict(checked.caps),
        "options": options,
    }
    said = _Said(ask(ROOM, job, where=checked.path, size=checked.size, limits=limits), checked)
    try:
        while (table := said.next_table()) is not None:
            yield table
            for _ in table.rows:  # what the caller left, so that the channel stays in step
                pass
    finally:
        said.messages.close()


class _Said:
    """What the child said, table by table."""

    def __init__(self, messages: Any, checked: Checked) -> None:
        self.messages, self.checked = messages, checked

    def next_table(self) -> Table | None:
        for message, _ in self.messages:
            told = message.get("table")
            if not isinstance(told, dict) or not all(isinstance(told.get(k), str) for k in _NAMES):
                raise out_of_step(self.checked.path)
            hints: dict[str, str] = {}
            return Table(self._rows(hints), told["format"], told["name"], told["origin"], hints)
        return None

    def _rows(self, hints: dict[str, str]) -> Iterator[Row]:
        for message, _ in self.messages:
            if "hints" in message:
                told = message["hints"]
                if isinstance(told, dict):
                    hints.update({k: v for k, v in told.items() if isinstance(v, str)})
                return
            yield from self._batch(message)
        raise out_of_step(self.checked.path)

    def _batch(self, message: dict[str, Any]) -> Iterator[Row]:
        shapes, order = message.get("shapes"), message.get("order")
        if not isinstance(shapes, list) or not all(
            isinstance(s, list) and len(s) == 2 for s in shapes
        ):
            raise out_of_step(self.checked.path)
        if order is None:
            for keys, rows in shapes:
                yield from validated(keys, rows)
            return
        parts = [validated(keys, rows) for keys, rows in shapes]
        try:
            for at in order:
                yield next(parts[at])
        except (StopIteration, IndexError, TypeError):
            raise out_of_step(self.checked.path) from None


_NAMES = ("format", "name", "origin")
_PLAIN = frozenset([str, int, float, bool, type(None)])


def validated(keys: Any, rows: Any) -> Iterator[Row]:
    """Yield rows of one shape that hold text, numbers and missing values only; anything else is a
    refused row."""
    sound = (
        isinstance(keys, list) and all(isinstance(k, str) for k in keys) and isinstance(rows, list)
    )
    plain = _PLAIN.issuperset
    for values in rows if sound else [None]:
        if not isinstance(values, list) or len(values) != len(keys):
            yield {"$refuse": "the reader gave no record"}
        elif plain(map(type, values)):
            yield dict(zip(keys, values, strict=True))
        else:
            yield {"$refuse": "the reader gave something else than text and numbers"}


def packed(rows: Iterable[Row], checked: Checked) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as messages of some thousand rows or some million characters.

    Raises
    ------
    InputError
        When one row alone is longer than a record may be.
    """
    most = 2 * checked.caps.record_chars
    shapes: dict[tuple[str, ...], list[list[Any]]] = {}
    number: dict[tuple[str, ...], int] = {}
    order: list[int] = []
    chars = 0
    for row in rows:
        names = tuple(row)
        values = list(row.values())
        kept = shapes.get(names)
        if kept is None:
            kept = shapes[names] = []
            number[names] = len(number)
            chars += sum(map(len, names))
        kept.append(values)
        order.append(number[names])
        longer = sum(map(len, [v for v in values if v.__class__ is str]))
        if longer > most:
            raise InputError(
                f"one record is longer than {checked.caps.record_chars} characters",
                fix="shorten its longest text",
            )
        chars += longer
        if (
            len(order) >= ROWS_PER_BATCH
            or chars >= CHARS_PER_BATCH
            or len(number) >= _SHAPES_PER_BATCH
        ):
            yield _message(shapes, order)
            shapes, number, order, chars = {}, {}, [], 0
    if order:
        yield _message(shapes, order)


def _message(shapes: dict[tuple[str, ...], list[list[Any]]], order: list[int]) -> dict[str, Any]:
    said = {"shapes": list(shapes.items())}
    return said if len(shapes) == 1 else said | {"order": order}
