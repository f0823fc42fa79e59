"""`alprmap start`, `alprmap init`: from the files somebody has to a project, a page, a report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alprmap.cli import common
from alprmap.cli.build import DEFAULT_PROJECT, LangOpt, refuse_unspoken, run_build
from alprmap.text import out_of

if TYPE_CHECKING:
    from alprmap.build import Proposal

FilesArg = Annotated[
    list[Path],
    typer.Argument(
        readable=False,
        help="What you have: cameras, records, roads, people, sharing records, in any order;"
        " a folder stands for its files.",
    ),
]
AreaOpt = Annotated[
    str | None,
    typer.Option(
        "--area", help='"Franklin County, Ohio", a town, a state, or west,south,east,north.'
    ),
]
ProjectOpt = Annotated[
    Path, typer.Option("--project", readable=False, help="The project file that is written.")
]
YesOpt = Annotated[bool, typer.Option("--yes", "-y", help="Take the proposals, ask nothing.")]


def start(
    files: FilesArg,
    area: AreaOpt = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", readable=False, help="Result folder; it is replaced whole. [default: NAME-map]"
        ),
    ] = None,
    project: ProjectOpt = DEFAULT_PROJECT,
    lang: LangOpt = None,
    no_build: Annotated[
        bool, typer.Option("--no-build", help="Write the project file and stop there.")
    ] = False,
    yes: YesOpt = False,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Look at files, say what they allow and what is missing, write alprmap.toml, build."""
    refuse_unspoken(lang)
    go = _prepare(files, area, project, yes=yes, force=force, as_json=as_json and no_build)
    if no_build or not go:
        common.note(f"to build it: alprmap build {project}")
        return
    run_build(project, out, None, None, lang=lang, as_json=as_json)


def init(
    files: FilesArg,
    area: AreaOpt = None,
    project: ProjectOpt = DEFAULT_PROJECT,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Look at files and write a commented alprmap.toml for them (`start --no-build`)."""
    _prepare(files, area, project, yes=True, force=force, as_json=as_json)
    common.note(f"to build it: alprmap build {project}")


def _prepare(
    files: list[Path], area: str | None, project: Path, *, yes: bool, force: bool, as_json: bool
) -> bool:
    """Write the project file; return whether the person wants it built."""
    common.refuse_overwrite(project, force)
    common.warm("alprmap.sources.formats.jsons", "alprmap.sources.formats.tables")
    from alprmap.build import (
        project_schema,
        project_text,
        propose_project,
        recognize_files,
        undated_files,
        with_date,
    )
    from alprmap.store import together, write_bytes, write_json

    known = recognize_files(files)
    plan = propose_project(known, area=area)
    asked = _is_asked(yes=yes, as_json=as_json)
    if not as_json:
        _screen(plan)
    if asked and area is None:
        answer = common.prompt("Area (Enter takes the proposal)", default=plan.area or "all")
        if answer not in (plan.area, "all"):
            plan = propose_project(known, area=answer)
    if asked and (undated := undated_files(plan)):
        answer = common.prompt(
            f"Date of {', '.join(undated)}, such as 2026-01 (Enter: not known)",
            default="",
            show_default=False,
        )
        plan = with_date(plan, answer.strip())
    # editors that know TOML complete and check the file by it, without a network
    beside = project.with_name(f"{project.stem}.schema.json")
    with together(project):
        text = project_text(plan, project.parent, schema_file=beside.name)
        write_bytes(project, text.encode())
        write_json(beside, project_schema())
    _written(plan, project, as_json=as_json)
    return not asked or common.confirm("Build now?")


def _is_asked(*, yes: bool, as_json: bool) -> bool:
    """Tell whether a person sits at the terminal who wants to be asked."""
    return not yes and not as_json and sys.stdin.isatty() and sys.stderr.isatty()


def _screen(plan: Proposal) -> None:
    """Print in one screen what the files are, what they allow and what is missing."""
    from alprmap.build import can, missing

    width = max(len(f.path.name) for f in plan.files)
    common.out("What you have")
    for f in plan.files:
        kinds = " + ".join(f.kinds) or "left out"
        common.line(f"  {kinds:<9} {f.path.name[-60:]:<{min(width, 60)}}  {f.says}")
    common.out("What it gives")
    for use in can(plan):
        common.line(f"  {use}")
    if plan.of("cameras"):
        common.line(f"Area: {_area(plan)}")
    for note in plan.notes:
        common.line(f"Mind: {note}")
    lacking = missing(plan)
    if lacking:
        common.out("What would add more")
    for kind, where in lacking.items():
        first, *rest = where.splitlines()[:4]
        common.line(f"  {kind:<8} {first}")
        for text in rest:
            common.line(f"           {text.strip()}")


def _area(plan: Proposal) -> str:
    name = plan.area or "the whole country"
    if not plan.located:
        return f"{name} ({plan.why})"
    inside = out_of(plan.inside, plan.located, "position", "stands", "stand")
    return f"{name} ({plan.why}; {inside} in it)"


def _written(plan: Proposal, project: Path, *, as_json: bool) -> None:
    from alprmap.build import can, missing

    if not as_json:
        common.note(f"wrote {project}")
        return
    common.result(
        {
            "project": str(project),
            "files": [
                {"file": str(f.path), "is": f.kinds, "says": f.note or f.says} for f in plan.files
            ],
            "area": plan.area,
            "area_because": plan.why,
            "located": plan.located,
            "in_the_area": plan.inside,
            "gives": can(plan),
            "missing": missing(plan),
            "notes": plan.notes,
        },
        as_json=True,
    )
