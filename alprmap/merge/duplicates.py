"""M11: inside one source, the same camera uploaded twice is told from two heads on a pole and from
two lanes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy

from alprmap import geo
from alprmap.merge.candidates import Pairs
from alprmap.merge.fields import RECORD
from alprmap.merge.grids import DRAWN
from alprmap.merge.score import Scores
from alprmap.merge.settings import OPERATOR_DIFFERS, VENDOR_DIFFERS, Settings
from alprmap.merge.units import Bools, Floats, Ints, Prepared, Units

LANES = 3
"""So many records of an official list on one point that face one way are more likely the lanes of a
gantry than one camera written down three times."""

UNSET_DEG = (0.0, 0.5)
"""Headings an editor leaves when nobody turns the arrow: `0`, and `338-23`, which is that zero
drawn as a range (docs/method/direction.md). Two of them agreeing is no evidence."""


def duplicates(
    pairs: Pairs, scores: Scores, prepared: Prepared, settings: Settings
) -> tuple[Ints, Ints, dict[int, str]]:
    """Return (rows of `pairs` that are one upload twice, rows to ask about, the question of each).

    One upload twice: same source, on one point (`same_point_m`), headings known and equal within
    `duplicate_deg`, nothing contradicts. Asked about: the same up to half a lane apart, and one
    spot (`same_spot_m`) where a heading is missing or was never set (`UNSET_DEG`): two devices
    whose arrows nobody turned look just like one uploaded twice. Two heads face apart and two lanes
    stand a lane apart, so neither is touched, nor are the cameras that one row of a list states
    (S16), nor points that are rounded to a grid as coarse as their error; where it is finer but
    wider than half a lane, one point is a question. A chain of duplicates that grows longer than
    half a lane, whose ends contradict each other, or that is `LANES` records of a list, is asked
    about as a whole."""
    units, own = prepared.units, prepared.rounded
    near = np.flatnonzero(_share_source(units, pairs) & (pairs.meters <= settings.lane_m))
    i, j, meters = pairs.left[near], pairs.right[near], pairs.meters[near]
    row = _rows_of_several(prepared.reports)[units.lead]
    drawn = (prepared.reports["located_by"].isin(DRAWN).to_numpy() & ~own.coarse)[units.lead]
    fine = (own.step_m <= settings.lane_m)[units.lead]
    consistent = (
        ~scores.never[near]
        & ~scores.unnamed[near]
        & ((row[i] < 0) | (row[i] != row[j]))
        & (units.gone[i] == units.gone[j])
        & drawn[i]
        & drawn[j]
        & (scores.parts[near, 2] != OPERATOR_DIFFERS)
        & (scores.parts[near, 3] != VENDOR_DIFFERS)
        & ~(
            np.nan_to_num(geo.angle_between_deg(units.travel[i], units.travel[j]))
            > settings.duplicate_deg
        )
    )
    equal, known = _equal_headings(units.heads[i], units.heads[j], settings.duplicate_deg)
    point, spot = meters <= settings.same_point_m, meters <= settings.same_spot_m
    sure, asked = consistent & equal & point, consistent & ((equal & ~point) | (~known & spot))
    # two lanes have one point where a point is rounded to more than half a lane
    whole = fine[i] & fine[j]
    sure, asked = sure & whole, asked | (sure & ~whole)
    policy = _policies(prepared, settings)[prepared.source[units.lead[i]]]
    keep, ask = policy == "keep", policy == "review"
    asked = (asked & ~keep) | (sure & ask)
    sure = sure & ~keep & ~ask
    tight = _tight(prepared, i, j, sure, ~consistent, settings)
    asked, sure = np.asarray(asked | (sure & ~tight)), np.asarray(sure & tight)
    words = {
        int(near[k]): _question(
            float(meters[k]), bool(known[k]), prepared.sources[prepared.source[units.lead[i[k]]]]
        )
        for k in np.flatnonzero(asked)
    }
    return near[sure], near[asked], words


def _rows_of_several(reports: pd.DataFrame) -> Ints:
    """Return of each report the number of the row that states it beside others ("3 cameras"), -1
    for a report that is alone in its row."""
    marked = np.zeros(len(reports), dtype=bool)
    if "changes" in reports.columns:
        marked = reports["changes"].str.contains(" cameras in one row").fillna(False).to_numpy(bool)
    record = reports["source_record"]
    named = reports["row"].where(reports["row"].notna(), record) if "row" in reports else record
    keys = reports["source_id"] + ":" + named.str.replace(r"#\d+$", "", regex=True)
    number, _ = pd.factorize(keys.where(marked))
    return np.asarray(number, dtype=np.int64)


def _question(meters: float, known: bool, source: str) -> str:
    facing = "facing the same way" if known else "without a heading somebody set"
    return (
        f"two records of {source} stand {meters:.1f} m apart, {facing}: one camera uploaded twice,"
        " or two?"
    )


def _share_source(units: Units, pairs: Pairs) -> Bools:
    shared: Bools = np.asarray((units.mask[pairs.left] & units.mask[pairs.right]).any(axis=1))
    return shared


def _equal_headings(one: Floats, other: Floats, limit_deg: float) -> tuple[Bools, Bools]:
    """Return which pairs have the same known headings (head by head, both ways) and which know both
    sides."""
    n_one, n_other = np.isfinite(one).sum(axis=1), np.isfinite(other).sum(axis=1)
    known = _told(one) & _told(other)
    gaps = geo.angle_between_deg(one[:, :, None], other[:, None, :])
    gaps = np.where(np.isnan(gaps), 999.0, gaps)
    there = np.where(np.isfinite(one), gaps.min(axis=2, initial=999.0), 0.0).max(
        axis=1, initial=0.0
    )
    back = np.where(np.isfinite(other), gaps.min(axis=1, initial=999.0), 0.0).max(
        axis=1, initial=0.0
    )
    return known & (n_one == n_other) & (np.maximum(there, back) <= limit_deg), known


def _told(heads: Floats) -> Bools:
    told: Bools = np.asarray((np.isfinite(heads) & ~np.isin(heads, UNSET_DEG)).any(axis=1))
    return told


def _policies(prepared: Prepared, settings: Settings) -> np.ndarray:
    return np.asarray([settings.duplicates.get(s, "merge") for s in prepared.sources], dtype=object)


def _tight(
    prepared: Prepared, i: Ints, j: Ints, sure: Bools, contrary: Bools, settings: Settings
) -> Bools:
    """Return which sure pairs lie in a chain that as a whole is one spot, holds no contrary pair,
    and is not `LANES` or more records of a list."""
    units, rows = prepared.units, np.flatnonzero(sure)
    if not len(rows):
        return sure
    members, local = np.unique(np.concatenate([i[rows], j[rows]]), return_inverse=True)
    a, b = local[: len(rows)], local[len(rows) :]
    links = scipy.sparse.coo_array(
        (np.ones(len(rows), dtype=np.int8), (a, b)), shape=(len(members), len(members))
    )
    _, chain = scipy.sparse.csgraph.connected_components(links, directed=False)
    place = pd.DataFrame(geo.ecef(units.lon[members], units.lat[members])).groupby(chain)
    span = np.sqrt(((place.max() - place.min()) ** 2).sum(axis=1)).to_numpy()
    good = span <= settings.lane_m
    stated = prepared.reports["evidence"].isin(RECORD).to_numpy()[units.lead[members]]
    good &= ~((np.bincount(chain) >= LANES) & (np.bincount(chain, weights=stated) > 0))
    chain_of = np.full(len(units), -1, dtype=np.int64)
    chain_of[members] = chain
    torn = contrary & (chain_of[i] >= 0) & (chain_of[i] == chain_of[j])
    good[chain_of[i[torn]]] = False
    result = np.zeros(len(sure), dtype=bool)
    result[rows] = good[chain[a]]
    return result
