"""JSON records as rows: GeoJSON, DeFlock tiles and bundles, Overpass answers, lists of records,
named groups."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from alprmap.errors import InputError
from alprmap.sources.fields import lifted, vocabulary
from alprmap.sources.formats import answers, systems, topojson
from alprmap.sources.formats.json_points import (
    esri_points,
    in_degrees,
    location_cell,
    middle_of,
    place_of,
    point_of,
    points_of,
)
from alprmap.sources.formats.jsonstream import ELEMENT, Event, events
from alprmap.sources.formats.rows import INNER, Row, Table, outer
from alprmap.sources.intake import Checked, unpacked

_LOOKED_AT = 20
"""Records of a list that are looked at to tell what it is."""
_DEEPEST = 4
"""Objects within objects whose values are lifted into the row."""
_LATS = ("lat", "latitude", "Latitude", "Lat")
_LONS = ("lon", "lng", "long", "longitude", "Longitude", "Lon", "Lng")
_SHAPES = ("Point", "MultiPoint", "LineString", "Polygon", "MultiPolygon", "MultiLineString")


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
    answer = _Answer(checked)
    for key, value in stream:
        if key is None or answer.is_list(key, value):
            return answer.table(itertools.chain([(key, value)], stream), key, value)
        answer.note(key, value)
    return answer.whole()


class _Answer:
    """What stands beside the records of a JSON document, and which of its lists holds them."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        self.header: Row = {}
        self.lists: dict[str, list[Any]] = {}
        self.groups: list[Row] = []
        self.told: answers.Explained | None = None
        self.names = self.entries = 0

    def is_list(self, key: str, value: Any) -> bool:
        """Tell whether an element of the list `key` is a record, so that the rest can stream by."""
        if isinstance(value, list) and key.endswith(ELEMENT):
            return self._cells(len(value)) is not None
        name = key.removesuffix(ELEMENT)
        if name == key or not isinstance(value, dict) or name in self.lists:
            return False
        return name.rpartition(".")[2] in answers.RECORD_KEYS or answers.speaks(value)

    def _cells(self, width: int) -> list[str] | None:
        return answers.cell_names({**self.header, **self.lists}, width)

    def note(self, key: str, value: Any) -> None:
        """Keep what is no record (yet): a value of the header, an element of some other list."""
        if _is_group(value):
            self.names += 1
            self.groups.extend(_group(key, value))
        elif key.endswith(ELEMENT):
            self.lists.setdefault(key.removesuffix(ELEMENT), []).append(value)
        else:
            self.header[key] = value
        self.entries += 1
        if self.entries > self.checked.caps.rows:
            raise InputError(
                f"has more than {self.checked.caps.rows} entries",
                where=self.checked.path,
                fix="split it",
            )

    def table(self, stream: Iterator[Event], key: str | None, value: Any) -> Table:
        """Return the records that stream by, of this list and of any other that holds some."""
        names = self._cells(len(value)) if isinstance(value, list) else None
        if key is None and answers.is_head(value):
            names = [str(name) for name in value]
            next(stream)
        kind, origin = _kind({} if names else value)
        hints: dict[str, str] = {}
        crs = _system(self.header, self.checked, kind)
        values = (self._named(v, names) for v in self._values(stream, key, hints))
        if kind == "Overpass JSON":
            return Table(_overpass(values, hints), kind, origin=origin, hints=hints)
        return Table(_numbered(values, crs), kind, origin=origin, hints=hints)

    def _values(
        self, stream: Iterator[Event], list_key: str | None, hints: dict[str, str]
    ) -> Iterator[Any]:
        number = 0
        for key, value in stream:
            other = key is not None and key.endswith(ELEMENT) and isinstance(value, dict)
            if key == list_key or (other and answers.speaks(value)):
                number += 1
                yield value
            elif key is not None:
                self.note(key, value)
        if reason := answers.cut({**self.header, **self.lists}, number):
            hints["cut"] = reason

    def whole(self) -> Table:
        """Return the records of a document whose list did not show while it went by."""
        if self.header.get("type") == "Topology":
            features = topojson.features({**self.header, **self.lists})
            return Table(_numbered(features, None), "TopoJSON", origin="geojson")
        if self.header.get("type") in _SHAPES and "coordinates" in self.lists:
            bare = {**self.header, "coordinates": self.lists["coordinates"]}
            return Table(_rows_of(bare, 1, None), "GeoJSON", origin="geojson")
        columns = answers.by_column({**self.header, **self.lists})
        if columns is not None:
            return Table(_numbered(iter(columns), None), "JSON columns")
        found = _without_list(self.header, self.groups, self.names)
        if found is not None:
            return found
        lists = {
            **self.lists,
            **dict(answers.lists_in(self.header)),
            **dict(answers.lists_in(self.lists, inner=True)),
        }
        speaking = [p for p, v in lists.items() if any(map(answers.speaks, v[:_LOOKED_AT]))] or [
            p for p, v in lists.items() if self._cells_of(v)
        ]
        longest = answers.best(lists)
        if not speaking and longest is not None:
            speaking = [longest]
        if not speaking:
            if failure := answers.failure(self.header):
                raise InputError(
                    f"is no list but an error that a server answered: {failure}",
                    where=self.checked.path,
                    fix="ask the server again and save what it then gives",
                )
            raise InputError(
                "is JSON, but holds no list of cameras",
                where=self.checked.path,
                fix="pass GeoJSON, an Overpass answer or a list",
            )
        names = {p: self._cells_of(lists[p]) for p in speaking}
        values = [self._named(v, names[p]) for p in speaking for v in lists[p]]
        kind, origin = _kind(values[0])
        whole = {**self.header, **self.lists}
        reason = answers.cut(self.header, len(values))
        hints = {"cut": reason} if reason else {}
        if kind == "Overpass JSON":
            return Table(_overpass(iter(values), hints), kind, origin=origin, hints=hints)
        systems_of = {
            p: _system({**self.header, **_holder(whole, p)}, self.checked, kind) for p in speaking
        }
        placed = [(self._named(v, names[p]), systems_of[p]) for p in speaking for v in lists[p]]
        rows = (r for n, (v, crs) in enumerate(placed, 1) for r in _rows_of(v, n, crs))
        return Table(rows, kind, origin=origin, hints=hints)

    def _cells_of(self, rows: list[Any]) -> list[str] | None:
        cells = answers.cells_of(rows[0]) if rows else None
        return self._cells(len(cells)) if cells is not None else None

    def _named(self, value: Any, names: list[str] | None) -> Any:
        """Return a record by the names and values that the answer explains."""
        if self.told is None:
            self.told = answers.explained({**self.header, **self.lists})
        return answers.named(value, names, self.told)


