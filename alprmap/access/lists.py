"""Sharing records in text: lists of partners, the vendor's export, portal pages, tables of shares,
tables of agencies (rule A1).
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from alprmap import agencies as names
from alprmap.access.bodies import COUNTS, agency_rows, is_agency_table
from alprmap.access.days import day_in_titles
from alprmap.access.documents import document_text
from alprmap.access.layouts import CAPS, Listed, Raw, Single
from alprmap.access.pages import is_page, owner_in_name, page_record
from alprmap.access.unpacking import unpacked_text
from alprmap.errors import InputError, reason
from alprmap.sandbox import checked_csv, csv_of
from alprmap.shipped import alias_rows
from alprmap.sources import (
    MONTH_FIRST,
    order_of,
    parse_count,
    parse_date,
    read_cells,
    search_column,
)

_LISTED = ("organization name", "organisation name", "organization", "shared with", "partner")
_SHARED_IN = re.compile(r"^networks?\s+(?:shared|sharing)\s+with\s+me$")
_SHARED_OUT = re.compile(r"^networks?\s+i(?:'m|’m| am)\s+shar(?:ing|ed)$")
_LIST_CELL = re.compile(
    r"^(?:external )?organi[sz]ations? (?:with|granted) access(?: to .*)?$"
    r"|^sharing[_ ]outbound$|^(?P<inbound>sharing[_ ]inbound)$"
    r"|^(?:agencies|partners|organi[sz]ations?) (?:shared with|with access)$"
)
_OWNER = ("agency name", "agency", "agency_name", "name", "portal")
_COUNT = re.compile(r"^(?:number of (?:lpr|alpr|license plate|cameras).*|camera_count|cameras)$")
_YES = ("yes", "true", "1")
_NOBODY = ("n/a", "na", "none", "-", "no data", "0")
_TITLES = 10
"""Lines of titles that may stand above a header."""


def text_record(path: Path, day: str | None, *, partial: bool = False) -> Raw:
    """Read a sharing record in text, told by its columns or headings.

    Parameters
    ----------
    day
        Date of the file where it has no dates of its own.
    partial
        Take every row as a single record, which ends no other.

    Raises
    ------
    InputError
        When it is of no known shape, or a row cannot be read.
    """
    text = _text_of(path)
    lines = [line.strip() for line in text.splitlines()]
    if is_page(lines):
        return page_record(lines, path, day)
    return _table(_rows(text, path), path, day, partial=partial)


def document_record(path: Path, day: str | None, *, partial: bool = False) -> Raw:
    """Read a sharing record in a web page or PDF: a portal page, or a table of any known header.

    Raises
    ------
    InputError
        When it is of no known shape, or a row cannot be read.
    """
    rows, lines = document_text(path, caps=CAPS)
    if is_page(lines):
        return page_record(lines, path, day)
    if not rows:
        raise InputError(
            "neither a portal page nor a table that says who shares with whom",
            where=path,
            fix="save who shares with whom as CSV, columns from and to",
        )
    # a table that runs over several pages repeats its header there
    rest = [row for row in rows[1:] if row != rows[0]]
    return _table([rows[0], *rest], path, day, partial=partial)


def shares_or_counts(headings: Sequence[str]) -> bool:
    """Tell whether a header is that of partners, of declared counts or of searches: no list of
    agencies that have something in common.

    >>> shares_or_counts(["from", "to"]), shares_or_counts(["State", "Agency", "Signed"])
    (True, False)
    """
    head = [" ".join(h.split()).casefold() for h in headings]
    partners = any(_is(h, "to") or _LIST_CELL.match(h) or _SHARED_OUT.match(h) for h in head)
    timed = {"time", "day"} & {search_column(h) for h in head}
    return partners or bool(set(head) & set(COUNTS)) or bool(timed)


def text_rows(path: Path) -> list[list[str]]:
    """Return the rows of a table in text, packed or not.

    Raises
    ------
    InputError
        When it is no text, or no table.
    """
    return _rows(_text_of(path), path)


def workbook_record(path: Path, day: str | None, *, partial: bool = False) -> Raw:
    """Read a sharing record in a workbook: every sheet that is one; others are counted.

    Raises
    ------
    InputError
        When no sheet is of a known shape, or a row cannot be read.
    """
    raw, why = Raw(), InputError("the workbook is empty", where=path, fix="pass another")
    read = 0
    for _, cells in read_cells(path, caps=CAPS):
        rows = [row for row in cells if any(c.strip() for c in row)]
        if not rows:
            continue
        try:
            part = _table(rows, path, day, partial=partial)
        except InputError as error:
            if error.row is not None:
                raise
            why = error
            raw.skip("a sheet that says nothing of sharing")
            continue
        read += 1
        for name in ("agencies", "lists", "shares", "switches"):
            getattr(raw, name).extend(getattr(part, name))
        for what, n in part.left_out.items():
            raw.left_out[what] = raw.left_out.get(what, 0) + n
        for what, n in part.notes.items():
            raw.notes[what] = raw.notes.get(what, 0) + n
    if not read:
        raise why
    return raw


def _table(rows: list[list[str]], path: Path, day: str | None, *, partial: bool) -> Raw:
    """Read a table by its header, which may stand below titles."""
    for at, row in enumerate(rows[:_TITLES]):
        head = [" ".join(h.split()).casefold() for h in row]
        if at and not day:
            titles = (" ".join(c.strip() for c in title if c.strip()) for title in rows[:at])
            day = day_in_titles(titles, lambda words: _is(words, "date"))
        partners = any(_is(h, "to") or _LIST_CELL.match(h) for h in head)
        if is_agency_table(head) and not partners:
            return agency_rows(head, rows[at:], path)
        if any(_SHARED_OUT.match(h) for h in head) and any(_SHARED_IN.match(h) for h in head):
            return _networks(head, rows[at:], path, day)
        if any(_LIST_CELL.match(h) for h in head) and any(h in _OWNER for h in head):
            return _portal_rows(head, rows[at:], path, day)
        if len([h for h in head if h]) == 1 and head[0] in _LISTED:
            return _one_list(rows[at:], path, day)
        if any(_is(h, "from") for h in head) and any(_is(h, "to") for h in head):
            return _share_rows(head, rows[at:], path, day, partial=partial)
        if (own := _owner_of_columns(head, path)) is not None:
            return _columns_of_list(own, head, rows[at:], path, day, partial=partial)
    head = [h.strip().casefold() for h in rows[0]] if rows else []
    means = {search_column(h) for h in head}
    if means & {"time", "day"} and means & {"networks", "devices", "reason"}:
        raise InputError(
            "is a log of searches, not a sharing record",
            where=path,
            fix="read it with `alprmap searches`, which drops what is about a person",
        )
    return _share_rows(head, rows, path, day, partial=partial)


def _portal_rows(head: list[str], rows: list[list[str]], path: Path, day: str | None) -> Raw:
    """Read a table of portals: one agency a row, all its partners in one cell."""
    raw = Raw()
    own = next(i for i, h in enumerate(head) if h in _OWNER)
    lists = [(i, m) for i, h in enumerate(head) if (m := _LIST_CELL.match(h))]
    count = next((i for i, h in enumerate(head) if _COUNT.match(h)), None)
    dated = next((i for i, h in enumerate(head) if _is(h, "date")), None)
    for number, cells in enumerate(rows[1:], start=1):
        cells = [*(c.strip() for c in cells), *[""] * (len(head) - len(cells))]
        if not cells[own]:
            raw.skip("a row without a name")
            continue
        when = _day(cells[dated] if dated is not None else day, path, number) or day
        record = f"{path.name}#row/{number}"
        raw.agencies.append(
            {
                "names": [cells[own]],
                "declared": parse_count(cells[count]) or None if count is not None else None,
                "declared_on": when,
                "record": record,
            }
        )
        for at, match in lists:
            named = names.split_agencies(cells[at])
            if not named or cells[at].casefold() in _NOBODY:
                raw.note("portals that name nobody")
                continue
            direction = "inbound" if match["inbound"] else "outbound"
            raw.lists.append(Listed(cells[own], direction, when, tuple(named), record))
    return raw


def _text_of(path: Path) -> str:
    """Return the text of a table, a gzip or bzip2 of one unpacked under caps, as it is: who reads a
    name cleans it and counts it."""
    if path.suffix not in (".gz", ".bz2"):
        return csv_of(path, encodings=("utf-8-sig", "cp1252"), as_it_is=True)
    return checked_csv(unpacked_text(path), path)


def _rows(text: str, path: Path) -> list[list[str]]:
    """Return the rows of a table, cut at the mark that stands between its headings."""
    marks = "\t,;|" if path.suffix == ".tsv" else ",\t;|"
    try:
        mark = max(marks, key=lambda m: _headings_known(_cut(text, m, _TITLES)))
        return _cut(text, mark)
    except csv.Error as error:
        raise InputError(
            f"not a readable CSV ({reason(error)})", where=path, fix="save it as CSV (UTF-8) again"
        ) from None


def _cut(text: str, mark: str, most: int | None = None) -> list[list[str]]:
    return list(itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=mark), most))


def _headings_known(rows: list[list[str]]) -> int:
    """Return how many headings of a row of titles are known; of none the first line says whether it
    was cut at all."""
    known = max((sum(map(_is_known, row)) for row in rows), default=0)
    return known or int(bool(rows) and len(rows[0]) > 1)


def _is_known(heading: str) -> bool:
    """Tell whether a cell is the heading of a column of any sharing record."""
    told = " ".join(heading.split()).casefold()
    forms = (_LIST_CELL, _SHARED_IN, _SHARED_OUT, _COUNT)
    words = (*_LISTED, *_OWNER, *COUNTS)
    return told in words or _key(told) in _columns_known() or any(f.match(told) for f in forms)


@cache
def _columns_known() -> frozenset[str]:
    return frozenset(r["column"] for r in alias_rows("share_columns"))


def _one_list(rows: list[list[str]], path: Path, day: str | None) -> Raw:
    """Read one agency's list: a column of names; whose it is stands in the file's name."""
    raw = Raw()
    own = owner_in_name(path)
    listed = []
    for row in rows[1:]:
        # a name with a comma that nobody quoted stands in several cells
        cells = [c.strip() for c in row if c.strip()]
        listed += names.split_agencies(", ".join(cells)) if len(cells) > 1 else cells
        if not cells:
            raw.skip("an empty line")
    if not own or not listed:
        raise InputError(
            "the list does not say whose it is" if listed else "the list names nobody",
            where=path,
            fix="name the file AGENCY.DATE.csv, for example laredo-tx-pd.2026-04-16.csv",
        )
    raw.agencies.append({"names": [own], "record": path.name})
    raw.lists.append(Listed(own, "outbound", day, tuple(listed), path.name))
    return raw


def _owner_of_columns(head: list[str], path: Path) -> str | None:
    """Return whose list a table with a column of partners and others beside it is, by the name of
    its file; None where it is another table."""
    means = {search_column(h) for h in head}
    if sum(h in _LISTED for h in head) != 1 or any(_is(h, "from") for h in head):
        return None
    if means & {"time", "networks", "devices", "reason"}:
        return None
    own = owner_in_name(path)
    return own if own and names.kind_of(own) != "unknown" else None


def _columns_of_list(
    own: str, head: list[str], rows: list[list[str]], path: Path, day: str | None, *, partial: bool
) -> Raw:
    """Read one agency's list with a state, a date or a status beside each partner."""
    partner = next(i for i, h in enumerate(head) if h in _LISTED)
    state = next((i for i, h in enumerate(head) if h in ("state", "st")), None)
    table = [["from", *("to" if i == partner else h for i, h in enumerate(head))]]
    for cells in rows[1:]:
        named = [c.strip() for c in cells]
        said = named[state] if state is not None and state < len(named) else ""
        bare = partner < len(named) and named[partner] and not names.parse(named[partner]).state
        if bare and said:
            named[partner] = f"{named[partner]} {said}"
        table.append([own, *named])
    return _share_rows(table[0], table, path, day, partial=partial)


