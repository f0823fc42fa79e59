"""Lone pairs that are asked about although they are no candidates: each other's nearest, but too
far apart for their errors, or facing apart on one spot."""

from __future__ import annotations

import numpy as np
import scipy

from alprmap import geo
from alprmap.merge.belief import WIDEST_M
from alprmap.merge.candidates import Pairs
from alprmap.merge.score import headings_agree
from alprmap.merge.settings import Settings
from alprmap.merge.units import Bools, Floats, Ints, Prepared, Units

WIDER = 2.5
"""An error two and a half times as wide is a geocoder's miss by one block instead of none."""
ONE_SPOT_SD = 2.0
"""Within two joint errors two records may well be one device whose heading one of them has
wrong."""
NEIGHBORS = 12
COMPLETE, NEAREST, FARTHEST_M = 0.9, 5, 3_000.0
"""Of a list whose records match by nine in ten or more, one that stays alone is more likely off by
far than new: its five nearest lone readers are asked about, whether or not it is theirs, and as far
as its errors were seen to reach, up to 3 km."""
OPPOSITE_DEG = 150.0


def left_alone(
    prepared: Prepared,
    cluster: Ints,
    reach: Floats,
    agreed: Bools,
    settings: Settings,
    match: Floats,
) -> tuple[Pairs, Pairs]:
    """Return pairs of units that both stand alone and are each other's nearest of another source:
    those beyond their candidates' `reach` (joint errors) but within `WIDER` times it, and those on
    one spot that face apart. Opposite heads of a pole are no question where headings of the two
    sources (`agreed`) have been seen to agree elsewhere. A record of a source of which nearly all
    match (`match`, by source) need not be its nearest reader's nearest.
    """
    nobody = np.zeros(0, dtype=np.int64)
    nothing = Pairs(nobody, nobody, np.zeros(0))
    units = prepared.units
    if len(prepared.sources) < 2 or not len(units):
        return nothing, nothing
    alone = np.flatnonzero(np.bincount(cluster, minlength=len(units))[cluster] == 1)
    if not len(alone):
        return nothing, nothing
    one, other, meters, turn = _nearest(prepared, alone, cluster, reach)
    source = prepared.source[units.lead]
    mutual = np.zeros(len(one), dtype=bool)
    mutual[turn == 0] = _mutual(one[turn == 0], other[turn == 0])
    mutual |= _nearest_of_camera(one, other, meters, turn, np.isin(other, alone))
    complete = match[source[one]] >= COMPLETE
    good = mutual | complete
    one, other, meters, mutual = one[good], other[good], meters[good], mutual[good]
    joint = np.hypot(units.error[one], units.error[other])
    sd = np.maximum(reach[one], reach[other])
    zero = units.zero[one] | units.zero[other]
    _, apart = headings_agree(units.heads[one], units.heads[other], zero, settings)
    device = (units.device[one] >= 0) & (units.device[other] >= 0)
    device &= units.device[one] != units.device[other]
    plain = WIDER * settings.reach_sd * joint
    widest = np.where(complete[good], FARTHEST_M, WIDEST_M)
    limit = np.minimum(WIDER * sd * joint, np.maximum(plain, widest))
    far = (meters > settings.reach_sd * joint) & (meters <= limit) & ~apart & ~device
    turned = (meters <= ONE_SPOT_SD * joint) & apart & ~device & mutual
    turned &= ~((agreed[source[one]] | agreed[source[other]]) & _opposite(units, one, other))
    pairs = Pairs(one, other, meters)
    return _each_once(pairs.take(far)), pairs.take(turned)


def _each_once(pairs: Pairs) -> Pairs:
    low, high = np.minimum(pairs.left, pairs.right), np.maximum(pairs.left, pairs.right)
    first = np.unique(np.stack([low, high]), axis=1, return_index=True)[1]
    return pairs.take(np.sort(first))


def _nearest(
    prepared: Prepared, alone: Ints, cluster: Ints, reach: Floats
) -> tuple[Ints, Ints, Floats, Ints]:
    """Return each lone unit and its `NEAREST` nearest lone ones, or cameras, that have no source in
    common with it, meters, and which nearest each is (0, 1, …). A camera stands where its first
    unit does."""
    units = prepared.units
    place = geo.ecef(units.lon, units.lat)
    mask = np.zeros_like(units.mask)
    np.bitwise_or.at(mask, cluster, units.mask)
    first = np.flatnonzero(cluster == np.arange(len(cluster)))
    # where there are two sources, a camera of both is no partner of anyone
    free = mask[first] != np.bitwise_or.reduce(mask[first], axis=0)
    first = first[free.any(axis=1)]
    if not len(first):
        nobody = np.zeros(0, dtype=np.int64)
        return nobody, nobody, np.zeros(0), nobody
    k = min(NEIGHBORS + 1, len(first))
    limit = WIDER * float(reach[alone].max()) * float(np.sqrt(2.0) * units.error[alone].max())
    meters, at = scipy.spatial.cKDTree(place[first]).query(
        place[alone], k=k, distance_upper_bound=limit
    )
    meters, at = meters.reshape(len(alone), k), at.reshape(len(alone), k)
    real = np.isfinite(meters)
    at = first[np.where(real, at, 0)]
    shared = (mask[alone][:, None, :] & mask[at]).any(axis=2)
    meters = np.where(real & ~shared, meters, np.inf)
    order = np.argsort(meters, axis=1, kind="stable")[:, :NEAREST]
    near = np.take_along_axis(meters, order, axis=1)
    row, turn = np.nonzero(np.isfinite(near))
    return alone[row], at[row, order[row, turn]], near[row, turn], turn.astype(np.int64)


def _nearest_of_camera(one: Ints, other: Ints, meters: Floats, turn: Ints, lone: Bools) -> Bools:
    """Return which pairs are a lone unit and its nearest camera of several reports, to which no
    other lone unit is nearer."""
    rows = np.flatnonzero(~lone & (turn == 0))
    order = rows[np.lexsort([one[rows], meters[rows], other[rows]])]
    out = np.zeros(len(one), dtype=bool)
    out[order[np.unique(other[order], return_index=True)[1]]] = True
    return out


def _opposite(units: Units, one: Ints, other: Ints) -> Bools:
    """Return which pairs of single headings are opposite: two heads of a pole."""
    gap = np.nanmin(
        np.nan_to_num(
            geo.angle_between_deg(units.heads[one][:, :, None], units.heads[other][:, None, :]),
            nan=999.0,
        ),
        axis=(1, 2),
    )
    opposite: Bools = (gap >= OPPOSITE_DEG) & (gap <= 180.0)
    return opposite


def _mutual(one: Ints, other: Ints) -> Bools:
    low, high = np.minimum(one, other), np.maximum(one, other)
    key = low * (int(high.max(initial=0)) + 1) + high
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    chosen = np.zeros(len(one), dtype=bool)
    chosen[first[count == 2]] = True
    return chosen
