"""What watching rests on: range, opening, facing rule, and what is kept of several answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alprmap import schema
from alprmap.errors import UsageError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Facing = Literal["rear", "front", "either"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What watching rests on.

    range_m
        How far a plate is read at most; 30, 60, 90 m at low, mid, high (others: 30–100 m,
        docs/method/watch.md).
    width_deg
        Opening of a view where none is tagged; 30, 45, 70°.
    facing
        W2: `rear` reads vehicles that drive away, `front` those that come, `either` both.
    min_share
        A further arc of the same view is kept when it scores at least this share of the best.
    clear_share
        The best is a clear winner when every rival (not its own continuation) scores less than this
        share of it.
    """

    range_m: float = schema.VIEW_LEVELS["mid"][0]
    width_deg: float = schema.VIEW_LEVELS["mid"][1]
    facing: Facing = "rear"
    min_share: float = 0.75
    clear_share: float = 0.75


def watch_levels(name: str, *, facing: Facing = "rear") -> Settings:
    """Return the settings of a level, `low`, `mid` or `high`.

    Raises
    ------
    UsageError
        When there is no such level or facing rule.

    >>> watch_levels("low").range_m
    30.0
    """
    if name not in schema.VIEW_LEVELS or facing not in schema.FACING:
        raise UsageError(
            f"no level {name} with facing {facing}", fix="low, mid or high; rear, front or either"
        )
    range_m, width_deg = schema.VIEW_LEVELS[name]
    return replace(Settings(), range_m=range_m, width_deg=width_deg, facing=facing)


@dataclass(frozen=True)
class Each:
    """Settings as arrays, one entry per view."""

    range_m: FloatArray
    width_deg: FloatArray
    min_share: FloatArray
    clear_share: FloatArray
    facing: NDArray[np.object_]

    @staticmethod
    def of(settings: Sequence[Settings], job: IntArray) -> Each:
        """Return the settings of the job of each view."""

        def number(name: str) -> FloatArray:
            return np.array([getattr(s, name) for s in settings], dtype=np.float64)[job]

        return Each(
            number("range_m"),
            number("width_deg"),
            number("min_share"),
            number("clear_share"),
            np.array([s.facing for s in settings], dtype=object)[job],
        )

    def take(self, at: IntArray) -> Each:
        """Return the settings of some views."""
        return Each(*(getattr(self, name)[at] for name in self.__dataclass_fields__))
