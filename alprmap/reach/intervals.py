"""Intervals that know that agencies buy readers by the dozen (rule R5).

What is resampled is the cluster: all readers of one operator, and in each county those whose
operator is unknown together with the operators that are local to it. With every camera its own
cluster the exact intervals for independent cameras hold; with few clusters the exact interval is
taken at the effective number of cameras (Kish 1965, n² / Σ n_c²). No interval has zero width: where
nothing can be said, there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, special

from alprmap.geo import FloatArray
from alprmap.reach.settings import DEFAULT_SETTINGS, Settings

IntArray = NDArray[np.int64]
RESAMPLED, EXACT, EFFECTIVE, NONE = (
    "clusters of operator or county resampled",
    "exact, cameras independent",
    "exact at the effective number of cameras, few clusters",
    "none: too few clusters",
)
"""What `share_bounds` and `median_bounds` say."""


def clusters(
    reach: pd.DataFrame,
    cameras: pd.DataFrame | None = None,
    *,
    settings: Settings = DEFAULT_SETTINGS,
) -> pd.Series:
    """Return the cluster of each row of `reach`: who runs it, the county where that is unknown.

    Parameters
    ----------
    reach
        Table `reach`, `county_geoid` where known.
    cameras
        Table `cameras` with `operator`; None leaves counties alone.
    settings
        `local_share`: an operator with that much of its cameras in one county is one cluster with
        the cameras of unknown operator there, who are likely its own.

    Returns
    -------
    Series
        A name per row; a camera with neither operator nor county is a cluster by itself.
    """
    own = "camera " + reach["camera_id"].astype("str")
    if "county_geoid" not in reach.columns:
        county = pd.Series(None, reach.index, dtype="str")
    else:
        county = ("county " + reach["county_geoid"].astype("str")).where(
            reach["county_geoid"].notna()
        )
    if cameras is None or "operator" not in cameras.columns:
        return county.fillna(own).rename("cluster")
    operator = reach["camera_id"].map(cameras.set_index("camera_id")["operator"]).astype("str")
    both = pd.DataFrame({"operator": operator, "county": county}).dropna()
    sizes = both.groupby(["operator", "county"]).size().groupby("operator").agg(["max", "sum"])
    share = operator.map(sizes["max"] / sizes["sum"])
    local = operator.notna() & county.notna() & (share >= settings.local_share)
    named = ("operator " + operator).where(operator.notna() & ~local)
    return named.fillna(county).fillna(own).astype("str").rename("cluster")


@dataclass(frozen=True, slots=True)
class Clustered:
    """The cameras of one group by cluster, ready for intervals."""

    codes: IntArray
    """Number of the cluster of each camera."""
    sizes: FloatArray
    """Cameras of each cluster."""
    weights: IntArray | None
    """How often each cluster is drawn in each replicate; None where nothing is resampled."""
    settings: Settings

    @property
    def effective(self) -> float:
        """Return the effective number of cameras (Kish 1965)."""
        return float(self.sizes.sum() ** 2 / (self.sizes**2).sum()) if len(self.sizes) else 0.0

    def share_of_draws(self, within: NDArray[np.bool_]) -> FloatArray | None:
        """Return low and high of the share of each column of `within`, shape (2, radii); None
        where nothing is resampled.

        Parameters
        ----------
        within
            Whether each camera is within each radius, shape (n, radii).
        """
        if self.weights is None:
            return None
        counts = [np.bincount(self.codes, c, minlength=len(self.sizes)) for c in within.T]
        totals = self.weights @ np.column_stack([*counts, self.sizes])
        tail = (1 - self.settings.confidence) / 2
        drawn: FloatArray = np.quantile(totals[:, :-1] / totals[:, -1:], [tail, 1 - tail], axis=0)
        return drawn

    def median(self, ranked: FloatArray, codes: IntArray) -> tuple[float, float, str]:
        """Return low, high and the kind of interval of a median.

        Parameters
        ----------
        ranked
            Distances in order, shape (n,).
        codes
            The cluster of each, shape (n,).
        """
        if len(self.sizes) == len(ranked):
            low, high = _quantile_interval(ranked, 0.5, self.settings.confidence)
            kind = EXACT
        elif self.weights is None:
            return np.nan, np.nan, NONE
        else:
            drawn = _weighted_medians(ranked, codes, self.weights)
            tail = (1 - self.settings.confidence) / 2
            low, high = (float(v) for v in np.quantile(drawn, [tail, 1 - tail]))
            kind = RESAMPLED
        return (np.nan, np.nan, NONE) if low == high else (low, high, kind)


def share_bounds(
    groups: Sequence[Clustered], within: Sequence[NDArray[np.bool_]], k: IntArray
) -> tuple[FloatArray, FloatArray, NDArray[np.object_]]:
    """Return low, high and the kind of interval of every share of every group, shape (groups,
    radii).

    Parameters
    ----------
    groups
        The clusters of each group.
    within
        Of each group whether each camera is within each radius, shape (n, radii).
    k
        Cameras within each radius, shape (groups, radii).
    """
    low, high = np.full(k.shape, np.nan), np.full(k.shape, np.nan)
    kinds = np.full(k.shape, NONE, dtype=object)
    size, n = np.zeros(len(groups)), np.array([len(g.codes) for g in groups])
    for i, kin in enumerate(groups):
        drawn = kin.share_of_draws(within[i])
        if n[i] and (len(kin.sizes) > 1 or n[i] == 1):
            size[i] = n[i] if len(kin.sizes) == n[i] else kin.effective
            kinds[i] = EXACT if len(kin.sizes) == n[i] else EFFECTIVE
        if drawn is not None:
            wide = drawn[0] < drawn[1]
            low[i, wide], high[i, wide], kinds[i, wide] = *drawn[:, wide], RESAMPLED
    row, at = np.nonzero((kinds != NONE) & (kinds != RESAMPLED))
    if len(row):
        confidence = groups[0].settings.confidence
        hits = k[row, at] * size[row] / n[row]
        low[row, at], high[row, at] = share_intervals(hits, size[row], confidence)
    return low, high, kinds


def drawn_clusters(
    cameras: pd.DataFrame, *, settings: Settings = DEFAULT_SETTINGS
) -> tuple[IntArray, IntArray] | None:
    """Return (cluster of each camera, how often each cluster is drawn in each replicate), for the
    ranks of `alprmap.geography.measure_districts`; None where there are too few clusters (R5).
    """
    from alprmap.geography import assign_places

    where = assign_places(cameras["lon"].to_numpy(), cameras["lat"].to_numpy())
    placed = cameras[["camera_id"]].reset_index(drop=True)
    placed["county_geoid"] = where["county_geoid"].to_numpy()
    made = clustered(clusters(placed, cameras, settings=settings).to_numpy(object), settings)
    return None if made.weights is None else (made.codes, made.weights)


def clustered(names: NDArray[Any], settings: Settings) -> Clustered:
    """Return the clusters of a group; drawn by the seed and independent of the order of rows.

    Parameters
    ----------
    names
        The cluster of each camera, or its number among all names in order.
    settings
        Of the bootstrap.
    """
    names = names if names.dtype.kind in "iu" else names.astype(str)
    known, codes = np.unique(names, return_inverse=True)
    sizes = np.bincount(codes, minlength=len(known)).astype(np.float64)
    weights = None
    if settings.fewest_clusters <= len(known) < len(names):
        rng = np.random.default_rng(settings.seed)
        even = np.full(len(known), 1 / len(known))
        weights = rng.multinomial(len(known), even, size=settings.replicates)
    return Clustered(codes, sizes, weights, settings)


def _weighted_medians(ranked: FloatArray, codes: IntArray, weights: IntArray) -> FloatArray:
    """Return the median of each replicate, cameras counted as often as their cluster is drawn.

    Half of a replicate's cameras is passed in one block of the ranks, which is all that is then
    looked into: the square root of the cameras, not all of them."""
    n, draw = len(ranked), np.arange(len(weights))
    size = max(1, math.isqrt(n))
    begin = np.arange(0, n, size)
    shape = (len(begin), weights.shape[1])
    many = sparse.csr_array((np.ones(n, np.int64), (np.arange(n) // size, codes)), shape=shape)
    sums = np.cumsum(many @ weights.T, axis=0)
    half = sums[-1] / 2
    block = (sums < half).sum(axis=0)
    before = np.where(block > 0, sums[block - 1, draw], 0)
    place = begin[block][:, None] + np.arange(size)
    inside = place < n
    times = np.where(inside, weights[draw[:, None], codes[np.where(inside, place, 0)]], 0)
    step = (before[:, None] + np.cumsum(times, axis=1) < half[:, None]).sum(axis=1)
    found: FloatArray = ranked[begin[block] + step]
    return found


@lru_cache(maxsize=65536)
def share_interval(k: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper–Pearson 1934) interval of a share of `k` in `n`; both may be
    effective numbers and no integers.

    >>> [round(v, 4) for v in share_interval(10, 100)]
    [0.049, 0.1762]
    """
    low, high = share_intervals(np.array([k]), np.array([n]), confidence)
    return float(low[0]), float(high[0])


