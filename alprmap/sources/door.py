"""`read`: one file through intake, its reader and the normalizer, into the tables of
`alprmap.schema`."""

from __future__ import annotations

import gc
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import claims, schema, steps
from alprmap.errors import InputError
from alprmap.personal import label
from alprmap.results import Result
from alprmap.sources import frames, intake, total
from alprmap.sources.fields import grids, vocabulary
from alprmap.sources.formats import archives, readers
from alprmap.sources.formats.rows import Row, Table
from alprmap.sources.intake import Checked
from alprmap.sources.settings import Settings
from alprmap.text import clean, number_of, verb

BATCH_ROWS = 20_000
_SELDOM = 1_000
"""Collections of what is middle-aged before everything is gone through."""
Progress = Callable[[str, int, int], None]
"""What long work calls: (what, done, total); the total is 0, for a stream does not know its end."""
_PACKED_BY_READER = ("osm", "osm.pbf", "osc", "opl", "kml", "gpx", "json", "csv")


@dataclass(frozen=True)
class Read(Result):
    """What came of a file.

    `reports` (schema REPORTS, then `changes`, `town`, `county`, `state`), `rejects` (file, row,
    reason, original) and `tally` (file, format, rows, reports, located, unlocated, rejected,
    about_agencies, more_than_one_a_row, why, changes, dropped, skipped, unknown). Rows about
    agencies are no cameras: they stand in `agencies`, names as written; who shares with whom is
    only counted, `alprmap.access` reads it. Cameras that
    alprmap wrote stand in `cameras` as they were, beside a report of each. rows = reports +
    about_agencies + rejected - more_than_one_a_row (a row that names three cameras is three
    reports, S16).
    """

    reports: pd.DataFrame
    rejects: pd.DataFrame
    tally: dict[str, Any] = field(default_factory=dict)
    agencies: pd.DataFrame = field(default_factory=pd.DataFrame)
    cameras: pd.DataFrame = field(default_factory=pd.DataFrame)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the reports, the rejects, and what a file about agencies or cameras gave."""
        more = {"agencies": self.agencies, "cameras": self.cameras}
        whole = {"reports": self.reports, "rejects": self.rejects}
        return whole | {name: table for name, table in more.items() if len(table)}

    def counts(self) -> dict[str, int]:
        """Return rows, reports, located, unlocated, rejected, about_agencies, more_than_one_a_row
        and unused columns."""
        numbers = {name: value for name, value in self.tally.items() if isinstance(value, int)}
        return {**numbers, "unused_columns": len(self.unused)}

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns that hold something and have no meaning for alprmap."""
        return tuple(self.tally.get("unused", ()))

    def claims(self) -> pd.DataFrame:
        """Return the one sentence of this wing: what came in and what became of it (S2)."""
        counts = self.counts()
        if not counts.get("rows"):
            return claims.sheet([], wing="sources")
        row = {
            "claim_id": "sources-read",
            "sentence": (
                f"{number_of(counts['rows'], 'row')} gave {number_of(counts['reports'], 'report')},"
                f" {counts['located']:,} of them with a position;"
                f" {number_of(counts['rejected'], 'row')}"
                f" {verb(counts['rejected'], 'was', 'were')} refused."
            ),
            "figure": counts["reports"],
            "unit": "reports",
            "n": counts["rows"],
            "bounds": "a count",
            "definition": "a report is a claim by one source that a camera stands somewhere (S2)",
            "caveat": "What a source says, not what stands there: `merge` joins reports.",
        }
        why = ", ".join(f"{n:,} {reason}" for reason, n in self.tally["why"].items())
        return claims.sheet([row], wing="sources", set_aside=why)


