"""`--workers` and `--scheduler` change who does the work and no byte of the result (N9)."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import alprmap.coverage.in_tiles
import alprmap.watch.tiled
from alprmap.build import build, load_project, plan_stages
from alprmap.geography import parse_area
from alprmap.roads import Roads, read
from alprmap.shipped import data_path
from alprmap.store import spreading

WORKED = ["watch", "coverage", "reach", "build"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two processes, started once for all commands."""
    pytest.importorskip("distributed", reason="the extra alprmap[cluster] is not installed")
    with spreading._client(2, None) as client:
        yield client


@pytest.fixture(scope="module")
def middle() -> Roads:
    """The middle of the demo's roads."""
    whole = read(data_path("demo/roads.osm.pbf"))
    west, south, east, north = whole.segments.total_bounds
    wide, tall = (east - west) / 5, (north - south) / 5
    box = f"{west + 2 * wide},{south + 2 * tall},{east - 2 * wide},{north - 2 * tall}"
    return whole.cut(parse_area(box))


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch,
    alprmap_here: Any,
    tmp_path: Path,
    middle: Roads,
) -> Any:
    """Run a command beside the files of the demo, in tiles much smaller than usual."""
    monkeypatch.setattr(alprmap.watch.tiled, "TILE_CAMERAS", 20)
    monkeypatch.setattr(alprmap.coverage.in_tiles, "TILE_SEGMENTS", 200)
    for name in ("cameras.geojson", "ports.csv"):
        shutil.copy(data_path(f"demo/{name}"), tmp_path / name)
    middle.save(tmp_path / "roads.parquet")
    return alprmap_here


def put_to_work(monkeypatch: pytest.MonkeyPatch, client: Any) -> list[tuple[Any, Any]]:
    """Let commands find the processes of the test; return who was asked for, call by call."""
    asked: list[tuple[Any, Any]] = []

    @contextmanager
    def started(workers: int | None, scheduler: str | None) -> Iterator[Any]:
        asked.append((workers, scheduler))
        yield client

    monkeypatch.setattr(spreading, "_client", started)
    return asked


WORDS = {
    "watch": ("watch", "cameras.geojson", "--roads", "roads.parquet"),
    "coverage": (
        "coverage", "cameras.geojson", "--roads", "roads.parquet", "--draws", "0",
        "--no-certainty",
    ),
    "reach": (
        "reach", "cameras.geojson", "--roads", "roads.parquet", "--ports", "ports.csv",
        "--gap", "5km", "--border", "mexico",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("command", list(WORDS))
def test_N9_two_workers_write_the_same_bytes(
    call: Any, cluster: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    asked = put_to_work(monkeypatch, cluster)
    name = "out" if command == "coverage" else "out.csv"
    written = []
    for folder, more in (("one", ()), ("two", ("--workers", "2"))):
        (tmp_path / folder).mkdir()
        code, _, err = call(*WORDS[command], "--out", f"{folder}/{name}", *more)
        assert code == 0, err
        written.append(
            {
                str(p.relative_to(tmp_path / folder)): p.read_bytes()
                for p in (tmp_path / folder).rglob("*")
                if p.is_file()
            }
        )
    assert asked
    assert set(asked) == {(2, None)}
    assert written[0] == written[1]


@pytest.mark.slow
@pytest.mark.usefixtures("call")
def test_N9_a_build_by_two_workers_is_the_build(
    cluster: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = put_to_work(monkeypatch, cluster)
    project = (
        '[project]\nname = "small"\ntitle = "Small"\n'
        '[[sources]]\nid = "crowd"\npath = "cameras.geojson"\ndate = "2026-01-15"\n'
        'title = "Sightings"\nlicence = "CC0"\ncitation = "alprmap demo"\n'
        '[roads]\npath = "roads.parquet"\ndate = "2026-01-02"\n'
        "[coverage]\nradii_m = [500]\ndraws = 0\n"
    )
    (tmp_path / "alprmap.toml").write_text(project)
    wanted = load_project(tmp_path / "alprmap.toml")
    for folder, workers in (("one", None), ("two", 2)):
        stages = plan_stages(wanted, tmp_path, workers=workers)
        last = [stage.name for stage in stages].index("coverage")
        build(stages[: last + 1], tmp_path / folder, about={})
    assert set(asked) == {(2, None)}
    for name in ("watches.parquet", "reads_no_road.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    made = sorted((tmp_path / "one" / "coverage").iterdir())
    assert made
    for path in made:
        assert path.read_bytes() == (tmp_path / "two" / "coverage" / path.name).read_bytes()


def test_N9_no_command_has_one_of_the_two_alone() -> None:
    """Every command that spreads work does it on workers and on a scheduler; a build, whose project
    file may be a stranger's, on workers alone."""
    code = (
        "from typer.main import get_command\nfrom alprmap.cli import app\n"
        "for name, c in sorted(get_command(app).commands.items()):\n"
        "    names = {p.name for p in c.params}\n"
        "    print(name, *sorted(names & {'workers', 'scheduler'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = {w[0]: set(w[1:]) for w in map(str.split, done.stdout.splitlines()) if len(w) > 1}
    assert sorted(found) == sorted(WORKED)
    assert found.pop("build") == {"workers"}
    assert all(names == {"workers", "scheduler"} for names in found.values())


def test_N9_workers_of_alprmap_listen_on_this_machine_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Loopback, no dashboard, one thread, and the memory of the machine shared among them."""
    distributed = pytest.importorskip("distributed")
    given: dict[str, Any] = {}

    class StoppedError(Exception):
        pass

    def started(**options: Any) -> None:
        given.update(options)
        raise StoppedError

    monkeypatch.setattr(distributed, "LocalCluster", started)
    with pytest.raises(StoppedError):
        spreading.spread(abs, [-1, 2], workers=2)
    assert given["host"] == "127.0.0.1"
    assert given["dashboard_address"] == "127.0.0.1:0"
    assert given["scheduler_kwargs"] == {"dashboard": False}
    assert (given["n_workers"], given["threads_per_worker"]) == (2, 1)


def test_N9_every_process_of_a_cluster_listens_on_loopback(cluster: Any) -> None:
    if not Path("/proc/net/tcp").is_file():
        pytest.skip("Linux tells who listens in /proc")
    own = cluster.run(listening) | {"here": listening()}
    places = [place for some in own.values() for place in some]
    assert places
    assert {place.rsplit(":", 1)[0] for place in places} == {"0100007F"}


def listening() -> list[str]:
    """Return the places this process listens at, as the kernel writes them."""
    own = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            own.add(str(entry.readlink()))
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text(encoding="utf-8").splitlines()[1:]:
            word = line.split()
            if word[3] == "0A" and f"socket:[{word[9]}]" in own:
                found.append(word[1])
    return found
