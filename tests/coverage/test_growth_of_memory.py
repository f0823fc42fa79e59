"""Memory and time grow with the roads, on the shape that was worst: parallel roads between two junctions."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_nets as nets

from alprmap.coverage import cordons, reader_corridors, readers, routes, tracked_corridors, unread
from alprmap.coverage.search import exposure
from alprmap.coverage.turns import turns
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads
from alprmap.watch import watch

SIZES = (60, 120, 240)


def parallel(n: int) -> tuple[Roads, pd.DataFrame]:
    """So many roads of one route between two junctions, a road on at either end, three readers."""
    nodes = {0: (0.0, 0.0), 1: (500.0, 0.0), 2: (-200.0, 0.0), 3: (700.0, 0.0)}
    edges = [
        (0, 1, {"length": 500 + i, "via": [(250.0, float(i))], "ref": "US 1"}) for i in range(n)
    ]
    read = [("a", 0, "forward", 50.0), ("b", n + 1, "forward", 20.0), ("c", 5, "forward", 100.0)]
    return nets.roads(nodes, [(2, 0), *edges, (1, 3)]), nets.watches(read)


def _watch(net: Roads, read: pd.DataFrame, graph: Graph) -> None:
    lon, lat = nets.lonlat(250.0, 0.0)
    cameras = pd.DataFrame({"camera_id": ["a", "b"], "lon": lon, "lat": lat})
    views = pd.DataFrame(
        {"camera_id": ["a", "b"], "heading_deg": [90.0, np.nan], "width_deg": np.nan}
    )
    watch(cameras, views, net)


def _cordon(net: Roads, read: pd.DataFrame, graph: Graph) -> None:
    corners = [(-50.0, -50.0), (250.0, -50.0), (250.0, 1000.0), (-50.0, 1000.0)]
    shape = shapely.Polygon([nets.lonlat(*p) for p in corners])
    cordons.cordons(read, net, gpd.GeoDataFrame({"name": ["x"]}, geometry=[shape], crs=4326))


def _zones(net: Roads, read: pd.DataFrame, graph: Graph) -> None:
    unread.chokepoints(unread.unread_zones(read, net, graph=graph), net)


def _trip(net: Roads, read: pd.DataFrame, graph: Graph) -> None:
    places = readers.place_readers(read, graph)
    for way in ("fastest", "least"):
        list(exposure.Router(graph, places.count, way).trees(np.array([2, 3])))


WORK: dict[str, Callable[[Roads, pd.DataFrame, Graph], object]] = {
    "C0": lambda net, read, graph: turns(graph),
    "C1": lambda net, read, graph: reader_corridors.reader_corridors(read, net, graph=graph),
    "C2": lambda net, read, graph: tracked_corridors.tracked(read, net, graph=graph),
    "C3": lambda net, read, graph: routes.route_log(read, net, graph=graph),
    "C4": _zones,
    "C5": _cordon,
    "C6": _trip,
    "W1": _watch,
}


@pytest.mark.slow
@pytest.mark.parametrize("rule", sorted(WORK))
def test_C0_memory_grows_with_the_roads(rule: str) -> None:
    peak = []
    for n in (SIZES[0], *SIZES):
        net, read = parallel(n)
        graph = Graph.from_segments(net.segments, net.restrictions)
        tracemalloc.start()
        WORK[rule](net, read, graph)
        peak.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # the first run loads what is loaded once; a square law would be four times
    assert peak[2] <= 2.6 * peak[1]
    assert peak[3] <= 2.6 * peak[2]


def test_C3_time_grows_with_the_roads() -> None:
    spent = []
    for n in (100, 500, 2000):
        net, read = parallel(n)
        graph = Graph.from_segments(net.segments)
        took = []
        for _ in range(2):
            start = time.process_time()
            routes.route_log(read, net, graph=graph)
            took.append(time.process_time() - start)
        spent.append(min(took))
    # four times the roads: a square law takes sixteen times as long
    assert spent[2] <= 8 * spent[1]
