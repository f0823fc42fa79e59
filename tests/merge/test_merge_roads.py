"""The merge with roads: reports beside opposite carriageways are two cameras."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from shapely import LineString
from test_merge import HERE, report, scene

from alprmap import geo, schema
from alprmap.merge import merge
from alprmap.merge.carriageway import carriageways


def roads(*lines: tuple[float, bool, bool, bool]) -> SimpleNamespace:
    """Straight roads of 2 km: (meters east, drawn northward, forward, backward)."""
    rows = []
    for i, (east, north, forward, backward) in enumerate(lines):
        x, y0 = (float(v) for v in geo.destination(*HERE, 90.0, east))
        ends = [(x, y0 - 0.009), (x, y0), (x, y0 + 0.009)]
        rows.append(
            {"segment_id": i, "way_id": i, "u": 2 * i, "v": 2 * i + 1, "highway": "motorway", "name": None,
             "ref": None, "length_m": 2000.0, "forward": forward, "backward": backward,
             "geometry": LineString(ends if north else ends[::-1])}
        )  # fmt: skip
    return SimpleNamespace(
        segments=schema.conform(gpd.GeoDataFrame(rows, crs="EPSG:4326"), "segments")
    )


# northbound drawn north at 12 m east, southbound drawn south 12 m west
DIVIDED = roads((12.0, True, True, False), (-12.0, False, True, False))


def test_M3_opposite_carriageways_are_two_cameras() -> None:
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
    assert carriageways(reports, np.array([10.0]), backward_only).iloc[0] == pytest.approx(
        180.0, abs=0.1
    )
    # a two-way road nearer than the one-way one says nothing
    mixed = roads((4.0, True, True, True), (20.0, True, True, False))
    assert carriageways(reports, np.array([10.0]), mixed).isna().all()


def test_no_reports_and_no_roads() -> None:
    nothing = SimpleNamespace(segments=schema.empty("segments"))
    assert len(merge(scene(report("a", "1")), roads=nothing).cameras) == 1
    assert len(merge(schema.empty("reports"), roads=DIVIDED).cameras) == 0
    lost = scene(report("a", "1", lon=np.nan, lat=np.nan))
    assert pd.isna(carriageways(lost, np.array([10.0]), DIVIDED).iloc[0])


@pytest.mark.parametrize(
    ("east", "error", "told"),
    [(29.95, 10.0, True), (30.5, 10.0, False), (5.0, 15.0, True), (5.0, 15.5, False)],
)
def test_a_road_is_beside_up_to_30_m_of_a_sharp_point(
    east: float, error: float, told: bool
) -> None:
    found = carriageways(
        scene(report("a", "1", east=east)), np.array([error]), roads((0.0, True, True, False))
    )
    assert found.notna().tolist() == [told]


def test_a_report_beyond_the_end_of_a_road_is_as_far_as_its_end() -> None:
    road = roads((0.0, True, True, False))
    x, y = HERE
    road.segments["geometry"] = [LineString([(x, y - 0.001), (x, y)])]
    for north, told in ((25.0, True), (35.0, False)):
        rows = scene(report("a", "1", north=north))
        assert carriageways(rows, np.array([10.0]), road).notna().tolist() == [told]


def nearest_by_hand(
    lon: float, lat: float, lines: list[LineString]
) -> tuple[int, float, float, float]:
    """Return (line, meters, meters of the next piece, azimuth of the piece) by an azimuthal map and
    a geodesic."""
    plane = pyproj.Transformer.from_crs(
        "EPSG:4326", f"+proj=aeqd +lon_0={lon} +lat_0={lat}", always_xy=True
    )
    pieces = []
    for i, line in enumerate(lines):
        for a, b in zip(line.coords, line.coords[1:], strict=False):
            flat = LineString([plane.transform(*a), plane.transform(*b)])
            azimuth = pyproj.Geod(ellps="WGS84").inv(*a, *b)[0]
            pieces.append((shapely.distance(flat, shapely.Point(0, 0)), i, azimuth % 360))
    pieces.sort()
    return pieces[0][1], pieces[0][0], pieces[1][0], pieces[0][2]


@pytest.mark.parametrize("lat", [27.5, -48.0, 66.0])
def test_the_carriageway_is_that_of_the_nearest_piece_of_all(lat: float) -> None:
    random = np.random.default_rng(5)
    geod = pyproj.Geod(ellps="WGS84")

    def around(lon: float, meters: float) -> tuple[float, float]:
        there = geod.fwd(lon, lat, random.uniform(0, 360), random.uniform(0, meters))
        return float(there[0]), float(there[1])

    lines, spots = [], []
    for k in range(30):  # places 400 m apart, each with a few roads and a few reports
        lon = k * 0.01
        lines += [
            LineString([around(lon, 60) for _ in range(random.integers(2, 6))]) for _ in range(3)
        ]
        spots += [around(lon, 60) for _ in range(4)]
    flags = random.random((len(lines), 2)) < 0.6
    rows = [{"segment_id": i, "way_id": i, "u": 0, "v": 1, "highway": "primary", "name": None, "ref": None,
             "length_m": 1.0, "forward": f, "backward": b, "geometry": g}
            for i, (g, (f, b)) in enumerate(zip(lines, flags.tolist(), strict=True))]  # fmt: skip
    net = SimpleNamespace(
        segments=schema.conform(gpd.GeoDataFrame(rows, crs="EPSG:4326"), "segments")
    )
    reports = scene(*(report("a", str(i), lon=x, lat=y) for i, (x, y) in enumerate(spots)))
    found = carriageways(reports, np.full(len(reports), 10.0), net).to_numpy()
    told = 0
    for (x, y), got in zip(spots, found, strict=True):
        line, meters, next_meters, azimuth = nearest_by_hand(x, y, lines)
        if next_meters - meters < 0.01:
            continue
        forward, backward = flags[line]
        if forward == backward or meters > 30:
            assert np.isnan(got)
        else:
            told += 1
            wanted = azimuth if forward else azimuth + 180
            assert geo.angle_between_deg(got, wanted) == pytest.approx(0.0, abs=0.01)
    assert told > 20
