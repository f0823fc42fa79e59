"""Mutation run: one small change at a time in a room, and whether its tests notice.

python tests/long/mutate.py [--per-room N] [--seed 7] [--out FILE] [ROOM…]

Every mutant runs in a fork of a process that has the heavy libraries loaded, with the changed
source in place of the file; nothing is written to the package. First the tests of the room run once
and it is noted which of them reach which line; a mutant then meets only those that reach its line,
the quickest first. Survivors are explained in `survivors.toml`; exit 1 when one is not.
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
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXPLAINED = Path(__file__).with_name("survivors.toml")
MOST_S = 25.0
"""Tests that take longer than this are left out, and so are the slowest where all of a mutant's
take longer. """
MERGE_TESTS = [
    "tests/merge/test_merge.py",
    "tests/merge/test_merge_score.py",
    "tests/merge/test_merge_rooms.py",
    "tests/merge/test_merge_properties.py",
    "tests/merge/test_merge_roads.py",
    "tests/merge/test_merge_tables.py",
    "tests/merge/test_merge_settings.py",
]
DOOR_TESTS = ["tests/sources/test_intake.py", "tests/sources/test_sources_door.py"]
NUMBER_TESTS = ["tests/sources/test_numbers.py", "alprmap/sources/fields/coordinates.py"]
ROOMS: dict[str, list[str]] = {
    "alprmap.direction": ["tests/ground/test_direction.py"],
    "alprmap.merge.units": MERGE_TESTS,
    "alprmap.merge.assign": MERGE_TESTS,
    "alprmap.merge.score": MERGE_TESTS,
    "alprmap.merge.candidates": MERGE_TESTS,
    "alprmap.merge.duplicates": MERGE_TESTS,
    "alprmap.merge.fields": MERGE_TESTS,
    "alprmap.merge.evidence": MERGE_TESTS,
    "alprmap.merge.ids": MERGE_TESTS,
    "alprmap.merge.records": MERGE_TESTS,
    "alprmap.merge.decisions": MERGE_TESTS,
    "alprmap.merge.engine": MERGE_TESTS,
    "alprmap.merge.review": MERGE_TESTS,
    "alprmap.merge.links": MERGE_TESTS,
    "alprmap.merge.carriageway": MERGE_TESTS,
    "alprmap.merge.explain": MERGE_TESTS,
    "alprmap.merge.settings": MERGE_TESTS,
    "alprmap.merge.files": MERGE_TESTS,
    "alprmap.merge.saved": MERGE_TESTS,
    "alprmap.reach.distances": ["tests/reach/test_reach.py"],
    "alprmap.sources.intake": DOOR_TESTS,
    "alprmap.sources.formats.wall": [
        "tests/sources/test_sources_wall.py",
        "tests/sandbox/test_wall.py",
    ],
    "alprmap.sources.fields.numbers": NUMBER_TESTS,
}
"""Module → the tests that answer for it, beside its own doctests."""
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
        elif isinstance(node, ast.Return) and not _is_none(node.value):
            yield index, "returns None", ("return", None)


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _not_code(tree: ast.Module) -> set[int]:
    """Annotations, formats, `if TYPE_CHECKING`, `strict=` of zip and dataclass options are no
    behavior."""
    skip: set[int] = set()
    for node in ast.walk(tree):
        parts: list[Any] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.FormattedValue):
            parts.append(node.format_spec)
        if (
            isinstance(node, ast.If)
            and isinstance(node.test, ast.Name)
            and node.test.id == "TYPE_CHECKING"
        ):
            parts.append(node)
        if isinstance(node, ast.keyword) and node.arg in ("strict", "frozen", "slots"):
            parts.append(node)
        for part in parts:
            if part is not None:
                skip |= {id(n) for n in ast.walk(part)}
    return skip


def mutant(tree: ast.Module, index: int, how: tuple[str, Any]) -> tuple[ast.Module, range]:
    """Return a changed copy and the lines the change stands on."""
    changed = copy.deepcopy(tree)
    node: Any = list(ast.walk(changed))[index]
    what, value = how
    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    if what == "ops":
        node.ops[value] = SWAP[type(node.ops[value])]()
    elif what == "op":
        node.op = SWAP[type(node.op)]()
    elif what == "value":
        node.value = value
    elif what == "test":
        lines = range(node.test.lineno, (node.test.end_lineno or node.test.lineno) + 1)
        node.test = ast.UnaryOp(ast.Not(), node.test)
    else:
        node.value = ast.Constant(None)
    return ast.fix_missing_locations(changed), lines


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


class Tracer:
    """pytest plugin: which test reaches which lines of a file, and how long it takes."""

    def __init__(self, path: Path, out: Path) -> None:
        self.path, self.out = str(path), out
        self.reached: dict[str, tuple[float, list[int]]] = {}
        self.loaded: set[int] = set()

    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> None:
        self._end()
        self.lines: set[int] = set()
        self.name, self.began = item.nodeid, time.monotonic()
        sys.settrace(self._call)

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        return self._line if frame.f_code.co_filename == self.path else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        self.lines.add(frame.f_lineno)
        return self._line

    def _end(self) -> None:
        if sys.gettrace() is not None:
            sys.settrace(None)
            self.reached[self.name] = (time.monotonic() - self.began, sorted(self.lines))

    def pytest_sessionfinish(self) -> None:
        self._end()
        self.out.write_text(json.dumps(self.reached))


class Chooser:
    """pytest plugin: only these tests, in this order, on the changed source."""

    def __init__(self, names: list[str], finder: Finder) -> None:
        self.place, self.finder = {name: i for i, name in enumerate(names)}, finder

    def pytest_sessionstart(self) -> None:
        # before pytest's own finder, which takes the files named on its command line
        sys.meta_path.insert(0, self.finder)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted(
            (i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid]
        )


def run(
    module: str,
    path: Path,
    tree: ast.Module | None,
    tests: list[str],
    limit_s: float,
    *,
    trace: Path,
) -> str:
    """Run the tests in a fork: "passed", "failed" or "timed out"; without `tree` they are traced
    instead."""
    child = os.fork()
    if child == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for handle in (0, 1, 2):
            os.dup2(null, handle)
        import hypothesis
        import pytest

        # plugins of the surroundings cost half the time
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        hypothesis.settings.register_profile(
            "mutants", max_examples=20, derandomize=True, database=None
        )
        hypothesis.settings.load_profile("mutants")
        plugins: list[Any] = []
        if tree is None:
            plugins.append(Tracer(path, trace))
        else:
            plugins.append(Chooser(tests, Finder(module, path, tree)))
            tests = sorted({t.partition("::")[0] for t in tests})
        code = 1
        try:
            options = ["-q", "-p", "no:cacheprovider", "--no-header", "-m", "not browser"]
            options += ["-W", "ignore:Module already imported"]
            # of a plugin that is not loaded here
            options += ["-W", "ignore:Unknown config option"]
            code = int(
                pytest.main([*options, *([] if tree is None else ["-x"]), *tests], plugins=plugins)
            )
        finally:
            os._exit(code)
    ended = time.monotonic() + limit_s
    while time.monotonic() < ended:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            _end_group(child)
            return "passed" if status == 0 else "failed"
        time.sleep(0.01)
    _end_group(child)
    os.waitpid(child, 0)
    return "timed out"


def chosen_tests(reached: dict[str, Any], lines: range) -> tuple[list[str], float]:
    """Return the tests that reach these lines (the room, where none does), the quickest first, and
    their time."""
    there = [n for n, (_, at) in reached.items() if not set(lines).isdisjoint(at)]
    # a line of the module itself runs before any test: every test that enters the room may tell
    ordered = sorted(
        there or [n for n, (_, at) in reached.items() if at], key=lambda n: reached[n][0]
    )
    taken, total = [], 0.0
    for name in ordered:
        total += reached[name][0]
        if total > MOST_S and taken:
            break
        taken.append(name)
    return taken, min(total, MOST_S)


def _end_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        return


def explained(module: str, text: str, what: str) -> str | None:
    """Return why a survivor is none to worry about, None when nobody said."""
    for entry in (
        tomllib.loads(EXPLAINED.read_text("utf-8")).get("survivor", [])
        if EXPLAINED.exists()
        else []
    ):
        if module.endswith(entry["room"]) and entry["line"] in text and what in entry["changes"]:
            return str(entry["why"])
    return None


def room(module: str, per_room: int, seed: int, only: set[int] | None, new: bool) -> dict[str, Any]:
    """Mutate one room; return how many mutants there are, ran, were noticed, and the survivors."""
    path = ROOT / (module.replace(".", "/") + ".py")
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    with tempfile.NamedTemporaryFile(suffix=".json") as held:
        trace = Path(held.name)
        tests = [t for t in [*ROOMS[module], str(path.relative_to(ROOT))] if Path(t).exists()]
        if run(module, path, None, tests, 900, trace=trace) != "passed":
            return {"fault": "its tests fail without any change"}
        reached = {
            n: v for n, v in json.loads(trace.read_text(encoding="utf-8")).items() if v[0] < MOST_S
        }
    possible = list(changes(tree))
    taken = sorted(
        random.Random(seed).sample(possible, min(per_room, len(possible))), key=lambda c: c[0]
    )
    result: dict[str, Any] = {
        "possible": len(possible),
        "run": 0,
        "failed": 0,
        "timed out": 0,
        "survivors": [],
    }
    for index, what, how in taken:
        changed, lines = mutant(tree, index, how)
        if only and not only.intersection(lines):
            continue
        result["run"] += 1
        text = source.splitlines()[lines[0] - 1].strip()
        why = explained(module, text, what)
        if new and why is not None:
            result["survivors"].append({"line": lines[0], "change": what, "text": text, "why": why})
            continue
        names, seconds = chosen_tests(reached, lines)
        end = run(module, path, changed, names, 20 + 5 * seconds, trace=trace)
        if end == "passed":
            result["survivors"].append({"line": lines[0], "change": what, "text": text, "why": why})
            print(
                f"    {result['run']}: line {lines[0]}: {what}: {text}", file=sys.stderr, flush=True
            )
        else:
            result[end] += 1
    return result


def main() -> int:
    """Mutate the rooms named, all by default; exit 1 when a survivor is not explained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("rooms", nargs="*", help="modules, for example alprmap.direction")
    parser.add_argument("--per-room", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--lines", type=lambda t: {int(n) for n in t.split(",")}, help="only mutants of these lines"
    )
    parser.add_argument(
        "--new", action="store_true", help="take the explained ones for survivors without a run"
    )
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    import folium  # noqa: F401
    import geopandas  # noqa: F401
    import hypothesis.strategies  # noqa: F401
    import osmium  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import pydantic  # noqa: F401
    import pytest  # noqa: F401
    import rapidfuzz.fuzz  # noqa: F401
    import rustworkx  # noqa: F401
    import scipy.optimize  # noqa: F401

    report: dict[str, Any] = {}
    open_questions = 0
    for module in given.rooms or ROOMS:
        began = time.monotonic()
        found = report[module] = room(module, given.per_room, given.seed, given.lines, given.new)
        if "fault" in found:
            open_questions += 1
            print(f"{module}: {found['fault']}", flush=True)
            continue
        unknown = [s for s in found["survivors"] if s["why"] is None]
        open_questions += len(unknown)
        print(f"{module}: {found['run']} of {found['possible']} mutants: {found['failed']} noticed, "
              f"{found['timed out']} timed out, {len(found['survivors'])} survived ({len(unknown)} unexplained), "
              f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
        for s in unknown:
            print(f"    line {s['line']}: {s['change']}: {s['text']}", flush=True)
        if given.out:
            given.out.write_text(json.dumps(report, indent=1) + "\n")
    return int(open_questions > 0)


if __name__ == "__main__":
    sys.exit(main())
