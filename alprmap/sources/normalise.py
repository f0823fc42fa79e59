"""Raw rows become reports: positions, makers, operators, dates, status, by the tables of
data/aliases.

Every row ends as a report or as a reject with a sentence a clerk understands; what was changed
stands in the report's `changes`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from alprmap.errors import InputError, visible_json
from alprmap.personal import without_personal
from alprmap.sources.fields import (
    columns,
    coordinates,
    geometry_text,
    grids,
    places,
    tags_of_osm,
    vocabulary,
    who,
)
from alprmap.sources.fields.fields import Picker
from alprmap.sources.fields.numbers import parse_count
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.fields.refusal import refused, rule_of
from alprmap.sources.fields.vocabulary import Box
from alprmap.sources.formats.rows import Row
from alprmap.sources.settings import Settings
from alprmap.text import as_text, clean

SURVEY_ERROR_M = 10.0
"""M2: a point placed on a map by a person who stood there (docs/method.md)."""
RECORD_ERROR_M = 20.0
"""M2: coordinates given by a record: usually the crossing or the pole as drawn by an office."""
PHOTO_ERROR_M = 15.0
"""M2: position of a photograph, taken some metres from what it shows."""
_CAMERA_FIELDS = {"vendor", "device", "direction"}
"""Fields that make a line or an area a camera mapped by its outline; a road or a boundary has none
of them. """
DEGREE_M = 111_320.0
"""Length of a degree of latitude, metres (WGS 84, rounded), to turn missing decimals into an error.
"""
COLUMNS = (
    "source_record", "lon", "lat", "position_error_m", "located_by", "place_raw", "road",
    "road_at", "travel_deg",
    "direction_raw", "operator_raw", "operator", "operator_kind", "vendor_raw", "vendor",
    "setting", "device",
    "first_seen", "last_seen", "status", "evidence", "note", "changes", "town", "county", "state",
    "label",
)  # fmt: skip
"""Columns of a report in the order of `alprmap.schema.REPORTS`; `changes`, the town, county and
state that a place in words is in, and `label` (S13), which no table keeps, stand behind."""


@dataclass(slots=True)
class Batch:
    """Reports as columns, rejects as rows, and what was changed how often."""

    columns: dict[str, list[Any]] = field(default_factory=lambda: {c: [] for c in COLUMNS})
    rejects: list[tuple[str, str, str, str]] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)


class Normaliser:
    """Turns the rows of one file into reports; remembers ids, so that the same record twice is
    noticed."""

    def __init__(
        self,
        settings: Settings,
        *,
        origin: str = "table",
        device: str | None = None,
        part: str = "",
        ids: dict[str, tuple[int, int]] | None = None,
    ) -> None:
        self.settings, self.origin, self.device, self.part = settings, origin, device, part
        self.picker = Picker(settings.columns)
        self.scale: float | None = None
        self._decided = False
        self._ids: dict[str, tuple[int, int]] = {} if ids is None else ids
        self._evidence = {"osm": "survey", "photo": "photo"}.get(origin, "record")

    def decide(self, rows: list[Row]) -> None:
        """Settle what the pair of position columns means, once for the table (S3).

        Raises
        ------
        InputError
            When they are projected and no system, or more than one, explains every row.
        """
        self._decided = True
        if self.settings.crs or not self.settings.boxes or "$lon" in rows[0]:
            return
        plain = Picker(self.settings.columns)
        pairs, states = columns.pairs_of((plain.pick(row) for row in rows), self.settings)
        if len(pairs) < 2:
            return
        self.scale = columns.scale_of(pairs, self.settings)
        if self.scale is None:
            self.settings = replace(
                self.settings, crs=columns.grid_of(pairs, states, self.settings)
            )

    def batch(self, rows: list[Row]) -> Batch:
        """Return the reports and rejects of `rows`."""
        if rows and not self._decided:
            self.decide(rows)
        out = Batch()
        lists = [out.columns[c] for c in COLUMNS]
        for row in rows:
            try:
                report = self._report(row, out.changes)
            except InputError as why:
                out.rejects.append(
                    (
                        as_text(row.get("$row", "")),
                        why.what,
                        original(row, self.picker),
                        rule_of(why),
                    )
                )
                continue
            for values, name in zip(lists, COLUMNS, strict=True):
                values.append(report.get(name))
        return out

    def _report(self, row: Row, changes: Counter[str]) -> dict[str, Any]:
        if "$refuse" in row:
            raise refused("not a record", str(row["$refuse"]))
        picked = self.picker.pick(row)
        done: list[str] = []
        out: dict[str, Any] = {}
        osm = _is_osm(picked)
        placeholder = None
        try:
            self._position(row, picked, out, done, surveyed=osm or self.origin == "osm")
        except InputError as why:
            if rule_of(why) != "placeholder 0, 0":
                raise
            placeholder = why
            out["located_by"] = "unlocated"
        self._place(picked, out, done, osm=osm)
        places.located_by(picked, out)
        if placeholder is not None:
            # the words of a place outlive a placeholder beside them
            if not out.get("road"):
                raise placeholder
            done.append("coordinates 0, 0 left out: a placeholder")
        if "lon" not in out and not out.get("place_raw") and not out.get("road"):
            raise refused("no position", "there are neither coordinates nor a place in words")
        who.who(picked, out, done, self.settings)
        who.what(picked, out, self.settings, self.device, mapped=osm or self.origin == "osm")
        who.when(picked, out, done, self.settings)
        tagged = tags_of_osm.read(row, as_of=self.settings.date)
        if tagged is not None:
            if tagged.typed or picked.get("device") is None:
                out["device"] = self.settings.device or tagged.device
            out["status"] = tagged.status
        out["direction_raw"] = who.text_of(picked.get("direction"), done)
        out["note"] = who.note(picked, out, done)
        several = parse_count(picked.get("quantity"))
        if several is not None and several > 1 and several.is_integer():
            stated = f"the source names {several:.0f} cameras here"
            out["note"] = "; ".join(filter(None, (out["note"], stated)))
        known = places.word_of(picked.get("evidence"), "evidence")
        out["evidence"] = known or self.settings.evidence or ("survey" if osm else self._evidence)
        for name in ("note", "place_raw", "operator_raw"):
            text = out.get(name)
            prose = name == "note" or (name == "place_raw" and not out.get("road"))
            if text and (bare := without_personal(text, names=prose))[1]:
                out[name] = bare[0]
                done.extend(f"personal data replaced: {what}" for what in bare[1])
        out["source_record"] = self._identify(row, picked, out, osm=osm)
        out["label"] = places.label(picked.get("name"))
        for what in done:
            changes[_change_group(what)] += 1
        out["changes"] = "; ".join(dict.fromkeys(done)) or None
        return out

    def _position(
        self,
        row: Row,
        picked: dict[str, Any],
        out: dict[str, Any],
        done: list[str],
        *,
        surveyed: bool,
    ) -> None:
        lon, lat = _best_pair(row, picked)
        if self.scale is not None and (whole := decimal(lon)) and (part := decimal(lat)):
            lon, lat = whole / self.scale, part / self.scale
            done.append(f"position in fractions of a degree: 1/{self.scale:,.0f}")
        if (
            isinstance(lon, float)
            and isinstance(lat, float)
            and _quick(lon, lat, self.settings.boxes)
        ):
            out["lon"], out["lat"] = lon, lat
        else:
            found = self._slow_position(lon, lat, picked, done)
            if found is None:
                out["located_by"] = "unlocated"
                return
            out["lon"], out["lat"] = found
        if row.get("$shape"):
            if not surveyed and not picked.keys() & _CAMERA_FIELDS:
                raise refused(
                    "not a point",
                    f"the geometry is a {row['$shape']}, and nothing in the row speaks of a camera",
                )
            done.append(f"the middle of a {row['$shape']} was taken as its point")
        if row.get("$from"):
            done.append(f"position transformed: from {row['$from']}")
        base = (
            PHOTO_ERROR_M
            if self.origin == "photo"
            else SURVEY_ERROR_M
            if surveyed
            else RECORD_ERROR_M
        )
        stated = decimal(row.get("$error_m")) or 0.0
        written = places.error_m(picked, done)
        # a map editor places points freely; only what somebody wrote down can be rounded
        rounding = 0.0 if surveyed else _rounding_error_m(out["lon"], out["lat"])
        out["position_error_m"] = max(written or max(base, stated), rounding)
        out["located_by"] = (
            "photo" if self.origin == "photo" else "survey" if surveyed else "coordinates"
        )

    def _slow_position(
        self, lon: Any, lat: Any, picked: dict[str, Any], done: list[str]
    ) -> tuple[float, float] | None:
        written = _given(lon), _given(lat)
        if written == (False, False):
            found = grids.from_fields(picked, self.settings, done)
            if found is None:
                return None
        elif written != (True, True):
            whole = coordinates.parse_point(clean(as_text(lon if _given(lon) else lat))[0])
            if whole is None:
                raise refused("half a position", "only one of lon and lat is given")
            done.append("position split: both numbers stood in one cell")
            found = whole.lon, whole.lat
        else:
            found = _pair(lon, lat, done)
        return _plausible(*found, self.settings, done)

    def _place(
        self, picked: dict[str, Any], out: dict[str, Any], done: list[str], *, osm: bool
    ) -> None:
        if self.origin == "osm" and "lon" in out:
            return
        places.fill(picked, out, done, record=self.origin == "table" and not osm)

    def _identify(self, row: Row, picked: dict[str, Any], out: dict[str, Any], *, osm: bool) -> str:
        name = _source_record(row, picked, self.part, osm=osm or self.origin == "osm")
        if name.startswith("row/"):
            return name  # numbered by us, so it stands once
        mark = hash(
            (
                name,
                out.get("lon"),
                out.get("lat"),
                out.get("place_raw"),
                out.get("direction_raw"),
                out.get("operator_raw"),
                out.get("vendor_raw"),
                out.get("note"),
            )
        )
        earlier = self._ids.get(name)
        if earlier is None:
            self._ids[name] = (mark, 1)
            return name
        if earlier[0] == mark:
            raise refused(
                "the same record twice",
                f"the record {name} stands in the file twice, word for word",
            )
        count = earlier[1] + 1
        self._ids[name] = (earlier[0], count)
        return f"{name}#{count}"


def _change_group(what: str) -> str:
    """Return a change without the value in it, for counting."""
    group, colon, _ = what.partition(": ")
    return what if what.startswith("position") else group if colon else what


def original(row: Row, picker: Picker) -> str:
    """Return a row as the source had it, as one line of JSON, for the rejects file; what is dropped
    at the door (serials, personal names) is dropped there too."""
    gone = picker.plan(tuple(row)).dropped
    plain = {k: _finite(v) for k, v in row.items() if not k.startswith("$") and k not in gone}
    if "$lon" in row or "$lat" in row:
        plain["geometry"] = [_finite(row.get("$lon")), _finite(row.get("$lat"))]
    text = json.dumps(plain, ensure_ascii=False, default=str)
    return text if text.isprintable() else visible_json(text)


def _finite(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _is_osm(picked: dict[str, Any]) -> bool:
    return "osm_id" in picked or picked.get("man_made") == "surveillance" or "lifecycle" in picked


def _source_record(row: Row, picked: dict[str, Any], part: str, *, osm: bool) -> str:
    given = picked.get("osm_id", picked.get("id"))
    if given is not None:
        text = clean(as_text(given))[0]
        kind, slash, number = text.partition("/")
        if slash and kind in ("node", "way", "relation") and number.isdecimal():
            return text
        if osm and text.isdecimal():
            return f"{_osm_type(picked)}/{text}"
        if text:
            return text[:200]
    place = str(row.get("$row", "?")).replace(" ", "/")
    return f"row/{part}/{place}" if part else f"row/{place}"


def _osm_type(picked: dict[str, Any]) -> str:
    kind = picked.get("osm_type", picked.get("type"))
    return kind if kind in ("node", "way", "relation") else "node"


def _quick(lon: float, lat: float, boxes: tuple[Box, ...]) -> bool:
    """Tell whether a point needs no further look: inside the first box, which is where most cameras
    are."""
    if not boxes:
        return False
    w, s, e, n = boxes[0]
    return w <= lon <= e and s <= lat <= n


def _best_pair(row: Row, picked: dict[str, Any]) -> tuple[Any, Any]:
    """Return the geometry, else the columns of lon and lat; zeros where nobody filled them in give
    way to whatever else the row says of its place."""
    pairs = [(row.get("$lon"), row.get("$lat")), (picked.get("lon"), picked.get("lat"))]
    given = [p for p in pairs if p != (None, None)]
    real = [p for p in given if not _is_null_island(*p)]
    if real or not given:
        return real[0] if real else (None, None)
    if decimal(picked.get("x")) and decimal(picked.get("y")):
        return None, None
    cells = [picked.get("point"), picked.get("lonlat"), *picked.get("place", ())]
    texts = [clean(c)[0] for c in cells if isinstance(c, str)]
    other = any(geometry_text.read(t) or coordinates.parse_point(t) for t in texts)
    return (None, None) if other else given[0]


def _is_null_island(lon: Any, lat: Any) -> bool:
    return decimal(lon) == 0 and decimal(lat) == 0


def _given(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and vocabulary.is_missing(value))


def _pair(lon: Any, lat: Any, done: list[str]) -> tuple[float, float]:
    out = []
    for value, axis in ((lon, "lon"), (lat, "lat")):
        if isinstance(value, str):
            read = coordinates.angle(clean(value)[0], axis)
            if read is None:
                whole = coordinates.parse_point(clean(value)[0])
                if whole is not None:
                    done.append("position split: both numbers stood in one cell")
                    return whole.lon, whole.lat
                raise refused(
                    "not a coordinate", f"{axis} is no number or angle: {clean(value)[0][:60]!r}"
                )
            number, form = read
            if form:
                done.append(f"{axis} written as {form}")
        else:
            plain = decimal(value)
            if plain is None:
                raise refused(
                    "not a coordinate", f"{axis} is no finite number: {as_text(value)[:60]!r}"
                )
            number = plain
        out.append(number)
    return out[0], out[1]


def _plausible(lon: float, lat: float, settings: Settings, done: list[str]) -> tuple[float, float]:
    if abs(lon) < 1e-3 and abs(lat) < 1e-3:
        raise refused("placeholder 0, 0", "the coordinates are 0, 0: a placeholder, never a camera")
    boxes = settings.boxes
    if coordinates.inside(lon, lat, boxes):
        return lon, lat
    if boxes:
        if lon == 0 or lat == 0:
            raise refused(
                "placeholder 0", "one coordinate is exactly 0: a placeholder, not a position"
            )
        fixed = coordinates.repair(lon, lat, boxes)
        if fixed is not None:
            done.append(f"position repaired: {fixed[2]}")
            return fixed[0], fixed[1]
    if abs(lat) > 90 or abs(lon) > 180:
        projected = grids.guess(lon, lat, settings, done)
        if projected is not None:
            return projected
        raise refused(
            "impossible position",
            f"lon {lon:g}, lat {lat:g} is outside the earth's degrees, and no one change mends it",
        )
    if boxes:
        done.append("position outside the study area: kept as it is")
    return lon, lat


@lru_cache(maxsize=65_536)
def _rounding_error_m(lon: float, lat: float) -> float:
    """Return half the step that the decimals of both coordinates leave open, metres; 0 for five or
    more."""
    for digits in range(5):
        if round(lon, digits) == lon and round(lat, digits) == lat:
            return float(0.5 * 10.0**-digits * DEGREE_M)
    return 0.0
