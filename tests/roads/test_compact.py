"""The graph of a folder of tiles is that of its network, and answers what the whole network is
asked alike (rules N8, G1, G2; C2, C4, C6, R3, R4)."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alprmap.coverage import readers, trips, unread
from alprmap.coverage import tracked_corridors as corridors
from alprmap.errors import InputError
from alprmap.merge import open_cameras
from alprmap.reach.network import drives
from alprmap.roads import (
    Graph,
    Outline,
    Roads,
    dataset,
    has_graph,
    read,
    read_outline,
    save_tiles,
    tiles_in,
    tiles_of_extracts,
)
from alprmap.shipped import data_path
from alprmap.watch import watch


@pytest.fixture(scope="module")
def columbus(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Roads, Outline]:
    """A city with turn restrictions: whole, and as a folder that is read in part."""
    whole = read(shared / "roads" / "columbus-oh.osm.pbf")
    folder = tmp_path_factory.mktemp("roads") / "columbus"
    save_tiles(whole, folder)
    return whole, read_outline(folder)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("roads") / "demo"
    save_tiles(read(data_path("demo/roads.osm.pbf")), folder)
    return folder


def same_graph(one: Graph, other: Graph) -> None:
    for name in (f.name for f in fields(Graph)):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
        # narrower numbers would overflow where two are multiplied
        types = (np.asarray(getattr(g, name)).dtype for g in (one, other))
        assert len(set(types)) == 1, name


def test_N8_the_graph_in_the_folder_is_the_graph(columbus: tuple[Roads, Outline]) -> None:
    whole, outline = columbus
    graph = whole.graph()
    assert graph.n_nodes > graph.n_base
    same_graph(outline.graph(), graph)
    mapped = {"head": 4, "word": 4, "length": 8, "speed": 2}
    sizes = {n: (outline.folder / f"graph-{n}.bin").stat().st_size for n in mapped}
    assert sizes == {n: size * graph.n_arcs for n, size in mapped.items()}
    assert sum(mapped.values()) + 1 <= 24


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    if "geometry" in other.columns:
        assert one["geometry"].to_wkb().equals(other["geometry"].to_wkb())
    pd.testing.assert_frame_equal(
        pd.DataFrame(one).drop(columns="geometry", errors="ignore"),
        pd.DataFrame(other).drop(columns="geometry", errors="ignore"),
        check_exact=True,
    )


@pytest.mark.slow
def test_N8_what_is_asked_of_the_whole_network_is_answered_alike(
    columbus: tuple[Roads, Outline], shared: Path
) -> None:
    whole, outline = columbus
    opened = open_cameras(shared / "cameras" / "us-2025-10-Ohio.geojson")
    watches = watch(opened.table, opened.views, whole).watches
    assert len(watches) > 100
    found = [corridors.tracked(watches, net, certainty=False) for net in (outline, whole)]
    same(found[0].corridors, found[1].corridors)
    same(found[0].steps, found[1].steps)
    same(found[0].table, found[1].table)
    zones = [unread.unread_zones(watches, net) for net in (outline, whole)]
    same(zones[0].summary, zones[1].summary)
    same(zones[0].zones, zones[1].zones)
    assert zones[0].lines(outline).to_wkb().equals(zones[1].lines(whole).to_wkb())
    same(unread.chokepoints(zones[0], outline), unread.chokepoints(zones[1], whole))
    driven = []
    for graph in (outline.graph(), whole.graph()):
        rng = np.random.default_rng(5)
        a, b = rng.integers(graph.n_base, size=(2, 40))
        spots = {"from_lon": graph.lon[a], "from_lat": graph.lat[a]}
        spots |= {"to_lon": graph.lon[b], "to_lat": graph.lat[b]}
        table, _ = trips.pairs(pd.DataFrame(spots), graph)
        driven.append(trips.drive(table, readers.place_readers(watches, graph)))
    same(driven[0].table, driven[1].table)
    same(driven[0].passes, driven[1].passes)


def test_N8_R3_R4_drives_on_a_folder_are_those_on_the_network(
    columbus: tuple[Roads, Outline], shared: Path
) -> None:
    whole, outline = columbus
    opened = open_cameras(shared / "cameras" / "us-2025-10-Ohio.geojson")
    graph = whole.graph()
    some = np.array([10, graph.n_base // 2])
    ports = pd.DataFrame({"name": ["a", "b"], "lon": graph.lon[some], "lat": graph.lat[some]})
    land = pd.Series(np.arange(len(opened.table), dtype=float), opened.table["camera_id"])
    args = (opened.table, opened.table, opened.views)
    made = [
        drives(*args, net, to_land_m=land, ports=ports, gaps_km=(2.0, 8.0))
        for net in (outline.folder, whole)
    ]
    assert made[1].table["road_to_port_m"].notna().sum() > 20
    assert made[1].corridors["n_cameras"].max() > 5
    same(made[0].table, made[1].table)
    same(made[0].links, made[1].links)
    same(made[0].corridors, made[1].corridors)


def test_N8_a_network_without_turn_restrictions(demo: Path, tmp_path: Path) -> None:
    whole = read(demo)
    plain = Roads(whole.segments, whole.restrictions.iloc[:0], whole.meta)
    save_tiles(plain, tmp_path / "roads")
    same_graph(read_outline(tmp_path / "roads").graph(), plain.graph())


@pytest.mark.parametrize("name", ["head", "word", "length", "speed", "first", "twin", "lon", "lat"])
def test_N8_a_graph_that_points_elsewhere_is_refused(demo: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "roads"
    folder.mkdir()
    for path in demo.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    outline = read_outline(folder)
    same_graph(outline.graph(), read(demo).graph())
    file = folder / f"graph-{name}.bin"
    data = file.read_bytes()
    file.write_bytes(b"\xff" * len(data) if data else b"\xff\xff\xff\xff")
    with pytest.raises(InputError, match="damaged"):
        outline.graph()
    file.write_bytes(data[:-1] if data else b"\0")
    with pytest.raises(InputError, match="another size"):
        outline.graph()


@pytest.mark.parametrize("change", [{"arcs": -1}, {"nodes": "x"}, {"speeds_kmh": [0.0]}, None])
def test_N8_sizes_that_cannot_be_are_refused(demo: Path, tmp_path: Path, change: object) -> None:
    folder = tmp_path / "roads"
    folder.mkdir()
    for path in demo.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    about = json.loads((folder / "roads.json").read_text())
    about["graph"] = {**about["graph"], **change} if isinstance(change, dict) else [1]
    (folder / "roads.json").write_text(json.dumps(about))
    with pytest.raises(InputError, match="damaged"):
        read_outline(folder).graph()


def test_N8_a_folder_without_a_graph_is_still_a_network(demo: Path, tmp_path: Path) -> None:
    whole = read(demo)
    save_tiles(whole, tmp_path / "roads")
    assert has_graph(tmp_path / "roads")
    save_tiles(whole, tmp_path / "roads", graph=False)
    assert not has_graph(tmp_path / "roads")
    assert not list((tmp_path / "roads").glob("graph-*"))
    assert read(tmp_path / "roads").segments.equals(whole.segments)


def test_N8_an_outline_gives_the_segments_it_is_asked_for(tmp_path: Path) -> None:
    roads = read(data_path("demo/roads.osm.pbf"))
    save_tiles(roads, tmp_path / "roads")
    outline = read_outline(tmp_path / "roads")
    ids = np.random.default_rng(8).choice(roads.segments["segment_id"], 50, replace=False)
    some = outline.full(np.r_[ids, ids]).segments
    whole = roads.segments[roads.segments["segment_id"].isin(ids)].reset_index(drop=True)
    assert some["segment_id"].tolist() == sorted(ids)
    assert some.geometry.to_wkb().tolist() == whole.geometry.to_wkb().tolist()
    assert some["name"].fillna("").tolist() == whole["name"].fillna("").tolist()
    assert len(outline.full(np.zeros(0, np.int64)).segments) == 0


def read_back(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("rows", [25, 10_000])
def test_N8_a_folder_made_of_extracts_is_that_of_the_network(
    tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "FILE_ROWS", rows)
    extract = data_path("demo/roads.osm.pbf")
    whole = read(extract)
    save_tiles(whole, tmp_path / "one")
    tiles_of_extracts([extract], tmp_path / "other")
    assert read_back(tmp_path / "one") == read_back(tmp_path / "other")
    same_graph(read_outline(tmp_path / "other").graph(), whole.graph())


def test_N7_N8_a_folder_made_of_several_extracts(shared: Path, tmp_path: Path) -> None:
    files = sorted((shared / "roads" / "two-extracts").glob("columbus-clipped-*.osm.pbf"))
    whole = read(files)
    save_tiles(whole, tmp_path / "one")
    tiles_of_extracts(files, tmp_path / "other")
    assert read_back(tmp_path / "one") == read_back(tmp_path / "other")
    same_graph(read_outline(tmp_path / "other").graph(), whole.graph())


def test_N8_files_out_of_reach_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "FILE_ROWS", 100)
    whole = read(data_path("demo/roads.osm.pbf"))
    folder = tmp_path / "roads"
    save_tiles(whole, folder)
    first = whole.segments[whole.segments["segment_id"] == 5].total_bounds
    box = tuple(first.tolist())
    near = pd.concat(list(tiles_in(folder, box)))
    about = json.loads((folder / "roads.json").read_text())
    assert len(about["boxes"]) == len(about["files"]) > 2
    away = [name for name, b in zip(about["files"], about["boxes"], strict=True)
            if b[0] > box[2] + 1e-5 or b[2] < box[0] - 1e-5 or b[1] > box[3] + 1e-5 or b[3] < box[1] - 1e-5]  # fmt: skip
    assert away
    for name in away:
        (folder / name).write_bytes(b"not looked at")
    pd.testing.assert_frame_equal(pd.concat(list(tiles_in(folder, box))), near)
    for bad in ([[0, 0, 0]], "x", [[None] * 3] * len(about["files"]), about["boxes"][1:]):
        (folder / "roads.json").write_text(json.dumps({**about, "boxes": bad}))
        with pytest.raises(InputError, match="damaged"):
            list(tiles_in(folder, box))
