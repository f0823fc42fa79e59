"""The cameras door (S12): one policy for a path, a table, a merge and an earlier result."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from alprmap import merge, schema, sources
from alprmap.errors import InputError

ROWS = [
    ("Active", "ALPR"), ("In service", "LPR"), ("", "Falcon"), ("Removed 3/2025", "ALPR"),
    ("decommissioned", "ALPR"), ("cancelled", "ALPR"), ("not yet installed", "ALPR"),
    ("pending", "ALPR"), ("awaiting permit", "ALPR"), ("Active", "red_light_camera"),
    ("Active", "speed camera"), ("Active", "gunshot-detector"), ("Active", "CCTV"),
    ("Active", "Toll tag reader"), ("Active", "Radar speed sign"),
]  # fmt: skip


def listed(folder: Path, rows: list[tuple[str, str]] = ROWS) -> Path:
    path = folder / "list.csv"
    lines = [
        f"A{i},{39.90123 + 0.01 * i:.5f},-83.04567,{status},{device}"
        for i, (status, device) in enumerate(rows)
    ]
    path.write_text("\n".join(["Id,Latitude,Longitude,Status,Device", *lines]))
    return path


def test_S12_every_kind_of_input_gives_the_same_cameras(tmp_path: Path) -> None:
    path = listed(tmp_path)
    reports = sources.read(path).reports
    merged = merge.merge(reports)
    saved = tmp_path / "cameras.parquet"
    merge.save_merge(merged, reports, saved)
    opened = merge.open_cameras(path)
    for other in (reports, merged, saved, merged.cameras, opened):
        found = merge.open_cameras(other)
        assert found.set_aside_counts() == opened.set_aside_counts()
        assert len(found.table) == len(opened.table) == 3
        schema.check(found.table, "cameras")
        assert set(found.views["camera_id"]) == set(found.table["camera_id"])
    points = gpd.GeoDataFrame(
        merged.cameras.drop(columns=["lon", "lat"]),
        geometry=gpd.points_from_xy(merged.cameras["lon"], merged.cameras["lat"]),
        crs="EPSG:4326",
    )
    assert len(merge.open_cameras(points).table) == 3


def test_S12_any_frame_with_places_is_read() -> None:
    frame = pd.DataFrame(
        {"Latitude": [39.90123, 39.91234], "Longitude": [-83.04567, -83.05678],
         "Status": ["Active", "Removed"]}
    )  # fmt: skip
    assert merge.open_cameras(frame).set_aside_counts() == {"removed": 1}
    points = gpd.GeoDataFrame(
        frame[["Status"]], geometry=gpd.points_from_xy(frame.Longitude, frame.Latitude), crs=4326
    ).to_crs(32617)
    found = merge.open_cameras(points)
    assert found.set_aside_counts() == {"removed": 1}
    assert found.table["lat"].round(5).tolist() == [39.90123]


def test_S12_what_is_set_aside_is_counted_and_listed(tmp_path: Path) -> None:
    opened = merge.open_cameras(listed(tmp_path))
    assert opened.set_aside_counts() == {
        "removed": 3, "planned": 3, "red_light": 1, "speed": 1, "cctv": 1, "toll": 1,
        "other": 2,
    }  # fmt: skip
    assert len(opened.table) + len(opened.set_aside) == len(ROWS)
    assert opened.sentence() == (
        "3 standing readers; set aside: 3 removed, 3 planned, 1 red-light camera, 1 speed camera,"
        " 1 CCTV camera, 1 toll reader, 2 devices that read no plates"
    )
    assert opened.set_aside["camera_id"].notna().all()


def test_S12_another_status_is_counted_on_request_and_back(tmp_path: Path) -> None:
    opened = merge.open_cameras(listed(tmp_path))
    more = merge.open_cameras(opened, status=["standing", "planned"])
    assert len(more.table) == 6
    assert set(more.views["camera_id"]) == set(more.table["camera_id"])
    back = merge.open_cameras(more)
    assert sorted(back.table["camera_id"]) == sorted(opened.table["camera_id"])
    assert len(merge.open_cameras(opened, status="all", device="all").table) == len(ROWS)
    with pytest.raises(InputError, match="status gone is not known"):
        merge.open_cameras(opened, status="gone")


def test_S12_nothing_that_stands_is_an_error(tmp_path: Path) -> None:
    path = listed(tmp_path, [("Removed", "ALPR"), ("planned", "ALPR")])
    with pytest.raises(InputError, match="no standing plate reader: 0 standing readers"):
        merge.open_cameras(path)


ABROAD = {
    "Vancouver": (-123.249363, 49.259983, "in_canada"),
    "Toronto": (-79.383184, 43.653221, "in_canada"),
    "Ciudad Juarez": (-106.4870, 31.6904, "in_mexico"),
    "Tijuana": (-117.0382, 32.5149, "in_mexico"),
    "Paris": (2.3522, 48.8566, "outside_the_united_states"),
    "Tokyo": (139.6917, 35.6895, "outside_the_united_states"),
    "the high sea": (-140.01234, 30.01234, "outside_the_united_states"),
    "El Paso": (-106.4850, 31.7619, None),
    "Detroit": (-83.0458, 42.3314, None),
    "Honolulu": (-157.8583, 21.3069, None),
    "San Juan": (-66.1057, 18.4655, None),
    "Guam": (144.7937, 13.4443, None),
    "Adak, beside the antimeridian": (-176.658, 51.88, None),
    "a pier in the Gulf": (-97.14321, 26.06123, None),
}


@pytest.mark.parametrize("place", ABROAD)
def test_S12_what_stands_in_another_country_is_set_aside_by_country(place: str) -> None:
    lon, lat, reason = ABROAD[place]
    frame = pd.DataFrame({"longitude": [lon, -83.04567], "latitude": [lat, 39.90123]})
    opened = merge.open_cameras(frame)
    assert opened.set_aside_counts() == ({} if reason is None else {reason: 1})
    assert len(opened.table) + len(opened.set_aside) == 2
    assert ("in the United States" in opened.sentence()) == (reason is not None)
    # on request it counts, and the door closes again
    both = merge.open_cameras(opened, status=["standing", "abroad"])
    assert len(both.table) == 2
    assert len(merge.open_cameras(opened, status="all").table) == 2
    assert merge.open_cameras(both).set_aside_counts() == opened.set_aside_counts()


def test_S12_a_list_of_another_country_is_counted_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "toronto.csv"
    path.write_text("id,lat,lon,status\na,43.6532,-79.3831,\nb,43.7001,-79.4163,removed\n")
    assert merge.open_cameras(path).sentence() == "1 standing reader; set aside: 1 removed"


def test_S12_a_wing_may_leave_more_out(tmp_path: Path) -> None:
    opened = merge.open_cameras(listed(tmp_path))
    fewer = opened.without(opened.table["lat"] > 39.905, "outside the United States")
    assert len(fewer.table) == 1
    assert fewer.set_aside_counts()["outside the United States"] == 2
    assert "2 outside the United States" in fewer.sentence()


def test_S12_reports_without_a_place_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("Latitude,Longitude,Location\n39.90123,-83.04567,\n,,Main St & Oak St\n")
    opened = merge.open_cameras(path)
    assert opened.set_aside_counts() == {"no_position": 1}
    assert opened.sentence() == "1 standing reader; set aside: 1 without a position"


def test_S12_double_uploads_of_a_file_by_itself_are_counted_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text("Id,Latitude,Longitude\n1,39.90123,-83.04567\n2,39.90123,-83.04567\n")
    assert len(merge.open_cameras(path).table) == 2
    table = pd.DataFrame(sources.read(path).reports)
    assert len(merge.open_cameras(table).table) == 2


def test_S12_result_is_saved_and_shown(tmp_path: Path) -> None:
    opened = merge.open_cameras(listed(tmp_path))
    written = {p.name for p in opened.save(tmp_path / "out.csv")}
    assert {"out.csv", "out.set-aside.csv", "out.links.csv"} <= written
    assert "standing readers: 3" in opened._repr_html_()
