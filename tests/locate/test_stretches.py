"""L3, L6: a stretch of a road between two exits or two mileposts, as lists write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from alprmap import geo
from alprmap.locate import Locator, open_locator, parse_place

ROADS = Path(__file__).parent / "cases" / "13-exit-number" / "roads.osm"
"""Exit 246 and Exit 252 of I-85, 6 km apart along one carriageway."""


@pytest.fixture(scope="module")
def locator() -> Locator:
    return open_locator(ROADS)


@pytest.mark.parametrize(
    "text",
    [
        "Between Exit 246 and Exit 252 on I-85",
        "I-85 between exits 246 and 252",
        "I-85 from Exit 246 to Exit 252",
        "I-85 (Exit 246 to Exit 252)",
        "NB I-85 b/t Exit 246 & Exit 252",
    ],
)
def test_L6_the_middle_between_two_exits(locator: Locator, text: str) -> None:
    found, *ends = (locator.locate(t) for t in (text, "I-85 at Exit 246", "I-85 at Exit 252"))
    lon, lat = (sum(getattr(e, axis) for e in ends) / 2 for axis in ("lon", "lat"))
    apart = geo.distance_m(ends[0].lon, ends[0].lat, ends[1].lon, ends[1].lat)
    assert found.located_by == "road"
    assert geo.distance_m(found.lon, found.lat, lon, lat) < 300
    assert apart / 5 < found.position_error_m < apart


def test_L6_a_stretch_to_an_exit_that_is_not_there_has_no_middle(locator: Locator) -> None:
    found = locator.locate("I-85 between exits 246 and 999")
    assert found.confidence < 0.5


@pytest.mark.parametrize(
    ("text", "kind", "where"),
    [
        ("I-95 between MM 12.2 and 14", "milepost", "MP 12.2 to 14"),
        ("I-70 Exit 30&33", "exit", "Exit 30"),
        ("I-71 Exit 6A-B-C", "exit", "Exit 6A"),
        ("Main St b/t Oak St and Elm St", "between", "Oak St & Elm St"),
    ],
)
def test_L3_what_is_a_stretch_and_what_is_one_exit(text: str, kind: str, where: str) -> None:
    place = parse_place(text)
    assert (place.kind, place.road_at) == (kind, where)
