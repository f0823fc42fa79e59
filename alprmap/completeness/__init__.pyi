"""What the wing completeness hands on; each name is loaded on first use (SPEC 1)."""

from .declared import Declared, nearest_in_time, read_declared
from .engine import day_in_name, measure
from .estimators import HISTORIES, chapman, combined_estimate, log_linear, summed_estimate
from .lists import Lists, lists_of
from .places import SHARE
from .recapture import heterogeneity, recapture_strata
from .result import Completeness
from .settings import Settings

__all__ = [
    "HISTORIES",
    "SHARE",
    "Completeness",
    "Declared",
    "Lists",
    "Settings",
    "chapman",
    "combined_estimate",
    "day_in_name",
    "heterogeneity",
    "lists_of",
    "log_linear",
    "measure",
    "nearest_in_time",
    "read_declared",
    "recapture_strata",
    "summed_estimate",
]
