"""C9, C10: flows by code, traffic, and exposure by group, by hand on a town of four blocks."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_nets as nets

from alprmap import coverage as cov
from alprmap.errors import InputError

CODES = ["390490001001000", "390490001001001", "390490001002000", "390490002001000"]
SPOTS = [(-83.00, 40.00), (-82.99, 40.00), (-82.98, 40.00), (-82.97, 40.00)]
FLOWS = """w_geocode,h_geocode,S000,SA01,SE01,createdate
390490001001001,390490001001000,10,3,4,20240920
390490001002000,390490001001000,5,1,5,20240920
390490002001000,390490001001001,20,9,0,20240920
390490009001000,390490001001000,7,7,7,20240920
390490001001000,390490002001000,0,0,0,20240920
"""


def files(tmp_path: Path, *, text: str = FLOWS) -> tuple[Path, Path]:
    flows = tmp_path / "oh_od_main_JT00_2022.csv.gz"
    flows.write_bytes(gzip.compress(text.encode()))
    points = tmp_path / "points.csv"
    rows = [f"{c},{lat},{lon}" for c, (lon, lat) in zip(CODES, SPOTS, strict=True)]
    points.write_text("geocode,lat,lon\n" + "\n".join(rows) + "\n")
    return flows, points


def test_C9_flows_by_code_are_trips_from_home_to_work(tmp_path: Path) -> None:
    pairs, left = cov.read_pairs(*files(tmp_path))
    assert left == {"an end without a point": 1, "nobody drives": 1}
    assert pairs["weight"].tolist() == [10, 5, 20]
    # home first: block 0 to block 1
    first = pairs.iloc[0]
    assert (first["from_lon"], first["to_lon"]) == (-83.00, -82.99)


def test_C9_another_column_may_weigh(tmp_path: Path) -> None:
    pairs, left = cov.read_pairs(*files(tmp_path), weight="SE01")
    assert pairs["weight"].tolist() == [4, 5]
    assert left["nobody drives"] == 2
    with pytest.raises(InputError, match="no column is called SE99"):
        cov.read_pairs(*files(tmp_path), weight="SE99")


def test_C9_blocks_fall_back_on_their_group_and_lost_zeros_are_put_back(tmp_path: Path) -> None:
    flows = tmp_path / "ca.csv"
    flows.write_text("w_geocode,h_geocode,S000\n60014001001000,60014001002001,3\n")
    points = tmp_path / "groups.csv"
    points.write_text(
        "GEOID,INTPTLAT,INTPTLON\n060014001001,37.8,-122.2\n060014001002,37.9,-122.1\n"
    )
    pairs, left = cov.read_pairs(flows, points)
    assert pairs[["from_lat", "to_lat", "weight"]].iloc[0].tolist() == [37.9, 37.8, 3]
    assert sum(left.values()) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("w_geocode,h_geocode,S000\n390490001001000,390490001001001,many\n", "row 1.*no number"),
        ("w_geocode,h_geocode,S000\n390490001001000\n", "row 1.*cut off"),
        ("w_geocode,h_geocode,S000\n1,2,3\n", "no row has both ends"),
        ("w_geocode,h_geocode,S000\n", "no row has both ends"),
    ],
)
def test_C9_bad_flows_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cov.read_pairs(*files(tmp_path, text=text))


def test_C9_flows_without_points_say_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pair-points"):
        cov.read_pairs(files(tmp_path)[0])


def test_C9_readings_a_day_by_hand() -> None:
    segments = pd.DataFrame(
        {
            "segment_id": [0, 1, 2],
            "way_id": [7, 7, 8],
            "length_m": [1000.0, 3000.0, 1000.0],
            "forward": [True, True, True],
            "backward": [True, False, True],
        }
    )
    watches = pd.DataFrame(
        {
            "camera_id": ["a", "a", "b", "c"],
            "segment_id": [0, 0, 1, 2],
            "travel": ["forward", "backward", "forward", "forward"],
        }
    )
    traffic = pd.DataFrame({"way_id": [7.0], "aadt": [10_000.0]})
    hours = pd.DataFrame({"hour": [8, 17], "share": [1.0, 3.0]})
    made = cov.readings_per_day(watches, segments, traffic, hours)
    each = made["c9_readings"].set_index("camera_id")["readings_per_day"]
    # a sees both ways of a two-way road, b all of a one-way road, c has no count
    assert each.to_dict() == {"a": 10_000.0, "b": 10_000.0}
    row = made["c9_traffic"].iloc[0]
    assert (row["readers"], row["readers_with_counts"]) == (3, 2)
    assert row["vehicle_km"] == pytest.approx(40_000)
    assert row["vehicle_km_read_share"] == 1.0
    assert made["c9_hours"]["readings"].tolist() == [5_000.0, 15_000.0]


def town() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four blocks: exposure 4, 2, 1, 1; the group lives 60, 20, 10, 10."""
    places = pd.DataFrame(
        {"total": [100.0] * 4, "group": [60.0, 20.0, 10.0, 10.0], "lon": 0.0, "lat": 0.0}
    )
    return places, pd.DataFrame({"readers_per_trip": [4.0, 2.0, 1.0, 1.0]})


