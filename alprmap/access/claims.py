"""The sentences about who can look, each with its figure and what it was counted from (A1–A3)."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Mapping
from typing import Any

import pandas as pd

from alprmap.access.doors import doors_of
from alprmap.claims import sheet
from alprmap.text import number_of, verb

_NOT_ADDED = (
    "The three classes are never added up, nor are one hop and two. A record shows access on its"
    " date, not use; what no record names may exist all the same."
)
_CLASSES = {
    "known": "whose operator is tagged (known)",
    "inferred": "whose operator is inferred from the town they stand in, not tagged,",
}


def access_claims(
    summary: pd.DataFrame,
    *,
    records: Mapping[str, pd.DataFrame],
    as_of: str | None,
    ids_file: str,
    inputs: Mapping[str, str],
    settings: Mapping[str, Any] | None = None,
    set_aside: str | None = None,
) -> pd.DataFrame:
    """Write the claims that rest on the sharing record: per body, class and hops (A1–A3).

    Parameters
    ----------
    summary
        As `Access.summary`: one row per body, class, hops and state.
    records
        Per body, the shares on record that name it (`source_record`), as `Access.records` has them.
    as_of
        Date asked for, else the newest day of the record; None where nothing is dated.
    ids_file
        File with one row per camera.
    """
    when = f"on record as of {as_of}" if as_of else "on record without a date"
    # of several bodies the last rows are of all together: theirs is the plain id
    whole = summary["body"].iloc[-1]
    rows = []
    for row in summary[summary["state"] == "all"].to_dict("records"):
        sort, hops, body = str(row["class"]), int(row["hops"]), str(row["body"])
        named = records[body]
        agencies = int(row["agencies"])
        runs = verb(int(row["n"]), "is", "are")
        by = f" by {number_of(agencies, 'agency', 'agencies')}" if hops else ""
        path = {
            0: f"{runs} run by {body} itself (no hop), {when}",
            1: (
                f"{runs} run{by} that {verb(agencies, 'lets', 'let')} {body} search"
                f" {verb(agencies, 'its', 'their')} readers (one hop,"
                f" {doors_of(named['source_record'])}), {when} ({_record(named)})"
            ),
            2: (
                f"{runs} run{by} that {verb(agencies, 'shares', 'share')} with one that lets {body}"
                f" search its readers (two hops), {when} ({_record(named)}): a possibility, not a"
                " fact"
            ),
        }[hops]
        tail = "" if body == whole else f"-{body}"
        rows.append(
            {
                "claim_id": f"access-{sort}-{hops}{tail}",
                "figure": row["n"],
                "unit": "cameras",
                "n": row["n"],
                "sentence": f"{_subject(int(row['n']), sort)} {path}.",
                "low": row["n_low"],
                "high": row["n_high"],
                "bounds": (
                    "inference at 4 and 12 km instead of 8 km" if sort == "inferred" else "counted"
                ),
                "definition": (
                    f"A2 class {sort}, A3 {hops} hops, {number_of(len(named), 'share')} on record"
                    f" {verb(len(named), 'names', 'name')} {body}"
                ),
                "caveat": _NOT_ADDED,
                "ids_file": ids_file,
                "ids_where": f"class == {sort} and hops == {hops}"
                + ("" if body == whole else f" for {body} alone"),
            }
        )
    return sheet(
        rows, wing="access", inputs=inputs, settings=settings, data_date=as_of, set_aside=set_aside
    )


_REASON = re.compile("“[^”]+”")
_TYPED = (
    "A reason is what somebody typed. Where the search stands only in the searcher's own log, which"
    " networks it went over is not said: a possibility."
)
_DAYS = (
    "A list shows who was let in on its day. Between two lists a share may have ended, or begun,"
    " earlier than the newer says."
)


def time_line_claims(
    lines: pd.DataFrame,
    *,
    ids_file: str,
    inputs: Mapping[str, str],
    settings: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Write the claims about what each body could look through from day to day (A3).

    Parameters
    ----------
    lines
        As `Access.lines`: per body and two days of change, counts of agencies.
    ids_file
        File of these rows.
    """
    rows = []
    for place, (body, part) in enumerate(lines.groupby("body", sort=False)):
        most, now = part.iloc[int(part["agencies"].to_numpy().argmax())], part.iloc[-1]
        tail = "" if place == 0 else f"-{body}"
        for name, row, column in (
            ("most", most, "agencies"),
            ("now", now, "agencies"),
            ("could", now, "could_agencies"),
        ):
            n, day = int(row[column]), str(row["from_day"])
            rows.append(
                {
                    "claim_id": f"timeline-{name}{tail}",
                    "figure": n,
                    "unit": "agencies",
                    "n": len(part),
                    "bounds": "counted on the record",
                    "sentence": _of_day(name, n, str(body), day),
                    "definition": f"A3 {column} of the days of change, of which there are n",
                    "caveat": _DAYS,
                    "ids_file": ids_file,
                    "ids_where": f"body == {body} and from_day == {day}",
                }
            )
    newest = None if lines.empty else str(lines["from_day"].max())
    return sheet(rows, wing="access", inputs=inputs, settings=settings, data_date=newest)


