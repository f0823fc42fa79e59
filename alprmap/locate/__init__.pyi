"""What the wing locate hands on; each name is loaded on first use (SPEC 1)."""

from .answer import RESULT_COLUMNS, Answer
from .calibration import deviation_m
from .gazetteer import Gazetteer
from .grammar import PlaceText, parse_place
from .located import Located, locate
from .naming import Nearby, bearing, road_labels
from .point import Locator, open_locator
from .towns import where_columns

__all__ = [
    "RESULT_COLUMNS",
    "Answer",
    "Gazetteer",
    "Located",
    "Locator",
    "Nearby",
    "PlaceText",
    "bearing",
    "deviation_m",
    "locate",
    "open_locator",
    "parse_place",
    "road_labels",
    "where_columns",
]
