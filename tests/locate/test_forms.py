"""L1 to L9 by form: how lists of many states write one road, on one made-up street grid.

Every road of `ROADS` crosses Main Street once, 950 m from the next; what must not be taken for one
another lies side by side.
"""

from __future__ import annotations

import pytest

from alprmap import geo
from alprmap.locate import Locator, open_locator

LAT, WEST, STEP = 35.0, -97.0, 0.0105

ROADS: list[tuple[str, str, str, tuple[str, ...]]] = [
    # key, name, ref, spellings
    ("fm", "", "FM 1960", ("FM 1960", "FM1960", "F.M. 1960", "Farm to Market 1960", "FM Road 1960")),
    ("rm", "", "RM 620", ("RM 620", "Ranch to Market 620", "RM-620")),
    ("cr", "County Road 101", "", ("CR 101", "C.R. 101", "Co Rd 101", "County Rd 101")),
    ("csah", "", "CSAH 10", ("CSAH 10", "County State Aid Highway 10")),
    ("th", "", "MN 55", ("TH 55", "MN 55", "State Hwy 55", "MN-55", "Trunk Highway 55")),
    ("us", "", "US 59", ("US 59", "US-59", "U.S. 59", "US Hwy 59", "U.S. Highway 59")),
    ("us_b", "", "US 59 Business", ("US 59 Business", "Business US 59", "US 59-B", "BUS 59")),
    ("sr", "", "OH 315", ("SR 315", "SR-315", "OH-315", "State Route 315", "St Rt 315", "Ohio 315")),
    ("loop", "", "Loop 1604", ("Loop 1604", "SL 1604", "TX Loop 1604", "State Loop 1604")),
    ("spur", "", "Spur 330", ("Spur 330", "SS 330", "SPUR-330")),
    ("k", "", "K-10", ("K-10", "K 10", "Kansas 10")),
    ("m", "", "M 59", ("M-59", "M 59", "M59")),
    ("cth", "County Trunk Highway J", "CTH J", ("CTH J", "County Road J", "Cty Trunk J")),
    ("frontage", "I-35 Frontage Road", "", ("I-35 Frontage Rd", "IH 35 Frontage Road",
     "Interstate 35 Service Rd")),
    ("playa", "Avenida de la Playa", "", ("Avenida de la Playa", "Avenida De La Playa")),
    ("chavez", "César E. Chávez Boulevard", "", ("Cesar E Chavez Blvd", "CESAR E. CHAVEZ BLVD",
     "Cesar Chavez Blvd", "César E. Chávez Blvd")),
    ("pena", "Peña Boulevard", "", ("Pena Blvd", "Peña Blvd", "PENA BOULEVARD")),
    ("real", "El Camino Real", "", ("El Camino Real", "Camino Real")),
    ("calle", "Calle Ocho", "", ("Calle Ocho", "CALLE OCHO")),
    ("hyphen", "Dublin-Granville Road", "", ("Dublin-Granville Rd", "Dublin Granville Rd",
     "Dublin - Granville Rd")),
    ("winston", "Winston-Salem Avenue", "", ("Winston-Salem Ave", "Winston Salem Ave")),
    ("first", "1st Street", "", ("1st St", "First St", "1 St", "First Street")),
    ("first_ave", "1st Avenue", "", ("1st Ave", "First Avenue", "1 Ave")),
    ("22", "Twenty-Second Street", "", ("22nd St", "Twenty-second St", "Twenty Second Street")),
    ("ne45", "Northeast 45th Street", "", ("NE 45th St", "NE 45th", "N.E. 45th St", "45th St NE")),
    ("north", "North Park Drive", "", ("N Park Dr", "North Park Drive", "No Park Dr")),
    ("stclair", "Saint Clair Avenue", "", ("St Clair Ave", "St. Clair Av", "Saint Clair Ave")),
    ("mlk", "Doctor Martin Luther King Junior Drive", "", ("MLK Dr", "Martin Luther King Jr Dr",
     "Dr. Martin Luther King, Jr. Drive", "M L King Dr")),
    ("la", "L & A Road", "", ("L & A Rd", "L and A Road", "L &amp; A Rd")),
    ("mt", "Mount Vernon Road", "", ("Mt Vernon Rd", "Mt. Vernon Rd", "Mount Vernon Rd")),
    ("mile", "8 Mile Road", "", ("8 Mile Rd", "Eight Mile Rd", "8 Mile")),
    ("obrien", "O'Brien Lane", "", ("O'Brien Ln", "OBrien Ln", "O’Brien Lane")),
]  # fmt: skip
AT = {key: WEST + i * STEP for i, (key, *_) in enumerate(ROADS)}


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Locator:
    nodes, ways, crossing = [], [], []
    for i, (_, name, ref, _) in enumerate(ROADS):
        lon = WEST + i * STEP
        for j, lat in enumerate((LAT - 0.004, LAT, LAT + 0.004)):
            nodes.append(f"n{3 * i + j + 1} v1 x{lon:.6f} y{lat:.6f}")
        tags = ["highway=secondary" if ref else "highway=residential"]
        tags += [f"{k}={_escaped(v)}" for k, v in (("name", name), ("ref", ref)) if v]
        refs = ",".join(f"n{3 * i + j + 1}" for j in range(3))
        ways.append(f"w{i + 2} v1 T{','.join(tags)} N{refs}")
        crossing.append(f"n{3 * i + 2}")
    ways.insert(0, f"w1 v1 Thighway=primary,name=Main%20%Street N{','.join(crossing)}")
    path = tmp_path_factory.mktemp("grid") / "grid.opl"
    path.write_text("\n".join([*nodes, *ways]) + "\n", encoding="utf-8")
    return open_locator(path)


