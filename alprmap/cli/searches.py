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
            help="Search logs as CSV: organization, network and portal audits; packed or not.",
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
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Count who searched, how widely, how far back and why, from search logs; nothing about a
    person is kept.

    Plates, names, user ids, case numbers and the text of reasons are dropped while a log is read:
    a reason becomes a category. Writes OUT (one row per search) and the statistics beside it."""
    common.refuse_overwrite(out, force, kind="table")
    from alprmap.access import SearchSettings, measure_searches

    settings = SearchSettings(nationwide_networks=nationwide, timezone=timezone)
    with common.progress() as progress:
        found = measure_searches(
            logs, agency=agency, network=network, settings=settings, progress=progress
        )
    if out is not None:
        for path in found.save(out):
            common.note(f"wrote {path}")
    if as_json:
        common.result(_json(found), as_json=True)
        return
    for claim in found.claims().to_dict("records"):
        if not str(claim["claim_id"]).startswith("reason-"):
            common.out(str(claim["sentence"]))
    common.out("")
    for title, table in _shown(found).items():
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
