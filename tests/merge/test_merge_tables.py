"""What a merge writes down: names of cameras, records of the last merge, links, questions and their
rounding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_merge import TWICE, report, run, scene, verdicts

from alprmap import schema
from alprmap.errors import InputError
from alprmap.merge import (
    Settings,
    candidates,
    decisions,
    files,
    ids,
    learn,
    merge,
    records,
    saved,
    score,
    units,
)
from alprmap.merge.explain import explain_camera as explain

RECORD = {"evidence": "record"}


# M13: names


def test_a_camera_is_called_by_the_record_that_anchors_it() -> None:
    merged = run(report("list", "1", **RECORD), report("osm", "node/10"), report("osm", "node/9", north=500),
                 report("old", "node/9", north=500), report("list", "7", east=900, **RECORD),
                 report("more", "3", east=900, **RECORD))  # fmt: skip
    named = merged.links.set_index("report_id")["camera_id"].to_dict()
    ten, nine, seven = "cam-f4xyjajmxa", "cam-gyqqtzvbmr", "cam-xooi6dsxgs"
    assert named == {"list:1": ten, "osm:node/10": ten, "osm:node/9": nine, "old:node/9": nine,
                     "list:7": seven, "more:3": seven}  # fmt: skip
    assert merged.cameras.set_index("camera_id")["source_record"].to_dict() == {
        ten: "node/10", nine: "node/9", seven: "7"
    }  # fmt: skip


def test_the_oldest_osm_object_anchors_whichever_is_named_first() -> None:
    joined = verdicts(("same", "osm:node/10", "osm:node/9", "kim", "one pole"))
    spot = [
        report("osm", "node/10"),
        report("osm", "node/9", north=30),
        report("osm", "node/11", north=900),
    ]
    assert sorted(run(*spot, decisions=joined).cameras["source_record"]) == ["node/11", "node/9"]


def test_a_name_that_is_taken_gives_way_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "LETTERS", 1)
    made = units.prepare(
        scene(*(report("a", str(i), north=500.0 * i) for i in range(12))), Settings()
    )
    anchor = ids.anchors(made, np.arange(12))
    names = ids.fresh_names(made, anchor, {3: ids.name_of("a", "0")}).tolist()
    assert len(set(names)) == 12
    assert names[3] == ids.name_of("a", "0")
    of = dict(zip(made.reports["source_record"].iloc[anchor], names, strict=True))
    assert of["0"] == ids.name_of("a", "0", 1)


def test_an_old_name_goes_to_most_of_its_records_then_to_its_anchor_then_to_the_first() -> None:
    before = pd.DataFrame(
        [("r1", "most", False), ("r2", "most", False), ("r3", "most", True), ("r4", "anchored", False),
         ("r5", "anchored", True), ("r6", "first", False), ("r7", "first", False)],
        columns=["identity", "camera_id", "anchor"],
    )  # fmt: skip
    now = pd.DataFrame(
        [("r1", 1), ("r2", 1), ("r3", 0), ("r4", 2), ("r5", 3), ("r6", 5), ("r7", 4)],
        columns=["identity", "camera"],
    )
    names, moved = ids.inherited(now, before)
    assert names == {1: "most", 3: "anchored", 4: "first"}
    wanted = {("most", 0, "split off"), ("anchored", 2, "split off"), ("first", 5, "split off")}
    assert set(moved.itertuples(index=False, name=None)) == wanted


def test_a_camera_keeps_the_name_of_most_of_its_records_then_of_an_anchor_then_the_first() -> None:
    before = pd.DataFrame(
        [("r1", "z-most", False), ("r2", "z-most", False), ("r3", "a-least", True), ("r4", "b-bare", False),
         ("r5", "y-anchored", True), ("r6", "c-second", False), ("r7", "b-first", False)],
        columns=["identity", "camera_id", "anchor"],
    )  # fmt: skip
    now = pd.DataFrame(
        [("r1", 0), ("r2", 0), ("r3", 0), ("r4", 1), ("r5", 1), ("r6", 2), ("r7", 2)],
        columns=["identity", "camera"],
    )
    names, moved = ids.inherited(now, before)
    assert names == {0: "z-most", 1: "y-anchored", 2: "b-first"}
    wanted = {
        ("a-least", 0, "merged into"),
        ("b-bare", 1, "merged into"),
        ("c-second", 2, "merged into"),
    }
    assert set(moved.itertuples(index=False, name=None)) == wanted


def test_aliases_are_sorted_and_each_is_said_once() -> None:
    rows = [("b", "x", "split off"), ("a", "x", "merged into"), ("b", "x", "split off")]
    wanted = pd.DataFrame([rows[1], rows[0]], columns=ids.ALIASES).astype("str")
    pd.testing.assert_frame_equal(ids.alias_table(rows), wanted)


def test_the_anchor_keeps_its_name_when_a_camera_falls_in_two() -> None:
    a, b = report("a", "1"), report("b", "2", north=8)
    joined = run(a, b)
    far = report("b", "2", north=300)
    split = run(a, far, previous=joined)
    (old,) = joined.cameras["camera_id"]
    named = split.links.set_index("report_id")["camera_id"]
    assert named["a:1"] == old
    assert split.aliases.to_dict("records") == [
        {"old_id": old, "new_id": named["b:2"], "reason": "split off"}
    ]


def test_an_alias_follows_a_camera_that_is_merged_away_later() -> None:
    a, b = report("a", "1"), report("b", "2", north=120)
    apart = run(a, b)
    first = run(a, report("b", "2", north=8), previous=apart)
    (alias,) = first.aliases.to_dict("records")
    # the camera both became part of is merged into another: its alias points there, a split-off one
    # does not
    c = [report(s, "3", north=300) for s in ("c", "d", "e")]
    second = run(a, report("b", "2", north=8), *c, previous=first)
    third = run(*(report(s, r) for s, r in (("a", "1"), ("b", "2"), ("c", "3"), ("d", "3"), ("e", "3"))),
                previous=second)  # fmt: skip
    (now,) = third.cameras["camera_id"]
    assert {(x["old_id"], x["new_id"]) for x in third.aliases.to_dict("records")} == {
        (alias["old_id"], now), (alias["new_id"], now)
    }  # fmt: skip


# the records of the last merge


def test_the_records_of_a_merge_say_where_each_went_and_which_anchors() -> None:
    merged = run(report("a", "1", **RECORD), report("osm", "node/2", north=5), report("old", "node/2", north=6),
                 report("a", "9", lon=None))  # fmt: skip
    (name,) = merged.cameras["camera_id"]
    wanted = pd.DataFrame(
        [("a", "a|1", name, False), ("osm", "osm|node/2", name, True), ("a", "a|9", None, False)],
        columns=["space", "identity", "camera_id", "anchor"],
    ).astype({"space": "str", "identity": "str", "camera_id": "str"})
    found = records.records_of(merged, Settings())
    assert found.index.tolist() == [0, 1, 2]
    found = found.sort_values(["camera_id", "identity"], ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted)


def test_a_source_that_lost_everything_is_told_to_keep_its_name() -> None:
    rows = [report("osm-a", str(i), north=200.0 * i) for i in range(4)]
    whole = run(*rows)
    other = [report("osm-b", str(i), north=200.0 * i) for i in range(4)]
    with pytest.raises(InputError, match="lost 4 of 4 records") as gone:
        run(*other, previous=whole)
    assert str(gone.value.fix).startswith("give both files the same name; pass --accept-loss")
    with pytest.raises(InputError, match="lost 3 of 4 records") as few:
        run(rows[0], previous=whole)
    assert str(few.value.fix).startswith("check that the file is whole; pass --accept-loss")


# M12: decisions


def test_a_decision_names_its_columns_and_reads_words_as_words(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text("verdict,report_id,other_id,by,why\nsame,a:1,b:1,NA,None\n", "utf-8")
    row = decisions.read_decisions(path).to_dict("records")
    assert row == [
        {"verdict": "same", "report_id": "a:1", "other_id": "b:1", "by": "NA", "why": "None"}
    ]


@pytest.mark.parametrize("lost", ["a:1", "b:1"])
def test_a_decision_about_a_report_without_a_place_is_kept_aside(lost: str) -> None:
    rows = [report(i[0], "1", **({"lon": None} if i == lost else {})) for i in ("a:1", "b:1")]
    merged = run(
        *rows,
        report("c", "1", north=400),
        decisions=verdicts(("same", "a:1", "b:1", "kim", "photo")),
    )
    assert merged.unused.to_dict("list") == {
        "verdict": ["same"], "report_id": ["a:1"], "other_id": ["b:1"], "by": ["kim"], "why": ["photo"]
    }  # fmt: skip
    # the last report of the table is no stand-in for one that is not there
    gone = run(
        *rows,
        report("c", "1", north=400),
        decisions=verdicts(("removed", "x:1", "", "kim", "empty pole")),
    )
    assert gone.unused["report_id"].tolist() == ["x:1"]
    assert set(gone.cameras["status"]) == {"unknown"}


def test_removed_marks_only_the_camera_it_names() -> None:
    spots = [report("a", str(i), north=400.0 * i) for i in range(3)]
    lost = report("a", "9", lon=None)
    said = verdicts(
        ("removed", "a:1", "", "kim", "empty pole"), ("removed", "a:9", "", "kim", "never was")
    )
    merged = run(*spots, lost, decisions=said)
    assert merged.unused.empty
    named = merged.links.set_index("report_id")["camera_id"]
    status = merged.cameras.set_index("camera_id")["status"]
    assert {r: status[c] for r, c in named.items()} == {
        "a:0": "unknown",
        "a:1": "removed",
        "a:2": "unknown",
    }


# M6: questions


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_a_question_is_not_asked_when_a_person_has_answered_it(verdict: str) -> None:
    ask = Settings(duplicates={"s": "review"})
    said = verdicts((verdict, "s:1", "s:2", "kim", "seen"))
    assert merge(scene(*TWICE), settings=ask, decisions=said).review.empty


def test_an_answer_about_one_pair_is_none_about_another() -> None:
    ask = Settings(duplicates={"s": "review"})
    other = [report("s", r, direction_raw="90", north=900) for r in ("3", "4")]
    said = verdicts(("different", "s:1", "s:2", "kim", "seen"))
    assert run(*TWICE, *other, settings=ask, decisions=said).review["report_id"].tolist() == ["s:4"]


POLE = report("a", "1", direction_raw="90;270")


def left_over(*rows: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    """Return the questions about a head left over on a pole."""
    review = run(*rows, **options).review
    asked = review[review["reason"].str.contains("one of its heads")]
    return sorted(
        tuple(sorted(p))
        for p in asked[["report_id", "other_id"]].itertuples(index=False, name=None)
    )


def test_a_head_left_over_is_asked_about_with_the_nearest_pole() -> None:
    poles = [report("a", str(i), direction_raw="90;270", north=30.0 * i) for i in range(2)]
    taken = [report("b", str(i), direction_raw="90", north=30.0 * i) for i in range(2)]
    singles = [report("b", r, direction_raw="270", north=m) for r, m in (("8", 10.0), ("9", 22.0))]
    assert left_over(*poles, *taken, *singles) == [("a:0", "b:8"), ("a:1", "b:9")]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"direction_raw": None}, "it has no heading"),
        ({"direction_raw": "250;290"}, "it has two heads itself"),
        ({"operator": "A PD", "vendor": "Rekor", "direction_raw": "262"}, "it is too unlike"),
    ],
)
def test_what_is_no_lone_single_head_is_not_asked_about(more: dict[str, Any], why: str) -> None:
    pole = {**POLE, "operator": "B SO", "vendor": "Flock Safety"}
    keep = Settings(duplicates={"b": "keep"})
    first = report("b", "1", direction_raw="92", operator="B SO", vendor="Flock Safety")
    lone = {"operator": "B SO", "vendor": "Flock Safety", "direction_raw": "262", "north": 9}
    assert left_over(pole, first, report("b", "2", **lone), settings=keep) == [("a:1", "b:2")]
    assert left_over(pole, first, report("b", "2", **{**lone, **more}), settings=keep) == [], why


def test_a_second_single_head_beside_a_single_one_is_not_asked_about() -> None:
    one = {**POLE, "direction_raw": "90"}
    singles = [report("b", r, direction_raw=d, north=9) for r, d in (("1", "92"), ("2", "97"))]
    assert left_over(one, *singles, settings=Settings(duplicates={"b": "keep"})) == []


def test_a_single_head_with_a_record_of_its_own_is_not_asked_about() -> None:
    singles = [report("b", "1", direction_raw="92"), report("b", "2", direction_raw="262", north=9)]
    assert left_over(POLE, *singles) == [("a:1", "b:2")]
    assert left_over(POLE, *singles, report("c", "1", direction_raw="262", north=9)) == []


def test_a_head_that_faces_away_from_a_third_record_is_asked_about_too() -> None:
    rows = [
        POLE,
        report("c", "1", direction_raw="92"),
        report("b", "1", direction_raw="262", north=9),
    ]
    assert left_over(*rows) == [("a:1", "b:1")]
    # the third faces the same way: one camera, and nothing is left
    assert left_over(POLE, report("c", "1", direction_raw="265"), rows[2]) == []


def test_two_records_of_the_pole_s_own_source_are_two_devices() -> None:
    rows = [
        POLE,
        report("a", "2", direction_raw="262", north=9),
        report("b", "1", direction_raw="92"),
    ]
    assert left_over(*rows) == []


def test_a_head_left_over_is_asked_about_from_the_score_of_a_match() -> None:
    rows = [
        POLE,
        report("b", "1", direction_raw="92"),
        report("b", "2", direction_raw="262", north=40),
    ]
    made = units.prepare(scene(*rows), Settings())
    pairs = candidates.candidates(made.units, Settings())
    total = score.score(pairs, made, Settings()).total
    name = made.reports["report_id"].to_numpy(object)[made.units.lead]
    (edge,) = (t for t, i, j in zip(total.tolist(), pairs.left, pairs.right, strict=True)
               if {name[i], name[j]} == {"a:1", "b:2"})  # fmt: skip
    assert left_over(*rows, settings=Settings(same=edge)) == [("a:1", "b:2")]
    assert left_over(*rows, settings=Settings(same=float(np.nextafter(edge, 1)))) == []


def test_a_question_names_the_weakest_part_with_its_worth() -> None:
    merged = run(report("a", "1", operator="Lowe's"),
                 report("b", "1", north=35, operator="Laredo PD", direction_raw="5"))  # fmt: skip
    (reason,) = merged.review["reason"]
    assert reason == "their operators differ: two agencies' readers, or one, within 35 m?"


def test_tables_are_sorted_numbered_from_nought_and_rounded() -> None:
    # four decimals of a score and centimeters; the order is by name, not by place
    rows = [
        report("a", str(i), north=700.0 * i, direction_raw="0", operator="Laredo PD")
        for i in range(6)
    ]
    rows += [
        report("b", str(9 - i), north=700.0 * i + 21.3749, direction_raw="15") for i in range(6)
    ]
    rows += [report("c", str(i), north=700.0 * i + 9.1237, direction_raw="180") for i in range(6)]
    rows += [
        report("d", str(i), north=700.0 * i + 35.4321, direction_raw="5", operator="Lowe's")
        for i in range(2)
    ]
    merged = merge(scene(*rows, report("a", "x", lon=None)))
    assert merged.review["score"].notna().sum() >= 2
    for table, by in ((merged.cameras, ["camera_id"]), (merged.views, ["camera_id", "heading_deg"]),
                      (merged.links, ["report_id"]), (merged.review, ["report_id", "other_id"])):  # fmt: skip
        pd.testing.assert_frame_equal(table, table.sort_values(by, ignore_index=True))
    for table in (merged.links, merged.review):
        assert table["score"].round(4).equals(table["score"])
        assert table["distance_m"].round(2).equals(table["distance_m"])
    parts = merged.links[list(score.PARTS)]
    assert parts.round(4).equals(parts)


def test_the_index_of_the_reports_says_nothing() -> None:
    rows = scene(*(report(s, str(i), north=300.0 * i + n, direction_raw=d) for i in range(4)
                   for s, n, d in (("a", 0, "90"), ("b", 20, "80"), ("c", 9, None))))  # fmt: skip
    plain = merge(rows)
    for index in (
        [7] * len(rows),
        list(range(len(rows)))[::-1],
        [f"r{i}" for i in range(len(rows))],
    ):
        other = merge(rows.set_axis(pd.Index(index), axis=0))
        for name in ("cameras", "views", "links", "review"):
            pd.testing.assert_frame_equal(getattr(other, name), getattr(plain, name))


# links


def test_M0_M4_a_link_shows_the_parts_of_its_pair_and_the_score_of_the_whole_match() -> None:
    rows = [report("a", "1", operator="Laredo PD", direction_raw="90"),
            report("b", "1", north=12, direction_raw="80"),
            report("c", "1", north=5, direction_raw="110", operator="Laredo PD")]  # fmt: skip
    merged = run(*rows)
    made = units.prepare(scene(*rows), Settings())
    pairs = candidates.candidates(made.units, Settings())
    belief = learn.learn(made, Settings()).belief
    total = score.score(pairs, made, Settings(), belief).odds
    name = made.reports["report_id"].to_numpy(object)[made.units.lead]
    of = {
        frozenset((name[i], name[j])): float(t)
        for t, i, j in zip(total, pairs.left, pairs.right, strict=True)
    }
    first, *later = merged.links.sort_values("rule", kind="stable")["report_id"]
    assert sorted(merged.links["rule"]) == ["M0", "M4", "M4"]

    # whichever joined last is held against both: the mean of two odds
    def chance(odds: float) -> float:
        return round(float(odds / (1.0 + odds)), 4)

    wanted = [
        {x: chance(of[frozenset((first, x))]),
         y: chance(np.sqrt(of[frozenset((first, y))] * of[frozenset((x, y))]))}
        for x, y in (later, later[::-1])
    ]  # fmt: skip
    assert merged.links.set_index("report_id")["score"].dropna().to_dict() in wanted


def test_the_link_of_a_double_upload_shows_its_pair_and_no_other() -> None:
    merged = run(*TWICE, report("t", "1", north=20, direction_raw="100"))
    link = merged.links.set_index("rule").loc["M11"]
    assert link[list(score.PARTS)].astype(float).tolist() == [1.0, 1.0, 0.97, 0.98, 1.0]
    assert link["score"] == round(0.97 * 0.98, 4)


def test_a_double_upload_a_person_confirms_is_still_one_by_rule() -> None:
    merged = run(*TWICE, decisions=verdicts(("same", "s:1", "s:2", "kim", "one device")))
    assert merged.links["rule"].tolist() == ["M0", "M11"]
    by_hand = run(TWICE[0], {**TWICE[1], "direction_raw": "270"},
                  decisions=verdicts(("same", "s:1", "s:2", "kim", "one device")))  # fmt: skip
    assert sorted(by_hand.links["rule"]) == ["M0", "M12"]
    assert by_hand.links["score"].isna().all()


@pytest.mark.parametrize("side", ["lon", "lat"])
def test_a_link_says_how_far_its_report_stands_from_the_camera(side: str) -> None:
    one = report("a", "1", position_error_m=5.0)
    off = {**report("b", "1"), "lon": one["lon"], "lat": one["lat"]}
    off[side] += 0.00012345
    meters = run(one, off).links.set_index("report_id")["distance_m"]
    per = {"lon": 98_812.0, "lat": 110_811.0}[
        side
    ]  # meters of a degree at 27.5° N on WGS 84 (pyproj.Geod)
    assert meters["a:1"] == 0.0
    assert meters["b:1"] == pytest.approx(0.00012345 * per, abs=0.006)


# the story of a camera


def test_the_story_of_a_camera_word_for_word() -> None:
    rows = scene(
        report(
            "osm",
            "node/1",
            direction_raw="90",
            operator="Laredo PD",
            last_seen="2026-01-01",
            place_raw="I 35",
        ),
        report(
            "rec",
            "1",
            north=0.4,
            direction_raw="80",
            operator="Laredo Police Dept",
            vendor="Rekor",
            **RECORD,
        ),
        report("old", "node/1", lon=np.nan, lat=np.nan),
        report("lone", "1", north=35, operator="City of Laredo", direction_raw="82"),
    )
    merged = merge(rows)
    (camera,) = merged.cameras["camera_id"]
    assert explain(merged, rows, camera) + "\n" == STORY.replace("CAMERA", camera)


STORY = """\
CAMERA at 27.500004, -99.500000, ± 10 m
located by survey, confidence 0.98, matched

