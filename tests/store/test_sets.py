"""Files that belong together are all old or all new: at every step, for two writers, for readers,
anywhere.

The sweeps of `steps.py` let a fault happen at every single step of a write that touches the disk.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import pytest

from alprmap import errors
from alprmap.build import engine as build
from alprmap.build.engine import Stage
from alprmap.errors import BusyError, StorageError
from alprmap.store import journal, locks, swap
from alprmap.store import whole as store

HERE = Path(__file__).resolve().parents[1]
NAMES = ("a.parquet", "a.views.csv", "a.links.csv")
posix = pytest.mark.skipif(os.name != "posix", reason="forks and signals of POSIX")


def write(
    folder: Path, word: str, *, out: str = "a.parquet", names: tuple[str, ...] = NAMES
) -> None:
    with store.together(folder / out):
        for name in names:
            store.write_text(folder / name, word)


def read(folder: Path) -> set[str]:
    return {(folder / name).read_text() for name in NAMES}


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def cut_short(folder: Path, monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """Leave the folder as a kill between two renames of a write does."""

    class Killed(BaseException):
        pass

    def once(source: Path, target: Path) -> None:
        nonlocal after
        if target.name in NAMES:
            if not after:
                raise Killed
            after -= 1
        source.replace(target)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "rename", once)
        patch.setattr(journal, "_back_out", lambda *_: None)
        patch.setattr(journal, "remove", lambda _: None)
        with pytest.raises(Killed):
            write(folder, "new")


@pytest.fixture
def swift(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a sweep flushes some thousand times."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@posix
@pytest.mark.parametrize("old", ["old", "none"])
@pytest.mark.parametrize("kind", ["beside", "folder"])
@pytest.mark.parametrize("fault", ["kill", "ENOSPC", "EIO", "interrupt", "gone"])
def test_every_step_of_a_set(fault: str, kind: str, old: str, swift: Path) -> None:
    words = [sys.executable, str(HERE / "steps.py"), str(swift), kind, fault, old]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["points"] > 40
    # a sweep that never met the moment between two renames, or only one outcome, would show nothing
    assert told["read old"]
    assert told["read new"]
    if fault == "kill":
        assert told["torn at once"] == 3
        assert told["exit -9"] > 40


def test_a_set_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path, "old")

    def fail(out: Path, path: Path) -> None:
        with store.together(out):
            store.write_text(path, "new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail(tmp_path / "a.parquet", tmp_path / "a.views.csv")
    assert read(tmp_path) == {"old"}
    with pytest.raises(RuntimeError):
        fail(tmp_path / "new" / "deep", tmp_path / "new" / "deep" / "in" / "b.txt")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(NAMES)


def test_a_staged_file_that_cannot_be_read_back_is_a_refused_write(tmp_path: Path) -> None:
    def fail(number: int) -> None:
        with store.together(tmp_path / "a.parquet"):
            store.write_text(tmp_path / "a.views.csv", "new")
            raise OSError(number, os.strerror(number))

    with pytest.raises(
        StorageError, match="cannot write: Input/output error; your existing files are unchanged"
    ):
        fail(errno.EIO)
    with pytest.raises(FileNotFoundError):
        fail(errno.ENOENT)
    assert files(tmp_path) == []


def test_what_a_killed_writer_staged_goes_with_the_next(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "figures" / "deep").mkdir(parents=True)
    name = f"{journal.mark(out)}7-x.csv"
    for folder in (tmp_path, out, out / "figures", out / "figures" / "deep"):
        (folder / name).write_text("left")
    (tmp_path / ".set-00000000-7-x.csv").write_text("of another output")
    with store.together(out):
        store.write_text(out / "a.txt", "new")
    assert files(tmp_path) == [".set-00000000-7-x.csv", "out/a.txt", f"out/figures/deep/{name}"]


def test_inside_a_set_a_file_is_found_where_it_stands(tmp_path: Path) -> None:
    with store.together(tmp_path / "out"):
        path = tmp_path / "out" / "a.txt"
        store.write_text(path, "one")
        store.write_text(path, "two")
        assert not path.exists()
        assert store.standing(path).read_text() == "two"
        with store.together(tmp_path / "out" / "in"):
            store.write_text(tmp_path / "out" / "in" / "b.txt", "three")
        assert not (tmp_path / "out" / "in" / "b.txt").exists()
    assert store.standing(path) == path
    assert files(tmp_path) == ["out/a.txt", "out/in/b.txt"]


@pytest.mark.parametrize("after", [1, 2])
def test_whoever_comes_next_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    write(tmp_path, "old")
    cut_short(tmp_path, monkeypatch, after=after)
    assert read(tmp_path) == {"old", "new"}
    assert store.steady(tmp_path / "a.parquet", lambda: read(tmp_path)) == {"new"}
    assert files(tmp_path) == sorted(NAMES)
    cut_short(tmp_path, monkeypatch, after=after)
    locks.claim(tmp_path / "a.parquet")
    locks.release()
    assert files(tmp_path) == sorted(NAMES)


def test_another_set_in_the_folder_leaves_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "old")
    cut_short(tmp_path, monkeypatch, after=1)
    write(tmp_path, "theirs", out="b.csv", names=("b.csv", "b.more.csv"))
    store.write_text(tmp_path / "c.txt", "theirs")
    assert store.steady(tmp_path / "a.parquet", lambda: read(tmp_path)) == {"new"}


def test_a_reader_gets_one_set_while_a_writer_works(tmp_path: Path) -> None:
    write(tmp_path, "old")
    calls = []

    def slowly() -> set[str]:
        first = (tmp_path / NAMES[0]).read_text()
        if not calls:
            write(tmp_path, "new")
        calls.append(first)
        return {first, *((tmp_path / n).read_text() for n in NAMES[1:])}

    assert store.steady(tmp_path / "a.parquet", slowly) == {"new"}
    assert calls == ["old", "new"]

    def broken() -> None:
        write(tmp_path, f"again {len(calls)}")
        calls.append("x")
        raise errors.InputError("half of each")

    with pytest.raises(BusyError):
        store.steady(tmp_path / "a.parquet", broken)


@posix
def test_a_reader_beside_a_busy_writer(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path[:0] = [sys.argv[2]]\n"
        "from pathlib import Path\n"
        "from test_sets import write\n"
        "for i in range(100): write(Path(sys.argv[1]), f'version {i}')\n"
    )
    write(tmp_path, "version x")
    seen = set()
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)]
    ) as writer:
        while writer.poll() is None:
            try:
                found = store.steady(tmp_path / "a.parquet", lambda: read(tmp_path))
            except BusyError:
                continue
            assert len(found) == 1
            seen |= found
    assert writer.returncode == 0
    assert len(seen) > 1


def test_a_reader_that_holds_the_lock_for_an_instant_stops_no_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_MOMENT_S", 60.0)
    out, held, go = tmp_path / "a.parquet", threading.Event(), threading.Event()

    def reader() -> None:
        with locks.locked(out):
            held.set()
            go.wait(10)

    thread = threading.Thread(target=reader)
    thread.start()
    held.wait(10)
    threading.Timer(0.1, go.set).start()
    with locks.locked(out):
        assert go.is_set()
    thread.join()


def test_an_output_is_held_by_one_run(tmp_path: Path) -> None:
    out = tmp_path / "a.parquet"
    code = "import sys, pathlib; from alprmap.store import locks; locks.claim(pathlib.Path(sys.argv[1]))"
    words = [sys.executable, "-c", code, str(out)]
    locks.claim(out)
    try:
        locks.claim(out)
        write(tmp_path, "mine")
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert "another run is writing here" in done.stderr
    finally:
        locks.release()
    assert subprocess.run(words, capture_output=True, text=True, check=False).returncode == 0
    write(tmp_path, "mine again")
    assert files(tmp_path) == sorted(NAMES)


HOSTILE = {
    "no JSON": "{",
    "a list": "[1]",
    "another format": {"format": 2},
    "another way": {"way": "sideways"},
    "out of the folder": {"to": "../victim.txt"},
    "an absolute path": {"to": "/tmp/victim.txt"},
    "of another set": {"to": "victim.txt"},
    "below another folder": {"to": "a.parquet/../victim.txt"},
    "not staged by us": {"new": "mine.txt"},
    "staged elsewhere": {"new": "deep/STAGED"},
    "an old file that is not ours": {"old": "mine.txt"},
    "a number": {"to": 7},
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_stranger_s_journal_moves_nothing(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    staged = f"{journal.mark(folder / 'a.parquet')}x"
    for path in (
        folder / staged,
        folder / "deep" / staged,
        folder / "mine.txt",
        folder / "victim.txt",
    ):
        path.write_text(path.name)
    (tmp_path / "victim.txt").write_text("victim.txt")
    change = HOSTILE[what]
    told = {
        "format": 1,
        "way": "forward",
        "moves": [{"new": staged, "to": "a.parquet", "old": None}],
    }
    if isinstance(change, dict):
        for key, value in change.items():
            (told if key in told else told["moves"][0])[key] = (
                value.replace("STAGED", staged) if isinstance(value, str) else value
            )
    (folder / ".a.parquet.journal").write_text(
        change if isinstance(change, str) else json.dumps(told)
    )
    before = {p: (tmp_path / p).read_text() for p in files(tmp_path)}
    with pytest.raises(StorageError, match="no journal of alprmap"):
        store.settle(folder / "a.parquet")
    assert {p: (tmp_path / p).read_text() for p in files(tmp_path)} == before


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a file away"
)
def test_another_user_s_journal_is_not_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "old")
    cut_short(tmp_path, monkeypatch, after=1)
    os.chown(tmp_path / ".a.parquet.journal", 4711, 4711)
    with pytest.raises(StorageError, match="another user's run was cut short here"):
        store.settle(tmp_path / "a.parquet")


def test_a_name_of_the_greatest_length(tmp_path: Path) -> None:
    name = "ñ" * 120 + ".csv"
    write(tmp_path, "new", out=name, names=(name, "ñ" * 120 + ".b.csv"))
    assert len(files(tmp_path)) == 2


def test_a_folder_whose_parent_may_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != tmp_path)
    with store.together(out):
        store.write_text(out / "a.txt", "new")
        store.write_text(out / "deep" / "b.txt", "new")
        assert ".alprmap.lock" in files(out)
    assert files(tmp_path) == ["out/a.txt", "out/deep/b.txt"]


@posix
def test_a_link_that_leads_elsewhere_is_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real.parquet").write_text("old")
    (tmp_path / "a.parquet").symlink_to(tmp_path / "far" / "real.parquet")
    write(tmp_path, "new")
    assert (tmp_path / "a.parquet").is_symlink()
    assert read(tmp_path) == {"new"}
    assert files(tmp_path) == sorted([*NAMES, "far/real.parquet"])


# what other systems and file systems lack


def refusing(number: int) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def test_a_file_system_without_second_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refusing(errno.EPERM))
    write(tmp_path, "old")
    renamed = []

    def third(source: Path, target: Path) -> None:
        if target.name in NAMES:
            renamed.append(target)
            if len(renamed) == 3:
                raise OSError(errno.EIO, "Input/output error")
        source.replace(target)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "rename", third)
        with pytest.raises(StorageError, match="unchanged"):
            write(tmp_path, "new")
    assert len(renamed) == 5  # three forward, two taken back
    assert read(tmp_path) == {"old"}
    assert files(tmp_path) == sorted(NAMES)


@posix
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EACCES])
def test_a_file_system_that_cannot_flush_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    sync = os.fsync

    def fsync(handle: int) -> None:
        if Path(f"/dev/fd/{handle}").is_dir():
            refusing(number)()
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write(tmp_path, "new")
    store.write_text(tmp_path / "b.txt", "new")
    assert read(tmp_path) == {"new"}


@posix
def test_a_folder_that_is_not_flushed_is_said_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "sync_folder", refusing(errno.EIO))
    with pytest.raises(
        StorageError, match="was written, but the disk does not confirm it"
    ) as caught:
        store.write_text(tmp_path / "b.txt", "new")
    assert "unchanged" not in str(caught.value)
    assert (tmp_path / "b.txt").read_text() == "new"


def test_where_an_open_file_cannot_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows: a scanner or a viewer holds the file for a moment; then for good."""
    monkeypatch.setattr(journal, "TRIES", 3)
    monkeypatch.setattr(journal, "_PAUSE_S", 0.0)
    replace, tried = Path.replace, []

    def busy(source: Path, target: Path) -> Path:
        tried.append(target)
        if target.name == "a.links.csv" and len(tried) < limit:
            raise PermissionError(errno.EACCES, "Permission denied")
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", busy)
    limit = 5
    write(tmp_path, "old")
    assert read(tmp_path) == {"old"}
    tried.clear()
    limit = 1000
    with pytest.raises(StorageError, match="Permission denied; your existing files are unchanged"):
        write(tmp_path, "new")
    assert read(tmp_path) == {"old"}
    assert files(tmp_path) == sorted(NAMES)


