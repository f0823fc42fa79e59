"""`alprmap doctor`: what is installed and how old the shipped data is."""

from __future__ import annotations

from alprmap.cli import common


def doctor(as_json: common.Json = False) -> None:
    """Print versions, drivers and the dates of the shipped data."""
    from alprmap import doctor as room

    common.result(room.facts(), as_json=as_json)
