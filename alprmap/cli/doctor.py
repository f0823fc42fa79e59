"""`alprmap doctor`: what is installed, how old the shipped data is, and whether a parser is known
to be unsafe."""

from __future__ import annotations

from alprmap.cli import common
from alprmap.errors import InputError


def doctor(as_json: common.Json = False) -> None:
    """Print versions, the wall around parsers and the dates of the data; exit 1 when a version is
    unsafe."""
    from alprmap import doctor as room

    facts = room.facts()
    common.result(facts, as_json=as_json)
    bad = room.known_bad(facts)
    for sentence in [] if bad else room.to_mind(facts):
        common.note(f"held by the limits on parsing, better renewed: {sentence}")
    if bad:
        more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        raise InputError(f"unsafe to read strangers' files with {bad[0]}{more}", fix="update it")
