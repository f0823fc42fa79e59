"""Where a driver is followed, all of it for one set of watches: `alprmap coverage` and a build put
it together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from alprmap import schema
from alprmap.coverage import cordons, readers, routes, unread
from alprmap.coverage import reader_corridors as coverage
from alprmap.coverage import tracked_corridors as corridors
from alprmap.coverage import trips as trip_room
from alprmap.coverage import trips_seen_by as viewers
from alprmap.reach import border_index
from alprmap.roads import Graph, Roads
from alprmap.store import Parts
from alprmap.watch import Facing, watch_levels
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

    `sight` says who can look through each camera (C6), where there is a sharing record; `borders`
    are lines at a distance from a border (C5), as `project.border_line` reads them.
    """

    radii_m: tuple[float, ...]
    people: pd.DataFrame | None = None
    shapes: gpd.GeoDataFrame | None = None
    trips: int = TRIPS
    pairs: pd.DataFrame | None = None
    corridor_km: float = 10.0
    certainty: bool = True
    sight: viewers.Sight | None = None
    borders: tuple[tuple[str, float, str], ...] = ()


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
            if own is not None and (own.files() or time.monotonic() - begun >= own.worth_s):
                own.put("all", found)
        if own is not None:
            own.drop(but="all")
        self.done += 1
        if self.progress is not None:
            self.progress("low, mid, high", self.done, self.total)
        return found


def people_on(people: pd.DataFrame, net: Roads) -> pd.DataFrame:
    """Return the people who live within the box of the roads."""
    west, south, east, north = net.segments.total_bounds
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
    graph = Graph.from_segments(net.segments, net.restrictions)
    work = Work(None if parts is None else parts.of(net.segments, net.restrictions), progress)
    told: dict[str, dict[str, float]] = {}
    tables: Tables = {}
    for each in schema.LEVELS:
        settings = watch_levels(each, facing=facing)
        seen = work.do("watch", _watched(cameras, views, net, settings), cameras, views, settings)
        watches = seen["watches"][seen["watches"]["winner"]] if clear_only else seen["watches"]
        made = measure(watches, net, graph, wanted, cameras, each == level, work)
        told[each] = {"cameras_reading": int(watches["camera_id"].nunique()), **headline(made)}
        if each == level:
            tables = made | {"watches": watches, "reads_no_road": seen["unread"]}
    return told, tables


def _watched(
    cameras: pd.DataFrame, views: pd.DataFrame, net: Roads, settings: WatchSettings
) -> Callable[[Parts | None], Tables]:
    def make(_parts: Parts | None) -> Tables:
        found = watch_watch(cameras, views, net, settings=settings)
        return {"watches": found.watches, "unread": found.unread}

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

    def near(_parts: Parts | None) -> Tables:
        found = coverage.reader_corridors(watches, net, radii_m=wanted.radii_m, graph=graph)
        return {"c1_corridors": found.table} | ({"c1_stretches": found.stretches} if full else {})

    def tracked(parts: Parts | None) -> Tables:
        found = corridors.tracked(
            watches,
            net,
            settings=limits,
            certainty=wanted.certainty and full,
            graph=graph,
            progress=work.progress,
            parts=parts,
        )
        more = (
            {"c2_corridors": found.corridors, "c2_strongest": corridors.strongest(found, net)}
            if full
            else {}
        )
        return {"c2_tracked": found.table} | more

    def zones(_parts: Parts | None) -> Tables:
        found = unread.unread_zones(watches, net, people=wanted.people, graph=graph)
        if not full:
            return {"c4_summary": found.summary}
        placed = {} if wanted.shapes is None else {"c4_places": unread.places(found, wanted.shapes)}
        return {
            "c4_summary": found.summary,
            "c4_zones": found.zones,
            "c4_unread": found.lines(net),
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

    limits = corridors.Settings(limit_m=1000 * wanted.corridor_km, limit_s=60 * wanted.corridor_km)
    made = work.do("C1", near, watches, wanted.radii_m, full)
    made |= work.do("C2", tracked, watches, limits, wanted.certainty, full)
    made |= work.do("C4", zones, watches, wanted.people, wanted.shapes, full)
    made |= _trips(watches, graph, wanted, cameras, full, work)
    if full:
        made |= work.do("C3", log, watches, wanted.shapes, wanted.borders)
    else:
        work.done += 1
    return made


def _trips(
    watches: pd.DataFrame,
    graph: Graph,
    wanted: Wanted,
    cameras: pd.DataFrame,
    full: bool,
    work: Work,
) -> Tables:
    """Draw and drive trips (C6); nothing where neither people nor pairs are given."""
    settings = trip_room.TripSettings(trips=wanted.trips)
    left: dict[str, int] = {}
    if wanted.pairs is not None:
        drawn, left = trip_room.pairs(wanted.pairs, graph)
    elif wanted.people is not None:
        drawn = trip_room.sample(wanted.people, graph, settings=settings)
    else:
        work.done += 1
        return {}

    def drive(parts: Parts | None) -> Tables:
        places = readers.place_readers(watches, graph)
        found = trip_room.drive(drawn, places, left_out=left, progress=work.progress, parts=parts)
        return {"table": found.table, "passes": found.passes, "left_out": found.left_out}

    driven = trip_room.Trips(**work.do("C6", drive, watches, drawn, left))
    made: Tables = {"c6_summary": trip_room.summary(driven, settings=settings)}
    if full:
        operator = cameras.set_index("camera_id")["operator"]
        made |= {
            "c6_trips": driven.table,
            "c6_operators": trip_room.by_group(driven, operator),
            "c6_left_out": driven.left_out,
        }
        if wanted.sight is not None:
            made["c6_access"] = viewers.trips_seen(driven, wanted.sight)
    return made


def _cordons(watches: pd.DataFrame, net: Roads, graph: Graph, wanted: Wanted) -> Tables:
    """Return the cordons (C5) around polygons and along lines at a distance from a border."""

    def far(border: str) -> Callable[[Any, Any], Any]:
        return lambda lon, lat: border_index(border).nearest(lon, lat).distance_m

    made: Tables = {}
    if wanted.shapes is not None:
        found = cordons.cordons(watches, net, wanted.shapes, graph=graph)
        made |= {"c5_cordons": found.table, "c5_crossings": found.crossings}
    if wanted.borders:
        lines = {name: (far(border), metres) for name, metres, border in wanted.borders}
        found = cordons.distance_cordons(watches, net, lines, graph=graph)
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


def headline(made: Tables) -> dict[str, float]:
    """Return the figures that are shown at low, mid and high side by side."""
    near = made["c1_corridors"]
    every = near[near["highway"] == "all"]
    row = {
        f"c1_road_share_{r / 1000:g}km": float(v)
        for r, v in zip(every["radius_m"], every["road_share"], strict=True)
    }
    tracked = made["c2_tracked"]
    tracked = tracked[(tracked["highway"] == "all") & (tracked["min_certainty"] == 0)].iloc[0]
    row |= {
        "c2_tracked_road_km": float(tracked["road_km"]),
        "c2_tracked_road_share": float(tracked["road_share"]),
    }
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
        )
        row |= {f"c6_{name}": float(trip[name]) for name in names}
    return row
