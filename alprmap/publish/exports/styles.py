"""Color and shape of each class outside the browser: QGIS, KML, static maps. The page has the same
(js/model.js).

Colors are Okabe and Ito's (2008), told apart with every common color blindness; a shape goes with
each, so that nothing rests on color alone.
"""

from __future__ import annotations

from dataclasses import dataclass

OKABE_ITO = {
    "orange": "#e69f00",
    "sky": "#56b4e9",
    "green": "#009e73",
    "yellow": "#f0e442",
    "blue": "#0072b2",
    "red": "#d55e00",
    "pink": "#cc79a7",
    "ink": "#20262c",
    "grey": "#6b7279",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one class is drawn: color (hex), QGIS marker name, matplotlib marker."""

    color: str
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


def kml_color(color: str) -> str:
    """Return a hex color as KML wants it: alpha, blue, green, red.

    >>> kml_color("#d55e00")
    'ff005ed5'
    """
    return f"ff{color[5:7]}{color[3:5]}{color[1:3]}"
