"""The road network: an OSM extract, or edges somebody made, becomes segments, turn restrictions and
metadata.

`read` makes `Roads` from extracts, `alprmap.roads.door` from whatever a `--roads` option
names, `Roads.save` and `Roads.load` keep all of it in one GeoParquet file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from alprmap import schema, steps
from alprmap.credits import credits_of
from alprmap.errors import InputError, reason
from alprmap.geography import Area
from alprmap.geography import area_box as box
from alprmap.geography import parse_area as parse
from alprmap.results import Result
from alprmap.roads import behind, extract
from alprmap.roads.graph import Graph
from alprmap.roads.segmented import Segmented, across_antimeridian, line_boxes
from alprmap.roads.tags import Drivable
from alprmap.sandbox import LINES, arrow_frame, from_wkb, read_parquet, regular_file
from alprmap.store import replacing, sha256
from alprmap.text import clean_column, number_of

NOTICE = "© OpenStreetMap contributors, ODbL 1.0"
_OSM = (".osm", ".osm.bz2", ".osm.gz", ".osm.xml")
EXTRACT_SUFFIXES = (".pbf", *_OSM, ".opl", ".opl.bz2", ".opl.gz")
NETWORK_SUFFIXES = (".graphml", ".parquet", ".gpkg")
META_KEY = b"alprmap_roads"
FORMAT = 1
RESTRICTION_COLUMNS = {
    "relation_id": "int64",
    "kind": "str",
    "from_way": "int64",
    "via_node": "int64",
    "to_way": "int64",
}

AreaLike = Area | str | tuple[float, float, float, float] | None


def as_area(area: AreaLike) -> Area | None:
    """Return an area from what a caller may name it by."""
    if isinstance(area, str):
        return parse(area)
    return box(area) if isinstance(area, tuple) else area


def _said(segments: pd.DataFrame, meta: Mapping[str, Any]) -> dict[bytes, bytes]:
    """Return what every file says of itself, its license first, as metadata of Parquet."""
    date = str(meta.get("data_timestamp") or "")
    said = credits_of(segments, "roads", date=date).members()
    return {b"alprmap": json.dumps(said, ensure_ascii=False).encode()}


@dataclass(frozen=True)
class Roads(Result):
    """A road network: the result of the wing.

    segments
        GeoDataFrame of table `segments` (EPSG:4326), sorted by way and place along it; further
        columns `alt_name` and `roundabout` where the source has them.
    restrictions
        Turn restrictions: relation_id, kind (`no_left_turn`, `only_straight_on`, …), from_way,
        via_node, to_way.
    meta
        Where it comes from: `source` (file name), `sha256`, `bounds` (west, south, east, north),
        `data_timestamp` (ISO text or None when the file does not say), `area`, `drivable`,
        `counts`, `notice`.
    """

    segments: gpd.GeoDataFrame
    restrictions: pd.DataFrame
    meta: dict[str, Any] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the segments and the turn restrictions."""
        return {"segments": self.segments, "restrictions": self.restrictions}

    def counts(self) -> dict[str, int]:
        """Return what came in, what is in the network and what was left out, by name."""
        told = {k: int(v) for k, v in self.meta.get("counts", {}).items()}
        return {**told, "segments": len(self.segments), "restrictions": len(self.restrictions)}

    def claims(self) -> pd.DataFrame:
        """Return how many miles of road the network has, as a claim."""
        from alprmap.roads.claims import claim_sheet

        return claim_sheet(self.segments, self.meta)

    def save(self, path: Path | str) -> list[Path]:
        """Write the whole network to one GeoParquet file, atomically, same bytes each time. Return
        what was written; `alprmap.roads.save_tiles` writes a folder that is read in part.

        Restrictions and metadata travel in the file's own metadata, so that any GeoParquet reader
        opens it.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        extra = {
            "format": FORMAT,
            "meta": self.meta,
            "restrictions": {c: self.restrictions[c].tolist() for c in RESTRICTION_COLUMNS},
        }
        text = json.dumps(extra, sort_keys=True, ensure_ascii=False, allow_nan=False)
        with replacing(Path(path)) as scratch:
            table = pa.table(self.segments.to_arrow(index=False))
            geo_meta = geo_metadata(self.meta.get("bounds"))
            table = table.replace_schema_metadata(
                {
                    b"geo": geo_meta.encode(),
                    META_KEY: text.encode(),
                    **_said(self.segments, self.meta),
                }
            )
            pq.write_table(table, scratch, compression="zstd")
        return [Path(path)]

    @staticmethod
    def load(path: Path | str) -> Roads:
        """Read a network `save` wrote.

        Raises
        ------
        InputError
            When the file is missing, broken, or no network of alprmap.
        """
        path = Path(path)
        table = read_parquet(path)
        kept = (table.schema.metadata or {}).get(META_KEY)
        if kept is None:
            raise InputError(
                "no road network of alprmap", where=path, fix="make one with alprmap roads"
            )
        restrictions, meta = _kept(kept, path)
        segments, meta = tidy(segments_of(table, path), meta)
        return Roads(segments, restrictions, meta)

    def full(self, segment_id: Any) -> Roads:
        """Return a network that holds these segments with shapes and names: this one."""
        del segment_id
        return self

    def graph(self) -> Graph:
        """Return the directed graph of the network, turn restrictions obeyed (G1, G2)."""
        return Graph.from_segments(self.segments, self.restrictions)

    def cut(self, area: Area) -> Roads:
        """Return the part of the network that reaches into `area`; ids are given anew."""
        lines = self.segments.geometry.to_numpy()
        coarse = (
            area.touches_box(*shapely.bounds(lines).T) if len(lines) else np.zeros(0, dtype=bool)
        )
        keep = coarse.copy()
        keep[coarse] = area.touches(lines[coarse])
        segments = self.segments[keep].reset_index(drop=True)
        segments["segment_id"] = np.arange(len(segments), dtype=np.int64)
        counts = {
            **self.meta.get("counts", {}),
            "segments": len(segments),
            "segments_outside_area": int(np.sum(~keep)),
        }
        meta = {**self.meta, "area": area.text, "bounds": _bounds(segments), "counts": counts}
        return Roads(segments, known_restrictions(self.restrictions, segments), meta)

    @staticmethod
    def from_osmnx(graph: Any, *, source: str = "osmnx") -> Roads:
        """Return the network of an OSMnx MultiDiGraph (simplified or not); see
        `alprmap.roads.osmnx_io`."""
        from alprmap.roads import osmnx_io

        return Roads(*osmnx_io.from_graph(graph, source=source))

    def to_osmnx(self) -> Any:
        """Return the network as an OSMnx MultiDiGraph (tags as OSMnx names them)."""
        from alprmap.roads import osmnx_out

        return osmnx_out.to_graph(self.segments)


def read(
    source: Path | str | Sequence[Path],
    *,
    area: AreaLike = None,
    drivable: Drivable | None = None,
    progress: extract.Progress = steps.tell,
) -> Roads:
    """Read one OSM extract or several into one road network (rules N1–N7).

    Parameters
    ----------
    source
        One or several: PBF, XML, OPL, also bz2 or gz of the latter two.
    area
        Part wanted: an `Area`, a bbox, or text as `alprmap.geography.parse_area` takes it; None
        for all.
    drivable
        Which ways are roads; by default those anyone may drive, without `highway=service`.
    progress
        Called with (what, done, total) now and then.

    Raises
    ------
    InputError
        When a file is missing, broken, in another format, or none holds a drivable road.
    """
    area = as_area(area)
    joined = joined_ways(source, area, drivable or Drivable(), progress)
    cut = joined.segmented(progress)
    segments = cut.whole()
    counts = cut.counts
    counts["segments_across_antimeridian"] = across_antimeridian(segments.geometry.to_numpy())
    meta = joined.meta(counts, _bounds(segments))
    segments, meta = tidy(segments, meta)
    roads = Roads(segments, known_restrictions(joined.restrictions, segments), meta)
    return roads if area is None else roads.cut(area)


@dataclass(frozen=True)
class Joined:
    """The ways of one extract or several, and what is told of the files."""

    ways: extract.Ways
    name: str
    sha256: str
    timestamp: str | None
    told: list[dict[str, Any]]
    drivable: Drivable
    where: Path | str

    @property
    def restrictions(self) -> pd.DataFrame:
        """The turn restrictions."""
        return restrictions_frame(self.ways.restrictions)

    def segmented(self, progress: extract.Progress = steps.tell) -> Segmented:
        """Return the ways cut into segments.

        Raises
        ------
        InputError
            When there is none.
        """
        cut = Segmented(self.ways, progress)
        if not len(cut):
            raise InputError(
                "no road has two known nodes",
                where=self.where,
                fix="make the extract with complete ways, sorted, ids above 0",
            )
        return cut

    def meta(self, counts: Mapping[str, int], bounds: Any) -> dict[str, Any]:
        """Return what a network made of them says of itself."""
        return {
            "source": self.name,
            "sha256": self.sha256,
            "data_timestamp": self.timestamp,
            "area": None,
            "drivable": {
                "service": self.drivable.service,
                "tracks": self.drivable.tracks,
                "private": self.drivable.private,
            },
            "bounds": bounds,
            "counts": {k: v for k, v in sorted(counts.items()) if v},
            "notice": NOTICE,
            **({} if len(self.told) == 1 else {"extracts": self.told}),
        }


def joined_ways(
    source: Path | str | Sequence[Path],
    area: Area | None,
    drivable: Drivable,
    progress: extract.Progress,
) -> Joined:
    """Read extracts and join their ways (N1-N7); of `area` those that may reach into it.

    Raises
    ------
    InputError
        As `read`.
    """
    paths = [source] if isinstance(source, (str, Path)) else source
    given = [_extract(path, drivable, area, progress) for path in paths]
    # the newest first, and files of one date in an order that is their own
    given.sort(key=lambda one: one.sha256)
    given.sort(key=lambda one: one.ways.timestamp or "", reverse=True)
    given = [one for i, one in enumerate(given) if one.sha256 not in {o.sha256 for o in given[:i]}]
    told = [_told(one) for one in sorted(given, key=lambda one: one.name)]
    name, where = " + ".join(one["source"] for one in told), paths[0]
    digest = one_hash([one.sha256 for one in given])
    # a figure is as old as the oldest of what it rests on
    oldest = min(one.ways.timestamp or "" for one in given) or None
    if len(given) == 1:
        ways = given[0].ways
    else:
        from alprmap.roads.several import join_extracts

        ways, where = join_extracts([one.ways for one in given]), name
    if not ways.way_id:
        outside = ways.counts["ways_outside_area"]
        other = sum(n for k, n in ways.counts.items() if k.startswith("skipped_"))
        raise InputError(
            f"no drivable road ({outside:,} outside the area, {number_of(other, 'highway')} of"
            " other kinds)",
            where=where,
            fix="check --area and --service",
        )
    return Joined(ways, name, digest, oldest, told, drivable, where)


@dataclass(frozen=True)
class _Given:
    name: str
    sha256: str
    ways: extract.Ways


def _extract(
    path: Path | str, drivable: Drivable, area: Area | None, progress: extract.Progress
) -> _Given:
    path = regular_file(path, most_bytes=behind.MOST_BYTES)
    if not path.name.endswith(EXTRACT_SUFFIXES):
        raise InputError(
            "not an OSM extract by its name",
            where=path,
            fix=f"one of {', '.join(EXTRACT_SUFFIXES)}",
        )
    ways = extract.read_ways(path, drivable, area, progress)
    return _Given(path.name, sha256(path), ways)


def _told(one: _Given) -> dict[str, Any]:
    return {
        "source": one.name,
        "sha256": one.sha256,
        "data_timestamp": one.ways.timestamp,
        "ways": len(one.ways.way_id),
    }


def one_hash(hashes: Iterable[str | None]) -> str:
    """Return the hash that stands for several files, whatever their order; of one file its own."""
    known = sorted({str(h) for h in hashes})
    return known[0] if len(known) == 1 else hashlib.sha256("\n".join(known).encode()).hexdigest()


def open_network(path: Path) -> Roads:
    """Open one file of roads that is no extract: a saved network, an OSMnx GraphML, a table of
    edges (GeoPackage, GeoParquet).

    Raises
    ------
    InputError
        When the file is none of these.
    """
    path = regular_file(path, most_bytes=behind.MOST_BYTES)
    if path.suffix == ".parquet" and META_KEY in (
        read_parquet(path, columns=[]).schema.metadata or {}
    ):
        return Roads.load(path)
    if path.suffix not in NETWORK_SUFFIXES:
        raise InputError(
            "not a road file",
            where=path,
            fix="give an OSM extract, roads.parquet, a GraphML of OSMnx or a table of edges",
        )
    table, meta = behind.edges(path, "graphml" if path.suffix == ".graphml" else "edges")
    meta = {**meta, "sha256": sha256(path)}
    segments, meta = tidy(segments_of(table, path), meta)
    return Roads(segments, restrictions_frame([]), meta)


def _kept(text: bytes, path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the restrictions and metadata that `Roads.save` put into the file beside its table."""
    try:
        extra = json.loads(text)
        if extra.get("format") == FORMAT:
            meta = {**extra["meta"], "counts": {**extra["meta"].get("counts", {})}}
            return restrictions_frame({**extra["restrictions"]}), meta
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise InputError(
            f"its roads are damaged ({reason(error)})",
            where=path,
            fix="make them again with `alprmap roads`",
        ) from None
    raise InputError(
        "a road network of another version", where=path, fix="make it again with alprmap roads"
    )


