"""Which carriageway of a divided road a report stands beside (used by M3 when the roads are
given).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from alprmap import geo
from alprmap.merge.units import Floats, Ints

if TYPE_CHECKING:
    from alprmap.roads import Roads

NEAR_M = 30.0
"""A pole beside a carriageway stands this near its center line: half of four lanes, a shoulder and
a verge. """
SHARP_M = 15.0
"""Only points at least this good can tell one carriageway from the other (medians start at about 10
m). """


def carriageways(reports: pd.DataFrame, error_m: Floats, roads: Roads) -> pd.Series:
    """Return the direction of travel of the one-way road beside each report, degrees, else NaN.

    Only reports with an error of `SHARP_M` or less, and only where the nearest road within `NEAR_M`
    is one-way.

    Parameters
    ----------
    reports
        The reports; `lon` and `lat` are used.
    error_m
        Position error of each report, meters.
    roads
        The network; `forward`, `backward` and the geometry of its segments are used.
    """
    out = np.full(len(reports), np.nan)
    lon, lat = reports["lon"].to_numpy(np.float64), reports["lat"].to_numpy(np.float64)
    rows = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat) & (error_m <= SHARP_M))
    segments = roads.segments
    report, piece = _near(lon[rows], lat[rows], segments.geometry.to_numpy())
    forward, backward = segments["forward"].to_numpy(bool), segments["backward"].to_numpy(bool)
    _fill(out, rows, report, piece, lon, lat, forward, backward)
    return pd.Series(out, index=reports.index)


def _near(lon: Floats, lat: Floats, lines: np.ndarray) -> tuple[Ints, tuple[Floats, Floats, Ints]]:
    """Return (report, piece) for every straight piece of a line whose box is near a report."""
    per_lon, per_lat = geo.degree_m(lat)
    x, y = NEAR_M / per_lon, NEAR_M / per_lat
    boxes = shapely.box(lon - x, lat - y, lon + x, lat + y)
    report, line = shapely.STRtree(lines).query(boxes)
    wanted, back = np.unique(line, return_inverse=True)
    coords, owner = shapely.get_coordinates(lines[wanted], return_index=True)
    start = np.flatnonzero(owner[1:] == owner[:-1])
    begin, end, of_line = coords[start], coords[start + 1], owner[start]
    first = np.searchsorted(of_line, np.arange(len(wanted) + 1))
    count = np.diff(first)[back]
    spread = np.repeat(np.arange(len(report)), count)
    offset = np.arange(len(spread)) - np.repeat(np.cumsum(count) - count, count)
    piece = first[back][spread] + offset
    return report[spread], (begin[piece], end[piece], wanted[of_line[piece]])


def _fill(
    out: Floats,
    rows: Ints,
    report: Ints,
    piece: tuple[Floats, Floats, Ints],
    lon: Floats,
    lat: Floats,
    forward: np.ndarray,
    backward: np.ndarray,
) -> None:
    begin, end, segment = piece
    at = rows[report]
    ax, ay = geo.tangent_xy(begin[:, 0], begin[:, 1], lon[at], lat[at])
    bx, by = geo.tangent_xy(end[:, 0], end[:, 1], lon[at], lat[at])
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    share = np.clip(-(ax * dx + ay * dy) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    meters = np.hypot(ax + share * dx, ay + share * dy)
    order = np.lexsort([segment, meters, report])
    first = np.ones(len(order), dtype=bool)
    first[1:] = report[order[1:]] != report[order[:-1]]
    best = order[first]
    one_way = forward[segment[best]] != backward[segment[best]]
    best = best[one_way & (meters[best] <= NEAR_M)]
    along = np.degrees(np.arctan2(dx[best], dy[best])) + np.where(
        forward[segment[best]], 0.0, 180.0
    )
    out[at[best]] = geo.wrap_deg(along)
