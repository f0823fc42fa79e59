"""How much road lies near a reader: reader corridors (rule C1)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap.coverage import readers
from alprmap.coverage.turns import Turns, turns
from alprmap.errors import UsageError
from alprmap.roads import NEAR_M, Graph, Roads, cut_pieces, merge_pieces

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
RADII_M = (500.0, 1000.0, 2000.0, 5000.0)
"""C1: meters of travel; from a city block or two to the spacing of exits on an urban freeway."""


@dataclass(frozen=True)
class ReaderCorridors:
    """Reader corridors (C1).

    table
        One row per radius and road class, then `all`: `radius_m`, `highway`, `travel_km` (each
        direction that may be driven counts), `read_travel_km`, `travel_share`, of it `up_km` (a
        reader comes within the radius) and `down_km` (a reader was passed within it), and `road_km`
        (center line), `read_road_km`, `road_share`.
    stretches
        The road itself, each piece once per direction with the least radius that reads it, so that
        the corridor of radius R is all rows with `radius_m <= R`: `radius_m`, `direction` (`up` or
        `down`), `segment_id`, `travel`, `start_m`, `end_m` (along the geometry), `length_m`,
        `highway`, `name`, `ref`, geometry.
    """

    table: pd.DataFrame
    stretches: gpd.GeoDataFrame

    def lines(self, roads: Roads, radius_m: float) -> gpd.GeoDataFrame:
        """Return the corridor of one radius for drawing: each piece of center line once."""
        near = self.stretches[self.stretches["radius_m"] <= radius_m]
        segment, low, high = merge_pieces(
            near["segment_id"].to_numpy(), near["start_m"].to_numpy(), near["end_m"].to_numpy()
        )
        row = readers.rows(roads.segments, segment)
        length = roads.segments["length_m"].to_numpy(dtype=np.float64)[row]
        frame = roads.segments.iloc[row][["segment_id", "highway", "name", "ref"]].reset_index(
            drop=True
        )
        geometry = cut_pieces(roads.segments.geometry.to_numpy()[row], length, low, high)
        return gpd.GeoDataFrame(frame.assign(radius_m=radius_m), geometry=geometry, crs="EPSG:4326")


@dataclass(frozen=True)
class _Runs:
    """Parts of arcs on which the distance to a reader grows evenly: it is `base + s` at s meters
    into the part."""

    arc: IntArray
    start: FloatArray
    size: FloatArray
    base: FloatArray
    stop: NDArray[np.bool_]
    """Whether the part begins at a reader."""


def reader_corridors(
    watches: pd.DataFrame,
    roads: Roads,
    *,
    radii_m: tuple[float, ...] = RADII_M,
    graph: Graph | None = None,
) -> ReaderCorridors:
    """Find the road within R meters of travel up- or downstream of a watched place (rule C1).

    Parameters
    ----------
    watches
        Table `watches`; every row counts (rule C0).
    roads
        The network the watches were made with.
    radii_m
        Radii, meters of travel along the roads as they may be driven, turn restrictions included.
    graph
        `Graph.from_segments(roads.segments, roads.restrictions)` where it is at hand.

    Returns
    -------
    `ReaderCorridors`. Parts of segments count, not whole segments. Figures grow with the radius; by
    class they add up to `all`, and `travel_km` and `road_km` are those of the network.

    Raises
    ------
    UsageError
        When a radius is not positive.
    """
    graph = graph or Graph.from_segments(roads.segments, roads.restrictions)
    places = readers.place_readers(watches, graph)
    radii = _sorted(radii_m)
    down, up = _both(places, radii, turns(graph))
    return ReaderCorridors(
        _table(graph, roads, down, up, radii), _stretches(graph, roads, down, up, radii)
    )


@dataclass(frozen=True)
class CorridorShares:
    """The share of road (center line) within each radius of many sets of readers on one network,
    without the stretches (C1); what does not depend on the readers is made once.
    """

    graph: Graph
    radii: FloatArray
    follow: Turns
    row: IntArray
    """Row of the segment of each own arc; -1 for others."""
    kind: IntArray
    classes: int
    length: FloatArray
    counts: FloatArray

    @staticmethod
    def on(roads: Roads, graph: Graph, radii_m: tuple[float, ...]) -> CorridorShares:
        """Return it for a network."""
        classes, kind = readers.classes(roads.segments)
        return CorridorShares(
            graph,
            _sorted(radii_m),
            turns(graph),
            _rows_of_own(graph, roads),
            kind,
            len(classes),
            roads.segments["length_m"].to_numpy(dtype=np.float64),
            readers.inside(roads.segments).astype(np.float64),
        )

    def of(self, places: readers.Places) -> dict[float, float]:
        """Return the share within each radius of some readers, as the table of C1 has it."""
        down, up = _both(places, self.radii, self.follow)
        stops = np.zeros(len(self.length), dtype=bool)
        for runs in (down, up):
            stops[self.row[runs.arc[runs.stop]]] = True
        whole = self._km(self.length)
        shares = {}
        for radius in self.radii.tolist():
            low_d, high_d, low_u, high_u = _intervals(self.graph, down, up, radius)
            arc, low, high = np.r_[down.arc, up.arc], np.r_[low_d, low_u], np.r_[high_d, high_u]
            read = self._km(_on_center(self.graph, self.row, arc, low, high, self.length, stops))
            shares[radius] = read / whole if whole > 0 else np.nan
        return shares

    def _km(self, meters: FloatArray) -> float:
        return float((_by_kind(self.kind, meters, self.counts, self.classes) / 1000).sum())


def corridor_parts(
    watches: pd.DataFrame,
    roads: Roads,
    core: NDArray[np.bool_],
    radii_m: tuple[float, ...],
    *,
    stretches: bool = True,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return what a tile adds to C1: meters by radius and class of the segments that are its own
    (`core`), and the stretches on them where they are wanted.
    """
    graph, radii = Graph.from_segments(roads.segments, roads.restrictions), _sorted(radii_m)
    places = readers.place_readers(watches, graph)
    down, up = _both(places, radii, turns(graph))
    own = roads.segments["segment_id"].to_numpy(np.int64)[core]
    counts = readers.inside(roads.segments) & core
    mine = Roads(roads.segments.assign(inside=counts), roads.restrictions)
    meters = meters_by_class(graph, mine, down, up, radii)
    arcs = np.isin(graph.segment_id, own) if stretches else np.zeros(graph.n_arcs, dtype=bool)
    kept = [_of_segments(runs, arcs) for runs in (down, up)]
    return meters, _stretches(graph, roads, kept[0], kept[1], radii)


