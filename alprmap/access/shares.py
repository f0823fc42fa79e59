"""Who shares with whom, and from when to when, from the files it is published in (rule A1).

One door for every kind of sharing record, told by what is in the file, not by its name: portal JSON
(`sharing_outbound`), agency registry JSON (`flock_names`), network GeoJSON (`connectionCount`),
tables of shares (`from`, `to`; `src_agency`, `external_agency`; `agency`, `shares_with`), lists of
one agency (`Organization Name`), the vendor's SharedNetworks export, portal pages as text, or our
own tables. Dated lists end shares (`alprmap.access.intervals`); a record without a date stays
without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import agencies as names
from alprmap import schema
from alprmap.access.days import date_in_name
from alprmap.access.documents import document_kind
from alprmap.access.intervals import Seen, list_changes, share_intervals
from alprmap.access.layouts import (
    CAPS,
    Listed,
    Raw,
    Single,
    is_workbook,
    json_record,
    own_table,
)
from alprmap.access.lists import document_record, text_record, workbook_record
from alprmap.access.organizations import partner_name, source_text
from alprmap.agencies import AgencyList
from alprmap.shipped import alias_rows
from alprmap.sources import regular
from alprmap.text import clean

_TEXT = (".csv", ".tsv", ".txt", ".gz")


@dataclass(frozen=True, slots=True)
class Shared:
    """Agencies and shares of one or more files, names settled.

    `agencies` is table `agencies` with the further columns `spellings` (every spelling met, one per
    line) and, where a file places the agency, `lon`, `lat`, `place_kind`; `shares` is table
    `shares` with `not_before`, `last_seen`, `n_records`, `inactive` (`alprmap.access.intervals`),
    one row per share and unbroken stay on the record; `changes` is what each newer list dropped and
    added; `switches` are statewide and nationwide opt-ins, which are settings and no partners, with
    the days from and to which they are on record; `declared` has every declared count by date;
    `counts` says what was read, left out and why.
    """

    agencies: pd.DataFrame
    shares: pd.DataFrame
    counts: dict[str, Any]
    changes: pd.DataFrame
    switches: pd.DataFrame
    declared: pd.DataFrame


def read_shares(
    paths: Iterable[Path],
    *,
    dates: dict[str, str] | None = None,
    partial: Iterable[Path] = (),
) -> Shared:
    """Read agencies and shares from files of any known shape and settle their names against one
    another.

    Parameters
    ----------
    paths
        The files, in any order. The same agency under several spellings becomes one row
        (`alprmap.agencies.parse`: same place, role, numbers and state); two agencies of one name in
        different states stay two, and a name without a state joins the only one of its name, or
        stays alone where there are several.
    dates
        Date of a file's records by file name, where neither the records nor the file name tell it.
    partial
        Files of single records (news stories, rows of an audit), which never end a share.

    Raises
    ------
    InputError
        When a file is not of a known shape.
    """
    raws: dict[str, Raw] = {}
    alone = {Path(p) for p in partial}
    for given in [*paths, *sorted(alone)]:
        path = regular(given, caps=CAPS)
        day = (dates or {}).get(path.name) or date_in_name(path.name)
        if path.suffix == ".parquet":
            raw = own_table(path)
        elif document_kind(path):
            raw = document_record(path, day, partial=given in alone)
        elif is_workbook(path):
            raw = workbook_record(path, day, partial=given in alone)
        elif path.suffix in _TEXT:
            raw = text_record(path, day, partial=given in alone)
        else:
            raw = json_record(path, day)
        if given in alone:
            _take_apart(raw)
        _clean(raw)
        # two files of one name in different folders are two
        raws[path.name if path.name not in raws else str(given)] = raw
    return _settle(raws)


def _take_apart(raw: Raw) -> None:
    """Make single records of the lists of a file."""
    for listed in raw.lists:
        for name in _names_on(listed, ()):
            pair = (listed.owner, name)
            giver, taker = pair if listed.direction == "outbound" else pair[::-1]
            raw.shares.append(
                Single(giver, taker, listed.direction, listed.day, None, listed.record)
            )
    raw.lists.clear()


_NOBODY = "names that are no organization's: a person's, or one that no table knows"
_BESIDE = "names with somebody beside the organization: only the organization was kept"


def _name(value: Any, raw: Raw) -> str:
    """Return the name of an agency or a setting as it may be told, "" where it is none."""
    text = str(_tidy(value, raw) or "")
    if not text or switch_scope(text) is not None:
        return text
    shown = partner_name(text)
    if shown != text:
        raw.note(_BESIDE if shown else _NOBODY)
    return shown


def _tidy(value: Any, raw: Raw) -> Any:
    if isinstance(value, list):
        return [_tidy(v, raw) for v in value]
    if not isinstance(value, str):
        return value
    text, done = clean(value)
    if done:
        raw.note(done)
    return text


def _clean(raw: Raw) -> None:
    """Bring every text of a file to one clean line, as `alprmap.sources` does, keep of names what
    is an organization's (`alprmap.access.organizations`), and count what was done; the names on
    lists, which may be in pieces, follow in `_spread`."""

    def record(value: Any) -> Any:
        return source_text(_tidy(value, raw)) if isinstance(value, str) else value

    def told(value: Any) -> bool:
        """Tell whether a name is there, and count a row without one."""
        if not value:
            raw.skip("a row without both names")
        return bool(value)

    raw.agencies = [
        {
            **{k: _tidy(v, raw) for k, v in row.items()},
            "names": [shown for n in row["names"] if (shown := _name(n, raw))],
            "record": record(row.get("record")),
            "parent": _name(row.get("parent"), raw) or None,
        }
        for row in raw.agencies
    ]
    raw.agencies = [row for row in raw.agencies if row["names"]]
    raw.shares = [
        replace(one, giver=giver, taker=taker, record=record(one.record))
        for one in raw.shares
        if told(giver := _name(one.giver, raw)) and told(taker := _name(one.taker, raw))
    ]
    lists = []
    for one in raw.lists:
        named = tuple(n for n in (_tidy(n, raw) for n in one.names) if told(n))
        if told(owner := _name(one.owner, raw)):
            lists.append(replace(one, owner=owner, names=named, record=record(one.record)))
    raw.lists = lists


def _names_on(listed: Listed, whole: Iterable[str]) -> list[str]:
    """Return the names on a list, cut at commas or put together again where its maker cut them."""
    return names.join_pieces(listed.names, known=whole)


_FILLERS = frozenset({"opt", "in", "on", "enabled", "flock", "safety", "the", "of", "state"})
"""What may stand beside the words of a switch and changes nothing."""


@cache
def _switches() -> dict[str, str]:
    return {_bare(r["words"]): r["scope"] for r in alias_rows("switches")}


@cache
def _state_words() -> frozenset[str]:
    rows = alias_rows("states")
    names_too = {w for r in rows for w in names.plain(r["name"]).split()}
    return frozenset({r["code"].lower() for r in rows} | names_too)


_SCOPES = ("statewide", "nationwide")


def _bare(text: str) -> str:
    """Return the words of a switch without fillers and the state they are of."""
    drop = _FILLERS | _state_words()
    return " ".join(w for w in names.plain(text).split() if w not in drop)


def switch_scope(name: str) -> str | None:
    """Return the scope a name on a sharing list opens, where it is a setting and no agency.

    >>> switch_scope("Nationwide Lookup"), switch_scope("National City CA PD")
    ('nationwide', None)
    >>> switch_scope("California Statewide Lookup (opt-in)"), switch_scope("Nationwide opt-out")
    ('statewide', None)
    """
    return _switches().get(_bare(name))


def _spread(raws: dict[str, Raw]) -> None:
    """Put the names on every list in their final form and take the switches out."""
    whole = {
        name
        for raw in raws.values()
        for name in [
            *(n for one in raw.lists for n in one.names),
            *(n for row in raw.agencies for n in row["names"] if n),
        ]
        if "," in name
    }
    for raw in raws.values():
        lists = []
        for listed in raw.lists:
            partners = []
            joined = _names_on(listed, whole)
            for _ in range(len(listed.names) - len(joined)):
                raw.note("pieces of a name with a comma put together")
            joined = [shown for name in joined if (shown := _name(name, raw))]
            marked = sum(names.is_marked_inactive(name) for name in joined)
            for _ in range(marked):
                raw.note("partners that the list marks inactive: on record, but they open nothing")
            for name in joined:
                scope = switch_scope(name)
                if scope is None:
                    partners.append(name)
                    continue
                raw.switches.append(
                    (listed.owner, listed.direction, listed.day, name, scope, listed.record)
                )
            if partners:
                lists.append(
                    Listed(
                        listed.owner, listed.direction, listed.day, tuple(partners), listed.record
                    )
                )
        raw.lists = lists
        singles = []
        for one in raw.shares:
            scope = switch_scope(one.taker) if one.direction == "outbound" else None
            if scope is None:
                singles.append(one)
            else:
                raw.switches.append(
                    (one.giver, one.direction, one.since, one.taker, scope, one.record)
                )
        raw.shares = singles


def _all_seen(raws: dict[str, Raw], known: AgencyList) -> Iterator[Seen]:
    for raw in raws.values():
        for listed in raw.lists:
            owner = known.id_of(listed.owner)
            for name in listed.names:
                pair = (owner, known.id_of(name))
                giver, taker = pair if listed.direction == "outbound" else pair[::-1]
                yield Seen(
                    giver,
                    taker,
                    listed.direction,
                    listed.day,
                    None,
                    listed.record,
                    complete=listed.day is not None,
                    inactive=names.is_marked_inactive(name),
                )
        for one in raw.shares:
            yield Seen(
                known.id_of(one.giver),
                known.id_of(one.taker),
                one.direction,
                one.since,
                one.until,
                one.record,
                last_seen=one.last_seen,
                not_before=one.not_before,
                inactive=one.inactive
                or any(names.is_marked_inactive(name) for name in (one.giver, one.taker)),
            )


def _settle(raws: dict[str, Raw]) -> Shared:
    """Make one agency of all spellings that say the same, and stays on record between agencies."""
    _spread(raws)
    known = AgencyList()
    for raw in raws.values():
        for row in raw.agencies:
            known.add(**row)
    for raw in raws.values():
        for listed in raw.lists:
            known.mention(listed.owner)
            for name in listed.names:
                known.mention(name)
        for one in raw.shares:
            known.mention(one.giver)
            known.mention(one.taker)
        for owner, *_ in raw.switches:
            known.mention(owner)
    known.close()
    seen = list(_all_seen(raws, known))
    apart = [s for s in seen if s.giver != s.taker]
    told = {(s.giver, s.taker, s.direction, s.record, s.since, s.inactive) for s in apart}
    shares = share_intervals(apart)
    found = known.frame()
    counts = {
        "files": {name: _file_counts(raw) for name, raw in raws.items()},
        "agencies": len(found),
        "shares": len(shares),
        "records": len(seen),
        "lists": sum(len(raw.lists) for raw in raws.values()),
        "shares_ended": int(shares["until"].notna().sum()),
        "shares_undated": int(shares["since"].isna().sum()),
        "shares_with_itself": len(seen) - len(apart),
        "shares_said_twice": len(apart) - len(told),
        "shares_marked_inactive": int(shares["inactive"].sum()),
        "names_in_several_states": known.ambiguous,
    }
    return Shared(
        found,
        schema.conform(shares, "shares"),
        counts,
        list_changes(_listed(raws, known)),
        _switch_table(raws, known, apart),
        _declared(raws, known),
    )


def _listed(raws: dict[str, Raw], known: AgencyList) -> pd.DataFrame:
    rows = [
        (known.id_of(one.owner), one.owner, one.direction, one.day, name, known.id_of(name))
        for raw in raws.values()
        for one in raw.lists
        if one.day is not None
        for name in one.names
    ]
    columns = ["owner_id", "owner", "direction", "date", "name", "agency_id"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(columns, ignore_index=True)


def _switch_table(raws: dict[str, Raw], known: AgencyList, seen: list[Seen]) -> pd.DataFrame:
    """Return one row per setting and unbroken stay on the record: as a partner's name, a setting
    that an older list has and a newer one lacks was ended between the two."""
    given = [
        (known.id_of(owner), direction, scope, day, name, record)
        for raw in raws.values()
        for owner, direction, day, name, scope, record in raw.switches
    ]
    called: dict[tuple[str, str, str], str] = {}
    for agency, direction, scope, _, name, _ in sorted(given, key=lambda g: (*g[:3], g[4])):
        called.setdefault((agency, direction, scope), name)
    # the scope stands for the other side: a setting that is only called otherwise has not ended
    settings = [
        Seen(agency, scope, direction, day, None, record)
        if direction == "outbound"
        else Seen(scope, agency, direction, day, None, record)
        for agency, direction, scope, day, _, record in given
    ]
    owners = {(agency, direction) for agency, direction, *_ in given}
    lists = [s for s in seen if s.complete and (s.owner, s.direction) in owners]
    stays = share_intervals([*settings, *lists])
    rows = []
    for stay in stays.to_dict("records"):
        pair = (stay["from_id"], stay["to_id"])
        agency, scope = pair if stay["direction"] == "outbound" else pair[::-1]
        if scope in _SCOPES and (key := (agency, stay["direction"], scope)) in called:
            dates = (stay["since"], stay["until"], stay["last_seen"])
            rows.append((*key, *dates, called[key], stay["source_record"]))
    columns = ["agency_id", "direction", "scope", "date", "until", "last_seen"]
    frame = pd.DataFrame(rows, columns=[*columns, "as_written", "source_record"]).astype("str")
    return frame.sort_values(list(frame.columns), ignore_index=True)


def _declared(raws: dict[str, Raw], known: AgencyList) -> pd.DataFrame:
    """Return every declared count: `agency_id`, `declared_cameras`, `declared_on`,
    `source_record`."""
    rows = [
        (
            known.id_of(next(n for n in row["names"] if n)),
            row["declared"],
            row.get("declared_on"),
            row.get("record"),
        )
        for raw in raws.values()
        for row in raw.agencies
        if row.get("declared") is not None and any(row["names"])
    ]
    columns = ["agency_id", "declared_cameras", "declared_on", "source_record"]
    frame = pd.DataFrame(rows, columns=columns).astype(
        {"declared_cameras": "float64"} | dict.fromkeys((columns[0], *columns[2:]), "str")
    )
    return frame.sort_values(columns, ignore_index=True)


def _file_counts(raw: Raw) -> dict[str, Any]:
    return {
        "agencies": len(raw.agencies),
        "shares": len(raw.shares) + sum(len(one.names) for one in raw.lists),
        "lists": len(raw.lists),
        "switches": len(raw.switches),
        "left_out": dict(sorted(raw.left_out.items())),
        "notes": dict(sorted(raw.notes.items())),
    }
