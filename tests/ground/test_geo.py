"""Geodesics and angles: against pyproj's Geod, against plain definitions, and at the seams."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import geo

LON, LAT = st.floats(-180, 180), st.floats(-89.9, 89.9)
ANGLE = st.floats(-1e4, 1e4)


def test_distance_is_geodesic_not_haversine() -> None:
    # New York to Los Angeles; the haversine figure is 3,935,746 m
    assert geo.distance_m(-74.006, 40.7128, -118.2437, 34.0522) == pytest.approx(
        3_944_422.2, abs=0.5
    )


def test_unknown_stays_unknown() -> None:
    meters = geo.distance_m([np.nan, 0.0], [0.0, 0.0], 1.0, 0.0)
    assert math.isnan(meters[0])
    assert meters[1] == pytest.approx(111_319.49, abs=0.01)
    assert math.isnan(geo.angle_between_deg(np.nan, 10.0))


def test_shapes_broadcast() -> None:
    assert geo.distance_m(np.zeros((2, 3)), 0.0, 1.0, 0.0).shape == (2, 3)
    assert geo.distance_m(0.0, 0.0, 1.0, 0.0).shape == ()


@given(LON, LAT, st.floats(0, 360), st.floats(0, 1_000_000))
def test_destination_is_the_inverse_of_distance(
    lon: float, lat: float, heading: float, far: float
) -> None:
    x, y = geo.destination(lon, lat, heading, far)
    assert geo.distance_m(lon, lat, x, y) == pytest.approx(far, abs=1e-3)


@given(ANGLE, ANGLE)
def test_angles(a: float, b: float) -> None:
    assert 0 <= geo.wrap_deg(a) < 360
    turn = float(geo.turn_deg(a, b))
    assert -180 <= turn < 180
    assert float(geo.angle_between_deg(a, b)) == pytest.approx(
        float(geo.angle_between_deg(b, a)), abs=1e-6
    )
    back = float(geo.angle_between_deg(a + turn, b))
    assert back == pytest.approx(0, abs=1e-6)


def test_a_tiny_negative_angle_is_not_360() -> None:
    assert geo.wrap_deg(-1e-16) == 0.0


@settings(max_examples=50)
@given(LON, st.floats(-75, 75), st.floats(0, 360), st.floats(0, 2000))
def test_the_tangent_plane_is_metric_everywhere(
    lon: float, lat: float, heading: float, far: float
) -> None:
    x, y = geo.destination(lon, lat, heading, far)
    east, north = geo.tangent_xy(x, y, lon, lat)
    assert math.hypot(east, north) == pytest.approx(far, rel=2e-3, abs=1e-3)
    if far > 1:
        assert geo.angle_between_deg(math.degrees(math.atan2(east, north)), heading) < 0.2


def test_the_tangent_plane_has_no_seam_at_the_antimeridian() -> None:
    east, north = geo.tangent_xy(-179.999, 52.0, 179.999, 52.0)
    assert east == pytest.approx(float(geo.distance_m(179.999, 52, -179.999, 52)), rel=1e-4)
    assert abs(north) < 1e-6


def test_ecef_chords_are_distances() -> None:
    a, b = geo.ecef([-99.0, -99.0], [27.0, 27.01])
    assert np.linalg.norm(a - b) == pytest.approx(
        float(geo.distance_m(-99, 27, -99, 27.01)), abs=1e-3
    )


def test_length_of_lines() -> None:
    lines = [
        shapely.LineString([(0, 0), (1, 0), (1, 1)]),
        shapely.LineString(),
        shapely.LineString([(0, 0), (0, 1)]),
    ]
    meters = geo.length_m(lines)
    assert meters == pytest.approx([111_319.491 + 110_574.389, 0, 110_574.389], abs=0.01)
    assert geo.length_m([]).tolist() == []


def test_metric_crs_measures_an_area() -> None:
    import geopandas as gpd

    crs = geo.metric_crs((-99.0, 27.0, -98.0, 28.0))
    points = gpd.GeoSeries(shapely.points([-98.5, -98.5], [27.5, 27.6]), crs="EPSG:4326").to_crs(
        crs
    )
    assert points.iloc[0].distance(points.iloc[1]) == pytest.approx(
        float(geo.distance_m(-98.5, 27.5, -98.5, 27.6)), abs=0.01
    )
