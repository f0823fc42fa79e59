"""What a reader finds their way by: names of towns and waters, interstates, and in words what each
camera reads."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap.geography import gazetteer, interstates, waters
from alprmap.publish.map import basemap, payload

NATIONAL_PEOPLE = 5_000
"""Towns of so many people are named on a page of the country: 7,650 names, 150 kB."""
_COMPASS = ("northbound", "eastbound", "southbound", "westbound")
_SURE = ((0.75, "clear view"), (0.5, "likely"), (0.0, "possible"))


def orientation_layers(bbox: basemap.Bbox) -> list[dict[str, Any]]:
    """Return the layers of interstates (a national page), towns and waters, encoded."""
    local = basemap.is_local(bbox)
    window = basemap.padded(bbox, 1.0, 0.4)
    layers = [] if local else [_interstates(window)]
    towns = gazetteer()
    inside = towns["lon"].between(window[0], window[2]) & towns["lat"].between(window[1], window[3])
    towns = towns[inside & (local | (towns["population"] >= NATIONAL_PEOPLE))]
    names = waters()
    names = names[names["lon"].between(window[0], window[2])]
    return [*layers, _towns(towns), _waters(names[names["lat"].between(window[1], window[3])])]


def _label(key: str, label: str, table: pd.DataFrame, scales: dict[str, float]) -> dict[str, Any]:
    return {
        "id": key,
        "role": key,
        "label": label,
        "kind": "label",
        "style": key,
        "on": True,
        "table": payload.payload_frame(table, scales=scales),
    }


def _towns(towns: pd.DataFrame) -> dict[str, Any]:
    order = payload.spatial_order(towns["lon"], towns["lat"])
    table = towns.iloc[order].reset_index(drop=True)
    # the rank of a name on the map: steps of a factor of the square root of two in people
    # (0 where they are not known: the least)
    people = np.maximum(table["population"].to_numpy(np.float64), 1000)
    rank = np.round(2 * np.log2(people / 1000)).astype("int64")
    columns = ["name", "state", "lon", "lat"]
    return _label("towns", "Towns", table[columns].assign(rank=rank), {"lon": 500, "lat": 500})


def _waters(names: pd.DataFrame) -> dict[str, Any]:
    table = names.reset_index(drop=True)
    return _label("waters", "Waters", table, {"lon": 100, "lat": 100, "from_zoom": 2})


def _interstates(window: basemap.Bbox) -> dict[str, Any]:
    lines = interstates()
    lines = lines[shapely.intersects(lines.geometry.to_numpy(), shapely.box(*window))]
    return {
        "id": "interstates",
        "role": "interstates",
        "label": "Interstates",
        "kind": "line",
        "style": "roads",
        "on": True,
        "table": payload.payload_frame(lines[["ref"]].reset_index(drop=True)),
        "shape": payload.payload_shapes(lines.geometry.to_numpy(), scale=1_000),
    }


def reads_of(watches: pd.DataFrame, segments: gpd.GeoDataFrame, row: pd.Series) -> pd.DataFrame:
    """Return what each camera reads, for its card.

    Parameters
    ----------
    watches, segments
        The tables of those names.
    row
        Row of the page by camera_id.

    Returns
    -------
    DataFrame
        `row`, `road`, `bound` (northbound …), `range_m`, `plates` (rear, front, either), `sure`;
        one row per road and direction, sorted.
    """
    table = watches[watches["camera_id"].isin(row.index)]
    at = segments.set_index("segment_id")
    table = table[table["segment_id"].isin(at.index)]
    roads = at.loc[table["segment_id"]]
    plates = table["rule"].astype("str").str.extract(r"W2:(\w+)")[0].fillna("either")
    found = pd.DataFrame(
        {
            "row": row.loc[table["camera_id"]].to_numpy(),
            "road": roads["ref"].fillna(roads["name"]).fillna("a road without a name").to_numpy(),
            "bound": _bound(roads.geometry.to_numpy(), (table["travel"] == "backward").to_numpy()),
            "range_m": table["range_m"].to_numpy() if "range_m" in table.columns else np.nan,
            "plates": plates.to_numpy(),
            "sure": _sure(table),
        }
    )
    found = found.sort_values(["row", "road", "bound", "range_m"], kind="stable")
    return found.drop_duplicates(["row", "road", "bound"]).reset_index(drop=True)


def _bound(lines: Any, backward: Any) -> list[str]:
    """Return the compass word of travel along lines, by their ends; backward ones turned."""
    if not len(lines):
        return []
    first = shapely.get_coordinates(shapely.get_point(lines, 0))
    last = shapely.get_coordinates(shapely.get_point(lines, -1))
    east, north = (last - first).T
    east = east * np.cos(np.radians(first[:, 1]))
    bearing = np.degrees(np.arctan2(east, north)) + np.where(backward, 180.0, 0.0)
    return [_COMPASS[int(k) % 4] for k in np.round((bearing % 360) / 90)]


def _sure(table: pd.DataFrame) -> list[str]:
    if "score" not in table.columns:
        return ["likely"] * len(table)
    return [next((w for least, w in _SURE if s >= least), "possible") for s in table["score"]]
