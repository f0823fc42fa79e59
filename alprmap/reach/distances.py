"""Distances to named borders and what they add up to (rules R1, R2, R5, R6).

R1: a border is always named. R2: a distance is the geodesic on WGS 84 to the nearest place of the
line, not to a vertex; it has no sign, so a camera beyond the line counts with its distance too (its
state is missing then). R5: a figure comes with n, definition, bounds and the ids behind it. R6: the
same figure for people stands beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from alprmap import geo, schema
from alprmap.errors import InputError, UsageError
from alprmap.geo import FloatArray
from alprmap.geography import LineIndex, Nearest, assign_places, border_shapes, ports

Unit = Literal["mi", "nmi", "km"]
UNIT_M: dict[str, float] = {"mi": geo.STATUTE_MILE_M, "nmi": geo.NAUTICAL_MILE_M, "km": 1000.0}
UNIT_NAME = {"mi": "statute miles", "nmi": "nautical miles", "km": "kilometres"}
BORDER_ERROR_M = {
    "mexico": 60.0,
    "canada": 370.0,
    "land": 370.0,
    "coast": 60.0,
    "external": 370.0,
    "port": 2000.0,
}
"""How far a distance may be off because of the border data, 95 %, metres: against the Census TIGER
line for `mexico` and `coast` (same source) and `canada` (docs/method/reach.md, R2); a port lies
within 2 km of its line."""
GROUPS = (
    "state",
    "county",
    "operator",
    "operator_kind",
    "vendor",
    "setting",
    "source",
    "status",
    "year",
)
"""What statistics may be told apart by (`--by`)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds of R5."""

    radii: tuple[float, ...] = (25, 50, 100, 150, 200, 300)
    """Counted within, in `unit`."""
    zone: float = 100
    """The zone of 8 CFR 287.1(a)(2), in `unit`; its "air miles" are read as statute miles by most
    maps. """
    quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    unit: Unit = "mi"
    confidence: float = 0.95
    replicates: int = 1000
    """Bootstrap resamples of whole counties."""
    seed: int = 287
    """Of the bootstrap, so that a rerun gives the same digits."""


def border_distances(
    cameras: pd.DataFrame,
    *,
    borders: str | Sequence[str] = schema.BORDERS,
    places: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """Measure every camera's geodesic distance to the named borders (R1, R2).

    Parameters
    ----------
    cameras
        Any frame with `lon` and `lat` in degrees; a camera without a position gets missing
        distances.
    borders
        Names of `schema.BORDERS`, or one of them.
    places
        Also give the nearest place itself.
    progress
        Called with (border, points done, points in all).

    Returns
    -------
    DataFrame
        Same index; `to_<border>_m`, and with `places` also `near_<border>_lon`, `near_<border>_lat`
        and, for `port`, `near_port`, its name.

    Raises
    ------
    UsageError
        When a border is not known.
    InputError
        When the frame has no positions.
    """
    if not {"lon", "lat"} <= set(cameras.columns):
        fix = (
            "of a GeoDataFrame of points in EPSG:4326: frame.assign(lon=frame.geometry.x,"
            " lat=frame.geometry.y)"
        )
        raise InputError("the table has no columns lon and lat", fix=fix)
    borders = (borders,) if isinstance(borders, str) else borders
    for name in borders:
        if name not in schema.BORDERS:
            raise UsageError(
                f"no border is called {name}", fix=f"use one of {', '.join(schema.BORDERS)}"
            )
    lon, lat = cameras["lon"].to_numpy(np.float64), cameras["lat"].to_numpy(np.float64)
    wanted = [n for n in schema.BORDERS if n in borders]
    done: dict[str, Nearest] = {}
    # `land` is the nearer of its two halves, so nothing is looked up twice
    for name in [
        n for n in schema.BORDERS if n in wanted or (n in ("mexico", "canada") and "land" in wanted)
    ]:
        if name == "land":
            done[name] = _nearer(done["mexico"], done["canada"])
        else:
            done[name] = _index(name).nearest(lon, lat, progress=_named(progress, name))
    out: dict[str, Any] = {f"to_{n}_m": done[n].distance_m for n in wanted}
    if places:
        for n in wanted:
            out[f"near_{n}_lon"], out[f"near_{n}_lat"] = done[n].lon, done[n].lat
        if "port" in wanted:
            names = ports()["name"].to_numpy(dtype=object)
            line = done["port"].line
            out["near_port"] = pd.Series(
                np.where(line >= 0, names[line], None), index=cameras.index, dtype="str"
            )
    return pd.DataFrame(out, index=cameras.index)


def reach_table(
    cameras: pd.DataFrame,
    *,
    borders: Sequence[str] = schema.BORDERS,
    places: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """Make table `reach`: id, position, state, county and distances of every camera, sorted by
    id.
    """
    frame = cameras[["camera_id", "lon", "lat"]].copy()
    where = _places(frame)
    far = border_distances(frame, borders=borders, places=places, progress=progress)
    # a centimetre, and a millionth of a degree: far below every error, and files half as large
    far = far.round({c: 6 if c.startswith("near_") else 2 for c in far.columns if c != "near_port"})
    frame = frame.join(where).join(far)
    return schema.conform(frame.sort_values("camera_id", ignore_index=True), "reach")


def _places(frame: pd.DataFrame) -> pd.DataFrame:
    """Return state and county of each row; missing for a camera that stands across a land
    border.
    """
    where = assign_places(frame["lon"].to_numpy(), frame["lat"].to_numpy()).set_index(frame.index)
    outside = where["place_offshore"].fillna(False).to_numpy(dtype=bool)
    away = where["place_distance_m"]
    if outside.any():
        # off a shore the county's edge is not the border; across a land border it is, up to the
        # border's error
        to_land = border_distances(frame[outside], borders=["land"])["to_land_m"].reindex(
            frame.index
        )
        abroad = (
            outside & (away > BORDER_ERROR_M["land"]) & (away >= to_land - BORDER_ERROR_M["land"])
        )
        where = where.mask(abroad)
    return where[["state", "county_geoid", "county"]].astype("str")


@lru_cache(maxsize=8)
def _index(name: str) -> LineIndex:
    """Build the index of a border once."""
    return LineIndex(border_shapes(name))


def border_index(name: str) -> LineIndex:
    """Return the index of named border `name` (built once)."""
    return _index(name)


def _nearer(a: Nearest, b: Nearest) -> Nearest:
    first = ~(b.distance_m < a.distance_m)
    return Nearest(
        distance_m=np.where(first, a.distance_m, b.distance_m),
        lon=np.where(first, a.lon, b.lon),
        lat=np.where(first, a.lat, b.lat),
        line=np.where(first, a.line, b.line),
    )


def _named(
    progress: Callable[[str, int, int], None] | None, name: str
) -> Callable[[int, int], None] | None:
    return (
        None
        if progress is None
        else lambda done, total: progress(f"distance to {name}", done, total)
    )


def groups(reach: pd.DataFrame, cameras: pd.DataFrame | None, by: str) -> pd.Series:
    """Return the group of each row of `reach`, "unknown" where the value is missing.

    Parameters
    ----------
    reach
        Table `reach`.
    cameras
        Table `cameras`, for groups that are not places.
    by
        One of `GROUPS`. `source` counts a camera once under each combination of sources; `year` is
        that of `first_seen`, which few cameras have: the date of the last edit is not the date of
        installation.

    Raises
    ------
    UsageError
        When `by` is not known, or needs cameras that were not given.
    """
    if by not in GROUPS:
        raise UsageError(f"cannot tell apart by {by}", fix=f"use one of {', '.join(GROUPS)}")
    if by == "state":
        values = reach["state"]
    elif by == "county":
        values = (reach["county"] + ", " + reach["state"]).where(reach["county"].notna())
    else:
        column = {"source": "sources", "year": "first_seen"}.get(by, by)
        if cameras is None or column not in cameras.columns:
            raise UsageError(
                f"the cameras have no column {column} to tell apart by {by}",
                fix="pass the cameras too, or choose another --by",
            )
        values = reach["camera_id"].map(cameras.set_index("camera_id")[column])
        if by == "year":
            values = values.str[:4]
    return values.astype("str").fillna("unknown").rename(by)


def statistics(
    reach: pd.DataFrame,
    *,
    borders: Sequence[str] | None = None,
    by: pd.Series | None = None,
    error_m: pd.Series | None = None,
    settings: Settings = Settings(),
) -> pd.DataFrame:
    """Count cameras within distances of each border, with quantiles and bounds (R5).

    Parameters
    ----------
    reach
        Frame with `camera_id` and `to_<border>_m`.
    borders
        Which of them; all present when None.
    by
        Group of each row (see `groups`); None for all together.
    error_m
        One standard deviation of each camera's position, metres; none is taken as 0.
    settings
        Radii, quantiles, unit.

    Returns
    -------
    DataFrame
        One row per group and border: `group`, `border`, `unit`, `n`, `n_unknown` (no position: not
        counted in n), `median` with its exact order-statistic interval, `q05` …, `farthest`,
        `farthest_camera_id`, and for each radius R `within_R`, `share_R`, `share_R_low`,
        `share_R_high` (Clopper–Pearson), `within_R_low`, `within_R_high` (all distances longer, or
        shorter, by the error of border and position together), and `beyond`, `share_beyond` for the
        zone.
    """
    names = [
        n
        for n in schema.BORDERS
        if f"to_{n}_m" in reach.columns and (borders is None or n in borders)
    ]
    if borders is not None and (lacking := [b for b in borders if b not in names]):
        raise InputError(f"the table has no distances to {lacking[0]}", fix="measure them first")
    label = (
        pd.Series("all", index=reach.index)
        if by is None
        else by.reindex(reach.index).fillna("unknown")
    )
    error = (
        np.zeros(len(reach))
        if error_m is None
        else error_m.reindex(reach.index).fillna(0).to_numpy(np.float64)
    )
    ids = reach["camera_id"].to_numpy(dtype=object)
    metres = {name: reach[f"to_{name}_m"].to_numpy(np.float64) for name in names}
    words = label.to_numpy(dtype=object)
    order = np.argsort(words, kind="stable")
    changes = np.flatnonzero(words[order][1:] != words[order][:-1]) + 1
    rows = []
    for at in np.split(order, changes):
        for name in names:
            row = {"group": str(words[at[0]]) if len(at) else "all", "border": name}
            rows.append(row | _describe(metres[name][at], ids[at], name, error[at], settings))
    return pd.DataFrame(rows)


def _describe(
    metres: FloatArray, ids: Any, name: str, error: FloatArray, settings: Settings
) -> dict[str, Any]:
    known = np.isfinite(metres)
    unit = UNIT_M[settings.unit]
    far, doubt = metres[known] / unit, np.hypot(BORDER_ERROR_M[name], 2 * error[known]) / unit
    n = len(far)
    row: dict[str, Any] = {"unit": settings.unit, "n": n, "n_unknown": int((~known).sum())}
    ranked = np.sort(far)
    quantiles = (
        np.quantile(ranked, [0.5, *settings.quantiles])
        if n
        else np.full(1 + len(settings.quantiles), np.nan)
    )
    row["median"] = float(quantiles[0])
    row["median_low"], row["median_high"] = _quantile_interval(ranked, 0.5, settings.confidence)
    row |= {
        f"q{round(q * 100):02d}": float(v)
        for q, v in zip(settings.quantiles, quantiles[1:], strict=True)
    }
    row["farthest"] = float(ranked[-1]) if n else np.nan
    row["farthest_camera_id"] = str(ids[known][int(np.argmax(far))]) if n else None
    radii = np.array(settings.radii)
    counts, low, high = (
        np.searchsorted(np.sort(v), radii, side="right") for v in (far, far + doubt, far - doubt)
    )
    for tag, k, fewest, most in zip(
        (f"{r:g}" for r in settings.radii), counts, low, high, strict=True
    ):
        bounds = share_interval(int(k), n, settings.confidence)
        row |= {f"within_{tag}": int(k), f"share_{tag}": k / n if n else np.nan}
        row |= {f"share_{tag}_low": bounds[0], f"share_{tag}_high": bounds[1]}
        row |= {f"within_{tag}_low": int(fewest), f"within_{tag}_high": int(most)}
    beyond = int((far > settings.zone).sum())
    return row | {"beyond": beyond, "share_beyond": beyond / n if n else np.nan}


@lru_cache(maxsize=65536)
def share_interval(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper–Pearson 1934) interval of a share of `k` in `n`.

    >>> [round(v, 4) for v in share_interval(10, 100)]
    [0.049, 0.1762]
    """
    if n == 0:
        return np.nan, np.nan
    tail = (1 - confidence) / 2
    low = float(stats.beta.ppf(tail, k, n - k + 1)) if k else 0.0
    high = float(stats.beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
    return low, high


def _quantile_interval(ranked: FloatArray, q: float, confidence: float) -> tuple[float, float]:
    """Return the exact interval of a quantile from order statistics; missing where n is too small
    for one."""
    n = len(ranked)
    if n == 0:
        return np.nan, np.nan
    low, high = _ranks(n, q, confidence)
    return (
        float(ranked[low - 1]) if low >= 1 else np.nan,
        float(ranked[high - 1]) if high <= n else np.nan,
    )


@lru_cache(maxsize=65536)
def _ranks(n: int, q: float, confidence: float) -> tuple[int, int]:
    tail = (1 - confidence) / 2
    return int(stats.binom.ppf(tail, n, q)), int(stats.binom.ppf(1 - tail, n, q)) + 1


def county_interval(
    reach: pd.DataFrame, name: str, *, settings: Settings = Settings()
) -> tuple[float, float]:
    """Return the bootstrap interval of the share within the zone when whole counties are resampled.

    Cameras come in orders of dozens, so the exact interval, which takes them for independent, is
    too narrow; this one lets whole counties be in or out (percentile bootstrap, seeded).
    """
    known = reach[reach[f"to_{name}_m"].notna() & reach["county_geoid"].notna()].sort_values(
        "camera_id"
    )
    within = known[f"to_{name}_m"] <= settings.zone * UNIT_M[settings.unit]
    per_county = (
        within.groupby(known["county_geoid"], sort=True).agg(["sum", "size"]).to_numpy(np.float64)
    )
    if len(per_county) < 2:
        return np.nan, np.nan
    rng = np.random.default_rng(settings.seed)
    count = len(per_county)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=settings.replicates)
    totals = weights @ per_county
    tail = (1 - settings.confidence) / 2
    low, high = np.quantile(totals[:, 0] / totals[:, 1], [tail, 1 - tail])
    return float(low), float(high)


