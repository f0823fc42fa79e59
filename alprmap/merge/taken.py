"""How many of a source's good matches are taken: few enough that hardly one in a hundred is wrong,
and enough to beat the nearest free point."""

from __future__ import annotations

import numpy as np

from alprmap.merge.units import Bools, Floats, Ints

WRONG = 0.01
"""One link in a hundred may be wrong."""
STRAY = 1.28
"""How many links of a list are wrong strays by the root of their expected number: nine lists in ten
stay within `WRONG` (or one link) when this many roots are kept in hand."""
MOST_WRONG, WORTH = 0.008, 0.01
"""Share of links that is expected to be wrong at most, of a long list; and by how much the expected
F1 may fall for keeping roots in hand: where it would fall by more, fewer are kept."""
GREEDY_M = 150.0


def taken(chance: Floats, good: Bools, *, all_chance: Floats, nearest: Bools) -> Bools:
    """Return which of many good matches are taken: the likeliest.

    As many as leave one in a hundred wrong with nine in ten; where that costs more than `WORTH` in
    expected F1, as many more as it takes, but `MOST_WRONG` expected to be wrong at most. A list
    without headings, where the nearest free point is hard to beat, takes all these, and where by
    the same probabilities the nearest point is expected to reach a higher F1, as many more as it
    takes, as long as one in a hundred is expected to be wrong.

    Parameters
    ----------
    chance, good
        The probability of each match of the best assignment, and which could be taken.
    all_chance, nearest
        The probability of every match on offer, and which of them are those of the nearest free
        point (`greedily`): none where headings say more than distance does.

    >>> chance = np.array([0.999] * 300 + [0.6] * 20)
    >>> good = np.ones(320, dtype=bool)
    >>> nobody = np.zeros(320, dtype=bool)
    >>> int(taken(chance, good, all_chance=chance, nearest=nobody).sum())
    302
    """
    rows = np.flatnonzero(good)
    ordered = rows[np.argsort(-chance[rows], kind="stable")]
    count = np.arange(1, len(ordered) + 1)
    right = np.cumsum(chance[ordered])
    wrong = count - right
    may = np.maximum(WRONG * count, 1.0)
    few = _last((wrong + STRAY * np.sqrt(wrong) <= may) & (wrong <= MOST_WRONG * count))
    most, all_allowed = (_last(wrong <= share * count) for share in (MOST_WRONG, WRONG))
    true = float(all_chance.sum())
    f1 = np.append(0.0, 2.0 * right / (count + true))
    many = max(few, _first(f1[: most + 1] >= f1[most] - WORTH))
    if nearest.any():
        many = most
    greedy = 2.0 * float(all_chance[nearest].sum()) / max(float(nearest.sum()) + true, 1e-12)
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


def greedily(right: Ints, left: Ints, meters: Floats) -> Bools:
    """Return which offers the nearest free point within `GREEDY_M` takes, the shortest first.

    >>> right, left = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> greedily(right, left, np.array([5.0, 9.0, 4.0])).tolist()
    [False, True, True]
    """
    out = np.zeros(len(right), dtype=bool)
    rows = np.flatnonzero(meters <= GREEDY_M)
    rows = rows[np.argsort(meters[rows], kind="stable")]
    taken_right = np.zeros(int(right.max(initial=-1)) + 1, dtype=bool)
    taken_left = np.zeros(int(left.max(initial=-1)) + 1, dtype=bool)
    while len(rows):
        # an offer that is the first of both its sides comes before all that it rules out
        first = np.zeros(len(rows), dtype=bool)
        first[np.unique(right[rows], return_index=True)[1]] = True
        other = np.zeros(len(rows), dtype=bool)
        other[np.unique(left[rows], return_index=True)[1]] = True
        now = rows[first & other]
        out[now] = taken_right[right[now]] = taken_left[left[now]] = True
        rows = rows[~taken_right[right[rows]] & ~taken_left[left[rows]]]
    return out
