"""KML and GPX as rows, streamed by Python's own XML parser: every folder and layer, no entities, no
doctype.

GDAL is not used here: its KML reader gives only the first layer, and a 130-byte file ends the
process inside it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from alprmap.errors import InputError
from alprmap.sources.fields import lifted
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.formats.rows import Row, Table, outer
from alprmap.sources.intake import Checked, unpacked

_MAX_DEPTH = 200
_CHUNK = 1 << 16
_MAX_TAG = 4_000_000


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table with the placemarks of a KML or the waypoints of a GPX file.

    Raises
    ------
    InputError
        When the XML is broken or cut off, has a doctype or entities, or is nested too deeply.
    """
    collect = _Kml() if checked.kind == "kml" else _Gpx()
    hints: dict[str, str] = {}
    yield Table(_linked(checked, collect, hints), checked.kind.upper(), hints=hints)


def _linked(checked: Checked, collect: _Collector, hints: dict[str, str]) -> Iterator[Row]:
    """Yield rows; a file that only links to its data elsewhere is refused, links beside data are
    said."""
    rows = _parse(checked, collect)
    first = next(rows, None)
    if first is None and collect.links:
        raise InputError(
            f"holds no places, only a network link to {collect.links[0][:200] or 'nothing'}",
            where=checked.path,
            fix="open that address in a browser and save the KML or KMZ it gives",
        )
    if first is not None:
        yield first
    yield from rows
    if collect.links:
        hints["set_aside"] = f"{len(collect.links)} network links, which are not followed"


