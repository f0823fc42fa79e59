"""What is handed on comes back: the matrix format × table of docs/hand-outs.md, each cell a test."""

from __future__ import annotations

import json
import math
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alprmap import schema, sources, store
from alprmap.credits import SIDECAR
from alprmap.direction import VIEW_QUALITIES
from alprmap.merge import merge, open_cameras, with_directions
from alprmap.publish import write_hand_outs
from alprmap.text import clean

FORMATS = store.SUFFIXES["table"]
KML = "{http://www.opengis.net/kml/2.2}"
ALL = {"status": "all", "device": "all"}
IN_A_MOMENT = settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

words = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12
).map(lambda t: clean(" ".join(t.split()))[0] or "x")
dates = st.sampled_from(["2025", "2025-10", "2025-10-04"])
degrees = st.integers(0, 3_599_999).map(lambda n: n / 10_000)


@st.composite
def held(draw: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw tables cameras and views: all words of the vocabularies, gaps, one to three views."""
    rows, views = [], []
    for number in range(draw(st.integers(1, 6))):
        some = {
            c.name: draw(st.none() | st.sampled_from(c.words))
            for c in schema.CAMERAS.columns
            if c.words and c.name != "located_by"
        }
        camera = f"c{number}"
        rows.append({
            **some, "camera_id": camera, "lon": draw(st.integers(-124_000_000, -67_000_000)) / 1e6,
            "lat": draw(st.integers(25_000_000, 49_000_000)) / 1e6, "position_error_m": draw(st.sampled_from([10.0, 35.5])),
            "located_by": draw(st.sampled_from([w for w in schema.LOCATED_BY if w != "unlocated"])), "operator": draw(st.none() | words),
            "vendor": draw(st.none() | words), "first_seen": draw(st.none() | dates), "last_seen": draw(st.none() | dates),
            "confidence": draw(st.integers(0, 1_000_000)) / 1e6, "n_reports": draw(st.integers(1, 9)), "n_sources": draw(st.integers(1, 3)),
            "sources": draw(st.none() | st.just("osm;list")), "source_record": draw(st.none() | st.just(f"node/{number}")),
        })  # fmt: skip
        headings = draw(st.lists(degrees, unique=True, max_size=3))
        for heading in headings:
            width = draw(st.none() | st.integers(1, 3_599_999).map(lambda n: n / 10_000))
            quality = draw(st.sampled_from([q for q in VIEW_QUALITIES if q != "full_circle"]))
            views.append((camera, heading, width, quality))
        if not headings:
            views.append(
                (camera, None, None, draw(st.sampled_from(["missing", "junk", "relative"])))
            )
    table = schema.conform(pd.DataFrame(rows), "cameras")
    looks = pd.DataFrame(views, columns=["camera_id", "heading_deg", "width_deg", "quality"])
    return table, schema.conform(looks, "views")


def same_views(one: pd.DataFrame, other: pd.DataFrame) -> None:
    columns = ["camera_id", "heading_deg", "width_deg", "quality"]
    a, b = (
        f[columns].sort_values(columns, ignore_index=True).astype({"quality": "str"})
        for f in (one, other)
    )
    pd.testing.assert_frame_equal(a, b, atol=2e-6, rtol=0)


def same_cameras(one: pd.DataFrame, other: pd.DataFrame) -> None:
    names = [c for c in schema.CAMERAS.names if c in one.columns]
    a, b = (
        pd.DataFrame(f)[names].sort_values("camera_id", ignore_index=True) for f in (one, other)
    )
    pd.testing.assert_frame_equal(a, b, check_exact=False, atol=1e-6, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
@IN_A_MOMENT
@given(both=held())
def test_S12_cameras_come_back_from_every_format(
    tmp_path: Path, suffix: str, both: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    cameras, views = both
    path = tmp_path / f"handed-on{suffix}"
    store.hand_on(with_directions(cameras, views), path)
    back = open_cameras(path, **ALL)
    same_cameras(cameras, back.table)
    same_views(views, back.views)
    path.unlink()


@pytest.mark.slow
@IN_A_MOMENT
@given(both=held())
def test_S12_cameras_come_back_from_every_hand_out(
    tmp_path: Path, both: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    cameras, views = both
    for path in write_hand_outs(cameras, tmp_path, title="Town", views=views):
        if path.suffix not in {".json", ".txt"}:
            back = open_cameras(path, **ALL)
            same_cameras(cameras, back.table)
            same_views(views, back.views)


def town() -> dict[str, pd.DataFrame]:
    """Return one table of each kind that alprmap hands on."""
    line = [shapely.LineString([(-83.0, 40.0), (-82.99, 40.01)]), shapely.LineString([(-83.1, 40.0), (-83.0, 40.02)])]  # fmt: skip
    area = [shapely.box(-83.1, 39.9, -83.0, 40.0), shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)])]  # fmt: skip
    roads = {
        "segment_id": [0, 1], "way_id": [10, 11], "u": [1, 2], "v": [2, 3], "highway": ["primary", "residential"],
        "name": ["Main St", None], "ref": [None, "US 40"], "length_m": [120.25, 80.5], "forward": [True, False], "backward": [True, True],
    }  # fmt: skip
    watches = {
        "camera_id": ["a", "b"], "heading_deg": [90.0, math.nan], "segment_id": [0, 1], "travel": ["forward", "backward"],
        "offset_m": [10.5, 3.0], "start_m": [0.0, 1.0], "end_m": [20.0, 9.0], "range_m": [33.1, 12.0], "score": [0.75, 1.0],
        "winner": [True, False], "rule": ["W1", "W2"],
    }  # fmt: skip
    at = gpd.points_from_xy([-83.0, -83.1], [40.0, 40.1])
    return {
        "watches": gpd.GeoDataFrame(watches, geometry=at, crs=4326),
        "roads": gpd.GeoDataFrame(roads, geometry=line, crs=4326),
        "stretches": gpd.GeoDataFrame({"segment_id": [0, 1], "radius_m": [500.0, 1000.0], "name": ["Main St", "US 40"]}, geometry=line, crs=4326),
        "corridors": gpd.GeoDataFrame({"from_id": ["a", "b"], "to_id": ["b", "c"], "share": [0.25, 0.5]}, geometry=line, crs=4326),
        "zones": gpd.GeoDataFrame({"name": ["mexico:100", "canada:100"], "miles": [100.0, 25.0]}, geometry=area, crs=4326),
        "sightings": gpd.GeoDataFrame({"report_id": ["s:1", "s:2"], "source_id": ["s", "s"], "source_record": ["node/1", "node/2"], "status": ["standing", "removed"], "first_seen": ["2025-10-04", None]}, geometry=at, crs=4326),
    }  # fmt: skip


def as_text(value: Any) -> Any:
    """Return a cell as a format without types has it."""
    if value is None or value != value or value == "":
        return None
    if isinstance(value, str):
        low = value.lower()
        value = low == "true" if low in ("true", "false") else value
    if isinstance(value, pd.Timestamp):  # GDAL takes text that is a date for one
        return value.date().isoformat()
    try:
        return round(float(value), 9)
    except ValueError:
        return value


def read_back(path: Path) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return the rows of a file and their shapes, through libraries that other people use."""
    if path.suffix == ".parquet":
        frame: pd.DataFrame = gpd.read_parquet(path)
    elif path.suffix == ".csv":
        table = pd.read_csv(path, keep_default_na=False)
        frame = gpd.GeoDataFrame(
            table.drop(columns="geometry"), geometry=shapely.from_wkt(table["geometry"])
        )
    elif path.suffix == ".kmz":
        with zipfile.ZipFile(path) as archive:
            root = ET.fromstring(archive.read("doc.kml"))
        marks = list(root.iter(f"{KML}Placemark"))
        rows = [
            {d.get("name"): d.findtext(f"{KML}value") for d in m.iter(f"{KML}Data")} for m in marks
        ]
        assert list(root.iter(f"{KML}NetworkLink")) == []
        return rows, [None] * len(rows)
    else:
        frame = pyogrio.read_dataframe(path)
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    return plain.to_dict("records"), list(frame.geometry)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", town())
def test_S12_every_table_comes_back_from_every_format(
    tmp_path: Path, name: str, suffix: str
) -> None:
    table = town()[name]
    path = tmp_path / f"t{suffix}"
    store.hand_on(table, path)
    same_table(table, path)


def same_table(table: gpd.GeoDataFrame, path: Path) -> None:
    """Compare a written table, row by row, with what other programs read of it."""
    rows, shapes = read_back(path)
    key = table.columns[0]
    wanted = {as_text(r[key]): r for r in table.drop(columns="geometry").to_dict("records")}
    assert {as_text(r[key]) for r in rows} == set(wanted)
    assert len(rows) == len(table)
    for row, shape in zip(rows, shapes, strict=True):
        mine = wanted[as_text(row[key])]
        back = {k: as_text(row.get(k)) for k in mine}
        if path.suffix == ".csv":
            # what a spreadsheet would execute is led by an apostrophe there
            back = {k: as_text(store.as_written(v)) if isinstance(v, str) else v for k, v in back.items()}  # fmt: skip
        assert back == {k: as_text(v) for k, v in mine.items()}
        if shape is not None:
            own = table.geometry[table[key] == mine[key]].iloc[0]
            # a layer of areas, some of many parts, holds all as areas of many parts
            assert shapely.hausdorff_distance(shape, own) <= 1e-6


ODD = (
    "007",
    "1e5",
    "=1+1",
    "-2",
    "@x",
    "'quoted'",
    "true",
    "NA",
    "null",
    "a;b",
    "<b>&amp;",
    "{}",
    "%20",
)
"""Texts that a format may take for something else."""
texts = st.sampled_from(ODD) | words.filter(lambda t: not as_number(t))
spots = st.tuples(st.integers(-124_000_000, -67_000_000), st.integers(25_000_000, 49_000_000)).map(
    lambda at: (at[0] / 1e6, at[1] / 1e6)
)


def as_number(text: str) -> bool:
    """Tell whether a text reads as a number, `nan` and `inf` among them."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def shape_like(one: Any) -> st.SearchStrategy[Any]:
    """Draw shapes of the kind of `one`: points, lines, or areas of one part and of two."""
    if one.geom_type == "Point":
        return spots.map(shapely.Point)
    if one.geom_type == "LineString":
        return st.lists(spots, min_size=2, max_size=4, unique=True).map(shapely.LineString)
    sizes = st.lists(st.integers(1, 90).map(lambda n: n / 100), min_size=1, max_size=2)
    drawn = st.tuples(spots, sizes).map(
        lambda d: [shapely.box(d[0][0] + 2 * i, d[0][1], d[0][0] + 2 * i + s, d[0][1] + s) for i, s in enumerate(d[1])]
    )  # fmt: skip
    return drawn.map(lambda parts: parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts))


def cell_like(column: str, values: pd.Series) -> st.SearchStrategy[Any]:
    """Draw cells of the type of a column of `town`, gaps where its type has them."""
    if column in ("status", "first_seen"):
        return st.none() | (dates if column == "first_seen" else st.sampled_from(schema.STATUS))
    if values.dtype == bool:
        return st.booleans()
    if values.dtype.kind == "i":
        return st.integers(0, 2**40)
    if values.dtype.kind == "f":
        # what is written has centimeters and six figures: quarters stay what they are
        return st.just(math.nan) | st.integers(-4000, 4000).map(lambda n: n / 4)
    return st.none() | texts


@st.composite
def drawn_like(draw: Any, name: str) -> gpd.GeoDataFrame:
    """Draw a table as one of `town`: a key of its own in each row, whatever else, and shapes."""
    model = town()[name]
    n = draw(st.integers(1, 4))
    key, *rest = [str(c) for c in model.columns if c != "geometry"]
    keys = list(range(n)) if model[key].dtype.kind == "i" else [f"k{i}" for i in range(n)]
    columns = {
        c: pd.Series([draw(cell_like(c, model[c])) for _ in range(n)], dtype=model[c].dtype)
        for c in rest
    }
    shapes = [draw(shape_like(model.geometry.iloc[0])) for _ in range(n)]
    return gpd.GeoDataFrame({key: keys, **columns}, geometry=shapes, crs=4326)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", town())
@settings(IN_A_MOMENT, max_examples=8)
@given(data=st.data())
def test_S12_every_drawn_table_comes_back_from_every_format(
    tmp_path: Path, name: str, suffix: str, data: Any
) -> None:
    table = data.draw(drawn_like(name))
    path = tmp_path / f"t{suffix}"
    store.hand_on(table, path)
    same_table(table, path)
    path.unlink()


def known_twice() -> pd.DataFrame:
    """Reports of a list, of the map, of a camera that both have, and of a list without ids."""
    return pd.DataFrame({
        "report_id": ["county:7", "osm:node/3", "county:9", "osm:node/9", "town:content/x"],
        "source_id": ["county", "osm", "county", "osm", "town"], "source_record": ["7", "node/3", "9", "node/9", "content/x"],
        "lon": [-83.0, -83.1, -83.2, -83.20001, -83.3], "lat": [40.0, 40.1, 40.2, 40.2, 40.3], "located_by": "survey",
        "direction_raw": ["90", None, "45", "45", "180"], "evidence": ["record", "survey", "record", "survey", "record"],
    })  # fmt: skip


@pytest.mark.parametrize("suffix", FORMATS)
def test_M13_a_camera_keeps_its_name_through_a_file_that_is_read_and_merged_again(
    tmp_path: Path, suffix: str
) -> None:
    """`read` gave the records of a list another numbering, the file's, and so `merge` new names."""
    reports = known_twice()
    merged = merge(reports)
    names = set(merged.cameras["camera_id"])
    assert len(names) == 4
    path = tmp_path / f"mine{suffix}"
    store.hand_on(with_directions(merged.cameras, merged.views), path)
    read = sources.read(path).reports
    again = merge(read)
    at = ["camera_id", "lon", "lat", "source_record"]
    one, other = (
        m.cameras[at].sort_values("camera_id", ignore_index=True) for m in (merged, again)
    )
    pd.testing.assert_frame_equal(other[at[:3]], one[at[:3]], check_exact=False, atol=1e-6, rtol=0)
    # through a table of reports too, and beside the sources that the file was made of
    kept = tmp_path / f"reports{suffix}"
    store.hand_on(read, kept)
    assert set(merge(sources.read(kept).reports).cameras["camera_id"]) == names
    both = merge(pd.concat([read, reports], ignore_index=True))
    assert set(both.cameras["camera_id"]) == names


def test_M13_names_that_a_file_brings_are_given_once() -> None:
    """Two copies of one file of which a camera has moved, and a name of the previous merge."""
    reports = known_twice().iloc[:1]
    first = merge(reports)
    name = first.cameras["camera_id"].iloc[0]
    here = reports.assign(report_id="a:7", source_id="a", known_as=name)
    there = here.assign(report_id="b:7", source_id="b", lon=-90.0)
    two = merge(pd.concat([here, there], ignore_index=True)).cameras["camera_id"]
    assert len(set(two)) == 2
    assert name in set(two)
    # the previous merge goes first
    before = merge(here.drop(columns="known_as"))
    old = before.cameras["camera_id"].iloc[0]
    assert old != name
    assert merge(here, previous=before).cameras["camera_id"].tolist() == [old]
    # two that a file tells apart and a person calls one: the alias says where the name went
    close = pd.concat([here, here.assign(report_id="a:8", source_record="8", known_as="cam-other")])
    said = pd.DataFrame([("same", "a:7", "a:8", "me", "one pole")], columns=["verdict", "report_id", "other_id", "by", "why"])  # fmt: skip
    one = merge(close.reset_index(drop=True), decisions=said)
    assert len(one.cameras) == 1
    assert set(one.aliases["old_id"]) | set(one.cameras["camera_id"]) == {name, "cam-other"}


def license_of(path: Path) -> str:
    """Return what a file says of its license, read as other programs read it."""
    if path.suffix == ".parquet":
        return str((pq.read_schema(path).metadata or {})[b"alprmap"], "utf-8")
    if path.suffix == ".csv":
        return path.with_name(path.name + SIDECAR).read_text("utf-8")
    if path.suffix == ".geojson":
        members = json.loads(path.read_text("utf-8"))
        del members["features"]
        return json.dumps(members, ensure_ascii=False)
    if path.suffix == ".kmz":
        with zipfile.ZipFile(path) as archive:
            root = ET.fromstring(archive.read("doc.kml"))
        return root.findtext(f"{KML}Document/{KML}description") or ""
    if path.suffix == ".gpkg":
        with closing(sqlite3.connect(path)) as db:
            return str(db.execute("SELECT metadata FROM gpkg_metadata").fetchone()[0])
    return str(pyogrio.read_info(path)["layer_metadata"])


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    "name", ["cameras", *(n for n in town() if n not in ("zones", "corridors"))]
)
def test_every_file_names_its_license_its_source_and_what_a_row_is(
    tmp_path: Path, name: str, suffix: str
) -> None:
    tables = town() | {"cameras": some_cameras()}
    path = tmp_path / f"t{suffix}"
    store.hand_on(tables[name], path)
    text = license_of(path)
    assert "ODbL-1.0" in text
    assert "OpenStreetMap contributors" in text
    if name in ("cameras", "watches", "roads"):
        assert "One row:" in text
    if name == "cameras":
        assert "2025-10-04" in text