4 report(s) from 3 independent source(s):
  lone:1  M4: matched by score, one to one; 34.6 m from the camera
      probability 0.98; agreement of the best pair: position 0.47 × heading 1.00 × operator 1.00 × vendor 0.98 × road 1.00
      says: direction 82; operator City of Laredo
  old:node/1  M1: the same record of the same source at another time; no position
      says: nothing more
  osm:node/1  M0: the report the camera starts from; 0.4 m from the camera
      says: direction 90; operator Laredo PD; place I 35; seen 2026-01-01
  rec:1  M4: matched by score, one to one; 0.0 m from the camera
      probability 1.00; agreement of the best pair: position 1.00 × heading 0.96 × operator 1.00 × vendor 0.98 × road 1.00
      says: direction 80; operator Laredo Police Dept; vendor Rekor

learned of its sources before matching (M2, M5):
  osm: the others are held against it (positions ± 10 m as stated)
  lone: too few pairs with another source to learn from (1); taken as stated (± 10 m), headings the same (1 of 1 pairs)
  old: too few pairs with another source to learn from (0); taken as stated (± 10 m)
  rec: too few pairs with another source to learn from (1); taken as stated (± 10 m), headings the same (1 of 1 pairs)

fields (M7):
  position: from rec:1; not taken: 34.6 m off (lone:1), 0.4 m off (osm:node/1)
  operator: Laredo Police Dept; not taken: 'City of Laredo' (lone:1); 'Laredo PD' (osm:node/1)
  vendor: Rekor
  status: unknown
  device: unknown
  view: looks 90° (E), quality exact, from osm:node/1
  directions not taken: '82' (lone:1), '80' (rec:1)
