"""What the estimates of completeness rest on (rules K1 to K6)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds of the wing.

    low, high
        Bounds of every interval: 5 and 95 %.
    fewest_both
        K2: cameras on both lists from which Chapman's estimate is nearly unbiased (Robson and
        Regier 1964, Trans. Am. Fish. Soc. 93:215, with 95 % confidence).
    urban_people, urban_miles
        K3: a camera is urban within so many miles of the middle of a town of so many people
        (5,000 people make an urban area, Census 2020).
    draws, imputations, seed
        K1: draws of which untagged cameras belong; K2: draws of uncertain matches.
    warn_p
        K4: below this chance under independence a warning is written.
    copied_m, copied_share
        K4: two sources that surveyed by themselves seldom have a camera on the same point; with
        this share of matches within so many meters one may have been copied from the other.
    apart_days
        K4: lists that are farther apart in time are of two populations.
    least_part
        K6: the cameras mapped of those who declare must be this part of all that are mapped in a
        place, or its share is not told from them.
    fewest_towns
        K1: towns that declare from which the spread between towns is told.
    fewest_tagged
        K1: tagged cameras near towns from which it is learned how many are the police's own; from
        fewer nothing is said of untagged ones.
    """

    low: float = 0.05
    high: float = 0.95
    fewest_both: int = 7
    urban_people: int = 5_000
    urban_miles: float = 3.0
    draws: int = 2_000
    imputations: int = 40
    seed: int = 25
    warn_p: float = 0.05
    copied_m: float = 0.5
    copied_share: float = 0.2
    apart_days: int = 365
    fewest_towns: int = 10
    fewest_tagged: int = 10
    least_part: float = 0.1


DEFAULT_SETTINGS = Settings()
