"""R7: what lies in polygons, and that the sums over a partition are the whole."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alprmap import geography
from alprmap.geography import measure_districts, open_areas, points_in


def grid(n: int, step: float = 1.0) -> gpd.GeoDataFrame:
    boxes = [
        shapely.box(i * step, j * step, (i + 1) * step, (j + 1) * step)
        for i in range(n)
        for j in range(n)
    ]
    names = [f"d{i}" for i in range(len(boxes))]
    return gpd.GeoDataFrame({"name": names}, geometry=boxes, crs=4326)


def segments(lines: list[object]) -> gpd.GeoDataFrame:
    length = np.array([shapely.length(line) * 1000 for line in lines])
    return gpd.GeoDataFrame({"length_m": length}, geometry=lines, crs=4326)


# thirds and halves put points and roads on the outlines, and on corners
step = st.integers(0, 6).map(lambda k: k / 2)
spot = st.tuples(step, step)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(cams=st.lists(spot, max_size=30), homes=st.lists(spot, max_size=30),
       roads=st.lists(st.tuples(spot, spot).filter(lambda p: p[0] != p[1]), min_size=1,
                      max_size=12))  # fmt: skip
def test_R7_sums_over_a_partition_are_the_whole(cams: list, homes: list, roads: list) -> None:
    cameras = pd.DataFrame(cams, columns=["lon", "lat"], dtype="float64")
    people = pd.DataFrame(homes, columns=["lon", "lat"], dtype="float64").assign(people=7.0)
    net = segments([shapely.LineString(p) for p in roads])
    made = measure_districts(grid(3), cameras, people=people, roads=net)
    table = made.table
    assert table["n"].sum() == len(cams)
    assert table["people"].sum() == pytest.approx(7 * len(homes))
    assert table["road_km"].sum() == pytest.approx(net["length_m"].sum() / 1000)
    assert made.outside == pytest.approx({"readers": 0, "people": 0, "road_km": 0}, abs=1e-6)


def test_R7_what_lies_outside_is_counted_and_overlaps_count_twice() -> None:
    cameras = pd.DataFrame({"lon": [0.5, 9.0, np.nan], "lat": [0.5, 9.0, 1.0]})
    areas = gpd.GeoDataFrame(
        {"name": ["a", "b"]}, geometry=[shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 2)], crs=4326
    )
    net = segments([shapely.LineString([(0, 0.5), (4, 0.5)])])
    made = measure_districts(areas, cameras, roads=net)
    assert made.table["n"].tolist() == [1, 1]
    assert made.table["road_km"].tolist() == pytest.approx([1.0, 2.0])
    assert made.outside == pytest.approx({"readers": 2.0, "road_km": 2.0})


def test_R7_rates_and_ranks_by_hand() -> None:
    cameras = pd.DataFrame({"lon": [0.5, 0.5, 1.5], "lat": [0.5, 0.6, 0.5]})
    people = pd.DataFrame({"lon": [0.2, 1.2], "lat": [0.2, 0.2], "people": [4000.0, 1000.0]})
    two = grid(3).iloc[[0, 3]]
    table = measure_districts(two, cameras, people=people).table
    assert table["per_1000"].tolist() == [0.5, 1.0]
    assert table["rank"].tolist() == [2, 1]


def test_R7_nobody_lives_there_means_no_rate_and_no_rank() -> None:
    cameras = pd.DataFrame({"lon": [0.5], "lat": [0.5]})
    people = pd.DataFrame({"lon": [0.2], "lat": [0.2], "people": [10.0]})
    table = measure_districts(grid(2), cameras, people=people).table
    assert np.isnan(table["per_1000"].iloc[1])
    assert table["rank"].isna().tolist() == [False, True, True, True]


@pytest.mark.parametrize(("text", "many"), [("states", 57), ("counties", 3233),
                                            ("counties of Ohio", 88)])  # fmt: skip
def test_R7_states_and_counties_are_shipped(text: str, many: int) -> None:
    table = open_areas(text)
    assert abs(len(table) - many) <= 1
    assert table["area"].is_unique
    assert table["geoid"].is_unique


def test_R7_counties_part_the_country(shared: object) -> None:
    """Every reader on land is in one county, as `assign_places` has it."""
    rng = np.random.default_rng(0)
    spots = pd.DataFrame({"lon": rng.uniform(-120, -75, 3000), "lat": rng.uniform(31, 45, 3000)})
    table = open_areas("counties")
    owner, row = points_in(table.geometry.to_numpy(), spots)
    assert len(np.unique(row)) == len(row)
    where = geography.assign_places(spots["lon"].to_numpy(), spots["lat"].to_numpy())
    inland = ~where["place_offshore"].fillna(True).to_numpy(bool)[row]
    told = where["county_geoid"].to_numpy()[row]
    assert (table["geoid"].to_numpy()[owner][inland] == told[inland]).all()


def test_R7_a_rank_that_is_missing_prints_as_a_dash() -> None:
    from alprmap.cli import common

    table = pd.DataFrame({"rank": pd.array([1, None], dtype="Int64"), "x": [np.nan, 2.0]})
    text = common.text_table(table)
    assert text.count("–") == 2
    assert common.records(table) == [{"rank": 1, "x": None}, {"rank": None, "x": 2.0}]


def test_R7_the_first_district_is_claimed_with_its_rank_and_mapped_share() -> None:
    table = pd.DataFrame(
        {
            "area": ["North", "South", "West"],
            "n": [4, 1, 0],
            "people": [2_000.0, 4_000.0, 1_000.0],
            "per_1000": [2.0, 0.25, 0.0],
            "mapped_share": [0.4, np.nan, np.nan],
            "mapped_share_low": [0.3, np.nan, np.nan],
            "mapped_share_high": [0.5, np.nan, np.nan],
            "rank": [1, 2, 3],
            "rank_low": [1, 1, 3],
            "rank_high": [2, 3, 3],
        }
    )
    made = geography.district_claims(table).set_index("claim_id")
    first, middle = made.loc["r7-first"], made.loc["r7-middle"]
    assert (first["figure"], middle["figure"]) == (2.0, 0.25)
    assert (
        "North has the most readers per 1,000 people: 2 (5–95 % of its rank: 1 to 2)"
        in (first["sentence"])
    )
    assert "about 40.0% (5–95 %: 30.0% to 50.0%)" in first["caveat"]
    alone = geography.district_claims(table.iloc[1:].drop(columns="per_1000"))
    assert "not known" in alone["caveat"].iloc[0]
    assert not len(geography.district_claims(table.assign(n=0, per_1000=0.0)))
