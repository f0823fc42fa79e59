"""Who shares with whom, from the files it is published in (rule A1): a file becomes agencies and
shares.

Told by what is in the file, not by its name: portal JSON (`sharing_outbound`), agency registry JSON
(`flock_names`), network GeoJSON (`connectionCount`), an access table (`src_agency`,
`external_agency`), a plain two-column table, or our own Parquet tables. An empty list on a portal
means that it names nobody there, which is not proof that it shares with nobody. A record without a
date stays without one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import schema
from alprmap.agencies import AgencyList
from alprmap.errors import InputError
from alprmap.sandbox import TEXT_BYTES, csv_of, json_of, names_of
from alprmap.shipped import alias_rows
from alprmap.sources import Caps, parse_count, regular
from alprmap.store import read_parquet
from alprmap.text import clean

CAPS = Caps(file_bytes=TEXT_BYTES)
_MOST_CAMERAS = 1e9
_FROM = ("from", "owner", "src_agency", "source_agency", "from_agency", "lender", "from_id")
_TO = ("to", "searcher", "external_agency", "target_agency", "to_agency", "borrower", "to_id")
_DATE_IN_NAME = re.compile(r"(20\d\d)-?(\d\d)(?:-?(\d\d))?(?!\d)")
_SKIP = {
    "test": "a test account",
    "decommissioned": "decommissioned",
    "vendor": "the vendor's own account",
}
_OTHER = {
    b"PK\x03\x04": "a workbook or ZIP archive, which `access` does not read",
    b"\xd0\xcf\x11\xe0": "an old workbook, which `access` does not read",
    b"%PDF": "a PDF, which `access` does not read",
}
_REGISTRY_KIND = {
    "city": "city", "county": "county", "state": "state", "tribal": "tribal",
    "university": "school", "community": "homeowners", "private": "private",
}  # fmt: skip
"""The registry's "federal" is not taken: of the 25 agencies it calls so in April 2026, 24 are city,
county, state or tribal bodies (Cleveland Division of Police …); a federal body says so in its
name."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Agencies and shares of one or more files, names settled.

    `agencies` is table `agencies` with the further columns `spellings` (every spelling met, one per
    line) and, where a file places the agency, `lon`, `lat`, `place_kind`; `shares` is table
    `shares`; `counts` says what was read, left out and why.
    """

    agencies: pd.DataFrame
    shares: pd.DataFrame
    counts: dict[str, Any]


@dataclass(slots=True)
class _Raw:
    """Rows of one file before names are settled."""

    agencies: list[dict[str, Any]] = field(default_factory=list)
    shares: list[tuple[Any, ...]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    def skip(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1

    def note(self, what: str) -> None:
        self.notes[what] = self.notes.get(what, 0) + 1


def read_shares(paths: Iterable[Path], *, dates: dict[str, str] | None = None) -> Shared:
    """Read agencies and shares from files of any known shape and settle their names against one
    another.

    Parameters
    ----------
    paths
        The files. The same agency under several spellings becomes one row
        (`alprmap.agencies.parse`: same place, role, numbers and state); two agencies of one name in
        different states stay two, and a name without a state joins the only one of its name, or
        stays alone where there are several.
    dates
        Date of a file's records by file name, where neither the records nor the file name tell it.

    Raises
    ------
    InputError
        When a file is not of a known shape.
    """
    raws: dict[str, _Raw] = {}
    for path in paths:
        path = regular(path, caps=CAPS)
        day = (dates or {}).get(path.name) or _date_in(path.name)
        if path.suffix == ".parquet":
            raws[path.name] = _own_table(path)
        elif path.suffix in (".csv", ".tsv", ".txt"):
            raws[path.name] = _csv(path, day)
        else:
            raws[path.name] = _json(path, day)
    return _settle(raws)


def _date_in(name: str) -> str | None:
    found = _DATE_IN_NAME.search(name)
    return "-".join(g for g in found.groups() if g) if found else None


def _json(path: Path, day: str | None) -> _Raw:
    with path.open("rb") as file:
        head = file.read(4)
    if other := next((what for magic, what in _OTHER.items() if head.startswith(magic)), None):
        raise InputError(
            f"is {other}", where=path, fix="save who shares with whom as CSV, columns from and to"
        )
    content = json_of(path, most_bytes=CAPS.file_bytes)
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        features = _records_of(content.get("features"))
        rows = [{**_record(f.get("properties")), "_point": _point(f)} for f in features]
        if rows and "connectionCount" in rows[0]:
            return _network(rows, path)
    elif isinstance(content, list) and content and len(_records_of(content)) == len(content):
        if "sharing_outbound" in content[0]:
            return _portals(content, path, day)
        if "flock_names" in content[0]:
            return _registry(content, path)
    raise InputError(
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


def _portals(rows: list[dict[str, Any]], path: Path, day: str | None) -> _Raw:
    """Read transparency portals: the owner's own page, dated by its crawl."""
    raw = _Raw()
    for row in rows:
        slug = _text(row.get("crawled_slug")) or _text(row.get("_slug"))
        own = _from_slug(slug)
        if not own:
            raw.skip("a portal without a name")
            continue
        when = _text(row.get("archived_date")) or _text(row.get("_date")) or day
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
            for other in named:
                pair = (own, other) if direction == "outbound" else (other, own)
                raw.shares.append((*pair, direction, when, None, record))
    return raw


