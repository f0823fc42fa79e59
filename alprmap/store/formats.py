"""The file formats of a table: frame → Parquet, CSV, GeoJSON, GeoPackage, FlatGeobuf or KMZ,
and back from Parquet and CSV.

Used by `alprmap.store`, which makes the writes atomic; call `store.write_table`, not this.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from alprmap import schema
from alprmap.credits import Credits, table_name
from alprmap.errors import InputError, reason
from alprmap.sandbox import ALL, LINES, arrow_frame, csv_of, from_lists, from_wkb, is_list
from alprmap.sandbox import read_parquet as sandbox_read_parquet
from alprmap.store import geofiles, written

_FORMULA = re.compile("^\\s*[=+\\-@\\t\\r\uff1d\uff0b\uff0d\uff20]")
"""The first characters of OWASP's list, their full-width forms included, which Japanese
spreadsheets take. """
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")
_LATER = re.compile(
    '([;|\t\r\n])(?=[\\s"]*[=+\\-@\uff1d\uff0b\uff0d\uff20])'
    r"(?!\s*[+-]?\d+(?:\.\d+)?\s*(?:[;|\t\r\n]|$))"
)
"""Where text goes on as a formula for a spreadsheet that separates by semicolon, tab or bar: quotes
around a cell count only where the cell begins, and to that spreadsheet it begins elsewhere. Plain
numbers are left."""
_FIRST = re.compile('^[\\s"]*[=+\\-@\uff1d\uff0b\uff0d\uff20]')
_LED = re.compile("([;|\t\r\n])'")
_DOUBTFUL = re.compile(f"{_FORMULA.pattern}|{_FIRST.pattern}|{_LATER.pattern}").search
COORDINATE_DIGITS = 6
"""Decimals of a degree kept in files: 0.11 m, below every position error we know."""
DIGITS = (
    (("lon", "lat"), COORDINATE_DIGITS),
    (("_m", "_s"), 2),
    (("_km", "_mi"), 3),
    (("_deg",), 3),
    (("share", "score", "confidence"), 6),
)
"""Decimals kept in files by the ending of the column's name, the first that fits."""
SIGNIFICANT = 12
"""Significant digits kept of every other number: the order of a sum (tiles, batches,
workers) shows in the sixteenth. """


def with_points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return `frame` as a GeoDataFrame: its own geometry, or points from `lon` and `lat` (empty
    where missing)."""
    if isinstance(frame, gpd.GeoDataFrame):
        return frame
    if not {"lon", "lat"} <= set(frame.columns):
        raise InputError("the table has no positions", fix="write it as .csv or .parquet")
    points = shapely.points(frame["lon"].to_numpy(), frame["lat"].to_numpy())
    points[frame["lon"].isna().to_numpy() | frame["lat"].isna().to_numpy()] = None
    return gpd.GeoDataFrame(frame.copy(), geometry=points, crs="EPSG:4326")


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` at the precision of files (`DIGITS`, `SIGNIFICANT`)."""
    frame = frame.copy()
    for name in frame.columns:
        if frame[name].dtype.kind == "f":
            digits = next((d for ends, d in DIGITS if str(name).endswith(ends)), None)
            if digits is not None:
                frame[name] = frame[name].round(digits)
            elif frame[name].dtype == np.float64:
                frame[name] = significant(frame[name].to_numpy(float))
    return frame


