"""`alprmap read`: any source file becomes reports; what could not be used stands in the rejects
file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.errors import InputError, UsageError, one_line
from alprmap.text import number_of

if TYPE_CHECKING:
    from alprmap.sources import Read, Settings

Pairs = list[str] | None
_SHOWN = 30
"""Columns without a meaning that are named on the screen."""


def read(
    files: common.FilesArg,
    out: common.Out = None,
    source_id: Annotated[
        str | None, typer.Option("--source", help="Name of the source, for one file.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", help="ISO date that the whole file vouches for.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Text encoding of a CSV.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option("--crs", help="System of x and y columns, like EPSG:2276.")
    ] = None,
    area: Annotated[
        str | None,
        typer.Option(
            "--area",
            help='Where they stand, for swapped axes and lost signs: "Ohio", w,s,e,n, a GeoJSON;'
            " world repairs none.",
        ),
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Postal code, to tell State Plane zones.")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="What all its cameras are: alpr, speed …")
    ] = None,
    evidence: Annotated[
        str | None,
        typer.Option("--evidence", help="Class of evidence, where rows do not say: record …"),
    ] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="standing, planned …, where rows do not say.")
    ] = None,
    operator: Annotated[
        str | None, typer.Option("--operator", help="Who runs them, where rows do not say.")
    ] = None,
    column: Annotated[
        Pairs,
        typer.Option(
            "--column", help="NAME=FIELD: what a column holds (lat, lon, place, operator …)."
        ),
    ] = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Read any source file into reports; print what came in and out, and why rows were refused."""
    common.refuse_overwrite(out, force, kind="table")
    if source_id is not None and len(files) > 1:
        raise UsageError(
            "--source names one source, but several files were given", fix="read them one by one"
        )
    common.warm("alprmap.sources.formats.jsons", "alprmap.sources.formats.tables")
    import pandas as pd

    from alprmap import sources
    from alprmap.geography import is_a_place
    from alprmap.personal import handed_on
    from alprmap.store import hand_on, together, write_table

    settings = _settings(date, crs, area, state, device, operator, column, evidence, status)
    done = []
    for file in files:
        with common.stdin_as_file(file) as path:
            name = source_id or ("stdin" if str(file) == "-" else None)
            done.append(
                sources.read(
                    path,
                    source_id=name,
                    encoding=encoding,
                    settings=settings,
                )
            )
    _distinct(done, files)
    _refuse_nothing(done, files)
    if out is not None:
        rejects = out.with_name(f"{out.stem}.rejects.csv")
        with together(out):
            reports = pd.concat([d.reports for d in done], ignore_index=True)
            hand_on(handed_on(reports, is_a_place=is_a_place), out)
            write_table(pd.concat([d.rejects for d in done], ignore_index=True), rejects)
        common.note(f"wrote {out} and {rejects}")
    if as_json:
        files_read = [{**d.tally, "file": str(f)} for d, f in zip(done, files, strict=True)]
        common.result({"files": files_read, **_counted(done)}, as_json=True)
        _exit_when_cut(done)
        return
    common.result(pd.DataFrame([_line(d, f) for d, f in zip(done, files, strict=True)]))
    _details(done, files)
    from alprmap.claims import counted_sentence

    told = _counted(done)
    common.line(f"counted: {counted_sentence(told['standing'], told['set_aside'])}")
    _exit_when_cut(done)


def _exit_when_cut(done: list[Read]) -> None:
    """End with 3 where a file says that its server held back a part of the list."""
    if any(d.tally["cut"] for d in done):
        raise typer.Exit(common.EXIT_REVIEW)


def _settings(
    date: str | None,
    crs: str | None,
    area: str | None,
    state: str | None,
    device: str | None,
    operator: str | None,
    column: Pairs,
    evidence: str | None,
    status: str | None,
) -> Settings:
    from alprmap import schema
    from alprmap.sources import Settings, parse_date

    if date is not None and parse_date(date) is None:
        raise UsageError(f"--date {date} is no date", fix="write it like 2026-01-28")
    for option, word, known in (
        ("--device", device, schema.DEVICE),
        ("--evidence", evidence, schema.EVIDENCE),
        ("--status", status, schema.STATUS),
    ):
        if word is not None and word not in known:
            raise UsageError(f"{option} {word} is not known", fix=f"one of {', '.join(known)}")
    columns = {}
    for pair in column or ():
        name, equals, field = pair.rpartition("=")
        if not equals or not name:
            raise UsageError(
                f"--column {pair} is not NAME=FIELD", fix='for example --column "Site Lat=lat"'
            )
        columns[name] = field
    more: dict[str, Any] = {} if area is None else {"boxes": _boxes(area)}
    day = None if date is None else parse_date(date)
    return Settings(
        crs=crs,
        date=day,
        device=device,
        evidence=evidence,
        status=status,
        operator=operator,
        state=state,
        columns=columns,
        **more,
    )


