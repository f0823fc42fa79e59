"""The alarm: two sources that cover one ground and agree on far fewer cameras than they should."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import scipy

from alprmap import geo
from alprmap.merge.facing import NONE, OPPOSITE, UNCLEAR
from alprmap.merge.score import READER, only_heading
from alprmap.merge.units import Bools, Floats, Ints, Prepared
from alprmap.text import number_of, verb

FEW = 0.5
"""Two lists of one town that share less than half of the smaller are not two lists of the same
readers, or one of them is off."""
COVERED = 10
"""Records of a source that have a camera of another near them, from which the two share ground."""
TOWN_M, TOWN, HARDLY = 5_000.0, 30, 0.1
"""Two lists with thirty readers or more each within 5 km of the other's are of one town, also where
hardly any two stand near each other: then one in ten at least should be the same."""
DOUBLE_M, MOST_DOUBLE_M, DOUBLE_DEG, DOUBLES, MORE = 20.0, 100.0, 20.0, 10, 3.0
"""Records of one list within the width of a road of each other (of a rough list within twice its
error) that face one way are lanes, or one reader listed twice: of a list that has ten and three
times the others' share of them a person is told. The readers of January 2026 have five in a hundred
within 20 m."""
SPOT_M, MOST_DOUBLES = 0.2, 4_000
"""Records on one spot are one already (M11). So many records of a list, side by side from west to
east, are looked at for doubles."""
FITTING = 0.3
"""Of two lists of the same readers more than three in ten records find theirs by place, whatever
their headings say; below, what is known of the headings comes from chance neighbors."""
SHIFT_M, NEIGHBORS, MOST_READ, CELL_M = 3_000.0, 40, 1_000, 50.0
"""How far a shift of the whole list is looked for, among how many of a record's nearest cameras, of
how many records, and how wide a heap of displacements may be."""
SHARED, HALF = 5, 0.5
"""Half of a list's records stand on points that five or more share: hardly a point of January 2026
has so many, and the middle of an area has as many as the area."""
HEAPED = 0.3
"""A list is shifted when three in ten of its records have a camera at one and the same displacement
and as many again do not by chance."""


def alarmed(
    learned: pd.DataFrame, camera: Ints, prepared: Prepared, waiting: Bools
) -> pd.DataFrame:
    """Return the table of what was learned with `near` (records that have another source's camera
    near), `matched` (records that share a camera with another source, or are one of several) and
    `alarm` (a sentence, or missing). `camera` is the number of each report's camera, -1 without;
    `waiting` are the units that are one of several."""
    n = len(prepared.sources)
    rows = np.flatnonzero(camera >= 0)
    pairs = np.unique(camera[rows] * n + prepared.source[rows])
    several = np.bincount(pairs // n, minlength=int(camera.max(initial=-1)) + 1) > 1
    shared = np.concatenate([rows[several[camera[rows]]], prepared.units.lead[waiting]])
    count = dict(
        zip(prepared.sources, np.bincount(prepared.source[shared], minlength=n), strict=True)
    )
    out = learned.assign(matched=learned["source_id"].map(count).fillna(0).astype("int64"))
    total = out.groupby("source_id")["records"].transform("sum")
    facts = zip(out.to_dict("records"), total.tolist(), strict=True)
    words = pd.Series([_alarm(r, int(k), prepared) for r, k in facts], index=out.index, dtype="str")
    return out.assign(alarm=words)


def alarms_of(learned: pd.DataFrame) -> list[str]:
    """Return the alarms of a table of what was learned, each once."""
    if "alarm" not in learned:
        return []
    return [str(a) for a in learned["alarm"].dropna().unique()]


def _alarm(row: Mapping[Any, Any], records: int, prepared: Prepared) -> str | None:
    """Return the warning about one source with the likeliest reason."""
    if pd.isna(row["held_against"]):
        return None
    near, matched = row["near"], int(row["matched"])
    source = str(row["source_id"])
    ground = "500 m"
    if not isinstance(near, (int, float)) or np.isnan(near) or near < COVERED:
        near, ground = _of_one_town(prepared, source, matched), "3 miles (5 km)"
        few = bool(near)
    else:
        few = matched < FEW * min(float(near), records)
    if not few:
        return _repeats(prepared, source, float(row["error_m"]))
    return (
        f"{source}: only {matched:,} of {number_of(int(near), 'record')} that"
        f" {verb(int(near), 'has', 'have')} another source's reader within {ground}"
        f" {verb(matched, 'is', 'are')} matched; {_reason(row, prepared)}"
    )


def _of_one_town(prepared: Prepared, source: str, matched: int) -> int:
    """Return how many of a source's records have a reader of the others within `TOWN_M`, where the
    two are of one town and hardly any is matched; else 0."""
    mine, other = _two_sides(prepared, source)
    if min(len(mine), len(other)) < TOWN or matched >= HARDLY * len(mine):
        return 0
    units = prepared.units
    place = [geo.ecef(units.lon[rows], units.lat[rows]) for rows in (mine, other)]
    here, there = (
        int(np.isfinite(scipy.spatial.cKDTree(b).query(a, distance_upper_bound=TOWN_M)[0]).sum())
        for a, b in (place, place[::-1])
    )
    one_town = min(here, there) >= TOWN and matched < HARDLY * min(here, there)
    return here if one_town else 0


def _two_sides(prepared: Prepared, source: str) -> tuple[Ints, Ints]:
    """Return the units of a source and those of all others."""
    units = prepared.units
    own = prepared.source[units.lead] == list(prepared.sources).index(source)
    return np.flatnonzero(own), np.flatnonzero(~own)


def _repeats(prepared: Prepared, source: str, error_m: float) -> str | None:
    """Return that a source may list one reader twice: far more of its records than of the others'
    have another of their own list beside them that faces the same way."""
    mine, other = _two_sides(prepared, source)
    lon = prepared.units.lon
    mine = mine[np.argsort(lon[mine], kind="stable")][:MOST_DOUBLES]
    if len(mine) < DOUBLES:
        return None
    west, east = lon[mine[0]], lon[mine[-1]]
    other = other[(lon[other] >= west) & (lon[other] <= east)][:MOST_DOUBLES]
    reach = min(max(DOUBLE_M, 2.0 * error_m), MOST_DOUBLE_M)
    own, theirs = (_beside_their_like(prepared, rows, reach) for rows in (mine, other))
    share = (theirs + 1.0) / (len(other) + 2.0)
    if own < DOUBLES or own < MORE * share * len(mine):
        return None
    return (
        f"{source}: {own:,} of {number_of(len(mine), 'record')} stand within"
        f" {reach / 0.3048:.0f} ft ({reach:.0f} m) of another of its own that faces the same"
        " way, of the others'"
        f" {theirs:,} of {len(other):,} do: does it list readers twice? Take the doubles out,"
        " or each counts as a camera of its own"
    )


def _beside_their_like(prepared: Prepared, rows: Ints, reach_m: float) -> int:
    """Return how many units have another of the same source beside them, not on the same spot, that
    faces the same way for all that is known."""
    units = prepared.units
    if len(rows) < 2:
        return 0
    tree = scipy.spatial.cKDTree(geo.ecef(units.lon[rows], units.lat[rows]))
    pairs = tree.query_pairs(reach_m, output_type="ndarray")
    gap = tree.data[pairs[:, 0]] - tree.data[pairs[:, 1]]
    i, j = rows[pairs[:, 0]], rows[pairs[:, 1]]
    turned = geo.angle_between_deg(only_heading(units.heads[i]), only_heading(units.heads[j]))
    own = prepared.source[units.lead]
    like = (np.einsum("ij,ij->i", gap, gap) > SPOT_M**2) & (turned <= DOUBLE_DEG)
    like &= own[i] == own[j]
    return len(np.unique(np.concatenate([i[like], j[like]])))


def _reason(row: Mapping[Any, Any], prepared: Prepared) -> str:
    source = str(row["source_id"])
    devices = _other_devices(prepared, source)
    if devices:
        return devices
    mine = prepared.source == list(prepared.sources).index(source)
    rounded = isinstance(row.get("rounded"), str)
    if rounded and prepared.rounded.coarse[mine].mean() >= HALF:
        return f"its positions are {row['rounded']}"
    areas = _areas(prepared, source)
    if areas:
        return areas
    if rounded:
        return f"its positions are {row['rounded']}"
    few = float(row["pairs"]) < max(FITTING * float(row["near"]), COVERED)
    shift = _shift(prepared, source) if few else None
    if shift is not None:
        east, north = shift
        way = geo.compass(float(np.degrees(np.arctan2(east, north)) % 360))
        return (
            f"its positions are most likely shifted, all by some {np.hypot(east, north):,.0f} m"
            f" {way}: another datum or a wrong projection?"
        )
    if few:
        return (
            "nothing fits by place: other devices, other years, or positions that are off by more"
            " than 500 m"
        )
    turned = row["facing"] in (UNCLEAR, NONE) or float(row["facing_same"]) < float(
        row["facing_opposite"]
    )
    if row["facing_decided"] and turned:
        return (
            f"its headings, taken as {row['facing']} by --facing, do not agree with the others'"
            f" ({int(row['facing_same'])} the same, {int(row['facing_opposite'])} the opposite)"
        )
    if turned and row["facing"] != OPPOSITE:
        return "its headings do not agree with the others': settle them with --facing"
    if float(row["error_m"]) > 100.0:
        return f"its positions are off by ± {row['error_m']:g} m: locate them better"
    return "most likely other devices or other years: look at the map before adding the two up"


def _other_devices(prepared: Prepared, source: str) -> str | None:
    """Return what the devices of a source, or of the others, say of few matches: a source has only
    such as no other names, or one side does not say what its devices are and the other has no
    readers."""
    device = prepared.reports["device"].replace("unknown", pd.NA)
    mine = (prepared.reports["source_id"] == source).to_numpy()
    own, others = (set(device[rows].dropna()) for rows in (mine, ~mine))
    if own and others and not own & others:
        return f"it lists other devices ({_listed(own)}), which are cameras of their own"
    known = own or others
    if bool(own) == bool(others) or READER in known:
        return None
    say = f"{source}=alpr" if others else "SOURCE=alpr"
    whose, silent = ("its", "the others do") if own else ("the others'", "it does")
    return (
        f"{whose} devices ({_listed(known)}) read no plates for all we know, and {silent} not say"
        f" what theirs are: each pair is a question, until --device {say} says they are readers"
    )


def _listed(devices: set[str]) -> str:
    return ", ".join(sorted(str(d).replace("_", " ") for d in devices))


def _areas(prepared: Prepared, source: str) -> str | None:
    """Return that a source gives the middles of areas, where half of its records stand on points
    that `SHARED` of them or more have in common."""
    units = prepared.units
    mine = prepared.source[units.lead] == list(prepared.sources).index(source)
    points = np.stack([units.lon[mine], units.lat[mine]])
    _, at, many = np.unique(points, axis=1, return_inverse=True, return_counts=True)
    if not mine.any() or (many[at.ravel()] >= SHARED).mean() < HALF:
        return None
    return (
        f"its {number_of(int(mine.sum()), 'record')} stand on {number_of(len(many), 'point')}:"
        " middles of ZIP codes, beats or towns? Locate them by their addresses"
    )


def _shift(prepared: Prepared, source: str) -> tuple[float, float] | None:
    """Return the displacement, meters east and north, at which most of a source's records have a
    camera of another source, if so many do that it is no chance."""
    units = prepared.units
    mine, other = _two_sides(prepared, source)
    mine = mine[:MOST_READ]
    if not len(mine) or not len(other):
        return None
    tree = scipy.spatial.cKDTree(geo.ecef(units.lon[other], units.lat[other]))
    place = geo.ecef(units.lon[mine], units.lat[mine])
    k = min(NEIGHBORS, len(other))
    meters, at = tree.query(place, k=k, distance_upper_bound=SHIFT_M)
    row, col = np.nonzero(np.isfinite(meters.reshape(len(mine), k)))
    i, j = mine[row], other[at.reshape(len(mine), k)[row, col]]
    # from the camera to the record
    east, north = geo.tangent_xy(units.lon[i], units.lat[i], units.lon[j], units.lat[j])
    heap = _heap(east, north)
    if heap is None:
        return None
    near = np.hypot(east - heap[0], north - heap[1]) <= CELL_M
    here = len(np.unique(row[near]))
    ring = np.hypot(east - heap[0], north - heap[1])
    chance = float(((ring > CELL_M) & (ring <= 4.0 * CELL_M)).sum()) / 15.0
    if here < HEAPED * len(mine) or here < 2.0 * chance:
        return None
    return float(np.median(east[near])), float(np.median(north[near]))


def _heap(east: Floats, north: Floats) -> tuple[float, float] | None:
    """Return the middle of the densest cell of displacements."""
    if not len(east):
        return None
    cells = np.stack([np.round(east / CELL_M), np.round(north / CELL_M)], axis=1)
    kinds, count = np.unique(cells, axis=0, return_counts=True)
    best = kinds[int(count.argmax())] * CELL_M
    return float(best[0]), float(best[1])
