"""Pairs that stand too far apart for their errors, and that a wider error would have linked."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from alprmap import geo
from alprmap.merge.candidates import Pairs
from alprmap.merge.score import headings_agree
from alprmap.merge.settings import Settings
from alprmap.merge.units import Bools, Ints, Prepared

WIDER = 2.5
"""An error two and a half times as wide is a geocoder's miss by one block instead of none."""
NEIGHBORS = 4


def wider(prepared: Prepared, cluster: Ints, settings: Settings) -> Pairs:
    """Return pairs of units that both stand alone, are each other's nearest of another source,
    could face the same way, and lie beyond their candidates' reach but within `WIDER` times it.
    """
    nobody = np.zeros(0, dtype=np.int64)
    nothing = Pairs(nobody, nobody, np.zeros(0))
    units = prepared.units
    if len(prepared.sources) < 2 or not len(units):
        return nothing
    alone = np.flatnonzero(np.bincount(cluster, minlength=len(units))[cluster] == 1)
    if len(alone) < 2:
        return nothing
    one, other, metres = _nearest(prepared, alone, settings)
    mutual = _mutual(one, other)
    one, other, metres = one[mutual], other[mutual], metres[mutual]
    reach = settings.reach_sd * np.hypot(units.error[one], units.error[other])
    zero = units.zero[one] | units.zero[other]
    _, apart = headings_agree(units.heads[one], units.heads[other], zero, settings)
    device = (units.device[one] >= 0) & (units.device[other] >= 0)
    device &= units.device[one] != units.device[other]
    good = (metres > reach) & (metres <= WIDER * reach) & ~apart & ~device
    return Pairs(one[good], other[good], metres[good])


def _nearest(prepared: Prepared, alone: Ints, settings: Settings) -> tuple[Ints, Ints, np.ndarray]:
    """Return each lone unit, the nearest lone one that shares no source with it, and metres."""
    units = prepared.units
    place = geo.ecef(units.lon[alone], units.lat[alone])
    k = min(NEIGHBORS + 1, len(alone))
    limit = WIDER * settings.reach_sd * float(np.sqrt(2.0) * units.error[alone].max())
    metres, at = cKDTree(place).query(place, k=k, distance_upper_bound=limit)
    real = np.isfinite(metres)
    at = np.where(real, at, 0)
    shared = (units.mask[alone][:, None, :] & units.mask[alone][at]).any(axis=2)
    metres = np.where(real & ~shared, metres, np.inf)
    best = metres.argmin(axis=1)
    row = np.arange(len(alone))
    near = metres[row, best]
    some = np.isfinite(near)
    return alone[some], alone[at[row, best]][some], near[some]


def _mutual(one: Ints, other: Ints) -> Bools:
    low, high = np.minimum(one, other), np.maximum(one, other)
    key = low * (int(high.max(initial=0)) + 1) + high
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    chosen = np.zeros(len(one), dtype=bool)
    chosen[first[count == 2]] = True
    return chosen
