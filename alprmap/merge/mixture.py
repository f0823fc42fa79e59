"""Fellegi-Sunter with EM: from records and the cameras near each, what a source's errors are.

Every record matches one of the cameras near it, or none. A match is displaced by a shift and a
heavy-tailed error (Student's t in the plane), its heading is the same, the opposite or neither; a
camera that is no match stands there by chance. The expectation step weighs whole neighborhoods
(`marginals`), so that two heads on one pole do not both count.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from alprmap.merge.density import (
    BY_GRID,
    BY_HEADING,
    TAIL,
    Shape,
    axis_deg,
    in_cell,
    stretched,
    within,
)
from alprmap.merge.marginals import ROUNDS, marginals
from alprmap.merge.units import Bools, Floats, Ints

STEPS = 25
STARTS = (1.0, 3.0, 8.0)
"""Multiples of the stated error that EM starts from; the likeliest end is taken."""
TAILS = (3.0, 30.0)
"""Other tails that are tried from there: as heavy as geocoders' misses, as light as Gauss's."""
TAIL_STEPS = 10
TAIL_PAIRS = 30.0
"""Matched pairs from which a tail can be told."""
PRIOR_PAIRS = 3.0
"""A stated error weighs as much as three matched pairs."""
PRIOR_FACING = (1.5, 0.5, 0.5)
"""Pairs of same, opposite and neither heading assumed before any is seen."""
PRIOR_NAMES = (4.5, 0.5)
"""Pairs of equal and of differing names assumed of matches before any is seen."""
LEAST_ACROSS, GAIN = 0.1, 10.0
"""Errors are taken as longer along the road than across it when that makes the data e^10 times as
likely."""
LEAST_SPREAD_DEG, MOST_SPREAD_DEG = 4.0, 30.0
SLIM, COARSE_DEG = 0.3, 5.0
"""How slim a block is taken to be, and by which steps the streets' bearing is tried, until the
likeliest is known."""
FAR_PULL = 3.0
"""Along a block all pairs weigh the same up to about four times its spread."""
POLISH = 6
"""Steps by which all records of a long list fit the model that its early ones chose."""
WHOLE = ("n", "near", "early")
COMPARED = 10.0
"""Least background weight for a name's rate among strangers."""


@dataclass(frozen=True)
class Evidence:
    """Records (`i`) and the cameras near them (`j`): displacement east and north, meters; joint
    stated error, meters; strangers per square meter there; how far cameras were looked at, meters;
    headings' gap, degrees, NaN unknown;
    names 1 equal, 0 differing, -1 silent; the class of error of the record; the camera's heading,
    degrees, NaN unknown or several; the latitude, degrees, and the side of the grid's cell that
    the pair is rounded to, meters, 0 for none; how many records were read, and how many of the
    list have a camera near. `early` are the records by which a model is chosen before all fit it,
    each with its rivals: all, where there are no more."""

    i: Ints
    j: Ints
    east: Floats
    north: Floats
    error: Floats
    strangers: Floats
    reach: Floats
    gap: Floats
    operator: Ints
    vendor: Ints
    group: Ints
    heading: Floats
    lat: Floats
    cell: Floats
    n: int
    near: int
    early: Bools | None = None

    def __len__(self) -> int:
        return len(self.i)

    def chosen(self) -> Evidence:
        """Return the early records alone, counted from 0 on."""
        if self.early is None or self.early.all():
            return self
        number = np.cumsum(self.early) - 1
        rows = self.early[self.i]
        part = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in WHOLE}
        part["i"] = number[part["i"]]
        return Evidence(**part, n=int(self.early.sum()), near=len(np.unique(part["i"])))

    @cached_property
    def sides(self) -> tuple[Ints, Ints]:
        """Records and cameras, each counted from 0 on."""
        one, other = (np.unique(side, return_inverse=True)[1] for side in (self.i, self.j))
        return one, other


