"""How far inland: one function from cameras to the whole result (rules R1–R6)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from alprmap import schema
from alprmap.errors import InputError, UsageError
from alprmap.geography import (
    Area,
    Zone,
    assign_places,
    border_zone,
    in_united_states,
    parse_area,
    parse_zone,
    read_population,
    zone_by_state,
)
from alprmap.merge import Cameras, open_cameras, why_abroad
from alprmap.reach.areas import by_area
from alprmap.reach.distances import border_distances, reach_table
from alprmap.reach.intervals import clusters
from alprmap.reach.network import NO_ROADS, Drives, drives
from alprmap.reach.result import Reach
from alprmap.reach.settings import DEFAULT_SETTINGS, Settings
from alprmap.reach.totals import groups, people_within, statistics
from alprmap.roads import RoadSource, road_files
from alprmap.store import hashes
from alprmap.text import number_of

if TYPE_CHECKING:
    # loading it takes a second that distances need nothing of
    from alprmap.merge import Merged

Progress = Callable[[str, int, int], None]
PathLike = str | os.PathLike[str]


def measure(
    cameras: PathLike | pd.DataFrame | Merged | Cameras,
    *,
    borders: str | Sequence[str] | None = None,
    zones: Sequence[str | Zone] = (),
    population: PathLike | pd.DataFrame | None = None,
    roads: RoadSource | Sequence[RoadSource] | None = None,
    ports: PathLike | pd.DataFrame | None = None,
    area: str | Area | None = None,
    areas: PathLike | gpd.GeoDataFrame | None = None,
    by: str | None = None,
    gaps_km: Sequence[float] = (),
    settings: Settings = DEFAULT_SETTINGS,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Reach:
    """Measure how far every camera stands from the named borders, and what that adds up to.

    Parameters
    ----------
    cameras
        Whatever `alprmap.merge.open_cameras` opens. Standing plate readers are counted; those
        outside the United States (states, territories, 12-mile sea) are set aside.
    borders
        Names of `schema.BORDERS`; all when None, without the built-in `port` where `ports` are the
        user's own, so that the two cannot be taken for one another.
    zones
        `NAME:MILES` or `Zone`: drawn as polygons.
    population
        People at points, the baseline (R6).
    roads
        Whatever `alprmap.roads.read` takes, for drives and chains (R3, R4); None takes the
        national highways that ship, labeled "highways only"; `NO_ROADS` ("none") leaves both out.
    ports
        The user's own starting places of drives: `name`, `lon`, `lat`.
    area
        Only cameras in it are counted.
    areas
        Polygons: one row each (see `by_area`).
    by
        A group of `GROUPS` that statistics are told apart by.
    gaps_km
        Longest drives without a reader, km (R4).
    settings
        Radii, unit, intervals.
    workers, scheduler
        Processes, or a Dask scheduler, that find what the cameras read on `roads` (N9); the result
        is the same.
    progress
        Called with (what, done, total).

    Returns
    -------
    Reach
        The result with all tables and claims.

    Raises
    ------
    InputError
        When a file cannot be used, or no camera stands in the United States (or the area).
    UsageError
        When a name is not known.
    """
    names = _names(borders, own_ports=ports is not None)
    wanted = [z if isinstance(z, Zone) else parse_zone(z) for z in zones]
    opened = _at_home(open_cameras(cameras), area)
    table = reach_table(opened.table, borders=names, progress=progress)
    home, notes = _people(population, names, progress)
    run = _drives(opened, table, roads, ports, gaps_km, (workers, scheduler))
    if run is not None:
        table = schema.conform(pd.concat([table, run.table], axis=1), "reach")
        notes += run.notes
    kin = clusters(table, opened.table, settings=settings)
    error = table["camera_id"].map(opened.table.set_index("camera_id")["position_error_m"])
    drawn = _drawn(wanted)
    group = None if by is None else groups(table, opened.table, by)
    common: dict[str, Any] = {"borders": names, "error_m": error, "settings": settings}
    # readers of one operator are told apart by where they stand
    inner = clusters(table, None, settings=settings) if by == "operator" else kin
    return Reach(
        cameras=opened,
        reach=table,
        statistics=statistics(table, clusters=kin, **common),
        borders=names,
        settings=settings,
        by=by,
        by_group=None if by is None else statistics(table, by=group, clusters=inner, **common),
        people=home,
        people_within=None
        if home is None
        else people_within(home, borders=names, settings=settings),
        corridors=None if run is None else run.corridors,
        links=None if run is None else run.links,
        network=None if run is None else run.network,
        ports=_called(ports),
        zones=drawn,
        zones_by_state=None if drawn is None else zone_by_state(drawn, people=_with_state(home)),
        areas=None
        if areas is None
        else by_area(table, areas, borders=names, clusters=kin, people=home, settings=settings),
        inputs=_hashes(opened.path, population, ports, areas, *_files(roads)),
        notes=(*opened.notes, *notes),
    )


def _names(borders: str | Sequence[str] | None, *, own_ports: bool) -> tuple[str, ...]:
    given = (borders,) if isinstance(borders, str) else borders
    if not given:
        return tuple(n for n in schema.BORDERS if not (own_ports and n == "port"))
    for name in given:
        if name not in schema.BORDERS:
            raise UsageError(
                f"no border is called {name}", fix=f"use one of {', '.join(schema.BORDERS)}"
            )
    return tuple(n for n in schema.BORDERS if n in given)


def _at_home(opened: Cameras, area: str | Area | None) -> Cameras:
    """Set aside the cameras that are in another country, or not in the area."""
    table = opened.table
    placed = table["lon"].notna()
    home = in_united_states(table["lon"].to_numpy(), table["lat"].to_numpy())
    if placed.any() and not home.any():
        raise InputError(
            f"0 of {number_of(int(placed.sum()), 'camera')} stand in the United States",
            where=opened.path,
            fix="a border statistic of the United States counts cameras in its states and"
            " territories; check that longitude and latitude are not swapped",
        )
    # a user may have asked the door for those abroad; no border of this country counts them
    if (placed & ~home).any():
        opened = opened.without(placed & ~home, why_abroad(table))
    if area is None:
        return opened
    wanted = parse_area(area) if isinstance(area, str) else area
    table = opened.table
    inside = wanted.contains(table["lon"].to_numpy(), table["lat"].to_numpy())
    if not inside.any():
        raise InputError(
            f"none of {len(table):,} cameras stands in {wanted.text}",
            where=opened.path,
            fix="check --area",
        )
    out = pd.Series(~inside, table.index)
    return opened.without(out, f"not in {wanted.text}") if out.any() else opened


def _people(
    population: PathLike | pd.DataFrame | None, names: Sequence[str], progress: Progress | None
) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Return the people of the United States with their distances, and what there is to say."""
    if population is None:
        return None, ()
    people = read_population(population)
    inside = in_united_states(people["lon"].to_numpy(), people["lat"].to_numpy())
    name = "the table of people" if isinstance(population, pd.DataFrame) else Path(population).name
    if not inside.any():
        raise InputError(
            "nobody of this table lives in the United States",
            where=name,
            fix="check its columns lon and lat",
        )
    notes: tuple[str, ...] = ()
    if not inside.all():
        notes = (
            f"{(~inside).sum():,} of {number_of(len(people), 'place')} of {name} lie outside the"
            " United"
            " States; they are not counted",
        )
    home = people[inside].reset_index(drop=True)
    return pd.concat(
        [home, border_distances(home, borders=names, progress=progress)], axis=1
    ), notes


