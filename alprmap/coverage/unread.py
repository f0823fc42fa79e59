"""Where one can drive unread: zones, places, and the roads whose reading would cut most (rule C4).

A zone is a strongly connected part of the network without its read arcs: from anywhere in it one
can drive to anywhere else in it and back, and never pass a reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from alprmap.coverage import readers
from alprmap.coverage.search import dominate
from alprmap.errors import InputError
from alprmap.roads import Graph, Outline, Roads, road_parts
from alprmap.store import Shelf

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
SNAP_M = 2000.0
"""C4, C6: people farther than this from any junction live outside the network and are counted so.
"""


@dataclass(frozen=True)
class UnreadZones:
    """Zones (C4).

    summary
        One row per state of the network, `as read` and `without readers` (what the extract itself
        allows, cut roads and dead ends included): `travel_km`, `unread_travel_km`, `zones`,
        `largest_travel_km` and its share, and with people `people`, `people_outside` (no junction
        near), `largest_people` and its share, `can_leave_for_it`, `can_come_from_it`, `cut_off`
        (neither), each in people.
    zones
        One row per zone with road in it, largest first: `zone` (0, 1, …), `junctions`, `travel_km`,
        `travel_share`, `people`, `people_share`, `lon`, `lat` of one junction.
    node_zone
        Zone of each real node of `graph`; -1 in none.
    arc_zone
        Zone of each own arc; -1 where it is read or leads from one zone to another.
    """

    graph: Graph
    read: BoolArray
    summary: pd.DataFrame
    zones: pd.DataFrame
    node_zone: IntArray
    arc_zone: IntArray
    people: pd.DataFrame | None = None

    def lines(self, roads: Roads) -> gpd.GeoDataFrame:
        """Return the road of every zone for drawing: `zone`, `name`, geometry, a line where pieces
        go on straight.

        A road with one direction in the zone belongs to it; one between zones, or read both ways,
        to none."""
        table = _zone_of_segments(self)
        shaped = roads.full(table["segment_id"].to_numpy()).segments
        line = shaped.set_index("segment_id").geometry.reindex(table["segment_id"]).to_numpy()
        parts: list[Any] = []
        for zone in sorted(table["zone"].unique().tolist()):
            merged = shapely.line_merge(
                shapely.multilinestrings(line[(table["zone"] == zone).to_numpy()])
            )
            parts += [(zone, f"Unread zone {zone + 1}", one) for one in shapely.get_parts(merged)]
        frame = pd.DataFrame(parts, columns=["zone", "name", "geometry"]).astype({"name": "str"})
        return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")


JOINED_MOST = 500_000
"""C4: of more segments in zones the lines are not joined where they go on straight, since that
holds all of them in memory; each road is then a row of its own."""


def zone_roads(found: UnreadZones, roads: Roads) -> gpd.GeoDataFrame | Shelf:
    """Return `UnreadZones.lines`; of a large network in a folder of tiles a shelf with the same
    columns and a row for each segment."""
    table = _zone_of_segments(found)
    if not isinstance(roads, Outline) or len(table) <= JOINED_MOST:
        return found.lines(roads)
    shelf, zone = Shelf(), table.set_index("segment_id")["zone"]
    for number, part in enumerate(road_parts(roads)):
        own = zone.reindex(part["segment_id"]).to_numpy()
        some = part.geometry[~np.isnan(own)].reset_index(drop=True)
        own = own[~np.isnan(own)].astype(np.int64)
        names = pd.Series([f"Unread zone {z + 1}" for z in own.tolist()], dtype="str")
        frame = pd.DataFrame({"zone": own, "name": names, "geometry": some})
        shelf.put(number, gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326"))
    return shelf


def _zone_of_segments(found: UnreadZones) -> pd.DataFrame:
    """Return `segment_id` and `zone` of the segments that are in one, by number."""
    own = _own(found.graph)
    segment, zone = found.graph.segment_id[own], found.arc_zone[own]
    table = pd.DataFrame({"segment_id": segment, "zone": zone})[zone >= 0]
    table = table.sort_values(["segment_id", "zone"])
    return table.drop_duplicates("segment_id")


def unread_zones(
    watches: pd.DataFrame,
    roads: Roads,
    *,
    people: pd.DataFrame | None = None,
    graph: Graph | None = None,
) -> UnreadZones:
    """Find where one can move without being read (rule C4).

    Parameters
    ----------
    watches
        Table `watches`; every row counts (rule C0).
    roads
        The network the watches were made with.
    people
        `lon`, `lat`, `people` (see `alprmap.geography.population.read`); they start and end at the
        nearest junction.
    graph
        `Graph.from_segments(roads.segments, roads.restrictions)` where it is at hand.
    """
    graph = graph or roads.graph()
    read = readers.place_readers(watches, graph).read
    home = None if people is None else snapped(people, graph)
    counts = readers.arcs_inside(roads.segments, graph)
    node_zone, arc_zone = _parts(graph, read)
    free_node, free_arc = _parts(graph, np.zeros(graph.n_arcs, dtype=bool))
    rows = [
        {"network": "as read", **_summary(graph, read, node_zone, arc_zone, home, counts)},
        {
            "network": "without readers",
            **_summary(graph, np.zeros_like(read), free_node, free_arc, home, counts),
        },
    ]
    zones = _zones(graph, node_zone, arc_zone, home)
    return UnreadZones(graph, read, pd.DataFrame(rows), zones, node_zone, arc_zone, home)


def largest_zone(
    graph: Graph, read: BoolArray, home: pd.DataFrame | None, counts: BoolArray
) -> tuple[float, float]:
    """Return the shares of road and of people in the largest unread zone (C4); NaN without them.

    `home` is `snapped` people, `read` per arc as `Places.read` gives it, `counts` per arc whether
    it is measured.
    """
    node_zone, arc_zone = _parts(graph, read)
    own = _own(graph)
    length = np.where(counts, graph.length_m, 0.0)[own]
    road = float(length[arc_zone[own] == 0].sum() / length.sum()) if len(own) else np.nan
    if home is None:
        return road, np.nan
    node, count = home["node"].to_numpy(), home["people"].to_numpy(np.float64)
    lives = node >= 0
    inside = lives & (node_zone[np.where(lives, node, 0)] == 0)
    every = float(count[lives].sum())
    return road, float(count[inside].sum() / every) if every else np.nan


def snapped(people: pd.DataFrame, graph: Graph) -> pd.DataFrame:
    """Return people with the junction nearest to them, `node` (-1 beyond 2 km), and its distance,
    `snap_m`."""
    if not graph.n_base:
        raise InputError("the network has no junctions", fix="check the roads and the area")
    known = np.isfinite(people["lon"].to_numpy(np.float64)) & np.isfinite(
        people["lat"].to_numpy(np.float64)
    )
    node, meters = np.full(len(people), -1), np.full(len(people), np.inf)
    node[known], meters[known] = graph.nearest_nodes(people["lon"][known], people["lat"][known])
    return people.assign(node=np.where(meters <= SNAP_M, node, -1), snap_m=meters)


def _own(graph: Graph) -> IntArray:
    return np.flatnonzero(graph.twin == np.arange(graph.n_arcs))


def _components(graph: Graph, closed: BoolArray) -> IntArray:
    matrix, _ = graph.matrix(np.where(closed, np.inf, 1.0))
    _, label = csgraph.connected_components(matrix, connection="strong")
    return np.asarray(label, dtype=np.int64)


def _parts(graph: Graph, closed: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the zone of each real node and of each own arc, zones numbered by falling length of
    road."""
    label = _components(graph, closed)
    inside = (label[graph.tail] == label[graph.head]) & ~closed
    pair = _once_in_a_part(graph, label, inside)
    size = np.bincount(pair["part"], graph.length_m[pair["arc"]], int(label.max(initial=-1)) + 1)
    order = np.lexsort((np.arange(len(size)), -np.round(size, 6)))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    rank[size == 0] = np.iinfo(np.int64).max
    none = np.iinfo(np.int64).max
    node_zone = np.full(graph.n_base, none)
    np.minimum.at(node_zone, graph.base, rank[label])
    arc_zone = np.full(graph.n_arcs, none)
    np.minimum.at(arc_zone, pair["arc"].to_numpy(), rank[pair["part"]])
    return np.where(node_zone == none, -1, node_zone), np.where(arc_zone == none, -1, arc_zone)


