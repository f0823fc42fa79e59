"""Tables become one self-contained HTML map: no server, no tiles, no request
(docs/method/publish.md).

``write(MapData(title=..., cameras=...), path)`` is all a caller needs; every further table is
optional and adds its layer, its lines on the card and its filters. folium gives the frame, Leaflet
1.9.4 is inlined, our own small scripts draw. The same input gives the same bytes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alprmap import __version__, geo, steps
from alprmap.credits import FICTIONAL, credits_of
from alprmap.errors import InputError, UsageError
from alprmap.geography import is_a_place
from alprmap.personal import published
from alprmap.publish.exports.exports import credited
from alprmap.publish.map import basemap, layers, orient, page, payload, timeline, trips
from alprmap.publish.map.data import Layer, LinkedPage, MapData, Source
from alprmap.shipped import data_path
from alprmap.store import write_text

__all__ = ["Layer", "MapData", "Source", "map_html", "write_map"]

NO_SCRIPT_ROWS = 2000
"""Pages with fewer cameras carry a plain table that needs no JavaScript."""
LARGE = 5000
"""From this many cameras on, distances are kept to 100 m instead of 10 m."""
_WORDS_FIRST = (
    "operator",
    "operator_kind",
    "vendor",
    "state",
    "county",
    "first_seen",
    "last_seen",
    "status",
)
_REPORT_COLUMNS = (
    "report_id",
    "source_id",
    "first_seen",
    "last_seen",
    "rule",
    "distance_m",
    "direction_raw",
    "operator_raw",
    "vendor_raw",
    "place_raw",
)


def write_map(data: MapData, path: Path, *, embed: bool = False) -> None:
    """Write the map page, atomically.

    Parameters
    ----------
    data
        The tables.
    path
        Where; ends in ``.html``.
    embed
        A small page for an ``<iframe>``: without reports, roads, counties and the table of rows.

    Raises
    ------
    InputError
        When a table lacks what the map needs.
    StorageError
        When the disk refuses.
    """
    write_text(Path(path), map_html(data, embed=embed))


@cache
def page_words() -> dict[str, dict[str, str]]:
    """Return what the page says by language and English text (data/page.toml)."""
    words: dict[str, dict[str, str]] = tomllib.loads(data_path("page.toml").read_text("utf-8"))
    return words


def map_html(data: MapData, *, embed: bool = False) -> str:
    """Return the page as text; see `write_map`."""
    frame = page.map_frame()
    script, style = page.leaflet()
    cameras = _cameras(data)
    if data.language != "en" and data.language not in page_words():
        raise UsageError(
            f"no page speaks {data.language!r}", fix=f"use en or {' or '.join(page_words())}"
        )
    document = content(data, cameras, embed=embed)
    body = page.asset("map.html").replace("@MAP@", frame.element, 1)
    if len(cameras) < NO_SCRIPT_ROWS and not embed:
        body += "\n" + _without_script(data, cameras)
    elif data.pages and not embed:
        body += "\n" + _pages_without_script(data)
    return page.html_document(
        title=data.title,
        description=data.subtitle,
        body=body,
        styles=[style, frame.style, page.page_look(), page.asset("css/map.css")],
        scripts=[script, frame.script, page.map_scripts()],
        data={"data": document},
        language=data.language,
        workers="trip" in document,
        notice=(
            "Leaflet 1.9.4 (BSD-2-Clause, see the script); page by alprmap. Data licenses: on the"
            " page."
        ),
    )


def _cameras(data: MapData) -> pd.DataFrame:
    """Return the cameras with their distances, in the order of the payload (along a Hilbert
    curve).
    """
    for name in ("camera_id", "lon", "lat"):
        if name not in data.cameras.columns:
            raise InputError(
                f"the cameras lack their column {name}", fix="pass the table of `merge`"
            )
    cameras = pd.DataFrame(data.cameras.drop(columns=["geometry"], errors="ignore"))
    if cameras["camera_id"].duplicated().any():
        raise InputError("two cameras have the same camera_id", fix="pass the table of `merge`")
    if data.diff is not None:
        cameras = _with_change(cameras, data.diff)
    if data.reach is not None:
        extra = data.reach.drop(
            columns=[c for c in data.reach.columns if c in cameras.columns and c != "camera_id"]
        )
        cameras = cameras.merge(extra, on="camera_id", how="left", validate="1:1")
    if data.access is not None and "access_class" not in cameras.columns:
        cameras = _with_access(cameras, data.access)
    # by id first: the order of the input must not show where cameras share a point
    cameras = cameras.sort_values("camera_id", kind="stable")
    order = payload.spatial_order(cameras["lon"], cameras["lat"])
    return cameras.iloc[order].reset_index(drop=True)


def _with_change(cameras: pd.DataFrame, diff: pd.DataFrame) -> pd.DataFrame:
    """Return the cameras with their `change`, and those that are gone as further rows."""
    for name in ("camera_id", "change"):
        if name not in diff.columns:
            raise InputError(
                f"the table of changes lacks its column {name}", fix="pass the table of `diff`"
            )
    change = diff.drop_duplicates("camera_id").set_index("camera_id")["change"]
    out = cameras.assign(change=cameras["camera_id"].map(change).fillna("unchanged").astype("str"))
    gone = diff[~diff["camera_id"].isin(cameras["camera_id"])].drop_duplicates("camera_id")
    if len(gone) and {"lon", "lat"} <= set(gone.columns):
        known = [c for c in gone.columns if c in out.columns]
        out = pd.concat([out, gone[known]], ignore_index=True)
    return out


def _with_access(cameras: pd.DataFrame, access: pd.DataFrame) -> pd.DataFrame:
    """Return the cameras with `access_class`: class and hops (A2, A3) in words, where `access` has
    both."""
    if not {"camera_id", "class", "hops"} <= set(access.columns):
        return cameras
    one = access.drop_duplicates("camera_id").set_index("camera_id")
    hops = pd.to_numeric(one["hops"], errors="coerce").map(
        {0: "run by it", 1: "one hop, on record", 2: "two hops, possible"}
    )
    said = (one["class"].astype("str") + ": " + hops).where(hops.notna(), "no record")
    return cameras.assign(
        access_class=cameras["camera_id"].map(said).fillna("no record").astype("str")
    )


def _accessed(access: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """Return what is said of access by row of the page; empty text is missing, hops are numbers."""
    table = access.where(access != "", None)
    if "hops" in table.columns:
        table = table.assign(hops=pd.to_numeric(table["hops"], errors="coerce"))
    return _by_row(table, row, [c for c in table.columns if c != "camera_id"])


def content(data: MapData, cameras: pd.DataFrame, *, embed: bool = False) -> dict[str, Any]:
    """Return the JSON value of a page; strings that repeat are kept once (``strings``)."""
    row = pd.Series(np.arange(len(cameras)), index=cameras["camera_id"])
    part = steps.course("putting the page together", 6)
    document: dict[str, Any] = {
        "format": "alprmap-map/1",
        "meta": _meta(data, cameras, embed),
        "cameras": payload.payload_frame(_shown(cameras, embed), scales=_scales(cameras, embed)),
        "layers": layers.encode(data, _extent(data, cameras), embed=embed, row=row),
    }
    part()
    if data.views is not None:
        views = _by_row(data.views, row, ["heading_deg", "width_deg", "quality"])
        document["views"] = payload.payload_frame(
            views, scales={"heading_deg": 1 if embed else 10, "width_deg": 10}
        )
    part()
    if data.reports is not None and not embed:
        found = _reports(data, row)
        encoded = payload.payload_frame(found, scales={"distance_m": 1})
        if "report_id" in found.columns and "source_record" in document["cameras"]["c"]:
            own = pd.Series(cameras["source_record"].to_numpy(object)[found["row"].to_numpy()])
            encoded["c"]["report_id"] = payload.endings(
                encoded["c"]["report_id"], found["report_id"], own, "source_record"
            )
        document["reports"] = encoded
    if data.segments is not None and data.watches is not None and not embed:
        reads = orient.reads_of(data.watches, data.segments, row)
        document["reads"] = payload.payload_frame(reads, scales={"range_m": 1})
    part()
    if data.roads is not None and data.watches is not None and not embed:
        trip = trips.trip_payload(data.roads, data.watches, row)
        if trip is not None:
            document["trip"] = trip
    part()
    if data.access is not None and not embed:
        document["access"] = payload.payload_frame(_accessed(data.access, row))
    if data.timeline is not None and len(data.timeline["days"]) and not embed:
        document["timeline"] = timeline.timeline_payload(dict(data.timeline), row)
    part()
    _derive_land(document["cameras"], cameras)
    document["words"] = page_words()
    document["strings"] = _share(document)
    part()
    return document


def _shown(cameras: pd.DataFrame, embed: bool) -> pd.DataFrame:
    wanted = _EMBED if len(cameras) < _EMBED_ROWS else _EMBED[1:]
    keep = [
        c for c in cameras.columns if not (embed and c not in wanted) and not _UNSEEN.match(str(c))
    ]
    empty = [c for c in keep if cameras[c].isna().all() and c not in ("camera_id", "lon", "lat")]
    shown = cameras[[c for c in keep if c not in empty]]
    grid = 1 / _coarse(cameras)
    far = [str(c) for c in shown.columns if str(c).endswith("_m") and c != "position_error_m"]
    return shown.assign(
        **{c: _by_miles(shown[c], grid) for c in far if shown[c].dtype.kind in "iuf"}
    )


def _coarse(cameras: pd.DataFrame) -> float:
    return 0.01 if len(cameras) >= LARGE else 0.1


def _by_miles(meters: pd.Series, grid_m: float) -> pd.Series:
    """Round distances to a grid without crossing a whole mile, so that a filter counts as the
    tables do."""
    values = meters.to_numpy(np.float64)
    mile = geo.STATUTE_MILE_M
    # the least whole number of miles within which the camera stands; the table has centimeters
    upper = np.ceil(np.round(values / mile, 9)) * mile
    near = np.round(values / grid_m)
    near = np.minimum(near, np.floor(upper / grid_m + 1e-9))
    near = np.where(
        near * grid_m <= upper - mile, np.floor((upper - mile) / grid_m + 1e-9) + 1, near
    )
    return pd.Series(np.maximum(near, 0) * grid_m, index=meters.index)


_UNSEEN = re.compile(r"near_.*_(lon|lat)$|place_|county_geoid$")
"""Columns that no reader of a map asks for: feet on the border, how the county was found."""
_EMBED_ROWS = 10_000
"""From this many cameras on, an embedded page leaves out their ids (8 bytes each)."""
_EMBED = (
    "camera_id",
    "lon",
    "lat",
    "operator",
    "operator_kind",
    "vendor",
    "access_class",
    "change",
    "outcome",
)


def _scales(cameras: pd.DataFrame, embed: bool) -> dict[str, float]:
    coarse = _coarse(cameras)
    point = payload.SHAPE_SCALE if embed else payload.POINT_SCALE
    scales: dict[str, float] = {"lon": point, "lat": point, "confidence": 100}
    for name in cameras.columns:
        text = str(name)
        if text.endswith("_m") and text != "position_error_m":
            scales[text] = coarse
        elif text.endswith("_s"):
            scales[text] = 1 / 60
    return {
        **{str(c): 1000.0 for c in cameras.columns if cameras[c].dtype.kind == "f"},
        "position_error_m": 1.0,
    } | scales


def _by_row(table: pd.DataFrame, row: pd.Series, columns: list[str]) -> pd.DataFrame:
    """Return rows of `table` under the row number of their camera, sorted by it, without rows of
    other cameras."""
    known = table[table["camera_id"].isin(row.index)]
    out = pd.DataFrame({"row": row.loc[known["camera_id"]].to_numpy()})
    for name in columns:
        if name in known.columns:
            out[name] = known[name].to_numpy()
    # by the first columns too: the order of the input must not show
    return out.sort_values(list(out.columns[:3]), kind="stable").reset_index(drop=True)


def _reports(data: MapData, row: pd.Series) -> pd.DataFrame:
    reports = data.reports
    assert reports is not None
    if "camera_id" not in reports.columns:
        if data.links is None:
            raise InputError("reports came without links", fix="pass the links of `merge` too")
        columns = [
            c for c in ("report_id", "camera_id", "rule", "distance_m") if c in data.links.columns
        ]
        reports = reports.drop(columns=[c for c in columns if c != "report_id"], errors="ignore")
        reports = reports.merge(data.links[columns], on="report_id", how="inner")
    found = _by_row(published(reports, is_a_place=is_a_place), row, list(_REPORT_COLUMNS))
    _leave_out_echoes(found, data, row)
    return found.loc[:, [c for c in found.columns if c == "row" or found[c].notna().any()]]


def _leave_out_echoes(reports: pd.DataFrame, data: MapData, row: pd.Series) -> None:
    """Blank what a report says in the very words of its camera; the card shows it there already."""
    at = data.cameras.set_index("camera_id").reindex(row.index)
    for raw, name in (("operator_raw", "operator"), ("vendor_raw", "vendor")):
        if raw in reports.columns and name in at.columns:
            same = (
                reports[raw].to_numpy(object)
                == at[name].to_numpy(object)[reports["row"].to_numpy()]
            )
            reports.loc[same, raw] = None
    if "direction_raw" in reports.columns and data.views is not None:
        single = data.views.drop_duplicates("camera_id", keep=False).set_index("camera_id")[
            "heading_deg"
        ]
        heading = single.reindex(row.index).to_numpy()[reports["row"].to_numpy()]
        given = pd.to_numeric(reports["direction_raw"], errors="coerce").to_numpy(dtype=np.float64)
        reports.loc[given == heading, "direction_raw"] = None


def _derive_land(table: dict[str, Any], cameras: pd.DataFrame) -> None:
    """Leave out `to_land_m` where it is the nearer of Mexico and Canada, as it is by definition
    (R1)."""
    parts = ["to_mexico_m", "to_canada_m"]
    if not {"to_land_m", *parts} <= set(table["c"]):
        return
    if np.array_equal(
        cameras[parts].min(axis=1).to_numpy(), cameras["to_land_m"].to_numpy(), equal_nan=True
    ):
        table["c"]["to_land_m"] = {"k": "min", "of": parts}


def _share(document: dict[str, Any]) -> list[str]:
    """Keep base64 strings that occur twice once: they are replaced by their place in the list
    returned."""
    seen: dict[str, list[dict[str, Any]]] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            text = value.get("d")
            if isinstance(text, str) and len(text) > 64 and "k" in value:
                seen.setdefault(text, []).append(value)
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(document)
    pool: list[str] = []
    for text, places in seen.items():
        if len(places) > 1:
            for place in places:
                place["d"] = len(pool)
            pool.append(text)
    return pool


def _extent(data: MapData, cameras: pd.DataFrame) -> basemap.Bbox:
    if data.bbox is not None:
        return data.bbox
    known = cameras.dropna(subset=["lon", "lat"])
    if not len(known):
        return (-125.0, 24.0, -66.0, 50.0)
    return tuple(
        float(v)
        for v in (known["lon"].min(), known["lat"].min(), known["lon"].max(), known["lat"].max())
    )  # type: ignore[return-value]


def _meta(data: MapData, cameras: pd.DataFrame, embed: bool) -> dict[str, Any]:
    bbox = data.bbox or first_view(cameras)
    return {
        "title": str(data.title),
        "subtitle": str(data.subtitle),
        "dates": [{"label": str(k), "value": str(v)} for k, v in data.dates.items()],
        "sources": [
            {"name": s.name, "license": s.license, "url": s.url, "date": s.date, "credit": s.credit}
            for s in data.sources
        ],
        "notices": [str(n) for n in data.notices],
        "fictional": bool(data.fictional),
        "credit": _credit(data),
        "color_by": data.color_by,
        "story": [] if embed else _told(data.story),
        "story_in": {} if embed else {k: _told(v) for k, v in data.story_in.items()},
        "language": data.language,
        "access_to": str(data.access_to),
        "pages": [] if embed else [_linked(each) for each in data.pages],
        "back": None if embed or data.back is None else _linked(data.back),
        "bbox": None if bbox is None else [round(v, 4) for v in bbox],
        "embed": embed,
        "version": __version__,
    }


def _credit(data: MapData) -> dict[str, str]:
    """Return what a table that is saved from the page says of itself."""
    said = [FICTIONAL] * data.fictional
    whole = credited(credits_of(data.cameras), data.sources, [*said, *map(str, data.notices)])
    return whole.members()


def _linked(other: LinkedPage) -> dict[str, Any]:
    box = None if other.box is None else [round(v, 3) for v in other.box]
    about = {"name": other.name, "href": other.href, "state": other.state}
    return about | {"cameras": other.cameras, "box": box}


def _told(story: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"figure": figure, "text": text} for figure, text in story]


def first_view(cameras: pd.DataFrame) -> tuple[float, float, float, float] | None:
    """Return the extent a page opens with: that of 99 % of the cameras, so that a far island does
    not shrink all.

    None when no camera has a position.
    """
    known = cameras.dropna(subset=["lon", "lat"])
    if not len(known):
        return None
    share, margin = (0.005, 0.05) if len(known) >= 1000 else (0.0, 0.02)
    west, east = known["lon"].quantile([share, 1 - share])
    south, north = known["lat"].quantile([share, 1 - share])
    dx, dy = max((east - west) * margin, 0.01), max((north - south) * margin, 0.01)
    return float(west - dx), float(south - dy), float(east + dx), float(north + dy)


def _without_script(data: MapData, cameras: pd.DataFrame) -> str:
    """Return a plain table, every text escaped, for readers without JavaScript."""
    names = [
        "camera_id",
        *(c for c in _WORDS_FIRST if c in cameras.columns and cameras[c].notna().any()),
        "lat",
        "lon",
    ]
    head = "".join(f'<th scope="col">{page.page_text(n.replace("_", " "))}</th>' for n in names)
    rows = []
    table = cameras.sort_values("camera_id", kind="stable")[names]
    for values in table.itertuples(index=False):
        rows.append(f"<tr>{''.join(f'<td>{_cell(v)}</td>' for v in values)}</tr>")
    badge = '<p class="badge">Fictional example</p>' if data.fictional else ""
    return (
        f'<noscript><div class="no-js" lang="en">{badge}<h1>{page.page_text(data.title)}</h1>'
        f"<p>{page.page_text(data.subtitle)}</p>"
        "<p>The map needs JavaScript; here are its cameras. "
        "Absence of a row is not absence of a camera.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>\n"
        + "\n".join(rows)
        + "\n</tbody></table></div></noscript>"
    )


def _pages_without_script(data: MapData) -> str:
    """Return the links to the pages of the parts, for readers without JavaScript."""
    links = (
        f'<li><a href="{page.page_text(p.href)}">{page.page_text(p.name)}</a></li>'
        for p in data.pages
    )
    return f'<noscript><ul lang="en">{"".join(links)}</ul></noscript>'


def _cell(value: Any) -> str:
    """Return the text of a table cell, safe for HTML; nothing for what is missing."""
    if pd.isna(value):
        return ""
    return page.page_text(f"{value:.6f}" if isinstance(value, float) else value)
