"""The wall before every file: a parser that crashes, hangs, grows or lies is one line, nothing
written.

`stand_in` takes the place of the parser in the child process.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import road_files

from alprmap import sources
from alprmap.cli import app, common
from alprmap.errors import InputError
from alprmap.locate.gazetteer import Gazetteer
from alprmap.roads import behind, door, network
from alprmap.sandbox import arrows, child, wall
from alprmap.sources.formats import wall as sources_wall
from alprmap.store import formats as tables

HARM = ["crash", "abort", "leave", "hang", "spin", "grow", "fault", "shout"]
LIES = ["silent", "junk", "other", "offsets", "ways", "promises", "classes"]
CAMERA = '{"type":"Feature","geometry":{"type":"Point","coordinates":[-99.50123,27.50123]},"properties":{"id":1}}'


@pytest.fixture
def bad(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file that the stand-in of its parser treats as the word says; the limits are short."""
    monkeypatch.setattr(behind, "ROOM", "tests.stand_in")
    monkeypatch.setattr(arrows, "ROOM", "tests.stand_in")
    monkeypatch.setattr(sources_wall, "ROOM", "tests.stand_in")
    monkeypatch.setattr(behind, "EXTRACT_SPARE", 1024**3)
    monkeypatch.setattr(wall.Limits, "seconds", lambda self, size: 6.0)

    def make(word: str, name: str) -> Path:
        path = tmp_path / name
        path.write_text(f"{word} and more")
        return path

    return make


def fine(tmp_path: Path) -> None:
    assert len(network.read(road_files.write(tmp_path / "fine.opl")).segments) == 5


