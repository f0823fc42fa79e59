"""Places on roads are found in meters: at 60° N a degree of longitude is half one of latitude."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from shapely import LineString

from alprmap.locate.crossings import Net
from alprmap.locate.ramps import Path

GEOD = pyproj.Geod(ellps="WGS84")
HERE = (10.0, 60.0)


def there(east: float, north: float) -> tuple[float, float]:
    lon, lat, _ = GEOD.fwd(*HERE, np.degrees(np.arctan2(east, north)), np.hypot(east, north))
    return float(lon), float(lat)


def net(*lines: list[tuple[float, float]]) -> Net:
    """Roads by their corners, meters east and north of the place; segment k leads from node k to
    node k + 1."""
    n = len(lines)
    made = np.array([LineString([there(*p) for p in line]) for line in lines])
    length = np.array([GEOD.geometry_length(line) for line in made])
    number, yes = np.arange(n), np.ones(n, dtype=bool)
    return Net(number, number + 1, made, number * 0, ~yes, np.full(n, np.nan), yes, yes, length)


def test_the_nearest_segment_is_nearest_in_meters() -> None:
    # in degrees the northern road is nearer
    roads = net([(-50.0, 110.0), (50.0, 110.0)], [(80.0, -50.0), (80.0, 50.0)])
    segment, lon, lat, away = roads.foot(np.array([0, 1]), *HERE)
    assert segment == 1
    assert away == pytest.approx(80.0, abs=0.01)
    assert GEOD.inv(lon, lat, *there(80.0, 0.0))[2] < 0.01
    assert Path(roads, np.array([0, 1]), *HERE, 0.0).steps[0][0] == 1


def test_a_place_along_a_segment_is_so_many_meters_along() -> None:
    roads = net([(0.0, 0.0), (300.0, 0.0), (300.0, 100.0)])
    for meters, wanted in (
        (0.0, (0.0, 0.0)),
        (150.0, (150.0, 0.0)),
        (350.0, (300.0, 50.0)),
        (400.0, (300.0, 100.0)),
    ):
        assert GEOD.inv(*roads.place(0, meters), *there(*wanted))[2] < 0.1


def test_a_walk_goes_its_meters_round_a_corner() -> None:
    roads = net([(0.0, 0.0), (300.0, 0.0), (300.0, 100.0)], [(300.0, 100.0), (300.0, 300.0)])
    walk = Path(roads, np.array([0, 1]), *HERE, 90.0).after(350.0)
    assert GEOD.inv(walk.lon, walk.lat, *there(300.0, 50.0))[2] < 0.1
    end = Path(roads, np.array([0, 1]), *HERE, 90.0).after(9000.0)
    assert GEOD.inv(end.lon, end.lat, *there(300.0, 300.0))[2] < 0.1


def test_the_middle_of_a_road_and_the_error_of_a_place_somewhere_on_it() -> None:
    # half of the road is the long way east, half the way north
    roads = net([(0.0, 0.0), (400.0, 0.0)], [(400.0, 0.0), (400.0, 400.0)])
    lon, lat, error = roads.middle(np.array([0, 1]))
    assert error == pytest.approx(np.hypot(400.0, 400.0) / np.sqrt(12), rel=1e-3)
    near = shapely.distance(roads.lines, shapely.Point(lon, lat)).min()
    assert near < 1e-9
    # the center of gravity is 100 m off both halves
    assert GEOD.inv(lon, lat, *there(300.0, 100.0))[2] == pytest.approx(100.0, abs=0.5)
