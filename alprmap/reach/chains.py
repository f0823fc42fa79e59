"""How far inland a chain of readers goes from a port of entry (R4).

A chain starts at a port and goes from reader to reader, one-way streets obeyed, as long as the
drive from one to the next is no longer than a gap G; the reach is that of the reader farthest from
the land border on any such chain. It grows in waves: each looks only within G of the readers that
the last one added (`waves`, or `hops` where kernels can be compiled), so that the work follows the
chains and not the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from alprmap import compiled, geo
from alprmap.geo import FloatArray
from alprmap.reach.inland import DEFAULTS, InlandSettings
from alprmap.reach.waves import Trees
from alprmap.roads import MIN_WEIGHT, Graph, Roads, arc_ties

if TYPE_CHECKING:  # kernels, and numba with them, are loaded where they are needed
    from alprmap.reach.hops import Hops

IntArray = NDArray[np.int64]
GRAIN_M = 2.0**-30
"""Lengths are whole multiples of it: their sums, up to 8,000 km, are exact in whatever order, so
that every search finds the same meters."""
LEAST_M = max(round(MIN_WEIGHT / GRAIN_M), 1) * GRAIN_M
COLUMNS = [
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


@dataclass(frozen=True, slots=True)
class _Net:
    """The graph by length with one node more per reader place."""

    matrix: Any
    segment: IntArray
    """Row of the segment behind each matrix entry."""
    tie: FloatArray
    """What tells ways of one length apart: a number of each matrix entry."""
    first_reader: int
    xyz: Callable[[], FloatArray]
    """Where each node is, earth-centered, meters; a nation's are not made unless asked for."""
    ids: NDArray[Any]
    """camera_id of each reader node."""
    camera: IntArray
    """Number of the camera of each reader node, in the order of their ids."""
    inland_m: FloatArray
    """Distance of each reader node's camera to the land border."""


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
    net = _with_readers(watches, graph, to_land_m)
    wanted = sorted(settings.gaps_km)
    names = ports["name"].to_numpy(dtype=object)
    search = _search(net, [gap_km * 1000 for gap_km in wanted], len(ports))
    steps = _Steps(net, search)
    rows: list[dict[str, Any]] = []
    chains: list[dict[str, Any]] = []
    for name, node in zip(names, ports["node"].to_numpy(np.int64), strict=True):
        for gap_km in wanted:
            parent, gap_m, road_m = _waves(net, search, int(node), gap_km * 1000)
            met = np.flatnonzero(parent >= 0)
            row, chain = _farthest(net, parent, gap_m, met[_preferred(net, road_m, met)])
            row["_rows"] = steps.of([int(node), *(net.first_reader + n for n in chain)], gap_m)
            rows.append({"port": name, "gap_km": gap_km} | row)
            before = parent[met] - net.first_reader
            chains.append({"at": met, "before": before, "gap_m": gap_m[met], "row": len(rows) - 1})
    table = pd.DataFrame(rows, columns=[*COLUMNS[:-1], "_rows"])
    drawn = _drawn(roads, table.pop("_rows").tolist())
    shapes: Any = [g for g, _ in drawn]
    table = table.assign(routes=pd.Series([r for _, r in drawn], dtype=object), geometry=shapes)
    frame = gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")
    return frame, _links(net, chains, table)


