"""Areas as pages draw them: simplified when the data is made, and the same as if it were now."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from alprmap.geography import areas_drawn, counties, states
from alprmap.geography.drawn import _drawn
from alprmap.publish.map.basemap import DETAIL, EMBED

PAGES = (
    ("states", DETAIL.far_deg / 2),
    ("states", DETAIL.coarse_deg),
    ("states", EMBED.far_deg / 2),
    ("states", EMBED.coarse_deg),
    ("counties", DETAIL.far_deg),
)


@pytest.mark.parametrize(("layer", "tolerance"), PAGES)
def test_shipped_areas_are_drawn_as_simplified_now(layer: str, tolerance: float) -> None:
    assert (layer, tolerance) in _drawn()
    frame = states() if layer == "states" else counties()
    made = areas_drawn(frame, tolerance)
    # compared by a sample, since simplifying all counties takes seconds
    some = np.arange(len(frame)) if layer == "states" else np.flatnonzero(frame["state"] == "OH")
    now = shapely.coverage_simplify(frame.geometry.to_numpy()[some], tolerance)
    inner = shapely.coverage_union_all(now)
    if layer == "states":
        assert shapely.equals_exact(shapely.normalize(made), shapely.normalize(now)).all()
    else:
        # only the edge of the state differs, which others share
        moved = shapely.symmetric_difference(shapely.coverage_union_all(made[some]), inner)
        assert shapely.area(moved) < 0.02
    assert all(a is b for a, b in zip(made, areas_drawn(frame.copy(), tolerance), strict=True))


def test_other_areas_are_simplified_even_under_a_shipped_number() -> None:
    square = gpd.GeoDataFrame({"geoid": ["39"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    assert areas_drawn(square, DETAIL.coarse_deg)[0].equals(shapely.box(0, 0, 1, 1))
