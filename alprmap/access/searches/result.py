"""Who searched: one call, one result (rules A6–A9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap.access.searches.claims import search_claims
from alprmap.access.searches.gather import (
    Log,
    Progress,
    Rows,
    categorical,
    put_together,
    read_logs,
)
from alprmap.access.searches.reasons import EMPTY, categories
from alprmap.access.searches.tally import medians, tally
from alprmap.agencies import AgencyList
from alprmap.errors import UsageError
from alprmap.results import Result
from alprmap.store import sha256

LOST = "(rows that cannot be read)"
NO_HOUR = "(only the day is said)"
_DAY_HOURS = 24
OWN_LOG = "(a searcher's own log)"


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What counts as what.

    `nationwide_networks`: a search over so many networks is nationwide. In the log of Okaloosa
    County (November 2025) 534 searches go over 6,584 to 6,709 networks and none over 1,329 to
    6,583; California's portals of 2026 have none over 1,871. `nationwide_devices`: the same where a
    log counts only cameras. `long_days`: a time frame that begins more than so many days before
    the search is long.
    """

    nationwide_networks: int = 5_000
    nationwide_devices: int = 50_000
    long_days: float = 30.0
    timezone: str = "UTC"


@dataclass(frozen=True)
class Searches(Result):
    """Who searched, over how many networks, how far back, and what for.

    searches
        One row per search: `organization`, `date`, `hour`, `networks`, `devices` (-1: not said),
        `days_back` (NaN: not said), `reason` (category), `search_type`, `file`, `row`, and
        `agency_id`. Nothing about a person.
    made
        Every other table by name; in each the column `rows` adds up to the rows read.
    rows_read, repeats, unreadable
        Rows of all files; rows that repeat a search already counted; rows without a readable time
        or with another number of cells than the header.
    settings, inputs
        `SearchSettings`, and SHA-256 of each file by name.
    """

    searches: pd.DataFrame
    made: Mapping[str, pd.DataFrame]
    rows_read: int
    repeats: int
    unreadable: int
    settings: SearchSettings = field(default_factory=SearchSettings)
    inputs: Mapping[str, str] = field(default_factory=dict)
    ids_file: str = "(pass --out)"

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return `searches` and every statistic by name."""
        return {"searches": self.searches, **self.made}

    def counts(self) -> dict[str, int]:
        """Return rows read, and what became of them: searches, repeats, unreadable."""
        return {
            "rows_read": self.rows_read,
            "searches": len(self.searches),
            "repeats": self.repeats,
            "unreadable": self.unreadable,
            "organizations": int((self.made["organizations"]["searches"] > 0).sum()),
        }

    def claims(self) -> pd.DataFrame:
        """Return the sentences that may be printed, each with its figure."""
        return search_claims(
            self.made,
            self.counts(),
            settings=asdict(self.settings),
            inputs=self.inputs,
            ids_file=self.ids_file,
        )

    def save(self, path: str | Path) -> list[Path]:
        """Write the searches to `path` and every statistic beside it; see `Result.save`."""
        return Result.save(replace(self, ids_file=Path(path).name), path)


def measure_searches(
    files: Sequence[str | Path],
    *,
    agency: str | None = None,
    network: str | None = None,
    settings: SearchSettings | None = None,
    progress: Progress | None = None,
) -> Searches:
    """Read search logs of any layout and count who searched, how widely, how far back and why.

    Parameters
    ----------
    files
        Organization, network and portal audits as CSV, packed or not, in any order.
    agency
        Whose logs these are, where neither a column nor the file's name says so.
    network
        Whose network the network audits tell of, where the file's name does not say so.
    settings
        Thresholds and the time zone of hours and days.

    Raises
    ------
    InputError
        When a file is no search log; no cell of it is quoted.
    UsageError
        When the time zone is unknown, or there is no file.
    """
    settings = settings or SearchSettings()
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"no time zone is called {settings.timezone}",
            fix="use a name such as America/Chicago, or UTC",
        ) from None
    if not files:
        raise UsageError("no search log given", fix="pass one or more CSV files")
    paths = [Path(f) for f in files]
    logs = read_logs(paths, timezone=settings.timezone, agency=agency, progress=progress)
    rows = put_together(logs, network=network)
    lost = sum(g.counts["cells"] + g.counts["time"] for g in logs)
    marked = _marked(rows.frame, settings)
    made = {
        "reasons": _reasons(rows, marked, lost),
        "organizations": _organizations(rows, marked, lost),
        "months": _months(rows, lost),
        "hours": _hours(rows, lost),
        "networks": _networks(rows, marked, lost),
        "network_months": _network_months(rows, marked, lost),
        "files": _files(rows, logs),
    }
    ids = made["organizations"].set_index("organization")["agency_id"]
    total = len(rows.frame)
    del marked
    searches = _searches(rows)
    of = searches["organization"].cat
    named = [ids.get(n) for n in of.categories]
    at = {v: i for i, v in enumerate(sorted({n for n in named if isinstance(n, str)}))}
    code = np.array([at.get(n, -1) if isinstance(n, str) else -1 for n in named], np.int32)
    searches.insert(1, "agency_id", pd.Series(categorical(code[of.codes], list(at))))
    return Searches(
        searches,
        made,
        rows_read=total + lost,
        repeats=total - len(searches),
        unreadable=lost,
        settings=settings,
        inputs={p.name: sha256(p) for p in paths},
    )


def _searches(rows: Rows) -> pd.DataFrame:
    """Return the first row of each search; the columns are moved, not doubled."""
    if rows.fresh.all():
        return rows.frame
    return pd.DataFrame({c: rows.frame.pop(c).array[rows.fresh] for c in list(rows.frame.columns)})


def _marked(frame: pd.DataFrame, settings: SearchSettings) -> dict[str, Any]:
    """Return what holds of each row, and whether its networks and time frame are said."""
    networks, devices = frame["networks"].to_numpy(), frame["devices"].to_numpy()
    days = frame["days_back"].to_numpy()
    by_devices = (networks < 0) & (devices >= settings.nationwide_devices)
    empty = list(frame["reason"].cat.categories).index(EMPTY)
    return {
        "networks_said": networks >= 0,
        "multi_network": networks > 1,
        "width_said": (networks >= 0) | (devices >= 0),
        "nationwide": (networks >= settings.nationwide_networks) | by_devices,
        "time_frame_said": ~np.isnan(days),
        "over_30_days": days > settings.long_days,
        "reason_empty": frame["reason"].cat.codes.to_numpy() == empty,
    }


def _tally(
    fresh: NDArray[np.bool_], by: dict[str, pd.Categorical], marked: dict[str, Any]
) -> pd.DataFrame:
    """Return `rows`, `searches` and how many searches each mark holds of, by some columns."""
    marks = {"searches": fresh} | {n: m & fresh for n, m in marked.items()}
    table = tally({n: c.codes for n, c in by.items()}, marks)
    for name, column in by.items():
        words = np.array([str(v) for v in column.categories], dtype=object)
        table[name] = pd.Series(words[table[name].to_numpy()], dtype="str")
    return table


def _codes(frame: pd.DataFrame, name: str) -> pd.Categorical:
    values = frame[name].array
    assert isinstance(values, pd.Categorical)
    return values


def _with_lost(table: pd.DataFrame, first: str, lost: int) -> pd.DataFrame:
    """Add the line of the rows that cannot be read, so that `rows` adds up to the rows read."""
    if not lost:
        return table
    line = {c: 0 for c in table.columns if table[c].dtype.kind in "iu"} | {first: LOST}
    line["rows"] = lost
    whole = pd.concat([table, pd.DataFrame([line])], ignore_index=True)
    return whole.astype({c: table[c].dtype for c in table.columns})


def _reasons(rows: Rows, marked: dict[str, Any], lost: int) -> pd.DataFrame:
    marks = {n: m for n, m in marked.items() if n != "reason_empty"}
    table = _tally(rows.fresh, {"reason": _codes(rows.frame, "reason")}, marks)
    table.insert(1, "says", table["reason"].map(categories().says).astype("str"))
    table["share"] = table["searches"] / max(1, int(rows.fresh.sum()))
    return _with_lost(table, "reason", lost)


def _organizations(rows: Rows, marked: dict[str, Any], lost: int) -> pd.DataFrame:
    organization, date = (_codes(rows.frame, n) for n in ("organization", "date"))
    table = _tally(rows.fresh, {"organization": organization}, marked)
    counted = rows.fresh & marked["networks_said"]
    figures = medians(organization.codes, rows.frame["networks"].to_numpy(), counted)
    days = tally({"organization": organization.codes, "date": date.codes}, {"n": rows.fresh})
    days = days[days["n"] > 0].groupby("organization")["date"].agg(["min", "max"])
    names = np.array(list(organization.categories), dtype=object)
    at = pd.Index(names[days.index])
    text = np.array(list(date.categories), dtype=object)
    figures.index = pd.Index(names[figures.index])
    table["median_networks"] = table["organization"].map(figures["median"]).astype("float64")
    table["most_networks"] = table["organization"].map(figures["largest"]).astype("float64")
    for name, which in (("first_date", "min"), ("last_date", "max")):
        table[name] = table["organization"].map(pd.Series(text[days[which]], at)).astype("str")
    known = AgencyList()
    real = [n for n in table["organization"] if not n.startswith("(")]
    for name in real:
        known.mention(name)
    known.close()
    ids = {n: known.id_of(n) for n in real}
    about = known.frame().set_index("agency_id")
    table.insert(1, "agency_id", table["organization"].map(ids).astype("str"))
    for at, column in ((2, "state"), (3, "kind")):
        table.insert(at, column, table["agency_id"].map(about[column]).astype("str"))
    return _with_lost(table, "organization", lost)


def _by_month(rows: Rows) -> pd.Categorical:
    """Return the month of each row."""
    date = _codes(rows.frame, "date")
    days = [str(d)[:7] for d in date.categories]
    months = sorted(set(days))
    code = np.array([months.index(d) for d in days], np.int32)
    return categorical(code[date.codes], months)


def _months(rows: Rows, lost: int) -> pd.DataFrame:
    by = {
        "organization": _codes(rows.frame, "organization"),
        "month": _by_month(rows),
        "reason": _codes(rows.frame, "reason"),
    }
    return _with_lost(_tally(rows.fresh, by, {}), "organization", lost)


def _hours(rows: Rows, lost: int) -> pd.DataFrame:
    # a day without a time of day stands behind the last hour
    hour = rows.frame["hour"].to_numpy()
    table = tally({"hour": np.where(hour < 0, _DAY_HOURS, hour)}, {"searches": rows.fresh})
    shown = range(_DAY_HOURS + int((table["hour"] == _DAY_HOURS).any()))
    whole = pd.DataFrame({"hour": shown}).merge(table, how="left", on="hour").fillna(0)
    whole = whole.astype("int64").astype({"hour": "str"})
    whole["hour"] = whole["hour"].replace(str(_DAY_HOURS), NO_HOUR)
    return _with_lost(whole, "hour", lost)


def _networks(rows: Rows, marked: dict[str, Any], lost: int) -> pd.DataFrame:
    """Return who searched whose network; a search over two networks stands under both."""
    names = [*rows.networks, OWN_LOG]
    code = np.where(rows.network < 0, len(names) - 1, rows.network)
    by = {
        "network": categorical(code, names),
        "organization": _codes(rows.frame, "organization"),
    }
    marks = {n: marked[n] for n in ("multi_network", "nationwide", "over_30_days")}
    table = _tally(rows.fresh_there, by, marks)
    known = AgencyList()
    real = sorted({*table["network"], *table["organization"]})
    for name in real:
        known.mention(name)
    known.close()
    same = [
        known.id_of(a) == known.id_of(b)
        for a, b in zip(table["network"], table["organization"], strict=True)
    ]
    told = ~table["network"].str.startswith("(") & ~table["organization"].str.startswith("(")
    outside = np.where(told, np.where(same, "no", "yes"), "not said")
    outside = np.where(table["network"] == OWN_LOG, "no network's log", outside)
    table.insert(2, "outside", pd.Series(outside, index=table.index).astype("str"))
    return _with_lost(table, "network", lost)


def _network_months(rows: Rows, marked: dict[str, Any], lost: int) -> pd.DataFrame:
    """Return who searched whose network, month by month and reason by reason."""
    names = [*rows.networks, OWN_LOG]
    by = {
        "network": categorical(np.where(rows.network < 0, len(names) - 1, rows.network), names),
        "organization": _codes(rows.frame, "organization"),
        "month": _by_month(rows),
        "reason": _codes(rows.frame, "reason"),
    }
    marks = {n: marked[n] for n in ("multi_network", "nationwide")}
    return _with_lost(_tally(rows.fresh_there, by, marks), "network", lost)


def _files(rows: Rows, logs: list[Log]) -> pd.DataFrame:
    code = rows.frame["file"].cat.codes.to_numpy()
    fresh = np.bincount(code[rows.fresh], minlength=len(logs))
    total = np.bincount(code, minlength=len(logs))
    table = pd.DataFrame(
        {
            "file": [g.name for g in logs],
            "owner": [g.owner for g in logs],
            "layout": [g.layout for g in logs],
            "kind": [
                "network audit"
                if g.many
                else "organization's own log"
                if any(g.organizations)
                else "portal audit"
                for g in logs
            ],
            "rows": [g.rows for g in logs],
            "searches": fresh,
            "repeats": total - fresh,
            "lines_of_other_sheets": [g.counts.get("aside", 0) for g in logs],
            "other_number_of_cells": [g.counts["cells"] for g in logs],
            "time_unreadable": [g.counts["time"] for g in logs],
            "time_without_zone": [g.counts["zone"] for g in logs],
        }
    )
    return table.astype(dict.fromkeys(("file", "owner", "layout", "kind"), "str"))
