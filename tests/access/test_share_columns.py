"""A1: the columns of a table of shares go by what they mean (data/aliases/share_columns.csv)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

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


def test_A1_what_is_on_record_is_printed_first_and_nothing_once(tmp_path: Path) -> None:
    from alprmap.cli import app

    spots = [(-98.7320, 29.7947), (-98.7330, 29.7950)]
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"c{i}", "operator": "Boerne Police Department"},
            "geometry": {"type": "Point", "coordinates": spot},
        }
        for i, spot in enumerate(spots)
    ]
    cameras, record = tmp_path / "cameras.geojson", tmp_path / "record.csv"
    whole = {"type": "FeatureCollection", "features": features}
    cameras.write_text(json.dumps(whole), "utf-8")
    record.write_text("from,to,since\nBoerne PD,U.S. Border Patrol,2026-01-05\n", "utf-8")
    ask = ["access", str(cameras), "--shares", str(record)]
    first = CliRunner().invoke(app, [*ask, "--to", "Border Patrol"]).stdout.splitlines()
    assert first[0].startswith("2 mapped cameras")
    assert not any(line.startswith("0 mapped") for line in first)
    none = CliRunner().invoke(app, [*ask, "--to", "Waco PD"]).stdout.splitlines()
    assert [line for line in none if line.startswith("0 mapped")] == [none[0]]
