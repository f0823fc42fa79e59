"""docs/trust.md: one line for each promise, with the test that holds it."""

from __future__ import annotations

import re
from pathlib import Path


def promises(root: Path) -> list[tuple[str, str]]:
    """Rows of the tables of the page: what is promised, what holds it."""
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \|$", (root / "docs" / "trust.md").read_text("utf-8"), re.M
    )
    return [row for row in rows if row[0] != "promise"]


def test_every_promise_names_a_test_or_file_that_exists(root: Path) -> None:
    rows = promises(root)
    assert len(rows) >= 25
    for promise, proof in rows:
        files = re.findall(r"`((?:tests/|requirements)[\w./-]+)`", proof)
        assert files, promise
        for name in files:
            assert (root / name).is_file(), f"{promise}: {name}"


def test_the_page_says_what_is_not_promised(root: Path) -> None:
    page = (root / "docs" / "trust.md").read_text("utf-8")
    assert len(re.findall(r"^- ", page.split("## What is not promised")[1], re.M)) >= 5
