"""The first look at any file a user hands in: a regular local file of sensible size, or one line
why not.

Every room that opens a stranger's file asks here first; what the file is and what it holds comes
later."""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from alprmap.errors import WHOLE, InputError, reason
from alprmap.text import is_seen, seen

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]+:")
MOST_BYTES = 8 * 1024**3
"""Size of a file of cameras or of a table: no state's records come near it."""
TEXT_BYTES = 256 * 1024**2
"""Size of a text that is read whole (a list of trips, of ports, of decisions): some million lines.
"""
PROJECT_BYTES = 256_000
"""Size of a project file: a person wrote it."""
_LINE = 10_000
"""Characters of a line of it; a key of a million parts keeps the parser busy for minutes."""
MOST_LINE, MOST_COLUMNS, MOST_CELLS = 4_000_000, 4_096, 8_000_000
"""Characters of a line, columns and cells of a table that is read whole: a cell takes some 60 bytes
of memory. """
MOST_VALUES = 10_000_000
"""Values of a JSON that is read whole: they take some 60 bytes each, however short they are in the
file. """


def file_there(path: str | os.PathLike[str]) -> bool:
    """Tell whether there is such a file or folder; also for texts that no file could be called (too
    long, NUL)."""
    return os.path.exists(path)  # noqa: PTH110 (Path.exists raises for those)


def regular_file(
    path: str | os.PathLike[str], *, most_bytes: int = MOST_BYTES, empty: str = "the file is empty"
) -> Path:
    """Return `path` when it names a regular local file; anything else is refused, and nothing is
    opened.

    Raises
    ------
    InputError
        For URLs, GDAL's virtual paths, folders, devices, pipes, missing, unreadable, empty and
        oversized files.
    """
    text = os.fspath(path)
    drive = os.name == "nt" and re.match(r"^[A-Za-z]:[\\/]", text)
    if (_SCHEME.match(text) and not drive and not file_there(text)) or text.startswith("/vsi"):
        raise InputError(
            "only local files are read", where=text, fix="download it first and pass the file"
        )
    if "\0" in text:
        raise InputError("the path holds a NUL character", fix="name a file")
    local = Path(text)
    try:
        info = local.stat()
    except FileNotFoundError:
        raise InputError("no such file", where=text, fix="check the path") from None
    except OSError as error:
        raise InputError(
            f"cannot be opened: {error.strerror}", where=text, fix="check the path"
        ) from None
    if stat.S_ISDIR(info.st_mode):
        raise InputError("is a folder, not a file", where=text, fix="pass the files in it")
    if not stat.S_ISREG(info.st_mode):
        raise InputError(
            "is not a regular file", where=text, fix="copy its content to a file first"
        )
    if info.st_size == 0:
        raise InputError(empty, where=text, fix=WHOLE)
    if info.st_size > most_bytes:
        units = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
        unit, name = next((u, n) for u, n in units if most_bytes >= u or n == "kB")
        size = f"{most_bytes / unit:.0f} {name}"
        raise InputError(f"is larger than {size}", where=text, fix="split it")
    if not os.access(local, os.R_OK):
        raise InputError(
            "cannot be opened: permission denied",
            where=text,
            fix="check the permissions of the file and of its folder",
        )
    return local


def text_of(
    path: str | os.PathLike[str],
    *,
    most_bytes: int = TEXT_BYTES,
    encodings: tuple[str, ...] = ("utf-8-sig",),
) -> str:
    """Return the whole text of a small regular file, in the first of the encodings that holds.

    Raises
    ------
    InputError
        When `regular_file` refuses it, or none of the encodings holds.
    """
    local = regular_file(path, most_bytes=most_bytes)
    try:
        raw = local.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be opened: {error.strerror}", where=path, fix="check the path"
        ) from None
    # text in UTF-16 is full of zeros, and would pass for text of another encoding
    for encoding in encodings if b"\0" not in raw else ():
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    raise InputError("is not UTF-8 text", where=path, fix="save it as UTF-8")


