"""A network as a folder of GeoParquet tiles in the order of a Hilbert curve (rule N8).

Each file holds neighbors, each row group has the box of each row (`bbox`, the covering column of
GeoParquet 1.1), so that a part of a nation is read without the rest. `roads.json` beside them holds
what the network is, `restrictions.parquet` its turn restrictions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from alprmap.errors import InputError
from alprmap.geography import Area
from alprmap.roads import network
from alprmap.roads.compact import graph_files, save_graph
from alprmap.sandbox import arrow_frame, json_of, read_parquet
from alprmap.store import replacing, together, write_text

ABOUT = "roads.json"
TURNS = "restrictions.parquet"
TILE = "roads-{:05d}.parquet"
TILE_NAME = re.compile(r"roads-\d{5}\.parquet")
FILE_ROWS = 250_000
"""Segments of a file: some 40 MB, and what a reader holds at a time."""
GROUP_ROWS = 25_000
"""Segments of a row group: some 4 MB, a town; what a filter by box reads at least."""
HILBERT_LEVEL = 16
"""The curve has 2^16 steps a side over the whole globe: 0.0055° of longitude."""
SIDES = ("xmin", "ymin", "xmax", "ymax")
WORLD = (-180.0, -90.0, 180.0, 90.0)


def is_tiles(path: Path) -> bool:
    """Tell whether a folder is a network that `save_tiles` wrote."""
    return (path / ABOUT).is_file()


def tile_files(folder: Path) -> list[Path]:
    """Return the files of such a folder, in order."""
    tiles = sorted(p for p in folder.iterdir() if TILE_NAME.fullmatch(p.name))
    return [folder / ABOUT, folder / TURNS, *tiles, *graph_files(folder)]


def hilbert(segments: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return the place on the Hilbert curve of the first node of each segment."""
    starts = gpd.GeoSeries(shapely.get_point(segments.geometry.to_numpy(), 0), crs="EPSG:4326")
    place = starts.hilbert_distance(total_bounds=WORLD, level=HILBERT_LEVEL)
    return np.asarray(place, dtype=np.int64)


