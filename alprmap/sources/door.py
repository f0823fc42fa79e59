"""`read`: one file through intake, its reader and the normaliser, into the tables of `alprmap.schema`."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import schema
from alprmap.errors import InputError
from alprmap.sources import grids, intake, jsons, tables, vocabulary
from alprmap.sources.normalise import COLUMNS, Normaliser, Settings
from alprmap.sources.rows import Row, Table

BATCH_ROWS = 20_000
REJECT_COLUMNS = ("file", "row", "reason", "original")
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a file: `reports` (schema REPORTS and a `changes` column), `rejects` (file, row, reason,
    original) and `counts` (file, format, rows, reports, located, rejected, why, changes, dropped)."""

    reports: pd.DataFrame
    rejects: pd.DataFrame
    counts: dict[str, Any] = field(default_factory=dict)


def read(
    path: str | os.PathLike[str],
    *,
    source_id: str | None = None,
    encoding: str | None = None,
    settings: Settings | None = None,
    date: str | None = None,
    progress: Progress | None = None,
    caps: intake.Caps = intake.CAPS,
) -> Read:
    """Read any source file into reports.

    Parameters
    ----------
    path
        A regular local file; its format is told from its content.
    source_id
        Name of the source in `report_id`; the file's name without its endings otherwise.
    encoding
        Text encoding of a CSV; otherwise utf-8, utf-16 with a byte order mark, cp1252, in this order.
    settings
        What is known of the source (study area, coordinate system, device …).
    date
        ISO date the whole file vouches for; becomes `last_seen` of rows without their own.
    progress
        Called with (what is read, rows so far).

    Returns
    -------
    Read
        rows in = reports + rejects, always.

    Raises
    ------
    InputError
        When the file cannot be used at all: missing, empty, cut off, of no known format, axes swapped throughout.
    """
    from dataclasses import replace

    chosen = settings or Settings()
    if date is not None:
        chosen = replace(chosen, date=date)
    if chosen.crs:
        grids.check_crs(chosen.crs)
    checked = intake.check(path, caps=caps)
    source = source_id or stem(Path(path))
    total = _Total(str(path), source)
    for table in _tables(checked, encoding):
        total.add(table, chosen, checked, progress)
    return total.result(checked)


def stem(path: Path) -> str:
    """Return the name of a file without its endings.

    >>> stem(Path("x/us-2026-01.json.gz"))
    'us-2026-01'
    """
    return path.name.split(".")[0] or path.name


def _tables(checked: intake.Checked, encoding: str | None) -> Iterator[Table]:
    if checked.kind == "json":
        yield jsons.read(checked)
    elif checked.kind == "csv":
        yield tables.read(checked, encoding=encoding)
    else:
        raise InputError(f"{checked.format} files are not read", where=checked.path)


class _Total:
    """Collects batches into frames and counts."""

    def __init__(self, file: str, source: str) -> None:
        self.file, self.source = file, source
        self.frames: list[pd.DataFrame] = []
        self.rejects: list[tuple[str, str, str, str]] = []
        self.why: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.rows = 0
        self.formats: list[str] = []

    def add(self, table: Table, settings: Settings, checked: intake.Checked, progress: Progress | None) -> None:
        self.formats.append(table.format)
        device = _device_of(self.file)
        if table.format == "OSM bundle":
            device = "alpr"
        normaliser = Normaliser(settings, origin=table.origin, device=device)
        axes = _Axes(settings, checked) if table.origin == "geojson" else None
        for rows in _batches(table.rows, BATCH_ROWS):
            self.rows += len(rows)
            if self.rows > checked.caps.rows:
                raise InputError(f"has more than {checked.caps.rows} rows", where=checked.path, fix="split it")
            if axes is not None:
                axes.look(rows)
            batch = normaliser.batch(rows)
            self.frames.append(pd.DataFrame(batch.columns).astype(_DTYPES))
            self.rejects += [(self.file, row, reason, text) for row, reason, text, _ in batch.rejects]
            self.why.update(rule for *_, rule in batch.rejects)
            self.changes.update(batch.changes)
            if progress is not None:
                progress(table.format, self.rows)
        self.dropped.update(normaliser.picker.dropped)
        if axes is not None:
            axes.conclude()

    def result(self, checked: intake.Checked) -> Read:
        frame = pd.concat(self.frames, ignore_index=True) if self.frames else pd.DataFrame(columns=list(COLUMNS))
        frame["source_id"] = self.source
        frame["report_id"] = self.source + ":" + frame["source_record"].astype("str")
        reports = schema.conform(frame, "reports")
        rejects = pd.DataFrame(self.rejects, columns=list(REJECT_COLUMNS)).astype("str")
        if self.rows and not len(reports) and self.why.most_common(1)[0][0] == "no position":
            raise InputError(
                "has neither coordinates nor places in words",
                where=checked.path,
                fix="it needs columns such as latitude and longitude, or intersection or address",
            )
        counts = {
            "file": self.file,
            "format": ", ".join(dict.fromkeys(self.formats)) + (f", {checked.packing}" if checked.packing else ""),
            "rows": self.rows,
            "reports": len(reports),
            "located": int(reports["lon"].notna().sum()),
            "rejected": len(rejects),
            "why": dict(sorted(self.why.items())),
            "changes": dict(sorted(self.changes.items())),
            "dropped": dict(sorted(self.dropped.items())),
        }
        return Read(reports, rejects, counts)


_DTYPES = {c.name: c.dtype for c in schema.REPORTS.columns if c.name in COLUMNS} | {"changes": "str"}


def _device_of(file: str) -> str | None:
    name = " ".join(Path(file).name.replace("_", " ").replace("-", " ").casefold().split())
    return next((v for text, v in vocabulary.words("file").items() if text in name), None)


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


class _Axes:
    """Watches whether a GeoJSON has its axes in the wrong order throughout."""

    def __init__(self, settings: Settings, checked: intake.Checked) -> None:
        self.boxes, self.checked, self.right, self.swapped = settings.boxes, checked, 0, 0

    def look(self, rows: list[Row]) -> None:
        from alprmap.sources.coordinates import inside

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
                f"its axes are swapped: {self.swapped} of {self.swapped + self.right} points are written lat, lon",
                where=self.checked.path,
                fix="GeoJSON is lon, lat: write it again in that order, or as a table with lat and lon",
            )
