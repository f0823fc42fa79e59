"""Geodesics, bearings and metric space: pure functions on arrays, WGS 84, `lon, lat` in that order.

Distances are geodesic (Karney 2013, through PROJ), never haversine, which is off by up to 0.56 %.
Metric work that needs a flat space uses a tangent plane at each point's own latitude or
earth-centered coordinates; there is no projected system for the whole country.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

FloatArray = NDArray[np.float64]

GEOD = Geod(ellps="WGS84")
WGS84_A_M = 6_378_137.0
"""Semi-major axis, meters (NGA.STND.0036 WGS 84, table 3.1)."""
WGS84_F = 1 / 298.257223563
"""Flattening (same table)."""
_E2 = WGS84_F * (2 - WGS84_F)

STATUTE_MILE_M = 1609.344
"""International mile, meters (1959 agreement); 8 CFR 287.1's "air miles" are read as these by most
maps. """
MILE_KM = STATUTE_MILE_M / 1000
NAUTICAL_MILE_M = 1852.0
"""International nautical mile, meters (1929)."""
UNIT_M = {"mi": STATUTE_MILE_M, "nmi": NAUTICAL_MILE_M, "km": 1000.0}
"""Units a length may be given in, meters each."""
LENGTH = r"(?P<far>\d{1,6}(?:\.\d+)?)\s*(?P<unit>mi|nmi|km)?"
"""A length as options, zones and project files have it: 15mi, 25km, 10nmi; one without a unit is
for the option to read."""
COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
           "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")  # fmt: skip


def miles_text(km: float) -> str:
    """Return a distance as it is printed: miles first, and the kilometers it was asked in.

    >>> miles_text(25.0), miles_text(3.72), miles_text(0.5)
    ('15.5 miles (25 km)', '2.3 miles (3.7 km)', '0.3 miles (0.5 km)')
    """
    return f"{km / MILE_KM:,.1f} miles ({round(km, 1):,g} km)"


def distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> FloatArray:
    """Return the geodesic distance between points, meters; NaN where a coordinate is NaN.

    >>> round(float(distance_m(-99.5, 27.5, -98.5, 29.4)))
    232234
    """
    return inverse(lon1, lat1, lon2, lat2)[1]


def azimuth_deg(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> FloatArray:
    """Return the azimuth at the first point of the geodesic to the second, degrees in [0, 360)."""
    return inverse(lon1, lat1, lon2, lat2)[0]


def inverse(
    lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return (azimuth at the first point in [0, 360), distance in meters) of the geodesics between
    points."""
    arrays = np.broadcast_arrays(
        *(np.asarray(a, dtype=np.float64) for a in (lon1, lat1, lon2, lat2))
    )
    shape = arrays[0].shape
    flat = [np.ascontiguousarray(a).ravel() for a in arrays]
    known = np.logical_and.reduce([np.isfinite(a) for a in flat])
    azimuth = np.full(flat[0].shape, np.nan)
    distance = np.full(flat[0].shape, np.nan)
    if known.any():
        x1, y1, x2, y2 = (a[known] for a in flat)
        there, _, meters = GEOD.inv(x1, y1, x2, y2)
        azimuth[known], distance[known] = wrap_deg(there), meters
    return azimuth.reshape(shape), distance.reshape(shape)


