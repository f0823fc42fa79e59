"""Where a driver is followed: from one reader to the next, by the way they must have come (rule
C2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap import geo, steps
from alprmap.coverage import readers
from alprmap.coverage.search import chaining, detour, exposure, next_readers
from alprmap.coverage.search.gates import Gates, gates
from alprmap.errors import UsageError
from alprmap.locate import Nearby, bearing, road_labels
from alprmap.roads import NEAR_M, Graph, Roads, join_pieces, merge_pieces
from alprmap.store import Parts, Pieces

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Progress = Callable[[str, int, int], None]
CERTAINTIES = (0.0, 0.1, 0.25, 0.5, 1.0)
"""Rows of the table: corridors at least this certain."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What C2 rests on.

    limit_m, limit_s
        A corridor is at most this long and takes at most this time.
    alternative
        Alternatives slower than this many times the corridor are not looked for; the corridor is
        certain.
    middle
        The part of a corridor (shares of its length) that an alternative must avoid.
    one_road
        Share of a corridor that lies on one road, from which on it is joined to the next on that
        road.
    straight
        Crow-flies share of its length below which a corridor turns back and is joined to none.
    """

    limit_m: float = 10_000.0
    limit_s: float = 600.0
    alternative: float = 2.0
    middle: tuple[float, float] = (0.25, 0.75)
    one_road: float = 0.8
    straight: float = 0.6


@dataclass(frozen=True)
class Tracked:
    """Tracked corridors (C2).

    corridors
        One row per pair of a read arc and a next one: `corridor`, `from_camera_id`, `to_camera_id`
        (the first by id where several read the arc), `from_gate`, `to_gate` (numbers of the read
        arcs), `n_from`, `n_to` (cameras there), `length_m`, `time_s`, `alternative_s`
        (missing when none takes less than twice the time), `certainty` (0: another way is as fast,
        1: none is faster than twice the time), `road` and `road_share` (what most of it is called),
        geometry.
    steps
        The road of each: `corridor`, `step`, `segment_id`, `travel`, `start_m`, `end_m` along the
        geometry.
    table
        Union of the corridors: `min_certainty`, `highway` (and `all`), `travel_km`, `travel_share`,
        `road_km`, `road_share`.
    """

    corridors: gpd.GeoDataFrame
    steps: pd.DataFrame
    table: pd.DataFrame


@dataclass(frozen=True)
class _Pairs:
    a: IntArray
    b: IntArray
    time_s: FloatArray
    length_m: FloatArray
    """Both from reader to reader."""
    pair: IntArray
    arc: IntArray
    """Arcs between, pair by pair in order of travel."""


def tracked(
    watches: pd.DataFrame,
    roads: Roads,
    *,
    settings: Settings = Settings(),
    certainty: bool = True,
    graph: Graph | None = None,
    progress: Progress | None = None,
    parts: Parts | None = None,
) -> Tracked:
    """Find the fastest ways from each reader to the next ones it meets (rule C2).

    Parameters
    ----------
    watches
        Table `watches`; every row counts (rule C0).
    roads
        The network the watches were made with.
    settings
        Limits.
    certainty
        Also look for the best alternative of each (most of the work).
    graph
        `Graph.from_segments(roads.segments, roads.restrictions)` where it is at hand.
    parts
        Where finished searches are kept for a later run of the same work.

    Returns
    -------
    `Tracked`. Two read arcs that share a camera are one place and make no corridor.

    Raises
    ------
    UsageError
        When a limit is not positive.
    """
    if settings.limit_m <= 0 or settings.limit_s <= 0 or settings.alternative <= 1:
        raise UsageError(
            "limits must be positive, and an alternative longer than the corridor",
            fix="see the settings of C2 in docs/method/coverage.md",
        )
    graph = graph or roads.graph()
    found, lines = gates(readers.place_readers(watches, graph))
    router = exposure.Router(lines, found.read[lines.tail].astype(np.int8))
    pairs = _pairs(router, found, settings, progress, parts)
    other = np.full(len(pairs.a), np.nan)
    if certainty and len(pairs.a):
        other = _alternatives(router, found, pairs, settings, progress, parts)
    # shapes and names are read now: what was searched would stand beside them
    del router, lines
    sure = np.where(np.isfinite(other), other / np.maximum(pairs.time_s, 1e-9) - 1.0, 1.0)
    # a difference below a tick of the search is none
    sure = np.clip(np.round(sure, 9), 0.0, 1.0)
    steps = _steps(found, pairs)
    shaped = roads.full(steps["segment_id"].to_numpy())
    corridors = _corridors(shaped, found, pairs, steps)
    corridors.insert(9, "alternative_s", np.where(np.isfinite(other), other, np.nan))
    corridors.insert(10, "certainty", sure if certainty else np.full(len(sure), np.nan))
    levels = CERTAINTIES if certainty else (0.0,)
    return Tracked(corridors, steps, _table(roads, steps, sure, levels))


def within(found: Tracked, roads: Roads, settings: Settings) -> Tracked:
    """Return the corridors that keep tighter limits: the same as `tracked` finds with them (C2)."""
    every = found.corridors
    keep = (every["length_m"] <= settings.limit_m) & (every["time_s"] <= settings.limit_s)
    number = np.cumsum(keep.to_numpy()) - 1
    corridors = every[keep].reset_index(drop=True)
    corridors["corridor"] = np.arange(len(corridors))
    steps = found.steps[keep.to_numpy()[found.steps["corridor"].to_numpy()]]
    steps = steps.assign(corridor=number[steps["corridor"].to_numpy()]).reset_index(drop=True)
    known = corridors["certainty"].notna().all()
    sure = corridors["certainty"].to_numpy() if known else np.zeros(len(corridors))
    levels = CERTAINTIES if found.table["min_certainty"].nunique() > 1 else (0.0,)
    return Tracked(corridors, steps, _table(roads, steps, sure, levels))


def _pairs(
    router: exposure.Router,
    gates: Gates,
    settings: Settings,
    progress: Progress | None,
    parts: Parts | None,
) -> _Pairs:
    found: list[tuple[IntArray, ...]] = [(np.zeros(0, dtype=np.int64),) * 4]
    done, kept = np.zeros(len(gates), dtype=bool), Pieces(parts, "pairs")

    def take(piece: dict[str, IntArray]) -> None:
        first = np.cumsum(piece["pairs"]) - piece["pairs"] + sum(len(f[0]) for f in found)
        pair = piece["pair"] + np.repeat(first, piece["steps"])
        found.append((piece["a"], piece["b"], pair, piece["arc"]))
        done[piece["number"]] = True
        (progress or steps.tell)("reader to reader", int(done.sum()), len(gates))

    for piece in kept.saved():
        take(piece)
    limits = (settings.limit_s, settings.limit_m)
    for found_there in next_readers.met(router, gates, *limits, done.copy()):
        a, b, pair, arc = found_there.a, found_there.b, found_there.pair, found_there.arc
        keep = ~gates.share_a_camera(a, b)
        rank = np.cumsum(keep) - 1
        use = keep[pair]
        piece = {
            "a": a[keep],
            "b": b[keep],
            "pair": rank[pair[use]],
            "arc": arc[use],
            "number": found_there.number,
            "pairs": np.array([keep.sum()]),
            "steps": np.array([use.sum()]),
        }
        take(piece)
        kept.add(**piece)
    kept.flush()
    a, b, pair, arc = (np.concatenate([f[i] for f in found]) for i in range(4))
    return _within(gates, settings, a, b, pair, arc)


def _within(
    gates: Gates, settings: Settings, a: IntArray, b: IntArray, pair: IntArray, arc: IntArray
) -> _Pairs:
    """Keep the pairs within the limits, sorted by gates."""
    network = gates.network
    seconds, meters = gates.trim(a, b)
    seconds = (
        seconds + network.time_s[gates.arc[a]] + np.bincount(pair, network.time_s[arc], len(a))
    )
    meters = (
        meters + network.length_m[gates.arc[a]] + np.bincount(pair, network.length_m[arc], len(a))
    )
    keep = (seconds <= settings.limit_s) & (meters <= settings.limit_m) & (meters > NEAR_M)
    order = np.lexsort((b, a))
    order = order[keep[order]]
    rank = np.full(len(a), -1)
    rank[order] = np.arange(len(order))
    use = rank[pair] >= 0
    pair, arc = rank[pair[use]], arc[use]
    by_pair = np.argsort(pair, kind="stable")
    return _Pairs(a[order], b[order], seconds[order], meters[order], pair[by_pair], arc[by_pair])


def _alternatives(
    router: exposure.Router,
    gates: Gates,
    pairs: _Pairs,
    settings: Settings,
    progress: Progress | None,
    parts: Parts | None,
) -> FloatArray:
    """Time of the best way that passes no reader and avoids the middle of the corridor; infinite
    without one."""
    count = np.bincount(pairs.pair, minlength=len(pairs.a))
    asked = np.flatnonzero(count > 0)
    shut = _middle(gates, pairs, settings)
    cuts = np.searchsorted(pairs.pair[shut], asked[1:])
    closed = np.split(pairs.arc[shut], cuts)
    # the search begins at the tail of the one gate and ends at the tail of the other
    a = gates.arc[pairs.a[asked]]
    trim = gates.trim(pairs.a[asked], pairs.b[asked])[0]
    told = progress or steps.tell
    cost = detour.detours(
        router.graph,
        router.weights,
        a,
        gates.arc[pairs.b[asked]],
        gates.read,
        closed,
        settings.alternative * pairs.time_s[asked] - trim,
        progress=partial(told, "alternatives"),
        parts=parts,
    )
    out = np.full(len(pairs.a), np.inf)
    out[asked] = router.time_s(cost) + trim
    return out


def _middle(gates: Gates, pairs: _Pairs, settings: Settings) -> BoolArray:
    """Which arcs between lie in the middle of their corridor; the longest one where none does."""
    length = gates.network.length_m[pairs.arc]
    ahead = gates.network.length_m[gates.arc[pairs.a]] - gates.last_m[pairs.a]
    run = np.cumsum(length)
    begin = np.r_[0.0, run][np.searchsorted(pairs.pair, np.arange(len(pairs.a)))]
    middle = (run - length / 2 - begin[pairs.pair] + ahead[pairs.pair]) / pairs.length_m[pairs.pair]
    inside = (middle >= settings.middle[0]) & (middle <= settings.middle[1])
    none = np.bincount(pairs.pair[inside], minlength=len(pairs.a)) == 0
    order = np.lexsort((np.arange(len(length)), -length, pairs.pair))
    longest = order[np.r_[True, np.diff(pairs.pair[order]) != 0]] if len(order) else order
    inside[longest[none[pairs.pair[longest]]]] = True
    return np.asarray(inside, dtype=bool)


def _steps(gates: Gates, pairs: _Pairs) -> pd.DataFrame:
    graph, number = gates.network, np.arange(len(pairs.a))
    # every corridor: the rest of its first arc, the arcs between, the last arc as far as its reader
    many = np.bincount(pairs.pair, minlength=len(number)) + 2
    last = np.cumsum(many) - 1
    first = last - many + 1
    arc, low = np.full(int(many.sum()), -1), np.zeros(int(many.sum()))
    arc[first], arc[last], low[first] = (
        gates.arc[pairs.a],
        gates.arc[pairs.b],
        gates.last_m[pairs.a],
    )
    arc[arc < 0] = pairs.arc
    high = graph.length_m[arc]
    high[last] = gates.first_m[pairs.b]
    keep = high - low > NEAR_M
    arc, low, high, corridor = arc[keep], low[keep], high[keep], np.repeat(number, many)[keep]
    turned, full = ~graph.forward[arc], graph.length_m[arc]
    first = np.searchsorted(corridor, number)
    return pd.DataFrame(
        {
            "corridor": corridor,
            "step": np.arange(len(arc)) - first[corridor] if len(arc) else arc,
            "segment_id": graph.segment_id[arc],
            "travel": (
                pd.Series(["forward", "backward"], dtype="str").array.take(turned.astype(np.int64))
            ),
            "start_m": np.where(turned, full - high, low),
            "end_m": np.where(turned, full - low, high),
        }
    )


def _corridors(roads: Roads, gates: Gates, pairs: _Pairs, steps: pd.DataFrame) -> gpd.GeoDataFrame:
    n = len(pairs.a)
    row = readers.rows(roads.segments, steps["segment_id"].to_numpy())
    # only the roads that are driven are named
    some, place = np.unique(row, return_inverse=True)
    code, names = pd.factorize(road_labels(roads.segments.iloc[some]).to_numpy(dtype=object))
    meters = (steps["end_m"] - steps["start_m"]).to_numpy()
    by_road = pd.DataFrame(
        {"corridor": steps["corridor"].to_numpy(), "code": code[place], "meters": meters}
    )
    by_road = (
        by_road[by_road["code"] >= 0]
        .groupby(["corridor", "code"], as_index=False, sort=False)[["meters"]]
        .sum()
    )
    by_road["road"] = names[by_road["code"].to_numpy()]
    best = by_road.sort_values(["corridor", "meters", "road"], ascending=[True, False, True])
    best = best.drop_duplicates("corridor").set_index("corridor").reindex(range(n))
    frame = pd.DataFrame(
        {
            "corridor": np.arange(n),
            "from_camera_id": pd.Series(gates.name[pairs.a], dtype="str"),
            "to_camera_id": pd.Series(gates.name[pairs.b], dtype="str"),
            "from_gate": pairs.a,
            "to_gate": pairs.b,
            "n_from": gates.cameras[pairs.a],
            "n_to": gates.cameras[pairs.b],
            "length_m": pairs.length_m,
            "time_s": pairs.time_s,
            "road": pd.Series(best["road"].to_numpy(), dtype="str"),
            "road_share": np.minimum(
                best["meters"].to_numpy(np.float64) / np.maximum(pairs.length_m, 1e-9), 1.0
            ),
        }
    )
    full = roads.segments["length_m"].to_numpy(dtype=np.float64)[row]
    low, high = (np.clip(steps[c].to_numpy(), 0, full) for c in ("start_m", "end_m"))
    turned, lines = (steps["travel"] == "backward").to_numpy(), roads.segments.geometry.to_numpy()
    shapes = join_pieces(lines, row, full, low, high, turned, steps["corridor"].to_numpy(), n)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def _table(
    roads: Roads, steps: pd.DataFrame, sure: FloatArray, levels: tuple[float, ...]
) -> pd.DataFrame:
    segments = roads.segments
    classes, code = readers.classes(segments)
    length = segments["length_m"].to_numpy(dtype=np.float64)
    ways = segments["forward"].to_numpy(dtype=int) + segments["backward"].to_numpy(dtype=int)
    # corridors may lead through the margin, and are not measured there
    counts = readers.inside(segments).astype(np.float64)
    own = length * counts
    whole = {"travel": np.bincount(code, own * ways), "road": np.bincount(code, own)}
    row = readers.rows(segments, steps["segment_id"].to_numpy())
    travel = 2 * row + (steps["travel"] == "forward").to_numpy()
    parts = []
    low, high = steps["start_m"].to_numpy(), steps["end_m"].to_numpy()
    whole_arc = (low <= 0.0) & (high >= length[row])
    for level in levels:
        use = sure[steps["corridor"].to_numpy()] >= level
        frame = pd.DataFrame({"min_certainty": level, "highway": classes})
        for word, key, divide in (("travel", travel, 2), ("road", row, 1)):
            # what many corridors go along from end to end counts once, so that few pieces are left
            # to join
            full, rest = np.unique(key[use & whole_arc]), use & ~whole_arc
            k, x, y = merge_pieces(
                np.r_[full, key[rest]],
                np.r_[np.zeros(len(full)), low[rest]],
                np.r_[length[full // divide], high[rest]],
            )
            meters = (y - x) * counts[k // divide]
            frame[f"{word}_km"] = np.bincount(code[k // divide], meters, len(classes)) / 1000
        every = {
            "min_certainty": level,
            "highway": "all",
            "travel_km": frame["travel_km"].sum(),
            "road_km": frame["road_km"].sum(),
        }
        frame = pd.concat([frame, pd.DataFrame([every])], ignore_index=True)
        for word in ("travel", "road"):
            total = np.r_[whole[word], whole[word].sum()] / 1000
            frame[f"{word}_share"] = frame[f"{word}_km"] / np.where(total > 0, total, np.nan)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def strongest(
    found: Tracked, roads: Roads, *, top: int = 50, settings: Settings = Settings()
) -> gpd.GeoDataFrame:
    """Join corridors that follow each other on one road, and list them with names (C2).

    Returns
    -------
    GeoDataFrame
        Most readers first, then longest: `text` ("I 70 W from Hamilton Road to Kelton Avenue, 6.2
        km, 3 readers"), `road`, `heading`, `from_place`, `to_place` (nearest other named road,
        missing without one), `length_km`, `time_min`, `readers` (cameras, both ends included),
        `corridors`, `min_certainty`, geometry.
    """
    chains = chaining.chains(
        found.corridors, straight=settings.straight, one_road=settings.one_road
    )
    nearby = Nearby(chaining.roads_at_ends(roads, found.corridors, chains[:top]).segments)
    rows = []
    for chain in chains[:top]:
        part = found.corridors.iloc[chain]
        shape = shapely.line_merge(
            shapely.MultiLineString([g for g in part.geometry if g is not None])
        )
        xy = [shapely.get_coordinates(part.geometry.iloc[i])[j] for i, j in ((0, 0), (-1, -1))]
        road = str(part["road"].iloc[0])
        heading = bearing(*xy[0], *xy[1])
        ends = [nearby.name(float(x), float(y), but={road}) for x, y in xy]
        readers_on = int(part["n_from"].iloc[0] + part["n_to"].sum())
        km = float(part["length_m"].sum()) / 1000
        text = (
            f"{road} {heading} from {ends[0] or 'an unnamed road'} to"
            f" {ends[1] or 'an unnamed road'}"
        )
        rows.append(
            {
                "text": f"{text}, {geo.miles_text(km)}, {readers_on} readers",
                "road": road,
                "heading": heading,
                "from_place": ends[0],
                "to_place": ends[1],
                "length_km": km,
                "time_min": float(part["time_s"].sum()) / 60,
                "readers": readers_on,
                "corridors": len(part),
                "min_certainty": float(part["certainty"].min()),
                "geometry": shape,
            }
        )
    columns = [
        "text",
        "road",
        "heading",
        "from_place",
        "to_place",
        "length_km",
        "time_min",
        "readers",
        "corridors",
        "min_certainty",
        "geometry",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("text", "road", "heading", "from_place", "to_place"):
        frame[name] = frame[name].astype("str")
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")
