"""What every reader hands back: plain rows, one dict per claim, and the name of the format it
saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
"""Raw name → str, int, float or None, as the source has it. Names beginning with ``$`` are the
reader's own: ``$lon``, ``$lat`` (a geometry), ``$row`` (where in the file), ``$shape`` (what the
geometry was), ``$refuse`` (a sentence: why the reader itself could not use the row). Names of the
source go through `outer`."""

INNER = " › "
"""What parts the name of an object from the name of a value in it, in the rows of a JSON file."""
OWN_CAMERAS = frozenset({"camera_id", "located_by", "confidence", "n_reports", "n_sources"})
"""Columns by which a table of cameras that alprmap wrote is known again; none is ever empty."""


def outer(name: str) -> str:
    """Return a name of the source as a row may hold it: one that looks like the reader's own is led
    by a space.

    >>> outer("lat"), outer("$lat")
    ('lat', ' $lat')
    """
    return f" {name}" if name.startswith("$") else name


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one file, layer, sheet or member.

    `name` tells the part (``""`` when the file has but one); `format` what it was read as; `rows`
    may be a stream."""

    rows: Iterator[Row]
    format: str
    name: str = ""
    origin: str = "table"
    hints: dict[str, str] = field(default_factory=dict)
