"""Distance of cameras to a border: alprmap's way against what one would pick instead, in one run.

    python benchmarks/reach.py [--points N] [--border NAME] [--million]

Each way measures the same points to the same line; the error is against a slow reference (every
vertex of a 25 m densified line looked at for a sample of points, one geodesic for each that could
be nearest). The ratio is of processor time, which does not change when others use the machine.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from alprmap import geo
from alprmap.geography import borders
from alprmap.geography.nearest import LineIndex

MEAN_RADIUS_M = 6_371_008.8
SIX = ("mexico", "canada", "coast", "external")


def cameras_like(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Points over the lower 48, the same each time."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-124.5, -67.0, n), rng.uniform(25.5, 48.9, n)


def ours(line: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return LineIndex(line).nearest(lon, lat).distance_m


def projected(line: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """One projected system for the whole country (EPSG:5070, Albers) and a spatial tree."""
    target = gpd.GeoSeries(line, crs=4326).to_crs(5070)
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326).to_crs(5070)
    coords, part = shapely.get_coordinates(target.to_numpy(), return_index=True)
    same = part[1:] == part[:-1]
    pieces = shapely.linestrings(np.stack([coords[:-1][same], coords[1:][same]], axis=1))
    _, meters = shapely.STRtree(pieces).query_nearest(
        points.to_numpy(), return_distance=True, all_matches=False
    )
    return np.asarray(meters)


def sphere(line: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Nearest vertex by chord on the sphere (what a haversine tree gives)."""
    coords = shapely.get_coordinates(line)

    def unit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        a, b = np.radians(x), np.radians(y)
        return np.column_stack([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])

    chord, _ = cKDTree(unit(*coords.T)).query(unit(lon, lat), workers=-1)
    return 2 * MEAN_RADIUS_M * np.arcsin(chord / 2)


def degrees(line: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Shapely in degrees, times 111,195 m: the mistake most often seen."""
    tree = shapely.STRtree(shapely.get_parts(line))
    points = shapely.points(lon, lat)
    _, far = tree.query_nearest(points, return_distance=True, all_matches=False)
    return np.asarray(far) * 111_195.0


def reference(line: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Brute force: every vertex of the line at 25 m steps, one geodesic for each that may be
    nearest."""
    dense = LineIndex(line, step_m=25.0)
    targets = geo.ecef(dense.lon, dense.lat)
    out = np.empty(len(lon))
    for i, at in enumerate(geo.ecef(lon, lat)):
        chord = np.sqrt(((targets - at) ** 2).sum(axis=1))
        near = chord <= chord.min() + 1 + 25 * (chord.min() / 1e6) ** 3
        out[i] = geo.distance_m(lon[i], lat[i], dense.lon[near], dense.lat[near]).min()
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--border", default="canada")
    parser.add_argument("--sample", type=int, default=300, help="points checked by brute force")
    parser.add_argument(
        "--million", action="store_true", help="also one million points, with peak memory"
    )
    asked = parser.parse_args()
    line = borders.load_border(asked.border).geometry.to_numpy()
    lon, lat = cameras_like(asked.points)
    check = slice(0, asked.sample)
    truth = reference(line, lon[check], lat[check])
    ways: dict[str, Callable[..., np.ndarray]] = {
        "alprmap (earth-centered tree, exact foot)": ours,
        "one projection (EPSG:5070) + STRtree": projected,
        "nearest vertex on the sphere (haversine tree)": sphere,
        "shapely in degrees x 111 km": degrees,
    }
    print(
        f"{asked.points:,} points to `{asked.border}`, {len(shapely.get_coordinates(line)):,}"
        " vertices"
    )
    print(f"{'way':48s} {'time_s':>8s} {'cpu_s':>7s} {'ratio':>7s} {'largest error_m':>16s}")
    first = 0.0
    for name, way in ways.items():
        start, work = time.perf_counter(), time.process_time()
        meters = way(line, lon, lat)
        seconds, work = time.perf_counter() - start, time.process_time() - work
        first = first or work
        error = np.abs(meters[check] - truth).max()
        print(f"{name:48s} {seconds:8.2f} {work:7.2f} {work / first:7.2f} {error:16,.2f}")
    start, work = time.perf_counter(), time.process_time()
    for name in SIX:
        ours(borders.load_border(name).geometry.to_numpy(), *cameras_like(61_768))
    ports = borders.ports().geometry.to_numpy()
    ours(ports, *cameras_like(61_768))
    seconds, work = time.perf_counter() - start, time.process_time() - work
    print(
        f"61,768 points to all six borders (land is the nearer of two): {seconds:.2f} s, cpu"
        f" {work:.2f} s"
    )
    if asked.million:
        x, y = cameras_like(1_000_000)
        start, work = time.perf_counter(), time.process_time()
        ours(line, x, y)
        seconds, work = time.perf_counter() - start, time.process_time() - work
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(
            f"1,000,000 points to `{asked.border}`: {seconds:.2f} s, cpu {work:.2f} s, peak"
            f" {peak:.2f} GiB"
        )


if __name__ == "__main__":
    main()
