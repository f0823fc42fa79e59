"""Districts on the map: shades with their ends in words; the border of a first page; areas of a
report."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from alprmap.publish.map import choropleth
from alprmap.publish.report.firstpage import nearest_border

FIGURES = st.lists(
    st.one_of(st.just(0.0), st.just(float("nan")), st.floats(0.001, 1e4)), min_size=1, max_size=60
)


@given(FIGURES)
def test_P_every_district_is_in_the_shade_that_says_its_figure(values: list[float]) -> None:
    figures = np.array(values)
    code, ends = choropleth.shades(figures, "{!r}")
    assert len(ends) <= choropleth.CLASSES
    for value, shade in zip(figures, code, strict=True):
        if np.isnan(value):
            assert shade == 0
        elif value == 0:
            assert shade == 1
        else:
            low, high = (
                float(text.removeprefix("np.float64(").rstrip(")")) for text in ends[shade - 2]
            )
            assert low <= value <= high
    # deeper is more, and no shade is empty
    tops = [float(high.removeprefix("np.float64(").rstrip(")")) for _, high in ends]
    assert tops == sorted(set(tops))
    assert set(code) >= {k + 2 for k in range(len(ends))}


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        ({"n": [1, 2]}, ["Readers"]),
        ({"n": [1, 2], "per_100_km": [1.0, 2.0]}, ["Readers per 100 miles of road"]),
        ({"per_1000": [1.0, 2.0], "per_100_km": [1.0, 2.0]}, ["Readers per 1,000 people"]),
        (
            {"per_1000": [1.0, np.nan], "mapped_share": [0.5, np.nan]},
            ["Readers per 1,000 people", "Share of readers that is mapped"],
        ),
        ({"n": [1, 2], "mapped_share": [np.nan, np.nan]}, ["Readers"]),
    ],
)
def test_P_the_figure_that_says_most_is_shown_and_the_mapped_share_beside_it(
    columns: dict[str, list[float]], labels: list[str]
) -> None:
    boxes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    frame = gpd.GeoDataFrame({"area": ["a", "b"], **columns}, geometry=boxes, crs=4326)
    layers = choropleth.choropleth_layers(frame)
    assert [layer["label"] for layer in layers] == labels
    assert [layer["on"] for layer in layers] == [True, False][: len(layers)]


@pytest.mark.parametrize(
    ("within", "median", "border"),
    [
        ({"mexico": 5, "canada": 9}, {"mexico": 900, "canada": 300}, "mexico"),
        ({"mexico": 0, "canada": 9}, {"mexico": 900, "canada": 80}, "canada"),
        ({"mexico": 0, "canada": 0}, {"mexico": 300, "canada": 200}, "canada"),
        ({"mexico": 0, "canada": 0, "external": 4}, {"mexico": 3, "canada": 2, "external": 9}, "external"),
        ({}, {}, ""),
    ],
)  # fmt: skip
def test_P_a_first_page_speaks_of_the_border_most_asked_about(
    within: dict[str, int], median: dict[str, float], border: str
) -> None:
    claims = {f"within-100-mi-{b}": {"figure": n} for b, n in within.items()}
    claims |= {f"median-mi-{b}": {"figure": m} for b, m in median.items()}
    assert nearest_border(claims) == border
