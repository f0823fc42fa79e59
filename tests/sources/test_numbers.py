"""Numbers by a strict grammar: what is not one is refused with its reason, ids stay text, nothing
is infinite."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alprmap import geo, sources
from alprmap.sources.fields import grids, numbers

NOT_NUMBERS = [
    "", " ", "１２", "٣", "1_000", "0x10", "1e5", "1e999", "-1e999", "nan", "NaN", "inf", "-Infinity", "1,5",
    "--1", "+-1", "1.2.3", ".", "-", "1.", "1" * 16, "½", "²", "1f", "True", "12E5", "1\n2", "\0" "1", "1\u200b",
]  # fmt: skip


@pytest.mark.parametrize("text", [t for t in NOT_NUMBERS if t != "1."])
def test_what_is_no_number(text: str) -> None:
    assert numbers.parse_decimal(text) is None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("0", 0.0), ("-99.5", -99.5), ("+27.5", 27.5), ("−99.5", -99.5), (" 1 ", 1.0), ("1.", 1.0), (".5", 0.5),
     ("9" * 15, 999999999999999.0), (5, 5.0), (-0.0, 0.0), (27.5, 27.5)],
)  # fmt: skip
def test_what_is_one(value: object, wanted: float) -> None:
    assert numbers.parse_decimal(value) == wanted


@pytest.mark.parametrize(
    "value", [True, False, None, float("nan"), float("inf"), -float("inf"), [1], {"a": 1}, b"1", 1j]
)
def test_what_is_no_number_by_its_kind(value: object) -> None:
    assert numbers.parse_decimal(value) is None


def test_a_decimal_comma_only_where_it_is_asked_for() -> None:
    assert numbers.parse_decimal("27,5") is None
    assert numbers.parse_decimal("27,5", comma=True) == 27.5
    assert numbers.parse_decimal("−27,5", comma=True) == -27.5
    assert numbers.parse_decimal("1,234,5", comma=True) is None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("1,234", 1234.0), ("12", 12.0), ("12.0", 12.0), ("1,23", None), ("12.5", None), ("-3", None), (-3, None),
     (0, 0.0), (12.5, 12.5), ("1,234,567", 1234567.0), ("x", None), (None, None), ("١٢", None)],
)  # fmt: skip
def test_counts(value: object, wanted: float | None) -> None:
    assert numbers.parse_count(value) == wanted


@given(st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.booleans(), st.none()))
def test_whatever_comes_what_leaves_is_finite(value: object) -> None:
    for found in (
        numbers.parse_decimal(value),
        numbers.parse_decimal(value, comma=True),
        numbers.parse_count(value),
    ):
        assert found is None or math.isfinite(found)


def test_ids_and_codes_stay_text_through_every_format(tmp_path: Path) -> None:
    """`00123`, `12E5` and the state `NA` come out as they went in (FACTS §8)."""
    ids, operators = ["00123", "12E5", "NA", "1.0", "007"], ["NA", "None", "00501", "TRUE", "1e3"]
    frame = pd.DataFrame(
        {"id": ids, "lat": [27.5 + i / 100 for i in range(5)], "lon": -99.5, "operator": operators}
    )
    features = [
        {"type": "Feature", "properties": {"id": i, "operator": o},
         "geometry": {"type": "Point", "coordinates": [-99.5, 27.5 + n / 100]}}
        for n, (i, o) in enumerate(zip(ids, operators, strict=True))
    ]  # fmt: skip
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_csv(tmp_path / "b.tsv", index=False, sep="\t")
    frame.to_excel(tmp_path / "c.xlsx", index=False)
    frame.to_parquet(tmp_path / "d.parquet", index=False)
    (tmp_path / "e.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    (tmp_path / "f.json").write_text(json.dumps(frame.to_dict("records")))
    for path in sorted(tmp_path.iterdir()):
        found = sources.read(path)
        assert found.reports["source_record"].tolist() == ids, path.name
        raw = found.reports["operator_raw"].fillna("missing").tolist()
        assert raw[2:] == operators[2:], path.name
        assert found.tally["rows"] == found.tally["reports"] + found.tally["rejected"] == 5


@pytest.mark.parametrize(
    "text", ["nan", "inf", "1e999", "１２", "1_000", "27.5.5", "0x1b", "", "north"]
)
@pytest.mark.parametrize("column", ["lat", "lon"])
def test_a_bad_coordinate_is_a_reject_with_its_row(text: str, column: str, tmp_path: Path) -> None:
    good = {"lat": "27.5", "lon": "-99.5"}
    path = tmp_path / "a.csv"
    rows = [good, {**good, column: text}, good]
    path.write_text(
        "id,lat,lon\n" + "".join(f"{i},{r['lat']},{r['lon']}\n" for i, r in enumerate(rows))
    )
    found = sources.read(path)
    assert len(found.reports) == 2
    assert found.rejects["row"].tolist() == ["2"]
    assert np.isfinite(found.reports[["lon", "lat"]].to_numpy()).all()


def test_a_transform_that_has_no_answer_gives_none_not_infinity() -> None:
    """pyproj without `always_xy` gave infinity without an exception; here no such value leaves."""
    for x, y in ((1e30, 1e30), (float("inf"), 0.0), (float("nan"), 0.0), (0.0, 1e9)):
        for crs in ("EPSG:32614", "EPSG:3857", "EPSG:2278"):
            place = grids.transform(x, y, crs)
            assert place is None or all(math.isfinite(v) for v in place)
    place = grids.transform(500_000.0, 3_042_000.0, "EPSG:32614")
    assert place is not None
    assert place[0] == pytest.approx(-99.0, abs=1e-6)  # lon first


def test_distances_of_unknown_points_are_unknown() -> None:
    found = geo.distance_m(
        np.array([-99.5, np.nan, np.inf]), np.array([27.5, 27.5, 27.5]), -99.4, 27.5
    )
    assert np.isfinite(found[0])
    assert np.isnan(found[1:]).all()


def test_no_table_holds_infinity(tmp_path: Path) -> None:
    from alprmap.store import whole as store

    frame = pd.DataFrame({"camera_id": ["a"], "lon": [-99.5], "lat": [27.5], "to_land_m": [np.inf]})
    with pytest.raises(ValueError):
        store.write_table(frame, tmp_path / "a.geojson")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("digits", [1, 15, 16, 400])
def test_whole_numbers_of_any_length_are_finite_or_none(digits: int) -> None:
    """JSON has whole numbers that no float holds; they fell with an OverflowError (found by the
    fuzzer)."""
    for sign in (1, -1):
        number = numbers.parse_decimal(sign * (10**digits - 1))
        assert (number is None) == (digits == 400)
    assert numbers.parse_decimal(sys.float_info.max) == sys.float_info.max
    found = numbers.parse_count("9" * digits)
    assert (found is None) == (digits > 15)
