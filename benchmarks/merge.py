"""Merge: quality and speed beside what a user would pick instead, in one run.

    python benchmarks/merge.py [--quick]

Quality is measured on constructed truth (tests/merge_truth.py): real cameras, and a second source
made of them. The others: the nearest free point within 150 m in file order (the best published
merge), geopandas `sjoin_nearest` within 150 m in EPSG:5070, and rapidfuzz on operator, maker and
direction alone. Each timing of the second table runs in a process of its own, whose peak memory is
given. Needs ../shared/data."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import merge_truth as truth  # noqa: E402

from alprmap import merge, sources  # noqa: E402
from alprmap.geography import borders  # noqa: E402

CAMERAS = ROOT.parent / "shared" / "data" / "cameras"
STATES = ("Arizona", "Michigan", "Ohio", "Oregon", "Texas", "Utah")
SIZES = (62_500, 125_000, 250_000, 500_000, 1_000_000)
Pairs = pd.DataFrame


def january() -> pd.DataFrame:
    return sources.read(CAMERAS / "us-2026-01.json.gz").reports


def october() -> pd.DataFrame:
    return pd.concat(
        [sources.read(CAMERAS / f"us-2025-10-{s}.geojson").reports for s in STATES],
        ignore_index=True,
    )


def ours(crowd: pd.DataFrame, record: pd.DataFrame) -> Pairs:
    merged = merge.merge(pd.concat([crowd, record], ignore_index=True))
    return truth.pairs_of(merged.links, str(crowd["source_id"].iloc[0]), "records")


def sjoin_nearest(crowd: pd.DataFrame, record: pd.DataFrame) -> Pairs:
    left, right = (
        gpd.GeoDataFrame(
            f[["report_id"]], geometry=gpd.points_from_xy(f["lon"], f["lat"]), crs=4326
        ).to_crs(5070)
        for f in (record, crowd)
    )
    found = gpd.sjoin_nearest(left, right, max_distance=150)
    return found[["report_id_right", "report_id_left"]].set_axis(["crowd_id", "record_id"], axis=1)


def rapidfuzz_only(crowd: pd.DataFrame, record: pd.DataFrame) -> Pairs:
    from rapidfuzz import fuzz, process

    left, right = (
        f[["operator", "vendor", "direction_raw"]].fillna("").agg(" ".join, axis=1).tolist()
        for f in (record, crowd)
    )
    best = process.cdist(
        left, right, scorer=fuzz.token_sort_ratio, workers=1, dtype=np.uint8
    ).argmax(axis=1)
    return pd.DataFrame(
        {"crowd_id": crowd["report_id"].to_numpy()[best], "record_id": record["report_id"]}
    )


def densest_county(reports: pd.DataFrame) -> pd.DataFrame:
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(reports["lon"], reports["lat"]), crs=4326)
    county = gpd.sjoin(points, borders.counties()[["geoid", "geometry"]], predicate="within")[
        "geoid"
    ]
    return reports.loc[county.index[county == county.value_counts().idxmax()]].reset_index(
        drop=True
    )


def quality() -> None:
    nation = truth.without_doubles(january())
    county = densest_county(nation)
    ways: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Pairs]] = {
        "alprmap": ours, "greedy 150 m": truth.greedy, "sjoin_nearest": sjoin_nearest,
        "rapidfuzz only": rapidfuzz_only,
    }  # fmt: skip
    print(
        f"{'where':<8}{'noise':<7}{'way':<16}{'precision':>10}{'recall':>9}{'F1':>8}{'seconds':>9}"
    )
    for where, crowd in (("nation", nation), ("county", county)):
        for name, noise in (("low", truth.LOW), ("mid", truth.MID), ("high", truth.HIGH)):
            both = truth.with_twins(crowd, noise, seed=1)
            record, pairs = truth.second_source(both, noise, seed=2)
            for way, find in ways.items():
                if way == "rapidfuzz only" and where == "nation":
                    continue  # 3.7 billion comparisons
                start = time.perf_counter()
                found = find(both, record)
                spent = time.perf_counter() - start
                got = truth.pairwise(found, pairs)
                figures = (
                    f"{got['precision']:>10.4f}{got['recall']:>9.4f}{got['f1']:>8.4f}{spent:>9.2f}"
                )
                print(f"{where:<8}{name:<7}{way:<16}{figures}")


def tiled(n: int) -> pd.DataFrame:
    """`n` reports: the January file beside itself, each copy shifted by 1.3 km and with ids of its
    own."""
    one = january()
    copies = []
    for k in range(-(-n // len(one))):
        number = one["source_record"].str.partition("/")[2].astype(np.int64) + k * 10**11
        copy = one.assign(lon=one["lon"] + 0.013 * k, lat=one["lat"] + 0.0071 * (k % 4))
        copies.append(copy.assign(source_record="node/" + number.astype(str)))
    table = pd.concat(copies, ignore_index=True).iloc[:n]
    half = table.index % 2 == 0
    table["source_id"] = np.where(half, "one", "two")
    # every second report is a record of its neighbour in the file: two sources that overlap
    table.loc[~half, "source_record"] = "row/" + table.index[~half].astype(str)
    table.loc[~half, ["lon", "lat"]] = (
        table.loc[half, ["lon", "lat"]].to_numpy()[: (~half).sum()] + 0.0002
    )
    return table.assign(report_id=table["source_id"] + ":" + table["source_record"])


def _merge_time(n: int) -> tuple[float, float, int, int]:
    reports = tiled(n) if n else pd.concat([january(), october()], ignore_index=True)
    start = time.perf_counter()
    merged = merge.merge(reports)
    spent = time.perf_counter() - start
    return spent, _peak_gib(), len(reports), len(merged.cameras)


def _join_time(n: int) -> tuple[float, float, int, int]:
    reports = tiled(n) if n else pd.concat([january(), october()], ignore_index=True)
    first = reports["source_id"] == reports["source_id"].iloc[0]
    start = time.perf_counter()
    found = sjoin_nearest(reports[first], reports[~first])
    return time.perf_counter() - start, _peak_gib(), len(reports), len(found)


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def alone(
    task: Callable[[int], tuple[float, float, int, int]], n: int
) -> tuple[float, float, int, int]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task, n).result()


def speed(sizes: tuple[int, ...]) -> None:
    print(
        f"\n{'reports':>10}{'cameras':>10}{'seconds':>9}{'GiB':>7}{'µs/report':>11}{'sjoin s':>9}{'ratio':>7}"
    )
    for n in (0, *sizes):
        spent, peak, reports, cameras = alone(_merge_time, n)
        join = alone(_join_time, n)[0]
        figures = f"{spent:>9.2f}{peak:>7.2f}{1e6 * spent / reports:>11.1f}{join:>9.2f}{spent / join:>7.1f}"
        print(f"{reports:>10,}{cameras:>10,}{figures}")
    print(
        "first row: January 2026 with six states of October 2025; others: tiled (synthetic), two"
        " sources."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="speed up to 125,000 reports only")
    quick = parser.parse_args().quick
    if not CAMERAS.is_dir():
        sys.exit("needs ../shared/data/cameras")
    quality()
    speed(SIZES[:2] if quick else SIZES)


if __name__ == "__main__":
    main()
