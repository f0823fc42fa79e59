"""C11: places whose visitors are read, by hand, by force, and what must not be told of single ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import small_nets as nets
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import coverage as cov
from alprmap import geo
from alprmap.coverage import sensitive as room
from alprmap.coverage.sensitive_claims import sensitive_claims
from alprmap.errors import InputError
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

CIRCLE_M = 45.0


def spots(*rows: tuple[str, float, float], name: str = "A") -> pd.DataFrame:
    """Places by category and meters from the origin."""
    at = [nets.lonlat(x, y) for _, x, y in rows]
    return pd.DataFrame(
        {
            "place_id": [f"p{i}" for i in range(len(rows))],
            "category": [r[0] for r in rows],
            "name": [f"{name}{i}" for i in range(len(rows))],
            "lon": [a[0] for a in at],
            "lat": [a[1] for a in at],
            "source": "list.csv",
        }
    )


# ---- by force: every way inside the circle is walked


def _ways_in(net: Roads, read: pd.DataFrame, door: Any, within: float) -> dict[Any, Any]:
    """For each (segment, travel) that enters the circle: every simple way on to the door."""
    every = nets.arcs(net)
    speed = {int(r.segment_id): nets_speed(r) for r in net.segments.itertuples()}
    xy: dict[int, tuple[float, float]] = {}
    for row in net.segments.itertuples():
        xy[int(row.u)], xy[int(row.v)] = row.geometry.coords[0], row.geometry.coords[-1]
    spot = geo.ecef(np.array([door.lon]), np.array([door.lat]))[0]
    inside = {
        n
        for n, (x, y) in xy.items()
        if np.linalg.norm(geo.ecef(np.array([x]), np.array([y]))[0] - spot) <= within
    }
    lengths = net.segments.set_index("segment_id")["length_m"]
    seen: dict[tuple[int, str], list[float]] = {}
    for row in read.itertuples():
        along = row.travel == "forward"
        length = float(lengths[row.segment_id])
        at = row.offset_m if along else length - row.offset_m
        seen.setdefault((int(row.segment_id), str(row.travel)), []).append(min(at, length))
    graph = Graph.from_segments(net.segments, net.restrictions)
    last = {
        (int(graph.segment_id[a]), "forward" if graph.forward[a] else "backward"): m
        for a, m in door.arcs
    }

    def finish(arc: Any) -> tuple[float, int, float, float]:
        _, _, segment, travel, _ = arc
        meters = last[segment, travel]
        before = [m for m in seen.get((segment, travel), []) if m <= meters]
        near = meters - max(before) if before else np.inf
        return meters / speed[segment], int(bool(before)), meters, near

    def onward(node: int, visited: frozenset[int]) -> list[tuple[float, int, float, float]]:
        out = []
        for arc in every:
            if arc[0] != node:
                continue
            if (arc[2], arc[3]) in last:
                out.append(finish(arc))
            elif arc[1] in inside and arc[1] not in visited:
                out += [add(arc, rest) for rest in onward(arc[1], visited | {arc[1]})]
        return out

    def add(arc: Any, rest: Any) -> tuple[float, int, float, float]:
        length, marks = arc[4], seen.get((arc[2], arc[3]), [])
        near = rest[3]
        if marks and not np.isfinite(near):
            near = rest[2] + length - max(marks)
        return rest[0] + length / speed[arc[2]], rest[1] + bool(marks), rest[2] + length, near

    found = {}
    for arc in every:
        if arc[0] in inside:
            continue
        if (arc[2], arc[3]) in last:
            found[arc[2], arc[3]] = [finish(arc)]
        elif arc[1] in inside:
            ways = [add(arc, rest) for rest in onward(arc[1], frozenset({arc[1]}))]
            if ways:
                found[arc[2], arc[3]] = ways
    return found


def nets_speed(row: Any) -> float:
    return float(row.maxspeed_kmh) * 0.8 / 3.6


@settings(max_examples=50)
@given(nets.towns(), st.floats(-10, 80), st.floats(-10, 80))
def test_C11_approaches_are_those_found_by_force(
    town: tuple[Roads, pd.DataFrame], x: float, y: float
) -> None:
    net, read = town
    graph = Graph.from_segments(net.segments, net.restrictions)
    inside = Roads(net.segments.assign(inside=True), net.restrictions)
    found = room.doors(spots(("clinics", x, y)), inside, graph, within_m=0.0, door_m=200.0)
    door = found[0][0]
    if door is None:
        return
    table, unread = room.approaches_of(door, room._net(graph, read), CIRCLE_M)
    ways = _ways_in(net, read, door, CIRCLE_M)
    told = {(r.segment_id, r.travel): r for r in table.itertuples()}
    assert set(told) == set(ways)
    for key, some in ways.items():
        quickest = min(s[0] for s in some)
        row = told[key]
        assert row.seconds == pytest.approx(quickest)
        # of ways as fast the one with fewer readings is driven; where even these tie, either
        ties = [s for s in some if s[0] <= quickest + 1e-9]
        fewest = min(s[1] for s in ties)
        same = [s for s in ties if s[1] == fewest]
        assert row.read in {s[1] > 0 for s in same}
        near = np.inf if row.nearest_m != row.nearest_m else row.nearest_m
        assert any(near == pytest.approx(s[3]) for s in same)
    assert unread == any(s[1] == 0 for some in ways.values() for s in some)


# ---- by hand: one street, a reader on one side


STREET = {0: (0.0, 0.0), 1: (1100.0, 0.0), 2: (2200.0, 0.0), 3: (3300.0, 0.0), 4: (1650.0, 1200.0)}
EDGES: list[Any] = [(0, 1), (1, 2), (2, 3), (1, 4), (4, 2)]


def town(read: list[Any]) -> tuple[Roads, pd.DataFrame]:
    net = nets.roads(STREET, EDGES)
    return Roads(net.segments.assign(inside=True), net.restrictions, net.meta), nets.watches(read)


def people() -> pd.DataFrame:
    """Ten people at the west end, thirty at the east end."""
    rows = [(*nets.lonlat(0, 0), 10.0), (*nets.lonlat(3300, 0), 30.0)]
    return pd.DataFrame(rows, columns=["lon", "lat", "people"])


def test_C11_a_street_by_hand() -> None:
    # a clinic in the middle; half a mile takes in the two junctions beside it
    net, read = town([("a", 0, "forward", 400.0)])
    made = cov.sensitive_places(
        spots(("clinics", 1600.0, 5.0)), net, {"mid": read}, people=people(), show_few=True
    )
    place = made.places.iloc[0]
    # from the west, from the east, and by the hill either way down
    assert (place["approaches"], place["approaches_read"]) == (4, 1)
    assert place["nearest_reader_m"] == pytest.approx(700 + 500, abs=1)
    assert not place["every_approach_read"]
    west, east = 10 * np.exp(-1.1 / 8), 30 * np.exp(-2.2 / 8)
    assert place["trips_read_share"] == pytest.approx(west / (west + east), abs=1e-3)
    row = made.categories.iloc[0]
    assert (row["places"], row["approaches"], row["every_approach_read"]) == (1, 4, 0)
    assert row["approaches_read_share"] == 0.25


def test_C11_every_approach_is_read_when_no_unread_way_is_left() -> None:
    # both ways of the street before the door: whoever comes is read
    net, read = town([("a", 1, "forward", 400.0), ("b", 1, "backward", 600.0)])
    made = cov.sensitive_places(
        spots(("courts", 1600.0, 5.0)), net, {"mid": read}, people=people(), show_few=True
    )
    row = made.categories.iloc[0]
    assert (row["every_approach_read"], row["every_approach_read_share"]) == (1, 1.0)
    assert row["approaches_read_share"] == 1.0
    assert row["nearest_reader_m"] == pytest.approx(100, abs=1)


def test_C11_nobody_comes_from_a_freeway_and_places_off_the_roads_are_counted() -> None:
    net = nets.roads(STREET, [(0, 1, {"highway": "motorway"}), *EDGES[1:]])
    net = Roads(net.segments.assign(inside=[True, True, False, True, True]), net.restrictions)
    # at the freeway; in a field; on a street outside the area; on a street inside
    at = spots(
        ("schools", 300.0, 5.0), ("schools", 2200.0, 1000.0), ("schools", 3000.0, 5.0),
        ("schools", 1700.0, 5.0),
    )  # fmt: skip
    made = cov.sensitive_places(at, net, {"mid": nets.watches([])}, show_few=True)
    row = made.categories.iloc[0]
    assert (row["listed"], row["places"], row["no_road"], row["outside"]) == (4, 1, 2, 1)
    assert row["listed"] == row["places"] + row["no_road"] + row["outside"] + row["shut"]
    assert made.why_no_trips == "no people were given"


# ---- what is told of whom


@pytest.mark.parametrize("show", [False, True])
def test_C11_places_of_which_none_is_on_the_roads_are_counted_and_have_no_figure(
    show: bool,
) -> None:
    net, read = town([("a", 0, "forward", 400.0)])
    far = spots(*[("clinics", 90_000.0 + i, 5.0) for i in range(6)])
    made = cov.sensitive_places(far, net, {"mid": read}, people=people(), show_few=show)
    row = made.categories.iloc[0]
    assert (row["listed"], row["places"], row["outside"]) == (6, 0, 6)
    figures = ["approaches_read_share", "every_approach_read", "nearest_reader_m"]
    assert row[figures].isna().all()
    assert len(made.places) == 6
    assert made.places["nearest_reader_m"].isna().all()
    near = cov.sensitive_places(spots(("clinics", 1150.0, 5.0)), net, {"mid": read}, show_few=True)
    assert made.approaches.columns.tolist() == near.approaches.columns.tolist()
    assert made.approaches.empty


def test_C11_small_categories_and_single_places_are_not_told_unless_asked() -> None:
    net, read = town([("a", 0, "forward", 400.0)])
    at = spots(*[("clinics", 1200.0 + 100 * i, 5.0) for i in range(5)], ("courts", 1600.0, 5.0))
    made = cov.sensitive_places(at, net, {"mid": read}, people=people())
    table = made.categories.set_index("category")
    assert table.loc["courts", "why"] == room.TOO_FEW
    figures = [c for c in table.columns if c not in ("listed", "places", "why", *room_counts())]
    assert table.loc["courts", figures].isna().all()
    assert table.loc["clinics", figures].notna().all()
    text = made.categories.to_csv()
    assert not any(name in text for name in [*at["name"], *at["place_id"]])
    assert {c["claim_id"] for c in sensitive_claims({"c11_categories": made.categories})} == {
        "c11-clinics-approaches", "c11-clinics-trips"
    }  # fmt: skip
    shown = cov.sensitive_places(at, net, {"mid": read}, show_few=True).categories
    assert shown["why"].isna().all()


def room_counts() -> tuple[str, ...]:
    return ("no_road", "outside", "shut")


def test_C11_claims_are_the_sums_of_the_single_places() -> None:
    net, read = town([("a", 0, "forward", 400.0)])
    low, high = (
        nets.watches([]),
        nets.watches(
            [("a", 0, "forward", 400.0), ("b", 1, "forward", 10.0), ("b", 1, "backward", 1095.0)]
        ),
    )
    at = spots(*[("clinics", 1150.0 + 100 * i, 5.0) for i in range(8)])
    made = cov.sensitive_places(at, net, {"low": low, "mid": read, "high": high}, people=people())
    places = made.places
    claims = {c["claim_id"]: c for c in sensitive_claims({"c11_categories": made.categories})}
    first = claims["c11-clinics-approaches"]
    assert first["figure"] == places["every_approach_read"].mean()
    assert first["n"] == len(places)
    share = places["approaches_read"].sum() / places["approaches"].sum()
    assert f"{100 * share:.1f}%" in first["sentence"]
    assert (first["low"], first["high"]) == (0.0, 1.0)
    trips = claims["c11-clinics-trips"]
    assert trips["figure"] == pytest.approx(places["trips_read_share"].mean())
    assert trips["low"] == 0.0
    assert made.approaches.groupby("place_id").size().tolist() == places["approaches"].tolist()


# ---- tags and lists


OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
 <node id="1" version="1" lat="40.0" lon="-83.0"><tag k="amenity" v="clinic;doctors"/><tag k="name" v="One"/></node>
 <node id="2" version="1" lat="40.1" lon="-83.1"/>
 <node id="3" version="1" lat="40.1" lon="-83.2"/>
 <node id="4" version="1" lat="40.2" lon="-83.2"/>
 <node id="5" version="1" lat="40.0" lon="-83.0"><tag k="amenity" v="shelter"/></node>
 <node id="6" version="1" lat="40.0" lon="-83.0"><tag k="amenity" v="school"/><tag k="name" v="Old School (historical)"/></node>
 <node id="7" version="1" lat="40.0" lon="-83.0"><tag k="amenity" v="courthouse"/><tag k="disused" v="yes"/></node>
 <node id="8" version="1" lat="40.0" lon="-83.0"><tag k="disused:amenity" v="courthouse"/></node>
 <node id="9" version="1" lat="40.3" lon="-83.0"><tag k="amenity" v="place_of_worship"/><tag k="polling_station" v="yes"/></node>
 <node id="10" version="1" lat="40.1502" lon="-83.15"><tag k="amenity" v="school"/><tag k="name" v="East"/></node>
 <node id="11" version="1" lat="40.0" lon="-83.0"><tag k="polling_station" v="no"/></node>
 <way id="1" version="1"><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="2"/><tag k="amenity" v="school"/><tag k="name" v="East"/></way>
 <way id="2" version="1"><nd ref="2"/><nd ref="3"/></way>
 <way id="3" version="1"><nd ref="98"/><nd ref="99"/><tag k="amenity" v="school"/></way>
 <relation id="1" version="1"><member type="way" ref="2" role="outer"/><tag k="type" v="multipolygon"/><tag k="office" v="union"/></relation>
 <relation id="2" version="1"><member type="node" ref="2" role="x"/><tag k="social_facility" v="shelter"/></relation>
</osm>
"""


