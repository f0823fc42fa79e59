"""The answer to one place in words (rules L6, L9)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from alprmap.locate.calibration import deviation_m
from alprmap.locate.choose import Candidate
from alprmap.locate.grammar import PlaceText

RESULT_COLUMNS = ("lon", "lat", "position_error_m", "located_by", "confidence", "matched")
"""What the column function and `alprmap locate --table` add."""


@dataclass(frozen=True)
class Answer:
    """Where a text is: a point with its 90 % radius in meters, how it was found, and how sure that
    is.

    `confidence` is the share of such places that lie within the radius (below 0.5: look at it
    before use; L9); `matched` says what was taken for what; `candidates` lists every place the
    text can mean where there is more than one; `reason` says why there is doubt or no point.
    `score`, `error_m`, `how` and `freeway` are what the engine made of it before it was
    calibrated (`alprmap.locate.calibration`).
    """

    lon: float
    lat: float
    position_error_m: float
    located_by: str
    confidence: float
    matched: str | None
    roads: tuple[str, ...]
    travel_deg: float | None
    candidates: tuple[Candidate, ...]
    reason: str | None
    place: PlaceText
    score: float = 0.0
    error_m: float = math.nan
    how: str = ""
    freeway: bool = False

    @property
    def deviation_m(self) -> float:
        """Standard deviation that a report or sighting at this point is given, meters."""
        return float(deviation_m(self.position_error_m, self.confidence))

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as plain values with the stable keys of `alprmap locate --json`."""
        found = self.located_by != "unlocated"
        return {
            "lon": round(self.lon, 6) if found else None,
            "lat": round(self.lat, 6) if found else None,
            "position_error_m": round(self.position_error_m, 1) if found else None,
            "located_by": self.located_by,
            "confidence": round(self.confidence, 2),
            "matched": self.matched,
            "roads": list(self.roads),
            "travel_deg": self.travel_deg,
            "candidates": [c.as_dict() for c in self.candidates],
            "reason": self.reason,
        }
