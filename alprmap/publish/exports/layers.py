"""Which layers a GeoPackage of hand-outs holds, and what a row of each is.

A layer has the same columns of the same types and one type of geometry whatever the data is, so
that a style, a script or a database made for one result fits the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap import geo, schema
from alprmap.publish.map.data import MapData
from alprmap.store import with_points

WEDGE_M, WEDGE_DEG = schema.VIEW_LEVELS["mid"]
"""Length of a wedge drawn for a view, meters, and its width where no opening is tagged, degrees."""
NEAR_DEG = 2.5
"""Borders, zones and ports within about 170 miles of the cameras go along."""
ROWS = {
    "cameras": "a camera, merged from its reports",
    "views": "a direction in which a camera looks, as a wedge of the length that is assumed",
    "watches": "a place where a camera reads one direction of travel on a road",
    "roads": "a road between two junctions, with how many cameras read it and which way",
    "reader_corridors": "road within a distance of travel of a reader (rule C1), by radius_m",
    "tracked_corridors": "a way from one reader to the next that traffic takes (rule C2)",
    "corridors": "a pair of readers that follow one another on the fastest way (rule C2)",
    "unread_zones": "road of an area in which one can move unread (rule C4)",
    "chokepoints": "a road whose reading would cut most off (rule C4)",
    "cordon_crossings": "a road that crosses a line at a distance from a border (rule C5)",
    "cordons": "a line at a distance from a border (rule C5)",
    "ports": "a port of entry",
    "review": "a question of the review queue that has a place",
}
"""What a row of each layer is."""
_ROWS_OF = {"border": "a line of the border", "zone": "the area within a distance of a border"}
_CALLED = {
    "reader": "reader_corridors",
    "tracked": "tracked_corridors",
    "unread": "unread_zones",
    "cordon": "cordons",
}
"""Names of the layers of a map that are called otherwise here."""
READ = ("both ways", "forward", "backward", "no")
"""Which direction of travel along the geometry of a road is read."""


def row_of(layer: str) -> str:
    """Return what a row of a layer is, in words; empty where it is none of ours."""
    return ROWS.get(layer) or _ROWS_OF.get(layer.split("_")[0], "")


def layers_of(
    data: MapData, tables: Mapping[str, gpd.GeoDataFrame] | None = None
) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a map beside its cameras and views: name → lines, areas or points.

    `tables` are whole tables of results that take the place of what the map draws of them. Layers
    without rows are left out, and so is what lies far from every camera.
    """
    made: dict[str, gpd.GeoDataFrame] = {}
    if data.segments is not None and len(data.segments):
        watches = data.watches if data.watches is not None else schema.empty("watches")
        made["roads"] = read_roads(data.segments, watches)
        if len(watches):
            from alprmap.watch import camera_places

            made["watches"] = camera_places(watches, data.segments)
    for key, layer in data.corridors.items():
        made[_CALLED.get(key, _slug(key))] = layer.frame
    near = _around(data.cameras)
    for key, layer in data.zones.items():
        name = _CALLED.get(key, f"zone_{_slug(layer.label if layer.style == 'zone' else key)}")
        made[name] = _shown(layer.frame, near)
    for key, lines in data.borders.items():
        made[f"border_{_slug(key)}"] = _shown(lines, near)
    for name, points in (("ports", data.ports), ("review", data.review)):
        if points is not None and len(points):
            made[name] = _shown(with_points(points), near)
    made |= tables or {}
    return {name: of_one_type(frame) for name, frame in made.items() if len(frame)}


def read_roads(segments: gpd.GeoDataFrame, watches: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return `segments` with `readers`, the cameras that read each (0 where none does), and `read`,
    one of `READ`."""
    ids = segments["segment_id"]
    readers = watches.groupby("segment_id")["camera_id"].nunique()
    along = {
        way: ids.isin(watches.loc[watches["travel"] == way, "segment_id"]).to_numpy()
        for way in schema.TRAVEL
    }
    ahead, back = along["forward"], along["backward"]
    read = np.select([ahead & back, ahead, back], READ[:3], READ[3])
    return segments.assign(
        readers=ids.map(readers).fillna(0).astype("int64").to_numpy(),
        read=pd.Series(read, index=segments.index, dtype="str"),
    )


def wedges(cameras: pd.DataFrame, views: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return one polygon for each view with a heading: `camera_id`, `heading_deg`, `width_deg`,
    `quality`."""
    at = cameras.set_index("camera_id")[["lon", "lat"]]
    known = views[views["heading_deg"].notna() & views["camera_id"].isin(at.index)]
    known = known.sort_values(["camera_id", "heading_deg"], kind="stable", ignore_index=True)
    place = at.loc[known["camera_id"]].to_numpy()
    width = known["width_deg"].fillna(WEDGE_DEG).to_numpy()
    steps = np.linspace(-0.5, 0.5, 13)
    heading = known["heading_deg"].to_numpy()[:, None] + width[:, None] * steps[None, :]
    lon, lat = geo.destination(place[:, :1], place[:, 1:], heading, WEDGE_M)
    ring = np.concatenate(
        [place[:, None, :], np.stack([lon, lat], axis=-1), place[:, None, :]], axis=1
    )
    columns = ["camera_id", "heading_deg", "width_deg", "quality"]
    return gpd.GeoDataFrame(known[columns], geometry=shapely.polygons(ring), crs="EPSG:4326")


def of_one_type(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `frame` with one type of geometry: areas and lines of one part become such of many
    where others of the table are of many."""
    shapes = frame.geometry.to_numpy()
    several = shapely.get_type_id(shapes) >= shapely.GeometryType.MULTIPOINT.value
    if not several.any() or several.all():
        return frame
    out = frame.copy()
    out[frame.geometry.name] = gpd.GeoSeries(_many(shapes), index=frame.index, crs=frame.crs)
    return out


def _many(shapes: NDArray[np.object_]) -> list[Any]:
    make = {
        "Point": shapely.MultiPoint,
        "LineString": shapely.MultiLineString,
        "Polygon": shapely.MultiPolygon,
    }
    return [make[s.geom_type]([s]) if s is not None and s.geom_type in make else s for s in shapes]


def _around(cameras: pd.DataFrame) -> Any:
    known = cameras.dropna(subset=["lon", "lat"])
    if not len(known):
        return None
    west, south = known[["lon", "lat"]].min()
    east, north = known[["lon", "lat"]].max()
    return shapely.box(west - NEAR_DEG, south - NEAR_DEG, east + NEAR_DEG, north + NEAR_DEG)


def _shown(frame: gpd.GeoDataFrame, around: Any) -> gpd.GeoDataFrame:
    if around is None:
        return frame
    return frame[shapely.intersects(frame.geometry.to_numpy(), around)].reset_index(drop=True)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60] or "layer"
