"""Lists that say something of agencies: 287(g) agreements, task forces, fusion centers (rule A5).

Any list joins by agency and place: an ORI where both have one, else the name with its state by the
rules of `alprmap.agencies`. What does not join is counted, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap.access.days import date_in_name
from alprmap.access.layouts import CAPS, is_workbook
from alprmap.access.lists import shares_or_counts, text_rows
from alprmap.access.organizations import HIDDEN, partner_name, source_text
from alprmap.agencies import Identity, plain
from alprmap.errors import InputError, UsageError
from alprmap.shipped import alias_rows
from alprmap.sources import parse_date, read_cells, regular

COLUMNS = (
    "tag",
    "agency_id",
    "name",
    "state",
    "detail",
    "since",
    "until",
    "rule",
    "source_record",
)
AGREEMENTS = "287(g)"
_TITLES = 10


@dataclass(frozen=True, slots=True)
class Tags:
    """Which agencies stand on which list.

    `rows` has `COLUMNS`: one row per list, agency as written and detail; `agency_id` is missing
    where no agency of the record is it. `counts` says per list how many rows were read, how many
    agencies they name, how many of those are in the record, are not, or may be several.
    """

    rows: pd.DataFrame
    counts: pd.DataFrame

    def ids(self, tag: str, *, day: str | None = None) -> list[str]:
        """Return the agencies of the record on a list, on a day or in a month (ISO) where one is
        given: entries without a date count, those that begin later or have ended before do not."""
        some = self.rows[(self.rows["tag"] == tag) & self.rows["agency_id"].notna()]
        if day is not None:
            size = len(day)
            begun = some["since"].isna() | (some["since"].str[:size] <= day)
            some = some[begun & (some["until"].isna() | (some["until"].str[:size] >= day))]
        return sorted(set(some["agency_id"]))

    @property
    def names(self) -> list[str]:
        """The lists, by name."""
        return sorted(set(self.rows["tag"]))


def read_tags(files: Sequence[str], agencies: pd.DataFrame) -> Tags:
    """Read lists of agencies and join them to the agencies of the record (A5).

    Parameters
    ----------
    files
        Paths, or NAME=PATH where the list is to be called something else than its file. CSV, packed
        or not, and workbooks; columns by data/aliases/tag_columns.csv.
    agencies
        Table `agencies` with `spellings`, and `ori` where known.

    Raises
    ------
    InputError
        When a file names no agencies.
    """
    known = Identity(agencies)
    rows: list[dict[str, Any]] = []
    read: dict[str, int] = {}
    for given in files:
        name, path = _named(given)
        for tag, some in _read(path, name).items():
            read[tag] = read.get(tag, 0) + len(some)
            rows += some
    for row in rows:
        state = row["state"]
        row["agency_id"], row["rule"] = known.of(row["name"], state=state, ori=row.pop("ori"))
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype("str")
    frame = frame.drop_duplicates(["tag", "name", "state", "detail", "since", "until"])
    frame = frame.sort_values(["tag", "name", "state", "detail", "since"], ignore_index=True)
    return Tags(frame, _counted(frame, read))


def _counted(frame: pd.DataFrame, read: dict[str, int]) -> pd.DataFrame:
    out = []
    for tag, some in frame.groupby("tag", sort=True):
        each = some.drop_duplicates(["name", "state"])
        there = each["agency_id"].notna()
        several = each["rule"].isin(["several of that name", "near names"]) & ~there
        out.append(
            {
                "tag": tag,
                "rows": read[str(tag)],
                "names": len(each),
                "in_the_record": int(there.sum()),
                "may_be_several": int(several.sum()),
                "not_in_the_record": int((~there & ~several).sum()),
                "agencies": int(each["agency_id"].nunique()),
            }
        )
    columns = ["tag", "rows", "names", "in_the_record", "may_be_several", "not_in_the_record"]
    return pd.DataFrame(out, columns=[*columns, "agencies"])


def tag_path(given: str) -> Path:
    """Return the file of a list given as PATH or NAME=PATH."""
    return _named(given)[1]


_SIGNS = {"detail", "since", "first_seen", "moa"}
"""Columns that only a list has: what an agency signed, and when it came onto it."""


def tag_lists(path: Path) -> dict[str, int] | None:
    """Return the lists in a file, by name, with the agencies each names; None where it is a file of
    another kind.

    A list names agencies and what they signed or when (data/aliases/tag_columns.csv), or is called
    after section 287(g); a table of partners, of counts or of searches is none.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    local = regular(path, caps=CAPS)
    sheets = read_cells(local, caps=CAPS) if is_workbook(local) else [("", text_rows(local))]
    if not any(_is_list(row, path) for _, rows in sheets for row in rows[:_TITLES]):
        return None
    return {
        tag: len({(e["name"], e["state"]) for e in entries})
        for tag, entries in _read(path, None).items()
    }


