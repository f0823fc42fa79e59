"""The error tree: one base class, each leaf also a builtin, each with the exit code of the command
line.

A message says what happened, where (file, row), and what to do next, in one line.
"""

from __future__ import annotations

import re
from os import PathLike

WHOLE = "check that it was saved or downloaded completely"
"""What to do about a file that is empty or breaks off."""


class AlprmapError(Exception):
    """Base of every error alprmap raises on purpose.

    Parameters
    ----------
    what
        What happened, a short clause without a full stop.
    where
        File, or file and place in it, that it happened in.
    row
        Row, feature or line number in that file (1-based, header not counted unless said).
    fix
        What the user can do about it.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | PathLike[str] | None = None,
        row: int | str | None = None,
        fix: str | None = None,
    ) -> None:
        self.what, self.where, self.row, self.fix = what, where, row, fix
        super().__init__(str(self))

    def __str__(self) -> str:
        place = "" if self.where is None else f"{path_end(str(self.where))}: "
        if self.row is not None:
            row = (
                str(self.row) if str(self.row).startswith(("line ", "page ")) else f"row {self.row}"
            )
            place = f"{place.removesuffix(': ')}, {row}: " if place else f"{row}: "
        tail = f"; {self.fix}" if self.fix else ""
        return one_line(f"{place}{self.what}{tail}")


class InputError(AlprmapError, ValueError):
    """A file or value the user handed in cannot be used (exit 1)."""


class NotFoundError(AlprmapError, LookupError):
    """A name, id or place that was asked for does not exist (exit 1)."""


class UsageError(AlprmapError, TypeError):
    """An option or argument does not fit the command (exit 2)."""

    exit_code = 2


class StorageError(AlprmapError, OSError):
    """Disk full, no permission, or an I/O error while writing; existing files are unchanged (exit
    4)."""

    exit_code = 4


class BusyError(AlprmapError, RuntimeError):
    """Another run holds the output folder (exit 5)."""

    exit_code = 5


_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (RecursionError, "it is nested too deeply"),
    (MemoryError, "it needs more memory than there is"),
    (UnicodeError, "its text is not UTF-8"),
    (OverflowError, "a number in it is too large"),
    (LookupError, "a part of it is missing"),
    (TypeError, "a part of it is of another sort than it should be"),
    (AttributeError, "a part of it is of another sort than it should be"),
    (TimeoutError, "no answer came in time"),
)
_OTHERWISE = "it is not laid out as it should be"
_CLASS = re.compile(
    r"<class '[^']*'>"
    r"|\b(?:[A-Za-z_]\w*\.)*[A-Za-z_]*[a-z]\w*(?:Error|Exception|Warning)\b(?:\(\))?:?"
)


def reason(error: BaseException, *, quote: bool = True) -> str:
    """Return in plain words why something failed, for a message to a user: no name of a class, and
    never nothing.

    Parameters
    ----------
    error
        What was raised, by Python, by a library or by alprmap.
    quote
        Whether its own text may be told, which can hold a piece of the file.

    >>> reason(KeyError("nodes")), reason(ValueError())
    ('a part of it is missing', 'it is not laid out as it should be')
    >>> reason(ValueError("thrift: TProtocolException: the footer is cut"))
    'thrift: the footer is cut'
    """
    if isinstance(error, AlprmapError):
        return one_line(error.what, limit=120)
    if isinstance(error, OSError) and error.strerror:
        return one_line(error.strerror, limit=120)
    kind = next((words for kind, words in _KINDS if isinstance(error, kind)), None)
    if kind is not None or not quote:
        return kind or _OTHERWISE
    text = " ".join(_CLASS.sub("", str(error)).split()).strip(" :;,")
    return _OTHERWISE if text in ("", "None") else one_line(text, limit=120)


def one_line(text: str, *, limit: int = 500) -> str:
    """Fold `text` to one printable line of at most `limit` characters, so that data never drives
    the terminal.

    >>> one_line("bad\\x1b[31m name\\nnext")
    'bad?[31m name next'
    """
    folded = " ".join(text.split())
    clean = "".join(c if c.isprintable() else "?" for c in folded)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def path_end(place: str, limit: int = 240) -> str:
    """Return the end of a long path: its name is there, and the reason behind it must not be cut
    off."""
    return place if len(place) <= limit else f"…{place[1 - limit :]}"


def visible_json(text: str) -> str:
    r"""Return JSON text of the same meaning, what hides, drives a terminal or cannot be encoded
    written as \uXXXX.

    >>> visible_json('"' + chr(0x202E) + chr(0xD800) + ' Ñandú"')
    '"\\u202e\\ud800 Ñandú"'
    """
    return "".join(c if c.isprintable() or c == "\n" else _escape(c) for c in text)


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
