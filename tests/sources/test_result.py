"""S2: what `read` hands back is one frozen result."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from alprmap import sources
from alprmap.results import Result


def test_S2_a_file_read_is_one_frozen_result(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"lat": [39.96124, "x"], "lon": [-82.99881, -82.9], "Retention": ["30 days", ""]}
    )
    read = sources.read(frame, source_id="list")
    assert isinstance(read, Result)
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.reports = frame  # type: ignore[misc]
    assert list(read.tables()) == ["reports", "rejects"]
    assert read.counts() | {"rows": 2, "reports": 1, "rejected": 1, "unused_columns": 1} == (
        read.counts()
    )
    sentence = read.claims()["sentence"].iloc[0]
    assert sentence == ("2 rows gave 1 report, 1 of them with a position; 1 row was refused.")
    written = read.save(tmp_path / "reports.parquet")
    assert {p.name for p in written} == {
        "reports.parquet", "reports.rejects.csv", "reports.claims.csv",
    }  # fmt: skip
    assert "Retention" in read.unused
    assert "rows" in read._repr_html_()
