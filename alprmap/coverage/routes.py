"""Readers along numbered routes, in order of travel, and the gaps between them (rule C3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap import geo
from alprmap.coverage import readers
from alprmap.roads import Graph, Roads, road_parts

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SHARPEST_DEG = 100.0
"""C3: a route that turns more than this at a junction is taken to end there."""
RING = 0.3
"""C3: a strand whose ends are nearer than this share of its length goes round, and is told by its
sense. """
LEAST_M = 1000.0
"""C3: shorter pieces of a route (stubs, cut edges of the extract) are counted and not listed."""


_WORDS, _COUNTS = ("ref", "direction", "camera_id"), ("strand", "order", "readers", "segment_id")
LOG = (
    "ref",
    "direction",
    "strand",
    "order",
    "camera_id",
    "at_km",
    "gap_km",
    "segment_id",
    "lon",
    "lat",
)
STRANDS = (
    "ref",
    "direction",
    "strand",
    "km",
    "readers",
    "longest_unread_km",
    "unread_from_km",
    "unread_to_km",
    "from_lon",
    "from_lat",
    "to_lon",
    "to_lat",
)


@dataclass(frozen=True)
class RouteLog:
    """Route log (C3).

    log
        One row per reader and strand: `ref`, `direction` (N, E, S, W, clockwise, anticlockwise),
        `strand`, `order`, `camera_id`, `at_km` from the start of the strand, `gap_km` since the
        reader before (or the start), `segment_id`, `lon`, `lat`.
    strands
        One row per unbroken piece of a route in one direction of travel: `ref`, `direction`,
        `strand`, `km`, `readers`, `longest_unread_km` and where it begins and ends
        (`unread_from_km`, `unread_to_km`; the ends of the strand count as ends of a gap), ends as
        `from_lon` … `to_lat`.
    routes
        One row per route and direction: `ref`, `direction`, `strands`, `km`, `readers`,
        `longest_unread_km` (missing without a strand), `km_per_reader`, and what lies in pieces
        shorter than 1 km: `km_left_out`, `readers_left_out`.
    """

    log: pd.DataFrame
    strands: pd.DataFrame
    routes: pd.DataFrame


def route_log(watches: pd.DataFrame, roads: Roads, *, graph: Graph | None = None) -> RouteLog:
    """List the readers along each numbered route in each direction of travel (rule C3).

    Parameters
    ----------
    watches
        Table `watches`; every row counts (rule C0).
    roads
        The network; a segment belongs to every route in its `ref`, ramps to none.
    graph
        `Graph.from_segments(roads.segments, roads.restrictions)` where it is at hand.
    """
    graph = graph or roads.graph()
    places = readers.place_readers(watches, graph)
    read = roads.full(np.unique(graph.segment_id[places.arc])).segments
    spots = readers.positions(places, read)
    numbered = _numbered(roads)
    own = np.flatnonzero(graph.twin == np.arange(graph.n_arcs))
    own = own[np.isin(graph.segment_id[own], numbered["segment_id"])]
    row = readers.rows(numbered, graph.segment_id[own])
    begin, end = (numbered[c].to_numpy()[row] for c in ("begin_deg", "end_deg"))
    forward = graph.forward[own]
    arcs = pd.DataFrame(
        {
            "arc": own,
            "tail": graph.base[graph.tail[own]],
            "head": graph.base[graph.head[own]],
            "segment": graph.segment_id[own],
            "start_deg": np.where(forward, begin, geo.wrap_deg(end + 180.0)),
            "end_deg": np.where(forward, end, geo.wrap_deg(begin + 180.0)),
            "ref": numbered["ref"].to_numpy(dtype=object)[row],
        }
    )
    arcs["ref"] = arcs["ref"].astype("str").str.split(";")
    arcs = arcs.explode("ref")
    arcs["ref"] = arcs["ref"].astype("str").str.strip()
    log: list[dict[str, object]] = []
    strands: list[dict[str, object]] = []
    for ref, part in arcs[arcs["ref"] != ""].groupby("ref", sort=True):
        for number, chain in enumerate(_strands(part.drop_duplicates("arc"), graph)):
            _write(str(ref), number, chain, places, spots, log, strands)
    return RouteLog(*_tables(log, strands))


def _numbered(roads: Roads) -> pd.DataFrame:
    """Return `segment_id`, `ref` and the course at both ends of the segments of numbered routes,
    ramps left out."""
    parts = []
    for part in road_parts(roads):
        link = part["highway"].astype("str").str.endswith("_link").fillna(False).to_numpy(bool)
        some = part[part["ref"].notna().to_numpy() & ~link]
        begin, end = _bearings(some.geometry.to_numpy())
        named = pd.DataFrame(some[["segment_id", "ref"]]).astype({"ref": "str"})
        parts.append(named.assign(begin_deg=begin, end_deg=end))
    return pd.concat(parts, ignore_index=True)


def _bearings(lines: NDArray[np.object_]) -> tuple[FloatArray, FloatArray]:
    """Course at the first and at the last edge of each line, along it."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    if not len(xy):
        return np.zeros(0), np.zeros(0)
    first = np.flatnonzero(np.r_[True, np.diff(owner) > 0])
    last = np.r_[first[1:], len(xy)] - 1
    begin = geo.azimuth_deg(*xy[first].T, *xy[first + 1].T)
    end = geo.azimuth_deg(*xy[last - 1].T, *xy[last].T)
    return begin, end


