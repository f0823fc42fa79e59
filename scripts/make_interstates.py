"""Derive the interstates that a page of the country shows, the same bytes on a rerun.

Run from a checkout:  python scripts/make_interstates.py ROADS.parquet [--out data]

ROADS is a table of Natural Earth's major highways (1:10 million, public domain) with the column
`route`. Natural Earth's numbers have no prefix: a line is an interstate where its number is one in
the state it runs through (data/interstates.csv); no state has an interstate and a U.S. route of one
number.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from alprmap.geography import states

TOLERANCE_DEG = 0.01
"""A kilometer: the lines themselves are good to 1.2 km."""
GRID_DEG = 0.001


def interstates(roads: gpd.GeoDataFrame, numbers: dict[str, set[str]]) -> gpd.GeoDataFrame:
    """Return the interstates: `ref` and one MultiLineString each, sorted by number."""
    land = states()
    rows = {}
    for number, where in numbers.items():
        lines = roads[roads["route"] == number].geometry.to_numpy()
        area = shapely.union_all(land[land["state"].isin(where)].geometry.to_numpy())
        inside = shapely.intersection(lines, shapely.buffer(area, 0.02))
        share = shapely.length(inside) / np.maximum(shapely.length(lines), 1e-9)
        chosen = shapely.get_parts(shapely.union_all(lines[share > 0.5]))
        if len(chosen):
            merged = shapely.line_merge(shapely.multilinestrings(chosen))
            simple = shapely.simplify(shapely.set_precision(merged, GRID_DEG), TOLERANCE_DEG)
            rows[f"I-{number}"] = shapely.multilinestrings(shapely.get_parts(simple))
    return gpd.GeoDataFrame({"ref": list(rows)}, geometry=list(rows.values()), crs="EPSG:4326")


def main() -> None:
    """Read, derive, write, and print the size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("roads", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    options = parser.parse_args()
    with (options.out / "interstates.csv").open(encoding="utf-8") as file:
        numbers = {r["number"]: set(r["states"].split()) for r in csv.DictReader(file)}
    table = interstates(gpd.read_parquet(options.roads), numbers)
    path = options.out / "interstates.parquet"
    table.to_parquet(path, index=False, compression="zstd", compression_level=19)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{len(table)} interstates, {path.stat().st_size:,} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
