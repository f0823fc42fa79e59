"""The layers of a map page, encoded in the order in which they are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap.publish.map import basemap, choropleth, orient, payload
from alprmap.sandbox import from_wkb
from alprmap.store import with_points

if TYPE_CHECKING:
    from alprmap.publish.map.data import Layer, MapData

BORDER_LABELS = {
    "mexico": "US–Mexico boundary",
    "canada": "US–Canada boundary",
    "land": "Land border",
    "coast": "Shoreline",
    "external": "External boundary (12-mile sea)",
}
_OVERVIEW_DEG = 0.003
"""Simplification of border lines on embedded pages: 300 m."""
_NEAR_DEG = 2.5
"""Borders and ports within about 170 miles of the cameras are drawn on a local page."""


def encode(
    data: MapData, bbox: basemap.Bbox, *, embed: bool, row: pd.Series | None = None
) -> list[dict[str, Any]]:
    """Return all layers of `data` that have rows, ground first; `row` is the row of the page by
    camera_id."""
    detail = basemap.EMBED if embed else basemap.DETAIL
    found = basemap.basemap_areas(
        data.states, None if embed else data.counties, data.land, bbox, detail
    )
    if data.states is not None and not embed and not data.fictional:
        found += orient.orientation_layers(bbox)
    if data.segments is not None and len(data.segments) and not embed:
        found.append(basemap.basemap_roads(data.segments))
    if data.districts is not None and len(data.districts) and not embed:
        found += choropleth.choropleth_layers(data.districts)
    for name, zone in data.zones.items():
        found.append(_layer(f"zone-{name}", zone, "zone"))
    for name, corridor in data.corridors.items():
        found.append(_layer(f"corridor-{name}", corridor, "line"))
    if data.segments is not None and data.watches is not None and len(data.watches):
        found.append(_watched(data, row))
    for name, lines in data.borders.items():
        if _near(lines, bbox):
            found.append(_border(name, lines, bbox, embed))
    if data.ports is not None and len(data.ports) and _near(with_points(data.ports), bbox):
        found.append(_points("ports", "Ports of entry", "port", data.ports, True))
    if data.review is not None and len(data.review):
        found.append(_points("review", "Waiting for review", "review", data.review, False))
    return [layer for layer in found if layer is not None]


def _near(frame: gpd.GeoDataFrame, bbox: basemap.Bbox) -> bool:
    """Tell whether a layer of the country belongs on this page: a page of one town far inland needs
    no border."""
    around = shapely.box(*basemap.padded(bbox, 1.0, _NEAR_DEG))
    return not basemap.is_local(bbox) or bool(
        shapely.intersects(frame.geometry.to_numpy(), around).any()
    )


def _layer(key: str, layer: Layer, kind: str) -> dict[str, Any]:
    frame = layer.frame.reset_index(drop=True)
    if kind == "line":
        frame = _ordered(_joined(frame))
    return {
        "id": key,
        "label": layer.label,
        "kind": kind,
        "style": layer.style,
        "on": layer.shown,
        "note": layer.note,
        "table": _table(frame),
        "shape": payload.payload_shapes(frame.geometry.to_numpy()),
    }


def _joined(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join lines end to end, each stretch once, so that dashes run on over junctions; columns are
    left behind."""
    if "travel" in frame.columns:
        return frame
    parts = np.unique(
        shapely.to_wkb(shapely.normalize(shapely.get_parts(frame.geometry.to_numpy())))
    )
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(from_wkb(parts))))
    return gpd.GeoDataFrame(geometry=merged, crs="EPSG:4326")


def _ordered(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    center = shapely.centroid(frame.geometry.to_numpy())
    order = payload.spatial_order(shapely.get_x(center), shapely.get_y(center))
    return frame.iloc[order].reset_index(drop=True)


def _table(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    scales = {str(c): 10.0 for c in plain.columns if plain[c].dtype.kind == "f"}
    return payload.payload_frame(plain, scales=scales)


def _watched(data: MapData, row: pd.Series | None) -> dict[str, Any]:
    assert data.segments is not None
    assert data.watches is not None
    frame = _ordered(basemap.watched(data.segments, data.watches, row))
    return {
        "id": "watched",
        "label": "Watched stretches",
        "kind": "line",
        "style": "watched",
        "on": True,
        "note": "Arrows show the direction of travel that is read.",
        "count": len(frame),
        "table": _table(frame),
        "shape": payload.payload_shapes(frame.geometry.to_numpy()),
    }


def _border(name: str, lines: gpd.GeoDataFrame, bbox: basemap.Bbox, embed: bool) -> dict[str, Any]:
    tolerance = _OVERVIEW_DEG if embed else basemap.DETAIL.line_deg
    if basemap.is_local(bbox) and not embed:
        tolerance = basemap.DETAIL.road_deg
        # far parts of the line need no more than the overview; what is near keeps every bend
        near = shapely.intersects(
            lines.geometry.to_numpy(), shapely.box(*basemap.padded(bbox, 1.0, 1.0))
        )
        drawn = lines.geometry.to_numpy()
        simple = np.where(
            near, shapely.simplify(drawn, tolerance), shapely.simplify(drawn, _OVERVIEW_DEG)
        )
    else:
        simple = shapely.simplify(lines.geometry.to_numpy(), tolerance)
    return {
        "id": f"border-{name}",
        "label": BORDER_LABELS.get(name, name),
        "kind": "line",
        "style": "border",
        "on": True,
        "table": payload.payload_table({}, len(simple)),
        "shape": payload.payload_shapes(simple),
    }


def _points(key: str, label: str, style: str, points: pd.DataFrame, shown: bool) -> dict[str, Any]:
    plain = pd.DataFrame(points.drop(columns=["geometry"], errors="ignore")).reset_index(drop=True)
    if "lon" not in plain.columns and isinstance(points, gpd.GeoDataFrame):
        plain["lon"], plain["lat"] = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    plain["span_deg"] = 0.05
    scales = {"lon": payload.SHAPE_SCALE, "lat": payload.SHAPE_SCALE, "span_deg": 100.0}
    scales |= {
        str(c): 10.0 for c in plain.columns if plain[c].dtype.kind == "f" and str(c) not in scales
    }
    return {
        "id": key,
        "label": label,
        "kind": "point",
        "style": style,
        "on": shown,
        "count": len(plain),
        "table": payload.payload_frame(plain, scales=scales),
    }
