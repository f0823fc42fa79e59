"""What the wing publish hands on; each name is loaded on first use (SPEC 1)."""

from .exports.exports import HAND_OUTS, credited, write_hand_outs
from .exports.layers import layers_of
from .map.basemap import DETAIL, basemap_areas, basemap_roads, is_local, padded
from .map.corridors import coarse_layers, corridor_layers
from .map.data import LinkedPage, dates_of
from .map.live import folium_map
from .map.page import asset, html_document, leaflet, map_frame, page_look, page_text
from .map.payload import POINT_SCALE, payload_frame, payload_shapes, payload_table, spatial_order
from .map.result import MapPage, map_page, map_page_of_folder
from .map.staticmap import draw_static
from .map.timeline import states_on, timeline_layer
from .map.webmap import Layer, MapData, Source, write_map
from .report.claimed import front_of_cameras, front_of_folder
from .report.firstpage import FirstPage, first_page, languages, warning_text
from .report.packet import Packet, area_packets, city_packet, packet_html, packet_pdf, write_packet
from .report.report import ReportData, report_html, write_report
from .report.result import Report, report_on
from .report.sections import report_of_folder

__all__ = [
    "DETAIL",
    "HAND_OUTS",
    "POINT_SCALE",
    "FirstPage",
    "Layer",
    "LinkedPage",
    "MapData",
    "MapPage",
    "Packet",
    "Report",
    "ReportData",
    "Source",
    "area_packets",
    "asset",
    "basemap_areas",
    "basemap_roads",
    "city_packet",
    "coarse_layers",
    "corridor_layers",
    "credited",
    "dates_of",
    "draw_static",
    "first_page",
    "folium_map",
    "front_of_cameras",
    "front_of_folder",
    "html_document",
    "is_local",
    "languages",
    "layers_of",
    "leaflet",
    "map_frame",
    "map_page",
    "map_page_of_folder",
    "packet_html",
    "packet_pdf",
    "padded",
    "page_look",
    "page_text",
    "payload_frame",
    "payload_shapes",
    "payload_table",
    "report_html",
    "report_of_folder",
    "report_on",
    "spatial_order",
    "states_on",
    "timeline_layer",
    "warning_text",
    "write_hand_outs",
    "write_map",
    "write_packet",
    "write_report",
]
