"""The last stage: what each CSV of a result is, whose, and of what date, in one file a folder."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from alprmap.build.engine import Counts, Stage
from alprmap.build.inputs import PRIVATE
from alprmap.build.project import Project
from alprmap.credits import FICTIONAL, FOLDER_SIDECAR, SIDECAR, Credits, credits_of
from alprmap.store import write_json


def described_stage(project: Project, after: tuple[str, ...]) -> Stage:
    """Write ``csv-metadata.json`` into each folder of the result that holds CSVs."""

    def run(here: Path) -> Counts:
        credit, tables = _credit(project, here), 0
        folders = sorted({p.parent for p in here.rglob("*.csv")})
        for folder in folders:
            place = folder.relative_to(here).as_posix().removeprefix(".")
            if place.split("/")[0] == PRIVATE:
                continue
            alone = [p for p in sorted(folder.glob("*.csv")) if not _has_own(p)]
            if alone:
                told = credit.of_folder(place, {p.name: _columns(p) for p in alone})
                write_json(folder / FOLDER_SIDECAR, told)
                tables += len(alone)
        return {"tables": tables}

    writes = tuple(f"{'*/' * depth}{FOLDER_SIDECAR}" for depth in range(3))
    return Stage("licenses", run, after=after, reads_about=True, writes=writes)


def _credit(project: Project, here: Path) -> Credits:
    """Return the license, sources and dates of all that a result rests on."""
    from alprmap.build.pages import named_dates, named_sources
    from alprmap.merge import open_cameras
    from alprmap.publish import credited

    cameras = here / "cameras.parquet"
    table = open_cameras(cameras).table if cameras.is_file() else pd.DataFrame()
    sources = named_sources(project, here)
    dates = [f"{name}: {date}" for name, date in named_dates(project).items()]
    fictional = [FICTIONAL] * project.project.fictional
    own = credits_of(table, drawn_on_roads=bool(project.roads) and not project.project.fictional)
    told = credited(own, sources, fictional)
    return Credits("", "", told.license, told.attribution, "; ".join(dates), told.notices)


def _has_own(path: Path) -> bool:
    return path.with_name(path.name + SIDECAR).is_file()


def _columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])
