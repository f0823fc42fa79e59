"""C9 to C11 in a build: flows by code, traffic, groups and sensitive places of a project give what
the functions give; each figure is a claim, and no more is printed than may be."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import road_files

from alprmap import coverage as cov
from alprmap.build import engine, plan, project
from alprmap.errors import InputError
from alprmap.roads import Roads

PROJECT = """
[project]
name = "two-streets"
title = "Two streets"


[[sources]]
id = "crowd"
path = "cameras.geojson"
date = "2026-01-28"

[roads]
path = "roads.osm"

[coverage]
draws = 0
sensitive = ["places.csv", "roads.osm"]
pairs = "flows.csv"
pair_points = "blocks.csv"
traffic = "traffic.csv"
groups = "groups.csv"

[population]
path = "people.csv"

[areas]
path = "halves.geojson"
"""
# two blocks at the ends of Main Street: 30 drive east, 10 west, past the reader that looks west
FLOWS = "w_geocode,h_geocode,S000\n390490001002000,390490001001000,30\n"
FLOWS += "390490001001000,390490001002000,10\n"
BLOCKS = (
    f"geocode,lat,lon\n390490001001000,40.0,{-83.0 - 0.03}\n390490001002000,40.0,{-83.0 + 0.03}\n"
)
GROUPS = (
    f"geoid,lat,lon,people,renters\n1,40.0,{-83.0 - 0.03},100,25\n2,40.0,{-83.0 + 0.03},300,225\n"
)
HALVES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[w, 39.9], [e, 39.9], [e, 40.1], [w, 40.1], [w, 39.9]]],
            },
        }
        for name, w, e in (("West half", -83.1, -83.0), ("East half", -83.0, -82.9))
    ],
}
TABLES = {
    "halves.geojson": json.dumps(HALVES),
    "people.csv": f"lat,lon,people\n40.0,{-83.0 - 0.03},100\n40.0,{-83.0 + 0.03},300\n",
    "flows.csv": FLOWS,
    "blocks.csv": BLOCKS,
    "groups.csv": GROUPS,
    "traffic.csv": 'way_id,AADT 2023\n10,"4,000"\n11,500\n',
}
SPOTS = [(f"Clinic {i}", "clinic", 0.0001 * i, 0.0001) for i in range(1, 8)]
LON, LAT = -83.0, 40.0
TOWN = "".join(
    f"n{i} v1 dV x{LON + 0.01 * x:.3f} y{LAT + 0.01 * y:.3f}\n"
    for i, (x, y) in enumerate([(-3, 0), (0, 0), (3, 0), (0, 3), (0, -3)], start=1)
)
TOWN += f"n8 v1 dV Tamenity=courthouse,name=Court x{LON + 0.002:.4f} y{LAT + 0.0001:.4f}\n"
TOWN += "w10 v1 dV Thighway=primary,name=Main%20%Street Nn1,n2,n3\n"
TOWN += "w11 v1 dV Thighway=residential,name=Side%20%Road Nn4,n2,n5\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two streets, a reader, seven clinics in a list and a courthouse in the extract."""
    base = tmp_path_factory.mktemp("sensitive")
    road_files.write(base / "roads.osm", TOWN)
    tags = {"man_made": "surveillance", "surveillance:type": "ALPR", "direction": "270"}
    reader = {
        "type": "Feature",
        "properties": tags | {"@id": "node/1"},
        "geometry": {"type": "Point", "coordinates": [LON + 0.00101, LAT + 0.00004]},
    }
    (base / "cameras.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [reader]})
    )
    rows = [f"{name},{kind},{LAT + lat:.6f},{LON + lon:.6f}" for name, kind, lon, lat in SPOTS]
    (base / "places.csv").write_text("name,kind,lat,lon\n" + "\n".join(rows) + "\n")
    for name, text in TABLES.items():
        (base / name).write_text(text)
    (base / "alprmap.toml").write_text(PROJECT)
    return base


def build(base: Path, out: Path) -> Path:
    wanted = project.load_project(base / "alprmap.toml")
    about = wanted.project.model_dump(exclude_none=True)
    engine.build(plan.plan_stages(wanted, base), out, about=about)
    return out


@pytest.fixture(scope="module")
def built(folder: Path) -> Path:
    return build(folder, folder / "out")


def test_C11_a_build_measures_the_places_of_its_project(folder: Path, built: Path) -> None:
    made = pd.read_csv(built / "coverage" / "c11_categories.csv").set_index("category")
    assert made.loc["clinics", "listed"] == len(SPOTS)
    assert made.loc["courts", "listed"] == 1
    spots, _ = cov.read_sensitive([folder / "places.csv", folder / "roads.osm"])
    watches = pd.read_parquet(built / "watches.parquet")
    again = cov.sensitive_places(spots, Roads.load(built / "segments.parquet"), {"mid": watches})
    same = again.categories.set_index("category")
    assert (made.loc["clinics", "places"], made.loc["courts", "places"]) == (len(SPOTS), 1)
    for column in ("listed", "places", "approaches"):
        assert made[column].fillna(-1).to_dict() == same[column].fillna(-1).to_dict()


