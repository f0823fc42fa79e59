"""Our roads for OSMnx and what is built on it: a MultiDiGraph, frames of nodes and edges, and what
cameras read by the `u, v, key` of an edge.

One edge is one direction of travel on one segment. Its key tells apart edges between the same two
nodes and is given in the order of the segments, forward before backward, so that graph, frames and
watches name the same edge alike.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import schema
from alprmap.errors import InputError, UsageError

KEYS = ["u", "v", "key"]


def edges_frame(segments: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row for each direction of travel, indexed by `u, v, key` as OSMnx has edges.

    Columns are those of OSMnx (osmid, highway, name, ref, oneway, lanes, maxspeed, bridge, tunnel,
    length in meters, reversed, geometry from u to v), and segment_id and travel of ours.
    """
    both = [
        segments[segments[way].to_numpy(dtype=bool)].assign(travel=way) for way in schema.TRAVEL
    ]
    rows = pd.concat(both, ignore_index=True)
    rows["back"] = rows["travel"] == "backward"
    rows = rows.sort_values(["segment_id", "back"], kind="stable", ignore_index=True)
    back = rows["back"].to_numpy(dtype=bool)
    lines = rows.geometry.to_numpy()
    start, end = rows["u"].to_numpy(), rows["v"].to_numpy()
    made: dict[str, Any] = {
        "u": np.where(back, end, start),
        "v": np.where(back, start, end),
        "osmid": rows["way_id"],
        "segment_id": rows["segment_id"],
        "travel": rows["travel"],
        **_tags(rows),
        "oneway": rows["forward"].astype(bool) != rows["backward"].astype(bool),
        "reversed": back,
        "length": rows["length_m"],
    }
    shapes = np.where(back, shapely.reverse(lines), lines)
    edges = gpd.GeoDataFrame(made, geometry=shapes, crs="EPSG:4326")
    edges["key"] = edges.groupby(["u", "v"], sort=False).cumcount()
    return edges.set_index(KEYS)


def nodes_frame(segments: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row for each node, indexed by `osmid`: x and y in degrees, and its point."""
    lines = segments.geometry.to_numpy()
    points = np.r_[shapely.get_point(lines, 0), shapely.get_point(lines, -1)]
    ids = np.r_[segments["u"].to_numpy(), segments["v"].to_numpy()]
    nodes = pd.DataFrame({"osmid": ids, "x": shapely.get_x(points), "y": shapely.get_y(points)})
    nodes = nodes.drop_duplicates("osmid").sort_values("osmid").set_index("osmid")
    at = gpd.points_from_xy(nodes["x"], nodes["y"])
    return gpd.GeoDataFrame(nodes, geometry=at, crs="EPSG:4326")


def to_graph(segments: gpd.GeoDataFrame) -> Any:
    """Return an OSMnx MultiDiGraph of segments: one edge per direction of travel, tags as OSMnx
    names them.

    Raises
    ------
    UsageError
        When networkx (which comes with osmnx) is not installed.
    """
    try:
        import networkx as nx
    except ImportError:
        raise UsageError("OSMnx graphs need networkx", fix="pip install 'alprmap[osmnx]'") from None
    graph: Any = nx.MultiDiGraph(crs="epsg:4326", simplified=True, created_with="alprmap")
    nodes, edges = nodes_frame(segments), edges_frame(segments)
    places = zip(nodes.index.tolist(), nodes["x"].tolist(), nodes["y"].tolist(), strict=True)
    graph.add_nodes_from((n, {"x": x, "y": y}) for n, x, y in places)
    names = [str(c) for c in edges.columns]
    columns = [edges[c].tolist() for c in names]
    for (u, v, key), values in zip(edges.index.tolist(), zip(*columns, strict=True), strict=True):
        # as in OSMnx, a tag that is not there is no attribute
        data = {n: w for n, w in zip(names, values, strict=True) if w is not None and w == w}
        graph.add_edge(u, v, key, **data)
    return graph


def with_edges(watches: pd.DataFrame, segments: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return `watches` with the edge that each reads, as OSMnx names it: `u`, `v`, `key`.

    Raises
    ------
    InputError
        When a watch is of a segment, or of a direction of travel on it, that these roads lack.
    """
    edges = edges_frame(segments).reset_index()[["segment_id", "travel", *KEYS]]
    found = watches.merge(edges, on=["segment_id", "travel"], how="left", validate="many_to_one")
    lost = found["u"].isna()
    if lost.any():
        row = found[lost].iloc[0]
        raise InputError(
            f"watches name segment {row['segment_id']} {row['travel']}, which these roads lack",
            fix="join them to the roads they were made with",
        )
    return found.astype(dict.fromkeys(KEYS, "int64")).set_axis(watches.index)


def _tags(rows: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return tags as OSMnx has them: text, missing where there is none."""
    tags: dict[str, Any] = {}
    for ours, theirs in (
        ("highway", "highway"),
        ("name", "name"),
        ("ref", "ref"),
        ("lanes", "lanes"),
        ("maxspeed_kmh", "maxspeed"),
    ):
        if ours in rows.columns:
            values = zip(rows[ours].tolist(), rows[ours].isna().tolist(), strict=True)
            tags[theirs] = [None if gone else _text(value) for value, gone in values]
    for flag in ("bridge", "tunnel"):
        if flag in rows.columns:
            tags[flag] = ["yes" if there else None for there in rows[flag].tolist()]
    return tags


def _text(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}"
