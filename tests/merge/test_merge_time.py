"""M7, M8, M11 and time: readers that were removed, replaced or moved, and lists that are complete
for a place and a date."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from test_merge import report, scene

from alprmap.merge import Settings, explain_camera, merge

NOT_LISTED = "crowd-only, not in the operator's list"


def status(merged: Any) -> dict[str, str]:
    table = merged.links.merge(merged.cameras, on="camera_id")
    return dict(zip(table["report_id"], table["status"], strict=True))


@pytest.mark.parametrize("same_list", [True, False])
def test_M7_a_reader_removed_in_the_newer_snapshot_is_removed(same_list: bool) -> None:
    older = report("osm-2025-10", "node/1", status="standing", last_seen="2025-10-01")
    source = "osm-2026-01" if same_list else "city"
    record = "node/1" if same_list else "row/1"
    newer = report(source, record, east=3.0, status="removed", last_seen="2026-01-28")
    for rows in ((older, newer), (newer, older)):
        merged = merge(scene(*rows))
        assert merged.cameras["status"].tolist() == ["removed"]
    again = dict(newer, last_seen="2024-01-28")
    # an older word that it was removed loses to a newer one that it stands
    assert merge(scene(older, again)).cameras["status"].tolist() == ["standing"]


@pytest.mark.parametrize("order", [0, 1])
def test_M5_a_replaced_reader_is_two_cameras_of_which_one_stands(order: int) -> None:
    rows = [
        report("city", "row/1", status="removed", vendor="Flock Safety", direction_raw="90"),
        report("city", "row/2", status="standing", vendor="Axon", direction_raw="90"),
        report("osm", "node/5", east=4.0, vendor="Axon", direction_raw="88", status="standing"),
    ]
    merged = merge(scene(*(rows if order else rows[::-1])))
    assert len(merged.cameras) == 2
    seen = status(merged)
    assert seen["city:row/1"] == "removed"
    assert seen["city:row/2"] == seen["osm:node/5"] == "standing"
    camera = merged.links.set_index("report_id")["camera_id"]
    assert camera["city:row/2"] == camera["osm:node/5"] != camera["city:row/1"]


def test_M5_another_makers_reader_on_the_pole_is_not_the_one_that_was_removed() -> None:
    gone = report("city", "row/1", status="removed", vendor="Flock Safety", direction_raw="90")
    stands = report("osm", "node/5", vendor="Axon", direction_raw="90", status="standing")
    merged = merge(scene(gone, stands))
    assert sorted(merged.cameras["status"]) == ["removed", "standing"]
    # the same maker's is the same reader, whose removal one of the two does not know yet
    assert len(merge(scene(gone, dict(stands, vendor="Flock Safety"))).cameras) == 1


def test_M11_a_removed_and_a_standing_record_on_one_spot_are_not_one_upload_twice() -> None:
    rows = [
        report("city", "row/1", status="removed", direction_raw="90"),
        report("city", "row/2", status="standing", direction_raw="90"),
    ]
    assert sorted(merge(scene(*rows)).cameras["status"]) == ["removed", "standing"]


def test_M1_a_record_whose_pole_was_moved_is_one_camera_at_the_new_place() -> None:
    rows = [
        report("list-2025-10", "17", last_seen="2025-10-01"),
        report("list-2026-01", "17", east=900.0, last_seen="2026-01-01"),
    ]
    merged = merge(
        scene(*rows),
        settings=Settings(id_spaces=dict.fromkeys(("list-2025-10", "list-2026-01"), "list")),
    )
    assert len(merged.cameras) == 1
    assert merged.cameras["lon"].iloc[0] == pytest.approx(rows[1]["lon"])


def listed(far_m: float, first_seen: str | None, **more: Any) -> str:
    """The outcome of a reader that a complete list of 2025 does not have."""
    records = [
        report("rec", str(i), east=1000.0 * i, north=1500.0 * (i % 2), evidence="record",
               operator="Laredo PD", last_seen="2025-06-01")
        for i in range(5)
    ]  # fmt: skip
    crowd = report("osm", "node/9", east=-far_m, operator="Laredo PD", evidence="survey",
                   first_seen=first_seen, **more)  # fmt: skip
    merged = merge(scene(*records, crowd), settings=Settings(complete_for={"rec": ("*",)}))
    name = merged.links.set_index("report_id")["camera_id"]["osm:node/9"]
    return str(merged.cameras.set_index("camera_id").loc[name, "outcome"])


@pytest.mark.parametrize(
    ("far_m", "first_seen", "outcome"),
    [
        (500.0, None, NOT_LISTED),
        (500.0, "2024-01-01", NOT_LISTED),
        (500.0, "2025", "crowd-only"),
        (500.0, "2026-01-15", "crowd-only"),
        (4_000.0, "2024-01-01", NOT_LISTED),
        (9_000.0, "2024-01-01", "crowd-only"),
        (90_000.0, None, "crowd-only"),
    ],
)
def test_M8_a_list_is_complete_for_its_own_ground_and_date(
    far_m: float, first_seen: str | None, outcome: str
) -> None:
    assert listed(far_m, first_seen) == outcome


def test_M13_the_story_of_a_camera_names_what_was_learned_of_its_sources() -> None:
    rows = [report("osm", "node/1", direction_raw="90"), report("city", "1", east=3.0)]
    reports = scene(*rows)
    merged = merge(reports)
    story = explain_camera(merged, reports, merged.cameras["camera_id"].iloc[0])
    for sentence in merged.learned["sentence"]:
        assert sentence in story
    alone = merge(reports.iloc[:1])
    name = alone.cameras["camera_id"].iloc[0]
    assert "learned" not in explain_camera(alone, reports, name)


@pytest.mark.parametrize("n", [30, 400])
def test_M2_many_rows_on_one_point_are_one_question(n: int) -> None:
    hall = [report("city", str(i)) for i in range(n)]
    away = [report("city", f"a{i}", east=500.0 * (i + 1)) for i in range(3)]
    merged = merge(scene(*hall, *away))
    assert len(merged.cameras) == 3
    assert len(merged.review) == n
    assert merged.questions() == merged.counts()["questions"] == 1
    assert merged.review["reason"].str.contains("place without a position").all()
    assert pd.concat([merged.links["report_id"], merged.review["report_id"]]).nunique() == n + 3
