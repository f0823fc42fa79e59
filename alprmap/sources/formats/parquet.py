"""Parquet and GeoParquet as rows, one row group at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sources.fields import vocabulary
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.sources.formats import systems, wkb
from alprmap.sources.formats.geopackage import at_places
from alprmap.sources.formats.placed import placed
from alprmap.sources.formats.rows import Row, Table, outer
from alprmap.sources.intake import Checked

_BATCH = 5_000


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table with the rows of a Parquet file.

    Raises
    ------
    InputError
        When the file is damaged.
    """
    try:
        file = pq.ParquetFile(checked.path)
        column, crs = _geometry(file)
        name = "GeoParquet" if column else "Parquet"
    except (pa.ArrowException, OSError) as error:
        raise _damaged(error, checked) from None
    yield Table(_sound(_rows(file, column, crs), checked), name)


def _sound(rows: Iterator[Row], checked: Checked) -> Iterator[Row]:
    """Yield rows; damage that shows only on the way is said like any other."""
    try:
        yield from rows
    except (pa.ArrowException, OSError) as error:
        raise _damaged(error, checked) from None


def _damaged(error: Exception, checked: Checked) -> InputError:
    return InputError(
        f"is no readable Parquet file ({reason(error)})",
        where=checked.path,
        fix=WHOLE,
    )


def _geometry(file: Any) -> tuple[str | None, str | None]:
    """Return (name of the geometry column, its system) by the GeoParquet metadata, else by its
    name."""
    meta = (file.schema_arrow.metadata or {}).get(b"geo")
    if meta is None:
        return _extension(file.schema_arrow)
    try:
        geo = json.loads(meta)
        column = geo["primary_column"]
        crs = geo["columns"][column].get("crs")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "geometry", None
    if not isinstance(crs, dict):
        return str(column), None
    name = crs.get("id")
    # a system without a number is described in full, and PROJ reads the description
    code = (
        f"{name.get('authority')}:{name.get('code')}" if isinstance(name, dict) else json.dumps(crs)
    )
    return str(column), code


def _extension(columns: Any) -> tuple[str | None, str | None]:
    """Return (geometry column, its system) of a table without GeoParquet metadata: a column that
    GeoArrow names, else the one called geometry."""
    for field in columns:
        meta = field.metadata or {}
        if not meta.get(b"ARROW:extension:name", b"").startswith((b"geoarrow.", b"ogc.wkb")):
            continue
        try:
            crs = json.loads(meta.get(b"ARROW:extension:metadata") or b"{}").get("crs")
        except (ValueError, AttributeError, RecursionError):
            crs = None
        text = json.dumps(crs) if isinstance(crs, dict) else crs
        return str(field.name), systems.named(text) if isinstance(text, str) else None
    if "geometry" in columns.names:
        return "geometry", None
    # what PostGIS and DuckDB call it; whether it holds one shows in its bytes (`wkb.points`)
    plain = [
        f.name
        for f in columns
        if vocabulary.fields().get(vocabulary.header(f.name), ("", 0))[0] == "point"
        and (pa.types.is_binary(f.type) or pa.types.is_large_binary(f.type))
    ]
    return (plain[0], None) if len(plain) == 1 else (None, None)


def _rows(file: Any, column: str | None, crs: str | None) -> Iterator[Row]:
    number = 0
    for batch in file.iter_batches(batch_size=_BATCH):
        names = [n if n == column else outer(n) for n in batch.schema.names]
        columns = [_values(c) for c in batch.columns]
        for values in zip(*columns, strict=True):
            number += 1
            row: Row = {}
            places: list[Row] = []
            for name, value in zip(names, values, strict=True):
                if name == column and isinstance(value, bytes):
                    code = wkb.srid(value)
                    own = systems.numbered(code) if code else crs
                    places = [placed(p, own) for p in wkb.points(value)]
                elif name == column and (pair := _geoarrow(value)) is not None:
                    places = [placed((*pair, "Point"), crs)]
                elif value is None or isinstance(value, (str, int, float)):
                    row[name] = value
                elif isinstance(value, dict) and name == "tags":
                    row.update(
                        {outer(str(k)): v if v is None else str(v) for k, v in value.items()}
                    )
                elif not isinstance(value, (bytes, list, dict)):
                    row[name] = str(value)
            yield from at_places(row, places, number)


def _geoarrow(value: Any) -> tuple[float, float] | None:
    """Return x, y of a point as GeoArrow writes it: a struct of x and y, or a list of two."""
    pair = (value.get("x"), value.get("y")) if isinstance(value, dict) else value
    if not isinstance(pair, (list, tuple)) or len(pair) < 2:
        return None
    x, y = decimal(pair[0]), decimal(pair[1])
    return None if x is None or y is None else (x, y)


def _values(column: Any) -> list[Any]:
    if pa.types.is_map(column.type):
        return [dict(v) if v is not None else None for v in column.to_pylist()]
    if pa.types.is_large_binary(column.type) or pa.types.is_binary(column.type):
        return list(column.to_pylist())
    if pa.types.is_temporal(column.type):
        return [None if v is None else str(v) for v in column.to_pylist()]
    return list(column.to_pylist())
