"""Defaults of commands from the project file of the folder: ``[command.NAME]`` with option =
value.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from alprmap.errors import InputError
from alprmap.sandbox import toml_of


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
        name = key if inner else key.replace("-", "_")
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
        found[named[name]] = (
            _defaults(value, inner[name], f"{place}.{key}", path) if inner else value
        )
    return found