def _with_readers(watches: pd.DataFrame, graph: Graph, to_land_m: pd.Series) -> _Net:
    """Put a node on the arc wherever a camera reads it, between its two ends and its neighbors on
    the arc."""
    forward = (watches["travel"] == "forward").to_numpy()
    arc = graph.arcs_of(watches["segment_id"].to_numpy(), forward)
    placed = watches.assign(arc=arc)[arc >= 0].copy()
    arc = placed["arc"].to_numpy(np.int64)
    # offsets run along the geometry; travel may run against it
    whole = _grained(graph.length_m)
    offset = np.clip(_grained(placed["offset_m"].to_numpy(np.float64)), 0, whole[arc])
    placed["along"] = np.where(placed["travel"] == "forward", offset, whole[arc] - offset)
    placed = placed.sort_values(["arc", "along", "camera_id"]).drop_duplicates(["arc", "camera_id"])
    arc, along = placed["arc"].to_numpy(np.int64), placed["along"].to_numpy(np.float64)
    node = graph.n_nodes + np.arange(len(placed))
    tails = np.flatnonzero(np.isin(graph.twin, arc))
    # every arc that is this one, leaving a copied junction or not, leads to the reader
    at = np.searchsorted(arc, graph.twin[tails], side="left")
    count = np.searchsorted(arc, graph.twin[tails], side="right") - at
    each = np.repeat(np.arange(len(tails)), count)
    place = np.repeat(at, count) + np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
    same = np.flatnonzero(arc[1:] == arc[:-1])
    tail = np.concatenate([graph.tail[tails[each]], node, node[same]])
    head = np.concatenate([node[place], graph.head[arc], node[same + 1]])
    value = np.concatenate([along[place], whole[arc] - along, along[same + 1] - along[same]])
    owner = np.concatenate([arc[place], arc, arc[same]])
    matrix, owner = _inserted(graph, len(placed), tail, head, value, owner)

    def xyz() -> FloatArray:
        own = geo.ecef(graph.lon, graph.lat)
        part = (along / graph.length_m[arc])[:, None]
        # a reader stands on the straight line between the ends of its arc: no step in the matrix
        # goes farther than its share of the arc does
        between = (1 - part) * own[graph.tail[arc]] + part * own[graph.head[arc]]
        return np.concatenate([own, between])

    ids, inland = placed["camera_id"].to_numpy(dtype=object), to_land_m.reindex(placed["camera_id"])
    return _Net(
        matrix,
        graph.segment_id[owner],
        arc_ties(graph)[owner],
        graph.n_nodes,
        xyz,
        ids,
        pd.factorize(ids, sort=True)[0],
        inland.to_numpy(np.float64),
    )


def _grained(meters: FloatArray) -> FloatArray:
    return np.round(meters / GRAIN_M) * GRAIN_M


