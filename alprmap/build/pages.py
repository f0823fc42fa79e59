"""Stage 6: tables become a map and a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from alprmap import geo, schema
from alprmap.build.cameras import load
from alprmap.build.engine import Counts, Stage
from alprmap.build.inputs import REPORTS
from alprmap.build.project import Project
from alprmap.build.state_pages import wants_states, whole_page, write_states
from alprmap.sandbox import json_of
from alprmap.store import read_csv, read_parquet, read_shapes


def map_stage(project: Project, after: tuple[str, ...]) -> Stage:
    """Write index.html, and of a nation a page for each state beside it."""

    def run(here: Path) -> Counts:
        from alprmap.publish import map_page_of_folder

        data, more = replace(map_data(project, here), language=_language(project)), {}
        if wants_states(project, data):
            more = {"state_pages": write_states(here, data)}
            data = whole_page(data)
        page = map_page_of_folder(here, data)
        page.save(here / "index.html")
        return {"cameras": page.counts()["cameras"], **more}

    shown, writes = _shown(project), ("index.html", "states/*.html")
    return Stage("map", run, settings=shown, after=after, reads_about=True, writes=writes)


def report_stage(project: Project, after: tuple[str, ...]) -> Stage:
    """Write report.md, report.html, figures and claims.csv."""

    def run(here: Path) -> Counts:
        from alprmap.publish import report_on

        made = report_on(
            here,
            language=_language(project),
            sources=named_sources(project, here),
            notices=[_notice(project)],
            dates=named_dates(project),
        )
        made.save(here)
        data = made.data
        return {
            "headlines": len(data.headlines),
            "sources": [asdict(s) for s in named_sources(project, here)],
            "dates": named_dates(project),
            "claims": 0 if data.claims is None else len(data.claims),
            "sentences": [] if data.first is None else [line.text for line in data.first.lines],
        }

    writes = REPORT_FILES
    return Stage(
        "report", run, settings=_shown(project), after=after, reads_about=True, writes=writes
    )


WHOLE_TABLES = {
    "c1_stretches": "reader_corridors",
    "c2_strongest": "tracked_corridors",
    "c2_corridors": "corridors",
    "c4_unread": "unread_zones",
    "c4_chokepoints": "chokepoints",
    "c5_border_crossings": "cordon_crossings",
}
"""Tables of coverage that are handed on whole, by the name of their layer."""


def hand_outs_stage(project: Project, after: tuple[str, ...]) -> Stage:
    """Write hand-outs/: cameras in four forms, and all layers in one GeoPackage."""

    def run(here: Path) -> Counts:
        from alprmap.publish import layers_of, write_hand_outs

        data = map_data(project, here)
        paths = {t: here / "coverage" / f"{t}.parquet" for t in WHOLE_TABLES}
        tables = {WHOLE_TABLES[t]: read_shapes(p) for t, p in paths.items() if p.is_file()}
        layers = layers_of(data, tables)
        written = write_hand_outs(
            data.cameras,
            here / "hand-outs",
            title=data.title,
            views=data.views,
            layers=layers,
            sources=data.sources,
            notices=data.notices,
            fictional=data.fictional,
        )
        return {"cameras": len(data.cameras), "layers": len(layers) + 2, "files": len(written)}

    return Stage(
        "hand-outs",
        run,
        settings=_shown(project),
        after=after,
        reads_about=True,
        writes=("hand-outs/*",),
    )


REPORT_FILES = (
    "report.md",
    "report.html",
    "press.txt",
    "claims.csv",
    "figures/*.svg",
    "figures/*.png",
)
"""What a report is written to."""


def record_stage(project: Project, after: tuple[str, ...]) -> Stage:
    """Write the report of a sharing record; where no camera is, it is the page too."""

    def run(here: Path) -> Counts:
        from alprmap.publish import report_on
        from alprmap.store import write_text

        made = report_on(here, language=_language(project))
        made.save(here)
        write_text(here / "index.html", made.html())
        data = made.data
        return {
            "claims": 0 if data.claims is None else len(data.claims),
            "sentences": [] if data.first is None else [line.text for line in data.first.lines],
        }

    writes = (*REPORT_FILES, "index.html")
    return Stage("report", run, after=after, reads_about=True, writes=writes)


def _language(project: Project) -> str:
    return project.project.language or "en"


def _shown(project: Project) -> dict[str, Any]:
    """Return what the pages show of the project beside its tables."""
    sources = [s.model_dump(exclude={"path"}) for s in project.sources]
    shown = {"sources": sources, "dates": named_dates(project), "borders": project.reach.borders}
    return shown | {"pages": project.project.pages}


def map_data(project: Project, here: Path) -> Any:
    """Return the `webmap.MapData` of a result folder, without the story of its first page."""
    from alprmap.geography import counties, land_polygons, load_border, ports, states
    from alprmap.publish import Layer, MapData
    from alprmap.roads import Roads

    cameras, views = load(here)
    segments: gpd.GeoDataFrame | None = None
    watches, roads = None, None
    corridors: Mapping[str, Layer] = {}
    if project.roads:
        roads = Roads.load(here / "segments.parquet")
        segments = roads.segments
        watches = read_parquet(here / "watches.parquet", "watches")
        corridors = _corridors(here)
    districts = here / "areas" / "areas.parquet"
    about, area = project.project, project.project.wanted()
    return MapData(
        title=about.title,
        subtitle=about.subtitle,
        cameras=cameras,
        views=views,
        reports=read_parquet(here / REPORTS, "reports"),
        links=read_parquet(here / "cameras.links.parquet", "links"),
        reach=schema.conform(read_csv(here / "reach.csv", dtype={"county_geoid": "str"}), "reach"),
        access=_access(here) if project.access else None,
        access_to=project.access.body if project.access else "",
        timeline=json_of(here / "access" / "timeline.json") if project.access else None,
        segments=segments,
        watches=watches,
        roads=roads,
        corridors=corridors,
        zones=_zones(project, cameras),
        review=_review(here),
        borders={n: load_border(n) for n in _lines(project)},
        ports=ports(),
        states=states(),
        counties=counties(),
        land=land_polygons(),
        districts=read_shapes(districts) if districts.is_file() else None,
        dates=named_dates(project),
        sources=named_sources(project, here),
        notices=[_notice(project)],
        fictional=about.fictional,
        bbox=None if area is None else area.bounds,
    )


def _corridors(here: Path) -> Mapping[str, Any]:
    """Return the lines of coverage that a page draws."""
    from alprmap.publish import corridor_layers

    names = ("c1_stretches", "c2_strongest", "c4_unread")
    tables: dict[str, pd.DataFrame] = {
        name: read_shapes(here / "coverage" / f"{name}.parquet") for name in names
    }
    cordons = here / "coverage" / "c5_border_cordons.csv"
    if cordons.is_file():
        tables["c5_border_cordons"] = read_csv(cordons, dtype=None)
    return corridor_layers(tables)


def _access(here: Path) -> pd.DataFrame:
    """Return one line per camera that a share on record, or ownership, opens to the body asked
    for.
    """
    frame = read_csv(here / "access" / "cameras.csv")
    names = read_csv(here / "access" / "agencies.csv").set_index("agency_id")["name"]
    frame = frame[frame["hops"].notna()].copy()
    frame["hops"] = pd.to_numeric(frame["hops"]).astype("int64")
    for column, name in (("agency_id", "agency"), ("via_id", "via")):
        frame[name] = frame[column].map(names).fillna(frame[column])
    return frame[
        ["camera_id", "class", "hops", "agency", "via", "since", "source_record"]
    ].reset_index(drop=True)


def _review(here: Path) -> pd.DataFrame | None:
    """Return the questions that have a place on the map."""
    from alprmap.merge import files_beside as beside

    path = beside(here / "cameras.parquet", "review.geojson")
    asked = [f["properties"] for f in json_of(path)["features"] if f["geometry"]]
    if not asked:
        return None
    return pd.DataFrame(asked)[["lon", "lat", "reason"]].rename(columns={"reason": "name"})


def _zones(project: Project, cameras: pd.DataFrame) -> dict[str, Any]:
    """Return the zone of 8 CFR 287.1 around each land border measured, where cameras stand."""
    from alprmap.geography import border_zone, load_border
    from alprmap.publish import Layer
    from alprmap.reach import Settings as ReachSettings

    miles, known = ReachSettings().zone, cameras.dropna(subset=["lon", "lat"])
    if not len(known):
        return {}
    extent = shapely.box(
        known["lon"].min(), known["lat"].min(), known["lon"].max(), known["lat"].max()
    )
    found = {}
    for name in [b for b in project.reach.borders if b in ("mexico", "canada")]:
        if _beyond(load_border(name).total_bounds, extent.bounds, miles * geo.STATUTE_MILE_M):
            continue
        drawn = border_zone(name, miles * geo.STATUTE_MILE_M)
        if drawn.intersects(extent).any():
            found[name] = Layer(f"{miles:g} miles of {name.title()}", drawn, "zone")
    return found


def _beyond(border: Sequence[float], extent: Sequence[float], radius_m: float) -> bool:
    """Say whether latitude alone keeps an extent out of a border's zone, which then is not drawn.

    A degree of latitude is 110,574 m at least.
    """
    reach = radius_m / 110_000
    return bool(extent[1] > border[3] + reach or extent[3] < border[1] - reach)


def _lines(project: Project) -> list[str]:
    return [b for b in project.reach.borders if b in ("mexico", "canada")] or ["mexico", "canada"]


def _notice(project: Project) -> str:
    from alprmap.geography import data_notice

    return data_notice(
        [*_lines(project), "states", "counties", "port", "land_polygons", "places", "interstates"]
    )


def named_sources(project: Project, here: Path) -> list[Any]:
    """Return who is to be named: the sources of cameras, and that of the roads where its license
    asks for a line and no source of cameras has it already; invented roads are nobody's."""
    from alprmap.publish import Source

    out = [
        Source(s.title or s.id, s.license, "", s.date or "", s.citation) for s in project.sources
    ]
    about = here / "coverage" / "about.json"
    notice = json_of(about).get("roads_notice") if project.roads and about.is_file() else None
    told = any("OpenStreetMap" in s.credit for s in out) or project.project.fictional
    if notice and not told:
        out.append(
            Source("Roads", "", "", (project.roads and project.roads.date) or "", str(notice))
        )
    return out


def named_dates(project: Project) -> dict[str, str]:
    """Return of which date each source of a project is, by its name."""
    dates = {s.title or s.id: s.date or "date not stated" for s in project.sources}
    if project.roads:
        dates["Roads"] = project.roads.date or "date not stated"
    return dates
