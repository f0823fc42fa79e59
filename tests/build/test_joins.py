"""Files that hardly meet: one place says it for every command and for a build."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from alprmap.build import border_join, people_join, road_join
from alprmap.build.inputs import _house_numbers
from alprmap.build.joins import record_join, word_join
from alprmap.errors import InputError
from alprmap.publish import languages, warning_text


def cameras(near: int, away: int) -> pd.DataFrame:
    lon = [-83.0] * near + [-80.0] * away
    return pd.DataFrame({"camera_id": [str(i) for i in range(len(lon))], "lon": lon, "lat": 40.0})


ROADS = gpd.GeoDataFrame(
    geometry=[shapely.LineString([(-83.01, 40.0), (-82.99, 40.0)])], crs="EPSG:4326"
)


@pytest.mark.parametrize(
    ("near", "away", "reading", "names"),
    [
        (100, 0, 100, []),
        (95, 5, 90, []),
        (60, 40, 60, ["roads_cover"]),
        (100, 0, 60, ["read_no_road"]),
        (50, 50, 5, ["roads_cover", "read_no_road"]),
    ],
)
def test_an_almost_empty_join_with_roads_is_told(
    near: int, away: int, reading: int, names: list[str]
) -> None:
    told = road_join(cameras(near, away), ROADS, reading)
    assert [w["warning"] for w in told] == names
    for warning in told:
        assert all(warning_text(warning, language) for language in languages())


@pytest.mark.parametrize(("near", "away"), [(0, 0), (0, 9), (9, 0)])
def test_an_empty_join_with_roads_is_refused_or_the_first_warning(near: int, away: int) -> None:
    with pytest.raises(InputError, match="camera"):
        road_join(cameras(near, away), ROADS, 0)
    told = road_join(cameras(near, away), ROADS, 0, refuse=False)
    assert bool(told) == bool(near + away)


def test_people_of_elsewhere_and_borders_of_elsewhere_are_told() -> None:
    assert people_join(None) == people_join(pd.DataFrame({"people": [1.0]})) == []
    assert [w["warning"] for w in people_join(pd.DataFrame({"people": []}))] == ["no_people"]
    rows = [
        {"group": "all", "unit": "mi", "border": b, "median": m}
        for b, m in (("mexico", 1200.0), ("canada", 700.0), ("coast", 900.0))
    ]
    assert [w["warning"] for w in border_join(pd.DataFrame(rows))] == ["far_borders"]
    # one of the two neighbors is far wherever one stands
    rows[1]["median"] = 80.0
    assert border_join(pd.DataFrame(rows)) == []


@pytest.mark.parametrize(
    ("still", "numbers", "names"),
    [
        (0, 0, []),
        (2, 0, ["not_located"]),
        (14, 14, ["mostly_not_located", "no_house_numbers"]),
        (14, 0, ["mostly_not_located"]),
    ],
)
def test_P_places_in_words_without_a_position_are_told_with_the_next_step(
    still: int, numbers: int, names: list[str]
) -> None:
    told = word_join(still, 15, numbers)
    assert [w["warning"] for w in told] == names
    for language in languages():
        text = " ".join(warning_text(w, language) for w in told)
        assert ("OpenStreetMap" in text) == bool(numbers)
        assert (str(still) in text) == bool(still)
        assert "{" not in text


def test_P_a_list_of_addresses_on_roads_without_house_numbers_is_told_as_such() -> None:
    """Fourteen house numbers and one crossing: what is lacking is counted by what it is."""
    words = pd.Series(["650 N High St", "2000 BLK OF MAIN ST", "Broad St & High St", "12 Oak Ave"])
    located = pd.DataFrame({"used": [False, False, True, False]})
    assert _house_numbers(words, located) == 3
    assert _house_numbers(words, located.assign(used=True)) == 0


def test_a_record_of_other_agencies_is_said() -> None:
    shares = pd.DataFrame({"from_id": ["a"], "to_id": ["b"]})
    of = pd.DataFrame({"camera_id": ["1", "2"], "agency_id": ["c", None]})
    told = record_join(of, shares)
    assert told == [{"warning": "record_elsewhere", "n": 2}]
    assert all(warning_text(told[0], language) for language in languages())
    for agency in ("a", "b"):
        assert record_join(of.assign(agency_id=agency), shares) == []
    assert record_join(of[:0], shares) == []
