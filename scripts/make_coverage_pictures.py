"""Draw the small examples of docs/method/coverage.md with the functions they explain (rules C1-C6).

    python scripts/make_coverage_pictures.py

writes docs/pictures/coverage-*.svg, the same bytes each time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely

mpl.use("Agg")
import matplotlib.pyplot as plt

from alprmap import geo, schema
from alprmap.coverage import one_trip as single
from alprmap.coverage import reader_corridors as coverage
from alprmap.coverage import readers, unread
from alprmap.coverage import tracked_corridors as corridors
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads, restrictions_frame

OUT = Path(__file__).resolve().parent.parent / "docs" / "pictures"
ROAD, READER, DOWN, UP, TRACKED = "#c9c5bd", "#1b1b1b", "#c2410c", "#1d4ed8", "#7c3aed"
ORIGIN = (-100.0, 30.0)
# a main street with a side street every block, and a slower lane behind it
NODES = {
    0: (0, 0),
    1: (300, 0),
    2: (600, 0),
    3: (900, 0),
    4: (1200, 0),
    5: (300, 220),
    6: (600, 220),
    7: (900, 220),
    8: (600, -220),
    9: (0, 220),
    10: (1200, 220),
}
STREETS = [
    (0, 1),
    (1, 2),
    (2, 3),
    (3, 4),
    (1, 5),
    (5, 6),
    (6, 7),
    (7, 3),
    (2, 6),
    (2, 8),
    (9, 5),
    (7, 10),
]
MAIN = 4
KMH = {True: 60.0, False: 50.0}


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Place of meters east and north of the origin."""
    per_lon, per_lat = geo.degree_m(ORIGIN[1])
    return ORIGIN[0] + x / float(per_lon), ORIGIN[1] + y / float(per_lat)


def town() -> Roads:
    """The town of the examples."""
    rows = [
        {
            "segment_id": i,
            "way_id": i,
            "u": u,
            "v": v,
            "highway": "primary" if i < MAIN else "residential",
            "name": "Main Street" if i < MAIN else None,
            "ref": None,
            "forward": True,
            "backward": True,
            "layer": 0,
            "bridge": False,
            "tunnel": False,
            "lanes": np.nan,
            "maxspeed_kmh": KMH[i < MAIN],
            "length_m": float(np.hypot(*np.subtract(NODES[u], NODES[v]))),
            "geometry": shapely.LineString([lonlat(*NODES[u]), lonlat(*NODES[v])]),
        }
        for i, (u, v) in enumerate(STREETS)
    ]
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    return Roads(schema.conform(frame, "segments"), restrictions_frame([]), {})


def watches(rows: list[tuple[str, int, str, float]]) -> pd.DataFrame:
    """What its cameras read: (camera, segment, travel, meters along the geometry)."""
    frame = pd.DataFrame(rows, columns=["camera_id", "segment_id", "travel", "offset_m"])
    frame = frame.assign(
        heading_deg=np.nan, start_m=0.0, end_m=0.0, range_m=10.0, score=1.0, winner=True, rule="W1"
    )
    return schema.conform(frame, "watches")


def xy(shape: Any, side: float = 0.0) -> np.ndarray:
    """Meters of a line, moved to the right of its course."""
    lon, lat = shapely.get_coordinates(shape).T
    flat = np.column_stack(geo.tangent_xy(lon, lat, *ORIGIN))
    if side and len(flat) > 1:
        flat = shapely.get_coordinates(
            shapely.offset_curve(shapely.LineString(flat), -side, join_style="mitre")
        )
    return flat


