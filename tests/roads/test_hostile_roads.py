"""Road networks from strangers: nested shapes and broken extracts are one line, never a crash."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import hostile_files
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from alprmap.errors import AlprmapError, InputError, UsageError
from alprmap.geography import areas as area
from alprmap.roads import dataset, door, network
from alprmap.sandbox import shapes
from alprmap.store import formats as tables

DEEP = struct.pack("<BII", 1, 7, 1) * 200_000 + struct.pack("<BIdd", 1, 1, -99.5, 27.5)
DEEP_LINES = (
    struct.pack("<BII", 1, 5, 1) * 200_000 + struct.pack("<BI", 1, 2) + struct.pack("<I", 0)
)
LATE = shapely.to_wkb(shapely.MultiLineString([[(0, 0), (1, 1)]]))[:9] + (
    shapely.to_wkb(shapely.LineString([(0, 0), (1, 1)])) + DEEP_LINES
)


def network_file(path: Path, shape: bytes, *, ours: bool) -> None:
    geometry = pa.array([shape], type=pa.binary())
    table = pa.table({"geometry": geometry, "u": [1], "v": [2], "highway": ["primary"]})
    meta = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}},
            "version": "1.0.0"}  # fmt: skip
    extra = {"format": network.FORMAT, "meta": {}, "restrictions": {}}
    kept = {b"geo": json.dumps(meta).encode()}
    if ours:
        kept[network.META_KEY] = json.dumps(extra).encode()
    pq.write_table(table.replace_schema_metadata(kept), path)


@pytest.mark.parametrize(
    "shape", [DEEP, DEEP_LINES, LATE, b"", b"\x01", b"junk junk junk"], ids=range(6)
)
@pytest.mark.parametrize("ours", [True, False])
def test_shapes_that_end_geos_never_reach_it(shape: bytes, ours: bool, tmp_path: Path) -> None:
    path = tmp_path / "roads.parquet"
    network_file(path, shape, ours=ours)
    with pytest.raises(InputError, match=r"roads\.parquet"):
        door.read(path)


def test_segments_table_too(tmp_path: Path) -> None:
    path = tmp_path / "segments.parquet"
    network_file(path, DEEP, ours=True)
    with pytest.raises(InputError, match=r"segments\.parquet"):
        tables.read_parquet(path, "segments")


@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("z", [False, True])
def test_plain_lines_pass(flavor: str, order: int, z: bool) -> None:
    line = shapely.LineString([(0, 0, 1), (1, 1, 2), (2, 1, 3)] if z else [(0, 0), (1, 1), (2, 1)])
    many = shapely.MultiLineString([line, line])
    kept = [
        shapely.to_wkb(g, byte_order=order, flavor=flavor, output_dimension=3 if z else 2)
        for g in (line, many)
    ]
    shapes.refuse([*kept, None], shapes.LINES)
    for wrong in (shapely.Point(1, 2), shapely.box(0, 0, 1, 1)):
        with pytest.raises(InputError, match="no line"):
            shapes.refuse([*kept, shapely.to_wkb(wrong)], shapes.LINES)
    with pytest.raises(InputError, match="damaged"):
        shapes.refuse([kept[1][:-1]], shapes.LINES)


@pytest.mark.parametrize(
    "hostile",
    [h for h in hostile_files.FILES if h.name.endswith((".osm", ".osm.pbf"))],
    ids=lambda h: h.name,
)
def test_broken_extracts(hostile: hostile_files.Hostile, tmp_path: Path) -> None:
    path = tmp_path / hostile.name
    hostile.make(path)
    with pytest.raises(InputError, match=r"OSM|no drivable road") as caught:
        door.read(path)
    assert "\n" not in str(caught.value)


def test_an_extract_that_is_an_address_is_not_fetched(tmp_path: Path) -> None:
    for name in ("http://127.0.0.1:9/a.osm.pbf", "https://localhost/a.osm", "/dev/stdin"):
        with pytest.raises(InputError):
            door.read(name)


@pytest.mark.parametrize(
    "text", ["１,2,3,4", "1_0,2,30,4", "nan,1,2,3", "1,2,inf,4", "1,2,3", "4,2,3,1", "1e1,2,30,4"]
)
def test_an_area_that_is_no_box(text: str) -> None:
    with pytest.raises(AlprmapError):
        area.parse_area(text)


def test_a_nested_area_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "area.geojson"
    for depth in (300, 100_000):
        path.write_bytes(hostile_files.nested(depth))
        with pytest.raises(InputError):
            area.parse_area(str(path))


def test_an_area_that_no_file_could_be_called_is_refused() -> None:
    for text in ("x" * 5000, "a\0b", "\ud800" * 300):
        with pytest.raises(UsageError):
            area.parse_area(text)


def test_a_coordinate_system_that_does_not_exist_is_refused_by_name() -> None:
    import networkx as nx

    from alprmap.roads import osmnx_io

    graph = nx.MultiDiGraph(crs="ep]g:4326")
    graph.add_node(1, x=-83.0, y=40.0)
    graph.add_node(2, x=-83.1, y=40.0)
    graph.add_edge(1, 2, highway="primary", length=1.0)
    with pytest.raises(InputError, match="no such coordinate system"):
        osmnx_io.from_graph(graph)


@pytest.mark.parametrize(
    "files",
    [["roads-00000.parquet"] * 1000, "roads-00000.parquet", {"roads-00000.parquet": 1}, ["../roads-00000.parquet"],
     ["/etc/passwd"], [7], None, [["roads-00000.parquet"]]],
)  # fmt: skip
def test_a_folder_of_tiles_names_each_of_its_own_files_once(files: object, tmp_path: Path) -> None:
    """One file that is named a thousand times would be read a thousand times."""
    about = {"files": files, "meta": {}, "format": network.FORMAT}
    (tmp_path / "roads.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(InputError, match="its roads are damaged"):
        dataset.about_tiles(tmp_path)