def _of_segments(runs: _Runs, arcs: NDArray[np.bool_]) -> _Runs:
    """Return the runs on some arcs."""
    keep = arcs[runs.arc]
    return _Runs(*(getattr(runs, f.name)[keep] for f in fields(runs)))


def _sorted(radii_m: tuple[float, ...]) -> FloatArray:
    radii = np.unique(np.asarray(radii_m, dtype=np.float64))
    if not len(radii) or radii[0] <= 0:
        raise UsageError(
            "a radius must be more than 0 meters", fix="give meters of travel, such as 1000"
        )
    return radii


def _both(places: readers.Places, radii: FloatArray, follow: Turns) -> tuple[_Runs, _Runs]:
    """Return the road behind and ahead of the places, downstream and upstream."""
    graph, most = places.graph, float(radii[-1])
    ahead = graph.length_m[places.arc] - places.at_m
    down = _runs(
        graph, readers.meters_since(places, most, follow=follow), places.arc, places.at_m, most
    )
    up = _runs(graph, readers.meters_until(places, most, follow=follow), places.arc, ahead, most)
    return down, up


def _runs(graph: Graph, base: FloatArray, arc: IntArray, at: FloatArray, most: float) -> _Runs:
    """Cut arcs at their places; `at` is measured in the sense in which the distance grows."""
    own = np.flatnonzero((graph.twin == np.arange(graph.n_arcs)) & (base <= most))
    order = np.lexsort((at, arc))
    all_arc = np.r_[own, arc[order]]
    start = np.r_[np.zeros(len(own)), at[order]]
    first = np.r_[base[own], np.zeros(len(arc))]
    # an arc's own start comes before a place at 0 meters
    stop = np.r_[np.zeros(len(own), dtype=bool), np.ones(len(arc), dtype=bool)]
    order = np.lexsort((stop, start, all_arc))
    all_arc, start, first, stop = all_arc[order], start[order], first[order], stop[order]
    end = graph.length_m[all_arc]
    follow = all_arc[1:] == all_arc[:-1]
    end[:-1][follow] = start[1:][follow]
    return _Runs(all_arc, start, end - start, first, stop)


