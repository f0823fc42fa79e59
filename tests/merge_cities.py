"""Truth by construction, city by city: an official list made of a city's mapped readers that breaks
one promise (or all), and how a merge did against it.

`CELLS` names the ways a list breaks its promises; `simulate` makes crowd, list and truth; `judge`
measures a merge of the two. A list states no error of its own, as official ones do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import merge_truth as truth
import numpy as np
import pandas as pd

from alprmap import geo, schema
from alprmap.merge import Merged

CITIES: Mapping[str, tuple[float, float]] = {
    "Houston": (29.76, -95.37),
    "Atlanta": (33.75, -84.39),
    "Detroit": (42.33, -83.05),
    "Dallas": (32.78, -96.80),
    "Denver": (39.74, -104.98),
    "Columbus": (39.96, -83.00),
    "Phoenix": (33.45, -112.07),
    "Tulsa": (36.15, -95.95),
}
LOOKED_AT: Mapping[str, tuple[float, float]] = {
    "Charlotte": (35.23, -80.84),
    "San Antonio": (29.42, -98.49),
    "Kansas City": (39.10, -94.58),
}
"""Cities that were held out until constants were held against them too."""
HELD_OUT: Mapping[str, tuple[float, float]] = {
    "Nashville": (36.16, -86.78),
    "Indianapolis": (39.77, -86.16),
    "Orlando": (28.54, -81.38),
}
"""Cities that no constant of the merge was chosen on: the table of docs/method/merge.md."""
FRESH: Mapping[str, tuple[float, float]] = {
    "Memphis": (35.15, -90.05),
    "Cincinnati": (39.10, -84.51),
    "Raleigh": (35.78, -78.64),
    "Milwaukee": (43.04, -87.91),
    "Oklahoma City": (35.47, -97.52),
    "Wichita": (37.69, -97.34),
}
"""Cities that were never looked at before the second table of docs/method/merge.md was made."""
SETS = {"held-out": HELD_OUT, "fresh": FRESH, "looked-at": LOOKED_AT}
HALF_LAT, HALF_LON = 0.25, 0.30
"""A city is what lies within this many degrees of its middle: about 55 km each way."""
TAILS = 3.0
MEDIAN_RATIO = 1.1774 / 1.3275
"""Student's t of three degrees of freedom, narrowed so that its median error is Gauss's."""
BLOCK_M = 160.0


@dataclass(frozen=True)
class Cell:
    """One way in which a list breaks its promises; `error_m` is one standard deviation an axis,
    `grid_deg` what coordinates are rounded to (`cut`: down towards zero).

    `least` is the F1 owed, `count` how far the number of cameras may be off, a share."""

    error_m: float = 10.0
    heavy: bool = False
    shift_m: float = 0.0
    facing: str = "same"
    no_heading: float = 0.0
    missing: float = 0.0
    blocks: bool = False
    grid_deg: float = 0.0
    cut: bool = False
    least: float = 0.95
    count: float = 0.02


CELLS: Mapping[str, Cell] = {
    "opposite facing": Cell(facing="opposite"),
    "travel facing": Cell(facing="travel"),
    "shift of 30 m": Cell(shift_m=30.0),
    "noise 10 m": Cell(),
    "noise 40 m": Cell(40.0),
    "noise 80 m": Cell(80.0, least=0.90, count=0.10),
    "noise 150 m": Cell(150.0, least=0.0, count=1.0),
    "tails 10 m": Cell(heavy=True),
    "tails 40 m": Cell(40.0, heavy=True),
    "tails 80 m": Cell(80.0, heavy=True, least=0.90, count=0.10),
    "tails 150 m": Cell(150.0, heavy=True, least=0.0, count=1.0),
    "block centers": Cell(blocks=True, no_heading=1.0, least=0.90, count=0.10),
    "block centers, headings": Cell(blocks=True, least=0.90, count=0.10),
    "no headings": Cell(no_heading=1.0),
    "half the headings": Cell(no_heading=0.5),
    "20 % missing": Cell(missing=0.2),
    "20 % missing, 40 m": Cell(40.0, missing=0.2),
    "all together": Cell(40.0, True, 30.0, "opposite", 0.3, 0.2),
}


ROUNDED: Mapping[str, Cell] = {
    "whole seconds": Cell(0.0, grid_deg=1 / 3600),
    "3 decimals": Cell(0.0, grid_deg=0.001),
    "3 decimals, cut off": Cell(0.0, grid_deg=0.001, cut=True),
    "2 decimals": Cell(0.0, grid_deg=0.01),
    "2 decimals, cut off": Cell(0.0, grid_deg=0.01, cut=True),
    "whole minutes": Cell(0.0, grid_deg=1 / 60),
    "3 decimals, no headings": Cell(0.0, grid_deg=0.001, no_heading=1.0),
    "2 decimals, no headings": Cell(0.0, grid_deg=0.01, no_heading=1.0),
}
"""Lists of true places whose coordinates are rounded."""


@dataclass(frozen=True)
class City:
    """The mapped readers, the list made of them, the true pairs, how many cameras there are, and the
    list's shift, meters east and north."""

    crowd: pd.DataFrame
    record: pd.DataFrame
    pairs: pd.DataFrame
    cameras: int
    shift: tuple[float, float] = (0.0, 0.0)


