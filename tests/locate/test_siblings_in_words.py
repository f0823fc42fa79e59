"""L1 to L8: ways of writing a place that a person understands and that were once refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from locate_grid import Grid

from alprmap import geo
from alprmap.locate import Locator, open_locator, parse_place

GRID = Grid(
    40.0,
    -90.0,
    [
        ("Elm Street", "", "residential"),
        ("", "I 71", "motorway"),
        ("Oak Street", "", "residential"),
    ],
    [("Main Street", "", "residential"), ("St. Clair Avenue", "", "residential")],
)
FORMS = [
    "Elm St where it meets Main St", "Elm Street meets Main Street", "Elm St crossing Main St",
    "Elm St to Main St", "Elm St, near the intersection with Main St",
    "ELM ST at its intersection with MAIN ST", "at the corner of Elm St and Main St",
]  # fmt: skip


@pytest.fixture(scope="module")
def locator(tmp_path_factory: pytest.TempPathFactory) -> Locator:
    folder: Path = tmp_path_factory.mktemp("siblings")
    return open_locator(GRID.write(folder))


@pytest.mark.parametrize("text", FORMS)
def test_L2_words_that_part_two_roads(locator: Locator, text: str) -> None:
    answer = locator.locate(text)
    assert answer.confidence >= 0.5
    assert geo.distance_m(answer.lon, answer.lat, *GRID.at("Elm Street", "Main Street")) < 60


def test_L2_a_lead_in_before_a_saint(locator: Locator) -> None:
    answer = locator.locate("Pole at St. Clair Ave & Elm St")
    assert geo.distance_m(answer.lon, answer.lat, *GRID.at("Elm Street", "St. Clair Avenue")) < 60


def test_L2_a_route_with_blanks_around_its_dash(locator: Locator) -> None:
    answer = locator.locate("I - 71 exit to Main St")
    assert geo.distance_m(answer.lon, answer.lat, *GRID.at("I 71", "Main Street")) < 60


@pytest.mark.parametrize(
    "text",
    ["I-270 Exit 30&33", "I-270 Ex 30", "I-270 Ex. 30", "I-270 exit 30;33", "Exit 30-33, I-270"],
)
def test_L3_the_first_of_several_exits(text: str) -> None:
    place = parse_place(text)
    assert (place.exit_ref, len(place.sides)) == ("30", 1)


def test_L2_a_town_and_state_without_comma_or_postal_code() -> None:
    place = parse_place("Elm St and Main St Springfield OH")
    assert (place.town, place.state, place.road_at) == ("Springfield", "OH", "Main St")
    assert parse_place("Elm St and Main St NE").town is None


DENVER = Grid(
    39.75,
    -105.0,
    [
        ("28th Street", "", "residential"),
        ("Center Street", "", "residential"),
        ("Magnolia Avenue", "", "residential"),
    ],
    [("Walnut Street", "", "residential"), ("Spring Street", "", "residential")],
)
BEHIND = [
    ("28th St Denver CO & Walnut St", "28th Street", "Walnut Street"),
    ("28th St & Spring St Denver", "28th Street", "Spring Street"),
    ("Walnut St Denver Colorado 80205 & 28th St", "28th Street", "Walnut Street"),
    ("Centeer St & Walnut St", "Center Street", "Walnut Street"),
    ("Magnlia Av & Walnut St", "Magnolia Avenue", "Walnut Street"),
    ("Mgnlia Ave & Spring St", "Magnolia Avenue", "Spring Street"),
    ("Spirng St & 28th", "28th Street", "Spring Street"),
    ("Cneter St & Wallnut St", "Center Street", "Walnut Street"),
]


@pytest.fixture(scope="module")
def denver(tmp_path_factory: pytest.TempPathFactory) -> Locator:
    return open_locator(DENVER.write(tmp_path_factory.mktemp("denver")))


@pytest.mark.parametrize(("text", "one", "other"), BEHIND)
def test_L5_L8_a_slip_in_a_word_that_is_folded_and_a_town_without_a_comma(
    denver: Locator, text: str, one: str, other: str
) -> None:
    answer = denver.locate(text)
    assert answer.confidence >= 0.5
    assert geo.distance_m(answer.lon, answer.lat, *DENVER.at(one, other)) < 60


@pytest.mark.parametrize("text", ["Fountain St & Walnut St", "Mgnlia Ave & Sprng St"])
def test_L5_another_name_or_three_slips_are_a_question(denver: Locator, text: str) -> None:
    assert denver.locate(text).confidence < 0.5


def test_L6_an_address_on_a_street_without_numbers_is_the_street_and_a_question(
    denver: Locator,
) -> None:
    answer = denver.locate("1200 28th St Denver CO")
    assert answer.confidence < 0.5
    assert answer.located_by in ("road", "unlocated")
    if answer.located_by == "road":
        end = geo.distance_m(answer.lon, answer.lat, *DENVER.at("28th Street", "Spring Street"))
        assert answer.position_error_m == pytest.approx(0.9 * end, rel=0.01)  # nine places in ten


@pytest.mark.parametrize(
    ("text", "kind", "road", "road_at", "side"),
    [
        ("NEC of Main St and Oak St", "crossing", "Main St", "Oak St", 45.0),
        ("Main St & Oak St, SWC", "crossing", "Main St", "Oak St", 225.0),
        ("NW Cor of Main & Oak", "crossing", "Main", "Oak", 315.0),
        ("between Oak St & Elm St on Main St", "between", "Main St", "Oak St & Elm St", None),
        ("btwn 5th and 6th along Elm Ave", "between", "Elm Ave", "5th & 6th", None),
        ("Oak St onto Main St", "crossing", "Oak St", "Main St", None),
        ("Oak St @ Main St far side", "crossing", "Oak St", "Main St", None),
        ("Main St far-side of Oak", "crossing", "Main St", "Oak", None),
        ("Exit 12A off I-35", "exit", "I-35", "Exit 12A", None),
        ("1234-B Main St", "address", "Main St", "1234", None),
        ("US-101 PM 12.3", "milepost", "US-101", "postmile 12.3", None),
        ("SR 99 PM R12.3", "milepost", "SR 99", "postmile 12.3", None),
    ],
)
def test_L2_corners_stretches_and_postmiles_as_engineers_write_them(
    text: str, kind: str, road: str, road_at: str, side: float | None
) -> None:
    found = parse_place(text)
    assert (found.kind, found.road, found.road_at) == (kind, road, road_at)
    assert found.side_deg == side


def test_L2_a_section_is_no_corner() -> None:
    assert parse_place("SEC 12 Main St").side_deg is None
