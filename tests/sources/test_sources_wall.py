"""The wall: a parser that crashes, hangs or bursts is one named, refused file; the next file reads
as before."""

from __future__ import annotations

import json
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alprmap import sources
from alprmap.errors import InputError
from alprmap.sources import intake
from alprmap.sources.formats import readers, wall, wkb
from alprmap.sources.formats.rows import Table
from alprmap.sources.formats.wall import Limits

MARK = (
    "<Placemark><name>Main St at 1st"
    " St</name><Point><coordinates>-99.5,27.5</coordinates></Point></Placemark>"
)
KML = f"<kml>{MARK}</kml>"


def fine(tmp_path: Path) -> None:
    path = tmp_path / "fine.kml"
    path.write_text(KML)
    assert len(sources.read(path).reports) == 1


def test_one_child_serves_many_files(tmp_path: Path) -> None:
    fine(tmp_path)
    first = wall._RUNNING[-1].process.pid
    fine(tmp_path)
    assert wall._RUNNING[-1].process.pid == first


def test_two_files_at_once_have_two_children(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    paths = []
    for i in range(6):
        paths.append(tmp_path / f"f{i}.kml")
        paths[-1].write_text("<kml>" + MARK * (i + 1) * 700 + "</kml>")
    with ThreadPoolExecutor(3) as pool:
        rows = list(pool.map(lambda p: sources.read(p).tally["rows"], paths))
    assert rows == [700 * (i + 1) for i in range(6)]
    assert not wall._BUSY


def test_a_dead_child_is_replaced(tmp_path: Path) -> None:
    fine(tmp_path)
    wall._RUNNING[-1].process.kill()
    wall._RUNNING[-1].process.wait()
    fine(tmp_path)


def test_a_refused_file_leaves_the_channel_in_step(tmp_path: Path) -> None:
    broken = tmp_path / "broken.kml"
    broken.write_text(KML[:-3])
    for _ in range(3):
        with pytest.raises(InputError, match="broken or cut off"):
            sources.read(broken)
        fine(tmp_path)


def test_a_caller_that_stops_early_leaves_the_channel_in_step(tmp_path: Path) -> None:
    path = tmp_path / "many.kml"
    path.write_text("<kml>" + MARK * 9_000 + "</kml>")
    checked = intake.check_file(path)
    stream = readers.read_tables(checked, {})
    table = next(stream)
    assert next(iter(table.rows))["name"] == "Main St at 1st St"
    stream.close()
    fine(tmp_path)
    assert len(sources.read(path).reports) + len(sources.read(path).rejects) == 9_000


def test_a_sparse_workbook_is_refused_in_little_memory(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "lat", 1
    path = tmp_path / "sparse.xlsx"
    book.save(path)
    with pytest.raises(InputError, match=r"sparse\.xlsx: .*(parser|spans|memory)"):
        sources.read(path)
    fine(tmp_path)


def all_rows(tables: Iterator[Table]) -> int:
    return sum(len(list(table.rows)) for table in tables)


def test_a_slow_file_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "many.kml"
    path.write_text("<kml>" + MARK * 20_000 + "</kml>")
    tables = wall.tables(intake.check_file(path), {}, limits=Limits(base_s=0.001, per_mb_s=0.0))
    with pytest.raises(InputError, match=r"takes longer|used up its time|ended the parser"):
        all_rows(tables)
    fine(tmp_path)


def test_the_child_has_no_network() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from alprmap.sandbox import child\nchild._close_network()\nimport socket\n"
        "connect = lambda: socket.create_connection(('127.0.0.1', 9))\n"
        "for act in (connect, lambda: socket.getaddrinfo('localhost', 9)):\n"
        "    try:\n        act()\n    except PermissionError:\n        print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=1000, check=True
    )
    assert done.stdout.split() == ["refused", "refused"]


def test_the_child_starts_without_pandas() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "import alprmap.sandbox.child, alprmap.sources.formats.readers\n"
        "print([m for m in ('pandas', 'geopandas', 'numpy', 'pyogrio') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=1000, check=True
    )
    assert done.stdout.strip() == "[]"


def test_nested_collections_in_wkb_end_nothing(tmp_path: Path) -> None:
    deep = struct.pack("<BII", 1, 7, 1) * 200_000 + struct.pack("<BIdd", 1, 1, -99.5, 27.5)
    assert wkb.middle(deep) is None
    assert wkb.middle(deep[-21 - 9 * 50 :]) == (-99.5, 27.5, "GeometryCollection")
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"geometry": [deep, deep[-21:]], "location": ["a", "b"]})
    geo = {
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB"}},
        "version": "1.0.0",
    }
    path = tmp_path / "deep.parquet"
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    found = sources.read(path)
    assert (found.tally["rows"], found.tally["located"]) == (2, 1)


@pytest.mark.parametrize("count", [1_000_000_000, 4_000_000_000])
def test_absurd_counts_in_wkb_are_no_loop(count: int) -> None:
    for code in (2, 3, 4, 5, 6, 7):
        assert wkb.middle(struct.pack("<BII", 1, code, count)) is None


def test_a_recursive_view_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "view.gpkg"
    base = sqlite3.connect(path)
    base.executescript(
        "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);CREATE VIEW loop AS WITH"
        " RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT n FROM r;INSERT INTO"
        " gpkg_contents VALUES ('loop', 'features');"
    )
    base.commit()
    base.close()
    with pytest.raises(InputError, match="without layers"):
        sources.read(path)


