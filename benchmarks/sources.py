"""Reading cameras: alprmap.sources.read against what a user would pick instead, in one run, a
process each.

    python benchmarks/sources.py [BUNDLE.json.gz] [--rows 1000000] [--megabytes 100] [--wall 7]

Without a bundle one of 61,768 made-up cameras is used. Processor time counts the child process that
parses, peak memory is that of the larger of the two. The other tools only load the table; alprmap
also checks every coordinate, settles makers, operators, dates and ids, and counts. `--wall N`
measures only what the wall costs on the bundle: the whole `read` with and without it, N times in
turn, a process each, and the median of the ratios."""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MAKERS = ["Flock Safety", "Motorola Solutions", "Genetec", None]
OPERATORS = [
    "Laredo Police Department",
    "Flock Safety",
    "Lowe's",
    "Webb County Sheriff's Office",
    None,
    None,
    None,
]


def camera(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "osmId": number, "osmType": "node",
        "lat": round(rng.uniform(26, 48), 7), "lon": round(rng.uniform(-120, -75), 7),
        "operator": rng.choice(OPERATORS), "brand": rng.choice(MAKERS),
        "direction": None, "directionCardinal": str(rng.randrange(360)), "surveillanceZone": "traffic",
    }  # fmt: skip


def make_bundle(path: Path, rows: int = 61_768) -> None:
    rng = random.Random(1)
    with gzip.open(path, "wt", compresslevel=5) as out:
        json.dump([camera(rng, i) for i in range(rows)], out)


def make_geojson(path: Path, rows: int) -> None:
    rng = random.Random(2)
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type":"FeatureCollection","features":[')
        for i in range(rows):
            row = camera(rng, i)
            tags = {"man_made": "surveillance", "surveillance:type": "ALPR", "direction": row["directionCardinal"],
                    "manufacturer": row["brand"] or "", "operator": row["operator"] or ""}  # fmt: skip
            feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                       "properties": {"id": i, "tags": {k: v for k, v in tags.items() if v}}}  # fmt: skip
            out.write(("," if i else "") + "\n" + json.dumps(feature))
        out.write("]}")


def make_csv(path: Path, megabytes: int) -> None:
    rng = random.Random(3)
    filler = "installed by contractor under agreement 24-117 (see exhibit B) " * 2
    with path.open("w", encoding="utf-8") as out:
        out.write("Camera ID,Latitude,Longitude,Agency,Vendor,Direction,Intersection,Notes\n")
        number = 0
        while out.tell() < megabytes * 1_000_000:
            row = camera(rng, number)
            out.write(f"{number},{row['lat']},{row['lon']},{row['operator'] or ''},{row['brand'] or ''},"
                      f"{row['directionCardinal']},Main St at {rng.randrange(200)}th St,{filler}\n")  # fmt: skip
            number += 1


def alprmap(path: str) -> int:
    from alprmap import sources

    return int(sources.read(path).tally["rows"])


def no_wall(path: str) -> int:
    """The same with the parser in this process: what the wall costs shows in the difference."""
    from alprmap.sources.formats import readers

    readers.read_tables = readers.within
    return alprmap(path)


def pandas_json(path: str) -> int:
    import pandas as pd

    return len(pd.read_json(path))


def geopandas(path: str) -> int:
    import geopandas as gpd

    return len(gpd.read_file(path))


def json_to_frame(path: str) -> int:
    import pandas as pd

    with Path(path).open(encoding="utf-8") as file:
        return len(pd.json_normalize(json.load(file)["features"]))


def pandas_csv(path: str) -> int:
    import pandas as pd

    return len(pd.read_csv(path))


TASKS: dict[str, Callable[[str], int]] = {
    f.__name__: f for f in (alprmap, no_wall, pandas_json, geopandas, json_to_frame, pandas_csv)
}


def run(task: str, path: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--task", task, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {"seconds": float("nan"), "cpu": float("nan"), "mb": float("nan"), "rows": 0}
    result: dict[str, float] = json.loads(done.stdout)
    return result


def one(task: str, path: str) -> None:
    sys.path.insert(0, str(ROOT))
    if task in ("alprmap", "no_wall"):
        import alprmap.sources.door  # noqa: F401
    else:
        import geopandas  # noqa: F401
    began, cpu = time.perf_counter(), time.process_time()
    rows = TASKS[task](path)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if task == "alprmap":
        from alprmap.sandbox import wall

        wall.close_child()
    own, child = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    cpu += child.ru_utime + child.ru_stime
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu": cpu,
                "mb": max(own.ru_maxrss, child.ru_maxrss) / 1024,
                "rows": rows,
            }
        )
    )


def wall_cost(bundle: Path, runs: int) -> None:
    """Print the cost of the wall: medians of both, and of the ratios of neighboring runs."""
    both = [(run("no_wall", bundle), run("alprmap", bundle)) for _ in range(runs)]
    for what in ("seconds", "cpu", "mb"):
        off, on = (statistics.median(pair[i][what] for pair in both) for i in (0, 1))
        ratio = statistics.median(pair[1][what] / pair[0][what] for pair in both)
        print(f"{what:<8} without {off:8.2f}   with {on:8.2f}   ratio {ratio:5.2f}")


def cases(folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, Path, list[str]]]:
    bundle = options.bundle
    if bundle is None:
        bundle = folder / "bundle.json.gz"
        make_bundle(bundle)
    yield "bundle, gzipped JSON", bundle, ["alprmap", "pandas_json"]
    table = folder / "table.csv"
    make_csv(table, options.megabytes)
    yield f"CSV of {options.megabytes} MB", table, ["alprmap", "pandas_csv"]
    table.unlink()
    features = folder / "many.geojson"
    make_geojson(features, options.rows)
    yield f"GeoJSON of {options.rows:,} points", features, ["alprmap", "geopandas", "json_to_frame"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--wall", type=int, metavar="N", help="only measure the wall, N times")
    parser.add_argument("--task", choices=TASKS)
    options = parser.parse_args()
    if options.task:
        one(options.task, str(options.bundle))
        return
    if options.wall:
        with tempfile.TemporaryDirectory() as folder:
            bundle = options.bundle or Path(folder) / "bundle.json.gz"
            if options.bundle is None:
                make_bundle(bundle)
            wall_cost(bundle, options.wall)
        return
    print(
        f"{'input':<30} {'tool':<14} {'rows':>10} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}"
        f" {'× alprmap':>10}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, path, tasks in cases(Path(folder), options):
            ours = 0.0
            for task in tasks:
                got = run(task, path)
                ours = ours or got["cpu"]
                print(f"{name:<30} {task:<14} {got['rows']:>10,} {got['seconds']:>8.2f} {got['cpu']:>8.2f} "
                      f"{got['mb']:>8,.0f} {got['cpu'] / ours:>10.2f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
