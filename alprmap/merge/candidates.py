"""M2: which units could be one camera: those whose position errors overlap, found in earth-centered
meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from alprmap import geo
from alprmap.errors import InputError
from alprmap.merge.belief import WIDEST_M
from alprmap.merge.settings import Settings
from alprmap.merge.units import Bools, Floats, Ints, Units

BANDS_M = (2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 100.0, 150.0, 300.0)
"""Upper ends of the error classes that are searched with one radius each; only the time depends on
them. """
MOST_PAIRS = 30_000_000
"""At some 230 bytes a pair 6 to 7 GiB: beyond it the input is not a map of cameras but thousands of
points on one spot. """


@dataclass(frozen=True)
class Pairs:
    """Pairs of units `left` < `right`, and how far apart they stand, meters."""

    left: Ints
    right: Ints
    meters: Floats

    def __len__(self) -> int:
        return len(self.left)

    def take(self, rows: Ints | Bools) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.left[rows], self.right[rows], self.meters[rows])


def candidates(units: Units, settings: Settings, reach: Floats | None = None) -> Pairs:
    """Return every pair of units nearer than `settings.reach_sd` combined standard errors, or than
    a lane.

    `reach` is the multiple of each unit where its source was learned to have heavy tails; the wider
    one of a pair holds, up to `WIDEST_M`, between different sources.

    Distances are chords between points on the ellipsoid: 1 mm short at 5 km, right everywhere,
    without a seam. The combined standard error of two positions is √(σ₁² + σ₂²).

    Raises
    ------
    InputError
        When so many reports stand on one spot that the pairs would fill the memory.
    """
    if len(units) < 2:
        nobody = np.zeros(0, dtype=np.int64)
        return Pairs(nobody, nobody, np.zeros(0))
    reach = np.full(len(units), settings.reach_sd) if reach is None else reach
    place = geo.ecef(units.lon, units.lat)
    band = np.searchsorted(np.asarray(BANDS_M), units.error)
    band += (reach > settings.reach_sd) * (len(BANDS_M) + 1)
    members = [np.flatnonzero(band == b) for b in range(2 * (len(BANDS_M) + 1))]
    members = [m for m in members if len(m)]
    trees = [scipy.spatial.cKDTree(place[m]) for m in members]
    worst = [float(units.error[m].max()) for m in members]
    wide = [float(reach[m].max()) for m in members]
    found: list[Pairs] = []
    total = 0
    for a in range(len(members)):
        for b in range(a, len(members)):
            joint = float(np.hypot(worst[a], worst[b]))
            radius = max(float(_limit(joint, max(wide[a], wide[b]), settings)), settings.lane_m)
            # counted first: a file with every row on one spot would fill the memory before it could
            # be refused
            total += int(trees[a].count_neighbors(trees[b], radius)) // (2 if a == b else 1)
            if total > MOST_PAIRS:
                raise InputError(
                    "too many reports stand within each other's position error",
                    fix=(
                        "check for a file whose rows all have one position, or state smaller errors"
                    ),
                )
            found.append(_between(trees, members, a, b, radius, units, reach, settings))
    left, right, meters = (
        np.concatenate([getattr(f, n) for f in found]) for n in ("left", "right", "meters")
    )
    order = np.lexsort([right, left])
    return Pairs(left[order], right[order], meters[order])


def _between(
    trees: Sequence[Any],
    members: list[Ints],
    a: int,
    b: int,
    radius: float,
    units: Units,
    reach: Floats,
    settings: Settings,
) -> Pairs:
    if a == b:
        near = trees[a].query_pairs(radius, output_type="ndarray").astype(np.int64)
        one, other = members[a][near[:, 0]], members[a][near[:, 1]]
        gap = trees[a].data[near[:, 0]] - trees[a].data[near[:, 1]]
        meters = np.sqrt(np.einsum("ij,ij->i", gap, gap))
    else:
        cross = trees[a].sparse_distance_matrix(trees[b], radius, output_type="ndarray")
        one, other = members[a][cross["i"]], members[b][cross["j"]]
        meters = cross["v"].astype(np.float64)
    joint = np.hypot(units.error[one], units.error[other])
    shared = (units.mask[one] & units.mask[other]).any(axis=1)
    most = np.where(shared, settings.reach_sd, np.maximum(reach[one], reach[other]))
    limit = _limit(joint, most, settings)
    keep = meters <= np.maximum(limit, settings.lane_m)
    one, other = one[keep], other[keep]
    return Pairs(np.minimum(one, other), np.maximum(one, other), meters[keep])


def _limit(joint: Floats | float, most: Floats | float, settings: Settings) -> Floats:
    plain = settings.reach_sd * np.asarray(joint)
    limit: Floats = np.minimum(np.asarray(most) * joint, np.maximum(plain, WIDEST_M))
    return limit
