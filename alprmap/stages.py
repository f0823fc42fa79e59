"""The stages of a project: read, roads, reports, merge, watch, reach, map — what each reads, calls and writes.

Each stage reads the tables earlier stages left in the result folder, calls one room, writes its tables there and
returns row counts that add up: what goes in comes out, or is counted with a reason and written to a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from alprmap import schema, store, tables
from alprmap.build import Counts, Stage
from alprmap.errors import InputError
from alprmap.project import Project, Source

READERS = ("alpr", "unknown")
"""Devices that become cameras; red-light, speed and traffic cameras are set aside, counted and kept in a file."""

LEAST_CONFIDENCE = 0.5
"""A place in words found with less is a question, not a position (docs/method/locate.md)."""


def plan(project: Project, base: Path) -> list[Stage]:
    """Return the stages of `project`, whose paths are relative to the folder `base`.

    Raises
    ------
    InputError
        When a file the project names is not there.
    """
    found = [_read_stage(s, base) for s in project.sources]
    if project.roads:
        found.append(_roads_stage(project, base))
    found += [_reports_stage(project, base), _merge_stage(project, base)]
    if project.roads:
        found.append(_watch_stage(project))
    found.append(_reach_stage(project))
    found.append(_map_stage(project, [s.name for s in found]))
    return found


def summary(manifest: dict[str, Any]) -> list[str]:
    """Return one line per stage of a manifest: its name and its counts."""
    lines = []
    for name, stage in manifest["stages"].items():
        counts = ", ".join(
            f"{key.replace('_', ' ')} {value:,}" for key, value in stage["rows"].items() if isinstance(value, int)
        )
        lines.append(f"{name}: {counts}")
    return lines


def _file(base: Path, path: str, key: str) -> Path:
    found = base / path
    if not found.is_file():
        raise InputError("no such file", where=found, fix=f"correct {key} in the project file")
    return found


def _read_stage(source: Source, base: Path) -> Stage:
    path = _file(base, source.path, f"the path of source {source.id}")

    def run(here: Path) -> Counts:
        from alprmap import sources

        settings = sources.Settings(date=source.date, evidence=source.evidence, device=source.device)
        read = sources.read(path, source_id=source.id, settings=settings)
        store.write_table(read.reports, here / "sources" / f"{source.id}.parquet")
        store.write_table(read.rejects.drop(columns="file"), here / "sources" / f"{source.id}.rejects.csv")
        return {k: v for k, v in read.counts.items() if k != "file"}

    settings = source.model_dump(include={"id", "date", "evidence", "device"})
    return Stage(f"read {source.id}", run, settings=settings, files=(path,))


def _roads_stage(project: Project, base: Path) -> Stage:
    assert project.roads is not None
    path = _file(base, project.roads.path, "roads.path")
    area = project.project.area

    def run(here: Path) -> Counts:
        from alprmap.roads import network

        roads = network.open_roads(path, area=None if area is None else (area[0], area[1], area[2], area[3]))
        roads.save(here / "segments.parquet")
        counts = {k: int(v) for k, v in roads.meta["counts"].items()}
        return {**counts, "segments": len(roads.segments)}

    return Stage("roads", run, settings={"area": area}, files=(path,))


def _reports_stage(project: Project, base: Path) -> Stage:
    """All sources in one table: words get positions; rows outside the area and other devices are set aside."""
    names = [f"read {s.id}" for s in project.sources]
    extract = base / project.roads.path if project.roads else None

    def run(here: Path) -> Counts:
        frames = [tables.read_parquet(here / "sources" / f"{s.id}.parquet", "reports") for s in project.sources]
        reports = schema.conform(pd.concat(frames, ignore_index=True), "reports")
        rows, unlocated = len(reports), int(reports["lon"].isna().sum())
        if extract is not None and unlocated:
            reports, located = _located(reports, here, extract)
            store.write_table(located, here / "located.csv")
        still = int(reports["lon"].isna().sum())
        why = _set_aside(reports, project.project.area)
        store.write_table(reports[why.notna()].assign(reason=why.dropna()), here / "set_aside.csv")
        kept = reports[why.isna()].sort_values("report_id", ignore_index=True)
        store.write_table(kept, here / "reports.parquet")
        counts = {str(k): int(v) for k, v in why.value_counts().sort_index().items()}
        return {"rows": rows, "located_from_words": unlocated - still, "reports": len(kept), **counts}

    return Stage(
        "reports",
        run,
        settings={"area": project.project.area},
        files=() if extract is None else (extract,),
        after=(*names, "roads") if project.roads else tuple(names),
    )


def _set_aside(reports: pd.DataFrame, area: list[float] | None) -> pd.Series:
    """Return why each report is set aside; missing for those that stay. Unlocated ones stay, for the review."""
    why = pd.Series(None, index=reports.index, dtype="str")
    if area is not None:
        west, south, east, north = area
        inside = reports["lon"].between(west, east) & reports["lat"].between(south, north)
        why[reports["lon"].notna() & ~inside] = "outside the area"
    why[reports["device"].notna() & ~reports["device"].isin(READERS)] = "not a plate reader"
    return why


def _located(reports: pd.DataFrame, here: Path, extract: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `reports` with the positions that places in words have on the roads, and what was made of each place.

    A place that is doubtful (confidence below one half) gets no position: it waits in the review.
    """
    from alprmap.roads import network
    from alprmap.roads.gazetteer import Gazetteer
    from alprmap.roads.locate import Locator

    gazetteer = None if extract.suffix == ".parquet" else Gazetteer.read(extract)
    locator = Locator(network.Roads.load(here / "segments.parquet"), gazetteer=gazetteer)
    missing = reports["lon"].isna()
    found = locator.locate_column(reports.loc[missing, "place_raw"])
    sure = found[(found["confidence"] >= LEAST_CONFIDENCE) & found["lon"].notna()]
    reports = reports.copy()
    for name in ("lon", "lat", "position_error_m", "located_by"):
        reports.loc[sure.index, name] = sure[name]
    told = reports["travel_deg"].isna() & reports.index.isin(sure.index)
    reports.loc[told, "travel_deg"] = sure["travel_deg"].reindex(reports.index[told])
    shown = reports.loc[missing, ["report_id", "place_raw"]].join(found)
    return reports, shown.assign(used=shown.index.isin(sure.index))