def test_C10_four_blocks_by_hand() -> None:
    places, exposure = town()
    row = cov.exposure_by_group(places, ["group"], exposure, ["x"] * 4).iloc[0]
    # (60·4 + 20·2 + 10·1 + 10·1) / 100 and (40·4 + 80·2 + 90·1 + 90·1) / 300
    assert row["mean"] == pytest.approx(3.0)
    assert row["rest"] == pytest.approx(500 / 300)
    assert row["ratio"] == pytest.approx(1.8)
    assert row["difference"] == pytest.approx(3.0 - 500 / 300)
    # 24 deals of four blocks; as far as this in those 2 that leave 4 on the first block and
    # 2 on the second: 1 in 12
    assert row["p"] == pytest.approx(1 / 12, abs=0.03)


def test_C10_geography_is_not_taken_for_policy() -> None:
    """A group that lives in the county with more readers, and evenly in it, is no sign of policy."""
    places = pd.DataFrame(
        {"total": 100.0, "group": [50.0, 50.0, 50.0, 10.0, 10.0, 10.0], "lon": 0.0, "lat": 0.0}
    )
    exposure = pd.DataFrame({"readers_per_trip": [5.0, 6.0, 7.0, 1.0, 2.0, 3.0]})
    county = ["a"] * 3 + ["b"] * 3
    row = cov.exposure_by_group(places, ["group"], exposure, county).iloc[0]
    assert row["ratio"] > 1.3
    assert row["ratio_by_county"] == pytest.approx(row["ratio"], rel=0.01)
    assert row["p"] > 0.5


def test_C10_words_name_the_estimand_and_the_limits() -> None:
    places, exposure = town()
    text = cov.equity_sentences(cov.exposure_by_group(places, ["group"], exposure, ["x"] * 4))
    assert text[0].startswith("group: 3.00 against 1.67 for everybody else")
    assert "not who was searched" in text[-1]


def test_C10_people_without_an_exposure_are_counted() -> None:
    places, exposure = town()
    exposure.loc[0] = np.nan
    row = cov.exposure_by_group(places, ["group"], exposure, ["x"] * 4).iloc[0]
    assert (row["people"], row["left_out"], row["places"]) == (40, 60, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lat,lon,people,renters\n40,-83,10,11\n", "row 1.*renters has more people"),
        ("lat,lon,people,renters\n40,-83,10,few\n41,-83,10,3\n", "row 1.*renters is no number"),
        ("lat,lon,people\n40,-83,10\n", "no column of a group"),
        ("lat,people,renters\n40,10,3\n", "no column of lon"),
        ("lat,lon,people,renters\n,-83,10,3\n", "row 1.*no number"),
    ],
)
def test_C10_a_table_of_groups_that_is_none_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "g.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        cov.read_groups(path)


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


TRAFFIC = {
    "a state's table of stations": (
        "Station ID,Route,Latitude,Longitude,AADT 2022,AADT 2023\n"
        'S1,US 23,{lat},{lon},1,"12,340"\nS2,US 23,{lat},{lon},7,\nS3,US 23,27.5,-99.5,1,900\n'
    ),
    "year before the column": "Y,X,AADT_2019,AADT_2024\n{lat},{lon},5,12340\n",
    "without a year": "lat,lon,Current AADT,AADT (2015)\n{lat},{lon},12340,3\n",
    "of the federal highway system": "latitude,longitude,aadt_vn\n{lat},{lon},12340\n",
    "in words": "lat,lon,Average Annual Daily Traffic\n{lat},{lon},12340.0\n",
    "by way": "way_id,ADT\n{way},12340\n99,5\n",
}


@pytest.mark.parametrize("layout", TRAFFIC)
def test_C9_counts_of_traffic_are_read_as_states_publish_them(layout: str, tmp_path: Path) -> None:
    net = nets.roads({0: (0, 0), 1: (1000, 0)}, [(0, 1, {"name": "US 23"})])
    lon, lat = nets.lonlat(500, 4)
    told = {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "way": net.segments["way_id"].iloc[0]}
    path = table(tmp_path / "aadt.csv", TRAFFIC[layout].format(**told))
    made = cov.read_traffic(path, net.segments)
    assert made["aadt"].tolist() == [12_340.0]
    watches = nets.watches([("a", 0, "forward", 500.0)])
    day = cov.readings_per_day(watches, net.segments, made)["c9_traffic"].iloc[0]
    assert day["readings_per_day"] == pytest.approx(6_170)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lat,lon,trucks\n27.5,-99.5,4\n", "no column aadt"),
        ("route,aadt\nUS 23,4\n", "says nowhere"),
        ("lat,lon,aadt\n27.5,-99.5,many\n", "row 1"),
        ("lat,lon,aadt\n27.5,-99.5,-4\n", "row 1"),
        ("lat,lon,aadt\n10.5,-9.5,4\n", "no count lies"),
        ("lat,lon,aadt\n27.5,-99.5,\n", "no count lies"),
    ],
)
def test_C9_what_is_no_table_of_traffic_is_one_line(
    text: str, message: str, tmp_path: Path
) -> None:
    net = nets.roads({0: (0, 0), 1: (1000, 0)}, [(0, 1, {})])
    with pytest.raises(InputError, match=message):
        cov.read_traffic(table(tmp_path / "aadt.csv", text), net.segments)
