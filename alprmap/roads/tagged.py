"""Places in an extract that carry some tag, read in the child process: where, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import osmium

from alprmap.errors import WHOLE, InputError, reason
from alprmap.roads.tags import tag_fits

Row = tuple[str, float, float, dict[str, str]]
MOST_MEMBERS = 200
"""Ways of a relation that are looked at for its middle."""


def read(path: Path, wanted: Mapping[str, Sequence[str]], also: Sequence[str]) -> Iterator[Row]:
    """Yield (object, lon, lat, tags) of nodes, ways and areas with a wanted tag.

    A way or an area lies in the middle of its box; one whose nodes the extract lacks is left out.

    Parameters
    ----------
    wanted
        Values by key; `*` is any value but "no".
    also
        Further keys whose values are handed back.

    Raises
    ------
    InputError
        When the file is broken.
    """
    keys = osmium.filter.KeyFilter(*wanted)
    names = {*wanted, *also}
    try:
        members: dict[int, tuple[list[int], dict[str, str]]] = {}
        some: Any = osmium.FileProcessor(str(path), osmium.osm.RELATION)
        for thing in some.with_filter(keys):
            if _fits(thing.tags, wanted):
                ways = [m.ref for m in thing.members if m.type == "w" and m.role in ("", "outer")]
                members[thing.id] = ways[:MOST_MEMBERS], _tags(thing.tags, names)
        every: Any = osmium.FileProcessor(str(path)).with_locations()
        for thing in every.with_filter(keys):
            if thing.is_relation() or not _fits(thing.tags, wanted):
                continue
            if thing.is_node():
                if thing.location.valid():
                    spot = thing.location.lon, thing.location.lat
                    yield f"node/{thing.id}", *spot, _tags(thing.tags, names)
                continue
            box = _box(thing.nodes)
            if box:
                yield f"way/{thing.id}", *_middle([box]), _tags(thing.tags, names)
        yield from _relations(path, members)
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"not a readable OSM extract ({reason(error)})", where=path, fix=WHOLE
        ) from None


def _relations(path: Path, members: dict[int, tuple[list[int], dict[str, str]]]) -> Iterator[Row]:
    """Yield relations, each in the middle of the box of its outer ways."""
    ways = sorted({way for some, _ in members.values() for way in some})
    if not ways:
        return
    boxes: dict[int, tuple[float, ...]] = {}
    only = osmium.filter.IdFilter(ways)
    kinds = osmium.filter.EntityFilter(osmium.osm.WAY)
    every: Any = osmium.FileProcessor(str(path)).with_locations()
    for way in every.with_filter(kinds).with_filter(only):
        box = _box(way.nodes)
        if box:
            boxes[way.id] = box
    for number, (some, tags) in members.items():
        known = [boxes[way] for way in some if way in boxes]
        if known:
            yield f"relation/{number}", *_middle(known), tags


def _fits(tags: Any, wanted: Mapping[str, Sequence[str]]) -> bool:
    return any(tag_fits(tags.get(key), values) for key, values in wanted.items())


def _tags(tags: Any, names: set[str]) -> dict[str, str]:
    return {name: str(tags.get(name)) for name in sorted(names) if tags.get(name) is not None}


def _box(nodes: Any) -> tuple[float, ...] | None:
    spots = [(n.lon, n.lat) for n in nodes if n.location.valid()]
    if not spots:
        return None
    lon, lat = zip(*spots, strict=True)
    return min(lon), min(lat), max(lon), max(lat)


def _middle(boxes: Sequence[tuple[float, ...]]) -> tuple[float, float]:
    west, south, east, north = zip(*boxes, strict=True)
    return (min(west) + max(east)) / 2, (min(south) + max(north)) / 2
