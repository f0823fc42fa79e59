"""Search logs of a project: who searched, how widely and why, and over whose readers (A6–A10).

Nothing about a person leaves a log, so no table, manifest or kept part of a build can hold it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alprmap import geo, schema
from alprmap.build.engine import Counts, Progress, Stage
from alprmap.build.inputs import existing
from alprmap.build.project import Project
from alprmap.store import read_csv, write_table

FOLDER = "searches"


def tag_files(project: Project, base: Path) -> tuple[list[str], tuple[Path, ...]]:
    """Return the lists of agencies of a project as PATH or NAME=PATH, and their files.

    Raises
    ------
    InputError
        When one is not there; the message names the key.
    """
    given, files = [], []
    for text in project.access.tags if project.access else []:
        name, mark, rest = text.partition("=")
        # a file may have the sign in its own name
        called = bool(mark) and not (base / text).is_file()
        path = existing(base, rest if called else text, "access.tags")
        files.append(path)
        given.append(f"{name.strip()}={path}" if called else str(path))
    return given, tuple(files)


def searches_stage(project: Project, base: Path, progress: Progress | None = None) -> Stage:
    """Search logs become statistics (A6–A9): no row for a single search is written."""
    asked = project.searches
    assert asked is not None
    files = tuple(existing(base, path, "searches.logs") for path in asked.files)

    def run(here: Path) -> Counts:
        from alprmap.access import SearchSettings, keep_searches, measure_searches

        found = measure_searches(
            files,
            agency=asked.agency,
            network=asked.network,
            settings=SearchSettings(nationwide_networks=asked.nationwide, timezone=asked.timezone),
            progress=progress,
        )
        keep_searches(found, here / FOLDER)
        claims = replace(found, ids_file=f"{FOLDER}/network_months.csv").claims()
        write_table(claims, here / FOLDER / "claims" / "searches.csv")
        return dict(found.counts())

    settings = asked.model_dump(exclude={"logs", "zone"})
    writes = (f"{FOLDER}/*.csv", f"{FOLDER}/about.json", f"{FOLDER}/claims/searches.csv")
    return Stage(FOLDER, run, settings=settings, files=files, writes=writes)


def seen_stage(project: Project, base: Path) -> Stage:
    """Searches meet cameras (A10): over whose readers they went, or could go."""
    asked, record = project.searches, project.access
    assert asked is not None
    assert record is not None
    files = tuple(existing(base, path, key) for key, path in record.files)
    tags, tag_paths = tag_files(project, base)

    def run(here: Path) -> Counts:
        from alprmap.access import Zone, kept_searches, read_shares, read_tags, searches_seen
        from alprmap.geography import parse_zone
        from alprmap.merge import open_cameras

        shared = read_shares(files)
        zone = parse_zone(asked.zone)
        where = schema.conform(read_csv(here / "reach.csv", dtype={"county_geoid": "str"}), "reach")
        there = f"to_{zone.border}_m" in where.columns
        seen = searches_seen(
            kept_searches(here / FOLDER),
            open_cameras(here / "cameras.parquet"),
            shared,
            tags=read_tags(tags, shared.agencies) if tags else None,
            zone=Zone(zone.border, zone.radius_m / geo.STATUTE_MILE_M),
            reach=where if there else None,
        )
        seen = replace(seen, ids_file=f"{FOLDER}/seen/seen.csv")
        for name, table in seen.tables().items():
            write_table(table, here / FOLDER / "seen" / f"{name}.csv")
        write_table(seen.claims(), here / FOLDER / "claims" / "seen.csv")
        return dict(seen.counts())

    return Stage(
        "searches seen",
        run,
        settings={"zone": asked.zone, "tags": record.tags},
        files=(*files, *tag_paths),
        after=("merge", "reach", FOLDER),
        writes=(f"{FOLDER}/seen/*.csv", f"{FOLDER}/claims/seen.csv"),
    )
