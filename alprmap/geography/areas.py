"""The part of the country that is wanted: places by name, a box, polygons, or the surroundings of
cameras. Every `--area` and `--areas` is read here.

An area is one of these texts, or several of the first three separated by semicolons:

`Franklin County, Ohio`     a state, county or town of the United States by name; of a town a circle
                            around its middle, as wide as its people fill
`within 5 miles of Laredo`  a circle around a named place
`w,s,e,n`                   a box in degrees
`FILE.geojson`              polygons of a GeoJSON file
`near:FILE[:60]`            within so many kilometers (60 when not said) of any camera in FILE
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
import shapely
from numpy.typing import ArrayLike, NDArray

from alprmap import geo
from alprmap.errors import InputError, UsageError
from alprmap.geography import polygons
from alprmap.geography.borders import counties, states
from alprmap.geography.places import INDEPENDENT, circle, find_place
from alprmap.geography.zones import area_m2
from alprmap.sandbox import file_there

NEAR_KM = 60.0
"""Default of `near:`: an hour of city traffic around a camera."""
MOST_AROUND_MI = 500
_WITHIN = re.compile(
    r"\s*within\s+(?P<far>[\d.]+)\s*(?P<unit>mi|miles?|km)\s+of\s+(?P<name>.+)", re.I
)
_FILE_SUFFIXES = (".geojson", ".json")
_NAME_COLUMNS = ("name", "namelsad", "area", "district", "label", "title", "id", "geoid")
"""Properties of a polygon that name it, in order of preference, whatever their case."""
_NUMBER = re.compile(r"\s*[+-]?(\d{1,15}(\.\d*)?|\.\d+)\s*", re.ASCII)
BoolArray = NDArray[np.bool_]
BBox = tuple[float, float, float, float]
Rows = list[tuple[shapely.Geometry, dict[str, object]]]


@dataclass(frozen=True)
class Area:
    """A wanted area: its bounds, the exact test for lines, and the text that names it in the
    metadata."""

    bounds: BBox
    text: str
    polygon: shapely.Geometry | None = None
    centers: scipy.spatial.cKDTree | None = None
    radius_m: float = 0.0

    def key(self) -> str:
        """Return a text that is the same for the same area only, for names of cached files."""
        shape = b"" if self.polygon is None else shapely.to_wkb(self.polygon)
        points = b"" if self.centers is None else np.ascontiguousarray(self.centers.data).tobytes()
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

    def contains(self, lon: ArrayLike, lat: ArrayLike) -> BoolArray:
        """Return which points (degrees, shape (n,)) are in the area; a missing one is in none."""
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        known = np.isfinite(x) & np.isfinite(y)
        inside = np.zeros(len(x), dtype=bool)
        if self.polygon is not None:
            inside[known] = shapely.intersects_xy(self.polygon, x[known], y[known])
        elif self.centers is not None:
            far, _ = self.centers.query(
                geo.ecef(x[known], y[known]), distance_upper_bound=self.radius_m
            )
            inside[known] = np.isfinite(far)
        return inside

    def touches(self, lines: NDArray[np.object_]) -> BoolArray:
        """Return which lines reach into the area: the exact test (for `near`, by the vertices of
        the line)."""
        if self.polygon is not None:
            shapely.prepare(self.polygon)
            mask: BoolArray = shapely.intersects(self.polygon, lines)
            return mask
        if self.centers is None:
            return self.touches_box(*shapely.bounds(lines).T)
        coords, owner = shapely.get_coordinates(lines, return_index=True)
        far, _ = self.centers.query(
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
    return Area(
        bounds, text, centers=scipy.spatial.cKDTree(geo.ecef(x, y)), radius_m=radius_km * 1000
    )


def parse_area(
    text: str,
    *,
    points: Callable[[Path], tuple[ArrayLike, ArrayLike]] | None = None,
    files: bool = True,
) -> Area:
    """Return the area a command-line text names (see the top of this room).

    Parameters
    ----------
    text
        See the top of this room.
    points
        Reads (lon, lat) of the cameras of a file; needed for `near:`.
    files
        False where the text may be a stranger's: it names a box or a place then, never a file.

    Raises
    ------
    UsageError
        When the text is none of these, or a name that no place or several places have.
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
    pieces = [p.strip() for p in text.split(";") if p.strip()]
    if not pieces:
        raise UsageError("--area is empty", fix='write "Franklin County, Ohio", w,s,e,n or a file')
    areas = [_piece(p, files=files) for p in pieces]
    if len(areas) == 1:
        return areas[0]
    shape = shapely.union_all([a.polygon for a in areas])
    return polygon(shape, "; ".join(a.text for a in areas))


