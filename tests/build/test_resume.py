"""Runs that are broken off and go on: what comes out is the same to the byte, however often and
wherever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_nets as nets

from alprmap import schema
from alprmap.build import engine as build
from alprmap.coverage import scenarios as followed
from alprmap.coverage import trips_seen_by as viewers
from alprmap.coverage.search import exposure
from alprmap.roads.network import Roads
from alprmap.shipped import data_path
from alprmap.store import checkpoints as parts
from alprmap.store import whole as store
from alprmap.store.checkpoints import Parts, digest


def town() -> tuple[pd.DataFrame, pd.DataFrame, Roads, followed.Wanted]:
    """A grid of 7 by 7 junctions with two routes through it, a dozen cameras, people, and who
    shares with whom."""
    n, block = 7, 300.0
    nodes = {i: (block * (i % n), block * (i // n)) for i in range(n * n)}
    edges: list[tuple[Any, ...]] = []
    for i in range(n * n):
        tags = {
            "name": f"Row {i // n}",
            "ref": "US 40" if i // n == 3 else None,
            "highway": "primary",
        }
        if i % n < n - 1:
            edges.append((i, i + 1, tags))
        if i // n < n - 1:
            edges.append((i, i + n, {"name": f"Column {i % n}", "oneway": i % n == 2}))
    net = nets.roads(nodes, edges, [("no_left_turn", 3, 0, 5)])
    spots = [(150 + 300 * (i % 5), 300 * (i // 2) + 5 * (i % 3)) for i in range(12)]
    lon, lat = np.array([nets.lonlat(*s) for s in spots]).T
    ids = [f"c{i:02}" for i in range(12)]
    told = {"camera_id": ids, "lon": lon, "lat": lat, "operator": ["A", "B", None] * 4}
    cameras = schema.conform(pd.DataFrame(told | {"n_reports": 1, "n_sources": 1}), "cameras")
    views = schema.conform(
        pd.DataFrame(
            {"camera_id": ids, "heading_deg": [90.0, 270.0, 90.0, 0.0] * 3, "width_deg": 45.0}
        ),
        "views",
    )
    people = pd.DataFrame([nets.lonlat(*p) for p in nodes.values()], columns=["lon", "lat"]).assign(
        people=10.0
    )
    box = shapely.box(*nets.lonlat(-50, -50), *nets.lonlat(800, 800))
    shapes = gpd.GeoDataFrame({"name": ["West"]}, geometry=[box], crs="EPSG:4326")
    at = pd.DataFrame(
        {
            "camera_id": ids,
            "agency_id": ["a", "b", None] * 4,
            "class": ["known", "inferred", "none"] * 4,
        }
    )
    agencies = pd.DataFrame(
        {"agency_id": ["a", "b", "x"], "name": ["A", "B", "X"], "kind": ["city", "city", "federal"]}
    )
    shares = pd.DataFrame({"from_id": ["a"], "to_id": ["x"], "since": ["2026-01"]})
    wanted = followed.Wanted((100.0, 300.0), people, shapes, 60, sight=viewers.Sight(at, agencies, shares),
                             borders=(("1000km:mexico", 4e5, "mexico"),))  # fmt: skip
    return cameras, views, net, wanted


def run(
    folder: Path | None, progress: Any = None, *, facing: Any = "either"
) -> tuple[Any, Any, Parts | None]:
    cameras, views, net, wanted = town()
    work = None if folder is None else Parts(folder, digest("program"), 0.0, 0.0)
    told, tables = followed.levels(
        cameras, views, net, wanted, level="mid", facing=facing, parts=work, progress=progress
    )
    return told, tables, work


def files(told: Any, tables: Any, out: Path) -> dict[str, bytes]:
    """Everything as `alprmap coverage` writes it, byte by byte."""
    from alprmap.store import write_json, write_table

    for name, table in tables.items():
        if isinstance(table, pd.DataFrame):
            write_table(table, out / f"{name}.{'parquet' if 'geometry' in table else 'csv'}")
    write_json(out / "told.json", told)
    return {p.name: p.read_bytes() for p in sorted(out.iterdir())}


class Brake:
    """What a person's Ctrl-C is to the work: pulled at the first word after something new was kept."""

    def __init__(self, left: Path) -> None:
        self.left, self.before = left, self.names(left)

    @staticmethod
    def names(left: Path) -> set[str]:
        return {p.name for p in left.glob("*.part")}

    def __call__(self, _what: str, _done: int, _total: int) -> None:
        if self.names(self.left) - self.before:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposure, "BATCH_CELLS", 400)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a run that nothing stops."""
    told, tables, _ = run(None)
    assert len(tables["c2_corridors"]) > 5
    assert tables["c6_summary"]["readers_per_trip"].iloc[0] > 0
    return files(told, tables, tmp_path_factory.mktemp("resume") / "whole")


@pytest.mark.slow
def test_a_run_stopped_at_every_part_ends_with_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    assert {"c2_corridors.parquet", "c3_log.csv", "c4_chokepoints.parquet", "c5_crossings.parquet",
            "c5_border_cordons.csv", "c6_access.csv", "c6_trips.csv", "told.json"} <= set(whole)  # fmt: skip
    stops, left, work = 0, tmp_path / "parts", None
    while work is None:
        try:
            told, tables, work = run(left, Brake(left))
        except KeyboardInterrupt:
            stops += 1
            assert stops < 500
    assert work.counts.damaged == 0
    assert files(told, tables, tmp_path / "again") == whole
    # three levels of five steps, the full ones, and the loops within
    assert stops > 25


@pytest.mark.slow
@pytest.mark.parametrize("calls", [4, 14, 28])
def test_a_run_stopped_anywhere_ends_with_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes], calls: int
) -> None:
    heard = 0

    def stop(_what: str, _done: int, _total: int) -> None:
        nonlocal heard
        heard += 1
        if heard == calls:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", stop)
    # one part is cut, one has a bit turned: they are made again
    found = sorted((tmp_path / "parts").glob("*.part"))
    for path, cut in zip(found[::5], (True, False), strict=False):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 4
        path.write_bytes(data[:-9] if cut else data)
    told, tables, work = run(tmp_path / "parts")
    assert work is not None
    assert work.counts.taken + work.counts.damaged > 0
    assert files(told, tables, tmp_path / "again") == whole


@pytest.mark.slow
def test_changed_input_reuses_nothing_old(tmp_path: Path) -> None:
    run(tmp_path / "parts")
    _, _, work = run(tmp_path / "parts")
    assert work is not None
    assert work.counts.kept == 0
    told, tables, work = run(tmp_path / "parts", facing="rear")
    assert work is not None
    # low and high vary the facing rule themselves: C1, C2, C4 and C6 of both are the same work
    assert work.counts.taken == 2 * 4
    fresh = run(None, facing="rear")
    assert files(told, tables, tmp_path / "a") == files(*fresh[:2], tmp_path / "b")


@pytest.mark.slow
def test_only_what_rests_on_a_changed_setting_is_done_again(tmp_path: Path) -> None:
    cameras, views, net, wanted = town()
    run(tmp_path / "parts")
    work = Parts(tmp_path / "parts", digest("program"), 0.0, 0.0)
    other = followed.Wanted(**{**vars(wanted), "radii_m": (200.0,)})
    followed.levels(cameras, views, net, other, level="mid", facing="either", parts=work)
    # C1 at three levels; trips, corridors and zones do not rest on the radii
    assert work.counts.kept == 3
    assert work.counts.taken == 3 * 4 + 1


# ---- the stages of a build


def stage(name: str, made: list[str], **more: Any) -> build.Stage:
    def go(here: Path) -> dict[str, Any]:
        made.append(name)
        store.write_text(here / "deep" / f"{name}.txt", name)
        store.write_bytes(here / f"{name}.bin", b"")
        return {"out": 2}

    return build.Stage(name, go, **more)


def test_a_build_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    made: list[str] = []

    def fail(_here: Path) -> dict[str, Any]:
        raise KeyboardInterrupt

    def plan(last: Callable[[Path], dict[str, Any]] | None) -> list[build.Stage]:
        final = stage("three", made, after=("two",))
        final = final if last is None else build.Stage("three", last, after=("two",))
        return [stage("one", made), stage("two", made, after=("one",)), final]

    work = Parts(tmp_path / "parts", digest("p"), 0.0, 0.0)
    with pytest.raises(KeyboardInterrupt):
        build.build(plan(fail), tmp_path / "out", about={}, parts=work)
    # nothing but the parts is left behind
    assert [p.name for p in tmp_path.iterdir()] == ["parts"]
    damaged = sorted((tmp_path / "parts").iterdir())[0]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    done = build.build(plan(None), tmp_path / "out", about={}, parts=work)
    assert set(done.resumed) | set(done.ran) == {"one", "two", "three"}
    assert len(done.resumed) == 1
    assert work.counts.damaged == 1
    plain = build.build(plan(None), tmp_path / "plain", about={})
    assert plain.ran == ("one", "two", "three")
    one, other = (
        {p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()}
        for f in (tmp_path / "out", tmp_path / "plain")
    )
    assert one == other
    assert build.build(plan(None), tmp_path / "out", about={}).ran == ()


# ---- the command, killed

LAUNCH = """
import os, signal, sys
# a suite run in the background of a shell hands down that Ctrl-C is ignored, and the command would
# keep to it
signal.signal(signal.SIGINT, signal.default_int_handler)
from alprmap.store import checkpoints as parts
from alprmap.cli import main
parts.EVERY_S = parts.WORTH_S = 0.0
left, number = map(int, os.environ.get("STOPS_AFTER", "0 0").split())
write = parts.write_values
def counted(*words):
    global left
    write(*words)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), number)
