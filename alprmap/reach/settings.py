"""Thresholds and facts of the wing reach: units, errors of the border data, what is counted
within (R2, R5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from alprmap.geo import FloatArray

Unit = Literal["mi", "nmi", "km"]
UNIT_NAME = {"mi": "statute miles", "nmi": "nautical miles", "km": "kilometers"}
UNIT_SHORT = {"mi": "miles", "nmi": "nautical miles", "km": "km"}
"""As sentences have them: a mile without a word is a statute mile."""

BORDER_ERROR_M: dict[str, tuple[tuple[float, float], ...]] = {
    "mexico": ((0.0, 60.0), (161e3, 60.0), (400e3, 100.0)),
    "canada": ((0.0, 370.0),),
    "land": ((0.0, 370.0),),
    "coast": ((0.0, 60.0), (161e3, 60.0), (400e3, 100.0)),
    "external": ((0.0, 370.0),),
    "port": ((0.0, 2000.0),),
}
"""How far a distance may be off because of the border data, 95 %, as (distance, error) in meters,
straight between them and level beyond.

Measured as the difference between distances to two lines of independent origin (Census 1:500,000
and OpenStreetMap) at 61,768 cameras: along `mexico` 60 m up to 100 miles, where every place of the
line is the nearest of some camera, and 97 m from 250 miles on, where a few salient points are the
nearest of all. `canada` against the Census TIGER line. A port lies within 2 km of
its line. docs/method/reach.md, R2."""
GROUPS = (
    "state",
    "county",
    "operator",
    "operator_kind",
    "vendor",
    "setting",
    "source",
    "status",
    "year",
)
"""What statistics may be told apart by (`--by`)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds of R5."""

    radii: tuple[float, ...] = (25, 50, 100, 150, 200, 300)
    """Counted within, in `unit`."""
    zone: float = 100
    """The zone of 8 CFR 287.1(a)(2), in `unit`; its "air miles" are read as statute miles by most
    maps. """
    quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    unit: Unit = "mi"
    confidence: float = 0.95
    replicates: int = 1000
    """Bootstrap resamples of whole clusters."""
    seed: int = 287
    """Of the bootstrap, so that a rerun gives the same digits."""
    fewest_clusters: int = 20
    """With fewer, resampling says little: the exact interval on the effective number is given."""
    local_share: float = 0.9
    """An operator with so much of its cameras in one county belongs to the cluster of that county,
    with the cameras there whose operator is unknown."""


DEFAULT_SETTINGS = Settings()


def border_error_m(name: str, distance_m: ArrayLike) -> FloatArray:
    """Return how far distances to border `name` may be off because of the border data, meters.

    Parameters
    ----------
    distance_m
        Distances to the border, shape (n,).

    >>> border_error_m("mexico", [1000.0, 280_500.0, 2_000_000.0]).tolist()
    [60.0, 80.0, 100.0]
    """
    at, error = zip(*BORDER_ERROR_M[name], strict=True)
    found: FloatArray = np.interp(np.asarray(distance_m, dtype=np.float64), at, error)
    return found
