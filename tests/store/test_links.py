"""Names that a stranger could put where alprmap writes: links, second names, pipes, devices.

A write follows a link only where its user named it and it leads to a file or folder that is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from alprmap.errors import StorageError
from alprmap.store import journal
from alprmap.store import whole as store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
MINE = "the user's own"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's folder with a file of the user's, beside the folder of a stranger."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "file").write_text(MINE)
    (tmp_path / "home" / "folder").mkdir()
    (tmp_path / "theirs").mkdir()
    return tmp_path / "home"


def state(home: Path) -> dict[str, str]:
    return {str(p.relative_to(home)): p.read_text() for p in home.rglob("*") if p.is_file()}


Trick = Callable[[Path, Path], None]
TRICKS: dict[str, Trick] = {
    "a link to a file": lambda path, home: path.symlink_to(home / "file"),
    "a link to nothing": lambda path, home: path.symlink_to(home / "new"),
    "a link to nothing in no folder": lambda path, home: path.symlink_to(home / "no" / "new"),
    "a link to a link": lambda path, home: (
        path.with_name("step").symlink_to(home / "file"), path.symlink_to("step"),
    ),
    "a ring": lambda path, home: path.symlink_to(path.name),
    "a device": lambda path, home: path.symlink_to("/dev/zero"),
    "a pipe": lambda path, home: os.mkfifo(path),
    "a link to a folder": lambda path, home: path.symlink_to(home / "folder"),
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("name", ["a.views.csv", "a.csv-metadata.json"])
def test_what_stands_beside_an_output_is_no_way_out(home: Path, name: str, trick: str) -> None:
    theirs = home.parent / "theirs"
    TRICKS[trick](theirs / name, home)
    before = state(home)
    store_both = ("a.csv", name)
    with pytest.raises(StorageError, match=name), store.together(theirs / "a.csv"):
        _ = [store.write_text(theirs / each, "row") for each in store_both]
    assert state(home) == before
    assert not (theirs / "a.csv").exists()


@pytest.mark.parametrize("trick", ["a link to a folder", "a link to nothing"])
def test_a_folder_in_a_result_is_no_way_out(home: Path, trick: str) -> None:
    out = home.parent / "theirs" / "out"
    out.mkdir()
    TRICKS[trick](out / "coverage", home)
    before = state(home)
    with pytest.raises(StorageError, match="link"), store.together(out):
        store.write_text(out / "coverage" / "claims.csv", "row")
    assert state(home) == before


@pytest.mark.parametrize("trick", ["a link to nothing", "a link to nothing in no folder", "a ring"])
def test_a_named_output_that_leads_to_nothing_is_refused(home: Path, trick: str) -> None:
    out = home.parent / "theirs" / "a.csv"
    TRICKS[trick](out, home)
    before = state(home)
    with pytest.raises(StorageError, match="link|symbolic"):
        store.write_text(out, "row")
    with pytest.raises(StorageError, match="link|symbolic"), store.together(out):
        store.write_text(out, "row")
    assert state(home) == before


def test_a_named_output_may_be_a_link_of_ones_own(home: Path) -> None:
    theirs = home.parent / "theirs"
    (theirs / "a.csv").symlink_to(home / "file")
    (theirs / "out").symlink_to(home / "folder")
    with store.together(theirs / "a.csv"):
        store.write_text(theirs / "a.csv", "row")
        store.write_text(theirs / "a.views.csv", "view")
    with store.together(theirs / "out"):
        store.write_text(theirs / "out" / "deep" / "b.csv", "deep")
    assert state(home) == {"file": "row", "folder/deep/b.csv": "deep"}
    assert (theirs / "a.views.csv").read_text() == "view"


HIDDEN: dict[str, Trick] = {
    **{name: TRICKS[name] for name in TRICKS if name != "a link to a folder"},
    "a second name": lambda path, home: os.link(home / "file", path),
    "a folder": lambda path, home: path.mkdir(),
}


@pytest.mark.parametrize("trick", HIDDEN)
@pytest.mark.parametrize("kind", ["lock", "journal"])
def test_a_hidden_file_of_ours_is_no_way_out_and_nobody_waits(
    home: Path, kind: str, trick: str
) -> None:
    out = home.parent / "theirs" / "a.csv"
    HIDDEN[trick](journal.hidden(out, kind), home)
    before = state(home)
    code = (
        "import sys; from pathlib import Path; from alprmap.store import whole as store\n"
        "from alprmap.errors import AlprmapError\n"
        "out = Path(sys.argv[1])\n"
        "try:\n"
        "    with store.together(out): store.write_text(out, 'row')\n"
        "except AlprmapError as error: sys.exit(f'refused: {error}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(out)],
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    assert state(home) == before
    nothing = kind == "journal" and trick in (
        "a link to nothing", "a link to nothing in no folder",
    )  # fmt: skip
    if not nothing:
        assert "refused: " in done.stderr
        assert not out.exists()


COMMANDS = {
    "read": (["read", "c.csv", "--out", "o.csv"], ["o.csv", "o.csv.csv-metadata.json", "o.csv-metadata.json"]),
    "merge": (["merge", "c.csv", "--out", "o.parquet"], ["o.parquet", "o.views.parquet", "o.review.csv"]),
    "reach": (["reach", "c.csv", "--border", "mexico", "--out", "o"], ["o/claims.csv", "o/reach.csv"]),
    "map": (["map", "c.csv", "--out", "o.html"], ["o.html"]),
}  # fmt: skip


@pytest.mark.parametrize("force", [False, True], ids=["", "force"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_writes_where_a_link_of_a_stranger_leads(
    home: Path, command: str, force: bool
) -> None:
    theirs = home.parent / "theirs"
    (theirs / "c.csv").write_text("lat,lon,operator\n30.12345,-97.12345,PD\n31.1,-97.2,PD\n")
    words, names = COMMANDS[command]
    for name in names:
        path = theirs / name
        path.parent.mkdir(exist_ok=True)
        # what was not named may lead to a file as well, also with --force
        path.symlink_to(home / "file" if path.name != "o.csv" and name != words[-1] else home / "x")
    before = state(home)
    done = subprocess.run(
        [sys.executable, "-m", "alprmap", *words, *(["--force"] if force else [])],
        cwd=theirs, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert state(home) == before
    assert done.returncode in (2, 4), done.stderr
    assert len(done.stderr.strip().splitlines()) <= 6
