"""What the wing coverage hands on; each name is loaded on first use (SPEC 1)."""

from .by_district import coverage_by_district
from .edges import edge_sentence, grown, measured_inside, people_inside
from .equity import (
    EquitySettings,
    equity_sentences,
    exposure_at_home,
    exposure_by_group,
    read_groups,
)
from .flows import HOME_TO_WORK, read_pairs
from .in_tiles import Tiled
from .one_trip import Way, drawn_route, route
from .readers import place_readers
from .result import Coverage, measure, save_folder
from .scenarios import Wanted, people_on
from .sensitive import SensitivePlaces, SensitiveSettings, sensitive_places
from .sensitive_result import with_sensitive
from .sensitive_spots import read_sensitive, sensitive_categories
from .traffic import read_traffic, readings_per_day
from .trip_ends import degrees, snap_ends, usable_ends
from .trips_seen_by import read_viewers
from .whom import Whom, with_whom

__all__ = [
    "HOME_TO_WORK",
    "Coverage",
    "EquitySettings",
    "SensitivePlaces",
    "SensitiveSettings",
    "Tiled",
    "Wanted",
    "Way",
    "Whom",
    "coverage_by_district",
    "degrees",
    "drawn_route",
    "edge_sentence",
    "equity_sentences",
    "exposure_at_home",
    "exposure_by_group",
    "grown",
    "measure",
    "measured_inside",
    "people_inside",
    "people_on",
    "place_readers",
    "read_groups",
    "read_pairs",
    "read_sensitive",
    "read_traffic",
    "read_viewers",
    "readings_per_day",
    "route",
    "save_folder",
    "sensitive_categories",
    "sensitive_places",
    "snap_ends",
    "usable_ends",
    "with_sensitive",
    "with_whom",
]
