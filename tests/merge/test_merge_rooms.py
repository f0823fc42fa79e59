"""The rooms of the merge by themselves: units, candidates and matchings by hand and against brute
force."""

from __future__ import annotations

import itertools
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_merge import report, scene

from alprmap import geo
from alprmap.errors import InputError
from alprmap.merge import Settings, assign, candidates, score, units
from alprmap.merge.units import Prepared

PLAIN = Settings()


def prepared(*rows: dict[str, Any], chosen: Settings = PLAIN) -> Prepared:
    return units.prepare(scene(*rows), chosen)


# units


def test_a_text_is_read_once_and_spread_over_its_reports() -> None:
    texts = pd.Series(
        ["90", None, "0", "NB", "90;270", "NB;SB", "0-360", "45", "45;45"], dtype="str"
    )
    heads = units.read_heads(texts)

    def of(i: int) -> list[float]:
        row = heads.matching[heads.text[i]]
        return sorted(row[np.isfinite(row)].tolist())

    assert [of(i) for i in range(9)] == [[90], [], [0], [], [90, 270], [], [], [45], [45]]
    assert heads.zero[heads.text].tolist() == [False, False, True, *[False] * 6]
    travel = heads.travel[heads.text]
    assert travel[3] == 0.0  # northbound traffic
    assert np.isnan(np.delete(travel, 3)).all()  # two directions of traffic name the road


def test_a_view_of_three_quarters_and_more_says_nothing() -> None:
    heads = units.read_heads(pd.Series(["0-270", "0-269", "10-20"], dtype="str"))
    known = np.isfinite(heads.matching[heads.text]).any(axis=1)
    assert known.tolist() == [False, True, True]
    assert heads.width[heads.text, 0].tolist() == [270, 269, 10]


def test_a_doubtful_zero_is_one_only_when_it_is_alone() -> None:
    heads = units.read_heads(pd.Series(["0", "0;90", "N"], dtype="str"))
    assert heads.zero[heads.text].tolist() == [True, False, False]


def test_no_more_heads_than_a_pole_has() -> None:
    many = ";".join(str(10 * i + 1) for i in range(units.MOST_HEADS + 4))
    heads = units.read_heads(pd.Series([many, "5"], dtype="str"))
    assert heads.deg.shape[1] == units.MOST_HEADS
    assert np.isfinite(heads.deg[heads.text[0]]).all()
    assert np.isfinite(heads.deg[heads.text[1]]).sum() == 1


@pytest.mark.parametrize(
    ("given_m", "by", "wanted"),
    [(5.0, "survey", 5.0), (0.0, "survey", 10.0), (-3.0, "crossing", 40.0), (None, "crossing", 40.0),
     (0.5, "survey", 1.0), (1.0, "survey", 1.0), (None, None, 10.0), (np.inf, "survey", 10.0)],
)  # fmt: skip
def test_the_error_of_a_position(given_m: float | None, by: str | None, wanted: float) -> None:
    row = report("a", "1", position_error_m=given_m, located_by=by)
    assert units.errors_of(scene(row), PLAIN).tolist() == [wanted]


def test_a_rough_position_is_kept_to_the_meter() -> None:
    made = prepared(report("a", "1", position_error_m=300.0), report("a", "2", position_error_m=300.1),
                    report("a", "3", located_by="unlocated"), report("a", "4", lon=None))  # fmt: skip
    why = dict(zip(made.reports["source_record"], made.why, strict=True))
    assert why == {"1": "", "2": "too rough", "3": "unlocated", "4": "unlocated"}
    assert len(made.units) == 1


