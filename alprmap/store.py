"""Reading and writing our own tables so that a file is either the old one or the new one, whole.

A write goes to a temporary file in the target folder, is flushed to disk and renamed over the target.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import json
import os
import platform
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alprmap.errors import BusyError, InputError, StorageError

if TYPE_CHECKING:
    import pandas as pd

TABLE_SUFFIXES = (".parquet", ".csv", ".geojson")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it is synced and renamed over `path`, else removed.

    A link is followed, so that the file behind it is replaced and not the link. What a killed writer left beside
    it is removed.

    Raises
    ------
    StorageError
        On any operating-system error, or where `path` is no regular file; the existing file is unchanged then.
    """
    path = Path(path)
    scratch: Path | None = None
    try:
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            raise OSError(errno.EINVAL, "it is there and no regular file")
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_left(target.parent)
        # the suffix is kept because writers choose their format by it
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".new-{os.getpid()}-{_here()}-", suffix=path.suffix
        )
        scratch = Path(name)
        os.close(handle)
        yield scratch
        with scratch.open("rb+") as file:
            os.fsync(file.fileno())
        scratch.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~umask())
        scratch.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(
            f"cannot write: {reason}", where=path, fix="your existing files are unchanged"
        ) from error
    finally:
        if scratch is not None:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)


_LEFT = re.compile(r"\.new-(\d+)-([0-9a-f]{8})-")
_FORGOTTEN_S = 86_400.0
"""A temporary file of another machine untouched for a day belongs to no running writer."""


def _clear_left(folder: Path) -> None:
    """Remove temporary files whose writer on this machine is gone (killed), or that nobody touched for a day."""
    for left in folder.glob(".new-*"):
        found = _LEFT.match(left.name)
        if found is None:
            continue
        with suppress(OSError):
            mine = found[2] == _here()
            old = time.time() - left.stat().st_mtime > _FORGOTTEN_S
            if (mine and not _lives(int(found[1]))) or (not mine and old):
                left.unlink()


@functools.cache
def _here() -> str:
    """Return a mark of this machine and its process numbers, which mean nothing in another container."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink()) + Path("/proc/sys/kernel/random/boot_id").read_text()
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


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to disk, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, atomically."""
    with replacing(path) as scratch:
        scratch.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8 with line feeds, atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as JSON: sorted keys, two spaces, no NaN, atomically."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet, CSV or GeoJSON by the suffix of `path`, atomically, same bytes each time.

    Frames with `lon` and `lat` become points in GeoJSON and GeoParquet; a `geometry` column is kept as it is
    (WKT in CSV).

    Raises
    ------
    InputError
        When the suffix names no table format.
    StorageError
        When the disk refuses.
    """
    from alprmap import tables

    path = Path(path)
    if path.suffix not in TABLE_SUFFIXES:
        raise InputError("not a table format", where=path, fix=f"end the name in {', '.join(TABLE_SUFFIXES)}")
    with replacing(path) as scratch:
        tables.WRITERS[path.suffix](frame, scratch)
        # writers of several formats report success on a full disk
        if (found := tables.count_rows(scratch)) != len(frame):
            raise OSError(errno.EIO, f"{found} of {len(frame)} rows read back")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hex."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` for one writer, by a lock file beside it (the folder itself may be replaced meanwhile).

    Raises
    ------
    BusyError
        When another run holds it.
    StorageError
        When the place cannot be written.
    """
    import filelock

    folder = Path(folder).absolute()
    path = folder.parent / f".{folder.name}.lock"
    lock = filelock.FileLock(path)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
        # a run that ended meanwhile may have removed the very file that was locked
        while not _is_at(lock, path):
            lock.release()
            lock.acquire(timeout=0)
    except filelock.Timeout:
        raise BusyError(
            "another run is writing here", where=folder, fix="wait for it or choose another --out"
        ) from None
    except OSError as error:
        raise StorageError(
            f"cannot write: {error.strerror}", where=folder, fix="check permissions and free space"
        ) from error
    try:
        yield
    finally:
        # removed while still held, so that a run that starts now makes a lock file of its own
        with suppress(OSError):
            path.unlink(missing_ok=True)
        lock.release()


def _is_at(lock: Any, path: Path) -> bool:
    """Tell whether the file that is locked is the one at `path` now."""
    handle = getattr(getattr(lock, "_context", None), "lock_file_fd", None)
    if handle is None or os.name != "posix":
        return True
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
