"""Names of agencies: short forms, states, kinds, and that two bodies of one place are never taken
for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alprmap import agencies, schema

KNOWN = [
    "Laredo ISD TX PD",
    "Laredo TX PD",
    "Webb County Constable Pct 1 TX",
    "Webb County TX SO",
    "Dallas TX PD",
    "Dallas GA PD",
    "Maryville MO PD",
    "Albuquerque NM PD",
]


def settled(text: str, **more: str) -> str | None:
    found = agencies.Matcher(KNOWN).match(text, **more)
    return None if found.index is None else KNOWN[found.index]


@pytest.mark.parametrize(
    "text", ["LAREDO PD", "Laredo Police Department", "Laredo P.D.", "City of Laredo Police Dept."]
)
def test_S10_laredo_pd_is_the_city_police(text: str) -> None:
    assert settled(text) == "Laredo TX PD"


def test_S10_laredo_pd_is_never_the_school_police() -> None:
    only_school = agencies.Matcher(["Laredo ISD TX PD"])
    assert only_school.match("Laredo PD").index is None
    assert settled("Laredo Independent School District Police Department") == "Laredo ISD TX PD"


def test_S10_a_precinct_is_never_another_precinct() -> None:
    assert settled("Webb County Constable Precinct 1") == "Webb County Constable Pct 1 TX"
    found = agencies.Matcher(KNOWN).match("Webb County Constable Pct. 2")
    assert (found.index, found.review) == (None, ())


def test_S10_the_same_name_in_two_states_goes_to_review() -> None:
    found = agencies.Matcher(KNOWN).match("Dallas Police Department")
    assert found.index is None
    assert {KNOWN[i] for i, _ in found.review} == {"Dallas TX PD", "Dallas GA PD"}
    assert settled("Dallas Police Department", state="TX") == "Dallas TX PD"


def test_S10_a_slip_of_the_pen_needs_the_state() -> None:
    assert settled("Albuqerque PD", state="NM") == "Albuquerque NM PD"
    found = agencies.Matcher(KNOWN).match("Marysville PD")
    assert found.index is None, "Marysville and Maryville are two places"


def test_S10_a_city_and_a_town_of_one_name_stay_two() -> None:
    both = agencies.Matcher(["City of Delavan WI PD", "Town of Delavan WI PD"])
    assert both.match("Delavan Police Department").index == 0, (
        "a city is what is meant without a level"
    )
    assert both.match("Town of Delavan Police Department").index == 1
    assert (
        agencies.Matcher(["Town of Delavan WI PD"]).match("City of Delavan PD").rule
        == "same name, level unsaid"
    )
    assert agencies.Matcher(["Village of Fox Point WI PD"]).match("Fox Point PD").index == 0
    assert (
        agencies.Matcher(["Village of Fishkill NY PD"]).match("Fishkill Town NY PD").index is None
    )
    assert agencies.agreement("Town of Fishkill PD", "Village of Fishkill PD") == 0.0
    assert agencies.agreement("Town of Fishkill PD", "Fishkill PD") == 0.9


def test_S10_sheriff_and_police_of_one_county_stay_two() -> None:
    assert settled("Webb County Sheriff's Office") == "Webb County TX SO"
    assert agencies.agreement("Webb County SO", "Webb County PD") == 0.0


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("U.S. Customs and Border Protection", "federal"),
        ("US Border Patrol", "federal"),
        ("Texas Department of Public Safety", "state"),
        ("TX DPS", "state"),
        ("California Highway Patrol (CHP)", "state"),
        ("Bexar County Sheriff's Office", "county"),
        ("Harris County Constable Pct 4", "county"),
        ("El Paso Police Department", "city"),
        ("Stanford University", "school"),
        ("Laredo ISD PD", "school"),
        ("College Station TX PD", "city"),
        ("Federal Way Police", "city"),
        ("Center Township PA PD (Beaver County)", "city"),
        ("Navajo Nation Police", "tribal"),
        ("Quapaw Nation OK Marshals Service", "tribal"),
        ("[Federal] Lake Mead NV NRA", "federal"),
        ("Inc Village of Lake Success NY", "city"),
        ("Fort Bend County TX Environmental Health", "unknown"),
        ("Harris County Toll Road Authority", "transit"),
        ("PANYNJ", "transit"),
        ("LOWE'S", "private"),
        ("Interlocken Owners' Association, Inc.", "homeowners"),
        ("Henderson", "unknown"),
    ],
)
def test_S10_kind_of(text: str, kind: str) -> None:
    assert agencies.kind_of(text) == kind


@pytest.mark.parametrize("text", ["LOWE'S", "Lowes", "Lowe’s", "Lowe's Home Improvement"])
def test_S10_a_chain_written_four_ways_has_one_name(text: str) -> None:
    assert agencies.tidy(text) == "Lowe's"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("TX - Collinsville PD", "TX"),
        ("Hume PD IL", "IL"),
        ("City of Nelson (GA)", "GA"),
        ("CO - Craig PD", "CO"),
        ("MN - Isanti CO SO", "MN"),
        ("Adams County CO SO", "CO"),
        ("Isanti CO SO", None),
        ("San Diego County CA SD", "CA"),
        ("Michigan State Police", "MI"),
        ("Laredo PD", None),
    ],
)
def test_S10_state_of_a_name(text: str, state: str | None) -> None:
    assert agencies.parse(text).state == state


@given(st.text(max_size=80))
def test_any_text_is_a_name(text: str) -> None:
    assert agencies.parse(text).kind in schema.OPERATOR_KIND
    assert agencies.agreement(text, text) == 1.0
    agencies.tidy(text)
    agencies.normalize_name(text)


def test_every_kind_in_the_tables_is_a_word_of_the_schema() -> None:
    from alprmap.shipped import alias_rows

    kinds = {r["kind"] for name in ("agencies", "kinds") for r in alias_rows(name)}
    assert kinds - {"place name"} <= set(schema.OPERATOR_KIND)


def test_sharing_network_agencies_2026_04_collide_only_as_duplicates(shared: Path) -> None:
    """6,461 names: two entries fall together only where they are one agency written twice."""
    text = (shared / "records/sharing-network-agencies-2026-04.geojson").read_text()
    entries = [f["properties"] for f in json.loads(text)["features"]]
    keys: dict[object, list[str]] = {}
    for entry in entries:
        name = agencies.parse(entry["name"])
        if name.core:
            keys.setdefault((name.key, name.state or entry["state"]), []).append(entry["name"])
    together = [names for names in keys.values() if len(names) > 1]
    assert len(together) <= 28
    assert not any("delavan" in n.casefold() for names in together for n in names)
    roles = [{agencies.parse(n).role for n in names} for names in together]
    assert all(len(r) == 1 for r in roles)
    kinds = [agencies.kind_of(e["name"]) for e in entries if e["type"] == "so"]
    assert kinds.count("county") / len(kinds) > 0.99
    states = [(agencies.parse(e["name"]).state, e["state"]) for e in entries if e["state"]]
    wrong = [1 for found, true in states if found and found != true]
    assert len(wrong) <= 5, "five names of the file contradict their own state column"


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("Bexar County Sheriff's Office", ("bexar",)),
        ("Laredo County Sheriff’s Dept", ("laredo",)),
        ("Sheriff's Office of Brown County", ("brown",)),
        ("Jefferson County CO SO", ("jefferson",)),
        ("S San Francisco Sheriff's Office", ("south", "san", "francisco")),
        ("City of S Houston PD", ("south", "houston")),
    ],
)
def test_S10_the_s_of_an_owner_is_no_south(text: str, core: tuple[str, ...]) -> None:
    assert agencies.parse(text).core == core


def test_S10_a_sheriff_with_and_without_an_apostrophe_is_one() -> None:
    assert (
        agencies.parse("Smith County Sheriffs Office").key
        == agencies.parse("Smith County Sheriff's Office").key
    )
    jefferson = agencies.parse("Jefferson County CO SO")
    assert (jefferson.state, jefferson.role, jefferson.kind) == ("CO", "sheriff", "county")


def test_atf_is_federal_and_a_county_auto_theft_force_is_not() -> None:
    found = agencies.parse("ATF Nashville TN")
    assert (found.kind, found.role, found.state) == ("federal", "federal", "TN")
    assert agencies.kind_of("RCATF CA PD") == "city"