@dataclass(frozen=True)
class Model:
    """What EM believes: `scale` by class of error (times the stated one), shift, share of records
    that match, facing (same, opposite, neither) and its spread, names' rates (match, stranger);
    which way errors are long (`along`, of `density`), how wide across, and the streets' grid;
    whether rounded points lie evenly over the grid's cell (`boxed`)."""

    scale: Floats
    shift: tuple[float, float]
    match: float
    facing: tuple[float, float, float]
    spread_deg: float
    operator: tuple[float, float]
    vendor: tuple[float, float]
    tail: float = TAIL
    along: int = 0
    across: float = 1.0
    grid_deg: float = 0.0
    even: bool = False
    boxed: bool = False

    @property
    def shape(self) -> Shape:
        """How the errors lie around a camera."""
        return Shape(self.tail, self.along, self.across, self.grid_deg, self.even)

    def off(self, seen: Evidence) -> tuple[Floats, Floats]:
        """Return each pair's squared displacement, m², in the ellipse of the errors, and the area
        of that."""
        return stretched(
            seen.east - self.shift[0], seen.north - self.shift[1], self.axis(seen), self.across
        )

    def inside(self, seen: Evidence) -> Floats:
        """Return the share of errors that leave a record's camera among those looked at."""
        spread = self.scale[seen.group] * seen.error
        return within(seen.reach, spread, self.tail)

    def axis(self, seen: Evidence) -> Floats:
        """Return the bearing along which each pair's error is long, NaN for none."""
        along = np.full(len(seen), self.along)
        return axis_deg(seen.heading, along, np.full(len(seen), self.grid_deg))


def fit(seen: Evidence) -> tuple[Model, Floats]:
    """Return the likeliest model and the probability of each pair under it."""
    early = seen.chosen()
    model, chance = _chosen(early)
    if early is seen:
        return model, chance
    for _ in range(POLISH):
        model = _improved(seen, model, chances(seen, model, rounds=8))
    return model, chances(seen, model)


def _chosen(seen: Evidence) -> tuple[Model, Floats]:
    """Return the likeliest of all models, and the probability of each pair under it."""
    best: tuple[float, Model] | None = None
    groups = int(seen.group.max(initial=0)) + 1
    for start in STARTS:
        model = Model(
            np.full(groups, start), (0.0, 0.0), 0.7, (0.6, 0.2, 0.2), 15.0, (0.9, 0.5), (0.9, 0.5)
        )
        for _ in range(STEPS):
            chance = chances(seen, model, rounds=8)
            model = _improved(seen, model, chance)
        likelihood = _likelihood(seen, model)
        if best is None or likelihood > best[0]:
            best = (likelihood, model)
    assert best is not None
    chance = chances(seen, best[1])
    if chance.sum() >= TAIL_PAIRS:
        model = max(
            (_tailed(seen, best[1], chance, t) for t in (best[1].tail, *TAILS)),
            key=lambda m: _likelihood(seen, m),
        )
        model = _in_cells(seen, _long_errors(seen, model, chance), chance)
        chance = chances(seen, model)
        return model, chance
    return best[1], chance


def _long_errors(seen: Evidence, model: Model, chance: Floats) -> Model:
    """Return the likelier of the model and those whose errors are long along the road, as those of
    block centers and house numbers are."""
    grid = _grid(seen, model)
    best, level = model, _likelihood(seen, model) + GAIN
    for along in (BY_HEADING, BY_GRID):
        for tail in {model.tail, TAILS[-1]}:
            start = replace(model, along=along, across=0.5, grid_deg=grid)
            tried = _tailed(seen, start, chance, tail)
            if tried.across < 1.0 and (likely := _likelihood(seen, tried)) > level:
                best, level = tried, likely
    if best.along:
        even = _tailed(seen, replace(best, even=True), chance, best.tail)
        if even.across < 1.0 and _likelihood(seen, even) > level:
            return even
    return best


def _in_cells(seen: Evidence, model: Model, chance: Floats) -> Model:
    """Return the likelier of the model and the one whose rounded points lie evenly over a cell."""
    if not (seen.cell > 0.0).any():
        return model
    plain = replace(model, along=0, across=1.0, even=False, boxed=True)
    tried = _tailed(seen, plain, chance, model.tail)
    return max(model, tried, key=lambda m: _likelihood(seen, m))


