"""The sentences about searches and the readers they went over, each with its figure (A10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from alprmap.claims import sheet
from alprmap.reach import border_called
from alprmap.text import number_of, verb

_CAVEAT = (
    "Counts what the logs handed in list; a network whose log is not here may have been searched"
    " all the same. A search on record could go over a reader: no log says it did."
)
_CLASS = {
    "known": "whose operator is tagged (known)",
    "inferred": "whose operator is inferred from the town they stand in",
}


def seen_claims(
    zone: pd.DataFrame,
    agencies: pd.DataFrame,
    *,
    border: str,
    miles: float,
    inputs: Mapping[str, str],
    settings: Mapping[str, Any],
    ids_file: str,
) -> pd.DataFrame:
    """Write the claims about readers near the border and who searched them (A10).

    Parameters
    ----------
    zone, agencies
        As `Seen` has them.
    border, miles
        The zone.
    ids_file
        File with one row per agency, searcher, month and proof.
    """
    rows = [
        _sentence(row, f"{miles:g} miles of {border_called(border)}", ids_file)
        for row in zone.to_dict("records")
    ]
    return sheet(
        rows,
        wing="access",
        inputs=inputs,
        settings={**settings, "border": border, "miles": miles},
        data_date=max(zone["month"], default=None),
        set_aside=f"{number_of(len(agencies), 'agency', 'agencies')} of the record"
        f" {verb(len(agencies), 'has', 'have')} a mapped reader",
    )


def _sentence(row: Mapping[Any, Any], place: str, ids_file: str) -> dict[str, Any]:
    tag, logged = str(row["tag"]), row["proof"] == "in the log"
    n, k, who = int(row["readers_in_zone"]), int(row["agencies"]), int(row["searchers"])
    those = f"{who:,} organization{'' if who == 1 else 's'}" + (
        f" on the list {tag}" if tag and tag != "287(g)" else ""
    )
    those += " with a 287(g) agreement" if tag == "287(g)" else ""
    searched = "were searched" if logged else "could be searched"
    how = (
        "by the networks' own logs"
        if logged
        else "by searches over several networks and a share on record: a possibility"
    )
    agencies = f"{k:,} {'agency’s' if k == 1 else 'agencies’'}"
    return {
        "claim_id": f"zone-{row['class']}-{row['proof'].split()[-1]}-{tag or 'all'}-{row['month']}",
        "figure": k,
        "unit": "agencies",
        "n": int(row["agencies_in_zone"]),
        "bounds": "counted in the logs given",
        "sentence": (
            f"Of the {number_of(n, 'reader')} within {place}"
            f" {_CLASS[str(row['class'])]}, {agencies} readers"
            f" ({int(row['readers']):,}) {searched} by {those} in {row['month']}, {how}."
        ),
        "definition": f"A10 {row['proof']}, A2 class {row['class']}",
        "caveat": _CAVEAT,
        "ids_file": ids_file,
        "ids_where": f"proof == {row['proof']} and month == {row['month']}"
        + (f" and tags has {tag}" if tag else ""),
    }
