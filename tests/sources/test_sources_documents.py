"""Real documents, read without options; each test is named after its document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alprmap import schema, sources
from alprmap.sources.formats import documents
from alprmap.sources.formats.documents import Line


def accounted(found: sources.Read) -> None:
    schema.check(found.reports, "reports")
    counts = found.tally
    assert counts["rows"] + counts["more_than_one_a_row"] == (
        counts["reports"] + counts["about_agencies"] + counts["rejected"]
    )


def test_named_lists_are_of_what_the_document_says_itself(tmp_path: Path) -> None:
    places = {"Lakeside Police Department": {"locations": ["Main St & 5th St", "Oak St & 5th St"]}}
    for said, device in (
        ({"Device type": "License Plate Reader"}, "alpr"),
        ({"device": "something else"}, "unknown"),
        ({"title": "alpr"}, "unknown"),
        ({}, "unknown"),
    ):
        path = tmp_path / "list.json"
        path.write_text(json.dumps({**places, **said}))  # what it says may stand at the end
        assert sources.read(path).reports["device"].tolist() == [device, device]


def test_minnesota_bca_2025_12_06(shared: Path) -> None:
    found = sources.read(shared / "records/minnesota-bca-2025-12-06.json")
    accounted(found)
    reports = found.reports
    assert len(reports) == 546 + 11, "eight places with 2 to 4 cameras each (S16)"
    assert reports["operator"].nunique() == 64
    assert found.tally["skipped"] == {"set aside": "26 names whose list is empty"}, "90 agencies"
    assert (reports["operator_kind"] != "unknown").all()
    assert (reports["located_by"] == "unlocated").all()
    assert set(reports["device"]) == {"unknown"}, (
        "the file holds names and places, and never says what stands there"
    )
    text = (
        reports[["place_raw", "operator_raw", "road", "road_at"]].fillna("").agg(" ".join, axis=1)
    )
    assert not text.str.contains("[\u200b\u200c\u200d\ufeff\n]").any()
    assert reports["road"].notna().sum() >= 540
    assert reports["road_at"].notna().sum() >= 530
    bound = reports["place_raw"].str.contains(r"\b(?:north|south|east|west)bound\b", case=False)
    assert reports.loc[bound, "travel_deg"].notna().mean() > 0.95
    first = reports[reports["operator"] == "Alexandria Police Department"].iloc[0]
    assert (first["road"], first["road_at"], first["travel_deg"]) == (
        "Viking Trail",
        "Highway 45",
        90.0,
    )


def test_san_mateo_flock_locations(shared: Path) -> None:
    found = sources.read(shared / "records/san-mateo-flock-locations.pdf")
    accounted(found)
    reports = found.reports
    assert reports["source_record"].tolist() == [str(n) for n in range(1, 56)]
    assert (reports["evidence"] == "record").all()
    by_number = reports.set_index("source_record")
    assert by_number.loc["14", "place_raw"] == "S/B Hwy 101 Onramp from E/B 4th Av"
    assert by_number.loc["54", "place_raw"] == "31st Av/El Camino Real"
    assert by_number.loc["11", "travel_deg"] == 270.0
    assert reports["travel_deg"].notna().sum() == 53
    gone = by_number[by_number["status"] == "removed"]
    assert gone["last_seen"].to_dict() == {
        "30": "2024-08-08", "33": "2024-07-12", "50": "2025-10-21", "53": "2025-10-30",
    }  # fmt: skip
    assert found.rejects["row"].str.match(r"page \d line \d+").all()


def test_S15_red_light_camera_locations(shared: Path) -> None:
    found = sources.read(shared / "records/Red_Light_Camera_Locations.csv")
    accounted(found)
    reports = found.reports
    assert (len(reports), found.tally["located"]) == (149, 149)
    assert (reports["device"] == "unknown").all()
    assert any("--device red_light" in n for n in found.tally["hints"])
    assert reports["first_seen"].notna().all()
    assert (reports["road"].iloc[0], reports["road_at"].iloc[0]) == ("Damen", "Fullerton")
    assert (reports["travel_deg"].iloc[0], reports["note"].iloc[1]) == (90.0, "reads EB, WB")


def test_S15_speed_camera_locations(shared: Path) -> None:
    found = sources.read(shared / "records/Speed_Camera_Locations.csv")
    accounted(found)
    assert (len(found.reports), found.tally["located"]) == (160, 160)
    assert (found.reports["device"] == "unknown").all()
    assert any("--device speed" in n for n in found.tally["hints"])
    assert found.reports["place_raw"].iloc[0] == "3450 W 71st St"


@pytest.mark.parametrize(("city", "rows"), [("columbus", 85), ("portland", 63)])
def test_S15_traffic_cameras(city: str, rows: int, shared: Path) -> None:
    found = sources.read(shared / f"records/{city}-traffic-cameras.csv")
    accounted(found)
    assert (len(found.reports), found.tally["located"]) == (rows, rows)
    assert (found.reports["device"] == "unknown").all()
    assert any("--device cctv" in n for n in found.tally["hints"])
    assert found.reports["road"].notna().mean() > 0.9


@pytest.mark.slow
def test_S11_flock_portals_2025_06_11(shared: Path) -> None:
    found = sources.read(shared / "records/flock-portals-2025-06-11.xlsx")
    accounted(found)
    assert len(found.reports) == 0, "a portal is no camera"
    assert found.tally["rows"] == 2 * 603, "the list stands on two sheets"
    assert found.agencies["url"].nunique() == 516 or found.agencies["name"].nunique() >= 500
    assert found.agencies["declared_cameras"].notna().sum() > 400
    assert set(found.tally["skipped"]) >= {"Prohib-lookup"}


def test_S11_flock_portals_ca_2026_04(shared: Path) -> None:
    found = sources.read(shared / "records/flock-portals-ca-2026-04.json")
    accounted(found)
    assert len(found.agencies) == 187
    assert (found.agencies["state"].dropna() == "CA").mean() > 0.95
    assert found.agencies["declared_on"].notna().all()


def test_S11_agency_registry_2026_04(shared: Path) -> None:
    found = sources.read(shared / "records/agency-registry-2026-04.json")
    accounted(found)
    assert found.tally["about_agencies"] == 1_779


def test_S11_sharing_network_agencies_2026_04(shared: Path) -> None:
    found = sources.read(shared / "records/sharing-network-agencies-2026-04.geojson")
    accounted(found)
    assert len(found.reports) == 0, "the center of a town is no camera"
    assert found.tally["about_agencies"] == 6_460


def test_S11_agency_access_2024_04_26(shared: Path) -> None:
    found = sources.read(shared / "records/agency-access-2024-04-26.csv")
    accounted(found)
    assert found.tally["about_agencies"] == 37_099


@pytest.mark.slow
def test_S11_atlas_of_surveillance_20201007(shared: Path) -> None:
    found = sources.read(shared / "records/Atlas_of_Surveillance-20201007.csv")
    accounted(found)
    assert found.tally["rows"] == 5_784
    assert len(found.agencies) == 585
    assert found.tally["why"] == {"another technology": 5_784 - 585}


@pytest.mark.parametrize("name", ["columbus-oh.osm.pbf", "portland-or.osm.pbf"])
def test_road_extracts_hold_few_plate_readers(name: str, shared: Path) -> None:
    found = sources.read(shared / "roads" / name)
    accounted(found)
    assert found.tally["format"] == "OSM (pbf)"


def lines(*texts: str) -> list[Line]:
    return [Line(1, i, tuple(t.split("|"))) for i, t in enumerate(texts, 1)]


def test_S9_numbered_entries_with_glued_numbers() -> None:
    rows = documents.numbered_entries(
        lines("List of cameras", "1N/B Main/1st", "2S/B Main/2nd|P004", "a note", "33rd Av/Main",
              "4 4th Av/Main|#2 - 1/2/2024", "5. Oak/Main|Decommissioned")
    )  # fmt: skip
    assert rows is not None
    entries = [(r["id"], r["location"]) for r in rows if "$refuse" not in r]
    assert entries == [("1", "N/B Main/1st"), ("2", "S/B Main/2nd"), ("3", "3rd Av/Main"), ("4", "4th Av/Main"),
                       ("5", "Oak/Main")]  # fmt: skip
    assert next(r for r in rows if r.get("id") == "2")["comment"] == "decommissioned: #2 - 1/2/2024"


def test_S9_unnumbered_lines_are_read_by_the_place_grammar() -> None:
    assert (
        documents.numbered_entries(
            lines("Main St at 1st St", "Main St at 2nd St", "Oak St at 1st St")
        )
        is None
    )
