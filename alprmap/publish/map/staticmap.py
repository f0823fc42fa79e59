"""A map as a picture, without a browser: what `alprmap map --png` and a report show.

Drawn on a conic equal-area plane for the country and a local one for a town, with title, date,
legend, scale and credit.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib import patheffects
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from pyproj import Transformer

from alprmap import geo
from alprmap.geography import place_labels
from alprmap.publish.exports.styles import KINDS, OKABE_ITO, SERIES, Look
from alprmap.publish.map import basemap
from alprmap.publish.map.data import MapData, credit_lines
from alprmap.publish.map.webmap import first_view, page_words
from alprmap.publish.report import figures
from alprmap.publish.report.firstpage import report_words, title_in
from alprmap.publish.report.said import days_text
from alprmap.text import number_of

ALBERS = "EPSG:5070"
"""NAD83 / Conus Albers: equal area, for pages of the country."""
_ROADS = {"motorway": 1.6, "trunk": 1.4, "primary": 1.0, "secondary": 0.8, "tertiary": 0.6}
_RASTER = 5_000
"""From this many cameras on, the points of an SVG are one picture: 61,768 shapes would take 6 MB.
"""


def draw_static(
    data: MapData, *, width_in: float = 9.0, height_in: float = 6.2, dpi: int = 160
) -> figures.Figure:
    """Draw the cameras, ground, roads, watched stretches and borders of `data` as SVG and PNG.

    Parameters
    ----------
    data
        As for the page.
    width_in, height_in, dpi
        Size in inches and dots an inch of the PNG.
    """
    bbox = data.bbox or first_view(data.cameras) or (-125.0, 24.0, -66.0, 50.0)
    local = basemap.is_local(bbox)
    crs: Any = geo.metric_crs(bbox) if local else ALBERS
    with figures.style():
        canvas = Canvas(figsize=(width_in, height_in))
        axes = canvas.add_axes((0.0, 0.06, 1.0, 0.82))
        extent = _extent(bbox, crs, width_in / (height_in * 0.82))
        axes.set(xlim=extent[::2], ylim=extent[1::2], aspect="equal")
        axes.set_axis_off()
        _ground(axes, data, bbox, crs, extent, local)
        handles = _cameras(axes, data, crs, local)
        over = [*_margin(canvas, data, handles), *_scale(axes, extent)]
        if data.states is not None:
            boxes = [each.get_window_extent() for each in over]
            _towns(axes, crs, extent, local, boxes, _dots(axes, data, crs, local))
        count = int(data.cameras["lon"].notna().sum())
        alt = (
            f"Map: {data.title}. {number_of(count, 'camera')} as points over land and borders."
            f" {data.subtitle}"
        ).strip()
        return figures.finished(canvas, name="map", title=data.title, alt=alt, dpi=dpi)


def _extent(bbox: basemap.Bbox, crs: Any, aspect: float) -> tuple[float, float, float, float]:
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    edge = np.linspace(0, 1, 21)
    lon = bbox[0] + (bbox[2] - bbox[0]) * np.concatenate([edge, edge, edge * 0, edge * 0 + 1])
    lat = bbox[1] + (bbox[3] - bbox[1]) * np.concatenate([edge * 0, edge * 0 + 1, edge, edge])
    x, y = to.transform(lon, lat)
    west, east, south, north = x.min(), x.max(), y.min(), y.max()
    wide, high = (
        max(east - west, (north - south) * aspect),
        max(north - south, (east - west) / aspect),
    )
    cx, cy = (west + east) / 2, (south + north) / 2
    return cx - wide * 0.52, cy - high * 0.52, cx + wide * 0.52, cy + high * 0.52


def _ground(
    axes: Any, data: MapData, bbox: basemap.Bbox, crs: Any, extent: tuple[float, ...], local: bool
) -> None:
    axes.add_patch(
        _box(extent, "#d8e2e8" if data.states is not None or data.land is not None else "#f7f4ec")
    )
    around = basemap.padded(bbox, 1.2, 0.2)
    tolerance = 0.0005 if local else 0.02
    for frame, fill, edge, width in (
        (data.land if data.states is not None else None, "#e9e6de", "none", 0.0),
        (data.states if data.states is not None else data.land, "#f7f4ec", "#a9a294", 0.7),
        (data.counties if local else None, "none", "#d5cfc1", 0.6),
    ):
        if frame is not None:
            near = frame[shapely.intersects(frame.geometry.to_numpy(), shapely.box(*around))]
            shapes = gpd.GeoSeries(shapely.simplify(near.geometry.to_numpy(), tolerance), crs=4326)
            shapes = shapes[shapes.geom_type.str.endswith("Polygon")]
            _plot(axes, shapes, crs, facecolor=fill, edgecolor=edge, linewidth=width)
    if data.segments is not None:
        for highway, width in _ROADS.items():
            part = data.segments[data.segments["highway"] == highway]
            _plot(axes, part.geometry, crs, color="#c3b9a5", linewidth=width)
        if data.watches is not None and len(data.watches):
            watched = basemap.watched(data.segments, data.watches)
            _plot(axes, watched.geometry, crs, color="#c2410c", linewidth=2.2)
    for zone in data.zones.values():
        near = zone.frame[shapely.intersects(zone.frame.geometry.to_numpy(), shapely.box(*around))]
        shapes = gpd.GeoSeries(shapely.simplify(near.geometry.to_numpy(), tolerance), crs=4326)
        _plot(axes, shapes, crs, facecolor="#7a1f3d", alpha=0.10, edgecolor="none")
        _plot(axes, shapes.boundary, crs, color="#7a1f3d", linewidth=0.7, linestyle=(0, (4, 3)))
    for lines in data.borders.values():
        near = lines[shapely.intersects(lines.geometry.to_numpy(), shapely.box(*around))]
        _plot(
            axes, near.geometry, crs, color="#7a1f3d", linewidth=1.3, linestyle=(0, (8, 2, 1.5, 2))
        )


def _plot(axes: Any, shapes: gpd.GeoSeries, crs: Any, **look: Any) -> None:
    if len(shapes):
        shapes.to_crs(crs).plot(ax=axes, aspect=None, **look)


def _box(extent: tuple[float, ...], color: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (extent[0], extent[1]),
        extent[2] - extent[0],
        extent[3] - extent[1],
        facecolor=color,
        zorder=-5,
    )


def _cameras(axes: Any, data: MapData, crs: Any, local: bool) -> list[Line2D]:
    known = data.cameras.dropna(subset=["lon", "lat"]).sort_values("camera_id", kind="stable")
    if not len(known):
        return []
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to.transform(known["lon"].to_numpy(), known["lat"].to_numpy())
    column = data.color_by or _chosen(known)
    values = (
        known[column].fillna("unknown")
        if column in known.columns
        else pd.Series("camera", index=known.index)
    )
    values, looks = _classes(column, values)
    size = 5.5 if len(known) < 2_000 else 1.1
    handles = []
    for word, look in reversed(list(looks.items())):
        at = (values == word).to_numpy()
        hollow = word in ("unknown", "not stated")
        axes.plot(
            x[at],
            y[at],
            look.plot,
            linestyle="none",
            markersize=size,
            color=look.color,
            markerfacecolor=figures.GROUND if hollow and local else look.color,
            markeredgecolor=look.color if hollow else "white",
            markeredgewidth=0.9 if hollow and local else 0.4 if local else 0.0,
            rasterized=len(known) >= _RASTER,
            zorder=7 if local else 2,
        )
        label = (
            f"{figures.short('not stated' if word == 'unknown' else str(word))} ({int(at.sum()):,})"
        )
        fill = figures.GROUND if hollow else look.color
        swatch: dict[str, Any] = {
            "marker": look.plot,
            "linestyle": "none",
            "color": look.color,
            "markersize": 6,
        }
        handles.append(Line2D([], [], label=label, markerfacecolor=fill, **swatch))
    return handles[::-1]


def _chosen(cameras: pd.DataFrame) -> str:
    """Return the first column whose classes are stated for half the cameras, as the page
    chooses.
    """
    for name in ("operator_kind", "vendor"):
        if (
            name in cameras.columns
            and (cameras[name].notna() & (cameras[name] != "unknown")).mean() >= 0.5
        ):
            return name
    return "operator_kind"


def _classes(column: str, values: pd.Series) -> tuple[pd.Series, dict[str, Look]]:
    """Return the class of each camera and the look of each class, named as the page names them.

    Kinds of operator are few and have fixed looks; of makers the largest go by name, the rest
    together."""
    counts = values[values != "unknown"].value_counts()
    order = sorted(counts.index, key=lambda w: (-int(counts[w]), w))
    looks: dict[str, Look] = {}
    fixed = column == "operator_kind"
    for word in order if fixed else order[: len(SERIES)]:
        looks[word] = KINDS.get(word, KINDS["vendor only"]) if fixed else SERIES[len(looks)]
    rest = f"{len(order) - len(looks)} others"
    named = values.where(values.isin([*looks, "unknown"]), rest)
    if (named == rest).any():
        looks[rest] = Look(OKABE_ITO["ink"], "cross2", "X")
    if (named == "unknown").any():
        looks["unknown"] = KINDS["unknown"]
    return named, looks


def _said(text: str, data: MapData) -> str:
    """Return a text of the page in the language of the picture."""
    return page_words().get(data.language, {}).get(text, text)


def _margin(canvas: Any, data: MapData, handles: list[Line2D]) -> list[Any]:
    """Write title, dates and credit around the map; return what lies over it."""
    title = f"{_said('Fictional example', data)}: " if data.fictional else ""
    title += title_in(data.title, data.language)
    canvas.text(0.025, 0.962, figures.short(title, 90), fontsize=15, fontweight="bold", va="top")
    words = report_words(data.language)
    dates = [f"{_said(k, data)}: {days_text(str(v), words)}" for k, v in data.dates.items()]
    under = " · ".join([data.subtitle, *dates]).strip(" ·")
    canvas.text(0.025, 0.912, figures.short(under, 150), fontsize=9, color=figures.MUTED, va="top")
    credit = " · ".join(credit_lines(data.sources))
    canvas.text(0.025, 0.024, figures.short(credit, 120), fontsize=7.5, color=figures.MUTED)
    canvas.text(
        0.975,
        0.024,
        _said("Absence of a dot is not absence of a camera.", data),
        fontsize=7.5,
        color=figures.MUTED,
        ha="right",
    )
    if not handles:
        return []
    return [
        canvas.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0.015, 0.07),
            facecolor=figures.GROUND,
            edgecolor="#dcd8ce",
            framealpha=0.94,
            fontsize=8,
            borderpad=0.8,
            labelspacing=0.5,
            handletextpad=0.3,
        )
    ]


def _dots(axes: Any, data: MapData, crs: Any, local: bool) -> Any:
    """Return where the readers are drawn, in pixels; of a country none, whose dots are a ground."""
    known = data.cameras.dropna(subset=["lon", "lat"])
    if not local or not len(known):
        return np.empty((0, 2))
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    placed = to.transform(known["lon"].to_numpy(), known["lat"].to_numpy())
    return axes.transData.transform(np.column_stack(placed))


def _towns(
    axes: Any,
    crs: Any,
    extent: tuple[float, float, float, float],
    local: bool,
    over: list[Any],
    dots: Any,
) -> None:
    """Name the largest towns, so that no name lies on another, or under a box of `over`, and as few
    of the `dots` as can be."""
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    # the frame is wider than the box of the cameras: the city beside them is named too
    seen = to.transform_bounds(*extent, direction="INVERSE")
    span = max(seen[2] - seen[0], seen[3] - seen[1])
    most = _TOWNS if local else _TOWNS * 2
    towns = place_labels(seen, most=most, apart_deg=span / (13 if local else 14))
    # a name that the frame would cut stays away
    aside, up = 0.06 * (extent[2] - extent[0]), 0.03 * (extent[3] - extent[1])
    for row in towns.to_dict("records"):
        x, y = to.transform(row["lon"], row["lat"])
        across = extent[0] + aside < x < extent[2] - aside
        if across and extent[1] + up < y < extent[3] - up:
            _name(axes, str(row["name"]), (x, y), 8 if local else 7, over, dots)


def _name(
    axes: Any, text: str, at: tuple[float, float], size: int, over: list[Any], dots: Any
) -> None:
    """Write a name on its place, or beside it where that covers fewer dots; nowhere if no side has
    room."""
    free = []
    for i, (dx, dy, across, along) in enumerate(_SIDES if len(dots) else _SIDES[:1]):
        name = axes.annotate(
            text,
            at,
            (dx, dy),
            textcoords="offset points",
            ha=across,
            va=along,
            fontsize=size,
            color="#3a434c",
            path_effects=[patheffects.withStroke(linewidth=2.4, foreground=figures.GROUND)],
            zorder=6,
            annotation_clip=True,
        )
        box = name.get_window_extent()
        name.set_visible(False)
        if any(box.overlaps(each) for each in over):
            name.remove()
            continue
        near = box.padded(_DOT_PX)
        hit = ((dots >= near.min) & (dots <= near.max)).all(axis=1).sum()
        free.append((int(hit), i, name, box))
    free.sort(key=lambda each: each[:2])
    for _, _, name, _ in free[1:]:
        name.remove()
    if free:
        free[0][2].set_visible(True)
        over.append(free[0][3])


_SIDES = (
    (0, 0, "center", "center"),
    (0, 6, "center", "bottom"),
    (0, -6, "center", "top"),
    (7, 0, "left", "center"),
    (-7, 0, "right", "center"),
)
"""Where a name stands from its place, in points, in the order of preference."""

_DOT_PX = 4
"""Half the width of a dot on the canvas, in pixels."""

_TOWNS = 12
"""So many towns are named on a picture of a county, twice as many on one of the country."""


def _scale(axes: Any, extent: tuple[float, float, float, float]) -> list[Any]:
    """Draw a bar of a round number of miles, with the kilometers below; return the two texts."""
    span = (extent[2] - extent[0]) * 0.16 / geo.STATUTE_MILE_M
    power = 10.0 ** np.floor(np.log10(span))
    miles = max(m for m in (1, 2, 5) if m * power <= span or m == 1) * power
    right, bottom = (
        extent[2] - (extent[2] - extent[0]) * 0.03,
        extent[1] + (extent[3] - extent[1]) * 0.05,
    )
    left = right - miles * geo.STATUTE_MILE_M
    axes.plot(
        [left, right], [bottom, bottom], color="#20262c", linewidth=1.6, solid_capstyle="butt"
    )
    middle: dict[str, Any] = {
        "xy": ((left + right) / 2, bottom),
        "textcoords": "offset points",
        "ha": "center",
    }
    km = miles * geo.MILE_KM
    below = {"fontsize": 8, "color": figures.MUTED, **middle}
    return [
        axes.annotate(f"{miles:,g} mi", xytext=(0, 4), fontsize=8, **middle),
        axes.annotate(f"{km:,.{0 if km >= 5 else 1}f} km", xytext=(0, -11), **below),
    ]
