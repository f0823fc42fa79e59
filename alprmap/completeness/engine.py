"""How many readers stand that the map lacks: one function, one result (rules K1 to K6)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import geo, steps
from alprmap.completeness import growth, mapped, places, recapture
from alprmap.completeness.declared import Declared, nearest_in_time, read_declared
from alprmap.completeness.lists import CROWD, RECORDS, Lists, lists_of
from alprmap.completeness.result import Completeness
from alprmap.completeness.settings import DEFAULT_SETTINGS, Settings
from alprmap.errors import InputError
from alprmap.geography import assign_places, open_areas, read_population
from alprmap.merge import Cameras, Merged, open_cameras
from alprmap.store import sha256

PathLike = str | os.PathLike[str]
_DAY = re.compile(r"(?<!\d)(20\d\d)[-_]?(0[1-9]|1[0-2])(?:[-_]?([0-2]\d|3[01]))?(?!\d)")
TAGGED = 0.9
"""K3: operators part strata where so many cameras of every list have one."""


def measure(
    cameras: PathLike | pd.DataFrame | Merged | Cameras,
    *,
    declared: Sequence[PathLike] = (),
    agencies: Sequence[PathLike] = (),
    lists: Mapping[str, Sequence[str]] | None = None,
    areas: PathLike | gpd.GeoDataFrame | None = None,
    population: PathLike | pd.DataFrame | None = None,
    as_of: str | None = None,
    settings: Settings = DEFAULT_SETTINGS,
) -> Completeness:
    """Estimate how many readers stand that the map lacks, by agency, stratum and place.

    Parameters
    ----------
    cameras
        Whatever `alprmap.merge.open_cameras` opens; with a merge of several sources behind it
        the lists are compared (K2).
    declared
        Counts that agencies publish (K1, K5).
    agencies
        Further lists of agencies, among whom untagged cameras are parted.
    lists
        Sources by name of list, two or three (K2).
    areas
        Polygons, one row each (K6); states where none are given.
    population
        People at points, for readers per 1,000 people beside the mapped share.
    as_of
        Day of the map (ISO); read from the file's name, else from the newest date of a source,
        where not given.
    settings
        Thresholds.

    Raises
    ------
    InputError
        When nothing can be compared: nobody declares, and there is one list only.
    """
    opened = open_cameras(cameras)
    table = opened.table.reset_index(drop=True)
    part = steps.course("what the map lacks", 6)
    where = assign_places(table["lon"].to_numpy(), table["lat"].to_numpy())
    told = read_declared(declared, agencies=agencies) if declared else None
    part()
    run = None
    if told is not None:
        run = mapped.attribute(table, told.agencies, where["state"])
        told = _on_this_map(told, table, where["state"], run)
    part()
    compared = lists_of(opened, lists)
    if told is not None and told.rows.empty and compared is None:
        raise InputError(
            "none of the agencies that publish a count is on this map",
            where=opened.path,
            fix="pass cameras of the towns that the counts are of, or tag who runs them",
        )
    if told is None and compared is None:
        raise InputError(
            "nothing to compare: no declared counts, and all cameras are of one list",
            where=opened.path,
            fix="pass --declared FILE, or a merge of two or more sources",
        )
    day = as_of or _day_of(cameras, table)
    polygons = open_areas("states" if areas is None else areas)
    own = {} if told is None or run is None else _against(table, told, run, day, settings)
    part()
    caught = _caught(opened, table, compared, where, run, settings)
    part()
    by_area = _by_area(table, compared, polygons, settings)
    made: dict[str, pd.DataFrame] = {k: v for k, v in own.items() if k in _OF_DECLARED}
    if caught is not None:
        made |= {"strata": caught.strata, "assumptions": caught.checks}
    part()
    made["places"] = places.shares_by_place(
        polygons,
        table,
        own.get("agencies"),
        own.get("draws"),
        by_area,
        people=None if population is None else read_population(population),
        settings=settings,
    )
    made["installed"], no_dates = growth.installed_and_mapped(
        compared, _first_seen(opened), settings=settings
    )
    part()
    return Completeness(
        cameras=opened,
        made=made,
        lists=() if compared is None else compared.names,
        day=day,
        belonging=own.get("test"),
        why={"installed": no_dates} if no_dates else {},
        left_out={} if told is None else told.left_out,
        settings=settings,
        inputs=_hashes(cameras, *declared, *agencies, areas, population),
    )


WHOLE = 0.9
"""Share of the placed agencies that stand on a map of everywhere; our judgment."""


def _on_this_map(
    told: Declared, table: pd.DataFrame, state: pd.Series, run: pd.DataFrame
) -> Declared:
    """Leave out counts of agencies elsewhere: a map of one city says nothing of the others (K1).

    An agency is on the map where its town lies within `inferred_km` of the hull of the cameras;
    one without a position, where a camera stands in its state; and one that runs a tagged camera
    here, wherever it sits. One of which neither town nor state is known may be anywhere: it is on
    a map on which nearly all others (`WHOLE`) are, such as the nation's. The list of agencies stays
    whole: it parts untagged cameras among neighbors.
    """
    known = table[table["lon"].notna() & table["lat"].notna()]
    hull = shapely.MultiPoint(known[["lon", "lat"]].to_numpy(np.float64)).convex_hull
    # the shorter degree, of longitude: the limit errs towards keeping an agency
    per_lon, _ = geo.degree_m(float(known["lat"].mean()) if len(known) else 0.0)
    reach_deg = mapped.ACCESS.inferred_km[1] * 1000 / float(per_lon)
    about = told.agencies.set_index("agency_id").reindex(told.rows["agency_id"])
    placed = about["lon"].notna().to_numpy()
    inside = about["state"].isin(set(state.dropna())).to_numpy(bool, copy=True)
    lon, lat = (about[c].to_numpy(np.float64)[placed] for c in ("lon", "lat"))
    inside[placed] = shapely.dwithin(shapely.points(lon, lat), hull, reach_deg)
    nowhere = about["state"].isna().to_numpy() & ~placed
    inside[nowhere] = not (~nowhere).any() or inside[~nowhere].mean() >= WHOLE
    own = run.loc[run["class"] == "known", "agency_id"]
    inside |= told.rows["agency_id"].isin(own).to_numpy()
    away = {
        "agencies elsewhere than this map": ~inside & ~nowhere,
        "agencies whose town and state are not told": ~inside & nowhere,
    }
    names = told.rows["agency_id"]
    left = told.left_out | {
        why: int(names[out].nunique()) for why, out in away.items() if out.any()
    }
    return replace(told, rows=told.rows[inside].reset_index(drop=True), left_out=left)


_OF_DECLARED = ("agencies", "pooled", "told", "growth")


def _against(
    table: pd.DataFrame,
    told: Declared,
    run: pd.DataFrame,
    day: str | None,
    settings: Settings,
) -> dict[str, Any]:
    """Return the tables of K1 and K5, and the draws; `run` says which agency runs each camera."""
    test = mapped.belonging(table, told.agencies, run)
    counts = nearest_in_time(told.rows, day)
    frame, draws = mapped.against_declared(counts, told.agencies, run, test, settings=settings)
    pools = [
        mapped.pooled(frame, draws, np.full(len(frame), "all"), settings=settings),
        mapped.pooled(frame, draws, frame["state"], settings=settings),
    ]
    towns = frame[frame["basis"] == mapped.BOTH]
    return {
        "test": test,
        "draws": draws,
        "agencies": frame,
        "pooled": pd.concat(pools, ignore_index=True),
        "told": _all_towns(told, run, test, towns, settings),
        "growth": growth.declared_growth(told.rows, settings=settings),
    }


def _all_towns(
    told: Declared, run: pd.DataFrame, test: Any, towns: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return totals told from the map, of the towns that declare and of those that do not (K1)."""
    count = run.groupby(["agency_id", "class"]).size().unstack(fill_value=0)
    count = count.reindex(columns=["known", "inferred"], fill_value=0)
    share = test.mean if test.tested else 0.0
    rest = count.index[~count.index.isin(towns["agency_id"])]
    rest = rest[rest.isin(told.agencies["agency_id"])]
    others = pd.DataFrame(
        {
            "agency_id": rest,
            "mapped": count.loc[rest, "known"] + count.loc[rest, "inferred"] * share,
        }
    )
    police = mapped.town_police(told.agencies)["agency_id"]
    others = others[others["agency_id"].isin(police)]
    every = pd.concat([towns[["agency_id", "mapped"]], others], ignore_index=True)
    declared = towns.set_index("agency_id")["declared"]
    made = mapped.told_from_the_map(every, declared, settings=settings)
    about = told.agencies.set_index("agency_id")[["name", "state"]]
    made = made.join(about, on="agency_id").merge(every, on="agency_id")
    first = ["agency_id", "name", "state", "mapped"]
    return made[[*first, *(c for c in made.columns if c not in first)]]