@pytest.mark.slow
@pytest.mark.parametrize("word", [*HARM, *LIES])
def test_an_extract_whose_parser_is_not_itself(
    word: str, bad: Callable[[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bad(word, "bad.osm.pbf")
    with pytest.raises(InputError, match=r"bad\.osm\.pbf: \S") as caught:
        network.read(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 500
    monkeypatch.undo()
    fine(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("word", [*HARM, "silent", "no_name", "no_shapes", "no_order", "no_end"])
def test_a_table_of_text_whose_parser_is_not_itself(
    word: str, bad: Callable[[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bad(word, "bad.csv")
    if word == "silent":  # nothing said is nothing read, as of a workbook without sheets
        assert sources.read(path).tally["rows"] == 0
        return
    with pytest.raises(InputError, match=r"bad\.csv: \S") as caught:
        sources.read(path)
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    (tmp_path / "fine.csv").write_text("lat,lon\n27.5,-99.5\n")
    assert len(sources.read(tmp_path / "fine.csv").reports) == 1


def test_rows_that_are_no_rows_are_refused_one_by_one(bad: Callable[[str, str], Path]) -> None:
    found = sources.read(bad("nested", "bad.csv"))
    assert (len(found.reports), len(found.rejects), found.tally["rows"]) == (1, 5, 6)


@pytest.mark.parametrize("word", ["crash", "offsets", "junk", "other", "promises"])
@pytest.mark.parametrize(
    "read",
    [
        door.read,
        network.Roads.load,
        lambda p: tables.read_parquet(p, "cameras"),
        Gazetteer.read,
    ],
    ids=["edges", "saved", "table", "marks"],
)
def test_other_files_whose_parser_is_not_itself(
    word: str, read: Callable[[Path], object], bad: Callable[[str, str], Path]
) -> None:
    path = bad(word, "bad.osm.pbf" if read is Gazetteer.read else "bad.parquet")
    with pytest.raises(InputError, match=r"bad\.(osm\.pbf|parquet): \S"):
        read(path)


@pytest.mark.parametrize("name", ["bad.graphml", "bad.gpkg", "bad.parquet"])
def test_tables_of_edges_too(name: str, bad: Callable[[str, str], Path]) -> None:
    for word in ("abort", "classes"):
        with pytest.raises(InputError, match="bad"):
            door.read(bad(word, name))


def test_a_reader_that_never_ends_is_ended(
    bad: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wall, "BASE_BYTES", 1024**2)
    with pytest.raises(InputError, match=r"x\.parquet: ended the parser"):
        arrows.read_parquet(bad("endless", "x.parquet"))


def knows_landlock() -> bool:
    """Whether the kernel can close files to a process, emptying them included (its third version)."""
    if sys.platform != "linux":
        return False
    known = ctypes.CDLL(None).syscall(
        child.LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1)
    )
    return bool(known >= 3)


NEEDS_LANDLOCK = pytest.mark.skipif(not knows_landlock(), reason="this kernel has no Landlock")


@pytest.mark.parametrize("word", ["write", pytest.param("native", marks=NEEDS_LANDLOCK)])
def test_a_parser_that_was_taken_over_writes_nothing(
    word: str, bad: Callable[[str, str], Path], tmp_path: Path
) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("kept")
    path = bad(word, "bad.csv")
    before = kept.stat()
    with pytest.raises(InputError, match="nothing was let through"):
        sources.read(path)
    assert kept.read_text() == "kept"
    assert (kept.stat().st_mode, kept.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.csv", "kept.txt"]


@pytest.mark.slow
@pytest.mark.parametrize("word", ["crash", "spin", "grow"])
def test_the_command_ends_in_one_line_and_writes_nothing(
    word: str,
    bad: Callable[[str, str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    bad(word, "bad.osm.pbf")
    # the cameras and our own borders have their readers; whether borders are read already is chance
    monkeypatch.setattr(sources_wall, "ROOM", "alprmap.sources.formats.readers")
    monkeypatch.setattr(arrows, "ROOM", "alprmap.sandbox.arrows")
    Path("c.geojson").write_text(
        '{"type":"FeatureCollection","features":[' + CAMERA + "]}", encoding="utf-8"
    )
    for words in (
        ["watch", "c.geojson", "--roads", "bad.osm.pbf", "--out", "w.parquet"],
        ["roads", "bad.osm.pbf", "--out", "r.parquet"],
    ):
        monkeypatch.setattr(sys, "argv", ["alprmap", *words])
        assert common.run(app) == 1
        said = capsys.readouterr()
        assert said.out == ""
        last = [line for line in said.err.splitlines() if line.startswith("alprmap: ")]
        assert len(last) == 1
        assert "bad.osm.pbf: " in last[0]
        assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.osm.pbf", "c.geojson"]


def test_the_reader_of_roads_has_no_network_and_no_other_process(tmp_path: Path) -> None:
    road_files.write(tmp_path / "t.osm.pbf")
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\nfrom alprmap.sandbox import"
        " child\nfrom alprmap.roads import behind\njob = {'what': 'ways', 'path':"
        f" {str(tmp_path / 't.osm.pbf')!r}, 'name': 't', 'bounds': None,\n       'drivable': {{}},"
        " 'sizes': {}}\nbehind.load(job)\nchild._close_network()\nprint(len([m for m in"
        " behind.answer(job)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=1000, check=True
    )
    assert int(done.stdout) >= 2


TALKERS = {
    "much at once": "say({'pad': ['a'] * 500_000})",
    "nothing, often": "say({})",
    "a little, slowly": "say({}); time.sleep(0.2)",
    "bytes": "say({'x': 1}, bytes(8 * 1024**2))",
    "bytes that it promises": (
        "out.write(struct.pack('>QQ', 2, 2**27)); out.write(b'{}'); out.write(bytes(2**27))"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", TALKERS)
def test_a_child_that_never_stops_talking_is_stopped(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it says, and however little each time: the parent comes to an end by itself."""

    class Boot(str):
        __slots__ = ()

        def format(self, **_: object) -> str:  # type: ignore[override]
            return str(self)

    code = f"""
import json, struct, sys, time
sys.stdin.readline(); sys.stdin.readline()
out = sys.stdout.buffer
def say(message, blob=b""):
    text = json.dumps(message).encode()
    out.write(struct.pack(">QQ", len(text), len(blob)) + text + blob)
    out.flush()
while True:
    {TALKERS[how]}
"""
    monkeypatch.setattr(wall, "_BOOT", Boot(code))
    wall.close_child()
    limits = wall.Limits(base_s=2.0)
    began = time.monotonic()
    try:
        with pytest.raises(InputError, match=r"c\.csv: (takes longer|ended the parser)"):
            sum(1 for _ in wall.ask("x", {}, where="c.csv", size=20, limits=limits))
    finally:
        wall.close_child()
    assert time.monotonic() - began < 100  # it ends; how soon depends on what else runs


@pytest.mark.parametrize(
    ("waited", "had", "over"),
    [
        (49.0, 0.0, False),  # within its time
        (51.0, 49.0, True),  # it had its time
        (51.0, 10.0, False),  # it works on a busy machine
        (249.0, 30.0, False),
        (251.0, 30.0, True),  # that long nothing is waited for
        (51.0, 0.1, True),  # it sleeps
        (51.0, None, True),  # a system that does not show it
    ],
)
def test_a_reader_at_work_is_waited_for_and_one_that_sleeps_is_not(
    waited: float, had: float | None, over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([None if had is None else 7.0, None if had is None else 7.0 + had])
    monkeypatch.setattr(wall._Patience, "_processor_s", lambda _self: next(clock))
    assert wall._Patience(1, 50.0).is_over(waited) is over


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no clock of another process here")
def test_the_clock_of_a_process_is_read() -> None:
    began = time.process_time()
    while time.process_time() - began < 0.1:
        pass
    assert (wall._Patience(os.getpid(), 1.0)._processor_s() or 0.0) >= 0.1


@pytest.mark.parametrize("error", [5, {"a": 1}, ["x"], None, "no list of cameras"])
def test_an_error_that_is_no_text_is_one_plain_sentence(error: object) -> None:
    text = str(wall._refusal({"error": error}, "c.csv", "smaller"))
    said = error if isinstance(error, str) else "cannot be read, and its parser could not say why"
    assert text.startswith(f"c.csv: {said}")
