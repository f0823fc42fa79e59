"""The graph of a folder of tiles, in compact arrays on disk that are mapped into memory (rule N8).

Topology is one graph even where geometry and text come in tiles: which zone is unread, how far a
port is, which chain of readers leads inland are questions of the whole network. An arc takes 18
bytes: its head (4), its segment and direction of travel (4), its length (8) and the number of its
speed (2), from which its time follows to the bit; a run adds a byte that says whether it is read.
The files are bare arrays: nothing in them is parsed, and each is checked against what it may hold.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from alprmap.errors import InputError, reason
from alprmap.roads.graph import MIN_WEIGHT, Graph, speeds_kmh
from alprmap.sandbox import regular_file
from alprmap.store import replacing

TYPES = {
    "head": "<i4",
    "word": "<i4",
    "length": "<f8",
    "speed": "<u2",
    "first": "<i4",
    "node": "<i8",
    "lon": "<f8",
    "lat": "<f8",
    "base": "<i4",
    "twin": "<i4",
}
"""Arrays and their types: `word` is twice the segment's number, plus one along the geometry;
`first` the first arc of each node; `base` and `twin` of copied junctions and of what leaves
them."""
FILE = "graph-{}.bin"
MOST_SEGMENT = 2**30
MOST_BYTES = 2**40


def graph_files(folder: Path) -> list[Path]:
    """Return the files of the graph of a folder of tiles, where it has one."""
    files = [folder / FILE.format(name) for name in TYPES]
    return files if all(path.is_file() for path in files) else []


class Ends:
    """What a graph is made of, gathered part by part: 90 bytes a segment, without shapes and
    names."""

    def __init__(self) -> None:
        self._kinds: dict[str, int] = {}
        self._parts: dict[str, list[Any]] = {}

    def add(self, segments: pd.DataFrame) -> None:
        """Take what is needed of some segments."""
        code, names = pd.factorize(segments["highway"].astype("str"))
        known = [self._kinds.setdefault(str(name), len(self._kinds)) for name in names]
        lines = segments["geometry"].to_numpy()
        columns = {name: segments[name].to_numpy() for name in _PLAIN}
        if "maxspeed_kmh" in segments.columns:
            columns["maxspeed_kmh"] = segments["maxspeed_kmh"].to_numpy(np.float64)
        # a road without a class has code -1
        columns["highway"] = np.array([*known, -1], dtype=np.int32)[code]
        for end, place in (("u", 0), ("v", -1)):
            xy = shapely.get_coordinates(shapely.get_point(lines, place))
            columns[f"{end}_lon"], columns[f"{end}_lat"] = xy.T
        for name, values in columns.items():
            self._parts.setdefault(name, []).append(values)

    def table(self) -> pd.DataFrame:
        """Return the table, by number of segment; what was gathered is given away."""
        parts, self._parts = self._parts, {}
        order = np.argsort(np.concatenate(parts["segment_id"]), kind="stable")
        columns = {name: np.concatenate(parts.pop(name))[order] for name in list(parts)}
        highway = pd.Categorical.from_codes(columns.pop("highway"), pd.Index(list(self._kinds)))
        return pd.DataFrame({**columns, "highway": highway}, copy=False)


_PLAIN = ("segment_id", "way_id", "u", "v", "length_m", "forward", "backward")


def save_graph(
    segments: pd.DataFrame, restrictions: pd.DataFrame, folder: Path
) -> dict[str, Any] | None:
    """Write the graph of a network into its folder; return its sizes, which `load_graph` needs.

    None, and nothing written, where the numbers of segments do not fit 30 bits.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    ids = segments["segment_id"].to_numpy(np.int64)
    if len(ids) and (ids.min() < 0 or ids.max() >= MOST_SEGMENT):
        return None
    graph = Graph.from_segments(segments, restrictions)
    speeds, code = np.unique(speeds_kmh(segments).to_numpy(np.float64), return_inverse=True)
    order = np.argsort(ids, kind="stable")
    row = order[np.searchsorted(ids[order], graph.segment_id)]
    own = int(graph.indptr[graph.n_base])
    arrays = {
        "head": graph.head,
        "word": 2 * graph.segment_id + graph.forward,
        "length": graph.length_m,
        "speed": code[row],
        "first": graph.indptr,
        "node": graph.node_id[: graph.n_base],
        "lon": graph.lon[: graph.n_base],
        "lat": graph.lat[: graph.n_base],
        "base": graph.base[graph.n_base :],
        "twin": graph.twin[own:],
    }
    for name, values in arrays.items():
        with replacing(folder / FILE.format(name)) as scratch:
            np.asarray(values).astype(TYPES[name]).tofile(scratch)
    return {
        "nodes": graph.n_nodes,
        "base": graph.n_base,
        "arcs": graph.n_arcs,
        "own_arcs": own,
        "speeds_kmh": speeds.tolist(),
        "restrictions_used": graph.restrictions_used,
    }


