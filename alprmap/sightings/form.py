"""The sighting form: one offline HTML page on which anyone makes a sighting; nothing is stored or
sent (V11).

Uses the map page's frame, look and ground (`alprmap.publish.map.page` and `basemap`: publish and
contribute stand on one floor and share them). Known cameras and known devices that read no plates
go in once, as JSON. The file that the page writes is checked by the same rules as any other.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap.errors import UsageError
from alprmap.geography import counties, data_notice, load_border
from alprmap.geography import states as geography_states
from alprmap.publish import (
    DETAIL,
    POINT_SCALE,
    basemap_areas,
    basemap_roads,
    html_document,
    is_local,
    leaflet,
    map_frame,
    padded,
    page_look,
    payload_frame,
    payload_shapes,
    payload_table,
    spatial_order,
)
from alprmap.publish import asset as publish_asset
from alprmap.publish import page_text as publish_page_text
from alprmap.sightings import known, personal, places, sighting
from alprmap.sightings.check import SightingSettings as Settings
from alprmap.sightings.known import Known

ASSETS = Path(__file__).resolve().parent / "assets"
GROUND_SCRIPTS = ("decode", "words", "model", "draw", "basemap", "labels")
"""JavaScript of the map page that the form uses too, in order."""
SCRIPTS = ("say", "place", "known", "sheet", "main")
"""Our own, joined behind them."""
LANGUAGES = ("en", "es")
NATION = (-125.0, 24.0, -66.5, 49.6)
"""First view without cameras or roads: the lower 48 states."""
_EXAMPLE = {
    "type": "FeatureCollection",
    "format": sighting.FORMAT,
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [-100.6512, 28.9731]},
            "properties": {
                "man_made": "surveillance",
                "surveillance:type": "ALPR",
                "direction": "unknown",
                "evidence": "seen",
                "licence": "CC0-1.0",
            },
        }
    ],
}


@dataclass(frozen=True, slots=True)
class FormData:
    """What a form is made of; everything may be missing.

    `title` names the project or town; `cameras` are known plate readers, `others` known devices
    that read no plates; `segments` the roads to draw; `bbox` the first view (west, south, east,
    north); `language` the one it opens in.
    """

    title: str = ""
    cameras: Known = field(default_factory=known.none)
    others: Known = field(default_factory=known.none)
    segments: gpd.GeoDataFrame | None = None
    bbox: tuple[float, float, float, float] | None = None
    language: str = "en"


def form_html(data: FormData) -> str:
    """Return the form as one self-contained page; the same input gives the same bytes.

    Raises
    ------
    UsageError
        When the language is not one of `LANGUAGES`.
    """
    if data.language not in LANGUAGES:
        raise UsageError(f"--language {data.language!r}", fix=f"one of {', '.join(LANGUAGES)}")
    frame = map_frame()
    script, style = leaflet()
    example = json.dumps(_EXAMPLE, indent=1)
    body = asset("silhouettes.svg") + asset("form.html").replace("@MAP@", frame.element, 1)
    return html_document(
        title="Report a plate reader",
        description="An offline form. It stores nothing and sends nothing.",
        body=body.replace("@EXAMPLE@", page_text(example), 1),
        styles=[style, frame.style, page_look(), asset("form.css")],
        scripts=[script, frame.script, _script()],
        data={"data": content(data)},
        notice=(
            "Leaflet 1.9.4 (BSD-2-Clause, see the script); page by alprmap. It holds no data of its"
            " user."
        ),
    )


def page_text(text: str) -> str:
    """Return text of several lines escaped for markup.

    >>> page_text('<a>')
    '&lt;a&gt;'
    """
    return "\n".join(publish_page_text(line).replace(" ", "\u00a0") for line in text.splitlines())


@cache
def asset(name: str) -> str:
    """Return the text of a file under ``sightings/assets``."""
    return (ASSETS / name).read_text("utf-8")


def _script() -> str:
    parts = [publish_asset(f"js/{name}.js") for name in GROUND_SCRIPTS]
    parts += [asset(f"js/{name}.js") for name in SCRIPTS]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"


def content(data: FormData) -> dict[str, Any]:
    """Return the JSON value of a form: words, patterns, limits, known devices, the ground."""
    bbox = data.bbox or _extent(data)
    rules = asdict(Settings())
    return {
        "format": "alprmap-form/1",
        "meta": {
            "title": personal.clean(data.title),
            "bbox": [round(v, 4) for v in bbox],
            "language": data.language,
            "format": sighting.FORMAT,
            "osm": any(
                i.startswith(("node/", "way/")) for d in (data.cameras, data.others) for i in d.ids
            ),
            "credit": data_notice(["states", "counties", "land"]),
            "mounts": list(sighting.MOUNTS),
            "evidence": list(sighting.EVIDENCE),
            "settings": {
                k: rules[k]
                for k in ("same_m", "same_deg", "likely_m", "nearby_m", "other_m", "apart_deg")
            },
        },
        "strings": json.loads(asset("strings.json")),
        "patterns": [
            {k: p[k] for k in ("kind", "pattern", "flags")}
            for p in personal.data()["patterns"]
            if p["page"]
        ],
        "cameras": _devices(data.cameras),
        "views": _views(data.cameras),
        "others": _devices(data.others),
        "layers": _ground(data, bbox),
    }


def _devices(devices: Known) -> dict[str, Any]:
    frame = pd.DataFrame(
        {
            "id": list(devices.ids),
            "lon": devices.lon,
            "lat": devices.lat,
            "device": list(devices.device),
        }
        if len(devices)
        else {"id": [], "lon": [], "lat": [], "device": []}
    )
    scales = {"lon": float(POINT_SCALE), "lat": float(POINT_SCALE)}
    return payload_frame(frame.iloc[_order(devices)].reset_index(drop=True), scales=scales)


def _order(devices: Known) -> Any:
    """Return the rows by id and then along a curve through space: neighbors in the payload are
    near."""
    by_id = np.argsort(np.asarray(devices.ids, dtype=str), kind="stable")
    return by_id[spatial_order(devices.lon[by_id], devices.lat[by_id])]


def _views(devices: Known) -> dict[str, Any]:
    headings = devices.headings[_order(devices)]
    row, head = np.nonzero(~np.isnan(headings))
    return payload_frame(pd.DataFrame({"row": row, "heading_deg": np.round(headings[row, head])}))


def _extent(data: FormData) -> tuple[float, float, float, float]:
    """Return where the form opens: the roads, else the cameras, else the country."""
    if data.segments is not None and len(data.segments):
        west, south, east, north = (float(v) for v in data.segments.total_bounds)
        return west, south, east, north
    if not len(data.cameras):
        return NATION
    lon, lat = data.cameras.lon, data.cameras.lat
    low, high = (0.005, 0.995) if len(lon) >= 1000 else (0.0, 1.0)
    west, east = np.quantile(lon, [low, high])
    south, north = np.quantile(lat, [low, high])
    return padded((float(west), float(south), float(east), float(north)), 0.05, 0.01)


def _ground(data: FormData, bbox: tuple[float, float, float, float]) -> list[dict[str, Any]]:
    layers = basemap_areas(geography_states(), counties(), None, bbox)
    layers[0]["shape"] = payload_shapes(_land(bbox), scale=10_000)
    if data.segments is not None and len(data.segments):
        layers.append(basemap_roads(data.segments))
    layers.append(_border(bbox))
    return layers


@lru_cache(maxsize=4)
def _land(bbox: tuple[float, float, float, float]) -> Any:
    """Return the states, and Canada and Mexico up to their lines, so that across a border river is
    not the sea.

    The outline of the neighbors is coarse: it is grown by 0.05 degrees and cut at the states,
    which are finer near `bbox`. No two of the shapes overlap.
    """
    states = geography_states().geometry.to_numpy()
    near = shapely.intersects(states, shapely.box(*padded(bbox, 1.0, 0.4)))
    tolerance = DETAIL.near_deg if is_local(bbox) else DETAIL.far_deg / 2
    # the far states need no more than an outline; overlaps of their edges vanish in the union
    parts = [
        shapely.coverage_simplify(states[near], tolerance),
        shapely.simplify(states[~near], 0.02),
    ]
    own = shapely.union_all(shapely.make_valid(np.concatenate(parts)))
    outline = shapely.simplify(places.neighbors().geometry.to_numpy(), 0.03)
    abroad = shapely.difference(shapely.buffer(outline, 0.05, quad_segs=1), own)
    return np.array([own, *abroad], dtype=object)


def _border(bbox: tuple[float, float, float, float]) -> dict[str, Any]:
    """Return the land border as the map draws it, fine near `bbox`."""
    lines = load_border("land").geometry.to_numpy()
    near = shapely.intersects(lines, shapely.box(*padded(bbox, 1.0, 0.4))) & is_local(bbox)
    simple = np.where(
        near, shapely.simplify(lines, DETAIL.road_deg), shapely.simplify(lines, 0.003)
    )
    return {
        "id": "border",
        "label": "",
        "kind": "line",
        "style": "border",
        "on": True,
        "table": payload_table({}, len(simple)),
        "shape": payload_shapes(simple),
    }
