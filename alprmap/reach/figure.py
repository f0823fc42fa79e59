"""The figure of reach: which share of cameras, and of people, is within a distance of a border (R5,
R6)."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from alprmap import geo
from alprmap.store import refuse_format, replacing

_COLORS = {
    "mexico": "#b2182b",
    "canada": "#2166ac",
    "land": "#111111",
    "coast": "#1b9e77",
    "external": "#7570b3",
    "port": "#a6761d",
}
_WORD = {"mi": "statute miles", "nmi": "nautical miles", "km": "kilometers"}


def distribution_figure(
    distribution: pd.DataFrame, path: Path, *, title: str, source: str, zone: float = 100
) -> None:
    """Draw the empirical distribution of distances, cameras as lines and people as dashes, and
    write it.

    Parameters
    ----------
    distribution
        As `alprmap.reach.distances.distribution` gives it.
    path
        Where to; .png, .svg or .pdf.
    title
        What it shows, n included.
    source
        Credit line of the data.
    zone
        Distance marked with a thin line.

    Raises
    ------
    UsageError
        When the suffix is none of the three.
    """
    refuse_format(path, "picture")
    with matplotlib.rc_context(
        {"svg.hashsalt": "alprmap", "font.family": "DejaVu Sans", "font.size": 9}
    ):
        figure = Figure(figsize=(7.6, 4.6), dpi=150, layout="constrained")
        axes = figure.add_subplot()
        unit = str(distribution["unit"].iloc[0])
        lines = enumerate(distribution.groupby("border", sort=False))
        # the first line is the thickest, so that lines on one another all show
        ends = [_draw(axes, name, part, 3.0 - 0.35 * i) for i, (name, part) in lines]
        axes.axvline(zone, color="#888888", linewidth=0.8)
        mark = f"{zone:g} {unit}"
        axes.text(
            zone,
            1.01,
            mark,
            transform=axes.get_xaxis_transform(),
            ha="center",
            color="#666666",
            fontsize=8,
        )
        axes.set(
            xlim=(0, min(600 * (geo.MILE_KM if unit == "km" else 1), max(ends))),
            ylim=(0, 1),
        )
        axes.set_xlabel(f"distance to the border, {_WORD[unit]}")
        axes.set_ylabel("share at or within")
        axes.yaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1.0, decimals=0))
        axes.grid(color="#dddddd", linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        both = "solid: cameras\ndashed: people" if "people_share" in distribution.columns else None
        axes.legend(
            title=both,
            frameon=False,
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            title_fontsize=8,
        )
        axes.set_title(title, loc="left", fontsize=10, pad=14)
        credit = textwrap.wrap(source, 150)
        figure.supxlabel("\n".join(credit), x=0.01, ha="left", fontsize=6, color="#666666")
        # no date in the file, so that a rerun gives the same bytes
        quiet: dict[str, dict[str, Any]] = {".png": {"Software": None}, ".svg": {"Date": None}}
        with replacing(path) as scratch:
            figure.savefig(scratch, metadata=quiet.get(path.suffix, {"CreationDate": None}))


def _draw(axes: Any, name: Any, part: pd.DataFrame, width: float) -> float:
    color = _COLORS.get(str(name), "#444444")
    axes.plot(part["distance"], part["share"], color=color, linewidth=width, label=str(name))
    if "people_share" in part.columns:
        axes.plot(
            part["distance"],
            part["people_share"],
            color=color,
            linewidth=1.0,
            linestyle=(0, (4, 2)),
        )
    return float(part["distance"].iloc[-1])
