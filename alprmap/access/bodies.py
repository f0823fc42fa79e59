"""Tables of agencies: declared counts, the FBI's list with ORIs, aliases and parents (A2, S10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alprmap import schema
from alprmap.access.layouts import Raw
from alprmap.errors import InputError
from alprmap.sources import parse_count, parse_date

_NAME = (
    "name",
    "agency",
    "agency_name",
    "pub_agency_name",
    "organization",
    "department",
    "operator",
)
COUNTS = (
    "declared_cameras",
    "declared",
    "cameras",
    "camera_count",
    "number_of_cameras",
    "readers",
)
"""Headings of counts that agencies declare."""
_STATE = ("state", "state_abbr", "st")
_DAY = ("declared_on", "date", "as_of", "snapshot_date", "updated")
_ORI = ("ori", "ori9", "ori_code")
_SOURCE = ("source_record", "source", "url", "citation")
_ROLE = {"City": "Police Department", "County": "County Sheriff's Office"}
"""What the FBI's list leaves unsaid of a name: "Mobile" of type County is the sheriff's office."""
_KIND = {
    "City": "city",
    "County": "county",
    "State Police": "state",
    "Other State Agency": "state",
    "Tribal": "tribal",
    "University or College": "school",
    "Federal": "federal",
}


def is_agency_table(head: list[str]) -> bool:
    """Tell by its headings whether a table lists agencies: a name, and a declared count, an ORI or
    a parent."""
    there = set(head)
    return bool(there & set(_NAME)) and bool(there & {*COUNTS, *_ORI, "parent"})


def agency_rows(head: list[str], rows: list[list[str]], path: Path) -> Raw:
    """Read a table of agencies.

    Raises
    ------
    InputError
        When a kind is no word of ours, a count no number, or a date none.
    """
    raw = Raw()
    at = {
        what: next((c for c in names if c in head), None)
        for what, names in (
            ("name", _NAME),
            ("count", COUNTS),
            ("state", _STATE),
            ("day", _DAY),
            ("ori", _ORI),
            ("source", _SOURCE),
        )
    }
    for number, cells in enumerate(rows[1:], start=1):
        row = dict(zip(head, (c.strip() for c in cells), strict=False))
        told = {what: row.get(c) or None if c else None for what, c in at.items()}
        if not any(row.values()):
            continue
        if not told["name"]:
            raw.skip("a row without an agency")
            continue
        if at["count"] is not None and (parse_count(told["count"] or "") or None) is None:
            # the agency stays, its count does not: 0 stands for "not known" in these lists
            raw.skip("a row without a count, or with 0, which is no count")
        raw.agencies.append(_agency(row, told, path, number))
    return raw


def _agency(
    row: dict[str, str], told: dict[str, str | None], path: Path, number: int
) -> dict[str, Any]:
    kind = row.get("kind") or None
    if kind and kind not in schema.OPERATOR_KIND:
        raise InputError(
            "a kind of agency that is none",
            where=path,
            row=number,
            fix=f"one of {', '.join(schema.OPERATOR_KIND)}",
        )
    said, day = told["count"], told["day"]
    declared = parse_count(said) if said else None
    if said and declared is None:
        raise InputError(
            "the declared count is no number",
            where=path,
            row=number,
            fix="write a whole number, or none",
        )
    on = parse_date(day) if day and said else None
    if day and said and on is None:
        raise InputError(
            "a date that is none", where=path, row=number, fix="write it as 2026-04-16 or 2026-04"
        )
    sort = row.get("agency_type_name", "")
    name = str(told["name"]).rstrip(":")
    return {
        "names": [_full(name, sort), *filter(None, (row.get("aliases") or "").split(";"))],
        "kind": kind or _KIND.get(sort),
        "state": told["state"].upper() if told["state"] and len(told["state"]) == 2 else None,
        "declared": declared or None,
        "declared_on": on,
        "record": told["source"] or f"{path.name}#row/{number}",
        "ori": told["ori"],
        "parent": row.get("parent") or None,
    }


def _full(name: str, sort: str) -> str:
    """Return the name of an agency as it calls itself.

    >>> _full("Mobile", "County"), _full("Anchorage", "City"), _full("Alaska State Troopers", "")
    ("Mobile County Sheriff's Office", 'Anchorage Police Department', 'Alaska State Troopers')
    """
    role = _ROLE.get(sort)
    if role is None or role.split()[-1].casefold() in name.casefold():
        return name
    return f"{name} {role.removeprefix('County ') if 'county' in name.casefold() else role}"