def _from_slug(slug: str) -> str:
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


def _registry(rows: list[dict[str, Any]], path: Path) -> _Raw:
    raw = _Raw()
    for row in rows:
        sort, role, slug = (_text(row.get(k)) for k in ("agency_type", "agency_role", "slug"))
        if sort in _SKIP or role in _SKIP:
            raw.skip(_SKIP.get(sort) or _SKIP[role])
            continue
        geo = _record(row.get("geo"))
        names = [*_texts(row.get("flock_names")), _text(row.get("display_name"))]
        raw.agencies.append(
            {
                "names": names if any(names) else [_from_slug(slug)],
                "state": _text(geo.get("state")) or None,
                "kind": _REGISTRY_KIND.get(sort),
                "point": _spot(geo.get("lng"), geo.get("lat")),
                "place_kind": _text(geo.get("kind")) or None,
                "record": f"{path.name}#{slug}",
            }
        )
    return raw


def _network(rows: list[dict[str, Any]], path: Path) -> _Raw:
    """Read the network file: counts of cameras and of connections, but no shares between named
    agencies."""
    raw = _Raw()
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


def _csv(path: Path, day: str | None) -> _Raw:
    text = csv_of(path)
    dialect = (
        csv.excel_tab if path.suffix == ".tsv" or "\t" in text.split("\n", 1)[0] else csv.excel
    )
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), dialect))
    except csv.Error as error:
        raise InputError(
            f"not a readable CSV ({error})", where=path, fix="save it as CSV (UTF-8) again"
        ) from None
    head = [h.strip().casefold() for h in rows[0]] if rows else []
    if "declared_cameras" in head and "name" in head:
        return _agency_rows(head, rows, path)
    giver, taker = _columns(head, path)
    raw = _Raw()
    for number, cells in enumerate(rows[1:], start=1):
        row = dict(zip(head, (c.strip() for c in cells), strict=False))
        if not row.get(head[giver]) or not row.get(head[taker]):
            raw.skip("a row without both names")
            continue
        since = row.get("since") or row.get("date") or day
        record = row.get("source_record") or row.get("source") or f"{path.name}#row/{number}"
        way = row.get("direction") or "outbound"
        if way not in ("outbound", "inbound"):
            raise InputError(
                f"direction {way!r}", where=path, row=number, fix="write outbound or inbound"
            )
        raw.shares.append(
            (row[head[giver]], row[head[taker]], way, since, row.get("until") or None, record)
        )
    if not raw.shares:
        raise InputError(
            "the table has no shares", where=path, fix="write who gives and who takes in each row"
        )
    return raw


def _columns(head: list[str], path: Path) -> tuple[int, int]:
    giver = next((i for i, h in enumerate(head) if h in _FROM), None)
    taker = next((i for i, h in enumerate(head) if h in _TO), None)
    if giver is None or taker is None:
        raise InputError(
            "the table does not say who shares with whom",
            where=path,
            fix="name its columns from (whose readers are searched) and to (who may search)",
        )
    return giver, taker


