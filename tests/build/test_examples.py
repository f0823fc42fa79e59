"""The example projects on real inputs; they run where ../shared/data is, and skip visibly
elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from test_stages import check_rows, run

ROOT = Path(__file__).resolve().parents[2]
ZONE_MI, MILE_M = 100, 1609.344


@pytest.mark.slow
def test_national_every_row_is_accounted_for_and_the_distances_are_right(
    shared: Path, tmp_path: Path
) -> None:
    run(ROOT / "examples" / "national.toml", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    check_rows(manifest)
    assert manifest["stages"]["read us-2026-01"]["rows"]["rows"] == 61_768
    reach = pd.read_csv(tmp_path / "out" / "reach.csv", dtype={"county_geoid": "str"})
    within = {
        b: int((reach[f"to_{b}_m"] <= ZONE_MI * MILE_M).sum()) for b in ("land", "mexico", "canada")
    }
    assert 8_540 <= within["land"] <= 8_610
    assert 3_300 <= within["mexico"] <= 3_330
    assert 5_240 <= within["canada"] <= 5_275
    assert reach["to_land_m"].median() / MILE_M == pytest.approx(289.4, abs=0.5)
    assert reach["to_land_m"].max() / MILE_M == pytest.approx(1_056, abs=2)


@pytest.mark.slow
def test_columbus_cameras_read_roads(shared: Path, tmp_path: Path) -> None:
    run(ROOT / "examples" / "columbus.toml", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    check_rows(manifest)
    rows = manifest["stages"]["watch"]["rows"]
    assert rows["cameras"] > 150
    assert rows["reading_a_road"] / rows["cameras"] > 0.8
    merged = pd.read_parquet(tmp_path / "out" / "cameras.parquet")
    # the two snapshots are one source of OSM ids: most cameras of October are still there in
    # January
    assert (merged["n_reports"] == 2).sum() > 50
