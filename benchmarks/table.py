"""One table of what each search costs: ours, what a user would pick, the best library; the ratio,
the peak memory and the growth with the network.

    python benchmarks/table.py CITY.osm.pbf [--millions 0.25,0.5,1,2,4] [--write docs/performance.md]

Networks are SYNTHETIC: the city laid side by side, neighbors joined by roads, with 2,000 cameras a
million segments that stand beside drawn roads and look a drawn way. Every measurement is a process
of its own, whose networks and libraries are loaded before the clock starts; ours and the others
take turns, and the median of `--repeats` is told. Time is that of the processor, of the process and
its children. What takes longer than `--limit` seconds by the clock is told as such, and not run at
larger sizes. A library that is not installed leaves its cell empty (pandana is AGPL: for
benchmarks only).

The others do less: they know no direction, reader, turn restriction or name; the table says so.
`--write` puts the table between the marks in a page, with the machine and the date."""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import math
import os
import pickle
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CAMERAS_PER_MILLION = 2_000
TRIPS = 1_000
TRIP_M = 15_000.0
SAMPLE = 50
"""Searches of a library that is slow by design; its time is told for as many as ours."""
MARKS = ("<!-- bench: begin -->", "<!-- bench: end -->")
Work = Callable[[], Any]


# ---- the networks


