"""`alprmap build`, `alprmap demo`: from a project file to a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alprmap.cli import common
from alprmap.cli.resume import ResumeOpt, resumed
from alprmap.errors import UsageError
from alprmap.text import number_of, verb

if TYPE_CHECKING:
    from alprmap.build import Outcome, Project
    from alprmap.merge import Cameras

if TYPE_CHECKING:
    from alprmap.merge import Cameras

DEFAULT_PROJECT = Path("alprmap.toml")
LangOpt = Annotated[
    str | None,
    typer.Option(
        "--lang",
        help="Language of the page at first and of the report: en, es. [default: the project's]",
    ),
]


def build(
    project: Annotated[
        Path, typer.Argument(readable=False, help="The project file.")
    ] = DEFAULT_PROJECT,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", readable=False, help="Result folder; it is replaced whole. [default: NAME-map]"
        ),
    ] = None,
    lang: LangOpt = None,
    workers: common.WorkersOpt = None,
    resume: ResumeOpt = None,
    as_json: common.Json = False,
) -> None:
    """Run the whole flow of a project; only what changed is redone."""
    run_build(project, out, resume, workers, lang=lang, as_json=as_json)


def demo(
    out: Annotated[
        Path, typer.Option("--out", readable=False, help="Result folder; it is replaced whole.")
    ] = Path("alprmap-demo"),
    as_json: common.Json = False,
) -> None:
    """Run the whole flow on the bundled fictional county, offline."""
    from alprmap.shipped import data_path

    run_build(data_path("demo/alprmap.toml"), out, None, None, as_json=as_json)


def refuse_unspoken(lang: str | None) -> None:
    """Refuse a language that no page speaks.

    Raises
    ------
    UsageError
        When it is none of `languages()`.
    """
    from alprmap.publish import languages

    if lang is not None and lang not in languages():
        raise UsageError(f"no page speaks {lang!r}", fix=f"use {' or '.join(languages())}")


def _spoken(wanted: Project, lang: str | None) -> Project:
    """Return the project in the language asked for on the command line."""
    refuse_unspoken(lang)
    if lang is None:
        return wanted
    about = wanted.project.model_copy(update={"language": lang})
    return wanted.model_copy(update={"project": about})


def run_build(
    path: Path,
    out: Path | None,
    resume: Path | None,
    workers: int | None,
    *,
    lang: str | None = None,
    as_json: bool,
) -> None:
    """Build a project file into its result folder, print the stages, exit 3 where questions
    wait.
    """
    from alprmap.build import load_project

    # a typo is answered before anything heavy is loaded
    wanted = _spoken(load_project(path), lang)
    common.warm(
        "alprmap.sources.formats.jsons",
        "alprmap.sources.formats.tables",
        "alprmap.roads.behind",
        "alprmap.roads.ways",
    )

    from alprmap.build import build as build_build
    from alprmap.build import plan_stages
    from alprmap.merge import alarms_beside

    out = out or path.parent / f"{wanted.project.name}-map"
    with resumed(resume, out) as parts:
        done = build_build(
            plan_stages(wanted, path.parent, parts=parts, workers=workers),
            out,
            about=wanted.project.model_dump(exclude_none=True),
            parts=parts,
        )
    if done.foreign:
        common.note(
            f"the result in {out} was not made by you on this machine: all of it was made again"
        )
    opened = common.counted_in(out)
    waiting = int(done.manifest["stages"].get("merge", {}).get("rows", {}).get("review", 0))
    if as_json:
        common.result(
            {
                "out": str(out),
                "ran": list(done.ran),
                "reused": list(done.reused),
                "resumed": list(done.resumed),
                **common.counted(opened),
                **done.manifest,
            },
            as_json=True,
        )
    else:
        _tell(done, out, opened)
    for alarm in alarms_beside(out / "cameras.parquet"):
        common.note(f"warning: {alarm}")
    if waiting:
        common.note(
            f"{number_of(waiting, 'question')} {verb(waiting, 'waits', 'wait')} in"
            f" {out / 'cameras.review.csv'}"
        )
        raise typer.Exit(common.EXIT_REVIEW)


def _tell(done: Outcome, out: Path, opened: Cameras | None) -> None:
    """Print what each stage did, the warnings, the sentences and where they are written."""
    from alprmap.build import stage_lines
    from alprmap.publish import warning_text

    for line in stage_lines(done.manifest):
        common.line(line)
    for stage in done.manifest["stages"].values():
        for warning in stage["rows"].get("warnings", ()):
            common.note(f"warning: {warning_text(warning)}")
    for sentence in done.manifest["stages"]["report"]["rows"].get("sentences", ()):
        common.line(f"- {sentence}")
    common.say_counted(opened)
    common.out(f"{'written' if done.ran or done.resumed else 'unchanged'}: {out / 'index.html'}")
    if (out / "private").is_dir():
        common.line(
            f"not to be published: {out / 'private'} holds the words of the sources, which may"
            " name persons"
        )
