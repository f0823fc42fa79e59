"""How much road lies near a reader: reader corridors and cordons (rules C1, C5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap.errors import UsageError
from alprmap.roads import pieces, readers
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
DistanceTo = Callable[[FloatArray, FloatArray], FloatArray]
RADII_M = (500.0, 1000.0, 2000.0, 5000.0)
"""C1: metres of travel; from a city block or two to the spacing of exits on an urban freeway."""


@dataclass(frozen=True)
class ReaderCorridors:
    """Reader corridors (C1).

    table
        One row per radius and road class, then `all`: `radius_m`, `highway`, `travel_km` (each direction that may
        be driven counts), `read_travel_km`, `travel_share`, of it `up_km` (a reader comes within the radius) and
        `down_km` (a reader was passed within it), and `road_km` (centre line), `read_road_km`, `road_share`.
    stretches
        The road itself, each piece once per direction with the least radius that reads it, so that the
        corridor of radius R is all rows with `radius_m <= R`: `radius_m`, `direction` (`up` or `down`),
        `segment_id`, `travel`, `start_m`, `end_m` (along the geometry), `length_m`, `highway`, `name`, `ref`,
        geometry.
    """

    table: pd.DataFrame
    stretches: gpd.GeoDataFrame

    def lines(self, roads: Roads, radius_m: float) -> gpd.GeoDataFrame:
        """Return the corridor of one radius for drawing: each piece of centre line once."""
        near = self.stretches[self.stretches["radius_m"] <= radius_m]
        segment, low, high = pieces.merge(
            near["segment_id"].to_numpy(), near["start_m"].to_numpy(), near["end_m"].to_numpy()
        )
        row = readers.rows(roads.segments, segment)
        length = roads.segments["length_m"].to_numpy(dtype=np.float64)[row]
        frame = roads.segments.iloc[row][["segment_id", "highway", "name", "ref"]].reset_index(drop=True)
        geometry = pieces.cut(roads.segments.geometry.to_numpy()[row], length, low, high)
        return gpd.GeoDataFrame(frame.assign(radius_m=radius_m), geometry=geometry, crs="EPSG:4326")


@dataclass(frozen=True)
class _Runs:
    """Parts of arcs on which the distance to a reader grows evenly: it is `base + s` at s metres into the part."""

    arc: IntArray
    start: FloatArray
    size: FloatArray
    base: FloatArray


def reader_corridors(
    watches: pd.DataFrame,
    roads: Roads,
    *,
    radii_m: tuple[float, ...] = RADII_M,
    graph: Graph | None = None,
) -> ReaderCorridors:
    """Find the road within R metres of travel up- or downstream of a watched place (rule C1).

    Parameters
    ----------
    watches
        Table `watches`; every row counts (rule C0).
    roads
        The network the watches were made with.
    radii_m
        Radii, metres of travel along the roads as they may be driven, turn restrictions included.
    graph
        `Graph.from_segments(roads.segments, roads.restrictions)` where it is at hand.

    Returns
    -------
    `ReaderCorridors`. Parts of segments count, not whole segments. Figures grow with the radius; by class they
    add up to `all`, and `travel_km` and `road_km` are those of the network.

    Raises
    ------
    UsageError
        When a radius is not positive.
    """
    radii = np.unique(np.asarray(radii_m, dtype=np.float64))
    if not len(radii) or radii[0] <= 0:
        raise UsageError("a radius must be more than 0 metres")
    graph = graph or Graph.from_segments(roads.segments, roads.restrictions)
    places = readers.place(watches, graph)
    most = float(radii[-1])
    follow = readers.turns(graph)
    ahead = graph.length_m[places.arc] - places.at_m
    down = _runs(graph, readers.metres_since(places, most, follow=follow), places.arc, places.at_m, most)
    up = _runs(graph, readers.metres_until(places, most, follow=follow), places.arc, ahead, most)
    return ReaderCorridors(_table(graph, roads, down, up, radii), _stretches(graph, roads, down, up, radii))


def _runs(graph: Graph, base: FloatArray, arc: IntArray, at: FloatArray, most: float) -> _Runs:
    """Cut arcs at their places; `at` is measured in the sense in which the distance grows."""
    own = np.flatnonzero((graph.twin == np.arange(graph.n_arcs)) & (base <= most))
    order = np.lexsort((at, arc))
    all_arc = np.r_[own, arc[order]]
    start = np.r_[np.zeros(len(own)), at[order]]
    first = np.r_[base[own], np.zeros(len(arc))]
    # an arc's own start comes before a place at 0 metres
    order = np.lexsort((np.r_[np.zeros(len(own)), np.ones(len(arc))], start, all_arc))
    all_arc, start, first = all_arc[order], start[order], first[order]
    end = graph.length_m[all_arc]
    follow = all_arc[1:] == all_arc[:-1]
    end[:-1][follow] = start[1:][follow]
    return _Runs(all_arc, start, end - start, first)


def _reach(runs: _Runs, radius: float) -> FloatArray:
    """Metres of each part within the radius."""
    reach: FloatArray = np.clip(radius - runs.base, 0.0, runs.size)
    return reach


def _table(graph: Graph, roads: Roads, down: _Runs, up: _Runs, radii: FloatArray) -> pd.DataFrame:
    own = np.flatnonzero(graph.twin == np.arange(graph.n_arcs))
    row = np.full(graph.n_arcs, -1)
    row[own] = readers.rows(roads.segments, graph.segment_id[own])
    classes, kind = np.unique(roads.segments["highway"].fillna("unknown").to_numpy(dtype=object).astype(str),
                              return_inverse=True)  # fmt: skip
    n = len(classes)
    length = roads.segments["length_m"].to_numpy(dtype=np.float64)
    whole = {
        "travel_km": np.bincount(kind[row[own]], graph.length_m[own], n),
        "road_km": np.bincount(kind, length, n),
    }
    parts = []
    for radius in radii:
        low_d, high_d, low_u, high_u = _intervals(graph, down, up, float(radius))
        arc = np.r_[down.arc, up.arc]
        low, high = np.r_[low_d, low_u], np.r_[high_d, high_u]
        a, x, y = pieces.merge(arc, low, high)
        # the same on the centre line: metres against the geometry are turned round
        turned = ~graph.forward[arc]
        full = graph.length_m[arc]
        s, v, w = pieces.merge(row[arc], np.where(turned, full - high, low), np.where(turned, full - low, high))
        sums = {
            **whole,
            "read_travel_km": np.bincount(kind[row[a]], y - x, n),
            "up_km": np.bincount(kind[row[up.arc]], high_u - low_u, n),
            "down_km": np.bincount(kind[row[down.arc]], high_d - low_d, n),
            "read_road_km": np.bincount(kind[s], w - v, n),
        }
        frame = pd.DataFrame({"radius_m": radius, "highway": classes, **{k: v / 1000 for k, v in sums.items()}})
        every = frame.drop(columns="highway").sum().to_frame().T.assign(radius_m=radius, highway="all")
        parts.append(pd.concat([frame, every], ignore_index=True))
    table = pd.concat(parts, ignore_index=True)
    table["travel_share"] = table["read_travel_km"] / table["travel_km"].where(table["travel_km"] > 0)
    table["road_share"] = table["read_road_km"] / table["road_km"].where(table["road_km"] > 0)
    return table[["radius_m", "highway", "travel_km", "read_travel_km", "travel_share", "up_km", "down_km",
                  "road_km", "read_road_km", "road_share"]]  # fmt: skip


def _intervals(
    graph: Graph, down: _Runs, up: _Runs, radius: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Read intervals in metres from the tail: low and high of the runs down, low and high of the runs up."""
    high_u = graph.length_m[up.arc] - up.start
    return down.start, down.start + _reach(down, radius), high_u - _reach(up, radius), high_u


