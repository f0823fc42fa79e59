"""A set of files is put in place whole: all old or all new, also when the machine stops in between.

New files are staged beside their targets, complete and flushed. Then a journal is written, a hidden
file beside the output that says which staged file goes where: from then on the new set is the one
that counts. The renames follow, and the journal goes. Who finds a journal, reader or writer, ends
what it says. When a rename is refused, what was renamed is taken back. A journal is a file like any
other and may come from a stranger: it can only move files of the set it stands beside.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alprmap.store.folders import opened

FORMAT = 1
FORWARD, BACK = "forward", "back"
TRIES = 1 if os.name == "posix" else 20
"""How often a rename is tried: elsewhere, a file that a scanner or a viewer has open cannot be
replaced. """
_PAUSE_S = 0.05
_MOST_BYTES = 16_000_000
_NO_FLUSH = {
    errno.EINVAL,
    errno.ENOSYS,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.EBADF,
    errno.EACCES,
    errno.EPERM,
}
"""What a file system says that cannot flush a folder, and keeps names safe in its own way (network,
FUSE). """


@dataclass(frozen=True, slots=True)
class Move:
    """One staged file, the path it goes to, and where the old file is kept meanwhile (None: there
    was none)."""

    new: Path
    to: Path
    old: Path | None


def hidden(out: Path, kind: str) -> Path:
    """Return the path of a hidden file of ours: the lock or the journal of an output.

    It stands beside the output; in it, where that is a folder and the one above may not be written.
    """
    out = Path(os.path.realpath(out))
    name = out.name
    if len(os.fsencode(name)) > 200:  # 255 bytes is the most a name may have
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:32]
    beside = out.parent / f".{name}.{kind}"
    if out.is_dir() and not beside.exists() and not os.access(out.parent, os.W_OK):
        return out / f".alprmap.{kind}"
    return beside


def mark(out: Path) -> str:
    """Return how the names of an output's staged files begin."""
    return f".set-{hashlib.sha256(os.fsencode(Path(os.path.realpath(out)).name)).hexdigest()[:8]}-"


def commit(out: Path, staged: dict[Path, Path], placed: Callable[[Iterable[Path]], None]) -> None:
    """Put staged files (target → staged, all flushed) in their places, all or none; tell `placed`
    when they are.

    Raises
    ------
    OSError
        When the disk refuses; every target is the old file then.
    """
    journal = hidden(out, "journal")
    moves: list[Move] = []
    # a target behind a link that leads elsewhere has no place in a journal: taken back on error,
    # not after a kill
    kept = len(staged) > 1 and all(_belongs(journal.parent, target, out) for target in staged)
    try:
        for number, (target, new) in enumerate(staged.items()):
            moves.append(Move(new, target, _keep(target, out, number) if len(staged) > 1 else None))
        if kept:
            _write(journal, moves, FORWARD)
    except BaseException:
        _drop(journal, moves)
        raise
    try:
        _forward(moves)
    except BaseException:
        _back_out(journal, moves, kept)
        raise
    placed(staged)
    _drop(journal, moves)


def finish(out: Path) -> bool:
    """End what the journal of an output says, if there is one; tell whether there was. Hold the
    lock meanwhile.

    Raises
    ------
    OSError
        When the disk refuses; the journal stays.
    """
    journal = hidden(out, "journal")
    try:
        way, moves = _read(journal, out)
    except FileNotFoundError:
        return False
    if way == BACK:
        _back(moves)
    else:
        try:
            _forward(moves)
        except OSError:
            _back_out(journal, moves, True)
            raise
    _drop(journal, moves)
    return True


def clear(out: Path) -> None:
    """Remove what a killed writer of this output staged and never put in a journal. Hold the lock
    meanwhile.

    Looked for beside it, in it, and in the folders right in it: an output may be somebody's whole
    home."""
    start = mark(out)
    out = Path(os.path.realpath(out))
    inside = [p for p in out.iterdir() if p.is_dir() and not p.is_symlink()] if out.is_dir() else []
    for folder in [out.parent, *([out] if out.is_dir() else []), *inside]:
        with suppress(OSError):
            for path in folder.iterdir():
                if path.name.startswith(start):
                    path.unlink(missing_ok=True)


def _keep(target: Path, out: Path, number: int) -> Path | None:
    """Keep the file at `target` under a second name, so that it can be taken back; None when there
    is none."""
    if not target.exists():
        return None
    old = target.with_name(f"{mark(out)}{os.getpid()}-{number}.old")
    old.unlink(missing_ok=True)
    try:
        os.link(target, old)
    except OSError:
        # a file system without second names
        shutil.copy2(target, old)
        with old.open("rb+") as file:
            flush(file.fileno())
    return old