def _once_in_a_part(graph: Graph, label: IntArray, inside: BoolArray) -> pd.DataFrame:
    """Return (`arc`, `part`) of the arcs inside a part: an arc and its twins count once in one."""
    own = np.flatnonzero(inside & (graph.twin == np.arange(graph.n_arcs)))
    twins = np.flatnonzero(inside & (graph.twin != np.arange(graph.n_arcs)))
    first = graph.twin[twins]
    # of the many arcs only those that leave copies can stand there twice
    fresh = ~inside[first] | (label[graph.tail[first]] != label[graph.tail[twins]])
    more = pd.DataFrame({"arc": first[fresh], "part": label[graph.tail[twins[fresh]]]})
    more = more.drop_duplicates()
    return pd.DataFrame(
        {
            "arc": np.r_[own, more["arc"].to_numpy(np.int64)],
            "part": np.r_[label[graph.tail[own]], more["part"].to_numpy(np.int64)],
        }
    )


def _summary(
    graph: Graph,
    read: BoolArray,
    node_zone: IntArray,
    arc_zone: IntArray,
    home: pd.DataFrame | None,
    counts: BoolArray,
) -> dict[str, float]:
    own = _own(graph)
    length = np.where(counts, graph.length_m / 1000, 0.0)
    whole = float(length[own].sum())
    largest = float(length[own][arc_zone[own] == 0].sum())
    row: dict[str, float] = {
        "travel_km": whole,
        "unread_travel_km": float(length[own][~read[own]].sum()),
        "zones": int(arc_zone.max(initial=-1)) + 1,
        "largest_travel_km": largest,
        "largest_share": largest / whole if whole else np.nan,
    }
    if home is not None:
        row |= _people(graph, read, node_zone, home)
    return row