def side_by_side(city: Any, millions: float) -> Any:
    """Return copies of a network side by side, joined to their eastern and northern neighbors."""
    import geopandas as gpd
    import shapely
    from nation import _ends

    base, ends = city.segments, _ends(city.segments, city.graph())
    west, south, east, north = base.total_bounds
    copies = max(1, round(millions * 1e6 / len(base)))
    columns = max(1, round(math.sqrt(1.2 * copies)))
    wide, high = east - west + 0.004, north - south + 0.004
    nodes = int(base[["u", "v"]].to_numpy().max()) + 1
    ways = int(base["way_id"].max()) + 1
    xy, owner = shapely.get_coordinates(base.geometry.to_numpy(), return_index=True)
    shift = np.array([((c % columns) * wide, (c // columns) * high) for c in range(copies)])
    shift -= (columns * wide / 2, 0.0)
    parts, joints = [], []
    for c in range(copies):
        moved = base.assign(geometry=shapely.linestrings(xy + shift[c], indices=owner))
        more = {"u": nodes, "v": nodes, "way_id": ways}
        parts.append(moved.assign(**{n: base[n] + c * step for n, step in more.items()}))
        for other, side, opposite in ((c + 1, "e", "w"), (c + columns, "n", "s")):
            if other < copies and (side == "n" or other % columns):
                for (u, *a), (v, *b) in zip(ends[side], ends[opposite], strict=True):
                    line = shapely.LineString([a + shift[c], b + shift[other]])
                    joints.append({"u": u + c * nodes, "v": v + other * nodes, "geometry": line})
    if joints:
        joined = base.iloc[np.zeros(len(joints), dtype=int)].assign(
            **pd.DataFrame(joints).to_dict("list"), forward=True, backward=True, name="Joint"
        )
        joined = joined.assign(highway="primary", ref=None, length_m=500.0, maxspeed_kmh=np.nan)
        parts.append(joined.assign(way_id=copies * ways + np.arange(len(joined))))
    frame = pd.concat(parts, ignore_index=True).assign(segment_id=lambda f: np.arange(len(f)))
    turns = city.restrictions
    steps = {"from_way": ways, "to_way": ways, "via_node": nodes}
    bans = [turns.assign(**{n: turns[n] + c * s for n, s in steps.items()}) for c in range(copies)]
    segments = gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")
    return replace(city, segments=segments, restrictions=pd.concat(bans, ignore_index=True))


def prepare(extract: Path, millions: float, file: Path) -> None:
    """Write a network with its cameras, views and watches."""
    from alprmap.roads import read
    from alprmap.watch import watch

    roads, rng = side_by_side(read(extract), millions), np.random.default_rng(26)
    count = round(len(roads.segments) * CAMERAS_PER_MILLION / 1e6)
    lines = roads.segments.geometry.iloc[rng.integers(len(roads.segments), size=count)]
    xy = np.array([line.coords[0] for line in lines]) + rng.normal(0, 5e-5, (count, 2))
    cameras = pd.DataFrame({"camera_id": [f"c{i:06d}" for i in range(count)]})
    cameras = cameras.assign(lon=xy[:, 0], lat=xy[:, 1], position_error_m=10.0)
    views = cameras[["camera_id"]].assign(heading_deg=rng.uniform(0, 360, count))
    views = views.assign(width_deg=np.nan, quality="exact")
    watches = watch(cameras, views, roads).watches
    file.write_bytes(pickle.dumps((roads, cameras, views, watches), protocol=5))


# ---- the stages: each returns the work to be timed, with all it needs at hand


class Net:
    """A prepared network and what stages need of it."""

    def __init__(self, file: Path) -> None:
        from alprmap.coverage import readers

        self.roads, self.cameras, self.views, self.watches = pickle.loads(file.read_bytes())
        self.graph = self.roads.graph()
        self.places = readers.place_readers(self.watches, self.graph)

    def read_nodes(self) -> Any:
        """Tails of the read arcs."""
        return np.unique(self.graph.tail[self.places.arc])

    def plain(self) -> Any:
        """The network as networkx has it: no turn restrictions."""
        import networkx as nx

        made = nx.DiGraph()
        base = self.graph.base
        meters, seconds = self.graph.length_m.tolist(), self.graph.time_s.tolist()
        ends = (base[self.graph.tail].tolist(), base[self.graph.head].tolist())
        made.add_weighted_edges_from(zip(*ends, seconds, strict=True), weight="s")
        for u, v, m in zip(*ends, meters, strict=True):
            made[u][v]["m"] = m
        return made

    def trips(self) -> tuple[Any, Any]:
        """Junctions of trips, an origin each."""
        from alprmap import geo

        rng, graph = np.random.default_rng(6), self.graph
        a = rng.integers(graph.n_base, size=TRIPS)
        per_lon, per_lat = geo.degree_m(graph.lat[a])
        far, turn = rng.uniform(1000, TRIP_M, TRIPS), rng.uniform(0, 2 * np.pi, TRIPS)
        lon, lat = (
            graph.lon[a] + far * np.cos(turn) / per_lon,
            graph.lat[a] + far * np.sin(turn) / per_lat,
        )
        return a, graph.nearest_nodes(lon, lat)[0]


def watch_ours(net: Net) -> Work:
    from alprmap.watch import watch

    return lambda: watch(net.cameras, net.views, net.roads)


def watch_pick(net: Net) -> Work:
    import geopandas as gpd

    points = gpd.points_from_xy(net.cameras["lon"], net.cameras["lat"], crs=4326)
    cameras = gpd.GeoDataFrame(net.cameras[["camera_id"]], geometry=points)
    return lambda: gpd.sjoin_nearest(
        cameras.to_crs("ESRI:102008"),
        net.roads.segments[["segment_id", "geometry"]].to_crs("ESRI:102008"),
    )


def watch_best(net: Net) -> Work:
    from watch import wedges

    return lambda: wedges(net.cameras, net.views, net.roads)


def c1_ours(net: Net) -> Work:
    from alprmap.coverage.reader_corridors import reader_corridors

    return lambda: reader_corridors(net.watches, net.roads, graph=net.graph)


def c1_pick(net: Net) -> Work:
    import networkx as nx

    graph, some = net.plain(), set(net.graph.base[net.read_nodes()].tolist())
    return lambda: nx.multi_source_dijkstra_path_length(graph, some, cutoff=1000.0, weight="m")


def c1_best(net: Net) -> Work:
    from scipy.sparse import csgraph

    matrix, some = net.graph.matrix("length_m")[0], net.read_nodes()
    return lambda: csgraph.dijkstra(matrix, indices=some, min_only=True, limit=1000.0)


def c2_ours(net: Net) -> Work:
    from alprmap.coverage.tracked_corridors import tracked

    return lambda: tracked(net.watches, net.roads, certainty=False, graph=net.graph)


def c2_pick(net: Net) -> Work:
    import networkx as nx

    graph, some = net.plain(), net.graph.base[net.read_nodes()].tolist()

    def work() -> float:
        for node in some[:SAMPLE]:
            nx.single_source_dijkstra(graph, node, cutoff=600.0, weight="s")
        return len(some) / min(len(some), SAMPLE)

    return work


def c2_best(net: Net) -> Work:
    from scipy.sparse import csgraph

    matrix, some = net.graph.matrix("time_s")[0], net.read_nodes()

    def work() -> float:
        for node in some[:SAMPLE]:
            csgraph.dijkstra(matrix, indices=node, limit=600.0, return_predecessors=True)
        return len(some) / min(len(some), SAMPLE)

    return work


def c4_ours(net: Net) -> Work:
    from alprmap.coverage.unread import unread_zones

    return lambda: unread_zones(net.watches, net.roads, graph=net.graph)


def c4_pick(net: Net) -> Work:
    import networkx as nx

    graph = net.plain()
    return lambda: sum(1 for _ in nx.strongly_connected_components(graph))


def c4_best(net: Net) -> Work:
    from scipy.sparse import csgraph

    matrix = net.graph.matrix("time_s")[0]
    return lambda: csgraph.connected_components(matrix, connection="strong")


def c6_ours(net: Net) -> Work:
    from alprmap.coverage import trips

    a, b = net.trips()
    graph = net.graph
    spots = {"from_lon": graph.lon[a], "from_lat": graph.lat[a]}
    spots |= {"to_lon": graph.lon[b], "to_lat": graph.lat[b]}
    table = trips.pairs(pd.DataFrame(spots), graph)[0]
    return lambda: trips.drive(table, net.places)


def c6_pick(net: Net) -> Work:
    import networkx as nx

    graph, (a, b) = net.plain(), net.trips()

    def work() -> float:
        for u, v in list(zip(a.tolist(), b.tolist(), strict=True))[:SAMPLE]:
            if u != v and nx.has_path(graph, u, v):
                nx.bidirectional_dijkstra(graph, u, v, weight="s")
        return TRIPS / SAMPLE

    return work


def c6_best(net: Net) -> Work:
    import pandana

    graph, (a, b) = net.graph, net.trips()
    ends = (pd.Series(graph.base[end]) for end in (graph.tail, graph.head))
    places = (pd.Series(v[: graph.n_base]) for v in (graph.lon, graph.lat))
    weights = pd.DataFrame({"s": graph.time_s})

    def work() -> Any:
        made = pandana.Network(*places, *ends, weights, twoway=False)
        return made.shortest_paths(a, b)

    return work


STAGES: dict[str, tuple[str, str, str]] = {
    "watch": ("W: views on roads", "geopandas.sjoin_nearest", "wedges on an STRtree (the join)"),
    "c1": ("C1: corridors, four radii", "networkx, one radius", "scipy, one radius"),
    "c2": ("C2 without certainty", "networkx, a tree a reader", "scipy, a tree a reader"),
    "c4": ("C4: unread zones", "networkx, strong parts", "scipy, strong parts"),
    "c6": (f"C6: {TRIPS:,} trips, readers counted", "networkx, no readers", "pandana, no readers"),
}
WHO = ("ours", "pick", "best")


# ---- measuring


def _one(stage: str, who: str, file: Path) -> None:
    try:
        work = globals()[f"{stage}_{who}"](Net(file))
    except ImportError as missing:
        print(json.dumps({"missing": str(missing)}))
        return
    if who == "ours":
        _compiled()
    before = _cpu()
    times = work()
    used = (_cpu() - before) * (times if isinstance(times, float) else 1.0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": used, "mib": peak}))


def _compiled() -> None:
    """Load numba and the kernels, which are compiled once for all runs."""
    from alprmap import compiled

    if compiled.available():
        for room in ("coverage.search.kernels", "roads.hierarchy"):
            importlib.import_module(f"alprmap.{room}")


def _cpu() -> float:
    both = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in both)


def measure(extract: Path, file: Path, stage: str, who: str, limit: float) -> dict[str, Any]:
    """Run one measurement in a process of its own; `why` says why there is no figure."""
    words = [sys.executable, __file__, str(extract), "--one", stage, who, str(file)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        return {"why": f"> {limit:.0f} s"}
    except subprocess.CalledProcessError as failed:
        return {"why": (failed.stderr.strip().splitlines() or ["killed"])[-1][:60]}
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {"why": "not installed"} if "missing" in made else made


def growth(sizes: list[float], seconds: list[float]) -> str:
    """Return the exponent of seconds over sizes by least squares of the logarithms."""
    if len(sizes) < 2:
        return ""
    return f"{np.polyfit(np.log(sizes), np.log(np.maximum(seconds, 1e-3)), 1)[0]:.2f}"


def rows(extract: Path, scratch: Path, wanted: argparse.Namespace) -> list[str]:
    """Measure everything and return the lines of the table."""
    lines, ours, over = [], {s: ([], []) for s in STAGES}, set()  # type: ignore[var-annotated]
    for size in wanted.sizes:
        file = scratch / f"{size}.pickle"
        if not file.exists():
            subprocess.run(
                [sys.executable, __file__, str(extract), "--prepare", str(size), str(file)],
                check=True,
            )
        for stage in wanted.only or STAGES:
            runs: dict[str, list[dict[str, Any]]] = {who: [] for who in WHO}
            for _ in range(wanted.repeats):
                for who in WHO:
                    if (stage, who) not in over:
                        runs[who].append(measure(extract, file, stage, who, wanted.limit))
                        if "cpu" not in runs[who][-1]:
                            over.add((stage, who))
            middle = {w: [r["cpu"] for r in some if "cpu" in r] for w, some in runs.items()}
            seconds = {w: statistics.median(s) if s else None for w, s in middle.items()}
            cells = [STAGES[stage][0], f"{size:g}"]
            mine = seconds["ours"]
            for who in WHO:
                value = seconds[who]
                why = next((r["why"] for r in runs[who] if "why" in r), "not run")
                if value is None:
                    cells.append(why)
                elif who == "ours" or mine is None:
                    cells.append(f"**{value:.2f} s**")
                else:
                    cells.append(f"{value:.2f} s (× {value / max(mine, 1e-3):.2g})")
            peak = [r["mib"] for r in runs["ours"] if "mib" in r]
            if mine is not None:
                ours[stage][0].append(size)
                ours[stage][1].append(mine)
            cells += [f"{max(peak):,.0f}" if peak else "", growth(*ours[stage])]
            lines.append("| " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
    return lines


def page(lines: list[str], wanted: argparse.Namespace) -> str:
    """Return the text of the table with its machine and date."""
    names = "; ".join(f"{w[0]}: {w[1]}, {w[2]}" for w in STAGES.values())
    today = datetime.datetime.now(datetime.UTC).date()
    return "\n".join([
        f"Made by `make bench` on {today}: {platform.machine()}, {os.cpu_count()} cores, Python"
        f" {platform.python_version()}, load {os.getloadavg()[0]:.0f} at the end; processor"
        f" seconds, medians of {wanted.repeats} taken in turns; SYNTHETIC networks of"
        f" {', '.join(f'{s:g}' for s in wanted.sizes)} million segments.",
        "In brackets: their seconds over ours. Peak memory is that of the whole process, network"
        " included; growth is the exponent of ours over the sizes up to the row.",
        f"What a user would pick and the best library, each for the plain part alone: {names}.",
        "",
        "| stage | million segments | ours | a user's pick | best library | peak MiB | growth |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *lines,
    ])  # fmt: skip


def written(file: Path, text: str) -> None:
    """Put the table between the marks of a page."""
    old = file.read_text(encoding="utf-8")
    head, _, rest = old.partition(MARKS[0])
    tail = rest.partition(MARKS[1])[2]
    file.write_text(f"{head}{MARKS[0]}\n{text}\n{MARKS[1]}{tail}", encoding="utf-8")


def main() -> None:
    """Make the networks, measure, print and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("extract", type=Path)
    parser.add_argument("--millions", default="0.25,0.5,1,2,4")
    parser.add_argument("--only", type=lambda text: text.split(","), help="stages")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for one measurement")
    parser.add_argument("--write", type=Path, help="page that holds the table between its marks")
    parser.add_argument("--scratch", type=Path, help="networks are kept there, and used again")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--prepare", nargs=2, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        return _one(wanted.one[0], wanted.one[1], Path(wanted.one[2]))
    if wanted.prepare:
        return prepare(wanted.extract, float(wanted.prepare[0]), Path(wanted.prepare[1]))
    if wanted.write and MARKS[0] not in wanted.write.read_text(encoding="utf-8"):
        parser.error(f"{wanted.write} has no line {MARKS[0]}")
    wanted.sizes = [float(size) for size in wanted.millions.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        scratch = wanted.scratch or Path(folder)
        scratch.mkdir(parents=True, exist_ok=True)
        text = page(rows(wanted.extract, scratch, wanted), wanted)
    if wanted.write:
        written(wanted.write, text)
    return None


if __name__ == "__main__":
    main()
