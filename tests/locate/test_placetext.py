"""The place grammar: each case is a text some agency published, or a phrasing of one."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.locate import marks_in_text as placemarks
from alprmap.locate import words as placewords
from alprmap.locate.grammar import PlaceText, readings
from alprmap.locate.grammar import parse_place as parse

CASES = [
    # San Mateo, public-records response of 2026-02
    ("11 W/B 3rd Av/Humboldt St", "crossing", ("3rd Av", "Humboldt St"), {"number": "11", "travel_deg": 270.0}),
    ("1S/B 733 N San Mateo Dr", "address", ("N San Mateo Dr",), {"number": "1", "house_number": 733}),
    ("10S/B Amphlett/E Poplar Av #30 - 8/8/2024", "crossing", ("Amphlett", "E Poplar Av"), {"travel_deg": 180.0}),
    ("14 S/B Hwy 101 Onramp from E/B 4th Av", "ramp", ("Hwy 101", "4th Av"), {"ramp": "on", "travel_deg": 180.0}),
    ("18S/B Norfolk/3rd Av (Leaving Shoreview)", "crossing", ("Norfolk", "3rd Av"), {"note": "Leaving Shoreview"}),
    ("5431st Av/El Camino Real", "crossing", ("31st Av", "El Camino Real"), {"number": "54"}),
    ("55Fashion Island Bl/Baker Wy", "crossing", ("Fashion Island Bl", "Baker Wy"), {"number": "55"}),
    ("Franklin Pkwy West C#001", "road", ("Franklin Pkwy West",), {"note": "C#001"}),
    # Minnesota, statutory list of 2025-12
    ("45993 state Route 65 in McGregor", "address", ("state Route 65",), {"town": "McGregor"}),
    ("Viking Trail at Highway 45 eastbound", "crossing", ("Viking Trail", "Highway 45"), {"travel_deg": 90.0}),
    ("\u200bNa\u200bples Street NE and\xa0Lake Drive\xa0NE, northbound", "crossing",
     ("Naples Street NE", "Lake Drive NE"), {"travel_deg": 0.0}),
    ("Becker CSAH 14 west of U.S. Hwy 59 in Detroit Lakes", "crossing", ("Becker CSAH 14", "U.S. Hwy 59"),
     {"offset_deg": 270.0, "offset_m": None, "town": "Detroit Lakes"}),
    ("State Highway 27 East at McKay Ave. South westbound", "crossing",
     ("State Highway 27 East", "McKay Ave. South"), {"travel_deg": 270.0}),
    ("Minnesota Highway 39 (East McCuen Street)", "road", ("Minnesota Highway 39/East McCuen Street",), {}),
    ("103 Avenue\xa0NE and\xa0Central Avenue\xa0NE, eastbound\u200b", "crossing",
     ("103 Avenue NE", "Central Avenue NE"), {"number": None, "house_number": None}),
    ("Rogers Drive and South Lake Diamond Road northbound and southbound", "crossing",
     ("Rogers Drive", "South Lake Diamond Road"), {"travel_deg": None, "travels_deg": (0.0, 180.0)}),
    ("Northwest Boulevard (southbound) at Highway 55", "crossing", ("Northwest Boulevard", "Highway 55"),
     {"travel_deg": 180.0}),
    ("Four devices at Ninth Avenue South and University Drive South", "crossing",
     ("Ninth Avenue South", "University Drive South"), {"count": 4}),
    ("37th Street W. and Aquila Ave. S. (2)", "crossing", ("37th Street W", "Aquila Ave. S"), {"count": 2}),
    ("6th Street N. at Mounds Boulevard eastbound, St. Paul", "crossing", ("6th Street N", "Mounds Boulevard"),
     {"town": "St. Paul", "travel_deg": 90.0}),
    ("850 County Road E East, Vadnais Heights", "address", ("County Road E East",), {"town": "Vadnais Heights"}),
    ("Beroun Crossing Road and County Road 61, Pine City", "crossing", ("Beroun Crossing Road", "County Road 61"),
     {"town": "Pine City"}),
    ("100 block of Old Highway 8 Northwest", "block", ("Old Highway 8 Northwest",), {"house_number": 100}),
    ("Location withheld by the police department under Minnesota Statute 13.824, Subdivision 8 (b).", "withheld",
     (), {}),
    # Columbus and Portland, traffic cameras of 2018
    ("Refugee/Chatterton Rd at Noe Bixby Rd.  This is a Pan/Tilt/Zoom camera.  The view is variable.", "crossing",
     ("Refugee/Chatterton Rd", "Noe Bixby Rd"), {"note": "This is a Pan/Tilt/Zoom camera. The view is variable."}),
    ("Cleveland Ave at I-670 EB.", "crossing", ("Cleveland Ave", "I-670"), {"travel_deg": 90.0}),
    ("I-270 at N of Roberts Rd.", "crossing", ("I-270", "Roberts Rd"), {"offset_deg": 0.0}),
    ("I-270 at US-33 (SE Side).", "crossing", ("I-270", "US-33"), {"side_deg": 135.0}),
    ("I-70 at 2nd St / Mound St on ramp.", "ramp", ("I-70", "2nd St / Mound St"), {"ramp": "on"}),
    ("Portland - 11th at Milwaukie N", "crossing", ("11th", "Milwaukie N"), {"town": "Portland"}),
    ("US26 at Jefferson Off-Ramp", "ramp", ("US26", "Jefferson"), {"ramp": "off"}),
    # Chicago, red-light and speed cameras
    ("Damen-Fullerton", "crossing", ("Damen", "Fullerton"), {}),
    ("Cottage Grove-71st-South Chicago", "crossing", ("Cottage Grove", "71st", "South Chicago"), {}),
    ("Cicero-Stevenson NB (SOUTH INTERSECTION)", "crossing", ("Cicero", "Stevenson"), {"side_deg": 180.0}),
    ("4124 W Foster Ave", "address", ("W Foster Ave",), {"house_number": 4124}),
    ("6330 S Dr Martin Luther King Jr Dr", "address", ("S Dr Martin Luther King Jr Dr",), {"house_number": 6330}),
    # other phrasings
    ("I-35 @ MM 18", "milepost", ("I-35",), {"milepost_mi": 18.0}),
    ("I-270 mile marker 3", "milepost", ("I-270",), {"milepost_mi": 3.0}),
    ("I-70 WB Exit 93A", "exit", ("I-70",), {"exit_ref": "93A", "travel_deg": 270.0}),
    ("2000 BLK OF MAIN ST", "block", ("MAIN ST",), {"house_number": 2000}),
    ("Main St between 3rd and 4th", "between", ("Main St", "3rd", "4th"), {}),
    ("500 ft north of Main St on High St", "crossing", ("High St", "Main St"), {"offset_m": 152.4}),
    ("Main St S/O 3rd Ave", "crossing", ("Main St", "3rd Ave"), {"offset_deg": 180.0}),
    ("High St 1/2 mile N of Main St", "crossing", ("High St", "Main St"), {"offset_m": 804.672}),
    ("Cam 3: Main St / 3rd St facing East", "crossing", ("Main St", "3rd St"), {"facing_deg": 90.0}),
    ("8 Mile Rd & Woodward Ave", "crossing", ("8 Mile Rd", "Woodward Ave"), {"house_number": None}),
    ("NW corner of Main St and Elm St", "crossing", ("Main St", "Elm St"), {"side_deg": 315.0}),
    ("10 Court St", "address", ("Court St",), {"house_number": 10}),
    ("Broadway-Twenty-third", "crossing", ("Broadway", "Twenty-third"), {}),
    ("York Avenue Park and Ride", "place", ("York Avenue Park and Ride",), {}),
    ("1st Ave\nand 2nd St", "crossing", ("1st Ave", "2nd St"), {}),
    ("N/A", "empty", (), {}),
    ("", "empty", (), {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "roads", "more"), CASES, ids=[c[0][:40] or "nothing" for c in CASES]
)
def test_L3_published_texts(
    text: str, kind: str, roads: tuple[str, ...], more: dict[str, object]
) -> None:
    place = parse(text)
    assert place.kind == kind
    assert tuple(s.label for s in place.sides) == roads
    for name, value in more.items():
        found = getattr(place, name)
        assert found == (pytest.approx(value) if isinstance(value, float) else value), name


def test_L3_a_fork_keeps_its_prongs() -> None:
    assert parse("I-270 at Broad St/US-40").sides[1].names == (
        "Broad St/US-40",
        "Broad St",
        "US-40",
    )
    assert parse("US 12/18 at Main").sides[0].names == ("US 12/18", "US 12", "us 18")
    assert "Camelot Court" in parse("US26 at Camelot Court Overpass").sides[1].names


def test_L2_each_road_keeps_its_own_direction() -> None:
    place = parse("14 S/B Hwy 101 Onramp from E/B 4th Av")
    assert [s.travel_deg for s in place.sides] == [180.0, 90.0]
    assert place.travels_deg == (180.0, 90.0)


def test_L3_what_can_be_read_in_two_ways_is() -> None:
    assert [[s.label for s in r.sides] for r in readings("Martin and Lewis Rd")] == [
        ["Martin", "Lewis Rd"],
        ["Martin and Lewis Rd"],
    ]
    assert len(readings("Broad St at High St")) == 1


def test_L2_road_at_names_the_mark() -> None:
    assert parse("2000 BLK OF MAIN ST").road_at == "2000 block"
    assert parse("I-35 @ MM 18.5").road_at == "MP 18.5"
    assert parse("I-70 Exit 93A").road_at == "Exit 93A"
    assert parse("I-670 at Neil Ave").road_at == "Neil Ave"


@pytest.mark.parametrize(
    "dash", ["-", " - ", " – ", "/", " & ", " and ", " @ ", " at ", " near ", " x "]
)
def test_L3_every_separator_gives_the_same_two_roads(dash: str) -> None:
    assert [s.label for s in parse(f"Damen Ave{dash}Fullerton Ave").sides] == [
        "Damen Ave",
        "Fullerton Ave",
    ]


@pytest.mark.parametrize(
    "word", ["S/B", "SB", "s/b", "S / B", "southbound", "South bound", "south-bound", "S.B."]
)
def test_L2_every_way_to_write_southbound(word: str) -> None:
    for text in (
        f"{word} Main St at Elm St",
        f"Main St at Elm St {word}",
        f"Main St at Elm St, {word}",
        f"7 {word} Main St/Elm St",
    ):
        place = parse(text)
        assert place.travel_deg == 180.0, text
        assert [s.label for s in place.sides] == ["Main St", "Elm St"], text


@given(st.text(max_size=200))
@settings(max_examples=300)
def test_L1_no_text_breaks_the_grammar(text: str) -> None:
    _sound(parse(text))


PIECES = st.sampled_from(
    ["Main St", "US-33", "I-70", "5th Ave", "at", "@", "&", "and", "/", "-", " - ", ",", "(", ")", "N/B", "EB",
     "westbound", "west of", "500 ft", "1/2 mi", "S/O", "MM 18", "Exit 4", "2000 BLK OF", "onramp", "from", "to",
     "between", "near", "in Springfield", "#12", "Cam 3:", "14", "C#001", ".", "This is a camera.", "SE side"]
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(PIECES, max_size=12), st.sampled_from(["", " "]))
@settings(max_examples=3000)
def test_L2_no_mixture_of_marks_breaks_the_grammar(pieces: list[str], glue: str) -> None:
    for place in readings(glue.join(pieces)):
        _sound(place)


def _sound(place: PlaceText) -> None:
    words = [
        place.text,
        *place.notes,
        *(n for s in place.sides for n in (s.label, *s.names)),
        place.town or "",
    ]
    assert not any(unicodedata.category(c) in ("Co", "Cc", "Cf") for w in words for c in w)
    assert all(s.names and all(n.strip() for n in s.names) for s in place.sides)
    assert place.travel_deg is None or place.travel_deg in place.travels_deg
    assert place.offset_m is None or place.offset_m >= 0


def test_words_come_from_the_table() -> None:
    assert placewords.words().suffix["av"] == "ave"
    assert placewords.route_at(["ohio", "state", "route", "315"]) == (3, "state", "OH")
    assert placewords.route_at(["main", "5"]) is None
    assert placewords.tokens("U.S.-26 / ORE217 & St.Clair") == [
        "us",
        "26",
        "ore",
        "217",
        "and",
        "st",
        "clair",
    ]
    assert placewords.ordinal_number("twenty first") == "21"
    assert placemarks.clean("a\u200b b\u00a0\u2011 c\r\nd") == "a b - c d"


def test_minnesota_bca_2025_12_06(shared: Path) -> None:
    lists = json.loads((shared / "records" / "minnesota-bca-2025-12-06.json").read_text("utf-8"))
    texts = [t for agency in lists.values() for t in agency["locations"]]
    places = [parse(t) for t in texts]
    assert len(places) == 546
    assert sum(p.kind == "withheld" for p in places) == 2
    # the two others name premises, not roads ("Ridgedale Center")
    assert sum(p.kind in ("crossing", "block", "address", "road", "ramp") for p in places) >= 540
    assert (
        sum(len(p.travels_deg) == 1 for p in places)
        == sum("bound" in p.text.lower() for p in places) - 4
    )
    assert not any("\u200b" in (p.road or "") + (p.road_at or "") for p in places)


def test_L1_a_text_without_end_is_cut() -> None:
    place = parse("Main St at Elm St, " + "and so on " * 50_000)
    assert len(place.text) > 100_000
    assert sum(len(s.label) for s in place.sides) <= 1000


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Main St NS of Oak St", 0.0),
        ("Main St S/S of Oak St", 180.0),
        ("Main St on the ES of Oak St", 90.0),
        ("Main St on the west side of Oak St", 270.0),
    ],
)
def test_L1_the_side_of_a_crossing_in_short(text: str, side: float) -> None:
    read = parse(text)
    assert (read.kind, read.road, read.road_at, read.side_deg) == (
        "crossing",
        "Main St",
        "Oak St",
        side,
    )
