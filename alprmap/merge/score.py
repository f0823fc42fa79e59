"""M3: how much two units look like one camera, as a product of parts that can each be shown.

The score is the fourth root of the likelihood that two reports of one camera differ as much as
these do: a root changes no order, and makes the parts readable (three standard errors apart give
0.32, not 0.011)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz

from alprmap import geo
from alprmap.agencies import agreement
from alprmap.merge.belief import Belief, unlearned
from alprmap.merge.candidates import Pairs
from alprmap.merge.density import in_cell, student
from alprmap.merge.makers import two_makers
from alprmap.merge.settings import (
    HEADING_UNKNOWN,
    OPERATOR_DIFFERS,
    OPERATOR_UNKNOWN,
    ROAD_DIFFERS,
    VENDOR_DIFFERS,
    VENDOR_UNKNOWN,
    Settings,
)
from alprmap.merge.units import Bools, Floats, Ints, Prepared, Units

ZERO_APART = 0.12
"""An exact 0 that contradicts the other heading may never have been set: the pair lands in the band
of M6. """
OTHER_WAY = 0.8
"""A stated direction of travel and a heading opposite to it: the reader reads the other plate (W2
`front`). """
CARRIAGEWAY_DIFFERS = 0.12
"""Beside opposite carriageways of a divided road: two cameras, or a question where all else agrees.
"""
SAME_BODY = 0.6
"""Agreement of two agencies' names from which they may be one body (a city and its police)."""
READER = "alpr"
"""A device that nobody names may be a reader. So one that is known and something else is not taken
for it, whatever else agrees: a reader would go off the map as a red-light camera, or a red-light
camera stand on it as a reader."""
ALIKE = 90.0
"""rapidfuzz token-sort ratio from which two names count as one name spelled twice; numbers must
agree. """
AROUND = 8e-6
"""Cameras per square meter that stand somewhere in a covered town by chance: eight per km², of
which a quarter have no record of their own."""
BESIDE, FALL = 1.2e-3, 0.83
"""Around one of the 61,768 cameras of January 2026, seen through a joint error of s meters, stand
1.2e-3 / s others per square meter, at distance d less by (1 + d²/2s²)^-0.83 (within a fifth for s
from 40 to 200 m): readers stand in clumps, so one that is new has another beside it far more often
than the mean of a town says. It holds for sources of which nothing was learned, up to `AROUND`:
nearer than that heads of one pole stand, which headings tell apart."""
REACH, HALF_A_CAMERA = 4.5, 0.5
"""Cameras are counted within this many joint errors; where none is seen, half of one is assumed at
most (a Jeffreys prior)."""
ALIKE_SHARE, UNSEEN = 0.6, 0.25
"""Of the cameras around a learned list's record six in ten could be taken for it, and a quarter of
one that nobody mapped: with these, eight in a thousand links are wrong where eight are expected
(constructed lists of which a fifth is missing, docs/method/merge.md)."""
HEAP = 4.2
"""Around a camera of January 2026, seen through an error of s meters, the others stand 4.2 / (1 +
d²/2s²) times as dense as in the mean within 4.5 s (within a tenth for s from 20 to 160 m)."""
LEAST = 1e-9
PARTS = ("p_position", "p_heading", "p_operator", "p_vendor", "p_road")


@dataclass(frozen=True)
class Scores:
    """The parts of the agreement of each pair, in the order of `PARTS`; which pairs can never be
    one camera; the odds that a pair is one, seen by itself; which name two agencies; of which one
    side is a device that reads no plates for all we know and the other one nobody names; and which
    name two makers of whom none is known to have replaced the other."""

    parts: Floats
    never: Bools
    odds: Floats
    agencies: Bools
    unnamed: Bools
    makers: Bools

    @property
    def doubtful(self) -> Bools:
        """Which pairs a person has to settle, however likely they are."""
        doubt: Bools = self.agencies | self.unnamed | self.makers
        return doubt

    @property
    def total(self) -> Floats:
        """The score: the product of the parts, 0 where the pair can never be one camera."""
        product: Floats = np.prod(self.parts, axis=1)
        return np.where(self.never, 0.0, product)