def _networks(head: list[str], rows: list[list[str]], path: Path, day: str | None) -> Raw:
    """Read the vendor's two-way export: whom it shares with and who shares with it."""
    given = next(i for i, h in enumerate(head) if _SHARED_OUT.match(h))
    taken = next(i for i, h in enumerate(head) if _SHARED_IN.match(h))
    name = next((i for i, h in enumerate(head) if h in _LISTED), 0)
    raw = Raw()
    own: Counter[str] = Counter()
    lists: dict[str, list[str]] = {"outbound": [], "inbound": []}
    for cells in rows[1:]:
        cells = [*(c.strip() for c in cells), *[""] * (len(head) - len(cells))]
        if not cells[name]:
            raw.skip("a row without a name")
            continue
        # several networks of one agency stand in one cell: its first is the agency itself
        own.update(names.split_agencies(cells[given])[:1])
        for at, direction in ((given, "outbound"), (taken, "inbound")):
            if cells[at]:
                lists[direction].append(cells[name])
        if not cells[given] and not cells[taken]:
            raw.skip("a row that shares neither way")
    owner = min(own, key=lambda n: (-own[n], n)) if own else owner_in_name(path)
    if not owner:
        raise InputError(
            "the export does not say whose it is", where=path, fix="name it AGENCY.DATE.csv"
        )
    raw.agencies.append({"names": [owner], "record": path.name})
    for direction, listed in lists.items():
        if listed:
            raw.lists.append(
                Listed(owner, direction, day, tuple(listed), f"{path.name}#{direction}")
            )
    return raw


