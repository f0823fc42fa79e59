"""No cell of anything alprmap writes as delimited text is a formula to a spreadsheet, be it one that
separates by comma, semicolon, tab or bar; and a number stays one.

One table: every door out of which such text goes, each given the same hostile cells. What the page
saves in the browser stands in tests/browser/test_map.py, a whole build of hostile files in
tests/browser/test_hostile_chain.py."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import formulas
import map_data
import pandas as pd
import pytest
import small_nets as nets

from alprmap import schema, store
from alprmap.claims import COLUMNS
from alprmap.credits import Credits
from alprmap.publish import write_hand_outs
from alprmap.publish.report.report import ReportData, write_report
from alprmap.results import Result

WORDS = [*formulas.HOSTILE, *formulas.NUMBERS]
Run = Callable[..., tuple[int, str, str]]


def hostile(name: str) -> pd.DataFrame:
    """A table of `alprmap.schema` with hostile words in every column that takes text."""
    columns = [c for c in schema.table(name).columns if c.dtype != "geometry"]
    made = {c.name: WORDS if c.dtype == "str" else range(len(WORDS)) for c in columns}
    return pd.DataFrame(made).assign(**dict.fromkeys(WORDS[:6], WORDS), lon=-83.1, lat=40.0)


class Hostile(Result):
    """A result of hostile tables, the last with shapes."""

    def tables(self) -> dict[str, pd.DataFrame]:
        shapes = store.with_points(hostile("cameras"))
        return {"cameras": hostile("cameras"), "review": hostile("review"), "drawn": shapes}

    def claims(self) -> pd.DataFrame:
        return pd.DataFrame(dict.fromkeys(COLUMNS, WORDS))


def _hand_outs(folder: Path) -> None:
    table = map_data.cameras(len(WORDS)).assign(operator=WORDS, vendor=WORDS, source_record=WORDS)
    write_hand_outs(table, folder, title=WORDS[0], views=map_data.views(table))


def _tables(folder: Path) -> None:
    for name in schema.TABLES:
        store.write_table(hostile(name), folder / f"{name}.csv")


DOORS: dict[str, Callable[[Path], object]] = {
    "a table": _tables,
    "with its license": lambda f: store.write_table(
        hostile("cameras"), f / "c.csv", credit=Credits(WORDS[0], WORDS[1])
    ),
    "handed on": lambda f: store.hand_on(hostile("watches"), f / "w.csv", title=WORDS[0]),
    "a result": lambda f: Hostile().save(f / "r.csv"),
    "beside a result": lambda f: Hostile().save(f / "r.gpkg"),
    "the hand-outs": _hand_outs,
    "the claims of a report": lambda f: write_report(
        f, ReportData("=1+1", claims=Hostile().claims())
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_S12_no_cell_of_what_is_written_is_a_formula(tmp_path: Path, door: str) -> None:
    DOORS[door](tmp_path)
    assert formulas.formulas_in(tmp_path) == {}
    for path in tmp_path.rglob("*.csv"):
        told = formulas.cells(path.read_bytes().decode("utf-8-sig"), ",")
        assert set(formulas.NUMBERS) - {"+40"} <= set(told), f"{path.name}: a number stays one"
        assert {"'=1+1", "'@SUM(1+1)"} <= set(told), f"{path.name}: the hostile cells came through"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of cameras whose every word is hostile, on a street of that name."""
    folder = tmp_path_factory.mktemp("hostile")
    spots = {
        0: (0.0, 0.0),
        1: (4000.0, 0.0),
        2: (0.0, 3000.0),
        3: (4000.0, 3000.0),
        4: (8000.0, 3000.0),
    }
    street = {"name": WORDS[0], "ref": WORDS[1], "highway": "primary"}
    ends = [(0, 1), (0, 2), (2, 3), (1, 3), (3, 4)]
    net = nets.roads(spots, [(*pair, street) for pair in ends])
    net.save(folder / "roads.parquet")
    with (folder / "c.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["lat", "lon", "operator", "vendor", "location", "notes", "id", "direction"])
        for i, word in enumerate(WORDS):
            lon, lat = nets.lonlat(60 * i, 5)
            rows.writerow([lat, lon, *[word] * 4, f"{word}{i}", i % 3 * 90])
        rows.writerow(["", "", *[WORDS[0]] * 6])
    (folder / "shares.csv").write_text(
        'from_agency,to_agency,since,source\n"=1+1 PD","+SUM PD",2026-01-01,"=1+1"\n'
    )
    return folder


COMMANDS = {
    "read": ["--out", "out/o.csv"],
    "merge": ["--out", "out/o.csv"],
    "watch": ["--out", "out/o.csv", "--roads", "roads.parquet"],
    "locate": ["--out", "out/o.csv", "--roads", "roads.parquet"],
    "reach": ["--out", "out/o.csv", "--roads", "none"],
    "access": ["--out", "out/o.csv", "--shares", "shares.csv", "--to", "=1+1 PD"],
    "coverage": ["--out", "out/c", "--roads", "roads.parquet", "--draws", "0", "--no-certainty"],
}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_S12_no_cell_of_what_a_command_writes_is_a_formula(
    town: Path, tmp_path: Path, alprmap_here: Run, command: str
) -> None:
    for path in town.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    words = ["--table", "c.csv", "--column", "location"] if command == "locate" else ["c.csv"]
    code, _, said = alprmap_here(command, *words, *COMMANDS[command])
    assert code in (0, 3), said
    assert formulas.formulas_in(tmp_path / "out") == {}


def test_S12_delimited_text_is_written_in_three_places(root: Path) -> None:
    """Whoever writes rows of text elsewhere has no door in the table above."""
    ways = re.compile(
        r"\.(to_csv|to_excel|to_clipboard|savetxt|write_csv)\(|csv\.(writer|DictWriter)\(|ExcelWriter|xlsxwriter"
    )
    rooms = {p: p.read_text(encoding="utf-8") for p in (root / "alprmap").rglob("*.py")}
    found = {
        path.relative_to(root / "alprmap").as_posix()
        for path, text in rooms.items()
        if any(ways.search(line) and "import" not in line for line in text.splitlines())
    }
    # the third gives a log without its persons to the process that asked for it
    assert found == {
        "store/formats.py",
        "publish/exports/exports.py",
        "access/searches/child.py",
    }
