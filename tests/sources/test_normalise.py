"""Normalizing: coordinates as people write them, numbers, dates, text, makers, and what a row may
not become."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alprmap import text
from alprmap.errors import InputError
from alprmap.sources.fields import coordinates, dates, fields, grids, numbers, vocabulary
from alprmap.sources.normalize import Normalizer
from alprmap.sources.settings import Settings

LAREDO = (-99.5075, 27.50625)


def one(row: dict[str, Any], *, origin: str = "table", **settings: Any) -> dict[str, Any]:
    """The report of one row."""
    batch = Normalizer(Settings(**settings), origin=origin).batch([row])
    assert not batch.rejects, batch.rejects
    return {name: values[0] for name, values in batch.columns.items()}


def refused(row: dict[str, Any], **settings: Any) -> tuple[str, str]:
    """Rule and sentence of a refused row."""
    batch = Normalizer(Settings(**settings)).batch([row])
    assert len(batch.rejects) == 1, batch.columns
    _, sentence, _, rule = batch.rejects[0]
    return rule, sentence


@pytest.mark.parametrize(
    "row",
    [
        {"lat": "27.50625", "lon": "-99.5075"},
        {"Latitude": "27,50625", "Longitude": "-99,5075"},
        {"LAT": "27° 30' 22.5\" N", "LONG": "99° 30' 27\" W"},
        {"lat": "27°30.375'N", "lng": "99°30.45'W"},
        {"lat": "27 30 22.5", "lon": "-99 30 27"},
        {"lat": "N27.50625", "lon": "W99.5075"},
        {"lat": "27.50625 north", "lon": "99.5075 west"},
        {"Coordinates": "(27.50625, -99.5075)"},
        {"Coordinates": "27.50625,-99.5075"},
        {"Coordinates": "27.50625 -99.5075"},
        {"Coordinates": "27,50625, -99,5075"},
        {"Coordinates": "27°30'22.5\"N 99°30'27\"W"},
        {"Coordinates": "Lat: 27.50625, Lon: -99.5075"},
        {"Coordinates": "N 27 30.375, W 99 30.45"},
        {"Location": "(27.50625, -99.5075)"},
        {"WKT": "POINT (-99.5075 27.50625)"},
        {"geom": "SRID=4326;POINT(-99.5075 27.50625)"},
        {"coords": "geo:27.50625,-99.5075"},
        {"coords": "https://www.google.com/maps/@27.50625,-99.5075,17z"},
        {"lat": 27.50625, "lon": -99.5075},
        {"lat": "27.50625", "lon": "99.5075"},
        {"lat": "-99.5075", "lon": "27.50625"},
        {"lat": "27.50625°", "lon": "−99.5075"},
    ],
    ids=lambda row: " ".join(f"{k} {v}" for k, v in row.items())[:60],
)
def test_S3_coordinates_as_people_write_them(row: dict[str, Any]) -> None:
    report = one(row)
    assert (report["lon"], report["lat"]) == pytest.approx(LAREDO, abs=1e-6)


@pytest.mark.parametrize(
    ("row", "settings"),
    [
        ({"utm": "14R 449875 3042612"}, {}),
        ({"Easting": "449875", "Northing": "3042612", "Zone": "14R"}, {}),
        ({"mgrs": "14R MR 49875 42612"}, {}),
        ({"x": "-11077124.2", "y": "3186864.6"}, {}),
        ({"x": "449875", "y": "3042612"}, {"crs": "EPSG:32614"}),
    ],
    ids=["utm in a cell", "utm columns", "mgrs", "web mercator", "named system"],
)
def test_S3_grids_come_out_within_a_few_meters(
    row: dict[str, Any], settings: dict[str, Any]
) -> None:
    report = one(row, **settings)
    assert (report["lon"], report["lat"]) == pytest.approx(LAREDO, abs=2e-4)
    assert report["changes"], "what was changed is said"


def test_S3_state_plane_feet_are_told_by_the_state() -> None:
    from pyproj import Transformer

    feet = Transformer.from_crs("EPSG:4326", "EPSG:2278", always_xy=True).transform(
        -98.4936, 29.4241
    )
    row = {"X": f"{feet[0]:.1f}", "Y": f"{feet[1]:.1f}", "State": "TX"}
    box = ((-100.0, 28.0, -97.0, 31.0),)
    report = one(row, boxes=box)
    assert (report["lon"], report["lat"]) == pytest.approx((-98.4936, 29.4241), abs=1e-4)
    assert "EPSG:2278" in report["changes"]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"lat": "0", "lon": "0"}, "placeholder 0, 0"),
        ({"lat": 0.0, "lon": -99.5}, "placeholder 0"),
        ({"lat": "１２", "lon": "-99"}, "not a coordinate"),
        ({"lat": "1_0", "lon": "-99"}, "not a coordinate"),
        ({"lat": "nan", "lon": "-99"}, "half a position"),
        ({"lat": float("nan"), "lon": -99.0}, "not a coordinate"),
        ({"lat": float("inf"), "lon": -99.0}, "not a coordinate"),
        ({"lat": "27.5 W", "lon": "-99"}, "not a coordinate"),
        ({"lat": "27 75 00", "lon": "-99"}, "not a coordinate"),
        ({"lat": "27.5", "lon": ""}, "half a position"),
        ({"lat": "200", "lon": "300"}, "impossible position"),
        ({"color": "red"}, "no position"),
        ({"lat": True, "lon": False}, "not a coordinate"),
    ],
    ids=str,
)
def test_rows_that_cannot_be_a_camera(row: dict[str, Any], rule: str) -> None:
    found, sentence = refused(row)
    assert found == rule
    assert sentence.strip()


def test_a_place_in_words_outlives_the_placeholder_beside_it() -> None:
    report = one({"lat": "0", "lon": "0", "address": "Main St at 1st St"})
    assert (report["lon"], report["located_by"], report["road"]) == (None, "unlocated", "Main St")
    assert "placeholder" in report["changes"]
    assert refused({"lat": "0", "lon": "0", "address": "see map"})[0] == "placeholder 0, 0"


def test_S3_a_point_abroad_is_kept_and_said() -> None:
    report = one({"lat": "48.8584", "lon": "2.2945"})
    assert (report["lon"], report["lat"]) == (2.2945, 48.8584)
    assert "outside the study area" in report["changes"]


def test_two_possible_repairs_are_no_repair() -> None:
    assert coordinates.repair(50.0, 45.0, ((40, 40, 55, 55), (-55, 40, -45, 50))) is None


@given(st.floats(-179.9, 179.9), st.floats(-89.9, 89.9))
def test_degrees_minutes_seconds_come_back(lon: float, lat: float) -> None:
    def dms(value: float, letters: str) -> str:
        total = round(abs(value) * 3600, 3)
        degrees, rest = divmod(total, 3600)
        minutes, seconds = divmod(rest, 60)
        return f"{degrees:.0f}°{minutes:.0f}'{seconds:.3f}\"{letters[value < 0]}"

    found = coordinates.parse_point(f"{dms(lat, 'NS')}, {dms(lon, 'EW')}")
    assert found is not None
    assert (found.lon, found.lat) == pytest.approx((lon, lat), abs=1e-6)


@given(st.floats(-125, -67), st.floats(25, 49))
def test_S3_utm_and_mgrs_agree_with_proj(lon: float, lat: float) -> None:
    from pyproj import Transformer

    zone = int((lon + 180) // 6) + 1
    x, y = Transformer.from_crs("EPSG:4326", f"EPSG:{32600 + zone}", always_xy=True).transform(
        lon, lat
    )
    found = grids.utm(f"{zone}N {x:.1f} {y:.1f}")
    assert found is not None
    assert found == pytest.approx((lon, lat), abs=2e-6)
    column = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")[(zone - 1) % 3][int(x // 100_000) - 1]
    row = "ABCDEFGHJKLMNPQRSTUV"[(int(y // 100_000) + (5 if zone % 2 == 0 else 0)) % 20]
    band = "CDEFGHJKLMNPQRSTUVWX"[int((lat + 80) // 8)]
    square = grids.mgrs(f"{zone}{band}{column}{row}{int(x % 100_000):05d}{int(y % 100_000):05d}")
    assert square is not None
    assert square == pytest.approx((lon, lat), abs=2e-5)


@given(st.text(max_size=60))
def test_any_text_is_a_point_or_none(words: str) -> None:
    found = coordinates.parse_point(words)
    assert found is None or (math.isfinite(found.lon) and math.isfinite(found.lat))
    grids.mgrs(words)
    grids.utm(words)
    dates.parse_date(words)
    cleaned, _ = text.clean(words)
    assert cleaned == text.clean(cleaned)[0], "cleaning twice changes nothing"
    assert "\n" not in cleaned
    assert "\0" not in cleaned


def test_numbers_are_strict() -> None:
    for bad in ("１２", "1_000", "nan", "inf", "1e5", "0x10", "", "--1", "1.2.3", True, None):
        assert numbers.parse_decimal(bad) is None, bad


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2025-10-04", "2025-10-04"),
        ("2025/04/11", "2025-04-11"),
        ("2025-10-04T12:30:00Z", "2025-10-04"),
        ("10/4/2025", "2025-10-04"),
        ("10/04/25", "2025-10-04"),
        ("31/12/2024", "2024-12-31"),
        ("12/27/2012 00:00", "2012-12-27"),
        ("Oct 4, 2025", "2025-10-04"),
        ("4 October 2025", "2025-10-04"),
        ("4-Oct-25", "2025-10-04"),
        ("October 2025", "2025-10"),
        ("2024-06", "2024-06"),
        ("6/2024", "2024-06"),
        ("2019", "2019"),
        (2019, "2019"),
        (45292.0, "2024-01-01"),
        ("20251004", "2025-10-04"),
        ("2025-15-10", None),
        ("1923", None),
        ("30/02/2024", None),
        ("soon", None),
        ("", None),
    ],
)
def test_S6_dates_of_every_common_form(written: str | float, iso: str | None) -> None:
    assert dates.parse_date(written) == iso


def test_S5_the_maker_is_never_the_operator() -> None:
    report = one({"lat": 27.5, "lon": -99.5, "operator": "FLOCK SAFETY, Inc."})
    assert (report["operator"], report["vendor"]) == (None, "Flock Safety")
    assert report["operator_kind"] == "vendor only"
    assert report["operator_raw"] == "FLOCK SAFETY, Inc."


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Flock Group Inc.", "Flock Safety"),
        ("Flock Saftey", "Flock Safety"),
        ("flock", "Flock Safety"),
        ("Q108485435", "Flock Safety"),
        ("Vigilant Solutions", "Motorola Solutions"),
        ("Motorola/Vigilant", "Motorola Solutions"),
        ("ELSAG", "Leonardo"),
        ("Selex ES", "Leonardo"),
        ("Genetec AutoVu", "Genetec"),
        ("Neology / PIPS", "Neology"),
        ("Mystery Cams", None),
        ("Flock Safety;Motorola Solutions", None),
    ],
)
def test_S5_vendor_aliases(written: str, name: str | None) -> None:
    found = vocabulary.vendor(written)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"man_made": "surveillance", "surveillance:type": "ALPR"}, "standing"),
        ({"removed:man_made": "surveillance"}, "removed"),
        ({"disused:man_made": "surveillance"}, "removed"),
        ({"planned:man_made": "surveillance"}, "planned"),
        ({"Status": "Decommissioned 3/4/2024"}, "removed"),
        ({"Status": "Installed"}, "standing"),
        ({"Notes": "Decommissioned 3/4/2024"}, "removed"),
        ({"Notes": "not decommissioned"}, "unknown"),
        ({"Removal date": "3/4/2024"}, "removed"),
        ({}, "unknown"),
    ],
    ids=str,
)
def test_S7_lifecycle(row: dict[str, Any], status: str) -> None:
    assert one({"lat": 27.5, "lon": -99.5, **row})["status"] == status


def test_S6_the_end_date_is_the_last_date_the_source_vouches_for() -> None:
    report = one({"lat": 27.5, "lon": -99.5, "notes": "Decommissioned 3/4/2024"}, date="2026-01-01")
    assert report["last_seen"] == "2024-03-04"
    assert (
        one({"lat": 27.5, "lon": -99.5, "status": "Removed 3/4/2024"})["last_seen"] == "2024-03-04"
    )


def test_S6_the_time_of_an_edit_is_no_date_of_the_camera() -> None:
    report = one({"lat": 27.5, "lon": -99.5, "timestamp": "2025-01-01T00:00:00Z", "version": 4})
    assert (report["first_seen"], report["last_seen"]) == (None, None)


def test_S14_serials_and_names_are_dropped_and_counted() -> None:
    row = {
        "lat": "27.5",
        "lon": "-99.5",
        "Serial Number": "SN-1",
        "Contact Name": "A. Person",
        "Device Serial": "9",
    }
    normalizer = Normalizer(Settings())
    batch = normalizer.batch([row])
    assert normalizer.picker.dropped == {"Serial Number": 1, "Contact Name": 1, "Device Serial": 1}
    assert "SN-1" not in str(batch.columns)
    assert "Person" not in str(batch.columns)


def test_S14_serials_do_not_stand_in_the_rejects_either() -> None:
    batch = Normalizer(Settings()).batch([{"lat": "0", "lon": "0", "Serial Number": "SN-1"}])
    assert "SN-1" not in batch.rejects[0][2]


@pytest.mark.parametrize(
    ("row", "setting"),
    [
        ({"Location": "World Trade Bridge Port of Entry, lane 3"}, "port of entry"),
        ({"Location": "I-35 @ MM 29", "Description": "Border Patrol checkpoint"}, "checkpoint"),
        ({"Location": "I-35 @ MM 18"}, "highway"),
        ({"Location": "S/B Hwy 101 Onramp from 4th Av"}, "highway"),
        ({"Location": "Main St at 1st St"}, "unknown"),
        ({"Setting": "parking"}, "private lot"),
        ({"surveillance:zone": "traffic"}, "unknown"),
        ({"surveillance:zone": "residential"}, "city street"),
        ({"Location": "Pointe Poet Rd at Main St"}, "unknown"),
    ],
    ids=str,
)
def test_S8_the_setting_is_told_only_by_the_data(row: dict[str, Any], setting: str) -> None:
    assert one({"lat": 27.5, "lon": -99.5, **row})["setting"] == setting


def test_the_raw_tag_wins_over_a_parsed_direction() -> None:
    row = {
        "osmId": 1,
        "lat": 27.5,
        "lon": -99.5,
        "direction": 292.5,
        "directionCardinal": "270;315",
    }
    assert one(row, origin="osm")["direction_raw"] == "270;315"


def test_a_direction_of_zero_is_a_direction() -> None:
    assert (
        one({"osmId": 1, "lat": 27.5, "lon": -99.5, "direction": 0.0}, origin="osm")[
            "direction_raw"
        ]
        == "0"
    )


def test_ids_stay_text() -> None:
    assert one({"id": "00123", "lat": 27.5, "lon": -99.5})["source_record"] == "00123"
    assert one({"id": "12E5", "lat": 27.5, "lon": -99.5})["source_record"] == "12E5"


def test_the_same_id_twice_is_noticed() -> None:
    rows = [{"id": "7", "lat": 27.5, "lon": -99.5}, {"id": "7", "lat": 27.5, "lon": -99.5},
            {"id": "7", "lat": 27.6, "lon": -99.5}]  # fmt: skip
    batch = Normalizer(Settings()).batch(rows)
    assert batch.columns["source_record"] == ["7", "7#2"]
    assert [rule for *_, rule in batch.rejects] == ["the same record twice"]


def test_S4_few_decimals_widen_the_position_error() -> None:
    assert one({"lat": "27.51", "lon": "-99.51"})["position_error_m"] == pytest.approx(557, abs=1)
    assert one({"lat": "27.50625", "lon": "-99.50751"})["position_error_m"] == 20.0


def test_a_place_in_words_is_parsed_and_kept() -> None:
    report = one({"Location": "Viking Trail at Highway 45 eastbound"})
    assert report["place_raw"] == "Viking Trail at Highway 45 eastbound"
    assert (report["road"], report["road_at"], report["travel_deg"]) == (
        "Viking Trail",
        "Highway 45",
        90.0,
    )
    assert (report["lon"], report["located_by"]) == (None, "unlocated")


def test_road_columns_make_a_place() -> None:
    report = one({"On Street": "Main St", "Cross Street": "1st St", "Direction of Travel": "NB"})
    assert (report["road"], report["road_at"], report["travel_deg"]) == ("Main St", "1st St", 0.0)


def test_several_approaches_go_to_the_note() -> None:
    report = one(
        {"INTERSECTION": "Damen-Fullerton", "FIRST APPROACH": "EB", "SECOND APPROACH": "WB"}
    )
    assert report["travel_deg"] is None
    assert report["note"] == "reads EB, WB"


def test_unknown_fields_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="color is no field"):
        fields.Picker({"X": "color"})


def test_the_users_own_columns_win() -> None:
    row = {"Breite": "27.5", "Laenge": "-99.5", "lat": "1", "lon": "1"}
    report = one(row, columns={"Breite": "lat", "Laenge": "lon"})
    assert (report["lon"], report["lat"]) == (-99.5, 27.5)


@given(
    st.dictionaries(
        st.sampled_from(["lat", "lon", "operator", "direction", "location", "status", "install date", "x", "y",
                         "coordinates", "brand", "id", "removed:man_made", "notes", "travel", "milepost", "road"]),
        st.one_of(st.none(), st.text(max_size=30), st.floats(), st.integers(), st.booleans()),
    )
)  # fmt: skip
def test_any_row_becomes_a_report_or_a_reject(row: dict[str, Any]) -> None:
    normalizer = Normalizer(Settings())
    batch = normalizer.batch([{**row, "$row": 1}])
    if normalizer.waiting:  # a lone pair of numbers of an unknown grid: the file is refused
        with pytest.raises(InputError, match="their system is not named"):
            normalizer.conclude()
    else:
        assert len(batch.columns["lon"]) + len(batch.rejects) == 1


def test_a_system_proj_does_not_know_is_refused() -> None:
    with pytest.raises(InputError, match="no coordinate system"):
        grids.check_crs("EPSG:nonsense")


SIGHTING = {"man_made": "surveillance", "surveillance:type": "ALPR", "$lon": -101.9, "$lat": 29.81}


@pytest.mark.parametrize(
    ("said", "evidence", "error_m", "located_by"),
    [
        ({"evidence": "seen"}, "survey", 10.0, "survey"),
        ({"evidence": "photo", "position_error_m": 4}, "photo", 4.0, "survey"),
        ({"evidence": "record"}, "record", 10.0, "coordinates"),
        ({"evidence": "second-hand", "position_error_m": 250}, "second-hand", 250.0, "coordinates"),
        (
            {"evidence": "seen", "place": "5th St & Main St", "position_error_m": 25},
            "survey",
            25.0,
            "crossing",
        ),
        ({"evidence": "record", "place": "500 Main St"}, "record", 10.0, "block"),
        (
            {"evidence": "seen", "place": "5th St & Main St", "located_by": "survey"},
            "survey",
            10.0,
            "survey",
        ),
        ({"evidence": "hearsay", "located_by": "magic"}, "survey", 10.0, "survey"),
        ({"place": "5th St & Main St"}, "survey", 10.0, "survey"),
    ],
)
def test_a_sighting_says_itself_how_it_is_known(
    said: dict[str, Any], evidence: str, error_m: float, located_by: str
) -> None:
    report = one(SIGHTING | said, origin="geojson")
    found = (report["evidence"], report["position_error_m"], report["located_by"])
    assert found == (evidence, error_m, located_by)


@pytest.mark.parametrize("written", [0, -5, 100_001, "1e3", "about 20", "１２", math.nan, True])
def test_S4_a_stated_position_error_is_a_strict_number(written: Any) -> None:
    report = one(SIGHTING | {"evidence": "seen", "position_error_m": written}, origin="geojson")
    assert report["position_error_m"] == 10.0
    assert "position error not readable" in report["changes"]


def test_a_row_wins_over_what_is_said_of_the_file() -> None:
    assert (
        one(SIGHTING | {"evidence": "second-hand"}, evidence="record")["evidence"] == "second-hand"
    )
    assert one(SIGHTING, evidence="record")["evidence"] == "record"
    unlocated = one(
        {"place": "5th St & Main St", "located_by": "crossing", "position_error_m": "25"}
    )
    assert (unlocated["located_by"], unlocated["position_error_m"]) == ("unlocated", None)


@pytest.mark.parametrize(
    ("place", "status", "last_seen", "road", "road_at"),
    [
        (
            "** Main St & 5th St decommissioned 08/15/2025, pole struck **",
            "removed",
            "2025-08-15",
            "Main St",
            "5th St",
        ),
        ("Main St & 5th St (removed)", "removed", None, "Main St", "5th St"),
        ("Main St & 5th St - REMOVED 8/8/2024", "removed", "2024-08-08", "Main St", "5th St"),
        ("OUT OF SERVICE: Main St & 5th St", "removed", None, "Main St", "5th St"),
        ("Removed 8/8/2024 - Main St & 5th St", "removed", "2024-08-08", "Main St", "5th St"),
        ("I-31 N/B MM 12.2 out of service", "removed", None, "I-31", "MP 12.2"),
        ("Main St & 5th St, to be removed 2027-01", "unknown", None, "Main St", "5th St"),
        ("Main St & 5th St (bridge) removed", "removed", None, "Main St", "5th St"),
        ("** Main St & 5th St **", "unknown", None, "Main St", "5th St"),
        ("Main St & 5th St", "unknown", None, "Main St", "5th St"),
        ("Service Rd & Removal Way", "unknown", None, "Service Rd", "Removal Way"),
    ],
)
def test_a_note_in_the_place_says_that_the_camera_is_gone(
    place: str, status: str, last_seen: str | None, road: str, road_at: str
) -> None:
    report = one({"Location": place})
    found = (report["status"], report["last_seen"], report["road"], report["road_at"])
    assert found == (status, last_seen, road, road_at)
    assert report["place_raw"] == place, "what was written is kept"


def test_the_note_in_the_place_is_kept_as_a_note_and_counted() -> None:
    report = one({"Location": "** Main St & 5th St decommissioned 08/15/2025, pole struck **"})
    assert report["note"] == "decommissioned 08/15/2025, pole struck"
    assert "status taken from its note: removed" in report["changes"]


@pytest.mark.parametrize(
    ("row", "travel_deg", "note"),
    [
        ({"Direction": "E/B"}, 90.0, None),
        ({"Direction": "NB"}, 0.0, None),
        ({"Direction": "Eastbound"}, 90.0, None),
        ({"Direction": "N/B and S/B"}, None, "reads NB, SB"),
        ({"Camera Direction": "W/B"}, 270.0, None),
        ({"Direction": "E/B", "Direction of Travel": "SB"}, 180.0, None),
        ({"Direction": "90"}, None, None),
        ({"Direction": "East"}, None, None),
        ({"Direction": "E/B; 90"}, None, None),
        ({"Direction": "E/B", "man_made": "surveillance"}, None, None),
    ],
    ids=str,
)
def test_a_direction_column_of_a_record_may_name_the_traffic(
    row: dict[str, Any], travel_deg: float | None, note: str | None
) -> None:
    report = one({"Location": "Main St & 5th St", **row})
    assert (report["travel_deg"], report["note"]) == (travel_deg, note)
    written = row.get("Direction", row.get("Camera Direction"))
    assert report["direction_raw"] == written
    survey = one({"$lon": -101.9, "$lat": 29.81, **row}, origin="geojson")
    assert survey["travel_deg"] == (180.0 if "Direction of Travel" in row else None)


def test_traffic_in_both_columns_counts_once_in_the_merge() -> None:
    import pandas as pd

    from alprmap import schema
    from alprmap.merge import merge

    report = one({"Location": "Main St & 5th St", "Direction": "E/B"})
    made = {
        **report,
        "report_id": "a:1",
        "source_id": "a",
        "lon": -101.9,
        "lat": 29.81,
        "located_by": "crossing",
    }
    frame = schema.conform(pd.DataFrame([made]), "reports")
    told, plain = merge(frame), merge(frame.assign(travel_deg=math.nan))
    assert told.views[["heading_deg", "quality"]].to_numpy().tolist() == [[90.0, "travel"]]
    pd.testing.assert_frame_equal(told.views, plain.views)