@cache
def _record_words() -> tuple[tuple[str, bool], ...]:
    return tuple((r["word"], r["complete"] == "yes") for r in alias_rows("record_words"))


def is_list(text: str) -> bool | None:
    """Return whether words call a record a whole list (True), a single record (False), or neither.

    >>> is_list("portal of 2026-04-16"), is_list("news story, The Herald"), is_list("request 7")
    (True, False, None)
    """
    folded = text.casefold()
    return next((whole for word, whole in _record_words() if word in folded), None)


def _share_rows(
    head: list[str], rows: list[list[str]], path: Path, day: str | None, *, partial: bool
) -> Raw:
    """Read a table of shares. Rows of one agency, direction and day are its list of that day,
    unless the table states ends, or a row cites a source of its own that is no list."""
    giver, taker = _columns(head, path)
    raw = Raw()
    listed: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    by_name = is_list(path.stem) is not False and not partial
    by_name = by_name and not any(_is(h, "until") for h in head)
    keys = [_key(h) for h in head]
    own_table = "fromid" in keys
    order = order_of(c for row in rows[1:] for h, c in zip(head, row, strict=False) if _dated(h))
    for number, cells in enumerate(rows[1:], start=1):
        row = dict(zip(keys, (c.strip() for c in cells), strict=False))
        if not row.get(keys[giver]) or not row.get(keys[taker]):
            raw.skip("a row without both names")
            continue
        source = _cell(row, "source")
        seen, began = (_day(_cell(row, w), path, number, order) for w in ("date", "began"))
        way = (_cell(row, "direction") or "outbound").casefold()
        if way not in ("outbound", "inbound"):
            raise InputError(
                "a direction that is none", where=path, row=number, fix="write outbound or inbound"
            )
        whole = by_name and not own_table
        if stated := (_cell(row, "complete") or "").casefold():
            whole = stated in _YES
        elif source is not None:
            whole = whole and is_list(source) is True
        # when a share began is the day of a list only where the row says that it is of one
        on_list = seen or (began if stated or source else None) or day
        whole = whole and on_list is not None
        record = source or f"{path.name}#row/{number}"
        a, b = row[keys[giver]], row[keys[taker]]
        marked = _cell(row, "inactive") or ""
        inactive = marked.casefold() in _YES or names.is_marked_inactive(marked)
        if whole:
            owner, other = (a, b) if way == "outbound" else (b, a)
            other += " (inactive)" if inactive else ""
            listed[owner, way, str(on_list), source or ""].append(f"{number}\t{other}")
            if began is None or began == on_list:
                continue
        raw.shares.append(
            Single(
                a,
                b,
                way,
                began or seen or day,
                _day(_cell(row, "until"), path, number, order),
                record,
                _day(_cell(row, "last_seen"), path, number, order),
                _day(_cell(row, "not_before"), path, number, order),
                inactive,
            )
        )
    for (owner, way, since, source), numbered in listed.items():
        first = numbered[0].split("\t", 1)[0]
        others = tuple(n.split("\t", 1)[1] for n in numbered)
        raw.lists.append(Listed(owner, way, since, others, source or f"{path.name}#row/{first}"))
    if not raw.shares and not raw.lists:
        raise InputError(
            "the table has no shares", where=path, fix="write who gives and who takes in each row"
        )
    return raw


