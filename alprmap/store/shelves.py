"""A table too large for memory: its pieces lie in a temporary folder until they are written.

Work that goes tile by tile puts each tile's rows away here as it ends, and the file that a user
asked for is written from them piece by piece, in the order of the tiles whatever order they came
in."""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from alprmap.sandbox import ALL, read_parquet
from alprmap.store.formats import count_rows, read_shapes
from alprmap.store.whole import replacing, write_table

if TYPE_CHECKING:
    from alprmap.credits import Credits


class Shelf:
    """Pieces of one table with geometry (`put`), read one by one (`pieces`), whole (`load`), or
    written to one GeoParquet file (`write`). The folder goes with the object."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="alprmap-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._rows: dict[int, int] = {}

    def __len__(self) -> int:
        return sum(self._rows.values())

    def put(self, number: int, piece: gpd.GeoDataFrame) -> None:
        """Put a piece away; pieces lie in the order of their numbers.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        write_table(piece, self._path(number))
        self._rows[number] = len(piece)

    def pieces(self) -> Iterator[gpd.GeoDataFrame]:
        """Give the pieces in order, those without a row left out."""
        for number in self._filled():
            yield read_shapes(self._path(number), ALL)

    def load(self) -> gpd.GeoDataFrame:
        """Return the whole table."""
        numbers = self._filled() or sorted(self._rows)[:1]
        parts = [read_shapes(self._path(number), ALL) for number in numbers]
        return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs="EPSG:4326")

    def write(self, path: Path, *, credit: Credits) -> None:
        """Write the table to one GeoParquet file, atomically, a row group or more for each piece.

        Parameters
        ----------
        credit
            What the file says of itself; a piece cannot tell what the whole rests on.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        from pyarrow.parquet import ParquetWriter

        files = [self._path(n) for n in self._filled() or sorted(self._rows)[:1]]
        schemas = [read_parquet(file, columns=[]).schema for file in files]
        schema, heads = schemas[0], [one.metadata for one in schemas]
        told = json.dumps(credit.members(), ensure_ascii=False).encode()
        geo = _joined([json.loads(head[b"geo"]) for head in heads])
        about = {**heads[0], b"alprmap": told, b"geo": geo}
        schema = schema.with_metadata(about)
        with replacing(path) as scratch:
            with ParquetWriter(scratch, schema, compression="zstd") as writer:
                for file in files:
                    piece = read_parquet(file).cast(schema.remove_metadata())
                    writer.write_table(piece.replace_schema_metadata(about))
            if (found := count_rows(scratch)) != len(self):
                raise OSError(errno.EIO, f"{found} of {len(self)} rows read back")

    def _filled(self) -> list[int]:
        return sorted(number for number, rows in self._rows.items() if rows)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}.parquet"


def _joined(told: list[dict[str, Any]]) -> bytes:
    """Return the geometry metadata of a file made of several: their box and their types."""
    whole: dict[str, Any] = told[0]
    name = whole["primary_column"]
    columns = [one["columns"][name] for one in told]
    boxes = [c["bbox"] for c in columns if "bbox" in c]
    about = {
        **columns[0],
        "geometry_types": sorted({kind for c in columns for kind in c["geometry_types"]}),
    }
    if boxes:
        sides = zip(*boxes, strict=True)
        about["bbox"] = [f(side) for f, side in zip((min, min, max, max), sides, strict=True)]
    return json.dumps({**whole, "columns": {name: about}}).encode()
