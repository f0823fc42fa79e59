"""The pages of a nation: a coarse one of the whole, and one of each state beside it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_nets
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.build.project import Project
from alprmap.build.state_pages import (
    drawn_roads,
    linked_states,
    wants_states,
    whole_page,
    write_states,
)
from alprmap.publish import MapData, coarse_layers, corridor_layers, write_map
from alprmap.publish.map import corridors
from alprmap.publish.map.data import Layer
from alprmap.roads import Roads

TOWNS = {"OH": (-83.0, 40.0), "IN": (-86.0, 40.0)}


def nation() -> MapData:
    """A block of streets in Ohio and one in Indiana, three cameras in each, and corridors along
    both and from one to the other."""
    block = {0: (0, 0), 1: (300, 0), 2: (300, 300), 3: (0, 300)}
    nodes, edges = {}, []
    for t, (lon, lat) in enumerate(TOWNS.values()):
        x0, y0 = small_nets.lonlat(0, 0)
        for n, (x, y) in block.items():
            dx, dy = np.subtract(small_nets.lonlat(x, y), (x0, y0))
            nodes[10 * t + n] = (lon + dx, lat + dy)
        edges += [(10 * t + a, 10 * t + b) for a, b in ((0, 1), (1, 2), (2, 3), (3, 0))]
    drawn = small_nets.roads(dict.fromkeys(nodes, (0, 0)), [(u, v, {}) for u, v in edges])
    lines = [shapely.LineString([nodes[u], nodes[v]]) for u, v in edges]
    roads = Roads(drawn.segments.set_geometry(lines, crs="EPSG:4326"), drawn.restrictions)
    rows = [
        {"camera_id": f"{state}-{k}", "lon": lon + 0.001 * k, "lat": lat, "state": state}
        for state, (lon, lat) in TOWNS.items()
        for k in range(3)
    ]
    reach = pd.DataFrame(rows)
    watches = pd.DataFrame(
        {
            "camera_id": reach["camera_id"],
            "segment_id": [0, 1, 2, 4, 5, 6],
            "travel": "forward",
            "offset_m": 10.0,
            "start_m": 5.0,
            "end_m": 15.0,
            "range_m": 20.0,
            "heading_deg": 90.0,
            "score": 1.0,
            "winner": True,
            "rule": "W1",
        }
    )
    across = shapely.LineString([TOWNS["OH"], TOWNS["IN"]])
    abroad = shapely.LineString([(-60.0, 30.0), (-60.1, 30.0)])
    named = {"text": ["I 70", "a road in no state"]}
    tracked = gpd.GeoDataFrame(named, geometry=[across, abroad], crs="EPSG:4326")
    near = roads.segments.assign(radius_m=500.0)[["name", "ref", "radius_m", "geometry"]]
    return MapData(
        title="A nation",
        cameras=reach.drop(columns="state"),
        reach=reach,
        segments=roads.segments,
        watches=watches,
        roads=roads,
        corridors=corridor_layers({"c1_stretches": near, "c2_strongest": tracked}),
    )


def project(pages: str | None = None) -> Project:
    about = {"name": "n", "title": "N", "pages": pages}
    sources = [{"id": "a", "path": "a.csv"}]
    return Project.model_validate({"project": about, "sources": sources})


def data_of(page: Path) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', page.read_text("utf-8")
    )
    assert found is not None
    value: dict[str, Any] = json.loads(found[1])
    return value


def test_P_a_nation_has_a_page_for_each_state_with_its_own_cameras_and_roads(
    tmp_path: Path,
) -> None:
    data = nation()
    assert write_states(tmp_path, data) == 2
    write_map(whole_page(data), tmp_path / "index.html")
    whole = data_of(tmp_path / "index.html")
    assert whole["cameras"]["n"] == 6
    assert "trip" not in whole
    assert "roads" not in [layer["id"] for layer in whole["layers"]]
    links = [(p["name"], p["href"], p["cameras"]) for p in whole["meta"]["pages"]]
    assert links == [("Indiana", "states/in.html", 3), ("Ohio", "states/oh.html", 3)]
    for _, href, cameras in links:
        page = tmp_path / href
        one = data_of(page)
        assert one["meta"]["back"]["href"] == "../index.html"
        assert one["cameras"]["n"] == cameras
        assert one["trip"]["arcs"]["n"] == 8
        layers = {layer["id"]: layer for layer in one["layers"]}
        # the corridor across the line is on both pages
        assert {"roads", "watched", "corridor-reader", "corridor-tracked"} <= set(layers)
    assert "default-src 'none'" in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize(
    ("pages", "segments", "states", "wanted"),
    [
        (None, 8, 2, False),
        ("states", 8, 2, True),
        ("one", 200_000, 2, False),
        (None, 200_000, 2, True),
        (None, 200_000, 1, False),
    ],
)
def test_P_pages_by_state_come_with_many_roads_or_when_asked_for(
    pages: str | None, segments: int, states: int, wanted: bool
) -> None:
    data = nation()
    assert data.segments is not None
    assert data.reach is not None
    many = data.segments.iloc[np.arange(segments) % len(data.segments)]
    reach = data.reach.head(3 * states)
    assert wants_states(project(pages), replace(data, segments=many, reach=reach)) == wanted


def test_P_a_camera_in_no_state_is_on_the_page_of_the_whole_alone() -> None:
    data = nation()
    assert data.reach is not None
    nowhere = replace(data, reach=data.reach.assign(state=["OH", "OH", "OH", None, None, None]))
    assert [p.state for p in linked_states(nowhere)] == ["OH"]
    assert len(whole_page(nowhere).cameras) == 6


@given(
    lines=st.lists(
        st.lists(st.tuples(st.floats(-100, -99.9), st.floats(40, 40.1)), min_size=2, max_size=6),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=40)
def test_P_coarse_lines_stay_within_a_step_of_the_fine_ones(
    lines: list[list[tuple[float, float]]],
) -> None:
    drawn = [shapely.LineString([*xy, (xy[0][0] + 0.001, xy[0][1])]) for xy in lines]
    frame = gpd.GeoDataFrame(geometry=drawn, crs="EPSG:4326")
    coarse = coarse_layers({"reader": Layer("Near", frame, "reader")})["reader"].frame
    step = corridors.COARSE_DEG
    fine, made = shapely.union_all(drawn), shapely.union_all(coarse.geometry.to_numpy())
    assert shapely.hausdorff_distance(fine, made, densify=0.1) < 1.5 * step
    # each step once
    parts = shapely.get_parts(coarse.geometry.to_numpy())
    assert shapely.length(parts).sum() <= shapely.length(drawn).sum() * 1.5 + len(lines) * step


def test_P_more_steps_than_a_page_holds_are_drawn_on_a_coarser_grid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(corridors, "MOST_STEPS", 20)
    zigzag = shapely.LineString([(-100 + 0.01 * k, 40 + 0.01 * (k % 2)) for k in range(200)])
    frame = gpd.GeoDataFrame(geometry=[zigzag], crs="EPSG:4326")
    (made,) = coarse_layers({"reader": Layer("Near", frame, "reader")}).values()
    assert len(shapely.get_coordinates(made.frame.geometry.to_numpy())) <= 2 * 20


def test_P_a_page_of_too_many_roads_leaves_out_the_small_ones_but_those_that_are_read() -> None:
    kinds = ["motorway", "primary_link", "residential", "residential", "track", None]
    table = pd.DataFrame({"segment_id": range(6), "highway": pd.Series(kinds, dtype="str")})
    some, smallest = drawn_roads(table, {4}, most=3)
    assert some["segment_id"].tolist() == [0, 1, 4]
    assert smallest == "primary"
    assert drawn_roads(table, {4}, most=6)[1] == ""
    # motorways are drawn however many they are
    assert drawn_roads(table, set(), most=0)[0]["segment_id"].tolist() == [0]
