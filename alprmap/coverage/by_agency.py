"""What a figure owes to single agencies, and how far it would move with other ones (C8).

Agencies buy readers by the dozen, so the readers of a town are no independent cameras. Each figure
is measured again without the readers of each agency (of the county, where the operator is unknown).
From these follow whom the figure rests on most, and the delete-a-group jackknife interval (Kott
2001, Journal of Official Statistics 17: 521–526). Drawing agencies with replacement, as for shares
of cameras (R5), would be wrong here: a road read twice is read once, so every resample reads less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from alprmap.coverage import readers, uncertainty
from alprmap.geography import assign_places
from alprmap.reach import Settings as ReachSettings
from alprmap.reach import clusters

CONFIDENCE = 0.9
"""C8: 5 to 95 %, as for all figures on roads."""
MOST_GROUPS = 40
"""C8: with more agencies than this, they are dealt into so many groups, the largest first."""
FEWEST = ReachSettings().fewest_clusters
"""C8: with fewer agencies that read there is no interval, as in R5."""
NEVER_LOCAL = 2.0
"""C8: a share no operator reaches, so that the operators of a county stay apart from its rest."""


def agencies(cameras: pd.DataFrame) -> pd.Series:
    """Return who runs each camera, by `camera_id`: `operator X`, `county 12345` where that is
    unknown, `camera ID` where both are.
    """
    places = assign_places(cameras["lon"], cameras["lat"])
    table = pd.DataFrame(
        {
            "camera_id": cameras["camera_id"].to_numpy(),
            "county_geoid": places["county_geoid"].to_numpy(),
        }
    )
    name = clusters(table, cameras, settings=replace(ReachSettings(), local_share=NEVER_LOCAL))
    return name.set_axis(table["camera_id"])


@dataclass(frozen=True)
class _Groups:
    """Sets of cameras that are left out together: of each group, then of the largest agency."""

    cameras: list[list[str]]
    agencies: int
    largest: str
    largest_cameras: int


def _groups(places: readers.Places, agency: pd.Series) -> _Groups | None:
    """Deal the agencies that read into groups; None where nobody reads."""
    reading = places.camera_id[np.unique(places.camera)].astype(str)
    who = agency.reindex(reading)
    size = who.value_counts().rename_axis("agency").reset_index(name="cameras")
    size = size.sort_values(["cameras", "agency"], ascending=[False, True], ignore_index=True)
    if not len(size):
        return None
    number = pd.Series(size.index % MOST_GROUPS, index=size["agency"])
    group = who.map(number)
    cameras = [who.index[group == g].tolist() for g in range(min(MOST_GROUPS, len(size)))]
    largest = str(size["agency"].iloc[0])
    return _Groups(
        [*cameras, who.index[who == largest].tolist()],
        len(size),
        largest,
        int(size["cameras"].iloc[0]),
    )


def without_agencies(
    town: uncertainty.Town, watches: pd.DataFrame, *, progress: Any = None
) -> pd.DataFrame:
    """Measure again without the readers of each agency (C8).

    Parameters
    ----------
    town
        Cameras, network, people and trips, as the draws take them.
    watches
        Table `watches` at mid.

    Returns
    -------
    DataFrame
        One row per measure (as the draws name them): `figure`, `agencies` (whose cameras read),
        `largest` (the agency with most of them), `largest_cameras`, `without_largest` (the
        figure), `low`, `high` (jackknife, 90 %; missing with fewer than 20 agencies, or where
        nothing would change), `bounds` (what the interval is, or why there is none). Empty where
        nobody reads.
    """
    places = readers.place_readers(watches, town.graph)
    groups = _groups(places, agencies(town.cameras))
    if groups is None:
        return pd.DataFrame()
    placed = [places, *(places.without(some) for some in groups.cameras)]
    table = uncertainty.measured(town, placed, progress=progress)
    rows = []
    for name in table.columns:
        values = table[name].to_numpy(dtype=np.float64)
        figure, parts, alone = values[0], values[1:-1], values[-1]
        low, high, bounds = _jackknife(figure, parts, groups.agencies, share="share" in name)
        rows.append(
            {
                "measure": name,
                "figure": figure,
                "agencies": groups.agencies,
                "largest": groups.largest,
                "largest_cameras": groups.largest_cameras,
                "without_largest": alone,
                "low": low,
                "high": high,
                "bounds": bounds,
            }
        )
    return pd.DataFrame(rows).astype(dict.fromkeys(("measure", "largest", "bounds"), "str"))


def _jackknife(
    figure: float, parts: np.ndarray[Any, Any], count: int, *, share: bool
) -> tuple[float, float, str]:
    """Return low, high and what they are; missing where nothing can be said."""
    if count < FEWEST:
        return np.nan, np.nan, f"none: fewer than {FEWEST} agencies"
    groups = len(parts)
    error = np.sqrt((groups - 1) / groups * ((parts - parts.mean()) ** 2).sum())
    if not error > 1e-12:
        return np.nan, np.nan, "none: no agency changes the figure"
    wide = float(special.stdtrit(groups - 1, (1 + CONFIDENCE) / 2) * error)
    low, high = max(figure - wide, 0.0), figure + wide
    high = min(high, 1.0) if share else high
    return low, high, "jackknife over agencies, 90 %"
