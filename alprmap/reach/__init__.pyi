"""What the wing reach hands on; each name is loaded on first use (SPEC 1)."""

from .areas import by_area
from .chains import corridors
from .claims import border_called, reach_claims
from .distances import border_distances, border_index, reach_table
from .engine import measure
from .figure import distribution_figure
from .inland import (
    DEFAULTS,
    InlandSettings,
    gaps,
    inland_table,
    ports_on,
    road_to_port,
)
from .intervals import clusters, drawn_clusters, share_interval
from .network import NO_ROADS, open_ports
from .result import Reach
from .settings import Settings, border_error_m
from .totals import distribution, groups, people_within, statistics

__all__ = [
    "DEFAULTS",
    "NO_ROADS",
    "InlandSettings",
    "Reach",
    "Settings",
    "border_called",
    "border_distances",
    "border_error_m",
    "border_index",
    "by_area",
    "clusters",
    "corridors",
    "distribution",
    "distribution_figure",
    "drawn_clusters",
    "gaps",
    "groups",
    "inland_table",
    "measure",
    "open_ports",
    "people_within",
    "ports_on",
    "reach_claims",
    "reach_table",
    "road_to_port",
    "share_interval",
    "statistics",
]