def score(
    pairs: Pairs, prepared: Prepared, settings: Settings, belief: Belief | None = None
) -> Scores:
    """Return the score of every pair of units, part by part (M3, M5)."""
    units, i, j = prepared.units, pairs.left, pairs.right
    belief = unlearned(len(prepared.sources)) if belief is None else belief
    own = prepared.source[units.lead]
    speaker = belief.speaker(own[i], own[j])
    variance = units.error[i] ** 2 + units.error[j] ** 2
    position = nearness(pairs.meters**2 / variance, belief.gate_tail()[speaker])
    heading, apart = headings_agree(
        units.heads[i], units.heads[j], units.zero[i] | units.zero[j], settings
    )
    operator = _names(
        units.operator[i], units.operator[j], prepared.operators, OPERATOR_UNKNOWN, OPERATOR_DIFFERS
    )
    vendor = _names(
        units.vendor[i], units.vendor[j], prepared.vendors, VENDOR_UNKNOWN, VENDOR_DIFFERS
    )
    road, opposite = _road(prepared, i, j, settings)
    device = (units.device[i] >= 0) & (units.device[j] >= 0) & (units.device[i] != units.device[j])
    unnamed = _unnamed(units.device[i], units.device[j], prepared.devices)
    parts = np.stack([position, heading, operator, vendor, road], axis=1)
    agencies = parts[:, 2] == OPERATOR_DIFFERS
    # a reader taken down and another maker's that stands: replaced, not one
    replaced = (units.gone[i] != units.gone[j]) & (parts[:, 3] == VENDOR_DIFFERS)
    makers = two_makers(prepared, i, j, parts[:, 3], settings) & belief.makers[speaker]
    never = apart | opposite | device | replaced
    of_left, cell = own[i] == speaker, cell_m(prepared, i, j)
    weights = _Weights(belief, speaker, variance, settings.spread_deg, of_left, own, cell)
    return Scores(parts, never, odds(pairs, units, parts, weights), agencies, unnamed, makers)


def _unnamed(one: Ints, other: Ints, devices: Sequence[str]) -> Bools:
    """Return the pairs of a device that is known and no reader with one that nobody names."""
    reader = devices.index(READER) if READER in devices else -2
    low, high = np.minimum(one, other), np.maximum(one, other)
    return np.asarray((low < 0) & (high >= 0) & (high != reader))


def nearness(square: Floats, tail: Floats) -> Floats:
    """Return the agreement of two positions whose squared distance in joint errors is given: the
    fourth root of the density there against that of none.

    >>> nearness(np.array([9.0, 9.0]), np.array([np.inf, 3.0])).round(2).tolist()
    [0.32, 0.42]
    """
    some = np.where(np.isfinite(tail), tail, 1.0)
    heavy = (1.0 + square / some) ** (-(some + 2.0) / 8.0)
    agreement: Floats = np.where(np.isfinite(tail), heavy, np.exp(-square / 8.0))
    return agreement


@dataclass(frozen=True)
class _Weights:
    """Whose belief weighs each pair (`speaker`; is it that of the left unit?), the pair's joint
    variance, m², the source of every unit, and the cell that each pair is rounded to, meters."""

    belief: Belief
    speaker: Ints
    variance: Floats
    kernel_deg: float
    of_left: Bools
    own: Ints
    cell: Floats


def odds(pairs: Pairs, units: Units, parts: Floats, weights: _Weights) -> Floats:
    """Return the odds that each pair is one camera against two that stand there by chance, each
    missing from the other list (Fellegi and Sunter 1969).

    Position by Student's t of the joint error against the density of cameras around; headings by
    the source's own spread; a further part to the fourth power is its likelihood ratio, to a
    factor.
    """
    belief, speaker, variance = weights.belief, weights.speaker, weights.variance
    close = pairs.meters**2 <= REACH**2 * variance
    near = np.bincount(pairs.left[close], minlength=len(units)) + np.bincount(
        pairs.right[close], minlength=len(units)
    )
    crowd = np.maximum(np.sqrt(near[pairs.left] * near[pairs.right].astype(np.float64)) - 1.0, 0.0)
    area = np.pi * (REACH * REACH) * variance
    around = np.minimum(AROUND, HALF_A_CAMERA / area) + crowd / area
    new = np.flatnonzero(
        ~belief.learned[speaker] & (weights.own[pairs.left] != weights.own[pairs.right])
    )
    if len(new):
        square, joint = pairs.meters[new] ** 2, variance[new]
        beside = BESIDE / np.sqrt(joint) * (1.0 + square / (2.0 * joint)) ** -FALL
        rivals = _rivals(pairs.take(new), close[new], weights.own)
        around[new] = np.minimum(AROUND, beside) + rivals / area[new]
    told = np.flatnonzero(
        belief.learned[speaker] & (weights.own[pairs.left] != weights.own[pairs.right])
    )
    if len(told):
        around[told] = _beside(pairs.take(told), close[told], variance[told], told, weights)
    strangers = around * (1.0 - belief.cover[speaker])
    share = belief.match[speaker]
    density = _density(pairs, units, weights)
    ratio = share / (1.0 - share) * density / strangers
    spread: Bools = np.asarray(np.isfinite(units.heads).any(axis=1))
    known = spread[pairs.left] & spread[pairs.right]
    width, agree = belief.spread_deg[speaker], belief.agree[speaker]
    # a kernel to the power of (its width / another)² is one of that other width
    equal = parts[:, 1] ** ((weights.kernel_deg / width) ** 2)
    height = 180.0 * np.sqrt(2.0 / np.pi) / width
    ratio = ratio * np.where(known, agree * height * equal + 1.0 - agree, 1.0)
    both = parts[:, 2:] ** 4
    together: Floats = ratio * both.prod(axis=1)
    return together * _either_way(pairs, units, weights)