def _holder(header: Row, path: str) -> Row:
    """Return the object in which the list at `path` stands."""
    inner: Any = header
    for step in path.split(".")[:-1]:
        if isinstance(inner, list):
            inner = inner[int(step)] if step.isdecimal() and int(step) < len(inner) else None
        else:
            inner = inner.get(step) if isinstance(inner, dict) else None
    return inner if isinstance(inner, dict) else {}


def _numbered(values: Iterator[Any], crs: str | None) -> Iterator[Row]:
    for number, value in enumerate(values, 1):
        yield from _rows_of(value, number, crs)


def _system(header: Row, checked: Checked, kind: str) -> str | None:
    """Return the system that the document names; where it does so behind its records, the file is
    gone through for it once more.

    Raises
    ------
    InputError
        When it names one that is not known.
    """
    key = {"GeoJSON": "crs", "Esri JSON": "spatialReference"}.get(kind)
    if key is None:
        return None
    if key not in header and _mentions(checked, f'"{key}"'.encode()):
        header = {key: next((value for name, value in events(checked) if name == key), None)}
    read_it = systems.of_geojson if key == "crs" else systems.of_esri
    try:
        return read_it(header.get(key))
    except InputError as error:
        raise InputError(error.what, where=checked.path, fix=error.fix) from None


