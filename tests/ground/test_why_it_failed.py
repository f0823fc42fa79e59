"""No message to a user names a class of Python, and none leaves the reason out."""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import Path

import pyarrow as pa
import pytest

from alprmap import errors

WING = Path(errors.__file__).parent
BUILTIN = {
    n: kind
    for n, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, BaseExceptionGroup)
}  # fmt: skip
NAMED = {
    "cli/common.py": "a fault of alprmap, said so that it can be reported",
    "direction.py": "the type of a Python value that was handed in",
    "results.py": "a result in a notebook, and a fault of a wing",
    "roads/door.py": "the type of a Python value that was handed in",
    "sandbox/child.py": "which of our errors it is, for the parent, which checks it",
    "store/checkpoints.py": "a part of a digest",
}
"""Where the name of a class is read, and why no user meets it in a message about a file."""
OURS = {n for n in vars(errors) if n.endswith("Error")} | {"ValidationError"}


def raised(kind: type[Exception], text: str) -> Exception:
    if issubclass(kind, UnicodeDecodeError):
        return kind("utf-8", b"\xff", 0, 1, text)
    if issubclass(kind, UnicodeEncodeError):
        return kind("ascii", "\xff", 0, 1, text)
    if issubclass(kind, UnicodeTranslateError):
        return kind("\xff", 0, 1, text)
    return kind(text) if text else kind()


@pytest.mark.parametrize("text", ["", "ValueError: pyarrow.lib.ArrowException", "<class 'int'>"])
@pytest.mark.parametrize("name", BUILTIN)
def test_a_reason_names_no_class_and_is_never_empty(name: str, text: str) -> None:
    said = errors.reason(raised(BUILTIN[name], text))
    assert re.search(r"[a-z]{2} [a-z]", said), said
    assert not re.search(r"Error|Exception|Warning|<class", said)


def test_a_reason_keeps_what_a_library_says_and_what_alprmap_says() -> None:
    assert errors.reason(pa.ArrowInvalid("Parquet file size is 0 bytes")) == (
        "Parquet file size is 0 bytes"
    )
    assert errors.reason(errors.InputError("a shape is damaged", where="x")) == "a shape is damaged"
    assert errors.reason(OSError(28, "No space left on device")) == "No space left on device"


def test_a_reason_quotes_nothing_of_a_file_that_must_not_be_told() -> None:
    assert "Doe" not in errors.reason(ValueError("could not convert 'Jane Doe'"), quote=False)


def handlers(tree: ast.AST) -> list[tuple[str, ast.ExceptHandler]]:
    found = [n for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and n.name]
    caught = {
        h: {n.id for n in ast.walk(h.type) if isinstance(n, ast.Name)} for h in found if h.type
    }
    return [(str(h.name), h) for h in found if not caught.get(h, set()) <= OURS or not h.type]


def tells(node: ast.AST, name: str) -> bool:
    """Whether a node writes a caught exception into a text as it is."""
    if isinstance(node, ast.FormattedValue):
        return isinstance(node.value, ast.Name) and node.value.id == name
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return False
    named = [a.id for a in node.args if isinstance(a, ast.Name)]
    return node.func.id == "str" and name in named


def test_no_message_is_made_of_the_name_of_a_class() -> None:
    for path in sorted(WING.rglob("*.py")):
        place, text = path.relative_to(WING).as_posix(), path.read_text(encoding="utf-8")
        if place in NAMED:
            continue
        assert not re.search(r"(type\(\w+\)|__class__)\.__name__", text), place


def test_a_message_tells_a_caught_error_by_its_reason() -> None:
    for path in sorted(WING.rglob("*.py")):
        place = path.relative_to(WING).as_posix()
        if place in NAMED:
            continue
        for name, handler in handlers(ast.parse(path.read_text(encoding="utf-8"))):
            asked = {
                id(n) for c in ast.walk(handler) if isinstance(c, ast.Compare) for n in ast.walk(c)
            }
            told = [n for n in ast.walk(handler) if tells(n, name) and id(n) not in asked]
            assert not told, f"{place}, below line {handler.lineno}"