def test_the_newest_report_that_knows_a_field_speaks_for_its_unit() -> None:
    made = prepared(
        report("osm-2024-01", "node/1", last_seen="2024-01-01", operator="Old", vendor="V", direction_raw="90"),
        report("osm-2025-01", "node/1", last_seen="2025-01-01", operator="New", direction_raw="180", east=3),
        report("osm-2026-01", "node/1", last_seen="2026-01-01", east=7),
        report("rec", "1", operator="Else", east=50),
    )  # fmt: skip
    whole = int(made.unit[made.reports.index[made.reports["last_seen"] == "2026-01-01"][0]])
    row = made.units
    assert len(row) == 2
    assert made.reports["last_seen"].iloc[row.lead[whole]] == "2026-01-01"
    assert made.operators[row.operator[whole]] == "New"
    assert made.vendors[row.vendor[whole]] == "V"
    assert row.heads[whole][np.isfinite(row.heads[whole])].tolist() == [180]
    other = 1 - whole
    assert made.operators[row.operator[other]] == "Else"
    assert row.vendor[other] == -1


def test_what_an_older_report_knows_is_kept_also_where_it_is_the_only_one() -> None:
    said = {"operator": "A", "vendor": "V", "device": "alpr", "road": "Main Street"}
    made = prepared(
        report("osm-2024-01", "node/1", last_seen="2024-01-01", **said),
        report("osm-2026-01", "node/1", last_seen="2026-01-01", device="unknown"),
    )
    row = made.units
    assert len(row) == 1
    # each is the first of its kind: its number is 0
    assert (row.operator[0], row.vendor[0], row.device[0], row.road[0]) == (0, 0, 0, 0)
    assert (made.operators[0], made.vendors[0], made.devices[0]) == ("A", "V", "alpr")


def test_ids_alone_tell_sources_and_records_apart() -> None:
    made = units.identities(pd.Series(["a:1", "b:1", "a:node/5", "b:node/5"], dtype="str"), PLAIN)
    assert made["space"].tolist()[:2] == ["a", "b"]
    assert made["identity"].nunique() == 3  # an object of OSM is one wherever it was copied to


def test_every_record_of_every_source_is_one_of_its_own() -> None:
    made = prepared(
        *(
            report(f"s{i}", f"r{j}", east=30.0 * i, north=30.0 * j)
            for i in range(4)
            for j in range(4)
        )
    )
    assert len(set(made.identity.tolist())) == 16


def test_groups_of_one_content_keep_their_places() -> None:
    rows = [report("z", "1"), report("z", "2"), report("a", "1", east=9), report("a", "2", east=9)]
    frame = scene(*rows)
    order = units.content_order(frame, units.errors_of(frame, PLAIN))
    assert frame["report_id"].iloc[order].tolist() == ["z:1", "z:2", "a:1", "a:2"]


def test_reports_of_one_content_are_ordered_by_id_and_others_by_what_they_say() -> None:
    rows = [report("b", "1"), report("a", "1"), report("c", "1", east=-5), report("d", "1", vendor="V"),
            report("e", "1", operator="A", north=2), report("a", "2")]  # fmt: skip
    frame = scene(*rows)
    order = units.content_order(frame, units.errors_of(frame, PLAIN))
    again = frame.iloc[::-1].reset_index(drop=True)
    back = units.content_order(again, units.errors_of(again, PLAIN))
    ids = frame["report_id"].iloc[order].tolist()
    assert ids == again["report_id"].iloc[back].tolist()
    assert ids[0] == "c:1"  # the westernmost
    same = [i for i in ids if i in ("a:1", "a:2", "b:1")]
    assert same == ["a:1", "a:2", "b:1"]
    assert units.content_order(frame.iloc[:0], np.zeros(0)).tolist() == []
    assert units.content_order(frame.iloc[:1], np.ones(1)).tolist() == [0]


def test_sources_have_a_bit_each_also_beyond_a_machine_word() -> None:
    made = prepared(*(report(f"s{i:03d}", "1", east=500.0 * i) for i in range(130)))
    mask = made.units.mask
    assert mask.shape == (130, 3)
    bits = [int(row[0]) | int(row[1]) << 64 | int(row[2]) << 128 for row in mask.tolist()]
    assert sorted(b.bit_length() for b in bits) == list(range(1, 131))
    assert all(b.bit_count() == 1 for b in bits)
    assert prepared(
        *(report(f"s{i:03d}", "1", east=500.0 * i) for i in range(64))
    ).units.mask.shape == (64, 1)


