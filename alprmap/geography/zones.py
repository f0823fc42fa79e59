"""Zones: everything within so many miles of a named border, drawn on the ellipsoid (rules R1, R2).

A zone is not drawn in one projection. Its outline is first roughed out from geodesic circles along
the border, then every vertex is moved along its own geodesic to lie exactly at the distance from
the exact line, then the outline is simplified to a stated tolerance, and the error that is left is
measured and given with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import geo, schema
from alprmap.errors import UsageError
from alprmap.geo import FloatArray
from alprmap.geography import borders as border_data
from alprmap.geography.nearest import LineIndex

DEGREE_M = 111_195.0
"""Length of a degree of a great circle on the mean sphere, meters: for tolerances only."""
AREA_STEP_DEG = 0.05
"""Longest edge of which an area is taken as a geodesic's: 2 m beside it at the 72nd parallel."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How finely a zone is drawn."""

    tolerance_m: float = 20.0
    """How far the outline may lie from the exact distance after simplifying, meters; at 20 m the
    area of a zone in any state is right to 0.1 % (at 50 m to 0.2 %: slivers of 30 to 300 km²)."""
    edge_m: float = 500.0
    """Longest edge of the outline before simplifying."""
    corners: int = 72
    """Of each rough circle."""
    rounds: int = 40
    """At most so many times a vertex is moved (a move may bring another stretch of the border
    nearer). """


DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone by its border and its width."""

    border: str
    radius_m: float
    text: str

    @property
    def line(self) -> tuple[str, float, str]:
        """Its outer line: name, meters from the border, border (C5)."""
        return self.text, self.radius_m, self.border


_ZONES = [
    re.compile(rf"(?P<name>[a-z_]+):{geo.LENGTH}", re.ASCII),
    # the form that cordons once had in project files, 100mi:mexico
    re.compile(rf"{geo.LENGTH}:(?P<name>[a-z_]+)", re.ASCII),
]


def parse_zone(text: str) -> Zone:
    """Read a zone as every `--zone` has it: NAME:MILES, or NAME:100km, NAME:100nmi.

    Raises
    ------
    UsageError
        When it is none, or the border is not known.

    >>> parse_zone("mexico:100")
    Zone(border='mexico', radius_m=160934.4, text='mexico:100')
    """
    match = next((m for z in _ZONES if (m := z.fullmatch(text.strip()))), None)
    if match is None or match["name"] not in schema.BORDERS:
        raise UsageError(
            f"{text[:40]!r} is no zone",
            fix=f"write NAME:MILES such as mexico:100, with {', '.join(schema.BORDERS)}",
        )
    meters = float(match["far"]) * geo.UNIT_M[match["unit"] or "mi"]
    _check_radius(meters)
    return Zone(match["name"], meters, text.strip())


def _check_radius(radius_m: float) -> None:
    if not 0 < radius_m <= schema.ZONE_M:
        raise UsageError(
            f"a zone of {radius_m:g} m",
            fix=f"give a radius above 0, up to {schema.ZONE_M / 1000:,.0f} km",
        )


def border_zone(name: str, radius_m: float, *, settings: Settings = DEFAULTS) -> gpd.GeoDataFrame:
    """Draw the zone within `radius_m` of border `name`, on both sides of it.

    Parameters
    ----------
    name
        A border of `alprmap.geography.borders`, or `port` for the ports of entry.
    radius_m
        Meters.

    Returns
    -------
    GeoDataFrame
        One row: `border`, `radius_m`, `tolerance_m`, `error_m` (largest measured difference between
        the outline and the exact distance, at vertices and in the middle of edges), `geometry`
        (MultiPolygon, EPSG:4326, cut at the antimeridian).

    Raises
    ------
    UsageError
        When the radius is not positive.
    NotFoundError
        When there is no such border.
    """
    _check_radius(radius_m)
    shape, error = _drawn(name, float(radius_m), settings)
    row = {
        "border": name,
        "radius_m": float(radius_m),
        "tolerance_m": settings.tolerance_m,
        "error_m": error,
    }
    return gpd.GeoDataFrame([row], geometry=[shape], crs="EPSG:4326")


@lru_cache(maxsize=32)
def _drawn(name: str, radius_m: float, settings: Settings) -> tuple[Any, float]:
    """Return the shape of a zone and its error; a build shows the same zone on several pages."""
    lines = border_data.border_shapes(name)
    index = LineIndex(lines)
    shape = _wrapped(_exact(_rough(lines, radius_m, settings), index, radius_m, settings))
    return shape, _error_m(shape, index, radius_m)


def _eastward(xy: FloatArray) -> FloatArray:
    """Bring longitudes into [0, 360): no border of the United States comes near Greenwich, so no
    seam is left."""
    return np.column_stack([np.mod(xy[:, 0], 360.0), xy[:, 1]])


def _rough(lines: Any, radius_m: float, settings: Settings) -> Any:
    """Return the union of hulls of neighboring circles, in longitudes from 0 to 360."""
    east = shapely.transform(shapely.get_parts(lines), _eastward)
    light = shapely.simplify(east, radius_m / 60 / DEGREE_M)
    even = shapely.segmentize(light, radius_m / 5 / DEGREE_M)
    coords, owner = shapely.get_coordinates(even, return_index=True)
    azimuth = np.linspace(0, 360, settings.corners, endpoint=False)
    # corners stand a little outside, so that edges do not cut into the circle
    far = radius_m / np.cos(np.pi / settings.corners)
    lon, lat = geo.destination(coords[:, :1], coords[:, 1:], azimuth[None, :], far)
    rings = np.stack([coords[:, :1] + geo.turn_deg(coords[:, :1], lon), lat], axis=-1)
    joined = owner[1:] == owner[:-1]
    pairs = np.concatenate([rings[:-1][joined], rings[1:][joined]], axis=1)
    hulls = shapely.convex_hull(shapely.multipoints(pairs))
    single = np.flatnonzero(np.bincount(owner)[owner] == 1)
    return shapely.union_all(np.concatenate([hulls, shapely.polygons(rings[single])]))


def _exact(rough: Any, index: LineIndex, radius_m: float, settings: Settings) -> Any:
    """Move every vertex of the outline to the exact distance, then simplify."""
    shape = shapely.segmentize(rough, settings.edge_m / DEGREE_M)
    xy = shapely.get_coordinates(shape)
    off = np.arange(len(xy))
    for _ in range(settings.rounds):
        near = index.nearest(geo.turn_deg(0.0, xy[off, 0]), xy[off, 1])
        wrong = np.abs(near.distance_m - radius_m) > settings.tolerance_m / 20
        # a vertex on the line itself has no direction to move in
        wrong &= near.distance_m > radius_m / 10
        if not wrong.any():
            break
        off = off[wrong]
        foot = near.lon[wrong], near.lat[wrong]
        lon, lat = geo.destination(*foot, geo.azimuth_deg(*foot, xy[off, 0], xy[off, 1]), radius_m)
        xy[off] = np.column_stack([np.mod(lon, 360.0), lat])
    shape = shapely.make_valid(shapely.set_coordinates(shape, xy))
    return shapely.simplify(shapely.union_all(_areas(shape)), settings.tolerance_m / 2 / DEGREE_M)


def _areas(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return parts[shapely.get_dimensions(parts) == 2]


def _wrapped(shape: Any) -> Any:
    """Cut at the antimeridian and bring all longitudes into [-180, 180]."""
    west = shapely.intersection(shape, shapely.box(180, -90, 540, 90))
    east = shapely.intersection(shape, shapely.box(-180, -90, 180, 90))
    west = shapely.transform(west, lambda xy: xy - [360.0, 0.0])
    return shapely.multipolygons(shapely.get_parts(np.concatenate([_areas(east), _areas(west)])))


def _error_m(shape: Any, index: LineIndex, radius_m: float) -> float:
    """Return the largest |distance − radius| at vertices and in the middle of edges, the cut at
    180° left out."""
    coords, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(shape)), return_index=True
    )
    joined = ring[1:] == ring[:-1]
    middles = (coords[1:][joined] + coords[:-1][joined]) / 2
    at = np.concatenate([coords, middles])
    at = at[np.abs(at[:, 0]) < 180 - 1e-9]
    return float(np.abs(index.nearest(at[:, 0], at[:, 1]).distance_m - radius_m).max())


def border_zones(
    names: Sequence[str], radii_m: Sequence[float], *, settings: Settings = DEFAULTS
) -> gpd.GeoDataFrame:
    """Draw the zones of several borders and radii (see `border_zone`), one row each in that
    order.
    """
    parts = [border_zone(name, radius, settings=settings) for name in names for radius in radii_m]
    return pd.concat(parts, ignore_index=True)


def zone_by_state(
    zone_rows: gpd.GeoDataFrame, *, people: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return which share of each state's area, and of its people, lies within each zone.

    Parameters
    ----------
    zone_rows
        As `border_zone` or `border_zones` gives it.
    people
        `people`, `state` (postal) and `to_<border>_m`: a share of area is not a share of people.

    Returns
    -------
    DataFrame
        One row per zone and state it touches: `border`, `radius_m`, `state`, `area_km2`,
        `zone_km2`, `share_area`, and with people `people`, `zone_people`, `share_people`. Areas are
        geodesic, land and inland water as the state polygons draw them.
    """
    states = border_data.states()
    shapes = states.geometry.to_numpy()
    whole = np.array([area_m2(g) for g in shapes]) / 1e6
    rows = []
    for border, radius_m, drawn in zip(
        zone_rows["border"], zone_rows["radius_m"], zone_rows.geometry, strict=True
    ):
        for at in np.flatnonzero(shapely.intersects(shapes, drawn)):
            inside = area_m2(shapely.intersection(shapes[at], drawn)) / 1e6
            row: dict[str, Any] = {
                "border": border,
                "radius_m": radius_m,
                "state": states["state"].iloc[at],
            }
            row |= {
                "area_km2": whole[at],
                "zone_km2": inside,
                "share_area": min(inside / whole[at], 1.0),
            }
            if people is not None:
                home = people[people["state"] == row["state"]]
                # a state nobody is counted in is not known, it is not empty
                near = float(
                    home.loc[home[f"to_{border}_m"] <= radius_m, "people"].sum(
                        min_count=0 if len(home) else 1
                    )
                )
                total = float(home["people"].sum(min_count=1))
                row |= {
                    "people": total,
                    "zone_people": near,
                    "share_people": near / total if total else np.nan,
                }
            rows.append(row)
    return pd.DataFrame(rows).sort_values(["border", "radius_m", "state"], ignore_index=True)


def area_m2(shape: Any) -> float:
    """Return the geodesic area of a polygon or multipolygon, square meters; 0 for anything else.

    An edge is straight in longitude and latitude, as GEOS and every map draw it. A geodesic between
    the same two corners is another line (5 km north of the 49th parallel in the middle of North
    Dakota), so edges are cut into steps of `AREA_STEP_DEG` before the area is taken.

    >>> round(area_m2(shapely.box(-1, -1, 1, 1)) / 1e6)
    49234
    """
    total = 0.0
    for polygon in _areas(shapely.segmentize(shapely.get_parts(shape), AREA_STEP_DEG)):
        for number, ring in enumerate((polygon.exterior, *polygon.interiors)):
            lon, lat = shapely.get_coordinates(ring).T
            area = abs(geo.GEOD.polygon_area_perimeter(lon, lat)[0])
            total += area if number == 0 else -area
    return total
