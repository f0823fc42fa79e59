"""The middle of a shape, brought from the system of its file to degrees."""

from __future__ import annotations

from alprmap.sources.formats.rows import Row


def placed(found: tuple[float, float, str], crs: str | None) -> Row:
    """Return ``$lon``, ``$lat`` (and ``$shape``) of a geometry's middle, brought from its system to
    degrees."""
    x, y, kind = found
    row: Row = {} if kind == "Point" else {"$shape": kind}
    if crs not in (None, "EPSG:4326", "OGC:CRS84"):
        from alprmap.sources.fields import grids

        place = grids.transform(x, y, crs or "")
        if place is None:
            return {"$refuse": f"x {x:g}, y {y:g} cannot be a place in {_label(crs)}"}
        x, y = place
        row["$from"] = _label(crs)
    return row | {"$lon": x, "$lat": y}


def _label(crs: str | None) -> str:
    """Return a system's code, or words for one that is only described."""
    return crs if crs and len(crs) < 20 else "the system the file describes"
