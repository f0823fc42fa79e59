"""What the wing geography hands on; each name is loaded on first use (SPEC 1)."""

from .areas import Area, area_box, parse_area
from .borders import (
    BORDERS,
    LINES,
    assign_places,
    border_shapes,
    counties,
    data_notice,
    land_polygons,
    load_border,
    ports,
    states,
)
from .nearest import LineIndex, Nearest
from .polygons import read_polygons
from .population import read_population
from .zones import border_zone, border_zones, zone_by_state

__all__ = [
    "BORDERS",
    "LINES",
    "Area",
    "LineIndex",
    "Nearest",
    "area_box",
    "assign_places",
    "border_shapes",
    "border_zone",
    "border_zones",
    "counties",
    "data_notice",
    "land_polygons",
    "load_border",
    "parse_area",
    "ports",
    "read_polygons",
    "read_population",
    "states",
    "zone_by_state",
]
