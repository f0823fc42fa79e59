"""What the agencies on a list can look through: numbers by tag, with their sentences (rule A5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from alprmap.access.paths import hops
from alprmap.access.tags import Tags
from alprmap.claims import sheet
from alprmap.text import number_of, out_of, verb

COLUMNS = (
    "tag",
    "names",
    "in_the_record",
    "may_be_several",
    "not_in_the_record",
    "own_known",
    "own_inferred",
    "agencies_that_let_them",
    "shares_on_record",
    "one_hop_known",
    "one_hop_inferred",
)
_CAVEAT = (
    "A list names agencies on its own date; agencies on it that the record does not have are not"
    " counted, and a share is access on record, not use."
)


def tag_statistics(
    tags: Tags, cameras: pd.DataFrame, on_record: pd.DataFrame, *, day: str | None = None
) -> pd.DataFrame:
    """Return per list what its agencies run and whose readers they may search (A5).

    Parameters
    ----------
    tags
        As `read_tags` gives it.
    cameras
        One row per camera: `agency_id`, `class` (`camera_operators`).
    on_record
        Shares on record on the day asked for (`active_shares`).
    day
        ISO day the lists are asked for; None takes every entry.

    Returns
    -------
    DataFrame
        `COLUMNS`; `own_*` are cameras the listed agencies run, `one_hop_*` those of agencies that
        let at least one of them search and are not on the list themselves.
    """
    rows = []
    for row in tags.counts.to_dict("records"):
        ids = tags.ids(str(row["tag"]), day=day)
        steps = cameras["agency_id"].map(hops(on_record, ids)["hops"])
        each = {
            f"{word}_{sort}": int(((cameras["class"] == sort) & (steps == step)).sum())
            for step, word in ((0, "own"), (1, "one_hop"))
            for sort in ("known", "inferred")
        }
        named = on_record[on_record["to_id"].isin(ids) & ~on_record["from_id"].isin(ids)]
        each |= {
            "agencies_that_let_them": int(named["from_id"].nunique()),
            "shares_on_record": len(named),
        }
        rows.append({str(k): v for k, v in row.items()} | each)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def tag_claims(
    statistics: pd.DataFrame,
    *,
    as_of: str | None,
    ids_file: str,
    inputs: Mapping[str, str],
    settings: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Write the claims about lists: how many of their agencies the record has, and what these may
    search.

    Parameters
    ----------
    statistics
        As `tag_statistics` gives it.
    as_of
        Date asked for, else the newest day of the record.
    ids_file
        File with one row per entry of a list.
    """
    rows: list[dict[str, Any]] = []
    when = f"on record as of {as_of}" if as_of else "on record without a date"
    for row in statistics.to_dict("records"):
        tag, n = str(row["tag"]), int(row["names"])
        common = {
            "caveat": _CAVEAT,
            "bounds": "counted",
            "ids_file": ids_file,
            "ids_where": f"tag == {tag}",
        }
        k = int(row["in_the_record"])
        one, many = (f"{noun} on the list {tag}" for noun in ("agency", "agencies"))
        rows.append(
            common
            | {
                "claim_id": f"tag-{tag}",
                "figure": k,
                "unit": "agencies",
                "n": n,
                "sentence": f"{out_of(k, n, one, 'is', 'are', plural=many)} in the record.",
                "definition": "A5: same ORI, or same name and state",
            }
        )
        lets, known = int(row["agencies_that_let_them"]), int(row["one_hop_known"])
        rows.append(
            common
            | {
                "claim_id": f"tag-{tag}-known",
                "figure": known,
                "unit": "cameras",
                "n": known,
                "sentence": (
                    f"{number_of(known, 'mapped camera')} whose operator is tagged (known)"
                    f" {verb(known, 'is', 'are')} run by"
                    f" agencies that let one on the list {tag} search their readers;"
                    f" {number_of(lets, 'agency', 'agencies')} {verb(lets, 'does', 'do')}, {when}."
                ),
                "definition": "A5, A2 class known, A3 one hop",
            }
        )
    return sheet(rows, wing="access", inputs=inputs, settings=settings or {}, data_date=as_of)