def segments_of(table: Any, path: Path) -> gpd.GeoDataFrame:
    """Return segments from their Arrow table, the lines made here from bytes that were looked
    at.
    """
    frame = arrow_frame(table, path)
    try:
        frame["geometry"] = from_wkb(frame["geometry"], LINES)
    except (InputError, KeyError) as error:
        raise InputError(
            f"its roads are damaged ({reason(error)})",
            where=path,
            fix="make them again with `alprmap roads`",
        ) from None
    segments: gpd.GeoDataFrame = schema.conform(frame, "segments")
    schema.check(segments, "segments")
    return segments


def tidy(
    segments: gpd.GeoDataFrame, meta: dict[str, Any]
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Clean what a map says of its roads by the rule of all text; `meta["counts"]` tells of how
    many values."""
    changed = 0
    for name in segments.columns[segments.dtypes == "str"]:
        tidy, done = clean_column(segments[name])
        changed += done.total()
        if tidy is not segments[name]:
            segments = segments.assign(**{name: tidy})
    if changed:
        counts = meta.get("counts", {})
        meta = {
            **meta,
            "counts": {**counts, "texts_cleaned": counts.get("texts_cleaned", 0) + changed},
        }
    return segments, meta


def restrictions_frame(rows: Any) -> pd.DataFrame:
    """Return turn restrictions as a frame with its dtypes, sorted, each once."""
    frame = pd.DataFrame(rows, columns=list(RESTRICTION_COLUMNS)).astype(RESTRICTION_COLUMNS)
    return frame.drop_duplicates().sort_values(list(RESTRICTION_COLUMNS), ignore_index=True)


def known_restrictions(restrictions: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return the restrictions whose ways are among the segments."""
    if not len(restrictions):
        return restrictions
    ways = segments["way_id"].unique()
    both = restrictions["from_way"].isin(ways) & restrictions["to_way"].isin(ways)
    return restrictions[both].reset_index(drop=True)


def _bounds(segments: gpd.GeoDataFrame) -> list[float] | None:
    parts = [
        np.r_[b[:, :2].min(axis=0), b[:, 2:].max(axis=0)]
        for b in line_boxes(segments.geometry.to_numpy())
    ]
    return outer_bounds(parts)


def outer_bounds(boxes: Sequence[Any]) -> list[float] | None:
    """Return the box around boxes, degrees to 1e-7; None around none."""
    if not len(boxes):
        return None
    whole = np.array(boxes)
    return [round(float(v), 7) for v in (*whole[:, :2].min(axis=0), *whole[:, 2:].max(axis=0))]


def geo_metadata(bounds: Any) -> str:
    """Return the GeoParquet metadata of a file of segments, as JSON."""
    crs = CRS.from_epsg(4326).to_json_dict()
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": ["LineString"], "crs": crs}
    if bounds:
        column["bbox"] = bounds
    return json.dumps(
        {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}},
        sort_keys=True,
    )
