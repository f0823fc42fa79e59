"""Stage 5 goes on: what the map lacks (K), and districts, one row per polygon (R7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from alprmap.build.cameras import load
from alprmap.build.engine import Counts, Stage
from alprmap.build.inputs import existing
from alprmap.build.project import Project
from alprmap.store import read_parquet, read_shapes, write_table

PLACES = "completeness/places.parquet"


def completeness_stage(project: Project, base: Path) -> Stage:
    """How many readers the map lacks: declared counts, lists of the merge, growth (K1-K6)."""
    wanted = project.completeness
    assert wanted is not None
    declared = [existing(base, p, "completeness.declared") for p in wanted.declared]
    agencies = [existing(base, p, "completeness.agencies") for p in wanted.agencies]
    areas, area_file = _areas(project, base)

    def run(here: Path) -> Counts:
        from alprmap.completeness import measure

        found = measure(
            here / "cameras.parquet",
            declared=declared,
            agencies=agencies,
            lists=wanted.lists or None,
            areas=areas,
            as_of=wanted.as_of,
        )
        for name, table in found.tables().items():
            if "geometry" in table.columns:
                write_table(table, here / "completeness" / f"{name}.parquet")
                table = pd.DataFrame(table.drop(columns="geometry"))
            write_table(table, here / "completeness" / f"{name}.csv")
        claims = found.claims()
        write_table(claims, here / "completeness" / "claims.csv")
        return {"claims": len(claims)} | {k: v for k, v in found.counts().items() if "decl" in k}

    return Stage(
        "completeness",
        run,
        settings=wanted.model_dump() | {"areas": project.areas and project.areas.path},
        files=(*declared, *agencies, *area_file),
        after=("merge",),
        writes=("completeness/*.csv", "completeness/*.parquet"),
    )


def areas_stage(project: Project, base: Path) -> Stage:
    """One row per polygon: readers, people, road, share of trips, who can look, mapped share."""
    areas, area_file = _areas(project, base)
    people = (
        existing(base, project.population.path, "population.path") if project.population else None
    )
    after = ["merge"]
    after += ["roads", "watch", "coverage"] if project.roads else []
    after += ["access"] if project.access else []
    after += ["completeness"] if project.completeness else []

    def run(here: Path) -> Counts:
        from alprmap.geography import district_claims

        made = _districts(here, areas, people)
        for suffix in (".geojson", ".parquet"):
            write_table(made, here / "areas" / f"areas{suffix}")
        plain = pd.DataFrame(made.drop(columns="geometry")).sort_values(["rank", "area"])
        write_table(plain, here / "areas" / "areas.csv")
        write_table(district_claims(plain), here / "areas" / "claims.csv")
        return {"areas": len(made), "readers_in_areas": int(made["n"].sum())}

    return Stage(
        "areas",
        run,
        settings={"areas": project.areas and project.areas.path},
        files=(*area_file, *(() if people is None else (people,))),
        after=tuple(after),
        writes=("areas/areas.*", "areas/claims.csv"),
    )


def _areas(project: Project, base: Path) -> tuple[Any, tuple[Path, ...]]:
    """Return what `[areas]` names, and its file where it is one."""
    if project.areas is None:
        return None, ()
    text = project.areas.path
    if text.endswith((".geojson", ".json")):
        path = existing(base, text, "areas.path")
        return path, (path,)
    return text, ()


def _districts(here: Path, areas: Any, people: Path | None) -> Any:
    from alprmap.access import access_by_district
    from alprmap.coverage import coverage_by_district
    from alprmap.geography import measure_districts, open_areas, read_population
    from alprmap.reach import drawn_clusters
    from alprmap.roads import Roads
    from alprmap.store import read_csv

    cameras, _ = load(here)
    table = open_areas(areas)
    points = None if people is None else read_population(people)
    if (here / "watches.parquet").is_file():
        roads = Roads.load(here / "segments.parquet")
        origins = here / "coverage" / "c6_origins.csv"
        made: dict[str, Any] = {"watches": read_parquet(here / "watches.parquet", "watches")}
        if origins.is_file():
            made["c6_origins"] = read_csv(origins, dtype=None)
        out = coverage_by_district(made, cameras, roads, table, people=points)
    else:
        drawn = drawn_clusters(cameras)
        out = measure_districts(table, cameras, people=points, drawn=drawn).table
    if (here / "access" / "cameras.csv").is_file():
        run = read_csv(here / "access" / "cameras.csv", dtype=None)
        seen = access_by_district(cameras, run, table)
        out = _beside(out, seen)
    if (here / PLACES).is_file():
        out = _beside(out, read_shapes(here / PLACES))
    return out


def _beside(out: Any, more: Any) -> Any:
    """Put the further columns of a table of the same polygons before the rank."""
    before = list(out.columns).index("rank")
    for name in [c for c in more.columns if c not in out.columns]:
        out.insert(before, name, more[name].to_numpy())
        before += 1
    return out
