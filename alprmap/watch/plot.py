"""A picture of one camera: its wedge, the carriageways around it, and the places it reads, for
checking by eye."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely
import shapely.ops
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Wedge
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from alprmap import geo
from alprmap.errors import NotFoundError, UsageError
from alprmap.roads import NOTICE, Roads
from alprmap.store import refuse_format, replacing
from alprmap.watch.carriageways import half_widths_m
from alprmap.watch.reads import ALL_AROUND_DEG
from alprmap.watch.settings import Settings

FloatArray = NDArray[np.float64]

ROAD, EDGE, NAME, VIEW, READ, BEST = (
    "#e3e0d8",
    "#b9b4a6",
    "#4d493f",
    "#2b6cb0",
    "#e0912f",
    "#b3261e",
)
LEVEL_SHADE = "#cfd8e3"
HALO = withStroke(linewidth=2.5, foreground="white")


def plot_camera(
    camera_id: str,
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    roads: Roads,
    watches: pd.DataFrame,
    path: Path,
    *,
    settings: Settings | None = None,
    force: bool = False,
) -> None:
    """Draw what one camera reads to a PNG, SVG or PDF, atomically, same bytes each time.

    Raises
    ------
    NotFoundError
        When there is no such camera, or it has no position.
    UsageError
        When the file's suffix is no picture, or it exists and `force` is not set.
    """
    path = Path(path)
    refuse_format(path, "picture")
    if path.exists() and not force:
        raise UsageError("exists already", where=path, fix="pass --force to replace it")
    figure = Figure(figsize=(7.6, 8.2), dpi=120, layout="constrained")
    draw(figure.subplots(), camera_id, cameras, views, roads, watches, settings=settings)
    figure.text(0.01, 0.004, NOTICE, fontsize=7, color=NAME)
    stamp: dict[str, Any] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(
        path.suffix, {}
    )
    with mpl.rc_context({"svg.hashsalt": "alprmap"}), replacing(path) as scratch:
        figure.savefig(scratch, metadata=stamp)


def draw(
    axes: Axes,
    camera_id: str,
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    roads: Roads,
    watches: pd.DataFrame | None = None,
    *,
    settings: Settings | None = None,
    span_m: float | None = None,
) -> None:
    """Draw one camera on matplotlib axes, north up, meters east and north of it.

    Without `watches` only the camera, its views and the roads are drawn, so that a person can judge
    first."""
    settings = settings or Settings()
    here = cameras[cameras["camera_id"] == camera_id]
    if not len(here) or not np.isfinite(here[["lon", "lat"]].to_numpy(dtype=np.float64)).all():
        raise NotFoundError(
            f"no located camera is called {camera_id}", fix="take an id from the cameras table"
        )
    lon, lat = float(here["lon"].iloc[0]), float(here["lat"].iloc[0])
    span = span_m or 1.4 * settings.range_m
    near = _around(roads, lon, lat, span)
    _roads(axes, near, lon, lat, span)
    mine = views[views["camera_id"] == camera_id]
    _views(axes, mine, settings)
    if watches is not None:
        _watches(axes, watches[watches["camera_id"] == camera_id], near, lon, lat)
    axes.plot(0, 0, "o", color=VIEW, markersize=7, markeredgecolor="white", zorder=9)
    axes.set(
        xlim=(-span, span),
        ylim=(-span, span),
        aspect="equal",
        xlabel="meters east",
        ylabel="meters north",
    )
    axes.tick_params(labelsize=7)
    heading = (
        ", ".join("unknown" if h != h else f"{h:g}°" for h in mine["heading_deg"]) or "unknown"
    )
    axes.set_title(f"{camera_id}   heading {heading}", fontsize=9, loc="left", parse_math=False)


def _around(roads: Roads, lon: float, lat: float, span: float) -> Any:
    per_lon, per_lat = geo.degree_m(lat)
    dx, dy = 1.5 * span / float(per_lon), 1.5 * span / float(per_lat)
    rows = roads.segments.sindex.query(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy))
    near = roads.segments.iloc[np.sort(rows)]
    return near.assign(half_m=half_widths_m(near))


def _xy(line: Any, lon: float, lat: float) -> FloatArray:
    coords = shapely.get_coordinates(line)
    return np.stack(geo.tangent_xy(coords[:, 0], coords[:, 1], lon, lat), axis=1)


def _roads(axes: Axes, near: Any, lon: float, lat: float, span: float) -> None:
    by_level = near.sort_values(["layer", "segment_id"]) if "layer" in near.columns else near
    named: list[FloatArray] = []
    for row in by_level.to_dict("records"):
        xy = _xy(row["geometry"], lon, lat)
        raised = row.get("layer", 0) != 0
        body = shapely.LineString(xy).buffer(row["half_m"], cap_style="flat")
        for part in getattr(body, "geoms", [body]):
            x, y = part.exterior.xy
            axes.fill(
                x, y, facecolor=LEVEL_SHADE if raised else ROAD, edgecolor=EDGE, linewidth=0.4
            )
        axes.plot(*xy.T, color=EDGE, linewidth=0.6, linestyle="-" if not row.get("tunnel") else ":")
        if row["forward"] != row["backward"]:
            _arrows(axes, xy if row["forward"] else xy[::-1], span)
        _name(axes, row, xy, span, named)


def _arrows(axes: Axes, xy: FloatArray, span: float) -> None:
    line = shapely.LineString(xy)
    for at in np.arange(15.0, line.length, 30.0):
        a, b = line.interpolate(at - 3).coords[0], line.interpolate(at + 3).coords[0]
        if max(abs(a[0]), abs(a[1])) < span:
            axes.annotate(
                "",
                b,
                a,
                arrowprops={"arrowstyle": "->", "color": NAME, "lw": 0.8},
                annotation_clip=True,
            )


def _name(
    axes: Axes, row: dict[str, Any], xy: FloatArray, span: float, named: list[FloatArray]
) -> None:
    inside = shapely.LineString(xy).intersection(shapely.box(-span, -span, span, span))
    if inside.is_empty or inside.length < 0.2 * span:
        return
    part = max(getattr(inside, "geoms", [inside]), key=lambda g: g.length)
    a, b = (np.array(part.interpolate(f, normalized=True).coords[0]) for f in (0.45, 0.55))
    if any(np.hypot(*(a - other)) < 0.14 * span for other in named):
        return
    named.append(a)
    words = [row[c] for c in ("name", "ref") if isinstance(row.get(c), str)][:1]
    label = " ".join([*(words or ["–"]), f"({row['highway']})"])
    turn = (np.degrees(np.arctan2(*(b - a)[::-1])) + 90) % 180 - 90
    # a name is somebody's text: never read as mathematics
    axes.text(
        float(a[0]),
        float(a[1]),
        label[:60],
        fontsize=6,
        rotation=turn,
        rotation_mode="anchor",
        ha="center",
        va="center",
        color=NAME,
        clip_on=True,
        parse_math=False,
    )


def _views(axes: Axes, mine: pd.DataFrame, settings: Settings) -> None:
    for heading, width in zip(mine["heading_deg"], mine["width_deg"], strict=True):
        opening = settings.width_deg if width != width else width
        if heading != heading or opening >= ALL_AROUND_DEG:
            axes.add_patch(Circle((0, 0), settings.range_m, color=VIEW, alpha=0.13, lw=0))
            continue
        left, right = 90 - heading - opening / 2, 90 - heading + opening / 2
        axes.add_patch(
            Wedge((0, 0), settings.range_m, left, right, color=VIEW, alpha=0.18, lw=0, zorder=4)
        )
        tip = settings.range_m * np.array(
            [np.sin(np.radians(heading)), np.cos(np.radians(heading))]
        )
        axes.plot([0, tip[0]], [0, tip[1]], color=VIEW, linewidth=0.8, linestyle="--", zorder=5)


def _watches(axes: Axes, mine: pd.DataFrame, near: Any, lon: float, lat: float) -> None:
    lines = dict(zip(near["segment_id"], near.geometry, strict=True))
    for row in mine.to_dict("records"):
        line = shapely.LineString(_xy(lines[row["segment_id"]], lon, lat))
        color = BEST if row["winner"] else READ
        scale = line.length / max(
            float(near.loc[near["segment_id"] == row["segment_id"], "length_m"].iloc[0]), 1e-9
        )
        part = shapely.ops.substring(line, row["start_m"] * scale, row["end_m"] * scale)
        axes.plot(
            *np.array(part.coords).T,
            color=color,
            linewidth=2.4,
            alpha=0.8,
            zorder=6,
            solid_capstyle="round",
        )
        sense = 1.0 if row["travel"] == "forward" else -1.0
        at = row["offset_m"] * scale
        place = line.interpolate(at)
        ahead = np.array(line.interpolate(min(at + 4, line.length)).coords[0])
        course = sense * (ahead - np.array(line.interpolate(max(at - 4, 0.0)).coords[0]))
        course = 9.0 * course / max(float(np.hypot(*course)), 1e-9)
        spot = (place.x, place.y)
        axes.annotate(
            "",
            spot + course,
            spot,
            zorder=8,
            arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.8},
        )
        axes.plot(*spot, "D", color=color, markersize=5, markeredgecolor="white", zorder=8)
        axes.annotate(
            f"{row['score']:.2f}",
            spot,
            (5, 5),
            textcoords="offset points",
            fontsize=7,
            color=color,
            path_effects=[HALO],
        )
