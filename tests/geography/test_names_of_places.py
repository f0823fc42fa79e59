"""R1: the names of places, as they are looked up without their tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from alprmap import geography
from alprmap.geography import places
from alprmap.shipped import data_path


def test_R1_the_list_of_names_is_that_of_the_tables() -> None:
    towns = geography.gazetteer()["name"].tolist()
    wanted = places.plain_names(towns, geography.counties()["name"].tolist())
    assert data_path(places.NAMES_FILE).read_text("utf-8").splitlines() == wanted


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Laredo", True), ("Laredo, TX", True), ("Laredo TX", True), ("Harrisburg, Mo", True), ("St. Mary's", True),
        ("Prince George's County", True), ("Orleans Parish", True), ("Texas", True), ("TX", True), ("", True),
        ("Onamia", True), ("Chocowinity, NC", True), ("Mount Aetna", True), ("Susan Moore", False),
        ("Lynch", False), ("Hagan", False), ("Emma", False), ("Snickersby", False), ("Laredo, Snickersby", False), ("Wilbur Doe", False), ("12", False),
    ],
)  # fmt: skip
def test_R1_a_place_is_known_by_its_name(text: str, known: bool) -> None:
    assert geography.is_a_place(text) is known


def test_R1_a_small_place_is_nobody_s_name() -> None:
    """A settlement that the gazetteer lacks is known by its name only where no person has it."""
    small = data_path(places.SMALL_FILE).read_text("utf-8").splitlines()
    given = set(data_path("aliases/given_names.txt").read_text("utf-8").split())
    assert len(small) > 1_500
    assert small == sorted(set(small))
    assert not set(small) & set(data_path(places.NAMES_FILE).read_text("utf-8").splitlines())
    assert not [name for name in small if name in given or given.issuperset(name.split())]
    for surname in ("smith", "lynch", "hagan", "odonnell", "achille", "quinter", "penn", "mckee"):
        assert surname not in small


def test_R1_no_suburb_is_named_for_a_city_that_had_to_give_way() -> None:
    ohio = (-86.5, 38.2, -79.5, 42.0)
    wide = geography.place_labels(ohio, most=12, apart_deg=0.9)["name"].tolist()
    assert {"Columbus", "Cleveland", "Cincinnati"} <= set(wide)
    assert not {"Dayton", "Huber Heights", "Kettering"} & set(wide)
    assert "Dayton" in geography.place_labels(ohio, most=14, apart_deg=0.6)["name"].tolist()


def test_R1_no_district_has_the_people_of_its_city() -> None:
    """GeoNames gives some districts the population of their city; the Census knows none of them."""
    scripts = Path(__file__).resolve().parents[2] / "scripts"
    copied = pd.read_csv(scripts / "places_copied.csv", comment="#")
    people = geography.gazetteer().set_index(["name", "state"])["population"]
    assert len(copied) > 50
    for district in zip(copied["name"], copied["state"], strict=True):
        assert people[district].max() == 0, district
    assert (people[people > 0] >= 1000).all()
