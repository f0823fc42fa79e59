"""The time line of a sharing record, drawn: how many agencies let a body search on each day."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.figure import Figure as Canvas

from alprmap.access import time_line_claims
from alprmap.publish.exports.styles import OKABE_ITO
from alprmap.publish.report.figures import MUTED, Figure, finished, short, style

MOST = 6
"""Bodies drawn; the table has all."""
_TITLE = "Who could look, from day to day"


def time_lines(table: pd.DataFrame) -> Figure:
    """Draw how many agencies' readers each body can look through, on record, over time (A3).

    Parameters
    ----------
    table
        As `Access.lines`: `body`, `from_day`, `to_day`, `agencies`, `could_agencies`.
    """
    bodies = list(dict.fromkeys(table["body"]))[:MOST]
    last = pd.Timestamp(table["from_day"].max())
    first = pd.Timestamp(table["from_day"].min())
    # what still stands is drawn on for a while, so that the last step is seen
    end = last + max((last - first) / 12, pd.Timedelta(days=14))
    # what is said beside the drawing are the claims: no figure of its own
    drawn = table[table["body"].isin(bodies)]
    said = time_line_claims(drawn, ids_file="access/timeline.csv", inputs={})["sentence"]
    with style():
        canvas = Canvas(figsize=(7.6, 1.1 + 1.5 * len(bodies)), layout="constrained")
        panels = np.atleast_1d(canvas.subplots(len(bodies), 1, sharex=True))
        for axes, body in zip(panels, bodies, strict=True):
            part = table[table["body"] == body]
            _panel(axes, part, end)
            axes.set_title(short(str(body), 44), fontsize=10)
        _dated(panels[-1])
        canvas.supylabel("agencies on record", fontsize=9.5, color=MUTED)
        return finished(canvas, name="timeline", title=_TITLE, alt=" ".join(said))


def _dated(axes: Any) -> None:
    """Write the days under an axis, few enough to be read."""
    typeless: Any = dates
    locator = typeless.AutoDateLocator(maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(typeless.ConciseDateFormatter(locator))


def _panel(axes: Any, part: pd.DataFrame, end: pd.Timestamp) -> None:
    days = [*pd.to_datetime(part["from_day"]), end]
    for column, color, dash, word in (
        ("agencies", OKABE_ITO["red"], "-", "can look"),
        ("could_agencies", OKABE_ITO["orange"], (0, (4, 2)), "could look over another"),
    ):
        values = part[column].tolist()
        # that nobody lets it search is a line at 0, and no empty panel
        if not any(values) and column != "agencies":
            continue
        said = f"{word}: {values[-1]:,}"
        values.append(values[-1])
        axes.step(days, values, where="post", color=color, linestyle=dash, lw=1.9, label=said)
    # beside the title, where no line runs
    place: Any = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0.1}
    axes.legend(**place, ncols=2, frameon=False, fontsize=8.5)
    axes.set_ylim(bottom=0)
    axes.margins(y=0.25)
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))
