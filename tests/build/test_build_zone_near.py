"""A page draws the zone of a border where cameras stand in it, and leaves out no other."""

from __future__ import annotations

import shapely
from hypothesis import given
from hypothesis import strategies as st

from alprmap.build import pages
from alprmap.geography import border_zone, load_border

MILES_100_M = 160_934.4
EDGE = load_border("mexico").total_bounds
ZONE = border_zone("mexico", MILES_100_M).geometry.iloc[0]
shapely.prepare(ZONE)


@given(
    st.floats(-119, -95), st.floats(20, 37), st.floats(0, 3, width=32), st.floats(0, 3, width=32)
)
def test_an_extent_that_is_passed_over_meets_no_zone(
    lon: float, lat: float, wide: float, high: float
) -> None:
    extent = shapely.box(lon, lat, lon + wide, lat + high)
    if pages._beyond(EDGE, extent.bounds, MILES_100_M):
        assert not ZONE.intersects(extent)


def test_latitude_decides_at_both_ends() -> None:
    top, bottom = ZONE.bounds[3], ZONE.bounds[1]
    assert not pages._beyond(EDGE, (-110, top, -109, top + 1), MILES_100_M)
    assert pages._beyond(EDGE, (-110, top + 0.05, -109, top + 1), MILES_100_M)
    assert not pages._beyond(EDGE, (-110, bottom - 1, -109, bottom), MILES_100_M)
    assert pages._beyond(EDGE, (-110, bottom - 1, -109, bottom - 0.05), MILES_100_M)
