"""Hand-outs: they hold every camera, run nothing, and are the same bytes for the same input."""

from __future__ import annotations

import csv
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import map_data
import pandas as pd
import pyogrio
import pytest
from test_round_trips import license_of

from alprmap.credits import Credits
from alprmap.errors import StorageError
from alprmap.publish.exports import exports, layers, styles
from alprmap.store import formats as tables
from alprmap.store import geofiles
from alprmap.store import whole as store

CREDIT = {"cameras": Credits(title="cameras")}
LAYERS = {
    "cameras", "views", "roads", "watches", "reader_corridors", "unread_zones", "border_mexico", "ports",
}  # fmt: skip
KML = "{http://www.opengis.net/kml/2.2}"


def write(folder: Path, data: map_data.webmap.MapData) -> dict[str, Path]:
    paths = exports.write_hand_outs(
        data.cameras, folder, title=data.title, views=data.views, layers=layers.layers_of(data),
        sources=data.sources, notices=data.notices, fictional=True,
    )  # fmt: skip
    return {p.name: p for p in paths}


def test_every_format_holds_every_camera(tmp_path: Path) -> None:
    data = map_data.town()
    found = write(tmp_path, data)
    with found["cameras.csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["camera_id"] for r in rows} == set(data.cameras["camera_id"])
    assert len(json.loads(found["cameras.geojson"].read_text("utf-8"))["features"]) == 60
    back = gpd.read_file(found["cameras.gpkg"], layer="cameras")
    assert len(back) == 60
    assert back.geometry.x.to_numpy() == pytest.approx(back["lon"].to_numpy(), abs=1e-9)
    with zipfile.ZipFile(found["cameras.kmz"]) as archive:
        marks = ET.fromstring(archive.read("doc.kml")).iter(f"{KML}Placemark")
    assert len(list(marks)) == 60


def test_same_input_same_bytes(tmp_path: Path) -> None:
    one = write(tmp_path / "a", map_data.town())
    other = map_data.town()
    shuffled = map_data.town(cameras=other.cameras.sample(frac=1, random_state=3))
    two = write(tmp_path / "b", shuffled)
    for name in one:
        assert store.sha256(one[name]) == store.sha256(two[name]), name


def test_a_spreadsheet_executes_nothing_and_numbers_stay_numbers(tmp_path: Path) -> None:
    data = map_data.hostile()
    exports.csv_for_spreadsheets(data.cameras, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows:
        for cell in row:
            if cell.lstrip()[:1] in ("=", "+", "-", "@"):
                float(cell)
    back = pd.read_csv(tmp_path / "x.csv")
    assert back["lon"].dtype.kind == "f"
    assert back["lon"].max() < 0


def test_hostile_text_survives_as_text(tmp_path: Path) -> None:
    data = map_data.hostile()
    found = write(tmp_path, data)
    back = gpd.read_file(found["cameras.gpkg"], layer="cameras")
    assert set(back["operator"]) == {t.replace("\x00", "\ufffd") for t in map_data.HOSTILE}
    with zipfile.ZipFile(found["cameras.kmz"]) as archive:
        text = archive.read("doc.kml").decode("utf-8")
    described = [e.text or "" for e in ET.fromstring(text).iter(f"{KML}description")]
    assert len(described) == len(data.cameras) + 1
    # read as HTML, which is what a globe does, nothing but line breaks is markup
    assert all("<" not in d.replace("<br>", "") for d in described)


def test_the_geopackage_carries_styles_for_qgis(tmp_path: Path) -> None:
    found = write(tmp_path, map_data.town())
    db = sqlite3.connect(found["cameras.gpkg"])
    rows = dict(db.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    db.close()
    assert set(rows) == LAYERS
    rules = [r.get("label") for r in ET.fromstring(rows["cameras"]).iter("rule")]
    assert rules == [*(k for k in styles.KINDS if k != "unknown"), "other or unknown"]
    for style in rows.values():
        # what no rule takes is drawn as well
        assert [*ET.fromstring(style).iter("rule")][-1].get("filter") == "ELSE"


def test_the_geopackage_says_its_sources_and_licenses_by_itself(tmp_path: Path) -> None:
    found = write(tmp_path, map_data.town())
    db = sqlite3.connect(found["cameras.gpkg"])
    said = dict(
        db.execute("SELECT table_name, description FROM gpkg_contents WHERE data_type = 'features'")
    )
    db.close()
    assert set(said) == LAYERS
    package = json.loads(found["datapackage.json"].read_text("utf-8"))
    assert said["cameras"] == package["description"]
    for text in said.values():
        assert "made available under the Open Database License" in text
        assert "FICTIONAL" in text
        assert all(s["title"] in text for s in package["sources"])


def test_wedges_look_where_the_view_does() -> None:
    data = map_data.town()
    shapes = layers.wedges(data.cameras, data.views)
    row = shapes[shapes["heading_deg"] == 90.0].iloc[0]
    camera = data.cameras.set_index("camera_id").loc[row["camera_id"]]
    assert row.geometry.centroid.x > camera["lon"]
    assert abs(row.geometry.centroid.y - camera["lat"]) < 1e-5
    assert len(shapes) == int(data.views["heading_deg"].notna().sum())


def test_the_package_names_licenses_sources_and_hashes(tmp_path: Path) -> None:
    found = write(tmp_path, map_data.town())
    package = json.loads(found["datapackage.json"].read_text("utf-8"))
    assert package["licenses"][0]["name"] == "ODbL-1.0"
    assert "OpenStreetMap contributors" in package["description"]
    assert "FICTIONAL" in package["description"]
    for resource in package["resources"]:
        assert resource["hash"] == f"sha256:{store.sha256(tmp_path / resource['path'])}"
    names = [f["name"] for f in package["resources"][0]["schema"]["fields"]]
    assert names == [*map_data.cameras().columns, "direction", "direction_quality"]


def test_a_writer_that_loses_rows_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # some GDAL writers report success on a full disk
    real = pyogrio.write_dataframe
    monkeypatch.setattr(
        pyogrio, "write_dataframe", lambda frame, *a, **k: real(frame.head(3), *a, **k)
    )
    (tmp_path / "x.gpkg").write_text("the old file")
    with pytest.raises(StorageError, match="3 of 60 rows"):
        exports.geopackage(
            {"cameras": tables.with_points(map_data.cameras())}, tmp_path / "x.gpkg", CREDIT
        )
    assert (tmp_path / "x.gpkg").read_text() == "the old file"
    assert [p.name for p in tmp_path.iterdir()] == ["x.gpkg"]


@pytest.mark.parametrize(
    "loss",
    [
        "PRAGMA application_id = 0",
        "PRAGMA user_version = 0",
        "DROP TRIGGER trigger_insert_feature_count_cameras",
        "DROP TABLE gpkg_extensions",
        "DELETE FROM gpkg_extensions",
        "DELETE FROM rtree_cameras_geom WHERE id = 1",
        "UPDATE gpkg_contents SET min_x = NULL WHERE table_name = 'cameras'",
        "DELETE FROM gpkg_ogr_contents",
        "UPDATE gpkg_ogr_contents SET feature_count = 7",
        "DELETE FROM gpkg_geometry_columns",
        "DELETE FROM gpkg_metadata_reference",
    ],
)
def test_a_geopackage_that_lost_a_part_is_refused(
    loss: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # each of them GDAL 3.12 called a success when one write of it had failed
    # (tests/long/long_faults.py)
    real = geofiles._finish

    def finish(path: Path, credit: Any, styles: Any) -> None:
        real(path, credit, styles)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(loss)

    layers = {"cameras": tables.with_points(map_data.cameras())}
    exports.geopackage(layers, tmp_path / "x.gpkg", CREDIT)
    before = (tmp_path / "x.gpkg").read_bytes()
    monkeypatch.setattr(geofiles, "_finish", finish)
    with pytest.raises(StorageError, match=r"x\.gpkg: cannot write: .*after writing"):
        exports.geopackage(layers, tmp_path / "x.gpkg", CREDIT)
    assert (tmp_path / "x.gpkg").read_bytes() == before


@pytest.mark.slow
def test_every_file_with_shapes_in_a_result_folder_says_whose_it_is(demo_town: Path) -> None:
    """Corridors, unread zones and the roads themselves once named no license: no column of theirs
    says that they lie on roads of OpenStreetMap."""
    suffixes = {".parquet", ".geojson", ".gpkg", ".kmz"}
    files = [p for p in sorted(demo_town.rglob("*")) if p.suffix in suffixes]
    open_to_all = [p for p in files if p.parent.name != "sources"]
    assert len(open_to_all) >= 15
    for path in open_to_all:
        text = license_of(path)
        assert "ODbL-1.0" in text, path
        assert "One row: " in text, path
        assert path.parent.name != "coverage" or "roads of 20" in text, path
