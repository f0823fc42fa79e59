"""No square laws: twice the rows take about twice the time, on the worst shape too."""

from __future__ import annotations

import time

import pandas as pd

from alprmap import merge
from alprmap.merge.review import ON_ONE_POINT
from alprmap.merge.units import MOST_ON_A_SPOT


def on_one_point(n: int) -> pd.DataFrame:
    ids = [str(i) for i in range(n)]
    return pd.DataFrame(
        {
            "report_id": [f"a:{i}" for i in ids], "source_id": "a", "source_record": ids, "lon": -97.70011,
            "lat": 30.30011, "located_by": "survey", "operator": [f"PD{i % 3}" for i in range(n)],
        }
    )  # fmt: skip


def test_M2_a_point_that_many_share_is_a_place_without_a_position() -> None:
    merged = merge.merge(on_one_point(MOST_ON_A_SPOT + 1))
    assert len(merged.cameras) == 0
    assert set(merged.review["reason"]) == {ON_ONE_POINT}
    # every report is accounted for, once
    assert sorted(merged.review["report_id"]) == sorted(
        on_one_point(MOST_ON_A_SPOT + 1)["report_id"]
    )
    few = merge.merge(on_one_point(MOST_ON_A_SPOT))
    assert set(few.links["report_id"]) == set(on_one_point(MOST_ON_A_SPOT)["report_id"])


def test_M2_snapshots_of_one_record_are_no_crowd() -> None:
    reports = on_one_point(200).assign(source_record="1")
    merged = merge.merge(reports)
    assert len(merged.cameras) == 1
    assert len(merged.links) == 200


def test_M2_reports_on_one_point_grow_evenly() -> None:
    took = []
    for n in (4_000, 8_000, 16_000):
        reports = on_one_point(n)
        began = time.process_time()
        merge.merge(reports)
        took.append(time.process_time() - began)
    assert took[2] < 6 * took[0] + 1.0, took
