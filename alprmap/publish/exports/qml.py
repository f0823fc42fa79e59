"""The styles that QGIS applies when a layer of a hand-out is opened.

Every layer is drawn by rules, and the last rule takes what no other does: a class that is not in
the list is drawn as "other" and never left out. Tested in QGIS 3.22, the one of Debian 12.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd

from alprmap.publish.exports.layers import WEDGE_DEG
from alprmap.publish.exports.styles import KINDS, OKABE_ITO, SERIES, Look

VERSION = "3.22"
ELSE = "ELSE"
"""The rule of QGIS for what no rule before it takes."""
OTHER = "other"
_PAPER = "255,254,251,255"
_WEDGE_SHARE = 0.008
"""Length of the symbol of a view: so many meters for each unit of the scale, 8 mm on paper."""


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of a symbol: its class in QGIS, its properties, those that an expression sets, and
    the symbol inside it."""

    kind: str
    properties: Mapping[str, str]
    computed: Mapping[str, str] = field(default_factory=dict)
    inner: Symbol | None = None


@dataclass(frozen=True, slots=True)
class Symbol:
    """What is drawn: marker, line or fill, from parts painted in this order."""

    kind: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is drawn how: an expression of QGIS and a symbol."""

    label: str
    when: str
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Labels:
    """Which column is written beside what is drawn, on maps of 1:`scale` and closer."""

    column: str
    scale: int


def qml(frame: gpd.GeoDataFrame, name: str) -> str:
    """Return the QGIS style of the layer `name`: rules by class, the last one for all others."""
    root = ET.Element("qgis", version=VERSION, styleCategories="Symbology|Labeling")
    rules, labels = style_of(frame, name)
    _rules(root, rules)
    usable = labels is not None and labels.column in frame.columns
    root.set("labelsEnabled", "1" if usable else "0")
    if usable and labels is not None:
        _labeling(root, labels)
    return ET.tostring(root, encoding="unicode")


def style_of(frame: gpd.GeoDataFrame, name: str) -> tuple[list[Rule], Labels | None]:
    """Return the rules of a layer and what is written beside it."""
    columns = set(map(str, frame.columns))
    if name == "cameras" and "operator_kind" in columns:
        return _cameras(), Labels("operator", 20_000)
    if name == "views" and {"heading_deg", "width_deg", "quality"} <= columns:
        return _views(), None
    if name == "watches" and {"travel_deg", "winner"} <= columns:
        return _watches(), None
    if {"highway", "readers", "read"} <= columns:
        return _roads(), Labels("name", 15_000)
    return _plain(frame, name), Labels("name", 100_000)


def _cameras() -> list[Rule]:
    rules = [
        Rule(kind, f"\"operator_kind\" = '{kind}'", _marker(look))
        for kind, look in KINDS.items()
        if kind != "unknown"
    ]
    look = KINDS["unknown"]
    hollow = {"color": _PAPER, "outline_color": _rgba(look.color), "outline_width": "0.4"}
    return [*rules, Rule(f"{OTHER} or unknown", ELSE, _marker(look, hollow))]


def _marker(look: Look, more: Mapping[str, str] | None = None) -> Symbol:
    properties = {
        "name": look.marker,
        "color": _rgba(look.color),
        "outline_color": "255,255,255,255",
        "outline_width": "0.3",
        "size": "2.6",
        "angle": "180" if look.plot == "v" else "0",
    }
    return Symbol("marker", (Part("SimpleMarker", {**properties, **(more or {})}),))


def _views() -> list[Rule]:
    """Fields of view to scale, and over each a wedge that keeps its size on paper.

    The wedge is made of heading and width in a conformal projection, so that its angle is right on
    web maps, and turned back into degrees.
    """
    at = "transform(point_n(exterior_ring($geometry), 1), 'EPSG:4326', 'EPSG:3857')"
    wedge = (
        f'wedge_buffer({at}, "heading_deg", coalesce("width_deg", {WEDGE_DEG:g}),'
        f" @map_scale * {_WEDGE_SHARE})"
    )
    # a buffer of nothing turns arcs into lines, which every painter takes
    back = f"transform(buffer({wedge}, 0), 'EPSG:3857', 'EPSG:4326')"
    rules = []
    for label, when, color in (
        ("direction as mapped", "\"quality\" IN ('exact', 'range')", OKABE_ITO["red"]),
        (OTHER, ELSE, OKABE_ITO["grey"]),
    ):
        inner = Symbol("fill", (_fill(color, 90),))
        generator = Part(
            "GeometryGenerator",
            {"SymbolType": "Fill", "geometryModifier": back, "units": "MapUnit"},
            inner=inner,
        )
        rules.append(Rule(label, when, Symbol("fill", (_fill(color, 60), generator))))
    return rules


def _watches() -> list[Rule]:
    def arrow(fill: str) -> Symbol:
        properties = {
            "name": "arrow",
            "color": fill,
            "outline_color": _rgba(OKABE_ITO["ink"]),
            "outline_width": "0.2",
            "size": "3.2",
        }
        return Symbol("marker", (Part("SimpleMarker", properties, {"angle": '"travel_deg"'}),))

    return [
        Rule("read for certain", '"winner"', arrow(_rgba(OKABE_ITO["orange"]))),
        Rule(f"{OTHER}: read perhaps", ELSE, arrow(_PAPER)),
    ]


def _roads() -> list[Rule]:
    # rules of QGIS do not shut each other out: a read road must not be drawn as an unread one too
    wide = "\"readers\" = 0 AND \"highway\" IN ('motorway', 'trunk', 'motorway_link', 'trunk_link')"
    middle = wide.replace("motorway", "primary").replace("trunk", "secondary")
    one_way = "\"read\" IN ('forward', 'backward')"
    ink, pale = OKABE_ITO["grey"], "#b9c0c6"
    return [
        Rule("read, both ways", "\"read\" = 'both ways'", _line(OKABE_ITO["red"], 1.0)),
        Rule("read, one way", one_way, _line(OKABE_ITO["orange"], 0.9)),
        Rule("unread: freeways", wide, _line(ink, 0.7)),
        Rule("unread: main roads", middle, _line(ink, 0.4)),
        Rule(f"unread: {OTHER} roads", ELSE, _line(pale, 0.2)),
    ]


_LINES = {
    "border": (OKABE_ITO["ink"], 0.6, "dash"),
    "cordons": (OKABE_ITO["ink"], 0.4, "dot"),
    "reader_corridors": (OKABE_ITO["orange"], 0.8, "solid"),
    "tracked_corridors": (OKABE_ITO["red"], 1.2, "solid"),
    "corridors": (OKABE_ITO["pink"], 0.6, "solid"),
    "unread_zones": (OKABE_ITO["green"], 0.6, "solid"),
    "chokepoints": (OKABE_ITO["pink"], 1.4, "solid"),
}
"""Color, width in mm and dash of the lines of a layer; of a border whichever it is."""


def _plain(frame: gpd.GeoDataFrame, name: str) -> list[Rule]:
    """Return the rules of a layer of one look: where rows are classed, read apart from unread."""
    shapes = frame.geometry.dropna()
    kind = str(shapes.iloc[0].geom_type) if len(shapes) else "Point"
    if kind.endswith("Polygon"):
        return [Rule("all", ELSE, Symbol("fill", (_fill(OKABE_ITO["blue"], 40),)))]
    if kind.endswith("String"):
        key = "border" if name.startswith("border") else name
        color, width, dash = _LINES.get(key, (OKABE_ITO["ink"], 0.4, "solid"))
        return [Rule("all", ELSE, _line(color, width, dash))]
    if "read" in frame.columns:
        return [
            Rule("read", '"read"', _marker(SERIES[1])),
            Rule(f"{OTHER}: unread", ELSE, _marker(SERIES[2])),
        ]
    return [Rule("all", ELSE, _marker(SERIES[0]))]


def _line(color: str, width: float, dash: str = "solid") -> Symbol:
    properties = {
        "line_color": _rgba(color),
        "line_width": f"{width:g}",
        "line_style": dash,
        "capstyle": "round",
        "joinstyle": "round",
    }
    return Symbol("line", (Part("SimpleLine", properties),))


def _fill(color: str, alpha: int) -> Part:
    properties = {
        "color": _rgba(color, alpha),
        "outline_color": _rgba(color, 200),
        "outline_width": "0.2",
    }
    return Part("SimpleFill", properties)


def _rgba(color: str, alpha: int = 255) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"


def _rules(root: ET.Element, rules: Sequence[Rule]) -> None:
    renderer = ET.SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0")
    listed = ET.SubElement(renderer, "rules", key="alprmap")
    symbols = ET.SubElement(renderer, "symbols")
    for i, rule in enumerate(rules):
        given = {"filter": rule.when, "symbol": str(i), "label": rule.label, "key": f"rule-{i}"}
        ET.SubElement(listed, "rule", given)
        _symbol(symbols, str(i), rule.symbol)


def _symbol(parent: ET.Element, name: str, drawn: Symbol) -> None:
    symbol = ET.SubElement(parent, "symbol", name=name, type=drawn.kind, alpha="1")
    for part in drawn.parts:
        given = {"class": part.kind, "enabled": "1", "pass": "0", "locked": "0"}
        layer = ET.SubElement(symbol, "layer", given)
        options = ET.SubElement(layer, "Option", type="Map")
        for key, value in part.properties.items():
            _option(options, key, value)
            ET.SubElement(layer, "prop", k=key, v=str(value))
        if part.computed:
            _computed(layer, part.computed)
        if part.inner is not None:
            _symbol(layer, f"@{name}@0", part.inner)


def _computed(layer: ET.Element, computed: Mapping[str, str]) -> None:
    holder = ET.SubElement(layer, "data_defined_properties")
    options = ET.SubElement(holder, "Option", type="Map")
    _option(options, "name", "")
    listed = ET.SubElement(options, "Option", type="Map", name="properties")
    for key, expression in computed.items():
        one = ET.SubElement(listed, "Option", type="Map", name=key)
        ET.SubElement(one, "Option", type="bool", name="active", value="true")
        _option(one, "expression", expression)
        # 3 is an expression in QGIS' enumeration of properties
        ET.SubElement(one, "Option", type="int", name="type", value="3")
    _option(options, "type", "collection")


def _option(parent: ET.Element, name: str, value: Any) -> None:
    ET.SubElement(parent, "Option", type="QString", name=name, value=str(value))


def _labeling(root: ET.Element, labels: Labels) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = {
        "fieldName": labels.column,
        "isExpression": "0",
        "fontSize": "8",
        "fontSizeUnit": "Point",
        "textColor": _rgba(OKABE_ITO["ink"]),
    }
    style = ET.SubElement(settings, "text-style", text)
    halo = {
        "bufferDraw": "1",
        "bufferSize": "0.8",
        "bufferSizeUnits": "MM",
        "bufferColor": "255,255,255,255",
    }
    ET.SubElement(style, "text-buffer", halo)
    at_scale = {"scaleVisibility": "1", "scaleMin": "0", "scaleMax": str(labels.scale)}
    ET.SubElement(settings, "rendering", at_scale)