def _caught(
    opened: Cameras,
    table: pd.DataFrame,
    compared: Lists | None,
    where: pd.DataFrame,
    run: pd.DataFrame | None,
    settings: Settings,
) -> recapture.Recaptured | None:
    if compared is None:
        return None
    cells = pd.DataFrame({"setting": places.settings_of(table, settings=settings)})
    operator = _operators(table, compared, run)
    if operator is not None:
        cells.insert(0, "operator", operator)
    return recapture.recapture_strata(compared, cells, where["county_geoid"], settings=settings)


def _operators(table: pd.DataFrame, compared: Lists, run: pd.DataFrame | None) -> pd.Series | None:
    """Return the operator that parts strata: the agency by A2, or the tag where nearly all have
    one; None where neither is at hand, since a tag that one list gives more often would part the
    lists and not the cameras.
    """
    if run is not None and run["agency_id"].notna().any():
        return run["agency_id"].astype(object).where(run["agency_id"].notna(), "no agency")
    tagged = table["operator"].notna().to_numpy()
    each = [
        tagged[(compared.code >> i & 1) == 1].mean() if ((compared.code >> i & 1) == 1).any() else 0
        for i in range(len(compared.names))
    ]
    if min(each) < TAGGED:
        return None
    return table["operator"].astype(object).where(table["operator"].notna(), "no operator")


