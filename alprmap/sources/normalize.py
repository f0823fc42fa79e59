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
from typing import Any

import numpy as np

from alprmap.errors import InputError, visible_json
from alprmap.personal import record_id, without_personal
from alprmap.sources.fields import (
    anywhere,
    columns,
    coordinates,
    explains,
    geometry_text,
    grids,
    headings,
    lifted,
    once,
    places,
    position,
    quantity,
    tags_of_osm,
    who,
)
from alprmap.sources.fields.fields import Picker
from alprmap.sources.fields.numbers import grid_number
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.fields.refusal import refused, rule_of
from alprmap.sources.formats.placed import placed
from alprmap.sources.formats.rows import Row
from alprmap.sources.settings import Settings
from alprmap.text import as_text, clean

SURVEY_ERROR_M = 10.0
"""M2: a point placed on a map by a person who stood there (docs/method.md)."""
RECORD_ERROR_M = 20.0
"""M2: coordinates given by a record: usually the crossing or the pole as drawn by an office."""
PHOTO_ERROR_M = 15.0
"""M2: position of a photograph, taken some meters from what it shows."""
_CAMERA_FIELDS = {"vendor", "device", "direction"}
"""Fields that make a line or an area a camera mapped by its outline; a road or a boundary has none
of them. """
COLUMNS = (
    "source_record",
    "lon",
    "lat",
    "position_error_m",
    "located_by",
    "place_raw",
    "road",
    "road_at",
    "travel_deg",
    "direction_raw",
    "operator_raw",
    "operator",
    "operator_kind",
    "vendor_raw",
    "vendor",
    "setting",
    "device",
    "first_seen",
    "last_seen",
    "status",
    "evidence",
    "note",
    "changes",
    "town",
    "county",
    "state",
    "label",
)
"""Columns of a report in the order of `alprmap.schema.REPORTS`; `changes`, the town, county and
state that a place in words is in, and `label` (S13), which no table keeps, stand behind."""


@dataclass(slots=True)
class Batch:
    """Reports as columns, rejects as rows, and what was changed how often."""

    columns: dict[str, list[Any]] = field(default_factory=lambda: {c: [] for c in COLUMNS})
    rejects: list[tuple[str, str, str, str]] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)
    more: int = 0
    """Reports beyond one a row: of rows that name several cameras."""


_NOWHERE = "there are neither coordinates nor a place in words"