def _agency_rows(head: list[str], rows: list[list[str]], path: Path) -> _Raw:
    raw = _Raw()
    for number, cells in enumerate(rows[1:], start=1):
        row = dict(zip(head, (c.strip() for c in cells), strict=False))
        if not row.get("name"):
            raw.skip("a row without a name")
            continue
        kind = row.get("kind") or None
        if kind and kind not in schema.OPERATOR_KIND:
            raise InputError(
                f"kind {kind!r}",
                where=path,
                row=number,
                fix=f"one of {', '.join(schema.OPERATOR_KIND)}",
            )
        said = row.get("declared_cameras")
        declared = parse_count(said) if said else None
        if said and declared is None:
            raise InputError(
                "declared_cameras is no number",
                where=path,
                row=number,
                fix="write a whole number, or none",
            )
        raw.agencies.append(
            {
                "names": [row["name"], *filter(None, (row.get("aliases") or "").split(";"))],
                "kind": kind,
                "state": row.get("state") or None,
                "declared": declared,
                "record": row.get("source_record") or f"{path.name}#row/{number}",
            }
        )
    return raw


def _own_table(path: Path) -> _Raw:
    """Read our own Parquet table `agencies` or `shares` (its ids are names there)."""
    raw = _Raw()
    there = set(names_of(path))
    if {"from_id", "to_id"} <= there:
        for row in _records(read_parquet(path, "shares")):
            if row["from_id"] and row["to_id"]:
                raw.shares.append(tuple(row[c] for c in schema.SHARES.names))
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


def _clean(raw: _Raw) -> None:
    """Bring every text of a file to one clean line, as `alprmap.sources` does, and count what was
    done."""

    def tidy(value: Any) -> Any:
        if isinstance(value, list):
            return [tidy(v) for v in value]
        if not isinstance(value, str):
            return value
        text, done = clean(value)
        if done:
            raw.note(done)
        return text

    raw.agencies = [{k: tidy(v) for k, v in row.items()} for row in raw.agencies]
    shares = [tuple(tidy(v) for v in row) for row in raw.shares]
    raw.shares = [row for row in shares if row[0] and row[1]]
    for _ in range(len(shares) - len(raw.shares)):
        raw.skip("a row without both names")


def _settle(raws: dict[str, _Raw]) -> Shared:
    """Make one agency of all spellings that say the same, and shares between agencies."""
    known = AgencyList()
    for raw in raws.values():
        _clean(raw)
        for row in raw.agencies:
            known.add(**row)
    for raw in raws.values():
        for giver, taker, *_ in raw.shares:
            known.mention(giver)
            known.mention(taker)
    known.close()
    rows = [
        (known.id_of(giver), known.id_of(taker), direction, since, until, record)
        for raw in raws.values()
        for giver, taker, direction, since, until, record in raw.shares
    ]
    shares = pd.DataFrame(
        rows, columns=["from_id", "to_id", "direction", "since", "until", "source_record"]
    )
    own = shares["from_id"] == shares["to_id"]
    twice = shares.duplicated(["from_id", "to_id", "direction", "source_record"])
    kept = shares[~own & ~twice].sort_values(
        ["from_id", "to_id", "direction", "source_record"], ignore_index=True
    )
    found = known.frame()
    counts = {
        "files": {name: _file_counts(raw) for name, raw in raws.items()},
        "agencies": len(found),
        "shares": len(kept),
        "shares_undated": int(kept["since"].isna().sum()),
        "shares_with_itself": int(own.sum()),
        "shares_said_twice": int((twice & ~own).sum()),
        "names_in_several_states": known.ambiguous,
    }
    return Shared(found, schema.conform(kept, "shares"), counts)


def _file_counts(raw: _Raw) -> dict[str, Any]:
    return {
        "agencies": len(raw.agencies),
        "shares": len(raw.shares),
        "left_out": dict(sorted(raw.left_out.items())),
        "notes": dict(sorted(raw.notes.items())),
    }
