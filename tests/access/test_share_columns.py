"""A1: the columns of a table of shares go by what they mean (data/aliases/share_columns.csv)."""

from __future__ import annotations

from pathlib import Path

import pytest

from alprmap.access import read_shares
from alprmap.errors import InputError


@pytest.mark.parametrize(
    "head",
    [
        "from,to,since",
        "Owner,Searcher,Date",
        "Giver,Taker,Shared since",
        "From Agency,To Agency,Date shared",
        "Sharing agency,Receiving agency,As of",
        "Source-Agency,Target-Agency,Snapshot date",
        "grantor,grantee,since",
        "Agency name,Shares with,Archived date",
    ],
)
def test_A1_the_giver_and_the_taker_go_by_their_headings(tmp_path: Path, head: str) -> None:
    path = tmp_path / "record.csv"
    path.write_text(f"{head}\nBoerne Police Department,U.S. Border Patrol,2026-01-05\n", "utf-8")
    shares = read_shares([path]).shares
    assert len(shares) == 1
    row = shares.iloc[0]
    assert (row["from_id"], row["to_id"]) == ("boerne-police-department", "u-s-border-patrol")
    assert row["since"] == "2026-01-05"


@pytest.mark.parametrize("ended", ["until", "Ended on", "Revoked"])
def test_A1_a_stated_end_ends_the_share(tmp_path: Path, ended: str) -> None:
    path = tmp_path / "record.csv"
    path.write_text(f"from,to,since,{ended}\nBoerne PD,Waco PD,2026-01-05,2026-03-01\n", "utf-8")
    assert read_shares([path]).shares["until"].tolist() == ["2026-03-01"]


def test_A1_a_table_without_a_taker_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.csv"
    path.write_text("giver,color\nBoerne PD,red\n", "utf-8")
    with pytest.raises(InputError, match="does not say who shares with whom"):
        read_shares([path])
