"""What lies under the cameras, cut to what a page can show: land, states, counties, roads, watched
places.

Polygons that share borders are simplified together (coverage simplification), so that no slivers
open, and each shared edge is kept once. Nothing here reads a file: callers hand in the tables they
have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap import geo
from alprmap.geography import areas_drawn
from alprmap.publish.map import payload

Bbox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of the vectors a page keeps; degrees of simplification and padding."""

    far_deg: float = 0.012
    """Areas of a national page: 1.2 km, a pixel at zoom 7."""
    near_deg: float = 0.0008
    """Areas around the cameras of a local page: 80 m, a pixel at zoom 11."""
    coarse_deg: float = 0.03
    """States far from the cameras of a local page."""
    road_deg: float = 0.00002
    """Roads: 2 m, half a pixel at zoom 16."""
    line_deg: float = 0.0004
    """Border lines of a national page: 40 m, against 20 to 30 m of their own accuracy."""
    local_span_deg: float = 9.0
    """A page whose cameras span less than this is local."""


DETAIL = Detail()
EMBED = Detail(far_deg=0.05, coarse_deg=0.15)
"""For embedded pages: states to 2.5 km, a pixel at zoom 6; the neighbors' coasts to 15 km."""


def is_local(bbox: Bbox, detail: Detail = DETAIL) -> bool:
    """Tell whether a page with this extent shows a region rather than the country."""
    return max(bbox[2] - bbox[0], bbox[3] - bbox[1]) < detail.local_span_deg


def padded(bbox: Bbox, factor: float, least_deg: float) -> Bbox:
    """Return `bbox` grown on every side by `factor` of its size, at least by `least_deg`.

    >>> padded((0.0, 0.0, 2.0, 1.0), 0.5, 0.25)
    (-1.0, -0.5, 3.0, 1.5)
    """
    dx = max((bbox[2] - bbox[0]) * factor, least_deg)
    dy = max((bbox[3] - bbox[1]) * factor, least_deg)
    return bbox[0] - dx, bbox[1] - dy, bbox[2] + dx, bbox[3] + dy


def basemap_areas(
    states: gpd.GeoDataFrame | None,
    counties: gpd.GeoDataFrame | None,
    land: gpd.GeoDataFrame | None,
    bbox: Bbox,
    detail: Detail = DETAIL,
) -> list[dict[str, Any]]:
    """Return the layers abroad, land, states and counties of a page, encoded.

    Parameters
    ----------
    states, counties
        Polygons with `name` and `state` (postal abbreviation); either may be missing.
    land
        Polygons of the land: beside states those of the neighbors (`geoid` other than USA), else
        all.
    bbox
        Extent of the cameras (west, south, east, north).
    """
    layers: list[dict[str, Any]] = []
    local = is_local(bbox, detail)
    if states is not None and len(states):
        shapes, lines = _national(states, detail) if not local else _around(states, bbox, detail)
        if land is not None and "geoid" in land.columns:
            layers += _abroad(land[land["geoid"] != "USA"], bbox, detail, local)
        layers.append(_plain("land", "Land", "zone", shapes, pd.DataFrame({"name": ["land"]})))
        layers.append(_plain("states", "States", "line", lines, _names(states)))
    elif land is not None and len(land):
        outline = shapely.simplify(
            land.geometry.to_numpy(), detail.near_deg if local else detail.far_deg
        )
        layers.append(
            _plain("land", "Land", "zone", np.array([shapely.union_all(outline)]), pd.DataFrame())
        )
    if counties is not None and len(counties):
        keep = counties
        if local:
            keep = counties[_touches(counties, padded(bbox, 1.0, 0.4))]
        simple = areas_drawn(keep, detail.near_deg if local else detail.far_deg)
        layers.append(_plain("counties", "Counties", "line", _inner_edges(simple), _names(keep)))
    return layers


