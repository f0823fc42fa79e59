"""Several networks become one: saved networks, OSMnx graphs and tables of edges (rule N7).

Such networks are cut at junctions already and know the place of a bend but not its number, so here
a place is a node: ends at one place are one node, a way is cut where another network cuts it, and
rows over one line are one segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap import geo, schema
from alprmap.roads.network import Roads, known_restrictions, one_hash, outer_bounds
from alprmap.roads.network import restrictions_frame as frame_of
from alprmap.roads.several import NODE_MOVED_M, below_zero

IntArray = NDArray[np.int64]
GRID = 1e7
"""Places are told apart as OpenStreetMap stores them, to 1e-7 of a degree."""


def join_networks(networks: Sequence[Roads]) -> Roads:
    """Return several networks as one, the newest giving what they disagree on.

    Raises
    ------
    InputError
        When rows of the result are no segments.
    """
    ordered = sorted(networks, key=lambda n: str(n.meta.get("sha256") or n.meta.get("source")))
    ordered.sort(key=lambda n: str(n.meta.get("data_timestamp") or ""), reverse=True)
    rows: Any = pd.concat(
        [n.segments.assign(rank=rank) for rank, n in enumerate(ordered)], ignore_index=True
    )
    numbers, places = _numbers(rows)
    for side in ("u", "v"):
        rows[side] = _renumbered(rows["rank"], rows[side], numbers)
    rows = _cut(rows, places)
    shape = pd.Series(shapely.to_wkb(shapely.normalize(rows.geometry.to_numpy())), rows.index)
    ends = np.sort(rows[["u", "v"]].to_numpy(), axis=1)
    key = pd.DataFrame({"shape": shape, "low": ends[:, 0], "high": ends[:, 1]})
    newest = rows.groupby([key["shape"], key["low"], key["high"]])["rank"].transform("min")
    once = rows[rows["rank"] == newest].sort_values(["way_id", "rank"], kind="stable")
    once = once.drop(columns="rank").reset_index(drop=True)
    once["segment_id"] = np.arange(len(once), dtype=np.int64)
    segments: gpd.GeoDataFrame = schema.conform(gpd.GeoDataFrame(once, crs="EPSG:4326"), "segments")
    counts = {"segments": len(segments), "segments_in_several": len(rows) - len(once)}
    turns = pd.concat(
        [
            n.restrictions.assign(
                via_node=_renumbered(
                    pd.Series(rank, n.restrictions.index), n.restrictions["via_node"], numbers
                )
            )
            for rank, n in enumerate(ordered)
        ],
        ignore_index=True,
    )
    return Roads(segments, known_restrictions(frame_of(turns), segments), _meta(ordered, counts))


def _meta(networks: Sequence[Roads], counts: dict[str, int]) -> dict[str, Any]:
    metas = sorted((n.meta for n in networks), key=lambda m: str(m.get("source")))
    boxes = [m["bounds"] for m in metas if m.get("bounds")]
    kinds = [m.get("drivable") for m in metas]
    keys = ("source", "sha256", "data_timestamp")
    return {
        "source": " + ".join(str(m.get("source")) for m in metas),
        "sha256": one_hash([m.get("sha256") or str(m.get("source")) for m in metas]),
        "data_timestamp": min(str(m.get("data_timestamp") or "") for m in metas) or None,
        "area": None,
        "drivable": kinds[0] if all(k == kinds[0] for k in kinds) else None,
        "bounds": outer_bounds(boxes),
        "counts": counts,
        "notice": "; ".join(dict.fromkeys(str(m["notice"]) for m in metas if m.get("notice"))),
        "extracts": [{k: m.get(k) for k in keys} for m in metas],
    }


def _grid(xy: Any) -> IntArray:
    return np.asarray(np.round(xy * GRID), dtype=np.int64)


def _numbers(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the number of a node by (rank, number it had), and by place (x, y of the grid).

    One number at two places far apart is two nodes; two numbers at one place are one.
    """
    lines = rows.geometry.to_numpy()
    parts = []
    for side, at in (("u", 0), ("v", -1)):
        xy = shapely.get_coordinates(shapely.get_point(lines, at))
        parts.append(
            pd.DataFrame({"rank": rows["rank"], "id": rows[side], "lon": xy[:, 0], "lat": xy[:, 1]})
        )
    ends = pd.concat(parts, ignore_index=True).drop_duplicates(["rank", "id"])
    ends = ends.sort_values(["rank", "id"], ignore_index=True)
    first = ends.groupby("id")[["lon", "lat"]].transform("first")
    off = geo.distance_m(ends["lon"], ends["lat"], first["lon"], first["lat"])
    ends["number"] = [
        below_zero(int(rank), int(old)) if far else int(old)
        for rank, old, far in zip(ends["rank"], ends["id"], off > NODE_MOVED_M, strict=True)
    ]
    ends[["x", "y"]] = _grid(ends[["lon", "lat"]].to_numpy())
    # within one network its own numbers stand: two nodes at one place there are two levels
    several = ends.groupby(["x", "y"])["rank"].transform("nunique") > 1
    twice = ends.duplicated(["x", "y", "rank"], keep=False)
    unclear = twice.groupby([ends["x"], ends["y"]]).transform("any")
    same = several & ~unclear
    ends.loc[same, "number"] = ends[same].groupby(["x", "y"])["number"].transform("first")
    places = ends[~unclear].drop_duplicates(["x", "y"]).set_index(["x", "y"])["number"]
    return ends.set_index(["rank", "id"])["number"], places


