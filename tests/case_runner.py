"""Runs a case: a folder of small made-up inputs with `case.json`, which says what a user runs, what
they may expect and why, and what must come out. All names, towns and persons in them are made up.

Checks: `exit`, `said` (stdout and stderr), `text` (written files), `rows`, `near` and `value` (a
written table), `place` and `doubt` (what `locate --json` answered), and `either` of several lists.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import geo

Call = Callable[..., tuple[int, str, str]]


class UnmetError(AssertionError):
    """A check that does not hold."""


def folders(beside: str) -> list[Path]:
    """Return the cases in the folder `cases` beside a test file, in their order."""
    return sorted(p.parent for p in (Path(beside).parent / "cases").glob("*/case.json"))


def hold(case: Path, here: Path, call: Call) -> None:
    """Run a case in a copy of its folder (which is the working folder) and hold its checks.

    Raises
    ------
    UnmetError
        Naming what was wanted and what came.
    """
    told = json.loads((case / "case.json").read_text("utf-8"))
    shutil.copytree(case, here, dirs_exist_ok=True)
    out = here / "out"
    out.mkdir()
    runs = [call(*(a.replace("{out}", str(out)) for a in r["args"])) for r in told["runs"]]
    for check in told["checks"]:
        _check(check, runs, str(out))


def _check(check: dict[str, Any], runs: list[tuple[int, str, str]], out: str) -> None:
    ((kind, spec),) = check.items()
    if kind == "either":
        whys = []
        for way in spec:
            try:
                for inner in way:
                    _check(inner, runs, out)
                return
            except UnmetError as why:
                whys.append(str(why))
        raise UnmetError(" | or: ".join(whys))
    run = runs[spec.get("run", 0)]
    if kind in ("place", "doubt"):
        _located(kind, spec, run)
    elif kind == "exit":
        _want(run[0] in spec.get("in", [run[0]]), spec, run)
        _want(run[0] not in spec.get("not_in", []), spec, run)
    elif kind == "said":
        said = {"stdout": run[1], "stderr": run[2]}.get(spec.get("where", ""), run[1] + run[2])
        _words(said, spec)
    elif kind == "text":
        files = sorted(Path(out).glob(spec["files"].removeprefix("{out}/")))
        _want(files, spec, "no such file")
        for file in files:
            parquet = file.suffix == ".parquet"
            text = pd.read_parquet(file).to_csv() if parquet else file.read_text("utf-8")
            _words(text, spec)
    else:
        _of_a_table(kind, spec, _rows(spec, out))


def _want(holds: object, spec: object, came: object) -> None:
    if not holds:
        raise UnmetError(f"wanted {spec}, came {str(came)[:1_000]}")


def _words(text: str, spec: dict[str, Any]) -> None:
    def has(word: str) -> bool:
        if word.startswith("re:"):
            return re.search(word[3:], text, re.IGNORECASE) is not None
        return word.casefold() in text.casefold()

    _want("any" not in spec or any(map(has, spec["any"])), spec, text)
    _want(all(map(has, spec.get("all", []))), spec, text)
    _want(not any(map(has, spec.get("none", []))), spec, text)


def _rows(spec: dict[str, Any], out: str) -> pd.DataFrame:
    path = Path(spec["table"].replace("{out}", out))
    _want(path.is_file(), spec, "no such table")
    is_csv = path.suffix == ".csv"
    frame = pd.read_csv(path, dtype=str) if is_csv else pd.read_parquet(path)
    for name in ("lon", "lat", "confidence", "position_error_m"):
        if name in frame:
            frame[name] = pd.to_numeric(frame[name])
    for column, wanted in spec.get("where", {}).items():
        texts = frame[column].astype("str").where(frame[column].notna(), "")
        if isinstance(wanted, str) and wanted.startswith("re:"):
            frame = frame[[re.search(wanted[3:], t, re.IGNORECASE) is not None for t in texts]]
        else:
            several = wanted if isinstance(wanted, list) else [wanted]
            frame = frame[texts.isin([str(w) for w in several])]
    return frame[frame["lon"].notna()] if spec.get("located") else frame


def _of_a_table(kind: str, spec: dict[str, Any], frame: pd.DataFrame) -> None:
    if kind == "rows":
        number = len(frame)
        _want(number == spec.get("equals", number), spec, number)
        _want(spec.get("min", 0) <= number <= spec.get("max", number), spec, number)
        return
    if kind == "near":
        away = geo.distance_m(frame["lon"], frame["lat"], spec["lon"], spec["lat"])
        near = (away <= spec["within_m"]).tolist()
        holds = not any(near) if spec.get("none") else any(near) if spec.get("one") else all(near)
        _want(holds and (near or spec.get("none")), spec, frame[["lon", "lat"]].to_dict("list"))
        return
    _want(kind == "value" and len(frame), spec, "no such row")
    for value in frame[spec["column"]]:
        text = "" if pd.isna(value) else str(value)
        _want(not spec.get("missing") or not text, spec, text)
        _want(not spec.get("present") or text, spec, text)
        _want("equals" not in spec or _same(text, spec["equals"]), spec, text)
        _want("in" not in spec or any(_same(text, w) for w in spec["in"]), spec, text)
        _want(not any(_same(text, w) for w in spec.get("not_in", [])), spec, text)
        _want(text.startswith(spec.get("begins", "")), spec, text)
        _want(spec.get("contains", "").casefold() in text.casefold(), spec, text)


def _same(text: str, wanted: Any) -> bool:
    if isinstance(wanted, (int, float)):
        return text != "" and abs(float(text) - wanted) < 1e-6
    return text == ("" if wanted is None else str(wanted))


def _located(kind: str, spec: dict[str, Any], run: tuple[int, str, str]) -> None:
    if kind == "doubt" and run[0] == 1 and not run[1].strip():
        return
    found = json.loads(run[1])
    used = found["lat"] is not None and found["confidence"] >= spec.get("confidence", 0.5)
    if kind == "doubt":
        _want(not used or found["confidence"] < spec.get("below", 0.5), spec, found)
        return
    _want(used, spec, found)
    away = geo.distance_m(found["lon"], found["lat"], spec["lon"], spec["lat"])
    _want(float(away) <= spec["within_m"], spec, found)
