"""Mutation run: one small change at a time in a room, and whether its tests notice.

python tests/long/mutate.py [--per-room 60] [--seed 7] [--out FILE] [ROOM…]

Every mutant runs in a fork of a process that has the heavy libraries loaded, with the changed source in
place of the file; nothing is written to the package. Prints the score of each room, and the survivors.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60
MERGE_TESTS = ["tests/test_merge.py"]
ROOMS: dict[str, list[str]] = {
    "alprmap.direction": ["tests/test_direction.py"],
    "alprmap.merge.units": MERGE_TESTS,
    "alprmap.merge.assign": MERGE_TESTS,
    "alprmap.merge.score": MERGE_TESTS,
    "alprmap.merge.candidates": MERGE_TESTS,
    "alprmap.measure.reach": ["tests/test_reach.py"],
    "alprmap.sources.intake": ["tests/test_intake.py", "tests/test_sources_door.py"],
    "alprmap.sources.wall": ["tests/test_sources_wall.py"],
    "alprmap.sources.numbers": ["tests/test_numbers.py"],
}
"""Module → the tests that answer for it."""
SWAP = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def changes(tree: ast.Module) -> Iterator[tuple[int, str, Any]]:
    """Yield (index of the node in ast.walk order, what is done, how) for every possible change."""
    skip = _not_code(tree)
    for index, node in enumerate(ast.walk(tree)):
        if id(node) in skip:
            continue
        if isinstance(node, ast.Compare):
            for i, op in enumerate(node.ops):
                if type(op) in SWAP:
                    yield index, f"{type(op).__name__} → {SWAP[type(op)].__name__}", ("ops", i)
        elif isinstance(node, (ast.BoolOp, ast.BinOp, ast.AugAssign)) and type(node.op) in SWAP:
            yield index, f"{type(node.op).__name__} → {SWAP[type(node.op)].__name__}", ("op", None)
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield index, f"{node.value} → {not node.value}", ("value", not node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            yield index, f"{node.value} → {node.value + 1}", ("value", node.value + 1)
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
            yield index, "condition reversed", ("test", None)
        elif isinstance(node, ast.Return) and node.value is not None:
            yield index, "returns None", ("return", None)


def _not_code(tree: ast.Module) -> set[int]:
    """Annotations, and constants of f-string formats, are no behaviour; `if TYPE_CHECKING` neither."""
    skip: set[int] = set()
    for node in ast.walk(tree):
        parts: list[Any] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.FormattedValue):
            parts.append(node.format_spec)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            parts.append(node)
        for part in parts:
            if part is not None:
                skip |= {id(n) for n in ast.walk(part)}
    return skip


def mutant(tree: ast.Module, index: int, how: tuple[str, Any]) -> tuple[ast.Module, int]:
    """Return a changed copy and the line of the change."""
    changed = copy.deepcopy(tree)
    node: Any = list(ast.walk(changed))[index]
    what, value = how
    if what == "ops":
        node.ops[value] = SWAP[type(node.ops[value])]()
    elif what == "op":
        node.op = SWAP[type(node.op)]()
    elif what == "value":
        node.value = value
    elif what == "test":
        node.test = ast.UnaryOp(ast.Not(), node.test)
    else:
        node.value = ast.Constant(None)
    return ast.fix_missing_locations(changed), node.lineno


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed source for one module."""

    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        self.module, self.path, self.tree = module, path, tree

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self.module:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(self.path))

    def exec_module(self, module: Any) -> None:
        module.__file__ = str(self.path)
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def run(module: str, path: Path, tree: ast.Module | None, tests: list[str]) -> bool:
    """Run the tests in a fork; return whether they passed."""
    child = os.fork()
    if child == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for handle in (0, 1, 2):
            os.dup2(null, handle)
        if tree is not None:
            sys.meta_path.insert(0, Finder(module, path, tree))
        import pytest

        code = 1
        try:
            options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"]
            code = int(pytest.main([*options, *tests]))
        finally:
            os._exit(code)
    ended = time.monotonic() + LIMIT_S
    while time.monotonic() < ended:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            _end_group(child)
            return status == 0
        time.sleep(0.02)
    _end_group(child)
    os.waitpid(child, 0)
    return False


def _end_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        return


def main() -> int:
    """Mutate the rooms named, all by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("rooms", nargs="*", help="modules, for example alprmap.direction")
    parser.add_argument("--per-room", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    import folium  # noqa: F401
    import geopandas  # noqa: F401
    import osmium  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import pydantic  # noqa: F401
    import pytest  # noqa: F401
    import scipy.optimize  # noqa: F401

    report: dict[str, Any] = {}
    for module in given.rooms or ROOMS:
        tests = [t for t in ROOMS[module] if Path(t).exists()]
        path = ROOT / (module.replace(".", "/") + ".py")
        tree = ast.parse(path.read_text("utf-8"))
        if not run(module, path, None, tests):
            print(f"{module}: its tests fail without any change", flush=True)
            continue
        possible = list(changes(tree))
        chosen = sorted(random.Random(given.seed).sample(possible, min(given.per_room, len(possible))))
        survivors = []
        for index, what, how in chosen:
            changed, line = mutant(tree, index, how)
            if run(module, path, changed, tests):
                survivors.append(
                    {"line": line, "change": what, "text": path.read_text().splitlines()[line - 1].strip()}
                )
        killed = len(chosen) - len(survivors)
        report[module] = {"possible": len(possible), "run": len(chosen), "killed": killed, "survivors": survivors}
        print(f"{module}: {killed} of {len(chosen)} noticed ({len(possible)} possible)", flush=True)
        for s in survivors:
            print(f"    line {s['line']}: {s['change']}: {s['text']}", flush=True)
        if given.out:
            given.out.write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
