"""The direction grammar: conformance cases, properties, and every string of the real data."""

from __future__ import annotations

import csv
import gzip
import json
import math
import random
import re
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alprmap import direction
from alprmap.direction import (
    QUALITIES,
    VIEW_QUALITIES,
    Direction,
    View,
    format_direction,
    parse,
    parse_column,
)
from alprmap.errors import InputError

HERE = Path(__file__).resolve().parents[1]
CASES: list[dict[str, Any]] = json.loads(
    (HERE / "conformance" / "direction.json").read_text("ascii")
)["cases"]
RULES = [f"D{i}" for i in range(1, 20)]
NO_VIEW = {"relative", "missing", "junk"}


def shape(found: Direction) -> list[list[float | None]]:
    return [[view.heading_deg, view.width_deg] for view in found.views]


def check(found: Direction) -> None:
    """What holds for every text whatsoever."""
    assert found.quality in QUALITIES
    assert bool(found.views) == (found.quality not in NO_VIEW)
    assert found.views or found.reason
    assert len(set(found.views)) == len(found.views)
    assert "\n" not in found.reason
    assert set(found.rule) <= set(RULES)
    assert found.rule
    for view in found.views:
        assert 0 <= view.heading_deg < 360
        assert view.width_deg is None or 0 < view.width_deg <= 360
        assert view.quality in VIEW_QUALITIES


# --- conformance
# ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["input"])[:40])
def test_conformance(case: dict[str, Any]) -> None:
    found = parse(case["input"])
    check(found)
    assert shape(found) == case["expected"]["views"]
    assert found.quality == case["expected"]["quality"]
    assert set(case["rule"]) <= set(found.rule)


def test_conformance_file_covers_every_rule_and_quality_once_or_more() -> None:
    assert len(CASES) >= 120
    inputs = [json.dumps(case["input"]) for case in CASES]
    assert len(set(inputs)) == len(inputs)
    assert {case["expected"]["quality"] for case in CASES} == set(QUALITIES)
    # D18 is about writing, the property tests below hold it
    assert {rule for case in CASES for rule in case["rule"]} == set(RULES) - {"D18"}


def test_rules_are_documented_in_the_docstring_and_in_the_method_page(root: Path) -> None:
    page = (root / "docs" / "method" / "direction.md").read_text("utf-8")
    for rule in RULES:
        assert re.search(rf"\b{rule}\b", direction.__doc__ or "")
        assert re.search(rf"\*\*{rule}\b", page)
    for quality in QUALITIES:
        assert f"`{quality}`" in page


# --- single rules that the JSON file cannot hold
# ---------------------------------------------------------


def test_D1_length_is_capped_and_hostile_text_is_answered_in_linear_time() -> None:
    assert parse("90;" * 66 + "90").views == (View(90),)
    assert "201 characters" in parse("9" * 201).reason
    for piece in (
        "9",
        " ",
        "-",
        ";",
        ",",
        "north ",
        "deg",
        "1,",
        "a/",
        ".",
        "n-",
        "\u200b",
        "\x00",
    ):
        for size in (199, 200, 100_000):
            check(parse((piece * size)[:size]))


def test_D2_numbers_of_python_follow_the_same_rules_as_text() -> None:
    for value in (90, 90.0, Decimal(90), Fraction(90)):
        assert parse(value) == parse("90")
    for value in (-30, 360, 0, 900, 22.5):
        assert shape(parse(value)) == shape(parse(str(value)))
        assert parse(value).quality == parse(str(value)).quality


def test_D14_missing_values_of_python_and_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    for value in (
        None,
        math.nan,
        float("-nan"),
        Decimal("NaN"),
        pandas.NA,
        pandas.NaT,
        "nan",
        "<NA>",
    ):
        assert parse(value).quality == "missing"


def test_D15_values_of_other_types_are_junk_and_never_raise() -> None:
    junk = (
        True,
        b"90",
        ["90"],
        {"a": 1},
        object(),
        1j,
        math.inf,
        -math.inf,
        10**400,
        Decimal("sNaN"),
        Decimal("1e999"),
    )
    for value in junk:
        found = parse(value)
        check(found)
        assert found.quality == "junk"


def test_D15_reasons_quote_the_text_on_one_short_line() -> None:
    reason = parse("\x1b[31mred\nline" + "x" * 150).reason
    assert "\x1b" not in reason
    assert len(reason) < 80


def test_D3_D17_each_view_carries_its_own_quality() -> None:
    found = parse("0;135;-30;SB;E;0-360;0-45;N-W;what")
    assert found.quality == "partial"
    expected = [
        "zero",
        "exact",
        "repaired",
        "travel",
        "cardinal",
        "full_circle",
        "range",
        "doubtful",
    ]
    assert [view.quality for view in found.views] == expected


def test_D16_equal_views_keep_the_better_quality_in_any_order() -> None:
    assert parse("0;N").views[0].quality == parse("N;0").views[0].quality == "cardinal"
    assert parse("0;360").quality == parse("360;0").quality == "exact"


# --- views and writing
# -----------------------------------------------------------------------------------


