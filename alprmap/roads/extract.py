"""An OSM extract becomes ways in plain arrays, and ways become segments: the engine under `network.read`.

The file is read once with pyosmium (twice when it is large: the first pass then finds which nodes roads use,
so that memory follows the roads and not the buildings). Everything after the reading is array work.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from osmium.osm import NODE, RELATION, WAY

from alprmap import geo
from alprmap.errors import InputError
from alprmap.roads import tags
from alprmap.roads.area import Area
from alprmap.roads.tags import Drivable

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

TWO_PASS_BYTES = 500_000_000
"""Files of at least this size are read twice. Below, 16 bytes for every node of the file (some 12 bytes of PBF
each) cost less than the id bitmap of a first pass, which grows with the highest node id (1.6 GB in 2026)."""
CHUNK_WAYS = 20_000
AREA_MARGIN_DEG = 0.05
"""While reading, ways this far outside the area are still kept (some 5 km), so that a road which leaves the area
is cut at the same junctions as without the area; the exact cut comes after."""
SHORT_EDGE_M = 5_000.0
"""Edges up to here are measured in the tangent plane at their middle: within 1 mm of the geodesic (tested)."""

_speed = lru_cache(4096)(tags.speed_kmh)
_lanes = lru_cache(4096)(tags.count)
_level = lru_cache(4096)(tags.level)


@dataclass
class Ways:
    """Drivable ways of an extract: one entry per way in the lists, one per node reference in the arrays."""

    way_id: array[int] = field(default_factory=lambda: array("q"))
    size: array[int] = field(default_factory=lambda: array("q"))
    refs: array[int] = field(default_factory=lambda: array("q"))
    xy: list[FloatArray] = field(default_factory=list)
    highway: list[str] = field(default_factory=list)
    name: list[str | None] = field(default_factory=list)
    alt_name: list[str | None] = field(default_factory=list)
    ref: list[str | None] = field(default_factory=list)
    flags: bytearray = field(default_factory=bytearray)
    layer: array[int] = field(default_factory=lambda: array("b"))
    lanes: array[float] = field(default_factory=lambda: array("d"))
    maxspeed_kmh: array[float] = field(default_factory=lambda: array("d"))
    restrictions: list[tuple[int, str, int, int, int]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    newest: Any = None


FORWARD, BACKWARD, BRIDGE, TUNNEL, ROUNDABOUT = 1, 2, 4, 8, 16


def read_ways(path: Path, drivable: Drivable, area: Area | None, progress: Progress) -> Ways:
    """Return the drivable ways and turn restrictions of an extract (PBF, XML, bz2, gz, OPL).

    Raises
    ------
    InputError
        When the file is no OSM data or breaks off.
    """
    ways = Ways()
    try:
        wanted = _wanted_nodes(path, drivable) if path.stat().st_size >= TWO_PASS_BYTES else None
        table = osmium.index.create_map("sparse_mem_array")
        locations = osmium.NodeLocationsForWays(table)
        locations.ignore_errors()
        # the iterator keeps no reference to its handlers: these names must outlive it
        handlers = [f for f in (wanted, locations, *_road_filters()) if f is not None]
        with osmium.io.Reader(str(path), NODE | WAY | RELATION) as reader:
            _collect(osmium.OsmFileIterator(reader, *handlers), ways, drivable, area, progress)
    except (RuntimeError, ValueError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"not a readable OSM file: {error}", where=path, fix="fetch the extract again, or check it with osmium"
        ) from None
    return ways


def _road_filters() -> list[Any]:
    roads = osmium.filter.KeyFilter("highway")
    roads.enable_for(WAY)
    turns = osmium.filter.TagFilter(("type", "restriction"))
    turns.enable_for(RELATION)
    return [osmium.filter.EntityFilter(WAY | RELATION), roads, turns]


def _wanted_nodes(path: Path, drivable: Drivable) -> Any:
    """First pass over a large file: a filter that lets only the nodes of drivable ways through."""
    tracker = osmium.IdTracker()
    roads = osmium.filter.KeyFilter("highway")
    with osmium.io.Reader(str(path), WAY) as reader:
        for way in osmium.OsmFileIterator(reader, roads):
            get = way.tags.get
            if tags.reason_to_skip(get("highway") or "", get, drivable) is None:
                tracker.add_references(way)
    wanted = tracker.id_filter()
    wanted.enable_for(NODE)
    return wanted


def _collect(
    objects: Iterable[Any], ways: Ways, drivable: Drivable, area: Area | None, progress: Progress
) -> None:
    factory = osmium.geom.WKBFactory()
    shapes: list[str] = []
    for obj in objects:
        if not obj.is_way():
            _take_restriction(obj, ways)
            continue
        get = obj.tags.get
        highway = get("highway") or ""
        why = tags.reason_to_skip(highway, get, drivable)
        if why is not None:
            ways.counts[f"skipped_{why}"] += 1
            continue
        refs = [node.ref for node in obj.nodes]
        if len(refs) < 2:
            ways.counts["ways_of_one_node"] += 1
            continue
        try:
            # 18 hex digits of header, then the coordinates as little-endian doubles
            shapes.append(factory.create_linestring(obj, osmium.geom.ALL)[18:])
        except (osmium.InvalidLocationError, RuntimeError):
            shapes.append(_hex_of_known(obj))
        _take_way(obj, highway, get, refs, ways)
        if len(shapes) >= CHUNK_WAYS:
            _flush(shapes, ways, area)
            progress("reading roads", len(ways.way_id), 0)
    _flush(shapes, ways, area)


def _hex_of_known(way: Any) -> str:
    """Coordinates of a way that lacks nodes, NaN where unknown; the cut is made in `split`."""
    points = [
        (node.location.lon, node.location.lat) if node.location.valid() else (np.nan, np.nan) for node in way.nodes
    ]
    return np.asarray(points, dtype="<f8").tobytes().hex()


def _take_way(way: Any, highway: str, get: tags.Get, refs: list[int], ways: Ways) -> None:
    forward, backward = tags.directions(highway, get)
    flags = forward * FORWARD | backward * BACKWARD
    flags |= tags.present(get("bridge")) * BRIDGE | tags.present(get("tunnel")) * TUNNEL
    ways.flags.append(flags | (get("junction") in ("roundabout", "circular")) * ROUNDABOUT)
    ways.way_id.append(way.id)
    ways.size.append(len(refs))
    ways.refs.extend(refs)
    ways.highway.append(highway)
    ways.name.append(get("name"))
    ways.alt_name.append(get("alt_name"))
    ways.ref.append(get("ref"))
    ways.layer.append(_level(get("layer")))
    ways.lanes.append(_lanes(get("lanes")))
    ways.maxspeed_kmh.append(_speed(get("maxspeed")))
    if ways.newest is None or way.timestamp > ways.newest:
        ways.newest = way.timestamp


def _take_restriction(relation: Any, ways: Ways) -> None:
    """Keep a restriction from way over node to way (rule N5); count what is not of that form."""
    kind = tags.restriction(relation.tags.get)
    if kind is None:
        ways.counts["restrictions_not_for_cars"] += 1
        return
    sides: dict[str, list[int]] = {"from": [], "via": [], "to": []}
    for member in relation.members:
        if member.role in sides and member.type == ("n" if member.role == "via" else "w"):
            sides[member.role].append(member.ref)
    if not (len(sides["via"]) == 1 and sides["from"] and sides["to"]):
        ways.counts["restrictions_not_simple"] += 1
        return
    ways.restrictions.extend(
        (relation.id, kind, start, sides["via"][0], end) for start in sides["from"] for end in sides["to"]
    )


def _flush(shapes: list[str], ways: Ways, area: Area | None) -> None:
    """Turn the gathered coordinates into one array, and forget the ways of this chunk that lie outside `area`."""
    if not shapes:
        return
    xy = np.frombuffer(bytes.fromhex("".join(shapes)), dtype="<f8").reshape(-1, 2)
    count = len(shapes)
    shapes.clear()
    if area is not None:
        xy = _forget_outside(xy, count, ways, area)
    ways.xy.append(xy)


def _forget_outside(xy: FloatArray, count: int, ways: Ways, area: Area) -> FloatArray:
    first = len(ways.way_id) - count
    size = np.array(ways.size[first:])
    starts = np.r_[0, np.cumsum(size)[:-1]]
    low, high = np.fmin.reduceat(xy, starts), np.fmax.reduceat(xy, starts)
    keep = area.touches_box(low[:, 0], low[:, 1], high[:, 0], high[:, 1], margin_deg=AREA_MARGIN_DEG)
    if keep.all():
        return xy
    ways.counts["ways_outside_area"] += int(np.sum(~keep))
    nodes = np.repeat(keep, size)
    refs = np.array(ways.refs[len(ways.refs) - len(xy) :])[nodes]
    del ways.refs[len(ways.refs) - len(xy) :]
    ways.refs.frombytes(refs.astype(np.int64).tobytes())
    for column in (ways.way_id, ways.size, ways.layer, ways.lanes, ways.maxspeed_kmh, ways.flags,
                   ways.highway, ways.name, ways.alt_name, ways.ref):  # fmt: skip
        kept: Any = [v for v, k in zip(column[first:], keep, strict=True) if k]
        del column[first:]
        column.extend(kept)
    return xy[nodes]


@dataclass(frozen=True)
class Split:
    """Segments as arrays: which way, first and last node, and the run of coordinates of each."""

    way: IntArray
    u: IntArray
    v: IntArray
    start: IntArray
    end: IntArray
    refs: IntArray
    xy: FloatArray
    counts: Counter[str]

    def take(self, order: IntArray) -> Split:
        """Return the segments in another order."""
        named = {name: getattr(self, name)[order] for name in ("way", "u", "v", "start", "end")}
        return Split(**named, refs=self.refs, xy=self.xy, counts=self.counts)

    def chunks(self, size: int = 200_000) -> Iterator[tuple[NDArray[np.object_], FloatArray]]:
        """Give (lines, lengths in metres) for `size` segments at a time, so that scratch arrays stay small."""
        for first in range(0, len(self.way), size):
            start, end = self.start[first : first + size], self.end[first : first + size]
            number = end - start + 1
            offset = np.cumsum(number) - number
            at = np.arange(int(number.sum())) + np.repeat(start - offset, number)
            owner = np.repeat(np.arange(len(start)), number)
            coords = self.xy[at]
            yield shapely.linestrings(coords, indices=owner), _lengths(coords, owner, len(start))


def _lengths(coords: FloatArray, owner: IntArray, count: int) -> FloatArray:
    same = owner[1:] == owner[:-1]
    a, b = coords[:-1][same], coords[1:][same]
    step = edge_m(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    total: FloatArray = np.bincount(owner[1:][same], weights=step, minlength=count).astype(np.float64)
    return total


def edge_m(lon1: FloatArray, lat1: FloatArray, lon2: FloatArray, lat2: FloatArray) -> FloatArray:
    """Return geodesic lengths of edges, metres; short ones in the tangent plane at their middle (faster)."""
    per_lon, per_lat = geo.degree_m((lat1 + lat2) / 2)
    span = lon2 - lon1
    span = np.where(np.abs(span) > 180, span - np.copysign(360.0, span), span)
    metres: FloatArray = np.hypot(span * per_lon, (lat2 - lat1) * per_lat)
    far = metres > SHORT_EDGE_M
    if far.any():
        metres[far] = geo.distance_m(lon1[far], lat1[far], lon2[far], lat2[far])
    return metres


def split(ways: Ways) -> Split:
    """Cut ways at junctions: at their ends and at every node that two passes of drivable ways share.

    Nodes that the extract lacks end a run (the rest of the way goes on behind the gap), a node named twice in
    a row counts once, and a later copy of a way id is left out; all are counted.
    """
    counts: Counter[str] = Counter()
    size = np.frombuffer(ways.size, dtype=np.int64) if len(ways.size) else np.zeros(0, np.int64)
    refs = np.frombuffer(ways.refs, dtype=np.int64) if len(ways.refs) else np.zeros(0, np.int64)
    xy = np.concatenate(ways.xy) if ways.xy else np.zeros((0, 2))
    ways.xy.clear()
    way = np.repeat(np.arange(len(size)), size)

    repeated = _later_copies(np.array(ways.way_id, dtype=np.int64))
    known = np.isfinite(xy[:, 0])
    twice = np.r_[False, (refs[1:] == refs[:-1]) & (way[1:] == way[:-1])]
    counts["ways_twice"] = int(repeated.sum())
    counts["nodes_missing"] = int(np.sum(~known & ~repeated[way]))
    counts["ways_with_missing_nodes"] = len(np.unique(way[~known & ~repeated[way]]))
    counts["nodes_repeated"] = int(np.sum(twice & known & ~repeated[way]))
    run = way + np.cumsum(~known)  # rises at every way and at every gap
    keep = known & ~repeated[way] & ~twice
    if not keep.all():
        refs, xy, way, run = refs[keep], xy[keep], way[keep], run[keep]
    return _segments(refs, xy, way, run, counts)


def _later_copies(way_id: IntArray) -> NDArray[np.bool_]:
    _, first = np.unique(way_id, return_index=True)
    later = np.ones(len(way_id), dtype=bool)
    later[first] = False
    return later


def _segments(refs: IntArray, xy: FloatArray, way: IntArray, run: IntArray, counts: Counter[str]) -> Split:
    if len(refs) == 0:
        none = np.zeros(0, np.int64)
        return Split(none, none, none, none, none, refs, xy, counts)
    order = np.argsort(refs, kind="stable")
    ordered = refs[order]
    same = ordered[1:] == ordered[:-1]
    shared = np.zeros(len(refs), dtype=bool)
    shared[order[1:][same]] = True
    shared[order[:-1][same]] = True
    del order, ordered, same
    first = np.r_[True, run[1:] != run[:-1]]
    last = np.r_[first[1:], True]
    cut = np.flatnonzero(shared | first | last)
    start, end = cut[:-1], cut[1:]
    inside = run[start] == run[end]
    start, end = start[inside], end[inside]
    counts["runs_of_one_node"] = int(np.sum(first & last))
    rank = np.argsort(way[start], kind="stable")
    start, end = start[rank], end[rank]
    return Split(way[start], refs[start], refs[end], start, end, refs, xy, counts)
