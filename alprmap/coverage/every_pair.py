"""Every trip instead of a sample of them (rule C6): all pairs of places, each with its weight.

One search from each origin gives the fastest ways to all others. On each of these trees the arcs
that are read, at any setting, are strung together, so that a trip costs a step per reading and not
one per junction. Which settings read a trip is kept as one bit each: a further draw of the
assumptions costs a look-up (`alprmap.coverage.uncertainty`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import geo, steps
from alprmap.coverage import readers
from alprmap.coverage.search import exposure
from alprmap.coverage.search.journeys import cheapest
from alprmap.coverage.trips import LENGTHS_KM, Trips, TripSettings, homes
from alprmap.errors import InputError
from alprmap.roads import UNREACHED, Graph

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
MOST_ORIGINS = 10_000
"""C6: with more origins than this a sample is drawn instead."""
MOST_CELLS = 4_000_000_000
"""C6: origins times junctions that are searched at most (about ten minutes on one core)."""
OF_TRIPS = 100_000
"""Weights of trips are written as so many trips in all, so that tables hold whole numbers."""
TIMES = (1, 2, 5)
"""A trip read at least so many times is counted apart."""


@dataclass(frozen=True)
class Demand:
    """Who drives where: trips from `origin` to `goal` (junctions), weights that sum to 1.

    With `people` (per goal, which are the origins too) the weights follow from them and the
    distance; else `pair` lists (origin, goal, weight) as numbers into both.
    """

    graph: Graph
    origin: IntArray
    goal: IntArray
    settings: TripSettings
    people: FloatArray | None = None
    pair: tuple[IntArray, IntArray, FloatArray] | None = None

    def trips(self, number: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return (row in `number`, goal, weight) of all trips from some origins."""
        if self.people is None:
            assert self.pair is not None
            origin, goal, weight = self.pair
            low, high = (np.searchsorted(origin, number, side=s) for s in ("left", "right"))
            row = np.repeat(np.arange(len(number)), high - low)
            at = readers.spans(low, high)
            return row, goal[at], weight[at]
        xyz = geo.ecef(self.graph.lon[self.goal], self.graph.lat[self.goal])
        km = np.stack([np.sqrt(((xyz - xyz[i]) ** 2).sum(axis=1)) for i in number]) / 1000
        pull = self.people * np.exp(-km / self.settings.decay_km) * (km >= self.settings.least_km)
        each = pull.sum(axis=1, keepdims=True)
        share = (self.people / self.people.sum())[number][:, None]
        weight = np.where(each > 0, share * pull / np.where(each > 0, each, 1.0), 0.0)
        row, goal = np.nonzero(weight > 0)
        return row, goal, weight[row, goal]


DEFAULTS = TripSettings()


def demand(people: pd.DataFrame, graph: Graph, *, settings: TripSettings = DEFAULTS) -> Demand:
    """Return all trips from people to people: origin by people, destination by people times
    exp(-distance / decay) (C6).

    Raises
    ------
    InputError
        When fewer than two places with people lie on the network, or none are far enough apart.
    """
    at = homes(people, graph)
    node = at["node"].to_numpy(np.int64)
    out = Demand(graph, node, node, settings, people=at["people"].to_numpy(np.float64))
    if not any(len(out.trips(np.array([i]))[0]) for i in range(len(node))):
        raise InputError(
            f"no two places with people lie {geo.miles_text(settings.least_km)} apart",
            fix="take a larger area",
        )
    return out


def demand_of_pairs(trips: pd.DataFrame, graph: Graph) -> Demand:
    """Return the trips of a table of pairs, each with its `weight` (`trips.pairs`)."""
    trips = trips.groupby(["origin", "destination"])[["weight"]].sum().reset_index()
    origin, a = np.unique(trips["origin"].to_numpy(np.int64), return_inverse=True)
    goal, b = np.unique(trips["destination"].to_numpy(np.int64), return_inverse=True)
    weight = trips["weight"].to_numpy(np.float64)
    order = np.argsort(a, kind="stable")
    pair = (a[order], b[order], weight[order] / weight.sum())
    return Demand(graph, origin, goal, DEFAULTS, pair=pair)


