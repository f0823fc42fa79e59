"""What the wing merge hands on; each name is loaded on first use (SPEC 1)."""

from .carried import NAMED_BY_CONTENT
from .change import ChangeSettings, diff
from .decisions import read_decisions
from .directions import with_directions
from .door import (
    READERS,
    STANDING,
    Cameras,
    is_merge,
    open_cameras,
    status_words,
    why_abroad,
    why_set_aside,
)
from .engine import merge
from .evidence import unheard
from .explain import explain_camera
from .files import alarms_beside, files_beside, save_merge
from .result import Merged
from .saved import load_merge
from .settings import Settings

__all__ = [
    "NAMED_BY_CONTENT",
    "READERS",
    "STANDING",
    "Cameras",
    "ChangeSettings",
    "Merged",
    "Settings",
    "alarms_beside",
    "diff",
    "explain_camera",
    "files_beside",
    "is_merge",
    "load_merge",
    "merge",
    "open_cameras",
    "read_decisions",
    "save_merge",
    "status_words",
    "unheard",
    "why_abroad",
    "why_set_aside",
    "with_directions",
]
