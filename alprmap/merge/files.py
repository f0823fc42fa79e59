"""The files of a merge, written beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from alprmap import schema, steps
from alprmap.credits import credits_of
from alprmap.errors import InputError
from alprmap.geography import is_a_place
from alprmap.merge import review
from alprmap.merge.alarm import alarms_of
from alprmap.merge.directions import with_directions
from alprmap.personal import published
from alprmap.sources import kept_content_ids
from alprmap.store import hand_on, read_csv, together, write_beside

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
    """Write the cameras to `out` and everything else beside it; the cameras come last. Reports are
    written as they may be published (`alprmap.personal.published`).

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
    # named by what the source wrote, not by what of it is published
    reports = published(reports.assign(content_id=kept_content_ids(reports)), is_a_place=is_a_place)
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
    written, about = [], credits_of(merged.cameras)
    with together(out):
        pairs = list(zip(BESIDE, content, strict=True))
        for name, table in steps.each(pairs, "writing"):
            write_beside(table, files_beside(out, name), about)
            written.append(files_beside(out, name))
        hand_on(with_directions(merged.cameras, merged.views), out)
    return [*written, out]


def alarms_beside(out: Path) -> list[str]:
    """Return the warnings of the merge written at `out`, none where it has none."""
    learned = files_beside(Path(out), "learned.csv")
    return alarms_of(read_csv(learned)) if learned.is_file() else []
