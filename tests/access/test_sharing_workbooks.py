"""A sharing record says the same as a workbook and as text, whatever its layout (A1, A5)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from alprmap.access import read_shares
from alprmap.access.shares import switch_scope
from alprmap.errors import InputError

LAYOUTS: dict[str, list[list[str]]] = {
    "a list of one agency": [
        ["Organization Name"], ["Birch OH PD"], ["University of California, Berkeley"],
    ],
    "the vendor's export": [
        ["Organization Name", "Networks Shared With Me", "Networks I'm Sharing"],
        ["Birch OH PD", "Birch OH PD", "Alder OH PD"], ["Cedar OH SO", "", "Alder OH PD"],
    ],
    "a table of shares": [
        ["from", "to", "since"], ["Alder OH PD", "Birch OH PD", "2026-01-02"],
        ["Alder OH PD", "FBI", "2026-01-02"],
    ],
    "a table of portals": [
        ["Agency Name", "State", "Number of LPR and other cameras", "External organizations with access"],
        ["Alder OH PD", "OH", "12", "Birch OH PD, University of California, Berkeley, Statewide Lookup"],
        ["Birch OH PD", "OH", "3", "N/A"],
    ],
    "dated lists": [
        ["agency", "shares_with", "archived_date"], ["Alder OH PD", "Birch OH PD", "2026-01-02"],
        ["Alder OH PD", "Cedar OH SO", "2026-02-02"],
    ],
}  # fmt: skip


def book(path: Path, *sheets: list[list[str]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for number, rows in enumerate(sheets):
        sheet = made.create_sheet(f"S{number}")
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


@pytest.mark.parametrize("titles", [0, 2])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_A1_a_workbook_says_what_the_text_says(tmp_path: Path, layout: str, titles: int) -> None:
    rows = LAYOUTS[layout]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    plain = tmp_path / "alder-oh-pd.2026-03-01.csv"
    plain.write_text(text.getvalue())
    above = [["Sharing report", ""], ["made by hand", "2026"]][:titles]
    other = book(
        tmp_path / "alder-oh-pd.2026-03-01.xlsx", [*above, *rows], [["Notes"], ["nothing"]]
    )
    one, two = read_shares([plain]), read_shares([other])
    for name in ("agencies", "shares", "switches", "declared"):
        a, b = (getattr(s, name).drop(columns="source_record") for s in (one, two))
        pd.testing.assert_frame_equal(a, b)
    assert len(one.shares) == 2 if layout != "the vendor's export" else len(one.shares) == 3
    assert len(one.switches) == (layout == "a table of portals")


def test_A1_a_workbook_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not say who shares"):
        read_shares([book(tmp_path / "a.2026-01-01.xlsx", [["Place", "Count"], ["x", "3"]])])
    with pytest.raises(InputError, match="log of searches"):
        read_shares([book(tmp_path / "b.xlsx", [["id", "searchDate", "networkCount"], ["1", "", "3"]])])  # fmt: skip


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("Nationwide Lookup", "nationwide"), ("National Lookup (opt in)", "nationwide"),
        ("Flock Nationwide Network", "nationwide"), ("Statewide Lookup - CA", "statewide"),
        ("Texas Statewide Search", "statewide"), ("State of Ohio Statewide Network", "statewide"),
        ("All Agencies in State", "statewide"), ("Nationwide Lookup opt-out", None),
        ("National City CA PD", None), ("Washington State Patrol", None), ("State Fair Police", None),
        ("Western States Information Network (CA)", None), ("Network Kinetics", None),
    ],
)  # fmt: skip
def test_A1_a_switch_is_no_partner(name: str, scope: str | None) -> None:
    assert switch_scope(name) == scope
