"""Searches meet cameras: which searches went over, or could go over, whose readers (rule A10).

Two proofs, never added up. *In the log*: the search stands in the log of the network itself. *On
record*: the searcher went over more than one network in a month in which a share on record let it
search that agency; no log says that this one was among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alprmap import geo
from alprmap.access.intervals import first_day
from alprmap.access.operators import Settings, camera_operators
from alprmap.access.searches.result import Searches
from alprmap.access.searches.seen_claims import seen_claims
from alprmap.access.shares import Shared
from alprmap.access.tags import Tags
from alprmap.agencies import Identity
from alprmap.errors import NotFoundError
from alprmap.merge import Cameras, open_cameras
from alprmap.reach import reach_table
from alprmap.results import Result

IN_LOG, ON_RECORD = "in the log", "on record"
COLUMNS = (
    "agency_id",
    "searcher_id",
    "searcher",
    "month",
    "proof",
    "searches",
    "for_immigration",
    "tags",
    "source_record",
)
IMMIGRATION = ("immigration", "immigration_assist")


@dataclass(frozen=True, slots=True)
class Zone:
    """A border and how far inland counts: readers within `miles` of `border`."""

    border: str = "land"
    miles: float = 100.0


@dataclass(frozen=True)
class Seen(Result):
    """Which searches went, or could go, over whose readers.

    seen
        One row per agency, searcher, month and proof (`COLUMNS`): `searches` counts each once;
        `tags` are the lists the searcher stands on, joined by "; ".
    cameras
        One row per camera whose agency is known or inferred: `camera_id`, `agency_id`, `class`,
        `in_zone`, and per proof `searches_*`, `searchers_*`.
    agencies
        One row per agency with a mapped reader: the same by agency, and its readers.
    zone
        Per class, proof, list and month: agencies in the zone whose readers were (or could be)
        searched by organizations on the list, their readers, and how many such organizations.
    """

    seen: pd.DataFrame
    cameras: pd.DataFrame
    agencies: pd.DataFrame
    zone: pd.DataFrame
    where: Zone
    unnamed: int
    inputs: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    ids_file: str = "(pass --out)"

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return `seen`, `cameras`, `agencies` and `zone`."""
        return {
            "seen": self.seen,
            "cameras": self.cameras,
            "agencies": self.agencies,
            "zone": self.zone,
        }

    def counts(self) -> dict[str, int]:
        """Return cameras with an agency, agencies, rows, and searchers that no record names."""
        return {
            "cameras": len(self.cameras),
            "agencies": len(self.agencies),
            "rows": len(self.seen),
            "searchers_not_in_the_record": self.unnamed,
        }

    def claims(self) -> pd.DataFrame:
        """Return the sentences about the zone and the readers, each with its figure."""
        return seen_claims(
            self.zone,
            self.agencies,
            border=self.where.border,
            miles=self.where.miles,
            inputs=self.inputs,
            settings=asdict(self.settings),
            ids_file=self.ids_file,
        )

    def over(self, camera_ids: Sequence[str]) -> pd.DataFrame:
        """Return the searches that could see every one of some cameras, by searcher and month.

        One camera answers for itself; the cameras of a corridor for a vehicle followed along it.
        `searches` is the most that can have gone over all their agencies.

        Raises
        ------
        NotFoundError
            When there is no such camera, or none knows whose it is.
        """
        about = self.cameras.set_index("camera_id")["agency_id"]
        missing = [c for c in camera_ids if c not in about.index]
        if missing:
            raise NotFoundError(
                f"no camera with a known agency has the id {missing[0]}",
                fix="take an id from the table cameras",
            )
        wanted = {str(about[c]) for c in camera_ids}
        some = self.seen[self.seen["agency_id"].isin(wanted)]
        # of one agency the better proof counts: what its own log shows is among what it could be
        each = some.groupby(["searcher", "month", "agency_id"])["searches"].max().reset_index()
        all_of = each.groupby(["searcher", "month"]).agg(
            agencies=("agency_id", "nunique"), searches=("searches", "min")
        )
        out = all_of[all_of["agencies"] == len(wanted)].reset_index()
        return out.sort_values(["month", "searcher"], ignore_index=True)

    def save(self, path: str | Path) -> list[Path]:
        """Write `seen` to `path` and the others beside it; see `Result.save`."""
        return Result.save(replace(self, ids_file=Path(path).name), path)


