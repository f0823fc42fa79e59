"""Stage 5: cameras and what they read become coverage, reach and access."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import schema, store
from alprmap.build import Counts, Stage
from alprmap.project import Project, border_line
from alprmap.stages.cameras import load
from alprmap.stages.inputs import existing

TRIPS = 2000
"""Trips of C6 in a build, as `alprmap coverage` draws by default."""
CORRIDOR_KM = 10.0
"""Longest tracked corridor of a build (C2), the default of `alprmap coverage`."""


def coverage_stage(project: Project, base: Path) -> Stage:
    """Where a driver is followed (C1-C4, with people C6), the three levels side by side, and lines for the map."""
    settings = project.watch.model_dump() | project.coverage.model_dump()
    people = existing(base, project.population.path, "population.path") if project.population else None

    def run(here: Path) -> Counts:
        from alprmap import population
        from alprmap.roads import graph, network, watch
        from alprmap.stages import followed

        cameras, views = load(here)
        roads = network.Roads.load(here / "segments.parquet")
        net = graph.Graph.from_segments(roads.segments, roads.restrictions)
        points = None if people is None else followed.people_on(population.read(people), roads)
        if points is not None and points.empty:
            # nobody lives on these roads, so there are no trips to draw
            points = None
        wanted = followed.Wanted(tuple(settings["radii_m"]), points, None, TRIPS, None, CORRIDOR_KM, True)
        headline: dict[str, dict[str, float]] = {}
        for level in schema.LEVELS:
            at = watch.level(level, facing=settings["facing"])
            read = watch.watch(cameras, views, roads, settings=at).watches
            made = followed.measure(read, roads, net, wanted, cameras, level == settings["level"], None)
            reading = {"cameras_reading": float(read["camera_id"].nunique())}
            headline[level] = reading | followed.headline(made)
            if level == settings["level"]:
                if settings["cordons"]:
                    made |= followed.border_cordons(
                        read, roads, net, [border_line(t) for t in settings["cordons"]]
                    )
                _keep(made, here)
        summary = pd.DataFrame(headline).rename_axis("measure").reset_index().astype({"measure": "str"})
        store.write_table(summary, here / "coverage" / "low_mid_high.csv")
        return {"segments": len(roads.segments), "measures": len(summary)}

    files = () if people is None else (people,)
    return Stage("coverage", run, settings=settings, files=files, after=("merge", "roads", "watch"))


def _keep(made: dict[str, Any], here: Path) -> None:
    """Write tables into coverage/ as CSV and lines for maps and programs as GeoParquet beside it."""
    for name, table in made.items():
        if not isinstance(table, pd.DataFrame):
            store.write_json(here / "coverage" / f"{name}.json", table)
        elif "geometry" in table.columns:
            store.write_table(table, here / "coverage" / f"{name}.parquet")
        elif name != "c6_trips":
            store.write_table(table, here / "coverage" / f"{name}.csv")


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