def test_view_rounds_normalizes_and_ignores_quality_in_comparisons() -> None:
    assert View(359.99999999).heading_deg == 0.0
    assert View(123.45678949).heading_deg == 123.456789
    assert View(90, 360) == View(0, 360)
    assert math.copysign(1, View(-0.0).heading_deg) == 1
    assert View(90, quality="travel") == View(90)
    assert hash(View(90, quality="travel")) == hash(View(90))
    assert [View(0).quality, View(1).quality, View(1, 2).quality, View(1, 360).quality] == [
        "zero",
        "exact",
        "range",
        "full_circle",
    ]


@pytest.mark.parametrize(
    "bad", [(360,), (-1,), (math.nan,), (math.inf,), (0, 0), (0, -1), (0, 361), (0, math.nan)]
)
def test_view_refuses_values_outside_the_circle(bad: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="is not in"):
        View(*bad)


def test_view_refuses_an_unknown_quality() -> None:
    with pytest.raises(InputError, match="unknown view quality"):
        View(1, quality="partial")


def test_views_and_directions_are_frozen_and_have_slots() -> None:
    for thing, name in ((View(1), "heading_deg"), (parse("1"), "quality")):
        assert not hasattr(thing, "__dict__")
        with pytest.raises(AttributeError):
            setattr(thing, name, 5)


@pytest.mark.parametrize(
    ("views", "text"),
    [
        ([], ""),
        ([View(0)], "0"),
        ([View(22.5)], "22.5"),
        ([View(0.5, 45)], "338-23"),
        ([View(337.5, 45)], "315-360"),
        ([View(22.5, 45)], "0-45"),
        ([View(180, 320)], "20-340"),
        ([View(0, 360)], "0-360"),
        ([View(90), View(270), View(90)], "90;270"),
    ],
)
def test_D18_canonical_text(views: list[View], text: str) -> None:
    assert format_direction(views) == text
    assert format_direction(iter(views)) == text


HEADINGS = st.one_of(
    st.integers(0, 359).map(float),
    st.floats(0, 360, exclude_max=True),
    st.integers(0, 31).map(lambda i: i * 11.25),
)
WIDTHS = st.one_of(st.none(), st.integers(1, 360).map(float), st.floats(1e-6, 360))
VIEWS = st.lists(st.builds(View, HEADINGS, WIDTHS), min_size=1, max_size=5, unique=True)


@given(VIEWS)
@example([View(0.0000005, 0.000001)])
@example([View(180, 359.999999)])
@example([View(0, 0.000001)])
def test_D18_parse_of_format_gives_the_same_views(views: list[View]) -> None:
    assert parse(format_direction(views)).views == tuple(views)


PIECES = """0 9 90 360 338-23 -30 N NE nb north - ; , . 5 ° to / & and forward null １ _ e deg bound junk"""
GRAMMAR = st.lists(st.sampled_from([*PIECES.split(), " ", ", ", "\u200b"]), max_size=12).map(
    "".join
)


@given(st.one_of(st.text(max_size=250), GRAMMAR))
def test_every_text_is_answered_and_what_was_read_can_be_written_and_read_again(text: str) -> None:
    found = parse(text)
    check(found)
    assert parse(text) == found
    written = format_direction(found.views)
    assert parse(written).views == found.views or len(written) > direction.MAX_LENGTH


@given(st.integers(0, 359), st.integers(1, 359))
def test_D5_a_range_opens_clockwise_from_its_first_end(start: int, width: int) -> None:
    (view,) = parse(f"{start}-{(start + width) % 360}").views
    assert view.width_deg == width
    assert view.heading_deg == (start + width / 2) % 360


@given(st.floats(-360, 450, allow_nan=False))
def test_D4_values_near_the_circle_are_read_as_their_angle(value: float) -> None:
    (view,) = parse(value).views
    difference = math.remainder(view.heading_deg - value, 360)
    assert abs(difference) < 1e-6


@given(st.integers(451, 10**9))
def test_D4_no_number_above_450_becomes_a_heading(value: int) -> None:
    for thing in (
        value,
        str(value),
        -value,
        f"-{value}",
        f"{value}-90",
        f"90-{value}",
        float(value),
    ):
        assert not parse(thing).views


@given(st.text(alphabet="0123456789", min_size=4, max_size=12))
def test_D15_no_run_of_four_or_more_digits_becomes_a_heading(digits: str) -> None:
    assert parse(digits).quality == "junk"
    assert parse(f"{digits};90").views == (View(90),)


# --- column
# ----------------------------------------------------------------------------------------------


def test_column_equals_parse_row_by_row_and_tells_equal_keys_apart() -> None:
    column = ["90", 1, True, 1.0, "1", None, "90", math.nan, ["x"], "0", 0, False]
    found = parse_column(iter(column))
    assert found == [parse(value) for value in column]
    assert found[0] is found[6]
    assert [x.quality for x in found[1:4]] == ["exact", "junk", "exact"]


