"""M5: what a list's headings mean is learned, asked, or settled; a city is never doubled in
silence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from test_merge import report, scene

from alprmap.merge import Merged, Settings, merge

Turn = Callable[[np.random.Generator, int, int], float | None]
TURNS: dict[str, Turn] = {
    "same": lambda rng, h, i: h,
    "opposite": lambda rng, h, i: h + 180,
    "either way": lambda rng, h, i: h + 180 * (i % 2 == 0),
    "any": lambda rng, h, i: h + int(rng.integers(65, 295)),
    "across": lambda rng, h, i: h + 90,
    "never set": lambda rng, h, i: 0,
    "seven in ten opposite": lambda rng, h, i: h + 180 * (i % 10 < 7),
}


def city(n: int, turn: Turn, seed: int) -> pd.DataFrame:
    """`n` readers far from each other, and a list that has each of them 5 m off."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        heading, east, north = int(rng.integers(1, 359)), 700.0 * i, 900.0 * (i % 7)
        rows.append(report("osm", f"node/{i}", east=east, north=north, direction_raw=str(heading)))
        turned = turn(rng, heading, i)
        rows.append(
            report(
                "city",
                f"row/{i}",
                east=east + float(rng.normal() * 5),
                north=north + float(rng.normal() * 5),
                direction_raw=None if turned is None else str(int(turned) % 360),
                evidence="record",
                located_by="coordinates",
            )
        )
    return scene(*rows)


def facing(merged: Merged) -> str:
    return str(merged.learned.set_index("source_id").loc["city", "facing"])


@pytest.mark.parametrize("n", [3, 4, 6, 9, 12, 15, 25, 40])
@pytest.mark.parametrize("name", sorted(TURNS))
def test_M5_headings_that_disagree_never_double_a_city(name: str, n: int) -> None:
    merged = merge(city(n, TURNS[name], seed=n))
    turned = facing(merged) in ("opposite", "travel")
    if name == "same":
        assert len(merged.cameras) == n
        assert merged.review.empty
        assert facing(merged) == "same"
        return
    assert len(merged.cameras) == n
    # turned where the evidence is overwhelming, else asked
    asked = merged.review[merged.review["reason"].str.contains("--facing city=", regex=False)]
    assert len(asked) == (0 if turned else 1)
    if turned:
        assert n >= 10
    if name in ("any", "across", "never set"):
        assert not turned


@pytest.mark.parametrize("rule", ["rear", "front", "travel", "none"])
@pytest.mark.parametrize("name", ["any", "across", "seven in ten opposite"])
def test_M5_a_facing_that_is_settled_is_not_asked_about_again(name: str, rule: str) -> None:
    settled = merge(city(12, TURNS[name], 1), settings=Settings(facing={"city": rule}))  # type: ignore[dict-item]
    assert not settled.review["reason"].str.contains("--facing", regex=False).any()
    row = settled.learned.set_index("source_id").loc["city"]
    assert bool(row["facing_decided"])


def test_M5_opposite_headings_are_one_city_when_settled_as_front() -> None:
    reports = city(6, TURNS["opposite"], 3)
    merged = merge(reports, settings=Settings(facing={"city": "front"}))
    assert len(merged.cameras) == 6
    assert merged.review.empty
    # and as rear they are two heads of each pole, which is then what a person has said
    assert len(merge(reports, settings=Settings(facing={"city": "rear"})).cameras) == 12


@pytest.mark.parametrize("gap", [70, 90, 120, 180])
def test_M5_one_pair_that_faces_apart_is_a_question(gap: int) -> None:
    merged = merge(
        scene(
            report("osm", "node/1", direction_raw="40"),
            report("city", "row/1", east=4.0, direction_raw=str(40 + gap), evidence="record"),
        )
    )
    assert len(merged.cameras) == 2
    assert merged.review["reason"].str.contains("facing apart", regex=False).tolist() == [True]