def _escaped(text: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else f"%{ord(c):x}%" for c in text)


SPELLINGS = [(key, s) for key, _, _, spelled in ROADS for s in spelled]


@pytest.mark.parametrize("phrase", ["{} at Main St", "Main St/{}", "{} &amp; MAIN ST"])
@pytest.mark.parametrize(("key", "spelling"), SPELLINGS, ids=[s for _, s in SPELLINGS])
def test_L4_a_road_is_found_by_every_spelling(
    grid: Locator, key: str, spelling: str, phrase: str
) -> None:
    found = grid.locate(phrase.format(spelling))
    assert found.located_by == "crossing", found.reason
    assert geo.distance_m(found.lon, found.lat, AT[key], LAT) < 60.0, found.matched
    assert found.confidence >= 0.5, found.reason


OTHERS = [
    "I-59 at Main St", "SR 60 at Main St", "US 59 Spur at Main St", "Loop 330 at Main St", "Spur 1604 at Main St",
    "FM 1961 at Main St", "2nd St at Main St", "23rd St & Main St", "Dublin-Salem Rd & Main St",
    "SW 45th St & Main St", "South Park Dr & Main St", "Main St & Main St", "1st St & 22nd St", "US 59 & US 59 Business",
    "I-35 at Main St", "CR 102 at Main St", "Main St at", "Main St &", "N/A & Main St", "MN 59 & Main St",
    "Main St (between 1st St and 99th St)",
]  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_L5_another_road_is_a_question(grid: Locator, text: str) -> None:
    found = grid.locate(text)
    assert found.located_by == "unlocated" or found.confidence < 0.5, found.matched
    assert found.reason


STEP_M = float(geo.distance_m(WEST, LAT, WEST + STEP, LAT))
OFFSETS = [
    ("Main St E/O FM 1960", "fm", 10, 200), ("Main St W/O 1st St", "first", -200, -10),
    ("Main St, east of 1st St", "first", 10, 200), ("Main St just w. of 1st St", "first", -200, -10),
    ("Main St 500 ft E of 1st St", "first", 148, 157), ("500' west of 1st St on Main St", "first", -157, -148),
    ("Main St 0.25 mi east of 1st St", "first", 395, 410), ("Main St 100 yds E/O 1st St", "first", 87, 96),
    ("Main St (between 1st St and 1st Ave)", "first", STEP_M / 2 - 5, STEP_M / 2 + 5),
    ("Main St b/w 1st St & 1st Ave", "first", STEP_M / 2 - 5, STEP_M / 2 + 5),
    ("Main St from 1st St to 1st Ave", "first", STEP_M / 2 - 5, STEP_M / 2 + 5),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "least", "most"), OFFSETS, ids=[row[0] for row in OFFSETS])
def test_L7_an_offset_moves_along_the_road(
    grid: Locator, text: str, key: str, least: float, most: float
) -> None:
    found = grid.locate(text)
    assert found.confidence >= 0.5, found.reason
    east, north = geo.tangent_xy([found.lon], [found.lat], AT[key], LAT)
    assert least <= float(east[0]) <= most
    assert abs(float(north[0])) < 5.0
