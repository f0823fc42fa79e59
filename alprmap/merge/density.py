"""How far off a position may be: Student's t in the plane, which has the tails real errors have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from alprmap.merge.units import Bools, Floats

TAIL = 5.0
"""Degrees of freedom: one error in forty is beyond three times its spread, as with geocoders and
phones; with a Gauss curve it were one in ninety."""


def student(square: Floats, spread: Floats, tail: Floats | float = TAIL) -> Floats:
    """Return the density per square meter of a displacement whose square, m², is given."""
    density: Floats = (1.0 + square / (tail * spread**2)) ** (-(tail + 2.0) / 2.0) / (
        2.0 * np.pi * spread**2
    )
    return density


ODD, MOST_SLIM = 0.01, 0.95
"""Share of a list of block centers that is off in another way; a block is longer than wide."""
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


@dataclass(frozen=True)
class Shape:
    """How errors lie around a camera, by pair or for all: degrees of freedom of the tail, which way
    they are long (`along`), how wide across by how long, the streets' grid, and whether they are
    even along the block (`even`) instead of heaped at its middle."""

    tail: Floats | float = TAIL
    along: Floats | int = 0
    across: Floats | float = 1.0
    grid_deg: Floats | float = 0.0
    even: Bools | bool = False

    def density(self, east: Floats, north: Floats, heading: Floats, spread: Floats) -> Floats:
        """Return the density per square meter of displacements from cameras of these headings.

        Where errors are even along the streets of a grid and a camera's heading is not known, both
        streets are as likely.
        """
        n = len(east)
        along, across = np.broadcast_to(self.along, n), np.broadcast_to(self.across, n)
        grid, even = np.broadcast_to(self.grid_deg, n), np.broadcast_to(self.even, n)
        axis = axis_deg(heading, along, grid)
        square, area = stretched(east, north, axis, across)
        out = student(square, spread, np.broadcast_to(self.tail, n)) / area
        either = even & ~np.isfinite(axis) & (along == BY_GRID)
        for rows, ways in ((even & np.isfinite(axis), (axis,)), (either, (grid, grid + 90.0))):
            at = np.flatnonzero(rows)
            if len(at):
                each = [
                    spread_over(east[at], north[at], way[at], across[at], spread[at])
                    for way in ways
                ]
                out[at] = np.mean(each, axis=0)
        density: Floats = out
        return density


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


LEAST_REST, LEAST_REST_M = 0.1, 5.0
"""What is left of an error beside the rounding: a tenth of it, or 5 m, at the least."""


def in_cell(east: Floats, north: Floats, lat: Floats, step_m: Floats, spread: Floats) -> Floats:
    """Return the density per square meter of displacements of rounded points: even over the grid's
    cell, blurred by what the error is beside the rounding.

    Parameters
    ----------
    east, north
        Displacements, meters.
    lat
        Latitudes, degrees: a cell is as many degrees wide as high, and so narrower than high.
    step_m
        The cell's side, meters: the root of its area's mean squares.
    spread
        The whole error, rounding included, meters, one standard deviation an axis.

    >>> at = np.array([0.0, 45.0, 80.0])
    >>> in_cell(at, np.zeros(3), np.zeros(3), np.full(3, 100.0), np.full(3, 30.0)).round(6).tolist()
    [0.000101, 7.3e-05, 0.0]
    """
    wide = np.cos(np.deg2rad(lat))
    high = step_m / np.sqrt((1.0 + wide**2) / 2.0)
    rest = np.sqrt(np.maximum(spread**2 - step_m**2 / 12.0, (LEAST_REST * spread) ** 2))
    rest = np.maximum(rest, LEAST_REST_M)
    density: Floats = np.ones(len(east))
    for off, side in ((east, high * wide), (north, high)):
        half = side / 2.0
        density = (
            density
            * (scipy.special.ndtr((off + half) / rest) - scipy.special.ndtr((off - half) / rest))
            / side
        )
    miss = student(east**2 + north**2, spread)
    return (1.0 - ODD) * density + ODD * miss


def within(meters: Floats, spread: Floats, tail: float) -> Floats:
    """Return the share of displacements that are no longer than so many meters.

    >>> within(np.array([0.0, 30.0, 1e6]), np.full(3, 10.0), 3.0).round(2).tolist()
    [0.0, 0.88, 1.0]
    """
    share: Floats = 1.0 - (1.0 + meters**2 / (tail * spread**2)) ** (-tail / 2.0)
    return share


def spread_over(
    east: Floats, north: Floats, axis: Floats, across: Floats | float, spread: Floats
) -> Floats:
    """Return the density per square meter of displacements that are even along a block and Gauss's
    across it, with the same mean squares as the ellipse of `stretched`.

    >>> one, far = spread_over(
    ...     np.array([0.0, 70.0]), np.zeros(2), np.full(2, 90.0), 0.2, np.full(2, 33.0)
    ... )
    >>> bool(one < 1.3 * far)
    True
    """
    turn = np.deg2rad(axis)
    slim = np.minimum(across, MOST_SLIM)
    long = spread * np.sqrt(2.0 / (1.0 + slim**2))
    wide, half = long * slim, long * np.sqrt(3.0 * (1.0 - slim**2))
    along = east * np.sin(turn) + north * np.cos(turn)
    beside = east * np.cos(turn) - north * np.sin(turn)
    even = (
        scipy.special.ndtr((along + half) / wide) - scipy.special.ndtr((along - half) / wide)
    ) / (2.0 * half)
    density: Floats = even * np.exp(-(beside**2) / (2.0 * wide**2)) / (np.sqrt(2 * np.pi) * wide)
    # one in a hundred is off in a way that no block explains
    miss = student(east**2 + north**2, spread)
    return (1.0 - ODD) * density + ODD * miss
