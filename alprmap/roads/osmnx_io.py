"""Networks others made: OSMnx graphs, GraphML, and tables of edges (GeoParquet, GeoPackage); the
way out is `alprmap.roads.osmnx_out`.

OSMnx writes one edge per direction of travel; here the two become one segment that may be driven
both ways (rule N6). All three functions that read return what `Roads` is made of: segments,
restrictions, meta."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from alprmap import geo, schema
from alprmap.errors import InputError, UsageError, reason
from alprmap.roads import tags
from alprmap.sandbox import LINES, no_probe, refuse
from alprmap.store import sha256

Parts = tuple[gpd.GeoDataFrame, pd.DataFrame, dict[str, Any]]

NOTICE = (
    "the license of the source applies; © OpenStreetMap contributors, ODbL 1.0, where it comes"
    " from OSM"
)
SQLITE = b"SQLite format 3\x00"
ONEWAY_CLASSES = ("motorway", "motorway_link")
"""N6: classes taken as one-way along the geometry in a table that says nothing of direction."""
_ALIASES = {
    "u": ("u", "from", "from_id", "source"),
    "v": ("v", "to", "to_id", "target"),
    "osmid": ("osmid", "way_id", "osm_id", "id"),
    "highway": ("highway", "fclass", "class"),
    "name": ("name",),
    "ref": ("ref",),
    "oneway": ("oneway",),
    "lanes": ("lanes",),
    "layer": ("layer",),
    "maxspeed": ("maxspeed",),
    "bridge": ("bridge",),
    "tunnel": ("tunnel",),
    "junction": ("junction",),
}
_ONEWAY_TEXT = {"true": 1, "yes": 1, "1": 1, "f": 1, "-1": -1, "t": -1, "reverse": -1}


def _crs(text: Any, source: str) -> CRS:
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise InputError(
            f"no such coordinate system: {reason(error)}", where=source, fix="write it as EPSG:4326"
        ) from None


def from_graph(graph: Any, *, source: str = "osmnx") -> Parts:
    """Return the parts of `Roads` from an OSMnx MultiDiGraph, simplified or not.

    Raises
    ------
    InputError
        When the graph has no edges or nodes lack x and y.
    """
    nodes = {n: (d.get("x"), d.get("y")) for n, d in graph.nodes(data=True)}
    rows = [(u, v, d) for u, v, d in graph.edges(data=True)]
    if not rows or any(x is None or y is None for x, y in nodes.values()):
        raise InputError(
            "no edges, or nodes without x and y", where=source, fix="give a graph as OSMnx makes it"
        )
    straight = shapely.linestrings(
        np.array([(nodes[u], nodes[v]) for u, v, _ in rows], dtype=np.float64)
    )
    lines = [_line(d.get("geometry")) or s for (_, _, d), s in zip(rows, straight, strict=True)]
    edges = gpd.GeoDataFrame(
        {"u": [u for u, _, _ in rows], "v": [v for _, v, _ in rows]},
        geometry=lines,
        crs=_crs(graph.graph.get("crs", "EPSG:4326"), source),
    )
    for name in (
        "osmid",
        "highway",
        "name",
        "ref",
        "oneway",
        "lanes",
        "layer",
        "maxspeed",
        "bridge",
        "tunnel",
        "junction",
        "reversed",
    ):
        edges[name] = pd.Series([d.get(name) for _, _, d in rows], dtype=object)
    # OSMnx marks the edge against the way: the one along it gives the geometry its direction
    order = np.argsort([str(r) == "True" for r in edges["reversed"]], kind="stable")
    return _parts(edges.iloc[order].reset_index(drop=True), directed=True, source=source, sha=None)


def read_graphml(path: Path) -> Parts:
    """Return the parts of `Roads` from a GraphML file OSMnx wrote.

    Raises
    ------
    InputError
        When it is no such file.
    UsageError
        When osmnx is not installed.
    """
    try:
        with no_probe():
            import osmnx
    except ImportError:
        raise UsageError(
            "reading GraphML needs osmnx", where=path, fix="pip install 'alprmap[osmnx]'"
        ) from None
    try:
        graph = osmnx.load_graphml(path)
    except Exception as error:  # networkx, xml and osmnx each have their own
        raise InputError(
            f"not a GraphML of OSMnx ({reason(error)})",
            where=path,
            fix="save it with osmnx.save_graphml",
        ) from None
    edges, restrictions, meta = from_graph(graph, source=path.name)
    return edges, restrictions, {**meta, "sha256": sha256(path)}


def read_edges(path: Path) -> Parts:
    """Return the parts of `Roads` from a table of edges with line geometry, GeoParquet or
    GeoPackage.

    Columns are found by their usual names (u, v, osmid, highway, name, ref, oneway, lanes, layer,
    maxspeed, …); without u and v, ends on the same spot are joined. Where two rows run opposite
    ways over one line they are the two directions of it; where no row has such a partner, the
    column `oneway` tells; where that is missing too, motorways and their links run along the
    geometry and everything else both ways (rule N6, counted).

    Raises
    ------
    InputError
        When the file cannot be read, has no CRS or no lines.
    """
    try:
        if path.suffix == ".gpkg":
            with path.open("rb") as file:
                if file.read(16) != SQLITE:
                    raise InputError(
                        "not a GeoPackage",
                        where=path,
                        fix="save it with osmnx.save_graph_geopackage",
                    )
            table = pyogrio.read_dataframe(path, layer=_layer_of_edges(path))
        else:
            _refuse_nested(path)
            table = gpd.read_parquet(path)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # GDAL, pyproj, Arrow and pandas each have their own
        raise InputError(
            f"not a readable table of edges: {reason(error)}",
            where=path,
            fix="save it with osmnx.save_graph_geopackage",
        ) from None
    if table.crs is None:
        raise InputError("the table has no CRS", where=path, fix="write it with its CRS")
    table = table[table.geometry.notna() & ~table.geometry.is_empty].explode(ignore_index=True)
    table = table[table.geom_type == "LineString"].reset_index(drop=True)
    if not len(table):
        raise InputError(
            "the table has no lines", where=path, fix="save the edges with their geometry"
        )
    lower = {c.lower(): c for c in table.columns if isinstance(c, str)}
    found = {
        k: table[lower[a]]
        for k, names in _ALIASES.items()
        if (a := next((n for n in names if n in lower), None))
    }
    edges = gpd.GeoDataFrame(found, geometry=table.geometry.to_numpy(), crs=table.crs)
    if "u" not in edges.columns or "v" not in edges.columns:
        edges["u"], edges["v"] = _ends(edges.to_crs(4326).geometry.to_numpy())
    else:
        turned = _turned(
            edges["u"].to_numpy(),
            edges["v"].to_numpy(),
            _ends(edges.to_crs(4326).geometry.to_numpy()),
        )
        edges.loc[turned, ["u", "v"]] = edges.loc[turned, ["v", "u"]].to_numpy()
    return _parts(edges, directed=None, source=path.name, sha=sha256(path))


def _layer_of_edges(path: Path) -> str:
    """Return the layer of a GeoPackage that holds the roads: `edges` of OSMnx, `roads` of our own
    hand-outs, else the first of lines, else the first.

    Raises
    ------
    InputError
        When there is no layer.
    """
    layers = {str(name): str(kind) for name, kind in pyogrio.list_layers(path)}
    if not layers:
        raise InputError("has no layer", where=path, fix="save it with osmnx.save_graph_geopackage")
    lines = [name for name, kind in layers.items() if "LineString" in kind]
    named = [name for name in ("edges", "roads", "segments") if name in layers]
    return next(iter([*named, *lines, *layers]))


def _refuse_nested(path: Path) -> None:
    """Look at the shapes of a GeoParquet before GEOS does."""
    try:
        meta = json.loads((pq.read_schema(path).metadata or {})[b"geo"])
        column = meta["primary_column"]
        if meta["columns"][column]["encoding"] == "WKB":
            refuse(pq.read_table(path, columns=[column])[column].to_pylist(), LINES)
    except InputError as error:
        raise InputError(error.what, where=path, fix=error.fix) from None
    except (KeyError, TypeError, AttributeError, RecursionError, pa.ArrowException):
        return  # no GeoParquet: what reads it next says so


def arrow_of(path: Path, what: str, name: str) -> tuple[Any, dict[str, Any]]:
    """Return (segments as an Arrow table, meta) of a road file that is no extract; called in the
    child process.

    Raises
    ------
    InputError
        When it is no such file.
    """
    segments, _, meta = read_graphml(path) if what == "graphml" else read_edges(path)
    return pa.table(segments.to_arrow(index=False)), {**meta, "source": name}


def _parts(
    edges: gpd.GeoDataFrame, *, directed: bool | None, source: str, sha: str | None
) -> Parts:
    edges = edges.to_crs(4326)
    counts = {"edges": len(edges)}
    lines = shapely.set_precision(edges.geometry.to_numpy(), 1e-7, mode="pointwise")
    first, along, against = _fold(lines, edges["u"].to_numpy(), edges["v"].to_numpy())
    paired = bool(np.any(along & against))
    if directed is None:
        directed = paired
    edges, lines = edges.iloc[first].reset_index(drop=True), lines[first]
    highway = _column(edges, "highway").fillna("road")
    if not directed:
        along, against, unknown = _told_directions(edges, highway)
        counts["direction_untold"] = unknown
    u, v = _node_ids(edges["u"]), _node_ids(edges["v"])
    segments = gpd.GeoDataFrame(
        {
            "segment_id": np.arange(len(edges)),
            "way_id": _way_ids(edges),
            "u": u,
            "v": v,
            "highway": highway,
            "name": _column(edges, "name"),
            "ref": _column(edges, "ref"),
            "length_m": geo.length_m(lines),
            "forward": along,
            "backward": against,
            "layer": _column(edges, "layer").map(lambda t: tags.level(_digits(t))).astype("int64"),
            "bridge": _column(edges, "bridge").map(_yes).astype(bool),
            "tunnel": _column(edges, "tunnel").map(_yes).astype(bool),
            "lanes": _column(edges, "lanes").map(lambda t: tags.count(_digits(t))).astype(float),
            "maxspeed_kmh": _column(edges, "maxspeed").map(_speed_kmh).astype(float),
            "roundabout": _column(edges, "junction").isin(["roundabout", "circular"]),
        },
        geometry=lines,
        crs="EPSG:4326",
    )
    segments = segments.sort_values(["way_id", "u", "v"], kind="stable", ignore_index=True)
    segments["segment_id"] = np.arange(len(segments), dtype=np.int64)
    segments = schema.conform(segments, "segments")
    counts["segments"] = len(segments)
    bounds = [round(float(b), 7) for b in segments.total_bounds]
    meta = {
        "source": source,
        "sha256": sha,
        "data_timestamp": None,
        "area": None,
        "drivable": None,
        "bounds": bounds,
        "counts": counts,
        "notice": NOTICE,
    }
    names = {
        "relation_id": "int64",
        "kind": "str",
        "from_way": "int64",
        "via_node": "int64",
        "to_way": "int64",
    }
    return segments, pd.DataFrame({c: [] for c in names}).astype(names), meta


def _fold(
    lines: NDArray[np.object_], u: NDArray[Any], v: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Join rows that run over the same line: (first row of each, driven along it, driven against
    it)."""
    shape = pd.Series(shapely.to_wkb(shapely.normalize(lines)))
    low = [min(str(a), str(b)) for a, b in zip(u, v, strict=True)]
    high = [max(str(a), str(b)) for a, b in zip(u, v, strict=True)]
    group = pd.DataFrame({"shape": shape, "low": low, "high": high}).groupby(
        ["shape", "low", "high"], sort=False
    )
    number = group.ngroup().to_numpy()
    _, first = np.unique(number, return_index=True)
    same = shapely.to_wkb(lines) == shapely.to_wkb(lines[first])[number]
    along = np.bincount(number[same], minlength=len(first)) > 0
    against = np.bincount(number[~same], minlength=len(first)) > 0
    return first, along, against