def _either_way(pairs: Pairs, units: Units, weights: _Weights) -> Floats:
    """Return by what the odds change where a source's headings were learned to be those of its
    roads, either way: the spread that was seen instead of the one that is assumed of a stated
    direction of travel."""
    belief, out = weights.belief, np.ones(len(pairs))
    rows = np.flatnonzero(belief.travel[weights.speaker])
    if not len(rows):
        return out
    i, j, by = pairs.left[rows], pairs.right[rows], weights.speaker[rows]
    way_i, way_j = units.travel[i], units.travel[j]
    of_left = np.isfinite(way_i)
    one = np.where(of_left, way_i, way_j)
    heads = units.heads[np.where(of_left, j, i)]
    gaps = geo.angle_between_deg(one[:, None], heads)
    gap = np.nan_to_num(np.minimum(gaps, 180.0 - gaps), nan=np.inf).min(axis=1)
    known = np.isfinite(gap) & (of_left ^ np.isfinite(way_j))
    width, agree = belief.spread_deg[by], belief.agree[by]
    seen = 90.0 * np.sqrt(2.0 / np.pi) / width * np.exp(-(gap**2) / (2.0 * width**2))
    fit = [np.exp(-(g**2) / (2.0 * weights.kernel_deg**2)) for g in (gaps, 180.0 - gaps)]
    assumed = np.nan_to_num(np.maximum(fit[0], OTHER_WAY * fit[1])).max(axis=1) ** 4
    ratio = (agree * seen + 1.0 - agree) / np.maximum(assumed, LEAST)
    out[rows[known]] = ratio[known]
    return out


def _beside(pairs: Pairs, close: Bools, variance: Floats, rows: Ints, weights: _Weights) -> Floats:
    """Return how many other cameras per square meter a learned list's record would meet where it
    stands: those of the other source near it, heaped around the nearest as readers are.

    It is one number for a record and a source: which of several cameras it is depends on the
    distances alone.
    """
    own, of_left = weights.own, weights.of_left[rows]
    record = np.where(of_left, pairs.left, pairs.right)
    other = own[np.where(of_left, pairs.right, pairs.left)]
    keys, at = np.unique(record * (int(own.max(initial=0)) + 1) + other, return_inverse=True)
    near = np.bincount(at, weights=close, minlength=len(keys))
    nearest = np.full(len(keys), np.inf)
    np.minimum.at(nearest, at, pairs.meters**2 / variance)
    rivals = ALIKE_SHARE * np.maximum(near - 1.0, 0.0) + UNSEEN
    heaped = HEAP / (1.0 + nearest / 2.0)
    density: Floats = (rivals * heaped)[at] / (np.pi * REACH * REACH * variance)
    return density


def _rivals(pairs: Pairs, close: Bools, own: Ints) -> Floats:
    """Return how many records of the other's source stand near each side of a pair besides it: the
    geometric mean of both sides. Further sources that see the same cameras again do not count."""
    n = int(own.max(initial=0)) + 1
    one, other = pairs.left * n + own[pairs.right], pairs.right * n + own[pairs.left]
    keys, at = np.unique(np.concatenate([one, other]), return_inverse=True)
    near = np.bincount(at, weights=np.concatenate([close, close]), minlength=len(keys))[at]
    both = near[: len(one)] * near[len(one) :]
    rivals: Floats = np.maximum(np.sqrt(both) - 1.0, 0.0)
    return rivals