def people_within(
    people: pd.DataFrame,
    *,
    borders: Sequence[str] = schema.BORDERS,
    settings: Settings = Settings(),
) -> pd.DataFrame:
    """Count people within distances of each border, the baseline of a share of cameras (R6).

    Parameters
    ----------
    people
        `lon`, `lat`, `people` (see `alprmap.geography.population.read`); `to_<border>_m` is taken
        where present.

    Returns
    -------
    DataFrame
        One row per border: `border`, `unit`, `n` (units), `people`, `median` (half the people live
        nearer), and `people_R`, `people_share_R` for each radius, `people_share_beyond`.
    """
    weight = people["people"].to_numpy(np.float64)
    rows = []
    lacking = [n for n in borders if f"to_{n}_m" not in people.columns]
    near = (
        pd.concat([people, border_distances(people, borders=lacking)], axis=1)
        if lacking
        else people
    )
    for name in borders:
        far = near[f"to_{name}_m"].to_numpy(np.float64) / UNIT_M[settings.unit]
        known = np.isfinite(far)
        total = float(weight[known].sum())
        row: dict[str, Any] = {
            "border": name,
            "unit": settings.unit,
            "n": int(known.sum()),
            "people": total,
        }
        order = np.argsort(far[known], kind="stable")
        half = int(np.searchsorted(np.cumsum(weight[known][order]), total / 2))
        row["median"] = float(far[known][order][min(half, len(order) - 1)]) if total else np.nan
        for radius in settings.radii:
            inside = float(weight[known & (far <= radius)].sum())
            row |= {
                f"people_{radius:g}": inside,
                f"people_share_{radius:g}": inside / total if total else np.nan,
            }
        beyond = float(weight[known & (far > settings.zone)].sum())
        rows.append(row | {"people_share_beyond": beyond / total if total else np.nan})
    return pd.DataFrame(rows)


