"""The merge with roads: reports beside opposite carriageways are two cameras."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString
from test_merge import HERE, report, scene

from alprmap import geo, schema
from alprmap.merge import merge
from alprmap.merge.carriageway import carriageways


def roads(*lines: tuple[float, bool, bool, bool]) -> SimpleNamespace:
    """Straight roads of 2 km: (metres east, drawn northward, forward, backward)."""
    rows = []
    for i, (east, north, forward, backward) in enumerate(lines):
        x, y0 = (float(v) for v in geo.destination(*HERE, 90.0, east))
        ends = [(x, y0 - 0.009), (x, y0), (x, y0 + 0.009)]
        rows.append(
            {"segment_id": i, "way_id": i, "u": 2 * i, "v": 2 * i + 1, "highway": "motorway", "name": None,
             "ref": None, "length_m": 2000.0, "forward": forward, "backward": backward,
             "geometry": LineString(ends if north else ends[::-1])}
        )  # fmt: skip
    return SimpleNamespace(segments=schema.conform(gpd.GeoDataFrame(rows, crs="EPSG:4326"), "segments"))


# northbound drawn north at 12 m east, southbound drawn south 12 m west
DIVIDED = roads((12.0, True, True, False), (-12.0, False, True, False))


def test_opposite_carriageways_are_two_cameras() -> None:
    both = scene(report("a", "1", east=18), report("b", "1", east=-8))
    assert len(merge(both).cameras) == 1
    assert len(merge(both, roads=DIVIDED).cameras) == 2
    near = scene(report("a", "1", east=18), report("b", "1", east=8))
    assert len(merge(near, roads=DIVIDED).cameras) == 1


def test_a_stated_direction_of_travel_finds_its_carriageway() -> None:
    record = {"located_by": "crossing", "evidence": "record"}
    rows = scene(
        report("rec", "nb", travel_deg=2.0, **record), report("rec", "sb", travel_deg=181.0, **record),
        report("osm", "node/1", east=18), report("osm", "node/2", east=-18),
    )  # fmt: skip
    links = merge(rows, roads=DIVIDED).links.set_index("report_id")["camera_id"]
    assert links["rec:nb"] == links["osm:node/1"]
    assert links["rec:sb"] == links["osm:node/2"]


@pytest.mark.parametrize(
    ("east", "error", "expected"),
    [(18.0, 10.0, 0.0), (-18.0, 10.0, 180.0), (18.0, 40.0, np.nan), (50.0, 10.0, np.nan)],
)
def test_the_carriageway_beside_a_report(east: float, error: float, expected: float) -> None:
    reports = scene(report("a", "1", east=east))
    found = carriageways(reports, np.array([error]), DIVIDED)
    assert found.index.equals(reports.index)
    if np.isnan(expected):
        assert np.isnan(found.iloc[0])
    else:
        assert geo.angle_between_deg(found.iloc[0], expected) == pytest.approx(0.0, abs=0.1)


def test_a_two_way_road_and_a_reversed_one_way_road() -> None:
    reports = scene(report("a", "1", east=5))
    two_way = roads((0.0, True, True, True))
    assert carriageways(reports, np.array([10.0]), two_way).isna().all()
    backward_only = roads((0.0, True, False, True))
    assert carriageways(reports, np.array([10.0]), backward_only).iloc[0] == pytest.approx(180.0, abs=0.1)
    # a two-way road nearer than the one-way one says nothing
    mixed = roads((4.0, True, True, True), (20.0, True, True, False))
    assert carriageways(reports, np.array([10.0]), mixed).isna().all()


def test_no_reports_and_no_roads() -> None:
    nothing = SimpleNamespace(segments=schema.empty("segments"))
    assert len(merge(scene(report("a", "1")), roads=nothing).cameras) == 1
    assert len(merge(schema.empty("reports"), roads=DIVIDED).cameras) == 0
    lost = scene(report("a", "1", lon=np.nan, lat=np.nan))
    assert pd.isna(carriageways(lost, np.array([10.0]), DIVIDED).iloc[0])
