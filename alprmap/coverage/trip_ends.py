"""The two ends of trips, as a table of a user's gives them (C6)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import geo
from alprmap.errors import InputError
from alprmap.roads import Graph

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
WEIGHTS = ("weight", "trips", "jobs", "count", "people", "commuters", "S000")
"""C6: columns of a table of pairs that say how many drive, the first that is there; S000 is the
name in the Census LODES files."""


def degrees(table: pd.DataFrame) -> pd.DataFrame:
    """Return from_lon, from_lat, to_lon, to_lat of a table of pairs as degrees.

    Raises
    ------
    InputError
        Naming the column that is missing, or the row that holds no number of degrees.
    """
    most = {"from_lon": 180.0, "from_lat": 90.0, "to_lon": 180.0, "to_lat": 90.0}
    missing = [c for c in most if c not in table.columns]
    if missing:
        raise InputError(
            f"the table of pairs has no column {missing[0]}", fix=f"it needs {', '.join(most)}"
        )
    frame = pd.DataFrame({name: _degrees(table[name], limit) for name, limit in most.items()})
    return frame.assign(weight=_weights(table))


def _weights(table: pd.DataFrame) -> FloatArray:
    names = {str(c).strip().lower(): c for c in table.columns}
    column = next((names[w.lower()] for w in WEIGHTS if w.lower() in names), None)
    if column is None:
        return np.ones(len(table))
    weight = pd.to_numeric(table[column], errors="coerce").to_numpy(np.float64)
    bad = ~(np.isfinite(weight) & (weight >= 0))
    if bad.any():
        raise InputError(
            f"{column} is no number of trips",
            row=int(bad.argmax()) + 1,
            fix="write a number from 0 on",
        )
    if len(weight) and not weight.sum() > 0:
        raise InputError(f"no pair has a trip: {column} is 0 in all rows", fix="check the column")
    return weight


def _degrees(values: pd.Series, most: float) -> FloatArray:
    """Return a column as degrees; an empty cell is unknown."""
    degrees = pd.to_numeric(values, errors="coerce").to_numpy(np.float64)
    bad = values.notna().to_numpy() & ~(np.abs(degrees) <= most)
    if bad.any():
        row = int(bad.argmax()) + 1
        raise InputError(
            f"{values.name} is no number of degrees", row=row, fix="write it like -99.5123"
        )
    return degrees


def nearest_among(
    graph: Graph, among: IntArray, lon: FloatArray, lat: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return (nearest of some junctions, meters) of points; infinite where there is none."""
    from scipy.spatial import cKDTree

    node, meters = np.zeros(len(lon), dtype=np.int64), np.full(len(lon), np.inf)
    known = np.isfinite(lon) & np.isfinite(lat)
    if known.any() and len(among):
        tree = cKDTree(geo.ecef(graph.lon[among], graph.lat[among]))
        meters[known], at = tree.query(geo.ecef(lon[known], lat[known]))
        node[known] = among[at]
    return node, meters


Ends = tuple[IntArray, FloatArray]


def snap_ends(
    graph: Graph,
    start: tuple[FloatArray, FloatArray],
    end: tuple[FloatArray, FloatArray],
    *,
    within_m: float,
) -> tuple[Ends, Ends]:
    """Put the two ends of trips on junctions: (node, meters) of the starts and of the ends (C6).

    The nearest junction is taken, unless no way can lead from the one to the other: a trip does
    not start on a loop that leads nowhere, nor end on a road nobody can enter. Then the start is
    the nearest junction from which the main network can be reached, and the end the nearest that
    can be reached from it, where they lie within `within_m` meters.

    Parameters
    ----------
    start, end
        (lon, lat) in degrees, each of shape (n,).
    """
    every = np.arange(graph.n_base)
    ends = [nearest_among(graph, every, *spot) for spot in (start, end)]
    part, leave, enter = usable_ends(graph)
    a, b = ends[0][0], ends[1][0]
    lost = ~((part[a] == part[b]) | (leave[a] & enter[b])) if graph.n_base else a < 0
    for i, (spot, good) in enumerate(((start, leave), (end, enter))):
        node, meters = ends[i]
        other, far = nearest_among(graph, np.flatnonzero(good), *(x[lost] for x in spot))
        better = far <= within_m
        node[np.flatnonzero(lost)[better]] = other[better]
        meters[np.flatnonzero(lost)[better]] = far[better]
    return ends[0], ends[1]


def usable_ends(
    graph: Graph,
) -> tuple[IntArray, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return of each junction its part of the network, whether the main network can be reached from
    it, and whether it can be reached from the main network (C6).

    Each of shape (n_base,); ways lead both ways between all junctions of one part.
    """
    part = graph.components()
    main = np.bincount(part[: graph.n_base]).argmax() if graph.n_base else 0
    matrix, _ = graph.matrix()
    seed = np.flatnonzero(part == main)
    # copies of a junction (turn restrictions) are entered by other roads than they are left by
    leave = _reached(matrix.T.tocsr(), seed)[: graph.n_base]
    enter = np.zeros(graph.n_base, dtype=bool)
    np.logical_or.at(enter, graph.base, _reached(matrix, seed))
    return np.asarray(part[: graph.n_base], dtype=np.int64), leave, enter


def _reached(matrix: Any, seed: IntArray) -> NDArray[np.bool_]:
    """Return which nodes can be reached from any of some."""
    from scipy import sparse
    from scipy.sparse import csgraph

    n = matrix.shape[0]
    if not len(seed):
        return np.zeros(n, dtype=bool)
    entry = matrix.tocoo()
    row, column = np.r_[entry.row, np.full(len(seed), n)], np.r_[entry.col, seed]
    whole = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(n + 1, n + 1))
    order = csgraph.breadth_first_order(whole, n, return_predecessors=False)
    out = np.zeros(n + 1, dtype=bool)
    out[order] = True
    return out[:n]
