"""S1, S3, S6, S7: tables of other offices, states and languages, one line of the table below a kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyproj import Transformer

from alprmap import direction, sources
from alprmap.errors import InputError
from alprmap.shipped import alias_rows
from alprmap.sources.fields import vocabulary

ONE, TWO = (-97.7431, 30.2672), (-97.7501, 30.2801)
"""Two places in Austin, Texas."""


def read(folder: Path, content: Any, name: str = "a.csv") -> sources.Read:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8")
    return sources.read(folder / name)


def placed(found: sources.Read) -> list[tuple[float, float]]:
    table = found.reports.dropna(subset=["lon"])
    return [(round(x, 4), round(y, 4)) for x, y in zip(table["lon"], table["lat"], strict=True)]


NAMES = [
    ("Y_LAT", "X_LONG"), ("Lat.", "Long."), ("LATITUDE (WGS84)", "LONGITUDE (WGS84)"),
    ("GPS_Y", "GPS_X"), ("geo_lat", "geo_long"), ("Site Latitude", "Site Longitude"),
    ("latitude_dd", "longitude_dd"), ("POINT_Y", "POINT_X"), ("LATDD", "LONGDD"),
    ("location.lat", "location.lng"), ("location/latitude", "location/longitude"),
    ("geometry.coordinates.1", "geometry.coordinates.0"), ("Lat (N)", "Lon (W)"),
    ("cam_lat", "cam_lon"), ("INTPTLAT", "INTPTLONG"), ("lat_wgs84", "lon_wgs84"),
    ("centroid_lat", "centroid_lon"), ("Latitude Decimal", "Longitude Decimal"),
    ("deviceLatitude", "deviceLongitude"), ("pole_lat", "pole_long"), ("Latitud", "Longitud"),
    ("Breitengrad", "Längengrad"), ("_geolocation_latitude", "_geolocation_longitude"),
    ("CAMERA_LATITUDE_DEG", "CAMERA_LONGITUDE_DEG"), ("asset.y", "asset.x"),
]  # fmt: skip


@pytest.mark.parametrize("names", NAMES, ids=[n[0] for n in NAMES])
def test_S3_two_columns_that_differ_in_the_word_of_an_axis_are_a_position(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    rows = "".join(f"{p[1]},{p[0]},{i}\n" for i, p in enumerate((ONE, TWO)))
    assert placed(read(tmp_path, f"{','.join(names)},n\n{rows}")) == [ONE, TWO]


@pytest.mark.parametrize(
    "names", ["Long Description,Row", "Platform,Long Name", "cam_lat,site_lat,pole_lon,gate_lon"]
)
def test_S3_names_that_are_no_pair_are_no_position(tmp_path: Path, names: str) -> None:
    cells = ",".join(["39.9"] * (names.count(",") + 1))
    with pytest.raises(InputError):
        read(tmp_path, f"{names}\n{cells}\n")


WRITTEN = {
    "swapped": "Latitude,Longitude\n-97.7431,30.2672\n-97.7501,30.2801\n",
    "lon, lat in a cell": 'Coordinates\n"-97.7431, 30.2672"\n"-97.7501, 30.2801"\n',
    "no minus": "Latitude,Longitude\n30.2672,97.7431\n30.2801,97.7501\n",
    "words": "Lat,Lon\n30.2672 North,97.7431 West\n30.2801 North,97.7501 West\n",
    "Spanish words": "Lat,Lon\n30.2672 Norte,97.7431 Oeste\n30.2801 N,97.7501 O\n",
    "letters in front": "Lat,Lon\nN30.2672,W97.7431\nN30.2801,W97.7501\n",
    "minutes": "Lat,Lon\n30 16.032 N,97 44.586 W\n30 16.806 N,97 45.006 W\n",
    "seconds": "Lat,Lon\n30 16 01.92,-97 44 35.16\n30 16 48.36,-97 45 00.36\n",
    "seconds, O for west": "Lat,Lon\n30º16′01.92″N,97º44′35.16″O\n30º16′48.36″N,97º45′00.36″O\n",
    "true minus": "Lat,Lon\n30.2672,−97.7431\n30.2801,−97.7501\n",
    "degree sign": "Lat,Lon\n30.2672°,-97.7431°\n30.2801°,-97.7501°\n",
    "apostrophes": "Lat,Lon\n'30.2672,'-97.7431\n'30.2801,'-97.7501\n",
    "millionths": "lat,lon\n30267200,-97743100\n30280100,-97750100\n",
    "ten-millionths": "latitudeE7,longitudeE7\n302672000,-977431000\n302801000,-977501000\n",
    "small letters": "wkt\nPoint(-97.7431 30.2672)\npoint (-97.7501 30.2801)\n",
    "a tuple": 'Location\n"(30.2672, -97.7431)"\n"(30.2801, -97.7501)"\n',
    "a list": 'location\n"[-97.7431, 30.2672]"\n"[-97.7501, 30.2801]"\n',
    "decimal commas": "Latitud;Longitud;Dirección\n30,2672;-97,7431;A\n30,2801;-97,7501;B\n",
    "tabs": "Lat\tLon\n30.2672\t-97.7431\n30.2801\t-97.7501\n",
    "pipes": "Lat|Lon\n30.2672|-97.7431\n30.2801|-97.7501\n",
    "GeoJSON in a cell": 'the_geom\n"{""type"":""Point"",""coordinates"":[-97.7431,30.2672]}"\n'
    '"{""type"":""Point"",""coordinates"":[-97.7501,30.2801]}"\n',
}


@pytest.mark.parametrize("how", sorted(WRITTEN))
def test_S3_a_position_is_read_however_another_office_writes_it(tmp_path: Path, how: str) -> None:
    assert placed(read(tmp_path, WRITTEN[how])) == [ONE, TWO]


def _record(at: tuple[float, float], **more: Any) -> dict[str, Any]:
    return {"lat": at[1], "lon": at[0], **more}


def _point(at: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(at)}


_FEATURES = [{"type": "Feature", "properties": {}, "geometry": _point(p)} for p in (ONE, TWO)]
WRAPPED: dict[str, Any] = {
    "a key nobody foresaw": {"Deep": {"er": {"cams": [_record(ONE), _record(TWO)]}}},
    "OData": {"value": [_record(ONE), _record(TWO)], "@odata.context": "x"},
    "a real-time database": {"cams": {"-Nx": _record(ONE, n="a"), "-Ny": _record(TWO, n="b")}},
    "named pairs": [{"latlng": [p[1], p[0]]} for p in (ONE, TWO)],
    "an object of texts": [{"position": {"lat": str(p[1]), "lng": str(p[0])}} for p in (ONE, TWO)],
    "a point in a record": [{"geo": _point(p)} for p in (ONE, TWO)],
    "a pair in a text": [{"geo_point_2d": f"{p[1]},{p[0]}"} for p in (ONE, TWO)],
    "OpenDataSoft": {
        "total_count": 2,
        "results": [{"geo_point_2d": {"lon": p[0], "lat": p[1]}} for p in (ONE, TWO)],
    },
    "a document store": [
        {"_id": {"$oid": str(i)}, "loc": _point(p)} for i, p in enumerate((ONE, TWO))
    ],
    "schema.org": {
        "@graph": [
            {"geo": {"@type": "GeoCoordinates", "latitude": p[1], "longitude": p[0]}}
            for p in (ONE, TWO)
        ]
    },
    "fields": {"records": [{"id": str(i), "fields": _record(p)} for i, p in enumerate((ONE, TWO))]},
    "EWKT": [{"geom": f"SRID=4326;POINT({p[0]} {p[1]})"} for p in (ONE, TWO)],
    "a map style": {
        "sources": {
            "cams": {
                "type": "geojson",
                "data": {"type": "FeatureCollection", "features": _FEATURES},
            }
        }
    },
}


@pytest.mark.parametrize("how", sorted(WRAPPED))
def test_S1_records_are_found_in_the_answer_of_another_server(tmp_path: Path, how: str) -> None:
    assert placed(read(tmp_path, WRAPPED[how], "a.json")) == [ONE, TWO]


GRIDS = [
    ("EPSG:3424", "NJ", "Newark", (-74.1724, 40.7357)),
    ("EPSG:2926", "WA", "Seattle", (-122.3321, 47.6062)),
    ("EPSG:26985", "MD", "Baltimore", (-76.6122, 39.2904)),
    ("EPSG:2264", "NC", "Raleigh", (-78.6382, 35.7796)),
    ("EPSG:3857", "NV", "Las Vegas", (-115.14, 36.17)),
    ("EPSG:3310", "CA", "Los Angeles", (-118.25, 34.05)),
    ("EPSG:2227", "CA", "San Francisco", (-122.4194, 37.7749)),
    ("EPSG:3070", "WI", "Madison", (-89.4, 43.07)),
    ("EPSG:3081", "TX", "Austin", ONE),
    ("EPSG:3082", "TX", "El Paso", (-106.44, 31.76)),
    ("EPSG:2992", "OR", "Portland", (-122.6765, 45.5231)),
    ("EPSG:3078", "MI", "Detroit", (-83.0458, 42.3314)),
    ("EPSG:3086", "FL", "Orlando", (-81.379, 28.538)),
    ("EPSG:5070", "CO", "Denver", (-104.9903, 39.7392)),
    ("EPSG:3435", "IL", "Chicago", (-87.6298, 41.8781)),
    ("EPSG:2272", "PA", "Philadelphia", (-75.1652, 39.9526)),
    ("EPSG:26986", "MA", "Boston", (-71.0589, 42.3601)),
    ("EPSG:26912", "UT", "Salt Lake City", (-111.891, 40.7608)),
]


@pytest.mark.parametrize(
    ("code", "state", "town", "at"), GRIDS, ids=[f"{g[0]} {g[1]}" for g in GRIDS]
)
def test_S3_a_grid_of_another_state_is_told_or_asked_for_and_never_another(
    code: str, state: str, town: str, at: tuple[float, float]
) -> None:
    there = Transformer.from_crs(4326, code, always_xy=True).transform
    rows = [(at[0] + i / 200, at[1] + i / 300) for i in range(4)]
    frame = pd.DataFrame([there(*p) for p in rows], columns=["Easting", "Northing"])
    for more in ({"State": state}, {"State": state, "City": town}):
        try:
            found = placed(sources.read(frame.assign(**more)))
        except InputError as refusal:
            assert "--crs" in str(refusal)
            assert len(more) == 1 or code in str(refusal)
            found = placed(sources.read(frame, settings=sources.Settings(crs=code)))
        assert found == [(round(x, 4), round(y, 4)) for x, y in rows]


DATES = [
    ("Installed", ("15.03.2024", "02.04.2024")),
    ("Install Date", ("2024-03-15T00:00:00Z", "2024-04-02T05:00:00.000")),
    ("Date Installed", ('"March 15, 2024"', '"Apr. 2, 2024"')),
    ("install_dt", ("20240315", "20240402")),
    ("Go-Live Date", ("3/15/24", "4/2/24")),
    ("Activated On", ("3/15/2024 12:00:00 AM", "4/2/2024 11:15 PM")),
    ("Fecha de instalación", ("15 de marzo de 2024", "2 de abril de 2024")),
    ("Date d'installation", ("15 mars 2024", "2 avril 2024")),
    ("Fecha", ("15-mar-2024", "02-abr-2024")),
    ("Deployment Date", ("2024/03/15", "2024/04/02")),
    ("Date Installed", ("15th March 2024", "2nd April 2024")),
    ("Installation Date", ("1710460800000", "1712016000000")),
]


@pytest.mark.parametrize(("heading", "cells"), DATES, ids=[f"{d[0]} {d[1][0]}" for d in DATES])
def test_S6_a_date_is_read_in_the_form_of_another_office(
    tmp_path: Path, heading: str, cells: tuple[str, str]
) -> None:
    rows = "".join(f"30.2{i}72,-97.7431,{cell}\n" for i, cell in enumerate(cells))
    reports = read(tmp_path, f"Lat,Lon,{heading}\n{rows}").reports
    assert reports["first_seen"].tolist() == ["2024-03-15", "2024-04-02"]


STATUSES = {
    "standing": "In Service|Online|Live|Operational|Installed|Deployed|Existing|Activa|En servicio"
    "|Instalada|En service|Installé|Ativo|Operativa",
    "removed": "Out of Service|OOS|Decommissioned|Retired|Uninstalled|Relocated|Inactive|Taken down"
    "|Not active|Cancelled|Disabled|Retirada|Fuera de servicio|Desinstalada|Inactiva|Hors service"
    "|Removida",
    "planned": "Future|Proposed|Under Construction|Pending Install|Permit pending|Approved"
    "|Awaiting power|Planificada|Propuesta|Pendiente|En construcción|Prévu|Por instalar",
}


@pytest.mark.parametrize("heading", ["Status", "Estado", "State", "Estatus", "Statut"])
def test_S7_a_status_is_read_in_another_language_and_under_a_name_that_means_two_things(
    heading: str,
) -> None:
    rows = [(word, want) for want, words in STATUSES.items() for word in words.split("|")]
    frame = pd.DataFrame({heading: [r[0] for r in rows]})
    frame = frame.assign(Lat=[30 + i / 1000 for i in range(len(rows))], Lon=-97.7)
    reports = sources.read(frame).reports
    assert dict(zip(frame[heading], reports["status"], strict=True)) == dict(rows)


@pytest.mark.parametrize("heading", ["Estado", "State", "ST"])
@pytest.mark.parametrize("words", [("TX", "NM"), ("Texas", "New Mexico")])
def test_S7_a_state_under_the_same_name_is_no_status(heading: str, words: tuple[str, str]) -> None:
    frame = pd.DataFrame({"Lat": [31.0, 32.1], "Lon": [-103.5, -103.6], heading: words})
    found = sources.read(frame)
    assert found.reports["status"].tolist() == ["unknown", "unknown"]
    assert found.unused == ()


def test_S7_no_word_is_both_a_state_and_a_status_or_a_compass_point() -> None:
    for code, name in vocabulary.states().items():
        assert vocabulary.status(code) is None, code
        assert vocabulary.status(name) is None, name
    streets = [r["name"] for r in alias_rows("fields") if r["field"] == "place"]
    assert not any(map(vocabulary.is_point, streets))


def test_S3_an_address_and_a_direction_of_one_name_are_told_by_their_values() -> None:
    frame = pd.DataFrame({"Latitud": [30.2672, 30.2801], "Longitud": [-97.7431, -97.7501]})
    looks = sources.read(frame.assign(Dirección=["Norte", "Suroeste"])).reports
    assert [direction.parse(t).views[0].heading_deg for t in looks["direction_raw"]] == [0, 225]
    streets = sources.read(frame.assign(Dirección=["Calle Norte 5", "Main St & Oak St"])).reports
    assert streets["place_raw"].tolist() == ["Calle Norte 5", "Main St & Oak St"]
    assert streets["direction_raw"].isna().all()


@pytest.mark.parametrize(
    "place", ["Main St & E St", "E St & Main St", "E & Main St", "Oak Ave / N", "E St"]
)
def test_S3_a_street_called_by_a_letter_is_a_place_and_no_direction(
    tmp_path: Path, place: str
) -> None:
    reports = read(tmp_path, f"Location,Qty\n1st St & 2nd St,1\n{place},2\n").reports
    assert reports["place_raw"].tolist() == ["1st St & 2nd St", place, place]
    assert reports["direction_raw"].isna().all()


def test_S2_a_table_in_spanish_is_read_whole(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "Identificador,Latitud,Longitud,Rumbo,Agencia,Fabricante,Fecha de instalación,Cantidad,"
        "Estado,Municipio\nC1,30.2672,-97.7431,Noreste,Policía de Austin,Flock Safety,15/03/2024,1,"
        "Activa,Austin\nC2,30.2801,-97.7501,Sur,Policía de Austin,Motorola,02/04/2024,2,Retirada,"
        "Austin\n",
    )
    reports = found.reports
    assert placed(found) == [ONE, TWO, TWO]
    assert reports["first_seen"].tolist() == ["2024-03-15", "2024-04-02", "2024-04-02"]
    assert reports["status"].tolist() == ["standing", "removed", "removed"]
    assert reports["vendor"].tolist() == [
        "Flock Safety",
        "Motorola Solutions",
        "Motorola Solutions",
    ]
    assert found.unused == ()


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("NB", [0]), ("S-B", [180]), ("facing NE", [45]), ("North East", [45]), ("EB/WB", [90, 270]),
        ("N & S", [0, 180]), ("East and West", [90, 270]), ("nne", [22.5]), ("Heading 90", [90]),
        ("90 deg", [90]), ("South-bound", [180]), ("Northwest bound", [315]), ("Norte", [0]),
        ("sur-este", [135]), ("Ouest", [270]), ("Nord-Est", [45]), ("Este; Oeste", [90, 270]),
        ("Leste", [90]),
    ],
)  # fmt: skip
def test_S2_a_direction_in_the_words_of_another_office(text: str, headings: list[float]) -> None:
    frame = pd.DataFrame({"Lat": [30.2672], "Lon": [-97.7431], "Direction": [text]})
    raw = sources.read(frame).reports["direction_raw"].iloc[0]
    assert [v.heading_deg for v in direction.parse(raw).views] == headings
