"""Files that hurt: each is one line that names it, in little memory and time, and the process lives
on (FACTS §8).

The files are made by `hostile_files`. Time is counted as processor time, so that a busy machine is
no failure."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hostile_files
import pytest

from alprmap import sources
from alprmap.access import shares
from alprmap.build import project
from alprmap.errors import AlprmapError, InputError
from alprmap.geography import areas as area
from alprmap.geography import polygons, population
from alprmap.locate.gazetteer import Gazetteer
from alprmap.merge import decisions
from alprmap.roads import door
from alprmap.sandbox import files
from alprmap.sightings import files as sighting_files
from alprmap.sightings import photos
from alprmap.sources import intake
from alprmap.sources.formats import wall
from alprmap.store import formats as tables

# at most some 3 s are taken on a quiet machine; a file that is not bounded takes minutes
MOST_MB, MOST_S = 500, 30.0


def _peak_mb(pid: int | str) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def _forget_peak(pid: int | str) -> None:
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return


def _busy_s(pid: int | str) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Meter:
    """Peak memory and processor time of this process and of the child that reads, while it runs."""

    def __init__(self) -> None:
        self.child_mb, self.child_s, self.over = 0.0, 0.0, False

    def watch(self, before: dict[int, float]) -> None:
        while not self.over:
            for child in list(wall._RUNNING):
                pid = child.process.pid
                self.child_mb = max(self.child_mb, _peak_mb(pid))
                self.child_s = max(self.child_s, _busy_s(pid) - before.get(pid, 0.0))
            time.sleep(0.005)


@contextmanager
def measured() -> Iterator[Meter]:
    """Check on leaving that no more than MOST_MB and MOST_S were taken; only Linux tells."""
    meter = Meter()
    _forget_peak("self")
    before = {c.process.pid: _busy_s(c.process.pid) for c in wall._RUNNING}
    for pid in before:
        _forget_peak(pid)
    floor, began = _peak_mb("self"), _busy_s("self")
    watcher = threading.Thread(target=meter.watch, args=(before,))
    watcher.start()
    try:
        yield meter
    finally:
        meter.over = True
        watcher.join()
    grown, busy = _peak_mb("self") - floor, _busy_s("self") - began
    assert max(grown, meter.child_mb) < MOST_MB, (
        f"{grown:.0f} MB here, {meter.child_mb:.0f} MB in the child"
    )
    assert max(busy, meter.child_s) < MOST_S, (
        f"{busy:.1f} s here, {meter.child_s:.1f} s in the child"
    )


@pytest.mark.slow
@pytest.mark.parametrize("hostile", hostile_files.FILES, ids=lambda h: h.name)
def test_a_file_that_hurts_is_one_line(hostile: hostile_files.Hostile, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    path = folder / hostile.name
    hostile.make(path)
    with measured():
        try:
            found = sources.read(path)
        except AlprmapError as error:
            refusal = str(error)
            assert hostile.words is not None, refusal
            assert re.search(hostile.words, refusal), refusal
            assert refusal.startswith(str(path))
            assert "\n" not in refusal
            assert len(refusal) <= 500
        else:
            assert hostile.words is None, "it was taken"
            assert found.tally["rows"] == (
                found.tally["reports"]
                + found.tally["rejected"]
                - found.tally["more_than_one_a_row"]
            )
            assert found.reports["lon"].dropna().between(-180, 180).all()
    path.unlink()
    # nothing was put anywhere, and the next file is read as if nothing had been
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["deep", "in"]
    fine = tmp_path / "fine.kml"
    fine.write_bytes(hostile_files.KML % (b"<name>Main St at 1st St</name>" + hostile_files.POINT))
    assert len(sources.read(fine).reports) == 1


@pytest.mark.parametrize(
    "path",
    ["http://127.0.0.1:9/a.geojson", "https://localhost/a.csv", "/vsicurl/http://127.0.0.1:9/a",
     "/vsizip/a.zip/a.shp", "zip+http://localhost/a.zip", "WFS:http://localhost/x", "s3://bucket/a.parquet", "file:///etc/passwd",
     "PG:dbname=x", "/dev/zero", "/dev/stdin", "/proc/self/mem", ".", "a\0b"],
)  # fmt: skip
def test_what_is_no_local_file_is_refused(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        sources.read(path)


@pytest.mark.skipif(os.name != "posix", reason="pipes and sockets with names are of POSIX")
def test_pipes_and_sockets_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        for name in ("pipe.csv", "s"):
            with pytest.raises(InputError, match="not a regular file"):
                intake.check_file(tmp_path / name)


def test_a_link_is_followed_once_and_a_ring_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("lat,lon\n27.5,-99.5\n")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "ring.csv").symlink_to(tmp_path / "ring.csv")
    assert len(sources.read(tmp_path / "b.csv").reports) == 1
    with pytest.raises(InputError, match=r"cannot be opened|no such file"):
        sources.read(tmp_path / "ring.csv")


def test_the_reader_of_a_stranger_s_file_may_not_leave_it(tmp_path: Path) -> None:
    """In the child no socket, no process and no thread of the network is to be had, whatever the
    parser."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\nfrom alprmap.sandbox import"
        " child\nchild._close_network()\nimport os, socket, subprocess\ns = socket.socket()\ntries"
        " = [lambda: s.connect(('127.0.0.1', 9)), lambda: s.bind(('', 0)), lambda:"
        " os.system('true'),\n         lambda: subprocess.run(['true']), lambda:"
        " os.execv('/bin/true', ['true']),\n         lambda: os.posix_spawn('/bin/true', ['true'],"
        " {}), lambda: socket.gethostbyname('localhost')]\nfor act in tries:\n    try: act()\n  "
        "  except PermissionError: print('refused')\n    else: print('let through')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=1000, check=True
    )
    assert done.stdout.split("\n")[:-1] == ["refused"] * 7