def _strands(part: pd.DataFrame, graph: Graph) -> list[IntArray]:
    """Join arcs of a route into strands: each to the straightest next one, where that is so for
    both."""
    part = part.sort_values("arc", ignore_index=True)
    onward, before = _straightest(part, ahead=True), _straightest(part, ahead=False)
    own = np.arange(len(part))
    mutual = (onward >= 0) & (before[onward] == own)
    arc = part["arc"].to_numpy()
    pairs = zip(arc[mutual].tolist(), arc[onward[mutual]].tolist(), strict=True)
    follow: dict[int, int] = dict(pairs)
    led = set(follow.values())
    every = np.sort(part["arc"].to_numpy())
    used: set[int] = set()
    chains = []
    # rings have no start: what is left after all others begins at its first arc
    for start in [*(a for a in every if a not in led), *every]:
        chain, here = [], int(start)
        while here >= 0 and here not in used:
            used.add(here)
            chain.append(here)
            here = follow.get(here, -1)
        if chain:
            chains.append(np.array(chain, dtype=np.int64))
    return sorted(chains, key=lambda c: (-round(float(graph.length_m[c].sum()), 3), int(c[0])))


BESIDE = 4
"""Courses looked at on either side: the nearest, and what is left when a road does not follow
itself (a loop stands there twice)."""


def _straightest(part: pd.DataFrame, *, ahead: bool) -> IntArray:
    """Return the row of the straightest arc that follows each arc (rows sorted by arc), or that it
    follows; -1 where none turns less than `SHARPEST_DEG`. Of arcs as straight the first counts.

    The arcs of a junction lie in a circle by their course, so that only neighbors are looked at:
    a junction of k arcs costs k log k, and not k times k.
    """
    ends, starts = ("head", "end_deg"), ("tail", "start_deg")
    (here, own_deg), (there, deg) = (ends, starts) if ahead else (starts, ends)
    node, course = part[there].to_numpy(np.int64), part[deg].to_numpy(np.float64)
    segment = part["segment"].to_numpy(np.int64)
    wanted, mine = part[here].to_numpy(np.int64), part[own_deg].to_numpy(np.float64)
    order = np.lexsort((np.arange(len(part)), course, node))
    fresh = (np.diff(node[order], prepend=-1) != 0) | (np.diff(course[order], prepend=-1.0) != 0)
    lead = np.flatnonzero(fresh)
    # of arcs on one course the first, and the first of another road than that
    group = np.cumsum(fresh) - 1
    first = order[lead]
    other = np.flatnonzero(segment[order] != segment[first[group]])
    second = np.full(len(lead), -1)
    second[group[other][::-1]] = order[other][::-1]
    at_node, at_course = node[first], course[first]
    low, high = (np.searchsorted(at_node, wanted, side=s) for s in ("left", "right"))
    rank = _rank(at_node, at_course, wanted, mine)
    best, least = np.full(len(part), -1), np.full(len(part), np.inf)
    for step in range(-BESIDE, BESIDE):
        some = np.flatnonzero(high > low)
        spot = low[some] + (rank[some] - low[some] + step) % (high - low)[some]
        who = np.where(segment[first[spot]] == segment[some], second[spot], first[spot])
        turn = geo.angle_between_deg(mine[some], course[who])
        good = (who >= 0) & (turn <= SHARPEST_DEG)
        nearer = (turn < least[some]) | ((turn == least[some]) & (who < best[some]))
        some, who, turn = (v[good & nearer] for v in (some, who, turn))
        best[some], least[some] = who, turn
    return best


def _rank(node: IntArray, course: FloatArray, wanted: IntArray, mine: FloatArray) -> IntArray:
    """Return where (wanted, mine) stand among the sorted pairs (node, course)."""
    place, whose = np.r_[mine, course], np.r_[wanted, node]
    order = np.lexsort((np.arange(len(whose)), place, whose))
    known = np.cumsum(order >= len(wanted))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = known
    return rank[: len(wanted)]