def _reach(runs: _Runs, radius: float) -> FloatArray:
    """Meters of each part within the radius."""
    reach: FloatArray = np.clip(radius - runs.base, 0.0, runs.size)
    return reach


_ORDER = (
    "radius_m",
    "highway",
    "travel_km",
    "read_travel_km",
    "travel_share",
    "up_km",
    "down_km",
    "road_km",
    "read_road_km",
    "road_share",
)


SUM_TICK_M = 2.0**-18
"""Meters are added up in steps of this (4 micrometers): such sums are exact, whatever the order,
up to 34 million kilometers, so that tiles add up to the whole to the bit (N9)."""
SUMS = ("travel", "read_travel", "up", "down", "road", "read_road")


def _table(graph: Graph, roads: Roads, down: _Runs, up: _Runs, radii: FloatArray) -> pd.DataFrame:
    return shares_of(meters_by_class(graph, roads, down, up, radii))


def shares_of(meters: pd.DataFrame) -> pd.DataFrame:
    """Return the table of C1 from meters by radius and class, as `meters_by_class` gives them, of
    one network or of tiles that make one up."""
    parts = []
    for radius in np.unique(meters["radius_m"].to_numpy(np.float64)).tolist():
        some = meters[meters["radius_m"] == radius]
        by = some.groupby("highway", sort=True)[list(SUMS)].sum()
        sums = {f"{name}_km": by[name].to_numpy(np.float64) for name in SUMS}
        parts.append(_with_all(radius, by.index.to_numpy(dtype=object), sums))
    table = pd.concat(parts, ignore_index=True)
    for word, read_km in (("travel", "read_travel_km"), ("road", "read_road_km")):
        km = table[f"{word}_km"]
        table[f"{word}_share"] = table[read_km] / km.where(km > 0)
    return table[list(_ORDER)]


def meters_by_class(
    graph: Graph, roads: Roads, down: _Runs, up: _Runs, radii: FloatArray
) -> pd.DataFrame:
    """Return meters by radius and class of what is measured: `radius_m`, `highway` and `SUMS`."""
    row = _rows_of_own(graph, roads)
    own = np.flatnonzero(row >= 0)
    classes, kind = readers.classes(roads.segments)
    n = len(classes)
    length = roads.segments["length_m"].to_numpy(dtype=np.float64)
    # roads of the margin carry distances and are not measured
    counts = readers.inside(roads.segments).astype(np.float64)
    stops, stops_there = np.zeros(graph.n_arcs, dtype=bool), np.zeros(len(length), dtype=bool)
    for runs in (down, up):
        stops[runs.arc[runs.stop]] = True
        stops_there[row[runs.arc[runs.stop]]] = True

    def by_kind(at: IntArray, meters: FloatArray) -> FloatArray:
        return _by_kind(kind[at], meters, counts[at], n)

    every_row = np.arange(len(length))
    whole = {
        "travel": by_kind(row[own], graph.length_m[own]),
        "road": by_kind(every_row, length),
    }
    arc = np.r_[down.arc, up.arc]
    parts = []
    for radius in radii:
        low_d, high_d, low_u, high_u = _intervals(graph, down, up, float(radius))
        low, high = np.r_[low_d, low_u], np.r_[high_d, high_u]
        read = _union(arc, low, high, graph.length_m, stops)
        center = _on_center(graph, row, arc, low, high, length, stops_there)
        sums = {
            **whole,
            "read_travel": by_kind(row[own], read[own]),
            "up": by_kind(row[up.arc], high_u - low_u),
            "down": by_kind(row[down.arc], high_d - low_d),
            "read_road": by_kind(every_row, center),
        }
        parts.append(pd.DataFrame({"radius_m": float(radius), "highway": classes, **sums}))
    return pd.concat(parts, ignore_index=True)


def _rows_of_own(graph: Graph, roads: Roads) -> IntArray:
    """Return the row of the segment of each own arc; -1 for arcs that leave copies."""
    own = np.flatnonzero(graph.twin == np.arange(graph.n_arcs))
    row = np.full(graph.n_arcs, -1)
    row[own] = readers.rows(roads.segments, graph.segment_id[own])
    return row


