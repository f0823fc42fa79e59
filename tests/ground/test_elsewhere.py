"""alprmap on systems that this machine is not: what Windows and macOS lack is taken away
(tests/elsewhere.py), and what comes out is the same."""

from __future__ import annotations

import ast
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "elsewhere.py"
ROOT = SCRIPT.parent.parent
SYSTEMS = ("windows", "macos")
REVIEW_WAITS = 3
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it takes away what Linux has")


LACKS = runpy.run_path(str(SCRIPT))
GUARDS = ("os.name", "sys.platform", "hasattr(", "getattr(", "ImportError", "_BY_HANDLE", "OSError")
"""What a function says that knows that a system may lack something; `/proc` is a file and missed as
one."""


def lacking(path: Path) -> Iterator[str]:
    """Yield uses of what a system lacks, in functions (or at the top) that do not ask for it."""
    tree = ast.parse(path.read_text("utf-8"))
    parents = {inner: outer for outer in ast.walk(tree) for inner in ast.iter_child_nodes(outer)}
    names = {f"os.{n}" for s in SYSTEMS for n in LACKS["OF_OS"][s]}
    names |= {f"signal.{n}" for s in SYSTEMS for n in LACKS["OF_SIGNAL"][s]}
    for node in ast.walk(tree):
        text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = {a.name for a in node.names} | {getattr(node, "module", None)}
            text = "an import" if modules & set(LACKS["POSIX_ONLY"]) else ""
        if text not in {*names, "an import"}:
            continue
        around: ast.AST = node
        while not isinstance(around, (ast.FunctionDef, ast.Module)):
            around = parents[around]
        whole = ast.unparse(around) if isinstance(around, ast.FunctionDef) else ast.unparse(node)
        if not any(guard in whole for guard in GUARDS):
            yield f"{path.name}:{node.lineno} {text}"


def test_S1_what_a_system_lacks_is_asked_for_first() -> None:
    found = [t for p in sorted((ROOT / "alprmap").rglob("*.py")) for t in lacking(p)]
    assert found == []


def test_S1_a_use_that_asks_for_nothing_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "room.py"
    path.write_text(
        "import resource\nimport os\ndef f():\n    return os.geteuid()\n"
        "def g():\n    return os.geteuid() if hasattr(os, 'geteuid') else 0\n",
        encoding="utf-8",
    )
    assert list(lacking(path)) == ["room.py:1 an import", "room.py:4 os.geteuid"]


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
