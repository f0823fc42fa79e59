"""The stage engine: only what changed is redone, and the result folder is the old one or the new
one, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alprmap.build import engine as build
from alprmap.errors import AlprmapError, BusyError, InputError, NotFoundError, StorageError
from alprmap.store import whole as store


def make(source: Path, *, factor: int = 2, fail: bool = False) -> list[build.Stage]:
    """Two stages: one copies a number, one multiplies it."""

    def first(here: Path) -> dict[str, Any]:
        store.write_text(here / "read.txt", source.read_text(encoding="utf-8"))
        return {"in": 1, "out": 1}

    def second(here: Path) -> dict[str, Any]:
        store.write_text(here / "result.txt", str(int((here / "read.txt").read_text()) * factor))
        if fail:
            raise InputError("the second stage refuses")
        return {"in": 1, "out": 1}

    return [
        build.Stage("read", first, files=(source,)),
        build.Stage("multiply", second, settings={"factor": factor}, after=("read",)),
    ]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "number.txt"
    path.write_text("21")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_a_rerun_runs_nothing_and_writes_nothing(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert build.build(make(source), out, about={}).ran == ("read", "multiply")
    before, stamp = contents(out), (out / "result.txt").stat().st_mtime_ns
    again = build.build(make(source), out, about={})
    assert again.ran == ()
    assert again.reused == ("read", "multiply")
    assert contents(out) == before
    assert (out / "result.txt").stat().st_mtime_ns == stamp
    assert sorted(p.name for p in tmp_path.iterdir()) == ["number.txt", "out"]


def test_only_what_changed_is_redone(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build.build(make(source), out, about={})
    assert build.build(make(source, factor=3), out, about={}).ran == ("multiply",)
    assert (out / "result.txt").read_text() == "63"
    source.write_text("5", encoding="utf-8")
    assert build.build(make(source, factor=3), out, about={}).ran == ("read", "multiply")
    # a touched file of a result is noticed by its hash and made again
    (out / "result.txt").write_text("damaged")
    assert build.build(make(source, factor=3), out, about={}).ran == ("multiply",)
    assert (out / "result.txt").read_text() == "15"


def test_the_folder_and_its_place_do_not_change_the_bytes(source: Path, tmp_path: Path) -> None:
    build.build(make(source), tmp_path / "one", about={"name": "x"})
    build.build(make(source), tmp_path / "deep" / "two", about={"name": "x"})
    assert contents(tmp_path / "one") == contents(tmp_path / "deep" / "two")
    assert str(tmp_path) not in (tmp_path / "one" / "manifest.json").read_text()


def test_a_failed_build_leaves_the_previous_result_whole(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build.build(make(source), out, about={})
    before = contents(out)
    with pytest.raises(InputError, match="the second stage refuses"):
        build.build(make(source, factor=9, fail=True), out, about={})
    assert contents(out) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["number.txt", "out"]


def test_what_a_killed_run_left_is_cleared_and_recovered(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build.build(make(source), out, about={})
    before = contents(out)
    (tmp_path / ".out.new-abc").mkdir()
    out.rename(tmp_path / ".out.old")  # killed between the two renames of a system without exchange
    assert build.build(make(source), out, about={}).ran == ()
    assert contents(out) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["number.txt", "out"]


def test_a_system_without_exchange_still_swaps(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alprmap.store.swap.sys.platform", "plan9")
    out = tmp_path / "out"
    for factor in (2, 3):
        build.build(make(source, factor=factor), out, about={})
    assert (out / "result.txt").read_text() == "63"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["number.txt", "out"]


def test_a_folder_of_somebody_else_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("dear")
    with pytest.raises(InputError, match="not a result of"):
        build.build(make(source), tmp_path / "home", about={})
    out = tmp_path / "out"
    build.build(make(source), out, about={})
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds notes\.txt"):
        build.build(make(source, factor=3), out, about={})
    assert (out / "notes.txt").read_text() == "mine"


def test_a_second_writer_is_told(source: Path, tmp_path: Path) -> None:
    with store.locked(tmp_path / "out"), pytest.raises(BusyError, match="another run"):
        build.build(make(source), tmp_path / "out", about={})


def test_a_missing_input_is_named_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.txt: no such file"):
        build.build(make(tmp_path / "gone.txt"), tmp_path / "out", about={})
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [InputError, StorageError, NotFoundError])
def test_an_error_names_the_file_of_the_result_and_no_private_folder(
    tmp_path: Path, kind: type[AlprmapError]
) -> None:
    """A table that was taken over from the result, or made a moment before, may be unreadable."""

    def run(here: Path) -> dict[str, Any]:
        raise kind(f"cannot be read ({here / 'a.parquet'})", where=here / "a.parquet", row=3)

    out = tmp_path / "out"
    with pytest.raises(kind) as caught:
        build.build([build.Stage("read", run)], out, about={})
    assert str(caught.value.where) == str(out / "a.parquet")
    assert caught.value.row == 3
    assert ".new-" not in str(caught.value)
    assert "build again" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