def _counted(done: list[Read]) -> dict[str, Any]:
    """Return how many reports speak of standing readers, and of what else, by the one policy."""
    from alprmap.merge import why_set_aside

    standing, aside = 0, Counter[str]()
    for result in done:
        reason = why_set_aside(result.reports)
        standing += int(reason.isna().sum())
        aside.update({str(k): int(n) for k, n in reason.value_counts().items()})
    return {"standing": standing, "set_aside": dict(aside)}


def _boxes(area: str) -> tuple[tuple[float, float, float, float], ...]:
    from alprmap.geography import parse_area

    return () if area == "world" else (parse_area(area).bounds,)


def _refuse_nothing(done: list[Read], files: list[Path]) -> None:
    """Refuse a file of which no row could be used, with the commonest reason."""
    for result, file in zip(done, files, strict=True):
        counts = result.tally
        if not counts["rows"]:
            raise InputError(
                "holds no records", where=file, fix="check that what was asked for was saved"
            )
        if counts["rejected"] and not counts["reports"] and not counts["about_agencies"]:
            rule = max(counts["why"], key=counts["why"].__getitem__)
            reason = result.rejects["reason"].iloc[0]
            raise InputError(
                f"none of its {number_of(counts['rows'], 'row')} could be used: {rule}",
                where=file,
                fix=f"the first of them: {reason}",
            )


def _distinct(done: list[Read], files: list[Path]) -> None:
    """Refuse two files whose reports would have the same ids."""
    named: dict[str, Path] = {}
    for result, file in zip(done, files, strict=True):
        for source in result.reports["source_id"].unique():
            if source in named:
                raise InputError(
                    f"has the same source name as {named[source]} ({source})",
                    where=file,
                    fix="rename one, or read them one by one with --source",
                )
            named[str(source)] = file


def _line(result: Read, file: Path) -> dict[str, Any]:
    counts = result.tally
    why = ", ".join(f"{n:,} {rule}" for rule, n in counts["why"].items())
    return {
        "file": one_line(file.name),
        "format": counts["format"],
        "rows": counts["rows"],
        "reports": counts["reports"],
        "located": counts["located"],
        "about agencies": counts["about_agencies"],
        "rejected": counts["rejected"],
        "why": why or None,
    }


def _names(unused: list[str]) -> str:
    """Return names of columns for one line of the screen; the counts hold all of them."""
    more = len(unused) - _SHOWN
    shown = ", ".join(one_line(name) for name in unused[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _details(done: list[Read], files: list[Path]) -> None:
    """Print what was changed, dropped, skipped and stays unknown, one line each."""
    for result, file in zip(done, files, strict=True):
        counts = result.tally
        where = f"{file.name}: " if len(files) > 1 else ""
        for what, number in counts["changes"].items():
            common.line(f"{where}changed: {number:,} × {what}")
        for name, number in counts["dropped"].items():
            common.line(f"{where}dropped at the door: column {name} ({number_of(number, 'value')})")
        for part, what in counts["noted"].items():
            common.line(f"{where}note: {part}: {what}")
        for part, reason in counts["cut"].items():
            common.line(f"{where}incomplete: {part}: {reason}; fetch the rest and read it too")
        for part, reason in counts["skipped"].items():
            common.line(f"{where}not read: {part}: {reason}")
        if counts["unused"]:
            common.line(f"{where}not used: {_names(counts['unused'])}")
        for hint in counts["hints"]:
            common.line(f"{where}{hint}")
        unknown = ", ".join(f"{name} {n:,}" for name, n in counts["unknown"].items() if n)
        if unknown:
            common.out(f"{where}unknown: {unknown} of {number_of(counts['reports'], 'report')}")
