"""All tables of where a driver is followed, at three named settings: low, mid and high.

Low and high vary everything that can be varied one way: range, opening, the facing rule (the one
side that reads less; both sides) and views of unknown heading (none of their roads; all)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from alprmap import schema, steps
from alprmap.coverage import cordons, every_pair, readers, routes, unread
from alprmap.coverage import reader_corridors as coverage
from alprmap.coverage import tracked_corridors as corridors
from alprmap.coverage import trips as trip_room
from alprmap.coverage import trips_seen_by as viewers
from alprmap.coverage.in_tiles import Tiled, tiled_cordons, tiled_corridors
from alprmap.coverage.map_errors import unknown_heading
from alprmap.reach import border_index
from alprmap.roads import Graph, Outline, Roads, road_bounds, tile_marks
from alprmap.store import Parts, Shelf
from alprmap.watch import Facing, watch_levels, watch_tiles
from alprmap.watch import Settings as WatchSettings
from alprmap.watch import watch as watch_watch

Tables = dict[str, Any]
Progress = Callable[[str, int, int], None]
STEPS = 6
"""Steps of one level, as `Work` counts them: watches, C1, C2, C4, C6, and C3 with C5."""
TRIPS = trip_room.TripSettings().trips


@dataclass(frozen=True)
class Wanted:
    """What is asked for: radii of C1, people (C4, C6), polygons (C4, C5), trips or pairs (C6),
    limits of C2.

    `trips` draws so many; without it every pair of places is weighed, where that is affordable.

    `sight` says who can look through each camera (C6), where there is a sharing record; `borders`
    are lines at a distance from a border (C5), as `geography.parse_zone` reads them. `tiled` works
    C1 and C5 in tiles (N9); the answer is the same.
    """

    radii_m: tuple[float, ...]
    people: pd.DataFrame | None = None
    shapes: gpd.GeoDataFrame | None = None
    trips: int | None = None
    pairs: pd.DataFrame | None = None
    corridor_km: float = 10.0
    certainty: bool = True
    sight: viewers.Sight | None = None
    borders: tuple[tuple[str, float, str], ...] = ()
    tiled: Tiled | None = None


@dataclass(slots=True)
class Work:
    """Steps of long work: reported one by one, their tables kept as parts where there is a folder
    for them."""

    parts: Parts | None = None
    progress: Progress | None = None
    total: int = STEPS * len(schema.LEVELS)
    done: int = 0

    def do(self, name: str, make: Callable[[Parts | None], Tables], *rests_on: Any) -> Tables:
        """Return the tables `make` makes, or those an earlier run made of the same things."""
        own = None if self.parts is None else self.parts.of(name, *rests_on)
        found = None if own is None else own.get("all")
        if found is None:
            begun = time.monotonic()
            found = make(own)
            # what was done piece by piece may have begun in an earlier run
            shelved = any(isinstance(value, Shelf) for value in found.values())
            if shelved:
                # its tiles are kept, each for itself
                own = None
            if own is not None and (own.files() or time.monotonic() - begun >= own.worth_s):
                own.put("all", found)
        if own is not None:
            own.drop(but="all")
        self.count()
        return found

    def count(self) -> None:
        """Tell that one more step is done, or was not asked for."""
        self.done += 1
        (self.progress or steps.tell)("low, mid, high", self.done, self.total)


def people_on(people: pd.DataFrame, net: Roads) -> pd.DataFrame:
    """Return the people who live within the box of the roads."""
    west, south, east, north = road_bounds(net)
    return people[
        people["lon"].between(west, east) & people["lat"].between(south, north)
    ].reset_index(drop=True)


def levels(
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    net: Roads,
    wanted: Wanted,
    *,
    level: str,
    facing: Facing,
    clear_only: bool = False,
    parts: Parts | None = None,
    progress: Progress | None = None,
) -> tuple[dict[str, dict[str, float]], Tables]:
    """Measure at low, mid and high: the figures of all three by level, and all tables of `level` by
    name."""
    graph = net.graph()
    if isinstance(net, Outline):
        wanted = replace(wanted, tiled=wanted.tiled or Tiled(net.folder))
        rests_on: Any = tile_marks(net.folder)
    else:
        rests_on = net.segments
    work = Work(None if parts is None else parts.of(rests_on, net.restrictions), progress)
    told: dict[str, dict[str, float]] = {}
    tables: Tables = {}
    for each in schema.LEVELS:
        settings = watch_levels(each, facing=facing)
        seen = work.do(
            "watch",
            watched(cameras, views, net, settings, each, wanted.tiled),
            cameras,
            views,
            settings,
            each,
        )
        watches = seen["watches"][seen["watches"]["winner"]] if clear_only else seen["watches"]
        made = measure(watches, net, graph, wanted, cameras, each == level, work)
        told[each] = {"cameras_reading": int(watches["camera_id"].nunique()), **headline(made)}
        if each == level:
            tables = made | {"watches": watches, "reads_no_road": seen["unread"]}
    return told, tables


def watched(
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    net: Roads,
    settings: WatchSettings,
    level: str,
    tiled: Tiled | None = None,
) -> Callable[[Parts | None], Tables]:
    """Return what makes `watches` and `unread` of one of the three named settings."""

    def one(side: Facing) -> Tables:
        one_side = replace(settings, facing=side)
        if isinstance(net, Outline):
            who = tiled or Tiled(net.folder)
            found = watch_tiles(
                cameras,
                views,
                net.folder,
                settings=one_side,
                workers=who.workers,
                scheduler=who.scheduler,
            )
        elif tiled is not None and tiled.kept is not None:
            found = watch_tiles(
                cameras,
                views,
                net,
                settings=one_side,
                workers=tiled.workers,
                scheduler=tiled.scheduler,
                parts=tiled.kept,
            )
        else:
            found = watch_watch(cameras, views, net, settings=one_side)
        return {"watches": found.watches, "unread": found.unread}

    def make(_parts: Parts | None) -> Tables:
        if level == "mid":
            return one(settings.facing)
        if level == "high":
            return one("either")
        made = min(one("rear"), one("front"), key=lambda m: len(m["watches"]))
        watches = made["watches"]
        return made | {"watches": watches[~unknown_heading(watches)].reset_index(drop=True)}

    return make


def measure(
    watches: pd.DataFrame,
    net: Roads,
    graph: Graph,
    wanted: Wanted,
    cameras: pd.DataFrame,
    full: bool,
    work: Work,
) -> Tables:
    """Return all tables of one setting by name (`c1_corridors` … `c6_summary`); the dear ones only
    in `full`."""

    shelf = Shelf() if full and isinstance(net, Outline) else None

    def near(parts: Parts | None) -> Tables:
        if wanted.tiled is None:
            found = coverage.reader_corridors(watches, net, radii_m=wanted.radii_m, graph=graph)
        else:
            found = tiled_corridors(
                watches,
                wanted.tiled,
                radii_m=wanted.radii_m,
                stretches=full,
                shelf=shelf,
                parts=parts,
                progress=work.progress,
            )
        drawn = found.stretches if shelf is None else shelf
        return {"c1_corridors": found.table} | ({"c1_stretches": drawn} if full else {})

    def tracked(parts: Parts | None) -> Tables:
        return _corridors(watches, net, graph, wanted, full, work, parts)

    def zones(_parts: Parts | None) -> Tables:
        found = unread.unread_zones(watches, net, people=wanted.people, graph=graph)
        if not full:
            return {"c4_summary": found.summary}
        placed = {} if wanted.shapes is None else {"c4_places": unread.places(found, wanted.shapes)}
        return {
            "c4_summary": found.summary,
            "c4_zones": found.zones,
            "c4_unread": unread.zone_roads(found, net),
            "c4_chokepoints": unread.chokepoints(found, net),
            **placed,
        }

    def log(_parts: Parts | None) -> Tables:
        found = routes.route_log(watches, net, graph=graph)
        return {
            "c3_log": found.log,
            "c3_strands": found.strands,
            "c3_routes": found.routes,
            **_cordons(watches, net, graph, wanted),
        }

    limits = _limit(wanted.corridor_km)
    made = work.do("C1", near, watches, wanted.radii_m, full)
    made |= work.do("C2", tracked, watches, limits, wanted.certainty, full)
    made |= work.do("C4", zones, watches, wanted.people, wanted.shapes, full)
    made |= _trips(watches, graph, wanted, cameras, full, work)
    if full:
        made |= work.do("C3", log, watches, wanted.shapes, wanted.borders)
    else:
        work.count()
    return made


def _corridors(
    watches: pd.DataFrame,
    net: Roads,
    graph: Graph,
    wanted: Wanted,
    full: bool,
    work: Work,
    parts: Parts | None,
) -> Tables:
    """Return the tables of C2: one search as far as the longest limit, the corridors of the others
    being among its own.
    """
    most = LIMITS[-1] * wanted.corridor_km if full else wanted.corridor_km
    every = corridors.tracked(
        watches,
        net,
        settings=_limit(most),
        certainty=wanted.certainty,
        graph=graph,
        progress=work.progress,
        parts=parts,
    )
    found = corridors.within(every, net, _limit(wanted.corridor_km))
    if not full:
        return {"c2_tracked": found.table}
    return {
        "c2_tracked": found.table,
        "c2_limits": _limits(every, net, wanted.corridor_km),
        "c2_corridors": found.corridors,
        "c2_strongest": corridors.strongest(found, net),
    }


def _limits(found: corridors.Tracked, net: Roads, corridor_km: float) -> pd.DataFrame:
    """Return the share of road in corridors for half, once and twice the longest corridor (C2).

    The limit is an assumption, so the share it leads to stands beside those of others.
    """
    rows = []
    for factor in LIMITS:
        part = corridors.within(found, net, _limit(factor * corridor_km))
        rows.append(
            {
                "limit_km": factor * corridor_km,
                "corridors": len(part.corridors),
                **_tracked(part.table),
            }
        )
    return pd.DataFrame(rows)


LIMITS = (0.5, 1.0, 2.0)
"""C2: longest corridors that are shown beside the one asked for, times it."""


def _limit(km: float) -> corridors.Settings:
    """Return limits of C2: a minute for each kilometer."""
    return corridors.Settings(limit_m=1000 * km, limit_s=60 * km)


def _trips(
    watches: pd.DataFrame,
    graph: Graph,
    wanted: Wanted,
    cameras: pd.DataFrame,
    full: bool,
    work: Work,
) -> Tables:
    """Draw and drive trips (C6); nothing where neither people nor pairs are given."""
    asked = wanted_trips(wanted, graph)
    if asked is None:
        work.count()
        return {}
    made = (
        _every_pair(watches, asked, work) if asked.drawn is None else _drawn(watches, asked, work)
    )
    driven: trip_room.Trips = made.pop("trips")
    if full:
        operator = cameras.set_index("camera_id")["operator"]
        made |= {
            "c6_operators": trip_room.by_group(driven, operator),
            "c6_left_out": driven.left_out,
        }
        if wanted.sight is not None:
            made["c6_access"] = viewers.trips_seen(driven, wanted.sight)
        return made
    return {"c6_summary": made["c6_summary"]}


@dataclass(frozen=True)
class WantedTrips:
    """The trips of C6: all of them (`demand`), or the ones that are driven one by one (`drawn`)."""

    demand: every_pair.Demand
    drawn: pd.DataFrame | None
    left_out: dict[str, int]


def wanted_trips(wanted: Wanted, graph: Graph) -> WantedTrips | None:
    """Return what trips there are to drive; None where neither people nor pairs are given.

    All pairs are weighed up to the size where all trees fit the budget, unless a number of trips
    is asked for; beyond it a sample stands for them.
    """
    settings = trip_room.TripSettings(trips=wanted.trips or TRIPS)
    if wanted.pairs is not None:
        table, left = trip_room.pairs(wanted.pairs, graph)
        demand = every_pair.demand_of_pairs(table, graph)
        enough = every_pair.affordable(len(demand.origin), graph)
        return WantedTrips(demand, None if enough else table, left)
    if wanted.people is None:
        return None
    if wanted.trips is None:
        demand = every_pair.demand(wanted.people, graph, settings=settings)
        if every_pair.affordable(len(demand.origin), graph):
            return WantedTrips(demand, None, {})
    drawn = trip_room.sample(wanted.people, graph, settings=settings)
    return WantedTrips(every_pair.demand_of_pairs(drawn.assign(weight=1.0), graph), drawn, {})


def _every_pair(watches: pd.DataFrame, asked: WantedTrips, work: Work) -> Tables:
    def weigh(_parts: Parts | None) -> Tables:
        places = readers.place_readers(watches, asked.demand.graph)
        found = every_pair.weigh(
            asked.demand, places, left_out=asked.left_out, progress=work.progress
        )
        return {
            "summary": found.summary,
            "origins": found.origins,
            "table": found.sets.table,
            "passes": found.sets.passes,
            "left_out": found.left_out,
        }

    demand = asked.demand
    rests_on = (demand.origin, demand.goal, demand.people, demand.pair, demand.settings)
    made = work.do("C6 every pair", weigh, watches, *rests_on, asked.left_out)
    trips = trip_room.Trips(*(made[name] for name in ("table", "passes", "left_out")))
    return {"trips": trips, "c6_summary": made["summary"], "c6_origins": made["origins"]}


def _drawn(watches: pd.DataFrame, asked: WantedTrips, work: Work) -> Tables:
    drawn = asked.drawn
    assert drawn is not None

    def drive(parts: Parts | None) -> Tables:
        places = readers.place_readers(watches, asked.demand.graph)
        found = trip_room.drive(
            drawn, places, left_out=asked.left_out, progress=work.progress, parts=parts
        )
        return {"table": found.table, "passes": found.passes, "left_out": found.left_out}

    driven = trip_room.Trips(**work.do("C6", drive, watches, drawn, asked.left_out))
    return {
        "trips": driven,
        "c6_summary": trip_room.summary(driven),
        "c6_trips": driven.table,
    }


def _cordons(watches: pd.DataFrame, net: Roads, graph: Graph, wanted: Wanted) -> Tables:
    """Return the cordons (C5) around polygons and along lines at a distance from a border."""

    def far(border: str) -> Callable[[Any, Any], Any]:
        return lambda lon, lat: border_index(border).nearest(lon, lat).distance_m

    made: Tables = {}
    tiled = wanted.tiled
    if wanted.shapes is not None:
        found = (
            cordons.cordons(watches, net, wanted.shapes, graph=graph)
            if tiled is None
            else tiled_cordons(watches, tiled, wanted.shapes)
        )
        made |= {"c5_cordons": found.table, "c5_crossings": found.crossings}
    if wanted.borders:
        lines = {name: (far(border), meters) for name, meters, border in wanted.borders}
        found = (
            cordons.distance_cordons(watches, net, lines, graph=graph)
            if tiled is None
            else tiled_cordons(watches, tiled, wanted.borders)
        )
        made |= {"c5_border_cordons": found.table, "c5_border_crossings": found.crossings}
    return made


def uncrossed(made: Tables, wanted: Wanted) -> list[str]:
    """Return the outlines and lines asked for (C5) that no road crosses: elsewhere, or
    misspelled.
    """
    asked = [] if wanted.shapes is None else wanted.shapes["name"].tolist()
    met: set[str] = set()
    for name in ("c5_cordons", "c5_border_cordons"):
        met |= set(made[name]["cordon"]) if name in made else set()
    return [line for line in [*asked, *(text for text, _, _ in wanted.borders)] if line not in met]


LIKELY = 0.5
"""C2: "most likely driven" is said of corridors at least this certain; 0 is any corridor."""


def _tracked(table: pd.DataFrame) -> dict[str, float]:
    """Return the road in corridors that were most likely driven, and in all of them (C2)."""
    row: dict[str, float] = {}
    every = table[table["highway"] == "all"]
    for word, level in (("likely", LIKELY), ("possible", 0.0)):
        for one in every[every["min_certainty"] == level].to_dict("records"):
            row[f"c2_{word}_road_km"] = float(one["road_km"])
            row[f"c2_{word}_road_share"] = float(one["road_share"])
    return row


def headline(made: Tables) -> dict[str, float]:
    """Return the figures that are shown at low, mid and high side by side."""
    near = made["c1_corridors"]
    every = near[near["highway"] == "all"]
    row = {
        f"c1_road_share_{r / 1000:g}km": float(v)
        for r, v in zip(every["radius_m"], every["road_share"], strict=True)
    }
    row |= _tracked(made["c2_tracked"])
    zone = made["c4_summary"].iloc[0]
    row["c4_largest_unread_share"] = float(zone["largest_share"])
    if "cut_off" in zone:
        row["c4_people_in_largest_share"] = float(zone["largest_people_share"])
    if "c6_summary" in made:
        trip = made["c6_summary"].iloc[0]
        names = (
            "share_read_1",
            "share_read_2",
            "share_read_5",
            "readers_per_trip",
            "readers_per_km",
            "share_unread_possible",
            "extra_minutes",
            "extra_minutes_read",
        )
        row |= {f"c6_{name}": float(trip[name]) for name in names}
    return row
