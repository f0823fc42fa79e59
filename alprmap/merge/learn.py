"""What a source's own data say about it, before its reports are matched: how far its points are
off, by which shift, what its headings mean, whether its names agree."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy

from alprmap import geo
from alprmap.merge.belief import ASSUMED, MATCHES, Belief, unlearned
from alprmap.merge.facing import (
    HALF,
    OPPOSITE,
    READING,
    RULES,
    SAME,
    TRAVEL,
    convention,
    facing_words,
)
from alprmap.merge.mixture import Evidence, Model, facing_counts, fit
from alprmap.merge.score import alike, cell_m, only_heading
from alprmap.merge.settings import Settings
from alprmap.merge.units import (
    Bools,
    Floats,
    Ints,
    Prepared,
    Units,
    as_learned,
    own_units,
    put_in,
)

NEAR_M = 500.0
NEIGHBORS = 8
"""A record is held against the eight nearest cameras of the other sources within 500 m."""
CUT_OFF, MOST_NEIGHBORS = 5.0, 24
"""Digits that are cut off move a point by a whole step each way, 4.9 errors of the grid; where that
is farther, so far and against the 24 nearest."""
MOST_RECORDS = 6_000
STRIPS = 12
"""Of a longer list twelve strips from west to east are read, whole, so that rivals stay together:
6,000 pairs know an error to 1 %. Every fourth strip chooses the model, all of them fit it."""
EARLY = 4
STRANGER = 0.5
"""Strangers assumed among the neighbors beside those that are there (a Jeffreys prior)."""
ENOUGH = 8.0
"""Matched pairs from which a source's own data outweigh what it states."""
ENOUGH_SHIFT = 20.0
SHIFT_SD = 4.0
LEAST_SHIFT_M = 5.0
"""A shift is taken out when it is four standard errors from none and more than half a road."""
LEAST_SCALE = 0.5
"""A list may be twice as good as it states, not better: its best points speak for its worst."""
LEARNED = 30.0
"""Matched pairs from which a source's own rates weigh its pairs."""
SUREST = 0.99
"""No rate is believed beyond this: one in a hundred is left for what no model knows."""
LEAST_HEADING_DEG = 5.0
"""No two ways of reading a heading agree better than this."""
NAMES_DIFFER = 0.5
"""Below this share of equal names among matches two sources do not name the same thing."""
SURVEYED = ("survey", "photo")

COLUMNS = (
    "source_id",
    "located_by",
    "held_against",
    "records",
    "pairs",
    "stated_error_m",
    "error_m",
    "shift_east_m",
    "shift_north_m",
    "shift_removed",
    "facing",
    "facing_same",
    "facing_opposite",
    "facing_other",
    "facing_decided",
    "operators_agree",
    "vendors_agree",
    "rounded",
    "expected",
    "near",
    "sentence",
)


@dataclass(frozen=True)
class Facts:
    """What was learned: per source number the shift (meters east, north), convention and whether
    operators can be compared; per report its error; the table that says so; what weighs its pairs;
    and whether any heading was seen to agree."""

    east: Floats
    north: Floats
    facing: tuple[str, ...]
    operators: Bools
    scale: Floats
    table: pd.DataFrame
    belief: Belief
    agreed: Bools

    def applied(self, prepared: Prepared) -> Prepared:
        """Return the reports as they are to be matched."""
        reading = np.asarray([READING.get(f, 0) for f in self.facing], dtype=np.int64)
        return as_learned(
            prepared,
            reading=reading,
            east=self.east,
            north=self.north,
            scale=self.scale,
            operators=self.operators,
        )


@dataclass(frozen=True)
class _Learned:
    """One source's model; `pairs` by class of error, `counts` of same, opposite, other headings."""

    model: Model
    pairs: Floats
    shift: tuple[float, float, bool]
    counts: Floats
    facing: str
    expected: float
    near: int
    cover: float
    read: int

    def agree(self) -> float:
        """Return the share of headings that agree, read as they will be."""
        same, opposite, _ = self.model.facing
        if self.facing == TRAVEL:
            return same + opposite
        return opposite if self.facing == OPPOSITE else same