def test_a_kml_model_ends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.kml"
    path.write_text(
        "<kml><Placemark><name>x</name><MultiGeometry><Model"
        " id='m'/></MultiGeometry></Placemark></kml>"
    )
    with pytest.raises(InputError, match="neither coordinates nor places"):
        sources.read(path)


def test_rows_are_validated_on_this_side() -> None:
    assert list(wall.validated(["a", "b"], [[1, None], ["x", 2.5]])) == [
        {"a": 1, "b": None},
        {"a": "x", "b": 2.5},
    ]
    for keys, rows in (
        (["a"], [[[1]]]),
        (["a"], [[{"b": 1}]]),
        (["a"], [[1, 2]]),
        ([1], [[1]]),
        (None, None),
        (["a"], 7),
    ):
        (row,) = wall.validated(keys, rows)
        assert "$refuse" in row


def on_this_side(
    messages: Iterable[dict[str, Any]], checked: intake.Checked
) -> list[dict[str, Any]]:
    """The rows of one table as they arrive."""
    told = {"table": {"format": "f", "name": "n", "origin": "table"}}
    carried = (json.loads(json.dumps(m)) for m in (told, *messages, {"hints": {}}))
    table = wall._Said(((m, b"") for m in carried), checked).next_table()
    assert table is not None
    return list(table.rows)


def sizes(messages: Iterable[dict[str, Any]]) -> list[int]:
    return [sum(len(rows) for _, rows in m["shapes"]) for m in messages]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> intake.Checked:
    path = tmp_path_factory.mktemp("wall") / "fine.kml"
    path.write_text(KML)
    return intake.check_file(path)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)
)


@given(
    rows=st.lists(st.dictionaries(st.sampled_from(["a", "b", "", "lat"]), VALUES), max_size=40),
    most=st.tuples(st.integers(1, 9), st.integers(1, 60), st.integers(1, 4)),
)
@example(rows=[{"a": 1}, {"b": 2}, {"a": 3}, {"b": None}], most=(6, 60, 4))
def test_rows_arrive_as_they_left(
    rows: list[dict[str, Any]], most: tuple[int, int, int], checked: intake.Checked
) -> None:
    names = ("ROWS_PER_BATCH", "CHARS_PER_BATCH", "_SHAPES_PER_BATCH")
    with mock.patch.multiple(wall, **dict(zip(names, most, strict=True))):
        messages = list(wall.packed(iter(rows), checked))
    assert on_this_side(messages, checked) == rows
    assert all(1 <= n <= most[0] for n in sizes(messages))
    assert all(len(m["shapes"]) <= most[2] for m in messages)


def test_batches_hold_some_thousand_rows(checked: intake.Checked) -> None:
    assert sizes(wall.packed(({"a": n} for n in range(4_001)), checked)) == [2_000, 2_000, 1]
    assert sizes(wall.packed(({f"a{n}": 1} for n in range(1_001)), checked)) == [500, 500, 1]
    assert sizes(wall.packed(({"a": 1} for n in range(0)), checked)) == []


def test_batches_hold_two_million_characters(checked: intake.Checked) -> None:
    long = "x" * 1024**2
    assert sizes(wall.packed(({"": long} for _ in range(5)), checked)) == [2, 2, 1]
    assert sizes(
        wall.packed(({"": t} for t in (long, long[1:], "x", long, long[1:], "x")), checked)
    ) == [3, 3]
    # names count once for each shape of a batch
    assert sizes(wall.packed(({long: "x"} for _ in range(3)), checked)) == [3]
    assert sizes(wall.packed(({long: "x", "a" * n: 1} for n in range(5)), checked)) == [2, 2, 1]


def test_one_record_is_no_longer_than_it_may_be(checked: intake.Checked) -> None:
    most = 2 * checked.caps.record_chars
    half = "x" * (most // 2)
    assert sizes(wall.packed([{"a": half, "b": half, "c": 1}], checked)) == [1]
    with pytest.raises(InputError, match=f"longer than {checked.caps.record_chars} characters"):
        list(wall.packed([{"a": half, "b": half + "x"}], checked))


@pytest.mark.parametrize(
    "table",
    [None, 7, "x", {}, {"format": "f", "name": "n"}, {"format": 1, "name": "n", "origin": "o"}],
)
def test_a_table_without_its_names_ends_the_file(table: Any, checked: intake.Checked) -> None:
    with pytest.raises(InputError, match="makes no sense"):
        wall._Said(iter([({"table": table}, b"")]), checked).next_table()


@pytest.mark.parametrize(
    "message",
    [{}, {"shapes": None}, {"shapes": {"a": 1}}, {"shapes": [5]}, {"shapes": [["a"]]},
     {"shapes": [[["a"], [[1]], 3]]}, {"shapes": ["ab"]},
     *({"shapes": [[["a"], [[1]]]], "order": order} for order in ([0, 0], [1], ["x"], [None], 5))],
    ids=str,
)  # fmt: skip
def test_a_batch_of_another_kind_ends_the_file(
    message: dict[str, Any], checked: intake.Checked
) -> None:
    with pytest.raises(InputError, match="makes no sense"):
        on_this_side([message], checked)


def test_hints_are_text(checked: intake.Checked) -> None:
    for told, kept in (
        ({"a": "x", "b": 5, "c": None}, {"a": "x"}),
        (["a"], {}),
        (None, {}),
        ("ab", {}),
    ):
        messages = [{"table": {"format": "f", "name": "n", "origin": "table"}}, {"hints": told}]
        table = wall._Said(iter([(m, b"") for m in messages]), checked).next_table()
        assert table is not None
        assert list(table.rows) == []
        assert table.hints == kept