def _grid(seen: Evidence, model: Model) -> float:
    """Return the bearing, 0 to 90°, of the streets along which the errors are long, if they are
    long along any."""
    slim = replace(model, along=BY_GRID, across=SLIM, even=True)

    def fits(bearing: float) -> float:
        return _likelihood(seen, replace(slim, grid_deg=bearing % 90.0))

    best = max(np.arange(0.0, 90.0, COARSE_DEG).tolist(), key=fits)
    step = COARSE_DEG / 2.0
    while step >= 0.5:
        best = max((best, best - step, best + step), key=fits)
        step /= 2.0
    return float(best % 90.0)


def _tailed(seen: Evidence, model: Model, chance: Floats, tail: float) -> Model:
    """Return the likeliest model of this tail, from the one at hand."""
    model = replace(model, tail=tail)
    for _ in range(TAIL_STEPS):
        model = _improved(seen, model, chance)
        chance = chances(seen, model, rounds=8)
    return model


def _likelihood(seen: Evidence, model: Model) -> float:
    weight = np.bincount(seen.i, weights=odds(seen, model), minlength=seen.n)
    nobody = np.full(seen.n, 1.0 - model.match)
    nobody[seen.i] = 1.0 - model.match * model.inside(seen)
    return float((np.log1p(weight) + np.log(nobody)).sum())


def chances(seen: Evidence, model: Model, *, rounds: int = ROUNDS) -> Floats:
    """Return the probability of each pair, given that both sides match once at most."""
    return marginals(*seen.sides, odds(seen, model), rounds=rounds, numbered=True)


def odds(seen: Evidence, model: Model) -> Floats:
    """Return the odds of each pair being one camera, each seen by itself."""
    spread = model.scale[seen.group] * seen.error
    east, north = seen.east - model.shift[0], seen.north - model.shift[1]
    density = model.shape.density(east, north, seen.heading, spread)
    if model.boxed:
        rows = np.flatnonzero(seen.cell > 0.0)
        part = (v[rows] for v in (east, north, seen.lat, seen.cell, spread))
        density[rows] = in_cell(*part)
    # who matches none of those looked at matches none at all, or one farther off
    nobody = 1.0 - model.match * model.inside(seen)
    ratio: Floats = model.match / nobody * density / seen.strangers
    ratio = ratio * facing_ratio(seen.gap, model.facing, model.spread_deg)
    for names, (same, chance) in ((seen.operator, model.operator), (seen.vendor, model.vendor)):
        ratio = ratio * np.where(
            names == 1, same / chance, np.where(names == 0, (1 - same) / (1 - chance), 1.0)
        )
    return ratio


def facing_ratio(gap: Floats, facing: tuple[float, float, float], spread_deg: float) -> Floats:
    """Return how much likelier a gap of headings is for one camera than for strangers."""
    height = 180.0 * np.sqrt(2.0 / np.pi) / spread_deg
    same = height * np.exp(-(gap**2) / (2.0 * spread_deg**2))
    opposite = height * np.exp(-((180.0 - gap) ** 2) / (2.0 * spread_deg**2))
    ratio = facing[0] * same + facing[1] * opposite + facing[2]
    return np.where(np.isnan(gap), 1.0, ratio)


