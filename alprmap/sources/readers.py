"""Which reader takes which kind of file, and on which side of the wall it works.

JSON and delimited text are read by Python's own parsers in this process, under the caps of `intake`; every other
format goes through a library of its own and is read in the child process (`wall`).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from alprmap.errors import InputError
from alprmap.sources import jsons, tables, wall
from alprmap.sources.intake import Checked
from alprmap.sources.rows import Table

ISOLATED = {
    "osm": "osm", "osm.pbf": "osm", "osc": "osm", "opl": "osm",
    "xlsx": "sheets", "xls": "sheets", "ods": "sheets",
    "kml": "markup", "gpx": "markup",
    "gpkg": "geopackage", "fgb": "vector", "shp": "vector", "parquet": "parquet",
    "pdf": "documents", "photo": "photos",
}  # fmt: skip
"""Kind of file → room whose `read(checked, options)` yields its tables in the child process."""


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield the tables of a checked file.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    if checked.kind == "json":
        yield jsons.read(checked)
    elif checked.kind == "csv":
        yield tables.read(checked, encoding=options.get("encoding"), own=options.get("columns", ()))
    elif checked.kind in ISOLATED:
        yield from wall.tables(checked, options)
    else:
        raise InputError(f"{checked.format} files are not read", where=checked.path)


def load(kind: str) -> None:
    """Import the isolated reader of a kind with its libraries, before what the file itself costs is counted."""
    importlib.import_module(f"alprmap.sources.{ISOLATED[kind]}")


def within(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield the tables of a checked file by its isolated reader; called in the child process only."""
    room = importlib.import_module(f"alprmap.sources.{ISOLATED[checked.kind]}")
    yield from room.read(checked, options)