def _mentions(checked: Checked, mark: bytes) -> bool:
    rest = b""
    with unpacked(checked) as stream:
        while chunk := stream.read(1 << 20):
            if mark in rest + chunk:
                return True
            rest = chunk[-len(mark) :]
    return False


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


def _overpass(values: Iterator[Any], hints: dict[str, str]) -> Iterator[Row]:
    """Yield the tagged elements of an Overpass answer; bare nodes only say where the corners of its
    ways are."""
    where: dict[Any, tuple[Any, Any]] = {}
    waiting: list[tuple[Row, list[Any]]] = []
    number = bare = deleted = 0
    for value, is_last in _versions(values):
        if not is_last or (isinstance(value, dict) and value.get("visible") is False):
            deleted += 1
            continue
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
        yield row | middle_of([[lon, lat] for lon, lat in pairs], "way")
    aside = []
    if bare:
        aside.append(f"{bare} points without tags (corners of ways)")
    if deleted:
        aside.append(f"{deleted} deleted objects or earlier versions")
    if aside:
        hints["set_aside"] = "; ".join(aside)


def _versions(values: Iterator[Any]) -> Iterator[tuple[Any, bool]]:
    """Yield each element and whether it is the last of its versions, which follow one another."""
    before: Any = None
    for value in values:
        if before is not None:
            yield before, not _same_object(before, value)
        before = value
    if before is not None:
        yield before, True


def _same_object(a: Any, b: Any) -> bool:
    if not isinstance(a, dict) or not isinstance(b, dict) or "id" not in a:
        return False
    return bool(a.get("type") == b.get("type") and a["id"] == b.get("id") and "version" in b) and (
        a.get("version") != b["version"]
    )


def _rows_of(value: Any, number: int, crs: str | None) -> Iterator[Row]:
    """Yield the rows of a record: one, or one for each point of a MultiPoint."""
    places: list[Row]
    if isinstance(value, dict) and value.get("type") == "Feature":
        shape = value.get("geometry")
        places = points_of(shape) if isinstance(shape, dict) else []
        row = _feature(value)
    elif isinstance(value, dict) and isinstance(value.get("attributes"), dict):
        row = _flat(value["attributes"])
        shape = value.get("geometry")
        own = systems.of_esri(shape.get("spatialReference")) if isinstance(shape, dict) else None
        crs = own or crs
        places = esri_points(shape)
    elif isinstance(value, dict) and value.get("type") in _SHAPES and "coordinates" in value:
        inner = value.get("properties")
        row, places = _flat(inner) if isinstance(inner, dict) else {}, points_of(value)
    else:
        yield _row(value, number)
        return
    for index, place in enumerate(places or [{}], 1):
        at = {"$row": number if len(places) < 2 else f"{number}.{index}"}
        yield {**row, **in_degrees(place, crs), **at}


def _row(value: Any, number: int) -> Row:
    if not isinstance(value, dict):
        return {
            "$row": number,
            "$refuse": "the entry is not a record with named fields",
            "value": _plain(value),
        }
    if "fields" in value or any(v.__class__ is dict and len(v) == 1 for v in value.values()):
        value = lifted.without_types(value)
    row = _flat(value)
    row.update(_center(value) or _inner_place(value))
    if value.get("type") in ("node", "way", "relation") and isinstance(value.get("id"), int):
        row["@type"] = value["type"]
        row["@id"] = row.pop("id")
        row.pop("type", None)
    row["$row"] = number
    return row


