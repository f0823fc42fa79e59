"""Areas of border zones by state, computed in another way than the product computes them (R1).

The zone of a line is the union of geodesic discs: the line is cut at most every 1.5 km along its
geodesics, a disc of 256 corners is drawn around each place with PROJ, the union is cut with each
state, and its area is taken in an equal-area projection of the ellipsoid (EPSG:6933) with edges of
at most 0.01 degree. Nothing of it is shared with `alprmap.geography.zones`, which moves the corners
of one outline to the exact distance and sums geodesic polygons.

    python benchmarks/zones.py                     compare, print the largest differences
    python benchmarks/zones.py --out AREAS.csv     and write the areas (tests/geography/)
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from alprmap.geography import border_zone, load_border, ports, states, zone_by_state

GEOD = Geod(ellps="WGS84")
EQUAL_AREA = Transformer.from_crs(4326, 6933, always_xy=True)
STEP_M, CORNERS, MILE_M = 1500.0, 256, 1609.344
CELL_DEG = 0.004
"""Of the places of the line one in each cell of this size is enough."""
DEGREE_M = 111_195.0


def places(border: str) -> NDArray[np.float64]:
    """Return places along a border, shape (n, 2), degrees, at most `STEP_M` apart."""
    if border == "port":
        return ports()[["lon", "lat"]].to_numpy(float)
    out = []
    for line in shapely.get_parts(load_border(border).geometry.to_numpy()):
        xy = shapely.get_coordinates(line)
        azimuth, _, far = GEOD.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
        steps = np.maximum(1, np.ceil(np.asarray(far) / STEP_M)).astype(int)
        edge = np.repeat(np.arange(len(steps)), steps)
        number = np.concatenate([np.arange(n) for n in steps])
        along = number * (np.asarray(far) / steps)[edge]
        lon, lat, _ = GEOD.fwd(xy[:-1, 0][edge], xy[:-1, 1][edge], azimuth[edge], along)
        out += [np.column_stack([lon, lat]), xy[-1:]]
    every = np.concatenate(out)
    _, first = np.unique(np.round(every / CELL_DEG).astype(int), axis=0, return_index=True)
    return every[np.sort(first)]


def discs(at: NDArray[np.float64], radius_m: float) -> NDArray[np.object_]:
    """Return a disc around each place, in longitudes from 0 to 360, of a circle's own area."""
    azimuth = np.linspace(0, 360, CORNERS, endpoint=False)
    far = radius_m / np.sqrt(np.cos(np.pi / CORNERS))
    lon, lat, _ = GEOD.fwd(
        np.repeat(at[:, 0], CORNERS),
        np.repeat(at[:, 1], CORNERS),
        np.tile(azimuth, len(at)),
        np.full(len(at) * CORNERS, far),
    )
    middle = np.mod(at[:, 0], 360)[:, None]
    x = middle + ((np.reshape(lon, (-1, CORNERS)) - middle + 180) % 360 - 180)
    out: NDArray[np.object_] = shapely.polygons(
        np.stack([x, np.reshape(lat, (-1, CORNERS))], axis=-1)
    )
    return out


def eastward(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape in longitudes from 0 to 360."""
    return shapely.transform(shape, lambda c: np.column_stack([np.mod(c[:, 0], 360), c[:, 1]]))


def area_km2(shape: shapely.Geometry) -> float:
    """Return the area on the ellipsoid, edges straight in longitude and latitude."""
    fine = shapely.segmentize(shape, 0.01)
    flat = shapely.transform(
        fine, lambda c: np.column_stack(EQUAL_AREA.transform(c[:, 0], c[:, 1]))
    )
    return float(flat.area) / 1e6


def by_state(border: str, miles: float, at: NDArray[np.float64]) -> dict[str, float]:
    """Return the area of each state within so many miles of places along a border, km²."""
    radius, east, out = miles * MILE_M, np.mod(at[:, 0], 360), {}
    for state, drawn in zip(states()["state"], states().geometry, strict=True):
        shape = shapely.make_valid(eastward(drawn))
        west, south, right, north = shape.bounds
        more = radius / DEGREE_M * 1.02
        wide = more / np.cos(np.radians(min(85.0, north + more)))
        near = (east > west - wide) & (east < right + wide)
        near &= (at[:, 1] > south - more) & (at[:, 1] < north + more)
        if near.any():
            inside = shapely.intersection(shape, shapely.union_all(discs(at[near], radius)))
            if area := area_km2(inside):
                out[str(state)] = area
    return out


def main() -> None:
    """Compare every border and radius; print where they differ most; write the areas if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--borders", default="mexico,canada,land,coast,external,port")
    parser.add_argument("--miles", default="25,50,100")
    parser.add_argument("--out", type=Path)
    asked, rows = parser.parse_args(), []
    for border in asked.borders.split(","):
        at = places(border)
        for miles in map(float, asked.miles.split(",")):
            start = time.process_time()
            other = by_state(border, miles, at)
            middle = time.process_time()
            ours = zone_by_state(border_zone(border, miles * MILE_M)).set_index("state")["zone_km2"]
            own = time.process_time() - middle
            table = pd.DataFrame({"discs_km2": other, "zone_km2": ours}).fillna(0.0)
            table["off_%"] = 100 * (table["zone_km2"] / table["discs_km2"] - 1)
            worst = table.loc[table["off_%"].abs().idxmax()]
            print(
                f"{border}:{miles:g}: {len(table)} states, most {worst['off_%']:+.3f} % in"
                f" {worst.name} ({worst['discs_km2']:,.0f} km²); {own:.1f} s, discs"
                f" {middle - start:.1f} s",
                flush=True,
            )
            rows += [(border, miles, s, round(a, 2)) for s, a in sorted(other.items())]
    if asked.out is not None:
        columns = ["border", "miles", "state", "km2"]
        pd.DataFrame(rows, columns=columns).to_csv(asked.out, index=False)


if __name__ == "__main__":
    main()
