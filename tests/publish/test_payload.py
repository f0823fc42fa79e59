"""The payload: what goes in comes out, by a decoder written from its description (P1 to P6)."""

from __future__ import annotations

import base64
import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.errors import InputError
from alprmap.publish.map import payload

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def varints(text: str) -> list[int]:
    out, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            out.append(value)
            value = shift = 0
    return out


def unzig(value: int) -> int:
    return -(value + 1) // 2 if value % 2 else value // 2


def unrun(text: str) -> list[int]:
    pairs = varints(text)
    return [pairs[i] for i in range(0, len(pairs), 2) for _ in range(pairs[i + 1])]


def numbers(column: dict[str, Any], n: int) -> list[float | None]:
    if column["k"] == "const":
        return [column["v"]] * n
    if column["k"] == "num":
        codes = unrun(column["d"]) if column.get("r") else varints(column["d"])
        return [column["w"][c - 1] if c else None for c in codes]
    steps = unrun(column["d"]) if column.get("r") else varints(column["d"])
    whole = np.cumsum([unzig(s) for s in steps], dtype=np.int64)
    values: list[float | None] = [int(v) / column.get("s", 1) for v in whole]
    at, missing = 0, False
    for length in varints(column["m"]) if "m" in column else []:
        if missing:
            values[at : at + length] = [None] * length
        at, missing = at + length, not missing
    return values


def words(column: dict[str, Any], n: int) -> list[str | None]:
    kind = column["k"]
    if kind == "const":
        return [column["v"]] * n
    if kind == "text":
        return list(column["v"])
    if kind == "dict":
        codes = unrun(column["d"]) if column.get("r") else varints(column["d"])
        return [column["w"][c - 1] if c else None for c in codes]
    if kind == "id":
        whole = np.cumsum([unzig(s) for s in varints(column["d"])], dtype=np.int64)
        return [f"{column['p'][p]}{v}" for p, v in zip(unrun(column["i"]), whole, strict=True)]
    bits = "".join(f"{b:08b}" for b in base64.b64decode(column["d"]))
    width = column["n"]
    letters = [LETTERS[int(bits[i * 5 : i * 5 + 5], 2)] for i in range(n * width)]
    return [column["p"] + "".join(letters[i * width : (i + 1) * width]) for i in range(n)]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), min_size=1, max_size=80))
@settings(max_examples=150)
def test_P2_numbers_come_back(values: list[int | None]) -> None:
    real = np.array([np.nan if v is None else v for v in values], dtype=float)
    assert numbers(payload.numbers(real), len(values)) == values


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=60))
@settings(max_examples=80)
def test_P2_degrees_come_back_to_six_decimals(values: list[float]) -> None:
    back = numbers(payload.numbers(values, scale=1e6), len(values))
    assert np.allclose(np.array(back, dtype=float), values, atol=5.1e-7)


@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["a", "b", "node/12"])),
        min_size=1,
        max_size=90,
    )
)
@settings(max_examples=150)
def test_P5_text_comes_back(values: list[str | None]) -> None:
    column = payload.words(pd.Series(values, dtype="object"))
    assert words(json.loads(payload.dumps(column)), len(values)) == values


RECORDS = st.one_of(st.none(), st.sampled_from(["node/1", "way/22", "<i>", ""]))


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.sampled_from(["", "a:", "b"])), RECORDS, st.booleans()),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 30),
)
@settings(max_examples=100)
def test_P5_text_that_ends_as_another_column_comes_back(rows: list[Any], times: int) -> None:
    ends = [record for _, record, _ in rows] * times
    values = [
        None if begin is None else begin + ("other" if other or record is None else record)
        for begin, record, other in rows
    ] * times
    text = pd.Series(values, dtype="object")
    column = payload.endings(
        payload.words(text), text, pd.Series(ends, dtype="object"), "source_record"
    )
    assert len(payload.dumps(column)) <= len(payload.dumps(payload.words(pd.Series(values))))
    if column["k"] != "ends":
        assert words(column, len(values)) == values
        return
    heads, others = words(column["b"], len(values)), words(column["o"], len(values))
    back = [o if b is None else b + e for b, o, e in zip(heads, others, ends, strict=True)]
    assert back == values


