"""The roads that drives and chains run on: an extract, or the national highways (rules R3, R4)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from alprmap import schema
from alprmap.errors import InputError
from alprmap.geography import ports as shipped_ports
from alprmap.reach.chains import corridors
from alprmap.reach.inland import (
    DEFAULTS,
    InlandSettings,
    gaps,
    ports_on,
    road_to_port,
)
from alprmap.roads import (
    HIGHWAYS_ONLY,
    Outline,
    Roads,
    RoadSource,
    has_graph,
    national_highways,
    read_outline,
)
from alprmap.roads import read as read_roads
from alprmap.store import read_csv
from alprmap.text import clean_column
from alprmap.watch import nearest, watch_tiles
from alprmap.watch import watch as watch_roads

NO_ROADS = "none"
"""`--roads none`: no road distance and no chain."""


@dataclass(frozen=True, slots=True)
class Drives:
    """Drives to ports and chains of readers on one network."""

    table: pd.DataFrame
    """`road_to_port_m`, `road_to_port_s`, `road_port`, `road_network` per row of `reach`."""
    corridors: gpd.GeoDataFrame
    links: pd.DataFrame
    network: str
    """`highways only`, or the name of the file."""
    notes: tuple[str, ...] = ()


def drives(
    reach: pd.DataFrame,
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    roads: RoadSource | Sequence[RoadSource] | None,
    *,
    to_land_m: pd.Series,
    ports: str | os.PathLike[str] | pd.DataFrame | None = None,
    gaps_km: Sequence[float] = (),
    workers: int | None = None,
    scheduler: str | None = None,
) -> Drives:
    """Measure the drive to the nearest port (R3) and the chains of readers from each (R4).

    Parameters
    ----------
    reach
        Table `reach`.
    cameras, views
        The cameras behind it.
    roads
        Whatever `alprmap.roads.read` takes; None for the national highways, on which a camera
        within 300 m of a highway is a reader of both its directions (their shape is too coarse for
        what a camera sees). The two are never mixed: one network answers.
    to_land_m
        Distance to the land border by camera id.
    ports
        The user's own starting places; None for the ports of entry that ship with alprmap.
    gaps_km
        Longest drives without a reader.
    workers, scheduler
        As `alprmap.store.spread` takes them: who finds what the cameras read, in tiles (N9). On
        the national highways nothing is read, so there is nothing to spread.
    """
    settings = InlandSettings(gaps_km=gaps(gaps_km)) if gaps_km else DEFAULTS
    net = _network(roads)
    graph = net.graph()
    label = HIGHWAYS_ONLY if roads is None else str(net.meta.get("source") or "roads given")
    kept = ports_on(net, graph, open_ports(ports), settings=settings)
    notes: tuple[str, ...] = ()
    if kept.empty and roads is not None:
        notes = (
            "no port of entry lies on the roads given: no road distance and no chain; --ports adds"
            " your own",
        )
    home = road_to_port(reach, net, graph=graph, ports=kept, settings=settings)
    home["road_network"] = pd.Series(label, home.index, dtype="str").where(
        home["road_to_port_m"].notna()
    )
    if roads is None:
        watches = _beside(cameras, net, settings)
    else:
        watches = _watched(cameras, views, net, workers, scheduler)
    chains, links = corridors(watches, to_land_m, net, graph=graph, ports=kept, settings=settings)
    return Drives(home, chains, links, label, notes)


def _watched(
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    net: Roads,
    workers: int | None,
    scheduler: str | None,
) -> pd.DataFrame:
    if isinstance(net, Outline) or scheduler is not None or (workers or 1) > 1:
        # workers on other machines see the folder under its whole name
        where = net.folder.resolve() if isinstance(net, Outline) else net
        return watch_tiles(cameras, views, where, workers=workers, scheduler=scheduler).watches
    watches: pd.DataFrame = watch_roads(cameras, views, net).watches
    return watches


def _network(roads: RoadSource | Sequence[RoadSource] | None) -> Roads:
    if roads is None:
        return national_highways()
    folder = roads[0] if isinstance(roads, (list, tuple)) and len(roads) == 1 else roads
    if isinstance(folder, (str, os.PathLike)) and has_graph(Path(folder)):
        # of a folder of tiles only what drives need is loaded (N8)
        return read_outline(Path(folder))
    return read_roads(roads)


def _beside(cameras: pd.DataFrame, net: Roads, settings: InlandSettings) -> pd.DataFrame:
    """Return a reader of both directions for each camera near a highway, at the foot on it."""
    known = cameras[cameras["lon"].notna()]
    lon, lat = known["lon"].to_numpy(np.float64), known["lat"].to_numpy(np.float64)
    row, far = nearest(lon, lat, net)
    near = np.flatnonzero((row >= 0) & (far <= settings.snap_camera_m))
    segments = net.segments.iloc[row[near]]
    from alprmap.roads import share_at

    share = share_at(segments.geometry.to_numpy(), lon[near], lat[near])
    one = pd.DataFrame(
        {
            "camera_id": known["camera_id"].to_numpy()[near],
            "segment_id": segments["segment_id"].to_numpy(),
            "offset_m": share * segments["length_m"].to_numpy(),
        }
    )
    return pd.concat([one.assign(travel=t) for t in schema.TRAVEL], ignore_index=True)


def open_ports(source: str | os.PathLike[str] | pd.DataFrame | None) -> pd.DataFrame:
    """Return the ports of entry that ship with alprmap, or the user's own starting places.

    Parameters
    ----------
    source
        A CSV or a table with `name`, `lon`, `lat` (degrees); None for the shipped ones.

    Raises
    ------
    InputError
        When a column is missing or a row is no place.
    """
    if source is None:
        return pd.DataFrame(shipped_ports().drop(columns="geometry"))
    where: Any = "ports" if isinstance(source, pd.DataFrame) else Path(source)
    table = source.copy() if isinstance(source, pd.DataFrame) else read_csv(Path(source))
    if not {"name", "lon", "lat"} <= set(table.columns):
        raise InputError(
            "the table of ports lacks name, lon or lat",
            where=where,
            fix="write a CSV of name, lon, lat",
        )
    if table.empty:
        raise InputError("the table of ports has no rows", where=where, fix="add one row per port")
    table["name"], _ = clean_column(table["name"])
    for name, most in (("lon", 180), ("lat", 90)):
        table[name] = pd.to_numeric(table[name], errors="coerce").astype("float64")
        bad = ~table[name].abs().le(most)
        if bad.any():
            raise InputError(
                f"{name} is no number of degrees",
                where=where,
                row=int(bad.to_numpy().argmax()) + 1,
                fix="write it like -99.5123",
            )
    return table
