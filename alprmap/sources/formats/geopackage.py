"""GeoPackage as rows, through SQLite itself: real tables only, read-only, every layer, each in its
own system.

Views are not read: one that refers to itself never finishes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sources.formats import systems, wkb
from alprmap.sources.formats.placed import placed
from alprmap.sources.formats.rows import OWN_CAMERAS, Row, Table, outer
from alprmap.sources.intake import Checked

_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
"""Length of the envelope in a GeoPackage geometry header by its code (OGC 12-128r19, clause 2.1.3).
"""
_NO_DATA = ("layer_styles", "qgis_projects")
"""Tables of QGIS about the map, not about what is on it."""
_LONGEST_BYTES = 16 * 1024**2
"""Longest value SQLite may hand out."""


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table for each layer.

    Raises
    ------
    InputError
        When it is no readable GeoPackage or has no layer that is a table.
    """
    base = sqlite3.connect(f"file:{_uri(checked)}?mode=ro&immutable=1", uri=True)
    try:
        base.execute("PRAGMA trusted_schema = OFF")
        base.execute("PRAGMA query_only = ON")
        base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_BYTES)
        base.text_factory = lambda raw: raw.decode("utf-8", "replace")
        layers = _layers(base)
        if not layers:
            raise InputError(
                "is an SQLite file without layers",
                where=checked.path,
                fix="export it as GeoPackage",
            )
        features = [layer for layer in layers if layer[1] is not None]
        own = [layer for layer in layers if _columns(base, layer[0]) >= OWN_CAMERAS]
        for name, column, crs in layers:
            if features and column is None:
                aside = {"set_aside": "a table without positions beside layers that have them"}
                yield Table(iter([]), "GeoPackage", name=name, hints=aside)
                continue
            if own and name not in [layer[0] for layer in own]:
                aside = {"set_aside": "a layer beside the cameras that alprmap wrote"}
                yield Table(iter([]), "GeoPackage", name=name, hints=aside)
                continue
            yield Table(
                _rows(base, name, column, crs),
                "GeoPackage",
                name=name if len(features or layers) > 1 else "",
                origin="table",
            )
    except (sqlite3.Error, UnicodeDecodeError) as error:  # its messages need not be UTF-8
        raise InputError(
            f"is no readable GeoPackage ({reason(error)})",
            where=checked.path,
            fix=WHOLE,
        ) from None
    finally:
        base.close()


def _uri(checked: Checked) -> str:
    from urllib.parse import quote

    return quote(str(checked.path))


def _layers(base: sqlite3.Connection) -> list[tuple[str, str | None, str | None]]:
    real = {n for (n,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "gpkg_contents" not in real:
        return []
    out = []
    for name, kind in base.execute(
        "SELECT table_name, data_type FROM gpkg_contents ORDER BY table_name"
    ):
        if name not in real or kind not in ("features", "attributes") or name in _NO_DATA:
            continue
        found = None
        if "gpkg_geometry_columns" in real:
            found = base.execute(
                "SELECT g.column_name, s.organization, s.organization_coordsys_id, s.definition"
                " FROM gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s USING (srs_id)"
                " WHERE g.table_name = ?",
                (name,),
            ).fetchone()
        out.append((name, found[0] if found else None, _system(*found[1:]) if found else None))
    return out


def _columns(base: sqlite3.Connection, layer: str) -> set[str]:
    quoted = layer.replace('"', '""')
    return {str(row[1]) for row in base.execute(f'PRAGMA table_info("{quoted}")')}


def _system(organization: Any, code: Any, definition: Any) -> str | None:
    """Return the system of a layer: by its authority and code, else by its description."""
    if code in (0, -1) or str(definition).casefold() == "undefined":
        return None
    try:
        return systems.named(f"{organization}:{code}")
    except InputError:
        return systems.named(str(definition)) if definition else None


def _rows(
    base: sqlite3.Connection, layer: str, column: str | None, crs: str | None
) -> Iterator[Row]:
    quoted = layer.replace('"', '""')
    cursor = base.execute(f'SELECT * FROM "{quoted}"')
    names = [d[0] if d[0] == column else outer(d[0]) for d in cursor.description]
    for number, values in enumerate(cursor, 1):
        row: Row = {}
        places: list[Row] = []
        for name, value in zip(names, values, strict=True):
            if name == column:
                places = _points(value, crs)
            elif not isinstance(value, bytes):
                row[name] = value
        yield from at_places(row, places, number)


def at_places(row: Row, places: list[Row], number: int) -> Iterator[Row]:
    """Yield a row for each place of a record; of a record without one the row itself."""
    for index, place in enumerate(places or [{}], 1):
        yield {**row, **place, "$row": number if len(places) < 2 else f"{number}.{index}"}


def _points(blob: Any, crs: str | None) -> list[Row]:
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < 8:
        return []
    body = blob[8 + _ENVELOPE_BYTES.get((blob[3] >> 1) & 7, 0) :]
    return [placed(found, crs) for found in wkb.points(body)]
