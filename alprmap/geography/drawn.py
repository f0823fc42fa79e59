"""What a map of the country needs to be read: numbers of interstates, names of waters."""

from __future__ import annotations

from functools import lru_cache

import geopandas as gpd
import pandas as pd

from alprmap.shipped import data_path
from alprmap.store import read_csv, read_shapes


@lru_cache(maxsize=1)
def _interstates() -> gpd.GeoDataFrame:
    return read_shapes(data_path("interstates.parquet"))


def interstates() -> gpd.GeoDataFrame:
    """Load the two-digit interstates: `ref` ("I-70") and a line good to 1.2 km, for labels only.

    >>> "I-70" in set(interstates()["ref"])
    True
    """
    return _interstates().copy()


def waters() -> pd.DataFrame:
    """Load the names of waters: `name`, `lon`, `lat`, and the zoom `from_zoom` they are shown."""
    table = read_csv(data_path("waters.csv"), dtype=None)
    for column in ("lon", "lat", "from_zoom"):
        table[column] = pd.to_numeric(table[column])
    return table
