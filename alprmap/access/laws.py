"""Laws of states on sharing: dated data with citations, beside the shares on record (rule A5)."""

from __future__ import annotations

from functools import cache

import pandas as pd

from alprmap.shipped import table_rows

COLUMNS = (
    "state",
    "subject",
    "since",
    "says",
    "citation",
    "source",
    "compared",
    "checked",
    "agencies",
    "shares_beyond",
    "newest_share",
)


@cache
def laws() -> tuple[dict[str, str], ...]:
    """Return the laws of data/laws.csv, one per state and subject."""
    return tuple(table_rows("laws.csv"))


def shares_beside_laws(on_record: pd.DataFrame, agencies: pd.DataFrame) -> pd.DataFrame:
    """Return each law whose state has agencies in the record, and the shares that go beyond it.

    Parameters
    ----------
    on_record
        Shares on record on the day asked for (`active_shares`).
    agencies
        Table `agencies`.

    Returns
    -------
    DataFrame
        `COLUMNS`: `agencies` of the state that share with a body of another state or the federal
        government, and how many such shares a record of a day on which the law held names
        (`newest_share` is the last such day). A record names a share; whether an exception of the
        law covers it, no record shows. Laws on a use, not on a partner, have no counts.
    """
    about = agencies.set_index("agency_id")
    giver = on_record["from_id"].map(about["state"])
    taker = on_record["to_id"].map(about["state"])
    federal = on_record["to_id"].map(about["kind"]) == "federal"
    seen = on_record["last_seen"] if "last_seen" in on_record.columns else on_record["since"]
    seen = seen.fillna(on_record["since"])
    rows = []
    for law in laws():
        mine = giver == law["state"]
        if not mine.any():
            continue
        row: dict[str, object] = dict(law)
        if law["subject"] == "out_of_state":
            out = mine & (federal | (taker.notna() & (taker != law["state"])))
            out &= seen.notna() & (seen >= law["since"])
            row |= {
                "agencies": float(on_record.loc[out, "from_id"].nunique()),
                "shares_beyond": float(out.sum()),
                "newest_share": max(seen[out], default=None),
            }
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = {"agencies": "float64", "shares_beyond": "float64"}
    return frame.astype({name: numbers.get(name, "str") for name in COLUMNS})