def _people(
    graph: Graph, read: BoolArray, node_zone: IntArray, home: pd.DataFrame
) -> dict[str, float]:
    near = home["node"].to_numpy() >= 0
    node = np.where(near, home["node"], 0)
    count = home["people"].to_numpy(np.float64)
    matrix, _ = graph.matrix(np.where(read, np.inf, 1.0))
    seed = np.flatnonzero(np.append(node_zone, -1)[graph.base] == 0)
    come, leave = _reached(matrix, seed), _reached(matrix.T.tocsr(), seed)
    come_base, leave_base = np.zeros(graph.n_base, bool), leave[: graph.n_base]
    np.logical_or.at(come_base, graph.base, come)
    inside = near & (node_zone[node] == 0)

    def add(which: BoolArray) -> float:
        return float(count[which].sum())

    return {
        "people": add(near),
        "people_outside": add(~near),
        "largest_people": add(inside),
        "largest_people_share": add(inside) / add(near) if add(near) else np.nan,
        "can_leave_for_it": add(near & leave_base[node]),
        "can_come_from_it": add(near & come_base[node]),
        "cut_off": add(near & ~leave_base[node] & ~come_base[node]),
    }


def _reached(matrix: sparse.csr_array, seed: IntArray) -> BoolArray:
    """Return which nodes some seeds reach."""
    out = np.zeros(matrix.shape[0], dtype=bool)
    if len(seed):
        far = csgraph.dijkstra(matrix, indices=seed, min_only=True, unweighted=True)
        out[np.isfinite(far)] = True
    return out


def _zones(
    graph: Graph, node_zone: IntArray, arc_zone: IntArray, home: pd.DataFrame | None
) -> pd.DataFrame:
    own = _own(graph)
    n = int(arc_zone.max(initial=-1)) + 1
    inside = own[arc_zone[own] >= 0]
    km = np.bincount(arc_zone[inside], graph.length_m[inside], n) / 1000
    nodes = np.flatnonzero((node_zone >= 0) & (node_zone < n))
    first = np.full(n, -1)
    first[node_zone[nodes][::-1]] = nodes[::-1]
    total = float(graph.length_m[own].sum()) / 1000
    frame = pd.DataFrame(
        {
            "zone": np.arange(n),
            "junctions": np.bincount(node_zone[nodes], minlength=n),
            "travel_km": km,
            "travel_share": km / total if total else np.nan,
            "lon": graph.lon[first],
            "lat": graph.lat[first],
        }
    )
    if home is not None:
        lives = home[(home["node"] >= 0)]
        zone = node_zone[lives["node"].to_numpy()]
        people = np.bincount(zone[zone >= 0], lives["people"].to_numpy(np.float64)[zone >= 0], n)[
            :n
        ]
        every = float(lives["people"].sum())
        frame.insert(4, "people", people)
        frame.insert(5, "people_share", people / every if every else np.nan)
    return frame


