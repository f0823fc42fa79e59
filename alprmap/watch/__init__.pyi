"""What the wing watch hands on; each name is loaded on first use (SPEC 1)."""

from .carriageways import Carriageways
from .places import camera_places, cameras_near, data_dates
from .plot import plot_camera
from .reads import Facing, Settings, Watched, nearest, watch, watch_levels, watches_on
from .tiled import watch_tiles

__all__ = [
    "Carriageways",
    "Facing",
    "Settings",
    "Watched",
    "camera_places",
    "cameras_near",
    "data_dates",
    "nearest",
    "plot_camera",
    "watch",
    "watch_levels",
    "watch_tiles",
    "watches_on",
]