def _merge_stage(project: Project, base: Path) -> Stage:
    decided = project.merge.decisions
    path = _file(base, decided, "merge.decisions") if decided else None
    policy: dict[str, Any] = {
        "complete_for": {s.id: tuple(s.complete_for) for s in project.sources if s.complete_for},
        "duplicates": {s.id: s.duplicates for s in project.sources},
    }

    def run(here: Path) -> Counts:
        from alprmap import merge
        from alprmap.merge import decisions
        from alprmap.roads import network

        reports = tables.read_parquet(here / "reports.parquet", "reports")
        merged = merge.merge(
            reports,
            settings=merge.Settings(**policy),
            roads=network.Roads.load(here / "segments.parquet") if project.roads else None,
            decisions=None if path is None else decisions.read(path),
        )
        for suffix in store.TABLE_SUFFIXES:
            store.write_table(merged.cameras, here / f"cameras{suffix}")
        store.write_table(merged.views, here / "cameras.views.parquet")
        store.write_table(merged.links, here / "cameras.links.parquet")
        store.write_table(merged.review, here / "review.csv")
        store.write_table(merged.outcomes, here / "outcomes.csv")
        linked, alone = merged.links["report_id"], merged.review[merged.review["camera_id"].isna()]
        return {
            "reports": len(reports),
            "linked": len(linked),
            "in_review_only": int((~alone["report_id"].isin(linked)).sum()),
            "cameras": len(merged.cameras),
            "review": len(merged.review),
        }

    after = ("reports", "roads") if project.roads else ("reports",)
    return Stage("merge", run, settings=policy, files=(path,) if path else (), after=after)