def _dated(heading: str) -> bool:
    return any(_is(heading, w) for w in ("date", "began", "until", "last_seen", "not_before"))


def _day(text: str | None, path: Path, row: int, order: str = MONTH_FIRST) -> str | None:
    """Return a cell's date as ISO text, None where it is empty."""
    if not text:
        return None
    if (day := parse_date(text, order)) is None:
        raise InputError(
            "a date that is none", where=path, row=row, fix="write it as 2026-04-16 or 2026-04"
        )
    return day


@cache
def _named(meaning: str) -> tuple[str, ...]:
    """Return the columns of a table of shares that mean one thing, the first that counts first."""
    return tuple(r["column"] for r in alias_rows("share_columns") if r["means"] == meaning)


def _key(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.casefold())


def _is(heading: str, meaning: str) -> bool:
    return _key(heading) in _named(meaning)


def _cell(row: dict[str, str], meaning: str) -> str | None:
    return next((row[c] for c in _named(meaning) if row.get(c)), None)


def _columns(head: list[str], path: Path) -> tuple[int, int]:
    giver = next((i for i, h in enumerate(head) if _is(h, "from")), None)
    taker = next((i for i, h in enumerate(head) if _is(h, "to")), None)
    if giver is None or taker is None:
        raise InputError(
            "the table does not say who shares with whom",
            where=path,
            fix="name its columns from (whose readers are searched) and to (who may search)",
        )
    return giver, taker
