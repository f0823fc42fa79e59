"""Derive the national highways of alprmap from a package of PyPI, the same bytes on a rerun.

Run from a checkout:  python scripts/make_highways.py [--cache DIR] [--out data]

It downloads scgraph_data with pip, refuses one whose sha256 is not the pinned one, keeps the edges
of the United States with a strip of one degree of Canada and Mexico, and writes
`data/highways.parquet`. The source is a list of junctions and of the kilometers between them, made
from OpenStreetMap; the shape of a road between two junctions is lost there.
"""

from __future__ import annotations

import argparse
import json
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pinned import fetch, sha256

WHEEL = "scgraph_data-2.0.0-py3-none-any.whl"
SHA256 = "a8df15f4d9b4cce945f195b27c9e239ac49ebfa81aa948afc882b28653725406"
STRIP_DEG = 1.0
"""How far into Canada and Mexico junctions are kept, degrees: a drive may bend around a lake."""
GRID_PER_DEG = 1000
US_BOX = (-180.0, 17.0, -64.0, 72.0)


def edges(wheel: Path) -> pd.DataFrame:
    """Read the edges of the world, each once: lon and lat of both ends in thousandths of a degree,
    and meters.

    The package is a Python file of plain literals, one to a line; it is read as text and never run.
    """
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("scgraph_data/world_highways.py").decode()
    lines = dict(
        line.split("=", 1) for line in text.splitlines() if line.startswith(("graph=", "nodes="))
    )
    graph = json.loads(re.sub(r"(\d+): ", r'"\1": ', lines["graph"]))
    return _table(graph, json.loads(lines["nodes"]))


def _table(graph: list[dict[str, float]], nodes: list[list[float]]) -> pd.DataFrame:
    at = np.array(nodes, dtype=np.float64)  # (lat, lon)
    pairs = ((u, int(v), km) for u, near in enumerate(graph) for v, km in near.items())
    rows = [(u, v, km) for u, v, km in pairs if u < v]
    u, v, km = (np.array(c) for c in zip(*rows, strict=True))
    grid = np.round(at * GRID_PER_DEG).astype(np.int32)
    return pd.DataFrame(
        {
            "x_u": grid[u, 1],
            "y_u": grid[u, 0],
            "x_v": grid[v, 1],
            "y_v": grid[v, 0],
            "length_m": np.round(km * 1000).astype(np.int32),
        }
    )


def near_home(table: pd.DataFrame, states: gpd.GeoDataFrame) -> pd.DataFrame:
    """Keep edges with both ends within `STRIP_DEG` of a state or territory, in order of place."""
    country = shapely.union_all(shapely.simplify(states.geometry.to_numpy(), 0.02))
    near = shapely.buffer(country, STRIP_DEG, quad_segs=4)
    shapely.prepare(near)
    west, south, east, north = US_BOX
    inside = np.ones(len(table), dtype=bool)
    for end in "uv":
        x, y = table[f"x_{end}"] / GRID_PER_DEG, table[f"y_{end}"] / GRID_PER_DEG
        inside &= (x.between(west, east) & y.between(south, north)).to_numpy()
    kept = table[inside]
    mask = np.ones(len(kept), dtype=bool)
    for end in "uv":
        x, y = kept[f"x_{end}"] / GRID_PER_DEG, kept[f"y_{end}"] / GRID_PER_DEG
        mask &= shapely.contains_xy(near, x.to_numpy(), y.to_numpy())
    return kept[mask].sort_values(list(kept.columns), ignore_index=True)


def main() -> None:
    """Fetch, derive, write, and print the size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("build-cache"))
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    states = gpd.read_parquet(options.out / "states.parquet")
    table = near_home(edges(fetch(options.cache, WHEEL, SHA256, "scgraph_data==2.0.0")), states)
    path = options.out / "highways.parquet"
    table.to_parquet(
        path, index=False, compression="zstd", compression_level=19, use_dictionary=False,
        use_byte_stream_split=list(table.columns), write_statistics=False,
    )  # fmt: skip
    print(f"{len(table):,} edges, {table['length_m'].sum() / 1e6:,.0f} thousand km", path)
    print(f"{path.stat().st_size:,} bytes, sha256 {sha256(path)}")


if __name__ == "__main__":
    main()
