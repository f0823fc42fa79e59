"""10,000 sightings checked against 61,768 cameras, and where the time goes; beside a check by
hand-made loops.

    python benchmarks/sightings.py [--cameras FILE] [--sightings 10000]

The comparison is what a maintainer would write with GeoPandas: validate the file against the JSON
Schema with `jsonschema`, then `sjoin_nearest` in a projected system for the nearest camera (no
headings, no tiers, no personal data, no places). Both run in this one process on the same file; the
last column is the ratio."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
CAMERAS = ROOT.parent / "shared" / "data" / "cameras" / "us-2026-01.json.gz"
VENDORS = ("Flock Safety", "Motorola Solutions", None)


def sightings(lon: np.ndarray, lat: np.ndarray, n: int) -> dict[str, object]:
    """n sightings: a third beside known cameras, a third some 100 m to 2 km off, a third with
    something wrong."""
    rng = np.random.default_rng(9)
    pick = rng.choice(len(lon), n)
    spread = np.where(rng.random(n) < 0.4, 0.00008, 0.01)
    x, y = lon[pick] + rng.normal(0, spread), lat[pick] + rng.normal(0, spread)
    notes = [
        "beside the fuel station",
        "call 956-555-0134",
        "seen by Ann",
        "on the arm of the lights",
        None,
        None,
    ]
    features = []
    for i in range(n):
        properties: dict[str, object] = {
            "man_made": "surveillance", "surveillance:type": "ALPR", "evidence": "seen", "license": "CC0-1.0",
            "direction": str(int(rng.integers(1, 361))) if rng.random() < 0.7 else "unknown",
        }  # fmt: skip
        if note := notes[int(rng.integers(len(notes)))]:
            properties["note"] = note
        if vendor := VENDORS[int(rng.integers(3))]:
            properties["manufacturer"] = vendor
        if rng.random() < 0.05:
            properties["user"] = "somebody"
        point = {"type": "Point", "coordinates": [round(float(x[i]), 6), round(float(y[i]), 6)]}
        features.append({"type": "Feature", "geometry": point, "properties": properties})
    return {"type": "FeatureCollection", "format": "alprmap-sighting/1", "features": features}


def ours(file: Path, cameras: Path) -> tuple[dict[str, float], dict[str, int]]:
    """Seconds of each part, and the counts."""
    from alprmap.sightings import check, files, known

    times = {}
    start = time.perf_counter()
    devices = known.read_known(cameras)
    times["read cameras"] = time.perf_counter() - start
    start = time.perf_counter()
    given = [files.read_sightings(file)]
    times["read sightings"] = time.perf_counter() - start
    start = time.perf_counter()
    checked = check.check_sightings(given, cameras=known.only(devices, ("alpr", "unknown")))
    times["check"] = time.perf_counter() - start
    return times, checked.counts


def theirs(file: Path, cameras: Path) -> float:
    """Seconds of a check with jsonschema and GeoPandas."""
    import geopandas as gpd
    import jsonschema

    from alprmap.sightings import known, sighting

    start = time.perf_counter()
    devices = known.read_known(cameras)
    value = json.loads(file.read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(sighting.json_schema())
    sum(1 for _ in validator.iter_errors(value))
    places = gpd.GeoDataFrame.from_features(value["features"], crs=4326).to_crs(5070)
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(devices.lon, devices.lat), crs=4326
    ).to_crs(5070)
    places.sjoin_nearest(points, max_distance=100, distance_col="m")
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=Path, default=CAMERAS)
    parser.add_argument("--sightings", type=int, default=10_000)
    wanted = parser.parse_args()
    from alprmap.sightings import known

    devices = known.read_known(wanted.cameras)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sightings.geojson"
        file.write_text(json.dumps(sightings(devices.lon, devices.lat, wanted.sightings)), "utf-8")
        times, counts = ours(file, wanted.cameras)
        other = theirs(file, wanted.cameras)
    total = sum(times.values())
    print(f"{wanted.sightings:,} sightings against {len(devices):,} cameras")
    for name, seconds in times.items():
        print(f"  {name:16} {seconds:6.2f} s")
    print(
        f"  {'all of it':16} {total:6.2f} s   {', '.join(f'{v:,} {k}' for k, v in counts.items())}"
    )
    print(
        f"jsonschema + sjoin_nearest (schema and distance only) {other:6.2f} s   ratio"
        f" {other / total:.2f}"
    )


if __name__ == "__main__":
    main()
