"""Ways cut into segments, as arrays: coordinates with offsets, texts by way. Tables with shapes are
made of some of them at a time, so that a nation is never in memory as objects (rule N8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from alprmap.roads import extract

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
TEXTS = ("highway", "name", "ref", "alt_name")


class Segmented:
    """The segments of some ways, numbered by way id and place along it.

    An object of 200 bytes a segment where a table of them takes 600. `counts` tells what was cut
    and left out.
    """

    def __init__(self, ways: extract.Ways, progress: extract.Progress) -> None:
        parts = extract.split(ways)
        self.counts: Counter[str] = ways.counts + parts.counts
        progress("cutting at junctions", len(parts.way), len(parts.way))
        way_id = np.frombuffer(ways.way_id, dtype=np.int64)
        # sorted by way id so that the table does not depend on the order of the file
        parts = parts.take(np.argsort(way_id[parts.way], kind="stable"))
        self._way, self._u, self._v = parts.way, parts.u, parts.v
        # the numbers of nodes now stand in the ends of segments
        parts = replace(parts, refs=np.zeros(0, dtype=np.int64))
        del ways.refs[:]
        self._parts: extract.Split | None = parts
        self._ways, self._texts = ways, {name: ways.text(name).combine_chunks() for name in TEXTS}
        ids = way_id[self._way]
        self.counts["ways"] = int(np.sum(ids[1:] != ids[:-1])) + len(ids[:1])
        self.counts["segments"] = len(ids)

    def __len__(self) -> int:
        return len(self._way)

    def starts(self) -> FloatArray:
        """Return lon, lat of the first node of each segment, shape (n, 2)."""
        assert self._parts is not None
        return np.asarray(self._parts.xy[self._parts.start], dtype=np.float64)

    def whole(self) -> gpd.GeoDataFrame:
        """Return the table of all segments; the coordinates then live in its lines alone."""
        assert self._parts is not None
        made = list(self._parts.chunks())
        self._parts = None
        geometry, length_m = (
            (np.concatenate(c) for c in zip(*made, strict=True))
            if made
            else (np.zeros(0, object),) * 2
        )
        del made
        return self._frame(np.arange(len(self)), geometry, length_m)

    def release(self) -> None:
        """Let go of coordinates and texts: what was made of them is written."""
        self._parts, self._texts = None, {}
        self._ways = extract.Ways()
        self._way = self._u = self._v = np.zeros(0, dtype=np.int64)

    def some(self, rows: IntArray) -> gpd.GeoDataFrame:
        """Return the table of some segments, in the order given."""
        assert self._parts is not None
        made = list(self._parts.take(rows).chunks())
        geometry, length_m = (np.concatenate(c) for c in zip(*made, strict=True))
        return self._frame(rows, geometry, length_m)

    def _frame(
        self, rows: IntArray, geometry: NDArray[np.object_], length_m: FloatArray
    ) -> gpd.GeoDataFrame:
        ways, way = self._ways, self._way[rows]
        flags = np.frombuffer(bytes(ways.flags), dtype=np.uint8)[way]
        layer = np.frombuffer(ways.layer, dtype=np.int8)[way].astype(np.int64)
        columns: dict[str, Any] = {
            "segment_id": np.asarray(rows, dtype=np.int64),
            "way_id": np.frombuffer(ways.way_id, dtype=np.int64)[way],
            "u": self._u[rows],
            "v": self._v[rows],
            "highway": self._text("highway", way),
            "name": self._text("name", way),
            "ref": self._text("ref", way),
            "length_m": length_m.astype(np.float64),
            "forward": (flags & extract.FORWARD) > 0,
            "backward": (flags & extract.BACKWARD) > 0,
            "layer": layer,
            "bridge": (flags & extract.BRIDGE) > 0,
            "tunnel": (flags & extract.TUNNEL) > 0,
            "lanes": np.frombuffer(ways.lanes, dtype=np.float64)[way],
            "maxspeed_kmh": np.frombuffer(ways.maxspeed_kmh, dtype=np.float64)[way],
            "geometry": geometry,
            "alt_name": self._text("alt_name", way),
            "roundabout": (flags & extract.ROUNDABOUT) > 0,
        }
        frame = pd.DataFrame(columns, copy=False)
        return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")

    def _text(self, name: str, way: IntArray) -> pd.Series:
        """Spread one text per way over its segments, by way of codes, so that no text is copied in
        Python."""
        return pd.Series(pd.array(self._texts[name].take(pa.array(way)), dtype="str"))


def across_antimeridian(geometry: Any) -> int:
    """Return how many lines have a box that spans half the globe."""
    return sum(int(np.sum(b[:, 2] - b[:, 0] > 180)) for b in line_boxes(geometry))


def line_boxes(lines: Any, size: int = 200_000) -> Iterator[Any]:
    """Give bounding boxes, some at a time: of a whole country at once they are another gigabyte."""
    for first in range(0, len(lines), size):
        yield shapely.bounds(lines[first : first + size])
