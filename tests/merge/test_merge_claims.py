"""M6: what is printed of a merge is counted again from its tables, on a pair of lists made up so
that everything there is to say is said: turned headings, a shift, an alarm, records that wait."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_merge import report, scene

from alprmap.merge import Merged, Settings, merge

DEGREES = ("15", "100", "190", "280")


def lists(*, n: int, strangers: int, seed: int) -> pd.DataFrame:
    """A town of `n` readers 400 m apart, a list of them 35 m to the east whose headings are the
    traffic's, and a third list that names other places nearby."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(n):
        east, north, heading = 400.0 * (k % 10), 400.0 * (k // 10), DEGREES[k % 4]
        rows.append(report("osm", f"node/{k}", east=east, north=north, direction_raw=heading))
        step = rng.normal(0.0, 6.0, 2)
        rows.append(
            report(
                "records", f"row/{k}", east=east + 35.0 + step[0], north=north + step[1],
                direction_raw=f"{(int(heading) + 180) % 360}", evidence="record",
                located_by="coordinates",
            )
        )  # fmt: skip
    for k in range(strangers):
        east, north = 400.0 * (k % 10) + 200.0, 400.0 * (k // 10) + 200.0
        rows.append(
            report(
                "others", f"row/{k}", east=east, north=north, evidence="record",
                located_by="coordinates",
            )
        )  # fmt: skip
    # two heads of a pole, and two records that do not say which they are
    for k, heading in enumerate(("15", "195")):
        rows.append(report("osm", f"node/9{k}", east=5_000, north=3.0 * k, direction_raw=heading))
        rows.append(
            report(
                "records", f"row/9{k}", east=5_035, north=1.5, direction_raw=None,
                evidence="record", located_by="coordinates",
            )
        )  # fmt: skip
    return scene(*rows)


@pytest.fixture(scope="module")
def merged() -> Merged:
    return merge(lists(n=60, strangers=40, seed=4), settings=Settings())


def test_M6_every_claim_of_a_merge_is_counted_again_from_its_tables(merged: Merged) -> None:
    claims = merged.claims()
    assert claims["claim_id"].tolist() == ["merge.cameras"]
    row = claims.iloc[0]
    cameras, links = merged.cameras["camera_id"], merged.links
    pairs = merged.review.dropna(subset=["other_id"])
    waits = pairs.loc[pairs["camera_id"].isna(), "report_id"].nunique()
    assert row["figure"] == cameras.nunique() == links["camera_id"].nunique()
    assert row["n"] == links["report_id"].nunique()
    assert row["high"] == cameras.nunique() + waits
    assert row["low"] == cameras.nunique() - pairs["camera_id"].notna().sum()
    assert row["low"] <= row["figure"] <= row["high"]
    words = f"{len(links):,} reports are {len(cameras):,} cameras; {len(pairs):,} pairs wait"
    assert str(row["sentence"]).startswith(words)
    assert (f"{waits:,} more reports are one of these" in row["sentence"]) == (waits > 0)


def test_M6_turned_headings_shift_and_alarm_are_in_what_is_said(merged: Merged) -> None:
    learned = merged.learned.set_index("source_id")
    assert learned.loc["records", "facing"] == "opposite"
    assert bool(learned.loc["records", "shift_removed"])
    assert learned.loc["records", "shift_east_m"] == pytest.approx(35.0, abs=4.0)
    (alarm,) = merged.alarms()
    assert alarm.startswith("others: only ")
    assert merged.claims()["caveat"].iloc[0] == alarm
    shared = merged.links.groupby("camera_id")["report_id"].transform(
        lambda ids: ids.str.partition(":")[0].nunique()
    )
    others = merged.links["report_id"].str.startswith("others:")
    assert learned.loc["others", "matched"] == (others & (shared > 1)).sum()


def test_M0_every_report_is_linked_once_or_waits(merged: Merged) -> None:
    linked, review = merged.links["report_id"], merged.review
    waiting = set(review.loc[review["camera_id"].isna(), "report_id"])
    assert not linked.duplicated().any()
    assert waiting.isdisjoint(linked)
    assert len(linked) + len(waiting) == 60 * 2 + 40 + 4
    assert waiting <= {"records:row/90", "records:row/91"}
