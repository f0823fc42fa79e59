"""Does the 5-95 % interval hold the truth? Simulated cities whose truth is known (C7).

    python benchmarks/calibration.py [RUNS] [DRAWS]

Each city is a grid of streets with cameras at the roadside. The truth is drawn from the model: facing
rule, range, width, link times, and where the cameras stand and look. What the map shows is the truth
with errors of position and heading, some headings unknown. The interval is made from the map alone.
Prints how many of the runs hold the truth; 85 to 95 of 100 are expected of an interval of 90 %.
The table stands in docs/uncertainty.md.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import geo, schema
from alprmap.coverage import every_pair, readers
from alprmap.coverage.uncertainty import Draw, Settings, Town, measure_draws, plan
from alprmap.coverage.uncertainty import _other_times as other_times
from alprmap.roads import Graph, Roads
from alprmap.roads.network import restrictions_frame
from alprmap.watch import Carriageways, watch_levels, watches_on

SIDE, BLOCK_M, CAMERAS, UNKNOWN = 12, 350.0, 40, 0.1
LON, LAT = -97.0, 32.0
MEASURE = "c6_share_read_1"
"""Share of trips that pass a reader."""


def grid(rng: np.random.Generator) -> Roads:
    """Return a grid of two-way streets, every third a faster arterial."""
    per_lon, per_lat = geo.degree_m(LAT)
    rows = []
    for i in range(SIDE * SIDE):
        x, y = i % SIDE, i // SIDE
        for dx, dy in ((1, 0), (0, 1)):
            if x + dx < SIDE and y + dy < SIDE:
                ends = [(x, y), (x + dx, y + dy)]
                line = [
                    (LON + a * BLOCK_M / float(per_lon), LAT + b * BLOCK_M / float(per_lat))
                    for a, b in ends
                ]
                arterial = (y if dx else x) % 3 == 0
                rows.append(
                    {
                        "segment_id": len(rows),
                        "way_id": 1 + (y if dx else SIDE + x) * SIDE + (x if dx else y),
                        "u": i,
                        "v": i + dx + SIDE * dy,
                        "highway": "primary" if arterial else "residential",
                        "forward": True,
                        "backward": True,
                        "layer": 0,
                        "bridge": False,
                        "tunnel": False,
                        "maxspeed_kmh": 64.0 if arterial else 40.0,
                        "geometry": shapely.LineString(line),
                    }
                )
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs=4326)
    table["length_m"] = geo.length_m(table.geometry.to_numpy())
    return Roads(schema.conform(table, "segments"), restrictions_frame([]), {})


def cameras_of(roads: Roads, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cameras that stand 8 m beside a street and look along it, where they truly do."""
    row = rng.choice(len(roads.segments), CAMERAS, replace=False)
    spots = shapely.line_interpolate_point(
        roads.segments.geometry.to_numpy()[row], rng.uniform(0.2, 0.8, CAMERAS), normalized=True
    )
    ends = shapely.get_coordinates(roads.segments.geometry.to_numpy()[row]).reshape(-1, 2, 2)
    course = geo.azimuth_deg(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1])
    heading = geo.wrap_deg(course + 180.0 * rng.integers(0, 2, CAMERAS))
    per_lon, per_lat = geo.degree_m(LAT)
    side = np.radians(heading + 90.0)
    names = [f"c{i:03d}" for i in range(CAMERAS)]
    cameras = pd.DataFrame(
        {
            "camera_id": names,
            "lon": shapely.get_x(spots) + 8.0 * np.sin(side) / per_lon,
            "lat": shapely.get_y(spots) + 8.0 * np.cos(side) / per_lat,
            "position_error_m": 10.0,
        }
    )
    views = pd.DataFrame(
        {"camera_id": names, "heading_deg": heading, "width_deg": np.nan, "quality": "exact"}
    )
    return cameras, views


def mapped(
    cameras: pd.DataFrame, views: pd.DataFrame, settings: Settings, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the map shows of them: places and headings with errors, some unknown."""
    per_lon, per_lat = geo.degree_m(LAT)
    off = settings.errors.position_m * rng.normal(size=(len(cameras), 2)) / np.sqrt(2)
    shown = cameras.assign(
        lon=cameras["lon"] + off[:, 0] / per_lon, lat=cameras["lat"] + off[:, 1] / per_lat
    )
    heading = views["heading_deg"] + rng.normal(0, settings.errors.heading_sd_deg, len(views))
    unknown = rng.uniform(size=len(views)) < UNKNOWN
    heading = np.where(unknown, np.nan, geo.wrap_deg(heading))
    quality = np.where(unknown, "missing", "exact")
    return shown, views.assign(heading_deg=heading, quality=quality)


def one_run(seed: int, draws: int) -> tuple[float, float, float]:
    """Return (low, truth, high) of one simulated city."""
    rng = np.random.default_rng(seed)
    roads = grid(rng)
    graph = Graph.from_segments(roads.segments, roads.restrictions)
    people = pd.DataFrame(
        {"lon": graph.lon, "lat": graph.lat, "people": rng.uniform(100, 1000, graph.n_nodes)}
    )
    demand = every_pair.demand(people, graph)
    cameras, views = cameras_of(roads, rng)
    town = Town(cameras, views, roads, graph, demand)
    settings = replace(Settings(), draws=draws, seed=1000 + seed, alone=1)
    # the truth is one draw of the model, its seeds those of no other draw
    true = plan(watch_levels("mid"), replace(settings, draws=97, seed=5000 + seed), sampled=False)
    truth = true[int(rng.integers(97))]
    share = true_share(town, truth, replace(settings, seed=9000 + seed))
    shown, looks = mapped(cameras, views, settings, rng)
    made = measure_draws(
        replace(town, cameras=shown, views=looks), watch_levels("mid"), settings=settings
    )
    row = made.table.set_index("measure").loc[MEASURE]
    return float(row["low"]), share, float(row["high"])


def true_share(town: Town, truth: Draw, settings: Settings) -> float:
    """Return the share of trips that are read where all is known."""
    watches = watches_on(
        Carriageways.of(town.roads.segments), town.cameras, town.views, truth.watch
    )
    graph = other_times(town, truth.route, settings)
    assert town.demand is not None
    places = readers.place_readers(watches, graph)
    made = every_pair.weigh(replace(town.demand, graph=graph), places, full=False)
    return float(made.summary["share_read_1"].iloc[0])


def main() -> None:
    """Run and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    draws = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    held = below = above = 0
    with ProcessPoolExecutor() as pool:
        made = pool.map(one_run, range(runs), [draws] * runs)
        for seed, (low, truth, high) in enumerate(made):
            below, above = below + (truth < low), above + (truth > high)
            held += low <= truth <= high
            word = "below" if truth < low else "above" if truth > high else "held"
            print(f"{seed:4d}  {low:.3f}  {truth:.3f}  {high:.3f}  {word}", flush=True)
    print(f"{held} of {runs} intervals hold the truth; {below} lie below, {above} above")


if __name__ == "__main__":
    main()