def _abroad(
    land: gpd.GeoDataFrame, bbox: Bbox, detail: Detail, local: bool
) -> list[dict[str, Any]]:
    """Return the neighbors' land: calm ground, so that a land border is no coast.

    A page of a few counties has what lies around it, one of the country all of it (a tall screen
    shows far to the north): beyond the window coarser, and without small islands.
    """
    window = shapely.box(*padded(bbox, 1.5 if local else 0.35, 2.0))
    shapes = land.geometry.to_numpy()
    near = shapely.simplify(
        shapely.intersection(shapes, window), detail.near_deg * 4 if local else detail.coarse_deg
    )
    drawn = near[~shapely.is_empty(near)]
    if not local:
        # the two overlap a little and are put together, so that no line is seen where they meet
        beyond = shapely.difference(shapes, shapely.buffer(window, -detail.coarse_deg))
        far = shapely.get_parts(shapely.simplify(beyond, 3 * detail.coarse_deg))
        far = far[shapely.area(far) > (10 * detail.coarse_deg) ** 2]
        drawn = shapely.get_parts(shapely.union_all(np.concatenate([drawn, far])))
    if not len(drawn):
        return []
    names = pd.DataFrame({"name": ["abroad"] * len(drawn)})
    # a unit far below what is kept of a bend
    scale = 10_000 if local else 1_000
    return [_plain("abroad", "Neighbors", "zone", drawn, names, scale=scale)]


def _plain(
    role: str, label: str, kind: str, shapes: Any, table: pd.DataFrame, *, scale: int = 10_000
) -> dict[str, Any]:
    return {
        "id": role,
        "role": role,
        "label": label,
        "kind": kind,
        "style": role,
        "on": True,
        "table": payload.payload_frame(table, scales={"lon": 1000, "lat": 1000, "span_deg": 100}),
        "shape": payload.payload_shapes(shapes, scale=scale),
    }


