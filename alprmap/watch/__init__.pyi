"""What the wing watch hands on; each name is loaded on first use (SPEC 1)."""

from .carriageways import Carriageways
from .near_road import nearest
from .places import camera_places, cameras_near, data_dates
from .plot import plot_camera
from .reads import Watched, watch, watches_of, watches_on
from .settings import Facing, Settings, watch_levels
from .tiled import are_many, snapped, watch_tiles

__all__ = [
    "Carriageways",
    "Facing",
    "Settings",
    "Watched",
    "are_many",
    "camera_places",
    "cameras_near",
    "data_dates",
    "nearest",
    "plot_camera",
    "snapped",
    "watch",
    "watch_levels",
    "watch_tiles",
    "watches_of",
    "watches_on",
]
