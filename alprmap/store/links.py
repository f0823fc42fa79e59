"""Which links a write follows: those in a path that its user named, and no other.

A folder may come from a stranger. A link in it that has the name of a file alprmap writes by itself
(`NAME.views.parquet` beside `NAME.parquet`, a file in a folder of results) would let that stranger
choose which file of the user is replaced; one that leads to nothing, which file is made.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path


def target_of(path: Path, named: Path | None = None) -> Path:
    """Return the file that a write to `path` replaces, after the links it may follow.

    Parameters
    ----------
    path
        Where the write goes.
    named
        The output of the set it belongs to, as its user named it: a file, whose folder the others
        stand in, or a folder. None where `path` itself was named.

    Raises
    ------
    OSError
        When a link leads to nothing, or has a name that alprmap chose.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 (Path.absolute keeps `..`)
    real = Path(os.path.realpath(path))
    dangling = next((p for p in (path, *path.parents) if p.is_symlink() and not p.exists()), None)
    if dangling is not None:
        raise OSError(errno.ELOOP, f"{dangling.name} is a link that leads to nothing; remove it")
    if named is None or real == Path(os.path.realpath(named)):
        return real
    named = Path(os.path.abspath(named))  # noqa: PTH100
    base = named if path.is_relative_to(named) else named.parent
    try:
        plain = Path(os.path.realpath(base)) / path.relative_to(base)
    except ValueError:  # of another place, which was named by itself
        plain = Path(os.path.realpath(path.parent)) / path.name
    if real != plain:
        raise OSError(
            errno.ELOOP, f"is a link, to {real}, and nobody named it as an output; remove it"
        )
    return real