def _national(
    states: gpd.GeoDataFrame, detail: Detail
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    simple = areas_drawn(states, detail.far_deg / 2)
    return np.array([shapely.coverage_union_all(simple)], dtype=object), _inner_edges(simple)


def _around(
    states: gpd.GeoDataFrame, bbox: Bbox, detail: Detail
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Keep the states near the cameras fine and the rest coarse."""
    near = _touches(states, padded(bbox, 1.0, 0.4))
    fine = areas_drawn(states[near], detail.near_deg) if near.any() else np.zeros(0, dtype=object)
    coarse = (
        areas_drawn(states[~near], detail.coarse_deg)
        if (~near).any()
        else np.zeros(0, dtype=object)
    )
    parts = [shapely.coverage_union_all(g) for g in (fine, coarse) if len(g)]
    return np.array(parts, dtype=object), np.concatenate([_inner_edges(fine), _inner_edges(coarse)])


def _touches(frame: gpd.GeoDataFrame, bbox: Bbox) -> NDArray[np.bool_]:
    hit: NDArray[np.bool_] = shapely.intersects(frame.geometry.to_numpy(), shapely.box(*bbox))
    return hit


def _inner_edges(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the edges that two polygons share, joined to lines; each once."""
    if not len(polygons):
        return np.zeros(0, dtype=object)
    rings = shapely.get_rings(shapely.get_parts(polygons))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    edges = np.round(np.concatenate([xy[:-1][same], xy[1:][same]], axis=1), 7)
    swap = (edges[:, 0] > edges[:, 2]) | (
        (edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3])
    )
    edges[swap] = edges[swap][:, [2, 3, 0, 1]]
    unique, count = np.unique(edges, axis=0, return_counts=True)
    shared = unique[count > 1]
    if not len(shared):
        return np.zeros(0, dtype=object)
    lines = shapely.linestrings(shared.reshape(-1, 2, 2))
    merged = shapely.line_merge(shapely.multilinestrings(lines))
    return np.array([merged], dtype=object)


def _names(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what labels and search need of areas: name, state, a point inside the largest part,
    its width."""
    shapes = frame.geometry.to_numpy()
    parts, owner = shapely.get_parts(shapes, return_index=True)
    size = pd.Series(shapely.area(parts)).groupby(owner).idxmax().to_numpy()
    largest = parts[size]
    point = shapely.point_on_surface(shapely.simplify(largest, 0.01))
    center = shapely.centroid(largest)
    best = np.where(shapely.contains(largest, center), center, point)
    bounds = shapely.bounds(largest)
    state = (
        frame["state"]
        if "state" in frame.columns
        else pd.Series([None] * len(frame), index=frame.index)
    )
    return pd.DataFrame(
        {
            "name": frame["name"].to_numpy(),
            "state": state.to_numpy(),
            "lon": shapely.get_x(best),
            "lat": shapely.get_y(best),
            "span_deg": bounds[:, 2] - bounds[:, 0],
        }
    )


def basemap_roads(segments: gpd.GeoDataFrame, detail: Detail = DETAIL) -> dict[str, Any]:
    """Return the roads of a page: the segments of a way joined, simplified, with class, name and
    number."""
    wanted = segments.reset_index(drop=True)
    keys = ["highway", "name", "ref", "way_id"]
    text = wanted[keys].astype("object").where(wanted[keys].notna(), "")
    group = text.groupby(keys, sort=True).ngroup().to_numpy()
    order = np.argsort(group, kind="stable")
    lines = shapely.multilinestrings(wanted.geometry.to_numpy()[order], indices=group[order])
    joined = shapely.simplify(shapely.line_merge(lines), detail.road_deg)
    first = order[np.searchsorted(group[order], np.arange(len(joined)))]
    table = wanted.loc[first, ["highway", "name", "ref"]].reset_index(drop=True)
    center = shapely.centroid(joined)
    place = payload.spatial_order(shapely.get_x(center), shapely.get_y(center))
    return {
        "id": "roads",
        "role": "roads",
        "label": "Roads",
        "kind": "line",
        "style": "roads",
        "on": True,
        "table": payload.payload_frame(table.iloc[place]),
        "shape": payload.payload_shapes(joined[place]),
    }


def watched(
    segments: gpd.GeoDataFrame, watches: pd.DataFrame, row: pd.Series | None = None
) -> gpd.GeoDataFrame:
    """Return the watched stretches: one line for each segment, travel and stretch, with how many
    cameras read it.

    Parameters
    ----------
    segments
        Table `segments`.
    watches
        Table `watches`; `start_m` and `end_m` bound the stretch along the segment's geometry.
    row
        Row of the page by camera_id: with it the column `cameras` names those that read a stretch,
        so that a filter of cameras is one of stretches.
    """
    table = watches.dropna(subset=["start_m", "end_m"])
    keys = ["segment_id", "travel", "start_m", "end_m"]
    by = table.groupby(keys, sort=True)["camera_id"]
    count = by.nunique().reset_index(name="readers")
    if row is not None:
        count["cameras"] = by.agg(
            lambda ids: " ".join(
                str(r) for r in sorted({int(row[i]) for i in ids if i in row.index})
            )
        ).to_numpy()
    at = segments.set_index("segment_id")
    count = count[count["segment_id"].isin(at.index)].reset_index(drop=True)
    lines = at.geometry.loc[count["segment_id"]].to_numpy()
    shapes = stretches(lines, count["start_m"].to_numpy(), count["end_m"].to_numpy())
    names = at.loc[count["segment_id"], ["name", "ref"]].reset_index(drop=True)
    result = gpd.GeoDataFrame(
        {
            "travel": count["travel"],
            "readers": count["readers"],
            "name": names["name"],
            "ref": names["ref"],
            **({"cameras": count["cameras"]} if row is not None else {}),
        },
        geometry=shapes,
        crs="EPSG:4326",
    )
    return result[~shapely.is_empty(shapes)].reset_index(drop=True)


def stretches(lines: Any, start_m: Any, end_m: Any) -> NDArray[np.object_]:
    """Return the part of each LineString between two distances along it, meters from its first
    vertex.

    Each line is measured in the tangent plane of its own middle (good to 1 in 10,000 within 5 km).
    """
    out = []
    for line, low, high in zip(lines, start_m, end_m, strict=True):
        xy = shapely.get_coordinates(line)
        mid = (xy[0] + xy[-1]) / 2
        east, north = geo.tangent_xy(xy[:, 0], xy[:, 1], mid[0], mid[1])
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(east), np.diff(north)))])
        a, b = np.clip([low, high], 0.0, along[-1])
        if not b > a:
            # a watched point still shows: a meter of road around it
            a, b = max(0.0, a - 0.5), min(float(along[-1]), b + 0.5)
        inside = (along > a) & (along < b)
        marks = np.concatenate([[a], along[inside], [b]])
        out.append(
            shapely.linestrings(
                np.interp(marks, along, xy[:, 0]), np.interp(marks, along, xy[:, 1])
            )
        )
    return np.array(out, dtype=object)