def _is_list(head: Sequence[str], path: Path) -> bool:
    means = set(_known(head))
    if "agency" not in means or shares_or_counts(head):
        return False
    return bool(means & _SIGNS) or ("state" in means and _tag_of(path, head) == AGREEMENTS)


def _named(given: str) -> tuple[str | None, Path]:
    name, mark, rest = given.partition("=")
    if mark and name.strip() and not Path(given).exists():
        if not rest:
            raise UsageError(f"--tag {given} names no file", fix="write NAME=FILE")
        return name.strip(), Path(rest)
    return None, Path(given)


def _read(path: Path, name: str | None) -> dict[str, list[dict[str, Any]]]:
    """Return the entries of a file by the list they are of."""
    local = regular(path, caps=CAPS)
    sheets = read_cells(local, caps=CAPS) if is_workbook(local) else [("", text_rows(local))]
    out: dict[str, list[dict[str, Any]]] = {}
    for _, rows in sheets:
        top = next((i for i, row in enumerate(rows[:_TITLES]) if _known(row)), None)
        if top is None:
            continue
        at = _known(rows[top])
        entries = [
            entry
            for number, row in enumerate(rows[top + 1 :], top + 2)
            if (entry := _entry(row, at, name or _tag_of(path, rows[top]), path, number))
        ]
        for entry in _in_force(entries):
            out.setdefault(str(entry["tag"]), []).append(entry)
    if not out:
        raise InputError(
            "names no agencies", where=path, fix="name its columns agency and state (or ori)"
        )
    return out


@cache
def _means() -> dict[str, str]:
    return {r["column"]: r["means"] for r in alias_rows("tag_columns")}


def _known(head: Sequence[str]) -> dict[str, int]:
    """Return where each meaning stands, nothing where the line is no header of a list."""
    found: dict[str, int] = {}
    for place, cell in enumerate(head):
        what = _means().get(re.sub(r"[^a-z0-9]", "", cell.casefold()))
        if what:
            found.setdefault(what, place)
    return found if "agency" in found else {}


def _tag_of(path: Path, head: Sequence[str]) -> str:
    """Return what a list is called: agreements under section 287(g) by their columns, another by
    its file."""
    words = {re.sub(r"[^a-z0-9]", "", h.casefold()) for h in head}
    if "supporttype" in words or re.match(r"287-?\(?g", path.name.casefold()):
        return AGREEMENTS
    return re.split(r"[._-]?20\d\d", path.name)[0].split(".")[0]


@cache
def _codes() -> dict[str, str]:
    rows = alias_rows("states")
    return {plain(r["name"]): r["code"] for r in rows} | {
        r["code"].lower(): r["code"] for r in rows
    }


def _entry(
    row: Sequence[str], at: dict[str, int], tag: str, path: Path, number: int
) -> dict[str, Any] | None:
    def cell(what: str) -> str:
        place = at.get(what)
        return row[place].strip() if place is not None and place < len(row) else ""

    name = cell("agency")
    if not name:
        return None
    return {
        "tag": source_text(cell("tag")) or tag,
        "name": partner_name(name) or HIDDEN,
        "state": _codes().get(plain(cell("state"))),
        "ori": cell("ori") or None,
        "detail": source_text(cell("detail")) or None,
        "since": _day(cell("since")) or _day(cell("first_seen")),
        "until": _day(cell("until")),
        "seen": _day(cell("seen")) or date_in_name(path.name),
        "snapshots": "seen" in at,
        "source_record": source_text(cell("source")) or f"{path.name}#row/{number}",
    }


def _day(text: str) -> str | None:
    return parse_date(re.sub(r"\s+[ap]m$", "", text)) if text else None


def _in_force(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of a list; of dated snapshots one per agency, from its first to its last:
    what the newest snapshot lacks ended by the day of that snapshot."""
    dated = [e for e in entries if e["snapshots"] and e["seen"]]
    plain_entries = [e for e in entries if not (e["snapshots"] and e["seen"])]
    newest = max((e["seen"] for e in dated), default="")
    first: dict[tuple[Any, ...], dict[str, Any]] = {}
    for entry in sorted(dated, key=lambda e: (e["seen"], e["source_record"])):
        key = tuple(entry[k] for k in ("tag", "name", "state", "detail"))
        one = first.setdefault(key, entry | {"since": entry["since"] or entry["seen"]})
        one["last"] = entry["seen"]
    for one in first.values():
        if one["last"] < newest and one["until"] is None:
            one["until"] = one["last"]
    return [
        {k: v for k, v in e.items() if k not in ("seen", "snapshots", "last")}
        for e in [*plain_entries, *first.values()]
    ]