def _by_kind(kind: IntArray, meters: FloatArray, counts: FloatArray, n: int) -> FloatArray:
    """Return meters by class of road, in whole ticks of the sum."""
    whole_ticks = np.round(meters / SUM_TICK_M) * SUM_TICK_M
    return np.asarray(np.bincount(kind, whole_ticks * counts, n), dtype=np.float64)


def _on_center(
    graph: Graph,
    row: IntArray,
    arc: IntArray,
    low: FloatArray,
    high: FloatArray,
    length: FloatArray,
    stops: NDArray[np.bool_],
) -> FloatArray:
    """Return the meters of center line that intervals on arcs cover, per segment: those against the
    geometry are turned round.
    """
    turned, full = ~graph.forward[arc], graph.length_m[arc]
    low, high = np.where(turned, full - high, low), np.where(turned, full - low, high)
    return _union(row[arc], low, high, length, stops)


def _with_all(
    radius: float, classes: NDArray[np.object_], sums: dict[str, FloatArray]
) -> pd.DataFrame:
    """Return the sums of each class in kilometers, and of all of them."""
    frame = pd.DataFrame(
        {"radius_m": radius, "highway": classes, **{k: v / 1000 for k, v in sums.items()}}
    )
    whole = frame.drop(columns="highway").sum().to_frame().T
    return pd.concat([frame, whole.assign(radius_m=radius, highway="all")], ignore_index=True)


def _union(
    key: IntArray, low: FloatArray, high: FloatArray, length: FloatArray, stops: NDArray[np.bool_]
) -> FloatArray:
    """Meters covered on each key; without a reader on it an interval begins at its start or ends at
    its end."""
    begin, end = np.zeros(len(length)), np.zeros(len(length))
    from_start, hard = low <= 0.0, stops[key]
    np.maximum.at(begin, key[from_start], high[from_start])
    np.maximum.at(end, key[~from_start], (length[key] - low)[~from_start])
    covered = np.minimum(begin + end, length)
    covered[stops] = 0.0
    which, x, y = merge_pieces(key[hard], low[hard], high[hard])
    return np.asarray(covered + np.bincount(which, y - x, len(length)), dtype=np.float64)


def _intervals(
    graph: Graph, down: _Runs, up: _Runs, radius: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Read intervals in meters from the tail: low and high of the runs down, low and high of the
    runs up."""
    high_u = graph.length_m[up.arc] - up.start
    return down.start, down.start + _reach(down, radius), high_u - _reach(up, radius), high_u


def _stretches(
    graph: Graph, roads: Roads, down: _Runs, up: _Runs, radii: FloatArray
) -> gpd.GeoDataFrame:
    parts: list[tuple[Any, ...]] = []
    for code, runs in enumerate((down, up)):
        before = np.zeros(len(runs.arc))
        for radius in radii:
            now = _reach(runs, float(radius))
            some = np.flatnonzero(now - before > NEAR_M)
            arc = runs.arc[some]
            low, high = runs.start[some] + before[some], runs.start[some] + now[some]
            full, turned = graph.length_m[arc], ~graph.forward[arc]
            # meters grow against the travel on the way up, and against the geometry on arcs that
            # run backward
            flip = turned if code == 0 else ~turned
            low, high = np.where(flip, full - high, low), np.where(flip, full - low, high)
            many = len(some)
            parts.append(
                (
                    graph.segment_id[arc],
                    turned,
                    np.full(many, code, np.int8),
                    low,
                    high,
                    np.full(many, radius),
                )
            )
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
    words = {
        name: pd.Series(list(pair), dtype="str")
        for name, pair in (("direction", ("down", "up")), ("travel", ("forward", "backward")))
    }
    frame: dict[str, Any] = {
        "radius_m": radius,
        "direction": words["direction"].take(code).array,
        "segment_id": segment,
        "travel": words["travel"].take(turned.astype(np.int8)).array,
        "start_m": low,
        "end_m": high,
        "length_m": high - low,
    }
    frame |= {c: segments[c].astype("str").take(row).array for c in ("highway", "name", "ref")}
    geometry = cut_pieces(segments.geometry.to_numpy()[row], length, low, high)
    return gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")
