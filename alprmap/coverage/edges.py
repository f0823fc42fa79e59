"""What lies around an area: roads and cameras of a margin are kept, and measured is inside (C0).

Trips, corridors and zones run over the edge of an area. Where the roads end there, a figure is
bent: a way round is missing, and a reader beyond the edge reads nobody.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely

from alprmap import geo
from alprmap.errors import UsageError
from alprmap.geography import Area, area_box
from alprmap.roads import Roads

MARGIN_KM = 10.0
"""`--margin` when not said: as long as the longest corridor of C2, which is then whole."""
MOST_KM = 200.0
NO_AREA = (
    "trips, corridors and zones end where the roads given end; near the edge a figure says less"
    " than inside"
)
_SIDES = ("west", "south", "east", "north")


def grown(area: Area, margin_km: float) -> Area:
    """Return the box around an area, `margin_km` larger on each side.

    Raises
    ------
    UsageError
        When the margin is negative or beyond 200 km.
    """
    if not 0 <= margin_km <= MOST_KM:
        raise UsageError(
            f"--margin {margin_km:g} lies outside 0 to {MOST_KM:g}",
            fix="give kilometers, such as 10",
        )
    if margin_km == 0:
        return area
    west, south, east, north = area.bounds
    per_lon, per_lat = geo.degree_m(max(abs(south), abs(north)))
    dx, dy = 1000 * margin_km / max(float(per_lon), 1.0), 1000 * margin_km / float(per_lat)
    box = (
        max(west - dx, -180.0),
        max(south - dy, -90.0),
        min(east + dx, 180.0),
        min(north + dy, 90.0),
    )
    text = f"{area.text} and {geo.miles_text(margin_km)} around it"
    return replace(area_box(box), text=text)


def measured_inside(roads: Roads, area: Area) -> Roads:
    """Return the network with the column `inside`: whether a segment reaches into the area, as
    `--area` takes roads without a margin.

    Raises
    ------
    UsageError
        When no road is.
    """
    line = roads.segments.geometry.to_numpy()
    inside = np.asarray(area.touches_box(*shapely.bounds(line).T), dtype=bool)
    inside[inside] = area.touches(line[inside])
    if not inside.any():
        raise UsageError("no road lies inside the area", fix="check --area and --roads")
    return replace(roads, segments=roads.segments.assign(inside=inside))


def edge_sentence(roads: Roads, area: Area | None, margin_km: float) -> str:
    """Return what is to be said of the edge: how much was kept around the area, and on which sides
    the roads given end before that.
    """
    if area is None:
        return NO_AREA
    around = roads.segments.total_bounds
    per_lon, per_lat = geo.degree_m((area.bounds[1] + area.bounds[3]) / 2)
    per = np.array([per_lon, per_lat, per_lon, per_lat]) / 1000
    sign = np.array([-1, -1, 1, 1])
    beyond = np.maximum(sign * (around - np.array(area.bounds)) * per, 0.0)
    # roads end a block before the margin does
    short = np.flatnonzero(beyond < 0.9 * margin_km)
    kept = (
        f"roads and readers are kept {geo.miles_text(margin_km)} around the area and"
        " measured inside"
    )
    if margin_km == 0:
        kept = (
            "nothing is kept around the area, so that near its edge a figure says less than inside"
        )
        return kept
    if not len(short):
        return kept
    ends = ", ".join(f"{_SIDES[i]} {geo.miles_text(float(beyond[i]))}" for i in short)
    return f"{kept}, but the roads given end before that ({ends} beyond the area)"


def people_inside(people: pd.DataFrame, area: Area) -> pd.DataFrame:
    """Return the people who live in an area."""
    inside = area.contains(people["lon"], people["lat"])
    return people[inside].reset_index(drop=True)
