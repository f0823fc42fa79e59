"""From a result folder to a report: which table becomes which section.

Reads what a build (or `merge`, `reach`, `watch`) left in a folder; what is absent has no section.
Tables of further measures in the folders ``coverage`` and ``access`` are shown as they are, so that
a new one needs no change here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import geo, schema, steps
from alprmap.errors import AlprmapError, InputError
from alprmap.geography import (
    counties,
    data_notice,
    land_polygons,
    load_border,
    parse_area,
)
from alprmap.geography import states as geography_states
from alprmap.publish.map import staticmap
from alprmap.publish.map.data import MapData, Source, dates_of
from alprmap.publish.report import explained, figures, timelines
from alprmap.publish.report.claimed import (
    cameras_of,
    claims_of_folder,
    csv_of,
    with_first_page,
)
from alprmap.publish.report.firstpage import default_title
from alprmap.publish.report.manifest import as_built, manifest_of, sources_built
from alprmap.publish.report.report import Headline, ReportData, Section, Table
from alprmap.reach import distribution as reach_distribution
from alprmap.reach import statistics as reach_statistics
from alprmap.store import read_parquet, sha256, steady
from alprmap.text import number_of, out_of, percent

RADIUS = 100
"""Statute miles of the headline: the zone of 8 CFR 287.1(a)(2)."""
_INLAND = ("mexico", "canada", "land", "external")
_WHO = {
    "operator": "Operators with most mapped cameras",
    "vendor": "Makers",
    "operator_kind": "Kinds of operator",
}
_CALLED = {
    "mexico": "the border with Mexico",
    "canada": "the border with Canada",
    "land": "a land border",
    "external": "the external boundary",
}
_METHOD = (
    (
        "Reports of one source are never edited; cameras are what merging them gives (rules M1 to"
        " M13)."
    ),
    (
        "Distances are geodesic to named borders (rules R1 and R2); intervals are 95 %, those of"
        " claims.csv of whole counties where they differ, else Clopper–Pearson (R5)."
    ),
    "Every rule number is explained in docs/method.md of alprmap.",
)


def report_of_folder(
    folder: Path,
    *,
    sources: Sequence[Source] = (),
    notices: Sequence[str] = (),
    language: str = "en",
) -> ReportData:
    """Return the report of a result folder.

    Parameters
    ----------
    folder
        Holds cameras.parquet and, where they were made, cameras.views.parquet, reach.csv,
        reach_statistics.csv, segments.parquet, watches.parquet, manifest.json, and folders coverage
        and access with CSV tables.
    sources, notices
        Named in the report.
    language
        Of the first page: `en` or `es`; tables stay in English.

    Raises
    ------
    InputError
        When the folder holds no cameras, or a table in it is broken.
    BusyError
        When another run is writing it.
    """
    folder = Path(folder)

    def read() -> ReportData:
        record = any((folder / name).is_dir() for name in ("access", "searches"))
        if not (folder / "cameras.parquet").is_file() and record:
            return _of_record(folder, language)
        return steady(
            folder / "cameras.parquet", lambda: _from_folder(folder, sources, notices, language)
        )

    with as_built(folder):
        return steady(folder, read)


def _from_folder(
    folder: Path, sources: Sequence[Source], notices: Sequence[str], language: str
) -> ReportData:
    opened = cameras_of(folder)
    if opened is None:
        raise InputError(
            "holds no cameras.parquet", where=folder, fix="name the folder of `alprmap build`"
        )
    cameras = opened.table
    manifest = manifest_of(folder)
    sources = sources or sources_built(folder, manifest)
    project = manifest.get("project", {})
    part = steps.course("report", 4)
    table = _reach(folder)
    statistics = csv_of(folder / "reach_statistics.csv")
    if table is not None and statistics is None:
        statistics = reach_statistics(table)
    title = str(project.get("title") or default_title(language))
    data = _map_data(folder, cameras, project, sources)
    part()
    parts = [
        _inland(table, statistics),
        _where(cameras, table),
        _who(cameras),
        _learned(folder),
    ]
    part()
    parts += [
        _watched(data),
        _further(folder, "coverage", "Coverage", quoted=_of_people(folder)),
        _quoted(folder, "access", "Access"),
        _searches(folder),
        _quoted(folder, "areas", "Districts"),
        _quoted(folder, "completeness", "What the map lacks"),
    ]
    parts.append(_stages(manifest))
    sheet = claims_of_folder(folder, opened)
    part()
    report = ReportData(
        title=title,
        subtitle=str(project.get("subtitle") or ""),
        headlines=_headlines(cameras, sheet),
        sections=[p for p in parts if p is not None],
        method=_METHOD,
        sources=sources,
        notices=[*notices, data_notice(["mexico", "canada", "states", "land_polygons"])],
        dates=data.dates,
        manifest=_made(manifest, folder),
        claims=sheet,
        fictional=bool(project.get("fictional", False)),
        picture=_picture(cameras, replace(data, language=language)),
    )
    part()
    return with_first_page(report, folder, opened, language)


def _of_record(folder: Path, language: str) -> ReportData:
    """Return the report of a sharing record without cameras."""
    manifest = manifest_of(folder)
    project = manifest.get("project", {})
    sections = [_further(folder, "access", "Access"), _searches(folder), _stages(manifest)]
    data = ReportData(
        title=str(project.get("title") or "Who can look"),
        subtitle=str(project.get("subtitle") or ""),
        sections=[s for s in sections if s is not None],
        manifest=_made(manifest, folder),
        claims=claims_of_folder(folder, None),
        fictional=bool(project.get("fictional", False)),
    )
    return with_first_page(data, folder, None, language)


def _reach(folder: Path) -> pd.DataFrame | None:
    table = csv_of(folder / "reach.csv")
    try:
        return None if table is None else schema.conform(table, "reach")
    except InputError as error:
        raise InputError(error.what, where=folder / "reach.csv", fix=error.fix) from None


def map_of_folder(folder: Path, cameras: pd.DataFrame) -> MapData:
    """Return what a picture of a result folder is drawn from, with these of its cameras."""
    manifest = manifest_of(folder)
    return _map_data(folder, cameras, manifest.get("project", {}), sources_built(folder, manifest))


def _map_data(
    folder: Path, cameras: pd.DataFrame, project: dict[str, Any], sources: Sequence[Source]
) -> MapData:
    def table(name: str, schema_name: str) -> Any:
        path = folder / name
        return read_parquet(path, schema_name) if path.is_file() else None

    area = project.get("area")
    return MapData(
        title=str(project.get("title") or default_title()),
        subtitle=str(project.get("subtitle") or ""),
        cameras=cameras,
        segments=table("segments.parquet", "segments"),
        watches=table("watches.parquet", "watches"),
        borders={name: load_border(name) for name in ("mexico", "canada")},
        states=geography_states(),
        counties=counties(),
        land=land_polygons(),
        dates=dates_of(cameras),
        sources=sources,
        fictional=bool(project.get("fictional", False)),
        bbox=_box(area),
    )


def _box(area: Any) -> tuple[float, float, float, float] | None:
    """Return the bounds of the area of a manifest: a box in degrees, or a name."""
    if not area:
        return None
    if isinstance(area, str):
        try:
            return parse_area(area, files=False).bounds
        except AlprmapError:
            raise ValueError(area) from None
    west, south, east, north = (float(v) for v in area)
    return west, south, east, north


def _headlines(cameras: pd.DataFrame, sheet: pd.DataFrame | None) -> list[Headline]:
    lines = [
        Headline(
            "mapped cameras",
            f"{len(cameras):,}",
            "rows of the table cameras: what merging the sources gives",
        )
    ]
    if sheet is None:
        return lines
    for name in _INLAND:
        row = sheet[sheet["claim_id"] == f"within-{RADIUS}-mi-{name}"]
        # a border that is far from all of them is no headline
        if len(row) and row["figure"].iloc[0] > 0:
            claim = row.iloc[0]
            # a border that no camera stands near enough to doubt has no interval
            exact = not float(claim["low"]) < float(claim["high"])
            lines.append(
                Headline(
                    f"stand within {RADIUS} statute miles of {_CALLED[name]}, "
                    f"{percent(claim['figure'] / max(int(claim['n']), 1))} of all",
                    f"{claim['figure']:,.0f}",
                    str(claim["definition"]).replace("`", ""),
                    "" if exact else f"{claim['low']:,.0f}",
                    "" if exact else f"{claim['high']:,.0f}",
                )
            )
    return lines


def _picture(cameras: pd.DataFrame, data: MapData) -> figures.Figure | None:
    """Return the map of the first page: lower than wide, so that the sheet holds the rest too."""
    if not cameras["lon"].notna().any():
        return None
    return staticmap.draw_static(data, height_in=FRONT_HEIGHT_IN)


FRONT_HEIGHT_IN = 5.0


def _borders(table: pd.DataFrame) -> list[str]:
    return [
        b
        for b in schema.BORDERS
        if f"to_{b}_m" in table.columns and table[f"to_{b}_m"].notna().any()
    ]


def _inland(table: pd.DataFrame | None, statistics: pd.DataFrame | None) -> Section | None:
    if table is None or statistics is None or not table["lon"].notna().any():
        return None
    names = _borders(table)
    whole = statistics[statistics["group"] == "all"]
    show = [
        "border",
        "n",
        "median",
        "within_25",
        "within_50",
        "within_100",
        "farthest",
        "farthest_camera_id",
    ]
    show = [c for c in show if c in whole.columns]
    distribution = reach_distribution(table, borders=names)
    return Section(
        "How far inland",
        [
            "Each curve is one border as it is named; the same camera has a distance to every one"
            " of them."
        ],
        [figures.share_within(distribution, zone=RADIUS), figures.bands(whole)],
        [
            Table(
                "Distances by border, statute miles",
                whole[show],
                "All quantiles and bounds: reach_statistics.csv.",
            )
        ],
    )


def _where(cameras: pd.DataFrame, table: pd.DataFrame | None) -> Section | None:
    if table is None or "state" not in table.columns or not table["state"].notna().any():
        return None
    miles = {
        name: table[f"to_{name}_m"] / geo.STATUTE_MILE_M
        for name in _INLAND
        if f"to_{name}_m" in table.columns
    }
    states = table["state"].fillna("not in a state")
    frame = pd.DataFrame({"cameras": states.value_counts(sort=False).sort_index()})
    for name, distance in miles.items():
        near = (distance <= RADIUS).groupby(states, sort=True).sum()
        frame[f"within {RADIUS} mi, {name}"] = near.astype("int64")
    frame = (
        frame.sort_values("cameras", ascending=False, kind="stable")
        .rename_axis("state")
        .reset_index()
    )
    figure = figures.ranking(
        frame.set_index("state")["cameras"], name="states", title="States with most mapped cameras"
    )
    return Section("Where they stand", (), [figure], [Table("Cameras by state", frame)])


def _who(cameras: pd.DataFrame) -> Section | None:
    parts: list[Table] = []
    drawn = []
    for column, caption in _WHO.items():
        if column not in cameras.columns or not cameras[column].notna().any():
            continue
        counts = cameras[column].fillna("not stated").value_counts()
        frame = counts.rename("cameras").rename_axis(column).reset_index()
        frame = frame.sort_values(["cameras", column], ascending=[False, True], ignore_index=True)
        if column == "operator":
            frame = frame[frame[column] != "not stated"].head(25)
            drawn = [
                figures.ranking(cameras[column].value_counts(), name="operators", title=caption)
            ]
        parts.append(Table(caption, frame))
    missing = int(cameras["operator"].isna().sum())
    share = missing / max(len(cameras), 1)
    text = [
        f"The operator is not stated for {missing:,} of {number_of(len(cameras), 'camera')}"
        f" ({percent(share, 0)})."
    ]
    return Section("Who runs them", text, drawn, parts) if parts else None


def _learned(folder: Path) -> Section | None:
    """Return what the merge learned of each list, where there were several."""
    table = csv_of(folder / "cameras.learned.csv")
    if table is None or table["source_id"].nunique() < 2:
        return None
    text = [str(s) for s in table["sentence"].dropna().unique()]
    if "alarm" in table:
        text += [f"Warning: {a}" for a in table["alarm"].dropna().unique()]
    named = {
        "source_id": "List",
        "held_against": "Held against",
        "records": "Records",
        "matched": "Matched",
        "error_m": "Off by, m",
        "stated_error_m": "Stated, m",
        "facing": "Headings",
    }
    shown = table[[c for c in named if c in table]].rename(columns=named)
    return Section("What each list was found to be", text, (), [Table("Lists", shown)])


def _watched(data: MapData) -> Section | None:
    if data.segments is None or data.watches is None:
        return None
    reading = data.watches["camera_id"].nunique()
    read = data.segments[data.segments["segment_id"].isin(data.watches["segment_id"])]
    by = data.segments.groupby("highway", dropna=False, sort=True)
    frame = pd.DataFrame({"km of road": by["length_m"].sum() / 1000, "segments": by.size()})
    frame["segments read"] = (
        read.groupby("highway", dropna=False).size().reindex(frame.index).fillna(0).astype("int64")
    )
    frame = (
        frame.sort_values("segments read", ascending=False, kind="stable")
        .rename_axis("class")
        .reset_index()
    )
    text = [
        f"{out_of(reading, len(data.cameras), 'camera', 'reads', 'read')} a road of this network,"
        f" on {len(read):,} of {number_of(len(data.segments), 'segment')} (rules W1 to W6)."
    ]
    return Section("Roads that are read", text, (), [Table("By class of road", frame)])


def _further(
    folder: Path, name: str, title: str, quoted: pd.DataFrame | None = None
) -> Section | None:
    """Return the tables of a folder under the sentences claimed of them; a route log among them
    becomes a figure."""
    found: dict[str, pd.DataFrame] = {}
    for path in sorted((folder / name).glob("*.csv")):
        table = None if path.stem in explained.ROW_BY_ROW else csv_of(path)
        if table is not None and len(table):
            # a column of dashes tells a reader nothing; the file keeps it
            table = table.dropna(axis=1, how="all")
            words = [
                c for c in table.columns if table[c].dtype.kind not in "iufb" and c != "geometry"
            ]
            found[path.name] = table[
                [*words, *(c for c in table.columns if table[c].dtype.kind in "iufb")]
            ]
    # the log has a row for every reader: a figure says more, and its file has the rows
    log = next(
        (t for t in found.values() if {"ref", "direction", "strand", "at_km"} <= set(t.columns)),
        None,
    )
    strands = next(
        (t for t in found.values() if {"ref", "strand", "unread_from_km"} <= set(t.columns)), None
    )
    drawn = [figures.route_strips(log, strands)] if log is not None and strands is not None else []
    line = found.get("timeline.csv") if name == "access" else None
    drawn += [timelines.time_lines(line)] if line is not None else []
    shown = []
    for file, table in found.items():
        if table is not log or strands is None:
            caption, about = explained.caption(name, Path(file).stem)
            shown.append(Table(caption, table, f"All rows: {name}/{file}.", about=about))
    sentences = [] if quoted is None else [str(s) for s in quoted["sentence"]]
    text = [*sentences, *explained.TEXT.get(name, ())]
    return Section(title, text, drawn, shown) if found else None


def _quoted(folder: Path, name: str, title: str) -> Section | None:
    """Return the tables of a folder under all that is claimed there."""
    return _further(folder, name, title, quoted=csv_of(folder / name / "claims.csv"))


def _searches(folder: Path) -> Section | None:
    """Return what search logs show, under the sentences claimed of them (A6–A10)."""
    quoted = [csv_of(folder / "searches" / "claims" / f"{n}.csv") for n in ("searches", "seen")]
    sheets = [s for s in quoted if s is not None and len(s)]
    claims = pd.concat(sheets, ignore_index=True) if sheets else None
    whole = _further(folder, "searches", "Searches", quoted=claims)
    beside = _further(folder, "searches/seen", "Searches")
    if whole is None or beside is None:
        return whole
    return replace(whole, tables=[*whole.tables, *beside.tables])


def _of_people(folder: Path) -> pd.DataFrame | None:
    """Return the claims of traffic, of groups of people and of sensitive places (C9 to C11)."""
    claims = csv_of(folder / "coverage" / "claims.csv")
    return None if claims is None else claims[claims["claim_id"].str.match(r"c(?:9|10|11)-")]


def _stages(manifest: dict[str, Any]) -> Section | None:
    rows = []
    for stage, entry in manifest.get("stages", {}).items():
        counts = {k: v for k, v in entry.get("rows", {}).items() if isinstance(v, int)}
        rows += [
            {"stage": stage, "what": k.replace("_", " "), "rows": v}
            for k, v in sorted(counts.items())
        ]
    if not rows:
        return None
    text = ["What goes into a stage comes out of it, or is counted with a reason."]
    return Section("Rows at every stage", text, (), [Table("Counts", pd.DataFrame(rows))])


def _made(manifest: dict[str, Any], folder: Path) -> dict[str, str]:
    facts = {
        f"input {i['file']}": f"{i['bytes']:,} bytes, SHA-256 {i['sha256']}"
        for i in manifest.get("inputs", [])
    }
    facts |= {f"{k} version": str(v) for k, v in sorted(manifest.get("versions", {}).items())}
    if facts or not (folder / "cameras.parquet").is_file():
        return facts
    return {"cameras.parquet": f"SHA-256 {sha256(folder / 'cameras.parquet')}"}