def learn(prepared: Prepared, settings: Settings) -> Facts:
    """Learn each source against those before it: the surveyed first, then the most precise, then
    the largest."""
    n = len(prepared.sources)
    east, north = np.zeros(n), np.zeros(n)
    facing = [RULES[settings.facing[s]] if s in settings.facing else SAME for s in prepared.sources]
    operators, agreed = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    scale = np.ones(len(prepared.reports))
    located = prepared.reports["located_by"].fillna("survey").astype("category")
    kind = located.cat.codes.to_numpy().astype(np.int64)
    rows: list[dict[str, object]] = []
    order = _order(prepared)
    belief = unlearned(n)
    belief = replace(belief, turn=np.argsort(order).astype(np.int64))
    stated, prepared = prepared, own_units(prepared)
    for place, s in enumerate(order):
        seen = _evidence(prepared, s, order[:place], kind)
        got = _read(seen, settings, prepared.sources[s]) if seen is not None else None
        if got is not None and seen is not None:
            if got.shift[2]:
                east[s], north[s] = got.shift[:2]
            facing[s] = got.facing
            agreed[s] = got.counts[0] >= HALF
            operators[s] = not _strange(got.model.operator[0], seen.operator)
            if got.expected >= LEARNED:
                narrow = _narrow(prepared, seen, got)
                makers = not _strange(got.model.vendor[0], seen.vendor)
                belief = belief.with_source(s, narrow=narrow, makers=makers, **_believed(got))
            else:
                share = (got.expected + ASSUMED * MATCHES) / (got.read + ASSUMED)
                belief = belief.with_source(s, match=share)
        for g, name in enumerate(located.cat.categories):
            mine = np.flatnonzero((prepared.source == s) & (kind == g))
            if not len(mine):
                continue
            pairs = 0.0 if got is None or g >= len(got.pairs) else float(got.pairs[g])
            if got is not None and pairs >= ENOUGH:
                scale[mine] = _own_scale(prepared, seen, got, g, mine)
            row = _row(stated, s, name, mine, scale, got, pairs, settings)
            rows.append(row | {"held_against": _named(prepared, order[:place])})
            rows[-1]["sentence"] = sentence(rows[-1])
        reading = READING.get(facing[s], 0)
        put_in(prepared.units, s, prepared, reading, (east[s], north[s]), scale, bool(operators[s]))
    return Facts(
        east,
        north,
        tuple(facing),
        operators,
        scale,
        pd.DataFrame(rows, columns=list(COLUMNS)),
        belief,
        agreed,
    )


MOST_NAMED = 20
"""Sources that a source is said to be held against; of thousands the rest is a number, or the
table would grow with the square of them."""


def _named(prepared: Prepared, before: list[int]) -> str | None:
    """Return the names of the sources before one, the first of them by name."""
    names = sorted(heapq.nsmallest(MOST_NAMED, (prepared.sources[o] for o in before)))
    more = len(before) - len(names)
    return "; ".join([*names, *([f"{more:,} more"] if more else [])]) or None


def _believed(got: _Learned) -> dict[str, float]:
    """Return a source's part of the belief, kept from certainty: it weighs every pair."""
    model = got.model
    return {
        "match": min(max(model.match, 1.0 - SUREST), SUREST),
        "cover": min(max(got.cover, 0.0), SUREST),
        "agree": min(max(got.agree(), 0.5), SUREST),
        "spread_deg": max(model.spread_deg, LEAST_HEADING_DEG),
        "tail": model.tail,
        "along": model.along,
        "across": model.across,
        "grid_deg": model.grid_deg,
        "even": model.even,
        "boxed": model.boxed,
        "travel": got.facing == TRAVEL,
        "learned": True,
    }


