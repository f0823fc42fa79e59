"""The national highways that ship with alprmap: a coarse network for drives without an extract.

Made by scripts/make_highways.py from a registry package (OpenStreetMap, April 2024; ODbL). Edges
run straight between junctions known to 0.001°, with their true length; there are no classes, names
or one-way streets. It answers R3 and R4 for the nation, labeled `HIGHWAYS_ONLY`, and is never mixed
with the roads of an extract.
"""

from __future__ import annotations

from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap.roads.network import NOTICE, RESTRICTION_COLUMNS, Roads
from alprmap.sandbox import arrow_frame, read_parquet
from alprmap.shipped import data_path

HIGHWAYS_ONLY = "highways only"
"""What every figure from this network is labeled with."""
HIGHWAYS_FILE = "highways.parquet"
GRID_DEG = 0.001
"""Positions of junctions in the source."""


@lru_cache(maxsize=1)
def national_highways() -> Roads:
    """Load the national highways: United States with a strip of Canada and Mexico.

    Returns
    -------
    Roads
        Segments of class `trunk` open both ways, straight between junctions, with the length of the
        road itself; `meta["source"]` is `HIGHWAYS_ONLY`.
    """
    path = data_path(HIGHWAYS_FILE)
    table = arrow_frame(read_parquet(path), path)
    ends = table[["x_u", "y_u", "x_v", "y_v"]].to_numpy(np.int64)
    # a junction is its place on the grid
    node = (ends[:, ::2] + 180_000) * 200_000 + ends[:, 1::2] + 90_000
    lines = shapely.linestrings((ends * GRID_DEG).reshape(-1, 2, 2))
    count = len(table)
    segments = pd.DataFrame(
        {
            "segment_id": np.arange(count),
            "way_id": np.arange(count),
            "u": node[:, 0],
            "v": node[:, 1],
            "highway": "trunk",
            "name": pd.Series(None, range(count), dtype="str"),
            "ref": pd.Series(None, range(count), dtype="str"),
            "length_m": table["length_m"].astype("float64"),
            "forward": True,
            "backward": True,
        }
    )
    frame = gpd.GeoDataFrame(segments, geometry=lines, crs="EPSG:4326")
    meta = {"source": HIGHWAYS_ONLY, "data_timestamp": "2024-04", "notice": NOTICE}
    nothing = pd.DataFrame({c: pd.Series(dtype=t) for c, t in RESTRICTION_COLUMNS.items()})
    return Roads(frame, nothing, meta)