def draw(
    name: str, title: str, read: pd.DataFrame, paint: Callable[[Any, Roads, pd.DataFrame], None]
) -> None:
    """Draw one example."""
    net = town()
    fig, ax = plt.subplots(figsize=(7.2, 3.4))
    for line in net.segments.geometry:
        ax.plot(*xy(line).T, color=ROAD, lw=9, solid_capstyle="round", zorder=1)
    paint(ax, net, read)
    for row in read.itertuples():
        line = net.segments.geometry.iloc[row.segment_id]
        course = line if row.travel == "forward" else shapely.reverse(line)
        length = net.segments["length_m"].iloc[row.segment_id]
        at = row.offset_m if row.travel == "forward" else length - row.offset_m
        (x0, y0), (x1, y1) = xy(course, 13)[[0, -1]]
        x, y, dx, dy = (
            x0 + (x1 - x0) * at / length,
            y0 + (y1 - y0) * at / length,
            (x1 - x0) / length,
            (y1 - y0) / length,
        )
        ax.annotate(
            "",
            (x + 26 * dx, y + 26 * dy),
            (x - 26 * dx, y - 26 * dy),
            zorder=6,
            arrowprops={"arrowstyle": "-|>", "color": READER, "lw": 2},
        )
        ax.plot(x, y, "o", color=READER, ms=6, zorder=7)
        ax.annotate(
            row.camera_id,
            (x, y),
            (0, 9 if row.travel == "backward" else -17),
            textcoords="offset points",
            ha="center",
            fontsize=10,
            zorder=8,
        )
    ax.set_title(title, fontsize=11, loc="left")
    ax.set_aspect("equal")
    ax.set_xlim(-60, 1260)
    ax.set_ylim(-290, 300)
    ax.axis("off")
    fig.savefig(OUT / f"coverage-{name}.svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(fig)


def reader_corridor(ax: Any, net: Roads, read: pd.DataFrame) -> None:
    """C1."""
    found = coverage.reader_corridors(read, net, radii_m=(400.0,))
    for row in found.stretches.itertuples():
        line = row.geometry if row.travel == "forward" else shapely.reverse(row.geometry)
        color, side = (DOWN, 18) if row.direction == "down" else (UP, 9)
        ax.plot(*xy(line, side).T, color=color, lw=2.6, zorder=3)
    ax.plot([], [], color=UP, lw=2.6, label="a reader comes within 400 m (up)")
    ax.plot([], [], color=DOWN, lw=2.6, label="a reader was passed within 400 m (down)")
    ax.legend(loc="lower right", fontsize=9, frameon=False)


def tracked(ax: Any, net: Roads, read: pd.DataFrame) -> None:
    """C2."""
    found = corridors.tracked(read, net)
    row = found.corridors[
        (found.corridors["from_camera_id"] == "a") & (found.corridors["to_camera_id"] == "b")
    ].iloc[0]
    ax.plot(*xy(row.geometry, 13).T, color=TRACKED, lw=4, zorder=3)
    words = f"{row.length_m:.0f} m in {row.time_s:.0f} s; best other way {row.alternative_s:.0f} s"
    ax.text(0, -150, f"{words}: certainty {row.certainty:.2f}", fontsize=9.5, color=TRACKED)


def zones(ax: Any, net: Roads, read: pd.DataFrame) -> None:
    """C4."""
    found = unread.unread_zones(read, net)
    graph = found.graph
    colors = ["#15803d", "#b45309", "#0e7490"]
    for arc in np.flatnonzero(graph.twin == np.arange(graph.n_arcs)):
        line = net.segments.geometry.iloc[graph.segment_id[arc]]
        line = line if graph.forward[arc] else shapely.reverse(line)
        zone = found.arc_zone[arc]
        color = "#dc2626" if found.read[arc] else colors[zone] if 0 <= zone < 3 else "#9a958c"
        ax.plot(*xy(line, 11).T, color=color, lw=2.4, ls="-" if zone >= 0 else ":", zorder=3)
    ax.plot([], [], color=colors[0], lw=2.4, label="largest unread zone")
    ax.plot([], [], color="#dc2626", lw=2.4, ls=":", label="read")
    ax.plot(
        [],
        [],
        color="#9a958c",
        lw=2.4,
        ls=":",
        label="in no zone: one cannot drive on and come back unread",
    )
    ax.legend(loc="lower right", fontsize=9, frameon=False)


def trip(ax: Any, net: Roads, read: pd.DataFrame) -> None:
    """C6."""
    places = readers.place_readers(read, Graph.from_segments(net.segments))
    for way, color, side in (("fastest", DOWN, 11), ("least", UP, 18)):
        made = single.route(net, places, 0, 4, way=way)
        words = f"{made.km:.2f} km, {60 * made.minutes:.0f} s, {len(made.readers)} readers"
        name = "fastest" if way == "fastest" else "least-read"
        ax.plot(*xy(made.line, side).T, color=color, lw=3, zorder=3, label=f"{name}: {words}")
    ax.legend(loc="lower right", fontsize=9, frameon=False)


def main() -> None:
    """Draw all examples."""
    # text as text: the same bytes on every machine, and readable
    mpl.rcParams.update(
        {"svg.hashsalt": "alprmap", "svg.fonttype": "none", "font.family": "sans-serif"}
    )
    one = watches([("a", 1, "forward", 150.0)])
    two = watches([("a", 0, "forward", 150.0), ("b", 3, "forward", 150.0)])
    draw(
        "c1",
        "C1: road within 400 m of travel of a reader that reads eastbound",
        one,
        reader_corridor,
    )
    draw("c2", "C2: read at a, next at b: the way between", two, tracked)
    cut = watches(
        [("a", 10, "forward", 150.0), ("b", 10, "backward", 150.0), ("c", 0, "forward", 150.0)]
    )
    draw("c4", "C4: where one can move unread", cut, zones)
    draw(
        "c6",
        "C6: a trip from the west end to the east end of Main Street",
        watches([("a", 1, "forward", 150.0), ("b", 2, "forward", 150.0)]),
        trip,
    )


if __name__ == "__main__":
    main()
