"""M4: the chance of a match, against the sum over all assignments written out."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.merge.frontier import narrow_marginals
from alprmap.merge.matchings import probabilities


def written_out(weight: np.ndarray) -> np.ndarray:
    rows, columns = weight.shape
    total, out = 0.0, np.zeros_like(weight)
    for partners in itertools.product(range(-1, columns), repeat=rows):
        used = [p for p in partners if p >= 0]
        if len(set(used)) < len(used):
            continue
        worth = float(np.prod([weight[i, p] for i, p in enumerate(partners) if p >= 0]))
        total += worth
        for i, p in enumerate(partners):
            if p >= 0:
                out[i, p] += worth
    return out / total


def by_sets(weight: np.ndarray) -> np.ndarray:
    """The same by a recursion over the columns that are free, for tables too large to write out."""
    rows, columns = weight.shape
    sets = np.arange(1 << columns)

    def forward(table: np.ndarray) -> list[np.ndarray]:
        steps = [(sets == 0).astype(float)]
        for row in table:
            now = steps[-1].copy()
            for j in range(columns):
                free = sets[(sets >> j) & 1 == 0]
                now[free | (1 << j)] += row[j] * steps[-1][free]
            steps.append(now)
        return steps

    there, back = forward(weight), forward(weight[::-1])[::-1]
    total = there[-1].sum()
    # sums over every set that leaves the columns of the other half alone
    out = np.zeros_like(weight)
    for i in range(rows):
        below = back[i + 1].copy()
        for j in range(columns):
            has = sets[(sets >> j) & 1 == 1]
            below[has] += below[has ^ (1 << j)]
        for j in range(columns):
            free = sets[(sets >> j) & 1 == 0]
            others = (len(sets) - 1) ^ (free | (1 << j))
            out[i, j] = weight[i, j] * (there[i][free] * below[others]).sum() / total
    return out


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10_000))
def test_M4_chances_are_the_sum_over_all_assignments(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = np.exp(rng.normal(2.0, 3.0, (rows, columns))) * (rng.random((rows, columns)) < 0.8)
    i, j = np.nonzero(weight)
    chance = probabilities(i, j, weight[i, j])
    off = np.abs(chance - written_out(weight)[i, j])
    assert off.max(initial=0.0) <= 1e-3


@settings(max_examples=25)
@given(st.integers(5, 9), st.integers(5, 16), st.integers(0, 10_000))
def test_M4_chances_are_exact_up_to_nine_on_the_smaller_side(
    few: int, many: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    weight = np.exp(rng.normal(2.0, 3.0, (many, few))) * (rng.random((many, few)) < 0.5)
    i, j = np.nonzero(weight)
    summed = by_sets(weight)[i, j]
    assert np.abs(probabilities(i, j, weight[i, j]) - summed).max(initial=0.0) <= 1e-3
    assert np.abs(probabilities(j, i, weight[i, j]) - summed).max(initial=0.0) <= 1e-3


@settings(max_examples=40)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))
def test_M4_a_sweep_is_the_sum_over_all_assignments(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = 10.0 ** rng.uniform(-3.0, 9.0, (rows, columns))
    weight[1:, 1:] *= rng.random((rows - 1, columns - 1)) < 0.6  # one neighborhood
    i, j = np.nonzero(weight)
    chance = narrow_marginals(i, j, weight[i, j])
    assert chance is not None
    assert np.abs(chance - by_sets(weight)[i, j]).max() <= 1e-9


def test_M4_the_chances_of_large_tangles_are_exact_where_few_cameras_are_open() -> None:
    """docs/method/merge.md: up to 14 cameras that earlier and later records compete for."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        weight = np.exp(rng.normal(2.0, 3.0, (14, 14))) * (rng.random((14, 14)) < 0.35)
        i, j = np.nonzero(weight)
        off = np.abs(probabilities(i, j, weight[i, j]) - by_sets(weight)[i, j])
        assert off.max(initial=0.0) <= 1e-3


def test_M4_a_long_road_of_readers_is_weighed_exactly() -> None:
    rng = np.random.default_rng(3)
    place = np.sort(rng.uniform(0.0, 12_000.0, 120))
    other = place + rng.normal(0.0, 40.0, 120)
    i, j = np.nonzero(np.abs(place[:, None] - other) < 130.0)
    odds = 1e3 * np.exp(-((place[i] - other[j]) ** 2) / 3_200.0)
    chance = narrow_marginals(i, j, odds)
    assert chance is not None
    # a record's chances and what is left over are one whole, seen from either end of the road
    back = narrow_marginals(119 - i, 119 - j, odds)
    assert back is not None
    assert np.allclose(chance, back, atol=1e-9)
    assert np.bincount(i, weights=chance).max() <= 1.0 + 1e-9


@settings(max_examples=40)
@given(st.integers(2, 40), st.integers(0, 10_000))
def test_M4_chances_of_a_record_never_exceed_one(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(rng.random((n, n)) < 0.3)
    chance = probabilities(i, j, np.exp(rng.normal(1.0, 4.0, len(i))))
    assert ((chance >= 0) & (chance <= 1 + 1e-9)).all()
    assert (np.bincount(i, weights=chance) <= 1 + 1e-9).all()


def test_M4_names_of_rows_and_their_order_play_no_part() -> None:
    rng = np.random.default_rng(1)
    i, j = np.nonzero(rng.random((30, 30)) < 0.1)
    odds = np.exp(rng.normal(1.0, 3.0, len(i)))
    order = rng.permutation(len(i))
    one, other = probabilities(i, j, odds), probabilities(900 - i[order], j[order] * 7, odds[order])
    assert np.allclose(one[order], other, atol=1e-6)
