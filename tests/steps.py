"""Every step of a write that touches the disk, one after the other: killed, refused or interrupted
there.

`sweep` runs a writer in a forked child once for each of its steps (opening, making, linking,
renaming, removing, flushing a file or folder) and lets the fault happen at that one. It needs POSIX
and a process without threads: run this file as a program, ``python steps.py FOLDER KIND FAULT
OLD``; it prints a line of JSON."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from alprmap import errors
from alprmap.store import whole as store

WATCHED = (
    "open",
    "os.rename",
    "os.link",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "os.truncate",
)
SETS = {
    "beside": ("a.parquet", ("a.views.csv", "a.links.csv", "a.review.csv", "a.parquet")),
    "folder": (
        "out",
        ("out/report.md", "out/figures/one.svg", "out/figures/two.svg", "out/about.json"),
    ),
}


def install(number: int, fault: str) -> None:
    """Let the fault happen at step `number` of what follows in this process ("gone": from there on
    for good)."""
    count = -1

    def step(*_: object) -> None:
        nonlocal count
        count += 1
        if fault == "kill" and count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "interrupt" and count == number:
            raise KeyboardInterrupt
        if (fault in ("ENOSPC", "EIO") and count == number) or (
            fault == "gone" and count >= number
        ):
            name = "EIO" if fault == "gone" else fault
            raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        # a file that is only read, and the machine's own files, are no part of the write
        reads = (
            event == "open"
            and isinstance(arguments[2], int)
            and not arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if (
            event in WATCHED
            and not (reads and not Path(str(arguments[0])).is_dir())
            and _near(arguments)
        ):
            step()

    sync = os.fsync

    def fsync(handle: int) -> None:
        step()
        sync(handle)

    os.fsync = fsync
    sys.addaudithook(heard)


def _near(arguments: tuple[object, ...]) -> bool:
    return str(Path.cwd()) in str(arguments[0]) or not str(arguments[0]).startswith("/")


def write(base: Path, kind: str, word: str) -> None:
    """Write the whole set, each file saying `word`."""
    out, names = SETS[kind]
    with store.together(base / out):
        for name in names:
            store.write_text(base / name, f"{word} {name}\n" * 50)


def words(base: Path, kind: str) -> list[str]:
    """Return which version each file of the set is; "" where there is none, "cut" where it is not
    whole."""
    found = []
    for name in SETS[kind][1]:
        path = base / name
        text = path.read_text() if path.exists() else ""
        word = text.split(" ")[0] if text else ""
        found.append(word if text == f"{word} {name}\n" * 50 or not text else "cut")
    return found


def everything(base: Path) -> list[str]:
    """Return all files below a folder."""
    return sorted(p.relative_to(base).as_posix() for p in base.rglob("*") if p.is_file())


def child(base: Path, kind: str, number: int, fault: str) -> int:
    """Write in a child with the fault at step `number`; return how it ended.

    0, 4 (44 where it did not say "unchanged"), 130 (131 where all was in place), 99, or minus the
    signal."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            os.chdir(base)
            store._here()
            store.WRITTEN.clear()
            install(number, fault)
            write(base, kind, "new")
            code = 0
        except errors.StorageError as error:
            code = 4 if "unchanged" in str(error) else 44
        except KeyboardInterrupt:
            code = 130 if not store.WRITTEN else 131
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def sweep(base: Path, kind: str, fault: str, old: bool) -> dict[str, int]:
    """Let the fault happen at every step; check what stands then, what a reader finds, and the next
    run."""
    told: Counter[str] = Counter()
    names = sorted(SETS[kind][1])
    for number in range(1000):
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir()
        (base / "mine.txt").write_text("not theirs")
        if old:
            write(base, kind, "old")
        code = child(base, kind, number, fault)
        before = words(base, kind)
        torn = len(set(before)) > 1
        told["points"] += 1
        told["torn at once"] += torn
        assert code in (0, 4, 44, 130, 131, -9), (number, code)
        if code == 0:
            assert set(before) == {"new"}, (number, before)
        if code == 131:
            assert set(before) == {"new"}, (number, before)
            assert everything(base) == sorted(["mine.txt", *names]), (number, everything(base))
        if code in (4, 130):
            # what is said is so: the old ones, whole, and nothing beside them
            assert set(before) == ({"old"} if old else {""}), (number, code, before)
            left = sorted(["mine.txt", *(names if old else [])])
            assert fault == "gone" or everything(base) == left, (number, everything(base))
        _reader(base, kind, old, number, told)
        write(base, kind, "next")
        assert set(words(base, kind)) == {"next"}, number
        assert everything(base) == sorted(["mine.txt", *names]), (number, everything(base))
        told[f"exit {code}"] += 1
        if code == 0 and (fault == "kill" or number > 400):
            break
        if code == 0 and _past(base, kind, number, fault):
            break
    return dict(told)


def _reader(base: Path, kind: str, old: bool, number: int, told: Counter[str]) -> None:
    found = store.steady(base / SETS[kind][0], lambda: words(base, kind))
    assert len(set(found)) == 1, (number, found)
    assert found[0] in (("old", "new") if old else ("", "new")), (number, found)
    told["read new" if found[0] == "new" else "read old"] += 1


def _past(base: Path, kind: str, number: int, fault: str) -> bool:
    """Tell whether the write has no step of this number: a kill there does not happen."""
    shutil.rmtree(base)
    base.mkdir()
    write(base, kind, "old")
    return child(base, kind, number, "kill") == 0


def main(call: Callable[..., dict[str, int]] = sweep) -> None:
    """Run one sweep from the command line."""
    folder, kind, fault, old = sys.argv[1:]
    sys.stdout.write(json.dumps(call(Path(folder) / "here", kind, fault, old == "old")) + "\n")


if __name__ == "__main__":
    main()
