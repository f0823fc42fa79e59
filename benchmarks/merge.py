"""Merge: quality and speed beside what a user would pick instead, in one run.

    python benchmarks/merge.py [--quick] [--only quality|cities|rounded|libraries|growth|speed]
                               [--cities held-out|fresh|looked-at] [--seeds 1,2]

Quality is measured on constructed truth (tests/merge_truth.py): real cameras, and a second source
made of them. The others: the nearest free point within 150 m in file order (the best published
merge), geopandas `sjoin_nearest` within 150 m in EPSG:5070, and rapidfuzz on operator, maker and
direction alone. `cities` breaks one promise of a list at a time (tests/merge_cities.py) and prints how far
the stated probabilities hold (docs/method/merge.md), on one set of cities; `rounded` does so with lists
whose coordinates are rounded; `libraries` holds ours against splink, where it
is installed (pip install 'splink>=5'), and against an oracle that knows how each list was made
(tests/merge_oracle.py). Each timing runs in a process of its own, whose peak memory is given. Needs
../shared/data."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import merge_cities  # noqa: E402
import merge_oracle  # noqa: E402
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


BANDS_KM = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4)
FINE_KM = (0.005, 0.01, 0.015, 0.02, 0.03, 0.045, 0.065, 0.1, 0.15, 0.25, 0.5, 1.0)


def splink_pairs(crowd: pd.DataFrame, record: pd.DataFrame) -> Pairs:
    """Link with splink (DuckDB) as its documentation shows it: one to one, from even odds on."""
    pairs = splink_weighed(crowd, record, BANDS_KM)
    return pairs.loc[pairs["p"] >= 0.5].drop_duplicates("crowd_id").drop_duplicates("record_id")


def splink_weighed(crowd: pd.DataFrame, record: pd.DataFrame, bands_km: tuple[float, ...]) -> Pairs:
    """Return the pairs that splink (DuckDB) weighs, the likeliest first: distance, heading and
    operator, as ours compares them, with rates by EM.

    Distances fall into bands and headings into four; candidates share one of two grids of 0.01°."""
    import logging

    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.disable(logging.WARNING)
    tables = []
    for frame in (crowd, record):
        heading = truth.first_heading(frame["direction_raw"])
        table = frame[["report_id", "lat", "lon", "operator"]].astype(
            dict.fromkeys(("report_id", "operator"), "object")
        )
        table = table.rename(columns={"report_id": "unique_id"}).reset_index(drop=True)
        table["operator"] = table["operator"].where(table["operator"].notna(), None)
        table["heading"] = heading
        for name, shift in (("cell_a", 0.0), ("cell_b", 0.5)):
            x, y = (np.floor(table[c] * 100 + shift).astype(int) for c in ("lon", "lat"))
            table[name] = x.astype(str) + "/" + y.astype(str)
        tables.append(table)
    # a missing number is NULL for DuckDB only if it is not NaN
    unknown = "(heading_l is null or heading_r is null or isnan(heading_l) or isnan(heading_r))"
    apart = "abs((heading_l - heading_r + 540) % 360 - 180)"
    near = [cll.DistanceInKMLevel("lat", "lon", km_threshold=km) for km in bands_km]
    settings = SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=0.9 / max(len(crowd), 1),
        comparisons=[
            cl.CustomComparison(
                output_column_name="place",
                comparison_levels=[cll.NullLevel("lat"), *near, cll.ElseLevel()],
            ),
            cl.CustomComparison(
                output_column_name="heading",
                comparison_levels=[
                    cll.CustomLevel(unknown, "unknown").configure(is_null_level=True),
                    cll.CustomLevel(f"{apart} <= 20", "within 20"),
                    cll.CustomLevel(f"{apart} <= 60", "within 60"),
                    cll.CustomLevel(f"{apart} >= 160", "opposite"),
                    cll.ElseLevel(),
                ],
            ),
            cl.ExactMatch("operator"),
        ],
        blocking_rules_to_generate_predictions=[block_on("cell_a"), block_on("cell_b")],
    )
    database = DuckDBAPI()
    linker = Linker([database.register(t) for t in tables], settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(
        block_on("cell_a"), fix_u_probabilities=True
    )
    table = linker.inference.predict(threshold_match_probability=1e-4).as_pandas_dataframe()
    logging.disable(logging.NOTSET)
    ours_first = table["unique_id_l"].isin(crowd["report_id"])
    one = table["unique_id_l"].where(ours_first, table["unique_id_r"])
    other = table["unique_id_r"].where(ours_first, table["unique_id_l"])
    pairs = pd.DataFrame({"crowd_id": one, "record_id": other, "p": table["match_probability"]})
    order = ["p", "crowd_id", "record_id"]
    return pairs.sort_values(order, ascending=[False, True, True], ignore_index=True)


COMPARED = ("noise 10 m", "noise 40 m", "noise 80 m", "opposite facing", "shift of 30 m",
            "block centers", "no headings", "all together")  # fmt: skip
WAYS = ("alprmap", "greedy", "splink", "splink tuned", "oracle")


def _figures(way: str, made: merge_cities.City, cell: merge_cities.Cell) -> tuple[float, float]:
    """Return F1 and the share of wrong pairs of one way."""
    if way == "oracle":
        best = merge_oracle.ceiling(made, cell)
        return best["f1"], best["wrong"]
    if way == "splink tuned":
        weighed = splink_weighed(made.crowd, made.record, FINE_KM)
        best = merge_oracle.reached(weighed, made)
        return best["f1"], best["wrong"]
    find = {"alprmap": ours, "greedy": truth.greedy, "splink": splink_pairs}[way]
    got = truth.pairwise(find(made.crowd, made.record), made.pairs)
    return got["f1"], 1.0 - got["precision"]


def _compared(way: int) -> tuple[dict[str, tuple[float, float]], float, float]:
    """Return by cell the mean F1 and share of wrong pairs of one way over the held-out cities, the
    processor seconds of all, and the memory it took beyond the reports, GiB."""
    reports, out, spent = january(), {}, 0.0
    crowds = [merge_cities.city(reports, place) for place in merge_cities.HELD_OUT]
    del reports
    before = _peak_gib()
    for name in COMPARED:
        cell, rows = merge_cities.CELLS[name], []
        for crowd in crowds:
            made = merge_cities.simulate(crowd, cell, seed=1)
            start = time.process_time()
            rows.append(_figures(WAYS[way], made, cell))
            spent += time.process_time() - start
        f1, wrong = np.mean(rows, axis=0)
        out[name] = (float(f1), float(wrong))
    return out, spent, _peak_gib() - before


def libraries() -> None:
    """Print ours beside splink, greedy nearest and an oracle on the same points."""
    from importlib.util import find_spec

    there = all(find_spec(m) for m in ("splink", "duckdb"))
    ways = range(len(WAYS)) if there else (0, 1, 4)
    if not there:
        print("\nwithout splink: pip install 'splink>=5' to compare with it")
    results = {}
    for way in ways:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            results[WAYS[way]] = pool.submit(_compared, way).result()
    print(f"\n{'F1 (wrong pairs)':<18}" + "".join(f"{w:>17}" for w in results))
    for name in COMPARED:
        cells = (f"{r[0][name][0]:.3f} ({r[0][name][1]:.1%})" for r in results.values())
        print(f"{name:<18}" + "".join(f"{c:>17}" for c in cells))
    for words, at, form in (("seconds", 1, "{:.1f}"), ("GiB more", 2, "{:.2f}")):
        print(f"{words:<18}" + "".join(f"{form.format(r[at]):>17}" for r in results.values()))
    print(
        "means of the held-out cities; splink tuned: finer bands, the threshold that is best in"
        " hindsight;\noracle: told how each list was made, and the threshold best in hindsight"
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


def _merged(
    reports: pd.DataFrame, cell: merge_cities.Cell, seeds: tuple[int, ...], places: tuple[str, ...]
) -> Iterator[tuple[merge_cities.City, merge.Merged, dict[str, float]]]:
    """Yield, by city and seed, a list made in a way, its merge with the crowd, and how that did
    (questions per record of the list)."""
    for place in places:
        crowd = merge_cities.city(reports, place)
        for seed in seeds:
            made = merge_cities.simulate(crowd, cell, seed)
            merged = merge.merge(pd.concat([made.crowd, made.record], ignore_index=True))
            got = merge_cities.judge(made, merged)
            yield made, merged, got | {"questions": got["questions"] / len(made.record)}


def _worst_count(table: pd.DataFrame) -> float:
    """Return the count of cameras against the truth that is farthest from one."""
    return float(table["cameras"].loc[(table["cameras"] - 1.0).abs().idxmax()])


def cities(seeds: tuple[int, ...], places: tuple[str, ...]) -> None:
    """Print, cell by cell, the mean and the worst of a set of cities, and the reliability of the
    probabilities there."""
    reports = january()
    print(
        f"\n{'cell':<26}{'F1':>7}{'worst':>7}{'greedy':>8}{'wrong':>7}{'apart':>7}{'count':>8}"
        f"{'asked':>7}{'questions':>11}{'oracle':>8}{'1 %':>7}"
    )
    weighed = []
    for name, cell in merge_cities.CELLS.items():
        rows, left, asked = [], 0.0, 0.0
        for made, merged, got in _merged(reports, cell, seeds, places):
            top = merge_oracle.ceiling(made, cell)
            rows.append(got | {"oracle": top["f1"], "few": top["f1_few_wrong"]})
            left, asked = left + got["left"], asked + got["left"] * got["asked"]
            weighed.append(merge_cities.weighed(made, merged))
        table = pd.DataFrame(rows)
        mean, off = table.mean(), _worst_count(table)
        print(
            f"{name:<26}{mean['f1']:>7.3f}{table['f1'].min():>7.3f}{mean['greedy']:>8.3f}"
            f"{mean['wrong']:>7.1%}{mean['apart']:>7.1%}{off - 1:>+8.1%}"
            f"{asked / max(left, 1.0):>7.0%}{mean['questions']:>11.1%}"
            f"{mean['oracle']:>8.3f}{mean['few']:>7.3f}",
            flush=True,
        )
    print(
        "wrong: links that are not the true pair; apart: of these the true camera stands over 15 m"
        " off or is none;\ncount: cameras against the truth, the worst city; asked: true pairs not"
        " linked that wait in the review;\nquestions: pairs in the review per record of the list;"
        "\noracle: told how the list was made, F1 at the threshold that is best in hindsight, and"
        " with 1 % wrong (or two) at most"
    )
    show_reliability(pd.concat(weighed, ignore_index=True))


def rounded(seeds: tuple[int, ...], places: tuple[str, ...]) -> None:
    """Print what becomes of lists whose coordinates are rounded, and what is said of them."""
    reports = january()
    print(
        f"\n{'list':<26}{'F1':>7}{'greedy':>8}{'wrong':>7}{'count':>8}{'asked':>7}{'questions':>11}"
    )
    for name, cell in merge_cities.ROUNDED.items():
        rows, said = [], []
        for _, merged, got in _merged(reports, cell, seeds, places):
            rows.append(got)
            said += [merged.learned.set_index("source_id").loc["records", "rounded"]]
        table = pd.DataFrame(rows)
        mean, off = table.mean(), _worst_count(table)
        print(
            f"{name:<26}{mean['f1']:>7.3f}{mean['greedy']:>8.3f}{mean['wrong']:>7.1%}{off - 1:>+8.1%}"
            f"{mean['asked']:>7.0%}{mean['questions']:>11.1%}  {said[0]}",
            flush=True,
        )


def show_reliability(weighed: pd.DataFrame) -> None:
    """Print the reliability diagram: stated probability against the share that is true."""
    table = merge_cities.reliability(weighed)
    print(f"\n{'probability':<13}{'pairs':>8}{'stated':>8}{'true':>8}{'off':>7}  0{'':<38}1")
    for tenth, row in table.iterrows():
        low, at = int(str(tenth)) / 10, round(40 * row["true"])
        line = "".join(
            "o" if k == at else "|" if k == round(40 * row["said"]) else "." for k in range(41)
        )
        print(
            f"{low:.1f} to {low + 0.1:.1f}   {int(row['pairs']):>8,}{row['said']:>8.3f}"
            f"{row['true']:>8.3f}{row['true'] - row['said']:>+7.3f}  {line}"
        )
    print("o: share of true pairs, |: stated (hidden where they fall together)")


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
    # every second report is a record of its neighbor in the file: two sources that overlap
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


def spot(n: int) -> pd.DataFrame:
    """`n` rows of one list at one city hall."""
    one = january().iloc[:1]
    table = pd.concat([one] * n, ignore_index=True)
    table["source_record"] = "row/" + table.index.astype(str)
    return table.assign(source_id="city", report_id="city:" + table["source_record"])


def growth() -> None:
    """Print the time of the worst shapes at n, 2n and 4n."""
    shapes: dict[str, Callable[[int], pd.DataFrame]] = {"one point": spot, "a country": tiled}
    print(f"\n{'shape':<12}{'n':>9}{'seconds':>9}")
    for name, make in shapes.items():
        for n in (4_000, 8_000, 16_000):
            reports = make(n)
            start = time.perf_counter()
            merge.merge(reports)
            print(f"{name:<12}{n:>9,}{time.perf_counter() - start:>9.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="speed up to 125,000 reports only")
    parts = ("quality", "cities", "rounded", "libraries", "growth", "speed")
    parser.add_argument("--only", choices=parts, help="one part of it")
    parser.add_argument("--cities", choices=list(merge_cities.SETS), default="held-out")
    parser.add_argument("--seeds", help="seeds of the cities' lists, with commas")
    options = parser.parse_args()
    seeds = (1,) if options.quick else (1, 2)
    if options.seeds:
        seeds = tuple(int(s) for s in options.seeds.split(","))
    places = tuple(merge_cities.SETS[options.cities])
    if not CAMERAS.is_dir():
        sys.exit("needs ../shared/data/cameras")
    if options.only in (None, "quality"):
        quality()
    if options.only in (None, "cities"):
        cities(seeds, places)
    if options.only in (None, "rounded"):
        rounded(seeds, places)
    if options.only in (None, "libraries"):
        libraries()
    if options.only in (None, "growth"):
        growth()
    if options.only in (None, "speed"):
        speed(SIZES[:2] if options.quick else SIZES)


if __name__ == "__main__":
    main()
