"""Two lists of nodes that are of one way become one list (rule N7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alprmap import geo

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

MOST_STEPS = 1_000_000
"""Above this many pairs of nodes only the two plain orders are tried, one list behind the other: a
way has at most 2,000 nodes (OSM API), and one that crosses a border twice is short."""


def contiguous(inner: IntArray, outer: IntArray) -> bool:
    """Tell whether `inner` stands in `outer` as one run.

    >>> contiguous(np.array([2, 3]), np.array([1, 2, 3, 4]))
    True
    """
    size = len(inner)
    if size > len(outer):
        return False
    starts = np.flatnonzero(outer[: len(outer) - size + 1] == inner[0])
    return any(np.array_equal(outer[s : s + size], inner) for s in starts)


def overlap(a: IntArray, b: IntArray, a_at: IntArray, b_at: IntArray) -> IntArray | None:
    """Return the whole way where the end of one list is the start of the other and they share no
    further node, or None.

    Parameters
    ----------
    a, b
        Numbers of the nodes.
    a_at, b_at
        What stands for them in the result.

    >>> overlap(np.array([1, 2, 3]), np.array([2, 3, 4]), np.arange(3), np.arange(10, 13)).tolist()
    [0, 1, 2, 12]
    """
    common = np.intersect1d(a, b).size
    for first, second, one, other in ((a, b, a_at, b_at), (b, a, b_at, a_at)):
        for size in range(min(len(first), len(second)) - 1, 0, -1):
            shared = second[:size]
            if np.array_equal(first[len(first) - size :], shared) and len(set(shared)) == common:
                return np.concatenate([one, other[size:]])
    return None


def interleave(a: IntArray, b: IntArray, xy: FloatArray, gap_m: float) -> IntArray | None:
    """Return two halves without a common node as one list: the shortest line that keeps the order
    of both.

    Parameters
    ----------
    a, b
        Places in `xy`, the first two or more.
    xy
        Degrees, lon and lat.
    gap_m
        Longest edge from one half to the other.

    Returns
    -------
    IntArray or None
        None where a place is unknown, or a gap is wider: these are not halves of one way.
    """
    if not np.isfinite(xy[a]).all() or not np.isfinite(xy[b]).all():
        return None
    if len(a) * len(b) > MOST_STEPS:
        ends = [(a, b), (b, a)]
        one, other = min(ends, key=lambda p: _step(xy, p[0][-1:], p[1][:1]))
        merged = np.concatenate([one, other])
        from_a = np.repeat([one is a, other is a], [len(one), len(other)])
    else:
        merged, from_a = _shortest(a, b, xy)
    across = np.flatnonzero(from_a[1:] != from_a[:-1])
    gaps = geo.distance_m(*xy[merged[across]].T, *xy[merged[across + 1]].T)
    return merged if len(gaps) and gaps.max() <= gap_m else None


def _step(xy: FloatArray, p: IntArray, q: IntArray) -> float:
    return float(geo.distance_m(*xy[p].T, *xy[q].T)[0])


def _shortest(a: IntArray, b: IntArray, xy: FloatArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """Dynamic program over (nodes taken of a, of b, which list the last one is of)."""
    per_lon, per_lat = geo.degree_m(xy[a[:1], 1])
    flat = (xy[np.r_[a, b]] * np.array([per_lon[0], per_lat[0]])).tolist()
    pa, pb = flat[: len(a)], flat[len(a) :]
    best: dict[tuple[int, int, int], tuple[float, int]] = {}
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            for last in (0, 1):
                if (i, j)[last] == 0:
                    continue
                here = pa[i - 1] if last == 0 else pb[j - 1]
                before = (i - 1, j) if last == 0 else (i, j - 1)
                if before == (0, 0):
                    best[i, j, last] = (0.0, last)
                    continue
                options = []
                for side in (0, 1):
                    if before[side] and (*before, side) in best:
                        there = pa[before[0] - 1] if side == 0 else pb[before[1] - 1]
                        step = ((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2) ** 0.5
                        options.append((best[(*before, side)][0] + step, side))
                if options:
                    best[i, j, last] = min(options)
    i, j = len(a), len(b)
    last = min((0, 1), key=lambda side: best[i, j, side][0])
    order: list[tuple[int, bool]] = []
    while (i, j) != (0, 0):
        order.append((int(a[i - 1] if last == 0 else b[j - 1]), last == 0))
        previous = best[i, j, last][1]
        i, j = (i - 1, j) if last == 0 else (i, j - 1)
        last = previous
    order.reverse()
    return np.array([n for n, _ in order], dtype=np.int64), np.array([s for _, s in order])
