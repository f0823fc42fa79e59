"""Every kind of source file cut at every 64th byte: a refusal in one line, or rows that add up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
import test_sources_fuzz as fuzz

KINDS = ["kml", "gpx", "osm", "pbf", "gpkg", "parquet", "fgb", "xlsx", "zip", "json.gz", "jpg"]


@pytest.mark.parametrize("kind", KINDS)
def test_cut_at_every_64th_byte(kind: str, tmp_path: Path) -> None:
    seed = fuzz._seed(kind, tmp_path)
    path = tmp_path / f"cut.{kind}"
    for size in range(0, len(seed), 64):
        path.write_bytes(seed[:size])
        fuzz.survives(path)
    print(f"{kind}: {len(seed) // 64 + 1} cuts")
