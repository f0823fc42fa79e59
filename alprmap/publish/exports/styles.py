"""Colour and shape of each class outside the browser: QGIS, KML, static maps. The page has the same
(js/model.js).

Colours are Okabe and Ito's (2008), told apart with every common colour blindness; a shape goes with
each, so that nothing rests on colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd

OKABE_ITO = {
    "orange": "#e69f00", "sky": "#56b4e9", "green": "#009e73", "yellow": "#f0e442",
    "blue": "#0072b2",
    "red": "#d55e00", "pink": "#cc79a7", "ink": "#20262c", "grey": "#6b7279",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How one class is drawn: colour (hex), QGIS marker name, matplotlib marker."""

    colour: str
    marker: str
    plot: str


KINDS = {
    "federal": Look(OKABE_ITO["red"], "star", "*"),
    "state": Look(OKABE_ITO["blue"], "square", "s"),
    "county": Look(OKABE_ITO["green"], "diamond", "D"),
    "city": Look(OKABE_ITO["sky"], "circle", "o"),
    "tribal": Look(OKABE_ITO["pink"], "hexagon", "h"),
    "school": Look(OKABE_ITO["yellow"], "triangle", "^"),
    "transit": Look(OKABE_ITO["pink"], "square", "s"),
    "private": Look(OKABE_ITO["orange"], "equilateral_triangle", "v"),
    "homeowners": Look(OKABE_ITO["yellow"], "pentagon", "p"),
    "vendor only": Look(OKABE_ITO["ink"], "cross2", "X"),
    "unknown": Look(OKABE_ITO["grey"], "circle", "o"),
}
"""Operator kinds in the order of the legend."""
SERIES = (
    Look(OKABE_ITO["blue"], "circle", "o"),
    Look(OKABE_ITO["red"], "square", "s"),
    Look(OKABE_ITO["green"], "diamond", "D"),
    Look(OKABE_ITO["orange"], "triangle", "^"),
    Look(OKABE_ITO["pink"], "hexagon", "h"),
    Look(OKABE_ITO["sky"], "equilateral_triangle", "v"),
    Look(OKABE_ITO["yellow"], "pentagon", "p"),
)
"""Looks of classes without a fixed one, by falling count."""


def kml_colour(colour: str) -> str:
    """Return a hex colour as KML wants it: alpha, blue, green, red.

    >>> kml_colour("#d55e00")
    'ff005ed5'
    """
    return f"ff{colour[5:7]}{colour[3:5]}{colour[1:3]}"


def qml(frame: gpd.GeoDataFrame, name: str) -> str:
    """Return a QGIS style for a layer: cameras by operator kind, areas transparent, lines plain."""
    root = ET.Element("qgis", version="3.28", styleCategories="Symbology")
    dimension = (
        int(frame.geometry.iloc[0].geom_type.endswith(("String", "Polygon"))) if len(frame) else 0
    )
    if dimension == 0 and "operator_kind" in frame.columns:
        _by_kind(root)
    elif len(frame) and frame.geometry.iloc[0].geom_type.endswith("Polygon"):
        _single(
            root,
            "fill",
            "SimpleFill",
            {"color": "0,114,178,70", "outline_color": "0,114,178,255", "outline_width": "0.2"},
        )
    elif dimension:
        dash = "dash" if name.startswith("border") else "solid"
        _single(
            root,
            "line",
            "SimpleLine",
            {"line_color": "194,65,12,255", "line_width": "0.6", "line_style": dash},
        )
    else:
        _single(
            root,
            "marker",
            "SimpleMarker",
            {"name": "circle", "color": "0,114,178,255", "size": "2.4"},
        )
    return ET.tostring(root, encoding="unicode")


def _single(root: ET.Element, kind: str, symbol_class: str, properties: dict[str, str]) -> None:
    renderer = ET.SubElement(root, "renderer-v2", type="singleSymbol")
    _symbol(ET.SubElement(renderer, "symbols"), "0", kind, symbol_class, properties)


def _by_kind(root: ET.Element) -> None:
    renderer = ET.SubElement(root, "renderer-v2", type="categorizedSymbol", attr="operator_kind")
    categories, symbols = ET.SubElement(renderer, "categories"), ET.SubElement(renderer, "symbols")
    for i, (kind, look) in enumerate(KINDS.items()):
        # the last category takes what is missing too
        value = "" if kind == "unknown" else kind
        ET.SubElement(categories, "category", symbol=str(i), value=value, label=kind, render="true")
        red, green, blue = (int(look.colour[k : k + 2], 16) for k in (1, 3, 5))
        fill = "255,254,251,255" if kind == "unknown" else f"{red},{green},{blue},255"
        edge = f"{red},{green},{blue},255" if kind == "unknown" else "255,255,255,255"
        _symbol(
            symbols,
            str(i),
            "marker",
            "SimpleMarker",
            {
                "name": look.marker,
                "color": fill,
                "outline_color": edge,
                "outline_width": "0.3",
                "size": "2.6",
                "angle": "180" if look.plot == "v" else "0",
            },
        )


def _symbol(
    parent: ET.Element, name: str, kind: str, symbol_class: str, properties: dict[str, Any]
) -> None:
    symbol = ET.SubElement(parent, "symbol", name=name, type=kind, alpha="1")
    layer = ET.SubElement(
        symbol, "layer", {"class": symbol_class, "enabled": "1", "pass": "0", "locked": "0"}
    )
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in properties.items():
        ET.SubElement(options, "Option", type="QString", name=key, value=str(value))
        ET.SubElement(layer, "prop", k=key, v=str(value))
