"""Rounded coordinates: which points of a source stand on a grid, and how far off that makes them.

A coordinate of three decimals is any place within 0.0005°, whatever the list states. So a grid is
an error of its own, even over a step: the step by the root of twelve, one standard deviation an
axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import geo

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DRAWN = ("survey", "photo", "coordinates")
"""Points somebody drew or measured; a point found from words is the crossing's, not the camera's.
"""

STEPS: dict[float, str] = {
    1.0: "whole degrees",
    0.1: "1 decimal",
    1 / 60: "whole minutes",
    0.01: "2 decimals",
    0.005: "half hundredths of a degree",
    1 / 600: "tenths of a minute",
    0.001: "3 decimals",
    0.0005: "half thousandths of a degree",
    1 / 3600: "whole seconds",
    1 / 6000: "hundredths of a minute",
    0.0001: "4 decimals",
}
"""The steps that coordinates are rounded to, degrees, and what they are called."""
WRITTEN_DEG = 6e-6
"""A minute or second written in decimals is itself rounded, to five of them at the worst."""
FEWEST, SHARE = 5, 0.05
"""A grid holds points at five of its crossings, and one in twenty of a source's records or more:
by chance one in a hundred stands on the grid of four decimals, fewer on the others."""
SAMPLE = 5_000
BEYOND = 3.0
"""A coarser grid is one of its own where three times as many records stand on it as on one out of
so many places of the finer."""
COUNTS = 0.5
"""A grid that makes less than half of the stated error is in it already."""
NEXT = "ask for the coordinates as they are kept, or for the addresses"
ASK_M = 20.0
"""From so many meters on two readers of a junction are taken for each other, and it is worth
asking whoever holds the list."""
AXES = 12.0**0.5
"""An error that is even over a step has the step by the root of twelve for standard deviation."""


@dataclass(frozen=True)
class Grid:
    """A grid on which `records` of a source's `of` points stand: its step, degrees, and the error
    that it makes, meters, one standard deviation an axis."""

    step_deg: float
    records: int
    of: int
    error_m: float

    def words(self) -> str:
        """Return the grid in words: "rounded to 3 decimals (± 30 m by that alone)"."""
        whose = "" if self.records == self.of else f"{self.records:,} of {self.of:,} "
        text = f"{whose}rounded to {STEPS[self.step_deg]} (± {self.error_m:.0f} m by that alone)"
        return text + ("; " + NEXT if self.error_m >= ASK_M else "")


@dataclass(frozen=True)
class Rounded:
    """Each report's position error with that of its grid in it, and as it states it, meters; the
    step of the grid, meters, 0 for none; whether that matters beside the stated error; and by
    source the grid that most of such records are rounded to."""

    error: Floats
    stated: Floats
    step_m: Floats
    coarse: Bools
    of_source: Mapping[int, Grid]


def rounded(reports: pd.DataFrame, source: Ints, error: Floats) -> Rounded:
    """Return what the rounding of coordinates does to each report's error.

    Only points that were drawn or given as coordinates are looked at: a crossing or a milepost has
    the error of its words.
    """
    lon, lat = (reports[c].to_numpy(np.float64) for c in ("lon", "lat"))
    point = np.isfinite(lon) & np.isfinite(lat)
    point &= reports["located_by"].fillna(DRAWN[0]).isin(DRAWN).to_numpy()
    step = np.zeros(len(error))
    for s in np.unique(source[point]):
        rows = np.flatnonzero(point & (source == s))
        step[rows] = steps_of(lon[rows], lat[rows])
    off = np.zeros(len(error))
    off[point] = error_of(step[point], lat[point])
    coarse = (off > 0.0) & (off >= COUNTS * error)
    found = {}
    for s in np.unique(source[coarse]):
        rows = np.flatnonzero(coarse & (source == s))
        kinds, many = np.unique(step[rows], return_counts=True)
        most = float(kinds[many.argmax()])
        mine = rows[step[rows] == most]
        whole = int((point & (source == s)).sum())
        found[int(s)] = Grid(most, len(mine), whole, float(np.median(off[mine])))
    return Rounded(np.where(coarse, np.hypot(error, off), error), error, off * AXES, coarse, found)


def steps_of(lon: Floats, lat: Floats) -> Floats:
    """Return the step of the grid, degrees, on which each point of one source stands, 0 for none.

    >>> lon = np.array([-97.742, -97.731, -97.749, -97.718, -97.722, -97.7123456])
    >>> lat = np.array([30.267, 30.271, 30.284, 30.291, 30.257, 30.2654321])
    >>> steps_of(lon, lat).tolist()
    [0.001, 0.001, 0.001, 0.001, 0.001, 0.0]
    """
    out, n = np.zeros(len(lon)), len(lon)
    # of a long list a part shows whether it is worth a look
    every = max(1, n // SAMPLE)
    for step in sorted(STEPS):
        if _on(step, lon[::every], lat[::every]).mean() < SHARE / 2.0:
            continue
        on = _on(step, lon, lat)
        by_chance = sum(
            float((out == finer).sum()) * (finer / step) ** 2 for finer in STEPS if finer < step
        )
        least = max(SHARE * n, BEYOND * by_chance, 1.0)
        if on.sum() >= least and _places(lon[on] / step, lat[on] / step) >= FEWEST:
            out[on] = step
    return out


def _on(step: float, lon: Floats, lat: Floats) -> Bools:
    """Return which points stand on the grid of a step."""
    near = min(WRITTEN_DEG, step / 20.0)
    on = np.ones(len(lon), dtype=bool)
    for value in (lon / step, lat / step):
        on &= np.abs(value - np.round(value)) * step <= near
    return on


def _places(lon: Floats, lat: Floats) -> int:
    """Return how many crossings of the grid are taken: one spot proves nothing."""
    return len(np.unique(np.round(np.stack([lon, lat])), axis=1).T)


def error_of(step: Floats, lat: Floats) -> Floats:
    """Return the error that rounding to a step makes, meters, one standard deviation an axis."""
    east, north = geo.degree_m(lat)
    error: Floats = step * np.sqrt((np.square(east) + np.square(north)) / 2.0) / AXES
    return error