def read(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    source_id: str | None = None,
    encoding: str | None = None,
    settings: Settings | None = None,
    date: str | None = None,
    progress: Progress | None = None,
    caps: intake.Caps = intake.CAPS,
) -> Read:
    """Read any source file, or a folder of photos and sightings, into reports.

    Parameters
    ----------
    path
        A regular local file, its format told from its content; or a folder, of which the photos
        and the GeoJSON files (sightings) are read, sorted by name; other files are counted as not
        read; or a (Geo)DataFrame.
    source_id
        Name of the source in `report_id`; the file's name without its endings otherwise.
    encoding
        Text encoding of a CSV; otherwise utf-8, utf-16 by its first bytes, cp1252, in this
        order.
    settings
        What is known of the source (study area, coordinate system, device …).
    date
        ISO date the whole file vouches for; becomes `last_seen` of rows without their own.
    progress
        Called with (what is read, rows so far, 0).

    Returns
    -------
    Read
        Every row of the file is in `reports`, `agencies` or `rejects`, or counted as one about
        agencies.

    Raises
    ------
    InputError
        When the file cannot be used at all: missing, empty, cut off, of no known format, axes
        swapped throughout.
    """
    chosen = settings or Settings()
    if date is not None:
        chosen = replace(chosen, date=date)
    _refuse(chosen, encoding)
    if isinstance(path, pd.DataFrame):
        return _of_frame(path, clean(source_id or "table")[0] or "table", chosen, progress, caps)
    # a file may be called anything, and its name goes into ids
    source = clean(source_id or label(stem(Path(path))))[0] or "file"
    options = {"encoding": encoding, "columns": list(chosen.columns)}

    def once(meant: total.Meanings) -> total.Total:
        collected = total.Total(str(path), source, chosen, meant)
        with ExitStack() as stack:
            parts = list(_parts(path, caps, collected, stack))
            for name, checked in parts:
                try:
                    for table in readers.read_tables(checked, options):
                        _take(collected, table, name, checked, progress)
                except InputError as error:
                    if len(parts) == 1:
                        raise _named(error, path, checked, name) from None
                    collected.skip(name, error.what)
        return collected

    with _few_collections():
        return _result(_settled(once), caps)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Keep the collector from going through all rows again and again while they become reports:
    rows hold no cycles. What is young is still collected."""
    before = gc.get_threshold()
    gc.set_threshold(*before[:2], max(before[2], _SELDOM))
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _settled(once: Callable[[total.Meanings], total.Total]) -> total.Total:
    """Read a file; where its last rows say that a column means something else than its first rows
    did, read it once more by what all of them say (S3, S6)."""
    collected = once({})
    return once(collected.turned_out) if collected.turned_out else collected


def _of_frame(
    frame: pd.DataFrame,
    source: str,
    settings: Settings,
    progress: Progress | None,
    caps: intake.Caps,
) -> Read:
    checked = Checked(Path(source), "table", size=sys.maxsize, caps=caps)

    def once(meant: total.Meanings) -> total.Total:
        collected = total.Total(source, source, settings, meant)
        _take(collected, frames.table_of(frame), "", checked, progress)
        return collected

    return _result(_settled(once), caps)


def _refuse(settings: Settings, encoding: str | None) -> None:
    """Refuse settings that mean nothing: they would be passed over without a word."""
    if settings.crs:
        grids.check_crs(settings.crs)
    if settings.state and settings.state.strip().upper() not in {
        name.upper() for pair in vocabulary.states().items() for name in pair
    }:
        raise InputError(
            f"no state is called {settings.state}", fix="write its postal code, like TX"
        )
    if encoding is not None:
        try:
            "".encode(encoding)
        except (LookupError, ValueError):
            raise InputError(
                f"{encoding} is no text encoding", fix="write it like utf-8 or cp1252"
            ) from None


def stem(path: Path) -> str:
    """Return the name of a file without its endings.

    >>> stem(Path("x/us-2026-01.json.gz"))
    'us-2026-01'
    """
    return path.name.split(".")[0] or path.name


def _parts(
    path: str | os.PathLike[str], caps: intake.Caps, collected: total.Total, stack: ExitStack
) -> Iterator[tuple[str, Checked]]:
    """Yield (name of the part, checked file): one for a plain file, else one per member."""
    if os.path.isdir(path):  # noqa: PTH112
        yield from _folder(Path(path), caps, collected)
        return
    checked = intake.check_file(path, caps=caps)
    if checked.packing and checked.kind not in _PACKED_BY_READER:
        checked = _unpacked(checked, stack)
    if checked.kind != "zip":
        yield "", checked
        return
    checked = replace(checked, kind=archives.kind(checked))
    if checked.kind not in ("zip", "kmz"):
        yield "", checked
        return
    members = stack.enter_context(archives.members(checked))
    readable = [
        m for m in members if not (checked.kind == "kmz" and not m[0].lower().endswith(".kml"))
    ]
    for name, file in readable:
        yield from _member(name, file, checked, collected, stack, of=len(readable))
    if not readable:
        raise InputError(
            "the archive holds no data files",
            where=checked.path,
            fix="unpack it and hand in the file of cameras",
        )


def _member(
    name: str,
    file: Path,
    archive: Checked,
    collected: total.Total,
    stack: ExitStack,
    *,
    of: int,
) -> Iterator[tuple[str, Checked]]:
    """Yield a member that can be read; of a KMZ in a zip its maps, and no archive deeper down.

    `of`: members there are; together they may unpack to what one may."""
    inner: list[tuple[str, Path]] = []
    try:
        member = intake.check_file(file, caps=archive.caps)
        if member.kind == "zip":
            member = replace(member, kind=archives.kind(member))
            if member.kind == "kmz" and archive.kind == "zip":
                share = archive.caps.ratio_from_bytes // of
                caps = replace(archive.caps, ratio_from_bytes=share)
                maps = stack.enter_context(archives.members(replace(member, caps=caps)))
                inner = [m for m in maps if m[0].lower().endswith(".kml")]
            elif member.kind in ("zip", "kmz"):
                raise InputError(
                    "an archive inside an archive is not opened", fix="unpack it first"
                )
        if member.packing and member.kind not in _PACKED_BY_READER:
            raise InputError("a packed file inside an archive is not opened", fix="unpack it first")
    except InputError as error:
        if of == 1:
            raise InputError(error.what, where=archive.path, fix=error.fix) from None
        collected.skip(name, error.what)
        return
    if not inner:
        yield ("" if of == 1 else name), member
    for part, kml in inner:
        label = "" if of == len(inner) == 1 else f"{name}/{part}"
        yield from _member(label, kml, member, collected, stack, of=of + 1)


def _folder(
    folder: Path, caps: intake.Caps, collected: total.Total
) -> Iterator[tuple[str, Checked]]:
    found = 0
    for file in sorted(folder.iterdir()):
        if not file.is_file() or file.name.startswith("."):
            continue
        try:
            checked = intake.check_file(file, caps=caps)
        except InputError as error:
            collected.skip(file.name, error.what)
            continue
        if checked.kind == "photo" or (
            checked.kind == "json" and file.suffix.lower() == ".geojson"
        ):
            found += 1
            yield file.name, checked
        else:
            collected.skip(
                file.name, "neither a photo nor a .geojson of sightings; pass data files by name"
            )
    if not found:
        raise InputError(
            "is a folder without photos or sightings (.geojson)",
            where=folder,
            fix="pass the files in it",
        )


def _unpacked(checked: Checked, stack: ExitStack) -> Checked:
    """Return the plain file of a packed one, in a private folder that goes away afterwards."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="alprmap-"))
    plain = Path(folder) / Path(checked.path.name).stem
    archives.unpack(checked, plain)
    inner = intake.check_file(plain, caps=checked.caps)
    if inner.packing:
        raise InputError("is packed twice", where=checked.path, fix="unpack it once")
    return inner


