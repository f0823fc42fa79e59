"""Reading cameras: alprmap.sources.read against what a user would pick instead, in one run, a process each.

    python benchmarks/sources.py [BUNDLE.json.gz] [--rows 1000000] [--megabytes 100]

Without a bundle one of 61,768 made-up cameras is used. Peak memory is that of the whole process. The other tools
only load the table; alprmap also checks every coordinate, settles makers, operators, dates and ids, and counts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
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
    with path.open("w") as out:
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
    filler = "installed by contractor under agreement 24-117, see exhibit B " * 2
    with path.open("w") as out:
        out.write("Camera ID,Latitude,Longitude,Agency,Vendor,Direction,Intersection,Notes\n")
        number = 0
        while out.tell() < megabytes * 1_000_000:
            row = camera(rng, number)
            out.write(f"{number},{row['lat']},{row['lon']},{row['operator'] or ''},{row['brand'] or ''},"
                      f"{row['directionCardinal']},Main St at {rng.randrange(200)}th St,{filler}\n")  # fmt: skip
            number += 1


def alprmap(path: str) -> int:
    from alprmap import sources

    return int(sources.read(path).counts["rows"])


def pandas_json(path: str) -> int:
    import pandas as pd

    return len(pd.read_json(path))


def geopandas(path: str) -> int:
    import geopandas as gpd

    return len(gpd.read_file(path))


def json_to_frame(path: str) -> int:
    import pandas as pd

    with Path(path).open() as file:
        return len(pd.json_normalize(json.load(file)["features"]))


def pandas_csv(path: str) -> int:
    import pandas as pd

    return len(pd.read_csv(path))


TASKS: dict[str, Callable[[str], int]] = {
    f.__name__: f for f in (alprmap, pandas_json, geopandas, json_to_frame, pandas_csv)
}


def run(task: str, path: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--task", task, str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return {"seconds": float("nan"), "cpu": float("nan"), "mb": float("nan"), "rows": 0}
    result: dict[str, float] = json.loads(done.stdout)
    return result


def one(task: str, path: str) -> None:
    sys.path.insert(0, str(ROOT))
    if task == "alprmap":
        import alprmap.sources.door  # noqa: F401
    else:
        import geopandas  # noqa: F401
    began, cpu = time.perf_counter(), time.process_time()
    rows = TASKS[task](path)
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "mb": usage, "rows": rows}
        )
    )


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
    parser.add_argument("--task", choices=TASKS)
    options = parser.parse_args()
    if options.task:
        one(options.task, str(options.bundle))
        return
    print(f"{'input':<30} {'tool':<14} {'rows':>10} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'× alprmap':>10}")
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
