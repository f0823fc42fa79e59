"""The nearest place of a line: against brute force, against the geodesic library, and at the odd
places."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely

from alprmap import geo
from alprmap.errors import InputError
from alprmap.geography.nearest import LineIndex


def wiggly_border(rng: np.random.Generator, n: int = 4000) -> np.ndarray:
    """A river-like line from the Pacific to the Gulf, about 3,000 km, vertices 100 m to 2 km apart."""
    share = np.sort(rng.uniform(0, 1, n))
    lon = -117.1 + 19.9 * share + 0.02 * np.sin(share * 900)
    lat = 32.5 - 6.5 * share + 0.6 * np.sin(share * 12) + 0.03 * np.cos(share * 700)
    return np.column_stack([lon, lat])


def dense(line: np.ndarray, step_m: float) -> np.ndarray:
    """Points at most `step_m` apart on the geodesics of a line, by the library's own intermediate
    points."""
    out = [line[:1]]
    for (x0, y0), (x1, y1) in pairwise(line):
        meters = geo.GEOD.inv(x0, y0, x1, y1)[2]
        count = int(meters // step_m)
        if count:
            out.append(np.array(geo.GEOD.npts(x0, y0, x1, y1, count)))
        out.append(np.array([[x1, y1]]))
    return np.vstack(out)


def brute_m(lon: np.ndarray, lat: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Geodesic distance to the nearest of `points`, every one of them looked at."""
    targets, out = geo.ecef(points[:, 0], points[:, 1]), []
    for x, y in zip(lon, lat, strict=True):
        chord = np.linalg.norm(targets - geo.ecef(x, y), axis=1)
        # arcs of equal chord differ by less than 25 m at 1,000 km, with the cube of the distance
        near = chord <= chord.min() + 1 + 25 * (chord.min() / 1e6) ** 3
        out.append(geo.distance_m(x, y, *points[near].T).min())
    return np.array(out)


@pytest.mark.slow
def test_brute_force_agrees_to_a_meter_on_2000_random_points() -> None:
    rng = np.random.default_rng(7)
    border = wiggly_border(rng)
    lon, lat = rng.uniform(-125, -67, 2000), rng.uniform(25, 49, 2000)
    ours = LineIndex([shapely.linestrings(border)]).nearest(lon, lat)
    brute = brute_m(lon, lat, dense(border, 60.0))
    # brute force knows the line only every 60 m: it may be too far by that much, never nearer than
    # the truth
    known_to = np.hypot(ours.distance_m, 30.0) - ours.distance_m
    assert np.abs(brute - ours.distance_m)[ours.distance_m > 1000].max() <= 1.0
    assert (brute - ours.distance_m - known_to).max() <= 0.01
    assert (ours.distance_m - brute).max() <= 0.26  # TOLERANCE_M, proven for each point
    assert np.allclose(geo.distance_m(lon, lat, ours.lon, ours.lat), ours.distance_m, atol=1e-6)


@pytest.mark.slow
def test_100000_random_segments_agree_with_the_geodesic_library_to_a_millimeter() -> None:
    rng = np.random.default_rng(11)
    n = 100_000
    x0, y0 = rng.uniform(-180, 180, n), rng.uniform(-89, 89, n)
    x1, y1 = geo.destination(x0, y0, rng.uniform(0, 360, n), rng.uniform(1, 900, n))
    lines = shapely.linestrings(
        np.stack([np.column_stack([x0, y0]), np.column_stack([x1, y1])], axis=1)
    )
    lon, lat = rng.uniform(-180, 180, n), rng.uniform(-89, 89, n)
    near = LineIndex(lines).nearest(lon, lat)
    own = near.line
    # the distance is the library's own, to the foot
    assert np.abs(geo.GEOD.inv(lon, lat, near.lon, near.lat)[2] - near.distance_m).max() < 1e-3
    # the foot lies on the geodesic of the segment named
    via = geo.distance_m(x0[own], y0[own], near.lon, near.lat) + geo.distance_m(
        near.lon, near.lat, x1[own], y1[own]
    )
    assert np.abs(via - geo.distance_m(x0[own], y0[own], x1[own], y1[own])).max() < 1e-3
    # and no place of the segment is nearer: golden section along it
    azimuth, length = geo.inverse(x0[own], y0[own], x1[own], y1[own])
    low, high, golden = np.zeros(n), np.ones(n), (np.sqrt(5) - 1) / 2
    for _ in range(40):
        a, b = high - golden * (high - low), low + golden * (high - low)
        at_a, at_b = (
            geo.distance_m(lon, lat, *geo.destination(x0[own], y0[own], azimuth, length * s))
            for s in (a, b)
        )
        low, high = np.where(at_a < at_b, low, a), np.where(at_a < at_b, b, high)
    best = geo.distance_m(
        lon, lat, *geo.destination(x0[own], y0[own], azimuth, length * (low + high) / 2)
    )
    assert np.abs(near.distance_m - best).max() < 1e-3