def _stretches(graph: Graph, roads: Roads, down: _Runs, up: _Runs, radii: FloatArray) -> gpd.GeoDataFrame:
    parts: list[tuple[Any, ...]] = []
    for code, runs in enumerate((down, up)):
        before = np.zeros(len(runs.arc))
        for radius in radii:
            now = _reach(runs, float(radius))
            some = np.flatnonzero(now - before > pieces.NEAR_M)
            arc = runs.arc[some]
            low, high = runs.start[some] + before[some], runs.start[some] + now[some]
            full, turned = graph.length_m[arc], ~graph.forward[arc]
            # metres grow against the travel on the way up, and against the geometry on arcs that run backward
            flip = turned if code == 0 else ~turned
            low, high = np.where(flip, full - high, low), np.where(flip, full - low, high)
            many = len(some)
            parts.append((graph.segment_id[arc], turned, np.full(many, code, np.int8), low, high,
                          np.full(many, radius)))  # fmt: skip
            before = now
    columns = [np.concatenate(c) for c in zip(*parts, strict=True)]
    order = np.lexsort((columns[3], columns[2], ~columns[1], columns[0]))
    return _drawn(roads, *(c[order] for c in columns))


def _drawn(
    roads: Roads, segment: Any, turned: Any, code: Any, low: Any, high: Any, radius: Any
) -> gpd.GeoDataFrame:
    segments = roads.segments
    row = readers.rows(segments, segment)
    length = segments["length_m"].to_numpy(dtype=np.float64)[row]
    low, high = np.clip(low, 0, length), np.clip(high, 0, length)
    words = {name: pd.Series(list(pair), dtype="str") for name, pair in
             (("direction", ("down", "up")), ("travel", ("forward", "backward")))}  # fmt: skip
    frame: dict[str, Any] = {
        "radius_m": radius, "direction": words["direction"].take(code).array, "segment_id": segment,
        "travel": words["travel"].take(turned.astype(np.int8)).array, "start_m": low, "end_m": high,
        "length_m": high - low,
    }  # fmt: skip
    frame |= {c: segments[c].astype("str").take(row).array for c in ("highway", "name", "ref")}
    geometry = pieces.cut(segments.geometry.to_numpy()[row], length, low, high)
    return gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")


