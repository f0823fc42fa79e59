"""The sentences about searches, each with its figure (rules A6–A9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from alprmap.access.searches.reasons import CODE, EMPTY, NO_COLUMN, UNCLEAR
from alprmap.claims import sheet
from alprmap.text import number_of, percent, verb

_LOGS = (
    "Counts what these logs list: searches by agencies whose logs are not here are not in it, and a"
    " portal shows about a month."
)
_REASONS = (
    "A reason is what the searcher typed or picked; it may be false or empty, and its category"
    " rests on words (data/aliases/reasons.toml)."
)
_NETWORKS = (
    "A network is an agency's cameras as the vendor counts them; the log says how many were"
    " searched, not which."
)
_COUNTED = "counted in the logs given"


def search_claims(
    tables: Mapping[str, pd.DataFrame],
    counts: Mapping[str, int],
    *,
    settings: Mapping[str, Any],
    inputs: Mapping[str, str],
    ids_file: str,
) -> pd.DataFrame:
    """Write the claims that rest on search logs.

    Parameters
    ----------
    tables
        As `Searches.made` holds them.
    counts
        As `Searches.counts` gives them.
    settings
        Fields of `SearchSettings`.
    inputs
        SHA-256 of each log by name.
    ids_file
        File with one row per search.
    """
    organizations = tables["organizations"]
    days = organizations["last_date"].dropna()
    n, again, read = counts["searches"], counts["repeats"], counts["rows_read"]
    rows = [
        {
            "claim_id": "searches",
            "figure": n,
            "unit": "searches",
            "n": counts["rows_read"],
            "bounds": _COUNTED,
            "sentence": (
                f"{number_of(read, 'row')} {verb(read, 'holds', 'hold')}"
                f" {number_of(n, 'search', 'searches')} by"
                f" {number_of(counts['organizations'], 'organization')};"
                f" {number_of(again, 'row')} {verb(again, 'repeats', 'repeat')} a search that is"
                " counted already."
            ),
            "definition": "A6: rows with one id, or without ids all cells alike, are one search",
            "caveat": _LOGS,
            "ids_file": ids_file,
            "ids_where": "every row",
        },
        *_widths(organizations, settings, ids_file),
        *_reasons(tables["reasons"], n, ids_file),
        *_outside(tables["networks"]),
    ]
    return sheet(
        rows,
        wing="access",
        inputs=inputs,
        settings=settings,
        data_date=max(days) if len(days) else None,
        set_aside=f"{number_of(counts['unreadable'], 'row')} without a readable time or with"
        " stray cells",
    )


def _share(
    name: str,
    k: int,
    n: int,
    sentence: str,
    definition: str,
    where: str,
    ids_file: str,
    caveat: str,
) -> dict[str, Any]:
    return {
        "claim_id": name,
        "figure": k / n,
        "unit": "share",
        "n": n,
        "bounds": _COUNTED,
        "sentence": f"{k:,} of {number_of(n, 'search', 'searches')} ({percent(k / n)}) {sentence}.",
        "definition": definition,
        "caveat": caveat,
        "ids_file": ids_file,
        "ids_where": where,
    }


def _widths(table: pd.DataFrame, settings: Mapping[str, Any], ids_file: str) -> list[Any]:
    """Return how widely and how far back was searched, of the searches whose log says so."""
    total = {c: int(table[c].sum()) for c in table.columns if table[c].dtype.kind in "iu"}
    wide, cams = settings["nationwide_networks"], settings["nationwide_devices"]
    out = []
    if n := total["networks_said"]:
        out.append(
            _share(
                "multi-network",
                total["multi_network"],
                n,
                "went over more than one network",
                "A8: the log counts more than one network",
                "networks > 1",
                ids_file,
                _NETWORKS,
            )
        )
    if n := total["width_said"]:
        out.append(
            _share(
                "nationwide",
                total["nationwide"],
                n,
                f"were nationwide, over {wide:,} networks or more",
                f"A8: {wide:,} networks or more; {cams:,} cameras or more where only cameras are"
                " counted",
                f"networks >= {wide} or (networks == -1 and devices >= {cams})",
                ids_file,
                _NETWORKS,
            )
        )
    if n := total["time_frame_said"]:
        long = settings["long_days"]
        out.append(
            _share(
                "over-30-days",
                total["over_30_days"],
                n,
                f"looked back more than {long:g} days",
                f"A8: the time frame begins more than {long:g} days before the search",
                f"days_back > {long:g}",
                ids_file,
                _LOGS,
            )
        )
    return out


def _reasons(table: pd.DataFrame, n: int, ids_file: str) -> list[Any]:
    out = []
    for row in table[table["searches"] > 0].to_dict("records"):
        name, says = str(row["reason"]), str(row["says"])
        sentence = {
            EMPTY: "give no reason",
            CODE: "give only a number or code as their reason",
            UNCLEAR: "give a reason that no category fits",
            NO_COLUMN: "stand in logs that have no reasons",
        }.get(name, f"are for: {says}")
        out.append(
            _share(
                f"reason-{name}",
                int(row["searches"]),
                n,
                sentence,
                f"A7: category {name} of data/aliases/reasons.toml",
                f"reason == {name}",
                ids_file,
                _REASONS,
            )
        )
    return out


def _outside(table: pd.DataFrame) -> list[Any]:
    """Return, per network whose log is here, how many searches came from others."""
    out = []
    told = table[table["outside"].isin(["yes", "no"])]
    for network, part in told.groupby("network", sort=True):
        n, others = int(part["searches"].sum()), part[part["outside"] == "yes"]
        k, who = int(others["searches"].sum()), int((others["searches"] > 0).sum())
        out.append(
            _share(
                f"outside-{network}",
                k,
                n,
                f"of the network of {network} were made by {number_of(who, 'other organization')}",
                "A9: the searching organization is another than the network's",
                "outside == yes",
                "the table networks",
                _NETWORKS,
            )
        )
    return out
