"""Corridors that follow each other on one road become one: the strongest ones of rule C2."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from alprmap import geo
from alprmap.roads import Roads, network_beside


def chains(corridors: gpd.GeoDataFrame, *, straight: float, one_road: float) -> list[list[int]]:
    """Return rows of corridors that follow each other, gate by gate, most cameras first.

    Parameters
    ----------
    corridors
        As `alprmap.coverage.tracked_corridors.tracked` gives them; each gate is left and met once
        per road.
    straight, one_road
        Least crow-flies share of the length, and least share on one road, of a corridor that takes
        part.
    """
    xy = np.array(
        [shapely.get_coordinates(g)[[0, 1, -2, -1]].ravel() for g in corridors.geometry]
    ).reshape(-1, 8)
    course, crow = geo.inverse(*xy[:, [0, 1, 6, 7]].T)
    direct = crow >= straight * corridors["length_m"].to_numpy()
    # what leaves or arrives against its own course has turned back on the way
    for a, b in ((0, 2), (4, 6)):
        step = geo.azimuth_deg(*xy[:, [a, a + 1, b, b + 1]].T)
        direct &= geo.angle_between_deg(step, course) <= 90.0
    good = (corridors["road_share"] >= one_road) & corridors["road"].notna() & direct
    rows = corridors[good].sort_values(["length_m", "corridor"])
    first = ~rows.duplicated(["road", "from_gate"]) & ~rows.duplicated(["road", "to_gate"])
    rows = rows[first].sort_values("corridor")
    onward = {(r.road, r.from_gate): r.Index for r in rows.itertuples()}
    met = {(r.road, r.to_gate) for r in rows.itertuples()}
    at = {label: i for i, label in enumerate(corridors.index)}
    starts = [r.Index for r in rows.itertuples() if (r.road, r.from_gate) not in met]
    used: set[int] = set()
    found = []
    # rings have no start: what is left after all others begins at its first corridor
    for start in [*starts, *rows.index]:
        chain: list[int] = []
        here = start
        while here is not None and here not in used:
            used.add(here)
            chain.append(at[here])
            here = onward.get((corridors.at[here, "road"], corridors.at[here, "to_gate"]))
        if chain:
            found.append(chain)
    size = {
        i: (-(len(c)), -float(corridors["length_m"].iloc[c].sum()), c[0])
        for i, c in enumerate(found)
    }
    count = {
        i: int(corridors["n_from"].iloc[c[0]] + corridors["n_to"].iloc[c].sum())
        for i, c in enumerate(found)
    }
    return [found[i] for i in sorted(size, key=lambda i: (-count[i], size[i][1], size[i][2]))]


NAMED_WITHIN_M = 1_000.0
"""No road farther than this names the end of a corridor (`Nearby` looks 800 m around)."""


def roads_at_ends(roads: Roads, corridors: gpd.GeoDataFrame, chains: list[list[int]]) -> Roads:
    """Return the roads that may name an end of a chain; of a network in memory all."""
    shapes = [corridors.geometry.iloc[chain[k]] for chain in chains for k in (0, -1)]
    ends = [shapely.get_coordinates(shape)[-(i % 2)] for i, shape in enumerate(shapes)]
    xy = np.array(ends, dtype=np.float64).reshape(-1, 2)
    near: Roads = network_beside(roads, xy[:, 0], xy[:, 1], NAMED_WITHIN_M)
    return near
