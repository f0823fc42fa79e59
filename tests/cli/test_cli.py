"""The command line's contract: exit codes, one line on stderr, results on stdout, defaults of a
project."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

from alprmap.cli import app, common, defaults
from alprmap.errors import BusyError, InputError, StorageError, UsageError


def alprmap(*words: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alprmap", *words],
        capture_output=True, text=True, cwd=cwd, env={**os.environ, **env}, check=False,
    )  # fmt: skip


HEAD = '[project]\nname = "x"\ntitle = "y"\n'


def raising(error: BaseException) -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def go() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("bad", where="x.csv"), 1),
        (UsageError("exists already"), 2),
        (StorageError("cannot write"), 4),
        (BusyError("another run"), 5),
        (OSError(errno.ENOSPC, "No space left on device"), 4),
        (PermissionError(errno.EACCES, "Permission denied"), 4),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), 1),
        (KeyboardInterrupt(), 130),
        (MemoryError(), 1),
        (typer.Exit(common.EXIT_REVIEW), 3),
    ],
)
def test_exit_codes(
    error: BaseException,
    code: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["alprmap"])
    assert common.run(raising(error)) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") <= 1
    assert "Traceback" not in printed.err


def test_a_typo_in_a_command_is_a_usage_error() -> None:
    assert alprmap("reech").returncode == 2


def test_version_and_doctor() -> None:
    assert alprmap("--version").stdout.startswith("alprmap ")
    facts = json.loads(alprmap("doctor", "--json").stdout)
    assert {"alprmap", "GDAL", "GEOS", "PROJ"} <= facts.keys()


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    plain = alprmap("build", "gone.toml", cwd=tmp_path)
    assert plain.returncode == 1
    assert (
        plain.stderr
        == "alprmap: gone.toml: no such project file; `alprmap start FILES` writes one\n"
    )
    assert "Traceback" in alprmap("--debug", "build", "gone.toml", cwd=tmp_path).stderr


def test_flags_beat_variables_beat_the_project_file(tmp_path: Path) -> None:
    (tmp_path / "alprmap.toml").write_text(
        "[command.doctor]\njson = true\n[command.sighting.check]\nas-json = true\n"
    )
    assert alprmap("doctor", cwd=tmp_path).stdout.startswith("{")
    assert not alprmap("doctor", cwd=tmp_path, ALPRMAP_DOCTOR_JSON="0").stdout.startswith("{")
    assert alprmap("doctor", "--json", cwd=tmp_path, ALPRMAP_DOCTOR_JSON="0").stdout.startswith("{")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a." * 100_000 + "a = 1\n", "has more than 10,000 characters"),
        ("command = 5\n", "command is no table; write [command]"),
        ("[command]\ndoctor = 5\n", "command.doctor is no table"),
        ("[command\n", "not TOML"),
        ("[command.docter]\nas-json = true\n", "command has no docter; did you mean doctor?"),
        (
            "[command.merge]\ndecision = 'x.csv'\n",
            "command.merge has no decision; did you mean decisions?",
        ),
        (
            "[command.sighting.form]\nnothing-like-it = 1\n",
            "command.sighting.form has no nothing-like-it; see",
        ),
    ],
    ids=["key", "kind", "inner", "cut", "command", "option", "group"],
)
def test_a_wrong_project_file_in_the_folder_is_one_line(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "alprmap.toml").write_text(text)
    done = alprmap("doctor", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("alprmap: alprmap.toml")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project", "not TOML"),
        ("a." * 100_000 + "a = 1\n", "line 1: has more than 10,000 characters"),
        ("[command.read]\n" + "# a line\n" * 30_000, "is larger than 256 kB"),
        ("a = " + "[" * 9_000, "not TOML: it is nested too deeply"),
        ("a = " + "9" * 9_000, "not TOML: Exceeds the limit"),
        (HEAD + "[[source]]\n", "unknown key source (did you mean sources?)"),
        (
            '[project]\nname = "X Y"\ntitle = "y"\n[[sources]]\nid = "a"\npath = "b"\n',
            "project.name",
        ),
        (HEAD + '[[sources]]\nid = "a"\npth = "b"\n', "did you mean path?"),
        (HEAD + '[[sources]]\nid = "a"\npath = "b.csv"\n', "b.csv: no such file"),
        (
            HEAD + '[[sources]]\nid = "a"\npath = "b"\ndate = "2026-13"\n',
            "sources.1.date: must be a date such as 2026",
        ),
        (
            HEAD + '[[sources]]\nid = "a"\npath = "b"\n[coverage]\ncordons = ["0mi:mexico"]\n',
            "up to 5,000 km",
        ),
        (
            HEAD + '[[sources]]\nid = "a"\npath = "b"\n[coverage]\ncordons = ["9mi:texas"]\n',
            "is no zone",
        ),
        (
            HEAD + '[[sources]]\nid = "a"\npath = "b"\n[reach]\nborders = ["texas"]\n',
            "'texas' is no border",
        ),
        (
            HEAD + 'area = [40, -83, 41, -82, 1]\n[[sources]]\nid = "a"\npath = "b"\n',
            "project.area",
        ),
    ],
)
def test_a_wrong_project_file_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "p.toml").write_text(text)
    done = alprmap("build", "p.toml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["p.toml"]


@pytest.mark.slow
def test_init_writes_a_project_that_is_valid_and_never_overwrites(tmp_path: Path) -> None:
    from alprmap.build import project

    (tmp_path / "list.csv").write_text("lat,lon,operator\n39.96,-83.0,Columbus PD\n")
    assert alprmap("init", "list.csv", cwd=tmp_path).returncode == 0
    written = project.load_project(tmp_path / "alprmap.toml")
    assert written.project.area == "Franklin County, Ohio"
    again = alprmap("init", "list.csv", cwd=tmp_path)
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_text_tables_are_plain_and_harmless() -> None:
    frame = pd.DataFrame({"name": ["a\x1b[31m", None], "n": [1200, 3], "km": [1.25, float("nan")]})
    assert common.text_table(frame).splitlines() == [
        "name        n   km",
        "a?[31m  1,200  1.2",
        "–           3    –",
    ]


def test_json_is_strict() -> None:
    frame = pd.DataFrame({"n": [1.5, float("nan")], "s": ["x", None]})
    assert common.records(frame) == [{"n": 1.5, "s": "x"}, {"n": None, "s": None}]


@pytest.mark.parametrize("group", [[], ["sighting"]], ids=["alprmap", "sighting"])
def test_the_list_of_commands_is_whole_on_80_columns(group: list[str]) -> None:
    listed = (
        alprmap(*group, "--help", COLUMNS="80", TERMINAL_WIDTH="80")
        .stdout.split("Commands:\n")[1]
        .split("\n\n")[0]
    )
    assert len(listed.splitlines()) >= 5
    assert "..." not in listed
    assert all(
        line.startswith("  ") and line[2] != " " and len(line) <= 80 for line in listed.splitlines()
    )


def _options() -> dict[str, set[str]]:
    """Every option of every command: the command's table in a project file → names."""
    found: dict[str, set[str]] = {}

    def walk(command: Any, place: str) -> None:
        inner = getattr(command, "commands", None)
        for name, each in (inner or {}).items():
            walk(each, f"{place}.{name}")
        if not inner:
            found[place] = {p.name for p in command.params if p.name != "help"}

    walk(typer.main.get_command(app), "command")
    return found


