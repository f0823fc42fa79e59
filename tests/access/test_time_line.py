"""What a body could look through from day to day, counted; settings that end; doors in time (A3, A4)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from alprmap.access import (
    CAN,
    COULD,
    NO_RECORD,
    access_intervals,
    access_stays,
    measure,
    read_shares,
    time_line,
)
from alprmap.access.doors import access_doors
from alprmap.publish import states_on, timeline_layer
from alprmap.shipped import data_path

LISTS = {
    "2026-01-05": "Birch OH PD, Nationwide Lookup, Cedar County OH SO",
    "2026-02-10": "Birch OH PD, Nationwide lookup (opt-in), Cedar County OH SO",
    "2026-03-15": "Birch OH PD",
    "2026-04-20": "Birch OH PD, Nationwide Lookup",
}


def record(folder: Path, days: list[str]) -> pd.DataFrame:
    rows = [f"Alder OH PD,{name.strip()},{day}" for day in days for name in LISTS[day].split(",")]
    path = folder / f"lists-{len(days)}-{days[0]}.csv"
    path.write_text("\n".join(["agency,shares_with,archived_date", *rows]) + "\n")
    return read_shares([path])


@pytest.mark.parametrize("order", [1, -1])
def test_A1_a_setting_ends_when_a_newer_list_lacks_it(tmp_path: Path, order: int) -> None:
    shared = record(tmp_path, list(LISTS)[::order])
    rows = shared.switches.sort_values("date")
    stays = rows[["date", "until"]].fillna("-").to_numpy().tolist()
    # another wording of the same setting is no end of it
    assert stays == [["2026-01-05", "2026-03-14"], ["2026-04-20", "-"]]
    assert set(rows["scope"]) == {"nationwide"}
    ids = shared.agencies.set_index("name")["agency_id"]
    body = [ids[n] for n in ids.index if "Cedar" in n]
    for day, stands in (("2026-01-04", 0), ("2026-03-14", 1), ("2026-03-15", 0), ("2026-05-01", 1)):
        doors = access_doors(
            shared.shares.iloc[:0], shared.switches, shared.agencies, body, as_of=day
        )
        assert len(doors) == stands, day


def test_A1_an_older_list_never_changes_a_setting_of_today(tmp_path: Path) -> None:
    days = list(LISTS)
    whole, newer = record(tmp_path, days), record(tmp_path, days[1:])
    for shared in (whole, newer):
        now = shared.switches[shared.switches["until"].isna()]
        assert now["date"].tolist() == ["2026-04-20"]


CAMERAS = pd.DataFrame(
    {
        "camera_id": [f"c{i}" for i in range(9)],
        "agency_id": ["a0", "a0", "a1", "a2", "a3", "b", None, "a4", "a1"],
        "class": [
            "known",
            "inferred",
            "known",
            "known",
            "known",
            "known",
            "none",
            "known",
            "known",
        ],
    }
)
SHARES = pd.DataFrame(
    [
        ("a0", "b", "2025-01-01", "2025-12-31", "portal"),
        ("a1", "a0", "2025-06-01", None, "portal"),
        ("a2", "b", None, None, "pilot with the vendor"),
        ("a1", "b", "2026-02", "2026-03", "portal"),
    ],
    columns=["from_id", "to_id", "since", "until", "source_record"],
).astype("str").assign(direction="outbound")  # fmt: skip
OPENINGS = pd.DataFrame(
    [
        ("a3", "side", "a0", "2025-03", "2025-04", "log.csv"),
        ("a3", "back", None, "2025-02-01", "2026-01-31", "page"),
        ("a4", "back", None, None, None, "page"),
    ],
    columns=["agency_id", "door", "via_id", "since", "until", "source_record"],
).astype("str")


def test_A4_settings_and_searches_on_behalf_stand_in_the_time_line() -> None:
    intervals = access_intervals(CAMERAS, SHARES, ["b"], openings=OPENINGS)
    layer = timeline_layer({"b": intervals})
    by_hand = {
        "2024-12-31": {"a0": NO_RECORD, "a1": NO_RECORD, "a2": CAN, "a3": NO_RECORD, "a4": COULD},
        "2025-02-15": {"a0": CAN, "a1": NO_RECORD, "a2": CAN, "a3": COULD, "a4": COULD},
        "2025-07-01": {"a0": CAN, "a1": COULD, "a2": CAN, "a3": COULD, "a4": COULD},
        "2026-03-31": {"a0": NO_RECORD, "a1": CAN, "a2": CAN, "a3": NO_RECORD, "a4": COULD},
        "2026-04-01": {"a0": NO_RECORD, "a1": NO_RECORD, "a2": CAN, "a3": NO_RECORD, "a4": COULD},
    }
    of = CAMERAS.set_index("camera_id")["agency_id"]
    for day, wanted in by_hand.items():
        told = states_on(layer, day)
        assert {of[c]: s for c, s in told.items() if of[c] in wanted} == wanted, day
        assert told["c5"] == CAN, "its own"
        assert told["c6"] == NO_RECORD
    doors = intervals.set_index("camera_id")["door"]
    assert doors["c3"] == "back", "a pilot is no front door"
    assert set(doors["c4"].dropna()) == {"back", "side"}


def test_A3_the_time_line_adds_up_what_each_day_shows() -> None:
    intervals = access_intervals(CAMERAS, SHARES, ["b"], openings=OPENINGS)
    of = CAMERAS.set_index("camera_id")["agency_id"]
    sort = CAMERAS.set_index("camera_id")["class"]
    line = time_line(access_stays(SHARES, ["b"], openings=OPENINGS), CAMERAS)
    layer = timeline_layer({"b": intervals})
    assert line["from_day"].tolist() == layer["days"]
    for row in line.to_dict("records"):
        told = pd.Series(states_on(layer, row["from_day"])).drop("c5")
        for word, state in (("", CAN), ("could_", COULD)):
            some = told.index[told == state]
            assert row[f"{word}agencies"] == of[some].nunique()
            for name in ("known", "inferred"):
                assert row[f"{word}{name}"] == int((sort[some] == name).sum()), row
    ends = [e for e in line["to_day"] if isinstance(e, str)]
    begins = line["from_day"].tolist()[1:]
    assert [str(date.fromisoformat(e) + timedelta(days=1)) for e in ends] == begins


@pytest.mark.slow
def test_A3_each_body_has_a_line_and_any_of_them_one() -> None:
    folder = data_path("demo")
    files = [folder / "agencies.csv", folder / "shares.csv"]
    two = ["Federal Frontier Service", "Llano Alto Fusion Center"]
    found = measure(folder / "cameras.geojson", files, to=two)
    assert list(found.timelines()) == [found.target, *two]
    assert found.lines is not None
    assert list(dict.fromkeys(found.lines["body"])) == [found.target, *two]
    alone = measure(folder / "cameras.geojson", files, to=two[0])
    assert alone.lines is not None
    mine = found.lines[found.lines["body"] == two[0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone.lines)
    for row in mine.to_dict("records"):
        then = measure(folder / "cameras.geojson", files, to=two[0], as_of=row["from_day"])
        whole = then.summary[(then.summary["state"] == "all") & (then.summary["hops"] == 1)]
        assert row["known"] == whole.set_index("class")["n"]["known"]
    with pytest.raises(Exception, match="was not asked for"):
        found.timeline("Nobody")