@dataclass(frozen=True)
class Cordon:
    """A cordon (C5).

    crossings
        One row per road, place and direction of travel that crosses: `cordon`, `segment_id`, `travel`, `way`
        (`in`, `out`; `across` for an open line), `highway`, `name`, `ref`, `since_m` and `until_m` (metres of
        travel from the reader before and to the reader after; missing beyond the largest distance), `read`
        (within the least of the distances), geometry (Point).
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
    """Find the roads that cross a line, and whether the crossing is read within d metres of travel (rule C5).

    Parameters
    ----------
    lines
        `name` and polygons (their outlines are crossed, in or out) or lines (crossed), EPSG:4326. A road that runs
        along the line does not cross it there.
    within_m
        Distances of travel, before or after the crossing.

    Raises
    ------
    UsageError
        When there is no distance, or a shape is neither polygon nor line.
    """
    if not within_m or min(within_m) < 0:
        raise UsageError("a cordon needs distances of 0 metres or more")
    shapes = lines.geometry.to_numpy()
    if not np.isin(shapely.get_type_id(shapes), (1, 2, 3, 5, 6)).all():
        raise UsageError("a cordon is made of polygons or lines")
    segments = roads.segments
    length = segments["length_m"].to_numpy(dtype=np.float64)
    parts = []
    for name, shape in zip(lines["name"], shapes, strict=True):
        near = np.sort(segments.sindex.query(shape.boundary if shape.area else shape, predicate="intersects"))
        outline = shape.boundary if shape.area else shape
        line, at = pieces.crossings(segments.geometry.to_numpy()[near], length[near], outline)
        frame = pd.DataFrame({"row": near[line], "at_m": at}).drop_duplicates().sort_values(["row", "at_m"])
        parts.append(_ways(frame, segments, length, shape).assign(cordon=str(name)))
    return _judged(parts, watches, roads, graph, within_m)


def distance_cordons(
    watches: pd.DataFrame, roads: Roads, lines: Mapping[str, tuple[DistanceTo, float]], *,
    within_m: tuple[float, ...] = (1000.0, 5000.0), graph: Graph | None = None,
) -> Cordon:  # fmt: skip
    """Do the same for lines at a distance from something: the 25-, 50- or 100-mile line of a border (rule C5).

    Parameters
    ----------
    lines
        Name → (function from lon and lat arrays to metres, metres at which the line runs). `in` is towards it.
    """
    segments = roads.segments
    length = segments["length_m"].to_numpy(dtype=np.float64)
    parts = []
    for name, (distance_m, metres) in lines.items():
        row, at, nearer = pieces.contour(segments.geometry.to_numpy(), length, distance_m, metres)
        along, against = np.where(nearer, "in", "out"), np.where(nearer, "out", "in")
        parts.append(pd.DataFrame({"row": row, "at_m": at, "along": along, "against": against, "cordon": name}))
    return _judged(parts, watches, roads, graph, within_m)


def _ways(frame: pd.DataFrame, segments: gpd.GeoDataFrame, length: FloatArray, shape: Any) -> pd.DataFrame:
    """Tell which way a vehicle that goes along the geometry crosses; touching without crossing falls out."""
    row, at = frame["row"].to_numpy(), frame["at_m"].to_numpy()
    if not shape.area:
        return frame.assign(along="across", against="across")
    same = row[1:] == row[:-1]
    before = np.r_[0.0, np.where(same, at[:-1], 0.0)] if len(at) else at
    after = np.r_[np.where(same, at[1:], length[row[:-1]]), length[row[-1:]]] if len(at) else at
    lines = segments.geometry.to_numpy()[row]
    inside = [
        shapely.intersects_xy(shape, *pieces.point_at(lines, length[row], (at + other) / 2).T)
        for other in (before, after)
    ]
    real = inside[0] != inside[1]
    told: pd.DataFrame = frame.assign(
        along=np.where(inside[1], "in", "out"), against=np.where(inside[1], "out", "in")
    )
    return pd.DataFrame(told[real])


def _judged(
    parts: list[pd.DataFrame],
    watches: pd.DataFrame,
    roads: Roads,
    graph: Graph | None,
    within_m: tuple[float, ...],
) -> Cordon:
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    graph = graph or Graph.from_segments(roads.segments, roads.restrictions)
    segments, most = roads.segments, float(max(within_m))
    places = readers.place(watches, graph)
    follow = readers.turns(graph)
    since, until = (f(places, most, follow=follow) for f in (readers.metres_since, readers.metres_until))
    columns = ["cordon", "segment_id", "travel", "way", "highway", "name", "ref", "since_m", "until_m", "read"]
    both = []
    for travel, word in (("forward", "along"), ("backward", "against")):
        part = found[segments[travel].to_numpy()[found["row"]]] if len(found) else found
        if not len(part):
            continue
        row = part["row"].to_numpy()
        arc = graph.arcs_of(segments["segment_id"].to_numpy()[row], travel == "forward")
        metres = part["at_m"].to_numpy() if travel == "forward" else graph.length_m[arc] - part["at_m"].to_numpy()
        before, after = _beside(places, arc, metres)
        before = np.minimum(before, since[arc] + metres)
        after = np.minimum(after, until[arc] + graph.length_m[arc] - metres)
        spot = pieces.point_at(segments.geometry.to_numpy()[row], graph.length_m[arc], part["at_m"].to_numpy())
        both.append(segments.iloc[row][["segment_id", "highway", "name", "ref"]].reset_index(drop=True).assign(
            cordon=part["cordon"].to_numpy(), travel=travel, way=part[word].to_numpy(),
            since_m=np.where(before <= most, before, np.nan), until_m=np.where(after <= most, after, np.nan),
            read=np.minimum(before, after) <= min(within_m), geometry=shapely.points(spot),
        ))  # fmt: skip
    table = pd.concat(both, ignore_index=True) if both else pd.DataFrame({c: [] for c in [*columns, "geometry"]})
    table = table[[*columns, "geometry"]].sort_values(
        ["cordon", "segment_id", "travel", "since_m"], ignore_index=True
    )
    for name in ("cordon", "travel", "way", "highway", "name", "ref"):
        table[name] = table[name].astype("str")
    crossings = gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")
    return Cordon(crossings, _cordon_table(crossings, within_m))


def _beside(places: readers.Places, arc: IntArray, metres: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Metres to the nearest place before and after a point on the same arc; infinite without one."""
    low, high = (np.searchsorted(places.arc, arc, side=s) for s in ("left", "right"))
    before, after = np.full(len(arc), np.inf), np.full(len(arc), np.inf)
    for i in np.flatnonzero(high > low):
        gap = metres[i] - places.at_m[low[i] : high[i]]
        before[i] = gap[gap >= 0].min(initial=np.inf)
        after[i] = (-gap[gap <= 0]).min(initial=np.inf)
    return before, after


def _cordon_table(crossings: gpd.GeoDataFrame, within_m: tuple[float, ...]) -> pd.DataFrame:
    rows = []
    nearest = crossings[["since_m", "until_m"]].min(axis=1)
    for within in sorted(within_m):
        base = pd.DataFrame(crossings[["cordon", "way", "highway"]]).assign(read=(nearest <= within).to_numpy())
        for frame in (base, base.assign(highway="all")):
            by = frame.groupby(["cordon", "way", "highway"], sort=True)["read"].agg(["size", "sum"]).reset_index()
            rows.append(by.assign(within_m=within))
    table = pd.concat(rows, ignore_index=True).rename(columns={"size": "crossings", "sum": "read"})
    table["read"] = table["read"].astype(np.int64)
    table["share"] = table["read"] / table["crossings"]
    order = ["cordon", "within_m", "way", "highway", "crossings", "read", "share"]
    return table.sort_values(["cordon", "within_m", "way"], kind="stable", ignore_index=True)[order]
