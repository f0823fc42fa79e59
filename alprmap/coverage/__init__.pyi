"""What the wing coverage hands on; each name is loaded on first use (SPEC 1)."""

from .one_trip import Way, drawn_route, route
from .readers import place_readers
from .scenarios import Wanted, levels, people_on, uncrossed
from .trip_ends import degrees, snap_ends
from .trips_seen_by import read_viewers

__all__ = [
    "Wanted",
    "Way",
    "degrees",
    "drawn_route",
    "levels",
    "people_on",
    "place_readers",
    "read_viewers",
    "route",
    "snap_ends",
    "uncrossed",
]
