"""Scenes as a newsroom meets them, each with what a reader of the two lists would say: cameras, and
how many questions wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_merge import groups, report, scene, verdicts

from alprmap.errors import InputError
from alprmap.merge import Merged, Settings, merge
from alprmap.merge.assign import ONE_PLACE_M
from alprmap.merge.explain import IN_ORDER, LIKELY, explain_camera

Rows = list[dict[str, Any]]
RECORD = {"evidence": "record", "located_by": "coordinates"}
N = 40


class Seen(NamedTuple):
    """A scene, and what is right: how many cameras, questions (at least, at most), statuses."""

    rows: Rows
    cameras: int
    questions: tuple[int, int] = (0, 0)
    status: Mapping[str, int] = MappingProxyType({})
    settings: Mapping[str, Any] = MappingProxyType({})


def town(
    source: str, seed: int, east: float = 0.0, north: float = 0.0, off: float = 5.0, **more: Any
) -> Rows:
    """A list of the same forty readers of a town, each `off` meters off and all shifted."""
    rng, own = np.random.default_rng(3), np.random.default_rng(seed)
    place, heading = rng.uniform(-5_000.0, 5_000.0, (N, 2)), rng.integers(1, 360, N)
    step = own.normal(0.0, off, (N, 2)) + np.array([east, north])
    return [
        report(source, f"{i}", east=place[i, 0] + step[i, 0], north=place[i, 1] + step[i, 1],
               direction_raw=str(heading[i]), **more)
        for i in range(N)
    ]  # fmt: skip


def pole(source: str, headings: list[int], at: float = 0.0, **more: Any) -> Rows:
    return [
        report(source, f"{source}-{h}", east=at, direction_raw=str(h), **more) for h in headings
    ]


def gantry(source: str, lane_m: float, off: float = 0.0, **more: Any) -> Rows:
    """Eight lanes under one gantry, all read from behind."""
    return [
        report(source, f"lane {k}", east=k * lane_m + off, direction_raw="90", **more)
        for k in range(8)
    ]


def two_makers(east: float, **more: tuple[str, str]) -> Rows:
    """Readers of two makers in two lists, on one pole and looking one way."""
    one, other = ({k: v[i] for k, v in more.items()} for i in (0, 1))
    return [
        report("crowd", "1", direction_raw="90", vendor="Flock Safety", **one),
        report("list", "1", east=east, direction_raw="92", vendor="Motorola Solutions",
               **RECORD, **other),
    ]  # fmt: skip


CROWD = town("crowd", 1, device="alpr", off=2.0)
SCENES: dict[str, Callable[[], Seen]] = {
    "the same list twice under two names": lambda: Seen(
        [*town("list", 2, **RECORD), *town("copy", 2, **RECORD)][::-1], N
    ),
    "the crowd, a list and its copy": lambda: Seen(
        [*CROWD, *town("list", 2, **RECORD), *town("copy", 2, **RECORD)], N
    ),
    "a later list of the same numbers, two poles moved": lambda: Seen(
        [*town("list-2024-05", 2, **RECORD), *town("list-2025-05", 2, **RECORD)[2:],
         report("list-2025-05", "0", east=9_000, **RECORD),
         report("list-2025-05", "1", east=9_500, **RECORD)],
        N, settings={"id_spaces": {"list-2024-05": "list", "list-2025-05": "list"}},
    ),
    "a list of removed cameras": lambda: Seen(
        [*CROWD, *town("gone", 2, status="removed", last_seen="2025-11", **RECORD)[:10]],
        N, (0, 2), status={"removed": 10},
    ),
    "removed by one maker, standing by another": lambda: Seen(
        [report("gone", "1", direction_raw="90", vendor="Flock Safety", status="removed", **RECORD),
         report("crowd", "1", east=3, direction_raw="92", vendor="Motorola Solutions",
                status="active")], 2, (0, 1), {"removed": 1, "active": 1},
    ),
    "planned in the list, standing in the street": lambda: Seen(
        [report("plan", "1", direction_raw="90", status="planned", last_seen="2024-02", **RECORD),
         report("crowd", "1", east=3, direction_raw="92", status="active", last_seen="2025-06")],
        1, status={"active": 1},
    ),
    "two lists of different datums": lambda: Seen(
        [*CROWD, *town("nad27", 2, east=35.0, **RECORD), *town("other", 4, north=-45.0, **RECORD)],
        N,
    ),
    "one pole with four cameras": lambda: Seen(
        [*pole("crowd", [5, 95, 185, 275]), *pole("list", [10, 90, 180, 270], at=6.0, **RECORD)], 4
    ),
    "one pole with four cameras, of which the list has two": lambda: Seen(
        [*pole("crowd", [5, 95, 185, 275]), *pole("list", [90, 270], at=6.0, **RECORD)], 4
    ),
    "a gantry over eight lanes at one point of a list": lambda: Seen(
        gantry("list", 0.0, **RECORD), 8, (1, 28)
    ),
    "a gantry over eight lanes in two lists": lambda: Seen(
        [*gantry("crowd", 3.6), *gantry("list", 3.6, 2.0, **RECORD)], 8
    ),
    "a gantry of which the list knows seven lanes": lambda: Seen(
        [*gantry("crowd", 3.6), *gantry("list", 3.6, 2.0, **RECORD)[:7]], 8, (0, 8)
    ),
    "a gantry over eight lanes, and all at one point of a list": lambda: Seen(
        [*gantry("crowd", 3.6), *gantry("list", 0.0, 12.6, **RECORD)], 8, (0, 28)
    ),
    "one row pasted twice into a list": lambda: Seen(
        gantry("list", 0.0, **RECORD)[:2], 1
    ),
    "two vendors count from 1": lambda: Seen(
        [report("flock", "1", direction_raw="90", vendor="Flock Safety", **RECORD),
         report("vigilant", "1", north=2_000, direction_raw="90", vendor="Vigilant", **RECORD)], 2
    ),
    "two agencies on one pole": lambda: Seen(
        [report("city", "1", direction_raw="90", operator="Laredo PD", **RECORD),
         report("county", "1", east=4, direction_raw="90", operator="Webb County Sheriff",
                **RECORD)], 2, (1, 1),
    ),
    "two makers on one pole": lambda: Seen(two_makers(2.0), 2, (1, 1)),
    "two makers on one pole, of lists of one season": lambda: Seen(
        two_makers(0.0, last_seen=("2025-10", "2026-01-28")), 2, (1, 1)
    ),
    "another maker's reader on the pole two years later": lambda: Seen(
        two_makers(3.0, last_seen=("2026-01-28", "2024")), 1
    ),
    "a list that gives its seller as the maker of all": lambda: Seen(
        [*[{**r, "vendor": "Flock Safety"} for r in CROWD],
         *town("list", 2, vendor="Insight LPR", **RECORD)], N
    ),
    "a third list that knows what only the second knows": lambda: Seen(
        [*CROWD[:20], *town("list", 2, **RECORD), *town("third", 4, **RECORD)[20:]], N, (0, 3)
    ),
    "three lists of one town and a tiny one": lambda: Seen(
        [*CROWD, *town("list", 2, **RECORD), *town("third", 4, east=30.0, **RECORD),
         *town("tiny", 6, **RECORD)[:6]], N
    ),
    "planned elsewhere is another camera": lambda: Seen(
        [*CROWD, report("plan", "1", east=8_000, status="planned", **RECORD)], N + 1,
        status={"planned": 1},
    ),
    "a list without a single place, of known numbers": lambda: Seen(
        [*town("list", 2, **RECORD),
         *[{**r, "source_id": "names", "report_id": f"names:{r['source_record']}", "lon": None,
            "lat": None, "located_by": "unlocated", "operator": "Laredo PD"}
           for r in town("list", 2, **RECORD)]],
        N, settings={"id_spaces": {"list": "one", "names": "one"}},
    ),
    "the other side of a divided road": lambda: Seen(
        [report("crowd", "1", direction_raw="0"), report("list", "1", east=14, direction_raw="180",
                                                         **RECORD)], 2, (0, 1)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(SCENES))
def test_M4_a_newsrooms_lists_are_the_cameras_that_stand_there(name: str) -> None:
    made = SCENES[name]()
    merged = merge(scene(*made.rows), settings=Settings(**made.settings))
    assert len(merged.cameras) == made.cameras
    least, most = made.questions
    assert least <= len(merged.review) <= most
    for status, count in made.status.items():
        assert (merged.cameras["status"] == status).sum() == count
    back = merge(scene(*made.rows[::-1]), settings=Settings(**made.settings))
    assert groups(back) == groups(merged)


@settings(max_examples=15)
@given(
    lanes=st.integers(2, 12),
    lane_m=st.floats(3.3, 3.8),
    off=st.floats(-2.0, 2.0),
    swapped=st.booleans(),
)
def test_M4_as_many_lanes_in_two_lists_are_so_many_cameras(
    lanes: int, lane_m: float, off: float, swapped: bool
) -> None:
    rows = [
        report(source, f"{k}", east=k * lane_m + by, north=by, direction_raw="90", **more)
        for k in range(lanes)
        for source, by, more in (("crowd", 0.0, {}), ("list", off, RECORD))
    ]
    merged = merge(scene(*(rows[::-1] if swapped else rows)))
    assert len(merged.cameras) == lanes
    assert (merged.cameras["n_sources"] == 2).all()
    # a link that is one of many says so, and stands within the width of the gantry's rivals
    unlikely = merged.links[merged.links["score"] < LIKELY]
    for row in unlikely.to_dict("records"):
        assert IN_ORDER in explain_camera(merged, scene(*rows), str(row["camera_id"]))
    assert (merged.links["distance_m"].fillna(0.0) <= ONE_PLACE_M).all()


DEVICES = {
    ("alpr", "alpr"): (1, 0),
    ("alpr", "unknown"): (1, 0),
    ("unknown", "unknown"): (1, 0),
    ("red_light", "red_light"): (1, 0),
    ("red_light", "unknown"): (2, 1),
    ("speed", "unknown"): (2, 1),
    ("cctv", "unknown"): (2, 1),
    ("alpr", "red_light"): (2, 0),
    ("red_light", "speed"): (2, 0),
}
"""Devices of two records on one spot: cameras and questions."""


def beside(one: str, other: str, n: int = 1, **options: Any) -> Merged:
    crowd, listed = town("crowd", 1)[:n], town("list", 2, **RECORD)[:n]
    rows = [{**r, "device": one} for r in crowd] + [{**r, "device": other} for r in listed]
    return merge(scene(*rows), **options)


@pytest.mark.parametrize(("one", "other"), list(DEVICES))
def test_M5_a_device_that_nobody_names_is_no_red_light_camera_until_somebody_says_so(
    one: str, other: str
) -> None:
    for pair in ((one, other), (other, one)):
        merged = beside(*pair)
        assert (len(merged.cameras), len(merged.review)) == DEVICES[one, other]
        assert set(merged.cameras["device"]) <= {one, other}
        if DEVICES[one, other] == (2, 1):
            assert "does not say what it is" in merged.review["reason"].iloc[0]


def test_M5_a_person_says_that_the_two_are_one_device() -> None:
    said = verdicts(("same", "crowd:0", "list:0", "kim", "seen on the pole"))
    merged = beside("unknown", "red_light", decisions=said)
    assert merged.cameras["device"].tolist() == ["red_light"]
    assert merged.review.empty


@pytest.mark.parametrize(("one", "other"), [("red_light", "unknown"), ("unknown", "red_light")])
def test_M5_a_list_of_red_light_cameras_says_why_it_matches_no_unnamed_one(
    one: str, other: str
) -> None:
    merged = beside(one, other, N)
    assert len(merged.cameras) == 2 * N
    (alarm,) = merged.alarms()
    assert "red light" in alarm
    assert "--device" in alarm


def test_M12_decisions_of_two_people_that_contradict_are_refused_and_an_undone_one_leaves_nothing() -> (
    None
):
    rows = [report("a", "1"), report("b", "1", north=5), report("c", "1", north=9)]
    chain = verdicts(
        ("same", "a:1", "b:1", "kim", "one pole"), ("same", "b:1", "c:1", "lee", "one pole"),
        ("different", "a:1", "c:1", "max", "two poles"),
    )  # fmt: skip
    with pytest.raises(InputError):
        merge(scene(*rows), decisions=chain)
    plain, undone = merge(scene(*rows)), merge(scene(*rows), decisions=chain.iloc[:0])
    pd.testing.assert_frame_equal(plain.links, undone.links)
    removed = verdicts(("removed", "a:1", "", "kim", "gone in June"))
    stands = [{**rows[0], "status": "active"}, rows[1]]
    merged = merge(scene(*stands), decisions=removed)
    assert merged.cameras["status"].tolist() == ["removed"]
