"""M3 and M5 in numbers: the parts of a score by hand, and their edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_merge import report, scene

from alprmap.merge import Settings, candidates, score, units
from alprmap.merge.settings import (
    HEADING_UNKNOWN,
    OPERATOR_DIFFERS,
    OPERATOR_UNKNOWN,
    ROAD_DIFFERS,
    VENDOR_DIFFERS,
    VENDOR_UNKNOWN,
)

PLAIN = Settings()


def k(apart_deg: float) -> float:
    """Agreement of two headings so far apart, by the formula of the method."""
    return float(np.exp(-(apart_deg**2) / (2 * 36.0**2)))


def parts(
    one: dict[str, Any],
    other: dict[str, Any],
    *,
    meters: float = 0.0,
    beside_one: float = np.nan,
    beside_other: float = np.nan,
) -> dict[str, Any]:
    """The parts of the score of two reports, and whether they can `never` be one; also with the
    pair reversed."""
    # a third with two heads, so that the others' headings are padded
    third = report("c", "1", east=5_000, direction_raw="10;200")
    both = scene({**report("a", "1"), **one}, {**report("b", "1"), **other}, third)
    along = both["report_id"].map({"a:1": beside_one, "b:1": beside_other})
    prepared = units.prepare(both, PLAIN, along)
    said = []
    for left, right in ((0, 1), (1, 0)):
        pair = candidates.Pairs(np.array([left]), np.array([right]), np.array([meters]))
        found = score.score(pair, prepared, PLAIN)
        assert found.total[0] == (0.0 if found.never[0] else pytest.approx(np.prod(found.parts[0])))
        said.append(
            {
                **dict(zip(score.PARTS, found.parts[0].tolist(), strict=True)),
                "never": bool(found.never[0]),
            }
        )
    assert said[0] == pytest.approx(said[1])
    return said[0]


def agree(one: list[float], other: list[float], *, zero: bool = False) -> tuple[float, bool]:
    rows = [np.array([[*h, *[np.nan] * (3 - len(h))]]) for h in (one, other)]
    found, never = score.headings_agree(rows[0], rows[1], np.array([zero]), PLAIN)
    back, back_never = score.headings_agree(rows[1], rows[0], np.array([zero]), PLAIN)
    assert (found[0], never[0]) == (pytest.approx(back[0]), back_never[0])
    return float(found[0]), bool(never[0])


def test_M3_the_side_with_fewer_heads_is_held_against_the_other() -> None:
    for others in ([100, 200], [200, 100], [200, 300, 100]):
        assert agree([90], others) == (pytest.approx(k(10)), False)
    assert agree([90, 210], [100, 200, 300]) == (pytest.approx(k(10)), False)
    # one of the fewer heads has no partner
    assert agree([90, 10], [100, 200, 290]) == (pytest.approx((k(10) + k(80)) / 2), True)


def test_M3_of_two_sides_with_as_many_heads_both_are_asked() -> None:
    """0 and 20 both look at 10; but 90 has no partner there, whoever asks."""
    there, back = k(10), (k(10) + k(70)) / 2
    assert agree([0, 20], [10, 90]) == (pytest.approx((there + back) / 2), True)
    assert agree([0, 20], [10, 75]) == (pytest.approx((there + (k(10) + k(55)) / 2) / 2), False)


def test_M3_facing_apart_begins_beyond_the_angle() -> None:
    assert agree([0], [60]) == (pytest.approx(k(60)), False)
    assert agree([0], [61])[1]
    assert agree([0, 180], [60, 180]) == (pytest.approx((k(60) + 1) / 2), False)
    assert agree([0, 180], [61, 180])[1]


def test_M3_an_unknown_heading_says_little_and_an_exact_zero_asks() -> None:
    assert agree([], [90]) == (HEADING_UNKNOWN, False)
    assert agree([], []) == (HEADING_UNKNOWN, False)
    assert agree([], [90, 270]) == (HEADING_UNKNOWN, False)
    assert agree([0], [90], zero=True) == (score.ZERO_APART, False)
    assert agree([0], [20], zero=True) == (pytest.approx(k(20)), False)


def test_M3_position_is_the_fourth_root_of_its_likelihood() -> None:
    far = parts({"position_error_m": 3.0}, {"position_error_m": 4.0}, meters=15.0)
    assert far["p_position"] == pytest.approx(np.exp(-(15**2) / (8 * 25)))
    assert parts({}, {})["p_position"] == 1.0


@pytest.mark.parametrize(
    ("column", "part", "unknown", "differs"),
    [("operator", "p_operator", OPERATOR_UNKNOWN, OPERATOR_DIFFERS),
     ("vendor", "p_vendor", VENDOR_UNKNOWN, VENDOR_DIFFERS)],
)  # fmt: skip
def test_M3_names_agree_differ_or_are_silent(
    column: str, part: str, unknown: float, differs: float
) -> None:
    one, other, spelled = "Laredo PD", "Webb County SO", "LAREDO-PD"
    assert parts({column: one}, {column: one})[part] == 1.0
    assert parts({column: one}, {column: spelled})[part] == 1.0
    assert parts({column: one}, {column: other})[part] == differs
    assert parts({column: one}, {})[part] == unknown
    assert parts({}, {})[part] == unknown


def test_M3_several_pairs_of_names_at_once_each_have_their_own_verdict() -> None:
    names = ["Laredo PD", "LAREDO-PD", "Webb County SO", None]
    rows = scene(*(report("abcd"[i], "1", operator=n, east=i) for i, n in enumerate(names)))
    prepared = units.prepare(rows, PLAIN)
    i, j = np.triu_indices(4, 1)
    found = score.score(candidates.Pairs(i, j, np.zeros(6)), prepared, PLAIN).parts[:, 2]
    at = {(a, b): found[n] for n, (a, b) in enumerate(zip(i.tolist(), j.tolist(), strict=True))}
    assert at[0, 1] == 1.0
    assert at[0, 2] == at[1, 2] == OPERATOR_DIFFERS
    assert at[0, 3] == at[1, 3] == at[2, 3] == OPERATOR_UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("Constable Pct 1", "Constable Pct 1", True), ("Constable Pct 1", "Constable Pct 2", False),
     ("San Juan Police", "San Juann Police", True), ("San Juan Police", "San Juan Police Dept", True),
     ("Police, Laredo", "Laredo Police", True), ("A PD", "B SO", False),
     ("O'Brien/Smith & Co", "OBrien Smith Co", True)],
)  # fmt: skip
def test_M3_a_name_spelled_twice(one: str, other: str, same: bool) -> None:
    assert score.alike(one, other) is score.alike(other, one) is same


def test_M3_the_likeness_of_names_has_an_edge() -> None:
    assert score.alike("abcdefghij", "abcdefghix")  # 90 of 100
    assert not score.alike("abcdefgh", "xbcdefgh")  # 87.5


def test_M3_other_devices_and_roads() -> None:
    assert parts({"device": "alpr"}, {"device": "speed"})["never"]
    assert not parts({"device": "alpr"}, {"device": "alpr"})["never"]
    assert not parts({"device": "alpr"}, {"device": "unknown"})["never"]
    assert parts({"road": "Main St"}, {"road": "Oak Ave"})["p_road"] == ROAD_DIFFERS
    assert parts({"road": "Main St"}, {"road": "Main St"})["p_road"] == 1.0
    assert parts({"road": "Main St"}, {})["p_road"] == 1.0
    assert parts({}, {})["p_road"] == 1.0


def test_M3_three_roads_of_which_one_is_unknown() -> None:
    rows = scene(
        *(report("abc"[i], "1", road=r, east=i) for i, r in enumerate(["Main St", "Oak Ave", None]))
    )
    i, j = np.array([0, 0, 1]), np.array([1, 2, 2])
    found = score.score(candidates.Pairs(i, j, np.zeros(3)), units.prepare(rows, PLAIN), PLAIN)
    assert found.parts[:, 4].tolist() == [ROAD_DIFFERS, 1.0, 1.0]


def test_M3_two_stated_directions_of_travel_must_agree() -> None:
    east = {"travel_deg": 90.0}
    assert parts(east, {"travel_deg": 110.0})["p_road"] == pytest.approx(k(20))
    assert not parts(east, {"travel_deg": 150.0})["never"]
    assert parts(east, {"travel_deg": 151.0})["never"]
    # two stated directions stand for themselves: nothing is held against them besides
    assert parts(east, {"travel_deg": 260.0})["p_road"] == pytest.approx(k(170))


def test_M3_a_stated_direction_of_travel_and_a_heading_lie_along_one_road() -> None:
    east = {"travel_deg": 90.0}
    assert parts(east, {"direction_raw": "100"})["p_road"] == pytest.approx(k(10))
    assert parts(east, {"direction_raw": "280"})["p_road"] == pytest.approx(score.OTHER_WAY * k(10))
    assert parts(east, {"direction_raw": "180;280"})["p_road"] == pytest.approx(
        score.OTHER_WAY * k(10)
    )
    assert parts(east, {"direction_raw": "0"})["p_road"] == pytest.approx(k(90))
    assert parts(east, {})["p_road"] == 1.0


def test_M3_opposite_carriageways_are_two_or_a_question() -> None:
    assert parts({}, {}, beside_one=90.0, beside_other=270.0)["p_road"] == score.CARRIAGEWAY_DIFFERS
    assert parts({}, {}, beside_one=90.0, beside_other=90.0)["p_road"] == 1.0
    assert parts({}, {}, beside_one=90.0)["p_road"] == 1.0
    assert parts({}, {}, beside_one=90.0, beside_other=211.0)["p_road"] == score.CARRIAGEWAY_DIFFERS
    assert parts({}, {}, beside_one=90.0, beside_other=210.0)["p_road"] == 1.0
    # what a record states goes before the carriageway it happens to stand beside
    assert parts({"travel_deg": 90.0}, {}, beside_one=270.0, beside_other=90.0)["p_road"] == 1.0
    assert (
        parts({"travel_deg": 90.0}, {}, beside_one=90.0, beside_other=270.0)["p_road"]
        == score.CARRIAGEWAY_DIFFERS
    )


def test_M3_nobody_has_no_scores() -> None:
    nobody = np.zeros(0, dtype=np.int64)
    prepared = units.prepare(scene(report("a", "1")), PLAIN)
    found = score.score(candidates.Pairs(nobody, nobody, np.zeros(0)), prepared, PLAIN)
    assert found.parts.shape == (0, 5)
    assert found.total.tolist() == []
