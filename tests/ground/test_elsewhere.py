"""alprmap on systems that this machine is not: what Windows and macOS lack is taken away
(tests/elsewhere.py), and what comes out is the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "elsewhere.py"
ROOT = SCRIPT.parent.parent
SYSTEMS = ("windows", "macos")
REVIEW_WAITS = 3
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it takes away what Linux has")


def run(system: str, *words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    # a file opened without saying how its letters are written is read otherwise there
    strict = {**os.environ, "PYTHONWARNDEFAULTENCODING": "1"}
    return subprocess.run(
        [sys.executable, SCRIPT, system, *words],
        cwd=folder, env=strict, capture_output=True, text=True, check=False,
    )  # fmt: skip


def own_warnings(text: str) -> list[str]:
    return [t for t in text.splitlines() if "EncodingWarning" in t and f"{ROOT / 'alprmap'}" in t]


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_S1_every_module_loads_on_every_system(tmp_path: Path, system: str) -> None:
    done = run(system, "modules", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    modules = {
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for p in (ROOT / "alprmap").rglob("*.py")
    }
    assert set(done.stdout.split()) == modules - {"alprmap", "alprmap.__main__"}
    assert own_warnings(done.stderr) == []


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_S1_a_system_without_what_linux_has_writes_the_same_bytes(
    tmp_path: Path, system: str, demo_town: Path
) -> None:
    done = run(system, "demo", "--out", "demo", folder=tmp_path)
    assert done.returncode in (0, REVIEW_WAITS), done.stderr
    assert own_warnings(done.stderr) == []
    names = {p.relative_to(demo_town) for p in demo_town.rglob("*") if p.is_file()}
    made = tmp_path / "demo"
    assert {p.relative_to(made) for p in made.rglob("*") if p.is_file()} == names
    assert [n for n in names if (made / n).read_bytes() != (demo_town / n).read_bytes()] == []
    # nothing of ours stays beside the result: no lock, no journal, no scratch
    assert [p.name for p in tmp_path.iterdir()] == ["demo"]