# candidates


@settings(max_examples=60)
@example([(0, 0, 300.0), (50, 0, 300.0)], 1.8)
@example([(0, 0, 900.0), (50, 0, 900.0), (70, 0, 200.0)], 1.8)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), st.sampled_from([1.0, 2.0, 5.0, 40.0, 300.0])),
             min_size=0, max_size=12),
    st.sampled_from([1.8, 60.0]),
)  # fmt: skip
def test_candidates_are_all_the_pairs_within_their_errors_and_no_other(
    places: list[tuple[int, int, float]], lane_m: float
) -> None:
    chosen = Settings(lane_m=lane_m)
    rows = [
        report(f"s{i}", "1", east=e, north=n, position_error_m=m)
        for i, (e, n, m) in enumerate(places)
    ]
    made = (
        prepared(*rows, chosen=chosen).units
        if rows
        else prepared(report("a", "1"), chosen=chosen).units
    )
    found = candidates.candidates(made, chosen)
    place = geo.ecef(made.lon, made.lat)
    wanted = []
    for i, j in itertools.combinations(range(len(made)), 2):
        meters = float(np.linalg.norm(place[i] - place[j]))
        limit = max(chosen.reach_sd * float(np.hypot(made.error[i], made.error[j])), lane_m)
        if meters <= limit:
            wanted.append((i, j, pytest.approx(meters, abs=1e-6)))
    assert (
        list(zip(found.left.tolist(), found.right.tolist(), found.meters.tolist(), strict=True))
        == wanted
    )
    if len(found):
        half = found.take(np.array([len(found) - 1]))
        assert (half.left[0], half.meters[0]) == (found.left[-1], found.meters[-1])


def test_pairs_are_counted_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    made = prepared(
        *(report(f"s{i}", "1", position_error_m=e) for i, e in enumerate([3.0, 3.0, 3.0, 30.0]))
    ).units
    # by their tenths: 3 × 3 of the first class halved is 4, 3 with the other class, and the last
    # with itself
    for most, refused in ((7, False), (6, True)):
        monkeypatch.setattr(candidates, "MOST_PAIRS", most)
        if refused:
            with pytest.raises(InputError, match="too many reports"):
                candidates.candidates(made, PLAIN)
        else:
            assert len(candidates.candidates(made, PLAIN)) == 6


# matchings


def best_by_hand(
    right: list[int], left: list[int], value: list[float], same: float, review: float
) -> tuple[int, float]:
    """The most matches that reach `same`, then the largest sum of log(score / review), over every
    choice."""
    best = (0, 0.0)
    for size in range(1, len(right) + 1):
        for rows in itertools.combinations(range(len(right)), size):
            if len({right[r] for r in rows}) == size == len({left[r] for r in rows}):
                sure = sum(value[r] >= same for r in rows)
                best = max(best, (sure, sum(float(np.log(value[r] / review)) for r in rows)))
    return best


OFFERS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(4, 7), st.sampled_from([0.08, 0.1, 0.15, 0.2, 0.5, 0.9, 1.0])),
    min_size=0, max_size=8, unique_by=lambda t: t[:2],
)  # fmt: skip


@settings(max_examples=150)
@given(OFFERS)
def test_the_best_matching_is_the_best_of_all(offers: list[tuple[int, int, float]]) -> None:
    right, left, value = ([o[k] for o in offers] for k in range(3))
    ints = np.array(right, dtype=np.int64), np.array(left, dtype=np.int64)
    rows = assign.best_matching(*ints, np.array(value), PLAIN)
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert len({right[r] for r in rows}) == len({left[r] for r in rows}) == len(rows)
    sure = sum(value[r] >= PLAIN.same for r in rows)
    total = sum(float(np.log(value[r] / PLAIN.review)) for r in rows)
    assert (sure, pytest.approx(total, abs=1e-6)) == best_by_hand(
        right, left, value, PLAIN.same, PLAIN.review
    )


