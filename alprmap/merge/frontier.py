"""The chances of matches in large neighborhoods, exactly: one record is taken after the other, and
only the cameras that earlier and later records compete for are kept in mind.

A neighborhood along a road is long but narrow: of forty cameras a dozen are open at a time, and
4,096 states stand for all assignments."""

from __future__ import annotations

import numpy as np
import scipy

from alprmap.merge.units import Bools, Floats, Ints

WIDEST = 14
"""Cameras that may be open at once: 16,384 states, some ten milliseconds a neighborhood."""


def swept(r: Ints, c: Ints, odds: Floats, chance: Floats, rows: Ints) -> Bools:
    """Put the exact chances of the offers `rows` into `chance` where their neighborhood is narrow
    enough; return which of `rows` that holds for."""
    one, other = (np.unique(side[rows], return_inverse=True)[1] for side in (r, c))
    n, m = int(one.max()) + 1, int(other.max()) + 1
    links = scipy.sparse.coo_array(
        (np.ones(len(rows), dtype=np.int8), (one, other + n)), shape=(n + m,) * 2
    )
    group = scipy.sparse.csgraph.connected_components(links, directed=False)[1][one]
    done = np.zeros(len(rows), dtype=bool)
    order = np.argsort(group, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        exact = narrow_marginals(one[part], other[part], odds[rows[part]])
        if exact is not None:
            chance[rows[part]] = exact
            done[part] = True
    return done


def narrow_marginals(r: Ints, c: Ints, odds: Floats) -> Floats | None:
    """Return the probability of each offer of one neighborhood, or None where more than `WIDEST`
    cameras are open at once.

    >>> r, c = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> narrow_marginals(r, c, np.array([4e6, 2e6, 2e6, 2e6])).round(2).tolist()
    [0.67, 0.33, 0.33, 0.67]
    """
    turns, last = _order(r, c)
    open_: list[int] = []
    axes: list[list[int]] = []
    for turn in turns:
        open_ = open_ + [j for j in c[turn].tolist() if j not in open_]
        if len(open_) > WIDEST:
            return None
        axes.append(open_)
        at = int(r[turn[0]])
        open_ = [j for j in open_ if last[j] != at]
    state = np.ones(())
    before: list[Floats] = []
    held: list[int] = []
    for turn, axis in zip(turns, axes, strict=True):
        gone = tuple(k for k, j in enumerate(held) if j not in axis)
        state = state.sum(axis=gone) if gone else state
        for _ in range(len(axis) - state.ndim):
            state = np.stack([state, np.zeros_like(state)], axis=-1)
        state = state / state.max()
        before.append(state)
        held = axis
        after = state.copy()
        for k, row in zip((axis.index(j) for j in c[turn].tolist()), turn.tolist(), strict=True):
            after[_at(k, 1)] += odds[row] * state[_at(k, 0)]
        state = after
    return _backward(turns, axes, before, c, odds)


def _order(r: Ints, c: Ints) -> tuple[list[Ints], dict[int, int]]:
    """Return the offers of each record, records in an order that keeps few cameras open, and the
    last record of each camera."""
    n, m = int(r.max()) + 1, int(c.max()) + 1
    links = scipy.sparse.coo_array(
        (np.ones(2 * len(r)), (np.append(r, c + n), np.append(c + n, r))), shape=(n + m,) * 2
    )
    place = np.empty(n + m, dtype=np.int64)
    place[scipy.sparse.csgraph.reverse_cuthill_mckee(links.tocsr(), symmetric_mode=True)] = (
        np.arange(n + m)
    )
    order = np.lexsort([c, place[r]])
    turns = np.split(order, np.flatnonzero(np.diff(r[order])) + 1)
    last = {int(j): int(i) for i, j in zip(r[order], c[order], strict=True)}
    return turns, last


def _at(axis: int, taken: int) -> tuple[slice | int, ...]:
    return (*(slice(None) for _ in range(axis)), taken)


def _backward(
    turns: list[Ints], axes: list[list[int]], before: list[Floats], c: Ints, odds: Floats
) -> Floats:
    """Return the marginals, from what the states before each record weigh and what may follow."""
    out = np.zeros(len(odds))
    follow, later = np.ones(()), list[int]()
    for turn, axis, state in zip(turns[::-1], axes[::-1], before[::-1], strict=True):
        # a camera the next record brings in is free until then
        pick = tuple(slice(None) if j in axis else 0 for j in later)
        follow = follow[pick]
        stays = [j for j in later if j in axis]
        # closed cameras do not matter any more
        shape = [2 if j in stays else 1 for j in axis]
        follow = np.broadcast_to(
            np.transpose(follow, [stays.index(j) for j in axis if j in stays]).reshape(shape),
            (2,) * len(axis),
        )
        ahead = follow.copy()
        for row in turn.tolist():
            k = axis.index(int(c[row]))
            ahead[_at(k, 0)] += odds[row] * follow[_at(k, 1)]
        whole = float((state * ahead).sum())
        for row in turn.tolist():
            k = axis.index(int(c[row]))
            out[row] = odds[row] * float((state[_at(k, 0)] * follow[_at(k, 1)]).sum()) / whole
        follow, later = ahead / ahead.max(), axis
    return out
