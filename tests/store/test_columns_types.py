"""A column of a file has the same type whatever the data: no row, one, or nothing known in it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from alprmap import schema
from alprmap.store import whole as store

ROWS = 4
VALUES: dict[str, list[Any]] = {
    "float64": [0.5, 12.0, -3.25, 1e6],
    "int64": [0, 7, -2, 2**40],
    "bool": [True, False, True, True],
    "str": ["a", "00123", "2026-01-28", "=x"],
    "geometry": [shapely.LineString([(i, 30), (i + 1, 31)]) for i in range(ROWS)],
}
PLAIN = ("int64", "bool")
"""Types that know no missing value."""


def of_rows(name: str, rows: list[int], missing: bool) -> pd.DataFrame:
    """A table of the schema with these rows of made-up values; `missing` leaves out what may be."""
    columns: dict[str, Any] = {}
    crs = None
    for col in schema.table(name).columns:
        values = (list(col.words) * ROWS)[:ROWS] if col.words else VALUES[col.dtype]
        picked = [values[i] for i in rows]
        if col.dtype == "geometry":
            columns[col.name], crs = gpd.GeoSeries(picked, crs="EPSG:4326"), "EPSG:4326"
            continue
        if col.name in ("lon", "lat"):
            picked = [30.0 + i for i in rows]
        elif missing and col.dtype not in PLAIN:
            picked = [None] * len(rows)
        columns[col.name] = pd.Series(picked, dtype=col.dtype)
    frame = pd.DataFrame(columns)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs) if crs else frame


def types_in(frame: pd.DataFrame, suffix: str) -> dict[str, str]:
    """Column → its type, as the written file says it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{suffix}"
        store.write_table(frame, path)
        if suffix == ".parquet":
            return {field.name: str(field.type) for field in pq.read_schema(path)}
        if suffix == ".csv":
            return dict.fromkeys(pd.read_csv(path).columns, "text")
        about = pyogrio.read_info(path)
        shape = {"geometry": about["geometry_type"]}
        return dict(zip(about["fields"], map(str, about["dtypes"]), strict=True)) | shape


def placed(name: str) -> bool:
    names = {c.name for c in schema.table(name).columns}
    return "geometry" in names or {"lon", "lat"} <= names


CASES = [
    (name, suffix)
    for name in schema.TABLES
    for suffix in (".parquet", ".csv", ".gpkg", ".fgb")
    if suffix in (".parquet", ".csv") or placed(name)
]


STATES = [([], False), ([2], False), ([2], True), ([0, 1, 3], True), ([3, 0], False)]
"""Which rows, and whether everything that may be missing is."""


@pytest.mark.parametrize(("name", "suffix"), CASES)
def test_S_a_column_has_one_type_whatever_is_in_it(name: str, suffix: str) -> None:
    whole = types_in(of_rows(name, list(range(ROWS)), False), suffix)
    for rows, missing in STATES:
        made = types_in(of_rows(name, rows, missing), suffix)
        if not rows and made.get("geometry") == "Unknown":
            made["geometry"] = whole["geometry"]  # any shape may be put into what has none yet
        assert made == whole, (rows, missing)
