"""A (Geo)DataFrame as rows, so that what is at hand in Python enters by the same door as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from alprmap.errors import InputError
from alprmap.sources.formats.rows import Row, Table, outer


def table_of(frame: pd.DataFrame) -> Table:
    """Return a frame as the table of a reader; a geometry column becomes positions in EPSG:4326,
    and its rows are counted from 1.

    Raises
    ------
    InputError
        When its geometry has no coordinate system.
    """
    name = getattr(frame, "_geometry_column_name", None)
    points: Any = None
    if name is not None and name in frame.columns:
        shapes: Any = frame[name]
        if shapes.crs is None:
            raise InputError(
                "the GeoDataFrame does not say its coordinate system",
                fix="frame.set_crs(4326) where it is lon, lat",
            )
        points = shapes.to_crs("EPSG:4326")
        frame = pd.DataFrame(frame.drop(columns=name))
    frame = pd.DataFrame(frame).rename(columns=str)
    return Table(_rows(frame, points), "table", origin="table" if points is None else "geojson")


def _rows(frame: pd.DataFrame, points: Any) -> Iterator[Row]:
    names = [outer(n) for n in frame.columns]
    shapes = [None] * len(frame) if points is None else list(points)
    for number, (values, shape) in enumerate(
        zip(frame.itertuples(index=False, name=None), shapes, strict=True), start=1
    ):
        row: Row = {n: _plain(v) for n, v in zip(names, values, strict=True)}
        row["$row"] = number
        if shape is not None and not shape.is_empty:
            at = shape if shape.geom_type == "Point" else shape.representative_point()
            row["$lon"], row["$lat"] = float(at.x), float(at.y)
            if shape.geom_type != "Point":
                row["$shape"] = shape.geom_type
        yield row


def _plain(value: Any) -> Any:
    """Return a cell as a reader would have it: numbers, text, or None."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, (str, int, float)) else str(value)
