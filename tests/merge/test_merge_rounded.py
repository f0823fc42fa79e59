"""M2, M11: a list whose coordinates are rounded doubles no town, and says that it is rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_merge import HERE, report, scene

from alprmap import geo
from alprmap.merge import Merged, Settings, density, grids, merge

N = 120


def town(headings: bool = True) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Readers of a town at random places of 8 km; every fourth shares a pole or a lane with the
    one before."""
    rng = np.random.default_rng(5)
    place = rng.uniform(-4_000.0, 4_000.0, (N, 2))
    place[3::4] = place[2::4] + 4.0
    heading = rng.integers(0, 360, N)
    heading[3::8] = heading[2::8]
    rows = [
        report("crowd", f"{i}", east=place[i, 0], north=place[i, 1], device="alpr",
               direction_raw=str(heading[i]) if headings else None)
        for i in range(N)
    ]  # fmt: skip
    return rows, place


def listed(rows: list[dict[str, Any]], step: float, *, cut: bool = False) -> list[dict[str, Any]]:
    """The same readers in a list whose coordinates are rounded to `step` degrees, or cut off."""
    digits = np.trunc if cut else np.round
    out = []
    for row in rows:
        lon, lat = (float(digits(row[c] / step) * step) for c in ("lon", "lat"))
        heading = row["direction_raw"] and f"{(int(row['direction_raw']) + 4) % 360}"
        name = row["source_record"]
        out.append(
            {**row, "source_id": "list", "source_record": f"row/{name}", "lon": lon, "lat": lat,
             "report_id": f"list:row/{name}", "direction_raw": heading, "evidence": "record",
             "located_by": "coordinates"}
        )  # fmt: skip
    return out


def merged_of(*lists: list[dict[str, Any]]) -> Merged:
    return merge(scene(*[row for each in lists for row in each]))


def facts(merged: Merged) -> pd.Series:
    return merged.learned.set_index("source_id").loc["list"]


ROUNDED = {
    "whole seconds": (1 / 3600, False, "rounded to whole seconds (± 8 m"),
    "3 decimals": (0.001, False, "rounded to 3 decimals (± 30 m"),
    "3 decimals, cut off": (0.001, True, "rounded to 3 decimals (± 30 m"),
    "2 decimals": (0.01, False, "rounded to 2 decimals (± 303 m"),
    "2 decimals, cut off": (0.01, True, "rounded to 2 decimals (± 303 m"),
    "whole minutes": (1 / 60, False, "rounded to whole minutes (± 505 m"),
}


@pytest.mark.parametrize("how", list(ROUNDED))
def test_M2_a_rounded_list_doubles_no_town_and_says_that_it_is_rounded(how: str) -> None:
    step, cut, words = ROUNDED[how]
    rows, _ = town()
    merged = merged_of(rows, listed(rows, step, cut=cut))
    assert abs(len(merged.cameras) - N) <= 0.03 * N
    assert words in facts(merged)["sentence"]
    asks = "ask for the coordinates as they are kept"
    assert (asks in facts(merged)["sentence"]) == (step > 1 / 3600)
    # every report is a camera's or waits for a person
    every = pd.concat([merged.links["report_id"], merged.review["report_id"]])
    assert every.nunique() == 2 * N


def test_M2_a_rounded_list_without_headings_waits_or_is_warned_of() -> None:
    rows, _ = town(headings=False)
    merged = merged_of(rows, listed(rows, 0.001))
    assert abs(len(merged.cameras) - N) <= 0.03 * N
    (alarm,) = merged_of(rows, listed(rows, 0.01)).alarms()
    assert "its positions are rounded to 2 decimals" in alarm


def test_M2_a_list_with_all_its_digits_is_not_called_rounded() -> None:
    rows, _ = town()
    merged = merged_of(rows, listed(rows, 1e-6))
    assert merged.learned["rounded"].isna().all()
    assert not any("rounded" in s for s in merged.learned["sentence"])