def test_C11_tags_of_an_extract_are_places_by_category(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    path.write_text(OSM)
    found, aside = cov.read_sensitive([path])
    told = {(r.place_id, r.category, round(r.lon, 2), round(r.lat, 2)) for r in found.itertuples()}
    assert told == {
        ("node/1", "clinics", -83.0, 40.0),
        ("node/10", "schools", -83.15, 40.15),
        ("node/9", "houses of worship", -83.0, 40.3),
        ("node/9", "polling places", -83.0, 40.3),
        ("relation/1", "union halls", -83.15, 40.1),
    }  # fmt: skip
    assert aside == {room_spots().CLOSED: 2, room_spots().TWICE: 1}


def room_spots() -> Any:
    from alprmap.coverage import sensitive_spots

    return sensitive_spots


@pytest.mark.parametrize("category", cov.sensitive_categories())
def test_C11_each_category_has_a_tag_and_words_of_its_own(category: str, tmp_path: Path) -> None:
    tags, words, _ = room_spots()._table()
    assert words[category] == category
    key, values = next(iter(tags[category].items()))
    value = "yes" if values[0] == "*" else values[0]
    path = tmp_path / "one.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" version="1" lat="40" lon="-83">'
        f'<tag k="{key}" v="{value}"/></node></osm>'
    )
    assert cov.read_sensitive([path])[0]["category"].tolist() == [category]


