"""`alprmap searches`: who searched, over how many networks, how far back, and what for (A6–A9)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common

if TYPE_CHECKING:
    from alprmap.access import Searches


def searches(
    logs: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            readable=False,
            help="Search logs: organization, network and portal audits; CSV, workbook, JSON,"
            " packed or not.",
        ),
    ],
    out: common.Out = None,
    agency: Annotated[
        str | None,
        typer.Option(
            "--agency", help="Whose logs these are, where neither a column nor the name says so."
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network", help="Whose network was searched, where the file's name does not say so."
        ),
    ] = None,
    timezone: Annotated[
        str, typer.Option("--timezone", help="Clock of hours, days and months: America/Chicago …")
    ] = "UTC",
    nationwide: Annotated[
        int,
        typer.Option("--nationwide", min=2, help="Networks from which a search is nationwide."),
    ] = 5_000,
    cameras: Annotated[
        Path | None,
        typer.Option(
            "--cameras",
            readable=False,
            help="Cameras: which searches went, or could go, over whose.",
        ),
    ] = None,
    shares: Annotated[
        list[Path] | None,
        typer.Option(
            "--shares", readable=False, help="Who shares with whom, with --cameras; repeatable."
        ),
    ] = None,
    agencies: Annotated[
        list[Path] | None,
        typer.Option(
            "--agencies", readable=False, help="Agency lists, with --cameras; repeatable."
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", help="A list of agencies, FILE or NAME=FILE, with --cameras; repeatable."
        ),
    ] = None,
    zone: Annotated[
        str, typer.Option("--zone", help="Border and miles inland, with --cameras: mexico:100.")
    ] = "land:100",
    camera: Annotated[
        list[str] | None,
        typer.Option(
            "--camera",
            help="Searches that could see this camera, or every one of several (a corridor).",
        ),
    ] = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Count who searched, how widely, how far back and why, from search logs; nothing about a
    person is kept.

    Plates, names, user ids, case numbers and the text of reasons are dropped while a log is read:
    a reason becomes a category. Writes OUT (one row per search) and the statistics beside it."""
    common.refuse_overwrite(out, force, kind="table")
    from alprmap.cli import searches_seen

    searches_seen.refuse_alone(cameras, shares, agencies, tag, camera)
    where = searches_seen.zone_of(zone)
    from alprmap.access import SearchSettings, measure_searches

    settings = SearchSettings(nationwide_networks=nationwide, timezone=timezone)
    found = measure_searches(logs, agency=agency, network=network, settings=settings)
    seen = None
    if cameras is not None:
        record = [*(agencies or []), *(shares or [])]
        seen = searches_seen.run(found, cameras, record, tags=tag or [], zone=where)
    if out is not None:
        for path in found.save(out):
            common.note(f"wrote {path}")
        if seen is not None:
            for path in seen.save(out.with_name(f"{out.stem}.seen.csv")):
                common.note(f"wrote {path}")
    if as_json:
        more = {} if seen is None else searches_seen.as_json(seen, camera or [])
        common.result(_json(found) | more, as_json=True)
        return
    for claim in found.claims().to_dict("records"):
        if not str(claim["claim_id"]).startswith("reason-"):
            common.out(str(claim["sentence"]))
    common.out("")
    if seen is not None:
        for sentence in seen.claims()["sentence"]:
            common.out(str(sentence))
        common.out("")
    tables = _shown(found) | ({} if seen is None else searches_seen.shown(seen, camera or []))
    for title, table in tables.items():
        common.out(f"{title}\n")
        common.result(table)
        common.out("")


def _json(found: Searches) -> dict[str, Any]:
    tables = {k: common.records(t) for k, t in found.tables().items() if k != "searches"}
    return {
        "counts": found.counts(),
        "inputs": dict(found.inputs),
        **tables,
        "claims": common.records(found.claims()),
    }


def _shown(found: Searches) -> dict[str, Any]:
    """Return the tables for the screen by title."""
    from alprmap.text import percent

    made = found.made
    order = ["searches", "organization"]
    largest = made["organizations"].sort_values(order, ascending=[False, True])
    columns = [
        "organization",
        "rows",
        "searches",
        "median_networks",
        "multi_network",
        "nationwide",
        "over_30_days",
        "reason_empty",
    ]
    reasons = made["reasons"][["says", "rows", "searches"]].copy()
    reasons["share"] = made["reasons"]["share"].map(percent, na_action="ignore")
    return {
        "Logs read": made["files"].drop(columns=["layout"]),
        "Organizations, most searches first": largest[columns].head(20),
        "Reasons": reasons,
    }
