"""The files of a merge as they are written: beside each other, all or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from alprmap import schema
from alprmap.errors import InputError
from alprmap.merge import review
from alprmap.merge.directions import with_directions
from alprmap.store import hand_on, together, write_table

if TYPE_CHECKING:
    from alprmap.merge.result import Merged

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
