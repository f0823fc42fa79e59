"""Whom it hits: exposure of the average person of each group, and whether it could be chance (C10).

The average person of a group has the exposure of the places the group lives in, weighed by how
many of it live there. Groups live in different counties, and counties differ in readers; so the
exposures of the places of one county are dealt out at random among them, again and again, and the
ratio is held against those.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import geo
from alprmap.coverage.flows import CODE, LAT, LON
from alprmap.errors import InputError
from alprmap.sources import parse_decimal
from alprmap.text import percent

FloatArray = NDArray[np.float64]
TOTAL = ("people", "population", "pop", "total", "pop2020", "pop20", "households")
NEAR_M = 2_000.0
"""C10: a place farther than this from any origin of trips has no exposure of trips."""
WITHIN_M = geo.STATUTE_MILE_M
MEASURES = {
    "share_read_1": "share of trips from home that pass at least one reader (C6)",
    "readers_per_trip": "readers passed on a trip from home (C6)",
    "readers_within_a_mile": "readers within a mile of home, as the crow flies",
}
LIMITS = (
    "Exposure is where people live and the trips that start there; it is not who was searched, nor"
    " why a reader stands where it stands. A place is a block group: groups inside it are taken to"
    " be alike. Neighboring places are alike, so that the chance printed is too small; read it as a"
    " sign, and not as proof. What the map lacks may lack more in some places than in others."
)


@dataclass(frozen=True, slots=True)
class EquitySettings:
    """How often exposures are dealt out (`deals`), the seed, and the bounds of the interval."""

    deals: int = 999
    seed: int = 10
    low: float = 0.05
    high: float = 0.95


def read_groups(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, list[str]]:
    """Read a table of places with counts of groups: `lat`, `lon`, a total, and one column a group.

    Returns
    -------
    (DataFrame, names of the groups)
        `lon`, `lat`, `total`, `code` where there is one, and the groups; a column of text is no
        group.

    Raises
    ------
    InputError
        When a column is missing, a count is no number, or a group has more people than the place.
    """
    from alprmap.store import read_csv

    table = read_csv(Path(path))
    lower = {str(c).strip().casefold(): c for c in table.columns}
    found = {}
    for name, known in (("lon", LON), ("lat", LAT), ("total", TOTAL)):
        column = next((lower[k] for k in known if k in lower), None)
        if column is None:
            raise InputError(f"has no column of {name}", where=path, fix=f"call it {known[0]}")
        found[name] = column
    code = next((lower[k] for k in CODE if k in lower), None)
    groups = [c for c in table.columns if c not in (*found.values(), code)]
    out = pd.DataFrame(index=range(len(table)))
    for name, column in [*found.items(), *((g, g) for g in groups)]:
        values = [parse_decimal(v) if isinstance(v, str) else None for v in table[column]]
        text = [
            i
            for i, (v, raw) in enumerate(zip(values, table[column], strict=True), 1)
            if v is None and isinstance(raw, str)
        ]
        if text and name in groups and len(text) == len(table):
            groups = [g for g in groups if g != name]
            continue
        if text or (name in found and any(v is None for v in values)):
            row = text[0] if text else values.index(None) + 1
            raise InputError(f"{column} is no number", where=path, row=row, fix="write a count")
        out[name] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    if not groups:
        raise InputError("has no column of a group", where=path, fix="one column of counts a group")
    for group in groups:
        bad = np.flatnonzero((out[group] > out["total"] * 1.0001) | (out[group] < 0))
        if len(bad):
            raise InputError(
                f"{group} has more people than the place, or fewer than none",
                where=path,
                row=int(bad[0]) + 1,
                fix=f"{found['total']} is taken for everybody",
            )
    if code is not None:
        out["code"] = table[code].to_numpy()
    return out, groups


def exposure_at_home(
    places: pd.DataFrame, cameras: pd.DataFrame, origins: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the exposure of each place, one column per measure of `MEASURES` that can be told.

    Parameters
    ----------
    places
        `lon`, `lat`.
    cameras
        Readers near by.
    origins
        Table `c6_origins`: trips by where they begin; a place takes the nearest within 2 km.
    """
    from scipy.spatial import cKDTree

    home = geo.ecef(places["lon"].to_numpy(), places["lat"].to_numpy())
    out = pd.DataFrame(index=places.index)
    if origins is not None and len(origins):
        tree = cKDTree(geo.ecef(origins["lon"].to_numpy(), origins["lat"].to_numpy()))
        meters, at = tree.query(home)
        for name in ("share_read_1", "readers_per_trip"):
            values = origins[name].to_numpy(np.float64)[at]
            out[name] = np.where(meters <= NEAR_M, values, np.nan)
    placed = cameras[cameras["lon"].notna()]
    if len(placed):
        near = cKDTree(geo.ecef(placed["lon"].to_numpy(), placed["lat"].to_numpy()))
        out["readers_within_a_mile"] = near.query_ball_point(home, WITHIN_M, return_length=True)
    return out


