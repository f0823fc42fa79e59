"""Lines of coverage on a page: reader corridors, tracked corridors, unread zones, cordons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from alprmap import geo
from alprmap.geography import border_zone, parse_zone
from alprmap.publish.map.data import Layer

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
