"""The side door: an officer of a partner searches for a body, seen in reasons of logs (rule A4).

Which category of reason speaks of a body is told by its own name, by the table of reasons: a search
"for ICE" is help to ICE, HSI, CBP or the Border Patrol, one "for the FBI" help to another federal
body. Which of them, and that the reason is true, no log shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from alprmap.access.doors import COLUMNS
from alprmap.access.searches.reasons import categories, category_codes
from alprmap.access.searches.result import Searches
from alprmap.agencies import Identity, kind_of

ASSIST = ("immigration_assist", "federal_assist")
"""Categories of reasons that name the body a search is made for."""


def reasons_for(names: Iterable[str]) -> list[str]:
    """Return the categories of reasons that speak of bodies by these names.

    >>> reasons_for(["U.S. Border Patrol"]), reasons_for(["FBI"]), reasons_for(["Laredo PD"])
    (['immigration_assist'], ['federal_assist'], [])
    """
    texts = list(names)
    if not texts:
        return []
    known = categories().names
    met = {known[c] for c in category_codes(pa.array(texts, pa.string()))}
    federal = {"federal_assist"} if any(kind_of(t) == "federal" for t in texts) else set()
    met = (met | federal) & set(ASSIST) if not met & set(ASSIST) else met & set(ASSIST)
    return sorted(met)


def side_doors(
    searches: Searches,
    on_record: pd.DataFrame,
    agencies: pd.DataFrame,
    wanted: Sequence[str],
    names: Sequence[str],
    *,
    as_of: str | None = None,
) -> pd.DataFrame:
    """Return the side doors to the bodies asked for that logs show (A4), columns as
    `access_doors`.

    Parameters
    ----------
    searches
        Logs that were read.
    on_record
        Shares on record (`active_shares`).
    agencies
        Table `agencies` with `spellings`.
    wanted, names
        Ids of the bodies in the record, and what they were asked for by.
    as_of
        ISO day; months that begin later are left out.
    """
    about = agencies.set_index("agency_id")["name"]
    of_kind = any(n.startswith("a ") and n.endswith("on record)") for n in names)
    called = [*names, *(str(about[i]) for i in wanted if i in about.index)]
    sorts = list(ASSIST) if of_kind else reasons_for(called)
    known = Identity(agencies)
    months = searches.made["network_months"]
    some = months[months["reason"].isin(sorts) & (months["searches"] > 0)]
    if as_of is not None:
        some = some[some["month"] <= as_of[:7]]
    ids = known.ids(sorted({*some["network"], *some["organization"]}))
    says = categories().says
    rows: list[tuple[Any, ...]] = []
    # a search stands in the log of the network it was made on, or only in the searcher's own
    named = some[some["network"].map(ids).notna()]
    for key, part in named.groupby(["network", "organization", "reason"]):
        network, by, reason = (str(k) for k in key)
        proof = _proof(part, by, says[reason], "in the network's own log")
        rows.append((ids[network], "side", ids[by], *_when(part), _files(searches), proof))
    own = some[some["organization"].map(ids).notna() & (some["multi_network"] > 0)]
    lets = on_record.groupby("to_id")
    for key, part in own.groupby(["organization", "reason"]):
        by, reason = (str(k) for k in key)
        if ids[by] not in lets.groups:
            continue
        n = part.assign(searches=part["multi_network"])
        proof = _proof(n, by, says[reason], "over more than one network: a possibility")
        for share in lets.get_group(ids[by]).drop_duplicates("from_id").to_dict("records"):
            record = f"{_files(searches)}; {share['source_record']}"
            rows.append((share["from_id"], "side", ids[by], *_when(part), record, proof))
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype("str")
    frame = frame[~frame["agency_id"].isin(wanted)]
    return frame.drop_duplicates().sort_values(list(COLUMNS), ignore_index=True)


def _proof(part: pd.DataFrame, by: str, says: str, where: str) -> str:
    n = int(part["searches"].sum())
    return f"{n:,} search{'' if n == 1 else 'es'} by {by} with the reason “{says}”, {where}"


def _when(part: pd.DataFrame) -> tuple[str, str]:
    return str(part["month"].min()), str(part["month"].max())


def _files(searches: Searches) -> str:
    names = sorted(searches.made["files"]["file"])
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
