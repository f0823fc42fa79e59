"""How far inland by road: the way to the nearest port of entry (R3), and chains of readers from it
(R4).

R3 is a shortest way on the roads given; a way that leaves the extract is not known, so it is an
upper bound there. R4 starts at a port and goes from reader to reader, one-way streets obeyed, as
long as the drive from one to the next is no longer than a gap G; the reach is that of the reader
farthest from the land border on any such chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from alprmap import geo
from alprmap.errors import UsageError
from alprmap.geo import FloatArray
from alprmap.roads import MIN_WEIGHT, UNREACHED, Graph, Roads, Weight
from alprmap.watch import snapped

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class InlandSettings:
    """Thresholds of R3 and R4."""

    snap_camera_m: float = 300.0
    """A camera farther than this from any road given has no road distance."""
    snap_port_m: float = 2_000.0
    """A port lies within 2 km of its border and is placed to 1 km at worst
    (data/ports_of_entry.csv). """
    gaps_km: tuple[float, ...] = (5.0, 10.0, 25.0, 50.0, 100.0)
    """G of R4: at 100 km/h, three minutes to an hour unread."""


DEFAULTS = InlandSettings()
MOST_GAP_KM = 5_000.0
"""A drive across the country."""


def ports_on(
    roads: Roads, graph: Graph, ports: pd.DataFrame, *, settings: InlandSettings = DEFAULTS
) -> pd.DataFrame:
    """Find the junction of each port of entry that lies on the roads given.

    Parameters
    ----------
    ports
        `name`, `lon`, `lat` and whatever else; those outside the extract are left out.

    Returns
    -------
    DataFrame
        The ports kept, with `node` (number in the graph) and `snap_m`.
    """
    if graph.n_base == 0 or ports.empty:
        return pd.DataFrame(ports).iloc[:0].assign(node=np.zeros(0, np.int64), snap_m=np.zeros(0))
    node, metres = graph.nearest_nodes(ports["lon"].to_numpy(), ports["lat"].to_numpy())
    kept = pd.DataFrame(ports).assign(node=node, snap_m=metres)
    return kept[kept["snap_m"] <= settings.snap_port_m].reset_index(drop=True)


def road_to_port(
    cameras: pd.DataFrame,
    roads: Roads,
    *,
    graph: Graph,
    ports: pd.DataFrame,
    settings: InlandSettings = DEFAULTS,
) -> pd.DataFrame:
    """Measure the drive from every camera to the nearest port of entry, in metres and in seconds
    (R3).

    Parameters
    ----------
    cameras
        `lon`, `lat`.
    roads, graph
        The network and its graph.
    ports
        As `ports_on` gives them.

    Returns
    -------
    DataFrame
        Same index: `road_to_port_m` (shortest way), `road_to_port_s` (fastest way), `road_port`
        (the port of the fastest); missing where no road is near or no port can be reached on the
        roads given.
    """
    out = pd.DataFrame(
        {
            "road_to_port_m": np.nan,
            "road_to_port_s": np.nan,
            "road_port": pd.Series(None, cameras.index, dtype="str"),
        },
        index=cameras.index,
    )
    if ports.empty or len(roads.segments) == 0:
        return out
    lon, lat = cameras["lon"].to_numpy(np.float64), cameras["lat"].to_numpy(np.float64)
    segment, share = snapped(lon, lat, roads, within_m=settings.snap_camera_m)
    on_road = np.flatnonzero(segment >= 0)
    segment, share = segment[on_road], share[on_road]
    columns: dict[Weight, str] = {"length_m": "road_to_port_m", "time_s": "road_to_port_s"}
    for weight, column in columns.items():
        best, source = _ways_home(graph, ports["node"].to_numpy(), weight, segment, share)
        known = np.isfinite(best)
        out.loc[out.index[on_road[known]], column] = best[known]
        if weight == "time_s":
            name = ports.drop_duplicates("node").set_index("node")["name"]
            out.loc[out.index[on_road[known]], "road_port"] = name.reindex(source[known]).to_numpy()
    return out


def _ways_home(
    graph: Graph, targets: IntArray, weight: Weight, segment: IntArray, share: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Return the least weight from a place on each segment to any target node, and that target."""
    matrix, _ = graph.matrix(weight)
    # who arrives at a copy of the target's junction has arrived
    ends = np.flatnonzero(np.isin(graph.base, targets))
    home, _, end = csgraph.dijkstra(
        matrix.T.tocsr(), indices=ends, min_only=True, return_predecessors=True
    )
    best, source = np.full(len(segment), np.inf), np.full(len(segment), -1)
    for forward in (True, False):
        arc = graph.arcs_of(segment, np.full(len(segment), forward))
        ok = arc >= 0
        cost = (
            getattr(graph, weight)[arc] * (1 - share if forward else share) + home[graph.head[arc]]
        )
        better = ok & (cost < best)
        best[better] = cost[better]
        source[better] = graph.base[end[graph.head[arc[better]]]]
    return best, source


