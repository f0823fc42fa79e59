"""Counts of traffic, as states publish them, and the readings they mean (C9)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alprmap.coverage.flows import LAT, LON
from alprmap.errors import InputError
from alprmap.roads import Roads, roads_beside
from alprmap.sources import parse_decimal

STATION_M = 50.0
"""A count station lies on the nearest segment no farther off than this."""
_COUNT = re.compile(
    r"(?:current[ _]|curr[ _]|est[ _])?(?:a?adt|volume|vehicles[ _](?:per|a)[ _]day"
    r"|average annual daily traffic|annual average daily traffic)"
    r"(?:[ _-]?vn|[ _-]?count|[ _-]?total)?"
    r"(?:[ _-]*\(?(?P<year>(?:19|20)\d\d)\)?)?"
)
"""Names of the column of vehicles a day, both ways: AADT, AADT_2023, ADT (2019), aadt_vn …"""
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NOTHING = frozenset({"", "-", "--", "n/a", "na", "null", "none", "no data"})


def readings_per_day(
    watches: pd.DataFrame,
    segments: pd.DataFrame,
    traffic: pd.DataFrame,
    hours: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Return how many plates are read on an average day, from counts of traffic (C9).

    The two-way count of a segment is shared out evenly over the directions that may be driven, and
    a camera reads whoever passes in a direction it watches. A plate read by two cameras is two
    readings.

    Parameters
    ----------
    traffic
        `segment_id` (or `way_id`) and `aadt`, vehicles a day both ways.
    hours
        `hour`, `share`: how the day is shared out.

    Returns
    -------
    dict
        `c9_traffic`: one row with `readers`, `readers_with_counts`, `readings_per_day`,
        `vehicle_km`, `vehicle_km_read_share` (of vehicle kilometers on segments with counts, those
        on segments that a camera reads); `c9_readings`: `camera_id`, `readings_per_day`; with
        hours `c9_hours`: `hour`, `share`, `readings`.
    """
    key = "segment_id" if "segment_id" in traffic.columns else "way_id"
    counted = traffic.groupby(key)["aadt"].mean()
    some = segments[["segment_id", "way_id", "length_m", "forward", "backward"]].copy()
    some["aadt"] = some[key].map(counted)
    ways = some["forward"].astype(int) + some["backward"].astype(int)
    some["each_way"] = some["aadt"] / ways.where(ways > 0)
    passed = watches.drop_duplicates(["camera_id", "segment_id", "travel"]).merge(
        some[["segment_id", "each_way"]], on="segment_id"
    )
    # a camera that sees three pieces of one road sees a vehicle once: the busiest piece counts
    per = passed.groupby(["camera_id", "travel"])["each_way"].max().groupby("camera_id")
    reads = per.sum(min_count=1)
    km = some["aadt"] * some["length_m"] / 1000
    read = some["segment_id"].isin(watches["segment_id"])
    whole = float(km.sum())
    table = pd.DataFrame(
        {
            "readers": [int(watches["camera_id"].nunique())],
            "readers_with_counts": [int(reads.notna().sum())],
            "readings_per_day": [float(reads.sum())],
            "vehicle_km": [whole],
            "vehicle_km_read_share": [float(km[read].sum()) / whole if whole else np.nan],
        }
    )
    out = {
        "c9_traffic": table,
        "c9_readings": reads.dropna().rename("readings_per_day").reset_index(),
    }
    if hours is not None:
        share = hours["share"].to_numpy(np.float64) / hours["share"].sum()
        out["c9_hours"] = pd.DataFrame(
            {"hour": hours["hour"], "share": share, "readings": share * float(reads.sum())}
        )
    return out


