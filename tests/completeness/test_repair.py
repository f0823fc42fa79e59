"""K7: questions for editors of the map, each with evidence, in files that upload nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from alprmap import completeness as comp
from alprmap import geo, schema
from alprmap.merge import open_cameras
from alprmap.roads import Roads

LON, LAT = -83.0, 40.0
PER_LON, PER_LAT = (float(v) for v in geo.degree_m(LAT))


def town(*, aisles: bool = True) -> Roads:
    """One long street from west to east, and an avenue far off that makes the box large; a parking
    aisle behind the houses, or none."""
    import geopandas as gpd

    line = shapely.LineString([(LON - 0.02, LAT), (LON + 0.02, LAT)])
    far = shapely.LineString([(LON - 0.02, LAT - 0.02), (LON + 0.02, LAT + 0.0001 + 0.02)])
    aisle = shapely.LineString([at(100, -95), at(300, -95)])
    rows = []
    some = [(line, "Main Street", "residential"), (far, "Far Avenue", "residential")]
    some += [(aisle, None, "service")] if aisles else []
    for i, (shape, name, kind) in enumerate(some):
        length = float(geo.length_m(np.array([shape]))[0])
        rows.append((i, i, 2 * i, 2 * i + 1, kind, name, None, length, True, True, 0))
    names = ["segment_id", "way_id", "u", "v", "highway", "name", "ref", "length_m", "forward",
             "backward", "layer"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names)
    table = gpd.GeoDataFrame(frame, geometry=[shape for shape, *_ in some], crs=4326)
    return Roads(schema.conform(table, "segments"), pd.DataFrame())


def at(east_m: float, north_m: float) -> tuple[float, float]:
    return LON + 0.01 + east_m / PER_LON, LAT + north_m / PER_LAT


def cameras(rows: list[tuple[str, float, float, str]]) -> Any:
    frame = schema.empty("cameras").reindex(range(len(rows)))
    frame["camera_id"] = [f"cam-{i}" for i in range(len(rows))]
    frame["source_record"] = [r[0] for r in rows]
    spots = [at(r[1], r[2]) for r in rows]
    frame["lon"], frame["lat"] = zip(*spots, strict=True)
    frame["direction"] = [r[3] for r in rows]
    frame["vendor"], frame["device"], frame["status"] = "Flock Safety", "alpr", "standing"
    frame[["n_reports", "n_sources"]] = 1
    return open_cameras(schema.conform(frame, "cameras"))


def test_K7_directions_and_places_are_asked_about_and_good_ones_are_not() -> None:
    opened = cameras([
        ("node/1", 0, 8, "180"),  # looks at the street
        ("node/2", 100, 8, "20"),  # looks away from it
        ("node/3", 200, 98, "180"),  # stands in a field
        ("node/6", 250, 400, "180"),  # where the extract has no roads
        ("node/4", 300, 8, "180"),
        ("node/5", 300, 8, "184"),  # the same again
        ("node/7", 300, 8, "182"),  # and again
        ("node/8", 301, 8, "180"),  # a reader for the other lane
        ("node/9", 300, 8, "180"),  # of another maker
    ])  # fmt: skip
    opened.table.loc[opened.table["source_record"] == "node/9", "vendor"] = "Genetec"
    found = comp.repair_list(opened, roads=town()).table
    told = {(r.kind, r.osm) for r in found.itertuples()}
    assert told == {
        ("faces no road", "node/2"), ("no road near", "node/3"), ("twice", "node/4")
    }  # fmt: skip
    twice = found[found["kind"] == "twice"]
    assert sorted(twice["other_osm"]) == ["node/5", "node/7"]
    assert twice["evidence"].str.contains("feet apart").all()
    away = found.set_index("kind").loc["faces no road"]
    assert "Main Street" in away["evidence"]
    assert "180° (S)" in away["evidence"]


def test_K7_where_the_roads_lack_aisles_nothing_is_asked_of_what_may_face_one() -> None:
    opened = cameras([("node/2", 100, 8, "20"), ("node/3", 200, 98, "180")])
    assert len(comp.repair_list(opened, roads=town()).table) == 2
    found = comp.repair_list(opened, roads=town(aisles=False))
    assert found.table.empty
    assert found.not_looked_at["where the roads given have no aisles or drives"] == 2


def test_K7_an_operator_is_offered_where_the_town_runs_most(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("agency,state,declared\nColumbus OH PD,OH,9\n")
    opened = cameras([(f"node/{i}", i * 20, 8, "180") for i in range(5)])
    table = opened.table
    columbus = (-82.9988, 39.9612)
    table["lon"], table["lat"] = columbus[0] + np.arange(5) * 3e-4, columbus[1]
    table.loc[:3, "operator"] = "Columbus Police Department"
    told = comp.read_agencies([path])
    found = comp.repair_list(opened, told=told).table
    assert found["kind"].tolist() == ["no operator"]
    row = found.iloc[0]
    assert (row["osm"], row["likely_operator"]) == ("node/4", "Columbus Police Department")
    assert "100.0% of 4 tagged readers" in row["evidence"]


def test_K7_no_operator_is_offered_where_a_neighbor_is_somebody_elses(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("agency,state,declared\nColumbus OH PD,OH,9\n")
    told = comp.read_agencies([path])
    for other, asked in ((0, True), (5, False)):
        opened = cameras([(f"node/{i}", i * 20, 8, "180") for i in range(7)])
        table = opened.table
        table["lon"], table["lat"] = -82.9988 + np.arange(7) * 5e-4, 39.9612
        table.loc[:5, "operator"] = "Columbus Police Department"
        table.loc[other, "operator"] = "Lowe's"
        found = comp.repair_list(opened, told=told).table
        assert (found["osm"] == "node/6").any() == asked


CROWD = (("1", -82.998765), ("2", -83.018765), ("3", -83.028765), ("4", -83.038765))
LIST = """id,latitude,longitude,direction,status,agency
1,39.961235,-82.998766,90,Removed 3/2025,Columbus Police
2,39.981234,-83.051234,90,installed,Columbus Police
3,39.961236,-83.028766,90,installed,Columbus Police
4,39.961236,-83.038766,90,installed,Columbus Police
5,39.991236,-83.058766,90,pending,Columbus Police
6,39.997236,-83.068766,90,decommissioned,Columbus Police
"""


def test_K7_what_a_list_removed_or_has_alone_is_asked_about_and_nothing_else(
    tmp_path: Path,
) -> None:
    from typer.testing import CliRunner

    from alprmap.cli import app

    features = [
        {
            "type": "Feature",
            "properties": {
                "@id": f"node/{number}",
                # the last one is gone by the map itself: no question of a list
                ("disused:man_made" if number == "4" else "man_made"): "surveillance",
                "surveillance:type": "ALPR",
                "direction": "90",
            },
            "geometry": {"type": "Point", "coordinates": [lon, 39.961234]},
        }
        for number, lon in CROWD
    ]
    crowd, records, out = (tmp_path / n for n in ("crowd.geojson", "list.csv", "c.parquet"))
    crowd.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    records.write_text(LIST)
    made = CliRunner().invoke(app, ["merge", str(crowd), str(records), "--out", str(out)])
    assert out.is_file(), made.output
    found = comp.repair_list(open_cameras(out)).table
    told = {(r.kind, r.osm, round(r.lon, 6)) for r in found.fillna("").itertuples()}
    assert told == {
        ("removed on a list", "node/1", -82.998765), ("listed, not mapped", "", -83.051234)
    }  # fmt: skip
    evidence = found.set_index("kind")["evidence"]
    assert evidence["removed on a list"] == "removed according to list"
    assert "Columbus Police" in evidence["listed, not mapped"]


@given(st.text(max_size=300))
def test_K7_any_text_makes_files_that_can_be_read(text: str) -> None:
    from xml.sax.saxutils import escape

    from alprmap.store import xml_text

    row = dict.fromkeys(("task_id", "kind", "question", "evidence", "osm"), text or "x")
    row |= {"lon": -83.0, "lat": 40.0, "other_osm": None, "likely_operator": None}
    table = pd.DataFrame([row])
    lines = comp.osm_lines(table, lambda t: escape(xml_text(t), {'"': "&quot;"}))
    tree = ElementTree.fromstring("\n".join(lines).encode("utf-8", "replace"))
    assert tree.get("upload") == "never"
    assert [n.get("id") for n in tree] == ["-1"]
    line = comp.maproulette_lines(table)[0]
    assert line.startswith("\x1e")
    assert "\n" not in line
    feature = json.loads(line[1:])["features"][0]
    assert feature["properties"]["evidence"] == row["evidence"]


def test_K7_the_folder_is_written_whole(tmp_path: Path) -> None:
    found = comp.repair_list(cameras([("node/2", 100, 8, "20")]), roads=town())
    written = comp.save_repairs(found, tmp_path / "r")
    assert sorted(p.name for p in written) == [
        "repair.csv", "repair.maproulette.geojson", "repair.osm"
    ]  # fmt: skip
    assert all(p.stat().st_size for p in written)
    assert found.counts()["faces no road"] == 1
    assert found.claims()["figure"].tolist() == [1.0]


def test_K7_columbus_has_questions(shared: Path) -> None:
    if not (shared / "roads" / "columbus-oh.osm.pbf").is_file():
        pytest.skip("no extract of Columbus")
    opened = open_cameras(shared / "cameras" / "us-2025-10-Ohio.geojson")
    found = comp.repair_list(opened, areas="Franklin County, Ohio")
    assert set(found.table["kind"]) <= {"twice"}
