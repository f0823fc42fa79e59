"""The notebooks of examples/ run, cell by cell, from any folder, and show what they say they show."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

LINES = 10
"""From two files to a map: statements, beside the names that only show what they hold."""


def cells(path: Path) -> list[str]:
    book = json.loads(path.read_text("utf-8"))
    assert book["nbformat"] == 4
    return ["".join(c["source"]) for c in book["cells"] if c["cell_type"] == "code"]


def lines_of(book: list[str]) -> int:
    """How many statements there are, beside names that only show what they hold."""
    statements = [s for source in book for s in ast.parse(source).body]
    bare = [s for s in statements if isinstance(s, ast.Expr) and isinstance(s.value, ast.Name)]
    return len(statements) - len(bare)


def shown(source: str, names: dict[str, Any]) -> Any:
    """Run a cell as a notebook does; return the value of its last line, if that is one."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # type: ignore[attr-defined]


def test_P5_the_notebook_goes_from_two_files_to_a_map(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    book = cells(root / "examples" / "town.ipynb")
    values = [shown(source, names) for source in book]
    cameras, watched, reach, drawn, files = values
    for value in (cameras, watched, reach, drawn):
        page = value._repr_html_()
        assert page.startswith("<")
        assert "<script>alert" not in page
    assert f"{len(cameras.table):,} rows" in cameras._repr_html_()
    for sentence in reach.claims()["sentence"]:
        assert sentence in reach._repr_html_()
    assert type(drawn).__module__.startswith("folium")
    assert (tmp_path / "rio-claro.html").stat().st_size > 100_000
    assert (tmp_path / "rio-claro.csv") in [tmp_path / f for f in files]
    assert lines_of(book) <= LINES


@pytest.mark.slow
def test_P5_the_notebook_of_a_city_goes_from_two_files_to_a_map(
    root: Path, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the folders stand to each other as those of a checkout do
    (tmp_path / "checkout" / "examples").mkdir(parents=True)
    (tmp_path / "shared").symlink_to(shared.parent)
    monkeypatch.chdir(tmp_path / "checkout" / "examples")
    book = cells(root / "examples" / "columbus.ipynb")
    names: dict[str, Any] = {}
    ohio, cameras, watched, reach, files, live = [shown(source, names) for source in book]
    assert 100 < len(cameras.table) < len(ohio.table)
    assert 0.8 < watched.watches["camera_id"].nunique() / len(cameras.table) <= 1
    assert set(watched.watches["camera_id"]) <= set(cameras.table["camera_id"])
    assert reach.counts()["standing_readers"] == len(cameras.table)
    assert Path("columbus.html") in files
    assert Path("columbus.html").stat().st_size > 100_000
    assert type(live).__module__.startswith("folium")
    assert lines_of(book) <= LINES


def test_P5_a_notebook_is_kept_without_what_it_showed(root: Path) -> None:
    for path in (root / "examples").glob("*.ipynb"):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None
