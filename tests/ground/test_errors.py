"""Errors are one line: what, where, what to do; each is also a builtin and has its exit code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from alprmap import errors


def test_a_message_names_file_row_and_next_step() -> None:
    error = errors.InputError("latitude is 'north'", where="list.csv", row=17, fix="give degrees")
    assert str(error) == "list.csv, row 17: latitude is 'north'; give degrees"
    assert str(errors.InputError("empty", row=3)) == "row 3: empty"


@pytest.mark.parametrize(
    ("kind", "builtin", "code"),
    [
        (errors.InputError, ValueError, 1),
        (errors.NotFoundError, LookupError, 1),
        (errors.UsageError, TypeError, 2),
        (errors.StorageError, OSError, 4),
        (errors.BusyError, RuntimeError, 5),
    ],
)
def test_each_is_a_builtin_with_an_exit_code(kind: type, builtin: type, code: int) -> None:
    error = kind("it happened", where="x")
    assert isinstance(error, builtin)
    assert isinstance(error, errors.AlprmapError)
    assert error.exit_code == code
    assert str(error) == "x: it happened"


def test_data_never_drives_the_terminal() -> None:
    text = str(errors.InputError("bad \x1b]0;owned\x07 name\u202e\nline two" + "x" * 1000))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n" not in text
    assert len(text) <= 500


def test_a_long_path_leaves_room_for_the_reason() -> None:
    said = str(
        errors.InputError(
            "holds no rows", where="/deep" * 300 + "/cameras.csv", row=3, fix="check it"
        )
    )
    assert said.endswith("/cameras.csv, row 3: holds no rows; check it")
    assert said.startswith("…")
    assert len(said) < 300


WRAPS = {"canonical.py", "guard.py", "project.py", "door.py", "refusal.py"}
"""Rooms that pass on what another said, its next step included."""


def test_every_refusal_says_what_to_do() -> None:
    kinds = {"InputError", "UsageError", "NotFoundError", "StorageError", "BusyError"}
    without = []
    for path in sorted(Path(errors.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in kinds
            ):
                continue
            if not any(word.arg in ("fix", None) for word in node.keywords):
                without.append(path.name)
    assert sorted(without) == sorted(WRAPS)
