"""What a person at a terminal sees of long work: every command that can be long says how far it is."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_grammar import ALL

from alprmap import cli, shipped, steps
from alprmap.cli import bars, common

DEMO = shipped.data_path("demo")
CAMERAS, RECORDS, ROADS = (DEMO / n for n in ("cameras.geojson", "records.csv", "roads.osm.pbf"))
AGENCIES, SHARES = DEMO / "agencies.csv", DEMO / "shares.csv"
Run = Callable[..., tuple[int, str, str]]

SHORT = {
    "doctor": "prints versions and dates; reads nothing of the user",
    "sighting new": "one sighting, typed by a person",
    "sighting add": "a person's sightings, at most a file that one person made",
    "sighting form": "writes one page from what is shipped",
    "sighting export": "a person's sightings, at most a file that one person made",
}
"""Commands that end within two seconds whatever they are given, and why."""

LONG: dict[str, tuple[Any, ...]] = {
    "demo": ("--out", "d"),
    "start": (CAMERAS, "--no-build", "--yes"),
    "init": (CAMERAS, "--project", "p.toml"),
    "build": (DEMO / "alprmap.toml", "--out", "b"),
    "read": (CAMERAS, "--out", "r.parquet"),
    "locate": ("--table", "places.csv", "--column", "place", "--roads", ROADS, "--out", "l.csv"),
    "merge": (CAMERAS, RECORDS, "--roads", ROADS, "--out", "m.parquet"),
    "roads": (ROADS, "--out", "net.parquet"),
    "watch": (CAMERAS, "--roads", ROADS, "--out", "w.csv"),
    "coverage": (CAMERAS, "--roads", ROADS, "--out", "c"),
    "route": ("--cameras", CAMERAS, "--roads", ROADS, "3rd St and Main St", "3rd Ave and Main St"),
    "reach": (CAMERAS, "--border", "mexico", "--out", "x.csv"),
    "access": (CAMERAS, "--agencies", AGENCIES, "--shares", SHARES, "--to", "Federal Frontier Service"),
    "searches": ("log.csv",),
    "completeness": (CAMERAS, "--declared", "declared.csv", "--out", "k.csv"),
    "diff": (CAMERAS, CAMERAS),
    "map": (CAMERAS, "--roads", ROADS, "--out", "m.html", "--hand-outs", "h"),
    "report": ("TOWN", "--out", "rep"),
    "sighting check": ("s.geojson", "--cameras", CAMERAS, "--roads", ROADS),
}  # fmt: skip
"""Commands that may take longer on the cameras of a nation, as the test runs them."""

UNCOUNTED = {
    "read": "how many rows a file has is known at its end: the rate is shown, and no rest",
    "roads": "an extract does not say how many roads it has: the rate is shown, and no rest",
}
"""Commands whose longest step has no end that is known beforehand."""

SLOW = ("demo", "build", "coverage", "report", "map")


def files(folder: Path, town: Path | None) -> dict[str, Path]:
    """The small inputs that the demo does not hold."""
    log = "searched_at,agency,networks,cameras,reason\n" + "2026-01-05T10:00:00Z,Santa Vela Police Department,12,900,theft\n" * 3  # fmt: skip
    (folder / "log.csv").write_text(log)
    table = (
        "agency,state,declared,date,source\nSanta Vela Police Department,TX,80,2026-01-10,portal\n"
    )
    (folder / "declared.csv").write_text(table)
    (folder / "places.csv").write_text("place\n3rd St & Main St\n" * 3)
    point = {"type": "Point", "coordinates": [-100.4012, 29.3331]}
    said = {"man_made": "surveillance", "surveillance:type": "ALPR", "direction": "90", "evidence": "seen", "licence": "CC0-1.0"}  # fmt: skip
    one = {"type": "Feature", "geometry": point, "properties": said}
    text = {"type": "FeatureCollection", "format": "alprmap-sighting/1", "features": [one]}
    (folder / "s.geojson").write_text(json.dumps(text))
    return {} if town is None else {"TOWN": town}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Stderr is a terminal and bars come up at once; what they were told."""
    told: list[tuple[str, int, int]] = []
    report = bars.Bars.report

    def kept(self: bars.Bars, what: str, done: int, total: int) -> None:
        told.append((what, done, total))
        report(self, what, done, total)

    monkeypatch.setattr(bars.Bars, "report", kept)
    monkeypatch.setattr(bars, "AFTER_S", 0.0)
    monkeypatch.setattr(bars, "is_seen", lambda: True)
    monkeypatch.setattr(common.STATE, "quiet", False)
    monkeypatch.setenv("TERM", "xterm")
    return told


