"""How far off a position may be: Student's t in the plane, which has the tails real errors have."""

from __future__ import annotations

import numpy as np

from alprmap.merge.units import Floats

TAIL = 5.0
"""Degrees of freedom: one error in forty is beyond three times its spread, as with geocoders and
phones; with a Gauss curve it were one in ninety."""


def student(square: Floats, spread: Floats, tail: Floats | float = TAIL) -> Floats:
    """Return the density per square meter of a displacement whose square, m², is given."""
    density: Floats = (1.0 + square / (tail * spread**2)) ** (-(tail + 2.0) / 2.0) / (
        2.0 * np.pi * spread**2
    )
    return density


BY_HEADING, BY_GRID = 1, 2
"""Which way errors are long: along the camera's own heading, or along the streets of a grid."""


def axis_deg(heading: Floats, along: Floats, grid_deg: Floats) -> Floats:
    """Return the bearing along which a pair's error is long, degrees; NaN where it is as wide every
    way.

    `along` is 0, `BY_HEADING` or `BY_GRID`; a heading is snapped to the streets of a grid.

    >>> axis_deg(np.array([80.0, 80.0, 80.0]), np.array([0, 1, 2]), np.full(3, 5.0)).tolist()
    [nan, 80.0, 95.0]
    """
    snapped = grid_deg + 90.0 * np.round((heading - grid_deg) / 90.0)
    return np.where(along == BY_HEADING, heading, np.where(along == BY_GRID, snapped, np.nan))


def stretched(
    east: Floats, north: Floats, axis: Floats, across: Floats | float
) -> tuple[Floats, Floats]:
    """Return squared displacements, m², measured in an ellipse that is `across` times as wide as
    long and as large as a circle in the mean of its squares, and the ellipse's area by the
    circle's.

    >>> square, area = stretched(np.ones(2), np.zeros(2), np.array([90.0, np.nan]), 0.5)
    >>> square.round(3).tolist(), area.round(3).tolist()
    ([0.625, 1.0], [0.8, 1.0])
    """
    known = np.isfinite(axis)
    turn = np.deg2rad(np.where(known, axis, 0.0))
    slim = np.where(known, across, 1.0)
    long = 2.0 / (1.0 + slim**2)
    along = east * np.sin(turn) + north * np.cos(turn)
    beside = east * np.cos(turn) - north * np.sin(turn)
    square: Floats = along**2 / long + beside**2 / (long * slim**2)
    area: Floats = long * slim
    return square, area


def grid_of(headings: Floats) -> float:
    """Return the bearing, 0 to 90°, that most headings are nearest to being parallel or square to.

    >>> round(grid_of(np.array([12.0, 102.0, 190.0, 283.0])))
    12
    """
    known = headings[np.isfinite(headings)]
    around = np.exp(4j * np.deg2rad(known)).sum() if len(known) else 1.0
    return float(np.degrees(np.angle(around)) / 4.0 % 90.0)
