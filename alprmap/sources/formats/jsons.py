"""JSON records as rows: GeoJSON, DeFlock tiles and bundles, Overpass answers, lists of records,
named groups."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

from alprmap.errors import InputError
from alprmap.sources.fields import vocabulary
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.formats.jsonstream import Event, events
from alprmap.sources.formats.rows import Row, Table, outer
from alprmap.sources.intake import Checked

RECORD_KEYS = (
    "features",
    "elements",
    "data",
    "cameras",
    "results",
    "records",
    "items",
    "rows",
    "nodes",
    "agencies",
)
"""Names under which known exports keep their list of records."""
_MAX_VERTICES = 100_000
_FARTHEST = 1e12
"""Beyond any coordinate in degrees or metres; sums of more could overflow."""


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table with the rows of a JSON file; what sort it is shows in its first record.

    Raises
    ------
    InputError
        When it is no JSON, is cut off, or an Overpass answer that ran out of time.
    """
    yield _table(checked)


def _table(checked: Checked) -> Table:
    stream = events(checked)
    header: Row = {}
    first: Event | None = None
    groups: list[Row] = []
    names = 0
    for key, value in stream:
        if key is None or (key in RECORD_KEYS and isinstance(value, dict)):
            first = (key, value)
            break
        _refuse_remark(key, value, checked)
        if _is_group(value):
            names += 1
            groups.extend(_group(key, value))
        else:
            header[key] = value
    if first is None:
        return _without_list(header, groups, names, checked)
    kind, origin = _kind(first[1])
    hints: dict[str, str] = {}
    values = _values(itertools.chain([first], stream), first[0], checked)
    rows = (
        _overpass(values, hints)
        if kind == "Overpass JSON"
        else (_row(v, i) for i, v in enumerate(values, 1))
    )
    return Table(rows, kind, origin=origin, hints=hints)


def _kind(record: Any) -> tuple[str, str]:
    if not isinstance(record, dict):
        return "JSON list", "table"
    if record.get("type") == "Feature":
        return "GeoJSON", "geojson"
    if record.get("type") in ("node", "way", "relation") and ("id" in record):
        return "Overpass JSON", "osm"
    if "osmId" in record:
        return "OSM bundle", "osm"
    if isinstance(record.get("attributes"), dict):
        return "Esri JSON", "table"
    if isinstance(record.get("tags"), dict) and "lat" in record:
        return "DeFlock JSON", "osm"
    return "JSON list", "table"


def _values(stream: Iterator[Event], list_key: str | None, checked: Checked) -> Iterator[Any]:
    for key, value in stream:
        if key == list_key:
            yield value
        elif key is not None:
            _refuse_remark(key, value, checked)


def _overpass(values: Iterator[Any], hints: dict[str, str]) -> Iterator[Row]:
    """Yield the tagged elements of an Overpass answer; bare nodes only say where the corners of its
    ways are."""
    where: dict[Any, tuple[Any, Any]] = {}
    waiting: list[tuple[Row, list[Any]]] = []
    number = bare = 0
    for value in values:
        if isinstance(value, dict) and value.get("type") == "node":
            if isinstance(value.get("id"), int):
                where[value["id"]] = (value.get("lon"), value.get("lat"))
            if "tags" not in value:
                bare += 1
                continue
        number += 1
        row = _row(value, number)
        nodes = value.get("nodes") if isinstance(value, dict) else None
        if isinstance(nodes, list) and "$lon" not in row and "$refuse" not in row:
            # the nodes of a way usually follow it ("out body; >; out skel")
            waiting.append((row, nodes))
        else:
            yield row
    for row, nodes in waiting:
        pairs = [
            where[n] for n in dict.fromkeys(n for n in nodes if isinstance(n, int)) if n in where
        ]
        yield row | _middle([[lon, lat] for lon, lat in pairs], "way")
    if bare:
        hints["set_aside"] = f"{bare} points without tags (corners of ways)"


def _row(value: Any, number: int) -> Row:
    if not isinstance(value, dict):
        return {
            "$row": number,
            "$refuse": "the entry is not a record with named fields",
            "value": _plain(value),
        }
    if value.get("type") == "Feature":
        row = _feature(value)
    elif isinstance(value.get("attributes"), dict):
        # ArcGIS: its x and y may be in any system, so they are taken as a table's would be
        row = _flat(value["attributes"])
        shape = value.get("geometry")
        row.update({k: _plain(shape.get(k)) for k in ("x", "y")} if isinstance(shape, dict) else {})
    else:
        row = _flat(value)
        row.update(_centre(value))
        if value.get("type") in ("node", "way", "relation") and isinstance(value.get("id"), int):
            row["@type"] = value["type"]
            row["@id"] = row.pop("id")
            row.pop("type", None)
    row["$row"] = number
    return row


def _centre(element: dict[str, Any]) -> Row:
    """Return ``$lon``, ``$lat`` of an element by what Overpass gives: its centre, its outline or
    its bounds."""
    center, outline, bounds = (element.get(k) for k in ("center", "geometry", "bounds"))
    if isinstance(center, dict):
        return _place(center.get("lon"), center.get("lat")) | {"$shape": "way"}
    if isinstance(outline, list):
        return _middle(
            [[p.get("lon"), p.get("lat")] for p in outline if isinstance(p, dict)], "way"
        )
    if isinstance(bounds, dict):
        corners = [
            [bounds.get("minlon"), bounds.get("minlat")],
            [bounds.get("maxlon"), bounds.get("maxlat")],
        ]
        return _middle(corners, "way")
    return {}


