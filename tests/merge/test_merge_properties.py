"""What holds for every merge, whatever the reports: order, conservation, one-to-one, names, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_merge import check, report, scene

from alprmap import direction, geo
from alprmap.merge import Settings, merge
from alprmap.merge.candidates import candidates
from alprmap.merge.units import prepare

TABLES = ("cameras", "views", "links", "review")
SLOW = settings(max_examples=40)
HEADINGS = st.one_of(
    st.none(),
    st.integers(0, 359).map(str),
    st.tuples(st.integers(1, 359), st.integers(1, 359)).map(lambda t: f"{t[0]};{t[1]}"),
)


@st.composite
def scenes(draw: Any, *, sources: str = "abc", most: int = 14) -> pd.DataFrame:
    """A crowd of reports within 120 m: the worst corner of a map."""
    rows, seen = [], set()
    for _ in range(draw(st.integers(1, most))):
        source = draw(st.sampled_from(sources))
        osm = draw(st.booleans())
        record = f"node/{draw(st.integers(1, 9))}" if osm else f"row/{draw(st.integers(1, 30))}"
        if (source, record) in seen:
            continue
        seen.add((source, record))
        rows.append(
            report(
                source,
                record,
                east=draw(st.integers(0, 120)),
                north=draw(st.integers(0, 120)),
                direction_raw=draw(HEADINGS),
                position_error_m=draw(st.sampled_from([2.0, 10.0, 40.0, 100.0])),
                operator=draw(st.sampled_from([None, "Laredo PD", "Webb County SO"])),
                vendor=draw(st.sampled_from([None, "Flock Safety", "Motorola"])),
                located_by=draw(st.sampled_from(["survey", "crossing"])),
                evidence=draw(st.sampled_from(["survey", "record"])),
                last_seen=draw(st.sampled_from([None, "2025-10-04", "2026-01-28"])),
            )
        )
    return scene(*rows)


def same(one: Any, other: Any) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


@pytest.mark.slow
@SLOW
@given(scenes(), st.randoms(use_true_random=False))
def test_reports_are_conserved_and_their_order_is_nothing(
    reports: pd.DataFrame, random: Any
) -> None:
    kept = reports.copy(deep=True)
    merged = merge(reports)
    check(merged, reports)
    pd.testing.assert_frame_equal(reports, kept)
    order = list(range(len(reports)))
    random.shuffle(order)
    same(merged, merge(reports.iloc[order]))


@pytest.mark.slow
@SLOW
@given(scenes())
def test_merging_again_changes_nothing_and_renames_nothing(reports: pd.DataFrame) -> None:
    first = merge(reports)
    again = merge(reports, previous=first)
    same(first, again)
    assert again.aliases.empty


@pytest.mark.slow
@SLOW
@given(scenes(), st.integers(2, 14))
def test_a_name_once_given_is_kept_or_has_an_alias(reports: pd.DataFrame, known: int) -> None:
    before = merge(reports.iloc[:known])
    after = merge(reports, previous=before)
    assert set(before.cameras["camera_id"]) <= set(after.cameras["camera_id"]) | set(
        after.aliases["old_id"]
    )
    assert set(after.aliases["new_id"]) <= set(after.cameras["camera_id"])
    # a record keeps its camera's name, or the name it had is explained
    old, new = (m.links.set_index("report_id")["camera_id"] for m in (before, after))
    moved = old[old != new[old.index]]
    assert set(moved) <= set(after.aliases["old_id"])


@pytest.mark.slow
@SLOW
@given(scenes())
def test_one_to_one_and_never_facing_apart(reports: pd.DataFrame) -> None:
    limits = Settings(duplicates=dict.fromkeys("abc", "keep"))
    merged = merge(reports, settings=limits)
    table = merged.links.merge(reports, on="report_id")
    assert not table.duplicated(["camera_id", "source_id"]).any()
    # headings of a list that agrees with nothing are not used, and asked about (M5)
    unused = merged.learned.loc[merged.learned["facing"].ne("same"), "source_id"]
    used = ~table["source_id"].isin(unused)
    for _, camera in table[used & table["rule"].isin(["M0", "M4"])].groupby("camera_id"):
        assert not any(
            faces_apart(a, b) for a in camera["direction_raw"] for b in camera["direction_raw"]
        )


def faces_apart(one: Any, other: Any) -> bool:
    """Facing apart as M5 has it: a head of the side with fewer heads has no partner within 60°."""
    few, many = sorted(
        (
            [v.heading_deg for v in direction.parse(None if pd.isna(t) else t).views]
            for t in (one, other)
        ),
        key=len,
    )
    if not few or [0.0] in (few, many):
        return False
    return any(min(float(geo.angle_between_deg(h, g)) for g in many) > 60 for h in few)


@pytest.mark.slow
@SLOW
@given(scenes())
def test_relabelling_ids_and_sources_changes_nothing_else(reports: pd.DataFrame) -> None:
    turned = reports.copy()
    swap = {"a": "zulu", "b": "mike", "c": "alpha"}
    turned["source_id"] = turned["source_id"].map(swap)
    number = turned["source_record"].str.extract(r"(\d+)$")[0].astype(int)
    turned["source_record"] = (
        turned["source_record"].str.partition("/")[0] + "/" + (1000 - 7 * number).astype(str)
    )
    turned["report_id"] = turned["source_id"] + ":" + turned["source_record"]
    columns = [
        "lon",
        "lat",
        "position_error_m",
        "operator",
        "vendor",
        "confidence",
        "n_reports",
        "n_sources",
        "outcome",
    ]
    one, other = (
        merge(r).cameras[columns].sort_values(columns, ignore_index=True) for r in (reports, turned)
    )
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.slow
@SLOW
@given(scenes(sources="a"), st.integers(0, 200))
def test_a_source_alone_merges_only_double_uploads(reports: pd.DataFrame, shift: int) -> None:
    merged = merge(reports)
    assert set(merged.links["rule"]) <= {"M0", "M11"}
    table = merged.links.merge(reports, on="report_id")
    for _, camera in table.groupby("camera_id"):
        far = geo.distance_m(
            camera["lon"].iloc[0], camera["lat"].iloc[0], camera["lon"], camera["lat"]
        )
        assert np.max(far) <= 1.9
        assert camera["direction_raw"].notna().all() or len(camera) == 1
    # moving everything together moves nothing apart
    moved = reports.assign(lon=reports["lon"] + shift * 0.5)
    assert len(merge(moved).cameras) == len(merged.cameras)


@pytest.mark.slow
@SLOW
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from([10.0, 40.0, 60.0, 100.0]),
    st.sampled_from([0.9, 0.7, 0.5, 0.25]),
)
def test_shrinking_errors_never_merges_more(
    places: list[tuple[int, int, int, int]], error_m: float, factor: float
) -> None:
    """M4: three sources at places without rivals: the sharper the positions, the fewer are one.

    Beside rivals a sharper position may settle which of two is meant, so there it does not hold.
    """
    counts = []
    for error in (error_m, error_m * factor):
        rows = []
        for k, (ax, ay, bx, by) in enumerate(places):
            at = {"position_error_m": error, "direction_raw": "90", "north": 9_000.0 * k}
            rows.append(report("a", f"row/{k}", **at))
            rows.append(report("b", f"row/{k}", **(at | {"north": 9_000.0 * k + ay, "east": ax})))
            rows.append(report("c", f"row/{k}", **(at | {"north": 9_000.0 * k + by, "east": -bx})))
        counts.append(len(merge(scene(*rows)).cameras))
    assert counts[1] >= counts[0]


@SLOW
@given(scenes(sources="ab"), st.sampled_from([0.9, 0.5, 0.2]))
def test_M2_shrinking_errors_never_makes_more_candidates(
    reports: pd.DataFrame, factor: float
) -> None:
    sharper = reports.assign(position_error_m=reports["position_error_m"] * factor)
    one, other = (candidates(prepare(r, Settings()).units, Settings()) for r in (reports, sharper))
    assert len(other) <= len(one)


@pytest.mark.slow
@SLOW
@given(st.floats(40.0, 120.0), st.floats(1.6, 4.0), st.floats(0.0, 359.0), st.booleans())
def test_M3_a_lone_rough_sighting_is_asked_about_and_never_joined_from_afar(
    error_m: float, apart_sd: float, bearing: float, looks: bool
) -> None:
    """Nothing was learned of a list of one: from 2.5 joint errors on even odds do not carry it, and
    nearer what is not joined is asked about."""
    meters = apart_sd * float(np.hypot(error_m, 10.0))
    far = np.deg2rad(bearing)
    sighting = report(
        "sightings", "1", east=meters * np.sin(far), north=meters * np.cos(far),
        position_error_m=error_m, direction_raw=None,
    )  # fmt: skip
    known = report("osm", "node/1", direction_raw="90" if looks else None, position_error_m=10.0)
    merged = merge(scene(known, sighting))
    asked = merged.review.dropna(subset=["other_id"])
    assert len(merged.cameras) == 2 or apart_sd < 2.5
    if apart_sd < 2.0 and len(merged.cameras) == 2:
        assert set(asked["report_id"]) | set(asked["other_id"]) == {"osm:node/1", "sightings:1"}
    assert (asked["score"].dropna() < 0.5).all()


@pytest.mark.slow
@SLOW
@given(st.floats(3.0, 15.0), st.floats(0.0, 1.0), st.floats(0.0, 359.0))
def test_M3_a_lone_sharp_sighting_on_the_spot_is_the_camera_there(
    error_m: float, apart_sd: float, bearing: float
) -> None:
    meters, far = apart_sd * float(np.hypot(error_m, 10.0)), np.deg2rad(bearing)
    sighting = report(
        "sightings", "1", east=meters * np.sin(far), north=meters * np.cos(far),
        position_error_m=error_m, direction_raw=None,
    )  # fmt: skip
    known = report("osm", "node/1", direction_raw="90", position_error_m=10.0)
    assert len(merge(scene(known, sighting)).cameras) == 1
