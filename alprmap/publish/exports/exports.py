"""Hand-outs: the same cameras for a GIS, a globe, a script and a spreadsheet, with licenses and
sources.

GeoPackage with QGIS styles inside, KMZ, GeoJSON, CSV that a spreadsheet does not execute,
datapackage.json. Every file is written beside its target, read back, and only then renamed over it:
some writers report success on a full disk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from alprmap import schema, steps
from alprmap.credits import (
    FICTIONAL,
    ODBL_NAME,
    ODBL_NOTICE,
    ODBL_TITLE,
    ODBL_URL,
    OSM_CREDIT,
    SIDECAR,
    Credits,
    credits_of,
)
from alprmap.publish.exports import styles
from alprmap.publish.exports.layers import of_one_type, row_of, wedges
from alprmap.publish.exports.qml import qml
from alprmap.publish.map.data import Source
from alprmap.store import (
    COORDINATE_DIGITS,
    Marks,
    replacing,
    safe_cells,
    sha256,
    standing,
    together,
    with_points,
    write_bytes,
    write_json,
    write_kmz,
    write_layers,
    write_table,
    write_text,
)
from alprmap.text import out_of

HAND_OUTS = (
    "cameras.csv",
    "cameras.geojson",
    "cameras.gpkg",
    "cameras.kmz",
    f"cameras.csv{SIDECAR}",
    "datapackage.json",
    "README.txt",
)
"""What `write_hand_outs` makes; the last two are about the others."""


def write_hand_outs(
    cameras: pd.DataFrame,
    folder: Path,
    *,
    title: str,
    views: pd.DataFrame | None = None,
    layers: Mapping[str, gpd.GeoDataFrame] | None = None,
    sources: Sequence[Source] = (),
    notices: Sequence[str] = (),
    fictional: bool = False,
) -> list[Path]:
    """Write all hand-outs of a table of cameras into `folder` and return their paths.

    Each form of the cameras holds their views too, in `direction` and `direction_quality`, and what
    it owes its sources; reading any of them back gives the same cameras.

    Parameters
    ----------
    cameras, views
        The tables of those names; further columns go along.
    layers
        Name → lines or areas that go into the GeoPackage too.
    title, sources, notices, fictional
        What datapackage.json and the containers say about the data.

    Raises
    ------
    StorageError
        When the disk refuses; existing files are unchanged.
    BusyError
        When another run writes there.
    """
    from alprmap.merge import with_directions

    folder = Path(folder)
    whole = cameras.sort_values("camera_id", kind="stable", ignore_index=True)
    if views is not None:
        whole = with_directions(whole, views)
    located = whole.dropna(subset=["lon", "lat"]).reset_index(drop=True)
    said = [FICTIONAL, *notices] if fictional else list(notices)
    named = f"{'FICTIONAL: ' if fictional else ''}{title}"
    credit = credited(credits_of(whole, named), sources, said)
    csv, geojson, gpkg, kmz_file, sidecar, package, readme = (folder / n for n in HAND_OUTS)
    shapes = {name: of_one_type(frame) for name, frame in (layers or {}).items()}
    if views is not None:
        shapes = {"views": wedges(located, views), **shapes}
    shapes = {"cameras": with_points(located), **shapes}
    part = steps.course("hand-outs", 5)
    with together(folder):
        csv_for_spreadsheets(whole, csv)
        part()
        write_json(sidecar, credit.csvw(csv.name, map(str, whole.columns)))
        write_table(located, geojson, credit=credit)
        part()
        geopackage(shapes, gpkg, {name: _of_layer(credit, name, f) for name, f in shapes.items()})
        part()
        kmz(located, kmz_file, credit)
        part()
        paths = [csv, geojson, gpkg, kmz_file]
        about = datapackage(paths, whole, title=title, credit=credit, sources=sources)
        write_json(package, about)
        counts = {name: len(frame) for name, frame in shapes.items()}
        write_text(readme, readme_text(title, len(whole), counts, credit))
        part()
    return [*paths, sidecar, package, readme]


def readme_text(title: str, cameras: int, layers: Mapping[str, int], credit: Credits) -> str:
    """Return what is in the folder, for whoever opens it: files, layers with their rows, license.

    Parameters
    ----------
    title, cameras
        What it is about, and how many cameras there are, with a position or without.
    layers
        Name → rows of the layers of the GeoPackage.
    credit
        License, date and notices of all of it.
    """
    without = cameras - layers.get("cameras", cameras)
    files = {
        "cameras.gpkg": "GeoPackage 1.2 for QGIS, ArcGIS and databases: every layer below, styled",
        "cameras.kmz": "for Google Earth and other globes: the cameras by who runs them",
        "cameras.geojson": "for web maps and scripts: the cameras",
        "cameras.csv": "for Excel and other spreadsheets: the cameras, UTF-8",
        f"cameras.csv{SIDECAR}": "license, date and columns of the CSV (CSV on the Web)",
        "datapackage.json": "columns with their meaning, sources, SHA-256 of each file",
    }
    width = max(map(len, files))
    lines = [credit.title or title, "", "FILES", ""]
    lines += [f"  {name.ljust(width)}  {what}" for name, what in files.items()]
    if without:
        lines += [
            "",
            f"  {out_of(without, cameras, 'camera', 'has', 'have')} no position: see the CSV.",
        ]
    lines += ["", "LAYERS OF cameras.gpkg", ""]
    width = max(map(len, layers))
    for name, rows in layers.items():
        lines.append(f"  {name.ljust(width)}  {rows:>9,} rows; a row is {row_of(name) or name}")
    lines += [
        "",
        "In QGIS: drag cameras.gpkg into the map and choose layers; each opens with its style.",
        "Positions are longitude and latitude (EPSG:4326), lengths in meters (names in _m).",
        "",
        "LICENSE AND SOURCES",
        "",
    ]
    told = [f"{name.replace('_', ' ')}: {text}" for name, text in credit.members().items()]
    return "\n".join([*lines, *(f"  {text}" for text in told), ""])


def credited(credit: Credits, sources: Sequence[Source], notices: Sequence[str]) -> Credits:
    """Return the credits of a table with what is known of its sources beside what its rows say."""
    named = [", ".join(t for t in (s.name, s.date, s.license) if t) for s in sources]
    osm = credit.license == ODBL_NAME or _is_odbl(sources)
    lines = dict.fromkeys([*[OSM_CREDIT] * osm, *(s.credit for s in sources if s.credit)])
    notes = dict.fromkeys([*credit.notices, *[ODBL_NOTICE] * osm, *notices])
    sourced = f"Sources: {'; '.join(named)}" if named else ""
    return replace(
        credit,
        license=ODBL_NAME if osm else "; ".join(_licenses(sources)) or credit.license,
        attribution="; ".join([*lines, *[sourced] * bool(sourced)]) or credit.attribution,
        notices=tuple(notes),
    )


def _licenses(sources: Sequence[Source]) -> list[str]:
    return list(dict.fromkeys(s.license for s in sources if s.license))


def _of_layer(credit: Credits, name: str, frame: gpd.GeoDataFrame) -> Credits:
    """Return what a layer says of itself: as the cameras, but what a row of its own is."""
    row = row_of(name)
    known = credits_of(frame).definition
    return replace(credit, definition=known or (f"One row: {row}." if row else ""))


def csv_for_spreadsheets(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame` as CSV for spreadsheets: UTF-8 with a byte-order mark, no text that is read as
    a formula."""
    out = safe_cells(
        pd.DataFrame({c: frame[c] for c in frame.columns if str(frame[c].dtype) != "geometry"})
    )
    for name in ("lon", "lat"):
        if name in out.columns:
            out[name] = out[name].round(COORDINATE_DIGITS)
    write_bytes(path, out.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig"))


def geopackage(
    layers: Mapping[str, gpd.GeoDataFrame], path: Path, credit: Mapping[str, Credits]
) -> None:
    """Write layers into one GeoPackage 1.2 with a QGIS style for each, and look whether all is
    there; `credit` says what each layer is, for files handed on alone.

    Raises
    ------
    StorageError
        When the disk refuses, or the file that was written lacks a row, an index or anything else.
    """
    drawn = {name: qml(frame, name) for name, frame in layers.items()}
    with replacing(Path(path)) as scratch:
        write_layers(layers, scratch, credit, drawn)


def kmz(cameras: pd.DataFrame, path: Path, credit: Credits) -> None:
    """Write cameras as KMZ for globes, in folders by who runs them; text is shown as text, never as
    HTML.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    looks = {_style_id(k): styles.kml_color(look.color) for k, look in styles.KINDS.items()}
    marks = Marks(
        looks,
        style_of=lambda row: _style_id(str(row.get("operator_kind"))),
        name_of=lambda row: str(row.get("operator", row["camera_id"])),
        folder_of=lambda row: str(row.get("operator_kind", "unknown")),
    )
    with replacing(Path(path)) as scratch:
        write_kmz(with_points(cameras), scratch, credit, marks)


def _style_id(kind: str) -> str:
    return "kind-" + re.sub(r"[^a-z]", "-", kind.lower() if kind in styles.KINDS else "unknown")


def _is_odbl(sources: Sequence[Source]) -> bool:
    return any("odbl" in s.license.lower() or "openstreetmap" in s.name.lower() for s in sources)


def datapackage(
    paths: Sequence[Path],
    cameras: pd.DataFrame,
    *,
    title: str,
    credit: Credits,
    sources: Sequence[Source] = (),
) -> dict[str, Any]:
    """Return the descriptor of the hand-outs as the Data Package standard has it
    (specs.frictionlessdata.io)."""
    kinds = {"str": "string", "float64": "number", "int64": "integer", "bool": "boolean"}
    known = {c.name: c for c in schema.CAMERAS.columns}
    fields: list[dict[str, Any]] = []
    for name in cameras.columns:
        column = known.get(str(name))
        field: dict[str, Any] = {
            "name": str(name),
            "type": kinds.get(str(cameras[name].dtype), "string"),
        }
        if column is not None:
            field["description"] = column.doc
            if column.words:
                field["constraints"] = {"enum": list(column.words)}
        fields.append(field)
    mediatypes = {
        ".csv": "text/csv",
        ".geojson": "application/geo+json",
        ".gpkg": "application/geopackage+sqlite3",
        ".kmz": "application/vnd.google-earth.kmz",
    }
    resources: list[dict[str, Any]] = []
    for path in paths:
        resource: dict[str, Any] = {
            "name": f"{path.stem}-{path.suffix[1:]}".lower(),
            "path": path.name,
            "format": path.suffix[1:],
            "mediatype": mediatypes[path.suffix],
            "bytes": standing(path).stat().st_size,
            "hash": f"sha256:{sha256(standing(path))}",
        }
        if path.suffix == ".csv":
            resource |= {
                "encoding": "utf-8",
                "schema": {"fields": fields, "primaryKey": ["camera_id"]},
            }
        resources.append(resource)
    package: dict[str, Any] = {
        "name": re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "cameras",
        "title": title,
        "description": credit.text(),
        "sources": [
            {"title": s.name, "path": s.url, "date": s.date, "license": s.license} for s in sources
        ],
        "resources": resources,
    }
    if credit.license == ODBL_NAME:
        package["licenses"] = [{"name": ODBL_NAME, "title": ODBL_TITLE, "path": ODBL_URL}]
    return json.loads(json.dumps(package))  # type: ignore[no-any-return]
