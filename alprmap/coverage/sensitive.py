"""Who is read on the way to a clinic, a house of worship, a court, a school …: category by category
(C11).

A place is driven to along the road it stands at. Its approaches are the roads that lead into a
circle around it and on to it; a place has every approach read when nobody can drive in from
outside and come to it unread.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from alprmap import geo
from alprmap.coverage import every_pair, readers
from alprmap.coverage.doors import NO_ROAD, OUTSIDE, Door, doors
from alprmap.coverage.trips import homes
from alprmap.roads import Graph, Roads

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
NO_APPROACH = "no road leads to it from outside the circle"
TOO_FEW = "too few places: the figure would speak of single ones"
LEVELS = ("low", "mid", "high")


@dataclass(frozen=True, slots=True)
class SensitiveSettings:
    """What C11 rests on.

    within_m
        Radius of the circle that approaches lead into: half a mile, within which streets lead to a
        place rather than past it; a working assumption.
    door_m
        A place farther from every road than this has no road.
    fewest
        A category with fewer places than this has no figures unless single places are asked for.
    farthest
        Trips from people more than so many decay lengths (C6) away are left out: e^-10 of them.
    """

    within_m: float = geo.STATUTE_MILE_M / 2
    door_m: float = 300.0
    fewest: int = 5
    farthest: float = 10.0


@dataclass(frozen=True)
class SensitivePlaces:
    """Tables of C11.

    categories
        One row per category, without a word on single places.
    places, approaches
        One row per place; one per place and approach.
    """

    categories: pd.DataFrame
    places: pd.DataFrame
    approaches: pd.DataFrame
    why_no_trips: str | None = None


@dataclass(frozen=True)
class _Net:
    """A graph with its arcs sorted by head, its junctions in space, and what reads."""

    graph: Graph
    readers: readers.Places
    last_m: FloatArray = field(repr=False)

    @cached_property
    def incoming(self) -> tuple[IntArray, IntArray]:
        order = np.argsort(self.graph.head, kind="stable")
        ends = np.searchsorted(self.graph.head[order], np.arange(self.graph.n_nodes + 1))
        return order, ends

    @cached_property
    def tree(self) -> cKDTree:
        return cKDTree(geo.ecef(self.graph.lon, self.graph.lat))

    def into(self, nodes: IntArray) -> IntArray:
        """Return all arcs whose head is one of some nodes."""
        order, ends = self.incoming
        return order[readers.spans(ends[nodes], ends[nodes + 1])]


def _net(graph: Graph, watches: pd.DataFrame) -> _Net:
    reads = readers.place_readers(watches, graph)
    last = np.full(graph.n_arcs, -np.inf)
    np.maximum.at(last, reads.arc, reads.at_m)
    return _Net(graph, reads, last[graph.twin])


def approaches_of(door: Door, net: _Net, within_m: float) -> tuple[pd.DataFrame, bool]:
    """Return the approaches of a place, and whether one can drive in from outside unread.

    Returns
    -------
    (DataFrame, bool)
        One row per approach: `segment_id`, `travel` (of the arc that enters the circle), `meters`
        and `seconds` from its start to the door by the fastest way inside, `read` and `nearest_m`:
        whether that way is read, and how far before the door last.
    """
    graph = net.graph
    spot = geo.ecef(np.array([door.lon]), np.array([door.lat]))[0]
    nodes = np.sort(np.array(net.tree.query_ball_point(spot, within_m), dtype=np.int64))
    inner = np.zeros(graph.n_nodes, dtype=bool)
    inner[nodes] = True
    last = {own for own, _ in door.arcs}
    steps: dict[int, list[int]] = {}
    for arc in net.into(nodes).tolist():
        if int(graph.twin[arc]) not in last:
            steps.setdefault(int(graph.head[arc]), []).append(arc)
    ends = _last_stretch(door, net)
    far = _fastest(ends, steps, inner, net)
    free = _unread(ends, steps, inner, net)
    rows: dict[int, tuple[float, float, float]] = {}
    unread_in = False
    for arc, (seconds, count, meters, near) in ends.items():
        if not inner[graph.tail[arc]]:
            rows[int(graph.twin[arc])] = (seconds, meters, near)
            unread_in |= count == 0
    for head, arcs in steps.items():
        for arc in arcs:
            if inner[graph.tail[arc]] or head not in far:
                continue
            seconds, _, meters, near = _step(arc, far[head], net)
            rows[int(graph.twin[arc])] = (seconds, meters, near)
            unread_in |= head in free and not net.readers.read[arc]
    own = np.array(sorted(rows), dtype=np.int64)
    return _table_of_approaches([rows[int(a)] for a in own], (graph, own)), unread_in


def _table_of_approaches(
    rows: list[tuple[float, float, float]], arcs: tuple[Graph, IntArray] | None
) -> pd.DataFrame:
    """Return the table of the approaches of a place; without arcs that of one that has none."""
    none = np.empty(0, dtype=np.int64)
    ids, along = none, none > 0
    if arcs is not None:
        graph, own = arcs
        ids, along = graph.segment_id[own], graph.forward[own]
    frame = pd.DataFrame(
        {
            "segment_id": ids,
            "travel": np.where(along, "forward", "backward"),
            "seconds": np.array([r[0] for r in rows], dtype=np.float64),
            "meters": np.array([r[1] for r in rows], dtype=np.float64),
            "nearest_m": np.array([r[2] for r in rows], dtype=np.float64),
        }
    )
    frame.insert(4, "read", np.isfinite(frame["nearest_m"]))
    frame["nearest_m"] = frame["nearest_m"].where(frame["read"])
    return frame


_Cost = tuple[float, int, float, float]
"""Seconds to the door, arcs with a reader on the way, meters, meters from the nearest reader."""


def _last_stretch(door: Door, net: _Net) -> dict[int, _Cost]:
    """Return what the last arc to the door costs, up to it, by arc (copies included)."""
    graph, reads = net.graph, net.readers
    out: dict[int, _Cost] = {}
    for own, meters in door.arcs:
        low, high = np.searchsorted(reads.arc, [own, own + 1])
        before = reads.at_m[low:high][reads.at_m[low:high] <= meters]
        near = meters - float(before.max()) if len(before) else np.inf
        seconds = float(graph.time_s[own]) * meters / float(graph.length_m[own])
        for arc in np.flatnonzero(graph.twin == own).tolist():
            out[arc] = (seconds, int(len(before) > 0), meters, near)
    return out


def _step(arc: int, after: _Cost, net: _Net) -> _Cost:
    """Return what it costs to drive an arc and then on to the door."""
    graph = net.graph
    seconds, count, meters, near = after
    length = float(graph.length_m[arc])
    read = bool(net.readers.read[arc])
    if read and not np.isfinite(near):
        near = meters + length - float(net.last_m[arc])
    return seconds + float(graph.time_s[arc]), count + read, meters + length, near


def _fastest(
    ends: dict[int, _Cost], steps: dict[int, list[int]], inner: BoolArray, net: _Net
) -> dict[int, _Cost]:
    """Return the fastest way to the door from each junction of the circle; of two as fast, the one
    with fewer readings (C6).
    """
    queue = [(cost, int(net.graph.tail[a])) for a, cost in ends.items() if inner[net.graph.tail[a]]]
    heapq.heapify(queue)
    out: dict[int, _Cost] = {}
    while queue:
        cost, node = heapq.heappop(queue)
        if node in out:
            continue
        out[node] = cost
        for arc in steps.get(node, ()):
            tail = int(net.graph.tail[arc])
            if inner[tail] and tail not in out:
                heapq.heappush(queue, (_step(arc, cost, net), tail))
    return out


def _unread(
    ends: dict[int, _Cost], steps: dict[int, list[int]], inner: BoolArray, net: _Net
) -> set[int]:
    """Return the junctions of the circle from which the door can be reached unread."""
    tails = (int(net.graph.tail[a]) for a, cost in ends.items() if cost[1] == 0)
    stack = [node for node in tails if inner[node]]
    out = set(stack)
    while stack:
        for arc in steps.get(stack.pop(), ()):
            tail = int(net.graph.tail[arc])
            if inner[tail] and tail not in out and not net.readers.read[arc]:
                out.add(tail)
                stack.append(tail)
    return out


def trips_to(
    ends: list[Door],
    nets: Mapping[str, _Net],
    people: pd.DataFrame,
    *,
    settings: SensitiveSettings,
) -> tuple[dict[str, FloatArray] | None, str | None]:
    """Return the share of trips to each place that are read, by level; None and why otherwise.

    A trip leads from where people live to the junction next to the place, by the fastest way, and
    weighs by people times exp(-distance / decay) (C6); trips to one place weigh 1 in all.
    """
    trip = every_pair.DEFAULTS
    graph = next(iter(nets.values())).graph
    at = homes(people, graph)
    origin = at["node"].to_numpy(np.int64)
    if not every_pair.affordable(len(origin), graph):
        return None, "too many places where people live for every trip to be driven (C6)"
    node = np.array([_junction(door, graph) for door in ends], dtype=np.int64)
    goal, of = np.unique(node, return_inverse=True)
    home = geo.ecef(graph.lon[origin], graph.lat[origin])
    place = geo.ecef(graph.lon[goal], graph.lat[goal])
    rows: list[IntArray] = []
    columns: list[IntArray] = []
    weights: list[FloatArray] = []
    count = at["people"].to_numpy(np.float64)
    for i, spot in enumerate(home):
        km = np.linalg.norm(place - spot, axis=1) / 1000
        use = np.flatnonzero((km >= trip.least_km) & (km <= settings.farthest * trip.decay_km))
        rows.append(np.full(len(use), i))
        columns.append(use)
        weights.append(count[i] * np.exp(-km[use] / trip.decay_km))
    row, column = np.concatenate(rows), np.concatenate(columns)
    weight = np.concatenate(weights)
    if not len(row):
        return None, "nobody lives a kilometer or more from any of them"
    demand = every_pair.Demand(graph, origin, goal, trip, pair=(row, column, weight))
    read = {level: np.zeros(len(row), dtype=bool) for level in nets}
    know = np.zeros(len(row), dtype=bool)
    candidate = np.zeros(graph.n_arcs, dtype=bool)
    for net in nets.values():
        candidate |= net.readers.read
    first = 0
    middle = nets.get("mid") or next(iter(nets.values()))
    for batch in every_pair.drive(demand, middle.readers, candidate):
        driven = batch["fastest"]
        size = len(driven.weight)
        know[first : first + size] = np.isfinite(driven.km)
        for level, net in nets.items():
            some = driven.trip[net.readers.read[driven.arc]]
            read[level][first + np.unique(some)] = True
        first += size
    whole = np.bincount(column[know], weight[know], len(goal))
    shares = {}
    for level, yes in read.items():
        part = np.bincount(column[know & yes], weight[know & yes], len(goal))
        share = np.divide(part, whole, out=np.full(len(goal), np.nan), where=whole > 0)
        shares[level] = share[of]
    return shares, None


def _junction(door: Door, graph: Graph) -> int:
    """Return the junction nearest to the door along its road."""
    arc, meters = door.arcs[0]
    rest = float(graph.length_m[arc]) - meters
    return int(graph.base[graph.tail[arc] if meters <= rest else graph.head[arc]])


_NO_PEOPLE: tuple[dict[str, FloatArray] | None, str | None] = (None, "no people were given")


def sensitive_places(
    spots: pd.DataFrame,
    roads: Roads,
    watches: Mapping[str, pd.DataFrame],
    *,
    level: str = "mid",
    people: pd.DataFrame | None = None,
    graph: Graph | None = None,
    show_few: bool = False,
    settings: SensitiveSettings = SensitiveSettings(),
) -> SensitivePlaces:
    """Measure how visitors of each category of places are read (C11).

    Parameters
    ----------
    spots
        Places, as `read_sensitive` gives them.
    watches
        What is read, by level: the one asked for, and others for the bounds.
    people
        `lon`, `lat`, `people`; without them nothing is told of trips.
    show_few
        Give figures of categories with fewer than five places as well.
    """
    graph = graph or roads.graph()
    spots = spots.reset_index(drop=True)
    nets = {name: _net(graph, table) for name, table in watches.items()}
    door, why = doors(spots, roads, graph, within_m=settings.within_m, door_m=settings.door_m)
    # a place of two categories is looked at once
    told: dict[str, tuple[dict[str, Any], pd.DataFrame]] = {}
    for name, where in zip(spots["place_id"], door, strict=True):
        if name not in told:
            told[name] = _of_place(where, nets, level, settings)
    rows = pd.DataFrame([told[name][0] for name in spots["place_id"]])
    places = pd.concat([spots, rows], axis=1)
    reason = pd.Series(why, index=spots.index, dtype="object")
    places["left_out"] = reason.mask(reason.isna() & (rows["approaches"] == 0), NO_APPROACH)
    use = places["left_out"].isna().to_numpy()
    shares, no_trips = _NO_PEOPLE
    if people is not None and len(people) and use.any():
        some = [where for where, fits in zip(door, use, strict=True) if where is not None and fits]
        shares, no_trips = trips_to(some, nets, people, settings=settings)
    for name in nets:
        column = np.full(len(places), np.nan)
        if shares is not None:
            column[use] = shares[name]
        places[f"trips_read_share_{name}"] = column
    parts = [found.assign(place_id=name) for name, (_, found) in told.items()]
    approaches = pd.concat(parts, ignore_index=True)
    table = _categories(places, approaches, level, tuple(nets), show_few, settings)
    return SensitivePlaces(table, _listed(places, level), approaches, no_trips)


def _of_place(
    door: Door | None, nets: Mapping[str, _Net], level: str, settings: SensitiveSettings
) -> tuple[dict[str, Any], pd.DataFrame]:
    row: dict[str, Any] = {"approaches": 0, "nearest_reader_m": np.nan}
    kept = _table_of_approaches([], None)
    for name, net in nets.items():
        if door is None:
            row |= {f"approaches_read_{name}": 0, f"every_{name}": False}
            continue
        found, unread_in = approaches_of(door, net, settings.within_m)
        row["approaches"] = len(found)
        row[f"approaches_read_{name}"] = int(found["read"].sum())
        row[f"every_{name}"] = bool(len(found)) and not unread_in
        if name == level:
            kept = found
            row["nearest_reader_m"] = found["nearest_m"].min() if len(found) else np.nan
    return row, kept


def _categories(
    places: pd.DataFrame,
    approaches: pd.DataFrame,
    level: str,
    levels: tuple[str, ...],
    show_few: bool,
    settings: SensitiveSettings,
) -> pd.DataFrame:
    """Return one row per category, all of its places accounted for."""
    rows = []
    for category, every in places.groupby("category", sort=True):
        some = every[every["left_out"].isna()]
        row: dict[str, Any] = {"category": category, "listed": len(every), "places": len(some)}
        for name, reason in (("no_road", NO_ROAD), ("outside", OUTSIDE), ("shut", NO_APPROACH)):
            row[name] = int((every["left_out"] == reason).sum())
        few = len(some) < settings.fewest and not show_few
        row["why"] = TOO_FEW if few else None
        use = some.iloc[:0] if few else some
        near = approaches[approaches["place_id"].isin(use["place_id"])] if len(use) else None
        row["approaches"] = int(use["approaches"].sum()) if len(use) else np.nan
        figures = {n: _figures(use, n) for n in levels}
        for name in ("approaches_read_share", "every_approach_read", "every_share", "trips"):
            row[name] = figures[level][name]
            both = [f[name] for f in figures.values() if f[name] == f[name]]
            row[f"{name}_low"] = min(both) if both else np.nan
            row[f"{name}_high"] = max(both) if both else np.nan
        row["nearest_reader_m"] = np.nan if near is None else near["nearest_m"].median()
        rows.append(row)
    frame = pd.DataFrame(rows)
    renamed = {f"trips{e}": f"trips_read_share{e}" for e in ("", "_low", "_high")}
    renamed |= {f"every_share{e}": f"every_approach_read_share{e}" for e in ("", "_low", "_high")}
    return frame.rename(columns=renamed).astype({"category": "str", "why": "str"})


def _figures(some: pd.DataFrame, name: str) -> dict[str, float]:
    if not len(some):
        wanted = ("approaches_read_share", "every_approach_read", "every_share", "trips")
        return dict.fromkeys(wanted, np.nan)
    trips = some[f"trips_read_share_{name}"]
    return {
        "approaches_read_share": some[f"approaches_read_{name}"].sum() / some["approaches"].sum(),
        "every_approach_read": float(some[f"every_{name}"].sum()),
        "every_share": float(some[f"every_{name}"].mean()),
        "trips": float(trips.mean()) if trips.notna().any() else np.nan,
    }


def _listed(places: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return the table of single places, which is shown only when it is asked for."""
    names = {
        f"approaches_read_{level}": "approaches_read",
        f"every_{level}": "every_approach_read",
        f"trips_read_share_{level}": "trips_read_share",
    }
    first = ["place_id", "category", "name", "lon", "lat", "source", "left_out", "approaches"]
    frame = places.rename(columns=names)
    frame = frame[[*first, *names.values(), "nearest_reader_m"]]
    return (
        frame.astype({"left_out": "str"})
        .sort_values(["category", "place_id"])
        .reset_index(drop=True)
    )
