"""What stands and who lives in each of many polygons: the one function behind every `--areas` (R7).

A camera, a place with people and a piece of road count in every polygon they lie in. What lies
exactly on the line between two is the first one's alone, so that the sums over polygons that part
a region are the region's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap.geography.areas import open_areas

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
PER_PEOPLE, PER_KM = 1_000, 100
"""R7: readers per so many people, and per so many kilometers of road."""
ON_EDGE = 1e-9
"""Degrees (a tenth of a millimeter): a line this near to an outline runs along it."""


@dataclass(frozen=True)
class Districts:
    """Polygons with what is in them, and who is where.

    table
        One row per polygon in the order of the file: `area`, `geoid` where it has one, `area_km2`,
        `n` (readers); with people `people`, `per_1000`; with roads `road_km`, `per_100_km`;
        `rank` (1 has most: per 1,000 people, else per 100 km of road, else readers) with
        `rank_low`, `rank_high` where readers were drawn; `geometry`.
    owner, row
        Number of the polygon and of the camera of each camera in a polygon.
    home, person
        Number of the polygon and of the place of each place with people in a polygon.
    outside
        What lies in no polygon: `readers`, `people`, `road_km`.
    """

    table: gpd.GeoDataFrame
    owner: IntArray
    row: IntArray
    home: IntArray
    person: IntArray
    outside: dict[str, float]

    def count(self, mask: Any) -> IntArray:
        """Return how many cameras of a mask (one value per camera) each polygon has."""
        weight = np.asarray(mask, dtype=np.float64)[self.row]
        return np.bincount(self.owner, weight, len(self.table)).round().astype(np.int64)

    def mean(self, value: Any, weight: Any) -> FloatArray:
        """Return the mean of a value of the places with people in each polygon, by weight."""
        x, w = (np.asarray(a, dtype=np.float64)[self.person] for a in (value, weight))
        known = np.isfinite(x)
        top = np.bincount(self.home[known], (x * w)[known], len(self.table))
        bottom = np.bincount(self.home[known], w[known], len(self.table))
        return ratio(top, bottom)


def measure_districts(
    areas: str | os.PathLike[str] | gpd.GeoDataFrame,
    cameras: pd.DataFrame,
    *,
    people: pd.DataFrame | None = None,
    roads: gpd.GeoDataFrame | Iterable[gpd.GeoDataFrame] | None = None,
    drawn: tuple[IntArray, IntArray] | None = None,
    confidence: float = 0.9,
) -> Districts:
    """Count readers, people and road in each polygon, and rank them (R7).

    Parameters
    ----------
    areas
        Whatever `open_areas` takes: a file, names, "counties", "states", a GeoDataFrame.
    cameras
        `lon`, `lat`; one without a position is in no polygon.
    people
        `lon`, `lat`, `people`: a place counts where its point lies.
    roads
        Table `segments`, or parts of it one after the other: each is cut at the outlines, its
        length shared out by the pieces.
    drawn
        (cluster of each camera, how often each cluster is drawn in each replicate, shape
        (replicates, clusters)) for the interval of the rank; None for none.
    confidence
        Of that interval.
    """
    table: gpd.GeoDataFrame = areas if _opened(areas) else open_areas(areas)
    shapes = table.geometry.to_numpy()
    count = len(table)
    owner, row = points_in(shapes, cameras)
    columns = [c for c in ("area", "geoid", "area_km2") if c in table.columns]
    out = pd.DataFrame(table[columns]).reset_index(drop=True)
    out["n"] = np.bincount(owner, minlength=count)
    outside = {"readers": float(len(cameras) - len(np.unique(row)))}
    home, person = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    weight: FloatArray = np.ones(count)
    if people is not None:
        home, person = points_in(shapes, people)
        heads = people["people"].to_numpy(np.float64)
        out["people"] = np.bincount(home, heads[person], minlength=count)
        outside["people"] = float(heads.sum() - heads[np.unique(person)].sum())
    if roads is not None:
        out["road_km"], outside["road_km"] = road_km_in(shapes, roads)
        weight = out["road_km"].to_numpy(np.float64) / PER_KM
        out["per_100_km"] = ratio(out["n"].to_numpy(np.float64), weight)
    if people is not None:
        weight = out["people"].to_numpy(np.float64) / PER_PEOPLE
        at = list(out.columns).index("people") + 1
        out.insert(at, "per_1000", ratio(out["n"].to_numpy(np.float64), weight))
    ranked = _ranked(owner, row, weight, drawn, confidence)
    out["rank"], out["rank_low"], out["rank_high"] = ranked
    frame = gpd.GeoDataFrame(out, geometry=shapes, crs="EPSG:4326")
    return Districts(frame, owner, row, home, person, outside)


def _opened(areas: Any) -> bool:
    known = {"area", "area_km2", "geometry"}
    return isinstance(areas, gpd.GeoDataFrame) and known <= set(areas.columns)


def ratio(n: Any, weight: Any) -> FloatArray:
    """Return n over weight; missing where there is nothing to share."""
    shape = np.broadcast_shapes(np.shape(n), np.shape(weight))
    some = np.broadcast_to(weight, shape) > 0
    out: FloatArray = np.divide(n, weight, out=np.full(shape, np.nan), where=some)
    return out


def points_in(shapes: Any, points: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Return (polygon, point) of each point in each polygon, sorted; a point that lies on outlines
    alone is in the first polygon it touches (R7).
    """
    lon, lat = (points[c].to_numpy(np.float64) for c in ("lon", "lat"))
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    made = shapely.points(lon[known], lat[known])
    owner, at = shapely.STRtree(made).query(shapes, predicate="intersects")
    # only a point that is in several polygons can be on a line between two
    several = np.bincount(at, minlength=len(made))[at] > 1
    pair = np.flatnonzero(several)
    edge = np.zeros(len(owner), dtype=bool)
    if len(pair):
        edge[pair] = shapely.touches(shapes[owner[pair]], made[at[pair]])
    if edge.any():
        order = np.lexsort((owner, at))
        owner, at, edge = owner[order], at[order], edge[order]
        first = np.zeros(len(at), dtype=bool)
        on = np.flatnonzero(edge)
        first[on[np.r_[True, np.diff(at[on]) != 0]]] = True
        keep = ~edge | first
        owner, at = owner[keep], at[keep]
    order = np.lexsort((at, owner))
    return owner[order].astype(np.int64), known[at[order]].astype(np.int64)


