"""One trip: the readers on the fastest way in order, and on the least-read alternative (rule
C6).
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap.coverage import readers
from alprmap.coverage.search import exposure
from alprmap.errors import NotFoundError
from alprmap.locate import road_labels
from alprmap.roads import Roads

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Way:
    """One way of a trip.

    `km`, `minutes`, `readers` (one row per camera in order of travel: `camera_id`, `at_km`, `road`,
    `segment_id`, `travel`, `lon`, `lat`), `streets` (what is driven: `road`, `km`, in order),
    `line` (LineString)."""

    km: float
    minutes: float
    readers: pd.DataFrame
    streets: pd.DataFrame
    line: shapely.LineString


def route(
    roads: Roads, places: readers.Places, origin: int, destination: int, *, way: exposure.Way
) -> Way:
    """Drive from one junction to another (C6).

    Parameters
    ----------
    origin, destination
        Node numbers of `places.graph`.
    way
        `fastest`, or `least` for the way with the fewest readings, the fastest of those.

    Raises
    ------
    NotFoundError
        When no way leads there.
    """
    graph = places.graph
    arc = _arcs(places, origin, destination, way)
    row = readers.rows(roads.segments, graph.segment_id[arc])
    label = road_labels(roads.segments).to_numpy(dtype=object)[row]
    start_km = np.r_[0.0, np.cumsum(graph.length_m[arc])[:-1]] / 1000 if len(arc) else np.zeros(0)
    lines = roads.segments.geometry.to_numpy()[row]
    turned = ~graph.forward[arc]
    lines = np.where(turned, shapely.reverse(lines), lines)
    return Way(
        km=float(graph.length_m[arc].sum()) / 1000,
        minutes=float(graph.time_s[arc].sum()) / 60,
        readers=_readers(roads, places, arc, start_km, label),
        streets=_streets(label, graph.length_m[arc]),
        line=(
            shapely.LineString(_joined(shapely.get_coordinates(lines)))
            if len(arc)
            else shapely.LineString()
        ),
    )


def _arcs(places: readers.Places, origin: int, destination: int, way: exposure.Way) -> IntArray:
    graph = places.graph
    if origin == destination:
        return np.zeros(0, dtype=np.int64)
    router = exposure.Router(graph, places.count, way)
    trees = next(router.trees(np.array([origin])))
    ends = np.flatnonzero(graph.base == destination)
    end = int(ends[np.argmin(trees.cost[0, ends])])
    if not np.isfinite(trees.cost[0, end]):
        raise NotFoundError(
            "no way leads from the one place to the other on these roads",
            fix="the extract may cut it off; choose a larger area",
        )
    _, tail, head = trees.walk(np.array([0]), np.array([end]))
    return router.arcs(tail, head)[1][::-1]


def _readers(
    roads: Roads,
    places: readers.Places,
    arc: IntArray,
    start_km: NDArray[np.float64],
    label: NDArray[np.object_],
) -> pd.DataFrame:
    """Cameras in order of travel, each at the first place where it reads."""
    graph = places.graph
    own = graph.twin[arc]
    low, high = (np.searchsorted(places.arc, own, side=s) for s in ("left", "right"))
    step = np.repeat(np.arange(len(arc)), high - low)
    at = (
        np.concatenate([np.arange(a, b) for a, b in zip(low, high, strict=True)])
        if len(arc)
        else step
    )
    at = at.astype(np.int64)
    frame = pd.DataFrame(
        {
            "camera_id": pd.Series(places.camera_id[places.camera[at]], dtype="str"),
            "at_km": start_km[step] + places.at_m[at] / 1000,
            "road": pd.Series(label[step], dtype="str"),
            "segment_id": graph.segment_id[arc][step],
            "travel": pd.Series(
                np.where(graph.forward[arc][step], "forward", "backward"), dtype="str"
            ),
        }
    )
    spots = readers.positions(places, roads.segments)[at]
    frame["lon"], frame["lat"] = spots[:, 0], spots[:, 1]
    frame = frame.sort_values(["at_km", "camera_id"], kind="stable")
    return frame.drop_duplicates("camera_id").reset_index(drop=True)


def _streets(label: NDArray[np.object_], length_m: NDArray[np.float64]) -> pd.DataFrame:
    name = pd.Series(label, dtype="str").fillna("unnamed road")
    change = (name != name.shift()).cumsum()
    frame = pd.DataFrame({"road": name, "km": length_m / 1000}).groupby(change, sort=True)
    return frame.agg({"road": "first", "km": "sum"}).reset_index(drop=True)


def _joined(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    same = (
        np.r_[False, np.abs(np.diff(xy, axis=0)).max(axis=1) < 1e-9]
        if len(xy)
        else np.zeros(0, bool)
    )
    kept: NDArray[np.float64] = xy[~same]
    return kept


def drawn_route(ways: dict[str, Way]) -> gpd.GeoDataFrame:
    """Return ways as a table for a file or a map: `way`, `km`, `minutes`, `readers`, geometry."""
    rows = [
        {"way": k, "km": w.km, "minutes": w.minutes, "readers": len(w.readers), "geometry": w.line}
        for k, w in ways.items()
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326").astype({"way": "str"})
