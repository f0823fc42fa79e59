"""How far off a position may be: Student's t in the plane, which has the tails real errors have."""

from __future__ import annotations

import numpy as np

from alprmap.merge.units import Floats

TAIL = 5.0
"""Degrees of freedom: one error in forty is beyond three times its spread, as with geocoders and
phones; with a Gauss curve it were one in ninety."""


def student(square: Floats, spread: Floats, tail: Floats | float = TAIL) -> Floats:
    """Return the density per square metre of a displacement whose square, m², is given."""
    density: Floats = (1.0 + square / (tail * spread**2)) ** (-(tail + 2.0) / 2.0) / (
        2.0 * np.pi * spread**2
    )
    return density
