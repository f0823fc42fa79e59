"""FlatGeobuf and Shapefile as rows, through GDAL by way of pyogrio: every layer, no recursion in
shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyogrio.errors
import pyogrio.raw

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sources.fields import short_names
from alprmap.sources.formats import wkb
from alprmap.sources.formats.geopackage import at_places
from alprmap.sources.formats.placed import placed
from alprmap.sources.formats.rows import Row, Table, outer
from alprmap.sources.intake import Checked

_NAMES = {"fgb": "FlatGeobuf", "shp": "Shapefile"}
_BATCH = 20_000
_SAMPLE = 200
"""Values by which a cut name is told."""


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table for each layer.

    Raises
    ------
    InputError
        When the file is damaged, or a part of a Shapefile is missing.
    """
    path = str(checked.path)
    if checked.kind == "shp" and checked.path.suffix.lower() != ".shp":
        raise InputError(
            "is a Shapefile whose name does not end in .shp", where=checked.path, fix="rename it"
        )
    missing = (
        [s for s in (".shx", ".dbf") if not _beside(checked, s)] if checked.kind == "shp" else []
    )
    if missing:
        raise InputError(
            f"is a Shapefile without its {' and '.join(missing)}",
            where=checked.path,
            fix="put all parts beside it, or pass the zip they came in",
        )
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        if not layers:
            raise InputError(
                f"is no readable {_NAMES[checked.kind]} (it has no layer)",
                where=checked.path,
                fix=WHOLE,
            )
        for layer in layers:
            yield Table(
                _rows(path, layer, checked),
                _NAMES[checked.kind],
                name=layer if len(layers) > 1 else "",
            )
    except InputError:
        raise
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        ValueError,
        OSError,
    ) as error:
        raise InputError(
            f"is no readable {_NAMES[checked.kind]} ({reason(error)})",
            where=checked.path,
            fix=WHOLE,
        ) from None


def _beside(checked: Checked, suffix: str) -> bool:
    return any(checked.path.with_suffix(s).is_file() for s in (suffix, suffix.upper()))


def _rows(path: str, layer: str, checked: Checked) -> Iterator[Row]:
    options = (
        {"encoding": "utf-8"} if _beside(checked, ".cpg") is False and checked.kind == "fgb" else {}
    )
    skip = 0
    names: list[str] = []
    while True:
        meta, _, shapes, columns = pyogrio.raw.read(
            path,
            layer=layer,
            skip_features=skip,
            max_features=_BATCH,
            datetime_as_string=True,
            **options,
        )
        crs = meta.get("crs")
        values = [_plain(c) for c in columns]
        if not skip:
            names = [outer(n) for n in _names(meta["fields"], values, checked)]
        size = len(shapes) if shapes is not None else (len(values[0]) if values else 0)
        for index in range(size):
            row: Row = {n: v[index] for n, v in zip(names, values, strict=True)}
            shape = shapes[index] if shapes is not None else None
            places = [] if shape is None else wkb.points(shape)
            yield from at_places(row, [placed(p, _known(crs)) for p in places], skip + index + 1)
        if size < _BATCH:
            return
        skip += size


def _names(fields: Any, values: list[list[Any]], checked: Checked) -> list[str]:
    """Return the names of columns; those that a Shapefile cut to ten letters in full."""
    names = [str(n) for n in fields]
    if checked.kind != "shp":
        return names
    out: list[str] = []
    for name, column in zip(names, values, strict=True):
        whole = short_names.full(name, column[:_SAMPLE])
        out.append(name if whole is None or whole in out or whole in names else whole)
    return out


def _known(crs: Any) -> str | None:
    return None if not crs or str(crs) in ("EPSG:4326", "OGC:CRS84") else str(crs)


def _plain(column: Any) -> list[Any]:
    if column.dtype.kind == "M":
        return [None if np.isnat(v) else str(v) for v in column]
    return [None if isinstance(v, float) and v != v else _scalar(v) for v in column.tolist()]


def _scalar(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float)) else str(value)