def test_far_points_choose_rightly_between_two_directions() -> None:
    # chords from the pole region differ from arcs by direction; two single points decide it exactly
    rng = np.random.default_rng(3)
    for _ in range(200):
        lon, lat, far = rng.uniform(-180, 180), rng.uniform(-60, 60), rng.uniform(1.3e6, 1e7)
        a = geo.destination(lon, lat, 0.0, far)
        b = geo.destination(lon, lat, 90.0, far + rng.choice([-1.0, 1.0]))
        near = LineIndex([shapely.points(*a), shapely.points(*b)]).nearest([lon], [lat])
        truth = [float(geo.distance_m(lon, lat, *p)) for p in (a, b)]
        assert near.line[0] == int(np.argmin(truth))


def test_antimeridian_is_no_seam() -> None:
    # along the equator the geodesic is the straight line itself
    straight = LineIndex([shapely.linestrings([[179.5, 0.0], [180.5, 0.0]])])
    split = LineIndex(
        [shapely.MultiLineString([[[179.5, 0.0], [180.0, 0.0]], [[-180.0, 0.0], [-179.5, 0.0]]])]
    )
    for lon in (-179.9, 179.9, -180.0, 180.0):
        a, b = straight.nearest([lon], [0.1]), split.nearest([lon], [0.1])
        assert a.distance_m[0] == pytest.approx(b.distance_m[0], abs=1e-6)
        assert a.distance_m[0] == pytest.approx(float(geo.distance_m(lon, 0.1, lon, 0.0)), abs=1e-3)
        assert -180 <= a.lon[0] <= 180
    assert straight.nearest([-180.0], [0.1]).distance_m[0] == pytest.approx(
        straight.nearest([180.0], [0.1]).distance_m[0], abs=1e-6
    )


def test_on_the_line_and_unknown_points() -> None:
    line = LineIndex([shapely.linestrings([[-100.0, 40.0], [-99.0, 40.0]])])
    middle = geo.destination(
        -100.0, 40.0, *(float(v) for v in geo.inverse(-100.0, 40.0, -99.0, 40.0) / np.array([1, 2]))
    )
    near = line.nearest(
        [-100.0, float(middle[0]), np.nan, -99.5], [40.0, float(middle[1]), 40.0, np.nan]
    )
    assert near.distance_m[0] == pytest.approx(0, abs=1e-6)
    assert near.distance_m[1] == pytest.approx(0, abs=1e-3)
    assert np.isnan(near.distance_m[2:]).all()
    assert np.isnan(near.lon[2:]).all()
    assert near.line.tolist() == [0, 0, -1, -1]


def test_polygons_count_with_their_outline_and_points_with_themselves() -> None:
    box = LineIndex([shapely.box(-101, 39, -99, 41), shapely.points(-100.0, 40.0)])
    near = box.nearest([-100.0, -100.9], [40.001, 40.0])
    assert near.line.tolist() == [1, 0]
    assert near.distance_m[0] == pytest.approx(111.0, abs=0.2)
    assert near.lon[1] == pytest.approx(-101, abs=1e-3)


def test_the_answer_does_not_hang_on_order_or_chunks() -> None:
    rng = np.random.default_rng(5)
    border = shapely.linestrings(wiggly_border(rng, 500))
    lon, lat = rng.uniform(-125, -67, 3000), rng.uniform(25, 49, 3000)
    index = LineIndex([border])
    whole, order = index.nearest(lon, lat), rng.permutation(3000)
    shuffled = index.nearest(lon[order], lat[order])
    assert np.array_equal(whole.distance_m[order], shuffled.distance_m)
    backwards = LineIndex([shapely.reverse(border)]).nearest(lon, lat)
    assert np.allclose(backwards.distance_m, whole.distance_m, atol=0.25)


def test_a_circle_around_the_point_ends() -> None:
    # every vertex is equally far: the proof needs all of them
    x, y = geo.destination(-100.0, 40.0, np.linspace(0, 360, 3601), np.full(3601, 300_000.0))
    near = LineIndex([shapely.linestrings(np.column_stack([x, y]))]).nearest([-100.0], [40.0])
    assert near.distance_m[0] == pytest.approx(300_000, abs=4)


def test_lines_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="no vertices"):
        LineIndex([shapely.LineString()])
    with pytest.raises(InputError, match="finite"):
        LineIndex([shapely.points(np.inf, 3.0)])