def _write(
    ref: str,
    number: int,
    chain: IntArray,
    places: readers.Places,
    spots: FloatArray,
    log: list[dict[str, object]],
    strands: list[dict[str, object]],
) -> None:
    graph = places.graph
    begin = np.r_[0.0, np.cumsum(graph.length_m[chain])]
    low, high = (np.searchsorted(places.arc, chain, side=s) for s in ("left", "right"))
    step = np.repeat(np.arange(len(chain)), high - low)
    at = readers.spans(low, high)
    meters, camera = begin[step] + places.at_m[at], places.camera[at]
    order = np.lexsort((camera, meters))
    # each camera at the first place where it reads
    order = order[np.sort(np.unique(camera[order], return_index=True)[1])]
    at, meters = at[order], meters[order]
    direction = _direction(graph, chain, begin[-1])
    stops = np.r_[0.0, meters, begin[-1]]
    gaps = np.diff(stops)
    worst = int(np.argmax(gaps))
    tail, head = graph.tail[chain[0]], graph.head[chain[-1]]
    strands.append(
        {
            "ref": ref,
            "direction": direction,
            "strand": number,
            "km": begin[-1] / 1000,
            "readers": len(at),
            "longest_unread_km": gaps[worst] / 1000,
            "unread_from_km": stops[worst] / 1000,
            "unread_to_km": stops[worst + 1] / 1000,
            "from_lon": graph.lon[tail],
            "from_lat": graph.lat[tail],
            "to_lon": graph.lon[head],
            "to_lat": graph.lat[head],
        }
    )
    for row, place in enumerate(at.tolist()):
        log.append(
            {
                "ref": ref,
                "direction": direction,
                "strand": number,
                "order": row + 1,
                "camera_id": places.camera_id[places.camera[place]],
                "at_km": meters[row] / 1000,
                "gap_km": gaps[row] / 1000,
                "segment_id": graph.segment_id[places.arc[place]],
                "lon": spots[place, 0],
                "lat": spots[place, 1],
            }
        )


def _direction(graph: Graph, chain: IntArray, length: float) -> str:
    """N, E, S or W from one end to the other; clockwise or anticlockwise where the strand goes
    round."""
    tail, head = graph.tail[chain[0]], graph.head[chain[-1]]
    lon, lat = graph.lon, graph.lat
    azimuth, crow = geo.inverse(lon[tail], lat[tail], lon[head], lat[head])
    if float(crow) < RING * length:
        nodes = np.r_[graph.tail[chain], head]
        x, y = geo.tangent_xy(lon[nodes], lat[nodes], lon[tail], lat[tail])
        area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
        return "clockwise" if area < 0 else "anticlockwise"
    return "NESW"[round(float(azimuth) / 90) % 4]


def _frame(rows: list[dict[str, object]], names: tuple[str, ...]) -> pd.DataFrame:
    """Return rows as a table whose columns have their types without a row too."""
    types = {n: "str" if n in _WORDS else "int64" if n in _COUNTS else "float64" for n in names}
    return pd.DataFrame(rows, columns=list(names)).astype(types)


def _tables(
    log: list[dict[str, object]], strands: list[dict[str, object]]
) -> tuple[pd.DataFrame, ...]:
    rows, pieces = _frame(log, LOG), _frame(strands, STRANDS)
    short = pieces["km"] < LEAST_M / 1000
    keys = ["ref", "direction"]
    left = pieces[short].groupby(keys)[["km", "readers"]].sum()
    kept = pieces[~short].reset_index(drop=True)
    by = kept.groupby(keys, sort=True)
    routes = pd.DataFrame(
        {
            "strands": by.size(),
            "km": by["km"].sum(),
            "readers": by["readers"].sum(),
            "longest_unread_km": by["longest_unread_km"].max(),
        }
    )
    # a direction that has short pieces only is told too, so that every meter and every reader is in
    # a row
    routes = routes.reindex(routes.index.union(left.index).set_names(keys))
    for name in ("strands", "readers"):
        routes[name] = routes[name].fillna(0).astype(np.int64)
    routes["km"] = routes["km"].fillna(0.0)
    routes["km_per_reader"] = routes["km"] / routes["readers"].where(routes["readers"] > 0)
    routes["km_left_out"] = left["km"].reindex(routes.index).fillna(0.0)
    routes["readers_left_out"] = left["readers"].reindex(routes.index).fillna(0).astype(np.int64)
    # a reader on a piece too short to list is listed all the same
    return rows, kept, routes.reset_index().astype({"ref": "str", "direction": "str"})
