"""The alarm names the likeliest reason, and a source is held against what others mean (M2)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_merge import report, scene

from alprmap.merge import Merged, Settings, merge

N = 80


def readers(
    source: str, turn: float = 0.0, shift_m: float = 0.0, seed: int = 1, **more: Any
) -> Any:
    """A list of the same readers of a town, turned and shifted, each some meters off."""
    rng = np.random.default_rng(7)
    place, heading = rng.uniform(-6_000.0, 6_000.0, (N, 2)), rng.integers(0, 360, N)
    own = np.random.default_rng(seed)
    off = own.normal(0.0, 6.0, (N, 2)) + np.array([shift_m, 0.0])
    facing = (heading + turn + own.normal(0.0, 5.0, N)) % 360
    return [
        report(source, f"{source}/{i}", east=place[i, 0] + off[i, 0],
               north=place[i, 1] + off[i, 1], direction_raw=f"{facing[i]:.0f}", **more)
        for i in range(N)
    ]  # fmt: skip


def strangers(source: str, seed: int = 3) -> Any:
    """A list of other readers of the same town."""
    rng = np.random.default_rng(seed)
    return [
        report(source, f"{source}/{i}", east=e, north=n, evidence="record",
               direction_raw=f"{rng.integers(0, 360)}")
        for i, (e, n) in enumerate(rng.uniform(-6_000.0, 6_000.0, (N, 2)))
    ]  # fmt: skip


def together(*lists: Any, **settings: Any) -> Merged:
    rows = [r for each in lists for r in each]
    return merge(scene(*rows), settings=Settings(**settings))


CROWD = readers("crowd", evidence="survey", device="alpr")
ALARMS = {
    "shift of 700 m": (readers("list", shift_m=700.0, seed=2, evidence="record"), {}, "shifted"),
    "shift of 2 km": (readers("list", shift_m=2_000.0, seed=2, evidence="record"), {}, None),
    "shift of 10 km": (
        readers("list", shift_m=10_000.0, seed=2, evidence="record"),
        {},
        "reader within 3 miles (5 km) are matched",
    ),
    "another device": (
        readers("list", seed=2, evidence="record", device="red_light"),
        {},
        "other devices (red light)",
    ),
    "other places": (strangers("list"), {}, "nothing fits by place"),
    "a wrong --facing": (
        readers("list", turn=180.0, seed=2, evidence="record"),
        {"facing": {"list": "rear"}},
        "taken as same by --facing",
    ),
}


@pytest.mark.parametrize("name", list(ALARMS))
def test_M2_the_alarm_names_the_reason(name: str) -> None:
    rows, settings, words = ALARMS[name]
    merged = together(CROWD, rows, **settings)
    alarms = merged.alarms()
    assert len(merged.cameras) > 1.5 * N
    if words is None:
        assert all("shifted" in a or "nothing fits" in a for a in alarms)
    else:
        assert len(alarms) == 1
        assert words in alarms[0]


def twice(rows: Any, many: int, north: float) -> Any:
    """The same list with its first rows a second time, some meters off."""
    again = [
        {**r, "report_id": f"{r['report_id']}b", "source_record": f"{r['source_record']}b",
         "lat": r["lat"] + north / 111_000.0}
        for r in rows[:many]
    ]  # fmt: skip
    return [*rows, *again]


@pytest.mark.parametrize(
    ("crowd_too", "many", "north", "said"),
    [
        (False, 20, 4.0, True),
        (False, 20, 12.0, True),
        (False, 20, 400.0, False),
        (False, 3, 4.0, False),
        (True, 20, 4.0, False),
    ],
)
def test_M2_a_list_that_repeats_itself_is_said_to(
    crowd_too: bool, many: int, north: float, said: bool
) -> None:
    crowd = twice(CROWD, many, north) if crowd_too else CROWD
    rows = twice(readers("list", seed=2, evidence="record"), many, north)
    alarms = together(crowd, rows).alarms()
    assert [("list readers twice?" in a and a.startswith("list: ")) for a in alarms] == [
        True
    ] * said


@pytest.mark.parametrize("turn", [0.0, 180.0])
@pytest.mark.parametrize("shift_m", [0.0, 60.0])
@pytest.mark.parametrize("third", [8, N])
def test_M2_a_third_list_is_held_against_what_the_second_means(
    turn: float, shift_m: float, third: int
) -> None:
    """Two lists that break the same promise agree with each other: neither doubles the town."""
    same = {"turn": turn, "shift_m": shift_m, "evidence": "record"}
    one, other = readers("one", seed=2, **same), readers("other", seed=4, **same)[:third]
    merged = together(CROWD, one, other)
    if third < N and shift_m:
        # eight records cannot show a shift: who stays alone is asked about
        links = merged.links.assign(
            n=merged.links.groupby("camera_id")["report_id"].transform("size")
        )
        alone = set(links.loc[links["n"] == 1, "report_id"])
        asked = set(merged.review["report_id"]) | set(merged.review["other_id"].dropna())
        assert len(merged.cameras) <= N + third
        assert len(alone - asked) <= 1
    else:
        assert len(merged.cameras) <= N + 2
    every = pd.concat([merged.links["report_id"], merged.review["report_id"]])
    assert every.nunique() == 2 * N + third
    facts = merged.learned.set_index("source_id")
    if turn:
        assert facts.loc["one", "facing"] == "opposite"
        assert facts.loc["other", "facing"] in ("opposite", "unclear")
    assert not merged.alarms()


def test_M2_a_list_turned_by_its_user_speaks_so_to_those_after_it() -> None:
    one, other = (
        readers(s, turn=180.0, seed=k, evidence="record") for s, k in (("one", 2), ("b", 3))
    )
    merged = together(CROWD, one, other, facing={"one": "front"})
    assert len(merged.cameras) <= N + 2
    assert merged.learned.set_index("source_id").loc["b", "facing"] == "opposite"


def test_M3_headings_along_the_road_tell_heads_apart_as_well_as_they_were_seen_to() -> None:
    """Two heads of a pole 30° apart, and a list of the traffic's way, right to 5°."""
    rng = np.random.default_rng(11)
    crowd, listed = [], []
    for i, (east, north) in enumerate(rng.uniform(-9_000.0, 9_000.0, (60, 2))):
        first = float(rng.integers(0, 360))
        for head in (0, 1):
            name, heading = f"{i}-{head}", first + 30.0 * head
            crowd.append(report("crowd", name, east=east, north=north, device="alpr",
                                direction_raw=f"{heading % 360:.0f}"))  # fmt: skip
            way = heading + 180.0 * float(rng.random() < 0.5) + rng.normal(0.0, 5.0)
            off = rng.normal(0.0, 6.0, 2)
            listed.append(report("list", name, east=east + off[0], north=north + off[1],
                                 evidence="record", direction_raw=f"{way % 360:.0f}"))  # fmt: skip
    merged = together(crowd, listed)
    assert merged.learned.set_index("source_id").loc["list", "facing"] == "travel"
    camera = merged.links.set_index("report_id")["camera_id"]
    right = sum(
        camera.get(f"crowd:{i}-{h}") == camera.get(f"list:{i}-{h}")
        for i in range(60)
        for h in (0, 1)
    )
    assert right >= 114
