"""Road fixtures: OPL text to files of every kind, and an extract cut down to what OSMnx calls
`drive`."""

from __future__ import annotations

import re
from pathlib import Path

import osmium
from osmium.osm import NODE, WAY

from alprmap.roads import tags

# two streets and a one-way motorway that passes over one of them; meters are about 111,320 per
# degree
TOWN = """n1 v1 dV x0.000 y0.000
n2 v1 dV x0.001 y0.000
n3 v1 dV x0.002 y0.000
n4 v1 dV x0.001 y0.001
n5 v1 dV x0.001 y-0.001
n6 v1 dV x0.0015 y0.001
n7 v1 dV x0.0015 y-0.001
w10 v1 dV Thighway=primary,name=Main%20%Street,ref=US%20%1,maxspeed=35%20%mph,lanes=4 Nn1,n2,n3
w11 v1 dV Thighway=residential,name=Side%20%Road Nn4,n2,n5
w12 v1 dV Thighway=motorway,ref=I%20%9,bridge=yes,layer=1 Nn7,n6
w13 v1 dV Thighway=footway Nn1,n4
w14 v1 dV Thighway=service,service=driveway Nn3,n6
r90 v1 dV Ttype=restriction,restriction=no_left_turn Mw10@from,n2@via,w11@to
"""

OSMNX_DRIVE = {
    "highway": "abandoned|bridleway|bus_guideway|construction|corridor|cycleway|elevator|escalator|footway|no|"
    "path|pedestrian|planned|platform|proposed|raceway|razed|rest_area|service|services|steps|track",
    "area": "yes", "access": "private", "motor_vehicle": "no", "motorcar": "no",
    "service": "alley|driveway|emergency_access|parking|parking_aisle|private",
}  # fmt: skip
"""What OSMnx leaves out of its `drive` network (osmnx._overpass, 2.x)."""


def write(path: Path, opl: str = TOWN) -> Path:
    """Write OPL text as the kind of file `path` names (.opl, .osm, .osm.bz2, .osm.pbf)."""
    if path.name.endswith(".opl"):
        path.write_text(opl, encoding="utf-8")
        return path
    source = path.with_name("source.opl")
    source.write_text(opl)
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for obj in osmium.FileProcessor(str(source)):
            writer.add(obj)
    return path


def osmnx_drive_xml(extract: Path, out: Path) -> Path:
    """Write the ways that OSMnx calls `drive` and alprmap calls roads as XML, with the nodes they
    use."""
    used = osmium.IdTracker()
    kept = []
    for way in osmium.FileProcessor(str(extract), WAY).with_filter(
        osmium.filter.KeyFilter("highway")
    ):
        get = way.tags.get
        theirs = not any(re.search(pattern, get(key, "")) for key, pattern in OSMNX_DRIVE.items())
        if theirs and tags.reason_to_skip(get("highway"), get, tags.Drivable()) is None:
            used.add_references(way)
            kept.append(way.id)
    keep = set(kept)
    with osmium.SimpleWriter(str(out), overwrite=True) as writer:
        for obj in osmium.FileProcessor(str(extract), NODE | WAY).with_filter(_nodes(used)):
            if obj.is_node() or obj.id in keep:
                writer.add(obj)
    return out


def _nodes(used: osmium.IdTracker) -> object:
    only = used.id_filter()
    only.enable_for(NODE)
    return only
