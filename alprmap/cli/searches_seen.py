"""What `alprmap searches --cameras` adds: which searches went, or could go, over which readers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from alprmap.cli import common
from alprmap.errors import UsageError
from alprmap.schema import BORDERS

if TYPE_CHECKING:
    from alprmap.access import Searches, Seen, Zone


def refuse_alone(cameras: Path | None, *others: Sequence[object] | None) -> None:
    """Refuse what only means something beside cameras, and cameras without a record."""
    shares, agencies, *_ = others
    if cameras is None and any(others):
        raise UsageError(
            "--shares, --agencies, --tag and --camera speak of readers", fix="pass --cameras F too"
        )
    if cameras is not None and not shares and not agencies:
        raise UsageError(
            "no record says whose the cameras are", fix="pass --shares FILE or --agencies FILE"
        )


def zone_of(text: str) -> Zone:
    """Return a zone written BORDER:MILES."""
    from alprmap.access import Zone

    border, _, miles = text.partition(":")
    try:
        far = float(miles)
    except ValueError:
        far = -1.0
    if border not in BORDERS or not 0 < far < 10_000:
        raise UsageError(
            f"--zone {text} is no border and miles", fix=f"write one of {', '.join(BORDERS)}:100"
        )
    return Zone(border, far)


def run(found: Searches, cameras: Path, record: list[Path], *, tags: list[str], zone: Zone) -> Seen:
    """Open cameras, record and lists, and join the searches to them."""
    from alprmap.access import read_shares, read_tags, searches_seen

    data = common.read_cameras(cameras)
    shared = read_shares(record)
    lists = read_tags(tags, shared.agencies) if tags else None
    return searches_seen(found, data, shared, tags=lists, zone=zone)


def as_json(seen: Seen, cameras: list[str]) -> dict[str, Any]:
    """Return the numbers with their keys."""
    out: dict[str, Any] = {
        "seen_counts": seen.counts(),
        "zone": common.records(seen.zone),
        "seen_agencies": common.records(seen.agencies),
        "seen_claims": common.records(seen.claims()),
    }
    return out | ({"over_cameras": common.records(seen.over(cameras))} if cameras else {})


def shown(seen: Seen, cameras: list[str]) -> dict[str, pd.DataFrame]:
    """Return the tables for the screen by title."""
    order = ["searches_in_log", "searches_on_record", "agency_id"]
    most = seen.agencies.sort_values(order, ascending=[False, False, True])
    tables = {
        "Whose readers were searched (in the log) or could be (on record), never added up": (
            most.drop(columns=["agency_id"]).head(20)
        )
    }
    if cameras:
        tables[f"Searches that could see {' and '.join(cameras)}"] = seen.over(cameras)
    return tables
