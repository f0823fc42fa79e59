"""S15: what the user knows of a file can be said to `merge`, and counts as if its rows said it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from alprmap.cli import app

ROWS = "Location,Latitude,Longitude\nMain & Oak,39.96124,-82.99881\nElm & 5th,39.97123,-82.98123\n"


def run(folder: Path, *options: str) -> pd.DataFrame:
    (folder / "list.csv").write_text(ROWS)
    out = folder / "c.parquet"
    ran = CliRunner().invoke(app, ["merge", str(folder / "list.csv"), *options, "--out", str(out)])
    assert ran.exit_code in (0, 3), ran.output
    return pd.read_parquet(out)


@pytest.mark.parametrize(
    ("option", "column", "value"),
    [("device", "device", "speed"), ("operator", "operator", "Alderton Police Department"),
     ("status", "status", "planned")],
)  # fmt: skip
def test_S15_what_is_said_of_a_file_holds_for_its_rows(
    tmp_path: Path, option: str, column: str, value: str
) -> None:
    assert set(run(tmp_path, f"--{option}", f"list={value}")[column]) == {value}


def test_S15_evidence_is_said_of_a_file(tmp_path: Path) -> None:
    run(tmp_path, "--evidence", "list=second-hand")
    assert set(pd.read_parquet(tmp_path / "c.reports.parquet")["evidence"]) == {"second-hand"}


@pytest.mark.parametrize("pair", ["list=nonsense", "other=alpr", "alpr"])
def test_S15_what_means_nothing_is_a_usage_error(tmp_path: Path, pair: str) -> None:
    (tmp_path / "list.csv").write_text(ROWS)
    ran = CliRunner().invoke(app, ["merge", str(tmp_path / "list.csv"), "--device", pair])
    assert ran.exit_code != 0