def _order(prepared: Prepared) -> list[int]:
    n = len(prepared.sources)
    placed = np.flatnonzero(prepared.unit >= 0)
    surveyed = prepared.reports["evidence"].isin(SURVEYED).to_numpy()
    keys = []
    for s in range(n):
        mine = placed[prepared.source[placed] == s]
        if not len(mine):
            keys.append((2, np.inf, 0, np.inf, s))
            continue
        keys.append(
            (
                int(surveyed[mine].mean() < HALF),
                round(float(np.median(prepared.error[mine])), 3),
                -len(mine),
                float(mine[0]),
                s,
            )
        )
    return [k[-1] for k in sorted(keys)]


def _evidence(prepared: Prepared, s: int, before: list[int], kind: Ints) -> Evidence | None:
    """Return the records of source `s` and the cameras near them that the sources before it
    know."""
    units = prepared.units
    own = prepared.source[units.lead]
    word, bit = divmod(s, 64)
    has = (units.mask[:, word] >> np.uint64(bit)) & np.uint64(1) > 0
    mine = np.flatnonzero(own == s)
    other = np.flatnonzero(np.isin(own, before) & ~has)
    if not len(mine) or not len(other):
        return None
    records = len(mine)
    mine, early = _strips(units.lon, mine)
    tree = scipy.spatial.cKDTree(geo.ecef(units.lon[other], units.lat[other]))
    place = geo.ecef(units.lon[mine], units.lat[mine])
    near_m, neighbors = _looked_at(prepared, s)
    k = min(neighbors, len(other))
    meters, at = tree.query(place, k=k, distance_upper_bound=near_m)
    meters, at = meters.reshape(len(mine), k), at.reshape(len(mine), k)
    row, col = np.nonzero(np.isfinite(meters))
    if not len(row):
        return None
    count = np.isfinite(meters).sum(axis=1)
    reach = np.where(count == neighbors, np.maximum(meters[:, -1], 20.0), near_m)
    i, j = mine[row], other[at[row, col]]
    x, y = geo.tangent_xy(units.lon[i], units.lat[i], units.lon[j], units.lat[j])
    return Evidence(
        row,
        j,
        x,
        y,
        np.hypot(units.error[i], units.error[j]),
        ((count - 1 + STRANGER) / (np.pi * reach**2))[row],
        reach[row],
        _gaps(units.heads[i], units.heads[j], _unset(units, mine)[i] | _unset(units, other)[j]),
        _compare(units.operator[i], units.operator[j], prepared.operators),
        _compare(units.vendor[i], units.vendor[j], prepared.vendors),
        kind[units.lead[i]],
        only_heading(units.heads[j]),
        units.lat[i],
        cell_m(prepared, i, j),
        len(mine),
        round(len(np.unique(row)) * records / len(mine)),
        early,
    )


def _looked_at(prepared: Prepared, s: int) -> tuple[float, int]:
    """Return how far around a source's records cameras are looked at, meters, and how many: as far
    as rounding down may have moved a point."""
    grid = prepared.rounded.of_source.get(s)
    near_m = NEAR_M if grid is None else max(NEAR_M, CUT_OFF * grid.error_m)
    return near_m, NEIGHBORS if near_m == NEAR_M else MOST_NEIGHBORS


def _unset(units: Units, of: Ints) -> Bools:
    """Return which exact zeros are no heading: all, unless most headings of these units are zero.

    A few arrows that nobody turned say nothing; a column of zeros says that its headings agree with
    nothing."""
    known = np.isfinite(units.heads[of]).any(axis=1)
    mostly = known.sum() > 0 and units.zero[of].sum() > HALF * known.sum()
    return np.zeros(len(units), dtype=bool) if mostly else units.zero