@dataclass(frozen=True, slots=True)
class _Net:
    """The graph by length with one node more per reader place."""

    matrix: Any
    segment: IntArray
    """Row of the segment behind each matrix entry."""
    first_reader: int
    readers: pd.DataFrame
    """camera_id of each reader node."""


def corridors(
    watches: pd.DataFrame,
    to_land_m: pd.Series,
    roads: Roads,
    *,
    graph: Graph,
    ports: pd.DataFrame,
    settings: InlandSettings = DEFAULTS,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Find, from each port, how far inland a chain of readers goes without a gap over G (R4).

    Parameters
    ----------
    watches
        Table `watches`: the place on a directed arc that each camera reads.
    to_land_m
        Distance to the land border by camera id.
    roads, graph
        The network and its graph.
    ports
        As `ports_on` gives them.

    Returns
    -------
    (corridors, links)
        `corridors`: one row per port and gap: `port`, `gap_km`, `n_cameras` (all that any chain
        reaches), `inland_m` and `camera_id` of the farthest, `road_m` (drive along its chain),
        `n_chain` (readers on it), `longest_gap_m`, `routes` (numbers of the roads, in order of
        travel), `geometry`. Where not even the first reader is within G, `n_cameras` is 0 and the
        rest is missing. `links`: the ids behind it, one row per port, gap and reader on a chain:
        `camera_id`, `from_camera_id` (missing for the port), `gap_m`.
    """
    net = _with_readers(watches, graph)
    rows: list[dict[str, Any]] = []
    chains: list[pd.DataFrame] = []
    for port in ports.to_dict("records"):
        for gap_km in sorted(settings.gaps_km):
            parent, gap_m = _waves(net, graph, int(port["node"]), gap_km * 1000)
            row, links = _farthest(net, parent, gap_m, to_land_m)
            row = {"port": port["name"], "gap_km": gap_km} | row
            row["geometry"], row["routes"] = _drawn(
                net, roads, row.pop("_nodes"), int(port["node"]), gap_km * 1000
            )
            rows.append(row)
            chains.append(links.assign(port=port["name"], gap_km=gap_km))
    columns = [
        "port",
        "gap_km",
        "n_cameras",
        "inland_m",
        "camera_id",
        "road_m",
        "n_chain",
        "longest_gap_m",
        "routes",
    ]
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=[*columns, "geometry"]), geometry="geometry", crs="EPSG:4326"
    )
    links = (
        pd.concat(chains, ignore_index=True)
        if chains
        else pd.DataFrame(columns=["camera_id", "from_camera_id", "gap_m", "port", "gap_km"])
    )
    order = ["port", "gap_km", "camera_id", "gap_m", "from_camera_id"]
    return frame, links[order].sort_values(order, ignore_index=True)


def _with_readers(watches: pd.DataFrame, graph: Graph) -> _Net:
    """Put a node on the arc wherever a camera reads it, between its two ends and its neighbours on
    the arc."""
    forward = (watches["travel"] == "forward").to_numpy()
    arc = graph.arcs_of(watches["segment_id"].to_numpy(), forward)
    placed = watches.assign(arc=arc)[arc >= 0].copy()
    arc = placed["arc"].to_numpy(np.int64)
    # offsets run along the geometry; travel may run against it
    offset = np.clip(placed["offset_m"].to_numpy(np.float64), 0, graph.length_m[arc])
    placed["along"] = np.where(placed["travel"] == "forward", offset, graph.length_m[arc] - offset)
    placed = placed.sort_values(["arc", "along", "camera_id"]).drop_duplicates(["arc", "camera_id"])
    arc, along = placed["arc"].to_numpy(np.int64), placed["along"].to_numpy(np.float64)
    node = graph.n_nodes + np.arange(len(placed))
    segment = graph.segment_id[arc]
    tails = np.flatnonzero(np.isin(graph.twin, arc))
    # every arc that is this one, leaving a copied junction or not, leads to the reader
    at = np.searchsorted(arc, graph.twin[tails], side="left")
    count = np.searchsorted(arc, graph.twin[tails], side="right") - at
    each = np.repeat(np.arange(len(tails)), count)
    place = np.repeat(at, count) + np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
    same = np.flatnonzero(arc[1:] == arc[:-1])
    tail = np.concatenate([graph.tail, graph.tail[tails[each]], node, node[same]])
    head = np.concatenate([graph.head, node[place], graph.head[arc], node[same + 1]])
    value = np.concatenate(
        [graph.length_m, along[place], graph.length_m[arc] - along, along[same + 1] - along[same]]
    )
    owner = np.concatenate([graph.segment_id, segment[place], segment, segment[same]])
    order = np.lexsort((value, head, tail))
    tail, head, value, owner = tail[order], head[order], value[order], owner[order]
    best = (tail != head) & np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])]
    size = graph.n_nodes + len(placed)
    matrix = sparse.csr_array(
        (np.maximum(value[best], MIN_WEIGHT), (tail[best], head[best])), shape=(size, size)
    )
    matrix.sort_indices()
    return _Net(matrix, owner[best], graph.n_nodes, placed[["camera_id"]].reset_index(drop=True))


def _waves(net: _Net, graph: Graph, port: int, gap_m: float) -> tuple[IntArray, FloatArray]:
    """Go from reader to reader: return for each the node it was first reached from (-1 unreached),
    and the gap."""
    count = net.matrix.shape[0] - net.first_reader
    parent, gap = np.full(count, -1), np.full(count, np.nan)
    # leaving a port is leaving its junction itself: no turn lies behind
    starts = np.array([port])
    while len(starts):
        far, _, source = csgraph.dijkstra(
            net.matrix, indices=starts, limit=gap_m, min_only=True, return_predecessors=True
        )
        found = np.flatnonzero(np.isfinite(far[net.first_reader :]) & (parent < 0))
        found = found[source[net.first_reader + found] != UNREACHED]
        parent[found], gap[found] = source[net.first_reader + found], far[net.first_reader + found]
        starts = net.first_reader + found
    return parent, gap


def _farthest(
    net: _Net, parent: IntArray, gap: FloatArray, to_land_m: pd.Series
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the row of the camera farthest inland on a chain, and every link of every chain."""
    found = np.flatnonzero(parent >= 0)
    ids = net.readers["camera_id"].to_numpy(dtype=object)
    before = parent[found] - net.first_reader
    links = pd.DataFrame({"camera_id": ids[found], "gap_m": gap[found]})
    links["from_camera_id"] = pd.Series(
        [ids[b] if b >= 0 else None for b in before], links.index, dtype="str"
    )
    inland = to_land_m.reindex(ids[found]).to_numpy(np.float64)
    empty = {"n_cameras": 0, "inland_m": np.nan, "camera_id": None, "road_m": np.nan, "n_chain": 0}
    if not np.isfinite(inland).any():
        return empty | {
            "n_cameras": links["camera_id"].nunique(),
            "longest_gap_m": np.nan,
            "_nodes": [],
        }, links
    last = int(found[int(np.nanargmax(inland))])
    nodes = [last]
    while (back := int(parent[nodes[-1]]) - net.first_reader) >= 0:
        nodes.append(back)
    chain = np.array(nodes[::-1])
    row = {
        "n_cameras": int(links["camera_id"].nunique()),
        "inland_m": float(np.nanmax(inland)),
        "camera_id": ids[last],
        "road_m": float(gap[chain].sum()),
        "n_chain": len(set(ids[chain])),
        "longest_gap_m": float(gap[chain].max()),
        "_nodes": chain.tolist(),
    }
    return row, links


def _drawn(
    net: _Net, roads: Roads, nodes: list[int], port: int, gap_m: float
) -> tuple[Any, str | None]:
    """Return the roads of a chain as one geometry, and their numbers in order of travel."""
    steps = [port, *(net.first_reader + n for n in nodes)]
    rows: list[int] = []
    # a little wider than the gap, so that rounding cannot cut the last step
    limit = gap_m * (1 + 1e-9)
    for start, end in pairwise(steps):
        _, before = csgraph.dijkstra(
            net.matrix, indices=[start], limit=limit, return_predecessors=True
        )
        way = [end]
        while way[-1] != start:
            way.append(int(before[0, way[-1]]))
        for tail, head in zip(way[:0:-1], way[-2::-1], strict=True):
            low, high = net.matrix.indptr[tail], net.matrix.indptr[tail + 1]
            entry = low + int(np.searchsorted(net.matrix.indices[low:high], head))
            rows.append(int(net.segment[entry]))
    rows = [r for i, r in enumerate(rows) if i == 0 or r != rows[i - 1]]
    if not rows:
        return None, None
    table = roads.full(np.array(rows)).segments.set_index("segment_id").loc[rows]
    named = [str(r) for r in table["ref"].fillna(table["name"]) if isinstance(r, str)]
    named = [r for i, r in enumerate(named) if i == 0 or r != named[i - 1]]
    return shapely.line_merge(shapely.multilinestrings(table.geometry.to_numpy())), " → ".join(
        named
    ) or None


def inland_table(
    corridor_rows: pd.DataFrame, *, unit_m: float = geo.STATUTE_MILE_M
) -> pd.DataFrame:
    """Return how far inland the chain from each port goes, one column per gap, in the unit of
    `unit_m`."""
    wide = corridor_rows.assign(inland=corridor_rows["inland_m"] / unit_m).pivot_table(
        index="port", columns="gap_km", values="inland", dropna=False
    )
    return wide.rename(columns=lambda g: f"gap {g:g} km").rename_axis(columns=None).reset_index()


def gaps(text: Sequence[float]) -> tuple[float, ...]:
    """Return gaps in km, sorted and without repeats.

    Raises
    ------
    UsageError
        When one is no length.

    >>> gaps([25, 10, 25])
    (10.0, 25.0)
    """
    if wrong := [g for g in text if not 0 < g <= MOST_GAP_KM]:
        raise UsageError(
            f"a gap of {wrong[0]:g} km", fix=f"give km above 0, up to {MOST_GAP_KM:,.0f}"
        )
    return tuple(sorted({float(g) for g in text}))
