"""Readers by door and hop with their dates, for a map with a time slider (rules A3, A4).

What a body can look through changes on the days on which shares begin and end. Between two such
days nothing changes, so the map holds intervals and no snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from alprmap.access.doors import back_word
from alprmap.access.intervals import first_day
from alprmap.access.paths import active_shares, hops, usable_shares

COLUMNS = ("camera_id", "state", "from_day", "to_day", "door", "class", "hops", "source_record")
STAYS = ("agency_id", "state", "from_day", "to_day", "door", "hops", "source_record")
COUNTED = ("from_day", "to_day", "agencies", "known", "inferred")
"""Columns of a time line; the last three again for what the body could look through."""
CAN, COULD, NO_RECORD = "can look", "could look over another", "no record"
DOORS = ("own", "front", "back", "side", "two hops")
"""By which door a reader is looked through; the first that is open counts for the state."""


def access_intervals(
    cameras: pd.DataFrame,
    shares: pd.DataFrame,
    wanted: Iterable[str],
    *,
    openings: pd.DataFrame | None = None,
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
    openings
        Doors that no partner's name opens (`access_doors`, `side_doors`): settings and searches on
        behalf of the body.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row per camera and stay in one state: `state` is "can look" (its own, or one
        hop), "could look over another" (two hops, a search on its behalf, a setting of the vendor:
        a possibility), or "no record"; `from_day` is missing for what no record dates, `to_day` for
        what still stands. The stays of a camera do not overlap and leave no gap between its first
        record and today; a camera whose agency is not known is "no record" throughout.
    """
    aim = sorted(set(wanted))
    own = cameras["hops"] == 0 if "hops" in cameras.columns else pd.Series(False, cameras.index)
    by_agency = _stays(shares, aim, openings)
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


def access_stays(
    shares: pd.DataFrame, wanted: Iterable[str], *, openings: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return from when to when a body can look through each agency's readers, mapped or not (A3).

    Parameters
    ----------
    shares, wanted, openings
        As `access_intervals` takes them.

    Returns
    -------
    DataFrame
        `STAYS`, one row per agency on any path to the body and stay in one state.
    """
    by_agency = _stays(shares, sorted(set(wanted)), openings)
    rows = [(agency, *stay) for agency, stays in by_agency.items() for stay in stays]
    frame = pd.DataFrame(rows, columns=list(STAYS))
    text = [c for c in STAYS if c != "hops"]
    return frame.astype(dict.fromkeys(text, "str") | {"hops": "float64"})


def time_line(stays: pd.DataFrame, cameras: pd.DataFrame) -> pd.DataFrame:
    """Return what a body can look through between each two days of change, counted (A3).

    Parameters
    ----------
    stays
        As `access_stays` gives them.
    cameras
        One row per camera: `agency_id`, `class` (`camera_operators`); those of the body itself are
        no share and are to be left out.

    Returns
    -------
    DataFrame
        `from_day`, `to_day` (missing where nothing later is on record); `agencies`, `known`,
        `inferred`: agencies whose readers it can look through on record, and their mapped cameras
        by class; `could_agencies`, `could_known`, `could_inferred`: the same for a possibility.
        Classes and states are never added up.
    """
    days = sorted({str(d) for d in stays["from_day"].dropna()})
    at = {day: place for place, day in enumerate(days)}
    names = [w + c for w in ("", "could_") for c in COUNTED[2:]]
    # what each day of change adds to a count, and takes from it
    change = {name: np.zeros(len(days) + 1, np.int64) for name in names}
    has = cameras.groupby(["agency_id", "class"]).size()
    some = stays[stays["state"].isin([CAN, COULD])] if days else stays.iloc[:0]
    for row in some.to_dict("records"):
        word = "" if row["state"] == CAN else "could_"
        begin = at[row["from_day"]] if isinstance(row["from_day"], str) else 0
        end = at[_day_after(row["to_day"])] if isinstance(row["to_day"], str) else len(days)
        for name in COUNTED[2:]:
            n = 1 if name == "agencies" else int(has.get((row["agency_id"], name), 0))
            change[word + name][begin] += n
            change[word + name][end] -= n
    counts = {name: steps.cumsum()[:-1] for name, steps in change.items()}
    ends = [_before(days, place) for place in range(len(days))]
    frame = pd.DataFrame({"from_day": days, "to_day": ends}).astype("str")
    return frame.assign(**counts)


def _before(days: list[str], place: int) -> str | None:
    """Return the last day before the next day of change, None for the last."""
    if place + 1 == len(days):
        return None
    return str((pd.Timestamp(days[place + 1]) - pd.Timedelta(days=1)).date())


_Stay = tuple[str, str | None, str | None, str | None, float | None, str | None]
_NOTHING: list[_Stay] = [(NO_RECORD, None, None, None, None, None)]


def change_days(shares: pd.DataFrame) -> list[str]:
    """Return the days on which the record changes: a share begins, or has just ended."""
    since = shares["since"].dropna().map(first_day)
    return sorted({*since, *(_day_after(day) for day in shares["until"].dropna().unique())})


def _day_after(day: str) -> str:
    return str((pd.Timestamp(_last_day(day)) + pd.Timedelta(days=1)).date())


def _last_day(day: str) -> str:
    if len(day) == 10:
        return day
    period = pd.Period(day, freq="M" if len(day) == 7 else "Y")
    return str(period.end_time.date())


def _stays(
    shares: pd.DataFrame, aim: list[str], openings: pd.DataFrame | None
) -> dict[str, list[_Stay]]:
    """Return each agency's stays in one state, day by day of change."""
    shares = usable_shares(shares)
    undated = shares[shares["since"].isna()]
    relevant = _near(shares, aim)
    more = _NO_OPENINGS if openings is None else openings[~openings["agency_id"].isin(aim)]
    days: list[str | None] = [None, *sorted({*change_days(relevant), *change_days(more)})]
    out: dict[str, list[_Stay]] = {}
    agencies = sorted({*relevant["from_id"], *more["agency_id"]})
    for day in days:
        some = _near(undated, aim) if day is None else _with_undated(relevant, undated, day)
        paths = _open_on(more, day) | _paths(some, aim)
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


_Path = tuple[str, str | None, float | None, str | None]
_NO_OPENINGS = pd.DataFrame(
    columns=["agency_id", "door", "via_id", "since", "until", "source_record"], dtype="str"
)


def _open_on(openings: pd.DataFrame, day: str | None) -> dict[str, _Path]:
    """Return the agencies that a setting or a search opens on a day: a possibility."""
    if not len(openings):
        return {}
    undated = openings["since"].isna() & openings["until"].isna()
    some = openings[undated] if day is None else _with_undated(openings, openings[undated], day)
    # a search on the body's behalf says more than a setting that may not hold for it
    order = some.sort_values(["door", "since", "source_record"], ascending=[False, True, True])
    return {
        str(row["agency_id"]): (COULD, str(row["door"]), None, str(row["source_record"]))
        for row in order.drop_duplicates("agency_id").to_dict("records")
    }


def _paths(shares: pd.DataFrame, aim: list[str]) -> dict[str, _Path]:
    """Return each agency's state, door, hops and record on one day."""
    if not len(shares):
        return {}
    steps = hops(shares, aim)
    steps = steps[steps["hops"].isin([1, 2])]
    named = shares[shares["to_id"].isin(aim)]
    front = set(named.loc[named["source_record"].map(back_word).isna(), "from_id"])
    return {
        str(agency): (CAN, "front" if agency in front else "back", 1.0, str(record))
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
