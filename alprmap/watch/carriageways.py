"""The network as arrays for watching: lines, widths, directions, levels and the weight of each
class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap.watch.wedge import Hits, Views, meet

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

LANE_M = 3.6
"""Lane width (12 ft, AASHTO Green Book for arterials)."""
LANES = {"motorway": 3.0, "service": 1.5}
"""Lanes of a carriageway where untagged, 2 for other classes (OSM wiki, Key:lanes)."""
CLASS_WEIGHT = {
    "motorway_link": 0.9,
    "trunk_link": 0.9,
    "primary_link": 0.9,
    "secondary_link": 0.9,
    "tertiary_link": 0.9,
    "residential": 0.85,
    "unclassified": 0.85,
    "living_street": 0.8,
    "service": 0.7,
    "track": 0.5,
    "road": 0.85,
}
"""Weight of a class in the score, 1 for the others: readers stand for traffic, so the larger road
wins a tie. """


@dataclass(frozen=True)
class Carriageways:
    """Segments as arrays, made once per run; `index` is the spatial index of their lines."""

    segment_id: IntArray
    lines: NDArray[np.object_]
    length_m: FloatArray
    half_width_m: FloatArray
    class_weight: FloatArray
    u: IntArray
    v: IntArray
    forward: BoolArray
    backward: BoolArray
    layer: IntArray
    tunnel: BoolArray
    index: Any

    @staticmethod
    def of(segments: Any) -> Carriageways:
        """Return the arrays of a table of segments."""
        count = len(segments)
        plain = {
            c: segments[c].to_numpy()
            for c in ("segment_id", "length_m", "u", "v", "forward", "backward")
        }
        layer = (
            segments["layer"].to_numpy()
            if "layer" in segments.columns
            else np.zeros(count, np.int64)
        )
        tunnel = (
            segments["tunnel"].to_numpy()
            if "tunnel" in segments.columns
            else np.zeros(count, np.bool_)
        )
        return Carriageways(
            **plain,
            lines=segments.geometry.to_numpy(),
            half_width_m=half_widths_m(segments),
            class_weight=_by_class(segments["highway"], CLASS_WEIGHT, 1.0),
            layer=layer,
            tunnel=tunnel,
            index=segments.sindex if count else None,
        )

    def meet(self, views: Views) -> Hits:
        """Return where views meet carriageways (W1)."""
        if self.index is None:
            view = segment = np.zeros(0, np.int64)
        else:
            view, segment = (np.asarray(a, dtype=np.int64) for a in self.index.query(views.boxes()))
            # the order of an index depends on what else it holds, and ties are broken by order
            order = np.lexsort((segment, view))
            view, segment = view[order], segment[order]
        return meet(views, self.lines, self.length_m, self.half_width_m, self.tunnel, view, segment)


def _by_class(highway: pd.Series, table: dict[str, float], other: float) -> FloatArray:
    codes, classes = pd.factorize(highway)
    values = np.array([*(table.get(str(c), other) for c in classes), other])
    return values[codes]  # a missing class has code -1 and takes the last


def half_widths_m(segments: pd.DataFrame) -> FloatArray:
    """Return half the width of each carriageway, meters: lanes as tagged, else by class."""
    lanes = _by_class(segments["highway"], LANES, 2.0)
    if "lanes" in segments.columns:
        tagged = segments["lanes"].to_numpy(dtype=np.float64)
        lanes = np.where(np.isnan(tagged), lanes, tagged)
    return lanes * LANE_M / 2
