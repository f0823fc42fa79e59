"""Simplify the areas of a page's ground once, the same bytes on a rerun.

Run from a checkout:  python scripts/make_drawn.py [--out data]

Pages draw states, counties and the land at a few scales (`alprmap.publish.map.basemap.DETAIL`, `EMBED`); the
shapes never change, so they are simplified here and not on every page. Made from data/states.parquet
and data/counties.parquet; not for measuring.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap.geography import counties, states
from alprmap.geography.borders import LAND_DEG, simplified
from alprmap.publish.map.basemap import DETAIL, EMBED

LEVELS = {
    "states": (DETAIL.far_deg / 2, DETAIL.coarse_deg, EMBED.far_deg / 2, EMBED.coarse_deg),
    "counties": (DETAIL.far_deg,),
}
"""Tolerances of each layer, degrees, as `alprmap.publish.map.basemap` asks for them."""
GRID_PER_DEG = 2.0**17
"""As in make_borders.py: 0.85 m, and bytes that compress away."""


def table() -> gpd.GeoDataFrame:
    """Return every layer at every tolerance: layer, tolerance_deg, geoid, geometry."""
    parts = []
    for layer, frame in (("states", states()), ("counties", counties())):
        for tolerance in LEVELS[layer]:
            shapes = shapely.coverage_simplify(frame.geometry.to_numpy(), tolerance)
            parts.append(rows(layer, tolerance, frame["geoid"], shapes))
    usa = shapely.coverage_union_all(simplified(states(), LAND_DEG).geometry.to_numpy())
    parts.append(rows("land", LAND_DEG, ["USA"], np.array([usa], dtype=object)))
    return pd.concat(parts, ignore_index=True)


def rows(layer: str, tolerance: float, geoid: object, shapes: np.ndarray) -> gpd.GeoDataFrame:
    """Return one layer at one tolerance, on the grid, every shape a MultiPolygon."""
    on_grid = shapely.transform(shapes, lambda xy: np.round(xy * GRID_PER_DEG) / GRID_PER_DEG)
    many = [shapely.multipolygons(shapely.get_parts(shape)) for shape in on_grid]
    return gpd.GeoDataFrame(
        {"layer": layer, "tolerance_deg": tolerance, "geoid": list(geoid)}, geometry=many, crs=4326
    )


def main() -> None:
    """Derive, write, and print the size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    path = parser.parse_args().out / "drawn.parquet"
    made = table()
    made.to_parquet(
        path,
        index=False,
        compression="zstd",
        compression_level=19,
        geometry_encoding="geoarrow",
        use_dictionary=["layer", "geoid"],
        write_statistics=False,
        use_byte_stream_split=[f"geometry{'.list.element' * 3}.{axis}" for axis in "xy"],
        schema_version="1.1.0",
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{len(made)} shapes, {path.stat().st_size:,} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
