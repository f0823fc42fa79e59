"""A time line says on every day what `--as-of` says on that day (A3)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.access import CAN, COULD, NO_RECORD, access_intervals, active_shares
from alprmap.access.paths import hops
from alprmap.publish.map.timeline import states_on, timeline_layer

AGENCIES = ["a", "b", "c", "d", "body"]
DAY = st.integers(0, 40).map(lambda n: (date(2026, 1, 1) + timedelta(days=n)).isoformat())


@st.composite
def shares(draw: st.DrawFn) -> pd.DataFrame:
    rows = []
    for n in range(draw(st.integers(1, 9))):
        giver, taker = draw(st.permutations(AGENCIES))[:2]
        since, until = draw(st.none() | DAY), draw(st.none() | DAY)
        if since is not None and until is not None and until < since:
            since, until = until, since
        rows.append((giver, taker, "outbound", since, until, f"r{n}"))
    columns = ["from_id", "to_id", "direction", "since", "until", "source_record"]
    return pd.DataFrame(rows, columns=columns).astype("str")


CAMERAS = pd.DataFrame(
    {"camera_id": [f"c-{a}" for a in AGENCIES] + ["none"], "agency_id": [*AGENCIES, None],
     "class": ["known"] * 5 + ["none"]}
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=60)
@given(shares(), st.lists(DAY, min_size=1, max_size=5))
def test_A3_the_slider_shows_what_was_on_record_that_day(
    record: pd.DataFrame, days: list[str]
) -> None:
    intervals = access_intervals(CAMERAS, record, ["body"])
    layer = timeline_layer({"body": intervals})
    assert layer["states"] == [CAN, COULD, NO_RECORD]
    for day in days:
        undated = record[record["since"].isna()]
        standing = undated[undated["until"].isna() | (undated["until"] >= day)]
        some = pd.concat([active_shares(record, as_of=day), standing]).drop_duplicates()
        steps = hops(some, ["body"])["hops"]
        told = states_on(layer, day)
        for agency in AGENCIES:
            wanted = {0: CAN, 1: CAN, 2: COULD}.get(steps.get(agency), NO_RECORD)
            assert told[f"c-{agency}"] == wanted, (agency, day)
        assert told["none"] == NO_RECORD
    for _, part in intervals.groupby("camera_id"):
        ends = part["to_day"].tolist()
        assert sum(isinstance(e, str) for e in ends) == len(part) - 1
        for end, begin in zip(ends[:-1], part["from_day"].tolist()[1:], strict=True):
            assert date.fromisoformat(end) + timedelta(days=1) == date.fromisoformat(begin)


def test_A3_the_result_has_its_time_line(tmp_path: Path) -> None:
    from alprmap.access import measure
    from alprmap.shipped import data_path

    folder = data_path("demo")
    record = [folder / "agencies.csv", folder / "shares.csv"]
    found = measure(folder / "cameras.geojson", record, to="Federal Frontier Service")
    line = found.timeline()
    assert set(line["camera_id"]) == set(found.cameras["camera_id"])
    now = line[line["to_day"].isna()].set_index("camera_id")["state"]
    reached = found.cameras.set_index("camera_id")["hops"]
    assert (now[reached.index[reached.isin([0, 1])]] == CAN).all()
    layer = timeline_layer(found.timelines())
    assert [b["name"] for b in layer["bodies"]] == [found.target]
    assert len(layer["bodies"][0]["readers"]) == len(found.cameras)
