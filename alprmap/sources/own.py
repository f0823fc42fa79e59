"""Cameras that alprmap itself handed on: they come back as they were, in whichever format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from alprmap import schema
from alprmap.errors import InputError
from alprmap.sources.formats.rows import OWN_CAMERAS, Row
from alprmap.sources.intake import Checked
from alprmap.store import as_written
from alprmap.text import clean

if TYPE_CHECKING:
    from alprmap.sources.total import Total

EVIDENCE = "second-hand"
"""What a camera read from a file of cameras rests on: the reports behind it are not in the file."""
_SAME = (
    "lon",
    "lat",
    "position_error_m",
    "located_by",
    "operator",
    "operator_kind",
    "vendor",
    "setting",
    "device",
    "first_seen",
    "last_seen",
    "status",
)
"""Columns of a camera that a report has too."""
_READERS_OWN = ("name", "layer", "description")
"""Columns that a reader of KML adds, which no table of ours has."""


def is_own(row: Row) -> bool:
    """Tell whether a row is of a table of cameras that alprmap wrote, by columns that are never
    empty."""
    return set(row) >= OWN_CAMERAS


class OwnCameras:
    """Takes the rows of a table of cameras that alprmap wrote, and a report of each."""

    def __init__(self, total: Total, part: str, checked: Checked) -> None:
        self.total, self.part, self.checked = total, part, checked
        self.spec = {c.name: c for c in schema.CAMERAS.columns}

    def add(self, rows: list[Row]) -> None:
        """Take a batch back, refused as a file where it is not what it claims."""
        self.total.count(rows, self.checked)
        columns = {name: [self._cell(row, name) for row in rows] for name in self.spec}
        for row in rows:
            for name in row:
                if name not in self.spec and not name.startswith("$") and name not in _READERS_OWN:
                    self.total.unused[name] = None
        try:
            frame = schema.conform(pd.DataFrame(columns), "cameras")
            schema.check(frame, "cameras")
        except InputError as error:
            raise InputError(error.what, where=self.checked.path, fix=error.fix) from None
        self.total.cameras.append(frame)
        self.total.frames.append(_reports(frame))

    def _cell(self, row: Row, name: str) -> Any:
        value = row.get(name)
        if name in ("lon", "lat"):
            value = row.get(f"${name}") if value in (None, "") else value
        if self.spec[name].dtype != "str":
            return self._number(value, row, name)
        if value in (None, ""):
            return None
        text = as_written(str(value)) if self.checked.kind == "csv" else str(value)
        return clean(text)[0] or None

    def _number(self, value: Any, row: Row, name: str) -> float | None:
        """Return a number as Python, JSON or SQLite writes it, exponents too."""
        if value in (None, ""):
            return None
        try:
            return float(value)
        except ValueError:
            raise InputError(
                f"column {name} of table cameras holds {str(value)[:40]!r}, which is no number",
                where=self.checked.path,
                row=row.get("$row"),
                fix="write it with a decimal point, or hand in the file as alprmap wrote it",
            ) from None

    def close(self) -> None:
        """End the table."""


def _reports(cameras: pd.DataFrame) -> pd.DataFrame:
    """Return one report for each camera, named by the record it comes from where that is its
    alone, else by the camera; `known_as` keeps the name of the camera for `merge` (M13)."""
    record = cameras["source_record"]
    single = record.notna() & ~record.duplicated(keep=False)
    out = cameras[list(_SAME)].assign(
        source_record=record.where(single, cameras["camera_id"]),
        direction_raw=cameras["direction"],
        operator_raw=cameras["operator"],
        vendor_raw=cameras["vendor"],
        evidence=EVIDENCE,
        known_as=cameras["camera_id"],
    )
    return out.astype({c: "str" for c in out.columns if schema_dtype(c) == "str"})


def schema_dtype(name: str) -> str:
    """Return the dtype of a column of reports."""
    return next(c.dtype for c in schema.REPORTS.columns if c.name == name)