def _watch_stage(project: Project) -> Stage:
    settings = project.watch.model_dump()

    def run(here: Path) -> Counts:
        from alprmap.roads import network, watch

        cameras, views = _cameras(here)
        roads = network.Roads.load(here / "segments.parquet")
        chosen = watch.level(settings["level"], facing=settings["facing"])
        found = watch.watch(cameras, views, roads, settings=chosen)
        store.write_table(found.watches, here / "watches.parquet")
        store.write_table(found.unread, here / "reads_no_road.csv")
        return {
            "cameras": len(cameras),
            "reading_a_road": int(found.watches["camera_id"].nunique()),
            "reading_no_road": int(found.unread["camera_id"].nunique()),
            "watches": len(found.watches),
        }

    return Stage("watch", run, settings=settings, after=("merge", "roads"))


def _reach_stage(project: Project) -> Stage:
    borders = project.reach.borders

    def run(here: Path) -> Counts:
        from alprmap.measure import reach

        cameras, _ = _cameras(here)
        table = reach.table(cameras, borders=borders)
        store.write_table(table, here / "reach.csv")
        error = cameras.set_index("camera_id")["position_error_m"].reindex(table["camera_id"])
        figures = reach.statistics(table, borders=borders, error_m=error.set_axis(table.index))
        store.write_table(figures, here / "reach_statistics.csv")
        return {"cameras": len(cameras), "measured": int(table["lon"].notna().sum()), "rows": len(table)}

    return Stage("reach", run, settings={"borders": borders}, after=("merge",))


def _cameras(here: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    cameras = tables.read_parquet(here / "cameras.parquet", "cameras")
    return cameras, tables.read_parquet(here / "cameras.views.parquet", "views")


def _map_stage(project: Project, after: list[str]) -> Stage:
    about = project.model_dump(include={"project": True, "sources": True, "roads": {"date"}})
    for source in about["sources"]:
        source.pop("path")

    def run(here: Path) -> Counts:
        from alprmap.publish import webmap

        webmap.write(map_data(project, here), here / "index.html")
        return {"cameras": len(pd.read_parquet(here / "cameras.parquet", columns=["camera_id"]))}

    return Stage("map", run, settings=about, after=tuple(after))


def map_data(project: Project, here: Path) -> Any:
    """Return the `webmap.MapData` of a result folder."""
    from alprmap import borders
    from alprmap.publish import webmap

    cameras, views = _cameras(here)
    segments: gpd.GeoDataFrame | None = None
    watches = None
    if project.roads:
        segments = tables.read_parquet(here / "segments.parquet", "segments")
        watches = tables.read_parquet(here / "watches.parquet", "watches")
    names = [b for b in project.reach.borders if b in ("mexico", "canada")] or ["mexico", "canada"]
    about = project.project
    return webmap.MapData(
        title=about.title,
        subtitle=about.subtitle,
        cameras=cameras,
        views=views,
        reports=tables.read_parquet(here / "reports.parquet", "reports"),
        links=tables.read_parquet(here / "cameras.links.parquet", "links"),
        reach=schema.conform(pd.read_csv(here / "reach.csv", dtype={"county_geoid": "str"}), "reach"),
        segments=segments,
        watches=watches,
        borders={n: borders.load(n) for n in names},
        ports=borders.ports(),
        states=borders.states(),
        counties=borders.counties(),
        land=borders.land_polygons(),
        dates=_dates(project),
        sources=[webmap.Source(s.title or s.id, s.licence, "", s.date or "", s.citation) for s in project.sources],
        notices=[borders.notice([*names, "states", "counties", "port", "land_polygons"])],
        fictional=about.fictional,
        bbox=None if about.area is None else (about.area[0], about.area[1], about.area[2], about.area[3]),
    )


def _dates(project: Project) -> dict[str, str]:
    dates = {s.title or s.id: s.date or "date not stated" for s in project.sources}
    if project.roads:
        dates["Roads"] = project.roads.date or "date not stated"
    return dates
