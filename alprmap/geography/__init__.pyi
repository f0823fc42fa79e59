"""What the wing geography hands on; each name is loaded on first use (SPEC 1)."""

from .areas import Area, area_box, open_areas, parse_area
from .borders import (
    BORDERS,
    LINES,
    assign_places,
    border_shapes,
    counties,
    data_notice,
    load_border,
    ports,
    states,
)
from .claims import district_claims
from .country import UNITED_STATES, country_of, in_united_states
from .districts import Districts, measure_districts, points_in, road_km_in
from .drawn import areas_drawn, interstates, land_polygons, waters
from .nearest import LineIndex, Nearest
from .places import Place, find_place, gazetteer, nearest_place, place_labels
from .polygons import read_polygons
from .population import read_population
from .zones import Zone, border_zone, border_zones, parse_zone, zone_by_state

__all__ = [
    "BORDERS",
    "LINES",
    "UNITED_STATES",
    "Area",
    "Districts",
    "LineIndex",
    "Nearest",
    "Place",
    "Zone",
    "area_box",
    "areas_drawn",
    "assign_places",
    "border_shapes",
    "border_zone",
    "border_zones",
    "counties",
    "country_of",
    "data_notice",
    "district_claims",
    "find_place",
    "gazetteer",
    "in_united_states",
    "interstates",
    "land_polygons",
    "load_border",
    "measure_districts",
    "nearest_place",
    "open_areas",
    "parse_area",
    "parse_zone",
    "place_labels",
    "points_in",
    "ports",
    "read_polygons",
    "read_population",
    "road_km_in",
    "states",
    "waters",
    "zone_by_state",
]