KNOT = [(0, 4, 0.9), (0, 5, 0.5), (1, 4, 0.8), (1, 5, 0.1)]
"""Both want 4; only together are they best served by 5 for the first."""


@settings(max_examples=60)
@given(st.lists(OFFERS, min_size=2, max_size=3))
@example([KNOT, KNOT, KNOT])
def test_each_neighborhood_is_decided_as_if_alone(
    several: list[list[tuple[int, int, float]]],
) -> None:
    apart = [(r + 8 * k, c + 8 * k, v) for k, offers in enumerate(several) for r, c, v in offers]
    right, left = (np.array([o[k] for o in apart], dtype=np.int64) for k in (0, 1))
    value = np.array([o[2] for o in apart], dtype=float)
    rows = assign.best_matching(right, left, value, PLAIN)
    assert len(set(right[rows].tolist())) == len(set(left[rows].tolist())) == len(rows)
    best = [
        best_by_hand(*([o[k] for o in offers] for k in range(3)), PLAIN.same, PLAIN.review)
        for offers in several
    ]
    assert int((value[rows] >= PLAIN.same).sum()) == sum(b[0] for b in best)
    assert float(np.log(value[rows] / PLAIN.review).sum()) == pytest.approx(
        sum(b[1] for b in best), abs=1e-6
    )


@settings(max_examples=60)
@given(OFFERS)
def test_a_large_neighborhood_takes_the_sparse_form_of_the_method(
    offers: list[tuple[int, int, float]],
) -> None:
    right, left = (np.array([o[k] for o in offers], dtype=np.int64) for k in (0, 1))
    value = np.array([o[2] for o in offers])
    worth = []
    for cells in (assign.DENSE_CELLS, 0):
        with mock.patch.object(assign, "DENSE_CELLS", cells):
            rows = assign.best_matching(right, left, value, PLAIN)
        assert len(set(right[rows].tolist())) == len(set(left[rows].tolist())) == len(rows)
        worth.append(
            (
                int((value[rows] >= PLAIN.same).sum()),
                float(np.log(value[rows] / PLAIN.review).sum()),
            )
        )
    assert worth[0] == pytest.approx(worth[1], abs=1e-6)


@settings(max_examples=60)
@given(OFFERS.filter(bool))
def test_the_sparse_matching_is_worth_as_much(offers: list[tuple[int, int, float]]) -> None:
    r, c = (np.array([o[k] for o in offers], dtype=np.int64) for k in (0, 1))
    value = np.array([o[2] for o in offers])
    dense, sparse = assign._hungarian(r, c, value), assign.sparse_matching(r, c, value)
    assert len({int(v) for v in r[sparse]}) == len({int(v) for v in c[sparse]}) == len(sparse)
    assert value[sparse].sum() == pytest.approx(value[dense].sum())


@pytest.mark.parametrize(
    ("n", "pairs", "wanted"),
    [(3, [], [0, 1, 2]), (4, [(1, 3)], [0, 1, 2, 1]), (5, [(4, 2), (2, 3)], [0, 1, 2, 2, 2]),
     (5, [(3, 1), (3, 2), (0, 4)], [0, 1, 1, 1, 0])],
)  # fmt: skip
def test_joined_things_are_named_by_the_smallest(
    n: int, pairs: list[tuple[int, int]], wanted: list[int]
) -> None:
    left, right = (np.array([p[k] for p in pairs], dtype=np.int64) for k in (0, 1))
    assert assign.join(n, left, right).tolist() == wanted


def test_sources_are_matched_the_most_precise_first_then_the_largest() -> None:
    rows = [report("rough", str(i), position_error_m=50.0, east=300 * i) for i in range(5)]
    rows += [report("few", "1", position_error_m=5.0, east=5_000)]
    rows += [report("more", str(i), position_error_m=5.0, east=9_000 + 300 * i) for i in range(2)]
    rows += [report("lost", "1", located_by="unlocated")]
    made = prepared(*rows)
    rank = dict(zip(made.sources, assign.source_ranks(made).tolist(), strict=True))
    assert rank == {"more": 0, "few": 1, "rough": 2, "lost": 3}


