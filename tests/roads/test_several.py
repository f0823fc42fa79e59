"""Several extracts are one network (N7), and a network is a folder of tiles (N8)."""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import road_files
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.errors import InputError
from alprmap.geography import area_box
from alprmap.roads import dataset, door, interleave
from alprmap.roads.network import Roads

COLUMNS, ROWS = 8, 3
STEP = 0.01
"""Columns of a grid of streets, a kilometer apart."""


def same(one: Roads, other: Roads) -> bool:
    return one.segments.equals(other.segments) and one.restrictions.equals(other.restrictions)


def write(path: Path, nodes: dict[int, tuple[float, float]], ways: list[str]) -> Path:
    points = [f"n{n} v1 dV x{x:.4f} y{y:.4f}" for n, (x, y) in sorted(nodes.items())]
    return road_files.write(path, "\n".join([*points, *ways, ""]))


def grid() -> tuple[dict[int, tuple[float, float]], dict[int, tuple[str, list[int]]]]:
    """Streets from west to east and from south to north."""
    nodes = {
        100 * row + column + 1: (STEP * column, STEP * row)
        for row in range(ROWS)
        for column in range(COLUMNS)
    }
    ways = {
        1000 + row: (f"Street%20%{row}", [100 * row + c + 1 for c in range(COLUMNS)])
        for row in range(ROWS)
    }
    ways |= {
        2000 + column: (f"Avenue%20%{column}", [100 * r + column + 1 for r in range(ROWS)])
        for column in range(COLUMNS)
    }
    return nodes, ways


def way_line(way: int, name: str, refs: list[int], version: int) -> str:
    listed = ",".join(f"n{n}" for n in refs)
    return f"w{way} v{version} dV Thighway=residential,name={name} N{listed}"


def extracts(folder: Path, cuts: list[int], kind: str, version: int) -> list[Path]:
    """Cut the grid into strips of columns, as the tools that cut extracts do."""
    nodes, ways = grid()
    bounds = [0, *cuts, COLUMNS]
    files = []
    for number, (low, high) in enumerate(pairwise(bounds)):
        inside = {n for n in nodes if low <= (n % 100) - 1 < high}
        lines, used = [], set(inside)
        for way, (name, refs) in ways.items():
            mine = [n for n in refs if n in inside]
            if not mine:
                continue
            listed = mine if kind == "clipped" else refs
            if len(listed) > 1:
                lines.append(way_line(way, name, listed, version))
            used |= set(refs) if kind == "complete" else set()
        known = {n: nodes[n] for n in used}
        files.append(write(folder / f"part{number}.osm.pbf", known, lines))
    return files


