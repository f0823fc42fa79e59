"""Small road networks with lengths in whole meters, for tests whose answers are computed by hand or
by force."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st

from alprmap import geo, schema
from alprmap.roads import Tile
from alprmap.roads.network import Roads, restrictions_frame

ORIGIN = (-100.0, 30.0)


def lonlat(x_m: float, y_m: float) -> tuple[float, float]:
    per_lon, per_lat = geo.degree_m(ORIGIN[1])
    return ORIGIN[0] + x_m / float(per_lon), ORIGIN[1] + y_m / float(per_lat)


def roads(
    nodes: dict[int, tuple[float, float]],
    edges: list[tuple[Any, ...]],
    restrictions: list[tuple[str, int, int, int]] | None = None,
) -> Roads:
    """Edges are (u, v, {oneway, length, highway, name, ref, kmh, via}); edge i is segment i of way
    i."""
    rows = []
    for i, (u, v, *more) in enumerate(edges):
        tags = more[0] if more else {}
        line = [nodes[u], *tags.get("via", []), nodes[v]]
        if u == v and len(line) == 2:
            line.insert(1, (line[0][0] + 10, line[0][1] + 10))
        flat = float(np.hypot(*np.diff(np.array(line, float), axis=0).T).sum())
        rows.append(
            {
                "segment_id": i, "way_id": i, "u": u, "v": v, "highway": tags.get("highway", "residential"),
                "name": tags.get("name"), "ref": tags.get("ref"),
                "length_m": float(tags.get("length", round(flat))),
                "forward": True, "backward": not tags.get("oneway", False), "layer": 0, "bridge": False,
                "tunnel": False, "lanes": np.nan, "maxspeed_kmh": tags.get("kmh", 45.0),
                "geometry": shapely.LineString([lonlat(*p) for p in line]),
            }
        )  # fmt: skip
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    for column in ("name", "ref", "highway"):
        frame[column] = frame[column].astype("str")
    turns = [(k, kind, a, via, b) for k, (kind, a, via, b) in enumerate(restrictions or [])]
    return Roads(schema.conform(frame, "segments"), restrictions_frame(turns), {"source": "drawn"})


def watches(rows: list[tuple[str, int, str, float]]) -> pd.DataFrame:
    """Rows are (camera, segment, travel, meters along the geometry)."""
    frame = pd.DataFrame(rows, columns=["camera_id", "segment_id", "travel", "offset_m"])
    frame["heading_deg"] = np.arange(len(frame), dtype=float)
    frame = frame.assign(start_m=0.0, end_m=0.0, range_m=10.0, score=1.0, winner=True, rule="W1")
    return schema.conform(frame, "watches")


def mirrored(net: Roads, read: pd.DataFrame) -> tuple[Roads, pd.DataFrame]:
    """The same town with all travel turned round."""
    segments = net.segments.copy()
    segments["forward"], segments["backward"] = net.segments["backward"], net.segments["forward"]
    turned = read.assign(
        travel=read["travel"].map({"forward": "backward", "backward": "forward"}).astype("str")
    )
    return Roads(segments, restrictions_frame([]), net.meta), turned


@st.composite
def towns(draw: st.DrawFn, *, cameras: int = 4) -> tuple[Roads, pd.DataFrame]:
    """A random town of up to 8 junctions, and what its cameras read."""
    n = draw(st.integers(2, 8))
    nodes = {i: (30.0 * (i % 3), 30.0 * (i // 3)) for i in range(n)}
    pairs = draw(
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1, max_size=16)
    )
    edges = [
        (u, v, {"oneway": draw(st.booleans()), "length": draw(st.integers(1, 40)),
                "highway": draw(st.sampled_from(["residential", "primary", "motorway"])),
                "kmh": draw(st.sampled_from([20.0, 45.0, 90.0]))})
        for u, v in pairs
    ]  # fmt: skip
    net = roads(nodes, edges)
    read: dict[tuple[str, int, str], float] = {}
    for k in range(draw(st.integers(0, cameras))):
        segment = draw(st.integers(0, len(edges) - 1))
        way = (
            "forward"
            if edges[segment][2]["oneway"]
            else draw(st.sampled_from(["forward", "backward"]))
        )
        camera = f"c{draw(st.integers(0, max(k, 1)))}"
        read[camera, segment, way] = float(draw(st.integers(0, int(edges[segment][2]["length"]))))
    return net, watches([(*key, at) for key, at in sorted(read.items())])


def arcs(net: Roads) -> list[tuple[int, int, int, str, float]]:
    """Every arc as (tail, head, segment, travel, length), written without the code under test."""
    out = []
    for row in net.segments.itertuples():
        if row.forward:
            out.append(
                (int(row.u), int(row.v), int(row.segment_id), "forward", float(row.length_m))
            )
        if row.backward:
            out.append(
                (int(row.v), int(row.u), int(row.segment_id), "backward", float(row.length_m))
            )
    return out


def followers(net: Roads) -> dict[int, list[int]]:
    """Which arc may follow which: no turning round save where nothing else leads on, or nothing
    else leads in."""
    every = arcs(net)

    def back(i: int, j: int) -> bool:
        return every[i][2] == every[j][2] and every[i][3] != every[j][3]

    meets = {(i, j) for i, a in enumerate(every) for j, b in enumerate(every) if a[1] == b[0]}
    on = {i for i, j in meets if not back(i, j)}
    into = {j for i, j in meets if not back(i, j)}
    return {
        i: [
            j
            for j in range(len(every))
            if (i, j) in meets and (not back(i, j) or i not in on or j not in into)
        ]
        for i in range(len(every))
    }


def cut_tiles(roads: Roads, cuts: list[tuple[int, float]]) -> list[Tile]:
    """Tiles by cuts (axis, share of the box), each made in the tile that comes first."""
    west, south, east, north = roads.segments.total_bounds
    tiles = [Tile()]
    for axis, share in cuts:
        low, high = ((west, east), (south, north))[axis]
        at, first = low + share * (high - low), tiles.pop(0)
        sides = (first.west, first.east) if axis == 0 else (first.south, first.north)
        tiles += first.split(axis, at) if sides[0] < at < sides[1] else [first]
    return tiles
