"""When a share began and ended, from dated lists and single records (rule A1).

A dated list on which an agency names its partners is complete for that agency, that direction and
that day: whom an older list has and a newer one lacks was dropped between the two. A single record
(a news story, one row of an audit) shows that a share stood on its day and ends nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from alprmap import schema

COLUMNS = (
    *schema.SHARES.names,
    "not_before",
    "last_seen",
    "n_records",
    "inactive",
)
"""Table `shares`, and: `not_before`, the newest list before it that lacks the share (it began
after that day); `last_seen`, the newest day a record names it; `n_records`, how many do;
`inactive`, whether they mark the account of one side as inactive, so that it opens nothing."""

_Key = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class Seen:
    """One record of one share, between agencies by id."""

    giver: str
    taker: str
    direction: str
    since: str | None
    until: str | None
    record: str
    complete: bool = False
    last_seen: str | None = None
    not_before: str | None = None
    inactive: bool = False

    @property
    def owner(self) -> str:
        """The agency whose word it is: the giver says outbound, the taker inbound."""
        return self.giver if self.direction == "outbound" else self.taker


def first_day(day: str) -> str:
    """Return the first day of an ISO date of any precision, as text.

    >>> first_day("2024"), first_day("2024-04"), first_day("2024-04-26")
    ('2024-01-01', '2024-04-01', '2024-04-26')
    """
    return (day + "-01-01"[len(day) - 4 :]) if len(day) in (4, 7) else day


def day_before(day: str) -> str:
    """Return the day before an ISO date, of a month or year the day before its first.

    >>> day_before("2026-04"), day_before("2026-04-16")
    ('2026-03-31', '2026-04-15')
    """
    return (date.fromisoformat(first_day(day)) - timedelta(days=1)).isoformat()


def share_intervals(records: Iterable[Seen]) -> pd.DataFrame:
    """Return one row per share and unbroken stay on the record (A1), columns `COLUMNS`.

    `since` is the first record of the stay, `until` the last day it can have stood: the day before
    the list that lacks it, or the end that the record itself states. Missing: still on record. A
    name marked as inactive is another share than the name without the mark: the one ends where the
    other begins. The outcome does not depend on the order of the records.
    """
    by_key: dict[_Key, list[Seen]] = defaultdict(list)
    lists: dict[tuple[str, str], set[str]] = defaultdict(set)
    for seen in records:
        by_key[seen.giver, seen.taker, seen.direction, seen.inactive].append(seen)
        if seen.complete and seen.since is not None:
            lists[seen.owner, seen.direction].add(seen.since)
    days = {owner: sorted(dates, key=first_day) for owner, dates in lists.items()}
    rows = []
    for key in sorted(by_key):
        given = by_key[key]
        rows += _stays(given, days.get((given[0].owner, key[2]), []))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    text = [c for c in COLUMNS if c not in ("n_records", "inactive")]
    return frame.astype(dict.fromkeys(text, "str") | {"n_records": "int64", "inactive": "bool"})


def _stays(given: list[Seen], lists: list[str]) -> list[tuple[object, ...]]:
    """Return the stays of one share: its records by day, cut where a list of its owner lacks it."""
    named = {first_day(s.since) for s in given if s.since is not None}
    missing = [day for day in lists if first_day(day) not in named]
    dated = sorted(
        (s for s in given if s.since is not None),
        key=lambda s: (first_day(str(s.since)), str(s.since), s.record, s.until or "9999"),
    )
    stays: list[list[Seen]] = []
    for seen in dated:
        if not stays or _parted(stays[-1], seen, missing):
            stays.append([])
        stays[-1].append(seen)
    rows = [_stay(part, missing) for part in stays]
    if undated := sorted((s for s in given if s.since is None), key=lambda s: s.record):
        end = min((s.until for s in undated if s.until), default=None)
        rows.append(_row(undated, None, end, None, None))
    return rows


def _parted(stay: list[Seen], seen: Seen, missing: list[str]) -> bool:
    """Tell whether the share was off the record between a stay and the next record of it."""
    day, last = first_day(str(seen.since)), _last(stay)
    stated = [s.until for s in stay if s.until]
    return any(first_day(last) < first_day(gap) < day for gap in missing) or (
        bool(stated) and (max(stated) + "-99-99")[:10] < day
    )


def _last(stay: list[Seen]) -> str:
    return max((s.last_seen or str(s.since) for s in stay), key=first_day)


def _stay(stay: list[Seen], missing: list[str]) -> tuple[object, ...]:
    since, last = str(stay[0].since), _last(stay)
    after = [d for d in missing if first_day(d) > first_day(last)]
    before = [d for d in missing if first_day(d) < first_day(since)]
    ends = [s.until for s in stay if s.until] + ([day_before(after[0])] if after else [])
    end = min(ends, key=lambda d: (d + "-99-99")[:10], default=None)
    stated = next((s.not_before for s in stay if s.not_before), None)
    return _row(stay, since, end, before[-1] if before else stated, last)


def _row(
    stay: list[Seen], since: str | None, until: str | None, before: str | None, last: str | None
) -> tuple[object, ...]:
    one = stay[0]
    return (
        one.giver,
        one.taker,
        one.direction,
        since,
        until,
        one.record,
        before,
        last,
        len({(s.record, s.since) for s in stay}),
        one.inactive,
    )


def list_changes(lists: pd.DataFrame) -> pd.DataFrame:
    """Return what changed between each two consecutive lists of one agency and direction.

    Parameters
    ----------
    lists
        Rows `owner_id`, `owner`, `direction`, `date`, `name` (as printed) and `agency_id`.

    Returns
    -------
    DataFrame
        `owner_id`, `owner`, `direction`, `from_date`, `to_date`, `change` (dropped, added),
        `name`, `agency_id`, and `renamed`: true where the same agency stands on both lists under
        another spelling, which is no change of the record.
    """
    rows = []
    for (owner, direction), part in lists.groupby(["owner_id", "direction"], sort=True):
        days = sorted(part["date"].unique(), key=first_day)
        held = {
            day: dict(zip(some["name"], some["agency_id"], strict=True))
            for day, some in part.groupby("date")
        }
        called = str(part["owner"].iloc[0])
        for old, new in pairwise(days):
            for change, a, b in (("dropped", old, new), ("added", new, old)):
                for name in sorted(set(held[a]) - set(held[b])):
                    agency = held[a][name]
                    same = agency in held[b].values()
                    rows.append((owner, called, direction, old, new, change, name, agency, same))
    columns = ["owner_id", "owner", "direction", "from_date", "to_date", "change", "name"]
    return pd.DataFrame(rows, columns=[*columns, "agency_id", "renamed"])
