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
ExtractArg = Annotated[
    Path,
    typer.Argument(
        readable=False,
        help="OSM extract (.osm.pbf .osm .osm.bz2 .opl), GraphML of OSMnx, or a table of edges.",
    ),
]
WARN = {
    "nodes_missing": "nodes of roads are not in the file; the roads are cut there",
    "ways_twice": "ways stand in the file twice; the first is kept",
    "ways_of_one_node": "ways have a single node",
    "segments_across_antimeridian": (
        "segments cross the antimeridian; boxes around them are the whole way round"
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
    extract: Annotated[
        Path | None,
        typer.Argument(
            readable=False,
            help="OSM extract (.osm.pbf .osm .osm.bz2 .opl), GraphML of OSMnx, a table of edges.",
        ),
    ] = None,
    out: common.Out = None,
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
    """Turn an OSM extract into segments, turn restrictions and metadata in one GeoParquet file
    (N1-N6)."""
    common.warm("alprmap.roads.behind", "alprmap.roads.ways")
    from alprmap.roads import Drivable, open_roads
    from alprmap.store import hand_on

    common.refuse_overwrite(out, force, kind="table")
    if (extract is None) == (online is None):
        raise UsageError("give either an extract or --online", fix="see alprmap roads --help")
    if extract is None:
        from alprmap.roads import fetch_extract

        net = fetch_extract(place=online, area=wanted_area(area))
    else:
        drivable = Drivable(service=service.value, tracks=tracks, private=private)
        with common.progress() as progress:
            net = open_roads(extract, wanted_area(area), drivable=drivable, progress=progress)
    for key, text in WARN.items():
        if net.meta["counts"].get(key):
            common.note(f"{net.meta['source']}: {net.meta['counts'][key]:,} {text}")
    if out is not None and out.suffix == ".parquet":
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
