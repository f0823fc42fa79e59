"""Reading and writing our own tables so that a file, or a set of files, is the old one or the new
one, whole.

A write goes to a temporary file in the target folder, is flushed to disk and renamed over the
target. Files that belong together are written inside `together`, which puts them in place all at
once (`alprmap.store.journal`)."""

from __future__ import annotations

import errno
import filecmp
import functools
import hashlib
import json
import os
import platform
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from alprmap.errors import BusyError, StorageError, UsageError, reason
from alprmap.store import journal, links
from alprmap.store.journal import sync_folder as sync_folder
from alprmap.store.locks import claim as claim
from alprmap.store.locks import finish as finish
from alprmap.store.locks import keep as keep
from alprmap.store.locks import keeping
from alprmap.store.locks import locked as locked
from alprmap.store.locks import release as release

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.credits import Credits

T = TypeVar("T")
SUFFIXES = {
    "table": (".parquet", ".csv", ".geojson", ".gpkg", ".fgb", ".kmz"),
    "picture": (".png", ".svg", ".pdf"),
}
DRAWN = (".geojson", ".gpkg", ".fgb", ".kmz")
"""Formats of a table that a map program draws: there its rows need a place."""
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}
WRITTEN: list[Path] = []
"""What this process has put in place, for whoever has to say what an interrupted run has changed.
"""


@dataclass(frozen=True, slots=True)
class _Set:
    """The output whose files are being written together, what is staged of it (target → staged
    file), and the path by which its user named it."""

    out: Path
    staged: dict[Path, Path]
    named: Path


_SET: ContextVar[_Set | None] = ContextVar("alprmap_set", default=None)


def _stays(target: Path, follow: bool) -> bool:
    """Tell whether there is a file whose kind and rights matter: of a link that goes, what it leads
    to is of no matter."""
    return target.exists() and (follow or not target.is_symlink())