"""


def test_a_camera_nobody_describes_has_a_short_story() -> None:
    rows = scene(report("a", "1"))
    merged = merge(rows)
    story = explain(merged, rows, merged.cameras["camera_id"].iloc[0]).splitlines()
    assert story[3:] == [
        "1 report(s) from 1 independent source(s):",
        "  a:1  M0: the report the camera starts from; 0.0 m from the camera",
        "      says: nothing more",
        "",
        "fields (M7):",
        "  position: from a:1",
        "  status: unknown",
        "  device: unknown",
        "  view: unknown heading, quality missing, from a:1",
    ]


def test_the_story_of_either_side_tells_the_open_question() -> None:
    rows = scene(report("a", "1", direction_raw="0"), report("b", "1", direction_raw="180"))
    merged = merge(rows)
    (asked,) = merged.review.to_dict("records")
    for camera in merged.cameras["camera_id"]:
        assert explain(merged, rows, camera).splitlines()[-3:] == [
            "",
            "open questions (M6):",
            f"  {asked['report_id']} / {asked['other_id']}: {asked['reason']}",
        ]


# files


def test_a_merge_read_back_keeps_its_aliases_and_words(tmp_path: Path) -> None:
    rows = scene(report("b", "2"), report("a", "1", north=5), report("NA", "NA", lon=None))
    apart = merge(scene(report("b", "2"), report("a", "1", north=300)))
    merged = merge(rows, previous=apart, settings=Settings(accept_loss=True))
    assert len(merged.aliases) == 1
    files.save_merge(merged, rows, tmp_path / "c.parquet")
    back = saved.load_merge(tmp_path / "c.parquet")
    pd.testing.assert_frame_equal(back.aliases, merged.aliases)
    pd.testing.assert_frame_equal(back.review, merged.review)
    kept = pd.read_parquet(tmp_path / "c.reports.parquet")
    assert kept["report_id"].tolist() == ["NA:NA", "a:1", "b:2"]
    (tmp_path / "c.aliases.csv").unlink()
    assert saved.load_merge(tmp_path / "c.parquet").aliases.empty


def test_a_merge_of_nothing_after_one_of_something_and_back() -> None:
    nothing, some = schema.empty("reports"), scene(report("a", "1"))
    first, empty = merge(some), merge(nothing)
    with pytest.raises(InputError, match="lost 1 of 1 record;"):
        merge(nothing, previous=first)
    gone = merge(nothing, previous=first, settings=Settings(accept_loss=True))
    assert gone.cameras.empty
    assert (
        merge(some, previous=empty).cameras["camera_id"].tolist()
        == first.cameras["camera_id"].tolist()
    )