def _improved(seen: Evidence, model: Model, chance: Floats) -> Model:
    spread = model.scale[seen.group] * seen.error
    square, _ = model.off(seen)
    # Student's t holds far pairs for less; a block's ends count as much as its middle
    pull = (model.tail + 2.0) / (model.tail + square / spread**2)
    pull = np.where(
        model.even | (model.boxed & (seen.cell > 0.0)), np.minimum(pull * FAR_PULL, 1.0), pull
    )
    weight = chance * pull / spread**2
    total = max(float(weight.sum()), 1e-12)
    # the prior keeps a handful of pairs from being read as a shift of the whole list
    hold = PRIOR_PAIRS * float(np.mean(1.0 / spread**2)) if len(spread) else 0.0
    shift = (
        float((weight * seen.east).sum()) / (total + hold),
        float((weight * seen.north).sum()) / (total + hold),
    )
    groups = len(model.scale)
    share = np.bincount(seen.group, weights=chance, minlength=groups)
    size = np.bincount(
        seen.group, weights=chance * pull * square / seen.error**2 / 2.0, minlength=groups
    )
    scale = np.sqrt((PRIOR_PAIRS + size) / (PRIOR_PAIRS + share))
    looked = seen.n * (float(model.inside(seen).mean()) if len(seen) else 1.0)
    matched = (float(chance.sum()) + 2.0) / (looked + 4.0)
    facing, spread_deg = _facing(seen, model, chance)
    return replace(
        model,
        scale=np.maximum(scale, 0.05),
        shift=shift,
        across=_across(seen, model, chance * pull / seen.error**2) if model.along else 1.0,
        match=min(max(matched, 0.02), 0.98),
        facing=facing,
        spread_deg=spread_deg,
        operator=_rates(seen.operator, chance),
        vendor=_rates(seen.vendor, chance),
    )


def _across(seen: Evidence, model: Model, weight: Floats) -> float:
    """Return how wide errors are across the road by how long they are along it."""
    axis = model.axis(seen)
    known = np.isfinite(axis)
    turn = np.deg2rad(axis[known])
    east, north = seen.east[known] - model.shift[0], seen.north[known] - model.shift[1]
    along = east * np.sin(turn) + north * np.cos(turn)
    beside = east * np.cos(turn) - north * np.sin(turn)
    # a handful of pairs as wide as long keeps the ratio from noise
    hold = PRIOR_PAIRS * float(np.mean(model.scale)) ** 2
    wide = hold + float((weight[known] * beside**2).sum())
    ratio = np.sqrt(wide / (hold + float((weight[known] * along**2).sum())))
    return float(np.clip(ratio, LEAST_ACROSS, 1.0))


def facing_counts(seen: Evidence, model: Model, chance: Floats) -> tuple[Floats, Floats]:
    """Return how many matched pairs face the same, the opposite and another way, and each pair's
    part in it (pairs, 3)."""
    known = np.flatnonzero(np.isfinite(seen.gap))
    gap, width = seen.gap[known], model.spread_deg
    height = 180.0 * np.sqrt(2.0 / np.pi) / width
    parts = np.stack(
        [
            model.facing[0] * height * np.exp(-(gap**2) / (2 * width**2)),
            model.facing[1] * height * np.exp(-((180.0 - gap) ** 2) / (2 * width**2)),
            np.full(len(gap), model.facing[2]),
        ],
        axis=1,
    )
    parts = parts / parts.sum(axis=1, keepdims=True) * chance[known, None]
    whole = np.zeros((len(seen), 3))
    whole[known] = parts
    counts: Floats = whole.sum(axis=0)
    return counts, whole


def _facing(
    seen: Evidence, model: Model, chance: Floats
) -> tuple[tuple[float, float, float], float]:
    counts, parts = facing_counts(seen, model, chance)
    shares = (counts + PRIOR_FACING) / (counts.sum() + sum(PRIOR_FACING))
    gap = np.nan_to_num(seen.gap)
    square = (parts[:, 0] * gap**2 + parts[:, 1] * (180.0 - gap) ** 2).sum()
    n = parts[:, :2].sum()
    width = np.sqrt((PRIOR_PAIRS * 15.0**2 + square) / (PRIOR_PAIRS + n))
    return (
        (float(shares[0]), float(shares[1]), float(shares[2])),
        float(np.clip(width, LEAST_SPREAD_DEG, MOST_SPREAD_DEG)),
    )


def _rates(names: Ints, chance: Floats) -> tuple[float, float]:
    """Return how often names are equal among matches and among strangers."""
    known = names >= 0
    equal = names == 1
    good, bad = PRIOR_NAMES
    match = (float(chance[equal].sum()) + good) / (float(chance[known].sum()) + good + bad)
    other = 1.0 - chance
    stranger = (float(other[equal].sum()) + COMPARED / 2) / (float(other[known].sum()) + COMPARED)
    return min(max(match, 0.02), 0.98), min(max(stranger, 0.02), 0.98)
