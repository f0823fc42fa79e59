"""The numbers of the merge in one place, each with the reason for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from alprmap import schema
from alprmap.errors import InputError
from alprmap.sources import is_iso_date

Policy = Literal["merge", "review", "keep"]
Facing = Literal["rear", "front", "travel", "none"]

ERROR_M: Mapping[str, float] = {
    "survey": 10.0,
    "photo": 15.0,
    "coordinates": 10.0,
    "crossing": 40.0,
    "ramp": 60.0,
    "block": 60.0,
    "milepost": 150.0,
    "road": 500.0,
    "place": 2000.0,
}
"""M2: one standard deviation of the position per axis, meters, used where a report states none.

A surveyed point is good to the width of a road, a photo to that of a phone's GPS; a crossing is the
middle of a junction whose poles stand 20 to 60 m off; a ramp or a block is 120 to 200 m long, a
uniform place on it has 35 to 60 m; signs and rounding of mileposts make 150 m.
"""
LEAST_ERROR_M = 1.0
"""No point drawn on a map is better than a meter: smaller stated errors are read as this."""

OPERATOR_DIFFERS = 0.35
VENDOR_DIFFERS = 0.40
ROAD_DIFFERS = 0.37
"""Factors for two known values that contradict each other: any two of them together end in a
question. """
HEADING_UNKNOWN, OPERATOR_UNKNOWN, VENDOR_UNKNOWN = 0.85, 0.97, 0.98
"""Factors where one side is silent: what two true reports score on average, so silence decides
nothing. """


@dataclass(frozen=True)
class Settings:
    """Thresholds and policies of `merge`; the defaults are docs/method.md's.

    `same` and `review` bound the band of M6: a score of `same` or more is one camera, below
    `review` two, between them a question. `spread_deg` is the standard difference of two headings
    of one camera (18°), doubled as the position is (see `score`); `apart_deg` is where two reports
    face apart and are never one camera (M5). `same_point_m` is how near two reports of one source
    must be to be one upload twice: of the 33 pairs of January 2026 that look the same way 0.05 to 1
    m apart, the 20 drawn at one go (consecutive ids, two devices) begin at
    0.24 m. `same_spot_m` is one spot for reports without a heading, `lane_m` half a lane of 3.6 m
    (AASHTO Green Book, 12 ft); up to there a person is asked. Reports rougher than `roughest_m`
    never become cameras by themselves. `duplicates` and `complete_for` are policies by source;
    `id_spaces` says which sources count their records in one numbering (OSM ids always do), `dates`
    how old a source is where its reports do not say. Duplicates of sources whose points come
    from words are never merged: two devices at one crossing have one point.

    `same` and `review` are agreements (the product of M3's parts); `link` and `ask` are
    probabilities: a match of `link` or more is one camera, and what is not linked but as likely as
    `ask` is a question. `facing` is what a source's headings mean,
    where a person has settled it.
    """

    same: float = 0.15
    review: float = 0.08
    link: float = 0.5
    ask: float = 0.1
    spread_deg: float = 36.0
    apart_deg: float = 60.0
    same_point_m: float = 0.2
    same_spot_m: float = 1.0
    lane_m: float = 1.8
    duplicate_deg: float = 10.0
    roughest_m: float = 300.0
    half_life_years: float = 6.0
    as_of: str | None = None
    max_loss: float = 0.05
    accept_loss: bool = False
    error_m: Mapping[str, float] = field(default_factory=dict)
    id_spaces: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    duplicates: Mapping[str, Policy] = field(default_factory=dict)
    complete_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facing: Mapping[str, Facing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.review <= self.same <= 1:
            raise InputError(
                "merge settings need 0 < review <= same <= 1", fix="the defaults are 0.08 and 0.15"
            )
        if not 0 < self.apart_deg <= 180 or self.spread_deg <= 0:
            raise InputError(
                "merge settings need 0 < apart_deg <= 180 and spread_deg > 0",
                fix="the defaults are 60 and 36 degrees",
            )
        strange = set(self.error_m) - set(schema.LOCATED_BY)
        if strange:
            raise InputError(
                f"error_m names {min(strange)!r}", fix=f"one of {', '.join(schema.LOCATED_BY)}"
            )
        for day in (*self.dates.values(), *filter(None, [self.as_of])):
            if not is_iso_date(day):
                raise InputError(
                    f"merge settings hold {day!r} for a date",
                    fix="write 2026, 2026-01 or 2026-01-28",
                )
        if not 0 < self.ask <= self.link < 1:
            raise InputError(
                "merge settings need 0 < ask <= link < 1", fix="the defaults are 0.1 and 0.5"
            )
        if self.half_life_years <= 0:
            raise InputError(
                f"a half-life of {self.half_life_years:g} years", fix="give years above 0"
            )
        odd = set(self.facing.values()) - {"rear", "front", "travel", "none"}
        if odd:
            raise InputError(f"facing says {min(odd)!r}", fix="one of rear, front, travel, none")
        wrong = set(self.duplicates.values()) - {"merge", "review", "keep"}
        if wrong:
            raise InputError(f"duplicates says {min(wrong)!r}", fix="one of merge, review, keep")

    @property
    def reach_sd(self) -> float:
        """How many combined standard errors apart two reports may stand and still be candidates
        (M2)."""
        from math import log, sqrt

        return sqrt(-8.0 * log(self.review))

    def errors(self) -> dict[str, float]:
        """Return the typical error of every way of locating, the user's before ours."""
        return {**ERROR_M, **self.error_m}
