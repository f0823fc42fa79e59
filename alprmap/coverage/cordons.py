"""Roads that cross a line, and whether the crossing is read (rule C5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap.coverage import readers
from alprmap.coverage.turns import turns
from alprmap.errors import UsageError
from alprmap.roads import TOUCH_M, Graph, Roads, contour, point_at
from alprmap.roads import crossings as roads_crossings

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
DistanceTo = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class Cordon:
    """A cordon (C5).

    crossings
        One row per road, place and direction of travel that crosses: `cordon`, `segment_id`,
        `travel`, `way` (`in`, `out`; `across` for an open line), `highway`, `name`, `ref`,
        `since_m` and `until_m` (meters of travel from the reader before and to the reader after;
        missing beyond the largest distance), `read` (within the least of the distances), geometry
        (Point).
    table
        `cordon`, `within_m`, `way`, `highway` (and `all`), `crossings`, `read`, `share`.
    """

    crossings: gpd.GeoDataFrame
    table: pd.DataFrame


def cordons(
    watches: pd.DataFrame,
    roads: Roads,
    lines: gpd.GeoDataFrame,
    *,
    within_m: tuple[float, ...] = (1000.0, 5000.0),
    graph: Graph | None = None,
) -> Cordon:
    """Find the roads that cross a line, and whether the crossing is read within d meters of travel
    (rule C5).

    Parameters
    ----------
    lines
        `name` and polygons (their outlines are crossed, in or out) or lines (crossed), EPSG:4326. A
        road that runs along a line does not cross it there; one that runs along an outline and
        leaves it on the other side crosses it once.
    within_m
        Distances of travel, before or after the crossing.

    Raises
    ------
    UsageError
        When there is no distance, or a shape is neither polygon nor line.
    """
    if not within_m or min(within_m) < 0:
        raise UsageError(
            "a cordon needs distances of 0 meters or more", fix="give meters from the border"
        )
    shapes = lines.geometry.to_numpy()
    if not np.isin(shapely.get_type_id(shapes), (1, 2, 3, 5, 6)).all():
        raise UsageError(
            "a cordon is made of polygons or lines", fix="pass polygons, or lines at a distance"
        )
    segments = roads.segments
    length = segments["length_m"].to_numpy(dtype=np.float64)
    parts = []
    for name, shape in zip(lines["name"], shapes, strict=True):
        near = np.sort(
            segments.sindex.query(shape.boundary if shape.area else shape, predicate="intersects")
        )
        outline = shape.boundary if shape.area else shape
        line, low, high = roads_crossings(segments.geometry.to_numpy()[near], length[near], outline)
        frame = pd.DataFrame({"row": near[line], "at_m": low, "end_m": high})
        parts.append(_ways(frame, segments, length, shape).assign(cordon=str(name)))
    return _judged(parts, watches, roads, graph, within_m)


def distance_cordons(
    watches: pd.DataFrame,
    roads: Roads,
    lines: Mapping[str, tuple[DistanceTo, float]],
    *,
    within_m: tuple[float, ...] = (1000.0, 5000.0),
    graph: Graph | None = None,
) -> Cordon:
    """Do the same for lines at a distance from something: the 25-, 50- or 100-mile line of a border
    (rule C5).

    Parameters
    ----------
    lines
        Name → (function from lon and lat arrays to meters, meters at which the line runs). `in` is
        towards it.
    """
    segments = roads.segments
    length = segments["length_m"].to_numpy(dtype=np.float64)
    parts = []
    for name, (distance_m, meters) in lines.items():
        row, at, nearer = contour(segments.geometry.to_numpy(), length, distance_m, meters)
        along, against = np.where(nearer, "in", "out"), np.where(nearer, "out", "in")
        parts.append(
            pd.DataFrame(
                {"row": row, "at_m": at, "along": along, "against": against, "cordon": name}
            )
        )
    return _judged(parts, watches, roads, graph, within_m)


def _ways(
    frame: pd.DataFrame, segments: gpd.GeoDataFrame, length: FloatArray, shape: Any
) -> pd.DataFrame:
    """Tell which way a vehicle that goes along the geometry crosses; touching without crossing
    falls out.

    The outline belongs to the polygon: who runs along it and then goes in came in where they met
    it."""
    row, low, high = (frame[c].to_numpy() for c in ("row", "at_m", "end_m"))
    if not shape.area:
        point = frame[high - low <= TOUCH_M]
        return pd.DataFrame(point.assign(along="across", against="across"))
    same = row[1:] == row[:-1]
    before = np.r_[0.0, np.where(same, high[:-1], 0.0)] if len(row) else low
    after = np.r_[np.where(same, low[1:], length[row[:-1]]), length[row[-1:]]] if len(row) else low
    lines = segments.geometry.to_numpy()[row]
    inside = [
        shapely.intersects_xy(shape, *point_at(lines, length[row], (at + other) / 2).T)
        for at, other in ((low, before), (high, after))
    ]
    real = inside[0] != inside[1]
    told: pd.DataFrame = frame.assign(
        at_m=np.where(inside[1], low, high),
        along=np.where(inside[1], "in", "out"),
        against=np.where(inside[1], "out", "in"),
    )
    return pd.DataFrame(told[real])


_CROSSING = (
    "cordon",
    "segment_id",
    "travel",
    "way",
    "highway",
    "name",
    "ref",
    "since_m",
    "until_m",
    "read",
    "geometry",
)
_WORDS = ("cordon", "travel", "way", "highway", "name", "ref")


def _judged(
    parts: list[pd.DataFrame],
    watches: pd.DataFrame,
    roads: Roads,
    graph: Graph | None,
    within_m: tuple[float, ...],
) -> Cordon:
    """Tell of each crossing and direction of travel how far the readers before and after it are."""
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    graph = graph or Graph.from_segments(roads.segments, roads.restrictions)
    places = readers.place_readers(watches, graph)
    both = []
    if len(found):
        follow, most = turns(graph), float(max(within_m))
        since, until = (
            f(places, most, follow=follow) for f in (readers.meters_since, readers.meters_until)
        )
        for travel in ("forward", "backward"):
            open_way = roads.segments[travel].to_numpy()[found["row"]]
            if open_way.any():
                part = found[open_way]
                both.append(_one_way(part, travel, roads, places, (since, until), within_m))
    empty = pd.DataFrame({c: [] for c in _CROSSING})
    table = pd.concat(both, ignore_index=True) if both else empty
    table = table[list(_CROSSING)].sort_values(
        ["cordon", "segment_id", "travel", "since_m"], ignore_index=True
    )
    table = table.astype(dict.fromkeys(_WORDS, "str"))
    crossings = gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")
    return Cordon(crossings, cordon_table(crossings, within_m))


def _one_way(
    part: pd.DataFrame,
    travel: str,
    roads: Roads,
    places: readers.Places,
    far: tuple[FloatArray, FloatArray],
    within_m: tuple[float, ...],
) -> pd.DataFrame:
    """Return the crossings of one direction of travel; `far` is meters from the reader before to
    the tail of each arc, and from its head to the reader after.
    """
    segments, graph, most = roads.segments, places.graph, float(max(within_m))
    along = travel == "forward"
    row, at = part["row"].to_numpy(), part["at_m"].to_numpy()
    arc = graph.arcs_of(segments["segment_id"].to_numpy()[row], along)
    length = graph.length_m[arc]
    meters = at if along else length - at
    before, after = _beside(places, arc, meters)
    before = np.minimum(before, far[0][arc] + meters)
    after = np.minimum(after, far[1][arc] + length - meters)
    spot = point_at(segments.geometry.to_numpy()[row], length, at)
    named: pd.DataFrame = segments.iloc[row][["segment_id", "highway", "name", "ref"]].reset_index(
        drop=True
    )
    return pd.DataFrame(named).assign(
        cordon=part["cordon"].to_numpy(),
        travel=travel,
        way=part["along" if along else "against"].to_numpy(),
        since_m=np.where(before <= most, before, np.nan),
        until_m=np.where(after <= most, after, np.nan),
        read=np.minimum(before, after) <= min(within_m),
        geometry=shapely.points(spot),
    )


def _beside(
    places: readers.Places, arc: IntArray, meters: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Meters to the nearest place before and after a point on the same arc; infinite without
    one.
    """
    low, high = (np.searchsorted(places.arc, arc, side=s) for s in ("left", "right"))
    before, after = np.full(len(arc), np.inf), np.full(len(arc), np.inf)
    for i in np.flatnonzero(high > low):
        gap = meters[i] - places.at_m[low[i] : high[i]]
        before[i] = gap[gap >= 0].min(initial=np.inf)
        after[i] = (-gap[gap <= 0]).min(initial=np.inf)
    return before, after


def cordon_table(crossings: gpd.GeoDataFrame, within_m: tuple[float, ...]) -> pd.DataFrame:
    """Return how many crossings of each cordon, way and class are read, by distance (C5)."""
    rows = []
    nearest = crossings[["since_m", "until_m"]].min(axis=1)
    for within in sorted(within_m):
        base = pd.DataFrame(crossings[["cordon", "way", "highway"]]).assign(
            read=(nearest <= within).to_numpy()
        )
        for frame in (base, base.assign(highway="all")):
            by = (
                frame.groupby(["cordon", "way", "highway"], sort=True)["read"]
                .agg(["size", "sum"])
                .reset_index()
            )
            rows.append(by.assign(within_m=within))
    table = pd.concat(rows, ignore_index=True).rename(columns={"size": "crossings", "sum": "read"})
    table["read"] = table["read"].astype(np.int64)
    table["share"] = table["read"] / table["crossings"]
    order = ["cordon", "within_m", "way", "highway", "crossings", "read", "share"]
    return table.sort_values(["cordon", "within_m", "way"], kind="stable", ignore_index=True)[order]