class Normalizer:
    """Turns the rows of one file into reports; remembers ids, so that the same record twice is
    noticed."""

    def __init__(
        self,
        settings: Settings,
        *,
        origin: str = "table",
        device: str | None = None,
        part: str = "",
        sheet: str = "",
        ids: dict[str, tuple[int, int]] | None = None,
        meaning: columns.Meaning | None = None,
    ) -> None:
        self.settings, self.origin, self.device, self.part = settings, origin, device, part
        self.picker = Picker(settings.columns)
        self._asked = settings
        self.evidence = None if meaning is not None else columns.Evidence(settings)
        self.meaning = columns.Meaning()
        self.waiting = False
        """True while the first rows cannot say what the columns mean: the rest may."""
        self._decided = meaning is not None
        if meaning is not None:
            self._mean(meaning)
        self.once = once.Once(settings, device)
        self.section: str | None = None
        """What the last heading between the rows says of those below it."""
        self.sheet = headings.status_of({"name": sheet}, None) if sheet else None
        """What the name of their sheet says of all."""
        self._ids: dict[str, tuple[int, int]] = {} if ids is None else ids
        self._evidence = {"osm": "survey", "photo": "photo"}.get(origin, "record")

    def _mean(self, meaning: columns.Meaning) -> None:
        self.meaning, self._decided = meaning, True
        self.lone = self.origin == "table" and meaning.lone
        self.orders = dict(meaning.orders)
        self.settings = replace(self._asked, crs=meaning.crs or self._asked.crs)

    def conclude(self) -> columns.Meaning | None:
        """Return what the columns mean by all rows, where that is not what they were read by; None
        where it is.

        Raises
        ------
        InputError
            When their numbers are projected and no system, or more than one, explains the rows.
        """
        if self.evidence is None:
            return None
        meaning = self.evidence.meaning()
        return meaning if self.waiting or meaning != self.meaning else None

    def batch(self, rows: list[Row]) -> Batch:
        """Return the reports and rejects of `rows`."""
        out = Batch()
        rows = [lifted.lift(row) for row in rows]
        picks = [self.picker.pick(row) for row in rows]
        for picked in picks:
            _in_numbers(picked)
        if self.evidence is not None:
            for row, picked in zip(rows, picks, strict=True):
                self.evidence.look(row, picked)
            if rows and not self._decided:
                try:
                    self._mean(self.evidence.meaning())
                except InputError:
                    self.waiting = self._decided = True
        if self.waiting:
            return out  # the file is read once more when all rows have been seen
        made: list[tuple[Any, ...]] = []
        for row, picked in zip(rows, picks, strict=True):
            try:
                reports = self._reports(row, picked, out.changes)
            except InputError as why:
                out.rejects.append(
                    (
                        as_text(row.get("$row", "")),
                        without_personal(why.what)[0],
                        original(row, self.picker),
                        rule_of(why),
                    )
                )
                continue
            out.more += len(reports) - 1
            made += [tuple(map(report.get, COLUMNS)) for report in reports]
        for name, values in zip(COLUMNS, zip(*made, strict=True), strict=False):
            out.columns[name].extend(values)
        return out

    def _reports(
        self, row: Row, picked: dict[str, Any], changes: Counter[str]
    ) -> list[dict[str, Any]]:
        """Return the report of a row, or as many as it names cameras (S16)."""
        if "$refuse" in row:
            raise refused("not a record", str(row["$refuse"]))
        if "$lon" not in row and (cell := picked.get("point")).__class__ is str and len(cell) > 40:
            parts = geometry_text.several(cell)
            if parts:
                return self._of_points(row, picked, parts, changes)
        done: list[str] = ["a wrapped cell was joined"] if "$wrapped" in row else []
        report = self._report(row, picked, done)
        number = quantity.stated(picked, report.get("place_count"), done)
        if number == 1 and self.origin != "osm" and not _is_osm(picked):
            number = quantity.in_notes(picked)
        for what in done:
            changes[_change_group(what)] += 1
        report["changes"] = "; ".join(dict.fromkeys(done)) or None
        if number == 1:
            return [report]
        out = list(quantity.copies(report, number))
        changes["more than one camera in a row"] += len(out) > 1
        return out

    def _of_points(
        self,
        row: Row,
        picked: dict[str, Any],
        parts: list[tuple[float, float, str | None]],
        changes: Counter[str],
    ) -> list[dict[str, Any]]:
        """Return the reports of a row whose cell holds several points, each a place (S3)."""
        rest = {n: v for n, v in picked.items() if n != "point"}
        out = []
        for turn, (x, y, system) in enumerate(parts, 1):
            own = rest if "id" not in rest else rest | {"id": f"{rest['id']}.{turn}"}
            place = {"$lon": x, "$lat": y} if system is None else placed((x, y, "Point"), system)
            out += self._reports(
                {**row, **place, "$row": f"{row.get('$row')}.{turn}"}, own, changes
            )
        return out

    def _report(self, row: Row, picked: dict[str, Any], done: list[str]) -> dict[str, Any]:
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
        code = grids.coded(picked) if "lon" not in out else None
        if code is not None:
            done.append(f"position not read: {code}")
        if placeholder is not None:
            # the words of a place outlive a placeholder beside them
            if not out.get("road"):
                raise placeholder
            done.append("coordinates left out: a placeholder")
        if "lon" not in out and self.origin == "table":
            aside = headings.why_no_row(row, lone=self.lone, names_a_place=bool(out.get("road")))
            if aside is not None:
                self.section = headings.status_of(row, self.section)
                raise refused("heading, total or note", aside)
        if "lon" not in out and not out.get("place_raw") and not out.get("road"):
            reason = f"its position is {code}" if code else _NOWHERE
            raise refused("no position", reason)
        self.once.who(picked, out, done)
        self.once.what(picked, out, mapped=osm or self.origin == "osm")
        who.when(picked, out, done, self.settings, self.orders)
        if dated := self.picker.plan(tuple(row)).dated:
            self._dated(row, out, dated)
        tagged = tags_of_osm.read(row, as_of=self.settings.date)
        if tagged is not None:
            if tagged.typed or picked.get("device") is None:
                out["device"] = self.settings.device or tagged.device
            out["status"] = tagged.status
        if out["status"] == "unknown" and (self.section or self.sheet):
            out["status"] = self.section or self.sheet
            where = "the heading above" if self.section else "the name of its sheet"
            done.append(f"status taken from {where}: {out['status']}")
        out["direction_raw"] = who.text_of(picked.get("direction"), done)
        out["note"] = who.note(picked, out, done)
        known = places.word_of(picked.get("evidence"), "evidence")
        out["evidence"] = known or self.settings.evidence or ("survey" if osm else self._evidence)
        self.once.without_personal_data(out, done)
        out["source_record"] = self._identify(row, picked, out, osm=osm)
        out["label"] = places.label(picked.get("name"))
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
        lon, lat = position.best_pair(row, picked)
        scale = self.meaning.scale
        if scale is not None and (whole := decimal(lon)) and (part := decimal(lat)):
            lon, lat = whole / scale, part / scale
            done.append(f"position in fractions of a degree: 1/{scale:,.0f}")
        if self.meaning.packed and (x := decimal(lon)) and (y := decimal(lat)):
            lon, lat = explains.unpacked(np.array([x, y])).tolist()
            done.append("position written as degrees, minutes and seconds without marks")
        if (
            isinstance(lon, float)
            and isinstance(lat, float)
            and position.quick(lon, lat, self.settings.boxes)
        ):
            out["lon"], out["lat"] = lon, lat
        else:
            found = self._slow_position(lon, lat, picked, done)
            if found is None and not picked.get("road_at"):
                found = self._position_anywhere(row, done)
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
        rounding = 0.0 if surveyed else position.rounding_error_m(out["lon"], out["lat"])
        out["position_error_m"] = max(written or max(base, stated), rounding)
        out["located_by"] = (
            "photo" if self.origin == "photo" else "survey" if surveyed else "coordinates"
        )

    def _slow_position(
        self, lon: Any, lat: Any, picked: dict[str, Any], done: list[str]
    ) -> tuple[float, float] | None:
        written = position.given(lon), position.given(lat)
        if written == (False, False):
            found = grids.from_fields(self._of_the_grid(picked), self.settings, done)
            if found is None:
                return None
            self._in_its_grid(found)
        elif written != (True, True):
            whole = coordinates.parse_point(clean(as_text(lon if position.given(lon) else lat))[0])
            if whole is None:
                raise refused("half a position", "only one of lon and lat is given")
            done.append("position split: both numbers stood in one cell")
            found = whole.lon, whole.lat
        else:
            found = position.pair(lon, lat, done)
        return position.plausible(*found, self.settings, done)

    def _of_the_grid(self, picked: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a row with x and y read as their columns are written; a zone that is
        none of UTM is left out."""
        out = picked
        if self.meaning.comma and "x" in picked and "y" in picked:
            read = {n: grid_number(picked[n], comma=True) for n in ("x", "y")}
            out = picked | {n: r[0] for n, r in read.items() if r is not None}
        if "zone" in out and not self.meaning.zoned and self.meaning.crs:
            out = {n: v for n, v in out.items() if n != "zone"}
        return out

    def _in_its_grid(self, place: tuple[float, float]) -> None:
        """Refuse a row whose numbers are no place of the grid that explains the others."""
        crs = self.meaning.crs
        if crs and self.meaning.partly and not grids.in_use_area(place, crs):
            raise refused("outside its grid", f"its x and y are no place in {crs}, as the others")

    def _dated(self, row: Row, out: dict[str, Any], dated: tuple[tuple[str, str], ...]) -> None:
        """Take the dates of columns that are called by one ("1/15/2025") and marked in this row."""
        marked = []
        for name, day in dated:
            if headings.marks(row[name]):
                marked.append(day)
                self.picker.unused.pop(name, None)
                self.picker.taken.add(name)
        if marked:
            out["first_seen"] = out["first_seen"] or min(marked)
            out["last_seen"] = max(filter(None, (out["last_seen"], max(marked))))

    def _position_anywhere(self, row: Row, done: list[str]) -> tuple[float, float] | None:
        cell = anywhere.point_in(row, self.picker.plan(tuple(row)).rest)
        if cell is None:
            return None
        found = grids.from_fields({"point": cell[1]}, self.settings, done)
        if found is None:
            return None
        self.picker.unused.pop(cell[0], None)
        self.picker.taken.add(cell[0])
        return position.plausible(*found, self.settings, done)

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


def _in_numbers(picked: dict[str, Any]) -> None:
    """Turn plain decimal degrees in text into numbers, once."""
    lon, lat = picked.get("lon"), picked.get("lat")
    if lon.__class__ is str and lat.__class__ is str:
        x, y = decimal(lon), decimal(lat)
        if x is not None and y is not None:
            picked["lon"], picked["lat"] = x, y


def _change_group(what: str) -> str:
    """Return a change without the value in it, for counting."""
    group, colon, _ = what.partition(": ")
    return what if what.startswith("position") else group if colon else what


def original(row: Row, picker: Picker) -> str:
    """Return a row as the source had it, as one line of JSON, for the rejects file; what is dropped
    at the door (serials, personal names) is dropped there too, and personal words are replaced
    (S14).
    """
    gone = picker.plan(tuple(row)).dropped
    plain = {k: _finite(v) for k, v in row.items() if not k.startswith("$") and k not in gone}
    if "$lon" in row or "$lat" in row:
        plain["geometry"] = [_finite(row.get("$lon")), _finite(row.get("$lat"))]
    bare = {k: without_personal(v)[0] if isinstance(v, str) else v for k, v in plain.items()}
    text = json.dumps(bare, ensure_ascii=False, default=str)
    return text if text.isprintable() else visible_json(text)


def _finite(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _is_osm(picked: dict[str, Any]) -> bool:
    return "osm_id" in picked or picked.get("man_made") == "surveillance" or "lifecycle" in picked


def _source_record(row: Row, picked: dict[str, Any], part: str, *, osm: bool) -> str:
    given = picked.get("osm_id", picked.get("id"))
    if given is not None:
        if osm and given.__class__ is int and given >= 0:
            return f"{_osm_type(picked)}/{given}"
        text = clean(as_text(given))[0]
        kind, slash, number = text.partition("/")
        if slash and kind in ("node", "way", "relation") and number.isdecimal():
            return text
        if osm and text.isdecimal():
            return f"{_osm_type(picked)}/{text}"
        if text:
            return record_id(text[:200])
    place = str(row.get("$row", "?")).replace(" ", "/")
    return f"row/{part}/{place}" if part else f"row/{place}"


def _osm_type(picked: dict[str, Any]) -> str:
    kind = picked.get("osm_type", picked.get("type"))
    return kind if kind in ("node", "way", "relation") else "node"
