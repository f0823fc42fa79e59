"""What holds for every command alike: where its environment variables stand, and the options that
may be given before it or after it (`-q`, `-v`, `--debug`).

An option is also read from `ALPRMAP_<COMMAND>_<OPTION>` (`ALPRMAP_REACH_BORDER`,
`ALPRMAP_SIGHTING_NEW_AT`) and from no other variable: a name such as ALPRMAP_VERSION that somebody
sets for a reason of their own changes nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from alprmap.cli import common

HELP = {
    "debug": "Show the traceback of an error.",
    "quiet": "No progress on stderr.",
    "verbose": "Say on stderr which settings are in force, and why.",
}
"""What the options say that stand before or after every command."""


OLD = {
    "coverage": {"--cordon": "--zone", "--radii-km": "--radii", "--corridor-km": "--corridor"},
    "map": {"--colour-by": "--color-by"},
    "sighting new": {"--licence": "--license"},
}
"""Command → old name of an option → the one it has now. The old one works for one release, with a
line on stderr: on the command line, in the environment and in alprmap.toml."""

PIPED = {"map": ".html", "form": ".html", "new": ".geojson", "export": ".osm"}
"""What `--out -` writes to stdout where it is no CSV; what goes beside is left out."""


def variable(command_path: str, option: str) -> str:
    """Return the environment variable of an option, from the words of its command.

    >>> variable("alprmap sighting new", "--at")
    'ALPRMAP_SIGHTING_NEW_AT'
    """
    words = [*command_path.split()[1:], option.lstrip("-")]
    return "_".join(["ALPRMAP", *words]).replace("-", "_").upper()


def _words_of(ctx: Any) -> str:
    """Return the words that call a command, however the program itself was called."""
    words = []
    while ctx.parent is not None:
        words.append(str(ctx.info_name))
        ctx = ctx.parent
    return " ".join(reversed(words))


def current(place: str, word: str) -> str:
    """Return an option, with its value or without, by the name it has now; an old one is told."""
    old, mark, value = word.partition("=")
    new = OLD.get(place, {}).get(old)
    if new is None:
        return word
    renamed(old, new)
    return f"{new}{mark}{value}"


def renamed(old: str, new: str) -> None:
    """Say that a name changed."""
    common.note(f"{old} is now {new}; the old name goes with the next release")


def _keep(param: typer.CallbackParam, value: bool) -> bool:
    if value:
        setattr(common.STATE, str(param.name), True)
    return value


def _beside(name: str, *spellings: str) -> Any:
    return typer.Option(*spellings, help=HELP[name], expose_value=False, callback=_keep)


def _flags(
    debug: Annotated[bool, _beside("debug", "--debug")] = False,
    quiet: Annotated[bool, _beside("quiet", "--quiet", "-q")] = False,
    verbose: Annotated[bool, _beside("verbose", "--verbose", "-v")] = False,
) -> None:
    """Hold the options that every command takes; it is never run."""


def everywhere() -> list[Any]:
    """Return those options, made anew: an option belongs to one command."""
    app = typer.Typer(add_completion=False)
    app.command()(_flags)
    return [p for p in get_command(app).params if not p.is_eager]


class Command(TyperCommand):
    """A command that says under `-v` which settings it runs with and where each came from."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words, those of the last release too."""
        place = _words_of(ctx)
        for old, new in OLD.get(place, {}).items():
            was, now = (variable(f"alprmap {place}", name) for name in (old, new))
            if value := os.environ.get(was):
                renamed(was, now)
                os.environ.setdefault(now, value)
        return super().parse_args(ctx, [current(place, word) for word in args])

    def invoke(self, ctx: Any) -> Any:
        """Run the command; see `alprmap -v`."""
        if common.STATE.verbose:
            for name, value in ctx.params.items():
                if (origin := _origin(ctx, name)) != "default":
                    common.detail(f"{name.replace('_', '-')} = {_shown(value)} ({origin})")
            unset = [n for n in ctx.params if _origin(ctx, n) == "default"]
            if unset:
                common.detail(f"by default: {', '.join(n.replace('_', '-') for n in unset)}")
        if str(ctx.params.get("out")) != "-":
            return super().invoke(ctx)
        with tempfile.TemporaryDirectory(prefix="alprmap-") as folder:
            name = ctx.command_path.replace(" ", "-") + PIPED.get(self.name or "", ".csv")
            ctx.params["out"] = file = Path(folder) / name
            try:
                with redirect_stdout(sys.stderr):
                    return super().invoke(ctx)
            finally:
                # a review that waits (exit 3) is raised, and the result is there all the same
                if file.is_file():
                    sys.stdout.flush()
                    sys.stdout.buffer.write(file.read_bytes())
                    sys.stdout.buffer.flush()


class Commands(TyperGroup):
    """A group whose commands get their environment variables, and the options of `HELP`."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by name, dressed once."""
        command = super().get_command(ctx, cmd_name)
        if command is None or "_dressed" in vars(command):
            return command
        path = f"{ctx.command_path} {cmd_name}" if ctx.parent else f"alprmap {cmd_name}"
        for param in command.params:
            if isinstance(param, TyperOption) and not param.is_eager:
                longest = max(param.opts, key=len)
                param.envvar = variable(path, longest)
                param.show_envvar = True
        if not isinstance(command, TyperGroup):
            taken = {o for p in command.params for o in p.opts}
            command.params += [p for p in everywhere() if not taken & set(p.opts)]
        vars(command)["_dressed"] = True
        return command


def _origin(ctx: Any, name: str) -> str:
    source = ctx.get_parameter_source(name)
    return str(getattr(source, "name", source)).lower().replace("commandline", "command line")


def _shown(value: Any) -> str:
    values = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(str(getattr(v, "value", v)) for v in values)
