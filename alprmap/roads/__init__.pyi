"""What the wing roads hands on; each name is loaded on first use (SPEC 1)."""

from .around import Part, boxes_of, part_around, road_tiles
from .behind import MOST_BYTES, read_signs, read_tagged
from .dataset import is_tiles, save_tiles, tile_marks, tiles_in, tiles_of_extracts, write_tiles
from .door import RoadSource, read, road_files, tiles_from
from .extract import edge_m
from .graph import MIN_WEIGHT, UNREACHED, Graph, Weight
from .hierarchy import Hierarchy, Order, cheapest_ways, order_of, with_costs
from .highways import HIGHWAYS_ONLY, national_highways
from .network import EXTRACT_SUFFIXES, NOTICE, AreaLike, Roads
from .online import fetch_extract
from .osmnx_out import edges_frame, nodes_frame, with_edges
from .outline import Outline, has_graph, read_outline
from .partly import column_parts, network_beside, road_bounds, road_parts, roads_beside
from .pieces import (
    NEAR_M,
    TOUCH_M,
    away_m,
    contour,
    crossings,
    cut_pieces,
    feet,
    join_pieces,
    merge_pieces,
    point_at,
    share_at,
)
from .renumbered import Renumbered, numberless
from .signs import ADDRESS_COLUMNS, EXIT_COLUMNS, MILESTONE_COLUMNS, TOWN_COLUMNS, milepost_miles
from .tags import Drivable, tag_fits
from .ties import arc_ties, with_ties_settled
from .tiles import Box, Tile, box_around, tiles_of

__all__ = [
    "ADDRESS_COLUMNS",
    "EXIT_COLUMNS",
    "EXTRACT_SUFFIXES",
    "HIGHWAYS_ONLY",
    "MILESTONE_COLUMNS",
    "MIN_WEIGHT",
    "MOST_BYTES",
    "NEAR_M",
    "NOTICE",
    "TOUCH_M",
    "TOWN_COLUMNS",
    "UNREACHED",
    "AreaLike",
    "Box",
    "Drivable",
    "Graph",
    "Hierarchy",
    "Order",
    "Outline",
    "Part",
    "Renumbered",
    "RoadSource",
    "Roads",
    "Tile",
    "Weight",
    "arc_ties",
    "away_m",
    "box_around",
    "boxes_of",
    "cheapest_ways",
    "column_parts",
    "contour",
    "crossings",
    "cut_pieces",
    "edge_m",
    "edges_frame",
    "feet",
    "fetch_extract",
    "has_graph",
    "is_tiles",
    "join_pieces",
    "merge_pieces",
    "milepost_miles",
    "national_highways",
    "network_beside",
    "nodes_frame",
    "numberless",
    "order_of",
    "part_around",
    "point_at",
    "read",
    "read_outline",
    "read_signs",
    "read_tagged",
    "road_bounds",
    "road_files",
    "road_parts",
    "road_tiles",
    "roads_beside",
    "save_tiles",
    "share_at",
    "tag_fits",
    "tile_marks",
    "tiles_from",
    "tiles_in",
    "tiles_of",
    "tiles_of_extracts",
    "with_costs",
    "with_edges",
    "with_ties_settled",
    "write_tiles",
]
