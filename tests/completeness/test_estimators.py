"""K2: estimates on lists that are drawn from a known population hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alprmap import completeness as comp

HISTORIES, chapman, log_linear = comp.HISTORIES, comp.chapman, comp.log_linear
combined, summed = comp.combined_estimate, comp.summed_estimate
Lists = comp.Lists
Three = tuple[float, float, float]


@pytest.mark.parametrize(
    ("truth", "p"), [(400, (0.5, 0.4)), (120, (0.6, 0.5)), (3000, (0.2, 0.3)), (60, (0.5, 0.5))]
)
def test_K2_nine_of_ten_intervals_of_two_lists_hold_the_truth(
    truth: int, p: tuple[float, float]
) -> None:
    rng = np.random.default_rng(20)
    held = 0
    for _ in range(100):
        a, b = (rng.random(truth) < each for each in p)
        made = chapman(int(a.sum()), int(b.sum()), int((a & b).sum()))
        held += made.low <= truth <= made.high
    assert 85 <= held <= 95


@pytest.mark.slow
@pytest.mark.parametrize(
    ("truth", "p"), [(300, (0.5, 0.4, 0.3)), (800, (0.3, 0.3, 0.3)), (2000, (0.4, 0.2, 0.5))]
)
def test_K2_nine_of_ten_intervals_of_three_lists_hold_the_truth(truth: int, p: Three) -> None:
    rng = np.random.default_rng(11)
    held = sum(_held(rng, truth, p) for _ in range(200)) / 2
    assert 85 <= held <= 95


def _drawn(rng: np.random.Generator, truth: int, p: Three, lift: float = 0.0) -> np.ndarray:
    a, b, c = (rng.random(truth) < each for each in p)
    # whoever is on the first list gets onto the second more easily
    b |= a & (rng.random(truth) < lift)
    code = 4 * a + 2 * b + c
    return np.array([(code == 4 * h[0] + 2 * h[1] + h[2]).sum() for h in HISTORIES])


def _held(rng: np.random.Generator, truth: int, p: Three, lift: float = 0.0) -> bool:
    made = log_linear(_drawn(rng, truth, p, lift)).estimate
    return made.low <= truth <= made.high


def test_K2_a_pair_that_depends_is_modeled_and_the_truth_still_held() -> None:
    rng = np.random.default_rng(11)
    held = sum(_held(rng, 1500, (0.4, 0.3, 0.4), lift=0.5) for _ in range(200)) / 2
    assert 85 <= held <= 95


def test_K4_the_pair_that_depends_is_named_and_an_independent_one_is_not() -> None:
    rng = np.random.default_rng(4)
    found = [log_linear(_drawn(rng, 1500, (0.4, 0.3, 0.4), lift=0.5)) for _ in range(20)]
    assert all(f.p_independent[0, 1] < 0.05 for f in found)
    plain = [log_linear(_drawn(rng, 1500, (0.4, 0.3, 0.4))) for _ in range(100)]
    assert sum(f.p_independent[0, 1] < 0.05 for f in plain) <= 12


@given(first=st.integers(1, 2000), second=st.integers(1, 2000), both=st.floats(0, 1))
def test_K2_an_estimate_is_at_least_what_was_seen(first: int, second: int, both: float) -> None:
    m = round(both * min(first, second))
    made = chapman(first, second, m)
    assert made.seen == first + second - m
    assert made.low >= made.seen - 1e-6
    assert made.low <= made.total + 1e-6 or made.variance == 0
    assert made.high >= made.low
    assert made.high > made.seen or math.isclose(made.high, made.seen)


def test_K2_hand_computed() -> None:
    # (100 + 1)(80 + 1) / (40 + 1) - 1; variance 101·81·60·40 / (41² · 42)
    made = chapman(100, 80, 40)
    assert made.total == pytest.approx(8181 / 41 - 1)
    assert made.variance == pytest.approx(8181 * 2400 / (1681 * 42))


def test_K3_strata_add_up_and_K2_draws_widen() -> None:
    a, b = chapman(100, 80, 40), chapman(50, 60, 20)
    both = summed([a, b])
    assert both.total == pytest.approx(a.total + b.total)
    assert both.variance == pytest.approx(a.variance + b.variance)
    one = combined([a])
    two = combined([chapman(100, 80, m) for m in (35, 40, 45)])
    assert one == a
    assert two.variance > a.variance


@pytest.mark.parametrize("bad", [[1] * 6, [0] * 7, [-1] + [1] * 6])
def test_K2_what_is_no_three_lists_is_refused(bad: list[int]) -> None:
    with pytest.raises(ValueError, match="three lists"):
        log_linear(bad)


def test_K2_more_on_both_than_on_one_is_refused() -> None:
    with pytest.raises(ValueError, match="both"):
        chapman(3, 4, 5)


# ---- the overlap is not certain either


def matched(rng: np.random.Generator, truth: int, p: tuple[float, float]) -> Lists:
    """Two lists of a known population, as a merge would match them whose chances are true.

    Right matches have chances from b(7, 2), wrong ones from b(6, 3), as many of them as makes both
    together calibrated; what is at least even is linked, the rest waits in the review.
    """
    a, b = (rng.random(truth) < each for each in p)
    right, alone = int((a & b).sum()), (int((a & ~b).sum()), int((b & ~a).sum()))
    wrong = min(int(rng.negative_binomial(right, 6 / 8)), *alone)
    chance = np.r_[rng.beta(7, 2, right), rng.beta(6, 3, wrong)]
    linked, waits = chance[chance >= 0.5], chance[chance < 0.5]
    first = len(linked) + 2 * np.arange(len(waits))
    code = np.r_[np.full(len(linked), 3), np.tile([1, 2], len(waits))]
    code = np.r_[code, np.full(alone[0] - wrong, 1), np.full(alone[1] - wrong, 2)].astype(np.int64)
    loose = (np.arange(len(linked)), np.full(len(linked), 2), linked)
    pairs = pd.DataFrame({"distance_m": [], "score": []})
    return Lists(("crowd", "records"), code, loose, (first, first + 1, waits), pairs)


@pytest.mark.slow
def test_K2_intervals_hold_the_truth_when_matches_are_uncertain() -> None:
    rng = np.random.default_rng(7)
    held, at_its_word = [], []
    for truth, p in ((400, (0.5, 0.4)), (1000, (0.6, 0.3)), (200, (0.6, 0.6))):
        for _ in range(60):
            lists = matched(rng, truth, p)
            cells = pd.DataFrame({"setting": ["urban"] * len(lists.code)})
            county, some = pd.Series(["39049"] * len(cells)), comp.Settings(imputations=20)
            made = comp.recapture_strata(lists, cells, county, settings=some).strata
            row = made[made["kind"] == "all"].iloc[0]
            held.append(row["low"] <= truth <= row["high"])
            one, two = ((lists.code & bit > 0).sum() for bit in (1, 2))
            word = chapman(int(one), int(two), int((lists.code == 3).sum()))
            at_its_word.append(word.low <= truth <= word.high)
    assert 0.85 <= np.mean(held) <= 0.95
    # who takes the links as certain is nearly always wrong
    assert np.mean(at_its_word) <= 0.2
