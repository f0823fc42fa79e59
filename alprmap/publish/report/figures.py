"""Figures of a report: vector and picture of the same drawing, each with a text that says what it
shows.

Drawn with matplotlib, the same bytes for the same input (fixed hash salt, no dates). Lines are told
apart by dash and by a label on them, points by shape: never by color alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from alprmap import geo
from alprmap.publish.exports.styles import OKABE_ITO
from alprmap.text import percent

BORDER_NAMES = {
    "mexico": "Mexico",
    "canada": "Canada",
    "land": "land border",
    "coast": "shoreline",
    "external": "external boundary",
    "port": "port of entry",
}
_LINES = {
    "mexico": (OKABE_ITO["red"], "-"),
    "canada": (OKABE_ITO["blue"], (0, (6, 2))),
    "land": (OKABE_ITO["ink"], "-"),
    "coast": (OKABE_ITO["green"], (0, (1, 1.2))),
    "external": (OKABE_ITO["pink"], (0, (6, 2, 1, 2))),
    "port": (OKABE_ITO["orange"], (0, (3, 1.5))),
}
GROUND = "#fffefb"
MUTED = "#59626b"
_RULE = "#dcd8ce"


@dataclass(frozen=True, slots=True)
class Figure:
    """One drawing: `name` is its file stem, `alt` says in words what it shows."""

    name: str
    title: str
    alt: str
    svg: bytes
    png: bytes


@contextmanager
def style() -> Iterator[None]:
    """Set the look of all figures for the time of a drawing."""
    settings: Any = {
        "font.family": "DejaVu Sans",
        "font.size": 9.5,
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 12,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": MUTED,
        "axes.labelsize": 9.5,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "text.color": "#20262c",
        "axes.titlecolor": "#20262c",
        "figure.facecolor": GROUND,
        "axes.facecolor": GROUND,
        "savefig.facecolor": GROUND,
        "axes.grid": True,
        "grid.color": _RULE,
        "grid.linewidth": 0.7,
        "axes.axisbelow": True,
        "ytick.left": False,
        "svg.hashsalt": "alprmap",
        "svg.fonttype": "path",
        "path.simplify": True,
        "text.parse_math": False,
    }
    with mpl.rc_context(settings):
        yield


def finished(canvas: Canvas, *, name: str, title: str, alt: str, dpi: int = 160) -> Figure:
    """Return the drawing as SVG and PNG without dates or program versions."""
    vector, picture = io.BytesIO(), io.BytesIO()
    canvas.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
    canvas.savefig(picture, format="png", dpi=dpi, metadata={"Software": None})
    return Figure(name, title, alt, vector.getvalue(), picture.getvalue())


def share_within(distribution: pd.DataFrame, *, zone: float = 100.0) -> Figure:
    """Draw the share of cameras within each distance of each border (R2, R6).

    Parameters
    ----------
    distribution
        `border`, `unit`, `distance`, `share` and perhaps `people_share`, as
        `measure.reach.distribution` gives it.
    zone
        Distance that is marked.
    """
    names = [b for b in BORDER_NAMES if b in set(distribution["border"])]
    unit = str(distribution["unit"].iloc[0])
    far = float(distribution.loc[distribution["share"] < 0.995, "distance"].max())
    with style():
        canvas = Canvas(figsize=(7.6, 4.4), layout="constrained")
        axes = canvas.add_subplot()
        for name in names:
            part = distribution[distribution["border"] == name]
            color, dash = _LINES[name]
            axes.plot(part["distance"], part["share"], color=color, linestyle=dash, linewidth=1.8)
        people = distribution[distribution["border"] == names[0]]
        if "people_share" in distribution.columns and people["people_share"].notna().any():
            axes.plot(
                people["distance"],
                people["people_share"],
                color=MUTED,
                linestyle=(0, (1, 2)),
                linewidth=1.4,
            )
            axes.annotate(
                f"people ({BORDER_NAMES[names[0]]})",
                _at(people, "people_share", 0.3),
                xytext=(6, -8),
                textcoords="offset points",
                color=MUTED,
            )
        _labels(axes, distribution, names)
        axes.axvline(zone, color=MUTED, linewidth=0.8)
        mark: dict[str, Any] = {"xytext": (4, -2), "textcoords": "offset points", "va": "top"}
        axes.annotate(f"{zone:g} {unit}", (zone, 1.0), color=MUTED, **mark)
        axes.set(
            xlim=(0, far),
            ylim=(0, 1.0),
            xlabel=f"distance inland, {_unit(unit)}",
            title="How far inland the cameras stand",
        )
        axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=0))
        axes.set_ylabel("share of mapped cameras within it")
        said = "; ".join(
            f"{BORDER_NAMES[n]}"
            f" {percent(_share_at(distribution[distribution['border'] == n], zone))}"
            for n in names
        )
        alt = (
            f"Curves: share of cameras within a distance of each border. Within {zone:g}"
            f" {_unit(unit)}: {said}."
        )
        return finished(canvas, name="inland", title="How far inland the cameras stand", alt=alt)


def _at(part: pd.DataFrame, column: str, share: float) -> tuple[float, float]:
    row = part.iloc[int((part[column] - share).abs().argmin())]
    return float(row["distance"]), float(row[column])


def _share_at(part: pd.DataFrame, distance: float) -> float:
    within = part[part["distance"] <= distance]["share"]
    return float(within.iloc[-1]) if len(within) else 0.0


def _labels(axes: Any, distribution: pd.DataFrame, names: list[str]) -> None:
    """Write each border's name on its curve, at a height of its own so that no two touch."""
    heights = np.linspace(0.86, 0.34, len(names)) if len(names) > 1 else [0.6]
    order = sorted(
        names, key=lambda n: _at(distribution[distribution["border"] == n], "share", 0.6)[0]
    )
    for name, height in zip(order, heights, strict=True):
        x, y = _at(distribution[distribution["border"] == name], "share", float(height))
        axes.annotate(
            BORDER_NAMES[name],
            (x, y),
            xytext=(5, -3),
            textcoords="offset points",
            color=_LINES[name][0],
            fontweight="bold",
            bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1.2, "alpha": 0.85},
        )


