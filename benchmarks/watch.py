"""Watch at scale: every view on a network of more than a million segments, against nearest-road
searches, one run.

    python benchmarks/watch.py ../shared/data/roads/columbus-oh.osm.pbf [--copies 46] [--cameras
    100000]

The network is the city's laid side by side (synthetic); cameras stand within 15 m of its roads with
headings along them ± 30°, a tenth unknown, seeded. The baselines only find near roads: no wedge,
direction, level or score."""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import geo
from alprmap.roads import network
from alprmap.roads.network import Roads
from alprmap.watch import reads as watch


def tiled_roads(extract: Path, copies: int) -> Roads:
    """The city's segments, `copies` times in a row to the east, node ids kept apart."""
    one = network.read(extract).segments
    lines, width = one.geometry.to_numpy(), one.total_bounds[2] - one.total_bounds[0] + 0.01
    half = copies / 2
    nodes = int(one[["u", "v"]].to_numpy().max()) + 1
    parts = [one.assign(u=one["u"] + c * nodes, v=one["v"] + c * nodes,
                        geometry=shapely.transform(lines, lambda xy, c=c: np.add(xy, [(c - half) * width, 0])))
             for c in range(copies)]  # fmt: skip
    whole = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=4326)
    whole["segment_id"] = np.arange(len(whole))
    return Roads(whole, network.restrictions_frame([]), {})


def cameras_on(roads: Roads, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(11)
    row = random.integers(0, len(roads.segments), count)
    lines = roads.segments.geometry.to_numpy()[row]
    share = random.uniform(0.1, 0.9, count)
    a, b = (
        shapely.get_coordinates(shapely.line_interpolate_point(lines, s, normalized=True))
        for s in (share, share + 0.05)
    )
    course = geo.azimuth_deg(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    lon, lat = geo.destination(a[:, 0], a[:, 1], course + 90, random.uniform(3, 15, count))
    heading = np.round(geo.wrap_deg(course + random.uniform(-30, 30, count)))
    heading[random.uniform(size=count) < 0.1] = np.nan
    ids = [f"c{i:07d}" for i in range(count)]
    cameras = pd.DataFrame({"camera_id": ids, "lon": lon, "lat": lat, "position_error_m": 10.0})
    views = pd.DataFrame(
        {
            "camera_id": ids,
            "heading_deg": geo.wrap_deg(heading),
            "width_deg": np.nan,
            "quality": "exact",
        }
    )
    return cameras, views.assign(quality=np.where(np.isnan(heading), "missing", "exact"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("extract", type=Path)
    parser.add_argument("--copies", type=int, default=46)
    parser.add_argument("--cameras", type=int, default=100_000)
    asked = parser.parse_args()
    roads = tiled_roads(asked.extract, asked.copies)
    cameras, views = cameras_on(roads, asked.cameras)
    print(
        f"{len(roads.segments):,} segments, {len(cameras):,} cameras; the network takes"
        f" {peak():,.0f} MiB"
    )
    found: list[watch.Watched] = []
    first, cpu = clock(lambda: found.append(watch.watch(cameras, views, roads)))
    watched = found[0]
    whole = peak()
    print(f"read {watched.watches['camera_id'].nunique():,} cameras, {len(watched.watches):,} arcs")
    print("what                                        seconds  cpu s  times alprmap")
    row = f"alprmap watch, index built as well          {first:7.2f}  {cpu:5.1f}"
    print(f"{row}           1.00   peak {whole:,.0f} MiB")
    again, cpu = clock(lambda: watch.watch(cameras, views, roads))
    print(
        f"alprmap watch, index at hand                {again:7.2f}  {cpu:5.1f} "
        f" {again / first:13.2f}"
    )
    points = shapely.points(*cameras[["lon", "lat"]].to_numpy().T)
    metric = gpd.GeoSeries(points, crs=4326).to_crs("ESRI:102008")
    roads_metric = roads.segments[["segment_id", "geometry"]].to_crs("ESRI:102008")
    for name, what in (
        ("sjoin_nearest (projected before)", lambda: sjoin(metric, roads_metric)),
        (
            "STRtree built, query_nearest",
            lambda: shapely.STRtree(roads_metric.geometry.to_numpy()).query_nearest(metric),
        ),
        ("STRtree built, dwithin 60 m, all pairs", lambda: dwithin(metric, roads_metric)),
        ("wedge join (wedges made, STRtree built)", lambda: wedges(cameras, views, roads)),
    ):
        seconds, cpu = clock(what)
        print(f"{name:42}  {seconds:7.2f}  {cpu:5.1f}  {seconds / first:13.2f}")


def sjoin(points: Any, roads: Any) -> Any:
    return gpd.sjoin_nearest(gpd.GeoDataFrame(geometry=points), roads)


def dwithin(points: Any, roads: Any) -> Any:
    return shapely.STRtree(roads.geometry.to_numpy()).query(
        points.to_numpy(), predicate="dwithin", distance=60.0
    )


def wedges(cameras: Any, views: Any, roads: Roads) -> Any:
    """The join alone that W1 rests on: polygons of range and opening, and the roads they meet."""
    settings = watch.Settings()
    heading = views["heading_deg"].to_numpy()
    known = np.isfinite(heading)
    half = np.where(known, settings.width_deg / 2, 180.0)
    turn = np.linspace(-1, 1, 17)
    angle = np.radians(np.where(known, heading, 0.0)[:, None] + half[:, None] * turn)
    lon, lat = (cameras[c].to_numpy()[:, None] for c in ("lon", "lat"))
    per_lon, per_lat = geo.degree_m(lat)
    x = np.c_[lon, lon + settings.range_m * np.sin(angle) / per_lon, lon]
    y = np.c_[lat, lat + settings.range_m * np.cos(angle) / per_lat, lat]
    shapes = shapely.polygons(np.stack([x, y], axis=2))
    tree = shapely.STRtree(roads.segments.geometry.to_numpy())
    return tree.query(shapes, predicate="intersects")


def clock(what: Any) -> tuple[float, float]:
    """Wall and processor seconds; on a machine that is busy otherwise only the second compares."""
    wall, cpu = time.perf_counter(), time.process_time()
    what()
    return time.perf_counter() - wall, time.process_time() - cpu


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