def _density(pairs: Pairs, units: Units, weights: _Weights) -> Floats:
    """Return the density of each pair's displacement if it is one camera, per square meter."""
    belief, speaker = weights.belief, weights.speaker
    spread = np.sqrt(weights.variance) * belief.narrow[speaker]
    density = student(pairs.meters**2, spread, belief.tail[speaker])
    long = np.flatnonzero(belief.along[speaker] > 0)
    if len(long):
        i, j, by = pairs.left[long], pairs.right[long], speaker[long]
        east, north = geo.tangent_xy(units.lon[i], units.lat[i], units.lon[j], units.lat[j])
        camera = np.where(weights.of_left[long], j, i)
        heading = only_heading(units.heads[camera])
        density[long] = belief.shape(by).density(east, north, heading, spread[long])
    cell = np.flatnonzero(belief.boxed[speaker] & (weights.cell > 0.0))
    if len(cell):
        i, j = pairs.left[cell], pairs.right[cell]
        east, north = geo.tangent_xy(units.lon[i], units.lat[i], units.lon[j], units.lat[j])
        density[cell] = in_cell(east, north, units.lat[i], weights.cell[cell], spread[cell])
    return density


def cell_m(prepared: Prepared, one: Ints, other: Ints) -> Floats:
    """Return the side of the cell, meters, that the coarser point of each pair is rounded to; 0
    where rounding does not matter."""
    lead = prepared.units.lead
    step: Floats = np.where(prepared.rounded.coarse, prepared.rounded.step_m, 0.0)[lead]
    return np.maximum(step[one], step[other])


def only_heading(heads: Floats) -> Floats:
    """Return the one heading of each row, degrees; NaN where there is none or several."""
    single = np.isfinite(heads).sum(axis=1) == 1
    return np.where(single, _only(heads), np.nan)


def kernel(apart_deg: Floats, settings: Settings) -> Floats:
    """Return the agreement of two headings `apart_deg` degrees apart: 1 when equal, 0.86 at 20,
    0.25 at 60."""
    agreement: Floats = np.exp(-(apart_deg**2) / (2.0 * settings.spread_deg**2))
    return agreement


def headings_agree(
    one: Floats, other: Floats, zero: Bools, settings: Settings
) -> tuple[Floats, Bools]:
    """Return how well two sets of headings agree, and which pairs face apart for good (M5).

    Each head of the side with fewer heads (of both, when they have as many) is held against the
    nearest head of the other side; the agreement is the mean over these, and a pair faces apart
    when one of them has no partner within `settings.apart_deg`.

    Parameters
    ----------
    one, other
        Headings, degrees, shape (pairs, heads), padded with NaN; a row of NaN is an unknown
        heading.
    zero
        Pairs in which the only heading of a side is an exact 0, which may be a heading never set
        (D3).
    """
    n_one, n_other = np.isfinite(one).sum(axis=1), np.isfinite(other).sum(axis=1)
    agreement = np.full(len(one), HEADING_UNKNOWN)
    never = np.zeros(len(one), dtype=bool)
    known = (n_one > 0) & (n_other > 0)
    single = known & (n_one == 1) & (n_other == 1)
    if single.any():
        gap = geo.angle_between_deg(_only(one[single]), _only(other[single]))
        agreement[single], never[single] = kernel(gap, settings), gap > settings.apart_deg
    several = np.flatnonzero(known & ~single)
    if len(several):
        there, there_worst = _held_against(one[several], other[several], settings)
        back, back_worst = _held_against(other[several], one[several], settings)
        fewer, more = n_one[several] < n_other[several], n_one[several] > n_other[several]
        agreement[several] = np.where(fewer, there, np.where(more, back, (there + back) / 2))
        worst = np.where(
            fewer, there_worst, np.where(more, back_worst, np.maximum(there_worst, back_worst))
        )
        never[several] = worst > settings.apart_deg
    unsure = never & zero
    agreement[unsure] = ZERO_APART
    return agreement, never & ~zero