def _strips(lon: Floats, mine: Ints) -> tuple[Ints, Bools]:
    """Return the records that are read, and which of them choose the model."""
    if len(mine) <= MOST_RECORDS:
        return mine, np.ones(len(mine), dtype=bool)
    ordered = mine[np.argsort(lon[mine], kind="stable")]
    size = MOST_RECORDS // STRIPS
    starts = np.linspace(0, len(ordered) - size, STRIPS).astype(np.int64)
    strips = [ordered[a : a + size] for a in starts]
    read = np.unique(np.concatenate(strips))
    return read, np.isin(read, np.concatenate(strips[::EARLY]))


def _gaps(one: Floats, other: Floats, zero: Bools) -> Floats:
    """Return the gap of two single headings, degrees; NaN where one side has none, several, or a
    zero nobody set."""
    single = (np.isfinite(one).sum(axis=1) == 1) & (np.isfinite(other).sum(axis=1) == 1) & ~zero
    gap = np.full(len(one), np.nan)
    a = np.where(np.isfinite(one[single]), one[single], 0.0).sum(axis=1)
    b = np.where(np.isfinite(other[single]), other[single], 0.0).sum(axis=1)
    gap[single] = geo.angle_between_deg(a, b)
    return gap


def _compare(one: Ints, other: Ints, names: object) -> Ints:
    texts = list(names)  # type: ignore[call-overload]
    out = np.where(one == other, 1, 0).astype(np.int64)
    out[(one < 0) | (other < 0)] = -1
    unlike = np.flatnonzero(out == 0)
    if len(unlike):
        pairs = np.stack([one[unlike], other[unlike]], axis=1)
        distinct, back = np.unique(pairs, axis=0, return_inverse=True)
        same = np.asarray([alike(texts[a], texts[b]) for a, b in distinct.tolist()], dtype=bool)
        out[unlike] = same[back.ravel()]
    return out


def _read(seen: Evidence, settings: Settings, source: str) -> _Learned:
    model, chance = fit(seen)
    groups = len(model.scale)
    pairs: Floats = np.bincount(seen.group, weights=chance, minlength=groups).astype(np.float64)
    total = float(pairs.sum())
    spread = float(np.average(model.scale[seen.group] * seen.error, weights=chance + 1e-12))
    length = float(np.hypot(*model.shift))
    shifted = (
        total >= ENOUGH_SHIFT
        and length > LEAST_SHIFT_M
        and length > SHIFT_SD * spread / np.sqrt(total)
    )
    counts, _ = facing_counts(seen, model, chance)
    facing = RULES[settings.facing[source]] if source in settings.facing else convention(counts)
    return _Learned(
        model,
        pairs,
        (*model.shift, shifted),
        counts,
        facing,
        total,
        len(np.unique(seen.i)),
        (total / float(model.inside(seen).mean()) + 1.0) / (len(np.unique(seen.j)) + 2.0),
        seen.n,
    )


def _strange(agree: float, compared: Ints) -> bool:
    """Tell whether names of matches differ so often that the two lists name different things."""
    return int((compared >= 0).sum()) >= ENOUGH_SHIFT and agree < NAMES_DIFFER


def _own_scale(
    prepared: Prepared, seen: Evidence | None, got: _Learned, group: int, mine: Ints
) -> float:
    """Return by how much a source's stated errors are multiplied: what is left of the joint error
    when the other side keeps its own."""
    assert seen is not None
    stated = float(np.median(prepared.error[mine]))
    rows = np.flatnonzero(seen.group == group)
    joint = float(np.median(seen.error[rows])) * float(got.model.scale[group])
    other = float(np.median(prepared.units.error[seen.j[rows]]))
    own = np.sqrt(max(joint**2 - other**2, (LEAST_SCALE * stated) ** 2))
    return float(max(own / stated, LEAST_SCALE))


