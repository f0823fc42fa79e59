"""How many there are, from who is on which list: Chapman for two lists, log-linear for three (K2).

Every estimate is the number seen plus the number unseen; the interval is log-normal in the unseen
(Chao 1987, Biometrics 43:783), so that it never falls below what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]
PAIRS = ((0, 1), (0, 2), (1, 2))
"""Pairs of three lists that may depend on one another."""
HISTORIES = tuple((a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1))[1:]
"""On which of three lists a camera is, in the order of `log_linear`: all but on none."""
_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many there are: `seen` distinct ones, `total` with its `variance`, `low` and `high`."""

    seen: float
    total: float
    variance: float
    low: float
    high: float


def chapman(
    first: float, second: float, both: float, *, low: float = 0.05, high: float = 0.95
) -> Estimate:
    """Estimate a closed population from two independent lists (K2; Chapman 1951).

    Parameters
    ----------
    first, second, both
        Cameras on the first list, on the second, and on both.
    low, high
        Bounds of the interval.

    Raises
    ------
    ValueError
        When more are on both than on one.

    >>> round(chapman(100, 80, 40).total, 1)
    198.5
    """
    if not 0 <= both <= min(first, second):
        raise ValueError("more cameras on both lists than on one of them")
    total = (first + 1) * (second + 1) / (both + 1) - 1
    # variance of Seber 1970 (Biometrics 26:13)
    variance = (first + 1) * (second + 1) * (first - both) * (second - both)
    variance /= (both + 1) ** 2 * (both + 2)
    seen = first + second - both
    made = interval(seen, total, variance, low, high)
    if variance > 0:
        return made
    # one list holds all of the other: the interval is the exact one of the hypergeometric
    most = _most(round(first), round(second), round(both), 1 - high)
    return Estimate(seen, total, variance, seen, max(most, seen))


def _most(first: int, second: int, both: int, tail: float) -> float:
    """Return the largest population under which so many on both lists still have the chance
    `tail`; infinite where nothing bounds it.
    """
    if both == 0:
        return float("inf")
    from scipy import stats  # takes a second to load, and is needed here alone

    below, above = first + second - both, 2 * (first + second)
    while stats.hypergeom.sf(both - 1, above, first, second) > tail:
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        if stats.hypergeom.sf(both - 1, middle, first, second) > tail:
            below = middle
        else:
            above = middle
    return float(below)


def interval(
    seen: float, total: float, variance: float, low: float = 0.05, high: float = 0.95
) -> Estimate:
    """Return an estimate with its log-normal interval of the unseen (K2; Chao 1987)."""
    unseen = max(total - seen, 0.0)
    if unseen <= 0 or not np.isfinite(variance) or variance <= 0:
        return Estimate(seen, total, variance, total, total)
    spread = float(np.sqrt(np.log1p(variance / unseen**2)))
    a, b = (float(np.exp(special.ndtri(q) * spread)) for q in (low, high))
    return Estimate(seen, total, variance, seen + unseen * a, seen + unseen * b)


def summed_estimate(
    parts: Iterable[Estimate], *, low: float = 0.05, high: float = 0.95
) -> Estimate:
    """Return the sum of the estimates of strata, which are independent of one another (K3)."""
    some = list(parts)
    seen, total, variance = (
        float(sum(getattr(p, name) for p in some)) for name in ("seen", "total", "variance")
    )
    return interval(seen, total, variance, low, high)


def combined_estimate(
    parts: Iterable[Estimate], *, low: float = 0.05, high: float = 0.95
) -> Estimate:
    """Return one estimate from those of several draws of the matches (K2; Rubin 1987).

    The variance is the mean of theirs and the spread between them.
    """
    some = list(parts)
    seen, total, within = (
        float(np.mean([getattr(p, name) for p in some])) for name in ("seen", "total", "variance")
    )
    between = float(np.var([p.total for p in some], ddof=1)) if len(some) > 1 else 0.0
    if between == 0:
        return some[0]
    return interval(seen, total, within + (1 + 1 / len(some)) * between, low, high)


@dataclass(frozen=True, slots=True)
class LogLinear:
    """What three lists say: the averaged `estimate`, the weight of each model (pairs that depend),
    and the chance of what is seen were each pair independent (likelihood ratio).
    """

    estimate: Estimate
    weights: dict[tuple[tuple[int, int], ...], float]
    p_independent: dict[tuple[int, int], float]