def some_cameras() -> pd.DataFrame:
    rows = {
        "camera_id": ["a"], "lon": [-83.0], "lat": [40.0], "located_by": ["survey"], "confidence": [0.5], "n_reports": [1],
        "n_sources": [1], "last_seen": ["2025-10-04"], "source_record": ["node/7"], "status": ["standing"], "device": ["alpr"],
    }  # fmt: skip
    return schema.conform(pd.DataFrame(rows), "cameras")


def test_S12_a_geopackage_of_many_layers_is_its_cameras(tmp_path: Path) -> None:
    views = pd.DataFrame(
        {"camera_id": ["a"], "heading_deg": [90.0], "width_deg": [45.0], "quality": ["range"]}
    )
    write_hand_outs(
        some_cameras(), tmp_path, title="Town", views=schema.conform(views, "views"),
        layers={"a-border": town()["zones"], "roads": town()["roads"], "watches": town()["watches"]},
    )  # fmt: skip
    read = sources.read(tmp_path / "cameras.gpkg")
    assert len(read.reports) == 1
    assert set(read.tally["skipped"]) == {"a-border", "roads", "watches", "views"}
    same_views(schema.conform(views, "views"), open_cameras(tmp_path / "cameras.gpkg").views)


@pytest.mark.parametrize("suffix", FORMATS)
def test_S12_an_edited_export_that_is_no_table_of_cameras_is_refused(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"t{suffix}"
    store.hand_on(some_cameras().assign(status="gone fishing"), path)
    with pytest.raises(Exception, match="status of table cameras holds 'gone fishing'"):
        open_cameras(path)


def test_S12_reports_of_an_export_name_the_record_and_the_direction(tmp_path: Path) -> None:
    views = pd.DataFrame(
        {"camera_id": ["a"], "heading_deg": [90.0], "width_deg": [math.nan], "quality": ["exact"]}
    )
    path = tmp_path / "mine.geojson"
    store.hand_on(with_directions(some_cameras(), views), path)
    report = sources.read(path).reports.iloc[0]
    assert report["report_id"] == "mine:node/7"
    assert report["direction_raw"] == "90"
    assert (report["status"], report["device"]) == ("standing", "alpr")
    assert report["evidence"] == "second-hand"
