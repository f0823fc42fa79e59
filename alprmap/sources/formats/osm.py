"""OSM extracts, histories and change files (PBF, XML, OPL, OSC, packed or not) as rows: every
surveillance device in its last version, ways by their center.

Read in passes: which objects are devices, what became of them (their last version counts, and one
that was deleted stays deleted), then where the nodes of ways lie. A whole state fits in little
memory that way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

import osmium

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sources.fields import tags_of_osm, vocabulary
from alprmap.sources.formats.rows import Row, Table, outer
from alprmap.sources.intake import Checked, unpacked

KEYS = ("man_made", "surveillance:type", "camera:type")
HIGHWAYS = ("speed_camera", "toll_gantry")
"""Values of `highway` that are devices of their own."""
_FORMATS = {"osm": "osm", "osm.pbf": "pbf", "osc": "osc", "opl": "opl"}
_KINDS = ("node", "way", "relation")
_CHUNK = 1 << 20
_OVERLAP = 4_096
_REMARK = re.compile(rb"<remark>(.{0,2000}?)</remark>", re.DOTALL)

Key = tuple[str, int]
"""("node", 123): what names an object through all its versions."""


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table with the surveillance devices of an extract, each in its last version.

    Raises
    ------
    InputError
        When the extract is damaged or cut off.
    """
    hints: dict[str, str] = {}
    try:
        deleted = _marks(checked, hints) if checked.kind == "osm" else set()
        rows, refs, gone = _last_versions(checked, deleted)
        where = _locations(checked, refs)
    except (RuntimeError, ValueError, osmium.InvalidLocationError, expat.ExpatError) as error:
        raise InputError(
            f"is no readable OSM data ({reason(error)})",
            where=checked.path,
            fix=WHOLE,
        ) from None
    if gone:
        hints["set_aside"] = f"{gone} deleted objects, or devices only in an earlier version"
    yield Table(_rows(rows, where), f"OSM ({_FORMATS[checked.kind]})", origin="osm", hints=hints)


def _file(checked: Checked) -> Any:
    suffix = f".{checked.packing}" if checked.packing else ""
    return osmium.io.File(str(checked.path), _FORMATS[checked.kind] + suffix)


def _last_versions(checked: Checked, deleted: set[Key]) -> tuple[list[Row], set[int], int]:
    """Return the rows of devices, the nodes of their ways, and how many devices are gone."""
    last: dict[Key, tuple[int, Row | None]] = {}
    for item in _devices(checked):
        _keep_last(last, item)
    if not _one_version_each(checked):
        # a later version may have lost the tags by which the earlier one was found
        for kind, entity in zip(_KINDS, _entities(), strict=True):
            # an object not yet uploaded has a negative id and no history
            ids = {number for k, number in last if k == kind and number > 0}
            for item in _by_id(checked, entity, ids) if ids else ():
                _keep_last(last, item)
    rows = [row for key, (_, row) in last.items() if row is not None and key not in deleted]
    refs = {ref for row in rows for ref in row.get("$nodes", ())}
    return rows, refs, len(last) - len(rows)


def _by_id(checked: Checked, entity: Any, ids: set[int]) -> Iterator[Any]:
    """Yield the objects of some ids; osmium's own filter takes no negative ones."""
    everything: Any = osmium.FileProcessor(_file(checked), entity)
    if min(ids) >= 0:
        yield from everything.with_filter(osmium.filter.IdFilter(ids))
        return
    yield from (item for item in everything if item.id in ids)


def _entities() -> tuple[Any, Any, Any]:
    return osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION


def _one_version_each(checked: Checked) -> bool:
    """Tell whether the file itself says that it holds no object twice."""
    if checked.kind != "osm.pbf":
        return False
    with osmium.io.Reader(_file(checked), osmium.osm.NOTHING) as reader:
        return not reader.header().has_multiple_object_versions


def _devices(checked: Checked) -> Iterator[Any]:
    """Yield the objects that may be devices, in any version."""
    prefixes = ("", *(f"{p}:" for p in vocabulary.words("lifecycle")))
    keys = [f"{p}{k}" for p in prefixes for k in KEYS]
    yield from osmium.FileProcessor(_file(checked)).with_filter(osmium.filter.KeyFilter(*keys))
    pairs = [(f"{p}highway", value) for p in prefixes for value in HIGHWAYS]
    yield from osmium.FileProcessor(_file(checked)).with_filter(osmium.filter.TagFilter(*pairs))


def _keep_last(last: dict[Key, tuple[int, Row | None]], item: Any) -> None:
    """Remember an object when it is not older than what is known of it; without version numbers the
    later place in the file counts."""
    kind = "node" if item.is_node() else "way" if item.is_way() else "relation"
    key = kind, item.id
    row = None if item.deleted else _row(item, kind)
    if key in last:
        if item.version >= last[key][0]:
            last[key] = item.version, row
    elif row is not None or item.deleted:
        last[key] = item.version, row


def _row(item: Any, kind: str) -> Row | None:
    tags = {outer(t.k): t.v for t in item.tags}
    if not tags_of_osm.is_device(tags):
        return None
    row: Row = {**tags, "@type": kind, "@id": item.id}
    if kind == "node":
        valid = item.location.valid()
        row["$lon"], row["$lat"] = (item.location.lon, item.location.lat) if valid else (None, None)
    elif kind == "way":
        row["$nodes"] = [n.ref for n in item.nodes]
    return row


def _locations(checked: Checked, refs: set[int]) -> dict[int, tuple[float, float]]:
    if not refs:
        return {}
    where: dict[int, tuple[float, float]] = {}
    versions: dict[int, int] = {}
    for node in _by_id(checked, osmium.osm.NODE, refs):
        if node.location.valid() and node.version >= versions.get(node.id, -1):
            where[node.id] = (node.location.lon, node.location.lat)
            versions[node.id] = node.version
    return where


def _rows(rows: list[Row], where: dict[int, tuple[float, float]]) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        nodes = row.pop("$nodes", None)
        if nodes is not None:
            # a closed way names its first node twice
            points = [where[n] for n in dict.fromkeys(nodes) if n in where]
            if points:
                row["$lon"] = math.fsum(p[0] for p in points) / len(points)
                row["$lat"] = math.fsum(p[1] for p in points) / len(points)
                row["$shape"] = "way"
        row["$row"] = number
        yield row


def _marks(checked: Checked, hints: dict[str, str]) -> set[Key]:
    """Return the objects that an editor marked as deleted, which osmium does not look at, and note
    the remark of a server that broke off."""
    marked, rest = False, b""
    with unpacked(checked) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            marked = marked or b"delete" in text
            if remark := _REMARK.search(text):
                said = " ".join(remark[1].decode("utf-8", "replace").split())
                hints["cut"] = f"the server broke off: {said}"
            rest = text[-_OVERLAP:]
    return _deleted(checked) if marked else set()


def _deleted(checked: Checked) -> set[Key]:
    deleted: set[Key] = set()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name in _KINDS and attributes.get("action") == "delete":
            number = attributes.get("id", "")
            if number.removeprefix("-").isdecimal():
                deleted.add((name, int(number)))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = _no_entities
    with unpacked(checked) as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return deleted


def _no_entities(*_: Any) -> None:
    raise ValueError("it declares entities")
