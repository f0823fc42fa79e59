"""With no network interface at all: the door, the demo and the page, inside an empty network
namespace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alprmap.shipped import data_path

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="no strace here")
ROOT = Path(__file__).resolve().parents[2]
PART = [
    "tests/ground/test_direction.py",
    "tests/ground/test_geo.py",
    "tests/store/test_store.py",
    "tests/build/test_build.py",
    "tests/geography/test_borders.py",
    "tests/sources/test_sources_formats.py",
    "tests/publish/test_payload.py",
]


@pytest.fixture(scope="module")
def unshare() -> list[str]:
    """How to run a command without any interface here."""
    for words in (["unshare", "-n"], ["unshare", "-rn"]):
        try:
            done = subprocess.run([*words, "true"], capture_output=True, check=False)
        except FileNotFoundError:
            pytest.skip("no `unshare` on this system")
        if done.returncode == 0:
            return words
    pytest.skip("network namespaces are not allowed here")


def test_the_namespace_has_no_way_out(unshare: list[str]) -> None:
    code = (
        "import socket; s = socket.socket(); s.settimeout(2); print(s.connect_ex(('127.0.0.1', 9)))"
    )
    done = subprocess.run(
        [*unshare, sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() not in (
        "0",
        "111",
    )  # neither open nor refused by anybody: there is no network


TRACED = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,bind,listen,sendto", "-o"]
"""Writes every call that asks for a connection or a port into the file named next."""


def asked(trace: Path) -> list[str]:
    """Calls to the network; not those between processes of this machine, nor to its kernel."""
    return [
        line
        for line in trace.read_text(encoding="utf-8").splitlines()
        if "(" in line and "AF_UNIX" not in line and "AF_NETLINK" not in line
    ]


@pytest.fixture(scope="module")
def demo(unshare: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, made where there is no network; beside it what strace saw, where there is one."""
    folder = tmp_path_factory.mktemp("demo")
    traced = [*TRACED, str(folder / "trace")] if shutil.which("strace") else []
    words = [*unshare, *traced, sys.executable, "-m", "alprmap", "demo", "--out", folder / "out"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1000)
    assert done.returncode in (0, 3), done.stderr
    return folder


def test_the_demo_is_made_there(demo: Path) -> None:
    assert (demo / "out" / "index.html").stat().st_size > 100_000


@pytest.mark.slow
@needs_strace
def test_the_demo_and_what_reads_it_ask_nobody(demo: Path, tmp_path: Path) -> None:
    """`demo` is a `build`; then each format read, a map and a report, all by their system calls."""
    assert asked(demo / "trace") == []
    out = demo / "out"
    files = [p for p in (out / "hand-outs").iterdir() if p.stem == "cameras"]
    formats = [p for p in files if p.suffix in (".csv", ".geojson", ".gpkg", ".kmz")]
    assert len(formats) == 4
    own = [out / "cameras.parquet", *data_path("demo").glob("*.geojson")]
    each = [tmp_path / f"{i}{p.suffix}" for i, p in enumerate([*formats, *own])]
    for copy, path in zip(each, [*formats, *own], strict=True):
        shutil.copy(path, copy)
    mine = tmp_path / "result"
    mine.mkdir()
    shutil.copy(out / "cameras.parquet", mine)
    for words in (
        ["read", *each],
        ["map", out / "cameras.parquet", "--out", tmp_path / "map.html"],
        ["report", mine, "--out", tmp_path / "report"],
    ):
        trace = tmp_path / "trace"
        done = subprocess.run(
            [*TRACED, trace, sys.executable, "-m", "alprmap", *words],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode in (0, 3), done.stderr
        assert asked(trace) == []


@needs_strace
def test_reading_any_format_asks_nobody(tmp_path: Path) -> None:
    """Every format of docs/formats.md in one run: readers of a format begin no conversation."""
    from test_formats_by_field import WRITERS

    files = []
    for i, (file, write) in enumerate(WRITERS.values()):
        folder = tmp_path / str(i)
        folder.mkdir()
        made = folder / f"list{i}{Path(file).suffix}"
        write(made, False)
        files.append(made)
    trace = tmp_path / "trace"
    done = subprocess.run(
        [*TRACED, trace, sys.executable, "-m", "alprmap", "read", *files],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stderr
    assert asked(trace) == []


@needs_strace
def test_a_command_that_asks_is_seen(tmp_path: Path) -> None:
    code = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('127.0.0.1', 9))"
    trace = tmp_path / "trace"
    subprocess.run([*TRACED, trace, sys.executable, "-c", code], check=True)
    assert len(asked(trace)) == 1


@pytest.mark.slow
def test_a_part_of_the_suite_passes_there(unshare: list[str]) -> None:
    words = [
        *unshare,
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        *PART,
    ]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=1000, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout[-3000:]


HOOK = """
import sys
def watch(event, args):
    if event in ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise SystemExit(f"{event} {args[1:]}")
sys.addaudithook(watch)
from alprmap.__main__ import main
main()
"""
"""A command that ends where its process binds, connects or looks up."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["map", "cameras.csv", "--out", "map.html"],
        ["read", "cameras.csv", "--out", "reports.csv"],
        ["watch", "cameras.csv", "--roads", "roads.graphml", "--out", "watches.csv"],
        ["doctor"],
    ],
    ids=lambda words: words[0],
)
def test_no_command_binds_a_socket(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "cameras.csv").write_text("id,lat,lon,direction\na,39.960011,-83.000012,90\n")
    if "roads.graphml" in words:
        _graphml(tmp_path / "roads.graphml")
    done = subprocess.run(
        [sys.executable, "-c", HOOK, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=1000,
    )
    assert "socket." not in done.stderr
    assert done.returncode in (0, 3), done.stderr


def _graphml(path: Path) -> None:
    networkx = pytest.importorskip("networkx")
    osmnx = pytest.importorskip("osmnx")
    graph = networkx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=-83.001, y=39.96)
    graph.add_node(2, x=-82.999, y=39.96)
    graph.add_edge(1, 2, osmid=7, highway="residential", name="Main Street", length=171.0)
    osmnx.save_graphml(graph, path)
