"""Readers by door and hop with their dates, for a map with a time slider (rules A3, A4).

What a body can look through changes on the days on which shares begin and end. Between two such
days nothing changes, so the map holds intervals and no snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from alprmap.access.intervals import first_day
from alprmap.access.paths import active_shares, hops

COLUMNS = ("camera_id", "state", "from_day", "to_day", "door", "class", "hops", "source_record")
CAN, COULD, NO_RECORD = "can look", "could look over another", "no record"
COLORS = {CAN: "#b2182b", COULD: "#f4a582", NO_RECORD: "#9aa0a6"}
"""A reader's color by what the record shows: red, light red, gray; told apart without red too."""


def access_intervals(
    cameras: pd.DataFrame, shares: pd.DataFrame, wanted: Iterable[str]
) -> pd.DataFrame:
    """Return from when to when a body can look through each camera, and by which path (A3).

    Parameters
    ----------
    cameras
        One row per camera: `camera_id`, `agency_id`, `class` (`camera_operators`), and `hops` where
        it is 0 for the body's own.
    shares
        Table `shares` with all intervals, ended ones too.
    wanted
        Ids of the body.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row per camera and stay in one state: `state` is "can look" (its own, or one
        hop), "could look over another" (two hops), or "no record"; `from_day` is missing for what
        no record dates, `to_day` for what still stands. The stays of a camera do not overlap and
        leave no gap between its first record and today; a camera whose agency is not known is
        "no record" throughout.
    """
    aim = sorted(set(wanted))
    own = cameras["hops"] == 0 if "hops" in cameras.columns else pd.Series(False, cameras.index)
    by_agency = _stays(shares, aim)
    rows: list[tuple[object, ...]] = []
    ended = cameras.sort_values("camera_id")
    for camera, agency, sort, mine in zip(
        ended["camera_id"], ended["agency_id"], ended["class"], own[ended.index], strict=True
    ):
        if mine or agency in aim:
            rows.append((camera, CAN, None, None, "own", sort, 0, None))
            continue
        told = isinstance(agency, str) and sort in ("known", "inferred")
        stays = by_agency.get(agency, _NOTHING) if told else _NOTHING
        rows += [(camera, *stay[:4], sort, *stay[4:]) for stay in stays]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    text = [c for c in COLUMNS if c != "hops"]
    return frame.astype(dict.fromkeys(text, "str") | {"hops": "float64"})


_Stay = tuple[str, str | None, str | None, str | None, float | None, str | None]
_NOTHING: list[_Stay] = [(NO_RECORD, None, None, None, None, None)]


def change_days(shares: pd.DataFrame) -> list[str]:
    """Return the days on which the record changes: a share begins, or has just ended."""
    since = shares["since"].dropna().map(first_day)
    after = [
        str((pd.Timestamp(_last_day(day)) + pd.Timedelta(days=1)).date())
        for day in shares["until"].dropna().unique()
    ]
    return sorted({*since, *after})


def _last_day(day: str) -> str:
    if len(day) == 10:
        return day
    period = pd.Period(day, freq="M" if len(day) == 7 else "Y")
    return str(period.end_time.date())


def _stays(shares: pd.DataFrame, aim: list[str]) -> dict[str, list[_Stay]]:
    """Return each agency's stays in one state, day by day of change."""
    undated = shares[shares["since"].isna()]
    relevant = _near(shares, aim)
    days: list[str | None] = [None, *change_days(relevant)]
    out: dict[str, list[_Stay]] = {}
    agencies = sorted(set(relevant["from_id"]))
    for day in days:
        some = _near(undated, aim) if day is None else _with_undated(relevant, undated, day)
        paths = _paths(some, aim)
        for agency in agencies:
            now = paths.get(agency, (NO_RECORD, None, None, None))
            stays = out.setdefault(agency, [])
            if not stays or (stays[-1][0], stays[-1][3]) != now[:2]:
                if stays and day is not None:
                    state, begun, _, door, count, record = stays[-1]
                    ended = str((pd.Timestamp(day) - pd.Timedelta(days=1)).date())
                    stays[-1] = (state, begun, ended, door, count, record)
                stays.append((now[0], day, None, now[1], now[2], now[3]))
    return out


def _paths(
    shares: pd.DataFrame, aim: list[str]
) -> dict[str, tuple[str, str | None, float | None, str | None]]:
    """Return each agency's state, door, hops and record on one day."""
    if not len(shares):
        return {}
    steps = hops(shares, aim)
    steps = steps[steps["hops"].isin([1, 2])]
    return {
        str(agency): (CAN, "front", 1.0, str(record))
        if step == 1
        else (COULD, "two hops", 2.0, str(record))
        for agency, step, record in zip(
            steps.index, steps["hops"], steps["source_record"], strict=True
        )
    }


def _with_undated(shares: pd.DataFrame, undated: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return shares on record on a day; those without a date stand until they are ended."""
    standing = undated[undated["until"].isna() | (undated["until"] >= day)]
    return pd.concat([active_shares(shares, as_of=day), standing]).drop_duplicates()


def _near(shares: pd.DataFrame, aim: list[str]) -> pd.DataFrame:
    """Return the shares on any path of one or two hops to a body."""
    first = set(shares.loc[shares["to_id"].isin(aim), "from_id"])
    return shares[shares["to_id"].isin(set(aim) | first)]
