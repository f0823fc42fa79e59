"""M12: what a person decided (same, different, removed) wins over the score."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alprmap.errors import InputError
from alprmap.merge.assign import join
from alprmap.merge.units import Ints, Prepared
from alprmap.store import read_csv

COLUMNS = ("verdict", "report_id", "other_id", "by", "why")
VERDICTS = ("same", "different", "removed")


@dataclass(frozen=True)
class Verdicts:
    """The decisions in terms of units: joined pairs, separated pairs, removed reports, and rows not
    used."""

    same: list[tuple[int, int]]
    different: list[tuple[int, int]]
    removed: list[int]
    unused: pd.DataFrame


def read_decisions(path: Path) -> pd.DataFrame:
    """Read a decision file: CSV with the columns verdict, report_id, other_id, by, why.

    Raises
    ------
    InputError
        When a column is missing, a verdict is unknown, or a verdict lacks a report.
    """
    frame = read_csv(path)
    missing = [c for c in COLUMNS if c not in frame.columns]
    if missing:
        raise InputError(
            f"lacks the column {missing[0]}", where=path, fix=f"columns are {', '.join(COLUMNS)}"
        )
    try:
        return checked(frame)
    except InputError as error:
        raise InputError(error.what, where=path, row=error.row, fix=error.fix) from None


def checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return decisions with every row usable.

    Raises
    ------
    InputError
        Naming the first row at fault.
    """
    frame = frame.reindex(columns=list(COLUMNS)).astype("str").reset_index(drop=True)
    for name in COLUMNS:
        frame[name] = frame[name].str.strip().replace("", None)
    known = frame.notna().to_dict("records")
    for at, (verdict, has) in enumerate(
        zip(frame["verdict"].tolist(), known, strict=True), start=1
    ):
        if verdict not in VERDICTS:
            raise InputError(f"verdict {verdict!r}", row=at, fix=f"one of {', '.join(VERDICTS)}")
        if not has["report_id"] or (verdict != "removed" and not has["other_id"]):
            raise InputError(
                f"verdict {verdict} lacks a report", row=at, fix="fill report_id and other_id"
            )
        if not has["by"] or not has["why"]:
            raise InputError("nobody signs the decision", row=at, fix="fill the columns by and why")
    return frame


def resolve(decisions: pd.DataFrame, prepared: Prepared) -> Verdicts:
    """Return the decisions in terms of units; rows whose reports are not here are kept aside as
    unused.

    Raises
    ------
    InputError
        When the decisions contradict each other.
    """
    ids = prepared.reports["report_id"]
    wanted = set(decisions["report_id"].dropna()) | set(decisions["other_id"].dropna())
    known = np.flatnonzero(ids.isin(wanted).to_numpy())
    row_of = dict(zip(ids.iloc[known].tolist(), known.tolist(), strict=True))
    same: list[tuple[int, int]] = []
    different: list[tuple[int, int]] = []
    removed: list[int] = []
    used = np.zeros(len(decisions), dtype=bool)
    for at, row in enumerate(decisions.itertuples(index=False)):
        one, other = row_of.get(row.report_id, -1), row_of.get(row.other_id, -1)
        if row.verdict == "removed" and one >= 0:
            removed.append(one)
            used[at] = True
        elif one >= 0 and other >= 0 and prepared.unit[one] >= 0 and prepared.unit[other] >= 0:
            pair = (int(prepared.unit[one]), int(prepared.unit[other]))
            (same if row.verdict == "same" else different).append(pair)
            used[at] = True
    _consistent(same, different, prepared)
    return Verdicts(same, different, removed, decisions[~used].reset_index(drop=True))


def _consistent(
    same: list[tuple[int, int]], different: list[tuple[int, int]], prepared: Prepared
) -> None:
    groups = joined(len(prepared.units), same)
    ids = prepared.reports["report_id"]
    for one, other in different:
        if one == other:
            name = ids.iloc[int(prepared.units.lead[one])]
            raise InputError(
                f"a decision calls {name} different from itself",
                fix="remove it: one record is one camera",
            )
        if groups[one] == groups[other]:
            a, b = (ids.iloc[int(prepared.units.lead[u])] for u in (one, other))
            raise InputError(
                f"decisions call {a} and {b} both same and different", fix="remove one of them"
            )


def joined(n: int, same: list[tuple[int, int]]) -> Ints:
    """Return the group of each of `n` units after joining the pairs that are the same."""
    pairs = np.asarray(same, dtype=np.int64).reshape(-1, 2)
    return join(n, pairs[:, 0], pairs[:, 1])
