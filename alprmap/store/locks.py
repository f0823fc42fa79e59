"""One writer at a time: a lock beside each output, held by a command from its start to its end."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alprmap.errors import BusyError, StorageError, reason
from alprmap.store import journal, links

_CLAIMED: dict[Path, Any] = {}
"""What this process holds until it calls `release`: lock file → context."""
_KEEPING: list[bool] = []
"""Filled while this process may replace no file that stands beside its output."""


def claim(out: Path) -> None:
    """Hold `out` for this process until `release`, so that a second run is told at once and not
    after its work.

    What a killed run left half in place is finished. A folder that is not there yet is not made for
    the lock, which is then taken when the writing begins.

    Raises
    ------
    BusyError
        When another run holds it.
    StorageError
        When the place cannot be written.
    """
    path = journal.hidden(out, "lock")
    if path in _CLAIMED or not path.parent.is_dir():
        return
    holding = locked(out)
    holding.__enter__()
    _CLAIMED[path] = holding
    finish(out)


def release() -> None:
    """Give back all that this process claimed."""
    _KEEPING.clear()
    while _CLAIMED:
        _CLAIMED.popitem()[1].__exit__(None, None, None)


def keep(wanted: bool) -> None:
    """Let no set of files replace one that stands there, until `release`; or let it again
    (``--force``)."""
    _KEEPING[:] = [True] if wanted else []


def keeping() -> bool:
    """Tell whether files that stand there are to be kept."""
    return bool(_KEEPING)


_MOMENT_S = 0.5
"""A reader that finds a set half in place holds its lock for an instant, and is no other run."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold an output (a folder, or a file with those beside it) for one writer, by a lock file
    beside it.

    Raises
    ------
    BusyError
        When another run holds it.
    StorageError
        When the place cannot be written.
    """
    import filelock

    folder = Path(folder).absolute()
    path = journal.hidden(folder, "lock")
    if path in _CLAIMED:
        yield
        return
    lock = filelock.FileLock(path)
    try:
        links.target_of(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_names(path)
        lock.acquire(timeout=_MOMENT_S)
        # a run that ended meanwhile may have removed the very file that was locked
        while not is_at(lock, path):
            lock.release()
            _refuse_names(path)
            lock.acquire(timeout=_MOMENT_S)
    except filelock.Timeout:
        raise BusyError(
            "another run is writing here", where=folder, fix="wait for it or choose another --out"
        ) from None
    except (OSError, NotImplementedError) as error:
        raise StorageError(
            f"cannot write: {getattr(error, 'strerror', None) or error}",
            where=folder,
            fix="check permissions and free space",
        ) from error
    try:
        yield
    finally:
        # removed while still held, so that a run that starts now makes a lock file of its own
        try:
            journal.remove(path)
        except BaseException:
            journal.remove(path)
            raise
        finally:
            lock.release()
            if os.name != "posix":
                journal.remove(
                    path
                )  # there, no file goes that is open, and none that another run has opened


def _refuse_names(path: Path) -> None:
    """Refuse a lock file that is another name of a file elsewhere: older versions of filelock empty
    what they lock.

    Raises
    ------
    OSError
        When it is a link, has a second name, or is no file.
    """
    try:
        info = path.lstat()
    except FileNotFoundError:
        return
    # not 1: a run that has just ended removes its own between two calls
    if not stat.S_ISREG(info.st_mode) or info.st_nlink > 1:
        raise OSError(errno.EINVAL, f"{path.name} is no lock of alprmap; look at it and remove it")


def is_at(lock: Any, path: Path) -> bool:
    """Tell whether the file that is locked is the one at `path` now."""
    handle = getattr(getattr(lock, "_context", None), "lock_file_fd", None)
    if handle is None or os.name != "posix":
        return True
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def finish(out: Path) -> None:
    """Finish what a killed writer of the set `out` had begun to put in place. Hold the lock
    meanwhile.

    Raises
    ------
    StorageError
        When the disk refuses, or the journal is none of ours.
    """
    try:
        journal.finish(out)
    except OSError as error:
        raise StorageError(
            f"a write was cut short here and cannot be finished: {reason(error)}",
            where=out,
            fix="check permissions and free space, or run the command that writes it again",
        ) from error
