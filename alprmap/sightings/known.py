"""What is known already: cameras and other devices as positions with headings, and the pairs that
stand near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from alprmap import direction as grammar
from alprmap import geo, merge, schema, sources
from alprmap.errors import InputError
from alprmap.geo import FloatArray
from alprmap.text import number_of

MOST_HEADS = 8
"""Headings kept of one camera; the longest direction tag seen names eight."""
OTHERS = tuple(d for d in schema.DEVICE if d not in ("alpr", "unknown"))
"""Devices of `alprmap.schema` that are no plate readers."""


@dataclass(frozen=True, slots=True)
class Known:
    """Devices that stand somewhere: n ids, lon, lat, headings (n, `MOST_HEADS`; NaN where fewer),
    what each is."""

    ids: tuple[str, ...]
    lon: FloatArray
    lat: FloatArray
    headings: FloatArray
    device: tuple[str, ...] = ()
    label: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Near:
    """Pairs of a place and a known device: rows of both, meters between them, degrees between their
    headings.

    `angle_deg` is that of the closest two heads, NaN where one side has no heading.
    """

    place: NDArray[np.int64]
    other: NDArray[np.int64]
    distance_m: FloatArray
    angle_deg: FloatArray


def none() -> Known:
    """Return no devices at all."""
    return made([], [], [], [])


def made(
    ids: Sequence[str],
    lon: Sequence[float],
    lat: Sequence[float],
    headings: Sequence[Sequence[float]],
    *,
    device: Sequence[str] = (),
    label: Sequence[str] = (),
) -> Known:
    """Return devices from plain columns; `headings` is a list of degrees for each."""
    grid = np.full((len(ids), MOST_HEADS), np.nan)
    for row, heads in enumerate(headings):
        few = list(heads)[:MOST_HEADS]
        grid[row, : len(few)] = few
    points = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return Known(tuple(ids), *points, grid, tuple(device), tuple(label))


def read_known(path: Path) -> Known:
    """Read devices from cameras.parquet of `merge`, or from any file the sources read (removed ones
    left out).

    Raises
    ------
    InputError
        When the file cannot be used.
    """
    if path.suffix == ".parquet" and path.with_name(f"{path.stem}.views.parquet").is_file():
        saved = merge.open_cameras(path, status="all", device="all")
        return from_cameras(saved.table, saved.all_views)
    # each record of a list is held against a sighting under its own name: nothing is joined
    return from_reports(sources.read(path).reports)


def from_reports(reports: pd.DataFrame) -> Known:
    """Return the devices of table `reports` that stand somewhere and were not removed."""
    standing = reports[reports["lon"].notna() & (reports["status"] != "removed")]
    read_texts = grammar.parse_column(standing["direction_raw"].tolist())
    heads = [
        [v.heading_deg for v in d.views if v.quality not in (grammar.ZERO, grammar.FULL_CIRCLE)]
        for d in read_texts
    ]
    record = standing["source_record"].where(
        standing["source_record"].notna(), standing["report_id"]
    )
    return made(
        record.astype(str).tolist(),
        standing["lon"].tolist(),
        standing["lat"].tolist(),
        heads,
        device=standing["device"].fillna("unknown").tolist(),
        label=_labels(standing),
    )


def from_cameras(cameras: pd.DataFrame, views: pd.DataFrame) -> Known:
    """Return the devices of tables `cameras` and `views` that stand somewhere and were not
    removed.
    """
    standing = cameras[cameras["lon"].notna() & (cameras["status"] != "removed")]
    told = views[
        views["heading_deg"].notna() & ~views["quality"].isin([grammar.ZERO, grammar.FULL_CIRCLE])
    ]
    heads = told.groupby("camera_id", sort=True)["heading_deg"].agg(list).to_dict()
    return made(
        standing["camera_id"].tolist(),
        standing["lon"].tolist(),
        standing["lat"].tolist(),
        [heads.get(c, []) for c in standing["camera_id"]],
        device=standing["device"].fillna("unknown").tolist(),
        label=_labels(standing),
    )


def _labels(frame: pd.DataFrame) -> list[str]:
    vendor, operator = frame["vendor"].fillna(""), frame["operator"].fillna("")
    return [", ".join(p for p in pair if p) for pair in zip(vendor, operator, strict=True)]


def together(parts: Sequence[Known]) -> Known:
    """Return several lists of devices as one."""
    if not parts:
        return none()
    return Known(
        tuple(i for p in parts for i in p.ids),
        np.concatenate([p.lon for p in parts]),
        np.concatenate([p.lat for p in parts]),
        np.concatenate([p.headings for p in parts]),
        tuple(d for p in parts for d in p.device),
        tuple(d for p in parts for d in p.label),
    )


def only(devices: Known, wanted: Sequence[str]) -> Known:
    """Return the devices whose kind is among `wanted`."""
    rows = [i for i, d in enumerate(devices.device) if d in wanted]
    return Known(
        tuple(devices.ids[i] for i in rows),
        devices.lon[rows],
        devices.lat[rows],
        devices.headings[rows],
        tuple(devices.device[i] for i in rows),
        tuple(devices.label[i] for i in rows),
    )


_STEP = 50_000
"""Pairs whose headings are compared at once: 64 angles each."""
MOST_PAIRS, MOST_NEIGHBORS = 3_000_000, 100_000
"""Pairs with known cameras (10,000 rough sightings in a city), and with one another (450 in one
spot). """


def near(places: Known, others: Known, within_m: float) -> Near:
    """Return every pair of a place and another device within `within_m` meters, nearest first for
    each place.

    Candidates come from a tree in earth-centered coordinates (chords are never longer than the way
    on the ground, and 100 m differ by less than a micrometer); the distance itself is geodesic.

    Raises
    ------
    InputError
        When there are more than `MOST_PAIRS`.
    """
    if not len(places) or not len(others):
        empty = np.zeros(0)
        return Near(empty.astype(np.int64), empty.astype(np.int64), empty, empty)
    one, other = (
        cKDTree(geo.ecef(places.lon, places.lat)),
        cKDTree(geo.ecef(others.lon, others.lat)),
    )
    _refuse_crowd(one, other, within_m, MOST_PAIRS)
    found = one.sparse_distance_matrix(other, within_m + 0.01, output_type="ndarray")
    return _pairs(
        places, others, found["i"].astype(np.int64), found["j"].astype(np.int64), within_m
    )


def near_each_other(places: Known, within_m: float) -> Near:
    """Return every pair of two of the `places` within `within_m` meters, once, the later one as the
    place.

    Raises
    ------
    InputError
        When there are more than `MOST_NEIGHBORS`.
    """
    if len(places) < 2:
        return near(places, none(), within_m)
    tree = cKDTree(geo.ecef(places.lon, places.lat))
    # each pair is counted twice, and each place with itself
    _refuse_crowd(tree, tree, within_m, 2 * MOST_NEIGHBORS + len(places))
    pairs = tree.query_pairs(within_m + 0.01, output_type="ndarray").astype(np.int64)
    later, earlier = pairs.max(axis=1, initial=0), pairs.min(axis=1, initial=len(places))
    return _pairs(places, places, later, earlier, within_m)


def _refuse_crowd(one: cKDTree, other: cKDTree, within_m: float, most: int) -> None:
    """Refuse sightings that lie upon one another by the thousand, before their pairs take all
    memory there is.

    Raises
    ------
    InputError
        When there are more than `most` pairs.
    """
    count = int(one.count_neighbors(other, within_m + 0.01))
    if count > most:
        raise InputError(
            f"the sightings make {number_of(count, 'pair')} within {within_m:,.0f} m of one"
            " another or of"
            " known cameras",
            fix="look whether they are sightings; if so, hand in fewer at once",
        )


def _pairs(a: Known, b: Known, i: NDArray[np.int64], j: NDArray[np.int64], within_m: float) -> Near:
    meters = geo.distance_m(a.lon[i], a.lat[i], b.lon[j], b.lat[j])
    closest = np.full(len(i), 999.0)
    for first in range(0, len(i), _STEP):
        some = slice(first, first + _STEP)
        gaps = geo.angle_between_deg(
            a.headings[i[some]][:, :, None], b.headings[j[some]][:, None, :]
        )
        gaps = gaps.reshape(len(gaps), MOST_HEADS**2)
        closest[some] = np.where(np.isnan(gaps), 999.0, gaps).min(axis=1, initial=999.0)
    angle = np.where(closest > 180.0, np.nan, closest)
    keep = meters <= within_m
    i, j, meters, angle = i[keep], j[keep], meters[keep], angle[keep]
    order = np.lexsort((j, meters, i))
    return Near(i[order], j[order], meters[order], angle[order])
