"""Stage 5: cameras and what they read become coverage, reach and access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from alprmap import schema
from alprmap.build.cameras import load, set_aside
from alprmap.build.engine import Counts, Progress, Stage, program
from alprmap.build.inputs import existing
from alprmap.build.joins import border_join, people_join, record_join
from alprmap.build.project import FURTHER, Project
from alprmap.build.searches import FOLDER, tag_files
from alprmap.build.whom import look_up
from alprmap.credits import credits_of
from alprmap.store import Parts, finished, read_csv, write_json, write_table

if TYPE_CHECKING:
    from alprmap.coverage import Coverage
    from alprmap.roads import Roads


def coverage_stage(
    project: Project,
    base: Path,
    parts: Parts | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Stage:
    """Where a driver is followed (C1-C5, with people C6), the three levels side by side, and lines
    for the map.

    With a sharing record it also says who can look at the trips. Several workers do C1 and C5 in
    tiles (N9).
    """
    settings = project.watch.model_dump() | project.coverage.model_dump()
    people = (
        existing(base, project.population.path, "population.path") if project.population else None
    )
    further, pairs = _further(project, base)
    record = [] if people is None and not pairs else _record(project, base)
    sensitive = tuple(existing(base, p, "coverage.sensitive") for p in project.coverage.sensitive)

    def run(here: Path) -> Counts:
        from alprmap.coverage import Tiled, Wanted, measure, people_on, read_viewers
        from alprmap.geography import parse_zone, read_population
        from alprmap.roads import Roads
        from alprmap.watch import cameras_near

        every, views = load(here)
        roads = Roads.load(here / "segments.parquet")
        cameras = cameras_near(every, roads)
        views = views[views["camera_id"].isin(cameras["camera_id"])]
        points = None if people is None else people_on(read_population(people), roads)
        warnings = people_join(points)
        # where nobody lives on these roads there are no trips to draw
        points = None if warnings else points
        drives, left = pairs(settings["pair_weight"]) if pairs else (None, {})
        trips = points is not None or drives is not None
        tiled = Tiled(roads, workers=workers)
        with finished(here / "tiles" / "coverage", program(), parts) as tiles:
            if tiled.many():
                tiled = replace(tiled, kept=tiles)
            wanted = Wanted(
                tuple(settings["radii_m"]),
                points,
                pairs=drives,
                sight=read_viewers(cameras, record) if record and trips else None,
                borders=tuple(parse_zone(t).line for t in settings["cordons"]),
                tiled=tiled if tiled.many() or (workers or 1) > 1 else None,
            )
            result = measure(
                cameras,
                views,
                roads,
                wanted,
                level=settings["level"],
                facing=settings["facing"],
                draws=settings["draws"],
                cameras_given=len(every),
                set_aside=set_aside(here),
                parts=parts,
                progress=progress,
            )
        result = _with_whom(result, (cameras, views), roads, points, further, sensitive, left)
        counts: Counts = {"segments": len(roads.segments), **_written(result, here)}
        return counts | ({"warnings": warnings} if warnings else {})

    files = (*(() if people is None else (people,)), *record, *sensitive, *further.values())
    after, lent = ("merge", "roads", "watch"), ("tiles/coverage/*.tile",)
    writes = (*(f"coverage/*{suffix}" for suffix in (".csv", ".parquet", ".json")), *lent)
    return Stage(
        "coverage", run, settings=settings, files=files, after=after, writes=writes, lent=lent
    )


Drives = Callable[[str | None], tuple[pd.DataFrame, dict[str, int]]]


def _further(project: Project, base: Path) -> tuple[dict[str, Path], Drives | None]:
    """Return the files that `[coverage]` names by key, and what reads the pairs of trips, if any
    are named (C9)."""
    named = {key.removeprefix("coverage."): path for key, path in project.coverage.files}
    files = {n: existing(base, named[n], f"coverage.{n}") for n in FURTHER if n in named}
    if "pairs" not in files:
        return files, None

    def drives(weight: str | None) -> tuple[pd.DataFrame, dict[str, int]]:
        from alprmap.coverage import read_pairs

        return read_pairs(files["pairs"], files.get("pair_points"), weight=weight)

    return files, drives


def _with_whom(
    result: Coverage,
    seen: tuple[pd.DataFrame, pd.DataFrame],
    roads: Roads,
    people: pd.DataFrame | None,
    further: dict[str, Path],
    sensitive: tuple[Path, ...],
    left_out: dict[str, int],
) -> Coverage:
    """Return the result with readings a day, groups and sensitive places (C9, C10, C11)."""
    from alprmap.coverage import Whom, with_whom

    asked = Whom(
        further.get("traffic"),
        further.get("hours"),
        further.get("groups"),
        people=people,
        sensitive=sensitive,
        by_code="pair_points" in further,
        pairs_left_out=left_out,
    )
    return with_whom(result, *seen, roads, asked)


def _written(result: Coverage, here: Path) -> Counts:
    """Write what was measured into coverage/ and return what is told of it."""
    from alprmap.results import plain

    made = result.made
    kept = {k: v for k, v in made.items() if k not in ("watches", "reads_no_road")}
    _keep(kept, here, str(result.about.get("dates") or ""))
    summary, claims = result.tables()["summary"], result.claims()
    write_table(summary, here / "coverage" / "low_mid_high.csv")
    write_table(claims, here / "coverage" / "claims.csv")
    write_json(here / "coverage" / "about.json", plain(dict(result.about)))
    counts: Counts = {"measures": len(summary), "claims": len(claims)}
    if "c6_access" in made:
        counts["agencies_that_can_look_at_trips"] = int(made["c6_access"]["viewer_id"].nunique())
    if result.uncrossed:
        counts["cordons_no_road_crosses"] = len(result.uncrossed)
    return counts


def _record(project: Project, base: Path) -> list[Path]:
    """Return the sharing record of a project: its files of agencies and shares."""
    if project.access is None:
        return []
    return [existing(base, path, key) for key, path in project.access.files]


def _keep(made: dict[str, Any], here: Path, dates: str) -> None:
    """Write tables into coverage/ as CSV and lines for maps and programs as GeoParquet beside it,
    with the `dates` of the data.
    """
    for name, table in made.items():
        if not isinstance(table, pd.DataFrame):
            write_json(here / "coverage" / f"{name}.json", table)
        elif "geometry" in table.columns:
            credit = credits_of(table, drawn_on_roads=True, date=dates)
            write_table(table, here / "coverage" / f"{name}.parquet", credit=credit)
        elif name != "c6_trips":
            write_table(table, here / "coverage" / f"{name}.csv")


def reach_stage(project: Project, base: Path) -> Stage:
    """Distances to the named borders (R1, R2), their statistics (R5), and the people beside them
    (R6)."""
    borders = project.reach.borders
    people = (
        existing(base, project.population.path, "population.path") if project.population else None
    )

    def run(here: Path) -> Counts:
        from alprmap.reach import NO_ROADS, measure

        # roads of a build are those of its extract; the national highways are not mixed in
        result = measure(
            here / "cameras.parquet", borders=borders, population=people, roads=NO_ROADS
        )
        write_table(result.reach, here / "reach.csv")
        write_table(result.statistics, here / "reach_statistics.csv")
        write_table(result.claims(ids_file="reach.csv"), here / "reach_claims.csv")
        counts = {
            "cameras": len(result.cameras.table),
            **{f"set_aside_{why}": n for why, n in result.cameras.set_aside_counts().items()},
            "measured": int(result.reach["lon"].notna().sum()),
            "rows": len(result.reach),
        }
        if result.people_within is not None and result.people is not None:
            write_table(result.people_within, here / "people_within.csv")
            counts["population_points"] = len(result.people)
        far = border_join(result.statistics)
        return counts | ({"warnings": far} if far else {})

    files = () if people is None else (people,)
    writes = ("reach.csv", "reach_statistics.csv", "reach_claims.csv", "people_within.csv")
    return Stage(
        "reach", run, settings={"borders": borders}, files=files, after=("merge",), writes=writes
    )


def access_stage(project: Project, base: Path) -> Stage:
    """Who can look (A1-A3): classes and hops apart, each share dated and cited."""
    asked = project.access
    assert asked is not None
    files = tuple(_record(project, base))
    tags, tag_paths = tag_files(project, base)

    def run(here: Path) -> Counts:
        from alprmap.access import kept_searches, measure, record_claims
        from alprmap.claims import together
        from alprmap.merge import open_cameras
        from alprmap.publish import timeline_layer

        reach = schema.conform(read_csv(here / "reach.csv", dtype={"county_geoid": "str"}), "reach")
        found = measure(
            open_cameras(here / "cameras.parquet"),
            files,
            to=asked.to,
            kind=asked.kind,
            as_of=asked.as_of,
            tags=tags,
            searches=kept_searches(here / FOLDER) if project.searches else None,
            reach=reach,
        )
        found = replace(found, ids_file="access/cameras.csv")
        for name, table in found.tables().items():
            write_table(table, here / "access" / f"{name}.csv")
        layer = timeline_layer(found.timelines(), as_of=asked.as_of)
        write_json(here / "access" / "timeline.json", layer)
        on_record = record_claims(found.record, of=asked.first, kind=asked.kind)
        write_table(together([found.claims(), on_record]), here / "access" / "claims.csv")
        warnings = record_join(found.cameras, found.record.shares)
        return found.counts() | ({"warnings": warnings} if warnings else {})

    return Stage(
        "access",
        run,
        settings={"to": asked.to, "kind": asked.kind, "as_of": asked.as_of, "tags": asked.tags},
        files=(*files, *tag_paths),
        after=("merge", "reach", *((FOLDER,) if project.searches else ())),
        writes=("access/*.csv", "access/timeline.json"),
        check=look_up(asked, files),
    )
