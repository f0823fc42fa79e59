"""The demo county: reproducible, labeled as fictional, sound, and holding what every stage needs."""

from __future__ import annotations

import csv
import filecmp
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import osmium
import pandas as pd
import pytest
from scipy import sparse
from shapely.geometry import Point

from alprmap import direction, geo, schema, sources
from alprmap.access.shares import Shared
from alprmap.access.shares import read_shares as read_shares
from alprmap.build import project
from alprmap.geography import borders
from alprmap.locate.gazetteer import Gazetteer
from alprmap.locate.point import Locator
from alprmap.roads import network
from alprmap.roads.network import Roads
from alprmap.shipped import data_path
from alprmap.watch import Settings, watch

DEMO = data_path("demo")
HERE = Path(__file__).resolve().parents[1]
FILES = (
    "README.txt", "agencies.csv", "alprmap.toml", "cameras.geojson", "population.csv", "ports.csv",
    "records.csv", "roads.osm.pbf", "shares.csv",
)  # fmt: skip
TRUTH = ("demo_truth.csv", "demo_truth_views.csv")
MILE_M = 1609.344
QUALITIES = {
    "exact", "zero", "range", "cardinal", "travel", "relative", "full_circle", "repaired", "junk", "missing",
}  # fmt: skip


@pytest.fixture(scope="module")
def roads() -> Roads:
    return network.read(DEMO / "roads.osm.pbf")


@pytest.fixture(scope="module")
def ways() -> dict[int, tuple[list[int], dict[str, str]]]:
    found = osmium.FileProcessor(str(DEMO / "roads.osm.pbf"), osmium.osm.WAY)
    return {w.id: ([n.ref for n in w.nodes], dict(w.tags)) for w in found}


@pytest.fixture(scope="module")
def nodes() -> dict[int, tuple[float, float, dict[str, str]]]:
    found = osmium.FileProcessor(str(DEMO / "roads.osm.pbf"), osmium.osm.NODE)
    return {n.id: (n.location.lon, n.location.lat, dict(n.tags)) for n in found}


@pytest.fixture(scope="module")
def features() -> list[dict]:
    return json.loads((DEMO / "cameras.geojson").read_text("utf-8"))["features"]


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return pd.read_csv(
        HERE / "demo_truth.csv", dtype={"row": int, "crowd": str}, keep_default_na=True
    )


@pytest.fixture(scope="module")
def true_views() -> pd.DataFrame:
    return pd.read_csv(
        HERE / "demo_truth_views.csv", dtype={"source_record": str, "way_id": "Int64"}
    )


