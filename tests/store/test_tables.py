"""Small tables of a user's, as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from alprmap.errors import InputError
from alprmap.store import formats as tables


def test_words_stay_words_and_only_an_empty_cell_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\ufeffname,code,km\nNA,00123,1.5\nNone,nan,\n,7,2\n", "utf-8")
    table = tables.read_csv(path)
    assert table["name"].tolist()[:2] == ["NA", "None"]
    assert table["code"].tolist() == ["00123", "nan", "7"]
    assert table.isna().sum().tolist() == [1, 0, 1]
    told = tables.read_csv(path, dtype={"name": "str"})
    assert told["km"].dtype == "float64"
    assert told["name"].isna().tolist() == [False, False, True]
    assert tables.read_csv(path, dtype=None)["km"].sum() == 3.5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("\n\n", r"not a readable CSV \(No columns to parse from file\)"),
        ('name,code\n"a,b\n', r"not a readable CSV \(EOF inside string starting at row 1\)"),
        ("name,code\na,1\nb,2,3\n", r"not a readable CSV \(Expected 2 fields in line 3, saw 3\)"),
        # pandas would take the first cells of every row for its name
        ("name,code\na,1,x\nb,2,y\n", "a row has more cells than the header"),
        ("name,code\na,1,x\nb,2\n", "a row has more cells than the header"),
    ],
)
def test_what_is_no_table_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=says) as refused:
        tables.read_csv(path)
    assert str(refused.value.where) == str(path)
    assert "\n" not in str(refused.value)


def test_a_comma_at_the_end_of_every_row_is_no_column(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("name,code\na,1,\nb,2,\n", "utf-8")
    assert tables.read_csv(path).to_dict("list") == {"name": ["a", "b"], "code": ["1", "2"]}


def test_a_port_may_be_called_na(tmp_path: Path) -> None:
    path = tmp_path / "ports.csv"
    path.write_text("name,lon,lat\nNA,-99.5,27.5\nNone,-98.2,26.1\n", "utf-8")
    from alprmap.reach.network import open_ports

    assert open_ports(path)["name"].tolist() == ["NA", "None"]
