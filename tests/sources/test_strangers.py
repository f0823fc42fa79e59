"""S1, S3, S6, S7, S16: tables as strangers write them, one of each kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alprmap import merge, sources
from alprmap.errors import InputError

ONE, TWO = (-82.99881, 39.96124), (-82.98, 39.97)
"""Two places in Columbus, Ohio."""


def read(folder: Path, name: str, content: Any) -> sources.Read:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8")
    return sources.read(folder / name)


def placed(found: sources.Read) -> list[tuple[float, float]]:
    table = found.reports.dropna(subset=["lon"])
    return [(round(x, 5), round(y, 5)) for x, y in zip(table["lon"], table["lat"], strict=True)]


def record(at: tuple[float, float], **more: Any) -> dict[str, Any]:
    return {"lat": at[1], "lon": at[0], **more}


JSONS: dict[str, Any] = {
    "docs": {"response": {"docs": [record(ONE), record(TWO)]}},
    "a list for each town": {"Alderton": [record(ONE)], "Birchfield": [record(TWO)]},
    "by id": {"a": record(ONE), "b": record(TWO)},
    "columns and rows": {"columns": ["lat", "lon"], "rows": [[ONE[1], ONE[0]], [TWO[1], TWO[0]]]},
    "lists under a line of names": [["lat", "lon"], [ONE[1], ONE[0]], [TWO[1], TWO[0]]],
    "pandas, by column": {
        "lat": {"0": ONE[1], "1": TWO[1]}, "lon": {"0": ONE[0], "1": TWO[0]}
    },
    "pandas, split": {
        "columns": ["lat", "lon"], "index": [0, 1], "data": [[ONE[1], ONE[0]], [TWO[1], TWO[0]]]
    },
    "lists by column": {"lat": [ONE[1], TWO[1]], "lon": [ONE[0], TWO[0]]},
    "GraphQL": {"data": {"c": {"edges": [{"node": record(ONE)}, {"node": record(TWO)}]}}},
    "layers": {
        "layers": [
            {"name": n, "features": [{"attributes": {"A": 1}, "geometry": {"x": p[0], "y": p[1]}}]}
            for n, p in (("a", ONE), ("b", TWO))
        ]
    },
    "a web map": {
        "operationalLayers": [
            {"featureCollection": {"layers": [{"featureSet": {"features": [
                {"attributes": {"A": 1}, "geometry": {"x": p[0], "y": p[1]}} for p in (ONE, TWO)
            ]}}]}}
        ]
    },
    "pairs": [{"id": 1, "spot": [ONE[1], ONE[0]]}, {"id": 2, "spot": [TWO[1], TWO[0]]}],
    "a collection": {"type": "GeometryCollection", "geometries": [
        {"type": "Point", "coordinates": list(ONE)}, {"type": "Point", "coordinates": list(TWO)}
    ]},
    "an object in an object": [
        {"id": i, "place": {"street": "Main St", "geo": {"lat": p[1], "lng": p[0]}}}
        for i, p in enumerate((ONE, TWO))
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(JSONS))
def test_S1_a_list_of_records_is_found_however_it_is_wrapped(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, "a.json", JSONS[name])
    assert placed(found) == [ONE, TWO]
    assert found.tally["unused"] in ([], ["A"])


@pytest.mark.parametrize(
    "beside",
    [
        {"exceededTransferLimit": True}, {"properties": {"exceededTransferLimit": True}},
        {"next": "https://example.org/?page=2"}, {"links": [{"rel": "next", "href": "x"}]},
        {"total": 350}, {"meta": {"pagination": {"page": 1, "pages": 5}}}, {"offset": "itrX/recY"},
        {"hasMore": True}, {"@odata.nextLink": "x"}, {"meta": {"totalPages": 3, "currentPage": 2}},
    ],
)  # fmt: skip
def test_S1_an_answer_that_was_cut_says_so(tmp_path: Path, beside: dict[str, Any]) -> None:
    found = read(tmp_path, "a.json", {"records": [record(ONE)], **beside})
    assert placed(found) == [ONE]
    assert found.tally["cut"]


def test_S1_an_error_of_a_server_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Invalid query"):
        read(tmp_path, "a.json", {"error": {"code": 400, "message": "Invalid query"}})


TABLES: dict[str, str] = {
    "no column promises it": "Site,Where\nA,39.96124 / -82.99881\nB,N 39.97 W 82.98\n",
    "behind the place": 'Location,N\n"Main St & Oak St\nColumbus, OH\n(39.96124, -82.99881)",\n'
    '"Elm St at 5th Ave 39.97000, -82.98000",\n',
    "objects in cells": "id,Location\n1,\"{'latitude': '39.96124', 'longitude': '-82.99881'}\"\n"
    "2,\"{'longitude': '-82.98', 'latitude': '39.97'}\"\n",
    "geometry as text": "Site,shape_wkt\nA,POINT (-82.99881 39.96124)\nB,POINT Z (-82.98 39.97 2)\n",
    "side by side": "Lat,Long,,Lat,Long\n39.96124,-82.99881,,39.97,-82.98\n",
    "turned": "Field,Cam 1,Cam 2\nLocation,A & B,C & D\nLatitude,39.96124,39.97\nLongitude,-82.99881,-82.98\n",
    "hemispheres": "Site,Latitude,Longitude\nA,39.96124N,82.99881W\nB,39.97 N,82.98 W\n",
    "ten-millionths": "Site,Latitude,Longitude\nA,399612410,-829988100\nB,399700000,-829800000\n",
    "old line ends": "Lat,Lon\r39.96124,-82.99881\r39.97,-82.98\r",
    "sep=": "sep=;\nLat;Lon\n39,96124;-82,99881\n39,97;-82,98\n",
    "names with a slash": "Camera Latitude / Lat,Longitude (W)\n39.96124,-82.99881\n39.97,-82.98\n",
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_S3_a_position_is_found_however_it_is_written(tmp_path: Path, name: str) -> None:
    assert placed(read(tmp_path, "a.csv", TABLES[name])) == [ONE, TWO]


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/maps/place/X/@39.9,-82.9,17z/data=!3m5!1s0x0!8m2!3d39.97!4d-82.98",
        "https://maps.apple.com/?ll=39.97000,-82.98000", "geo:39.97,-82.98",
        "https://www.openstreetmap.org/?mlat=39.97000&mlon=-82.98000#map=17/39.9/-82.9",
        "https://www.google.com/maps?q=loc:39.97000,-82.98000",
        "https://www.google.com/maps/dir//39.97000,-82.98000/@39.9,-82.9,17z",
        "https://www.google.com/maps/@?api=1&map_action=pano&viewpoint=39.97000%2C-82.98000",
        "https://www.google.com/maps/search/?api=1&query=39.97000%2C-82.98000",
        "https://www.bing.com/maps?cp=39.97000~-82.98000&lvl=17",
        "https://www.google.com/maps/place/39.97000,-82.98000",
    ],
)  # fmt: skip
def test_S3_a_map_link_gives_its_pin_in_a_column_of_any_name(tmp_path: Path, link: str) -> None:
    assert placed(read(tmp_path, "a.csv", f'Site,Somewhere\nA,"{link}"\nB,\n')) == [TWO]


@pytest.mark.parametrize(
    ("heads", "row", "place"),
    [
        ("Road,From,To", "US 59,Elm St,Oak St", "US 59 between Elm St and Oak St"),
        ("Street Name,Cross Street,Municipality", "Main St,Oak St,X", "Main St at Oak St"),
        ("Block,Street", "1200,Main St", "1200 block of Main St"),
        ("House Number,Street Name,City", "1200,Main St,X", "1200 Main St"),
        ("Primary Road,Secondary Road", "Main St,Oak St", "Main St at Oak St"),
        ("Hwy,Mile Marker", "I 10,100.2", "I 10 at MP 100.2"),
        ("Route,Milepost", "US 83,MP 10", "US 83 at MP 10"),
        ("Street,Town", "Main St & Oak St,X", "Main St & Oak St"),
    ],
)
def test_S1_a_place_in_several_columns_is_one_place(
    tmp_path: Path, heads: str, row: str, place: str
) -> None:
    found = read(tmp_path, "a.csv", f"{heads}\n{row}\n")
    assert found.reports["place_raw"].tolist() == [place]


def test_S1_headings_totals_and_notes_are_no_cameras_and_are_counted(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "a.csv",
        "Location,Latitude,Longitude,Qty\nNorth District,,,\nMain & Oak,39.96124,-82.99881,1\n"
        "South District,,,\nElm & 5th,39.97,-82.98,1\nTotal,,,2\n* proposed sites are left out,,,\n",
    )
    assert placed(found) == [ONE, TWO]
    assert found.tally["why"] == {"heading, total or note": 4}


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (("03/04/2024", "13/04/2024"), ("2024-04-03", "2024-04-13")),
        (("03/04/2024", "04/13/2024"), ("2024-03-04", "2024-04-13")),
        (("03/04/2024", "05/06/2024"), ("2024-03-04", "2024-05-06")),
        (("45000", "45010"), ("2023-03-15", "2023-03-25")),
        (("1709337600000", "1709337600"), ("2024-03-02", "2024-03-02")),
        (("Mar-24", "Q1 2024"), ("2024-03", "2024")),
        (("4-Mar-24", "/Date(1709337600000)/"), ("2024-03-04", "2024-03-02")),
    ],
)
def test_S6_a_column_of_dates_has_one_order(
    tmp_path: Path, cells: tuple[str, str], days: tuple[str, str]
) -> None:
    text = f"Lat,Lon,Installed\n39.96124,-82.99881,{cells[0]}\n39.97,-82.98,{cells[1]}\n"
    assert tuple(read(tmp_path, "a.csv", text).reports["first_seen"]) == days


def test_S6_dates_that_contradict_each_other_are_not_guessed(tmp_path: Path) -> None:
    days = ("13/04/2024", "04/13/2024", "03/04/2024")
    rows = "".join(f"{39.9 + i / 100},-82.98,{d}\n" for i, d in enumerate(days))
    found = read(tmp_path, "a.csv", f"Lat,Lon,Installed\n{rows}")
    assert found.reports["first_seen"].fillna("").tolist() == ["2024-04-13", "2024-04-13", ""]
    assert any("date not readable" in what for what in found.tally["changes"])


@pytest.mark.parametrize(
    ("heads", "cells", "statuses"),
    [
        ("In Service?", ("Y", "N"), ("standing", "removed")),
        ("Active", ("TRUE", "FALSE"), ("standing", "removed")),
        ("Installed", ("Yes", "No"), ("standing", "planned")),
        ("Removed Date", ("5/6/2025", ""), ("removed", "unknown")),
        ("Status", ("Declined", "Yet to install"), ("removed", "planned")),
    ],
)
def test_S7_a_column_that_asks_is_answered(
    tmp_path: Path, heads: str, cells: tuple[str, str], statuses: tuple[str, str]
) -> None:
    text = f"Lat,Lon,{heads}\n39.96124,-82.99881,{cells[0]}\n39.97,-82.98,{cells[1]}\n"
    assert tuple(read(tmp_path, "a.csv", text).reports["status"]) == statuses


def test_S7_the_folder_of_a_kml_may_say_that_its_places_are_gone(tmp_path: Path) -> None:
    place = "<Placemark><name>c</name><Point><coordinates>-82.98, 39.97, 0</coordinates></Point>"
    text = f"<kml><Folder><name>Removed</name>{place}</Placemark></Folder></kml>"
    found = read(tmp_path, "a.kml", text)
    assert placed(found) == [TWO]
    assert found.reports["status"].tolist() == ["removed"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Location,Lat,Lon,Qty\nA & B,39.96124,-82.99881,2\n", 2),
        ("Location,Lat,Lon,Number of cameras\nA & B,39.96124,-82.99881,3\n", 3),
        ("Location,Lat,Lon,# Cameras\nA & B,39.96124,-82.99881,two\n", 2),
        ("Location,Lat,Lon\n2 cameras - A St & B St,39.96124,-82.99881\n", 2),
        ("Location,Lat,Lon\nA St & B St (3 LPR cameras),39.96124,-82.99881\n", 3),
        ("Location,Lat,Lon\nA St & B St x2,39.96124,-82.99881\n", 2),
        ("Location,Lat,Lon,Qty\nA & B,39.96124,-82.99881,0\n", 1),
        ("Location,Lat,Lon,Qty\nA & B,39.96124,-82.99881,350\n", 1),
    ],
)
def test_S16_a_row_that_names_several_cameras_is_as_many_reports(
    tmp_path: Path, text: str, number: int
) -> None:
    found = read(tmp_path, "a.csv", text)
    assert placed(found) == [ONE] * number
    assert found.tally["more_than_one_a_row"] == number - 1
    assert found.reports["report_id"].is_unique
    assert found.reports["note"].str.contains("cameras here").all() == (number > 1 or "350" in text)


def test_S16_the_cameras_of_one_row_stay_several_and_are_no_question(tmp_path: Path) -> None:
    text = (
        "Location,Lat,Lon,Qty,Direction\nMain & Oak,39.96124,-82.99881,3,\n"
        "Elm & 5th,39.97123,-82.98123,2,N/S\n"
    )
    found = read(tmp_path, "a.csv", text)
    assert sorted(found.reports["direction_raw"].dropna()) == ["N", "S"]
    merged = merge.merge(found.reports)
    assert len(merged.cameras) == 5
    assert merged.review.empty


def test_S1_dates_in_the_names_of_columns_are_dates_of_the_rows_marked(tmp_path: Path) -> None:
    text = "Location,Lat,Lon,Jan-25,Feb-25\nA,39.96124,-82.99881,x,x\nB,39.97,-82.98,,x\n"
    found = read(tmp_path, "a.csv", text)
    assert found.reports[["first_seen", "last_seen"]].to_numpy().tolist() == [
        ["2025-01", "2025-02"], ["2025-02", "2025-02"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "code", "town", "at"),
    [
        ("OH", "EPSG:3735", "Columbus", (-82.99881, 39.96124)),
        ("CA", "EPSG:2229", "Los Angeles", (-118.2512, 34.0512)),
        ("MI", "EPSG:2253", "Lansing", (-84.5512, 42.7312)),
        ("AZ", "EPSG:2223", "Phoenix", (-112.0712, 33.4512)),
        ("GA", "EPSG:2240", "Atlanta", (-84.3912, 33.7512)),
        ("NY", "EPSG:26918", "Albany", (-73.7512, 42.6512)),
    ],
)
def test_S3_the_grid_of_a_column_is_told_by_the_towns_of_its_rows(
    state: str, code: str, town: str, at: tuple[float, float]
) -> None:
    from pyproj import Transformer

    there = Transformer.from_crs(4326, code, always_xy=True).transform
    rows = [(at[0] + i / 100, at[1] + i / 200) for i in range(5)]
    numbers = [there(*p) for p in rows]
    frame = pd.DataFrame(
        {"Site": list("abcde"), "X": [n[0] for n in numbers], "Y": [n[1] for n in numbers],
         "City": town, "State": state}
    )  # fmt: skip
    found = sources.read(frame).reports
    assert [round(v, 4) for v in found["lon"]] == [round(p[0], 4) for p in rows]
    try:
        bare = sources.read(frame.drop(columns=["City", "State"])).reports
    except InputError as refusal:
        assert "EPSG:" in refusal.what
        assert "--crs" in str(refusal)
    else:
        assert bare["lon"].round(4).tolist() == found["lon"].round(4).tolist()


@pytest.mark.parametrize(
    "cells",
    ["#N/A,#N/A", "TBD,", "<Null>,<Null>", "-999,-999", "99999,99999", "0,0", "(blank),n.a.", ","],
)
def test_S5_a_word_or_a_number_for_nothing_hides_no_place(tmp_path: Path, cells: str) -> None:
    text = f"lat,lon,place\n{cells},Main St & Oak St\n39.97,-82.98,Elm St & 5th Ave\n"
    found = read(tmp_path, "a.csv", text)
    assert placed(found) == [TWO]
    assert found.reports["place_raw"].tolist() == ["Main St & Oak St", "Elm St & 5th Ave"]


@pytest.mark.parametrize("word", ["#N/A", "not available", "<Null>", "(blank)", "TBA", "n.a."])
def test_S5_a_word_for_nothing_in_a_better_column_hides_no_value(tmp_path: Path, word: str) -> None:
    text = (
        "lat,lon,operator,agency,camera direction,heading\n"
        f"39.96124,-82.99881,{word},Alderton PD,{word},90\n"
    )
    report = read(tmp_path, "a.csv", text).reports.iloc[0]
    assert (report["operator"], report["direction_raw"]) == ("Alderton Police Department", "90")


def test_S3_a_column_may_name_the_system(tmp_path: Path) -> None:
    rows = "1829000,720000,EPSG:3735\n1830000,721000,EPSG:3735\n"
    found = read(tmp_path, "a.csv", f"X,Y,Spatial_Ref\n{rows}")
    assert placed(found)[0] == (-82.99776, 39.97574)
    assert found.counts()["unused_columns"] == 0


@pytest.mark.parametrize("word", ["pending removal", "Scheduled for removal", "to be removed"])
def test_S7_what_is_to_be_removed_stands(tmp_path: Path, word: str) -> None:
    text = f"lat,lon,status\n39.96124,-82.99881,{word}\n"
    assert read(tmp_path, "a.csv", text).reports["status"].tolist() == ["standing"]


NUMBERS = {
    "2": 2, "1 ALPR": 1, "two (2)": 2, "3 cams": 3, "x2": 2, "4 LPRs": 4, "dual": 2, "a pair": 2,
    "single": 1, "Two cameras": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    "heading",
    [
        "# of Cameras",
        "No. of ALPRs",
        "Camera Count",
        "Total LPR Cameras",
        "Qty",
        "Flock cameras qty",
    ],
)
def test_S16_a_number_of_cameras_is_read_however_it_is_called_and_written(heading: str) -> None:
    rows = [(f"Site {i}", *ONE[::-1], n) for i, n in enumerate(NUMBERS)]
    found = sources.read(pd.DataFrame(rows, columns=["Location", "Lat", "Lon", heading]))
    assert len(found.reports) == sum(NUMBERS.values())
    assert found.tally["unused"] == []


@pytest.mark.parametrize("heading", ["Camera Number", "Unit #", "Camera No"])
def test_S16_the_number_of_one_camera_is_no_quantity(heading: str) -> None:
    frame = pd.DataFrame({"Lat": [ONE[1]], "Lon": [ONE[0]], heading: ["7"]})
    assert len(sources.read(frame).reports) == 1


def test_S1_names_in_two_lines_are_read_together(tmp_path: Path) -> None:
    text = (
        "Camera,Location,,Install\n,Latitude,Longitude,Date\n"
        f"C1,{ONE[1]},{ONE[0]},1/5/2024\nC2,{TWO[1]},{TWO[0]},2/5/2024\n"
    )
    found = read(tmp_path, "a.csv", text)
    assert placed(found) == [ONE, TWO]
    assert found.reports["first_seen"].tolist() == ["2024-01-05", "2024-02-05"]


def test_S7_a_name_may_say_that_it_was_removed() -> None:
    frame = pd.DataFrame(
        {"Name": ["Pole 4 (removed 5/2025)", "Planned Parenthood lot"], "Lat": 39.9, "Lon": -83.0}
    )
    assert sources.read(frame).reports["status"].tolist() == ["removed", "unknown"]


def test_S3_a_location_cell_of_socrata_is_a_place(tmp_path: Path) -> None:
    cells = [
        ["r1", ['{"address": "1 Main St", "city": "X"}', str(ONE[1]), str(ONE[0]), None, False]]
    ]
    columns = [
        {"name": n, "dataTypeName": t} for n, t in (("sid", "meta_data"), ("Spot", "location"))
    ]
    found = read(tmp_path, "rows.json", {"meta": {"view": {"columns": columns}}, "data": cells})
    assert placed(found) == [ONE]


def test_S3_a_binary_geometry_without_metadata_is_a_place(tmp_path: Path) -> None:
    import shapely

    shapes = [shapely.to_wkb(shapely.Point(*p)) for p in (ONE, TWO)]
    pd.DataFrame({"cam": ["a", "b"], "geom": shapes}).to_parquet(tmp_path / "a.parquet")
    assert placed(sources.read(tmp_path / "a.parquet")) == [ONE, TWO]
