"""What the nearest free point would link, by our own probabilities: a merge should not link less
well than that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alprmap.merge.candidates import Pairs
from alprmap.merge.units import Bools, Floats, Ints

GREEDY_M = 150.0


@dataclass(frozen=True)
class Met:
    """What a source meets when its turn `s` comes: every pair of units, the atom of each unit, the
    turn and by now the camera of each atom."""

    pairs: Pairs
    atom: Ints
    rank: Ints
    cluster: Ints
    s: int

    def nearest(self, right: Ints, left: Ints, chance: Floats) -> Floats:
        """Return the probability of each pair that the nearest free point takes, whatever the
        headings say of it: that of the offer of the two (`right`, `left`, `chance`), else 0."""
        pairs = self.pairs.take(np.flatnonzero(self.pairs.meters <= GREEDY_M))
        one, other = self.atom[pairs.left], self.atom[pairs.right]
        swap = self.rank[one] == self.s
        record, camera = np.where(swap, one, other), np.where(swap, other, one)
        now = (self.rank[record] == self.s) & (self.rank[camera] < self.s)
        record, camera = record[now], self.cluster[camera[now]]
        took = greedily(record, camera, pairs.meters[now])
        return chance_of(record[took], camera[took], offered=(right, left), chance=chance)


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


def chance_of(right: Ints, left: Ints, *, offered: tuple[Ints, Ints], chance: Floats) -> Floats:
    """Return the probability of each pair: that of the offer of the same two, 0 where there is
    none.

    >>> offered = np.array([4, 5]), np.array([1, 2])
    >>> chance_of(
    ...     np.array([5, 4]), np.array([2, 2]), offered=offered, chance=np.array([0.9, 0.7])
    ... ).tolist()
    [0.7, 0.0]
    """
    if not len(chance):
        return np.zeros(len(right))
    n = 1 + max(int(v.max(initial=0)) for v in (left, offered[1]))
    key, wanted = offered[0] * n + offered[1], right * n + left
    order = np.argsort(key, kind="stable")
    at = np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)
    found = order[at]
    out: Floats = np.where(key[found] == wanted, chance[found], 0.0)
    return out
