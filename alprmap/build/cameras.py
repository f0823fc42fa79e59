"""Stages 3 and 4: reports become cameras, cameras read roads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from alprmap.build.engine import Counts, Stage, program
from alprmap.build.inputs import WORDED, existing
from alprmap.build.joins import road_join
from alprmap.build.project import Project
from alprmap.credits import credits_of
from alprmap.store import finished, read_csv, read_parquet, write_table

if TYPE_CHECKING:
    from alprmap.store import Parts

WRITTEN = (
    "cameras.parquet",
    "cameras.csv",
    "cameras.geojson",
    "cameras.views.parquet",
    "cameras.links.parquet",
    "cameras.review.csv",
    "cameras.review.geojson",
    "cameras.outcomes.csv",
    "cameras.learned.csv",
    "cameras.aliases.csv",
    "cameras.set-aside.csv",
    "cameras.claims.csv",
)
"""What the merge writes beside the reports."""


def load(here: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cameras that are counted, and their views, of a result folder."""
    from alprmap.merge import open_cameras

    opened = open_cameras(here / "cameras.parquet")
    return opened.table, opened.views


def set_aside(here: Path) -> dict[str, int]:
    """Return how many cameras of a result folder are not counted, by reason."""
    counted = read_csv(here / "cameras.set-aside.csv")["reason"].value_counts()
    return {str(why): int(n) for why, n in counted.items()}


def merge_stage(project: Project, base: Path) -> Stage:
    """Reports become cameras, views, links and a review queue."""
    asked = project.merge
    path = existing(base, asked.decisions, "merge.decisions") if asked.decisions else None
    before = existing(base, asked.previous, "merge.previous") if asked.previous else None
    policy: dict[str, Any] = {
        "complete_for": {s.id: tuple(s.complete_for) for s in project.sources if s.complete_for},
        "duplicates": {s.id: s.duplicates for s in project.sources},
        "dates": {s.id: s.date for s in project.sources if s.date},
        "accept_loss": asked.accept_loss,
        "half_life_years": asked.half_life_years,
        "as_of": asked.as_of,
        "facing": dict(asked.facing),
    }

    def run(here: Path) -> Counts:
        from alprmap import merge
        from alprmap.merge import (
            load_merge,
            open_cameras,
            read_decisions,
            unheard,
            with_directions,
        )
        from alprmap.roads import Roads

        reports = read_parquet(here / WORDED, "reports")
        settings = merge.Settings(**policy)
        merged = merge.merge(
            reports,
            settings=settings,
            roads=Roads.load(here / "segments.parquet") if project.roads else None,
            decisions=None if path is None else read_decisions(path),
            previous=None if before is None else load_merge(before),
        )
        merged.save(here / "cameras.parquet")
        opened = open_cameras(merged)
        for suffix in (".csv", ".geojson"):
            # what is taken out of the folder alone still says where each camera looks
            write_table(with_directions(opened.table, opened.views), here / f"cameras{suffix}")
        write_table(opened.set_aside, here / "cameras.set-aside.csv")
        write_table(merged.claims(), here / "cameras.claims.csv")
        linked, alone = merged.links["report_id"], merged.review[merged.review["camera_id"].isna()]
        counts = {
            "reports": len(reports),
            "linked": len(linked),
            "in_review_only": alone.loc[~alone["report_id"].isin(linked), "report_id"].nunique(),
            "cameras": len(merged.cameras),
            "standing_readers": len(opened.table),
            **{f"set_aside_{why}": n for why, n in opened.set_aside_counts().items()},
            "review": len(merged.review),
            **merged.learned_counts(),
        }
        strange = unheard(merged.cameras, settings)
        return counts | (
            {"operators_of_complete_for_without_a_camera": len(strange)} if strange else {}
        )

    beside = _beside(before) if before else ()
    outside = tuple(p for p in (path, before, *beside) if p is not None)
    after = ("reports", "roads") if project.roads else ("reports",)
    return Stage("merge", run, settings=policy, files=outside, after=after, writes=WRITTEN)


def _beside(before: Path) -> list[Path]:
    """Return the files beside an earlier merge that are read with it."""
    from alprmap.merge import files_beside

    names = ("views.parquet", "links.parquet", "review.csv", "aliases.csv")
    return [p for p in (files_beside(before, n) for n in names) if p.is_file()]


def watch_stage(project: Project, workers: int | None = None, parts: Parts | None = None) -> Stage:
    """Views are put on the directions of travel they read, by several workers in tiles (N9)."""
    settings = project.watch.model_dump()

    def run(here: Path) -> Counts:
        from alprmap.roads import Roads
        from alprmap.watch import are_many, data_dates, watch_levels, watch_tiles
        from alprmap.watch import watch as watch_watch

        cameras, views = load(here)
        roads = Roads.load(here / "segments.parquet")
        chosen = watch_levels(settings["level"], facing=settings["facing"])
        with finished(here / "tiles" / "watch", program(), parts) as tiles:
            if are_many(cameras):
                found = watch_tiles(
                    cameras, views, roads, settings=chosen, workers=workers, parts=tiles
                )
            elif parts is not None or (workers or 1) > 1:
                found = watch_tiles(
                    cameras, views, roads, settings=chosen, workers=workers, parts=parts
                )
            else:
                found = watch_watch(cameras, views, roads, settings=chosen)
        found = replace(found, set_aside=set_aside(here))
        reading = int(found.watches["camera_id"].nunique())
        warnings = road_join(cameras, roads.segments, reading)
        dates = data_dates(cameras, roads.meta.get("data_timestamp"))
        credit = credits_of(found.watches, date=dates)
        write_table(found.watches, here / "watches.parquet", credit=credit)
        write_table(found.unread, here / "reads_no_road.csv")
        write_table(found.claims(), here / "watches.claims.csv")
        return {
            "cameras": len(cameras),
            "reading_a_road": reading,
            "reading_no_road": int(found.unread["camera_id"].nunique()),
            "watches": len(found.watches),
            **{f"set_aside_{why}": n for why, n in found.set_aside.items()},
            **({"warnings": warnings} if warnings else {}),
        }

    lent = ("tiles/watch/*.tile",)
    writes = ("watches.parquet", "reads_no_road.csv", "watches.claims.csv", *lent)
    after = ("merge", "roads")
    return Stage("watch", run, settings=settings, after=after, writes=writes, lent=lent)
