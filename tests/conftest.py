"""Fixtures of all tests: real data where it is at hand, and a guard that keeps every test off the
network."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# the same examples on every run, so that a red run means a change; `make long` draws new ones
NO_CLOCK: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("steady", derandomize=True, **NO_CLOCK)
settings.register_profile("drawn", **NO_CLOCK)
settings.load_profile(os.environ.get("ALPRMAP_HYPOTHESIS", "steady"))

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
collect_ignore = ["publish/in_qgis.py"]  # run by the Python of QGIS
LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real inputs; a test that needs it skips, visibly, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("real inputs (../shared/data) are not here")
    return SHARED


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def alprmap_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in the test's own folder: exit code, stdout, stderr."""
    from alprmap.cli import app, common

    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["alprmap", *map(str, words)])
        code = common.run(app)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="session")
def demo_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo, built once for all tests and processes of a run: read it, or copy
    it."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out, held = base / "demo-town", base / "demo-town.held"
    while not out.exists():
        try:
            held.mkdir()
        except FileExistsError:
            time.sleep(0.2)
            continue
        try:
            if not out.exists():
                _build_demo(out)
        finally:
            held.rmdir()
    return out


def _build_demo(out: Path) -> None:
    from alprmap.build import engine, plan, project
    from alprmap.shipped import data_path

    path = data_path("demo/alprmap.toml")
    wanted = project.load_project(path)
    about = wanted.project.model_dump(exclude_none=True)
    engine.build(plan.plan_stages(wanted, path.parent), out, about=about)


def _is_local(address: Any) -> bool:
    return isinstance(address, (str, bytes)) or str(address[0]).startswith(LOOPBACK)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any test that opens a socket to anything but this machine, even if the code swallows the
    error."""
    real_connect, real_connect_ex = socket.socket.connect, socket.socket.connect_ex

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            pytest.fail(f"the test opened a socket to {address}", pytrace=True)
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        if not _is_local(address):
            pytest.fail(f"the test opened a socket to {address}", pytrace=True)
        return real_connect_ex(self, address)

    def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        if host and not str(host).startswith(LOOPBACK):
            pytest.fail(f"the test looked up {host}", pytrace=True)
        return real_lookup(host, *rest, **more)

    real_lookup = socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture(autouse=True)
def _nothing_held() -> Iterator[None]:
    """Give back what a command called as a function holds, as the command line does at its end."""
    yield
    if locks := sys.modules.get("alprmap.store.locks"):
        locks.release()


os.environ.setdefault("MPLBACKEND", "Agg")
# the seals of a test run are nobody's: a folder of its own for the key, gone with the run, which
# the processes of a run share
if "PYTEST_XDIST_WORKER" not in os.environ:
    _STATE = tempfile.TemporaryDirectory()
    os.environ["XDG_STATE_HOME"] = _STATE.name
