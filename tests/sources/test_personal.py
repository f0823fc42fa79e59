"""S14: a person's data in prose does not get past the door; places stay."""

from __future__ import annotations

import pandas as pd
import pytest

from alprmap import sources
from alprmap.personal import handed_on, published, record_id, without_personal


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Requested by Ofc. Jane Placeholder, call 614-555-0199", ("Placeholder", "0199")),
        ("installer John Q. Example (614) 555-0134", ("Example", "0134")),
        ("call 6145550134 or j.q@example.org", ("6145550134", "example.org")),
        ("Sgt. A. Nobody approved; quote $2,500 per camera", ("Nobody", "2,500")),
        ("S/N: FLK-00123-A at pole", ("00123",)),
        ("contact: Ann Other, 555-0134", ("Other", "0134")),
    ],
)
def test_S14_what_is_a_person_s_is_replaced(text: str, gone: tuple[str, ...]) -> None:
    bare, found = without_personal(text)
    assert found
    assert not any(word in bare for word in gone)


@pytest.mark.parametrize(
    "text",
    [
        "NE corner of 1200 Main St", "US 59 MP 12.5", "I-70 E/B at Exit 105A", "node/31431226",
        "Sheriff Office lot", "11/13/2025", "39.961241, -82.998813", "2000 BLK OF X",
    ],
)  # fmt: skip
def test_S14_places_stay_as_they_are(text: str) -> None:
    assert without_personal(text) == (text, ())


def test_S14_a_road_named_after_a_person_keeps_its_name() -> None:
    frame = pd.DataFrame({"Location": ["Chief Joseph Hwy & Main St"], "Notes": ["Sgt. A. Nobody"]})
    report = sources.read(frame).reports.iloc[0]
    assert report["place_raw"] == "Chief Joseph Hwy & Main St"
    assert report["note"] == "[name]"
    assert "personal data replaced: name" in report["changes"]


@pytest.mark.parametrize(
    "text",
    [
        "home of John Smith (512) 555-0199", "residence of Maria Lopez", "call 5551234567",
        "512.555.0199 x12", "512/555-0199", "(512)555-0199", "+1 512 555 0199", "512\u2013555\u20130199",
        "Mary Johnson's driveway", "tel: 5550199", "john.smith@example.org",
    ],
)  # fmt: skip
@pytest.mark.parametrize("of", ["text", "place", "body"])
def test_S14_homes_and_telephones_go_from_places_too(text: str, of: str) -> None:
    bare, found = without_personal(text, of=of)
    assert found
    assert not [w for w in ("Smith", "Lopez", "Johnson", "0199", "4567", "example") if w in bare]


def test_S14_published_reports_hold_the_parsed_place_only() -> None:
    frame = pd.DataFrame(
        {
            "Location": ["NE corner Main St & Oak St, ask Jane Placeholder", "home of Bob Nobody"],
            "Notes": ["Sgt. A. Nobody", "dog bites"],
            "Agency": ["John Smith", "Laredo Police Department"],
            "City": ["Laredo", "Laredo"],
        }
    )
    shown = published(sources.read(frame).reports)
    text = shown.to_csv()
    assert not [w for w in ("Placeholder", "Nobody", "Smith", "dog") if w in text]
    assert "Laredo Police Department" in text


def test_S14_rejects_hold_no_personal_words() -> None:
    frame = pd.DataFrame(
        {"lat": ["39.90123", "call 5551234567"], "lon": ["-83.0456", "-83.0"],
         "Notes": ["", "home of John Smith"]}
    )  # fmt: skip
    rejects = sources.read(frame).rejects.to_csv()
    assert "5551234567" not in rejects
    assert "Smith" not in rejects


@pytest.mark.parametrize(
    "text",
    [
        "0f8b2c1e-3a4d-4c5b-9e6f-7a8b9c0d1e2f", "agency 0F8B2C1E-3A4D-4C5B-9E6F-7A8B9C0D1E2F",
        "block 391620101001002", "ORI OH0250100", "TX2270000",
    ],
)  # fmt: skip
def test_S14_ids_of_agencies_are_no_serial_numbers(text: str) -> None:
    assert without_personal(text) == (text, ())


@pytest.mark.parametrize(
    "text",
    [
        "device id 0f8b2c1e-3a4d-4c5b-9e6f-7a8b9c0d1e2f", "IMEI 356938035643809",
        "badge 4471", "Badge No. 12-B", "employee # 00417", "MAC 00:1b:44:11:3a:b7",
    ],
)  # fmt: skip
def test_S14_what_is_called_a_serial_or_a_badge_number_goes(text: str) -> None:
    bare, kinds = without_personal(text)
    assert kinds
    assert not [c for c in ("0f8b", "3569", "4471", "12-B", "00417", "1b:44") if c in bare]


def test_S14_what_read_writes_has_places_and_no_prose() -> None:
    places = {
        "Site 1": "Site 1",
        "Home Ave & Key Bridge Rd": "Home Ave & Key Bridge Rd",
        "11 W/B 3rd Av/Humboldt St": "11 W/B 3rd Av/Humboldt St",
        "Main St at Oak St, ask Jane at the desk": "Main St at Oak St",
        "We met the owner. He lives by US 59 at Elm St": None,
    }
    frame = pd.DataFrame({"Location": [*places]})
    frame["Notes"] = "NE corner; the pastor said his keys are under the mat"
    out = handed_on(sources.read(frame).reports)
    assert out["note"].unique().tolist() == ["NE corner"]
    for (given, wanted), place in zip(places.items(), out["place_raw"], strict=True):
        assert place == wanted if wanted else "owner" not in str(place), given


@pytest.mark.parametrize(
    ("name", "written", "shown"),
    [
        ("vendor_raw", "Flock Safety", "Flock Safety"), ("vendor_raw", "Flock Safety Falcon", "Flock Safety Falcon"),
        ("vendor_raw", "Flock Safety rep Lemuel Sprockworthle [telephone number]", "Flock Safety"),
        ("vendor_raw", "Flock Safety (attn Jane Doe)", "Flock Safety"), ("town", "Alder (Sprockworthle)", "Alder"),
        ("town", "O'Fallon (MO)", "O'Fallon (MO)"), ("town", "Alder [Jane]", "Alder"), ("town", "Alder", "Alder"),
    ],
)  # fmt: skip
def test_S14_a_person_beside_a_maker_or_a_town_is_not_published(
    name: str, written: str, shown: str
) -> None:
    row = {"vendor": "Flock Safety", name: written}
    assert published(pd.DataFrame([row]))[name].tolist() == [shown]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Kathlyn Brattlestone", "[name]"), ("Rosalva_Urruzmendi", "[name]"), ("cam-12", "cam-12"),
        ("BFR-7171", "BFR-7171"), ("Madison Heights", "Madison Heights"), ("Main St", "Main St"),
    ],
)  # fmt: skip
def test_S14_an_id_that_is_a_person_is_none(written: str, shown: str) -> None:
    assert record_id(written) == shown
