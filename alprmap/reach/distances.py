"""Distances to named borders (rules R1, R2).

R1: a border is always named. R2: a distance is the geodesic on WGS 84 to the nearest place of the
line, not to a vertex; it has no sign, so a camera beyond the line has its distance too (its state
is missing then, and a statistic of the United States leaves it out)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd

from alprmap import schema, steps
from alprmap.errors import InputError, UsageError
from alprmap.geography import LineIndex, Nearest, assign_places, border_shapes, ports
from alprmap.reach.settings import border_error_m


def border_distances(
    cameras: pd.DataFrame,
    *,
    borders: str | Sequence[str] = schema.BORDERS,
    places: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """Measure every camera's geodesic distance to the named borders (R1, R2).

    Parameters
    ----------
    cameras
        Any frame with `lon` and `lat` in degrees; a camera without a position gets missing
        distances.
    borders
        Names of `schema.BORDERS`, or one of them.
    places
        Also give the nearest place itself.
    progress
        Called with (border, points done, points in all).

    Returns
    -------
    DataFrame
        Same index; `to_<border>_m`, and with `places` also `near_<border>_lon`, `near_<border>_lat`
        and, for `port`, `near_port`, its name.

    Raises
    ------
    UsageError
        When a border is not known.
    InputError
        When the frame has no positions.
    """
    if not {"lon", "lat"} <= set(cameras.columns):
        fix = (
            "of a GeoDataFrame of points in EPSG:4326: frame.assign(lon=frame.geometry.x,"
            " lat=frame.geometry.y)"
        )
        raise InputError("the table has no columns lon and lat", fix=fix)
    borders = (borders,) if isinstance(borders, str) else borders
    for name in borders:
        if name not in schema.BORDERS:
            raise UsageError(
                f"no border is called {name}", fix=f"use one of {', '.join(schema.BORDERS)}"
            )
    lon, lat = cameras["lon"].to_numpy(np.float64), cameras["lat"].to_numpy(np.float64)
    wanted = [n for n in schema.BORDERS if n in borders]
    done: dict[str, Nearest] = {}
    told = progress or steps.tell
    # `land` is the nearer of its two halves, so nothing is looked up twice
    for name in [
        n for n in schema.BORDERS if n in wanted or (n in ("mexico", "canada") and "land" in wanted)
    ]:
        if name == "land":
            done[name] = _nearer(done["mexico"], done["canada"])
        else:
            done[name] = _index(name).nearest(
                lon, lat, progress=partial(told, f"distance to {name}")
            )
    out: dict[str, Any] = {f"to_{n}_m": done[n].distance_m for n in wanted}
    if places:
        for n in wanted:
            out[f"near_{n}_lon"], out[f"near_{n}_lat"] = done[n].lon, done[n].lat
        if "port" in wanted:
            names = ports()["name"].to_numpy(dtype=object)
            line = done["port"].line
            out["near_port"] = pd.Series(
                np.where(line >= 0, names[line], None), index=cameras.index, dtype="str"
            )
    return pd.DataFrame(out, index=cameras.index)


def reach_table(
    cameras: pd.DataFrame,
    *,
    borders: Sequence[str] = schema.BORDERS,
    places: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """Make table `reach`: id, position, state, county and distances of every camera, sorted by
    id.
    """
    frame = cameras[["camera_id", "lon", "lat"]].copy()
    where = _places(frame)
    far = border_distances(frame, borders=borders, places=places, progress=progress)
    # a centimeter, and a millionth of a degree: far below every error, and files half as large
    far = far.round({c: 6 if c.startswith("near_") else 2 for c in far.columns if c != "near_port"})
    frame = frame.join(where).join(far)
    return schema.conform(frame.sort_values("camera_id", ignore_index=True), "reach")


def _places(frame: pd.DataFrame) -> pd.DataFrame:
    """Return state and county of each row; missing for a camera that stands across a land
    border.
    """
    where = assign_places(frame["lon"].to_numpy(), frame["lat"].to_numpy()).set_index(frame.index)
    outside = where["place_offshore"].fillna(False).to_numpy(dtype=bool)
    away = where["place_distance_m"]
    if outside.any():
        # off a shore the county's edge is not the border; across a land border it is, up to the
        # border's error
        to_land = border_distances(frame[outside], borders=["land"])["to_land_m"].reindex(
            frame.index
        )
        doubt = float(border_error_m("land", 0.0))
        abroad = outside & (away > doubt) & (away >= to_land - doubt)
        where = where.mask(abroad)
    return where[["state", "county_geoid", "county"]].astype("str")


@lru_cache(maxsize=8)
def _index(name: str) -> LineIndex:
    """Build the index of a border once."""
    return LineIndex(border_shapes(name))


def border_index(name: str) -> LineIndex:
    """Return the index of named border `name` (built once)."""
    return _index(name)


def _nearer(a: Nearest, b: Nearest) -> Nearest:
    first = ~(b.distance_m < a.distance_m)
    return Nearest(
        distance_m=np.where(first, a.distance_m, b.distance_m),
        lon=np.where(first, a.lon, b.lon),
        lat=np.where(first, a.lat, b.lat),
        line=np.where(first, a.line, b.line),
    )
