"""The road nearest to a point, looked for in rings (rule W5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alprmap.roads import Roads
from alprmap.watch.carriageways import Carriageways
from alprmap.watch.wedge import Views

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
UNREAD_SEARCH_M = 2_000.0
"""W5: how far the nearest road of a camera that reads nothing is looked for; missing beyond."""
CHUNK_POINTS = 5_000


def nearest(lon: FloatArray, lat: FloatArray, roads: Roads) -> tuple[IntArray, FloatArray]:
    """Return (row of the nearest segment, distance in meters) of points; -1 and NaN where none is
    within 2 km."""
    return road_near(lon, lat, Carriageways.of(roads.segments))


def road_near(lon: FloatArray, lat: FloatArray, net: Carriageways) -> tuple[IntArray, FloatArray]:
    """Return what `nearest` does, on carriageways made once."""
    row, far = np.full(len(lon), -1), np.full(len(lon), np.nan)
    todo = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    # in rings, so that the many points close to a road never look at the hundreds of roads around
    # them
    for reach in (UNREAD_SEARCH_M / 20, UNREAD_SEARCH_M / 5, UNREAD_SEARCH_M):
        left = []
        for first in range(0, len(todo), CHUNK_POINTS):
            at = todo[first : first + CHUNK_POINTS]
            around = np.full(len(at), np.nan)
            shape = Views(lon[at], lat[at], around, around, np.full(len(at), reach))
            hits = net.meet(shape)
            order = np.lexsort((hits.segment, hits.near_m, hits.view))
            best = order[np.r_[True, np.diff(hits.view[order]) > 0]] if len(order) else order
            row[at[hits.view[best]]], far[at[hits.view[best]]] = (
                hits.segment[best],
                hits.near_m[best],
            )
            left.append(at[row[at] < 0])
        todo = np.concatenate(left) if left else todo
    return row, far