def significant(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return numbers at `SIGNIFICANT` digits; zeros, nothing and no numbers stay."""
    out = values.copy()
    usual = np.isfinite(values) & (np.abs(values) > 1e-9) & (np.abs(values) < 1e15)
    size = np.floor(np.log10(np.abs(values[usual]))).astype(int)
    scale = 10.0 ** np.abs(SIGNIFICANT - 1 - size)
    up = size < SIGNIFICANT
    many = np.where(up, np.round(values[usual] * scale), np.round(values[usual] / scale))
    out[usual] = np.where(up, many / scale, many * scale)
    return out


def _write_parquet(frame: pd.DataFrame, path: Path, credit: Credits) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = _rounded(frame)
    more = {b"alprmap": json.dumps(credit.members(), ensure_ascii=False).encode()}
    if isinstance(frame, gpd.GeoDataFrame) or {"lon", "lat"} <= set(frame.columns):
        shapes = with_points(frame)
        table = pa.table(shapes.to_arrow(index=False, geometry_encoding="WKB"))
        more[b"geo"] = json.dumps(_geo_metadata(shapes)).encode()
    else:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **more})
    pq.write_table(table, path, compression="zstd")


def _geo_metadata(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the metadata of GeoParquet 1.0.0 (geoparquet.org) for the one geometry of `frame`."""
    shapes = frame.geometry[frame.geometry.notna() & ~frame.geometry.is_empty]
    about: dict[str, Any] = {
        "encoding": "WKB",
        "crs": None if frame.crs is None else frame.crs.to_json_dict(),
        "geometry_types": sorted(set(shapes.geom_type)),
    }
    if len(shapes):
        about["bbox"] = [float(v) for v in shapes.total_bounds]
    name = str(frame.geometry.name)
    return {"version": "1.0.0", "primary_column": name, "columns": {name: about}}


def _write_csv(frame: pd.DataFrame, path: Path, credit: Credits) -> None:
    frame = _rounded(frame)
    if isinstance(frame, gpd.GeoDataFrame):
        if {"lon", "lat"} <= set(frame.columns):
            frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
        else:
            wkt = shapely.to_wkt(frame.geometry.to_numpy(), rounding_precision=COORDINATE_DIGITS)
            frame = pd.DataFrame(frame).assign(**{frame.geometry.name: wkt})
    safe_cells(frame).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def safe_text(value: str) -> str:
    """Return text that a spreadsheet shows and does not execute, be its separator comma, semicolon,
    tab or bar.

    Numbers are left as they are.

    >>> (safe_text("=1+1"), safe_text("-99.5"), safe_text("Main St"), safe_text("x;=1+1"),
    ...  safe_text("1; -2"))
    ("'=1+1", '-99.5', 'Main St', "x;'=1+1", '1; -2')
    """
    if (_FORMULA.match(value) or _FIRST.match(value)) and not _NUMBER.match(value):
        value = f"'{value}"
    return _LATER.sub(r"\1'", value)


def as_written(value: str) -> str:
    """Return the text that `safe_text` made `value` of; text it has not made stays as it is.

    >>> (as_written("'=1+1"), as_written("x;'=1+1"), as_written("'tis"), as_written("O'Neil"))
    ('=1+1', 'x;=1+1', "'tis", "O'Neil")
    """
    if "'" not in value:
        return value
    bare = _LED.sub(r"\1", value.removeprefix("'"))
    for text in (bare, _LED.sub(r"\1", value), value.removeprefix("'")):
        if text != value and safe_text(text) == value:
            return text
    return value


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table for CSV: no text in it, nor a column's name, is read as a formula by a
    spreadsheet.

    Such text is led by an apostrophe (CWE-1236, OWASP "CSV injection"), after a semicolon, a tab or
    a bar within it, too; Parquet and GeoJSON hold it as it is.
    """
    out = frame.rename(columns=lambda c: safe_text(str(c)))
    for name in out.columns:
        if out[name].dtype.kind in "iufb":
            continue
        column = out[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            if not any(_DOUBTFUL(str(word)) for word in column.cat.categories):
                continue
            column = column.astype(object)
        # a table of a few rows costs one pass in Python; pandas takes its patterns to Python, too
        doubtful = np.array(
            [isinstance(v, str) and _DOUBTFUL(v) is not None for v in column.tolist()], dtype=bool
        )
        if doubtful.any():
            safe = column[doubtful].map(safe_text)
            out[name] = column.astype(object).where(~doubtful, safe.reindex(out.index))
    return out


def _write_geojson(frame: pd.DataFrame, path: Path, credit: Credits) -> None:
    geo = with_points(_rounded(frame))
    names = [c for c in geo.columns if c != geo.geometry.name]
    columns = [_plain(geo[c]) for c in names]
    shapes = shapely.to_geojson(
        shapely.set_precision(geo.geometry.to_numpy(), 10.0**-COORDINATE_DIGITS, mode="pointwise")
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        about = json.dumps(credit.members(), ensure_ascii=False, separators=(",", ":"))[1:-1]
        file.write(f'{{"type":"FeatureCollection",{about},"features":[')
        for i, shape in enumerate(shapes):
            properties = {n: v[i] for n, v in zip(names, columns, strict=True) if v[i] is not None}
            text = json.dumps(
                properties, ensure_ascii=False, allow_nan=False, separators=(",", ":")
            )
            file.write("," if i else "")
            file.write(f'\n{{"type":"Feature","geometry":{shape or "null"},"properties":{text}}}')
        file.write("\n]}\n")


def _plain(values: pd.Series) -> list[Any]:
    missing = values.isna().to_numpy()
    return [None if gone else _scalar(v) for v, gone in zip(values.tolist(), missing, strict=True)]


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _write_gpkg(frame: pd.DataFrame, path: Path, credit: Credits) -> None:
    name = table_name(map(str, frame.columns)) or "table"
    geofiles.write_layers({name: with_points(_rounded(frame))}, path, {name: credit})


def _write_fgb(frame: pd.DataFrame, path: Path, credit: Credits) -> None:
    geofiles.write_flatgeobuf(with_points(_rounded(frame)), path, credit)


def _write_kmz(frame: pd.DataFrame, path: Path, credit: Credits) -> None:
    geofiles.write_kmz(with_points(_rounded(frame)), path, credit)


WRITERS: dict[str, Callable[[pd.DataFrame, Path, Credits], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".geojson": _write_geojson,
    ".gpkg": _write_gpkg,
    ".fgb": _write_fgb,
    ".kmz": _write_kmz,
}


def count_rows(path: Path) -> int:
    """Count the rows a written table holds, by opening it again; a disk that lied shows here.

    Raises
    ------
    OSError
        When the file cannot be read back.
    """
    if path.suffix == ".parquet":
        return written.parquet_rows(path)
    if path.suffix == ".csv":
        return _csv_lines(path) - 1
    if path.suffix in (".gpkg", ".fgb"):
        return written.layer_rows(path)
    if path.suffix == ".kmz":
        return written.kmz_rows(path)
    text = path.read_bytes()
    if not text.endswith(b"\n]}\n"):
        raise OSError(5, "the file reads back cut off")
    return text.count(b'\n{"type":"Feature",')


def _csv_lines(path: Path) -> int:
    """Count line ends outside quotes."""
    lines, open_quotes = 0, 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            text = np.frombuffer(chunk, dtype=np.uint8)
            quotes = np.cumsum(text == ord('"')) + open_quotes
            lines += int(((text == ord("\n")) & (quotes % 2 == 0)).sum())
            open_quotes = int(quotes[-1]) % 2
    return lines


def read_csv(path: Path, *, dtype: str | Mapping[str, str] | None = "str") -> pd.DataFrame:
    """Read a small table of a user's; only an empty cell is a missing one (a name may be NA, an
    agency None).

    Parameters
    ----------
    dtype
        As pandas has it: text by default, by column, or None to have numbers told from text.

    Raises
    ------
    InputError
        When `files.csv_of` refuses it or it is no table.
    """
    text = io.StringIO(csv_of(path))
    try:
        with warnings.catch_warnings():
            # without index_col the cells of a first row that is too long would move a column to the
            # left
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                text, dtype=dtype, keep_default_na=False, na_values=[""], index_col=False
            )
    except pd.errors.ParserWarning:
        raise InputError(
            "a row has more cells than the header", where=path, fix="name every column"
        ) from None
    except ValueError as error:  # pandas' ParserError and EmptyDataError are ValueErrors
        what = reason(error).removeprefix("Error tokenizing data. C error: ")
        raise InputError(
            f"not a readable CSV ({what})", where=path, fix="save it as CSV (UTF-8) again"
        ) from None


def read_parquet(path: Path, name: str) -> pd.DataFrame:
    """Read table `name` from a Parquet file alprmap wrote and check it (GeoDataFrame where it has a
    geometry).

    Raises
    ------
    InputError
        When the file is missing, broken, or another table.
    """
    path = Path(path)
    frame = arrow_frame(sandbox_read_parquet(path), path)
    has_geometry = any(c.dtype == "geometry" for c in schema.table(name).columns)
    if "geometry" in frame.columns:
        needed = {c.name for c in schema.table(name).columns if c.required}
        if has_geometry and needed <= set(frame.columns):
            frame = _with_shapes(frame, path, LINES)
        else:
            frame = frame.drop(columns="geometry")
    try:
        frame = schema.conform(frame, name)
        schema.check(frame, name)
    except InputError as error:
        raise InputError(error.what, where=path, fix=error.fix) from None
    return frame


def read_shapes(path: Path, kinds: frozenset[int] = ALL) -> gpd.GeoDataFrame:
    """Read a GeoParquet file of no schema that alprmap wrote, a shipped one included: its column
    `geometry`.

    Raises
    ------
    InputError
        When the file is missing or broken, has no shapes or some of another type.
    """
    path = Path(path)
    table = sandbox_read_parquet(path)
    if "geometry" not in table.schema.names or not is_list(table["geometry"]):
        return _with_shapes(arrow_frame(table, path), path, kinds)
    encoding = (
        (table.schema.field("geometry").metadata or {}).get(b"ARROW:extension:name", b"").decode()
    )
    made = from_lists(table["geometry"].combine_chunks(), encoding.removeprefix("geoarrow."))
    frame = arrow_frame(table.drop_columns("geometry"), path)
    whole = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(made, crs="EPSG:4326"))
    return whole[table.schema.names]


def _with_shapes(frame: pd.DataFrame, path: Path, kinds: frozenset[int]) -> gpd.GeoDataFrame:
    """Return a frame with geometry for its well-known binary."""
    try:
        made = gpd.GeoSeries(from_wkb(frame["geometry"], kinds), index=frame.index, crs="EPSG:4326")
    except (InputError, KeyError):
        raise InputError(
            "its shapes are damaged", where=path, fix="make it again with alprmap"
        ) from None
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=made)[list(frame.columns)]