def exposure_by_group(
    places: pd.DataFrame,
    groups: list[str],
    exposure: pd.DataFrame,
    county: Any,
    *,
    settings: EquitySettings = EquitySettings(),
) -> pd.DataFrame:
    """Compare the average person of each group with everybody else (C10).

    Parameters
    ----------
    places
        `total` and one column per group, people.
    exposure
        One column per measure; a place without one is left out and counted.
    county
        County of each place: exposures are dealt out within it.

    Returns
    -------
    DataFrame
        `group`, `measure`, `people`, `places`, `left_out` (people without an exposure), `mean`
        (of the average person of the group), `rest` (of everybody else), `ratio`, `difference`;
        `ratio_by_county` (what counties alone give: the mean over deals), `deal_low`,
        `deal_high` (5–95 % of deals), `p` (chance of a ratio as far from it, two sides).
    """
    rows = []
    for measure in exposure.columns:
        x = exposure[measure].to_numpy(np.float64)
        for group in groups:
            own = places[group].to_numpy(np.float64)
            other = places["total"].to_numpy(np.float64) - own
            use = np.isfinite(x) & np.isfinite(own) & np.isfinite(other)
            head = {
                "group": group,
                "measure": measure,
                "people": float(own[use].sum()),
                "places": int(use.sum()),
                "left_out": float(np.nansum(own[~use])),
            }
            told = _compared(x[use], own[use], other[use], _codes(county)[use], settings)
            rows.append(head | told)
    return pd.DataFrame(rows)


def _codes(county: Any) -> NDArray[np.int64]:
    names = pd.Series(np.asarray(county, dtype=object)).fillna("")
    return pd.factorize(names, sort=True)[0].astype(np.int64)


_NAMES = (
    "mean",
    "rest",
    "ratio",
    "difference",
    "ratio_by_county",
    "deal_low",
    "deal_high",
    "p",
)


def _compared(
    x: FloatArray, own: FloatArray, other: FloatArray, county: Any, settings: EquitySettings
) -> dict[str, float]:
    if not own.sum() > 0 or not other.sum() > 0:
        return dict.fromkeys(_NAMES, np.nan)
    a, b = own / own.sum(), other / other.sum()
    mean, rest = float(a @ x), float(b @ x)
    out = {
        "mean": mean,
        "rest": rest,
        "ratio": mean / rest if rest > 0 else np.nan,
        "difference": mean - rest,
    }
    rng = np.random.default_rng(settings.seed)
    order = np.argsort(county, kind="stable")
    dealt = np.empty((settings.deals, 2))
    for i in range(settings.deals):
        # random keys sorted inside each county deal its own exposures among its places
        shuffled = np.lexsort((rng.random(len(x)), county))
        z = np.empty(len(x))
        z[order] = x[shuffled]
        dealt[i] = a @ z, b @ z
    gap, far = dealt[:, 0] - dealt[:, 1], mean - rest
    middle = float(gap.mean())
    more = int((np.abs(gap - middle) >= abs(far - middle) - 1e-12).sum())
    ratio = dealt[:, 0] / np.where(dealt[:, 1] > 0, dealt[:, 1], np.nan)
    known = ratio[np.isfinite(ratio)]
    low, high = np.quantile(known, [settings.low, settings.high]) if len(known) else (np.nan,) * 2
    return out | {
        "ratio_by_county": float(known.mean()) if len(known) else np.nan,
        "deal_low": float(low),
        "deal_high": float(high),
        "p": (1 + more) / (1 + settings.deals),
    }


def equity_sentences(table: pd.DataFrame) -> list[str]:
    """Return one plain sentence per group and measure, then what they cannot say (C10)."""
    rows = table[table["ratio"].notna()].to_dict("records")
    out = [group_sentence({str(k): v for k, v in row.items()}) for row in rows]
    return [*out, LIMITS] if out else out


def group_sentence(row: dict[str, Any]) -> str:
    """Return what a row of `exposure_by_group` says in plain words (C10)."""
    form = percent if "share" in str(row["measure"]) else _number
    chance = (
        "more than dealing the exposures of each county out at random gives"
        if row["p"] < 0.05
        else "no more than dealing the exposures of each county out at random gives"
    )
    return (
        f"{row['group']}: {form(row['mean'])} against {form(row['rest'])} for everybody else"
        f" ({MEASURES.get(str(row['measure']), str(row['measure']))}), {row['ratio']:.2f} times"
        f" as much; {chance} ({row['deal_low']:.2f} to {row['deal_high']:.2f},"
        f" p = {row['p']:.3f})."
    )


def _number(value: float) -> str:
    return f"{value:,.2f}"
