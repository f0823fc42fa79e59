"""What a source's headings mean: as the camera looks, the traffic that comes, the traffic's way, or
nothing; learned where the evidence is overwhelming, else asked."""

from __future__ import annotations

import pandas as pd
import scipy

from alprmap.merge.units import ALONG, OTHER_WAY, UNUSED, Floats

ENOUGH_FACING, FEWEST = 10.0, 2.5
AGREEING = 0.6
"""From three matched pairs on, a source of whose headings less than six in ten agree with the
others' is asked about: chance alone makes one in three agree."""
SURE_FACING, HALF = 0.75, 0.5
"""A convention is overwhelming when ten pairs or more show it and its share, at the lower 5 %
bound (Clopper and Pearson), is three quarters or more; it is asked about from one half on."""
SAME, OPPOSITE, TRAVEL, NONE, UNCLEAR = "same", "opposite", "travel", "none", "unclear"
RULES = {"rear": SAME, "front": OPPOSITE, "travel": TRAVEL, "none": NONE}
"""What `--facing` calls the conventions: headings as the camera looks at rear plates, headings of
the traffic that comes towards it, headings of traffic whose side is not known, or nothing."""
READING = {OPPOSITE: OTHER_WAY, TRAVEL: ALONG, NONE: UNUSED, UNCLEAR: UNUSED}
QUESTION = (
    "the headings of {source} do not agree with the others' ({same} the same, {opposite} the"
    " opposite, {other} another way): not used until --facing {source}=rear, front, travel or none"
    " says what they mean"
)


def convention(counts: Floats) -> str:
    """Return what a source's headings mean, from how many matched pairs face the same, the
    opposite and another way.

    >>> import numpy as np
    >>> convention(np.array([0.0, 12.0, 0.0])), convention(np.array([5.0, 1.0, 0.0]))
    ('opposite', 'same')
    >>> convention(np.array([50.0, 48.0, 4.0])), convention(np.array([3.0, 8.0, 1.0]))
    ('travel', 'unclear')
    """
    same, opposite, other = (float(c) for c in counts)
    n = same + opposite + other
    if n < FEWEST:
        return SAME
    if n >= ENOUGH_FACING:
        if bound(opposite, n) >= SURE_FACING:
            return OPPOSITE
        both = min(same, opposite)
        if bound(same + opposite, n) >= SURE_FACING and bound(both, n) >= 0.15:
            return TRAVEL
        if bound(other, n) >= HALF:
            return NONE
    return SAME if same >= AGREEING * n else UNCLEAR


def bound(part: float, whole: float) -> float:
    """Return the lower 5 % bound of a share (Clopper and Pearson 1934)."""
    if part <= 0.0:
        return 0.0
    return float(scipy.special.betaincinv(part, whole - part + 1.0, 0.05))


def facing_words(row: dict[str, object]) -> str:
    """Return the part of a source's sentence that is about its headings."""
    if "facing_same" not in row:
        return ""
    same, opposite = int(str(row["facing_same"])), int(str(row["facing_opposite"]))
    whole = same + opposite + int(str(row["facing_other"]))
    if row["facing_decided"]:
        return f", headings taken as {row['facing']} by --facing"
    if row["facing"] == OPPOSITE:
        return f", headings opposite to the others' ({opposite} of {whole} pairs): turned by 180°"
    if row["facing"] == TRAVEL:
        return (
            f", headings along the road either way ({same} same, {opposite} opposite of {whole}"
            " pairs): read as the direction of travel"
        )
    if row["facing"] in (UNCLEAR, NONE) and whole:
        return (
            f", headings do not agree with the others' ({same} the same, {opposite} the opposite of"
            f" {whole} pairs): not used; settle it with --facing {row['source_id']}=rear, front,"
            " travel or none"
        )
    return f", headings the same ({same} of {whole} pairs)" if 2 * same >= whole > 0 else ""


def facing_questions(facts: pd.DataFrame, links: pd.DataFrame, sources: pd.Series) -> pd.DataFrame:
    """Return one question for each source whose headings may mean the opposite, or agree with
    nothing, put at its first camera.

    `sources` holds the source of every report, by report_id.
    """
    rows = []
    open_ = facts[facts["facing"].isin([UNCLEAR, NONE])].drop_duplicates("source_id")
    open_ = open_[~open_["facing_decided"].astype(bool)]
    source_of = links["report_id"].map(sources) if len(open_) else sources
    for row in open_.to_dict("records"):
        counts = {k: int(row[f"facing_{k}"]) for k in ("same", "opposite", "other")}
        mine = links[source_of == row["source_id"]]
        if not len(mine):
            continue
        first = mine.sort_values("report_id").iloc[0]
        rows.append(
            {
                "report_id": first["report_id"],
                "camera_id": first["camera_id"],
                "reason": QUESTION.format(source=row["source_id"], **counts),
            }
        )
    return pd.DataFrame(rows, columns=["report_id", "camera_id", "reason"])
