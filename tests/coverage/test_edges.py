"""Edges (C0): roads and readers of a margin are kept, and measured is what lies inside."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_nets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from alprmap import coverage
from alprmap.cli import app
from alprmap.coverage import unread
from alprmap.coverage.reader_corridors import reader_corridors
from alprmap.coverage.tracked_corridors import tracked
from alprmap.errors import UsageError
from alprmap.geography import area_box
from alprmap.roads import Roads

BOX = (-97.05, 31.95, -97.0, 32.0)


@pytest.mark.slow
@given(small_nets.towns(), st.data())
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_C0_two_halves_measured_inside_make_the_whole(
    town: tuple[Roads, pd.DataFrame], data: st.DataObject
) -> None:
    net, watches = town
    half = np.array(data.draw(st.lists(st.booleans(), min_size=len(net.segments),
                                       max_size=len(net.segments))))  # fmt: skip
    both = [replace(net, segments=net.segments.assign(inside=x)) for x in (half, ~half)]
    for name, make in (
        ("road_km", lambda n: reader_corridors(watches, n, radii_m=(300.0,)).table),
        ("read_road_km", lambda n: reader_corridors(watches, n, radii_m=(300.0,)).table),
        ("read_travel_km", lambda n: reader_corridors(watches, n, radii_m=(300.0,)).table),
        ("road_km", lambda n: tracked(watches, n, certainty=False).table),
    ):
        whole, first, second = (
            t.loc[t["highway"] == "all", name].to_numpy() for t in map(make, (net, *both))
        )
        assert whole == pytest.approx(first + second)
    zones = [unread.unread_zones(watches, n).summary for n in (net, *both)]
    for name in ("travel_km", "unread_travel_km", "largest_travel_km"):
        whole, first, second = (z[name].to_numpy() for z in zones)
        assert whole == pytest.approx(first + second)


@given(st.floats(0, 60), st.floats(-60, 60))
def test_C0_a_margin_holds_what_lies_within_it(margin_km: float, lat: float) -> None:
    area = area_box((10.0, lat, 10.5, lat + 0.5))
    west, south, east, north = coverage.grown(area, margin_km).bounds
    from alprmap import geo

    for a, b in (((10.0, lat), (west, lat)), ((10.5, lat), (east, lat)),
                 ((10.2, lat), (10.2, south)), ((10.2, lat + 0.5), (10.2, north))):  # fmt: skip
        assert float(geo.distance_m(*a, *b)) >= 1000 * margin_km * 0.999 - 1e-6
    for wrong in (-1.0, 500.0, float("nan")):
        with pytest.raises(UsageError):
            coverage.grown(area, wrong)


@pytest.mark.parametrize(
    ("around_km", "margin_km", "words"),
    [
        (10.0, 10.0, "measured inside"),
        (3.0, 10.0, "the roads given end before that"),
        (3.0, 0.0, "nothing is kept around"),
    ],
)
def test_C0_an_extract_that_ends_at_the_edge_is_said_to(
    around_km: float, margin_km: float, words: str
) -> None:
    net = _cross(around_km)
    text = coverage.edge_sentence(net, area_box(BOX), margin_km)
    assert words in text
    assert ("before that" in text) == (around_km < 0.9 * margin_km)
    assert "end where the roads given end" in coverage.edge_sentence(net, None, margin_km)


def _cross(around_km: float) -> Roads:
    """Two roads that reach so far beyond `BOX` on each side."""
    import geopandas as gpd
    import shapely

    from alprmap import geo, schema
    from alprmap.roads.network import restrictions_frame

    outer = coverage.grown(area_box(BOX), around_km).bounds
    # a junction a little beyond the edge, so that no piece reaches from the inside to the end
    inner = coverage.grown(area_box(BOX), 0.3).bounds
    x, y = (BOX[0] + BOX[2]) / 2, (BOX[1] + BOX[3]) / 2
    spots = {0: (x, y)}
    for ring, (west, south, east, north) in enumerate((inner, outer)):
        ends = ((west, y), (east, y), (x, south), (x, north))
        spots |= {1 + 4 * ring + i: end for i, end in enumerate(ends)}
    pairs = [(0, i) for i in range(1, 5)] + [(i, i + 4) for i in range(1, 5)]
    table = gpd.GeoDataFrame(
        {
            "segment_id": range(8),
            "way_id": range(8),
            "u": [a for a, _ in pairs],
            "v": [b for _, b in pairs],
            "highway": "primary",
            "forward": True,
            "backward": True,
        },
        geometry=[shapely.LineString([spots[a], spots[b]]) for a, b in pairs],
        crs=4326,
    )
    table["length_m"] = geo.length_m(table.geometry.to_numpy())
    return Roads(schema.conform(table, "segments"), restrictions_frame([]), {})


def test_C0_margin_keeps_a_reader_beyond_the_edge(tmp_path: Path) -> None:
    net = _cross(3.0)
    net.save(tmp_path / "roads.parquet")
    # a reader 1.9 km east of the box reads eastbound traffic on the road that leaves it
    _, south, east, north = BOX
    frame = pd.DataFrame(
        {"id": ["a"], "lat": [(south + north) / 2], "lon": [east + 0.02], "direction": [90],
         "operator": ["X PD"], "device": ["ALPR"]}
    )  # fmt: skip
    frame.to_csv(tmp_path / "cams.csv", index=False)
    area = ",".join(str(v) for v in BOX)
    made = [
        CliRunner().invoke(
            app,
            ["coverage", str(tmp_path / "cams.csv"), "--roads", str(tmp_path / "roads.parquet"),
             "--area", area, "--margin", margin, "--draws", "0", "--json"],
        )
        for margin in ("0", "10km")
    ]  # fmt: skip
    # without a margin nobody stands near these roads; with it the reader counts on the road inside
    assert made[0].exit_code == 1
    assert "no camera is left" in str(made[0].exception)
    assert made[1].exit_code == 0, made[1].output
    told = json.loads(made[1].stdout)
    assert told["set_aside"] == {}
    assert told["standing"] == 1
    assert told["headline"]["mid"]["c1_road_share_5km"] > 0
    assert told["about"]["margin_km"] == 10.0
    assert told["about"]["cameras_inside_area"] == 0
    assert "before that" in told["about"]["edge"]


def test_C0_no_road_inside_is_refused() -> None:
    with pytest.raises(UsageError):
        coverage.measured_inside(_cross(1.0), area_box((0.0, 0.0, 1.0, 1.0)))
    inside = coverage.measured_inside(_cross(1.0), area_box(BOX)).segments["inside"]
    assert inside.tolist() == [True] * 4 + [False] * 4
