"""M4: the chance of a match, against the sum over all assignments written out."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10_000))
def test_M4_chances_are_the_sum_over_all_assignments(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = np.exp(rng.normal(2.0, 3.0, (rows, columns))) * (rng.random((rows, columns)) < 0.8)
    i, j = np.nonzero(weight)
    chance = probabilities(i, j, weight[i, j])
    # what is left out as hopeless costs a tenth at most, in tangles drawn wilder than real ones
    off = np.abs(chance - written_out(weight)[i, j])
    assert off.max(initial=0.0) <= 0.15


@settings(max_examples=40, deadline=None)
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
