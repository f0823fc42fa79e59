"""Hand-outs: the same cameras for a GIS, a globe, a script and a spreadsheet, with licences and
sources.

GeoPackage with QGIS styles inside, KMZ, GeoJSON, CSV that a spreadsheet does not execute,
datapackage.json. Every file is written beside its target, read back, and only then renamed over it:
some writers report success on a full disk.
"""

from __future__ import annotations

import errno
import html
import json
import re
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from alprmap import geo, schema
from alprmap.publish.exports import gpkg_whole, styles
from alprmap.publish.map.data import Source
from alprmap.store import (
    COORDINATE_DIGITS,
    refuse_damaged_zip,
    replacing,
    safe_cells,
    sha256,
    standing,
    together,
    with_points,
    write_bytes,
    write_json,
    write_table,
)

WEDGE_M = 60.0
"""Length of a wedge drawn for a view, metres: within the 30 to 100 m that other projects assume."""
WEDGE_DEG = 30.0
"""Width of a wedge whose opening is not tagged."""
HAND_OUTS = ("cameras.csv", "cameras.geojson", "cameras.gpkg", "cameras.kmz", "datapackage.json")
"""What `write_hand_outs` makes, the last one of the others."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EPOCH = "2000-01-01T00:00:00.000Z"
"""Time stamp put into containers that want one, so that the same input gives the same bytes."""
ODBL = {
    "name": "ODbL-1.0",
    "title": "Open Data Commons Open Database License 1.0",
    "path": "https://opendatacommons.org/licenses/odbl/1-0/",
}
ODBL_NOTICE = (
    "Contains information from OpenStreetMap, made available under the Open Database License (ODbL)"
    " 1.0; © OpenStreetMap contributors. A database made from it must be offered under the same"
    " licence."
)


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
    folder = Path(folder)
    located = cameras.dropna(subset=["lon", "lat"]).sort_values(
        "camera_id", kind="stable", ignore_index=True
    )
    *paths, package = (folder / name for name in HAND_OUTS)
    with together(folder):
        csv_for_spreadsheets(cameras.sort_values("camera_id", kind="stable"), paths[0])
        write_table(located, paths[1])
        shapes = dict(layers or {})
        if views is not None:
            shapes = {"views": wedges(located, views), **shapes}
        said = ["FICTIONAL EXAMPLE: none of this exists.", *notices] if fictional else notices
        geopackage(
            {"cameras": with_points(located), **shapes}, paths[2], about=_about(sources, said)
        )
        kmz(located, paths[3], title=title, fictional=fictional)
        write_json(package, datapackage(paths, cameras, title=title, sources=sources, notices=said))
    return [*paths, package]


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


def wedges(cameras: pd.DataFrame, views: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return one polygon for each view with a heading: `camera_id`, `heading_deg`, `width_deg`,
    `quality`."""
    at = cameras.set_index("camera_id")[["lon", "lat"]]
    known = views[views["heading_deg"].notna() & views["camera_id"].isin(at.index)]
    known = known.sort_values(["camera_id", "heading_deg"], kind="stable", ignore_index=True)
    place = at.loc[known["camera_id"]].to_numpy()
    width = known["width_deg"].fillna(WEDGE_DEG).to_numpy()
    steps = np.linspace(-0.5, 0.5, 13)
    heading = known["heading_deg"].to_numpy()[:, None] + width[:, None] * steps[None, :]
    lon, lat = geo.destination(place[:, :1], place[:, 1:], heading, WEDGE_M)
    ring = np.concatenate(
        [place[:, None, :], np.stack([lon, lat], axis=-1), place[:, None, :]], axis=1
    )
    columns = ["camera_id", "heading_deg", "width_deg", "quality"]
    return gpd.GeoDataFrame(known[columns], geometry=shapely.polygons(ring), crs="EPSG:4326")


def geopackage(layers: Mapping[str, gpd.GeoDataFrame], path: Path, *, about: str = "") -> None:
    """Write layers into one GeoPackage with a QGIS style for each, and look whether all is there.

    `about` (limits, sources, licences) becomes the description of each layer, for files handed on
    alone.

    Raises
    ------
    StorageError
        When the disk refuses, or the file that was written lacks a row, an index or anything else.
    """
    with replacing(Path(path)) as scratch:
        scratch.unlink()
        try:
            _write_layers(layers, scratch, about)
        except (
            RuntimeError,
            sqlite3.Error,
            pyogrio.errors.DataSourceError,
            pyogrio.errors.DataLayerError,
        ) as error:
            # GDAL has its own errors for a full disk; an OSError becomes the StorageError of
            # `replacing`
            raise OSError(
                errno.EIO, f"the GeoPackage could not be written ({str(error)[:100]})"
            ) from error
        finally:
            for beside in ("-journal", "-wal", "-shm"):
                scratch.with_name(scratch.name + beside).unlink(missing_ok=True)


def _write_layers(layers: Mapping[str, gpd.GeoDataFrame], path: Path, about: str) -> None:
    plain = {name: _plain_columns(frame) for name, frame in layers.items()}
    for name, frame in plain.items():
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=path.exists())
    _finish(path, layers, about)
    gpkg_whole.check(path, plain)


