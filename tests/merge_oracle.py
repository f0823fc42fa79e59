"""What could be known at best of a constructed list: each pair weighed by the very rules that the
list was made by, and the threshold chosen in hindsight.

A merge has to learn all of that from the list itself, so it cannot be expected to do better. Where
records are missing, the density of strangers around a record is an estimate here too."""

from __future__ import annotations

import merge_truth as truth
import numpy as np
import pandas as pd
from merge_cities import BLOCK_M, MEDIAN_RATIO, TAILS, Cell, City
from scipy.spatial import cKDTree
from scipy.stats import norm

from alprmap import geo
from alprmap.merge.matchings import probabilities

TURNED_DEG, NAMED = 6.0, 0.5
"""As `merge_cities.simulate` makes a list: headings within 6°, every second operator."""
SURE = 1e8
HOPELESS = 1e-6
"""Pairs a million times less likely than a record's best are left out."""
FEW, FEWEST = 0.01, 2
"""One link in a hundred may be wrong, or two: a city of two hundred is not judged by one pair."""
NEAR_M, TAIL_SD, REACH_SD = 250.0, 12.0, 4.5
HEAP, ALIKE_SHARE, UNSEEN = 4.2, 0.6, 0.25
ANY_HEADING, RARE = 1.0 / 360.0, 0.01
"""A stranger: heaped around the nearest reader (docs/method/merge.md), of any heading, of a
name as common as in the place."""


def ceiling(made: City, cell: Cell) -> dict[str, float]:
    """Return the best F1 in hindsight at any threshold, its share of wrong pairs, and the best F1
    with one pair in a hundred, or two, wrong at most."""
    i, j, odds = weighed(made, cell)
    chance = probabilities(i, j, odds)
    partner = dict(zip(made.pairs["record_id"], made.pairs["crowd_id"], strict=True))
    record, crowd = (f["report_id"].to_numpy(object) for f in (made.record, made.crowd))
    true = np.asarray([partner.get(record[a]) == crowd[b] for a, b in zip(i, j, strict=True)])
    order = np.argsort(-chance, kind="stable")
    count = np.arange(1, len(order) + 1)
    right = np.cumsum(true[order])
    wrong, f1 = 1.0 - right / count, 2.0 * right / (count + len(made.pairs))
    best = int(f1.argmax())
    few = f1[count - right <= np.maximum(FEW * count, FEWEST)]
    return {"f1": f1[best], "wrong": wrong[best], "f1_few_wrong": few.max(initial=0.0)}


