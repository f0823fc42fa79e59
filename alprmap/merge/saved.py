"""A merge that was saved is read back, as the previous one or to go on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from alprmap import schema
from alprmap.errors import InputError
from alprmap.merge.carried import by_content
from alprmap.merge.directions import without_directions
from alprmap.merge.files import files_beside
from alprmap.merge.ids import ALIASES
from alprmap.merge.result import Merged
from alprmap.store import read_csv, read_parquet, steady


def load_merge(out: Path) -> Merged:
    """Read the merge written at `out` (a .parquet) and beside it.

    Raises
    ------
    InputError
        When one of the files is missing or is another table.
    BusyError
        When another run is writing it.
    """
    out = Path(out)
    if out.suffix != ".parquet":
        raise InputError(
            "not a merge to go on from", where=out, fix="name the .parquet that `merge --out` wrote"
        )
    return steady(out, lambda: _load(out))


def _load(out: Path) -> Merged:
    cameras = without_directions(read_parquet(out, "cameras"))
    views = read_parquet(files_beside(out, "views.parquet"), "views")
    links = read_parquet(files_beside(out, "links.parquet"), "links")
    questions = schema.conform(_csv(files_beside(out, "review.csv")), "review")
    aliases = files_beside(out, "aliases.csv")
    old = _csv(aliases) if aliases.is_file() else pd.DataFrame({c: [] for c in ALIASES})
    learned = files_beside(out, "learned.csv")
    merged = Merged(
        cameras,
        views,
        links,
        questions,
        old[ALIASES].astype("str"),
        learned=_csv(learned) if learned.is_file() else pd.DataFrame(),
    )
    reports = files_beside(out, "reports.parquet")
    by_line, content = (
        bool(links["report_id"].str.contains(mark, regex=False).any())
        for mark in (":row/", ":content/")
    )
    if not (by_line or content) or not reports.is_file():
        return merged
    table = read_parquet(reports, "reports")
    return by_content(merged, table) if by_line else replace(merged, reports=table)


def _csv(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise InputError("no such file", where=path, fix="run `alprmap merge` again")
    return read_csv(path)
