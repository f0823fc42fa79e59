"""Who can look, day by day: the data of a map layer with a time slider (A3, A4).

Only data: the page shows it through `textContent` and colors. Days stand once in a list, and the
readers of one agency share their stays, so that a state's readers take some bytes each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from alprmap.access import CAN, COULD, DOORS, NO_RECORD
from alprmap.publish.map import payload

STATES = (CAN, COULD, NO_RECORD)
MOST_RECORDS = 5_000
"""Records named on the cards of a page: more than these would be most of its size."""
_Stay = tuple[int, int, int, int, int]


def timeline_layer(
    intervals: Mapping[str, pd.DataFrame], *, as_of: str | None = None
) -> dict[str, Any]:
    """Return the layer's data of `Access.timelines` for the page.

    Parameters
    ----------
    intervals
        By body, by name, what `alprmap.access.access_intervals` gives.
    as_of
        ISO day the slider stands on at first; the newest where it is left out.

    Returns
    -------
    dict
        `days`, the days on which anything changes, sorted; `states`, `doors` and `records` by
        name; `as_of`; and `bodies`, each with `name`, `stays` (lists of [from, to, state, door,
        record]: places in `days`, from the first day in the state to the day on which the next
        begins, -1 where no record dates it, it still stands, or there is none) and `readers`: by
        camera id, which of the stays are its.
    """
    days = sorted({str(d) for part in intervals.values() for d in part["from_day"].dropna()})
    records = sorted({str(r) for p in intervals.values() for r in p["source_record"].dropna()})
    if len(records) > MOST_RECORDS:
        records = []
    at = {day: place for place, day in enumerate(days)}
    named = {record: place for place, record in enumerate(records)}
    return {
        "days": days,
        "states": list(STATES),
        "doors": list(DOORS),
        "records": records,
        "as_of": as_of,
        "bodies": [_body(name, part, at, named) for name, part in intervals.items()],
    }


def _body(
    name: str, intervals: pd.DataFrame, at: dict[str, int], records: dict[str, int]
) -> dict[str, Any]:
    of: dict[str, list[_Stay]] = {}
    for row in intervals.to_dict("records"):
        end = -1
        if isinstance(row["to_day"], str):
            following = pd.Timestamp(row["to_day"]) + pd.Timedelta(days=1)
            end = at[str(following.date())]
        stay = (
            at[row["from_day"]] if isinstance(row["from_day"], str) else -1,
            end,
            STATES.index(row["state"]),
            DOORS.index(row["door"]) if isinstance(row["door"], str) else -1,
            records.get(str(row["source_record"]), -1),
        )
        of.setdefault(str(row["camera_id"]), []).append(stay)
    distinct = sorted({tuple(stays) for stays in of.values()})
    which = {stays: place for place, stays in enumerate(distinct)}
    return {
        "name": name,
        "stays": [[list(stay) for stay in stays] for stays in distinct],
        "readers": {camera: which[tuple(stays)] for camera, stays in sorted(of.items())},
    }


def states_on(layer: dict[str, Any], day: str, *, body: int = 0) -> dict[str, str]:
    """Return the state of each reader on a day (ISO), as the slider shows it for one body."""
    place = sum(1 for d in layer["days"] if d <= day) - 1
    of = layer["bodies"][body]
    now = [
        next(layer["states"][s[2]] for s in stays if s[0] <= place and (s[1] == -1 or place < s[1]))
        for stays in of["stays"]
    ]
    return {camera: now[which] for camera, which in of["readers"].items()}


def timeline_payload(layer: dict[str, Any], row: pd.Series) -> dict[str, Any]:
    """Return the layer as a page carries it: stays by row of the page.

    Parameters
    ----------
    layer
        As `timeline_layer` gives it.
    row
        Row of the page by camera id; a reader that the layer lacks is on no record.
    """
    bodies = []
    for body in layer["bodies"]:
        which = pd.Series(row.index.map(body["readers"]), index=row.to_numpy(), dtype="float64")
        column = payload.numbers(which.sort_index().to_numpy())
        table = payload.payload_table({"stays": column}, len(row))
        bodies.append({"name": str(body["name"]), "stays": body["stays"], "of": table})
    return {**layer, "bodies": bodies}