def destination(
    lon: ArrayLike, lat: ArrayLike, heading_deg: ArrayLike, meters: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return (lon, lat) of the points `meters` away from (`lon`, `lat`) along `heading_deg`."""
    arrays = np.broadcast_arrays(
        *(np.asarray(a, dtype=np.float64) for a in (lon, lat, heading_deg, meters))
    )
    shape = arrays[0].shape
    x0, y0, azimuth, far = (np.ascontiguousarray(a).ravel() for a in arrays)
    x, y, _ = GEOD.fwd(x0, y0, azimuth, far)
    return np.asarray(x).reshape(shape), np.asarray(y).reshape(shape)


def wrap_deg(degrees: ArrayLike) -> FloatArray:
    """Return angles brought into [0, 360).

    >>> wrap_deg([-30.0, 360.0, 725.0]).tolist()
    [330.0, 0.0, 5.0]
    """
    wrapped = np.mod(np.asarray(degrees, dtype=np.float64), 360.0)
    # a tiny negative angle rounds up to exactly 360 in floating point
    return np.where(wrapped >= 360.0, 0.0, wrapped)


def turn_deg(from_deg: ArrayLike, to_deg: ArrayLike) -> FloatArray:
    """Return the signed turn from one heading to another, clockwise positive, in [-180, 180).

    >>> turn_deg([350.0, 10.0], [10.0, 350.0]).tolist()
    [20.0, -20.0]
    """
    apart = np.asarray(to_deg, dtype=np.float64) - np.asarray(from_deg, dtype=np.float64)
    return np.mod(apart + 180.0, 360.0) - 180.0


def angle_between_deg(a_deg: ArrayLike, b_deg: ArrayLike) -> FloatArray:
    """Return how far two headings are apart, in [0, 180]; NaN where one is unknown.

    >>> angle_between_deg([350.0, 90.0], [10.0, 270.0]).tolist()
    [20.0, 180.0]
    """
    return np.abs(turn_deg(a_deg, b_deg))


def compass(heading_deg: float) -> str:
    """Return the nearest of the sixteen compass points.

    >>> compass(350.0), compass(22.5)
    ('N', 'NNE')
    """
    return COMPASS[round((heading_deg % 360) / 22.5) % 16]


def ecef(lon: ArrayLike, lat: ArrayLike) -> FloatArray:
    """Return earth-centered, earth-fixed coordinates of points on the ellipsoid, meters, shape (n,
    3).

    Straight distances there are chords: 3 mm short at 10 km, exact in the limit, and free of any
    seam."""
    lam, phi = (
        np.radians(np.asarray(lon, dtype=np.float64)),
        np.radians(np.asarray(lat, dtype=np.float64)),
    )
    n = WGS84_A_M / np.sqrt(1 - _E2 * np.sin(phi) ** 2)
    return np.stack(
        [n * np.cos(phi) * np.cos(lam), n * np.cos(phi) * np.sin(lam), n * (1 - _E2) * np.sin(phi)],
        axis=-1,
    )


def degree_m(lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the length in meters of one degree of longitude and of latitude at `lat`.

    From the radii of curvature of the ellipsoid (Snyder 1987, eq. 4-20 and 4-18), so a tangent
    plane built from them is right to first order everywhere.
    """
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    w = 1 - _E2 * np.sin(phi) ** 2
    per_lon = np.radians(1.0) * WGS84_A_M * np.cos(phi) / np.sqrt(w)
    per_lat = np.radians(1.0) * WGS84_A_M * (1 - _E2) / w**1.5
    return per_lon, per_lat


def tangent_xy(
    lon: ArrayLike, lat: ArrayLike, origin_lon: ArrayLike, origin_lat: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return meters east and north of an origin in its tangent plane (good to 1 in 10,000 within 5
    km).

    Longitudes are taken the short way round, so the antimeridian is no seam.
    """
    per_lon, per_lat = degree_m(origin_lat)
    east = turn_deg(origin_lon, lon) * per_lon
    north = (np.asarray(lat, dtype=np.float64) - np.asarray(origin_lat, dtype=np.float64)) * per_lat
    return east, north


def boxes_touch(
    bounds: tuple[float, float, float, float],
    west: ArrayLike,
    south: ArrayLike,
    east: ArrayLike,
    north: ArrayLike,
    *,
    margin_deg: float = 0.0,
) -> NDArray[np.bool_]:
    """Return which boxes overlap `bounds` (west, south, east, north), grown by `margin_deg`."""
    w, s, e, n = np.asarray(bounds) + np.array([-1, -1, 1, 1]) * margin_deg
    mask: NDArray[np.bool_] = (
        (np.asarray(west) <= e)
        & (np.asarray(east) >= w)
        & (np.asarray(south) <= n)
        & (np.asarray(north) >= s)
    )
    return mask


def length_m(lines: ArrayLike) -> FloatArray:
    """Return the geodesic length of each LineString of an array of shapely geometries, meters."""
    coords, owner = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    count = int(np.size(lines))
    if len(coords) < 2:
        return np.zeros(count)
    same = owner[1:] == owner[:-1]
    a, b = coords[:-1][same], coords[1:][same]
    steps = inverse(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[1] if len(a) else np.zeros(0)
    total: FloatArray = np.bincount(owner[1:][same], weights=steps, minlength=count).astype(
        np.float64
    )
    return total


def metric_crs(bounds: tuple[float, float, float, float]) -> Any:
    """Return a metric CRS centered on `bounds` (west, south, east, north): azimuthal equidistant,
    WGS 84.

    For areas up to a few hundred kilometers; distances from the center are exact, elsewhere within
    0.02 % at 100 km. National work goes through `ecef` or `inverse` instead.
    """
    from pyproj import CRS

    west, south, east, north = bounds
    return CRS.from_proj4(
        f"+proj=aeqd +lat_0={(south + north) / 2:.6f} +lon_0={(west + east) / 2:.6f} +datum=WGS84"
        " +units=m"
    )
