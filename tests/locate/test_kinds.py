"""L4 to L8 by form, on a made-up grid of Georgia and elsewhere: how lists write a place, and what must
stay a question."""

from __future__ import annotations

import pytest
from locate_grid import STEP, Grid

from alprmap import geo
from alprmap.locate import Locator, open_locator

SOUTH, WEST = 33.7, -84.4
NORTH_SOUTH = [
    ("Peachtree Street", "", "secondary"),
    ("Piedmont Avenue", "", "secondary"),
    ("", "I 75;I 85", "motorway"),
    ("Martin Luther King Junior Drive", "SR 139", "secondary"),
    ("Ponce de Leon Avenue", "US 23;SR 8", "primary"),
    ("", "US 41 Business", "primary"),
    ("South Cobb Drive", "SR 280", "primary"),
    ("Old Alabama Road", "", "tertiary"),
    ("State Highway 16 Spur", "SR 16 Spur", "tertiary"),
    ("County Road 12", "", "tertiary"),
    ("West 4th Street", "", "residential"),
    ("Highway K", "MO K", "tertiary"),
    ("Interstate 20 Frontage Road", "", "tertiary"),
    ("Saint Louis Street", "", "residential"),
]
EAST_WEST = [
    ("Main Street", "", "secondary"),
    ("Oak Road", "", "residential"),
    ("10th Street Northwest", "", "residential"),
    ("", "I 20", "motorway"),
    ("Lee Road 54", "", "tertiary"),
    ("Rancho Vista Boulevard", "", "secondary"),
    ("", "US 278", "primary"),
    ("Avenue Q", "", "residential"),
    ("E Street", "", "residential"),
    ("Tollway", "", "motorway"),
    ("Old US Highway 41", "", "tertiary"),
    ("North Broadway", "", "secondary"),
]
EXITS = {0: "248", 1: "249A", 5: "253"}
"""Exits of I 75 and I 85 by the number of the road there."""
GRID = Grid(SOUTH, WEST, NORTH_SOUTH, EAST_WEST, {(2, j): ref for j, ref in EXITS.items()})
WITHIN_M = 150.0


