"""What the wing coverage hands on; each name is loaded on first use (SPEC 1)."""

from .by_district import coverage_by_district
from .edges import MARGIN_KM, edge_sentence, grown, measured_inside, people_inside
from .in_tiles import Tiled
from .one_trip import Way, drawn_route, route
from .readers import place_readers
from .result import Coverage, measure, save_folder
from .scenarios import Wanted, people_on
from .trip_ends import degrees, snap_ends
from .trips_seen_by import read_viewers

__all__ = [
    "MARGIN_KM",
    "Coverage",
    "Tiled",
    "Wanted",
    "Way",
    "coverage_by_district",
    "degrees",
    "drawn_route",
    "edge_sentence",
    "grown",
    "measure",
    "measured_inside",
    "people_inside",
    "people_on",
    "place_readers",
    "read_viewers",
    "route",
    "save_folder",
    "snap_ends",
]
