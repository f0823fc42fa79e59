"""What the wing locate hands on; each name is loaded on first use (SPEC 1)."""

from .gazetteer import Gazetteer
from .grammar import PlaceText, parse_place
from .located import RESULT_COLUMNS
from .naming import Nearby, bearing, road_labels
from .point import Locator, open_locator

__all__ = [
    "RESULT_COLUMNS",
    "Gazetteer",
    "Locator",
    "Nearby",
    "PlaceText",
    "bearing",
    "open_locator",
    "parse_place",
    "road_labels",
]
