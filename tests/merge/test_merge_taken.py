"""M4: how many of a source's good matches are taken."""

from __future__ import annotations

import numpy as np
import pytest

from alprmap.merge.assign import COVERED, _enough_asked
from alprmap.merge.nearest import chance_of, greedily
from alprmap.merge.taken import MOST_WRONG, OWED, WORTH, WRONG, taken


def counted(
    chance: np.ndarray, nearest: np.ndarray | None = None, *, silent: bool = False
) -> np.ndarray:
    """Which of good matches without rivals are taken."""
    near = np.zeros(len(chance)) if nearest is None else nearest
    return taken(
        chance, chance >= 0.5, true=float(chance.sum()), silent=silent, nearest=lambda: near
    )


@pytest.mark.parametrize("seed", range(12))
def test_M4_hardly_one_link_in_a_hundred_is_wrong_whatever_the_list(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 900))
    chance = rng.beta(rng.uniform(4.0, 60.0), rng.uniform(0.05, 1.5), n)
    which = counted(chance)
    expected = float((1.0 - chance[which]).sum())
    # never more than is expected to be wrong of a long list, and the likeliest first
    assert expected <= MOST_WRONG * which.sum() + 1e-9
    if which.any() and not which.all():
        assert chance[which].min() >= chance[~which & (chance >= 0.5)].max(initial=0.0)
    wrong = rng.random((400, int(which.sum()))) > chance[which]
    over = (wrong.sum(axis=1) > max(WRONG * which.sum(), 1.0)).mean()
    whole = np.sort(chance[chance >= 0.5])[::-1]
    most = np.cumsum(1.0 - whole) <= MOST_WRONG * np.arange(1, len(whole) + 1)
    cost = 2.0 * whole[: int(most.sum())].sum() / (most.sum() + chance.sum())
    reached = 2.0 * chance[which].sum() / (which.sum() + chance.sum())
    # more than one list in ten strays only where less would cost more than WORTH in F1
    assert over <= 0.14 or reached <= cost - WORTH + 0.01
    assert reached >= cost - WORTH - 1e-9


def test_M4_a_list_without_headings_takes_as_many_as_the_nearest_point_needs() -> None:
    chance = np.concatenate([np.full(200, 0.9995), np.full(60, 0.97)])
    alone, beside = counted(chance), counted(chance, chance, silent=True)
    assert beside.sum() > alone.sum()
    assert (1.0 - chance[beside]).sum() <= WRONG * beside.sum()


@pytest.mark.parametrize("seed", range(12))
def test_M4_no_list_is_expected_to_link_less_well_than_the_nearest_point(seed: int) -> None:
    """Unless one link in a hundred, or one, would be wrong: then it links as many as may be."""
    rng = np.random.default_rng(seed)
    chance = rng.beta(rng.uniform(3.0, 8.0), rng.uniform(0.2, 1.0), int(rng.integers(40, 400)))
    near = np.where(rng.random(len(chance)) < rng.uniform(0.3, 0.9), chance, 0.0)
    which = counted(chance, near)
    reached = 2.0 * chance[which].sum() / (which.sum() + chance.sum())
    greedy = 2.0 * near.sum() / (len(near) + chance.sum())
    ordered = np.sort(chance[chance >= 0.5])[::-1]
    wrong = np.cumsum(1.0 - ordered)
    may = int((wrong <= np.maximum(WRONG * np.arange(1, len(wrong) + 1), 1.0)).sum())
    assert reached >= min(greedy, OWED) or which.sum() == may
    assert which.sum() <= may


def test_M4_the_nearest_point_may_take_what_nobody_offers() -> None:
    rng = np.random.default_rng(1)
    offers = np.unique(rng.integers(0, 40, (200, 2)), axis=0)
    chance = rng.random(len(offers))
    table = {(int(a), int(b)): c for (a, b), c in zip(offers, chance, strict=True)}
    asked = rng.integers(0, 40, (300, 2))
    got = chance_of(asked[:, 0], asked[:, 1], offered=(offers[:, 0], offers[:, 1]), chance=chance)
    assert got.tolist() == [table.get((int(a), int(b)), 0.0) for a, b in asked]
    assert 0 < (got > 0).sum() < len(got)


@pytest.mark.parametrize("seed", range(5))
def test_M4_the_nearest_free_point_is_taken_the_shortest_first(seed: int) -> None:
    rng = np.random.default_rng(seed)
    right, left = rng.integers(0, 30, (2, 200))
    meters = rng.uniform(0.0, 200.0, 200)
    free_right, free_left, one_by_one = set(range(30)), set(range(30)), set()
    for row in np.argsort(meters).tolist():
        if meters[row] <= 150.0 and right[row] in free_right and left[row] in free_left:
            free_right.remove(right[row])
            free_left.remove(left[row])
            one_by_one.add(row)
    assert set(np.flatnonzero(greedily(right, left, meters)).tolist()) == one_by_one


@pytest.mark.parametrize("seed", range(5))
def test_M6_nearly_all_true_pairs_that_are_left_are_asked_about(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chance = rng.beta(0.3, 2.0, 500)
    likely = chance >= 0.5
    more = _enough_asked(np.where(likely, 0.0, chance), np.zeros(500, dtype=bool))
    left = np.where(likely, 0.0, chance)
    assert not (more & likely).any()
    assert left[~more & (left >= 0.002)].sum() <= (1.0 - COVERED) * left.sum() + 1e-9
