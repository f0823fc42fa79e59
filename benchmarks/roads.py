"""Reading a road network: alprmap against a bare pyosmium loop and OSMnx, time and peak memory, one
run.

    python benchmarks/roads.py ../shared/data/roads/columbus-oh.osm.pbf [--copies 8,56,168] [--osmnx
    8]

Each measurement is a process of its own. Files of more than one copy are synthetic
(benchmarks/tiles.py) and are kept in the folder --scratch names. OSMnx reads no PBF: its time is
that of `graph_from_xml` alone, after the roads it keeps were written to XML for it (not counted),
its memory that of its process. Processor time and memory of alprmap count the child process that
parses; `no wall` is the same reader in one process."""

from __future__ import annotations

import argparse
import importlib
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tiles import tiled

BARE_CLASSES = re.compile(
    r"(motorway|trunk|primary|secondary|tertiary)(_link)?|unclassified|residential|living_street|road"
)


def ours(path: Path) -> int:
    from alprmap.roads import network

    return len(network.read(path).segments)


def no_wall(path: Path) -> int:
    """The same with libosmium in this process: what the wall costs shows in the difference."""
    from alprmap.roads import behind, ways

    def read(path: Path, drivable: Any, bounds: Any, progress: Any, **sizes: int) -> Any:
        return list(ways.read(path, drivable, bounds, **sizes))[-1]  # always the same object

    behind.ways = read
    return ours(path)


def bare(path: Path) -> int:
    """What one writes first: every drivable way with its tags and the places of its nodes, in
    Python lists."""
    import osmium

    ways = []
    roads = (
        osmium.FileProcessor(str(path))
        .with_locations()
        .with_filter(osmium.filter.KeyFilter("highway"))
    )
    for way in roads:
        if way.is_way() and BARE_CLASSES.fullmatch(way.tags["highway"]):
            tags = [
                way.tags.get(k)
                for k in (
                    "highway",
                    "name",
                    "ref",
                    "oneway",
                    "maxspeed",
                    "lanes",
                    "bridge",
                    "layer",
                )
            ]
            ways.append((way.id, tags, [(n.ref, n.lon, n.lat) for n in way.nodes]))
    return len(ways)


def with_osmnx(path: Path) -> int:
    import osmnx

    return len(osmnx.graph_from_xml(path, simplify=True, retain_all=True).edges)


ENGINES = {"alprmap": ours, "no wall": no_wall, "bare": bare, "osmnx": with_osmnx}
IMPORTS = {"bare": "osmium", "osmnx": "osmnx"}


def measure(engine: str, path: Path) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, __file__, "--engine", engine, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(run.stdout))


def drive_xml(path: Path, scratch: Path) -> Path:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
    from road_files import osmnx_drive_xml

    return osmnx_drive_xml(path, scratch / f"{path.name}.drive.osm")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("extract", type=Path)
    parser.add_argument("--copies", default="1,8,56")
    parser.add_argument(
        "--osmnx", type=int, default=8, help="largest number of copies OSMnx is asked to read"
    )
    parser.add_argument(
        "--scratch", type=Path, default=Path(tempfile.gettempdir()) / "alprmap-benchmarks"
    )
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.engine:
        importlib.import_module(IMPORTS.get(asked.engine, "alprmap.roads.network"))
        start, cpu = time.perf_counter(), time.process_time()
        count = ENGINES[asked.engine](asked.extract)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        if "alprmap.sandbox.wall" in sys.modules:
            # the child's use is told once it has ended
            importlib.import_module("alprmap.sandbox").close_child()
        own, child = (
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        cpu += child.ru_utime + child.ru_stime
        # both live at once while the file is parsed
        peak = (own.ru_maxrss + child.ru_maxrss) / 1024
        print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mib": peak, "count": count}))
        return
    asked.scratch.mkdir(parents=True, exist_ok=True)
    print(
        "file MB  engine         count  seconds  cpu s  peak MiB  time / alprmap  cpu / alprmap "
        " memory / alprmap"
    )
    for copies in (int(c) for c in asked.copies.split(",")):
        path = (
            asked.extract
            if copies == 1
            else tiled(asked.extract, copies, asked.scratch / f"tiles-{copies}.osm.pbf")
        )
        first: dict[str, Any] = {}
        for engine in ENGINES:
            if engine == "osmnx" and copies > asked.osmnx:
                continue
            got = measure(engine, drive_xml(path, asked.scratch) if engine == "osmnx" else path)
            first = first or got
            ratio = {k: got[k] / first[k] for k in ("seconds", "cpu", "peak_mib")}
            size = path.stat().st_size / 1e6
            print(
                f"{size:7.1f}  {engine:8}  {got['count']:10,}  {got['seconds']:7.2f} "
                f" {got['cpu']:5.1f}  {got['peak_mib']:8,.0f}  {ratio['seconds']:14.2f} "
                f" {ratio['cpu']:13.2f}  {ratio['peak_mib']:16.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
