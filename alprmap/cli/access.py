"""`alprmap access`: who can look through the cameras (A1–A3)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from alprmap.cli import common
from alprmap.errors import UsageError

Files = list[Path]


def access(
    cameras: common.CamerasArg,
    agencies: Annotated[
        Files | None,
        typer.Option(
            "--agencies", help="Agency lists: registry, network GeoJSON, CSV; repeatable."
        ),
    ] = None,
    shares: Annotated[
        Files | None,
        typer.Option("--shares", help="Who shares with whom: portals, access table; repeatable."),
    ] = None,
    to_bodies: Annotated[
        list[str] | None,
        typer.Option(
            "--to", help="The body that looks, by name or agency id; of several, each and all."
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="All bodies of a kind: federal, state, county, city …"),
    ] = None,
    of: Annotated[
        list[str] | None,
        typer.Option("--of", help="What this agency declares, and shares; repeatable."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Only shares on record on this date (ISO).")
    ] = None,
    areas: common.AreasOpt = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            help="A list of agencies, FILE or NAME=FILE: 287(g) agreements, task forces …;"
            " repeatable.",
        ),
    ] = None,
    searches: Annotated[
        Files | None,
        typer.Option(
            "--searches",
            readable=False,
            help="Search logs whose reasons show side doors; repeatable.",
        ),
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", help="The path for the camera of this id.")
    ] = None,
    out: common.Out = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Tell which cameras a body can look through: known, inferred, declared but unmapped; one hop
    and two."""
    common.refuse_overwrite(out, force, kind="table")
    refuse_no_day(as_of)
    if not shares and not agencies:
        raise UsageError("no sharing record given", fix="pass --shares FILE, --agencies FILE")
    if not to_bodies and kind is None and not of and areas is None and not tag:
        raise UsageError(
            "say whom", fix="pass --to NAME, --kind KIND, --of NAME, --areas F or --tag F"
        )
    if explain is not None and not to_bodies and kind is None:
        raise UsageError(
            "a path leads to somebody", fix="pass --to NAME or --kind KIND with --explain"
        )
    from alprmap.cli import access_run

    found, opened = access_run.run(
        cameras,
        [*(agencies or []), *(shares or [])],
        to=to_bodies or [],
        kind=kind,
        of=of or [],
        as_of=as_of,
        areas=areas,
        tags=tag or [],
        searches=searches or [],
    )
    files: list[Path] = []
    if out is not None:
        files = found.save(out)
        for path in files:
            common.note(f"wrote {path}")
    else:
        common.note("pass --out F.csv to keep the camera ids behind these numbers")
    if found.found is not None and not found.found.targets:
        common.note(
            f"no record handed in names {found.target}: what it can look through is not known from"
            " these files"
        )
    if explain is not None:
        _story(found.explain(explain), as_json=as_json)
        return
    if as_json:
        common.result(access_run.as_json(found, files) | common.counted(opened), as_json=True)
        return
    for sentence in access_run.sentences(found):
        common.out(sentence)
    for title, table in access_run.shown(found).items():
        common.out(f"\n{title}\n")
        common.result(table)
    common.out("")
    common.say_counted(opened)


def _story(story: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        common.result(story, as_json=True)
        return
    agency = story["agency"] or "no agency of the record"
    common.line(f"{story['camera_id']}: {agency} ({story['class']}: {story['why']})")
    for path in story["paths"]:
        common.line("  " + "; ".join(_step(s) for s in path))
    if story["hops"] is None:
        common.out("  no path on record")


def _step(step: dict[str, Any]) -> str:
    since = step["since"] if isinstance(step["since"], str) else "no date"
    said = f"{step['direction']}, on record {since}, {step['source_record']}"
    return f"{step['from']} lets {step['to']} search ({said})"


def refuse_no_day(text: str | None) -> None:
    """Refuse an --as-of that is no day of the calendar: shares are compared with it as text."""
    from alprmap.sources import is_iso_date

    if text is not None and not (len(text) == 10 and is_iso_date(text)):
        raise UsageError(f"{text} is no date", fix="write it as 2026-04-01")