def _by_area(
    table: pd.DataFrame, compared: Lists | None, polygons: gpd.GeoDataFrame, settings: Settings
) -> pd.DataFrame | None:
    """Return the recapture of each polygon, where it can be told."""
    if compared is None:
        return None
    points = shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy())
    tree = shapely.STRtree(points)
    owner, row = tree.query(polygons.geometry.to_numpy(), predicate="intersects")
    draws = compared.drawn(settings)
    rows = []
    for i in np.unique(owner):
        mask = np.zeros(len(table), dtype=bool)
        mask[row[owner == i]] = True
        rows.append(
            recapture.area_row(str(polygons["area"].iloc[i]), draws, mask, compared, settings)
        )
    return pd.DataFrame(rows) if rows else None


def _first_seen(opened: Cameras) -> pd.DataFrame:
    """Return per camera when a record has it first, and when the crowd has."""
    out = pd.DataFrame(index=opened.table["camera_id"], columns=["installed", "mapped"])
    if opened.links is None or opened.reports is None:
        return out
    dated = opened.links[["report_id", "camera_id"]].merge(
        opened.reports[["report_id", "evidence", "first_seen"]], on="report_id"
    )
    dated = dated[dated["first_seen"].notna()]
    for name, sort in (("installed", RECORDS), ("mapped", CROWD)):
        first = dated[dated["evidence"].isin(sort)].groupby("camera_id")["first_seen"].min()
        out[name] = first.reindex(out.index)
    return out


def day_in_name(name: str) -> str | None:
    """Return the day or month that stands in the name of a file.

    >>> day_in_name("us-2026-01.json.gz"), day_in_name("cameras.parquet") is None
    ('2026-01', True)
    """
    day = _DAY.search(name)
    return None if day is None else "-".join(p for p in day.groups() if p)


def _day_of(source: Any, table: pd.DataFrame) -> str | None:
    """Return the day of the map: from the file's name, else the newest date of a source."""
    if isinstance(source, (str, os.PathLike)):
        day = day_in_name(Path(source).name)
        if day is not None:
            return day
    texts: list[Any] = (
        table["sources"].dropna().unique().tolist() if "sources" in table.columns else []
    )
    days = [d for text in texts for d in _DAY.finditer(str(text))]
    if days:
        return max("-".join(p for p in d.groups() if p) for d in days)
    seen = table["last_seen"].dropna() if "last_seen" in table.columns else pd.Series([])
    # a date that few cameras have is the age of those, and not of the map
    return str(seen.max()) if len(seen) > len(table) / 2 else None


def _hashes(*sources: Any) -> dict[str, str]:
    paths = [Path(s) for s in sources if isinstance(s, (str, os.PathLike))]
    return {p.name: sha256(p) for p in paths if p.is_file()}
