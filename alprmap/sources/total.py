"""What has come of a file so far: batches become frames, rows are counted in and out, axes are
watched."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import schema
from alprmap.errors import InputError
from alprmap.personal import label
from alprmap.sources import identity, registers
from alprmap.sources.fields import vocabulary
from alprmap.sources.fields.columns import Meaning
from alprmap.sources.fields.coordinates import inside
from alprmap.sources.fields.fields import Picker
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.formats.rows import Row, Table
from alprmap.sources.intake import Checked
from alprmap.sources.normalize import COLUMNS, Normalizer
from alprmap.sources.own import OwnCameras, is_own
from alprmap.sources.settings import Settings
from alprmap.text import clean, number_of, verb

REJECT_COLUMNS = ("file", "row", "reason", "original")
_DTYPES: dict[str, Any] = {c.name: c.dtype for c in schema.REPORTS.columns if c.name in COLUMNS}
_DTYPES |= {"changes": "str", "town": "str", "county": "str", "state": "str", "label": "str"}
_OWN = {"report_id", "source_id", "source_record", "located_by", "evidence"}
"""Columns by which a table of reports that alprmap wrote is known again."""

Meanings = dict[tuple[str, str, int], Meaning]
"""What the columns of each table of a file mean: by part, format and number of the table."""


class Total:
    """Collects the tables of one file."""

    def __init__(
        self, file: str, source: str, settings: Settings, meant: Meanings | None = None
    ) -> None:
        self.file, self.source, self.settings = file, source, settings
        self.meant: Meanings = meant or {}
        """What the columns of a table mean, known from an earlier reading of the file."""
        self.turned_out: Meanings = {}
        """What they turned out to mean at the end, where that is not what they were read by."""
        self.tables = 0
        # in tables: the folders above it are nobody's business
        self.name = clean(label(Path(file).stem) + Path(file).suffix)[0]
        self.frames: list[pd.DataFrame] = []
        self.cameras: list[pd.DataFrame] = []
        """Cameras that alprmap wrote, as they came back, batch by batch."""
        self.rejects: list[tuple[str, str, str, str]] = []
        self.why: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.formats: dict[str, None] = {}
        self.unused: dict[str, None] = {}
        self.skipped: dict[str, str] = {}
        self.cut: dict[str, str] = {}
        self.noted: dict[str, str] = {}
        """Parts that were read, and what their reader should know of them."""
        """Parts of which the file itself says that they are incomplete, and how."""
        self.ids: dict[str, tuple[int, int]] = {}
        self.labels: dict[str, str] = {}
        self._alike: Counter[str] = Counter()
        self.registers: list[registers.Register] = []
        self.portals: dict[Any, str] = {}
        self.rows = self.more = 0
        self.unmet = {vocabulary.header(name) for name in settings.columns}
        """Columns the user has given a meaning that no row has had so far."""
        self.names: dict[str, None] = {}

    def label(self, part: str) -> str:
        """Return a part (member, sheet, layer) as ids name it: without a person's data (S14), and
        no two alike."""
        if part not in self.labels:
            bare = label(part)
            self._alike[bare] += 1
            self.labels[part] = bare if self._alike[bare] == 1 else f"{bare}#{self._alike[bare]}"
        return self.labels[part]

    def skip(self, part: str, reason: str) -> None:
        """Note a part of the file (member, sheet, photo) that was not read, and why."""
        self.skipped[part] = reason

    def start(
        self, table: Table, part: str, checked: Checked, first: Row | None
    ) -> Cameras | Agencies | Own | OwnCameras:
        """Begin a table; its first row tells whether it is about cameras or about agencies."""
        packed = f"{table.format}, {checked.packing}" if checked.packing else table.format
        self.formats[packed] = None
        if first is not None and registers.is_search_log(first):
            raise InputError(
                "is a log of searches: it tells who searched, not where cameras stand",
                where=checked.path,
                fix="read it with `alprmap searches`, which drops what is about a person",
            )
        if first is not None and set(first) >= _OWN:
            return Own(self, part, checked)
        if first is not None and is_own(first):
            return OwnCameras(self, part, checked)
        sort = (
            "cameras"
            if first is None
            else registers.sort_of(Picker(self.settings.columns).pick(first))
        )
        if first is not None and sort == "cameras":
            # the first row may leave a telling column empty
            sort = registers.sort_of(
                f for f, _ in Picker(self.settings.columns).plan(tuple(first)).sources
            )
        if sort != "cameras":
            return Agencies(self, sort, part, checked)
        return Cameras(self, table, part, checked)

    def count(self, rows: list[Row], checked: Checked) -> None:
        """Count rows in, and refuse more than the cap."""
        self.rows += len(rows)
        if self.unmet:
            for name in (n for row in rows for n in row if n not in self.names):
                self.unmet.discard(vocabulary.header(name))
                if len(self.names) < 1_000:  # a hostile file may give each row its own names
                    self.names[name] = None
        if self.rows > checked.caps.rows:
            raise InputError(
                f"has more than {checked.caps.rows} rows", where=checked.path, fix="split it"
            )
        if self.rows > max(checked.caps.rejects, checked.size):
            raise InputError(
                f"unpacks to more than {self.rows} rows from {checked.size} bytes",
                where=checked.path,
                fix="a file of cameras is never so dense; it is refused as a decompression bomb",
            )
        widest = max(map(len, rows), default=0)
        if widest > checked.caps.columns:
            raise InputError(
                f"has a row of {widest} fields",
                where=checked.path,
                fix="keep the fields that matter",
            )

    def refuse(self, rejects: list[tuple[str, str, str, str]], part: str, checked: Checked) -> None:
        """Keep rejects (row, sentence, original, rule) with the part they come from.

        Raises
        ------
        InputError
            When hardly a row of very many can be used: such a file is no list of cameras.
        """
        for row, reason, text, rule in rejects:
            self.rejects.append((self.name, f"{part} {row}".strip(), reason, text))
            self.why[rule] += 1
        if len(self.rejects) > checked.caps.rejects and self.rows < 1.01 * len(self.rejects):
            reason = self.why.most_common(1)[0][0]
            raise InputError(
                f"{self.rows} rows were read and not one in a hundred can be used ({reason})",
                where=checked.path,
                fix="check that it is a list of cameras",
            )

    def frame(self) -> pd.DataFrame:
        """Return all reports so far, with their ids."""
        if self.frames:
            frame = pd.concat(self.frames, ignore_index=True)
        else:
            frame = pd.DataFrame(columns=list(COLUMNS)).astype(_DTYPES)
        new = (
            frame["report_id"].isna()
            if "report_id" in frame.columns
            else pd.Series(True, index=frame.index)
        )
        frame["row"] = frame["source_record"].where(
            frame["source_record"].str.startswith(identity.BY_ROW), frame.get("row")
        )
        if "label" in frame.columns:
            frame["source_record"] = identity.named_by_label(frame)
            frame = frame.drop(columns="label")
        content = identity.content_ids(frame)
        known = frame["content_id"] if "content_id" in frame.columns else content
        frame["content_id"] = known.where(~new & known.notna(), content)
        records = identity.named_by_content(frame[new], content[new])
        frame.loc[new, "source_record"] = records
        named = pd.Series([self.source] * len(frame), index=frame.index, dtype="str")
        # a table of reports may have lost the name of its source; without one merge knows no lists
        theirs = frame["source_id"] if "source_id" in frame.columns else named
        frame["source_id"] = named.where(new | theirs.isna(), theirs)
        frame["report_id"] = (named + ":" + frame["source_record"]).where(
            new, frame.get("report_id")
        )
        return frame

    def counts(self, reports: pd.DataFrame) -> dict[str, Any]:
        """Return the counts of the file: what came in, what came out, what was changed or refused,
        and why."""
        agency_rows = sum(len(r.agencies) + r.sharing for r in self.registers)
        return {
            "file": self.file,
            "format": "; ".join(self.formats),
            "rows": self.rows,
            "reports": len(reports),
            "more_than_one_a_row": self.more,
            "located": int(reports["lon"].notna().sum()),
            "unlocated": int(reports["lon"].isna().sum()),
            "rejected": len(self.rejects),
            "about_agencies": agency_rows,
            "why": dict(sorted(self.why.items())),
            "changes": dict(sorted(self.changes.items())),
            "dropped": dict(sorted(self.dropped.items())),
            "skipped": dict(sorted(self.skipped.items())),
            "unused": [clean(name)[0] for name in self.unused],
            "hints": self.hints(reports),
            "noted": dict(sorted(self.noted.items())),
            "cut": dict(sorted(self.cut.items())),
            "unknown": {
                name: int((reports[name] == "unknown").sum())
                for name in ("operator_kind", "setting", "device", "status")
            },
        }

    def hints(self, reports: pd.DataFrame) -> list[str]:
        """Return what the user may want to say of the file, one sentence each.

        A file's name is no proof of what its devices are (S15), but a reason to ask.
        """
        named = vocabulary.device(Path(self.name).name)
        silent = int((reports["device"] == "unknown").sum())
        if named in (None, "alpr", "unknown", "other") or not silent:
            return []
        return [
            f"its name speaks of another device and {number_of(silent, 'row')}"
            f" {verb(silent, 'does not say what it is', 'do not say what they are')}:"
            f" if none reads plates, pass --device {named}"
        ]

    def agencies(self) -> pd.DataFrame:
        """Return the agencies named by rows about agencies."""
        rows = [a for r in self.registers for a in r.agencies]
        frame = pd.DataFrame(rows, columns=list(registers.AGENCY_COLUMNS))
        text = [c for c in registers.AGENCY_COLUMNS if c != "declared_cameras"]
        return frame.astype(dict.fromkeys(text, "str") | {"declared_cameras": "float64"})


_WORKBOOKS = frozenset({"XLSX", "XLS", "ODS"})


class Cameras:
    """Takes the rows of a table of cameras."""

    def __init__(self, total: Total, table: Table, part: str, checked: Checked) -> None:
        device = "alpr" if table.format in ("OSM bundle", "DeFlock JSON") else None
        self.total, self.part, self.checked, self.hints = total, part, checked, table.hints
        self.key = (part, table.format, total.tables)
        total.tables += 1
        self.normalizer = Normalizer(
            total.settings,
            origin=table.origin,
            device=device,
            part=part,
            sheet=table.name if table.format in _WORKBOOKS else "",
            ids=total.ids,
            meaning=total.meant.get(self.key),
        )
        self.axes = Axes(total.settings, checked) if table.origin == "geojson" else None

    def add(self, rows: list[Row]) -> None:
        """Normalize a batch."""
        self.total.count(rows, self.checked)
        if self.axes is not None:
            self.axes.look(rows)
        try:
            batch = self.normalizer.batch(rows)
        except InputError as error:
            where = error.where or self.checked.path
            raise InputError(error.what, where=where, row=error.row, fix=error.fix) from None
        self.total.frames.append(pd.DataFrame(batch.columns).astype(_DTYPES))
        self.total.refuse(batch.rejects, self.part, self.checked)
        self.total.changes.update(batch.changes)
        self.total.more += batch.more

    def close(self) -> None:
        """End the table, and note what its columns turned out to mean."""
        try:
            meaning = self.normalizer.conclude()
        except InputError as error:
            raise InputError(error.what, where=self.checked.path, fix=error.fix) from None
        if meaning is not None:
            self.total.turned_out[self.key] = meaning
        self.total.dropped.update(self.normalizer.picker.dropped)
        self.total.unused |= self.normalizer.picker.unused
        # a stream may know only at its end what it set aside
        if self.hints.get("set_aside"):
            self.total.skip(self.part or "set aside", self.hints["set_aside"])
        if self.hints.get("hidden"):
            self.total.noted[self.part or "the sheet"] = self.hints["hidden"]
        if self.hints.get("cut"):
            self.total.cut[self.part or "the list"] = self.hints["cut"]
        if self.axes is not None:
            self.axes.conclude()


class Own:
    """Takes the rows of a table of reports that alprmap itself wrote: they come back as they
    were.
    """

    def __init__(self, total: Total, part: str, checked: Checked) -> None:
        self.total, self.part, self.checked = total, part, checked

    def add(self, rows: list[Row]) -> None:
        """Take a batch back, refused as a file where it is not what it claims."""
        self.total.count(rows, self.checked)
        names = list(schema.REPORTS.names)
        numbers = {c.name for c in schema.REPORTS.columns if c.dtype == "float64"}
        columns: dict[str, list[Any]] = {name: [] for name in names}
        for row in rows:
            for name in names:
                value = row.get(name, row.get(f"${name}") if name in ("lon", "lat") else None)
                columns[name].append(
                    decimal(value)
                    if name in numbers
                    else None
                    if value in (None, "")
                    else str(value)
                )
        try:
            frame = schema.conform(pd.DataFrame(columns), "reports")
            schema.check(frame, "reports")
        except InputError as error:
            raise InputError(error.what, where=self.checked.path, fix=error.fix) from None
        # reports of records and not of our cameras are known by no camera's name
        named = frame["known_as"].notna().any()
        self.total.frames.append(frame if named else frame.drop(columns="known_as"))

    def close(self) -> None:
        """End the table."""


class Agencies:
    """Takes the rows of a table about agencies."""

    def __init__(self, total: Total, sort: str, part: str, checked: Checked) -> None:
        self.total, self.part, self.checked = total, part, checked
        self.register = registers.Register(
            sort, total.source, Picker(total.settings.columns), part, total.portals
        )
        total.registers.append(self.register)

    def add(self, rows: list[Row]) -> None:
        """Take a batch in."""
        self.total.count(rows, self.checked)
        self.total.refuse(self.register.batch(rows), self.part, self.checked)

    def close(self) -> None:
        """End the table."""
        self.total.dropped.update(self.register.picker.dropped)


class Axes:
    """Watches whether a GeoJSON has its axes in the wrong order throughout (S3)."""

    def __init__(self, settings: Settings, checked: Checked) -> None:
        self.boxes, self.checked, self.right, self.swapped = settings.boxes, checked, 0, 0

    def look(self, rows: list[Row]) -> None:
        """Count the points that lie in the study area as written, and those that do so only when
        swapped."""
        if not self.boxes:
            return
        w, s, e, n = self.boxes[0]
        for row in rows:
            lon, lat = row.get("$lon"), row.get("$lat")
            if not isinstance(lon, (int, float)) or not isinstance(lat, (int, float)):
                continue
            if (w <= lon <= e and s <= lat <= n) or inside(lon, lat, self.boxes):
                self.right += 1
            elif inside(lat, lon, self.boxes):
                self.swapped += 1

    def conclude(self) -> None:
        """Refuse the file when more points fit the study area swapped than as written."""
        if self.swapped > self.right:
            raise InputError(
                f"its axes are swapped: {self.swapped} of {self.swapped + self.right} points are"
                " written lat, lon",
                where=self.checked.path,
                fix=(
                    "GeoJSON is lon, lat: write it again in that order, or as a table with lat"
                    " and lon"
                ),
            )
