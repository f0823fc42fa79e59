"""What a build left of search logs, opened again without the logs (rules A6–A10)."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from alprmap.access.searches.result import Searches, SearchSettings
from alprmap.errors import InputError, reason
from alprmap.sandbox import json_of
from alprmap.store import read_csv, write_json, write_table

_ABOUT = "about.json"


def keep_searches(found: Searches, folder: Path) -> None:
    """Write every statistic of search logs into a folder, and no row for a single search.

    Parameters
    ----------
    found
        What `measure_searches` gives.
    folder
        Where the tables go, one CSV each, with about.json for what was read.
    """
    for name, table in found.made.items():
        write_table(table, folder / f"{name}.csv")
    about = {"counts": found.counts(), "inputs": dict(found.inputs)}
    write_json(folder / _ABOUT, about)


def kept_searches(folder: Path) -> Searches:
    """Open what `keep_searches` wrote: the statistics, without single searches.

    Raises
    ------
    InputError
        When the folder does not hold them.
    """
    about = json_of(folder / _ABOUT)
    try:
        counts, inputs = about["counts"], {str(k): str(v) for k, v in about["inputs"].items()}
        made = {p.stem: _table(p) for p in sorted(folder.glob("*.csv"))}
        return Searches(
            pd.DataFrame(),
            made,
            rows_read=int(counts["rows_read"]),
            repeats=int(counts["repeats"]),
            unreadable=int(counts["unreadable"]),
            settings=SearchSettings(),
            inputs=inputs,
        )
    except (KeyError, TypeError, AttributeError, ValueError, json.JSONDecodeError) as error:
        raise InputError(
            f"does not hold what was counted of search logs ({reason(error, quote=False)})",
            where=folder,
            fix="build it again",
        ) from None


_NUMBERS = ("rows", "searches", "multi_network", "nationwide", "over_30_days")


def _table(path: Path) -> pd.DataFrame:
    table = read_csv(path)
    there = [c for c in _NUMBERS if c in table.columns]
    return table.assign(**{c: pd.to_numeric(table[c]).astype("int64") for c in there})