def chokepoints(found: UnreadZones, roads: Roads, *, top: int = 20) -> gpd.GeoDataFrame:
    """List the arcs whose reading would take most road out of the largest zone, found exactly (C4).

    Every arc of the zone is weighed, not a sample: the arcs that matter are those all ways in, or
    all ways out, go through (dominators in both senses of travel, Lengauer & Tarjan 1979).

    Returns
    -------
    DataFrame
        `segment_id`, `travel`, `highway`, `name`, `ref`, `cut_km` (travel-km the largest zone would
        lose, the arc itself included), `cut_share`, `people_cut` where people are known, geometry;
        the largest first. No row where no zone is left: every road is read, or none leads back.
    """
    graph = found.graph
    own = _own(graph)
    zone = own[found.arc_zone[own] == 0]
    best = dominate.worst_cuts(graph, found.read, zone, top)
    worst = graph.segment_id[best["arc"].to_numpy()]
    segments = roads.full(worst).segments
    row = readers.rows(segments, worst)
    whole = float(graph.length_m[zone].sum()) / 1000
    frame = segments.iloc[row][["segment_id", "highway", "name", "ref", "geometry"]].reset_index(
        drop=True
    )
    frame.insert(
        1, "travel", np.where(graph.forward[best["arc"].to_numpy()], "forward", "backward")
    )
    frame.insert(5, "cut_km", best["cut_m"].to_numpy() / 1000)
    frame.insert(6, "cut_share", frame["cut_km"] / whole)
    if found.people is not None:
        cut = np.array([_people_cut(found, int(a)) for a in best["arc"]], dtype=np.float64)
        frame.insert(7, "people_cut", cut)
    frame["travel"] = frame["travel"].astype("str")
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")


def _people_cut(found: UnreadZones, arc: int) -> float:
    assert found.people is not None
    zone, _ = _parts(found.graph, found.read | (found.graph.twin == arc))
    lives = found.people[found.people["node"] >= 0]
    node, count = lives["node"].to_numpy(), lives["people"].to_numpy(np.float64)
    return float(count[found.node_zone[node] == 0].sum() - count[zone[node] == 0].sum())


def places(found: UnreadZones, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Ask of each place whether it can be entered, left and crossed unread (C4).

    Parameters
    ----------
    areas
        Polygons with `name`, EPSG:4326.

    Returns
    -------
    DataFrame
        One row per area: `name`, `junctions`, `ways_in`, `ways_in_unread`, `ways_out`,
        `ways_out_unread`, `enter_share` and `leave_share` (junctions one can drive to from outside,
        or out from, unread, of those that the roads allow at all), `cross_pairs` (way in, way out
        on another road, joined by roads inside), `cross_share` (of them, those one can cross by
        unread). Missing where nothing leads in or out.
    """
    graph = found.graph
    rows = []
    for name, shape in zip(areas["name"], areas.geometry, strict=True):
        shapely.prepare(shape)
        inside = shapely.intersects_xy(shape, graph.lon, graph.lat)
        rows.append({"name": name, **_place(graph, found.read, inside)})
    return pd.DataFrame(rows)


def _place(graph: Graph, read: BoolArray, inside: BoolArray) -> dict[str, float]:
    nodes = np.flatnonzero(inside)
    local = np.cumsum(inside) - 1
    enter = np.flatnonzero(~inside[graph.tail] & inside[graph.head])
    leave = np.flatnonzero(inside[graph.tail] & ~inside[graph.head])
    row: dict[str, float] = {"junctions": int(inside[: graph.n_base].sum())}
    for word, arcs in (("in", enter), ("out", leave)):
        own = np.unique(graph.twin[arcs])
        row |= {f"ways_{word}": len(own), f"ways_{word}_unread": int((~read[own]).sum())}
    every: dict[str, int] = {}
    unread: dict[str, int] = {}
    for sums, closed in ((every, np.zeros_like(read)), (unread, read)):
        matrix = graph.matrix(np.where(closed, np.inf, 1.0))[0][nodes][:, nodes]
        ins, outs = enter[~closed[enter]], leave[~closed[leave]]
        base = graph.base[nodes]
        sums["enter"] = len(np.unique(base[_reached(matrix, np.unique(local[graph.head[ins]]))]))
        sums["leave"] = len(
            np.unique(base[_reached(matrix.T.tocsr(), np.unique(local[graph.tail[outs]]))])
        )
        sums["cross"] = _crossings(graph, matrix, ins, outs, local)
    for word in ("enter", "leave"):
        row[f"{word}_share"] = unread[word] / every[word] if every[word] else np.nan
    row["cross_pairs"] = every["cross"]
    row["cross_share"] = unread["cross"] / every["cross"] if every["cross"] else np.nan
    return row


def _crossings(
    graph: Graph, matrix: sparse.csr_array, ins: IntArray, outs: IntArray, local: IntArray
) -> int:
    """Count pairs of a way in and a way out on another road that the inside joins."""
    total = 0
    out_twin = graph.twin[outs]
    for twin in np.unique(graph.twin[ins]):
        arcs = ins[graph.twin[ins] == twin]
        reached = _reached(matrix, np.unique(local[graph.head[arcs]]))
        there = reached[local[graph.tail[outs]]] & (
            graph.segment_id[outs] != graph.segment_id[twin]
        )
        total += len(np.unique(out_twin[there]))
    return total