def test_C11_a_build_prints_categories_and_names_no_clinic(built: Path) -> None:
    claims = pd.read_csv(built / "claims.csv")
    assert claims["claim_id"].str.startswith("c11-clinics").any()
    for path in (*built.glob("*.md"), *built.glob("*.html"), *built.rglob("*.csv")):
        assert "Clinic 3" not in path.read_text("utf-8"), path.name


def test_C9_a_build_weighs_flows_by_code_and_says_whose_trips_they_are(built: Path) -> None:
    claims = pd.read_csv(built / "claims.csv").set_index("claim_id")
    trips = claims.loc["c6-trips-read"]
    # rear plates: the reader looks west and reads who drives west, 10 of 40
    assert trips["figure"] == pytest.approx(10 / 40)
    assert "workers' trips from home to work" in trips["sentence"]
    assert "LODES" in trips["definition"]
    report = (built / "report.md").read_text("utf-8")
    assert "25% of workers’ trips from home to work in the area" in report
    assert "Trips run from where workers live to where they work" in report


def test_C9_a_build_claims_its_readings_a_day(built: Path) -> None:
    claims = pd.read_csv(built / "claims.csv").set_index("claim_id")
    assert claims.loc["c9-readings-a-day", "figure"] == pytest.approx(2_000)
    table = pd.read_csv(built / "coverage" / "c9_traffic.csv").iloc[0]
    assert claims.loc["c9-traffic-read", "figure"] == pytest.approx(table["vehicle_km_read_share"])


def test_C10_a_build_claims_each_group_as_its_table_says(built: Path) -> None:
    """By hand: nobody starts a read trip in the west, everybody in the east does."""
    claims = pd.read_csv(built / "claims.csv")
    claims = claims[claims["claim_id"].str.startswith("c10-")]
    table = pd.read_csv(built / "coverage" / "c10_groups.csv")
    told = table[table["ratio"].notna()]
    assert claims["figure"].tolist() == pytest.approx(told["ratio"].tolist())
    row = table.set_index("measure").loc["share_read_1"]
    assert (row["mean"], row["rest"]) == (pytest.approx(225 / 250), pytest.approx(75 / 150))
    assert "renters: 90.0% against 50.0%" in claims.iloc[0]["sentence"]


@pytest.mark.parametrize("name", ["flows.csv", "blocks.csv", "traffic.csv", "groups.csv"])
def test_C9_a_table_that_is_missing_stops_a_build(folder: Path, tmp_path: Path, name: str) -> None:
    for path in folder.iterdir():
        if path.is_file() and path.name != name:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InputError, match=r"coverage\.(pair|traffic|groups)"):
        build(tmp_path, tmp_path / "out")


def test_C9_points_without_pairs_are_refused(folder: Path, tmp_path: Path) -> None:
    text = (folder / "alprmap.toml").read_text().replace('pairs = "flows.csv"\n', "")
    (tmp_path / "alprmap.toml").write_text(text)
    with pytest.raises(InputError, match="pair_points belongs to pairs"):
        project.load_project(tmp_path / "alprmap.toml")


def test_P_roads_of_an_extract_are_credited_on_page_and_report(built: Path) -> None:
    for page in ("index.html", "report.html", "report.md"):
        assert "OpenStreetMap contributors" in (built / page).read_text("utf-8"), page
    manifest = json.loads((built / "manifest.json").read_text("utf-8"))
    named = manifest["stages"]["report"]["rows"]["sources"]
    assert [s["credit"] for s in named if s["name"] == "Roads"] == [
        "© OpenStreetMap contributors, ODbL 1.0"
    ]


def test_R7_districts_of_a_build_are_a_table_a_layer_and_a_claim(built: Path) -> None:
    """Two halves part the town: their sums are the whole's, the page shades them, and the one
    reader stands in the east, 1 for 300 people."""
    table = pd.read_csv(built / "areas" / "areas.csv").set_index("area")
    assert table["n"].to_dict() == {"East half": 1, "West half": 0}
    assert table["people"].sum() == 400
    roads = Roads.load(built / "segments.parquet").segments["length_m"].sum() / 1000
    assert table["road_km"].sum() == pytest.approx(roads, abs=0.001)
    claims = pd.read_csv(built / "claims.csv").set_index("claim_id")
    assert claims.loc["r7-first", "figure"] == pytest.approx(1 / 0.3)
    assert "East half" in claims.loc["r7-first", "sentence"]
    for page in ("index.html", "report.html"):
        assert "West half" in (built / page).read_text("utf-8"), page


def test_C11_a_list_that_is_missing_stops_a_build(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        if path.is_file() and path.name != "places.csv":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InputError, match=r"coverage\.sensitive"):
        build(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
