"""A table as the file of a map program: GeoPackage, FlatGeobuf, KMZ.

Used by `alprmap.store`, which makes the writes atomic; call `store.write_table`, not this.
"""

from __future__ import annotations

import errno
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from alprmap.credits import FICTIONAL, Credits
from alprmap.errors import reason
from alprmap.store import gpkg_whole
from alprmap.store.written import layer_rows, refuse_damaged_zip

EPOCH = "2000-01-01T00:00:00.000Z"
"""Time stamp put into containers that want one, so that the same input gives the same bytes."""
GPKG_VERSION = "1.2"
"""What GIS programs of 2018 and later open (QGIS 3, ArcGIS 10.6)."""
_UNSYNCED = {"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_SQLITE_JOURNAL": "MEMORY"}
"""A file that is not in place yet is flushed once, when it is whole, not at every layer."""
UNIX = 3
"""The system that a member of a zip names as its maker, where its rights are those of Unix
(APPNOTE 4.4.2)."""
KML = "http://www.opengis.net/kml/2.2"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_layers(
    layers: Mapping[str, gpd.GeoDataFrame],
    path: Path,
    credit: Mapping[str, Credits],
    styles: Mapping[str, str] | None = None,
) -> None:
    """Write layers into one GeoPackage 1.2, each with its credits and, where given, a QGIS style.

    Raises
    ------
    OSError
        When the disk refuses, or the file lacks a row, an index or anything else of it.
    """
    path.unlink(missing_ok=True)
    plain = {name: plain_columns(frame) for name, frame in layers.items()}
    kinds = {name: geometry_type(frame) for name, frame in plain.items()}
    before = {name: pyogrio.get_gdal_config_option(name) for name in _UNSYNCED}
    pyogrio.set_gdal_config_options(_UNSYNCED)
    try:
        for name, frame in plain.items():
            pyogrio.write_dataframe(
                frame,
                path,
                layer=name,
                driver="GPKG",
                append=path.exists(),
                geometry_type=kinds[name],
                dataset_options={} if path.exists() else {"VERSION": GPKG_VERSION},
                layer_metadata={k.upper(): v for k, v in credit[name].members().items()},
            )
        _finish(path, credit, styles or {})
        gpkg_whole.check(path, plain, kinds, GPKG_VERSION)
    except (
        RuntimeError,
        sqlite3.Error,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
    ) as error:
        # GDAL has its own errors for a full disk
        what = f"the GeoPackage could not be written ({reason(error)})"
        raise OSError(errno.EIO, what) from error
    finally:
        pyogrio.set_gdal_config_options(before)
        for beside in ("-journal", "-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)


def geometry_type(frame: gpd.GeoDataFrame) -> str:
    """Return the type of geometry a layer declares: the one all shapes have, that of many parts
    where some are of one and some of many, else any."""
    kinds = set(frame.geometry.dropna().geom_type)
    if len(kinds) == 1:
        return str(kinds.pop())
    parts = {kind.removeprefix("Multi") for kind in kinds}
    if len(parts) == 1 and "LinearRing" not in parts:
        return f"Multi{parts.pop()}"
    # of what has no row, only positions in numbers tell what it would have
    return "Unknown" if kinds or not {"lon", "lat"} <= set(frame.columns) else "Point"


def plain_columns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
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
            # SQLite ends text at NUL; a column of missing values alone is a column of text still
            text = out[name].map(lambda v: str(v).replace("\x00", "\ufffd"), na_action="ignore")
            out[name] = text.astype("str")
    return out


def _finish(path: Path, credit: Mapping[str, Credits], styles: Mapping[str, str]) -> None:
    """Put the styles in, and a fixed time stamp, so that the same input gives the same bytes."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA journal_mode = MEMORY")
        with db:
            if styles:
                _put_styles(db, styles)
            db.execute("UPDATE gpkg_contents SET last_change = ?", (EPOCH,))
            db.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (EPOCH,))
            for name, about in credit.items():
                db.execute(
                    "UPDATE gpkg_contents SET description = ? WHERE table_name = ?",
                    (about.text(), name),
                )
        db.execute("VACUUM")
    _count_no_changes(path)


def _count_no_changes(path: Path) -> None:
    """Set the counters of changes in the header to 1: how many commits GDAL makes depends on when
    it is asked (https://www.sqlite.org/fileformat.html: bytes 24 to 27, repeated at 92)."""
    with path.open("r+b") as file:
        for at in (24, 92):
            file.seek(at)
            file.write(b"\x00\x00\x00\x01")


def _put_styles(db: sqlite3.Connection, styles: Mapping[str, str]) -> None:
    db.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, f_table_catalog TEXT,"
        " f_table_schema TEXT, f_table_name TEXT, f_geometry_column TEXT, styleName TEXT,"
        " styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT,"
        " ui TEXT, update_time DATETIME)"
    )
    for name, qml in styles.items():
        db.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description,"
            " owner, update_time) VALUES ('', '', ?, 'geom', 'alprmap', ?, '', 1, 'made by"
            " alprmap', '', ?)",
            (name, qml, EPOCH),
        )
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
        (EPOCH,),
    )