P = ("Peachtree Street", "Main Street")
CASES: list[tuple[str, tuple[float, float] | None]] = [
    ("Peachtree St @ Main St", GRID.at(*P)),
    ("MAIN ST / PEACHTREE ST", GRID.at(*P)),
    ("Main & Peachtree", GRID.at(*P)),
    ("Peachtree St. and Main St.", GRID.at(*P)),
    ("Intersection of Peachtree St & Main St", GRID.at(*P)),
    ("Peachtree St x Main St", GRID.at(*P)),
    ("Peachtree St - Main St", GRID.at(*P)),
    ("Peachtree St, Main St", GRID.at(*P)),
    ("NW corner of Peachtree St and Main St", GRID.at(*P)),
    ("Peachtree NB at Main", GRID.at(*P)),
    ("Main St W of Peachtree St", GRID.at(*P)),
    ("EB Main St just east of Peachtree", GRID.at(*P)),
    ("Main St EB/Peachtree St", GRID.at(*P)),
    ("Peachtree St (SB) at Main St", GRID.at(*P)),
    ("Camera 4 - Peachtree St & Main St", GRID.at(*P)),
    ("#12 Peachtree St & Main St", GRID.at(*P)),
    ("Peachtree St & Main St - Pole 14", GRID.at(*P)),
    ("Peachtree St & Main St, Atlanta, GA 30303", GRID.at(*P)),
    ("PEACHTREE ST: MAIN ST", GRID.at(*P)),
    ("corner Main and Peachtree", GRID.at(*P)),
    ("Main St near Peachtree St", GRID.at(*P)),
    ("Main St ne of Peachtree", GRID.at(*P)),
    ("On Main St at Peachtree St facing west", GRID.at(*P)),
    ("Peachtree & Main (Shell gas station)", GRID.at(*P)),
    ("Peachtree Street and Main Street intersection", GRID.at(*P)),
    ("Main St. at Peachtree St. SE corner, light pole", GRID.at(*P)),
    ("I-75/85 at Main St", GRID.at("I 75;I 85", "Main Street")),
    ("I-75 @ Exit 248", GRID.at("I 75;I 85", "Main Street")),
    ("I-85 Exit 253", GRID.at("I 75;I 85", "Rancho Vista Boulevard")),
    ("I75 NB Exit 249A", GRID.at("I 75;I 85", "Oak Road")),
    ("I-75 N exit #248 ramp", GRID.at("I 75;I 85", "Main Street")),
    ("Interstate 85 at Rancho Vista Blvd", GRID.at("I 75;I 85", "Rancho Vista Boulevard")),
    ("I 75 & I 20", GRID.at("I 75;I 85", "I 20")),
    ("I-20 at I-75/85 interchange", GRID.at("I 75;I 85", "I 20")),
    ("I-85 and I-75", None),
    ("MLK Jr Dr & Oak Rd", GRID.at("Martin Luther King Junior Drive", "Oak Road")),
    ("SR 139 at Oak Rd", GRID.at("SR 139", "Oak Road")),
    ("GA-139 & Oak Road", GRID.at("SR 139", "Oak Road")),
    ("Ga. Hwy 139 at Oak", GRID.at("SR 139", "Oak Road")),
    ("US-23 @ Main", GRID.at("Ponce de Leon Avenue", "Main Street")),
    ("Hwy 23 & Main St", GRID.at("Ponce de Leon Avenue", "Main Street")),
    ("SR 8/Ponce de Leon Ave at Main St", GRID.at("Ponce de Leon Avenue", "Main Street")),
    (
        "Ponce De Leon Ave (US 23) at 10th St NW",
        GRID.at("Ponce de Leon Avenue", "10th Street Northwest"),
    ),
    ("US 41 Business at Oak Rd", GRID.at("US 41 Business", "Oak Road")),
    ("US 41 Bus & Oak Rd", GRID.at("US 41 Business", "Oak Road")),
    ("Business 41 at Oak Rd", GRID.at("US 41 Business", "Oak Road")),
    ("US 41 at Oak Rd", None),
    ("Old US 41 & Peachtree", GRID.at("Peachtree Street", "Old US Highway 41")),
    ("S Cobb Dr & Oak Rd", GRID.at("South Cobb Drive", "Oak Road")),
    ("SR 280 S Cobb Dr at Oak", GRID.at("South Cobb Drive", "Oak Road")),
    ("Cobb Dr & Oak Rd", GRID.at("South Cobb Drive", "Oak Road")),
    ("N Cobb Dr & Oak Rd", None),
    ("SR 16 Spur at Oak Rd", GRID.at("SR 16 Spur", "Oak Road")),
    ("SR 16 at Oak Rd", None),
    ("CR 12 at Main St", GRID.at("County Road 12", "Main Street")),
    ("Co. Rd. 12 & Main", GRID.at("County Road 12", "Main Street")),
    ("W 4th St / Oak Rd", GRID.at("West 4th Street", "Oak Road")),
    ("Fourth St W & Oak Rd", GRID.at("West 4th Street", "Oak Road")),
    ("E 4th St & Oak Rd", None),
    ("Hwy K at Main St", GRID.at("Highway K", "Main Street")),
    ("MO-K & Main St", GRID.at("Highway K", "Main Street")),
    ("I-20 Frontage Rd at Oak Rd", GRID.at("Interstate 20 Frontage Road", "Oak Road")),
    ("I-20 Service Road & Oak Rd", GRID.at("Interstate 20 Frontage Road", "Oak Road")),
    ("St. Louis St & E St", GRID.at("Saint Louis Street", "E Street")),
    ("Ave Q at Saint Louis St", GRID.at("Saint Louis Street", "Avenue Q")),
    ("Avenue Q & Peachtree", GRID.at("Peachtree Street", "Avenue Q")),
    ("Lee Rd 54 at Peachtree St", GRID.at("Peachtree Street", "Lee Road 54")),
    ("10th St NW & Piedmont Ave", GRID.at("Piedmont Avenue", "10th Street Northwest")),
    ("10th & Piedmont", GRID.at("Piedmont Avenue", "10th Street Northwest")),
    ("Tenth St NW at Piedmont", GRID.at("Piedmont Avenue", "10th Street Northwest")),
    ("10th St SE & Piedmont Ave", None),
    ("Main St & Main St", None),
    ("Main St & Oak Rd", None),
    ("Peachtree St & Piedmont Ave", None),
    ("Main St at Nowhere Ln", None),
    ("Main St between Peachtree St and Piedmont Ave", (WEST + STEP / 2, SOUTH)),
    ("Main St (Peachtree St to Piedmont Ave)", (WEST + STEP / 2, SOUTH)),
    ("Main St from Peachtree St to Piedmont Ave", (WEST + STEP / 2, SOUTH)),
    ("Main St b/w Peachtree & Piedmont", (WEST + STEP / 2, SOUTH)),
    ("500 ft E/O Peachtree St on Main St", (WEST + 0.00165, SOUTH)),
    ("Main St 0.2 mi W of Piedmont Ave", (WEST + STEP - 0.00348, SOUTH)),
    ("Main St approx 300' east of Peachtree St", (WEST + 0.00099, SOUTH)),
    ("Main St E/O Peachtree St", (WEST + 0.0003, SOUTH)),
    ("N Broadway & Peachtree", GRID.at("Peachtree Street", "North Broadway")),
    ("Broadway at Peachtree St", GRID.at("Peachtree Street", "North Broadway")),
    ("US 278 & Old Alabama Rd", GRID.at("Old Alabama Road", "US 278")),
    ("U.S. Hwy. 278 at Old Alabama Road", GRID.at("Old Alabama Road", "US 278")),
    ("Alabama Rd & US 278", None),
    ("Old 41 Hwy & Old Alabama Rd", GRID.at("Old Alabama Road", "Old US Highway 41")),
    ("Old Hwy 41 at Peachtree", GRID.at("Peachtree Street", "Old US Highway 41")),
    ("Old US 41 at Peachtree St", GRID.at("Peachtree Street", "Old US Highway 41")),
    ("278 Hwy at Peachtree St", GRID.at("Peachtree Street", "US 278")),
    ("Hwy 41 at Old Alabama Rd", None),
    ("Old 278 Hwy at Peachtree St", None),
    ("Old Peachtree St at Main St", None),
    ("Lower Peachtree St at Main St", None),
    ("Route K at Main St", GRID.at("Highway K", "Main Street")),
    ("Rte K & US 278", GRID.at("Highway K", "US 278")),
    ("State Hwy K at Oak Rd", GRID.at("Highway K", "Oak Road")),
    ("MO-K @ Oak Rd", GRID.at("Highway K", "Oak Road")),
    ("Route KK at Main St", None),
    ("Route K", None),
    ("Peachtree Cir at Main St", None),
    ("Peachtree Cir & Oak Rd", None),
    ("Main Ct at Peachtree St", None),
    ("Main St, Peachtree-Piedmont", (WEST + STEP / 2, SOUTH)),
    ("Main St, Peachtree St - Piedmont Ave", (WEST + STEP / 2, SOUTH)),
    ("Main St, A-B", None),
    ("Main St, Dublin-Granville Rd", None),
    ("COBB COUNTY / US 278 : OLD ALABAMA RD", GRID.at("Old Alabama Road", "US 278")),
    ("Peachtree St/Piedmont Ave/Main St", None),
    (
        "Rancho Vista Blvd and Ponce De Leon",
        GRID.at("Ponce de Leon Avenue", "Rancho Vista Boulevard"),
    ),
    ("RANCHO VISTA BL & MLK", GRID.at("Martin Luther King Junior Drive", "Rancho Vista Boulevard")),
]


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Locator:
    return open_locator(GRID.write(tmp_path_factory.mktemp("grid")))


@pytest.mark.parametrize(("text", "place"), CASES, ids=[c[0] for c in CASES])
def test_L6_a_form_is_its_place_or_a_question(
    grid: Locator, text: str, place: tuple[float, float] | None
) -> None:
    answer = grid.locate(text)
    used = answer.lon is not None and answer.confidence >= 0.5
    if place is None:
        assert not used
    else:
        assert used
        assert geo.distance_m(answer.lon, answer.lat, *place) < WITHIN_M
