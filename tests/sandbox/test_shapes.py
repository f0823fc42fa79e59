"""Well-known binary is looked at as GEOS reads it: what is not on the list never reaches it."""

from __future__ import annotations

import itertools
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.errors import InputError
from alprmap.sandbox import shapes
from alprmap.store import formats as tables

POINTS = [(0.0, 0.0, 1.0), (1.0, 0.0, 2.0), (1.0, 1.0, 3.0), (0.0, 0.0, 1.0)]
SEVEN = [
    shapely.Point(POINTS[0]),
    shapely.LineString(POINTS),
    shapely.Polygon(POINTS),
    shapely.MultiPoint(POINTS),
    shapely.MultiLineString([POINTS, POINTS]),
    shapely.MultiPolygon([shapely.Polygon(POINTS)]),
    shapely.GeometryCollection([shapely.Point(POINTS[0]), shapely.MultiLineString([POINTS])]),
]


@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("srid", [False, True])
def test_the_seven_pass_in_every_form(flavor: str, order: int, dims: int, srid: bool) -> None:
    if srid and flavor == "iso":
        return
    for shape in SEVEN:
        one = shapely.set_srid(shape, 4326) if srid else shape
        raw = shapely.to_wkb(
            one, byte_order=order, flavor=flavor, output_dimension=dims, include_srid=srid
        )
        assert shapely.equals(shapes.from_wkb([raw])[0], shapely.from_wkb(raw))
        # empty ones too
        empty = shapely.to_wkb(type(shape)(), byte_order=order, flavor=flavor)
        shapes.from_wkb([empty, None, raw])


def test_measured_shapes_pass_and_missing_ones_stay_missing() -> None:
    measured = struct.pack("<BII", 1, 2002, 1) + struct.pack("<3d", 1, 2, 3)
    with pytest.raises(InputError, match="damaged"):  # a line of one point is no line to GEOS
        shapes.from_wkb([measured])
    line = struct.pack("<BII", 1, 2002, 2) + struct.pack("<6d", 1, 2, 3, 4, 5, 6)
    zm = struct.pack("<BII", 1, 3002, 2) + struct.pack("<8d", *range(8))
    extended = struct.pack("<BII", 1, 0xC0000002, 2) + struct.pack("<8d", *range(8))
    made = shapes.from_wkb(np.array([line, None, np.nan, zm, extended], dtype=object), shapes.LINES)
    assert [s is None for s in made] == [False, True, True, False, False]


def heads() -> list[int]:
    """Every type with every thousand, and every bit that is none of the three flags."""
    low = [t + 1000 * k for k in range(66) for t in range(18) if t + 1000 * k < 0x10000]
    bits = [0, *(1 << b for b in range(16, 32))]
    return [code | bit for code, bit in itertools.product(low, bits)]


def test_only_the_codes_of_the_list_pass() -> None:
    """What GEOS takes for one of the seven and nothing else, by its own reading of the 16 low
    bits.
    """
    wanted = {t + 1000 * k for t in range(1, 8) for k in range(4)}
    flags = {0, 0x80000000, 0x40000000, 0x20000000}
    for code in heads():
        raw = struct.pack("<BI", 1, code) + bytes(64)
        kind = shapes._kind(raw, 0)[0]
        allowed = (code & 0xFFFF) in wanted and (code & 0xFFFF0000) in flags
        assert bool(kind) == allowed, hex(code)
        if allowed:
            assert kind == (code & 0xFFFF) % 1000


EVIL = [
    97 * 65536 + 10,
    10,
    1010,
    13 * 65536 + 7,
    9,
    11,
    12,
    15,
    16,
    17,
    4000 + 7,
    0x1FFF0000 + 7,
    0x08000007,
]


@pytest.mark.parametrize("code", [*EVIL, 4, 5, 6, 7, 1007, 0x80000007, 0x20000007], ids=hex)
@pytest.mark.parametrize("order", [0, 1, 2, 255])
def test_nothing_nested_reaches_geos(code: int, order: int, tmp_path: Path) -> None:
    srid = b"\0\0\0\0" if code & 0x20000000 and code < 0x30000000 else b""
    one = struct.pack("B", order) + struct.pack("<I" if order else ">I", code) + srid
    raw = (one + struct.pack("<I" if order else ">I", 1)) * 200_000
    for kinds in (shapes.ALL, shapes.LINES, shapes.POLYGONS):
        with pytest.raises(InputError):
            shapes.from_wkb([raw], kinds)
    for late in (shapely.to_wkb(SEVEN[4]), shapely.to_wkb(SEVEN[6])):
        with pytest.raises(InputError):
            shapes.from_wkb([late[:9] + raw])
        with pytest.raises(InputError):
            shapes.from_wkb([late, late, raw])


@settings(max_examples=300)
@given(st.data())
def test_a_shape_with_any_byte_changed_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(shapely.to_wkb(data.draw(st.sampled_from(SEVEN))))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        made = shapes.from_wkb([bytes(raw[: data.draw(st.integers(0, len(raw)))])])
    except InputError:
        return
    assert made[0].geom_type in {s.geom_type for s in SEVEN}


@pytest.mark.parametrize("value", ["0101000000", 5, bytearray(b"\1\1"), [1], {}], ids=str)
def test_what_is_no_bytes_is_no_shape(value: object) -> None:
    cell = np.empty(1, dtype=object)
    cell[0] = value
    with pytest.raises(InputError):
        shapes.from_wkb(cell)


CODE = """
import sys
from alprmap.store import formats as tables
from alprmap.errors import InputError
try:
    tables.read_shapes(sys.argv[1])
except InputError as error:
    print(error)
"""


@pytest.mark.parametrize("code", [97 * 65536 + 10, 7, 5], ids=hex)
def test_a_table_of_ours_with_such_shapes_is_one_line(code: int, tmp_path: Path) -> None:
    """In a process of its own: what goes wrong ends it."""
    path = tmp_path / "c1_stretches.parquet"
    raw = struct.pack("<BII", 1, code, 1) * 200_000
    pq.write_table(pa.table({"name": ["x"], "geometry": pa.array([raw], pa.binary())}), path)
    done = subprocess.run(
        [sys.executable, "-c", CODE, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "its shapes are damaged" in done.stdout
    with pytest.raises(InputError):
        tables.read_shapes(path)


@pytest.mark.parametrize("kind", ["linestring", "multipolygon", "polygon", "", "nonsense"])
def test_lists_of_the_wrong_depth_are_refused(kind: str) -> None:
    column = pa.array([[1.0, 2.0]])
    with pytest.raises(InputError):
        shapes.from_lists(column, kind)


def test_many_lines_are_looked_at_quickly() -> None:
    line = shapely.to_wkb(shapely.LineString([(0, 0), (1, 1)]))
    many = np.array([line] * 300_000, dtype=object)
    began = time.process_time()
    shapes.refuse(many, shapes.LINES)
    assert time.process_time() - began < 2.0