def test_C11_lists_are_read_whatever_their_columns_are_called(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text(
        "Type,Title,Latitude,Longitude\nMosque,Noor,40.0,-83.0\nmosque,NOOR,40.0001,-83.0\n"
        "food bank,,40.0,-83.0\n,Nobody,40.0,-83.0\nCourt,Somewhere,,\n"
    )
    points = tmp_path / "b.geojson"
    feature = {"type": "Feature", "properties": {"category": "union"},
               "geometry": {"type": "Point", "coordinates": [-83.0, 40.0]}}  # fmt: skip
    points.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    found, aside = cov.read_sensitive([table, points])
    assert found["category"].tolist() == ["food bank", "houses of worship", "union halls"]
    assert sum(aside.values()) + len(found) == 6


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "category,lat\nschool,40\n", "no column of lon"),
        ("a.csv", "category,lat,lon\nschool,40,x\n", "row 1.*lon is no number"),
        ("a.csv", "category,lat,lon\nschool,400,-83\n", "row 1.*no degrees"),
        ("a.csv", "category,lat,lon\n", "no clinic"),
        ("a.csv", "category,lat,lon\n,40,-83\n", "no clinic"),
        ("a.geojson", '{"features": [{"properties": {}, "geometry": {"type": "Line"}}]}', "row 1"),
        ("a.geojson", "[]", "no GeoJSON"),
        ("a.osm", '<osm version="0.6"></osm>', "no clinic"),
        ("a.osm", "<osm", "not a readable OSM extract|is empty|OSM"),
    ],
)
def test_C11_what_is_no_list_is_one_line(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        cov.read_sensitive([path])
