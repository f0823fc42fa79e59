"""Stage 5: cameras and what they read become coverage, reach and access."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from alprmap import schema, store, tables
from alprmap.build import Counts, Stage
from alprmap.project import Project
from alprmap.stages.cameras import load
from alprmap.stages.inputs import existing

DRAWN_RADIUS_M = 1000.0
"""Reader corridors of this radius are drawn on the map where the project has it, else the next smaller."""


def coverage_stage(project: Project) -> Stage:
    """Reader corridors (C1) at the project's settings, with the three levels side by side, and for the map."""
    settings = project.watch.model_dump() | project.coverage.model_dump()

    def run(here: Path) -> Counts:
        from alprmap.measure import coverage
        from alprmap.roads import graph, network, watch

        cameras, views = load(here)
        roads = network.Roads.load(here / "segments.parquet")
        net = graph.Graph.from_segments(roads.segments, roads.restrictions)
        radii = tuple(settings["radii_m"])
        watches = tables.read_parquet(here / "watches.parquet", "watches")
        found = coverage.reader_corridors(watches, roads, radii_m=radii, graph=net)
        store.write_table(found.table, here / "coverage" / "reader_corridors.csv")
        parts = []
        for level in schema.LEVELS:
            at = watch.level(level, facing=settings["facing"])
            read = watch.watch(cameras, views, roads, settings=at).watches
            table = coverage.reader_corridors(read, roads, radii_m=radii, graph=net).table
            whole = table[table["highway"] == "all"].drop(columns="highway")
            parts.append(whole.assign(level=level, watches=len(read), cameras=read["camera_id"].nunique()))
        store.write_table(pd.concat(parts, ignore_index=True), here / "coverage" / "low_mid_high.csv")
        drawn = max((r for r in radii if r <= DRAWN_RADIUS_M), default=min(radii))
        store.write_table(found.lines(roads, drawn), here / "reader_corridors.parquet")
        return {"watches": len(watches), "segments": len(roads.segments), "rows": len(found.table)}

    return Stage("coverage", run, settings=settings, after=("merge", "roads", "watch"))


def reach_stage(project: Project, base: Path) -> Stage:
    """Distances to the named borders (R1, R2), their statistics (R5), and the people beside them (R6)."""
    borders = project.reach.borders
    people = existing(base, project.population.path, "population.path") if project.population else None

    def run(here: Path) -> Counts:
        from alprmap import population
        from alprmap.measure import reach

        cameras, _ = load(here)
        table = reach.table(cameras, borders=borders)
        store.write_table(table, here / "reach.csv")
        error = cameras.set_index("camera_id")["position_error_m"].reindex(table["camera_id"])
        figures = reach.statistics(table, borders=borders, error_m=error.set_axis(table.index))
        store.write_table(figures, here / "reach_statistics.csv")
        counts = {"cameras": len(cameras), "measured": int(table["lon"].notna().sum()), "rows": len(table)}
        if people is not None:
            points = population.read(people)
            store.write_table(reach.people_within(points, borders=borders), here / "people_within.csv")
            counts["population_points"] = len(points)
        return counts

    files = () if people is None else (people,)
    return Stage("reach", run, settings={"borders": borders}, files=files, after=("merge",))


def access_stage(project: Project, base: Path) -> Stage:
    """Who can look (A1-A3): classes and hops apart, each share dated and cited."""
    asked = project.access
    assert asked is not None
    named = {"access.agencies": asked.agencies, "access.shares": asked.shares}
    files = tuple(existing(base, path, key) for key, path in named.items() if path)

    def run(here: Path) -> Counts:
        from alprmap.measure import access, shares

        cameras, _ = load(here)
        reach = schema.conform(pd.read_csv(here / "reach.csv", dtype={"county_geoid": "str"}), "reach")
        shared = shares.read(files)
        found = access.reach_of(cameras, shared.agencies, shared.shares, to=asked.to, reach=reach)
        store.write_table(found.cameras, here / "access" / "cameras.csv")
        store.write_table(found.agencies, here / "access" / "agencies.csv")
        store.write_table(found.summary, here / "access" / "summary.csv")
        store.write_table(shared.shares, here / "access" / "shares.csv")
        seen = found.cameras["class"].value_counts()
        return {"cameras": len(found.cameras), "shares": len(shared.shares), "agencies": len(shared.agencies),
                **{str(k): int(v) for k, v in sorted(seen.items())}}  # fmt: skip

    return Stage("access", run, settings={"to": asked.to}, files=files, after=("merge", "reach"))
