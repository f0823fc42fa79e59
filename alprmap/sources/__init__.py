"""Floor 1: a file becomes reports.

    read(path)  any source file → `Read(reports, rejects, counts)`

The way of a file: `intake` says whether it may come in and what it is, a reader turns it into plain rows (on the
far side of a `wall` where the parser is not Python's own), `normalise` turns rows into reports by the tables of
data/aliases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alprmap.sources.door import Read, read
    from alprmap.sources.settings import Settings

__all__ = ["Read", "Settings", "read"]


def __getattr__(name: str) -> Any:
    # the child process imports readers from here and must not pay for pandas
    if name in ("Read", "read"):
        from alprmap.sources import door

        return getattr(door, name)
    if name == "Settings":
        from alprmap.sources.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
