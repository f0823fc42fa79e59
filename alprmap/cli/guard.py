"""What holds around any command: no input stands where its result goes, there is memory, and on a
terminal the person sees how far it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from alprmap.cli import bars, common, memory
from alprmap.errors import InputError, UsageError

WRITTEN = ("out", "plot_out", "png", "figure")
"""Options that name a file to write."""
RENEWED = ("previous",)
"""Inputs that a result may replace: the cameras of an earlier merge are what `merge --previous`
renews.
"""


def guarded(command: Callable[..., Any], *, light: bool = False) -> Callable[..., Any]:
    """Return a command that refuses to write over what it reads, and to begin where memory is too
    short, and that shows on a terminal how far it is.

    A `light` command loads no library and runs anyway.
    """

    @functools.wraps(command)
    def run(**given: Any) -> Any:
        refuse_own_input(given)
        memory.prepare()
        if not light and (why := memory.too_little()):
            raise InputError(why)
        with bars.shown(command.__name__.rstrip("_"), quiet=common.STATE.quiet):
            return command(**given)

    return run


def refuse_own_input(given: dict[str, Any]) -> None:
    """Refuse a result that would replace a file it is made from, with --force too.

    Raises
    ------
    UsageError
        When an option of `WRITTEN` names a file that another option or argument names, by whatever
        path.
    """
    read = {name: value for name, value in given.items() if name not in (*WRITTEN, *RENEWED)}
    for option in WRITTEN:
        target = given.get(option)
        if not isinstance(target, Path):
            continue
        for source in _paths(list(read.values())):
            if _is_same(target, source):
                flag = f"--{option.replace('_', '-')}"
                raise UsageError(
                    f"is read and would be replaced by {flag}, --force or not",
                    where=source,
                    fix=f"choose another {flag}",
                )


def _paths(values: Any) -> Iterator[Path]:
    if isinstance(values, Path):
        yield values
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from _paths(value)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other) and one.is_file()
    except (OSError, ValueError):
        return False
