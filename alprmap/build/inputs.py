"""Stages 1 and 2: files become reports, an extract becomes roads, places in words get positions."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from alprmap import schema
from alprmap.build.engine import Counts, Stage
from alprmap.build.joins import word_join
from alprmap.build.project import Project, Source
from alprmap.errors import InputError
from alprmap.geography import Area, is_a_place
from alprmap.personal import published
from alprmap.store import read_parquet, write_table, write_text
from alprmap.text import number_of

REPORTS = "cameras.reports.parquet"
"""All reports of a build as they may be published; named as `alprmap merge` names them beside its
cameras."""
PRIVATE = "private"
"""Folder of a result with the words of the sources: not to be published (S14)."""
NOT_TO_PUBLISH = (
    "The files of this folder hold the words of your sources, which may name persons. Do not"
    " publish it.\nEverything else in the result holds parsed places alone.\n"
)
WORDED = f"{PRIVATE}/reports.parquet"
"""All reports of a build with the words of their sources."""


def existing(base: Path, path: str, key: str) -> Path:
    """Return the path of a file the project names.

    Raises
    ------
    InputError
        When it is not there; the message names the key.
    """
    found = base / path
    if not found.is_file():
        raise InputError("no such file", where=found, fix=f"correct {key} in the project file")
    return found


def _near(project: Project, base: Path) -> tuple[tuple[float, float, float, float], ...]:
    """Return the box of the roads of a project, in which its cameras are looked for."""
    from alprmap.roads import read as read_roads

    paths, _ = road_paths(project, base)
    west, south, east, north = read_roads(
        paths, area=project.project.wanted()
    ).segments.total_bounds
    return ((float(west), float(south), float(east), float(north)),)


def read_stage(source: Source, base: Path, project: Project | None = None) -> Stage:
    """One source file becomes reports, and a file of rejected rows with the reasons; of several
    grids that explain its x and y the one is taken that puts them on the roads of the project."""
    path = existing(base, source.path, f"the path of source {source.id}")

    def run(here: Path) -> Counts:
        from alprmap import sources

        settings = sources.Settings(
            date=source.date,
            evidence=source.evidence,
            device=source.device,
            status=source.status,
            operator=source.operator,
            crs=source.crs,
            near=partial(_near, project, base) if project and project.roads else None,
        )
        read = sources.read(path, source_id=source.id, settings=settings)
        write_table(read.reports, here / PRIVATE / "sources" / f"{source.id}.parquet")
        rejects = here / PRIVATE / "sources" / f"{source.id}.rejects.csv"
        write_table(read.rejects.drop(columns="file"), rejects)
        return {k: v for k, v in read.tally.items() if k != "file"}

    settings = source.model_dump(
        include={"id", "date", "evidence", "device", "status", "operator", "crs"}
    )
    if project and project.roads:
        settings["roads"] = [str(path) for path in project.roads.paths]
    stem = f"{PRIVATE}/sources/{source.id}"
    writes = (f"{stem}.parquet", f"{stem}.rejects.csv")
    return Stage(f"read {source.id}", run, settings=settings, files=(path,), writes=writes)


def road_paths(project: Project, base: Path) -> tuple[list[Path], tuple[Path, ...]]:
    """Return what `[roads]` names, and all files of it, folders opened.

    Raises
    ------
    InputError
        When one is not there; the message names the key.
    """
    from alprmap.roads import road_files

    if project.roads is None:
        return [], ()
    paths = [
        base / path if (base / path).is_dir() else existing(base, path, "roads.path")
        for path in project.roads.paths
    ]
    return paths, tuple(road_files(paths))


def roads_stage(project: Project, base: Path) -> Stage:
    """The road extract becomes segments, cut to the area of the project."""
    assert project.roads is not None
    paths, files = road_paths(project, base)
    area, date = project.project.area, project.roads.date

    def run(here: Path) -> Counts:
        from alprmap.roads import read as read_roads

        roads = read_roads(paths, area=project.project.wanted())
        if not len(roads.segments):
            raise InputError(
                f"no road of {_names(paths)} lies in {_area_text(project)}",
                fix="name another area, or roads of this one",
            )
        if not roads.meta.get("data_timestamp"):
            roads = replace(roads, meta=roads.meta | {"data_timestamp": date})
        roads.save(here / "segments.parquet")
        counts = {k: int(v) for k, v in roads.meta["counts"].items()}
        write_table(roads.claims(), here / "segments.claims.csv")
        return {**counts, "segments": len(roads.segments)}

    writes = ("segments.parquet", "segments.claims.csv")
    return Stage("roads", run, settings={"area": area, "date": date}, files=files, writes=writes)


def _names(paths: list[Path]) -> str:
    return ", ".join(p.name for p in paths)


def _area_text(project: Project) -> str:
    area = project.project.area
    return area if isinstance(area, str) else f"the area {area}"


def _refuse_nothing(
    project: Project, rows: int, reports: pd.DataFrame, unlocated: int, why: str
) -> None:
    """Refuse sources of which nothing is left to be counted: zeros would be taken for a result."""
    if not rows:
        raise InputError("no source holds a camera", fix="name a file of cameras")
    if not len(reports):
        raise InputError(
            f"none of {number_of(rows, 'report')} stands in {_area_text(project)}",
            fix="correct project.area, or name cameras of this area",
        )
    if not reports["lon"].notna().any():
        where = " on these roads" if project.roads else ": the project names no roads"
        raise InputError(
            f"none of {number_of(unlocated, 'place')} in words was found{where}"
            + (f"; of the first, {why}" if why else ""),
            fix="name [roads] of the area they are in, with house numbers where the list has"
            " addresses (the OpenStreetMap extract as it is, not its roads alone); located.csv of"
            " `alprmap locate --table` says what was tried for each",
        )


def reports_stage(project: Project, base: Path) -> Stage:
    """All sources in one table: words get positions; rows outside the area are set aside."""
    names = [f"read {s.id}" for s in project.sources]
    files = road_paths(project, base)[1]

    def run(here: Path) -> Counts:
        frames = [
            read_parquet(here / PRIVATE / "sources" / f"{s.id}.parquet", "reports")
            for s in project.sources
        ]
        reports = schema.conform(pd.concat(frames, ignore_index=True), "reports")
        rows, unlocated = len(reports), int(reports["lon"].isna().sum())
        first, numbers = "", 0
        if files and unlocated:
            reports, located = _located(reports, here, files)
            first = next(iter(located["reason"].dropna().astype(str)), "")
            write_table(located, here / PRIVATE / "located.csv")
            numbers = _house_numbers(reports["place_raw"], located)
        still = int(reports["lon"].isna().sum())
        why = _set_aside(reports, project.project.wanted())
        left_out = published(reports[why.notna()], is_a_place=is_a_place).assign(
            reason=why.dropna()
        )
        write_table(left_out, here / "set_aside.csv")
        kept = reports[why.isna()].sort_values("report_id", ignore_index=True)
        _refuse_nothing(project, rows, kept, unlocated, first)
        write_table(kept, here / WORDED)
        write_text(here / PRIVATE / "README.txt", NOT_TO_PUBLISH)
        write_table(published(kept, is_a_place=is_a_place), here / REPORTS)
        warnings = word_join(still, unlocated, numbers)
        counts = {str(k): int(v) for k, v in why.value_counts().sort_index().items()}
        return {
            "rows": rows,
            "located_from_words": unlocated - still,
            "reports": len(kept),
            **counts,
            **({"warnings": warnings} if warnings else {}),
        }

    return Stage(
        "reports",
        run,
        settings={"area": project.project.area},
        files=files,
        after=(*names, "roads") if project.roads else tuple(names),
        writes=(REPORTS, f"{PRIVATE}/*", "located.claims.csv", "set_aside.csv"),
    )


def _house_numbers(words: pd.Series, located: pd.DataFrame) -> int:
    """Return how many places without a position are house numbers or blocks of a street."""
    from alprmap.locate import parse_place

    lost = words.loc[located.index[~located["used"].astype(bool)]].dropna()
    return sum(parse_place(str(text)).kind in ("address", "block") for text in lost)


def _set_aside(reports: pd.DataFrame, area: Area | None) -> pd.Series:
    """Return why each report is set aside; missing for those that stay. Unlocated ones stay, for
    the review."""
    why = pd.Series(None, index=reports.index, dtype="str")
    if area is not None:
        inside = area.contains(reports["lon"], reports["lat"])
        why[reports["lon"].notna() & ~inside] = "outside the area"
    return why


def _located(
    reports: pd.DataFrame, here: Path, files: tuple[Path, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `reports` with the positions that places in words have on the roads, and what was made
    of each place.

    A place that is doubtful (confidence below one half) gets no position: it waits in the review.
    """
    from alprmap.locate import Gazetteer, Locator, deviation_m, locate
    from alprmap.roads import Roads

    net = Roads.load(here / "segments.parquet")
    missing = reports["lon"].isna()
    words = ["place_raw", *(c for c in ("town", "county", "state") if c in reports.columns)]
    located = locate(
        reports.loc[missing, words],
        Locator(net, gazetteer=Gazetteer.of(files)),
        column="place_raw",
    )
    write_table(located.claims(), here / "located.claims.csv")
    found = located.table
    sure = found[~located.doubtful()]
    reports = reports.copy()
    for name in ("lon", "lat", "located_by"):
        reports.loc[sure.index, name] = sure[name]
    # a report's error is a standard deviation, a located place's the 90 % radius (L9)
    error = deviation_m(sure["position_error_m"], sure["confidence"])
    reports.loc[sure.index, "position_error_m"] = error
    told = reports["travel_deg"].isna() & reports.index.isin(sure.index)
    reports.loc[told, "travel_deg"] = sure["travel_deg"].reindex(reports.index[told])
    shown = reports.loc[missing, ["report_id"]].join(found)
    return reports, shown.assign(used=shown.index.isin(sure.index))
