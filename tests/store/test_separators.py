"""What a spreadsheet does with our CSV, whichever separator it takes: no cell of it is a
formula.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from formulas import LEADS, cells, is_formula
from hypothesis import example, given
from hypothesis import strategies as st

from alprmap.store import formats as tables
from alprmap.store import whole as store

ALPHABET = LEADS + ";|,\t\"' \r\nx1.()|!"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@given(st.lists(st.text(alphabet=ALPHABET, max_size=12), min_size=2, max_size=4))
@example(["x;=HYPERLINK(1)", "a"])
@example(["x\t=1+1", "a"])
@example(["x|=1+1", "a"])
@example(['x;"=1+1"', 'b;"'])
@example(["a\n=1", 'c\n"=1'])
@example(["1;-1+cmd|' /C calc'!A0", "y"])
def test_no_cell_is_a_formula(separator: str, texts: list[str]) -> None:
    frame = pd.DataFrame([dict(enumerate(texts))] * 2).rename(columns=lambda c: texts[c] + str(c))
    text = tables.safe_cells(frame).to_csv(index=False, lineterminator="\n")
    assert not [c for c in cells(text, separator) if is_formula(c)], text


@given(
    st.lists(
        st.one_of(st.integers(), st.text(alphabet="abc 019./-", max_size=9).map("x{}".format)),
        min_size=1,
    )
)
def test_plain_text_and_numbers_stay_as_they_are(words: list[object]) -> None:
    text = "; ".join(["a", *map(str, words)])
    assert tables.safe_text(text) == text


def test_the_file_itself(tmp_path: Path) -> None:
    words = ["x;=HYPERLINK(1)", "y\t@SUM(1)", "30.1; -97.1", "-5", None]
    frame = pd.DataFrame({"name": words, "lon": [-97.1, 1, 2, 3, 4]})
    store.write_table(frame, tmp_path / "o.csv")
    for separator in ",;\t|":
        assert not [c for c in cells((tmp_path / "o.csv").read_text(), separator) if is_formula(c)]
    again = tables.read_csv(tmp_path / "o.csv")["name"]
    assert again.tolist()[2:4] == ["30.1; -97.1", "-5"]
    assert again.isna().tolist() == [False, False, False, False, True]
