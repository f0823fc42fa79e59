"""What a person calls a piece of road: its route or street, the way it heads, and the road near a
place on it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap import geo
from alprmap.roads import away_m

FloatArray = NDArray[np.float64]
NEAR_M = 800.0
"""A road farther than this from a place does not name it (half a mile: the spacing of section-line
streets). """


def road_labels(segments: pd.DataFrame) -> pd.Series:
    """Return what each segment is called: its first route number, else its name; missing where it
    has neither."""
    ref = segments["ref"].astype("str").str.replace(";.*", "", regex=True).str.strip()
    link = segments["highway"].astype("str").str.endswith("_link").fillna(False)
    # a ramp's ref is where it leads, not what it is
    ref = ref.where(~link & (ref != "")).astype("str")
    return ref.fillna(segments["name"]).astype("str")


def bearing(lon1: float, lat1: float, lon2: float, lat2: float) -> str:
    """Return the compass point (of eight) of the way from one place to another.

    >>> bearing(-100, 30, -101, 30)
    'W'
    """
    azimuth = float(geo.azimuth_deg(lon1, lat1, lon2, lat2))
    return geo.COMPASS[2 * (round(azimuth / 45) % 8)]


class Nearby:
    """Finds the named road nearest to a place, other than the road the place is on."""

    def __init__(self, segments: gpd.GeoDataFrame) -> None:
        link = segments["highway"].astype("str").str.endswith("_link").fillna(False)
        named = segments[segments["name"].notna() & ~link]
        self._names = named["name"].to_numpy(dtype=object)
        self._refs = named["ref"].fillna("").to_numpy(dtype=object)
        self._lines = named.geometry.to_numpy()
        self._tree = shapely.STRtree(self._lines)

    def name(self, lon: float, lat: float, *, but: set[str]) -> str | None:
        """Return the name of the nearest road within 800 m that is called none of `but`; None
        without one."""
        per_lon, per_lat = (float(v) for v in geo.degree_m(lat))
        dx, dy = NEAR_M / max(per_lon, 1.0), NEAR_M / per_lat
        found = np.sort(self._tree.query(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy)))
        found = found[[self._names[i] not in but and not but & _refs(self._refs[i]) for i in found]]
        if not len(found):
            return None
        meters = away_m(self._lines[found], np.full(len(found), lon), np.full(len(found), lat))
        at = int(np.argmin(meters))
        return str(self._names[found[at]]) if meters[at] <= NEAR_M else None


def _refs(text: str) -> set[str]:
    return {t.strip() for t in text.split(";") if t.strip()}