def _take(
    collected: total.Total, table: Table, name: str, checked: Checked, progress: Progress | None
) -> None:
    part = collected.label("/".join(p for p in (name, table.name) if p))
    rows = iter(table.rows)
    first = next(rows, None)
    taken = collected.start(table, part, checked, first)
    for batch in _batches(itertools.chain([] if first is None else [first], rows), BATCH_ROWS):
        taken.add(batch)
        (progress or steps.tell)(f"read {checked.path.name}", collected.rows, 0)
    taken.close()


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield lists of rows, `size` each but for the first few: work begins while the child parses
    on."""
    iterator, now = iter(rows), max(1, size // 8)
    while batch := list(itertools.islice(iterator, now)):
        yield batch
        now = min(size, 2 * now)


def _named(
    error: InputError, path: str | os.PathLike[str], checked: Checked, name: str
) -> InputError:
    """Return the error with the file the user named, where it happened in one we made."""
    if str(error.where) != str(checked.path) or str(checked.path) == str(path):
        return error
    return InputError(
        f"{name}: {error.what}" if name else error.what, where=path, row=error.row, fix=error.fix
    )


def _result(collected: total.Total, caps: intake.Caps) -> Read:
    if collected.unmet and collected.rows:
        has = ", ".join([n for n in collected.names if not n.startswith("$")][:40])
        raise InputError(
            f"no column is called {min(collected.unmet)}", where=collected.file, fix=f"it has {has}"
        )
    if collected.skipped and not collected.formats:
        name, reason = next(iter(collected.skipped.items()))
        raise InputError(f"{name}: {reason}", where=collected.file)
    frame = collected.frame()
    reports = schema.conform(frame, "reports")
    rejects = pd.DataFrame(collected.rejects, columns=list(total.REJECT_COLUMNS)).astype("str")
    if collected.rows and collected.rows == collected.why["no position"]:
        raise InputError(
            "has neither coordinates nor places in words",
            where=collected.file,
            fix="it needs columns such as latitude and longitude, or intersection or address",
        )
    own = collected.cameras
    return Read(
        reports,
        rejects,
        collected.counts(reports),
        collected.agencies(),
        pd.concat(own, ignore_index=True) if own else pd.DataFrame(),
    )