def searches_seen(
    searches: Searches,
    cameras: str | Path | pd.DataFrame | Cameras,
    record: Shared,
    *,
    tags: Tags | None = None,
    zone: Zone = Zone(),
    reach: pd.DataFrame | None = None,
    settings: Settings | None = None,
) -> Seen:
    """Join the searches of logs to the cameras they went over, or could go over (A10).

    Parameters
    ----------
    searches
        Logs that were read (`measure_searches`).
    cameras
        Anything `alprmap.merge.open_cameras` opens.
    record
        Agencies and shares (`read_shares`): whose cameras they are, and who lets whom search.
    tags
        Lists joined to the agencies of the record (`read_tags`).
    zone
        The border and how far inland counts.
    reach
        Table `reach` of these cameras; measured here where it is not given.
    """
    settings = settings or Settings()
    opened = open_cameras(cameras)
    where = reach
    if where is None:
        where = reach_table(opened.table, borders=(zone.border,), places=False)
    rows = where.set_index("camera_id")
    ids = opened.table["camera_id"]
    run = camera_operators(
        opened.table, record.agencies, state=ids.map(rows["state"]), settings=settings
    )
    # where no camera has an agency the column has no kind of its own, and nothing joins it
    agency = run["agency_id"].astype("str")
    table = pd.DataFrame({"camera_id": ids, "agency_id": agency, "class": run["class"]})
    away = ids.map(rows[f"to_{zone.border}_m"])
    table["in_zone"] = (away <= zone.miles * geo.STATUTE_MILE_M).to_numpy()
    table = table[table["agency_id"].notna() & table["class"].isin(["known", "inferred"])]
    seen, unnamed = _seen(searches, record, tags)
    by_agency = _by_agency(seen)
    figures = [c for c in by_agency.columns if c != "agency_id"]
    table = table.merge(by_agency, how="left", on="agency_id")
    table[figures] = table[figures].fillna(0).astype("int64")
    table = table.sort_values("camera_id", ignore_index=True)
    return Seen(
        seen,
        table,
        _agencies(table, record, figures),
        _zone(table, seen, tags),
        zone,
        unnamed,
        inputs=searches.inputs,
        settings=settings,
    )


def _seen(searches: Searches, record: Shared, tags: Tags | None) -> tuple[pd.DataFrame, int]:
    months = searches.made["network_months"]
    months = months[months["month"].str.len() == 7]
    known = Identity(record.agencies)
    ids = known.ids(sorted({*months["network"], *months["organization"]}))
    some = months.assign(
        agency_id=months["network"].map(ids), searcher_id=months["organization"].map(ids)
    )
    some["for_immigration"] = some["searches"].where(some["reason"].isin(IMMIGRATION), 0)
    some["multi_immigration"] = some["multi_network"].where(some["reason"].isin(IMMIGRATION), 0)
    named = some[~some["organization"].str.startswith("(") & (some["searches"] > 0)]
    unnamed = int(named.loc[named["searcher_id"].isna(), "organization"].nunique())
    keys = ["agency_id", "searcher_id", "organization", "month"]
    figures = ["searches", "for_immigration"]
    logged = named[named["agency_id"].notna()].groupby(keys, dropna=False)[figures].sum()
    logged = logged.reset_index().assign(proof=IN_LOG, source_record="the network's log")
    parts = [logged, _on_record(named, record)]
    frame = pd.concat(parts, ignore_index=True).rename(columns={"organization": "searcher"})
    frame = frame[frame["agency_id"] != frame["searcher_id"]]
    frame["tags"] = _lists(frame, tags)
    frame = frame[list(COLUMNS)].sort_values(list(COLUMNS[:5]), ignore_index=True)
    text = dict.fromkeys((*COLUMNS[:5], "tags", "source_record"), "str")
    return frame.astype(text | {"searches": "int64", "for_immigration": "int64"}), unnamed