@dataclass(frozen=True)
class _Sizes:
    nodes: int
    base: int
    arcs: int
    own_arcs: int
    speeds_kmh: NDArray[np.float64]
    restrictions_used: int

    def of(self, name: str) -> int:
        """Return how many values an array has."""
        per_arc = name in ("head", "word", "length", "speed")
        copies = {"base": self.nodes - self.base, "twin": self.arcs - self.own_arcs}
        return (
            self.arcs
            if per_arc
            else copies.get(name, self.nodes + 1 if name == "first" else self.base)
        )


def load_graph(folder: Path, about: Any) -> Graph:
    """Open the graph of a folder of tiles: equal to `Graph.from_segments` of its network.

    Parameters
    ----------
    folder
        The folder.
    about
        What `save_graph` returned, as `roads.json` keeps it.

    Raises
    ------
    InputError
        When a file is missing or does not hold what it should.
    """
    sizes = _sizes(about, folder)
    arrays = {name: _mapped(folder, name, sizes.of(name)) for name in TYPES}
    _check(arrays, sizes, folder)
    n_base, own = sizes.base, sizes.own_arcs
    base = np.r_[np.arange(n_base), arrays["base"]]
    speed = sizes.speeds_kmh[arrays["speed"]] / 3.6
    length: Any = arrays["length"]
    many = np.diff(arrays["first"])
    return Graph(
        node_id=arrays["node"][base],
        lon=arrays["lon"][base],
        lat=arrays["lat"][base],
        base=base,
        n_base=n_base,
        # 64 bits: products of node numbers leave 32 at 46,341 nodes
        tail=np.repeat(np.arange(sizes.nodes), many),
        head=arrays["head"].astype(np.int64),
        segment_id=(arrays["word"] >> 1).astype(np.int64),
        forward=(arrays["word"] & 1).astype(bool),
        length_m=length,
        time_s=np.maximum(length / speed, MIN_WEIGHT),
        twin=np.r_[np.arange(own), arrays["twin"]],
        indptr=arrays["first"].astype(np.int64),
        restrictions_used=sizes.restrictions_used,
    )


def _sizes(about: Any, folder: Path) -> _Sizes:
    names = ("nodes", "base", "arcs", "own_arcs", "restrictions_used")
    try:
        whole = [int(about[name]) for name in names]
        speeds = np.asarray(about["speeds_kmh"], dtype=np.float64)
        nodes, base, arcs, own = whole[:4]
        good = 0 <= base <= nodes < 2**31 and 0 <= own <= arcs < 2**31 and speeds.ndim == 1
        if not (good and np.isfinite(speeds).all() and (speeds > 0).all()):
            raise ValueError
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise _damaged(folder, reason(error)) from None
    return _Sizes(nodes, base, arcs, own, speeds, whole[4])


def _mapped(folder: Path, name: str, count: int) -> NDArray[Any]:
    path, kind = folder / FILE.format(name), np.dtype(TYPES[name])
    if not count and path.is_file() and not path.stat().st_size:
        return np.zeros(0, dtype=kind)
    path = regular_file(path, most_bytes=MOST_BYTES)
    if path.stat().st_size != count * kind.itemsize:
        raise _damaged(folder, f"{path.name} has another size")
    with path.open("rb") as file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), dtype=kind)


def _check(arrays: dict[str, NDArray[Any]], sizes: _Sizes, folder: Path) -> None:
    first = arrays["first"]
    most = {
        "head": sizes.nodes,
        "word": 2 * MOST_SEGMENT,
        "speed": len(sizes.speeds_kmh),
        "base": sizes.base,
        "twin": sizes.own_arcs,
    }
    good = first[0] == 0 and first[-1] == sizes.arcs and not (np.diff(first) < 0).any()
    good = good and first[sizes.base] == sizes.own_arcs
    for name, below in most.items():
        values = arrays[name]
        good = good and (not len(values) or (values.min() >= 0 and values.max() < below))
    length = arrays["length"]
    good = good and (not len(length) or (np.isfinite(length).all() and length.min() > 0))
    for name, most_deg in (("lon", 180.0), ("lat", 90.0)):
        # no number compares as smaller than what it should be
        good = good and bool((np.abs(arrays[name]) <= most_deg).all())
    if not good:
        raise _damaged(folder, "its graph points elsewhere")


def _damaged(folder: Path, why: str) -> InputError:
    return InputError(
        f"its roads are damaged ({why})",
        where=folder,
        fix="make them again with `alprmap roads`",
    )
