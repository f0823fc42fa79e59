"""Zones on the ellipsoid: the outline is where it says, inside is inside, areas are right (R1, R2)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from alprmap import geo
from alprmap.errors import NotFoundError, UsageError
from alprmap.geography import borders, zones
from alprmap.geography.nearest import LineIndex

MILE = geo.STATUTE_MILE_M


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "miles"),
    [("mexico", 25), ("mexico", 100), ("canada", 50), ("external", 100), ("port", 25)],
)
def test_the_outline_lies_at_the_distance_and_the_zone_holds_what_is_within(
    name: str, miles: float
) -> None:
    drawn = zones.border_zone(name, miles * MILE)
    shape = drawn.geometry.iloc[0]
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"
    # the largest error sits where arcs meet at a point; it is measured and said
    assert drawn["error_m"].iloc[0] <= 500
    # random points are inside exactly when their own distance says so, the stated error aside
    rng = np.random.default_rng(4)
    west, south, east, north = (-180, 15, -60, 73) if name == "external" else shape.bounds
    lon, lat = rng.uniform(west, east, 20_000), rng.uniform(max(south, -16), north, 20_000)
    meters = LineIndex(borders.border_shapes(name)).nearest(lon, lat).distance_m
    clear = np.abs(meters - miles * MILE) > drawn["error_m"].iloc[0] + 50
    inside = shapely.contains_xy(shape, lon, lat)
    assert np.array_equal(inside[clear], (meters < miles * MILE)[clear])
    assert inside.any()


@pytest.mark.slow
def test_the_zone_crosses_the_antimeridian_without_a_seam() -> None:
    shape = zones.border_zone("external", 25 * MILE).geometry.iloc[0]
    assert shape.bounds[0] == pytest.approx(-180)
    assert shape.bounds[2] == pytest.approx(180)
    # Amchitka and Semisopochnoi stand on either side of 180°; the sea between is within 25 miles of
    # the line
    for lon in (179.99, -179.99):
        near = (
            LineIndex(borders.load_border("external").geometry.to_numpy())
            .nearest([lon], [51.4])
            .distance_m[0]
        )
        assert bool(shapely.contains_xy(shape, lon, 51.4)) == (near < 25 * MILE)


def test_a_wider_tolerance_has_fewer_corners_and_says_so() -> None:
    fine = zones.border_zone("mexico", 50 * MILE)
    coarse = zones.border_zone("mexico", 50 * MILE, settings=zones.Settings(tolerance_m=5000))
    assert (
        shapely.get_num_coordinates(coarse.geometry.iloc[0])
        < shapely.get_num_coordinates(fine.geometry.iloc[0]) / 3
    )
    assert 500 < coarse["error_m"].iloc[0] < 10_000
    assert coarse["tolerance_m"].iloc[0] == 5000


def test_area_is_geodesic_and_holes_count() -> None:
    # the ellipsoid has 510,065,621.7 km²; an octant an eighth of it
    octant = shapely.box(0, 0, 90, 90)
    assert zones.area_m2(octant) / 1e6 == pytest.approx(510_065_621.7 / 8, rel=1e-9)
    hole = shapely.Polygon(
        [(0, 0), (2, 0), (2, 2), (0, 2)], [[(0.5, 0.5), (1.5, 0.5), (1.5, 1.5), (0.5, 1.5)]]
    )
    whole, inner = (zones.area_m2(shapely.box(*b)) for b in ((0, 0, 2, 2), (0.5, 0.5, 1.5, 1.5)))
    assert zones.area_m2(hole) == pytest.approx(whole - inner)
    # an edge is straight on the map: the same box with and without corners on its edges
    box = shapely.box(-104, 46, -97, 49)
    assert zones.area_m2(box) == pytest.approx(
        zones.area_m2(shapely.segmentize(box, 0.01)), rel=1e-6
    )
    assert zones.area_m2(shapely.Point(0, 0)) == 0


def test_states_have_a_share_of_area_and_another_of_people() -> None:
    drawn = zones.border_zones(["mexico"], [100 * MILE])
    people = pd.DataFrame(
        {
            "state": ["AZ", "AZ", "TX", "OH"],
            "people": [10.0, 30.0, 50.0, 7.0],
            "to_mexico_m": [1e3, 3e5, 9e4, 2e6],
        }
    )
    found = zones.zone_by_state(drawn, people=people).set_index("state")
    assert sorted(found.index) == ["AZ", "CA", "NM", "TX"]
    # Census: Arizona 295,234 km², Texas 695,662 km² with its part of the Gulf
    assert found.loc["AZ", "area_km2"] == pytest.approx(295_234, rel=0.005)
    assert found.loc["AZ", "share_people"] == 0.25
    assert found.loc["TX", "share_people"] == 1.0
    assert 0.25 < found.loc["TX", "share_area"] < 0.30
    assert np.isnan(found.loc["NM", "share_people"])  # nobody counted there: unknown, not 0


BENCH = Path(__file__).parent / "zone_areas.csv"
"""Areas by state of the union of geodesic discs along each border (`benchmarks/zones.py --out`)."""
QUICK = ("mexico", "canada", "land", "port")


@pytest.mark.parametrize("miles", [25, 50, 100])
@pytest.mark.parametrize(
    "border", [*QUICK, *(pytest.param(b, marks=pytest.mark.slow) for b in ("external", "coast"))]
)
def test_R1_the_area_of_a_zone_in_every_state_is_that_of_a_geodesic_buffer(
    border: str, miles: int
) -> None:
    table = pd.read_csv(BENCH).query("border == @border and miles == @miles")
    right = table.set_index("state")["km2"]
    drawn = zones.zone_by_state(zones.border_zone(border, miles * MILE)).set_index("state")
    # a state that the zone touches with less than a tenth of a square kilometer may be missing
    large = right[right > 0.1].index
    assert set(large) <= set(drawn.index) <= set(right.index)
    off = drawn.loc[large, "zone_km2"] / right[large] - 1
    assert off.abs().max() < 1e-3, off.abs().idxmax()


def test_R1_north_dakota_within_a_hundred_miles() -> None:
    found = zones.zone_by_state(zones.border_zone("land", 100 * MILE)).set_index("state")
    assert found.loc["ND", "zone_km2"] == pytest.approx(83_155, rel=1e-3)


def test_zones_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="radius above 0"):
        zones.border_zone("mexico", 0)
    with pytest.raises(NotFoundError, match="texas"):
        zones.border_zone("texas", 1000)
