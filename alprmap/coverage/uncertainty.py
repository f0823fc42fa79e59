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
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import triang

from alprmap import geo
from alprmap.coverage import every_pair, readers, unread
from alprmap.coverage.reader_corridors import corridor_shares
from alprmap.errors import UsageError
from alprmap.roads import Graph, Roads
from alprmap.watch import Carriageways, Facing, watch_levels, watches_on
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
    heading_sd_deg
        Error of a mapped heading: half of the 22.5 degrees to the next of sixteen compass points,
        to which most are rounded.
    position_m
        Error of a position, one standard deviation, where the table of cameras has none.
    left
        Share of the variance of both errors that is drawn. Readers are set up to look at a road:
        where the map's place and heading see one, half of the error is ruled out (a prior as wide
        as the error itself).
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
    heading_sd_deg: float = 11.25
    position_m: float = 10.0
    left: float = 0.5
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
        95 %), `draws`, `leads` (the assumption with the largest share of the spread).
    shares
        One row per measure and assumption: `sd` alone, and its `share` of the sum of variances.
    positions
        `error_m`, `kept`: the share of readings (camera, arc) that a position so far off keeps.
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
    values = triang.ppf(share, (mid - low) / (high - low), low, high - low)
    return [float(v) for v in values]


def drawn_cameras(
    cameras: pd.DataFrame, views: pd.DataFrame, draw: Draw, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cameras and views as they may stand in truth, given the errors of the map (C7).

    A position whose error is a large part of the range is left: watch widens the range by it (W1).
    """
    if draw.position is not None:
        rng = np.random.default_rng(draw.position)
        error = np.full(len(cameras), settings.position_m)
        if "position_error_m" in cameras.columns:
            own = cameras["position_error_m"].to_numpy(dtype=np.float64)
            error = np.where(np.isfinite(own), own, error)
        error = np.where(error > draw.watch.range_m / 2, 0.0, error)
        by = error[:, None] * rng.normal(size=(len(cameras), 2)) * np.sqrt(settings.left / 2)
        cameras = moved(cameras, by)
    if draw.heading is not None:
        rng = np.random.default_rng(draw.heading)
        sd = settings.heading_sd_deg * np.sqrt(settings.left)
        turn = rng.normal(0.0, sd, len(views))
        heading = views["heading_deg"].to_numpy(dtype=np.float64)
        views = views.assign(heading_deg=geo.wrap_deg(heading + turn))
    return cameras, views


def moved(cameras: pd.DataFrame, by_m: FloatArray) -> pd.DataFrame:
    """Return cameras moved by metres east and north, shape (n, 2)."""
    per_lon, per_lat = geo.degree_m(cameras["lat"].to_numpy(dtype=np.float64))
    lon, lat = cameras["lon"] + by_m[:, 0] / per_lon, cameras["lat"] + by_m[:, 1] / per_lat
    return cameras.assign(lon=lon, lat=lat)


def unknown_heading(watches: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which watches are of views whose heading the map does not know (W3)."""
    rule = watches["rule"].astype("str")
    return rule.str.contains(r"\bW3\b|zero-unset", regex=True).to_numpy(dtype=bool)


def one_carriageway(watches: pd.DataFrame, seed: int, facing: str) -> pd.DataFrame:
    """Let each view of unknown heading read one road only, drawn by score (C7): it looks one way,
    and the map does not say which. Under `either` both directions of that road are read.
    """
    unknown = unknown_heading(watches)
    some = watches[unknown]
    rng = np.random.default_rng(seed)
    # the least of exponential waiting times falls on each with its chance
    wait = rng.exponential(size=len(some)) / np.maximum(some["score"].to_numpy(), 1e-9)
    view = some.groupby(["camera_id", "heading_deg"], dropna=False, sort=False).ngroup().to_numpy()
    order = np.lexsort((wait, view))
    first = order[np.r_[True, np.diff(view[order]) > 0]] if len(order) else order
    segment = some["segment_id"].to_numpy()
    chosen = np.full(int(view.max(initial=-1)) + 1, -1, dtype=np.int64)
    chosen[view[first]] = segment[first]
    if facing == "either":
        keep = segment == chosen[view]
    else:
        keep = np.zeros(len(some), dtype=bool)
        keep[first] = True
    whole = np.ones(len(watches), dtype=bool)
    whole[np.flatnonzero(unknown)[~keep]] = False
    return watches[whole].reset_index(drop=True)


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
    net = Carriageways.of(town.roads.segments)
    graph, home = town.graph, None
    if town.people is not None:
        home = unread.snapped(town.people, graph)
    follow = readers.turns(graph) if town.radii_m else None
    placed: list[readers.Places] = []
    rows: list[dict[str, Any]] = []
    for i, draw in enumerate(draws):
        places = readers.place_readers(_watches(town, net, draw, settings), graph)
        placed.append(places)
        rows.append(_row(draw) | _on_roads(town, places, follow, home))
        if progress is not None:
            progress("draws", i + 1, len(draws))
    table = pd.DataFrame(rows)
    if town.demand is not None:
        table = table.assign(**_on_trips(town, draws, placed, settings, progress))
    measures = [c for c in table.columns if c.startswith("c") and c[1].isdigit()]
    middle = table[table["varied"] == "facing rule"].iloc[FACINGS.index(mid.facing)]
    shares = _shares(table, measures)
    summed = _summed(table, measures, middle, shares, settings)
    return Uncertainty(table, summed, shares, _positions(town, net, mid, settings))


def _watches(town: Town, net: Carriageways, draw: Draw, settings: Settings) -> pd.DataFrame:
    cameras, views = drawn_cameras(town.cameras, town.views, draw, settings)
    watches = watches_on(net, cameras, views, draw.watch)
    if draw.unknown is not None:
        watches = one_carriageway(watches, draw.unknown, draw.watch.facing)
    return watches


def _row(draw: Draw) -> dict[str, Any]:
    watch = draw.watch
    return {
        "varied": draw.varied,
        "facing": watch.facing,
        "range_m": watch.range_m,
        "width_deg": watch.width_deg,
        "route": draw.route,
    }


def _on_roads(
    town: Town, places: readers.Places, follow: Any, home: pd.DataFrame | None
) -> dict[str, float]:
    row: dict[str, float] = {}
    if town.radii_m:
        shares = corridor_shares(places, town.roads, town.radii_m, follow)
        row |= {f"c1_road_share_{r / 1000:g}km": v for r, v in shares.items()}
    road, people = unread.largest_zone(town.graph, places.read, home)
    row["c4_largest_unread_share"] = road
    if home is not None:
        row["c4_people_in_largest_share"] = people
    return row


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
        read, every, count = _looked_up(demand, [placed[i] for i in some], progress)
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


def _looked_up(
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


def _positions(
    town: Town, net: Carriageways, mid: WatchSettings, settings: Settings
) -> pd.DataFrame:
    """Measure which share of readings a wrong position keeps."""
    keys = ["camera_id", "segment_id", "travel"]
    right = pd.MultiIndex.from_frame(
        watches_on(net, town.cameras, town.views, mid)[keys].drop_duplicates()
    )
    rows = []
    for error in (10.0, 20.0):
        kept = []
        for i in range(settings.alone):
            rng = np.random.default_rng((settings.seed, int(error), i))
            angle = rng.uniform(0, 2 * np.pi, len(town.cameras))
            off = moved(town.cameras, error * np.c_[np.sin(angle), np.cos(angle)])
            wrong = watches_on(net, off, town.views, mid)[keys].drop_duplicates()
            some = right.isin(pd.MultiIndex.from_frame(wrong))
            kept.append(some.mean() if len(right) else np.nan)
        rows.append({"error_m": error, "kept": float(np.mean(kept))})
    return pd.DataFrame(rows)