parts.write_values = counted
main()
"""
"""The command, every part worth keeping; ended by a signal after as many parts as the environment
says. """
DEMO = data_path("demo")
COVERAGE = ["coverage", DEMO / "cameras.geojson", "--roads", DEMO / "roads.osm.pbf", "--population",
            DEMO / "population.csv", "--trips", "60", "--shares", DEMO / "shares.csv", "--agencies",
            DEMO / "agencies.csv", "--zone", "mexico:25"]  # fmt: skip


def launch(*words: object, stop: str = "0 0") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCH, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "STOPS_AFTER": stop},
    )  # fmt: skip


def stopped(*words: object, many: int, number: int) -> str:
    """End a run once it has kept some parts; return what it said."""
    process = launch(*words, stop=f"{many} {int(number)}")
    _, said = process.communicate(timeout=1000)
    assert process.returncode in (130, -signal.SIGKILL), said
    return said


def all_files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_coverage_killed_and_interrupted_ends_with_the_same_bytes(tmp_path: Path) -> None:
    left = tmp_path / "parts"
    whole = launch(*COVERAGE, "--out", tmp_path / "whole")
    printed, said = whole.communicate(timeout=1000)
    assert whole.returncode == 0, said
    words = [*COVERAGE, "--out", tmp_path / "again", "--resume", left]
    for many, number in ((2, signal.SIGKILL), (5, signal.SIGINT)):
        told = stopped(*words, many=many, number=number)
        assert not (tmp_path / "again").exists()
        if number == signal.SIGINT:
            assert "finished parts are in" in told
            assert "alprmap: interrupted" in told
    last = launch(*words)
    again, said = last.communicate(timeout=1000)
    assert last.returncode == 0, said
    assert "took over" in said
    assert again == printed
    assert all_files(tmp_path / "again") == all_files(tmp_path / "whole")
    assert list(left.iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again", "parts", "whole"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_build_killed_ends_with_the_same_bytes(tmp_path: Path, demo_town: Path) -> None:
    left, words = tmp_path / "parts", ["build", DEMO / "alprmap.toml", "--out", tmp_path / "out"]
    stopped(*words, "--resume", left, many=12, number=signal.SIGKILL)
    last = launch(*words, "--resume", left)
    _, said = last.communicate(timeout=1000)
    assert last.returncode in (0, 3), said
    assert "took over" in said
    # who can look at the trips is a table of the build and of its report
    assert (demo_town / "coverage" / "c6_access.csv").is_file()
    assert "Who can look at the trips (C6)" in (demo_town / "report.md").read_text("utf-8")
    assert all_files(tmp_path / "out") == all_files(demo_town)
    assert list(left.iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "parts"]


@pytest.mark.slow
def test_the_folder_of_parts_is_not_the_result(tmp_path: Path) -> None:
    same = launch(
        "build", DEMO / "alprmap.toml", "--out", tmp_path / "out", "--resume", tmp_path / "out"
    )
    _, said = same.communicate(timeout=1000)
    assert same.returncode == 2
    assert "are the same folder" in said
    assert list(tmp_path.iterdir()) == []
    assert parts.EVERY_S <= 30  # what a run that is killed loses at most