def _narrow(prepared: Prepared, seen: Evidence | None, got: _Learned) -> float:
    """Return what the joint error with the other sources is of what both errors come to.

    The others keep what they state, which may alone be more than the joint error was seen to be.
    """
    assert seen is not None
    parts = []
    for group in np.unique(seen.group):
        rows = np.flatnonzero(seen.group == group)
        stated = float(np.median(seen.error[rows]))
        other = float(np.median(prepared.units.error[seen.j[rows]]))
        own = np.sqrt(max(stated**2 - other**2, 1.0))
        joint = stated * float(got.model.scale[group])
        least = np.sqrt(max(joint**2 - other**2, (LEAST_SCALE * own) ** 2))
        parts.append((got.pairs[group], joint / np.hypot(least, other)))
    weight, ratio = np.asarray(parts).T
    return float(np.clip(np.average(ratio, weights=weight + 1e-9), LEAST_SCALE, 1.0))


def _row(
    prepared: Prepared,
    s: int,
    located_by: str,
    mine: Ints,
    scale: Floats,
    got: _Learned | None,
    pairs: float,
    settings: Settings,
) -> dict[str, object]:
    source = prepared.sources[s]
    on_grid, error = prepared.rounded, float(np.median(prepared.error[mine]))
    stated = float(np.median(on_grid.stated[mine]))
    grid = on_grid.of_source.get(s) if on_grid.coarse[mine].any() else None
    row: dict[str, object] = {
        "source_id": source,
        "located_by": located_by,
        "records": len(mine),
        "pairs": round(pairs),
        "stated_error_m": round(stated, 1),
        "error_m": round(error * float(scale[mine[0]]), 1),
        "rounded": None if grid is None else grid.words(),
        "facing_decided": source in settings.facing,
    }
    if got is not None:
        row |= {
            "shift_east_m": round(got.shift[0], 1),
            "shift_north_m": round(got.shift[1], 1),
            "shift_removed": got.shift[2],
            "facing": got.facing,
            "facing_same": round(float(got.counts[0])),
            "facing_opposite": round(float(got.counts[1])),
            "facing_other": round(float(got.counts[2])),
            "operators_agree": round(got.model.operator[0], 3),
            "vendors_agree": round(got.model.vendor[0], 3),
            "expected": round(got.expected),
            "near": got.near,
            "across": got.model.across if got.model.along else 1.0,
        }
    else:
        row |= {"shift_removed": False, "facing": RULES.get(settings.facing.get(source, ""), SAME)}
    return row


def sentence(row: dict[str, object]) -> str:
    """Return what was learned about a source, in one sentence."""
    source, stated = row["source_id"], row["stated_error_m"]
    rounded = f", {row['rounded']}" if row.get("rounded") else ""
    if row["held_against"] is None:
        at = f"positions ± {row['error_m']:g} m" + ("" if rounded else " as stated")
        return f"{source}: the others are held against it ({at}){rounded}"
    if "pairs" not in row or float(str(row["pairs"])) < ENOUGH:
        text = (
            f"{source}: too few pairs with another source to learn from ({row.get('pairs', 0)});"
            + (
                f" taken as ± {row['error_m']:g} m"
                if rounded
                else f" taken as stated (± {stated:g} m)"
            )
        )
    else:
        text = f"{source}: positions ± {row['error_m']:g} m (stated {stated:g} m)"
    if float(str(row.get("across", 1.0))) < 1.0 and float(str(row.get("pairs", 0))) >= ENOUGH:
        error, slim = float(str(row["error_m"])), float(str(row["across"]))
        long = error * np.sqrt(2.0 / (1.0 + slim**2))
        text += f", ± {long:.0f} m along the road and {long * slim:.0f} m across it"
    if row.get("shift_removed"):
        text += f", shifted {_where(row)}: taken out"
    return text + facing_words(row) + rounded


def _where(row: dict[str, object]) -> str:
    east, north = float(str(row["shift_east_m"])), float(str(row["shift_north_m"]))
    bearing = float(np.degrees(np.arctan2(east, north)) % 360)
    return f"{np.hypot(east, north):.0f} m {geo.compass(bearing)}"
