"""A nation of roads: time and peak memory of each stage as it grows, one table.

    python benchmarks/nation.py ../shared/data/roads/columbus-oh.osm.pbf --millions 1,4

The nation is synthetic: a real city laid side by side many times, neighbors joined by four roads,
in extracts of a million segments, each with the joints to its neighbors (so that extracts overlap).
Cameras stand beside drawn roads, 2,000 per million segments, and look a drawn way. Every stage is a
process of its own, which reads what the stages before it wrote, as the commands do; time is that of
the wall and of the processor, memory the peak of the process and of its children together. A stage
that holds more than `--memory` GiB at any moment (looked at four times a second) is ended and told.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CITY_SEGMENTS = 22_106
CAMERAS_PER_MILLION = 2_000
COLUMNS = 24
CITIES_A_FILE = 11
WEST, SOUTH = -120.0, 26.0
TRIPS = 10_000
TRIP_KM = 25.0
JOINTS = 4


# ---- the nation


def extracts(city: Path, millions: int, folder: Path) -> list[Path]:
    """Write the extracts and return them."""
    import osmium

    nodes, ways = _city(city)
    copies = round(millions * 1_000_000 / CITY_SEGMENTS)
    per_file = -(-copies // millions)
    x, y = np.array([n[1] for n in nodes]), np.array([n[2] for n in nodes])
    wide, high = float(np.ptp(x)) + 0.004, float(np.ptp(y)) + 0.004
    sides = _sides(nodes, ways)
    made = []
    for number in range(millions):
        mine = range(number * per_file, min((number + 1) * per_file, copies))
        opl = folder / f"{number:02d}.opl"
        with opl.open("w") as file:
            joints = _joints(mine, copies, sides, len(nodes))
            foreign = {n for _, pair in joints for n in pair if (n - 1) // len(nodes) not in mine}
            every = sorted({*(c * len(nodes) + 1 + i for c in mine for i in range(len(nodes))),
                            *foreign})  # fmt: skip
            for node in every:
                copy, i = divmod(node - 1, len(nodes))
                lon = WEST + x[i] - x.min() + (copy % COLUMNS) * wide
                lat = SOUTH + y[i] - y.min() + (copy // COLUMNS) * high
                file.write(f"n{node} v1 x{lon:.7f} y{lat:.7f}\n")
            for copy in mine:
                for i, (tags, refs) in enumerate(ways):
                    named = ",".join(f"n{r + copy * len(nodes) + 1}" for r in refs)
                    file.write(f"w{copy * len(ways) + i + 1} v1 T{tags} N{named}\n")
            for way, (a, b) in joints:
                tags = "highway=primary,name=Joint"
                file.write(f"w{copies * len(ways) + way + 1} v1 T{tags} Nn{a},n{b}\n")
        made.append(folder / f"{number:02d}.osm.pbf")
        writer = osmium.SimpleWriter(str(made[-1]), overwrite=True)
        with writer, osmium.io.Reader(str(opl)) as reader:
            osmium.apply(reader, writer)
        opl.unlink()
    return made


def _city(extract: Path) -> tuple[list[tuple[int, float, float]], list[tuple[str, list[int]]]]:
    sys.path.insert(0, str(Path(__file__).parent))
    from tiles import _parse

    nodes, ways = _parse(extract)
    number = {node: i for i, (node, _, _) in enumerate(nodes)}
    local = [(tags, [number[r] for r in refs if r in number]) for tags, refs in ways]
    return nodes, [(tags, refs) for tags, refs in local if len(refs) > 1]


def _sides(nodes: list[Any], ways: list[Any]) -> dict[str, list[int]]:
    """Nodes of roads at the four sides, spread along each."""
    used = np.unique(np.concatenate([refs for tags, refs in ways if "highway=" in tags]))
    x, y = (np.array([nodes[i][k] for i in used]) for k in (1, 2))
    made = {}
    for name, far, along in (("w", x, y), ("e", -x, y), ("s", y, x), ("n", -y, x)):
        cuts = np.quantile(along, np.linspace(0.2, 0.8, JOINTS + 1))
        made[name] = [
            int(used[np.flatnonzero((along >= a) & (along <= b))][
                np.argmin(far[(along >= a) & (along <= b)])])
            for a, b in pairwise(cuts)
        ]  # fmt: skip
    return made


def _joints(
    mine: range, copies: int, sides: dict[str, list[int]], size: int
) -> list[tuple[int, tuple[int, int]]]:
    """Roads from each city to its eastern and northern neighbor: (number, (node, node))."""
    made = []
    for copy in range(copies):
        steps = []
        if (copy + 1) % COLUMNS and copy + 1 < copies:
            steps.append((copy + 1, "e", "w", 0))
        if copy + COLUMNS < copies:
            steps.append((copy + COLUMNS, "n", "s", JOINTS))
        for other, side, opposite, first in steps:
            if copy in mine or other in mine:
                made += [
                    (copy * 2 * JOINTS + first + k, (copy * size + a + 1, other * size + b + 1))
                    for k, (a, b) in enumerate(zip(sides[side], sides[opposite], strict=True))
                ]
    return made


# ---- the stages; each is a process of its own and leaves its files in the folder


def roads(folder: Path) -> dict[str, Any]:
    """Several extracts become a folder of tiles with its graph."""
    from alprmap.roads import tiles_from

    net = tiles_from(sorted(folder.glob("*.osm.pbf")), folder / "roads")
    return {"segments": len(net.segments)}


def made(folder: Path) -> dict[str, Any]:
    """A nation of any size as a folder of tiles, made of the arrays of one city: for sizes whose
    extracts would take an hour to write (not part of the table)."""
    import geopandas as gpd
    import shapely

    from alprmap.roads import edge_m, read, write_tiles

    city = read(Path(os.environ["NATION_CITY"]))
    base, west, south, east, north = city.segments, *city.segments.total_bounds
    copies = round(float(folder.name) * 1_000_000 / len(base))
    columns = round(np.sqrt(1.2 * copies))
    wide, high = east - west + 0.004, north - south + 0.004
    size = int(max(base["u"].max(), base["v"].max())) + 1
    step_way = int(base["way_id"].max()) + 1
    ends = _ends(base, city.graph())
    xy, owner = shapely.get_coordinates(base.geometry.to_numpy(), return_index=True)
    same = owner[1:] == owner[:-1]
    first = base["segment_id"].iloc[0]

    def place(copy: int) -> tuple[float, float]:
        lon = WEST - west + (copy % columns) * wide
        return lon, SOUTH - south + (copy // columns) * high

    def one(copy: int, number: int) -> Any:
        moved = np.round(xy + place(copy), 7)
        a, b = moved[:-1][same], moved[1:][same]
        meters = np.bincount(owner[1:][same], edge_m(*a.T, *b.T), len(base))
        new = base.assign(geometry=shapely.linestrings(moved, indices=owner), length_m=meters)
        for name, step in (("u", size), ("v", size), ("way_id", step_way)):
            new[name] = base[name] + copy * step
        new["segment_id"] = base["segment_id"] - first + number
        return new

    def joints(copy: int, number: int) -> Any:
        rows = []
        for other, side, opposite in ((copy + 1, "e", "w"), (copy + columns, "n", "s")):
            if other < copies and (side == "n" or other % columns):
                rows += [(*p, *q, other) for p, q in zip(ends[side], ends[opposite], strict=True)]
        if not rows:
            return None
        table = pd.DataFrame(rows, columns=["u", "x", "y", "v", "x2", "y2", "other"])
        here, there = place(copy), np.array([place(c) for c in table["other"]])
        line = np.stack([table[["x", "y"]] + here, table[["x2", "y2"]] + there], axis=1).round(7)
        more = base.iloc[: len(table)].assign(geometry=shapely.linestrings(line))
        more["u"] = table["u"].to_numpy() + copy * size
        more["v"] = (table["v"] + table["other"] * size).to_numpy()
        more["way_id"] = copies * step_way + number + np.arange(len(table))
        more["segment_id"] = number + np.arange(len(table))
        more["length_m"] = edge_m(*line[:, 0].T, *line[:, 1].T)
        more = more.assign(forward=True, backward=True, highway="primary", maxspeed_kmh=np.nan)
        return more.assign(name="Joint", ref=None, alt_name=None)

    total = 0

    def parts() -> Any:
        nonlocal total
        for start in range(0, copies, CITIES_A_FILE):
            some = []
            for copy in range(start, min(start + CITIES_A_FILE, copies)):
                for table in (one(copy, total), joints(copy, total + len(base))):
                    if table is not None:
                        some.append(table)
                        total += len(table)
            frame = pd.concat(some, ignore_index=True)
            yield gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")

    def rest() -> Any:
        turns = [
            city.restrictions.assign(
                from_way=city.restrictions["from_way"] + copy * step_way,
                to_way=city.restrictions["to_way"] + copy * step_way,
                via_node=city.restrictions["via_node"] + copy * size,
            )
            for copy in range(copies)
        ]
        box = [WEST, SOUTH, WEST + columns * wide, SOUTH + -(-copies // columns) * high]
        meta = {**city.meta, "bounds": box, "counts": {"segments": total}}
        return meta, pd.concat(turns, ignore_index=True)

    write_tiles(parts(), folder / "roads", rest)
    return {"segments": total}


def _ends(base: Any, graph: Any) -> dict[str, list[tuple[int, float, float]]]:
    """Junctions at the four sides of a city, spread along each: (number, lon, lat)."""
    x, y = graph.lon[: graph.n_base], graph.lat[: graph.n_base]
    made = {}
    for name, far, along in (("w", x, y), ("e", -x, y), ("s", y, x), ("n", -y, x)):
        cuts = np.quantile(along, np.linspace(0.2, 0.8, JOINTS + 1))
        made[name] = []
        for a, b in pairwise(cuts):
            some = np.flatnonzero((along >= a) & (along <= b))
            at = int(some[np.argmin(far[some])])
            made[name].append((int(graph.node_id[at]), float(x[at]), float(y[at])))
    return made


def cameras(folder: Path) -> dict[str, Any]:
    """Draw the cameras (not part of the table)."""
    from alprmap.roads import tiles_in

    rng = np.random.default_rng(22)
    places = []
    for some in tiles_in(folder / "roads", None):
        count = round(len(some) * CAMERAS_PER_MILLION / 1e6)
        rows = some.geometry.iloc[rng.integers(len(some), size=count)]
        places.append([line.coords[0] for line in rows])
    xy = np.concatenate(places) + rng.normal(0, 5e-5, (sum(map(len, places)), 2))
    ids = [f"c{i:06d}" for i in range(len(xy))]
    table = pd.DataFrame({"camera_id": ids, "lon": xy[:, 0], "lat": xy[:, 1]})
    table["position_error_m"] = 10.0
    table.to_parquet(folder / "cameras.parquet")
    heading = rng.uniform(0, 360, len(xy))
    views = pd.DataFrame({"camera_id": ids, "heading_deg": heading, "width_deg": np.nan})
    views.assign(quality="exact").to_parquet(folder / "views.parquet")
    return {"cameras": len(table)}


def watch(folder: Path) -> dict[str, Any]:
    """All cameras by tiles."""
    from alprmap.watch import watch_tiles

    table, views = (pd.read_parquet(folder / f"{n}.parquet") for n in ("cameras", "views"))
    made = watch_tiles(table, views, folder / "roads").watches
    made.to_parquet(folder / "watches.parquet")
    return {"watches": len(made)}


def load(folder: Path) -> dict[str, Any]:
    """What every question of the whole network loads: the outline and the graph."""
    from alprmap.roads import read_outline

    net = read_outline(folder / "roads")
    return {"segments": len(net.segments), "arcs": net.graph().n_arcs}


def c1(folder: Path) -> dict[str, Any]:
    """Reader corridors by tiles: the table."""
    from alprmap.coverage.in_tiles import Tiled, tiled_corridors

    watches = pd.read_parquet(folder / "watches.parquet")
    made = tiled_corridors(watches, Tiled(folder / "roads"), stretches=False)
    return {"rows": len(made.table)}


def c1_lines(folder: Path) -> dict[str, Any]:
    """Reader corridors by tiles, every stretch with its shape put on disk and into one file."""
    from alprmap.coverage.in_tiles import Tiled, tiled_corridors
    from alprmap.store import Shelf

    watches, shelf = pd.read_parquet(folder / "watches.parquet"), Shelf()
    tiled_corridors(watches, Tiled(folder / "roads"), shelf=shelf)
    shelf.write(folder / "stretches.parquet")
    return {"stretches": len(shelf)}


def c2(folder: Path) -> dict[str, Any]:
    """Tracked corridors without certainty, on the graph in the folder."""
    from alprmap.coverage.tracked_corridors import tracked
    from alprmap.roads import read_outline

    watches = pd.read_parquet(folder / "watches.parquet")
    return {"corridors": len(tracked(watches, read_outline(folder / "roads"), certainty=False)
                             .corridors)}  # fmt: skip


def c4(folder: Path) -> dict[str, Any]:
    """Unread zones."""
    from alprmap.coverage.unread import unread_zones
    from alprmap.roads import read_outline

    watches = pd.read_parquet(folder / "watches.parquet")
    return {"zones": len(unread_zones(watches, read_outline(folder / "roads")).zones)}


def _ports(graph: Any) -> pd.DataFrame:
    """Five ports of entry along the southern edge."""
    lon = np.quantile(graph.lon[: graph.n_base], [0.05, 0.3, 0.5, 0.7, 0.95])
    lat = np.full(5, float(np.min(graph.lat)))
    node, _ = graph.nearest_nodes(lon, lat)
    names = [f"port {i}" for i in range(5)]
    return pd.DataFrame(
        {"name": names, "lon": graph.lon[node], "lat": graph.lat[node], "node": node}
    )


def r3(folder: Path) -> dict[str, Any]:
    """The drive from every camera to the nearest port."""
    from alprmap.reach.inland import ports_on, road_to_port
    from alprmap.roads import read_outline

    net = read_outline(folder / "roads")
    graph = net.graph()
    table = pd.read_parquet(folder / "cameras.parquet")
    ports = ports_on(net, graph, _ports(graph).drop(columns="node"))
    made = road_to_port(table, net, graph=graph, ports=ports)
    return {"with a drive": int(made["road_to_port_m"].notna().sum())}


def r4(folder: Path) -> dict[str, Any]:
    """Chains of readers from every port, five gaps each."""
    from alprmap.reach.chains import corridors
    from alprmap.reach.inland import ports_on
    from alprmap.roads import read_outline

    net = read_outline(folder / "roads")
    graph = net.graph()
    table = pd.read_parquet(folder / "cameras.parquet")
    watches = pd.read_parquet(folder / "watches.parquet")
    ports = ports_on(net, graph, _ports(graph).drop(columns="node"))
    land = pd.Series((table["lat"] - SOUTH).to_numpy() * 111_000, table["camera_id"])
    made, links = corridors(watches, land, net, graph=graph, ports=ports)
    return {"chains": len(made), "links": len(links)}


def c6(folder: Path) -> dict[str, Any]:
    """10,000 trips of up to 25 km, an origin each."""
    from alprmap import geo
    from alprmap.coverage import readers, trips
    from alprmap.roads import read_outline

    graph = read_outline(folder / "roads").graph()
    watches = pd.read_parquet(folder / "watches.parquet")
    rng = np.random.default_rng(6)
    a = rng.integers(graph.n_base, size=TRIPS)
    per_lon, per_lat = geo.degree_m(graph.lat[a])
    far, turn = rng.uniform(1000, 1000 * TRIP_KM, TRIPS), rng.uniform(0, 2 * np.pi, TRIPS)
    lon = graph.lon[a] + far * np.cos(turn) / per_lon
    lat = graph.lat[a] + far * np.sin(turn) / per_lat
    b, _ = graph.nearest_nodes(lon, lat)
    spots = {"from_lon": graph.lon[a], "from_lat": graph.lat[a]}
    spots |= {"to_lon": graph.lon[b], "to_lat": graph.lat[b]}
    table, _ = trips.pairs(pd.DataFrame(spots), graph)
    made = trips.drive(table, readers.place_readers(watches, graph))
    return {"trips": len(made.table), "with a way": int(made.table["km"].notna().sum())}


STAGES: dict[str, Callable[[Path], dict[str, Any]]] = {
    f.__name__: f for f in (roads, made, cameras, watch, load, c1, c1_lines, c2, c4, r3, r4, c6)
}


def _one(stage: str, folder: Path) -> None:
    begun = time.monotonic()
    counts = STAGES[stage](folder)
    wall = time.monotonic() - begun
    own, children = (resource.getrusage(w) for w in (resource.RUSAGE_SELF,
                                                     resource.RUSAGE_CHILDREN))  # fmt: skip
    cpu = sum(u.ru_utime + u.ru_stime for u in (own, children))
    kib = own.ru_maxrss + children.ru_maxrss
    print(json.dumps({"wall": wall, "cpu": cpu, "mib": kib / 1024, **counts}))


def main() -> None:
    """Make each nation, run its stages one by one, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("city", type=Path)
    parser.add_argument("--millions", default="1,4")
    parser.add_argument("--only", help="stages, comma-separated; default: all")
    parser.add_argument("--scratch", type=Path, help="kept, and used again")
    parser.add_argument(
        "--made",
        action="store_true",
        help="make the tiles from the arrays of the city, not from extracts",
    )
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds for one stage")
    parser.add_argument("--memory", type=float, default=16.0, help="GiB for one stage")
    parser.add_argument("--stage", nargs=2, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.stage:
        _one(wanted.stage[0], Path(wanted.stage[1]))
        return
    scratch = wanted.scratch or Path(tempfile.mkdtemp(prefix="nation-"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("| million | stage | wall s | cpu s | MiB | what |\n|---:|---|---:|---:|---:|---|")
    for millions in (float(m) for m in wanted.millions.split(",")):
        folder = scratch / f"{millions:g}"
        folder.mkdir(parents=True, exist_ok=True)
        chosen = wanted.only.split(",") if wanted.only else [s for s in STAGES if s != "made"]
        if wanted.made:
            chosen = ["made" if stage == "roads" else stage for stage in chosen]
        elif not list(folder.glob("*.osm.pbf")):
            extracts(wanted.city, round(millions), folder)
        os.environ["NATION_CITY"] = str(wanted.city.resolve())
        for stage in chosen:
            words = [sys.executable, __file__, str(wanted.city), "--stage", stage, str(folder)]
            print(f"| {millions:g} | {stage} | {_run(words, wanted)} |", flush=True)


def _run(words: list[str], wanted: argparse.Namespace) -> str:
    """Run a stage within its limits of seconds and memory; return the cells of its row."""
    begun, most, late = time.monotonic(), 0.0, False
    # files, not pipes: nobody reads while the stage runs
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as out,
        tempfile.TemporaryFile("w+", encoding="utf-8") as err,
    ):
        with subprocess.Popen(words, stdout=out, stderr=err) as done:
            while done.poll() is None:
                time.sleep(0.25)
                most = max(most, _held_mib(done.pid))
                late = time.monotonic() - begun > wanted.limit
                if late or most > wanted.memory * 1024:
                    done.kill()
                    break
        said, why = (file.seek(0) or file.read().strip().splitlines() for file in (out, err))
    if done.returncode and late:
        return f"> {wanted.limit:.0f} | | | stopped"
    if done.returncode and most > wanted.memory * 1024:
        return f"{time.monotonic() - begun:.0f} | | > {wanted.memory * 1024:,.0f} | stopped"
    if done.returncode:
        return f"| | | failed: {(why or [f'signal {-done.returncode}'])[-1]}"
    told = json.loads(said[-1])
    wall, cpu, mib = (told.pop(n) for n in ("wall", "cpu", "mib"))
    what = ", ".join(f"{v:,} {k}" for k, v in told.items())
    return f"{wall:.1f} | {cpu:.1f} | {max(mib, most):,.0f} | {what}"


def _held_mib(process: int) -> float:
    """Return the memory that a process and its children hold now (Linux; elsewhere 0)."""
    try:
        root = Path(f"/proc/{process}")
        own = int((root / "statm").read_text().split()[1]) * resource.getpagesize() / 2**20
        below = (root / f"task/{process}/children").read_text().split()
    except OSError:  # it has ended
        return 0.0
    return own + sum(_held_mib(int(child)) for child in below)


if __name__ == "__main__":
    main()
