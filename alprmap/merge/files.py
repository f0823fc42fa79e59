"""The files of a merge: written beside each other, and read back as the previous merge."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from alprmap import schema
from alprmap.errors import InputError
from alprmap.merge import review
from alprmap.merge.carried import by_content
from alprmap.merge.directions import with_directions, without_directions
from alprmap.merge.ids import ALIASES
from alprmap.merge.result import Merged
from alprmap.store import hand_on, read_csv, read_parquet, steady, together, write_table

BESIDE = (
    "views.parquet",
    "links.parquet",
    "reports.parquet",
    "review.csv",
    "review.geojson",
    "aliases.csv",
    "outcomes.csv",
    "learned.csv",
)
"""Names after the stem of --out; the first four are what other commands and scripts rely on."""


def files_beside(out: Path, name: str) -> Path:
    """Return the path of a file beside `out`: its stem, a dot, and `name`."""
    return out.with_name(f"{out.stem}.{name}")


def save_merge(merged: Merged, reports: pd.DataFrame | None, out: Path) -> list[Path]:
    """Write the cameras to `out` and everything else beside it; the cameras come last.

    Returns
    -------
    list of Path
        The files, in the order they were written.

    Raises
    ------
    StorageError
        When the disk refuses; all files are the old ones then.
    """
    out = Path(out)
    if reports is None:
        raise InputError("the reports of this merge are not at hand", fix="merge them again")
    reports = schema.conform(reports, "reports").sort_values("report_id", ignore_index=True)
    content = (
        merged.views,
        merged.links,
        reports,
        merged.review,
        review.points(merged.review, reports),
        merged.aliases,
        merged.outcomes,
        merged.learned,
    )
    written = []
    with together(out):
        for name, table in zip(BESIDE, content, strict=True):
            write_table(table, files_beside(out, name))
            written.append(files_beside(out, name))
        hand_on(with_directions(merged.cameras, merged.views), out)
    return [*written, out]


def alarms_beside(out: Path) -> list[str]:
    """Return the warnings of the merge written at `out`, none where it has none."""
    learned = files_beside(Path(out), "learned.csv")
    table = read_csv(learned) if learned.is_file() else pd.DataFrame()
    return [str(a) for a in table["alarm"].dropna().unique()] if "alarm" in table else []


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
    by_line = links["report_id"].str.contains(":row/", regex=False).any()
    return (
        by_content(merged, read_parquet(reports, "reports"))
        if by_line and reports.is_file()
        else merged
    )


def _csv(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise InputError("no such file", where=path, fix="run `alprmap merge` again")
    return read_csv(path)