def _renumbered(rank: pd.Series, old: pd.Series, numbers: pd.Series) -> IntArray:
    at = numbers.reindex(pd.MultiIndex.from_arrays([rank, old])).to_numpy(np.float64)
    whole = numbers.reindex(pd.MultiIndex.from_arrays([rank, old]), fill_value=0).to_numpy()
    return np.where(np.isnan(at), old.to_numpy(), whole).astype(np.int64)


def _cut(rows: gpd.GeoDataFrame, places: pd.Series) -> gpd.GeoDataFrame:
    """Cut the segments of ways that are in several networks where another network cuts them."""
    several = rows.groupby("way_id")["rank"].transform("nunique") > 1
    if not several.any():
        return rows
    some = rows[several].reset_index(drop=True)
    xy, owner = shapely.get_coordinates(some.geometry.to_numpy(), return_index=True)
    grid = _grid(xy)
    last = np.r_[owner[1:] != owner[:-1], True]
    first = np.r_[True, last[:-1]]
    way = some["way_id"].to_numpy()
    ends = pd.MultiIndex.from_arrays([way[owner], grid[:, 0], grid[:, 1]])
    node = places.reindex(
        pd.MultiIndex.from_arrays([grid[:, 0], grid[:, 1]]), fill_value=0
    ).to_numpy()
    inside = ends.isin(ends[first | last]) & ~first & ~last & (node != 0)
    at = np.flatnonzero(first | last | inside)
    start, end = at[:-1], at[1:]
    whole = owner[start] == owner[end]
    start, end = start[whole], end[whole]
    size = end - start + 1
    spread = np.repeat(start - (np.cumsum(size) - size), size) + np.arange(int(size.sum()))
    pieces = some.iloc[owner[start]].reset_index(drop=True)
    lines = shapely.linestrings(xy[spread], indices=np.repeat(np.arange(len(size)), size))
    cut_u, cut_v = inside[start], inside[end]
    pieces["u"] = np.where(cut_u, node[start], pieces["u"])
    pieces["v"] = np.where(cut_v, node[end], pieces["v"])
    pieces["geometry"] = lines
    changed = cut_u | cut_v
    pieces.loc[changed, "length_m"] = geo.length_m(lines[changed])
    return pd.concat([rows[~several], pieces], ignore_index=True)