@contextmanager
def replacing(path: Path, *, follow: bool = True) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it is synced and renamed over `path`, else
    removed.

    A link that its user named is followed, so that the file behind it is replaced and not the link
    (`alprmap.store.links`); without `follow` the link goes (where a file is ours by its name and no
    person put a link there). What a killed
    writer left beside it is removed. Inside `together` the new file is staged and takes its place
    with the others.

    Raises
    ------
    StorageError
        On any operating-system error, where `path` is no regular file, or a link that is not
        followed; the existing file is unchanged then.
    """
    path = Path(path)
    among = _SET.get()
    scratch: Path | None = None
    try:
        named = None if among is None else among.named
        target = links.target_of(path, named) if follow else path.absolute()
        if _stays(target, follow) and not target.is_file():
            raise OSError(errno.EINVAL, "it is there and no regular file")
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_left(target.parent)
        start = ".new-" if among is None else journal.mark(among.out)
        # the suffix is kept because writers choose their format by it
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f"{start}{os.getpid()}-{_here()}-", suffix=path.suffix
        )
        scratch = Path(name)
        os.close(handle)
        yield scratch
        with scratch.open("rb+") as file:
            journal.flush(file.fileno())
        old = stat.S_IMODE(target.stat().st_mode) if _stays(target, follow) else None
        scratch.chmod(0o666 & ~umask() if old is None else old)
        if among is not None:
            if (earlier := among.staged.pop(target, None)) is not None:
                earlier.unlink()
            among.staged[target], scratch = scratch, None
            return
        journal.rename(scratch, target)
        scratch = None
        confirm(target)
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"cannot write: {reason(error)}",
            where=path,
            fix="your existing files are unchanged",
        ) from error
    finally:
        if scratch is not None:
            journal.remove(scratch)


def confirm(path: Path) -> None:
    """Flush the name of what was just put at `path` to disk.

    Raises
    ------
    StorageError
        When the disk refuses: the new file stands there, and nobody knows whether a power cut would
        leave it.
    """
    WRITTEN.append(Path(path))
    try:
        sync_folder(Path(path).parent)
    except OSError as error:
        raise StorageError(
            f"was written, but the disk does not confirm it: {error.strerror}",
            where=path,
            fix="look at the disk, then run it again",
        ) from error


@contextmanager
def together(out: Path) -> Iterator[None]:
    """Hold the output `out` and let all files written inside take their places at once, or none of
    them.

    `out` is the file whose name the others carry (`cameras.parquet`, beside it
    `cameras.views.parquet`) or the folder that holds them. Inside another set it is part of that
    one.

    Raises
    ------
    BusyError
        When another run holds `out`.
    UsageError
        When a file that is to be kept (`keep`) stands where one of them goes.
    StorageError
        When the disk refuses; all files are the old ones then.
    """
    if _SET.get() is not None:
        yield
        return
    named, out = Path(out), Path(os.path.realpath(out))
    missing = [p for p in (out, *out.parents) if not p.exists()]
    among = _Set(out, {}, named)
    try:
        with locked(out):
            finish(out)
            journal.clear(out)
            token = _SET.set(among)
            try:
                yield
            except BaseException as error:
                _forget(among)
                if isinstance(error, OSError) and error.errno in _DISK:
                    raise StorageError(
                        f"cannot write: {error.strerror}",
                        where=out,
                        fix="your existing files are unchanged",
                    ) from error
                raise
            finally:
                _SET.reset(token)
            _commit(among)
        missing.clear()
    finally:
        # of folders made for files that were not written after all, none is left
        for made in missing[-1:]:
            for folder, _, _ in os.walk(made, topdown=False):
                with suppress(OSError):
                    Path(folder).rmdir()


def _commit(among: _Set) -> None:
    # of another run's output or of the user's own; what would be written anew as it stands does no
    # harm
    theirs = [
        t
        for t, new in among.staged.items()
        if keeping() and t.exists() and not filecmp.cmp(t, new, False)
    ]
    if theirs:
        _forget(among)
        fix = "pass --force to replace it, or choose another --out"
        raise UsageError("exists already, and would be written too", where=theirs[0], fix=fix)
    try:
        journal.commit(among.out, among.staged, WRITTEN.extend)
    except OSError as error:
        if journal.hidden(among.out, "journal").exists():
            raise StorageError(
                f"cannot be put in place and not taken back either: {reason(error)}",
                where=among.out,
                fix="look at the disk, then run any command on it: that finishes it",
            ) from error
        _forget(among)
        raise StorageError(
            f"cannot write: {reason(error)}",
            where=among.out,
            fix="your existing files are unchanged",
        ) from error
    except BaseException:
        _forget(among)
        raise


def _forget(among: _Set) -> None:
    """Remove what was staged, unless a journal still counts on it."""
    if not journal.hidden(among.out, "journal").exists():
        for scratch in among.staged.values():
            journal.remove(scratch)


def standing(path: Path) -> Path:
    """Return where the newest bytes of `path` stand: its staged file inside `together`, else `path`
    itself."""
    among = _SET.get()
    return path if among is None else among.staged.get(Path(os.path.realpath(path)), path)


def settle(out: Path) -> None:
    """Finish what a killed writer of the set `out` had begun to put in place; wait while a living
    one does.

    Raises
    ------
    BusyError
        When the writer does not come to an end.
    StorageError
        When the disk refuses.
    """
    pending = journal.hidden(out, "journal")
    until = time.monotonic() + _PATIENCE_S
    while pending.exists():
        try:
            with locked(out):
                finish(out)
        except BusyError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def steady(out: Path, read: Callable[[], T]) -> T:
    """Return what `read` reads of the set `out`: of the old set or of the new one, never some of
    each.

    Raises
    ------
    BusyError
        When the set changes each time it is read.
    """
    pending = journal.hidden(out, "journal")
    for _ in range(_TIMES):
        settle(out)
        before = _stamp(out)
        try:
            value = read()
        except Exception:
            if not pending.exists() and _stamp(out) == before:
                raise
            continue
        # in this order: while a journal stands the set may be half old; once it is gone, what was
        # half has changed
        if not pending.exists() and _stamp(out) == before:
            return value
    raise BusyError("another run is writing here", where=out, fix="wait for it")


_PATIENCE_S = 10.0
_TIMES = 5


def _stamp(out: Path) -> list[tuple[str, int, int, int]]:
    """Return what changes when a file of the set is replaced."""
    real = Path(os.path.realpath(out))
    beside = real.is_dir()
    found = [("", real.stat().st_ino, 0, 0)] if beside else []
    with suppress(OSError), os.scandir(real if beside else real.parent) as entries:
        for entry in entries:
            if beside or entry.name.startswith((real.name, f"{real.stem}.")):
                with suppress(OSError):
                    at = entry.stat()
                    found.append((entry.name, at.st_ino, at.st_mtime_ns, at.st_size))
    return sorted(found)


_LEFT = re.compile(r"\.new-(\d+)-([0-9a-f]{8})-")
_STAGED = re.compile(r"\.set-[0-9a-f]{8}-")
_FORGOTTEN_S = 86_400.0
"""A temporary file of another machine untouched for a day belongs to no running writer."""


def is_scrap(path: Path) -> bool:
    """Tell whether a file is one that alprmap hides in a folder while it writes, and a killed run
    leaves there."""
    name = path.name
    if _LEFT.match(name) or _STAGED.match(name):
        return True
    if not name.startswith(".") or not path.is_file():
        return False
    if name.endswith(".lock"):
        return path.stat().st_size == 0
    if not name.endswith(".journal"):
        return False
    with path.open("rb") as file:
        return file.read(1000).startswith(b'{"format": 1, "way": ')


def _clear_left(folder: Path) -> None:
    """Remove temporary files whose writer on this machine is gone (killed), or that nobody touched
    for a day."""
    for left in folder.glob(".new-*"):
        found = _LEFT.match(left.name)
        if found is None:
            continue
        with suppress(OSError):
            mine = found[2] == _here()
            old = time.time() - left.stat().st_mtime > _FORGOTTEN_S
            # where nobody can ask whether a process lives, the age decides too
            if (mine and not _lives(int(found[1]))) or (old and not (mine and os.name == "posix")):
                left.unlink()


@functools.cache
def _here() -> str:
    """Return a mark of this machine and its process numbers, which mean nothing in another
    container."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink()) + Path(
            "/proc/sys/kernel/random/boot_id"
        ).read_text(encoding="utf-8")
    except OSError:
        space = ""
    return hashlib.sha256(f"{platform.node()}{space}".encode()).hexdigest()[:8]


