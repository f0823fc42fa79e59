"""Numbers of files are the same whatever the order of a sum was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from alprmap.store import formats, write_table

NUMBERS = st.floats(-1e14, 1e14, allow_nan=False, width=64)


@given(st.lists(NUMBERS | st.sampled_from([np.nan, np.inf, 0.0, 1e-300, 5e300]), max_size=20))
def test_a_number_keeps_twelve_digits(values: list[float]) -> None:
    given_ = np.array(values, dtype=float)
    kept = formats.significant(given_)
    assert np.array_equal(np.isfinite(kept), np.isfinite(given_))
    sure = np.isfinite(given_)
    assert np.allclose(kept[sure], given_[sure], rtol=1e-11, atol=0)
    # as a person would write it, and written again it is itself
    for value in kept[sure]:
        if 1e-9 < abs(value) < 1e15:
            assert value == float(f"{value:.12g}")
    assert np.array_equal(formats.significant(kept), kept, equal_nan=True)


def test_the_order_of_a_sum_does_not_show(tmp_path: Path) -> None:
    parts = np.random.default_rng(1).uniform(0, 10, 10_000)
    sums = [float(np.sum(parts)), float(sum(parts)), float(sum(parts[::-1]))]
    assert len(set(sums)) > 1
    written = []
    for i, total in enumerate(sums):
        write_table(pd.DataFrame({"minutes": [total]}), tmp_path / f"{i}.csv")
        written.append((tmp_path / f"{i}.csv").read_bytes())
    assert len(set(written)) == 1