def test_P5_a_report_does_not_repeat_the_record_of_its_camera() -> None:
    ids = pd.Series([f"us-2026-01:node/{7**5 * i % 99991}" for i in range(2000)])
    records = ids.str.removeprefix("us-2026-01:")
    column = payload.endings(payload.words(ids), ids, records, "source_record")
    assert column["k"] == "ends"
    assert len(payload.dumps(column)) < len(payload.dumps(payload.words(ids))) / 20


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([f"node/{1000 + 7 * i}" for i in range(200)], "id"),
        ([f"{'way' if i % 5 else 'node'}/{13_000_000_000 + i * i}" for i in range(200)], "id"),
        (
            [
                f"cam-{''.join(LETTERS[(i * (j + 3) + i // 32 + j * j) % 32] for j in range(10))}"
                for i in range(200)
            ],
            "b32",
        ),
        ([f"word {i % 3}" for i in range(200)], "dict"),
        (["only"] * 200, "const"),
        ([f"{i} words in the open" for i in range(200)], "text"),
        ([f"row/00{i}" for i in range(200)], "id"),
        ([f"{i:04d}x" for i in range(200)], "text"),
    ],
)
def test_P1_P2_P3_P4_P5_each_kind_is_chosen_and_comes_back(values: list[str], kind: str) -> None:
    column = payload.words(pd.Series(values, dtype="str"))
    assert column["k"] == kind
    assert words(column, len(values)) == values


def test_P4_leading_zeros_are_kept() -> None:
    values = [f"{'0' * (i % 4)}{i}" for i in range(1, 300)]
    assert words(payload.words(pd.Series(values, dtype="str")), len(values)) == values


def test_P2_P3_long_runs_take_few_bytes() -> None:
    column = payload.numbers(np.arange(100_000.0))
    assert len(payload.dumps(column)) < 60
    rare = np.full(100_000, np.nan)
    rare[[5, 50_000]] = 45.0
    assert len(payload.dumps(payload.numbers(rare))) < 100


@pytest.mark.parametrize("bad", [np.inf, 1e300])
def test_P2_numbers_that_a_page_cannot_hold_are_refused(bad: float) -> None:
    with pytest.raises(InputError):
        payload.numbers([1.0, bad])


def test_json_is_ascii_and_cannot_end_its_element() -> None:
    text = payload.dumps({"</script>": ["<!--", "&amp;", "\u2028", "é", "\x00"]})
    assert text.isascii()
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"</script>": ["<!--", "&amp;", "\u2028", "é", "\x00"]}


def decode_shape(raw: dict[str, Any]) -> list[tuple[int, list[tuple[float, float]]]]:
    sizes, flat = varints(raw["z"]), [unzig(v) for v in varints(raw["d"])]
    owner = np.cumsum([unzig(v) for v in varints(raw["o"])])
    xy = np.cumsum(np.array(flat).reshape(-1, 2), axis=0) / raw["s"]
    out, at = [], 0
    for size, row in zip(sizes, owner, strict=True):
        out.append((int(row), [tuple(p) for p in xy[at : at + size]]))
        at += size
    return out


def test_P6_lines_come_back_in_parts_with_their_owner() -> None:
    lines = [
        shapely.LineString([(-100, 30), (-100.5, 30.25), (-101, 30.25)]),
        shapely.LineString(),
        shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
    ]
    parts = decode_shape(payload.payload_shapes(lines))
    assert [p[0] for p in parts] == [0, 2, 2]
    assert np.allclose(parts[0][1], [(-100, 30), (-100.5, 30.25), (-101, 30.25)])


def test_P6_polygons_keep_their_holes() -> None:
    ring = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (2, 1), (2, 2)]])
    parts = decode_shape(payload.payload_shapes(gpd.GeoSeries([ring])))
    assert [len(p[1]) for p in parts] == [5, 4]


def test_neighbors_in_space_are_neighbors_in_the_table() -> None:
    rng = np.random.default_rng(0)
    lon, lat = rng.random(4000), rng.random(4000)
    order = payload.spatial_order(lon, lat)
    assert sorted(order.tolist()) == list(range(4000))

    def mean_step(at: Any) -> float:
        return float(np.hypot(np.diff(lon[at]), np.diff(lat[at])).mean())

    assert mean_step(order) < 0.06 * mean_step(np.arange(4000))
    assert payload.spatial_order([np.nan, 1.0], [np.nan, 1.0]).tolist() == [1, 0]