def _on_record(named: pd.DataFrame, record: Shared) -> pd.DataFrame:
    """Return searches over more than one network by those a share on record lets in, by month."""
    # a search stands in several logs once for each network: the log with the most tells how many
    keys = ["searcher_id", "organization", "month"]
    wide = named[named["searcher_id"].notna() & (named["multi_network"] > 0)]
    each = wide.groupby([*keys, "network"])[["multi_network", "multi_immigration"]].sum()
    most = each.groupby(level=keys).max().reset_index()
    most.columns = pd.Index([*keys, "searches", "for_immigration"])
    shares = record.shares[["from_id", "to_id", "since", "until", "source_record"]]
    both = most.merge(shares, left_on="searcher_id", right_on="to_id")
    begun = both["since"].isna() | (
        both["since"].map(first_day, na_action="ignore").str[:7] <= both["month"]
    )
    lasting = both["until"].isna() | (both["until"].str[:7] >= both["month"])
    both = both[begun & lasting].sort_values(["from_id", "searcher_id", "month", "since"])
    both = both.drop_duplicates(["from_id", "searcher_id", "month"])
    return both.rename(columns={"from_id": "agency_id"}).assign(proof=ON_RECORD)


def _lists(frame: pd.DataFrame, tags: Tags | None) -> pd.Series:
    """Return the lists each searcher stands on in its month, joined."""
    out = pd.Series("", index=frame.index, dtype=object)
    for tag in tags.names if tags is not None else []:
        for month, part in frame.groupby("month"):
            on = set(tags.ids(tag, day=str(month))) if tags is not None else set()
            met = part.index[part["searcher_id"].isin(on)]
            out[met] = out[met].map(lambda text, tag=tag: f"{text}; {tag}" if text else tag)
    return out


def _by_agency(seen: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame({"agency_id": sorted(set(seen["agency_id"]))}, dtype="str")
    for proof, word in ((IN_LOG, "in_log"), (ON_RECORD, "on_record")):
        part = seen[seen["proof"] == proof].groupby("agency_id")
        for name, values in (
            (f"searches_{word}", part["searches"].sum()),
            (f"searchers_{word}", part["searcher"].nunique()),
        ):
            out[name] = out["agency_id"].map(values).fillna(0).astype("int64")
    return out


def _agencies(table: pd.DataFrame, record: Shared, figures: list[str]) -> pd.DataFrame:
    about = record.agencies.set_index("agency_id")
    part = table.groupby("agency_id", sort=True)
    out = part[figures].first()
    for sort in ("known", "inferred"):
        out[sort] = (table["class"] == sort).groupby(table["agency_id"]).sum()
    out["in_zone"] = part["in_zone"].sum()
    for place, column in ((0, "name"), (1, "state")):
        values = out.index.to_series().map(about[column])
        out.insert(place, column, values.astype("str"))
    return out.reset_index()


def _zone(table: pd.DataFrame, seen: pd.DataFrame, tags: Tags | None) -> pd.DataFrame:
    """Return, per class, proof, list and month, agencies, readers and searchers of the zone."""
    inside = table[table["in_zone"]]
    rows: list[dict[str, Any]] = []
    for sort, some in inside.groupby("class", sort=True):
        readers = some.groupby("agency_id").size()
        mine = seen[seen["agency_id"].isin(readers.index)]
        for tag in ["", *(tags.names if tags is not None else [])]:
            on = mine
            if tag:
                # of no row the answers have no kind of their own, and are no mask
                listed = [tag in names.split("; ") for names in mine["tags"]]
                on = mine[np.array(listed, dtype=bool)]
            for (proof, month), part in on.groupby(["proof", "month"], sort=True):
                met = sorted(set(part["agency_id"]))
                rows.append(
                    {
                        "class": sort,
                        "proof": proof,
                        "tag": tag,
                        "month": month,
                        "readers_in_zone": int(readers.sum()),
                        "agencies_in_zone": len(readers),
                        "agencies": len(met),
                        "readers": int(readers[met].sum()),
                        "searchers": int(part["searcher"].nunique()),
                        "searches": int(part["searches"].sum()),
                    }
                )
    columns = ["class", "proof", "tag", "month", "readers_in_zone", "agencies_in_zone"]
    columns += ["agencies", "readers", "searchers", "searches"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(columns[:4], "str") | dict.fromkeys(columns[4:], "int64"))
