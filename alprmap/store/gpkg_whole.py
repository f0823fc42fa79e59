"""Is a GeoPackage whole? GDAL reports success also when a fault cost it an index, a trigger or an
extent."""

from __future__ import annotations

import errno
import io
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyogrio


def check(
    path: Path, layers: Mapping[str, gpd.GeoDataFrame], kinds: Mapping[str, str], version: str
) -> None:
    """Refuse the GeoPackage at `path` unless it holds all of `layers` and all that belongs to them.

    `kinds` are the types of geometry the layers declare, `version` that of the GeoPackage. What
    belongs to a layer is seen from its first row, written to memory, where no disk can fail.

    Raises
    ------
    OSError
        When something is missing.
    """
    with closing(sqlite3.connect(path)) as db:
        if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise _lacks("its integrity")
        for name, frame in layers.items():
            _belongings(db, name, frame, kinds[name], version)
            _rows(db, name, frame)
        ask = "SELECT count(DISTINCT table_name) FROM gpkg_metadata_reference"
        if db.execute(ask).fetchone() != (len(layers),):
            raise _lacks("its license and sources")


def _belongings(
    db: sqlite3.Connection, name: str, frame: gpd.GeoDataFrame, geometry_type: str, version: str
) -> None:
    if not hasattr(db, "deserialize"):
        return  # an SQLite built without it
    memory = io.BytesIO()
    pyogrio.write_dataframe(
        frame.head(1),
        memory,
        layer=name,
        driver="GPKG",
        geometry_type=geometry_type,
        dataset_options={"VERSION": version},
    )
    with closing(sqlite3.connect(":memory:")) as twin:
        twin.deserialize(memory.getvalue())
        for question in (
            "PRAGMA application_id",
            "PRAGMA user_version",
            "SELECT type, name FROM sqlite_master",
            "SELECT table_name, data_type, srs_id FROM gpkg_contents",
            "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns",
            "SELECT table_name, column_name, extension_name FROM gpkg_extensions",
            "SELECT srs_id, definition FROM gpkg_spatial_ref_sys",
        ):
            try:
                wanted = set(twin.execute(question))
            except sqlite3.OperationalError:
                continue  # a layer without an index has no table of extensions
            try:
                missing = wanted - set(db.execute(question))
            except sqlite3.OperationalError:
                missing = wanted
            if missing:
                raise _lacks(str(min(missing, key=str)))


def _rows(db: sqlite3.Connection, name: str, frame: gpd.GeoDataFrame) -> None:
    shapes = int((frame.geometry.notna() & ~frame.geometry.is_empty).sum())
    quoted = name.replace('"', '""')
    counts = {
        f'SELECT count(*) FROM "{quoted}"': len(frame),
        f'SELECT count(*) FROM "rtree_{quoted}_geom_rowid"': shapes,
    }
    for question, wanted in counts.items():
        (found,) = db.execute(question).fetchone()
        if found != wanted:
            raise OSError(errno.EIO, f"layer {name} holds {found} of {wanted} rows after writing")
    counted = db.execute(
        "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", [name]
    ).fetchone()
    ask = "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?"
    if counted != (len(frame),) or (shapes and None in db.execute(ask, [name]).fetchone()):
        raise _lacks(f"the extent or count of layer {name}")


def _lacks(what: str) -> OSError:
    return OSError(errno.EIO, f"the GeoPackage lacks {what} after writing")
