"""What the draws of the uncertainty model cost (C7), against one pass over the same measures.

    python benchmarks/draws.py CAMERAS ROADS PEOPLE [DRAWS]

One pass is: watch, C1 at four radii, C4 with people, and every trip driven by the fastest and the
least-read way (C6), at mid. Draws are all of everything at once and those of one assumption alone.
Prints both in processor seconds and their ratio; 100 draws of a city are to cost 10 passes at most.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from alprmap.cli.common import on_roads, read_cameras
from alprmap.coverage import every_pair, people_on, readers
from alprmap.coverage.reader_corridors import reader_corridors
from alprmap.coverage.uncertainty import Settings, Town, measure_draws
from alprmap.coverage.unread import unread_zones
from alprmap.geography import read_population
from alprmap.roads import Graph
from alprmap.roads import read as read_roads
from alprmap.watch import watch, watch_levels

RADII_M = (500.0, 1000.0, 2000.0, 5000.0)


def one_pass(town: Town) -> None:
    """Measure once at mid."""
    assert town.demand is not None
    watches = watch(town.cameras, town.views, town.roads, settings=watch_levels("mid")).watches
    reader_corridors(watches, town.roads, radii_m=town.radii_m, graph=town.graph)
    unread_zones(watches, town.roads, people=town.people, graph=town.graph)
    every_pair.weigh(town.demand, readers.place_readers(watches, town.graph))


def main() -> None:
    """Time and print."""
    cameras, roads_file, population = (Path(a) for a in sys.argv[1:4])
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 100
    found, roads = read_cameras(cameras), read_roads(roads_file)
    near = on_roads(found.cameras, roads, found.path)
    views = found.views[found.views["camera_id"].isin(near["camera_id"])]
    graph = Graph.from_segments(roads.segments, roads.restrictions)
    people = people_on(read_population(population), roads)
    demand = every_pair.demand(people, graph)
    town = Town(near, views, roads, graph, demand, people, RADII_M)
    begun = time.process_time()
    one_pass(town)
    once = time.process_time() - begun
    begun = time.process_time()
    measure_draws(town, watch_levels("mid"), settings=replace(Settings(), draws=count))
    drawn = time.process_time() - begun
    print(
        f"{len(near):,} cameras, {len(roads.segments):,} segments, {len(demand.origin):,} origins:"
        f" one pass {once:.2f} s, {count} draws {drawn:.2f} s, x {drawn / once:.1f}"
    )


if __name__ == "__main__":
    main()
