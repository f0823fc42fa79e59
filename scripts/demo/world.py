"""The map being drawn: nodes, ways and relations with made-up ids, and the writer of the extract."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import osmium
from osmium.osm import mutable

from .geometry import Line, Point, lonlat

FIRST_ID = 16_000_000_001
"""Made-up OSM ids start here: above every id in use in 2026, below the 2^34 some software stops at.
"""
DRIVABLE = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
)  # fmt: skip


class World:
    """Collects the objects of the invented map; places are meters, ids are handed out in order."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[Point, dict[str, str]]] = {}
        self.ways: dict[int, tuple[list[int], dict[str, str]]] = {}
        self.relations: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = []

    def node(self, at: Point, **tags: str) -> int:
        """Add a node and return its id."""
        node_id = FIRST_ID + len(self.nodes)
        self.nodes[node_id] = (at, {k.replace("__", ":"): v for k, v in tags.items()})
        return node_id

    def tag(self, node_id: int, **tags: str) -> None:
        """Add tags to a node."""
        self.nodes[node_id][1].update({k.replace("__", ":"): v for k, v in tags.items()})

    def way(self, nodes: list[int], tags: dict[str, str]) -> int:
        """Add a way and return its id."""
        if len(nodes) < 2 or any(a == b for a, b in pairwise(nodes)):
            raise ValueError(f"a way needs two different nodes in a row: {tags}")
        way_id = FIRST_ID + len(self.ways)
        self.ways[way_id] = (list(nodes), {**tags, "fictional": "yes"})
        return way_id

    def path(self, places: list[Point | int]) -> list[int]:
        """Return node ids of a chain of places; a number is a node that exists already."""
        return [p if isinstance(p, int) else self.node(p) for p in places]

    def restrict(self, kind: str, from_way: int, via: int, to_way: int) -> None:
        """Add a turn restriction."""
        members = [("w", from_way, "from"), ("n", via, "via"), ("w", to_way, "to")]
        self.relations.append(
            (members, {"type": "restriction", "restriction": kind, "fictional": "yes"})
        )

    def at(self, node_id: int) -> Point:
        """Return the place of a node."""
        return self.nodes[node_id][0]

    def line(self, way_id: int) -> Line:
        """Return the line of a way."""
        return Line([self.at(n) for n in self.ways[way_id][0]])

    def ways_near(self, p: Point, within_m: float, **tags: str) -> list[tuple[float, int, float]]:
        """Return (distance, way, meters along it) of drivable ways with these tags near p, nearest
        first."""
        found = []
        for way_id, (_, have) in self.ways.items():
            if have.get("highway", "").removesuffix("_link") not in DRIVABLE:
                continue
            if any(have.get(k) != v for k, v in tags.items()):
                continue
            along, far = self.line(way_id).nearest(p)
            if far <= within_m:
                found.append((far, way_id, along))
        return sorted(found)

    def write(self, path: Path) -> None:
        """Write the extract; PBF blocks stay uncompressed so that the bytes do not depend on a zlib
        version."""
        header = osmium.io.Header()
        header.set("generator", "alprmap demo (fictional)")
        target = osmium.io.File(str(path), "osm.pbf,pbf_compression=none,add_metadata=none")
        with osmium.SimpleWriter(target, 4_000_000, header, overwrite=True) as out:
            for node_id, (at, tags) in self.nodes.items():
                out.add_node(mutable.Node(id=node_id, version=1, location=lonlat(*at), tags=tags))
            for way_id, (nodes, tags) in self.ways.items():
                out.add_way(mutable.Way(id=way_id, version=1, nodes=nodes, tags=tags))
            for number, (members, tags) in enumerate(self.relations):
                out.add_relation(
                    mutable.Relation(id=FIRST_ID + number, version=1, members=members, tags=tags)
                )

    def summary(self) -> str:
        """Return counts in one line."""
        meters = sum(self.line(w).length_m for w in self.ways)
        return f"{len(self.nodes)} nodes, {len(self.ways)} ways, {meters / 1000:.0f} km"


def spaced(start: float, end: float, step: float) -> list[float]:
    """Return marks from start to end, evenly spaced by about `step`."""
    count = max(1, math.ceil((end - start) / step))
    return [start + (end - start) * k / count for k in range(count + 1)]