def _pick(record: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((record[n] for n in names if record.get(n) not in (None, "")), None)


def _inner_place(record: dict[str, Any], depth: int = 0) -> Row:
    """Return the place of an object inside a record, whatever its name: a GeoJSON geometry, or one
    with latitude and longitude."""
    if not depth and _pick(record, _LATS) is not None:
        return {}
    for value in record.values():
        if isinstance(value, list) and (place := location_cell(value)):
            return place
        if not isinstance(value, dict):
            continue
        if value.get("type") in _SHAPES and isinstance(value.get("coordinates"), list):
            return point_of(value)
        if (lat := _pick(value, _LATS)) is not None and (lon := _pick(value, _LONS)) is not None:
            return place_of(lon, lat)
        if depth < _DEEPEST and (place := _inner_place(value, depth + 1)):
            return place
    return {}


def _center(element: dict[str, Any]) -> Row:
    """Return ``$lon``, ``$lat`` of an element by what Overpass gives: its center, its outline or
    its bounds."""
    center, outline, bounds = (element.get(k) for k in ("center", "geometry", "bounds"))
    if isinstance(center, dict):
        return place_of(center.get("lon"), center.get("lat")) | {"$shape": "way"}
    if isinstance(outline, list):
        return middle_of(
            [[p.get("lon"), p.get("lat")] for p in outline if isinstance(p, dict)], "way"
        )
    if isinstance(bounds, dict):
        corners = [
            [bounds.get("minlon"), bounds.get("minlat")],
            [bounds.get("maxlon"), bounds.get("maxlat")],
        ]
        return middle_of(corners, "way")
    return {}


def _feature(feature: dict[str, Any]) -> Row:
    properties = feature.get("properties")
    row = _flat(properties) if isinstance(properties, dict) else {}
    if "id" in feature and "id" not in row and isinstance(feature["id"], (str, int)):
        row["id"] = feature["id"]
    return row


def _flat(record: dict[str, Any], path: str = "", depth: int = 0) -> Row:
    """Return a record with its `tags` (and other small objects) lifted; the raw tags win."""
    row: Row = {}
    tags: dict[str, Any] = {}
    for key, value in record.items():
        name = f"{path}{key}"
        if name.endswith("E7") and isinstance(value, int):
            row[outer(name.removesuffix("E7"))] = value / 1e7  # Google: ten-millionths of a degree
        elif isinstance(value, list) and location_cell(value):
            words = value[0] if isinstance(value[0], str) else None
            spoken = _object_in(words) if words else None
            row.update(_flat(spoken, f"{name}{INNER}", depth + 1) if spoken else {name: words})
        elif isinstance(value, str) and key != "tags" and (spoken := _object_in(value)) is not None:
            row.update(_flat(spoken, f"{name}{INNER}", depth + 1))
        elif value is None or isinstance(value, (str, int, float)):
            row[outer(name)] = value
        elif isinstance(value, dict):
            if key == "tags" and not path:
                tags = value
            elif value.get("type") in _SHAPES and "coordinates" in value:
                continue  # a place (`_inner_place`)
            elif depth < _DEEPEST:
                row.update(_flat(value, f"{name}{INNER}", depth + 1))
            else:
                row[outer(name)] = _plain(value)
        else:
            row[outer(name)] = _plain(value)
    if tags:
        row.update({outer(str(k)): _plain(v) for k, v in tags.items()})
    return row


def _object_in(text: str) -> dict[str, Any] | None:
    """Return the object that a text is (Socrata's `human_address`), unless it is a geometry."""
    if text[:1] != "{" or len(text) > 4_000 or '"coordinates"' in text:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _plain(value: Any) -> str | int | float | None:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, list):
        # lists of records (logs, audits) are no value of a field
        return ";".join(str(v) for v in value if isinstance(v, (str, int, float))) or None
    return str(value)


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


def _without_list(header: Row, groups: list[Row], names: int) -> Table | None:
    """Return what a document without a list of records holds: one record, records by their id,
    named groups; None where it is none of these."""
    if header.get("type") == "Feature":
        return Table(_rows_of(header, 1, None), "GeoJSON", origin="geojson")
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
    by_id = answers.by_id(header)
    if by_id is not None:
        pairs = enumerate(by_id.items(), 1)
        keyed: Iterator[Row] = (_row({"id": k, **v}, i) for i, (k, v) in pairs)
        return Table(keyed, "JSON records by id")
    return None
