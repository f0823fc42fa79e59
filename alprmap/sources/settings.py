"""What a user may say about a source that the source does not say itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from alprmap.sources.fields import vocabulary
from alprmap.sources.fields.vocabulary import Box


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user may say about a source; every value can be left alone.

    `boxes` is the study area for swapped axes and lost signs (empty: nothing is repaired); `crs`
    the projected system of x and y columns; `date` a date the whole file vouches for; `device`,
    `evidence`, `operator` and `status` hold for rows that do not say (`device` for all rows).
    `near` gives the boxes in which the cameras are looked for (those of the roads of a project); it
    is asked only where several grids explain a column, so that roads are not read for nothing.
    """

    boxes: tuple[Box, ...] = field(default_factory=vocabulary.us_boxes)
    crs: str | None = None
    date: str | None = None
    device: str | None = None
    evidence: str | None = None
    operator: str | None = None
    state: str | None = None
    status: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    near: Callable[[], tuple[Box, ...]] | None = None