@settings(max_examples=25)
@given(
    cuts=st.lists(st.sampled_from([2, 4, 6]), unique=True, min_size=1).map(sorted),
    kind=st.sampled_from(["complete", "nodes missing", "clipped"]),
    version=st.sampled_from([0, 3]),
    seed=st.randoms(use_true_random=False),
)
def test_N7_extracts_in_any_order_are_the_whole(
    cuts: list[int], kind: str, version: int, seed: Any
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nodes, ways = grid()
        lines = [way_line(w, n, refs, version) for w, (n, refs) in ways.items()]
        whole = door.read(write(folder / "whole.osm.pbf", nodes, lines))
        parts = extracts(folder, cuts, kind, version)
        seed.shuffle(parts)
        joined = door.read(parts)
    assert same(joined, whole)


@pytest.mark.parametrize(
    ("kind", "exact"), [("overlap", True), ("adjacent", True), ("clipped", False)]
)
def test_N7_columbus_from_its_parts(shared: Path, kind: str, exact: bool) -> None:
    whole = door.read(shared / "roads" / "columbus-oh.osm.pbf")
    files = sorted((shared / "roads" / "two-extracts").glob(f"columbus-{kind}-*.osm.pbf"))
    joined = door.read(files)
    assert same(joined, door.read(files[::-1]))
    if exact:
        assert same(joined, whole)
        return
    # the tool that clipped lost nodes at the line for good: short ends and zigzag ways
    shapes = [set(r.segments.geometry.to_wkb()) for r in (whole, joined)]
    assert len(shapes[0] - shapes[1]) < 80
    assert joined.meta["counts"]["ways_joined"] == 59
    assert whole.segments["length_m"].sum() == pytest.approx(
        joined.segments["length_m"].sum(), rel=0.002
    )


def test_N7_saved_networks_are_joined_too(shared: Path, tmp_path: Path) -> None:
    whole = door.read(shared / "roads" / "columbus-oh.osm.pbf")
    files = sorted((shared / "roads" / "two-extracts").glob("columbus-overlap-*.osm.pbf"))
    for number, file in enumerate(files):
        door.read(file).save(tmp_path / f"{number}.parquet")
    joined = door.read(tmp_path)
    one, other = (
        sorted(zip(s["way_id"], s["u"], s["v"], s.geometry.to_wkb(), strict=True))
        for s in (whole.segments, joined.segments)
    )
    assert one == other
    assert joined.restrictions.equals(whole.restrictions)


def roads_of(folder: Path, *texts: str) -> Roads:
    return door.read(
        [road_files.write(folder / f"{i}.osm.pbf", text) for i, text in enumerate(texts)]
    )


NODES = "".join(f"n{i} v1 dV x{i * 0.001:.3f} y0\n" for i in range(1, 10))


@pytest.mark.parametrize("turned", [False, True])
def test_N7_the_newest_version_of_a_way_wins(tmp_path: Path, turned: bool) -> None:
    older = NODES + "w5 v1 dV Thighway=residential,name=Old Nn1,n2,n3,n4\n"
    newer = NODES + "w5 v2 dV Thighway=primary,name=New Nn1,n2\nw6 v1 dV Thighway=primary Nn2,n3\n"
    texts = (newer, older) if turned else (older, newer)
    segments = roads_of(tmp_path, *texts).segments
    assert segments["name"].tolist()[0] == "New"
    assert segments[["way_id", "u", "v"]].to_numpy().tolist() == [[5, 1, 2], [6, 2, 3]]


def test_N7_a_moved_node_stands_where_the_newest_file_has_it(tmp_path: Path) -> None:
    old = "n1 v1 dV t2020-01-01T00:00:00Z x0 y0\nn2 v1 dV t2020-01-01T00:00:00Z x0.001 y0\n"
    new = "n2 v2 dV t2024-01-01T00:00:00Z x0.0011 y0\nn3 v1 dV t2024-01-01T00:00:00Z x0.002 y0\n"
    segments = roads_of(
        tmp_path,
        old + "w1 v1 dV t2020-01-01T00:00:00Z Thighway=primary Nn1,n2\n",
        new + "w2 v1 dV t2024-01-01T00:00:00Z Thighway=primary Nn2,n3\n",
    ).segments
    assert segments.geometry.iloc[0].coords[-1] == segments.geometry.iloc[1].coords[0]
    assert segments.geometry.iloc[0].coords[-1][0] == pytest.approx(0.0011)


def test_N7_files_that_number_alike_by_chance_stay_apart(tmp_path: Path) -> None:
    here = "n1 v1 dV x0 y0\nn2 v1 dV x0.001 y0\nw1 v1 dV Thighway=primary,name=A Nn1,n2\n"
    there = "n1 v1 dV x3 y0\nn2 v1 dV x3.001 y0\nw1 v1 dV Thighway=primary,name=B Nn1,n2\n"
    roads = roads_of(tmp_path, here, there)
    assert sorted(roads.segments["name"]) == ["A", "B"]
    assert roads.segments["length_m"].max() < 200
    assert len({*roads.segments["u"], *roads.segments["v"]}) == 4
    assert roads.meta["counts"]["ways_numbered_alike"] == 1
    assert roads.meta["counts"]["nodes_numbered_alike"] == 2


def test_N7_the_same_file_twice_is_one(tmp_path: Path) -> None:
    file = road_files.write(tmp_path / "town.osm.pbf")
    copy = tmp_path / "copy.osm.pbf"
    copy.write_bytes(file.read_bytes())
    assert same(door.read([file, copy, file]), door.read(file))


def test_N7_a_way_that_crosses_the_border_three_times() -> None:
    xy = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [3, 1], [2, 1], [1, 1], [0, 1.0]]) * 0.001
    west, east = np.array([0, 1, 6, 7]), np.array([2, 3, 4, 5])
    merged = interleave.interleave(west, east, xy, 5000.0)
    assert merged is not None
    assert merged.tolist() == list(range(8))
    assert interleave.interleave(west, east, xy * 1000, 5000.0) is None


def test_N7_a_folder_without_roads_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cameras.csv").write_text("id\n")
    with pytest.raises(InputError, match="no road file"):
        door.read(tmp_path)
    with pytest.raises(InputError, match="no road network"):
        door.read(3)


def test_N8_tiles_hold_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes, ways = grid()
    lines = [way_line(w, n, refs, 1) for w, (n, refs) in ways.items()]
    roads = door.read(write(tmp_path / "whole.osm.pbf", nodes, lines))
    monkeypatch.setattr(dataset, "FILE_ROWS", 10)
    monkeypatch.setattr(dataset, "GROUP_ROWS", 4)
    files = dataset.save_tiles(roads, tmp_path / "tiles")
    tables = [f for f in files if f.name.startswith("roads-") and f.suffix == ".parquet"]
    assert len(tables) == -(-len(roads.segments) // 10)
    back = door.read(tmp_path / "tiles")
    assert same(back, roads)
    assert back.meta == roads.meta
    first = [f.read_bytes() for f in files]
    assert [f.read_bytes() for f in dataset.save_tiles(roads, tmp_path / "tiles")] == first
    box = (0.001, 0.001, 0.015, 0.015)
    assert same(door.read(tmp_path / "tiles", box), roads.cut(area_box(box)))
    geo = json.loads(pq.read_schema(tables[0]).metadata[b"geo"])
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    tables[0].unlink()
    with pytest.raises(InputError):
        door.read(tmp_path / "tiles")


def test_N8_the_command_takes_several_and_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from alprmap.cli import app, common

    parts = extracts(tmp_path, [4], "clipped", 1)
    monkeypatch.chdir(tmp_path)
    words = ["alprmap", "roads", *(p.name for p in parts), "--out", "roads", "--json"]
    monkeypatch.setattr("sys.argv", words)
    assert common.run(app) == 0
    assert json.loads(capsys.readouterr().out)["segments"] == 37
    place = ["alprmap", "locate", "Street 1 at Avenue 6", "--roads", "roads", "--json"]
    monkeypatch.setattr("sys.argv", place)
    assert common.run(app) == 0
    assert json.loads(capsys.readouterr().out)["lon"] == pytest.approx(0.06)
