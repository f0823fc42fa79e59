"""Tables over the wall: Arrow from the child process, checked here before anything looks at its
values.

`read_parquet` is the one way a Parquet file that a user hands in is opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sandbox import files, wall
from alprmap.sandbox.wall import Message

ROOM = "alprmap.sandbox.arrows"
SLICE_BYTES = 32 * 1024**2
"""About so much of a table is sent at once."""


def pack(table: Any, compression: str | None = None) -> bytes:
    """Return a table as an Arrow stream, its columns packed by `zstd` where that is asked for."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def unpack(blob: bytes, where: str | os.PathLike[str]) -> Any:
    """Return the table of an Arrow stream from the child, every offset and text of it checked.

    Raises
    ------
    InputError
        When it is no sound table, or one of types that Python classes stand for.
    """
    try:
        table = pa.ipc.open_stream(pa.BufferReader(blob)).read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError):
        raise wall.out_of_step(where) from None
    if any(isinstance(f.type, pa.BaseExtensionType) for f in table.schema):
        raise InputError(
            "holds columns of a type that is not read",
            where=where,
            fix="write it with plain columns",
        )
    return table


def is_list(column: Any) -> bool:
    """Tell whether a column holds lists, as GeoArrow's shapes are."""
    return bool(pa.types.is_list(column.type) or pa.types.is_large_list(column.type))


def arrow_frame(table: Any, where: str | os.PathLike[str]) -> Any:
    """Return a table as a DataFrame; what pandas left of itself in the file is not looked at.

    Raises
    ------
    InputError
        When a value cannot be one of pandas.
    """
    try:
        return table.replace_schema_metadata(None).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, ValueError) as error:
        raise InputError(
            f"not a readable Parquet file ({reason(error)})",
            where=where,
            fix=WHOLE,
        ) from None


def messages(tables: Iterable[Any]) -> Iterator[Message]:
    """Say tables of one schema, some megabytes at a time; its metadata go with the first."""
    first = True
    for table in tables:
        step = max(1, table.num_rows * SLICE_BYTES // max(1, table.nbytes))
        for start in range(0, max(1, table.num_rows), step):
            part = table.slice(start, step)
            yield (
                {"table": part.num_rows},
                pack(part if first else part.replace_schema_metadata(None)),
            )
            first = False


def gather(
    said: Iterable[Message], where: str | os.PathLike[str], size: int
) -> tuple[Any, dict[str, Any]]:
    """Return (the table whose parts were said, everything else that was).

    Raises
    ------
    InputError
        When nothing sound was said, or far more than a file of `size` bytes can hold.
    """
    parts: list[Any] = []
    rest: dict[str, Any] = {}
    total = 0
    for message, blob in said:
        total += len(blob)
        if total > wall.BASE_BYTES + wall.PER_BYTE * size:
            raise wall.out_of_step(where)
        if "table" in message:
            parts.append(unpack(blob, where))
        else:
            rest |= message
    try:
        whole = pa.concat_tables(
            [p.replace_schema_metadata(parts[0].schema.metadata) for p in parts]
        )
    except (IndexError, pa.ArrowException):
        raise wall.out_of_step(where) from None
    return whole, rest


def read_parquet(
    path: str | os.PathLike[str],
    *,
    columns: Sequence[str] | None = None,
    box: Sequence[float] | None = None,
) -> Any:
    """Return a Parquet file as an Arrow table with its metadata, parsed in the child process.

    Parameters
    ----------
    path
        A regular local file.
    columns
        Those wanted; none (``[]``) for the schema alone; None for all.
    box
        West, south, east, north: row groups outside it are left out where the file has the covering
        column `bbox` of GeoParquet 1.1; None for all.

    Raises
    ------
    InputError
        When it is no such file, or broken.
    """
    local = files.regular_file(path, empty="not a readable Parquet file (it is empty)")
    size = local.stat().st_size
    job: dict[str, Any] = {
        "path": str(local.resolve()),
        "columns": None if columns is None else list(columns),
    }
    if box is not None:
        job["box"] = [float(side) for side in box]
    asked = wall.ask(ROOM, job, where=path, size=size, limits=wall.sized(size), smaller="split it")
    return gather(asked, path, size)[0]


def names_of(path: str | os.PathLike[str]) -> list[str]:
    """Return the column names of a Parquet file.

    Raises
    ------
    InputError
        When it is no such file, or broken.
    """
    return list(read_parquet(path, columns=[]).schema.names)


def load(job: dict[str, Any]) -> None:
    """Nothing more to import."""


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say a Parquet file, one row group at a time (in the child process)."""
    try:
        with pq.ParquetFile(Path(job["path"])) as file:
            yield from messages(_groups(file, job["columns"], job.get("box")))
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"not a readable Parquet file ({reason(error)})",
            fix=WHOLE,
        ) from None


def _groups(file: Any, columns: list[str] | None, box: list[float] | None = None) -> Iterator[Any]:
    # not empty_table(): it imports pandas, which takes longer than most files
    empty = pa.Table.from_batches([], schema=file.schema_arrow)
    if columns is not None and columns:
        empty = empty.select([c for c in columns if c in empty.schema.names])
    yield empty
    if columns == []:
        return
    for group in range(file.num_row_groups):
        if box is None or _reaches(file.metadata.row_group(group), box):
            yield file.read_row_group(group, columns=columns)


def _reaches(group: Any, box: list[float]) -> bool:
    """Tell whether a row group may have a row in the box, by the statistics of its `bbox`."""
    sides = {}
    for place in range(group.num_columns):
        column = group.column(place)
        if column.path_in_schema.startswith("bbox.") and column.statistics is not None:
            sides[column.path_in_schema[5:]] = column.statistics
    if not {"xmin", "ymin", "xmax", "ymax"} <= sides.keys():
        return True
    west, south, east, north = box
    apart = (
        sides["xmin"].min > east
        or sides["xmax"].max < west
        or sides["ymin"].min > north
        or sides["ymax"].max < south
    )
    return not apart