def _unit(unit: str) -> str:
    return {"mi": "statute miles", "km": "kilometers", "nmi": "nautical miles"}.get(unit, unit)


def bands(statistics: pd.DataFrame, *, radii: tuple[float, ...] = (25, 50, 100)) -> Figure:
    """Draw the share of cameras within each band of each border, with its interval (R5).

    Parameters
    ----------
    statistics
        Rows of group `all` as `measure.reach.statistics` gives them.
    radii
        Those whose `share_R` columns are drawn.
    """
    names = [b for b in BORDER_NAMES if b in set(statistics["border"])]
    unit = str(statistics["unit"].iloc[0])
    shades = [OKABE_ITO["blue"], OKABE_ITO["sky"], "#bcdcf2"]
    with style():
        canvas = Canvas(figsize=(7.6, 0.62 * len(names) + 1.6), layout="constrained")
        axes = canvas.add_subplot()
        for i, name in enumerate(reversed(names)):
            row = statistics[statistics["border"] == name].iloc[0]
            before = 0.0
            for k, radius in enumerate(radii):
                share = float(row[f"share_{radius:g}"])
                axes.barh(
                    i,
                    share - before,
                    left=before,
                    height=0.62,
                    color=shades[k % 3],
                    edgecolor=GROUND,
                )
                before = share
            low, high = (
                float(row[f"share_{radii[-1]:g}_low"]),
                float(row[f"share_{radii[-1]:g}_high"]),
            )
            axes.plot([low, high], [i, i], color=OKABE_ITO["ink"], linewidth=1.6)
            axes.annotate(
                percent(before),
                (high, i),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontweight="bold",
            )
        axes.set_yticks(range(len(names)), [BORDER_NAMES[n] for n in reversed(names)])
        axes.grid(visible=False, axis="y")
        axes.set_xlim(0, min(1.0, axes.get_xlim()[1] * 1.12))
        axes.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=0))
        within = ", ".join(f"{r:g}" for r in radii)
        axes.set_xlabel(
            f"share of mapped cameras within {within} {_unit(unit)}; line: 95 % interval"
        )
        axes.set_title("Cameras near each border")
        said = "; ".join(
            f"{BORDER_NAMES[str(r['border'])]} {percent(r[f'share_{radii[-1]:g}'])}"
            for r in statistics.to_dict("records")
        )
        alt = (
            f"Bars of the share of cameras within {radii[-1]:g} {_unit(unit)} of each border:"
            f" {said}."
        )
        return finished(canvas, name="bands", title="Cameras near each border", alt=alt)