def weighed(made: City, cell: Cell) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return record, reader and the odds of each pair that could be one."""
    record, crowd = made.record, made.crowd
    reach = max(NEAR_M, (TAIL_SD if cell.heavy else 5.0) * cell.error_m)
    place = [geo.ecef(f["lon"], f["lat"]) for f in (record, crowd)]
    near = cKDTree(place[0]).sparse_distance_matrix(cKDTree(place[1]), reach, output_type="ndarray")
    i, j = near["i"].astype(np.int64), near["j"].astype(np.int64)
    lon, lat = (record[c].to_numpy()[i] for c in ("lon", "lat"))
    east, north = geo.tangent_xy(lon, lat, crowd["lon"].to_numpy()[j], crowd["lat"].to_numpy()[j])
    east, north = east - made.shift[0], north - made.shift[1]
    heading, named = _headings(made, cell, i, j), _names(made, i, j)
    likely = _places(made, cell, j, east, north) * heading * named
    odds = likely
    if cell.missing:
        share = (1.0 - 2.0 * cell.missing) / (1.0 - cell.missing)
        odds = share / (1.0 - share) ** 2 * likely / _strangers(made, cell, i, east, north)
    best = np.zeros(len(record))
    np.maximum.at(best, i, odds)
    if not cell.missing:
        # every record has a reader: only the ratios of a record's pairs matter
        odds = SURE * odds / np.maximum(best[i], 1e-300)
        best[:] = SURE
    good = odds > np.maximum(best[i] * HOPELESS, 1e-4 if cell.missing else 0.0)
    return i[good], j[good], odds[good]


def _places(
    made: City, cell: Cell, j: np.ndarray, east: np.ndarray, north: np.ndarray
) -> np.ndarray:
    sd = cell.error_m
    if cell.blocks:
        heading = np.nan_to_num(truth.first_heading(made.crowd["direction_raw"]))[j]
        across = np.abs(np.sin(np.deg2rad(heading))) > np.sqrt(0.5)
        along, beside = np.where(across, east, north), np.where(across, north, east)
        half = BLOCK_M / 2.0
        even = norm.cdf((along + half) / sd) - norm.cdf((along - half) / sd)
        return np.asarray(even / BLOCK_M * norm.pdf(beside / sd) / sd)
    square = east**2 + north**2
    if cell.heavy:
        sd = sd * MEDIAN_RATIO
        return np.asarray(
            (1.0 + square / (TAILS * sd**2)) ** (-(TAILS + 2.0) / 2.0) / (2.0 * np.pi * sd**2)
        )
    return np.asarray(np.exp(-square / (2.0 * sd**2)) / (2.0 * np.pi * sd**2))


def _headings(made: City, cell: Cell, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    listed = truth.first_heading(made.record["direction_raw"])[i]
    mapped = truth.first_heading(made.crowd["direction_raw"])[j]
    gap = geo.angle_between_deg(listed, mapped)
    same, opposite = (norm.pdf(g / TURNED_DEG) / TURNED_DEG for g in (gap, 180.0 - gap))
    way = {"same": same, "opposite": opposite, "travel": (same + opposite) / 2.0}[cell.facing]
    known = np.where(np.isfinite(mapped), (1.0 - cell.no_heading) * np.nan_to_num(way), 0.0)
    silent = np.where(np.isfinite(mapped), cell.no_heading, 1.0)
    return np.where(np.isfinite(listed), known, silent)


def _names(made: City, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    listed, mapped = (f["operator"].fillna("").to_numpy(object) for f in (made.record, made.crowd))
    one, other = listed[i], mapped[j]
    silent = np.where(other == "", 1.0, 1.0 - NAMED)
    return np.where(one == "", silent, NAMED * (one == other))


def _strangers(
    made: City, cell: Cell, i: np.ndarray, east: np.ndarray, north: np.ndarray
) -> np.ndarray:
    """Return how likely a record's like is by chance: readers per square meter around it, of its
    heading and name."""
    reach = REACH_SD * cell.error_m
    square = east**2 + north**2
    n = len(made.record)
    near = np.bincount(i, weights=square <= reach**2, minlength=n)
    nearest = np.full(n, np.inf)
    np.minimum.at(nearest, i, square)
    heaped = HEAP / (1.0 + nearest / (2.0 * cell.error_m**2))
    rivals = ALIKE_SHARE * np.maximum(near - 1.0, 0.0) + UNSEEN
    density = rivals * heaped / (np.pi * reach**2)
    known = np.isfinite(truth.first_heading(made.record["direction_raw"]))
    density *= np.where(known, (1.0 - cell.no_heading) * ANY_HEADING, max(cell.no_heading, 0.02))
    common = made.record["operator"].map(made.crowd["operator"].value_counts(normalize=True))
    alike = NAMED * common.fillna(RARE).to_numpy(float)
    named = made.record["operator"].notna().to_numpy()
    return np.asarray((density * np.where(named, alike, 1.0 - NAMED))[i])


def reached(found: pd.DataFrame, made: City) -> dict[str, float]:
    """Return the best F1 in hindsight of weighed pairs (crowd_id, record_id, p), taken one to one,
    and its share of wrong pairs."""
    ordered = found.sort_values(["p", "crowd_id", "record_id"], ascending=[False, True, True])
    partner = dict(zip(made.pairs["record_id"], made.pairs["crowd_id"], strict=True))
    taken: set[str] = set()
    true = []
    for crowd, record in zip(ordered["crowd_id"], ordered["record_id"], strict=True):
        if crowd not in taken and record not in taken:
            taken |= {crowd, record}
            true.append(partner.get(record) == crowd)
    right, count = np.cumsum(true), np.arange(1, len(true) + 1)
    f1 = 2.0 * right / (count + len(made.pairs))
    best = int(f1.argmax())
    return {"f1": float(f1[best]), "wrong": float(1.0 - right[best] / count[best])}