def _told_directions(
    edges: pd.DataFrame, highway: pd.Series
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], int]:
    if "oneway" in edges.columns:
        sense = edges["oneway"].map(lambda t: _ONEWAY_TEXT.get(str(t).lower(), 0)).to_numpy()
        return sense != -1, sense != 1, 0
    one = highway.isin(ONEWAY_CLASSES).to_numpy()
    return np.ones(len(edges), dtype=bool), ~one, len(edges)


def _turned(
    u: NDArray[Any], v: NDArray[Any], spots: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.bool_]:
    """Return which lines run from v to u: an undirected table keeps u and v in any order.

    The spot of a node is the one most of its edges have an end on.
    """
    start, end = spots
    ends = pd.DataFrame({"node": np.r_[u, u, v, v], "spot": np.r_[start, end, start, end]})
    common = ends.value_counts(sort=False).reset_index().sort_values(["node", "count", "spot"])
    last = common.drop_duplicates("node", keep="last").set_index("node")
    # a node of one edge has two spots named once each: it says nothing, the other end decides
    most = common.merge(last["count"].rename("most"), left_on="node", right_index=True)
    tied = most[most["count"] == most["most"]].groupby("node").size() > 1
    home = last["spot"].where(~tied.reindex(last.index), -1)
    at_u, at_v = home.reindex(u).to_numpy(), home.reindex(v).to_numpy()
    straight = (at_u == start).astype(int) + (at_v == end)
    turned: NDArray[np.bool_] = (at_u == end).astype(int) + (at_v == start) > straight
    return turned


