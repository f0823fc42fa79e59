"""The roads of a page as a graph that its reader can drive on: two clicks give the fastest way with
its readers and the least-read way, the same as `alprmap route` (rule C6).

What goes into the page is what the search needs and no more: junctions, arcs with their time in
ticks, the shape of each segment once, and who reads which arc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from alprmap.publish.map import basemap, payload

if TYPE_CHECKING:
    from alprmap.roads import Graph, Roads

MOST_ARCS = 150_000
"""A larger network (a city of two million has about as many) makes the page slow to open, and none
of it is put in."""
TICKS_A_SECOND = 1024
"""Times are whole ticks, as the search of rule C6 counts them."""


def trip_payload(
    roads: Roads, watches: pd.DataFrame, row: pd.Series, graph: Graph | None = None
) -> dict[str, Any] | None:
    """Return the graph of a page, encoded; None where it is too large, or no road is there.

    Parameters
    ----------
    roads
        The roads with their turn restrictions.
    watches
        What is read of them.
    row
        Row of the page by camera_id; cameras that are not on the page read nothing here.
    graph
        Of these roads, where it is at hand.
    """
    from alprmap.coverage import place_readers, usable_ends
    from alprmap.roads import Graph as RoadGraph

    segments = roads.segments
    # each segment makes at most two arcs, and restrictions a few more
    if not len(segments) or len(segments) > MOST_ARCS:
        return None
    graph = graph or RoadGraph.from_segments(segments, roads.restrictions)
    if graph.n_arcs > MOST_ARCS:
        return None
    known = watches[watches["camera_id"].isin(row.index)]
    places = place_readers(known, graph)
    part, leave, enter = usable_ends(graph)
    at = pd.Series(np.arange(len(segments)), index=segments["segment_id"].to_numpy())
    road = at.reindex(graph.segment_id).to_numpy()
    ticks = np.maximum(np.round(graph.time_s * TICKS_A_SECOND), 1.0)
    by_road = pd.DataFrame({"ticks": ticks, "length_m": graph.length_m, "time_s": graph.time_s})
    first = by_road.groupby(road, sort=True).first().reindex(range(len(segments)))
    spot: dict[str, float] = {"lon": payload.POINT_SCALE, "lat": payload.POINT_SCALE}
    nodes = {"lon": graph.lon[: graph.n_base], "lat": graph.lat[: graph.n_base]}
    flags = {"part": part, "leave": leave.astype(np.int64), "enter": enter.astype(np.int64)}
    arcs = {
        "tail": graph.tail,
        "head": graph.head,
        "road": road,
        "forward": graph.forward.astype(np.int64),
        "twin": graph.twin - np.arange(graph.n_arcs),
    }
    read = {
        "arc": places.arc,
        "row": row.reindex(places.camera_id[places.camera]).to_numpy(),
        "at_m": places.at_m,
    }
    lines = shapely.simplify(segments.geometry.to_numpy(), basemap.DETAIL.road_deg)
    return {
        "base": payload.payload_frame(pd.DataFrame({"base": graph.base[graph.n_base :]})),
        "nodes": payload.payload_frame(pd.DataFrame(nodes | flags), scales=spot),
        "arcs": payload.payload_frame(pd.DataFrame(arcs)),
        "roads": payload.payload_frame(first, scales={"length_m": 1000, "time_s": 1000}),
        "read": payload.payload_frame(pd.DataFrame(read), scales={"at_m": 100}),
        "shape": payload.payload_shapes(lines),
    }