def _inserted(
    graph: Graph, count: int, tail: IntArray, head: IntArray, value: FloatArray, owner: IntArray
) -> tuple[Any, IntArray]:
    """Put the arcs of `count` more nodes into the matrix of a graph by length; return it and the
    arc of the graph that each entry is a part of (`owner`: of the new ones).

    The new nodes have the last numbers, so that in a row of the graph what leads to them comes
    last.
    """
    base, arc = graph.matrix("length_m")
    order = np.lexsort((value, head, tail))
    tail, head, value, owner = tail[order], head[order], value[order], owner[order]
    best = np.ones(len(tail), dtype=bool)
    best[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    tail, head, value, owner = tail[best], head[best], value[best], owner[best]
    size = graph.n_nodes + count
    ends = np.r_[base.indptr, np.full(count, base.indptr[-1])]
    at = ends[tail + 1]
    first = ends + np.r_[0, np.cumsum(np.bincount(tail, minlength=size))]
    parts = (
        np.maximum(np.insert(_grained(base.data), at, value), LEAST_M),
        np.insert(base.indices, at, head.astype(np.int32)),
        first.astype(np.int32),
    )
    matrix = sparse.csr_array(parts, shape=(size, size))
    return matrix, np.insert(arc, at, owner)


def _search(net: _Net, gaps_m: list[float], ports: int) -> Hops | Trees:
    """Choose who searches: the hierarchy where it is worth making, and can be compiled."""
    size = net.matrix.shape[0]
    if gaps_m and compiled.worth(size * len(gaps_m) * ports):
        from alprmap.reach.hops import Hops

        return Hops.of(net.matrix, net.tie, net.first_reader, gaps_m[-1])
    return Trees(net.matrix, net.tie, net.xyz(), net.first_reader, gaps_m)


def _waves(
    net: _Net, search: Hops | Trees, port: int, gap_m: float
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Go from reader to reader: return for each the node it was first reached from (-1 unreached),
    the gap, and the drive from the port.

    A chain to a reader has the fewest links that there may be; the last one comes from the nearest
    reader, of those equally near from the one that `_preferred` puts first."""
    count = len(net.ids)
    parent, gap, road = np.full(count, -1), np.full(count, np.nan), np.full(count, np.nan)
    # leaving a port is leaving its junction itself: no turn lies behind
    starts = np.array([port])
    while len(starts):
        met, source, meters = search.met(starts, gap_m, parent >= 0)
        before = source - net.first_reader
        parent[met], gap[met] = source, meters
        road[met] = np.where(before >= 0, road[np.maximum(before, 0)], 0.0) + meters
        starts = net.first_reader + met[_preferred(net, road, met)]
    return parent, gap, road


def _preferred(net: _Net, road: FloatArray, readers: IntArray) -> IntArray:
    """Return the order of readers in which the first of equals is taken, whoever searched: by the
    drive from the port, then by the id of the camera, then by where the reader is on the roads."""
    return np.lexsort((readers, net.camera[readers], road[readers]))


def _farthest(
    net: _Net, parent: IntArray, gap: FloatArray, met: IntArray
) -> tuple[dict[str, Any], list[int]]:
    """Return the row of the camera farthest inland on a chain, and the readers of its chain; of
    those equally far the first of `met`."""
    cameras = len(np.unique(net.camera[met]))
    inland = net.inland_m[met]
    if not np.isfinite(inland).any():
        row = {"n_cameras": cameras, "inland_m": np.nan, "camera_id": None, "road_m": np.nan}
        return row | {"n_chain": 0, "longest_gap_m": np.nan}, []
    last = int(met[int(np.nanargmax(inland))])
    nodes = [last]
    while (back := int(parent[nodes[-1]]) - net.first_reader) >= 0:
        nodes.append(back)
    chain = np.array(nodes[::-1])
    row = {
        "n_cameras": cameras,
        "inland_m": float(np.nanmax(inland)),
        "camera_id": net.ids[last],
        "road_m": float(gap[chain].sum()),
        "n_chain": len(np.unique(net.camera[chain])),
        "longest_gap_m": float(gap[chain].max()),
    }
    return row, chain.tolist()


def _links(net: _Net, chains: list[dict[str, Any]], table: pd.DataFrame) -> pd.DataFrame:
    """Return every link of every chain as a table."""
    order = ["port", "gap_km", "camera_id", "gap_m", "from_camera_id"]
    if not chains:
        return pd.DataFrame(columns=order)
    at, before, gap_m = (
        np.concatenate([c[name] for c in chains]) for name in ("at", "before", "gap_m")
    )
    row = np.repeat([c["row"] for c in chains], [len(c["at"]) for c in chains])
    names = pd.Series([*net.ids, None], dtype="str")
    links = pd.DataFrame(
        {
            "port": table["port"].take(row).to_numpy(),
            "gap_km": table["gap_km"].take(row).to_numpy(),
            "camera_id": names.take(at).to_numpy(),
            "gap_m": gap_m,
            "from_camera_id": names.take(np.where(before >= 0, before, len(net.ids))).to_numpy(),
        }
    )
    return links.sort_values(order, ignore_index=True)


@dataclass(slots=True)
class _Steps:
    """The roads between two readers of a chain; chains of several ports and gaps share steps."""

    net: _Net
    search: Hops | Trees
    known: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def of(self, nodes: list[int], gap: FloatArray) -> list[int]:
        """Return the rows of the segments along a chain, in order of travel."""
        rows: list[int] = []
        for start, end in pairwise(nodes):
            if (start, end) not in self.known:
                far = float(gap[end - self.net.first_reader])
                self.known[start, end] = self._between(start, end, far)
            rows += self.known[start, end]
        return [r for i, r in enumerate(rows) if i == 0 or r != rows[i - 1]]

    def _between(self, start: int, end: int, far: float) -> list[int]:
        rows: list[int] = self.net.segment[self.search.way(start, end, far)].tolist()
        return rows


def _drawn(roads: Roads, chains: list[list[int]]) -> list[tuple[Any, str | None]]:
    """Return the roads of each chain as one geometry, and their numbers in order of travel."""
    wanted = np.unique(np.concatenate([np.array(c, np.int64) for c in [[], *chains]]))
    if not len(wanted):
        return [(None, None)] * len(chains)
    # once for all chains: of a folder of tiles this reads the tiles
    table = roads.full(wanted).segments.set_index("segment_id").loc[wanted]
    shapes, names = table.geometry.to_numpy(), table["ref"].fillna(table["name"]).to_numpy(object)
    made: list[tuple[Any, str | None]] = []
    for rows in chains:
        if not rows:
            made.append((None, None))
            continue
        at = np.searchsorted(wanted, rows)
        named = [str(r) for r in names[at] if isinstance(r, str)]
        named = [r for i, r in enumerate(named) if i == 0 or r != named[i - 1]]
        line = shapely.line_merge(shapely.multilinestrings(shapes[at]))
        made.append((line, " → ".join(named) or None))
    return made
