"""Options by chance: every command with values that make sense and values that do not, in any
combination.

python tests/long/options.py [--seconds 300] [--seed 1] [COMMAND…]

Each run is a fork of a process that has the heavy libraries loaded, in a folder of its own beside a
copy of the demo's files. A fault is an error that is not ours, an exit code that README does not
name, more than one line of refusal, something left behind by a refusal, or more than 120 s. Exit 1
when there is one; it is printed."""

from __future__ import annotations

import argparse
import collections
import enum
import importlib
import inspect
import os
import random
import shlex
import shutil
import signal
import sys
import tempfile
import time
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
MOST_S = 120.0
CODES = {0, 1, 2, 3, 4, 5}
REFUSED = {1, 2, 4, 5}
SHIPPED = {
    "shares": "shares.csv", "agencies": "agencies.csv", "population": "population.csv", "ports": "ports.csv",
    "project": "alprmap.toml", "table": "records.csv", "roads": "roads.osm.pbf", "extract": "roads.osm.pbf",
    "before": "cams.parquet", "old": "cams.parquet", "new": "cameras.geojson", "previous": "cams.parquet",
    "cameras": "cameras.geojson", "files": "cameras.geojson", "others": "cams.parquet",
    "paths": "sighting.geojson",
}  # fmt: skip
"""Parameter → the file of the demo that belongs there."""
SENSE: dict[str, list[str]] = {
    "border": ["mexico", "canada", "land", "coast", "external", "port"],
    "zone": ["mexico:100", "port:25", "25", "100", "coast_ocean:10"],
    "by": ["state", "county", "operator", "operator_kind", "vendor", "setting", "source"],
    "unit": ["mi", "km", "nmi"], "as_of": ["2026-01-28"], "date": ["2026-01-28", "2026-01"],
    "radii": ["1km,5mi", "10"], "corridor": ["10km"], "margin": ["6mi"], "to": ["Border Patrol", "sightings"],
    "kind": ["federal"], "of": ["Calafia County"], "column": ["operator", "LOCATION=place_raw"],
    "color_by": ["vendor", "change"], "at": ["27.5,-99.5"],
    "start": ["29.8023, -101.9081"], "end": ["30.0406, -101.6559"],
    "area": ["-102,30,-101,31"], "direction": ["NB", "90"], "device": ["alpr"],
}  # fmt: skip
NONSENSE = [
    "", "0", "-5", "nan", "inf", "1e300", "x", "a=b", "mexico:", ":100", "texas", "ä\u202e", "cam-x", "2026-13-99",
    "../../x", "/", "*", "osm", "--", "1,2,3", "90;270", "a" * 300,
]  # fmt: skip
NUMBERS = ["0", "1", "2", "25", "0.5", "-1", "1e9", "nan", "inf", "x"]
OUTS = [
    f"o/a{end}"
    for end in ("", ".parquet", ".csv", ".geojson", ".html", ".png", ".svg", ".osm", "/b.csv")
]
FITTING = {
    "map": ["o/a.html"], "form": ["o/a.html"], "coverage": ["o/a"], "report": ["o/a.html"], "build": ["o/a"],
    "export": ["o/a.osm", "o/a.gpx"], "png": ["o/b.png"], "figure": ["o/b.png", "o/b.svg"], "hand_outs": ["o/c"],
    "plot_out": ["o/b.png"],
}  # fmt: skip
"""Names that fit an --out of a command or another option; a table elsewhere."""


def commands() -> Iterator[tuple[list[str], Callable[..., Any]]]:
    """Every command but those that take no input: its words and its function."""
    from alprmap.cli import COMMANDS

    for name, where in COMMANDS.items():
        room, _, function = where.partition(":")
        found = getattr(importlib.import_module(f"alprmap.cli.{room}"), function)
        if name in ("demo", "doctor"):
            continue
        if callable(found) and not hasattr(found, "registered_commands"):
            yield [name], found
            continue
        for info in found.registered_commands:
            yield [name, info.name or info.callback.__name__], info.callback


def kinds_of(hint: Any) -> set[type]:
    """The plain types within an annotation."""
    inner = typing.get_args(hint)
    return (
        {t for part in inner for t in kinds_of(part)}
        if inner
        else {hint}
        if isinstance(hint, type)
        else set()
    )


