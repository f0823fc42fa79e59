"""Cordons (rule C5): by force on random towns, and what must always hold."""

from __future__ import annotations

import heapq
import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_nets as nets
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alprmap import geo
from alprmap.coverage import cordons
from alprmap.roads.network import Roads

Box = tuple[float, float, float, float]
Crossing = tuple[int, str, str, float]
"""Segment, travel, way, meters from where the vehicle came onto the segment."""
FAR = 70.0


@st.composite
def towns(draw: st.DrawFn) -> tuple[Roads, pd.DataFrame]:
    """A town of `small_nets` with bends, loops and one-way roads, and what its cameras read."""
    n = draw(st.integers(2, 7))
    nodes = {i: (30.0 * (i % 3), 30.0 * (i // 3)) for i in range(n)}
    bends = st.lists(st.tuples(st.integers(-20, 80), st.integers(-20, 80)), max_size=2, unique=True)
    edges: list[tuple[Any, ...]] = []
    for _ in range(draw(st.integers(1, 9))):
        u, v = draw(st.integers(0, n - 1)), draw(st.integers(0, n - 1))
        x, y = nodes[u]
        via = (
            [(x + 13.0, y + 4.0), (x + 5.0, y + 12.0)]
            if u == v
            else [(a + 0.0, b + 0.0) for a, b in draw(bends)]
        )
        # a road that comes back over itself crosses one point twice: roads on the ground do not
        assume(shapely.LineString([nodes[u], *via, nodes[v]]).is_simple)
        edges.append((u, v, {"oneway": draw(st.booleans()), "length": draw(st.integers(1, 40)), "via": via,
                             "highway": draw(st.sampled_from(["residential", "primary"]))}))  # fmt: skip
    read: dict[tuple[str, int, str], float] = {}
    for k in range(draw(st.integers(0, 4))):
        segment = draw(st.integers(0, len(edges) - 1))
        way = (
            "forward"
            if edges[segment][2]["oneway"]
            else draw(st.sampled_from(["forward", "backward"]))
        )
        read[f"c{k}", segment, way] = float(draw(st.integers(0, edges[segment][2]["length"])))
    return nets.roads(nodes, edges), nets.watches([(*key, at) for key, at in sorted(read.items())])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """A box whose sides meet no junction and no bend."""
    x, y = (
        sorted(draw(st.lists(st.integers(-25, 85), min_size=2, max_size=2, unique=True)))
        for _ in "xy"
    )
    return x[0] + 0.43, y[0] + 0.37, x[1] + 0.43, y[1] + 0.37


def polygon(box: Box) -> gpd.GeoDataFrame:
    shape = shapely.box(*nets.lonlat(*box[:2]), *nets.lonlat(*box[2:]))
    return gpd.GeoDataFrame({"name": ["Town"]}, geometry=[shape], crs="EPSG:4326")


def flat(net: Roads) -> list[list[tuple[float, float]]]:
    """The lines of a town in meters, straight from the coordinates."""
    per_lon, per_lat = (float(v) for v in geo.degree_m(nets.ORIGIN[1]))
    return [
        [((x - nets.ORIGIN[0]) * per_lon, (y - nets.ORIGIN[1]) * per_lat) for x, y in line.coords]
        for line in net.segments.geometry
    ]


def cuts(p: tuple[float, float], q: tuple[float, float], box: Box) -> list[float]:
    """Shares of the edge p-q at which it meets a side of the box."""
    west, south, east, north = box
    found = []
    sides = (
        (0, west, south, north),
        (0, east, south, north),
        (1, south, west, east),
        (1, north, west, east),
    )
    for axis, at, low, high in sides:
        if (p[axis] < at) != (q[axis] < at):
            t = (at - p[axis]) / (q[axis] - p[axis])
            if low < p[1 - axis] + t * (q[1 - axis] - p[1 - axis]) < high:
                found.append(t)
    return sorted(found)


def by_force(net: Roads, box: Box) -> list[Crossing]:
    """Every crossing, edge by edge: each turns inside to outside or back."""
    west, south, east, north = box
    out: list[Crossing] = []
    for row, line in zip(net.segments.itertuples(), flat(net), strict=True):
        steps = [math.dist(a, b) for a, b in pairwise(line)]
        scale, run = float(row.length_m) / sum(steps), 0.0
        inside = west < line[0][0] < east and south < line[0][1] < north
        for (a, b), step in zip(pairwise(line), steps, strict=True):
            for t in cuts(a, b, box):
                at, inside = scale * (run + t * step), not inside
                if row.forward:
                    out.append((row.segment_id, "forward", "in" if inside else "out", at))
                if row.backward:
                    out.append(
                        (row.segment_id, "backward", "out" if inside else "in", row.length_m - at)
                    )
            run += step
    return out


def traveled(
    net: Roads, read: pd.DataFrame
) -> tuple[dict[Any, float], dict[Any, float], dict[Any, list[float]]]:
    """Meters from the nearest place to each arc's start, from its end to the next, and the places
    on it."""
    every, follow = nets.arcs(net), nets.followers(net)
    places: dict[Any, list[float]] = {(a[2], a[3]): [] for a in every}
    for row in read.itertuples():
        length = float(net.segments["length_m"].iloc[row.segment_id])
        at = row.offset_m if row.travel == "forward" else length - row.offset_m
        places[row.segment_id, row.travel].append(at)
    into: dict[int, list[int]] = {i: [] for i in follow}
    for i, after in follow.items():
        for j in after:
            into[j].append(i)

    def spread(step: dict[int, list[int]], rest: Any) -> dict[Any, float]:
        best: dict[int, float] = {}
        queue = [
            (min(rest(every[i], at) for at in places[every[i][2:4]]), j)
            for i in step if places[every[i][2:4]] for j in step[i]
        ]  # fmt: skip
        heapq.heapify(queue)
        while queue:
            meters, i = heapq.heappop(queue)
            if i not in best:
                best[i] = meters
                for j in step[i]:
                    heapq.heappush(queue, (meters + every[i][4], j))
        return {every[i][2:4]: meters for i, meters in best.items()}

    return spread(follow, lambda a, at: a[4] - at), spread(into, lambda a, at: at), places


def judged(net: Roads, read: pd.DataFrame, found: list[Crossing]) -> list[tuple[Any, ...]]:
    """Each crossing with the meters since the reader before and until the reader after."""
    since, until, places = traveled(net, read)
    length = {a[2:4]: a[4] for a in nets.arcs(net)}
    out = []
    for segment, travel, way, at in found:
        arc = segment, travel
        before = [at - p for p in places[arc] if p <= at] + [since.get(arc, math.inf) + at]
        after = [p - at for p in places[arc] if p >= at] + [
            until.get(arc, math.inf) + length[arc] - at
        ]
        out.append((segment, travel, way, at, min(before), min(after)))
    return sorted(out)


def said(found: cordons.Cordon, net: Roads) -> list[tuple[Any, ...]]:
    """The same rows of the code under test; where on the segment is read off the point it draws."""
    lines, out = flat(net), []
    per_lon, per_lat = (float(v) for v in geo.degree_m(nets.ORIGIN[1]))
    for r in found.crossings.itertuples():
        spot = shapely.Point(
            (r.geometry.x - nets.ORIGIN[0]) * per_lon, (r.geometry.y - nets.ORIGIN[1]) * per_lat
        )
        line = shapely.LineString(lines[r.segment_id])
        length = float(net.segments["length_m"].iloc[r.segment_id])
        at = line.project(spot, normalized=True) * length
        since, until = (math.inf if math.isnan(v) else v for v in (r.since_m, r.until_m))
        assert bool(r.read) == (min(since, until) <= 10.0)
        out.append(
            (
                r.segment_id,
                r.travel,
                r.way,
                at if r.travel == "forward" else length - at,
                since,
                until,
            )
        )
    return sorted(out)


def same(mine: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]], most: float) -> None:
    assert [m[:3] for m in mine] == [t[:3] for t in theirs]
    for m, t in zip(mine, theirs, strict=True):
        assert m[3] == pytest.approx(t[3], abs=0.02)
        for a, b in zip(m[4:], t[4:], strict=True):
            # a hair around the largest distance it may be told or not
            assert (a == pytest.approx(b, abs=0.02)) or (
                min(a, b) > most - 0.02 and math.isinf(max(a, b))
            )


@pytest.mark.slow
@settings(max_examples=80)
@given(towns(), boxes())
def test_C5_equals_brute_force(town: tuple[Roads, pd.DataFrame], box: Box) -> None:
    net, read = town
    found = cordons.cordons(read, net, polygon(box), within_m=(10.0, FAR))
    truth = [
        (*r[:4], *(v if v <= FAR else math.inf for v in r[4:]))
        for r in judged(net, read, by_force(net, box))
    ]
    same(truth, said(found, net), FAR)
    # the table, counted row by row
    classes = net.segments.set_index("segment_id")["highway"]
    for row in found.table.itertuples():
        mine = [t for t in truth if t[2] == row.way and row.highway in ("all", classes[t[0]])]
        if all(abs(min(t[4:]) - row.within_m) > 0.05 for t in mine):
            assert (row.crossings, row.read) == (
                len(mine),
                sum(min(t[4:]) <= row.within_m for t in mine),
            )
    whole = found.table[(found.table["highway"] == "all") & (found.table["within_m"] == FAR)]
    assert whole["crossings"].sum() == len(truth)


@pytest.mark.slow
@settings(max_examples=40)
@given(towns(), boxes(), st.integers(1, 60))
def test_C5_adds_up_grows_and_mirrors(
    town: tuple[Roads, pd.DataFrame], box: Box, within: int
) -> None:
    net, read = town
    shape = polygon(box)
    found = cordons.cordons(read, net, shape, within_m=(float(within), within + 25.0))
    keys = ["cordon", "within_m", "way"]
    every = found.table["highway"] == "all"
    numbers = ["crossings", "read"]
    by_class = found.table[~every].groupby(keys)[numbers].sum()
    assert (by_class == found.table[every].set_index(keys)[numbers]).all(axis=None)
    # what comes in by a segment leaves by it, or its far end lies inside
    nodes = shapely.points(
        np.array([nets.lonlat(30.0 * (i % 3), 30.0 * (i // 3)) for i in range(7)])
    )
    inside = shapely.contains(shape.geometry.iloc[0], nodes)
    for segment, rows in found.crossings[found.crossings["travel"] == "forward"].groupby(
        "segment_id"
    ):
        u, v = net.segments[["u", "v"]].iloc[int(segment)]
        assert (rows["way"] == "in").sum() - (rows["way"] == "out").sum() == int(inside[v]) - int(
            inside[u]
        )
    # growth with the distance
    small, large = (found.table[found.table["within_m"] == w].set_index(["way", "highway"])["read"]
                    for w in (float(within), within + 25.0))  # fmt: skip
    assert (small <= large).all()
    # a camera less never raises a figure
    if len(read):
        left = cordons.cordons(read.iloc[1:], net, shape, within_m=(float(within),)).table
        assert (left.set_index(["way", "highway"])["read"] <= small).all()
    # with all travel turned round, in is out and since is until
    turned = cordons.cordons(*reversed(nets.mirrored(net, read)), shape, within_m=(float(within),))
    there = found.crossings.assign(far=found.crossings[["since_m", "until_m"]].min(axis=1))
    flip = {"in": "out", "out": "in"}
    mine = sorted((r.segment_id, flip[r.way], bool(r.far <= within)) for r in there.itertuples())
    theirs = sorted((r.segment_id, r.way, bool(r.read)) for r in turned.crossings.itertuples())
    assert mine == theirs


@pytest.mark.slow
@settings(max_examples=40)
@given(towns(), st.integers(-25, 85), st.booleans())
def test_C5_a_line_and_a_line_at_a_distance_are_one(
    town: tuple[Roads, pd.DataFrame], x: int, east: bool
) -> None:
    net, read = town
    at = x + 0.43
    line = shapely.LineString([nets.lonlat(at, -500), nets.lonlat(at, 500)])
    frame = gpd.GeoDataFrame({"name": ["L"]}, geometry=[line], crs="EPSG:4326")
    per_lon = float(geo.degree_m(nets.ORIGIN[1])[0])

    def away(lon: np.ndarray, _lat: np.ndarray) -> np.ndarray:
        meters = (lon - nets.ORIGIN[0]) * per_lon + 100_000.0
        return meters if east else 200_000.0 - meters

    drawn = cordons.cordons(read, net, frame, within_m=(10.0, FAR))
    far = 100_000.0 + at if east else 100_000.0 - at
    asked = cordons.distance_cordons(read, net, {"L": (away, far)}, within_m=(10.0, FAR))
    one, other = (said(c, net) for c in (drawn, asked))
    same([(*r[:2], "", *r[3:]) for r in one], sorted((*r[:2], "", *r[3:]) for r in other), FAR)
    assert set(drawn.crossings["way"]) <= {"across"}
    # towards what the distance is measured from is in
    lines = flat(net)
    for r in asked.crossings.itertuples():
        ends = [lines[r.segment_id][i][0] for i in (0, -1)]
        if len(lines[r.segment_id]) == 2:
            rightward = (ends[0] < ends[1]) == (r.travel == "forward")
            assert r.way == ("out" if rightward == east else "in")


# ---- roads that touch the outline, or run along it


def within(
    line: list[tuple[int, int]], box: tuple[int, int, int, int]
) -> list[tuple[Fraction, Fraction, bool]]:
    """Stretches of a line in the closed box: (from, to, whether it only runs along a side), in
    edges and parts."""
    west, south, east, north = box
    found: list[tuple[Fraction, Fraction, bool]] = []
    for k, (p, q) in enumerate(pairwise(line)):
        low, high = Fraction(0), Fraction(1)
        for a, d, least, most in (
            (p[0], q[0] - p[0], west, east),
            (p[1], q[1] - p[1], south, north),
        ):
            if d == 0:
                high = high if least <= a <= most else Fraction(-1)
            else:
                one, other = sorted((Fraction(least - a, d), Fraction(most - a, d)))
                low, high = max(low, one), min(high, other)
        if low <= high:
            x, y = (p[i] + (low + high) / 2 * (q[i] - p[i]) for i in (0, 1))
            edge = x in (west, east) or y in (south, north)
            if found and found[-1][1] == k + low:
                found[-1] = (found[-1][0], k + high, found[-1][2] and edge)
            else:
                found.append((k + low, k + high, edge))
    return found


CASES = {
    "through": ([(-50, 50), (150, 50)], ["in", "out"]),
    "touches at a bend": ([(-50, 50), (0, 50), (-50, 80)], []),
    "in at a corner": ([(-50, 0), (0, 0), (50, 50)], ["in"]),
    "along, then in": ([(-50, 0), (0, 0), (0, 50), (50, 50)], ["in"]),
    "along, then out again": ([(-50, 20), (0, 20), (0, 60), (-50, 60)], []),
    "along a whole side": ([(-50, 0), (150, 0)], []),
    "from inside along and in again": ([(50, 20), (0, 20), (0, 60), (50, 60)], []),
    "from inside along and out": ([(50, 20), (0, 20), (0, 60), (-50, 60)], ["out"]),
    "begins on it, in": ([(0, 50), (50, 50)], []),
    "begins on it, out": ([(0, 50), (-50, 50)], ["out"]),
    "ends on it": ([(-50, 50), (0, 50)], ["in"]),
    "only along": ([(0, 20), (0, 60)], []),
}


@pytest.mark.parametrize("case", CASES)
def test_C5_along_the_outline(case: str) -> None:
    line, ways = CASES[case]
    for path, expected in (
        (line, ways),
        (line[::-1], [{"in": "out", "out": "in"}[w] for w in ways[::-1]]),
    ):
        net = nets.roads({0: path[0], 1: path[-1]}, [(0, 1, {"via": path[1:-1], "oneway": True})])
        shape = polygon((0.0, 0.0, 100.0, 100.0))
        found = cordons.cordons(nets.watches([]), net, shape).crossings
        assert found["way"].tolist() == expected
        # an open line that a road runs along or touches is not told from one it crosses: only
        # running along is
        sides = shape.assign(geometry=shape.boundary)
        across = cordons.cordons(nets.watches([]), net, sides).crossings
        assert case != "along a whole side" or len(across) == 0


@pytest.mark.slow
@settings(max_examples=60)
@given(towns(), st.lists(st.integers(-4, 16), min_size=4, max_size=4))
def test_C5_along_the_outline_equals_brute_force(
    town: tuple[Roads, pd.DataFrame], at: list[int]
) -> None:
    net, read = town
    box = (5 * min(at[:2]), 5 * min(at[2:]), 5 * max(at[:2]) + 5, 5 * max(at[2:]) + 5)
    found = cordons.cordons(read, net, polygon(tuple(map(float, box)))).crossings  # type: ignore[arg-type]
    truth = []
    for segment, line in enumerate(flat(net)):
        spots = [(round(x), round(y)) for x, y in line]
        last = len(spots) - 1
        for low, high, along in within(spots, box):
            if along and low > 0 and high < last:
                continue  # met from outside and left to the outside
            truth += [(segment, "in")] * (low > 0) + [(segment, "out")] * (high < last)
    mine = found[found["travel"] == "forward"]
    assert sorted(zip(mine["segment_id"], mine["way"], strict=True)) == sorted(truth)
