"""How far inland by road: the way to the nearest port of entry (R3).

R3 is a shortest way on the roads given; a way that leaves the extract is not known, so it is an
upper bound there. Chains of readers from a port (R4) are in `chains.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csgraph

from alprmap import geo
from alprmap.errors import UsageError
from alprmap.geo import FloatArray
from alprmap.roads import Graph, Roads, Weight
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
    node, meters = graph.nearest_nodes(ports["lon"].to_numpy(), ports["lat"].to_numpy())
    kept = pd.DataFrame(ports).assign(node=node, snap_m=meters)
    return kept[kept["snap_m"] <= settings.snap_port_m].reset_index(drop=True)


def road_to_port(
    cameras: pd.DataFrame,
    roads: Roads,
    *,
    graph: Graph,
    ports: pd.DataFrame,
    settings: InlandSettings = DEFAULTS,
) -> pd.DataFrame:
    """Measure the drive from every camera to the nearest port of entry, in meters and in seconds
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