def ranking(
    counts: pd.Series, *, name: str, title: str, unit: str = "cameras", most: int = 15
) -> Figure:
    """Draw the largest groups as bars with their numbers.

    Parameters
    ----------
    counts
        Group → number; the largest `most` are drawn, ties by name.
    """
    table = counts.dropna().rename("n").rename_axis("group").reset_index()
    top = table.sort_values(["n", "group"], ascending=[False, True]).head(most).iloc[::-1]
    with style():
        canvas = Canvas(figsize=(7.6, 0.3 * len(top) + 1.2), layout="constrained")
        axes = canvas.add_subplot()
        axes.barh(range(len(top)), top["n"], height=0.68, color=OKABE_ITO["blue"])
        for i, n in enumerate(top["n"]):
            axes.annotate(
                f"{n:,.0f}", (n, i), xytext=(4, 0), textcoords="offset points", va="center"
            )
        axes.set_yticks(range(len(top)), [short(str(g)) for g in top["group"]])
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.set_xlim(0, float(top["n"].max() if len(top) else 1) * 1.1)
        axes.set_title(title)
        said = "; ".join(
            f"{short(str(g))} {n:,.0f}"
            for g, n in zip(top["group"][::-1], top["n"][::-1], strict=True)
        )
        return finished(
            canvas, name=name, title=title, alt=f"Bars of {unit} by group, largest first: {said}."
        )


def short(text: str, most: int = 44) -> str:
    """Return text as one printable line of at most `most` characters."""
    line = " ".join("".join(c if c.isprintable() else "\ufffd" for c in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def route_strips(log: pd.DataFrame, strands: pd.DataFrame, *, most: int = 14) -> Figure:
    """Draw the readers along numbered routes as strips of kilometers, the longest unread stretch
    marked (C3).

    Parameters
    ----------
    log, strands
        As `measure.routes.route_log` gives them; the `most` strands with most readers are drawn.
    """
    keys = ["ref", "direction", "strand"]
    order = strands.sort_values(
        ["readers", "km", *keys], ascending=[False, False, True, True, True], kind="stable"
    )
    top = order[order["readers"] > 0].head(most).iloc[::-1].reset_index(drop=True)
    said = []
    with style():
        canvas = Canvas(figsize=(7.6, 0.36 * len(top) + 1.3), layout="constrained")
        axes = canvas.add_subplot()
        for i, row in enumerate(top.to_dict("records")):
            at = log.loc[(log[keys] == pd.Series({k: row[k] for k in keys})).all(axis=1), "at_km"]
            at = at / geo.MILE_KM
            far = row["km"] / geo.MILE_KM
            axes.plot(
                [0, far],
                [i, i],
                color=MUTED,
                linewidth=1.2,
                solid_capstyle="butt",
            )
            gap = [row["unread_from_km"] / geo.MILE_KM, row["unread_to_km"] / geo.MILE_KM]
            axes.plot(
                gap,
                [i, i],
                color=OKABE_ITO["green"],
                linewidth=5,
                alpha=0.55,
                solid_capstyle="butt",
            )
            axes.plot(
                at,
                np.full(len(at), i),
                "|",
                color=OKABE_ITO["red"],
                markersize=12,
                markeredgewidth=1.8,
            )
            said.append(f"{row['ref']} {row['direction']} {row['readers']} in {far:.0f} miles")
        names = [short(f"{r['ref']} {r['direction']}", 22) for r in top.to_dict("records")]
        axes.set_yticks(range(len(top)), names)
        axes.set_ylim(-0.7, len(top) - 0.3)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("miles in the direction of travel; band: longest unread stretch")
        axes.set_title("Readers along numbered routes")
        alt = f"Strips of routes with a tick for each reader: {'; '.join(reversed(said))}."
        return finished(canvas, name="routes", title="Readers along numbered routes", alt=alt)
