"""What a file is, told by its content: cameras, roads, people, sharing, searches, lists, commutes.

Each kind is tried through the one door that reads it for every command, so that what is recognized
here is what a build can use."""

from __future__ import annotations

import bz2
import csv
import difflib
import gzip
import re
import tomllib
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import steps
from alprmap.access import is_search_log, refuse_untimed
from alprmap.credits import FICTIONAL, FOLDER_SIDECAR, SIDECAR
from alprmap.errors import AlprmapError, InputError
from alprmap.sandbox import names_of, regular_file
from alprmap.shipped import data_path
from alprmap.text import number_of

KINDS = ("cameras", "roads", "people", "sharing", "searches", "lists", "commutes")
"""What a file can be, in the order in which a build uses it."""
_PEEK_BYTES = 65_536
_MARK_BYTES = 4 * 1024**2
"""Of the beginning and of the end of a file: where each format keeps what it says of itself."""
_PLACES = {"lat", "latitude", "intptlat", "lon", "lng", "longitude", "intptlon", "intptlong"}


@dataclass(frozen=True)
class Recognized:
    """One file and what it is.

    `kinds` names all that can be made of it (an extract of a state holds roads and cameras); `says`
    is one line for the person; `table` has the reports, people or agencies, `bounds` the extent of
    roads (west, south, east, north). A file without `kinds` is left out, and `note` says why; of
    another file `note` says what in it is not used. A `fictional` one says of itself that nothing
    in it exists: it is a hand-out of an invented project.
    """

    path: Path
    kinds: tuple[str, ...]
    says: str
    table: pd.DataFrame | None = None
    bounds: tuple[float, float, float, float] | None = None
    shares: pd.DataFrame | None = None
    counts: dict[str, Any] | None = None
    note: str = ""
    fictional: bool = False


@cache
def getting() -> dict[str, dict[str, Any]]:
    """Return the words of data/getting.toml: columns, uses, where what is missing can be had."""
    return tomllib.loads(data_path("getting.toml").read_text(encoding="utf-8"))


INVENTED = "says of itself that nothing in it exists: the page and the report will say so"
MOST_BYTES = 256 * 1024**3
"""An extract of a continent has a tenth of it."""
MOST_FILES = 200
"""A folder of more files than these is no hand-picked input."""
_LAID_OUT = (".xlsx", ".xls", ".ods", ".zip")
"""Files whose cells only their own reader finds."""
_PAGES = (".pdf", ".html", ".htm")
"""Documents, of which only a portal's page or a table says who shares with whom."""
_OF_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})
"""What Windows leaves in a folder; other systems hide theirs by a dot."""
_SIDECARS = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qix", ".shp.xml")


def recognize_files(paths: Iterable[Path]) -> list[Recognized]:
    """Return what each file is, in the order given, folders opened, none of them twice.

    A file of no kind that alprmap reads is left out, with the reason in its `note`, where another
    one is of use.

    Raises
    ------
    InputError
        When a path is not there, or no file is of a kind that alprmap reads; the message says what
        was tried.
    """
    out: list[Recognized] = []
    refused: InputError | None = None
    files = [f for p in map(Path, paths) for f in (_opened(p) if p.is_dir() else [p])]
    seen: set[Path] = set()
    for file in steps.each(files, "looking at files"):
        # a file that is named twice, or by itself and in its folder, is one file
        if file.exists() and file.resolve() in seen:
            continue
        seen.add(file.resolve() if file.exists() else file)
        if not file.exists():
            # a typo is no file that one has and cannot use
            _refuse_typo(file)
        try:
            found = _recognize(regular_file(file, most_bytes=MOST_BYTES))
            if _is_fictional(file):
                note = "; ".join(t for t in (found.note, INVENTED) if t)
                found = replace(found, fictional=True, note=note)
            out.append(found)
        except InputError as error:
            refused = refused or error
            out.append(Recognized(file, (), "not used", note=error.what))
    if refused is not None and not any(f.kinds for f in out):
        raise refused
    return out


def _is_fictional(file: Path) -> bool:
    """Return whether a file, or the one that describes it, says that nothing in it exists."""
    beside = [file.with_name(file.name + SIDECAR), file.with_name(FOLDER_SIDECAR)]
    for path in [file, *(p for p in beside if file.suffix.lower() == ".csv" and p.is_file())]:
        size = path.stat().st_size
        with path.open("rb") as bytes_of:
            text = bytes_of.read(_MARK_BYTES)
            bytes_of.seek(max(size - _MARK_BYTES, _MARK_BYTES))
            if FICTIONAL.encode() in text + bytes_of.read(_MARK_BYTES):
                return True
    return False


def _refuse_typo(file: Path) -> None:
    """Refuse a path that is not there, with the name beside it that is most like it.

    Raises
    ------
    InputError
        Always, but for a path that is there.
    """
    try:
        regular_file(file)
    except InputError as error:
        beside = [p.name for p in file.parent.iterdir()] if file.parent.is_dir() else []
        like = difflib.get_close_matches(file.name, sorted(beside)[:MOST_FILES], n=1)
        meant = f"; {like[0]} is there" if like else ""
        raise InputError(error.what, where=file, fix=f"{error.fix}{meant}") from None