def read_traffic(path: str | os.PathLike[str], segments: Any) -> pd.DataFrame:
    """Read counts of traffic: by `segment_id` or `way_id`, or at the places of count stations,
    which are put on the nearest segment within 50 m (C9).

    Parameters
    ----------
    path
        A table in which each row is a road or a station. The column of counts is called AADT, ADT
        or volume, with a year behind it or not; of several years the newest counts. A row without a
        count is left out.
    segments
        The roads: table `segments`, or a network, of a folder of tiles too.

    Returns
    -------
    DataFrame
        The rows on these roads with `segment_id` or `way_id`, and `aadt`, vehicles a day.

    Raises
    ------
    InputError
        When a column is missing, a count is no number, or none lies on these roads.
    """
    from alprmap.store import read_csv

    table = read_csv(Path(path), dtype="str")
    table.columns = [str(c).strip().casefold() for c in table.columns]
    table = _counted(table, path)
    for key in ("segment_id", "way_id"):
        if key in table.columns:
            ids = pd.to_numeric(table[key], errors="coerce")
            known = segments.segments if isinstance(segments, Roads) else segments
            placed = table.assign(**{key: ids})[ids.isin(known[key])]
            break
    else:
        at = [next((n for n in names if n in table.columns), None) for names in (LON, LAT)]
        if None in at:
            raise InputError("says nowhere", where=path, fix="give way_id, or lon and lat")
        placed = _at_stations(table, [str(n) for n in at], segments)
    if not len(placed):
        raise InputError("no count lies on these roads", where=path, fix="check --traffic, --roads")
    return placed


def _counted(table: pd.DataFrame, path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the rows that have a count, with it as `aadt`."""
    names = [(c, m) for c in table.columns if (m := _COUNT.fullmatch(c))]
    if not names:
        raise InputError("has no column aadt", where=path, fix="vehicles a day, both ways")
    # the newest year; a column without one is the current count
    name = max(names, key=lambda n: int(n[1]["year"] or 9999))[0]
    text = table[name].fillna("").str.strip()
    blank = text.str.casefold().isin(_NOTHING)
    plain = text.where(~text.str.fullmatch(_THOUSANDS.pattern), text.str.replace(",", ""))
    values = [None if b else parse_decimal(v) for v, b in zip(plain, blank, strict=True)]
    for row, (value, is_blank) in enumerate(zip(values, blank, strict=True), start=1):
        if not is_blank and (value is None or value < 0):
            raise InputError(
                f"{name} is no number of vehicles", where=path, row=row, fix="write 0 or more"
            )
    counts = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    return table.assign(aadt=counts)[~blank.to_numpy()]


def _at_stations(table: pd.DataFrame, at: list[str], segments: Any) -> pd.DataFrame:
    """Put counts at the degrees in columns `at` (lon, lat) on the nearest segment within 50 m, the
    first of those that are equally near."""
    import shapely

    from alprmap import geo

    xy = [[parse_decimal(v) for v in table[c].fillna("")] for c in at]
    x, y = (np.array([np.nan if v is None else v for v in c], dtype=np.float64) for c in xy)
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return table.iloc[:0]
    per_lon, per_lat = geo.degree_m(float(y[known].mean()))
    scale = np.array([float(per_lon), float(per_lat)])
    spots = np.flatnonzero(known)
    groups: Any = [(np.arange(len(spots)), segments)]
    if isinstance(segments, Roads):
        groups = roads_beside(segments, x[spots], y[spots], STATION_M)
    number = np.full(len(table), -1)
    for rows, near in groups:
        flat = shapely.transform(near.geometry.to_numpy(), lambda c: c * scale)
        own = spots[rows]
        points = shapely.points(x[own] * scale[0], y[own] * scale[1])
        found = shapely.STRtree(flat).query_nearest(points, max_distance=STATION_M)
        nearest = pd.Series(near["segment_id"].to_numpy()[found[1]]).groupby(found[0]).min()
        number[own[nearest.index]] = nearest
    placed: pd.DataFrame = table[number >= 0]
    return placed.assign(segment_id=number[number >= 0])


def read_hours(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read how a day of traffic is shared out over its hours (C9).

    Returns
    -------
    DataFrame
        `hour` and `share`, as given.

    Raises
    ------
    InputError
        When a column is missing, a share is no number, or all are 0.
    """
    from alprmap.store import read_csv

    table = read_csv(Path(path))
    if not {"hour", "share"} <= set(table.columns):
        raise InputError("has no columns hour and share", where=path, fix="one row for each hour")
    share = [parse_decimal(v) for v in table["share"]]
    for row, value in enumerate(share, start=1):
        if value is None or not 0 <= value < float("inf"):
            raise InputError("share is no number", where=path, row=row, fix="write 0.05 or 5")
    if not sum(v or 0.0 for v in share) > 0:
        raise InputError("all shares are 0", where=path, fix="say how the day is shared out")
    return pd.DataFrame({"hour": table["hour"], "share": share})
