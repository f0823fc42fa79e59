"""Sharing records in JSON and in our own tables: portals, agency registry, network file (rule A1).

Told by what is in the file, not by its name. An empty list on a portal means that it names nobody
there, which is not proof that it shares with nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap.errors import InputError
from alprmap.sandbox import TEXT_BYTES, json_of, names_of
from alprmap.shipped import alias_rows
from alprmap.sources import Caps, parse_date
from alprmap.store import read_parquet

CAPS = Caps(file_bytes=TEXT_BYTES)
_MOST_CAMERAS = 1e9
_SKIP = {
    "test": "a test account",
    "decommissioned": "decommissioned",
    "vendor": "the vendor's own account",
}
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_REGISTRY_KIND = {
    "city": "city",
    "county": "county",
    "state": "state",
    "tribal": "tribal",
    "university": "school",
    "community": "homeowners",
    "private": "private",
}
"""The registry's "federal" is not taken: of the 25 agencies it calls so in April 2026, 24 are city,
county, state or tribal bodies (Cleveland Division of Police …); a federal body says so in its
name."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list on which an agency names its partners on a day: complete for that day and direction
    where it has one."""

    owner: str
    direction: str
    day: str | None
    names: tuple[str, ...]
    record: str


@dataclass(frozen=True, slots=True)
class Single:
    """One record of one share; it ends no other."""

    giver: str
    taker: str
    direction: str
    since: str | None
    until: str | None
    record: str
    last_seen: str | None = None
    not_before: str | None = None
    inactive: bool = False


@dataclass(slots=True)
class Raw:
    """Rows of one file before names are settled; `switches` are (owner, direction, day, name as
    printed, scope, record)."""

    agencies: list[dict[str, Any]] = field(default_factory=list)
    lists: list[Listed] = field(default_factory=list)
    shares: list[Single] = field(default_factory=list)
    switches: list[tuple[str, str, str | None, str, str, str]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    def skip(self, why: str) -> None:
        """Count a row that is left out."""
        self.left_out[why] = self.left_out.get(why, 0) + 1

    def note(self, what: str) -> None:
        """Count something worth a word."""
        self.notes[what] = self.notes.get(what, 0) + 1


def is_workbook(path: Path) -> bool:
    """Tell by its first bytes whether a file is a workbook (or another archive)."""
    with path.open("rb") as file:
        return file.read(4).startswith(_BOOKS)


def json_record(path: Path, day: str | None) -> Raw:
    """Read a sharing record in JSON, told by its keys.

    Raises
    ------
    InputError
        When it is of no known shape.
    """
    content = json_of(path, most_bytes=CAPS.file_bytes)
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        features = _records_of(content.get("features"))
        rows = [{**_record(f.get("properties")), "_point": _point(f)} for f in features]
        if rows and "connectionCount" in rows[0]:
            return _network(rows, path)
        raise _unknown(path)
    # one portal alone is a file of one
    rows = _records_of([content] if isinstance(content, dict) else content)
    if rows and (isinstance(content, dict) or len(rows) == len(content)):
        content = rows
        if "sharing_outbound" in content[0]:
            return _portals(content, path, day)
        if "flock_names" in content[0]:
            return _registry(content, path)
        if any(isinstance(row.get(key), list) for row in rows for key in _LISTS):
            return _listings(rows, path, day)
    raise _unknown(path)


_LISTS = {"shares_with": "outbound", "shared_with": "outbound", "receives_from": "inbound"}
_OWNERS = ("agency", "agency_name", "name", "organization", "owner")
_DAYS = ("archived_date", "date", "as_of", "snapshot_date", "crawled")


def _listings(rows: list[dict[str, Any]], path: Path, day: str | None) -> Raw:
    """Read records of one agency's partners each: whose they are, on which day, and the names."""
    raw = Raw()
    for row in rows:
        own = next((t for k in _OWNERS if (t := _text(row.get(k)))), "")
        if not own:
            raw.skip("a row without a name")
            continue
        when = next((d for k in _DAYS if (d := _day(row.get(k)))), None) or day
        declared = _count(row.get("cameras") or row.get("camera_count"))
        raw.agencies.append(
            {"names": [own], "declared": declared, "declared_on": when, "record": path.name}
        )
        for key, direction in _LISTS.items():
            if named := _texts(row.get(key)):
                raw.lists.append(Listed(own, direction, when, tuple(named), path.name))
            elif key in row:
                raw.note(f"portals that name nobody under {key}")
    return raw


def _unknown(path: Path) -> InputError:
    return InputError(
        "not a sharing file of a known shape",
        where=path,
        fix="see docs/method/access.md for those that are read",
    )


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _records_of(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    """Return a text or whole number of a stranger's record as text, "" for anything else."""
    return (
        str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    )


def _texts(value: Any) -> list[str]:
    return [t for v in value if (t := _text(v))] if isinstance(value, list) else []


def _day(value: Any) -> str | None:
    text = _text(value)
    return parse_date(text) if text else None


def _count(value: Any) -> float | None:
    """Return a count above 0; 0 stands for "not known" in these files."""
    known = (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and 0 < value < _MOST_CAMERAS
    )
    return float(value) if known else None


def _spot(lon: Any, lat: Any) -> tuple[float, float] | None:
    if any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in (lon, lat)):
        return None
    return (float(lon), float(lat)) if -180 <= lon <= 180 and -90 <= lat <= 90 else None