def share_intervals(
    k: FloatArray, n: FloatArray, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return low and high of the exact intervals of many shares; missing where `n` is 0."""
    tail = (1 - confidence) / 2
    low, high = np.where(n > 0, 0.0, np.nan), np.where(n > 0, 1.0, np.nan)
    some, short = k > 0, k < n
    low[some] = special.betaincinv(k[some], n[some] - k[some] + 1, tail)
    high[short] = special.betaincinv(k[short] + 1, n[short] - k[short], 1 - tail)
    return low, high


def _quantile_interval(ranked: FloatArray, q: float, confidence: float) -> tuple[float, float]:
    """Return the exact interval of a quantile from order statistics; missing where n is too small
    for one."""
    n = len(ranked)
    if n == 0:
        return np.nan, np.nan
    low, high = _ranks(n, q, confidence)
    return (
        float(ranked[low - 1]) if low >= 1 else np.nan,
        float(ranked[high - 1]) if high <= n else np.nan,
    )


@lru_cache(maxsize=65536)
def _ranks(n: int, q: float, confidence: float) -> tuple[int, int]:
    tail = (1 - confidence) / 2
    return _binomial_quantile(tail, n, q), _binomial_quantile(1 - tail, n, q) + 1


def _binomial_quantile(share: float, n: int, q: float) -> int:
    """Return the least k with P(X ≤ k) ≥ `share` (scipy.stats takes a second to load)."""
    above = int(np.ceil(special.bdtrik(share, n, q)))
    below = max(above - 1, 0)
    return below if special.bdtr(below, n, q) >= share else above
