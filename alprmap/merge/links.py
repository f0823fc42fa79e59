"""The links: for every report the camera it belongs to, the rule, the score and its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alprmap import geo, schema
from alprmap.merge.assign import Assigned
from alprmap.merge.candidates import Pairs
from alprmap.merge.decisions import Verdicts
from alprmap.merge.score import PARTS, Scores
from alprmap.merge.units import Bools, Floats, Ints, Prepared, Texts

FIRST, SAME_RECORD, MATCHED, TWICE, DECIDED = "M0", "M1", "M4", "M11", "M12"
"""Rules of a link: first report of its camera, same record again, matched by score, uploaded twice,
decided. """
MEANING = {
    FIRST: "the report the camera starts from",
    SAME_RECORD: "the same record of the same source at another time",
    MATCHED: "matched by score, one to one",
    TWICE: "uploaded twice: same source, same spot, same facing",
    DECIDED: "a person decided that they are the same",
}


@dataclass(frozen=True)
class Parts:
    """What a merge knows when its tables are written: units, pairs and scores, and what became of
    them.

    `atom` joins units before matching, `twins` are the pairs joined by M11, `camera` is per report,
    `reach` per unit how many joint errors apart its candidates stand, `agreed` per source whether
    headings were seen to agree, `match` per source which share of its records was learned to match.
    """

    prepared: Prepared
    pairs: Pairs
    scores: Scores
    atom: Ints
    twins: Ints
    said: Verdicts
    found: Assigned
    camera: Ints
    reach: Floats
    agreed: Bools
    match: Floats


def links_of(parts: Parts, names: Texts, cameras: pd.DataFrame) -> pd.DataFrame:
    """Return one link per report that has a camera (table `links`).

    A matched report shows the parts of the pair that speaks for it; its score is the geometric mean
    over all members of the camera, which is the product of the parts where there is one other
    member."""
    prepared, units = parts.prepared, parts.prepared.units
    rule, pair = _rules(parts)
    spoken = pair >= 0
    value, points = np.full((len(units), len(PARTS)), np.nan), np.full(len(units), np.nan)
    value[spoken], points[spoken] = (
        parts.scores.parts[pair[spoken]],
        parts.scores.total[pair[spoken]],
    )
    matched = rule == MATCHED
    points[matched] = parts.found.score[matched]
    rows: Ints = np.flatnonzero(parts.camera >= 0)
    unit, at = prepared.unit[rows], parts.camera[rows]
    lead = units.lead[unit] == rows
    report = prepared.reports.iloc[rows]
    table = pd.DataFrame({"report_id": report["report_id"].to_numpy(), "camera_id": names[at]})
    table["rule"] = np.where(lead, rule[unit], SAME_RECORD)
    table["score"] = np.where(lead, points[unit], np.nan).round(4)
    table["distance_m"] = _distances(report, cameras, at)
    for k, name in enumerate(PARTS):
        table[name] = np.where(lead, value[unit, k], np.nan).round(4)
    return schema.conform(table, "links")


def _rules(parts: Parts) -> tuple[Texts, Ints]:
    """Return the rule of every unit and the row of the pair that speaks for it (-1 for none)."""
    number = np.arange(len(parts.atom))
    first = number == parts.atom
    rule = np.where(first, MATCHED, TWICE).astype(object)
    rule[parts.found.cluster == number] = FIRST
    pair = np.where(first, parts.found.pair, -1)
    for side in (parts.pairs.right[parts.twins], parts.pairs.left[parts.twins]):
        twin = rule[side] == TWICE
        pair[side[twin]] = parts.twins[twin]
    # joined by a decision alone: no pair of duplicates speaks for it
    decided = np.asarray(parts.said.same, dtype=np.int64).ravel()
    decided = decided[(rule[decided] == TWICE) & (pair[decided] < 0)]
    rule[decided] = DECIDED
    return rule, pair


def _distances(report: pd.DataFrame, cameras: pd.DataFrame, at: Ints) -> Floats:
    lon, lat = cameras["lon"].to_numpy()[at], cameras["lat"].to_numpy()[at]
    own_lon, own_lat = report["lon"].to_numpy(), report["lat"].to_numpy()
    meters = np.where(np.isnan(own_lon), np.nan, 0.0)
    moved = (own_lon != lon) | (own_lat != lat)
    meters[moved] = geo.distance_m(own_lon[moved], own_lat[moved], lon[moved], lat[moved])
    rounded: Floats = meters.round(2)
    return rounded
