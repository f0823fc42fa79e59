"""With no network interface at all: the door, the demo and the page, inside an empty network
namespace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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


def test_the_demo_is_made_there(unshare: list[str], tmp_path: Path) -> None:
    words = [*unshare, sys.executable, "-m", "alprmap", "demo", "--out", str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1000)
    assert done.returncode in (0, 3), done.stderr
    assert (tmp_path / "out" / "index.html").stat().st_size > 100_000


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