def _ends(lines: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    points = np.stack([shapely.get_coordinates(shapely.get_point(lines, i)) for i in (0, -1)])
    _, number = np.unique(points.reshape(-1, 2).round(7), axis=0, return_inverse=True)
    u, v = number.reshape(2, -1) + 1
    return u, v


def _node_ids(values: pd.Series) -> pd.Series:
    try:
        return values.astype("int64")
    except (ValueError, TypeError):
        raise InputError(
            "node ids are not whole numbers", fix="give u and v as OSM node ids"
        ) from None


def _way_ids(edges: pd.DataFrame) -> NDArray[np.int64]:
    """Return the first way id of each edge (OSMnx joins ways), or its row number where there is
    none."""
    if "osmid" not in edges.columns:
        return np.arange(len(edges), dtype=np.int64)
    first = pd.to_numeric(
        edges["osmid"].map(lambda t: _listed(t)[0] if _listed(t) else None), errors="coerce"
    )
    return np.asarray(first.fillna(-1).astype("int64"))


def _column(edges: pd.DataFrame, name: str) -> pd.Series:
    """Return one tag of every edge as text; a list (OSMnx joins ways) gives its first, names and
    refs all."""
    if name not in edges.columns:
        return pd.Series([None] * len(edges), index=edges.index, dtype="str")
    every = name in ("name", "ref")
    joined = [(";".join(t) if every else t[0]) if (t := _listed(v)) else None for v in edges[name]]
    return pd.Series(joined, index=edges.index, dtype="str")


def _listed(value: Any) -> list[str]:
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return [value]
    items = list(value) if isinstance(value, (list, tuple, set, np.ndarray)) else [value]
    return [str(v) for v in items if v is not None and v == v and str(v) != ""]


def _line(value: Any) -> Any:
    return value if isinstance(value, shapely.LineString) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _digits(value: Any) -> str | None:
    return value.removesuffix(".0") if isinstance(value, str) else None


def _speed_kmh(value: Any) -> float | None:
    return tags.speed_kmh(_text(value))


def _yes(value: Any) -> bool:
    return isinstance(value, str) and value.lower() not in ("no", "false", "f", "0", "0.0")