def _lives(pid: int) -> bool:
    if os.name != "posix":
        return True  # there, signal 0 would end the process; the age decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def umask() -> int:
    """Return the rights that new files are not to have here."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, atomically."""
    with replacing(path) as scratch:
        scratch.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8 with line feeds, atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as JSON: sorted keys, two spaces, no NaN, atomically."""
    write_text(
        path,
        json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n",
    )


def refuse_format(path: Path, kind: str) -> None:
    """Refuse a path whose suffix names no format of `kind`, a key of `SUFFIXES`.

    Raises
    ------
    UsageError
        With the suffixes there are.
    """
    if path.suffix not in SUFFIXES[kind]:
        raise UsageError(
            f"not a {kind} format", where=path, fix=f"end the name in {', '.join(SUFFIXES[kind])}"
        )


def write_table(frame: pd.DataFrame, path: Path, *, credit: Credits | None = None) -> None:
    """Write a table in the format that the suffix of `path` names, atomically, same bytes each
    time.

    Frames with `lon` and `lat` become points in all formats but CSV; a `geometry` column is kept as
    it is (WKT in CSV). The file says its license, date and definition (`alprmap.credits`); with
    `credit` a CSV says it too, in ``NAME.csv-metadata.json`` beside it.

    Raises
    ------
    UsageError
        When the suffix names no table format.
    InputError
        When the format draws and the table has no places.
    StorageError
        When the disk refuses.
    """
    from alprmap.credits import SIDECAR, credits_of
    from alprmap.store import formats as tables

    path = Path(path)
    refuse_format(path, "table")
    about = credits_of(frame) if credit is None else credit
    with replacing(path) as scratch:
        tables.WRITERS[path.suffix](frame, scratch, about)
        # writers of several formats report success on a full disk
        if (found := tables.count_rows(scratch)) != len(frame):
            raise OSError(errno.EIO, f"{found} of {len(frame)} rows read back")
    if credit is not None and path.suffix == ".csv":
        columns = [str(c) for c in frame.columns]
        write_json(path.with_name(path.name + SIDECAR), credit.csvw(path.name, columns))


def write_beside(frame: pd.DataFrame, path: Path, main: Credits) -> None:
    """Write a table that stands beside the file its user asked for, of which `main` tells.

    As `write_table`; the table is credited as made of the other. A CSV says so nowhere: a file
    beside the file asked for has no further file beside itself.
    """
    from alprmap.credits import beside

    write_table(frame, path, credit=None if path.suffix == ".csv" else beside(frame, main))


def hand_on(frame: pd.DataFrame, path: Path, *, title: str = "", date: str = "") -> None:
    """Write a table that its user asked for by name, with what it owes its sources.

    As `write_table`; a CSV gets its ``NAME.csv-metadata.json`` beside it, in one set with it.
    `date` is that of the data where no column tells it.
    """
    from alprmap.credits import credits_of

    with together(path):
        write_table(frame, path, credit=credits_of(frame, title, date=date))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hex."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes(paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of each input that is a file, by name: what a claim says it rests on.
    Standard input and names that are no files are left out.
    """
    files = (p for p in paths if str(p) != "-" and len(str(p)) < MOST_PATH and p.is_file())
    return {p.name: sha256(p) for p in files}


MOST_PATH = 4096
"""No name of a file is longer (PATH_MAX of Linux); a longer text is a place or a list in words."""
