"""The figures of many groups of cameras at once: every county costs a row, not a pass (rule R5)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap.geo import UNIT_M, FloatArray
from alprmap.reach.intervals import Clustered, clustered, share_bounds
from alprmap.reach.settings import Settings, border_error_m

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The cameras whose distance is known, group by group, with the clusters of each group."""

    rows: IntArray
    """Their rows, group by group, each group in the order of the table."""
    group: IntArray
    """The group of each, shape (n,)."""
    cuts: IntArray
    """Where each group begins, and the end, shape (groups + 1,)."""
    kin: tuple[Clustered, ...]
    unknown: IntArray
    """Cameras of each group whose distance is missing."""

    @classmethod
    def of(
        cls, known: BoolArray, group: IntArray, owner: IntArray, count: int, settings: Settings
    ) -> Grouped:
        """Return the cameras that are known by group.

        Parameters
        ----------
        known
            Whether each camera's distance is known, shape (n,).
        group, owner
            The group and the cluster of each camera, by number.
        count
            How many groups there are.
        settings
            Of the bootstrap.
        """
        rows = np.flatnonzero(known)
        rows = rows[np.argsort(group[rows], kind="stable")]
        cuts = np.searchsorted(group[rows], np.arange(count + 1))
        names = owner[rows]
        kin = tuple(clustered(names[a:b], settings) for a, b in pairwise(cuts))
        return cls(rows, group[rows], cuts, kin, np.bincount(group[~known], minlength=count))


def describe(
    some: Grouped, meters: FloatArray, ids: Any, name: str, error: FloatArray, settings: Settings
) -> pd.DataFrame:
    """Return the figures of distances to one border, one row per group (see `statistics`).

    Parameters
    ----------
    some
        The groups.
    meters, ids, error
        Distance, id and position error (one standard deviation, meters) of each camera.
    name
        The border.
    settings
        Radii, quantiles, unit.
    """
    unit, rows = UNIT_M[settings.unit], some.rows
    far = meters[rows] / unit
    doubt = np.hypot(border_error_m(name, meters[rows]), 2 * error[rows]) / unit
    n = np.diff(some.cuts)
    order = np.lexsort((far, some.group))
    table = {
        "unit": settings.unit,
        "n": n,
        "n_unknown": some.unknown,
        "n_clusters": [len(kin.sizes) for kin in some.kin],
    }
    table |= _middles(some, far, order, n, settings)
    table |= _farthest(some, far, order, n, ids)
    table |= _within(some, far, doubt, n, settings)
    return pd.DataFrame(table)


def _middles(
    some: Grouped, far: FloatArray, order: IntArray, n: IntArray, settings: Settings
) -> dict[str, Any]:
    """Return the median of each group with its interval, and the other quantiles."""
    ranked = far[order]
    low, high = np.full(len(n), np.nan), np.full(len(n), np.nan)
    kinds = []
    for i, kin in enumerate(some.kin):
        part = slice(some.cuts[i], some.cuts[i + 1])
        codes = kin.codes if kin.weights is None else kin.codes[order[part] - some.cuts[i]]
        low[i], high[i], kind = kin.median(ranked[part], codes)
        kinds.append(kind)
    made: dict[str, Any] = {"median": _quantiles(ranked, some.cuts, n, 0.5)}
    made |= {"median_low": low, "median_high": high, "median_bounds": kinds}
    return made | {
        f"q{round(q * 100):02d}": _quantiles(ranked, some.cuts, n, q) for q in settings.quantiles
    }


def _quantiles(ranked: FloatArray, cuts: IntArray, n: IntArray, q: float) -> FloatArray:
    """Return a quantile of each group, straight between ranks as `np.quantile` has it."""
    found, full = np.full(len(n), np.nan), n > 0
    place = (n[full] - 1) * q
    below = np.floor(place).astype(np.int64)
    share, first = place - below, cuts[:-1][full]
    a, b = ranked[first + below], ranked[first + np.minimum(below + 1, n[full] - 1)]
    found[full] = np.where(share >= 0.5, b - (b - a) * (1 - share), a + (b - a) * share)
    return found


def _farthest(
    some: Grouped, far: FloatArray, order: IntArray, n: IntArray, ids: Any
) -> dict[str, Any]:
    """Return the farthest camera of each group, the first in the table where several are."""
    most, who, full = np.full(len(n), np.nan), np.full(len(n), None, dtype=object), n > 0
    most[full] = far[order[some.cuts[1:][full] - 1]]
    at = np.flatnonzero(far == most[some.group])
    group, first = np.unique(some.group[at], return_index=True)
    who[group] = [str(i) for i in ids[some.rows[at[first]]]]
    return {"farthest": most, "farthest_camera_id": who}


def _within(
    some: Grouped, far: FloatArray, doubt: FloatArray, n: IntArray, settings: Settings
) -> dict[str, Any]:
    """Return how many cameras of each group are within each radius, with shares and bounds."""
    radii, full = np.array(settings.radii), n > 0

    def counted(inside: BoolArray) -> IntArray:
        columns = [np.bincount(some.group[c], minlength=len(n)) for c in inside.T]
        return np.stack(columns, axis=1) if columns else np.zeros((len(n), 0), np.int64)

    inside = far[:, None] <= radii
    counts = counted(inside)
    low, high = (counted((far + d)[:, None] <= radii) for d in (doubt, -doubt))
    parts = [inside[a:b] for a, b in pairwise(some.cuts)]
    least, most, kinds = share_bounds(some.kin, parts, counts)
    whole = np.where(full, n, np.nan)
    made: dict[str, Any] = {}
    for i, radius in enumerate(settings.radii):
        tag = f"{radius:g}"
        made |= {f"within_{tag}": counts[:, i], f"share_{tag}": counts[:, i] / whole}
        made |= {f"share_{tag}_low": least[:, i], f"share_{tag}_high": most[:, i]}
        made |= {f"within_{tag}_low": low[:, i], f"within_{tag}_high": high[:, i]}
    beyond = np.bincount(some.group[far > settings.zone], minlength=len(n))
    made |= {"beyond": beyond, "share_beyond": beyond / whole}
    at = settings.radii.index(settings.zone) if settings.zone in settings.radii else None
    return made | {"share_bounds": None if at is None else kinds[:, at]}
