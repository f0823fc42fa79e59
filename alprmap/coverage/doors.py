"""Where one comes to a place: along the road it stands at (C11)."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import geo
from alprmap.coverage import readers
from alprmap.roads import Graph, Roads, away_m, road_bounds, roads_beside, share_at

NO_DOOR = frozenset({"motorway", "motorway_link", "trunk_link"})
"""C11: nobody comes to a place from a road of these classes."""
NO_ROAD = "no road within reach"
OUTSIDE = "outside the roads given, or too near their edge"


@dataclass(frozen=True)
class Door:
    """Where one comes to a place: `arc` (own number) and meters along it, per open direction."""

    lon: float
    lat: float
    arcs: tuple[tuple[int, float], ...]


def doors(
    spots: pd.DataFrame, roads: Roads, graph: Graph, *, within_m: float, door_m: float
) -> tuple[list[Door | None], list[str | None]]:
    """Return where each place is come to, and why it is not: the nearest road that has doors.

    Parameters
    ----------
    spots
        `lon`, `lat`.
    roads, graph
        The network, of a folder of tiles too, and its graph.
    within_m
        Meters from the edge of the roads within which nothing is said of a place.
    door_m
        A place farther from every road than this has no road.
    """
    west, south, east, north = road_bounds(roads)
    edge = 0.0 if "inside" in roads.segments.columns else within_m
    out: list[Door | None] = [None] * len(spots)
    why: list[str | None] = [OUTSIDE] * len(spots)
    x, y = (spots[c].to_numpy(np.float64) for c in ("lon", "lat"))
    for rows, every in roads_beside(roads, x, y, door_m):
        beside = _Beside(every[~every["highway"].isin(NO_DOOR)].reset_index(drop=True))
        for spot in rows.tolist():
            lon, lat = float(x[spot]), float(y[spot])
            row, inside = beside.nearest(lon, lat, door_m)
            per_lon, per_lat = (edge / float(v) for v in geo.degree_m(lat))
            fits = west + per_lon <= lon <= east - per_lon and inside
            if not (fits and south + per_lat <= lat <= north - per_lat):
                continue
            why[spot] = NO_ROAD if row < 0 else None
            if row >= 0:
                out[spot] = Door(lon, lat, beside.arcs(row, lon, lat, graph))
    return out, why


class _Beside:
    """Roads that have doors, and which of them is nearest."""

    def __init__(self, segments: gpd.GeoDataFrame) -> None:
        self._segments = segments
        self._lines = segments.geometry.to_numpy()
        self._tree = shapely.STRtree(self._lines)
        self._inside = readers.inside(segments)

    def nearest(self, lon: float, lat: float, within_m: float) -> tuple[int, bool]:
        """Return (row of the nearest road within a distance, -1 for none, whether the nearest road
        around is inside the area)."""
        per_lon, per_lat = (float(v) for v in geo.degree_m(lat))
        dx, dy = within_m / per_lon, within_m / per_lat
        near = np.sort(self._tree.query(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy)))
        if not len(near):
            return -1, True
        meters = away_m(self._lines[near], np.full(len(near), lon), np.full(len(near), lat))
        first = int(near[meters.argmin()])
        return (first if meters.min() <= within_m else -1), bool(self._inside[first])

    def arcs(self, row: int, lon: float, lat: float, graph: Graph) -> tuple[tuple[int, float], ...]:
        """Return the arcs of a road, and how many meters along each the foot of a place lies."""
        share = float(share_at(self._lines[[row]], np.array([lon]), np.array([lat]))[0])
        number = int(self._segments["segment_id"].iloc[row])
        arcs = []
        for along in (True, False):
            arc = int(graph.arcs_of([number], [along])[0])
            if arc >= 0:
                part = share if along else 1 - share
                arcs.append((arc, part * float(graph.length_m[arc])))
        return tuple(arcs)