def distribution(
    reach: pd.DataFrame,
    *,
    borders: Sequence[str],
    people: pd.DataFrame | None = None,
    settings: Settings = Settings(),
) -> pd.DataFrame:
    """Return the empirical distribution of distances in steps of one unit, cameras beside people
    (R5, R6).

    Returns
    -------
    DataFrame
        `border`, `unit`, `distance` (0, 1, 2 … to the farthest), `cameras` and `share` at or within
        it, and `people`, `people_share` where people are given with their `to_<border>_m`.
    """
    parts = []
    for name in borders:
        far = np.sort(reach[f"to_{name}_m"].dropna().to_numpy(np.float64)) / UNIT_M[settings.unit]
        steps = np.arange(0, int(np.ceil(far[-1])) + 1 if len(far) else 1, dtype=np.float64)
        count = np.searchsorted(far, steps, side="right")
        part = pd.DataFrame(
            {"border": name, "unit": settings.unit, "distance": steps, "cameras": count}
        )
        part["share"] = count / len(far) if len(far) else np.nan
        if people is not None:
            home = people[f"to_{name}_m"].to_numpy(np.float64) / UNIT_M[settings.unit]
            order = np.argsort(home, kind="stable")
            sums = np.concatenate([[0.0], np.cumsum(people["people"].to_numpy(np.float64)[order])])
            part["people"] = sums[np.searchsorted(home[order], steps, side="right")]
            part["people_share"] = part["people"] / sums[-1]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