def side_door_claims(
    doors: pd.DataFrame,
    body: str,
    ids_file: str,
    inputs: Mapping[str, str],
) -> pd.DataFrame:
    """Write the claim about searches that others made on a body's behalf (A4).

    Parameters
    ----------
    doors
        As `Access.doors`; rows of the side door are counted, an agency once.
    body
        Whom it was asked about.
    ids_file
        File of these rows.
    """
    side = doors[doors["door"] == "side"]
    n, by = int(side["agency_id"].nunique()), int(side["via_id"].nunique())
    months = [_month(str(m)) for m in (side["since"].min(), side["until"].max())]
    when = f"in {months[0]}" if months[0] == months[1] else f"from {months[0]} to {months[1]}"
    reasons = sorted({r for proof in side["proof"] for r in _REASON.findall(str(proof))})
    sentence = (
        f"{number_of(by, 'organization')} made searches with the reason {' or '.join(reasons)}"
        f" {when}; these went, or could go, over the readers of"
        f" {number_of(n, 'agency', 'agencies')}: the side door to {body}."
    )
    row = {
        "claim_id": "door-side",
        "figure": n,
        "unit": "agencies",
        "n": len(side),
        "bounds": "counted in the logs and on the record",
        "sentence": sentence,
        "definition": "A4 side door: a search whose reason names the body",
        "caveat": _TYPED,
        "ids_file": ids_file,
        "ids_where": "door == side",
    }
    newest = str(side["until"].max())
    return sheet([row], wing="access", inputs=inputs, settings={"agency": body}, data_date=newest)


_DOORS = {
    "front": "name {body} as a partner: the front door",
    "back": (
        "have a setting of the vendor or a pilot that opens their readers to a scope which {body}"
        " may be in, a possibility, not a fact: the back door"
    ),
    "two hops": (
        "share with an agency that lets {body} search its readers, a possibility, not a fact: two"
        " hops"
    ),
}


def door_claims(
    doors: pd.DataFrame,
    body: str,
    ids_file: str,
    inputs: Mapping[str, str],
    *,
    as_of: str | None,
) -> pd.DataFrame:
    """Write the claims of how many agencies stand at each door but the side door (A4).

    Parameters
    ----------
    doors
        As `Access.doors`; an agency counts once at each door.
    """
    when = f"on record as of {as_of}" if as_of else "on record without a date"
    rows = []
    for door, path in _DOORS.items():
        at = doors[doors["door"] == door]
        if not (n := int(at["agency_id"].nunique())):
            continue
        told = path if n > 1 else _of_one(path)
        rows.append(
            {
                "claim_id": f"door-{door.replace(' ', '-')}",
                "figure": n,
                "unit": "agencies",
                "n": len(at),
                "bounds": "counted on the record",
                "sentence": (
                    f"{number_of(n, 'agency', 'agencies')} {told.format(body=body)}, {when}."
                ),
                "definition": f"A4 {door}: agencies with a path through this door, each once",
                "caveat": "One agency may stand at several doors: they are never added up.",
                "ids_file": ids_file,
                "ids_where": f"door == {door}",
            }
        )
    settings = {"agency": body, "as_of": as_of}
    return sheet(rows, wing="access", inputs=inputs, settings=settings, data_date=as_of)


def _of_one(path: str) -> str:
    """Return the words of a door for one agency.

    >>> _of_one("share with an agency"), _of_one("have a setting that opens their readers")
    ('shares with an agency', 'has a setting that opens its readers')
    """
    first, rest = path.split(" ", 1)
    one = "has" if first == "have" else f"{first}s"
    return f"{one} {rest.replace('opens their readers', 'opens its readers')}"


def _month(iso: str) -> str:
    """Return a month in words.

    >>> _month("2026-02")
    'February 2026'
    """
    return f"{month_name[int(iso[5:7])]} {iso[:4]}"


def _of_day(name: str, n: int, body: str, day: str) -> str:
    """Return the sentence of a day of change: the most, the last, or what could be looked at."""
    lets = f"{number_of(n, 'agency', 'agencies')} {verb(n, 'lets', 'let')} {body} search"
    if name == "most":
        return f"At most {lets}, first from {day} on, on record."
    if name == "now":
        return f"From {day} on {lets}, on record."
    more = number_of(n, "more agency", "more agencies")
    return (
        f"From {day} on {body} could look through the readers of {more}, over another agency, by a"
        " search on its behalf or by a setting: a possibility, not a fact."
    )


def _subject(n: int, sort: str) -> str:
    which = _CLASSES[sort].replace("they stand", verb(n, "it stands", "they stand"))
    return f"{number_of(n, 'mapped camera')} {which}"


def _record(named: pd.DataFrame) -> str:
    """Return which records name a body: how many, and of which files.

    >>> _record(pd.DataFrame({"source_record": ["a.csv#row/1", "a.csv#row/2"]}))
    '2 shares, from a.csv'
    """
    files = sorted({str(r).split("#")[0] for r in named["source_record"].dropna()})
    if not len(named):
        return "no share names it"
    shown = ", ".join(files[:3]) + (" and others" if len(files) > 3 else "")
    return f"{number_of(len(named), 'share')}, from {shown or 'no named file'}"
