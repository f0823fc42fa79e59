"""Districts as shaded areas with a legend in words: readers per 1,000 people or per 100 miles of
road, and the share of readers that is mapped (rule K6)."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from alprmap import geo
from alprmap.publish.map import payload

CLASSES = 5
"""Shades that can be told apart at a glance (Brewer and others 2003 advise five to seven)."""
_TOLERANCE_DEG = 0.0008
"""Simplification of districts: 80 m, as other areas of a local page."""
MEASURES = (
    ("per_1000", "Readers per 1,000 people", 1.0, "{:,.2f}"),
    ("per_100_km", "Readers per 100 miles of road", geo.MILE_KM, "{:,.1f}"),
    ("n", "Readers", 1.0, "{:,.0f}"),
)
"""Columns of `measure_districts` by what says most, with label, factor and form."""
COLUMNS = (
    ("n", "Readers", 1.0, 0, ""),
    ("people", "People", 1.0, 0, ""),
    ("per_1000", "Readers per 1,000 people", 1.0, 2, ""),
    ("per_100_km", "Readers per 100 miles of road", geo.MILE_KM, 1, ""),
    ("mapped_share", "Share of readers that is mapped", 100.0, 0, "%"),
)
"""Columns of the table behind the shades: label, factor, decimals, unit."""
SHARE = ("mapped_share", "Share of readers that is mapped", 100.0, "{:,.0f}%")


def choropleth_layers(districts: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return the shaded layers of a table of districts: one figure per area, and the mapped share.

    Parameters
    ----------
    districts
        `area`, polygons, and columns of `measure_districts` and of `completeness`.
    """
    wanted = [m for m in MEASURES if _any(districts, m[0])][:1]
    wanted += [SHARE] if _any(districts, SHARE[0]) else []
    layers = [_layer(districts, *m, shown=i == 0) for i, m in enumerate(wanted)]
    if layers:
        layers[0] |= _figures(districts)
    return layers


def _figures(districts: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the table behind the shades: per column its name, label, decimals and unit."""
    columns = [c for c in COLUMNS if _any(districts, c[0])]
    table = {"area": districts["area"].astype("str").to_numpy()}
    for name, _, factor, digits, _ in columns:
        table[name] = (pd.to_numeric(districts[name]) * factor).round(digits).to_numpy(np.float64)
    return {
        "columns": [[name, label, digits, unit] for name, label, _, digits, unit in columns],
        "figures": payload.payload_frame(
            pd.DataFrame(table), scales={name: 10.0**digits for name, _, _, digits, _ in columns}
        ),
    }


def _any(districts: gpd.GeoDataFrame, column: str) -> bool:
    return column in districts.columns and bool(districts[column].notna().any())


def _layer(
    districts: gpd.GeoDataFrame, column: str, label: str, factor: float, form: str, *, shown: bool
) -> dict[str, Any]:
    values = pd.to_numeric(districts[column]).to_numpy(np.float64) * factor
    code, texts = shades(values, form)
    shapes = districts.geometry.simplify(_TOLERANCE_DEG).to_numpy()
    table = pd.DataFrame(
        {
            "name": districts["area"].astype("str").to_numpy(),
            "shade": code,
            "value": [form.format(v) if np.isfinite(v) else None for v in values],
        }
    )
    return {
        "id": f"district-{column}",
        "label": label,
        "kind": "choropleth",
        "style": "choropleth",
        "on": shown,
        "count": len(districts),
        "shades": texts,
        "table": payload.payload_frame(table),
        "shape": payload.payload_shapes(shapes, scale=payload.SHAPE_SCALE),
    }


def shades(values: np.ndarray, form: str = "{:,.2f}") -> tuple[np.ndarray, list[list[str]]]:
    """Return the shade of each value and of each shade its two ends in words.

    Shade 0 has no figure, 1 is exactly none, then up to `CLASSES` shades of as many areas each.

    >>> shades(np.array([np.nan, 0.0, 1.0, 3.0]), "{:.0f}")
    (array([0, 1, 2, 3]), [['1', '1'], ['3', '3']])
    """
    some = values[np.isfinite(values) & (values > 0)]
    code = np.where(np.isfinite(values), 1, 0)
    if not len(some):
        return code, []
    parts = min(CLASSES, len(np.unique(some)))
    edges = np.unique(np.quantile(some, np.linspace(0, 1, parts + 1)[1:-1], method="lower"))
    at = np.searchsorted(edges, some, side="left")
    used, shade = np.unique(at, return_inverse=True)
    code[np.isfinite(values) & (values > 0)] = shade + 2
    ends = [[some[at == k].min(), some[at == k].max()] for k in used]
    return code, [[form.format(a), form.format(b)] for a, b in ends]