def affordable(origins: int, graph: Graph) -> bool:
    """Whether all trees fit the time budget (C6)."""
    return origins <= MOST_ORIGINS and origins * graph.n_nodes <= MOST_CELLS


@dataclass(frozen=True)
class Driven:
    """One batch of trips by one way: weight, minutes, km, and what reads them.

    `trip` and `arc` list the candidate arcs (own numbers) on each trip.
    """

    origin: IntArray
    weight: FloatArray
    minutes: FloatArray
    km: FloatArray
    trip: IntArray
    arc: IntArray


def drive(
    demand: Demand,
    places: readers.Places,
    candidate: NDArray[np.bool_],
    *,
    ways: tuple[exposure.Way, ...] = ("fastest",),
    progress: Progress | None = None,
) -> Iterator[dict[str, Driven]]:
    """Yield all trips batch by batch, by each of the ways, in the same order.

    Parameters
    ----------
    places
        What is read: the least-read way depends on it, the fastest only in a tie.
    candidate
        Per arc (own number) whether it is listed; shape (n_arcs,).
    """
    graph = demand.graph
    copies_at, copies = exposure.copies(graph)
    ends = np.r_[demand.origin, copies[np.isin(graph.base[copies], demand.goal)]]
    routers = {w: exposure.Router(graph, places.count, w, terminals=ends) for w in ways}
    size = max(1, exposure.BATCH_CELLS // max(graph.n_nodes, 1))
    for first in range(0, len(demand.origin), size):
        number = np.arange(first, min(first + size, len(demand.origin)))
        row, goal, weight = demand.trips(number)
        made: dict[str, Driven] = {}
        for way, router in routers.items():
            parts = list(router.trees(demand.origin[number]))
            made[way] = _join(
                [
                    _batch(
                        router,
                        trees,
                        _of(trees.number, row),
                        row,
                        demand.goal[goal],
                        weight,
                        candidate,
                        (copies_at, copies),
                        number,
                    )
                    for trees in parts
                ],
                len(row),
            )
        (progress or steps.tell)("every pair", int(number[-1]) + 1, len(demand.origin))
        yield made


def _of(number: IntArray, row: IntArray) -> IntArray:
    """Return the trips whose tree is among the numbered ones."""
    return np.flatnonzero(np.isin(row, number))


def _join(parts: list[tuple[IntArray, Driven]], count: int) -> Driven:
    """Put the trips of several sets of trees back in order."""
    if len(parts) == 1:
        return parts[0][1]
    at = np.concatenate([some for some, _ in parts])
    order = np.argsort(at, kind="stable")
    columns = {
        name: np.concatenate([getattr(d, name) for _, d in parts])[order]
        for name in ("origin", "weight", "minutes", "km")
    }
    trip = np.concatenate([some[d.trip] for some, d in parts])
    arc = np.concatenate([d.arc for _, d in parts])
    by_trip = np.argsort(trip, kind="stable")
    assert len(at) == count
    return Driven(**columns, trip=trip[by_trip], arc=arc[by_trip])


def _batch(
    router: exposure.Router,
    trees: exposure.Trees,
    some: IntArray,
    row: IntArray,
    goal: IntArray,
    weight: FloatArray,
    candidate: NDArray[np.bool_],
    copies: tuple[IntArray, IntArray],
    number: IntArray,
) -> tuple[IntArray, Driven]:
    graph = router.graph
    local = np.searchsorted(trees.number, row[some])
    column = cheapest(trees, local, goal[some], *copies)
    there = column >= 0
    width = len(trees.nodes)
    before = trees.before.astype(np.int64)
    flat = np.arange(before.size).reshape(before.shape)
    root = before == UNREACHED
    # columns are local to the part of the network that was searched: so are the predecessors
    up = np.where(root, flat, flat - flat % width + before).ravel()
    heads = np.flatnonzero(~root.ravel())
    entry = np.full(before.size, -1)
    entry[heads] = router.entries(trees.nodes[up[heads] % width], trees.nodes[heads % width])
    marked, length, arc_at, arcs = router.listed(candidate)
    stop = (entry < 0) | marked[entry]
    at = local[there] * width + column[there]
    meters = np.full(len(some), np.nan)
    meters[there] = _to_root(up, np.where(entry >= 0, length[entry], 0.0))[at]
    minutes = np.full(len(some), np.nan)
    minutes[there] = router.time_s(trees.cost[local[there], column[there]]) / 60
    trip, steps = _marked_steps(up, stop, entry, at)
    low, high = arc_at[steps], arc_at[steps + 1]
    listed = arcs[readers.spans(low, high)]
    trip = np.flatnonzero(there)[np.repeat(trip, high - low)]
    order = np.argsort(trip, kind="stable")
    driven = Driven(
        number[row[some]],
        weight[some],
        minutes,
        meters / 1000,
        trip[order],
        graph.twin[listed[order]],
    )
    return some, driven


def _to_root(up: IntArray, value: FloatArray) -> FloatArray:
    """Return the sum of the values on the way to the root, by pointer doubling."""
    total, jump = value.copy(), up
    while True:
        further = jump[jump]
        if (further == jump).all():
            return total
        total = total + np.where(further == jump, 0.0, total[jump])
        jump = further


def _marked_steps(
    up: IntArray, stop: NDArray[np.bool_], entry: IntArray, at: IntArray
) -> tuple[IntArray, IntArray]:
    """Return (path, entry) of the marked entries on the way from some nodes to their roots."""
    jump = np.where(stop, np.arange(len(up)), up)
    while True:
        further = jump[jump]
        if (further == jump).all():
            break
        jump = further
    path, node = np.arange(len(at)), jump[at]
    paths, entries = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    while True:
        on = entry[node] >= 0
        path, node = path[on], node[on]
        if not len(path):
            return np.concatenate(paths), np.concatenate(entries)
        paths.append(path)
        entries.append(entry[node])
        node = jump[up[node]]


@dataclass
class _Sets:
    """Trips put together by which cameras read them: all that is asked of who reads whom."""

    weight: dict[bytes, float] = field(default_factory=dict)

    def add(self, count: int, trip: IntArray, camera: IntArray, weight: FloatArray) -> None:
        """Add trips; (trip, camera) sorted, each pair once."""
        first = np.searchsorted(trip, np.arange(count + 1))
        camera = camera.astype(np.int32)
        for i in np.flatnonzero(np.diff(first)):
            key = camera[first[i] : first[i + 1]].tobytes()
            self.weight[key] = self.weight.get(key, 0.0) + float(weight[i])
        unread = float(weight[np.diff(first) == 0].sum())
        self.weight[b""] = self.weight.get(b"", 0.0) + unread


@dataclass(frozen=True)
class Weighed:
    """All trips, weighed (C6): `summary` as `trips.summary` gives it, `sets` as `Trips` with a
    weight, `origins` one row per origin, and `pairs`, how many were driven."""

    summary: pd.DataFrame
    sets: Trips
    origins: pd.DataFrame
    pairs: int
    left_out: dict[str, int]


def weigh(
    demand: Demand,
    places: readers.Places,
    *,
    full: bool = True,
    left_out: dict[str, int] | None = None,
    progress: Progress | None = None,
) -> Weighed:
    """Drive all trips by the fastest and by the least-read way, and sum them up (C6)."""
    bins = len(LENGTHS_KM)
    sums: dict[str, FloatArray] = {}
    n = len(demand.origin)
    per_origin = np.zeros((n, 3))
    sets, pairs, no_way = _Sets(), 0, 0

    def add(name: str, length: IntArray, value: FloatArray) -> None:
        total = np.bincount(length, value, bins)
        total[-1] = value.sum()
        sums[name] = sums[name] + total if name in sums else total.astype(np.float64)

    for both in drive(
        demand, places, places.count > 0, ways=("fastest", "least"), progress=progress
    ):
        fast, least = both["fastest"], both["least"]
        trip, camera = _cameras(places, fast)
        many = np.bincount(trip, minlength=len(fast.weight)).astype(np.float64)
        fewest = _cameras(places, least)[0]
        fewest = np.bincount(fewest, minlength=len(fast.weight)).astype(np.float64)
        know = np.isfinite(fast.km)
        no_way, pairs = no_way + int((~know).sum()), pairs + int(know.sum())
        length = np.digitize(fast.km[know], LENGTHS_KM[1:-1])
        w, r, low = fast.weight[know], many[know], fewest[know]
        minutes, extra = fast.minutes[know], (least.minutes - fast.minutes)[know]
        values = {"weight": w, "trips": np.ones(len(w)), "readers": w * r, "km": w * fast.km[know]}
        values |= {f"read_{k}": w * (r >= k) for k in TIMES}
        values |= {"unread": w * (low == 0), "least": w * low, "minutes": w * minutes}
        values |= {"extra": w * extra, "extra_read": w * extra * (r > 0)}
        for name, value in values.items():
            add(name, length, value)
        for k, value in enumerate((w, w * (r > 0), w * r)):
            per_origin[:, k] += np.bincount(fast.origin[know], value, n)
        if full:
            sets.add(len(many), trip, camera, np.where(know, fast.weight, 0.0))
    left = {**(left_out or {}), "no way": no_way}
    return Weighed(
        _summary(sums, n), _trips(sets, places, left), _origins(demand, per_origin), pairs, left
    )


def _cameras(places: readers.Places, driven: Driven) -> tuple[IntArray, IntArray]:
    """Return (trip, camera) of who reads each trip, each pair once, sorted."""
    low, high = (np.searchsorted(places.arc, driven.arc, side=s) for s in ("left", "right"))
    count = max(len(places.camera_id), 1)
    camera = places.camera[readers.spans(low, high)]
    key = np.unique(np.repeat(driven.trip, high - low) * count + camera)
    return key // count, key % count


def _summary(sums: dict[str, FloatArray], origins: int) -> pd.DataFrame:
    """Return the rows `all`, `0-5 km` … of the sums."""
    rows: list[dict[str, Any]] = []
    for i in (len(LENGTHS_KM) - 1, *range(len(LENGTHS_KM) - 1)):
        s = {name: float(value[i]) for name, value in sums.items()}
        if not s.get("trips"):
            continue
        whole, read = s["weight"], s["read_1"]
        low, high = LENGTHS_KM[i : i + 2] if i < len(LENGTHS_KM) - 1 else (0.0, np.inf)
        name = f"{low:g}-{high:g} km" if np.isfinite(high) else f"over {low:g} km"
        rows.append(
            {
                "length": "all" if i == len(LENGTHS_KM) - 1 else name,
                "how": "every pair, weighed",
                "trips": int(s["trips"]),
                "weight_share": whole / float(sums["weight"][-1]),
                "origins": origins,
                **{f"share_read_{k}": s[f"read_{k}"] / whole for k in TIMES},
                "readers_per_trip": s["readers"] / whole,
                "readers_per_km": s["readers"] / s["km"] if s["km"] else np.nan,
                "share_unread_possible": s["unread"] / whole,
                "readers_least": s["least"] / whole,
                "extra_minutes": s["extra"] / whole,
                "extra_minutes_read": s["extra_read"] / read if read else np.nan,
                "extra_share": s["extra"] / s["minutes"] if s["minutes"] else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _trips(sets: _Sets, places: readers.Places, left_out: dict[str, int]) -> Trips:
    weight = pd.Series(sets.weight, dtype="float64")
    cameras = [np.frombuffer(key, dtype=np.int32) for key in sets.weight]
    many = np.array([len(c) for c in cameras], dtype=np.int64)
    trip = np.arange(len(weight))
    share = OF_TRIPS * weight.to_numpy()
    table = pd.DataFrame({"trip": trip, "km": 1.0, "readers": many, "weight": share})
    who = np.concatenate(cameras) if cameras else np.zeros(0, dtype=np.int32)
    passes = pd.DataFrame(
        {
            "trip": np.repeat(trip, many),
            "camera_id": pd.Series(places.camera_id[who], dtype="str"),
            "way": pd.Series(["fastest"] * len(who), dtype="str"),
        }
    )
    return Trips(table, passes, left_out)


def _origins(demand: Demand, sums: FloatArray) -> pd.DataFrame:
    graph, some = demand.graph, sums[:, 0] > 0
    node = demand.origin[some]
    weight, read, readers_met = sums[some].T
    return pd.DataFrame(
        {
            "lon": graph.lon[node],
            "lat": graph.lat[node],
            "weight": weight,
            "share_read_1": read / weight,
            "readers_per_trip": readers_met / weight,
        }
    )
