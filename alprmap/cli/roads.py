"""`alprmap roads`: an OSM extract becomes a road network in one file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.errors import UsageError

if TYPE_CHECKING:
    from alprmap.geography import Area

AREA_HELP = (
    "Part wanted: west,south,east,north; a GeoJSON of polygons; or near:CAMERAS[:km], 60 km when"
    " not said."
)
AreaOpt = Annotated[str | None, typer.Option("--area", help=AREA_HELP)]
WARN = {
    "nodes_missing": "nodes of roads are not in the file; the roads are cut there",
    "ways_twice": "ways stand in the file twice; the first is kept",
    "ways_of_one_node": "ways have a single node",
    "segments_across_antimeridian": (
        "segments cross the antimeridian; boxes around them are the whole way round"
    ),
    "ways_in_several": "ways are in more than one extract; each counts once, in its newest version",
    "ways_joined": "ways were cut at the edge of an extract and are joined again",
    "ways_numbered_alike": (
        "ways bear the number of another way in another extract and got one below zero"
    ),
    "nodes_numbered_alike": (
        "nodes bear the number of another node in another extract and got one below zero"
    ),
    "direction_untold": (
        "edges do not tell their direction; motorways run along the line, the rest both ways"
    ),
}


class Service(StrEnum):
    """Which `highway=service` ways count as roads."""

    none = "none"
    roads = "roads"
    all = "all"


def roads(
    extracts: Annotated[
        list[Path] | None,
        typer.Argument(
            readable=False,
            help="OSM extracts (.osm.pbf .osm .osm.bz2 .opl), GraphML of OSMnx, tables of edges,"
            " folders of them: all of it becomes one network.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            readable=False,
            help="Where to write: a file, its suffix chooses the format; or a folder, for tiles"
            " that are read in part.",
        ),
    ] = None,
    area: AreaOpt = None,
    service: Annotated[
        Service,
        typer.Option(help="highway=service: none, roads (no driveways, alleys, aisles), or all."),
    ] = Service.none,
    tracks: Annotated[bool, typer.Option("--tracks", help="Take highway=track too.")] = False,
    private: Annotated[
        bool, typer.Option("--private", help="Take roads closed to the public too.")
    ] = False,
    online: Annotated[
        str | None,
        typer.Option(
            "--online",
            help="Fetch the roads of this place (or of --area, with '') through OSMnx instead.",
        ),
    ] = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Turn OSM extracts into segments, turn restrictions and metadata in one GeoParquet file, or a
    folder of tiles (N1-N8).

    Several extracts become one network: the same way twice is one way, in its newest version; a way
    that an extract's edge cuts is joined to its other half."""
    common.warm("alprmap.roads.behind", "alprmap.roads.ways")
    from alprmap.roads import Drivable, save_tiles, tiles_from
    from alprmap.roads import read as read_roads
    from alprmap.store import hand_on

    tiles = out is not None and str(out) != "-" and not out.suffix
    common.refuse_overwrite(out, force, **({} if tiles else {"kind": "table"}))
    if bool(extracts) == (online is not None):
        raise UsageError("give either an extract or --online", fix="see alprmap roads --help")
    if not extracts:
        from alprmap.roads import fetch_extract

        net = fetch_extract(place=online, area=wanted_area(area))
    else:
        drivable = Drivable(service=service.value, tracks=tracks, private=private)
        within = wanted_area(area)
        if tiles and out is not None:
            net = tiles_from(extracts, out, within, drivable=drivable)
        else:
            net = read_roads(extracts, within, drivable=drivable)
    for key, text in WARN.items():
        if net.meta["counts"].get(key):
            common.note(f"{net.meta['source']}: {net.meta['counts'][key]:,} {text}")
    if out is not None and tiles:
        if not extracts:
            save_tiles(net, out)
    elif out is not None and out.suffix == ".parquet":
        net.save(out)
    elif out is not None:
        hand_on(net.segments, out)
    common.result(summary(net), as_json=as_json)


def summary(net: Any) -> dict[str, Any]:
    """Return what a person wants to know of a network first."""
    km = net.segments["length_m"] / 1000
    return {
        "segments": len(net.segments),
        "road_km": round(float(km.sum()), 1),
        "oneway_km": round(float(km[net.segments["forward"] != net.segments["backward"]].sum()), 1),
        "restrictions": len(net.restrictions),
        "data_timestamp": net.meta.get("data_timestamp"),
        "sha256": net.meta.get("sha256"),
        "notice": net.meta.get("notice"),
    }


def wanted_area(text: str | None) -> Area | None:
    """Return the area an --area option names."""
    if text is None:
        return None
    from alprmap.geography import parse_area

    def points(path: Path) -> tuple[Any, Any]:
        cameras = common.read_cameras(path).cameras
        return cameras["lon"].to_numpy(), cameras["lat"].to_numpy()

    return parse_area(text, points=points)
