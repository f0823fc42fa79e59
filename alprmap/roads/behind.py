"""Road files over the wall: what is asked of the child process, what it answers, and how the answer
is checked.

Nothing of a road file is parsed in the process of the user: extracts (libosmium), tables of edges
(Arrow, GDAL) and GraphML come back as Arrow tables of plain columns.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alprmap.errors import InputError
from alprmap.sandbox import Message, ask, gather, messages, out_of_step, pack, sized, unpack

if TYPE_CHECKING:
    from alprmap.roads.signs import Taken
    from alprmap.roads.tags import Drivable
    from alprmap.roads.ways import Bounds, Ways

ROOM = "alprmap.roads.behind"
MOST_BYTES = 256 * 1024**3
"""Size of a road file: the whole planet has 90 GB in 2026."""
EXTRACT_SPARE, EXTRACT_PER_BYTE = 2 * 1024**3, 24
"""Address space for an extract: threads and blocks of libosmium, and its table of nodes while that
grows (16 bytes for a node of some 12 bytes in the file, thrice while it is moved)."""
EXTRACT_PER_MB_S = 15.0
"""An extract takes some 0.5 s for each megabyte; a machine that much else works on, many times
that."""
SMALLER = "cut a smaller area out of it"
_LIBRARIES = {
    "ways": ("alprmap.roads.ways",),
    "signs": ("alprmap.roads.signs",),
    "tagged": ("alprmap.roads.tagged",),
    "edges": ("alprmap.roads.osmnx_io",),
    "graphml": ("alprmap.roads.osmnx_io", "osmnx"),
}


def _ask(path: Path, job: dict[str, Any]) -> Iterator[Message]:
    size = path.stat().st_size
    osm = job["what"] in ("ways", "signs", "tagged")
    limits = sized(size)
    if osm:
        limits = sized(size, spare_bytes=EXTRACT_SPARE, per_byte=EXTRACT_PER_BYTE)
        limits = replace(limits, per_mb_s=EXTRACT_PER_MB_S)
    whole = {"path": str(path.resolve()), "name": path.name, **job}
    return ask(ROOM, whole, where=path, size=size, limits=limits, smaller=SMALLER)


def ways(
    path: Path,
    drivable: Drivable,
    bounds: Bounds | None,
    progress: Callable[[str, int, int], None],
    **sizes: int,
) -> Ways:
    """Return the ways of an extract; see `alprmap.roads.ways.read` for the parameters.

    Raises
    ------
    InputError
        When the file is no OSM data or breaks off, or its parser dies, or takes longer or more than
        it may.
    """
    from alprmap.roads.ways import Ways

    found = Ways()
    job = {"what": "ways", "drivable": asdict(drivable), "bounds": bounds, "sizes": sizes}
    told: dict[str, Any] = {}
    try:
        for message, blob in _ask(path, job):
            if not blob:
                told = message
                continue
            found.absorb(unpack(blob, path))
            if len(found.way_id) >= sizes.get("chunk_ways", 0):
                progress("reading roads", len(found.way_id), 0)
        found.restrictions = [_restriction(*r) for r in told["restrictions"]]
        found.relation_version = {int(k): int(v) for k, v in told["versions"]}
        found.counts.update({str(k): int(v) for k, v in told["counts"].items()})
        found.timestamp = None if told["timestamp"] is None else str(told["timestamp"])
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise out_of_step(path) from None
    return found


def _restriction(*values: Any) -> tuple[int, str, int, int, int]:
    relation, kind, start, via, end = values
    if not isinstance(kind, str) or not all(
        -(2**63) <= v < 2**63 for v in (relation, start, via, end)
    ):
        raise ValueError("no restriction")
    return relation, kind, start, via, end


def read_signs(path: Path) -> Taken:
    """Return what an extract holds beside its roads.

    Raises
    ------
    InputError
        When the file is broken, or its parser dies, or takes longer or more than it may.
    """
    from alprmap.roads.signs import Taken

    found = Taken()
    try:
        for message, _ in _ask(path, {"what": "signs"}):
            rows = [tuple(row) for row in message["rows"]]
            if message["of"] == "names":
                found.names.update({int(way): tuple(map(str, names)) for way, names in rows})
            elif message["of"] in _SIGNS:
                getattr(found, message["of"]).extend(rows)
    except InputError:
        raise
    except (ValueError, TypeError, KeyError):
        raise out_of_step(path) from None
    return found


def read_tagged(
    path: Path, wanted: Mapping[str, Sequence[str]], also: Sequence[str] = ()
) -> list[tuple[str, float, float, dict[str, str]]]:
    """Return (object, lon, lat, tags) of what carries a wanted tag in an extract; see
    `alprmap.roads.tagged.read` for the parameters.

    Raises
    ------
    InputError
        When the file is broken, or its parser dies, or takes longer or more than it may.
    """
    job = {"what": "tagged", "wanted": {k: list(v) for k, v in wanted.items()}, "also": list(also)}
    rows = []
    try:
        for message, _ in _ask(path, job):
            for name, lon, lat, tags in message["rows"]:
                if not (-180 <= lon <= 180 and -90 <= lat <= 90):
                    raise ValueError("no degrees")
                told = {str(k): str(v) for k, v in tags.items()}
                rows.append((str(name), float(lon), float(lat), told))
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError):
        raise out_of_step(path) from None
    return rows


def edges(path: Path, what: str) -> tuple[Any, dict[str, Any]]:
    """Return (segments as an Arrow table, meta) of a table of edges or a GraphML; `what` is the
    kind.

    Raises
    ------
    InputError
        When the file cannot be read, has no CRS or no lines, or its parser dies.
    UsageError
        When osmnx is needed and not installed.
    """
    table, rest = gather(_ask(path, {"what": what}), path, path.stat().st_size)
    meta = rest.get("meta")
    if not isinstance(meta, dict):
        raise out_of_step(path)
    return table, meta


def load(job: dict[str, Any]) -> None:
    """Import the libraries of a kind of file, before what the file itself costs is counted."""
    for name in _LIBRARIES[job["what"]]:
        with suppress(ImportError):  # osmnx is an extra; its reader says so
            importlib.import_module(name)


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say a road file (in the child process)."""
    path = Path(job["path"])
    if job["what"] == "ways":
        yield from _ways(path, job)
    elif job["what"] == "signs":
        yield from _signs(path)
    elif job["what"] == "tagged":
        from alprmap.roads import tagged

        rows = list(tagged.read(path, job["wanted"], job["also"]))
        for first in range(0, len(rows), _ROWS):
            yield {"rows": rows[first : first + _ROWS]}, b""
    else:
        from alprmap.roads import osmnx_io

        segments, meta = osmnx_io.arrow_of(path, job["what"], job["name"])
        yield {"meta": meta}, b""
        yield from messages([segments])


def _ways(path: Path, job: dict[str, Any]) -> Iterator[Message]:
    from alprmap.roads import ways as room
    from alprmap.roads.tags import Drivable

    found = room.Ways()
    for found in room.read(path, Drivable(**job["drivable"]), job["bounds"], **job["sizes"]):
        yield {"ways": len(found.way_id)}, pack(found.drain())
    rest = {
        "restrictions": found.restrictions,
        "versions": list(found.relation_version.items()),
        "counts": found.counts,
        "timestamp": found.timestamp,
    }
    yield rest, b""


def _signs(path: Path) -> Iterator[Message]:
    from alprmap.roads import signs as room

    found = room.read(path)
    kinds: dict[str, list[Any]] = {of: getattr(found, of) for of in _SIGNS}
    for of, rows in (kinds | {"names": list(found.names.items())}).items():
        for first in range(0, len(rows), _ROWS):
            yield {"of": of, "rows": rows[first : first + _ROWS]}, b""


_SIGNS = ("exits", "milestones", "addresses", "places")
_ROWS = 20_000
