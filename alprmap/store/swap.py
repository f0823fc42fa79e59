"""A whole folder put in the place of another: the last step of what writes a folder of results.

The new folder is made beside the old one (`beside`) and takes its place in one step where the
system can, else in two that a killed run recovers from (`recover`)."""

from __future__ import annotations

import ctypes
import glob
import os
import shutil
import sys
import tempfile
from pathlib import Path

from alprmap.errors import StorageError
from alprmap.store.whole import confirm, umask


def beside(out: Path) -> Path:
    """Return a new, empty, private folder beside `out`; what killed runs left there goes.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    for left in out.parent.glob(f".{glob.escape(out.name)}.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        return Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))
    except OSError as error:
        raise StorageError(
            f"cannot write: {error.strerror}",
            where=out.parent,
            fix="check permissions and free space",
        ) from error


def recover(out: Path, *, made: bool) -> None:
    """Put the old folder back where a run was killed between the two steps, or let it go where the
    new one stands (`made`).
    """
    aside = _aside(out)
    if aside.is_dir() and not aside.is_symlink() and not out.exists():
        aside.rename(out)
    elif made:
        shutil.rmtree(aside, ignore_errors=True)


def exchange(new: Path, out: Path) -> None:
    """Put folder `new` in the place of `out`, which is the old one or the new one at any moment.

    Raises
    ------
    StorageError
        When the disk refuses; the old folder stands then.
    """
    try:
        # a temporary folder is private; the result gets the rights a new folder has here
        new.chmod(0o777 & ~umask())
        if not out.exists():
            new.rename(out)
        elif not _swap(new, out):
            aside = _aside(out)
            shutil.rmtree(aside, ignore_errors=True)
            out.rename(aside)
            try:
                new.rename(out)
            except BaseException:
                aside.rename(out)
                raise
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise StorageError(
            f"cannot replace the result: {error.strerror}",
            where=out,
            fix="your existing files are unchanged",
        ) from error
    confirm(out)


def _aside(out: Path) -> Path:
    return out.parent / f".{out.name}.old"


def _swap(a: Path, b: Path) -> bool:
    """Exchange two folders in one step; return False where the system or the file system has no
    such call.
    """
    # AT_FDCWD and RENAME_EXCHANGE of linux/fs.h; RENAME_SWAP of macOS is 2 as well
    at_cwd, both = -100, 2
    one, other = os.fsencode(a), os.fsencode(b)
    try:
        if sys.platform.startswith("linux"):
            done = ctypes.CDLL(None, use_errno=True).renameat2(at_cwd, one, at_cwd, other, both)
        elif sys.platform == "darwin":
            done = ctypes.CDLL(None, use_errno=True).renamex_np(one, other, both)
        else:
            return False
    except AttributeError:
        return False
    return bool(done == 0)
