"""The chance of each offered match when every record has one partner at most: sums over all
one-to-one assignments of a neighborhood, by belief propagation."""

from __future__ import annotations

import numpy as np

from alprmap.merge.units import Floats, Ints

ROUNDS = 30
"""Belief propagation for one-to-one assignment converges geometrically; 30 rounds reach 1e-3 even
where twelve records compete (Williams and Lau 2014, IEEE Trans. Aerospace 50(4), section V)."""
MOST_ODDS = 1e9
"""Odds above this are certainty; larger ones only lose digits."""


def marginals(
    right: Ints, left: Ints, odds: Floats, *, rounds: int = ROUNDS, numbered: bool = False
) -> Floats:
    """Return the probability of each match `right`-`left`, given that both match once at most.

    `odds` are those of the match against both standing alone, seen by itself. A match is less
    likely the better its rivals on either side are, and the rivals of these, so the margin to the
    second-best assignment is in the number (Williams and Lau 2014). `numbered` says that both
    sides are counted from 0 on without gaps, as where the same offers are weighed many times.
    """
    if not len(right):
        return np.zeros(0)
    odds = np.minimum(odds, MOST_ODDS)
    r = right if numbered else np.unique(right, return_inverse=True)[1]
    c = left if numbered else np.unique(left, return_inverse=True)[1]
    back = np.ones(len(odds))
    for _ in range(rounds):
        offered = odds * back
        there = odds / (1.0 + np.maximum(np.bincount(r, weights=offered)[r] - offered, 0.0))
        back = 1.0 / (1.0 + np.maximum(np.bincount(c, weights=there)[c] - there, 0.0))
    offered = odds * back
    chance: Floats = offered / (1.0 + np.bincount(r, weights=offered)[r])
    return chance
