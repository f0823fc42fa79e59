"""Files about agencies rather than cameras: portals, registers, technology atlases.

Their rows are no cameras and become no reports; the agencies come out as a plain table, names as
written. Who shares with whom is read by `alprmap.access` alone: here such rows are only counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from alprmap import agencies
from alprmap.errors import InputError
from alprmap.shipped import alias_rows
from alprmap.sources.fields import dates, vocabulary
from alprmap.sources.fields.fields import Picker
from alprmap.sources.fields.numbers import parse_count as count
from alprmap.sources.fields.refusal import refused, rule_of
from alprmap.sources.formats.rows import Row
from alprmap.sources.normalize import original
from alprmap.text import as_text, clean

_LOG_MARKS = 2
"""So many columns that only a log of searches has make a log."""
AGENCY_COLUMNS = (
    "name",
    "state",
    "kind",
    "declared_cameras",
    "declared_on",
    "vendor",
    "url",
    "source_record",
)
_AGENCY_FIELDS = {
    "agency_slug",
    "agency_names",
    "agency_name",
    "portal_url",
    "sharing_outbound",
    "connections",
}


_LONGEST_HEADING = 200
"""Characters of a heading; what is longer is a text."""
_REMARK = re.compile(
    r"[\s_-]*(?:\([^()]*\)|\[[^\[\]]*\]|[\s_-](?:utc|gmt|[ecmp][sd]?t|local time))\s*$"
)


@cache
def _search_columns() -> dict[str, str]:
    return {row["column"]: row["means"] for row in alias_rows("search_columns")}


def search_column(heading: str) -> str | None:
    """Return what a column of a search log means by its heading (data/aliases/search_columns.csv,
    rule A6), None where the table has none.

    What stands in brackets behind it is a remark, and so is a time zone.

    >>> search_column("Total Networks Searched"), search_column("Latitude")
    ('networks', None)
    >>> search_column("Search Time (Eastern)"), search_column("Timestamp - UTC")
    ('time', 'time')
    """
    if len(heading) > _LONGEST_HEADING:
        return None
    known = _search_columns()
    plain = heading.casefold()
    for text in (plain, _REMARK.sub("", plain)):
        if what := known.get(re.sub(r"[^a-z0-9]", "", text)):
            return what
    return None


def is_search_log(row: Row) -> bool:
    """Tell by its headings whether a table lists searches and not cameras: no row of it is read,
    since each names a person.

    >>> is_search_log({"Org Name": "", "License Plate": "", "Reason": "", "Search Time": ""})
    True
    >>> is_search_log({"Location": "", "Reason": "", "Install date": ""})
    False
    """
    means = {str(heading): search_column(str(heading)) for heading in row}
    plate = any(what == "person" and "plate" in k.casefold() for k, what in means.items())
    return len({"reason", "networks", "frame", "case"} & {*means.values()}) + plate >= _LOG_MARKS


def sort_of(picked: Iterable[str]) -> str:
    """Return what the fields of a table speak of: ``shares``, ``technology``, ``agencies`` or
    ``cameras``.

    >>> sort_of(["share_from", "share_to"]), sort_of(["lat", "lon", "operator"])
    ('shares', 'cameras')
    """
    names = set(picked)
    if {"share_from", "share_to"} <= names:
        return "shares"
    if {"technology", "operator"} <= names:
        return "technology"
    if names & _AGENCY_FIELDS and not names & {"direction", "osm_id", "device"}:
        return "agencies"
    return "cameras"


@dataclass(slots=True)
class Register:
    """Collects the rows of one such table."""

    sort: str
    source: str
    picker: Picker
    part: str
    seen: dict[Any, str]
    agencies: list[dict[str, Any]] = field(default_factory=list)
    sharing: int = 0
    """Rows that say who shares with whom: counted, for `alprmap.access` reads them."""

    def batch(self, rows: list[Row]) -> list[tuple[str, str, str, str]]:
        """Take rows in and return the rejects (row, sentence, original, rule)."""
        rejects = []
        for row in rows:
            try:
                self._take(row)
            except InputError as why:
                rejects.append(
                    (
                        as_text(row.get("$row", "")),
                        why.what,
                        original(row, self.picker),
                        rule_of(why),
                    )
                )
        return rejects

    def _take(self, row: Row) -> None:
        if "$refuse" in row:
            raise refused("not a record", str(row["$refuse"]))
        picked = self.picker.pick(row)
        record = f"{self.source}:{_record(row, picked, self.part)}"
        if self.sort == "shares":
            self.sharing += 1
            return
        if self.sort == "technology":
            technology = _name(picked.get("technology")) or ""
            if vocabulary.word("device", technology) != "alpr":
                raise refused(
                    "another technology",
                    f"it is about {technology or 'nothing named'}, not plate readers",
                )
        name = _name_of(picked)
        if name is None:
            raise refused("no name", "the row names no agency")
        self._agency(name, picked, record)

    def _agency(self, name: str, picked: dict[str, Any], record: str) -> None:
        parsed = agencies.parse(name)
        day = _day(picked)
        url, declared = _name(picked.get("portal_url")), count(picked.get("declared_cameras"))
        earlier = self.seen.setdefault(
            (name, _state(picked) or parsed.state, url, declared), record
        )
        if url is not None and earlier != record:
            raise refused(
                "the same record twice",
                f"{name} with the same page and count stands at {earlier} already",
            )
        maker = _name(next(iter(picked.get("vendor", ())), None))
        self.agencies.append(
            {
                "name": name,
                "state": _state(picked) or parsed.state,
                "kind": parsed.kind,
                "declared_cameras": declared,
                "declared_on": day,
                "vendor": maker,
                "url": url,
                "source_record": record,
            }
        )


def _name(value: Any) -> str | None:
    if value is None:
        return None
    text = clean(as_text(value))[0]
    return None if not text or vocabulary.is_missing(text) else text


def _name_of(picked: dict[str, Any]) -> str | None:
    names = picked.get("agency_names")
    several = names[0].split(";")[0] if names and isinstance(names[0], str) else None
    for value in (picked.get("agency_name"), picked.get("operator"), picked.get("name"), several):
        found = _name(value)
        if found is not None:
            return found
    return _name(picked.get("agency_slug"))


def _state(picked: dict[str, Any]) -> str | None:
    text = (_name(picked.get("state")) or "").upper()
    return text if text in vocabulary.states() else None


def _day(picked: dict[str, Any]) -> str | None:
    value = picked.get("last_seen")
    return dates.parse_date(value) if isinstance(value, (str, int, float)) else None


def _record(row: Row, picked: dict[str, Any], part: str) -> str:
    for name in ("agency_slug", "agency_id", "id"):
        found = _name(picked.get(name))
        if found is not None:
            return found[:200]
    return f"row/{part}/{row.get('$row', '?')}" if part else f"row/{row.get('$row', '?')}"