def csv_of(
    path: str | os.PathLike[str],
    *,
    encodings: tuple[str, ...] = ("utf-8-sig",),
    as_it_is: bool = False,
) -> str:
    """Return the whole text of a small delimited table, without characters that hide or drive a
    terminal; `as_it_is` for who cleans each cell and counts.

    Raises
    ------
    InputError
        When `text_of` refuses it, or its lines, columns or cells are more than a table of its kind
        has.
    """
    text = checked_csv(text_of(path, encodings=encodings), path)
    return text if as_it_is else seen(text)


def checked_csv(text: str, path: str | os.PathLike[str]) -> str:
    """Return the text of a delimited table, which `path` names in errors, when it is of a size a
    table has.

    Raises
    ------
    InputError
        When its lines, columns or cells are more than a table of its kind has.
    """
    at = 0
    while len(text) - at > MOST_LINE:
        end = text.rfind("\n", at, at + MOST_LINE)
        if end < 0:
            raise InputError(
                f"a line is longer than {MOST_LINE} characters", where=path, fix="split it"
            )
        at = end + 1
    head = text[:MOST_LINE].partition("\n")[0]
    marks = [mark for mark in ",;\t" if mark in head]
    if any(head.count(mark) >= MOST_COLUMNS for mark in marks):
        raise InputError(
            f"has more than {MOST_COLUMNS} columns", where=path, fix="keep those that are needed"
        )
    if text.count("\n") + max((text.count(mark) for mark in marks), default=0) > MOST_CELLS:
        raise InputError(
            f"holds more than {MOST_CELLS / 1e6:.0f} million cells",
            where=path,
            fix="split it, or keep the columns that are needed",
        )
    return text


def json_of(
    path: str | os.PathLike[str], *, most_bytes: int = TEXT_BYTES, most_values: int = MOST_VALUES
) -> Any:
    """Return the value of a small JSON file.

    Raises
    ------
    InputError
        When `text_of` refuses it, it is no JSON, or holds more values than it may.
    """
    return _json(text_of(path, most_bytes=most_bytes), path, most_values)


def json_from(raw: bytes, path: str | os.PathLike[str], *, most_values: int = MOST_VALUES) -> Any:
    """Return the value of JSON that was read from `path` already.

    Raises
    ------
    InputError
        When it is no JSON in UTF-8, or holds more values than it may.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", where=path, fix="save it as UTF-8") from None
    return _json(text, path, most_values)


def _json(text: str, path: str | os.PathLike[str], most_values: int) -> Any:
    refuse_values(text, path, most_values)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"not readable JSON ({reason(error)})",
            where=path,
            fix=WHOLE,
        ) from None


def refuse_values(text: str, path: str | os.PathLike[str], most_values: int = MOST_VALUES) -> None:
    """Refuse JSON of more values than it may hold, before they are made: sixty bytes each, of two
    in the file.

    Raises
    ------
    InputError
        When there are more.
    """
    if sum(text.count(mark) for mark in ",[{") > most_values:
        raise InputError(
            f"holds more than {most_values / 1e6:.0f} million values", where=path, fix="split it"
        )


def toml_of(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the tables of a project file.

    Raises
    ------
    InputError
        When `text_of` refuses it, or it is no TOML that a person wrote.
    """
    text = text_of(path, most_bytes=PROJECT_BYTES)
    long = next((n for n, line in enumerate(text.splitlines(), 1) if len(line) > _LINE), None)
    if long is not None:
        raise InputError(
            f"has more than {_LINE:,} characters", where=path, row=f"line {long}", fix="break it up"
        )
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not TOML: {reason(error)}", where=path, fix="correct it there") from None
    # its texts stand on pages, in plain files and on the terminal: an escape writes any character
    for at in _unseen(tables):
        raise InputError(
            f"{at or 'a key'} holds characters that are not seen (of control or direction)",
            where=path,
            fix="write it in plain characters",
        )
    return tables


def _unseen(tables: dict[str, Any]) -> Iterator[str]:
    """Yield the key of each text with characters that are not seen; "" where the key itself has
    some. Tables may lie in one another deeper than Python calls."""
    waiting: list[tuple[str, Any]] = [("", tables)]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, str) and not is_seen(value):
            yield at
        elif isinstance(value, list):
            waiting += [(at, part) for part in value]
        elif isinstance(value, dict):
            if not all(map(is_seen, value)):
                yield ""
            waiting += [(f"{at}.{key}"[-80:].lstrip("."), part) for key, part in value.items()]