def test_the_room_imports_no_library() -> None:
    code = (
        "import sys; import alprmap.direction; "
        "print([m for m in ('numpy', 'pandas', 'geopandas', 'shapely') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- real data
# -------------------------------------------------------------------------------------------


def test_real_strings_99_5_percent_of_uses_have_a_heading_and_the_rest_a_reason(
    shared: Path,
) -> None:
    with (shared / "direction" / "direction-values.csv").open(
        encoding="utf-8", newline=""
    ) as handle:
        rows = [(row["value"], int(row["count"])) for row in csv.DictReader(handle)]
    assert len(rows) == 1652
    found = dict(zip((v for v, _ in rows), parse_column(v for v, _ in rows), strict=True))
    for text, answer in found.items():
        check(answer)
        if re.fullmatch(r"[0-9]{1,3}", text) and 0 < int(text) < 360:
            assert shape(answer) == [[float(text), None]]
    uses = sum(count for _, count in rows)
    assert sum(count for text, count in rows if found[text].views) / uses >= 0.995
    # looked at one by one: these and no others are without a heading
    refused = {
        text for text in found if not found[text].views and not re.fullmatch("[0-9]{4,}", text)
    }
    assert refused == {
        "null",
        "both",
        "-500",
        "530",
        "11:00",
        "Clockwise 180",
        "280WY39-J963-T96Q-9KE6-9DR9",
    }
    partial = {
        text: [x for x, _ in shape(found[text])]
        for text in found
        if found[text].quality == "partial"
    }
    assert partial == {
        "350;500": [350.0],
        "345;270:360": [345.0],
        "75;375;500": [75.0, 15.0],
        "1200;340": [340.0],
    }


def test_real_national_file_every_row_has_a_heading_or_a_reason(shared: Path) -> None:
    with gzip.open(shared / "cameras" / "us-2026-01.json.gz", "rt", encoding="utf-8") as handle:
        texts = [row.get("directionCardinal") for row in json.load(handle)]
    found = parse_column(texts)
    counts = {quality: sum(x.quality == quality for x in found) for quality in QUALITIES}
    assert len(found) == sum(counts.values()) == 61_768
    given_texts = sum(text is not None for text in texts)
    assert sum(bool(x.views) for x in found) / given_texts >= 0.995
    # facts of this file: an exact zero alone stands on 1,672 cameras, NB/SB/EB/WB on 116
    assert sum(x.views == (View(0),) and x.quality == "zero" for x in found) >= 1672
    assert counts["travel"] == 116
    assert counts["full_circle"] == 8
    assert counts["doubtful"] == 0
    shuffled = list(range(len(texts)))
    random.Random(7).shuffle(shuffled)
    again = parse_column(texts[i] for i in shuffled)
    assert all(again[k] == found[i] for k, i in enumerate(shuffled))


def test_real_tags_of_six_states_have_headings_or_reasons(shared: Path) -> None:
    keys = ("direction", "camera:direction", "surveillance:direction")
    files = sorted((shared / "cameras").glob("us-2025-10-*.geojson"))
    assert len(files) == 6
    for path in files:
        tags = [
            feature["properties"].get("tags") or {}
            for feature in json.loads(path.read_text("utf-8"))["features"]
        ]
        texts = [tag[key] for tag in tags for key in keys if key in tag]
        found = parse_column(texts)
        for answer in set(found):
            check(answer)
        assert len(texts) > 200
        assert sum(bool(answer.views) for answer in found) / len(texts) >= 0.995


@pytest.mark.parametrize(
    ("text", "views", "quality"),
    [
        ("-360", [[0, None]], "repaired"), ("-360.5", [], "junk"), ("450", [[90, None]], "repaired"),
        ("450.5", [], "junk"), ("-360-10", [[5, 10]], "repaired"), ("-360.5-10", [], "junk"),
        ("350-450", [[40, 100]], "repaired"), ("350-450.5", [], "junk"),
        ("350-360.5", [[355.25, 10.5]], "repaired"),
        ("350-360", [[355, 10]], "range"), ("400-400", [[40, None]], "repaired"),
        ("359.9999999-359.9999999", [[0, None]], "zero"), ("n-270", [[135, 270]], "range"),
        ("90-n", [[225, 270]], "range"), ("n-w", [[135, 270]], "doubtful"), ("n.e.-s.e.", [[90, 90]], "range"),
        ("n.-e.", [[45, 90]], "range"), ("n,5", [[0, None], [5, None]], "cardinal"), ("22,5,67", [], "junk"),
        ("n (22.5)", [[22.5, None]], "exact"), ("n (22.6)", [], "junk"),
    ],
)  # fmt: skip
def test_edges_of_the_rules(text: str, views: list[list[float | None]], quality: str) -> None:
    found = parse(text)
    check(found)
    assert shape(found) == views
    assert found.quality == quality


def test_what_the_reasons_say() -> None:
    assert parse(float("inf")).reason.startswith("'a number beyond all bounds' lies outside")
    assert parse(1000.0).reason.startswith("'1000' lies outside")
    assert parse("90;").reason == "1 empty item in the list left out."
    assert parse("90;;").reason == "2 empty items in the list left out."
    assert parse("x" * 60).reason == f"'{'x' * 39}…' is not a direction."
