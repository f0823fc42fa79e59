"""M4: which unit belongs to which camera: source after source, the best one-to-one assignment of
each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import scipy

from alprmap import geo
from alprmap.merge.candidates import Pairs
from alprmap.merge.fields import RECORD
from alprmap.merge.matchings import probabilities
from alprmap.merge.nearest import Met
from alprmap.merge.score import Scores
from alprmap.merge.settings import HEADING_UNKNOWN, Settings
from alprmap.merge.taken import taken
from alprmap.merge.units import Bools, Floats, Ints, Prepared

COUNT_FIRST = 1e6
"""Worth of one more match above every difference of scores: as many reports as can be explained,
then as well as they can be. It costs nothing against the largest total alone (F1 0.971 either way
on the constructed truth), and makes the count of matches shrink with the position errors."""


SURELY, AMONG = 0.9, 0.4
"""Where both sides surely (90 %) have a partner in the neighborhood and only the which is open, the
best assignment is taken from two fifths of `link` on, if it makes no difference: the number of
cameras is known then."""
MANY, NO_HEADINGS = 30, 0.9
"""Of so many matches or more of a source the likeliest are taken (`taken`), and the others are
asked about."""
SOONER = 0.5 + 1e-6
"""Two offers of one record cannot both be likelier than not, but for rounding."""
WAITS = 0.5
"""A record of such a source that is more likely one of the cameras there than none of them, though
nobody knows which, is no camera of its own: the number of cameras is known then."""
COVERED = 0.97
"""A person is asked about so many of a record's offers that the camera it is lies among them with
97 %, if it is any of them; and about so many offers of a list that 97 % of the true pairs left
unlinked are expected among them."""
HOPELESS = 0.02
"""Who stays alone is asked about the likeliest partner, unless it is likelier than 49 to 1 that it
is none."""
NEVER = 0.002
"""No offer less likely than this is asked about, whatever is left."""
ONE_PLACE_M = 15.0
"""Rivals within the width of a road of each other are heads of a pole or lanes: which of them is
meant makes no difference on the map."""


@dataclass(frozen=True)
class Assigned:
    """The camera (a number) of every unit and why.

    `pair` is the row of the pair of units that speaks for the link (-1 for the first unit of a
    camera), `score` the probability of the match. `asked` holds rows of pairs in the band of M6
    and `asked_score` their probabilities. `waiting` are units that become no camera until a person
    says which of several cameras they are, `listed` those that are such a one."""

    cluster: Ints
    pair: Ints
    score: Floats
    asked: Ints
    asked_score: Floats
    waiting: Bools
    listed: Bools


@dataclass(frozen=True)
class _Edges:
    """Matches on offer: atom `right` could join the camera of atom `left`, best spoken for by
    `pair`."""

    right: Ints
    left: Ints
    score: Floats
    pair: Ints
    odds: Floats
    doubtful: Bools
    firm: Bools

    def take(self, rows: Ints | Bools) -> _Edges:
        return _Edges(
            self.right[rows],
            self.left[rows],
            self.score[rows],
            self.pair[rows],
            self.odds[rows],
            self.doubtful[rows],
            self.firm[rows],
        )


def join(n: int, left: Ints, right: Ints) -> Ints:
    """Return the smallest member of the connected group of each of `n` things joined by pairs."""
    if not len(left):
        return np.arange(n)
    links = scipy.sparse.coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    count, label = scipy.sparse.csgraph.connected_components(links, directed=False)
    first = np.full(count, n, dtype=np.int64)
    np.minimum.at(first, label, np.arange(n))
    smallest: Ints = first[label]
    return smallest


def source_ranks(prepared: Prepared) -> Ints:
    """Return the order in which sources are matched: the most precise first, then the largest, then
    by content.

    Names play no part, so renaming a source renames nothing else (M9).
    """
    n = len(prepared.sources)
    placed = np.flatnonzero(prepared.unit >= 0)
    median, count, first = np.full(n, np.inf), np.zeros(n), np.full(n, np.inf)
    for s in range(n):
        mine = placed[prepared.source[placed] == s]
        if len(mine):
            median[s], count[s], first[s] = np.median(prepared.error[mine]), len(mine), mine[0]
    order = np.lexsort([first, -count, np.round(median, 3)])
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    return rank


def assign(
    prepared: Prepared,
    pairs: Pairs,
    scores: Scores,
    atom: Ints,
    apart: set[tuple[int, int]],
    settings: Settings,
) -> Assigned:
    """Match the sources one after the other (M4, M6).

    Every report of a camera is compatible with every other one (complete linkage), no camera has
    two records of one source, and the total of the scores' logarithms over each neighborhood is as
    large as it can be.

    Parameters
    ----------
    atom
        Per unit the smallest unit it is already joined to (duplicates, decisions).
    apart
        Pairs of atoms a person has declared different (M12).
    """
    offers = _between_atoms(pairs, scores, atom, apart, settings)
    mask = _atom_masks(prepared, atom)
    rank = _atom_ranks(prepared, atom)
    cluster = np.arange(len(atom))
    size = np.ones(len(atom), dtype=np.int64)
    link_pair, link_score = np.full(len(atom), -1, dtype=np.int64), np.full(len(atom), np.nan)
    asked: list[tuple[Ints, Floats]] = []
    waiting, listed = np.zeros(len(atom), dtype=bool), np.zeros(len(atom), dtype=bool)
    alone = np.bincount(atom, minlength=len(atom)) == 1
    evidence = prepared.reports["evidence"].iloc[prepared.units.lead]
    seen = ~evidence.isin(RECORD).to_numpy()
    turn = np.maximum(rank[offers.left], rank[offers.right])
    turn[rank[offers.left] == rank[offers.right]] = -1
    for s in np.unique(turn[turn >= 0]):
        now = offers.take(turn == s)
        swap = rank[now.left] == s
        right, other = np.where(swap, now.left, now.right), np.where(swap, now.right, now.left)
        offer = replace(now, right=right, left=cluster[other])
        edges = _to_cameras(offer, mask, size)
        chance = probabilities(edges.right, edges.left, edges.odds)
        plain = edges.firm & ~edges.doubtful
        best = _best_and_likely(edges, chance, settings)
        good = (chance[best] >= settings.link) & plain[best]
        many, settled = good.sum() >= MANY, np.zeros(len(best), dtype=bool)
        if many:
            met = Met(pairs, atom, rank, cluster, int(s))
            near = partial(met.nearest, edges.right, edges.left, chance)
            quiet, true = _silent(edges, scores), float(chance.sum())
            good = taken(chance[best], good, true=true, silent=quiet, nearest=near)
        else:
            among, alike = _among(edges, chance, best, prepared, settings)
            settled = alike & plain[best] & ~good
            good |= among & plain[best]
        sure = edges.take(best[good])
        sure_chance = chance[best[good]]
        rest = _open(edges, chance, best[~good], sure, settings)
        rest = rest[~_exchanged(edges.take(rest), edges.take(best[settled & good]))]
        asked.append((edges.pair[rest], chance[rest]))
        if many or (chance * plain).sum() >= MANY:
            one = _more_likely_one(edges.right, chance * plain, sure.right, alone)
            other = _more_likely_one(edges.left, chance * plain, sure.left, size > 0)
            # a reader that was seen stays on the map: the list's record waits
            if seen[edges.right].mean() > seen[edges.left].mean():
                one, other = other & alone & (size == 1), one
            waiting, listed = waiting | one, listed | other
        cluster[sure.right] = sure.left
        size[sure.left] += 1
        mask[sure.left] |= mask[sure.right]
        link_pair[sure.right], link_score[sure.right] = sure.pair, sure_chance
    return Assigned(
        cluster[atom],
        link_pair[atom],
        link_score[atom],
        np.concatenate([a for a, _ in asked]) if asked else np.zeros(0, dtype=np.int64),
        np.concatenate([c for _, c in asked]) if asked else np.zeros(0),
        waiting & (np.bincount(cluster[atom], minlength=len(atom)) == 1),
        listed[cluster[atom]],
    )


def _best_and_likely(edges: _Edges, chance: Floats, settings: Settings) -> Ints:
    """Return the offers that are likelier than not, and the best assignment of who is in none.

    No two offers of one record are both likelier than not.
    """
    likely = chance > SOONER
    taken = np.zeros(int(max(edges.right.max(initial=0), edges.left.max(initial=0))) + 1, bool)
    taken[edges.right[likely]] = taken[edges.left[likely]] = True
    rest = np.flatnonzero(~taken[edges.right] & ~taken[edges.left])
    other = best_matching(edges.right[rest], edges.left[rest], edges.score[rest], settings)
    best: Ints = np.sort(np.concatenate([np.flatnonzero(likely), rest[other]]))
    return best


def _silent(edges: _Edges, scores: Scores) -> bool:
    """Tell whether headings say nothing of nearly all offers."""
    return bool((scores.parts[edges.pair, 1] == HEADING_UNKNOWN).mean() >= NO_HEADINGS)


def _among(
    edges: _Edges, chance: Floats, best: Ints, prepared: Prepared, settings: Settings
) -> tuple[Bools, Bools]:
    """Return which chosen offers of a short list are taken although only the which is open, and
    which of them because all their rivals stand in one place: of so many lanes no one is likely."""
    both, either = (w[best] for w in _anyone(edges, chance))
    alike = _one_place(edges, chance, best, prepared, settings) & (either >= SURELY)
    among: Bools = (both >= SURELY) & (chance[best] >= settings.link * AMONG)
    return among | alike, alike


def _exchanged(asked: _Edges, settled: _Edges) -> Bools:
    """Return the offers between two that were linked in a fixed order since all stand in one place:
    whichever it is, the cameras are as many, and where they were."""
    exchanged: Bools = np.isin(asked.right, settled.right) & np.isin(asked.left, settled.left)
    return exchanged


def _more_likely_one(side: Ints, chance: Floats, sure: Ints, alone: Bools) -> Bools:
    """Return the members of a side that were not matched but are more likely one of those across
    than none."""
    out: Bools = np.bincount(side, weights=chance, minlength=len(alone)) >= WAITS
    out[sure] = False
    return out & alone


def _one_place(
    edges: _Edges, chance: Floats, best: Ints, prepared: Prepared, settings: Settings
) -> Bools:
    """Return which chosen offers have all their likely rivals, on one side or the other, in one
    place."""
    units = prepared.units
    place = geo.ecef(units.lon, units.lat)
    good = np.zeros(len(best), dtype=bool)
    for side, across in ((edges.right, edges.left), (edges.left, edges.right)):
        partner = np.full(len(units), -1, dtype=np.int64)
        partner[side[best]] = across[best]
        # of nine lanes and more none is as likely as `ask`
        least = np.full(len(units), np.inf)
        least[side[best]] = np.minimum(settings.ask, chance[best] / 2.0)
        rival = np.flatnonzero(chance >= least[side])
        gap = place[across[rival]] - place[partner[side[rival]]]
        farthest = np.zeros(len(units))
        np.maximum.at(farthest, side[rival], np.sqrt(np.einsum("ij,ij->i", gap, gap)))
        good |= farthest[side[best]] <= ONE_PLACE_M
    return good


def _anyone(edges: _Edges, chance: Floats) -> tuple[Floats, Floats]:
    """Return, for each offer, the chance that both sides have a partner, whichever it is, and that
    one side has."""
    right = np.unique(edges.right, return_inverse=True)[1]
    left = np.unique(edges.left, return_inverse=True)[1]
    any_right = np.bincount(right, weights=chance)[right]
    any_left = np.bincount(left, weights=chance)[left]
    return np.minimum(any_right, any_left), np.maximum(any_right, any_left)


def _open(edges: _Edges, chance: Floats, best: Ints, sure: _Edges, settings: Settings) -> Ints:
    """Return the offers that a person is asked about: the best assignment's that are not sure
    enough, and every other that is as likely as `ask`."""
    likely = chance >= settings.ask
    likely[best] = True
    likely |= _best_of_the_rest(edges.right, chance, sure.right)
    likely |= _best_of_the_rest(edges.left, chance, sure.left)
    likely |= _nearly_all(edges.right, chance, sure.right)
    linked = np.isin(edges.pair, sure.pair)
    likely[linked] = False
    likely |= _enough_asked(np.where(linked, 0.0, chance), likely)
    rows: Ints = np.flatnonzero(likely)
    return rows


def _enough_asked(chance: Floats, likely: Bools) -> Bools:
    """Return the likeliest offers that are not asked about yet, as many as it takes to ask about
    `COVERED` of the true pairs that are left: a link that is wrong hides two of them."""
    open_ = np.where(likely, 0.0, chance)
    order = np.argsort(-open_, kind="stable")
    missed = np.cumsum(open_[order][::-1])[::-1]
    out = np.zeros(len(chance), dtype=bool)
    out[order] = missed > (1.0 - COVERED) * chance.sum()
    more: Bools = out & ~likely & (chance >= NEVER)
    return more


def _best_of_the_rest(side: Ints, chance: Floats, sure: Ints) -> Bools:
    """Return the likeliest offer of each member of a side that stays alone, unless hopeless."""
    order = np.lexsort([-chance, side])
    first = np.ones(len(order), dtype=bool)
    first[1:] = side[order[1:]] != side[order[:-1]]
    out = np.zeros(len(chance), dtype=bool)
    out[order[first]] = True
    good: Bools = out & (chance >= HOPELESS) & ~np.isin(side, sure)
    return good


def _nearly_all(side: Ints, chance: Floats, sure: Ints) -> Bools:
    """Return the likeliest offers of each unmatched member of a side up to `COVERED` of their
    sum, where that is not hopeless."""
    order = np.lexsort([-chance, side])
    whole = np.bincount(side, weights=chance)
    run = np.cumsum(chance[order])
    first = np.ones(len(order), dtype=bool)
    first[1:] = side[order[1:]] != side[order[:-1]]
    start = np.flatnonzero(first)
    offset = np.repeat(run[start] - chance[order][start], np.diff(np.append(start, len(order))))
    before = run - offset - chance[order]
    out = np.zeros(len(chance), dtype=bool)
    out[order] = before < COVERED * whole[side[order]]
    good: Bools = out & (whole[side] >= HOPELESS) & ~np.isin(side, sure)
    return good


def _between_atoms(
    pairs: Pairs, scores: Scores, atom: Ints, apart: set[tuple[int, int]], settings: Settings
) -> _Edges:
    """Return the best pair between every two atoms, without those that hold a pair that can never
    be one."""
    total = scores.total
    low = np.minimum(atom[pairs.left], atom[pairs.right])
    high = np.maximum(atom[pairs.left], atom[pairs.right])
    key = low * len(atom) + high
    order = np.lexsort([-total, key])
    order = order[low[order] != high[order]]
    first = np.ones(len(order), dtype=bool)
    first[1:] = key[order[1:]] != key[order[:-1]]
    starts = np.flatnonzero(first)
    never = (
        np.logical_or.reduceat(scores.never[order], starts)
        if len(starts)
        else np.zeros(0, dtype=bool)
    )
    best = order[starts]
    good = (total[best] >= settings.review) & ~never
    if apart:
        banned = np.asarray([a * len(atom) + b for a, b in apart], dtype=np.int64)
        good &= ~np.isin(key[best], banned)
    best = best[good]
    doubtful = scores.doubtful[best]
    # distance is judged by the odds: the gate is for what contradicts
    firm = total[best] / np.sqrt(scores.parts[best, 0]) >= settings.same
    return _Edges(high[best], low[best], total[best], best, scores.odds[best], doubtful, firm)


def _atom_masks(prepared: Prepared, atom: Ints) -> np.ndarray:
    mask = np.zeros_like(prepared.units.mask)
    np.bitwise_or.at(mask, atom, prepared.units.mask)
    return mask


def _atom_ranks(prepared: Prepared, atom: Ints) -> Ints:
    of_source = source_ranks(prepared)
    placed = np.flatnonzero(prepared.unit >= 0)
    rank = np.full(len(atom), len(of_source), dtype=np.int64)
    np.minimum.at(rank, atom[prepared.unit[placed]], of_source[prepared.source[placed]])
    return rank


def _to_cameras(offers: _Edges, mask: np.ndarray, size: Ints) -> _Edges:
    """Return offers from atoms to whole cameras: every member must agree, the score is their
    geometric mean."""
    free = ~(mask[offers.left] & mask[offers.right]).any(axis=1)
    offers = offers.take(free)
    order = np.lexsort([-offers.score, offers.left, offers.right])
    offers = offers.take(order)
    first = np.ones(len(order), dtype=bool)
    first[1:] = (offers.right[1:] != offers.right[:-1]) | (offers.left[1:] != offers.left[:-1])
    starts = np.flatnonzero(first)
    if not len(starts):
        return offers
    count = np.diff(np.append(starts, len(order)))
    mean = np.exp(np.add.reduceat(np.log(offers.score), starts) / count)
    best = offers.take(starts)
    whole = count == size[best.left]
    odds = np.exp(np.add.reduceat(np.log(np.maximum(offers.odds, 1e-300)), starts) / count)
    doubtful = np.logical_or.reduceat(offers.doubtful, starts)
    firm = np.logical_and.reduceat(offers.firm, starts)
    return _Edges(best.right, best.left, mean, best.pair, odds, doubtful, firm).take(whole)


def best_matching(right: Ints, left: Ints, score: Floats, settings: Settings) -> Ints:
    """Return the rows of the offers that make up the one-to-one matching with the largest total
    (M4).

    The largest number of matches that reach `same`, and of these matchings the one with the largest
    sum of log(score / review), the joint likelihood of the neighborhood. Groups in which one thing
    has all the offers are decided at once, the rest by the Hungarian method of
    `scipy.optimize.linear_sum_assignment`."""
    if not len(right):
        return np.zeros(0, dtype=np.int64)
    value = np.log(score / settings.review) + 1e-9 + COUNT_FIRST * (score >= settings.same)
    rights, r = np.unique(right, return_inverse=True)
    lefts, c = np.unique(left, return_inverse=True)
    n = len(rights)
    links = scipy.sparse.coo_array(
        (np.ones(len(r), dtype=np.int8), (r, c + n)), shape=(n + len(lefts),) * 2
    )
    count, label = scipy.sparse.csgraph.connected_components(links, directed=False)
    group = label[r]
    n_right = np.bincount(label[:n], minlength=count)
    n_left = np.bincount(label[n:], minlength=count)
    # by group, the best offer first; ties go to the first in content order
    order = np.lexsort([c, r, -value, group])
    first = np.ones(len(order), dtype=bool)
    first[1:] = group[order[1:]] != group[order[:-1]]
    star = (n_right == 1) | (n_left == 1)
    chosen = [order[first & star[group[order]]]]
    hard = np.sort(order[~star[group[order]]])
    hard = hard[np.lexsort([c[hard], r[hard], group[hard]])]
    ends = np.flatnonzero(np.diff(group[hard])) + 1
    for rows in np.split(hard, ends) if len(hard) else []:
        chosen.append(rows[_hungarian(r[rows], c[rows], value[rows])])
    return np.sort(np.concatenate(chosen))


DENSE_CELLS = 4_000_000
"""Above 2,000 × 2,000 the table of all combinations is mostly empty and the sparse form of the
method is used. """


def _hungarian(r: Ints, c: Ints, value: Floats) -> Ints:
    if len(np.unique(r)) * len(np.unique(c)) > DENSE_CELLS:
        return sparse_matching(r, c, value)
    rows, i = np.unique(r, return_inverse=True)
    columns, j = np.unique(c, return_inverse=True)
    worth = np.zeros((len(rows), len(columns)))
    offer = np.full(worth.shape, -1, dtype=np.int64)
    worth[i, j], offer[i, j] = value, np.arange(len(r))
    picked = offer[scipy.optimize.linear_sum_assignment(worth, maximize=True)]
    real: Ints = picked[picked >= 0]
    return real


def sparse_matching(r: Ints, c: Ints, value: Floats) -> Ints:
    """Return the rows of the best matching without a table of all combinations (Jonker and
    Volgenant, sparse).

    Every `r` also has a place of its own that is worth nothing, so that a full matching always
    exists."""
    rows, i = np.unique(r, return_inverse=True)
    columns, j = np.unique(c, return_inverse=True)
    n, m = len(rows), len(columns)
    top = float(value.max()) + 1.0
    alone = np.arange(n)
    cost = np.concatenate([top - value, np.full(n, top)])
    table = scipy.sparse.coo_array(
        (cost, (np.concatenate([i, alone]), np.concatenate([j, m + alone]))), shape=(n, m + n)
    ).tocsr()
    at, picked = scipy.sparse.csgraph.min_weight_full_bipartite_matching(table)
    offer = dict(zip((i * m + j).tolist(), range(len(r)), strict=True))
    real = picked < m
    return np.asarray([offer[k] for k in (at[real] * m + picked[real]).tolist()], dtype=np.int64)
