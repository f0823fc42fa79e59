"""Locating texts on roads: a made-up town for every rule, and the Columbus and Portland lists for
the whole."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import locate_town as town
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alprmap import geo
from alprmap.errors import InputError
from alprmap.locate.answer import RESULT_COLUMNS, Answer
from alprmap.locate.gazetteer import Gazetteer, miles
from alprmap.locate.names import NameIndex, read
from alprmap.locate.point import Locator, open_locator
from alprmap.roads import network
from alprmap.schema import LOCATED_BY

KEYS = {
    "lon",
    "lat",
    "position_error_m",
    "located_by",
    "confidence",
    "matched",
    "roads",
    "travel_deg",
    "candidates",
}


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return town.write(tmp_path_factory.mktemp("town") / "town.opl")


@pytest.fixture(scope="module")
def locator(extract: Path) -> Locator:
    return open_locator(extract)


def off_m(found: Answer, x: float, y: float) -> float:
    return float(geo.distance_m(found.lon, found.lat, *town.at(x, y)))


PLACES = [
    ("Main St at 3rd St", "crossing", 0, 2),
    ("MAIN ST/3RD ST", "crossing", 0, 2),
    ("3rd & Main", "crossing", 0, 2),
    ("Main-Third", "crossing", 0, 2),
    ("12 S/B Main Street @ Third Street", "crossing", 0, 2),
    ("US-33 & 5th", "crossing", 2, 4),
    ("U.S. Highway 33 at 5th Street", "crossing", 2, 4),
    ("Hwy 33 at Fifth St", "crossing", 2, 4),
    ("Oak Blvd near 5th", "crossing", 2, 4),
    ("St Clair Ave @ 2nd St", "crossing", 3, 1),
    ("Saint Clair & St Mary Rd", "crossing", 3, -1),
    ("MLK at 4th", "crossing", 4, 3),
    ("Dr Martin Luther King Jr Dr-4th", "crossing", 4, 3),
    ("I-70 at Main", "crossing", 0, 8.1),
    ("I-70 EB at Main St", "crossing", 0, 8.0),
    ("I-70 WB at Main St", "crossing", 0, 8.2),
    ("Main St Overpass at I-70", "crossing", 0, 8.1),
    ("I70 at Elm Ave/Nowhere Rd", "crossing", 1, 8.1),
    ("104 1st St", "block", 0.4, 0),
    ("106 1st St", "block", 0.6, 0),
    ("100 block of 1st St", "block", 0.4, 0),
    ("250 Oak Blvd", "block", 2, 1.5),
    ("I-70 MM 19", "milepost", 9, 8.1),
    ("I-70 exit 18", "ramp", 0.5, 8),
    ("I-70 at Swan Island", "ramp", 0.5, 8),
    ("E/B I-70 onramp from Elm Ave", "ramp", 1.4, 7),
    ("I-70 off-ramp to N/B Elm Ave", "ramp", 1.1, 8.1),
    ("Main St 100 ft north of 3rd St", "crossing", 0, 2.15),
    ("Main St S/O 3rd St", "crossing", 0, 1.7),
    ("Main St between 2nd St and 4th St", "road", 0, 2),
    ("River Rd at Main St in St. Anne", "crossing", 0, -20),
    ("River Rd at Main St (south side)", "crossing", 0, -20),
    ("River Rd at Main St (N side)", "crossing", 0, -5),
]


@pytest.mark.parametrize(("text", "how", "x", "y"), PLACES, ids=[p[0] for p in PLACES])
def test_L6_a_text_is_found(locator: Locator, text: str, how: str, x: float, y: float) -> None:
    found = locator.locate(text)
    assert found.located_by == how, found.reason
    assert off_m(found, x, y) <= min(60.0, 2 * found.position_error_m)
    assert found.confidence >= 0.5
    assert found.matched


def test_L7_a_dual_carriageway_is_one_crossing(locator: Locator) -> None:
    assert locator.locate("I-70 at Elm Ave").candidates == ()


def test_L8_twin_crossings_are_all_listed_and_doubtful(locator: Locator) -> None:
    found = locator.locate("River Rd at Main St")
    assert found.confidence < 0.5
    assert len(found.candidates) == 2
    # the radius is that of the place given; how likely it is the one meant says the confidence
    assert found.position_error_m < 150
    assert "2 places fit" in str(found.reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Main St at Unheard Of Rd", 'no road here is called "Unheard Of Rd"'),
        ("Main St at Elm Ave", '"Main St" and "Elm Ave" do not meet here'),
        ("9000 Elm Ave", 'the roads do not tell where 9000 of "Elm Ave" is'),
        ("Location withheld", "the text names no place"),
        ("", "the text names no place"),
    ],
)
def test_L6_what_is_not_there_is_not_guessed(locator: Locator, text: str, reason: str) -> None:
    found = locator.locate(text)
    if found.located_by == "road":
        assert found.confidence < 0.5
        return
    assert (found.located_by, found.confidence, found.candidates) == ("unlocated", 0.0, ())
    assert np.isnan([found.lon, found.lat, found.position_error_m]).all()
    assert found.reason == reason


def test_L8_a_town_far_from_the_place_lowers_the_confidence(
    locator: Locator, extract: Path
) -> None:
    far = Gazetteer.read(extract)
    far = Gazetteer(
        far.names,
        far.exits,
        far.milestones,
        far.addresses,
        far.places.assign(lat=far.places["lat"] + 1),
    )
    moved = Locator(network.read(extract), gazetteer=far).locate("Main St at 3rd St in Gridley")
    assert (moved.score, moved.reason) == (0.4, "it is not in Gridley")
    assert locator.locate("Main St at 3rd St in Gridley").confidence == 0.9


def test_a_long_road_and_a_town_give_a_rough_place(locator: Locator) -> None:
    found = locator.locate("I-70 in Gridley")
    assert found.located_by == "road"
    assert off_m(found, 2, 8) < 50
    assert found.confidence < 0.5
    assert found.position_error_m >= 1000


def test_L6_roads_that_do_not_all_meet_are_said_so(locator: Locator) -> None:
    found = locator.locate("Main St & 3rd St & Saint Mary Rd")
    assert off_m(found, 0, 2) < 1
    assert found.confidence <= 0.7
    assert found.reason == "not all the roads named meet there"


def test_L5_a_misspelling_is_found_only_where_nothing_matches_exactly(locator: Locator) -> None:
    wrong = locator.locate("Mian Street at Thrid Street")
    assert off_m(wrong, 0, 2) < 1
    assert wrong.confidence < locator.locate("Main Street at Third Street").confidence
    index = NameIndex(["Main Street", "Maine Street"])
    assert [index.names[n] for _, n in index.find("Maine St")] == ["Maine Street"]


def test_L5_numbers_are_never_misspelt() -> None:
    index = NameIndex(["21st Street", "22nd Street", "I 70", "US 33"])
    assert index.find("23rd Street") == []
    assert index.find("I 71") == []
    # the interstate and the US route of one number are two roads
    assert index.find("US 70") == []


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("W Broad St", "West Broad Street"), ("Broad", "West Broad Street"), ("N. 5th", "North Fifth Street"),
        ("Interstate 35 West", "I 35W"), ("Becker County State-Aid Highway 21", "CR 21"), ("ORE217", "OR 217"),
        ("SR-315", "OH 315"), ("M-59", "MI 59"), ("Hwy 61", "US 61"), ("McCutcheon Rd", "Mc Cutcheon Road"),
        ("FM1960", "FM 1960"), ("Ft Union Blvd", "Fort Union Boulevard"), ("103 Ave", "103rd Avenue"),
        ("Sam Jackson", "Southwest Sam Jackson Park Road"), ("400 S", "400 South"),
        ("Mt Vernon", "Mount Vernon Ave"),
    ],
)  # fmt: skip
def test_L4_spellings_of_one_name(asked: str, there: str) -> None:
    index = NameIndex([there, "Elsewhere Lane", "US 9", "Third Avenue"])
    assert [index.names[n] for _, n in index.find(asked)] == [there]


def test_L4_a_name_is_read_in_every_way() -> None:
    bases = {form.base for form in read("North Broadway St").forms}
    assert {("broadway",), ("n", "broadway"), ("n", "broadway", "st")} <= bases
    assert miles("18.5") == 18.5


def test_without_a_gazetteer_the_roads_alone_answer(extract: Path, tmp_path: Path) -> None:
    saved = tmp_path / "roads.parquet"
    network.read(extract).save(saved)
    bare = open_locator(saved)
    assert bare.gazetteer is None
    assert off_m(bare.locate("I-70 at Main"), 0, 8.1) < 1
    # nobody proves that the numbered streets number the houses
    unproven = bare.locate("250 Oak Blvd")
    assert (unproven.located_by, unproven.score) == ("block", 0.4)
    assert off_m(unproven, 2, 1.5) < 1
    assert bare.locate("I-70 MM 19").confidence < 0.5


def test_a_milepost_is_counted_from_the_state_line(tmp_path: Path) -> None:
    # the I 70 enters Ohio near 84.8203 W; eastbound and westbound carriageways, a node every 0.02
    # degrees
    lines = []
    for side, lat in ((0, 39.83), (1, 39.8304)):
        lines += [f"n{side * 100 + i + 1} v1 x{-85 + i * 0.02:.4f} y{lat}" for i in range(31)]
    for side in (0, 1):
        refs = [f"n{side * 100 + i + 1}" for i in range(31)]
        refs = refs[::-1] if side else refs
        lines.append(f"w{side + 1} v1 Thighway=motorway,ref=I%20%70,oneway=yes N{','.join(refs)}")
    (tmp_path / "line.opl").write_text("\n".join(lines) + "\n")
    found = open_locator(tmp_path / "line.opl").locate("I-70 MM 10")
    assert found.located_by == "milepost"
    assert found.matched == "I 70, mile 10 from the line of OH"
    driven_m = float(geo.distance_m(-84.8203, 39.8302, found.lon, found.lat))
    assert driven_m == pytest.approx(16_093, abs=2 * found.position_error_m)
    assert found.deviation_m < 500


PIECES = st.sampled_from(
    ["Main St", "Elm", "US-33", "I-70", "5th St", "Rivr Rd", "Nowhere Rd", "at", "&", "and", "/", "-", ",", "(",
     ")", "N/B", "westbound", "west of", "500 ft", "MM 19", "Exit 18", "200 BLK OF", "104", "onramp", "from", "to",
     "between", "in St. Anne", "SE side", "bridge", "x"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=9))
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_text_has_an_answer(locator: Locator, pieces: list[str]) -> None:
    found = locator.locate(" ".join(pieces))
    answer = found.as_dict()
    assert json.dumps(answer, allow_nan=False)
    assert answer["located_by"] in LOCATED_BY
    assert (
        (answer["lon"] is None)
        == (answer["located_by"] == "unlocated")
        == (answer["confidence"] == 0)
    )
    if answer["lon"] is not None:
        assert answer["position_error_m"] > 0
        assert answer["matched"]


def test_the_column_function_keeps_the_index(locator: Locator) -> None:
    texts = pd.Series(["Main St at 3rd St", None, "nowhere", "I-70 EB at Main"], index=[7, 3, 5, 1])
    found = locator.locate_column(texts)
    assert list(found.index) == [7, 3, 5, 1]
    assert list(found.columns[: len(RESULT_COLUMNS)]) == list(RESULT_COLUMNS)
    assert found["located_by"].isin(LOCATED_BY).all()
    assert found["lon"].notna().tolist() == [True, False, False, True]
    assert found.loc[1, "travel_deg"] == 90.0
    assert found["confidence"].between(0, 1).all()


def test_the_answer_does_not_depend_on_order(extract: Path) -> None:
    texts = [p[0] for p in PLACES]
    one, other = open_locator(extract), open_locator(extract)
    forth = [one.locate(t).as_dict() for t in texts]
    back = [other.locate(t).as_dict() for t in reversed(texts)]
    assert forth == back[::-1]


def test_a_network_without_names_is_refused(tmp_path: Path) -> None:
    opl = "n1 v1 x-90 y40\nn2 v1 x-90.01 y40\nw1 v1 Thighway=residential Nn1,n2\n"
    (tmp_path / "bare.opl").write_text(opl)
    with pytest.raises(InputError, match="no road of the network has a name"):
        open_locator(tmp_path / "bare.opl")
    assert len(Gazetteer.read(tmp_path / "bare.opl").exits) == 0


def alprmap(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alprmap", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_command_prints_one_json_object(extract: Path) -> None:
    done = alprmap("locate", "E/B I-70 at Main St", "--roads", str(extract), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.keys() >= KEYS
    assert found["travel_deg"] == 90.0
    assert (
        alprmap("locate", "River Rd at Main St", "--roads", str(extract), "--json").returncode == 3
    )
    assert alprmap("locate", "x").returncode == 2


@pytest.mark.slow
def test_the_command_keeps_the_columns_of_a_table(extract: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "A list of cameras;;\nwhere is it;lat;00id\nMain St at 3rd St;9;007\nRiver Rd/Main"
        " St;;008\n"
    )
    words = (
        "locate",
        "--table",
        str(source),
        "--column",
        "where is it",
        "--roads",
        str(extract),
        "--out",
        str(out),
    )
    done = alprmap(*words)
    assert done.returncode == 3, done.stderr
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["where is it", "input_lat", "00id", *RESULT_COLUMNS]
    assert [r["00id"] for r in rows] == ["007", "008"]
    assert rows[0]["input_lat"] == "9"
    review = pd.read_csv(tmp_path / "out.review.csv")
    assert review["row"].tolist() == [2, 2]
    assert alprmap(*words).returncode == 2, "an existing --out is not overwritten"
    assert alprmap(*words[:4], "gone", *words[5:7]).returncode == 1


def figures(shared: Path, records: str, roads: str) -> pd.DataFrame:
    with (shared / "records" / records).open(encoding="utf-8-sig", newline="") as file:
        rows = pd.DataFrame(list(csv.DictReader(file)))
    locator = open_locator(shared / "roads" / roads)
    found = locator.locate_column(rows["description"])
    found["off_m"] = geo.distance_m(
        found["lon"], found["lat"], rows["lon"].astype(float), rows["lat"].astype(float)
    )
    return found


def test_columbus_traffic_cameras(shared: Path) -> None:
    found = figures(shared, "columbus-traffic-cameras.csv", "columbus-oh.osm.pbf")
    located = found[found["lon"].notna()]
    # all but "Rhodes Tower", which is no road
    assert len(located) >= 84
    assert (located["off_m"] <= 150).mean() >= 0.90
    assert (located["off_m"] <= 400).mean() >= 0.97
    assert not ((located["off_m"] > 2000) & (located["confidence"] >= 0.5)).any()
    assert (located["off_m"] <= located["position_error_m"]).mean() >= 0.86


def test_portland_traffic_cameras(shared: Path) -> None:
    found = figures(shared, "portland-traffic-cameras.csv", "portland-or.osm.pbf")
    located = found[found["lon"].notna()]
    assert len(located) >= 57
    assert (located["off_m"] <= 400).mean() >= 0.85
    assert not (located["off_m"] > 2000).any()
