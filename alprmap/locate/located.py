"""The answer to one place in words (rules L6, L9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alprmap.locate.choose import Candidate
from alprmap.locate.grammar import PlaceText

RESULT_COLUMNS = ("lon", "lat", "position_error_m", "located_by", "confidence", "matched")
"""What the column function and `alprmap locate --table` add."""


@dataclass(frozen=True)
class Located:
    """Where a text is: point with one standard deviation in metres, how it was found, and how sure
    that is.

    `confidence` is 0 to 1 (below 0.5: look at it before use); `matched` says what was taken for
    what; `candidates` lists every place the text can mean where there is more than one; `reason`
    says why there is doubt or no point."""

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
