"""How many of a source's good matches are taken: few enough that hardly one in a hundred is wrong,
and enough to beat the nearest free point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alprmap.merge.units import Bools, Floats

WRONG = 0.01
"""One link in a hundred may be wrong."""
STRAY = 1.28
"""How many links of a list are wrong strays by the root of their expected number: nine lists in ten
stay within `WRONG` (or one link) when this many roots are kept in hand."""
MOST_WRONG, WORTH = 0.008, 0.01
"""Share of links that is expected to be wrong at most, of a long list; and by how much the expected
F1 may fall for keeping roots in hand: where it would fall by more, fewer are kept."""
OWED = 0.95
"""A list with headings that is expected to reach this F1 is not held against the nearest point:
that is expected to reach it only where hardly any reader has another beside it."""


def taken(
    chance: Floats, good: Bools, *, true: float, silent: bool, nearest: Callable[[], Floats]
) -> Bools:
    """Return which of many good matches are taken: the likeliest.

    As many as leave one in a hundred wrong with nine in ten; where that costs more than `WORTH` in
    expected F1, as many more as it takes, but `MOST_WRONG` expected to be wrong at most. A list
    without headings, where the nearest free point is hard to beat, takes all these. Where by the
    same probabilities the nearest point is expected to reach a higher F1, as many more are taken
    as it needs, as long as one in a hundred (or one link) is expected to be wrong.

    Parameters
    ----------
    chance, good
        The probability of each match of the best assignment, and which could be taken.
    true
        How many true pairs are expected among all that is on offer.
    silent
        Whether the list has no headings.
    nearest
        Tells the probability of each pair that the nearest free point takes (`greedily`); asked
        only where it may matter.

    >>> chance = np.array([0.999] * 300 + [0.6] * 20)
    >>> good = np.ones(320, dtype=bool)
    >>> nobody = lambda: np.zeros(0)
    >>> int(taken(chance, good, true=312.0, silent=False, nearest=nobody).sum())
    302
    """
    rows = np.flatnonzero(good)
    ordered = rows[np.argsort(-chance[rows], kind="stable")]
    count = np.arange(1, len(ordered) + 1)
    right = np.cumsum(chance[ordered])
    wrong = count - right
    may = np.maximum(WRONG * count, 1.0)
    few = _last((wrong + STRAY * np.sqrt(wrong) <= may) & (wrong <= MOST_WRONG * count))
    most, all_allowed = _last(wrong <= MOST_WRONG * count), _last(wrong <= may)
    f1 = np.append(0.0, 2.0 * right / (count + true))
    many = most if silent else max(few, _first(f1[: most + 1] >= f1[most] - WORTH))
    if many < all_allowed and (silent or f1[many] < OWED):
        near = nearest()
        greedy = 2.0 * float(near.sum()) / max(len(near) + true, 1e-12)
        if f1[many] < greedy:
            many = max(many, _first(f1[: all_allowed + 1] >= greedy))
    out = np.zeros(len(good), dtype=bool)
    out[ordered[:many]] = True
    return out


def _last(fits: Bools) -> int:
    """Return how many there are up to the last that fits."""
    return int(np.flatnonzero(fits).max(initial=-1)) + 1


def _first(fits: Bools) -> int:
    """Return the place of the first that fits, or of the last of all where none does."""
    return int(fits.argmax()) if fits.any() else len(fits) - 1