def _held_against(few: Floats, many: Floats, settings: Settings) -> tuple[Floats, Floats]:
    """Return the mean agreement of the heads of `few` with the nearest heads of `many`, and the
    widest gap."""
    gaps = geo.angle_between_deg(few[:, :, None], many[:, None, :])
    nearest = np.where(np.isnan(gaps), 999.0, gaps).min(axis=2)
    real = np.isfinite(few)
    mean = np.where(real, kernel(nearest, settings), 0.0).sum(axis=1) / real.sum(axis=1)
    worst: Floats = np.where(real, nearest, 0.0).max(axis=1)
    return mean, worst


def _only(padded: Floats) -> Floats:
    column = np.isfinite(padded).argmax(axis=1)
    only: Floats = padded[np.arange(len(padded)), column]
    return only


def _names(one: Ints, other: Ints, names: object, unknown: float, differs: float) -> Floats:
    agreement = np.ones(len(one))
    silent = (one < 0) | (other < 0)
    agreement[silent] = unknown
    unlike = np.flatnonzero(~silent & (one != other))
    if len(unlike):
        texts = list(names)  # type: ignore[call-overload]
        low, high = np.minimum(one[unlike], other[unlike]), np.maximum(one[unlike], other[unlike])
        key, where = np.unique(low * len(texts) + high, return_inverse=True)
        verdict = [
            1.0 if alike(texts[k // len(texts)], texts[k % len(texts)]) else differs
            for k in key.tolist()
        ]
        agreement[unlike] = np.asarray(verdict)[where]
    return agreement


@lru_cache(maxsize=200_000)
def alike(one: str, other: str) -> bool:
    """Tell whether two names are one name spelled twice: same numbers, and nearly the same words,
    or the same body by what the name of an agency says (`alprmap.agencies`).

    >>> (alike("LOWE'S", "Lowes"), alike("Constable Pct 1", "Constable Pct 2"),
    ...  alike("Laredo PD", "Laredo ISD PD"), alike("Laredo PD", "Laredo Police Department"))
    (True, False, False, True)
    """
    a, b = _plain(one), _plain(other)
    if [w for w in a.split() if w.isdigit()] != [w for w in b.split() if w.isdigit()]:
        return False
    if a == b or (len(a.split()) == len(b.split()) and fuzz.token_sort_ratio(a, b) >= ALIKE):
        return True
    return (agreement(one, other) or 0.0) >= SAME_BODY


def _plain(name: str) -> str:
    kept = "".join(c if c.isalnum() else " " if c in " -/,;&" else "" for c in name.casefold())
    return " ".join(kept.split())


def _road(prepared: Prepared, i: Ints, j: Ints, settings: Settings) -> tuple[Floats, Bools]:
    """Return the agreement of road and direction of travel, and the pairs that read opposite
    directions.

    Two stated directions of travel must agree; a stated one is held against a heading along the
    road's axis, because the meaning of "facing" is not settled (W2); carriageways come from the
    roads, where given."""
    units = prepared.units
    agreement = np.ones(len(i))
    named = (units.road[i] >= 0) & (units.road[j] >= 0) & (units.road[i] != units.road[j])
    agreement[named] = ROAD_DIFFERS
    gap = geo.angle_between_deg(units.travel[i], units.travel[j])
    both = np.isfinite(gap)
    agreement[both] *= kernel(gap[both], settings)
    never = np.nan_to_num(gap, nan=0.0) > settings.apart_deg
    for a, b in ((i, j), (j, i)):
        half = np.flatnonzero(np.isfinite(units.travel[a]) & ~np.isfinite(units.travel[b]))
        agreement[half] *= _along(units.travel[a[half]], units.heads[b[half]], settings)
    own_i = np.where(np.isfinite(units.travel[i]), units.travel[i], units.carriageway[i])
    own_j = np.where(np.isfinite(units.travel[j]), units.travel[j], units.carriageway[j])
    opposite = (
        np.nan_to_num(geo.angle_between_deg(own_i, own_j), nan=0.0) > 180.0 - settings.apart_deg
    )
    agreement[opposite & ~both] *= CARRIAGEWAY_DIFFERS
    return agreement, never


def _along(travel: Floats, heads: Floats, settings: Settings) -> Floats:
    gaps = geo.angle_between_deg(travel[:, None], heads)
    fit = np.maximum(kernel(gaps, settings), OTHER_WAY * kernel(180.0 - gaps, settings))
    best: Floats = np.where(np.isnan(fit), 0.0, fit).max(axis=1, initial=0.0)
    return np.where(np.isfinite(heads).any(axis=1), best, 1.0)