def log_linear(counts: Any, *, low: float = 0.05, high: float = 0.95) -> LogLinear:
    """Estimate a closed population from three lists, pairs of which may depend (K2).

    All hierarchical models without the threefold interaction are fitted (Fienberg 1972,
    Biometrika 59:591) and averaged by their BIC weights; the interval is of the mixture of their
    log-normal ones (Hoeting et al. 1999, Stat. Sci. 14:382), so that the choice of a model is in
    it. Per model the variance of the total is f + f² v: f the unseen, v the variance of its
    logarithm.

    Parameters
    ----------
    counts
        Cameras by history in the order of `HISTORIES`, shape (7,).

    Raises
    ------
    ValueError
        When there are no seven counts, a list is empty, or the lists overlap too little.
    """
    y = np.asarray(counts, dtype=np.float64)
    design = np.array(HISTORIES, dtype=np.float64)
    if y.shape != (7,) or (y < 0).any() or not (design.T @ y > 0).all():
        raise ValueError("three lists need seven counts, and no list may be empty")
    seen = float(y.sum())
    fits = {}
    for many in range(len(PAIRS) + 1):
        for model in combinations(PAIRS, many):
            fits[model] = _fit(y, design, model)
    bic = np.array([f[2] + (4 + len(m)) * np.log(max(seen, 2.0)) for m, f in fits.items()])
    usable = np.array([np.isfinite(f[0]) and np.isfinite(f[1]) for f in fits.values()])
    if not usable.any():
        raise ValueError("the three lists overlap too little for any model")
    weight = np.where(usable, np.exp(-(bic - bic[usable].min()) / 2), 0.0)
    weight /= weight.sum()
    some = weight > 1e-6
    weighty = [f for f, take in zip(fits.values(), some, strict=True) if take]
    unseen, spread = (np.array([f[i] for f in weighty]) for i in (0, 1))
    own = unseen + unseen**2 * spread
    mean = float((weight[some] * unseen).sum())
    variance = float((weight[some] * (own + (unseen - mean) ** 2)).sum())
    bounds = _mixture(weight[some], unseen, own, (low, high))
    p = {}
    for pair in PAIRS:
        gain = fits[()][2] - fits[(pair,)][2]
        p[pair] = float(special.chdtrc(1, max(gain, 0.0)))
    made = Estimate(seen, seen + mean, variance, *(seen + u for u in bounds))
    return LogLinear(made, dict(zip(fits, weight.tolist(), strict=True)), p)


def _mixture(
    weight: FloatArray, unseen: FloatArray, variance: FloatArray, at: tuple[float, float]
) -> list[float]:
    """Return quantiles of a mixture of log-normal distributions, by bisection of its logarithm."""
    unseen = np.maximum(unseen, 1e-9)
    spread = np.sqrt(np.log1p(variance / unseen**2))
    found = []
    for q in at:
        low = float((np.log(unseen) - 8 * spread).min())
        high = float((np.log(unseen) + 8 * spread).max())
        for _ in range(100):
            middle = (low + high) / 2
            below = float((weight * special.ndtr((middle - np.log(unseen)) / spread)).sum())
            low, high = (middle, high) if below < q else (low, middle)
        found.append(float(np.exp((low + high) / 2)))
    return found


def _fit(
    y: FloatArray, lists: FloatArray, model: tuple[tuple[int, int], ...]
) -> tuple[float, float, float]:
    """Return (unseen, variance of its logarithm, -2 log likelihood) of one Poisson model."""
    columns = [np.ones(7), *lists.T, *(lists[:, a] * lists[:, b] for a, b in model)]
    x = np.column_stack(columns)
    # half a camera keeps the logarithm of an empty cell finite, at the start only
    beta = np.linalg.lstsq(x, np.log(y + 0.5), rcond=None)[0]
    for _ in range(_ROUNDS):
        mean = np.exp(np.clip(x @ beta, -30, 30))
        root = np.sqrt(mean)
        step = np.linalg.lstsq(x * root[:, None], (y - mean) / root, rcond=None)[0]
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-9:
            break
    mean = np.exp(np.clip(x @ beta, -30, 30))
    information = x.T @ (x * mean[:, None])
    log_like = float((y * np.log(np.maximum(mean, 1e-300)) - mean).sum())
    if np.linalg.cond(information) > 1e12:
        return np.inf, np.inf, -2 * log_like
    return float(np.exp(beta[0])), float(np.linalg.inv(information)[0, 0]), -2 * log_like