def test_every_command_says_how_far_it_is_or_why_it_is_short() -> None:
    assert set(SHORT) | set(LONG) == {path.removeprefix("alprmap ") for path in ALL}
    assert not set(SHORT) & set(LONG)
    assert set(UNCOUNTED) <= set(LONG)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW)) for n in LONG]
)
def test_a_long_command_shows_what_it_does_with_a_rate_and_what_is_left(
    name: str, terminal: list[tuple[str, int, int]], alprmap_here: Run, tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    town = request.getfixturevalue("demo_town") if "TOWN" in LONG[name] else None
    there = files(tmp_path, town)
    code, _, err = alprmap_here(*name.split(), *(there.get(str(w), w) for w in LONG[name]))
    assert code in (0, 3), err
    own, *rest = [what for what, _, _ in terminal]
    assert own == name.split()[-1]
    counted = {what: (done, total) for what, done, total in terminal if total}
    assert set(rest) - {own}
    assert counted or name in UNCOUNTED
    assert {done == total for done, total in counted.values()} <= {True}
    assert "━" in err
    assert own in err


def test_what_is_printed_is_the_same_beside_bars(
    terminal: list[tuple[str, int, int]], alprmap_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("diff", CAMERAS, CAMERAS, "--json")
    code, out, err = alprmap_here(*words)
    assert "━" in err
    assert terminal
    monkeypatch.setattr(bars, "is_seen", lambda: False)
    code_plain, out_plain, err_plain = alprmap_here(*words)
    assert (code, out) == (code_plain, out_plain)
    assert json.loads(out)
    assert "━" not in err_plain
    assert "\x1b" not in err_plain


def test_quiet_shows_no_bars(terminal: list[tuple[str, int, int]], alprmap_here: Run) -> None:
    code, _, err = alprmap_here("-q", "diff", CAMERAS, CAMERAS)
    assert (code, err, terminal) == (0, "", [])


def test_short_work_shows_nothing(
    terminal: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(bars, "AFTER_S", 3600.0)
    with bars.shown("doctor", quiet=False):
        steps.tell("a step", 1, 2)
    assert terminal == [("doctor", 0, 0), ("a step", 1, 2)]
    assert capsys.readouterr().err == ""


def test_long_work_that_tells_nothing_more_is_shown_all_the_same(
    terminal: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The bars come up by themselves, and not with the next thing that is told."""
    monkeypatch.setattr(bars, "AFTER_S", 0.01)
    seen = ""
    with bars.shown("merge", quiet=False):
        for _ in range(3000):
            time.sleep(0.01)
            seen += capsys.readouterr().err
            if "merge" in seen:
                break
    assert "merge" in seen
    assert len(terminal) == 1


def test_printing_takes_the_bars_away_first(
    terminal: list[tuple[str, int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    with bars.shown("merge", quiet=False):
        steps.tell("a [b]\nc", 1, 2)
        common.note("a word to the person")
        assert not bars._NOW[0]._bar.live.is_started
        steps.tell("more", 1, 2)
        assert bars._NOW[0]._bar.live.is_started
        common.out("a result")
        assert not bars._NOW[0]._bar.live.is_started
    said = capsys.readouterr()
    assert said.out == "a result\n"
    assert "a (b] c" in said.err.replace("⏎", " ").replace("\\n", " ")
    assert bars._NOW == []


def test_all_that_a_command_prints_or_asks_goes_by_one_door() -> None:
    """A print beside the bars would tear them: `common` takes them off the screen before."""
    asked = {"print", "echo", "secho", "prompt", "confirm"}
    for path in Path(cli.__file__).parent.glob("*.py"):
        if path.name == "common.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                of = node.func
                if isinstance(of, ast.Name):
                    assert of.id not in asked, path.name
                if isinstance(of, ast.Attribute) and isinstance(of.value, ast.Name):
                    assert of.value.id != "typer" or of.attr not in asked, path.name