def write_flatgeobuf(frame: gpd.GeoDataFrame, path: Path, credit: Credits) -> None:
    """Write one layer as FlatGeobuf, with its spatial index where every row has a shape.

    Raises
    ------
    OSError
        When the disk refuses.
    """
    path.unlink(missing_ok=True)
    plain = plain_columns(frame)
    whole = len(plain) > 0 and bool((plain.geometry.notna() & ~plain.geometry.is_empty).all())
    try:
        pyogrio.write_dataframe(
            plain,
            path,
            layer=credit.title or "table",  # by itself it would be the name of the temporary file
            driver="FlatGeobuf",
            geometry_type=geometry_type(plain),
            layer_options={
                "SPATIAL_INDEX": "YES" if whole else "NO",
                "TITLE": credit.title,
                "DESCRIPTION": credit.text(),
            },
        )
        rows = layer_rows(path)
    except (RuntimeError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        what = f"the FlatGeobuf could not be written ({reason(error)})"
        raise OSError(errno.EIO, what) from error
    if rows != len(plain):
        raise OSError(errno.EIO, f"{rows} of {len(plain)} rows read back")


@dataclass(frozen=True, slots=True)
class Marks:
    """How the rows of a KML look: `styles` id → hex color (KML order), `style_of` a row's id,
    `name_of` what a row is called, `folder_of` the folder it lies in."""

    styles: Mapping[str, str] = field(default_factory=dict)
    style_of: Callable[[Mapping[str, Any]], str] = lambda row: ""
    name_of: Callable[[Mapping[str, Any]], str] = lambda row: ""
    folder_of: Callable[[Mapping[str, Any]], str] = lambda row: ""


def write_kmz(
    frame: gpd.GeoDataFrame, path: Path, credit: Credits, marks: Marks | None = None
) -> None:
    """Write one layer as KMZ for globes; every column is a field of its mark, text stays text.

    Raises
    ------
    OSError
        When the disk refuses.
    """
    marks = marks or Marks()
    ET.register_namespace("", KML)
    root = ET.Element(f"{{{KML}}}kml")
    document = _sub(root, "Document")
    _sub(document, "name", credit.title or "alprmap")
    # globes read a description as HTML, so the text is escaped once more than XML needs
    _sub(document, "description", escape(credit.text()))
    extended = _sub(document, "ExtendedData")
    for name, text in credit.members().items():
        _datum(extended, name, text)
    for name, color in marks.styles.items():
        style = _sub(document, "Style")
        style.set("id", name)
        icon = _sub(style, "IconStyle")
        _sub(icon, "color", color)
        _sub(icon, "scale", "0.8")
        _sub(_sub(style, "LabelStyle"), "scale", "0")
    folders: dict[str, ET.Element] = {}
    for row, shape in _rows(frame):
        label = marks.folder_of(row)
        if label and label not in folders:
            folders[label] = _sub(document, "Folder")
            _sub(folders[label], "name", label)
        _mark(folders[label] if label else document, row, shape, marks)
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("doc.kml", date_time=(1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        # ZipInfo would name the system it is made on, and the same map have two hashes
        entry.create_system, entry.external_attr = UNIX, 0o644 << 16
        archive.writestr(entry, body)
        if FICTIONAL in credit.text():
            # to be seen without unpacking
            archive.comment = FICTIONAL.encode()
    refuse_damaged_zip(path)


def _rows(frame: gpd.GeoDataFrame) -> Iterator[tuple[dict[str, Any], Any]]:
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    names = [str(c) for c in plain.columns]
    columns = [plain.iloc[:, i].tolist() for i in range(len(names))]
    missing = [plain.iloc[:, i].isna().tolist() for i in range(len(names))]
    for i, shape in enumerate(frame.geometry.to_numpy()):
        cells = zip(names, columns, missing, strict=True)
        yield {n: values[i] for n, values, gone in cells if not gone[i]}, shape


def _mark(parent: ET.Element, row: Mapping[str, Any], shape: Any, marks: Marks) -> None:
    mark = _sub(parent, "Placemark")
    first = next(iter(row.values()), "")
    _sub(mark, "name", marks.name_of(row) or str(first))
    if style := marks.style_of(row):
        _sub(mark, "styleUrl", f"#{style}")
    # a globe shows the description where there is one, and reads it as HTML: escaped once more than
    # XML needs; fields without one it would show as they stand
    facts = [f"{name}: {_text(value)}" for name, value in row.items()]
    _sub(mark, "description", "<br>".join(escape(xml_text(fact)) for fact in facts))
    extended = _sub(mark, "ExtendedData")
    for name, value in row.items():
        _datum(extended, name, _text(value))
    if shape is not None and not shape.is_empty:
        _shape(mark, shape)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _datum(parent: ET.Element, name: str, text: str) -> None:
    datum = _sub(parent, "Data")
    datum.set("name", xml_text(name))
    _sub(datum, "value", text)


def _shape(parent: ET.Element, shape: Any) -> None:
    kind = shape.geom_type
    if kind in ("Point", "LineString", "LinearRing"):
        _sub(_sub(parent, kind), "coordinates", _pairs(shape))
    elif kind == "Polygon":
        polygon = _sub(parent, "Polygon")
        for place, rings in (("outer", [shape.exterior]), ("inner", shape.interiors)):
            for ring in rings:
                boundary = _sub(polygon, f"{place}BoundaryIs")
                _sub(_sub(boundary, "LinearRing"), "coordinates", _pairs(ring))
    else:
        several = _sub(parent, "MultiGeometry")
        for part in shape.geoms:
            _shape(several, part)


def _pairs(shape: Any) -> str:
    return " ".join(f"{x:.6f},{y:.6f}" for x, y in shapely.get_coordinates(shape).tolist())


def _sub(parent: ET.Element, tag: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, f"{{{KML}}}{tag}")
    if text is not None:
        child.text = xml_text(text)
    return child


def xml_text(text: str) -> str:
    """Return text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
