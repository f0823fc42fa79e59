"""S2: what is read from which format; docs/formats.md is this table, and each cell of it a test."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from alprmap import sources

PLACE = (-82.99881, 39.96124)
GRID = "EPSG:3735"
"""Ohio State Plane South, US survey feet."""
FEET = Transformer.from_crs(4326, GRID, always_xy=True).transform(*PLACE)
WORDS = {
    "Agency": "Alderton Police Department", "Direction": "90", "Install Date": "2024-03-02",
    "Status": "Planned", "Device Type": "ALPR", "Quantity": 2,
}  # fmt: skip
TAGS = {
    "planned:man_made": "surveillance", "surveillance:type": "ALPR", "direction": "90",
    "operator": "Alderton Police Department", "start_date": "2024-03-02",
}  # fmt: skip
DOC = Path(__file__).parents[2] / "docs" / "formats.md"


def _geo(system: bool) -> gpd.GeoDataFrame:
    at, crs = (FEET, GRID) if system else (PLACE, "EPSG:4326")
    return gpd.GeoDataFrame(pd.DataFrame([WORDS]), geometry=[shapely.Point(at)], crs=crs)


def geojson(path: Path, system: bool) -> None:
    at = FEET if system else PLACE
    shape = {"type": "Point", "coordinates": list(at)}
    whole: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": shape, "properties": WORDS}],
    }
    if system:
        whole["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3735"}}
    path.write_text(json.dumps(whole), encoding="utf-8")


def esri(path: Path, system: bool) -> None:
    at, wkid = (FEET, 3735) if system else (PLACE, 4326)
    feature = {"attributes": WORDS, "geometry": {"x": at[0], "y": at[1]}}
    whole = {"spatialReference": {"wkid": wkid}, "features": [feature]}
    path.write_text(json.dumps(whole), encoding="utf-8")


def records(path: Path, system: bool) -> None:
    row = {**WORDS, "location": {"longitude": PLACE[0], "latitude": PLACE[1]}}
    if system:
        row = {**WORDS, "geom": f"SRID=3735;POINT ({FEET[0]} {FEET[1]})"}
    path.write_text(json.dumps({"result": {"records": [row]}}), encoding="utf-8")


def table(system: bool) -> pd.DataFrame:
    if system:
        return pd.DataFrame([{**WORDS, "geom": f"SRID=3735;POINT ({FEET[0]} {FEET[1]})"}])
    return pd.DataFrame([{**WORDS, "Longitude": PLACE[0], "Latitude": PLACE[1]}])


def kml(path: Path, system: bool) -> None:
    data = "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in WORDS.items())
    path.write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>a</name>'
        f"<ExtendedData>{data}</ExtendedData><Point><coordinates>{PLACE[0]},{PLACE[1]}"
        "</coordinates></Point></Placemark></Document></kml>",
        encoding="utf-8",
    )


def osm(path: Path, system: bool) -> None:
    tags = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in TAGS.items())
    node = f'<node id="1" lat="{PLACE[1]}" lon="{PLACE[0]}" version="1">{tags}</node>'
    path.write_text(f'<osm version="0.6">{node}</osm>', encoding="utf-8")


def overpass(path: Path, system: bool) -> None:
    node = {"type": "node", "id": 1, "lat": PLACE[1], "lon": PLACE[0], "tags": TAGS}
    path.write_text(json.dumps({"version": 0.6, "elements": [node]}), encoding="utf-8")


def overpass_csv(path: Path, system: bool) -> None:
    head = ["@type", "@id", "@lat", "@lon", *TAGS]
    cells = ["node", 1, PLACE[1], PLACE[0], *TAGS.values()]
    path.write_text("\t".join(head) + "\n" + "\t".join(map(str, cells)) + "\n", encoding="utf-8")


WRITERS: dict[str, tuple[str, Callable[[Path, bool], Any]]] = {
    "GeoJSON": ("a.geojson", geojson),
    "Esri JSON": ("a.json", esri),
    "JSON records": ("a.json", records),
    "CSV": ("a.csv", lambda p, s: table(s).to_csv(p, index=False)),
    "TSV": ("a.tsv", lambda p, s: table(s).to_csv(p, index=False, sep="\t")),
    "XLSX": ("a.xlsx", lambda p, s: table(s).to_excel(p, index=False)),
    "Parquet": ("a.parquet", lambda p, s: table(s).to_parquet(p)),
    "GeoParquet": ("a.parquet", lambda p, s: _geo(s).to_parquet(p)),
    "GeoPackage": ("a.gpkg", lambda p, s: _geo(s).to_file(p, driver="GPKG")),
    "FlatGeobuf": ("a.fgb", lambda p, s: _geo(s).to_file(p, driver="FlatGeobuf")),
    "Shapefile": ("a.shp", lambda p, s: _geo(s).rename(columns=lambda c: c[:10]).to_file(p)),
    "KML": ("a.kml", kml),
    "OSM XML": ("a.osm", osm),
    "Overpass JSON": ("a.json", overpass),
    "Overpass CSV": ("a.csv", overpass_csv),
}
NONE = {(n, "system") for n in ("KML", "OSM XML", "Overpass JSON", "Overpass CSV")} | {
    (n, "quantity") for n in ("OSM XML", "Overpass JSON", "Overpass CSV")
}
"""What a format cannot say: KML and OSM are in degrees, an OSM object is one device."""
FIELDS: dict[str, Callable[[pd.Series], bool]] = {
    "position": lambda r: abs(r["lon"] - PLACE[0]) < 1e-6 and abs(r["lat"] - PLACE[1]) < 1e-6,
    "direction": lambda r: r["direction_raw"] == "90",
    "date": lambda r: r["first_seen"] == "2024-03-02",
    "status": lambda r: r["status"] == "planned",
    "device": lambda r: r["device"] == "alpr",
    "operator": lambda r: r["operator"] == "Alderton Police Department",
    "quantity": lambda r: "names 2 cameras here" in str(r["note"]),
    "system": lambda r: abs(r["lon"] - PLACE[0]) < 1e-6 and abs(r["lat"] - PLACE[1]) < 1e-6,
}
CELLS = [(f, field) for f in WRITERS for field in FIELDS if (f, field) not in NONE]


@pytest.mark.parametrize(("name", "field"), CELLS, ids=[f"{n}-{f}" for n, f in CELLS])
def test_S2_a_field_of_a_format(tmp_path: Path, name: str, field: str) -> None:
    file, write = WRITERS[name]
    write(tmp_path / file, field == "system")
    found = sources.read(tmp_path / file)
    assert len(found.reports) == (1 if (name, "quantity") in NONE else 2)
    assert FIELDS[field](found.reports.iloc[0])


def test_S2_the_table_of_formats_names_every_test() -> None:
    lines = [line for line in DOC.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    heads = [c.strip() for c in lines[0].strip("|").split("|")]
    assert heads[1:] == list(FIELDS)
    named = set()
    for line in lines[2:]:
        cells = [c.strip() for c in line.strip("|").split("|")]
        for field, cell in zip(heads[1:], cells[1:], strict=True):
            if cell != "–":
                assert re.fullmatch(r"`\[[\w ]+-\w+\]`", cell)
                assert cell == f"`[{cells[0]}-{field}]`"
                named.add((cells[0], field))
    assert named == set(CELLS)