OWN = {
    "out",
    "force",
    "resume",
    "online",
    "plot_out",
    "png",
    "figure",
    "hand_outs",
    "repair",
    "yes",
    "no_build",
    "keep_photos",
    "redact",
    "scheduler",
}
"""What writes, replaces, opens the network or sends work over it, or believes what lies in a folder."""
WORDS = {
    "files",
    "logs",
    "folder",
    "project",
    "extracts",
    "paths",
    "photos",
    "text",
    "start",
    "end",
    "old",
    "new",
}
"""What a command is given, word by word, on its line."""
AT_THE_KEYBOARD = {"annotate", "at", "direction", "evidence", "licence", "manufacturer", "mount", "note",
                   "operator", "photo", "photo_shows", "date", "to_day", "plot", "explain"}  # fmt: skip
"""What a person says about one sighting, or about one camera."""


def test_every_option_is_either_measured_or_the_users_own() -> None:
    for place, names in _options().items():
        for name in names:
            measured = name in defaults.MEASURED and f"{place}.{name}" not in defaults.WRITES
            own = name in OWN | WORDS | AT_THE_KEYBOARD or f"{place}.{name}" in defaults.WRITES
            assert measured or own, (
                f"say in cli/defaults.py whether a project file may set {name} ({place})"
            )
    assert not OWN & defaults.MEASURED


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_project_file_never_says_where_what_replaces_or_who_listens(
    tmp_path: Path, name: str
) -> None:
    places = [p for p, names in _options().items() if name in names]
    assert places
    for place in places:
        for key in {name, name.replace("_", "-")}:
            (tmp_path / "alprmap.toml").write_text(f"[{place}]\n{key} = 'x'\n")
            with pytest.raises(InputError, match=f"may not set {key}"):
                defaults.of_project(typer.main.get_command(app), tmp_path)


def test_a_strangers_folder_replaces_nothing(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    mine = tmp_path / "mine.csv"
    mine.write_text("my own")
    (theirs / "cams.csv").write_text("lat,lon\n30.12345,-97.12345\n")
    (theirs / "alprmap.toml").write_text(
        f'[command.read]\nout = "{mine.as_posix()}"\nforce = true\n'
    )
    done = alprmap("read", "cams.csv", cwd=theirs)
    assert done.returncode == 1
    assert "may not set out" in done.stderr
    assert done.stderr.count("\n") == 1
    assert mine.read_text() == "my own"
    assert sorted(p.name for p in theirs.iterdir()) == ["alprmap.toml", "cams.csv"]