def road_km_in(
    shapes: Any, roads: gpd.GeoDataFrame | Iterable[gpd.GeoDataFrame]
) -> tuple[FloatArray, float]:
    """Return kilometers of road in each polygon, and in none (R7).

    A segment is cut at the outlines and its `length_m` shared out by the length of the pieces; a
    piece along the line between two polygons is the first one's. Of roads that come in parts no
    more than one is held, and the sums are the same to the bit.
    """
    total, outside = np.zeros(len(shapes)), 0.0
    for part in [roads] if isinstance(roads, gpd.GeoDataFrame) else roads:
        some, rest = _km_of_part(shapes, part)
        total += some
        outside += rest
    return total, outside


def _km_of_part(shapes: Any, roads: gpd.GeoDataFrame) -> tuple[FloatArray, float]:
    line = roads.geometry.to_numpy()
    length = roads["length_m"].to_numpy(np.float64) / 1000
    tree = shapely.STRtree(line)
    total, used = np.zeros(len(shapes)), np.zeros(len(line))
    whole = tree.query(shapes, predicate="contains_properly")
    np.add.at(total, whole[0], _stepped(length[whole[1]]))
    np.maximum.at(used, whole[1], 1.0)
    touched = tree.query(shapes, predicate="intersects")
    inside = set(zip(whole[0].tolist(), whole[1].tolist(), strict=True))
    pairs = [
        p for p in zip(touched[0].tolist(), touched[1].tolist(), strict=True) if p not in inside
    ]
    if pairs:
        _cut(shapes, line, length, pairs, total, used)
    return total, float(_stepped(length * (1 - np.clip(used, 0, 1))).sum())


def _stepped(km: FloatArray) -> FloatArray:
    """Return kilometers in steps of 2^-28 (4 micrometers), so that sums are exact in any order."""
    return np.asarray(np.rint(km * 2.0**28) / 2.0**28, dtype=np.float64)


def _cut(
    shapes: Any,
    line: Any,
    length: FloatArray,
    pairs: list[tuple[int, int]],
    total: FloatArray,
    used: FloatArray,
) -> None:
    """Share out the segments that meet an outline; `used` is the part of each that is in some."""
    pairs = sorted(pairs, key=lambda p: (p[1], p[0]))
    owner, at = (np.array(x, dtype=np.int64) for x in zip(*pairs, strict=True))
    piece = shapely.intersection(line[at], shapes[owner])
    along = shapely.intersection(line[at], shapely.boundary(shapes[owner]))
    full = np.maximum(shapely.length(line[at]), 1e-15)
    part, edge = shapely.length(piece) / full, shapely.length(along) / full
    taken: dict[int, Any] = {}
    for i in np.flatnonzero(edge > ON_EDGE):
        before = taken.get(int(at[i]))
        if before is not None:
            part[i] -= shapely.length(shapely.intersection(along[i], before)) / full[i]
        taken[int(at[i])] = along[i] if before is None else shapely.union(before, along[i])
    np.add.at(total, owner, _stepped(part * length[at]))
    # polygons that overlap both have a road, and it is in some all the same
    many = np.bincount(at, minlength=len(line))
    sole = many[at] == 1
    np.maximum.at(used, at[sole], part[sole])
    rest = np.unique(at[~sole])
    for j in rest:
        mine = piece[at == j]
        used[j] = max(used[j], shapely.length(shapely.union_all(mine)) / full[at == j][0])


def _ranked(
    owner: IntArray,
    row: IntArray,
    weight: FloatArray,
    drawn: tuple[IntArray, IntArray] | None,
    confidence: float,
) -> list[Any]:
    """Return rank, its low and its high of each polygon, as nullable integers."""
    count = len(weight)
    n = np.bincount(owner, minlength=count).astype(np.float64)
    made = [_ranks(ratio(n[None, :], weight[None, :]))[0]]
    if drawn is None:
        made += [np.full(count, np.nan)] * 2
    else:
        from scipy import sparse

        codes, times = drawn
        # a camera counts for its cluster in its polygon
        cell = sparse.csr_array(
            (np.ones(len(row)), (codes[row], owner)), shape=(times.shape[1], count)
        )
        again = np.asarray(sparse.csr_array(times.astype(np.float64)) @ cell.toarray())
        all_ranks = _ranks(ratio(again, np.broadcast_to(weight, again.shape)))
        tail = (1 - confidence) / 2
        low, high = np.quantile(all_ranks, [tail, 1 - tail], axis=0, method="nearest")
        made += [low, high]
    return [pd.array(m, dtype="Float64").astype("Int64") for m in made]


def _ranks(values: FloatArray) -> FloatArray:
    """Return ranks along the rows, 1 for the most; equal values share the better rank, and a
    polygon with nothing to share has none.
    """
    frame = pd.DataFrame(values)
    return frame.rank(axis=1, method="min", ascending=False).to_numpy()