def _feature(feature: dict[str, Any]) -> Row:
    properties = feature.get("properties")
    row = _flat(properties) if isinstance(properties, dict) else {}
    if "id" in feature and "id" not in row and isinstance(feature["id"], (str, int)):
        row["id"] = feature["id"]
    geometry = feature.get("geometry")
    if isinstance(geometry, dict):
        row.update(point_of(geometry))
    return row


def point_of(geometry: dict[str, Any]) -> Row:
    """Return ``$lon`` and ``$lat`` of a GeoJSON geometry: the point itself, or the middle of what
    is drawn."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Point" and isinstance(coordinates, list):
        lon, lat = (*coordinates[:2], None, None)[:2]
        return _place(lon, lat) if coordinates else {}
    middle = _middle(coordinates, str(kind))
    if not middle and coordinates not in (None, []):
        return {"$refuse": f"the geometry ({kind}) has no usable position"}
    return middle


def _place(lon: Any, lat: Any) -> Row:
    """Return ``$lon`` and ``$lat`` as plain values; a list where a number should be is no
    number.
    """
    if lat is None and isinstance(lon, (list, dict)):
        return {"$lon": str(lon), "$lat": None}
    return {
        k: math.nan if isinstance(v, (list, dict)) else v for k, v in (("$lon", lon), ("$lat", lat))
    }


def _middle(coordinates: Any, kind: str) -> Row:
    """Return ``$lon``, ``$lat`` as the mean of all vertices, an empty row where there are none."""
    pairs = list(itertools.islice(_pairs(coordinates), _MAX_VERTICES))
    if not pairs:
        return {}
    if len(pairs) > 1 and pairs[0] == pairs[-1]:
        pairs = pairs[:-1]  # a ring repeats its first vertex
    lon, lat = (math.fsum(p[i] for p in pairs) / len(pairs) for i in (0, 1))
    return {"$lon": lon, "$lat": lat, "$shape": kind}


def _pairs(coordinates: Any) -> Iterator[tuple[float, float]]:
    stack = [coordinates]
    while stack:
        item = stack.pop()
        if not isinstance(item, list):
            continue
        if len(item) >= 2 and all(
            isinstance(v, (int, float)) and not isinstance(v, bool) for v in item[:2]
        ):
            x, y = decimal(item[0]), decimal(item[1])
            if x is not None and y is not None and max(abs(x), abs(y)) < _FARTHEST:
                yield x, y
        else:
            stack.extend(reversed(item))


def _flat(record: dict[str, Any]) -> Row:
    """Return a record with its `tags` (and other small objects) lifted one level; the raw tags
    win.
    """
    row: Row = {}
    tags: dict[str, Any] = {}
    for key, value in record.items():
        if value is None or isinstance(value, (str, int, float)):
            row[outer(key)] = value
        elif isinstance(value, dict):
            if key == "tags":
                tags = value
            else:
                row.update({outer(f"{key}:{k}"): _plain(v) for k, v in value.items()})
        else:
            row[outer(key)] = _plain(value)
    if tags:
        row.update({outer(str(k)): _plain(v) for k, v in tags.items()})
    return row


def _plain(value: Any) -> str | int | float | None:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, list):
        # lists of records (logs, audits) are no value of a field
        return ";".join(str(v) for v in value if isinstance(v, (str, int, float))) or None
    return str(value)


def _refuse_remark(key: str, value: Any, checked: Checked) -> None:
    if key == "remark":
        raise InputError(
            f"is an incomplete Overpass answer ({value})",
            where=checked.path,
            fix="run the query again, with more time",
        )


def _is_group(value: Any) -> bool:
    """Tell whether `value` is what stands under a name in "agency → its places" documents."""
    if not isinstance(value, dict):
        return False
    return any(isinstance(v, list) and all(isinstance(x, str) for x in v) for v in value.values())


def _group(name: str, value: dict[str, Any]) -> Iterator[Row]:
    rest = {outer(k): v for k, v in value.items() if isinstance(v, (str, int, float))}
    for key, entries in value.items():
        if isinstance(entries, list):
            for entry in entries:
                if isinstance(entry, str):
                    yield {"agency": name, **rest, "location": entry, "$list": key}


def _speaks_of_device(key: str) -> bool:
    return vocabulary.fields().get(vocabulary.header(key), ("", 0))[0] == "device"


def _without_list(header: Row, groups: list[Row], names: int, checked: Checked) -> Table:
    if header.get("type") == "Feature":
        return Table(iter([_row(header, 1)]), "GeoJSON", origin="geojson")
    if header.get("type") in ("FeatureCollection",) or any(
        k in header for k in ("osm3s", "generator")
    ):
        return Table(iter([]), "GeoJSON" if "type" in header else "Overpass JSON", origin="geojson")
    if groups:
        # only what the document says of all its places ("device": "ALPR"); its own words, never its
        # name or ours
        said = {k: v for k, v in header.items() if isinstance(v, str) and _speaks_of_device(k)}
        rows: Iterator[Row] = ({**said, **g, "$row": i} for i, g in enumerate(groups, 1))
        bare = names - len({g["agency"] for g in groups})
        hints = {"set_aside": f"{bare} names whose list is empty"} if bare else {}
        return Table(rows, "JSON of named lists", origin="table", hints=hints)
    if "lat" in header or "latitude" in header:
        return Table(iter([_row(header, 1)]), "JSON record")
    if header and all(
        isinstance(v, dict) and ("lat" in v or "latitude" in v) for v in header.values()
    ):
        keyed: Iterator[Row] = (
            _row({"id": k, **v}, i) for i, (k, v) in enumerate(header.items(), 1)
        )
        return Table(keyed, "JSON records by id")
    raise InputError(
        "is JSON, but holds no list of cameras",
        where=checked.path,
        fix="pass GeoJSON, an Overpass answer or a list",
    )
