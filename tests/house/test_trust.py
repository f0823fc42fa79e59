"""docs/trust.md: one line for each promise, with the tests that hold it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

NAMED = re.compile(r"`((?:tests/|requirements)[\w./-]+)(?:::(\w+))?`")


def promises(root: Path) -> list[tuple[str, str]]:
    """Rows of the tables of the page: what is promised, what holds it."""
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \|$", (root / "docs" / "trust.md").read_text("utf-8"), re.M
    )
    return [row for row in rows if row[0] != "promise"]


def names_of_tests(path: Path) -> set[str]:
    """Names of the tests of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}


def test_every_promise_names_tests_that_exist(root: Path) -> None:
    rows = promises(root)
    assert len(rows) >= 30
    for promise, proof in rows:
        named = NAMED.findall(proof)
        assert [name for _, name in named if name.startswith("test_")], promise
        for file, name in named:
            assert (root / file).is_file(), f"{promise}: {file}"
            # a sweep is a file of its own; whatever else is named is named to the function
            if name:
                assert name in names_of_tests(root / file), f"{promise}: {file}::{name}"
            else:
                assert not Path(file).name.startswith("test_"), f"{promise}: which test of {file}?"


def test_the_page_says_what_is_not_promised(root: Path) -> None:
    page = (root / "docs" / "trust.md").read_text("utf-8")
    assert len(re.findall(r"^- ", page.split("## What is not promised")[1], re.M)) >= 5