def _plain_columns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame whose column names a GeoPackage takes: none twice regardless of case, none
    reserved."""
    names: dict[str, str] = {}
    taken = {"fid", "geom"}
    for column in frame.columns:
        name = str(column).replace("\x00", "")
        if column == frame.geometry.name:
            continue
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        names[column] = name
    out = frame.rename(columns=names)
    for name in names.values():
        if out[name].dtype.kind == "O" or str(out[name].dtype) == "str":
            # SQLite ends text at NUL
            out[name] = out[name].map(
                lambda v: str(v).replace("\x00", "\ufffd"), na_action="ignore"
            )
    return out


def _finish(path: Path, layers: Mapping[str, gpd.GeoDataFrame], about: str) -> None:
    """Put the styles in, and a fixed time stamp, so that the same input gives the same bytes."""
    db = sqlite3.connect(path)
    try:
        with db:
            db.execute(
                "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, f_table_catalog TEXT,"
                " f_table_schema TEXT, f_table_name TEXT, f_geometry_column TEXT, styleName TEXT,"
                " styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT,"
                " ui TEXT, update_time DATETIME)"
            )
            for name, frame in layers.items():
                qml = styles.qml(frame, name)
                db.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
                    " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description,"
                    " owner, update_time) VALUES ('', '', ?, 'geom', 'alprmap', ?, '', 1, 'made by"
                    " alprmap', '', ?)",
                    (name, qml, _EPOCH),
                )
            db.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
                "VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
                (_EPOCH,),
            )
            db.execute("UPDATE gpkg_contents SET last_change = ?", (_EPOCH,))
            said = about.replace("\x00", "\ufffd")
            db.execute(
                "UPDATE gpkg_contents SET description = ? WHERE data_type = 'features'", (said,)
            )
        db.execute("VACUUM")
    finally:
        db.close()


def kmz(cameras: pd.DataFrame, path: Path, *, title: str, fictional: bool = False) -> None:
    """Write cameras as KMZ for globes; text is shown as text, never as HTML."""
    ET.register_namespace("", "http://www.opengis.net/kml/2.2")
    root = ET.Element("{http://www.opengis.net/kml/2.2}kml")
    document = _sub(root, "Document")
    _sub(document, "name", f"{'FICTIONAL: ' if fictional else ''}{title}")
    for kind, look in styles.KINDS.items():
        style = _sub(document, "Style")
        style.set("id", _style_id(kind))
        icon = _sub(style, "IconStyle")
        _sub(icon, "color", styles.kml_colour(look.colour))
        _sub(icon, "scale", "0.8")
        _sub(_sub(style, "LabelStyle"), "scale", "0")
    words = [c for c in cameras.columns if c not in ("camera_id", "lon", "lat", "geometry")]
    for row in cameras.to_dict("records"):
        mark = _sub(document, "Placemark")
        operator = row.get("operator")
        _sub(mark, "name", str(operator) if pd.notna(operator) else str(row["camera_id"]))
        facts = [f"camera_id: {row['camera_id']}"]
        facts += [f"{w}: {row[w]}" for w in words if pd.notna(row[w])]
        # globes read a description as HTML, so the text is escaped once more than XML needs
        _sub(mark, "description", "<br>".join(html.escape(_xml(f)) for f in facts))
        _sub(mark, "styleUrl", f"#{_style_id(str(row.get('operator_kind')))}")
        _sub(_sub(mark, "Point"), "coordinates", f"{row['lon']:.6f},{row['lat']:.6f}")
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    with replacing(Path(path)) as scratch:
        with zipfile.ZipFile(scratch, "w") as archive:
            entry = zipfile.ZipInfo("doc.kml", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, body)
        refuse_damaged_zip(scratch)


def _style_id(kind: str) -> str:
    return "kind-" + re.sub(r"[^a-z]", "-", kind.lower() if kind in styles.KINDS else "unknown")


def _sub(parent: ET.Element, tag: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, f"{{http://www.opengis.net/kml/2.2}}{tag}")
    if text is not None:
        child.text = _xml(text)
    return child


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _is_odbl(sources: Sequence[Source]) -> bool:
    return any("odbl" in s.licence.lower() or "openstreetmap" in s.name.lower() for s in sources)


def _about(sources: Sequence[Source], notices: Sequence[str]) -> str:
    """Return what a file must say of itself wherever it goes: its limits, its sources and their
    licences."""
    named = [", ".join(t for t in (s.name, s.date, s.licence) if t) for s in sources]
    parts = [
        "Cameras as mapped; absence of a row is not absence of a camera.",
        *[ODBL_NOTICE] * _is_odbl(sources),
    ]
    return " ".join([*parts, *notices, *(["Sources: " + "; ".join(named) + "."] if named else [])])


def datapackage(
    paths: Sequence[Path],
    cameras: pd.DataFrame,
    *,
    title: str,
    sources: Sequence[Source] = (),
    notices: Sequence[str] = (),
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
        "description": _about(sources, notices),
        "sources": [
            {"title": s.name, "path": s.url, "date": s.date, "licence": s.licence} for s in sources
        ],
        "resources": resources,
    }
    if _is_odbl(sources):
        package["licenses"] = [ODBL]
    return json.loads(json.dumps(package))  # type: ignore[no-any-return]