def test_the_command_line_says_it_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_bytes(hostile_files.vrt("/etc/passwd"))
    command = [
        sys.executable,
        "-m",
        "alprmap",
        "read",
        str(path),
        "--out",
        str(tmp_path / "r.parquet"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1000, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "virtual dataset" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.geojson"]


NAMED: dict[str, Callable[[Path], object]] = {
    "cameras.parquet": lambda p: tables.read_parquet(p, "cameras"),
    "roads.osm.pbf": door.read,
    "roads.parquet": door.read,
    "roads.graphml": door.read,
    "roads.gpkg": door.read,
    "marks.osm.pbf": Gazetteer.read,
    "area.geojson": lambda p: area.parse_area(str(p)),
    "places.geojson": polygons.read_polygons,
    "pairs.csv": files.text_of,
    "people.csv": population.read_population,
    "people.parquet": population.read_population,
    "decisions.csv": decisions.read_decisions,
    "project.toml": project.load_project,
    "shares.csv": lambda p: shares.read_shares([p]),
    "sighting.geojson": sighting_files.read_sightings,
    "photo.jpg": photos.read_photo,
}
"""Every sort of file an option may name, and what opens it."""


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices with names are of POSIX")
@pytest.mark.parametrize("name", NAMED)
def test_whatever_an_option_names_is_a_regular_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    os.mkfifo(path)
    with pytest.raises(AlprmapError, match="not a regular file"):
        NAMED[name](path)
    path.unlink()
    path.mkdir()
    with pytest.raises(AlprmapError, match=r"folder|no area"):
        NAMED[name](path)
    path.rmdir()
    path.symlink_to("/dev/zero")
    with pytest.raises(AlprmapError, match="not a regular file"):
        NAMED[name](path)


@pytest.mark.parametrize(
    "name", [n for n in NAMED if not n.endswith((".pbf", ".graphml", ".gpkg"))]
)
def test_whatever_an_option_names_has_a_size(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with path.open("wb") as out:
        out.truncate(files.MOST_BYTES + 1)  # a file full of nothing, which takes no room
    with pytest.raises(AlprmapError, match="is larger than"):
        NAMED[name](path)
