"""S7, S15: words that lists use for what stands, what does not, and what is no plate reader."""

from __future__ import annotations

import pandas as pd
import pytest

from alprmap import sources

STATUS = {
    "standing": [
        "Active", "ACTIVE - LIVE", "Installed 5/6/2024", "In Service", "in operation", "Commissioned", "existing",
        "Offline", "under repair", "Not yet removed", "to be decommissioned", "activa", "Instalada",
    ],
    "removed": [
        "Removed 03/2025", "Decomissioned", "decom", "de-installed", "takedown", "OOS", "Out-of-Service", "Former",
        "Turned off", "switched off", "Powered down", "Contract ended", "Returned to vendor", "non-operational",
        "nonoperational", "not functional", "Void", "dead", "Ended 2024-05", "Retirada", "fuera de servicio",
    ],
    "planned": [
        "Planned", "Pending install", "Not yet commissioned", "to be commissioned", "TBD", "Requested", "installing",
        "being installed", "Deferred", "not started", "Approved - not installed", "Phase 2", "pendiente", "no instalada",
    ],
    "unknown": ["", "N/A", "unknown", "Replaced", "Trial"],
}  # fmt: skip
DEVICE = {
    "alpr": [
        "LPR", "Licence Plate Recognition", "Flock Falcon", "Flock Condor LPR", "MPH-900", "Genetec Sharp",
        "Rekor Edge", "PTZ + LPR", "lector de placas", "Lectores de matrículas",
    ],
    "cctv": ["Flock Condor", "Condor PTZ", "Bullet", "SkyCop", "Dash cam", "Overview camera"],
    "other": [
        "Flock Raven", "Raven", "ShotSpotter", "Weigh in motion", "RWIS", "Wi-Fi sensor", "vehicle detection",
        "travel time reader", "Parking meter", "Not LPR",
    ],
    "speed": ["Speed", "photo radar", "work zone speed camera"],
    "red_light": ["RLC", "Red-light running camera"],
    "toll": ["Toll", "RFID reader", "E-ZPass reader"],
    "unknown": ["", "unknown"],
}  # fmt: skip
ROADS = [
    "Toll Rd & Main St", "Old Toll Gate Rd at Oak St", "Raven Ave & 3rd St", "Speed Way at Elm St",
    "Condor Ave & Main St", "Sparrow Ln & Elm St", "Pending Ln & 2nd St", "Abandoned Mine Rd & Main St",
]  # fmt: skip
PAIRS = [(kind, words, of) for kind, table in (("status", STATUS), ("device", DEVICE))
         for of, words in table.items()]  # fmt: skip


def column(name: str, values: list[str]) -> pd.DataFrame:
    lat = [39.90123 + 0.001 * i for i in range(len(values))]
    frame = pd.DataFrame({"Latitude": lat, "Longitude": -83.04567, name: values})
    return sources.read(frame).reports.sort_values("lat")


@pytest.mark.parametrize(("kind", "words", "of"), PAIRS, ids=[f"{k} {o}" for k, _, o in PAIRS])
def test_S7_S15_a_column_means_what_people_write_in_it(
    kind: str, words: list[str], of: str
) -> None:
    # a word beside it that is sure, so that the column is one of that kind
    sure = {"status": "Active", "device": "LPR"}[kind]
    name = {"status": "Status", "device": "Camera Type"}[kind]
    made = column(name, [*words, sure])[kind].fillna("unknown").tolist()[:-1]
    assert dict(zip(words, made, strict=True)) == dict.fromkeys(words, of)


@pytest.mark.parametrize("name", ["Location", "Name", "Description", "Notes"])
def test_S15_the_name_of_a_road_makes_no_reader_something_else(name: str) -> None:
    made = column(name, ROADS)
    assert dict(zip(ROADS, made["device"].fillna("unknown"), strict=True)) == dict.fromkeys(
        ROADS, "unknown"
    )
    assert dict(zip(ROADS, made["status"].fillna("unknown"), strict=True)) == dict.fromkeys(
        ROADS, "unknown"
    )


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("Raven 12", "other"),
        ("Toll #3", "toll"),
        ("Speed 7", "speed"),
        ("Red light 4", "red_light"),
    ],
)
def test_S15_a_name_that_says_nothing_but_a_device_is_one(name: str, device: str) -> None:
    assert column("Name", [name])["device"].tolist() == [device]