def test_M2_four_places_of_few_digits_prove_nothing_and_a_part_is_told_from_the_whole() -> None:
    rows, _ = town()
    few = merged_of(rows[:60], listed(rows[:4], 0.01))
    assert few.learned["rounded"].isna().all()
    part = merged_of(rows, [*listed(rows[:60], 0.001), *listed(rows[60:], 1e-6)])
    assert facts(part)["rounded"].startswith("60 of 120 rounded to 3 decimals")


def test_M2_rounding_is_an_error_of_its_own_beside_what_is_stated() -> None:
    lat = np.full(8, HERE[1])
    off = grids.error_of(np.full(8, 0.01), lat)
    east, north = geo.degree_m(lat)
    even = np.random.default_rng(1).uniform(-0.005, 0.005, (2, 100_000))
    assert off[0] == pytest.approx(
        float(np.sqrt(((even[0] * east[0]) ** 2 + (even[1] * north[0]) ** 2).mean() / 2)), rel=0.01
    )
    rows, _ = town()
    alone = merged_of(listed(rows, 0.01))
    assert len(alone.cameras) == N
    assert alone.cameras["position_error_m"].between(300.0, 310.0).all()


@pytest.mark.parametrize(
    ("step", "cameras", "asked"), [(1e-6, 20, 0), (0.0001, 40, 20), (0.001, 40, 0)]
)
def test_M11_one_rounded_point_is_no_proof_that_a_record_is_there_twice(
    step: float, cameras: int, asked: int
) -> None:
    """Two lanes have one point where it is rounded to more than half a lane: four decimals are a
    question, three are places and no points."""
    rows, _ = town()
    once = listed(rows[:80:4], step)
    again = [{**r, "report_id": r["report_id"] + "b", "source_record": r["source_record"] + "b"}
             for r in once]  # fmt: skip
    merged = merged_of(once, again)
    assert len(merged.cameras) == cameras
    assert len(merged.review) == asked
    kept = merge(scene(*once, *again), settings=Settings(duplicates={"list": "keep"}))
    assert len(kept.cameras) == 40


def test_M3_a_rounded_point_is_as_likely_anywhere_in_its_cell_and_hardly_beyond() -> None:
    lat, step, spread = 40.0, 100.0, 30.0
    east, north = np.meshgrid(np.arange(-1000.0, 1000.0, 2.0), np.arange(-1000.0, 1000.0, 2.0))
    many = east.size
    got = density.in_cell(
        east.ravel(), north.ravel(), np.full(many, lat), np.full(many, step), np.full(many, spread)
    ).reshape(east.shape)
    assert got.sum() * 4.0 == pytest.approx(1.0, abs=0.005)
    per_lon, per_lat = (float(v) for v in geo.degree_m(lat))
    wide, high = (
        step * side / np.sqrt((per_lon**2 + per_lat**2) / 2) for side in (per_lon, per_lat)
    )
    inside = (np.abs(east) < wide / 2 - 20.0) & (np.abs(north) < high / 2 - 20.0)
    outside = (np.abs(east) > wide / 2 + 20.0) | (np.abs(north) > high / 2 + 20.0)
    assert got[inside].min() > 0.97 * got[inside].max()
    assert got[outside].max() < 0.05 * got[inside].min()


def test_M3_rounding_rules_out_the_reader_of_the_next_cell() -> None:
    """A reader just outside a cell is no rival of the one in it, though hardly farther off: 5 links
    of a round error of the same size, 22 of the cell's."""
    rows, _ = town(headings=False)
    merged = merged_of(rows, listed(rows, 0.005))
    both = merged.links.groupby("camera_id")["report_id"].apply(sorted)
    pairs = [p for p in both if len(p) == 2]
    assert len(pairs) >= 15
    assert all(record == f"list:row/{crowd.removeprefix('crowd:')}" for crowd, record in pairs)