def _drives(
    opened: Cameras,
    table: pd.DataFrame,
    roads: RoadSource | Sequence[RoadSource] | None,
    ports: PathLike | pd.DataFrame | None,
    gaps_km: Sequence[float],
    by: tuple[int | None, str | None],
) -> Drives | None:
    if _none(roads):
        return None
    land = table.set_index("camera_id")
    if "to_land_m" not in land.columns:
        land = land.join(border_distances(land, borders=["land"]))
    return drives(
        table,
        opened.table,
        opened.views,
        roads,
        to_land_m=land["to_land_m"],
        ports=ports,
        gaps_km=gaps_km,
        workers=by[0],
        scheduler=by[1],
    )


def _drawn(wanted: Sequence[Zone]) -> gpd.GeoDataFrame | None:
    if not wanted:
        return None
    zones = [border_zone(z.border, z.radius_m) for z in wanted]
    return pd.concat(zones, ignore_index=True)


def _with_state(people: pd.DataFrame | None) -> pd.DataFrame | None:
    if people is None or "state" in people.columns:
        return people
    where = assign_places(people["lon"].to_numpy(), people["lat"].to_numpy())
    return people.assign(state=where["state"].to_numpy())


def _called(source: Any) -> str | None:
    """Return the name of the user's own starting places; None for the shipped ports."""
    if source is None:
        return None
    return "your ports" if isinstance(source, pd.DataFrame) else Path(source).name


def _files(roads: RoadSource | Sequence[RoadSource] | None) -> list[Path]:
    return [] if roads is None or _none(roads) else road_files(roads)


def _none(roads: Any) -> bool:
    return isinstance(roads, str) and roads == NO_ROADS


def _hashes(*sources: Any) -> dict[str, str]:
    """Return the SHA-256 of each input that is a file."""
    return hashes(Path(s) for s in sources if isinstance(s, (str, os.PathLike)) and s != NO_ROADS)
