"""OSM extracts (PBF, XML, OPL, change files, packed or not) as rows: plate readers as nodes, ways
by their centre.

Read in two passes: which objects are plate readers, then where the nodes of such ways lie. A whole
state fits in little memory that way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import osmium

from alprmap.errors import WHOLE, InputError
from alprmap.sources.fields import vocabulary
from alprmap.sources.formats.rows import Row, Table, outer
from alprmap.sources.intake import Checked

KEYS = ("man_made", "surveillance:type", "camera:type")
_FORMATS = {"osm": "osm", "osm.pbf": "pbf", "osc": "osc", "opl": "opl"}


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table with the plate readers of an extract.

    Raises
    ------
    InputError
        When the extract is damaged or cut off.
    """
    suffix = f".{checked.packing}" if checked.packing else ""
    file = osmium.io.File(str(checked.path), _FORMATS[checked.kind] + suffix)
    try:
        found, refs, others = _objects(file)
        where = _locations(osmium.io.File(str(checked.path), _FORMATS[checked.kind] + suffix), refs)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise InputError(
            f"is no readable OSM data ({str(error)[:120]})",
            where=checked.path,
            fix=WHOLE,
        ) from None
    hints = (
        {"set_aside": f"{others} surveillance objects that are no plate readers"} if others else {}
    )
    yield Table(_rows(found, where), f"OSM ({_FORMATS[checked.kind]})", origin="osm", hints=hints)


def _objects(file: Any) -> tuple[list[Row], set[int], int]:
    found: list[Row] = []
    refs: set[int] = set()
    others = 0
    prefixes = tuple(vocabulary.words("lifecycle"))
    keys = [*KEYS, *(f"{p}:{k}" for p in prefixes for k in ("man_made", "surveillance:type"))]
    objects: Any = osmium.FileProcessor(file).with_filter(osmium.filter.KeyFilter(*keys))
    for item in objects:
        tags = {outer(t.k): t.v for t in item.tags}
        if not is_reader(tags, prefixes):
            others += _is_surveillance(tags)
            continue
        if item.deleted:
            continue
        if item.is_node():
            valid = item.location.valid()
            lon, lat = (item.location.lon, item.location.lat) if valid else (None, None)
            found.append({**tags, "@type": "node", "@id": item.id, "$lon": lon, "$lat": lat})
        elif item.is_way():
            nodes = [n.ref for n in item.nodes]
            refs.update(nodes)
            found.append({**tags, "@type": "way", "@id": item.id, "$nodes": nodes})
        elif item.is_relation():
            found.append({**tags, "@type": "relation", "@id": item.id})
    return found, refs, others


def _locations(file: Any, refs: set[int]) -> dict[int, tuple[float, float]]:
    if not refs:
        return {}
    where: dict[int, tuple[float, float]] = {}
    nodes: Any = osmium.FileProcessor(file, osmium.osm.NODE).with_filter(
        osmium.filter.IdFilter(refs)
    )
    for node in nodes:
        if node.location.valid():
            where[node.id] = (node.location.lon, node.location.lat)
    return where


def _rows(found: list[Row], where: dict[int, tuple[float, float]]) -> Iterator[Row]:
    for number, row in enumerate(found, 1):
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


def _is_surveillance(tags: dict[str, str]) -> bool:
    return tags.get("man_made") == "surveillance"


def is_reader(tags: dict[str, str], prefixes: tuple[str, ...] = ()) -> bool:
    """Tell whether tags describe a plate reader, standing or by a lifecycle prefix gone or planned.

    >>> is_reader({"man_made": "surveillance", "surveillance:type": "ALPR"})
    True
    >>> is_reader({"man_made": "surveillance", "surveillance:type": "camera"})
    False
    >>> is_reader({"removed:man_made": "surveillance", "surveillance:type": "ANPR"}, ("removed",))
    True
    """
    sorts = [tags.get("surveillance:type", "")] + [
        tags.get(f"{p}:surveillance:type", "") for p in prefixes
    ]
    return any(
        vocabulary.word("device", part.strip()) == "alpr"
        for sort in sorts
        for part in sort.split(";")
    )
