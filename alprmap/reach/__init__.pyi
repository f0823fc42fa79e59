"""What the wing reach hands on; each name is loaded on first use (SPEC 1)."""

from .claims import access_claims, corridor_claims, reach_claims
from .distances import (
    UNIT_M,
    UNIT_NAME,
    Settings,
    border_distances,
    border_index,
    county_interval,
    distribution,
    groups,
    people_within,
    reach_table,
    statistics,
)
from .figure import distribution_figure
from .inland import DEFAULTS, InlandSettings, corridors, gaps, inland_table, ports_on, road_to_port

__all__ = [
    "DEFAULTS",
    "UNIT_M",
    "UNIT_NAME",
    "InlandSettings",
    "Settings",
    "access_claims",
    "border_distances",
    "border_index",
    "corridor_claims",
    "corridors",
    "county_interval",
    "distribution",
    "distribution_figure",
    "gaps",
    "groups",
    "inland_table",
    "people_within",
    "ports_on",
    "reach_claims",
    "reach_table",
    "road_to_port",
    "statistics",
]
