"""What a map of the country needs to be read: numbers of interstates, names of waters, areas as
they are drawn."""

from __future__ import annotations

from functools import lru_cache
from operator import is_
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap.geography.borders import LAND_DEG, stored
from alprmap.shipped import data_path
from alprmap.store import read_csv


def interstates() -> gpd.GeoDataFrame:
    """Load the two-digit interstates: `ref` ("I-70") and a line good to 1.2 km, for labels only.

    >>> "I-70" in set(interstates()["ref"])
    True
    """
    return stored("interstates.parquet").copy()


def waters() -> pd.DataFrame:
    """Load the names of waters: `name`, `lon`, `lat`, and the zoom `from_zoom` they are shown."""
    table = read_csv(data_path("waters.csv"), dtype=None)
    for column in ("lon", "lat", "from_zoom"):
        table[column] = pd.to_numeric(table[column])
    return table


@lru_cache(maxsize=1)
def _drawn() -> dict[tuple[str, float], dict[str, Any]]:
    """Read what `scripts/make_drawn.py` simplified: shapes by geoid of each layer and tolerance."""
    table = stored("drawn.parquet")
    return {
        (str(layer), float(tolerance)): dict(zip(part["geoid"], part.geometry, strict=True))
        for (layer, tolerance), part in table.groupby(["layer", "tolerance_deg"])
    }


@lru_cache(maxsize=2)
def _own(layer: str) -> dict[str, Any]:
    frame = stored(f"{layer}.parquet")
    return dict(zip(frame["geoid"], frame.geometry, strict=True))


@lru_cache(maxsize=1)
def _land_polygons() -> gpd.GeoDataFrame:
    """Put the coarse neighbors and the outline of the states in one table, once."""
    usa = _drawn()["land", LAND_DEG]["USA"]
    row = gpd.GeoDataFrame({"geoid": ["USA"], "name": ["United States"]}, geometry=[usa], crs=4326)
    return pd.concat([stored("land.parquet"), row], ignore_index=True)


def land_polygons() -> gpd.GeoDataFrame:
    """Load coarse land for a basemap: Canada, Mexico, United States, one row each (geoid, name,
    geometry)."""
    return _land_polygons().copy()


def areas_drawn(frame: gpd.GeoDataFrame, tolerance_deg: float) -> NDArray[np.object_]:
    """Simplify polygons of a coverage for drawing, never for measuring; shared edges stay shared.

    Shipped states and counties were simplified when the data was made, at the scales that pages
    have; others are simplified now.

    Parameters
    ----------
    frame
        Polygons that form a coverage, shape (n,), and perhaps `geoid`.
    tolerance_deg
        Side of a square as large as the smallest bend kept, degrees (Visvalingam).
    """
    shapes: NDArray[np.object_] = frame.geometry.to_numpy()
    geoid = frame["geoid"].tolist() if "geoid" in frame.columns else []
    for layer in ("states", "counties"):
        made = _drawn().get((layer, tolerance_deg))
        own = _own(layer) if made is not None and geoid else {}
        # the very shapes that ship, and not others of the same number
        if made and own and all(map(is_, map(own.get, geoid), shapes)):
            return np.array([made[g] for g in geoid], dtype=object)
    simple: NDArray[np.object_] = shapely.coverage_simplify(shapes, tolerance_deg)
    return simple
