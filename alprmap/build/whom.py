"""Whose access a project asks for: proposed from a sharing record, and looked up before a build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from alprmap.build.project import AccessPart
from alprmap.build.recognize import Recognized
from alprmap.errors import NotFoundError

ONE_OWNER = 0.5
"""A record is about one agency where that agency is in so many of its shares."""
FEDERAL = "federal"
BODIES = ("U.S. Customs and Border Protection", "U.S. Border Patrol")
"""Asked for by name wherever a record names them."""


def title_of(shares: Sequence[Recognized]) -> str:
    """Return the title of what sharing records say without a camera."""
    _, owner, among = _owner(shares)
    # a record of many agencies is about none of them
    of = f"the readers of {owner}" if among >= ONE_OWNER else "license plate readers"
    return f"Who can look through {of}"


def body_of(shares: Sequence[Recognized]) -> tuple[str | None, str | None]:
    """Return whose access a record lets one ask for, a body or a kind of bodies: the Border Patrol
    where it is named, else all federal bodies where one is let in, else the agency in most shares.
    """
    if not shares:
        return None, None
    tables = [f.table[["agency_id", "name", "kind"]] for f in shares if f.table is not None]
    known = pd.concat(tables)
    for body in BODIES:
        if (known["name"] == body).any():
            return body, None
    let_in = pd.concat([f.shares["to_id"] for f in shares if f.shares is not None])
    if known.loc[known["kind"] == FEDERAL, "agency_id"].isin(let_in).any():
        return None, FEDERAL
    key, name, _ = _owner(shares)
    return (name if _is_one(name, shares) else key), None


def _is_one(name: str, shares: Sequence[Recognized]) -> bool:
    """Tell whether a name alone says which agency of a record is meant."""
    from alprmap.access import access_targets

    agencies = pd.concat([f.table for f in shares if f.table is not None], ignore_index=True)
    try:
        return len(access_targets(agencies.drop_duplicates("agency_id"), to=name)) == 1
    except NotFoundError:
        return False


def _owner(shares: Sequence[Recognized]) -> tuple[str, str, float]:
    """Return the agency most shares are from or to, by id and name, and in what part of them it
    is.
    """
    table = pd.concat([f.shares for f in shares if f.shares is not None], ignore_index=True)
    names = pd.concat([f.table for f in shares if f.table is not None]).drop_duplicates("agency_id")
    ends = pd.concat([table["from_id"], table["to_id"]]).value_counts()
    key = str(ends.index[0])
    return (
        key,
        str(names.set_index("agency_id")["name"].get(key, key)),
        float(ends.iloc[0]) / len(table),
    )


def records_elsewhere(files: Sequence[Recognized], here: Sequence[str]) -> list[str]:
    """Return in words which sharing records name no agency of the states `here`, in which the
    cameras stand; of cameras that stand nowhere nothing is said."""
    notes = []
    for f in files if here else ():
        if "sharing" not in f.kinds or f.table is None:
            continue
        of = set(f.table["state"].dropna())
        if of and not of & set(here):
            notes.append(
                f"{f.path.name}: names no agency of {', '.join(here[:3])}, where the cameras stand;"
                " who can look through these takes a record of an agency there"
            )
    return notes


def look_up(asked: AccessPart, files: Sequence[Path]) -> Callable[[], None]:
    """Return what looks up in the sharing record whose access is asked for.

    Called before any stage runs: a name that fits several agencies, or none, and a record that
    cannot be read stop a build at once and not after hours of coverage.
    """

    def check() -> None:
        from alprmap.access import access_targets, read_shares

        agencies = read_shares(files).agencies
        for body in asked.names:
            try:
                access_targets(agencies, to=body)
            except NotFoundError as error:
                raise NotFoundError(error.what, where="access.to", fix=error.fix) from None

    return check
