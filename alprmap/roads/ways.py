"""The drivable ways of an OSM extract in plain arrays: the part of reading roads that works in the
child process.

The file is read once with pyosmium (twice when it is large: the first pass then finds which nodes
roads use, so that memory follows the roads and not the buildings), and handed over a chunk of ways
at a time."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pyarrow as pa
from numpy.typing import NDArray
from osmium.osm import NODE, RELATION, WAY

from alprmap import geo
from alprmap.errors import InputError, reason
from alprmap.roads import tags
from alprmap.roads.tags import Drivable

FloatArray = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

TWO_PASS_BYTES = 500_000_000
"""Files of at least this size are read twice. Below, 16 bytes for every node of the file (some 12
bytes of PBF each) cost less than the id bitmap of a first pass, which grows with the highest node
id (1.6 GB in 2026)."""
CHUNK_WAYS = 20_000
AREA_MARGIN_DEG = 0.05
"""While reading, ways this far outside the area are still kept (some 5 km), so that a road which
leaves the area is cut at the same junctions as without the area; the exact cut comes after."""
TEXTS = ("highway", "name", "alt_name", "ref")
_NODES = (("refs", pa.int64()), ("xy", pa.float64()))
SCHEMA = pa.schema(
    [
        ("way_id", pa.int64()),
        ("flags", pa.uint8()),
        ("layer", pa.int8()),
        ("lanes", pa.float64()),
        ("maxspeed_kmh", pa.float64()),
        ("version", pa.int64()),
    ]
    + [(name, pa.large_string()) for name in TEXTS]
    + [(name, pa.large_list(kind)) for name, kind in _NODES]
)
"""A chunk of ways as it crosses the wall; `xy` holds lon, lat of each node in turn, NaN where
unknown. """

_speed = lru_cache(4096)(tags.speed_kmh)
_lanes = lru_cache(4096)(tags.count)
_level = lru_cache(4096)(tags.level)


@dataclass
class Ways:
    """Drivable ways of an extract: one entry per way in the lists, one per node reference in the
    arrays."""

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
    version: array[int] = field(default_factory=lambda: array("q"))
    """Of each way, 0 where the file does not say."""
    restrictions: list[tuple[int, str, int, int, int]] = field(default_factory=list)
    relation_version: dict[int, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    newest: Any = None
    timestamp: str | None = None
    told: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in TEXTS})

    def drain(self) -> Any:
        """Return the ways gathered so far as a table of `SCHEMA`, and forget them."""
        size = np.array(self.size)
        ends = np.r_[0, np.cumsum(size)]
        xy = np.concatenate(self.xy) if self.xy else np.zeros((0, 2))
        columns = [
            _numbers(np.array(self.way_id), pa.int64()),
            _numbers(np.frombuffer(bytes(self.flags), dtype=np.uint8), pa.uint8()),
            _numbers(np.array(self.layer), pa.int8()),
            _numbers(np.array(self.lanes), pa.float64()),
            _numbers(np.array(self.maxspeed_kmh), pa.float64()),
            _numbers(np.array(self.version), pa.int64()),
            *(_texts(getattr(self, name)) for name in TEXTS),
            pa.LargeListArray.from_arrays(
                _numbers(ends, pa.int64()), _numbers(np.array(self.refs), pa.int64())
            ),
            pa.LargeListArray.from_arrays(
                _numbers(ends * 2, pa.int64()), _numbers(xy.ravel(), pa.float64())
            ),
        ]
        for column in (
            self.way_id,
            self.size,
            self.refs,
            self.xy,
            self.layer,
            self.lanes,
            self.maxspeed_kmh,
            self.version,
            self.flags,
            *(getattr(self, name) for name in TEXTS),
        ):
            del column[:]
        return pa.Table.from_arrays(columns, schema=SCHEMA)

    def absorb(self, table: Any) -> None:
        """Take in what `drain` gave in another process.

        Raises
        ------
        ValueError
            When it is no such table.
        """
        solid = [c for c in SCHEMA.names if c not in TEXTS]
        if not table.schema.equals(SCHEMA) or any(table[c].null_count for c in solid):
            raise ValueError("no ways")
        batch = table.combine_chunks()
        flat = {name: batch[name].combine_chunks() for name in ("refs", "xy")}
        size = np.diff(flat["refs"].offsets.to_numpy())
        if not np.array_equal(size * 2, np.diff(flat["xy"].offsets.to_numpy())):
            raise ValueError("no ways")
        self.size.frombytes(size.astype(np.int64).tobytes())
        self.refs.frombytes(flat["refs"].flatten().to_numpy().tobytes())
        self.xy.append(flat["xy"].flatten().to_numpy().reshape(-1, 2))
        for name in ("way_id", "layer", "lanes", "maxspeed_kmh", "version"):
            getattr(self, name).frombytes(batch[name].to_numpy().tobytes())
        self.flags += batch["flags"].to_numpy().tobytes()
        for name in TEXTS:
            self.told[name].append(batch[name].combine_chunks())

    def text(self, name: str) -> Any:
        """Return one text of each way as an Arrow array."""
        return pa.chunked_array(
            [*self.told[name], pa.array(getattr(self, name), type=pa.large_string())]
        )


def _numbers(values: NDArray[Any], kind: Any) -> Any:
    # not pa.array(): it imports pandas, which takes longer than reading a town
    return pa.Array.from_buffers(
        kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))]
    )


def _texts(values: list[str | None]) -> Any:
    raw = [b"" if v is None else v.encode() for v in values]
    ends = np.r_[0, np.cumsum([len(r) for r in raw], dtype=np.int64)]
    known = np.packbits(np.array([v is not None for v in values], dtype=bool), bitorder="little")
    buffers = [pa.py_buffer(known), pa.py_buffer(ends), pa.py_buffer(b"".join(raw))]
    return pa.Array.from_buffers(pa.large_string(), len(values), buffers)


FORWARD, BACKWARD, BRIDGE, TUNNEL, ROUNDABOUT = 1, 2, 4, 8, 16


def read(
    path: Path,
    drivable: Drivable,
    bounds: Bounds | None = None,
    *,
    two_pass_bytes: int = TWO_PASS_BYTES,
    chunk_ways: int = CHUNK_WAYS,
) -> Iterator[Ways]:
    """Yield the drivable ways and turn restrictions of an extract (PBF, XML, bz2, gz, OPL).

    The same object is yielded after each chunk of ways; who drains it then keeps little in memory.
    Counts, restrictions and the date of the data are whole at the end.

    Raises
    ------
    InputError
        When the file is no OSM data or breaks off.
    """
    ways = Ways()
    try:
        wanted = _wanted_nodes(path, drivable) if path.stat().st_size >= two_pass_bytes else None
        table = osmium.index.create_map("sparse_mem_array")
        locations = osmium.NodeLocationsForWays(table)
        locations.ignore_errors()
        # the iterator keeps no reference to its handlers: these names must outlive it
        handlers = [f for f in (wanted, locations, *_road_filters()) if f is not None]
        with osmium.io.Reader(str(path), NODE | WAY | RELATION) as reader:
            objects = osmium.OsmFileIterator(reader, *handlers)
            yield from _collect(objects, ways, drivable, bounds, chunk_ways)
        ways.timestamp = _timestamp(path, ways)
        yield ways
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"not a readable OSM file: {reason(error)}",
            where=path,
            fix="fetch the extract again, or check it with osmium",
        ) from None


def _timestamp(path: Path, ways: Ways) -> str | None:
    """Date of the data: as the file's header says, else the newest road in it, else None (never the
    clock)."""
    with osmium.io.Reader(str(path), osmium.osm.NOTHING) as reader:
        header = reader.header()
        said = header.get("osmosis_replication_timestamp") or header.get("timestamp")
    if said:
        return str(said)
    known = ways.newest is not None and ways.newest.year > 1970
    return ways.newest.strftime("%Y-%m-%dT%H:%M:%SZ") if known else None


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
    objects: Iterable[Any], ways: Ways, drivable: Drivable, bounds: Bounds | None, chunk_ways: int
) -> Iterator[Ways]:
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
        if len(shapes) >= chunk_ways:
            _flush(shapes, ways, bounds)
            yield ways
    _flush(shapes, ways, bounds)


def _hex_of_known(way: Any) -> str:
    """Coordinates of a way that lacks nodes, NaN where unknown; the cut is made in `split`."""
    points = [
        (node.location.lon, node.location.lat) if node.location.valid() else (np.nan, np.nan)
        for node in way.nodes
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
    ways.version.append(way.version)
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
    ways.relation_version[relation.id] = relation.version
    ways.restrictions.extend(
        (relation.id, kind, start, sides["via"][0], end)
        for start in sides["from"]
        for end in sides["to"]
    )


def _flush(shapes: list[str], ways: Ways, bounds: Bounds | None) -> None:
    """Turn the gathered coordinates into one array, and forget the ways of this chunk far outside
    `bounds`."""
    if not shapes:
        return
    xy = np.frombuffer(bytes.fromhex("".join(shapes)), dtype="<f8").reshape(-1, 2)
    count = len(shapes)
    shapes.clear()
    if bounds is not None:
        xy = _forget_outside(xy, count, ways, bounds)
    ways.xy.append(xy)


def _forget_outside(xy: FloatArray, count: int, ways: Ways, bounds: Bounds) -> FloatArray:
    first = len(ways.way_id) - count
    size = np.array(ways.size[first:])
    starts = np.r_[0, np.cumsum(size)[:-1]]
    low, high = np.fmin.reduceat(xy, starts), np.fmax.reduceat(xy, starts)
    keep = geo.boxes_touch(
        bounds, low[:, 0], low[:, 1], high[:, 0], high[:, 1], margin_deg=AREA_MARGIN_DEG
    )
    if keep.all():
        return xy
    ways.counts["ways_outside_area"] += int(np.sum(~keep))
    nodes = np.repeat(keep, size)
    refs = np.array(ways.refs[len(ways.refs) - len(xy) :])[nodes]
    del ways.refs[len(ways.refs) - len(xy) :]
    ways.refs.frombytes(refs.astype(np.int64).tobytes())
    for column in (
        ways.way_id,
        ways.size,
        ways.layer,
        ways.lanes,
        ways.maxspeed_kmh,
        ways.version,
        ways.flags,
        ways.highway,
        ways.name,
        ways.alt_name,
        ways.ref,
    ):
        kept: Any = [v for v, k in zip(column[first:], keep, strict=True) if k]
        del column[first:]
        column.extend(kept)
    return xy[nodes]