def _piece(text: str, *, files: bool) -> Area:
    """Return the area of a box, a file, a circle around a named place, or a named place."""
    parts = text.split(",")
    if len(parts) == 4 and all(_is_number(p) for p in parts):
        west, south, east, north = (float(p) for p in parts)
        return area_box((west, south, east, north))
    path = Path(text)
    if files and file_there(path):
        return polygon(polygons.union(path), path.name)
    if not files and path.suffix.lower() in _FILE_SUFFIXES:
        raise UsageError(
            f"{text[:60]!r} is a file, not the name of an area",
            fix='write "Franklin County, Ohio" or w,s,e,n',
        )
    if path.suffix.lower() in _FILE_SUFFIXES or len(path.parts) > 1:
        raise UsageError(f"{text[:60]!r} is no file", fix="check the path of --area")
    if not any(c.isalpha() for c in text):
        raise UsageError(
            f"{text[:60]!r} is no area", fix='write "Franklin County, Ohio", w,s,e,n or a file'
        )
    if within := _WITHIN.fullmatch(text):
        return _around(within)
    place = find_place(text)
    how = "" if place.radius_mi is None else f" (within {place.radius_mi:g} miles of its middle)"
    return polygon(place.shape, f"{place.label}{how}")


def _around(within: re.Match[str]) -> Area:
    place = find_place(within["name"])
    metric = within["unit"].lower() == "km"
    if not _is_number(within["far"]) or not 0 < float(within["far"]) <= MOST_AROUND_MI:
        raise UsageError(
            f"within {within['far']} of a place", fix=f"give miles above 0, up to {MOST_AROUND_MI}"
        )
    far_m = float(within["far"]) * (1000.0 if metric else geo.STATUTE_MILE_M)
    shape = circle(place.lon, place.lat, far_m)
    unit = "km" if metric else "miles"
    return polygon(shape, f"within {float(within['far']):g} {unit} of {place.label}")


def open_areas(source: str | os.PathLike[str] | gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the polygons that `--areas` names, one row each.

    Parameters
    ----------
    source
        A GeoJSON file of polygons, any text of `parse_area` (one row for each piece between
        semicolons), "states", "counties" or "counties of Ohio" from the shipped files, or a
        GeoDataFrame.

    Returns
    -------
    GeoDataFrame
        `area` (its name: a property such as name or district, otherwise its number in the file),
        `geoid` where every polygon has one, `area_km2` (geodesic), `geometry` (EPSG:4326);
        features that are no polygon are left out.

    Raises
    ------
    InputError
        When there is no polygon.
    """
    if isinstance(source, gpd.GeoDataFrame):
        rows = _of_frame(source)
    elif (shipped := _shipped(str(source))) is not None:
        rows = shipped
    elif file_there(Path(source)):
        rows = [(s, p) for s, p in polygons.read_polygons(source) if s is not None]
    else:
        pieces = [parse_area(p) for p in str(source).split(";") if p.strip()]
        rows = [(a.polygon, {"name": a.text}) for a in pieces]
    rows = [(s, p) for s, p in rows if s is not None and not s.is_empty]
    if not rows:
        raise InputError(
            "the areas hold no polygon", where=str(source)[:60], fix="write polygons in degrees"
        )
    frame = gpd.GeoDataFrame(
        {"area": _names([p for _, p in rows])}, geometry=[s for s, _ in rows], crs="EPSG:4326"
    )
    codes = [str(p.get("geoid") or p.get("GEOID") or "").strip() for _, p in rows]
    if all(codes):
        frame["geoid"] = pd.Series(codes, dtype="str")
    frame["area_km2"] = [area_m2(s) / 1e6 for s, _ in rows]
    return frame


def _shipped(text: str) -> Rows | None:
    """Return the states, the counties, or those of one state; None where the text names others."""
    word, _, state = text.strip().partition(" of ")
    if word not in ("states", "counties") or file_there(Path(text)) or (state and word == "states"):
        return None
    table = states() if word == "states" else counties()
    if state:
        table = table[table["state"] == find_place(state).state]
    name = table["name"]
    if word == "counties":
        # a city that is its own county has the name of the county beside it
        city = table["geoid"].str[2:].astype(int) >= INDEPENDENT
        name = name + city.map({True: " city", False: ""}) + ", " + table["state"]
    columns = zip(table.geometry, name, table["geoid"], strict=True)
    return [(shape, {"name": n, "geoid": g}) for shape, n, g in columns]


def _of_frame(frame: gpd.GeoDataFrame) -> Rows:
    if frame.crs is not None:
        frame = frame.to_crs(4326)
    sound = shapely.make_valid(frame.geometry.to_numpy(), method="structure", keep_collapsed=False)
    flat = frame.drop(columns=frame.geometry.name).to_dict("records")
    is_area = shapely.get_dimensions(sound) == 2
    return [(s, p) for s, p, keep in zip(sound, flat, is_area, strict=True) if keep]


def _names(properties: list[dict[str, object]]) -> list[str]:
    """Return a name for each polygon; where they are not all different, with its number."""
    lower = [{str(k).lower(): v for k, v in p.items()} for p in properties]
    for column in _NAME_COLUMNS:
        texts = [p.get(column) for p in lower]
        if all(t is not None and str(t).strip() for t in texts):
            names = [str(t).strip() for t in texts]
            if len(set(names)) == len(names):
                return names
    for column in _NAME_COLUMNS:
        if any(p.get(column) for p in lower):
            return [f"{p.get(column) or 'area'} ({i})" for i, p in enumerate(lower, start=1)]
    return [f"area {i}" for i in range(1, len(lower) + 1)]


def _is_number(text: str) -> bool:
    # not float(): it takes "１２", "1_000" and "nan"
    return _NUMBER.fullmatch(text) is not None
