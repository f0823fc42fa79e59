"""What alprmap wrote for this user is known by a seal: an HMAC under a key that nobody else has.

A hash tells that a file was not damaged, not who made it: whoever changes the file writes a new
hash beside it. The key lies in a folder of the user (mode 0700, the file 0600) and never in a
project, so a folder from a stranger carries no seal that holds here, and what it says of itself is
made again."""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

KEY_BYTES = 32
"""As many as the hash has (RFC 2104, section 3)."""
MOST_RESULTS = 1000
"""Results remembered; of the oldest beyond them all stages run again."""
_KEY, _RESULTS = "seal.key", "results"


def place() -> Path | None:
    """Return the user's own folder for what alprmap keeps between runs; None where the system
    names none.
    """
    named = {"win32": "LOCALAPPDATA"}.get(sys.platform, "XDG_STATE_HOME")
    base = Path(os.environ.get(named, ""))
    # the XDG rules: a path that is not absolute does not count
    if not base.is_absolute():
        try:
            home = Path.home()
        except RuntimeError:
            return None
        base = home / {"win32": "AppData/Local", "darwin": "Library/Application Support"}.get(
            sys.platform, ".local/state"
        )
    return base / "alprmap"


def new(kind: str) -> Any:
    """Return an HMAC-SHA256 to be fed with what is to be sealed; seals of other kinds differ."""
    return hmac.new(_key(place()), f"{kind}\0".encode(), hashlib.sha256)


def lasting() -> bool:
    """Tell whether seals made now will hold in the next run."""
    _key(where := place())
    return where is not None and _read(where / _KEY) is not None


def remember(kind: str, data: bytes) -> None:
    """Note in the user's folder that this user made `data`; where that is refused, it is not known
    later.
    """
    where = place()
    if where is None or not lasting():
        return
    with suppress(OSError):
        folder = where / _RESULTS
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / _name(kind, data)).touch(mode=0o600)
        notes = sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime_ns, reverse=True)
        for old in notes[MOST_RESULTS:]:
            old.unlink(missing_ok=True)


def knows(kind: str, data: bytes) -> bool:
    """Tell whether this user made `data`, byte for byte, as `remember` noted."""
    where = place()
    if where is None or not lasting():
        return False
    try:
        return stat.S_ISREG((where / _RESULTS / _name(kind, data)).lstat().st_mode)
    except OSError:
        return False


def _name(kind: str, data: bytes) -> str:
    seal = new(kind)
    seal.update(data)
    return str(seal.hexdigest())


@functools.cache
def _key(where: Path | None) -> bytes:
    """Return the key of the user; where none can be kept, one that holds for this process alone."""
    key = None
    if where is not None:
        with suppress(OSError):
            where.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = _read(where / _KEY)
            if key is None and _is_own(where.stat(), 0o022):
                _make(where / _KEY)
                key = _read(where / _KEY)
    return secrets.token_bytes(KEY_BYTES) if key is None else key


def _read(path: Path) -> bytes | None:
    """Return the key in a file that only this user can read or change; None where it is anything
    else.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if not _is_own(path.parent.stat(), 0o022):
            return None
        with os.fdopen(os.open(path, flags), "rb") as file:
            info = os.fstat(file.fileno())
            if not stat.S_ISREG(info.st_mode) or not _is_own(info, 0o077):
                return None
            key = file.read(KEY_BYTES + 1)
    except OSError:
        return None
    return key if len(key) == KEY_BYTES else None


def _is_own(info: os.stat_result, closed: int) -> bool:
    """Tell whether a file or folder is this user's, with none of the rights `closed` for others."""
    if os.name != "posix":
        return True  # the folder of the user is closed to others there
    return info.st_uid == os.geteuid() and not info.st_mode & closed


def _make(path: Path) -> None:
    """Put a new key at `path`, whole; where another process was first, its key stays."""
    scratch = path.with_name(f".{_KEY}-{secrets.token_hex(8)}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        if path.is_symlink() or (path.exists() and _read(path) is None):
            path.unlink()  # damaged, or open to others: nothing it sealed is to be believed
        try:
            os.link(scratch, path)
        except FileExistsError:
            return
        except OSError:  # a file system without second names
            scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