def test_without_fcntl_and_with_the_flush_of_macos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    store.write_text(tmp_path / "a.txt", "one")
    asked = []
    fake = types.SimpleNamespace(F_FULLFSYNC=51, fcntl=lambda _handle, what: asked.append(what))
    monkeypatch.setitem(sys.modules, "fcntl", fake)
    store.write_text(tmp_path / "a.txt", "two")
    assert asked == [51]
    fake.fcntl = refusing(errno.ENOTSUP)
    store.write_text(tmp_path / "a.txt", "three")
    assert (tmp_path / "a.txt").read_text() == "three"


@posix
@pytest.mark.filterwarnings("ignore:flock not supported")
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    monkeypatch.setattr(fcntl, "flock", refusing(errno.ENOSYS))
    with store.locked(tmp_path / "out"), pytest.raises(BusyError), store.locked(tmp_path / "out"):
        pass
    write(tmp_path, "new")
    assert files(tmp_path) == sorted(NAMES)
    monkeypatch.setattr(fcntl, "flock", refusing(errno.ENOLCK))
    with pytest.raises(StorageError, match="cannot write: No locks available"):
        write(tmp_path, "newer")
    assert read(tmp_path) == {"new"}


def test_a_lock_that_cannot_be_made_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(*_: object, **__: object) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(filelock.FileLock, "acquire", older)
    with pytest.raises(StorageError, match="does not appear to support flock"):
        write(tmp_path, "new")


