"""A result of coverage with the tables of sensitive places beside the others (C11)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from alprmap import schema
from alprmap.coverage.result import Coverage
from alprmap.coverage.scenarios import watched
from alprmap.coverage.sensitive import SensitivePlaces, sensitive_places
from alprmap.coverage.sensitive_spots import read_sensitive
from alprmap.roads import Roads
from alprmap.watch import watch_levels


def with_sensitive(
    result: Coverage,
    paths: Sequence[str | os.PathLike[str]],
    *,
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    roads: Roads,
    people: pd.DataFrame | None = None,
    list_places: bool = False,
) -> Coverage:
    """Return a result with `c11_categories`, and with single places where they are asked for (C11).

    Parameters
    ----------
    paths
        Extracts and lists, as `read_sensitive` takes them.
    cameras, views, roads, people
        What the result was measured with.
    list_places
        Add `c11_places` and `c11_approaches`, and give figures of small categories.

    Raises
    ------
    InputError
        As `read_sensitive` does.
    """
    spots, aside = read_sensitive(paths)
    level, facing = str(result.about["level"]), result.about["facing"]
    watches: dict[str, pd.DataFrame] = {}
    for name in schema.LEVELS:
        if name == level:
            watches[name] = result.made["watches"]
            continue
        settings = watch_levels(name, facing=facing)
        made = watched(cameras, views, roads, settings, name)(None)["watches"]
        watches[name] = made[made["winner"]] if result.about["clear_only"] else made
    found = sensitive_places(
        spots, roads, watches, level=level, people=people, show_few=list_places
    )
    about: dict[str, Any] = {
        "c11_set_aside": aside,
        "c11_single_places": list_places,
        "c11_no_trips": found.why_no_trips,
    }
    tables = _tables(found, list_places)
    return replace(result, made={**result.made, **tables}, about={**result.about, **about})


def _tables(found: SensitivePlaces, list_places: bool) -> dict[str, pd.DataFrame]:
    tables = {"c11_categories": found.categories}
    if list_places:
        tables |= {"c11_places": found.places, "c11_approaches": found.approaches}
    return tables
