"""The border data that ships with alprmap: named lines, ports of entry, states, counties, land
(rule R1).

A border is named, never implied; what each name means is in `BORDERS`, how each line was derived in
docs/method/geography.md, from which package in data/sources.toml. Nothing here measures: see
`alprmap.geography.nearest`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from alprmap import geo
from alprmap.errors import InputError, NotFoundError
from alprmap.shipped import data_path
from alprmap.store import read_shapes

BORDERS: dict[str, str] = {
    "mexico": (
        "the boundary between the United States and Mexico, land and river, with the short tails"
        " off the two beaches that the Census TIGER line has (3 to 4 nautical miles)"
    ),
    "canada": (
        "the boundary between the United States and Canada, on land and through the Great Lakes,"
        " rivers and straits, lower 48 and Alaska, without the open sea"
    ),
    "land": "both land boundaries: mexico and canada",
    "coast": (
        "the shoreline of the states and territories: ocean, Gulf, bays and the U.S. shore of the"
        " Great Lakes, as most published 100-mile maps draw it"
    ),
    "external": (
        "the external boundary of 8 CFR 287.1(a)(1): the land boundary and the limit of the "
        "territorial sea, 12 nautical miles off the coast"
    ),
}
"""Named borders and what each means, in one line."""
VARIANTS: dict[str, str] = {
    "coast_ocean": "the shoreline without the Great Lakes",
    "outline": "the outline of the country as maps draw it: coast and land together",
    "mexico_land": "the boundary with Mexico from beach to beach, without the tails at sea",
}
"""Further lines that `load_border` knows, for comparison with published figures."""
LINES = (*BORDERS, *VARIANTS)
"""Names `load_border` knows."""

OFFSHORE_KM = 5.0
"""How far from a county a point may lie and still be given to it, flagged (piers, bridges,
simplified shores). """

_FILES = {"mexico": "borders/mexico.parquet", "canada": "borders/canada.parquet"}
_FILES |= {"coast": "borders/coast.parquet", "external": "borders/external.parquet"}
_LAND = ("mexico", "canada")
LAND_DEG = 0.005
"""How far the outline of the United States is simplified where it is drawn as land."""
_PLACE_COLUMNS = ["state", "county_geoid", "county", "place_offshore", "place_distance_m"]


@lru_cache(maxsize=16)
def stored(name: str) -> gpd.GeoDataFrame:
    """Read a shipped GeoParquet file once; whoever hands it on copies it."""
    return read_shapes(data_path(name))


def load_border(name: str) -> gpd.GeoDataFrame:
    """Load the lines of a named border.

    Parameters
    ----------
    name
        One of `BORDERS` or `VARIANTS`.

    Returns
    -------
    GeoDataFrame
        Columns `border`, `part` (a stretch of it, such as `sea_gulf` or `great_lakes`), `geometry`
        (LineString, EPSG:4326, no edge longer than 4 km, so that edges may be read as geodesics).

    Raises
    ------
    NotFoundError
        When there is no border of that name.

    Examples
    --------
    >>> load_border("mexico")["part"].tolist()
    ['land_and_river', 'sea_gulf', 'sea_pacific']
    """
    if name == "land":
        frame = pd.concat([load_border(part) for part in _LAND], ignore_index=True)
    elif name == "outline":
        frame = pd.concat([load_border("coast"), load_border("land")], ignore_index=True)
    elif name == "coast_ocean":
        frame = load_border("coast").query("part != 'great_lakes'")
    elif name == "mexico_land":
        frame = load_border("mexico").query("part == 'land_and_river'")
    elif name in _FILES:
        frame = stored(_FILES[name]).copy()
        frame.insert(0, "border", name)
    else:
        raise NotFoundError(
            f"there is no border named {name!r}", fix=f"use one of {', '.join(LINES)}"
        )
    return frame.reset_index(drop=True)


def ports() -> gpd.GeoDataFrame:
    """Load the land ports of entry: name, port, state, border, kind, lon, lat, source and a point
    (EPSG:4326)."""
    table = pd.read_csv(data_path("ports_of_entry.csv"), dtype={"port_code": "string"})
    points = shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy())
    return gpd.GeoDataFrame(table, geometry=points, crs=4326)


def border_shapes(name: str) -> NDArray[np.object_]:
    """Return what distances from border `name` are measured to: its lines, or the points of `port`.

    Raises
    ------
    NotFoundError
        When there is no border of that name.
    """
    found: NDArray[np.object_] = (
        ports() if name == "port" else load_border(name)
    ).geometry.to_numpy()
    return found


def states() -> gpd.GeoDataFrame:
    """Load the states, D.C. and five territories: geoid (FIPS), state (postal), name, geometry."""
    return stored("states.parquet").copy()


def counties() -> gpd.GeoDataFrame:
    """Load the counties of 2016: geoid (5-digit FIPS), state (postal), name, geometry."""
    return stored("counties.parquet").copy()


def simplified(frame: gpd.GeoDataFrame, tolerance_deg: float) -> gpd.GeoDataFrame:
    """Simplify lines or polygons for drawing, never for measuring; shared polygon edges stay
    shared.

    Parameters
    ----------
    frame
        A table of this room (lines, or polygons that form a coverage).
    tolerance_deg
        How far a line may move, degrees; for polygons the side of a square as large as the smallest
        bend kept (Visvalingam). Islands that would be specks at this size are dropped: polygon
        parts under (3 × tolerance)², but never the largest of a row, and closed lines under 12 ×
        tolerance around.

    Returns
    -------
    GeoDataFrame
        The same columns with a lighter geometry; the same rows, but for closed lines that were
        specks.

    Examples
    --------
    >>> len(simplified(load_border("coast"), 0.02)) < len(load_border("coast"))
    True
    """
    shapes = np.asarray(frame.geometry.values)
    if shapely.get_dimensions(shapes).max() < 2:
        keep = ~(shapely.is_closed(shapes) & (shapely.length(shapes) < 12 * tolerance_deg))
        return (
            frame[keep]
            .set_geometry(shapely.simplify(shapes[keep], tolerance_deg), crs=4326)
            .reset_index(drop=True)
        )
    light = shapely.coverage_simplify(shapes, tolerance_deg)
    specks_out = [_without_specks(g, (3 * tolerance_deg) ** 2) for g in light]
    return frame.set_geometry(gpd.GeoSeries(specks_out, frame.index, crs=4326))


def _without_specks(shape: Any, area_deg2: float) -> Any:
    """Drop the parts of a polygon smaller than an area, but never the largest."""
    parts = shapely.get_parts(shape)
    if len(parts) <= 1:
        return shape
    area = shapely.area(parts)
    return shapely.multipolygons(parts[(area >= area_deg2) | (area == area.max())])


def assign_places(
    lon: ArrayLike, lat: ArrayLike, *, offshore_km: float = OFFSHORE_KM
) -> pd.DataFrame:
    """Assign each point its state and county.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,); a missing position gives a missing place.
    offshore_km
        A point in no county goes to the nearest one within this distance and is flagged.

    Returns
    -------
    DataFrame
        n rows: `state` (postal code), `county_geoid`, `county`, `place_offshore` (True when the
        point lies outside its county), `place_distance_m` (0 inside). All missing beyond
        `offshore_km`.

    Raises
    ------
    InputError
        When lon and lat differ in length.

    Examples
    --------
    >>> assign_places([-106.485, -30.0],
    ...     [31.761, 40.0])[["state", "county"]].fillna("-").values.tolist()
    [['TX', 'El Paso'], ['-', '-']]
    """
    x, y = np.atleast_1d(np.asarray(lon, dtype=float)), np.atleast_1d(np.asarray(lat, dtype=float))
    if x.shape != y.shape or x.ndim != 1:
        raise InputError(
            "lon and lat must be two columns of the same length",
            fix="pass one latitude for each longitude",
        )
    table = stored("counties.parquet")
    row = np.full(len(x), -1)
    away_m = np.full(len(x), np.nan)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    tree = shapely.STRtree(shapely.points(x[known], y[known]))
    # the polygons ask the points, because GEOS prepares the shape that asks; on a shared edge the
    # lower id wins
    shape_index, point_index = tree.query(table.geometry.values, predicate="intersects")
    order = np.lexsort((shape_index, point_index))[::-1]
    row[known[point_index[order]]] = shape_index[order]
    away_m[row >= 0] = 0.0
    for i in known[row[known] < 0]:
        row[i], away_m[i] = _nearest_county(x[i], y[i], offshore_km)
    found = table.iloc[row[row >= 0]]
    out = pd.DataFrame(index=range(len(x)), columns=_PLACE_COLUMNS, dtype="object")
    out.loc[row >= 0, _PLACE_COLUMNS[:3]] = found[["state", "geoid", "name"]].to_numpy()
    out = out.astype(dict.fromkeys(_PLACE_COLUMNS[:3], "string") | {"place_offshore": "boolean"})
    out["place_offshore"] = pd.array(away_m > 0, dtype="boolean")
    out.loc[row < 0, "place_offshore"] = pd.NA
    return out.assign(place_distance_m=away_m)


def _nearest_county(lon: float, lat: float, within_km: float) -> tuple[int, float]:
    """Return the row of the nearest county and its distance in meters, or (-1, NaN) when none is
    near enough."""
    table = stored("counties.parquet")
    lon_m, lat_m = (float(v) for v in geo.degree_m(lat))
    dx, dy = within_km * 1000 / lon_m, within_km * 1000 / lat_m
    box = shapely.box(lon - dx, lat - dy, lon + dx, lat + dy)
    best, best_m = -1, float("nan")
    for row in sorted(table.sindex.query(box)):
        near = shapely.clip_by_rect(table.geometry.values[row], *box.bounds)
        if near.is_empty:
            continue
        # within a few kilometers a plane with the scales of this latitude is right to a meter
        local = shapely.transform(near, lambda xy: (xy - [lon, lat]) * [lon_m, lat_m])
        away = shapely.distance(local, shapely.Point(0, 0))
        if away <= within_km * 1000 and not best_m <= away:
            best, best_m = int(row), float(away)
    return best, best_m


def sources() -> dict[str, dict[str, Any]]:
    """Load data/sources.toml: one table per shipped file (package, version, license, sha256,
    notice, use)."""
    with data_path("sources.toml").open("rb") as file:
        table: dict[str, dict[str, Any]] = tomllib.load(file)["file"]
    return table


def data_notice(names: str | Iterable[str]) -> str:
    """Return the credit line that must stand beside a map or table made with one or more named
    borders or layers.

    Parameters
    ----------
    names
        Names of `BORDERS`, `VARIANTS`, `port`, `states`, `counties` or `land_polygons`.

    Examples
    --------
    >>> data_notice("coast")
    'U.S. Census Bureau cartographic boundary files, 2016 (public domain)'
    """
    wanted = [names] if isinstance(names, str) else list(names)
    table = sources()
    seen: dict[str, None] = {}
    for name in wanted:
        for file in _files_of(name):
            seen.setdefault(str(table[file]["notice"]))
    return "; ".join(dict.fromkeys(part for text in seen for part in text.split("; ")))


def _files_of(name: str) -> list[str]:
    """List the shipped files behind a name."""
    direct = {
        "port": "ports_of_entry.csv",
        "states": "states.parquet",
        "counties": "counties.parquet",
        "highways": "highways.parquet",
        "places": "places.parquet",
        "interstates": "interstates.parquet",
    }
    groups = {
        "land": ["mexico", "canada"],
        "outline": ["coast", "mexico", "canada"],
        "coast_ocean": ["coast"],
        "mexico_land": ["mexico"],
        "land_polygons": ["states"],
    }
    if name in direct:
        return [direct[name]]
    if name in _FILES:
        return [_FILES[name]]
    if name in groups:
        files = [file for part in groups[name] for file in _files_of(part)]
        return [*files, "land.parquet"] if name == "land_polygons" else files
    raise NotFoundError(
        f"there is no layer named {name!r}", fix="see alprmap.geography.borders.BORDERS"
    )
