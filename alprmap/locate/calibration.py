"""From the engine's score and error to what is said: a confidence and a 90 % radius (rule L9).

`scripts/calibrate_locate.py` fits the table, data/locate_calibration.toml; docs/method/locate.md
shows how well it holds in cities it was not fitted on.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alprmap.locate.choose import LOW, Candidate
from alprmap.shipped import data_path

BANDS = (0.0, 0.5, 0.75, 0.9, 1.01)
"""Bands of confidence in which the shares are shown."""
MOST_OF_A_QUESTION = 0.45
"""What is asked about is never said to be likelier than this."""
WIDE, WIDE_M = 0.75, 1000.0
"""A radius above WIDE_M is no place to drive to: such an answer is never surer than WIDE, and
neither is one whose names differ (a score below WIDE)."""
STRETCH_FACTOR = 0.9 * 12**0.5 / 2
"""90 % of a uniform stretch lies within this many of its standard deviations of its middle."""
NUMBER_FACTOR = (-2 * np.log(0.1)) ** 0.5
"""90 % of a circular normal distribution lies within this many of its standard deviations."""
_STRETCHES = frozenset({"road", "between", "along"})


@dataclass(frozen=True)
class Table:
    """The fitted table: radius per kind of place, in the engine's errors, and confidence by
    score."""

    radius: dict[str, float]
    score: tuple[float, ...]
    confidence: tuple[float, ...]


@lru_cache(maxsize=1)
def table() -> Table:
    """Return the table, read once from `data/locate_calibration.toml`."""
    raw = tomllib.loads(data_path("locate_calibration.toml").read_text("utf-8"))
    radius = {**raw["radius"], "stretch": STRETCH_FACTOR, "number": NUMBER_FACTOR}
    sure = raw["confidence"]
    return Table(radius, tuple(sure["score"]), tuple(sure["confidence"]))


def kind_of(located_by: str, how: str, freeway: bool) -> str:
    """Return which radius a place has: on a stretch, by a number (house, mile, exit), at a crossing
    with a freeway, or of streets.

    >>> kind_of("crossing", "junction", True), kind_of("road", "between", False)
    ('freeway', 'stretch')
    """
    if located_by == "road" or how in _STRETCHES:
        return "stretch"
    if located_by in ("block", "milepost") or how == "ramp":
        return "number"
    return "freeway" if freeway else "street"


def radius_m(one: Candidate) -> float:
    """Return the 90 % radius of a candidate, meters (L9)."""
    return one.error_m * table().radius[kind_of(one.located_by, one.kind, one.freeway)]


def confidence(score: float, radius_m: float = 0.0) -> float:
    """Return the share of places of such a score whose true place lies within the radius.

    A question (a score below one half) stays one; a place whose names differ, or that is known only
    to more than 1 km, is never surer than 0.75.
    """
    fitted = float(np.interp(score, table().score, table().confidence))
    most = MOST_OF_A_QUESTION if score < LOW else WIDE if radius_m > WIDE_M else 1.0
    return round(min(fitted, most), 3)


def deviation_m(radius_m: ArrayLike, confidence: ArrayLike) -> NDArray[np.float64]:
    """Return the standard deviation that a place enters `reports` with, meters, from its radius
    and confidence.

    A circular normal distribution of that deviation has the share `confidence` within the radius:
    a place that is less sure gets the heavier tail. Shares are taken from 0.3 to 0.9.
    """
    share = np.clip(np.asarray(confidence, dtype=float), 0.3, 0.9)
    out: NDArray[np.float64] = np.asarray(radius_m, dtype=float) / np.sqrt(-2 * np.log1p(-share))
    return out