def _forward(moves: list[Move]) -> None:
    for move in moves:
        if move.new.exists():  # else it is there already
            rename(move.new, move.to)
    _sync(moves)


def _back(moves: list[Move]) -> None:
    for move in moves:
        if move.new.exists():
            # it was not moved: the old file still stands, and may be one that cannot be replaced
            if move.old is not None:
                move.old.unlink(missing_ok=True)
            move.new.unlink()
        elif move.old is None:
            move.to.unlink(missing_ok=True)
        elif move.old.exists():
            rename(move.old, move.to)
    _sync(moves)


def _back_out(journal: Path, moves: list[Move], kept: bool) -> None:
    """Take back what was renamed; where even that is refused the journal stays and the next run
    goes on."""
    if kept:
        _write(journal, moves, BACK)
    _back(moves)
    _drop(journal, moves)


def _drop(journal: Path, moves: list[Move]) -> None:
    """Remove the old files kept, then the journal; an interrupt meanwhile waits.

    What is left of a journal that was carried out does nothing.
    """
    left = [*(m.old for m in moves if m.old is not None), journal]
    try:
        for path in left:
            remove(path)
    except BaseException:
        for path in left:
            remove(path)
        raise


def remove(path: Path) -> None:
    """Remove a file of ours, if the disk lets us."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _sync(moves: list[Move]) -> None:
    for folder in sorted({m.to.parent for m in moves}):
        sync_folder(folder)


def _write(journal: Path, moves: list[Move], way: str) -> None:
    base = journal.parent

    def name(path: Path | None) -> str | None:
        return None if path is None else path.relative_to(base).as_posix()

    rows = [{"new": name(m.new), "to": name(m.to), "old": name(m.old)} for m in moves]
    scratch = moves[0].new.with_name(moves[0].new.name + ".journal")
    try:
        with scratch.open("w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump({"format": FORMAT, "way": way, "moves": rows}, file, ensure_ascii=False)
            file.flush()
            flush(file.fileno())
        rename(scratch, journal)
    finally:
        remove(scratch)
    sync_folder(base)


def _read(journal: Path, out: Path) -> tuple[str, list[Move]]:
    """Return which way a journal goes and its moves; one that asks for anything else is refused."""
    if hasattr(os, "geteuid") and journal.lstat().st_uid not in (os.geteuid(), 0):
        raise PermissionError(
            errno.EPERM, "another user's run was cut short here and has to be run again"
        )
    try:
        with opened(journal.parent, journal.name) as file:
            raw = file.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise ValueError("too large")
        told = json.loads(raw.decode("utf-8", errors="surrogateescape"))
        base = journal.parent
        moves = [
            Move(base / r["new"], base / r["to"], None if r["old"] is None else base / r["old"])
            for r in told["moves"]
        ]
        way = told["way"]
        sound = (
            told["format"] == FORMAT
            and way in (FORWARD, BACK)
            and all(_sound(m, journal, out) for m in moves)
        )
    except FileNotFoundError:
        raise
    # an OSError here: it is a link, a pipe, a device
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OSError):
        sound = False
    if not sound:
        raise OSError(
            errno.EINVAL, f"{journal.name} is no journal of alprmap; look at it and remove it"
        )
    return way, moves


def _sound(move: Move, journal: Path, out: Path) -> bool:
    """Tell whether a move stays in the set: a staged file, beside its target, which belongs to the
    output."""
    parts = [p for p in (move.new, move.old) if p is not None]
    staged = all(p.name.startswith(mark(out)) and p.parent == move.to.parent for p in parts)
    return staged and _belongs(journal.parent, move.to, out)


def _belongs(base: Path, target: Path, out: Path) -> bool:
    """Tell whether `target` is a file of the output: in the folder of its name, or beside it with
    its stem."""
    try:
        parts = target.relative_to(base).parts
    except ValueError:
        return False
    if not parts or ".." in parts or Path(os.path.realpath(target.parent)) != target.parent:
        return False
    out = Path(os.path.realpath(out))
    name = out.name
    return (
        base == out
        or parts[0] == name
        or (len(parts) == 1 and parts[0].startswith(f"{Path(name).stem}."))
    )


def rename(source: Path, target: Path) -> None:
    """Rename over `target`, in one step; tried again where another program may hold it open for a
    moment."""
    for left in range(TRIES - 1, -1, -1):
        try:
            source.replace(target)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(_PAUSE_S)


def flush(handle: int) -> None:
    """Flush an open file to the disk itself; on macOS, where fsync stops at the drive's cache, past
    that too."""
    try:
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # type: ignore[attr-defined, unused-ignore]
    except (ImportError, AttributeError, OSError):
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to disk, where the system and the file system can."""
    if os.name != "posix":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_FLUSH:
            raise