def test_the_script_writes_the_files_in_the_repository_byte_for_byte(tmp_path: Path) -> None:
    script = HERE.parent / "scripts" / "make_demo.py"
    for seed in ("1", "2"):
        out = tmp_path / seed
        subprocess.run(
            [sys.executable, str(script), str(out)],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        same, differ, missing = filecmp.cmpfiles(DEMO, out, FILES, shallow=False)
        assert (sorted(same), differ, missing) == (sorted(FILES), [], [])
        assert filecmp.cmpfiles(HERE, out, TRUTH, shallow=False) == (list(TRUTH), [], [])


def test_the_folder_holds_these_files_and_is_small() -> None:
    assert sorted(p.name for p in DEMO.iterdir()) == sorted(FILES)
    assert sum(p.stat().st_size for p in DEMO.iterdir()) < 300_000


def test_everything_is_labeled_fictional(ways: dict, nodes: dict, features: list[dict]) -> None:
    assert (DEMO / "README.txt").read_text("utf-8").startswith("FICTIONAL")
    assert "(fictional)" in osmium.io.Reader(str(DEMO / "roads.osm.pbf")).header().get("generator")
    assert all(tags.get("fictional") == "yes" for _, tags in ways.values())
    assert all(tags.get("fictional") == "yes" for *_, tags in nodes.values() if "name" in tags)
    assert all(f["properties"]["tags"]["fictional"] == "yes" for f in features)
    assert "(FICTIONAL)" in (DEMO / "records.csv").read_text("utf-8").splitlines()[0]
    about = project.load_project(DEMO / "alprmap.toml").project
    assert about.fictional
    assert "fictional" in about.title


def test_ids_are_above_those_in_use_and_below_2_34(
    ways: dict, nodes: dict, features: list[dict]
) -> None:
    ids = [*ways, *nodes, *(f["properties"]["id"] for f in features)]
    assert min(ids) > 16_000_000_000
    assert max(ids) < 2**34


def test_no_place_of_the_county_is_a_real_county() -> None:
    real = {str(n).casefold() for n in borders.counties()["name"]}
    assert not real & {"rio claro", "puente claro", "santa vela", "tres leguas", "rio claro county"}


def test_the_port_stands_on_the_real_border_and_the_road_runs_150_miles_inland(
    roads: Roads,
) -> None:
    port = pd.read_csv(DEMO / "ports.csv").iloc[0]
    line = borders.load_border("mexico")
    near = geo.distance_m(port.lon, port.lat, *_nearest_vertex(line, port.lon, port.lat))
    assert near < 2_000
    interstate = roads.segments[
        (roads.segments["ref"] == "I 31") & (roads.segments["highway"] == "motorway")
    ]
    # two carriageways, from behind the port to mile 150
    assert interstate["length_m"].sum() / 2 == pytest.approx(150 * MILE_M - 620, rel=2e-4)
    assert interstate["forward"].all()
    assert not interstate["backward"].any()
    far = roads.segments.geometry.bounds["maxy"].max()
    assert geo.distance_m(port.lon, port.lat, port.lon, far) > 130 * MILE_M


def _nearest_vertex(line: pd.DataFrame, lon: float, lat: float) -> tuple[float, float]:
    points = line.geometry.get_coordinates().to_numpy()
    return tuple(points[np.argmin(geo.distance_m(points[:, 0], points[:, 1], lon, lat))])


def test_every_road_can_be_driven_to_and_left(roads: Roads) -> None:
    s = roads.segments
    assert 400 <= len(s) <= 700
    junctions, index = np.unique(np.r_[s["u"], s["v"]], return_inverse=True)
    start, end = index[: len(s)], index[len(s) :]
    ahead, back = s["forward"].to_numpy(), s["backward"].to_numpy()
    arcs = np.r_[start[ahead], end[back]], np.r_[end[ahead], start[back]]
    graph = sparse.coo_matrix((np.ones(len(arcs[0])), arcs), shape=(len(junctions),) * 2)
    assert sparse.csgraph.connected_components(graph, connection="strong")[0] == 1


def test_the_roads_hold_what_the_stages_have_to_cope_with(
    ways: dict, nodes: dict, roads: Roads
) -> None:
    tags = [t for _, t in ways.values()]
    classes = Counter(t.get("highway") for t in tags)
    assert set(classes) >= {
        "motorway", "motorway_link", "trunk", "primary", "secondary", "tertiary", "residential", "unclassified",
        "service", "track", "footway", "proposed",
    }  # fmt: skip
    assert sum(t.get("junction") == "roundabout" for t in tags) == 1
    assert sum(t.get("bridge") == "yes" and t.get("layer") == "1" for t in tags) >= 12
    assert {t["name"] for t in tags if t.get("oneway") and t.get("ref") == "US 588"} == {
        "Commerce Avenue",
        "Mission Avenue",
    }
    assert any(
        t.get("name") == "Interstate 31 Frontage Road" and t["oneway"] == "yes" for t in tags
    )
    assert sum(t.get("noexit") == "yes" for t in tags) >= 3
    assert {t.get("maxspeed") for t in tags} >= {"15 mph", "30 mph", "80 mph", None}
    assert sorted(roads.restrictions["kind"]) == ["no_left_turn", "only_right_turn"]
    places = [t for *_, t in nodes.values()]
    assert sum(t.get("highway") == "milestone" for t in places) == 2 * 55
    exits = {t["ref"] for t in places if t.get("highway") == "motorway_junction"}
    assert exits == {"1", "2", "18", "41", "64", "66", "87", "106", "131"}
    assert sum("addr:housenumber" in t for t in places) == 48


def test_mileposts_stand_at_their_miles(nodes: dict) -> None:
    posts = [
        (float(t["distance"].removesuffix(" mi")), x, y)
        for x, y, t in nodes.values()
        if t.get("highway") == "milestone"
    ]
    table = pd.DataFrame(posts, columns=["mile", "lon", "lat"]).groupby("mile").mean().sort_index()
    steps = geo.distance_m(
        table.lon.iloc[:-1], table.lat.iloc[:-1], table.lon.iloc[1:], table.lat.iloc[1:]
    )
    single = steps[np.diff(table.index) == 1]
    # a mile along a bend is a little less as the crow flies
    assert ((single > 0.985 * MILE_M) & (single < 1.0005 * MILE_M)).all()


@pytest.mark.parametrize(
    ("a", "b"), [("I 31", "CR 214"), ("I 31", "CR 745"), ("I 31", "CR 118"), ("I 31", "TX 903")]
)
def test_roads_on_a_bridge_share_no_junction(roads: Roads, a: str, b: str) -> None:
    first, second = (roads.segments[roads.segments["ref"] == r] for r in (a, b))
    assert not set(first[["u", "v"]].to_numpy().ravel()) & set(
        second[["u", "v"]].to_numpy().ravel()
    )
    assert first.geometry.union_all().intersects(second.geometry.union_all())


def test_the_sightings_hold_every_kind_of_direction(features: list[dict]) -> None:
    assert 50 <= len(features) <= 60
    tags = [f["properties"]["tags"] for f in features]
    texts = [t.get("direction", t.get("camera:direction")) for t in tags]
    assert Counter(t is None for t in texts)[True] == 2
    assert {direction.parse(t or "").quality for t in texts} == QUALITIES
    assert texts.count("0") == 2
    assert {"338-23", "0-360", "270230", "900", "-60", "NB", "SB", "WB", "85°", "22.5"} <= set(
        texts
    )
    assert any(t is not None and ";" in t for t in texts)
    lives = [k for t in tags for k in t if k.endswith(":man_made")]
    assert sorted(lives) == ["disused:man_made", "removed:man_made"]


def test_the_sightings_hold_duplicates_two_heads_and_a_vendor_as_operator(
    features: list[dict],
) -> None:
    lon, lat = np.array([f["geometry"]["coordinates"] for f in features]).T
    tags = [f["properties"]["tags"] for f in features]
    texts = [t.get("direction") for t in tags]
    gaps = geo.distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    near = [(i, i + 1) for i in range(len(gaps)) if gaps[i] < 5]
    # two heads on one pole look apart; one camera was uploaded twice, a hand's breadth apart
    heads = [(texts[i], texts[j]) for i, j in near if gaps[i] == 0]
    assert len(heads) == 1
    assert abs(float(geo.turn_deg(float(heads[0][0]), float(heads[0][1])))) > 120
    copies = [(tags[i], tags[j]) for i, j in near if gaps[i] > 0]
    assert len(copies) == 1
    assert copies[0][0] == copies[0][1]
    assert sum(t.get("operator") == "Flock Safety" for t in tags) == 1
    assert sum(t.get("surveillance:zone") == "border crossing" for t in tags) == 2


def test_the_truth_agrees_with_the_geometry(
    true_views: pd.DataFrame, roads: Roads, ways: dict, features: list[dict]
) -> None:
    seen = true_views.dropna(subset=["way_id"])
    turn = geo.turn_deg(
        geo.azimuth_deg(seen.lon, seen.lat, seen.watched_lon, seen.watched_lat), seen.heading_deg
    )
    assert np.abs(turn).max() < 0.2
    assert geo.distance_m(seen.lon, seen.lat, seen.watched_lon, seen.watched_lat).max() < 60
    lines = roads.segments.dissolve("way_id").geometry
    for row in seen.itertuples():
        assert lines[row.way_id].distance(Point(row.watched_lon, row.watched_lat)) < 1e-5
        if ways[row.way_id][1].get("oneway") == "yes":
            assert row.travel == "forward"
    named = set(";".join(true_views["source_record"].dropna()).split(";"))
    assert named == {f"node/{f['properties']['id']}" for f in features}


def test_the_records_are_read_and_every_row_has_its_truth(truth: pd.DataFrame) -> None:
    read = sources.read(DEMO / "records.csv")
    assert len(read.reports) == len(truth) == 29
    assert len(read.rejects) == 0
    assert read.reports["lon"].isna().all()
    for text, place in zip(truth["location"], read.reports["place_raw"], strict=True):
        assert place.startswith(text.replace("\u200b", "")[:12])


def test_the_records_can_be_located(truth: pd.DataFrame, roads: Roads) -> None:
    locator = Locator(roads, gazetteer=Gazetteer.read(DEMO / "roads.osm.pbf"))
    limits = {"crossing": 150.0, "ramp": 150.0, "block": 150.0, "milepost": 2_000.0}
    missed = []
    for row in truth.itertuples():
        text = row.location if pd.isna(row.city) else f"{row.location}, {row.city}"
        found = locator.locate(text)
        if row.located_by == "unlocated":
            assert found.located_by == "unlocated"
            continue
        if not geo.distance_m(found.lon, found.lat, row.lon, row.lat) < limits[row.located_by]:
            missed.append(row.location)
    assert missed == []


def test_watch_finds_the_true_road_and_direction_of_every_view(
    true_views: pd.DataFrame, roads: Roads
) -> None:
    known = true_views.dropna(subset=["source_record"]).copy()
    known["camera_id"] = known["source_record"].str.split(";").str[0]
    cameras = known[["camera_id", "lon", "lat"]].drop_duplicates("camera_id")
    views = schema.conform(known[["camera_id", "heading_deg"]], "views")
    found = watch(cameras, views, roads, settings=Settings())
    assert sorted(found.unread["camera_id"]) == sorted(
        known.loc[known["way_id"].isna(), "camera_id"]
    )
    ids = roads.segments.set_index("segment_id")["way_id"]
    winners = found.watches[found.watches["winner"]].assign(
        way_id=lambda t: t["segment_id"].map(ids)
    )
    merged = known.dropna(subset=["way_id"]).merge(
        winners, on=["camera_id", "heading_deg"], suffixes=("", "_got")
    )
    right = (merged["way_id"] == merged["way_id_got"]) & (merged["travel"] == merged["travel_got"])
    assert len(merged) == known["way_id"].notna().sum()
    assert right.mean() >= 0.95


@pytest.fixture(scope="module")
def shared_with() -> Shared:
    return read_shares([DEMO / "agencies.csv", DEMO / "shares.csv"])


def test_every_spelling_in_the_sharing_records_is_one_of_the_eight_agencies(
    shared_with: Shared,
) -> None:
    schema.check(schema.conform(shared_with.agencies, "agencies"), "agencies")
    schema.check(schema.conform(shared_with.shares, "shares"), "shares")
    written = pd.read_csv(DEMO / "agencies.csv", dtype=str)
    assert len(shared_with.agencies) == len(written) == 8
    assert set(written["kind"]) == {"federal", "state", "county", "city", "school", "private"}
    assert len(shared_with.shares) == 12


def test_sharing_has_one_hop_two_hops_three_hops_and_an_end(shared_with: Shared) -> None:
    shares, federal = shared_with.shares, "federal-frontier-service"
    today = shares[shares["until"].isna()]
    one = set(today.loc[today["to_id"] == federal, "from_id"])
    two = set(today.loc[today["to_id"].isin(one), "from_id"]) - one
    three = set(today.loc[today["to_id"].isin(two), "from_id"]) - one - two
    assert one == {
        "rio-claro-county-sheriff-s-office-tx",
        "alta-mesa-state-highway-patrol-tx",
        "llano-alto-fusion-center-tx",
    }
    assert two == {"puente-claro-police-department-tx", "santa-vela-police-department-tx"}
    assert three == {"santa-vela-isd-police-department-tx", "mesa-home-supply-llc-tx"}
    ended = shares[shares["until"].notna() & (shares["to_id"] == federal)]
    assert list(ended["from_id"]) == ["puente-claro-police-department-tx"]


def test_operators_of_the_cameras_are_agencies_of_the_list() -> None:
    agencies = pd.read_csv(DEMO / "agencies.csv", dtype=str)
    known = set(agencies["name"]) | {
        a for text in agencies["aliases"].dropna() for a in text.split(";")
    }
    with (DEMO / "records.csv").open(encoding="utf-8", newline="") as file:
        listed = {row[4] for row in list(csv.reader(file))[4:] if row[4]}
    tagged = {
        f["properties"]["tags"].get("operator")
        for f in json.loads((DEMO / "cameras.geojson").read_text("utf-8"))["features"]
    }
    assert listed <= known
    # homeowners, the truck stop and the maker share nothing on record
    assert tagged - known == {
        None,
        "Flock Safety",
        "Vista Estates HOA",
        "Tres Leguas Truck Stop LLC",
    }


def test_the_project_file_names_files_that_are_there() -> None:
    found = project.load_project(DEMO / "alprmap.toml")
    assert found.roads is not None
    assert found.access is not None
    assert found.population is not None
    paths = [
        *(s.path for s in found.sources),
        found.roads.path,
        found.access.shares,
        found.access.agencies,
    ]
    assert all((DEMO / str(p)).is_file() for p in [*paths, found.population.path])


def test_population_stands_beside_the_roads() -> None:
    people = pd.read_csv(DEMO / "population.csv")
    assert list(people.columns) == ["lat", "lon", "people"]
    assert 55 <= len(people) <= 75
    assert (people["people"] > 0).all()
    assert 14_000 < people["people"].sum() < 20_000
    assert people["lat"].between(29.79, 31.85).all()


def test_the_page_about_the_demo_states_the_right_figures(
    roads: Roads, features: list[dict]
) -> None:
    page = (HERE.parent / "docs" / "demo.md").read_text("utf-8")
    people = pd.read_csv(DEMO / "population.csv")["people"]
    assert (
        f"{len(roads.segments)} segments, {roads.segments['length_m'].sum() / 1000:,.0f} km" in page
    )
    assert f"{len(features)} sightings" in page
    assert f"{len(people)} places, {people.sum():,} people" in page