def _parse(checked: Checked, collect: _Collector) -> Iterator[Row]:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    refuse = _refuser(checked)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise InputError(
                "is nested too deeply to be data",
                where=checked.path,
                fix="save it again as plain KML, GPX or OSM XML",
            )
        collect.start(name.rpartition(" ")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        collect.end(name.rpartition(" ")[2])

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = collect.text
    number = fed = 0
    with unpacked(checked) as stream:
        for chunk in _chunks(stream):
            try:
                parser.Parse(chunk, not chunk)
            except expat.ExpatError as error:
                raise InputError(
                    f"the XML is broken or cut off ({expat.ErrorString(error.code)})",
                    where=checked.path,
                    row=f"line {error.lineno}",
                    fix="export it again",
                ) from None
            fed += len(chunk)
            # older parsers read an unfinished tag again from its start with every chunk
            # (CVE-2023-52425)
            if fed - parser.CurrentByteIndex > _MAX_TAG:
                raise InputError(
                    "holds a tag or comment of several megabytes",
                    where=checked.path,
                    fix="shorten it and save the file again",
                )
            for row in collect.taken():
                number += 1
                row["$row"] = number
                yield row


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
    yield b""


def _refuser(checked: Checked) -> Any:
    def refuse(*_: Any) -> None:
        raise InputError(
            "declares a document type or entities, which data files do not need",
            where=checked.path,
            fix="remove them and save it again",
        )

    return refuse


class _Collector:
    """Gathers text by element name inside one record element."""

    def __init__(self) -> None:
        self.row: Row | None = None
        self.rows: list[Row] = []
        self.words: list[str] = []
        self.length = 0
        self.links: list[str] = []

    def taken(self) -> list[Row]:
        rows, self.rows = self.rows, []
        return rows

    def text(self, data: str) -> None:
        self.length += len(data)
        if self.row is not None and self.length < 2_000_000:
            self.words.append(data)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.words, self.length = [], 0

    def end(self, name: str) -> None:
        """Take what an element held; each kind of file does it its own way."""

    def word(self) -> str:
        return "".join(self.words).strip()


class _Kml(_Collector):
    """Placemarks, in whatever folder they stand; ExtendedData and tables in descriptions become
    fields."""

    def __init__(self) -> None:
        super().__init__()
        self.folders: list[str] = []
        self.path: list[str] = []
        self.key = self.href = ""
        self.points: list[tuple[float, float]] = []
        self.alone: list[tuple[float, float]] = []
        self.shape = self.broken = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        self.path.append(name)
        if name in ("Folder", "Document"):
            self.folders.append("")
        elif name == "Placemark":
            self.row, self.points, self.alone, self.shape, self.broken = {}, [], [], "", ""
        elif name in ("Data", "SimpleData"):
            self.key = attributes.get("name", "")
        elif name in ("LineString", "Polygon", "Model", "Track", "MultiTrack") and not self.shape:
            self.shape = name

    def end(self, name: str) -> None:
        self.path.pop()
        inside = self.path[-1] if self.path else ""
        if self.row is None:
            if name == "name" and inside in ("Folder", "Document") and self.folders:
                self.folders[-1] = self.word()
            elif name in ("Folder", "Document"):
                self.folders.pop()
            elif name == "NetworkLink":
                self.links.append(self.href)
            elif name == "href":
                self.href = self.word()
        elif name == "Placemark":
            self._finish(self.row)
        elif name == "coordinates":
            points = _coordinates(self.word())
            self.broken = self.broken or ("" if points else self.word())
            self.points += points
            self.alone += points if inside == "Point" else []
        elif (name == "value" and inside == "Data") or name == "SimpleData":
            self.row[outer(self.key) or "value"] = self.word()
        elif name == "description" and inside == "Placemark":
            self.row.update(lifted.described(self.word()))
        elif name in ("begin", "end") and inside == "TimeSpan":
            self.row[f"{inside} {name}"] = self.word()
        elif name == "when" or (name in ("name", "address") and inside == "Placemark"):
            self.row.setdefault(name, self.word())
        self.words = []

    def text(self, data: str) -> None:
        if self.row is None and self.path and self.path[-1] in ("name", "href"):
            self.words.append(data)
        else:
            super().text(data)

    def _finish(self, row: Row) -> None:
        folder = " / ".join(f for f in self.folders if f)
        if folder:
            row["layer"] = folder
        self.row = None
        if self.shape and len(self.alone) == 1:
            # beside the one point of a MultiGeometry lies what its camera sees
            self.points, self.shape = self.alone, ""
        points = list(dict.fromkeys(self.points))
        if not self.shape and len(points) > 1:
            # a MultiGeometry of points: each is a place of its own
            self.rows += [{**row, "$lon": lon, "$lat": lat} for lon, lat in points]
            return
        if self.points:
            row["$lon"] = math.fsum(p[0] for p in self.points) / len(self.points)
            row["$lat"] = math.fsum(p[1] for p in self.points) / len(self.points)
            if self.shape:
                row["$shape"] = self.shape
        elif self.broken:
            row["$refuse"] = f"its coordinates are no numbers that fit together: {self.broken[:60]}"
        self.rows.append(row)


_AFTER_COMMA = re.compile(r"(?<=\d)(?:,\s+|\s+,\s*)(?=[-+\d])")
"""People put blanks around the commas of a KML; blanks alone part its points."""


def _coordinates(text: str) -> list[tuple[float, float]]:
    out = []
    for piece in _AFTER_COMMA.sub(",", text).split():
        lon, lat = _tuple(piece.split(","))
        if lon is not None and lat is not None:
            out.append((lon, lat))
    return out[:-1] if len(out) > 2 and out[0] == out[-1] else out


_HIGHEST_M = 9_000.0
"""No ground is higher: a larger third number is the rest of a decimal comma."""


def _tuple(parts: list[str]) -> tuple[float | None, float | None]:
    """Return lon, lat of ``lon,lat[,height]``, the numbers of which may have decimal commas.

    >>> _tuple("-83.5,39.9,0".split(",")), _tuple("-83,000045,39,961241".split(","))
    ((-83.5, 39.9), (-83.000045, 39.961241))
    >>> _tuple("-83,39,961241".split(","))
    (None, None)
    """
    numbers = [decimal(p) for p in parts]
    if len(parts) in (2, 3) and None not in numbers:
        height = numbers[2] if len(parts) == 3 else 0.0
        plausible = height is not None and abs(height) < _HIGHEST_M
        return (numbers[0], numbers[1]) if plausible else (None, None)
    if len(parts) == 2 or (len(parts) == 3 and not parts[2]):
        return numbers[0], numbers[1]
    if 4 <= len(parts) <= 6 and all(p.lstrip("-").isdecimal() for p in parts):
        return decimal(f"{parts[0]}.{parts[1]}"), decimal(f"{parts[2]}.{parts[3]}")
    return None, None


class _Gpx(_Collector):
    """Waypoints and route points; recorded tracks are where somebody drove, not cameras."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        self.inside.append(name)
        if name in ("wpt", "rtept") and self.row is None:
            self.row = {
                "$lon": decimal(attributes.get("lon")),
                "$lat": decimal(attributes.get("lat")),
            }

    def end(self, name: str) -> None:
        self.inside.pop()
        if self.row is None:
            return
        if name in ("wpt", "rtept"):
            self.rows.append(self.row)
            self.row = None
        elif name in ("name", "desc", "cmt", "sym", "type", "time") or "extensions" in self.inside:
            key = {
                "desc": "description",
                "cmt": "comment",
                "type": "device",
                "time": "recorded",
            }.get(name, name)
            if self.word():
                self.row.setdefault(key, self.word())
        self.words = []
