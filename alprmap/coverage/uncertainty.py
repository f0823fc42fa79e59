"""How sure a figure on roads is: one model of what is assumed, for all of them (C7).

What a camera reads rests on assumptions nobody has measured for all cameras: which side of a
vehicle, how far, how wide, and how well the map knows place and heading. Trips rest on the ways
people choose, and on a sample where not all can be driven. A draw sets all of them at once; the
figures of many draws are the interval, and draws of one assumption alone say which of them
matters. The fastest ways are looked for once per set of link times: a draw changes which arcs are
read, and costs a look-up (docs/uncertainty.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import steps
from alprmap.coverage import every_pair, map_errors, readers, unread
from alprmap.coverage.reader_corridors import CorridorShares
from alprmap.errors import UsageError
from alprmap.roads import Graph, Roads, network_beside
from alprmap.watch import Carriageways, Facing, watch_levels
from alprmap.watch import Settings as WatchSettings

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
DRAWS = 100
"""`--draws` when not said."""
FACINGS: tuple[Facing, ...] = ("rear", "front", "either")
"""Facing rules, drawn alike: no project that uses one has compared it with the others."""
ASSUMPTIONS = (
    "facing rule",
    "range",
    "width",
    "heading error",
    "position error",
    "unknown heading",
    "route choice",
    "sampling",
)
MOST_BITS = 62
"""Draws in one word of bits."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is varied, and by how much.

    draws, seed
        How many draws of everything at once, and of which seed.
    errors
        How far a mapped place and heading are off (`map_errors.Errors`).
    times_sd, routes
        Link times differ from the model by this much (standard deviation of the logarithm, per
        way), in so many sets beside the model itself.
    alone
        Draws of one assumption alone, the others as at mid.
    low, high
        The interval.
    """

    draws: int = DRAWS
    seed: int = 18
    errors: map_errors.Errors = field(default_factory=map_errors.Errors)
    times_sd: float = 0.2
    routes: int = 4
    alone: int = 9
    low: float = 0.05
    high: float = 0.95


@dataclass(frozen=True, slots=True)
class Draw:
    """One set of assumptions; a seed of None leaves headings, positions or unknown headings as
    they are at mid. `varied` is `all`, or the one assumption that differs from mid.
    """

    varied: str
    watch: WatchSettings
    heading: int | None = None
    position: int | None = None
    unknown: int | None = None
    route: int = 0


@dataclass(frozen=True)
class Uncertainty:
    """What the draws gave.

    draws
        One row per draw: `varied`, `facing`, `range_m`, `width_deg`, `route`, and the measures.
    table
        One row per measure: `mid` (as at mid, without errors), `median`, `low`, `high` (5 and
        95 %; missing where all draws agree), `draws`, `leads` (the assumption with the largest
        share of the spread).
    shares
        One row per measure and assumption: `sd` alone, and its `share` of the sum of variances.
    positions
        What a wrong position keeps, as `map_errors.positions_kept` gives it.
    """

    draws: pd.DataFrame
    table: pd.DataFrame
    shares: pd.DataFrame
    positions: pd.DataFrame


def plan(mid: WatchSettings, settings: Settings, *, sampled: bool) -> list[Draw]:
    """Return the draws: of everything at once, then of one assumption at a time (C7).

    Range and width are triangular between their values at low and high, most likely at mid, and
    drawn evenly over their quantiles (Latin hypercube); facing rules are alike.
    """
    if settings.draws < 1:
        raise UsageError(f"--draws {settings.draws} is no number of draws", fix="give 1 or more")
    rng, n = np.random.default_rng(settings.seed), settings.draws
    at = [(rng.permutation(n) + rng.uniform(size=n)) / n for _ in range(4)]
    ranges, widths = _triangular("range_m", at[0]), _triangular("width_deg", at[1])
    facing, route = (at[2] * 3).astype(int), (at[3] * (settings.routes + 1)).astype(int)
    seeds = rng.integers(0, 2**31, (3, n + settings.alone))
    draws = [
        Draw(
            "all",
            replace(mid, facing=FACINGS[facing[i]], range_m=ranges[i], width_deg=widths[i]),
            heading=int(seeds[0][i]),
            position=int(seeds[1][i]),
            unknown=int(seeds[2][i]),
            route=int(route[i]),
        )
        for i in range(n)
    ]
    even = (np.arange(settings.alone) + 0.5) / settings.alone
    draws += [Draw("facing rule", replace(mid, facing=f)) for f in FACINGS]
    draws += [Draw("range", replace(mid, range_m=r)) for r in _triangular("range_m", even)]
    draws += [Draw("width", replace(mid, width_deg=w)) for w in _triangular("width_deg", even)]
    alone = seeds[:, n:].tolist()
    draws += [Draw("heading error", mid, heading=seed) for seed in alone[0]]
    draws += [Draw("position error", mid, position=seed) for seed in alone[1]]
    draws += [Draw("unknown heading", mid, unknown=seed) for seed in alone[2]]
    draws += [Draw("route choice", mid, route=k) for k in range(settings.routes + 1)]
    return draws + [Draw("sampling", mid)] * (settings.alone if sampled else 0)


def _triangular(name: str, share: FloatArray) -> list[float]:
    """Return quantiles of the triangle over low, mid, high of a watch setting."""
    low, mid, high = (float(getattr(watch_levels(x), name)) for x in ("low", "mid", "high"))
    top = (mid - low) / (high - low)
    # scipy.stats.triang.ppf, which takes a second to load
    place = np.where(share < top, np.sqrt(top * share), 1.0 - np.sqrt((1.0 - top) * (1.0 - share)))
    return [float(v) for v in place * (high - low) + low]


@dataclass(frozen=True)
class Town:
    """What draws are made on: cameras and views, the network, people, and the trips."""

    cameras: pd.DataFrame
    views: pd.DataFrame
    roads: Roads
    graph: Graph
    demand: every_pair.Demand | None = None
    people: pd.DataFrame | None = None
    radii_m: tuple[float, ...] = ()
    sampled: bool = False


def measure_draws(
    town: Town, mid: WatchSettings, *, settings: Settings, progress: Progress | None = None
) -> Uncertainty:
    """Draw, measure, and sum up (C7).

    Returns
    -------
    `Uncertainty`. Measures: `c1_road_share_<R>km` (C1), `c4_largest_unread_share`,
    `c4_people_in_largest_share` (C4), `c6_share_read_1` and `c6_readings_per_trip` (C6; a camera
    that reads a trip twice counts twice). C2 and the least-read way are not drawn: they need a
    search each.
    """
    draws = plan(mid, settings, sampled=town.sampled)
    near = network_beside(town.roads, *_places(town, mid, settings))
    net = Carriageways.of(near.segments)
    needed = {f: map_errors.reading_views(net, town.cameras, town.views, f) for f in FACINGS}
    drawn = [map_errors.Drawn(d.watch, settings.errors, d.position, d.heading) for d in draws]
    laid = map_errors.all_drawn(net, town.cameras, town.views, needed, drawn)
    placed = [
        readers.place_readers(_one_way(watches, draw), town.graph)
        for watches, draw in zip(laid, draws, strict=True)
    ]
    roads = on_roads(town, placed, progress)
    table = pd.concat([pd.DataFrame([_row(draw) for draw in draws]), roads], axis=1)
    if town.demand is not None:
        table = table.assign(**_on_trips(town, draws, placed, settings, progress))
    measures = [c for c in table.columns if c.startswith("c") and c[1].isdigit()]
    middle = table[table["varied"] == "facing rule"].iloc[FACINGS.index(mid.facing)]
    shares = _shares(table, measures)
    summed = _summed(table, measures, middle, shares, settings)
    kept = map_errors.positions_kept(
        net, near, town.cameras, town.views, mid, repeats=settings.alone, seed=settings.seed
    )
    return Uncertainty(table, summed, shares, kept)


def _places(
    town: Town, mid: WatchSettings, settings: Settings
) -> tuple[FloatArray, FloatArray, float]:
    """Return where the cameras are, and from how far away a draw may let one read a road."""
    lon, lat = (town.cameras[c].to_numpy(np.float64) for c in ("lon", "lat"))
    error = settings.errors.position_m
    if "position_error_m" in town.cameras.columns:
        error = max(error, float(town.cameras["position_error_m"].max(skipna=True) or 0.0))
    # ten standard deviations: farther no draw of a normal error has ever been
    reach = max(mid.range_m, watch_levels("high").range_m)
    return lon, lat, reach + 10.0 * np.nan_to_num(error)


def measured(
    town: Town, placed: list[readers.Places], *, progress: Progress | None = None
) -> pd.DataFrame:
    """Return the measures of the draws for any sets of readers, a row each, at the link times of
    the model.
    """
    table = on_roads(town, placed, progress)
    if town.demand is None:
        return table
    read, every, count = looked_up(town.demand, placed, progress)
    whole = every.sum()
    share, readings = (x.sum(axis=0) / whole if whole else np.nan for x in (read, count))
    return table.assign(c6_share_read_1=share, c6_readings_per_trip=readings)


def _one_way(watches: pd.DataFrame, draw: Draw) -> pd.DataFrame:
    """Let views of unknown heading look one way, where the draw says so."""
    if draw.unknown is None:
        return watches
    return map_errors.one_carriageway(watches, draw.unknown, draw.watch.facing)


def _row(draw: Draw) -> dict[str, Any]:
    watch = draw.watch
    return {
        "varied": draw.varied,
        "facing": watch.facing,
        "range_m": watch.range_m,
        "width_deg": watch.width_deg,
        "route": draw.route,
    }


def on_roads(
    town: Town, placed: list[readers.Places], progress: Progress | None = None
) -> pd.DataFrame:
    """Return the measures on roads (C1, C4) for sets of readers, a row each."""
    home = None if town.people is None else unread.snapped(town.people, town.graph)
    near = CorridorShares.on(town.roads, town.graph, town.radii_m) if town.radii_m else None
    counts = readers.arcs_inside(town.roads.segments, town.graph)
    rows = []
    for i, places in enumerate(placed):
        row: dict[str, float] = {}
        if near is not None:
            row |= {f"c1_road_share_{r / 1000:g}km": v for r, v in near.of(places).items()}
        road, people = unread.largest_zone(town.graph, places.read, home, counts)
        row["c4_largest_unread_share"] = road
        if home is not None:
            row["c4_people_in_largest_share"] = people
        rows.append(row)
        (progress or steps.tell)("draws", i + 1, len(placed))
    return pd.DataFrame(rows)


def _on_trips(
    town: Town,
    draws: list[Draw],
    placed: list[readers.Places],
    settings: Settings,
    progress: Progress | None,
) -> dict[str, FloatArray]:
    """Look up, per draw, the share of trips that is read and the readings per trip."""
    assert town.demand is not None
    share, readings = np.full(len(draws), np.nan), np.full(len(draws), np.nan)
    origins = len(town.demand.origin)
    for route in sorted({d.route for d in draws}):
        some = [i for i, d in enumerate(draws) if d.route == route]
        graph = _other_times(town, route, settings)
        demand = replace(town.demand, graph=graph)
        read, every, count = looked_up(demand, [placed[i] for i in some], progress)
        for k, i in enumerate(some):
            factor = np.ones(origins)
            if town.sampled and draws[i].varied in ("all", "sampling"):
                # the bootstrap over origins: those of one origin share their search and their fate
                rng = np.random.default_rng((settings.seed, i))
                factor = rng.multinomial(origins, np.full(origins, 1 / origins)).astype(np.float64)
            whole = float(factor @ every)
            share[i] = factor @ read[:, k] / whole if whole else np.nan
            readings[i] = factor @ count[:, k] / whole if whole else np.nan
    return {"c6_share_read_1": share, "c6_readings_per_trip": readings}


def _other_times(town: Town, route: int, settings: Settings) -> Graph:
    """Return the graph with link times of a set: 0 is the model (G1) itself."""
    if route == 0:
        return town.graph
    rng = np.random.default_rng((settings.seed, 7919, route))
    way, number = np.unique(town.roads.segments["way_id"].to_numpy(), return_inverse=True)
    factor = np.exp(rng.normal(0.0, settings.times_sd, len(way)))[number]
    row = readers.rows(town.roads.segments, town.graph.segment_id)
    return replace(town.graph, time_s=town.graph.time_s * factor[row])


def looked_up(
    demand: every_pair.Demand, placed: list[readers.Places], progress: Progress | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return per origin (and draw) the weight of trips read, of all trips, and of readings."""
    graph, origins = demand.graph, len(demand.origin)
    candidate = np.zeros(graph.n_arcs, dtype=bool)
    for places in placed:
        candidate[places.arc] = True
    number = np.cumsum(candidate) - 1
    bits = np.zeros((int(candidate.sum()), -(-len(placed) // MOST_BITS)), dtype=np.uint64)
    counts = np.zeros((len(bits), len(placed)))
    for k, places in enumerate(placed):
        at = np.unique(number[places.arc])
        bits[at, k // MOST_BITS] |= np.uint64(1) << np.uint64(k % MOST_BITS)
        np.add.at(counts[:, k], number[places.arc], 1.0)
    read, every = np.zeros((origins, len(placed))), np.zeros(origins)
    readings = np.zeros((origins, len(placed)))
    # ties of the fastest way are broken as at the first draw: exact ones are rare
    for both in every_pair.drive(demand, placed[0], candidate, progress=progress):
        fast = both["fastest"]
        known = np.isfinite(fast.km)
        np.add.at(every, fast.origin[known], fast.weight[known])
        arc = number[fast.arc]
        _readings(readings, fast, arc, counts)
        trip, first = np.unique(fast.trip, return_index=True)
        if len(trip):
            _read(read, fast, trip, np.bitwise_or.reduceat(bits[arc], first, axis=0))
    return read, every, readings


def _readings(
    total: FloatArray, fast: every_pair.Driven, arc: IntArray, counts: FloatArray
) -> None:
    """Add the readings of all draws: the flow of each origin over the arcs, times the readers."""
    from scipy import sparse

    at = (fast.origin[fast.trip], arc)
    flow = sparse.csr_array((fast.weight[fast.trip], at), shape=(len(total), len(counts)))
    total += flow @ counts


def _read(
    total: FloatArray, fast: every_pair.Driven, trip: IntArray, bits: NDArray[np.uint64]
) -> None:
    """Add the weight of the trips that are read, per origin and draw."""
    from scipy import sparse

    at = (fast.origin[trip], np.arange(len(trip)))
    weight = sparse.csr_array((fast.weight[trip], at), shape=(len(total), len(trip)))
    for k in range(total.shape[1]):
        yes = (bits[:, k // MOST_BITS] >> np.uint64(k % MOST_BITS)) & np.uint64(1)
        total[:, k] += weight @ yes.astype(np.float64)


def _shares(table: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Return the spread each assumption causes alone, and its share of the sum of variances."""
    rows = []
    for name in measures:
        alone = {a: table.loc[table["varied"] == a, name].var(ddof=0) for a in ASSUMPTIONS}
        # exact to rounding: what is the same in all draws has no spread
        alone = {a: 0.0 if not v > 1e-18 else float(v) for a, v in alone.items()}
        whole = sum(alone.values())
        rows += [
            {
                "measure": name,
                "assumption": a,
                "sd": float(np.sqrt(v)),
                "share": v / whole if whole else 0.0,
            }
            for a, v in alone.items()
        ]
    return pd.DataFrame(rows).astype({"measure": "str", "assumption": "str"})


def _summed(
    table: pd.DataFrame,
    measures: list[str],
    middle: pd.Series,
    shares: pd.DataFrame,
    settings: Settings,
) -> pd.DataFrame:
    every = table[table["varied"] == "all"]
    rows = []
    for name in measures:
        low, median, high = every[name].quantile([settings.low, 0.5, settings.high])
        if not low < high:
            low = high = np.nan
        by = shares[shares["measure"] == name].sort_values("share", ascending=False)
        leads = str(by["assumption"].iloc[0]) if by["share"].iloc[0] > 0 else None
        rows.append(
            {
                "measure": name,
                "mid": float(middle[name]),
                "median": median,
                "low": low,
                "high": high,
                "draws": len(every),
                "leads": leads,
            }
        )
    return pd.DataFrame(rows).astype({"measure": "str", "leads": "str"})
