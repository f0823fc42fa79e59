"""Reading and writing our own tables so that a file is either the old one or the new one, whole.

A write goes to a temporary file in the target folder, is flushed to disk and renamed over the target.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alprmap.errors import BusyError, InputError, StorageError

if TYPE_CHECKING:
    import pandas as pd

TABLE_SUFFIXES = (".parquet", ".csv", ".geojson")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it is synced and renamed over `path`, else removed.

    Raises
    ------
    StorageError
        On any operating-system error; the existing file is unchanged then.
    """
    path = Path(path)
    scratch: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # the suffix is kept because writers choose their format by it
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=path.suffix)
        os.close(handle)
        scratch = Path(name)
        yield scratch
        with scratch.open("rb+") as file:
            os.fsync(file.fileno())
        scratch.chmod(0o644)
        scratch.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(
            f"cannot write: {reason}", where=path, fix="your existing files are unchanged"
        ) from error
    finally:
        if scratch is not None:
            scratch.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
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
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path)
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
        path.unlink(missing_ok=True)
        lock.release()
