"""The one door for roads: whatever a `--roads` option names becomes one `Roads` (rules N1–N7)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from alprmap import steps
from alprmap.errors import InputError
from alprmap.geography import Area
from alprmap.roads import dataset, extract, network
from alprmap.roads.network import (
    EXTRACT_SUFFIXES,
    FORMAT,
    NETWORK_SUFFIXES,
    AreaLike,
    Roads,
    as_area,
    open_network,
)
from alprmap.roads.outline import read_outline
from alprmap.roads.tags import Drivable
from alprmap.roads.union import join_networks
from alprmap.store import sha256

RoadSource: TypeAlias = "str | os.PathLike[str] | Roads | Any"
"""A file, a folder, a network of this wing, or an OSMnx graph (MultiDiGraph)."""
ROAD_SUFFIXES = (*EXTRACT_SUFFIXES, *NETWORK_SUFFIXES)


def read(
    source: RoadSource | Sequence[RoadSource],
    area: AreaLike = None,
    *,
    drivable: Drivable | None = None,
    progress: extract.Progress = steps.tell,
    cache: Path | None = None,
) -> Roads:
    """Read roads from whatever a `--roads` option names, several of them as one network.

    Parameters
    ----------
    source
        An OSM extract, a saved network, a folder of tiles as `alprmap roads --out FOLDER` writes
        it, a folder of any of these, an OSMnx GraphML, GeoPackage or table of edges, an OSMnx
        MultiDiGraph, `Roads`; or several of them in any order, which makes no difference.
    area
        Part wanted: an `Area`, a bbox, or text as `alprmap.geography.parse_area` takes it; None
        for all.
    drivable
        Which ways of extracts are roads; by default those anyone may drive, without
        `highway=service`.
    progress
        Called with (what, done, total) now and then.
    cache
        A folder: a network made of extracts is kept there under the hash of their bytes, the area
        and the choice of roads, so that a file renamed or touched is not read again.

    Raises
    ------
    InputError
        When a file is none of these, or holds no road.
    """
    area = as_area(area)
    items = _items(source)
    extracts = [i for i in items if isinstance(i, Path) and i.name.endswith(EXTRACT_SUFFIXES)]
    others = [i for i in items if not any(i is e for e in extracts)]
    networks = [_network(item, area) for item in others]
    if not networks:
        return _from_extracts(extracts, area, drivable, progress, cache)
    if extracts:
        networks.append(_from_extracts(extracts, area, drivable, progress, cache))
    roads = networks[0] if len(networks) == 1 else join_networks(networks)
    return roads if area is None else roads.cut(area)


def tiles_from(
    source: RoadSource | Sequence[RoadSource],
    folder: Path,
    area: AreaLike = None,
    *,
    drivable: Drivable | None = None,
    progress: extract.Progress = steps.tell,
) -> Roads:
    """Write whatever a `--roads` option names into a folder of tiles; return the network.

    The parameters are those of `read`. Of extracts without an area no network is held: what is
    returned then is its outline.

    Raises
    ------
    InputError
        As `read`.
    StorageError
        When the disk refuses.
    """
    items = _items(source)
    whole = all(isinstance(i, Path) and i.name.endswith(EXTRACT_SUFFIXES) for i in items)
    if whole and area is None:
        dataset.tiles_of_extracts(items, folder, drivable=drivable, progress=progress)
        return read_outline(folder)
    roads = read(items, area, drivable=drivable, progress=progress)
    dataset.save_tiles(roads, folder)
    return roads


def road_files(source: RoadSource | Sequence[RoadSource]) -> list[Path]:
    """Return the files that a `--roads` option names, folders opened; graphs have none.

    Raises
    ------
    InputError
        When a folder holds no road file.
    """
    files: list[Path] = []
    for item in _items(source):
        if isinstance(item, Path):
            files += dataset.tile_files(item) if item.is_dir() else [item]
    return files


def _items(source: RoadSource | Sequence[RoadSource]) -> list[Any]:
    given = list(source) if isinstance(source, (list, tuple)) else [source]
    items: list[Any] = []
    for one in given:
        if isinstance(one, (str, os.PathLike)):
            path = Path(one)
            items += _of_folder(path) if path.is_dir() and not dataset.is_tiles(path) else [path]
        else:
            items.append(one)
    if not items:
        raise InputError("no roads were given", fix="name an OSM extract or roads.parquet")
    return _each_once(items)


def _of_folder(folder: Path) -> list[Path]:
    files = sorted(
        p for p in folder.iterdir() if p.name.endswith(ROAD_SUFFIXES) or dataset.is_tiles(p)
    )
    if not files:
        raise InputError(
            "no road file is in this folder",
            where=folder,
            fix=f"put extracts or saved networks there ({', '.join(ROAD_SUFFIXES)})",
        )
    return files


def _each_once(items: Iterable[Any]) -> list[Any]:
    kept: dict[Any, Any] = {}
    for item in items:
        kept.setdefault(os.path.realpath(item) if isinstance(item, Path) else id(item), item)
    return list(kept.values())


def _network(item: Any, area: Area | None) -> Roads:
    if isinstance(item, Roads):
        return item
    if isinstance(item, Path):
        return dataset.load_tiles(item, area) if item.is_dir() else open_network(item)
    if not (hasattr(item, "edges") and hasattr(item, "nodes") and hasattr(item, "graph")):
        raise InputError(
            f"{type(item).__name__} is no road network",
            fix="give a path, an OSMnx MultiDiGraph, or Roads",
        )
    return Roads.from_osmnx(item)


def _from_extracts(
    paths: list[Path],
    area: Area | None,
    drivable: Drivable | None,
    progress: extract.Progress,
    cache: Path | None,
) -> Roads:
    if cache is None:
        return network.read(paths, area=area, drivable=drivable, progress=progress)
    kept = Path(cache) / f"roads-{_key(paths, area, drivable or Drivable())}.parquet"
    if not kept.is_file():
        network.read(paths, area=area, drivable=drivable, progress=progress).save(kept)
    return Roads.load(kept)


def _key(paths: list[Path], area: Area | None, drivable: Drivable) -> str:
    hashes = sorted({sha256(path) for path in paths})
    parts = [str(FORMAT), *hashes, area.key() if area else "all", repr(drivable)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
