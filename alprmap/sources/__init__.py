"""Floor 1: a file becomes reports.

    read(path)  any source file → `Read(reports, rejects, counts)`

The way of a file: `intake` says whether it may come in and what it is, a reader turns it into plain rows,
`normalise` turns rows into reports by the tables of data/aliases.
"""

from __future__ import annotations

from alprmap.sources.door import Read, read
from alprmap.sources.normalise import Settings

__all__ = ["Read", "Settings", "read"]