def save_tiles(roads: network.Roads, folder: Path, *, graph: bool = True) -> list[Path]:
    """Write a network into a folder, all of it or nothing; return what was written.

    The same network gives the same bytes. Numbers of segments stay those of the network. Its
    `graph` is written beside the tiles, unless nobody will ask for it.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    rank = np.lexsort((roads.segments["segment_id"].to_numpy(), hilbert(roads.segments)))
    starts = range(0, max(len(rank), 1), FILE_ROWS)
    written: list[Path] = []
    boxes: list[list[float] | None] = []
    with together(folder):
        for number, first in enumerate(starts):
            part = roads.segments.iloc[rank[first : first + FILE_ROWS]]
            written.append(folder / TILE.format(number))
            boxes.append(_write(part, written[-1]))
        turns = folder / TURNS
        with replacing(turns) as scratch:
            pq.write_table(_turns(roads.restrictions), scratch, compression="zstd")
        sizes = save_graph(roads.segments, roads.restrictions, folder) if graph else None
        about = {
            "format": network.FORMAT,
            "meta": roads.meta,
            "files": [p.name for p in written],
            "boxes": boxes,
            "segments": len(roads.segments),
            "graph": sizes,
        }
        text = json.dumps(about, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
        write_text(folder / ABOUT, text + "\n")
    for old in graph_files(folder) if sizes is None else ():
        old.unlink()
    for old in folder.glob("roads-*.parquet"):
        if TILE_NAME.fullmatch(old.name) and old not in written:
            old.unlink()
    return [folder / ABOUT, turns, *written, *graph_files(folder)]


def _turns(restrictions: pd.DataFrame) -> Any:
    return pa.table(
        {
            name: pa.array(
                restrictions[name].tolist(), pa.int64() if kind == "int64" else pa.large_string()
            )
            for name, kind in network.RESTRICTION_COLUMNS.items()
        }
    )


def _write(segments: gpd.GeoDataFrame, path: Path) -> list[float] | None:
    """Write a file and return the box around it."""
    boxes = shapely.bounds(segments.geometry.to_numpy())
    table = pa.table(segments.to_arrow(index=False))
    box = pa.StructArray.from_arrays([pa.array(boxes[:, i]) for i in range(4)], names=list(SIDES))
    table = table.append_column("bbox", box)
    whole = network.outer_bounds(boxes)
    geo = json.loads(network.geo_metadata(whole))
    geo["columns"]["geometry"]["covering"] = {"bbox": {side: ["bbox", side] for side in SIDES}}
    text = json.dumps(geo, sort_keys=True)
    table = table.replace_schema_metadata({b"geo": text.encode()})
    with replacing(path) as scratch:
        pq.write_table(table, scratch, compression="zstd", row_group_size=GROUP_ROWS)
    return whole


def about_tiles(folder: Path) -> tuple[dict[str, Any], list[Path]]:
    """Return (meta, files) of a folder of tiles.

    Raises
    ------
    InputError
        When it is damaged, or of another version.
    """
    about = json_of(folder / ABOUT)
    try:
        names, meta, version = about["files"], {**about["meta"]}, about["format"]
        good = all(TILE_NAME.fullmatch(name) for name in names)
    except (TypeError, KeyError, ValueError) as error:
        raise _damaged(folder, type(error).__name__) from None
    if version != network.FORMAT or not good:
        raise _damaged(folder, "of another version")
    return meta, [folder / name for name in names]


def _files_at(folder: Path, box: tuple[float, float, float, float] | None) -> list[Path]:
    """Return the files that may reach into a box, by what `roads.json` says of each; all where it
    does not say."""
    from alprmap import geo

    files, about = about_tiles(folder)[1], json_of(folder / ABOUT)
    told = about.get("boxes") if isinstance(about, dict) else None
    if box is None or told is None:
        return files
    try:
        boxes = np.array([b or [np.nan] * 4 for b in told], dtype=np.float64)
        if boxes.shape != (len(files), 4):
            raise ValueError
    except (TypeError, ValueError):
        raise _damaged(folder, "its files are told otherwise") from None
    # what `roads.json` says is rounded to 1e-7 degrees
    wide = boxes + np.array([-1e-6, -1e-6, 1e-6, 1e-6])
    near = geo.boxes_touch(box, *wide.T)
    return [path for path, touches in zip(files, near, strict=True) if touches]


def tile_marks(folder: Path) -> list[list[Any]]:
    """Return name, size and time of every file of a folder of tiles: what a later run may take for
    the same roads."""
    files = [folder / ABOUT, folder / TURNS, *tile_files(folder)]
    return [[f.name, f.stat().st_size, f.stat().st_mtime_ns] for f in files]


def graph_about(folder: Path) -> Any:
    """Return what `roads.json` says of the graph beside the tiles; None where there is none."""
    about = json_of(folder / ABOUT)
    return about.get("graph") if isinstance(about, dict) else None


def _damaged(folder: Path, why: str) -> InputError:
    return InputError(
        f"its roads are damaged ({why})",
        where=folder,
        fix="make them again with `alprmap roads`",
    )


def load_tiles(folder: Path, area: Area | None = None) -> network.Roads:
    """Read a folder of tiles, of `area` only the row groups that reach into its box.

    Raises
    ------
    InputError
        When a file is missing or damaged.
    """
    meta, _ = about_tiles(folder)
    box = None if area is None else area.bounds
    parts = list(tiles_in(folder, box))
    segments = pd.concat(parts, ignore_index=True) if parts else None
    if segments is None or not len(segments):
        raise InputError("no road lies in the area", where=folder, fix="check --area")
    segments = segments.sort_values("segment_id", ignore_index=True)
    if segments["segment_id"].duplicated().any():
        raise _damaged(folder, "a segment stands there twice")
    if area is None and len(segments) != meta.get("counts", {}).get("segments", len(segments)):
        raise _damaged(folder, "segments are missing")
    table = read_parquet(folder / TURNS)
    turns = network.restrictions_frame(arrow_frame(table, folder / TURNS))
    frame, meta = network.tidy(gpd.GeoDataFrame(segments, crs="EPSG:4326"), meta)
    return network.Roads(frame, network.known_restrictions(turns, frame), meta)


def tiles_in(
    folder: Path, box: tuple[float, float, float, float] | None
) -> Iterator[gpd.GeoDataFrame]:
    """Give the segments of each file that reach into a box (west, south, east, north); None for
    all.

    Raises
    ------
    InputError
        When a file is missing or damaged.
    """
    for path in _files_at(folder, box):
        table = read_parquet(path, box=box)
        if box is not None and len(table):
            table = table.filter(pa.array(_touching(table, box)))
        if len(table):
            yield network.segments_of(table.drop_columns(["bbox"]), path)


def columns_in(folder: Path, names: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Give some columns of each file, those that it has; shapes are not looked at.

    Raises
    ------
    InputError
        When a file is missing or damaged.
    """
    for path in about_tiles(folder)[1]:
        known = read_parquet(path, columns=[]).schema.names
        yield arrow_frame(read_parquet(path, columns=[n for n in names if n in known]), path)


def tiles_with(folder: Path, segment_id: NDArray[np.int64]) -> Iterator[gpd.GeoDataFrame]:
    """Give those of some segments that each file has; shapes of others are not looked at.

    Raises
    ------
    InputError
        When a file is missing or damaged.
    """
    for path in about_tiles(folder)[1]:
        ids = arrow_frame(read_parquet(path, columns=["segment_id"]), path)["segment_id"]
        if not ids.isin(segment_id).any():
            continue
        table = read_parquet(path)
        wanted = np.isin(table["segment_id"].to_numpy(), segment_id)
        yield network.segments_of(table.filter(pa.array(wanted)).drop_columns(["bbox"]), path)


def _touching(table: Any, box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    from alprmap import geo

    boxes = table["bbox"].combine_chunks().flatten()
    return np.asarray(geo.boxes_touch(box, *(side.to_numpy() for side in boxes)))
