"""L2 to L6 by form, on a made-up grid of Texas, California, Utah, New Jersey, Wisconsin and others:
how their lists write a place, and what must stay a question."""

from __future__ import annotations

import pytest
from locate_grid import Grid

from alprmap import geo
from alprmap.locate import Locator, open_locator

NORTH_SOUTH = [
    ("North Lamar Boulevard", "", "primary"),
    ("Farm-to-Market Road 1431", "FM 1431", "secondary"),
    ("Ranch to Market Road 620", "RM 620", "primary"),
    ("Capital of Texas Highway", "LOOP 360", "trunk"),
    ("183A Toll Road", "TOLL 183A", "motorway"),
    ("", "I 35", "motorway"),
    ("County Highway AA", "CTH AA", "tertiary"),
    ("Garden State Parkway", "GSP", "motorway"),
    ("Pacific Coast Highway", "CA 1", "primary"),
    ("South 700 East", "", "secondary"),
    ("18th Street Northwest", "", "residential"),
    ("Avenida de los Insurgentes", "", "residential"),
    ("Saint Mary's Road", "", "tertiary"),
    ("John F. Kennedy Boulevard", "", "secondary"),
    ("O'Fallon Road", "", "tertiary"),
    ("Mopac Expressway", "TX 1", "motorway"),
    ("Avenue of the Americas", "", "primary"),
    ("State Route 99W", "OR 99W", "primary"),
    ("Interstate 35 Frontage Road", "", "secondary"),
    ("Old Mill Road", "", "tertiary"),
]
EAST_WEST = [
    ("", "TX 71;SH 71", "primary"),
    ("Wisconsin Highway 29", "WI 29", "primary"),
    ("County Route 527", "CR 527", "tertiary"),
    ("San Diego Freeway", "I 405", "motorway"),
    ("3300 South", "", "secondary"),
    ("K Street Northwest", "", "secondary"),
    ("County Road 400 North", "", "tertiary"),
    ("El Camino Real", "CA 82", "primary"),
    ("McKinley Avenue", "", "residential"),
    ("Calle de la Plata", "", "residential"),
    ("Doctor Martin Luther King Junior Drive", "", "secondary"),
    ("East State Street", "US 89", "primary"),
    ("La Brea Avenue", "", "residential"),
    ("Business US 83", "US 83 Business", "primary"),
    ("State Loop 1604", "LOOP 1604", "primary"),
    ("Mt. Pleasant Avenue", "", "residential"),
    ("Highway 12 West", "", "tertiary"),
    ("First Street", "", "residential"),
]
GRID = Grid(30.2, -97.9, NORTH_SOUTH, EAST_WEST)
WITHIN_M = 150.0
CASES: list[tuple[str, tuple[str, str] | None]] = [
    ("FM 1431 @ SH 71", ("FM 1431", "TX 71;SH 71")),
    ("Farm to Market 1431 / Hwy 71", ("FM 1431", "TX 71;SH 71")),
    ("F.M. 1431 & State Hwy 71", ("FM 1431", "TX 71;SH 71")),
    ("RM620 & SH71", ("RM 620", "TX 71;SH 71")),
    ("RR 620 at Hwy 71", ("RM 620", "TX 71;SH 71")),
    ("Ranch Road 620 and TX-71", ("RM 620", "TX 71;SH 71")),
    ("SH-71 at N Lamar Blvd", ("North Lamar Boulevard", "TX 71;SH 71")),
    ("Lamar Blvd N & 71", ("North Lamar Boulevard", "TX 71;SH 71")),
    ("Loop 360 and SH 71", ("LOOP 360", "TX 71;SH 71")),
    ("SL 1604 @ FM1431", ("FM 1431", "LOOP 1604")),
    ("Loop 1604 W at RM 620", ("RM 620", "LOOP 1604")),
    ("183A @ SH 71", ("TOLL 183A", "TX 71;SH 71")),
    ("Toll 183A at 1st St", ("TOLL 183A", "First Street")),
    ("IH 35 at SH 71", ("I 35", "TX 71;SH 71")),
    ("IH0035 @ SL 1604", ("I 35", "LOOP 1604")),
    ("Interstate Hwy 35 & US 83 Business", ("I 35", "US 83 Business")),
    ("I-35 & BU 83", ("I 35", "US 83 Business")),
    ("IH-35 frontage rd at SH 71", ("Interstate 35 Frontage Road", "TX 71;SH 71")),
    ("I 35 Service Rd NB & First St", ("Interstate 35 Frontage Road", "First Street")),
    ("US 83 at FM 1431", None),
    ("CTH AA & STH 29", ("CTH AA", "WI 29")),
    ("Hwy 29 & County AA", ("CTH AA", "WI 29")),
    ("County Rd AA at WIS 29", ("CTH AA", "WI 29")),
    ("Co Hwy AA/Hwy 29", ("CTH AA", "WI 29")),
    ("County Trunk AA @ 29", ("CTH AA", "WI 29")),
    ("CTH A & STH 29", None),
    ("GSP at CR 527", ("GSP", "CR 527")),
    ("Garden State Parkway NB at Rt 527", ("GSP", "CR 527")),
    ("PCH & El Camino Real", ("CA 1", "CA 82")),
    ("SR 1 and El Camino", None),
    ("405 Fwy at PCH", ("CA 1", "I 405")),
    ("I-405 N/B @ Pacific Coast Hwy", ("CA 1", "I 405")),
    ("San Diego Fwy / PCH", ("CA 1", "I 405")),
    ("3300 S 700 E", ("South 700 East", "3300 South")),
    ("700 E 3300 S", ("South 700 East", "3300 South")),
    ("3300 South & 700 East", ("South 700 East", "3300 South")),
    ("700 East at State St", ("South 700 East", "US 89")),
    ("K St NW & 18th St NW", ("18th Street Northwest", "K Street Northwest")),
    ("18th & K St NW", ("18th Street Northwest", "K Street Northwest")),
    ("K St. N.W. at 18th St. N.W.", ("18th Street Northwest", "K Street Northwest")),
    ("K St SW & 18th St NW", None),
    ("CR 400 N & Lamar", ("North Lamar Boulevard", "County Road 400 North")),
    ("400 N at N Lamar", ("North Lamar Boulevard", "County Road 400 North")),
    ("St Marys Rd & McKinley Ave", ("Saint Mary's Road", "McKinley Avenue")),
    ("Saint Mary's Rd at Mc Kinley Ave", ("Saint Mary's Road", "McKinley Avenue")),
    ("JFK Blvd & MLK Dr", ("John F. Kennedy Boulevard", "Doctor Martin Luther King Junior Drive")),
    (
        "John F Kennedy Blvd at Dr MLK Jr Dr",
        ("John F. Kennedy Boulevard", "Doctor Martin Luther King Junior Drive"),
    ),
    ("OFallon Rd at La Brea", ("O'Fallon Road", "La Brea Avenue")),
    ("O Fallon Rd & LaBrea Ave", ("O'Fallon Road", "La Brea Avenue")),
    ("Mopac @ La Brea Ave", ("Mopac Expressway", "La Brea Avenue")),
    ("Avenue of the Americas & Mt Pleasant Ave", ("Avenue of the Americas", "Mt. Pleasant Avenue")),
    ("Ave of Americas / Mount Pleasant", ("Avenue of the Americas", "Mt. Pleasant Avenue")),
    ("ORE 99W at Mt Pleasant N", ("OR 99W", "Mt. Pleasant Avenue")),
    ("Hwy 99W @ First", ("OR 99W", "First Street")),
    ("OR-99W & 1st St", ("OR 99W", "First Street")),
    ("Highway 12 W & Old Mill Rd", ("Old Mill Road", "Highway 12 West")),
    ("Hwy 12 at Old Mill", ("Old Mill Road", "Highway 12 West")),
    ("Mill Rd & Hwy 12", None),
    ("N. Lamar (1st St)", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd, north of First St", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd just N. of First St.", ("North Lamar Boulevard", "First Street")),
    ("Lamar N/B past First St", ("North Lamar Boulevard", "First Street")),
    (
        "At the intersection of N Lamar Blvd and 1st Street, SE corner",
        ("North Lamar Boulevard", "First Street"),
    ),
    ("FLOCK #12 - N LAMAR BLVD @ 1ST ST NB", ("North Lamar Boulevard", "First Street")),
    ("LPR-004 N Lamar Blvd/1st St (northbound)", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd & 1st St [Austin]", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd @ 1st St; pole 77", ("North Lamar Boulevard", "First Street")),
    ("N LAMAR BLVD AND 1ST ST AUSTIN TX 78701", ("North Lamar Boulevard", "First Street")),
    ("EB SH 71 @ N Lamar", ("North Lamar Boulevard", "TX 71;SH 71")),
    ("W/B SH 71 before N Lamar Blvd", ("North Lamar Boulevard", "TX 71;SH 71")),
    ("SH 71 EB ramp to N Lamar Blvd", ("North Lamar Boulevard", "TX 71;SH 71")),
    ("71 E of Lamar", ("North Lamar Boulevard", "TX 71;SH 71")),
    ("N Lamar Blvd + 1st St", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd \\ 1st St", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd | 1st St", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd -> 1st St", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd by 1st St", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd close to 1st St", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd over 1st St", ("North Lamar Boulevard", "First Street")),
    ("1st St under N Lamar Blvd", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd (at 1st St.)", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd, at 1st St", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd 200 feet south of 1st St", ("North Lamar Boulevard", "First Street")),
    ("north lamar boulevard & first street", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd; 1st St", ("North Lamar Boulevard", "First Street")),
    ("First St. x N. Lamar", ("North Lamar Boulevard", "First Street")),
    ("First St vs N Lamar", None),
    ("N Lamar Blvd & 1 St", ("North Lamar Boulevard", "First Street")),
    ("N Lamar Blvd & 1st Ave", None),
    ("S Lamar Blvd & 1st St", None),
    ("Lamar Ln & 1st St", None),
    (
        "Avenida de los Insurgentes y Calle de la Plata",
        ("Avenida de los Insurgentes", "Calle de la Plata"),
    ),
    ("Wlliam Lamar & Oak", None),
    ("N Lamr Blvd & La Brea Avenu", ("North Lamar Boulevard", "La Brea Avenue")),
    ("Cam #12 - N Lamar Blvd @ La Brea Ave", ("North Lamar Boulevard", "La Brea Avenue")),
]


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Locator:
    return open_locator(GRID.write(tmp_path_factory.mktemp("grid")))


@pytest.mark.parametrize(("text", "roads"), CASES, ids=[c[0] for c in CASES])
def test_L6_a_form_of_another_state_is_its_place_or_a_question(
    grid: Locator, text: str, roads: tuple[str, str] | None
) -> None:
    answer = grid.locate(text)
    used = answer.located_by != "unlocated" and answer.confidence >= 0.5
    if roads is None:
        assert not used
    else:
        assert used
        assert geo.distance_m(answer.lon, answer.lat, *GRID.at(*roads)) < WITHIN_M
