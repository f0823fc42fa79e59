"""Where a driver is followed, all of it for one set of watches: `alprmap coverage` and a build put it together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from alprmap.measure import cordons, corridors, coverage, reach, routes, unread
from alprmap.measure import trips as trip_room
from alprmap.roads import readers
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

Tables = dict[str, Any]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Wanted:
    """What is asked for: radii of C1, people (C4, C6), polygons (C4, C5), trips or pairs (C6), limits of C2."""

    radii_m: tuple[float, ...]
    people: pd.DataFrame | None
    shapes: gpd.GeoDataFrame | None
    trips: int
    pairs: pd.DataFrame | None
    corridor_km: float
    certainty: bool


def people_on(people: pd.DataFrame, net: Roads) -> pd.DataFrame:
    """Return the people who live within the box of the roads."""
    west, south, east, north = net.segments.total_bounds
    return people[people["lon"].between(west, east) & people["lat"].between(south, north)].reset_index(drop=True)


def measure(
    watches: pd.DataFrame, net: Roads, graph: Graph, wanted: Wanted, cameras: pd.DataFrame, full: bool,
    progress: Progress | None,
) -> Tables:  # fmt: skip
    """Return all tables of one setting by name (`c1_corridors` … `c6_summary`); the dear ones only in `full`."""
    near = coverage.reader_corridors(watches, net, radii_m=wanted.radii_m, graph=graph)
    zones = unread.unread_zones(watches, net, people=wanted.people, graph=graph)
    limits = corridors.Settings(limit_m=1000 * wanted.corridor_km, limit_s=60 * wanted.corridor_km)
    tracked = corridors.tracked(
        watches, net, settings=limits, certainty=wanted.certainty and full, graph=graph, progress=progress
    )
    made: Tables = {"c1_corridors": near.table, "c2_tracked": tracked.table, "c4_summary": zones.summary}
    if wanted.people is not None or wanted.pairs is not None:
        settings = trip_room.Settings(trips=wanted.trips)
        places = readers.place(watches, graph)
        left: dict[str, int] = {}
        if wanted.pairs is not None:
            drawn, left = trip_room.pairs(wanted.pairs, graph)
        else:
            assert wanted.people is not None
            drawn = trip_room.sample(wanted.people, graph, settings=settings)
        driven = trip_room.drive(drawn, places, left_out=left, progress=progress)
        made["c6_summary"] = trip_room.summary(driven, settings=settings)
        if full:
            operator = cameras.set_index("camera_id")["operator"]
            made |= {"c6_trips": driven.table, "c6_operators": trip_room.by_group(driven, operator),
                     "c6_left_out": driven.left_out}  # fmt: skip
    if full:
        log = routes.route_log(watches, net, graph=graph)
        made |= {"c1_stretches": near.stretches, "c2_corridors": tracked.corridors,
                 "c2_strongest": corridors.strongest(tracked, net), "c3_log": log.log, "c3_strands": log.strands,
                 "c3_routes": log.routes, "c4_zones": zones.zones, "c4_unread": zones.lines(net),
                 "c4_chokepoints": unread.chokepoints(zones, net)}  # fmt: skip
        if wanted.shapes is not None:
            cordon = cordons.cordons(watches, net, wanted.shapes, graph=graph)
            made |= {"c4_places": unread.places(zones, wanted.shapes), "c5_cordons": cordon.table,
                     "c5_crossings": cordon.crossings}  # fmt: skip
    return made


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
    row |= {"c2_tracked_road_km": float(tracked["road_km"]), "c2_tracked_road_share": float(tracked["road_share"])}
    zone = made["c4_summary"].iloc[0]
    row["c4_largest_unread_share"] = float(zone["largest_share"])
    if "cut_off" in zone:
        row["c4_people_in_largest_share"] = float(zone["largest_people_share"])
    if "c6_summary" in made:
        trip = made["c6_summary"].iloc[0]
        names = ("share_read_1", "share_read_2", "share_read_5", "readers_per_trip", "readers_per_km",
                 "share_unread_possible", "extra_minutes")  # fmt: skip
        row |= {f"c6_{name}": float(trip[name]) for name in names}
    return row


def border_cordons(watches: pd.DataFrame, net: Roads, graph: Graph, lines: list[tuple[str, float, str]]) -> Tables:
    """Return the cordons along lines at a distance from a border (C5), as `project.border_line` reads them."""

    def far(border: str) -> Callable[[Any, Any], Any]:
        return lambda lon, lat: reach.index(border).nearest(lon, lat).distance_m

    made = cordons.distance_cordons(watches, net, {n: (far(b), m) for n, m, b in lines}, graph=graph)
    return {"c5_border_cordons": made.table, "c5_border_crossings": made.crossings}