def _point(feature: dict[str, Any]) -> tuple[float, float] | None:
    geometry = _record(feature.get("geometry"))
    at = geometry.get("coordinates") if geometry.get("type") == "Point" else None
    return _spot(*at[:2]) if isinstance(at, list) and len(at) >= 2 else None


def _portals(rows: list[dict[str, Any]], path: Path, day: str | None) -> Raw:
    """Read transparency portals: the owner's own page, dated by its crawl."""
    raw = Raw()
    for row in rows:
        slug = _text(row.get("crawled_slug")) or _text(row.get("_slug"))
        own = name_of_slug(slug)
        if not own:
            raw.skip("a portal without a name")
            continue
        when = _day(row.get("archived_date")) or _day(row.get("_date")) or day
        record = f"{path.name}#{slug}"
        raw.agencies.append(
            {
                "names": [own, _text(row.get("crawled_name"))],
                "declared": _count(row.get("camera_count")),
                "declared_on": when,
                "record": record,
            }
        )
        for key, direction in (("sharing_outbound", "outbound"), ("sharing_inbound", "inbound")):
            named = _texts(row.get(key))
            if not named:
                raw.note(f"portals that name nobody under {key}")
            else:
                raw.lists.append(Listed(own, direction, when, tuple(named), record))
    return raw


def name_of_slug(slug: str) -> str:
    """Return the name in a portal's address: ``san-diego-ca-pd`` is "San Diego CA PD"."""
    codes = {r["code"].lower() for r in alias_rows("states")}
    words = [w for w in slug.split("-") if w]
    # a code that is a word or a level too (co, la, in …) is a state only at the end or right before
    # the role
    words_too = {"co", "de", "la", "in", "or", "me", "hi", "ok", "pa", "ma"}
    roles = {"pd", "so", "sd", "dps", "sheriff"}
    out = []
    for i, word in enumerate(words):
        at_end = i == len(words) - 1 or words[i + 1] in roles
        known = i > 0 and word in codes and (at_end or word not in words_too)
        out.append(word.upper() if known or word in roles - {"sheriff"} else word.capitalize())
    return " ".join(out)


def _registry(rows: list[dict[str, Any]], path: Path) -> Raw:
    raw = Raw()
    for row in rows:
        sort, role, slug = (_text(row.get(k)) for k in ("agency_type", "agency_role", "slug"))
        if sort in _SKIP or role in _SKIP:
            raw.skip(_SKIP.get(sort) or _SKIP[role])
            continue
        geo = _record(row.get("geo"))
        names = [*_texts(row.get("flock_names")), _text(row.get("display_name"))]
        raw.agencies.append(
            {
                "names": names if any(names) else [name_of_slug(slug)],
                "state": _text(geo.get("state")) or None,
                "kind": _REGISTRY_KIND.get(sort),
                "point": _spot(geo.get("lng"), geo.get("lat")),
                "place_kind": _text(geo.get("kind")) or None,
                "record": f"{path.name}#{slug}",
            }
        )
    return raw


def _network(rows: list[dict[str, Any]], path: Path) -> Raw:
    """Read the network file: counts of cameras and of connections, but no shares between named
    agencies."""
    raw = Raw()
    for row in rows:
        if row.get("isJunk"):
            raw.skip("marked as junk by the file")
            continue
        names = [_text(row.get("name")), *_texts(row.get("aliases"))]
        if not any(names):
            raw.skip("a row without a name")
            continue
        raw.agencies.append(
            {
                "names": names,
                "state": None if row.get("type") == "federal" else _text(row.get("state")) or None,
                "kind": {"federal": "federal", "so": "county", "school": "school"}.get(
                    _text(row.get("type"))
                ),
                "declared": _count(row.get("cameras")),
                "point": row.get("_point"),
                "place_kind": _text(row.get("geocodeMethod")) or None,
                "record": f"{path.name}#{_text(row.get('id'))}",
            }
        )
    return raw


def own_table(path: Path) -> Raw:
    """Read our own Parquet table `agencies` or `shares` (its ids are names there)."""
    raw = Raw()
    there = set(names_of(path))
    if {"from_id", "to_id"} <= there:
        for row in _records(read_parquet(path, "shares")):
            if row["from_id"] and row["to_id"]:
                raw.shares.append(
                    Single(
                        row["from_id"],
                        row["to_id"],
                        row["direction"],
                        row.get("since"),
                        row.get("until"),
                        row.get("source_record") or path.name,
                        last_seen=row.get("last_seen"),
                        not_before=row.get("not_before"),
                        inactive=row.get("inactive") is True,
                    )
                )
            else:
                raw.skip("a row without both names")
        return raw
    if "agency_id" not in there:
        raise InputError(
            "neither table agencies nor table shares",
            where=path,
            fix="take those `alprmap access --out` writes",
        )
    for row in _records(read_parquet(path, "agencies")):
        raw.agencies.append(
            {
                "names": [
                    *_text(row.get("spellings") or row["name"]).split("\n"),
                    _text(row["agency_id"]),
                ],
                "state": row["state"],
                "kind": row["kind"],
                "record": _text(row.get("source_record")) or None,
                "declared": row.get("declared_cameras"),
            }
        )
    return raw


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(k): v for k, v in row.items()} for row in rows]
