"""The chance of each offered match: summed over all one-to-one assignments where a neighborhood is
small or narrow, by belief propagation where it is not.

Belief propagation is exact where the offers form no cycle. Where two records compete for the same
two cameras it takes the better of both assignments for certain (the Bethe permanent of two by two
is the larger product), so these are added up."""

from __future__ import annotations

import numpy as np
import scipy

from alprmap.merge.frontier import swept
from alprmap.merge.marginals import MOST_ODDS, marginals
from alprmap.merge.units import Bools, Floats, Ints

MOST_COLUMNS = 9
"""Neighborhoods with up to nine on the smaller side are added up: 512 sets of partners."""
MOST_CELLS = 2_000_000
"""Rows times sets that are added up at one go."""
HOPELESS = 1e-3
"""In a neighborhood too large to be added up, an offer whose swap with the best partners of both
sides is a thousand times less likely is left out, so that the rest may fall into pieces that can
be: its own chance stays that of belief propagation."""


def probabilities(right: Ints, left: Ints, odds: Floats) -> Floats:
    """Return the probability of each match `right`-`left`, given that both match once at most.

    `odds` are those of the match against both standing alone, seen by itself.

    >>> one, other = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> probabilities(one, other, np.array([4e6, 2e6, 2e6, 2e6])).round(2).tolist()
    [0.67, 0.33, 0.33, 0.67]
    """
    if not len(right):
        return np.zeros(0)
    odds = np.minimum(odds, MOST_ODDS)
    chance = marginals(right, left, odds)
    r = np.unique(right, return_inverse=True)[1]
    c = np.unique(left, return_inverse=True)[1]
    every = np.arange(len(odds))
    exact = _sum_up(every, r, c, odds, chance)
    # what is hopeless only ties large neighborhoods together: without it many of them fall apart
    rest = every[~exact]
    if len(rest):
        rest = rest[~swept(r, c, odds, chance, rest)]
    if len(rest):
        one, other = (np.unique(side[rest], return_inverse=True)[1] for side in (r, c))
        hopeful = rest[_hopeful(one, other, odds[rest])]
        wide = hopeful[~_sum_up(hopeful, r, c, odds, chance)[hopeful]]
        if len(wide):
            swept(r, c, odds, chance, wide)
    # sums and beliefs beside each other may exceed what one record can have
    whole = np.maximum(np.bincount(r, weights=chance)[r], np.bincount(c, weights=chance)[c])
    return np.asarray(chance / np.maximum(whole, 1.0))


def _sum_up(rows: Ints, r: Ints, c: Ints, odds: Floats, chance: Floats) -> Bools:
    """Put the exact chances of the small neighborhoods among some offers into `chance`; return
    which offers (of all) lie in a neighborhood whose chances are exact: added up, or a tree."""
    n, m = int(r.max()) + 1, int(c.max()) + 1
    links = scipy.sparse.coo_array(
        (np.ones(len(rows), dtype=np.int8), (r[rows], c[rows] + n)), shape=(n + m,) * 2
    )
    count, label = scipy.sparse.csgraph.connected_components(links, directed=False)
    group = label[r[rows]]
    n_right = np.bincount(label[:n], minlength=count)
    n_left = np.bincount(label[n:], minlength=count)
    cyclic = np.bincount(group, minlength=count) >= n_right + n_left
    few = np.minimum(n_right, n_left) <= MOST_COLUMNS
    done = np.zeros(len(odds), dtype=bool)
    done[rows[(~cyclic | few)[group]]] = True
    small = (cyclic & few)[group]
    rows, group = rows[small], group[small]
    shape = np.stack([n_right[group], n_left[group]], axis=1)
    for size in np.unique(shape, axis=0):
        of = (shape == size).all(axis=1)
        chance[rows[of]] = _added_up(r[rows[of]], c[rows[of]], group[of], odds[rows[of]], size)
    return done


def _hopeful(r: Ints, c: Ints, odds: Floats) -> Bools:
    """Return the offers that could stand in for the best ones: swapped with them, the likelihood
    falls by less than `HOPELESS`."""
    by_row, by_column = _best(r, odds), _best(c, odds)
    best_row, best_column = by_row[r], by_column[c]
    key = r * (int(c.max()) + 1) + c
    order = np.argsort(key)
    wanted = r[best_column] * (int(c.max()) + 1) + c[best_row]
    at = np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)
    there = key[order][at] == wanted
    back = np.where(there, odds[order][at], 0.0)
    swap = odds * np.maximum(back, 1.0) / (odds[best_row] * odds[best_column])
    alone = odds / np.maximum(odds[best_row], odds[best_column])
    itself = np.arange(len(odds))
    best = (best_row == itself) | (best_column == itself)
    good: Bools = best | (swap >= HOPELESS) | (alone >= HOPELESS) & (odds >= 1.0)
    return good


def _best(side: Ints, odds: Floats) -> Ints:
    """Return the row of the best offer of each member of a side."""
    order = np.lexsort([-odds, side])
    first = np.ones(len(order), dtype=bool)
    first[1:] = side[order[1:]] != side[order[:-1]]
    best: Ints = order[first]
    return best


def _added_up(r: Ints, c: Ints, group: Ints, odds: Floats, size: Ints) -> Floats:
    """Return the marginals of neighborhoods of one size, all at once."""
    i, j = _place(group, r), _place(group, c)
    number = np.unique(group, return_inverse=True)[1]
    rows, columns = int(size[0]), int(size[1])
    if rows < columns:
        i, j, rows, columns = j, i, columns, rows
    weight = np.zeros((int(number.max()) + 1, rows, columns))
    weight[number, i, j] = odds
    step = max(1, MOST_CELLS // (rows << columns))
    whole = np.concatenate(
        [_marginals_of(weight[k : k + step]) for k in range(0, len(weight), step)]
    )
    chance: Floats = whole[number, i, j]
    return chance


def _place(group: Ints, member: Ints) -> Ints:
    """Return the place of each member in its group, 0, 1, …"""
    pairs, back = np.unique(np.stack([group, member], axis=1), axis=0, return_inverse=True)
    first = np.searchsorted(pairs[:, 0], pairs[:, 0])
    place: Ints = (np.arange(len(pairs)) - first)[back.ravel()]
    return place


def _marginals_of(weight: Floats) -> Floats:
    """Return the marginals of dense tables of odds (tables, rows, columns), by sets of columns
    already taken: forward over the rows, and backward."""
    tables, rows, columns = weight.shape
    sets = np.arange(1 << columns)
    without = [sets[(sets >> j) & 1 == 0] for j in range(columns)]
    after = np.ones((rows + 1, tables, len(sets)))
    for k in range(rows - 1, -1, -1):
        after[k] = after[k + 1]
        for j, free in enumerate(without):
            after[k][:, free] += weight[:, k, j, None] * after[k + 1][:, free | (1 << j)]
    out = np.zeros_like(weight)
    before = np.zeros((tables, len(sets)))
    before[:, 0] = 1.0
    for k in range(rows):
        now = before.copy()
        for j, free in enumerate(without):
            taken = weight[:, k, j, None] * before[:, free]
            now[:, free | (1 << j)] += taken
            out[:, k, j] = (taken * after[k + 1][:, free | (1 << j)]).sum(axis=1)
        before = now
    total = after[0][:, 0]
    result: Floats = out / total[:, None, None]
    return result
