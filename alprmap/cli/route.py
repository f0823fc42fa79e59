"""`alprmap route`: readers passed on one trip, and the least-read alternative (rule C6)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.cli.joins import warned
from alprmap.cli.roads import AreaOpt, wanted_area
from alprmap.cli.watch import Facing, Level, RoadsArg
from alprmap.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from alprmap.coverage import Way
    from alprmap.roads import Graph, Roads

FAR_M = 2000.0
"""An end farther than this from any junction is not on these roads."""
PLACE = 'A place: "lat, lon" as maps show it (39.96, -83.00), or words ("High St and Broad St").'


def route(
    start: Annotated[str, typer.Argument(metavar="FROM", help=PLACE)],
    end: Annotated[str, typer.Argument(metavar="TO", help="The same.")],
    cameras: Annotated[
        Path,
        typer.Option(
            "--cameras", readable=False, help="cameras.parquet of `merge`, or any source file."
        ),
    ],
    roads: RoadsArg,
    level: Annotated[Level, typer.Option(help="Watch settings.")] = Level.mid,
    facing: Annotated[Facing, typer.Option(help="Which side of a vehicle is read.")] = Facing.rear,
    area: AreaOpt = None,
    out: common.Out = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Readers passed on the fastest way from FROM to TO, in order, and the way with the fewest
    (C6)."""
    common.refuse_overwrite(out, force, kind="table")
    common.warm("alprmap.roads.behind", "alprmap.roads.ways")
    from alprmap.build import road_join
    from alprmap.coverage import drawn_route, place_readers
    from alprmap.coverage import route as coverage_route
    from alprmap.roads import Graph
    from alprmap.roads import read as read_roads
    from alprmap.store import hand_on
    from alprmap.watch import watch, watch_levels

    found = common.read_cameras(cameras)
    net = read_roads(roads, wanted_area(area))
    graph = Graph.from_segments(net.segments, net.restrictions)
    ends = _ends([_place(text, net) for text in (start, end)], graph)
    common.on_roads(found.cameras, net, found.path)
    settings = watch_levels(level.value, facing=facing.value)
    watched = watch(found.cameras, found.views, net, settings=settings)
    reading = int(watched.watches["camera_id"].nunique())
    warned(road_join(found.cameras, net.segments, reading, refuse=False))
    places = place_readers(watched.watches, graph)
    a, b = ends[0]["node"], ends[1]["node"]
    ways = {
        "fastest": coverage_route(net, places, a, b, way="fastest"),
        "least": coverage_route(net, places, a, b, way="least"),
    }
    if out is not None:
        hand_on(drawn_route(ways), out)
    if as_json:
        shown = [{k: v for k, v in e.items() if k != "node"} for e in ends]
        common.result(
            {
                "from": shown[0],
                "to": shown[1],
                "level": level.value,
                "facing": facing.value,
                **{name: _object(way) for name, way in ways.items()},
                "extra_minutes": ways["least"].minutes - ways["fastest"].minutes,
                **common.counted(found),
            },
            as_json=True,
        )
    else:
        _print(ends, ways)
        common.say_counted(found)


def _place(text: str, net: Roads) -> dict[str, Any]:
    """Return where a text is."""
    numbers = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*", text)
    if numbers:
        lat, lon, how = float(numbers[1]), float(numbers[2]), "coordinates"
        west, south, east, north = net.segments.total_bounds
        inside = west - 0.5 <= lon <= east + 0.5 and south - 0.5 <= lat <= north + 0.5
        if not inside:
            swapped = west - 0.5 <= lat <= east + 0.5 and south - 0.5 <= lon <= north + 0.5
            fix = (
                f'write it as "{lon:g}, {lat:g}": latitude comes first'
                if swapped
                else "check --roads and --area"
            )
            raise InputError(
                f'"{text}" lies outside the roads ({south:.2f}, {west:.2f} to {north:.2f},'
                f" {east:.2f})",
                fix=fix,
            )
    else:
        from alprmap.locate import Locator

        where = Locator(net).locate(text)
        if where.located_by == "unlocated":
            raise NotFoundError(
                f'"{text}" is nowhere on these roads: {where.reason}', fix='give it as "lat, lon"'
            )
        lat, lon, how = where.lat, where.lon, f"{where.located_by}: {where.matched}"
    return {"text": text, "lon": lon, "lat": lat, "found": how}


def _ends(places: list[dict[str, Any]], graph: Graph) -> list[dict[str, Any]]:
    """Add the junctions the trip begins and ends at: roads one can leave, and enter."""
    import numpy as np

    from alprmap import geo
    from alprmap.coverage import snap_ends

    spots = [(np.array([p["lon"]], float), np.array([p["lat"]], float)) for p in places]
    for place, (node, meters) in zip(
        places, snap_ends(graph, spots[0], spots[1], within_m=FAR_M), strict=True
    ):
        if meters[0] > FAR_M:
            raise InputError(
                f'"{place["text"]}" lies {geo.miles_text(meters[0] / 1000)} from the nearest road',
                fix="check --roads",
            )
        place |= {"to_junction_m": float(meters[0]), "node": int(node[0])}
    return places


def _object(way: Way) -> dict[str, Any]:
    return {
        "km": way.km,
        "minutes": way.minutes,
        "n_readers": len(way.readers),
        "readers": common.records(way.readers),
        "streets": common.records(way.streets),
        "line": [[round(x, 6), round(y, 6)] for x, y in way.line.coords],
    }


def _print(ends: list[dict[str, Any]], ways: dict[str, Way]) -> None:
    from alprmap import geo

    for word, place in zip(("from", "to"), ends, strict=True):
        away = f"{place['to_junction_m']:.0f} m to the junction"
        common.line(f"{word}: {place['lat']:.5f}, {place['lon']:.5f} ({place['found']}; {away})")
    for name, way in ways.items():
        common.out("")
        title = "fastest way" if name == "fastest" else "least-read way"
        extra = "" if name == "fastest" else f" (+{way.minutes - ways['fastest'].minutes:.1f} min)"
        n = len(way.readers)
        common.out(
            f"{title}: {geo.miles_text(way.km)}, {way.minutes:.1f} min{extra},"
            f" {n} {'reader' if n == 1 else 'readers'}"
        )
        if n:
            table = way.readers.assign(
                at_miles=(way.readers["at_km"] / geo.MILE_KM).map("{:.1f}".format),
                lat=way.readers["lat"].map("{:.5f}".format),
                lon=way.readers["lon"].map("{:.5f}".format),
            )
            common.result(table[["at_miles", "road", "camera_id", "lat", "lon"]])
    same = ways["least"].km == ways["fastest"].km
    if same and len(ways["fastest"].readers):
        common.out("no other way is read less")
