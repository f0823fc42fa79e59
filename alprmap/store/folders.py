"""What a file may say about files: names in a result folder, and how such a file is opened.

Every name that is read from a file (`manifest.json`, a finished part) goes through `parts_of`, and
every file so named is reached through `take`, which follows no link at any step and looks at what
it has in hand, not at what stood there a moment before.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import Any

from alprmap.errors import InputError

ANY = ("**",)
"""Any name that `parts_of` lets through."""
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}", re.ASCII)
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that mean a device on Windows, whatever follows the dot."""
DEEPEST = 4
"""Folders and file of a name; our own are at most two deep."""
_HASH = re.compile(r"[0-9a-f]{64}")
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)
_BY_HANDLE = bool(_NO_LINK) and {os.open, os.link, os.mkdir, os.unlink} <= os.supports_dir_fd


def parts_of(name: Any, may: Iterable[str] = ANY) -> tuple[str, ...]:
    """Return the folders and the file of a name from a file, if it may be the name of a file of
    ours.

    It is relative and made of plain ASCII letters, digits, `_`, `-` and `.`; no part begins with a
    dot or ends in one (so there is no `..` and nothing hidden), none is a device where the system
    has such names; and it is one of `may`, patterns of `fnmatch` in which ``*`` stays within a
    part.

    Raises
    ------
    ValueError
        When it may not.

    >>> parts_of("coverage/c1.csv", ["coverage/*.csv"])
    ('coverage', 'c1.csv')
    """
    parts = tuple(name.split("/")) if isinstance(name, str) else ()
    if not 1 <= len(parts) <= DEEPEST or not all(_is_plain(p) for p in parts):
        raise ValueError("no name of a file in a result")
    for pattern in may:
        wanted = pattern.split("/")
        if pattern == "**" or (
            len(wanted) == len(parts) and all(map(fnmatch.fnmatchcase, parts, wanted))
        ):
            return parts
    raise ValueError("not the name of a file that is written there")


def _is_plain(part: str) -> bool:
    device = os.name == "nt" and _DEVICES.fullmatch(part)
    return bool(_PART.fullmatch(part)) and not part.endswith(".") and not device


def is_hash(value: Any) -> bool:
    """Tell whether a value from a file is a SHA-256, in hex."""
    return isinstance(value, str) and bool(_HASH.fullmatch(value))


def contents(folder: Path) -> set[str]:
    """Return the names of all files below `folder`, with slashes.

    Raises
    ------
    InputError
        When anything in it is a link, a pipe or a device.
    """
    names: set[str] = set()
    for root, inner, files in os.walk(folder):
        for name in (*inner, *files):
            path = Path(root, name)
            kind = path.lstat().st_mode
            if not (stat.S_ISDIR(kind) or stat.S_ISREG(kind)):
                what = "a link" if stat.S_ISLNK(kind) else "no file"
                raise InputError(
                    f"holds {path.relative_to(folder).as_posix()}, which is {what}; a result holds"
                    " files alone",
                    where=folder,
                    fix="remove it or choose another --out",
                )
        names |= {Path(root, name).relative_to(folder).as_posix() for name in files}
    return names


def read(folder: Path, name: str, *, most_bytes: int) -> bytes | None:
    """Return the bytes of a file in `folder` that is reached without a link; None where there is
    none.

    Raises
    ------
    InputError
        When it is larger than `most_bytes`.
    """
    parts = parts_of(name)
    try:
        with _inside(folder, parts[:-1]) as at, opened(at, parts[-1]) as file:
            data = file.read(most_bytes + 1)
    except OSError:
        return None
    if len(data) > most_bytes:
        raise InputError(
            f"is larger than {most_bytes / 1e6:.0f} MB",
            where=folder / name,
            fix="remove it and build again",
        )
    return data


def take(folder: Path, parts: tuple[str, ...], sha256: str, into: Path) -> bool:
    """Take the file `parts` of `folder` over into the folder `into`, if its bytes have this hash.

    `into` is private to this run. The file gets a second name there where the system can, and is
    hashed under that name; a file that has yet another name elsewhere, which could change it later,
    is copied."""
    target = into.joinpath(*parts)
    if target.exists():
        return False  # named twice
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _inside(folder, parts[:-1]) as at:
            if not _second_name(at, parts[-1], target):
                with opened(at, parts[-1]) as file, target.open("xb") as copy:
                    shutil.copyfileobj(file, copy, 1 << 20)
        with opened(target.parent, target.name) as file:
            sound = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        sound = False
    if not sound:
        target.unlink(missing_ok=True)
    return sound


def _second_name(at: int | Path, name: str, target: Path) -> bool:
    """Give the file a second name; false where it has more, is a link, or the system has no such
    thing.
    """
    try:
        if isinstance(at, int):
            os.link(name, target, src_dir_fd=at, follow_symlinks=False)
        else:
            os.link(at / name, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        return False
    info = target.lstat()
    if stat.S_ISREG(info.st_mode) and info.st_nlink == 2:
        return True
    target.unlink()
    return False


@contextmanager
def _inside(folder: Path, parts: tuple[str, ...]) -> Iterator[int | Path]:
    """Give the folder `parts` below `folder` as a handle that no link can turn away; as a path
    elsewhere.

    Raises
    ------
    OSError
        When one of them is no folder, or a link.
    """
    if not _BY_HANDLE:
        inner = folder.joinpath(*parts)
        if os.path.realpath(inner) != os.path.join(os.path.realpath(folder), *parts):  # noqa: PTH118
            raise OSError("reached through a link")
        yield inner
        return
    handle = os.open(folder, os.O_RDONLY | _DIRECTORY | _NO_LINK)
    try:
        for part in parts:
            outer = handle
            handle = os.open(part, os.O_RDONLY | _DIRECTORY | _NO_LINK, dir_fd=outer)
            os.close(outer)
        yield handle
    finally:
        with suppress(OSError):
            os.close(handle)


@contextmanager
def opened(at: int | Path, name: str) -> Iterator[BufferedReader]:
    """Give a regular file of a folder; a pipe is not waited for.

    Raises
    ------
    OSError
        When it is anything else, or a link.
    """
    flags = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if isinstance(at, int):
        handle = os.open(name, flags, dir_fd=at)
    else:
        if (at / name).is_symlink():
            raise OSError("is a link")
        handle = os.open(at / name, flags)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("is no regular file")
        yield file