class Chance:
    """Words of command lines, in a folder of files."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = random.Random(seed)
        self.files = [
            *map(str, sorted(folder.iterdir())),
            str(folder),
            "none.csv",
            str(ROOT / "README.md"),
        ]
        self.folder = folder

    def value(self, words: list[str], name: str, hint: Any) -> str:
        """One value of a parameter of a command."""
        kinds = kinds_of(hint)
        for kind in kinds:
            if issubclass(kind, enum.Enum):
                return str(self.random.choice(list(kind)).value)
        likely = self.random.random() < 0.9
        if Path in kinds:
            if name in ("out", "png", "hand_outs", "figure", "plot_out"):
                fitting = FITTING.get(name if name != "out" else words[-1], OUTS[1:4])
                return self.random.choice(fitting if likely else [*OUTS, *self.files])
            if name in SHIPPED and likely:
                return str(self.folder / SHIPPED[name])
            return self.random.choice(self.files)
        if likely and name in SENSE:
            return self.random.choice(SENSE[name])
        return self.random.choice(NUMBERS if kinds & {int, float} else NONSENSE)

    def line(self, words: list[str], function: Callable[..., Any]) -> list[str]:
        """One command line; some with few options, some with many."""
        often = self.random.choice([0.05, 0.15, 0.3])
        line = list(words)
        hints = typing.get_type_hints(function, include_extras=True)
        for name, parameter in inspect.signature(function).parameters.items():
            hint = typing.get_args(hints[name])
            asked = next(m for m in hint if hasattr(m, "param_decls"))
            needed = parameter.default is inspect.Parameter.empty
            likely = {"out": 0.7, "roads": 0.6, "force": 0.3}.get(name, often)
            if name == "online" or (not needed and self.random.random() > likely):
                continue
            many = "list" in str(hint[0])
            times = self.random.choice([1, 1, 2]) if many else 1
            if type(asked).__name__ == "ArgumentInfo":
                line += [self.value(words, name, hint[0]) for _ in range(times)]
                continue
            # within Annotated typer keeps the first name of an option as its default
            names = [asked.default, *(asked.param_decls or ()), f"--{name.replace('_', '-')}"]
            option = next(n for n in names if isinstance(n, str) and n.startswith("--")).partition(
                "/"
            )[0]
            if bool in kinds_of(hint[0]):
                line.append(option)
                continue
            for _ in range(times):
                line += [option, self.value(words, name, hint[0])]
        return line


def run(line: list[str], here: Path) -> tuple[int, str]:
    """Run one command line in a fork; return its exit code (-9 after `MOST_S`) and what it said on
    stderr."""
    said = here / "said"
    child = os.fork()
    if child == 0:
        os.setsid()
        null, err = (
            os.open(os.devnull, os.O_RDWR),
            os.open(said, os.O_RDWR | os.O_CREAT | os.O_TRUNC),
        )
        for handle, to in ((0, null), (1, null), (2, err)):
            os.dup2(to, handle)
        os.chdir(here / "cwd")
        sys.argv = ["alprmap", *line]
        code = 99
        try:
            from alprmap.cli import app, common

            code = common.run(app)
        finally:
            sys.stderr.flush()
            os._exit(code)
    ended = time.monotonic() + MOST_S
    while time.monotonic() < ended:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), said.read_text("utf-8", "replace")
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -9, said.read_text("utf-8", "replace")


def fault(code: int, said: str, left: list[str]) -> str:
    """Return what is wrong with an end, nothing when it is as README says."""
    if "fault of alprmap" in said or "Traceback" in said:
        return "an error that is not ours"
    if code not in CODES:
        return f"exit code {code}"
    if code in REFUSED and left:
        return f"left behind: {', '.join(left)}"
    if (
        code in REFUSED
        and sum(text.startswith(("alprmap:", "Error:")) for text in said.splitlines()) > 1
    ):
        return "more than one refusal"
    return ""


def files_for(folder: Path) -> None:
    """The demo's files, cameras merged from them, and a sighting."""
    shutil.copytree(ROOT / "data/demo", folder)
    (folder / "cwd").mkdir()
    for line in (
        f"merge {folder}/cameras.geojson --out {folder}/cams.parquet",
        f"sighting new --at 27.5,-99.5 --direction NB --out {folder}/sighting.geojson",
    ):
        code, said = run(["-q", *line.split()], folder)
        if code not in (0, 3):
            raise SystemExit(said)
    (folder / "cwd").rmdir()
    (folder / "said").unlink()


def main() -> int:
    """Run command lines until the time is over; exit 1 when one ends as it must not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("commands", nargs="*")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    import folium  # noqa: F401
    import geopandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import rustworkx  # noqa: F401
    import scipy.optimize  # noqa: F401

    known = [c for c in commands() if not given.commands or c[0][0] in given.commands]
    codes: collections.Counter[int] = collections.Counter()
    faults = 0
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        files_for(here / "kept")
        chance = Chance(given.seed, here / "kept")
        ended = time.monotonic() + given.seconds
        while time.monotonic() < ended:
            # a command may well write over what it is given
            shutil.rmtree(here / "files", ignore_errors=True)
            shutil.copytree(here / "kept", here / "files")
            shutil.rmtree(here / "cwd", ignore_errors=True)
            (here / "cwd" / "o").mkdir(parents=True)
            line = chance.line(*chance.random.choice(known))
            line = ["-q", *(w.replace(str(here / "kept"), str(here / "files")) for w in line)]
            code, said = run(line, here)
            codes[code] += 1
            left = sorted(
                str(p.relative_to(here / "cwd")) for p in (here / "cwd").rglob("*") if p.is_file()
            )
            if what := fault(code, said, left):
                faults += 1
                print(f"{what}: alprmap {shlex.join(line)}\n    {said.strip()[-400:]}", flush=True)
    print(
        f"{sum(codes.values())} command lines, exit codes {dict(sorted(codes.items()))}, {faults}"
        " faults"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
