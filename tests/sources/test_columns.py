"""S3: a pair of position columns has one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyproj import Transformer

from alprmap import sources
from alprmap.errors import InputError

PLACES = {
    "TX": [(30.267153, -97.743057), (31.549333, -97.14667), (29.424349, -98.491142)],
    "OH": [(39.96245, -83.00068), (39.957, -82.901), (40.061, -82.953)],
    "CO": [(39.7392, -104.9903), (39.7508, -105.2211), (39.6133, -105.0166)],
}


def projected(state: str, crs: str) -> pd.DataFrame:
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    xy = [to.transform(lon, lat) for lat, lon in PLACES[state]]
    return pd.DataFrame({"X": [x for x, _ in xy], "Y": [y for _, y in xy]})


@pytest.mark.parametrize(
    ("state", "crs"), [("TX", "EPSG:26914"), ("OH", "EPSG:3735"), ("CO", "EPSG:2232")]
)
@pytest.mark.parametrize("zone", [False, True])
def test_S3_one_grid_explains_the_column_or_the_file_is_refused(
    state: str, crs: str, zone: bool
) -> None:
    frame = projected(state, crs).assign(State=state)
    if zone:
        frame["Zone"] = [1, 4, 5]  # of the police patrol
    try:
        found = sources.read(frame)
    except InputError as error:
        assert "--crs" in str(error)
        found = sources.read(frame, settings=sources.Settings(crs=crs))
    for (lat, lon), row in zip(PLACES[state], found.reports.itertuples(), strict=True):
        assert (row.lat, row.lon) == pytest.approx((lat, lon), abs=3e-4)


@pytest.mark.slow
def test_S3_a_grid_that_nobody_names_is_asked_for() -> None:
    with pytest.raises(InputError, match="--crs"):
        sources.read(projected("OH", "EPSG:3735"))


@pytest.mark.parametrize("part", [1e6, 1e7])
def test_S3_fractions_of_a_degree(part: float) -> None:
    frame = pd.DataFrame(
        [(int(lat * part), int(lon * part)) for lat, lon in PLACES["OH"]], columns=["lat", "lon"]
    )
    reports = sources.read(frame).reports
    assert reports["lat"].tolist() == pytest.approx([p[0] for p in PLACES["OH"]], abs=1e-5)


LATE = 2_600
"""Rows before the evidence: more than the first batch holds."""


def in_grid(places: list[tuple[float, float]], crs: str) -> list[tuple[float, float]]:
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return [to.transform(lon, lat) for lat, lon in places]


@pytest.mark.slow
def test_S3_evidence_of_the_last_row_settles_the_grid_of_all() -> None:
    # Tacoma fits two zones of UTM as long as no row says where it is
    xy = in_grid([(47.2529, -122.4443)] * LATE, "EPSG:26910")
    frame = pd.DataFrame(xy, columns=["Easting", "Northing"]).assign(City="", State="")
    with pytest.raises(InputError, match="EPSG:26910, EPSG:26911"):
        sources.read(frame)
    frame.loc[LATE - 1, ["City", "State"]] = ["Tacoma", "WA"]
    reports = sources.read(frame).reports
    assert len(reports) == LATE
    assert reports["lon"].tolist() == pytest.approx([-122.4443] * LATE, abs=3e-5)


def test_S3_a_late_row_that_no_grid_explains_refuses_a_short_file_and_itself_in_a_long_one() -> (
    None
):
    xy = in_grid([(39.96, -83.0)] * 4, "EPSG:3735")
    frame = pd.DataFrame(xy, columns=["X", "Y"]).assign(State="OH")
    frame.loc[3, ["X", "Y"]] = [9_999_999.0, 5_000.0]
    with pytest.raises(InputError, match="no grid explains all"):
        sources.read(frame)
    long = pd.concat([frame[:3]] * 900 + [frame[3:]], ignore_index=True)
    found = sources.read(long)
    assert (len(found.reports), len(found.rejects)) == (2_700, 1)
    assert found.reports["lat"].tolist() == pytest.approx([39.96] * 2_700, abs=3e-5)


def test_S3_numbers_of_a_grid_among_degrees_are_refused_by_row() -> None:
    frame = pd.DataFrame({"X": [-83.0] * 300, "Y": [39.96] * 300})
    frame.loc[299] = [1_828_674.0, 714_720.0]
    found = sources.read(frame)
    assert (len(found.reports), len(found.rejects)) == (299, 1)


@pytest.mark.parametrize(
    ("zones", "named", "placed"),
    [
        (["10", "11", "12"], "FL", True),  # patrol zones of Florida: elsewhere they would be at sea
        (["12", "13", "14"], "CO", True),
        (["13S", "13S", "13S"], "", True),
        (["12", "13", "14"], "", False),  # both could be meant
    ],
)
def test_S3_a_column_of_zones_is_one_hypothesis_among_the_grids(
    zones: list[str], named: str, placed: bool
) -> None:
    places, crs = (FLORIDA, "EPSG:26917") if named == "FL" else (PLACES["CO"], "EPSG:26913")
    frame = pd.DataFrame(in_grid(places, crs), columns=["Easting", "Northing"])
    frame = frame.assign(Zone=zones, State=named)
    if not placed:
        with pytest.raises(InputError, match="column of zones"):
            sources.read(frame)
        return
    reports = sources.read(frame).reports
    for (lat, lon), row in zip(places, reports.itertuples(), strict=True):
        assert (row.lat, row.lon) == pytest.approx((lat, lon), abs=3e-4)


FLORIDA = [(27.9506, -82.4572), (27.96, -82.46), (27.94, -82.48)]


@pytest.mark.parametrize(
    "written",
    [
        lambda v: f"{v:,.1f}",  # 1,828,674.6
        lambda v: f"{v:,.1f}".translate(str.maketrans(",.", ".,")),  # 1.828.674,6
        lambda v: f"{v:.1f}".replace(".", ","),  # 1828674,6
        lambda v: f"{v:,.1f}".replace(",", " "),  # 1 828 674.6
    ],
)
def test_S3_thousands_and_decimal_commas_of_a_grid(written: object) -> None:
    xy = in_grid(PLACES["OH"], "EPSG:3735")
    cells = [[written(x), written(y)] for x, y in xy]  # type: ignore[operator]
    reports = sources.read(pd.DataFrame(cells, columns=["X", "Y"]).assign(State="OH")).reports
    for (lat, lon), row in zip(PLACES["OH"], reports.itertuples(), strict=True):
        assert (row.lat, row.lon) == pytest.approx((lat, lon), abs=3e-4)


@pytest.mark.parametrize(("last", "first"), [("25/04/2024", "2024-04-03"), ("", "2024-03-04")])
def test_S6_the_last_date_settles_the_order_of_all(last: str, first: str) -> None:
    frame = pd.DataFrame({"lat": 39.96, "lon": -83.0, "Install Date": ["03/04/2024"] * LATE})
    frame.loc[LATE - 1, "Install Date"] = last
    assert sources.read(frame).reports["first_seen"].iloc[0] == first


def test_S6_a_late_contradiction_leaves_out_the_days_that_could_be_either() -> None:
    frame = pd.DataFrame({"lat": 39.96, "lon": -83.0, "Install Date": ["03/04/2024"] * LATE})
    frame.loc[[LATE - 2, LATE - 1], "Install Date"] = ["25/04/2024", "04/25/2024"]
    found = sources.read(frame)
    assert found.reports["first_seen"].notna().sum() == 2
    assert found.tally["changes"]["date not readable"] == LATE - 2


def test_S3_of_several_grids_the_roads_that_are_given_tell() -> None:
    frame = projected("TX", "EPSG:26914").assign(State="TX")
    asked: list[int] = []

    def near(west: float, south: float, east: float, north: float) -> sources.Settings:
        return sources.Settings(near=lambda: (asked.append(1), ((west, south, east, north),))[1])

    with pytest.raises(InputError, match="EPSG:26914, EPSG:2275"):
        sources.read(frame)
    with pytest.raises(InputError, match="EPSG:26914, EPSG:2275"):
        sources.read(frame, settings=near(-83.2, 39.8, -82.8, 40.1))  # roads of another state
    reports = sources.read(frame, settings=near(-98.6, 29.3, -97.0, 31.6)).reports
    assert reports["lon"].tolist() == pytest.approx([p[1] for p in PLACES["TX"]], abs=3e-4)
    assert asked
    asked.clear()
    sources.read(projected("OH", "EPSG:3735").assign(State="OH"), settings=near(0, 0, 1, 1))
    assert not asked, "roads are read only where grids are in doubt"


def test_S3_merge_asks_the_roads_that_they_were_given(tmp_path: Path, alprmap_here: Any) -> None:
    projected("TX", "EPSG:26914").assign(State="TX").to_csv(tmp_path / "list.csv", index=False)
    corners = [(-98.55, 29.3), (-97.0, 31.6)]
    nodes = "".join(f"n{i} x{x} y{y}\n" for i, (x, y) in enumerate(corners, 1))
    way = "w1 Thighway=primary,name=Long%20%Road Nn1,n2\n"
    (tmp_path / "roads.opl").write_text(nodes + way)
    code, _, err = alprmap_here("merge", "list.csv", "--out", "a.parquet")
    assert code == 1
    assert "EPSG:26914" in err
    code, _, err = alprmap_here("merge", "list.csv", "--roads", "roads.opl", "--out", "b.parquet")
    assert code in (0, 3), err
    lon = pd.read_parquet(tmp_path / "b.parquet", columns=["lon"])["lon"]
    assert sorted(lon) == pytest.approx(sorted(p[1] for p in PLACES["TX"]), abs=3e-4)
