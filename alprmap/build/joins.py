"""How well files meet: cameras with roads, people with roads, cameras with borders, words with
places. Every command and every stage of a build asks here, so that an empty join is refused and an
almost empty one is said in the same words wherever it is met (data/report.toml)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alprmap.errors import InputError
from alprmap.text import number_of

JoinWarning = dict[str, Any]
"""A name of data/report.toml [LANG.warning] and the numbers it speaks of."""
FEW_AWAY, FEW_READ = 0.1, 0.7
"""Above a tenth of the cameras away from the roads, or below seven tenths of the others reading
one, a figure on roads speaks of other cameras than the count does."""
FAR_BORDER_MI = 600.0
"""Half of the cameras farther than this from a named border: it says nothing of this area."""


def road_join(
    cameras: pd.DataFrame, segments: Any, reading: int, *, refuse: bool = True
) -> list[JoinWarning]:
    """Return what a reader must know before any figure on roads: how many cameras they cover.

    Parameters
    ----------
    cameras
        The counted cameras that are to be on these roads.
    segments
        The network, or its table `segments`.
    reading
        How many of the cameras read one of them.
    refuse
        Whether an empty join is an error; else it is the first warning, for commands whose result
        says of each camera why it reads nothing.

    Raises
    ------
    InputError
        When no camera is there, or none reads a road: zeros would be taken for a result.
    """
    count = len(cameras)
    if not count and refuse:
        raise InputError(
            "no camera is left to be counted", fix="name cameras of this area, or another --area"
        )
    if not reading and refuse:
        raise InputError(
            f"none of {number_of(count, 'camera')} reads a road of these roads",
            fix="name roads of the area where the cameras stand, or leave the roads out",
        )
    away = far_from_roads(cameras, segments)
    there = count - away
    out: list[JoinWarning] = []
    if away > FEW_AWAY * count:
        out.append({"warning": "roads_cover", "there": there, "n": count, "away": away})
    if reading < FEW_READ * there:
        out.append({"warning": "read_no_road", "none": there - reading, "there": there})
    return out


def far_from_roads(cameras: pd.DataFrame, segments: Any) -> int:
    """Return how many cameras stand more than a mile from any road."""
    import numpy as np
    import shapely

    from alprmap import geo
    from alprmap.roads import Roads, roads_beside

    known = cameras.dropna(subset=["lon", "lat"])
    lon, lat = known["lon"].to_numpy(), known["lat"].to_numpy()
    groups: Any = [(np.arange(len(known)), segments)]
    if isinstance(segments, Roads):
        groups = roads_beside(segments, lon, lat, 2 * geo.STATUTE_MILE_M)
    # a degree of longitude is the shorter one: the box errs towards counting a camera as covered
    within_deg = geo.STATUTE_MILE_M / 111_000
    near = 0
    for rows, part in groups:
        points, tree = shapely.points(lon[rows], lat[rows]), shapely.STRtree(part.geometry)
        near += len(np.unique(tree.query(points, predicate="dwithin", distance=within_deg)[0]))
    return len(known) - near


def people_join(points: pd.DataFrame | None) -> list[JoinWarning]:
    """Return a warning where people were given and none of them lives on the roads."""
    return [{"warning": "no_people"}] if points is not None and points.empty else []


def border_join(statistics: pd.DataFrame) -> list[JoinWarning]:
    """Return a warning where every neighbor that is measured is too far away to say anything.

    Parameters
    ----------
    statistics
        Table of `reach.statistics`: rows of the group `all` in miles are looked at.
    """
    whole = statistics[(statistics["group"] == "all") & (statistics["unit"] == "mi")]
    named = [r for r in whole.to_dict("records") if r["border"] in ("mexico", "canada")]
    far = [str(r["border"]) for r in named if r["median"] > FAR_BORDER_MI]
    # in a country as wide as this one, one of the two is far wherever one stands
    if not far or len(far) < len(named):
        return []
    names = " and ".join(n.title() for n in far)
    return [{"warning": "far_borders", "miles": round(FAR_BORDER_MI), "borders": names}]


def word_join(still: int, words: int, numbers: int = 0) -> list[JoinWarning]:
    """Return warnings where places in words stay without a position, each with the next step.

    Parameters
    ----------
    still, words
        How many places have no position, and how many there were.
    numbers
        How many of `still` are house numbers or blocks, which roads without house numbers cannot
        tell.
    """
    if not still:
        return []
    missing = {"still": still, "n": words, "some": words - still}
    out: list[JoinWarning] = [{"warning": "not_located"} | missing]
    if 2 * still > words:
        # most of a list missing is the finding of the page, and not a footnote to it
        out = [{"warning": "mostly_not_located"} | missing]
    if numbers:
        out.append({"warning": "no_house_numbers", "numbers": numbers})
    return out


def record_join(cameras: pd.DataFrame, shares: pd.DataFrame) -> list[JoinWarning]:
    """Return a warning where a sharing record tells of other agencies than those of the cameras.

    Parameters
    ----------
    cameras
        One row per camera and body: `camera_id`, and `agency_id` of whoever runs it.
    shares
        Table `shares`: who lets in, `from_id`, and who is let in, `to_id`.
    """
    told = {*shares["from_id"], *shares["to_id"]}
    if not len(cameras) or told & set(cameras["agency_id"].dropna()):
        return []
    return [{"warning": "record_elsewhere", "n": int(cameras["camera_id"].nunique())}]
