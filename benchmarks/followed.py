"""Coverage, corridors, unread zones and trips: against networkx and OSMnx on a city, and at the
size of a country.

    python benchmarks/followed.py ROADS PEOPLE [city] [parallel] [country]

ROADS is what `alprmap coverage --roads` takes, PEOPLE what its `--population` takes (block groups,
say). `city` times one trip at a time with networkx and osmnx.shortest_path against our grouped
search, on the same graph in the same run. `country` tiles the roads to 832,000 junctions and 2
million arcs (a SYNTHETIC network: copies of one town side by side, joined by single roads) with
10,000 readers at random places."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import compiled, schema
from alprmap.coverage import reader_corridors as coverage
from alprmap.coverage import readers, routes, trips, unread
from alprmap.coverage import tracked_corridors as corridors
from alprmap.geography import population
from alprmap.roads import door, network
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

JUNCTIONS = 832_000
READERS = 10_000
TRIPS = 10_000


def timed(name: str, work: Callable[[], Any]) -> tuple[Any, float]:
    """Print wall time, processor time (what counts on a busy machine) and peak memory so far."""
    start, busy = time.perf_counter(), time.process_time()
    made = work()
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{name:58s} {seconds:8.2f} s   cpu {cpu:8.2f} s   peak {peak:5.2f} GiB", flush=True)
    return made, cpu


def random_watches(segments: pd.DataFrame, count: int, seed: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    # readers stand on larger roads
    big = (
        segments["highway"]
        .isin(["motorway", "trunk", "primary", "secondary", "tertiary"])
        .to_numpy()
    )
    length = segments["length_m"].to_numpy()
    # none on the roads that join copies of a town
    weight = np.where(length < 20_000, length, 0.0) * np.where(big, 5.0, 1.0)
    row = rng.choice(len(segments), count, replace=False, p=weight / weight.sum())
    chosen = segments.iloc[row]
    forward = np.where(
        chosen["forward"] & chosen["backward"], rng.random(count) < 0.5, chosen["forward"]
    )
    frame = pd.DataFrame({
        "camera_id": [f"c{i:05d}" for i in range(count)], "heading_deg": np.nan,
        "segment_id": chosen["segment_id"].to_numpy(), "travel": np.where(forward, "forward", "backward"),
        "offset_m": chosen["length_m"].to_numpy() * rng.random(count), "start_m": 0.0, "end_m": 0.0,
        "range_m": 10.0, "score": 1.0, "winner": True, "rule": "synthetic",
    })  # fmt: skip
    return schema.conform(frame, "watches")


def tiled(town: Roads) -> Roads:
    """Copies of a town side by side, each joined to the next by one two-way road: SYNTHETIC."""
    segments = town.segments
    nodes = np.unique(segments[["u", "v"]].to_numpy())
    copies = -(-JUNCTIONS // len(nodes))
    west, south, east, north = segments.total_bounds
    wide, tall, across = (east - west) * 1.05, (north - south) * 1.05, int(np.ceil(np.sqrt(copies)))
    code = {c: np.searchsorted(nodes, segments[c].to_numpy()) for c in ("u", "v")}
    graph = Graph.from_segments(segments)
    label = graph.components()
    hub = int(np.flatnonzero(label == np.bincount(label).argmax())[0])
    parts, ways = [], []
    for k in range(copies):
        dx, dy = wide * (k % across), -tall * (k // across)
        lines = shapely.transform(
            segments.geometry.to_numpy(), lambda xy, shift=(dx, dy): xy + np.array(shift)
        )
        parts.append(
            segments.assign(
                u=code["u"] + k * len(nodes), v=code["v"] + k * len(nodes), geometry=lines
            )
        )
        if k:
            a, b = (hub + j * len(nodes) for j in (k - 1, k))
            spots = [
                (graph.lon[hub] + wide * (j % across), graph.lat[hub] - tall * (j // across))
                for j in (k - 1, k)
            ]
            like = segments.iloc[0].to_dict() | {
                "highway": "motorway",
                "forward": True,
                "backward": True,
            }
            ways.append(
                {
                    **like,
                    "u": a,
                    "v": b,
                    "length_m": 30_000.0,
                    "geometry": shapely.LineString(spots),
                }
            )
    frame = pd.concat([*parts, gpd.GeoDataFrame(ways, crs="EPSG:4326")], ignore_index=True)
    frame["segment_id"] = np.arange(len(frame))
    frame["way_id"] = np.arange(len(frame))
    table = schema.conform(frame, "segments")
    return Roads(
        gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326"),
        network.restrictions_frame([]),
        {},
    )


def city(town: Roads, people: pd.DataFrame) -> None:
    import networkx as nx
    import osmnx as ox

    print(f"city: {len(town.segments):,} segments")
    graph = Graph.from_segments(town.segments, town.restrictions)
    watches = random_watches(town.segments, 200)
    places = readers.place_readers(watches, graph)
    anywhere = pd.DataFrame(
        {"lon": graph.lon[: graph.n_base], "lat": graph.lat[: graph.n_base], "people": 1.0}
    )
    drawn = trips.sample(people, graph, settings=trips.TripSettings(trips=TRIPS))
    _, ours = timed(
        f"alprmap, {TRIPS:,} trips from {drawn['origin'].nunique()} homes of block groups, readers"
        " counted",
        lambda: trips.drive(drawn, places, least=False),
    )
    every = trips.sample(anywhere, graph, settings=trips.TripSettings(trips=TRIPS))
    _, spread = timed(
        f"alprmap, {TRIPS:,} trips from {every['origin'].nunique()} junctions to any junction",
        lambda: trips.drive(every, places, least=False),
    )
    free = trips.sample(anywhere, graph, settings=trips.TripSettings(trips=TRIPS, per_origin=1))
    # the first run loads (or compiles) what the second has
    for run in ("kernels loaded for it", "again"):
        _, alone = timed(
            f"alprmap, {TRIPS:,} trips, every origin its own ({run})",
            lambda: trips.drive(free, places, least=False),
        )
    timed("alprmap, the same with least-read ways", lambda: trips.drive(free, places))
    worth = compiled.worth
    compiled.worth = lambda _nodes: False
    _, slow = timed(
        "alprmap, 500 of them by scipy's trees",
        lambda: trips.drive(free[:500], places, least=False),
    )
    compiled.worth = worth
    print(f"a trip by the hierarchy, scipy's tree as ratio: x {slow / 500 / (alone / TRIPS):.1f}")
    plain = nx.DiGraph()
    own = np.flatnonzero((graph.twin == np.arange(graph.n_arcs)) & (graph.tail < graph.n_base))
    plain.add_weighted_edges_from(
        zip(
            graph.tail[own].tolist(),
            graph.base[graph.head[own]].tolist(),
            graph.time_s[own].tolist(),
            strict=True,
        )
    )

    def theirs(table: pd.DataFrame) -> tuple[list[tuple[int, int]], float]:
        some = table.sample(200, random_state=1)
        ends = list(zip(some["origin"].tolist(), some["destination"].tolist(), strict=True))
        _, busy = timed("networkx.shortest_path, 200 of these trips",
                        lambda: [nx.shortest_path(plain, a, b, "weight") for a, b in ends])  # fmt: skip
        return ends, busy / len(ends)

    multi = town.to_osmnx()
    ids = graph.node_id
    rows = (("homes of block groups", drawn, ours / TRIPS), ("any junction", every, spread / TRIPS),
            ("origins all different", free, alone / TRIPS))  # fmt: skip
    for name, table, each in rows:
        ends, networkx_s = theirs(table)
        a, b = [int(ids[x]) for x, _ in ends[:100]], [int(ids[y]) for _, y in ends[:100]]
        _, osmnx_s = timed("osmnx.shortest_path, 100 of these trips",
                           lambda a=a, b=b: ox.shortest_path(multi, a, b, weight="length", cpus=1))  # fmt: skip
        ratios = f"networkx x {networkx_s / each:,.1f}; osmnx x {osmnx_s / 100 / each:,.1f}"
        print(f"per trip, {name}: {1e3 * each:.3f} ms; {ratios}")
    sources = sorted(set(graph.head[places.arc].tolist()))
    lengths = nx.DiGraph()
    lengths.add_weighted_edges_from(
        zip(
            graph.tail[own].tolist(),
            graph.base[graph.head[own]].tolist(),
            graph.length_m[own].tolist(),
            strict=True,
        )
    )
    _, c1 = timed(
        "alprmap C1, four radii, up and down, with geometry",
        lambda: coverage.reader_corridors(watches, town, graph=graph),
    )
    sources = [s for s in sources if s in lengths]
    _, nx_c1 = timed(
        "networkx multi-source distance alone, one radius, one way",
        lambda: nx.multi_source_dijkstra_path_length(
            lengths, set(sources), cutoff=5000, weight="weight"
        ),
    )
    print(f"C1 whole against networkx's one search: x {nx_c1 / c1:.2f}")
    zones, c4 = timed("alprmap C4, zones", lambda: unread.unread_zones(watches, town, graph=graph))
    _, nx_c4 = timed(
        "networkx strongly connected parts alone",
        lambda: list(nx.strongly_connected_components(plain)),
    )
    print(f"C4 against networkx: x {nx_c4 / c4:.2f}")
    timed("alprmap C4, all arcs weighed as chokepoints", lambda: unread.chokepoints(zones, town))
    made, plain_s = timed(
        "alprmap C2, without certainty",
        lambda: corridors.tracked(watches, town, graph=graph, certainty=False),
    )
    _, sure_s = timed(
        "alprmap C2, with the best alternative of each",
        lambda: corridors.tracked(watches, town, graph=graph),
    )
    each = 1e3 * (sure_s - plain_s) / max(len(made.corridors), 1)
    print(f"certainty: {each:.3f} ms a corridor, {len(made.corridors):,} corridors")
    timed("alprmap C3, route log", lambda: routes.route_log(watches, town, graph=graph))


def parallel() -> None:
    """C3 on so many roads of one route between two junctions: SYNTHETIC."""
    for n in (250, 500, 1000, 4000):
        ends = np.array([[-100.0, 30.0], [-99.99, 30.0]])
        lines = [
            shapely.LineString([ends[0], [-99.995, 30.0 + 1e-5 * i], ends[1]]) for i in range(n)
        ]
        frame = gpd.GeoDataFrame({
            "segment_id": np.arange(n), "way_id": np.arange(n), "u": 0, "v": 1, "highway": "primary",
            "ref": "US 1", "name": None, "length_m": 1000.0 + np.arange(n), "forward": True,
            "backward": True, "layer": 0, "bridge": False, "tunnel": False, "lanes": np.nan,
            "maxspeed_kmh": 45.0}, geometry=lines, crs="EPSG:4326")  # fmt: skip
        roads = Roads(schema.conform(frame, "segments"), network.restrictions_frame([]), {})
        watches = random_watches(roads.segments, 3)
        timed(f"C3, {n:,} parallel roads", lambda r=roads, w=watches: routes.route_log(w, r))


def country(town: Roads, steps: set[str]) -> None:
    print("country (SYNTHETIC: one town tiled)")
    roads, _ = timed("tile", lambda: tiled(town))
    graph, _ = timed("graph", lambda: Graph.from_segments(roads.segments))
    watches = random_watches(roads.segments, READERS)
    print(f"{graph.n_nodes:,} junctions, {graph.n_arcs:,} arcs, {READERS:,} readers")
    radii = (500.0, 1000.0, 2000.0, 5000.0, 10_000.0)
    if not steps or "c1" in steps:
        found, _ = timed(
            "C1, five radii, with geometry",
            lambda: coverage.reader_corridors(watches, roads, radii_m=radii, graph=graph),
        )
        print(f"   {len(found.stretches):,} stretches")
        del found
    if not steps or "c4" in steps:
        zones, _ = timed("C4, zones", lambda: unread.unread_zones(watches, roads, graph=graph))
        timed("C4, every arc weighed as a chokepoint", lambda: unread.chokepoints(zones, roads))
    if not steps or "c6" in steps:
        people = pd.DataFrame({"lon": graph.lon, "lat": graph.lat, "people": 1.0})
        drawn = trips.sample(people, graph, settings=trips.TripSettings(trips=TRIPS))
        places = readers.place_readers(watches, graph)
        timed(
            f"C6, {TRIPS:,} trips, readers counted", lambda: trips.drive(drawn, places, least=False)
        )
        timed("C6, the same with the least-read alternative", lambda: trips.drive(drawn, places))
    if not steps or "c2" in steps:
        made, _ = timed(
            "C2, 10 km, 10 min, without certainty",
            lambda: corridors.tracked(watches, roads, graph=graph, certainty=False),
        )
        print(f"   {len(made.corridors):,} corridors")


def main() -> None:
    town = door.read(Path(sys.argv[1]))
    west, south, east, north = town.segments.total_bounds
    people = population.read_population(Path(sys.argv[2]))
    people = people[people["lon"].between(west, east) & people["lat"].between(south, north)]
    asked = set(sys.argv[3:])
    if not asked or "city" in asked:
        city(town, people)
    if not asked or "parallel" in asked:
        parallel()
    if not asked or "country" in asked:
        country(town, asked - {"city", "parallel", "country"})


if __name__ == "__main__":
    main()