def _opened(folder: Path) -> list[Path]:
    """Return the files of a folder and of folders in it, without hidden ones and parts of others.

    Raises
    ------
    InputError
        When it holds nothing, or more files than anyone picks.
    """
    files = sorted(
        p
        for p in folder.rglob("*")
        if p.is_file()
        and p.name.lower() not in _OF_SYSTEMS
        and not any(part.startswith(".") for part in p.relative_to(folder).parts)
    )
    shapes = {p.with_suffix("") for p in files if p.suffix.lower() == ".shp"}
    files = [
        p for p in files if not (p.name.lower().endswith(_SIDECARS) and p.with_suffix("") in shapes)
    ]
    if not files:
        raise InputError("is a folder without files", where=folder, fix="name files")
    if len(files) > MOST_FILES:
        raise InputError(
            f"holds {number_of(len(files), 'file')}", where=folder, fix="name those that are meant"
        )
    return files


def _recognize(path: Path) -> Recognized:
    tried: list[str] = []
    for look in _looks(path):
        try:
            known = look(path)
            if known is not None:
                return known
        except AlprmapError as error:
            tried.append(getattr(error, "what", str(error)))
    tried = list(dict.fromkeys(tried))
    raise InputError(
        tried[0] if len(tried) == 1 else f"is none of {', '.join(KINDS)}: {'; '.join(tried[:3])}",
        where=path,
        fix="leave it out, or see docs/data.md for the files that are read",
    )


def _looks(path: Path) -> list[Callable[[Path], Recognized | None]]:
    """Return how a file is looked at, the surest sign first: columns, then each door in turn."""
    if path.suffix == ".parquet":
        columns = {str(c).lower() for c in names_of(path)}
        if "segment_id" in columns and "length_m" in columns:
            return [_roads]
        if {"u", "v"} <= columns:
            return [_roads]
        if columns & _PLACES and _has_people(columns):
            return [_people]
        if {"camera_id", "report_id"} & columns:
            return [_cameras]
        return [_cameras, _sharing]
    if path.suffix == ".graphml":
        return [_roads]
    if path.suffix.lower() in _LAID_OUT or path.name.lower().endswith(_LAID_OUT):
        # only a workbook's or an archive's own reader can tell; a log is tried first, so that no
        # other door sees a person's data
        logs: list[Callable[[Path], Recognized | None]] = [_packed_log]
        return [*logs, _lists, _cameras, _sharing]
    if path.suffix.lower() in _PAGES:
        return [_sharing, _cameras]
    text = _start(path)
    if is_search_log(text):
        # keys of records may stand in other JSON too: its own reader tells
        records = text.lstrip()[:1] in ("[", "{")
        return [_packed_log, _cameras, _sharing] if records else [_log(text)]
    columns = set(_header(text))
    if _holds_nothing(path, text):
        return [_without_rows]
    words = getting()["columns"]
    if set(words["commutes"]) <= columns:
        return [_rows_only("commutes")]
    if columns & _PLACES and _has_people(columns):
        return [_people, _cameras]
    return [_lists, _cameras, _sharing] if len(columns) > 1 else [_cameras, _sharing]


def _has_people(columns: set[str]) -> bool:
    return any(c.startswith(("pop", "people", "totpop", "total_pop")) for c in columns)


