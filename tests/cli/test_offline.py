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
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
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
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-3000:]
