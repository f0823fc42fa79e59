"""Roads for OSMnx: graph, frames and watches name the same edge alike; its files come in again."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import roads, schema
from alprmap.errors import InputError
from alprmap.roads import edges_frame, nodes_frame, osmnx_io, with_edges


def frame(rows: list[tuple[int, int, bool, bool]]) -> gpd.GeoDataFrame:
    """Segments between numbered corners; parallel ones, loops and one-way ones are all allowed."""
    lines = [shapely.LineString([(u * 0.01, 0), (0.005 + i * 1e-4, 0.01), (v * 0.01, 0)]) for i, (u, v, *_) in enumerate(rows)]  # fmt: skip
    n = len(rows)
    table = {
        "segment_id": range(n), "way_id": range(100, 100 + n), "u": [r[0] for r in rows], "v": [r[1] for r in rows],
        "highway": "residential", "name": [None if i % 2 else f"Street {i}" for i in range(n)], "ref": None, "length_m": 10.0,
        "forward": [r[2] for r in rows], "backward": [r[3] for r in rows], "lanes": [2.0 if i % 3 else None for i in range(n)],
    }  # fmt: skip
    return schema.conform(gpd.GeoDataFrame(table, geometry=lines, crs=4326), "segments")


corners = st.integers(1, 4)
ways = st.tuples(corners, corners, st.booleans(), st.booleans()).filter(lambda r: r[2] or r[3])


@settings(max_examples=40)
@given(st.lists(ways, min_size=1, max_size=12))
def test_N6_graph_frames_and_watches_name_an_edge_alike(
    rows: list[tuple[int, int, bool, bool]],
) -> None:
    pytest.importorskip("networkx")
    segments = frame(rows)
    edges = edges_frame(segments)
    graph = roads.Roads(segments, pd.DataFrame(), {}).to_osmnx()
    assert edges.index.is_unique
    assert len(edges) == graph.number_of_edges() == sum(r[2] + r[3] for r in rows)
    assert set(nodes_frame(segments).index) == set(graph.nodes)
    watches = pd.DataFrame(
        [(f"c{i}", s, t) for i, (s, t) in enumerate(zip(edges["segment_id"], edges["travel"], strict=True))],
        columns=["camera_id", "segment_id", "travel"],
    )  # fmt: skip
    for row in with_edges(watches, segments).to_dict("records"):
        data = graph.edges[row["u"], row["v"], row["key"]]
        assert (data["segment_id"], data["travel"]) == (row["segment_id"], row["travel"])
        assert data["reversed"] == (row["travel"] == "backward")
        at = segments.geometry[row["segment_id"]]
        assert data["geometry"].equals_exact(at.reverse() if data["reversed"] else at, 0)


def test_N6_a_watch_of_other_roads_is_said() -> None:
    one_way = frame([(1, 2, True, False)])
    wrong = pd.DataFrame({"camera_id": ["a"], "segment_id": [0], "travel": ["backward"]})
    with pytest.raises(InputError, match="segment 0 backward, which these roads lack"):
        with_edges(wrong, one_way)


@pytest.mark.parametrize("name", ["roads.gpkg", "roads.graphml"])
def test_N6_what_osmnx_saves_comes_in_again(tmp_path: Path, name: str) -> None:
    osmnx = pytest.importorskip("osmnx")
    segments = frame([(1, 2, True, True), (2, 3, True, False), (3, 1, True, True), (1, 2, False, True)])  # fmt: skip
    graph = roads.Roads(segments, pd.DataFrame(), {}).to_osmnx()
    path = tmp_path / name
    save = osmnx.save_graph_geopackage if path.suffix == ".gpkg" else osmnx.save_graphml
    # undirected is what OSMnx' GeoPackage is by itself; directed keeps both ways of a street
    save(graph, path, **({"directed": True} if path.suffix == ".gpkg" else {}))
    back = roads.read(path)
    assert int(back.segments["forward"].sum() + back.segments["backward"].sum()) == len(graph.edges)
    assert set(back.segments["name"].dropna()) == {"Street 0", "Street 2"}
    assert set(back.segments["way_id"]) == {100, 101, 102, 103}


def test_N6_osmnx_takes_our_frames(tmp_path: Path) -> None:
    osmnx = pytest.importorskip("osmnx")
    segments = frame([(1, 2, True, True), (2, 3, True, False)])
    graph = osmnx.graph_from_gdfs(nodes_frame(segments), edges_frame(segments))
    assert len(graph.edges) == 3
    assert osmnx_io.from_graph(graph)[0]["length_m"].gt(0).all()
