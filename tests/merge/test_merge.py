"""The merge, rule by rule, on small scenes whose truth is plain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alprmap import geo, schema
from alprmap.errors import InputError, NotFoundError, StorageError
from alprmap.merge import (
    Merged,
    Settings,
    assign,
    candidates,
    decisions,
    evidence,
    files,
    merge,
    saved,
)
from alprmap.merge.explain import explain_camera as explain

HERE = (-99.5, 27.5)


def report(
    source: str, record: str, *, east: float = 0.0, north: float = 0.0, **more: Any
) -> dict[str, Any]:
    """One report `east` and `north` meters from a fixed place."""
    lon, lat = geo.destination(*HERE, np.degrees(np.arctan2(east, north)), np.hypot(east, north))
    row = {"report_id": f"{source}:{record}", "source_id": source, "source_record": record,
           "lon": float(lon), "lat": float(lat), "located_by": "survey", "evidence": "survey"}  # fmt: skip
    return {**row, **more}


def scene(*rows: dict[str, Any]) -> pd.DataFrame:
    return schema.conform(pd.DataFrame(list(rows)), "reports")


def groups(merged: Merged) -> set[frozenset[str]]:
    return {frozenset(ids) for ids in merged.links.groupby("camera_id")["report_id"].agg(list)}


def together(merged: Merged, *ids: str) -> bool:
    return any(set(ids) <= g for g in groups(merged))


def check(merged: Merged, reports: pd.DataFrame) -> None:
    """The contract: tables conform, every report is linked once or waits without a camera, all
    names agree."""
    for name in ("cameras", "views", "links", "review"):
        schema.check(getattr(merged, name), name)
    alone = merged.review.loc[merged.review["camera_id"].isna(), "report_id"]
    assert sorted([*merged.links["report_id"], *alone]) == sorted(reports["report_id"])
    assert (
        set(merged.links["camera_id"])
        == set(merged.cameras["camera_id"])
        == set(merged.views["camera_id"])
    )
    assert merged.cameras["n_reports"].sum() == len(merged.links)
    assert merged.cameras["confidence"].between(0, 1).all()
    assert set(merged.review["camera_id"].dropna()) <= set(merged.cameras["camera_id"])


def run(*rows: dict[str, Any], **options: Any) -> Merged:
    reports = scene(*rows)
    merged = merge(reports, **options)
    check(merged, reports)
    return merged


def test_M1_same_osm_id_over_time_is_one_camera_even_when_it_moved() -> None:
    merged = run(
        report("oct", "node/7", direction_raw="10", last_seen="2025-10-04"),
        report("jan", "node/7", north=900, direction_raw="200", last_seen="2026-01-28"),
    )
    assert len(merged.cameras) == 1
    assert merged.links.set_index("report_id").loc["oct:node/7", "rule"] == "M1"
    camera = merged.cameras.iloc[0]
    assert (camera["n_reports"], camera["n_sources"], camera["sources"]) == (2, 1, "jan;oct")
    # the newest snapshot says where it stands and how it looks
    assert merged.links.set_index("report_id").loc["oct:node/7", "distance_m"] == pytest.approx(
        900, abs=0.1
    )
    assert merged.views["heading_deg"].tolist() == [200.0]


def test_M1_the_newest_snapshot_leads_also_where_only_the_file_is_dated() -> None:
    old, new = (
        report("us-2025-10", "node/7", direction_raw="10"),
        report("us-2026-01", "node/7", direction_raw="200"),
    )
    assert run(old, new).views["heading_deg"].tolist() == [200.0]
    dates = Settings(dates={"a": "2026-01-28", "b": "2025-10-04"})
    merged = run(
        {**old, "source_id": "b", "report_id": "b:node/7"},
        {**new, "source_id": "a"},
        settings=dates,
    )
    assert merged.views["heading_deg"].tolist() == [200.0]


def test_M1_row_numbers_of_two_lists_are_not_one_numbering_unless_said() -> None:
    rows = [report("a", "row/1"), report("b", "row/1", north=5000)]
    assert len(run(*rows).cameras) == 2
    assert len(run(*rows, settings=Settings(id_spaces={"a": "list", "b": "list"})).cameras) == 1


def test_M1_records_without_a_name_are_each_their_own() -> None:
    rows = [report("a", str(i), north=2000.0 * i, source_record=None) for i in range(3)]
    first = run(*rows)
    assert len(first.cameras) == 3
    assert (
        run(*rows, previous=first).cameras["camera_id"].tolist()
        == first.cameras["camera_id"].tolist()
    )


@pytest.mark.parametrize(("meters", "one"), [(30.0, True), (230.0, False)])
def test_M2_candidates_reach_as_far_as_their_own_errors(meters: float, one: bool) -> None:
    record = report("rec", "1", north=meters, located_by="crossing", evidence="record")
    merged = run(report("osm", "node/1"), record)
    assert (len(merged.cameras) == 1) == one
    # a milepost is rougher, so the same distance is nothing; but one alone proves nothing either
    rough = run(report("osm", "node/1"), {**record, "located_by": "milepost"})
    assert len(rough.cameras) == 2
    assert rough.review["other_id"].tolist() == ["osm:node/1"]
    # and a stated error beats the typical one
    sharp = {**record, "position_error_m": 2.0}
    assert len(run(report("osm", "node/1", position_error_m=2.0), sharp).cameras) == 2


def test_M2_works_across_the_antimeridian_and_near_the_pole() -> None:
    for lon, lat in ((179.99999, 52.0), (-100.0, 83.0)):
        x, y = geo.destination(lon, lat, 90, 15)
        merged = run(
            {**report("a", "1"), "lon": lon, "lat": lat},
            {**report("b", "1"), "lon": float(x), "lat": float(y)},
        )
        assert len(merged.cameras) == 1
        assert merged.links["distance_m"].max() == pytest.approx(15, abs=0.1)


def test_M3_the_score_is_the_product_of_the_parts_in_the_link() -> None:
    merged = run(
        report(
            "osm",
            "node/1",
            direction_raw="350",
            operator="Laredo PD",
            vendor="Flock Safety",
            last_seen="2026-01",
        ),
        report(
            "rec",
            "1",
            north=20,
            direction_raw="10",
            operator="Laredo PD",
            vendor="Motorola",
            evidence="record",
            last_seen="2024-01",
        ),
    )
    link = merged.links.dropna(subset="score").iloc[0]
    parts = [link[f"p_{p}"] for p in ("position", "heading", "operator", "vendor", "road")]
    assert 0.5 <= link["score"] <= 1.0
    assert np.prod(parts) == pytest.approx(0.267, abs=2e-3)
    assert link["p_position"] == pytest.approx(np.exp(-(20**2) / (8 * 200)), abs=1e-3)
    assert link["p_heading"] == pytest.approx(np.exp(-(20**2) / (2 * 36**2)), abs=1e-3)
    assert (link["p_operator"], link["p_vendor"], link["p_road"]) == (1.0, 0.40, 1.0)


def test_M3_names_spelled_twice_agree_and_numbers_must_match() -> None:
    def cameras(one: str, other: str) -> int:
        merged = run(report("a", "1", operator=one), report("b", "1", operator=other))
        assert len(merged.review) == len(merged.cameras) - 1
        return len(merged.cameras)

    # two agencies' readers on one point are a question, never a merge
    assert cameras("Lowe's", "LOWES") == 1
    assert cameras("Harris County Constable Pct 1", "Harris County Constable Pct 2") == 2
    assert cameras("Laredo PD", "Laredo ISD PD") == 2


def test_M3_another_sort_of_device_is_never_the_same_camera() -> None:
    merged = run(report("a", "1", device="alpr"), report("b", "1", device="red_light"))
    assert len(merged.cameras) == 2
    assert (
        len(run(report("a", "1", device="alpr"), report("b", "1", device="unknown")).cameras) == 1
    )


def test_M4_the_best_total_wins_over_first_come_first_served() -> None:
    # greedy gives b1 (8 m from a1) to the first that asks and leaves b2 or a2 alone
    merged = run(
        report("a", "1", north=0), report("a", "2", north=20),
        report("b", "1", north=8), report("b", "2", north=-12),
    )  # fmt: skip
    assert together(merged, "a:1", "b:2")
    assert together(merged, "a:2", "b:1")


def test_M4_never_two_records_of_one_source_in_a_camera() -> None:
    merged = run(
        report("a", "1"),
        report("b", "1", north=4),
        report("b", "2", north=8),
        report("c", "1", north=6),
    )
    by_source = merged.links.assign(source=merged.links["report_id"].str[0])
    assert not by_source.duplicated(["camera_id", "source"]).any()
    assert len(merged.cameras) == 2


def test_M4_holds_for_more_sources_than_a_machine_word_has_bits() -> None:
    rows = [
        report(f"s{i:02d}", str(k), direction_raw=h)
        for i in range(70)
        for k, h in enumerate(("90", "270"))
    ]
    merged = run(*rows)
    assert merged.cameras["n_sources"].tolist() == [70, 70]
    heading = scene(*rows).set_index("report_id")["direction_raw"]
    assert merged.links.groupby("camera_id")["report_id"].agg(
        lambda ids: heading[ids].nunique()
    ).tolist() == [
        1,
        1,
    ]


def test_M5_two_heads_on_one_pole_stay_two() -> None:
    merged = run(
        report("a", "1", direction_raw="90"), report("a", "2", direction_raw="270"),
        report("b", "1", direction_raw="265", north=5), report("b", "2", direction_raw="100", north=5),
    )  # fmt: skip
    assert groups(merged) == {frozenset({"a:1", "b:2"}), frozenset({"a:2", "b:1"})}


def test_M5_one_row_with_two_heads_takes_one_single_head_and_keeps_both_views() -> None:
    merged = run(report("a", "1", direction_raw="90;270"), report("b", "1", direction_raw="85"))
    assert len(merged.cameras) == 1
    assert merged.views["heading_deg"].tolist() == [90.0, 270.0]


def test_M5_two_single_heads_of_a_list_and_one_row_with_both_leave_a_question() -> None:
    merged = run(
        report("a", "1", direction_raw="90;270"),
        report("b", "1", direction_raw="92"), report("b", "2", direction_raw="260", north=3),
    )  # fmt: skip
    assert len(merged.cameras) == 2
    assert merged.review["reason"].str.contains("one of its heads").tolist() == [True]
    assert together(merged, "a:1", "b:1")


def test_M5_wrap_around_and_facing_apart() -> None:
    assert (
        len(
            run(report("a", "1", direction_raw="350"), report("b", "1", direction_raw="20")).cameras
        )
        == 1
    )
    assert (
        len(
            run(report("a", "1", direction_raw="350"), report("b", "1", direction_raw="55")).cameras
        )
        == 2
    )


def test_M5_a_middle_member_of_unknown_heading_never_joins_two_that_face_apart() -> None:
    merged = run(
        report("a", "1", direction_raw="0;180"), report("b", "1"), report("c", "1", direction_raw="90"),
        report("d", "1", direction_raw="270"),
    )  # fmt: skip
    assert not together(merged, "c:1", "d:1")
    assert not together(merged, "a:1", "c:1")


def test_M6_the_band_goes_to_review_and_is_not_merged() -> None:
    merged = run(
        report("a", "1", operator="Lowe's"),
        report("b", "1", north=35, operator="Laredo PD", direction_raw="5"),
    )
    band = merged.review.iloc[0]
    assert len(merged.cameras) == 2
    assert 0.02 <= band["score"] < 0.5
    assert {band["report_id"], band["other_id"]} == {"a:1", "b:1"}
    assert "operators differ" in band["reason"]


def test_M6_an_exact_zero_that_contradicts_is_asked_about() -> None:
    merged = run(report("a", "1", direction_raw="0"), report("b", "1", direction_raw="180"))
    assert len(merged.cameras) == 2
    assert len(merged.review) == 1
    # a deliberate 360 is north; where the lists' headings agree elsewhere these are two heads
    assert run(
        report("a", "1", direction_raw="360"),
        report("b", "1", direction_raw="180"),
        report("a", "2", direction_raw="90", east=2000.0),
        report("b", "2", direction_raw="90", east=2000.0),
    ).review.empty


def test_M7_fields_come_from_the_better_source_and_losers_stay_readable() -> None:
    reports = scene(
        report("osm", "node/1", direction_raw="90", operator="Flock", vendor="Flock Safety",
               operator_kind="vendor only", last_seen="2026-01-28"),
        report("rec", "1", north=20, located_by="crossing", evidence="record", operator="Laredo PD",
               vendor="Rekor", direction_raw="100", last_seen="2025-06-01", first_seen="2023-05-01"),
    )  # fmt: skip
    merged = merge(reports, settings=Settings(review=0.05, same=0.1))
    camera = merged.cameras.iloc[0]
    assert (camera["operator"], camera["vendor"]) == ("Laredo PD", "Flock Safety")
    assert (camera["lon"], camera["lat"]) == (reports["lon"][0], reports["lat"][0])
    assert merged.views["heading_deg"].tolist() == [90.0]
    assert (camera["first_seen"], camera["last_seen"]) == ("2023-05-01", "2026-01-28")
    story = explain(merged, reports, camera["camera_id"])
    assert "not taken: 'Flock' (osm:node/1)" in story
    assert "not taken: 'Rekor' (rec:1)" in story
    assert "directions not taken: '100' (rec:1)" in story
    assert "position: from osm:node/1; not taken: 20.0 m off (rec:1)" in story
    assert "M4: matched by score" in story


def test_M7_a_record_wins_the_position_where_it_is_as_good() -> None:
    merged = run(
        report("osm", "node/1"),
        report("rec", "1", north=8, located_by="coordinates", evidence="record"),
    )
    assert merged.cameras["located_by"].tolist() == ["coordinates"]


def test_M7_a_record_a_meter_worse_does_not() -> None:
    merged = run(
        report("osm", "node/1", position_error_m=3.0),
        report(
            "rec", "1", north=8, located_by="coordinates", evidence="record", position_error_m=4.0
        ),
    )
    assert merged.cameras["located_by"].tolist() == ["survey"]


def test_M7_a_doubtful_zero_loses_to_a_plain_heading_of_a_record() -> None:
    merged = run(
        report("osm", "node/1", direction_raw="0"),
        report("rec", "1", direction_raw="20", evidence="record"),
    )
    assert merged.views["heading_deg"].tolist() == [20.0]


def test_M7_a_known_value_beats_unknown_however_old() -> None:
    merged = run(
        report("osm", "node/1", operator_kind="unknown", setting="unknown", last_seen="2026-01-28"),
        report("map", "1", operator_kind="city", setting="highway", last_seen="2021-01-01"),
    )
    assert merged.cameras[["operator_kind", "setting"]].to_numpy().tolist() == [["city", "highway"]]
    assert merged.cameras["sources"].tolist() == ["map;osm"]


def test_M7_a_heading_somebody_set_beats_a_stated_direction_of_traffic() -> None:
    both = run(report("osm", "node/1", direction_raw="90", travel_deg=100.0))
    assert both.views[["heading_deg", "quality"]].to_numpy().tolist() == [[90.0, "exact"]]
    stated = run(report("osm", "node/1", travel_deg=100.0))
    assert stated.views[["heading_deg", "quality"]].to_numpy().tolist() == [[100.0, "travel"]]
    assert both.cameras["sources"].tolist() == stated.cameras["sources"].tolist() == ["osm"]


def test_M7_an_older_snapshot_says_no_more_than_the_newest_however_sharp() -> None:
    merged = run(
        report("old", "node/1", operator="A PD", vendor="Rekor", last_seen="2024-01-01"),
        report("new", "node/1", operator="B PD", vendor="Flock Safety", located_by="block", north=9,
               last_seen="2026-01-28"),
        settings=Settings(id_spaces={"old": "osm", "new": "osm"}),
    )  # fmt: skip
    (camera,) = merged.cameras.to_dict("records")
    assert (camera["operator"], camera["vendor"], camera["located_by"]) == (
        "B PD",
        "Flock Safety",
        "block",
    )


@pytest.mark.parametrize("east", [-1.0, 1.0])
@pytest.mark.parametrize(
    ("field", "value", "heading"), [("direction_raw", "90", 90.0), ("travel_deg", 100.0, 100.0)]
)
def test_M7_the_report_that_knows_the_heading_gives_the_view(
    east: float, field: str, value: object, heading: float
) -> None:
    merged = run(
        report("a", "1", last_seen="2021-01-01", east=east, **{field: value}),
        report("b", "1", last_seen="2026"),
    )
    assert merged.views[["heading_deg", "report_id"]].to_numpy().tolist() == [[heading, "a:1"]]


def test_M7_a_plain_heading_beats_a_repaired_one_and_that_a_doubtful_one() -> None:
    plain, repaired = (
        report("a", "1", direction_raw="91"),
        report("b", "1", direction_raw="-270", last_seen="2026"),
    )
    assert run(plain, repaired).views["heading_deg"].tolist() == [91.0]
    doubtful = report("c", "1", direction_raw="0", last_seen="2026")
    nearly = {**repaired, "direction_raw": "-350"}
    assert run(nearly, doubtful).views["heading_deg"].tolist() == [10.0]


def test_M7_a_camera_is_as_old_as_its_oldest_report_and_as_fresh_as_its_newest() -> None:
    merged = run(
        report("a", "1", first_seen="2023-05-01", last_seen="2024-01-01"),
        report("b", "1", first_seen="2021-02-03", last_seen="2026-01-28"),
    )
    assert merged.cameras[["first_seen", "last_seen"]].to_numpy().tolist() == [
        ["2021-02-03", "2026-01-28"]
    ]


def test_M8_crowd_only_is_flagged_where_the_list_is_complete() -> None:
    rows = [
        report("osm", "node/1", operator="Laredo PD"), report("osm", "node/2", north=800, operator="Laredo PD"),
        report("osm", "node/3", north=1600, operator="Webb County SO"),
        report("rec", "1", operator="Laredo PD", evidence="record"),
        report("rec", "2", north=4000, operator="Laredo PD", evidence="record"),
    ]  # fmt: skip
    plain = run(*rows).cameras["outcome"].value_counts().to_dict()
    assert plain == {"crowd-only": 2, "matched": 1, "record-only": 1}
    merged = run(*rows, settings=Settings(complete_for={"rec": ("Laredo PD",)}))
    table = merged.outcomes.set_index("operator")
    assert table.loc["Laredo PD"].to_dict() == {
        "matched": 1, "record_only": 1, "crowd_only": 0, "not_in_list": 1, "cameras": 3,
    }  # fmt: skip
    assert table.loc["Webb County SO", "crowd_only"] == 1
    spelled = run(*rows, settings=Settings(complete_for={"rec": ("LAREDO P.D.",)}))
    assert spelled.outcomes.equals(merged.outcomes)
    every = run(*rows, settings=Settings(complete_for={"rec": ("*",)}))
    assert every.cameras["outcome"].str.contains("not in").sum() == 1


def test_M9_order_and_split_of_the_files_change_nothing() -> None:
    rows = [
        report(s, f"{i}", north=7.0 * i + k, east=3.0 * k, direction_raw=f"{40 * i % 360}")
        for k, s in enumerate("abc")
        for i in range(12)
    ]
    first = run(*rows)
    again = run(*rows[::-1])
    for name in ("cameras", "views", "links", "review"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))


@pytest.mark.parametrize(
    ("what", "weight"),
    [
        ("photo", 0.90),
        ("record", 0.90),
        ("survey", 0.85),
        ("portal", 0.60),
        ("unknown", 0.50),
        ("second-hand", 0.40),
    ],
)
def test_M10_weights_are_those_of_the_method(what: str, weight: float) -> None:
    one = report("s", "1", evidence=what, last_seen="2026-01-28")
    assert run(one).cameras["confidence"].tolist() == [weight]
    undated = {**one, "last_seen": None}
    assert run(undated).cameras["confidence"].tolist() == pytest.approx([0.75 * weight], abs=1e-4)


@pytest.mark.parametrize(
    ("text", "day"),
    [("2020", "2020-07-01"), ("2020-03", "2020-03-15"), ("2020-03-04", "2020-03-04"),
     ("2020-03-04T23:59:59Z", "2020-03-04")],
)  # fmt: skip
def test_M10_a_year_and_a_month_count_from_their_middle(text: str, day: str) -> None:
    settings = Settings(as_of="2026-01-28")
    found = evidence.freshness(pd.Series([text, day, "2026-01-28"]), settings)
    years = (pd.Timestamp("2026-01-28") - pd.Timestamp(day)).days / 365.25
    assert found.tolist() == pytest.approx(
        [0.5 ** (years / settings.half_life_years)] * 2 + [1.0], rel=1e-12
    )


def test_M8_operators_with_the_most_cameras_come_first() -> None:
    cameras = pd.DataFrame(
        {"operator": ["B", "A", "C", "C", None], "outcome": ["matched", *["crowd-only"] * 4]}
    )
    table = evidence.outcome_table(cameras)
    assert table["operator"].tolist() == ["C", "(unknown)", "A", "B"]
    assert table["cameras"].tolist() == [2, 1, 1, 1]
    assert table.set_index("operator").loc["B"].tolist() == [1, 0, 0, 0, 1]
    assert (table["record_only"].tolist(), table.index.tolist()) == ([0] * 4, [0, 1, 2, 3])


def test_M10_confidence_grows_with_sources_and_falls_with_age() -> None:
    def of(*rows: dict[str, Any]) -> float:
        return float(
            run(*rows, settings=Settings(as_of="2026-01-28")).cameras["confidence"].iloc[0]
        )

    fresh = report("osm", "node/1", last_seen="2026-01-28")
    assert of(fresh) == pytest.approx(0.85)
    assert of({**fresh, "last_seen": "2020-01-28"}) == pytest.approx(0.425, abs=1e-3)
    assert of({**fresh, "last_seen": "2021-03-04"}) == pytest.approx(
        0.4824
    )  # four decimals, no more
    assert of({**fresh, "evidence": "second-hand"}) == pytest.approx(0.40)
    # another snapshot of the same source adds nothing, another source does
    assert of(fresh, report("old", "node/1", last_seen="2026-01-28")) == pytest.approx(0.85)
    both = of(fresh, report("rec", "1", evidence="record", last_seen="2026-01-28"))
    assert both == pytest.approx(1 - 0.15 * 0.10, abs=1e-3)


@pytest.mark.parametrize(
    ("meters", "one", "other", "cameras", "asked"),
    [
        (0.0, "90", "90", 1, 0),  # uploaded twice
        (0.1, "90", "95", 1, 0),
        (0.5, "90", "95", 2, 1),  # a second device hung beside the first, or drawn twice
        (0.3, "90", "90", 2, 1),
        (0.0, "90", "270", 2, 0),  # two heads
        (3.6, "90", "90", 2, 0),  # two lanes
        (1.5, "90", "90", 2, 1),  # nobody knows
        (0.0, "90", None, 2, 1),
        (0.0, "0", "0", 2, 1),  # two arrows nobody turned
        (0.0, "338-23", "338-23", 2, 1),  # the same, as a range
        (0.0, "1", "1", 1, 0),
        (0.0, "1.5", "1.5", 1, 0),
        (0.0, "90", "100", 1, 0),  # as far apart as equal headings may be
        (0.0, "90", "101", 2, 0),
        (0.5, "90", "270", 2, 0),
        (1.5, "90", None, 2, 0),  # beyond one spot nothing speaks for one device
        (0.0, "90;270", "270;90", 1, 0),
        (0.0, "90;270", "90", 2, 0),
        (
            0.0,
            "82;98",
            "90;140",
            2,
            0,
        ),  # each of the first has its like in the second, not the other way round
    ],
)
def test_M11_double_uploads_are_told_from_heads_and_lanes(
    meters: float, one: str, other: str | None, cameras: int, asked: int
) -> None:
    merged = run(
        report("osm", "node/1", direction_raw=one),
        report("osm", "node/2", north=meters, direction_raw=other),
    )
    assert (len(merged.cameras), len(merged.review)) == (cameras, asked)


TWICE = [report("s", "1", direction_raw="90"), report("s", "2", direction_raw="90")]


@pytest.mark.parametrize(
    ("field", "one", "other", "cameras"),
    [
        ("note", "a", "b", 1),
        ("operator", "A PD", "B SO", 2),
        ("vendor", "Flock Safety", "Rekor", 2),
        ("travel_deg", 90.0, 100.0, 1),
        ("travel_deg", 90.0, 101.0, 2),
    ],
)
def test_M11_what_contradicts_keeps_two_records_apart(
    field: str, one: object, other: object, cameras: int
) -> None:
    merged = run({**TWICE[0], field: one}, {**TWICE[1], field: other})
    assert len(merged.cameras) == cameras
    assert ("M11" in merged.links["rule"].tolist()) == (cameras == 1)


@pytest.mark.parametrize(
    ("policy", "cameras", "asked"), [("merge", 1, 0), ("keep", 2, 0), ("review", 2, 1)]
)
def test_M11_policies(policy: str, cameras: int, asked: int) -> None:
    settings = Settings(duplicates={"s": policy})
    merged = run(*TWICE, settings=settings)
    assert (len(merged.cameras), len(merged.review)) == (cameras, asked)
    assert (
        merged.review["reason"]
        .str.contains("stand 0.0 m apart, facing the same way: one camera")
        .all()
    )
    heads = run(TWICE[0], {**TWICE[1], "direction_raw": "270"}, settings=settings)
    assert (len(heads.cameras), len(heads.review)) == (2, 0)


def test_M11_a_heading_nobody_set_is_said_in_the_question() -> None:
    blind = run(TWICE[0], {**TWICE[1], "direction_raw": None})
    assert blind.review["reason"].str.contains("without a heading somebody set").tolist() == [True]


@pytest.mark.parametrize("which", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("east", [0.0, -0.1])
def test_M11_points_made_of_words_are_no_double_uploads(
    which: tuple[int, ...], east: float
) -> None:
    pair = [report("s", "1", direction_raw="90", east=east), TWICE[1]]
    found = run(*({**p, "located_by": "crossing"} if k in which else p for k, p in enumerate(pair)))
    assert (len(found.cameras), len(found.review)) == (2, 0)


@pytest.mark.parametrize("policy", ["merge", "review"])
def test_M11_what_another_source_says_is_no_second_upload(policy: str) -> None:
    other = {**TWICE[1], "report_id": "t:2", "source_id": "t"}
    joined = run(TWICE[0], other, settings=Settings(duplicates={"s": policy, "t": policy}))
    assert (len(joined.cameras), len(joined.review)) == (1, 0)
    assert joined.links["rule"].tolist() == ["M0", "M4"]


def test_M11_a_long_chain_of_near_doubles_is_a_question_not_a_camera() -> None:
    merged = run(*[report("s", str(i), north=0.15 * i, direction_raw="90") for i in range(14)])
    assert len(merged.cameras) == 14
    assert len(merged.review) >= 13
    for n in (6, 12):
        assert (
            len(
                run(
                    *[report("s", str(i), north=0.15 * i, direction_raw="90") for i in range(n)]
                ).cameras
            )
            == 1
        )


def test_M11_a_chain_whose_ends_contradict_is_a_question_not_a_camera() -> None:
    spot = [
        report("s", str(i), direction_raw="90", operator=o)
        for i, o in enumerate(("A PD", None, "B SO"))
    ]
    merged = run(*spot)
    assert (len(merged.cameras), len(merged.review)) == (3, 2)
    assert len(run(*spot[:2]).cameras) == 1


def verdicts(*rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(decisions.COLUMNS))


def test_M12_decisions_win_over_the_score_and_are_not_asked_again() -> None:
    a, b = report("a", "1"), report("b", "1", north=5)
    assert len(run(a, b).cameras) == 1
    apart = run(
        a, b, decisions=verdicts(("different", "a:1", "b:1", "kim", "two poles in the photo"))
    )
    assert len(apart.cameras) == 2
    far = report("b", "1", north=700)
    merged = run(a, far, decisions=verdicts(("same", "a:1", "b:1", "kim", "the list has a typo")))
    assert len(merged.cameras) == 1
    assert set(merged.links["rule"]) == {"M0", "M12"}
    gone = run(a, decisions=verdicts(("removed", "a:1", "", "kim", "pole is empty")))
    assert gone.cameras["status"].tolist() == ["removed"]
    band = (report("a", "1", direction_raw="0"), report("b", "1", direction_raw="180"))
    assert run(*band, decisions=verdicts(("different", "b:1", "a:1", "kim", "seen"))).review.empty


def test_M12_different_undoes_a_double_upload() -> None:
    pair = [report("s", "1", direction_raw="90"), report("s", "2", direction_raw="90")]
    said = verdicts(("different", "s:1", "s:2", "kim", "two heads, same way"))
    assert len(run(*pair, decisions=said).cameras) == 2


def test_M12_unusable_decisions_are_refused_or_kept_aside(tmp_path: Path) -> None:
    a, b = report("a", "1"), report("b", "1")
    merged = run(a, b, decisions=verdicts(("same", "a:1", "x:9", "kim", "gone since")))
    assert merged.unused["other_id"].tolist() == ["x:9"]
    used = run(
        a,
        b,
        decisions=verdicts(
            ("same", "a:1", "b:1", "kim", "one pole"), ("same", "a:1", "x:9", "kim", "gone")
        ),
    )
    assert used.unused.index.tolist() == [0]
    assert used.unused["other_id"].tolist() == ["x:9"]
    both = verdicts(("same", "a:1", "b:1", "k", "w"), ("different", "a:1", "b:1", "k", "w"))
    with pytest.raises(InputError, match="both same and different"):
        run(a, b, decisions=both)
    snapshots = (report("old", "node/1"), report("new", "node/1"))
    with pytest.raises(InputError, match="different from itself"):
        run(*snapshots, decisions=verdicts(("different", "old:node/1", "new:node/1", "k", "w")))
    path = tmp_path / "decisions.csv"
    for text, match in (
        ("verdict,report_id\n", "lacks the column other_id"),
        ("verdict,report_id,other_id,by,why\nmaybe,a:1,b:1,k,w\n", "row 1: verdict 'maybe'"),
        (
            "verdict,report_id,other_id,by,why\nsame,a:1,,k,w\n",
            "row 1: verdict same lacks a report",
        ),
        ("verdict,report_id,other_id,by,why\nsame,a:1,b:1,,w\n", "nobody signs"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(InputError, match=match):
            decisions.read_decisions(path)
    path.write_text("verdict,report_id,other_id,by,why\nsame,a:1,b:1,kim,photo\n", "utf-8")
    assert len(run(a, b, decisions=decisions.read_decisions(path)).cameras) == 1
    with pytest.raises(InputError, match="no such file"):
        decisions.read_decisions(tmp_path / "none.csv")


def test_M13_names_survive_a_new_source_a_nudge_and_a_rebuild() -> None:
    osm = [report("osm", f"node/{i}", north=300.0 * i, direction_raw="90") for i in range(1, 5)]
    first = run(*osm)
    records = [report("arec", str(i), north=300.0 * i + 9, evidence="record") for i in range(1, 4)]
    nudged = [{**o, "lat": o["lat"] + 5e-5} for o in osm]
    grown = run(*nudged, *records)
    assert set(first.cameras["camera_id"]) == set(grown.cameras["camera_id"])
    named = first.links.set_index("report_id")["camera_id"]
    later = grown.links.set_index("report_id")["camera_id"]
    assert (named == later[named.index]).all()


def test_M13_previous_keeps_names_and_merges_and_splits_leave_aliases() -> None:
    a, b = report("a", "1"), report("b", "2", north=120)
    apart = run(a, b)
    old = apart.links.set_index("report_id")["camera_id"]
    near = {**b, **{k: report("b", "2", north=8)[k] for k in ("lon", "lat")}}
    joined = run(a, near, previous=apart)
    assert len(joined.cameras) == 1
    kept = joined.cameras["camera_id"].iloc[0]
    assert kept in set(old)
    (alias,) = joined.aliases.to_dict("records")
    assert alias == {"old_id": (set(old) - {kept}).pop(), "new_id": kept, "reason": "merged into"}
    assert f"was merged into {kept}" in explain(joined, scene(a, near), alias["old_id"])
    split = run(a, b, previous=joined)
    assert kept in set(split.cameras["camera_id"])
    assert "split off" in set(split.aliases["reason"])
    # the earlier alias is not forgotten
    assert alias["old_id"] in set(split.aliases["old_id"])
    calm = run(a, b, previous=apart)
    assert calm.aliases.empty
    pd.testing.assert_frame_equal(calm.cameras, apart.cameras)


def test_M13_losing_more_than_a_few_per_cent_of_a_source_is_refused() -> None:
    rows = [report("osm", f"node/{i}", north=200.0 * i) for i in range(20)]
    whole = run(*rows)
    run(*rows[:19], previous=whole)
    with pytest.raises(InputError, match=r"source osm lost 2 of 20 records.*--accept-loss"):
        run(*rows[:18], previous=whole)
    assert len(run(*rows[:18], previous=whole, settings=Settings(accept_loss=True)).cameras) == 18


def test_reports_without_a_place_are_conserved_not_guessed() -> None:
    merged = run(
        report("osm", "node/1"),
        report("rec", "1", evidence="record", located_by="unlocated", lon=np.nan, lat=np.nan),
        report("rec", "2", evidence="record", located_by="place"),
    )
    assert len(merged.cameras) == 1
    waiting = merged.review.set_index("report_id")
    assert waiting.loc["rec:1", "reason"].startswith("unlocated")
    assert waiting.loc["rec:2", "reason"].startswith("too roughly located")
    assert waiting["camera_id"].isna().all()


def test_an_unlocated_report_goes_with_the_located_ones_of_its_record() -> None:
    merged = run(
        report("new", "node/1"),
        report("old", "node/1", located_by="unlocated", lon=np.nan, lat=np.nan),
    )
    assert len(merged.cameras) == 1
    assert merged.review.empty
    assert merged.links.set_index("report_id").loc["old:node/1", "rule"] == "M1"


def test_travel_directions_of_records_tell_lanes_apart() -> None:
    east = report("rec", "1", located_by="crossing", evidence="record", travel_deg=90.0)
    west = report("rec", "2", located_by="crossing", evidence="record", travel_deg=270.0)
    merged = run(
        east, west,
        report("osm", "node/1", north=10, direction_raw="95"),
        report("osm", "node/2", north=-10, direction_raw="265"),
    )  # fmt: skip
    assert together(merged, "rec:1", "osm:node/1")
    assert together(merged, "rec:2", "osm:node/2")
    alone = run(east)
    assert alone.views[["heading_deg", "quality"]].values.tolist() == [[90.0, "travel"]]


def test_empty_input_and_double_ids() -> None:
    nothing = merge(schema.empty("reports"))
    check(nothing, schema.empty("reports"))
    with pytest.raises(InputError, match="there twice or missing"):
        merge(scene(report("a", "1"), report("a", "1")))


@pytest.mark.parametrize(
    "wrong",
    [{"same": 0.1, "review": 0.2}, {"error_m": {"guess": 5.0}}, {"duplicates": {"a": "drop"}}, {"apart_deg": 0.0},
     {"dates": {"a": "2026-13"}}, {"dates": {"a": "Oct 4, 2025"}}, {"as_of": "x"}],
)  # fmt: skip
def test_settings_refuse_nonsense(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Settings(**wrong)


def test_saved_files_read_back_and_explain_names_what_it_does_not_know(tmp_path: Path) -> None:
    reports = scene(
        report("osm", "node/1"),
        report("rec", "1", north=20, evidence="record"),
        report("rec", "2", lon=np.nan),
    )
    merged = merge(reports)
    out = tmp_path / "cameras.parquet"
    written = files.save_merge(merged, reports, out)
    assert {p.name for p in written} >= {
        "cameras.parquet", "cameras.views.parquet", "cameras.links.parquet", "cameras.reports.parquet",
        "cameras.review.csv", "cameras.review.geojson",
    }  # fmt: skip
    back = saved.load_merge(out)
    pd.testing.assert_frame_equal(back.links, merged.links)
    pd.testing.assert_frame_equal(back.review, merged.review)
    assert (
        merge(reports, previous=back).cameras["camera_id"].tolist()
        == merged.cameras["camera_id"].tolist()
    )
    first = {p.name: p.read_bytes() for p in written}
    files.save_merge(merge(reports), reports, out)
    assert {p.name: p.read_bytes() for p in written} == first
    with pytest.raises(NotFoundError, match="no camera is called cam-none"):
        explain(merged, reports, "cam-none")
    with pytest.raises(InputError, match=r"name the \.parquet"):
        saved.load_merge(tmp_path / "cameras.csv")
    (tmp_path / "cameras.review.csv").unlink()
    with pytest.raises(InputError, match="no such file"):
        saved.load_merge(out)


def test_a_full_disk_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = scene(report("osm", "node/1"))
    out = tmp_path / "c.parquet"
    files.save_merge(merge(reports), reports, out)
    before = out.read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        files.save_merge(merge(scene(report("osm", "node/2"))), reports, out)
    assert out.read_bytes() == before


def test_the_sparse_matching_is_as_good_as_the_dense_one() -> None:
    random = np.random.default_rng(3)
    for _ in range(30):
        n = int(random.integers(2, 12))
        cell = np.flatnonzero(random.random(n * n) < 0.5)
        if not len(cell):
            continue
        r, c, value = (
            cell // n,
            cell % n,
            random.random(len(cell)) + 1e6 * random.integers(0, 2, len(cell)),
        )
        dense, sparse = assign._hungarian(r, c, value), assign.sparse_matching(r, c, value)
        assert value[sparse].sum() == pytest.approx(value[dense].sum(), rel=1e-12)
        assert len(set(r[sparse])) == len(set(c[sparse])) == len(sparse)


def test_thousands_of_reports_on_one_spot_are_refused_before_the_memory_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidates, "MOST_PAIRS", 1000)
    heap = scene(*[report("a", str(i), east=2.0 * i) for i in range(100)])
    with pytest.raises(InputError, match="within each other's position error"):
        merge(heap)
