"""A folder of tiles as a network without shapes and names: those are read where they are wanted
(rule N8)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from alprmap import schema
from alprmap.errors import InputError
from alprmap.roads.compact import graph_files, load_graph
from alprmap.roads.dataset import (
    TURNS,
    about_tiles,
    columns_in,
    graph_about,
    is_tiles,
    tiles_with,
)
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads, known_restrictions, restrictions_frame
from alprmap.sandbox import arrow_frame, read_parquet

LIGHT = ["segment_id", "way_id", "highway", "length_m", "forward", "backward"]
"""Columns that questions of the whole network need."""


@dataclass(frozen=True)
class Outline(Roads):
    """A network whose segments are a table without geometry: `segment_id`, `way_id`, `highway`
    (category), `length_m`, `forward`, `backward`, and `inside` where it was measured."""

    folder: Path = Path()

    def full(self, segment_id: Any) -> Roads:
        """Return these segments with shapes and names."""
        wanted = np.unique(np.asarray(segment_id, dtype=np.int64))
        parts = list(tiles_with(self.folder, wanted)) or [schema.empty("segments")]
        whole = pd.concat(parts, ignore_index=True).sort_values("segment_id", ignore_index=True)
        frame = gpd.GeoDataFrame(whole, geometry="geometry", crs="EPSG:4326")
        return Roads(frame, known_restrictions(self.restrictions, frame), self.meta)

    def graph(self) -> Graph:
        """Return the graph that lies in the folder."""
        return load_graph(self.folder, graph_about(self.folder))


def has_graph(folder: Path) -> bool:
    """Tell whether a folder of tiles has its graph beside them."""
    return is_tiles(folder) and graph_about(folder) is not None and bool(graph_files(folder))


def read_outline(folder: Path) -> Outline:
    """Open a folder of tiles without reading shapes and names.

    Raises
    ------
    InputError
        When a file is missing or damaged.
    """
    meta, _ = about_tiles(folder)
    parts: dict[str, list[Any]] = {}
    kinds: dict[str, int] = {}
    for some in columns_in(folder, [*LIGHT, "inside"]):
        if not set(LIGHT) <= set(some.columns):
            raise InputError(
                "its roads are damaged (a column is missing)",
                where=folder,
                fix="make them again with `alprmap roads`",
            )
        code, names = pd.factorize(some["highway"])
        # a road without a class has code -1
        own = np.array([*(kinds.setdefault(str(n), len(kinds)) for n in names), -1], np.int16)
        for name in some.columns:
            parts.setdefault(name, []).append(
                own[code] if name == "highway" else some[name].to_numpy()
            )
    if not parts:
        raise InputError(
            "its roads are damaged (no file is named)",
            where=folder,
            fix="make them again with `alprmap roads`",
        )
    # column by column, so that no more than one stands there twice
    order = np.argsort(np.concatenate(parts["segment_id"]), kind="stable")
    columns: dict[str, Any] = {name: np.concatenate(parts.pop(name))[order] for name in list(parts)}
    columns["highway"] = _classes(columns["highway"], kinds)
    light = pd.DataFrame(columns, copy=False)
    turns = restrictions_frame(arrow_frame(read_parquet(folder / TURNS), folder / TURNS))
    return Outline(light, turns, meta, folder)


def _classes(code: Any, kinds: dict[str, int]) -> pd.Categorical:
    """Return the classes of roads, their names in order."""
    names = sorted(kinds)
    place = np.array([*(names.index(name) for name in kinds), -1], dtype=np.int16)
    return pd.Categorical.from_codes(place[code], pd.Index(names, dtype="str"))
