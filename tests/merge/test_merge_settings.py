"""The numbers of the merge are those of the method, and what lies outside their range is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_merge import report, scene

from alprmap.errors import InputError
from alprmap.merge import Settings, candidates, score, units


def test_typical_errors_are_those_of_m2() -> None:
    assert Settings().errors() == {
        "survey": 10.0, "photo": 15.0, "coordinates": 10.0, "crossing": 40.0, "ramp": 60.0, "block": 60.0,
        "milepost": 150.0, "road": 500.0, "place": 2000.0,
    }  # fmt: skip
    assert Settings(error_m={"survey": 3.0}).errors()["survey"] == 3.0


def test_candidates_reach_to_where_the_position_alone_leaves_the_band() -> None:
    # the position of two points d combined errors apart counts exp(-d² / 8), doubled as M3 says
    reach = Settings().reach_sd
    assert reach == pytest.approx(4.4951, abs=1e-4)
    assert np.exp(-(reach**2) / 8.0) == pytest.approx(Settings().review)


def test_two_roads_named_otherwise_count_0_37() -> None:
    rows = scene(report("a", "1", road="Main Street"), report("b", "1", road="Oak Avenue"))
    made = units.prepare(rows, Settings())
    parts = score.score(candidates.candidates(made.units, Settings()), made, Settings()).parts
    assert parts[0, score.PARTS.index("p_road")] == 0.37


@pytest.mark.parametrize(
    "given",
    [
        {"review": 0.15, "same": 0.15}, {"same": 1.0}, {"review": 1e-9}, {"apart_deg": 180.0}, {"apart_deg": 0.5},
        {"spread_deg": 0.5},
    ],
)  # fmt: skip
def test_the_ends_of_a_range_are_in_it(given: dict[str, Any]) -> None:
    Settings(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"review": 0.0}, {"same": 1.5}, {"review": 0.2}, {"apart_deg": 180.5}, {"apart_deg": 0.0},
        {"spread_deg": 0.0}, {"spread_deg": -1.0},
    ],
)  # fmt: skip
def test_what_lies_beyond_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="merge settings need"):
        Settings(**given)
