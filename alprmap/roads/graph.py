"""The network as a directed graph in plain arrays (compressed sparse rows): travel time, turns,
shortest paths.

An *arc* is one direction of travel on one segment. Arcs are sorted by their tail node, so the
arrays of the graph are the rows of a sparse matrix and go to scipy's compiled shortest-path
routines as they are. A turn restriction (rule G2) copies its junction: the arc it binds ends in a
copy that lacks the forbidden turns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from alprmap import geo
from alprmap.errors import NotFoundError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Weight = Literal["time_s", "length_m"]

CLASS_KMH = {
    "motorway": 90.0,
    "motorway_link": 75.0,
    "trunk": 85.0,
    "trunk_link": 70.0,
    "primary": 65.0,
    "primary_link": 60.0,
    "secondary": 55.0,
    "secondary_link": 50.0,
    "tertiary": 40.0,
    "tertiary_link": 30.0,
    "unclassified": 25.0,
    "residential": 25.0,
    "living_street": 10.0,
    "service": 15.0,
}
"""G1: speed by class where no limit is signed (class speeds of OSRM's car profile)."""
OTHER_KMH = 10.0
"""G1: speed of any other class (the default of the same profile)."""
SHARE_OF_LIMIT = 0.8
"""G1: part of a signed limit that traffic makes on the way (speed_reduction of OSRM's car profile).
"""
MIN_WEIGHT = 1e-3
"""A sparse matrix takes 0 for 'no arc'; segments between nodes on one point get this instead (1 mm
or 1 ms). """
UNREACHED = -9999
"""What scipy writes for 'no predecessor'."""


@dataclass(frozen=True)
class Graph:
    """The directed graph of a network.

    Per node: `node_id` (OSM id; the copies that turn restrictions made repeat it), `lon`, `lat`,
    `base` (the node itself, or for a copy the node it copies). Nodes `0 … n_base - 1` are the real
    ones. Per arc, sorted by `tail`: `tail`, `head` (node numbers), `segment_id`, `forward` (along
    the geometry), `length_m`, `time_s`, `twin` (the first arc of the same segment and travel:
    itself unless it leaves a copy). `indptr` gives the arcs of node i as `indptr[i]:indptr[i + 1]`.
    """

    node_id: IntArray
    lon: FloatArray
    lat: FloatArray
    base: IntArray
    n_base: int
    tail: IntArray
    head: IntArray
    segment_id: IntArray
    forward: NDArray[np.bool_]
    length_m: FloatArray
    time_s: FloatArray
    twin: IntArray
    indptr: IntArray
    restrictions_used: int = 0

    @staticmethod
    def from_segments(segments: pd.DataFrame, restrictions: pd.DataFrame | None = None) -> Graph:
        """Build the graph of a table of segments (rules G1, G2).

        Parameters
        ----------
        segments
            Table `segments`; `u_lon`, `u_lat`, `v_lon`, `v_lat` may stand for the geometry.
        restrictions
            `Roads.restrictions`; None leaves every turn open.
        """
        ends = segments[["u", "v"]].to_numpy()
        node_id, flat = np.unique(ends, return_inverse=True)
        u, v = flat.reshape(-1, 2).T if len(ends) else (np.zeros(0, np.int64),) * 2
        lon, lat = _positions(segments, u, v, len(node_id))
        along, against = segments["forward"].to_numpy(), segments["backward"].to_numpy()
        # row by row, along the geometry first: a stable sort by tail then gives the order of arcs
        which = np.flatnonzero(np.stack([along, against], axis=1).reshape(-1))
        row, forward = which >> 1, (which & 1) == 0
        tail = np.where(forward, u[row], v[row])
        order = np.argsort(tail, kind="stable")
        row, forward = row[order], forward[order]
        arcs = pd.DataFrame(
            {
                "tail": tail[order],
                "head": np.where(forward, v[row], u[row]),
                "row": row,
                "forward": forward,
                "twin": np.arange(len(row)),
            },
            copy=False,
        )
        del which, order, tail
        base, used = np.arange(len(node_id)), 0
        if restrictions is not None and len(restrictions):
            banned, used = _banned_turns(arcs, segments["way_id"].to_numpy(), node_id, restrictions)
            arcs, base = _copy_junctions(arcs, banned, len(node_id))
        row = arcs["row"].to_numpy()
        length_m = np.maximum(segments["length_m"].to_numpy(dtype=np.float64)[row], MIN_WEIGHT)
        tail = arcs["tail"].to_numpy(dtype=np.int64)
        return Graph(
            node_id=node_id[base],
            lon=lon[base],
            lat=lat[base],
            base=base,
            n_base=len(node_id),
            tail=tail,
            head=arcs["head"].to_numpy(dtype=np.int64),
            segment_id=segments["segment_id"].to_numpy(dtype=np.int64)[row],
            forward=arcs["forward"].to_numpy(dtype=bool),
            length_m=length_m,
            time_s=np.maximum(length_m / (speeds_kmh(segments).to_numpy()[row] / 3.6), MIN_WEIGHT),
            twin=arcs["twin"].to_numpy(dtype=np.int64),
            indptr=np.searchsorted(tail, np.arange(len(base) + 1)),
            restrictions_used=used,
        )

    @property
    def n_nodes(self) -> int:
        """Nodes, the copies included."""
        return len(self.base)

    @property
    def n_arcs(self) -> int:
        """Arcs, those that leave copies included."""
        return len(self.tail)

    def weights(self, weight: Weight | FloatArray) -> FloatArray:
        """Return one value per arc: of a column by name, or as they were given."""
        if isinstance(weight, str):
            values: FloatArray = getattr(self, weight)
            return values
        return np.asarray(weight, dtype=np.float64)

    def matrix(self, weight: Weight | FloatArray = "time_s") -> tuple[sparse.csr_array, IntArray]:
        """Return (matrix, arc of each entry): entry (i, j) is the least weight of an arc from node
        i to node j.

        Parameters
        ----------
        weight
            `time_s`, `length_m`, or one value per arc (infinite leaves the arc out).
        """
        values = self.weights(weight)
        order, again = self._by_ends
        best = ~again
        if again.any():
            # of arcs between the same two nodes the least comes first
            some = np.flatnonzero(again | np.r_[again[1:], False])
            group = np.cumsum(best)[some]
            order = order.copy()
            order[some] = order[some][np.lexsort((values[order[some]], group))]
        order = order[best]
        arc = order[(self.tail[order] != self.head[order]) & np.isfinite(values[order])]
        indptr = np.searchsorted(self.tail[arc], np.arange(self.n_nodes + 1)).astype(np.int32)
        data = np.maximum(values[arc], MIN_WEIGHT)
        shape = (self.n_nodes, self.n_nodes)
        return sparse.csr_array((data, self.head[arc].astype(np.int32), indptr), shape=shape), arc

    @cached_property
    def _by_ends(self) -> tuple[IntArray, NDArray[np.bool_]]:
        """Arcs sorted by tail and head, and whether each has the two nodes of the one before it."""
        key = self.tail * self.n_nodes + self.head
        # by tail they lie in order already, and a stable sort makes use of it
        order = np.argsort(key, kind="stable")
        key = key[order]
        again = np.zeros(len(key), dtype=bool)
        again[1:] = key[1:] == key[:-1]
        return order, again

    def arcs_of(self, segment_id: ArrayLike, forward: ArrayLike) -> IntArray:
        """Return the arc of each (segment, travel); -1 where that direction may not be driven."""
        wanted = 2 * np.asarray(segment_id, dtype=np.int64) + np.asarray(forward, dtype=bool)
        keys, arcs = self._by_segment
        at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        return (
            np.where(keys[at] == wanted, arcs[at], -1) if len(keys) else np.full(wanted.shape, -1)
        )

    @cached_property
    def _by_segment(self) -> tuple[IntArray, IntArray]:
        own = np.flatnonzero(self.twin == np.arange(self.n_arcs))
        keys = 2 * self.segment_id[own] + self.forward[own]
        order = np.argsort(keys)
        return keys[order], own[order]

    def nodes_of(self, node_id: ArrayLike) -> IntArray:
        """Return node numbers of OSM node ids.

        Raises
        ------
        NotFoundError
            When one is no junction of the network.
        """
        wanted = np.asarray(node_id, dtype=np.int64)
        known = self.node_id[: self.n_base]
        at = np.searchsorted(known, wanted)
        missing = (at == self.n_base) | (known[np.minimum(at, self.n_base - 1)] != wanted)
        if np.any(missing):
            raise NotFoundError(
                f"node {np.atleast_1d(wanted)[np.atleast_1d(missing)][0]} is no junction here",
                fix="take a node of the segments",
            )
        return at

    def nearest_nodes(self, lon: ArrayLike, lat: ArrayLike) -> tuple[IntArray, FloatArray]:
        """Return (node number, distance in meters) of the junction nearest to each point."""
        meters, node = self._node_tree.query(geo.ecef(lon, lat))
        return np.asarray(node, dtype=np.int64), np.asarray(meters, dtype=np.float64)

    @cached_property
    def _node_tree(self) -> cKDTree:
        return cKDTree(geo.ecef(self.lon[: self.n_base], self.lat[: self.n_base]))

    def distances(
        self,
        sources: ArrayLike,
        targets: ArrayLike | None = None,
        *,
        weight: Weight | FloatArray = "time_s",
        limit: float = np.inf,
    ) -> FloatArray:
        """Return shortest distances from every source to every target node (all real nodes when not
        given).

        Parameters
        ----------
        sources, targets
            Node numbers, shapes (k,) and (m,).
        weight, limit
            As in `matrix`; nodes farther than `limit` come back infinite.

        Returns
        -------
        Array of shape (k, m), in the unit of the weight; infinite where there is no way.
        """
        matrix, _ = self.matrix(weight)
        whole = csgraph.dijkstra(matrix, indices=np.atleast_1d(np.asarray(sources)), limit=limit)
        folded = self._fold(whole)
        return folded if targets is None else folded[:, np.atleast_1d(np.asarray(targets))]

    def nearest_source(
        self, sources: ArrayLike, *, weight: Weight | FloatArray = "time_s", limit: float = np.inf
    ) -> tuple[FloatArray, IntArray]:
        """Return (distance from the nearest source, that source) of every real node; -1 where none
        reaches it."""
        matrix, _ = self.matrix(weight)
        start = np.unique(np.asarray(sources, dtype=np.int64))
        far, _, source = csgraph.dijkstra(
            matrix, indices=start, limit=limit, min_only=True, return_predecessors=True
        )
        order = np.lexsort((far, self.base))
        first = (
            order[np.r_[True, self.base[order][1:] != self.base[order][:-1]]]
            if len(order)
            else order
        )
        return far[first], np.where(source[first] == UNREACHED, -1, source[first]).astype(np.int64)

    def path(self, source: int, target: int, *, weight: Weight | FloatArray = "time_s") -> IntArray:
        """Return the arcs of the shortest path in order of travel; empty when source is target.

        Raises
        ------
        NotFoundError
            When there is no way.
        """
        matrix, arc = self.matrix(weight)
        far, before = csgraph.dijkstra(matrix, indices=np.array([source]), return_predecessors=True)
        far, before = far[0], before[0]
        ends = np.flatnonzero(self.base == target)
        end = int(ends[np.argmin(far[ends])])
        if not np.isfinite(far[end]):
            raise NotFoundError(
                f"no way from node {self.node_id[source]} to node {self.node_id[target]}",
                fix="take nodes of one connected part",
            )
        nodes = [end]
        while nodes[-1] != source:
            nodes.append(int(before[nodes[-1]]))
        return entry_arcs(matrix, arc, np.array(nodes[:0:-1]), np.array(nodes[-2::-1]))

    def components(self, *, strong: bool = True) -> IntArray:
        """Return the number of the (strongly) connected part of every node, copies included."""
        # scipy's search for strong parts never ends on a matrix that names an entry twice: `matrix`
        # does not
        matrix, _ = self.matrix()
        _, label = csgraph.connected_components(matrix, connection="strong" if strong else "weak")
        return np.asarray(label, dtype=np.int64)

    def _fold(self, whole: FloatArray) -> FloatArray:
        """Take the least over a node and its copies: whoever arrives at a copy has arrived."""
        if self.n_nodes == self.n_base:
            return whole
        real = whole[:, : self.n_base].copy()
        np.minimum.at(real.T, self.base[self.n_base :], whole[:, self.n_base :].T)
        return real


def entry_arcs(matrix: sparse.csr_array, arc: IntArray, tail: IntArray, head: IntArray) -> IntArray:
    """Return the arc behind each matrix entry (tail, head) of `Graph.matrix`; the entries must
    exist."""
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    keys = rows * matrix.shape[0] + matrix.indices
    found: IntArray = arc[np.searchsorted(keys, tail.astype(np.int64) * matrix.shape[0] + head)]
    return found


def speeds_kmh(segments: pd.DataFrame) -> pd.Series:
    """Return the driving speed on each segment, km/h: four fifths of the signed limit, else by
    class (rule G1)."""
    by_class = segments["highway"].map(CLASS_KMH).astype("float64").fillna(OTHER_KMH)
    if "maxspeed_kmh" not in segments.columns:
        return by_class.rename("speed_kmh")
    return (segments["maxspeed_kmh"] * SHARE_OF_LIMIT).fillna(by_class).rename("speed_kmh")


def _positions(
    segments: pd.DataFrame, u: IntArray, v: IntArray, count: int
) -> tuple[FloatArray, FloatArray]:
    xy = np.zeros((count, 2))
    if "u_lon" in segments.columns:
        xy[v], xy[u] = (segments[[f"{end}_lon", f"{end}_lat"]].to_numpy() for end in "vu")
        return xy[:, 0], xy[:, 1]
    lines: Any = segments["geometry"].to_numpy()
    if len(lines):
        coords, owner = shapely.get_coordinates(lines, return_index=True)
        change = owner[1:] != owner[:-1]
        xy[v], xy[u] = coords[np.r_[change, True]], coords[np.r_[True, change]]
    return xy[:, 0], xy[:, 1]


def _banned_turns(
    arcs: pd.DataFrame, way_id: IntArray, node_id: IntArray, restrictions: pd.DataFrame
) -> tuple[pd.DataFrame, int]:
    """Return the forbidden pairs (arc in, arc out) and how many restrictions could be used.

    A restriction counts when exactly one arc of its from-way enters the junction and one of its
    to-way leaves it (OSM asks for ways to be split there); others say nothing certain and are left
    out."""
    turn = restrictions.reset_index(drop=True)
    turn["rule"] = turn.index
    at = np.minimum(np.searchsorted(node_id, turn["via_node"]), len(node_id) - 1)
    turn = turn.assign(via=at)[node_id[at] == turn["via_node"].to_numpy()]
    plain = pd.DataFrame(
        {
            "arc": arcs.index,
            "tail": arcs["tail"],
            "head": arcs["head"],
            "row": arcs["row"],
            "way": way_id[arcs["row"].to_numpy()],
        }
    )
    enter = turn.merge(plain, left_on=["via", "from_way"], right_on=["head", "way"])
    leave = turn.merge(plain, left_on=["via", "to_way"], right_on=["tail", "way"])
    one_in = enter.groupby("rule")["arc"].transform("size") == 1
    one_out = leave.groupby("rule")["arc"].transform("size") == 1
    pair = enter.loc[one_in, ["rule", "kind", "via", "arc", "row"]].merge(
        leave.loc[one_out, ["rule", "arc", "row"]], on="rule", suffixes=("_in", "_out")
    )
    # a way that ends at the junction and is named on both sides can only mean turning round
    pair = pair[(pair["row_in"] != pair["row_out"]) | pair["kind"].str.endswith("u_turn")]
    no = pair[pair["kind"].str.startswith("no_")]
    only = pair[pair["kind"].str.startswith("only_")]
    others = only.merge(plain[["arc", "tail"]], left_on="via", right_on="tail")
    # several "only" from one arc leave each of their turns open
    allowed = set(zip(only["arc_in"], only["arc_out"], strict=True))
    keep = [(a, b) not in allowed for a, b in zip(others["arc_in"], others["arc"], strict=True)]
    banned = (
        pd.concat(
            [
                no[["arc_in", "arc_out"]],
                others.loc[keep, ["arc_in", "arc"]].set_axis(["arc_in", "arc_out"], axis=1),
            ]
        )
        .drop_duplicates()
        .sort_values(["arc_in", "arc_out"], ignore_index=True)
    )
    return banned, len(pair["rule"].unique())


def _copy_junctions(
    arcs: pd.DataFrame, banned: pd.DataFrame, n_base: int
) -> tuple[pd.DataFrame, IntArray]:
    bound = banned["arc_in"].unique()
    copy_of = arcs["head"].to_numpy()[bound]
    copy = n_base + np.arange(len(bound))
    arcs = arcs.copy()
    arcs.loc[bound, "head"] = copy
    # each copy gets the arcs that leave the junction, less the forbidden ones
    here = pd.DataFrame({"arc_in": bound, "copy": copy, "tail": copy_of})
    leave = here.merge(arcs, on="tail", how="left").dropna(subset="twin")
    leave = leave.merge(
        banned.rename(columns={"arc_out": "twin"}),
        on=["arc_in", "twin"],
        how="left",
        indicator=True,
    )
    leave = leave[leave["_merge"] == "left_only"]
    more = leave.assign(tail=leave["copy"])[["tail", "head", "row", "forward", "twin"]].astype(
        {"head": np.int64, "row": np.int64, "forward": bool, "twin": np.int64}
    )
    # arcs of real nodes keep their place, since copies sort behind every real node
    more = more.sort_values(["tail", "row", "forward"], ascending=[True, True, False])
    both = pd.concat([arcs, more], ignore_index=True)
    return both, np.r_[np.arange(n_base), copy_of]
