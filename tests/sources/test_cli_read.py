"""`alprmap read` from the outside: the table, the files, the exit codes, the stable keys."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alprmap.store import formats as tables

KEYS = {
    "file", "format", "rows", "reports", "located", "unlocated", "rejected", "about_agencies", "more_than_one_a_row", "why", "changes",
    "dropped", "skipped", "cut", "noted", "unknown", "hints", "unused",
}  # fmt: skip
LIST = (
    "Camera ID,Latitude,Longitude,Agency,Serial Number\n"
    "1,27.5,-99.5,Laredo PD,X-1\n2,0,0,Laredo PD,X-2\n3,27.6,99.4,Flock Safety,X-3\n"
)


@pytest.fixture
def call(alprmap_here: Any, tmp_path: Path) -> Any:
    (tmp_path / "list.csv").write_text(LIST)
    return alprmap_here


def test_the_table_says_what_came_in_and_out(call: Any) -> None:
    code, out, _ = call("read", "list.csv")
    assert code == 0
    assert out.splitlines()[1].split()[:2] == ["list.csv", "CSV"]
    assert "1 placeholder 0, 0" in out
    assert "changed: 1 × position repaired: the minus sign of lon was missing" in out
    assert "dropped at the door: column Serial Number (2 values)" in out or "(3 values)" in out
    assert "unknown: operator_kind" in out or "unknown: setting" in out


def test_reports_and_rejects_are_written(call: Any, tmp_path: Path) -> None:
    code, _, err = call("read", "list.csv", "--out", "reports.parquet", "--date", "2026-01-28")
    assert code == 0
    assert "reports.rejects.csv" in err
    reports = tables.read_parquet(tmp_path / "reports.parquet", "reports")
    assert reports["report_id"].tolist() == ["list:1", "list:3"]
    assert reports["last_seen"].tolist() == ["2026-01-28"] * 2
    rejects = pd.read_csv(tmp_path / "reports.rejects.csv", dtype=str)
    assert rejects.columns.tolist() == ["file", "row", "reason", "original"]
    assert rejects["row"].tolist() == ["2"]
    assert json.loads(rejects["original"][0])["Latitude"] == "0"
    assert "X-2" not in rejects["original"][0], "serial numbers are not handed on"


def test_an_existing_out_is_kept(call: Any, tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text("mine")
    assert call("read", "list.csv", "--out", "reports.csv")[0] == 2
    assert (tmp_path / "reports.csv").read_text() == "mine"
    assert call("read", "list.csv", "--out", "reports.csv", "--force")[0] == 0


def test_json_has_stable_keys(call: Any) -> None:
    code, out, _ = call("read", "list.csv", "--json")
    assert code == 0
    (counts,) = json.loads(out)["files"]
    assert set(counts) == KEYS
    assert (counts["rows"], counts["reports"], counts["rejected"]) == (3, 2, 1)


def test_a_dash_is_standard_input(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LIST.encode()), encoding="utf-8"))
    code, out, _ = call("read", "-", "--json")
    assert code == 0
    assert json.loads(out)["files"][0]["reports"] == 2


def test_own_columns_systems_and_areas(call: Any, tmp_path: Path) -> None:
    (tmp_path / "feet.csv").write_text("Hoch,Breit\n3042612,449875\n")
    found = call(
        "read",
        "feet.csv",
        "--column",
        "Hoch=y",
        "--column",
        "Breit=x",
        "--crs",
        "EPSG:32614",
        "--json",
    )
    assert json.loads(found[1])["files"][0]["located"] == 1
    (tmp_path / "abroad.csv").write_text("lat,lon\n27.5,99.5\n")
    for area, changed in (("world", 0), ("-107,25,-93,37", 1)):
        _, out, _ = call("read", "abroad.csv", f"--area={area}", "--json")
        assert len(json.loads(out)["files"][0]["changes"]) == changed


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["read", "missing.csv"], 1, "no such file"),
        (["read", "list.csv", "--column", "x"], 2, "NAME=FIELD"),
        (["read", "list.csv", "--column", "x=color"], 2, "no field"),
        (["read", "list.csv", "--crs", "EPSG:0"], 1, "no coordinate system"),
        (["read", "list.csv", "--date", "soon"], 2, "is no date"),
        (["read", "list.csv", "--device", "toaster"], 2, "not known"),
        (["read", "list.csv", "--area", "1,2,3"], 2, "w,s,e,n"),
        (["read", "list.csv", "list.csv"], 1, "same source name"),
        (["read", "list.csv", "list.csv", "--source", "a"], 2, "--source"),
        (["read", "list.csv", "--out", "a.xyz"], 2, "not a table format"),
        (["read", "list.csv", "--encoding", "klingon"], 1, "no text encoding"),
        (["read", "list.csv", "--encoding", "zlib"], 1, "no text encoding"),
        # what would be passed over without a word
        (
            ["read", "list.csv", "--column", "Latt=lat"],
            1,
            "list.csv: no column is called latt; it has ",
        ),
        (["read", "list.csv", "--state", "ZZ"], 1, "no state is called ZZ"),
        (
            [
                "access",
                "list.csv",
                "--shares",
                "list.csv",
                "--kind",
                "federal",
                "--as-of",
                "2026-02-30",
            ],
            2,
            "no date",
        ),
        (
            [
                "access",
                "list.csv",
                "--shares",
                "list.csv",
                "--kind",
                "federal",
                "--as-of",
                "2026-02",
            ],
            2,
            "no date",
        ),
    ],
)
def test_bad_use_is_one_line(
    call: Any, words: list[str], code: int, says: str, tmp_path: Path
) -> None:
    before = sorted(p.name for p in tmp_path.iterdir())
    got, out, err = call(*words)
    assert got == code
    assert says in err
    assert len(err.strip().splitlines()) == 1
    assert not out
    assert sorted(p.name for p in tmp_path.iterdir()) == before, "nothing half-written"
