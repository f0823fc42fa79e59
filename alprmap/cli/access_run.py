"""What `alprmap access` shows of the result of the wing access: tables for the screen, JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from alprmap.access import Access, measure, measure_searches
from alprmap.cli import common
from alprmap.merge import Cameras
from alprmap.store import hashes
from alprmap.text import any_of, number_of, percent, verb


def run(
    cameras: Path,
    files: list[Path],
    *,
    to: list[str],
    kind: str | None,
    of: list[str],
    as_of: str | None,
    areas: str | None = None,
    tags: list[str] | None = None,
    searches: list[Path] | None = None,
) -> tuple[Access, Cameras]:
    """Open the cameras, say what was set aside, and measure; return both."""
    from dataclasses import replace

    data = common.read_cameras(cameras)
    logs = None
    if searches:
        logs = measure_searches(searches)
    found = measure(
        data,
        files,
        to=to,
        kind=kind,
        of=of,
        as_of=as_of,
        areas=areas,
        tags=tags or (),
        searches=logs,
    )
    return replace(found, inputs=hashes([cameras]) | dict(found.inputs)), data


_FIRST = (
    "access-known-1",
    "access-known-0",
    "access-known-2",
    "access-inferred",
    "door",
    "timeline",
)


def sentences(found: Access) -> list[str]:
    """Return the sentences to print: what is on record first; of nothing only that the record lets
    the body search none of these cameras, and of several bodies that in one sentence (the tables
    have every zero)."""
    return told(found.claims())


def told(claims: pd.DataFrame) -> list[str]:
    """Return the sentences of `claims` that are printed, in their order."""
    ids, start = claims["claim_id"].astype("str"), f"{_FIRST[0]}-"
    # of several bodies each has the id of all together with its own name behind it
    none = (claims["figure"] == 0) & ids.str.startswith(start)
    some = ((claims["figure"] > 0) | ids.str.startswith(_FIRST[0])) & ~none
    place = [next((i for i, p in enumerate(_FIRST) if n.startswith(p)), len(_FIRST)) for n in ids]
    ordered = claims.assign(place=place)[some].sort_values(["place", "claim_id"], kind="stable")
    out = [str(text) for text in ordered["sentence"]]
    if none.any():
        bodies = any_of([n.removeprefix(start) for n in ids[none]])
        day = claims.loc[none, "data_date"].dropna()
        when = f"on record as of {day.iloc[0]}" if len(day) else "on record without a date"
        said = f"No camera is run by an agency that lets {bodies} search its readers (one hop)"
        out.insert(int((ordered["place"] == 0).sum()), f"{said}, {when}.")
    return out


def shown(found: Access) -> dict[str, pd.DataFrame]:
    """Return the tables for the screen by title."""
    tables: dict[str, pd.DataFrame] = {}
    if found.areas is not None:
        plain = pd.DataFrame(found.areas.drop(columns="geometry")).sort_values("rank")
        ranks = [c for c in ("rank", "rank_low", "rank_high") if plain[c].isna().all()]
        tables["By area"] = plain.drop(columns=ranks)
    if found.sheet is not None:
        tables["What agencies declare, what the map has, whom they name"] = found.sheet.drop(
            columns=["agency_id"]
        )
    if found.by_tag is not None:
        tables["Lists: agencies of the record on each, and what they run and may search"] = (
            found.by_tag
        )
    if found.laws is not None and len(found.laws):
        tables["Laws on sharing beyond the state, and shares on record beside them"] = (
            found.laws.drop(columns=["says", "citation", "source"])
        )
    if found.found is None:
        return tables
    counts = found.found.counts
    when = f" as of {found.as_of}" if found.as_of else ""
    naming = counts["records_to_target"]
    tables[
        f"Cameras {found.target} can look through{when}:"
        f" {number_of(naming, 'record')} {verb(naming, 'names', 'name')}"
        f" {'any of them' if len(found.each) > 1 else 'it'};"
        " classes and hops are never added up (2 hops: a possibility)"
    ] = found.summary[found.summary["state"] == "all"].drop(columns=["state", "farthest_camera_id"])
    if len(found.bodies):
        tables["Who was asked for, and the shares that name it"] = found.bodies.sort_values(
            ["shares_on_record", "agency_id"], ascending=[False, True]
        ).head(20)
    if len(found.doors):
        ways = found.doors.drop_duplicates(["agency_id", "door"])
        tables["Agencies by door (one may stand under several; never added up)"] = (
            ways.groupby("door", sort=True).size().rename("agencies").reset_index()
        )
    tables["How the agency of each camera was found"] = pd.DataFrame(
        {"why": list(counts["why"]), "cameras": list(counts["why"].values())}
    )
    if found.inference.loc[0, "tested"]:
        share = found.inference["share_right"].map(percent, na_action="ignore")
        tables["How often an inferred operator is right, tested on tagged cameras"] = (
            found.inference.assign(share_right=share)
        )
    unmapped = _unmapped(found)
    if len(unmapped):
        tables["Declared but unmapped, per agency (largest first)"] = unmapped
    return tables


def as_json(found: Access, files: list[Path]) -> dict[str, Any]:
    """Return the numbers with the stable keys of docs/method/access.md."""
    out: dict[str, Any] = {
        "target": found.target,
        "as_of": found.as_of,
        "inputs": dict(found.inputs),
        "record": found.record.counts,
        "files": _named(found, files),
    }
    if found.found is not None:
        out |= {
            "target_ids": found.found.targets,
            "counts": found.found.counts,
            "summary": common.records(found.summary),
            "agencies": common.records(found.agencies),
            "bodies": common.records(found.bodies),
            "doors": common.records(found.doors),
            "inference": common.records(found.inference),
        }
    out["claims"] = common.records(found.claims())
    if found.by_tag is not None and found.tags is not None:
        out["by_tag"] = common.records(found.by_tag)
        out["tags"] = common.records(found.tags.rows)
    if found.laws is not None:
        out["laws"] = common.records(found.laws)
    if found.areas is not None:
        out["areas"] = common.records(found.areas)
    if found.sheet is not None:
        out["of"] = common.records(found.sheet)
    return out


def _named(found: Access, files: list[Path]) -> dict[str, str]:
    names = [*found.tables(), "claims"]
    return {name: path.name for name, path in zip(names, files, strict=False)}


def _unmapped(found: Access) -> pd.DataFrame:
    """Return the agencies that the body reaches and that declare more than the map has, with the
    date of the count."""
    told = found.declared.merge(found.agencies[["agency_id", "hops"]], on="agency_id")
    table = told.sort_values(["unmapped_at_least", "agency_id"], ascending=[False, True]).drop(
        columns=["agency_id", "mapped_beyond_declared"]
    )
    table.insert(2, "hops", table.pop("hops"))
    return table.head(20)
