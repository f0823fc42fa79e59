"""The command line: parse, call one function, print, exit. Each command has a room of its own here.

``COMMANDS`` is the registry: command name → "module:function". A group of commands (``sighting``)
names a ``typer.Typer``. Modules here import nothing heavy at the top, so that ``--help`` and
completion stay quick."""

from __future__ import annotations

import importlib
import sys
from typing import Annotated

import typer

from alprmap.cli import common, defaults, guard
from alprmap.cli.grammar import HELP, Command, Commands

COMMANDS: dict[str, str] = {
    "demo": "build:demo",
    "start": "start:start",
    "init": "start:init",
    "build": "build:build",
    "read": "read:read",
    "locate": "locate:locate",
    "merge": "merge:merge",
    "roads": "roads:roads",
    "watch": "watch:watch",
    "coverage": "coverage:coverage",
    "route": "route:route",
    "reach": "reach:reach",
    "access": "access:access",
    "searches": "searches:searches",
    "completeness": "completeness:completeness",
    "diff": "diff:diff",
    "map": "map:map_",
    "report": "report:report",
    "sighting": "sighting:app",
    "doctor": "doctor:doctor",
}
"""Command → "room:function" under alprmap.cli, in the order of the help text."""

LIGHT: tuple[str, ...] = ()
"""Commands that load no library."""

SHORT = {
    "demo": "Run the whole flow on the bundled fictional county, offline.",
    "start": "From your files to a map and a report: start with this one.",
    "init": "Look at files and write alprmap.toml, without building.",
    "build": "Run the whole flow of a project; only what changed is redone.",
    "read": "Read any source file into reports; say what was refused.",
    "locate": "Find the point of a place in words, or of a table of them.",
    "merge": "Merge reports into cameras, each decision explained.",
    "roads": "Turn an OSM extract into a table of roads.",
    "watch": "Find which direction of which road each camera reads.",
    "coverage": "Where a driver is followed: corridors, gaps, zones, trips.",
    "route": "Readers passed on the fastest way, and the way with fewest.",
    "reach": "Measure how far cameras stand from the named borders.",
    "access": "Tell which cameras a body can look through.",
    "searches": "Count who searched, how widely and why, from audit logs.",
    "completeness": "How many readers stand that the map lacks.",
    "diff": "What was added, removed, moved, changed between two files.",
    "map": "Draw cameras on one page that opens from disk.",
    "report": "Write a report with figures and claims from a result folder.",
    "sighting": "Hand in a reader you saw, without an account or a trace.",
    "doctor": "Print versions, limits, and the dates of the shipped data.",
}
"""What `alprmap --help` says of a command: whole on 80 columns, where its first sentence would be
cut. """

app = typer.Typer(
    name="alprmap",
    cls=Commands,
    help=(
        "How far license-plate surveillance reaches: along which roads, how far inland, and who can"
        " look."
    ),
    epilog=(
        "stdout is the result, stderr is progress. Exit codes: 0 fine, 1 bad input, 2 usage, 3 done"
        " but a review queue waits, 4 disk or permission, 5 another run holds the folder, 130"
        " interrupted."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from alprmap import __version__

        common.out(f"alprmap {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help=HELP["debug"])] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=HELP["quiet"])] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help=HELP["verbose"]),
    ] = False,
) -> None:
    common.STATE.debug, common.STATE.quiet, common.STATE.verbose = debug, quiet, verbose
    ctx.call_on_close(_release)
    # flags beat ALPRMAP_<COMMAND>_<OPTION> variables beat alprmap.toml beat defaults: the parser
    # knows that order itself
    ctx.default_map = defaults.of_project(ctx.command)


def _release() -> None:
    """Give back the outputs that the command held."""
    if locks := sys.modules.get("alprmap.store.locks"):
        locks.release()


def _register() -> None:
    for name, target in COMMANDS.items():
        module, _, attribute = target.partition(":")
        entry = getattr(importlib.import_module(f"alprmap.cli.{module}"), attribute)
        if isinstance(entry, typer.Typer):
            for inner in entry.registered_commands:
                if inner.callback is not None:
                    inner.callback = guard.guarded(inner.callback)
            app.add_typer(entry, name=name, short_help=SHORT[name])
        else:
            dress = app.command(name, cls=Command, short_help=SHORT[name])
            dress(guard.guarded(entry, light=name in LIGHT))


_register()


def main() -> None:
    """Run the command line and exit with the code of docs/cli.md."""
    sys.exit(common.run(app))