def _start(path: Path) -> str:
    """Return the beginning of a text file, packed or not; nothing where it is no text."""
    try:
        with path.open("rb") as file:
            start = file.read(_PEEK_BYTES)
        for magic, door in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open)):
            if start.startswith(magic):
                with door(path) as file:
                    start = file.read(_PEEK_BYTES)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return start[: len(start) // 2 * 2].decode("utf-16", errors="ignore")
        return start.decode("utf-8-sig", errors="strict" if len(start) < _PEEK_BYTES else "ignore")
    except (OSError, UnicodeDecodeError, zlib.error, EOFError):
        return ""


def _header(text: str) -> list[str]:
    """Return the column names of a text table, lower case; nothing where it is none."""
    line = next((t for t in text.splitlines() if t.strip()), "")
    delimiter = max(",;\t|", key=line.count)
    try:
        return [c.strip().lower() for c in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _cameras(path: Path) -> Recognized | None:
    """A source of cameras; an OSM extract is asked for its roads too."""
    from alprmap import sources
    from alprmap.merge import READERS
    from alprmap.roads import EXTRACT_SUFFIXES

    extract = path.name.endswith(EXTRACT_SUFFIXES)
    try:
        read = sources.read(path)
    except InputError:
        if extract:
            return _roads(path)
        raise
    reports = read.reports
    # an extract of a state holds every camera of OpenStreetMap, shop doors too: only readers count
    readers = reports[reports["device"].isin(READERS)] if len(reports) else reports
    roads = None
    if extract:
        try:
            roads = _roads(path)
        except InputError:
            roads = None
    if roads is not None and not (reports["device"] == "alpr").any():
        return roads
    if not len(reports):
        raise InputError("holds no report of a camera", where=path, fix="save it with its rows")
    placed = int(reports["lon"].notna().sum())
    says = [number_of(len(reports), "camera report"), f"{placed:,} with a position"]
    if placed < len(reports):
        says.append(f"{len(reports) - placed:,} as a place in words")
    if len(readers) < len(reports):
        says.append(f"{len(readers):,} may be plate readers")
    if read.tally.get("rejected"):
        says.append(f"{number_of(read.tally['rejected'], 'row')} not usable")
    if roads is None:
        return Recognized(
            path,
            ("cameras",),
            ", ".join(says),
            reports,
            counts=read.tally,
            note=_packed(read.tally),
        )
    return Recognized(
        path,
        ("cameras", "roads"),
        f"{', '.join(says)}; {roads.says}",
        reports,
        bounds=roads.bounds,
        counts=read.tally,
    )


def _packed(tally: dict[str, Any]) -> str:
    """Return what of an archive is not used: the roads of an extract among lists of cameras."""
    formats = str(tally.get("format", "")).split("; ")
    if len(formats) < 2 or not any(f.startswith("OSM") for f in formats):
        return ""
    return "roads are not read out of an archive: unpack it and give the folder"


def _roads(path: Path) -> Recognized | None:
    from alprmap import geo
    from alprmap.roads import read as read_roads

    segments = read_roads([path]).segments
    if not len(segments):
        raise InputError("holds no road", where=path, fix="take an extract of OpenStreetMap")
    west, south, east, north = (float(v) for v in segments.total_bounds)
    miles = float(segments["length_m"].sum()) / geo.STATUTE_MILE_M
    says = f"{miles:,.0f} miles of road, {number_of(len(segments), 'segment')}"
    return Recognized(path, ("roads",), says, bounds=(west, south, east, north))


def _people(path: Path) -> Recognized | None:
    from alprmap.geography import read_population

    people = read_population(path)
    total = float(people["people"].sum())
    if not total:
        raise InputError("counts no people", where=path, fix="take a Census CenPop file")
    says = f"{total:,.0f} people at {number_of(len(people), 'point')}"
    return Recognized(path, ("people",), says, people)


def _sharing(path: Path) -> Recognized | None:
    from alprmap.access import read_shares

    shared = read_shares([path])
    if not len(shared.agencies):
        raise InputError("names no agency", where=path, fix="leave it out")
    kinds = ("sharing",)
    shares = number_of(len(shared.shares), "share")
    says = f"{number_of(len(shared.agencies), 'agency', 'agencies')}, {shares}"
    if not len(shared.shares):
        says += " (only what is declared, not who shares with whom)"
    return Recognized(path, kinds, says, shared.agencies, shares=shared.shares)


def _log(text: str) -> Callable[[Path], Recognized | None]:
    """A log of searches in text, refused here where a build could not use it."""

    def look(path: Path) -> Recognized | None:
        refuse_untimed(text)
        return _rows_only("searches")(path)

    return look


def _packed_log(path: Path) -> Recognized | None:
    """A log of searches in a workbook or an archive, None where it is another kind of file."""
    from alprmap.access import measure_searches

    try:
        counts = measure_searches([path]).counts()
    except InputError:
        return None
    return Recognized(path, ("searches",), f"about {number_of(counts['rows_read'], 'row')}")


def _lists(path: Path) -> Recognized | None:
    from alprmap.access import tag_lists

    try:
        found = tag_lists(path)
    except InputError:
        # another door says what is wrong with it
        return None
    if not found:
        return None
    names = (f"{tag}: {number_of(n, 'agency', 'agencies')}" for tag, n in sorted(found.items()))
    return Recognized(path, ("lists",), "; ".join(names))


def _holds_nothing(path: Path, text: str) -> bool:
    """Tell whether a text file holds blanks, or a table's header and no row."""
    if not text.strip():
        return bool(text)
    lines = [line for line in text.splitlines() if line.strip()]
    table = path.suffix.lower() in (".csv", ".tsv") and text.lstrip()[0] not in "[{<"
    # a line with a number in it is no header
    return table and len(lines) == 1 and not re.search(r"(?:^|[,;\t|])\s*-?\d", lines[0])


def _without_rows(path: Path) -> Recognized | None:
    raise InputError("holds no row", where=path, fix="save it again, with its rows")


def _rows_only(kind: str) -> Callable[[Path], Recognized]:
    def look(path: Path) -> Recognized:
        rows = 0
        packed = {".gz": gzip.GzipFile, ".bz2": bz2.BZ2File}.get(path.suffix)
        with path.open("rb") if packed is None else packed(path) as file:
            while block := file.read(1 << 20):
                rows += block.count(b"\n")
        return Recognized(path, (kind,), f"about {number_of(max(rows - 1, 0), 'row')}")

    return look
