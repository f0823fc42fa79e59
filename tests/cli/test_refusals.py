"""Limits and interrupts from outside, inputs that are outputs, cells without an end: refused,
never a fault.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import shapely

from alprmap.cli import guard, memory
from alprmap.errors import InputError, UsageError
from alprmap.geography import population
from alprmap.sandbox import shapes
from alprmap.shipped import data_path

CAMERAS = "lat,lon,operator\n30.12345,-97.12345,PD\n"


def alprmap(
    *words: str, cwd: Path, limit_kb: int | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "alprmap", "-q", *words]
    if limit_kb is not None:
        command = ["bash", "-c", f'ulimit -v {limit_kb}; exec "$@"', "x", *command]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, check=False, timeout=1000
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v of Linux")
@pytest.mark.parametrize("limit_kb", [300_000, 600_000, 900_000, 1_300_000])
@pytest.mark.parametrize("words", [("read", "c.csv"), ("build", "x.toml")], ids=["read", "build"])
def test_a_limit_of_memory_is_said(tmp_path: Path, limit_kb: int, words: tuple[str, ...]) -> None:
    (tmp_path / "c.csv").write_text(CAMERAS)
    (tmp_path / "x.toml").write_text(
        '[project]\nname = "x"\ntitle = "X"\n[[sources]]\nid = "c"\npath = "c.csv"\n'
    )
    before = {p.name for p in tmp_path.iterdir()}
    done = alprmap(*words, cwd=tmp_path, limit_kb=limit_kb)
    assert "fault" not in done.stderr
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert done.returncode == 1
        assert "memory" in done.stderr
        assert {p.name for p in tmp_path.iterdir()} == before
    if limit_kb <= 600_000:
        assert "raise the limit" in done.stderr


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(), ImportError("libgeos.so: failed to map segment from shared object"),
        RuntimeError("can't start new thread"), shapely.GEOSException("std::bad_alloc"),
        OSError(12, "Cannot allocate memory"),
    ],
    ids=lambda e: type(e).__name__,
)  # fmt: skip
def test_want_of_memory_has_many_names(error: Exception) -> None:
    assert memory.is_short(error)
    outer = ValueError("something else")
    outer.__context__ = error
    assert memory.is_short(outer)
    assert not memory.is_short(ValueError("out of range"))


def test_shapes_that_find_no_memory_are_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def short(_: object) -> None:
        raise shapely.GEOSException("std::bad_alloc")

    monkeypatch.setattr(shapely, "from_wkb", short)
    with pytest.raises(MemoryError):
        shapes.from_wkb([None])


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("after_s", [0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.25, 0.3, 0.4])
def test_an_early_interrupt_is_one_line(tmp_path: Path, after_s: float) -> None:
    """From the moment on that the interpreter has read its own files; that moment is not ours."""
    (tmp_path / "c.csv").write_text(CAMERAS)
    ready = (
        "import sys; sys.stdout.write('r'); sys.stdout.flush()\nfrom alprmap.__main__ import main\n"
    )
    code = ready + "sys.argv = ['alprmap', 'reach', 'c.csv', '--out', 'o.csv']\nmain()\n"
    run = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    assert run.stdout.read(1) == "r"
    time.sleep(after_s)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=1000)
    if run.returncode:
        assert run.returncode == 130
        assert said == "alprmap: interrupted; your existing files are unchanged\n"
        assert not (tmp_path / "o.csv").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


WAYS = ["the same", "another spelling", "a link", "a hard link"]


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("way", WAYS)
def test_no_command_writes_over_what_it_reads(tmp_path: Path, way: str) -> None:
    (tmp_path / "c.csv").write_text(CAMERAS)
    (tmp_path / "sub").mkdir()
    out = {"the same": "c.csv", "another spelling": "sub/../c.csv"}.get(way, "other.csv")
    if way == "a link":
        (tmp_path / "other.csv").symlink_to("c.csv")
    if way == "a hard link":
        os.link(tmp_path / "c.csv", tmp_path / "other.csv")
    for words in (
        ("read", "c.csv"),
        ("reach", "c.csv"),
        ("merge", "c.csv"),
        ("diff", "c.csv", "c.csv"),
    ):
        done = alprmap(*words, "--out", out, "--force", cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert "would be replaced by --out" in done.stderr
        assert (tmp_path / "c.csv").read_text() == CAMERAS


def test_every_option_that_names_a_file_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("x")
    for option in guard.WRITTEN:
        for value in (path, [path], (tmp_path / "y", path)):
            with pytest.raises(UsageError, match="would be replaced"):
                guard.refuse_own_input({option: path, "roads": value})
    guard.refuse_own_input({"out": path, "previous": path})
    guard.refuse_own_input({"out": tmp_path, "roads": tmp_path})
    guard.refuse_own_input({"out": None, "roads": path})


@pytest.mark.parametrize("cell", ["[" * 200_000, '"' + "x" * 200_000 + '"', "1" * 140_000], ids=len)
def test_a_cell_without_an_end_is_one_line(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "p.csv"
    for text in (cell, f"lat,lon,people\n1,2,{cell}\n"):
        path.write_text(text)
        with pytest.raises(InputError, match=r"p\.csv"):
            population.read_population(path)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_the_lock_of_a_killed_build_is_no_obstacle_and_goes(tmp_path: Path) -> None:
    project = tmp_path / "p"
    project.mkdir()
    for name in ("agencies.csv", "cameras.geojson", "population.csv", "ports.csv", "records.csv", "roads.osm.pbf",
                 "shares.csv", "alprmap.toml"):  # fmt: skip
        source = data_path(f"demo/{name}")
        if source.is_file():
            (project / name).write_bytes(source.read_bytes())
    names = {p.name for p in project.iterdir()}
    run = subprocess.Popen(
        [sys.executable, "-m", "alprmap", "-q", "build"], cwd=project, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not list(project.glob(".*.new-*")) and time.monotonic() < until:
        time.sleep(0.02)
    run.kill()
    run.wait()
    assert [p for p in project.iterdir() if p.name.startswith(".")]
    done = alprmap("build", cwd=project)
    assert done.returncode == 3, done.stderr
    left = {p.name for p in project.iterdir()} - names
    assert len(left) == 1
    assert left.pop().endswith("-map")