def city(reports: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the reports of a city, without rows that repeat place and direction."""
    lat, lon = {**CITIES, **LOOKED_AT, **HELD_OUT, **FRESH}[name]
    return around(reports, lat, lon)


def around(reports: pd.DataFrame, lat: float, lon: float) -> pd.DataFrame:
    """Return the reports around a place, without rows that repeat place and direction."""
    inside = (reports["lat"] - lat).abs().lt(HALF_LAT) & (reports["lon"] - lon).abs().lt(HALF_LON)
    return truth.without_doubles(reports[inside])


def simulate(crowd: pd.DataFrame, cell: Cell, seed: int) -> City:
    """Return a city whose official list breaks its promises as `cell` says."""
    rng = np.random.default_rng(seed)
    n = len(crowd)
    draw = rng.random(n)
    listed, mapped = draw >= cell.missing, draw < 1.0 - cell.missing
    source = crowd[listed].sample(frac=1.0, random_state=seed)
    heading = truth.first_heading(source["direction_raw"])
    lon, lat, shift = _moved(source, heading, cell, rng)
    turned = heading + rng.normal(0.0, 6.0, len(source))
    if cell.facing == "opposite":
        turned = turned + 180.0
    if cell.facing == "travel":
        turned = turned + 180.0 * (rng.random(len(source)) < 0.5)
    turned[rng.random(len(source)) < cell.no_heading] = np.nan
    operator = source["operator"].to_numpy(object).copy()
    operator[rng.random(len(source)) < 0.5] = None
    record = pd.DataFrame(
        {
            "source_record": [f"row/{i}" for i in range(len(source))],
            "lon": lon,
            "lat": lat,
            "direction_raw": [None if np.isnan(h) else f"{h % 360:.0f}" for h in turned],
            "operator": operator,
            "device": "alpr",
            "evidence": "record",
            "located_by": "coordinates",
            "source_id": "records",
        }
    )
    record["report_id"] = "records:" + record["source_record"]
    pairs = pd.DataFrame(
        {"crowd_id": source["report_id"].to_numpy(), "record_id": record["report_id"]}
    )
    there = crowd[mapped].reset_index(drop=True)
    pairs = pairs[pairs["crowd_id"].isin(there["report_id"])].reset_index(drop=True)
    return City(there, schema.conform(record, "reports"), pairs, n, shift)


def _moved(
    source: pd.DataFrame, heading: np.ndarray, cell: Cell, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    n = len(source)
    lon, lat = source["lon"].to_numpy(), source["lat"].to_numpy()
    per_lon, per_lat = geo.degree_m(lat)
    if cell.blocks:
        lon, lat = _block_centers(lon, lat, heading, rng)
    step = rng.normal(0.0, cell.error_m, (2, n))
    if cell.heavy:
        step = step * MEDIAN_RATIO / np.sqrt(rng.chisquare(TAILS, n) / TAILS)
    bearing = np.deg2rad(rng.uniform(0, 360))
    east, north = cell.shift_m * np.sin(bearing), cell.shift_m * np.cos(bearing)
    shift = (float(east), float(north))
    lon, lat = lon + (step[0] + east) / per_lon, lat + (step[1] + north) / per_lat
    if cell.grid_deg:
        digits = np.trunc if cell.cut else np.round
        lon, lat = (digits(v / cell.grid_deg) * cell.grid_deg for v in (lon, lat))
    return lon, lat, shift


def _block_centers(
    lon: np.ndarray, lat: np.ndarray, heading: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle of the block of `BLOCK_M` that a reader stands in, along its road's axis."""
    per_lon, per_lat = geo.degree_m(lat)
    along = np.nan_to_num(heading, nan=0.0)
    across = np.abs(np.sin(np.deg2rad(along))) > np.sqrt(0.5)
    x, y = (lon - lon.mean()) * per_lon, (lat - lat.mean()) * per_lat
    start = rng.uniform(0, BLOCK_M, 2)
    new_x = np.where(across, (np.floor((x - start[0]) / BLOCK_M) + 0.5) * BLOCK_M + start[0], x)
    new_y = np.where(across, y, (np.floor((y - start[1]) / BLOCK_M) + 0.5) * BLOCK_M + start[1])
    return lon + (new_x - x) / per_lon, lat + (new_y - y) / per_lat


def judge(made: City, merged: Merged) -> dict[str, float]:
    """Return precision, recall, F1, greedy's F1, the count of cameras as a share of the truth, and
    the share of true pairs not linked that wait in the review."""
    crowd_id = str(made.crowd["source_id"].iloc[0])
    linked = truth.pairs_of(merged.links, crowd_id, "records")
    got = truth.pairwise(linked, made.pairs)
    got["greedy"] = truth.pairwise(truth.greedy(made.crowd, made.record), made.pairs)["f1"]
    got["wrong"] = 1.0 - got["precision"] if len(linked) else 0.0
    got["apart"] = _apart(made, linked)
    got["cameras"] = len(merged.cameras) / made.cameras
    asked = merged.review[["report_id", "other_id"]].dropna()
    both = {frozenset(p) for p in asked.itertuples(index=False, name=None)}
    done = set(linked.itertuples(index=False, name=None))
    left = [p for p in made.pairs.itertuples(index=False, name=None) if p not in done]
    got["left"] = float(len(left))
    got["asked"] = sum(frozenset(p) in both for p in left) / max(len(left), 1)
    got["questions"] = float(len(both))
    return got


def _apart(made: City, linked: pd.DataFrame) -> float:
    """Return the share of links whose camera stands more than 15 m from the true one, or that has
    none: what a map would show."""
    if linked.empty:
        return 0.0
    place = made.crowd.set_index("report_id")[["lon", "lat"]]
    both = linked.merge(made.pairs, on="record_id", how="left", suffixes=("", "_true"))
    one, true = (place.reindex(both[c]) for c in ("crowd_id", "crowd_id_true"))
    meters = geo.distance_m(one["lon"], one["lat"], true["lon"], true["lat"])
    return float((~(np.asarray(meters) <= 15.0)).mean())


def weighed(made: City, merged: Merged) -> pd.DataFrame:
    """Return every pair that a merge put a probability on (`score`), linked or asked, and whether
    it is true."""
    crowd_id = str(made.crowd["source_id"].iloc[0])
    links = merged.links
    linked = truth.pairs_of(links, crowd_id, "records")
    score = links.set_index("report_id")["score"]
    both = pd.concat([score.reindex(linked[c]).reset_index(drop=True) for c in linked], axis=1)
    linked = linked.assign(score=both.max(axis=1).to_numpy(), linked=True)
    asked = merged.review.dropna(subset=["other_id", "score"])
    swap = asked["report_id"].str.startswith("records:")
    asked = pd.DataFrame(
        {
            "crowd_id": asked["other_id"].where(swap, asked["report_id"]),
            "record_id": asked["report_id"].where(swap, asked["other_id"]),
            "score": asked["score"],
            "linked": False,
        }
    )
    asked = asked[asked["record_id"].str.startswith("records:")]
    asked = asked[~asked["crowd_id"].str.startswith("records:")]
    every = pd.concat([linked, asked], ignore_index=True)
    true = set(made.pairs.itertuples(index=False, name=None))
    pair = zip(every["crowd_id"], every["record_id"], strict=True)
    return every.assign(true=[p in true for p in pair])


def reliability(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return, for each tenth of probability, pairs, the mean probability and the share that is
    true."""
    tenth = np.minimum((pairs["score"] * 10).astype(int), 9)
    table = pairs.groupby(tenth).agg(
        pairs=("true", "size"), said=("score", "mean"), true=("true", "mean")
    )
    return table.rename_axis("tenth")
