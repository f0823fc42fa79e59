"""Defaults of commands from the project file of the folder: ``[command.NAME]`` with option = value.

The folder may come from a stranger. Its file says what is measured and from which files; where a
result goes, what it replaces, the network and finished parts are for the person at the keyboard to
say."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from alprmap.cli import grammar
from alprmap.errors import InputError
from alprmap.sandbox import toml_of

MEASURED = frozenset(
    [
        "accept_loss",
        "agencies",
        "agency",
        "anywhere",
        "area",
        "areas",
        "as_json",
        "as_of",
        "before",
        "border",
        "by",
        "camera",
        "cameras",
        "certainty",
        "claims",
        "clear_only",
        "color_by",
        "column",
        "complete",
        "corridor",
        "crs",
        "date",
        "declared",
        "decisions",
        "device",
        "draws",
        "duplicates",
        "embed",
        "encoding",
        "evidence",
        "explain",
        "facing",
        "fictional",
        "gap",
        "groups",
        "half_life",
        "hours",
        "kind",
        "lang",
        "language",
        "level",
        "listed",
        "margin",
        "moved_m",
        "nationwide",
        "network",
        "of",
        "operator",
        "others",
        "pair_points",
        "pair_weight",
        "pairs",
        "place",
        "places",
        "places_list",
        "population",
        "ports",
        "previous",
        "private",
        "radii",
        "range_m",
        "roads",
        "same_ids",
        "sensitive",
        "service",
        "searches",
        "shares",
        "source",
        "source_id",
        "state",
        "status",
        "subtitle",
        "table",
        "tag",
        "timezone",
        "title",
        "to",
        "to_bodies",
        "to_day",
        "tracks",
        "traffic",
        "trips",
        "unit",
        "width_deg",
        "workers",
        "zone",
    ]
)
"""Options a project file may set: they choose what is read, measured and shown, and write nowhere.
An option that is not on this list is refused there, a new one too until it is put on it."""

WRITES = frozenset({"command.sighting.add.to"})
"""Options that write although those of the same name do not."""


def of_project(commands: Any, folder: Path | None = None) -> dict[str, Any]:
    """Return the defaults of commands from the ``[command.NAME]`` tables of ./alprmap.toml, if
    there is one.

    `commands` is the group they belong to; a key is an option's name with or without its dashes.

    Raises
    ------
    InputError
        When the file is no project file, or names a command or option that does not exist.
    """
    path = (folder or Path()) / "alprmap.toml"
    if not path.is_file() or not path.stat().st_size:
        return {}
    return _defaults(toml_of(path).get("command", {}), commands, "command", path)


def _current(place: str, key: str) -> str:
    """Return the name of an option as its parameter has it; an old one is told."""
    command = place.removeprefix("command.").replace(".", " ")
    return grammar.current(command, f"--{key.replace('_', '-')}").lstrip("-").replace("-", "_")


def _defaults(table: Any, command: Any, place: str, path: Path) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise InputError(
            f"{place} is no table", where=path, fix=f"write [{place}] and its options below it"
        )
    inner = getattr(command, "commands", None)
    named = {name: name for name in inner or ()} or {
        name.lstrip("-").replace("-", "_"): p.name
        for p in command.params
        for name in (*p.opts, p.name)
    }
    found = {}
    for key, value in table.items():
        name = key if inner else _current(place, key)
        if name not in named:
            near = get_close_matches(name, named, n=1)
            raise InputError(
                f"{place} has no {key}",
                where=path,
                fix=(
                    f"did you mean {near[0].replace('_', '-')}?"
                    if near
                    else "see `alprmap --help` for the names"
                ),
            )
        if not inner and (named[name] not in MEASURED or f"{place}.{name}" in WRITES):
            raise InputError(
                f"{place} may not set {key}: this file says what is measured, not what is written"
                " or replaced",
                where=path,
                fix=f"remove it there and pass --{key.replace('_', '-')} yourself",
            )
        found[named[name]] = (
            _defaults(value, inner[name], f"{place}.{key}", path) if inner else value
        )
    return found
