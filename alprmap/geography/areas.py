"""The part of a road file that is wanted: a box, a polygon, or the surroundings of cameras.

On the command line an area is one of three texts:

`w,s,e,n`        a box in degrees
`FILE.geojson`   polygons of a GeoJSON file
`near:FILE[:60]` within so many kilometres (60 when not said) of any camera in FILE
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from alprmap import geo
from alprmap.errors import InputError, UsageError
from alprmap.geography import polygons
from alprmap.sandbox import file_there

NEAR_KM = 60.0
"""Default of `near:`: an hour of city traffic around a camera."""
_NUMBER = re.compile(r"\s*[+-]?(\d{1,15}(\.\d*)?|\.\d+)\s*", re.ASCII)
BoolArray = NDArray[np.bool_]
BBox = tuple[float, float, float, float]


@dataclass(frozen=True)
class Area:
    """A wanted area: its bounds, the exact test for lines, and the text that names it in the
    metadata."""

    bounds: BBox
    text: str
    polygon: shapely.Geometry | None = None
    centres: cKDTree | None = None
    radius_m: float = 0.0

    def key(self) -> str:
        """Return a text that is the same for the same area only, for names of cached files."""
        shape = b"" if self.polygon is None else shapely.to_wkb(self.polygon)
        points = b"" if self.centres is None else np.ascontiguousarray(self.centres.data).tobytes()
        return hashlib.sha256(
            repr((self.bounds, self.radius_m)).encode() + shape + points
        ).hexdigest()

    def touches_box(
        self,
        west: ArrayLike,
        south: ArrayLike,
        east: ArrayLike,
        north: ArrayLike,
        *,
        margin_deg: float = 0.0,
    ) -> BoolArray:
        """Return which boxes overlap the bounds, grown by `margin_deg`: the coarse test."""
        return geo.boxes_touch(self.bounds, west, south, east, north, margin_deg=margin_deg)

    def touches(self, lines: NDArray[np.object_]) -> BoolArray:
        """Return which lines reach into the area: the exact test (for `near`, by the vertices of
        the line)."""
        if self.polygon is not None:
            shapely.prepare(self.polygon)
            mask: BoolArray = shapely.intersects(self.polygon, lines)
            return mask
        if self.centres is None:
            return self.touches_box(*shapely.bounds(lines).T)
        coords, owner = shapely.get_coordinates(lines, return_index=True)
        far, _ = self.centres.query(
            geo.ecef(coords[:, 0], coords[:, 1]), distance_upper_bound=self.radius_m
        )
        return np.bincount(owner[np.isfinite(far)], minlength=len(lines)) > 0


def area_box(bounds: BBox) -> Area:
    """Return the area of a bbox (west, south, east, north), degrees.

    Raises
    ------
    UsageError
        When the box is empty or off the globe.
    """
    west, south, east, north = (float(v) for v in bounds)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise UsageError(
            f"{bounds} is no box", fix="give west,south,east,north in degrees, west below east"
        )
    text = ",".join(f"{v:g}" for v in (west, south, east, north))
    return Area((west, south, east, north), text, polygon=shapely.box(west, south, east, north))


def polygon(shape: shapely.Geometry, text: str) -> Area:
    """Return the area of a Polygon or MultiPolygon in degrees.

    Raises
    ------
    InputError
        When it is empty, of another type or not valid.
    """
    if shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise InputError(
            "the area holds no polygon", where=text, fix="draw a Polygon or MultiPolygon"
        )
    if not shape.is_valid:
        raise InputError(
            f"the polygon is not valid: {shapely.is_valid_reason(shape)}",
            where=text,
            fix="mend it in QGIS (Fix geometries)",
        )
    west, south, east, north = (float(v) for v in shape.bounds)
    return Area((west, south, east, north), text, polygon=shape)


def near(
    lon: ArrayLike, lat: ArrayLike, *, radius_km: float = NEAR_KM, text: str = "near cameras"
) -> Area:
    """Return the area within `radius_km` of any of the points (degrees); unknown points are left
    out.

    Raises
    ------
    InputError
        When no point is known, or the radius is not above zero.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any() or not radius_km > 0:
        raise InputError(
            "no located camera to cut around, or a radius of zero",
            where=text,
            fix="write near:FILE:KM with located cameras and a radius above 0",
        )
    x, y = x[known], y[known]
    per_lon, per_lat = geo.degree_m(y)
    east, north = radius_km * 1000 / np.maximum(per_lon, 1.0), radius_km * 1000 / per_lat
    bounds = (
        float((x - east).min()),
        float((y - north).min()),
        float((x + east).max()),
        float((y + north).max()),
    )
    return Area(bounds, text, centres=cKDTree(geo.ecef(x, y)), radius_m=radius_km * 1000)


def parse_area(
    text: str, *, points: Callable[[Path], tuple[ArrayLike, ArrayLike]] | None = None
) -> Area:
    """Return the area a command-line text names (see the top of this room).

    Parameters
    ----------
    text
        `w,s,e,n`, a polygon file, or `near:FILE[:km]`.
    points
        Reads (lon, lat) of the cameras of a file; needed for `near:`.

    Raises
    ------
    UsageError
        When the text is none of these.
    InputError
        When the file cannot be read or holds no polygon.
    """
    if text.startswith("near:"):
        name, _, km = text.removeprefix("near:").rpartition(":")
        if not name or not _is_number(km):
            name, km = text.removeprefix("near:"), str(NEAR_KM)
        if points is None:
            raise UsageError("near: is not possible here", fix="give a box or a polygon file")
        lon, lat = points(Path(name))
        return near(lon, lat, radius_km=float(km), text=f"near:{Path(name).name}:{float(km):g}")
    parts = text.split(",")
    if len(parts) == 4 and all(_is_number(p) for p in parts):
        west, south, east, north = (float(p) for p in parts)
        return area_box((west, south, east, north))
    path = Path(text)
    if not file_there(path):
        raise UsageError(
            f"{text[:60]!r} is no area", fix="give w,s,e,n, a polygon file, or near:CAMERAS[:km]"
        )
    return polygon(polygons.union(path), path.name)


def _is_number(text: str) -> bool:
    # not float(): it takes "１２", "1_000" and "nan"
    return _NUMBER.fullmatch(text) is not None
