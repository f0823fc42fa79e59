"""What is added to a coverage result for whose trips, and whom it hits (C9, C10, C11, R7)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from alprmap.coverage.by_district import coverage_by_district
from alprmap.coverage.equity import (
    equity_sentences,
    exposure_at_home,
    exposure_by_group,
    read_groups,
)
from alprmap.coverage.flows import HOME_TO_WORK
from alprmap.coverage.sensitive_result import with_sensitive
from alprmap.coverage.traffic import read_hours, read_traffic, readings_per_day
from alprmap.geography import assign_places
from alprmap.roads import road_bounds

if TYPE_CHECKING:
    from alprmap.coverage.result import Coverage
    from alprmap.roads import Roads


@dataclass(frozen=True)
class Whom:
    """What is asked for: files of traffic, hours and groups, polygons, people, files of sensitive
    places and whether single ones are listed; whether the trips are flows by code, and which of
    their rows were left out, by reason."""

    traffic: Path | None = None
    hours: Path | None = None
    groups: Path | None = None
    areas: Any = None
    people: pd.DataFrame | None = None
    sensitive: tuple[Path, ...] = ()
    places_list: bool = False
    by_code: bool = False
    pairs_left_out: dict[str, int] = field(default_factory=dict)


def with_whom(
    result: Coverage, cameras: pd.DataFrame, views: pd.DataFrame, roads: Roads, asked: Whom
) -> Coverage:
    """Return a coverage result with the tables of readings a day, groups, districts and sensitive
    places that are asked for.

    Parameters
    ----------
    result
        What `measure` returns for these cameras, views and roads.

    Raises
    ------
    InputError
        When a file cannot be read, or says nothing about these roads.
    """
    made: dict[str, Any] = {}
    about: dict[str, Any] = {}
    if asked.by_code:
        about |= {"trips_mean": HOME_TO_WORK, "pairs_left_out": dict(asked.pairs_left_out)}
    if asked.traffic is not None:
        counts = read_traffic(asked.traffic, roads)
        shares = None if asked.hours is None else read_hours(asked.hours)
        made |= readings_per_day(result.made["watches"], roads.segments, counts, shares)
    if asked.groups is not None:
        made["c10_groups"] = _groups(result, cameras, roads, asked.groups)
        about["c10_in_words"] = equity_sentences(made["c10_groups"])
    if asked.areas is not None:
        made["areas"] = coverage_by_district(
            result.made, cameras, roads, asked.areas, people=asked.people
        )
    if asked.sensitive:
        result = with_sensitive(
            result,
            list(asked.sensitive),
            cameras=cameras,
            views=views,
            roads=roads,
            people=asked.people,
            list_places=asked.places_list,
        )
    if not made and not about:
        return result
    return replace(result, made={**result.made, **made}, about={**result.about, **about})


def _groups(result: Coverage, cameras: pd.DataFrame, roads: Roads, path: Path) -> pd.DataFrame:
    """Return how groups of people on these roads are exposed (C10)."""
    places, names = read_groups(path)
    west, south, east, north = road_bounds(roads)
    on = places["lon"].between(west, east) & places["lat"].between(south, north)
    places = places[on].reset_index(drop=True)
    exposed = exposure_at_home(places, cameras, result.made.get("c6_origins"))
    county = assign_places(places["lon"].to_numpy(), places["lat"].to_numpy())
    return exposure_by_group(places, names, exposed, county["county_geoid"])