def test_of_two_alike_sources_the_western_one_is_first() -> None:
    made = prepared(report("a", "1", east=900), report("b", "1"))
    assert dict(zip(made.sources, assign.source_ranks(made).tolist(), strict=True)) == {
        "a": 1,
        "b": 0,
    }


def matched(rows: list[dict[str, Any]], **more: Any) -> tuple[Prepared, assign.Assigned]:
    made = prepared(*rows)
    pairs = candidates.candidates(made.units, PLAIN)
    found = score.score(pairs, made, PLAIN)
    atom = np.arange(len(made.units))
    return made, assign.assign(
        made, pairs, found, more.get("atom", atom), more.get("apart", set()), PLAIN
    )


@pytest.mark.parametrize(
    ("total", "joined", "asked"),
    [(1.0, True, False), (0.9999, False, True), (0.08, False, True), (0.0799, False, False)],
)
def test_a_score_at_the_edge_of_same_is_one_camera_and_one_at_review_a_question(
    total: float, joined: bool, asked: bool
) -> None:
    made = prepared(report("a", "1"), report("b", "1", east=8.0))
    pairs = candidates.Pairs(np.array([0]), np.array([1]), np.array([8.0]))
    parts = np.array([[1.0, total, 1.0, 1.0, 1.0]])
    odds = np.array([total / (1.0001 - total)])
    scores = score.Scores(parts, np.array([False]), odds, *(np.array([False]) for _ in range(3)))
    chance = float(odds[0] / (1.0 + odds[0]))
    found = assign.assign(made, pairs, scores, np.arange(2), set(), Settings(same=1.0))
    assert found.cluster.tolist() == ([0, 0] if joined else [0, 1])
    assert found.asked.tolist() == ([0] if asked else [])
    assert found.asked_score.tolist() == pytest.approx([chance] if asked else [])
    assert found.pair.tolist() == [-1, 0 if joined else -1]
    assert found.score.tolist() == pytest.approx(
        [np.nan, chance if joined else np.nan], nan_ok=True
    )


def test_people_and_doubles_decide_before_the_score() -> None:
    rows = [report("a", "1"), report("b", "1", east=3)]
    assert matched(rows)[1].cluster.tolist() == [0, 0]
    assert matched(rows, apart={(0, 1)})[1].cluster.tolist() == [0, 1]
    pair = [report("far", "1", east=-900), *rows]
    assert matched(pair)[1].cluster.tolist() == [0, 1, 1]
    assert matched(pair, apart={(1, 2)})[1].cluster.tolist() == [0, 1, 2]
    three = [report("a", "1"), report("a", "2", east=1), report("b", "1", east=2)]
    found = matched(three, atom=np.array([0, 0, 2]))[1]
    assert found.cluster.tolist() == [0, 0, 0]
    # a double joined to one that b can never be: the whole is not b's
    facing = [report("a", "1", direction_raw="90"), report("a", "2", east=1, direction_raw="270"),
              report("b", "1", east=2, direction_raw="90")]  # fmt: skip
    assert matched(facing, atom=np.array([0, 0, 2]))[1].cluster.tolist() == [0, 0, 2]


def test_a_third_record_must_agree_with_both_and_scores_their_mean() -> None:
    made, found = matched([report("a", "1", position_error_m=5.0), report("b", "1", east=4, position_error_m=6.0),
                           report("c", "1", east=8, position_error_m=7.0)])  # fmt: skip
    assert len(set(found.cluster.tolist())) == 1
    pairs = candidates.candidates(made.units, PLAIN)
    odds = score.score(pairs, made, PLAIN).odds
    at = {(int(i), int(j)): float(t) for i, j, t in zip(pairs.left, pairs.right, odds, strict=True)}
    last = int(np.flatnonzero(made.units.error == 7.0)[0])
    to_it = [t for pair, t in at.items() if last in pair]
    assert len(to_it) == 2
    mean = np.sqrt(to_it[0] * to_it[1])
    assert found.score[last] == pytest.approx(mean / (1.0 + mean))
