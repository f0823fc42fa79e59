"""How often a trip is read, and what it costs not to be (rule C6).

A trip leads from junction to junction by the fastest way. Its readers are the cameras that read an
arc of it, each counted once. The least-read alternative has the fewest readings, and of those ways
it is the fastest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import geo, steps
from alprmap.coverage import readers
from alprmap.coverage.search import exposure
from alprmap.coverage.search.journeys import Asked, Journeys, Ways
from alprmap.coverage.trip_ends import degrees, nearest_among, snap_ends
from alprmap.errors import InputError, UsageError
from alprmap.reach import share_interval
from alprmap.roads import Graph
from alprmap.store import Parts, Pieces

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
SNAP_M = 2000.0
"""C6: an end farther than this from any junction lies outside the network."""
LENGTHS_KM = (0.0, 5.0, 10.0, 20.0, 40.0, np.inf)
"""Bins of trip length."""
AROUND, MORE_M = 1.5, 5_000.0
"""A way to a place d away is looked for within 1.5 d and 5 km of the origin (rounded up to 10, 20,
40 … km). """
SUMS = ("km", "minutes", "readers", "readings")
COLUMNS = ("trip", "origin", "destination", "from_lon", "from_lat", "to_lon", "to_lat", "crow_km")


@dataclass(frozen=True, slots=True)
class TripSettings:
    """What a sample of trips rests on.

    trips, per_origin
        How many, in groups that share an origin (a group costs one search).
    decay_km
        People a distance d away are drawn as destinations with weight exp(-d / decay): a working
        assumption to be varied, not a finding.
    least_km
        Shorter trips, crow-flies, are walks.
    seed, replicates, confidence
        Of the sample and of its bootstrap over origins.
    """

    trips: int = 2000
    per_origin: int = 20
    decay_km: float = 8.0
    least_km: float = 1.0
    seed: int = 6
    replicates: int = 1000
    confidence: float = 0.95


@dataclass(frozen=True)
class Trips:
    """Trips and who reads them (C6).

    table
        One row per trip: `trip`, `origin`, `destination` (junctions), positions, `crow_km`, `km`,
        `minutes`, `readers` (cameras, each once), `readings`; and of the least-read alternative
        `least_km`, `least_minutes`, `least_readers`, `least_readings`. Missing where there is no
        way.
    passes
        `trip`, `camera_id`, `way` (`fastest` or `least`).
    left_out
        Pairs that could not become trips, by reason.
    """

    table: pd.DataFrame
    passes: pd.DataFrame
    left_out: dict[str, int]

    def weights(self) -> pd.Series:
        """Return the weight of each trip that has a way, by `trip`; 1 where the table has none."""
        some = self.table[self.table["km"].notna()]
        weight = some["weight"] if "weight" in some.columns else pd.Series(1.0, index=some.index)
        return weight.astype("float64").set_axis(some["trip"])


def sample(
    people: pd.DataFrame, graph: Graph, *, settings: TripSettings = TripSettings()
) -> pd.DataFrame:
    """Draw trips from people to people (C6).

    Parameters
    ----------
    people
        `lon`, `lat`, `people`; those within 2 km of a junction of the largest connected part take
        part.
    graph
        The network.

    Returns
    -------
    DataFrame
        `trip`, `origin`, `destination` (node numbers), positions, `crow_km`; the same for the same
        seed.

    Raises
    ------
    InputError
        When fewer than two places with people lie on the network.
    """
    home = homes(people, graph)
    node, weight = home["node"].to_numpy(np.int64), home["people"].to_numpy()
    rng = np.random.default_rng(settings.seed)
    groups = max(1, -(-settings.trips // settings.per_origin))
    xyz = geo.ecef(graph.lon[node], graph.lat[node])
    origin, destination = [], []
    # in the order of counties and of distance: every part of either gets its share
    for start in systematic(weight, _by_county(graph, node), groups, rng):
        km = np.sqrt(((xyz - xyz[start]) ** 2).sum(axis=1)) / 1000
        pull = weight * np.exp(-km / settings.decay_km) * (km >= settings.least_km)
        if pull.sum() > 0:
            origin.append(np.full(settings.per_origin, start))
            order = np.lexsort((np.arange(len(km)), km))
            destination.append(systematic(pull, order, settings.per_origin, rng))
    if not origin:
        raise InputError(
            f"no two places with people lie {geo.miles_text(settings.least_km)} apart",
            fix="take a larger area",
        )
    a, b = (node[np.concatenate(x)][: settings.trips] for x in (origin, destination))
    return _pairs_frame(graph, a, b)


def homes(people: pd.DataFrame, graph: Graph) -> pd.DataFrame:
    """Return where people live on the network: `node` of the largest connected part, `people`.

    Raises
    ------
    InputError
        When fewer than two places with people lie within 2 km of it.
    """
    label = graph.components()[: graph.n_base]
    main = np.flatnonzero(label == np.bincount(label).argmax())
    at, meters = nearest_among(
        graph, main, people["lon"].to_numpy(np.float64), people["lat"].to_numpy(np.float64)
    )
    count = people["people"].to_numpy(np.float64)
    use = (meters <= SNAP_M) & (count > 0)
    frame = pd.DataFrame({"node": at[use], "people": count[use]})
    frame = frame.groupby("node", as_index=False).sum()
    if len(frame) < 2:
        raise InputError(
            "fewer than two places with people lie on these roads",
            fix="check --population and --roads",
        )
    return frame


def _by_county(graph: Graph, node: IntArray) -> IntArray:
    """Return the order of places by county, and from south to north within one."""
    from alprmap.geography import assign_places

    county = assign_places(graph.lon[node], graph.lat[node])["county_geoid"].fillna("")
    return np.lexsort((graph.lat[node], pd.factorize(county, sort=True)[0]))


def systematic(
    weight: FloatArray, order: IntArray, count: int, rng: np.random.Generator
) -> IntArray:
    """Draw `count` numbers with chances by weight, evenly along an order (systematic sampling).

    >>> systematic(np.array([1.0, 0.0, 1.0]), np.arange(3), 4, np.random.default_rng(0)).tolist()
    [0, 0, 2, 2]
    """
    run = np.cumsum(weight[order])
    at = (np.arange(count) + rng.uniform()) / count * run[-1]
    return np.asarray(order[np.searchsorted(run, at, side="right").clip(max=len(run) - 1)])


def pairs(table: pd.DataFrame, graph: Graph) -> tuple[pd.DataFrame, dict[str, int]]:
    """Make trips of a table of pairs: commuting flows, or whatever the user knows (C6).

    Parameters
    ----------
    table
        `from_lon`, `from_lat`, `to_lon`, `to_lat` in degrees; how many drive, where a column says
        so (`trip_ends.WEIGHTS`).

    Returns
    -------
    (trips as `sample` gives them, counts of rows left out by reason)

    Raises
    ------
    InputError
        When a column is missing, a value is no number of degrees, or no pair is left.
    """
    at = degrees(table)
    spots = [(at[f"{w}_lon"].to_numpy(), at[f"{w}_lat"].to_numpy()) for w in ("from", "to")]
    ends = snap_ends(graph, *spots, within_m=SNAP_M)
    far = (ends[0][1] > SNAP_M) | (ends[1][1] > SNAP_M)
    same = ~far & (ends[0][0] == ends[1][0])
    keep = ~far & ~same
    left = {"an end off the network": int(far.sum()), "both ends at one junction": int(same.sum())}
    if not keep.any():
        why = ", ".join(f"{what} {count:,}" for what, count in left.items() if count)
        raise InputError(
            f"no pair joins two places on these roads ({why or 'no rows'})",
            fix="check the pairs and the roads",
        )
    frame = _pairs_frame(graph, ends[0][0][keep], ends[1][0][keep])
    return frame.assign(weight=at["weight"].to_numpy()[keep]), left


def _pairs_frame(graph: Graph, a: IntArray, b: IntArray) -> pd.DataFrame:
    crow = geo.distance_m(graph.lon[a], graph.lat[a], graph.lon[b], graph.lat[b]) / 1000
    values = (np.arange(len(a)), a, b, graph.lon[a], graph.lat[a], graph.lon[b], graph.lat[b], crow)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def drive(
    trips: pd.DataFrame,
    places: readers.Places,
    *,
    least: bool = True,
    left_out: dict[str, int] | None = None,
    progress: Progress | None = None,
    parts: Parts | None = None,
) -> Trips:
    """Drive trips by the fastest way, and by the least-read one, and list who reads them (C6).

    Parameters
    ----------
    trips
        As `sample` or `pairs` gives them.
    places
        Read places (`alprmap.coverage.readers.place`).
    least
        Also look for the least-read alternative (as much work again).
    parts
        Where finished batches are kept for a later run of the same work.
    """
    out = trips.reset_index(drop=True)
    passes = []
    ways: list[exposure.Way] = ["fastest", "least"] if least else ["fastest"]
    journeys = Journeys(places.graph, places.count, _asked(out))
    for way in ways:
        found, seen = _drive(journeys, out, places, way, progress, parts)
        prefix = "" if way == "fastest" else "least_"
        for name, values in zip(SUMS, found, strict=True):
            out[prefix + name] = values
        seen["way"] = pd.Series([way] * len(seen), dtype="str", index=seen.index)
        passes.append(seen)
    lost = dict(left_out or {})
    lost["no way"] = int(out["km"].isna().sum())
    return Trips(out, pd.concat(passes, ignore_index=True), lost)


def _drive(
    journeys: Journeys,
    trips: pd.DataFrame,
    places: readers.Places,
    way: exposure.Way,
    progress: Progress | None,
    parts: Parts | None,
) -> tuple[tuple[FloatArray, ...], pd.DataFrame]:
    sums = [np.full(len(trips), np.nan) for _ in range(4)]
    seen: list[pd.DataFrame] = []
    done = np.zeros(len(journeys.asked.start), dtype=bool)
    pieces = Pieces(parts, way)

    def take(piece: dict[str, Any]) -> None:
        for total, name in zip(sums, SUMS, strict=True):
            total[piece["of"]] = piece[name]
        seen.append(pd.DataFrame({"of": piece["pass_of"], "camera": piece["camera"]}))
        done[piece["number"]] = True
        (progress or steps.tell)(f"{way} ways", int(done.sum()), len(done))

    for piece in pieces.saved():
        take(piece)
    for found in journeys.ways(way, done.copy()):
        piece = _batch(places, found)
        take(piece)
        pieces.add(**piece)
    pieces.flush()
    frame = (
        pd.concat(seen, ignore_index=True)
        if seen
        else pd.DataFrame({"of": [], "camera": []}, dtype=np.int64)
    )
    number = trips["trip"].to_numpy()[frame["of"].to_numpy(np.int64)]
    frame = pd.DataFrame({"trip": number, "camera": frame["camera"]}).sort_values(
        ["trip", "camera"]
    )
    names = places.camera_id[frame["camera"].to_numpy(np.int64)]
    passes = pd.DataFrame(
        {"trip": frame["trip"].to_numpy(), "camera_id": pd.Series(names, dtype="str")}
    )
    return tuple(sums), passes


def _asked(trips: pd.DataFrame) -> Asked:
    """Return the trips as questions, those with near goals in small neighborhoods."""
    km = trips["crow_km"].to_numpy(np.float64)
    reach = 10_000 * 2 ** np.ceil(np.log2(np.maximum((AROUND * 1000 * km + MORE_M) / 10_000, 1.0)))
    origin, goal = (trips[c].to_numpy(np.int64) for c in ("origin", "destination"))
    return Asked.of(origin, goal, reach)


def _batch(places: readers.Places, found: Ways) -> dict[str, Any]:
    """Return what some trips drive, and who reads them."""
    graph, of, step, arc = places.graph, found.trip, found.step, found.arc
    pass_trip, pass_camera = _passes(places, step, arc)
    return {
        "number": found.number,
        "of": of,
        "pass_of": of[pass_trip],
        "camera": pass_camera,
        "km": np.bincount(step, graph.length_m[arc], len(of)) / 1000,
        "minutes": np.bincount(step, graph.time_s[arc], len(of)) / 60,
        "readers": np.bincount(pass_trip, minlength=len(of)),
        "readings": np.bincount(step, places.count[arc], len(of)),
    }


def _passes(places: readers.Places, step: IntArray, arc: IntArray) -> tuple[IntArray, IntArray]:
    """Which cameras read each path: (path, camera), each pair once."""
    # most arcs are read by nobody
    some = places.count[arc] > 0
    step, own = step[some], places.graph.twin[arc[some]]
    low, high = (np.searchsorted(places.arc, own, side=s) for s in ("left", "right"))
    many = high - low
    at = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many) + np.repeat(low, many)
    key = np.unique(np.repeat(step, many) * max(len(places.camera_id), 1) + places.camera[at])
    return key // max(len(places.camera_id), 1), key % max(len(places.camera_id), 1)


def summary(trips: Trips, *, settings: TripSettings = TripSettings()) -> pd.DataFrame:
    """Sum up trips, all together and by length (C6).

    Returns
    -------
    DataFrame
        Rows `all`, `0-5 km` …: `trips`, `origins`, and each with `_low` and `_high` (percentile
        bootstrap over origins, seeded; where it has no width the exact interval for shares, none
        for means): `share_read_1`, `share_read_2`, `share_read_5`,
        `readers_per_trip`, `readers_per_km`; with alternatives also `share_unread_possible` (a way
        without any reading exists), `readers_least`, `extra_minutes` (mean cost of the least-read
        way over all trips), `extra_minutes_read` (the same over trips that are read) and
        `extra_share` (of all minutes driven).
    """
    if not 0 < settings.confidence < 1:
        raise UsageError("the confidence must lie between 0 and 1", fix="give a share such as 0.95")
    table = trips.table[trips.table["km"].notna()]
    bins = np.digitize(table["km"], LENGTHS_KM[1:-1])
    rows = [{"length": "all", **_describe(table, settings)}]
    for i, (low, high) in enumerate(pairwise(LENGTHS_KM)):
        part = table[bins == i]
        if len(part):
            name = f"{low:g}-{high:g} km" if np.isfinite(high) else f"over {low:g} km"
            rows.append({"length": name, **_describe(part, settings)})
    return pd.DataFrame(rows)


def _describe(table: pd.DataFrame, settings: TripSettings) -> dict[str, float]:
    ones = np.ones(len(table))
    weight = table["weight"].to_numpy(np.float64) if "weight" in table.columns else ones
    parts: dict[str, tuple[Any, Any]] = {
        f"share_read_{k}": ((table["readers"] >= k).to_numpy(np.float64), ones) for k in (1, 2, 5)
    }
    many = table["readers"].to_numpy(np.float64)
    parts |= {
        "readers_per_trip": (many, ones),
        "readers_per_km": (many, table["km"].to_numpy(np.float64)),
    }
    if "least_readers" in table.columns:
        minutes = table["minutes"].to_numpy(np.float64)
        extra = table["least_minutes"].to_numpy(np.float64) - minutes
        parts |= {
            "share_unread_possible": ((table["least_readings"] == 0).to_numpy(np.float64), ones),
            "readers_least": (table["least_readers"].to_numpy(np.float64), ones),
            "extra_minutes": (extra, ones),
            "extra_minutes_read": (extra * (many > 0), (many > 0).astype(np.float64)),
            "extra_share": (extra, minutes),
        }
    origin, group = np.unique(table["origin"].to_numpy(), return_inverse=True)
    rng = np.random.default_rng(settings.seed)
    # of one origin nothing can be drawn, of none (no trip has a way) not even a share
    draws: NDArray[Any] = np.zeros((1, len(origin)))
    if len(origin) > 1:
        draws = rng.multinomial(
            len(origin), np.full(len(origin), 1 / len(origin)), settings.replicates
        )
    tail = (1 - settings.confidence) / 2
    row: dict[str, float] = {"trips": len(table), "origins": len(origin)}
    for name, (top, bottom) in parts.items():
        a, b = (np.bincount(group, weight * v, len(origin)) for v in (top, bottom))
        row[name] = float(a.sum() / b.sum()) if b.sum() else np.nan
        spread = (draws @ a) / np.maximum(draws @ b, 1e-12)
        low, high = np.quantile(spread, [tail, 1 - tail]) if len(origin) > 1 else (np.nan, np.nan)
        if not low < high:
            low, high = _exact(name, row[name], len(origin), settings.confidence)
        row |= {f"{name}_low": float(low), f"{name}_high": float(high)}
    return row


def _exact(name: str, value: float, origins: int, confidence: float) -> tuple[float, float]:
    """Return bounds where the bootstrap has none: exact (Clopper-Pearson) for a share of trips with
    as many trials as there are origins, none for a mean. Never an interval of zero width.
    """
    if not name.startswith("share_") or not np.isfinite(value) or origins < 1:
        return np.nan, np.nan
    return share_interval(value * origins, origins, confidence)


def by_group(trips: Trips, group: pd.Series) -> pd.DataFrame:
    """Tell trips apart by who reads them: operator, or who has access (C6).

    Parameters
    ----------
    group
        Group of each camera, indexed by camera_id; missing counts as "unknown".

    Returns
    -------
    DataFrame
        One row per group, most trips first: `group`, `cameras` (that read a trip), `trips`,
        `share`, and `trips_only` (trips nobody else reads).
    """
    use = trips.passes[trips.passes["way"] == "fastest"]
    name = use["camera_id"].map(group).astype("str").fillna("unknown")
    pair = use.assign(group=name)
    weight = trips.weights()
    total = float(weight.sum())
    each = pair.drop_duplicates(["trip", "group"])
    each = each.assign(weight=weight.reindex(each["trip"]).to_numpy())
    alone = each[~each["trip"].duplicated(keep=False)]
    frame = pd.DataFrame(
        {
            "cameras": pair.groupby("group")["camera_id"].nunique(),
            "trips": each.groupby("group")["weight"].sum(),
        }
    )
    frame["share"] = frame["trips"] / total if total else np.nan
    only = alone.groupby("group")["weight"].sum().reindex(frame.index).fillna(0)
    frame["trips_only"] = only.round().astype(int)
    frame["trips"] = frame["trips"].round().astype(int)
    frame = frame.rename_axis("group").reset_index()
    return frame.sort_values(["trips", "group"], ascending=[False, True], ignore_index=True)