def test_leftovers_where_nobody_can_ask_for_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / f".new-1-{store._here()}-x.csv"
    for age_s in (0, 10 * 86_400):
        left.write_text("x")
        os.utime(left, (left.stat().st_mtime - age_s,) * 2)
        with monkeypatch.context() as patch:
            # the name of the system alone: pathlib looks at it too, when a path is made
            patch.setattr(store, "os", types.SimpleNamespace(**{**vars(os), "name": "nt"}))
            store._clear_left(tmp_path)
        assert left.exists() == (age_s == 0)


def result(word: str) -> list[Stage]:
    def run(here: Path) -> dict[str, int]:
        store.write_text(here / "a.txt", word)
        return {}

    return [Stage("one", run, {"word": word})]


@pytest.mark.parametrize("system", ["win32", "darwin", "linux"])
def test_a_build_where_folders_cannot_be_exchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(swap.sys, "platform", system)
    monkeypatch.setattr(swap.ctypes, "CDLL", lambda *_, **__: object())
    out = tmp_path / "out"
    for word in ("one", "two"):
        build.build(result(word), out, about={})
        assert (out / "a.txt").read_text() == word
    rename = Path.rename

    def refuse(source: Path, target: Path) -> Path:
        if source.name.startswith(".out.new-"):
            raise OSError(errno.EACCES, "Permission denied")
        return rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(StorageError, match="unchanged"):
            build.build(result("three"), out, about={})
    assert (out / "a.txt").read_text() == "two"
    # killed between the two renames: the old result stands aside, and the next run puts it back
    out.rename(swap._aside(out))
    assert build.build(result("two"), out, about={}).ran == ()
    # killed after them
    (tmp_path / ".out.old").mkdir()
    build.build(result("four"), out, about={})
    assert files(tmp_path) == ["out/a.txt", "out/manifest.json"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_exchange_of_macos_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def renamex_np(a: bytes, b: bytes, flags: int) -> int:
        asked.append(flags)
        middle = os.fsencode(tmp_path / "middle")
        for source, target in ((a, middle), (b, a), (middle, b)):
            Path(os.fsdecode(source)).rename(os.fsdecode(target))
        return 0

    monkeypatch.setattr(swap.sys, "platform", "darwin")
    monkeypatch.setattr(
        swap.ctypes, "CDLL", lambda *_, **__: types.SimpleNamespace(renamex_np=renamex_np)
    )
    for word in ("one", "two"):
        build.build(result(word), tmp_path / "out", about={})
    assert asked == [2]
    assert (tmp_path / "out" / "a.txt").read_text() == "two"


def test_a_build_is_not_stopped_by_what_a_killed_run_hid(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build.build(result("one"), out, about={})
    (out / "report").mkdir()
    for name in (".report.lock", "report/.set-0123abcd-7-x.md", "report/.new-7-0123abcd-x.md"):
        (out / name).write_text("")
    build.build(result("two"), out, about={})
    assert files(out) == ["a.txt", "manifest.json"]
    (out / ".mine.lock").write_text("7")
    with pytest.raises(errors.InputError, match="did not make and would lose"):
        build.build(result("three"), out, about={})
