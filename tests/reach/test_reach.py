"""Distances to named borders and what they add up to (R1, R2, R5, R6)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from alprmap import geo, reach
from alprmap.errors import InputError, UsageError
from alprmap.geography import borders, population
from alprmap.reach import intervals

MILE = geo.STATUTE_MILE_M


@pytest.fixture(scope="module")
def towns() -> pd.DataFrame:
    """Places whose distances one can check on a map: in, on and beyond the border, and the far
    corners."""
    rows = [
        ("el-paso", -106.4850, 31.7587, "TX"),
        ("juarez", -106.4850, 31.7200, None),  # beyond the line
        ("chicago", -87.6298, 41.8781, "IL"),
        ("honolulu", -157.8583, 21.3069, "HI"),
        ("juneau", -134.4197, 58.3019, "AK"),
        ("adak", -176.6342, 51.8723, "AK"),
        ("attu", 173.1800, 52.9000, "AK"),  # across the antimeridian
        ("san-juan", -66.1057, 18.4655, "PR"),
        ("nowhere", np.nan, np.nan, None),
    ]
    return pd.DataFrame(rows, columns=["camera_id", "lon", "lat", "expected"]).set_index(
        "camera_id", drop=False
    )


def test_distances_of_places_in_on_and_beyond_the_border(towns: pd.DataFrame) -> None:
    before = towns.copy()
    found = reach.border_distances(towns, places=True)
    pd.testing.assert_frame_equal(towns, before)
    assert found.index.equals(towns.index)
    assert found.loc["el-paso", "to_mexico_m"] < 3_000
    # the other bank counts with a distance too, not with a sign
    assert 0 < found.loc["juarez", "to_mexico_m"] < 6_000
    assert found.loc["honolulu", "to_coast_m"] < 3_000
    assert found.loc["honolulu", "to_external_m"] == pytest.approx(
        22_224, abs=4_000
    )  # 12 nautical miles
    assert found.loc["juneau", "to_canada_m"] == pytest.approx(55_000, abs=15_000)
    assert found.loc["adak", "to_coast_m"] < 10_000
    assert found.loc["attu", "to_coast_m"] < 10_000
    assert found.loc["attu", "to_external_m"] < 60_000
    assert found.loc["san-juan", "to_coast_m"] < 5_000
    assert found.loc["nowhere"].isna().all()
    # Chicago stands on a Great Lake: near `coast`, far from any land boundary
    assert found.loc["chicago", "to_coast_m"] < 5_000
    assert found.loc["chicago", "to_land_m"] / MILE == pytest.approx(230, abs=25)


def test_land_is_the_nearer_half_and_the_place_belongs_to_the_distance(towns: pd.DataFrame) -> None:
    found = reach.border_distances(towns, places=True)
    halves = found[["to_mexico_m", "to_canada_m"]].min(axis=1)
    pd.testing.assert_series_equal(found["to_land_m"], halves, check_names=False)
    for name in ("mexico", "canada", "land", "coast", "external", "port"):
        back = geo.distance_m(
            towns["lon"], towns["lat"], found[f"near_{name}_lon"], found[f"near_{name}_lat"]
        )
        assert np.allclose(back, found[f"to_{name}_m"], atol=1e-6, equal_nan=True), name
    assert found.loc["el-paso", "near_port"] == "El Paso Paso del Norte"
    assert pd.isna(found.loc["nowhere", "near_port"])


def test_only_the_borders_asked_for_and_no_unknown_one(towns: pd.DataFrame) -> None:
    assert list(reach.border_distances(towns, borders=["land"])) == ["to_land_m"]
    assert list(reach.border_distances(towns, borders="land")) == ["to_land_m"], (
        "one name is no list of letters"
    )
    assert list(reach.border_distances(towns, borders=["external", "mexico"])) == [
        "to_mexico_m",
        "to_external_m",
    ]
    with pytest.raises(UsageError, match="no border is called texas"):
        reach.border_distances(towns, borders=["texas"])
    with pytest.raises(InputError, match="lon and lat"):
        reach.border_distances(towns[["camera_id"]])


def test_the_table_is_sorted_placed_and_does_not_hang_on_order(towns: pd.DataFrame) -> None:
    table = reach.reach_table(towns.reset_index(drop=True))
    assert table["camera_id"].is_monotonic_increasing
    placed = table.set_index("camera_id")["state"]
    assert (
        placed.fillna("-").to_dict() == towns["expected"].fillna("-").to_dict()
    )  # Juárez is not in Texas
    shuffled = towns.sample(frac=1, random_state=4).reset_index(drop=True)
    pd.testing.assert_frame_equal(table, reach.reach_table(shuffled))


def line_of(miles: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "camera_id": [f"c{i:03d}" for i in range(len(miles))],
            "to_land_m": np.array(miles) * MILE,
            "state": ["TX"] * (len(miles) - 1) + ["NM"] if miles else [],
        }
    )


def test_statistics_of_a_handful_by_hand() -> None:
    found = reach.statistics(line_of([10, 25, 60, 100, 101, 400, np.nan])).iloc[0]
    assert (found["n"], found["n_unknown"]) == (6, 1)
    assert [found[f"within_{r}"] for r in (25, 50, 100, 150, 200, 300)] == [2, 2, 4, 5, 5, 5]
    assert found["share_100"] == pytest.approx(4 / 6)
    assert (found["beyond"], found["share_beyond"]) == (2, pytest.approx(2 / 6))
    assert found["median"] == pytest.approx(80)
    assert (found["farthest"], found["farthest_camera_id"]) == (pytest.approx(400), "c005")
    # the border is known to 370 m: the camera at 100.0 may stand outside, the one at 101 is not in
    # doubt
    assert (found["within_100_low"], found["within_100_high"]) == (3, 4)


def test_position_error_widens_the_count() -> None:
    table = line_of([99.5, 100.4])
    sharp = reach.statistics(table).iloc[0]
    vague = reach.statistics(table, error_m=pd.Series([1000.0, 1000.0])).iloc[0]
    assert (sharp["within_100_low"], sharp["within_100_high"]) == (1, 1)
    assert (vague["within_100_low"], vague["within_100_high"]) == (0, 2)


def test_units_are_explicit() -> None:
    table = line_of([100.0])
    for unit, meters in (("mi", 1609.344), ("nmi", 1852.0), ("km", 1000.0)):
        row = reach.statistics(table, settings=reach.Settings(unit=unit)).iloc[0]
        assert row["unit"] == unit
        assert row["median"] == pytest.approx(100 * MILE / meters)


def test_groups_have_every_row_once_and_unknown_is_a_group() -> None:
    table = line_of([10, 20, 30])
    cameras = pd.DataFrame(
        {
            "camera_id": ["c000", "c001", "c002"],
            "operator": ["A", None, "A"],
            "first_seen": ["2023-05-01", None, "2024"],
        }
    )
    by = reach.groups(table, cameras, "operator")
    found = reach.statistics(table, by=by).set_index("group")
    assert found["n"].to_dict() == {"A": 2, "unknown": 1}
    assert reach.groups(table, cameras, "year").tolist() == ["2023", "unknown", "2024"]
    with pytest.raises(UsageError, match="color"):
        reach.groups(table, cameras, "color")
    with pytest.raises(UsageError, match="vendor"):
        reach.groups(table, cameras, "vendor")


def test_an_empty_table_has_statistics_without_numbers() -> None:
    row = reach.statistics(line_of([])).iloc[0]
    assert row["n"] == 0
    assert np.isnan(row["median"])
    assert np.isnan(row["share_100"])


@pytest.mark.parametrize(("k", "n"), [(0, 20), (20, 20), (7, 20), (8572, 61768)])
def test_share_interval_is_the_exact_one(k: int, n: int) -> None:
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    assert reach.share_interval(k, n) == pytest.approx((expected.low, expected.high))


def test_median_interval_covers_at_its_level() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(400):
        row = reach.statistics(line_of(rng.exponential(100, 60).tolist())).iloc[0]
        hits += row["median_low"] <= 100 * np.log(2) <= row["median_high"]
    assert hits >= 400 * 0.93


def test_people_beside_cameras_by_hand() -> None:
    people = pd.DataFrame(
        {
            "lon": 0.0,
            "lat": 0.0,
            "people": [100.0, 300.0, 0.0],
            "to_land_m": np.array([50, 150, 1]) * MILE,
        }
    )
    row = reach.people_within(people, borders=["land"]).iloc[0]
    assert (row["people"], row["people_100"], row["people_share_100"]) == (400, 100, 0.25)
    assert row["people_share_beyond"] == 0.75
    assert row["median"] == pytest.approx(150)


def test_distribution_ends_at_everyone() -> None:
    people = pd.DataFrame({"people": [5.0, 15.0], "to_land_m": np.array([9.5, 30.0]) * MILE})
    found = reach.distribution(
        line_of([0.5, 9.0, 30.2]), borders=["land"], people=people
    ).set_index("distance")
    assert found.loc[9, "cameras"] == 2
    assert found.loc[10, "people_share"] == 0.25
    assert found.iloc[-1][["cameras", "share", "people_share"]].tolist() == [3, 1, 1]
    assert found.index.max() == 31


def test_population_files_are_read_as_they_come(tmp_path: Path) -> None:
    census = tmp_path / "CenPop.txt"
    census.write_bytes(
        "\ufeffSTATEFP,COUNTYFP,COUNAME,STNAME,POPULATION,LATITUDE,LONGITUDE\r\n"
        "72,003,Añasco,Puerto Rico,26161,+18.2,-067.14\r\n".encode()
    )
    assert population.read_population(census)[["lon", "lat", "people"]].to_numpy().tolist() == [
        [-67.14, 18.2, 26161]
    ]
    old = tmp_path / "old.csv"
    old.write_bytes("name,lat,lng,pop\nAñasco,18.2,-67.14,5\n".encode("latin-1"))
    assert population.read_population(old)["people"].tolist() == [5]
    for text, says in (
        ("lat,lon\n1,2\n", "no column of people"),
        ("lat,lon,people\n1,2,x\n", "people that is no number"),
        ("lat,lon,people\n1,2,-3\n", "fewer than no people"),
        ("lat,lon,people\n95,2,3\n", "latitude outside"),
        ("lat,lon,people\n", "no rows"),
        ("lat,lon,people\n1,2\n", "2 cells where the header has 3"),
        ("lat,lon,people\n1,2,inf\n", "no number"),
    ):
        bad = tmp_path / "bad.csv"
        bad.write_text(text)
        with pytest.raises(InputError, match=says):
            population.read_population(bad)
    with pytest.raises(InputError, match="no such file"):
        population.read_population(tmp_path / "absent.csv")


@pytest.fixture(scope="module")
def january(shared: Path) -> pd.DataFrame:
    """The distances of real input 1."""
    rows = pd.DataFrame(
        json.loads(gzip.decompress((shared / "cameras/us-2026-01.json.gz").read_bytes()))
    )
    rows["camera_id"] = rows["osmType"] + "/" + rows["osmId"].astype(str)
    return reach.reach_table(rows[["camera_id", "lon", "lat"]], places=False)


def test_real_input_1_stands_where_it_was_measured_to_stand(january: pd.DataFrame) -> None:
    found = reach.statistics(january).set_index("border")
    assert set(found["n"]) == {61_768}
    assert 8_540 <= found.loc["land", "within_100"] <= 8_610
    assert 3_300 <= found.loc["mexico", "within_100"] <= 3_330
    assert 5_235 <= found.loc["canada", "within_100"] <= 5_285
    assert found.loc["land", "median"] == pytest.approx(289.4, abs=0.5)
    assert found.loc["land", "farthest"] == pytest.approx(1_056, abs=2)
    # 18 cameras of the "US" file stand in Vancouver, Toronto and Sudbury: counted, without a state
    abroad = january[january["state"].isna()]
    assert len(abroad) == 18
    assert (abroad["to_canada_m"] / MILE <= 100).sum() == 16
    # the same zone along the shoreline and along the external boundary: the definition decides the
    # number
    assert found.loc["coast", "share_100"] == pytest.approx(0.579, abs=0.005)
    assert found.loc["external", "share_100"] == pytest.approx(0.462, abs=0.005)


def test_people_of_real_input_within_the_external_boundary(shared: Path) -> None:
    people = population.read_population(shared / "population/bg_cenpop2020.parquet")
    assert people["people"].sum() == 334_735_155  # 50 states, D.C. and Puerto Rico, census of 2020
    found = reach.people_within(people, borders=["external"]).iloc[0]
    assert found["people_share_100"] == pytest.approx(0.483, abs=0.005)
    counties = population.read_population(shared / "population/CenPop2020_Mean_CO.txt")
    assert len(counties) == 3_221
    assert counties["people"].sum() == people["people"].sum()


def test_the_settings_and_the_errors_of_borders_are_what_the_page_says() -> None:
    chosen = reach.Settings()
    assert chosen.radii == (25, 50, 100, 150, 200, 300)
    assert chosen.quantiles == (0.05, 0.25, 0.5, 0.75, 0.95)
    assert (chosen.zone, chosen.unit, chosen.confidence, chosen.replicates, chosen.seed) == (
        100,
        "mi",
        0.95,
        1000,
        287,
    )
    assert reach.border_error_m("mexico", [0, 161e3, 400e3, 2e6]).tolist() == [60, 60, 100, 100]
    assert reach.border_error_m("canada", [0, 2e6]).tolist() == [370, 370]


def test_every_figure_of_a_row_by_hand() -> None:
    found = reach.statistics(line_of([float(m) for m in range(10, 110, 10)])).iloc[0]
    assert (found["unit"], found["group"], found["border"]) == ("mi", "all", "land")
    # ranks 2 and 9 of ten: binomial 2.5 and 97.5 % at a half
    assert (found["median_low"], found["median_high"]) == (pytest.approx(20), pytest.approx(90))
    assert [found[f"q{q}"] for q in ("05", "25", "50", "75", "95")] == pytest.approx(
        [14.5, 32.5, 55, 77.5, 95.5]
    )
    exact = stats.binomtest(2, 10).proportion_ci(0.95, method="exact")
    assert (found["share_25_low"], found["share_25_high"]) == pytest.approx((exact.low, exact.high))
    assert (found["share_25"], found["share_beyond"]) == (0.2, 0.0)
    few = reach.statistics(line_of([10.0, 20.0, 30.0])).iloc[0]
    assert np.isnan(few["median_low"])
    assert np.isnan(few["median_high"])
    six = reach.statistics(line_of([10.0, 20.0, 30.0, 40.0, 50.0, 60.0])).iloc[0]
    assert (six["median_low"], six["median_high"]) == (pytest.approx(10), pytest.approx(60))
    with pytest.raises(InputError, match="no distances to mexico"):
        reach.statistics(line_of([1.0]), borders=["land", "mexico"])


def test_another_confidence_and_another_zone() -> None:
    table = line_of([10.0, 20.0, 30.0, 200.0])
    wide = reach.statistics(
        table, settings=reach.Settings(confidence=0.5, zone=20, radii=(20,))
    ).iloc[0]
    exact = stats.binomtest(2, 4).proportion_ci(0.5, method="exact")
    assert (wide["share_20_low"], wide["share_20_high"]) == pytest.approx((exact.low, exact.high))
    assert (wide["beyond"], wide["share_beyond"]) == (2, 0.5)
    assert (wide["median_low"], wide["median_high"]) == (pytest.approx(10), pytest.approx(200))


@pytest.mark.parametrize(("error_m", "low", "high"), [(0.0, 0, 1), (400.0, 0, 2)])
def test_the_errors_of_border_and_position_add_in_squares(
    error_m: float, low: int, high: int
) -> None:
    """Land is known to 370 m; with twice 400 m of the position they make 881 m."""
    at = [100 - 369 / MILE, 100 + 880 / MILE] if error_m else [100 - 369 / MILE, 100 + 371 / MILE]
    table = line_of(at)
    row = reach.statistics(table, error_m=pd.Series([error_m] * 2)).iloc[0]
    assert (row["within_100_low"], row["within_100_high"]) == (low, high)
    further = line_of([100 - 371 / MILE, 100 + 882 / MILE])
    row = reach.statistics(further, error_m=pd.Series([np.nan, error_m])).iloc[0]
    assert (row["within_100_low"], row["within_100_high"]) == (1, 1)


def test_groups_by_place_and_by_source() -> None:
    table = pd.DataFrame(
        {
            "camera_id": ["a", "b", "c"],
            "state": ["TX", None, "NM"],
            "county": ["Webb", None, "Luna"],
        }
    )
    cameras = pd.DataFrame({"camera_id": ["c", "a"], "sources": ["osm;rec", "osm"]})
    assert reach.groups(table, None, "state").tolist() == ["TX", "unknown", "NM"]
    assert reach.groups(table, None, "county").tolist() == ["Webb, TX", "unknown", "Luna, NM"]
    assert reach.groups(table, cameras, "source").tolist() == ["osm", "unknown", "osm;rec"]
    assert reach.groups(table, cameras, "source").name == "source"
    with pytest.raises(UsageError, match="no column vendor"):
        reach.groups(table, cameras, "vendor")
    with pytest.raises(UsageError, match="no column sources"):
        reach.groups(table, None, "source")


def test_statistics_by_group_keep_each_row_with_its_own() -> None:
    table = line_of([10.0, 300.0, 20.0, 400.0])
    by = pd.Series(["near", "far", "near", "far"])
    found = reach.statistics(table, by=by).set_index("group")
    assert found["farthest"].to_dict() == pytest.approx({"far": 400, "near": 20})
    assert found["farthest_camera_id"].to_dict() == {"far": "c003", "near": "c002"}
    assert found["n"].tolist() == [2, 2]
    by.iloc[0] = None
    assert reach.statistics(table, by=by).set_index("group")["n"].to_dict() == {
        "far": 2,
        "near": 1,
        "unknown": 1,
    }


def test_people_at_the_edges() -> None:
    miles = np.array([100.0, 100.0, 101.0, np.nan])
    people = pd.DataFrame(
        {"lon": 0.0, "lat": 0.0, "people": [1.0, 1.0, 2.0, 50.0], "to_land_m": miles * MILE}
    )
    row = reach.people_within(people, borders=["land"]).iloc[0]
    assert (row["border"], row["unit"], row["n"], row["people"]) == ("land", "mi", 3, 4.0)
    assert (row["people_50"], row["people_100"], row["people_150"]) == (0, 2, 4)
    assert (row["people_share_100"], row["people_share_beyond"]) == (0.5, 0.5)
    assert row["median"] == pytest.approx(100)  # half of them live at or within it
    nobody = reach.people_within(people.assign(people=0.0), borders=["land"]).iloc[0]
    assert np.isnan(
        [nobody["median"], nobody["people_share_100"], nobody["people_share_beyond"]]
    ).all()


def test_people_without_distances_are_measured() -> None:
    people = pd.DataFrame(
        {"lon": [-106.485, np.nan], "lat": [31.7587, np.nan], "people": [10.0, 5.0]}
    )
    found = reach.people_within(people, borders=["mexico", "land"]).set_index("border")
    assert found["people"].tolist() == [10, 10]
    assert found["people_25"].tolist() == [10, 10]
    assert found.loc["mexico", "median"] < 3


def test_the_distribution_by_hand() -> None:
    people = pd.DataFrame(
        {"people": [5.0, 15.0, 20.0], "to_land_m": np.array([3.0, 1.0, 2.5]) * MILE}
    )
    found = reach.distribution(line_of([2.0, 0.5]), borders=["land"], people=people)
    assert found["distance"].tolist() == [0, 1, 2]
    assert found["cameras"].tolist() == [0, 1, 2]
    assert found["share"].tolist() == [0, 0.5, 1]
    assert found["people"].tolist() == [0, 15, 15]
    assert found["people_share"].tolist() == [0, 0.375, 0.375]
    empty = reach.distribution(line_of([]), borders=["land"])
    assert empty[["border", "unit", "distance", "cameras"]].values.tolist() == [
        ["land", "mi", 0.0, 0]
    ]
    assert np.isnan(empty["share"]).all()


def test_progress_names_the_border_and_ends_full(towns: pd.DataFrame) -> None:
    said: list[tuple[str, int, int]] = []
    reach.border_distances(towns, borders=["port", "mexico"], progress=lambda *m: said.append(m))
    assert {s[0] for s in said} == {"distance to mexico", "distance to port"}
    assert all(0 <= done <= total for _, done, total in said)
    assert said[-1][1] == said[-1][2]


def test_no_place_is_given_unless_asked_for(towns: pd.DataFrame) -> None:
    assert list(reach.border_distances(towns.iloc[:1], borders=["mexico"])) == ["to_mexico_m"]
    both = reach.border_distances(towns.iloc[:1], borders=["mexico"], places=True)
    assert list(both) == ["to_mexico_m", "near_mexico_lon", "near_mexico_lat"]
    table = reach.reach_table(towns.iloc[:2].reset_index(drop=True), borders=["mexico", "port"])
    assert {"near_mexico_lon", "near_port", "to_port_m"} <= set(table.columns)
    for name in ("to_mexico_m", "near_mexico_lon"):
        digits = 6 if name.startswith("near") else 2
        assert (table[name] == table[name].round(digits)).all()
    assert (
        "near_mexico_lon"
        not in reach.reach_table(towns.iloc[:2].reset_index(drop=True), places=False).columns
    )


def test_a_camera_in_a_bay_keeps_its_county_and_one_across_the_line_does_not() -> None:
    """Off a shore the county's edge is no border; at sea beyond every county, and across a land
    border, nothing is known of the place."""
    spots = pd.DataFrame(
        [("pier", -118.4500, 33.9000, "CA"), ("matamoros", -97.5040, 25.8690, None), ("gulf", -93.0, 27.0, None),
         ("windsor", -83.0250, 42.2990, None), ("el-paso", -106.4850, 31.7587, "TX")],
        columns=["camera_id", "lon", "lat", "expected"],
    )  # fmt: skip
    offshore = borders.assign_places(spots["lon"], spots["lat"])["place_offshore"]
    assert offshore.fillna(False).tolist() == [True, True, False, True, False]
    wanted = spots.set_index("camera_id")["expected"].fillna("-").to_dict()
    placed = reach.reach_table(spots, places=False).set_index("camera_id")["state"]
    assert placed.fillna("-").to_dict() == wanted
    # alone, too: no camera of another kind is needed
    for i, state in enumerate(wanted.values()):
        one = reach.reach_table(spots.iloc[[i]].reset_index(drop=True), places=False)["state"]
        assert one.fillna("-").tolist() == [state]


def test_every_port_is_nearest_to_itself() -> None:
    ports = borders.ports()
    at = pd.DataFrame({"lon": ports.geometry.x.to_numpy(), "lat": ports.geometry.y.to_numpy()})
    found = reach.border_distances(at, borders=["port"], places=True)
    assert found["to_port_m"].max() < 1
    assert found["near_port"].tolist() == ports["name"].tolist()
    assert reach.border_index("port") is reach.border_index("port")
    assert reach.border_index("mexico").nearest(
        at["lon"].to_numpy()[:1], at["lat"].to_numpy()[:1]
    ).distance_m.shape == (1,)


def test_walking_out_of_el_paso_the_county_ends_with_the_error_of_the_border() -> None:
    """Just across the line a camera may stand on this side of it: the border is known to 370 m."""
    walk = pd.DataFrame({"lon": -106.4850, "lat": np.arange(31.7600, 31.7300, -0.0001)})
    walk["camera_id"] = [f"{i:04d}" for i in range(len(walk))]
    where = borders.assign_places(walk["lon"], walk["lat"])
    away, outside = where["place_distance_m"], where["place_offshore"].fillna(False).astype(bool)
    assert ((away > 50) & (away < 350)).sum() > 10
    state = reach.reach_table(walk, places=False)["state"]
    assert (state[~outside] == "TX").all()
    assert (state[away < 370] == "TX").all()
    assert state[outside & (away > 370)].isna().all()
    assert state.isna().sum() > 10


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (1, 2)])
def test_shares_of_one_or_two(k: int, n: int) -> None:
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    assert reach.share_interval(k, n) == pytest.approx((expected.low, expected.high))
    assert np.isnan(reach.share_interval(0, 0)).all()


def test_the_interval_of_the_median_takes_half_of_the_doubt_on_each_side() -> None:
    ranked = list(range(1, 101))
    row = reach.statistics(line_of([float(m) for m in ranked])).iloc[0]
    low, high = stats.binom.ppf([0.025, 0.975], 100, 0.5)
    assert (row["median_low"], row["median_high"]) == (pytest.approx(low), pytest.approx(high + 1))


def test_unknown_position_errors_are_none_and_two_columns_are_enough() -> None:
    table = pd.DataFrame({"camera_id": ["a"], "to_mexico_m": [100 * MILE + 60.01]})
    row = reach.statistics(table, error_m=pd.Series([np.nan])).iloc[0]
    assert row["within_100_high"] == 0
    assert list(
        reach.border_distances(pd.DataFrame({"lon": [-99.5], "lat": [27.5]}), borders=["land"])
    ) == ["to_land_m"]


def test_half_the_people_live_nearer_than_the_median() -> None:
    people = pd.DataFrame(
        {"lon": 0.0, "lat": 0.0, "people": 1.0, "to_land_m": np.arange(60, 0, -10) * MILE}
    )
    assert reach.people_within(people, borders=["land"]).iloc[0]["median"] == pytest.approx(30)


def test_the_rows_of_two_borders_are_numbered_through() -> None:
    table = line_of([1.0, 2.0]).assign(to_mexico_m=[5.0, 6.0])
    assert reach.distribution(table, borders=["mexico", "land"]).index.tolist() == [0, 1, 2, 3, 4]


def test_R5_clusters_widen_the_intervals_and_do_not_hang_on_order() -> None:
    rng = np.random.default_rng(5)
    county = np.repeat(np.arange(60), 25)
    far = np.repeat(rng.uniform(0, 300, 60), 25) + rng.uniform(0, 1, 1500)
    table = pd.DataFrame(
        {"camera_id": [f"c{i:04}" for i in range(1500)], "to_land_m": far * MILE}
    ).assign(county_geoid=[f"{c:05}" for c in county])
    row = reach.statistics(table).iloc[0]
    alone = reach.statistics(table.drop(columns="county_geoid")).iloc[0]
    for low, high in (("share_100_low", "share_100_high"), ("median_low", "median_high")):
        assert row[high] - row[low] > 2 * (alone[high] - alone[low])
    mixed = reach.statistics(table.sample(frac=1, random_state=1)).iloc[0]
    assert mixed["share_100_low"] == row["share_100_low"]
    assert mixed["median_high"] == row["median_high"]


@pytest.mark.parametrize("groups", [1, 2, 5, 19, 20, 40])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_R5_no_interval_has_zero_width(groups: int, share: float) -> None:
    near = int(groups * share)
    miles = np.repeat(np.r_[np.full(near, 10.0), np.full(groups - near, 500.0)], 4)
    table = line_of(miles.tolist()).assign(
        county_geoid=np.repeat([f"{c:05}" for c in range(groups)], 4)
    )
    row = reach.statistics(table).iloc[0]
    for low, high in (
        (row["share_100_low"], row["share_100_high"]),
        (row["median_low"], row["median_high"]),
    ):
        assert np.isnan(low) == np.isnan(high)
        assert np.isnan(low) or low < high


@settings(max_examples=30)
@given(
    st.integers(30, 300),
    st.integers(20, 60),
    st.integers(1, 5),
    st.integers(0, 2**32 - 1),
)
def test_R5_many_groups_at_once_are_each_group_alone(
    n: int, clusters: int, groups: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    table = line_of(np.round(rng.exponential(100, n), 0).tolist())
    table.loc[rng.random(n) < 0.1, "to_land_m"] = np.nan
    table["county_geoid"] = rng.integers(clusters, size=n).astype(str)
    by = pd.Series(rng.integers(groups, size=n).astype(str))
    few = reach.Settings(replicates=50)
    whole = reach.statistics(table, by=by, settings=few)
    for row in whole.to_dict("records"):
        mine = (by == row["group"]).to_numpy()
        alone = reach.statistics(table[mine], settings=few).iloc[0].to_dict()
        assert {k: v for k, v in row.items() if k != "group" and v == v} == {
            k: v for k, v in alone.items() if k != "group" and v == v
        }
        far = (table["to_land_m"][mine].dropna() / MILE).to_numpy()
        if len(far):
            assert row["q25"] == np.quantile(far, 0.25)
            assert row["farthest"] == far.max()


@settings(max_examples=50)
@given(st.integers(1, 200), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_R5_medians_of_draws_are_those_of_the_cameras_written_out(
    n: int, clusters: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    ranked = np.sort(np.round(rng.exponential(10, n), 1))
    codes = rng.integers(clusters, size=n)
    weights = rng.integers(0, 4, size=(20, clusters))
    weights = weights[(weights[:, codes].sum(axis=1)) > 0]
    made = intervals._weighted_medians(ranked, codes, weights)
    for row, value in zip(weights, made, strict=True):
        written = np.repeat(ranked, row[codes])
        assert value == written[(len(written) + 1) // 2 - 1]


@pytest.mark.slow
def test_R5_the_nation_has_clusters_and_cameras_of_canada_are_left_out(shared: Path) -> None:
    made = reach.measure(
        shared / "cameras/us-2026-01.json.gz", borders=["land"], roads=reach.NO_ROADS
    )
    row = made.statistics.iloc[0]
    # each camera by itself: 289.3 (287 to 291) and 13.61 to 14.15 %, 1.14 to 1.18 times the people;
    # agencies buy readers by the dozen: 259 to 353, 0.70 to 1.70 times
    assert row["median"] == pytest.approx(289.5, abs=0.2)
    assert row["median_low"] == pytest.approx(259, abs=6)
    assert row["median_high"] == pytest.approx(353, abs=6)
    people = 0.120
    assert row["share_100_low"] / people == pytest.approx(0.70, abs=0.05)
    assert row["share_100_high"] / people == pytest.approx(1.70, abs=0.1)
    # one count everywhere
    assert made.summary()["outside"] == 18
    counted = "61,750 standing readers in the United States"
    assert made.cameras.sentence() == (
        f"{counted}; set aside: 18 outside the United States (Canada)"
    )
    assert row["n"] == len(made.cameras.table) == 61_750
