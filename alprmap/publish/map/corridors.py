"""Lines of coverage on a page: reader corridors, tracked corridors, unread zones, cordons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import geo
from alprmap.geography import border_zone, parse_zone
from alprmap.publish.map.data import Layer

COARSE_DEG = 0.01
"""Step of the grid that lines of a whole country are drawn to: 0.7 miles, two pixels at zoom 8."""
QUARTER = np.array([0.25, 0.0])
"""Half the length of the stroke that stands for lines within one place of the grid, in steps."""
MOST_STEPS = 60_000
"""More steps of one layer than a page opens quickly with: the grid is made coarser then."""
COARSE_NOTE = "Drawn to the nearest mile; the page of each state has every bend."
DRAWN_RADIUS_M = 1000.0
"""Reader corridors up to this radius are drawn, or those of the least radius where all are wider.
"""


def corridor_layers(tables: Mapping[str, Any]) -> dict[str, Layer]:
    """Return the layers of coverage that a page draws, by name; a table without rows has none.

    Parameters
    ----------
    tables
        As `alprmap.coverage.measure` makes them: `c1_stretches` (C1), `c2_strongest` (C2),
        `c4_unread` (C4), `c5_border_cordons` (C5). What is not there is left out.
    """
    layers = {}
    near = tables.get("c1_stretches")
    if near is not None and len(near):
        near = near[near["radius_m"] <= max(DRAWN_RADIUS_M, near["radius_m"].min())]
        label = f"Within {geo.miles_text(near['radius_m'].max() / 1000)} of travel of a reader"
        columns = ["name", "ref", "geometry"]
        layers["reader"] = Layer(label, near[columns], "reader", shown=False)
    tracked = tables.get("c2_strongest")
    if tracked is not None and len(tracked):
        named = tracked[["text", "geometry"]].rename(columns={"text": "name"})
        layers["tracked"] = Layer("Tracked corridors, reader to reader", named, "tracked")
    unread = tables.get("c4_unread")
    if unread is not None and len(unread):
        label = "Unread zones: road between which one can move unread"
        layers["unread"] = Layer(label, unread[["name", "geometry"]], "unread", shown=False)
    cordons = tables.get("c5_border_cordons")
    if cordons is not None and len(cordons):
        label = "Cordons: lines at a distance from a border"
        layers["cordon"] = Layer(label, _cordons(cordons), "cordon", shown=False)
    return layers


def coarse_layers(layers: Mapping[str, Layer]) -> dict[str, Layer]:
    """Return the lines of layers as a page of a whole country draws them: to the nearest step of a
    grid, each step once, however many roads lead along it.

    Cordons are few, and stay as they are.
    """
    coarse = {}
    for name, layer in layers.items():
        if layer.style == "cordon":
            coarse[name] = layer
            continue
        step = COARSE_DEG
        steps = _steps(layer.frame, step)
        while len(steps) > MOST_STEPS:
            step *= 2
            steps = _steps(layer.frame, step)
        lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(steps * step)))
        frame = gpd.GeoDataFrame(geometry=lines, crs="EPSG:4326")
        coarse[name] = replace(layer, frame=frame, note=COARSE_NOTE)
    return coarse


def _steps(frame: gpd.GeoDataFrame, step: float) -> Any:
    """Return the steps between neighbors of a grid that lines lead over, each once, whole numbers
    of `step` degrees, shape (n, 2, 2); a line within one place of the grid is a short one."""
    xy, line = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    at = np.round(xy / step)
    same = line[1:] == line[:-1]
    pairs = np.concatenate([at[:-1][same], at[1:][same]], axis=1)
    turned = (pairs[:, 0] > pairs[:, 2]) | (
        (pairs[:, 0] == pairs[:, 2]) & (pairs[:, 1] > pairs[:, 3])
    )
    pairs[turned] = pairs[turned][:, [2, 3, 0, 1]]
    pairs = np.unique(pairs, axis=0)
    moved = (pairs[:, :2] != pairs[:, 2:]).any(axis=1)
    ends = np.unique(pairs[moved].reshape(-1, 2), axis=0)
    still = pairs[~moved][:, :2]
    met = {tuple(p) for p in ends.tolist()}
    alone = np.array([p for p in still.tolist() if tuple(p) not in met]).reshape(-1, 2)
    dots = np.concatenate([alone - QUARTER, alone + QUARTER], axis=1)
    return np.concatenate([pairs[moved], dots]).reshape(-1, 2, 2)


def _cordons(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the lines of the cordons, named with the share of crossings that is read (C5)."""
    whole = table[table["highway"] == "all"]
    names, lines = [], []
    for cordon, rows in whole.groupby("cordon", sort=True):
        said = [
            f"{r['read']} of {r['crossings']} ways {r['way']} read within"
            f" {geo.miles_text(r['within_m'] / 1000)}"
            for r in rows.to_dict("records")
        ]
        zone = parse_zone(str(cordon))
        names.append(f"{cordon}: {'; '.join(said)}")
        lines.append(border_zone(zone.border, zone.radius_m).geometry.iloc[0].boundary)
    return gpd.GeoDataFrame({"name": names}, geometry=lines, crs="EPSG:4326")
