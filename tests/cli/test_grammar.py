"""The grammar of the command line: variables, and the options that stand before or after a command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from alprmap.cli import app, common, defaults
from alprmap.cli.grammar import HELP, OLD, current, variable
from alprmap.errors import UsageError

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


def commands(group: Any = None, path: str = "alprmap") -> Iterator[tuple[str, Any]]:
    """Every command with the words that call it."""
    group = group or get_command(app)
    context = typer.Context(group, info_name=path) if path == "alprmap" else None
    parent = context or typer.Context(group, info_name=path.split()[-1], parent=typer.Context(
        get_command(app), info_name="alprmap"))  # fmt: skip
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if hasattr(command, "list_commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


ALL = dict(commands())


def run(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("ALPRMAP")} | variables
    return subprocess.run(
        [sys.executable, "-m", "alprmap", *words],
        cwd=cwd, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("path", ALL)
def test_an_option_is_read_from_its_own_variable_alone(path: str) -> None:
    for param in ALL[path].params:
        if param.param_type_name != "option":
            continue
        longest = max(param.opts, key=len)
        beside = str(param.name) in HELP
        if beside or param.is_eager:
            assert param.envvar is None, f"{path} {longest}"
        else:
            assert param.envvar == variable(path, longest)
            assert re.fullmatch(r"ALPRMAP(_[A-Z0-9]+)+", str(param.envvar))


def test_no_two_options_share_a_variable() -> None:
    named = [p.envvar for c in ALL.values() for p in c.params if getattr(p, "envvar", None)]
    assert len(named) == len(set(named)) > 150


@pytest.mark.parametrize("path", ALL)
def test_quiet_verbose_and_debug_stand_after_every_command(path: str) -> None:
    spelled = {o for p in ALL[path].params for o in p.opts}
    assert {"-q", "--quiet", "-v", "--verbose", "--debug"} <= spelled


def test_variables_of_other_names_change_nothing(tmp_path: Path) -> None:
    """`ENV ALPRMAP_VERSION=…` of a container file once ended every command after one line."""
    names = ("VERSION", "INSTALL_COMPLETION", "SHOW_COMPLETION", "HELP", "DEBUG", "QUIET", "VERBOSE",
             "DOCTOR", "DOCTOR_HELP", "READ_JSON", "HOME")  # fmt: skip
    plain = run("doctor", cwd=tmp_path, HOME=str(tmp_path))
    noisy = {f"ALPRMAP_{name}": "1" for name in names}
    told = run("doctor", cwd=tmp_path, HOME=str(tmp_path), **noisy)
    assert (told.returncode, told.stdout, told.stderr) == (0, plain.stdout, plain.stderr)
    assert not list(tmp_path.iterdir()), "a variable edited a file of the user"


@pytest.mark.slow
def test_verbose_says_where_a_setting_comes_from(tmp_path: Path) -> None:
    cameras = str(DEMO / "cameras.geojson")
    words = ("reach", cameras, "--border", "mexico")
    before = run("-v", *words, cwd=tmp_path, ALPRMAP_REACH_UNIT="km")
    after = run(*words, "-v", cwd=tmp_path, ALPRMAP_REACH_UNIT="km")
    assert before.returncode == after.returncode == 0, after.stderr
    assert before.stderr == after.stderr
    assert "border = mexico (command line)" in after.stderr
    assert "unit = km (environment)" in after.stderr
    assert "by default: " in after.stderr
    quiet = run(*words, "-q", cwd=tmp_path)
    assert quiet.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("command", ["reach", "merge", "read"])
def test_a_dash_as_out_writes_the_table_to_stdout(command: str, tmp_path: Path) -> None:
    cameras = str(DEMO / "cameras.geojson")
    more = ["--border", "mexico"] if command == "reach" else []
    piped = run(command, cameras, *more, "--out", "-", cwd=tmp_path)
    filed = run(command, cameras, *more, "--out", "t.csv", cwd=tmp_path)
    assert piped.returncode == filed.returncode
    assert piped.stdout == (tmp_path / "t.csv").read_text("utf-8")


OLD_NAMES = [(c, old, new) for c, names in OLD.items() for old, new in names.items()]


@pytest.mark.parametrize(("place", "old", "new"), OLD_NAMES)
def test_an_option_keeps_its_old_name_for_one_release(
    place: str, old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ALL[f"alprmap {place}"]
    spelled = {o for p in command.params for o in p.opts}
    assert new in spelled
    assert old not in spelled
    # on the command line, with its value beside it or behind a sign
    assert current(place, old) == new
    assert current(place, f"{old}=1") == f"{new}=1"
    assert current(place, "a file") == "a file"
    # in the project file of the folder, where that option may stand at all
    words = capsys.readouterr().err
    assert words.count(f"{old} is now {new}") == 2
    param = next(p for p in command.params if new in p.opts)
    if param.name in defaults.MEASURED:
        key = place.replace(" ", ".")
        (tmp_path / "alprmap.toml").write_text(f'[command.{key}]\n{old.lstrip("-")} = "1"\n')
        assert defaults.of_project(get_command(app), tmp_path) == {place: {param.name: "1"}}
        assert f"{old} is now {new}" in capsys.readouterr().err


def test_an_old_variable_is_read_and_told(tmp_path: Path) -> None:
    told = run("map", "none.csv", "--out", "m.html", cwd=tmp_path, ALPRMAP_MAP_COLOUR_BY="nonsense")
    assert told.returncode == 2
    assert "ALPRMAP_MAP_COLOUR_BY is now ALPRMAP_MAP_COLOR_BY" in told.stderr
    assert "cannot be colored by nonsense" in told.stderr


@pytest.mark.parametrize(
    ("text", "meters", "told"),
    [("15mi", 24140.16, 0), ("25km", 25000.0, 0), ("1 nmi", 1852.0, 0), ("0.5", 500.0, 1)],
)
def test_a_length_says_its_unit(
    text: str, meters: float, told: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert common.length_m(text, "--gap") == pytest.approx(meters)
    assert capsys.readouterr().err.count("means kilometers") == told


@pytest.mark.parametrize("text", ["", "x", "-1km", "0km", "1e3km", "2000km", "5 miles", "١٠km"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--gap"):
        common.length_m(text, "--gap")
