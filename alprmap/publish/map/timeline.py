"""Who can look, day by day: the data of a map layer with a time slider (A3, A4).

Only data: the page shows it through `textContent` and colors. Days stand once in a list, and each
reader holds its stays as places in it, so that a state's readers take some bytes each.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from alprmap.access import CAN, COLORS, COULD, NO_RECORD

STATES = (CAN, COULD, NO_RECORD)


def timeline_layer(intervals: pd.DataFrame, *, body: str) -> dict[str, Any]:
    """Return the layer's data of `Access.timeline` for the page.

    Parameters
    ----------
    intervals
        As `alprmap.access.access_intervals` gives them.
    body
        Who looks, by name.

    Returns
    -------
    dict
        `body`; `days`, the days on which anything changes, sorted; `states` with the name and the
        color of each; `doors`; and `readers`: per camera id its stays as [from, to, state, door],
        places in `days` (from: the first day in the state, to: the last day, as the place of the
        day on which the next begins), -1 where no record dates it or it still stands.
    """
    starts = sorted({str(d) for d in intervals["from_day"].dropna()})
    at = {day: place for place, day in enumerate(starts)}
    doors = sorted({str(d) for d in intervals["door"].dropna()})
    readers: dict[str, list[list[int]]] = {}
    for row in intervals.to_dict("records"):
        begin = at[row["from_day"]] if isinstance(row["from_day"], str) else -1
        end = -1
        if isinstance(row["to_day"], str):
            following = pd.Timestamp(row["to_day"]) + pd.Timedelta(days=1)
            end = at[str(following.date())]
        door = doors.index(row["door"]) if isinstance(row["door"], str) else -1
        stay = [begin, end, STATES.index(row["state"]), door]
        readers.setdefault(str(row["camera_id"]), []).append(stay)
    return {
        "body": body,
        "days": starts,
        "states": [{"name": name, "color": COLORS[name]} for name in STATES],
        "doors": doors,
        "readers": readers,
    }


def states_on(layer: dict[str, Any], day: str) -> dict[str, str]:
    """Return the state of each reader on a day (ISO), as the slider shows it."""
    place = sum(1 for d in layer["days"] if d <= day) - 1
    out = {}
    for camera, stays in layer["readers"].items():
        for begin, end, state, _ in stays:
            if begin <= place and (end == -1 or place < end):
                out[camera] = layer["states"][state]["name"]
    return out
