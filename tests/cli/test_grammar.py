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

from alprmap.cli import app
from alprmap.cli.grammar import HELP, variable

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


@pytest.mark.parametrize("command", ["reach", "merge", "read"])
def test_a_dash_as_out_writes_the_table_to_stdout(command: str, tmp_path: Path) -> None:
    cameras = str(DEMO / "cameras.geojson")
    more = ["--border", "mexico"] if command == "reach" else []
    piped = run(command, cameras, *more, "--out", "-", cwd=tmp_path)
    filed = run(command, cameras, *more, "--out", "t.csv", cwd=tmp_path)
    assert piped.returncode == filed.returncode
    assert piped.stdout == (tmp_path / "t.csv").read_text("utf-8")
