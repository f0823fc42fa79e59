"""Finished parts from a stranger, of every shape: none is believed, none takes memory, none is a way
out of the folder, and what is put in its place is whole."""

from __future__ import annotations

import os
import struct
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from alprmap.store import checkpoints
from alprmap.store.checkpoints import Parts, kept

VALUES = {"a": np.arange(5000), "told": {"x": 1}}
MANY = 8 * 1024**3
MOST_MB = 40


def work_in(folder: Path) -> Parts:
    return Parts(folder, checkpoints.digest("salt"), 0.0, 0.0)


def grown(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(MANY)


def sparse(path: Path) -> None:
    path.write_bytes(b"")
    grown(path)


def of(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def swapped(path: Path) -> None:
    """Two sound parts under each other's names."""
    other = work_in(path.parent)._path("y")
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.write_bytes(mine)


def linked(path: Path, target: Path) -> None:
    path.unlink()
    path.symlink_to(target)


def moved_behind_a_link(path: Path) -> None:
    """The very bytes that would be believed, behind a link."""
    path.replace(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


FOREIGN: dict[str, Callable[[Path], None]] = {
    "8 GB of nothing": sparse,
    "grown to 8 GB": grown,
    "a byte longer": lambda p: of(p, lambda d: d + b"\0"),
    "a byte shorter": lambda p: of(p, lambda d: d[:-1]),
    "the list alone": lambda p: of(p, lambda d: d[: d.index(b"]") + 40]),
    "a seal alone": lambda p: of(p, lambda d: d[:65]),
    "nothing": lambda p: p.write_bytes(b"") and None,
    "a changed value": lambda p: of(p, lambda d: d[:-8] + b"\xff" * 8),
    "a changed list": lambda p: of(p, lambda d: d.replace(b'"told"', b'"sold"')),
    "a list of 2**63 bytes": lambda p: of(p, lambda d: d[:65] + struct.pack(">Q", 2**63) + d[73:]),
    "a list of 8 GB": lambda p: (
        of(p, lambda d: d[:65] + struct.pack(">Q", MANY - 100) + d[73:]),
        grown(p),
    )[1],
    "a seal of zeros": lambda p: of(p, lambda d: b"0" * 64 + d[64:]),
    "no text for a seal": lambda p: of(p, lambda d: b"\xff" * 65 + d[65:]),
    "under another name": swapped,
    "behind a link": moved_behind_a_link,
    "a ring of links": lambda p: linked(p, p),
    "a link to a device": lambda p: linked(p, Path("/dev/zero")),
    "a link to nothing": lambda p: linked(p, p.parent.parent / "new"),
    "a link to what all may write": lambda p: (
        (p.parent.parent / "precious").chmod(0o666),
        linked(p, p.parent.parent / "precious"),
    )[1],
}


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("what", FOREIGN)
def test_a_part_that_a_stranger_changed_is_made_again(what: str, tmp_path: Path) -> None:
    folder, precious = tmp_path / "parts", tmp_path / "precious"
    precious.write_text("mine")
    work = work_in(folder)
    folder.mkdir()
    for name in ("x", "y"):
        work.put(name, VALUES | {"name": name})
    FOREIGN[what](work._path("x"))
    tracemalloc.start()
    try:
        assert work.get("x") is None
        assert tracemalloc.get_traced_memory()[1] < MOST_MB * 1e6
    finally:
        tracemalloc.stop()
    assert work.counts.damaged == 1
    work.put("x", VALUES | {"name": "x"})
    found = work.get("x")
    assert found is not None
    np.testing.assert_array_equal(found["a"], VALUES["a"])
    assert not work._path("x").is_symlink()
    assert not work._path("x").stat().st_mode & 0o022
    assert precious.read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parts", "precious"]


@pytest.mark.skipif(os.name != "posix", reason="second names of POSIX")
def test_a_part_with_a_second_name_outside_is_not_written_through(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (tmp_path / "precious").write_text("mine")
    work = work_in(folder)
    os.link(tmp_path / "precious", work._path("x"))
    assert work.get("x") is None
    work.put("x", VALUES)
    assert (tmp_path / "precious").read_text() == "mine"
    with kept(folder, "salt"):
        pass
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_run_that_ends_well_removes_parts_and_nothing_else(tmp_path: Path) -> None:
    """Names that look like a part's, and are none, stay; so does what a link of such a name leads
    to."""
    folder = tmp_path / "parts"
    folder.mkdir()
    own = work_in(folder)._path("x").name
    others = ["mine.part", f"x{own}", own.upper() + "x", f"{own}.csv", "notes.txt"]
    for name in [own, *others]:
        (folder / name).write_text("mine")
    if os.name == "posix":
        (folder / ("0" * 24 + "-" + "0" * 16 + ".part")).symlink_to(folder / "notes.txt")
    (folder / ("1" * 24 + "-" + "1" * 16 + ".part")).mkdir()
    with kept(folder, "salt"):
        pass
    left = {p.name for p in folder.iterdir()}
    assert left == {*others, "1" * 24 + "-" + "1" * 16 + ".part"}


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_what_is_read_of_a_part_is_what_was_sealed(tmp_path: Path) -> None:
    """A part that is exchanged again and again for a link, for zeros and for one of other work:
    whatever is taken is the sealed one."""
    folder = tmp_path / "parts"
    folder.mkdir()
    work = work_in(folder)
    work.put("x", VALUES)
    sound = work._path("x").read_bytes()
    work.put("y", {"a": np.arange(9)})
    others = [work._path("y").read_bytes(), bytes(len(sound)), sound[:-8] + b"\1" * 8]
    stop = threading.Event()

    def turn() -> None:
        i = 0
        while not stop.is_set():
            scratch = tmp_path / "scratch"
            if i % 4 == 3:
                scratch.symlink_to("/dev/zero")
            else:
                scratch.write_bytes([sound, *others][i % 4])
            scratch.replace(work._path("x"))
            # and in place, under the very handle that reads
            with work._path("y").open("r+b") as file:
                file.write(others[i % 3])
            i += 1

    turning = threading.Thread(target=turn)
    turning.start()
    try:
        taken = [work.get("x") for _ in range(300)]
    finally:
        stop.set()
        turning.join()
    for found in taken:
        if found is not None:
            np.testing.assert_array_equal(found["a"], VALUES["a"])
    assert work.counts.damaged + work.counts.taken <= 300
