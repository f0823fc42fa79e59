"""Which reader takes which kind of file; all of them work in the child process
(`alprmap.sandbox.wall`)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alprmap.errors import InputError
from alprmap.sandbox import Message
from alprmap.sources.formats import wall
from alprmap.sources.formats.rows import Table
from alprmap.sources.intake import Caps, Checked

ISOLATED = {
    "json": "jsons",
    "csv": "tables",
    "osm": "osm",
    "osm.pbf": "osm",
    "osc": "osm",
    "opl": "osm",
    "xlsx": "sheets",
    "xls": "sheets",
    "ods": "sheets",
    "kml": "markup",
    "gpx": "markup",
    "gpkg": "geopackage",
    "fgb": "vector",
    "shp": "vector",
    "parquet": "parquet",
    "pdf": "documents",
    "photo": "photos",
}
"""Kind of file → room whose `read(checked, options)` yields its tables in the child process."""


def read_tables(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield the tables of a checked file.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    if checked.kind not in ISOLATED:
        raise InputError(
            f"{checked.format} files are not read",
            where=checked.path,
            fix="save it as Parquet or CSV",
        )
    yield from wall.tables(checked, options)


def within(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield the tables of a checked file by its reader, in this very process."""
    room = importlib.import_module(f"alprmap.sources.formats.{ISOLATED[checked.kind]}")
    yield from room.read(checked, options)


def load(job: dict[str, Any]) -> None:
    """Import the reader of a kind with its libraries, before what the file itself costs is
    counted.
    """
    importlib.import_module(f"alprmap.sources.formats.{ISOLATED[job['kind']]}")


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say the tables of a file: each with its name, its rows in batches, and what only its end
    told."""
    checked = Checked(
        Path(job["path"]), job["kind"], job["packing"], job["size"], Caps(**job["caps"])
    )
    for table in within(checked, job["options"]):
        yield {"table": {"format": table.format, "name": table.name, "origin": table.origin}}, b""
        for batch in wall.packed(table.rows, checked):
            yield batch, b""
        yield {"hints": table.hints}, b""
