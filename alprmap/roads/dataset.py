"""A network as a folder of GeoParquet tiles in the order of a Hilbert curve (rule N8).

Each file holds neighbors, each row group has the box of each row (`bbox`, the covering column of
GeoParquet 1.1), so that a part of a nation is read without the rest. `roads.json` beside them holds
what the network is, `restrictions.parquet` its turn restrictions.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from alprmap import steps
from alprmap.errors import InputError, reason
from alprmap.geography import Area
from alprmap.roads import extract, network
from alprmap.roads.compact import Ends, graph_files, save_graph
from alprmap.roads.segmented import across_antimeridian, line_boxes
from alprmap.roads.tags import Drivable
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


def hilbert(starts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place on the Hilbert curve of places (lon, lat), shape (n, 2)."""
    found = [np.zeros(0, dtype=np.int64)]
    for first in range(0, len(starts), FILE_ROWS):
        some = gpd.GeoSeries(shapely.points(starts[first : first + FILE_ROWS]), crs="EPSG:4326")
        place = some.hilbert_distance(total_bounds=WORLD, level=HILBERT_LEVEL)
        found.append(np.asarray(place, dtype=np.int64))
    return np.concatenate(found)


def save_tiles(roads: network.Roads, folder: Path, *, graph: bool = True) -> list[Path]:
    """Write a network into a folder, all of it or nothing; return what was written.

    The same network gives the same bytes. Numbers of segments stay those of the network. Its
    `graph` is written beside the tiles, unless nobody will ask for it.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    segments = roads.segments
    firsts = shapely.get_coordinates(shapely.get_point(segments.geometry.to_numpy(), 0))
    rank = np.lexsort((segments["segment_id"].to_numpy(), hilbert(firsts)))
    steps = range(0, max(len(rank), 1), FILE_ROWS)
    parts = (segments.iloc[rank[first : first + FILE_ROWS]] for first in steps)
    return write_tiles(parts, folder, lambda: (roads.meta, roads.restrictions), graph=graph)


def tiles_of_extracts(
    source: Sequence[Path],
    folder: Path,
    *,
    drivable: Drivable | None = None,
    progress: extract.Progress = steps.tell,
) -> list[Path]:
    """Read extracts into a folder of tiles, the same bytes as `save_tiles` of what `read` makes of
    them, without holding the network: arrays of 200 bytes a segment, and the shapes of one file.

    Raises
    ------
    InputError
        As `alprmap.roads.read`.
    StorageError
        When the disk refuses.
    """
    joined = network.joined_ways(source, None, drivable or Drivable(), progress)
    cut = joined.segmented(progress)
    rank = np.lexsort((np.arange(len(cut)), hilbert(cut.starts())))
    around: list[list[float]] = []
    more: Counter[str] = Counter()

    def parts() -> Iterator[gpd.GeoDataFrame]:
        for first in range(0, len(rank), FILE_ROWS):
            part = cut.some(rank[first : first + FILE_ROWS])
            part, told = network.tidy(part, {"counts": {}})
            lines = part.geometry.to_numpy()
            more["segments_across_antimeridian"] += across_antimeridian(lines)
            more.update(told["counts"])
            around.extend(network.outer_bounds(b) or [] for b in line_boxes(lines))
            progress("writing tiles", min(first + FILE_ROWS, len(rank)), len(rank))
            yield part
        cut.release()

    def rest() -> tuple[dict[str, Any], pd.DataFrame]:
        cleaned = more.pop("texts_cleaned", 0)
        meta = joined.meta(cut.counts + more, network.outer_bounds(around))
        if cleaned:
            meta["counts"]["texts_cleaned"] = cleaned
        return meta, joined.restrictions

    return write_tiles(parts(), folder, rest)


def write_tiles(
    parts: Iterable[gpd.GeoDataFrame],
    folder: Path,
    rest: Callable[[], tuple[dict[str, Any], pd.DataFrame]],
    *,
    graph: bool = True,
) -> list[Path]:
    """Write tables of segments, a file each, with the graph of all of them; return what was
    written.

    Parameters
    ----------
    parts
        Tables of neighbors; no segment is in two.
    folder
        Where to.
    rest
        Called after the last part: the metadata, and the turn restrictions.
    graph
        Without it nobody can ask what the whole network is asked.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    written: list[Path] = []
    boxes: list[list[float] | None] = []
    light = Ends()
    with together(folder):
        for number, part in enumerate(parts):
            written.append(folder / TILE.format(number))
            boxes.append(_write(part, written[-1]))
            light.add(part)
        meta, restrictions = rest()
        whole = light.table()
        restrictions = network.known_restrictions(restrictions, whole)
        turns = folder / TURNS
        with replacing(turns) as scratch:
            pq.write_table(_turns(restrictions), scratch, compression="zstd")
        sizes = save_graph(whole, restrictions, folder) if graph else None
        about = {
            "format": network.FORMAT,
            "meta": meta,
            "files": [p.name for p in written],
            "boxes": boxes,
            "segments": len(whole),
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
        good = isinstance(names, list) and all(TILE_NAME.fullmatch(name) for name in names)
        # one file named a million times would be read a million times
        good = good and len(set(names)) == len(names)
    except (TypeError, KeyError, ValueError) as error:
        raise _damaged(folder, reason(error)) from None
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
