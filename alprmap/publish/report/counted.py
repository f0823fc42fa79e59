"""How many readers stand here and who runs them, as claims: the count that every other figure is
of."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alprmap.claims import sheet
from alprmap.text import number_of, percent, verb

_DEFINITION = "standing plate readers on the map: what merging the sources gives (rules M1 to M13)"
_CAVEAT = "Counts mapped cameras, not all there are."


def counted_claims(cameras: pd.DataFrame, *, set_aside: str) -> pd.DataFrame:
    """Return the claims on the number of readers and on who runs them.

    Parameters
    ----------
    cameras
        The cameras that are counted.
    set_aside
        What is not counted, and why, in words.
    """
    count = len(cameras)
    rows: list[dict[str, Any]] = [
        _claim(
            "cameras-standing",
            count,
            count,
            f"{number_of(count, 'reader')} {verb(count, 'stands', 'stand')} on the map.",
        )
    ]
    operator = cameras["operator"] if "operator" in cameras.columns else pd.Series(dtype="str")
    if "operator_kind" in cameras.columns:
        # a maker in the field of the operator says nothing about who looks
        operator = operator[cameras["operator_kind"].to_numpy() != "vendor only"]
    known = operator.dropna()
    if count:
        share = percent(len(known) / count)
        text = f"Who runs {len(known):,} of {number_of(count, 'reader')} ({share}) is known."
        rows.append(_claim("cameras-operator-known", len(known), count, text))
    if len(known):
        sizes = known.value_counts()
        name = min(str(o) for o in sizes[sizes == sizes.max()].index)
        most = int(sizes.max())
        text = f"{name} runs {number_of(most, 'reader')}, most of all that are named."
        rows.append(
            _claim("cameras-operator-largest", most, count, text)
            | {"ids_where": f"operator == {name!r}"}
        )
    return sheet(rows, wing="publish", set_aside=set_aside)


def _claim(key: str, figure: int, n: int, sentence: str) -> dict[str, Any]:
    return {
        "claim_id": key,
        "sentence": sentence,
        "figure": figure,
        "unit": "cameras",
        "n": n,
        "bounds": "counted",
        "definition": _DEFINITION,
        "caveat": _CAVEAT,
        "ids_file": "cameras.csv",
    }
