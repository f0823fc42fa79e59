"""What the wing watch hands on; each name is loaded on first use (SPEC 1)."""

from .places import camera_places
from .plot import plot_camera
from .reads import Facing, Settings, Watched, nearest, watch, watch_levels

__all__ = [
    "Facing",
    "Settings",
    "Watched",
    "camera_places",
    "nearest",
    "plot_camera",
    "watch",
    "watch_levels",
]
